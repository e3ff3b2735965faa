//! A service's number that the host gave again: after a service was deleted, a restored or emptied database may give its
//! number to another client's. What is on record under that number is the former client's, and is neither shown, touched
//! nor billed for the new one.
//!
//! A service that moves to another client was never away, so it is not taken for another one.

use super::claim::is_claimed;
use super::pages::Pages;
use super::rows::{must, row, stored, text};
use super::tables::SERVICES;
use super::verb::read;
use crate::host::{Cell, Change, Class, Failure, Host, Outcome, Row, Service, ServiceGet, is};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Deleted {
    service_id: String,
}

/// The service that a hook about its deletion names; None for no number.
pub(crate) fn named(input: Value) -> Result<Option<String>, Failure> {
    let id = read::<Deleted>(input, &["service_id"])?.service_id;
    Ok(Some(id).filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())))
}

/// The rows of a module's services that the host does not have, or has again, each with what it has. Of the others it is
/// remembered whose they are now.
pub(crate) async fn gone_or_back(host: &Host, module: &str) -> Result<Vec<(Row, Option<Service>)>, Failure> {
    let mut found = Vec::new();
    let mut pages = Pages::of(&SERVICES, "service_id", vec![is("module", "=", module)]);
    while let Some(page) = pages.next(host).await? {
        for there in page {
            let looked = look(host, &there).await;
            if let Some(Some(service)) = alone(host, &there, looked)? {
                found.push((there, service));
            }
        }
    }
    Ok(found)
}

/// What the host has under the number of a row; None where it is the service that was there all the time.
async fn look(host: &Host, there: &Row) -> Result<Option<Option<Service>>, Failure> {
    let id = must(there, &SERVICES, "service_id")?.to_owned();
    // Whoever acts on the row reads its claim.
    is_claimed(host, there)?;
    let service = host.ask(&ServiceGet { id }).await?.service;
    if let Some(now) = &service
        && text(there, "orphaned_at").is_none()
    {
        noted(host, there, &now.client_id).await?;
        return Ok(None);
    }
    Ok(Some(service))
}

/// What the host tells of one service, or holds of it in a row, keeps no other from being looked after: where it cannot be
/// used that is told by the service's number, and None goes on.
pub(crate) fn alone<T>(host: &Host, there: &Row, done: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(failure) if matches!(failure.code.as_str(), "host.reply" | "host.row_damaged") => {
            let id = text(there, "service_id").unwrap_or("without a number");
            host.log("warning", &failure.code, format!("Service {id}: {failure}"));
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

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

/// Takes back that the service was gone. Not under an action that is under way, nor in a conflict with one: the next run takes
/// it back.
pub(crate) async fn found_again(host: &Host, there: &Row) -> Result<(), Failure> {
    if is_claimed(host, there)? {
        return Ok(());
    }
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

/// The client who had the service last.
fn last_client(there: &Row) -> Option<&str> {
    text(there, "moved_to").or_else(|| text(there, "client_id"))
}

/// Remembers to which client the service moved; answers the row as it is then. A conflict: somebody works on it, and the
/// next run remembers it.
pub(crate) async fn noted(host: &Host, there: &Row, client_id: &str) -> Result<Row, Failure> {
    let mut now = there.clone();
    // The next run remembers it.
    if is_claimed(host, there)? || last_client(there).is_none_or(|last| last == client_id) {
        return Ok(now);
    }
    let rev = must(there, &SERVICES, "rev")?;
    let moved = row([("moved_to", client_id.into())]);
    let change = Change::Update {
        table: SERVICES.name,
        key: key(there)?,
        rev: rev.to_owned(),
        values: moved.clone(),
    };
    if host.apply(vec![change]).await? == Outcome::Applied {
        let next = rev.parse::<u64>().unwrap_or(0).saturating_add(1);
        now.extend(moved);
        now.insert("rev".into(), next.to_string().into());
    }
    Ok(now)
}

/// True where the row is of a service that was gone, and this client had it last.
pub(crate) fn was_last_of(there: &Row, client_id: &str) -> bool {
    text(there, "orphaned_at").is_some() && last_client(there) == Some(client_id)
}

/// True where the row is of a service that was gone, and the service that has its number now is another client's.
pub(crate) fn is_another(there: &Row, client_id: &str) -> bool {
    text(there, "orphaned_at").is_some() && last_client(there).is_some_and(|before| before != client_id)
}

/// Refuses to make a new machine on the record of another client's service that ended: what it had, and when its periods
/// begin, is the other one's. No run looks whether such a service is still there.
///
/// # Errors
/// `<module>.number_reused`.
pub(crate) fn refuse_ended(module: &str, service_id: &str, there: &Row, client_id: &str) -> Result<(), Failure> {
    let ended = matches!(text(there, "state"), Some("done" | "gone"));
    match last_client(there) {
        Some(before) if ended && before != client_id => {
            let mut refused = refusal(module, service_id, there);
            refused.message = format!(
                "On record under the number {service_id} is a service of client {before} that ended: the number was given \
                 again, or the service moved after its end."
            );
            Err(refused)
        }
        _ => Ok(()),
    }
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
    Err(refusal(module, service_id, there))
}

fn refusal(module: &str, service_id: &str, there: &Row) -> Failure {
    let client = last_client(there).unwrap_or("unknown");
    let (left, next) = match text(there, "vm_id") {
        Some(vm) => (
            format!(", with VM {vm}"),
            "Delete the former client's VM in the control panel if it is there.",
        ),
        None => (
            String::new(),
            "What the former client has at the panel is left as it is: see there whether it is needed.",
        ),
    };
    Failure::new(
        Class::ConfigRefused,
        &format!("{module}.number_reused"),
        format!(
            "The number {service_id} was given again: on record under it is a deleted service of client {client}{left}."
        ),
        "Nothing was changed, and what is on record is not touched.",
        format!("Cancel this order and place it again, so that it gets a number of its own. {next}"),
    )
}
