//! A service's number that the host gave again: after a service was deleted, a restored or emptied database may give its
//! number to another client's. What is on record under that number is the former client's, and is neither shown, touched
//! nor billed for the new one.
//!
//! A service that moves to another client was never away, so it is not taken for another one.

use super::rows::{must, row, stored, text};
use super::tables::SERVICES;
use crate::host::{Cell, Change, Class, Failure, Host, Row, ServiceGet};

/// Remembers that the service of this row is gone from the billing panel; `further` is changed with it. A conflict: somebody
/// works on it, and the next run remembers it.
pub(crate) async fn remember(host: &Host, there: &Row, mut further: Vec<Change>) -> Result<(), Failure> {
    if text(there, "orphaned_at").is_some() {
        return Ok(());
    }
    further.push(Change::Update {
        table: SERVICES.name,
        key: key(there)?,
        rev: must(there, &SERVICES, "rev")?.to_owned(),
        values: row([("orphaned_at", stored(host.now()).into())]),
    });
    host.apply(further).await.map(|_| ())
}

/// Takes back that the service was gone. A conflict: somebody works on it, and the next run takes it back.
pub(crate) async fn found_again(host: &Host, there: &Row) -> Result<(), Failure> {
    let change = Change::Update {
        table: SERVICES.name,
        key: key(there)?,
        rev: must(there, &SERVICES, "rev")?.to_owned(),
        values: row([("orphaned_at", Cell::Null)]),
    };
    host.apply(vec![change]).await.map(|_| ())
}

fn key(there: &Row) -> Result<Row, Failure> {
    Ok(row([
        ("module", must(there, &SERVICES, "module")?.into()),
        ("service_id", must(there, &SERVICES, "service_id")?.into()),
    ]))
}

/// True where the row is of a service that was gone, and the service that has its number now is another client's.
pub(crate) fn is_another(there: &Row, client_id: &str) -> bool {
    text(there, "orphaned_at").is_some() && text(there, "client_id").is_some_and(|before| before != client_id)
}

/// Refuses to act on the record of another client's former service.
///
/// # Errors
/// `<module>.number_reused`.
pub(crate) async fn refuse(host: &Host, module: &str, service_id: &str, there: &Row) -> Result<(), Failure> {
    if text(there, "orphaned_at").is_none() {
        return Ok(());
    }
    let id = service_id.to_owned();
    let Some(service) = host.ask(&ServiceGet { id }).await?.service else {
        return Ok(());
    };
    if !is_another(there, &service.client_id) {
        return Ok(());
    }
    Err(Failure::new(
        Class::ConfigRefused,
        &format!("{module}.number_reused"),
        format!(
            "The number {service_id} was given again: on record under it is a deleted service of client {}, with VM {}.",
            text(there, "client_id").unwrap_or("unknown"),
            text(there, "vm_id").unwrap_or("none")
        ),
        "Nothing was changed, and what is on record is not touched.",
        "Cancel this order and place it again, so that it gets a number of its own. Delete the former client's VM in the \
         control panel if it is there.",
    ))
}
