//! The plan of one period's bill: pure input, frozen output.
//!
//! A plan is stored before anything is drafted, and drafted from what was stored. The tester and the real run both make
//! it with [`plan`], so they cannot differ.

use serde::{Deserialize, Serialize};

use super::decide::total;
use super::explain;
use super::rate::rate_transfer;
use super::{BillError, Bounds, Decision, Line, LineKind, Terms, decide, decide_final};
use crate::meter::{Gap, Kb, ResourceUsage};
use crate::money::Decimal;
use crate::time::{Period, Zone};

/// Everything a bill depends on.
#[derive(Debug, Clone)]
pub struct PlanInput {
    /// The bill's own name, which a client may read: it finds the invoice again. For example `onapp-17-3`.
    pub reference: String,
    /// What is billed, in the client's words: product and domain.
    pub label: String,
    /// The period.
    pub period: Period,
    /// The zone in which its edges are shown.
    pub zone: Zone,
    /// What was measured, per resource; in any order.
    pub usage: Vec<ResourceUsage>,
    /// What was not measured; in any order.
    pub gaps: Vec<Gap>,
    /// The terms of the period.
    pub terms: Terms,
    /// What earlier periods left below the threshold, oldest first: as a rule none or one.
    pub carried: Vec<Carried>,
    /// Earlier periods whose readings changed after they were billed; in any order.
    pub corrections: Vec<Correction>,
    /// True for the last bill of a service.
    pub last: bool,
}

/// A sum that an earlier period left.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The bill it comes from.
    pub reference: String,
    /// The sum; negative when the client was owed it.
    pub amount: Decimal,
    /// Its currency.
    pub currency: String,
    /// The lines that it was made of: no invoice has shown them yet.
    pub lines: Vec<Line>,
}

/// An earlier period as it was billed and as it should have been.
#[derive(Debug, Clone)]
pub struct Correction {
    /// The bill of that period.
    pub reference: String,
    /// The period.
    pub period: Period,
    /// What its usage was billed with, corrections since then included.
    pub billed: Decimal,
    /// Its usage as known now.
    pub usage: Kb,
    /// The terms it was billed under.
    pub terms: Terms,
}

/// A bill, frozen: what is stored, shown by a dry run and drafted at the host. Numbers are strings in its JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// The bill's own name.
    pub reference: String,
    /// The period.
    pub period: Period,
    /// The zone in which its edges are shown.
    pub zone: Zone,
    /// What was measured, by resource.
    pub usage: Vec<ResourceUsage>,
    /// What was not measured.
    pub gaps: Vec<Gap>,
    /// The terms.
    pub terms: Terms,
    /// The lines; the first one is the period's own usage and carries the reference.
    pub lines: Vec<Line>,
    /// Their sum before tax.
    pub total: Decimal,
    /// What becomes of it.
    pub decision: Decision,
    /// How it came about, line by line, for staff and for the tester's output.
    pub explanation: Vec<String>,
}

impl Plan {
    /// The amount of the period's own usage: what a later [`Correction`] starts from.
    #[must_use]
    pub fn usage_amount(&self) -> Decimal {
        self.lines
            .iter()
            .find(|line| line.kind == LineKind::Usage)
            .map_or(Decimal::ZERO, |line| line.amount)
    }
}

/// Makes the plan of one period.
///
/// The same input gives the same plan to the byte, in whatever order the panel's pages came.
///
/// # Errors
/// Every [`BillError`] is a reason to park the period.
///
/// ```
/// use provisor::bill::{Bounds, Decision, PlanInput, Terms, plan};
/// use provisor::meter::{Kb, KbSize, ResourceUsage};
/// use provisor::money::Decimal;
/// use provisor::time::{Anchor, Zone, first_period, parse_rfc3339};
///
/// let anchor = Anchor { date: "2026-01-01".parse()?, zone: Zone::get("Europe/London")? };
/// let period = first_period(&anchor, parse_rfc3339("2026-01-01T00:00:00Z")?)?;
/// let input = PlanInput {
///     reference: "onapp-17-0".into(),
///     label: "VPS S - vm.example.com".into(),
///     period,
///     zone: anchor.zone.clone(),
///     usage: vec![ResourceUsage { resource: "interface 952".into(), usage: Kb(2_097_152) }],
///     gaps: vec![],
///     terms: Terms {
///         included_mb: "1500".parse()?,
///         price_per_mb: "0.02".parse::<Decimal>()?.into(),
///         rate: "1".parse()?,
///         currency: "USD".into(),
///         currency_digits: 2,
///         kb: KbSize::Binary1024,
///         threshold: "0.10".parse()?,
///         taxed: false,
///         share: period.share(&anchor)?,
///     },
///     carried: vec![],
///     corrections: vec![],
///     last: false,
/// };
/// let plan = plan(&input, &Bounds::default())?;
/// assert_eq!((plan.total.pad(2).as_str(), plan.decision), ("10.96", Decision::Invoice));
/// assert!(plan.lines[0].description.ends_with("548 MB x 0.02 per MB = 10.96 USD\nReference: onapp-17-0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plan(input: &PlanInput, bounds: &Bounds) -> Result<Plan, BillError> {
    let PlanInput {
        reference,
        period,
        zone,
        terms,
        ..
    } = input;
    if period.end <= period.start {
        return Err(BillError::EmptyPeriod);
    }
    let usage = merged(&input.usage)?;
    let mut sum = Kb::default();
    for resource in &usage {
        bounds.check_usage(&resource.resource, resource.usage, terms.kb, period.hours())?;
        sum = sum.plus(resource.usage)?;
    }
    let mut gaps = input.gaps.clone();
    gaps.sort();

    let rated = rate_transfer(sum.0, terms)?;
    let mut lines = vec![Line {
        kind: LineKind::Usage,
        description: explain::usage(input, sum, &rated, &gaps)?,
        amount: rated.amount,
        taxed: terms.taxed,
    }];
    lines.extend(carried_lines(input)?);
    lines.extend(correction_lines(input, bounds)?);

    let total = total(&lines)?;
    refuse_above(bounds, total, terms)?;
    let decision = if input.last {
        decide_final(&lines, terms.threshold)?
    } else {
        decide(&lines, terms.threshold)?
    };
    let explanation = explain::plan(&lines, &usage, &rated, total, decision, terms);
    Ok(Plan {
        reference: reference.clone(),
        period: *period,
        zone: zone.clone(),
        usage,
        gaps,
        terms: terms.clone(),
        lines,
        total,
        decision,
        explanation,
    })
}

/// One entry a resource, sorted: the order of pages leaves no trace.
fn merged(usage: &[ResourceUsage]) -> Result<Vec<ResourceUsage>, BillError> {
    let mut sorted = usage.to_vec();
    sorted.sort_by(|a, b| a.resource.cmp(&b.resource));
    let mut merged: Vec<ResourceUsage> = Vec::with_capacity(sorted.len());
    for entry in sorted {
        match merged.last_mut().filter(|last| last.resource == entry.resource) {
            Some(last) => last.usage = last.usage.plus(entry.usage)?,
            None => merged.push(entry),
        }
    }
    Ok(merged)
}

/// A line for each period that left something.
fn carried_lines(input: &PlanInput) -> Result<Vec<Line>, BillError> {
    let mut lines = Vec::new();
    for carried in input.carried.iter().filter(|carried| !carried.amount.is_zero()) {
        same_currency(&carried.reference, &carried.currency, &input.terms)?;
        lines.push(Line {
            kind: LineKind::Carried,
            description: explain::carried(carried, &input.terms),
            amount: carried.amount,
            taxed: input.terms.taxed,
        });
    }
    Ok(lines)
}

/// A line for each earlier period whose amount changed, oldest first.
fn correction_lines(input: &PlanInput, bounds: &Bounds) -> Result<Vec<Line>, BillError> {
    let mut corrections: Vec<&Correction> = input.corrections.iter().collect();
    corrections.sort_by(|a, b| (a.period.index, &a.reference).cmp(&(b.period.index, &b.reference)));
    let mut lines = Vec::new();
    for correction in corrections {
        same_currency(&correction.reference, &correction.terms.currency, &input.terms)?;
        let (usage, kb) = (correction.usage, correction.terms.kb);
        bounds.check_usage(&correction.reference, usage, kb, correction.period.hours())?;
        let rated = rate_transfer(usage.0, &correction.terms)?;
        let amount = rated.amount.sub(correction.billed)?;
        if !amount.is_zero() {
            lines.push(Line {
                kind: LineKind::Adjustment,
                description: explain::correction(correction, &rated, &input.zone)?,
                amount,
                taxed: input.terms.taxed,
            });
        }
    }
    Ok(lines)
}

/// Refuses to add amounts of different currencies.
fn same_currency(reference: &str, then: &str, terms: &Terms) -> Result<(), BillError> {
    if then == terms.currency {
        return Ok(());
    }
    Err(BillError::CurrencyChanged {
        reference: reference.to_owned(),
        then: then.to_owned(),
        now: terms.currency.clone(),
    })
}

/// Refuses a sum beyond the bound, whichever sign it has.
fn refuse_above(bounds: &Bounds, total: Decimal, terms: &Terms) -> Result<(), BillError> {
    let Some(bound) = bounds.amount else { return Ok(()) };
    let bound = bound.mul(terms.rate)?;
    let size = if total.is_negative() { -total } else { total };
    if size <= bound {
        return Ok(());
    }
    Err(BillError::AmountTooLarge {
        amount: total.pad(terms.currency_digits),
        bound: bound.pad(terms.currency_digits),
        currency: terms.currency.clone(),
    })
}
