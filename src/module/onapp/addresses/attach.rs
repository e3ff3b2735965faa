//! One address more for an interface.
//!
//! A free one is written down under a key that only one service can have, then asked for. Where the panel refuses it, because
//! somebody else was faster or keeps it back, the next is tried; where its answer is lost, the list of the VM's addresses
//! tells.

use super::complete::no_first;
use super::ours::{same, spelled};
use crate::host::{Change, Class, Failure, Host, Outcome, Row, Where, is};
use crate::module::common::claim::Claimed;
use crate::module::common::refusal::refusal;
use crate::module::onapp::service::create::surely_not_made;
use crate::module::onapp::tables::{ATTACHED, instant, must, row, stored, text};
use crate::panel::onapp::{AddressJoin, FreeAddress, Panel, PanelError, Vm};
use chrono::TimeDelta;

/// So often another free address is tried, before it counts as a refusal of them all.
const MOST_TRIES: u32 = 4;

/// So many addresses that other services have on record are passed over.
const MOST_TAKEN: usize = 200;

/// Where the VM is, and who asks.
pub(crate) struct At<'a> {
    /// The host.
    pub(crate) host: &'a Host,
    /// Logged in as whoever acts.
    pub(crate) panel: &'a Panel,
    /// The panel's server record.
    pub(crate) server_id: &'a str,
    /// The VM.
    pub(crate) vm: &'a Vm,
}

/// Which interface gets one, and what it counts as.
pub(crate) struct Goal {
    /// The interface.
    pub(crate) nic: u64,
    /// Its network.
    pub(crate) network: Option<u64>,
    /// One of the product's included addresses.
    pub(crate) included: bool,
}

/// Gives an interface an address more, and returns it. The caller counted what the VM has.
///
/// # Errors
/// `onapp.no_free_address` when the network has none; the panel's refusal.
pub(crate) async fn attach(at: &At<'_>, svc: &mut Claimed, goal: &Goal) -> Result<String, Failure> {
    let At { host, panel, vm, .. } = at;
    if goal.nic == 0 {
        return Err(no_first(vm.id)); // No interface has this number: nobody could say which one is the first.
    }
    let what = format!("VM {} did not get a further address", vm.id);
    let mut last = None;
    let mut passed_over = Vec::new();
    for _ in 0..MOST_TRIES {
        let mut free = panel
            .free_addresses(vm, goal.nic, goal.network.unwrap_or(0))
            .map_err(|e| refusal(&what, &e))?;
        // The panel may go on listing as free what it refuses.
        free.retain(|one| is_like(vm, one) && !passed_over.contains(&spelled(&one.address)));
        let Some(chosen) = reserve(at, svc, goal, &free).await? else {
            return Err(last.unwrap_or_else(|| none_free(vm, goal.network)));
        };
        // Reserving was a step of its own.
        let refused = match panel.assign_address(vm.id, goal.nic, Some(chosen)) {
            Ok(Some(join)) if same(&join.address, &chosen.address) => None,
            Ok(_) if has(panel, vm.id, chosen)? => None,
            Ok(_) => return Err(ignored(&what)), // A list may lag behind: another one would be one too many.
            Err(e) if surely_not_made(&e) => Some(refusal(&what, &e)),
            Err(e) => {
                if has(panel, vm.id, chosen)? {
                    None
                } else {
                    return Err(refusal(&what, &e)); // It may come yet: the record stays until the VM is looked at again.
                }
            }
        };
        let Some(refused) = refused else {
            svc.save(host, Row::new(), vec![]).await?;
            return Ok(spelled(&chosen.address));
        };
        let free_again = Change::Delete {
            table: ATTACHED.name,
            key: key(at.server_id, goal, &chosen.address),
        };
        svc.save(host, Row::new(), vec![free_again]).await?;
        if refused.class != Class::PanelRefused {
            return Err(refused);
        }
        passed_over.push(spelled(&chosen.address));
        last = Some(refused);
    }
    Err(last.unwrap_or_else(|| none_free(vm, goal.network)))
}

/// Is it of the family that was ordered? A network may have IPv6 addresses beside its own: a machine with an IPv4 address is
/// given more of those, one with nothing but IPv6 more of these.
fn is_like(vm: &Vm, free: &FreeAddress) -> bool {
    family(vm).is_none_or(|family| family == family_of(&free.address))
}

fn family(vm: &Vm) -> Option<&'static str> {
    let of_vm = vm.addresses();
    let own = of_vm.iter().map(|address| family_of(address));
    own.min() // IPv4 where it has both
}

fn family_of(address: &str) -> &'static str {
    if address.contains(':') { "IPv6" } else { "IPv4" }
}

fn has(panel: &Panel, vm_id: u64, chosen: &FreeAddress) -> Result<bool, Failure> {
    let joins = joins(panel, vm_id)?;
    Ok(joins.iter().any(|join| same(&join.address, &chosen.address)))
}

/// The addresses of a VM that is there.
pub(crate) fn joins(panel: &Panel, vm_id: u64) -> Result<Vec<AddressJoin>, Failure> {
    let unread = |e: &PanelError| refusal(&format!("The addresses of VM {vm_id} could not be read"), e);
    let found = panel.address_joins(vm_id).map_err(|e| unread(&e))?;
    found.ok_or_else(|| {
        Failure::new(
            Class::PanelData,
            "onapp.addresses_missing",
            format!("OnApp has VM {vm_id}, and says that its addresses are not there."),
            "Nothing was changed.",
            "Look at the permission ip_address_joins.read of the server's user; then try again.",
        )
    })
}

/// The list where it is to be counted: an address that the VM itself names must be on it, or more would be attached than
/// were ordered.
///
/// # Errors
/// `onapp.addresses_contradict`.
pub(crate) fn agreed(vm: &Vm, listed: Vec<AddressJoin>) -> Result<Vec<AddressJoin>, Failure> {
    let lacks = |address: &&str| !listed.iter().any(|join| same(&join.address, address));
    let untold = vm.told_addresses().is_none() && listed.is_empty();
    if !untold && !vm.addresses().iter().any(lacks) {
        return Ok(listed);
    }
    Err(Failure::new(
        Class::PanelData,
        CONTRADICT,
        format!("OnApp tells of VM {} other addresses than its list of them has.", vm.id),
        "No address was attached.",
        "Look at the VM's networking in the control panel; it is tried again by itself.",
    ))
}

/// The code of that.
pub(super) const CONTRADICT: &str = "onapp.addresses_contradict";

fn key(server_id: &str, goal: &Goal, address: &str) -> Row {
    row([
        ("server_id", server_id.into()),
        ("network_id", goal.network.unwrap_or(0).into()),
        ("address", spelled(address).into()),
    ])
}

/// Writes the first free address down that no other service has on record.
async fn reserve<'a>(
    at: &At<'_>,
    svc: &Claimed,
    goal: &Goal,
    free: &'a [FreeAddress],
) -> Result<Option<&'a FreeAddress>, Failure> {
    let host = at.host;
    for candidate in free.iter().take(MOST_TAKEN) {
        let key = key(at.server_id, goal, &candidate.address);
        let ours = row([
            ("service_id", svc.service_id.as_str().into()),
            ("vm_id", at.vm.id.into()),
            ("base", u64::from(goal.included).into()),
            ("configured", "0".into()),
            ("at", stored(host.now()).into()),
        ]);
        let mut values = key.clone();
        values.extend(ours.clone());
        let insert = Change::Insert {
            table: ATTACHED.name,
            values,
        };
        if host.apply(vec![insert]).await? == Outcome::Applied || take_over(host, svc, &key, ours).await? {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// Takes over what is on record of an address that the panel calls free: an own attempt that did not end, or one that
/// another service lost so long ago that it is not about to be attached.
async fn take_over(host: &Host, svc: &Claimed, key: &Row, ours: Row) -> Result<bool, Failure> {
    let same_key: Vec<Where> = key
        .keys()
        .filter_map(|name| Some(is(name, "=", text(key, name)?)))
        .collect();
    let found = host.rows(ATTACHED.name, same_key, vec![], 1).await?;
    let Some(there) = found.first() else {
        return Ok(false); // Gone meanwhile; there are others.
    };
    let own = text(there, "service_id") == Some(&svc.service_id);
    let old = instant(there, &ATTACHED, "at")?.is_some_and(|at| host.now() - at > TimeDelta::days(1));
    if !own && !old {
        return Ok(false);
    }
    let update = Change::Update {
        table: ATTACHED.name,
        key: key.clone(),
        rev: must(there, &ATTACHED, "rev")?.to_owned(),
        values: ours,
    };
    Ok(host.apply(vec![update]).await? == Outcome::Applied)
}

fn none_free(vm: &Vm, network: Option<u64>) -> Failure {
    let kind = family(vm).map_or_else(|| "address".to_owned(), |family| format!("{family} address"));
    let network = network.map_or_else(|| "its network".to_owned(), |id| format!("network {id}"));
    Failure::new(
        Class::PanelRefused,
        "onapp.no_free_address",
        format!(
            "VM {} did not get a further address: {network} has no {kind} that is free.",
            vm.id
        ),
        "It keeps the addresses that it has.",
        "Add addresses to the network in the control panel, or take back ones that nobody uses.",
    )
}

fn ignored(what: &str) -> Failure {
    Failure::new(
        Class::PanelRefused,
        "onapp.address_not_given",
        format!("{what}: OnApp accepted the request and does not list the address."),
        "It keeps the addresses that it has.",
        "Look at the VM's networking in the control panel.",
    )
}
