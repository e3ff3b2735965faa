//! What is told to staff once a day, however often the crons run.

use super::rows::{instant, row, stored};
use super::tables::SEEN;
use crate::host::{Change, Failure, Host, is};
use chrono::TimeDelta;

/// True the first time within 24 hours that this is asked under that name.
///
/// # Errors
/// When the host cannot read or write our table.
pub(crate) async fn first_today(host: &Host, name: &str) -> Result<bool, Failure> {
    first_within(host, name, TimeDelta::hours(24)).await
}

/// The same for another span.
pub(crate) async fn first_within(host: &Host, name: &str, span: TimeDelta) -> Result<bool, Failure> {
    let name = format!("told.{name}");
    let known = host.rows(SEEN.name, vec![is("name", "=", &name)], vec![], 1).await?;
    if let Some(before) = known.first()
        && let Some(told) = instant(before, &SEEN, "value")?
        && told <= host.now()
        && host.now() - told < span
    {
        return Ok(false);
    }
    let values = row([("name", name.into()), ("value", stored(host.now()).into())]);
    host.apply(vec![Change::Put {
        table: SEEN.name,
        values,
    }])
    .await?;
    Ok(true)
}
