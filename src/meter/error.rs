//! What can go wrong while measuring.

use crate::time::TimeError;

/// Why readings could not be added up or a window not be computed. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MeterError {
    /// A sum or a conversion passed 128 bits.
    #[error("the volume is too large to add up; nothing was counted; look at the readings of this service")]
    Overflow,
    /// Two readings of one resource and hour disagree.
    #[error(
        "resource {resource} has two different readings for the hour {hour}; nothing was counted; collect it again"
    )]
    Conflict {
        /// The measured resource.
        resource: String,
        /// The start of the hour, RFC 3339.
        hour: String,
    },
    /// An instant could not be computed.
    #[error(transparent)]
    Time(#[from] TimeError),
}

impl MeterError {
    /// The stable code of this error, for logs and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Overflow => "meter.overflow",
            Self::Conflict { .. } => "meter.conflicting_readings",
            Self::Time(error) => error.code(),
        }
    }
}
