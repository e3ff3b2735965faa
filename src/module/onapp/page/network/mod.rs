//! The pages of a VM's network: its addresses, and its firewall with what can be done to the rules.

pub(crate) mod addresses;
pub(crate) mod firewall;
pub(crate) mod rules;
