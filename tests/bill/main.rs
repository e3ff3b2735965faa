//! What the money part promises: amounts, verdicts, corrections, explanations, bounds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;
mod vectors;
