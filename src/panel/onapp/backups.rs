//! Backups of a virtual machine (reference: onapp-api.md 6.6).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::PanelError;
use super::panel::{Change, Panel, put, wrapped};
use super::wire::{self, Row};
use crate::http::Method;

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The panel's id.
    pub id: u64,
    /// The disk that it is of; none for an incremental one of the whole machine.
    pub disk_id: Option<u64>,
    /// `normal`, `incremental`, `days-autobackup`, ...
    pub kind: String,
    /// Kilobytes, as the panel counts them; meaningless before it is built.
    pub size_kb: Option<u64>,
    /// It is there and can be restored.
    pub built: bool,
    /// A transaction works on it.
    pub locked: bool,
    /// What was written beside it.
    pub note: Option<String>,
    /// When it was asked for.
    pub created_at: Option<DateTime<Utc>>,
}

impl Backup {
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        Ok(Self {
            id: row.needed_number("id")?,
            disk_id: row.number("disk_id")?,
            kind: row.text_or_empty("backup_type")?,
            size_kb: row.number("backup_size")?,
            built: row.flag("built")?,
            locked: row.flag("locked")?,
            note: row.text("note")?,
            created_at: row.moment("created_at")?,
        })
    }
}

impl Panel {
    /// All backups of a machine and its disks; none when the panel says that the machine is not there.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn backups(&self, vm_id: u64) -> Result<Option<Vec<Backup>>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/backups.json");
        self.whole_of(&path, "backups.read", "backup", Backup::read)
    }

    /// Takes a backup of one disk. A panel that is set to incremental backups refuses it:
    /// see [`Panel::take_vm_backup`]. The backup is listed at once and can be restored when it is built.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs. When [`PanelError::sent`] is not `No`, look for
    /// the note among the backups before trying again.
    pub fn take_disk_backup(&self, disk_id: u64, note: Option<&str>) -> Result<Option<Backup>, PanelError> {
        self.take_backup(&format!("/settings/disks/{disk_id}/backups.json"), note)
    }

    /// Takes an incremental backup of the whole machine, which only a panel that is set to such backups does.
    ///
    /// # Errors
    /// Those of [`Panel::take_disk_backup`].
    pub fn take_vm_backup(&self, vm_id: u64, note: Option<&str>) -> Result<Option<Backup>, PanelError> {
        self.take_backup(&format!("/virtual_machines/{vm_id}/backups.json"), note)
    }

    fn take_backup(&self, path: &str, note: Option<&str>) -> Result<Option<Backup>, PanelError> {
        let mut fields: Map<String, Value> = Map::new();
        put(&mut fields, "note", note);
        let mut change = Change::action(path, "backups.create");
        change.body = Some(wrapped("backup", fields));
        let answer = self.change(change)?;
        Ok(wire::shown(&answer, "backup", Backup::read))
    }

    /// Puts the disk or machine back to what the backup holds; what changed since is lost. A running machine is restarted.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs.
    pub fn restore_backup(&self, id: u64) -> Result<(), PanelError> {
        let path = format!("/backups/{id}/restore.json");
        // No source names the permission of a restore; the vendor's lists leave this one for it.
        self.change(Change::action(&path, "backups.update")).map(drop)
    }

    /// Removes a backup.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when it is not there.
    pub fn delete_backup(&self, id: u64) -> Result<(), PanelError> {
        let path = format!("/backups/{id}.json");
        let mut change = Change::action(&path, "backups.delete");
        change.method = Method::Delete;
        self.change(change).map(drop)
    }
}
