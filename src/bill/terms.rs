//! The terms of one period, frozen when it is planned.

use serde::{Deserialize, Serialize};

use super::BillError;
use crate::meter::KbSize;
use crate::money::{Decimal, Quotient};
use crate::time::Share;

/// What was agreed for a period. Stored with it, so that a later change of price, rate or options does not reach back
/// (decision 7). Decimals serialise as strings.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Terms {
    /// Megabytes a whole period includes: the soft limit plus additional bandwidth (decision 13).
    pub included_mb: Decimal,
    /// Price of a megabyte above, in the host's default currency.
    pub price_per_mb: Quotient,
    /// Units of the client's currency in one of the host's default currency.
    pub rate: Decimal,
    /// The client's currency.
    pub currency: String,
    /// Digits after the point of an amount in it.
    pub currency_digits: u32,
    /// What the panel means by a kilobyte.
    pub kb: KbSize,
    /// An invoice is made above this sum, in the client's currency (decision 8).
    pub threshold: Decimal,
    /// Whether the host adds tax to the lines.
    pub taxed: bool,
    /// Which part of a whole period this is; the included volume shrinks or grows with it.
    pub share: Share,
}

/// A change of the clocks makes the period that is joined longer than the one it is compared with.
const A_DAY: u64 = 24;

impl Terms {
    /// Refuses terms that cannot be meant.
    pub(super) fn check(&self) -> Result<(), BillError> {
        let signs = [
            ("the included volume", self.included_mb),
            ("the price", self.price_per_mb.numerator()),
            ("the currency rate", self.rate),
            ("the threshold", self.threshold),
        ];
        for (what, value) in signs {
            if value.is_negative() {
                return Err(BillError::NegativeTerms { what });
            }
        }
        if self.rate.is_zero() {
            return Err(BillError::NoRate);
        }
        let Share { hours, of } = self.share;
        if hours == 0 || hours > of.saturating_mul(2).saturating_add(A_DAY) {
            return Err(BillError::ImpossibleShare { hours, of });
        }
        Ok(())
    }
}
