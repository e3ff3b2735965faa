//! What days and periods promise: 31 calendar days, whole hours, no gap, no overlap, in every zone and after any edit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod days;
mod instants;
mod periods;
mod support;
