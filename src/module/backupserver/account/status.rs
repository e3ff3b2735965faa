//! `backupserver.suspend`, `.unsuspend` and `.terminate`. Suspend and terminate deactivate and never delete: the data stays,
//! and a termination by mistake can be undone (decision 36). Already so is success. An account that is not surely ours is
//! left alone.

use super::deleted::account_of;
use super::sign_up::clean;
use crate::host::{Class, Failure, Host};
use crate::module::backupserver::connect::{failed, no_account, same_server, server, sure};
use crate::module::backupserver::tables::{self, Known, MODULE, State, ensure};
use crate::module::backupserver::verb::Input;
use crate::module::common::claim::{Claimed, claim, read as claimed};
use crate::module::common::rows::{row, text};
use crate::module::common::verb::{Called, service};
use crate::module::{Env, Report};
use crate::panel::backupserver::{BackupServer, Meaning};
use serde_json::{Value, json};

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Suspend,
    Unsuspend,
    Terminate,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::Terminate => "terminate",
        }
    }

    /// The service's state afterwards.
    fn state(self) -> &'static str {
        match self {
            Self::Suspend => "suspended",
            Self::Unsuspend => "active",
            Self::Terminate => "terminated",
        }
    }
}

/// Deactivates the service's account.
pub(crate) async fn suspend(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, Verb::Suspend).await
}

/// Activates the service's account.
pub(crate) async fn unsuspend(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, Verb::Unsuspend).await
}

/// Deactivates the service's account for good; it can be activated again.
pub(crate) async fn terminate(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, Verb::Terminate).await
}

async fn run(host: Host, env: Env, input: Value, verb: Verb) -> Report {
    let input = Input::read(input)?;
    ensure(&host).await?;
    let Some(known) = account_of(&host, &input.service.id).await? else {
        return match verb {
            Verb::Terminate => without_account(&host, &input).await,
            _ => Err(no_account(&input.service.username)),
        };
    };
    let config = input.config()?;
    let access = input.access()?;
    same_server(&known, &access.login, &config)?;
    let server = server(&host, &env, &access.login, &config)?;
    let mut svc = claim(&host, MODULE, &input.service.id, verb.name()).await?;
    let done = turn(&host, &server, verb, &mut svc).await;
    svc.finish(&host, done).await
}

/// The end of a service that has no account here. One that runs and names an account may have it from another module: it
/// would stay active.
async fn without_account(host: &Host, input: &Input) -> Report {
    let Called { id, username, .. } = &input.service;
    let name = clean(username);
    let row = claimed(host, MODULE, id).await?;
    let ended = row.is_some_and(|row| text(&row, "state") == Some("terminated"));
    let status = service(host, MODULE, id).await?.status;
    if name.is_empty() || ended || !matches!(status.as_str(), "Active" | "Suspended") {
        return Ok(json!({ "message": "The service has no account; nothing was to be deactivated." }));
    }
    Err(Failure::new(
        Class::ConfigRefused,
        "backupserver.not_linked",
        format!(
            "No Backup Server account is linked to this service, whose Username is \"{name}\"; another module may have made \
             one of that name."
        ),
        "Nothing was changed.",
        "Look in the console of the Backup Server. If it has that account and it is this client's, press Take Over Account, \
         then Terminate. If not, clear the service's Username, then press Terminate.",
    ))
}

async fn turn(host: &Host, server: &BackupServer, verb: Verb, svc: &mut Claimed) -> Report {
    // Read again under the claim.
    let Some(known) = tables::known(host, MODULE, &svc.service_id).await? else {
        return Err(no_account(""));
    };
    sure(&known)?;
    let on = verb == Verb::Unsuspend;
    let account = &known.account;
    let word = if on { "active" } else { "inactive" };
    match server.set_active(account, on) {
        Ok(()) => {
            let mut further = row([("state", State::of(on).word().into())]);
            if verb == Verb::Terminate {
                // A service that is made again gets its key delivered again.
                further.extend(row([("pass_key_at", None::<String>.into())]));
            }
            let further = known.update(further)?;
            svc.save(host, row([("state", verb.state().into())]), vec![further])
                .await?;
            Ok(json!({ "message": format!("The account \"{}\" is {word}.", account.name) }))
        }
        Err(problem) if problem.meaning() == Some(Meaning::Missing) => missing(host, verb, known, svc).await,
        Err(problem) => {
            let verb = if on { "activate" } else { "deactivate" };
            Err(failed(
                &format!("The Backup Server did not {verb} the account"),
                &problem,
            ))
        }
    }
}

/// The server says that the account is not there.
async fn missing(host: &Host, verb: Verb, known: Known, svc: &mut Claimed) -> Report {
    let name = &known.account.name;
    if verb == Verb::Terminate {
        let gone = row([("state", "terminated".into())]);
        svc.save(host, gone, vec![known.delete()?]).await?;
        return Ok(json!({ "message": format!("The Backup Server has no account \"{name}\" any more.") }));
    }
    Err(Failure::new(
        Class::PanelNotFound,
        "backupserver.account_gone",
        format!("The Backup Server has no account \"{name}\" any more."),
        "Nothing was changed.",
        "Terminate the service and press Create for a new account, or make the account again in the console.",
    ))
}
