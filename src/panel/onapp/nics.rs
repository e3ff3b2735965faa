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
    /// The first one, as far as the panel tells it readably.
    pub primary: bool,
    /// Mbit/s; 0 and none are unlimited.
    pub rate_limit: Option<u64>,
    /// The join that leads to its network.
    pub network_join_id: Option<u64>,
    /// The hardware address.
    pub mac_address: Option<String>,
    /// What happens to traffic that no firewall rule speaks of: `ACCEPT` or `DROP`.
    pub default_firewall_rule: Option<String>,
    /// Fields that the panel told and that could not be read, by their names. They stand above as if they were not told; see
    /// [`Nic::is_unread`].
    pub unread: Vec<&'static str>,
}

impl Nic {
    /// By its id an interface is metered: that alone must be readable. What cannot be read of the rest is marked, so that
    /// nothing is decided by it.
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        let mut unread = Vec::new();
        let nic = Self {
            id: row.needed_number("id")?,
            label: or_unread(&mut unread, "label", |key| row.text_or_empty(key)),
            primary: or_unread(&mut unread, "primary", |key| row.flag(key)),
            rate_limit: or_unread(&mut unread, "rate_limit", |key| row.number(key)),
            network_join_id: or_unread(&mut unread, "network_join_id", |key| row.number(key)),
            mac_address: or_unread(&mut unread, "mac_address", |key| row.text(key)),
            default_firewall_rule: or_unread(&mut unread, "default_firewall_rule", |key| row.text(key)),
            unread: Vec::new(),
        };
        Ok(Self { unread, ..nic })
    }

    /// True when the panel told a field of this name that could not be read: its value here is none of the panel's, and
    /// whoever decides by it must not.
    pub fn is_unread(&self, field: &str) -> bool {
        self.unread.contains(&field)
    }
}

/// A field's value, or nothing and its name on the list.
fn or_unread<T: Default>(
    unread: &mut Vec<&'static str>,
    key: &'static str,
    read: impl Fn(&str) -> Result<T, PanelError>,
) -> T {
    read(key).unwrap_or_else(|_| {
        unread.push(key);
        T::default()
    })
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
