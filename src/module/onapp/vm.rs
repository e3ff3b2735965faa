//! Where a service's VM is: on record, made by an attempt whose answer was lost, gone, or never made.

use super::tables::{MAPPINGS, text};
use super::user;
use crate::host::{Class, Failure, Host, is};
use crate::module::common::claim::Claimed;
use crate::module::common::refusal::refusal;
use crate::panel::onapp::{Panel, Vm};

/// What the panel said about a service's VM.
#[derive(Debug)]
pub(crate) enum Located {
    /// It is there.
    Here(Box<Vm>),
    /// It was made, and the panel says that it is not there any more.
    Gone,
    /// None was ever made for this service.
    Never,
}

fn id(text: &str) -> Option<u64> {
    text.parse().ok().filter(|id| *id != 0)
}

/// The VM id on record: ours, or the old module's.
pub(crate) async fn on_record(host: &Host, svc: &Claimed) -> Result<Option<u64>, Failure> {
    if let Some(vm) = svc.text("vm_id").and_then(id) {
        return Ok(Some(vm));
    }
    let old = host
        .rows(MAPPINGS.name, vec![is("service_id", "=", &svc.service_id)], vec![], 1)
        .await?;
    Ok(old.first().and_then(|row| text(row, "vm_id")).and_then(id))
}

/// Finds the VM. `panel` must be logged in as the server's own user: only then "not there" means gone.
///
/// # Errors
/// `onapp.vm_not_ours` when the VM of that id neither carries the service's key nor belongs to the client's OnApp user:
/// ids are the same on several clouds, and a stranger's VM is never touched.
pub(crate) async fn locate(
    host: &Host,
    panel: &Panel,
    svc: &Claimed,
    server_id: &str,
    client_id: &str,
) -> Result<Located, Failure> {
    if let Some(vm_id) = on_record(host, svc).await? {
        let found = panel
            .vm(vm_id)
            .map_err(|e| refusal(&format!("OnApp could not be asked about VM {vm_id}"), &e))?;
        let Some(vm) = found else { return Ok(Located::Gone) };
        let keyed = svc.text("create_key").is_some_and(|key| vm.carries(key));
        if !keyed {
            let owner = user::known(host, server_id, client_id).await?;
            if owner.is_none() || owner.map(|user| user.id) != vm.user_id {
                return Err(Failure::new(
                    Class::ConfigRefused,
                    "onapp.vm_not_ours",
                    format!("VM {vm_id} on record for this service belongs to another OnApp user."),
                    "Nothing was changed.",
                    "Look at the VM in the control panel, and correct the product's server or the service's VM.",
                ));
            }
        }
        return Ok(Located::Here(Box::new(vm)));
    }
    Ok(adoptable(host, panel, svc)
        .await?
        .map_or(Located::Never, |vm| Located::Here(Box::new(vm))))
}

/// The VM that carries this service's key: made by an attempt whose answer was lost.
pub(crate) async fn adoptable(host: &Host, panel: &Panel, svc: &Claimed) -> Result<Option<Vm>, Failure> {
    let (Some(key), Some(server), Some(client)) =
        (svc.text("create_key"), svc.text("server_id"), svc.text("client_id"))
    else {
        return Ok(None);
    };
    let Some(owner) = user::known(host, server, client).await? else {
        return Ok(None);
    };
    let listed = |user_id| {
        panel
            .vms_of_user(user_id)
            .map(|vms| vms.into_iter().find(|vm| vm.carries(key)))
            .map_err(|e| refusal("The VMs of an OnApp user could not be listed", &e))
    };
    match listed(owner.id)? {
        Some(vm) => Ok(Some(vm)),
        // Where the client's password did not open, it was made as the server's user.
        None => listed(user::own_id(panel)?),
    }
}
