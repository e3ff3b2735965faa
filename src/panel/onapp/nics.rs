//! Network interfaces of a virtual machine (reference: onapp-api.md 6.4).

use serde_json::Map;

use super::PanelError;
use super::panel::{Change, Panel, put, wrapped};
use super::wire::{self, Row};
use crate::http::Method;

/// More interfaces than this no machine has (hypervisors stop far below): a longer list is nonsense.
const MAX_NICS: usize = 256;

/// A network interface of a virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nic {
    /// The panel's id.
    pub id: u64,
    /// `eth0`.
    pub label: String,
    /// The first one.
    pub primary: bool,
    /// Mbit/s; 0 and none are unlimited.
    pub rate_limit: Option<u64>,
    /// The join that leads to its network.
    pub network_join_id: Option<u64>,
    /// The hardware address.
    pub mac_address: Option<String>,
    /// What happens to traffic that no firewall rule speaks of: `ACCEPT` or `DROP`.
    pub default_firewall_rule: Option<String>,
}

impl Nic {
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        Ok(Self {
            id: row.needed_number("id")?,
            label: row.text_or_empty("label")?,
            primary: row.flag("primary")?,
            rate_limit: row.number("rate_limit")?,
            network_join_id: row.number("network_join_id")?,
            mac_address: row.text("mac_address")?,
            default_firewall_rule: row.text("default_firewall_rule")?,
        })
    }
}

impl Panel {
    /// The network interfaces of a machine, each once; none when the panel says that the machine is not there.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn nics(&self, vm_id: u64) -> Result<Option<Vec<Nic>>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/network_interfaces.json");
        let Some(answer) = self.find(&path, "network_interfaces.read")? else {
            return Ok(None);
        };
        let rows = wire::list(&answer, "network_interface")?;
        if rows.len() > MAX_NICS {
            return Err(answer.unexpected(format!("with more than {MAX_NICS} interfaces of one machine")));
        }
        let nics: Result<Vec<Nic>, PanelError> = rows.iter().map(Nic::read).collect();
        let mut seen = std::collections::HashSet::new();
        nics.map(|all| Some(all.into_iter().filter(|nic| seen.insert(nic.id)).collect()))
    }

    /// Adds an interface; see [`Panel::zone_network_joins`] for the joins that can lead to a network.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs. When [`PanelError::sent`] is not `No`, look for the
    /// label among the interfaces before trying again.
    pub fn add_nic(
        &self,
        vm_id: u64,
        label: &str,
        network_join_id: u64,
        rate_limit: Option<u64>,
    ) -> Result<Option<Nic>, PanelError> {
        let mut fields = Map::new();
        put(&mut fields, "label", Some(label));
        put(&mut fields, "network_join_id", Some(network_join_id));
        put(&mut fields, "rate_limit", rate_limit);
        let path = format!("/virtual_machines/{vm_id}/network_interfaces.json");
        let mut change = Change::action(&path, "network_interfaces.create");
        change.body = Some(wrapped("network_interface", fields));
        let answer = self.change(change)?;
        Ok(wire::shown(&answer, "network_interface", Nic::read))
    }

    /// Sets the port speed, Mbit/s; 0 is unlimited.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs; words under `rate_limit` when the user's plan does
    /// not allow it.
    pub fn set_port_speed(&self, vm_id: u64, nic_id: u64, rate_limit: u64) -> Result<(), PanelError> {
        let path = format!("/virtual_machines/{vm_id}/network_interfaces/{nic_id}.json");
        let mut change = Change::action(&path, "network_interfaces.update");
        change.method = Method::Put;
        change.body = Some(wrapped(
            "network_interface",
            Map::from_iter([("rate_limit".to_owned(), rate_limit.into())]),
        ));
        self.change(change).map(drop)
    }
}
