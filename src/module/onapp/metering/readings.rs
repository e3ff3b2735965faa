//! The readings of an interface as they are stored: with its watermark, in one transaction.

use super::collect::Got;
use super::resource::resource_key;
use crate::host::{Change, Failure, Host, Outcome, Row, is};
use crate::meter::{Reading, Window};
use crate::module::onapp::billing::plan::period_key;
use crate::module::onapp::tables::{MODULE, PERIODS, READINGS, RESOURCES, instant, must, number, row, stored, text};
use crate::time::Instant;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Readings written in one transaction.
const CHUNK: usize = 500;

/// What is stored of a resource inside the window.
pub(crate) async fn stored_readings(
    host: &Host,
    open: &Row,
    window: &Window,
) -> Result<BTreeMap<Instant, (u64, u64)>, Failure> {
    let mut known = BTreeMap::new();
    let mut from = window.start;
    loop {
        let conditions = vec![
            is("module", "=", MODULE),
            is("server_id", "=", must(open, &RESOURCES, "server_id")?),
            is("resource", "=", must(open, &RESOURCES, "resource")?),
            is("hour", ">=", stored(from)),
            is("hour", "<", stored(window.end)),
        ];
        let page = host.rows(READINGS.name, conditions, vec!["hour"], 1000).await?;
        for row in &page {
            let hour = instant(row, &READINGS, "hour")?
                .ok_or_else(|| Failure::internal("onapp.reading_row", "A reading's row has no hour."))?;
            known.insert(
                hour,
                (
                    number(row, &READINGS, "sent_kb")?,
                    number(row, &READINGS, "received_kb")?,
                ),
            );
            from = hour + TimeDelta::hours(1);
        }
        if page.len() < 1000 {
            return Ok(known);
        }
    }
}

/// Writes readings and watermark, oldest first; the watermark does not fall behind `before`. A conflict means that another
/// runner or a bill was faster: whatever is not stored is read again the next time.
pub(crate) async fn store(
    host: &Host,
    open: &Row,
    changed: &[Reading],
    (before, end): (Instant, Instant),
    lost: &str,
) -> Result<Got, Failure> {
    let service_id = must(open, &RESOURCES, "service_id")?;
    let mut rev: u64 = number(open, &RESOURCES, "rev")?;
    let mut written = 0u64;
    let mut chunks = changed.chunks(CHUNK).peekable();
    loop {
        let chunk = chunks.next().unwrap_or_default();
        let reached = match chunks.peek().and_then(|next| next.first()) {
            Some(next) => next.hour.min(end),
            None => end,
        };
        let mut moved = row([("watermark", stored(reached.max(before)).into())]);
        if text(open, "lost").unwrap_or_default() != lost {
            moved.insert("lost".into(), lost.into());
        }
        let mut changes = vec![Change::Update {
            table: RESOURCES.name,
            key: resource_key(open)?,
            rev: rev.to_string(),
            values: moved,
        }];
        for reading in chunk {
            let mut values = resource_key(open)?;
            values.extend(row([
                ("hour", stored(reading.hour).into()),
                ("service_id", service_id.into()),
                ("sent_kb", reading.sent_kb.into()),
                ("received_kb", reading.received_kb.into()),
            ]));
            changes.push(Change::Put {
                table: READINGS.name,
                values,
            });
        }
        changes.extend(late(host, service_id, chunk).await?);
        if host.apply(changes).await? == Outcome::Conflict {
            return Ok(Got {
                hours: written,
                torn: true,
            });
        }
        rev = rev.saturating_add(1);
        written = written.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if chunks.peek().is_none() {
            return Ok(Got {
                hours: written,
                torn: false,
            });
        }
    }
}

/// Marks the planned periods that these readings belong to.
async fn late(host: &Host, service_id: &str, chunk: &[Reading]) -> Result<Vec<Change>, Failure> {
    let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
        return Ok(vec![]);
    };
    let conditions = vec![
        is("module", "=", MODULE),
        is("service_id", "=", service_id),
        is("start_at", "<=", stored(last.hour)),
        is("end_at", ">", stored(first.hour)),
    ];
    let mut changes = Vec::new();
    for period in host.rows(PERIODS.name, conditions, vec!["period"], 100).await? {
        let (Some(start), Some(end)) = (
            instant(&period, &PERIODS, "start_at")?,
            instant(&period, &PERIODS, "end_at")?,
        ) else {
            continue;
        };
        if text(&period, "late") != Some("1") && chunk.iter().any(|r| start <= r.hour && r.hour < end) {
            changes.push(Change::Update {
                table: PERIODS.name,
                key: period_key(&period)?,
                rev: must(&period, &PERIODS, "rev")?.to_owned(),
                values: row([("late", "1".into())]),
            });
        }
    }
    Ok(changes)
}
