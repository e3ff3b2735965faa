//! Whether lines become an invoice (decision 8).

use serde::{Deserialize, Serialize};

use super::Line;
use crate::money::{Decimal, MoneyError};

/// What becomes of the sum of a bill's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It becomes an invoice.
    Invoice,
    /// It is not above the threshold: it becomes a line of the next period. Also for a negative sum, and for nothing.
    Carry,
    /// The last bill's rest is not above the threshold: it is not charged, and named.
    Forgive,
    /// The last bill's sum is negative: the client gets it as credit.
    Credit,
}

/// The sum of the lines before tax.
///
/// # Errors
/// [`MoneyError`] when it does not fit.
pub fn total(lines: &[Line]) -> Result<Decimal, MoneyError> {
    lines.iter().try_fold(Decimal::ZERO, |sum, line| sum.add(line.amount))
}

/// Decides for a service that goes on: an invoice when the sum is strictly above the threshold, else it is carried.
///
/// # Errors
/// As [`total`].
///
/// ```
/// use provisor::bill::{Decision, Line, LineKind, decide};
/// let line = |amount: &str| Line {
///     kind: LineKind::Usage,
///     description: String::new(),
///     amount: amount.parse().unwrap(),
///     taxed: true,
/// };
/// let threshold = "0.10".parse()?;
/// assert_eq!(decide(&[line("0.10")], threshold)?, Decision::Carry);
/// assert_eq!(decide(&[line("0.10"), line("0.01")], threshold)?, Decision::Invoice);
/// # Ok::<(), provisor::money::MoneyError>(())
/// ```
pub fn decide(lines: &[Line], threshold: Decimal) -> Result<Decision, MoneyError> {
    Ok(if total(lines)? > threshold {
        Decision::Invoice
    } else {
        Decision::Carry
    })
}

/// Decides for the last bill of a service, after which there is no next one to carry into.
///
/// # Errors
/// As [`total`].
pub fn decide_final(lines: &[Line], threshold: Decimal) -> Result<Decision, MoneyError> {
    Ok(match decide(lines, threshold)? {
        Decision::Carry if total(lines)?.is_negative() => Decision::Credit,
        Decision::Carry => Decision::Forgive,
        other => other,
    })
}
