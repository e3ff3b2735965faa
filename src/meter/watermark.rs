//! How far a resource has been measured, what to ask for next, and what is missing.
//!
//! A panel's idle hour has no row, so rows cannot tell whether an hour was measured. The watermark can: it is the end
//! of the last hour that a successful answer covered, and it moves only together with the rows of that answer.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::time::{Instant, Period, TimeError, hour_floor};

/// How far one resource has been measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The measured resource.
    pub resource: String,
    /// The first instant that matters: when the resource appeared or was taken over.
    pub from: Instant,
    /// The end of the last hour that an answer covered; nothing before the first answer.
    pub covered: Option<Instant>,
    /// Where the resource ended, when it was deleted; hours after that are not expected.
    pub until: Option<Instant>,
}

/// Measured hours to ask a panel for: those that start in `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The start of the first hour.
    pub start: Instant,
    /// The end of the last hour; the new watermark once the answer is stored.
    pub end: Instant,
}

impl Window {
    /// The same window for a panel that filters on a stamp at the end of the hour. Both bounds lie in the middle of an
    /// hour, so it does not matter whether the panel counts them in (reference: onapp-api.md 7.1).
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn end_stamps(&self) -> Result<(Instant, Instant), TimeError> {
        let half = TimeDelta::minutes(30);
        let from = self.start.checked_add_signed(half).ok_or(TimeError::OutOfRange)?;
        let till = self.end.checked_add_signed(half).ok_or(TimeError::OutOfRange)?;
        Ok((from, till))
    }
}

/// Hours of a resource that no answer covered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The resource.
    pub resource: String,
    /// The start of the first hour that is missing.
    pub start: Instant,
    /// The end of the last hour that is missing.
    pub end: Instant,
}

/// Whether a period may be billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Not yet: the period still runs, or measurements may still arrive.
    NotYet,
    /// Everything was measured.
    Complete,
    /// Measurements are missing but the time to wait for them is over; the gaps are to be named on the bill.
    WithGaps(Vec<Gap>),
}

impl Watermark {
    /// Until this instant everything that matters was measured.
    fn reached(&self) -> Instant {
        self.covered.map_or(self.from, |covered| covered.max(self.from))
    }

    /// Which hours to ask for: from the watermark, less an overlap for late corrections, to the last hour that ended at
    /// least `lag` ago (a panel writes its rows some time after the hour). Nothing when no new hour can be there.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    ///
    /// ```
    /// use chrono::TimeDelta;
    /// use provisor::meter::Watermark;
    /// use provisor::time::{format, parse_rfc3339};
    /// let nic = Watermark {
    ///     resource: "nic-1".into(),
    ///     from: parse_rfc3339("2026-01-01T00:00:00Z")?,
    ///     covered: Some(parse_rfc3339("2026-01-05T09:00:00Z")?),
    ///     until: None,
    /// };
    /// let now = parse_rfc3339("2026-01-05T12:10:00Z")?;
    /// let window = nic.window(now, TimeDelta::hours(3), TimeDelta::hours(1))?.unwrap();
    /// assert_eq!(format(window.start), "2026-01-05T06:00:00Z");
    /// assert_eq!(format(window.end), "2026-01-05T11:00:00Z");
    /// # Ok::<(), provisor::time::TimeError>(())
    /// ```
    pub fn window(&self, now: Instant, overlap: TimeDelta, lag: TimeDelta) -> Result<Option<Window>, TimeError> {
        let measured = hour_floor(now.checked_sub_signed(lag).ok_or(TimeError::OutOfRange)?)?;
        let end = self.until.map_or(measured, |until| measured.min(until));
        if end <= self.reached() {
            return Ok(None);
        }
        let start = self
            .reached()
            .checked_sub_signed(overlap)
            .ok_or(TimeError::OutOfRange)?;
        let start = hour_floor(start.max(self.from))?;
        Ok((start < end).then_some(Window { start, end }))
    }

    /// The hours that can no longer be asked for, because the panel keeps none before `oldest`. They are lost, not
    /// zero: record them before the watermark passes them. OnApp keeps about three months (reference: onapp-api.md 7.1).
    ///
    /// ```
    /// use provisor::meter::Watermark;
    /// use provisor::time::parse_rfc3339;
    /// let from = parse_rfc3339("2026-01-01T00:00:00Z")?;
    /// let nic = Watermark { resource: "nic-1".into(), from, covered: None, until: None };
    /// let lost = nic.lost(parse_rfc3339("2026-01-03T00:00:00Z")?).unwrap();
    /// assert_eq!((lost.start, lost.end), (from, parse_rfc3339("2026-01-03T00:00:00Z")?));
    /// # Ok::<(), provisor::time::TimeError>(())
    /// ```
    #[must_use]
    pub fn lost(&self, oldest: Instant) -> Option<Gap> {
        let end = self.until.map_or(oldest, |until| until.min(oldest));
        self.lacks(self.reached(), end)
    }

    /// The hours of the period that this resource lacks.
    fn gap(&self, period: &Period) -> Option<Gap> {
        let start = self.reached().max(period.start);
        let end = self.until.map_or(period.end, |until| until.min(period.end));
        self.lacks(start, end)
    }

    /// A gap of this resource, unless it is empty.
    fn lacks(&self, start: Instant, end: Instant) -> Option<Gap> {
        let resource = self.resource.clone();
        (start < end).then_some(Gap { resource, start, end })
    }
}

impl Gap {
    /// The part of the gap that lies in a period.
    #[must_use]
    pub fn within(&self, period: &Period) -> Option<Self> {
        let (start, end) = (self.start.max(period.start), self.end.min(period.end));
        let resource = self.resource.clone();
        (start < end).then_some(Self { resource, start, end })
    }
}

/// The hours of a period that no answer covered, sorted by resource.
///
/// ```
/// use provisor::meter::{Watermark, gaps};
/// use provisor::time::{Anchor, Zone, parse_rfc3339, period_at};
/// let anchor = Anchor { date: "2026-01-01".parse().unwrap(), zone: Zone::utc() };
/// let from = parse_rfc3339("2026-01-01T00:00:00Z")?;
/// let covered = Some(parse_rfc3339("2026-01-31T21:00:00Z")?);
/// let nic = Watermark { resource: "nic-1".into(), from, covered, until: None };
/// let period = period_at(&anchor, from)?;
/// assert_eq!(gaps(&period, &[nic])[0].end, period.end);
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
#[must_use]
pub fn gaps(period: &Period, watermarks: &[Watermark]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = watermarks
        .iter()
        .filter_map(|watermark| watermark.gap(period))
        .collect();
    gaps.sort();
    gaps
}

/// Whether a period may be billed now: it is over and every watermark has passed its end; or `patience` has gone by
/// since its end, and then the gaps are named. Seven days of patience are usual.
///
/// # Errors
/// [`TimeError::OutOfRange`].
pub fn due(period: &Period, watermarks: &[Watermark], now: Instant, patience: TimeDelta) -> Result<Due, TimeError> {
    if now < period.end {
        return Ok(Due::NotYet);
    }
    let gaps = gaps(period, watermarks);
    if gaps.is_empty() {
        return Ok(Due::Complete);
    }
    let last_call = period.end.checked_add_signed(patience).ok_or(TimeError::OutOfRange)?;
    Ok(if now < last_call {
        Due::NotYet
    } else {
        Due::WithGaps(gaps)
    })
}
