//! What pages show of a service's transfer: the host's own usage columns, and `onapp.usage`, our sentence on the product
//! page.
//!
//! When the module bills, the figure written to the host never exceeds the smallest limit that the host's own overage
//! billing could apply, so that the same traffic is never charged twice (decision 16); the true figure is in our sentence.

use super::collect::watermark;
use super::options::{Biller, BillingSettings};
use super::plan::summed;
use super::settle::resources;
use super::tables::{MODULE, USAGE, ensure, row, stored, text};
use super::terms::{included_mb, unit};
use crate::host::{Change, Failure, Host, Service, ServiceFields, is};
use crate::meter::{Kb, KbSize};
use crate::module::common::claim;
use crate::module::common::verb::read;
use crate::module::{Env, Report};
use crate::money::Decimal;
use crate::time::{Anchor, Instant, Period};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde_json::{Value, json};

/// Writes the usage so far to the host's columns, and our sentence beside it.
pub(crate) async fn report(
    host: &Host,
    service: &Service,
    billing: &BillingSettings,
    anchor: &Anchor,
    current: &Period,
) -> Result<(), Failure> {
    let kb = if billing.decimal_kb {
        KbSize::Decimal1000
    } else {
        KbSize::Binary1024
    };
    let limit = unit(service, billing)
        .map(|unit| included_mb(service, kb, unit))
        .transpose()?;
    let span = match billing.biller {
        Biller::Module => *current,
        // The host bills calendar months.
        Biller::Whmcs => month(host.now(), anchor).unwrap_or(*current),
    };
    let mut used = Kb::default();
    for resource in summed(host, &service.id, &span).await? {
        used = used
            .plus(resource.usage)
            .map_err(|e| Failure::internal("onapp.usage_sum", e.to_string()))?;
    }
    let too_large = |_| Failure::internal("onapp.usage_sum", "The usage has too many digits.");
    let mb = used
        .to_mb(kb)
        .map_err(too_large)?
        .round_half_away(0)
        .map_err(too_large)?;
    let shown = if billing.biller == Biller::Module {
        mb.min(smallest_limit(service, limit))
    } else {
        mb
    };
    let whole = |d: Decimal| d.round(0).to_string();
    host.ask(&ServiceFields {
        id: service.id.clone(),
        bw_usage: Some(whole(shown)),
        bw_limit: limit.map(whole),
        touch_usage: true,
        ..Default::default()
    })
    .await?;
    // As far as every interface that is still read was measured, not as far as the clock.
    let mut measured = None;
    for open in resources(host, &service.id).await? {
        let mark = watermark(&open)?;
        if let (None, Some(covered)) = (mark.until, mark.covered) {
            measured = Some(measured.map_or(covered, |least: Instant| least.min(covered)));
        }
    }
    let measured = measured.unwrap_or(span.start);
    let included = limit.map_or_else(String::new, |limit| format!(" of {} MB included", whole(limit)));
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

/// The least of product limit, service limit and an option named Bandwidth (reference: whmcs-contract.md 1.15).
fn smallest_limit(service: &Service, included: Option<Decimal>) -> Decimal {
    let mut limits: Vec<Decimal> = included.into_iter().collect();
    for text in [&service.product.bw_limit, &service.bw_limit] {
        limits.extend(text.parse::<Decimal>().ok());
    }
    for option in service
        .options
        .iter()
        .filter(|o| o.name.eq_ignore_ascii_case("Bandwidth"))
    {
        limits.extend(option.order.parse::<Decimal>().ok());
        limits.extend(
            option
                .quantity
                .parse::<Decimal>()
                .ok()
                .filter(|_| option.kind == "quantity"),
        );
    }
    limits.into_iter().min().unwrap_or_default()
}

/// The calendar month so far, in the billing zone.
fn month(now: Instant, anchor: &Anchor) -> Option<Period> {
    let today = anchor.zone.date(now).ok()?;
    let first = NaiveDate::from_ymd_opt(today.year(), today.month(), 1)?;
    let next = first.checked_add_months(chrono::Months::new(1))?;
    let day = |date| crate::time::day_start(date, &anchor.zone).ok();
    Some(Period {
        index: 0,
        start: day(first)?,
        end: day(next)?,
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    service_id: String,
}

/// Our sentence for the product page: one read of our own table, no panel.
pub(crate) async fn usage(host: Host, _env: Env, input: Value) -> Report {
    let input: Input = read(input)?;
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
            Some("creating" | "building" | "settling") => "Your virtual machine is being built.".to_owned(),
            _ => String::new(),
        },
    };
    Ok(json!({ "message": "read", "text": sentence }))
}
