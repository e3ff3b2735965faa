//! What counts of OnApp's answer about the hours of an interface: nobody guesses which of two figures is right, nor of which hour
//! a row without a readable time is.

use super::lost::hours_of;
use crate::bill::{Bounds, check_reading};
use crate::host::{Failure, Host};
use crate::meter::{Gap, KbSize, Reading, Window};
use crate::module::common::once::first_today;
use crate::module::onapp::tables::stored;
use crate::panel::onapp::UsageRow;
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// An answer about an interface, by the hour.
pub(crate) struct Answer {
    resource: String,
    /// What can be used.
    pub(crate) readings: BTreeMap<Instant, Reading>,
    /// Hours that nobody can use, each with the code and the words for why.
    unusable: BTreeMap<Instant, (&'static str, String)>,
    /// Rows whose time cannot be read.
    unplaced: usize,
}

/// What is stored of the same hours: kilobytes sent and received.
type Known = BTreeMap<Instant, (u64, u64)>;

impl Answer {
    /// Sorts the rows of an answer.
    pub(crate) fn of(resource: &str, window: &Window, rows: Vec<UsageRow>) -> Self {
        let mut readings: BTreeMap<Instant, Reading> = BTreeMap::new();
        let mut unusable = BTreeMap::new();
        let unplaced = rows.iter().filter(|row| row.hour.is_none()).count();
        for usage in rows {
            let Some(hour) = usage.hour.filter(|hour| window.start <= *hour && *hour < window.end) else {
                continue;
            };
            let (Some(sent_kb), Some(received_kb)) = (usage.sent_kb, usage.received_kb) else {
                let name = if usage.sent_kb.is_none() {
                    "data_sent"
                } else {
                    "data_received"
                };
                let what = format!("OnApp's figure \"{name}\" is not a whole number");
                unusable.insert(hour, ("meter.unreadable_figure", what));
                continue;
            };
            let reading = Reading {
                resource: resource.to_owned(),
                hour,
                sent_kb,
                received_kb,
            };
            if let Err(e) = check_reading(&reading, KbSize::Binary1024, &Bounds::default()) {
                let what = format!("OnApp reports what no interface can carry: {e}");
                unusable.insert(hour, (e.code(), what));
                continue;
            }
            let figures = (reading.sent_kb, reading.received_kb);
            if let Some(other) = readings.insert(hour, reading)
                && (other.sent_kb, other.received_kb) != figures
            {
                let what = "OnApp reports two different figures".to_owned();
                unusable.insert(hour, ("meter.conflicting_readings", what));
            }
        }
        readings.retain(|hour, _| !unusable.contains_key(hour));
        Self {
            resource: resource.to_owned(),
            readings,
            unusable,
            unplaced,
        }
    }

    /// The readings that differ from what is stored.
    pub(crate) fn changed(&self, known: &Known) -> Vec<Reading> {
        let is_news = |reading: &&Reading| known.get(&reading.hour) != Some(&(reading.sent_kb, reading.received_kb));
        self.readings.values().filter(is_news).cloned().collect()
    }

    /// The hours that the answer loses for certain, told to staff; `told` are those that are named on the bill already.
    pub(crate) async fn lost(
        &self,
        host: &Host,
        window: &Window,
        known: &Known,
        told: &BTreeSet<Instant>,
    ) -> Result<BTreeSet<Instant>, Failure> {
        let mut lost = self.without_time(host, window, known, told).await?;
        for (hour, (code, what)) in &self.unusable {
            if told.contains(hour) {
                continue;
            }
            let consequence = if known.contains_key(hour) {
                "What was read of that hour before counts."
            } else {
                lost.insert(*hour);
                "That hour alone is left out and named on the bill, unless OnApp corrects it within three hours."
            };
            let sentence = format!(
                "{}, the hour from {}: {what}. {consequence} Look at the interface's statistics in the control panel.",
                self.resource,
                stored(*hour)
            );
            host.log("error", code, sentence);
        }
        Ok(lost)
    }

    /// The hours that rows without a readable time lose for certain: those that have no other row, unless more hours are silent
    /// than there are such rows. Hours that are named already account for as many rows.
    async fn without_time(
        &self,
        host: &Host,
        window: &Window,
        known: &Known,
        told: &BTreeSet<Instant>,
    ) -> Result<BTreeSet<Instant>, Failure> {
        let name = &self.resource;
        let whole = Gap {
            resource: name.clone(),
            start: window.start,
            end: window.end,
        };
        let has_row = |hour: &Instant| self.readings.contains_key(hour) || self.unusable.contains_key(hour);
        let (named, silent): (Vec<Instant>, Vec<Instant>) = hours_of(&whole)
            .filter(|hour| !has_row(hour))
            .partition(|hour| told.contains(hour));
        let unplaced = self.unplaced.saturating_sub(named.len());
        if unplaced == 0 {
            return Ok(BTreeSet::new());
        }
        let silent = silent.into_iter().filter(|hour| !known.contains_key(hour)).collect();
        let (lost, consequence) = lost_to(unplaced, silent);
        if first_today(host, &format!("stamp.{name}")).await? {
            let (start, end) = (stored(window.start), stored(window.end));
            let sentence = format!(
                "{name}: {unplaced} rows of OnApp's answer for {start} to {end} have a time that cannot be read. {consequence} \
                 Look at the interface's statistics in the control panel."
            );
            host.log("error", "meter.unreadable_time", sentence);
        }
        Ok(lost.into_iter().collect())
    }
}

/// The hours that so many rows without a readable time cost for certain, out of those that have no other row; and the words
/// for what that means. A row can be of one hour only, so where more are silent, most of them were idle.
fn lost_to(rows: usize, silent: Vec<Instant>) -> (Vec<Instant>, String) {
    match silent.len() {
        0 => (silent, "Every hour of that time has a row of its own.".to_owned()),
        all if all <= rows => {
            let words = format!(
                "The {all} hours without another row are left out and named on the bill, unless OnApp corrects them within \
                 three hours."
            );
            (silent, words)
        }
        many => {
            let words = format!(
                "{many} hours have no other row: most were idle, and nobody can say which were not. They count as idle, \
                 unless OnApp corrects the rows within three hours."
            );
            (Vec::new(), words)
        }
    }
}
