//! Working on a part of a VM, such as a disk or a backup: the id must stand on the page that the service showed last, the VM
//! must be free, and the claim is given back however it ends.

use super::clock::Clock;
use super::input::Input;
use super::look::{Place, Record, Seen, gone};
use super::shown;
use super::state::{State, Verb};
use crate::host::{Failure, Host, Service};
use crate::module::Env;
use crate::module::common::claim::{Claimed, claim};
use crate::module::onapp::tables::MODULE;
use crate::time::Instant;
use crate::view::{Button, Item, Link, Notice, Page, Section, Tone, Words};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a page showed of a VM's parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Parts<T> {
    pub(super) vm_id: u64,
    pub(super) state: State,
    pub(super) parts: T,
}

/// A claimed service with a VM that is free, looked at a moment ago.
pub(super) struct Ready {
    pub(super) place: Place,
    pub(super) seen: Seen,
    pub(super) svc: Claimed,
}

/// What the page showed last of the service's VM. Nothing of another VM counts.
pub(super) async fn kept<T: DeserializeOwned>(
    host: &Host,
    service: &Service,
    page: &str,
) -> Result<Option<Parts<T>>, Failure> {
    let vm_id = Record::of(host, service).await?.vm()?;
    let last = last(host, service, page, Some(vm_id)).await?;
    Ok(last.map(|(parts, _)| parts))
}

async fn last<T: DeserializeOwned>(
    host: &Host,
    service: &Service,
    page: &str,
    vm_id: Option<u64>,
) -> Result<Option<(Parts<T>, Instant)>, Failure> {
    let last: Option<(Parts<T>, Instant)> = shown::last(host, &service.id, page).await?;
    Ok(last.filter(|(parts, _)| Some(parts.vm_id) == vm_id))
}

/// Claims the service and looks at its VM, which must be built and neither busy nor suspended.
pub(super) async fn begin(
    host: &Host,
    env: &Env,
    input: &Input,
    service: &Service,
    job: &str,
) -> Result<Ready, Failure> {
    let record = Record::of(host, service).await?;
    let vm_id = record.vm()?;
    let place = Place::open(host, env, input, &record, vm_id).await?;
    let svc = claim(host, MODULE, input.id(), job).await?;
    match free(host, input, &place).await {
        Ok(seen) => Ok(Ready { place, seen, svc }),
        Err(failure) => svc.finish(host, Err(failure)).await,
    }
}

async fn free(host: &Host, input: &Input, place: &Place) -> Result<Seen, Failure> {
    let seen = place.look(host, input.caller.is_client()).await?.ok_or_else(gone)?;
    let state = State::of(&seen.vm);
    if !matches!(state, State::Running | State::Stopped) {
        // What holds for installing anew holds for every part: not while it is busy, suspended or unbuilt.
        Verb::Rebuild.check(state)?;
    }
    Ok(seen)
}

/// The service's VM as a page of its parts sees it.
pub(super) async fn look(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<(Place, Seen), Failure> {
    let record = Record::of(host, service).await?;
    let vm_id = record.vm()?;
    let place = Place::open(host, env, input, &record, vm_id).await?;
    let seen = place.look(host, input.caller.is_client()).await?.ok_or_else(gone)?;
    Ok((place, seen))
}

/// A page whose panel does not answer shows what it showed last, with its moment and without buttons; one that never showed
/// anything of this VM says so. A refusal that is not about reaching the panel stays one.
pub(super) async fn or_last<T: DeserializeOwned + Serialize>(
    host: &Host,
    service: &Service,
    page: &str,
    read: Result<Parts<T>, Failure>,
) -> Result<(Option<Parts<T>>, Vec<Notice>), Failure> {
    match read {
        Ok(parts) => {
            shown::keep(host, &service.id, page, &parts).await;
            let wait = parts.state.wait().map(|text| Notice::new(Tone::Info, text));
            Ok((Some(parts), wait.into_iter().collect()))
        }
        Err(failure) => {
            if failure.code.starts_with("onapp.no_vm") || failure.code == "onapp.still_deleting" {
                return Err(failure);
            }
            host.log("info", &failure.code, failure.to_string());
            let clock = Clock::of(host).await?;
            let vm_id = Record::of(host, service).await?.vm_id;
            Ok(match last(host, service, page, vm_id).await? {
                Some((parts, at)) => {
                    let text = Words::with(
                        "vm.last_known",
                        "The virtual machine's details cannot be read at the moment. These are from {at}.",
                        [("at", clock.show(at))],
                    );
                    let locked = Parts {
                        state: State::Locked,
                        ..parts
                    };
                    (Some(locked), vec![Notice::new(Tone::Warning, text)])
                }
                None => {
                    let text = Words::new(
                        "vm.unavailable",
                        "The virtual machine's details are not available at the moment. Please try again later.",
                    );
                    (None, vec![Notice::new(Tone::Warning, text)])
                }
            })
        }
    }
}

impl<T> Parts<T> {
    /// Whether its parts can be worked on.
    pub(super) fn is_free(&self) -> bool {
        matches!(self.state, State::Running | State::Stopped)
    }
}

/// The pages of a VM.
pub(super) fn links(current: &'static str) -> Section {
    let link = |action: &'static str, code, label| Link {
        action,
        label: Words::new(code, label),
        current: action == current,
    };
    Section::Links {
        heading: Words::new("vm.pages", "Pages of the virtual machine"),
        links: vec![
            link("", "vm.overview", "Overview"),
            link("disks", "disk.title", "Disks"),
            link("backups", "backup.title", "Backups"),
            link("addresses", "ip.title", "IP addresses"),
            link("firewall", "fw.title", "Firewall"),
            link("cpu", "cpu.title", "CPU usage"),
            link("bandwidth", "traffic.title", "Bandwidth"),
            link("machines", "list.title", "Your virtual machines"),
        ],
    }
}

/// A page of parts.
pub(super) fn page(
    current: &'static str,
    title: Words,
    notices: Vec<Notice>,
    tables: impl IntoIterator<Item = Section>,
) -> Page {
    let mut sections = vec![links(current)];
    sections.extend(tables);
    Page {
        title,
        notices,
        sections,
        actions: Vec::new(),
    }
}

/// Beside the other pages, the one for upgrades, where the product allows them.
pub(super) fn offer_upgrade(mut page: Page, service: &Service) -> Page {
    if service.product.option_upgrades || service.product.package_upgrades {
        for section in &mut page.sections {
            if let Section::Links { links, .. } = section {
                links.push(Link {
                    action: "upgrade",
                    label: Words::new("upgrade.title", "Upgrade"),
                    current: false,
                });
            }
        }
    }
    page
}

/// A thing of the page's own service.
pub(super) fn item(cells: Vec<Words>, buttons: Vec<Button>) -> Item {
    Item {
        service: String::new(),
        cells,
        buttons,
    }
}
