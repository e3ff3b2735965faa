//! Periods: 31 calendar days each, one after the other, whatever happens to the date or the zone.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use provisor::time::{Anchor, Period, Share, Zone, first_period, period_after, period_at};

use crate::support::{self, anchor, at, date, on_the_hour, zone, zone_names};

#[test]
fn a_period_is_31_calendar_days_counted_from_the_registration_date() {
    // The old module's own example: registered 2013-01-01, then 02-01, 03-04, 04-04.
    let anchor = anchor("2013-01-01", "UTC");
    let mut period = period_at(&anchor, at("2013-01-01T00:00:00Z")).unwrap();
    assert_eq!((period.index, period.start), (0, at("2013-01-01T00:00:00Z")));
    for (index, end) in ["2013-02-01", "2013-03-04", "2013-04-04", "2013-05-05"]
        .iter()
        .enumerate()
    {
        assert_eq!(period.index, i64::try_from(index).unwrap());
        assert_eq!(period.end, at(&format!("{end}T00:00:00Z")));
        assert_eq!(period.hours(), 31 * 24);
        period = period_after(&period, &anchor).unwrap();
    }
}

#[test]
fn spring_makes_a_period_an_hour_shorter_and_autumn_an_hour_longer() {
    for (day, name, start, end, hours) in [
        (
            "2026-03-01",
            "Europe/London",
            "2026-03-01T00:00:00Z",
            "2026-03-31T23:00:00Z",
            743,
        ),
        (
            "2026-10-01",
            "Europe/London",
            "2026-09-30T23:00:00Z",
            "2026-11-01T00:00:00Z",
            745,
        ),
        (
            "2026-03-01",
            "America/New_York",
            "2026-03-01T05:00:00Z",
            "2026-04-01T04:00:00Z",
            743,
        ),
        (
            "2026-10-20",
            "America/New_York",
            "2026-10-20T04:00:00Z",
            "2026-11-20T05:00:00Z",
            745,
        ),
        // South of the equator the other way round.
        (
            "2026-04-01",
            "Australia/Sydney",
            "2026-03-31T13:00:00Z",
            "2026-05-01T14:00:00Z",
            745,
        ),
        (
            "2026-10-01",
            "Australia/Sydney",
            "2026-09-30T14:00:00Z",
            "2026-10-31T13:00:00Z",
            743,
        ),
        // Half an hour of summer time: 14:00 after 13:30 moved up, 13:00 plain.
        (
            "2026-09-15",
            "Australia/Lord_Howe",
            "2026-09-14T14:00:00Z",
            "2026-10-15T13:00:00Z",
            743,
        ),
        // The skipped day: 31 calendar days, of which 30 happened.
        (
            "2011-12-01",
            "Pacific/Apia",
            "2011-12-01T10:00:00Z",
            "2011-12-31T10:00:00Z",
            720,
        ),
    ] {
        let period = period_at(&anchor(day, name), at(start)).unwrap();
        assert_eq!(
            period,
            Period {
                index: 0,
                start: at(start),
                end: at(end)
            },
            "{day} {name}"
        );
        assert_eq!(period.hours(), hours, "{day} {name}");
    }
}

#[test]
fn an_instant_belongs_to_the_period_that_starts_with_it() {
    let anchor = anchor("2026-01-01", "Asia/Kolkata");
    let edge = at("2026-01-31T19:00:00Z");
    assert_eq!(period_at(&anchor, edge).unwrap().index, 1);
    assert_eq!(period_at(&anchor, edge - TimeDelta::nanoseconds(1)).unwrap().index, 0);
    // Midnight in India is 18:30 UTC, but that hour still belongs to the old period.
    assert_eq!(period_at(&anchor, at("2026-01-31T18:45:00Z")).unwrap().index, 0);
    assert_eq!(period_at(&anchor, at("2025-12-31T18:45:00Z")).unwrap().index, -1);
}

#[test]
fn an_edge_after_which_clocks_show_the_day_before_again_is_still_the_edge() {
    // St John's put clocks back at 00:01: at 03:00 UTC they showed 23:30 of the sixth, but the seventh had begun.
    let anchor = anchor("2010-10-07", "America/St_Johns");
    let edge = at("2010-11-07T03:00:00Z");
    assert_eq!(anchor.zone.date(edge), Ok(date("2010-11-06")));
    let period = period_at(&anchor, edge).unwrap();
    assert_eq!((period.index, period.start), (1, edge));
    assert_eq!(period_at(&anchor, edge - TimeDelta::seconds(1)).unwrap().end, edge);
}

#[test]
fn a_first_period_that_starts_late_is_short_and_says_which_part_it_is() {
    let anchor = anchor("2026-01-01", "UTC");
    let period = first_period(&anchor, at("2026-02-21T12:34:56Z")).unwrap();
    assert_eq!(
        (period.index, period.start, period.end),
        (1, at("2026-02-21T13:00:00Z"), at("2026-03-04T00:00:00Z"))
    );
    assert_eq!(period.share(&anchor).unwrap(), Share { hours: 251, of: 744 });
    let next = period_after(&period, &anchor).unwrap();
    assert_eq!(
        (next.index, next.start, next.end),
        (2, at("2026-03-04T00:00:00Z"), at("2026-04-04T00:00:00Z"))
    );
    assert!(next.share(&anchor).unwrap().is_whole());
    assert!(
        first_period(&anchor, at("2026-01-01T00:00:00Z"))
            .unwrap()
            .share(&anchor)
            .unwrap()
            .is_whole()
    );
}

#[test]
fn an_edited_registration_date_shortens_one_period_and_opens_no_gap() {
    let first = period_at(&anchor("2026-01-01", "UTC"), at("2026-01-01T00:00:00Z")).unwrap();
    let edited = anchor("2026-01-11", "UTC");
    let second = period_after(&first, &edited).unwrap();
    assert_eq!(
        (second.index, second.start, second.end),
        (1, first.end, at("2026-02-11T00:00:00Z"))
    );
    assert_eq!(second.share(&edited).unwrap(), Share { hours: 240, of: 744 });
    let third = period_after(&second, &edited).unwrap();
    assert_eq!(
        (third.index, third.start, third.end),
        (2, second.end, at("2026-03-14T00:00:00Z"))
    );
    assert!(third.share(&edited).unwrap().is_whole());
}

#[test]
fn a_registration_date_moved_into_the_future_still_leaves_no_hour_out() {
    let first = period_at(&anchor("2026-01-01", "UTC"), at("2026-01-01T00:00:00Z")).unwrap();
    let second = period_after(&first, &anchor("2027-01-01", "UTC")).unwrap();
    assert_eq!(second.start, first.end);
    // 11 periods of 31 days before 2027-01-01.
    assert_eq!(second.end, at("2027-01-01T00:00:00Z") - TimeDelta::days(31 * 10));
    assert_eq!(second.end, at("2026-02-25T00:00:00Z"));
}

#[test]
fn an_edited_zone_moves_the_next_end_and_not_the_start() {
    let first = period_at(&anchor("2026-01-01", "Europe/London"), at("2026-01-01T00:00:00Z")).unwrap();
    // Westwards the anchor's edge comes five hours after the stored end: those five hours are a period of their own.
    let west = period_after(&first, &anchor("2026-01-01", "America/New_York")).unwrap();
    assert_eq!(
        (west.start, west.end),
        (at("2026-02-01T00:00:00Z"), at("2026-02-01T05:00:00Z"))
    );
    // Eastwards it came before: the next period is that much shorter.
    let east = period_after(&first, &anchor("2026-01-01", "Asia/Tokyo")).unwrap();
    assert_eq!(
        (east.start, east.end),
        (at("2026-02-01T00:00:00Z"), at("2026-03-03T15:00:00Z"))
    );
}

#[test]
fn an_anchor_and_a_period_are_stored_as_plain_text() {
    let anchor = anchor("2026-01-01", "Europe/London");
    let json = serde_json::to_string(&anchor).unwrap();
    assert_eq!(json, r#"{"date":"2026-01-01","zone":"Europe/London"}"#);
    assert_eq!(serde_json::from_str::<Anchor>(&json).unwrap(), anchor);
    let period = period_at(&anchor, at("2026-01-15T00:00:00Z")).unwrap();
    let json = serde_json::to_string(&period).unwrap();
    assert_eq!(
        json,
        r#"{"index":0,"start":"2026-01-01T00:00:00Z","end":"2026-02-01T00:00:00Z"}"#
    );
    assert_eq!(serde_json::from_str::<Period>(&json).unwrap(), period);
}

#[test]
fn dates_that_no_calendar_can_count_are_an_error_and_no_crash() {
    for day in [NaiveDate::MIN, NaiveDate::MAX, date("9999-12-31"), date("-9999-01-01")] {
        let anchor = Anchor {
            date: day,
            zone: zone("Europe/London"),
        };
        let _ = period_at(&anchor, at("2026-01-01T00:00:00Z"));
        let _ = period_at(&anchor, chrono::DateTime::<chrono::Utc>::MAX_UTC);
        let _ = first_period(&anchor, chrono::DateTime::<chrono::Utc>::MIN_UTC);
    }
}

/// Walks the periods from an instant and checks that they follow each other without gap or overlap.
fn partition_time(anchor: &Anchor, from: &str, till: &str) {
    let mut period = period_at(anchor, at(from)).unwrap();
    assert!(period.contains(at(from)));
    while period.end < at(till) {
        let zone = &anchor.zone;
        assert!(
            on_the_hour(period.start) && on_the_hour(period.end),
            "{zone} {period:?}"
        );
        // 31 days, an hour or so for the clocks, or a day that a country skipped or had twice.
        assert!((719..=769).contains(&period.hours()), "{zone} {period:?}");
        for inside in [period.start, period.end - TimeDelta::seconds(1)] {
            assert_eq!(period_at(anchor, inside).unwrap(), period, "{zone}");
        }
        let next = period_after(&period, anchor).unwrap();
        assert_eq!((next.index, next.start), (period.index + 1, period.end), "{zone}");
        assert_eq!(
            period_at(anchor, period.end).unwrap(),
            next,
            "{zone}: the stored row and the anchor agree"
        );
        assert!(next.share(anchor).unwrap().is_whole());
        period = next;
    }
}

#[test]
fn in_every_zone_periods_partition_time_from_2000_to_2040() {
    let start = date("1999-12-01");
    for (n, name) in zone_names().iter().enumerate() {
        let shift = TimeDelta::days(i64::try_from(n % 31).unwrap());
        let anchor = Anchor {
            date: start + shift,
            zone: zone(name),
        };
        partition_time(&anchor, "2000-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    }
}

prop_compose! {
    fn anchors()(name in prop::sample::select(zone_names()), day in 0i64..14_600) -> Anchor {
        Anchor { date: date("2000-01-01") + TimeDelta::days(day), zone: Zone::get(&name).unwrap() }
    }
}

proptest! {
    #![proptest_config(support::proptest(100))]

    #[test]
    fn periods_partition_time_for_any_zone_and_registration_date(anchor in anchors()) {
        partition_time(&anchor, "2000-01-01T00:00:00Z", "2010-01-01T00:00:00Z");
        partition_time(&anchor, "2030-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    }

    #[test]
    fn no_row_of_edits_opens_a_gap_or_an_overlap_or_an_empty_period(edits in prop::collection::vec(anchors(), 1..40)) {
        let mut period = first_period(&edits[0], at("2019-05-05T05:05:05Z")).unwrap();
        for anchor in &edits {
            let next = period_after(&period, anchor).unwrap();
            prop_assert_eq!((next.index, next.start), (period.index + 1, period.end));
            prop_assert!(next.start < next.end && on_the_hour(next.end));
            prop_assert!(next.hours() <= 769);
            let share = next.share(anchor).unwrap();
            prop_assert!(share.hours > 0 && share.hours <= share.of);
            period = next;
        }
    }

    #[test]
    fn a_first_period_ends_where_the_regular_one_does(anchor in anchors(), seconds in 946_684_800i64..2_208_988_800) {
        let from = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let period = first_period(&anchor, from).unwrap();
        prop_assert!(period.start >= from && period.start - from < TimeDelta::hours(1));
        let regular = period_at(&anchor, period.start).unwrap();
        prop_assert_eq!((period.index, period.end), (regular.index, regular.end));
        let share = period.share(&anchor).unwrap();
        prop_assert_eq!(share.is_whole(), period.start == regular.start);
    }
}
