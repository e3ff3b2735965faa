//! `singlehop.terminate`: the panel's part first, then the service forgets its server. A cancellation is asked for once: its
//! intent is written before, together with the mark of the server, and where nobody knows whether it arrived, staff decide.

use super::suspend::left_behind;
use crate::host::{Cell, Class, Failure, Host};
use crate::http::Kind;
use crate::module::common::claim::{Claimed, claim};
use crate::module::singlehop::connect::{Patience, is_unclear, leap_of, noted, told, told_unclear, unreadable};
use crate::module::singlehop::input::Input;
use crate::module::singlehop::options::{Settings, Terminate};
use crate::module::singlehop::server::assigned::{Assigned, hostname, of_service};
use crate::module::singlehop::server::cancelled;
use crate::module::singlehop::server::known::Known;
use crate::module::singlehop::tables::{MODULE, ensure, row};
use crate::module::{Env, Report};
use crate::panel::singlehop::{Auth, Config, Leap, PanelError, Server};
use serde_json::{Value, json};

/// Ends the service's hold on its server.
pub(crate) async fn terminate(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let settings = input.settings()?;
    let config = input.config()?;
    ensure(&host).await?;
    let mut svc = claim(&host, MODULE, &input.service.id, "terminate").await?;
    let done = async {
        let Some(mut server) = of_service(&host, &svc.service_id).await? else {
            return Ok(json!({ "message": "The service has no server; nothing was to be done." }));
        };
        let number = match is_cancelling(&svc) {
            true => cancelled::number(&host, &server.panel, &server.leap_id).await?,
            false => None,
        };
        let said = match (number, settings.terminate) {
            // An earlier run was cut off after the answer.
            (Some(number), _) => accepted(&number),
            (None, Terminate::Unassign) if is_cancelling(&svc) => {
                return Err(unclear(&format!("Server {} ({}) was not given up", server.hostname, server.leap_id)));
            }
            (None, Terminate::Unassign) => {
                let left = left_behind(&host, &server, &svc);
                format!("{left} Cancel it in LEAP if it is not needed any more.")
            }
            (None, Terminate::Cancel) => {
                let panel = leap_of(&server, &host, &env, &settings, &config, Patience::Action)?;
                let doubt = doubt(&server, &settings, &config);
                cancel(&host, panel.as_ref(), &mut svc, &mut server, doubt).await?
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
        Ok(json!({ "message": format!("The service has given up server {} ({}).{said}", server.hostname, server.leap_id) }))
    }
    .await;
    svc.finish(&host, done).await
}

/// What staff do where a cancellation may have been asked for.
const LOOK: &str = "Look for the cancellation in LEAP. Then select None in SingleHop Servers List and click Save Changes. If \
                    it is not there, also select the server again, as the entry of which LEAP shows no cancellation, and save. \
                    Then repeat the action if it is still wanted.";

/// Was its cancellation asked for, and did nobody look since what became of that?
pub(crate) fn is_cancelling(svc: &Claimed) -> bool {
    svc.text("state") == Some("cancelling")
}

pub(crate) fn unclear(sentence: &str) -> Failure {
    Failure::new(
        Class::NetworkUnknown,
        "singlehop.cancel_unclear",
        format!("{sentence}: an earlier run may have asked for its cancellation, and was cut off."),
        "Nothing was changed.",
        LOOK,
    )
}

/// Why it does not mean that the server is gone when LEAP's list does not hold it; None where it may.
fn doubt(server: &Assigned, settings: &Settings, config: &Config) -> Option<String> {
    let login = &settings.account.user;
    match &server.account {
        _ if config.auth == Auth::Tandem => {
            Some("the list is that of the Tandem user, who may have lost the permission".to_owned())
        }
        None => Some("with which LEAP login it was selected is not on record".to_owned()),
        Some(former) if former != login => Some(format!(
            "it was selected with the LEAP login {former}, and the product's Module Settings now name {login}"
        )),
        Some(_) => None,
    }
}

/// The list does not hold it, and nobody knows whether it is gone.
fn unlisted(sentence: &str, why: &str) -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "singlehop.cancel_unlisted",
        format!("{sentence}: LEAP's list does not hold it, which does not mean that it is gone: {why}."),
        "Nothing was changed.",
        "Look for it in LEAP, and cancel it there if it is not yet. Then select None in SingleHop Servers List, click Save \
         Changes, and run Terminate again.",
    )
}

/// Did LEAP itself answer, so that it will answer the same tomorrow?
fn is_answer(error: &PanelError) -> bool {
    match error.kind() {
        Kind::Declined | Kind::Unexpected { .. } => true,
        Kind::Status(status) => !matches!(status, 408 | 429 | 502..=504),
        _ => false,
    }
}

/// What staff read of a cancellation that LEAP accepted.
fn accepted(number: &str) -> String {
    format!(" Its cancellation was accepted: {number}.")
}

/// May a refusal in these words mean that LEAP has the cancellation already? No page tells how it says that.
fn is_there_already(error: &PanelError) -> bool {
    const WORDS: [&str; 6] = ["already", "cancel", "duplicate", "exist", "pending", "scheduled"];
    error.fields().iter().any(|(_, message)| {
        let message = message.to_ascii_lowercase();
        WORDS.iter().any(|word| message.contains(word))
    })
}

/// Asks for the cancellation; tells what staff should know of it. `doubt`: why a list without the server proves nothing.
async fn cancel(
    host: &Host,
    leap: &dyn Leap,
    svc: &mut Claimed,
    server: &mut Assigned,
    doubt: Option<String>,
) -> Result<String, Failure> {
    let sentence = format!("Server {} ({}) was not cancelled", server.hostname, server.leap_id);
    // As the account itself: that the Tandem user does not see it would not mean that it is gone.
    let list = leap.owned().map_err(|e| told(&sentence, &e))?;
    let list = noted(host, list);
    // Among them may be this server, or another one of its hostname.
    if list.left_out > 0 {
        return Err(unreadable(&sentence, &list));
    }
    let Some(seen) = list.servers.iter().find(|seen| seen.id == server.leap_id) else {
        if let Some(why) = doubt {
            return Err(unlisted(&sentence, &why));
        }
        return match leap.is_gone(&server.leap_id) {
            Ok(Some(true)) => Ok(" LEAP does not list it any more.".to_owned()),
            Ok(Some(false)) => Err(unlisted(&sentence, "LEAP still shows the server itself")),
            Ok(None) => Err(unlisted(
                &sentence,
                "the legacy API has no call that says so of one server",
            )),
            Err(e) if is_answer(&e) => {
                let answered = told("LEAP does not say so of the server itself", &e).message;
                Err(unlisted(&sentence, answered.trim_end_matches('.')))
            }
            Err(e) => Err(told(&sentence, &e)),
        };
    };
    if is_cancelling(svc) {
        return Err(unclear(&format!("{sentence} again")));
    }
    let is_same = |other: &&Server| other.hostname.eq_ignore_ascii_case(&seen.hostname);
    let is_its_own = !hostname(&seen.hostname).is_empty() && list.servers.iter().filter(is_same).count() == 1;
    if leap.cancels_by_hostname() && !is_its_own {
        return Err(Failure::new(
            Class::ConfigRefused,
            "singlehop.cancel_hostname",
            format!("{sentence}: LEAP cancels by hostname, and this one has none or not one of its own."),
            "Nothing was changed.",
            "Cancel it in LEAP, then select None in SingleHop Servers List, save, and run Terminate again.",
        ));
    }
    // A new step, and the intent before the request. From here on no other service takes the server over, and whoever selects
    // it after this service gave it up reads of the cancellation.
    let mark = cancelled::asked(&server.panel, &server.leap_id, host.now());
    let kept = server.kept();
    svc.save(host, row([("state", "cancelling".into())]), vec![kept, mark])
        .await?;
    match leap.cancel(&server.leap_id, &seen.hostname) {
        Ok(number) => {
            let number = number.unwrap_or_else(|| "without a number".to_owned());
            let said = accepted(&number);
            host.log(
                "warning",
                "singlehop.cancelled",
                format!("Server {} ({}):{said}", server.hostname, server.leap_id),
            );
            // At once: whatever fails next, nobody has to look for what became of it.
            let mark = cancelled::accepted(&server.panel, &server.leap_id, host.now(), &number);
            svc.save(host, row([]), vec![mark]).await?;
            Ok(said)
        }
        Err(e) if is_unclear(&e) => {
            let sentence = format!(
                "Server {} ({}) may have been cancelled",
                server.hostname, server.leap_id
            );
            Err(told_unclear(&sentence, &e, LOOK))
        }
        Err(e) if is_there_already(&e) => Err(Failure {
            next: LOOK.to_owned(),
            ..told(&sentence, &e)
        }),
        Err(e) => {
            let mark = cancelled::forgotten(&server.panel, &server.leap_id);
            svc.save(host, row([("state", "ready".into())]), vec![mark]).await?;
            Err(told(&sentence, &e))
        }
    }
}
