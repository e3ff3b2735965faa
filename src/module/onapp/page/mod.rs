//! What a client and staff see of a service's VM, and what they can do with it from there.
//!
//! Owns the list of actions with who may ask for them, the states in which each is allowed (`state`), and one file per page, in
//! folders by what the page is about.
//! Does not own the shape of pages (`crate::view`), the panel's wire, or how a VM is made and deleted (`super::service::create`,
//! `super::service::terminate`).
//!
//! Invariants: a client's action runs as the client's OnApp user where its role allows, else as the server's user after the
//! VM was found to be the service's own (decision 11b); no request names a VM, and an id that it does name must stand on the
//! page that the same service showed last; what a state forbids is refused before anything is sent. On failure nothing is
//! repeated: the page is read again and shows what is.

mod charts;
mod clock;
mod input;
mod look;
mod machine;
mod machines;
mod network;
mod part;
mod shown;
mod staff;
mod state;
mod storage;

pub(crate) use charts::cpu::cpu;
pub(crate) use charts::traffic::{bandwidth, bandwidth_csv};
pub(crate) use machine::create::create_vm;
pub(crate) use machine::log::log_details;
pub(crate) use machine::login::show_password;
pub(crate) use machine::overview::overview;
pub(crate) use machine::power::{act, change_password};
pub(crate) use machine::rebuild::rebuild;
pub(crate) use machine::upgrade::{choose as choose_upgrade, upgrade};
pub(crate) use machines::machines;
pub(crate) use network::addresses::{addresses, assign as assign_address, release as release_address};
pub(crate) use network::firewall::firewall;
pub(crate) use network::rules::{
    add as add_rule, apply as apply_firewall, default as firewall_default, delete as delete_rule, down as rule_down,
    up as rule_up,
};
pub(crate) use staff::tab::{staff, sync};
pub(crate) use state::Verb;
pub(crate) use storage::backups::{backups, delete as delete_backup, restore as restore_backup, take as take_backup};
pub(crate) use storage::disks::{automatic, disks};

use crate::module::common::action::{ActionRule, listed, rule};
use serde_json::Value;

/// What may be asked for on a service, and by whom.
pub const ACTIONS: &[ActionRule] = &[
    rule("page", true, false, false),
    rule("machines", true, false, false),
    rule("log_details", true, false, true),
    rule("start", true, true, true),
    rule("shutdown", true, true, true),
    rule("stop", true, true, true),
    rule("reboot", true, true, true),
    rule("unlock", true, true, true),
    rule("build", true, true, true),
    rule("rebuild", true, true, true),
    rule("rebuild_network", true, true, true),
    rule("delete_vm", true, true, true),
    rule("create_vm", true, true, true),
    rule("console", true, true, true),
    rule("reset_password", true, true, true),
    rule("show_password", true, true, true),
    rule("disks", true, false, true),
    rule("autobackup_on", true, true, true),
    rule("autobackup_off", true, true, true),
    rule("backups", true, false, true),
    rule("take_backup", true, true, true),
    rule("restore_backup", true, true, true),
    rule("delete_backup", true, true, true),
    rule("addresses", true, false, true),
    rule("assign_address", true, true, true),
    rule("release_address", true, true, true),
    rule("firewall", true, false, true),
    rule("add_rule", true, true, true),
    rule("delete_rule", true, true, true),
    rule("rule_up", true, true, true),
    rule("rule_down", true, true, true),
    rule("default_accept", true, true, true),
    rule("default_drop", true, true, true),
    rule("apply_firewall", true, true, true),
    rule("cpu", true, false, true),
    rule("bandwidth", true, false, true),
    rule("bandwidth_csv", true, false, true),
    rule("upgrade", true, false, true),
    rule("upgrade_options", true, false, true),
    rule("upgrade_package", true, false, true),
    rule("staff", false, false, false),
    rule("sync", false, true, false),
];

/// The report of `onapp.actions`.
pub(crate) fn actions() -> Value {
    listed(ACTIONS)
}
