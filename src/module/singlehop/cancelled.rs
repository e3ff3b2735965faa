//! Servers whose cancellation LEAP accepted. LEAP may list one for weeks as if nothing was: so it is marked in the list, and
//! given to a service only where staff say that it is not cancelled any more. Belongs to the server, whatever becomes of the
//! service that had it.

use super::tables::{must, row, stored, text};
use crate::host::{Change, Class, Failure, Host, Where, is};
use crate::module::common::tables::SEEN;
use crate::time::Instant;
use std::collections::BTreeMap;

/// Stands before an id in the choice that says that its cancellation is not there any more. No id and no panel has a colon
/// after this word.
const KEPT: &str = "uncancelled:";

/// The choice of a server that is not cancelled any more.
pub(crate) fn choice(id: &str) -> String {
    format!("{KEPT}{id}")
}

/// The id in a choice, and whether it says that.
pub(crate) fn chosen(wanted: &str) -> (&str, bool) {
    match wanted.strip_prefix(KEPT) {
        Some(id) => (id, true),
        None => (wanted, false),
    }
}

/// What staff read of that choice.
pub(crate) fn label(hostname: &str, id: &str) -> String {
    format!("{hostname} ({id}): LEAP shows no cancellation of it any more")
}

/// The change that remembers it.
pub(crate) fn remembered(panel: &str, id: &str, now: Instant) -> Change {
    let values = row([("name", name(panel, id).into()), ("value", stored(now).into())]);
    Change::Put {
        table: SEEN.name,
        values,
    }
}

/// The change that forgets it.
pub(crate) fn forgotten(panel: &str, id: &str) -> Change {
    Change::Delete {
        table: SEEN.name,
        key: row([("name", name(panel, id).into())]),
    }
}

fn name(panel: &str, id: &str) -> String {
    format!("singlehop.cancelled.{panel}/{id}")
}

/// Of these servers those whose cancellation was accepted, with its date.
pub(crate) async fn dates(host: &Host, panel: &str, ids: &[&str]) -> Result<BTreeMap<String, String>, Failure> {
    let mut found = BTreeMap::new();
    let most = host.limits().page_rows;
    for some in ids.chunks(usize::try_from(most).unwrap_or(1).max(1)) {
        let names = Where {
            column: "name".to_owned(),
            test: "in".to_owned(),
            values: some.iter().map(|id| name(panel, id)).collect(),
        };
        for row in &host.rows(SEEN.name, vec![names], vec!["name"], most).await? {
            let id = must(row, &SEEN, "name")?.rsplit('/').next().unwrap_or_default();
            found.insert(id.to_owned(), date(text(row, "value").unwrap_or_default()));
        }
    }
    Ok(found)
}

/// Refuses a server whose cancellation was accepted.
pub(crate) async fn refuse(host: &Host, panel: &str, id: &str, hostname: &str) -> Result<(), Failure> {
    let rows = host
        .rows(SEEN.name, vec![is("name", "=", name(panel, id))], vec![], 1)
        .await?;
    let Some(found) = rows.first() else { return Ok(()) };
    let on = date(text(found, "value").unwrap_or_default());
    Err(Failure::new(
        Class::ConfigRefused,
        "singlehop.cancelled",
        format!("The cancellation of server {hostname} ({id}) was accepted on {on}."),
        "Nothing was changed.",
        format!(
            "Select another one. If LEAP shows no cancellation of it any more, choose \"{}\" in SingleHop Servers List and \
             click Save Changes.",
            label(hostname, id)
        ),
    ))
}

/// The date of a moment as it is stored.
fn date(moment: &str) -> String {
    moment.split('T').next().unwrap_or_default().to_owned()
}
