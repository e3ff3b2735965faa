//! IP addresses of a machine's interfaces, and those that it could get (reference: onapp-api.md 1.7 and 6.3).
//!
//! Two that ask for the same address at once do not both get it: the panel refuses the second. A machine knows a new address
//! after [`Panel::rebuild_network`].

use serde_json::Map;

use super::PanelError;
use super::machines::{Vm, address};
use super::panel::{Change, Panel, put, wrapped};
use super::wire::{self, Row};
use crate::http::Method;

/// An address that an interface has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressJoin {
    /// The panel's id of the assignment, which a release names.
    pub id: u64,
    /// The interface.
    pub nic_id: Option<u64>,
    /// The panel's id of the address; derived ones (5.4 and later) may have none.
    pub address_id: Option<u64>,
    /// The address.
    pub address: String,
    /// `255.255.252.0`, or `/22` where the panel tells the length alone.
    pub netmask: Option<String>,
    /// The way out.
    pub gateway: Option<String>,
    /// The network that it belongs to.
    pub network_id: Option<u64>,
}

impl AddressJoin {
    fn read(row: Row<'_>) -> Result<Self, PanelError> {
        let (id, nic_id) = (row.needed_number("id")?, row.number("network_interface_id")?);
        let address_id = row.number("ip_address_id")?;
        // Wrapped once or twice, or with the address right in the row.
        let inner = row.nested("ip_address")?;
        let prefix = inner.number("prefix")?.map(|length| format!("/{length}"));
        Ok(Self {
            id,
            nic_id,
            address_id,
            address: address(&inner)?,
            netmask: inner.text("netmask")?.or(prefix),
            gateway: inner.text("gateway")?,
            network_id: inner.number("network_id")?,
        })
    }
}

/// An address that nobody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeAddress {
    /// The panel's id; derived ones (5.4 and later) may have none, and are not asked for by it.
    pub id: Option<u64>,
    /// The address.
    pub address: String,
}

impl Panel {
    /// The addresses of a machine; none when the panel says that the machine is not there.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn address_joins(&self, vm_id: u64) -> Result<Option<Vec<AddressJoin>>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/ip_addresses.json");
        let Some(answer) = self.find(&path, "ip_address_joins.read")? else {
            return Ok(None);
        };
        let rows: Result<Vec<AddressJoin>, PanelError> = wire::list(&answer, "ip_address_join")?
            .into_iter()
            .map(AddressJoin::read)
            .collect();
        rows.map(Some)
    }

    /// The addresses of a network that an interface of the machine could get now, those kept for other users left out. The
    /// list is as long as the network; it is old as soon as it is read.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when machine, interface or network are not there.
    pub fn free_addresses(&self, vm: &Vm, nic_id: u64, network_id: u64) -> Result<Vec<FreeAddress>, PanelError> {
        let (path, query): (String, &[(&str, &str)]) = if self.known_version().has_ip_nets() {
            let path = format!(
                "/virtual_machines/{}/network_interfaces/{nic_id}/ip_addresses.json",
                vm.id
            );
            (path, &[("used_ip", "no"), ("show_only_user_ips", "0")])
        } else {
            (format!("/settings/networks/{network_id}/ip_addresses.json"), &[])
        };
        let answer = self.get(&path, query, "ip_addresses.read")?;
        let mut found = Vec::new();
        for row in wire::list(&answer, "ip_address")? {
            let free = row.flag_if_there("free")?.unwrap_or(true);
            let others = row.number("user_id")?.is_some_and(|user| Some(user) != vm.user_id);
            let unfit = row.flag("disallowed_primary")? && vm.ip_addresses.is_empty();
            let address = address(&row)?;
            if free && !others && !unfit && !address.is_empty() {
                let id = row.number("id")?;
                found.push(FreeAddress { id, address });
            }
        }
        Ok(found)
    }

    /// Gives an interface an address; without one the panel takes the next that is free.
    ///
    /// # Errors
    /// `onapp.address` when a release that names addresses by their id is given one without, nothing sent. Any
    /// [`PanelError`]; a refusal when somebody else got the address meanwhile, or none is left. When [`PanelError::sent`] is
    /// not `No`, look for it among [`Panel::address_joins`] before trying again.
    pub fn assign_address(
        &self,
        vm_id: u64,
        nic_id: u64,
        address: Option<&FreeAddress>,
    ) -> Result<Option<AddressJoin>, PanelError> {
        let mut fields = Map::new();
        put(&mut fields, "network_interface_id", Some(nic_id));
        let root = if self.known_version().has_ip_nets() {
            put(&mut fields, "address", address.map(|a| a.address.as_str()));
            "ip_address"
        } else {
            let id = address.and_then(|address| address.id);
            // Without its id the panel would take another one.
            if address.is_some() && id.is_none() {
                let host = self.client().host();
                let told = "this release assigns an address by its id, which is not known; nothing was sent";
                return Err(PanelError::config("onapp.address", host, told));
            }
            put(&mut fields, "ip_address_id", id);
            "ip_address_join"
        };
        let path = format!("/virtual_machines/{vm_id}/ip_addresses.json");
        let mut change = Change::action(&path, "ip_address_joins.create");
        change.body = Some(wrapped(root, fields));
        let answer = self.change(change)?;
        let join = wire::object(&answer, "ip_address_join").and_then(AddressJoin::read);
        Ok(join.ok())
    }

    /// Takes an address away from a machine.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when the machine does not have it.
    pub fn release_address(&self, vm_id: u64, join_id: u64) -> Result<(), PanelError> {
        let path = format!("/virtual_machines/{vm_id}/ip_addresses/{join_id}.json");
        let mut change = Change::action(&path, "ip_address_joins.delete");
        change.method = Method::Delete;
        self.change(change).map(drop)
    }
}
