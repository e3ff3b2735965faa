//! `backupserver.take_over_account`: staff say that an account is this service's, after they looked into the console: one
//! whose sign-up got no answer, or, where nothing was asked for here, the one that the service's Username names, which
//! another module made. From then on it is. Nothing changes at the Backup Server: an account that is inactive stays so, and
//! the report says what activates it. Where the contract reads accounts, one that is not there is not taken over.

use super::connect::{failed, same_server, server};
use super::pass_key::{allowed, deliver_once};
use super::sign_up::{FORGET, Order, clean, in_use, is_taken, link, named, other_action, record};
use super::tables::{self, Known, MODULE, State, ensure};
use super::verb::Input;
use crate::host::{Class, Failure, Host};
use crate::module::common::claim::{Claimed, claim};
use crate::module::{Env, Report};
use crate::panel::backupserver::{Account, BackupServer, Meaning};
use serde_json::{Value, json};

/// Makes the account that the service asked for the service's own.
pub(crate) async fn take_over_account(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = allowed(&host, &input, "take_over_account").await?;
    let config = input.config()?;
    let fields = input.fields()?;
    let server = server(&host, &env, &fields.login, &config)?;
    ensure(&host).await?;
    let order = Order {
        module: MODULE,
        id: &input.service.id,
        client: &service.client,
        name: &input.service.username,
        fields: &fields,
        config: &config,
    };
    let was_active = !matches!(
        service.status.as_str(),
        "Suspended" | "Terminated" | "Cancelled" | "Fraud"
    );
    let mut svc = claim(&host, MODULE, &input.service.id, "take_over_account").await?;
    let done = take_over(&host, &server, &order, was_active, &mut svc).await;
    svc.finish(&host, done).await
}

async fn take_over(
    host: &Host,
    server: &BackupServer,
    order: &Order<'_>,
    was_active: bool,
    svc: &mut Claimed,
) -> Report {
    let known = match tables::known(host, MODULE, &svc.service_id).await? {
        None => named_one(host, server, order, was_active, None, svc).await?,
        Some(known) => {
            same_server(&known, &order.fields.login, order.config)?;
            if known.account.kind != order.fields.kind {
                return Err(other_action(&known));
            }
            let name = clean(order.name);
            let is_other = !name.is_empty() && name.to_lowercase() != known.account.name.to_lowercase();
            let is_ended = known.state == State::Inactive && svc.text("state") == Some("terminated");
            if is_other && is_ended {
                named_one(host, server, order, was_active, Some(known), svc).await?
            } else if is_other {
                return Err(has_another(&known, &name));
            } else if known.is_sure() {
                known
            } else {
                let account = &known.account;
                if is_taken(host, order, account).await? {
                    return Err(in_use(&account.name, FORGET));
                }
                let state = state(server, account, order.fields.settings.active.unwrap_or(true))?;
                told(host, account, "its sign-up had got no answer");
                record(host, order, known, state, svc).await?
            }
        }
    };
    deliver_once(host, server, &known, order).await;
    let name = &known.account.name;
    let message = if known.state == State::Inactive {
        format!(
            "The account \"{name}\" is this service's. As far as is known here it is deactivated: Unsuspend activates it, and so \
             does Create if the product's Activation Status is ticked."
        )
    } else {
        format!("The account \"{name}\" is this service's.")
    };
    Ok(json!({ "message": message }))
}

/// The account that the service's Username names becomes the service's, in the place of one that ended here.
async fn named_one(
    host: &Host,
    server: &BackupServer,
    order: &Order<'_>,
    was_active: bool,
    ended: Option<Known>,
    svc: &mut Claimed,
) -> Result<Known, Failure> {
    let (account, mut former) = named(host, order).await?;
    // What is on record of it counts more than what the new service is called.
    let left_active = former.iter().all(|known| known.state == State::Active);
    let state = state(
        server,
        &account,
        if former.is_empty() { was_active } else { left_active },
    )?;
    let why = if former.is_empty() {
        "it was not made here"
    } else {
        "a deleted service of the same client had it"
    };
    told(host, &account, why);
    if let Some(ended) = &ended {
        let name = &ended.account.name;
        let sentence =
            format!("The account \"{name}\" is no service's any more; it stays deactivated at the Backup Server.");
        host.log("warning", "backupserver.left", sentence);
    }
    former.extend(ended);
    link(host, order, &account, &former, state, svc).await
}

/// The service has an account, and its Username names another one.
fn has_another(known: &Known, named: &str) -> Failure {
    let name = &known.account.name;
    let next = if known.is_sure() {
        format!(
            "If it shall have \"{named}\" instead, press Terminate, which deactivates \"{name}\", then Take Over Account again. If \
             not, enter \"{name}\" as its Username."
        )
    } else {
        format!(
            "If \"{name}\" is this client's, enter it as the Username, then press Take Over Account again. If not, press Forget \
             Account, then Take Over Account for \"{named}\"."
        )
    };
    Failure::new(
        Class::ConfigRefused,
        "backupserver.has_another",
        format!("The account \"{name}\" is on record for this service, whose Username names \"{named}\"."),
        "Nothing was changed.",
        next,
    )
}

/// The account's state, which is `otherwise` where the contract does not tell.
fn state(server: &BackupServer, account: &Account, otherwise: bool) -> Result<State, Failure> {
    let active = match server.usage(account) {
        None => None,
        Some(Ok(seen)) => seen.active,
        Some(Err(problem)) if problem.meaning() == Some(Meaning::Missing) => {
            return Err(Failure::new(
                Class::PanelNotFound,
                "backupserver.account_gone",
                format!("The Backup Server has no account \"{}\".", account.name),
                "Nothing was changed.",
                "Press Create, which makes it.",
            ));
        }
        Some(Err(problem)) => return Err(failed("The Backup Server did not tell the account's state", &problem)),
    };
    Ok(State::of(active.unwrap_or(otherwise)))
}

/// Told before it is written, so that a kill between the two loses no word of it.
fn told(host: &Host, account: &Account, why: &str) {
    let sentence = format!(
        "Staff took the account \"{}\" over for this service; {why}.",
        account.name
    );
    host.log("warning", "backupserver.taken_over", sentence);
}
