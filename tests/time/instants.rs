//! Reading and printing instants, and whole hours.

use proptest::prelude::*;
use provisor::time::{TimeError, Zone, format, hour_ceil, hour_floor, hours_between, parse_rfc3339};

use crate::support::{self, at, on_the_hour, zone};

#[test]
fn any_offset_is_turned_to_utc() {
    for (text, utc) in [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("2026-01-31T10:00:00+05:45", "2026-01-31T04:15:00Z"),
        ("2026-01-31T23:30:00-01:00", "2026-02-01T00:30:00Z"),
        ("2020-06-01T11:00:19.250Z", "2020-06-01T11:00:19.250Z"),
    ] {
        assert_eq!(format(at(text)), utc);
    }
}

#[test]
fn a_time_without_offset_or_date_is_refused() {
    for text in [
        "",
        "2026-01-31",
        "2026-01-31T10:00:00",
        "10:00:00Z",
        "2026-02-30T00:00:00Z",
        "0000-00-00",
        "now",
    ] {
        assert_eq!(parse_rfc3339(text), Err(TimeError::NotATime), "{text:?}");
    }
}

#[test]
fn an_hour_starts_and_ends_on_the_hour_also_before_1970() {
    for (inside, floor, ceil) in [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        (
            "2026-01-31T10:00:00.001Z",
            "2026-01-31T10:00:00Z",
            "2026-01-31T11:00:00Z",
        ),
        ("2026-01-31T23:59:59Z", "2026-01-31T23:00:00Z", "2026-02-01T00:00:00Z"),
        ("1969-12-31T22:30:00Z", "1969-12-31T22:00:00Z", "1969-12-31T23:00:00Z"),
    ] {
        assert_eq!(hour_floor(at(inside)), Ok(at(floor)));
        assert_eq!(hour_ceil(at(inside)), Ok(at(ceil)));
    }
}

#[test]
fn hours_are_counted_in_utc_and_never_below_zero() {
    assert_eq!(
        hours_between(at("2026-03-29T00:00:00+00:00"), at("2026-03-30T00:00:00+01:00")),
        23
    );
    assert_eq!(hours_between(at("2026-03-30T00:00:00Z"), at("2026-03-29T00:00:00Z")), 0);
}

#[test]
fn a_zone_is_found_by_its_iana_name_and_stored_by_it() {
    assert_eq!(zone("EUROPE/berlin").name(), "Europe/Berlin");
    assert_eq!(zone("UTC").name(), "UTC");
    assert_eq!(
        serde_json::to_string(&zone("Asia/Kolkata")).unwrap(),
        "\"Asia/Kolkata\""
    );
    assert_eq!(
        serde_json::from_str::<Zone>("\"Asia/Kolkata\"").unwrap(),
        zone("Asia/Kolkata")
    );
    for name in [
        "",
        "Nowhere",
        "Eastern Time (US & Canada)",
        "+01:00",
        "../../etc/passwd",
    ] {
        assert_eq!(Zone::get(name), Err(TimeError::UnknownZone), "{name}");
    }
}

#[test]
fn clocks_are_shown_with_their_offset() {
    for (instant, name, shown) in [
        ("2026-07-01T00:00:00Z", "Europe/London", "2026-07-01 01:00 +01:00"),
        ("2026-01-01T00:00:00Z", "America/St_Johns", "2025-12-31 20:30 -03:30"),
        ("2026-01-01T00:00:00Z", "Asia/Kathmandu", "2026-01-01 05:45 +05:45"),
        ("2026-01-01T00:00:00Z", "UTC", "2026-01-01 00:00 +00:00"),
    ] {
        assert_eq!(zone(name).show(at(instant)).unwrap(), shown);
    }
}

proptest! {
    #![proptest_config(support::proptest(500))]

    #[test]
    fn what_is_printed_is_read_back_as_the_same_instant(seconds in 0i64..4_102_444_800, nanos in 0u32..1_000_000_000) {
        let instant = chrono::DateTime::from_timestamp(seconds, nanos).unwrap();
        prop_assert_eq!(parse_rfc3339(&format(instant)), Ok(instant));
        let (floor, ceil) = (hour_floor(instant).unwrap(), hour_ceil(instant).unwrap());
        prop_assert!(on_the_hour(floor) && on_the_hour(ceil) && floor <= instant && instant <= ceil);
        prop_assert!(hours_between(floor, ceil) <= 1);
    }
}
