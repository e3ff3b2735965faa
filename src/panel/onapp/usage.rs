//! Hourly usage of a network interface (reference: onapp-api.md 7.1 and 7.2).

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::PanelError;
use super::panel::Panel;
use super::wire::{self, Row};

/// What one interface sent and received in one hour, in the panel's kilobytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageRow {
    /// The START of the measured hour. The panel stamps its end. None where the stamp cannot be read: the row is of some
    /// hour that nobody can name, and the other rows of the answer are usable.
    pub hour: Option<DateTime<Utc>>,
    /// Out of the machine, KB as the panel counts them; none where the figure is no whole number. The other hours of the
    /// answer are usable then, this one is not.
    pub sent_kb: Option<u64>,
    /// Into the machine, likewise.
    pub received_kb: Option<u64>,
}

impl UsageRow {
    fn read(row: &Row<'_>, hour: Option<DateTime<Utc>>) -> Result<Self, PanelError> {
        Ok(Self {
            hour,
            sent_kb: row.counted("data_sent")?,
            received_kb: row.counted("data_received")?,
        })
    }
}

/// The start of the hour that a row of statistics measures; none where its stamp cannot be read. Without its key the answer is
/// of another kind.
fn hour(row: &Row<'_>) -> Result<Option<DateTime<Utc>>, PanelError> {
    if !row.has("stat_time") {
        return Err(row.wrong("stat_time", "there"));
    }
    let stamp = row.moment("stat_time").ok().flatten();
    let end = stamp.and_then(|stamp| stamp.duration_trunc(TimeDelta::hours(1)).ok());
    Ok(end.and_then(|end| end.checked_sub_signed(TimeDelta::hours(1))))
}

impl Panel {
    /// The hours of `[from, to)`, in the panel's order, and every row that tells no hour. An idle hour has no row.
    ///
    /// # Errors
    /// `onapp.period` when the ends are not whole hours in order; a time that cannot be read in most rows of several; any [`PanelError`] when the panel could not be asked;
    /// [`PanelError::is_not_found`] when machine or interface are not there.
    pub fn usage(
        &self,
        vm_id: u64,
        nic_id: u64,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<UsageRow>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/network_interfaces/{nic_id}/usage.json");
        self.hours(&path, "net_hourly_stat", from, to, |row, hour| {
            UsageRow::read(row, hour).map(Some)
        })
    }

    /// The rows of statistics whose hour lies in `[from, to)` or cannot be read, as far as `read` wants them.
    ///
    /// A row stamped T measures the hour that ended at T, and whether the panel includes the ends of a period is not
    /// documented. So the hours [from, to), stamped from+1h to `to`, are asked for with a window from half past `from` to
    /// half past `to`, which no stamp touches.
    pub(super) fn hours<T>(
        &self,
        path: &str,
        root: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        read: impl Fn(&Row<'_>, Option<DateTime<Utc>>) -> Result<Option<T>, PanelError>,
    ) -> Result<Vec<T>, PanelError> {
        let whole = |moment: DateTime<Utc>| moment.duration_trunc(TimeDelta::hours(1)) == Ok(moment);
        if from >= to || !whole(from) || !whole(to) {
            return Err(PanelError::config(
                "onapp.period",
                self.client().host(),
                "usage is asked for in whole hours, the first before the last; nothing was asked",
            ));
        }
        let edge = |moment: DateTime<Utc>| {
            (moment + TimeDelta::minutes(30))
                .format("%Y-%m-%d %H:%M:%S")
                .to_string()
        };
        let (start, end) = (edge(from), edge(to));
        let query = [("period[startdate]", start.as_str()), ("period[enddate]", end.as_str())];
        let answer = self.get(path, &query, "vm_stats.read")?;
        let mut rows = Vec::new();
        let listed = wire::list(&answer, root)?;
        let hours = listed.iter().map(hour).collect::<Result<Vec<_>, PanelError>>()?;
        let unread = hours.iter().filter(|hour| hour.is_none()).count();
        if let Some(row) = listed.first().filter(|_| unread > 1 && unread * 2 > hours.len()) {
            // Not damaged rows: the panel tells time in another form, and what it tells is there to be read later.
            return Err(row.wrong("stat_time", "a time in most rows"));
        }
        for (row, hour) in listed.iter().zip(hours) {
            // A panel that ignores the period sends three months.
            if hour.is_none_or(|hour| from <= hour && hour < to) {
                rows.extend(read(row, hour)?);
            }
        }
        Ok(rows)
    }
}
