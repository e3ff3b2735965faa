//! What Change Package would do to a VM: what is ordered against what is there, the requests that follow, and what is
//! refused (decision 18). Pure; asks nothing.
//!
//! Memory, CPUs and shares go first, because a plan's limits refuse those most; the disk goes last, because no disk ever
//! shrinks again. Addresses that are missing are attached by `onapp.settle`; those that are too many stay.

use crate::host::{Class, Failure};
use crate::module::onapp::addresses::primary_nic;
use crate::module::onapp::product::ordered::{ANY_TEMPLATE, Ordered};
use crate::panel::onapp::{AddressJoin, Disk, Nic, Panel, PanelError, Vm, VmSize};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// The code of a plan that could not be made, because the panel does not tell what is there.
pub(crate) const UNREAD: &str = "onapp.change_unread";

/// What a package is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Memory,
    Cpus,
    CpuShares,
    PortSpeed,
    Disk,
    Addresses,
    /// Addresses in the second network.
    Secondary,
    /// The port speed of the interface in the second network.
    SecondaryPortSpeed,
    Template,
}

impl Resource {
    /// As a report names it.
    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory_mb",
            Self::Cpus => "cpus",
            Self::CpuShares => "cpu_shares",
            Self::PortSpeed => "port_speed",
            Self::Disk => "disk_gb",
            Self::Addresses => "addresses",
            Self::Secondary => "secondary_addresses",
            Self::SecondaryPortSpeed => "secondary_port_speed",
            Self::Template => "template",
        }
    }

    /// As a sentence for staff names it, and its unit.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Memory => ("memory", " MB"),
            Self::Cpus => ("CPU cores", ""),
            Self::CpuShares => ("CPU priority", " %"),
            Self::PortSpeed => ("port speed", " Mbit/s"),
            Self::Disk => ("disk", " GB"),
            Self::Addresses => ("addresses", ""),
            Self::Secondary => ("addresses in the second network", ""),
            Self::SecondaryPortSpeed => ("port speed in the second network", " Mbit/s"),
            Self::Template => ("template", ""),
        }
    }

    /// A value with its unit, as it is shown.
    pub(crate) fn show(self, value: u64) -> String {
        match (self, value) {
            (Self::PortSpeed | Self::SecondaryPortSpeed, 0) => "unlimited".to_owned(),
            (Self::Template, id) => format!("template {id}"),
            (_, value) => format!("{value}{}", self.words().1),
        }
    }
}

/// What becomes of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As ordered.
    Same,
    /// It is changed; the VM restarts for it or not.
    Changes { restarts: bool },
    /// It is attached by `onapp.settle`.
    Follows,
    /// There are more than ordered; they stay.
    Stays,
    /// It is never changed by itself.
    Refused,
    /// The panel did not tell what is there.
    Unread,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changes { .. } => "changes",
            Self::Follows => "follows",
            Self::Stays => "stays",
            Self::Refused => "refused",
            Self::Unread => "unread",
        }
    }
}

/// One resource of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) resource: Resource,
    pub(crate) ordered: u64,
    pub(crate) actual: Option<u64>,
    pub(crate) verdict: Verdict,
}

/// One request to the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `restart` permits the panel to bring the VM down for it.
    Size {
        size: VmSize,
        restart: bool,
    },
    PortSpeed {
        nic: u64,
        mbps: u64,
    },
    Disk {
        disk: u64,
        gb: u64,
    },
}

impl Step {
    /// Names the request with what it asks for: the same request again has the same key.
    pub(crate) fn key(&self) -> String {
        let text = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
        match self {
            Self::Size { size, .. } => format!(
                "size {},{},{}",
                text(size.memory),
                text(size.cpus),
                text(size.cpu_shares)
            ),
            Self::PortSpeed { nic, mbps } => format!("speed {nic},{mbps}"),
            Self::Disk { disk, gb } => format!("disk {disk},{gb}"),
        }
    }

    /// What is changed, after "OnApp did not change".
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Size { .. } => "memory and CPUs",
            Self::PortSpeed { .. } => "the port speed",
            Self::Disk { .. } => "the disk",
        }
    }

    /// Sends the request.
    pub(crate) fn ask(&self, panel: &Panel, vm_id: u64) -> Result<(), PanelError> {
        match self {
            Self::Size { size, restart } => panel.resize_vm(vm_id, size, *restart),
            Self::PortSpeed { nic, mbps } => panel.set_port_speed(vm_id, *nic, *mbps),
            Self::Disk { disk, gb } => panel.resize_disk(*disk, *gb),
        }
    }
}

/// What is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actual {
    template: Option<u64>,
    memory: Option<u64>,
    cpus: Option<u64>,
    cpu_shares: Option<u64>,
    /// It runs and cannot be resized meanwhile.
    cold: bool,
    booted: bool,
    /// The first interface with its speed; 0 is unlimited.
    nic: Option<(u64, u64)>,
    /// The one in the second network, if there is one, with its speed, if that can be read.
    second: Option<(u64, Option<u64>)>,
    /// The primary disk with its size.
    disk: Option<(u64, u64)>,
    /// None: nobody can say which of them are on the first interface.
    addresses: Option<Vec<Address>>,
}

/// Where an address is.
#[derive(Clone, Copy, Debug)]
struct Address {
    on_first: bool,
    network: Option<u64>,
}

/// The addresses of a machine, which says itself what it has where one interface has them all. With several, an assignment
/// tells its interface: what staff attached elsewhere stands for nothing that was ordered.
pub(crate) fn assignments<E>(
    nics: &[Nic],
    read: impl FnOnce() -> Result<Vec<AddressJoin>, E>,
) -> Result<Option<Vec<AddressJoin>>, E> {
    (nics.len() > 1).then(read).transpose()
}

fn addresses_of(vm: &Vm, nics: &[Nic], joins: Option<&[AddressJoin]>) -> Option<Vec<Address>> {
    let Some(joins) = joins else {
        vm.told_addresses()?;
        let all = vm.ip_addresses.iter().map(|ip| Address {
            on_first: true,
            network: ip.network_id,
        });
        return Some(all.collect());
    };
    let first = primary_nic(nics)?;
    let all = joins.iter().map(|join| Address {
        on_first: join.nic_id.is_none_or(|nic| nic == first),
        network: join.network_id,
    });
    Some(all.collect())
}

impl Actual {
    /// `joins`: see [`assignments`]. `second`: the interface in the second network that is ordered.
    pub(crate) fn new(
        vm: &Vm,
        nics: &[Nic],
        disks: &[Disk],
        joins: Option<&[AddressJoin]>,
        second: Option<&Nic>,
    ) -> Self {
        let speed = |nic: &Nic| (!nic.is_unread("rate_limit")).then_some(nic.rate_limit.unwrap_or(0));
        let first = nics.iter().find(|nic| nic.primary).or(match nics {
            [only] => Some(only),
            _ => None,
        });
        let disk = disks.iter().find(|disk| disk.primary && !disk.swap);
        Self {
            template: vm.template_id,
            memory: vm.memory,
            cpus: vm.cpus,
            cpu_shares: vm.cpu_shares,
            cold: vm.booted && !vm.resizes_without_restart,
            booted: vm.booted,
            nic: first.and_then(|nic| Some((nic.id, speed(nic)?))),
            second: second.map(|nic| (nic.id, speed(nic))),
            disk: disk.map(|disk| (disk.id, disk.size)),
            addresses: addresses_of(vm, nics, joins),
        }
    }
}

/// The whole plan.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) lines: Vec<Line>,
    /// The requests, in their order.
    pub(crate) steps: Vec<Step>,
}

impl Plan {
    /// Compares, and plans the requests.
    pub(crate) fn of(ordered: &Ordered, actual: &Actual) -> Self {
        let changed = |resource, ordered: u64, actual: Option<u64>, restarts| Line {
            resource,
            ordered,
            actual,
            verdict: match actual {
                None => Verdict::Unread,
                Some(actual) if actual == ordered => Verdict::Same,
                Some(_) => Verdict::Changes { restarts },
            },
        };
        let speed = actual.nic.map(|(_, speed)| speed);
        let mut disk = changed(
            Resource::Disk,
            ordered.disk_gb,
            actual.disk.map(|(_, gb)| gb),
            actual.booted,
        );
        if disk.actual.is_some_and(|gb| gb > ordered.disk_gb) {
            disk.verdict = Verdict::Refused;
        }
        let mut lines = vec![
            changed(Resource::Memory, ordered.memory_mb, actual.memory, actual.cold),
            changed(Resource::Cpus, ordered.cpus, actual.cpus, actual.cold),
            changed(Resource::CpuShares, ordered.cpu_shares, actual.cpu_shares, actual.cold),
            changed(Resource::PortSpeed, ordered.port_speed, speed, false),
            disk,
        ];
        lines.extend(addresses(ordered, actual));
        lines.extend(ordered.secondary.as_ref().map(|second| match actual.second {
            Some((_, speed)) => changed(Resource::SecondaryPortSpeed, second.port_speed, speed, false),
            None => Line {
                resource: Resource::SecondaryPortSpeed,
                ordered: second.port_speed,
                actual: None,
                verdict: Verdict::Follows,
            },
        }));
        lines.extend(actual.template.map(|template| {
            let is_ordered = ordered.template_id == ANY_TEMPLATE
                || ordered.template_id == template
                || ordered.other_templates.contains(&template);
            let (ordered, verdict) = match is_ordered {
                true => (template, Verdict::Same),
                false => (ordered.template_id, Verdict::Refused),
            };
            Line {
                resource: Resource::Template,
                ordered,
                actual: Some(template),
                verdict,
            }
        }));
        let steps = steps(&lines, actual);
        Self { lines, steps }
    }

    /// Whether addresses, or the interface in the second network, are to be attached, as far as one can see.
    pub(crate) fn lacks_addresses(&self) -> bool {
        self.lines.iter().any(|line| match line.resource {
            Resource::Addresses | Resource::Secondary => matches!(line.verdict, Verdict::Follows | Verdict::Unread),
            _ => line.verdict == Verdict::Follows,
        })
    }

    /// The refusal of the whole plan, with the safe way; none where all of it can be done.
    pub(crate) fn refusal(&self) -> Option<Failure> {
        let (mut code, mut told, mut next) = (None, Vec::new(), Vec::new());
        for line in &self.lines {
            let actual = line.resource.show(line.actual.unwrap_or(0));
            let ordered = line.resource.show(line.ordered);
            match (line.verdict, line.resource) {
                (Verdict::Refused, Resource::Disk) => {
                    code.get_or_insert("onapp.disk_smaller");
                    told.push(format!(
                        "The disk has {actual} and {ordered} are ordered: no disk is made smaller, since that destroys what \
                         is on it."
                    ));
                    next.push(format!(
                        "Order {actual} or more. For a smaller disk, order a new machine with it, move the data there, and end \
                         this one."
                    ));
                }
                (Verdict::Refused, _) => {
                    code.get_or_insert("onapp.other_template");
                    told.push(format!(
                        "The VM is built from {actual} and {ordered} is ordered: to build from another one destroys all that \
                         is on the disk."
                    ));
                    next.push(format!(
                        "Order {actual} again; or take a backup, tell the client, press Install anew, and then Change Package."
                    ));
                }
                (
                    Verdict::Unread,
                    Resource::Memory
                    | Resource::Cpus
                    | Resource::PortSpeed
                    | Resource::SecondaryPortSpeed
                    | Resource::Disk,
                ) => {
                    code.get_or_insert(UNREAD);
                    told.push(format!("OnApp does not tell the VM's {}.", line.resource.words().0));
                    next.push("Look at the VM in the control panel.".to_owned());
                }
                _ => {}
            }
        }
        let code = code?;
        Some(Failure::new(
            Class::ConfigRefused,
            code,
            told.join(" "),
            "Nothing of the new package was applied to the VM.",
            next.join(" "),
        ))
    }

    /// What is changed and what follows, for staff; empty where all is as ordered.
    pub(crate) fn sentence(&self) -> String {
        let said = self.lines.iter().filter_map(|line| {
            let (name, _) = line.resource.words();
            let (from, to) = (
                line.resource.show(line.actual.unwrap_or(0)),
                line.resource.show(line.ordered),
            );
            match line.verdict {
                Verdict::Changes { restarts: true } => Some(format!("{name} from {from} to {to} with a restart")),
                Verdict::Changes { restarts: false } => Some(format!("{name} from {from} to {to}")),
                Verdict::Follows if line.resource == Resource::SecondaryPortSpeed => Some(format!(
                    "an interface in the second network with the port speed {to}, attached by the next cron"
                )),
                Verdict::Follows => Some(format!("{name} from {from} to {to}, attached by the next cron")),
                Verdict::Stays => Some(format!("{name} stay {from} although {to} are ordered")),
                Verdict::Unread if matches!(line.resource, Resource::Addresses | Resource::Secondary) => Some(format!(
                    "{name} are looked at by the next cron, because OnApp does not tell them now"
                )),
                Verdict::Same | Verdict::Refused | Verdict::Unread => None,
            }
        });
        said.collect::<Vec<_>>().join("; ")
    }

    /// As a report shows it.
    pub(crate) fn report(&self) -> Value {
        let lines = self.lines.iter().map(|line| {
            json!({ "resource": line.resource.name(), "ordered": line.ordered, "actual": line.actual,
                    "verdict": line.verdict.name(),
                    "restarts": line.verdict == Verdict::Changes { restarts: true } })
        });
        Value::Array(lines.collect())
    }
}

/// The addresses of both networks, counted as `crate::module::onapp::addresses` does that attaches them.
fn addresses(ordered: &Ordered, actual: &Actual) -> Vec<Line> {
    let count = |is: &dyn Fn(&Address) -> bool| {
        let found = actual.addresses.as_ref()?.iter().filter(|address| is(address)).count();
        Some(u64::try_from(found).unwrap_or(u64::MAX))
    };
    let line = |resource, ordered: u64, actual: Option<u64>| Line {
        resource,
        ordered,
        actual,
        verdict: match actual.map(|actual| actual.cmp(&ordered)) {
            None => Verdict::Unread,
            Some(Ordering::Less) => Verdict::Follows,
            Some(Ordering::Equal) => Verdict::Same,
            Some(Ordering::Greater) => Verdict::Stays,
        },
    };
    let first = count(&|address| address.on_first);
    let mut lines = vec![line(Resource::Addresses, ordered.addresses, first)];
    lines.extend(ordered.secondary.as_ref().map(|second| {
        let leads = |network: Option<u64>| network.is_none_or(|network| network == second.network);
        let there = count(&|address| !address.on_first && leads(address.network));
        line(Resource::Secondary, second.addresses, there)
    }));
    lines
}

/// One request each for what is changed together.
fn steps(lines: &[Line], actual: &Actual) -> Vec<Step> {
    let changed = |resource| {
        let line = lines.iter().find(|line| line.resource == resource);
        line.filter(|line| matches!(line.verdict, Verdict::Changes { .. }))
            .map(|line| line.ordered)
    };
    let size = VmSize {
        memory: changed(Resource::Memory),
        cpus: changed(Resource::Cpus),
        cpu_shares: changed(Resource::CpuShares),
    };
    let mut steps = Vec::new();
    if size != VmSize::default() {
        steps.push(Step::Size {
            size,
            restart: actual.cold,
        });
    }
    let nic = actual.nic.map(|(nic, _)| nic);
    let second = actual.second.map(|(nic, _)| nic);
    for (nic, resource) in [(nic, Resource::PortSpeed), (second, Resource::SecondaryPortSpeed)] {
        steps.extend(
            nic.zip(changed(resource))
                .map(|(nic, mbps)| Step::PortSpeed { nic, mbps }),
        );
    }
    let disk = actual.disk.map(|(disk, _)| disk);
    steps.extend(
        disk.zip(changed(Resource::Disk))
            .map(|(disk, gb)| Step::Disk { disk, gb }),
    );
    steps
}
