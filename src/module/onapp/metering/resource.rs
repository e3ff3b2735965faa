//! What is metered of a service: one row for each interface of its VM, which knows how far it was read. A row of an interface that
//! is gone is closed and stays: its hours are billed.

use crate::host::{Cell, Change, Failure, Host, Outcome, Row, is};
use crate::meter::Watermark;
use crate::module::onapp::moment::floor;
use crate::module::onapp::tables::{MODULE, RESOURCES, instant, must, number, row, stored, text};
use crate::panel::onapp::Nic;

/// The name of a resource: one interface of one VM of one service. A control panel that was set up anew gives the same ids
/// again; the service keeps them apart.
pub(crate) fn resource(service_id: &str, vm_id: u64, nic_id: u64) -> String {
    format!("{}nic:{nic_id}", resource_prefix(service_id, vm_id))
}

/// What the names of all resources of a VM begin with.
pub(crate) fn resource_prefix(service_id: &str, vm_id: u64) -> String {
    format!("service:{service_id}/vm:{vm_id}/")
}

/// Rows for the interfaces that are not metered yet. They are read from the service's first hour on.
pub(crate) async fn new_resources(
    host: &Host,
    service: &Row,
    service_id: &str,
    server_id: &str,
    vm_id: u64,
    nics: &[Nic],
) -> Result<Vec<Change>, Failure> {
    let mut known = resources(host, service_id).await?;
    // A service that was made anew on another server may have the same ids there.
    known.retain(|row| text(row, "server_id") == Some(server_id));
    let hour = floor(host.now())?;
    // An interface beside others, or in the place of others, was not there when those were last read.
    let prefix = resource_prefix(service_id, vm_id);
    let of_vm = |open: bool| {
        known
            .iter()
            .filter(move |row| text(row, "closed_at").is_none() == open)
            .filter(|row| text(row, "resource").is_some_and(|name| name.starts_with(&prefix)))
            .filter_map(|row| text(row, "watermark"))
    };
    let read = of_vm(true).min().or_else(|| of_vm(false).max()).map(str::to_owned);
    let since = match (text(service, "since").map(str::to_owned), read) {
        (Some(since), Some(read)) => since.max(read),
        (Some(since), None) => since,
        (None, Some(read)) => read,
        (None, None) => stored(hour),
    };
    Ok(nics
        .iter()
        .map(|nic| resource(service_id, vm_id, nic.id))
        .filter(|name| !known.iter().any(|row| text(row, "resource") == Some(name)))
        .map(|name| Change::Insert {
            table: RESOURCES.name,
            values: row([
                ("module", MODULE.into()),
                ("server_id", server_id.into()),
                ("resource", name.into()),
                ("service_id", service_id.into()),
                ("first_at", since.as_str().into()),
                ("watermark", since.as_str().into()),
            ]),
        })
        .collect())
}

/// All resources of a service, the closed ones included.
pub(crate) async fn resources(host: &Host, service_id: &str) -> Result<Vec<Row>, Failure> {
    let conditions = vec![is("module", "=", MODULE), is("service_id", "=", service_id)];
    host.rows(RESOURCES.name, conditions, vec!["server_id", "resource"], 10_000)
        .await
}

/// The watermark of a resource's row.
pub(crate) fn watermark(resource: &Row) -> Result<Watermark, Failure> {
    let must_be = |name: &str| {
        instant(resource, &RESOURCES, name)?
            .ok_or_else(|| Failure::internal("onapp.resource_row", format!("A resource's row has no {name}.")))
    };
    Ok(Watermark {
        resource: must(resource, &RESOURCES, "resource")?.to_owned(),
        from: must_be("first_at")?,
        covered: Some(must_be("watermark")?),
        until: instant(resource, &RESOURCES, "closed_at")?,
    })
}

/// The key of a resource's row.
pub(crate) fn resource_key(open: &Row) -> Result<Row, Failure> {
    Ok(row([
        ("module", must(open, &RESOURCES, "module")?.into()),
        ("server_id", must(open, &RESOURCES, "server_id")?.into()),
        ("resource", must(open, &RESOURCES, "resource")?.into()),
    ]))
}

/// Marks a resource as one that yields no more readings.
pub(crate) fn closing(open: &Row, at: &str, note: &str) -> Result<Change, Failure> {
    Ok(Change::Update {
        table: RESOURCES.name,
        key: resource_key(open)?,
        rev: must(open, &RESOURCES, "rev")?.to_owned(),
        values: row([("closed_at", at.into()), ("note", note.into())]),
    })
}

/// An interface that the panel lists again was never gone: its hours are read from where they were left.
/// False when another runner was faster.
pub(crate) async fn reopen(host: &Host, closed: &mut Row) -> Result<bool, Failure> {
    let change = Change::Update {
        table: RESOURCES.name,
        key: resource_key(closed)?,
        rev: must(closed, &RESOURCES, "rev")?.to_owned(),
        values: row([("closed_at", Cell::Null), ("note", Cell::Null)]),
    };
    if host.apply(vec![change]).await? == Outcome::Conflict {
        return Ok(false);
    }
    let name = text(closed, "resource").unwrap_or_default();
    host.log(
        "warning",
        "onapp.resource_back",
        format!("{name} is listed at OnApp again and is read on."),
    );
    let rev: u64 = number(closed, &RESOURCES, "rev")?;
    closed.extend(row([
        ("rev", rev.saturating_add(1).to_string().into()),
        ("closed_at", Cell::Null),
        ("note", Cell::Null),
    ]));
    Ok(true)
}

/// Does the resource's name begin so?
pub(crate) fn is_of(resource: &Row, prefix: &str) -> bool {
    text(resource, "resource").is_some_and(|name| name.starts_with(prefix))
}

/// Closes the open resources that `which` names, at the host's hour. Their unread hours become gaps on the bill.
pub(crate) async fn close_all(
    host: &Host,
    service_id: &str,
    which: impl Fn(&Row) -> bool,
    note: &str,
) -> Result<(), Failure> {
    let now = stored(floor(host.now())?);
    let mut changes = Vec::new();
    for open in resources(host, service_id).await? {
        if text(&open, "closed_at").is_none() && which(&open) {
            host.log(
                "warning",
                "onapp.resource_gone",
                format!("{}: {note}.", text(&open, "resource").unwrap_or_default()),
            );
            changes.push(closing(&open, &now, note)?);
        }
    }
    if !changes.is_empty() {
        host.apply(changes).await?;
    }
    Ok(())
}
