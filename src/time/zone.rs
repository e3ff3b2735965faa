//! The rules of time zones. The only file that knows jiff.
//!
//! Rules are the ones bundled with jiff, never the machine's: two machines, and a machine before and after an update
//! of its tzdata, must cut the same periods.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::{Instant, TimeError};

/// A time zone of the IANA database, such as `Europe/London`. Serialises as its name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    /// The zone of this name; letter case does not matter.
    ///
    /// # Errors
    /// [`TimeError::UnknownZone`].
    ///
    /// ```
    /// # use provisor::time::Zone;
    /// assert_eq!(Zone::get("europe/london")?.name(), "Europe/London");
    /// assert!(Zone::get("Mars/Olympus").is_err());
    /// # Ok::<(), provisor::time::TimeError>(())
    /// ```
    pub fn get(name: &str) -> Result<Self, TimeError> {
        let rules = TimeZoneDatabase::bundled()
            .get(name)
            .map_err(|_| TimeError::UnknownZone)?;
        let name = rules.iana_name().ok_or(TimeError::UnknownZone)?.to_owned();
        Ok(Self { name, rules })
    }

    /// A zone by its name where moments are only shown or told: UTC where there is no such zone.
    #[must_use]
    pub fn get_or_utc(name: &str) -> Self {
        Self::get(name).unwrap_or_else(|_| Self::utc())
    }

    /// UTC itself.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The calendar date that clocks in this zone show at an instant.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn date(&self, instant: Instant) -> Result<NaiveDate, TimeError> {
        let date = self.rules.to_datetime(to_jiff(instant)?).date();
        let (month, day) = (u32::try_from(date.month()), u32::try_from(date.day()));
        let (Ok(month), Ok(day)) = (month, day) else {
            return Err(TimeError::OutOfRange);
        };
        NaiveDate::from_ymd_opt(i32::from(date.year()), month, day).ok_or(TimeError::OutOfRange)
    }

    /// Date and time as clocks in this zone show them, with the offset: `2026-03-01 00:00 +01:00`.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn show(&self, instant: Instant) -> Result<String, TimeError> {
        let timestamp = to_jiff(instant)?;
        let local = self.rules.to_datetime(timestamp);
        let minutes = self.rules.to_offset(timestamp).seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.abs();
        Ok(format!(
            "{} {:02}:{:02} {sign}{:02}:{:02}",
            local.date(),
            local.hour(),
            local.minute(),
            minutes / 60,
            minutes % 60
        ))
    }

    /// The first instant at which clocks in this zone show this date, or a later one if they never do: where midnight
    /// comes twice the earlier counts; where clocks jump over midnight it is the moment of the jump.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn first_instant(&self, date: NaiveDate) -> Result<Instant, TimeError> {
        let midnight = to_jiff_date(date)?.to_datetime(Time::midnight());
        let instant = |offset: jiff::tz::Offset| offset.to_timestamp(midnight).map_err(|_| TimeError::OutOfRange);
        let found = match self.rules.to_ambiguous_timestamp(midnight).offset() {
            AmbiguousOffset::Unambiguous { offset } => instant(offset)?,
            AmbiguousOffset::Fold { before, .. } => instant(before)?,
            // Read with the offset of after the jump, midnight lies before the jump, so the jump comes next.
            AmbiguousOffset::Gap { after, .. } => {
                let jump = self
                    .rules
                    .following(instant(after)?)
                    .next()
                    .ok_or(TimeError::OutOfRange)?;
                jump.timestamp()
            }
        };
        DateTime::from_timestamp(found.as_second(), 0).ok_or(TimeError::OutOfRange)
    }

    /// The last instant at which clocks in this zone show this date and time; where they jump over it, the instant that
    /// they would have shown it without the jump.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    ///
    /// ```
    /// # use provisor::time::{Zone, format};
    /// let shown = "2026-10-25T02:30:00".parse().unwrap();
    /// assert_eq!(format(Zone::get("Europe/Berlin")?.last_instant(shown)?), "2026-10-25T01:30:00Z");
    /// # Ok::<(), provisor::time::TimeError>(())
    /// ```
    pub fn last_instant(&self, shown: NaiveDateTime) -> Result<Instant, TimeError> {
        let part = |number: u32| i8::try_from(number).map_err(|_| TimeError::OutOfRange);
        let time = Time::new(part(shown.hour())?, part(shown.minute())?, part(shown.second())?, 0)
            .map_err(|_| TimeError::OutOfRange)?;
        let found = self
            .rules
            .to_ambiguous_timestamp(to_jiff_date(shown.date())?.to_datetime(time))
            .later()
            .map_err(|_| TimeError::OutOfRange)?;
        DateTime::from_timestamp(found.as_second(), 0).ok_or(TimeError::OutOfRange)
    }
}

/// jiff's date for chrono's.
fn to_jiff_date(date: NaiveDate) -> Result<Date, TimeError> {
    use chrono::Datelike;
    let year = i16::try_from(date.year()).map_err(|_| TimeError::OutOfRange)?;
    let (month, day) = (i8::try_from(date.month()), i8::try_from(date.day()));
    let (Ok(month), Ok(day)) = (month, day) else {
        return Err(TimeError::OutOfRange);
    };
    Date::new(year, month, day).map_err(|_| TimeError::OutOfRange)
}

/// jiff's instant for chrono's, in whole seconds.
fn to_jiff(instant: Instant) -> Result<Timestamp, TimeError> {
    Timestamp::from_second(instant.timestamp()).map_err(|_| TimeError::OutOfRange)
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

impl TryFrom<String> for Zone {
    type Error = TimeError;
    fn try_from(name: String) -> Result<Self, TimeError> {
        Self::get(&name)
    }
}
