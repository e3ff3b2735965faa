//! `onapp.change_package`: what is ordered now is pushed to the VM at once (decision 18).
//!
//! A plan that holds something refused changes nothing. Otherwise the order is written down and the requests are sent, one
//! a step, each looked up before the next. OnApp locks a VM while it works on it, so what does not fit at once stays on
//! record (state `changing`) and `onapp.settle` goes on with it; so does what a crash or a lost answer left open. A request
//! that the panel accepted, or may have, and did not carry out is sent a second time and no third; one that surely did not get
//! through to it is sent once a run until it does.
//!
//! On failure: what the panel refuses ends the change, with a word about what was changed before it. Metering goes on.

pub(crate) mod plan;

use super::addresses::{existing_second, joins};
use super::billing::cursor::hold_cursor;
use super::product::of_machine::{at_server, service_at};
use super::product::options::{BillingSettings, ProductOptions};
use super::product::ordered::Ordered;
use super::server::connect;
use super::service::settle::was_settled;
use super::service::verb::VerbInput;
use super::service::vm::{self, Located, locate};
use super::tables::{CHANGES, MAPPINGS, MODULE, ensure, instant, row, stored, text};
use super::user::{self, PanelUser};
use crate::host::{Change, Class, Failure, Host, Row, is};
use crate::http::Sent;
use crate::module::common::claim::{self, Claimed, claim};
use crate::module::common::once::first_today;
use crate::module::common::refusal::{refusal, surely_refused};
use crate::module::common::reused;
use crate::module::common::verb::service;
use crate::module::onapp::metering::resource::new_resources;
use crate::module::{Env, Report};
use crate::panel::onapp::{Panel, PanelError, TransactionStatus, Vm};
use crate::time::Instant;
use chrono::TimeDelta;
use plan::{Actual, Plan, Step, UNREAD, assignments};
use serde_json::{Value, json};

/// How often a request is sent that the panel accepts, or may have, and does not carry out.
const TRIES: u32 = 2;
/// What is unchanged where an order waits for an answer that can be read.
const LOOKS_AGAIN: &str = "The order stays on record, and the next cron looks again.";
/// The id of a VM that has to be looked for.
const UNKNOWN: u64 = 0;
/// More requests than a plan has.
const MOST_STEPS: u32 = 6;

/// Pushes what is ordered now to the service's VM; with `dry_run`, says what it would do.
pub(crate) async fn change_package(host: Host, env: Env, mut input: Value) -> Report {
    let dry_run = match input.as_object_mut().and_then(|all| all.remove("dry_run")) {
        None => false,
        Some(Value::Bool(dry_run)) => dry_run,
        Some(_) => {
            return Err(Failure::new(
                Class::ConfigUnknown,
                "job.input",
                "\"dry_run\" is neither true nor false.",
                "Nothing was started.",
                "Compare the caller with the list of jobs in the protocol's documentation.",
            ));
        }
    };
    let input = VerbInput::read(input)?;
    let options = ProductOptions::read(&input.options)?;
    BillingSettings::read(&input.options)?;
    ensure(&host).await?;
    let service = service(&host, MODULE, &input.service.id).await?;
    Ordered::of_existing(&options, &service.options)?;
    if let Some(there) = claim::read(&host, MODULE, &service.id).await? {
        reused::refuse(&host, MODULE, &service.id, &there).await?;
    }
    let Some(vm_id) = recorded_vm(&host, &service.id).await? else {
        let message = "The service has no VM; the next one is made as ordered.";
        return Ok(json!({ "message": message, "plan": [], "refused": "", "waiting": false }));
    };
    let server = input.server(&host).await?;
    let (options, is_elsewhere) = at_server(&host, &input.options, &server.id).await?;
    let options = ProductOptions::read(&options)?;
    let ordered = Ordered::of_existing(&options, &service.options)?;
    let panel = connect::panel(&host, &env, &server).await?;
    let work = Work {
        host: &host,
        panel: &panel,
        server_id: &server.id,
        client_id: &service.client.id,
        ordered: &ordered,
        zone: options.hypervisor_zone,
        since: host.now(),
    };
    if dry_run {
        let known = claim::read(&host, MODULE, &service.id).await?.unwrap_or_default();
        return work
            .preview(known, vm_id)
            .await
            .map(|report| told(report, is_elsewhere));
    }
    let mut svc = claim(&host, MODULE, &service.id, "change_package").await?;
    let done = work.start(&mut svc).await.map(|report| told(report, is_elsewhere));
    svc.finish(&host, done).await
}

/// The report, with what the product could not say about a VM at another control panel.
fn told(mut report: Value, is_elsewhere: bool) -> Value {
    if is_elsewhere && let Some(Value::String(message)) = report.get_mut("message") {
        message.push_str(
            " The product makes its machines at another control panel, so its template and its networks count for nothing here.",
        );
    }
    report
}

/// `onapp.settle` on a service in the state `changing`. True when the change has ended.
pub(crate) async fn go_on(host: &Host, panel: &Panel, server_id: &str, svc: &mut Claimed) -> Result<bool, Failure> {
    let known = Open::read(host, &svc.service_id).await?;
    let service = service_at(host, &svc.service_id, server_id).await?;
    let here = service.filter(|s| !matches!(s.status.as_str(), "Terminated" | "Cancelled" | "Fraud"));
    if let Some(s) = &here
        && !matches!(s.product.module.as_str(), "" | MODULE)
    {
        return Ok(false); // Another module's settings say nothing about what was ordered; it may come back.
    }
    let Some((open, service)) = known.zip(here) else {
        stop(host, svc, "ready").await?;
        return Ok(true);
    };
    // What is ordered now counts: what was taken back meanwhile and not begun is not done, since no disk shrinks again.
    let options = ProductOptions::read(&service.product.options)?;
    let ordered = Ordered::of_existing(&options, &service.options)?;
    if ordered != open.ordered && first_today(host, &format!("change_replaced.{}", svc.service_id)).await? {
        let sentence = format!(
            "Service {}: what is ordered has changed since, and counts.",
            svc.service_id
        );
        host.log("info", "onapp.change_replaced", sentence);
    }
    let work = Work {
        host,
        panel,
        server_id,
        client_id: &service.client_id,
        ordered: &ordered,
        zone: options.hypervisor_zone,
        since: open.since,
    };
    let end = match work.apply(svc, Some(&open), false).await {
        Err(failure) if failure.code == "onapp.vm_gone" => {
            stop(host, svc, "ready").await?;
            return Err(failure);
        }
        end => end?,
    };
    if end.waits
        && host.now() - open.since > TimeDelta::days(1)
        && first_today(host, &format!("changing.{}", svc.service_id)).await?
    {
        let sentence = format!(
            "Service {} waits for OnApp with its new package since {}: {}. See in the control panel what its VM is busy with.",
            svc.service_id,
            stored(open.since),
            end.plan.sentence()
        );
        host.log("warning", "onapp.change_waits", sentence);
    }
    Ok(!end.waits)
}

/// The VM on record, ours or the old module's; [`UNKNOWN`] after a Create that did not end.
async fn recorded_vm(host: &Host, service_id: &str) -> Result<Option<u64>, Failure> {
    let row = claim::read(host, MODULE, service_id).await?.unwrap_or_default();
    let id = |row: &Row| text(row, "vm_id").and_then(|id| id.parse().ok()).filter(|id| *id != 0);
    if text(&row, "state") == Some("gone") {
        return Ok(None);
    }
    if let Some(vm_id) = id(&row) {
        return Ok(Some(vm_id));
    }
    if text(&row, "create_key").is_some() {
        return Ok(Some(UNKNOWN));
    }
    let old = host
        .rows(MAPPINGS.name, vec![is("service_id", "=", service_id)], vec![], 1)
        .await?;
    Ok(old.first().and_then(id))
}

/// A list of a VM that is there, and that OnApp says is not: one such answer ends no change.
fn missing(what: &str, vm_id: u64) -> Failure {
    Failure::new(
        Class::PanelData,
        "onapp.change_unlisted",
        format!("OnApp has VM {vm_id}, and says that its {what} are not there."),
        "Nothing was changed.",
        "Look at the VM in the control panel; then try again.",
    )
}

fn gone() -> Failure {
    Failure::new(
        Class::PanelNotFound,
        "onapp.vm_gone",
        "The service's VM is not at OnApp any more.",
        "Nothing was changed.",
        "Terminate the service, or create the VM anew.",
    )
}

fn still_building(vm: &str) -> Failure {
    Failure::new(
        Class::PanelLocked,
        "onapp.still_building",
        format!("{vm} is still being set up."),
        "Nothing was changed.",
        "Press Change Package in ten minutes, when it is.",
    )
}

/// A change that is on record: what was ordered, and the request that was sent last.
struct Open {
    ordered: Ordered,
    step: String,
    tries: u32,
    since: Instant,
}

impl Open {
    async fn read(host: &Host, service_id: &str) -> Result<Option<Self>, Failure> {
        let found = host
            .rows(CHANGES.name, vec![is("service_id", "=", service_id)], vec![], 1)
            .await?;
        let Some(row) = found.first() else { return Ok(None) };
        let Some(ordered) = text(row, "ordered").and_then(|text| serde_json::from_str(text).ok()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            ordered,
            step: text(row, "step").unwrap_or_default().to_owned(),
            tries: text(row, "tries").and_then(|tries| tries.parse().ok()).unwrap_or(0),
            since: instant(row, &CHANGES, "since")?.unwrap_or(host.now()),
        }))
    }
}

/// How far a change came.
struct End {
    /// As it was at the beginning of the run.
    plan: Plan,
    vm_id: u64,
    /// `onapp.settle` goes on with the rest.
    waits: bool,
}

/// A change under way.
struct Work<'a> {
    host: &'a Host,
    panel: &'a Panel,
    server_id: &'a str,
    /// Who has the service now.
    client_id: &'a str,
    ordered: &'a Ordered,
    /// The product's zone of hypervisors.
    zone: Option<u64>,
    /// When it was ordered.
    since: Instant,
}

impl Work<'_> {
    /// The plan alone: reads the panel and writes nothing.
    async fn preview(&self, mut known: Row, vm_id: u64) -> Report {
        if vm_id == UNKNOWN {
            return Err(still_building("A VM"));
        }
        known.entry("client_id".into()).or_insert_with(|| self.client_id.into());
        let found = self
            .panel
            .vm(vm_id)
            .map_err(|e| refusal(&format!("OnApp could not be asked about VM {vm_id}"), &e))?;
        vm::check(self.host, self.panel, &known, self.server_id, found.as_ref()).await?;
        let vm = found.ok_or_else(gone)?;
        let owner = self.owner(text(&known, "client_id")).await?;
        let plan = self.plan(owner.as_ref(), &vm)?;
        let (refused, message) = match (plan.refusal(), plan.sentence()) {
            (Some(failure), _) => (failure.to_string(), failure.to_string()),
            (None, said) if said.is_empty() => (String::new(), format!("VM {vm_id} is as ordered.")),
            (None, said) => (String::new(), format!("VM {vm_id} would be changed: {said}.")),
        };
        Ok(json!({ "message": message, "plan": plan.report(), "refused": refused, "waiting": false }))
    }

    /// The OnApp user of the client on record, who has the machine whoever has the service by now; before there is one, of
    /// the client who has the service.
    async fn owner(&self, recorded: Option<&str>) -> Result<Option<PanelUser>, Failure> {
        user::known(self.host, self.server_id, recorded.unwrap_or(self.client_id)).await
    }

    /// Reads what the VM itself does not tell, and plans.
    fn plan(&self, owner: Option<&PanelUser>, vm: &Vm) -> Result<Plan, Failure> {
        let panel = self.panel;
        let nics = panel
            .nics(vm.id)
            .map_err(|e| refusal(&format!("The interfaces of VM {} could not be read", vm.id), &e))?
            .ok_or_else(|| missing("interfaces", vm.id))?;
        let disks = user::either(panel, owner, |panel| panel.disks(vm.id))
            .map_err(|e| refusal(&format!("The disks of VM {} could not be read", vm.id), &e))?
            .ok_or_else(|| missing("disks", vm.id))?;
        let joins = assignments(&nics, || joins(panel, vm.id))?;
        let second = match &self.ordered.secondary {
            Some(second) => existing_second(panel, vm, &nics, self.zone, second.network)?,
            None => None,
        };
        Ok(Plan::of(
            self.ordered,
            &Actual::new(vm, &nics, &disks, joins.as_deref(), second.as_ref()),
        ))
    }

    async fn start(&self, svc: &mut Claimed) -> Report {
        let end = self.apply(svc, None, true).await?;
        let said = end.plan.sentence();
        let message = match (said.is_empty(), end.waits) {
            (true, _) => format!("VM {} is as ordered.", end.vm_id),
            (false, false) => format!("VM {} is changed: {said}.", end.vm_id),
            (false, true) => format!(
                "VM {} is being changed: {said}. What OnApp cannot do at once is done by the next crons.",
                end.vm_id
            ),
        };
        Ok(json!({ "message": message, "plan": end.plan.report(), "refused": "", "waiting": end.waits }))
    }

    /// Sends what is to be sent. `fresh`: a person or the host asked, and nothing of an earlier try counts.
    async fn apply(&self, svc: &mut Claimed, open: Option<&Open>, fresh: bool) -> Result<End, Failure> {
        let host = self.host;
        let mut tried = open.map(|open| (open.step.clone(), open.tries)).unwrap_or_default();
        let mut asked: Option<Step> = None;
        let mut first: Option<Plan> = None;
        for _ in 0..MOST_STEPS {
            let vm = self.vm(svc).await?;
            let owner = self.owner(svc.text("client_id")).await?;
            let plan = self.plan(owner.as_ref(), &vm)?;
            let begun = first.get_or_insert_with(|| plan.clone()).clone();
            let end = |waits| End {
                plan: begun.clone(),
                vm_id: vm.id,
                waits,
            };
            // The state of a service whose change has ended, well or not.
            let rest = if plan.lacks_addresses() { "settling" } else { "ready" };
            if let Some(mut refused) = plan.refusal() {
                let waits = svc.text("state") == Some("changing");
                if waits && refused.code == UNREAD {
                    // One such answer says nothing of what was ordered.
                    refused.unchanged = LOOKS_AGAIN.to_owned();
                } else if waits {
                    stop(host, svc, rest).await?;
                }
                return Err(after(asked.as_ref(), refused));
            }
            let Some(step) = plan.steps.first() else {
                // A panel may show the new size before it has made it.
                if vm.locked && !tried.0.is_empty() {
                    self.keep(svc, &tried).await?;
                    return Ok(end(true));
                }
                self.finish(svc, &vm, rest).await?;
                return Ok(end(false));
            };
            if vm.locked || asked.as_ref() == Some(step) {
                self.keep(svc, &tried).await?;
                return Ok(end(true));
            }
            let key = step.key();
            let tries = if tried.0 == key { tried.1 } else { 0 };
            if tries >= TRIES {
                let failure = self.not_done(&vm, step);
                stop(host, svc, rest).await?;
                return Err(after(asked.as_ref(), failure));
            }
            let before = tried.clone();
            let uncounted = (key.clone(), tries);
            tried = (key, tries.saturating_add(1));
            self.keep(svc, &tried).await?;
            let mut answer = step.ask(self.panel, vm.id);
            if let Err(refused) = &answer
                && refused.status() == Some(403)
                && let Some(other) = owner.as_ref().and_then(|owner| owner.login_to(self.panel))
            {
                self.keep(svc, &tried).await?;
                match step.ask(&other, vm.id) {
                    Err(e) if user::may_not(&e) => {}
                    second => answer = second,
                }
            }
            let Err(e) = answer else {
                let sentence = format!("Service {}: {} of VM {} changes.", svc.service_id, step.what(), vm.id);
                host.log("info", "onapp.change_asked", sentence);
                asked = Some(step.clone());
                continue;
            };
            if e.code() == "panel.locked" {
                self.keep(svc, &before).await?;
                return Ok(end(true));
            }
            let failure = refusal(&format!("OnApp did not change {} of VM {}", step.what(), vm.id), &e);
            if surely_refused(&e) || (e.sent() == Sent::No && fresh && asked.is_none()) {
                stop(host, svc, rest).await?;
            } else if e.sent() == Sent::No {
                self.keep(svc, &before).await?;
            } else if was_turned_away(&e) {
                self.keep(svc, &uncounted).await?;
            }
            return Err(after(asked.as_ref(), failure));
        }
        Err(Failure::new(
            Class::PanelData,
            "onapp.change_unclear",
            "What OnApp tells of the VM changes from one moment to the next.",
            LOOKS_AGAIN,
            "Look at the VM in the control panel.",
        ))
    }

    /// The service's own VM, which must be one that was handed over.
    async fn vm(&self, svc: &mut Claimed) -> Result<Vm, Failure> {
        let vm = match locate(self.host, self.panel, svc, self.server_id, self.client_id).await? {
            Located::Here(vm) => *vm,
            Located::Gone | Located::Never => return Err(gone()),
        };
        let state = svc.text("state").unwrap_or_default();
        let settled = match state {
            "ready" | "changing" => true,
            "settling" => was_settled(self.host, svc.row()).await?,
            _ => false,
        };
        if settled {
            return Ok(vm);
        }
        if state == "building" && !vm.locked && !vm.built {
            return Err(Failure::new(
                Class::PanelRefused,
                "onapp.vm_unbuilt",
                format!("VM {} is not built yet.", vm.id),
                "Nothing was changed.",
                "Press Build, or let the client do so; then press Change Package again.",
            ));
        }
        if state != "deleting" {
            return Err(still_building(&format!("VM {}", vm.id)));
        }
        Err(Failure::new(
            Class::PanelLocked,
            "onapp.still_deleting",
            format!("VM {} is being deleted.", vm.id),
            "Nothing was changed.",
            "A new one is made as ordered then.",
        ))
    }

    /// Writes down what is ordered and the request that is sent now: a new step begins.
    async fn keep(&self, svc: &mut Claimed, tried: &(String, u32)) -> Result<(), Failure> {
        let ordered = serde_json::to_string(self.ordered)
            .map_err(|_| Failure::internal("onapp.change", "An order could not be written down."))?;
        let change = Change::Put {
            table: CHANGES.name,
            values: row([
                ("service_id", svc.service_id.as_str().into()),
                ("ordered", ordered.into()),
                ("step", tried.0.as_str().into()),
                ("tries", u64::from(tried.1).into()),
                ("since", stored(self.since).into()),
            ]),
        };
        svc.save(self.host, row([("state", "changing".into())]), vec![change])
            .await
    }

    /// All is as ordered: the mapping says so, and missing addresses are left to `onapp.settle`.
    async fn finish(&self, svc: &mut Claimed, vm: &Vm, state: &'static str) -> Result<(), Failure> {
        let mapping = Change::Put {
            table: MAPPINGS.name,
            values: row([
                ("service_id", svc.service_id.as_str().into()),
                ("vm_id", vm.id.into()),
                ("memory", self.ordered.memory_mb.into()),
                ("cpus", self.ordered.cpus.into()),
                ("cpu_shares", self.ordered.cpu_shares.into()),
                ("disk_size", self.ordered.disk_gb.into()),
            ]),
        };
        let mut changes = vec![mapping, forget_change(&svc.service_id)];
        if state == "settling" && !was_settled(self.host, svc.row()).await? {
            // Taken over and not read yet: with its interfaces on record it is metered while it settles.
            let nics = self
                .panel
                .nics(vm.id)
                .map_err(|e| refusal(&format!("The interfaces of VM {} could not be read", vm.id), &e))?
                .ok_or_else(|| missing("interfaces", vm.id))?;
            let id = &svc.service_id;
            changes.extend(new_resources(self.host, svc.row(), id, self.server_id, vm.id, &nics).await?);
            changes.extend(hold_cursor(self.host, id).await?);
        }
        svc.save(self.host, row([("state", state.into())]), changes).await
    }

    /// The panel took the request, twice, and the VM is as before.
    fn not_done(&self, vm: &Vm, step: &Step) -> Failure {
        let failed = self.panel.transactions(vm.id).ok().and_then(|all| {
            let last = all.into_iter().find(|t| t.status == TransactionStatus::Failed)?;
            Some(format!(" Its transaction {} ({}) failed.", last.id, last.action))
        });
        Failure::new(
            Class::PanelData,
            "onapp.change_not_done",
            format!(
                "OnApp was asked twice to change {} of VM {}, and did not.{}",
                step.what(),
                vm.id,
                failed.unwrap_or_default()
            ),
            "It is not asked again.",
            "Find out why in the control panel, see that the VM runs, then press Change Package.",
        )
    }
}

/// It got no further than to what stands before the panel, which gave up or is overloaded.
fn was_turned_away(e: &PanelError) -> bool {
    matches!(e.status(), Some(429 | 502 | 503))
}

/// A failure after other requests of the same run were accepted.
fn after(asked: Option<&Step>, mut failure: Failure) -> Failure {
    if asked.is_some() {
        failure.unchanged = "What was asked for before that is changed.".to_owned();
    }
    failure
}

/// Takes the order off the record.
pub(crate) fn forget_change(service_id: &str) -> Change {
    Change::Delete {
        table: CHANGES.name,
        key: row([("service_id", service_id.into())]),
    }
}

/// Ends a change without its being done.
async fn stop(host: &Host, svc: &mut Claimed, state: &'static str) -> Result<(), Failure> {
    let ended = forget_change(&svc.service_id);
    svc.save(host, row([("state", state.into())]), vec![ended]).await
}
