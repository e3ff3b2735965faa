//! Changing virtual machines: edit, power, the suspend toggle, build, owner, delete.
//!
//! Source: reference: onapp-api.md 5.1, 5.5, 8.1 and 10. Work takes simulated time and locks the VM (`transactions`).

use super::refusal::Refusal;
use super::state::{Caller, Effect, UserStatus, Vm};
use super::transactions::Step;
use super::vm_create::given;
use super::{OnApp, Outcome, id_of, rooted};
use crate::request::{flag, int, text};
use serde_json::Value;

pub(super) const LOCKED: &str = "Virtual Server is locked: another transaction is in progress";

impl OnApp {
    pub(super) fn edit_vm(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let vm = self.visible_vm(caller, id, &["virtual_machines.update"])?.clone();
        let body = rooted(params, "virtual_machine");
        let now = self.now();
        // Even a refused edit bumps updated_at (reference: onapp-api.md 10.6).
        if let Some(vm) = self.vms.get_mut(&vm.id) {
            vm.updated_at = now;
        }
        let size = |field: &str, old: i64| {
            if body[field].is_null() {
                Some(old)
            } else {
                int(&body[field])
            }
        };
        let (Some(memory), Some(cpus), Some(cpu_shares)) = (
            size("memory", vm.memory),
            size("cpus", vm.cpus),
            size("cpu_shares", vm.cpu_shares),
        ) else {
            return Err(Refusal::State("Resources must be numbers".into()));
        };
        let resized = (memory, cpus, cpu_shares) != (vm.memory, vm.cpus, vm.cpu_shares);
        let mut errors = Vec::new();
        let least = self
            .templates
            .iter()
            .find(|t| t.id == vm.template_id)
            .map_or(1, |t| t.min_memory_size);
        for (field, value, least, most) in [
            ("memory", memory, least, 1_048_576),
            ("cpus", cpus, 1, 64),
            ("cpu_shares", cpu_shares, 1, 100),
        ] {
            if !(least..=most).contains(&value) {
                errors.push((field.to_string(), format!("must be between {least} and {most}")));
            }
        }
        if body["label"].is_string() && text(&body["label"]).trim().is_empty() {
            errors.push(("label".into(), "can't be blank".into()));
        }
        if resized {
            let disk = self.disk_size_of(vm.id);
            self.check_limits(vm.user_id, Some(vm.id), (memory, cpus, disk), &mut errors);
        }
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        if resized && vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        let notes = self.version.from(2, 1);
        let hot = self
            .templates
            .iter()
            .any(|t| t.id == vm.template_id && t.resize_without_reboot);
        // What becomes of it is not documented; a client that forgets the permission is noticed.
        if resized && vm.built && vm.booted && !hot && !flag(&body["allow_cold_resize"]) {
            return Err(Refusal::State(
                "Virtual Server has to be shut down to be resized".into(),
            ));
        }
        if let Some(vm) = self.vms.get_mut(&vm.id) {
            if body["label"].is_string() {
                vm.label = text(&body["label"]);
            }
            for (field, place) in [
                ("note", &mut vm.note),
                ("admin_note", &mut vm.admin_note),
                ("time_zone", &mut vm.time_zone),
            ] {
                if notes && let Some(value) = body.get(field) {
                    *place = value.as_str().map(String::from);
                }
            }
        }
        if resized && !vm.built {
            if let Some(vm) = self.vms.get_mut(&vm.id) {
                (vm.memory, vm.cpus, vm.cpu_shares) = (memory, cpus, cpu_shares);
            }
        } else if resized {
            let action = if hot && vm.booted {
                "resize_vm_without_reboot"
            } else {
                "resize_virtual_machine"
            };
            self.queue(
                vm.id,
                vec![Step::new(action, 30, Effect::Resized(memory, cpus, cpu_shares))],
            );
        }
        if self.version.from(3, 0) {
            Ok(self.changed())
        } else {
            self.vm_answer(caller, vm.id, 201)
        }
    }

    pub(super) fn delete_vm(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let vm = self.visible_vm(caller, id, &["virtual_machines.delete"])?;
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        if vm.suspended && !self.quirks.delete_suspended {
            return Err(Refusal::State("Virtual Server is suspended".into()));
        }
        let id = vm.id;
        if flag(&params["destroy_all_backups"]) {
            self.queue_backups_removal(id);
        }
        self.queue_destruction(id);
        Ok(self.changed())
    }

    /// Queues the removal of a VM after whatever it is busy with.
    pub(super) fn queue_destruction(&mut self, vm: u64) {
        let booted = self.vms.get(&vm).is_some_and(|v| v.booted);
        let disk = self.primary_disk_of(vm);
        let mut steps = Vec::new();
        if booted {
            steps.push(Step::new("stop_virtual_machine", 20, Effect::Stopped));
        }
        steps.push(Step::on(
            "Disk",
            disk,
            "destroy_disk",
            if booted { 20 } else { 40 },
            Effect::None,
        ));
        steps.push(Step::new("destroy_virtual_machine", 20, Effect::Destroyed));
        self.queue(vm, steps);
    }

    pub(super) fn build_vm(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let vm = self.visible_vm(caller, id, &["virtual_machines.build"])?.clone();
        let body = rooted(params, "virtual_machine");
        if vm.locked {
            return Err(Refusal::BareState(LOCKED.into()));
        }
        if vm.suspended {
            return Err(Refusal::BareState("Virtual Server is suspended".into()));
        }
        let template = match given(&body["template_id"]) {
            None => vm.template_id,
            Some(wanted) => {
                let template = self.templates.iter().find(|t| t.id == wanted && t.active);
                let template = template.ok_or(Refusal::BareState("Template is invalid".into()))?;
                if template.min_disk_size > self.primary_disk_size(vm.id) || template.min_memory_size > vm.memory {
                    return Err(Refusal::BareState("Template requires more resources".into()));
                }
                template.id
            }
        };
        let windows = self.templates.iter().any(|t| t.id == template && t.os == "windows");
        let license = text(&body["licensing_type"]);
        if windows && self.version.from(3, 0) && !["mak", "kms", "own"].contains(&license.as_str()) {
            return Err(Refusal::field("licensing_type", "is not included in the list"));
        }
        let first = !vm.built;
        if let Some(vm) = self.vms.get_mut(&vm.id) {
            vm.template_id = template;
            vm.built = false;
        }
        let start = body["required_startup"].is_null() || flag(&body["required_startup"]);
        if first {
            self.queue_build(vm.id, start);
        } else {
            let disk = self.primary_disk_of(vm.id);
            let mut steps = Vec::new();
            if vm.booted {
                steps.push(Step::new("stop_virtual_machine", 20, Effect::Stopped));
            }
            steps.push(Step::on("Disk", disk, "format_disk", 20, Effect::None));
            steps.push(Step::on("Disk", disk, "provisioning", 90, Effect::None));
            steps.push(Step::new("configure_operating_system", 30, Effect::Built));
            if start {
                steps.push(Step::new("startup_virtual_machine", 20, Effect::Booted));
            }
            self.queue(vm.id, steps);
        }
        self.vm_answer(caller, vm.id, 201)
    }

    pub(super) fn startup_vm(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let vm = self.ready_vm(caller, id)?;
        if vm.suspended {
            return Err(Refusal::State("Virtual Server is suspended".into()));
        }
        if vm.booted {
            return Err(Refusal::State("Virtual Server is already running".into()));
        }
        let recovery = text(&params["mode"]) == "recovery";
        let effect = if recovery {
            Effect::BootedRecovery
        } else {
            Effect::Booted
        };
        self.queue(vm.id, vec![Step::new("startup_virtual_machine", 20, effect)]);
        self.vm_answer(caller, vm.id, 201)
    }

    pub(super) fn stop_vm(&mut self, caller: &Caller, id: &str) -> Outcome {
        let vm = self.ready_vm(caller, id)?;
        if !vm.booted {
            return Err(Refusal::State("Virtual Server is not running".into()));
        }
        self.queue(vm.id, vec![Step::new("stop_virtual_machine", 20, Effect::Stopped)]);
        self.vm_answer(caller, vm.id, 201)
    }

    pub(super) fn reboot_vm(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let vm = self.ready_vm(caller, id)?;
        if !vm.booted {
            return Err(Refusal::State("Virtual Server is not running".into()));
        }
        let recovery = text(&params["mode"]) == "recovery";
        let effect = if recovery {
            Effect::BootedRecovery
        } else {
            Effect::Booted
        };
        self.queue(vm.id, vec![Step::new("reboot_virtual_machine", 40, effect)]);
        self.vm_answer(caller, vm.id, 201)
    }

    /// Suspend and unsuspend are one call that flips the flag. Suspending stops the VM; unsuspending does not start it.
    pub(super) fn toggle_vm(&mut self, caller: &Caller, id: &str) -> Outcome {
        let vm = self.visible_vm(caller, id, &["virtual_machines.suspend"])?.clone();
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        let now = self.now();
        if let Some(vm) = self.vms.get_mut(&vm.id) {
            vm.suspended = !vm.suspended;
            vm.updated_at = now;
        }
        if !vm.suspended && vm.booted {
            self.queue(vm.id, vec![Step::new("stop_virtual_machine", 20, Effect::Stopped)]);
        }
        self.vm_answer(caller, vm.id, 201)
    }

    /// Clears the flag. What runs goes on running.
    pub(super) fn unlock_vm(&mut self, caller: &Caller, id: &str) -> Outcome {
        let id = self.visible_vm(caller, id, &["virtual_machines.unlock"])?.id;
        if let Some(vm) = self.vms.get_mut(&id) {
            vm.locked = false;
        }
        self.vm_answer(caller, id, 201)
    }

    pub(super) fn reset_vm_password(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let vm = self
            .visible_vm(caller, id, &["virtual_machines.reset_root_password"])?
            .clone();
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        // 2.x takes it flat and under another name (reference: onapp-api.md 5.1).
        let given = if self.version.from(3, 0) {
            text(&rooted(params, "virtual_machine")["initial_root_password"])
        } else {
            text(&params["new_password"])
        };
        let password = match given {
            password if !password.is_empty() => {
                if let Some(words) = self.password_refusal(&password) {
                    return Err(Refusal::field("initial_root_password", words));
                }
                password
            }
            _ => self.random.text(12, "abcdefghijkmnopqrstuvwxyz23456789"),
        };
        let mut steps = Vec::new();
        if vm.booted {
            steps.push(Step::new("stop_virtual_machine", 20, Effect::Stopped));
        }
        steps.push(Step::new("reset_root_password", 10, Effect::Password(password)));
        if vm.booted {
            steps.push(Step::new("startup_virtual_machine", 20, Effect::Booted));
        }
        self.queue(vm.id, steps);
        self.vm_answer(caller, vm.id, 201)
    }

    pub(super) fn change_vm_owner(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let id = self.visible_vm(caller, id, &["virtual_machines.change_owner"])?.id;
        let unknown = if self.version.from(3, 0) {
            Refusal::NotFound
        } else {
            Refusal::Broken
        };
        let body = rooted(params, "virtual_machine");
        let owner = id_of(&body["user_id"])
            .and_then(|u| self.users.get(&u))
            .filter(|u| u.status != UserStatus::Deleted)
            .ok_or(unknown)?
            .id;
        let now = self.now();
        if let Some(vm) = self.vms.get_mut(&id) {
            vm.user_id = owner;
            vm.owners.push((now, owner));
            vm.updated_at = now;
        }
        self.vm_answer(caller, id, 201)
    }

    /// `shutdown_type` asks for a restart around it; `required_startup` for the way up again.
    pub(super) fn rebuild_vm_network(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let vm = self
            .visible_vm(caller, id, &["virtual_machines.rebuild_network"])?
            .clone();
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        if !vm.built {
            return Err(Refusal::State("Virtual Server is not built yet".into()));
        }
        let body = rooted(params, "virtual_machine");
        let shutdown = text(&body["shutdown_type"]);
        if !["", "hard", "graceful", "soft"].contains(&shutdown.as_str()) {
            return Err(Refusal::field("shutdown_type", "is not included in the list"));
        }
        let stop = vm.booted && !shutdown.is_empty();
        let mut steps = Vec::new();
        if stop {
            steps.push(Step::new("stop_virtual_machine", 20, Effect::Stopped));
        }
        steps.push(Step::new("rebuild_network", 20, Effect::NetworkRebuilt));
        if stop && flag(&body["required_startup"]) {
            steps.push(Step::new("startup_virtual_machine", 20, Effect::Booted));
        }
        self.queue(vm.id, steps);
        self.vm_answer(caller, vm.id, 201)
    }

    /// A VM on which a power action may start.
    fn ready_vm(&self, caller: &Caller, id: &str) -> Result<Vm, Refusal> {
        let vm = self.visible_vm(caller, id, &["virtual_machines.power"])?;
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        if !vm.built {
            return Err(Refusal::State("Virtual Server is not built yet".into()));
        }
        Ok(vm.clone())
    }
}
