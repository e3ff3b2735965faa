//! The registry: job name to function, and each module's own tables. A job is a straight line from the host's input to
//! panel and host and back; it decides, the host does.
//!
//! # A job's config
//!
//! `{"v":1, "job":"onapp.bill", "now":"2026-01-01T00:00:00Z", "limits":{}, "input":{}}`; a name that is not listed here
//! is refused by name, in `limits` and in `input` too, before anything is asked. Ids are strings. Every report has
//! `message`, a sentence for people; the lists name what else it holds.
//!
//! `limits` are whole numbers from 1 to 86400, each with a default ([`crate::host::Limits`]): `connect_seconds` (5),
//! `read_seconds` (20) and `step_seconds` (25) at a panel, `lease_seconds` (600) of a claim, `page_rows` (200) read at
//! once, `periods_per_run` (3) billed of one service in one run.
//!
//! # Input of a job on one service
//!
//! The same for every module, and called *service* below. What a module does not use it leaves aside.
//!
//! - `service`: `id`, `client_id`, `addon_id` (`""` or `"0"`: add-ons are not served), `product_id`, `product_type`,
//!   `domain`, `username`, `password` `{"secret": text}`, `status`.
//! - `options`: the product's stored options by position, texts.
//! - `server`: `id`, `name`, `hostname`, `ip`, `port`, `secure` (true or false), `username`, `password` and
//!   `access_hash` `{"secret": text}`, `disabled`, `module` (the one that it is entered for, where the host tells it). For
//!   modules without servers it may be left out.
//! - `configuration`: the text of the module's config.json; `""` for none.
//! - `caller`: who asks, for pages and actions: `kind` (`client`, `staff` or `system`; anything else is a client),
//!   `client_id`, `post` and `token` (true or false).
//! - `form`: what a form or button of a page sent, names to texts.
//!
//! # Jobs of onapp
//!
//! | job | input | report, besides `message` |
//! |---|---|---|
//! | `onapp.settings` | none | `fields` of the product: `name`, `type`, `size`, `default`, `description`, `list` (`servers`, `options`, `template_options`: the host's own; or one of `onapp.choices`) |
//! | `onapp.choices` | `server`, `options`, `remembered` (true: nothing is asked), `list`: `templates`, `hypervisors`, `networks`, `secondary_networks`, `data_store_zones`, `roles`, `user_groups`, `billing_plans` or `time_zones` | `choices`: `value` and `label`; `notice`, where the panel gave none |
//! | `onapp.test_connection` | `server` | `version` of the panel |
//! | `onapp.create` | service | `vm_id`; `ordered`, where a VM was asked for: `memory_mb`, `disk_gb`, ... |
//! | `onapp.suspend`, `onapp.unsuspend`, `onapp.terminate` | service | |
//! | `onapp.change_package` | service; `dry_run` (true or false) | `plan`, `refused`, `waiting`: see below |
//! | `onapp.settle` | `service_id`, or none for all; `seconds` after which no further service is begun, or none | `settled`, `waiting`, `failed`, `left` for the next run: services |
//! | `onapp.collect` | `server_id`, or none for all | `services` read, `hours` new or changed, `failed` services |
//! | `onapp.bill` | `service_id`, `server_id`, or none for all; `dry_run` (true or false) | see below |
//! | `onapp.takeover` | `bill`: `all`, or service ids with commas; none for a list alone | see below |
//! | `onapp.usage` | `service_id` | `text`: what the product page says of its transfer |
//! | `onapp.order_accepted` | `order_id` | |
//! | `onapp.client_changed` | `client_id`, `email`: the new one | |
//! | `onapp.client_deleted` | `client_id` | |
//! | `onapp.service_deleted` | `service_id` | |
//! | `onapp.actions` | none | `actions`: `name`, and `client`, `changes`, `active` ([`ActionRule`]) |
//! | `onapp.page`, `onapp.staff`, `onapp.machines` | service | `page`: a [`crate::view::Page`] |
//! | `onapp.disks`, `onapp.backups`, `onapp.addresses`, `onapp.firewall`, `onapp.cpu`, `onapp.bandwidth` | service | `page` |
//! | `onapp.bandwidth_csv` | service | `file`: `name`, `type`, `text`: kilobytes by day |
//! | `onapp.upgrade` | service | `page` |
//! | `onapp.upgrade_options`, `onapp.upgrade_package` | service | whether the product has that upgrade |
//! | `onapp.log_details` | service; form `id` of the task | `page` |
//! | `onapp.create_vm` | service; form `hostname`, `template`, if asked for | as `onapp.create`, or `page` with the form's errors |
//! | `onapp.start`, `onapp.shutdown`, `onapp.stop`, `onapp.reboot`, `onapp.unlock` | service | |
//! | `onapp.build`, `onapp.delete_vm`, `onapp.reset_password` | service | |
//! | `onapp.rebuild` | service; form `template`, where a client has several to choose from | `page` with the form that asks for it |
//! | `onapp.show_password` | service | `page`, in which the password stands sealed, and `sealed`: the password |
//! | `onapp.change_password` | service, whose `password` is the new one | |
//! | `onapp.rebuild_network` | service; form `shutdown` (`none`, `soft`, `graceful`, `hard`), `startup` (`1`) | |
//! | `onapp.console` | service | `go`: `{"secret": address}` to send the browser to |
//! | `onapp.autobackup_on`, `onapp.autobackup_off`, `onapp.take_backup` | service; form `id` of the disk (staff: `""` for the first) | |
//! | `onapp.restore_backup`, `onapp.delete_backup` | service; form `id` of the backup | |
//! | `onapp.assign_address` | service; form `id`: `primary` or `second`, the network | |
//! | `onapp.release_address` | service; form `id` of the address | |
//! | `onapp.add_rule` | service; form `nic` (id), `verdict` (`ACCEPT`, `DROP`), `protocol` (`TCP`, `UDP`, `ICMP`), `address`, `port` | `page` with the form's errors, if there are any |
//! | `onapp.rule_up`, `onapp.rule_down`, `onapp.delete_rule` | service; form `id`: of the rule, a dot, its place on the page from 1 on | |
//! | `onapp.default_accept`, `onapp.default_drop` | service; form `id` of the interface | |
//! | `onapp.apply_firewall` | service | |
//! | `onapp.sync` | service | |
//!
//! The report of `onapp.bill`: `invoices` (`invoice_id`, `reference`, `total`, `currency`), periods that got none as
//! `unbilled` (`reference`, `total`, `currency`, `why`), how many periods were `carried`, `settled` or `parked`, how
//! many are `waiting` for their measurements, how many services `failed`. A dry run writes nothing and holds what it
//! would bill as `planned`, each a [`crate::bill::Plan`]. Totals are decimals as texts, before tax.
//!
//! The report of `onapp.change_package`: the `plan` as it was before, each with `resource`, `ordered`, `actual`, `verdict`
//! (`same`, `changes`, `follows`: by `onapp.settle`, `stays`, `refused`, `unread`) and `restarts`; `refused`, the sentences of
//! a refusal that a dry run found; `waiting`, true while `onapp.settle` has the rest to do.
//!
//! The report of `onapp.takeover`: `missed` (what the old module did not bill: `service`, `from`, `to`, `state`,
//! `amount`, `currency`), `taking_over` (`service`, `vm`, `closed`, `unbilled_from`), `refused` (`service`, `code`), `left`
//! (`service`: of another module, or without a server), `servers` (`server`, `problem`, `code`), each with a `sentence`;
//! `invoices` as above, how many periods were `carried`, how many services `failed`.
//!
//! # Jobs of singlehop
//!
//! | job | input | report, besides `message` |
//! |---|---|---|
//! | `singlehop.settings` | none | `fields`, as of onapp |
//! | `singlehop.actions` | none | `actions`, as of onapp |
//! | `singlehop.test` | service | `servers`: how many are visible |
//! | `singlehop.servers` | service | `page` to choose a server on |
//! | `singlehop.select` | service; form `server`: what that page offers, `""` for none | |
//! | `singlehop.create`, `singlehop.suspend`, `singlehop.unsuspend` | service | |
//! | `singlehop.terminate`, `singlehop.reboot` | service | |
//! | `singlehop.ips` | service | `ips`: a line for each block |
//! | `singlehop.page` | service | `page` |
//! | `singlehop.bandwidth_csv` | service | `file`: `name`, `type`, `text`: bytes by day |
//! | `singlehop.report` | `configuration`; `unreadable` (true: the host may not read that file) | services `done` and `failed` |
//! | `singlehop.service_deleted` | `service_id` | |
//!
//! # Jobs of backupserver
//!
//! | job | input | report, besides `message` |
//! |---|---|---|
//! | `backupserver.settings` | none | `fields`, as of onapp, with `options` |
//! | `backupserver.actions` | none | `actions`, as of onapp |
//! | `backupserver.test_connection` | service | |
//! | `backupserver.create` | service | `account`: its name |
//! | `backupserver.suspend`, `backupserver.unsuspend`, `backupserver.terminate` | service | |
//! | `backupserver.change_package` | service | |
//! | `backupserver.page` | service | `page` |
//! | `backupserver.pass_key` | service | `page`, in which the key stands sealed, and `sealed`: the key |
//! | `backupserver.refresh_pass_key` | service | |
//! | `backupserver.forget_account`, `backupserver.take_over_account` | service | |
//! | `backupserver.usage` | `configuration`, `unreadable`; `module`: its name at the host | accounts `read` and `failed` |
//! | `backupserver.service_deleted` | `service_id` | |
//! | `backupserver.hook_signup` | see below | `account`: its name; or `skipped`, true |
//!
//! The input of `backupserver.hook_signup`: `kind` (`reseller` or `customer`), `client_id` or `order_id`, `modules`
//! (those that make accounts of their own orders), `configuration`, and `settings` (`protocal`, `server_name`, `port`,
//! `user_name`, `login_password` `{"secret": text}`).

pub mod backupserver;
mod common;
pub mod onapp;
#[cfg(feature = "sample-module")]
pub mod sample;
pub mod singlehop;

pub use common::action::ActionRule;

use crate::host::{Failure, Host, Running};
use crate::http::{ReadOnly, Transport};
use serde_json::Value;
use std::sync::Arc;

/// What jobs need from the outside besides the host.
#[derive(Clone)]
pub struct Env {
    /// How panels are reached.
    pub transport: Arc<dyn Transport>,
}

impl Env {
    /// What a job of this name works with: an action that is listed as one that changes nothing can change no panel.
    #[must_use]
    pub fn for_job(self, name: &str) -> Self {
        if !only_reads(name) {
            return self;
        }
        Self {
            transport: Arc::new(ReadOnly(self.transport)),
        }
    }
}

/// A job: takes the host port, the environment and the host's input.
pub type Job = fn(Host, Env, Value) -> Running;

/// The jobs of every module.
const ALL: &[&[(&str, Job)]] = &[onapp::JOBS, singlehop::JOBS, backupserver::JOBS];

/// The actions of every module that has pages.
const ACTIONS: &[(&str, &[ActionRule])] = &[
    ("onapp", onapp::ACTIONS),
    ("singlehop", singlehop::ACTIONS),
    ("backupserver", backupserver::ACTIONS),
    #[cfg(feature = "sample-module")]
    ("sample", sample::ACTIONS),
];

/// The module that the tests of the page kit drive; a shipped build does not have it.
#[cfg(feature = "sample-module")]
const FOR_TESTS: &[(&str, Job)] = sample::JOBS;
#[cfg(not(feature = "sample-module"))]
const FOR_TESTS: &[(&str, Job)] = &[];

/// True for an action that its module lists as one that changes nothing.
pub fn only_reads(job: &str) -> bool {
    let rule = |(module, rules): &(&str, &'static [ActionRule])| {
        let name = job.strip_prefix(module)?.strip_prefix('.')?;
        rules.iter().find(|rule| rule.name == name)
    };
    ACTIONS.iter().find_map(rule).is_some_and(|rule| !rule.changes)
}

/// The job of that name, such as `onapp.create`.
pub fn find(name: &str) -> Option<Job> {
    ALL.iter()
        .flat_map(|jobs| jobs.iter())
        .chain(FOR_TESTS)
        .find(|(job, _)| *job == name)
        .map(|(_, function)| *function)
}

/// The names of all jobs.
pub fn names() -> impl Iterator<Item = &'static str> {
    let all = ALL.iter().flat_map(|jobs| jobs.iter()).chain(FOR_TESTS);
    all.map(|(name, _)| *name)
}

/// What an async job returns.
pub type Report = Result<Value, Failure>;
