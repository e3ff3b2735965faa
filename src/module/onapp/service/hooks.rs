//! What the host's action hooks ask for: an order was accepted, a client has another e-mail address, a client or a service
//! was deleted (reference: onapp-vm-module.md 9). Each does its least, touches rows of ours and fields of the host, and
//! calls no panel: the host's action is under way, and waits for nobody.

use crate::host::{Change, Failure, Host, OrderGet, Row, ServerGet, ServiceFields, ServiceGet, is};
use crate::module::common::claim;
use crate::module::common::once::first_today;
use crate::module::common::reused::remember;
use crate::module::common::verb::read;
use crate::module::onapp::metering::usage::forgotten;
use crate::module::onapp::product::options::server_id;
use crate::module::onapp::tables::{CLIENTS, MAPPINGS, MODULE, SERVICES, USER_INTENTS, ensure, must, row, text};
use crate::module::onapp::takeover::is_any_unseen;
use crate::module::onapp::user::login_of;
use crate::module::{Env, Report};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    order_id: String,
    client_id: String,
    service_id: String,
    /// A client's new e-mail address.
    email: String,
}

const NAMES: &[&str] = &["order_id", "client_id", "service_id", "email"];

fn id(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn done(message: &str) -> Report {
    Ok(json!({ "message": message }))
}

const NOBODY: &str = "The hook names nobody of this module; nothing was to be done.";

/// `onapp.order_accepted`: services without a machine show the server that their product names, so that the host opens the
/// right one (decision 20a). What the order makes is made by `onapp.create`.
pub(crate) async fn order_accepted(host: Host, _env: Env, input: Value) -> Report {
    let input: Input = read(input, NAMES)?;
    let Some(order_id) = id(&input.order_id) else {
        return done(NOBODY);
    };
    let asked = OrderGet {
        id: order_id.to_owned(),
    };
    let Some(order) = host.ask(&asked).await?.order else {
        return done(NOBODY);
    };
    let mut set = 0u32;
    for ordered in order.services.iter().filter(|service| service.module == MODULE) {
        let asked = ServiceGet { id: ordered.id.clone() };
        let Some(service) = host.ask(&asked).await?.service else {
            continue;
        };
        let Some(wanted) = server_id(&service.product.options)?.filter(|wanted| *wanted != service.server_id) else {
            continue;
        };
        if machine(&host, &service.id).await?.is_some()
            || host.ask(&ServerGet { id: wanted.clone() }).await?.server.is_none()
        {
            continue;
        }
        host.ask(&ServiceFields {
            id: service.id.clone(),
            server_id: Some(wanted),
            ..ServiceFields::default()
        })
        .await?;
        set = set.saturating_add(1);
    }
    done(&format!(
        "{set} services of order {order_id} show their product's server."
    ))
}

/// What a service's row says of its machine: it is on record, or a Create that did not end may have made one.
fn left(service: &Row) -> Option<String> {
    match (text(service, "vm_id"), text(service, "create_key")) {
        (Some(vm_id), _) => Some(format!("VM {vm_id} is still on record")),
        (None, Some(key)) => Some(format!(
            "a VM with {key} in its admin note may be left by a Create that did not end"
        )),
        (None, None) => None,
    }
}

/// The same of a service's row or, where there is none yet, of the old module's.
async fn machine(host: &Host, service_id: &str) -> Result<Option<String>, Failure> {
    ensure(host).await?;
    if let Some(ours) = claim::read(host, MODULE, service_id).await?
        && (text(&ours, "vm_id").is_some() || text(&ours, "state") != Some("new"))
    {
        return Ok(left(&ours));
    }
    let old = host
        .rows(MAPPINGS.name, vec![is("service_id", "=", service_id)], vec![], 1)
        .await?;
    Ok(old
        .first()
        .and_then(|row| text(row, "vm_id"))
        .filter(|vm| *vm != "0")
        .map(|vm| format!("VM {vm} is still on record")))
}

/// The client's OnApp users on record.
async fn users(host: &Host, client_id: &str) -> Result<Vec<Row>, Failure> {
    ensure(host).await?;
    let of_client = vec![is("client_id", "=", client_id)];
    host.rows(CLIENTS.name, of_client, vec!["server_id"], 1000).await
}

/// `onapp.client_changed`: a login at OnApp stays as it is, or the client could not log in any more; staff are told which
/// users still have the address of before.
pub(crate) async fn client_changed(host: Host, _env: Env, input: Value) -> Report {
    let input: Input = read(input, NAMES)?;
    let Some(client_id) = id(&input.client_id) else {
        return done(NOBODY);
    };
    let mut told = 0u32;
    for user in users(&host, client_id).await? {
        let login = must(&user, &CLIENTS, "email")?;
        if login.eq_ignore_ascii_case(&login_of(input.email.trim(), client_id)) {
            continue;
        }
        let sentence = format!(
            "Client {client_id} has another e-mail address now. OnApp user {} at server {} keeps the login {login}; change \
             its e-mail address in the control panel, and leave its login.",
            must(&user, &CLIENTS, "onapp_user_id")?,
            must(&user, &CLIENTS, "server_id")?
        );
        host.log("warning", "onapp.client_email_changed", sentence);
        told = told.saturating_add(1);
    }
    done(&format!("{told} OnApp users keep their login."))
}

/// `onapp.client_deleted`: forgets the client's OnApp users, but not where a machine of the client is left: whoever deletes
/// that machine must still know whose it is. Nothing is deleted at OnApp.
pub(crate) async fn client_deleted(host: Host, _env: Env, input: Value) -> Report {
    let input: Input = read(input, NAMES)?;
    let Some(client_id) = id(&input.client_id) else {
        return done(NOBODY);
    };
    let known = users(&host, client_id).await?;
    let of_client = vec![is("module", "=", MODULE), is("client_id", "=", client_id)];
    let services = host.rows(SERVICES.name, of_client, vec!["service_id"], 10_000).await?;
    let mut forgotten = 0u32;
    for user in known {
        let server_id = must(&user, &CLIENTS, "server_id")?;
        let mut machines: Vec<String> = Vec::new();
        let mut moved = false;
        for row in services.iter().filter(|row| text(row, "server_id") == Some(server_id)) {
            let Some(machine) = left(row) else { continue };
            let id = must(row, &SERVICES, "service_id")?.to_owned();
            let now = host.ask(&ServiceGet { id }).await?.service;
            if now.is_some_and(|service| service.client_id != client_id) {
                moved = true;
            } else {
                machines.push(machine);
            }
        }
        let user_id = must(&user, &CLIENTS, "onapp_user_id")?;
        if !machines.is_empty() {
            let sentence = format!(
                "Client {client_id} was deleted. Of OnApp user {user_id} at server {server_id} {}: nobody pays for it any \
                 more. Delete it in the control panel if it is there.",
                machines.join(", ")
            );
            host.log("warning", "onapp.client_deleted", sentence);
            continue;
        }
        if moved || is_any_unseen(&host).await? {
            // A machine of this user is another client's now, or may be one that was not looked at yet, and is found by it.
            continue;
        }
        let key = row([("server_id", server_id.into()), ("client_id", client_id.into())]);
        let both = [CLIENTS.name, USER_INTENTS.name].map(|table| Change::Delete {
            table,
            key: key.clone(),
        });
        host.apply(both.to_vec()).await?;
        forgotten = forgotten.saturating_add(1);
        let sentence =
            format!("Client {client_id} was deleted; OnApp user {user_id} at server {server_id} is left as it is.");
        host.log("info", "onapp.user_forgotten", sentence);
    }
    done(&format!("{forgotten} OnApp users of the client are forgotten."))
}

/// `onapp.service_deleted`: names the machine that is left. What was metered is kept; the crons say what nobody is billed
/// for.
pub(crate) async fn service_deleted(host: Host, _env: Env, input: Value) -> Report {
    let input: Input = read(input, NAMES)?;
    let Some(service_id) = id(&input.service_id) else {
        return done(NOBODY);
    };
    let named = machine(&host, service_id).await?;
    if let Some(ours) = claim::read(&host, MODULE, service_id).await? {
        remember(&host, &ours, vec![forgotten(service_id)]).await?;
    }
    let Some(machine) = named else {
        return done("The service has no machine on record.");
    };
    if first_today(&host, &format!("missing.{service_id}")).await? {
        let sentence = format!(
            "Service {service_id} was deleted in the billing panel and {machine}: nobody pays for it any more. Delete the VM in the control panel if it is there; its usage is kept."
        );
        host.log("warning", "onapp.service_missing", sentence);
    }
    done("The machine of the deleted service is named.")
}
