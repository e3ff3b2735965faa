//! Servers whose cancellation was asked for: LEAP accepted it, or nobody knows whether it did. LEAP may list one for weeks as
//! if nothing was: so it is marked in the list, and given to a service only where staff say that LEAP shows no cancellation of
//! it. The mark is written before the request goes out, and removed where LEAP surely refused. It belongs to the server, whatever
//! becomes of the service that had it.
//!
//! Its value is the moment, and after a space the number that LEAP gave when it accepted.

use crate::host::{Change, Class, Failure, Host, Where, is};
use crate::module::common::tables::SEEN;
use crate::module::singlehop::tables::{must, row, stored, text};
use crate::time::Instant;
use std::collections::BTreeMap;

/// Stands before an id in the choice that says that LEAP shows no cancellation of it. No id and no panel has a colon after this
/// word.
const KEPT: &str = "uncancelled:";

/// The choice of a server that is not cancelled.
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
    format!("{hostname} ({id}): LEAP shows no cancellation of it")
}

/// The change that remembers that it was asked for. What LEAP accepted of this server before is no answer to it.
pub(crate) fn asked(panel: &str, id: &str, now: Instant) -> Change {
    put(panel, id, stored(now))
}

/// The change that remembers that LEAP accepted it.
pub(crate) fn accepted(panel: &str, id: &str, now: Instant, number: &str) -> Change {
    put(panel, id, format!("{} {number}", stored(now)))
}

fn put(panel: &str, id: &str, value: String) -> Change {
    let values = row([("name", name(panel, id).into()), ("value", value.into())]);
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

/// Of these servers those whose cancellation was asked for, with its date.
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

/// The mark of a server; None where its cancellation was not asked for.
async fn mark(host: &Host, panel: &str, id: &str) -> Result<Option<String>, Failure> {
    let rows = host
        .rows(SEEN.name, vec![is("name", "=", name(panel, id))], vec![], 1)
        .await?;
    Ok(rows
        .first()
        .map(|row| text(row, "value").unwrap_or_default().to_owned()))
}

/// The number that LEAP gave when it accepted the cancellation that was asked for last; None where that is not known.
pub(crate) async fn number(host: &Host, panel: &str, id: &str) -> Result<Option<String>, Failure> {
    let mark = mark(host, panel, id).await?;
    Ok(mark.and_then(|mark| mark.split_once(' ').map(|(_, number)| number.to_owned())))
}

/// Refuses a server whose cancellation was asked for.
pub(crate) async fn refuse(host: &Host, panel: &str, id: &str, hostname: &str) -> Result<(), Failure> {
    let Some(mark) = mark(host, panel, id).await? else {
        return Ok(());
    };
    let on = date(&mark);
    Err(Failure::new(
        Class::ConfigRefused,
        "singlehop.cancelled",
        format!("The cancellation of server {hostname} ({id}) was asked for on {on}."),
        "Nothing was changed.",
        format!(
            "Select another one. If LEAP shows no cancellation of it, choose \"{}\" in SingleHop Servers List and click Save \
             Changes.",
            label(hostname, id)
        ),
    ))
}

/// The date of a mark.
fn date(mark: &str) -> String {
    mark.split('T').next().unwrap_or_default().to_owned()
}
