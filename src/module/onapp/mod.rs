//! OnApp virtual machines: an order becomes a VM, its traffic becomes exactly one invoice.
//!
//! Owns the life of a service at OnApp (`claim`, `create`, `settle`, `power`, `terminate`), its metering (`collect`) and
//! its bills (`bill`, `publish`). Does not own the panel's wire (`crate::panel::onapp`), the arithmetic (`crate::bill`)
//! or the host's tables.
//!
//! Invariants: one VM per service, whatever is retried; one invoice per period, whatever is killed; "not there" and
//! "could not ask" are never confused. On failure nothing is forgotten: the same job run again goes on where it stopped.

mod bill;
mod collect;
mod connect;
mod create;
mod cursor;
mod hooks;
mod options;
mod ordered;
mod panels;
mod password;
mod plan;
mod power;
mod publish;
mod settings;
mod settle;
mod tables;
mod takeover;
mod terminate;
mod terms;
mod test_connection;
mod unbilled;
mod usage;
mod user;
mod verb;
mod vm;
mod zone_check;

pub use tables::TABLES;

use crate::module::Job;

/// The jobs of this module.
pub const JOBS: &[(&str, Job)] = &[
    ("onapp.test_connection", |host, env, input| {
        Box::pin(test_connection::test_connection(host, env, input))
    }),
    ("onapp.create", |host, env, input| {
        Box::pin(create::create(host, env, input))
    }),
    ("onapp.settle", |host, env, input| {
        Box::pin(settle::settle(host, env, input))
    }),
    ("onapp.suspend", |host, env, input| {
        Box::pin(power::suspend(host, env, input))
    }),
    ("onapp.unsuspend", |host, env, input| {
        Box::pin(power::unsuspend(host, env, input))
    }),
    ("onapp.terminate", |host, env, input| {
        Box::pin(terminate::terminate(host, env, input))
    }),
    ("onapp.collect", |host, env, input| {
        Box::pin(collect::collect(host, env, input))
    }),
    ("onapp.bill", |host, env, input| Box::pin(bill::bill(host, env, input))),
    ("onapp.takeover", |host, env, input| {
        Box::pin(unbilled::takeover(host, env, input))
    }),
    ("onapp.usage", |host, env, input| {
        Box::pin(usage::usage(host, env, input))
    }),
    ("onapp.order_accepted", |host, env, input| {
        Box::pin(hooks::order_accepted(host, env, input))
    }),
    ("onapp.client_changed", |host, env, input| {
        Box::pin(hooks::client_changed(host, env, input))
    }),
    ("onapp.client_deleted", |host, env, input| {
        Box::pin(hooks::client_deleted(host, env, input))
    }),
    ("onapp.service_deleted", |host, env, input| {
        Box::pin(hooks::service_deleted(host, env, input))
    }),
    ("onapp.settings", |host, env, input| {
        Box::pin(settings::settings(host, env, input))
    }),
];
