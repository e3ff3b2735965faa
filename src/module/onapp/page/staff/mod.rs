//! What staff see of a service in the admin area: its tab, and what Change Package would do.

pub(crate) mod changes;
pub(crate) mod tab;
