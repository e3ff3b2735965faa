//! Where the billing of a service stands: its frozen anchor and zone, and the next period to plan.
//!
//! Anchor and zone are stored when first seen, the next start is the stored end of the period before: no later edit of
//! date, zone or zone rules opens a gap or an overlap (decision 15).

use crate::host::{Change, Failure, Host, Outcome, Row, ServerGet, Service, Settings, is};
use crate::module::common::once::first_today;
use crate::module::common::tags::tag;
use crate::module::onapp::metering::resource::watermark;
use crate::module::onapp::moment::unthinkable;
use crate::module::onapp::product::options::BillingSettings;
use crate::module::onapp::tables::{CURSORS, MODULE, instant, must, number, row, stored, text};
use crate::module::onapp::takeover::{self, counted_from, running};
use crate::time::{Anchor, Instant, Period, Zone, first_period, period_after, period_at};
use chrono::{NaiveDate, TimeDelta};

/// The one meter of this module.
pub(crate) const METER: &str = "transfer";

/// A service's billing position, as read or as it would be after a dry run's step.
pub(crate) struct Cursor {
    /// The stored row, if there is one.
    pub(crate) row: Option<Row>,
    pub(crate) anchor: Anchor,
    /// The next period to plan.
    pub(crate) next: Period,
}

impl Cursor {
    /// The last bill of the service is planned.
    pub(crate) fn is_finished(&self) -> bool {
        self.row.as_ref().is_some_and(|row| text(row, "finished") == Some("1"))
    }

    /// Periods that start before this ended, or began long ago, while this module billed: they are this module's, whoever
    /// bills now.
    pub(crate) fn ours_to(&self) -> Result<Option<Instant>, Failure> {
        self.row
            .as_ref()
            .map_or(Ok(None), |row| instant(row, &CURSORS, "ours_to"))
    }

    /// The next period is this module's, whoever bills now.
    pub(crate) fn awaits(&self) -> Result<bool, Failure> {
        Ok(self.ours_to()?.is_some_and(|to| self.next.start < to))
    }

    /// The period in progress at an instant, or the next one where that begins later.
    pub(crate) fn running(&self, at: Instant) -> Result<Period, Failure> {
        let mut running = self.next;
        while running.end <= at {
            running = period_after(&running, &self.anchor).map_err(unthinkable)?;
        }
        Ok(running)
    }

    /// While WHMCS bills: until when it was told of the traffic. Kept over the day on which WHMCS closes its month.
    pub(crate) fn told(&self) -> Result<Option<Instant>, Failure> {
        self.row
            .as_ref()
            .map_or(Ok(None), |row| instant(row, &CURSORS, "told_to"))
    }

    /// Remembers which periods have ended while this module bills.
    pub(crate) async fn note_end(&mut self, host: &Host, service_id: &str) -> Result<(), Failure> {
        let ended = self.running(host.now())?.start;
        if self.ours_to()?.is_some_and(|to| ended <= to) || self.row.is_none() {
            return Ok(());
        }
        let change = move_cursor(self, &cursor_key(service_id), row([("ours_to", stored(ended).into())]))?;
        // A conflict: another runner is at it, and notes the same.
        host.apply(vec![change]).await.map(|_| ())
    }
}

/// Why a service's periods have no beginning.
pub(crate) struct NoBeginning {
    code: &'static str,
    /// Under this name it is told once a day.
    mark: &'static str,
    sentence: String,
}

/// Reads the cursor, or freezes anchor and zone the first time. None: the service cannot be anchored, and staff are told.
pub(crate) async fn cursor(
    host: &Host,
    settings: &Settings,
    lifecycle: &Row,
    service: &Service,
    billing: &BillingSettings,
    resources: &[Row],
    dry_run: bool,
) -> Result<Option<Cursor>, Failure> {
    let mut cursor = match reckoned(host, settings, lifecycle, service, billing, resources).await? {
        Ok(cursor) => cursor,
        Err(none) => {
            if dry_run || first_today(host, &format!("{}.{}", none.mark, service.id)).await? {
                host.log("warning", none.code, none.sentence);
            }
            return Ok(None);
        }
    };
    if dry_run || cursor.row.is_some() {
        return Ok(Some(cursor));
    }
    let date = cursor.anchor.date;
    if service.reg_date.parse() != Ok(date) {
        let sentence = format!(
            "Service {}: its registration date \"{}\" does not lie before the moment at which the old module closed its last \
             period, so its periods are counted from {date} on.",
            service.id, service.reg_date
        );
        host.log("warning", "onapp.counted_from_closing", sentence);
    }
    let position = position(&cursor.next, false);
    let frozen = move_cursor(&mut cursor, &cursor_key(&service.id), position)?;
    if host.apply(vec![frozen]).await? == Outcome::Conflict {
        return Ok(None); // Another runner froze it this moment.
    }
    Ok(Some(cursor))
}

/// The cursor as it is, or as it would be frozen now. Nothing is written and nobody told: a client may look at it as often as
/// it likes.
pub(crate) async fn reckoned(
    host: &Host,
    settings: &Settings,
    lifecycle: &Row,
    service: &Service,
    billing: &BillingSettings,
    resources: &[Row],
) -> Result<Result<Cursor, NoBeginning>, Failure> {
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", &service.id),
        is("meter", "=", METER),
    ];
    if let Some(row) = host.rows(CURSORS.name, conditions, vec![], 1).await?.into_iter().next() {
        let date: NaiveDate = number(&row, &CURSORS, "anchor_date")?;
        let anchor = Anchor {
            date,
            zone: Zone::get(must(&row, &CURSORS, "zone")?).map_err(unthinkable)?,
        };
        let start = instant(&row, &CURSORS, "next_start")?
            .ok_or_else(|| Failure::internal("onapp.cursor_row", "A cursor's row has no next start."))?;
        let index: i64 = number(&row, &CURSORS, "next_period")?;
        let next = next_of(&anchor, index, start)?;
        return Ok(Ok(Cursor {
            row: Some(row),
            anchor,
            next,
        }));
    }
    let server_id = text(lifecycle, "server_id").unwrap_or_default();
    let zone = zone_of(host, settings, server_id, billing.zone.as_deref()).await?;
    let taken = takeover::record(host, &service.id).await?;
    let registered = service.reg_date.parse::<NaiveDate>().ok();
    let Some(date) = counted_from(taken.as_ref(), registered, &zone).map_err(unthinkable)? else {
        return Ok(Err(NoBeginning {
            code: "onapp.no_registration_date",
            mark: "no_date",
            sentence: format!(
                "Service {} has no registration date, so its periods have no beginning; nothing is billed. Enter the date.",
                service.id
            ),
        }));
    };
    let anchor = Anchor { date, zone };
    let mut marks = resources.iter().map(watermark).collect::<Result<Vec<_>, _>>()?;
    marks.sort_by_key(|mark| mark.from);
    let from = marks.first().map_or_else(|| host.now(), |mark| mark.from);
    let made_by_us = taken.is_none() && text(lifecycle, "since").is_some();
    let next = if let Some(taken) = taken {
        // The period that was in progress when the old module stopped is continued, whole.
        running(&anchor, &taken)
    } else if made_by_us {
        // We made the VM ourselves: before it there was no traffic, so the whole period counts (decision 15).
        period_at(&anchor, from)
    } else {
        first_period(&anchor, from)
    };
    let mut next = next.map_err(unthinkable)?;
    if next.index == -1 && (made_by_us || next.end - from < TimeDelta::days(2)) {
        // The date is the host's, the zone is billing's: the first hours lie before that zone's midnight and count too. So do
        // those of a VM that we made before the date that the service has now.
        let whole = period_after(&next, &anchor).map_err(unthinkable)?;
        next = Period { start: from, ..whole };
    }
    if next.index < 0 {
        return Ok(Err(NoBeginning {
            code: "onapp.registration_date_late",
            mark: "late_date",
            sentence: format!(
                "Service {} was registered after its first measured hour; nothing is billed. Correct the date.",
                service.id
            ),
        }));
    }
    Ok(Ok(Cursor {
        row: None,
        anchor,
        next,
    }))
}

/// The zone in which a service's periods begin: slot 24's, else its server's, else the host's (decisions 9 and 11).
pub(crate) async fn zone_of(
    host: &Host,
    settings: &Settings,
    server_id: &str,
    slot: Option<&str>,
) -> Result<Zone, Failure> {
    let server = host
        .ask(&ServerGet {
            id: server_id.to_owned(),
        })
        .await?
        .server;
    let of_server = server
        .as_ref()
        .and_then(|s| tag(s.access_hash.reveal(), "zone"))
        .filter(|z| !z.is_empty());
    let name = slot.or(of_server).unwrap_or(settings.time_zone.as_str());
    if name.is_empty() {
        if first_today(host, "no_zone").await? {
            host.log(
                "warning",
                "onapp.no_zone",
                "No billing zone is set and PHP's date.timezone is empty: UTC counts.",
            );
        }
        Ok(Zone::utc())
    } else {
        Zone::get(name).map_err(|e| {
            Failure::setting(
                "onapp.zone",
                format!("The billing zone \"{name}\" is not known: {e}."),
                "Enter a name such as Europe/Berlin in slot 24, in the server's access hash or in PHP's date.timezone.",
            )
        })
    }
}

/// The period that starts at a stored start: its end is the anchor's next edge after it; or the one after that, where a
/// first piece of the period before belongs to it, which its index tells.
pub(crate) fn next_of(anchor: &Anchor, index: i64, start: Instant) -> Result<Period, Failure> {
    let whole = period_at(anchor, start).map_err(unthinkable)?;
    if index == whole.index.saturating_add(1) {
        let own = period_after(&whole, anchor).map_err(unthinkable)?;
        return Ok(Period { start, ..own });
    }
    let before = Period {
        index: index.saturating_sub(1),
        start: start - TimeDelta::hours(1),
        end: start,
    };
    period_after(&before, anchor).map_err(unthinkable)
}

pub(crate) fn cursor_key(service_id: &str) -> Row {
    row([
        ("module", MODULE.into()),
        ("service_id", service_id.into()),
        ("meter", METER.into()),
    ])
}

/// The cursor's columns when `next` is the next period to plan.
pub(crate) fn position(next: &Period, finished: bool) -> Row {
    row([
        ("next_period", next.index.to_string().into()),
        ("next_start", stored(next.start).into()),
        ("finished", if finished { "1" } else { "0" }.into()),
    ])
}

pub(crate) fn move_cursor(cursor: &mut Cursor, key: &Row, position: Row) -> Result<Change, Failure> {
    Ok(match &mut cursor.row {
        Some(there) => {
            let rev: u64 = number(there, &CURSORS, "rev")?;
            there.extend(position.clone());
            there.insert("rev".into(), rev.saturating_add(1).to_string().into());
            Change::Update {
                table: CURSORS.name,
                key: key.clone(),
                rev: rev.to_string(),
                values: position,
            }
        }
        None => {
            let mut values = key.clone();
            values.extend(row([
                ("anchor_date", cursor.anchor.date.to_string().into()),
                ("zone", cursor.anchor.zone.name().into()),
            ]));
            values.extend(position);
            let mut there = values.clone();
            there.insert("rev".into(), "1".into());
            cursor.row = Some(there);
            Change::Insert {
                table: CURSORS.name,
                values,
            }
        }
    })
}

/// A change that conflicts with a plan made meanwhile: whoever adds a resource adds it to no plan by halves.
pub(crate) async fn hold_cursor(host: &Host, service_id: &str) -> Result<Option<Change>, Failure> {
    let key = cursor_key(service_id);
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("meter", "=", METER),
    ];
    let found = host.rows(CURSORS.name, conditions, vec![], 1).await?.into_iter().next();
    let Some(there) = found else { return Ok(None) };
    let rev = must(&there, &CURSORS, "rev")?.to_owned();
    Ok(Some(Change::Update {
        table: CURSORS.name,
        key,
        rev,
        values: Row::new(),
    }))
}

/// Whether the service's last bill is made.
pub(crate) async fn last_bill_made(host: &Host, service_id: &str) -> Result<bool, Failure> {
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("meter", "=", METER),
    ];
    let found = host.rows(CURSORS.name, conditions, vec![], 1).await?;
    Ok(found.first().is_some_and(|row| text(row, "finished") == Some("1")))
}
