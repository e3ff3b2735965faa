//! A service's traffic by the hour: read from the control panel (`collect`) for each interface (`resource`, `interface`, `answer`),
//! kept (`readings`) with what nobody can measure any more (`lost`), and what pages show of it (`usage`). Does not own what it costs
//! (`crate::module::onapp::billing`).

pub(crate) mod answer;
pub(crate) mod clocks;
pub(crate) mod collect;
pub(crate) mod interface;
pub(crate) mod lost;
pub(crate) mod readings;
pub(crate) mod resource;
pub(crate) mod usage;
