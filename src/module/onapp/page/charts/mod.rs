//! What a VM used: its CPU time by the hour, its transfer by the day.

pub(crate) mod cpu;
pub(crate) mod traffic;
