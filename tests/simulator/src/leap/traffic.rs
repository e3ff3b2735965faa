//! The bytes that a server moves: a steady rate while it runs, and what tests add. Days are days of UTC; the reference
//! names no zone.

use crate::clock::Time;
use chrono::{Duration, NaiveDate};
use std::collections::BTreeMap;

/// Bytes in and out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bytes {
    pub incoming: i64,
    pub outgoing: i64,
}

impl Bytes {
    fn add(&mut self, other: Bytes) {
        self.incoming += other.incoming;
        self.outgoing += other.outgoing;
    }
}

/// The traffic of one server.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    /// Bytes a second from an instant on.
    rates: Vec<(Time, Bytes)>,
    added: Vec<(Time, Bytes)>,
}

impl Traffic {
    /// A server that moves so many bytes a second since then.
    pub fn new(since: Time, rate: Bytes) -> Traffic {
        Traffic {
            rates: vec![(since, rate)],
            added: Vec::new(),
        }
    }

    /// Another rate from now on.
    pub fn change_rate(&mut self, now: Time, rate: Bytes) {
        self.rates.push((now, rate));
    }

    /// Bytes that moved at an instant; in the future they will.
    pub fn add(&mut self, at: Time, bytes: Bytes) {
        self.added.push((at, bytes));
    }

    /// The bytes of the half-open interval.
    pub fn between(&self, from: Time, to: Time) -> Bytes {
        let mut sum = Bytes::default();
        for (number, (since, rate)) in self.rates.iter().enumerate() {
            let until = self.rates.get(number + 1).map_or(to, |(next, _)| *next);
            let seconds = (until.min(to) - (*since).max(from)).num_seconds();
            if seconds > 0 {
                sum.add(Bytes {
                    incoming: rate.incoming * seconds,
                    outgoing: rate.outgoing * seconds,
                });
            }
        }
        for (at, bytes) in &self.added {
            if *at >= from && *at < to {
                sum.add(*bytes);
            }
        }
        sum
    }

    /// The days that the half-open interval touches, each with its part of it.
    pub fn days(&self, from: Time, to: Time) -> BTreeMap<NaiveDate, Bytes> {
        let mut days = BTreeMap::new();
        let mut start = from;
        while start < to {
            let day = start.date_naive();
            let end = day_start(day) + Duration::days(1);
            days.insert(day, self.between(start, end.min(to)));
            start = end;
        }
        days
    }

    /// When the first byte could flow.
    pub fn begin(&self) -> Option<Time> {
        self.rates.first().map(|(since, _)| *since)
    }
}

/// Midnight.
pub(crate) fn day_start(day: NaiveDate) -> Time {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}
