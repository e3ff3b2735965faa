//! The tables of this module. Invariant: a server has one row at most, and so has a service; both are unique keys, which are
//! the last word when two people save at once.

use crate::host::{Failure, Host, Kind, Table, column, nullable};
use crate::module::common::rows;
pub(crate) use crate::module::common::rows::{instant, must, row, stored, text};
use crate::module::common::tables::{SEEN, SERVICES};

/// The module's name in our tables and in the host.
pub(crate) const MODULE: &str = "singlehop";

/// Which server belongs to which service.
pub(crate) const ASSIGNED: Table = Table {
    name: "mod_provisor_singlehop",
    columns: &[
        // The panel as `Base::panel` names it: ids of another panel are other servers.
        column("panel", Kind::Key),
        column("leap_id", Kind::Key),
        column("service_id", Kind::Int),
        column("hostname", Kind::Text),
        column("username", Kind::Text),
        nullable("ip", Kind::Text),
        // The first whole hour of the selection: traffic before it is somebody else's. Rows of older releases have none.
        nullable("assigned_at", Kind::Instant),
        // The LEAP login that the product named then. Rows of older releases have none.
        nullable("account", Kind::Text),
    ],
    primary: &["panel", "leap_id"],
    unique: &[&["service_id"]],
    index: &[],
    guarded: true,
};

/// What was seen last of a service's server, and what the next caller must know.
pub(crate) const KNOWN: Table = Table {
    name: "mod_provisor_singlehop_seen",
    columns: &[
        column("service_id", Kind::Int),
        // The server that was seen: a slow reader may write when the service has another one by then.
        nullable("panel", Kind::Key),
        nullable("leap_id", Kind::Key),
        nullable("overview", Kind::Text),
        nullable("overview_at", Kind::Instant),
        nullable("ips", Kind::Text),
        nullable("ips_at", Kind::Instant),
        nullable("traffic", Kind::Text),
        // The traffic of both months that the service had with servers before this one.
        nullable("earlier", Kind::Text),
        nullable("rebooted_at", Kind::Instant),
    ],
    primary: &["service_id"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// All tables of this module.
pub const TABLES: &[Table] = &[SERVICES, SEEN, ASSIGNED, KNOWN];

/// Makes them exist.
pub(crate) async fn ensure(host: &Host) -> Result<(), Failure> {
    rows::ensure(host, MODULE, TABLES).await
}
