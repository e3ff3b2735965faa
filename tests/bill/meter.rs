//! What was measured: which hours to ask for, which are missing, which belong to a period.

use chrono::TimeDelta;
use provisor::meter::{Due, Gap, Kb, KbSize, MeterError, Reading, Watermark, due, gaps, hour_of_end_stamp, sum};
use provisor::time::{Instant, format};

use crate::support::{at, january, used};

const OVERLAP: TimeDelta = TimeDelta::hours(3);
const LAG: TimeDelta = TimeDelta::hours(1);
const PATIENCE: TimeDelta = TimeDelta::days(7);

fn watermark(from: &str, covered: Option<&str>, until: Option<&str>) -> Watermark {
    Watermark {
        resource: "nic-1".into(),
        from: at(from),
        covered: covered.map(at),
        until: until.map(at),
    }
}

fn window(watermark: &Watermark, now: &str) -> Option<(String, String)> {
    let window = watermark.window(at(now), OVERLAP, LAG).unwrap()?;
    Some((format(window.start), format(window.end)))
}

fn hours(start: &str, end: &str) -> Option<(String, String)> {
    Some((start.into(), end.into()))
}

fn reading(resource: &str, hour: Instant, sent_kb: u64, received_kb: u64) -> Reading {
    Reading {
        resource: resource.into(),
        hour,
        sent_kb,
        received_kb,
    }
}

#[test]
fn the_first_question_starts_where_the_resource_began() {
    let new = watermark("2026-01-05T00:00:00Z", None, None);
    assert_eq!(
        window(&new, "2026-01-05T12:10:00Z"),
        hours("2026-01-05T00:00:00Z", "2026-01-05T11:00:00Z")
    );
    let inside_an_hour = watermark("2026-01-05T00:20:00Z", None, None);
    assert_eq!(
        window(&inside_an_hour, "2026-01-05T12:10:00Z"),
        hours("2026-01-05T00:00:00Z", "2026-01-05T11:00:00Z")
    );
}

#[test]
fn a_later_question_overlaps_but_never_reaches_before_the_beginning() {
    let running = watermark("2026-01-05T00:00:00Z", Some("2026-01-06T00:00:00Z"), None);
    assert_eq!(
        window(&running, "2026-01-06T05:59:59Z"),
        hours("2026-01-05T21:00:00Z", "2026-01-06T04:00:00Z")
    );
    let young = watermark("2026-01-05T00:00:00Z", Some("2026-01-05T01:00:00Z"), None);
    assert_eq!(
        window(&young, "2026-01-05T12:00:00Z"),
        hours("2026-01-05T00:00:00Z", "2026-01-05T11:00:00Z")
    );
}

#[test]
fn without_a_new_hour_nothing_is_asked_however_often_the_cron_runs() {
    let running = watermark("2026-01-05T00:00:00Z", Some("2026-01-05T11:00:00Z"), None);
    for now in [
        "2026-01-05T12:00:00Z",
        "2026-01-05T12:15:00Z",
        "2026-01-05T12:59:59Z",
        "2026-01-05T03:00:00Z",
    ] {
        assert_eq!(window(&running, now), None, "{now}");
    }
    assert_eq!(
        window(&running, "2026-01-05T13:00:00Z"),
        hours("2026-01-05T08:00:00Z", "2026-01-05T12:00:00Z")
    );
    assert_eq!(
        window(&watermark("2026-01-05T11:00:00Z", None, None), "2026-01-05T12:10:00Z"),
        None
    );
}

#[test]
fn a_deleted_resource_is_asked_for_up_to_its_end_and_then_no_more() {
    let deleted = |covered| watermark("2026-01-05T00:00:00Z", Some(covered), Some("2026-01-05T08:00:00Z"));
    let asked = window(&deleted("2026-01-05T06:00:00Z"), "2026-01-06T00:00:00Z");
    assert_eq!(asked, hours("2026-01-05T03:00:00Z", "2026-01-05T08:00:00Z"));
    assert_eq!(window(&deleted("2026-01-05T08:00:00Z"), "2026-01-06T00:00:00Z"), None);
}

#[test]
fn windows_in_a_row_cover_every_hour_whenever_the_cron_runs() {
    let mut nic = watermark("2026-01-05T00:00:00Z", None, None);
    let mut reached = nic.from;
    let mut now = at("2026-01-05T00:00:00Z");
    for minutes in [7, 61, 180, 59, 1, 1441, 30, 600].iter().cycle().take(100) {
        now += TimeDelta::minutes(*minutes);
        if let Some(window) = nic.window(now, OVERLAP, LAG).unwrap() {
            assert!(
                window.start <= reached && window.end > reached,
                "{window:?} after {reached}"
            );
            assert!(window.end + LAG <= now);
            reached = window.end;
            nic.covered = Some(reached);
        }
        assert!(now - reached < TimeDelta::hours(2));
    }
}

#[test]
fn a_row_stamped_at_the_end_of_an_hour_holds_the_hour_before() {
    for (stamp, hour) in [
        ("2026-02-01T00:00:00Z", "2026-01-31T23:00:00Z"),
        ("2026-02-01T00:00:19Z", "2026-01-31T23:00:00Z"),
        ("2026-02-01T01:00:00Z", "2026-02-01T00:00:00Z"),
    ] {
        assert_eq!(hour_of_end_stamp(at(stamp)), Ok(at(hour)));
    }
    // So the row stamped at the period's very end still belongs to it.
    assert!(january().contains(hour_of_end_stamp(at("2026-02-01T00:00:00Z")).unwrap()));
    assert!(!january().contains(hour_of_end_stamp(at("2026-01-01T00:00:00Z")).unwrap()));
}

#[test]
fn the_question_in_end_stamps_holds_exactly_the_rows_of_its_hours_whether_bounds_count_or_not() {
    let nic = watermark("2026-01-05T00:00:00Z", None, None);
    let window = nic.window(at("2026-01-05T05:00:00Z"), OVERLAP, LAG).unwrap().unwrap();
    let (from, till) = window.end_stamps().unwrap();
    assert_eq!(
        (format(from), format(till)),
        ("2026-01-05T00:30:00Z".into(), "2026-01-05T04:30:00Z".into())
    );
    for hour in -2..8 {
        let stamp = at("2026-01-05T00:00:00Z") + TimeDelta::hours(hour);
        let measured = hour_of_end_stamp(stamp).unwrap();
        let wanted = window.start <= measured && measured < window.end;
        assert_eq!(from <= stamp && stamp <= till, wanted, "{stamp}");
        assert_eq!(from < stamp && stamp < till, wanted, "{stamp}");
    }
}

#[test]
fn hours_that_no_answer_covered_are_gaps() {
    let period = january();
    let gap = |from, covered, until| gaps(&period, &[watermark(from, covered, until)]);
    let is = |start: &str, end: &str| {
        vec![Gap {
            resource: "nic-1".into(),
            start: at(start),
            end: at(end),
        }]
    };
    let (start, end) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    assert_eq!(gap("2025-12-01T00:00:00Z", None, None), is(start, end));
    assert_eq!(
        gap("2025-12-01T00:00:00Z", Some("2025-12-09T00:00:00Z"), None),
        is(start, end)
    );
    assert_eq!(
        gap("2025-12-01T00:00:00Z", Some("2026-01-20T05:00:00Z"), None),
        is("2026-01-20T05:00:00Z", end)
    );
    // An interface that came later or went earlier has no gap before or after its life.
    assert_eq!(gap("2026-01-10T00:00:00Z", None, None), is("2026-01-10T00:00:00Z", end));
    assert_eq!(
        gap("2025-12-01T00:00:00Z", None, Some("2026-01-10T00:00:00Z")),
        is(start, "2026-01-10T00:00:00Z")
    );
    for (from, covered, until) in [
        ("2025-12-01T00:00:00Z", Some(end), None),
        ("2025-12-01T00:00:00Z", Some("2026-03-01T00:00:00Z"), None),
        (
            "2025-12-01T00:00:00Z",
            Some("2026-01-10T00:00:00Z"),
            Some("2026-01-10T00:00:00Z"),
        ),
        ("2025-12-01T00:00:00Z", None, Some("2025-12-10T00:00:00Z")),
        ("2026-02-10T00:00:00Z", None, None),
    ] {
        assert_eq!(gap(from, covered, until), vec![], "{from} {covered:?} {until:?}");
    }
}

#[test]
fn what_was_covered_before_a_resource_was_taken_over_does_not_count() {
    let again = watermark("2026-01-10T00:00:00Z", Some("2026-01-02T00:00:00Z"), None);
    let asked = window(&again, "2026-01-11T00:00:00Z");
    assert_eq!(asked, hours("2026-01-10T00:00:00Z", "2026-01-10T23:00:00Z"));
    assert_eq!(gaps(&january(), std::slice::from_ref(&again))[0].start, again.from);
    assert_eq!(window(&again, "2026-01-09T00:00:00Z"), None);
}

#[test]
fn hours_older_than_the_panel_keeps_are_lost_and_not_zero() {
    let lost = |covered, until, oldest: &str| {
        let lost = watermark("2026-01-01T00:00:00Z", covered, until).lost(at(oldest))?;
        Some((format(lost.start), format(lost.end)))
    };
    let (first, tenth, oldest) = ("2026-01-01T00:00:00Z", "2026-01-10T00:00:00Z", "2026-02-20T00:00:00Z");
    assert_eq!(lost(None, None, oldest), hours(first, oldest));
    assert_eq!(lost(Some(tenth), None, oldest), hours(tenth, oldest));
    assert_eq!(lost(None, Some(tenth), oldest), hours(first, tenth));
    assert_eq!(lost(Some(tenth), Some(tenth), oldest), None);
    assert_eq!(lost(Some(oldest), None, oldest), None);
    assert_eq!(lost(None, None, "2025-12-31T00:00:00Z"), None);
}

#[test]
fn a_gap_over_several_periods_is_named_in_each_with_its_part() {
    let gap = |start, end| Gap {
        resource: "nic-1".into(),
        start: at(start),
        end: at(end),
    };
    let long = gap("2025-12-20T00:00:00Z", "2026-03-01T00:00:00Z");
    assert_eq!(
        long.within(&january()),
        Some(gap("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"))
    );
    let inside = gap("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z");
    assert_eq!(inside.within(&january()), Some(inside.clone()));
    assert_eq!(
        gap("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z").within(&january()),
        None
    );
}

#[test]
fn a_period_is_due_when_all_is_measured_or_the_patience_is_over() {
    let period = january();
    let complete = watermark("2025-12-01T00:00:00Z", Some("2026-02-01T00:00:00Z"), None);
    let late = Watermark {
        resource: "nic-2".into(),
        covered: Some(at("2026-01-31T00:00:00Z")),
        ..complete.clone()
    };
    let ask = |watermarks: &[Watermark], now| due(&period, watermarks, at(now), PATIENCE).unwrap();
    let one = std::slice::from_ref(&complete);
    assert_eq!(ask(one, "2026-01-31T23:59:59Z"), Due::NotYet);
    assert_eq!(ask(one, "2026-02-01T00:00:00Z"), Due::Complete);
    assert_eq!(ask(&[], "2026-02-01T00:00:00Z"), Due::Complete);
    let both = [complete, late];
    assert_eq!(ask(&both, "2026-02-07T23:59:59Z"), Due::NotYet);
    let gap = Gap {
        resource: "nic-2".into(),
        start: at("2026-01-31T00:00:00Z"),
        end: period.end,
    };
    assert_eq!(ask(&both, "2026-02-08T00:00:00Z"), Due::WithGaps(vec![gap]));
}

#[test]
fn readings_are_summed_by_resource_and_an_idle_hour_counts_nothing() {
    let start = january().start;
    let readings = [
        reading("nic-2", start + TimeDelta::hours(5), 10, 1),
        reading("nic-1", start, 100, 10),
        reading("nic-1", start + TimeDelta::hours(9), 200, 20),
        reading("nic-1", start - TimeDelta::hours(1), 9999, 0),
        reading("nic-1", january().end, 9999, 0),
    ];
    assert_eq!(
        sum(&readings, &january()),
        Ok(vec![used("nic-1", 330), used("nic-2", 11)])
    );
}

#[test]
fn an_hour_that_comes_twice_counts_once_and_two_versions_of_it_are_an_error() {
    let start = january().start;
    let twice = [reading("nic-1", start, 7, 3), reading("nic-1", start, 7, 3)];
    assert_eq!(sum(&twice, &january()), Ok(vec![used("nic-1", 10)]));
    let differing = [reading("nic-1", start, 7, 3), reading("nic-1", start, 8, 3)];
    let error = sum(&differing, &january()).unwrap_err();
    assert_eq!(error.code(), "meter.conflicting_readings");
    assert!(error.to_string().contains("nic-1") && error.to_string().contains("2026-01-01T00:00:00Z"));
}

#[test]
fn the_largest_readings_add_up_and_the_largest_sums_are_refused() {
    let largest = reading("nic-1", january().start, u64::MAX, u64::MAX);
    assert_eq!(largest.total(), Kb(2 * u128::from(u64::MAX)));
    assert_eq!(Kb(u128::MAX).plus(Kb(1)), Err(MeterError::Overflow));
    assert_eq!(Kb(u128::MAX).to_bytes(KbSize::Decimal1000), Err(MeterError::Overflow));
    assert!(Kb(u128::MAX).to_mb(KbSize::Binary1024).is_err());
}

#[test]
fn units_are_stored_as_words_and_volumes_as_strings() {
    assert_eq!(
        serde_json::to_string(&(KbSize::Binary1024, KbSize::Decimal1000)).unwrap(),
        r#"["binary","decimal"]"#
    );
    assert_eq!(
        serde_json::to_string(&Kb(u128::MAX)).unwrap(),
        format!("\"{}\"", u128::MAX)
    );
    assert_eq!(serde_json::from_str::<Kb>("\"12\"").unwrap(), Kb(12));
    for wrong in ["12", "\"-1\"", "\"1.5\"", "\"\""] {
        assert!(serde_json::from_str::<Kb>(wrong).is_err(), "{wrong}");
    }
}
