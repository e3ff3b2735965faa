//! A service that is gone from the billing panel holds no server any more, and nothing of it is kept: its number may be given
//! again, to another client. At the panel nothing is changed.

use super::assigned::{Assigned, of_service};
use super::known;
use crate::host::{Change, Class, Failure, Host, Outcome, Row};
use crate::module::common::claim;
use crate::module::common::reused::{gone_or_back, named};
use crate::module::common::tables::SERVICES;
use crate::module::singlehop::service::suspend::left;
use crate::module::singlehop::tables::{MODULE, ensure, must, row, text};
use crate::module::{Env, Report};
use serde_json::{Value, json};

/// `singlehop.service_deleted`: forgets the service that the billing panel is about to forget.
pub(crate) async fn service_deleted(host: Host, _env: Env, input: Value) -> Report {
    let Some(id) = &named(input)? else {
        return Ok(json!({ "message": "The hook names no service; nothing was to be done." }));
    };
    ensure(&host).await?;
    forget(&host, id).await?;
    Ok(json!({ "message": format!("Nothing is kept of service {id}.") }))
}

/// The same for every service that is gone by now: a hook does not tell of all of them.
pub(crate) async fn forget_all(host: &Host) -> Result<(), Failure> {
    for (there, service) in gone_or_back(host, MODULE).await? {
        if service.is_none() {
            forget(host, must(&there, &SERVICES, "service_id")?).await?;
        }
    }
    Ok(())
}

/// Several tries: the server may be selected for another service in the meantime.
async fn forget(host: &Host, service_id: &str) -> Result<(), Failure> {
    for _ in 0..3 {
        let Some(there) = claim::read(host, MODULE, service_id).await? else {
            return Ok(());
        };
        let mut changes = Vec::new();
        if let Some(server) = of_service(host, service_id).await? {
            // Told before, so that a kill between the two loses no word of it.
            host.log("warning", "singlehop.service_deleted", told(&there, &server));
            changes.extend(server.removed());
        }
        changes.extend([
            known::gone(service_id),
            Change::Delete {
                table: SERVICES.name,
                key: row([("module", MODULE.into()), ("service_id", service_id.into())]),
            },
        ]);
        if host.apply(changes).await? == Outcome::Applied {
            return Ok(());
        }
    }
    Err(Failure::new(
        Class::HostConflict,
        "singlehop.not_forgotten",
        format!("What is kept of service {service_id}, which was deleted, is changed by somebody else all the time."),
        "It is kept.",
        "Nothing needs to be done: the next daily report forgets it.",
    ))
}

/// What staff read about the server that is left.
fn told(there: &Row, server: &Assigned) -> String {
    let cancelled = match text(there, "state") {
        Some("cancelling") => " Its cancellation may have been asked for: look in LEAP before it is sold again.",
        _ => "",
    };
    format!(
        "Service {} was deleted in the billing panel. Its server {} ({}) stays as it is at {}, and may be selected for another \
         service.{}{cancelled} Cancel it in LEAP if it is not needed any more.",
        server.service_id,
        server.hostname,
        server.leap_id,
        server.panel,
        left(there)
    )
}
