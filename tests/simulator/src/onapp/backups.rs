//! Backups: taken of a disk, or incrementally of a whole machine; restored; removed.
//!
//! Source: reference: onapp-api.md 6.6. Which kind a panel takes is a setting of it (`allow_incremental_backups`), here the
//! quirk `incremental_backups`; how the other kind is refused is not documented and our choice. No documentation names the
//! permission of a restore either: `backups.update` is what the vendor's lists leave for it.

use super::catalogue::single;
use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::{Backup, Caller, Effect, Vm};
use super::transactions::Step;
use super::vm_actions::LOCKED;
use super::{OnApp, Outcome, rooted, wrapped};
use crate::clock::Time;
use crate::request::Answer;
use serde_json::{Value, json};

/// A first backup takes so much for each gigabyte of disk.
const KB_PER_GB: i64 = 100_000;

impl OnApp {
    /// All backups of a VM; `of_disks` keeps those of disks, or those of the whole machine.
    pub(super) fn list_vm_backups(&self, caller: &Caller, vm: &str, of_disks: Option<bool>) -> Outcome {
        self.scope(caller, &["backups.read"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?.id;
        let rows = self
            .live_backups()
            .filter(|b| b.vm_id == vm && of_disks.is_none_or(|of| of == b.disk_id.is_some()));
        Ok(Answer::json(200, &wrapped("backup", rows.map(|b| self.backup_view(b)))))
    }

    pub(super) fn list_disk_backups(&self, caller: &Caller, disk: &str) -> Outcome {
        self.scope(caller, &["backups.read"])?;
        let disk = self.visible_disk(caller, disk, "disks.read")?.id;
        let rows = self.live_backups().filter(|b| b.disk_id == Some(disk));
        Ok(Answer::json(200, &wrapped("backup", rows.map(|b| self.backup_view(b)))))
    }

    pub(super) fn get_backup(&self, caller: &Caller, backup: &str) -> Outcome {
        single(
            "backup",
            self.backup_view(self.visible_backup(caller, backup, "backups.read")?),
        )
    }

    pub(super) fn take_disk_backup(&mut self, caller: &Caller, disk: &str, params: &Value) -> Outcome {
        let disk = self.visible_disk(caller, disk, "backups.create")?.clone();
        if self.quirks.incremental_backups {
            return Err(Refusal::State("Only incremental backups can be taken".into()));
        }
        if disk.swap {
            return Err(Refusal::State("Swap disks cannot be backed up".into()));
        }
        let vm = self.vms.get(&disk.vm_id).ok_or(Refusal::NotFound)?.clone();
        let id = self.place_backup(&vm, Some(disk.id), disk.size, "normal", params)?;
        self.queue(
            vm.id,
            vec![Step::on("Backup", id, "take_backup", 60, Effect::BackupTaken(id))],
        );
        self.backup_answer(id)
    }

    pub(super) fn take_vm_backup(&mut self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        let vm = self.visible_vm(caller, vm, &["backups.create"])?.clone();
        if !self.quirks.incremental_backups {
            return Err(Refusal::State("Incremental backups are not allowed".into()));
        }
        let size = self.disks_of(vm.id).filter(|d| !d.swap).map(|d| d.size).sum();
        let id = self.place_backup(&vm, None, size, "incremental", params)?;
        self.queue(
            vm.id,
            vec![Step::on(
                "Backup",
                id,
                "take_incremental_backup",
                60,
                Effect::BackupTaken(id),
            )],
        );
        self.backup_answer(id)
    }

    pub(super) fn restore_backup(&mut self, caller: &Caller, backup: &str) -> Outcome {
        let backup = self.visible_backup(caller, backup, "backups.update")?.clone();
        if backup.built_at.is_none() {
            return Err(Refusal::State("Backup is not built yet".into()));
        }
        let vm = self.vms.get(&backup.vm_id).filter(|v| v.deleted_at.is_none());
        let vm = vm.ok_or(Refusal::State("Virtual Server is gone".into()))?.clone();
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        let action = if backup.disk_id.is_some() {
            "restore_backup"
        } else {
            "restore_incremental_backup"
        };
        let mut steps = Vec::new();
        if vm.booted {
            steps.push(Step::new("stop_virtual_machine", 20, Effect::Stopped));
        }
        steps.push(Step::on(
            "Backup",
            backup.id,
            action,
            60,
            Effect::BackupRestored(backup.id),
        ));
        if vm.booted {
            steps.push(Step::new("startup_virtual_machine", 20, Effect::Booted));
        }
        self.queue(vm.id, steps);
        self.backup_answer(backup.id)
    }

    pub(super) fn delete_backup(&mut self, caller: &Caller, backup: &str) -> Outcome {
        let backup = self.visible_backup(caller, backup, "backups.delete")?;
        let (id, vm) = (backup.id, backup.vm_id);
        if self.is_worked_on("Backup", id) {
            return Err(Refusal::State("Backup is locked".into()));
        }
        if self.vms.get(&vm).is_some_and(|v| v.deleted_at.is_none()) {
            self.queue(
                vm,
                vec![Step::on("Backup", id, "destroy_backup", 20, Effect::BackupRemoved(id))],
            );
        } else {
            self.backup_removed(id, self.now());
        }
        Ok(self.changed())
    }

    /// The backups that go with their VM.
    pub(super) fn queue_backups_removal(&mut self, vm: u64) {
        let ids: Vec<u64> = self.live_backups().filter(|b| b.vm_id == vm).map(|b| b.id).collect();
        let steps = ids
            .into_iter()
            .map(|id| Step::on("Backup", id, "destroy_backup", 5, Effect::BackupRemoved(id)));
        let steps: Vec<Step> = steps.collect();
        if !steps.is_empty() {
            self.queue(vm, steps);
        }
    }

    pub(super) fn backup_taken(&mut self, backup: u64, at: Time) {
        if let Some(backup) = self.backups.get_mut(&backup) {
            (backup.built_at, backup.updated_at) = (Some(at), at);
        }
    }

    pub(super) fn backup_restored(&mut self, backup: u64) {
        if let Some(backup) = self.backups.get_mut(&backup) {
            backup.restored += 1;
        }
    }

    pub(super) fn backup_removed(&mut self, backup: u64, at: Time) {
        if let Some(backup) = self.backups.get_mut(&backup) {
            backup.removed_at = Some(at);
        }
    }

    /// A backup as the panel's own schedule takes it, there at once: `POST /_sim/backup {"disk":id,"kind":"days-autobackup"}`.
    pub(super) fn control_backup(&mut self, body: &Value) -> Result<Value, String> {
        let disk = super::id_of(&body["disk"]).and_then(|id| self.live_disks().find(|d| d.id == id));
        let disk = disk.ok_or("name a disk: {\"disk\":id}")?.clone();
        let vm = self.vms.get(&disk.vm_id).ok_or("its machine is gone")?.clone();
        let kind = body["kind"].as_str().unwrap_or("days-autobackup").to_string();
        let id = self.insert_backup(&vm, Some(disk.id), disk.size, &kind, None);
        self.backup_taken(id, self.now());
        Ok(json!({"backup": id}))
    }

    fn place_backup(
        &mut self,
        vm: &Vm,
        disk_id: Option<u64>,
        size: i64,
        kind: &str,
        params: &Value,
    ) -> Result<u64, Refusal> {
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        if !vm.built {
            return Err(Refusal::State("Virtual Server is not built yet".into()));
        }
        let count = self.live_backups().filter(|b| b.user_id == vm.user_id).count();
        let limit = self.plan_of(vm.user_id).and_then(|p| p.backup_limit);
        if limit.is_some_and(|limit| i64::try_from(count).unwrap_or(i64::MAX) >= limit) {
            return Err(Refusal::State("Backups limit is exceeded".into()));
        }
        let note = rooted(params, "backup")["note"].as_str().map(String::from);
        Ok(self.insert_backup(vm, disk_id, size, kind, note))
    }

    fn insert_backup(&mut self, vm: &Vm, disk_id: Option<u64>, size: i64, kind: &str, note: Option<String>) -> u64 {
        let id = self.fresh_id();
        let now = self.now();
        let backup = Backup {
            id,
            identifier: self.random.identifier(),
            vm_id: vm.id,
            user_id: vm.user_id,
            disk_id,
            template_id: vm.template_id,
            kind: kind.into(),
            size_kb: size * KB_PER_GB,
            note,
            built_at: None,
            restored: 0,
            created_at: now,
            updated_at: now,
            removed_at: None,
        };
        self.backups.insert(id, backup);
        id
    }

    fn live_backups(&self) -> impl Iterator<Item = &Backup> {
        self.backups.values().filter(|b| b.removed_at.is_none())
    }

    fn visible_backup(&self, caller: &Caller, id: &str, permission: &str) -> Result<&Backup, Refusal> {
        let scope = self.scope(caller, &[permission])?;
        self.live_backups()
            .find(|b| b.id.to_string() == id)
            .filter(|b| scope == Scope::All || b.user_id == caller.id)
            .ok_or(Refusal::NotFound)
    }

    fn backup_answer(&self, id: u64) -> Outcome {
        let backup = self.backups.get(&id).ok_or(Refusal::NotFound)?;
        Ok(Answer::json(201, &json!({"backup": self.backup_view(backup)})))
    }

    fn backup_view(&self, b: &Backup) -> Value {
        let template = self.templates.iter().find(|t| t.id == b.template_id);
        let built = b.built_at.is_some();
        let size = if built { b.size_kb } else { 0 };
        let manual = matches!(b.kind.as_str(), "normal" | "incremental");
        let mut view = json!({
            "id": b.id, "identifier": b.identifier, "backup_type": b.kind,
            // A string in 2.x (reference: onapp-api.md 1.5).
            "backup_size": if self.version.from(3, 0) { json!(size) } else { json!(size.to_string()) },
            "built": built, "built_at": self.stamp_or_null(b.built_at), "locked": self.is_worked_on("Backup", b.id),
            "disk_id": b.disk_id, "template_id": b.template_id, "operating_system": template.map(|t| t.os.clone()),
            "operating_system_distro": template.map(|t| t.distro.clone()),
            "allowed_swap": template.is_some_and(|t| t.allowed_swap), "min_disk_size": template.map(|t| t.min_disk_size),
            "min_memory_size": template.map(|t| t.min_memory_size), "backup_server_id": null,
            "marked_for_delete": false, "initiated": if manual { json!("manual") } else { json!("days") },
            "note": b.note, "user_id": b.user_id,
            "created_at": self.stamp(b.created_at), "updated_at": self.stamp(b.updated_at),
        });
        if self.version.from(4, 0) {
            view["target_id"] = json!(b.disk_id.unwrap_or(b.vm_id));
            view["target_type"] = json!(if b.disk_id.is_some() { "Disk" } else { "VirtualMachine" });
        }
        view
    }

    /// The truth about all backups of a VM.
    pub(super) fn true_backups(&self, vm: u64) -> Value {
        let rows = self.backups.values().filter(|b| b.vm_id == vm);
        rows.map(|b| {
            json!({"id": b.id, "disk_id": b.disk_id, "kind": b.kind, "note": b.note, "built": b.built_at.is_some(),
                "restored": b.restored, "removed": b.removed_at.is_some()})
        })
        .collect()
    }
}
