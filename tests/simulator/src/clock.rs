//! The simulated clock: stands still unless moved, or runs at a factor of real time.
//!
//! Nothing else in the simulator asks for the time. Timestamps by release: reference: onapp-api.md 9.1.

use crate::version::Version;
use chrono::{DateTime, Duration, FixedOffset, NaiveDateTime, SecondsFormat, Utc};
use std::time::Instant;

/// An instant on the simulated clock.
pub type Time = DateTime<Utc>;

/// The clock of one panel.
#[derive(Debug, Clone)]
pub struct Clock {
    base: Time,
    realtime: Option<(f64, Instant)>,
}

impl Clock {
    /// A clock that stands at `start`, or runs from there at `factor` times real time.
    pub fn new(start: Time, factor: Option<f64>) -> Clock {
        Clock {
            base: start,
            realtime: factor.map(|f| (f, Instant::now())),
        }
    }

    /// The simulated present, in whole seconds.
    pub fn now(&self) -> Time {
        match self.realtime {
            Some((factor, since)) => self.base + Duration::seconds((since.elapsed().as_secs_f64() * factor) as i64),
            None => self.base,
        }
    }

    /// Moves forward to an instant; false (and unmoved) when it lies in the past.
    pub fn move_to(&mut self, to: Time) -> bool {
        let now = self.now();
        if to < now {
            return false;
        }
        match &mut self.realtime {
            Some(_) => self.base += to - now,
            None => self.base = to,
        }
        true
    }
}

/// The first instant of the hour that contains `time`.
pub fn hour_start(time: Time) -> Time {
    let seconds = time.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).unwrap_or(time)
}

/// An object's timestamp as the release writes it.
pub fn object_stamp(version: Version, offset: FixedOffset, time: Time) -> String {
    let local = time.with_timezone(&offset);
    if version.from(6, 0) {
        local.to_rfc3339_opts(SecondsFormat::Millis, false)
    } else if version.from(3, 0) {
        local.to_rfc3339_opts(SecondsFormat::Secs, false)
    } else {
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// A statistics row's timestamp: always `Z` (reference: onapp-api.md 9.2).
pub fn row_stamp(version: Version, time: Time) -> String {
    time.to_rfc3339_opts(
        if version.from(6, 0) {
            SecondsFormat::Millis
        } else {
            SecondsFormat::Secs
        },
        true,
    )
}

/// Reads RFC 3339.
pub fn parse(text: &str) -> Option<Time> {
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.with_timezone(&Utc))
}

/// Reads the wall-clock strings of `period[startdate]`: no zone, seconds optional, UTC shifted by `offset`
/// (reference: onapp-api.md 7.1).
pub fn parse_period(text: &str, offset: FixedOffset) -> Option<Time> {
    if let Some(time) = parse(text) {
        return Some(time);
    }
    [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
    ]
    .iter()
    .find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok())
    .or_else(|| NaiveDateTime::parse_from_str(&format!("{} 00:00", text.trim()), "%Y-%m-%d %H:%M").ok())
    .map(|naive| naive.and_utc() - Duration::seconds(offset.local_minus_utc().into()))
}
