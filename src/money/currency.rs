//! A currency as the host keeps it.

use serde::{Deserialize, Serialize};

use super::Decimal;

/// A client's currency: the fields of the host's currency row that a bill needs.
///
/// ```
/// use provisor::money::{Currency, Decimal};
/// let (prefix, suffix) = ("£".to_string(), " GBP".to_string());
/// let pounds = Currency { code: "GBP".into(), digits: 2, rate: "0.79".parse()?, prefix, suffix };
/// assert_eq!(pounds.format("19.7".parse()?), "£19.70 GBP");
/// # Ok::<(), provisor::money::MoneyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// ISO 4217 code or whatever code the host uses.
    pub code: String,
    /// Digits after the point of an amount.
    pub digits: u32,
    /// How many units of this currency one unit of the host's default currency is.
    pub rate: Decimal,
    /// Printed before an amount.
    pub prefix: String,
    /// Printed after an amount.
    pub suffix: String,
}

impl Currency {
    /// An amount as a person reads it, with the currency's digits, prefix and suffix.
    #[must_use]
    pub fn format(&self, amount: Decimal) -> String {
        format!("{}{}{}", self.prefix, amount.pad(self.digits), self.suffix)
    }
}
