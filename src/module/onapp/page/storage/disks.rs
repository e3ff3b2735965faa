//! `onapp.disks`: the disks of a VM, with automatic backups on and off (`onapp.autobackup_on`, `onapp.autobackup_off`) and a
//! backup taken now (`super::backups`).

use crate::host::{Failure, Host, Service};
use crate::module::common::refusal::refusal;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::part::{self, Parts};
use crate::module::onapp::page::shown;
use crate::module::{Env, Report};
use crate::panel::onapp::Disk;
use crate::view::{Action, Button, Column, Section, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) const PAGE: &str = "disks";

/// A disk as it was shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) id: u64,
    pub(crate) gigabytes: u64,
    pub(crate) primary: bool,
    pub(crate) swap: bool,
    pub(crate) built: bool,
    automatic: bool,
}

impl From<&Disk> for Shown {
    fn from(disk: &Disk) -> Self {
        Self {
            id: disk.id,
            gigabytes: disk.size,
            primary: disk.primary,
            swap: disk.swap,
            built: disk.built && !disk.locked,
            automatic: disk.automatic_backups,
        }
    }
}

/// The page.
pub(crate) async fn disks(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, PAGE).await?;
    let read = read(&host, &env, &input, &service).await;
    let (parts, notices) = part::or_last(&host, &service, PAGE, read).await?;
    let title = Words::new("disk.title", "Disks");
    let page = part::page(PAGE, title, notices, parts.as_ref().map(table));
    let page = part::offer_upgrade(page, &service);
    Ok(json!({ "message": "read", "page": page }))
}

async fn read(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<Parts<Vec<Shown>>, Failure> {
    let (place, seen) = part::look(host, env, input, service).await?;
    let disks = place
        .ask(&seen, |panel| panel.disks(place.vm_id))
        .map_err(|e| refusal("The disks could not be read", &e))?
        .unwrap_or_default();
    Ok(Parts {
        vm_id: place.vm_id,
        state: crate::module::onapp::page::state::State::of(&seen.vm),
        parts: disks.iter().map(Shown::from).collect(),
    })
}

fn table(parts: &Parts<Vec<Shown>>) -> Section {
    let column = |code, label, number| Column {
        label: Words::new(code, label),
        number,
    };
    let items = parts.parts.iter().map(|disk| {
        let kind = match (disk.primary, disk.swap) {
            (true, _) => Words::new("disk.primary", "Primary"),
            (_, true) => Words::new("disk.swap", "Swap"),
            _ => Words::new("disk.standard", "Further"),
        };
        let automatic = match (disk.swap, disk.automatic) {
            (true, _) => Words::new("disk.never", "Never"),
            (_, true) => Words::new("disk.on", "On"),
            _ => Words::new("disk.off", "Off"),
        };
        let usable = parts.is_free() && disk.built && !disk.swap;
        part::item(
            vec![
                Words::raw(disk.id.to_string()),
                Words::raw(disk.gigabytes.to_string()),
                kind,
                automatic,
            ],
            if usable { buttons(disk) } else { Vec::new() },
        )
    });
    Section::Items {
        heading: Words::new("disk.title", "Disks"),
        columns: vec![
            column("disk.id", "Disk", false),
            column("disk.size", "Size (GB)", true),
            column("disk.kind", "Use", false),
            column("disk.automatic", "Automatic backups", false),
        ],
        items: items.collect(),
        empty: Words::new("disk.empty", "It has no disks."),
    }
}

fn buttons(disk: &Shown) -> Vec<Button> {
    let button = |name, label| Button {
        action: Action {
            name,
            label,
            confirm: None,
            blocked: None,
        },
        id: disk.id.to_string(),
        about: Words::with("disk.about", "disk {id}", [("id", disk.id.to_string())]),
    };
    let switch = if disk.automatic {
        button("autobackup_off", Words::new("disk.turn_off", "Automatic backups off"))
    } else {
        button("autobackup_on", Words::new("disk.turn_on", "Automatic backups on"))
    };
    vec![switch, button("take_backup", Words::new("backup.take", "Back up now"))]
}

/// The disk that the VM starts from.
pub(crate) fn first(disks: &[Disk]) -> Option<u64> {
    let first = disks.iter().find(|disk| disk.primary && !disk.swap);
    first.map(|disk| disk.id)
}

/// The disk of the request, if the service's page showed it; never the swap disk.
pub(crate) async fn wanted(host: &Host, input: &Input, service: &Service) -> Result<u64, Failure> {
    let kept: Option<Parts<Vec<Shown>>> = part::kept(host, service, PAGE).await?;
    let id = input.sent("id");
    kept.and_then(|kept| {
        kept.parts
            .into_iter()
            .find(|disk| !disk.swap && disk.id.to_string() == id)
    })
    .map(|disk| disk.id)
    .ok_or_else(|| shown::not_shown("disk"))
}

/// Switches automatic backups of a disk.
pub(crate) async fn automatic(host: Host, env: Env, input: Value, on: bool) -> Report {
    let job = if on { "autobackup_on" } else { "autobackup_off" };
    let input = Input::read(input)?;
    let service = input.allowed(&host, job).await?;
    let disk = wanted(&host, &input, &service).await?;
    let mut ready = part::begin(&host, &env, &input, &service, job).await?;
    let what = format!("OnApp did not switch the automatic backups of disk {disk}");
    let done = ready
        .place
        .change(&host, &mut ready.svc, &ready.seen, &what, |panel| {
            panel.set_automatic_backups(disk, on)
        })
        .await;
    ready.svc.finish(&host, done).await?;
    let word = if on { "on" } else { "off" };
    Ok(json!({ "message": format!("Automatic backups of disk {disk} are {word}.") }))
}
