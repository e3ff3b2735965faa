//! The price of a volume above an included one.

use super::{BillError, Terms};
use crate::money::{Decimal, MoneyError, Quotient};
use crate::time::Share;

/// A rated volume: every exact figure behind one amount.
#[derive(Debug, Clone, Copy)]
pub struct Rated {
    /// Megabytes used.
    pub usage_mb: Quotient,
    /// Megabytes included; for a shortened period its share of them.
    pub included_mb: Quotient,
    /// Megabytes above; zero when usage is not strictly above what is included.
    pub over_mb: Quotient,
    /// The exact amount in the client's currency.
    pub exact: Quotient,
    /// The amount rounded once, half away from zero, to the currency's digits.
    pub amount: Decimal,
    /// What rounding added (or took, when negative).
    pub rounding: Quotient,
}

/// Rates a volume: `(usage - included) x price x currency rate` (decision 12).
///
/// # Errors
/// [`BillError::NegativeTerms`], [`BillError::NoRate`], [`BillError::ImpossibleShare`], and [`BillError::Money`] when the
/// exact amount needs more than 28 digits. Amounts below the default [`Bounds`](super::Bounds) stay below that with the
/// four decimals of price and five of rate that a host keeps.
///
/// ```
/// use provisor::bill::{Terms, rate_transfer};
/// use provisor::meter::KbSize;
/// use provisor::money::Decimal;
/// use provisor::time::Share;
/// let terms = Terms {
///     included_mb: "1500".parse()?,
///     price_per_mb: "0.02".parse::<Decimal>()?.into(),
///     rate: "1".parse()?,
///     currency: "USD".into(),
///     currency_digits: 2,
///     kb: KbSize::Binary1024,
///     threshold: "0.10".parse()?,
///     taxed: false,
///     share: Share::WHOLE,
/// };
/// let rated = rate_transfer(2_097_152, &terms).unwrap();
/// assert_eq!(rated.over_mb.to_string(), "548");
/// assert_eq!(rated.amount.pad(2), "10.96");
/// # Ok::<(), provisor::money::MoneyError>(())
/// ```
pub fn rate_transfer(usage_kb: u128, terms: &Terms) -> Result<Rated, BillError> {
    terms.check()?;
    let Share { hours, of } = if terms.share.is_whole() {
        Share::WHOLE
    } else {
        terms.share
    };
    // All volumes over one divisor: kilobytes in a megabyte, times the hours of a whole period.
    let factor = terms.kb.factor();
    let divisor = times(factor, of)?;
    let usage = Decimal::try_from(usage_kb)?.mul(Decimal::from(of))?;
    let included = terms.included_mb.mul(Decimal::from(times(factor, hours)?))?;
    let over = if usage > included {
        usage.sub(included)?
    } else {
        Decimal::ZERO
    };

    let price = terms.price_per_mb;
    let exact = over.mul(price.numerator())?.mul(terms.rate)?;
    let exact = Quotient::new(exact, times(divisor, price.divisor())?)?;
    let amount = exact.round_half_away(terms.currency_digits)?;
    let rounding = amount.mul(Decimal::from(exact.divisor()))?.sub(exact.numerator())?;
    Ok(Rated {
        usage_mb: Quotient::new(usage, divisor)?,
        included_mb: Quotient::new(included, divisor)?,
        over_mb: Quotient::new(over, divisor)?,
        exact,
        amount,
        rounding: Quotient::new(rounding, exact.divisor())?,
    })
}

/// What a billed period still lacks (or has too much) once later readings are in: the new amount minus the billed one.
///
/// # Errors
/// As [`rate_transfer`].
///
/// ```
/// # use provisor::bill::{Terms, adjustment};
/// # use provisor::meter::KbSize;
/// # use provisor::money::Decimal;
/// # use provisor::time::Share;
/// # let terms = Terms {
/// #     included_mb: "1000".parse()?, price_per_mb: "1".parse::<Decimal>()?.into(), rate: "1".parse()?,
/// #     currency: "USD".into(), currency_digits: 2, kb: KbSize::Binary1024, threshold: "0.10".parse()?,
/// #     taxed: false, share: Share::WHOLE,
/// # };
/// // 1000 MB included at 1.00: billed were 48 MB above, now it turns out to be 50.
/// let late = adjustment("48.00".parse()?, 1050 * 1024, &terms).unwrap();
/// assert_eq!(late.pad(2), "2.00");
/// # Ok::<(), provisor::money::MoneyError>(())
/// ```
pub fn adjustment(billed: Decimal, usage_kb: u128, terms: &Terms) -> Result<Decimal, BillError> {
    Ok(rate_transfer(usage_kb, terms)?.amount.sub(billed)?)
}

/// The exact product of two divisors.
fn times(a: u64, b: u64) -> Result<u64, MoneyError> {
    a.checked_mul(b).ok_or(MoneyError::TooLarge)
}
