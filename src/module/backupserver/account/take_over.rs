//! `backupserver.take_over_account`: staff say that an account is this service's, after they looked into the console: one
//! whose sign-up got no answer, or, where nothing was asked for here, the one that the service's Username names, which
//! another module made. From then on it is. Nothing changes at the Backup Server: an account that is inactive stays so, and
//! the report says what activates it. Where the contract reads accounts, one that is not there is not taken over.

use super::pass_key::{allowed, deliver_once};
use super::sign_up::{FORGET, Order, clean, in_use, is_taken, link, named, other_action, record};
use crate::host::{Class, Failure, Host};
use crate::module::backupserver::connect::{failed, same_server, server};
use crate::module::backupserver::page::size;
use crate::module::backupserver::tables::{self, Known, MODULE, State, ensure};
use crate::module::backupserver::verb::Input;
use crate::module::common::claim::{Claimed, claim};
use crate::module::common::rows::text;
use crate::module::{Env, Report};
use crate::panel::backupserver::{Account, BackupServer, Meaning, Usage};
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
                let (state, _) = seen(
                    server,
                    account,
                    order.fields.settings.active.unwrap_or(true),
                    "Press Create, which makes it.".to_owned(),
                )?;
                told(host, account, "its sign-up had got no answer");
                record(host, order, known, state, svc).await?
            }
        }
    };
    deliver_once(host, server, &known, order).await;
    let name = &known.account.name;
    let mut message = if known.state == State::Inactive {
        format!(
            "The account \"{name}\" is this service's. As far as is known here it is deactivated: Unsuspend activates it, and so \
             does Create if the product's Activation Status is ticked."
        )
    } else {
        format!("The account \"{name}\" is this service's.")
    };
    let allotted = allotted(host, &known).await?;
    if let (Some(has), Some(wanted)) = (allotted, order.fields.settings.storage)
        && has != wanted
    {
        message.push_str(&format!(
            " As far as is known here {} are allotted to it, and the product names {}: press Change Package, or change it in the \
             console.",
            size(has),
            size(wanted)
        ));
    }
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
    let next = match (&ended, former.is_empty()) {
        (Some(own), _) => format!(
            "Correct the service's Username. Create goes on with \"{}\", which is still on record for it.",
            own.account.name
        ),
        (None, false) => {
            "If it was removed in the console, no service gets its name any more. Clear the service's Username, then \
                          press Create, which makes an account of another name."
                .to_owned()
        }
        (None, true) => "Correct the service's Username, or press Create, which makes it.".to_owned(),
    };
    let (state, told_allotted) = seen(
        server,
        &account,
        if former.is_empty() { was_active } else { left_active },
        next,
    )?;
    // Nothing sets it now, so the product's says nothing of an account that was made for another service.
    let known_allotted = match former.first() {
        Some(known) => allotted(host, known).await?,
        None => order.fields.settings.storage,
    };
    let has = told_allotted.or(known_allotted);
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
    link(host, order, &account, &former, state, has, svc).await
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

/// The bytes that are allotted to an account, as the server told last, else as it was asked to.
async fn allotted(host: &Host, known: &Known) -> Result<Option<u64>, Failure> {
    let known = known.with_figures(host).await?;
    Ok(text(&known.row, "allotted").and_then(|bytes| bytes.parse().ok()))
}

/// The account's state, which is `otherwise` where the server does not tell, and the bytes allotted to it, where it does;
/// `next` is what staff do where it is not there.
fn seen(
    server: &BackupServer,
    account: &Account,
    otherwise: bool,
    next: String,
) -> Result<(State, Option<u64>), Failure> {
    let seen = match server.usage(account) {
        None => Usage::default(),
        Some(Ok(seen)) => seen,
        Some(Err(problem)) if problem.meaning() == Some(Meaning::Missing) => {
            return Err(Failure::new(
                Class::PanelNotFound,
                "backupserver.account_gone",
                format!("The Backup Server has no account \"{}\".", account.name),
                "Nothing was changed.",
                next,
            ));
        }
        Some(Err(problem)) => return Err(failed("The Backup Server did not tell the account's state", &problem)),
    };
    Ok((State::of(seen.active.unwrap_or(otherwise)), seen.allotted))
}

/// Told before it is written, so that a kill between the two loses no word of it.
fn told(host: &Host, account: &Account, why: &str) {
    let sentence = format!(
        "Staff took the account \"{}\" over for this service; {why}.",
        account.name
    );
    host.log("warning", "backupserver.taken_over", sentence);
}
