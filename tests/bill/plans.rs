//! A plan is frozen: the same input gives the same bytes, and its stored form gives them back.

use provisor::bill::{Bounds, Carried, Correction, Plan, PlanInput, plan};
use provisor::meter::{Gap, Kb};
use provisor::time::{Period, Share};
use serde_json::Value;

use crate::support::{at, d, input, january, terms, used};

/// An input with more than one of everything.
fn rich() -> PlanInput {
    let mut input = input();
    let gap = |resource: &str| Gap {
        resource: resource.into(),
        start: at("2026-01-03T04:00:00Z"),
        end: at("2026-01-03T07:00:00Z"),
    };
    let correction = |index: i64, usage| Correction {
        reference: format!("onapp-17-{index}"),
        period: Period { index, ..january() },
        billed: d("48"),
        usage: Kb(usage),
        terms: terms(),
    };
    input.usage = vec![used("nic-3", 5), used("nic-1", 2_097_152), used("nic-2", 7)];
    input.gaps = vec![gap("nic-3"), gap("nic-2")];
    input.corrections = vec![
        correction(2, 1_500_000),
        correction(1, 900_000),
        correction(0, 1_600_000),
    ];
    input.carried = vec![Carried {
        reference: "onapp-17-2".into(),
        amount: d("-0.05"),
        currency: "USD".into(),
        lines: vec![],
    }];
    input.terms.share = Share { hours: 700, of: 744 };
    input
}

fn json(input: &PlanInput) -> String {
    serde_json::to_string(&plan(input, &Bounds::default()).unwrap()).unwrap()
}

#[test]
fn the_order_in_which_pages_came_leaves_no_trace() {
    let first = json(&rich());
    let mut turned = rich();
    turned.usage.reverse();
    turned.gaps.reverse();
    turned.corrections.reverse();
    assert_eq!(json(&turned), first);
    let mut split = rich();
    split.usage = vec![
        used("nic-1", 2_000_000),
        used("nic-2", 7),
        used("nic-1", 97_152),
        used("nic-3", 5),
    ];
    assert_eq!(json(&split), first);
}

#[test]
fn a_stored_plan_gives_back_the_same_bytes() {
    let stored = json(&rich());
    let plan: Plan = serde_json::from_str(&stored).unwrap();
    assert_eq!(serde_json::to_string(&plan).unwrap(), stored);
    assert_eq!(
        plan.total,
        plan.lines
            .iter()
            .try_fold(d("0"), |sum, line| sum.add(line.amount))
            .unwrap()
    );
}

#[test]
fn in_a_stored_plan_only_small_counts_are_json_numbers() {
    fn numbers(path: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Number(_) => found.push(path.to_owned()),
            Value::Array(values) => values.iter().for_each(|value| numbers(path, value, found)),
            Value::Object(fields) => {
                fields
                    .iter()
                    .for_each(|(key, value)| numbers(&format!("{path}.{key}"), value, found));
            }
            _ => (),
        }
    }
    let mut found = Vec::new();
    numbers("", &serde_json::from_str(&json(&rich())).unwrap(), &mut found);
    found.sort();
    assert_eq!(
        found,
        [
            ".period.index",
            ".terms.currency_digits",
            ".terms.share.hours",
            ".terms.share.of"
        ]
    );
}

#[test]
fn corrections_come_oldest_first_and_only_where_something_changed() {
    let mut input = rich();
    // 48.00 were billed: 1048 MB are 48.00 again.
    input.corrections[1].usage = Kb(1048 * 1024);
    let plan = plan(&input, &Bounds::default()).unwrap();
    let texts: Vec<&str> = plan
        .lines
        .iter()
        .map(|line| line.description.lines().next().unwrap())
        .collect();
    assert_eq!(
        texts[1..],
        [
            "Carried over from onapp-17-2, where it was not above the smallest amount invoiced",
            "Correction of onapp-17-0: measurements that arrived or changed later",
            "Correction of onapp-17-2: measurements that arrived or changed later",
        ]
    );
}

#[test]
fn a_service_without_any_reading_gets_a_plan_of_zero() {
    let mut input = input();
    input.usage = vec![];
    let plan = plan(&input, &Bounds::default()).unwrap();
    assert!(plan.total.is_zero() && plan.lines.len() == 1);
}
