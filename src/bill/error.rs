//! Why a bill was not made. Whoever asked parks the period and shows code and sentence to staff.

use crate::meter::MeterError;
use crate::money::MoneyError;
use crate::time::TimeError;

/// Why no bill could be made. Nothing was billed and nothing is lost: the readings stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BillError {
    /// Price, rate, included volume or threshold is below zero.
    #[error("{what} is below zero; nothing was billed; correct it in the product, the currency or the options")]
    NegativeTerms {
        /// Which of them.
        what: &'static str,
    },
    /// The currency rate is zero: every amount would be.
    #[error("the currency rate is not above zero; nothing was billed; correct it in the currency")]
    NoRate,
    /// The period's end is not after its start.
    #[error("the period has no hours; nothing was billed; this is a mistake in the stored periods")]
    EmptyPeriod,
    /// The share of a shortened or lengthened period is no share: none, or more than twice the whole and a day.
    #[error("the period counts {hours} hours of {of}; nothing was billed; this is a mistake in the stored periods")]
    ImpossibleShare {
        /// Hours in the period.
        hours: u64,
        /// Hours it is said to be part of.
        of: u64,
    },
    /// An amount of an earlier period is in another currency than this one.
    #[error(
        "the amount of {reference} is in {then} but the client now pays in {now}; nothing was billed; \
         settle the earlier amount by hand"
    )]
    CurrencyChanged {
        /// The earlier period.
        reference: String,
        /// Its currency.
        then: String,
        /// The currency of today.
        now: String,
    },
    /// More was measured than the fastest link could carry.
    #[error(
        "resource {resource} shows {kb} KB in {hours} h, more than a link can carry; nothing was billed; \
         compare with the panel's own statistics"
    )]
    ImpossibleUsage {
        /// The measured resource.
        resource: String,
        /// The measured kilobytes.
        kb: String,
        /// The hours in which they were measured.
        hours: u64,
    },
    /// The amount is above the bound that staff set.
    #[error(
        "the amount of {amount} {currency} is above the bound of {bound} {currency}; nothing was billed; \
         check it, and raise <bound> in slot 24 of the product's settings if it is right"
    )]
    AmountTooLarge {
        /// The sum of the lines.
        amount: String,
        /// The bound.
        bound: String,
        /// The currency of both.
        currency: String,
    },
    /// A number did not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A volume did not fit.
    #[error(transparent)]
    Meter(#[from] MeterError),
    /// A time could not be computed.
    #[error(transparent)]
    Time(#[from] TimeError),
}

impl BillError {
    /// The stable code of this error: the reason with which a period is parked.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NegativeTerms { .. } => "bill.negative_terms",
            Self::NoRate => "bill.no_rate",
            Self::EmptyPeriod => "bill.empty_period",
            Self::ImpossibleShare { .. } => "bill.impossible_share",
            Self::CurrencyChanged { .. } => "bill.currency_changed",
            Self::ImpossibleUsage { .. } => "bill.impossible_usage",
            Self::AmountTooLarge { .. } => "bill.amount_too_large",
            Self::Money(error) => error.code(),
            Self::Meter(error) => error.code(),
            Self::Time(error) => error.code(),
        }
    }
}
