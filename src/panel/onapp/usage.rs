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
    /// Out of the machine, KB as the panel counts them; none where the figure is absent or no whole number. The other hours
    /// of the answer are usable then, this one is not.
    pub sent_kb: Option<u64>,
    /// Into the machine, likewise.
    pub received_kb: Option<u64>,
}

/// The figures of a row.
const FIGURES: [&str; 2] = ["data_sent", "data_received"];

impl UsageRow {
    fn read(row: &Row<'_>, hour: Option<DateTime<Utc>>) -> Self {
        let [sent_kb, received_kb] = FIGURES.map(|figure| row.counted(figure));
        Self {
            hour,
            sent_kb,
            received_kb,
        }
    }
}

/// The start of the hour that a row of statistics measures; none where its stamp is absent or cannot be read.
fn hour(row: &Row<'_>) -> Option<DateTime<Utc>> {
    let stamp = row.moment(STAMP).ok().flatten();
    let end = stamp.and_then(|stamp| stamp.duration_trunc(TimeDelta::hours(1)).ok());
    end.and_then(|end| end.checked_sub_signed(TimeDelta::hours(1)))
}

const STAMP: &str = "stat_time";

/// The field that says that these are not damaged rows but an answer of another kind, or one in another form: what it tells is
/// there to be read later.
fn of_another_kind<'k>(rows: &[Row<'_>], figures: &[&'k str]) -> Option<&'k str> {
    let most = |unread: usize| unread > 1 && unread * 2 > rows.len();
    let unread = |is_read: &dyn Fn(&Row<'_>) -> bool| rows.iter().filter(|row| !is_read(row)).count();
    let known = |row: &Row<'_>| row.has(STAMP) || figures.iter().any(|figure| row.has(figure));
    if most(unread(&|row| hour(row).is_some())) || (!rows.is_empty() && unread(&known) == rows.len()) {
        return Some(STAMP);
    }
    figures
        .iter()
        .copied()
        .find(|figure| most(unread(&|row| row.has(figure))))
}

impl Panel {
    /// The hours of `[from, to)`, in the panel's order, and every row that tells no hour. An idle hour has no row.
    ///
    /// # Errors
    /// `onapp.period` when the ends are not whole hours in order; a field that is absent, or a time that cannot be read, in most
    /// rows of several; any [`PanelError`] when the panel could not be asked; [`PanelError::is_not_found`] when machine or interface are not there.
    pub fn usage(
        &self,
        vm_id: u64,
        nic_id: u64,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<UsageRow>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/network_interfaces/{nic_id}/usage.json");
        self.hours(&path, "net_hourly_stat", &FIGURES, from, to, |row, hour| {
            Ok(Some(UsageRow::read(row, hour)))
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
        figures: &[&str],
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
        let listed = wire::list_of_any(&answer, root)?;
        if let (Some(row), Some(field)) = (listed.first(), of_another_kind(&listed, figures)) {
            return Err(row.wrong(field, "readable in most rows"));
        }
        for row in &listed {
            let hour = hour(row);
            // A panel that ignores the period sends three months.
            if hour.is_none_or(|hour| from <= hour && hour < to) {
                rows.extend(read(row, hour)?);
            }
        }
        Ok(rows)
    }
}
