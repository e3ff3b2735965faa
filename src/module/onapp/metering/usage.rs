//! What pages show of a service's transfer: the host's own usage columns, and `onapp.usage`, our sentence on the product
//! page.
//!
//! When the module bills, the figure written to the host never exceeds the smallest limit that the host's own overage
//! billing could apply, so that the same traffic is never charged twice (decision 16); the true figure is in our sentence.
//! On the one day on which WHMCS closes the month that it billed until now, it keeps what it was told (`switch.rs`).

use super::resource::{resources, watermark};
use crate::bill::volume;
use crate::host::{Change, Failure, Host, Service, ServiceFields, ServiceGet, Settings, is};
use crate::meter::{Kb, KbSize};
use crate::module::common::claim;
use crate::module::common::verb::read;
use crate::module::onapp::billing::cursor::{Cursor, METER};
use crate::module::onapp::billing::plan::summed;
use crate::module::onapp::billing::switch::Month;
use crate::module::onapp::billing::terms::{included_mb, selected, unit};
use crate::module::onapp::moment::unthinkable;
use crate::module::onapp::product::options::{Biller, BillingSettings};
use crate::module::onapp::tables::{CURSORS, MODULE, USAGE, ensure, instant, row, stored, text};
use crate::module::{Env, Report};
use crate::money::{Decimal, Quotient};
use crate::time::{Instant, Period, Share};
use serde::Deserialize;
use serde_json::{Value, json};

/// Writes the usage so far to the host's columns, and our sentence beside it.
pub(crate) async fn report(
    host: &Host,
    settings: &Settings,
    service: &Service,
    billing: &BillingSettings,
    cursor: &Cursor,
    held: bool,
) -> Result<(), Failure> {
    let anchor = &cursor.anchor;
    let kb = if billing.decimal_kb {
        KbSize::Decimal1000
    } else {
        KbSize::Binary1024
    };
    let theirs = month_of_whmcs(host, settings, billing, cursor)?;
    let ours = theirs.is_none();
    let (unit, span, share) = match theirs {
        None => {
            let share = cursor.next.share(anchor).map_err(unthinkable)?;
            (unit(service, billing), cursor.next, share)
        }
        // WHMCS reads its own fields in its own unit.
        Some(month) => {
            let end = cursor.told()?.unwrap_or(month.end);
            (selected(service), Period { end, ..month }, Share::WHOLE)
        }
    };
    let too_large = |_| Failure::internal("onapp.usage_sum", "The usage has too many digits.");
    // A short period includes its share, as its bill will say.
    let included = unit
        .map(|unit| {
            let whole = included_mb(service, kb, unit)?;
            whole
                .mul(Decimal::from(share.hours))
                .and_then(|part| Quotient::new(part, share.of))
                .map_err(too_large)
        })
        .transpose()?;
    let limit = included
        .map(|included| included.round_half_away(0).map_err(too_large))
        .transpose()?;
    let mut used = Kb::default();
    for resource in summed(host, &service.id, &span).await? {
        used = used
            .plus(resource.usage)
            .map_err(|e| Failure::internal("onapp.usage_sum", e.to_string()))?;
    }
    let mb = used
        .to_mb(kb)
        .map_err(too_large)?
        .round_half_away(0)
        .map_err(too_large)?;
    let shown = if ours {
        mb.min(smallest_limit(service, limit))
    } else {
        mb
    };
    let whole = |d: Decimal| d.round(0).to_string();
    host.ask(&ServiceFields {
        id: service.id.clone(),
        // WHMCS billed until now and closes its month today: it keeps what it was told.
        bw_usage: (!held).then(|| whole(shown)),
        bw_limit: limit.filter(|_| !held).map(whole),
        touch_usage: true,
        ..Default::default()
    })
    .await?;
    // As far as every interface that is still read was measured, not as far as the clock.
    let mut measured = None;
    let mut last = span.start;
    for open in resources(host, &service.id).await? {
        let mark = watermark(&open)?;
        let covered = mark.covered.unwrap_or(span.start);
        last = last.max(covered);
        if mark.until.is_none() {
            measured = Some(measured.map_or(covered, |least: Instant| least.min(covered)));
        }
    }
    let measured = measured.unwrap_or(last);
    let included = match included {
        Some(included) => format!(" of {} MB included", volume(included).map_err(too_large)?),
        None => String::new(),
    };
    let sentence = format!(
        "Transfer since {}: {mb} MB{included}; measured until {}.",
        anchor.zone.show(span.start).unwrap_or_default(),
        anchor.zone.show(measured).unwrap_or_default()
    );
    let key = row([("module", MODULE.into()), ("service_id", service.id.as_str().into())]);
    let mut values = key;
    values.extend(row([("text", sentence.into()), ("at", stored(host.now()).into())]));
    host.apply(vec![Change::Put {
        table: USAGE.name,
        values,
    }])
    .await
    .map(|_| ())
}

/// What WHMCS bills of the calendar month in progress. None while the period in progress is this module's to bill, also when
/// WHMCS bills what comes after it: what this module billed, or is about to bill, WHMCS never hears of.
pub(crate) fn month_of_whmcs(
    host: &Host,
    settings: &Settings,
    billing: &BillingSettings,
    cursor: &Cursor,
) -> Result<Option<Period>, Failure> {
    if billing.biller == Biller::Module || (cursor.awaits()? && host.now() < cursor.next.end) {
        return Ok(None);
    }
    let month = Month::of(host.now(), settings)?;
    let theirs = cursor
        .ours_to()?
        .map_or(cursor.next.start, |to| to.max(cursor.next.start));
    Ok(Some(Period {
        index: 0,
        start: month.start.max(theirs),
        end: month.end,
    }))
}

/// The change that forgets what a service's page says of its transfer.
pub(crate) fn forgotten(service_id: &str) -> Change {
    Change::Delete {
        table: USAGE.name,
        key: row([("module", MODULE.into()), ("service_id", service_id.into())]),
    }
}

/// Takes back a figure that nothing stands behind: WHMCS bills on the last day of each month what stands there. What WHMCS
/// was told of the month in progress stays, while WHMCS bills.
pub(crate) async fn take_back(host: &Host, settings: &Settings, service_id: &str) -> Result<(), Failure> {
    let id = service_id.to_owned();
    let service = host.ask(&ServiceGet { id }).await?.service;
    if service.is_none_or(|service| !matches!(service.product.module.as_str(), "" | MODULE)) {
        return Ok(()); // Another module tells its own figure.
    }
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("meter", "=", METER),
    ];
    let cursor = host.rows(CURSORS.name, conditions, vec![], 1).await?.into_iter().next();
    let told = cursor.map_or(Ok(None), |row| instant(&row, &CURSORS, "told_to"))?;
    let month = Month::of(host.now(), settings)?;
    if told.is_some_and(|told| month.start <= told) {
        return Ok(());
    }
    host.ask(&ServiceFields {
        id: service_id.to_owned(),
        bw_usage: Some("0".to_owned()),
        ..Default::default()
    })
    .await
    .map(|_| ())
}

/// The least of product limit, service limit and an option named Bandwidth (reference: whmcs-contract.md 1.15).
///
/// What the option's value is to the host is nowhere written, so every reading counts: the Order column, the quantity, and
/// for a choice the number that its text begins with, in no unit: "100 GB" is 100, a text that begins with none is 0
/// (reference: whmcs-contract.md 1.5).
fn smallest_limit(service: &Service, included: Option<Decimal>) -> Decimal {
    let mut limits: Vec<Decimal> = included.into_iter().collect();
    for text in [
        service.product.bw_limit.as_deref().unwrap_or_default(),
        &service.bw_limit,
    ] {
        limits.extend(text.parse::<Decimal>().ok());
    }
    for option in &service.options {
        if !option.name.trim().eq_ignore_ascii_case("Bandwidth") {
            continue;
        }
        limits.extend(option.order.parse::<Decimal>().ok());
        if ["quantity", "yesno"].contains(&option.kind.as_str()) {
            limits.push(leading_number(&option.quantity));
        } else {
            limits.extend(option.choice.split('|').map(leading_number));
        }
    }
    limits.into_iter().min().unwrap_or_default().max(Decimal::ZERO)
}

/// The whole number that a text begins with, as PHP would read it; zero for none.
fn leading_number(text: &str) -> Decimal {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().parse().unwrap_or_default()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    service_id: String,
}

/// Our sentence for the product page: one read of our own table, no panel.
pub(crate) async fn usage(host: Host, _env: Env, input: Value) -> Report {
    let input: Input = read(input, &["service_id"])?;
    ensure(&host).await?;
    let conditions = vec![is("module", "=", MODULE), is("service_id", "=", &input.service_id)];
    let shown = host.rows(USAGE.name, conditions, vec![], 1).await?.into_iter().next();
    let sentence = match shown.as_ref().and_then(|row| text(row, "text")) {
        Some(sentence) => sentence.to_owned(),
        None => match claim::read(&host, MODULE, &input.service_id)
            .await?
            .as_ref()
            .and_then(|row| text(row, "state"))
        {
            Some("creating" | "building" | "settling" | "announcing") => {
                "Your virtual machine is being built.".to_owned()
            }
            _ => String::new(),
        },
    };
    Ok(json!({ "message": "read", "text": sentence }))
}
