//! The IP addresses of a service's VM, and its interface in a second network: what is ordered is attached, and nothing else is
//! ever detached than what we attached (decision 19).
//!
//! Owns what is ordered by network (`wanted`), which addresses are ours (`ours`), giving one to a VM (`attach`), giving a VM
//! what it lacks (`complete`) and what of that is still to be given (`owed`). Does not own when that is done
//! (`super::service::settle`) or what a page shows (`super::page`).
//!
//! Invariants: an address is written down as ours before the panel is asked for it, under a key that no second service can
//! have; one that is on record and not on the VM is forgotten; a VM never gets more than is ordered. On failure the VM keeps
//! what it has, and the same work done again attaches what is missing.

mod attach;
mod complete;
mod ours;
mod owed;
mod wanted;

pub(crate) use attach::{At, Goal, agreed, attach, joins};
pub(crate) use complete::{Complete, complete, existing_second, second_nic, write_fields};
pub(crate) use ours::{Ours, configured, forgotten, spelled};
pub(crate) use owed::Owed;
pub(crate) use wanted::{Network, Wanted, of_primary, of_second, primary_network, primary_nic};
