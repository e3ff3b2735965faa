//! The terms under which a period is billed: who bills, unit, included volume, price, rate and threshold, as product,
//! options and currency say now. A plan freezes them (decisions 7, 8, 12, 13, 16, 20).

use super::cursor::Cursor;
use crate::bill::Terms;
use crate::host::{Class, Failure, Service};
use crate::meter::{KbSize, VolumeUnit};
use crate::module::onapp::moment::unthinkable;
use crate::module::onapp::product::options::{Biller, BillingSettings, bandwidth_option, chosen};
use crate::money::Decimal;

/// Invoices are made above this sum unless slot 24 says otherwise (decision 8).
const THRESHOLD: &str = "0.10";

/// Digits of a currency at most, as in the C function `provisor_overage`.
const MOST_DIGITS: u32 = 8;

/// Who bills.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bills {
    /// This module.
    Module,
    /// This module, once somebody says how to read a unit that is not MB (decision 20).
    Waits,
    /// The host's own overage billing.
    Whmcs,
    /// Nobody: overages are not ticked.
    Nobody,
}

pub(crate) fn biller(service: &Service, billing: &BillingSettings) -> Bills {
    let on = stored(service).first().is_some_and(|flag| ["1", "on"].contains(flag));
    match (billing.biller, on, unit(service, billing)) {
        (_, false, _) => Bills::Nobody,
        (Biller::Whmcs, ..) => Bills::Whmcs,
        (Biller::Module, true, None) => Bills::Waits,
        (Biller::Module, true, Some(_)) => Bills::Module,
    }
}

/// WHMCS' overagesenabled: the flag, and the units of disk and bandwidth.
fn stored(service: &Service) -> Vec<&str> {
    let flags = service.product.overages.as_deref().unwrap_or_default();
    flags.split(',').map(str::trim).collect()
}

/// The unit in which the product states limit and price; None while nobody said how to read it (decision 20).
pub(crate) fn unit(service: &Service, billing: &BillingSettings) -> Option<VolumeUnit> {
    match (selected(service)?, billing.unit.as_deref()) {
        (VolumeUnit::Mb, _) | (_, Some("mb")) => Some(VolumeUnit::Mb),
        (selected, Some("selected")) => Some(selected),
        _ => None,
    }
}

/// The unit that staff selected in the product, which is how WHMCS itself reads it; None for one that is not known.
pub(crate) fn selected(service: &Service) -> Option<VolumeUnit> {
    match stored(service).get(2).map(|u| u.to_ascii_uppercase()).as_deref() {
        None | Some("" | "MB") => Some(VolumeUnit::Mb),
        Some("GB") => Some(VolumeUnit::Gb),
        Some("TB") => Some(VolumeUnit::Tb),
        Some(_) => None,
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

/// Refuses to decide on money by what the host did not tell: a field left out, or under another name, would be a zero.
pub(crate) fn told(service: &Service) -> Result<(), Failure> {
    let product = &service.product;
    for (name, value) in [
        ("overages", &product.overages),
        ("bw_limit", &product.bw_limit),
        ("bw_price", &product.bw_price),
    ] {
        if value.is_none() {
            return Err(refused(
                "onapp.not_told",
                &format!("the billing panel's answer to service.get has no product.{name}"),
            ));
        }
    }
    Ok(())
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
    if service.currency.digits > MOST_DIGITS {
        return Err(refused(
            "onapp.currency",
            "the client's currency has more than 8 digits",
        ));
    }
    Ok(Terms {
        included_mb: included_mb(service, kb, unit)?,
        price_per_mb: unit
            .price_per_mb(
                decimal(
                    service.product.bw_price.as_deref().unwrap_or_default(),
                    "The product's bandwidth overage cost",
                )?,
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
    let more = chosen(&service.options, bandwidth_option(&service.product.options)?.as_ref())?;
    soft_mb(service, kb, unit)?
        .add(Decimal::from(more))
        .map_err(|e| refused("bill.number", &e.to_string()))
}

/// The product's soft limit alone, which is what the host's own overage billing counts.
pub(crate) fn soft_mb(service: &Service, kb: KbSize, unit: VolumeUnit) -> Result<Decimal, Failure> {
    let limit = service.product.bw_limit.as_deref().unwrap_or_default();
    let soft = decimal(limit, "The product's soft bandwidth limit")?;
    unit.to_mb(soft, kb).map_err(|e| refused("bill.number", &e.to_string()))
}
