//! Instants, zones and billing periods.
//!
//! Owns: reading and printing instants, whole hours, the zone rules (jiff's bundled ones, in `zone.rs` alone), and the
//! cutting of time into billing periods. Does not own: the present moment (it is always an input) and what happens
//! inside a period.
//!
//! Invariants: an [`Instant`] is UTC; every interval is half-open, `[start, end)`; every
//! period edge lies on a whole UTC hour; a period is never empty and starts where the one before it ended.
//! On failure a [`TimeError`] says what was wrong; nothing is guessed.

mod error;
mod hour;
mod instant;
mod period;
mod zone;

pub use error::TimeError;
pub use hour::{hour_ceil, hour_floor, hours_between};
pub use instant::{Instant, format, is_usable, parse_rfc3339};
pub use period::{Anchor, Period, Share, day_start, first_period, period_after, period_at};
pub use zone::Zone;
