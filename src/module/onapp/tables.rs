//! The tables of this module: the old module's own, kept as they are, and ours (`mod_provisor_*`).
//!
//! Invariants: one row of `mod_provisor_services` per service; it outlives the service until its final bill is
//! published. A resource (interface) knows how far it has been read; its readings move with its watermark in one
//! transaction. Every period has one row; its key is the last word on "billed once".

use crate::host::{Failure, Host, Kind, Table, column, nullable};
use crate::module::common::rows;
pub(crate) use crate::module::common::rows::{instant, must, number, row, stored, text};
pub(crate) use crate::module::common::tables::{SEEN, SERVICES};

/// The module's name in our tables and in the host.
pub(crate) const MODULE: &str = "onapp";

/// OnApp user per client and server (old module).
pub(crate) const CLIENTS: Table = Table {
    name: "tblonappclients",
    columns: &[
        column("server_id", Kind::Int),
        column("client_id", Kind::Int),
        column("onapp_user_id", Kind::Int),
        column("password", Kind::Secret),
        column("email", Kind::Text),
    ],
    primary: &["server_id", "client_id"],
    unique: &[],
    index: &[&["client_id"]],
    guarded: false,
};

/// VM per service (old module).
pub(crate) const MAPPINGS: Table = Table {
    name: "tblonappservices",
    columns: &[
        column("service_id", Kind::Int),
        column("vm_id", Kind::Int),
        column("memory", Kind::Int),
        column("cpus", Kind::Int),
        column("cpu_shares", Kind::Int),
        column("disk_size", Kind::Int),
    ],
    primary: &["service_id"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// Which addresses count as base (old module).
pub(crate) const ADDRESSES: Table = Table {
    name: "tblonappips",
    columns: &[
        column("serviceid", Kind::Int),
        column("ipid", Kind::Int),
        column("isbase", Kind::Int),
    ],
    primary: &["serviceid", "ipid"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// When the old module closed a service's last billing period, by PHP's clock (old module).
pub(crate) const CLOSED: Table = Table {
    name: "tblonappcronhostingdates",
    columns: &[column("hosting_id", Kind::Int), column("account_date", Kind::Key)],
    primary: &["hosting_id"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// What was found of a service when it was taken over from the old module.
pub(crate) const TAKEOVERS: Table = Table {
    name: "mod_provisor_takeovers",
    columns: &[
        column("module", Kind::Key),
        column("service_id", Kind::Int),
        column("taken_at", Kind::Instant),
        // The old module's own record, as it stood.
        nullable("recorded", Kind::Key),
        column("unbilled_from", Kind::Instant),
        column("readable_from", Kind::Instant),
        // Where the period began that the old module closed last, if no invoice of it was found.
        nullable("doubtful_from", Kind::Instant),
        // Whose the service was then.
        nullable("client_id", Kind::Int),
    ],
    primary: &["module", "service_id"],
    unique: &[],
    index: &[],
    guarded: true,
};

/// What we know of a panel server, so that no session asks again.
pub(crate) const SERVERS: Table = Table {
    name: "mod_provisor_servers",
    columns: &[
        column("module", Kind::Key),
        column("server_id", Kind::Int),
        column("address", Kind::Text),
        column("version", Kind::Key),
        column("seen_at", Kind::Instant),
    ],
    primary: &["module", "server_id"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// The intent to create an OnApp user: written before the request, so that a retry finds its own user and no other.
pub(crate) const USER_INTENTS: Table = Table {
    name: "mod_provisor_user_intents",
    columns: &[
        column("server_id", Kind::Int),
        column("client_id", Kind::Int),
        column("login", Kind::Text),
        column("password", Kind::Secret),
        column("created_at", Kind::Instant),
    ],
    primary: &["server_id", "client_id"],
    unique: &[],
    index: &[],
    guarded: true,
};

/// Where the billing of a service stands: its frozen anchor, and the next period to plan.
pub(crate) const CURSORS: Table = Table {
    name: "mod_provisor_cursors",
    columns: &[
        column("module", Kind::Key),
        column("service_id", Kind::Int),
        column("meter", Kind::Key),
        column("anchor_date", Kind::Key),
        column("zone", Kind::Key),
        column("next_period", Kind::Int),
        column("next_start", Kind::Instant),
        column("finished", Kind::Int),
        // Periods that start before this are this module's to bill, whoever bills now.
        nullable("ours_to", Kind::Instant),
        // Who billed when the service was looked at last: module, whmcs or nobody.
        nullable("biller", Kind::Key),
        // While WHMCS bills: until when it was told of the traffic.
        nullable("told_to", Kind::Instant),
    ],
    primary: &["module", "service_id", "meter"],
    unique: &[],
    index: &[],
    guarded: true,
};

/// What is metered: an interface of a VM, and how far it has been read.
pub(crate) const RESOURCES: Table = Table {
    name: "mod_provisor_resources",
    columns: &[
        column("module", Kind::Key),
        column("server_id", Kind::Int),
        column("resource", Kind::Key),
        column("service_id", Kind::Int),
        column("first_at", Kind::Instant),
        column("watermark", Kind::Instant),
        nullable("closed_at", Kind::Instant),
        nullable("lost", Kind::Text),
        nullable("note", Kind::Text),
    ],
    primary: &["module", "server_id", "resource"],
    unique: &[],
    index: &[&["module", "service_id"]],
    guarded: true,
};

/// One measured hour of one resource.
pub(crate) const READINGS: Table = Table {
    name: "mod_provisor_readings",
    columns: &[
        column("module", Kind::Key),
        column("server_id", Kind::Int),
        column("resource", Kind::Key),
        column("hour", Kind::Instant),
        column("service_id", Kind::Int),
        column("sent_kb", Kind::Int),
        column("received_kb", Kind::Int),
    ],
    primary: &["module", "server_id", "resource", "hour"],
    unique: &[],
    index: &[&["module", "service_id", "hour"]],
    guarded: false,
};

/// One billing period: planned, drafting, drafted, published; or carried and then merged into the next; or forgiven,
/// credited, nothing, parked.
pub(crate) const PERIODS: Table = Table {
    name: "mod_provisor_periods",
    columns: &[
        column("module", Kind::Key),
        column("service_id", Kind::Int),
        column("meter", Kind::Key),
        column("period", Kind::Int),
        column("generation", Kind::Int),
        column("client_id", Kind::Int),
        column("start_at", Kind::Instant),
        column("end_at", Kind::Instant),
        column("state", Kind::Key),
        column("content", Kind::Text),
        column("billed_kb", Kind::Decimal),
        column("billed_amount", Kind::Decimal),
        column("total", Kind::Decimal),
        column("planned_on", Kind::Key),
        column("late", Kind::Int),
        nullable("invoice_id", Kind::Int),
        nullable("holder", Kind::Key),
        nullable("lease_until", Kind::Instant),
        nullable("note", Kind::Text),
    ],
    primary: &["module", "service_id", "meter", "period", "generation"],
    unique: &[],
    index: &[&["module", "state"]],
    guarded: true,
};

/// A new package that is being applied to a VM: what was ordered, and the request that was sent last.
pub(crate) const CHANGES: Table = Table {
    name: "mod_provisor_onapp_changes",
    columns: &[
        column("service_id", Kind::Int),
        column("ordered", Kind::Text),
        column("step", Kind::Text),
        column("tries", Kind::Int),
        column("since", Kind::Instant),
    ],
    primary: &["service_id"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// The sentence about a service's transfer that its page shows.
pub(crate) const USAGE: Table = Table {
    name: "mod_provisor_usage",
    columns: &[
        column("module", Kind::Key),
        column("service_id", Kind::Int),
        column("text", Kind::Text),
        column("at", Kind::Instant),
    ],
    primary: &["module", "service_id"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// What each page of a service showed last: shown again while the panel is slow or dead, and the ids on it are those that
/// a client may name.
pub(crate) const SHOWN: Table = Table {
    name: "mod_provisor_onapp_shown",
    columns: &[
        column("service_id", Kind::Int),
        column("page", Kind::Key),
        column("content", Kind::Text),
        column("at", Kind::Instant),
    ],
    primary: &["service_id", "page"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// What the lists of a server's control panel were, for a minute: the product's settings ask for several at once.
pub(crate) const LISTS: Table = Table {
    name: "mod_provisor_onapp_lists",
    columns: &[
        column("server_id", Kind::Int),
        column("list", Kind::Key),
        column("content", Kind::Text),
        column("at", Kind::Instant),
    ],
    primary: &["server_id", "list"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// Addresses that we attached, or are about to: each is written down before the panel is asked, so that two services never
/// choose the same one and ours are known whatever is killed. Those that the old module attached stand in [`ADDRESSES`] alone.
pub(crate) const ATTACHED: Table = Table {
    name: "mod_provisor_onapp_addresses",
    columns: &[
        column("server_id", Kind::Int),
        column("network_id", Kind::Int),
        column("address", Kind::Key),
        column("service_id", Kind::Int),
        column("vm_id", Kind::Int),
        // Included in the product, not ordered beside it.
        column("base", Kind::Int),
        // The VM's network was rebuilt since, so that it uses the address.
        column("configured", Kind::Int),
        column("at", Kind::Instant),
    ],
    primary: &["server_id", "network_id", "address"],
    unique: &[],
    index: &[&["service_id"]],
    guarded: true,
};

/// Services that got fewer addresses than ordered, or whose addresses the host was not told, and when that is tried again.
pub(crate) const OWED: Table = Table {
    name: "mod_provisor_onapp_owed",
    columns: &[
        column("service_id", Kind::Int),
        column("next_at", Kind::Instant),
        // So many addresses are owed in the first network, and in the second one, where its interface counts as one more.
        // NULL: all that is missing.
        nullable("primary_left", Kind::Int),
        nullable("second_left", Kind::Int),
    ],
    primary: &["service_id"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// All tables of the module.
pub const TABLES: &[Table] = &[
    CLIENTS,
    MAPPINGS,
    ADDRESSES,
    CLOSED,
    SERVERS,
    USER_INTENTS,
    SERVICES,
    CURSORS,
    RESOURCES,
    READINGS,
    PERIODS,
    TAKEOVERS,
    USAGE,
    SEEN,
    SHOWN,
    LISTS,
    CHANGES,
    ATTACHED,
    OWED,
];

/// Makes the module's tables exist.
pub(crate) async fn ensure(host: &Host) -> Result<(), Failure> {
    rows::ensure(host, MODULE, TABLES).await
}
