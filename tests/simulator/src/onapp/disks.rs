//! Disks of virtual machines: listed, grown, with automatic backups on or off.
//!
//! Source: reference: onapp-api.md 6.5. A disk never shrinks. Growing stops a running VM and starts it again.

use super::catalogue::single;
use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::{Caller, Disk, Effect};
use super::transactions::Step;
use super::vm_actions::LOCKED;
use super::{OnApp, Outcome, rooted, wrapped};
use crate::clock::Time;
use crate::request::{Answer, int};
use serde_json::{Value, json};

/// Disks count by themselves, as every table of the panel does.
const FIRST_DISK: u64 = 5001;

impl OnApp {
    pub(super) fn list_disks(&self, caller: &Caller, vm: &str) -> Outcome {
        self.scope(caller, &["disks.read"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?.id;
        let rows = self.disks_of(vm).map(|d| self.disk_view(d));
        Ok(Answer::json(200, &wrapped("disk", rows)))
    }

    pub(super) fn get_disk(&self, caller: &Caller, disk: &str) -> Outcome {
        single("disk", self.disk_view(self.visible_disk(caller, disk, "disks.read")?))
    }

    pub(super) fn edit_disk(&mut self, caller: &Caller, disk: &str, params: &Value) -> Outcome {
        let disk = self.visible_disk(caller, disk, "disks.update")?.clone();
        let wanted = &rooted(params, "disk")["disk_size"];
        let Some(size) = (if wanted.is_null() { Some(disk.size) } else { int(wanted) }) else {
            return Err(Refusal::field("disk_size", "is not a number"));
        };
        if size < disk.size {
            return Err(Refusal::field("disk_size", "can't be less than the current size"));
        }
        let vm = self.vms.get(&disk.vm_id).ok_or(Refusal::NotFound)?.clone();
        if size == disk.size {
            return Ok(self.changed());
        }
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        let used = self.used_by(vm.user_id, None).2;
        if self
            .plan_of(vm.user_id)
            .and_then(|p| p.disk_limit)
            .is_some_and(|limit| used + size - disk.size > limit)
        {
            return Err(Refusal::field("disk_size", "exceeds the limit of the billing plan"));
        }
        if !vm.built {
            self.resize_now(disk.id, size, self.now());
            return Ok(self.changed());
        }
        let mut steps = Vec::new();
        if vm.booted {
            steps.push(Step::new("stop_virtual_machine", 20, Effect::Stopped));
        }
        steps.push(Step::on(
            "Disk",
            disk.id,
            "resize_disk",
            30,
            Effect::DiskResized(disk.id, size),
        ));
        if vm.booted {
            steps.push(Step::new("startup_virtual_machine", 20, Effect::Booted));
        }
        self.queue(vm.id, steps);
        Ok(self.changed())
    }

    /// Automatic backups of one disk. Swap has nothing worth keeping.
    pub(super) fn set_autobackup(&mut self, caller: &Caller, disk: &str, on: bool) -> Outcome {
        let disk = self.visible_disk(caller, disk, "disks.autobackup")?;
        if disk.swap && on {
            return Err(Refusal::State(
                "Automatic backups are not available for swap disks".into(),
            ));
        }
        let id = disk.id;
        let now = self.now();
        let disk = self.disks.get_mut(&id).ok_or(Refusal::NotFound)?;
        (disk.autobackup, disk.updated_at) = (on, now);
        let disk = self.disks.get(&id).ok_or(Refusal::NotFound)?;
        Ok(Answer::json(201, &json!({"disk": self.disk_view(disk)})))
    }

    pub(super) fn add_disk(&mut self, vm_id: u64, size: i64, swap: bool, autobackup: bool, data_store_id: u64) {
        let id = self.disks.last_key_value().map_or(FIRST_DISK, |(id, _)| id + 1);
        let now = self.now();
        // Made from the id, so that the panel's own randomness stays as it was.
        let identifier = format!("disk{id:010}");
        let disk = Disk {
            id,
            identifier,
            vm_id,
            size,
            primary: !swap,
            swap,
            built: false,
            autobackup,
            data_store_id,
            created_at: now,
            updated_at: now,
            removed_at: None,
        };
        self.disks.insert(id, disk);
    }

    pub(super) fn live_disks(&self) -> impl Iterator<Item = &Disk> {
        self.disks.values().filter(|d| d.removed_at.is_none())
    }

    pub(super) fn disks_of(&self, vm: u64) -> impl Iterator<Item = &Disk> {
        self.live_disks().filter(move |d| d.vm_id == vm)
    }

    /// Gigabytes of all disks of a VM.
    pub(super) fn disk_size_of(&self, vm: u64) -> i64 {
        self.disks_of(vm).map(|d| d.size).sum()
    }

    pub(super) fn primary_disk_of(&self, vm: u64) -> u64 {
        self.disks_of(vm).find(|d| d.primary).map_or(0, |d| d.id)
    }

    pub(super) fn primary_disk_size(&self, vm: u64) -> i64 {
        self.disks_of(vm).find(|d| d.primary).map_or(0, |d| d.size)
    }

    pub(super) fn resize_now(&mut self, disk: u64, size: i64, at: Time) {
        if let Some(disk) = self.disks.get_mut(&disk) {
            (disk.size, disk.updated_at) = (size, at);
        }
    }

    /// What a finished build leaves behind: disks with data, addresses that the system knows.
    pub(super) fn settle_parts(&mut self, vm: u64) {
        for disk in self.disks.values_mut().filter(|d| d.vm_id == vm) {
            disk.built = true;
        }
        self.configure_addresses(vm);
    }

    /// A disk that the caller's permission reaches; one out of reach is 404 like one that does not exist.
    pub(super) fn visible_disk(&self, caller: &Caller, id: &str, permission: &str) -> Result<&Disk, Refusal> {
        let scope = self.scope(caller, &[permission])?;
        self.live_disks()
            .find(|d| d.id.to_string() == id)
            .filter(|d| {
                let owner = self.vms.get(&d.vm_id).map(|v| v.user_id);
                scope == Scope::All || owner == Some(caller.id)
            })
            .ok_or(Refusal::NotFound)
    }

    fn disk_view(&self, d: &Disk) -> Value {
        let number = self.disks_of(d.vm_id).position(|other| other.id == d.id).unwrap_or(0) + 1;
        let mut view = json!({
            "id": d.id, "label": null, "identifier": d.identifier, "disk_size": d.size, "disk_vm_number": number,
            "primary": d.primary, "is_swap": d.swap, "built": d.built, "locked": self.is_worked_on("Disk", d.id),
            "has_autobackups": d.autobackup, "add_to_linux_fstab": null, "mount_point": null,
            "file_system": if d.swap { Value::Null } else { json!("ext4") }, "data_store_id": d.data_store_id,
            "virtual_machine_id": d.vm_id, "min_iops": null, "iqn": null, "volume_id": null,
            "created_at": self.stamp(d.created_at), "updated_at": self.stamp(d.updated_at),
        });
        if self.version.from(4, 2) {
            view["mounted"] = json!(false);
        }
        if self.version.from(5, 4) {
            view["io_limits"] = json!({});
            view["io_limits_override"] = json!(false);
        }
        view
    }
}
