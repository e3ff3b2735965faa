//! `onapp.backups`: the backups of a VM, taken (`onapp.take_backup`), restored and deleted. A panel that is set to
//! incremental backups takes one of the whole VM in place of a disk's.

use super::disks;
use crate::host::{Class, Failure, Host, Row, Service};
use crate::module::common::refusal::refusal;
use crate::module::onapp::page::clock::Clock;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::part::{self, Parts, Ready};
use crate::module::onapp::page::shown;
use crate::module::onapp::page::state::State;
use crate::module::{Env, Report};
use crate::panel::onapp::Backup;
use crate::time::Instant;
use crate::view::{Action, Button, Column, Section, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const PAGE: &str = "backups";

/// A backup as it was shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shown {
    id: u64,
    disk: Option<u64>,
    kind: String,
    kilobytes: Option<u64>,
    /// It is there, and nothing works on it.
    built: bool,
    /// It is there, and something works on it.
    #[serde(default)]
    busy: bool,
    at: Option<Instant>,
}

impl From<&Backup> for Shown {
    fn from(backup: &Backup) -> Self {
        Self {
            id: backup.id,
            disk: backup.disk_id,
            kind: backup.kind.clone(),
            kilobytes: backup.size_kb,
            built: backup.built && !backup.locked,
            busy: backup.built && backup.locked,
            at: backup.created_at,
        }
    }
}

/// The page.
pub(crate) async fn backups(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, PAGE).await?;
    let read = read(&host, &env, &input, &service).await;
    let (parts, notices) = part::or_last(&host, &service, PAGE, read).await?;
    let clock = Clock::of(&host).await?;
    let title = Words::new("backup.title", "Backups");
    let table = parts.as_ref().map(|parts| table(parts, &clock));
    let page = part::offer_upgrade(part::page(PAGE, title, notices, table), &service);
    Ok(json!({ "message": "read", "page": page }))
}

async fn read(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<Parts<Vec<Shown>>, Failure> {
    let (place, seen) = part::look(host, env, input, service).await?;
    let mut backups = place
        .ask(&seen, |panel| panel.backups(place.vm_id))
        .map_err(|e| refusal("The backups could not be read", &e))?
        .unwrap_or_default();
    backups.sort_by_key(|backup| std::cmp::Reverse((backup.created_at, backup.id)));
    Ok(Parts {
        vm_id: place.vm_id,
        state: State::of(&seen.vm),
        parts: backups.iter().map(Shown::from).collect(),
    })
}

fn table(parts: &Parts<Vec<Shown>>, clock: &Clock) -> Section {
    let column = |code, label, number| Column {
        label: Words::new(code, label),
        number,
    };
    let items = parts.parts.iter().map(|backup| {
        let state = if backup.built {
            Words::new("backup.built", "Ready")
        } else if backup.busy {
            Words::new("backup.busy", "Being restored or deleted")
        } else {
            Words::new("backup.pending", "Being made")
        };
        // The panel's kilobytes in whole MB, rounded up; meaningless before it is built.
        let size = backup
            .kilobytes
            .filter(|_| backup.built || backup.busy)
            .map(|kb| kb.div_ceil(1024).to_string());
        part::item(
            vec![
                Words::raw(backup.at.map(|at| clock.show(at)).unwrap_or_default()),
                Words::raw(backup.disk.map(|disk| disk.to_string()).unwrap_or_default()),
                state,
                Words::raw(size.unwrap_or_default()),
                Words::raw(backup.kind.as_str()),
            ],
            if parts.is_free() && backup.built {
                buttons(backup.id)
            } else {
                Vec::new()
            },
        )
    });
    Section::Items {
        heading: Words::new("backup.title", "Backups"),
        columns: vec![
            column("backup.at", "Date", false),
            column("disk.id", "Disk", false),
            column("backup.state", "State", false),
            column("backup.size", "Size (MB)", true),
            column("backup.kind", "Kind", false),
        ],
        items: items.collect(),
        empty: Words::new(
            "backup.empty",
            "There are no backups yet. One is taken on the page Disks.",
        ),
    }
}

fn buttons(id: u64) -> Vec<Button> {
    let button = |name, label, confirm| Button {
        action: Action {
            name,
            label,
            confirm: Some(confirm),
            blocked: None,
        },
        id: id.to_string(),
        about: Words::with("backup.about", "backup {id}", [("id", id.to_string())]),
    };
    vec![
        button(
            "restore_backup",
            Words::new("backup.restore", "Restore"),
            Words::new(
                "backup.restore_sure",
                "The disk becomes what it was at the moment of the backup: EVERYTHING written since then is lost. Restore it?",
            ),
        ),
        button(
            "delete_backup",
            Words::new("backup.delete", "Delete"),
            Words::new(
                "backup.delete_sure",
                "The backup is deleted and cannot be had back. Delete it?",
            ),
        ),
    ]
}

/// The backup of the request, if the service's page showed it as one that is there.
async fn wanted(host: &Host, input: &Input, service: &Service) -> Result<u64, Failure> {
    let kept: Option<Parts<Vec<Shown>>> = part::kept(host, service, PAGE).await?;
    let id = input.sent("id");
    kept.and_then(|kept| kept.parts.into_iter().find(|b| b.built && b.id.to_string() == id))
        .map(|backup| backup.id)
        .ok_or_else(|| shown::not_shown("backup"))
}

/// Takes a backup of a disk.
pub(crate) async fn take(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "take_backup").await?;
    // The button of staff names no disk.
    let named = match input.caller.is_client() || !input.sent("id").is_empty() {
        true => Some(disks::wanted(&host, &input, &service).await?),
        false => None,
    };
    let mut ready = part::begin(&host, &env, &input, &service, "take_backup").await?;
    let done = match named.map_or_else(|| primary(&ready), Ok) {
        Ok(disk) => taken(&host, &mut ready, disk).await.map(|()| disk),
        Err(failure) => Err(failure),
    };
    let disk = ready.svc.finish(&host, done).await?;
    Ok(json!({ "message": format!("A backup of disk {disk} is being taken.") }))
}

/// The disk that the VM starts from.
fn primary(ready: &Ready) -> Result<u64, Failure> {
    let disks = ready
        .place
        .either(|panel| panel.disks(ready.place.vm_id))
        .map_err(|e| refusal("The disks could not be read", &e))?
        .unwrap_or_default();
    disks::first(&disks).ok_or_else(|| shown::not_shown("disk"))
}

/// When the last backup of a disk that can be restored was taken: of that disk, or of the whole machine.
pub(crate) fn last(backups: &[Backup], disk: Option<u64>) -> Option<Instant> {
    let of_disk = |backup: &Backup| backup.disk_id.is_none() || backup.disk_id == disk;
    let whole = backups
        .iter()
        .filter(|backup| backup.built && !backup.locked && of_disk(backup));
    whole.filter_map(|backup| backup.created_at).max()
}

async fn taken(host: &Host, ready: &mut Ready, disk: u64) -> Result<(), Failure> {
    let what = format!("OnApp did not take a backup of disk {disk}");
    let vm_id = ready.place.vm_id;
    let (place, seen, svc) = (&ready.place, &ready.seen, &mut ready.svc);
    let refused = match place
        .change(host, svc, seen, &what, |panel| panel.take_disk_backup(disk, None))
        .await
    {
        Err(failure) if failure.class == Class::PanelRefused => failure,
        other => return other.map(drop),
    };
    // A panel that takes incremental backups refuses one of a disk; a new step, because a refusal changed nothing.
    svc.save(host, Row::new(), vec![]).await?;
    match place
        .change(host, svc, seen, &what, |panel| panel.take_vm_backup(vm_id, None))
        .await
    {
        Err(failure) if failure.class == Class::PanelRefused => Err(refused),
        other => other.map(drop),
    }
}

/// Restores a backup.
pub(crate) async fn restore(host: Host, env: Env, input: Value) -> Report {
    work(host, env, input, "restore_backup").await
}

/// Deletes a backup.
pub(crate) async fn delete(host: Host, env: Env, input: Value) -> Report {
    work(host, env, input, "delete_backup").await
}

async fn work(host: Host, env: Env, input: Value, job: &'static str) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, job).await?;
    let backup = wanted(&host, &input, &service).await?;
    let mut ready = part::begin(&host, &env, &input, &service, job).await?;
    let restores = job == "restore_backup";
    let word = if restores { "restore" } else { "delete" };
    let what = format!("OnApp did not {word} backup {backup}");
    let done = ready
        .place
        .change(&host, &mut ready.svc, &ready.seen, &what, |panel| {
            if restores {
                panel.restore_backup(backup)
            } else {
                panel.delete_backup(backup)
            }
        })
        .await;
    ready.svc.finish(&host, done).await?;
    let doing = if restores { "restored" } else { "deleted" };
    Ok(json!({ "message": format!("Backup {backup} is being {doing}.") }))
}
