//! Hours that nobody can measure any more: kept with their interface, and named on the bill.

use crate::host::{Failure, Row};
use crate::meter::Gap;
use crate::module::onapp::moment::unthinkable;
use crate::module::onapp::tables::{RESOURCES, must, stored, text};
use crate::time::{Instant, hour_ceil};
use chrono::TimeDelta;
use std::collections::BTreeSet;

/// OnApp keeps hourly rows for three months (reference: onapp-api.md 7.1). What is older is lost, never zero.
pub(crate) fn oldest_kept(now: Instant) -> Result<Instant, Failure> {
    hour_ceil(now.checked_sub_months(chrono::Months::new(3)).unwrap_or(now)).map_err(unthinkable)
}

/// The hours of a resource that were lost, as its row keeps them: `start/end`, separated by blanks.
pub(crate) fn lost_hours(resource: &Row) -> Result<Vec<Gap>, Failure> {
    let name = must(resource, &RESOURCES, "resource")?;
    let damaged = || {
        Failure::internal(
            "onapp.resource_row",
            "A resource's row has lost hours that cannot be read.",
        )
    };
    text(resource, "lost")
        .unwrap_or_default()
        .split_whitespace()
        .map(|pair| {
            let (start, end) = pair.split_once('/').ok_or_else(damaged)?;
            let moment = |text: &str| text.parse::<Instant>().map_err(|_| damaged());
            Ok(Gap {
                resource: name.to_owned(),
                start: moment(start)?,
                end: moment(end)?,
            })
        })
        .collect()
}

/// The hours of a gap.
pub(crate) fn hours_of(gap: &Gap) -> impl Iterator<Item = Instant> {
    let end = gap.end;
    std::iter::successors(Some(gap.start), |hour| hour.checked_add_signed(TimeDelta::hours(1)))
        .take_while(move |hour| *hour < end)
}

/// What a resource's row keeps as lost: the hours that it has, and these, without those that were read after all.
pub(crate) fn lost_after(
    resource: &Row,
    lost: impl IntoIterator<Item = Instant>,
    read: impl Fn(&Instant) -> bool,
) -> Result<String, Failure> {
    let mut hours: BTreeSet<Instant> = lost_hours(resource)?.iter().flat_map(hours_of).collect();
    hours.extend(lost);
    let mut gaps: Vec<(Instant, Instant)> = Vec::new();
    for hour in hours.into_iter().filter(|hour| !read(hour)) {
        let end = hour + TimeDelta::hours(1);
        match gaps.last_mut() {
            Some(last) if last.1 == hour => last.1 = end,
            _ => gaps.push((hour, end)),
        }
    }
    let pairs: Vec<String> = gaps
        .into_iter()
        .map(|(start, end)| format!("{}/{}", stored(start), stored(end)))
        .collect();
    Ok(pairs.join(" "))
}
