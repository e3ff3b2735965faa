//! What can go wrong with an instant, a zone or a period.

/// Why a time could not be read or computed. Nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The text is no RFC 3339 date and time with an offset.
    #[error("not a time: expected RFC 3339 such as 2026-01-31T10:00:00Z; correct the value")]
    NotATime,
    /// The name is in no edition of the IANA time zone database that we know.
    #[error("not a time zone: expected an IANA name such as Europe/London; correct the zone in the settings")]
    UnknownZone,
    /// A date or an instant outside the years that calendars here can count.
    #[error("the date lies outside the years that can be computed; check the registration date of the service")]
    OutOfRange,
}

impl TimeError {
    /// The stable code of this error, for logs and translations.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotATime => "time.not_a_time",
            Self::UnknownZone => "time.unknown_zone",
            Self::OutOfRange => "time.out_of_range",
        }
    }
}
