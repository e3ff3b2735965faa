//! `singlehop.suspend` and `singlehop.unsuspend`, by one of four strategies (reference: storegrid-singlehop.md 5.2). No call
//! is a toggle, and what is already so is success; the state is read before and after (decision 3).

use super::assigned::{Assigned, of_service};
use super::connect::{Patience, is_unclear, leap_of, told};
use super::create::no_server;
use super::input::Input;
use super::options::Suspend;
use super::tables::{MODULE, ensure, row};
use crate::host::{Cell, Class, Failure, Host};
use crate::http::Kind;
use crate::module::common::claim::{Claimed, claim};
use crate::module::{Env, Report};
use crate::panel::singlehop::{Leap, PanelError, State};
use serde_json::{Value, json};

/// Suspends the service's server.
pub(crate) async fn suspend(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, true).await
}

/// Unsuspends it.
pub(crate) async fn unsuspend(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, false).await
}

async fn run(host: Host, env: Env, input: Value, wanted: bool) -> Report {
    let input = Input::read(input)?;
    let settings = input.settings()?;
    let config = input.config()?;
    ensure(&host).await?;
    let job = if wanted { "suspend" } else { "unsuspend" };
    let mut svc = claim(&host, MODULE, &input.service.id, job).await?;
    let done = async {
        let server = of_service(&host, &svc.service_id).await?.ok_or_else(no_server)?;
        if settings.suspend == Suspend::Local {
            let word = if wanted { "closed" } else { "open" };
            return Ok(json!({ "message": format!("The client area is {word}; nothing was changed at LEAP.") }));
        }
        let panel = leap_of(&server, &host, &env, &settings, &config, Patience::Action)?;
        match settings.suspend {
            Suspend::Endpoint | Suspend::Local => by_call(panel.as_ref(), &server, wanted),
            Suspend::VmPower => by_power(&host, panel.as_ref(), &mut svc, &server, wanted).await,
            Suspend::TandemPermission => by_permission(&host, panel.as_ref(), &server, wanted).await,
        }
    }
    .await;
    svc.finish(&host, done).await
}

fn what(server: &Assigned, wanted: bool) -> String {
    let verb = if wanted { "suspended" } else { "unsuspended" };
    format!("Server {} ({}) was not {verb}", server.hostname, server.leap_id)
}

fn ended(server: &Assigned, word: &str) -> Value {
    json!({ "message": format!("Server {} ({}) {word}.", server.hostname, server.leap_id) })
}

/// The panel's words for what is so already, such as "Server is already suspended".
fn is_already(error: &PanelError, wanted: bool) -> bool {
    matches!(error.kind(), Kind::Declined)
        && error.fields().iter().any(|(_, message)| {
            let message = message.to_ascii_lowercase();
            message.contains("already") || (!wanted && message.contains("not suspended"))
        })
}

/// LEAP's own call.
fn by_call(leap: &dyn Leap, server: &Assigned, wanted: bool) -> Report {
    let word = if wanted {
        "is suspended"
    } else {
        "is not suspended any more"
    };
    // Only "suspended" is a clear word: a suspended server may well be called online, so unsuspending is always asked for.
    let state = || leap.server(&server.leap_id).map_or(State::Unknown, |seen| seen.state);
    let before = state();
    if wanted && before == State::Suspended {
        return Ok(ended(server, word));
    }
    let asked = leap.set_suspended(&server.leap_id, wanted);
    let after = state();
    let is_so = if wanted {
        after == State::Suspended
    } else {
        before == State::Suspended && !matches!(after, State::Suspended | State::Unknown)
    };
    match asked {
        Ok(()) if !wanted && after == State::Suspended => Err(Failure::new(
            Class::PanelData,
            "singlehop.suspend_unclear",
            format!(
                "{}: the panel accepted the call and still says suspended.",
                what(server, wanted)
            ),
            "Nothing else was changed.",
            "Look at the server in LEAP, then try again.",
        )),
        Ok(()) => Ok(ended(server, word)),
        Err(e) if is_already(&e, wanted) || (is_unclear(&e) && is_so) => Ok(ended(server, word)),
        Err(e) => Err(told(&what(server, wanted), &e)),
    }
}

/// Stops or starts a virtual machine. Unsuspending starts only what ran before (decision 3).
async fn by_power(host: &Host, leap: &dyn Leap, svc: &mut Claimed, server: &Assigned, wanted: bool) -> Report {
    let sentence = what(server, wanted);
    let list = leap.owned().map_err(|e| told(&sentence, &e))?;
    let Some(seen) = list.into_iter().find(|seen| seen.id == server.leap_id) else {
        return Err(Failure::new(
            Class::PanelNotFound,
            "singlehop.server_gone",
            format!("{sentence}: LEAP does not list it any more."),
            "Nothing was changed.",
            "Look in LEAP, then select another server or terminate the service.",
        ));
    };
    if !seen.is_vm() {
        return Err(Failure::setting(
            "singlehop.not_vm",
            format!("{sentence}: vm_power can only stop virtual machines, and this is none."),
            "Choose another way to suspend in the product's Module Settings (slot 8).",
        ));
    }
    let runs = seen.state != State::Offline;
    if wanted && svc.text("ran_before_suspend").is_none() {
        // Written first: after a crash nobody could tell any more whether it ran.
        let ran = if runs { "1" } else { "0" };
        svc.save(host, row([("ran_before_suspend", ran.into())]), vec![])
            .await?;
    }
    let should_run = !wanted && svc.text("ran_before_suspend") != Some("0");
    let change = if wanted {
        runs
    } else {
        should_run && seen.state != State::Online
    };
    if change
        && let Err(e) = leap.set_power(&server.leap_id, !wanted)
        && !is_already(&e, wanted)
    {
        let now = leap
            .owned()
            .ok()
            .and_then(|l| l.into_iter().find(|s| s.id == server.leap_id));
        let is_so = now.is_some_and(|s| match s.state {
            State::Offline => wanted,
            State::Online => !wanted,
            _ => false,
        });
        if !(is_unclear(&e) && is_so) {
            return Err(told(&sentence, &e));
        }
    }
    if !wanted {
        svc.save(host, row([("ran_before_suspend", Cell::Null)]), vec![])
            .await?;
    }
    Ok(ended(
        server,
        match (wanted, should_run) {
            (true, _) => "is stopped",
            (false, true) => "is started",
            (false, false) => "stays off, as it was before the suspension",
        },
    ))
}

/// Takes the server from the Tandem user, or gives it back. The panel's call replaces the user's whole list, so two services
/// take turns: the claim on service 0 is the turn.
async fn by_permission(host: &Host, leap: &dyn Leap, server: &Assigned, wanted: bool) -> Report {
    let turn = claim(host, MODULE, "0", "change of Tandem permissions")
        .await
        .map_err(|failure| match failure.class {
            Class::Busy => Failure {
                message: "The Tandem user's permissions are being changed for another service.".to_owned(),
                ..failure
            },
            _ => failure,
        })?;
    let done = (|| {
        let sentence = what(server, wanted);
        let may = || leap.permission(&server.leap_id).map_err(|e| told(&sentence, &e));
        if may()? == wanted
            && let Err(e) = leap.set_permission(&server.leap_id, !wanted)
            && !(is_unclear(&e) && may()? != wanted)
        {
            return Err(told(&sentence, &e));
        }
        if may()? == wanted {
            return Err(Failure::new(
                Class::PanelData,
                "singlehop.permission_unclear",
                format!("{sentence}: the panel accepted the call, and the Tandem user's servers did not change."),
                "Nothing else was changed.",
                "Look at the user in LEAP > Tandem > Tandem Users, then try again.",
            ));
        }
        Ok(ended(
            server,
            if wanted {
                "was taken from the Tandem user; it keeps running"
            } else {
                "was given back to the Tandem user"
            },
        ))
    })();
    turn.finish(host, done).await
}
