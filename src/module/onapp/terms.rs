//! The terms under which a period is billed: who bills, unit, included volume, price, rate and threshold, as product,
//! options and currency say now. A plan freezes them (decisions 7, 8, 12, 13, 16, 20).

use super::collect::unthinkable;
use super::cursor::Cursor;
use super::options::{Biller, BillingSettings, bandwidth_option, chosen};
use crate::bill::Terms;
use crate::host::{Class, Failure, Service};
use crate::meter::{KbSize, VolumeUnit};
use crate::money::Decimal;

/// Invoices are made above this sum unless slot 24 says otherwise (decision 8).
const THRESHOLD: &str = "0.10";

/// Who bills, and in which unit the product states limit and price.
pub(crate) enum Bills {
    Module(VolumeUnit),
    /// The unit is not MB and nobody said how to read it (decision 20).
    Waits,
    /// The host's own overage billing, or nobody.
    Other,
}

pub(crate) fn biller(service: &Service, billing: &BillingSettings) -> Bills {
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

/// The unit in which a product's limit is to be read, for showing it; None while nobody said how (decision 20).
pub(crate) fn unit(service: &Service, billing: &BillingSettings) -> Option<VolumeUnit> {
    match biller(service, billing) {
        Bills::Module(unit) => Some(unit),
        Bills::Waits => None,
        Bills::Other => Some(VolumeUnit::Mb),
    }
}

pub(crate) fn refused(code: &str, what: &str) -> Failure {
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
pub(crate) fn terms(
    service: &Service,
    billing: &BillingSettings,
    unit: VolumeUnit,
    cursor: &Cursor,
) -> Result<Terms, Failure> {
    let kb = if billing.decimal_kb {
        KbSize::Decimal1000
    } else {
        KbSize::Binary1024
    };
    let money = |e: crate::money::MoneyError| refused("bill.number", &e.to_string());
    let rate = decimal(&service.currency.rate, "The currency's rate")?;
    if service.currency.code.is_empty() || rate <= Decimal::default() {
        return Err(refused(
            "onapp.currency",
            "the client's currency is not known, or its rate is not above zero",
        ));
    }
    Ok(Terms {
        included_mb: included_mb(service, kb, unit)?,
        price_per_mb: unit
            .price_per_mb(
                decimal(&service.product.bw_price, "The product's bandwidth overage cost")?,
                kb,
            )
            .map_err(money)?,
        rate,
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
