//! Backup Server accounts: an order becomes a reseller or a customer there.
//!
//! Owns the 23 fields of a product and what they mean (`fields`), the life of an account (`create`, `status`,
//! `change_package`), its pass key, its page, and the action hooks. Does not own the wire, which is one configurable
//! contract (`crate::panel::backupserver`).
//!
//! Invariants: one account for each service, whatever is retried; a name that we did not ask for is never taken over; an
//! account that is not surely ours is never changed nor shown; a
//! termination deactivates and deletes nothing; values that the action does not use are never sent; a pass key stands in
//! no log. On failure nothing is forgotten: the same job run again goes on where it stopped.
//!
//! The server offers no key of ours to carry and no list to look into: its accounts are known by name. So the name is the
//! key, written down before the server is asked (`sign_up`).

mod change_package;
mod config;
mod connect;
mod create;
mod deleted;
mod fields;
mod forget;
mod hook;
mod page;
mod pass_key;
mod sign_up;
mod status;
mod tables;
mod take_over;
mod test_connection;
mod usage;
mod verb;

pub use tables::TABLES;

use crate::module::Job;
use crate::module::common::action::{ActionRule, listed, rule};
use crate::module::common::verb::nothing;

/// What can be asked for on a service, and by whom.
pub const ACTIONS: &[ActionRule] = &[
    rule("page", true, false, false),
    rule("pass_key", true, true, true),
    rule("refresh_pass_key", false, true, false),
    rule("forget_account", false, true, false),
    rule("take_over_account", false, true, false),
    rule("test_connection", false, true, false),
];

/// The jobs of this module.
pub const JOBS: &[(&str, Job)] = &[
    ("backupserver.settings", |_, _, input| {
        Box::pin(async move { nothing(input).map(|()| fields::listed()) })
    }),
    ("backupserver.actions", |_, _, input| {
        Box::pin(async move { nothing(input).map(|()| listed(ACTIONS)) })
    }),
    ("backupserver.test_connection", |host, env, input| {
        Box::pin(test_connection::test_connection(host, env, input))
    }),
    ("backupserver.create", |host, env, input| {
        Box::pin(create::create(host, env, input))
    }),
    ("backupserver.suspend", |host, env, input| {
        Box::pin(status::suspend(host, env, input))
    }),
    ("backupserver.unsuspend", |host, env, input| {
        Box::pin(status::unsuspend(host, env, input))
    }),
    ("backupserver.terminate", |host, env, input| {
        Box::pin(status::terminate(host, env, input))
    }),
    ("backupserver.change_package", |host, env, input| {
        Box::pin(change_package::change_package(host, env, input))
    }),
    ("backupserver.pass_key", |host, env, input| {
        Box::pin(pass_key::show(host, env, input))
    }),
    ("backupserver.refresh_pass_key", |host, env, input| {
        Box::pin(pass_key::refresh(host, env, input))
    }),
    ("backupserver.forget_account", |host, env, input| {
        Box::pin(forget::forget_account(host, env, input))
    }),
    ("backupserver.take_over_account", |host, env, input| {
        Box::pin(take_over::take_over_account(host, env, input))
    }),
    ("backupserver.page", |host, env, input| {
        Box::pin(page::page(host, env, input))
    }),
    ("backupserver.usage", |host, env, input| {
        Box::pin(usage::usage(host, env, input))
    }),
    ("backupserver.service_deleted", |host, env, input| {
        Box::pin(deleted::service_deleted(host, env, input))
    }),
    ("backupserver.hook_signup", |host, env, input| {
        Box::pin(hook::hook_signup(host, env, input))
    }),
];
