//! Moments on the calendar, and the refusal of one that it does not have.

use crate::host::{Class, Failure};
use crate::time::{Instant, TimeError, hour_floor};

/// A moment that the calendar does not have.
pub(crate) fn unthinkable(e: TimeError) -> Failure {
    Failure::new(
        Class::BillingRefused,
        e.code(),
        format!("A moment or a date cannot be used: {e}."),
        "Nothing was billed.",
        "Check the server's clock, the service's registration date and the billing zone.",
    )
}

/// The hour that a moment is in.
pub(crate) fn floor(at: Instant) -> Result<Instant, Failure> {
    hour_floor(at).map_err(unthinkable)
}
