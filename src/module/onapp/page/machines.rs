//! `onapp.machines`: all VMs of a client with their power and the switch for it, on one page. One panel call for each server
//! on which the client has a user, and for each other client's user who has a VM that came with its service; what a server
//! does not answer is shown as it was last seen.

use super::input::Input;
use super::machine::overview::{Known, PAGE};
use super::state::{State, Verb};
use crate::host::{ClientServices, Failure, Host, OwnService, Row, ServiceGet, Where, is};
use crate::module::common::refusal::refusal;
use crate::module::common::reused::{alone, is_another};
use crate::module::onapp::server::connect;
use crate::module::onapp::tables::{CLIENTS, MAPPINGS, MODULE, SERVICES, SHOWN, must, text};
use crate::module::onapp::user;
use crate::module::{Env, Report};
use crate::panel::onapp::Vm;
use crate::view::{Button, Column, Item, Notice, Page, Section, Tone, Words};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A VM that a server listed.
struct Listed {
    server_id: String,
    vm: Vm,
}

/// The list.
pub(crate) async fn machines(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "machines").await?;
    let client_id = service.client_id.as_str();
    let services = host
        .ask(&ClientServices {
            client_id: client_id.to_owned(),
            module: MODULE.to_owned(),
        })
        .await?
        .services;
    let (mut listed, mut whole) = listed(&host, &env, client_id).await?;
    let known = Records::read(&host, &services).await?;
    for ((server_id, made_for), ids) in known.came_with_their_service(client_id, &listed) {
        let answer = vms(&host, &env, &server_id, &made_for).await;
        let Some(mut vms) = read(&host, &server_id, answer) else {
            whole = false;
            continue;
        };
        vms.retain(|vm| ids.contains(&vm.id));
        listed.extend(vms.into_iter().map(|vm| Listed {
            server_id: server_id.clone(),
            vm,
        }));
    }
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for own in services
        .iter()
        .filter(|own| matches!(own.status.as_str(), "Active" | "Suspended" | "Pending"))
    {
        let found = known.vm(&own.id).and_then(|(server_id, vm_id)| {
            listed
                .iter()
                .find(|at| at.vm.id == vm_id && server_id.is_none_or(|id| id == at.server_id))
        });
        if let Some(found) = found {
            seen.insert((found.server_id.clone(), found.vm.id));
        }
        items.push(known.item(own, found.map(|found| &found.vm)));
    }
    for other in &listed {
        let is_own = seen.contains(&(other.server_id.clone(), other.vm.id));
        if !is_own && !is_of_another(&host, other, client_id).await? {
            items.push(unmapped(&other.vm));
        }
    }
    let mut notices = Vec::new();
    if !whole {
        let text = "Not every virtual machine can be read at the moment; those are shown as they were last seen.";
        notices.push(Notice::new(Tone::Warning, Words::new("list.last_known", text)));
    }
    let column = |code, label| Column {
        label: Words::new(code, label),
        number: false,
    };
    let page = Page {
        title: Words::new("list.title", "Your virtual machines"),
        notices,
        sections: vec![Section::Items {
            heading: Words::new("list.title", "Your virtual machines"),
            columns: vec![
                column("vm.hostname", "Hostname"),
                column("list.product", "Product"),
                column("vm.state", "State"),
                column("vm.addresses", "IP addresses"),
                column("vm.memory", "Memory"),
            ],
            items,
            empty: Words::new("list.empty", "You have no virtual machines."),
        }],
        actions: Vec::new(),
    };
    Ok(json!({ "message": "read", "page": page }))
}

/// What every server says of the client's VMs, and whether every one did.
async fn listed(host: &Host, env: &Env, client_id: &str) -> Result<(Vec<Listed>, bool), Failure> {
    let users = host
        .rows(
            CLIENTS.name,
            vec![is("client_id", "=", client_id)],
            vec!["server_id"],
            100,
        )
        .await?;
    let mut all = Vec::new();
    let mut whole = true;
    for row in &users {
        let server_id = must(row, &CLIENTS, "server_id")?;
        let answer = vms(host, env, server_id, client_id).await;
        let Some(vms) = read(host, server_id, answer) else {
            whole = false;
            continue;
        };
        all.extend(vms.into_iter().map(|vm| Listed {
            server_id: server_id.to_owned(),
            vm,
        }));
    }
    Ok((all, whole))
}

/// Is it the VM of a service that another client has by now? The client's OnApp user has it all the same.
async fn is_of_another(host: &Host, listed: &Listed, client_id: &str) -> Result<bool, Failure> {
    let of_vm = vec![
        is("module", "=", MODULE),
        is("server_id", "=", &listed.server_id),
        is("vm_id", "=", listed.vm.id.to_string()),
    ];
    for row in &host.rows(SERVICES.name, of_vm, vec!["service_id"], 2).await? {
        let id = must(row, &SERVICES, "service_id")?.to_owned();
        let service = alone(host, row, host.ask(&ServiceGet { id }).await)?.and_then(|reply| reply.service);
        // Where the host does not tell, what a run noted last counts.
        let noted = || text(row, "moved_to").map(str::to_owned);
        let client = service.map(|service| service.client_id).or_else(noted);
        if client.is_some_and(|client| client != client_id && !is_another(row, &client)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a server answered; why it did not is for staff.
fn read(host: &Host, server_id: &str, answer: Result<Vec<Vm>, Failure>) -> Option<Vec<Vm>> {
    answer
        .map_err(|failure| host.log("info", &failure.code, format!("Server {server_id}: {failure}")))
        .ok()
}

/// The VMs of the client's user, as that user sees them; where its password is not known, as the server's user does.
async fn vms(host: &Host, env: &Env, server_id: &str, client_id: &str) -> Result<Vec<Vm>, Failure> {
    let server = connect::recorded_server(host, server_id).await?;
    let panel = connect::panel(host, env, &server).await?;
    let Some(owner) = user::known(host, server_id, client_id).await? else {
        return Ok(Vec::new());
    };
    let mut answer = if owner.password.is_empty() {
        panel.vms_of_user(owner.id)
    } else {
        owner.opened(&panel).vms()
    };
    if answer.as_ref().is_err_and(|e| matches!(e.status(), Some(401 | 403))) {
        answer = panel.vms_of_user(owner.id);
    }
    let mut vms = answer.map_err(|e| refusal("The client's VMs could not be listed", &e))?;
    vms.retain(|vm| vm.user_id == Some(owner.id));
    Ok(vms)
}

/// What is on record of the services on the list.
struct Records {
    services: BTreeMap<String, Row>,
    mappings: BTreeMap<String, Row>,
    shown: BTreeMap<String, Known>,
}

impl Records {
    async fn read(host: &Host, services: &[OwnService]) -> Result<Self, Failure> {
        let ids = Where {
            column: "service_id".into(),
            test: "in".into(),
            values: services.iter().map(|own| own.id.as_str().into()).collect(),
        };
        let by_service = |rows: Vec<Row>| -> BTreeMap<String, Row> {
            let keyed = rows
                .into_iter()
                .filter_map(|row| Some((text(&row, "service_id")?.to_owned(), row)));
            keyed.collect()
        };
        if services.is_empty() {
            return Ok(Self {
                services: BTreeMap::new(),
                mappings: BTreeMap::new(),
                shown: BTreeMap::new(),
            });
        }
        let own = host
            .rows(
                SERVICES.name,
                vec![is("module", "=", MODULE), ids.clone()],
                vec!["service_id"],
                1000,
            )
            .await?;
        let mappings = host
            .rows(MAPPINGS.name, vec![ids.clone()], vec!["service_id"], 1000)
            .await?;
        let shown = host
            .rows(SHOWN.name, vec![is("page", "=", PAGE), ids], vec!["service_id"], 1000)
            .await?;
        let parsed = |row: &Row| text(row, "content").and_then(|content| serde_json::from_str(content).ok());
        Ok(Self {
            services: by_service(own),
            mappings: by_service(mappings),
            shown: by_service(shown)
                .into_iter()
                .filter_map(|(id, row)| Some((id, parsed(&row)?)))
                .collect(),
        })
    }

    /// Server and id of a service's VM; None for the server where the old module alone knows it.
    fn vm(&self, service_id: &str) -> Option<(Option<&str>, u64)> {
        let own = self.services.get(service_id);
        let number = |row: &Row| text(row, "vm_id").and_then(|id| id.parse().ok()).filter(|id| *id != 0);
        let server = own.and_then(|row| text(row, "server_id"));
        let vm_id = own
            .and_then(number)
            .or_else(|| self.mappings.get(service_id).and_then(number))?;
        Some((server, vm_id))
    }

    /// VMs of services that came from other clients and that are not listed yet, by their server and the client whose user
    /// has them.
    fn came_with_their_service(&self, client_id: &str, listed: &[Listed]) -> BTreeMap<(String, String), BTreeSet<u64>> {
        let mut all: BTreeMap<_, BTreeSet<u64>> = BTreeMap::new();
        for (id, row) in &self.services {
            let (Some(made_for), Some((Some(server_id), vm_id))) = (text(row, "client_id"), self.vm(id)) else {
                continue;
            };
            let is_listed = listed.iter().any(|at| at.vm.id == vm_id && at.server_id == server_id);
            // Of a former service with this number nothing is shown.
            if made_for != client_id && !is_listed && !is_another(row, client_id) {
                let whose = (server_id.to_owned(), made_for.to_owned());
                all.entry(whose).or_default().insert(vm_id);
            }
        }
        all
    }

    fn item(&self, own: &OwnService, vm: Option<&Vm>) -> Item {
        let last = self
            .shown
            .get(&own.id)
            .filter(|known| self.vm(&own.id).is_some_and(|(_, id)| id == known.vm_id()));
        let deleting = self.services.get(&own.id).and_then(|row| text(row, "state")) == Some("deleting");
        let state = vm.map(State::of);
        let words = match (own.status.as_str(), deleting, state, last) {
            ("Suspended", ..) => State::Suspended.words(),
            (_, true, ..) => Words::new("list.deleting", "Being deleted"),
            (_, _, Some(state), _) => state.words(),
            (_, _, None, Some(last)) => last.state.words(),
            (_, _, None, None) if self.vm(&own.id).is_some() => Words::new("list.unknown", "Not known"),
            _ => Words::new("list.none", "None yet"),
        };
        let memory = vm
            .and_then(|vm| vm.memory)
            .or_else(|| last.and_then(|last| last.memory));
        let addresses: Vec<&str> = match vm {
            Some(vm) => vm.addresses(),
            None => vec![own.dedicated_ip.as_str()],
        };
        let switch = |verb: Verb| Button {
            action: verb.button(),
            id: String::new(),
            about: Words::raw(own.domain.as_str()),
        };
        let buttons = match state {
            _ if own.status != "Active" || deleting => Vec::new(),
            Some(State::Running) => vec![switch(Verb::Shutdown)],
            Some(State::Stopped) => vec![switch(Verb::Start)],
            _ => Vec::new(),
        };
        let name = if own.domain.is_empty() {
            &own.product
        } else {
            &own.domain
        };
        Item {
            service: own.id.clone(),
            cells: vec![
                Words::raw(name.as_str()),
                Words::raw(own.product.as_str()),
                words,
                Words::raw(addresses.join(", ")),
                Words::raw(memory.map(|mb| format!("{mb} MB")).unwrap_or_default()),
            ],
            buttons,
        }
    }
}

/// A VM of the client's user that no product of the client has.
fn unmapped(vm: &Vm) -> Item {
    let addresses: Vec<&str> = vm.addresses();
    Item {
        service: String::new(),
        cells: vec![
            Words::raw(vm.hostname.as_str()),
            Words::new("list.no_product", "(no product)"),
            State::of(vm).words(),
            Words::raw(addresses.join(", ")),
            Words::raw(vm.memory.map(|mb| format!("{mb} MB")).unwrap_or_default()),
        ],
        buttons: Vec::new(),
    }
}
