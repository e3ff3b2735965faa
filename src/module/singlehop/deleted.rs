//! A service that is gone from the billing panel holds no server any more, and nothing of it is kept: its number may be given
//! again, to another client. At the panel nothing is changed.

use super::assigned::of_service;
use super::tables::{ASSIGNED, KNOWN, MODULE, ensure, must, row, text};
use crate::host::{Change, Failure, Host};
use crate::module::common::claim;
use crate::module::common::reused::gone_or_back;
use crate::module::common::tables::SERVICES;
use crate::module::common::verb::read;
use crate::module::{Env, Report};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    service_id: String,
}

/// `singlehop.service_deleted`: forgets the service that the billing panel is about to forget.
pub(crate) async fn service_deleted(host: Host, _env: Env, input: Value) -> Report {
    let input: Input = read(input, &["service_id"])?;
    let id = &input.service_id;
    if id.is_empty() || id.bytes().any(|b| !b.is_ascii_digit()) {
        return Ok(json!({ "message": "The hook names no service; nothing was to be done." }));
    }
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

async fn forget(host: &Host, service_id: &str) -> Result<(), Failure> {
    let Some(there) = claim::read(host, MODULE, service_id).await? else {
        return Ok(());
    };
    let mut changes = vec![
        Change::Delete {
            table: KNOWN.name,
            key: row([("service_id", service_id.into())]),
        },
        Change::Delete {
            table: SERVICES.name,
            key: row([("module", MODULE.into()), ("service_id", service_id.into())]),
        },
    ];
    if let Some(server) = of_service(host, service_id).await? {
        let suspended = match text(&there, "suspended_by") {
            Some(_) => " It is suspended there.",
            None => "",
        };
        // Told before, so that a kill between the two loses no word of it.
        host.log(
            "warning",
            "singlehop.service_deleted",
            format!(
                "Service {service_id} was deleted in the billing panel. Its server {} ({}) stays as it is at {}, and may be \
                 selected for another service.{suspended} Cancel it in LEAP if it is not needed any more.",
                server.hostname, server.leap_id, server.panel
            ),
        );
        changes.push(Change::Delete {
            table: ASSIGNED.name,
            key: row([("panel", server.panel.into()), ("leap_id", server.leap_id.into())]),
        });
    }
    host.apply(changes).await.map(|_| ())
}
