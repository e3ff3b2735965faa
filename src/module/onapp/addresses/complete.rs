//! Gives a VM what is ordered and missing: its interface in the second network, and its addresses.
//!
//! A VM that nobody uses yet has its network rebuilt for them, which restarts it; one that is in use is never restarted for
//! an address. What cannot be given now holds nothing up: staff are told, and the next hours' crons try again. They give what
//! is owed and no more: what a client released meanwhile is missing too, and stays released.

use super::attach::{At, CONTRADICT, Goal, agreed, attach, joins};
use super::ours::Ours;
use super::owed::Owed;
use super::wanted::{Network, Wanted, of_primary, of_second, primary_network, primary_nic};
use crate::host::{Change, Class, Failure, Host, Row, ServiceFields};
use crate::module::common::claim::Claimed;
use crate::module::common::once::first_today;
use crate::module::common::refusal::refusal;
use crate::module::onapp::metering::resource::{resource_prefix, resources};
use crate::module::onapp::product::of_machine::service_at;
use crate::module::onapp::tables::text;
use crate::panel::onapp::{NetworkJoin, Nic, Panel, PanelError, Shutdown, Vm};

/// A VM that has what it can have.
pub(crate) struct Complete {
    /// As it is now.
    pub(crate) vm: Vm,
    /// Its interfaces.
    pub(crate) nics: Vec<Nic>,
    /// It was never handed to its client.
    pub(crate) fresh: bool,
    /// What is to be written down with it.
    pub(crate) changes: Vec<Change>,
}

/// Attaches what is ordered and missing, as far as it is owed. `panel` is logged in as the server's user; `vm` is built and
/// unlocked. None: OnApp is at work on it, and the next run goes on. Where nothing is missing nothing is asked.
///
/// # Errors
/// When the panel or the host cannot be asked; a refusal is told to staff and no error.
pub(crate) async fn complete(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    svc: &mut Claimed,
    mut vm: Vm,
    mut nics: Vec<Nic>,
    mut owed: Owed,
) -> Result<Option<Complete>, Failure> {
    let id = svc.service_id.clone();
    let fresh = is_fresh(host, svc, vm.id).await?;
    let short = match service_at(host, &id, server_id).await? {
        None => None, // Nobody orders anything any more.
        Some(service) => match Wanted::of(&service) {
            Err(wrong) => Some(wrong),
            Ok(wanted) if owed.is_nothing() || wanted.is_met_by(&vm, &nics) => None,
            Ok(wanted) => {
                let at = At {
                    host,
                    panel,
                    server_id,
                    vm: &vm,
                };
                let filled = fill(&at, svc, &mut nics, &wanted, &mut owed).await;
                let Some(now) = look_again(panel, vm.id)? else {
                    return Ok(None);
                };
                vm = now;
                match filled {
                    Ok(()) => None,
                    Err(failure) if failure.class == Class::PanelLocked => return Ok(None),
                    Err(failure) if is_refusal(&failure) => Some(failure),
                    Err(failure) => return Err(failure),
                }
            }
        },
    };
    let ours = Ours::of(host, &id, vm.id).await?;
    let built = fresh && vm.built;
    let there = vm.ip_addresses.iter().map(|ip| ip.address.as_str());
    if built && ours.is_unconfigured(there) && rebuild(host, panel, svc, &vm, &ours).await? {
        return Ok(None);
    }
    let mut changes = ours.in_old_table(&id, &vm, fresh);
    changes.push(match short {
        None => Owed::settled(&id),
        Some(failure) => {
            tell(host, &id, &failure).await?;
            owed.later(host, &id)
        }
    });
    Ok(Some(Complete {
        vm,
        nics,
        fresh,
        changes,
    }))
}

/// True before the VM was handed to its client: we made it, and nothing of it is metered yet.
async fn is_fresh(host: &Host, svc: &Claimed, vm_id: u64) -> Result<bool, Failure> {
    if svc.text("create_key").is_none() {
        return Ok(false);
    }
    let prefix = resource_prefix(&svc.service_id, vm_id);
    let metered = resources(host, &svc.service_id).await?;
    Ok(!metered
        .iter()
        .any(|row| text(row, "resource").is_some_and(|name| name.starts_with(&prefix))))
}

fn look_again(panel: &Panel, vm_id: u64) -> Result<Option<Vm>, Failure> {
    panel
        .vm(vm_id)
        .map_err(|e| refusal(&format!("OnApp could not be asked about VM {vm_id}"), &e))
}

/// The panel has said no, a setting is wrong, or something before the panel answers this request itself: the same request
/// would end the same way until a person does something.
fn is_refusal(failure: &Failure) -> bool {
    let answered_by_another = failure.class == Class::NetworkUnknown && failure.code == "panel.unexpected_content";
    matches!(
        failure.class,
        Class::PanelRefused
            | Class::PanelForbidden
            | Class::PanelNotFound
            | Class::ConfigInvalid
            | Class::ConfigRefused
    ) || matches!(failure.code.as_str(), NO_FIRST | CONTRADICT)
        || answered_by_another
}

/// Attaches what is missing and owed, the second network's first: its interface takes the panel longer. `owed` is then what
/// is owed still.
async fn fill(
    at: &At<'_>,
    svc: &mut Claimed,
    nics: &mut Vec<Nic>,
    wanted: &Wanted,
    owed: &mut Owed,
) -> Result<(), Failure> {
    let At { host, panel, vm, .. } = at;
    let primary = primary_nic(nics).ok_or_else(|| match nics.is_empty() {
        true => no_nic(vm.id),
        false => no_first(vm.id),
    })?;
    let there = agreed(vm, joins(panel, vm.id)?)?;
    let stale = Ours::of(host, &svc.service_id, vm.id).await?.stale(&there)?;
    if !stale.is_empty() {
        svc.save(host, Row::new(), stale).await?;
    }
    let in_first = of_primary(&there, primary).count();
    let in_second = |second: &Network| of_second(&there, primary, second.id).count();
    owed.first = wanted.primary.missing(in_first).min(owed.first);
    owed.second = wanted.second.map_or(0, |second| {
        second.missing(in_second(&second)).saturating_add(1).min(owed.second)
    });
    let mut refused = None;
    if let Some(second) = wanted.second.filter(|_| owed.second > 0) {
        let got = match second_nic(at, svc, nics, wanted).await {
            Ok(nic) => {
                let count = in_second(&second);
                owed.second = second.missing(count).min(owed.second);
                give(at, svc, nic, &second, count, &mut owed.second).await
            }
            Err(failure) => Err(failure),
        };
        match got {
            Err(failure) if is_refusal(&failure) => refused = Some(failure),
            other => other?,
        }
    }
    let network = Network {
        id: primary_network(&there, primary, vm, wanted.primary.id),
        ..wanted.primary
    };
    give(at, svc, primary, &network, in_first, &mut owed.first).await?;
    refused.map_or(Ok(()), Err)
}

/// Gives an interface what is left to give, where so many are there.
async fn give(
    at: &At<'_>,
    svc: &mut Claimed,
    nic: u64,
    network: &Network,
    there: usize,
    left: &mut u64,
) -> Result<(), Failure> {
    let have = network.ordered.saturating_sub(network.missing(there));
    for number in have..have.saturating_add(*left) {
        let goal = Goal {
            nic,
            network: network.id,
            included: number < network.included,
        };
        attach(at, svc, &goal).await?;
        *left = left.saturating_sub(1);
    }
    Ok(())
}

/// The interface that a VM has in a second network, the same that [`second_nic`] takes. Of one that has no other interface
/// than its first nobody is asked.
///
/// # Errors
/// The panel's refusal.
pub(crate) fn existing_second(
    panel: &Panel,
    vm: &Vm,
    nics: &[Nic],
    zone: Option<u64>,
    network: u64,
) -> Result<Option<Nic>, Failure> {
    let (Some(primary), true) = (primary_nic(nics), nics.len() > 1) else {
        return Ok(None);
    };
    let joins = network_joins(panel, vm, nics, zone, network)?;
    Ok(leading_to(nics, Some(primary), &joins, network).cloned())
}

/// One that leads to the network; where none does, one of which nobody can say where it leads.
fn leading_to<'a>(nics: &'a [Nic], primary: Option<u64>, joins: &[NetworkJoin], network: u64) -> Option<&'a Nic> {
    let others = || nics.iter().filter(|nic| Some(nic.id) != primary);
    let leads = |nic: &Nic| {
        let join = joins.iter().find(|join| Some(join.id) == nic.network_join_id);
        join.map(|join| join.network_id)
    };
    others()
        .find(|nic| leads(nic) == Some(network))
        .or_else(|| others().find(|nic| leads(nic).is_none()))
}

/// The interface in the second network, which is added where it is missing: one that leads there, or one of which nobody can
/// say where it leads.
///
/// # Errors
/// `onapp.network_not_joined`; the panel's refusal.
pub(crate) async fn second_nic(
    at: &At<'_>,
    svc: &mut Claimed,
    nics: &mut Vec<Nic>,
    wanted: &Wanted,
) -> Result<u64, Failure> {
    let At { host, panel, vm, .. } = at;
    let network = wanted.second.and_then(|second| second.id).unwrap_or(0);
    let primary = primary_nic(nics);
    if primary.is_none() && !nics.is_empty() {
        return Err(no_first(vm.id));
    }
    let joins = network_joins(panel, vm, nics, wanted.zone, network)?;
    let find = |nics: &[Nic]| leading_to(nics, primary, &joins, network).map(|nic| nic.id);
    if let Some(nic) = find(nics) {
        return Ok(nic);
    }
    let join = joins
        .iter()
        .find(|join| join.network_id == network)
        .ok_or_else(|| not_joined(vm.id, network))?;
    let label = format!("eth{}", nics.len());
    svc.save(host, Row::new(), vec![]).await?;
    let added = panel.add_nic(vm.id, &label, join.id, Some(wanted.port_speed));
    svc.save(host, Row::new(), vec![]).await?;
    // Its answer may be lost: the list is the last word either way.
    let what = format!("VM {} did not get an interface in network {network}", vm.id);
    let now = panel.nics(vm.id).map_err(|e| refusal(&what, &e))?.unwrap_or_default();
    let found = find(&now);
    if !now.is_empty() {
        *nics = now;
    }
    match (found, added) {
        (Some(nic), _) => Ok(nic),
        (None, Err(e)) => Err(refusal(&what, &e)),
        (None, Ok(_)) => Err(Failure::new(
            Class::PanelLocked,
            "onapp.interface_pending",
            format!("VM {} is getting an interface in network {network}.", vm.id),
            "Nothing else was changed.",
            "Try again in a minute.",
        )),
    }
}

/// What joins networks to where the VM is: those of its zone, and those of its hypervisor where these do not suffice: they have
/// not that of the network, or not that of an interface beside the first, of which it would be unknown where it leads. The
/// product's zone counts only where OnApp does not say where the VM is: it may have been changed since.
fn network_joins(
    panel: &Panel,
    vm: &Vm,
    nics: &[Nic],
    zone: Option<u64>,
    network: u64,
) -> Result<Vec<NetworkJoin>, Failure> {
    let unread = |e: PanelError| refusal(&format!("What joins network {network} could not be read"), &e);
    let zone = match vm.hypervisor_id {
        None => zone,
        Some(here) => {
            let all = panel.hypervisors().map_err(unread)?;
            let listed = all.iter().find(|one| one.id == here);
            listed.map_or(zone, |one| one.zone_id)
        }
    };
    let mut joins = match zone {
        Some(zone) => panel.zone_network_joins(zone).map_err(unread)?,
        None => Vec::new(),
    };
    let primary = primary_nic(nics);
    let is_known = |nic: &Nic| joins.iter().any(|join| Some(join.id) == nic.network_join_id);
    let suffices = joins.iter().any(|join| join.network_id == network)
        && nics.iter().filter(|nic| Some(nic.id) != primary).all(is_known);
    if let Some(here) = vm.hypervisor_id
        && !suffices
    {
        joins.extend(panel.hypervisor_network_joins(here).map_err(unread)?);
    }
    Ok(joins)
}

/// Has the network of a VM that nobody uses yet rebuilt. Killed in between it is done twice, which does no harm. True when
/// OnApp is at work on it.
async fn rebuild(host: &Host, panel: &Panel, svc: &mut Claimed, vm: &Vm, ours: &Ours) -> Result<bool, Failure> {
    if vm.locked {
        return Ok(true);
    }
    let shutdown = vm.booted.then_some(Shutdown::Graceful);
    svc.save(host, Row::new(), vec![]).await?;
    match panel.rebuild_network(vm.id, shutdown, vm.booted) {
        Ok(_) => {
            svc.save(host, Row::new(), ours.all_configured()?).await?;
            Ok(true)
        }
        Err(e) if e.locked() => Ok(true),
        Err(e) => {
            let what = format!("The network of VM {} was not rebuilt for its further addresses", vm.id);
            let failure = refusal(&what, &e);
            if !is_refusal(&failure) {
                return Err(failure);
            }
            let sentence = format!("Service {}: {failure}", svc.service_id);
            host.log("warning", "onapp.network_not_rebuilt", sentence);
            Ok(false)
        }
    }
}

/// Tells staff once a day what could not be given.
async fn tell(host: &Host, service_id: &str, failure: &Failure) -> Result<(), Failure> {
    if first_today(host, &format!("addresses.{service_id}")).await? {
        let sentence = format!(
            "Service {service_id} has not all addresses that it ordered. {failure} It is tried again by itself."
        );
        host.log("warning", &failure.code, sentence);
    }
    Ok(())
}

/// Writes a VM's addresses into the service's own fields at the host; those that the panel did not tell stay as they are.
pub(crate) async fn write_fields(host: &Host, service_id: &str, vm: &Vm, more: ServiceFields) -> Result<(), Failure> {
    let told = vm.told_addresses();
    let first = |all: &Vec<&str>| all.first().copied().unwrap_or_default().to_owned();
    let others = |all: &Vec<&str>| all.get(1..).unwrap_or_default().join("\n");
    let fields = ServiceFields {
        id: service_id.to_owned(),
        dedicated_ip: told.as_ref().map(first),
        assigned_ips: told.as_ref().map(others),
        ..more
    };
    host.ask(&fields).await.map(drop)
}

fn no_nic(vm_id: u64) -> Failure {
    Failure::new(
        Class::PanelRefused,
        "onapp.no_interface",
        format!("VM {vm_id} has no network interface that could have an address."),
        "Nothing was changed.",
        "Add one in the control panel.",
    )
}

/// The code of [`no_first`].
const NO_FIRST: &str = "onapp.interface_unreadable";

/// No address is given to an interface that may be the wrong one.
pub(super) fn no_first(vm_id: u64) -> Failure {
    Failure::new(
        Class::PanelData,
        NO_FIRST,
        format!("OnApp does not say readably which interface of VM {vm_id} is the first one (\"primary\")."),
        "No address was attached.",
        "Look at the VM's networking in the control panel; it is tried again by itself.",
    )
}

fn not_joined(vm_id: u64, network: u64) -> Failure {
    Failure::new(
        Class::ConfigInvalid,
        "onapp.network_not_joined",
        format!("Network {network}, the product's second one, is not joined to where VM {vm_id} is."),
        "The VM has no interface in it.",
        "Join the network to the hypervisor zone in the control panel, or choose another in the product's Module Settings \
         (slot 23).",
    )
}
