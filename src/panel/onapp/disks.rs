//! Disks of a virtual machine (reference: onapp-api.md 6.5).

use serde_json::{Map, Value};

use super::PanelError;
use super::panel::{Change, Panel, wrapped};
use super::wire::Row;
use crate::http::Method;

/// A disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// The panel's id.
    pub id: u64,
    /// What people call it, if they do.
    pub label: Option<String>,
    /// Gigabytes.
    pub size: u64,
    /// The one that the machine starts from.
    pub primary: bool,
    /// It holds no data worth keeping and is never backed up.
    pub swap: bool,
    /// It was made.
    pub built: bool,
    /// A transaction works on it.
    pub locked: bool,
    /// The panel backs it up by itself.
    pub automatic_backups: bool,
}

impl Disk {
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        Ok(Self {
            id: row.needed_number("id")?,
            label: row.text("label")?,
            size: row.needed_number("disk_size")?,
            primary: row.flag("primary")?,
            swap: row.flag("is_swap")?,
            built: row.flag("built")?,
            locked: row.flag("locked")?,
            automatic_backups: row.flag("has_autobackups")?,
        })
    }
}

impl Panel {
    /// The disks of a machine; none when the panel says that the machine is not there.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn disks(&self, vm_id: u64) -> Result<Option<Vec<Disk>>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/disks.json");
        self.whole_of(&path, "disks.read", "disk", Disk::read)
    }

    /// Lets a disk grow to so many gigabytes. A running machine is restarted for it; no disk ever shrinks.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs; words under `disk_size` when it would shrink or
    /// the user's plan does not allow it.
    pub fn resize_disk(&self, disk_id: u64, gigabytes: u64) -> Result<(), PanelError> {
        let path = format!("/settings/disks/{disk_id}.json");
        let mut change = Change::action(&path, "disks.update");
        change.method = Method::Put;
        change.body = Some(wrapped(
            "disk",
            Map::from_iter([("disk_size".to_owned(), Value::from(gigabytes))]),
        ));
        self.change(change).map(drop)
    }

    /// Has the panel back up a disk by itself, or stops that. Both may be said again.
    ///
    /// # Errors
    /// Any [`PanelError`].
    pub fn set_automatic_backups(&self, disk_id: u64, on: bool) -> Result<(), PanelError> {
        let verb = if on { "autobackup_enable" } else { "autobackup_disable" };
        let path = format!("/settings/disks/{disk_id}/{verb}.json");
        self.change(Change::action(&path, "disks.autobackup")).map(drop)
    }
}
