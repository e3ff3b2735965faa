//! A service that is gone from the billing panel keeps its account's name, which nobody else may have; and its number may be
//! given again: see `common/reused.rs`. At the Backup Server nothing is changed.

use crate::host::{Failure, Host, Row, Service};
use crate::module::backupserver::tables::{Known, MODULE, State, ensure, known};
use crate::module::common::claim;
use crate::module::common::reused::{alone, found_again, gone_or_back, is_another, named, refuse, remember};
use crate::module::common::rows::{must, text};
use crate::module::common::tables::SERVICES;
use crate::module::{Env, Report};
use serde_json::{Value, json};

/// `backupserver.service_deleted`: remembers that the service is gone.
pub(crate) async fn service_deleted(host: Host, _env: Env, input: Value) -> Report {
    let Some(id) = &named(input)? else {
        return Ok(json!({ "message": "The hook names no service; nothing was to be done." }));
    };
    ensure(&host).await?;
    if let Some(there) = claim::read(&host, MODULE, id).await? {
        gone(&host, &there).await?;
    }
    Ok(json!({ "message": format!("Service {id} is remembered as deleted.") }))
}

/// The same for every service that is gone by now, and the contrary for one that is back.
pub(crate) async fn look(host: &Host) -> Result<(), Failure> {
    for (there, service) in gone_or_back(host, MODULE).await? {
        let done = match service {
            None => gone(host, &there).await,
            Some(service) if !is_another(&there, &service.client_id) => found_again(host, &there).await,
            Some(_) => Ok(()),
        };
        alone(host, &there, done)?;
    }
    Ok(())
}

/// Remembers that the service of this row is gone, and tells what becomes of its account, once.
pub(crate) async fn gone(host: &Host, there: &Row) -> Result<(), Failure> {
    let id = must(there, &SERVICES, "service_id")?;
    let first = text(there, "orphaned_at").is_none();
    if let Some(account) = known(host, MODULE, id).await?.filter(|_| first) {
        told(host, id, &account);
    }
    remember(host, there, vec![]).await
}

fn told(host: &Host, id: &str, known: &Known) {
    let state = match known.state {
        State::Inactive => "inactive",
        State::Active => "active: deactivate it there if nobody pays for it",
        State::Asked | State::Refused | State::Found => "asked for, and whether it is there is not known",
    };
    let sentence = format!(
        "Service {id} was deleted in the billing panel. Its account \"{}\" stays as it is at the Backup Server: it is {state}.",
        known.account.name
    );
    host.log("warning", "backupserver.service_deleted", sentence);
}

/// The account of a service that is to be acted on; None where it has none.
///
/// # Errors
/// `backupserver.number_reused`, and no word of a former client's account.
pub(crate) async fn account_of(host: &Host, id: &str) -> Result<Option<Known>, Failure> {
    if let Some(there) = claim::read(host, MODULE, id).await? {
        refuse(host, MODULE, id, &there).await?;
    }
    known(host, MODULE, id).await
}

/// The account of a service that the host has now: a former service's with this number is none of it.
pub(crate) async fn known_of(host: &Host, service: &Service) -> Result<Option<Known>, Failure> {
    let there = claim::read(host, MODULE, &service.id).await?;
    if there.is_some_and(|there| is_another(&there, &service.client_id)) {
        return Ok(None);
    }
    known(host, MODULE, &service.id).await
}
