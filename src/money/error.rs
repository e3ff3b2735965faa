//! What can go wrong with an exact number. No variant carries the offending text: it may be anything, even a secret.

/// Why a number could not be read or a result not be kept exactly. Operands are never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// The text is not `[sign] digits [. digits] [e [sign] digits]`.
    #[error("not a decimal number: expected digits with an optional sign, point and exponent; correct the value")]
    NotANumber,
    /// More than 28 significant digits, or more than 28 digits after the point.
    #[error("the exact number needs more than 28 digits; nothing was rounded; check the values it is made of")]
    TooPrecise,
    /// The magnitude is above what a decimal holds (about 7.9 x 10^28).
    #[error("the exact number is larger than a decimal can hold; nothing was stored; check the values it is made of")]
    TooLarge,
    /// A quotient's divisor is zero.
    #[error("a quotient needs a divisor above zero; nothing was computed; check the unit or the period it comes from")]
    ZeroDivisor,
}

impl MoneyError {
    /// The stable code of this error, for logs and translations.
    ///
    /// ```
    /// # use provisor::money::{Decimal, MoneyError};
    /// assert_eq!("12,50".parse::<Decimal>().unwrap_err().code(), "money.not_a_number");
    /// ```
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotANumber => "money.not_a_number",
            Self::TooPrecise => "money.too_precise",
            Self::TooLarge => "money.too_large",
            Self::ZeroDivisor => "money.zero_divisor",
        }
    }
}
