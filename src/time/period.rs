//! Billing periods: 31 calendar days in the billing zone, counted from the service's registration date (decision 15).
//!
//! Why 31 days and a calendar: the old module promised an invoice "every 31 days" but added seconds, so its periods
//! slipped by an hour at each change of the clocks and by days with the cron (reference: onapp-vm-module.md 6.3). Here
//! edges come from dates, so they fall on the same local midnight all year and do not depend on when anything ran.
//!
//! Panels measure whole UTC hours. In a zone whose midnight lies inside a UTC hour the edge moves up to the next whole
//! hour, so that each measured hour belongs to one period.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Instant, TimeError, Zone, hour_ceil, hours_between};

/// Calendar days in a period.
const DAYS: i64 = 31;

/// Where the counting of periods starts. Frozen when a service is first seen; edits are survived, see [`period_after`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The service's registration date.
    pub date: NaiveDate,
    /// The billing zone.
    pub zone: Zone,
}

/// A half-open interval of whole UTC hours, and its place in the service's row of periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The identity of the period within its service: each next one is one higher.
    pub index: i64,
    /// The first instant that belongs to it.
    pub start: Instant,
    /// The first instant that does not.
    pub end: Instant,
}

/// Which part of a whole period a shortened one is: so many hours of so many; more of them for a lengthened one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Hours in the period.
    pub hours: u64,
    /// Hours in the whole period that it is part of.
    pub of: u64,
}

impl Share {
    /// A whole period.
    pub const WHOLE: Self = Self { hours: 1, of: 1 };

    /// True when nothing is missing and nothing was added.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.hours == self.of
    }
}

impl Period {
    /// True when the instant belongs to the period.
    #[must_use]
    pub fn contains(&self, instant: Instant) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Hours in the period.
    #[must_use]
    pub fn hours(&self) -> u64 {
        hours_between(self.start, self.end)
    }

    /// Which part of the anchor's whole period this one is: all of it, less for a period that started late
    /// (take-over, mapping) or was cut by an edited date or zone, or more for one that a shorter piece before it has joined
    /// (take-over). Ask with the anchor under which the period was stored.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn share(&self, anchor: &Anchor) -> Result<Share, TimeError> {
        let hours = self.hours();
        let mut whole = period_at(anchor, self.start)?;
        if whole.end < self.end {
            whole = period_at(anchor, whole.end)?;
        }
        // Under another anchor than its own there is nothing to compare it with; the client gets the whole.
        if whole.end != self.end || whole.hours() == hours {
            return Ok(Share::WHOLE);
        }
        Ok(Share {
            hours,
            of: whole.hours(),
        })
    }
}

/// Where a calendar day starts for billing: its first instant that exists, moved up to a whole UTC hour.
///
/// # Errors
/// [`TimeError::OutOfRange`].
///
/// ```
/// use provisor::time::{Zone, day_start, format};
/// let date = "2026-07-01".parse().unwrap();
/// assert_eq!(format(day_start(date, &Zone::get("Europe/Berlin")?)?), "2026-06-30T22:00:00Z");
/// assert_eq!(format(day_start(date, &Zone::get("Asia/Kolkata")?)?), "2026-06-30T19:00:00Z");
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
pub fn day_start(date: NaiveDate, zone: &Zone) -> Result<Instant, TimeError> {
    hour_ceil(zone.first_instant(date)?)
}

/// The anchor's edge of this index: the start of the day 31 x index days after the anchor's date.
fn edge(anchor: &Anchor, index: i64) -> Result<Instant, TimeError> {
    let days = index.checked_mul(DAYS).ok_or(TimeError::OutOfRange)?;
    let step = Days::new(days.unsigned_abs());
    let date = if days < 0 {
        anchor.date.checked_sub_days(step)
    } else {
        anchor.date.checked_add_days(step)
    };
    day_start(date.ok_or(TimeError::OutOfRange)?, &anchor.zone)
}

/// The whole period that holds an instant, from the anchor alone. Index 0 starts on the anchor's date; what lies before
/// has negative indexes.
///
/// # Errors
/// [`TimeError::OutOfRange`].
///
/// ```
/// use provisor::time::{Anchor, Zone, format, parse_rfc3339, period_at};
/// let anchor = Anchor { date: "2026-01-01".parse().unwrap(), zone: Zone::get("Europe/London")? };
/// let period = period_at(&anchor, parse_rfc3339("2026-02-10T12:00:00Z")?)?;
/// assert_eq!((period.index, format(period.start)), (1, "2026-02-01T00:00:00Z".to_string()));
/// assert_eq!(format(period.end), "2026-03-04T00:00:00Z");
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
pub fn period_at(anchor: &Anchor, instant: Instant) -> Result<Period, TimeError> {
    let days = anchor.zone.date(instant)?.signed_duration_since(anchor.date).num_days();
    // The local date names the period to within one: edges that moved up to a whole hour, or a midnight that came
    // twice, may put the instant into a neighbour.
    let mut index = days.div_euclid(DAYS);
    loop {
        let (start, end) = (edge(anchor, index)?, edge(anchor, index + 1)?);
        if instant < start {
            index -= 1;
        } else if end <= instant {
            index += 1;
        } else {
            return Ok(Period { index, start, end });
        }
    }
}

/// The first period of a service that is measured from `from` on: short when `from` is not its regular start.
///
/// # Errors
/// [`TimeError::OutOfRange`].
///
/// ```
/// use provisor::time::{Anchor, Share, Zone, first_period, parse_rfc3339};
/// let anchor = Anchor { date: "2026-01-01".parse().unwrap(), zone: Zone::utc() };
/// let period = first_period(&anchor, parse_rfc3339("2026-01-31T12:00:00Z")?)?;
/// assert_eq!(period.share(&anchor)?, Share { hours: 12, of: 744 });
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
pub fn first_period(anchor: &Anchor, from: Instant) -> Result<Period, TimeError> {
    let start = hour_ceil(from)?;
    Ok(Period {
        start,
        ..period_at(anchor, start)?
    })
}

/// The period after a stored one: it starts at the stored end and ends at the anchor's first edge after that.
///
/// Because the start is the stored end, no edit of the registration date, the zone or the zone's rules opens a gap or
/// an overlap; it only makes this one period shorter. It is never empty.
///
/// # Errors
/// [`TimeError::OutOfRange`].
///
/// ```
/// use provisor::time::{Anchor, Zone, parse_rfc3339, period_after, period_at};
/// let mut anchor = Anchor { date: "2026-01-01".parse().unwrap(), zone: Zone::utc() };
/// let first = period_at(&anchor, parse_rfc3339("2026-01-01T00:00:00Z")?)?;
/// anchor.date = "2026-01-11".parse().unwrap();
/// let second = period_after(&first, &anchor)?;
/// assert_eq!(second.start, first.end);
/// assert_eq!(second.end, parse_rfc3339("2026-02-11T00:00:00Z")?);
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
pub fn period_after(previous: &Period, anchor: &Anchor) -> Result<Period, TimeError> {
    let index = previous.index.checked_add(1).ok_or(TimeError::OutOfRange)?;
    let start = previous.end;
    Ok(Period {
        index,
        start,
        end: period_at(anchor, start)?.end,
    })
}
