//! Traffic by calendar month: this month so far and the one before. The host's own overage billing counts calendar months too
//! (decision 16).
//!
//! A month is its days as the panel has them, in UTC, so that no day is in two months and every month is the sum of its days,
//! whether the panel cuts the days at its edges or tells them whole. The host's own date says which month is the present one: it
//! bills by that date.

pub(crate) mod report;

use super::server::assigned::Assigned;
use super::server::known::{DayTraffic, Known, Traffic};
use crate::host::{Failure, Settings};
use crate::panel::singlehop::{Bandwidth, Config, Leap, PanelError};
use crate::time::{Instant, Period, TimeError, Zone, day_start};
use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Traffic that was read so many minutes ago is new enough for a page: the call is slow.
const FRESH_MINUTES: i64 = 15;

/// So many hours after its end a month's traffic is final: the panel knows the last hours late, and may count its days in any
/// zone.
const FINAL_HOURS: i64 = 24;

/// The zone in which moments are shown: the configuration's, else the host's, else UTC.
pub(crate) fn zone(settings: &Settings, config: &Config) -> Zone {
    let own = config.zone.clone();
    own.unwrap_or_else(|| Zone::get_or_utc(&settings.time_zone))
}

/// The calendar month of the host's date, and the one before; of the date in this zone, where the host tells none.
pub(crate) fn months(settings: &Settings, zone: &Zone, now: Instant) -> Result<[Period; 2], Failure> {
    let cut = || -> Result<[Period; 2], TimeError> {
        let today = settings.today.parse().map_or_else(|_| zone.date(now), Ok)?;
        let month = first(today).ok_or(TimeError::OutOfRange)?;
        let next = month.checked_add_months(Months::new(1)).ok_or(TimeError::OutOfRange)?;
        let last = month.checked_sub_months(Months::new(1)).ok_or(TimeError::OutOfRange)?;
        let utc = Zone::utc();
        let edge = |date| day_start(date, &utc);
        let period = |index, start, end| Period { index, start, end };
        Ok([
            period(0, edge(month)?, edge(next)?),
            period(-1, edge(last)?, edge(month)?),
        ])
    };
    cut().map_err(|e| Failure::internal("singlehop.months", e.to_string()))
}

fn first(date: NaiveDate) -> Option<NaiveDate> {
    date.with_day(1)
}

/// The stored traffic of a period.
pub(crate) fn of<'a>(known: &'a Known, period: &Period) -> Option<&'a Traffic> {
    known.traffic.iter().find(|t| t.start == period.start)
}

/// The same, or what the service had of it with servers before: what it is charged for while nothing newer is known.
pub(crate) fn standing<'a>(known: &'a Known, period: &Period) -> Option<&'a Traffic> {
    of(known, period).or_else(|| known.earlier.iter().find(|t| t.start == period.start))
}

/// Need it not be read again?
pub(crate) fn is_fresh(known: &Known, period: &Period, now: Instant) -> bool {
    of(known, period).filter(|t| t.at <= now).is_some_and(|t| {
        t.at >= period.end + TimeDelta::hours(FINAL_HOURS) || now - t.at < TimeDelta::minutes(FRESH_MINUTES)
    })
}

/// Reads the service's traffic of one period into the memory, which keeps the periods of `months`: its server's since it has
/// it, and what it had with servers before. False where the panel tells nothing of that period; then the memory is as it was.
///
/// # Errors
/// The panel's error; then the memory is as it was.
pub(crate) fn read(
    leap: &dyn Leap,
    known: &mut Known,
    server: &Assigned,
    period: &Period,
    months: &[Period],
    zone: &Zone,
    now: Instant,
) -> Result<bool, PanelError> {
    let since = first_day(server, period, zone);
    let seen = if since < period.end.min(now) {
        leap.bandwidth(&server.leap_id, period, since, now)?
    } else if now <= period.start {
        // The month has begun for the host and not yet in UTC.
        Some(Bandwidth::default())
    } else {
        None
    };
    let earlier = known.earlier.iter().find(|t| t.start == period.start);
    let own = of(known, period).map(|t| without(t, earlier)).unwrap_or_default();
    let seen = seen.and_then(|seen| kept(seen, period, since, now));
    let seen = seen.and_then(|seen| completed(seen, &own));
    let traffic = match (seen, earlier) {
        (Some(seen), Some(earlier)) => seen.with(earlier),
        (Some(seen), None) => seen,
        // The panel has nothing to add to it, nor had before.
        (None, Some(earlier)) if of(known, period).is_none_or(|t| t.is_as(earlier)) => Traffic {
            at: now,
            ..earlier.clone()
        },
        (None, _) => return Ok(false),
    };
    known
        .traffic
        .retain(|t| t.start != period.start && months.iter().any(|m| m.start == t.start));
    known.traffic.push(traffic);
    known.traffic.sort_by_key(|t| t.start);
    Ok(true)
}

/// Where the service's own traffic of a period begins: with the first day that is whole after the selection, as days are shown
/// and as UTC has them, because nobody knows whether the panel cuts days, nor in which zone it counts them.
fn first_day(server: &Assigned, period: &Period, zone: &Zone) -> Instant {
    let since = server.since(period);
    if since == period.start {
        return since;
    }
    let whole = |zone: &Zone| -> Result<NaiveDate, TimeError> {
        let date = zone.date(since)?;
        match day_start(date, zone)? == since {
            true => Ok(date),
            false => date.succ_opt().ok_or(TimeError::OutOfRange),
        }
    };
    let utc = Zone::utc();
    let first = || day_start(whole(zone)?.max(whole(&utc)?), &utc);
    first().unwrap_or(period.end)
}

/// What is kept of it: the days that were asked for, from the one of `since` to the one of `now`, each once; without days, the
/// totals. None where it tells nothing of what was asked for: totals beside days of other months are not this one's, and those
/// of a part of the month may have whole days in them, and so the former owner's.
fn kept(seen: Bandwidth, period: &Period, since: Instant, now: Instant) -> Option<Traffic> {
    let asked = asked(period, since, now);
    let mut by_date: BTreeMap<NaiveDate, (u64, u64)> = BTreeMap::new();
    let mut of_others = false;
    for day in seen.days {
        let Some(date) = day.date.or_else(|| day.at.map(|at| at.date_naive())) else {
            continue;
        };
        if !asked.contains(&date) {
            of_others = true;
            continue;
        }
        let of_date = by_date.entry(date).or_default();
        *of_date = (
            of_date.0.saturating_add(day.received),
            of_date.1.saturating_add(day.sent),
        );
    }
    let sum = |part: fn(&(u64, u64)) -> u64| by_date.values().map(part).fold(0, u64::saturating_add);
    let (received, sent) = if !by_date.is_empty() {
        (sum(|day| day.0), sum(|day| day.1))
    } else if of_others || since > period.start {
        return None;
    } else {
        (seen.received, seen.sent)
    };
    Some(Traffic {
        start: period.start,
        end: period.end,
        at: now,
        received,
        sent,
        days: by_date
            .into_iter()
            .map(|(date, (received, sent))| DayTraffic {
                date: date.to_string(),
                received,
                sent,
            })
            .collect(),
    })
}

/// The days that the panel is asked for.
fn asked(period: &Period, since: Instant, now: Instant) -> RangeInclusive<NaiveDate> {
    let last = period.end.min(now) - TimeDelta::seconds(1);
    since.date_naive()..=last.date_naive()
}

/// What the server itself had.
#[derive(Default)]
struct Own {
    total: u64,
    /// Those with traffic.
    days: Vec<DayTraffic>,
}

/// What is left of a month without what the service had with servers before.
fn without(month: &Traffic, earlier: Option<&Traffic>) -> Own {
    let total = |t: &Traffic| t.received.saturating_add(t.sent);
    let less = |day: &DayTraffic| {
        let before = earlier.and_then(|t| t.days.iter().find(|before| before.date == day.date));
        let (received, sent) = before.map_or((0, 0), |before| (before.received, before.sent));
        DayTraffic {
            date: day.date.clone(),
            received: day.received.saturating_sub(received),
            sent: day.sent.saturating_sub(sent),
        }
    };
    let days = month.days.iter().map(less);
    Own {
        total: total(month).saturating_sub(earlier.map_or(0, total)),
        days: days.filter(|day| (day.received, day.sent) != (0, 0)).collect(),
    }
}

/// With the days that the panel told before and leaves out or tells nothing of now, as it told them: a list that became shorter
/// takes nothing back. None for an answer that takes back all of them, or all there was: totals may lie far above the sum of the
/// days, so they never replace days that were told.
fn completed(mut seen: Traffic, own: &Own) -> Option<Traffic> {
    if seen.days.is_empty() {
        let is_nothing = (seen.received, seen.sent) == (0, 0);
        return (own.days.is_empty() && (own.total == 0 || !is_nothing)).then_some(seen);
    }
    let dates: Vec<String> = seen.days.iter().map(|day| day.date.clone()).collect();
    for day in own.days.iter().filter(|day| !dates.contains(&day.date)) {
        seen.received = seen.received.saturating_add(day.received);
        seen.sent = seen.sent.saturating_add(day.sent);
        seen.days.push(day.clone());
    }
    seen.days.sort_by(|a, b| a.date.cmp(&b.date));
    Some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_from_a_moment_that_is_still_to_come_is_read_again() {
        let at = |text: &str| text.parse::<Instant>().unwrap_or_default();
        let period = Period {
            index: 0,
            start: at("2026-01-01T00:00:00Z"),
            end: at("2026-02-01T00:00:00Z"),
        };
        let known = |moment: &str| Known {
            traffic: vec![Traffic {
                start: period.start,
                end: period.end,
                at: at(moment),
                received: 1,
                sent: 1,
                days: Vec::new(),
            }],
            ..Known::default()
        };
        let now = at("2026-01-20T12:00:00Z");
        assert!(is_fresh(&known("2026-01-20T11:50:00Z"), &period, now));
        assert!(!is_fresh(&known("2026-01-20T11:40:00Z"), &period, now));
        // A clock that was ahead, and was set back.
        assert!(!is_fresh(&known("2026-01-20T12:05:00Z"), &period, now));
        assert!(!is_fresh(&known("2026-03-01T00:00:00Z"), &period, now));
        assert!(is_fresh(
            &known("2026-02-02T00:00:00Z"),
            &period,
            at("2026-03-01T00:00:00Z")
        ));
        // The panel may not have known its last hours then.
        assert!(!is_fresh(
            &known("2026-02-01T00:00:00Z"),
            &period,
            at("2026-03-01T00:00:00Z")
        ));
    }
}
