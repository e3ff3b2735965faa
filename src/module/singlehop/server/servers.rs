//! `singlehop.servers`, what the service page shows to staff: SingleHop Servers List with what is wrong with it beside it,
//! and what was seen last; and `singlehop.test`, the check of the settings.

use super::assigned::{Assigned, of_service};
use super::cancelled::{self, label};
use super::ips::lines;
use super::known::Known;
use super::select::FIELD;
use crate::host::{Class, Failure, Host};
use crate::module::singlehop::connect::{Patience, leap, left_out, noted, told, told_of, unreadable};
use crate::module::singlehop::input::Input;
use crate::module::singlehop::tables::{ensure, stored};
use crate::module::{Env, Report};
use crate::panel::singlehop::List;
use crate::view::{Fact, Field, FieldKind, Form, Page, Section, Words};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What an empty list means (seed, "No Servers Listed").
const EMPTY: &str = "No servers are listed: the Tandem user has no permission for any server. In LEAP go to Tandem > Tandem \
                     Users, select the user, click Add Server Permissions, tick the server and click Apply Permissions.";

/// The selected server is not in the list.
const UNSEEN: &str = "The selected server is not in the list any more: the Tandem user lost its permission, or the server is \
                      gone. It stays selected until another one is.";

/// What is said of a list that did not come.
const UNREAD: &str = "The list of servers could not be read";

/// The servers as the Tandem user sees them, for a page.
fn listed(host: &Host, env: &Env, input: &Input) -> Result<List, Failure> {
    let panel = leap(host, env, &input.settings()?, &input.config()?, Patience::Page)?;
    panel
        .servers()
        .map(|list| noted(host, list))
        .map_err(|e| told(UNREAD, &e))
}

/// The list as a field, with its error or its explanation.
pub(crate) async fn servers(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let done = show(&host, &env, &input).await;
    input.told(&host, done)
}

async fn show(host: &Host, env: &Env, input: &Input) -> Report {
    input.allowed(host, "servers").await?;
    ensure(host).await?;
    let current = of_service(host, &input.service.id).await?;
    let known = Known::read(host, &input.service.id, current.as_ref()).await?;
    let list = listed(host, env, input);
    let panel = input.settings().ok().map(|settings| settings.base.panel());
    let dates = match (&panel, &list) {
        (Some(panel), Ok(list)) => {
            let ids: Vec<&str> = list.servers.iter().map(|server| server.id.as_str()).collect();
            cancelled::dates(host, panel, &ids).await?
        }
        _ => BTreeMap::new(),
    };
    let mut sections = vec![Section::Form(Form {
        heading: Words::new("staff.server", "Server"),
        action: "select",
        fields: vec![field(list, current.as_ref(), panel.as_deref(), &dates)],
        submit: Words::new("staff.save", "Save Changes"),
    })];
    let facts = facts(&known);
    if !facts.is_empty() {
        sections.push(Section::Facts {
            heading: Words::new("staff.seen", "Seen last"),
            facts,
        });
    }
    let page = Page {
        title: Words::new("staff.server", "Server"),
        notices: Vec::new(),
        sections,
        actions: Vec::new(),
    };
    Ok(json!({ "message": "read", "page": page }))
}

/// `dates`: the date of each cancellation that was asked for.
fn field(
    list: Result<List, Failure>,
    current: Option<&Assigned>,
    panel: Option<&str>,
    dates: &BTreeMap<String, String>,
) -> Field {
    let mut choices = vec![(String::new(), Words::new("staff.none", "None"))];
    let (mut error, mut help) = (None, None);
    let own_choice = current.map_or_else(String::new, |own| own.choice(panel));
    let elsewhere = current.and_then(|own| own.check_panel(panel?).err());
    let missing = match (&elsewhere, list.is_ok()) {
        (Some(_), _) => format!("at {}", current.map_or("", |own| own.panel.as_str())),
        (None, true) => "not visible".to_owned(),
        (None, false) => "not checked now".to_owned(),
    };
    match list {
        Ok(list) => {
            let servers = &list.servers;
            if list.left_out > 0 {
                help = Some(Words::raw(left_out(&list)));
            } else if servers.is_empty() {
                help = Some(Words::new("staff.empty", EMPTY));
            } else if let Some(failure) = elsewhere {
                help = Some(Words::raw(failure.to_string()));
            } else if current.is_some() && servers.iter().all(|s| s.id != own_choice) {
                help = Some(Words::new("staff.unseen", UNSEEN));
            }
            for server in list.servers {
                let status = if server.status.is_empty() { "" } else { ", " };
                let named = format!("{} ({}{status}{})", server.hostname, server.id, server.status);
                match dates.get(&server.id) {
                    None => choices.push((server.id, Words::raw(named))),
                    Some(date) => {
                        let again = label(&server.hostname, &server.id);
                        let kept = (cancelled::choice(&server.id), Words::raw(again));
                        let marked = format!("{named}: its cancellation was asked for on {date}");
                        choices.extend([(server.id, Words::raw(marked)), kept]);
                    }
                }
            }
        }
        Err(failure) => error = Some(Words::raw(failure.to_string())),
    }
    if let Some(own) = current
        && choices.iter().all(|(id, _)| *id != own_choice)
    {
        let label = format!("{} ({}, {missing})", own.hostname, own.leap_id);
        choices.push((own_choice.clone(), Words::raw(label)));
    }
    Field {
        name: FIELD,
        label: Words::new("staff.list", "SingleHop Servers List"),
        kind: FieldKind::Choice,
        value: own_choice,
        choices,
        error,
        help,
    }
}

/// Addresses and state with their moments.
fn facts(known: &Known) -> Vec<Fact> {
    let fact = |label, value: String| Fact::new(label, Words::raw(value));
    let mut facts = Vec::new();
    if let Some((ips, at)) = &known.ips {
        let value = format!("{} ({})", lines(ips).join(" / "), stored(*at));
        facts.push(fact(Words::new("staff.ips", "Server IP"), value));
    }
    if let Some((overview, at)) = &known.overview
        && !overview.word.is_empty()
    {
        let value = format!("{} ({})", overview.word, stored(*at));
        facts.push(fact(Words::new("staff.state", "Server state"), value));
    }
    facts
}

/// Checks the settings of the service's product by reading the list, with all credentials that are in use.
pub(crate) async fn test(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let done = check(&host, &env, &input).await;
    input.told(&host, done)
}

async fn check(host: &Host, env: &Env, input: &Input) -> Report {
    input.allowed(host, "test").await?;
    let (settings, config) = (input.settings()?, input.config()?);
    let panel = leap(host, env, &settings, &config, Patience::Action)?;
    let told = |auth, e| told_of(auth, &settings, UNREAD, &e);
    let list = panel.servers().map_err(|e| told(config.list_auth, e))?;
    let list = noted(host, list);
    if config.auth != config.list_auth {
        // Every other call goes out with these.
        panel.owned().map_err(|e| told(config.auth, e))?;
    }
    let count = list.servers.len();
    if count == 0 && list.left_out > 0 {
        return Err(unreadable("No server can be selected", &list));
    }
    if count == 0 {
        return Err(Failure::new(
            Class::ConfigRefused,
            "singlehop.no_servers",
            EMPTY,
            "The credentials are right; nothing was changed.",
            "Then look at the list again.",
        ));
    }
    let servers = if count == 1 { "server" } else { "servers" };
    Ok(json!({ "message": format!("OK, {count} {servers} visible."), "servers": count }))
}
