//! `backupserver.usage`: what each account uses, read once a day and written into the host's own columns. Off where the
//! contract has no call for it. An account that fails keeps no other from being read, but a server that does not answer in
//! time is not asked for the rest of them: the host's daily run waits for this one. Nor is a refused login tried again: one
//! that HTTP or the login page names, or two accounts that are refused in the same way, as a login may be.

use super::account::deleted::{account_of, look};
use super::connect::{failed, same_server, server};
use super::settings::config::Config;
use super::settings::fields::{Access, Login, Slot};
use super::tables::{ACCOUNTS, FIGURES, Known, MODULE, State, ensure};
use crate::host::{Class, Failure, Host, ServiceFields, ServiceGet, is};
use crate::module::common::claim::claim;
use crate::module::common::once::first_on_this_date;
use crate::module::common::pages::Pages;
use crate::module::common::rows::{instant, must, row, stored, text};
use crate::module::common::silence::{Silence, turn};
use crate::module::common::verb;
use crate::module::{Env, Report};
use crate::panel::backupserver::BackupServer;
use chrono::Datelike;
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
    look(&host).await?;
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
    let mut ids = Vec::new();
    let mut pages = Pages::of(&ACCOUNTS, "owner_id", vec![is("module", "=", MODULE)]);
    while let Some(page) = pages.next(&host).await? {
        for account in &page {
            ids.push(must(account, &ACCOUNTS, "owner_id")?.to_owned());
        }
    }
    turn(&mut ids, host.now().num_days_from_ce());
    let mut run = Run {
        host: &host,
        env: &env,
        input: &input,
        config: &config,
        servers: Vec::new(),
        silence: Silence::default(),
        refused: Vec::new(),
    };
    let (mut read, mut failed) = (0_u32, 0_u32);
    for id in ids {
        match one(&mut run, &id).await {
            Ok(true) => read += 1,
            Ok(false) => {}
            Err(failure) => {
                failed += 1;
                if first_on_this_date(&host, &format!("backupserver.usage.{id}")).await? {
                    let sentence = format!("The usage of service {id} was not read: {failure}");
                    host.log("warning", &failure.code, sentence);
                }
            }
        }
    }
    Ok(json!({ "message": format!("{read} accounts read, {failed} failed."), "read": read, "failed": failed }))
}

/// What all accounts of a run share.
struct Run<'a> {
    host: &'a Host,
    env: &'a Env,
    input: &'a Input,
    config: &'a Config,
    /// One server for each product, which has its own login: one with an old password fails for itself alone. Its failed
    /// connections count for all services of it.
    servers: Vec<(String, BackupServer)>,
    /// By address, whatever the login.
    silence: Silence,
    /// Logins that a server refused, or may have, each with the way. A wrong password that is tried again for each account may
    /// lock the user out.
    refused: Vec<(Login, Way)>,
}

/// One account; false when it is not to be read.
async fn one(run: &mut Run<'_>, id: &str) -> Result<bool, Failure> {
    let Run {
        host,
        env,
        input,
        config,
        servers,
        silence,
        refused,
    } = run;
    let Some(service) = host.ask(&ServiceGet { id: id.to_owned() }).await?.service else {
        return Ok(false);
    };
    let ours = service.product.module == input.module || input.module.is_empty();
    if !ours || !matches!(service.status.as_str(), "Active" | "Suspended") {
        return Ok(false);
    }
    let Some(known) = &account_of(host, id).await?.filter(Known::is_sure) else {
        return Ok(false);
    };
    let slots: Vec<Slot> = service.product.options.iter().map(|o| o.as_str().into()).collect();
    let access = Access::of_product(&slots)?;
    same_server(known, &access.login, config)?;
    let address = &access.login.address;
    if silence.is_enough(address) {
        return Err(Failure::new(
            Class::Network,
            "backupserver.server_skipped",
            format!("The Backup Server {address} did not answer in time for other services, so it was not asked."),
            "The figures of before stand, with their time.",
            "Nothing needs to be done if the next daily run succeeds; otherwise look whether the Backup Server answers.",
        ));
    }
    if is_refused(refused, &access.login) {
        return Err(Failure::new(
            Class::PanelUnauthorized,
            "backupserver.login_skipped",
            format!(
                "The Backup Server {address} refused UserName and Password for another service, or answered two of them alike as \
                 it may where it refuses them, so they were not tried again."
            ),
            "The figures of before stand, with their time.",
            "Look at what is told of the other services. Most likely UserName and Password in the product's Module Settings \
             are to be corrected.",
        ));
    }
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
    silence.note(address, &done);
    if let Some(way) = done.as_ref().err().and_then(|failure| way_of(failure, known)) {
        refused.push((access.login.clone(), way));
    }
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

/// The way in which a server refused an account.
#[derive(PartialEq)]
enum Way {
    /// It named the login.
    Named,
    /// It may mean the login, or that account alone: the code of the failure, and what names the page, or the server's words
    /// about that account.
    Perhaps(String, String),
}

fn way_of(failure: &Failure, known: &Known) -> Option<Way> {
    let perhaps = |what: String| Some(Way::Perhaps(failure.code.clone(), what));
    match failure.code.as_str() {
        "panel.login_redirect" | "panel.login_page" => Some(Way::Named),
        "panel.forbidden" | "panel.other_page" | "panel.password_page" => perhaps(failure.next.clone()),
        // Words such as "not logged in" may be of that account. Where they name none they are the same whatever else they say,
        // and two that name theirs are the same but for the name and for words with digits, such as the number of the request.
        "backupserver.rejected" if failure.class == Class::PanelUnauthorized => {
            let (said, name) = (failure.message.to_lowercase(), known.account.name.to_lowercase());
            let rest = said.replace(&name, "");
            let plain = rest
                .split_whitespace()
                .filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
            let rest = plain.collect::<Vec<_>>().join(" ");
            perhaps(if said.contains(&name) { rest } else { String::new() })
        }
        _ if failure.class == Class::PanelUnauthorized => Some(Way::Named),
        _ => None,
    }
}

/// Did the server name this login, or refuse two accounts with it in the same way?
fn is_refused(refused: &[(Login, Way)], login: &Login) -> bool {
    let mut ways = refused.iter().filter(|(other, _)| other == login).map(|(_, way)| way);
    while let Some(way) = ways.next() {
        if *way == Way::Named || ways.clone().any(|later| later == way) {
            return true;
        }
    }
    false
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
    for unread in &told.unread {
        if first_on_this_date(host, &format!("backupserver.unread.{}", unread.setting)).await? {
            let sentence = format!(
                "Of what the Backup Server told of the account \"{}\" this does not count: {}. The rest does.",
                known.account.name, unread.what
            );
            host.log("warning", "backupserver.unread", sentence);
        }
    }
    let mut values = row([]);
    if told.used.is_some() {
        // Other figures beside an old one of what is used do not make that one newer.
        values.extend(row([("seen_at", stored(host.now()).into())]));
    }
    if let Some(bytes) = told.allotted {
        values.extend(row([("allotted", bytes.into())]));
    }
    if let Some(bytes) = told.used {
        values.extend(row([("used", bytes.into())]));
    }
    host.apply(vec![known.figures(host, values).await?]).await?;
    let mut now = known.with_figures(host).await?;
    if let Some(active) = told.active {
        now.state = State::of(active);
    }
    Ok(now)
}
