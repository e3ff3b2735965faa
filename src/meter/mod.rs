//! What panels measure: readings, units, watermarks.
//!
//! Owns: the units of volume and their exact conversion, the sum of hourly readings over a period, which hours to ask a
//! panel for next, and which hours nobody measured. Does not own: how a panel is asked, where readings are stored, and
//! what a volume costs.
//!
//! Invariants: volumes are whole numbers of the panel's own unit until they are rated; a measured hour belongs to the
//! period that holds its start; an hour without a row inside an answered window is zero, an hour that no answer covered
//! is a gap, and the two are never confused.
//! On failure a [`MeterError`] says what was wrong; a sum is exact or an error.

mod error;
mod reading;
mod unit;
mod watermark;

pub use error::MeterError;
pub use reading::{Reading, ResourceUsage, hour_of_end_stamp, sum};
pub use unit::{Bytes, Kb, KbSize, VolumeUnit};
pub use watermark::{Due, Gap, Watermark, Window, due, gaps};
