//! Bounds beyond which a figure is rather a mistake than a bill.

use super::BillError;
use crate::meter::{Bytes, Kb, KbSize, MeterError, Reading};
use crate::money::Decimal;

/// The bounds. Whatever lies beyond is parked until a person has looked at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bits a second that a network interface may carry in each direction.
    pub link_bits: u64,
    /// The largest bill, in the host's default currency; none where staff set no bound.
    pub amount: Option<Decimal>,
}

impl Default for Bounds {
    /// 100 Gbit/s in each direction, and no bound of the amount: what is much differs by currency and by customer.
    fn default() -> Self {
        Self {
            link_bits: 100_000_000_000,
            amount: None,
        }
    }
}

impl Bounds {
    /// Bytes that a link carries in so many hours, in one direction.
    fn capacity(&self, hours: u64) -> Result<Bytes, MeterError> {
        let bits = u128::from(self.link_bits)
            .checked_mul(3600 * u128::from(hours))
            .ok_or(MeterError::Overflow)?;
        Ok(Bytes(bits / 8))
    }

    /// Refuses the sum of a resource over so many hours when both directions together could not carry it.
    pub(super) fn check_usage(&self, resource: &str, usage: Kb, kb: KbSize, hours: u64) -> Result<(), BillError> {
        let both_ways = self.capacity(hours.checked_mul(2).ok_or(MeterError::Overflow)?)?;
        refuse_above(both_ways, resource, usage, kb, hours)
    }
}

/// Refuses a reading that no link could have carried within its hour, in either direction: ask this before storing it.
///
/// # Errors
/// [`BillError::ImpossibleUsage`].
pub fn check_reading(reading: &Reading, kb: KbSize, bounds: &Bounds) -> Result<(), BillError> {
    for direction in [reading.sent_kb, reading.received_kb] {
        refuse_above(bounds.capacity(1)?, &reading.resource, Kb(u128::from(direction)), kb, 1)?;
    }
    Ok(())
}

/// The comparison both checks share.
fn refuse_above(capacity: Bytes, resource: &str, usage: Kb, kb: KbSize, hours: u64) -> Result<(), BillError> {
    if usage.to_bytes(kb)? <= capacity {
        return Ok(());
    }
    Err(BillError::ImpossibleUsage {
        resource: resource.to_owned(),
        kb: usage.to_string(),
        hours,
    })
}
