//! Who bills when staff change their mind: each hour is billed by this module or by WHMCS, and what neither bills is said.
//!
//! Owns the passing of hours from one to the other, and what is said of hours that nobody bills. Does not own who bills
//! now (`terms.rs`) nor what WHMCS is told (`usage.rs`).
//!
//! WHMCS bills a calendar month of its own zone on the last day of that month, with the usage that it was told until then
//! (reference: whmcs-contract.md 1.15). Until that day begins the month is open, and nobody has billed it. So
//! - from the module to WHMCS: WHMCS bills from the start of the module's period in progress, if that lies in its open
//!   month; otherwise the module bills this period to its end, and WHMCS what follows;
//! - from WHMCS to the module: the module bills all of WHMCS's open month; where WHMCS has closed it, the module goes on
//!   where WHMCS was told to. On the closing day itself nobody knows whether WHMCS has billed: it keeps what it was told.

use super::cursor::{Cursor, cursor_key, move_cursor, next_of, position};
use super::plan::summed;
use super::terms::{Bills, refused};
use crate::host::{Cell, Failure, Host, Row, Service, Settings};
use crate::meter::{Kb, KbSize};
use crate::module::onapp::metering::interface::LAG;
use crate::module::onapp::metering::resource::watermark;
use crate::module::onapp::moment::{floor, unthinkable};
use crate::module::onapp::tables::{row, stored, text};
use crate::time::{Instant, Period, TimeError, Zone, day_start, hour_floor, period_after, period_at};
use chrono::{Datelike, Months, NaiveDate, TimeDelta};

/// What WHMCS's closing day leaves out of its month at most: that day, on which a clock may be set back.
const CLOSING_DAY: TimeDelta = TimeDelta::hours(25);

/// A calendar month of the host: WHMCS closes its months by PHP's zone, whatever the billing zone is.
pub(crate) struct Month {
    pub(crate) start: Instant,
    /// The start of its last day, on which WHMCS closes it.
    pub(crate) closing: Instant,
    pub(crate) end: Instant,
}

impl Month {
    pub(crate) fn of(at: Instant, settings: &Settings) -> Result<Self, Failure> {
        let zone = Zone::get_or_utc(&settings.time_zone);
        let today = zone.date(at).map_err(unthinkable)?;
        let first = today.with_day(1);
        let next = first.and_then(|first| first.checked_add_months(Months::new(1)));
        let last = next.and_then(|next| next.pred_opt());
        let day = |date: Option<NaiveDate>| {
            date.ok_or(TimeError::OutOfRange)
                .and_then(|date| day_start(date, &zone))
                .map_err(unthinkable)
        };
        Ok(Self {
            start: day(first)?,
            closing: day(last)?,
            end: day(next)?,
        })
    }
}

/// Takes note of who bills, and passes the hours on when that has changed. True on the day on which WHMCS closes a month that
/// it was told of and bills no more: nobody knows whether it has billed, so nothing is billed, passed over or told that day.
pub(crate) async fn note_biller(
    host: &Host,
    settings: &Settings,
    service: &Service,
    cursor: &mut Cursor,
    bills: Bills,
    dry_run: bool,
) -> Result<bool, Failure> {
    let name = match bills {
        Bills::Module | Bills::Waits => "module",
        Bills::Whmcs => "whmcs",
        Bills::Nobody => "nobody",
    };
    let before = cursor
        .row
        .as_ref()
        .and_then(|row| text(row, "biller"))
        .map(str::to_owned);
    let told = cursor.told()?;
    let month = Month::of(host.now(), settings)?;
    let mut next = cursor.next;
    let mut values = row([("biller", name.into())]);
    let mut said = None;
    let open = told.is_some_and(|told| month.start <= told) && host.now() < month.closing;
    let held = bills != Bills::Whmcs && !open && told.is_some_and(|told| month.start <= told);
    if bills == Bills::Whmcs {
        // A change that is undone on the closing day has passed nothing on.
        if before.as_deref() == Some("module") && told.is_none() {
            let running = cursor.running(host.now())?;
            let closed = running.start < month.start || month.closing <= host.now();
            let from = if closed { running.end } else { running.start };
            values.extend(row([("ours_to", stored(from).into())]));
            said = Some(format!(
                "WHMCS bills its traffic from {from} on; this module bills what was before"
            ));
        }
    } else if let Some(told) = told {
        if !open && !held {
            next = starting(cursor, next.start.max(told))?;
        }
        if !held {
            values.extend(row([("told_to", Cell::Null)]));
        }
        if before.as_deref() != Some(name) {
            let from = if held { told } else { next.start };
            said = Some(format!(
                "WHMCS bills its traffic no more, from {from} on; it bills what was before, as it was told"
            ));
        }
    } else if bills == Bills::Nobody && cursor.ours_to()?.is_some_and(|to| host.now() < to) {
        // What the product says at the end of the period counts.
        values.extend(row([("ours_to", stored(cursor.running(host.now())?.start).into())]));
    }
    let same = |(column, value): (&String, &Cell)| cursor.row.as_ref().and_then(|row| row.get(column)) == Some(value);
    if next == cursor.next && values.iter().all(same) {
        return Ok(held);
    }
    if next != cursor.next {
        values.extend(row([
            ("next_period", next.index.to_string().into()),
            ("next_start", stored(next.start).into()),
        ]));
    }
    let change = move_cursor(cursor, &cursor_key(&service.id), values)?;
    cursor.next = next;
    if dry_run {
        return Ok(held);
    }
    if let Some(said) = said {
        host.log(
            "warning",
            "onapp.biller_changed",
            format!("Service {}: {said}.", service.id),
        );
    }
    // A conflict: another runner is at it, and notes the same.
    host.apply(vec![change]).await.map(|_| held)
}

/// The cursor's next period when it starts at another instant.
fn starting(cursor: &Cursor, start: Instant) -> Result<Period, Failure> {
    let index = period_at(&cursor.anchor, start).map_err(unthinkable)?.index;
    next_of(&cursor.anchor, index.max(cursor.next.index), start)
}

/// How far the service's open resources are measured, the furthest of them.
fn measured(resources: &[Row]) -> Result<Option<Instant>, Failure> {
    let mut measured = None;
    for open in resources.iter().filter(|row| text(row, "closed_at").is_none()) {
        measured = measured.max(watermark(open)?.covered);
    }
    Ok(measured)
}

/// Until when a service that nobody bills here is passed over: the present, as far as its traffic was measured. A host's
/// clock that is ahead for one run passes over no hour that is still to come.
fn passed(host: &Host, measured: Option<Instant>) -> Result<Instant, Failure> {
    let known = measured.map_or(host.now(), |mark| mark + LAG);
    floor(known.min(host.now()))
}

/// While nobody bills, a period that ends is over unbilled; the one in progress stays, should billing be on again at its
/// end.
pub(crate) async fn skip_ended(
    host: &Host,
    service_id: &str,
    cursor: &mut Cursor,
    resources: &[Row],
    why: &str,
    dry_run: bool,
) -> Result<(), Failure> {
    let passed = passed(host, measured(resources)?)?;
    let mut next = cursor.next;
    while next.end <= passed {
        next = period_after(&next, &cursor.anchor).map_err(unthinkable)?;
    }
    if dry_run || next == cursor.next {
        return Ok(());
    }
    let lost = Period {
        end: next.start,
        ..cursor.next
    };
    say_lost(host, service_id, &lost, &format!("{why} when the period ended")).await?;
    let change = move_cursor(cursor, &cursor_key(service_id), position(&next, false))?;
    cursor.next = next;
    host.apply(vec![change]).await.map(|_| ())
}

/// While WHMCS bills, our next period starts with WHMCS's open month, or later where this module billed a part of it: what
/// WHMCS has closed is never billed again. Notes how far WHMCS is told.
pub(crate) async fn leave_to_whmcs(
    host: &Host,
    settings: &Settings,
    service_id: &str,
    cursor: &mut Cursor,
    resources: &[Row],
    closed: Option<Instant>,
    dry_run: bool,
) -> Result<(), Failure> {
    let measured = measured(resources)?;
    let month = Month::of(passed(host, measured)?, settings)?;
    let start = cursor.next.start.max(month.start);
    let told = hour_floor(measured.unwrap_or(host.now()))
        .map_err(unthinkable)?
        .max(start);
    let before = cursor.told()?;
    if dry_run || (before == Some(told) && start == cursor.next.start) {
        return Ok(());
    }
    let lost = Period {
        start: cursor.next.start.max(before.unwrap_or(cursor.next.start)),
        end: start,
        ..cursor.next
    };
    let usual = if before.is_some() {
        CLOSING_DAY
    } else {
        TimeDelta::zero()
    };
    if let Some(closed) = closed.filter(|closed| cursor.next.start < *closed && *closed < start) {
        let last = Period {
            end: closed,
            ..cursor.next
        };
        let why =
            "the service ended in a month that WHMCS closed afterwards, and WHMCS may bill no service that has ended";
        say_lost(host, service_id, &last, why).await?;
    } else if lost.end - lost.start > usual {
        let why = "WHMCS had closed its month and was not told of it then";
        say_lost(host, service_id, &lost, why).await?;
    }
    let next = starting(cursor, start)?;
    let mut values = position(&next, false);
    values.extend(row([("told_to", stored(told).into())]));
    let change = move_cursor(cursor, &cursor_key(service_id), values)?;
    cursor.next = next;
    host.apply(vec![change]).await.map(|_| ())
}

/// Names the hours that neither this module nor WHMCS bills, if anything was measured in them.
async fn say_lost(host: &Host, service_id: &str, lost: &Period, why: &str) -> Result<(), Failure> {
    let mut kb = Kb::default();
    for resource in summed(host, service_id, lost).await? {
        kb = kb.plus(resource.usage).map_err(|e| refused(e.code(), &e.to_string()))?;
    }
    if kb == Kb::default() {
        return Ok(());
    }
    let mb = kb
        .to_mb(KbSize::Binary1024)
        .and_then(|mb| mb.round_half_away(0))
        .map_err(|e| refused("bill.number", &e.to_string()))?;
    let sentence = format!(
        "Service {service_id}: its traffic from {} to {} ({mb} MB of 1024 KB; {kb} KB) is billed by nobody, because {why}. \
         If WHMCS's invoices show nothing of it and it is above the included volume, bill it by hand.",
        lost.start, lost.end
    );
    host.log("warning", "onapp.not_billed", sentence);
    Ok(())
}
