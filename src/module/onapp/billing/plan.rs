//! One period's plan: its readings summed, what earlier periods left or owe, and the frozen content that becomes an
//! invoice. A plan is stored together with the cursor's move, guarded by the revisions of the readings' resources: no
//! reading can slip in between unseen.

use super::cursor::{Cursor, METER, cursor_key, move_cursor, position};
use super::terms::refused;
use crate::bill::{Bounds, Carried, Correction, Decision, Plan, PlanInput, Terms, plan};
use crate::host::{Change, Class, ClientGet, Failure, Host, InvoiceGet, Outcome, Row, Service, Where, is};
use crate::meter::{Gap, Kb, Reading, sum};
use crate::module::common::once::first_within;
use crate::module::onapp::metering::resource::{resource_key, resources};
use crate::module::onapp::tables::{MODULE, PERIODS, READINGS, RESOURCES, instant, must, number, row, stored, text};
use crate::money::Decimal;
use crate::time::Period;
use chrono::TimeDelta;

/// States of periods whose later readings are billed as a correction.
const CORRECTED: [&str; 8] = [
    "planned",
    "drafting",
    "drafted",
    "published",
    "carried",
    "merged",
    "forgiven",
    "credited",
];

/// What belongs to a due period besides its own readings.
pub(crate) struct Beside {
    /// Hours that nobody measured.
    pub(crate) gaps: Vec<Gap>,
    /// What earlier periods leave.
    pub(crate) forward: Forward,
    /// The service's last bill.
    pub(crate) last: bool,
    /// Beyond these a figure is rather a mistake.
    pub(crate) bounds: Bounds,
    /// The earliest date that a draft of this plan can bear.
    pub(crate) planned_on: String,
}

/// The service's periods that were carried and not yet merged, oldest first: one, unless several were billed at once.
async fn carried_rows(host: &Host, service_id: &str) -> Result<Vec<(Row, Carried)>, Failure> {
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("meter", "=", METER),
        is("state", "=", "carried"),
    ];
    let rows = host.rows(PERIODS.name, conditions, vec!["period"], 100).await?;
    rows.into_iter()
        .map(|row| {
            let carried = carried_of(content(&row)?);
            Ok((row, carried))
        })
        .collect()
}

fn carried_of(plan: Plan) -> Carried {
    Carried {
        reference: plan.reference,
        amount: plan.total,
        currency: plan.terms.currency,
        lines: plan.lines,
    }
}

/// What a plan leaves to the next one.
pub(crate) fn carried_by(plan: &Plan) -> Vec<(Row, Carried)> {
    match plan.decision {
        Decision::Carry => vec![(Row::new(), carried_of(plan.clone()))],
        _ => Vec::new(),
    }
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

/// A plan and what is stored beside it.
pub(crate) struct Made {
    /// The frozen content.
    pub(crate) plan: Plan,
    /// The usage that was summed, for later corrections.
    kb: Kb,
    /// Earlier periods that this plan corrects, and their usage as known now.
    corrected: Vec<(Row, Kb, Decimal)>,
}

/// Makes the plan of the cursor's next period.
pub(crate) async fn make_plan(
    host: &Host,
    service: &Service,
    terms: Terms,
    cursor: &Cursor,
    beside: &Beside,
) -> Result<Made, Failure> {
    let usage = summed(host, &service.id, &cursor.next).await?;
    let mut kb = Kb::default();
    for resource in &usage {
        kb = kb.plus(resource.usage).map_err(|e| refused(e.code(), &e.to_string()))?;
    }
    let mut corrected = Vec::new();
    let mut corrections = Vec::new();
    for row in &beside.forward.late {
        let old = content(row)?;
        let mut now = Kb::default();
        for resource in summed(host, &service.id, &old.period).await? {
            now = now
                .plus(resource.usage)
                .map_err(|e| refused(e.code(), &e.to_string()))?;
        }
        let billed: Decimal = number(row, &PERIODS, "billed_amount")?;
        let rated = crate::bill::rate_transfer(now.0, &old.terms).map_err(|e| refused(e.code(), &e.to_string()))?;
        corrections.push(Correction {
            reference: old.reference,
            period: old.period,
            billed,
            usage: now,
            terms: old.terms,
        });
        corrected.push((row.clone(), now, rated.amount));
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
        gaps: beside.gaps.clone(),
        terms,
        carried: beside
            .forward
            .carried
            .iter()
            .map(|(_, carried)| carried.clone())
            .collect(),
        corrections,
        last: beside.last,
    };
    let plan = plan(&input, &beside.bounds).map_err(|e| refused(e.code(), &e.to_string()))?;
    Ok(Made { plan, kb, corrected })
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
        // A period that was set aside was not charged; a person decides about all of it.
        Where {
            column: "state".into(),
            test: "in".into(),
            values: CORRECTED.iter().map(|state| (*state).to_owned()).collect(),
        },
    ];
    host.rows(PERIODS.name, conditions, vec!["period"], 100).await
}

/// What earlier periods leave to the next bill.
#[derive(Default)]
pub(crate) struct Forward {
    /// Periods that were carried, and what they left.
    pub(crate) carried: Vec<(Row, Carried)>,
    /// Planned periods whose readings changed since.
    pub(crate) late: Vec<Row>,
    /// How many were set aside for a person; a dry run sets none aside.
    pub(crate) aside: u32,
}

/// Reads what earlier periods leave. What cannot be added to today's bill is set aside for a person, so that it keeps no
/// later period from being billed: a sum in a currency that the client no longer pays in, and the correction of an
/// invoice that staff cancelled, refunded or deleted. A dry run leaves it out just so, and writes nothing.
pub(crate) async fn forward(host: &Host, service: &Service, dry_run: bool) -> Result<Forward, Failure> {
    let mut kept = Forward::default();
    let mut parked = Vec::new();
    for (row_read, carried) in carried_rows(host, &service.id).await? {
        let note = match another_client(host, service, &row_read).await? {
            Some(note) => (CLIENT, note),
            None if carried.currency == service.currency.code => {
                kept.carried.push((row_read, carried));
                continue;
            }
            None => (FOREIGN, foreign(service, &content(&row_read)?)),
        };
        set_aside(host, service, &row_read, "parked", (note.0, &note.1), dry_run).await?;
        kept.aside = kept.aside.saturating_add(u32::from(!dry_run));
        parked.push(must(&row_read, &PERIODS, "period")?.to_owned());
    }
    for row_read in late_rows(host, &service.id).await? {
        if parked
            .iter()
            .any(|period| Some(period.as_str()) == text(&row_read, "period"))
        {
            continue;
        }
        let plan = content(&row_read)?;
        let state = text(&row_read, "state").unwrap_or_default();
        let note = if let Some(note) = another_client(host, service, &row_read).await? {
            (CLIENT, note)
        } else if plan.terms.currency != service.currency.code {
            (FOREIGN, foreign(service, &plan))
        } else if let Some(what) = closed_invoice(host, &row_read).await? {
            let note = format!(
                "{what}, so what changed since in the readings of {} is neither charged nor credited",
                plan.reference
            );
            ("onapp.correction_dropped", note)
        } else {
            kept.late.push(row_read);
            continue;
        };
        set_aside(host, service, &row_read, state, (note.0, &note.1), dry_run).await?;
        kept.aside = kept.aside.saturating_add(u32::from(!dry_run));
    }
    Ok(kept)
}

/// The code of what belongs to the client who had the service before.
const CLIENT: &str = "onapp.client_changed";

/// Says so when a period was billed to another client than the service's present one, and that client is still there: of
/// one that is gone, as after a merge of clients, what is left goes to who has the service now, as its bills do.
async fn another_client(host: &Host, service: &Service, period: &Row) -> Result<Option<String>, Failure> {
    let billed_to = must(period, &PERIODS, "client_id")?;
    if !is_elsewhere(host, service, billed_to).await? {
        return Ok(None);
    }
    let plan = content(period)?;
    Ok(Some(format!(
        "what {} leaves or corrects belongs to client {billed_to}, who had the service then; settle it by hand",
        plan.reference
    )))
}

/// Does this client have a life of its own beside the one who has the service?
pub(crate) async fn is_elsewhere(host: &Host, service: &Service, client_id: &str) -> Result<bool, Failure> {
    if client_id == service.client_id {
        return Ok(false);
    }
    let id = client_id.to_owned();
    Ok(host.ask(&ClientGet { id }).await?.client.is_some())
}

/// Sets aside what no further bill of this module takes along: a carried sum, and corrections. Tells how many.
pub(crate) async fn drop_corrections(host: &Host, service: &Service) -> Result<u32, Failure> {
    let mut aside = 0u32;
    for (row_read, carried) in carried_rows(host, &service.id).await? {
        let note = format!(
            "{} {} of {} was carried, and this module makes no further bill that could take it along; settle it by hand",
            carried.amount.pad(content(&row_read)?.terms.currency_digits),
            carried.currency,
            carried.reference
        );
        set_aside(host, service, &row_read, "parked", ("onapp.carried_left", &note), false).await?;
        aside = aside.saturating_add(1);
    }
    for row_read in late_rows(host, &service.id).await? {
        let plan = content(&row_read)?;
        let mut now = Kb::default();
        for resource in summed(host, &service.id, &plan.period).await? {
            now = now
                .plus(resource.usage)
                .map_err(|e| refused(e.code(), &e.to_string()))?;
        }
        let note = format!(
            "the readings of {} changed after its bill (from {} KB to {now} KB), and this module makes no further bill that \
             could correct it; settle it by hand",
            plan.reference,
            text(&row_read, "billed_kb").unwrap_or_default()
        );
        let state = text(&row_read, "state").unwrap_or_default();
        set_aside(
            host,
            service,
            &row_read,
            state,
            ("onapp.correction_dropped", &note),
            false,
        )
        .await?;
        aside = aside.saturating_add(1);
    }
    Ok(aside)
}

/// While nobody here bills: says once a month what waits for this module's next bill.
pub(crate) async fn say_waiting(host: &Host, service: &Service) -> Result<(), Failure> {
    let carried = carried_rows(host, &service.id).await?;
    if carried.is_empty() || !first_within(host, &format!("carried.{}", service.id), TimeDelta::days(31)).await? {
        return Ok(());
    }
    let sums: Vec<String> = carried
        .iter()
        .map(|(row_read, carried)| {
            let digits = content(row_read)?.terms.currency_digits;
            Ok(format!(
                "{} {} of {}",
                carried.amount.pad(digits),
                carried.currency,
                carried.reference
            ))
        })
        .collect::<Result<_, Failure>>()?;
    let sentence = format!(
        "Service {}: {} was carried to this module's next bill, and this module does not bill the service now. It is taken \
         along when it does again; else settle it by hand.",
        service.id,
        sums.join(", ")
    );
    host.log("warning", "onapp.carried_waits", sentence);
    Ok(())
}

/// The code of a sum in a currency of the past.
const FOREIGN: &str = "onapp.currency_changed";

fn foreign(service: &Service, plan: &Plan) -> String {
    format!(
        "{} {} of {} is not billed: the client now pays in {}; settle it by hand",
        plan.total.pad(plan.terms.currency_digits),
        plan.terms.currency,
        plan.reference,
        service.currency.code
    )
}

/// Says what staff did with a published period's invoice, if it no longer stands.
async fn closed_invoice(host: &Host, period: &Row) -> Result<Option<String>, Failure> {
    let Some(id) = text(period, "invoice_id").filter(|_| text(period, "state") == Some("published")) else {
        return Ok(None);
    };
    let invoice = host.ask(&InvoiceGet { id: id.to_owned() }).await?.invoice;
    Ok(match invoice.as_ref().map(|invoice| invoice.status.as_str()) {
        None => Some(format!("invoice {id} was deleted")),
        Some("Cancelled") => Some(format!("invoice {id} was cancelled")),
        Some("Refunded") => Some(format!("invoice {id} was refunded")),
        Some(_) => None,
    })
}

async fn set_aside(
    host: &Host,
    service: &Service,
    period: &Row,
    state: &str,
    (code, note): (&str, &str),
    dry_run: bool,
) -> Result<(), Failure> {
    if dry_run {
        // Said by the real run as a fact.
        host.log(
            "warning",
            code,
            format!("Service {}, if it were billed now: {note}.", service.id),
        );
        return Ok(());
    }
    host.log("error", code, format!("Service {}: {note}.", service.id));
    let change = Change::Update {
        table: PERIODS.name,
        key: period_key(period)?,
        rev: must(period, &PERIODS, "rev")?.to_owned(),
        values: row([("state", state.into()), ("late", "0".into()), ("note", note.into())]),
    };
    // A conflict: another runner is at it, and sets the same aside.
    host.apply(vec![change]).await.map(|_| ())
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
pub(crate) async fn store_plan(
    host: &Host,
    service: &Service,
    cursor: &mut Cursor,
    next: Period,
    resources: &mut [Row],
    made: Made,
    beside: &Beside,
) -> Result<bool, Failure> {
    let position = position(&next, beside.last);
    let mut changes = vec![move_cursor(cursor, &cursor_key(&service.id), position)?];
    changes.extend(plan_changes(service, resources, &made, &beside.planned_on)?);
    let set = |row_read: &Row, values: Row| -> Result<Change, Failure> {
        Ok(Change::Update {
            table: PERIODS.name,
            key: period_key(row_read)?,
            rev: must(row_read, &PERIODS, "rev")?.to_owned(),
            values,
        })
    };
    let mut merged: Vec<&Row> = beside.forward.carried.iter().map(|(row_read, _)| row_read).collect();
    for (row_read, kb, amount) in &made.corrected {
        let mut values = row([
            ("late", "0".into()),
            ("billed_kb", kb.to_string().into()),
            ("billed_amount", amount.to_string().into()),
        ]);
        let same = |other: &&Row| text(other, "period") == text(row_read, "period");
        if merged.iter().any(same) {
            values.extend(row([("state", "merged".into())]));
            merged.retain(|other| !same(other));
        }
        changes.push(set(row_read, values)?);
    }
    for row_read in merged {
        changes.push(set(row_read, row([("state", "merged".into())]))?);
    }
    Ok(host.apply(changes).await? == Outcome::Applied)
}

/// The changes that store a plan as a period's row.
pub(crate) fn plan_changes(
    service: &Service,
    resources: &mut [Row],
    made: &Made,
    planned_on: &str,
) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    // Touching each resource makes a reading that arrives meanwhile a conflict, for us or for the collector.
    for resource in resources {
        let rev: u64 = number(resource, &RESOURCES, "rev")?;
        changes.push(Change::Update {
            table: RESOURCES.name,
            key: resource_key(resource)?,
            rev: rev.to_string(),
            values: Row::new(),
        });
        resource.insert("rev".into(), rev.saturating_add(1).to_string().into());
    }
    let plan = &made.plan;
    let mut values = cursor_key(&service.id);
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
        ("planned_on", planned_on.into()),
        ("late", "0".into()),
    ]));
    changes.push(Change::Insert {
        table: PERIODS.name,
        values,
    });
    Ok(changes)
}
