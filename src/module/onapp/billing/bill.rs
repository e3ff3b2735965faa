//! `onapp.bill`: plans every period that is due, oldest first, and brings planned ones to their invoice.
//!
//! Owns the loop over services and periods, and the report. Where a service stands is `cursor.rs`, under which terms
//! `terms.rs`, one period's content `plan.rs`, the way to its invoice `publish.rs`, the arithmetic `crate::bill`.

use super::cursor::{cursor, last_bill_made};
use super::plan::{
    Beside, Forward, carried_by, content, drop_corrections, forward, make_plan, say_waiting, store_plan,
};
use super::publish::{self, Published, Unbilled};
use super::switch::{leave_to_whmcs, note_biller, skip_ended};
use super::terms::{Bills, biller, terms, told, unit};
use super::zone_check;
use crate::bill::Bounds;
use crate::host::{Change, Failure, Host, HostSettings, Row, Service, ServiceGet, Settings, Where, is};
use crate::meter::{Due, Gap, due};
use crate::module::common::claim::is_claimed;
use crate::module::common::once::first_today;
use crate::module::common::pages::Pages;
use crate::module::common::reused::{found_again, is_another, noted, remember};
use crate::module::common::verb::read;
use crate::module::onapp::metering::collect::{METERED, read_again};
use crate::module::onapp::metering::lost::lost_hours;
use crate::module::onapp::metering::resource::{resources, watermark};
use crate::module::onapp::metering::usage;
use crate::module::onapp::moment::unthinkable;
use crate::module::onapp::product::options::BillingSettings;
use crate::module::onapp::server::panels::Panels;
use crate::module::onapp::tables::{MODULE, PERIODS, SERVICES, ensure, instant, must, row, stored, text};
use crate::module::{Env, Report};
use crate::time::{Period, period_after};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

/// How long a period waits for measurements that are missing.
const PATIENCE: TimeDelta = TimeDelta::days(7);
/// States of services that may still be billed; `done` is left out.
const ALIVE: [&str; 9] = [
    "new",
    "creating",
    "building",
    "settling",
    "announcing",
    "ready",
    "changing",
    "deleting",
    "gone",
];

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    service_id: String,
    server_id: String,
    dry_run: bool,
}

/// What a run did, as its report shows it.
#[derive(Default)]
pub(crate) struct Summary {
    published: Vec<Published>,
    pub(crate) carried: Vec<Unbilled>,
    settled: Vec<Unbilled>,
    pub(crate) parked: u32,
    failed: u32,
    /// Periods that have ended and are not measured to their end yet.
    waiting: u32,
    planned: Vec<Value>,
}

/// Bills what is due, or shows what it would bill.
pub(crate) async fn bill(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input, &["service_id", "server_id", "dry_run"])?;
    ensure(&host).await?;
    let settings = host.ask(&HostSettings {}).await?;
    if let Some(sentence) = zone_check::complaint(&host, &settings).await?
        && (input.dry_run || first_today(&host, "zone").await?)
    {
        host.log("warning", "onapp.zone_unclear", sentence);
    }
    let mut summary = Summary::default();
    let mut panels = Panels::new(env);
    let alive: Vec<String> = ALIVE.iter().map(|state| (*state).to_owned()).collect();
    let mut conditions = vec![
        is("module", "=", MODULE),
        Where {
            column: "state".into(),
            test: "in".into(),
            values: alive,
        },
    ];
    for (column, wanted) in [("service_id", &input.service_id), ("server_id", &input.server_id)] {
        if !wanted.is_empty() {
            conditions.push(is(column, "=", wanted));
        }
    }
    let mut pages = Pages::of(&SERVICES, "service_id", conditions);
    while let Some(page) = pages.next(&host).await? {
        for lifecycle in &page {
            let service_id = must(lifecycle, &SERVICES, "service_id")?;
            let done = bill_service(&host, &mut panels, &settings, lifecycle, input.dry_run, &mut summary).await;
            match done {
                Ok(()) => {}
                Err(failure) => {
                    summary.failed = summary.failed.saturating_add(1);
                    host.log("error", &failure.code, format!("Service {service_id}: {failure}"));
                    if !input.dry_run {
                        take_back(&host, &settings, service_id).await;
                    }
                }
            }
        }
    }
    Ok(summary.report(input.dry_run))
}

/// WHMCS never goes on with the figure of a service whose settings are refused.
async fn take_back(host: &Host, settings: &Settings, service_id: &str) {
    if let Err(failure) = usage::take_back(host, settings, service_id).await {
        host.log(
            "error",
            &failure.code,
            format!("Service {service_id}: its usage stands as it was: {failure}"),
        );
    }
}

impl Summary {
    /// The invoices that were published, as a report shows them.
    pub(crate) fn invoices(&self) -> Vec<Value> {
        self.published.iter().map(Published::report).collect()
    }

    /// What was set aside for a person.
    fn aside(&mut self, forward: &Forward) {
        self.parked = self.parked.saturating_add(forward.aside);
    }

    fn report(self, dry_run: bool) -> Value {
        let waiting = match self.waiting {
            0 => String::new(),
            n if dry_run => format!(
                " {n} more have ended and are not measured to their end yet: run it without --dry-run first, which collects."
            ),
            n => format!(" {n} have ended and wait for their measurements."),
        };
        let message = if dry_run {
            format!(
                "{} periods would be billed now; nothing was written.{waiting}",
                self.planned.len()
            )
        } else {
            format!(
                "{} invoices published, {} periods carried, {} settled without invoice, {} parked, {} failed.{waiting}",
                self.published.len(),
                self.carried.len(),
                self.settled.len(),
                self.parked,
                self.failed
            )
        };
        let invoices = self.invoices();
        // A month within the included volume needs no word.
        let periods = self.carried.iter().chain(&self.settled);
        let unbilled: Vec<Value> = periods.filter(|p| !p.is_nothing()).map(Unbilled::report).collect();
        json!({ "message": message, "invoices": invoices, "unbilled": unbilled, "carried": self.carried.len(),
                "settled": self.settled.len(), "parked": self.parked, "waiting": self.waiting,
                // What was set aside needs a person, as much as what failed.
                "failed": self.failed.saturating_add(self.parked),
                "planned": self.planned })
    }
}

async fn bill_service(
    host: &Host,
    panels: &mut Panels,
    settings: &Settings,
    lifecycle: &Row,
    dry_run: bool,
    summary: &mut Summary,
) -> Result<(), Failure> {
    let service_id = must(lifecycle, &SERVICES, "service_id")?;
    if !dry_run {
        finish_planned(host, settings, service_id, summary).await?;
        if !unfinished(host, service_id).await?.is_empty() {
            return Ok(()); // Another runner brings a period to its end; what comes after it comes after it.
        }
    }
    let mut all = resources(host, service_id).await?;
    let there = host
        .ask(&ServiceGet {
            id: service_id.to_owned(),
        })
        .await?
        .service;
    let is_gone = text(lifecycle, "vm_id").is_none() && text(lifecycle, "state") == Some("gone");
    if !dry_run && there.is_none() && !is_gone {
        remember(host, lifecycle, vec![usage::forgotten(service_id)]).await?;
    }
    if all.is_empty() {
        return Ok(()); // Nothing was ever collected, so there is no period.
    }
    let Some(service) = there.filter(|service| !is_another(lifecycle, &service.client_id)) else {
        if text(lifecycle, "vm_id").is_none() {
            if text(lifecycle, "state") != Some("gone") {
                return Ok(());
            }
            if !last_bill_made(host, service_id).await? {
                host.log(
                    "error",
                    "onapp.final_bill_lost",
                    format!(
                        "Service {service_id} was deleted in the billing panel before its last bill was made: its usage is \
                         kept, and nobody is billed for it."
                    ),
                );
            }
            let orphaned = row([("orphaned_at", stored(host.now()).into())]);
            return if dry_run {
                Ok(())
            } else {
                retire(host, lifecycle, orphaned).await
            };
        }
        if dry_run || !first_today(host, &format!("missing.{service_id}")).await? {
            return Ok(());
        }
        host.log(
            "warning",
            "onapp.service_missing",
            format!(
                "Service {service_id} is gone from the billing panel and VM {} is still on record: nobody pays for it any \
                 more. Delete the VM in the control panel if it is there; its usage is kept.",
                text(lifecycle, "vm_id").unwrap_or("none")
            ),
        );
        return Ok(());
    };
    if text(lifecycle, "orphaned_at").is_some() && !dry_run {
        // It is back, and its own client's. The next run bills it.
        return found_again(host, lifecycle).await;
    }
    let lifecycle = &match dry_run {
        true => lifecycle.clone(),
        false => noted(host, lifecycle, &service.client_id).await?,
    };
    let ours = matches!(service.product.module.as_str(), "" | MODULE);
    if !ours && (dry_run || first_today(host, &format!("module.{service_id}")).await?) {
        let sentence = format!(
            "Service {service_id} is served by the module {} now: this module bills no period of it that ends meanwhile. Its \
             VM on record: {}.",
            service.product.module,
            text(lifecycle, "vm_id").unwrap_or("none")
        );
        host.log("warning", "onapp.other_module", sentence);
    }
    let over = matches!(service.status.as_str(), "Terminated" | "Cancelled" | "Fraud");
    if over
        && !dry_run
        && text(lifecycle, "state").is_some_and(|state| METERED.contains(&state))
        && first_today(host, &format!("over.{service_id}")).await?
    {
        let sentence = format!(
            "Service {service_id} is {} in the billing panel, and its VM {} is still on record and billed. Press Terminate to \
             delete it, or set the status back.",
            service.status,
            text(lifecycle, "vm_id").unwrap_or("none")
        );
        host.log("warning", "onapp.over_and_alive", sentence);
    }
    // Another module's settings say nothing about this one's billing.
    let billing = BillingSettings::read(if ours { &service.product.options } else { &[] })?;
    let Some(mut cursor) = cursor(host, settings, lifecycle, &service, &billing, &all, dry_run).await? else {
        return Ok(());
    };
    let closed = instant(lifecycle, &SERVICES, "closed_at")?;
    if closed.is_some_and(|at| at <= cursor.next.start) && cursor.is_finished() {
        if dry_run {
            return Ok(());
        }
        if ours {
            usage::take_back(host, settings, service_id).await?;
        }
        return retire(host, lifecycle, Row::new()).await;
    }
    if ours {
        told(&service)?;
    }
    let bills = if ours {
        biller(&service, &billing)
    } else {
        Bills::Nobody
    };
    let held = note_biller(host, settings, &service, &mut cursor, bills, dry_run).await?;
    let unit = unit(&service, &billing);
    let most = match bills {
        _ if held => 0,
        Bills::Module => host.limits().periods_per_run,
        // What ended while this module billed is its own to bill.
        Bills::Whmcs | Bills::Nobody if ours && cursor.awaits()? => host.limits().periods_per_run,
        _ => 0,
    };
    let shown = if dry_run {
        Some(unfinished_shown(host, &service, summary).await?)
    } else {
        None
    };
    if let (Some(unit), 1..) = (unit, most) {
        let mut beside = Beside {
            gaps: Vec::new(),
            forward: match shown {
                Some(shown) => shown,
                None => forward(host, &service, false).await?,
            },
            last: false,
            bounds: Bounds {
                amount: billing.bound,
                ..Bounds::default()
            },
            planned_on: earliest_date(host, settings),
        };
        summary.aside(&beside.forward);
        for _ in 0..most {
            if bills != Bills::Module && !cursor.awaits()? {
                break;
            }
            beside.gaps = match due_now(host, &cursor.next, &all)? {
                Due::NotYet => {
                    if cursor.next.end <= host.now() {
                        summary.waiting = summary.waiting.saturating_add(1);
                        if !dry_run {
                            cursor.note_end(host, service_id).await?;
                        }
                    }
                    break;
                }
                Due::Complete => Vec::new(),
                Due::WithGaps(gaps) if !read_again(host, panels, lifecycle, dry_run).await? => gaps,
                Due::WithGaps(gaps) if dry_run && !gaps.iter().all(|gap| has_ended(&all, gap)) => {
                    summary.waiting = summary.waiting.saturating_add(1);
                    break; // The real run reads what is missing before it bills.
                }
                Due::WithGaps(gaps) if dry_run => gaps,
                Due::WithGaps(_) => {
                    all = resources(host, service_id).await?;
                    match due_now(host, &cursor.next, &all)? {
                        Due::Complete => Vec::new(),
                        Due::WithGaps(gaps) if gaps.iter().all(|gap| has_ended(&all, gap)) => gaps,
                        // The panel answers: what is still missing, another runner is reading.
                        Due::WithGaps(gaps) => {
                            summary.waiting = summary.waiting.saturating_add(1);
                            still_missing(host, service_id, &gaps).await?;
                            break;
                        }
                        Due::NotYet => break,
                    }
                }
            };
            for resource in &all {
                let lost = lost_hours(resource)?;
                beside
                    .gaps
                    .extend(lost.iter().filter_map(|gap| gap.within(&cursor.next)));
            }
            if !dry_run && !unfinished(host, service_id).await?.is_empty() {
                break; // Another runner brings the period before to its end: what it carries belongs into this one.
            }
            beside.last = closed.is_some_and(|at| at <= cursor.next.end);
            let terms = terms(&service, &billing, unit, &cursor)?;
            let made = make_plan(host, &service, terms, &cursor, &beside).await?;
            let next = period_after(&cursor.next, &cursor.anchor).map_err(unthinkable)?;
            if dry_run {
                // A dry run's second period meets no correction: its first one would have taken it.
                beside.forward = Forward {
                    carried: carried_by(&made.plan),
                    late: Vec::new(),
                    aside: 0,
                };
                summary.planned.push(json!(made.plan));
            } else {
                if !store_plan(host, &service, &mut cursor, next, &mut all, made, &beside).await? {
                    break; // Another runner, or a late reading, was faster: the next run sees it.
                }
                finish_planned(host, settings, service_id, summary).await?;
                beside.forward = forward(host, &service, false).await?;
                summary.aside(&beside.forward);
            }
            cursor.next = next;
            if beside.last {
                break;
            }
        }
    }
    let unit_is_missing = bills == Bills::Waits || (bills == Bills::Whmcs && cursor.awaits()? && unit.is_none());
    let product = &service.product;
    if unit_is_missing && (dry_run || first_today(host, &format!("unit.{}", product.id)).await?) {
        let sentence = format!(
            "Product {} ({}): its bandwidth unit is not MB; nothing is billed until slot 24 says <unit>mb</unit> or \
             <unit>selected</unit>.",
            product.id, product.name
        );
        host.log("warning", "onapp.overage_unit", sentence);
    }
    match bills {
        Bills::Module | Bills::Waits => {}
        _ if held => {}
        Bills::Whmcs | Bills::Nobody if ours && cursor.awaits()? => {}
        Bills::Whmcs | Bills::Nobody if !dry_run && ended_long_ago(host, closed) => {
            let aside = drop_corrections(host, &service).await?;
            summary.parked = summary.parked.saturating_add(aside);
            usage::take_back(host, settings, service_id).await?;
            return retire(host, lifecycle, Row::new()).await;
        }
        Bills::Whmcs => {
            leave_to_whmcs(host, settings, service_id, &mut cursor, &all, closed, dry_run).await?;
            if !dry_run {
                say_waiting(host, &service).await?;
            }
        }
        Bills::Nobody => {
            let why = if ours {
                "Overages Billing was off"
            } else {
                "another module served it"
            };
            skip_ended(host, service_id, &mut cursor, &all, why, dry_run).await?;
            if !dry_run {
                say_waiting(host, &service).await?;
            }
        }
    }
    if ours && !dry_run && (closed.is_none() || !cursor.is_finished()) {
        usage::report(host, settings, &service, &billing, &cursor, held).await?;
    }
    Ok(())
}

/// The day before the host's today or UTC's, whichever is earlier: a draft never bears an older date.
pub(crate) fn earliest_date(host: &Host, settings: &Settings) -> String {
    let utc = host.now().date_naive();
    let local = settings.today.parse().unwrap_or(utc);
    (utc.min(local) - TimeDelta::days(1)).to_string()
}

/// The service's periods that no run has brought to their end yet, oldest first.
async fn unfinished(host: &Host, service_id: &str) -> Result<Vec<Row>, Failure> {
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        Where {
            column: "state".into(),
            test: "in".into(),
            values: UNFINISHED.iter().map(|state| (*state).to_owned()).collect(),
        },
    ];
    host.rows(PERIODS.name, conditions, vec!["period", "generation"], 100)
        .await
}

/// States of periods that a run brings to their end.
const UNFINISHED: [&str; 3] = ["planned", "drafting", "drafted"];

/// For a dry run: shows the periods that an interrupted run left unfinished, and what they leave to the next.
async fn unfinished_shown(host: &Host, service: &Service, summary: &mut Summary) -> Result<Forward, Failure> {
    let mut left = forward(host, service, true).await?;
    for row in unfinished(host, &service.id).await? {
        let plan = content(&row)?;
        left.carried.extend(carried_by(&plan));
        summary.planned.push(json!(plan));
    }
    Ok(left)
}

fn due_now(host: &Host, period: &Period, resources: &[Row]) -> Result<Due, Failure> {
    let marks = resources.iter().map(watermark).collect::<Result<Vec<_>, _>>()?;
    due(period, &marks, host.now(), PATIENCE).map_err(unthinkable)
}

/// True when no resource that is still read yields these hours. A name may stand twice, for the same ids on two servers.
fn has_ended(resources: &[Row], gap: &Gap) -> bool {
    let unread = |row: &Row| watermark(row).is_ok_and(|mark| mark.covered.is_none_or(|covered| covered <= gap.start));
    !resources
        .iter()
        .any(|row| text(row, "resource") == Some(&gap.resource) && text(row, "closed_at").is_none() && unread(row))
}

/// Says once a day why a period is not billed although the panel answers.
async fn still_missing(host: &Host, service_id: &str, gaps: &[Gap]) -> Result<(), Failure> {
    let Some(gap) = gaps.first() else { return Ok(()) };
    if first_today(host, &format!("waits.{service_id}")).await? {
        let sentence = format!(
            "Service {service_id} is not billed yet: {} was not read from {} to {}, although OnApp answers. If no other cron \
             runs at this moment, look at its interfaces in the control panel.",
            gap.resource, gap.start, gap.end
        );
        host.log("warning", "onapp.waits", sentence);
    }
    Ok(())
}

/// True when the service ended in a month that the host has closed by now: it hears of no more usage.
fn ended_long_ago(host: &Host, closed: Option<crate::time::Instant>) -> bool {
    closed.is_some_and(|at| host.now() - at > TimeDelta::days(32))
}

/// Takes a terminated service with its final bill out of the runs to come.
async fn retire(host: &Host, lifecycle: &Row, mut values: Row) -> Result<(), Failure> {
    if text(lifecycle, "state") != Some("gone") || is_claimed(host, lifecycle)? {
        return Ok(()); // Its VM is not gone yet, or somebody makes a new one at this moment.
    }
    let service_id = must(lifecycle, &SERVICES, "service_id")?;
    if !unfinished(host, service_id).await?.is_empty() {
        return Ok(()); // Its last bill is planned and not yet an invoice.
    }
    values.extend(row([("state", "done".into())]));
    let change = Change::Update {
        table: SERVICES.name,
        key: row([("module", MODULE.into()), ("service_id", service_id.into())]),
        rev: must(lifecycle, &SERVICES, "rev")?.to_owned(),
        values,
    };
    host.apply(vec![change]).await.map(|_| ())
}

/// Brings every planned, drafting or drafted period of the service on, oldest first.
pub(crate) async fn finish_planned(
    host: &Host,
    settings: &Settings,
    service_id: &str,
    summary: &mut Summary,
) -> Result<(), Failure> {
    for period in unfinished(host, service_id).await? {
        match publish::bring_on(host, settings, period).await? {
            publish::End::Published(invoice) => summary.published.push(invoice),
            publish::End::Carried(period) => summary.carried.push(period),
            publish::End::Settled(period) => summary.settled.push(period),
            publish::End::Parked => summary.parked = summary.parked.saturating_add(1),
            publish::End::Elsewhere => {}
        }
    }
    Ok(())
}
