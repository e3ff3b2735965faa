//! `singlehop.reboot`: for staff, and for the client where the product allows it. One request, never repeated; the moment is
//! written before it, so that however the request ends the server is not restarted twice within the cool-down.

use super::create::no_server;
use crate::host::{Cell, Change, Class, Failure, Host};
use crate::module::common::claim::{Claimed, claim};
use crate::module::singlehop::connect::{Patience, is_unclear, leap_of, told, told_unclear};
use crate::module::singlehop::input::Input;
use crate::module::singlehop::server::assigned::{Assigned, of_service};
use crate::module::singlehop::server::known::Known;
use crate::module::singlehop::tables::{KNOWN, MODULE, ensure, row, stored};
use crate::module::{Env, Report};
use crate::panel::singlehop::Leap;
use crate::time::Instant;
use chrono::TimeDelta;
use serde_json::{Value, json};

/// Seconds between two restarts of a service's server.
pub(crate) const COOL_DOWN: i64 = 60;

/// Seconds until it may be restarted again; 0 for now.
pub(crate) fn seconds_left(rebooted_at: Option<Instant>, clock: Instant) -> i64 {
    let again = rebooted_at.map(|at| at + TimeDelta::seconds(COOL_DOWN));
    // `Known` has no moment in the future; a second may have begun since it was read.
    again.map_or(0, |again| (again - clock).num_seconds().clamp(0, COOL_DOWN))
}

/// Restarts the service's server.
pub(crate) async fn reboot(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let done = run(&host, &env, &input).await;
    input.told(&host, done)
}

async fn run(host: &Host, env: &Env, input: &Input) -> Report {
    input.allowed(host, "reboot").await?;
    ensure(host).await?;
    let settings = input.settings()?;
    if input.caller.is_client() && !settings.client_reboot {
        return Err(Failure::new(
            Class::ConfigRefused,
            "singlehop.not_for_clients",
            "Only staff may restart this server.",
            "Nothing was changed.",
            "Ask the support.",
        ));
    }
    let config = input.config()?;
    let mut svc = claim(host, MODULE, &input.service.id, "reboot").await?;
    let done = async {
        let server = of_service(host, &svc.service_id).await?.ok_or_else(no_server)?;
        let panel = leap_of(&server, host, env, &settings, &config, Patience::Action)?;
        restart(host, panel.as_ref(), &mut svc, &server).await
    }
    .await;
    let done = svc.finish(host, done).await?;
    let who = if input.caller.is_client() {
        format!("client {}", input.caller.client_id)
    } else {
        "staff".to_owned()
    };
    host.log(
        "info",
        "singlehop.rebooted",
        format!("The server of service {} was restarted by {who}.", input.service.id),
    );
    Ok(done)
}

async fn restart(host: &Host, leap: &dyn Leap, svc: &mut Claimed, server: &Assigned) -> Report {
    let before = Known::read(host, &svc.service_id, Some(server)).await?.rebooted_at;
    let left = seconds_left(before, host.clock());
    if left > 0 {
        return Err(Failure::new(
            Class::Busy,
            "singlehop.cool_down",
            "The server was restarted a moment ago.",
            "Nothing was changed.",
            format!("It can be restarted again in {left} seconds."),
        ));
    }
    mark(host, svc, Some(host.clock())).await?;
    match ask(leap, server) {
        Ok(report) => Ok(report),
        Err((failure, true)) => Err(failure),
        Err((failure, false)) => {
            mark(host, svc, before).await?;
            Err(failure)
        }
    }
}

/// The one request; a failure tells whether it may have been carried out.
fn ask(leap: &dyn Leap, server: &Assigned) -> Result<Value, (Failure, bool)> {
    match leap.reboot(&server.leap_id) {
        Ok(()) => Ok(json!({ "message": "The server is being restarted." })),
        Err(e) if is_unclear(&e) => {
            let sentence = format!(
                "Server {} ({}) may have been restarted",
                server.hostname, server.leap_id
            );
            let next = "Look at the server's uptime before you press Reboot again: that restarts it once more.";
            Err((told_unclear(&sentence, &e, next), true))
        }
        Err(e) => {
            let sentence = format!("Server {} ({}) was not restarted", server.hostname, server.leap_id);
            Err((told(&sentence, &e), false))
        }
    }
}

async fn mark(host: &Host, svc: &mut Claimed, at: Option<Instant>) -> Result<(), Failure> {
    let values = row([
        ("service_id", svc.service_id.as_str().into()),
        ("rebooted_at", at.map_or(Cell::Null, |at| stored(at).into())),
    ]);
    let change = Change::Put {
        table: KNOWN.name,
        values,
    };
    svc.save(host, row([]), vec![change]).await
}
