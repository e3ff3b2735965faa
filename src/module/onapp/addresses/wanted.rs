//! How many addresses are ordered in which network, and how many of them a VM has. Pure; calls nothing.

use super::ours::same;
use crate::host::{Failure, Service};
use crate::module::onapp::product::options::ProductOptions;
use crate::module::onapp::product::ordered::Ordered;
use crate::panel::onapp::{AddressJoin, Nic, Vm};

/// What is ordered in one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    /// The network; none leaves the choice to the panel.
    pub(crate) id: Option<u64>,
    /// Addresses in all.
    pub(crate) ordered: u64,
    /// Those of them that the product includes.
    pub(crate) included: u64,
}

/// What is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// In the network of the VM's first interface.
    pub(crate) primary: Network,
    /// In a second network, on an interface of its own.
    pub(crate) second: Option<Network>,
    /// Mbps of that interface; 0 is unlimited.
    pub(crate) port_speed: u64,
    /// The zone of hypervisors that the product names. Where the VM is, it says itself.
    pub(crate) zone: Option<u64>,
}

impl Wanted {
    /// What a service's product and options ask for, whichever template was built.
    ///
    /// # Errors
    /// `onapp.product_option`, `onapp.option_order`.
    pub(crate) fn of(service: &Service) -> Result<Self, Failure> {
        let product = ProductOptions::read(&service.product.options)?;
        let (addresses, second) = Ordered::networks(&product, &service.options)?;
        let included = product.secondary.as_ref().map_or(0, |second| second.addresses);
        Ok(Self {
            primary: Network {
                id: product.network,
                ordered: addresses,
                included: product.addresses,
            },
            port_speed: second.as_ref().map_or(0, |second| second.port_speed),
            second: second.map(|second| Network {
                id: Some(second.network),
                ordered: second.addresses,
                included,
            }),
            zone: product.hypervisor_zone,
        })
    }

    /// True when the VM itself says that nothing is missing, so that nothing more needs to be asked: one interface has all
    /// that it has.
    pub(crate) fn is_met_by(&self, vm: &Vm, nics: &[Nic]) -> bool {
        let there = vm.addresses().len();
        nics.len() < 2 && self.second.is_none() && self.primary.missing(there) == 0
    }
}

/// The first interface; none where the panel does not say readably which of several it is.
pub(crate) fn primary_nic(nics: &[Nic]) -> Option<u64> {
    let told = nics.iter().find(|nic| nic.primary);
    let unclear = nics.len() > 1 && nics.iter().any(|nic| nic.is_unread("primary"));
    told.or(nics.first().filter(|_| !unclear)).map(|nic| nic.id)
}

/// The addresses on the first interface.
pub(crate) fn of_primary(joins: &[AddressJoin], primary: u64) -> impl Iterator<Item = &AddressJoin> {
    joins
        .iter()
        .filter(move |join| join.nic_id.is_none_or(|nic| nic == primary))
}

/// The network of the first interface: its addresses tell it, whatever the product names since. Without one the product's.
pub(crate) fn primary_network(joins: &[AddressJoin], primary: u64, vm: &Vm, product: Option<u64>) -> Option<u64> {
    let by_vm = |join: &AddressJoin| {
        let found = vm.ip_addresses.iter().find(|ip| same(&ip.address, &join.address));
        found.and_then(|ip| ip.network_id)
    };
    of_primary(joins, primary)
        .find_map(|join| join.network_id.or_else(|| by_vm(join)))
        .or(product)
}

/// The addresses in the second network.
pub(crate) fn of_second(joins: &[AddressJoin], primary: u64, id: Option<u64>) -> impl Iterator<Item = &AddressJoin> {
    joins.iter().filter(move |join| {
        join.nic_id.is_some_and(|nic| nic != primary) && (join.network_id.is_none() || join.network_id == id)
    })
}

impl Network {
    /// How many are missing where so many are there.
    pub(crate) fn missing(&self, there: usize) -> u64 {
        self.ordered.saturating_sub(u64::try_from(there).unwrap_or(u64::MAX))
    }
}
