//! How moments are shown on pages: in the host's zone.

use crate::host::{Failure, Host, HostSettings};
use crate::time::{Instant, Zone};

/// How moments are shown: in the host's zone.
pub(crate) struct Clock(Zone);

impl Clock {
    pub(crate) async fn of(host: &Host) -> Result<Self, Failure> {
        let name = host.ask(&HostSettings {}).await?.time_zone;
        Ok(Self(Zone::get_or_utc(&name)))
    }

    pub(crate) fn show(&self, at: Instant) -> String {
        self.0.show(at).unwrap_or_default()
    }
}
