//! One interface is read: from where, and up to when. What of the answer counts is `answer`.

use super::answer::Answer;
use super::clocks::{here, latest, present, there, was_ahead};
use super::collect::{Got, Mode};
use super::lost::{hours_of, lost_after, lost_hours, oldest_kept};
use super::readings::{store, stored_readings};
use super::resource::watermark;
use crate::host::{Failure, Host, Row};
use crate::meter::{Watermark, Window};
use crate::module::common::refusal::refusal;
use crate::module::onapp::moment::{floor, unthinkable};
use crate::module::onapp::tables::stored;
use crate::panel::onapp::Panel;
use crate::time::Instant;
use chrono::TimeDelta;
use std::collections::BTreeSet;

/// Hours read again behind the watermark: rows lag, and late ones are corrected.
const OVERLAP: TimeDelta = TimeDelta::hours(3);

/// An hour counts as covered when it ended this long ago (reference: onapp-api.md 10.19).
pub(crate) const LAG: TimeDelta = TimeDelta::hours(1);

pub(crate) fn window(now: Instant, mark: &Watermark, mode: Mode) -> Result<Option<Window>, Failure> {
    let lag = if mode == Mode::Last { TimeDelta::zero() } else { LAG };
    mark.window(now, OVERLAP, lag).map_err(unthinkable)
}

/// Reads one interface and stores what is new.
pub(crate) async fn read_nic(
    host: &Host,
    panel: &Panel,
    open: &Row,
    vm_id: u64,
    nic_id: u64,
    mode: Mode,
) -> Result<Got, Failure> {
    let mut mark = watermark(open)?;
    let ahead = was_ahead(&mark, here(host));
    let mut lost = moved_to_what_can_be_read(host, panel, &mut mark, ahead)?;
    let now = match mode {
        Mode::Regular => present(host, panel),
        // Either clock may be wrong, and what has a row now is gone after the deletion.
        Mode::Last => latest(host, panel),
    };
    let Some(window) = window(now, &mark, mode)? else {
        return Ok(Got::default());
    };
    let rows = panel.usage(vm_id, nic_id, window.start, window.end).map_err(|e| {
        refusal(
            &format!("The usage of interface {nic_id} of VM {vm_id} could not be read"),
            &e,
        )
    })?;
    let answer = Answer::of(&mark.resource, &window, rows);
    let known = stored_readings(host, open, &window).await?;
    let told: BTreeSet<Instant> = lost_hours(open)?.iter().flat_map(hours_of).collect();
    lost.extend(answer.lost(host, &window, &known, &told).await?);
    let changed = answer.changed(&known);
    let end = match mode {
        Mode::Regular => window.end,
        Mode::Last => covered_at_last(host, panel, &window, |hour| {
            known.contains_key(hour) || answer.readings.contains_key(hour)
        })?,
    };
    let lost = lost_after(open, lost, |hour| {
        answer.readings.contains_key(hour) || known.contains_key(hour)
    })?;
    let before = if ahead { mark.from } else { mark.covered.unwrap_or(end) };
    store(host, open, &changed, (before, end), &lost).await
}

/// Moves a watermark to where reading can go on: back, where the clocks were ahead; forward, over hours that OnApp no longer keeps,
/// which are answered. Both are told.
fn moved_to_what_can_be_read(
    host: &Host,
    panel: &Panel,
    mark: &mut Watermark,
    ahead: bool,
) -> Result<BTreeSet<Instant>, Failure> {
    if ahead {
        let sentence = format!(
            "{} was read until {}, which has not come yet: the clocks were ahead. Its last 31 days are read again.",
            mark.resource,
            stored(mark.covered.unwrap_or(mark.from))
        );
        host.log("warning", "onapp.clock_was_ahead", sentence);
        mark.covered = Some((floor(here(host))? - TimeDelta::days(31)).max(mark.from));
    }
    let Some(gap) = mark.lost(oldest_kept(present(host, panel))?) else {
        return Ok(BTreeSet::new());
    };
    let sentence = format!(
        "{}: OnApp no longer keeps the hours from {} to {}; they are named on the bill.",
        mark.resource, gap.start, gap.end
    );
    host.log("warning", "onapp.hours_lost", sentence);
    mark.covered = Some(gap.end);
    mark.from = mark.from.max(gap.end);
    Ok(hours_of(&gap).collect())
}

/// Until when a last reading covers. What the panel's clock has not reached is not covered; its rows, if there are any, count all
/// the same.
fn covered_at_last(
    host: &Host,
    panel: &Panel,
    window: &Window,
    is_listed: impl Fn(&Instant) -> bool,
) -> Result<Instant, Failure> {
    let last = window.end.min(floor(host.now())?) - TimeDelta::hours(1);
    // The hour that has just ended may not be listed yet: without a row it is not covered.
    let covered = if is_listed(&last) { window.end } else { last };
    Ok(covered.min(floor(there(host, panel).unwrap_or(host.now()))?))
}
