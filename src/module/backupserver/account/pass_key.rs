//! Pass keys of customers: fetched from the server, written into the client's own field, shown to the client who asks. A key
//! stands in no log, no error and no table of ours.
//!
//! A client's field holds one key: a later backup service of the same client overwrites it. Each service's own page shows
//! its own key.

use super::deleted::known_of;
use super::sign_up::Order;
use crate::host::{Class, ClientField, Failure, FoundField, Host, Service};
use crate::module::backupserver::connect::{failed, no_account, same_server, server, sure};
use crate::module::backupserver::settings::config::Config;
use crate::module::backupserver::settings::fields::Access;
use crate::module::backupserver::tables::{Known, MODULE, ensure, is_called};
use crate::module::backupserver::verb::Input;
use crate::module::backupserver::{ACTIONS, page};
use crate::module::common::claim::claim;
use crate::module::common::rows::{row, stored, text};
use crate::module::common::verb::service;
use crate::module::{Env, Report};
use crate::panel::backupserver::{BackupServer, Kind};
use crate::secret::Secret;
use serde_json::{Value, json};

/// Shows the key to the client who asks, if the host allows it.
pub(crate) async fn show(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = allowed(&host, &input, "pass_key").await?;
    let config = input.config()?;
    let access = input.access()?;
    ensure(&host).await?;
    let known = owned(&host, &input, &service).await?;
    if input.caller.is_client() && !may_be_seen(&host, &access, &config, &service.client_id).await? {
        return Err(Failure::new(
            Class::ConfigRefused,
            "backupserver.not_for_clients",
            "Clients may not see pass keys here.",
            "Nothing was changed.",
            "Ask the support.",
        ));
    }
    same_server(&known, &access.login, &config)?;
    let server = server(&host, &env, &access.login, &config)?;
    let key = fetch(&host, &server, &known).await?;
    let page = page::with_key(&host, &known, &access.login, &config, &key).await?;
    // The sealed copy tells every logger on the way what to mask in the page.
    Ok(json!({ "message": "The pass key is shown.", "page": page, "sealed": [key] }))
}

/// Fetches the key again and writes it into the client's own field.
pub(crate) async fn refresh(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = allowed(&host, &input, "refresh_pass_key").await?;
    let config = input.config()?;
    let access = input.access()?;
    ensure(&host).await?;
    let known = owned(&host, &input, &service).await?;
    same_server(&known, &access.login, &config)?;
    let server = server(&host, &env, &access.login, &config)?;
    let svc = claim(&host, MODULE, &input.service.id, "refresh_pass_key").await?;
    let done = rewrite(&host, &server, &known, &service.client_id, &config).await;
    svc.finish(&host, done).await
}

async fn rewrite(host: &Host, server: &BackupServer, known: &Known, client_id: &str, config: &Config) -> Report {
    let key = fetch(host, server, known).await?;
    let Some(field) = write(host, client_id, config, key).await? else {
        return Err(Failure::setting(
            "backupserver.no_field",
            no_field(config),
            "Create it under Custom Client Fields, then press Refresh Pass Key.",
        ));
    };
    host.apply(vec![known.update(row([("pass_key_at", stored(host.now()).into())]))?])
        .await?;
    Ok(json!({ "message": format!("The pass key is in the client's field \"{}\".", field.name) }))
}

/// Delivers the key of an owner's account, if it is wanted, not yet delivered, and the account is surely the owner's.
pub(crate) async fn deliver_once(host: &Host, server: &BackupServer, known: &Known, order: &Order<'_>) {
    let due = order.fields.wants_pass_key && known.is_sure() && text(&known.row, "pass_key_at").is_none();
    if due {
        deliver(host, server, known, &order.client.id, order.config).await;
    }
}

/// Fetches and writes the key of an account that was just made. Whatever fails is a warning: a creation that is reported as
/// failed would be tried again (reference: storegrid-singlehop.md 1.5).
async fn deliver(host: &Host, server: &BackupServer, known: &Known, client_id: &str, config: &Config) {
    let done = async {
        let key = fetch(host, server, known).await?;
        let found = write(host, client_id, config, key).await?;
        if found.is_none() {
            host.log("warning", "backupserver.no_field", no_field(config));
            return Ok(());
        }
        host.apply(vec![known.update(row([("pass_key_at", stored(host.now()).into())]))?])
            .await
            .map(|_| ())
    };
    let done: Result<(), Failure> = done.await;
    if let Err(failure) = done {
        host.log(
            "warning",
            "backupserver.pass_key",
            format!("The account was created, but its pass key was not stored: {failure}"),
        );
    }
}

fn no_field(config: &Config) -> String {
    format!(
        "The client custom field \"{}\" was not found, so the pass key was not stored.",
        config.pass_key_field
    )
}

/// May the caller do this? Answers the service.
pub(crate) async fn allowed(host: &Host, input: &Input, action: &str) -> Result<Service, Failure> {
    let service = service(host, MODULE, &input.service.id).await?;
    match ACTIONS.iter().find(|rule| rule.name == action) {
        Some(rule) => input.caller.allow(MODULE, rule, &service)?,
        None => return Err(Failure::internal("backupserver.action", "An action is not listed.")),
    }
    Ok(service)
}

async fn owned(host: &Host, input: &Input, service: &Service) -> Result<Known, Failure> {
    let known = known_of(host, service).await?;
    let known = known.ok_or_else(|| no_account(&input.service.username))?;
    sure(&known)?;
    if known.account.kind == Kind::Reseller {
        return Err(Failure::new(
            Class::ConfigRefused,
            "backupserver.customers_only",
            "Pass key applies to customers only.",
            "Nothing was changed.",
            "Nothing needs to be done.",
        ));
    }
    Ok(known)
}

/// Clients see the key where the product asks for it and the module's settings and the host's own field let them.
pub(crate) async fn may_be_seen(
    host: &Host,
    access: &Access,
    config: &Config,
    client_id: &str,
) -> Result<bool, Failure> {
    if !config.pass_key_shown || !access.wants_pass_key {
        return Ok(false);
    }
    Ok(look(host, client_id, config).await?.is_some_and(|field| field.visible))
}

/// The client's own field, if there is one.
pub(crate) async fn look(host: &Host, client_id: &str, config: &Config) -> Result<Option<FoundField>, Failure> {
    let asked = ClientField {
        client_id: client_id.to_owned(),
        name: config.pass_key_field.clone(),
        value: None,
    };
    Ok(host.ask(&asked).await?.field)
}

async fn write(host: &Host, client_id: &str, config: &Config, key: Secret) -> Result<Option<FoundField>, Failure> {
    let asked = ClientField {
        client_id: client_id.to_owned(),
        name: config.pass_key_field.clone(),
        value: Some(key),
    };
    Ok(host.ask(&asked).await?.field)
}

async fn fetch(host: &Host, server: &BackupServer, known: &Known) -> Result<Secret, Failure> {
    let (key, number) = match server.pass_key(&known.account) {
        None => {
            return Err(Failure::setting(
                "backupserver.no_pass_key",
                "Fetching pass keys is switched off in the module's config.json.",
                "Set \"contract.paths.passKey\" there.",
            ));
        }
        Some(asked) => asked.map_err(|problem| failed("The Backup Server did not give the pass key", &problem))?,
    };
    // What the server counts its accounts by is no name, unless somebody is called so.
    if let Some(number) = number
        && is_called(host, &number).await?
    {
        return Err(Failure::new(
            Class::PanelData,
            "backupserver.other_account",
            "The Backup Server did not give the pass key: its answer repeats a number that is the name of another account.",
            "The key was neither stored nor shown.",
            "If that number is only how this server counts its accounts, set \"contract.response.nameKey\" to \"\" in the \
             module's config.json.",
        ));
    }
    Ok(key)
}
