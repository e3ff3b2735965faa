//! One measured hour of one resource, and the sum of many.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Kb, MeterError};
use crate::time::{self, Instant, Period, TimeError, hour_floor};

/// The transfer of one network interface (or whatever the panel measures) in one UTC hour.
///
/// Readings are unique by resource and hour; the volume is a difference within the hour, not a counter
/// (reference: onapp-api.md 7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The measured resource, in the panel's own naming.
    pub resource: String,
    /// The start of the measured hour.
    pub hour: Instant,
    /// Kilobytes sent.
    pub sent_kb: u64,
    /// Kilobytes received.
    pub received_kb: u64,
}

impl Reading {
    /// Sent and received together (decision 14).
    #[must_use]
    pub fn total(&self) -> Kb {
        Kb(u128::from(self.sent_kb) + u128::from(self.received_kb))
    }
}

/// What one resource used in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceUsage {
    /// The measured resource.
    pub resource: String,
    /// The sum of its readings.
    pub usage: Kb,
}

/// The start of the measured hour for a row that is stamped at the hour's end, as OnApp does: the row stamped 12:00
/// (or a few seconds later) holds 11:00 to 12:00 (reference: onapp-api.md 7.1).
///
/// # Errors
/// [`TimeError::OutOfRange`].
///
/// ```
/// use provisor::meter::hour_of_end_stamp;
/// use provisor::time::{format, parse_rfc3339};
/// let hour = hour_of_end_stamp(parse_rfc3339("2026-01-01T00:00:00Z")?)?;
/// assert_eq!(format(hour), "2025-12-31T23:00:00Z");
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
pub fn hour_of_end_stamp(stamp: Instant) -> Result<Instant, TimeError> {
    hour_floor(stamp)?
        .checked_sub_signed(TimeDelta::hours(1))
        .ok_or(TimeError::OutOfRange)
}

/// Adds up the readings whose hour starts inside the period, per resource, sorted by resource.
///
/// The order of the readings does not matter. A reading that comes twice with the same figures counts once.
///
/// # Errors
/// [`MeterError::Conflict`] when one resource and hour comes twice with different figures, [`MeterError::Overflow`].
///
/// ```
/// use provisor::meter::{Reading, sum};
/// use provisor::time::{Period, parse_rfc3339};
/// let period = Period {
///     index: 0,
///     start: parse_rfc3339("2026-01-01T00:00:00Z")?,
///     end: parse_rfc3339("2026-02-01T00:00:00Z")?,
/// };
/// let reading = |hour, sent_kb| Reading { resource: "nic-1".into(), hour, sent_kb, received_kb: 24 };
/// let usage = sum(&[reading(period.start, 1000), reading(period.end, 77)], &period).unwrap();
/// assert_eq!(usage[0].usage.0, 1024);
/// # Ok::<(), provisor::time::TimeError>(())
/// ```
pub fn sum(readings: &[Reading], period: &Period) -> Result<Vec<ResourceUsage>, MeterError> {
    let mut hours: BTreeMap<(&str, Instant), Kb> = BTreeMap::new();
    for reading in readings.iter().filter(|reading| period.contains(reading.hour)) {
        let before = hours.insert((&reading.resource, reading.hour), reading.total());
        if before.is_some_and(|before| before != reading.total()) {
            return Err(MeterError::Conflict {
                resource: reading.resource.clone(),
                hour: time::format(reading.hour),
            });
        }
    }
    let mut sums: Vec<ResourceUsage> = Vec::new();
    for ((resource, _), volume) in hours {
        match sums.last_mut().filter(|last| last.resource == resource) {
            Some(last) => last.usage = last.usage.plus(volume)?,
            None => sums.push(ResourceUsage {
                resource: resource.to_owned(),
                usage: volume,
            }),
        }
    }
    Ok(sums)
}
