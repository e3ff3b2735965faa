//! `onapp.collect`: hourly usage of every metered interface, from its watermark on with an overlap (decision 14).
//!
//! Readings and watermark move in one transaction, and only after an answer that covered the hours. An idle hour has no
//! row at OnApp and is zero; an hour that could not be asked is not covered. A reading of a period that is planned
//! already marks that period, and the next bill corrects it.

use crate::bill::{Bounds, check_reading};
use crate::host::{Cell, Change, Class, Failure, Host, Outcome, Row, Where, is};
use crate::meter::{Gap, KbSize, Reading, Watermark, Window};
use crate::module::common::once::first_today;
use crate::module::common::pages::Pages;
use crate::module::common::refusal::refusal;
use crate::module::common::verb::read;
use crate::module::onapp::server::panels::Panels;
use crate::module::onapp::service::settle::{new_resources, resource, resource_prefix, resources, was_settled};
use crate::module::onapp::service::terminate::{closing, resource_key};
use crate::module::onapp::service::vm;
use crate::module::onapp::tables::{
    MODULE, PERIODS, READINGS, RESOURCES, SERVICES, ensure, instant, must, number, row, stored, text,
};
use crate::module::onapp::takeover::take_over;
use crate::module::{Env, Report};
use crate::panel::onapp::{Panel, UsageRow};
use crate::time::{Instant, TimeError, hour_ceil, hour_floor};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Hours read again behind the watermark: rows lag, and late ones are corrected.
const OVERLAP: TimeDelta = TimeDelta::hours(3);
/// An hour counts as covered when it ended this long ago (reference: onapp-api.md 10.19).
pub(crate) const LAG: TimeDelta = TimeDelta::hours(1);
/// The states of a service whose VM is metered. One that is `settling` is if it was settled before: a new package lacks
/// addresses.
pub(crate) const METERED: [&str; 3] = ["ready", "changing", "settling"];
/// Readings written in one transaction.
const CHUNK: usize = 500;

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
enum Mode {
    /// By a cron: the youngest hour waits until its rows are surely there.
    Regular,
    /// Before a delete: everything that is there, now; nothing can be read afterwards.
    Last,
}

/// What one reading of a service came to.
#[derive(Default)]
struct Got {
    /// Hours that are new or changed.
    hours: u64,
    /// Another runner wrote at the same time, so that not everything was stored.
    torn: bool,
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

/// An interface that the panel lists again was never gone: its hours are read from where they were left.
/// False when another runner was faster.
async fn reopen(host: &Host, closed: &mut Row) -> Result<bool, Failure> {
    let change = Change::Update {
        table: RESOURCES.name,
        key: resource_key(closed)?,
        rev: must(closed, &RESOURCES, "rev")?.to_owned(),
        values: row([("closed_at", Cell::Null), ("note", Cell::Null)]),
    };
    if host.apply(vec![change]).await? == Outcome::Conflict {
        return Ok(false);
    }
    let name = text(closed, "resource").unwrap_or_default();
    host.log(
        "warning",
        "onapp.resource_back",
        format!("{name} is listed at OnApp again and is read on."),
    );
    let rev: u64 = number(closed, &RESOURCES, "rev")?;
    closed.extend(row([
        ("rev", rev.saturating_add(1).to_string().into()),
        ("closed_at", Cell::Null),
        ("note", Cell::Null),
    ]));
    Ok(true)
}

/// Does the resource's name begin so?
fn is_of(resource: &Row, prefix: &str) -> bool {
    text(resource, "resource").is_some_and(|name| name.starts_with(prefix))
}

/// Closes the open resources that `which` names, at the host's hour. Their unread hours become gaps on the bill.
async fn close_all(host: &Host, service_id: &str, which: impl Fn(&Row) -> bool, note: &str) -> Result<(), Failure> {
    let now = stored(floor(host.now())?);
    let mut changes = Vec::new();
    for open in resources(host, service_id).await? {
        if text(&open, "closed_at").is_none() && which(&open) {
            host.log(
                "warning",
                "onapp.resource_gone",
                format!("{}: {note}.", text(&open, "resource").unwrap_or_default()),
            );
            changes.push(closing(&open, &now, note)?);
        }
    }
    if !changes.is_empty() {
        host.apply(changes).await?;
    }
    Ok(())
}

/// The watermark of a resource's row.
pub(crate) fn watermark(resource: &Row) -> Result<Watermark, Failure> {
    let must_be = |name: &str| {
        instant(resource, &RESOURCES, name)?
            .ok_or_else(|| Failure::internal("onapp.resource_row", format!("A resource's row has no {name}.")))
    };
    Ok(Watermark {
        resource: must(resource, &RESOURCES, "resource")?.to_owned(),
        from: must_be("first_at")?,
        covered: Some(must_be("watermark")?),
        until: instant(resource, &RESOURCES, "closed_at")?,
    })
}

/// A moment that the calendar does not have.
pub(crate) fn unthinkable(e: TimeError) -> Failure {
    Failure::new(
        Class::BillingRefused,
        e.code(),
        format!("A moment or a date cannot be used: {e}."),
        "Nothing was billed.",
        "Check the server's clock, the service's registration date and the billing zone.",
    )
}

fn floor(at: Instant) -> Result<Instant, Failure> {
    hour_floor(at).map_err(unthinkable)
}

fn window(now: Instant, mark: &Watermark, mode: Mode) -> Result<Option<Window>, Failure> {
    let lag = if mode == Mode::Last { TimeDelta::zero() } else { LAG };
    mark.window(now, OVERLAP, lag).map_err(unthinkable)
}

/// The present, as far as every clock has come: an hour that the panel cannot have yet is neither zero nor covered. Panel
/// and host may be ahead together, with one source of time or one machine; the host's database then still knows.
fn present(host: &Host, panel: &Panel) -> Instant {
    let there = panel.client().panel_time().unwrap_or_else(|| host.clock());
    there.min(here(host))
}

/// The earlier of the host's two clocks. A database that is a day behind is itself wrong.
fn here(host: &Host) -> Instant {
    let (now, clock) = (host.now(), host.clock());
    if now - clock < TimeDelta::days(1) {
        now.min(clock)
    } else {
        now
    }
}

/// Was a resource read by clocks that were ahead? Then hours that had not come yet were taken for idle ones, and the last
/// month is read once more.
fn was_ahead(mark: &Watermark, present: Instant) -> bool {
    let ahead = |covered| covered > present.max(mark.from) && covered - present < TimeDelta::days(31);
    mark.covered.is_some_and(ahead)
}

/// The panel's clock, where it can be believed: no host is a month slow.
fn there(host: &Host, panel: &Panel) -> Option<Instant> {
    let there = panel.client().panel_time()?;
    (there - host.now() < TimeDelta::days(31)).then_some(there)
}

/// The later of the two clocks: no hour that the panel may have had is past it.
pub(crate) fn latest(host: &Host, panel: &Panel) -> Instant {
    there(host, panel).map_or(host.now(), |there| there.max(host.now()))
}

/// Reads one interface and stores what is new.
async fn read_nic(host: &Host, panel: &Panel, open: &Row, vm_id: u64, nic_id: u64, mode: Mode) -> Result<Got, Failure> {
    let mut mark = watermark(open)?;
    let mut lost = BTreeSet::new();
    let ahead = was_ahead(&mark, here(host));
    if ahead {
        let sentence = format!(
            "{} was read until {}, which has not come yet: the clocks were ahead. Its last 31 days are read again.",
            mark.resource,
            stored(mark.covered.unwrap_or(mark.from))
        );
        host.log("warning", "onapp.clock_was_ahead", sentence);
        mark.covered = Some((floor(here(host))? - TimeDelta::days(31)).max(mark.from));
    }
    if let Some(gap) = mark.lost(oldest_kept(present(host, panel))?) {
        let sentence = format!(
            "{}: OnApp no longer keeps the hours from {} to {}; they are named on the bill.",
            mark.resource, gap.start, gap.end
        );
        host.log("warning", "onapp.hours_lost", sentence);
        mark.covered = Some(gap.end);
        mark.from = mark.from.max(gap.end);
        lost.extend(hours_of(&gap));
    }
    let now = match mode {
        Mode::Regular => present(host, panel),
        // Either clock may be wrong, and what has a row now is gone after the deletion.
        Mode::Last => latest(host, panel),
    };
    let Some(window) = window(now, &mark, mode)? else {
        return Ok(Got::default());
    };
    let rows = panel.usage(vm_id, nic_id, window.start, window.end).map_err(|e| {
        refusal(
            &format!("The usage of interface {nic_id} of VM {vm_id} could not be read"),
            &e,
        )
    })?;
    let unplaced = rows.iter().filter(|row| row.hour.is_none()).count();
    let (readings, unusable) = usable(&mark.resource, &window, rows);
    let known = stored_readings(host, open, &window).await?;
    let before: BTreeSet<Instant> = lost_hours(open)?.iter().flat_map(hours_of).collect();
    let has_row = |hour: &Instant| readings.contains_key(hour) || unusable.contains_key(hour);
    let of_window: Vec<Instant> = hours_of(&Gap {
        resource: mark.resource.clone(),
        start: window.start,
        end: window.end,
    })
    .collect();
    // Rows without a readable time are of hours that have no other row. Those that are named already account for as many.
    let named = of_window.iter().filter(|hour| before.contains(*hour) && !has_row(hour));
    let unplaced = unplaced.saturating_sub(named.count());
    if unplaced > 0 {
        let silent: Vec<Instant> = of_window
            .iter()
            .filter(|hour| !has_row(hour) && !known.contains_key(*hour) && !before.contains(*hour))
            .copied()
            .collect();
        let (named, consequence) = without_time(unplaced, silent);
        lost.extend(named);
        if first_today(host, &format!("stamp.{}", mark.resource)).await? {
            let (name, start, end) = (&mark.resource, stored(window.start), stored(window.end));
            let sentence = format!(
                "{name}: {unplaced} rows of OnApp's answer for {start} to {end} have a time that cannot be read. {consequence} \
                 Look at the interface's statistics in the control panel."
            );
            host.log("error", "meter.unreadable_time", sentence);
        }
    }
    for (hour, (code, what)) in &unusable {
        if before.contains(hour) {
            continue; // Told already.
        }
        let (from, name) = (stored(*hour), &mark.resource);
        let consequence = if known.contains_key(hour) {
            "What was read of that hour before counts."
        } else {
            lost.insert(*hour);
            "That hour alone is left out and named on the bill, unless OnApp corrects it within three hours."
        };
        let sentence = format!(
            "{name}, the hour from {from}: {what}. {consequence} Look at the interface's statistics in the control panel."
        );
        host.log("error", code, sentence);
    }
    let changed: Vec<Reading> = readings
        .values()
        .filter(|r| known.get(&r.hour) != Some(&(r.sent_kb, r.received_kb)))
        .cloned()
        .collect();
    let end = match mode {
        Mode::Regular => window.end,
        // What the panel's clock has not reached is not covered; its rows, if there are any, count all the same.
        Mode::Last => {
            let ours = window.end.min(floor(host.now())?);
            let last = ours - TimeDelta::hours(1);
            // The hour that has just ended may not be listed yet: without a row it is not covered.
            let listed = known.contains_key(&last) || changed.iter().any(|r| r.hour == last);
            let covered = if listed { window.end } else { last };
            covered.min(floor(there(host, panel).unwrap_or(host.now()))?)
        }
    };
    let lost = lost_after(open, lost, |hour| {
        readings.contains_key(hour) || known.contains_key(hour)
    })?;
    let before = if ahead { mark.from } else { mark.covered.unwrap_or(end) };
    store(host, open, &changed, (before, end), &lost).await
}

/// The hours that so many rows without a readable time cost for certain, out of those that have no other row; and the words
/// for what that means. A row can be of one hour only, so where more are silent, most of them were idle.
fn without_time(rows: usize, silent: Vec<Instant>) -> (Vec<Instant>, String) {
    match silent.len() {
        0 => (silent, "Every hour of that time has a row of its own.".to_owned()),
        all if all <= rows => {
            let words = format!(
                "The {all} hours without another row are left out and named on the bill, unless OnApp corrects them within \
                 three hours."
            );
            (silent, words)
        }
        many => {
            let words = format!(
                "{many} hours have no other row: most were idle, and nobody can say which were not. They count as idle, \
                 unless OnApp corrects the rows within three hours."
            );
            (Vec::new(), words)
        }
    }
}

/// Hours that nobody can use, each with the code and the words for why.
type Unusable = BTreeMap<Instant, (&'static str, String)>;

/// The readings in an answer, and its hours that cannot be used: nobody guesses which of two figures is right.
fn usable(resource: &str, window: &Window, rows: Vec<UsageRow>) -> (BTreeMap<Instant, Reading>, Unusable) {
    let mut readings: BTreeMap<Instant, Reading> = BTreeMap::new();
    let mut unusable = Unusable::new();
    for usage in rows {
        let Some(hour) = usage.hour.filter(|hour| window.start <= *hour && *hour < window.end) else {
            continue;
        };
        let (Some(sent_kb), Some(received_kb)) = (usage.sent_kb, usage.received_kb) else {
            let name = if usage.sent_kb.is_none() {
                "data_sent"
            } else {
                "data_received"
            };
            let what = format!("OnApp's figure \"{name}\" is not a whole number");
            unusable.insert(hour, ("meter.unreadable_figure", what));
            continue;
        };
        let reading = Reading {
            resource: resource.to_owned(),
            hour,
            sent_kb,
            received_kb,
        };
        if let Err(e) = check_reading(&reading, KbSize::Binary1024, &Bounds::default()) {
            let what = format!("OnApp reports what no interface can carry: {e}");
            unusable.insert(hour, (e.code(), what));
            continue;
        }
        let figures = (reading.sent_kb, reading.received_kb);
        if let Some(other) = readings.insert(hour, reading)
            && (other.sent_kb, other.received_kb) != figures
        {
            let what = "OnApp reports two different figures".to_owned();
            unusable.insert(hour, ("meter.conflicting_readings", what));
        }
    }
    readings.retain(|hour, _| !unusable.contains_key(hour));
    (readings, unusable)
}

/// OnApp keeps hourly rows for three months (reference: onapp-api.md 7.1). What is older is lost, never zero.
pub(crate) fn oldest_kept(now: Instant) -> Result<Instant, Failure> {
    hour_ceil(now.checked_sub_months(chrono::Months::new(3)).unwrap_or(now)).map_err(unthinkable)
}

/// The hours of a resource that were lost, as its row keeps them: `start/end`, separated by blanks.
pub(crate) fn lost_hours(resource: &Row) -> Result<Vec<Gap>, Failure> {
    let name = must(resource, &RESOURCES, "resource")?;
    let damaged = || {
        Failure::internal(
            "onapp.resource_row",
            "A resource's row has lost hours that cannot be read.",
        )
    };
    text(resource, "lost")
        .unwrap_or_default()
        .split_whitespace()
        .map(|pair| {
            let (start, end) = pair.split_once('/').ok_or_else(damaged)?;
            let moment = |text: &str| text.parse::<Instant>().map_err(|_| damaged());
            Ok(Gap {
                resource: name.to_owned(),
                start: moment(start)?,
                end: moment(end)?,
            })
        })
        .collect()
}

/// The hours of a gap.
pub(crate) fn hours_of(gap: &Gap) -> impl Iterator<Item = Instant> {
    let end = gap.end;
    std::iter::successors(Some(gap.start), |hour| hour.checked_add_signed(TimeDelta::hours(1)))
        .take_while(move |hour| *hour < end)
}

/// What a resource's row keeps as lost: the hours that it has, and these, without those that were read after all.
pub(crate) fn lost_after(
    resource: &Row,
    lost: impl IntoIterator<Item = Instant>,
    read: impl Fn(&Instant) -> bool,
) -> Result<String, Failure> {
    let mut hours: BTreeSet<Instant> = lost_hours(resource)?.iter().flat_map(hours_of).collect();
    hours.extend(lost);
    let mut gaps: Vec<(Instant, Instant)> = Vec::new();
    for hour in hours.into_iter().filter(|hour| !read(hour)) {
        let end = hour + TimeDelta::hours(1);
        match gaps.last_mut() {
            Some(last) if last.1 == hour => last.1 = end,
            _ => gaps.push((hour, end)),
        }
    }
    let pairs: Vec<String> = gaps
        .into_iter()
        .map(|(start, end)| format!("{}/{}", stored(start), stored(end)))
        .collect();
    Ok(pairs.join(" "))
}

/// What is stored of a resource inside the window.
pub(crate) async fn stored_readings(
    host: &Host,
    open: &Row,
    window: &Window,
) -> Result<BTreeMap<Instant, (u64, u64)>, Failure> {
    let mut known = BTreeMap::new();
    let mut from = window.start;
    loop {
        let conditions = vec![
            is("module", "=", MODULE),
            is("server_id", "=", must(open, &RESOURCES, "server_id")?),
            is("resource", "=", must(open, &RESOURCES, "resource")?),
            is("hour", ">=", stored(from)),
            is("hour", "<", stored(window.end)),
        ];
        let page = host.rows(READINGS.name, conditions, vec!["hour"], 1000).await?;
        for row in &page {
            let hour = instant(row, &READINGS, "hour")?
                .ok_or_else(|| Failure::internal("onapp.reading_row", "A reading's row has no hour."))?;
            known.insert(
                hour,
                (
                    number(row, &READINGS, "sent_kb")?,
                    number(row, &READINGS, "received_kb")?,
                ),
            );
            from = hour + TimeDelta::hours(1);
        }
        if page.len() < 1000 {
            return Ok(known);
        }
    }
}

/// Writes readings and watermark, oldest first; the watermark does not fall behind `before`. A conflict means that another runner or a bill was faster: whatever is
/// not stored is read again the next time.
async fn store(
    host: &Host,
    open: &Row,
    changed: &[Reading],
    (before, end): (Instant, Instant),
    lost: &str,
) -> Result<Got, Failure> {
    let service_id = must(open, &RESOURCES, "service_id")?;
    let mut rev: u64 = number(open, &RESOURCES, "rev")?;
    let mut written = 0u64;
    let mut chunks = changed.chunks(CHUNK).peekable();
    loop {
        let chunk = chunks.next().unwrap_or_default();
        let reached = match chunks.peek().and_then(|next| next.first()) {
            Some(next) => next.hour.min(end),
            None => end,
        };
        let mut moved = row([("watermark", stored(reached.max(before)).into())]);
        if text(open, "lost").unwrap_or_default() != lost {
            moved.insert("lost".into(), lost.into());
        }
        let mut changes = vec![Change::Update {
            table: RESOURCES.name,
            key: resource_key(open)?,
            rev: rev.to_string(),
            values: moved,
        }];
        for reading in chunk {
            let mut values = resource_key(open)?;
            values.extend(row([
                ("hour", stored(reading.hour).into()),
                ("service_id", service_id.into()),
                ("sent_kb", reading.sent_kb.into()),
                ("received_kb", reading.received_kb.into()),
            ]));
            changes.push(Change::Put {
                table: READINGS.name,
                values,
            });
        }
        changes.extend(late(host, service_id, chunk).await?);
        if host.apply(changes).await? == Outcome::Conflict {
            return Ok(Got {
                hours: written,
                torn: true,
            });
        }
        rev = rev.saturating_add(1);
        written = written.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if chunks.peek().is_none() {
            return Ok(Got {
                hours: written,
                torn: false,
            });
        }
    }
}

/// Marks the planned periods that these readings belong to.
async fn late(host: &Host, service_id: &str, chunk: &[Reading]) -> Result<Vec<Change>, Failure> {
    let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
        return Ok(vec![]);
    };
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("start_at", "<=", stored(last.hour)),
        is("end_at", ">", stored(first.hour)),
    ];
    let mut changes = Vec::new();
    for period in host.rows(PERIODS.name, conditions, vec!["period"], 100).await? {
        let (Some(start), Some(end)) = (
            instant(&period, &PERIODS, "start_at")?,
            instant(&period, &PERIODS, "end_at")?,
        ) else {
            continue;
        };
        if text(&period, "late") != Some("1") && chunk.iter().any(|r| start <= r.hour && r.hour < end) {
            changes.push(Change::Update {
                table: PERIODS.name,
                key: crate::module::onapp::billing::plan::period_key(&period)?,
                rev: must(&period, &PERIODS, "rev")?.to_owned(),
                values: row([("late", "1".into())]),
            });
        }
    }
    Ok(changes)
}
