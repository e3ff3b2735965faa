//! The decimal number: its grammar, its exact operations and its printed form.
//!
//! `rust_decimal` holds the digits (96 bits and a scale of 0 to 28). Everything around it is ours, because its own
//! parser and operators round when digits do not fit, and a bill must never be rounded behind our back.

use std::fmt;
use std::ops::Neg;
use std::str::FromStr;

use rust_decimal::Decimal as Digits;
use rust_decimal::RoundingStrategy;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::MoneyError;

/// The largest number of significant digits: every value of so many digits fits 96 bits.
const SIGNIFICANT: u32 = 28;
/// The largest number of digits after the point.
const SCALE: u32 = 28;
/// The largest magnitude of the digits without their point: 96 bits.
const LARGEST: u128 = (1 << 96) - 1;

/// An exact decimal number of at most 28 significant digits.
///
/// Always in its shortest form: `1.50` and `1.5` are one value, there is no negative zero. Serialises as a string in
/// plain notation.
///
/// ```
/// use provisor::money::Decimal;
/// let rate: Decimal = "7.9e-1".parse()?;
/// assert_eq!(rate.to_string(), "0.79");
/// assert_eq!(rate.mul("1.005".parse()?)?.round(2).to_string(), "0.79");
/// # Ok::<(), provisor::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(Digits);

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(Digits::ZERO);

    /// Puts digits into their one form, or says that they are too many to be read back.
    fn from_digits(digits: Digits) -> Result<Self, MoneyError> {
        let digits = digits.normalize();
        if digits.is_zero() {
            return Ok(Self::ZERO);
        }
        if significant_digits(digits.mantissa().unsigned_abs()) > SIGNIFICANT {
            return Err(MoneyError::TooPrecise);
        }
        Ok(Self(digits))
    }

    /// `magnitude / 10^scale`, with its sign.
    pub(super) fn from_parts(negative: bool, mut magnitude: u128, mut scale: u32) -> Result<Self, MoneyError> {
        while scale > 0 && magnitude.is_multiple_of(10) {
            magnitude /= 10;
            scale -= 1;
        }
        if scale > SCALE {
            return Err(MoneyError::TooPrecise);
        }
        if magnitude > LARGEST {
            return Err(if scale > 0 {
                MoneyError::TooPrecise
            } else {
                MoneyError::TooLarge
            });
        }
        let signed = i128::try_from(magnitude).map_err(|_| MoneyError::TooLarge)?;
        let signed = if negative { -signed } else { signed };
        Self::from_digits(Digits::try_from_i128_with_scale(signed, scale).map_err(|_| MoneyError::TooLarge)?)
    }

    /// The digits without their point and the number of digits after it.
    pub(super) fn parts(self) -> (bool, u128, u32) {
        (self.is_negative(), self.0.mantissa().unsigned_abs(), self.0.scale())
    }

    /// Reads the raw text of a JSON value: a number, or a string that holds one (some panel versions quote numbers).
    /// The digits never pass through a binary float.
    ///
    /// # Errors
    /// As [`from_str`](Self::from_str); also for `null`, objects and anything else that is no number.
    ///
    /// ```
    /// # use provisor::money::Decimal;
    /// assert_eq!(Decimal::from_json_number("2.5e3")?.to_string(), "2500");
    /// assert_eq!(Decimal::from_json_number("\"5016.0\"")?.to_string(), "5016");
    /// assert!(Decimal::from_json_number("null").is_err());
    /// # Ok::<(), provisor::money::MoneyError>(())
    /// ```
    pub fn from_json_number(raw: &str) -> Result<Self, MoneyError> {
        let raw = raw.trim_matches([' ', '\t', '\n', '\r']);
        let inner = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inner.unwrap_or(raw).parse()
    }

    /// The exact sum.
    ///
    /// # Errors
    /// [`MoneyError::TooPrecise`] or [`MoneyError::TooLarge`] when the sum does not fit; it is never rounded to fit.
    #[expect(clippy::should_implement_trait, reason = "an operator cannot answer with an error")]
    pub fn add(self, other: Self) -> Result<Self, MoneyError> {
        if self.is_zero() {
            return Ok(other);
        }
        if other.is_zero() {
            return Ok(self);
        }
        let sum = self.0.checked_add(other.0).ok_or(MoneyError::TooLarge)?;
        exact(sum, self.0.scale().max(other.0.scale()))
    }

    /// The exact difference.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    #[expect(clippy::should_implement_trait, reason = "an operator cannot answer with an error")]
    pub fn sub(self, other: Self) -> Result<Self, MoneyError> {
        self.add(-other)
    }

    /// The exact product.
    ///
    /// # Errors
    /// As [`add`](Self::add); the digits must fit before zeros at the product's end are dropped.
    #[expect(clippy::should_implement_trait, reason = "an operator cannot answer with an error")]
    pub fn mul(self, other: Self) -> Result<Self, MoneyError> {
        if self.is_zero() || other.is_zero() {
            return Ok(Self::ZERO);
        }
        let product = self.0.checked_mul(other.0).ok_or(MoneyError::TooLarge)?;
        exact(product, self.0.scale() + other.0.scale())
    }

    /// Rounded to so many digits after the point, half away from zero. Fewer digits stay fewer.
    ///
    /// ```
    /// # use provisor::money::Decimal;
    /// let d = |s: &str| s.parse::<Decimal>().unwrap();
    /// assert_eq!(d("1.005").round(2), d("1.01"));
    /// assert_eq!(d("-1.005").round(2), d("-1.01"));
    /// assert_eq!(d("-0.004").round(2).to_string(), "0");
    /// ```
    #[must_use]
    pub fn round(self, digits: u32) -> Self {
        let rounded = self
            .0
            .round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
            .normalize();
        // Fewer digits than before, so it fits; only the sign of a zero needs care.
        if rounded.is_zero() { Self::ZERO } else { Self(rounded) }
    }

    /// Plain notation with at least so many digits after the point: the printed form of an amount.
    /// Digits beyond that are shown too, never hidden.
    ///
    /// ```
    /// # use provisor::money::Decimal;
    /// assert_eq!(Decimal::from(5u64).pad(2), "5.00");
    /// assert_eq!("0.0125".parse::<Decimal>()?.pad(2), "0.0125");
    /// # Ok::<(), provisor::money::MoneyError>(())
    /// ```
    #[must_use]
    pub fn pad(self, digits: u32) -> String {
        let mut text = self.to_string();
        let scale = self.0.scale();
        if scale == 0 && digits > 0 {
            text.push('.');
        }
        for _ in scale..digits {
            text.push('0');
        }
        text
    }

    /// True for zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// True below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative()
    }
}

/// How many digits are left when the zeros at the end are dropped.
fn significant_digits(mut magnitude: u128) -> u32 {
    while magnitude != 0 && magnitude.is_multiple_of(10) {
        magnitude /= 10;
    }
    magnitude.checked_ilog10().map_or(0, |log| log + 1)
}

/// Keeps a result only when `rust_decimal` did not shorten it to make it fit.
fn exact(result: Digits, scale: u32) -> Result<Decimal, MoneyError> {
    if result.scale() == scale {
        Decimal::from_digits(result)
    } else {
        Err(MoneyError::TooPrecise)
    }
}

impl FromStr for Decimal {
    type Err = MoneyError;

    /// Reads `[sign] digits [. digits] [e [sign] digits]` with ASCII digits, nothing before, between or after.
    /// The exponent is expanded exactly.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (negative, text) = sign(text);
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, self::exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) => (all_digits(whole)?, all_digits(fraction)?),
            None => (all_digits(number)?, ""),
        };
        // Zeros are held back until a digit follows them, so that those at the end cost no significant digit.
        let mut magnitude: u128 = 0;
        let mut significant: u32 = 0;
        let mut held_back: u32 = 0;
        for digit in whole
            .bytes()
            .chain(fraction.bytes())
            .map(|byte| u128::from(byte - b'0'))
        {
            if digit == 0 {
                held_back = if magnitude == 0 { 0 } else { held_back.saturating_add(1) };
                continue;
            }
            significant = significant.saturating_add(held_back).saturating_add(1);
            if significant > SIGNIFICANT {
                return Err(MoneyError::TooPrecise);
            }
            magnitude = magnitude * 10u128.pow(held_back + 1) + digit;
            held_back = 0;
        }
        if magnitude == 0 {
            return Ok(Self::ZERO);
        }
        let fraction_digits = i64::try_from(fraction.len()).map_err(|_| MoneyError::TooPrecise)?;
        let power = exponent
            .saturating_add(i64::from(held_back))
            .saturating_sub(fraction_digits);
        if power < 0 {
            let scale = u32::try_from(power.unsigned_abs()).map_err(|_| MoneyError::TooPrecise)?;
            return Self::from_parts(negative, magnitude, scale);
        }
        let power = u32::try_from(power).map_err(|_| MoneyError::TooLarge)?;
        let factor = 10u128.checked_pow(power).ok_or(MoneyError::TooLarge)?;
        Self::from_parts(negative, magnitude.checked_mul(factor).ok_or(MoneyError::TooLarge)?, 0)
    }
}

/// Takes an optional sign off the front.
fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// At least one ASCII digit and nothing else.
fn all_digits(text: &str) -> Result<&str, MoneyError> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text)
    } else {
        Err(MoneyError::NotANumber)
    }
}

/// The exponent; one too long for 64 bits is taken as the longest, which is too large or too precise anyway.
fn exponent(text: &str) -> Result<i64, MoneyError> {
    let (negative, digits) = sign(text);
    let size = all_digits(digits)?.parse::<i64>().unwrap_or(i64::MAX);
    Ok(if negative { -size } else { size })
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Neg for Decimal {
    type Output = Self;
    fn neg(self) -> Self {
        if self.is_zero() { self } else { Self(-self.0) }
    }
}

impl From<u64> for Decimal {
    fn from(value: u64) -> Self {
        Self(Digits::from(value))
    }
}

impl TryFrom<u128> for Decimal {
    type Error = MoneyError;
    fn try_from(value: u128) -> Result<Self, MoneyError> {
        Self::from_parts(false, value, 0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Decimal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number in a string")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}
