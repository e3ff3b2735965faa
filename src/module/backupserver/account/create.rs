//! `backupserver.create`: signs the service's reseller or customer up, once, whatever is retried, and puts the pass key into
//! the client's own field before it answers, so that the welcome e-mail shows it (decision 36).

use super::pass_key;
use super::sign_up::{Order, kind_name, show_name, sign_up};
use crate::host::{Class, Failure, Host};
use crate::module::backupserver::connect::{failed, server, sure, warn};
use crate::module::backupserver::tables::{Known, MODULE, State, ensure};
use crate::module::backupserver::verb::Input;
use crate::module::common::claim::{Claimed, claim};
use crate::module::common::rows::row;
use crate::module::common::verb::service;
use crate::module::{Env, Report};
use crate::panel::backupserver::{BackupServer, Meaning};
use serde_json::{Value, json};

/// Makes the service's account.
pub(crate) async fn create(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let config = input.config()?;
    let fields = input.fields()?;
    warn(&host, &fields);
    let server = server(&host, &env, &fields.login, &config)?;
    ensure(&host).await?;
    let service = service(&host, MODULE, &input.service.id).await?;
    let order = Order {
        module: MODULE,
        id: &input.service.id,
        client: &service.client,
        name: &input.service.username,
        fields: &fields,
        config: &config,
    };
    let mut svc = claim(&host, MODULE, &input.service.id, "create").await?;
    let done = claimed(&host, &server, &order, &mut svc).await;
    if done
        .as_ref()
        .is_err_and(|f| f.code == "backupserver.create_unknown" && f.class == Class::NetworkUnknown)
    {
        // The claim stays until its lease ends: a server that is still at work is not asked a second time.
        return done;
    }
    svc.finish(&host, done).await
}

async fn claimed(host: &Host, server: &BackupServer, order: &Order<'_>, svc: &mut Claimed) -> Report {
    let mut made = sign_up(host, server, order, svc).await?;
    if !made.new {
        // The host may have rolled its own fields back after the account was recorded.
        show_name(host, order.module, order.id, &made.known.account.name).await?;
        // One that was taken over may have been inactive before it was this service's.
        let stopped =
            made.known.state == State::Inactive || matches!(svc.text("state"), Some("suspended" | "terminated"));
        let wanted = order.fields.settings.active.unwrap_or(true);
        if stopped && wanted {
            if !activate(host, server, &made.known, svc).await? {
                // It was removed at the server meanwhile.
                svc.save(host, row([("state", "new".into())]), vec![made.known.delete()?])
                    .await?;
            }
            made = sign_up(host, server, order, svc).await?;
        }
    }
    // The billing panel takes success for a service that may be handed over; whose the account is, staff must say first.
    sure(&made.known)?;
    pass_key::deliver_once(host, server, &made.known, order).await;
    let account = &made.known.account;
    let what = made.word();
    let kind = kind_name(account.kind);
    Ok(json!({ "message": format!("{kind} \"{}\" {what}.", account.name), "account": account.name }))
}

/// Turns an account on again that was suspended or terminated; false when the server does not have it any more.
async fn activate(host: &Host, server: &BackupServer, known: &Known, svc: &mut Claimed) -> Result<bool, Failure> {
    match server.set_active(&known.account, true) {
        Ok(()) => {
            let further = known.update(row([("state", State::Active.word().into())]))?;
            svc.save(host, row([("state", "active".into())]), vec![further]).await?;
            Ok(true)
        }
        Err(problem) if problem.meaning() == Some(Meaning::Missing) => Ok(false),
        Err(problem) => Err(failed("The Backup Server did not activate the account", &problem)),
    }
}
