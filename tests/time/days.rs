//! Where a day starts: ordinary zones, half-hour zones, midnights that come twice, never, or in a day that was skipped.
//!
//! Offsets and dates of changes come from the public rules of each zone (IANA tzdata), not from this crate.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use provisor::time::{Zone, day_start};

use crate::support::{self, at, date, on_the_hour, zone, zone_names};

fn starts(day: &str, name: &str, first_instant: &str, billing_start: &str) {
    let zone = zone(name);
    assert_eq!(zone.first_instant(date(day)), Ok(at(first_instant)), "{day} {name}");
    assert_eq!(day_start(date(day), &zone), Ok(at(billing_start)), "{day} {name}");
}

#[test]
fn a_plain_day_starts_at_midnight() {
    starts(
        "2026-01-01",
        "Europe/London",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
    );
    starts(
        "2026-07-01",
        "Europe/London",
        "2026-06-30T23:00:00Z",
        "2026-06-30T23:00:00Z",
    );
    starts(
        "2026-07-01",
        "America/New_York",
        "2026-07-01T04:00:00Z",
        "2026-07-01T04:00:00Z",
    );
    starts(
        "2026-07-01",
        "Pacific/Kiritimati",
        "2026-06-30T10:00:00Z",
        "2026-06-30T10:00:00Z",
    );
}

#[test]
fn a_midnight_inside_a_utc_hour_moves_up_to_the_next_hour() {
    starts(
        "2026-01-01",
        "Asia/Kolkata",
        "2025-12-31T18:30:00Z",
        "2025-12-31T19:00:00Z",
    );
    starts(
        "2026-01-01",
        "Asia/Kathmandu",
        "2025-12-31T18:15:00Z",
        "2025-12-31T19:00:00Z",
    );
    starts(
        "2026-07-01",
        "Pacific/Chatham",
        "2026-06-30T11:15:00Z",
        "2026-06-30T12:00:00Z",
    );
    starts(
        "2026-01-01",
        "Pacific/Marquesas",
        "2026-01-01T09:30:00Z",
        "2026-01-01T10:00:00Z",
    );
    // Lord Howe moves its clocks by half an hour only.
    starts(
        "2026-07-01",
        "Australia/Lord_Howe",
        "2026-06-30T13:30:00Z",
        "2026-06-30T14:00:00Z",
    );
    starts(
        "2026-01-01",
        "Australia/Lord_Howe",
        "2025-12-31T13:00:00Z",
        "2025-12-31T13:00:00Z",
    );
}

#[test]
fn a_day_whose_midnight_is_jumped_over_starts_at_the_jump() {
    // Clocks went from 00:00 to 01:00.
    starts(
        "2018-11-04",
        "America/Sao_Paulo",
        "2018-11-04T03:00:00Z",
        "2018-11-04T03:00:00Z",
    );
    // Clocks went from 23:30 to 00:30, so the day began in the middle of the jump.
    starts(
        "1919-03-31",
        "America/Toronto",
        "1919-03-31T04:30:00Z",
        "1919-03-31T05:00:00Z",
    );
    starts(
        "2026-03-29",
        "Asia/Beirut",
        "2026-03-28T22:00:00Z",
        "2026-03-28T22:00:00Z",
    );
}

#[test]
fn clocks_put_back_at_midnight_make_the_old_day_longer_and_not_the_new_one() {
    // At 00:00 of the 18th clocks went back to 23:00 of the 17th.
    starts(
        "2018-02-18",
        "America/Sao_Paulo",
        "2018-02-18T03:00:00Z",
        "2018-02-18T03:00:00Z",
    );
}

#[test]
fn of_two_midnights_the_earlier_counts() {
    // At 01:00 clocks go back to 00:00: midnight at 04:00 and 05:00 UTC.
    starts(
        "2026-11-01",
        "America/Havana",
        "2026-11-01T04:00:00Z",
        "2026-11-01T04:00:00Z",
    );
    // At 00:01 clocks went back to 23:01 of the day before: midnight at 02:30 and 03:30 UTC.
    starts(
        "2010-11-07",
        "America/St_Johns",
        "2010-11-07T02:30:00Z",
        "2010-11-07T03:00:00Z",
    );
}

#[test]
fn a_day_that_was_skipped_starts_where_the_next_one_does() {
    // Samoa had no 30 December 2011: midnight after the 29th (at -10:00) began the 31st (at +14:00).
    starts(
        "2011-12-30",
        "Pacific/Apia",
        "2011-12-30T10:00:00Z",
        "2011-12-30T10:00:00Z",
    );
    starts(
        "2011-12-31",
        "Pacific/Apia",
        "2011-12-30T10:00:00Z",
        "2011-12-30T10:00:00Z",
    );
    starts(
        "2011-12-29",
        "Pacific/Apia",
        "2011-12-29T10:00:00Z",
        "2011-12-29T10:00:00Z",
    );
}

proptest! {
    #![proptest_config(support::proptest(2000))]

    #[test]
    fn no_clock_shows_a_day_before_the_day_starts(name in prop::sample::select(zone_names()), day in 0i64..14_975) {
        let zone = zone(&name);
        let date = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + TimeDelta::days(day);
        shows_no_day_before_it_starts(&zone, date);
    }
}

/// At its first instant the clock shows the day (or, for a skipped day, a later one), and at no time of the day and a
/// half before it.
fn shows_no_day_before_it_starts(zone: &Zone, date: NaiveDate) {
    let first = zone.first_instant(date).unwrap();
    assert!(zone.date(first).unwrap() >= date, "{zone} {date}");
    assert!(
        zone.date(first - TimeDelta::seconds(1)).unwrap() < date,
        "{zone} {date}"
    );
    for minutes in (0..36 * 60).step_by(10) {
        let before = first - TimeDelta::minutes(minutes) - TimeDelta::seconds(1);
        assert!(zone.date(before).unwrap() < date, "{zone} {date} is shown at {before}");
    }
    let start = day_start(date, zone).unwrap();
    assert!(
        on_the_hour(start) && first <= start && start - first < TimeDelta::hours(1),
        "{zone} {date}"
    );
}
