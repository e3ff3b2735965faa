//! What a client and staff read. The texts are part of the promise: a dry run shows what the real run drafts.

use provisor::bill::{Bounds, Carried, Correction, Line, LineKind, plan};
use provisor::meter::{Gap, Kb};
use provisor::time::{Anchor, Share, Zone, period_at};

use crate::support::{at, d, input, january, terms, used};

#[test]
fn a_usage_line_explains_period_volume_price_and_reference() {
    let mut input = input();
    let zone = Zone::get("Europe/London").unwrap();
    let anchor = Anchor {
        date: "2026-03-01".parse().unwrap(),
        zone: zone.clone(),
    };
    input.period = period_at(&anchor, at("2026-03-01T00:00:00Z")).unwrap();
    input.zone = zone;
    input.reference = "onapp-17-3".into();
    input.terms.included_mb = d("1500");
    input.terms.price_per_mb = d("0.02").into();
    let plan = plan(&input, &Bounds::default()).unwrap();
    assert_eq!(
        plan.lines[0].description,
        "VPS S - vm.example.com: transfer above the included volume\n\
         2026-03-01 00:00 +00:00 to 2026-04-01 00:00 +01:00 (Europe/London)\n\
         Used: 2048 MB (2097152 KB; 1 MB = 1024 KB, 1 KB = 1024 bytes)\n\
         Included: 1500 MB\n\
         Above: 548 MB\n\
         548 MB x 0.02 per MB = 10.96 USD\n\
         Reference: onapp-17-3"
    );
    assert_eq!(plan.lines[0].amount.pad(2), "10.96");
}

#[test]
fn the_currency_rate_and_the_rounding_are_shown_where_they_count() {
    let mut input = input();
    input.usage = vec![used("nic-1", 1_029_120)];
    input.terms.price_per_mb = d("0.201").into();
    input.terms.rate = d("0.79");
    input.terms.currency = "GBP".into();
    let plan = plan(&input, &Bounds::default()).unwrap();
    // 5 x 0.201 x 0.79 = 0.79395
    let line = "5 MB x 0.201 per MB x currency rate 0.79 = 0.79395, rounded 0.79 GBP";
    assert!(
        plan.lines[0].description.contains(line),
        "{}",
        plan.lines[0].description
    );
    assert!(
        plan.explanation
            .contains(&"Rounding of the usage line: -0.00395 GBP, recorded and not carried".into())
    );
}

#[test]
fn a_short_period_says_how_its_included_volume_came_about() {
    let mut input = input();
    input.terms.share = Share { hours: 100, of: 744 };
    let plan = plan(&input, &Bounds::default()).unwrap();
    let text = &plan.lines[0].description;
    assert!(
        text.contains("Included: about 134.4086 MB (1000 MB for 744 hours, of which 100 count)"),
        "{text}"
    );
    assert!(
        text.contains("about 1913.5914 MB x 1 per MB = 1913.59 USD (rounded)"),
        "{text}"
    );
}

#[test]
fn gaps_are_named_on_the_bill_and_never_counted_as_zero_in_silence() {
    let mut input = input();
    let gap = |resource: &str, start, end| Gap {
        resource: resource.into(),
        start: at(start),
        end: at(end),
    };
    input.gaps = vec![
        gap("nic-2", "2026-01-03T04:00:00Z", "2026-01-03T07:00:00Z"),
        gap("nic-1", "2026-01-31T23:00:00Z", "2026-02-01T00:00:00Z"),
    ];
    let text = plan(&input, &Bounds::default()).unwrap().lines[0].description.clone();
    let named = "Not measured and not charged: nic-1, 2026-01-31 23:00 +00:00 to 2026-02-01 00:00 +00:00 (1 h)\n\
                 Not measured and not charged: nic-2, 2026-01-03 04:00 +00:00 to 2026-01-03 07:00 +00:00 (3 h)\n\
                 Reference: ";
    assert!(text.contains(named), "{text}");
}

#[test]
fn many_gaps_are_summed_up_after_the_first_ten() {
    let mut input = input();
    let gap = |n: u32| Gap {
        resource: format!("nic-{n:02}"),
        start: at("2026-01-03T04:00:00Z"),
        end: at("2026-01-03T05:00:00Z"),
    };
    input.gaps = (0..13).map(gap).collect();
    let plan = plan(&input, &Bounds::default()).unwrap();
    let text = &plan.lines[0].description;
    assert_eq!(text.matches("Not measured and not charged: nic-").count(), 10);
    assert!(
        text.contains("Not measured and not charged: 3 more intervals"),
        "{text}"
    );
    assert_eq!(plan.gaps.len(), 13, "the record keeps them all");
}

#[test]
fn carried_and_corrected_amounts_name_the_bill_they_come_from() {
    let mut input = input();
    input.reference = "onapp-17-2".into();
    input.terms.taxed = true;
    let line = |kind, description: &str, amount: &str| Line {
        kind,
        description: description.into(),
        amount: d(amount),
        taxed: true,
    };
    input.carried = vec![Carried {
        reference: "onapp-17-1".into(),
        amount: d("0.05"),
        currency: "USD".into(),
        lines: vec![
            line(LineKind::Usage, "VPS S\nAbove: 0 MB", "0.00"),
            line(
                LineKind::Carried,
                "Carried over from onapp-17-00, where it was small\n- VPS S; Above: 9 MB = 0.09 USD",
                "0.09",
            ),
            line(LineKind::Adjustment, "Correction of onapp-17-x\nUsed: less", "-0.04"),
        ],
    }];
    input.corrections = vec![Correction {
        reference: "onapp-17-0".into(),
        period: january(),
        billed: d("48"),
        usage: Kb(1148 * 1024),
        terms: terms(),
    }];
    let plan = plan(&input, &Bounds::default()).unwrap();
    let kinds: Vec<_> = plan
        .lines
        .iter()
        .map(|line| (line.kind, line.amount, line.taxed))
        .collect();
    assert_eq!(
        kinds,
        [
            (LineKind::Usage, d("1048"), true),
            (LineKind::Carried, d("0.05"), true),
            (LineKind::Adjustment, d("100"), true)
        ]
    );
    assert_eq!(
        plan.lines[1].description,
        "Carried over from onapp-17-1, where it was not above the smallest amount invoiced\n\
         - VPS S; Above: 9 MB = 0.09 USD\n\
         - Correction of onapp-17-x; Used: less = -0.04 USD"
    );
    assert_eq!(
        plan.lines[2].description,
        "Correction of onapp-17-0: measurements that arrived or changed later\n\
         2026-01-01 00:00 +00:00 to 2026-02-01 00:00 +00:00 (UTC)\n\
         Used: 1148 MB (1175552 KB; 1 MB = 1024 KB, 1 KB = 1024 bytes)\n\
         Included: 1000 MB\n\
         148 MB x 1 per MB = 148.00 USD\n\
         Billed before: 48.00 USD"
    );
}

#[test]
fn the_explanation_lists_lines_measurements_rounding_tax_and_verdict() {
    let mut input = input();
    input.usage = vec![used("nic-2", 1_048_576), used("nic-1", 1_048_576)];
    input.terms.taxed = true;
    input.last = true;
    let plan = plan(&input, &Bounds::default()).unwrap();
    assert_eq!(
        plan.explanation,
        [
            "VPS S - vm.example.com: transfer above the included volume",
            "2026-01-01 00:00 +00:00 to 2026-02-01 00:00 +00:00 (UTC)",
            "Used: 2048 MB (2097152 KB; 1 MB = 1024 KB, 1 KB = 1024 bytes)",
            "Included: 1000 MB",
            "Above: 1048 MB",
            "1048 MB x 1 per MB = 1048.00 USD",
            "Last bill of this service",
            "Reference: onapp-17-0",
            "= 1048.00 USD, before tax, which the host adds",
            "Measured: nic-1 1048576 KB",
            "Measured: nic-2 1048576 KB",
            "Rounding of the usage line: 0 USD, recorded and not carried",
            "Sum 1048.00 USD, above 0.10 USD: invoiced",
        ]
    );
}

#[test]
fn a_period_within_its_included_volume_says_that_there_is_nothing_to_invoice() {
    for last in [false, true] {
        let mut input = input();
        input.usage = vec![used("nic-1", 1_024_000)];
        input.last = last;
        let plan = plan(&input, &Bounds::default()).unwrap();
        assert_eq!(plan.explanation.last().unwrap(), "Sum 0.00 USD: nothing to invoice");
    }
}
