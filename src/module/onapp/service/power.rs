//! `onapp.suspend` and `onapp.unsuspend`. OnApp's suspend is a toggle, so: claim, read the state, act, read again
//! (decision 3). Already there is success, and so is a service without a VM: whoever pays again must not stay locked out, and
//! whoever does not must not make a new one. Unsuspend starts what ran before the suspension.

use super::verb::VerbInput;
use super::vm::{Located, locate};
use crate::host::{Cell, Class, Failure, Host, is};
use crate::http::Sent;
use crate::module::common::claim::{Claimed, claim};
use crate::module::common::refusal::{refusal, surely_refused};
use crate::module::onapp::server::connect::panel;
use crate::module::onapp::tables::{CHANGES, MODULE, ensure, row};
use crate::module::{Env, Report};
use crate::panel::onapp::{Panel, Vm};
use serde_json::{Value, json};

/// Suspends the service's VM.
pub(crate) async fn suspend(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, true).await
}

/// Unsuspends the service's VM and starts it if it ran before.
pub(crate) async fn unsuspend(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, false).await
}

async fn run(host: Host, env: Env, input: Value, wanted: bool) -> Report {
    let input = VerbInput::read(input)?;
    ensure(&host).await?;
    let server = input.server(&host).await?;
    let panel = panel(&host, &env, &server).await?;
    let mut svc = claim(
        &host,
        MODULE,
        &input.service.id,
        if wanted { "suspend" } else { "unsuspend" },
    )
    .await?;
    let done = turn(&host, &panel, &server.id, &input.service.client_id, &mut svc, wanted).await;
    svc.finish(&host, done).await
}

async fn turn(host: &Host, panel: &Panel, server_id: &str, client_id: &str, svc: &mut Claimed, wanted: bool) -> Report {
    let vm = match locate(host, panel, svc, server_id, client_id).await? {
        Located::Here(vm) => vm,
        Located::Never => {
            forget_running(host, svc).await?;
            return Ok(json!({ "message": "The service has no VM; nothing was to be done." }));
        }
        Located::Gone => {
            forget_running(host, svc).await?;
            let message = "The service's VM is not at OnApp any more; nothing was to be done. Terminate the service, or create the \
                           VM anew.";
            return Ok(json!({ "message": message }));
        }
    };
    if !wanted && svc.text("state") == Some("deleting") {
        keep(host, svc, &vm).await?;
    }
    if vm.suspended != wanted {
        if wanted {
            // Written first: after a crash nobody could tell any more whether the VM ran.
            let ran = if vm.booted { "1" } else { "0" };
            svc.save(host, row([("ran_before_suspend", ran.into())]), vec![])
                .await?;
        }
        match toggle(panel, &vm, wanted) {
            Toggled::Done => {}
            Toggled::Refused(failure) => {
                if wanted {
                    // Surely not suspended: a later unsuspend has nothing to start.
                    forget_running(host, svc).await?;
                }
                return Err(failure);
            }
            Toggled::Unclear(failure) => return Err(failure),
        }
    }
    let word = if wanted { "suspended" } else { "active" };
    if !wanted && svc.text("ran_before_suspend") == Some("1") {
        // A new step: the toggle was this step's one change.
        svc.save(host, row([]), vec![]).await?;
        start(host, panel, vm.id)?;
        forget_running(host, svc).await?;
    }
    Ok(json!({ "message": format!("VM {} is {word}.", vm.id) }))
}

/// Nothing is to be started by an Unsuspend that comes later.
async fn forget_running(host: &Host, svc: &mut Claimed) -> Result<(), Failure> {
    if svc.text("ran_before_suspend").is_none() {
        return Ok(());
    }
    svc.save(host, row([("ran_before_suspend", Cell::Null)]), vec![]).await
}

/// A VM whose deletion failed or was cancelled at the panel is the service's again: it is read and billed from where that
/// ended.
async fn keep(host: &Host, svc: &mut Claimed, vm: &Vm) -> Result<(), Failure> {
    if vm.locked {
        return Err(Failure::new(
            Class::PanelLocked,
            "onapp.still_deleting",
            format!("VM {} is being deleted.", vm.id),
            "Nothing was changed.",
            "Cancel the transaction in the control panel if the VM is to stay, then try again.",
        ));
    }
    // Settle goes on with what was not finished when its deletion was asked for.
    let changing = vec![is("service_id", "=", &svc.service_id)];
    let changing = host.rows(CHANGES.name, changing, vec![], 1).await?;
    let state = if changing.is_empty() { "settling" } else { "changing" };
    svc.save(host, row([("state", state.into()), ("closed_at", Cell::Null)]), vec![])
        .await?;
    host.log(
        "warning",
        "onapp.kept",
        format!(
            "VM {} of service {} was to be deleted and is still there: it is the service's again, and billed.",
            vm.id, svc.service_id
        ),
    );
    Ok(())
}

/// What came of a toggle.
enum Toggled {
    Done,
    /// The panel gave a reason, or was not reached: the state is as before.
    Refused(Failure),
    /// It may have been changed.
    Unclear(Failure),
}

/// Posts the toggle once and reads the state again.
fn toggle(panel: &Panel, vm: &Vm, wanted: bool) -> Toggled {
    let verb = if wanted { "suspend" } else { "unsuspend" };
    let what = format!("OnApp did not {verb} VM {}", vm.id);
    if let Err(e) = panel.toggle_suspend_vm(vm.id)
        && (e.sent() == Sent::No || surely_refused(&e))
    {
        return Toggled::Refused(refusal(&what, &e));
    }
    match panel.vm(vm.id) {
        Ok(Some(now)) if now.suspended == wanted => Toggled::Done,
        Ok(_) => Toggled::Unclear(Failure::new(
            Class::PanelData,
            "onapp.toggle_unclear",
            format!("{what}: it was asked to, and its state did not change."),
            "Nothing else was changed.",
            "Look at the VM in the control panel, then try again; the state is read first.",
        )),
        Err(e) => {
            let mut failure = refusal(&format!("Whether VM {} is {verb}ed could not be read", vm.id), &e);
            failure.unchanged = format!("It was asked to {verb}, and may have.");
            Toggled::Unclear(failure)
        }
    }
}

/// Starts the VM unless it runs already.
fn start(host: &Host, panel: &Panel, vm_id: u64) -> Result<(), Failure> {
    let what = format!("VM {vm_id} was unsuspended, but OnApp did not start it");
    let vm = panel.vm(vm_id).map_err(|e| refusal(&what, &e))?;
    if vm.is_some_and(|vm| vm.booted) {
        return Ok(());
    }
    match panel.startup_vm(vm_id) {
        Ok(_) => Ok(()),
        Err(e) if e.code() == "panel.locked" => {
            host.log(
                "info",
                "onapp.start_locked",
                format!("VM {vm_id} is locked by a transaction and starts after it."),
            );
            Err(refusal(&what, &e))
        }
        Err(e) => Err(refusal(&what, &e)),
    }
}
