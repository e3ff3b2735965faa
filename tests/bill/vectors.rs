//! The vectors of the project's billing decisions (overage formula, rounding, threshold), each amount and each verdict.
//! The numbers come from the written decision, worked out there by hand; the last table row of the old module's own
//! formula (2048 MB used, 1500 included, 0.02 each: 10.96) is its first one.
use crate::support::{d, input, terms, used};
use provisor::bill::{Bounds, Decision, LineKind, decide, plan, rate_transfer};

/// (KB used, soft limit MB, additional MB, price, rate, amount, invoice?)
const VECTORS: [(u128, &str, &str, &str, &str, &str, bool); 9] = [
    (2_097_152, "1000", "500", "0.02", "1", "10.96", true),
    (1_024_001, "1000", "0", "0.01", "1", "0.00", false),
    (1_536_000, "1000", "0", "0.00201", "1", "1.01", true),
    (1_024_000, "1000", "0", "1", "1", "0.00", false),
    (3_072_000, "1000", "0", "0.0125", "0.79", "19.75", true),
    (1_029_120, "1000", "0", "0.201", "1", "1.01", true),
    (1_126_400, "1000", "0", "0.00005", "1", "0.01", false),
    (1_126_400, "1000", "0", "0.001", "1", "0.10", false),
    (0, "0", "0", "1", "1", "0.00", false),
];

#[test]
fn every_vector_of_the_decisions_gives_its_amount_and_its_verdict() {
    for (usage, limit, additional, price, rate, amount, invoice) in VECTORS {
        let mut terms = terms();
        terms.included_mb = d(limit).add(d(additional)).unwrap();
        terms.price_per_mb = d(price).into();
        terms.rate = d(rate);

        let rated = rate_transfer(usage, &terms).unwrap();
        assert_eq!(rated.amount.pad(2), amount, "{usage} KB");

        let mut input = input();
        input.terms = terms.clone();
        input.usage = vec![used("nic-1", usage)];
        let plan = plan(&input, &Bounds::default()).unwrap();
        let verdict = if invoice { Decision::Invoice } else { Decision::Carry };
        assert_eq!(plan.decision, verdict, "{usage} KB");
        assert_eq!(plan.total.pad(2), amount, "{usage} KB");
        assert_eq!(decide(&plan.lines, terms.threshold).unwrap(), verdict, "{usage} KB");
        assert_eq!(
            plan.lines.iter().map(|line| line.kind).collect::<Vec<_>>(),
            [LineKind::Usage]
        );
    }
}

#[test]
fn the_exact_amounts_behind_the_vectors_are_kept_with_their_rounding() {
    let exact = |usage, price: &str| {
        let mut terms = terms();
        terms.price_per_mb = d(price).into();
        let rated = rate_transfer(usage, &terms).unwrap();
        (rated.exact.to_string(), rated.rounding.to_string())
    };
    // 1 KB above: 0.01 / 1024.
    assert_eq!(
        exact(1_024_001, "0.01"),
        ("0.000009765625".into(), "-0.000009765625".into())
    );
    // 5 MB above at 0.201 is 1.005 and 100 MB above at 0.00005 is 0.005: both halves go up.
    assert_eq!(exact(1_029_120, "0.201"), ("1.005".into(), "0.005".into()));
    assert_eq!(exact(1_126_400, "0.00005"), ("0.005".into(), "0.005".into()));
}
