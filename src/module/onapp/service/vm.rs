//! Where a service's VM is: on record, made by an attempt whose answer was lost, gone, or never made.

use crate::host::{Change, Class, Failure, Host, Row, Where, is};
use crate::module::common::claim::{Claimed, is_claimed};
use crate::module::common::refusal::refusal;
use crate::module::onapp::metering::collect::METERED;
use crate::module::onapp::tables::{CLIENTS, MAPPINGS, MODULE, SERVICES, must, number, row, text};
use crate::module::onapp::takeover::{self, mapped};
use crate::module::onapp::user;
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

/// Finds the VM. `panel` must be logged in as the server's own user: only then "not there" means gone. One that was found by
/// its key or by the old module's mapping is on record from then on, so that it is metered and never lost again.
///
/// # Errors
/// `onapp.vm_not_ours` when the VM of that id is not the service's own, and `onapp.other_panel` when it is not there and
/// this may be another control panel: ids are the same on several clouds, and a stranger's VM is never touched.
pub(crate) async fn locate(
    host: &Host,
    panel: &Panel,
    svc: &mut Claimed,
    server_id: &str,
    client_id: &str,
) -> Result<Located, Failure> {
    // The client whose OnApp user has the machine, whoever has the service by now.
    let recorded_client = svc.text("client_id").map(str::to_owned);
    let has_it_now = client_id;
    let client_id = recorded_client.as_deref().unwrap_or(client_id);
    let known = on_record(host, svc).await?;
    let without_key = match known {
        None => Ok(Located::Never),
        Some(vm_id) => {
            let found = panel
                .vm(vm_id)
                .map_err(|e| refusal(&format!("OnApp could not be asked about VM {vm_id}"), &e))?;
            match found {
                None => same_panel(host, panel, svc.row(), server_id, client_id)
                    .await
                    .map(|()| Located::Gone),
                Some(vm) => match ours(host, panel, svc.row(), server_id, client_id, &vm).await {
                    Ok(owner) => return recorded(host, panel, svc, server_id, &owner, vm).await,
                    Err(failure) => Err(failure),
                },
            }
        }
    };
    // Not there, or somebody else's: the id on record may be the wrong one, and the key finds the service's own.
    let by_key = match adoptable(host, panel, svc, has_it_now).await {
        Err(_) if without_key.is_err() => None,
        Err(failure) if failure.class == Class::PanelNotFound && known.is_some() => None,
        // The list has the very id that is said not to be there, with the key.
        Ok(Some(vm)) if known == Some(vm.id) && matches!(without_key, Ok(Located::Gone)) => {
            return Err(contradiction(vm.id));
        }
        found => found?.filter(|vm| known != Some(vm.id)),
    };
    let Some(vm) = by_key else {
        if matches!(without_key, Ok(Located::Never)) && svc.text("create_key").is_some() {
            // One was asked for, so that none counts only at the panel that was asked.
            same_panel(host, panel, svc.row(), server_id, client_id).await?;
        }
        return without_key;
    };
    if !matches!(without_key, Ok(Located::Never)) {
        let sentence = format!(
            "The VM on record for service {} was not its own or not there; its key is on VM {}, which is on record now.",
            svc.service_id, vm.id
        );
        host.log("warning", "onapp.vm_found_by_key", sentence);
    }
    // As after a create whose answer arrived, the next cron settles it.
    let found = row([
        ("state", still(svc, "settling").into()),
        ("vm_id", vm.id.into()),
        ("address", panel.client().address().into()),
    ]);
    let mapping = Change::Put {
        table: MAPPINGS.name,
        values: row([
            ("service_id", svc.service_id.as_str().into()),
            ("vm_id", vm.id.into()),
            ("memory", vm.memory.unwrap_or(0).into()),
            ("cpus", vm.cpus.unwrap_or(0).into()),
            ("cpu_shares", vm.cpu_shares.unwrap_or(0).into()),
            ("disk_size", vm.total_disk_size.unwrap_or(0).into()),
        ]),
    };
    svc.save(host, found, vec![mapping]).await?;
    Ok(Located::Here(Box::new(vm)))
}

fn contradiction(vm_id: u64) -> Failure {
    Failure::new(
        Class::PanelData,
        "onapp.contradiction",
        format!("OnApp says that VM {vm_id} is not there, and lists it."),
        "Nothing was changed.",
        "Try again in a few minutes: a list may lag behind.",
    )
}

/// Writes the service's key into the note of its VM once more, where neither the creation nor Create itself got it there.
/// False when the VM on record is not surely the one that was made.
pub(crate) async fn key_again(host: &Host, panel: &Panel, svc: &Claimed, label: &str) -> Result<bool, Failure> {
    let (Some(key), Some(vm_id)) = (svc.text("create_key"), svc.text("vm_id").and_then(id)) else {
        return Ok(false);
    };
    let Some(vm) = made(host, panel, svc, vm_id, label).await? else {
        return Ok(false);
    };
    panel
        .set_admin_note(vm.id, key)
        .map_err(|e| refusal("The VM's admin note could not be set", &e))?;
    Ok(true)
}

/// The VM on record is there and the service's own, with this client's OnApp user. One that the old module's mapping alone named
/// is on record from now on.
async fn recorded(
    host: &Host,
    panel: &Panel,
    svc: &mut Claimed,
    server_id: &str,
    owner: &str,
    vm: Vm,
) -> Result<Located, Failure> {
    if svc.text("vm_id").is_none() {
        let (taken, note) = takeover::changes(host, &svc.service_id, owner).await?;
        let mut known = row([
            ("state", still(svc, "ready").into()),
            ("vm_id", vm.id.into()),
            ("client_id", owner.into()),
            ("server_id", server_id.into()),
            ("address", panel.client().address().into()),
        ]);
        known.extend(taken);
        svc.save(host, known, note).await?;
    } else if svc.text("address").is_none() || svc.text("client_id") != Some(owner) {
        // Seen for the first time, or with another owner: from now on it is known where, and whose.
        let seen = row([
            ("address", panel.client().address().into()),
            ("client_id", owner.into()),
        ]);
        let formerly = match mapped::never_seen(svc.row()) {
            true => takeover::formerly(host, &svc.service_id, owner).await?,
            false => vec![],
        };
        svc.save(host, seen, formerly).await?;
    }
    Ok(Located::Here(Box::new(vm)))
}

/// The state of a VM that comes on record: one whose deletion was asked for stays marked so.
fn still(svc: &Claimed, state: &'static str) -> &'static str {
    if svc.text("state") == Some("deleting") {
        "deleting"
    } else {
        state
    }
}

/// The client whose OnApp user has a VM, which must be the service's own: it carries the service's key, or, where the old module
/// made it, it belongs to the OnApp user of the service's client ([`mapped::owner`]) and, where it is seen for the first time, is
/// clearly of this service.
pub(crate) async fn ours(
    host: &Host,
    panel: &Panel,
    service: &Row,
    server_id: &str,
    client_id: &str,
    vm: &Vm,
) -> Result<String, Failure> {
    let key = text(service, "create_key");
    let owner = match key {
        Some(key) => vm.carries(key).then(|| client_id.to_owned()),
        None => mapped::owner(host, panel, service, server_id, client_id, vm).await?,
    };
    if let Some(owner) = owner {
        if let Some(id) = text(service, "service_id")
            && mapped::never_seen(service)
        {
            mapped::clear(host, id, server_id, &owner, vm).await?;
        }
        return Ok(owner);
    }
    let word = match key {
        Some(key) => key.to_owned(),
        None => mapped::word(text(service, "service_id").unwrap_or_default()),
    };
    let message = match key {
        Some(_) => format!("VM {} does not carry the key of this service in its admin note.", vm.id),
        None => format!("VM {} on record for this service belongs to another OnApp user.", vm.id),
    };
    let next = format!(
        "Check first that the service shows the server that its VM is on, and that this server's address leads to the right control \
         panel. Only if the VM's name, its owner and its addresses are this service's all the same, write {word} into its admin note."
    );
    Err(Failure::new(
        Class::ConfigRefused,
        "onapp.vm_not_ours",
        message,
        "Nothing was changed.",
        next,
    ))
}

/// "Not there" counts only at the control panel where the VM was seen, and only from a user who sees everything: a record
/// that leads to another panel, or a restricted user in it, gets the same answer about a VM that runs. The panel is known
/// by the client's OnApp user: under another address, by that user's password.
pub(crate) async fn same_panel(
    host: &Host,
    panel: &Panel,
    service: &Row,
    server_id: &str,
    client_id: &str,
) -> Result<(), Failure> {
    let mut seen_here = text(service, "address") == Some(&panel.client().address());
    if let Some(owner) = user::known(host, server_id, client_id).await? {
        let found = panel
            .user(owner.id)
            .map_err(|e| refusal("OnApp could not be asked about the client's user", &e))?;
        if let Some(there) = &found {
            // Somebody else's id: a panel that was set up anew at its address.
            seen_here &= owner.is(there);
            if seen_here || (owner.is(there) && owner.opened(panel).profile().is_ok_and(|user| owner.is(&user))) {
                return sees_all(panel);
            }
        }
    } else if mapped::never_seen(service) && is_at_another(host, server_id, client_id).await? {
        return Err(other_server(panel, server_id));
    }
    nothing_of_client(host, panel, server_id, client_id, seen_here).await
}

/// Does anything say that a client without an OnApp user at this server has its VM at another one? The client's user there
/// does; where it has none anywhere, that there are other servers with VMs.
async fn is_at_another(host: &Host, server_id: &str, client_id: &str) -> Result<bool, Failure> {
    for test in ["<", ">"] {
        let other = is("server_id", test, server_id);
        let user = vec![other.clone(), is("client_id", "=", client_id)];
        let vm = vec![is("module", "=", MODULE), other];
        if !host.rows(CLIENTS.name, user, vec![], 1).await?.is_empty()
            || !host.rows(SERVICES.name, vm, vec![], 1).await?.is_empty()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A VM of the old module that is not at the server that its service shows, and was never seen there.
fn other_server(panel: &Panel, server_id: &str) -> Failure {
    let mut failure = other_panel(panel);
    failure.next = format!(
        "Nothing says that the VM was ever at server {server_id}: correct the service's server if its VM is at another one, \
         or that server's address or user."
    );
    failure
}

/// Nothing of this client is to be seen at the panel. That counts where a machine of another client is; where this server
/// has no other client's, at the address where the client's was.
///
/// # Errors
/// `onapp.other_panel`; the panel's refusal where the server's user may not see everything.
pub(crate) async fn nothing_of_client(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    client_id: &str,
    seen_here: bool,
) -> Result<(), Failure> {
    let others = |test: &str| {
        vec![
            is("module", "=", MODULE),
            is("server_id", "=", server_id),
            is("client_id", test, client_id),
            Where {
                column: "state".into(),
                test: "in".into(),
                values: METERED.map(Into::into).to_vec(),
            },
        ]
    };
    let mut sample = Vec::new();
    let mut is_alone = true;
    for test in ["<", ">"] {
        is_alone &= host.rows(SERVICES.name, others(test), vec![], 1).await?.is_empty();
        let mut seen = others(test);
        seen.push(is("address", "=", panel.client().address()));
        sample.extend(host.rows(SERVICES.name, seen, vec!["service_id"], 3).await?);
    }
    let mut known = is_alone && seen_here;
    for service in &sample {
        let Some(vm_id) = others_vm(host, panel, server_id, service).await? else {
            continue;
        };
        let found = panel
            .vm(vm_id)
            .map_err(|e| refusal(&format!("OnApp could not be asked about VM {vm_id}"), &e))?;
        if is_shown(host, panel, server_id, service, found.as_ref()).await? {
            known = true;
            break;
        }
    }
    if !known && !is_alone {
        known = is_any_listed(host, panel, server_id, ["<", ">"].map(others)).await?;
    }
    if known {
        sees_all(panel)
    } else {
        Err(other_panel(panel))
    }
}

/// The VM of another client's service, unless the server's user is that client's, and sees its own in any case.
async fn others_vm(host: &Host, panel: &Panel, server_id: &str, service: &Row) -> Result<Option<u64>, Failure> {
    let owner = user::known(host, server_id, must(service, &SERVICES, "client_id")?).await?;
    if owner.is_some_and(|owner| owner.login.eq_ignore_ascii_case(panel.client().user())) {
        return Ok(None);
    }
    Ok(text(service, "vm_id").and_then(id))
}

/// Does the panel show the service's own VM?
async fn is_shown(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    service: &Row,
    found: Option<&Vm>,
) -> Result<bool, Failure> {
    let client = must(service, &SERVICES, "client_id")?;
    match found {
        Some(vm) => Ok(ours(host, panel, service, server_id, client, vm).await.is_ok()),
        None => Ok(false),
    }
}

/// Is any of these services' VMs in the panel's list? Those that were seen here may be gone too, or none was seen yet. At another
/// panel ids are the same by chance, so few are looked at.
async fn is_any_listed(host: &Host, panel: &Panel, server_id: &str, others: [Vec<Where>; 2]) -> Result<bool, Failure> {
    let listed = panel.vms().map_err(|e| refusal("The VMs could not be listed", &e))?;
    for some in listed.chunks(500) {
        for mut conditions in others.clone() {
            conditions.push(Where {
                column: "vm_id".into(),
                test: "in".into(),
                values: some.iter().map(|vm| vm.id.to_string()).collect(),
            });
            for service in &host.rows(SERVICES.name, conditions, vec!["service_id"], 20).await? {
                let vm_id = others_vm(host, panel, server_id, service).await?;
                let vm = some.iter().find(|vm| Some(vm.id) == vm_id);
                if is_shown(host, panel, server_id, service, vm).await? {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// A user who may read the panel's release is the one that the vendor's guide tells staff to make for the server record;
/// the role of a client may not, and finds nothing but its own (reference: onapp-api.md 1.7 and 10.28).
fn sees_all(panel: &Panel) -> Result<(), Failure> {
    panel
        .version()
        .map(drop)
        .map_err(|e| refusal("Whether the server's user sees every VM could not be asked", &e))
}

/// Makes sure that an address where none of this server's VMs was seen yet leads to their control panel: one of those that
/// were seen elsewhere must be known there. Asks nobody while the address is an old one.
///
/// # Errors
/// `onapp.other_panel`.
pub(crate) async fn familiar(host: &Host, panel: &Panel, server_id: &str) -> Result<(), Failure> {
    let here = panel.client().address();
    let seen = vec![
        is("module", "=", MODULE),
        is("server_id", "=", server_id),
        Where {
            column: "vm_id".into(),
            test: "not_null".into(),
            values: vec![],
        },
        Where {
            column: "address".into(),
            test: "not_null".into(),
            values: vec![],
        },
    ];
    let mut at_here = seen.clone();
    at_here.push(is("address", "=", &here));
    if !host.rows(SERVICES.name, at_here, vec![], 1).await?.is_empty() {
        return Ok(());
    }
    let elsewhere = host.rows(SERVICES.name, seen, vec!["service_id"], 5).await?;
    for service in &elsewhere {
        let vm_id: u64 = number(service, &SERVICES, "vm_id")?;
        let found = panel
            .vm(vm_id)
            .map_err(|e| refusal(&format!("OnApp could not be asked about VM {vm_id}"), &e))?;
        if check(host, panel, service, server_id, found.as_ref()).await.is_ok() {
            return Ok(());
        }
    }
    if elsewhere.is_empty() {
        return Ok(());
    }
    Err(other_panel(panel))
}

/// The refusal where an address leads to a control panel that does not know what it should.
pub(crate) fn other_panel(panel: &Panel) -> Failure {
    Failure::new(
        Class::ConfigInvalid,
        "onapp.other_panel",
        format!(
            "At the server's address, {}, the server's user {} finds neither the VM nor the client's OnApp user: it may be \
             another control panel, or that user may not see everything there.",
            panel.client().address(),
            panel.client().user()
        ),
        "Nothing was changed, and nothing counts as gone.",
        "Correct the server's address or its user, whichever is not the right one.",
    )
}

/// Makes sure of what a panel said about the VM on record: there, it must be the service's own; not there, the panel must
/// be the one where it was. Answers the client whose OnApp user has it; None where it is not there.
///
/// # Errors
/// As [`locate`].
pub(crate) async fn check(
    host: &Host,
    panel: &Panel,
    service: &Row,
    server_id: &str,
    found: Option<&Vm>,
) -> Result<Option<String>, Failure> {
    let client_id = text(service, "client_id").unwrap_or_default();
    match found {
        Some(vm) => ours(host, panel, service, server_id, client_id, vm).await.map(Some),
        None => same_panel(host, panel, service, server_id, client_id)
            .await
            .map(|()| None),
    }
}

/// The client whose OnApp user has the VM on record; None where it is not there by the word of its own panel.
///
/// # Errors
/// As [`locate`].
pub(crate) async fn whose(host: &Host, panel: &Panel, service: &Row, vm_id: u64) -> Result<Option<String>, Failure> {
    let server_id = must(service, &SERVICES, "server_id")?;
    let found = panel
        .vm(vm_id)
        .map_err(|e| refusal(&format!("OnApp could not be asked about VM {vm_id}"), &e))?;
    check(host, panel, service, server_id, found.as_ref()).await
}

/// Before a VM is metered: is it the service's own? Asked once per address, and whenever its interfaces changed: a panel
/// that was restored or set up anew at the same address gives the same ids again, to other machines.
///
/// # Errors
/// As [`locate`].
pub(crate) async fn confirm(
    host: &Host,
    panel: &Panel,
    service: &Row,
    vm_id: u64,
    changed: bool,
) -> Result<(), Failure> {
    let here = panel.client().address();
    let seen_here = text(service, "address") == Some(&here);
    if seen_here && !changed {
        return Ok(());
    }
    let Some(owner) = whose(host, panel, service, vm_id).await? else {
        return Ok(());
    };
    // Nobody changes the row under an action that is under way; the next run remembers the address.
    if seen_here || is_claimed(host, service)? {
        return Ok(());
    }
    let id = must(service, &SERVICES, "service_id")?;
    let mut seen = match mapped::never_seen(service) {
        true => takeover::formerly(host, id, &owner).await?,
        false => vec![],
    };
    seen.push(Change::Update {
        table: SERVICES.name,
        key: row([("module", MODULE.into()), ("service_id", id.into())]),
        rev: must(service, &SERVICES, "rev")?.to_owned(),
        values: row([("address", here.into()), ("client_id", owner.into())]),
    });
    // Whoever changed the row meanwhile leaves the question to the next run.
    host.apply(seen).await.map(|_| ())
}

/// The VM that an answer to creating one names, as the panel has it, if it is the one that was asked for: read once, since
/// an answer may echo our key beside a wrong id. It carries our key; where the panel dropped the note, it is on record for
/// no other service, name and owner fit, and no other VM carries the key. What cannot be read does not fit.
pub(crate) async fn made(
    host: &Host,
    panel: &Panel,
    svc: &Claimed,
    told: u64,
    label: &str,
) -> Result<Option<Vm>, Failure> {
    let (Some(key), Some(server), Some(client)) =
        (svc.text("create_key"), svc.text("server_id"), svc.text("client_id"))
    else {
        return Ok(None);
    };
    let Ok(Some(there)) = panel.vm(told) else {
        return Ok(None);
    };
    if there.carries(key) {
        return Ok(Some(there));
    }
    let of_vm = vec![
        is("module", "=", MODULE),
        is("server_id", "=", server),
        is("vm_id", "=", told.to_string()),
    ];
    let on_record = host.rows(SERVICES.name, of_vm, vec!["service_id"], 2).await?;
    let free = on_record
        .iter()
        .all(|row| text(row, "service_id") == Some(&svc.service_id));
    if !free || there.label != label {
        return Ok(None);
    }
    let owner = user::known(host, server, client).await?.map(|user| user.id);
    let fits = there
        .user_id
        .is_some_and(|id| Some(id) == owner || user::own_id(panel).is_ok_and(|own| own == id));
    let surely = fits && matches!(adoptable(host, panel, svc, client).await, Ok(None));
    Ok(surely.then_some(there))
}

/// The VM that carries this service's key: made by an attempt whose answer was lost. `has_it_now` is the client who has the
/// service now.
pub(crate) async fn adoptable(
    host: &Host,
    panel: &Panel,
    svc: &Claimed,
    has_it_now: &str,
) -> Result<Option<Vm>, Failure> {
    let (Some(key), Some(server), Some(client)) =
        (svc.text("create_key"), svc.text("server_id"), svc.text("client_id"))
    else {
        return Ok(None);
    };
    let owner = user::known(host, server, client).await?;
    let Some(owner) = owner.filter(|_| client == has_it_now) else {
        // Nobody on record whose it would be, or the service moved since, which proves nothing: it is looked for among all.
        return panel
            .vms()
            .map(|vms| vms.into_iter().find(|vm| vm.carries(key)))
            .map_err(|e| refusal("The VMs could not be listed", &e));
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
