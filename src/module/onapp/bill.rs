//! `onapp.bill`: plans every period that is due, oldest first, and brings planned ones to their invoice.
//!
//! Owns the billing cursor of a service (its frozen anchor and the next period) and what goes into a plan. The way from
//! plan to published invoice is `publish.rs`; the arithmetic is `crate::bill`.
//! A plan is inserted together with the cursor's move, in one transaction guarded by the readings' revisions: no reading
//! can slip in between unseen.

use super::collect::{unthinkable, watermark};
use super::options::{Biller, BillingSettings, bandwidth_option, chosen};
use super::publish::{self, Published};
use super::settle::resources;
use super::tables::{
    CURSORS, MODULE, PERIODS, READINGS, RESOURCES, SERVICES, ensure, instant, must, number, row, stored, text,
};
use super::tags::tag;
use super::terminate::resource_key;
use super::usage;
use super::verb::read;
use crate::bill::{Bounds, Carried, Correction, Decision, Plan, PlanInput, Terms, plan};
use crate::host::{
    Change, Class, Failure, Host, HostSettings, Outcome, Row, ServerGet, Service, ServiceGet, Settings, is,
};
use crate::meter::{Due, Kb, KbSize, Reading, VolumeUnit, due, sum};
use crate::module::{Env, Report};
use crate::money::Decimal;
use crate::time::{Anchor, Instant, Period, Zone, first_period, hour_floor, period_after};
use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

/// The one meter of this module.
pub(crate) const METER: &str = "transfer";
/// How long a period waits for measurements that are missing.
const PATIENCE: TimeDelta = TimeDelta::days(7);
/// Invoices are made above this sum unless slot 24 says otherwise (decision 8).
const THRESHOLD: &str = "0.10";

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    service_id: String,
    server_id: String,
    dry_run: bool,
}

/// What a run did, as its report shows it.
#[derive(Default)]
struct Summary {
    published: Vec<Published>,
    carried: u32,
    settled: u32,
    parked: u32,
    failed: u32,
    planned: Vec<Value>,
}

/// Bills what is due, or shows what it would bill.
pub(crate) async fn bill(host: Host, _env: Env, input: Value) -> Report {
    let input: Input = read(input)?;
    ensure(&host).await?;
    let settings = host.ask(&HostSettings {}).await?;
    let mut summary = Summary::default();
    let mut after = "0".to_owned();
    loop {
        let mut conditions = vec![is("module", "=", MODULE)];
        conditions.push(match input.service_id.as_str() {
            "" => is("service_id", ">", &after),
            id => is("service_id", "=", id),
        });
        if !input.server_id.is_empty() {
            conditions.push(is("server_id", "=", &input.server_id));
        }
        let page = host
            .rows(SERVICES.name, conditions, vec!["service_id"], host.limits().page_rows)
            .await?;
        let Some(last) = page.last() else { break };
        after = must(last, &SERVICES, "service_id")?.to_owned();
        for lifecycle in &page {
            let service_id = must(lifecycle, &SERVICES, "service_id")?;
            match bill_service(&host, &settings, lifecycle, service_id, input.dry_run, &mut summary).await {
                Ok(()) => {}
                Err(failure) if failure.class == Class::Internal => return Err(failure),
                Err(failure) => {
                    summary.failed = summary.failed.saturating_add(1);
                    host.log("error", &failure.code, format!("Service {service_id}: {failure}"));
                }
            }
        }
        if !input.service_id.is_empty() {
            break;
        }
    }
    Ok(summary.report(input.dry_run))
}

impl Summary {
    fn report(self, dry_run: bool) -> Value {
        let message = if dry_run {
            format!(
                "{} periods would be billed now; nothing was written.",
                self.planned.len()
            )
        } else {
            format!(
                "{} invoices published, {} periods carried, {} settled without invoice, {} parked, {} failed.",
                self.published.len(),
                self.carried,
                self.settled,
                self.parked,
                self.failed
            )
        };
        let invoices: Vec<Value> = self.published.iter().map(Published::report).collect();
        json!({ "message": message, "invoices": invoices, "carried": self.carried, "settled": self.settled,
                "parked": self.parked, "failed": self.failed, "planned": self.planned })
    }
}

/// A service's billing position, as read or as it would be after a dry run's step.
struct Cursor {
    row: Option<Row>,
    anchor: Anchor,
    next: Period,
}

async fn bill_service(
    host: &Host,
    settings: &Settings,
    lifecycle: &Row,
    service_id: &str,
    dry_run: bool,
    summary: &mut Summary,
) -> Result<(), Failure> {
    if !dry_run {
        finish_planned(host, settings, service_id, summary).await?;
    }
    let all = resources(host, service_id).await?;
    if all.is_empty() {
        return Ok(()); // Nothing was ever collected, so there is no period.
    }
    let Some(service) = host
        .ask(&ServiceGet {
            id: service_id.to_owned(),
        })
        .await?
        .service
    else {
        host.log(
            "warning",
            "onapp.service_missing",
            format!("Service {service_id} is gone from the billing panel; its usage is kept."),
        );
        return Ok(());
    };
    let billing = BillingSettings::read(&service.product.options)?;
    let Some(mut cursor) = cursor(host, settings, lifecycle, &service, &billing, &all).await? else {
        return Ok(());
    };
    let marks = all.iter().map(watermark).collect::<Result<Vec<_>, _>>()?;
    if cursor
        .row
        .as_ref()
        .is_some_and(|row| text(row, "finished") == Some("1"))
        && text(lifecycle, "closed_at").is_some()
    {
        return Ok(());
    }
    match biller(&service, &billing) {
        Bills::Module(unit) => {
            let closed = instant(lifecycle, &SERVICES, "closed_at")?;
            let mut carried = carried_row(host, service_id).await?;
            // A dry run's second period meets no correction: its first one would have taken it.
            let mut late = late_rows(host, service_id).await?;
            for _ in 0..host.limits().periods_per_run {
                let state = due(&cursor.next, &marks, host.now(), PATIENCE).map_err(unthinkable)?;
                let gaps = match state {
                    Due::NotYet => break,
                    Due::Complete => Vec::new(),
                    Due::WithGaps(gaps) => gaps,
                };
                let last = closed.is_some_and(|at| at <= cursor.next.end);
                let made = make_plan(
                    host,
                    &service,
                    &billing,
                    unit,
                    &cursor,
                    gaps,
                    carried.as_ref(),
                    late,
                    last,
                )
                .await?;
                let next = period_after(&cursor.next, &cursor.anchor).map_err(unthinkable)?;
                if dry_run {
                    carried = carried_by(&made.plan);
                    late = Vec::new();
                    summary
                        .planned
                        .push(serde_json::to_value(&made.plan).unwrap_or(Value::Null));
                } else {
                    let stored =
                        store_plan(host, &service, &mut cursor, next, &all, made, carried.take(), last).await?;
                    if !stored {
                        break; // Another runner, or a late reading, was faster: the next run sees it.
                    }
                    finish_planned(host, settings, service_id, summary).await?;
                    carried = carried_row(host, service_id).await?;
                    late = late_rows(host, service_id).await?;
                }
                cursor.next = next;
                if last {
                    break;
                }
            }
        }
        Bills::Waits => {
            host.log(
                "warning",
                "onapp.overage_unit",
                format!("Service {service_id}: the product's bandwidth unit is not MB; nothing is billed until slot 24 says <unit>mb</unit> or <unit>selected</unit>."),
            );
        }
        Bills::Other => skip_to_now(host, service_id, &cursor, dry_run).await?,
    }
    if !dry_run && text(lifecycle, "closed_at").is_none() {
        usage::report(host, &service, &billing, &cursor.anchor, &cursor.next).await?;
    }
    Ok(())
}

/// Who bills, and in which unit the product states limit and price.
enum Bills {
    Module(VolumeUnit),
    /// The unit is not MB and nobody said how to read it (decision 20).
    Waits,
    /// The host's own overage billing, or nobody.
    Other,
}

fn biller(service: &Service, billing: &BillingSettings) -> Bills {
    let stored: Vec<&str> = service.product.overages.split(',').map(str::trim).collect();
    let on = stored.first().is_some_and(|flag| ["1", "on"].contains(flag));
    if billing.biller == Biller::Whmcs || !on {
        return Bills::Other;
    }
    let selected = match stored.get(2).map(|u| u.to_ascii_uppercase()).as_deref() {
        None | Some("" | "MB") => return Bills::Module(VolumeUnit::Mb),
        Some("GB") => VolumeUnit::Gb,
        Some("TB") => VolumeUnit::Tb,
        Some(_) => return Bills::Waits,
    };
    match billing.unit.as_deref() {
        Some("mb") => Bills::Module(VolumeUnit::Mb),
        Some("selected") => Bills::Module(selected),
        _ => Bills::Waits,
    }
}

/// The unit in which a product's limit is to be read, for showing it.
pub(crate) fn unit(service: &Service, billing: &BillingSettings) -> VolumeUnit {
    match biller(service, billing) {
        Bills::Module(unit) => unit,
        Bills::Waits | Bills::Other => VolumeUnit::Mb,
    }
}

/// Reads the cursor, or freezes anchor and zone the first time. None: the service cannot be anchored, and says so.
async fn cursor(
    host: &Host,
    settings: &Settings,
    lifecycle: &Row,
    service: &Service,
    billing: &BillingSettings,
    resources: &[Row],
) -> Result<Option<Cursor>, Failure> {
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", &service.id),
        is("meter", "=", METER),
    ];
    if let Some(row) = host.rows(CURSORS.name, conditions, vec![], 1).await?.into_iter().next() {
        let date: NaiveDate = number(&row, &CURSORS, "anchor_date")?;
        let anchor = Anchor {
            date,
            zone: Zone::get(must(&row, &CURSORS, "zone")?).map_err(unthinkable)?,
        };
        let start = instant(&row, &CURSORS, "next_start")?
            .ok_or_else(|| Failure::internal("onapp.cursor_row", "A cursor's row has no next start."))?;
        let index: i64 = number(&row, &CURSORS, "next_period")?;
        let next = next_of(&anchor, index, start)?;
        return Ok(Some(Cursor {
            row: Some(row),
            anchor,
            next,
        }));
    }
    let Ok(date) = service.reg_date.parse::<NaiveDate>() else {
        host.log(
            "warning",
            "onapp.no_registration_date",
            format!("Service {} has no registration date, so its periods have no beginning; nothing is billed. Enter the date.", service.id),
        );
        return Ok(None);
    };
    let server = host
        .ask(&ServerGet {
            id: text(lifecycle, "server_id").unwrap_or_default().to_owned(),
        })
        .await?
        .server;
    let of_server = server
        .as_ref()
        .and_then(|s| tag(s.access_hash.reveal(), "zone"))
        .filter(|z| !z.is_empty());
    let name = billing
        .zone
        .as_deref()
        .or(of_server)
        .unwrap_or(settings.time_zone.as_str());
    let zone = if name.is_empty() {
        host.log(
            "warning",
            "onapp.no_zone",
            "No billing zone is set and PHP's date.timezone is empty: UTC counts.",
        );
        Zone::utc()
    } else {
        Zone::get(name).map_err(|e| {
            Failure::setting(
                "onapp.zone",
                format!("The billing zone \"{name}\" is not known: {e}."),
                "Enter a name such as Europe/Berlin in slot 24, in the server's access hash or in PHP's date.timezone.",
            )
        })?
    };
    let anchor = Anchor { date, zone };
    let first = resources
        .iter()
        .map(watermark)
        .collect::<Result<Vec<_>, _>>()?
        .iter()
        .map(|m| m.from)
        .min();
    let from = first.unwrap_or_else(|| host.now());
    let mut next = first_period(&anchor, from).map_err(unthinkable)?;
    if text(lifecycle, "since").is_some() {
        // We made the VM ourselves: before it there was no traffic, so the whole period counts (decision 15).
        next = crate::time::period_at(&anchor, from).map_err(unthinkable)?;
    }
    Ok(Some(Cursor {
        row: None,
        anchor,
        next,
    }))
}

/// The period that starts at a stored start: its end is the anchor's next edge after it.
fn next_of(anchor: &Anchor, index: i64, start: Instant) -> Result<Period, Failure> {
    let before = Period {
        index: index.saturating_sub(1),
        start: start - TimeDelta::hours(1),
        end: start,
    };
    period_after(&before, anchor).map_err(unthinkable)
}

/// The service's period that was carried and not yet merged.
async fn carried_row(host: &Host, service_id: &str) -> Result<Option<(Row, Carried)>, Failure> {
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("meter", "=", METER),
        is("state", "=", "carried"),
    ];
    let Some(row) = host
        .rows(PERIODS.name, conditions, vec!["period"], 1)
        .await?
        .into_iter()
        .next()
    else {
        return Ok(None);
    };
    let content = content(&row)?;
    Ok(Some((
        row,
        Carried {
            reference: content.reference,
            amount: content.total,
            currency: content.terms.currency,
        },
    )))
}

fn carried_by(plan: &Plan) -> Option<(Row, Carried)> {
    (plan.decision == Decision::Carry).then(|| {
        let carried = Carried {
            reference: plan.reference.clone(),
            amount: plan.total,
            currency: plan.terms.currency.clone(),
        };
        (Row::new(), carried)
    })
}

/// The frozen content of a period's row.
pub(crate) fn content(row: &Row) -> Result<Plan, Failure> {
    serde_json::from_str(must(row, &PERIODS, "content")?).map_err(|_| {
        Failure::new(
            Class::Host,
            "onapp.period_content",
            "The frozen content of a period cannot be read.",
            "Nothing was billed.",
            "Restore the row of mod_provisor_periods from a backup.",
        )
    })
}

struct Made {
    plan: Plan,
    /// The usage that was summed, for later corrections.
    kb: Kb,
    /// Earlier periods that this plan corrects, and their usage as known now.
    corrected: Vec<(Row, Kb, Decimal)>,
}

#[allow(clippy::too_many_arguments)]
async fn make_plan(
    host: &Host,
    service: &Service,
    billing: &BillingSettings,
    unit: VolumeUnit,
    cursor: &Cursor,
    gaps: Vec<crate::meter::Gap>,
    carried: Option<&(Row, Carried)>,
    late: Vec<Row>,
    last: bool,
) -> Result<Made, Failure> {
    let usage = summed(host, &service.id, &cursor.next).await?;
    let mut kb = Kb::default();
    for resource in &usage {
        kb = kb.plus(resource.usage).map_err(|e| refused(e.code(), &e.to_string()))?;
    }
    let terms = terms(service, billing, unit, cursor)?;
    let mut corrected = Vec::new();
    let mut corrections = Vec::new();
    for row in late {
        let old = content(&row)?;
        let mut now = Kb::default();
        for resource in summed(host, &service.id, &old.period).await? {
            now = now
                .plus(resource.usage)
                .map_err(|e| refused(e.code(), &e.to_string()))?;
        }
        let billed: Decimal = number(&row, &PERIODS, "billed_amount")?;
        let rated = crate::bill::rate_transfer(now.0, &old.terms).map_err(|e| refused(e.code(), &e.to_string()))?;
        corrections.push(Correction {
            reference: old.reference,
            period: old.period,
            billed,
            usage: now,
            terms: old.terms,
        });
        corrected.push((row, now, rated.amount));
    }
    let label = match service.domain.as_str() {
        "" => service.product.name.clone(),
        domain => format!("{} - {domain}", service.product.name),
    };
    let input = PlanInput {
        reference: format!("{MODULE}-{}-{}", service.id, cursor.next.index),
        label,
        period: cursor.next,
        zone: cursor.anchor.zone.clone(),
        usage,
        gaps,
        terms,
        carried: carried.map(|(_, carried)| carried.clone()),
        corrections,
        last,
    };
    let plan = plan(&input, &Bounds::default()).map_err(|e| refused(e.code(), &e.to_string()))?;
    Ok(Made { plan, kb, corrected })
}

fn refused(code: &str, what: &str) -> Failure {
    Failure::new(
        Class::BillingRefused,
        code,
        format!("The period was not billed: {what}."),
        "Its readings are kept and it stays due.",
        "Correct what is named; the next run bills it.",
    )
}

fn decimal(text: &str, what: &str) -> Result<Decimal, Failure> {
    let text = if text.trim().is_empty() { "0" } else { text.trim() };
    text.parse().map_err(|_| {
        Failure::setting(
            "onapp.not_a_number",
            format!("{what} is not a number."),
            "Correct it in the product's or the currency's settings; the next run bills the period.",
        )
    })
}

/// Price, included volume, rate and threshold, as they are now; frozen in the plan (decisions 7, 8, 13).
fn terms(service: &Service, billing: &BillingSettings, unit: VolumeUnit, cursor: &Cursor) -> Result<Terms, Failure> {
    let kb = if billing.decimal_kb {
        KbSize::Decimal1000
    } else {
        KbSize::Binary1024
    };
    let money = |e: crate::money::MoneyError| refused("bill.number", &e.to_string());
    Ok(Terms {
        included_mb: included_mb(service, kb, unit)?,
        price_per_mb: unit
            .price_per_mb(
                decimal(&service.product.bw_price, "The product's bandwidth overage cost")?,
                kb,
            )
            .map_err(money)?,
        rate: decimal(&service.currency.rate, "The currency's rate")?,
        currency: service.currency.code.clone(),
        currency_digits: service.currency.digits,
        kb,
        threshold: decimal(
            billing.threshold.as_deref().unwrap_or(THRESHOLD),
            "The threshold in slot 24",
        )?,
        taxed: service.product.tax,
        share: cursor.next.share(&cursor.anchor).map_err(unthinkable)?,
    })
}

/// Soft limit plus additional bandwidth (decision 13).
pub(crate) fn included_mb(service: &Service, kb: KbSize, unit: VolumeUnit) -> Result<Decimal, Failure> {
    let money = |e: crate::money::MoneyError| refused("bill.number", &e.to_string());
    let soft = decimal(&service.product.bw_limit, "The product's soft bandwidth limit")?;
    let more = chosen(&service.options, bandwidth_option(&service.product.options)?.as_ref())?;
    unit.to_mb(soft, kb)
        .map_err(money)?
        .add(Decimal::from(more))
        .map_err(money)
}

/// Usage per resource of the hours that start inside the period.
pub(crate) async fn summed(
    host: &Host,
    service_id: &str,
    period: &Period,
) -> Result<Vec<crate::meter::ResourceUsage>, Failure> {
    let mut readings = Vec::new();
    for mark in resources(host, service_id).await? {
        let mut from = period.start;
        loop {
            let conditions = vec![
                is("module", "=", MODULE),
                is("server_id", "=", must(&mark, &RESOURCES, "server_id")?),
                is("resource", "=", must(&mark, &RESOURCES, "resource")?),
                is("hour", ">=", stored(from)),
                is("hour", "<", stored(period.end)),
            ];
            let page = host.rows(READINGS.name, conditions, vec!["hour"], 1000).await?;
            for row in &page {
                let hour = instant(row, &READINGS, "hour")?
                    .ok_or_else(|| Failure::internal("onapp.reading_row", "A reading's row has no hour."))?;
                from = hour + TimeDelta::hours(1);
                readings.push(Reading {
                    resource: must(row, &READINGS, "resource")?.to_owned(),
                    hour,
                    sent_kb: number(row, &READINGS, "sent_kb")?,
                    received_kb: number(row, &READINGS, "received_kb")?,
                });
            }
            if page.len() < 1000 {
                break;
            }
        }
    }
    sum(&readings, period).map_err(|e| refused(e.code(), &e.to_string()))
}

/// Planned periods whose readings changed since.
async fn late_rows(host: &Host, service_id: &str) -> Result<Vec<Row>, Failure> {
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("meter", "=", METER),
        is("late", "=", "1"),
    ];
    host.rows(PERIODS.name, conditions, vec!["period"], 100).await
}

/// The key of a period's row.
pub(crate) fn period_key(row_read: &Row) -> Result<Row, Failure> {
    let of = |name: &str| must(row_read, &PERIODS, name);
    Ok(row([
        ("module", of("module")?.into()),
        ("service_id", of("service_id")?.into()),
        ("meter", of("meter")?.into()),
        ("period", of("period")?.into()),
        ("generation", of("generation")?.into()),
    ]))
}

/// Inserts the plan and moves the cursor; false when a guard did not hold and nothing was written.
#[allow(clippy::too_many_arguments)]
async fn store_plan(
    host: &Host,
    service: &Service,
    cursor: &mut Cursor,
    next: Period,
    resources: &[Row],
    made: Made,
    carried: Option<(Row, Carried)>,
    last: bool,
) -> Result<bool, Failure> {
    let key = row([
        ("module", MODULE.into()),
        ("service_id", service.id.as_str().into()),
        ("meter", METER.into()),
    ]);
    let position = row([
        ("next_period", next.index.to_string().into()),
        ("next_start", stored(next.start).into()),
        ("finished", if last { "1" } else { "0" }.into()),
    ]);
    let mut changes = vec![move_cursor(cursor, &key, position)?];
    // Touching each resource makes a reading that arrives meanwhile a conflict, for us or for the collector.
    for resource in resources {
        changes.push(Change::Update {
            table: RESOURCES.name,
            key: resource_key(resource)?,
            rev: must(resource, &RESOURCES, "rev")?.to_owned(),
            values: Row::new(),
        });
    }
    let plan = &made.plan;
    let mut values = key.clone();
    values.extend(row([
        ("period", plan.period.index.to_string().into()),
        ("generation", "1".into()),
        ("client_id", service.client_id.as_str().into()),
        ("start_at", stored(plan.period.start).into()),
        ("end_at", stored(plan.period.end).into()),
        ("state", "planned".into()),
        (
            "content",
            serde_json::to_string(plan)
                .map_err(|_| refused("bill.content", "its content cannot be written"))?
                .into(),
        ),
        ("billed_kb", made.kb.to_string().into()),
        ("billed_amount", plan.usage_amount().to_string().into()),
        ("total", plan.total.to_string().into()),
        ("planned_on", stored(host.now()).get(..10).unwrap_or_default().into()),
        ("late", "0".into()),
    ]));
    changes.push(Change::Insert {
        table: PERIODS.name,
        values,
    });
    let set = |row_read: &Row, values: Row| -> Result<Change, Failure> {
        Ok(Change::Update {
            table: PERIODS.name,
            key: period_key(row_read)?,
            rev: must(row_read, &PERIODS, "rev")?.to_owned(),
            values,
        })
    };
    let merged = carried.map(|(row_read, _)| row_read);
    let mut merged_with = None;
    for (row_read, kb, amount) in &made.corrected {
        let mut values = row([
            ("late", "0".into()),
            ("billed_kb", kb.to_string().into()),
            ("billed_amount", amount.to_string().into()),
        ]);
        let same = |other: &Row| text(other, "period") == text(row_read, "period");
        if merged.as_ref().is_some_and(same) {
            values.extend(row([("state", "merged".into())]));
            merged_with = Some(());
        }
        changes.push(set(row_read, values)?);
    }
    if let (Some(row_read), None) = (&merged, merged_with) {
        changes.push(set(row_read, row([("state", "merged".into())]))?);
    }
    Ok(host.apply(changes).await? == Outcome::Applied)
}

fn move_cursor(cursor: &mut Cursor, key: &Row, position: Row) -> Result<Change, Failure> {
    Ok(match &mut cursor.row {
        Some(there) => {
            let rev: u64 = number(there, &CURSORS, "rev")?;
            there.insert("rev".into(), rev.saturating_add(1).to_string().into());
            Change::Update {
                table: CURSORS.name,
                key: key.clone(),
                rev: rev.to_string(),
                values: position,
            }
        }
        None => {
            let mut values = key.clone();
            values.extend(row([
                ("anchor_date", cursor.anchor.date.to_string().into()),
                ("zone", cursor.anchor.zone.name().into()),
            ]));
            values.extend(position);
            let mut there = values.clone();
            there.insert("rev".into(), "1".into());
            cursor.row = Some(there);
            Change::Insert {
                table: CURSORS.name,
                values,
            }
        }
    })
}

/// A change that conflicts with a plan made meanwhile: whoever adds a resource adds it to no plan by halves.
pub(crate) async fn hold_cursor(host: &Host, service_id: &str) -> Result<Option<Change>, Failure> {
    let key = row([
        ("module", MODULE.into()),
        ("service_id", service_id.into()),
        ("meter", METER.into()),
    ]);
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("meter", "=", METER),
    ];
    let found = host.rows(CURSORS.name, conditions, vec![], 1).await?.into_iter().next();
    let Some(there) = found else { return Ok(None) };
    let rev = must(&there, &CURSORS, "rev")?.to_owned();
    Ok(Some(Change::Update {
        table: CURSORS.name,
        key,
        rev,
        values: Row::new(),
    }))
}

/// While somebody else bills, our next period starts at the present hour: what the host billed is never billed again.
async fn skip_to_now(host: &Host, service_id: &str, cursor: &Cursor, dry_run: bool) -> Result<(), Failure> {
    let now = hour_floor(host.now()).map_err(unthinkable)?;
    if dry_run || now <= cursor.next.start {
        return Ok(());
    }
    let index = crate::time::period_at(&cursor.anchor, now)
        .map_err(unthinkable)?
        .index
        .max(cursor.next.index);
    let key = row([
        ("module", MODULE.into()),
        ("service_id", service_id.into()),
        ("meter", METER.into()),
    ]);
    let position = row([
        ("next_period", index.to_string().into()),
        ("next_start", stored(now).into()),
        ("finished", "0".into()),
    ]);
    let mut moved = Cursor {
        row: cursor.row.clone(),
        anchor: cursor.anchor.clone(),
        next: cursor.next,
    };
    let change = move_cursor(&mut moved, &key, position)?;
    host.apply(vec![change]).await.map(|_| ())
}

/// Brings every planned, drafting or drafted period of the service on, oldest first.
async fn finish_planned(
    host: &Host,
    settings: &Settings,
    service_id: &str,
    summary: &mut Summary,
) -> Result<(), Failure> {
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        crate::host::Where {
            column: "state".into(),
            test: "in".into(),
            values: vec!["planned".into(), "drafting".into(), "drafted".into()],
        },
    ];
    for period in host
        .rows(PERIODS.name, conditions, vec!["period", "generation"], 100)
        .await?
    {
        match publish::bring_on(host, settings, period).await? {
            publish::End::Published(invoice) => summary.published.push(invoice),
            publish::End::Carried => summary.carried = summary.carried.saturating_add(1),
            publish::End::Settled => summary.settled = summary.settled.saturating_add(1),
            publish::End::Parked => summary.parked = summary.parked.saturating_add(1),
            publish::End::Elsewhere => {}
        }
    }
    Ok(())
}
