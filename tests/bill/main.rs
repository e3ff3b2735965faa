//! What the money part promises: amounts, verdicts, corrections, explanations, bounds, and what was measured.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod meter;
mod parked;
mod plans;
mod properties;
mod rating;
mod support;
mod threshold;
mod vectors;
mod words;
