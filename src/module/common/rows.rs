//! Rows of our tables: building them, reading their cells, and making the tables exist.

use crate::host::{Cell, Class, Column, Failure, Host, Row, Table, TablesEnsure};
use crate::time::Instant;

/// Makes a module's tables exist; the fingerprint tells the host when nothing has changed.
pub(crate) async fn ensure(host: &Host, module: &str, tables: &'static [Table]) -> Result<(), Failure> {
    host.ask(&TablesEnsure {
        fingerprint: fingerprint(module, tables),
        tables,
    })
    .await
    .map(|_| ())
}

/// FNV-1a over the declarations: short, stable, and different after any change of them.
fn fingerprint(module: &str, tables: &[Table]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut eat = |text: &str| {
        for byte in text.bytes().chain(std::iter::once(b';')) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for table in tables {
        eat(table.name);
        for Column { name, kind, nullable } in table.columns {
            eat(name);
            eat(&format!("{kind:?}{nullable}"));
        }
        for key in std::iter::once(&table.primary).chain(table.unique).chain(table.index) {
            eat(&key.join(","));
        }
    }
    format!("{module}-{hash:016x}")
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
