//! The limits of one job, each with its default; the host's config may set any of them.

use serde::Deserialize;

/// Limits in whole seconds or counts. Defaults are those of an unattended cron.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Longest wait for a connection.
    pub connect_seconds: u64,
    /// Longest wait for the next bytes of an answer.
    pub read_seconds: u64,
    /// Longest time a step may spend at a panel.
    pub step_seconds: u64,
    /// How long a claim lasts without a sign of life; longer than a step plus an op.
    pub lease_seconds: u32,
    /// Rows of a page.
    pub page_rows: u32,
    /// Periods billed for one service in one run.
    pub periods_per_run: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_seconds: 5,
            read_seconds: 20,
            step_seconds: 25,
            lease_seconds: 600,
            page_rows: 200,
            periods_per_run: 3,
        }
    }
}

impl Limits {
    /// The names that a config may set.
    pub(crate) const NAMES: [&str; 6] = [
        "connect_seconds",
        "read_seconds",
        "step_seconds",
        "lease_seconds",
        "page_rows",
        "periods_per_run",
    ];

    /// Each is at least 1, so that no loop goes on without an end or ends without its work, and at most a day's seconds.
    pub(crate) fn are_usable(&self) -> bool {
        let all = [
            self.connect_seconds,
            self.read_seconds,
            self.step_seconds,
            u64::from(self.lease_seconds),
            u64::from(self.page_rows),
            u64::from(self.periods_per_run),
        ];
        all.iter().all(|limit| (1..=86_400).contains(limit))
    }
}
