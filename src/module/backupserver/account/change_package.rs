//! `backupserver.change_package`: storage, MCAL and throttle of the account follow the service's product. The state is never
//! touched: a suspended account stays inactive.

use super::deleted::account_of;
use super::sign_up::kind_name;
use crate::host::{Class, Failure, Host};
use crate::module::backupserver::connect::{failed, no_account, same_server, server, sure, warn};
use crate::module::backupserver::tables::{self, MODULE, ensure};
use crate::module::backupserver::verb::Input;
use crate::module::common::claim::{Claimed, claim};
use crate::module::common::rows::row;
use crate::module::{Env, Report};
use crate::panel::backupserver::{BackupServer, Settings};
use serde_json::{Value, json};

/// Sends the product's settings to the service's account.
pub(crate) async fn change_package(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let config = input.config()?;
    let fields = input.fields()?;
    warn(&host, &fields);
    ensure(&host).await?;
    let known = account_of(&host, &input.service.id)
        .await?
        .ok_or_else(|| no_account(&input.service.username))?;
    same_server(&known, &fields.login, &config)?;
    if known.account.kind != fields.kind {
        return Err(Failure::new(
            Class::ConfigRefused,
            "backupserver.other_action",
            format!(
                "The service has a {} and the product's Action makes a {}; one cannot become the other.",
                kind_name(known.account.kind).to_lowercase(),
                kind_name(fields.kind).to_lowercase()
            ),
            "Nothing was changed.",
            "Choose a product with the same Action.",
        ));
    }
    let server = server(&host, &env, &fields.login, &config)?;
    let mut svc = claim(&host, MODULE, &input.service.id, "change_package").await?;
    let done = claimed(&host, &server, &fields.settings, &mut svc).await;
    svc.finish(&host, done).await
}

async fn claimed(host: &Host, server: &BackupServer, settings: &Settings, svc: &mut Claimed) -> Report {
    let known = tables::known(host, MODULE, &svc.service_id)
        .await?
        .ok_or_else(|| no_account(""))?;
    sure(&known)?;
    match server.update(&known.account, settings) {
        None => Err(Failure::new(
            Class::ConfigRefused,
            "backupserver.no_update",
            "Changing an existing account is not set up: no source documents how a Backup Server is asked for it.",
            "Nothing was changed.",
            "Set \"contract.paths.update\" in the module's config.json, or change the account in the console.",
        )),
        Some(Err(problem)) => Err(failed("The Backup Server did not change the account", &problem)),
        Some(Ok(())) => {
            let allotted = settings.storage.map(|bytes| bytes.to_string());
            let storage = row([("allotted", allotted.into())]);
            let further = vec![known.update(storage.clone())?, known.figures(host, storage).await?];
            svc.save(host, row([]), further).await?;
            Ok(json!({ "message": format!("The account \"{}\" was changed.", known.account.name) }))
        }
    }
}
