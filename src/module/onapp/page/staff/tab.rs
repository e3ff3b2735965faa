//! `onapp.staff`: what the admin's page of a service shows: the same facts as the client's overview, and beside them the ids,
//! what was ordered against what is there, and the last transactions.

use super::changes::{Changes, comparison};
use crate::host::{Failure, Host, Service, ServiceFields};
use crate::module::onapp::addresses::write_fields;
use crate::module::onapp::page::charts::traffic;
use crate::module::onapp::page::clock::Clock;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::{Place, Record, gone, no_vm};
use crate::module::onapp::page::machine::log;
use crate::module::onapp::page::machine::overview::{Known, PAGE, facts, transfer};
use crate::module::onapp::page::shown;
use crate::module::onapp::product::options::ProductOptions;
use crate::module::onapp::product::ordered::Ordered;
use crate::module::onapp::tables::text;
use crate::module::{Env, Report};
use crate::time::Instant;
use crate::view::{Fact, Notice, Page, Section, Tone, Words};
use serde_json::{Value, json};

/// The tab of staff.
pub(crate) async fn staff(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "staff").await?;
    let page = show(&host, &env, &input, &service).await?;
    Ok(json!({ "message": "read", "page": page }))
}

/// `onapp.sync`: writes what the panel says of the VM into the host's own fields: addresses, login, password.
pub(crate) async fn sync(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "sync").await?;
    let record = Record::of(&host, &service).await?;
    let vm_id = record.vm()?;
    let place = Place::open(&host, &env, &input, &record, vm_id).await?;
    let vm = place.look(&host, false).await?.ok_or_else(gone)?.vm;
    let fields = ServiceFields {
        password: vm.initial_root_password.clone().filter(|password| !password.is_empty()),
        ..ServiceFields::default()
    };
    write_fields(&host, &service.id, &vm, fields).await?;
    let message = match vm.told_addresses() {
        Some(_) => format!("Addresses and password of VM {vm_id} are in the service's fields as OnApp has them."),
        None => {
            format!("OnApp did not tell the addresses of VM {vm_id}: the service's fields keep those that they have.")
        }
    };
    Ok(json!({ "message": message }))
}

async fn show(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<Page, Failure> {
    let mut page = Page {
        title: Words::new("vm.title", "Your virtual machine"),
        notices: Vec::new(),
        sections: Vec::new(),
        actions: Vec::new(),
    };
    let record = Record::of(host, service).await?;
    let Some(vm_id) = record.vm_id else {
        let text = Words::new("staff.no_vm", "The service has no VM.");
        page.notices.push(Notice::new(Tone::Info, text));
        return Ok(page);
    };
    if record.is_deleting() {
        let text = Words::new("staff.deleting", "The VM is being deleted.");
        page.notices.push(Notice::new(Tone::Info, text));
    }
    let clock = Clock::of(host).await?;
    let before = Known::last(host, input.id(), Some(vm_id)).await?;
    let mut own = vec![Fact::new(
        Words::new("staff.vm_id", "VM"),
        Words::raw(vm_id.to_string()),
    )];
    let mut changes = None;
    let (known, live) = match read(host, env, input, &record, before.as_ref(), &clock, service).await {
        Ok(Some((known, address, failure, planned))) => {
            match planned {
                Ok(planned) => changes = Some(planned),
                Err(failure) => page
                    .notices
                    .push(Notice::new(Tone::Warning, Words::raw(failure.to_string()))),
            }
            own.push(Fact {
                link: true,
                ..Fact::new(Words::new("staff.panel", "In the control panel"), Words::raw(address))
            });
            // Staff read which permission is missing.
            page.notices
                .extend(failure.map(|failure| Notice::new(Tone::Warning, Words::raw(failure.to_string()))));
            shown::keep(host, input.id(), PAGE, &known).await;
            (Some(known), true)
        }
        Ok(None) => {
            let text = Words::new("staff.gone", "The VM is not at OnApp any more.");
            page.notices.push(Notice::new(Tone::Warning, text));
            (None, true)
        }
        Err(failure) => {
            page.notices
                .push(Notice::new(Tone::Warning, Words::raw(failure.to_string())));
            (before.as_ref().map(|(known, _)| known.clone()), false)
        }
    };
    if !live && let Some((_, at)) = &before {
        let text = "What follows is from {at}.";
        page.notices.push(Notice::new(
            Tone::Info,
            Words::with("staff.last_known", text, [("at", clock.show(*at))]),
        ));
    }
    if let Some(known) = &known {
        own.extend(
            known
                .identifier
                .as_ref()
                .map(|id| Fact::new(Words::new("staff.identifier", "Identifier"), Words::raw(id.as_str()))),
        );
        own.extend(
            known
                .user_id
                .map(|id| Fact::new(Words::new("staff.user", "OnApp user"), Words::raw(id.to_string()))),
        );
        own.extend(facts(known));
    }
    own.extend(
        text(&record.row, "state")
            .map(|state| Fact::new(Words::new("staff.record", "On record as"), Words::raw(state))),
    );
    own.extend(transfer(host, input.id()).await?);
    match traffic::facts(host, service).await {
        Ok(facts) => own.extend(facts),
        Err(failure) => page
            .notices
            .push(Notice::new(Tone::Warning, Words::raw(failure.to_string()))),
    }
    own.extend(changes.iter().map(|changes| changes.backup.clone()));
    page.sections.push(Section::Facts {
        heading: Words::new("vm.details", "Virtual machine"),
        facts: own,
    });
    if let Some(known) = &known {
        match changes {
            Some(changes) => {
                page.notices.extend(changes.notices);
                page.sections.push(changes.table);
            }
            None => match compared(service, known) {
                Ok(table) => page.sections.push(table),
                Err(failure) => page
                    .notices
                    .push(Notice::new(Tone::Warning, Words::raw(failure.to_string()))),
            },
        }
        page.sections.push(log::section(known.log(), |at| clock.show(at)));
    }
    Ok(page)
}

type Found = (Known, String, Option<Failure>, Result<Changes, Failure>);

async fn read(
    host: &Host,
    env: &Env,
    input: &Input,
    record: &Record,
    before: Option<&(Known, Instant)>,
    clock: &Clock,
    service: &Service,
) -> Result<Option<Found>, Failure> {
    let vm_id = record.vm_id.ok_or_else(no_vm)?;
    let place = Place::open(host, env, input, record, vm_id).await?;
    let Some(seen) = place.look(host, false).await? else {
        return Ok(None);
    };
    let nics = place.nics();
    let (known, failure) = Known::read(host, &place, &seen, before.map(|(known, _)| known), &nics);
    let changes = Changes::read(&place, &seen, &nics, service, clock);
    let name = known.identifier.clone().unwrap_or_else(|| vm_id.to_string());
    let address = format!("{}/virtual_machines/{name}", place.panel.client().base_url());
    Ok(Some((known, address, failure, changes)))
}

/// What was ordered beside what is there. Which addresses count for it the VM alone does not tell.
fn compared(service: &Service, known: &Known) -> Result<Section, Failure> {
    let options = ProductOptions::read(&service.product.options)?;
    let ordered = Ordered::of_existing(&options, &service.options)?;
    let rows = [
        (
            Words::new("vm.memory", "Memory"),
            ordered.memory_mb,
            known.memory,
            " MB",
        ),
        (Words::new("vm.cpus", "CPU cores"), ordered.cpus, known.cpus, ""),
        (
            Words::new("vm.cpu_shares", "CPU priority"),
            ordered.cpu_shares,
            known.cpu_shares,
            " %",
        ),
        (
            Words::new("vm.port_speed", "Port speed"),
            ordered.port_speed,
            known.port_speed,
            " Mbit/s",
        ),
    ];
    let rows = rows
        .into_iter()
        .map(|(label, ordered, actual, unit)| {
            let verdict = match actual {
                Some(actual) if actual == ordered => Words::new("staff.same", "as ordered"),
                Some(_) => Words::new("staff.differs", "differs"),
                None => Words::new("staff.unknown", "not read"),
            };
            let actual = actual.map(|value| format!("{value}{unit}")).unwrap_or_default();
            vec![
                label,
                Words::raw(format!("{ordered}{unit}")),
                Words::raw(actual),
                verdict,
            ]
        })
        .collect();
    Ok(comparison(rows))
}
