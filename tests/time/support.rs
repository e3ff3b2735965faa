//! Short ways to write dates, instants and zones.

use chrono::NaiveDate;
use proptest::prelude::ProptestConfig;
use provisor::time::{Anchor, Instant, Zone, parse_rfc3339};

/// A date from its text.
pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant from its text.
pub fn at(text: &str) -> Instant {
    parse_rfc3339(text).unwrap()
}

/// A zone from its name.
pub fn zone(name: &str) -> Zone {
    Zone::get(name).unwrap()
}

/// An anchor from a date and a zone name.
pub fn anchor(day: &str, name: &str) -> Anchor {
    Anchor {
        date: date(day),
        zone: zone(name),
    }
}

/// The names of all zones there are.
pub fn zone_names() -> Vec<String> {
    let names: Vec<String> = jiff::tz::TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    assert!(names.len() > 400, "only {} zones are known", names.len());
    names
}

/// True when an instant lies on a whole UTC hour.
pub fn on_the_hour(instant: Instant) -> bool {
    instant.timestamp() % 3600 == 0 && instant.timestamp_subsec_nanos() == 0
}

/// How many cases a property is tried with. A failure prints its smallest input; nothing is written to disk.
pub fn proptest(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
