//! What pages show of a service's transfer: the host's own usage columns, and `onapp.usage`, our sentence on the product
//! page.
//!
//! When the module bills, the figure written to the host never exceeds the smallest limit that the host's own overage
//! billing could apply, so that the same traffic is never charged twice (decision 16); the true figure is in our sentence.

use super::collect::watermark;
use super::cursor::Cursor;
use super::options::{Biller, BillingSettings};
use super::plan::summed;
use super::settle::resources;
use super::tables::{MODULE, PERIODS, USAGE, ensure, instant, must, row, stored, text};
use super::terms::{included_mb, unit};
use crate::host::{Change, Failure, Host, Service, ServiceFields, Settings, is};
use crate::meter::{Kb, KbSize};
use crate::module::common::claim;
use crate::module::common::verb::read;
use crate::module::{Env, Report};
use crate::money::Decimal;
use crate::time::{Instant, Period, Zone};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde_json::{Value, json};

/// Writes the usage so far to the host's columns, and our sentence beside it.
pub(crate) async fn report(
    host: &Host,
    settings: &Settings,
    service: &Service,
    billing: &BillingSettings,
    cursor: &Cursor,
) -> Result<(), Failure> {
    let anchor = &cursor.anchor;
    let kb = if billing.decimal_kb {
        KbSize::Decimal1000
    } else {
        KbSize::Binary1024
    };
    let limit = unit(service, billing)
        .map(|unit| included_mb(service, kb, unit))
        .transpose()?;
    let span = match billing.biller {
        Biller::Module => cursor.next,
        Biller::Whmcs => {
            let month = month(host.now(), &settings.time_zone).unwrap_or(cursor.next);
            // What this module billed, or is about to bill, WHMCS never hears of.
            let ours = billed_until(host, &service.id, cursor).await?;
            Period {
                start: ours.map_or(month.start, |end| month.start.max(end)),
                ..month
            }
        }
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

/// The host's calendar month so far: WHMCS closes its months by PHP's zone, whatever the billing zone is.
fn month(now: Instant, zone: &str) -> Option<Period> {
    let zone = if zone.is_empty() {
        Zone::utc()
    } else {
        Zone::get(zone).ok()?
    };
    let today = zone.date(now).ok()?;
    let first = NaiveDate::from_ymd_opt(today.year(), today.month(), 1)?;
    let next = first.checked_add_months(chrono::Months::new(1))?;
    let day = |date| crate::time::day_start(date, &zone).ok();
    Some(Period {
        index: 0,
        start: day(first)?,
        end: day(next)?,
    })
}

/// The end of the last period that is this module's to bill.
async fn billed_until(host: &Host, service_id: &str, cursor: &Cursor) -> Result<Option<Instant>, Failure> {
    if cursor.awaits() {
        return Ok(Some(cursor.next.end));
    }
    let mut last = None;
    let mut after = "-1".to_owned();
    loop {
        let conditions = vec![
            is("module", "=", MODULE),
            is("service_id", "=", service_id),
            is("period", ">", &after),
        ];
        let page = host.rows(PERIODS.name, conditions, vec!["period"], 200).await?;
        let Some(newest) = page.last() else { return Ok(last) };
        last = instant(newest, &PERIODS, "end_at")?;
        after = must(newest, &PERIODS, "period")?.to_owned();
    }
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
