//! A moment in UTC: its type, how it is read and how it is printed.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use super::TimeError;

/// A moment in UTC. Everything that is stored or sent is one of these.
pub type Instant = DateTime<Utc>;

/// Reads an RFC 3339 time with any offset and turns it to UTC.
///
/// # Errors
/// [`TimeError::NotATime`].
///
/// ```
/// use provisor::time::{format, parse_rfc3339};
/// let instant = parse_rfc3339("2026-03-01T02:00:00+02:00")?;
/// assert_eq!(format(instant), "2026-03-01T00:00:00Z");
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
pub fn parse_rfc3339(text: &str) -> Result<Instant, TimeError> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc))
        .map_err(|_| TimeError::NotATime)
}

/// Prints an instant as RFC 3339 in UTC; fractions of a second only where there are any.
#[must_use]
pub fn format(instant: Instant) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// True for an instant between 1970 and 9000: what a host's clock may say, with room for sums. A clock that says anything
/// else is refused where it comes in.
#[must_use]
pub fn is_usable(instant: &Instant) -> bool {
    (1970..=9000).contains(&instant.year())
}
