//! What each page of a service showed last. While the panel is slow or dead it is shown again with its moment; and the ids
//! on it are those that a request may name. Losing it loses nothing but the memory.

use crate::host::{Change, Class, Failure, Host, is};
use crate::module::onapp::tables::{SHOWN, instant, row, stored, text};
use crate::time::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads it with its moment; what an older release wrote in another shape counts as nothing.
pub(super) async fn last<T: DeserializeOwned>(
    host: &Host,
    service_id: &str,
    page: &str,
) -> Result<Option<(T, Instant)>, Failure> {
    let conditions = vec![is("service_id", "=", service_id), is("page", "=", page)];
    let found = host.rows(SHOWN.name, conditions, vec![], 1).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let content = text(row, "content").and_then(|text| serde_json::from_str(text).ok());
    Ok(content.zip(instant(row, &SHOWN, "at")?))
}

/// Keeps what is shown now. A host that cannot keep it shows it all the same.
pub(super) async fn keep(host: &Host, service_id: &str, page: &str, content: &impl Serialize) {
    let Ok(content) = serde_json::to_string(content) else {
        return;
    };
    let values = row([
        ("service_id", service_id.into()),
        ("page", page.into()),
        ("content", content.into()),
        ("at", stored(host.now()).into()),
    ]);
    let change = Change::Put {
        table: SHOWN.name,
        values,
    };
    if let Err(failure) = host.apply(vec![change]).await {
        host.log(
            "info",
            &failure.code,
            format!("What the page {page} showed was not kept: {failure}"),
        );
    }
}

/// The refusal of an id that the service's page did not show: another client's, another VM's, or an old one.
pub(super) fn not_shown(what: &str) -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "onapp.not_on_page",
        format!("There is no such {what} on the page of this service."),
        "Nothing was changed, and nothing was asked.",
        "Open the page again and choose from what it shows.",
    )
}
