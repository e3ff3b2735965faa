//! Whole UTC hours, the grain in which panels measure.

use chrono::{DurationRound, TimeDelta};

use super::{Instant, TimeError};

/// The start of the hour that holds this instant.
///
/// # Errors
/// [`TimeError::OutOfRange`] for instants centuries away.
///
/// ```
/// # use provisor::time::{format, hour_floor, parse_rfc3339};
/// assert_eq!(format(hour_floor(parse_rfc3339("2026-01-31T10:59:59Z")?)?), "2026-01-31T10:00:00Z");
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
pub fn hour_floor(instant: Instant) -> Result<Instant, TimeError> {
    instant
        .duration_trunc(TimeDelta::hours(1))
        .map_err(|_| TimeError::OutOfRange)
}

/// The first whole hour that is not before this instant.
///
/// # Errors
/// As [`hour_floor`].
pub fn hour_ceil(instant: Instant) -> Result<Instant, TimeError> {
    let floor = hour_floor(instant)?;
    if floor == instant {
        return Ok(instant);
    }
    floor
        .checked_add_signed(TimeDelta::hours(1))
        .ok_or(TimeError::OutOfRange)
}

/// How many whole hours lie in `[start, end)`; zero when the end is not after the start.
///
/// ```
/// # use provisor::time::{hours_between, parse_rfc3339};
/// let (start, end) = (parse_rfc3339("2026-03-01T00:00:00Z")?, parse_rfc3339("2026-04-01T00:00:00Z")?);
/// assert_eq!(hours_between(start, end), 744);
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
#[must_use]
pub fn hours_between(start: Instant, end: Instant) -> u64 {
    u64::try_from((end - start).num_hours()).unwrap_or(0)
}
