//! What is told to staff once a day, however often the crons run.

use super::rows::{instant, row, stored, text};
use super::tables::SEEN;
use crate::host::{Change, Failure, Host, HostSettings, is};
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
    // A value that is no time is as good as none.
    if let Some(before) = known.first()
        && let Ok(Some(told)) = instant(before, &SEEN, "value")
        && told <= host.now()
        && host.now() - told < span
    {
        return Ok(false);
    }
    tell(host, name, stored(host.now())).await
}

/// True the first time on the host's own date that this is asked under that name: what runs once a day may begin a second
/// earlier than the day before.
///
/// # Errors
/// When the host cannot read or write our table.
pub(crate) async fn first_on_this_date(host: &Host, name: &str) -> Result<bool, Failure> {
    let name = format!("told.{name}");
    let mut today = host.ask(&HostSettings {}).await?.today;
    if today.is_empty() {
        today = host.now().date_naive().to_string();
    }
    let known = host.rows(SEEN.name, vec![is("name", "=", &name)], vec![], 1).await?;
    if known.first().and_then(|before| text(before, "value")) == Some(&today) {
        return Ok(false);
    }
    tell(host, name, today).await
}

async fn tell(host: &Host, name: String, value: String) -> Result<bool, Failure> {
    let values = row([("name", name.into()), ("value", value.into())]);
    host.apply(vec![Change::Put {
        table: SEEN.name,
        values,
    }])
    .await?;
    Ok(true)
}
