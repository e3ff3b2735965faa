//! `onapp.terminate`: usage is read once more, then the VM is deleted (decision 4). "Not there", as the server's own user
//! hears it, is success; "could not ask" is an error, and nothing is forgotten. The VM's backups go with it: nobody sees them
//! any more, and they would count against the client's plan. The final bill comes at the period's regular end.

use super::create::surely_not_made;
use super::verb::VerbInput;
use super::vm::{Located, locate};
use crate::host::{Cell, Change, Failure, Host, MailSend};
use crate::meter::Window;
use crate::module::common::claim::{Claimed, claim};
use crate::module::common::refusal::refusal;
use crate::module::onapp::addresses;
use crate::module::onapp::change::forget_change;
use crate::module::onapp::metering::clocks::latest;
use crate::module::onapp::metering::collect::{self};
use crate::module::onapp::metering::lost::{hours_of, lost_after};
use crate::module::onapp::metering::readings::stored_readings;
use crate::module::onapp::metering::resource::{closing, resources, watermark};
use crate::module::onapp::moment::floor;
use crate::module::onapp::server::connect::panel;
use crate::module::onapp::server::panels::compare_clock;
use crate::module::onapp::tables::{MAPPINGS, MODULE, RESOURCES, ensure, instant, row, stored};
use crate::module::onapp::takeover::take_over_service;
use crate::module::{Env, Report};
use crate::panel::onapp::{Panel, Vm};
use crate::time::Instant;
use serde_json::{Value, json};

/// Deletes the service's VM and closes its metering.
pub(crate) async fn terminate(host: Host, env: Env, input: Value) -> Report {
    let input = VerbInput::read(input)?;
    ensure(&host).await?;
    // A machine of the old module that no cron has seen yet, or whose server was corrected: what it moved is read before it is
    // deleted, at the server that counts now.
    take_over_service(&host, &input.service.id).await?;
    let server = input.server(&host).await?;
    let panel = panel(&host, &env, &server).await?;
    let mut svc = claim(&host, MODULE, &input.service.id, "terminate").await?;
    let done = end(&host, &panel, &server.id, &input.service.client_id, &mut svc).await;
    svc.finish(&host, done).await
}

/// Reads the usage once more, then deletes the VM and closes its metering; the service's own status is not touched.
pub(crate) async fn end(host: &Host, panel: &Panel, server_id: &str, client_id: &str, svc: &mut Claimed) -> Report {
    match locate(host, panel, svc, server_id, client_id).await? {
        Located::Never => {
            close(host, panel, svc).await?;
            forget(host, svc).await?;
            Ok(json!({ "message": "The service has no VM; nothing was to be deleted." }))
        }
        Located::Gone if svc.text("state") == Some("deleting") => {
            // Closed already; the next cron tells the client, and forgets it.
            Ok(json!({ "message": "The VM is deleted." }))
        }
        Located::Gone => {
            close(host, panel, svc).await?;
            forget(host, svc).await?;
            Ok(json!({ "message": "The VM was not at OnApp any more." }))
        }
        Located::Here(vm) if vm.locked && svc.text("state") == Some("deleting") => {
            Ok(json!({ "message": format!("VM {} is being deleted already.", vm.id) }))
        }
        Located::Here(vm) => {
            collect::read_last(host, panel, server_id, svc.row(), &svc.service_id, vm.id).await?;
            compare_clock(host, server_id, panel).await?;
            delete(host, panel, svc, &vm).await?;
            close(host, panel, svc).await?;
            Ok(json!({ "message": format!("VM {} is being deleted.", vm.id) }))
        }
    }
}

/// What the client reads when the VM is gone: `onapp.settle` sends it then, and not before it is true.
pub(crate) fn deleted_mail(service_id: &str) -> MailSend {
    MailSend {
        service_id: service_id.to_owned(),
        template: "Virtual Machine Deleted".into(),
        subject: "Your virtual machine was deleted".into(),
        body: "<p>Dear {$client_name},</p><p>your virtual machine {$service_domain} has been deleted.</p>".into(),
    }
}

/// With the VM go its backups, on every release (reference: onapp-api.md 5.1). A suspended VM is unsuspended first: OnApp does
/// not delete it otherwise (reference: onapp-api.md 10.3).
async fn delete(host: &Host, panel: &Panel, svc: &mut Claimed, vm: &Vm) -> Result<(), Failure> {
    let what = format!("OnApp did not delete VM {}", vm.id);
    if vm.suspended {
        panel.toggle_suspend_vm(vm.id).map_err(|e| refusal(&what, &e))?;
        // A new step: the toggle was this step's one change.
        svc.save(host, row([]), vec![]).await?;
    }
    let mut deleted = panel.delete_vm(vm.id, true);
    if deleted.as_ref().is_err_and(|e| e.status() == Some(403)) {
        // Perhaps for the backups alone. A new step: the delete was this step's one change.
        svc.save(host, row([]), vec![]).await?;
        deleted = panel.delete_vm(vm.id, false);
        if deleted.is_ok() {
            let sentence = format!(
                "VM {} of service {} is deleted without its backups: OnApp refused those. Delete them in the control panel, \
                 and give the server's user the permission backups.delete.",
                vm.id, svc.service_id
            );
            host.log("warning", "onapp.backups_left", sentence);
        }
    }
    match deleted {
        Ok(()) => Ok(()),
        Err(e) => match panel.vm(vm.id) {
            Ok(None) => Ok(()),
            // The answer is lost, and OnApp is at work on what was idle before: `onapp.settle` sees whether it is gone then.
            Ok(Some(there)) if there.locked && !vm.locked && !surely_not_made(&e) => Ok(()),
            Ok(Some(there)) if vm.suspended && !there.suspended && !there.locked => {
                // It stays, so it stays suspended. A new step: the delete was this step's one change.
                svc.save(host, row([]), vec![]).await?;
                let again = panel.toggle_suspend_vm(vm.id);
                let mut failure = refusal(&what, &e);
                if again.is_err() {
                    failure.unchanged = "The VM is not suspended any more.".to_owned();
                    failure.next = format!("Suspend it in the control panel. {}", failure.next);
                }
                Err(failure)
            }
            _ => Err(refusal(&what, &e)),
        },
    }
}

/// The deletion is accepted: metering ends here. The VM stays on record until the panel says that it is gone, so that a
/// deletion that fails there is noticed (`onapp.settle`).
async fn close(host: &Host, panel: &Panel, svc: &mut Claimed) -> Result<(), Failure> {
    let ours = floor(host.now())?;
    let now = latest(host, panel);
    let hour = floor(now)?;
    let mut changes = Vec::new();
    for open in resources(host, &svc.service_id).await? {
        if instant(&open, &RESOURCES, "closed_at")?.is_none() {
            let note = "deleted on request; the hour of the deletion has no row at OnApp";
            let mut change = closing(&open, &stored(hour), note)?;
            let mark = watermark(&open)?;
            if let (Change::Update { values, .. }, Some(gap)) = (&mut change, mark.lost(hour)) {
                // Nobody can read these hours any more: those without a row are named on the bill, which does not wait.
                let unread = Window {
                    start: gap.start,
                    end: gap.end,
                };
                let known = stored_readings(host, &open, &unread).await?;
                // Of hours that only the panel's clock has reached, those with a row count, and nothing is said of the others.
                let unsaid = |hour: &Instant| known.contains_key(hour) || *hour >= ours;
                let lost = lost_after(&open, hours_of(&gap), unsaid)?;
                values.extend(row([("watermark", stored(hour).into()), ("lost", lost.into())]));
            }
            changes.push(change);
        }
    }
    let closed_at = stored(now);
    svc.save(
        host,
        row([("state", "deleting".into()), ("closed_at", closed_at.into())]),
        changes,
    )
    .await
}

/// Takes a VM that is gone off the service. Our own row stays: the final bill is still to come.
pub(crate) async fn forget(host: &Host, svc: &mut Claimed) -> Result<(), Failure> {
    let mut changes = addresses::forgotten(host, &svc.service_id).await?;
    changes.push(forget_change(&svc.service_id));
    changes.push(Change::Delete {
        table: MAPPINGS.name,
        key: row([("service_id", svc.service_id.as_str().into())]),
    });
    let gone = row([
        ("state", "gone".into()),
        ("vm_id", Cell::Null),
        ("create_key", Cell::Null),
        ("ran_before_suspend", Cell::Null),
    ]);
    svc.save(host, gone, changes).await
}
