//! What is parked instead of billed: each reason has a code and a sentence that says what to do.

use provisor::bill::{BillError, Bounds, Carried, Correction, PlanInput, check_reading, plan};
use provisor::meter::{Kb, KbSize, Reading};
use provisor::time::Share;

use crate::support::{at, d, input, january, terms, used};

fn refused(change: impl Fn(&mut PlanInput)) -> BillError {
    let mut input = input();
    change(&mut input);
    plan(&input, &Bounds::default()).unwrap_err()
}

fn says(error: &BillError, code: &str, words: &[&str]) {
    assert_eq!(error.code(), code);
    let text = error.to_string();
    for word in words.iter().chain(&["nothing was billed"]) {
        assert!(text.contains(word), "{text:?} lacks {word:?}");
    }
}

#[test]
fn terms_below_zero_are_parked() {
    says(
        &refused(|i| i.terms.price_per_mb = d("-0.01").into()),
        "bill.negative_terms",
        &["price"],
    );
    says(&refused(|i| i.terms.rate = d("-1")), "bill.negative_terms", &["rate"]);
    says(
        &refused(|i| i.terms.included_mb = d("-1")),
        "bill.negative_terms",
        &["included"],
    );
    says(
        &refused(|i| i.terms.threshold = d("-0.1")),
        "bill.negative_terms",
        &["threshold"],
    );
}

#[test]
fn an_empty_period_and_an_impossible_share_are_parked() {
    says(
        &refused(|i| i.period.end = i.period.start),
        "bill.empty_period",
        &["no hours"],
    );
    says(
        &refused(|i| i.terms.share = Share { hours: 0, of: 744 }),
        "bill.impossible_share",
        &["0 hours of 744"],
    );
    says(
        &refused(|i| i.terms.share = Share { hours: 1513, of: 744 }),
        "bill.impossible_share",
        &["1513 hours of 744"],
    );
    says(
        &refused(|i| i.terms.share = Share { hours: 0, of: 0 }),
        "bill.impossible_share",
        &["0 hours of 0"],
    );
}

#[test]
fn amounts_of_two_currencies_are_never_added() {
    let carried = refused(|i| {
        i.carried = vec![Carried {
            reference: "onapp-17-0".into(),
            amount: d("0.05"),
            currency: "EUR".into(),
            lines: vec![],
        }];
    });
    says(
        &carried,
        "bill.currency_changed",
        &["onapp-17-0", "EUR", "USD", "by hand"],
    );
    let corrected = refused(|i| {
        let mut terms = terms();
        terms.currency = "EUR".into();
        let reference = "onapp-17-0".into();
        i.corrections = vec![Correction {
            reference,
            period: january(),
            billed: d("0"),
            usage: Kb(0),
            terms,
        }];
    });
    says(&corrected, "bill.currency_changed", &["onapp-17-0", "EUR", "USD"]);
}

#[test]
fn more_than_a_link_can_carry_in_the_period_is_parked() {
    // 100 Gbit/s are 12.5e9 bytes a second; both ways for 744 hours: 12.5e9 x 3600 x 744 x 2 = 66 960 000 000 000 000
    // bytes, which are 65 390 625 000 000 KB of 1024 bytes.
    let most = 65_390_625_000_000;
    let price_of_nothing = |i: &mut PlanInput| i.terms.price_per_mb = d("0").into();
    let mut input = input();
    price_of_nothing(&mut input);
    input.usage = vec![used("nic-1", most), used("nic-2", most)];
    assert!(
        plan(&input, &Bounds::default()).is_ok(),
        "each interface has a link of its own"
    );
    let error = refused(|i| {
        price_of_nothing(i);
        i.usage = vec![used("nic-1", most), used("nic-2", most + 1)];
    });
    says(
        &error,
        "bill.impossible_usage",
        &["nic-2", "65390625000001 KB", "744 h", "panel"],
    );
    let error = refused(|i| {
        price_of_nothing(i);
        i.usage = vec![used("nic-1", most), used("nic-1", 1)];
    });
    says(&error, "bill.impossible_usage", &["nic-1"]);
}

#[test]
fn a_reading_beyond_the_link_is_refused_in_either_direction() {
    // 12.5e9 bytes a second for an hour: 45e12 bytes, 43 945 312 500 KB of 1024 or 45 000 000 000 KB of 1000 bytes.
    let reading = |sent_kb, received_kb| Reading {
        resource: "nic-1".into(),
        hour: at("2026-01-01T00:00:00Z"),
        sent_kb,
        received_kb,
    };
    let check = |sent, received, kb| check_reading(&reading(sent, received), kb, &Bounds::default());
    let most = 43_945_312_500;
    assert_eq!(check(most, most, KbSize::Binary1024), Ok(()));
    assert_eq!(
        check(most + 1, 0, KbSize::Binary1024).unwrap_err().code(),
        "bill.impossible_usage"
    );
    assert_eq!(
        check(0, most + 1, KbSize::Binary1024).unwrap_err().code(),
        "bill.impossible_usage"
    );
    assert_eq!(check(45_000_000_000, 0, KbSize::Decimal1000), Ok(()));
    assert!(check(45_000_000_001, 0, KbSize::Decimal1000).is_err());
    assert!(check(u64::MAX, u64::MAX, KbSize::Binary1024).is_err());
}

#[test]
fn an_amount_above_the_bound_is_parked_in_the_clients_currency() {
    // 1048 MB above at 1.00 and rate 10: 10 480; the bound of 1000 is 10 000 there.
    let bounds = Bounds {
        amount: Some(d("1000")),
        ..Bounds::default()
    };
    let mut input = input();
    input.terms.rate = d("10");
    let error = plan(&input, &bounds).unwrap_err();
    says(
        &error,
        "bill.amount_too_large",
        &["10480.00 USD", "10000.00 USD", "<bound>"],
    );
    input.usage = vec![used("nic-1", 2000 * 1024)];
    assert_eq!(plan(&input, &bounds).unwrap().total, d("10000"));
}

#[test]
fn a_credit_above_the_bound_is_parked_too() {
    let mut input = input();
    input.carried = vec![Carried {
        reference: "onapp-17-0".into(),
        amount: d("-20000"),
        currency: "USD".into(),
        lines: vec![],
    }];
    let bounds = Bounds {
        amount: Some(d("10000")),
        ..Bounds::default()
    };
    let error = plan(&input, &bounds).unwrap_err();
    assert!(
        plan(&input, &Bounds::default()).is_ok(),
        "without a bound nothing is too much"
    );
    says(&error, "bill.amount_too_large", &["-18952.00 USD"]);
}

#[test]
fn figures_that_do_not_fit_are_parked_and_not_rounded() {
    let error = refused(|i| {
        i.terms.price_per_mb = d("1.0000000000000000000001").into();
        i.terms.rate = d("1.0000000000000000000001");
    });
    assert_eq!(error.code(), "money.too_precise");
    let error = refused(|i| i.usage = vec![used("nic-1", u128::MAX)]);
    assert_eq!(error.code(), "meter.overflow");
}
