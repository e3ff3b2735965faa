//! `singlehop.terminate`: the panel's part first, then the service forgets its server. A cancellation is asked for once: its
//! intent is written before, and where nobody knows whether it arrived, staff decide.

use super::assigned::{Assigned, hostname, of_service};
use super::connect::{Patience, is_unclear, leap_of, noted, told, told_unclear, unreadable};
use super::input::Input;
use super::known::Known;
use super::options::Terminate;
use super::tables::{MODULE, ensure, row};
use crate::host::{Cell, Class, Failure, Host};
use crate::module::common::claim::{Claimed, claim};
use crate::module::{Env, Report};
use crate::panel::singlehop::Leap;
use serde_json::{Value, json};

/// Ends the service's hold on its server.
pub(crate) async fn terminate(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let settings = input.settings()?;
    let config = input.config()?;
    ensure(&host).await?;
    let mut svc = claim(&host, MODULE, &input.service.id, "terminate").await?;
    let done = async {
        let Some(server) = of_service(&host, &svc.service_id).await? else {
            return Ok(json!({ "message": "The service has no server; nothing was to be done." }));
        };
        let said = match settings.terminate {
            Terminate::Unassign => "Cancel it in LEAP if it is not needed any more.".to_owned(),
            Terminate::Cancel => {
                let panel = leap_of(&server, &host, &env, &settings, &config, Patience::Action)?;
                cancel(&host, panel.as_ref(), &mut svc, &server).await?
            }
        };
        server.empty(&host).await?;
        let known = Known::read(&host, &svc.service_id, Some(&server)).await?;
        let closed = row([
            ("state", "closed".into()),
            ("ran_before_suspend", Cell::Null),
            ("suspended_by", Cell::Null),
        ]);
        svc.save(&host, closed, server.forgotten(&known)).await?;
        Ok(json!({ "message": format!("The service has given up server {} ({}). {said}", server.hostname, server.leap_id) }))
    }
    .await;
    svc.finish(&host, done).await
}

/// What staff do where a cancellation may have been asked for.
const LOOK: &str = "Look for the cancellation in LEAP. Then select None in SingleHop Servers List and click Save Changes. If \
                    it is not there, also select the server again and save. Then run Terminate.";

/// Asks for the cancellation; tells what staff should know of it.
async fn cancel(host: &Host, leap: &dyn Leap, svc: &mut Claimed, server: &Assigned) -> Result<String, Failure> {
    let sentence = format!("Server {} ({}) was not cancelled", server.hostname, server.leap_id);
    // As the account itself: that the Tandem user does not see it would not mean that it is gone.
    let list = leap.owned().map_err(|e| told(&sentence, &e))?;
    let list = noted(host, list);
    let Some(seen) = list.servers.iter().find(|seen| seen.id == server.leap_id) else {
        if list.left_out > 0 {
            return Err(unreadable(&sentence, &list));
        }
        return Ok("LEAP does not list it any more.".to_owned());
    };
    if svc.text("state") == Some("cancelling") {
        return Err(Failure::new(
            Class::NetworkUnknown,
            "singlehop.cancel_unclear",
            format!("{sentence} again: an earlier run may have asked for it, and was cut off."),
            "Nothing was changed.",
            LOOK,
        ));
    }
    if hostname(&seen.hostname).is_empty()
        || list
            .servers
            .iter()
            .filter(|other| other.hostname == seen.hostname)
            .count()
            > 1
    {
        return Err(Failure::new(
            Class::ConfigRefused,
            "singlehop.cancel_hostname",
            format!("{sentence}: LEAP cancels by hostname, and this one has none or not one of its own."),
            "Nothing was changed.",
            "Cancel it in LEAP, then select None in SingleHop Servers List, save, and run Terminate again.",
        ));
    }
    // A new step, and the intent before the request.
    svc.save(host, row([("state", "cancelling".into())]), vec![]).await?;
    match leap.cancel(&server.leap_id, &seen.hostname) {
        Ok(number) => {
            let number = number.unwrap_or_else(|| "without a number".to_owned());
            let said = format!("Its cancellation was accepted: {number}.");
            host.log(
                "info",
                "singlehop.cancelled",
                format!("Server {} ({}): {said}", server.hostname, server.leap_id),
            );
            Ok(said)
        }
        Err(e) if is_unclear(&e) => {
            let sentence = format!(
                "Server {} ({}) may have been cancelled",
                server.hostname, server.leap_id
            );
            Err(told_unclear(&sentence, &e, LOOK))
        }
        Err(e) => {
            svc.save(host, row([("state", "ready".into())]), vec![]).await?;
            Err(told(&sentence, &e))
        }
    }
}
