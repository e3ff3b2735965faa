//! `onapp.settle`: what follows when a new VM is built and unlocked: addresses and the second network (`addresses`), interfaces
//! to meter, the service's fields and the e-mail. Run by every cron; a VM that is not ready is looked at again the next time. A
//! Create that did not end is named. A run may have an end: what it did not come to is what the next one begins with.

use super::terminate::{deleted_mail, forget};
use super::vm::{Located, adoptable, check, key_again, locate};
use crate::host::{Cell, Class, Failure, Host, MailSend, Row, ServiceFields, ServiceGet, Where, is};
use crate::module::common::claim::{self, Claimed, claim};
use crate::module::common::once::first_today;
use crate::module::common::pages::Pages;
use crate::module::common::refusal::refusal;
use crate::module::common::verb::read;
use crate::module::onapp::addresses::{Complete, Owed, complete, write_fields};
use crate::module::onapp::change::go_on;
use crate::module::onapp::metering::collect::unlisted;
use crate::module::onapp::metering::resource::{new_resources, resource_prefix, resources};
use crate::module::onapp::product::options::ProductOptions;
use crate::module::onapp::server::panels::Panels;
use crate::module::onapp::tables::{MODULE, OWED, SERVICES, ensure, instant, must, number, row, stored, text};
use crate::module::onapp::user;
use crate::module::{Env, Report};
use crate::panel::onapp::{Panel, TransactionStatus, Vm};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    service_id: String,
    /// After so many seconds no further service is begun; 0 for no end.
    seconds: u32,
}

/// Settles every VM that is ready, or one service's.
pub(crate) async fn settle(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input, &["service_id", "seconds"])?;
    ensure(&host).await?;
    let mut due = waiting(&host, &input.service_id).await?;
    due.extend(owed(&host, &input.service_id).await?);
    // What was looked at longest ago comes first: a run that ends early leaves nothing out for good.
    due.sort_by(|one, other| text(one, "claim_since").cmp(&text(other, "claim_since")));
    let began = host.clock();
    let mut panels = Panels::of_frequent_run(env);
    let (mut settled, mut still, mut failed, mut left) = (0u32, 0u32, 0u32, 0u32);
    for row in &due {
        if input.seconds > 0 && host.clock() - began >= TimeDelta::seconds(input.seconds.into()) {
            left = left.saturating_add(1);
            continue;
        }
        let service_id = must(row, &SERVICES, "service_id")?;
        let server_id = text(row, "server_id").unwrap_or_default();
        if never_made(row) {
            let Some(mut svc) = claimed(&host, service_id).await? else {
                continue;
            };
            // Between the read and the claim another runner may have finished it.
            let done = match never_made(svc.row()) {
                true => forget(&host, &mut svc).await,
                false => Ok(()),
            };
            svc.finish(&host, done).await?;
            continue;
        }
        let Some(panel) = panels.get(&host, server_id).await? else {
            failed = failed.saturating_add(1);
            continue;
        };
        let in_use = text(row, "state") == Some("ready");
        let Some(mut svc) = claimed(&host, service_id).await? else {
            still = still.saturating_add((!in_use).into());
            continue;
        };
        let done = if in_use {
            give_owed(&host, &panel, server_id, &mut svc).await.map(|()| None)
        } else {
            settle_one(&host, &panel, server_id, &mut svc).await.map(Some)
        };
        match svc.finish(&host, done).await {
            Ok(Some(true)) => settled = settled.saturating_add(1),
            Ok(Some(false)) => still = still.saturating_add(1),
            Ok(None) => {}
            Err(failure) => {
                failed = failed.saturating_add(1);
                panels.failed(&host, server_id, service_id, &failure).await?;
            }
        }
    }
    let mut message = format!("{settled} settled, {still} not ready yet, {failed} failed.");
    if left > 0 {
        let sentence = format!(
            "After {} seconds {left} of {} services were not looked at yet; the next run begins with them.",
            input.seconds,
            due.len()
        );
        message = format!("{message} {sentence}");
        if first_today(&host, "settle.left").await? {
            host.log("warning", "onapp.settle_left", sentence);
        }
    }
    Ok(json!({ "message": message, "settled": settled, "waiting": still, "failed": failed, "left": left }))
}

/// The service under our claim. None: another runner works on it, or its number was given again, which is told once a day.
async fn claimed(host: &Host, service_id: &str) -> Result<Option<Claimed>, Failure> {
    match claim(host, MODULE, service_id, "settle").await {
        Ok(svc) => Ok(Some(svc)),
        Err(busy) if busy.class == Class::Busy => Ok(None),
        Err(reused) if reused.code == "onapp.number_reused" => {
            if first_today(host, &format!("reused.{service_id}")).await? {
                host.log("error", &reused.code, format!("Service {service_id}: {reused}"));
            }
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// The services whose VM is in use and has not all that was promised, where that is to be tried again by now.
async fn owed(host: &Host, service_id: &str) -> Result<Vec<Row>, Failure> {
    let mut conditions = vec![is("next_at", "<=", stored(host.now()))];
    if !service_id.is_empty() {
        conditions.push(is("service_id", "=", service_id));
    }
    let mut services = Vec::new();
    for due in Pages::of(&OWED, "service_id", conditions).all(host).await? {
        let id = must(&due, &OWED, "service_id")?;
        // In another state it is settled first, or gone.
        let service = claim::read(host, MODULE, id).await?;
        services.extend(service.filter(|row| text(row, "state") == Some("ready") && text(row, "server_id").is_some()));
    }
    Ok(services)
}

/// Tries again to give a VM in use what it was promised and could not get, and tells the host its addresses.
async fn give_owed(host: &Host, panel: &Panel, server_id: &str, svc: &mut Claimed) -> Result<(), Failure> {
    let same = svc.text("state") == Some("ready") && svc.text("server_id") == Some(server_id);
    let Some(vm_id) = svc.text("vm_id").and_then(|id| id.parse::<u64>().ok()).filter(|_| same) else {
        return Ok(()); // Another runner changed it meanwhile.
    };
    let of_service = vec![is("service_id", "=", &svc.service_id)];
    let Some(owed) = host.rows(OWED.name, of_service, vec![], 1).await?.first().map(Owed::of) else {
        return Ok(()); // Another runner gave it.
    };
    let what = format!("OnApp could not be asked about VM {vm_id}");
    let found = panel.vm(vm_id).map_err(|e| refusal(&what, &e))?;
    check(host, panel, svc.row(), server_id, found.as_ref()).await?;
    let Some(vm) = found.filter(|vm| vm.built && !vm.locked && !vm.suspended) else {
        return Ok(());
    };
    let nics = panel
        .nics(vm_id)
        .map_err(|e| refusal(&what, &e))?
        .ok_or_else(|| unlisted(vm_id))?;
    if let Some(whole) = complete(host, panel, server_id, svc, vm, nics, owed).await? {
        write_fields(host, &svc.service_id, &whole.vm, ServiceFields::default()).await?;
        svc.save(host, Row::new(), whole.changes).await?;
    }
    Ok(())
}

/// True for a service whose Terminate was cut off after it found that there is no VM: no panel is asked, nobody is told.
fn never_made(service: &Row) -> bool {
    text(service, "state") == Some("deleting")
        && text(service, "vm_id").is_none()
        && text(service, "create_key").is_none()
}

async fn waiting(host: &Host, service_id: &str) -> Result<Vec<Row>, Failure> {
    let states = ["creating", "building", "settling", "announcing", "changing", "deleting"];
    let mut conditions: Vec<Where> = vec![
        is("module", "=", MODULE),
        Where {
            column: "state".into(),
            test: "in".into(),
            values: states.map(Into::into).to_vec(),
        },
    ];
    if !service_id.is_empty() {
        conditions.push(is("service_id", "=", service_id));
    }
    Pages::of(&SERVICES, "service_id", conditions).all(host).await
}

async fn settle_one(host: &Host, panel: &Panel, server_id: &str, svc: &mut Claimed) -> Result<bool, Failure> {
    // Between the read and the claim another runner may have finished it.
    let Some(state @ ("creating" | "building" | "settling" | "announcing" | "changing" | "deleting")) =
        svc.text("state")
    else {
        return Ok(true);
    };
    if state == "announcing" {
        return announce(host, svc).await.map(|()| true);
    }
    if svc.text("server_id") != Some(server_id) {
        return Ok(false); // Made anew at another server meanwhile; the next run asks that one.
    }
    if state == "changing" {
        return go_on(host, panel, server_id, svc).await;
    }
    if state == "creating" {
        return unfinished(host, panel, svc).await.map(|()| false);
    }
    let deleting = state == "deleting";
    let client_id = svc.text("client_id").unwrap_or_default().to_owned();
    let may_lack_key = matches!(state, "building" | "settling");
    let located = locate(host, panel, svc, server_id, &client_id).await;
    if let Err(failure) = &located
        && failure.code == "onapp.vm_not_ours"
        && may_lack_key
    {
        // Create may have been cut off before it wrote the note that OnApp did not take.
        let id = svc.service_id.clone();
        let service = host.ask(&ServiceGet { id }).await?.service;
        let label = service
            .map(|service| service.domain.trim().to_owned())
            .unwrap_or_default();
        if key_again(host, panel, svc, &label).await? {
            return Ok(false); // The next run finds it by its key.
        }
    }
    let found = match located? {
        Located::Here(vm) => Some(*vm),
        Located::Never if deleting => {
            forget(host, svc).await?;
            return Ok(true);
        }
        Located::Gone | Located::Never => None,
    };
    let vm_id: u64 = number(svc.row(), &SERVICES, "vm_id")?;
    let asked = |e: &crate::http::Error| refusal(&format!("OnApp could not be asked about VM {vm_id}"), e);
    if deleting {
        return match found {
            None => {
                if let Some(at) = instant(svc.row(), &SERVICES, "closed_at")?
                    && host.now() - at > TimeDelta::days(1)
                {
                    let sentence = format!(
                        "VM {vm_id} of service {} was to be deleted at {} and is gone only now; what it moved in between was \
                         not read and is not billed.",
                        svc.service_id,
                        stored(at)
                    );
                    host.log("warning", "onapp.deleted_late", sentence);
                }
                forget(host, svc).await?;
                send(host, deleted_mail(&svc.service_id)).await;
                Ok(true)
            }
            Some(vm) => {
                if !vm.locked && first_today(host, &format!("delete.{}", svc.service_id)).await? {
                    let sentence = format!(
                        "VM {vm_id} of service {} was to be deleted and is still at OnApp: press Terminate again, or Unsuspend to keep it.",
                        svc.service_id
                    );
                    host.log("error", "onapp.delete_failed", sentence);
                }
                Ok(false)
            }
        };
    }
    let Some(vm) = found else {
        // One answer of this kind may be wrong, so the service keeps its state and is asked about again.
        if first_today(host, &format!("gone.{}", svc.service_id)).await? {
            let sentence = format!(
                "VM {vm_id} of service {} is not at OnApp. If it was removed there, terminate the service, or press Create for \
                 a new VM.",
                svc.service_id
            );
            host.log("warning", "onapp.vm_gone", sentence);
        }
        return Ok(false);
    };
    if vm.locked {
        return Ok(false);
    }
    if !vm.built {
        // It can be used by nobody yet, so its client is not told that it is ready.
        explain_unbuilt(host, panel, vm_id, &svc.service_id).await?;
        return Ok(false);
    }
    let mut vm = vm;
    if let Some(owner) = hand_over(host, panel, server_id, svc, &vm).await? {
        vm.user_id = Some(owner);
    }
    let nics = panel
        .nics(vm_id)
        .map_err(|e| asked(&e))?
        .ok_or_else(|| unlisted(vm_id))?;
    let Some(whole) = complete(host, panel, server_id, svc, vm, nics, Owed::ALL).await? else {
        return Ok(false);
    };
    write_down(host, svc, server_id, whole).await?;
    Ok(true)
}

/// A Create that was cut off, or whose end nobody knows. Whether the order still stands is for staff to say: they are told
/// once a day what to press, until one of both was pressed.
async fn unfinished(host: &Host, panel: &Panel, svc: &Claimed) -> Result<(), Failure> {
    let id = &svc.service_id;
    let service = host.ask(&ServiceGet { id: id.clone() }).await?.service;
    let ordered = service.is_some();
    let recorded = svc.text("client_id").unwrap_or_default();
    let has_it_now = service.map_or_else(|| recorded.to_owned(), |service| service.client_id);
    let made = adoptable(host, panel, svc, &has_it_now).await?;
    let sentence = match made {
        Some(vm) if ordered => format!(
            "VM {} was made for service {id} by a Create that did not end, and is not on record: nobody is billed for it. \
             Press Create again, which takes it over, or Terminate, which deletes it.",
            vm.id
        ),
        Some(vm) => format!(
            "Service {id} is gone from the billing panel, and VM {} was made for it by a Create that did not end: nobody \
             pays for it. Delete the VM in the control panel.",
            vm.id
        ),
        None if ordered => format!(
            "A Create of service {id} did not end, and no VM with its key is listed. Press Create again for a VM, or \
             Terminate if none is wanted."
        ),
        None => return Ok(()),
    };
    if first_today(host, &format!("creating.{id}")).await? {
        host.log("warning", "onapp.create_unfinished", sentence);
    }
    Ok(())
}

/// Gives a VM that `create` made as the server's user to the OnApp user of the client who has the service (decision 11b).
/// One that somebody else owns is left where staff put it. Returns the new owner.
async fn hand_over(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    svc: &mut Claimed,
    vm: &Vm,
) -> Result<Option<u64>, Failure> {
    let (Some(key), Some(client)) = (svc.text("create_key"), svc.text("client_id")) else {
        return Ok(None);
    };
    let asked_for = user::known(host, server_id, client).await?;
    let with_client = asked_for.is_some_and(|user| vm.user_id == Some(user.id));
    if with_client || !vm.carries(key) || vm.user_id != Some(user::own_id(panel)?) {
        return Ok(None);
    }
    let id = svc.service_id.clone();
    let Some(service) = host.ask(&ServiceGet { id }).await?.service else {
        return Ok(None);
    };
    let Some(owner) = user::known(host, server_id, &service.client_id).await? else {
        return Ok(None);
    };
    if svc.text("client_id") != Some(&service.client_id) {
        let whose = row([
            ("client_id", service.client_id.as_str().into()),
            ("moved_to", Cell::Null),
        ]);
        svc.save(host, whose, vec![]).await?;
    }
    panel.change_owner(vm.id, owner.id).map_err(|e| {
        refusal(
            &format!("VM {} could not be given to OnApp user {}", vm.id, owner.id),
            &e,
        )
    })?;
    let sentence = format!("VM {} was given to OnApp user {}.", vm.id, owner.id);
    host.log("info", "onapp.handed_over", sentence);
    Ok(Some(owner.id))
}

/// A VM that is neither locked nor built had a transaction that failed: name it, or the permission to see it. One that was
/// ordered without being built by itself waits for somebody who presses Build, and there is nothing to say.
async fn explain_unbuilt(host: &Host, panel: &Panel, vm_id: u64, service_id: &str) -> Result<(), Failure> {
    if !first_today(host, &format!("unbuilt.{service_id}")).await? {
        return Ok(());
    }
    let failed = panel.transactions(vm_id).map(|all| {
        let mut all = all.into_iter();
        all.find(|transaction| transaction.status == TransactionStatus::Failed)
    });
    let id = service_id.to_owned();
    let service = host.ask(&ServiceGet { id }).await?.service;
    let is_left_to_the_client = service
        .is_some_and(|service| ProductOptions::read(&service.product.options).is_ok_and(|options| !options.build));
    let why = match failed {
        Ok(Some(t)) => format!(" Transaction {} ({}) failed.", t.id, t.action),
        _ if is_left_to_the_client => return Ok(()),
        Ok(None) => String::new(),
        Err(e) if e.code() == "panel.forbidden" => {
            " Give the server's user the permission transactions.list to see which transaction failed.".to_owned()
        }
        Err(_) => String::new(),
    };
    let sentence = format!(
        "VM {vm_id} of service {service_id} is not built and nothing runs on it.{why} Build it in the control panel."
    );
    host.log("warning", "onapp.not_built", sentence);
    Ok(())
}

async fn write_down(host: &Host, svc: &mut Claimed, server_id: &str, whole: Complete) -> Result<(), Failure> {
    let Complete {
        vm,
        nics,
        fresh,
        mut changes,
    } = whole;
    let password = vm.initial_root_password.clone().filter(|p| fresh && !p.is_empty());
    let more = ServiceFields {
        password,
        ..ServiceFields::default()
    };
    write_fields(host, &svc.service_id, &vm, more).await?;
    changes.extend(new_resources(host, svc.row(), &svc.service_id, server_id, vm.id, &nics).await?);
    // A VM that its client knows already is not announced again.
    let state = if fresh { "announcing" } else { "ready" };
    svc.save(host, row([("state", state.into())]), changes).await?;
    if fresh { announce(host, svc).await } else { Ok(()) }
}

/// Tells the client. Only when all is on record: a settling that fails and is repeated sends no mail each time.
async fn announce(host: &Host, svc: &mut Claimed) -> Result<(), Failure> {
    let mail = MailSend {
        service_id: svc.service_id.clone(),
        template: "Virtual Machine Created".into(),
        subject: "Your virtual machine is ready".into(),
        body: "<p>Dear {$client_name},</p><p>your virtual machine {$service_domain} has been created. \
               Its address is {$service_dedicated_ip}.</p>"
            .into(),
    };
    send(host, mail).await;
    svc.save(host, row([("state", "ready".into())]), vec![]).await
}

/// Sends an e-mail. One that cannot be sent is told to staff and holds nothing up: metering matters more.
pub(crate) async fn send(host: &Host, mail: MailSend) {
    if let Err(failure) = host.ask(&mail).await {
        let sentence = format!(
            "Service {}: the e-mail \"{}\" was not sent. {failure}",
            mail.service_id, mail.template
        );
        host.log("warning", "onapp.mail", sentence);
    }
}

/// Whether the service's VM on record was settled before: its interfaces are metered, and its client was told.
pub(crate) async fn was_settled(host: &Host, service: &Row) -> Result<bool, Failure> {
    let (Some(service_id), Some(Ok(vm_id))) = (
        text(service, "service_id"),
        text(service, "vm_id").map(str::parse::<u64>),
    ) else {
        return Ok(false);
    };
    let server_id = text(service, "server_id");
    let prefix = resource_prefix(service_id, vm_id);
    let of_vm = |row: &Row| {
        text(row, "server_id") == server_id && text(row, "resource").is_some_and(|name| name.starts_with(&prefix))
    };
    Ok(resources(host, service_id).await?.iter().any(of_vm))
}
