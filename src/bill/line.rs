//! One line of a bill.

use serde::{Deserialize, Serialize};

use crate::money::Decimal;

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// The period's own usage.
    Usage,
    /// What an earlier period left because it was below the threshold.
    Carried,
    /// A correction of an earlier period.
    Adjustment,
}

/// One line of a bill, as the host's invoice will show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is for.
    pub kind: LineKind,
    /// The text a client reads; several lines of text, separated by `\n`.
    pub description: String,
    /// The amount before tax in the client's currency, rounded to its digits.
    pub amount: Decimal,
    /// Whether the host adds tax.
    pub taxed: bool,
}
