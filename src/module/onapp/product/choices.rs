//! `onapp.choices`: what a field of the product's settings may be, as the control panel has it now.
//!
//! Owns the lists, their minute of memory, and that only what works together is offered: hypervisors that are online,
//! networks that the chosen zone or hypervisor has (reference: onapp-vm-module.md 1 and 2). Never fails for the panel's
//! sake: the stored value stays to be chosen, and `notice` says which call failed and which permission it needs. A list
//! that was left out would cost staff the stored value when they save.

use super::options;
use crate::host::{Change, Class, Failure, Host, Row, Server, is};
use crate::module::common::refusal::refusal;
use crate::module::common::verb::read;
use crate::module::onapp::server::connect::{self, panel};
use crate::module::onapp::tables::{LISTS, ensure, instant, row, stored, text};
use crate::module::{Env, Report};
use crate::panel::onapp::{Named, Panel, PanelError, TIME_ZONES};
use crate::time::Instant;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How long a list is good for.
const FRESH: TimeDelta = TimeDelta::seconds(60);

/// The name under which it is remembered that the panel did not answer: it is not waited for again in that time.
const SILENT: &str = "silent";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Input {
    server: Server,
    options: Vec<String>,
    list: String,
    /// From memory alone: the page has waited long enough for its other lists.
    remembered: bool,
}

/// A value as it is stored, and what people call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Choice {
    value: String,
    label: String,
}

/// What a list is of. The first three fill one slot each; the others are parts of packed slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Templates,
    Hypervisors,
    Networks,
    SecondaryNetworks,
    DataStoreZones,
    Roles,
    UserGroups,
    BillingPlans,
    TimeZones,
}

impl List {
    const ALL: [(&str, Self); 9] = [
        ("templates", Self::Templates),
        ("hypervisors", Self::Hypervisors),
        ("networks", Self::Networks),
        ("secondary_networks", Self::SecondaryNetworks),
        ("data_store_zones", Self::DataStoreZones),
        ("roles", Self::Roles),
        ("user_groups", Self::UserGroups),
        ("billing_plans", Self::BillingPlans),
        ("time_zones", Self::TimeZones),
    ];

    fn read(name: &str) -> Result<Self, Failure> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, list)| *list).ok_or_else(|| {
            Failure::new(
                Class::ConfigUnknown,
                "onapp.list",
                format!("There is no list named \"{name}\"."),
                "Nothing was asked.",
                "Compare the caller with the list of jobs in the protocol's documentation.",
            )
        })
    }

    /// The slot whose stored value is offered whatever the panel says; none for a part of a packed slot.
    fn slot(self) -> Option<usize> {
        match self {
            Self::Templates => Some(2),
            Self::Hypervisors => Some(4),
            Self::Networks => Some(6),
            _ => None,
        }
    }
}

/// Slot 4: where machines are made. None: OnApp chooses.
#[derive(Clone, Copy, Debug)]
struct Place {
    hypervisor: Option<u64>,
    zone: Option<u64>,
}

impl Place {
    fn read(slot: &str) -> Self {
        let (hypervisor, zone) = slot.split_once(',').unwrap_or((slot, ""));
        let chosen = |text: &str| text.trim().parse::<u64>().ok().filter(|id| *id > 0);
        Self {
            hypervisor: chosen(hypervisor),
            zone: chosen(zone),
        }
    }
}

/// The choices of one list: `choices` of `value` and `label`, and a `notice` where the panel did not give them.
pub(crate) async fn choices(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input, &["server", "options", "list", "remembered"])?;
    let list = List::read(&input.list)?;
    let (mut choices, notice) = match listed(&host, &env, &input, list).await {
        Ok(choices) => (choices, String::new()),
        Err(failure) => (Vec::new(), failure.to_string()),
    };
    if let Some(slot) = list.slot() {
        keep_stored(&mut choices, stored_slot(&input, slot), &notice);
    }
    Ok(json!({ "message": format!("{} choices", choices.len()), "choices": choices, "notice": notice }))
}

fn stored_slot(input: &Input, slot: usize) -> &str {
    input.options.get(slot.wrapping_sub(1)).map_or("", |text| text.trim())
}

/// The stored value is always among the choices, and chosen by itself.
fn keep_stored(choices: &mut Vec<Choice>, stored: &str, notice: &str) {
    if choices.iter().any(|choice| choice.value == stored) {
        return;
    }
    let known = |id: &str| choices.iter().find(|choice| choice.value == id.trim());
    let named: Vec<String> = stored
        .split(',')
        .map(|id| known(id).map_or_else(|| id.trim().to_owned(), |choice| choice.label.clone()))
        .collect();
    let label = match (stored, notice) {
        ("", "") => "(none)".to_owned(),
        ("", notice) => format!("(none) - {notice}"),
        (_, "") => format!("{} (as stored)", named.join(", ")),
        (stored, notice) => format!("{stored} (as stored) - {notice}"),
    };
    let kept = Choice {
        value: stored.to_owned(),
        label,
    };
    choices.insert(0, kept);
}

/// From memory where it is younger than a minute, else from the panel.
async fn listed(host: &Host, env: &Env, input: &Input, list: List) -> Result<Vec<Choice>, Failure> {
    if list == List::TimeZones {
        return Ok(TIME_ZONES.iter().map(|name| choice((*name).to_owned(), name)).collect());
    }
    ensure(host).await?;
    let server = server(host, input).await?;
    let place = Place::read(stored_slot(input, 4));
    let name = match list {
        List::Networks | List::SecondaryNetworks => format!("networks {:?} {:?}", place.hypervisor, place.zone),
        _ => input.list.clone(),
    };
    if let Some(known) = fresh(host, &server.id, &name).await? {
        return Ok(known);
    }
    if let Some(row) = memory(host, &server.id, SILENT).await? {
        let notice = content::<String>(&row).unwrap_or_default();
        return Err(Failure::setting(
            "onapp.lists_silent",
            notice,
            "It is asked again after a minute.",
        ));
    }
    if input.remembered {
        return Err(Failure::setting(
            "onapp.lists_slow",
            "OnApp answers slowly, and the page did not wait for this list.",
            "Open the page again in a moment.",
        ));
    }
    let asked = match panel(host, env, &server).await {
        Ok(panel) => ask(&panel, list, place).map_err(|(what, e)| refusal(&format!("OnApp did not list {what}"), &e)),
        Err(failure) => Err(failure),
    };
    match &asked {
        Ok(choices) => keep(host, &server.id, &name, &json!(choices)).await,
        Err(failure) if matches!(failure.class, Class::Network | Class::NetworkTls | Class::NetworkDns) => {
            keep(host, &server.id, SILENT, &json!(failure.message)).await;
        }
        Err(_) => {}
    }
    asked
}

/// The server whose lists count: slot 1, else the one that the host chose (decision 20a); never a disabled one (11a).
async fn server(host: &Host, input: &Input) -> Result<Server, Failure> {
    let id = options::server_id(&input.options)?.unwrap_or_else(|| input.server.id.clone());
    if id.is_empty() {
        return Err(Failure::setting(
            "onapp.no_server",
            "No server is chosen.",
            "Enter a server's id as the first setting, or choose a server group with a server.",
        ));
    }
    let server = connect::server(host, &id).await?;
    if server.disabled {
        return Err(Failure::setting(
            "onapp.server_disabled",
            format!("The server \"{}\" is disabled and takes no new orders.", server.name),
            "Enable it, or choose another.",
        ));
    }
    Ok(server)
}

fn choice(value: String, label: &str) -> Choice {
    Choice {
        value,
        label: label.to_owned(),
    }
}

/// By label; two with one label are told apart by their ids.
fn named(found: Vec<Named>) -> Vec<Choice> {
    let mut labels: Vec<Choice> = found
        .into_iter()
        .map(|one| choice(one.id.to_string(), &format!("{} ({})", one.label, one.id)))
        .collect();
    labels.sort_by_key(|one| one.label.to_lowercase());
    labels
}

type Refused = (&'static str, PanelError);

fn ask(panel: &Panel, list: List, place: Place) -> Result<Vec<Choice>, Refused> {
    let of = |what: &'static str| move |error: PanelError| (what, error);
    Ok(match list {
        List::Templates => {
            let templates = panel.templates().map_err(of("its templates"))?;
            named(
                templates
                    .into_iter()
                    .map(|t| Named {
                        id: t.id,
                        label: t.label,
                    })
                    .collect(),
            )
        }
        List::Hypervisors => hypervisors(panel)?,
        List::Networks | List::SecondaryNetworks => networks(panel, place)?,
        List::DataStoreZones => named(panel.data_store_zones().map_err(of("its data store zones"))?),
        List::Roles => named(panel.roles().map_err(of("its roles"))?),
        List::UserGroups => named(panel.user_groups().map_err(of("its user groups"))?),
        List::BillingPlans => named(panel.billing_plans().map_err(of("its billing plans"))?),
        List::TimeZones => Vec::new(),
    })
}

/// Slot 4: automatic, a zone, or a hypervisor that is online in its zone.
fn hypervisors(panel: &Panel) -> Result<Vec<Choice>, Refused> {
    let all = panel.hypervisors().map_err(|e| ("its hypervisors", e))?;
    let zones = panel.hypervisor_zones().map_err(|e| ("its hypervisor zones", e))?;
    let online: Vec<_> = all.into_iter().filter(|hypervisor| hypervisor.online).collect();
    let mut choices = vec![choice("0,0".to_owned(), "Automatic")];
    for zone in &zones {
        let members: Vec<_> = online.iter().filter(|h| h.zone_id == Some(zone.id)).collect();
        if members.is_empty() {
            continue; // Nothing can be built there.
        }
        let label = format!("{}: any hypervisor", zone.label);
        choices.push(choice(format!("0,{}", zone.id), &label));
        for one in members {
            let label = format!("{}: {} ({})", zone.label, one.label, one.id);
            choices.push(choice(format!("{},{}", one.id, zone.id), &label));
        }
    }
    for one in online.iter().filter(|h| h.zone_id.is_none()) {
        let label = format!("Without a zone: {} ({})", one.label, one.id);
        choices.push(choice(format!("{},no_zone", one.id), &label));
    }
    Ok(choices)
}

/// The networks that the zone has, and the hypervisor where one is chosen; all where OnApp chooses.
fn networks(panel: &Panel, place: Place) -> Result<Vec<Choice>, Refused> {
    let mut all = panel.networks().map_err(|e| ("its networks", e))?;
    if place.hypervisor.is_none() && place.zone.is_none() {
        return Ok(named(all));
    }
    let mut joined = BTreeSet::new();
    if let Some(zone) = place.zone {
        let joins = panel
            .zone_network_joins(zone)
            .map_err(|e| ("the networks of the zone", e))?;
        joined.extend(joins.iter().map(|join| join.network_id));
    }
    if let Some(hypervisor) = place.hypervisor {
        let joins = panel
            .hypervisor_network_joins(hypervisor)
            .map_err(|e| ("the networks of the hypervisor", e))?;
        joined.extend(joins.iter().map(|join| join.network_id));
    }
    all.retain(|network| joined.contains(&network.id));
    Ok(named(all))
}

/// What is remembered under a name, if it is young enough.
async fn memory(host: &Host, server_id: &str, name: &str) -> Result<Option<Row>, Failure> {
    let conditions = vec![is("server_id", "=", server_id), is("list", "=", name)];
    let Some(row) = host.rows(LISTS.name, conditions, vec![], 1).await?.into_iter().next() else {
        return Ok(None);
    };
    let young = |at: Instant| at <= host.now() && host.now() - at < FRESH;
    Ok(instant(&row, &LISTS, "at")?.is_some_and(young).then_some(row))
}

async fn fresh(host: &Host, server_id: &str, name: &str) -> Result<Option<Vec<Choice>>, Failure> {
    Ok(memory(host, server_id, name).await?.and_then(|row| content(&row)))
}

fn content<T: serde::de::DeserializeOwned>(row: &Row) -> Option<T> {
    text(row, "content").and_then(|text| serde_json::from_str(text).ok())
}

/// A host that cannot keep it shows it all the same.
async fn keep(host: &Host, server_id: &str, name: &str, content: &Value) {
    let values = row([
        ("server_id", server_id.into()),
        ("list", name.into()),
        ("content", content.to_string().into()),
        ("at", stored(host.now()).into()),
    ]);
    let change = Change::Put {
        table: LISTS.name,
        values,
    };
    if let Err(failure) = host.apply(vec![change]).await {
        host.log(
            "info",
            &failure.code,
            format!("The list \"{name}\" was not kept: {failure}"),
        );
    }
}
