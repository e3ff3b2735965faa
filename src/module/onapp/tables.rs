//! The tables of this module: the old module's own, kept as they are, and ours (`mod_provisor_*`).
//!
//! Invariants: one row of `mod_provisor_services` per service; it outlives the service until its final bill is
//! published. A resource (interface) knows how far it has been read; its readings move with its watermark in one
//! transaction. Every period has one row; its key is the last word on "billed once".

use crate::host::{Cell, Class, Column, Failure, Host, Kind, Row, Table, TablesEnsure, column, nullable};
use crate::time::Instant;

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

/// The life of a service at its panel.
pub(crate) const SERVICES: Table = Table {
    name: "mod_provisor_services",
    columns: &[
        column("module", Kind::Key),
        column("service_id", Kind::Int),
        nullable("client_id", Kind::Int),
        nullable("server_id", Kind::Int),
        column("state", Kind::Key),
        nullable("create_key", Kind::Key),
        nullable("vm_id", Kind::Int),
        // Where the panel was when the VM was last seen to be the service's own.
        nullable("address", Kind::Text),
        nullable("ran_before_suspend", Kind::Int),
        nullable("claim_holder", Kind::Key),
        nullable("claim_job", Kind::Key),
        nullable("claim_since", Kind::Instant),
        nullable("claim_until", Kind::Instant),
        nullable("since", Kind::Instant),
        nullable("closed_at", Kind::Instant),
    ],
    primary: &["module", "service_id"],
    unique: &[],
    index: &[&["module", "server_id"]],
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
        // The next period ended while this module billed, and awaits its measurements.
        nullable("awaits", Kind::Int),
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

/// What each of the host's entries saw last.
pub(crate) const SEEN: Table = Table {
    name: "mod_provisor_seen",
    columns: &[column("name", Kind::Key), column("value", Kind::Text)],
    primary: &["name"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// All tables of the module.
pub const TABLES: &[Table] = &[
    CLIENTS,
    MAPPINGS,
    ADDRESSES,
    SERVERS,
    USER_INTENTS,
    SERVICES,
    CURSORS,
    RESOURCES,
    READINGS,
    PERIODS,
    USAGE,
    SEEN,
];

/// Makes the tables exist; the fingerprint tells the host when nothing has changed.
pub(crate) async fn ensure(host: &Host) -> Result<(), Failure> {
    host.ask(&TablesEnsure {
        fingerprint: fingerprint(),
        tables: TABLES,
    })
    .await
    .map(|_| ())
}

/// FNV-1a over the declarations: short, stable, and different after any change of them.
fn fingerprint() -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut eat = |text: &str| {
        for byte in text.bytes().chain(std::iter::once(b';')) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for table in TABLES {
        eat(table.name);
        for Column { name, kind, nullable } in table.columns {
            eat(name);
            eat(&format!("{kind:?}{nullable}"));
        }
        for key in std::iter::once(&table.primary).chain(table.unique).chain(table.index) {
            eat(&key.join(","));
        }
    }
    format!("{MODULE}-{hash:016x}")
}

/// Builds a row from pairs.
pub(crate) fn row<const N: usize>(cells: [(&str, Cell); N]) -> Row {
    cells.into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect()
}

/// The text of a cell; None for NULL, a secret, an empty text or a missing column.
pub(crate) fn text<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    match row.get(name) {
        Some(Cell::Text(t)) if !t.is_empty() => Some(t),
        _ => None,
    }
}

fn damaged(table: &str, name: &str) -> Failure {
    Failure::new(
        Class::Host,
        "host.row_damaged",
        format!("A row of {table} holds no usable {name}."),
        "Nothing was changed.",
        "Restore the row from a backup, or ask for help with the table's content.",
    )
}

/// A cell that must be there.
pub(crate) fn must<'a>(row: &'a Row, table: &Table, name: &str) -> Result<&'a str, Failure> {
    text(row, name).ok_or_else(|| damaged(table.name, name))
}

/// A whole number that must be there.
pub(crate) fn number<T: std::str::FromStr>(row: &Row, table: &Table, name: &str) -> Result<T, Failure> {
    must(row, table, name)?.parse().map_err(|_| damaged(table.name, name))
}

/// An instant that may be there.
pub(crate) fn instant(row: &Row, table: &Table, name: &str) -> Result<Option<Instant>, Failure> {
    text(row, name)
        .map(|t| t.parse().map_err(|_| damaged(table.name, name)))
        .transpose()
}

/// An instant as our tables hold it.
pub(crate) fn stored(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
