//! Being built.
use crate::module::Job;
/// The jobs of this module.
pub const JOBS: &[(&str, Job)] = &[];
