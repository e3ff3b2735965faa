//! Promises that hold for any figures.

use chrono::TimeDelta;
use proptest::prelude::*;
use provisor::bill::{Bounds, Carried, Decision, Terms, adjustment, plan, rate_transfer};
use provisor::meter::{Kb, KbSize, Reading, sum};
use provisor::money::{Decimal, Quotient};
use provisor::time::{Period, Share};

use crate::support::{self, d, input, january, used};

prop_compose! {
    /// Terms as a host can hold them: four decimals of price, five of rate; and figures as they occur.
    fn any_terms()(
        included in 0u32..5_000_000,
        price in 0u32..10_000,
        rate in 1u32..100_000_000,
        digits in 0u32..4,
        binary: bool,
        threshold in 0u32..100,
        of in 700u64..800,
        missing in 0u64..700,
    ) -> Terms {
        Terms {
            included_mb: d(&included.to_string()),
            price_per_mb: d(&format!("{price}e-4")).into(),
            rate: d(&format!("{rate}e-5")),
            currency: "USD".into(),
            currency_digits: digits,
            kb: if binary { KbSize::Binary1024 } else { KbSize::Decimal1000 },
            threshold: d(&format!("{threshold}e-2")),
            taxed: false,
            share: Share { hours: of - missing, of },
        }
    }
}

prop_compose! {
    /// Hourly readings of a few interfaces in and around January, each hour once.
    fn readings()(list in prop::collection::btree_map((0u8..4, -5i64..750), (0u64..1 << 40, 0u64..1 << 40), 0..200))
        -> Vec<Reading> {
        let reading = |((nic, hour), (sent_kb, received_kb))| Reading {
            resource: format!("nic-{nic}"),
            hour: january().start + TimeDelta::hours(hour),
            sent_kb,
            received_kb,
        };
        list.into_iter().map(reading).collect()
    }
}

fn grand_total(readings: &[Reading], period: &Period) -> u128 {
    sum(readings, period)
        .unwrap()
        .iter()
        .map(|resource| resource.usage.0)
        .sum()
}

proptest! {
    #![proptest_config(support::proptest())]

    #[test]
    fn splitting_a_period_changes_nothing(readings in readings(), cut in 0i64..=744) {
        let whole = january();
        let middle = whole.start + TimeDelta::hours(cut);
        let (first, second) = (Period { end: middle, ..whole }, Period { start: middle, ..whole });
        prop_assert_eq!(
            grand_total(&readings, &first) + grand_total(&readings, &second),
            grand_total(&readings, &whole)
        );
    }

    #[test]
    fn page_order_changes_nothing(readings in readings(), seed: u64) {
        let mut shuffled = readings.clone();
        // A plain shuffle; an overlap of pages repeats some rows.
        let mut state = seed;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, usize::try_from(state >> 33).unwrap() % (i + 1));
        }
        shuffled.extend(readings.iter().take(10).cloned());
        prop_assert_eq!(sum(&shuffled, &january()), sum(&readings, &january()));
    }

    #[test]
    fn more_usage_never_costs_less(terms in any_terms(), usage in 0u64..1 << 36, more in 0u64..1 << 30) {
        let less = rate_transfer(u128::from(usage), &terms).unwrap();
        let more = rate_transfer(u128::from(usage) + u128::from(more), &terms).unwrap();
        prop_assert!(more.amount >= less.amount);
        prop_assert!(more.exact.numerator() >= less.exact.numerator());
        prop_assert!(!less.amount.is_negative());
    }

    #[test]
    fn no_bill_below_the_bound_is_refused_for_its_digits(
        price in 1u64..1_000_000,
        rate in 1u64..10_000_000_000,
        terms in any_terms(),
        part in 0u64..=1000,
    ) {
        // The host's widest columns: decimal(6,4) of price and decimal(10,5) of rate.
        let terms = Terms { price_per_mb: d(&format!("{price}e-4")).into(), rate: d(&format!("{rate}e-5")), ..terms };
        let included = terms.included_mb.mul(Decimal::from(terms.kb.factor())).unwrap().to_string();
        let most = 9_999 * 10_000 * terms.kb.factor() / price;
        let Share { hours, of } = terms.share;
        let included = included.parse::<u128>().unwrap() * u128::from(hours) / u128::from(of);
        let usage = included + u128::from(most / 1000 * part);
        let mut input = input();
        input.usage = vec![used("nic-1", usage)];
        input.terms = terms;
        prop_assert_eq!(plan(&input, &Bounds::default()).map(|plan| plan.lines.len()), Ok(1));
    }

    #[test]
    fn a_larger_included_volume_never_costs_more(terms in any_terms(), usage in 0u64..1 << 36, more in 0u64..100_000) {
        let mut generous = terms.clone();
        generous.included_mb = terms.included_mb.add(Decimal::from(more)).unwrap();
        let usage = u128::from(usage);
        prop_assert!(rate_transfer(usage, &generous).unwrap().amount <= rate_transfer(usage, &terms).unwrap().amount);
    }

    #[test]
    fn rounding_is_at_most_half_a_unit_and_adds_up(terms in any_terms(), usage in 0u64..1 << 36) {
        let rated = rate_transfer(u128::from(usage), &terms).unwrap();
        let divisor = Decimal::from(rated.exact.divisor());
        // Over one divisor: exact + rounding = amount.
        let sum = rated.exact.numerator().add(rated.rounding.numerator()).unwrap();
        prop_assert_eq!(sum, rated.amount.mul(divisor).unwrap());
        let half = d(&format!("5e-{}", terms.currency_digits + 1)).mul(divisor).unwrap();
        prop_assert!(rated.rounding.numerator() <= half && -rated.rounding.numerator() <= half);
    }

    #[test]
    fn an_adjustment_equals_rerating_minus_billed(terms in any_terms(), then in 0u64..1 << 36, now in 0u64..1 << 36) {
        let billed = rate_transfer(u128::from(then), &terms).unwrap().amount;
        let again = rate_transfer(u128::from(now), &terms).unwrap().amount;
        let adjusted = adjustment(billed, u128::from(now), &terms).unwrap();
        prop_assert_eq!(billed.add(adjusted).unwrap(), again);
        prop_assert_eq!(adjustment(again, u128::from(now), &terms).unwrap(), Decimal::ZERO);
    }

    #[test]
    fn nothing_is_lost_or_doubled_over_a_row_of_periods(volumes in prop::collection::vec(0u64..1_200_000, 1..20)) {
        let mut carried: Option<Carried> = None;
        let (mut invoiced, mut rated) = (Decimal::ZERO, Decimal::ZERO);
        for (index, volume) in volumes.iter().enumerate() {
            let mut input = input();
            input.reference = format!("onapp-17-{index}");
            input.terms.price_per_mb = d("0.0005").into();
            input.usage = vec![used("nic-1", u128::from(*volume))];
            input.carried.extend(carried.take());
            let plan = plan(&input, &Bounds::default()).unwrap();
            rated = rated.add(plan.usage_amount()).unwrap();
            match plan.decision {
                Decision::Invoice => {
                    prop_assert!(plan.total > input.terms.threshold);
                    invoiced = invoiced.add(plan.total).unwrap();
                }
                _ => {
                    prop_assert!(plan.total <= input.terms.threshold);
                    let currency = input.terms.currency.clone();
                    let lines = plan.lines;
                    carried = Some(Carried { reference: plan.reference, amount: plan.total, currency, lines });
                }
            }
        }
        let rest = carried.map_or(Decimal::ZERO, |carried| carried.amount);
        prop_assert_eq!(invoiced.add(rest).unwrap(), rated);
    }

    #[test]
    fn a_price_per_gigabyte_is_a_thousandth_of_a_price_per_megabyte(terms in any_terms(), usage in 0u64..1 << 30) {
        let usage = u128::from(usage);
        let mut by_giga = terms.clone();
        let price = terms.price_per_mb.numerator();
        let factor = terms.kb.factor();
        by_giga.price_per_mb = Quotient::new(price.mul(Decimal::from(factor)).unwrap(), factor).unwrap();
        let (mega, giga) = (rate_transfer(usage, &terms), rate_transfer(usage, &by_giga));
        prop_assert_eq!(mega.unwrap().amount, giga.unwrap().amount);
    }

    #[test]
    fn kilobytes_are_kept_to_the_last_one(kb in 0u64..1 << 50) {
        let volume = Kb(u128::from(kb));
        for size in [KbSize::Binary1024, KbSize::Decimal1000] {
            let megabytes = volume.to_mb(size).unwrap();
            prop_assert_eq!(megabytes.numerator(), Decimal::from(kb));
            let back = megabytes.exact().map(|exact| exact.mul(Decimal::from(size.factor())).unwrap());
            prop_assert!(back.is_none_or(|back| back == Decimal::from(kb)));
        }
    }
}
