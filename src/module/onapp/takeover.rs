//! Services whose VM the old module made: they get a row of ours, so that they are metered and billed from now on.
//!
//! What the old module had not billed yet is not billed by us: nobody knows here what it did bill. The first period is
//! short and has the included volume by share (decision 15).

use super::tables::{MAPPINGS, MODULE, SERVICES, must, row, text};
use crate::host::{Change, Failure, Host, Outcome, Row, ServiceGet, is};

/// Takes over every mapping that has no row of ours.
pub(crate) async fn take_over(host: &Host) -> Result<(), Failure> {
    let mut after = "0".to_owned();
    loop {
        let conditions = vec![is("service_id", ">", &after)];
        let page = host
            .rows(MAPPINGS.name, conditions, vec!["service_id"], host.limits().page_rows)
            .await?;
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            return Ok(());
        };
        let (from, to) = (
            must(first, &MAPPINGS, "service_id")?.to_owned(),
            must(last, &MAPPINGS, "service_id")?.to_owned(),
        );
        let between = vec![
            is("module", "=", MODULE),
            is("service_id", ">=", &from),
            is("service_id", "<=", &to),
        ];
        let known = host
            .rows(SERVICES.name, between, vec!["service_id"], host.limits().page_rows)
            .await?;
        for mapping in &page {
            let id = must(mapping, &MAPPINGS, "service_id")?;
            if !known.iter().any(|row| text(row, "service_id") == Some(id)) {
                take_one(host, id, mapping).await?;
            }
        }
        after = to;
    }
}

async fn take_one(host: &Host, id: &str, mapping: &Row) -> Result<(), Failure> {
    let vm_id = text(mapping, "vm_id").filter(|vm| *vm != "0");
    let service = host.ask(&ServiceGet { id: id.to_owned() }).await?.service;
    let (Some(vm_id), Some(service)) = (vm_id, service) else {
        return Ok(()); // A mapping that was left behind: no VM, or no service any more.
    };
    if service.server_id.is_empty() {
        let sentence = format!("Service {id} of the old module has no server and is not metered; assign its server.");
        host.log("warning", "onapp.take_over_no_server", sentence);
        return Ok(());
    }
    let values = row([
        ("module", MODULE.into()),
        ("service_id", id.into()),
        ("client_id", service.client_id.as_str().into()),
        ("server_id", service.server_id.as_str().into()),
        ("state", "ready".into()),
        ("vm_id", vm_id.into()),
    ]);
    let insert = Change::Insert {
        table: SERVICES.name,
        values,
    };
    if host.apply(vec![insert]).await? == Outcome::Applied {
        let sentence =
            format!("Service {id} of the old module (VM {vm_id}) is metered and billed by this module from now on.");
        host.log("warning", "onapp.taken_over", sentence);
    }
    Ok(())
}
