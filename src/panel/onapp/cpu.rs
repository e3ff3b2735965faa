//! CPU time that a machine used, hour by hour (reference: onapp-api.md 7.1 and 7.3).

use chrono::{DateTime, Utc};

use super::PanelError;
use super::panel::Panel;
use super::wire::Row;

/// The CPU time of one hour, all cores together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuRow {
    /// The START of the measured hour. The panel stamps its end.
    pub hour: DateTime<Utc>,
    /// Tenths of CPU seconds: 36000 is one core busy for the whole hour, so percent of a core is a 360th of it.
    pub tenths: u64,
}

impl CpuRow {
    fn read(row: &Row<'_>, hour: DateTime<Utc>) -> Result<Self, PanelError> {
        Ok(Self {
            hour,
            tenths: row
                .counted("cpu_time")
                .ok_or_else(|| row.wrong("cpu_time", "a whole number"))?,
        })
    }
}

impl Panel {
    /// The hours of `[from, to)`, in the panel's order. An hour without data has no row, and a row without a readable hour is
    /// none.
    ///
    /// # Errors
    /// `onapp.period` when the ends are not whole hours in order; any [`PanelError`] when the panel could not be asked;
    /// [`PanelError::is_not_found`] when the machine is not there.
    pub fn cpu_usage(&self, vm_id: u64, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<CpuRow>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/cpu_usage.json");
        self.hours(&path, "cpu_hourly_stat", &["cpu_time"], from, to, |row, hour| {
            hour.map(|hour| CpuRow::read(row, hour)).transpose()
        })
    }
}
