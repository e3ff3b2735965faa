//! `singlehop.servers`, what the service page shows beside SingleHop Servers List, and `singlehop.test`, the check of the
//! settings. For staff only.

use super::assigned::of_service;
use super::connect::{Patience, leap, told};
use super::input::Input;
use super::ips::lines;
use super::known::Known;
use super::select::FIELD;
use super::tables::{ensure, stored};
use crate::host::{Class, Failure, Host};
use crate::module::{Env, Report};
use crate::panel::singlehop::Server;
use serde_json::{Value, json};

/// What an empty list means (seed, "No Servers Listed").
const EMPTY: &str = "No servers are listed: the Tandem user has no permission for any server. In LEAP go to Tandem > Tandem \
                     Users, select the user, click Add Server Permissions, tick the server and click Apply Permissions.";

/// The servers as the Tandem user sees them.
fn listed(host: &Host, env: &Env, input: &Input) -> Result<Vec<Server>, Failure> {
    let panel = leap(host, env, &input.settings()?, &input.config()?, Patience::Action)?;
    panel
        .servers()
        .map_err(|e| told("The list of servers could not be read", &e))
}

/// Options, selection, and a note or an error beside them. Only a service that is gone or a host that fails is a failure of
/// the job: everything else is told beside the list.
pub(crate) async fn servers(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let done = show(&host, &env, &input).await;
    input.told(&host, done)
}

async fn show(host: &Host, env: &Env, input: &Input) -> Report {
    ensure(host).await?;
    input.allowed(host, "servers").await?;
    let current = of_service(host, &input.service.id).await?;
    let known = Known::read(host, &input.service.id).await?;
    let selected = current.as_ref().map_or("", |server| server.leap_id.as_str());
    let mut options = vec![json!({ "value": "", "text": "None" })];
    let mut notes: Vec<String> = known.note.into_iter().collect();
    let (mut error, mut shown) = (String::new(), false);
    match listed(host, env, input) {
        Ok(servers) => {
            if servers.is_empty() {
                notes.push(EMPTY.to_owned());
            }
            for server in &servers {
                shown = shown || server.id == selected;
                let about: Vec<&str> = [server.id.as_str(), server.status.as_str()]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect();
                options.push(json!({ "value": server.id, "text": format!("{} ({})", server.hostname, about.join(", ")) }));
            }
        }
        Err(failure) => error = failure.to_string(),
    }
    if let Some(server) = &current
        && !shown
    {
        let why = if error.is_empty() { "not visible to the Tandem user" } else { "not checked now" };
        options.push(json!({ "value": server.leap_id, "text": format!("{} ({}, {why})", server.hostname, server.leap_id) }));
        if error.is_empty() {
            notes.push(
                "The selected server is not in the list any more: the Tandem user lost its permission, or the server is gone. It \
                 stays selected until you select another one."
                    .to_owned(),
            );
        }
    }
    let mut facts = Vec::new();
    if let Some((ips, at)) = &known.ips {
        facts.push(json!({ "label": "Server IP", "lines": lines(ips), "at": stored(*at) }));
    }
    if let Some((overview, at)) = &known.overview
        && !overview.state.is_empty()
    {
        facts.push(json!({ "label": "State", "lines": [overview.state], "at": stored(*at) }));
    }
    Ok(json!({
        "message": "read", "label": "SingleHop Servers List", "name": FIELD, "selected": selected, "options": options,
        "note": notes.join(" "), "error": error, "facts": facts,
    }))
}

/// Checks the settings of the service's product by reading the list.
pub(crate) async fn test(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let done = check(&host, &env, &input).await;
    input.told(&host, done)
}

async fn check(host: &Host, env: &Env, input: &Input) -> Report {
    input.allowed(host, "test").await?;
    let count = listed(host, env, input)?.len();
    if count == 0 {
        return Err(Failure::new(
            Class::ConfigRefused,
            "singlehop.no_servers",
            EMPTY,
            "The credentials are right; nothing was changed.",
            "Then look at the list again.",
        ));
    }
    let servers = if count == 1 { "server" } else { "servers" };
    Ok(json!({ "message": format!("OK, {count} {servers} visible."), "servers": count }))
}
