//! Exact money: decimals, quotients that are rounded once, currencies.
//!
//! Owns: the grammar of a decimal number, its exact arithmetic, the one rounding rule (half away from zero) and how an
//! amount is printed. Does not own: what is charged (that is [`bill`](crate::bill)) and where numbers come from.
//!
//! Invariants: every result is exact or an error; nothing is rounded unless a function named `round...` is called;
//! zero has one form and no sign; no binary floating point anywhere (a test scans for it).
//! On failure a [`MoneyError`] says which rule was broken; operands are values
//! and stay as they were.
//!
//! ```
//! use provisor::money::{Decimal, Quotient};
//! # fn main() -> Result<(), provisor::money::MoneyError> {
//! let price: Decimal = "0.0125".parse()?;
//! let amount = price.mul(Decimal::from(2000u64))?;
//! assert_eq!(amount.pad(2), "25.00");
//! // There is no division: a third is kept as a quotient and rounded once, at the end.
//! let third = Quotient::new(Decimal::from(1u64), 3)?;
//! assert_eq!(third.round_half_away(2)?.to_string(), "0.33");
//! # Ok(()) }
//! ```

mod currency;
mod decimal;
mod error;
mod quotient;

pub use currency::Currency;
pub use decimal::Decimal;
pub use error::MoneyError;
pub use quotient::Quotient;
