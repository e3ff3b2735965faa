//! What a service is owed: the part of what is missing that OnApp did not give. What its client released is missing too, and
//! is not owed.

use crate::host::{Cell, Change, Host, Row};
use crate::module::onapp::tables::{OWED, row, stored, text};
use chrono::TimeDelta;

/// What is owed, as [`OWED`] holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owed {
    /// Addresses in the network of the first interface.
    pub(super) first: u64,
    /// What is owed in the second network: its interface counts as one more.
    pub(super) second: u64,
}

/// All that is missing, however much that is. It is stored as NULL.
const ALL: u64 = u64::MAX;

impl Owed {
    /// Nobody has looked yet what is missing.
    pub(crate) const ALL: Self = Self {
        first: ALL,
        second: ALL,
    };

    /// The VM has what it is owed; its addresses are to be told to the host.
    pub(crate) const NOTHING: Self = Self { first: 0, second: 0 };

    /// As it is on record.
    pub(crate) fn of(row: &Row) -> Self {
        let left = |name| text(row, name).and_then(|left| left.parse().ok()).unwrap_or(ALL);
        Self {
            first: left("primary_left"),
            second: left("second_left"),
        }
    }

    pub(super) fn is_nothing(self) -> bool {
        self == Self::NOTHING
    }

    /// The record, from when on it is looked at again.
    fn row(self, host: &Host, service_id: &str, after: TimeDelta) -> Row {
        let left = |left: u64| if left == ALL { Cell::Null } else { left.into() };
        row([
            ("service_id", service_id.into()),
            ("next_at", stored(host.now() + after).into()),
            ("primary_left", left(self.first)),
            ("second_left", left(self.second)),
        ])
    }

    /// Is tried again in an hour.
    pub(super) fn later(self, host: &Host, service_id: &str) -> Change {
        Change::Put {
            table: OWED.name,
            values: self.row(host, service_id, TimeDelta::hours(1)),
        }
    }

    /// The next cron tells the host the VM's addresses. It conflicts where something is on record, with which that is done.
    pub(crate) fn untold(host: &Host, service_id: &str) -> Change {
        Change::Insert {
            table: OWED.name,
            values: Self::NOTHING.row(host, service_id, TimeDelta::zero()),
        }
    }

    /// Is forgotten.
    pub(super) fn settled(service_id: &str) -> Change {
        Change::Delete {
            table: OWED.name,
            key: row([("service_id", service_id.into())]),
        }
    }
}
