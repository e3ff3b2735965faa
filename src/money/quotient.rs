//! A division that has not happened yet: a numerator over an integer divisor, rounded at most once.

use std::fmt;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use super::{Decimal, MoneyError};

/// An exact quotient. Keeping the divisor apart is what lets a bill be rounded once and no more.
///
/// ```
/// use provisor::money::{Decimal, Quotient};
/// let kilobytes = Decimal::from(1_029_120u64);
/// let megabytes = Quotient::new(kilobytes, 1024)?;
/// assert_eq!(megabytes.to_string(), "1005");
/// assert_eq!(Quotient::new(Decimal::from(2u64), 3)?.round_half_away(2)?.to_string(), "0.67");
/// # Ok::<(), provisor::money::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Quotient {
    numerator: Decimal,
    #[serde(with = "divisor_text")]
    divisor: NonZeroU64,
}

impl Quotient {
    /// `numerator / divisor`.
    ///
    /// # Errors
    /// [`MoneyError::ZeroDivisor`].
    pub fn new(numerator: Decimal, divisor: u64) -> Result<Self, MoneyError> {
        Ok(Self {
            numerator,
            divisor: NonZeroU64::new(divisor).ok_or(MoneyError::ZeroDivisor)?,
        })
    }

    /// What is divided.
    #[must_use]
    pub fn numerator(self) -> Decimal {
        self.numerator
    }

    /// What it is divided by.
    #[must_use]
    pub fn divisor(self) -> u64 {
        self.divisor.get()
    }

    /// The quotient rounded once, half away from zero, to so many digits after the point.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] or [`MoneyError::TooPrecise`] when the rounded number needs more than 28 digits.
    pub fn round_half_away(self, digits: u32) -> Result<Decimal, MoneyError> {
        let (negative, magnitude, scale) = self.numerator.parts();
        let mut above = magnitude;
        let mut below = Some(u128::from(self.divisor.get()));
        // magnitude / 10^scale / divisor, moved `digits` places to the left of the point.
        if digits >= scale {
            let factor = 10u128.checked_pow(digits - scale).ok_or(MoneyError::TooPrecise)?;
            above = above.checked_mul(factor).ok_or(MoneyError::TooPrecise)?;
        } else {
            below = 10u128
                .checked_pow(scale - digits)
                .and_then(|factor| below.and_then(|b| b.checked_mul(factor)));
        }
        // A divisor beyond 128 bits under a numerator of at most 96: nearer to zero than to anything else.
        let Some(below) = below else { return Ok(Decimal::ZERO) };
        let (whole, rest) = (above / below, above % below);
        let rounded = if rest >= below - rest { whole + 1 } else { whole };
        Decimal::from_parts(negative, rounded, digits)
    }

    /// The quotient as a decimal when it is one (and fits), otherwise nothing: a third has no last digit.
    #[must_use]
    pub fn exact(self) -> Option<Decimal> {
        let (negative, mut magnitude, mut scale) = self.numerator.parts();
        let mut divisor = u128::from(self.divisor.get());
        let common = greatest_common_divisor(magnitude, divisor);
        magnitude /= common;
        divisor /= common;
        // Dividing by 2 is multiplying by 5 and moving the point; dividing by 5 likewise.
        for (factor, other) in [(2, 5), (5, 2)] {
            while divisor.is_multiple_of(factor) {
                divisor /= factor;
                magnitude = magnitude.checked_mul(other)?;
                scale += 1;
            }
        }
        if divisor == 1 {
            Decimal::from_parts(negative, magnitude, scale).ok()
        } else {
            None
        }
    }
}

/// The largest number that divides both.
fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl From<Decimal> for Quotient {
    fn from(numerator: Decimal) -> Self {
        Self {
            numerator,
            divisor: NonZeroU64::MIN,
        }
    }
}

impl fmt::Display for Quotient {
    /// The decimal when there is one, otherwise `numerator/divisor`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exact() {
            Some(decimal) => decimal.fmt(f),
            None => write!(f, "{}/{}", self.numerator, self.divisor),
        }
    }
}

/// The divisor may pass 2^53, so it travels as a string.
mod divisor_text {
    use std::num::NonZeroU64;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(divisor: &NonZeroU64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(divisor)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroU64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| D::Error::custom("expected a whole number above zero in a string"))
    }
}
