//! `onapp.addresses`: the IP addresses of a VM in their groups, assigned (`onapp.assign_address`) and released
//! (`onapp.release_address`) within what was bought. How an address is chosen and attached is `crate::module::onapp::addresses`.

use crate::host::{Class, Failure, Host, Row, Service, ServiceFields};
use crate::module::common::claim::Claimed;
use crate::module::common::refusal::refusal;
use crate::module::onapp::addresses::{
    At, Goal, Network, Ours, Owed, Wanted, agreed, attach, joins, of_primary, of_second, primary_network, primary_nic,
    second_nic, spelled, write_fields,
};
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::{Place, gone};
use crate::module::onapp::page::part::{self, Parts, Ready};
use crate::module::onapp::page::shown;
use crate::module::onapp::page::state::{State, Verb};
use crate::module::{Env, Report};
use crate::panel::onapp::{AddressJoin, Nic, Panel};
use crate::view::{Action, Button, Column, Item, Notice, Section, Tone, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const PAGE: &str = "addresses";

/// The addresses as they were shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shown {
    addresses: Vec<Address>,
    primary: Count,
    second: Option<Count>,
    /// The VM does not use all of them before its network is rebuilt.
    unconfigured: bool,
}

/// An address as it was shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Address {
    /// The panel's id of the assignment.
    id: u64,
    address: String,
    netmask: String,
    gateway: String,
    group: Group,
    /// It is ours, and not the only one of the first interface.
    releasable: bool,
}

/// The groups, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Group {
    Included,
    Additional,
    SecondIncluded,
    SecondAdditional,
    /// Attached by somebody else.
    Other,
}

const GROUPS: [Group; 5] = [
    Group::Included,
    Group::Additional,
    Group::SecondIncluded,
    Group::SecondAdditional,
    Group::Other,
];

/// What is bought in a network, and how much of it is missing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Count {
    missing: u64,
    /// Those of the missing ones that the product includes.
    included: u64,
}

impl Group {
    fn of(second: bool, ours: Option<bool>) -> Self {
        match (second, ours) {
            (_, None) => Self::Other,
            (false, Some(true)) => Self::Included,
            (false, Some(false)) => Self::Additional,
            (true, Some(true)) => Self::SecondIncluded,
            (true, Some(false)) => Self::SecondAdditional,
        }
    }

    fn heading(self) -> Words {
        match self {
            Self::Included => Words::new("ip.included", "Included addresses"),
            Self::Additional => Words::new("ip.additional", "Additional addresses"),
            Self::SecondIncluded => Words::new("ip.second_included", "Second network: included addresses"),
            Self::SecondAdditional => Words::new("ip.second_additional", "Second network: additional addresses"),
            Self::Other => Words::new("ip.other", "Addresses that the support assigned"),
        }
    }

    /// How many of this group are bought and not assigned, and which network they are of.
    fn missing(self, shown: &Shown) -> (u64, &'static str) {
        let second = shown.second.unwrap_or(Count {
            missing: 0,
            included: 0,
        });
        match self {
            Self::Included => (shown.primary.included, PRIMARY),
            Self::Additional => (shown.primary.missing.saturating_sub(shown.primary.included), PRIMARY),
            Self::SecondIncluded => (second.included, SECOND),
            Self::SecondAdditional => (second.missing.saturating_sub(second.included), SECOND),
            Self::Other => (0, ""),
        }
    }
}

/// What a request names as the network.
const PRIMARY: &str = "primary";
const SECOND: &str = "second";

/// The page.
pub(crate) async fn addresses(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, PAGE).await?;
    let read = read(&host, &env, &input, &service).await;
    let (parts, mut notices) = part::or_last(&host, &service, PAGE, read).await?;
    if let Some(parts) = parts.as_ref().filter(|parts| parts.parts.unconfigured) {
        let text = if Verb::RebuildNetwork.fits(parts.state) {
            Words::new(
                "ip.rebuild",
                "The virtual machine does not use all of these addresses yet: press Rebuild the network on the page Overview.",
            )
        } else {
            Words::new(
                "ip.rebuild_later",
                "The virtual machine does not use all of these addresses yet. Once it runs and is not busy, press Rebuild the \
                 network on the page Overview.",
            )
        };
        notices.push(Notice::new(Tone::Info, text));
    }
    let title = Words::new("ip.title", "IP addresses");
    let tables = parts.as_ref().map(tables).unwrap_or_default();
    let page = part::offer_upgrade(part::page(PAGE, title, notices, tables), &service);
    Ok(json!({ "message": "read", "page": page }))
}

async fn read(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<Parts<Shown>, Failure> {
    let (place, seen) = part::look(host, env, input, service).await?;
    let all = place
        .ask(&seen, |panel| panel.address_joins(place.vm_id))
        .map_err(|e| refusal("The addresses could not be read", &e))?
        .unwrap_or_default();
    let all = agreed(&seen.vm, all)?;
    let nics = place
        .ask(&seen, |panel| panel.nics(place.vm_id))
        .map_err(|e| refusal("The interfaces could not be read", &e))?
        .unwrap_or_default();
    // A product whose settings cannot be read offers nothing; what is there is shown all the same.
    let wanted = Wanted::of(service).ok();
    let ours = Ours::of(host, &service.id, place.vm_id).await?;
    Ok(Parts {
        vm_id: place.vm_id,
        state: State::of(&seen.vm),
        parts: sorted(&all, &nics, wanted.as_ref(), &ours),
    })
}

/// Puts each address into its group and counts what is missing.
fn sorted(all: &[AddressJoin], nics: &[Nic], wanted: Option<&Wanted>, ours: &Ours) -> Shown {
    let primary = primary_nic(nics).unwrap_or(0);
    let on_first = of_primary(all, primary).count();
    let second = wanted.and_then(|wanted| wanted.second);
    let in_second: Vec<u64> = match &second {
        Some(network) => of_second(all, primary, network.id).map(|join| join.id).collect(),
        None => Vec::new(),
    };
    let addresses: Vec<Address> = all
        .iter()
        .map(|join| {
            let first = join.nic_id.is_none_or(|nic| nic == primary);
            let ordered = first || in_second.contains(&join.id);
            let group = Group::of(!first, ours.of_join(join).filter(|_| ordered));
            Address {
                id: join.id,
                address: spelled(&join.address),
                netmask: join.netmask.clone().unwrap_or_default(),
                gateway: join.gateway.clone().unwrap_or_default(),
                group,
                releasable: group != Group::Other && !(first && on_first < 2),
            }
        })
        .collect();
    let count = |network: &Network, there: usize, group: Group| {
        let included = addresses.iter().filter(|a| a.group == group).count();
        let missing = network.missing(there);
        let included = network
            .included
            .saturating_sub(u64::try_from(included).unwrap_or(u64::MAX));
        Count {
            missing,
            included: included.min(missing),
        }
    };
    let nothing = Count {
        missing: 0,
        included: 0,
    };
    Shown {
        primary: wanted.map_or(nothing, |wanted| count(&wanted.primary, on_first, Group::Included)),
        second: second.map(|network| count(&network, in_second.len(), Group::SecondIncluded)),
        unconfigured: ours.is_unconfigured(all.iter().map(|join| join.address.as_str())),
        addresses,
    }
}

fn tables(parts: &Parts<Shown>) -> Vec<Section> {
    let column = |code, label| Column {
        label: Words::new(code, label),
        number: false,
    };
    let shown = &parts.parts;
    let table = |group: Group| {
        let of_group = shown.addresses.iter().filter(|address| address.group == group);
        let mut items: Vec<Item> = of_group.map(|address| row_of(address, parts.is_free())).collect();
        let (missing, network) = group.missing(shown);
        if missing > 0 {
            items.push(placeholder(missing, network, parts.is_free()));
        }
        // The first group stands always, the others where they hold something.
        (group == Group::Included || !items.is_empty()).then(|| Section::Items {
            heading: group.heading(),
            columns: vec![
                column("ip.address", "Address"),
                column("ip.netmask", "Netmask"),
                column("ip.gateway", "Gateway"),
            ],
            items,
            empty: Words::new("ip.empty", "It has no addresses here."),
        })
    };
    GROUPS.into_iter().filter_map(table).collect()
}

fn row_of(address: &Address, free: bool) -> Item {
    let button = Button {
        action: Action {
            name: "release_address",
            label: Words::new("ip.release", "Release"),
            confirm: Some(Words::new(
                "ip.release_sure",
                "The virtual machine loses this address, and somebody else may get it. Release it?",
            )),
            blocked: None,
        },
        id: address.id.to_string(),
        about: Words::raw(address.address.as_str()),
    };
    let cells = [&address.address, &address.netmask, &address.gateway];
    part::item(
        cells.into_iter().map(|cell| Words::raw(cell.as_str())).collect(),
        if free && address.releasable {
            vec![button]
        } else {
            Vec::new()
        },
    )
}

/// Stands for what is bought and not assigned.
fn placeholder(missing: u64, network: &'static str, free: bool) -> Item {
    let text = Words::with(
        "ip.missing",
        "Not assigned yet: {count}",
        [("count", missing.to_string())],
    );
    let about = if network == PRIMARY {
        Words::new("ip.about_primary", "a further address")
    } else {
        Words::new("ip.about_second", "a further address in the second network")
    };
    let button = Button {
        action: Action {
            name: "assign_address",
            label: Words::new("ip.assign", "Assign"),
            confirm: None,
            blocked: None,
        },
        id: network.to_owned(),
        about,
    };
    part::item(
        vec![text, Words::raw(""), Words::raw("")],
        if free { vec![button] } else { Vec::new() },
    )
}

/// Assigns an address that was bought.
pub(crate) async fn assign(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "assign_address").await?;
    let second = match input.sent("id") {
        PRIMARY => false,
        SECOND => true,
        _ => return Err(shown::not_shown("network")),
    };
    let wanted = Wanted::of(&service)?;
    if second && wanted.second.is_none() {
        return Err(all_assigned());
    }
    let mut ready = part::begin(&host, &env, &input, &service, "assign_address").await?;
    let done = assigned(&host, &mut ready, &wanted, second).await;
    let address = ready.svc.finish(&host, done).await?;
    Ok(
        json!({ "message": format!("The address {address} is assigned. The machine uses it once its network is rebuilt.") }),
    )
}

/// As the client, and where its role does not allow that, as the server's user.
async fn assigned(host: &Host, ready: &mut Ready, wanted: &Wanted, second: bool) -> Result<String, Failure> {
    let vm = ready.seen.vm.clone();
    let (place, seen) = (&ready.place, &ready.seen);
    let svc = &mut ready.svc;
    let mut given = Err(all_assigned());
    let actors: &[&Panel] = if seen.as_client {
        &[&seen.actor, &place.panel]
    } else {
        &[&place.panel]
    };
    for panel in actors {
        let at = At {
            host,
            panel,
            server_id: &place.server.id,
            vm: &vm,
        };
        given = one_more(&at, svc, wanted, second).await;
        if !matches!(&given, Err(failure) if failure.class == Class::PanelForbidden) {
            break;
        }
    }
    let address = given?;
    written(host, place, svc).await?;
    Ok(address)
}

async fn one_more(at: &At<'_>, svc: &mut Claimed, wanted: &Wanted, second: bool) -> Result<String, Failure> {
    let (panel, vm) = (at.panel, at.vm);
    let mut nics = panel
        .nics(vm.id)
        .map_err(|e| refusal("The interfaces could not be read", &e))?
        .unwrap_or_default();
    let all = agreed(vm, joins(panel, vm.id)?)?;
    let ours = Ours::of(at.host, &svc.service_id, vm.id).await?;
    let now = sorted(&all, &nics, Some(wanted), &ours);
    let count = if second { now.second } else { Some(now.primary) };
    let Some(count) = count.filter(|count| count.missing > 0) else {
        return Err(all_assigned());
    };
    let primary = primary_nic(&nics).unwrap_or(0);
    let (nic, network) = if second {
        let network = wanted.second.and_then(|network| network.id);
        (second_nic(at, svc, &mut nics, wanted).await?, network)
    } else {
        (primary, primary_network(&all, primary, vm, wanted.primary.id))
    };
    let goal = Goal {
        nic,
        network,
        included: count.included > 0,
    };
    attach(at, svc, &goal).await
}

/// Releases one of the service's own addresses.
pub(crate) async fn release(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "release_address").await?;
    let id = input.sent("id").to_owned();
    let kept: Option<Parts<Shown>> = part::kept(&host, &service, PAGE).await?;
    let wanted = kept
        .and_then(|kept| kept.parts.addresses.into_iter().find(|a| a.id.to_string() == id))
        .ok_or_else(|| shown::not_shown("address"))?;
    let mut ready = part::begin(&host, &env, &input, &service, "release_address").await?;
    let done = released(&host, &mut ready, &service, &wanted).await;
    ready.svc.finish(&host, done).await?;
    let message = format!("The address {} is released.", wanted.address);
    Ok(json!({ "message": message }))
}

async fn released(host: &Host, ready: &mut Ready, service: &Service, wanted: &Address) -> Result<(), Failure> {
    let (place, seen, svc) = (&ready.place, &ready.seen, &mut ready.svc);
    let vm_id = place.vm_id;
    let listed = |panel: &Panel| {
        let all = panel
            .address_joins(vm_id)
            .map_err(|e| refusal("The addresses could not be read", &e))?;
        Ok::<_, Failure>(all.unwrap_or_default())
    };
    // As it is now, and as the server's user, who sees all of them.
    let all = listed(&place.panel)?;
    let nics = place
        .ask(seen, |panel| panel.nics(vm_id))
        .map_err(|e| refusal("The interfaces could not be read", &e))?
        .unwrap_or_default();
    let ours = Ours::of(host, &svc.service_id, vm_id).await?;
    let now = sorted(&all, &nics, Wanted::of(service).ok().as_ref(), &ours);
    let there = now
        .addresses
        .iter()
        .find(|a| a.id == wanted.id && a.address == wanted.address)
        .ok_or_else(|| shown::not_shown("address"))?;
    if there.group == Group::Other {
        return Err(not_ours());
    }
    if !there.releasable {
        return Err(last_one());
    }
    let what = format!("OnApp did not release the address {}", wanted.address);
    let done = place
        .change(host, svc, seen, &what, |panel| panel.release_address(vm_id, wanted.id))
        .await;
    // Its answer may be lost: the list is the last word either way.
    if let Err(failure) = done
        && (failure.class != Class::NetworkUnknown || listed(&place.panel)?.iter().any(|join| join.id == wanted.id))
    {
        return Err(failure);
    }
    let id = all
        .iter()
        .find(|join| join.id == wanted.id)
        .and_then(|join| join.address_id);
    let forgotten = ours.released(&svc.service_id, &wanted.address, id)?;
    svc.save(host, Row::new(), forgotten).await?;
    written(host, place, svc).await
}

/// Writes what the VM has now into the host's fields and the old module's table. What was asked for is done: where this fails,
/// the next cron does it.
async fn written(host: &Host, place: &Place, svc: &mut Claimed) -> Result<(), Failure> {
    let Err(failure) = write(host, place, svc).await else {
        return Ok(());
    };
    host.log("info", &failure.code, failure.to_string());
    let untold = Owed::untold(host, &svc.service_id);
    host.apply(vec![untold]).await.map(|_| ()) // A conflict: something is owed, which is looked at again as well.
}

async fn write(host: &Host, place: &Place, svc: &mut Claimed) -> Result<(), Failure> {
    let what = format!("OnApp could not be asked about VM {}", place.vm_id);
    let found = place.panel.vm(place.vm_id).map_err(|e| refusal(&what, &e))?;
    let vm = found.ok_or_else(gone)?;
    write_fields(host, &svc.service_id, &vm, ServiceFields::default()).await?;
    let ours = Ours::of(host, &svc.service_id, vm.id).await?;
    let in_old_table = ours.in_old_table(&svc.service_id, &vm, false);
    svc.save(host, Row::new(), in_old_table).await
}

fn all_assigned() -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "onapp.addresses_full",
        "The virtual machine has all addresses that were ordered.",
        "Nothing was changed.",
        "Order further ones first.",
    )
}

fn not_ours() -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "onapp.address_not_ours",
        "The address was not assigned by this product.",
        "Nothing was changed.",
        "Take it back in the control panel.",
    )
}

fn last_one() -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "onapp.address_last",
        "The address is the only one of the virtual machine's first interface.",
        "Nothing was changed.",
        "Assign another one first.",
    )
}
