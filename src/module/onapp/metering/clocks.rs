//! What time it is for a reading: the panel's clock and the host's two, of which any may be wrong.

use crate::host::Host;
use crate::meter::Watermark;
use crate::panel::onapp::Panel;
use crate::time::Instant;
use chrono::TimeDelta;

/// The present, as far as every clock has come: an hour that the panel cannot have yet is neither zero nor covered. Panel
/// and host may be ahead together, with one source of time or one machine; the host's database then still knows.
pub(crate) fn present(host: &Host, panel: &Panel) -> Instant {
    let there = panel.client().panel_time().unwrap_or_else(|| host.clock());
    there.min(here(host))
}

/// The earlier of the host's two clocks. A database that is a day behind is itself wrong.
pub(crate) fn here(host: &Host) -> Instant {
    let (now, clock) = (host.now(), host.clock());
    if now - clock < TimeDelta::days(1) {
        now.min(clock)
    } else {
        now
    }
}

/// Was a resource read by clocks that were ahead? Then hours that had not come yet were taken for idle ones, and the last
/// month is read once more.
pub(crate) fn was_ahead(mark: &Watermark, present: Instant) -> bool {
    let ahead = |covered| covered > present.max(mark.from) && covered - present < TimeDelta::days(31);
    mark.covered.is_some_and(ahead)
}

/// The panel's clock, where it can be believed: no host is a month slow.
pub(crate) fn there(host: &Host, panel: &Panel) -> Option<Instant> {
    let there = panel.client().panel_time()?;
    (there - host.now() < TimeDelta::days(31)).then_some(there)
}

/// The later of the two clocks: no hour that the panel may have had is past it.
pub(crate) fn latest(host: &Host, panel: &Panel) -> Instant {
    there(host, panel).map_or(host.now(), |there| there.max(host.now()))
}
