//! A claimed service: its row, and the promise that nobody else changes it while the claim lasts.
//!
//! Taking a claim is a compare-and-swap; a second caller is told "busy since". A claim that its holder never gave back
//! (the process was killed) ends with its lease, by the database's clock. Every later change of the row names the `rev`
//! that was read, so a holder that slept through its lease cannot write.

use super::reused;
use super::rows::{instant, must, row, stored, text};
use super::tables::SERVICES;
use crate::host::{Cell, Change, Class, Failure, Host, Outcome, Row, is};
use chrono::TimeDelta;

/// A service's row under our claim.
pub(crate) struct Claimed {
    /// The host's service id.
    pub(crate) service_id: String,
    module: &'static str,
    row: Row,
}

/// The row of a service, if we have one.
pub(crate) async fn read(host: &Host, module: &str, service_id: &str) -> Result<Option<Row>, Failure> {
    let found = host
        .rows(
            SERVICES.name,
            vec![is("module", "=", module), is("service_id", "=", service_id)],
            vec![],
            1,
        )
        .await?;
    Ok(found.into_iter().next())
}

/// Whether an action on the service is under way, for pages that say so.
pub(crate) async fn under_way(host: &Host, module: &str, service_id: &str) -> Result<bool, Failure> {
    let Some(row) = read(host, module, service_id).await? else {
        return Ok(false);
    };
    is_claimed(host, &row)
}

/// Whether the claim in this row has not run out: nobody else changes the row then.
pub(crate) fn is_claimed(host: &Host, row: &Row) -> Result<bool, Failure> {
    let until = instant(row, &SERVICES, "claim_until")?;
    Ok(text(row, "claim_holder").is_some() && until.is_some_and(|until| until > host.clock()))
}

fn busy(module: &str, service_id: &str, row: &Row) -> Failure {
    Failure::new(
        Class::Busy,
        &format!("{module}.busy"),
        format!(
            "Service {service_id} is busy: {} runs since {}.",
            text(row, "claim_job").unwrap_or("another action"),
            text(row, "claim_since").unwrap_or("a moment ago")
        ),
        "Nothing was changed.",
        "Try again when it has finished; an action that was interrupted frees the service by itself.",
    )
}

/// Claims the service for this job, making its row when there is none.
///
/// # Errors
/// `<module>.busy` while another runner holds it.
pub(crate) async fn claim(host: &Host, module: &'static str, service_id: &str, job: &str) -> Result<Claimed, Failure> {
    for _ in 0..3 {
        let found = read(host, module, service_id).await?;
        let clock = host.clock();
        let until = clock + TimeDelta::seconds(i64::from(host.limits().lease_seconds));
        let mark = row([
            ("claim_holder", host.holder().into()),
            ("claim_job", job.into()),
            ("claim_since", stored(clock).into()),
            ("claim_until", stored(until).into()),
        ]);
        let change = match &found {
            Some(there) => {
                reused::refuse(host, module, service_id, there).await?;
                let held = text(there, "claim_holder").is_some_and(|holder| holder != host.holder());
                if held && instant(there, &SERVICES, "claim_until")?.is_some_and(|until| until > clock) {
                    return Err(busy(module, service_id, there));
                }
                Change::Update {
                    table: SERVICES.name,
                    key: key(module, service_id),
                    rev: must(there, &SERVICES, "rev")?.to_owned(),
                    values: mark.clone(),
                }
            }
            None => {
                let mut values = key(module, service_id);
                values.extend(row([("state", "new".into())]));
                values.extend(mark.clone());
                Change::Insert {
                    table: SERVICES.name,
                    values,
                }
            }
        };
        if host.apply(vec![change]).await? == Outcome::Applied {
            let mut row = found.unwrap_or_else(|| {
                let mut new = key(module, service_id);
                new.extend(row([("state", "new".into()), ("rev", "0".into())]));
                new
            });
            row.extend(mark);
            let mut claimed = Claimed {
                service_id: service_id.to_owned(),
                module,
                row,
            };
            claimed.bump();
            return Ok(claimed);
        }
        // Somebody was faster; look again whether the claim is theirs.
    }
    match read(host, module, service_id).await? {
        Some(there) => Err(busy(module, service_id, &there)),
        None => Err(conflict(module, service_id)),
    }
}

fn key(module: &str, service_id: &str) -> Row {
    row([("module", module.into()), ("service_id", service_id.into())])
}

fn conflict(module: &str, service_id: &str) -> Failure {
    Failure::new(
        Class::HostConflict,
        &format!("{module}.claim_lost"),
        format!(
            "The record of service {service_id} is not as this runner left it: its claim ended while the work was under way, or \
             somebody else changed the record."
        ),
        "Nothing further was changed; what was done before stands.",
        "Look at the service; where the work is not done, press the action again: what is done already is not done twice.",
    )
}

impl Claimed {
    /// A column's text, None for NULL.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        text(&self.row, name)
    }

    /// The whole row.
    pub(crate) fn row(&self) -> &Row {
        &self.row
    }

    fn bump(&mut self) {
        let next = text(&self.row, "rev")
            .and_then(|r| r.parse::<u64>().ok())
            .unwrap_or(0)
            .saturating_add(1);
        self.row.insert("rev".into(), Cell::Text(next.to_string()));
    }

    /// Sets columns of the row, together with further changes, in one transaction. The lease starts anew.
    ///
    /// # Errors
    /// `<module>.claim_lost` when the claim is no longer ours; then nothing was written.
    pub(crate) async fn save(&mut self, host: &Host, mut values: Row, mut further: Vec<Change>) -> Result<(), Failure> {
        let until = host.clock() + TimeDelta::seconds(i64::from(host.limits().lease_seconds));
        values
            .entry("claim_until".into())
            .or_insert_with(|| stored(until).into());
        let update = Change::Update {
            table: SERVICES.name,
            key: key(self.module, &self.service_id),
            rev: must(&self.row, &SERVICES, "rev")?.to_owned(),
            values: values.clone(),
        };
        further.insert(0, update);
        match host.apply(further).await? {
            Outcome::Applied => {
                self.row.extend(values);
                self.bump();
                Ok(())
            }
            Outcome::Conflict => Err(conflict(self.module, &self.service_id)),
        }
    }

    /// Gives the service back. When it was claimed last stays on record: what was worked on longest ago is found by it.
    ///
    /// # Errors
    /// As [`Claimed::save`].
    pub(crate) async fn release(mut self, host: &Host) -> Result<(), Failure> {
        let free = row([
            ("claim_holder", Cell::Null),
            ("claim_job", Cell::Null),
            ("claim_until", Cell::Null),
        ]);
        self.save(host, free, vec![]).await
    }

    /// Gives the service back after its work, whatever came of it. The work's own failure is the one that counts; a
    /// claim that was lost meanwhile belongs to somebody else and needs no release.
    pub(crate) async fn finish<T>(self, host: &Host, done: Result<T, Failure>) -> Result<T, Failure> {
        match (self.release(host).await, done) {
            (Ok(()), done) => done,
            (Err(_), Err(failure)) => Err(failure),
            (Err(lost), Ok(done)) if lost.class == Class::HostConflict => Ok(done),
            (Err(failure), Ok(_)) => Err(failure),
        }
    }
}
