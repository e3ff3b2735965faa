//! Declarations of the tables that are ours. The host creates and upgrades them from these; PHP knows no other schema.

use serde::Serialize;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Up to 191 ASCII characters, compared byte by byte.
    Key,
    /// A whole number (64 bit). Travels as a string.
    Int,
    /// A decimal kept as text, so that no database rounds it.
    Decimal,
    /// A UTC instant as text, `2026-01-31T00:00:00Z`; sorts as time does.
    Instant,
    /// Any text.
    Text,
    /// A text that the host seals with its own encryption. Travels as `{"secret": ...}`.
    Secret,
}

/// One column.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Column {
    /// The name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// May it be NULL.
    pub nullable: bool,
}

/// One table.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Table {
    /// The name in the database.
    pub name: &'static str,
    /// The columns, without `rev` and `last_op`.
    pub columns: &'static [Column],
    /// The primary key.
    pub primary: &'static [&'static str],
    /// Further unique keys: the last word on "exactly once".
    pub unique: &'static [&'static [&'static str]],
    /// Indexes.
    pub index: &'static [&'static [&'static str]],
    /// Guarded rows carry `rev` (`1` in a new row, one more with each update) and `last_op` (the token of the last apply).
    pub guarded: bool,
}

/// A column that is never NULL.
pub const fn column(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        nullable: false,
    }
}

/// A column that may be NULL.
pub const fn nullable(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        nullable: true,
    }
}
