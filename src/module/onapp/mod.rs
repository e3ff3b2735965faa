//! OnApp virtual machines: an order becomes a VM, its traffic becomes exactly one invoice.
//!
//! Owns what a product sells (`product`), the life of a service at OnApp (`service`, `addresses`, `change`), the client's user
//! there (`user`), its metering (`metering`) and its bills (`billing`), the services of the old module (`takeover`), and what
//! clients and staff see and do (`page`, `firewall`). Does not own the panel's wire (`crate::panel::onapp`), the
//! arithmetic (`crate::bill`) or the host's tables.
//!
//! Invariants: one VM per service, whatever is retried; one invoice per period, whatever is killed; "not there" and
//! "could not ask" are never confused. On failure nothing is forgotten: the same job run again goes on where it stopped.

mod addresses;
mod billing;
mod change;
mod firewall;
mod metering;
mod moment;
mod page;
mod product;
mod server;
mod service;
mod tables;
mod takeover;
mod user;

pub use page::ACTIONS;
pub use tables::TABLES;

use crate::module::Job;
use crate::module::common::verb::nothing;
use crate::panel::onapp::Verdict;
use page::Verb;

/// The jobs of this module.
pub const JOBS: &[(&str, Job)] = &[
    ("onapp.test_connection", |host, env, input| {
        Box::pin(server::test_connection::test_connection(host, env, input))
    }),
    ("onapp.create", |host, env, input| {
        Box::pin(service::create::create(host, env, input))
    }),
    ("onapp.settle", |host, env, input| {
        Box::pin(service::settle::settle(host, env, input))
    }),
    ("onapp.suspend", |host, env, input| {
        Box::pin(service::power::suspend(host, env, input))
    }),
    ("onapp.unsuspend", |host, env, input| {
        Box::pin(service::power::unsuspend(host, env, input))
    }),
    ("onapp.terminate", |host, env, input| {
        Box::pin(service::terminate::terminate(host, env, input))
    }),
    ("onapp.change_package", |host, env, input| {
        Box::pin(change::change_package(host, env, input))
    }),
    ("onapp.collect", |host, env, input| {
        Box::pin(metering::collect::collect(host, env, input))
    }),
    ("onapp.bill", |host, env, input| {
        Box::pin(billing::bill::bill(host, env, input))
    }),
    ("onapp.takeover", |host, env, input| {
        Box::pin(takeover::unbilled::takeover(host, env, input))
    }),
    ("onapp.usage", |host, env, input| {
        Box::pin(metering::usage::usage(host, env, input))
    }),
    ("onapp.order_accepted", |host, env, input| {
        Box::pin(service::hooks::order_accepted(host, env, input))
    }),
    ("onapp.client_changed", |host, env, input| {
        Box::pin(service::hooks::client_changed(host, env, input))
    }),
    ("onapp.client_deleted", |host, env, input| {
        Box::pin(service::hooks::client_deleted(host, env, input))
    }),
    ("onapp.service_deleted", |host, env, input| {
        Box::pin(service::hooks::service_deleted(host, env, input))
    }),
    ("onapp.settings", |host, env, input| {
        Box::pin(product::settings::settings(host, env, input))
    }),
    ("onapp.choices", |host, env, input| {
        Box::pin(product::choices::choices(host, env, input))
    }),
    ("onapp.actions", |_, _, input| {
        Box::pin(async move { nothing(input).map(|()| page::actions()) })
    }),
    ("onapp.page", |host, env, input| {
        Box::pin(page::overview(host, env, input))
    }),
    ("onapp.staff", |host, env, input| {
        Box::pin(page::staff(host, env, input))
    }),
    ("onapp.machines", |host, env, input| {
        Box::pin(page::machines(host, env, input))
    }),
    ("onapp.disks", |host, env, input| {
        Box::pin(page::disks(host, env, input))
    }),
    ("onapp.autobackup_on", |host, env, input| {
        Box::pin(page::automatic(host, env, input, true))
    }),
    ("onapp.autobackup_off", |host, env, input| {
        Box::pin(page::automatic(host, env, input, false))
    }),
    ("onapp.backups", |host, env, input| {
        Box::pin(page::backups(host, env, input))
    }),
    ("onapp.take_backup", |host, env, input| {
        Box::pin(page::take_backup(host, env, input))
    }),
    ("onapp.restore_backup", |host, env, input| {
        Box::pin(page::restore_backup(host, env, input))
    }),
    ("onapp.delete_backup", |host, env, input| {
        Box::pin(page::delete_backup(host, env, input))
    }),
    ("onapp.addresses", |host, env, input| {
        Box::pin(page::addresses(host, env, input))
    }),
    ("onapp.assign_address", |host, env, input| {
        Box::pin(page::assign_address(host, env, input))
    }),
    ("onapp.release_address", |host, env, input| {
        Box::pin(page::release_address(host, env, input))
    }),
    ("onapp.firewall", |host, env, input| {
        Box::pin(page::firewall(host, env, input))
    }),
    ("onapp.add_rule", |host, env, input| {
        Box::pin(page::add_rule(host, env, input))
    }),
    ("onapp.delete_rule", |host, env, input| {
        Box::pin(page::delete_rule(host, env, input))
    }),
    ("onapp.rule_up", |host, env, input| {
        Box::pin(page::rule_up(host, env, input))
    }),
    ("onapp.rule_down", |host, env, input| {
        Box::pin(page::rule_down(host, env, input))
    }),
    ("onapp.default_accept", |host, env, input| {
        Box::pin(page::firewall_default(host, env, input, Verdict::Accept))
    }),
    ("onapp.default_drop", |host, env, input| {
        Box::pin(page::firewall_default(host, env, input, Verdict::Drop))
    }),
    ("onapp.apply_firewall", |host, env, input| {
        Box::pin(page::apply_firewall(host, env, input))
    }),
    ("onapp.cpu", |host, env, input| Box::pin(page::cpu(host, env, input))),
    ("onapp.bandwidth", |host, env, input| {
        Box::pin(page::bandwidth(host, env, input))
    }),
    ("onapp.bandwidth_csv", |host, env, input| {
        Box::pin(page::bandwidth_csv(host, env, input))
    }),
    ("onapp.upgrade", |host, env, input| {
        Box::pin(page::upgrade(host, env, input))
    }),
    ("onapp.upgrade_options", |host, env, input| {
        Box::pin(page::choose_upgrade(host, env, input, "upgrade_options"))
    }),
    ("onapp.upgrade_package", |host, env, input| {
        Box::pin(page::choose_upgrade(host, env, input, "upgrade_package"))
    }),
    ("onapp.sync", |host, env, input| Box::pin(page::sync(host, env, input))),
    ("onapp.log_details", |host, env, input| {
        Box::pin(page::log_details(host, env, input))
    }),
    ("onapp.start", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::Start))
    }),
    ("onapp.shutdown", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::Shutdown))
    }),
    ("onapp.stop", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::Stop))
    }),
    ("onapp.reboot", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::Reboot))
    }),
    ("onapp.unlock", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::Unlock))
    }),
    ("onapp.build", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::Build))
    }),
    ("onapp.rebuild", |host, env, input| {
        Box::pin(page::rebuild(host, env, input))
    }),
    ("onapp.rebuild_network", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::RebuildNetwork))
    }),
    ("onapp.delete_vm", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::Delete))
    }),
    ("onapp.console", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::Console))
    }),
    ("onapp.reset_password", |host, env, input| {
        Box::pin(page::act(host, env, input, Verb::ResetPassword))
    }),
    ("onapp.show_password", |host, env, input| {
        Box::pin(page::show_password(host, env, input))
    }),
    ("onapp.change_password", |host, env, input| {
        Box::pin(page::change_password(host, env, input))
    }),
    ("onapp.create_vm", |host, env, input| {
        Box::pin(page::create_vm(host, env, input))
    }),
];
