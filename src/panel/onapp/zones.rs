//! Where machines can live: hypervisors, zones, networks and what joins them (reference: onapp-api.md 6.2 and 6.3).

use super::PanelError;
use super::lists::Named;
use super::panel::Panel;
use super::wire::Row;

/// A hypervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypervisor {
    /// The panel's id.
    pub id: u64,
    /// What people call it.
    pub label: String,
    /// Its zone; one without builds nothing by itself.
    pub zone_id: Option<u64>,
    /// It answers and takes machines.
    pub online: bool,
}

impl Hypervisor {
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        Ok(Self {
            id: row.needed_number("id")?,
            label: row.text_or_empty("label")?,
            zone_id: row.number("hypervisor_group_id")?,
            online: row.flag("online")? && row.flag_if_there("enabled")?.unwrap_or(true),
        })
    }
}

/// A network that all hypervisors of a zone have, or one hypervisor alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkJoin {
    /// The panel's id, which a new interface names.
    pub id: u64,
    /// The network.
    pub network_id: u64,
}

impl NetworkJoin {
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        Ok(Self {
            id: row.needed_number("id")?,
            network_id: row.needed_number("network_id")?,
        })
    }
}

/// A zone, unless it is one of other servers than virtual ones.
fn virtual_zone(row: &Row<'_>) -> Result<Option<Named>, PanelError> {
    let of_others = row.text("server_type")?.is_some_and(|kind| kind != "virtual");
    if of_others {
        return Ok(None);
    }
    Named::read(row).map(Some)
}

impl Panel {
    /// All hypervisors.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn hypervisors(&self) -> Result<Vec<Hypervisor>, PanelError> {
        self.whole(
            "/settings/hypervisors.json",
            "hypervisors.read",
            "hypervisor",
            Hypervisor::read,
        )
    }

    /// The zones of hypervisors that carry virtual machines.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn hypervisor_zones(&self) -> Result<Vec<Named>, PanelError> {
        let path = "/settings/hypervisor_zones.json";
        let zones = self.whole(path, "hypervisor_zones.list", "hypervisor_group", virtual_zone)?;
        Ok(zones.into_iter().flatten().collect())
    }

    /// The zones of data stores for virtual machines.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn data_store_zones(&self) -> Result<Vec<Named>, PanelError> {
        let path = self.known_version().data_store_zones();
        let zones = self.whole(path, "data_store_zones.list", "data_store_group", virtual_zone)?;
        Ok(zones.into_iter().flatten().collect())
    }

    /// All networks.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn networks(&self) -> Result<Vec<Named>, PanelError> {
        self.whole("/settings/networks.json", "networks.read", "network", Named::read)
    }

    /// The networks that every hypervisor of a zone has.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when there is no such zone.
    pub fn zone_network_joins(&self, zone_id: u64) -> Result<Vec<NetworkJoin>, PanelError> {
        let path = format!("/settings/hypervisor_zones/{zone_id}/network_joins.json");
        self.whole(&path, "hypervisor_zones.read", "network_join", NetworkJoin::read)
    }

    /// The networks that one hypervisor has beside those of its zone.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when there is no such hypervisor.
    pub fn hypervisor_network_joins(&self, hypervisor_id: u64) -> Result<Vec<NetworkJoin>, PanelError> {
        let path = format!("/settings/hypervisors/{hypervisor_id}/network_joins.json");
        self.whole(&path, "hypervisors.read", "network_join", NetworkJoin::read)
    }
}
