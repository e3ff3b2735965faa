//! `onapp.upgrade`: what the client has ordered, the advice to take a backup first with the last one's date and a button, and
//! the ways to the host's own upgrade pages. Only for products that allow upgrades. What was paid for is applied by
//! `onapp.change_package`.

use crate::host::{ChosenOption, Class, Failure, Host, Service};
use crate::module::common::refusal::refusal;
use crate::module::onapp::change::plan::Resource;
use crate::module::onapp::page::clock::Clock;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::Record;
use crate::module::onapp::page::part::{self, Parts};
use crate::module::onapp::page::shown;
use crate::module::onapp::page::staff::changes::{last, name, value};
use crate::module::onapp::page::storage::backups;
use crate::module::onapp::page::storage::disks::{self, Shown};
use crate::module::onapp::product::options::ProductOptions;
use crate::module::onapp::product::ordered::Ordered;
use crate::module::onapp::tables::text;
use crate::module::{Env, Report};
use crate::time::Instant;
use crate::view::{Action, Button, Column, Fact, Link, Notice, Section, Tone, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const PAGE: &str = "upgrade";

/// What the page shows of the VM.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Safety {
    disks: Vec<Shown>,
    /// Of the first disk.
    last: Option<Instant>,
}

/// The page.
pub(crate) async fn upgrade(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, PAGE).await?;
    offered(
        &service,
        service.product.option_upgrades || service.product.package_upgrades,
    )?;
    let record = Record::of(&host, &service).await?;
    let mut sections = Vec::new();
    sections.extend(ordered(&host, &service));
    let mut notices = vec![Notice::new(
        Tone::Warning,
        Words::new(
            "upgrade.advice",
            "Please take a backup before you change what you have ordered. Memory, CPU and disk may restart the virtual \
             machine. A disk can grow and never shrink, and another template means a new installation.",
        ),
    )];
    if matches!(text(&record.row, "state"), Some("changing" | "settling")) {
        let text = Words::new("upgrade.under_way", "What you ordered last is still being applied.");
        notices.push(Notice::new(Tone::Info, text));
    }
    if record.vm_id.is_some() && !record.is_deleting() {
        let read = read(&host, &env, &input, &service).await;
        let (parts, told) = part::or_last(&host, &service, PAGE, read).await?;
        notices.extend(told);
        if let Some(parts) = &parts {
            sections.push(safety(parts, &Clock::of(&host).await?));
        }
    }
    sections.push(ways(&service));
    let mut page = part::page(PAGE, Words::new("upgrade.title", "Upgrade"), notices, None);
    page = part::offer_upgrade(page, &service);
    for section in &mut page.sections {
        if let Section::Links { links, .. } = section {
            links.iter_mut().for_each(|link| link.current = link.action == PAGE);
        }
    }
    page.sections.extend(sections);
    Ok(json!({ "message": "read", "page": page }))
}

/// `onapp.upgrade_options` and `onapp.upgrade_package`: whether the host may send the client to its own page of that name.
pub(crate) async fn choose(host: Host, _env: Env, input: Value, way: &'static str) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, way).await?;
    let product = &service.product;
    offered(
        &service,
        match way {
            "upgrade_options" => product.option_upgrades,
            _ => product.package_upgrades,
        },
    )?;
    Ok(json!({ "message": "The product has that upgrade." }))
}

fn offered(service: &Service, is: bool) -> Result<(), Failure> {
    if is {
        return Ok(());
    }
    Err(Failure::new(
        Class::ConfigRefused,
        "onapp.no_upgrades",
        format!("The product \"{}\" has no such upgrades.", service.product.name),
        "Nothing was changed.",
        "Allow them on the Upgrades tab of the product.",
    ))
}

async fn read(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<Parts<Safety>, Failure> {
    let (place, seen) = part::look(host, env, input, service).await?;
    let disks = place
        .ask(&seen, |panel| panel.disks(place.vm_id))
        .map_err(|e| refusal("The disks could not be read", &e))?
        .unwrap_or_default();
    let found = place
        .ask(&seen, |panel| panel.backups(place.vm_id))
        .map_err(|e| refusal("The backups could not be read", &e))?
        .unwrap_or_default();
    let last = backups::last(&found, disks::first(&disks));
    let disks = Parts {
        vm_id: place.vm_id,
        state: crate::module::onapp::page::state::State::of(&seen.vm),
        parts: disks.iter().map(Shown::from).collect::<Vec<_>>(),
    };
    // The button's disk must be one that the service was shown.
    shown::keep(host, &service.id, disks::PAGE, &disks).await;
    Ok(Parts {
        vm_id: disks.vm_id,
        state: disks.state,
        parts: Safety {
            disks: disks.parts,
            last,
        },
    })
}

/// What is ordered now; nothing where the product's settings cannot be read, which is for staff to see.
fn ordered(host: &Host, service: &Service) -> Option<Section> {
    let read = ProductOptions::read(&service.product.options)
        .and_then(|options| Ordered::of_existing(&options, &service.options));
    let ordered = match read {
        Ok(ordered) => ordered,
        Err(failure) => {
            host.log("info", &failure.code, failure.to_string());
            return None;
        }
    };
    let line = |resource, ordered| Fact::new(name(resource), value(resource, ordered));
    let mut facts: Vec<Fact> = vec![
        line(Resource::Memory, ordered.memory_mb),
        line(Resource::Cpus, ordered.cpus),
        line(Resource::CpuShares, ordered.cpu_shares),
        line(Resource::Disk, ordered.disk_gb),
        line(Resource::PortSpeed, ordered.port_speed),
        line(Resource::Addresses, ordered.addresses),
    ];
    facts.extend(service.options.iter().filter_map(chosen));
    Some(Section::Facts {
        heading: Words::new("upgrade.ordered", "Ordered now"),
        facts,
    })
}

/// What was chosen of an option, in the words that the client read; nothing of a yes/no.
fn chosen(option: &ChosenOption) -> Option<Fact> {
    let name = match option.label.as_str() {
        "" => option.name.as_str(),
        label => label,
    };
    let choice = match option.kind.as_str() {
        "quantity" => option.quantity.as_str(),
        _ => option
            .choice
            .split_once('|')
            .map_or(option.choice.as_str(), |(_, read)| read),
    };
    (!choice.is_empty()).then(|| Fact::new(Words::raw(name), Words::raw(choice)))
}

fn safety(parts: &Parts<Safety>, clock: &Clock) -> Section {
    let column = |code, label, number| Column {
        label: Words::new(code, label),
        number,
    };
    let primary = parts.parts.disks.iter().filter(|disk| disk.primary && !disk.swap);
    let items = primary.map(|disk| {
        let button = Button {
            action: Action {
                name: "take_backup",
                label: Words::new("backup.take", "Back up now"),
                confirm: None,
                blocked: None,
            },
            id: disk.id.to_string(),
            about: Words::with("disk.about", "disk {id}", [("id", disk.id.to_string())]),
        };
        let free = parts.is_free() && disk.built;
        part::item(
            vec![
                Words::raw(disk.id.to_string()),
                Words::raw(disk.gigabytes.to_string()),
                last(parts.parts.last, clock),
            ],
            if free { vec![button] } else { Vec::new() },
        )
    });
    Section::Items {
        heading: Words::new("backup.title", "Backups"),
        columns: vec![
            column("disk.id", "Disk", false),
            column("disk.size", "Size (GB)", true),
            column("upgrade.last_backup", "Last backup", false),
        ],
        items: items.collect(),
        empty: Words::new("disk.empty", "It has no disks."),
    }
}

/// The ways to the host's own pages, which take the order.
fn ways(service: &Service) -> Section {
    let way = |action: &'static str, code, label| Link {
        action,
        label: Words::new(code, label),
        current: false,
    };
    let mut links = Vec::new();
    if service.product.option_upgrades {
        links.push(way("upgrade_options", "upgrade.options", "Choose other options"));
    }
    if service.product.package_upgrades {
        links.push(way("upgrade_package", "upgrade.package", "Change to another product"));
    }
    Section::Links {
        heading: Words::new("upgrade.ways", "What can be changed"),
        links,
    }
}
