//! The words of a bill: what a client reads on a line, and how staff can follow the figures.
//!
//! Words are made from the same exact figures as the amounts; nothing is computed here.

use super::plan::{Carried, Correction, PlanInput};
use super::{BillError, Decision, Line, LineKind, Rated, Terms};
use crate::meter::{Gap, Kb, KbSize, ResourceUsage};
use crate::money::{Decimal, MoneyError, Quotient};
use crate::time::{Period, TimeError, Zone, hours_between};

/// So many gaps are named one by one; a bill is no log file.
const NAMED_GAPS: usize = 10;
/// Digits shown of a volume that has no last digit.
const SHOWN_DIGITS: u32 = 4;

/// The description of a period's usage line.
pub(super) fn usage(input: &PlanInput, sum: Kb, rated: &Rated, gaps: &[Gap]) -> Result<String, BillError> {
    let PlanInput {
        reference,
        label,
        period,
        zone,
        terms,
        ..
    } = input;
    let mut text = vec![
        format!("{label}: transfer above the included volume"),
        interval(period, zone)?,
        format!(
            "Used: {} MB ({sum} KB; {})",
            volume(rated.usage_mb)?,
            kilobyte(terms.kb)
        ),
        included(rated, terms)?,
        format!("Above: {} MB", volume(rated.over_mb)?),
        product(rated, terms)?,
    ];
    text.extend(not_measured(gaps, zone)?);
    if input.last {
        text.push("Last bill of this service".to_owned());
    }
    text.push(format!("Reference: {reference}"));
    Ok(text.join("\n"))
}

/// The description of a carried line: each line that it was made of, with its amount. What was carried into that period
/// stands there already in the same form, and is passed on as it is.
pub(super) fn carried(carried: &Carried, terms: &Terms) -> String {
    let mut text = vec![format!(
        "Carried over from {}, where it was not above the smallest amount invoiced",
        carried.reference
    )];
    for line in carried.lines.iter().filter(|line| !line.amount.is_zero()) {
        let parts: Vec<&str> = line.description.lines().collect();
        match (line.kind, parts.as_slice()) {
            (LineKind::Carried, [_, passed_on @ ..]) if !passed_on.is_empty() => {
                text.extend(passed_on.iter().map(|&part| part.to_owned()));
            }
            (_, parts) => text.push(format!("- {} = {}", parts.join("; "), money(line.amount, terms))),
        }
    }
    text.join("\n")
}

/// The description of a correction line.
pub(super) fn correction(correction: &Correction, rated: &Rated, zone: &Zone) -> Result<String, BillError> {
    let Correction {
        reference,
        period,
        billed,
        usage,
        terms,
    } = correction;
    let text = [
        format!("Correction of {reference}: measurements that arrived or changed later"),
        interval(period, zone)?,
        format!(
            "Used: {} MB ({usage} KB; {})",
            volume(rated.usage_mb)?,
            kilobyte(terms.kb)
        ),
        included(rated, terms)?,
        product(rated, terms)?,
        format!("Billed before: {}", money(*billed, terms)),
    ];
    Ok(text.join("\n"))
}

/// The explanation of a whole plan.
pub(super) fn plan(
    lines: &[Line],
    usage: &[ResourceUsage],
    rated: &Rated,
    total: Decimal,
    decision: Decision,
    terms: &Terms,
) -> Vec<String> {
    let mut text: Vec<String> = Vec::new();
    for line in lines {
        text.extend(line.description.lines().map(str::to_owned));
        let tax = if line.taxed {
            "before tax, which the host adds"
        } else {
            "not taxed"
        };
        text.push(format!("= {}, {tax}", money(line.amount, terms)));
    }
    for ResourceUsage { resource, usage } in usage {
        text.push(format!("Measured: {resource} {usage} KB"));
    }
    text.push(format!(
        "Rounding of the usage line: {} {}, recorded and not carried",
        rated.rounding, terms.currency
    ));
    let (sum, threshold) = (money(total, terms), money(terms.threshold, terms));
    text.push(match decision {
        Decision::Carry | Decision::Forgive if total.is_zero() => format!("Sum {sum}: nothing to invoice"),
        Decision::Invoice => format!("Sum {sum}, above {threshold}: invoiced"),
        Decision::Carry => format!("Sum {sum}, not above {threshold}: carried into the next period"),
        Decision::Forgive => format!("Sum {sum}, not above {threshold}, and no further period: not charged"),
        Decision::Credit => format!("Sum {sum}, and no further period: credited to the client"),
    });
    text
}

/// A period as clocks in its zone show it.
fn interval(period: &Period, zone: &Zone) -> Result<String, TimeError> {
    Ok(format!(
        "{} to {} ({zone})",
        zone.show(period.start)?,
        zone.show(period.end)?
    ))
}

/// What a kilobyte is.
fn kilobyte(kb: KbSize) -> String {
    format!("1 MB = {0} KB, 1 KB = {0} bytes", kb.factor())
}

/// The included volume, and its share where the period is shorter or longer.
fn included(rated: &Rated, terms: &Terms) -> Result<String, MoneyError> {
    let share = volume(rated.included_mb)?;
    Ok(if terms.share.is_whole() {
        format!("Included: {share} MB")
    } else {
        let (hours, of) = (terms.share.hours, terms.share.of);
        let count = match hours < of {
            true => format!("of which {hours} count"),
            false => format!("and {hours} count"),
        };
        format!(
            "Included: {share} MB ({} MB for {of} hours, {count})",
            terms.included_mb
        )
    })
}

/// The multiplication, with the exact result where rounding changed it.
fn product(rated: &Rated, terms: &Terms) -> Result<String, MoneyError> {
    let mut text = format!("{} MB x {} per MB", volume(rated.over_mb)?, volume(terms.price_per_mb)?);
    if terms.rate != Decimal::from(1u64) {
        text.push_str(&format!(" x currency rate {}", terms.rate));
    }
    let amount = money(rated.amount, terms);
    match rated.exact.exact() {
        Some(exact) if exact == rated.amount => text.push_str(&format!(" = {amount}")),
        Some(exact) => text.push_str(&format!(" = {exact}, rounded {amount}")),
        None => text.push_str(&format!(" = {amount} (rounded)")),
    }
    Ok(text)
}

/// The gaps, by name as far as a bill has room.
fn not_measured(gaps: &[Gap], zone: &Zone) -> Result<Vec<String>, TimeError> {
    let mut text = Vec::new();
    for Gap { resource, start, end } in gaps.iter().take(NAMED_GAPS) {
        let hours = hours_between(*start, *end);
        text.push(format!(
            "Not measured and not charged: {resource}, {} to {} ({hours} h)",
            zone.show(*start)?,
            zone.show(*end)?
        ));
    }
    if let Some(more) = gaps.len().checked_sub(NAMED_GAPS).filter(|more| *more > 0) {
        text.push(format!("Not measured and not charged: {more} more intervals"));
    }
    Ok(text)
}

/// A volume in full, or its first digits when it has no last one.
pub(crate) fn volume(quotient: Quotient) -> Result<String, MoneyError> {
    Ok(match quotient.exact() {
        Some(exact) => exact.to_string(),
        None => format!("about {}", quotient.round_half_away(SHOWN_DIGITS)?),
    })
}

/// An amount with its currency.
fn money(amount: Decimal, terms: &Terms) -> String {
    format!("{} {}", amount.pad(terms.currency_digits), terms.currency)
}
