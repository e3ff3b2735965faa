//! SingleHop dedicated servers: ordered in LEAP by hand, selected on the service by staff, then managed from here.
//!
//! Owns: which server belongs to which service or was cancelled, and what staff see of it (`server`), the life of a service
//! (`service`), its traffic (`traffic`), and what clients see (`page`). Does not own the panel's wire
//! (`crate::panel::singlehop`), the shape of pages (`crate::view`) or the host's tables.
//!
//! Invariants: a server belongs to one service at most, whoever saves first; a server is forgotten only after the panel did
//! its part; nothing that a client reads names the vendor or quotes the panel (decision 34). On failure the message says
//! what is unchanged, and the same job can be run again.

mod connect;
mod input;
mod options;
mod page;
mod server;
mod service;
mod tables;
mod traffic;

pub use tables::TABLES;

use crate::module::Job;
use crate::module::common::action::{ActionRule, listed, rule};
use crate::module::common::verb::nothing;

/// What may be asked for on a service, and by whom.
pub const ACTIONS: &[ActionRule] = &[
    rule("page", true, false, false),
    rule("bandwidth_csv", true, false, false),
    rule("reboot", true, true, true),
    rule("ips", false, false, false),
    rule("servers", false, false, false),
    rule("test", false, false, false),
    rule("select", false, true, false),
];

/// The jobs of this module.
pub const JOBS: &[(&str, Job)] = &[
    ("singlehop.settings", |_, _, input| {
        Box::pin(async move { nothing(input).map(|()| options::settings()) })
    }),
    ("singlehop.actions", |_, _, input| {
        Box::pin(async move { nothing(input).map(|()| listed(ACTIONS)) })
    }),
    ("singlehop.test", |host, env, input| {
        Box::pin(server::servers::test(host, env, input))
    }),
    ("singlehop.servers", |host, env, input| {
        Box::pin(server::servers::servers(host, env, input))
    }),
    ("singlehop.select", |host, env, input| {
        Box::pin(server::select::select(host, env, input))
    }),
    ("singlehop.create", |host, env, input| {
        Box::pin(service::create::create(host, env, input))
    }),
    ("singlehop.suspend", |host, env, input| {
        Box::pin(service::suspend::suspend(host, env, input))
    }),
    ("singlehop.unsuspend", |host, env, input| {
        Box::pin(service::suspend::unsuspend(host, env, input))
    }),
    ("singlehop.terminate", |host, env, input| {
        Box::pin(service::terminate::terminate(host, env, input))
    }),
    ("singlehop.reboot", |host, env, input| {
        Box::pin(service::reboot::reboot(host, env, input))
    }),
    ("singlehop.ips", |host, env, input| {
        Box::pin(server::ips::ips(host, env, input))
    }),
    ("singlehop.page", |host, env, input| {
        Box::pin(page::page(host, env, input))
    }),
    ("singlehop.bandwidth_csv", |host, env, input| {
        Box::pin(page::bandwidth_csv(host, env, input))
    }),
    ("singlehop.report", |host, env, input| {
        Box::pin(traffic::report::report(host, env, input))
    }),
    ("singlehop.service_deleted", |host, env, input| {
        Box::pin(server::deleted::service_deleted(host, env, input))
    }),
];
