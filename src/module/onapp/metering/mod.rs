//! A service's traffic by the hour: read from the control panel (`collect`), and what pages show of it (`usage`). Does not own
//! what it costs (`crate::module::onapp::billing`).

pub(crate) mod collect;
pub(crate) mod usage;
