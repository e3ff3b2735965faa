//! Being built.
/// OnApp.
pub mod onapp;
