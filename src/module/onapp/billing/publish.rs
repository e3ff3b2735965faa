//! From a frozen plan to exactly one published invoice.
//!
//! planned -> drafting (intent and lease) -> drafted (the host's invoice id) -> published. Only the id that was recorded
//! by compare-and-swap from drafting is ever published. A runner that comes back after its lease and finds another draft
//! recorded marks its own and leaves it unpublished. Whoever takes over looks the reference up first: none, draft; one,
//! adopt; several or different, park and say so. A draft with only the first of its lines, or none, is what a kill in
//! the middle of the host's own work leaves: it is marked and made anew.

use super::plan::{content, period_key};
use crate::bill::{Decision, Plan};
use crate::host::{
    Cell, Change, ClientGet, CreditAdd, Failure, Host, Invoice, InvoiceDraft, InvoiceFind, InvoiceGet, InvoiceLine,
    InvoiceNotes, InvoicePublish, Outcome, Row, Service, ServiceGet, Settings, is,
};
use crate::module::common::claim;
use crate::module::common::reused::is_another;
use crate::module::onapp::tables::{MODULE, PERIODS, instant, must, row, stored, text};
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};

/// An invoice that this run published.
pub(crate) struct Published {
    invoice_id: String,
    reference: String,
    total: String,
    currency: String,
}

impl Published {
    /// What the report says of it.
    pub(crate) fn report(&self) -> Value {
        json!({
            "invoice_id": self.invoice_id,
            "reference": self.reference,
            "total": self.total,
            "currency": self.currency,
        })
    }
}

/// A period that got no invoice in this run, and why.
pub(crate) struct Unbilled {
    reference: String,
    total: String,
    currency: String,
    why: &'static str,
}

impl Unbilled {
    fn of(plan: &Plan, why: &'static str) -> Self {
        Self {
            reference: plan.reference.clone(),
            total: plan.total.pad(plan.terms.currency_digits),
            currency: plan.terms.currency.clone(),
            why,
        }
    }

    /// Nothing was owed.
    pub(crate) fn is_nothing(&self) -> bool {
        self.total.bytes().all(|b| matches!(b, b'0' | b'.'))
    }

    /// What the report says of it.
    pub(crate) fn report(&self) -> Value {
        json!({ "reference": self.reference, "total": self.total, "currency": self.currency, "why": self.why })
    }
}

/// What became of a period in this run.
pub(crate) enum End {
    /// Its invoice is published.
    Published(Published),
    /// It is below the threshold and waits for the next period.
    Carried(Unbilled),
    /// It ended without an invoice: forgiven, credited, or its invoice was handled by staff.
    Settled(Unbilled),
    /// It was set aside for a person.
    Parked,
    /// Another runner has it.
    Elsewhere,
}

/// A period's row that this runner may change, kept in step with its revision.
struct Held {
    row: Row,
}

impl Held {
    /// Sets columns if nobody was faster.
    async fn set(&mut self, host: &Host, values: Row) -> Result<bool, Failure> {
        let rev = must(&self.row, &PERIODS, "rev")?.to_owned();
        let next = rev.parse::<u64>().unwrap_or(0).saturating_add(1);
        let change = Change::Update {
            table: PERIODS.name,
            key: period_key(&self.row)?,
            rev,
            values: values.clone(),
        };
        if host.apply(vec![change]).await? == Outcome::Conflict {
            return Ok(false);
        }
        self.row.extend(values);
        self.row.insert("rev".into(), next.to_string().into());
        Ok(true)
    }

    /// Reads the row again; true when this runner still holds it in drafting.
    async fn reread(&mut self, host: &Host) -> Result<bool, Failure> {
        let key = period_key(&self.row)?;
        let conditions = key
            .iter()
            .filter_map(|(column, cell)| match cell {
                Cell::Text(text) => Some(is(column, "=", text.as_str())),
                _ => None,
            })
            .collect();
        let Some(row) = host.rows(PERIODS.name, conditions, vec![], 1).await?.into_iter().next() else {
            return Ok(false);
        };
        let mine = text(&row, "holder") == Some(host.holder()) && text(&row, "state") == Some("drafting");
        self.row = row;
        Ok(mine)
    }

    /// Moves to a state for this runner, with a lease.
    async fn take(&mut self, host: &Host, state: &str) -> Result<bool, Failure> {
        let until = host.clock() + TimeDelta::seconds(i64::from(host.limits().lease_seconds));
        let mine = row([
            ("state", state.into()),
            ("holder", host.holder().into()),
            ("lease_until", stored(until).into()),
        ]);
        self.set(host, mine).await
    }

    async fn end(&mut self, host: &Host, state: &str, note: &str, end: End) -> Result<End, Failure> {
        let values = row([
            ("state", state.into()),
            ("note", note.into()),
            ("holder", Cell::Null),
            ("lease_until", Cell::Null),
        ]);
        Ok(if self.set(host, values).await? {
            end
        } else {
            End::Elsewhere
        })
    }

    async fn park(&mut self, host: &Host, plan: &Plan, why: &str) -> Result<End, Failure> {
        let sentence = format!(
            "Period {} of service {} ({} to {}, {}) was set aside and is not billed any more: {why}. Look at the client's \
             invoices and bill it by hand if it is still owed.",
            plan.reference,
            text(&self.row, "service_id").unwrap_or_default(),
            plan.period.start,
            plan.period.end,
            sum(plan)
        );
        host.log("error", "onapp.parked", sentence);
        self.end(host, "parked", why, End::Parked).await
    }

    fn held_by_other(&self, host: &Host) -> Result<bool, Failure> {
        let other = text(&self.row, "holder").is_some_and(|holder| holder != host.holder());
        Ok(other && instant(&self.row, &PERIODS, "lease_until")?.is_some_and(|until| until > host.clock()))
    }
}

/// The plan's total with its currency.
fn sum(plan: &Plan) -> String {
    format!("{} {}", plan.total.pad(plan.terms.currency_digits), plan.terms.currency)
}

/// The reference as it stands in an invoice's notes.
fn marker(plan: &Plan) -> String {
    format!("[{}]", plan.reference)
}

/// Brings one period as far as it goes. Work that failed is let go at once, so that the next run takes it up; only work
/// that was killed waits for the end of its lease.
pub(crate) async fn bring_on(host: &Host, settings: &Settings, period: Row) -> Result<End, Failure> {
    let mut held = Held { row: period };
    let done = bring_on_held(host, settings, &mut held).await;
    if done.is_err() && text(&held.row, "holder") == Some(host.holder()) {
        let free = row([("holder", Cell::Null), ("lease_until", Cell::Null)]);
        // Where even this fails, the lease runs out by itself; the failure to tell is the first one.
        let _ = held.set(host, free).await;
    }
    done
}

async fn bring_on_held(host: &Host, settings: &Settings, held: &mut Held) -> Result<End, Failure> {
    let plan = content(&held.row)?;
    if held.held_by_other(host)? {
        return Ok(End::Elsewhere);
    }
    if text(&held.row, "state") == Some("planned") {
        match plan.decision {
            Decision::Invoice => {}
            Decision::Carry => {
                let note = "below the threshold";
                let end = End::Carried(Unbilled::of(&plan, note));
                return held.end(host, "carried", note, end).await;
            }
            Decision::Forgive => {
                let note = "final bill below the threshold";
                let end = End::Settled(Unbilled::of(&plan, note));
                let end = held.end(host, "forgiven", note, end).await?;
                if matches!(&end, End::Settled(rest) if !rest.is_nothing()) {
                    let sentence = format!(
                        "{} of the last bill {} are not above the threshold of {} and are forgiven; the service has no \
                         further bill that could take them along.",
                        sum(&plan),
                        plan.reference,
                        plan.terms.threshold
                    );
                    host.log("warning", "onapp.forgiven", sentence);
                }
                return Ok(end);
            }
            Decision::Credit => {
                // Leased before it is given: two runners never look for the marker at the same moment.
                if !held.take(host, "planned").await? {
                    return Ok(End::Elsewhere);
                }
                let service = service_of(host, &held.row).await?;
                let Some(client_id) = payer(host, &held.row, service.as_ref()).await? else {
                    return held.park(host, &plan, &nobody(&held.row)).await;
                };
                if let Some(why) = other_currency(service.as_ref(), &client_id, &plan) {
                    return held.park(host, &plan, &why).await;
                }
                credit(host, &held.row, &plan, client_id).await?;
                let note = "final bill below zero, given as credit";
                let end = End::Settled(Unbilled::of(&plan, note));
                return held.end(host, "credited", "final bill below zero", end).await;
            }
        }
        if !held.take(host, "drafting").await? {
            return Ok(End::Elsewhere);
        }
        return draft(host, settings, held, plan).await;
    }
    if text(&held.row, "state") == Some("drafting") {
        if !held.take(host, "drafting").await? {
            return Ok(End::Elsewhere);
        }
        return recover(host, settings, held, plan).await;
    }
    if !held.take(host, "drafted").await? {
        return Ok(End::Elsewhere);
    }
    publish(host, settings, held, plan).await
}

async fn service_of(host: &Host, period: &Row) -> Result<Option<Service>, Failure> {
    let id = must(period, &PERIODS, "service_id")?.to_owned();
    let there = claim::read(host, MODULE, &id).await?;
    let service = host.ask(&ServiceGet { id }).await?.service;
    // Under a number that was given again stands another one.
    Ok(service.filter(|now| there.is_none_or(|there| !is_another(&there, &now.client_id))))
}

/// Why a plan is not carried out in the currency that the payer pays in by now. Only that of the service's own client is
/// told; another one was planned for in the currency that was its own.
fn other_currency(service: Option<&Service>, payer: &str, plan: &Plan) -> Option<String> {
    let own = service.filter(|service| service.client_id == payer);
    let now_in = own.map_or("", |service| service.currency.code.as_str());
    let planned_in = plan.terms.currency.as_str();
    (!now_in.is_empty() && now_in != planned_in)
        .then(|| format!("it is planned in {planned_in} and the client now pays in {now_in}"))
}

/// A negative rest of a final bill becomes credit; the host knows the marker, so it is given once. No invoice shows the
/// lines, so the credit does.
async fn credit(host: &Host, period: &Row, plan: &Plan, client_id: String) -> Result<(), Failure> {
    let made_of: Vec<String> = (plan.lines.iter().filter(|line| !line.amount.is_zero()))
        .map(|line| {
            let amount = line.amount.pad(plan.terms.currency_digits);
            format!(
                "{} = {amount} {}",
                line.description.replace('\n', "; "),
                plan.terms.currency
            )
        })
        .collect();
    let op = CreditAdd {
        client_id,
        amount: (-plan.total).pad(plan.terms.currency_digits),
        marker: marker(plan),
        description: format!("Credit from the final bill {}\n{}", marker(plan), made_of.join("\n")),
    };
    host.ask(&op).await?;
    let sentence = format!(
        "The last bill {} of service {} is {}, which was given to client {} as credit; the credit names its lines.",
        plan.reference,
        must(period, &PERIODS, "service_id")?,
        sum(plan),
        op.client_id
    );
    host.log("warning", "onapp.credited", sentence);
    Ok(())
}

/// The runner before us stopped somewhere in drafting: look before doing it again.
async fn recover(host: &Host, settings: &Settings, held: &mut Held, plan: Plan) -> Result<End, Failure> {
    let mut op = InvoiceFind {
        client_id: must(&held.row, &PERIODS, "client_id")?.to_owned(),
        marker: marker(&plan),
        since: earliest(must(&held.row, &PERIODS, "planned_on")?, &plan),
    };
    let planned = lines(&plan);
    let mut all = host.ask(&op).await?.invoices;
    // Where clients were merged, it is the other one's with all that the client had.
    if let Some(now) = service_of(host, &held.row)
        .await?
        .filter(|now| now.client_id != op.client_id)
    {
        op.client_id = now.client_id;
        all.extend(host.ask(&op).await?.invoices);
    }
    let (torn, found): (Vec<Invoice>, Vec<Invoice>) = all.into_iter().partition(|invoice| is_torn(invoice, &planned));
    for draft in torn {
        leave(host, &draft.id, &plan, "its making was cut off").await?;
    }
    match found.as_slice() {
        [] => draft(host, settings, held, plan).await,
        [one] if same(one, &planned) => record(host, settings, held, plan, &one.id).await,
        [one] => {
            held.park(
                host,
                &plan,
                &format!("invoice {} carries its reference but not its lines", one.id),
            )
            .await
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|i| i.id.as_str()).collect();
            held.park(
                host,
                &plan,
                &format!("the invoices {} all carry its reference", ids.join(", ")),
            )
            .await
        }
    }
}

/// The earliest date that a draft of the plan can bear. The clock that planned it may have been ahead, but no draft is made
/// before its period begins.
fn earliest(planned_on: &str, plan: &Plan) -> String {
    let begins = plan.period.start.date_naive() - TimeDelta::days(1);
    planned_on.min(begins.to_string().as_str()).to_owned()
}

/// Compares what the host stored with what was planned.
fn same(invoice: &Invoice, planned: &[InvoiceLine]) -> bool {
    invoice.lines.len() == planned.len() && begins_like(invoice, planned)
}

/// A draft that lacks its last lines: the host stores an invoice in several writes and was killed between them.
fn is_torn(invoice: &Invoice, planned: &[InvoiceLine]) -> bool {
    invoice.status == "Draft" && invoice.lines.len() < planned.len() && begins_like(invoice, planned)
}

/// Every line there is as planned; amounts by value, because hosts pad differently.
fn begins_like(invoice: &Invoice, planned: &[InvoiceLine]) -> bool {
    let amount = |text: &str| text.parse::<crate::money::Decimal>().ok();
    invoice.lines.iter().zip(planned).all(|(there, ours)| {
        amount(&there.amount).is_some()
            && amount(&there.amount) == amount(&ours.amount)
            && bare(&there.description) == bare(&ours.description)
    })
}

/// A text without its entities, at whatever depth: some hosts encode once more what their API is given.
fn bare(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n");
    for _ in 0..4 {
        let before = text.clone();
        for (entity, character) in [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#039;", "'"),
            ("&#39;", "'"),
            ("&apos;", "'"),
            ("&amp;", "&"),
        ] {
            text = text.replace(entity, character);
        }
        if text == before {
            break;
        }
    }
    text.trim().to_owned()
}

fn lines(plan: &Plan) -> Vec<InvoiceLine> {
    plan.lines
        .iter()
        .map(|line| InvoiceLine {
            description: line.description.clone(),
            amount: line.amount.pad(plan.terms.currency_digits),
            taxed: line.taxed,
        })
        .collect()
}

fn today(host: &Host, settings: &Settings) -> NaiveDate {
    settings.today.parse().unwrap_or_else(|_| host.now().date_naive())
}

fn due(today: NaiveDate, settings: &Settings) -> String {
    let days = chrono::Days::new(u64::from(settings.invoice_due_days.min(3650)));
    today.checked_add_days(days).unwrap_or(today).to_string()
}

async fn draft(host: &Host, settings: &Settings, held: &mut Held, plan: Plan) -> Result<End, Failure> {
    let service = service_of(host, &held.row).await?;
    let Some(client_id) = payer(host, &held.row, service.as_ref()).await? else {
        return held.park(host, &plan, &nobody(&held.row)).await;
    };
    if let Some(why) = other_currency(service.as_ref(), &client_id, &plan) {
        return held.park(host, &plan, &why).await;
    }
    let today = today(host, settings);
    let op = InvoiceDraft {
        client_id,
        date: today.to_string(),
        due_date: due(today, settings),
        payment_method: service.map(|s| s.payment_method).unwrap_or_default(),
        notes: marker(&plan),
        lines: lines(&plan),
    };
    let id = host.ask(&op).await?.id;
    record(host, settings, held, plan, &id).await
}

/// Who pays a period: the client of its plan. Where that one is gone, as after a merge of clients, the one who has the
/// service now; None where nobody is left.
async fn payer(host: &Host, period: &Row, service: Option<&Service>) -> Result<Option<String>, Failure> {
    let planned = must(period, &PERIODS, "client_id")?.to_owned();
    let now = service.map(|service| service.client_id.clone());
    // Of a client that is not there any more the host knows no currency either.
    let same = now.as_ref() == Some(&planned) && service.is_some_and(|service| !service.currency.code.is_empty());
    if same || host.ask(&ClientGet { id: planned.clone() }).await?.client.is_some() {
        return Ok(Some(planned));
    }
    Ok(now.filter(|now| *now != planned))
}

fn nobody(period: &Row) -> String {
    let client_id = text(period, "client_id").unwrap_or_default();
    format!("client {client_id} was deleted in the billing panel, so nobody can be invoiced")
}

/// Records the invoice's id; only who wins this may publish it.
async fn record(host: &Host, settings: &Settings, held: &mut Held, plan: Plan, id: &str) -> Result<End, Failure> {
    let drafted = row([("state", "drafted".into()), ("invoice_id", id.into())]);
    for _ in 0..3 {
        if held.set(host, drafted.clone()).await? {
            return publish(host, settings, held, plan).await;
        }
        // A late reading may have marked the row meanwhile; holder and state tell whether it is still ours.
        if !held.reread(host).await? {
            break;
        }
    }
    // Whoever took over may have found this very draft and taken it for its own; then it is the right one.
    if text(&held.row, "invoice_id") != Some(id) {
        leave(host, id, &plan, "another run drafted it first").await?;
    }
    Ok(End::Elsewhere)
}

/// What the notes of a draft begin with that is left behind.
const LEFT: &str = "Not to be published:";

/// Leaves a draft behind for staff to delete: marked, so that nobody takes it for the period's invoice.
async fn leave(host: &Host, id: &str, plan: &Plan, why: &str) -> Result<(), Failure> {
    let op = InvoiceNotes {
        id: id.to_owned(),
        notes: format!("{LEFT} {why} ({}).", plan.reference),
    };
    host.ask(&op).await?;
    host.log(
        "warning",
        "onapp.draft_left",
        format!(
            "Draft invoice {id} of {} stays unpublished, because {why}; delete it.",
            plan.reference
        ),
    );
    Ok(())
}

/// Publishes the recorded draft. Published is final: whatever staff did with the invoice meanwhile stands.
async fn publish(host: &Host, settings: &Settings, held: &mut Held, plan: Plan) -> Result<End, Failure> {
    let id = must(&held.row, &PERIODS, "invoice_id")?.to_owned();
    let Some(invoice) = host.ask(&InvoiceGet { id: id.clone() }).await?.invoice else {
        return held
            .park(host, &plan, &format!("its draft invoice {id} was deleted"))
            .await;
    };
    if invoice.status == "Cancelled" {
        let note = "cancelled by staff";
        let end = End::Settled(Unbilled::of(&plan, note));
        let end = held.end(host, "published", note, end).await?;
        if let End::Settled(_) = end {
            let sentence = format!(
                "Draft invoice {id} of {} over {} was cancelled by staff before it was published: the period is not billed any more.",
                plan.reference,
                sum(&plan)
            );
            host.log("warning", "onapp.cancelled", sentence);
        }
        return Ok(end);
    }
    if invoice.status == "Draft" {
        let service = service_of(host, &held.row).await?;
        let payer = payer(host, &held.row, service.as_ref()).await?.unwrap_or_default();
        if let Some(why) = other_currency(service.as_ref(), &payer, &plan) {
            leave(host, &id, &plan, &why).await?;
            return held.park(host, &plan, &why).await;
        }
        let today = today(host, settings);
        let passed = invoice.due_date.parse::<NaiveDate>().is_ok_and(|date| date < today);
        let due_date = if passed { due(today, settings) } else { invoice.due_date };
        if invoice.notes.starts_with(LEFT) {
            // The runner that made it gave it up between our finding it and our recording it.
            let notes = marker(&plan);
            host.ask(&InvoiceNotes { id: id.clone(), notes }).await?;
        }
        host.ask(&InvoicePublish {
            id: id.clone(),
            due_date,
        })
        .await?;
    }
    let published = Published {
        invoice_id: id,
        total: plan.total.pad(plan.terms.currency_digits),
        reference: plan.reference,
        currency: plan.terms.currency,
    };
    held.end(host, "published", "", End::Published(published)).await
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn a_text_is_known_again_however_often_a_host_encoded_it() {
        let literal = "Tom &amp; Jerry's \"VM\"\r\n1 < 2";
        let once = "Tom &amp;amp; Jerry&#039;s &quot;VM&quot;\n1 &lt; 2";
        let twice = "Tom &amp;amp;amp; Jerry&amp;#039;s &amp;quot;VM&amp;quot;\n1 &amp;lt; 2";
        assert_eq!(bare(literal), bare(once));
        assert_eq!(bare(literal), bare(twice));
        assert_ne!(bare(literal), bare("Tom & Jerry's \"VM\"\n1 < 3"));
    }
}
