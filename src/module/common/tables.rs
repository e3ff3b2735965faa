//! Tables that every module uses.

use crate::host::{Kind, Table, column, nullable};

/// The life of a service at its panel.
pub(crate) const SERVICES: Table = Table {
    name: "mod_provisor_services",
    columns: &[
        column("module", Kind::Key),
        column("service_id", Kind::Int),
        // Whose the object at the panel is: the client who had the service when it was made.
        nullable("client_id", Kind::Int),
        // The client who has the service now, where it moved.
        nullable("moved_to", Kind::Int),
        nullable("server_id", Kind::Int),
        column("state", Kind::Key),
        nullable("create_key", Kind::Key),
        nullable("vm_id", Kind::Int),
        // Where the panel was when the object was last seen to be the service's own.
        nullable("address", Kind::Text),
        nullable("ran_before_suspend", Kind::Int),
        // The ways in which it is suspended now, where a module has several.
        nullable("suspended_by", Kind::Text),
        nullable("claim_holder", Kind::Key),
        nullable("claim_job", Kind::Key),
        // When it was claimed last, also after that claim was given back.
        nullable("claim_since", Kind::Instant),
        nullable("claim_until", Kind::Instant),
        nullable("since", Kind::Instant),
        nullable("closed_at", Kind::Instant),
        // Since when the host has no such service: its number may be given again, see `reused.rs`.
        nullable("orphaned_at", Kind::Instant),
    ],
    primary: &["module", "service_id"],
    unique: &[],
    index: &[&["module", "server_id"]],
    guarded: true,
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
