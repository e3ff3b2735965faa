//! Backup Server accounts: an order becomes a reseller or a customer there.
//!
//! Owns the 23 fields of a product and what they mean (`settings`), the life of an account with its pass key and the action hooks
//! (`account`), its usage and its page. Does not own the wire, which is one configurable
//! contract (`crate::panel::backupserver`).
//!
//! Invariants: one account for each service, whatever is retried; a name that we did not ask for is never taken over; an
//! account that is not surely ours is never changed nor shown; a
//! termination deactivates and deletes nothing; values that the action does not use are never sent; a pass key stands in
//! no log. On failure nothing is forgotten: the same job run again goes on where it stopped.
//!
//! The server offers no key of ours to carry and no list to look into: its accounts are known by name. So the name is the
//! key, written down before the server is asked (`account::sign_up`).

mod account;
mod connect;
mod page;
mod settings;
mod tables;
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
        Box::pin(async move { nothing(input).map(|()| settings::fields::listed()) })
    }),
    ("backupserver.actions", |_, _, input| {
        Box::pin(async move { nothing(input).map(|()| listed(ACTIONS)) })
    }),
    ("backupserver.test_connection", |host, env, input| {
        Box::pin(settings::test_connection::test_connection(host, env, input))
    }),
    ("backupserver.create", |host, env, input| {
        Box::pin(account::create::create(host, env, input))
    }),
    ("backupserver.suspend", |host, env, input| {
        Box::pin(account::status::suspend(host, env, input))
    }),
    ("backupserver.unsuspend", |host, env, input| {
        Box::pin(account::status::unsuspend(host, env, input))
    }),
    ("backupserver.terminate", |host, env, input| {
        Box::pin(account::status::terminate(host, env, input))
    }),
    ("backupserver.change_package", |host, env, input| {
        Box::pin(account::change_package::change_package(host, env, input))
    }),
    ("backupserver.pass_key", |host, env, input| {
        Box::pin(account::pass_key::show(host, env, input))
    }),
    ("backupserver.refresh_pass_key", |host, env, input| {
        Box::pin(account::pass_key::refresh(host, env, input))
    }),
    ("backupserver.forget_account", |host, env, input| {
        Box::pin(account::forget::forget_account(host, env, input))
    }),
    ("backupserver.take_over_account", |host, env, input| {
        Box::pin(account::take_over::take_over_account(host, env, input))
    }),
    ("backupserver.page", |host, env, input| {
        Box::pin(page::page(host, env, input))
    }),
    ("backupserver.usage", |host, env, input| {
        Box::pin(usage::usage(host, env, input))
    }),
    ("backupserver.service_deleted", |host, env, input| {
        Box::pin(account::deleted::service_deleted(host, env, input))
    }),
    ("backupserver.hook_signup", |host, env, input| {
        Box::pin(account::hook::hook_signup(host, env, input))
    }),
];
