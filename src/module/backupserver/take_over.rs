//! `backupserver.take_over_account`: staff say that an account whose sign-up got no answer is this service's, after they
//! looked into the console. From then on it is. Nothing changes at the Backup Server; where the contract reads accounts, one
//! that is not there is not taken over.

use super::connect::{failed, no_account, same_server, server};
use super::pass_key::{allowed, deliver_once};
use super::sign_up::{FORGET, Order, in_use, is_taken, other_action, record};
use super::tables::{self, MODULE, State, ensure};
use super::verb::Input;
use crate::host::{Class, Failure, Host};
use crate::module::common::claim::{Claimed, claim};
use crate::module::{Env, Report};
use crate::panel::backupserver::{BackupServer, Meaning};
use serde_json::{Value, json};

/// Makes the account that the service asked for the service's own.
pub(crate) async fn take_over_account(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = allowed(&host, &input, "take_over_account").await?;
    let config = input.config()?;
    let fields = input.fields()?;
    let server = server(&host, &env, &fields, &config)?;
    ensure(&host).await?;
    let order = Order {
        module: MODULE,
        id: &input.service.id,
        client: &service.client,
        name: &input.service.username,
        fields: &fields,
        config: &config,
    };
    let mut svc = claim(&host, MODULE, &input.service.id, "take_over_account").await?;
    let done = take_over(&host, &server, &order, &mut svc).await;
    svc.finish(&host, done).await
}

async fn take_over(host: &Host, server: &BackupServer, order: &Order<'_>, svc: &mut Claimed) -> Report {
    let known = tables::known(host, MODULE, &svc.service_id).await?;
    let mut known = known.ok_or_else(no_account)?;
    same_server(&known, order.fields, order.config)?;
    if known.account.kind != order.fields.kind {
        return Err(other_action(&known));
    }
    let name = known.account.name.clone();
    if !known.is_sure() {
        if is_taken(host, order, &known.account).await? {
            return Err(in_use(&name, FORGET));
        }
        let mut active = order.fields.settings.active.unwrap_or(true);
        match server.usage(&known.account) {
            None => {}
            Some(Ok(seen)) => active = seen.active.unwrap_or(active),
            Some(Err(problem)) if problem.meaning() == Some(Meaning::Missing) => {
                return Err(Failure::new(
                    Class::PanelNotFound,
                    "backupserver.account_gone",
                    format!("The Backup Server has no account \"{name}\"."),
                    "Nothing was changed.",
                    "Press Create, which makes it.",
                ));
            }
            Some(Err(problem)) => return Err(failed("The Backup Server did not tell the account's state", &problem)),
        }
        // Told before, so that a kill between the two loses no word of it.
        host.log(
            "warning",
            "backupserver.taken_over",
            format!("Staff took the account \"{name}\" over for this service; its sign-up had got no answer."),
        );
        known = record(host, order, known, State::of(active), svc).await?;
    }
    deliver_once(host, server, &known, order).await;
    Ok(json!({ "message": format!("The account \"{name}\" is this service's.") }))
}
