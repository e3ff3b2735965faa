//! The plain case that each test changes in the one point it is about.

use proptest::prelude::ProptestConfig;
use provisor::bill::{PlanInput, Terms};
use provisor::meter::{Kb, KbSize, ResourceUsage};
use provisor::money::Decimal;
use provisor::time::{Anchor, Instant, Period, Share, Zone, parse_rfc3339, period_at};

/// A decimal from its text.
pub fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// An instant from its text.
pub fn at(text: &str) -> Instant {
    parse_rfc3339(text).unwrap()
}

/// 1000 MB included, 1.00 a megabyte, dollars at rate 1.
pub fn terms() -> Terms {
    Terms {
        included_mb: d("1000"),
        price_per_mb: d("1").into(),
        rate: d("1"),
        currency: "USD".into(),
        currency_digits: 2,
        kb: KbSize::Binary1024,
        threshold: d("0.10"),
        taxed: false,
        share: Share::WHOLE,
    }
}

/// The period of a service registered on the first of January, that starts on that day.
pub fn january() -> Period {
    let anchor = Anchor {
        date: "2026-01-01".parse().unwrap(),
        zone: Zone::utc(),
    };
    period_at(&anchor, at("2026-01-01T00:00:00Z")).unwrap()
}

/// What one interface used.
pub fn used(resource: &str, kb: u128) -> ResourceUsage {
    ResourceUsage {
        resource: resource.into(),
        usage: Kb(kb),
    }
}

/// 2048 MB on one interface, nothing else.
pub fn input() -> PlanInput {
    PlanInput {
        reference: "onapp-17-0".into(),
        label: "VPS S - vm.example.com".into(),
        period: january(),
        zone: Zone::utc(),
        usage: vec![used("nic-1", 2_097_152)],
        gaps: vec![],
        terms: terms(),
        carried: vec![],
        corrections: vec![],
        last: false,
    }
}

/// How many cases a property is tried with. A failure prints its smallest input; nothing is written to disk.
pub fn proptest() -> ProptestConfig {
    ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
