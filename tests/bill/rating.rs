//! Rating apart from the vectors: units, shares, digits. Expected amounts are worked out in the comments.

use provisor::bill::{Rated, Terms, adjustment, rate_transfer};
use provisor::meter::{KbSize, VolumeUnit};
use provisor::time::Share;

use crate::support::{d, terms};

fn rate(usage_kb: u128, change: impl Fn(&mut Terms)) -> Rated {
    let mut terms = terms();
    change(&mut terms);
    rate_transfer(usage_kb, &terms).unwrap()
}

#[test]
fn a_decimal_panel_counts_a_thousand_where_a_binary_one_counts_1024() {
    // 2 000 000 KB are 2000 MB of 1000 KB, or 1953.125 MB of 1024 KB; 1000 MB are included.
    let decimal = rate(2_000_000, |terms| terms.kb = KbSize::Decimal1000);
    assert_eq!(
        (decimal.usage_mb.to_string(), decimal.amount),
        ("2000".into(), d("1000"))
    );
    let binary = rate(2_000_000, |_| ());
    assert_eq!(
        (binary.usage_mb.to_string(), binary.amount),
        ("1953.125".into(), d("953.13"))
    );
}

#[test]
fn nothing_is_charged_up_to_and_with_the_last_included_kilobyte() {
    for usage in [0, 1, 1_023_999, 1_024_000] {
        let rated = rate(usage, |_| ());
        assert!(rated.amount.is_zero() && rated.exact.numerator().is_zero(), "{usage}");
    }
    // One kilobyte above at 1.00 a megabyte is 1/1024: 0.0009765625.
    let rated = rate(1_024_001, |_| ());
    assert_eq!((rated.exact.to_string(), rated.amount), ("0.0009765625".into(), d("0")));
}

#[test]
fn a_half_period_includes_half_the_volume() {
    // 2048 MB used, 372 of 744 hours of 1000 MB are 500 MB: 1548 above.
    let rated = rate(2_097_152, |terms| terms.share = Share { hours: 372, of: 744 });
    assert_eq!((rated.included_mb.to_string(), rated.amount), ("500".into(), d("1548")));
}

#[test]
fn a_share_without_a_last_digit_is_rounded_only_in_the_amount() {
    // 1000 MB x 100/744 = 134.40860...; 2048 - 134.40860... = 1913.59139..., at 1.00.
    let rated = rate(2_097_152, |terms| terms.share = Share { hours: 100, of: 744 });
    assert_eq!(rated.included_mb.exact(), None);
    assert_eq!(rated.amount, d("1913.59"));
    // At 1000.00 a megabyte the same figure shows that nothing was rounded before: 1913591.3978...
    let rated = rate(2_097_152, |terms| {
        terms.share = Share { hours: 100, of: 744 };
        terms.price_per_mb = d("1000").into();
    });
    assert_eq!(rated.amount, d("1913591.40"));
}

#[test]
fn a_whole_period_is_the_same_however_its_share_is_written() {
    for share in [
        Share::WHOLE,
        Share { hours: 744, of: 744 },
        Share { hours: 743, of: 743 },
    ] {
        let rated = rate(1_029_120, |terms| {
            terms.share = share;
            terms.price_per_mb = d("0.201").into();
        });
        assert_eq!((rated.exact.to_string(), rated.amount), ("1.005".into(), d("1.01")));
    }
}

#[test]
fn a_price_per_gigabyte_is_rated_without_rounding_it_to_a_price_per_megabyte() {
    // 1024 GB used, 1 GB included: 1023 GB at 0.10 are 102.30; 0.10 / 1024 has more digits than a price column.
    let kb = KbSize::Binary1024;
    let rated = rate(1024 * 1024 * 1024, |terms| {
        terms.included_mb = VolumeUnit::Gb.to_mb(d("1"), kb).unwrap();
        terms.price_per_mb = VolumeUnit::Gb.price_per_mb(d("0.10"), kb).unwrap();
    });
    assert_eq!(rated.amount, d("102.30"));
    // 2 TB of decimal units used, 1 TB included, 5.00 a TB.
    let kb = KbSize::Decimal1000;
    let rated = rate(2_000_000_000, |terms| {
        terms.kb = kb;
        terms.included_mb = VolumeUnit::Tb.to_mb(d("1"), kb).unwrap();
        terms.price_per_mb = VolumeUnit::Tb.price_per_mb(d("5"), kb).unwrap();
    });
    assert_eq!(rated.amount, d("5"));
}

#[test]
fn amounts_have_the_digits_of_their_currency() {
    // 5 MB above at 0.2011 are 1.0055.
    for (digits, amount) in [(0, "1"), (2, "1.01"), (3, "1.006"), (4, "1.0055")] {
        let rated = rate(1_029_120, |terms| {
            terms.price_per_mb = d("0.2011").into();
            terms.currency_digits = digits;
        });
        assert_eq!(rated.amount.pad(digits), amount);
    }
}

#[test]
fn a_correction_is_the_new_amount_minus_the_billed_one() {
    // 1048 MB above 1000 at 1.00 are 48.00; after late hours 1148 are 148.00.
    assert_eq!(adjustment(d("48"), 1148 * 1024, &terms()).unwrap(), d("100"));
    assert_eq!(adjustment(d("148"), 1048 * 1024, &terms()).unwrap(), d("-100"));
    assert_eq!(adjustment(d("48"), 1048 * 1024, &terms()).unwrap(), d("0"));
}

#[test]
fn a_petabyte_at_the_finest_price_and_rate_of_the_host_still_fits() {
    // decimal(6,4) price, decimal(10,5) rate, a shortened period: the widest figures the host's columns can hold.
    let rated = rate(1_099_511_627_776, |terms| {
        terms.price_per_mb = d("0.1234").into();
        terms.rate = d("1234.56789");
        terms.share = Share { hours: 743, of: 744 };
    });
    // (2^40 KB / 1024 - 1000 x 743/744) x 0.1234 x 1234.56789, by Python's fractions: 163579773631.745...
    assert_eq!(rated.amount.pad(2), "163579773631.75");
}
