//! When lines become an invoice (decision 8): strictly above the threshold, carried below it, forgiven or credited at
//! the end.

use provisor::bill::{Bounds, Carried, Decision, Line, LineKind, Plan, PlanInput, decide, decide_final, plan, total};

use crate::support::{d, input, used};

fn lines(amounts: &[&str]) -> Vec<Line> {
    let line = |amount: &&str| Line {
        kind: LineKind::Usage,
        description: String::new(),
        amount: d(amount),
        taxed: false,
    };
    amounts.iter().map(line).collect()
}

/// A plan of so many megabytes above the included ones at 0.01 each, after so much was carried.
fn planned(megabytes: u128, carried: Option<&str>, last: bool) -> Plan {
    let mut input: PlanInput = input();
    input.usage = vec![used("nic-1", (1000 + megabytes) * 1024)];
    input.terms.price_per_mb = d("0.01").into();
    input.carried.extend(carried.map(|amount| Carried {
        reference: "onapp-17-0".into(),
        amount: d(amount),
        currency: "USD".into(),
        lines: lines(&[amount]),
    }));
    input.reference = "onapp-17-1".into();
    input.last = last;
    plan(&input, &Bounds::default()).unwrap()
}

#[test]
fn only_a_sum_strictly_above_the_threshold_is_invoiced() {
    for (amounts, threshold, decision) in [
        (&["0.10"][..], "0.10", Decision::Carry),
        (&["0.11"], "0.10", Decision::Invoice),
        (&["0.05", "0.05"], "0.10", Decision::Carry),
        (&["0.05", "0.05", "0.01"], "0.10", Decision::Invoice),
        (&["5.00", "-4.95"], "0.10", Decision::Carry),
        (&["-0.01"], "0", Decision::Carry),
        (&["0.00"], "0", Decision::Carry),
        (&["0.01"], "0", Decision::Invoice),
        (&[], "0", Decision::Carry),
    ] {
        assert_eq!(decide(&lines(amounts), d(threshold)).unwrap(), decision, "{amounts:?}");
    }
}

#[test]
fn the_last_bill_is_invoiced_forgiven_or_credited_but_never_carried() {
    for (amounts, decision) in [
        (&["0.11"][..], Decision::Invoice),
        (&["0.10"], Decision::Forgive),
        (&["0.00"], Decision::Forgive),
        (&["0.05", "-0.06"], Decision::Credit),
        (&["-30.00"], Decision::Credit),
    ] {
        assert_eq!(
            decide_final(&lines(amounts), d("0.10")).unwrap(),
            decision,
            "{amounts:?}"
        );
    }
}

#[test]
fn what_stays_below_is_a_line_of_the_next_period_and_is_invoiced_with_it() {
    // 7 MB at 0.01, not above 0.10.
    let first = planned(7, None, false);
    assert_eq!((first.total, first.decision), (d("0.07"), Decision::Carry));
    // 4 MB more: 0.07 + 0.04 = 0.11.
    let second = planned(4, Some("0.07"), false);
    let amounts: Vec<_> = second.lines.iter().map(|line| (line.kind, line.amount)).collect();
    assert_eq!(amounts, [(LineKind::Usage, d("0.04")), (LineKind::Carried, d("0.07"))]);
    assert_eq!((second.total, second.decision), (d("0.11"), Decision::Invoice));
    assert_eq!(second.usage_amount(), d("0.04"));
}

#[test]
fn a_rounding_remainder_is_recorded_and_not_carried() {
    // 1 KB above at 0.01 a MB is 0.0000098: nothing to carry, however often.
    let mut input = input();
    input.usage = vec![used("nic-1", 1_024_001)];
    input.terms.price_per_mb = d("0.01").into();
    let plan = plan(&input, &Bounds::default()).unwrap();
    assert_eq!((plan.total, plan.decision), (d("0"), Decision::Carry));
    let recorded = "Rounding of the usage line: -0.000009765625 USD, recorded and not carried";
    assert!(
        plan.explanation.iter().any(|line| line == recorded),
        "{:?}",
        plan.explanation
    );
}

#[test]
fn nothing_carried_makes_no_line() {
    assert_eq!(planned(7, Some("0"), false).lines.len(), 1);
}

#[test]
fn a_credit_is_carried_into_the_next_bill_and_paid_out_by_the_last() {
    let going_on = planned(20, Some("-5.00"), false);
    assert_eq!((going_on.total, going_on.decision), (d("-4.80"), Decision::Carry));
    let last = planned(20, Some("-5.00"), true);
    assert_eq!((last.total, last.decision), (d("-4.80"), Decision::Credit));
    assert_eq!(
        last.explanation.last().unwrap(),
        "Sum -4.80 USD, and no further period: credited to the client"
    );
}

#[test]
fn a_forgiven_rest_is_named() {
    let last = planned(3, Some("0.05"), true);
    assert_eq!((last.total, last.decision), (d("0.08"), Decision::Forgive));
    let named = "Sum 0.08 USD, not above 0.10 USD, and no further period: not charged";
    assert_eq!(last.explanation.last().unwrap(), named);
}

#[test]
fn the_sum_is_that_of_the_rounded_lines() {
    // Each 0.05 is what a line of 0.0475 was rounded to; the sum is 0.10 and not 0.095.
    assert_eq!(total(&lines(&["0.05", "0.05"])).unwrap(), d("0.10"));
}
