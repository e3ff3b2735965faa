//! `onapp.collect`: hourly usage of every metered interface, from its watermark on with an overlap (decision 14). Which services
//! are read, and of which interfaces; how one interface is read is `interface`.
//!
//! Readings and watermark move in one transaction, and only after an answer that covered the hours. An idle hour has no
//! row at OnApp and is zero; an hour that could not be asked is not covered. A reading of a period that is planned
//! already marks that period, and the next bill corrects it.

use super::clocks::{here, was_ahead};
use super::interface::{read_nic, window};
use super::resource::{close_all, is_of, new_resources, reopen, resource, resource_prefix, resources, watermark};
use crate::host::{Class, Failure, Host, Outcome, Row, Where, is};
use crate::module::common::once::first_today;
use crate::module::common::pages::Pages;
use crate::module::common::refusal::refusal;
use crate::module::common::verb::read;
use crate::module::onapp::server::panels::Panels;
use crate::module::onapp::service::settle::was_settled;
use crate::module::onapp::service::vm;
use crate::module::onapp::tables::{MODULE, SERVICES, ensure, must, number, text};
use crate::module::onapp::takeover::take_over;
use crate::module::{Env, Report};
use crate::panel::onapp::Panel;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The states of a service whose VM is metered. One that is `settling` is if it was settled before: a new package lacks
/// addresses.
pub(crate) const METERED: [&str; 3] = ["ready", "changing", "settling"];

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    server_id: String,
}

/// Collects the usage of all services, or of one server's.
pub(crate) async fn collect(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input, &["server_id"])?;
    ensure(&host).await?;
    let mut failed = take_over(&host).await?;
    let mut panels = Panels::new(env);
    let (mut done, mut hours) = (0u64, 0u64);
    let mut pages = metered(&input.server_id);
    while let Some(page) = pages.next(&host).await? {
        for service in &page {
            match collect_one(&host, &mut panels, service).await {
                Ok(Collected::Nothing) => {}
                Ok(Collected::Read(got)) => {
                    done = done.saturating_add(1);
                    hours = hours.saturating_add(got.hours);
                }
                Ok(Collected::NoPanel) => failed = failed.saturating_add(1),
                Err(failure) => {
                    failed = failed.saturating_add(1);
                    let named = |name: &str| text(service, name).unwrap_or_default();
                    let (server_id, service_id) = (named("server_id"), named("service_id"));
                    tell(&host, &mut panels, server_id, service_id, &failure).await?;
                }
            }
        }
    }
    panels.compare_clocks(&host).await?;
    let message = format!("{done} services read, {hours} hours new or changed, {failed} failed.");
    Ok(json!({ "message": message, "services": done, "hours": hours, "failed": failed }))
}

/// What came of one service in a run.
enum Collected {
    /// It has no VM to meter.
    Nothing,
    /// Its server cannot be used in this run, which has been told.
    NoPanel,
    /// It was read.
    Read(Got),
}

async fn collect_one(host: &Host, panels: &mut Panels, service: &Row) -> Result<Collected, Failure> {
    if !is_metered(host, service).await? {
        return Ok(Collected::Nothing);
    }
    let service_id = must(service, &SERVICES, "service_id")?;
    let server_id = must(service, &SERVICES, "server_id")?;
    let vm_id: u64 = number(service, &SERVICES, "vm_id")?;
    let Some(panel) = panels.get(host, server_id).await? else {
        return Ok(Collected::NoPanel);
    };
    let got = read_service(host, &panel, server_id, service, service_id, vm_id, Mode::Regular).await?;
    Ok(Collected::Read(got))
}

/// Whether a service has a VM to meter.
async fn is_metered(host: &Host, service: &Row) -> Result<bool, Failure> {
    match text(service, "state") {
        _ if text(service, "vm_id").is_none() => Ok(false),
        Some("settling") => was_settled(host, service).await,
        state => Ok(state.is_some_and(|state| METERED.contains(&state))),
    }
}

/// Services that may have a VM to meter.
fn metered(server_id: &str) -> Pages {
    let mut conditions = vec![
        is("module", "=", MODULE),
        Where {
            column: "state".into(),
            test: "in".into(),
            values: METERED.map(Into::into).to_vec(),
        },
        Where {
            column: "vm_id".into(),
            test: "not_null".into(),
            values: vec![],
        },
    ];
    if !server_id.is_empty() {
        conditions.push(is("server_id", "=", server_id));
    }
    Pages::of(&SERVICES, "service_id", conditions)
}

/// How a service is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By a cron: the youngest hour waits until its rows are surely there.
    Regular,
    /// Before a delete: everything that is there, now; nothing can be read afterwards.
    Last,
}

/// What one reading of a service came to.
#[derive(Default)]
pub(crate) struct Got {
    /// Hours that are new or changed.
    pub(crate) hours: u64,
    /// Another runner wrote at the same time, so that not everything was stored.
    pub(crate) torn: bool,
}

/// Reads a service's usage once more before its VM is deleted: all of it is stored, or this fails.
pub(crate) async fn read_last(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    service: &Row,
    service_id: &str,
    vm_id: u64,
) -> Result<(), Failure> {
    for _ in 0..5 {
        if !read_service(host, panel, server_id, service, service_id, vm_id, Mode::Last)
            .await?
            .torn
        {
            return Ok(());
        }
    }
    Err(Failure::new(
        Class::Busy,
        "onapp.read_busy",
        format!("The traffic of VM {vm_id} is being read by a cron at this moment."),
        "Nothing was deleted.",
        "Try again in a minute.",
    ))
}

/// Reads a service once more whose hours are missing, before a bill names them as missing: what another run was about to
/// read, or was cut off from reading, is no gap. False when nothing can be read now. A dry run only asks whether it can.
pub(crate) async fn read_again(
    host: &Host,
    panels: &mut Panels,
    service: &Row,
    dry_run: bool,
) -> Result<bool, Failure> {
    if !is_metered(host, service).await? {
        return Ok(false);
    }
    let service_id = must(service, &SERVICES, "service_id")?;
    let server_id = must(service, &SERVICES, "server_id")?;
    let vm_id: u64 = number(service, &SERVICES, "vm_id")?;
    let Some(panel) = panels.get(host, server_id).await? else {
        return Ok(false);
    };
    if dry_run {
        return Ok(panel.nics(vm_id).is_ok_and(|found| found.is_some()));
    }
    match read_service(host, &panel, server_id, service, service_id, vm_id, Mode::Regular).await {
        Ok(_) => Ok(true),
        Err(failure) if matches!(failure.class, Class::Internal | Class::Host) => Err(failure),
        Err(failure) => {
            tell(host, panels, server_id, service_id, &failure).await?;
            Ok(false)
        }
    }
}

/// Tells staff why a service was not read; what only they can change, once a day.
async fn tell(
    host: &Host,
    panels: &mut Panels,
    server_id: &str,
    service_id: &str,
    failure: &Failure,
) -> Result<(), Failure> {
    let code = failure.code.as_str();
    let is_news = !(matches!(code, "onapp.vm_not_ours" | "onapp.other_panel") || code.starts_with("onapp.take_over_"));
    if is_news || first_today(host, &format!("not_ours.{service_id}")).await? {
        panels.failed(host, server_id, service_id, failure).await?;
    }
    Ok(())
}

async fn read_service(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    service: &Row,
    service_id: &str,
    vm_id: u64,
    mode: Mode,
) -> Result<Got, Failure> {
    let known = resources(host, service_id).await?;
    if mode == Mode::Regular && up_to_date(host, &known)? {
        return Ok(Got::default()); // An earlier answer covered everything that can be there by now.
    }
    let found = panel
        .nics(vm_id)
        .map_err(|e| refusal(&format!("The interfaces of VM {vm_id} could not be listed"), &e))?;
    let here: Vec<String> = found
        .iter()
        .flatten()
        .map(|nic| resource(service_id, vm_id, nic.id))
        .collect();
    if found.is_none() && vm::whose(host, panel, service, vm_id).await?.is_some() {
        return Err(unlisted(vm_id));
    }
    if mode == Mode::Regular && found.is_some() {
        let open = known
            .iter()
            .filter(|row| text(row, "server_id") == Some(server_id) && text(row, "closed_at").is_none())
            .filter_map(|row| text(row, "resource"));
        let changed = open.collect::<BTreeSet<_>>() != here.iter().map(String::as_str).collect();
        vm::confirm(host, panel, service, vm_id, changed).await?;
    }
    let Some(nics) = found else {
        // Asked as the server's own user, so this is the panel's word that the VM is gone.
        let note = "the VM was deleted at OnApp before these hours were read";
        let prefix = resource_prefix(service_id, vm_id);
        close_all(host, service_id, |row| is_of(row, &prefix), note).await?;
        if first_today(host, &format!("gone.{service_id}")).await? {
            let sentence = format!(
                "VM {vm_id} of service {service_id} is not at OnApp any more. Terminate the service for its final bill, or \
                 press Create for a new VM."
            );
            host.log("warning", "onapp.vm_gone", sentence);
        }
        return Ok(Got::default());
    };
    let mut added = new_resources(host, service, service_id, server_id, vm_id, &nics).await?;
    if !added.is_empty() {
        added.extend(crate::module::onapp::billing::cursor::hold_cursor(host, service_id).await?);
        if host.apply(added).await? == Outcome::Conflict {
            return Ok(Got { hours: 0, torn: true }); // Another runner is at it.
        }
    }
    let note = "the interface was removed at OnApp before these hours were read";
    let of_server = |row: &Row| text(row, "server_id") == Some(server_id);
    let listed = |row: &Row| here.iter().any(|name| text(row, "resource") == Some(name));
    close_all(host, service_id, |row| of_server(row) && !listed(row), note).await?;
    // There may be a machine with the same ids on a server that the service had before.
    let note = "the service has its VM on another server now, and these hours were not read before";
    close_all(host, service_id, |row| !of_server(row), note).await?;
    let mut got = Got::default();
    for mut open in resources(host, service_id).await? {
        // A service that was made anew on another server may have the same ids there.
        let of_server = text(&open, "server_id") == Some(server_id);
        let Some(nic) = nics
            .iter()
            .find(|nic| of_server && text(&open, "resource") == Some(&resource(service_id, vm_id, nic.id)))
        else {
            continue;
        };
        if text(&open, "closed_at").is_some() && !reopen(host, &mut open).await? {
            got.torn = true;
            continue;
        }
        let read = read_nic(host, panel, &open, vm_id, nic.id, mode).await?;
        got.hours = got.hours.saturating_add(read.hours);
        got.torn |= read.torn;
    }
    Ok(got)
}

/// A list of interfaces that is not there, of a VM that is: nothing was read, and nothing is gone.
pub(crate) fn unlisted(vm_id: u64) -> Failure {
    Failure::new(
        Class::PanelData,
        "onapp.interfaces_missing",
        format!("OnApp has VM {vm_id}, and says that its interfaces are not there."),
        "Its traffic was not read, and nothing was changed.",
        "Look at the VM's networking in the control panel, and at the permission network_interfaces.read of the server's \
         user; then try again.",
    )
}

/// True when no open resource can have an hour that is not covered yet.
fn up_to_date(host: &Host, known: &[Row]) -> Result<bool, Failure> {
    let mut open = 0u32;
    for resource in known.iter().filter(|row| text(row, "closed_at").is_none()) {
        open = open.saturating_add(1);
        let mark = watermark(resource)?;
        if was_ahead(&mark, here(host)) || window(host.now(), &mark, Mode::Regular)?.is_some() {
            return Ok(false);
        }
    }
    Ok(open > 0)
}
