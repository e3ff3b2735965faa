//! `backupserver.usage`: what each account uses, read once a day and written into the host's own columns. Off where the
//! contract has no call for it.

use super::config::Config;
use super::connect::{failed, same_server, server};
use super::deleted;
use super::fields::{Access, Slot};
use super::tables::{ACCOUNTS, FIGURES, Known, MODULE, State, ensure};
use crate::host::{Class, Failure, Host, ServiceFields, ServiceGet, is};
use crate::module::common::claim::claim;
use crate::module::common::once::first_today;
use crate::module::common::rows::{instant, must, row, stored, text};
use crate::module::common::verb;
use crate::module::{Env, Report};
use crate::panel::backupserver::BackupServer;
use serde::Deserialize;
use serde_json::{Value, json};

const MB: u64 = 1024 * 1024;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    /// The text of the module's config.json.
    configuration: String,
    /// The host could not read that file.
    unreadable: bool,
    /// The module as the host names it: a white label has a name of its own, and settings of its own.
    module: String,
}

/// Reads the usage of all accounts of the module's services.
pub(crate) async fn usage(host: Host, env: Env, input: Value) -> Report {
    let input: Input = verb::read(input, &["configuration", "unreadable", "module"])?;
    ensure(&host).await?;
    deleted::look(&host).await?;
    if input.unreadable {
        return Err(Failure::setting(
            "backupserver.config_file",
            "The module's file config.json cannot be read, so no usage was read.",
            "Give it to the user that the cron runs as, for example with chown.",
        ));
    }
    let config = Config::read(&input.configuration)?;
    if !config.contract.reports_usage() {
        return Ok(json!({ "message": "Usage is not read: contract.paths.usage is not set." }));
    }
    let (mut read, mut failed) = (0_u32, 0_u32);
    let mut after = "0".to_owned();
    // Services of one product share a server and, with it, the count of failed connections.
    let mut servers: Vec<(String, BackupServer)> = Vec::new();
    loop {
        let conditions = vec![is("module", "=", MODULE), is("owner_id", ">", &after)];
        let page = host
            .rows(ACCOUNTS.name, conditions, vec!["owner_id"], host.limits().page_rows)
            .await?;
        let Some(last) = page.last() else { break };
        after = must(last, &ACCOUNTS, "owner_id")?.to_owned();
        for found in page {
            let known = Known::read(found)?;
            let id = must(&known.row, &ACCOUNTS, "owner_id")?.to_owned();
            match one(&host, &env, &input, &config, &known, &id, &mut servers).await {
                Ok(true) => read += 1,
                Ok(false) => {}
                Err(failure) => {
                    failed += 1;
                    if first_today(&host, &format!("backupserver.usage.{}", failure.code)).await? {
                        let sentence = format!("The usage of service {id} was not read: {failure}");
                        host.log("warning", &failure.code, sentence);
                    }
                }
            }
        }
    }
    Ok(json!({ "message": format!("{read} accounts read, {failed} failed."), "read": read, "failed": failed }))
}

/// One account; false when it is not to be read.
async fn one(
    host: &Host,
    env: &Env,
    input: &Input,
    config: &Config,
    known: &Known,
    id: &str,
    servers: &mut Vec<(String, BackupServer)>,
) -> Result<bool, Failure> {
    let Some(service) = host.ask(&ServiceGet { id: id.to_owned() }).await?.service else {
        return Ok(false);
    };
    let ours = service.product.module == input.module || input.module.is_empty();
    if !known.is_sure() || !ours || !matches!(service.status.as_str(), "Active" | "Suspended") {
        return Ok(false);
    }
    let slots: Vec<Slot> = service.product.options.iter().map(|o| o.as_str().into()).collect();
    let access = Access::of_product(&slots)?;
    same_server(known, &access.login, config)?;
    // Each product has its own login: one with an old password fails for itself alone.
    let name = service.product.id.clone();
    if !servers.iter().any(|(known, _)| *known == name) {
        servers.push((name.clone(), server(host, env, &access.login, config)?));
    }
    let Some((_, server)) = servers.iter().find(|(known, _)| *known == name) else {
        return Ok(false);
    };
    // Nobody changes the account between the question and the record.
    let svc = claim(host, MODULE, id, "usage").await?;
    let done = recorded(host, server, known).await;
    let now = svc.finish(host, done).await?;
    let seen = instant(&now.row, &FIGURES, "seen_at")?.map(|at| at.timestamp());
    if seen != Some(host.now().timestamp()) {
        return Err(Failure::new(
            Class::PanelData,
            "backupserver.no_usage",
            format!(
                "The Backup Server did not tell what the account \"{}\" uses.",
                known.account.name
            ),
            "The figures of before stand, with their time.",
            "Look at the account in the console; response.storageUsedKey in config.json names the field.",
        ));
    }
    let number = |name: &str| {
        text(&now.row, name)
            .and_then(|n| n.parse::<u64>().ok())
            .map(|bytes| (bytes / MB).to_string())
    };
    host.ask(&ServiceFields {
        id: id.to_owned(),
        disk_usage: number("used"),
        disk_limit: number("allotted"),
        touch_usage: true,
        ..ServiceFields::default()
    })
    .await?;
    Ok(true)
}

/// As [`read`], under the service's claim: the state goes into the account's record too. Where it changed since it was read,
/// the newer one stands.
async fn recorded(host: &Host, server: &BackupServer, known: &Known) -> Result<Known, Failure> {
    let now = read(host, server, known).await?;
    if now.state != known.state {
        host.apply(vec![known.update(row([("state", now.state.word().into())]))?])
            .await?;
    }
    Ok(now)
}

/// Asks for an account's usage and keeps the figures; answers the account with them, and with the state that the server tells.
/// The account's own record stays as it is: whoever looks at a page has no claim on it.
pub(crate) async fn read(host: &Host, server: &BackupServer, known: &Known) -> Result<Known, Failure> {
    let told = match server.usage(&known.account) {
        None => return Ok(known.clone()),
        Some(Err(problem)) => return Err(failed("The Backup Server did not tell the usage", &problem)),
        Some(Ok(told)) => told,
    };
    let mut values = row([]);
    if told.used.is_some() {
        // Other figures beside an old one of what is used do not make that one newer.
        values.extend(row([("seen_at", stored(host.now()).into())]));
    }
    let fits = |bytes: &u64| i64::try_from(*bytes).is_ok();
    if let Some(bytes) = told.allotted.filter(fits) {
        values.extend(row([("allotted", bytes.into())]));
    }
    if let Some(bytes) = told.used.filter(fits) {
        values.extend(row([("used", bytes.into())]));
    }
    host.apply(vec![known.figures(values)?]).await?;
    let mut now = known.with_figures(host).await?;
    if let Some(active) = told.active {
        now.state = State::of(active);
    }
    Ok(now)
}
