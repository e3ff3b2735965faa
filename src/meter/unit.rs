//! Units of volume as types, and the exact ways between them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::MeterError;
use crate::money::{Decimal, MoneyError, Quotient};

/// What a panel means by a kilobyte. A megabyte has as many of them as a kilobyte has bytes.
///
/// OnApp says "kilobytes" and the old module divided by 1024, so 1024 is the default; the difference to 1000 is 2.4 %
/// per step (reference: onapp-api.md 7.2; decision 14).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KbSize {
    /// 1 KB is 1024 bytes and 1 MB is 1024 KB.
    #[default]
    #[serde(rename = "binary")]
    Binary1024,
    /// 1 KB is 1000 bytes and 1 MB is 1000 KB.
    #[serde(rename = "decimal")]
    Decimal1000,
}

impl KbSize {
    /// Bytes in a kilobyte, and kilobytes in a megabyte.
    #[must_use]
    pub fn factor(self) -> u64 {
        match self {
            Self::Binary1024 => 1024,
            Self::Decimal1000 => 1000,
        }
    }
}

/// A volume in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u128);

/// A volume in kilobytes as the panel means them; [`KbSize`] says how many bytes that is. Serialises as a string.
///
/// ```
/// use provisor::meter::{Kb, KbSize};
/// assert_eq!(Kb(2_097_152).to_mb(KbSize::Binary1024)?.to_string(), "2048");
/// assert_eq!(Kb(2_097_152).to_mb(KbSize::Decimal1000)?.to_string(), "2097.152");
/// # Ok::<(), provisor::money::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Kb(pub u128);

impl Kb {
    /// The exact sum.
    ///
    /// # Errors
    /// [`MeterError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MeterError> {
        self.0.checked_add(other.0).map(Self).ok_or(MeterError::Overflow)
    }

    /// The volume in bytes.
    ///
    /// # Errors
    /// [`MeterError::Overflow`].
    pub fn to_bytes(self, size: KbSize) -> Result<Bytes, MeterError> {
        self.0
            .checked_mul(u128::from(size.factor()))
            .map(Bytes)
            .ok_or(MeterError::Overflow)
    }

    /// The exact volume in megabytes.
    ///
    /// # Errors
    /// [`MoneyError::TooPrecise`] or [`MoneyError::TooLarge`] for a volume of more than 28 digits.
    pub fn to_mb(self, size: KbSize) -> Result<Quotient, MoneyError> {
        Quotient::new(Decimal::try_from(self.0)?, size.factor())
    }
}

impl fmt::Display for Kb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Kb> for String {
    fn from(kb: Kb) -> Self {
        kb.to_string()
    }
}

impl TryFrom<String> for Kb {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
            .map(Self)
            .map_err(|_| "expected a whole number of kilobytes in a string")
    }
}

/// The unit in which the host states a limit and a price: WHMCS lets a product choose MB, GB or TB (decision 20).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VolumeUnit {
    /// Megabytes.
    #[default]
    Mb,
    /// Gigabytes.
    Gb,
    /// Terabytes.
    Tb,
}

impl VolumeUnit {
    /// Megabytes in one of these.
    fn megabytes(self, size: KbSize) -> u64 {
        match self {
            Self::Mb => 1,
            Self::Gb => size.factor(),
            Self::Tb => size.factor() * size.factor(),
        }
    }

    /// A limit stated in this unit, in megabytes.
    ///
    /// # Errors
    /// [`MoneyError`] when the number grows beyond 28 digits.
    pub fn to_mb(self, volume: Decimal, size: KbSize) -> Result<Decimal, MoneyError> {
        volume.mul(Decimal::from(self.megabytes(size)))
    }

    /// A price stated per one of these, as the exact price per megabyte.
    ///
    /// # Errors
    /// None in practice; a divisor of zero cannot occur.
    ///
    /// ```
    /// use provisor::meter::{KbSize, VolumeUnit};
    /// let price = VolumeUnit::Gb.price_per_mb("5".parse()?, KbSize::Binary1024)?;
    /// assert_eq!(price.to_string(), "0.0048828125");
    /// # Ok::<(), provisor::money::MoneyError>(())
    /// ```
    pub fn price_per_mb(self, price: Decimal, size: KbSize) -> Result<Quotient, MoneyError> {
        Quotient::new(price, self.megabytes(size))
    }
}
