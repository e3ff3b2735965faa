//! Virtual machines: create with validation and limits, read, edit, power, the suspend toggle, build, delete.
//!
//! Source: reference: onapp-api.md 5, 8.1 and 10. Work takes simulated time and locks the VM (`transactions`).

use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::{Caller, Effect, Hypervisor, NetworkJoin, Nic, Template, UserStatus, Vm};
use super::transactions::Step;
use super::{OnApp, Outcome, id_of, rooted, wrapped};
use crate::request::{Answer, flag, int, text};
use serde_json::{Value, json};

const LOCKED: &str = "Virtual Server is locked: another transaction is in progress";

/// A create request that passed every check.
struct Wanted {
    template: Template,
    hypervisor: Hypervisor,
    join: NetworkJoin,
    memory: i64,
    cpus: i64,
    cpu_shares: i64,
    primary: i64,
    swap: i64,
    rate: i64,
    address: Option<u64>,
    password: Option<String>,
}

impl OnApp {
    pub(super) fn list_vms(&self, caller: &Caller, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["virtual_machines.read", "virtual_machines.list"])?;
        self.vm_rows(caller, params, |v| scope == Scope::All || v.user_id == caller.id)
    }

    pub(super) fn list_user_vms(&self, caller: &Caller, user: &str, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["virtual_machines.read", "virtual_machines.list"])?;
        let user = self.find_user(user).ok_or(Refusal::NotFound)?.id;
        if scope == Scope::Own && user != caller.id {
            return Err(Refusal::NotFound);
        }
        self.vm_rows(caller, params, |v| v.user_id == user)
    }

    pub(super) fn list_hypervisor_vms(&self, caller: &Caller, hypervisor: &str, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["virtual_machines.read", "virtual_machines.list"])?;
        let hypervisor: u64 = hypervisor.parse().map_err(|_| Refusal::NotFound)?;
        self.vm_rows(caller, params, |v| {
            v.hypervisor_id == hypervisor && (scope == Scope::All || v.user_id == caller.id)
        })
    }

    fn vm_rows(&self, caller: &Caller, params: &Value, keep: impl Fn(&Vm) -> bool) -> Outcome {
        let query = text(&params["q"]).to_lowercase();
        let short = params.get("short").is_some();
        let rows = self
            .live_vms()
            .filter(|v| keep(v))
            .filter(|v| {
                query.is_empty()
                    || [&v.label, &v.hostname, &v.identifier]
                        .iter()
                        .any(|c| c.to_lowercase().contains(&query))
                    || self
                        .addresses_of_vm(v.id)
                        .iter()
                        .any(|a| text(&a["address"]).contains(&query))
            })
            .map(|v| {
                if short {
                    self.short_vm(v)
                } else {
                    self.vm_view(caller, v)
                }
            });
        Ok(self.page(wrapped("virtual_machine", rows), params, None))
    }

    pub(super) fn vm_statuses(&self, caller: &Caller, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["virtual_machines.read", "virtual_machines.list"])?;
        let rows = self
            .live_vms()
            .filter(|v| scope == Scope::All || v.user_id == caller.id)
            .map(status_view);
        Ok(self.page(wrapped("virtual_machine", rows), params, None))
    }

    pub(super) fn vm_status(&self, caller: &Caller, id: &str) -> Outcome {
        let vm = self.visible_vm(caller, id, &["virtual_machines.read"])?;
        Ok(Answer::json(200, &json!([{"virtual_machine": status_view(vm)}])))
    }

    pub(super) fn get_vm(&self, caller: &Caller, id: &str) -> Outcome {
        let vm = self.visible_vm(caller, id, &["virtual_machines.read"])?;
        Ok(Answer::json(200, &json!({"virtual_machine": self.vm_view(caller, vm)})))
    }

    pub(super) fn create_vm(&mut self, caller: &Caller, params: &Value) -> Outcome {
        self.need(caller, &["virtual_machines.create"])?;
        let body = rooted(params, "virtual_machine").clone();
        let wanted = self.check_create(caller, &body)?;
        let id = self.place_vm(caller.id, &body, wanted);
        self.vm_answer(caller, id, 201)
    }

    fn check_create(&self, caller: &Caller, body: &Value) -> Result<Wanted, Refusal> {
        let mut errors: Vec<(String, String)> = Vec::new();
        let mut say = |field: &str, message: &str| errors.push((field.into(), message.into()));
        if text(&body["label"]).trim().is_empty() {
            say("label", "can't be blank");
        }
        let hostname = text(&body["hostname"]);
        let dots = !self.version.splits_domain();
        if hostname.is_empty() {
            say("hostname", "can't be blank");
        } else if !hostname
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || (dots && c == '.'))
            || hostname.starts_with('-')
            || hostname.ends_with('-')
        {
            say("hostname", "is invalid");
        }
        let mut number = |field: &str, least: i64, most: i64| {
            let value = int(&body[field]);
            match value {
                None => say(field, "is not a number"),
                Some(n) if n < least => say(field, &format!("must be greater than or equal to {least}")),
                Some(n) if n > most => say(field, &format!("must be less than or equal to {most}")),
                Some(_) => {}
            }
            value.unwrap_or(0)
        };
        let memory = number("memory", 1, 1_048_576);
        let cpus = number("cpus", 1, 64);
        let cpu_shares = number("cpu_shares", 1, 100);
        let primary = number("primary_disk_size", 1, 10_000);
        let template = id_of(&body["template_id"])
            .and_then(|id| self.templates.iter().find(|t| t.id == id && t.active))
            .cloned();
        let swap = int(&body["swap_disk_size"]);
        match &template {
            None => say("template_id", "is invalid"),
            Some(t) => {
                if primary < t.min_disk_size {
                    say(
                        "primary_disk_size",
                        &format!("must be greater than or equal to {}", t.min_disk_size),
                    );
                }
                if memory < t.min_memory_size {
                    say(
                        "memory",
                        &format!("must be greater than or equal to {}", t.min_memory_size),
                    );
                }
                if t.allowed_swap && swap.is_none() {
                    say("swap_disk_size", "can't be blank");
                }
                if !t.allowed_swap && swap.unwrap_or(0) > 0 {
                    say("swap_disk_size", "is not allowed for this template");
                }
                if t.os == "windows" && !["mak", "kms", "own"].contains(&text(&body["licensing_type"]).as_str()) {
                    say("licensing_type", "is not included in the list");
                }
            }
        }
        for field in ["data_store_group_primary_id", "data_store_group_swap_id"] {
            if let Some(id) = given(&body[field])
                && !self.data_store_zones.iter().any(|z| z.id == id)
            {
                say(field, "is invalid");
            }
        }
        let rate = int(&body["rate_limit"]).unwrap_or(0);
        if !(0..=1000).contains(&rate) {
            say("rate_limit", "must be between 0 and 1000");
        }
        let password = Some(text(&body["initial_root_password"])).filter(|p| !p.is_empty());
        if let Some(password) = &password {
            let old_rule = password
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            if password.chars().count() < 6 || (!self.version.from(3, 0) && password.chars().count() > 31) {
                say("initial_root_password", "should be from 6 to 31 characters");
            } else if !self.version.from(3, 0) && !old_rule {
                say(
                    "initial_root_password",
                    "may contain letters, digits, dash and underscore only",
                );
            }
        }
        let network = self.wanted_network(body);
        if network.is_err() {
            say("network_interfaces", "is invalid");
        }
        let hypervisor = self.wanted_hypervisor(body, memory, network.as_ref().ok().copied().flatten());
        let hypervisor = match hypervisor {
            Ok(hypervisor) => Some(hypervisor),
            Err((field, message)) => {
                say(field, message);
                None
            }
        };
        let mut address = None;
        let mut join = None;
        if let (Some(hypervisor), Ok(network)) = (&hypervisor, &network) {
            let found = self.join_for(hypervisor, *network).cloned();
            let picked = given(&body["selected_ip_address_id"]).or_else(|| {
                let wanted = text(&body["selected_ip_address"]);
                self.addresses.iter().find(|a| a.address == wanted).map(|a| a.id)
            });
            // From 6.3 on the flag is ignored and an address always given.
            let assign = self.version.from(6, 3) || flag(&body["required_ip_address_assignment"]);
            match &found {
                None => say("network_interfaces", "is invalid"),
                Some(j) if assign || picked.is_some() => {
                    address = self
                        .addresses
                        .iter()
                        .find(|a| {
                            a.network_id == j.network_id && picked.is_none_or(|p| p == a.id) && self.is_free(a.id)
                        })
                        .map(|a| a.id);
                    if address.is_none() {
                        say("network_interfaces", "is invalid");
                    }
                }
                Some(_) => {}
            }
            join = found;
        }
        let swap = swap.unwrap_or(0);
        self.check_limits(caller.id, None, (memory, cpus, primary + swap), &mut errors);
        if let Some(limit) = self.plan_of(caller.id).and_then(|p| p.ip_limit)
            && address.is_some()
            && i64::try_from(self.addresses_of_user(caller.id).len()).unwrap_or(i64::MAX) >= limit
        {
            errors.push(("base".into(), "IP Addresses limit is exceeded".into()));
        }
        if let Some(limit) = self.plan_of(caller.id).and_then(|p| p.rate_limit)
            && (rate == 0 || rate > limit)
        {
            errors.push(("rate_limit".into(), format!("must be less than or equal to {limit}")));
        }
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        match (template, hypervisor, join) {
            (Some(template), Some(hypervisor), Some(join)) => Ok(Wanted {
                template,
                hypervisor,
                join,
                memory,
                cpus,
                cpu_shares,
                primary,
                swap,
                rate,
                address,
                password,
            }),
            _ => Err(Refusal::field("network_interfaces", "is invalid")),
        }
    }

    /// Makes the VM with its disk, interface and address; queues the build when it is asked for.
    fn place_vm(&mut self, owner: u64, body: &Value, wanted: Wanted) -> u64 {
        let id = self.fresh_id();
        let now = self.now();
        let optional = |field: &str| body[field].as_str().map(String::from);
        let generated = self.random.text(12, "abcdefghijkmnopqrstuvwxyz23456789");
        let vm = Vm {
            id,
            identifier: self.random.identifier(),
            label: text(&body["label"]),
            hostname: text(&body["hostname"]),
            domain: optional("domain").unwrap_or_else(|| "localdomain".into()),
            user_id: owner,
            owners: vec![(now, owner)],
            hypervisor_id: wanted.hypervisor.id,
            template_id: wanted.template.id,
            memory: wanted.memory,
            cpus: wanted.cpus,
            cpu_shares: wanted.cpu_shares,
            primary_disk_size: wanted.primary,
            swap_disk_size: wanted.swap,
            built: false,
            booted: false,
            locked: false,
            suspended: false,
            recovery: false,
            state: "new".into(),
            root_password: wanted.password.unwrap_or(generated),
            vnc_password: self.random.text(8, "abcdefghijkmnopqrstuvwxyz23456789"),
            note: optional("note"),
            admin_note: if self.version.from(2, 1) {
                optional("admin_note")
            } else {
                None
            },
            time_zone: optional("time_zone"),
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        self.vms.insert(id, vm);
        let nic = self.attach_nic(id, "eth0".into(), wanted.join.id, wanted.rate, true);
        if let Some(address) = wanted.address {
            self.join_address(address, nic, id);
        }
        if flag(&body["required_virtual_machine_build"]) {
            let start = !body
                .as_object()
                .is_some_and(|o| o.contains_key("required_virtual_machine_startup"))
                || flag(&body["required_virtual_machine_startup"]);
            self.queue_build(id, start, wanted.swap > 0);
        }
        id
    }

    /// A VM that somebody made in the panel's pages: first template, first network, running at once.
    pub(super) fn place_by_hand(&mut self, owner: u64, label: String, admin_note: Option<String>) -> Option<u64> {
        let template = self.templates.first()?.clone();
        let hypervisor = self.hypervisors.first()?.clone();
        let join = self.network_joins.first()?.clone();
        let address = self
            .addresses
            .iter()
            .find(|a| a.network_id == join.network_id && self.is_free(a.id))
            .map(|a| a.id);
        let body = json!({"label": label, "hostname": "by-hand", "admin_note": admin_note});
        let wanted = Wanted {
            template,
            hypervisor,
            join,
            memory: 512,
            cpus: 1,
            cpu_shares: 50,
            primary: 10,
            swap: 1,
            rate: 0,
            address,
            password: None,
        };
        let id = self.place_vm(owner, &body, wanted);
        if let Some(vm) = self.vms.get_mut(&id) {
            (vm.built, vm.booted, vm.state) = (true, true, "delivered".into());
        }
        Some(id)
    }

    fn queue_build(&mut self, vm: u64, start: bool, swap: bool) {
        let disk = vm.saturating_mul(10);
        let mut steps = vec![Step::on("Disk", disk, "build_disk", 30, Effect::None)];
        if swap {
            steps.push(Step::on("Disk", disk + 1, "build_disk", 10, Effect::None));
        }
        steps.push(Step::on(
            "Disk",
            disk,
            "provisioning",
            if swap { 90 } else { 100 },
            Effect::None,
        ));
        steps.push(Step::new("configure_operating_system", 30, Effect::Built));
        if start {
            steps.push(Step::new("startup_virtual_machine", 20, Effect::Booted));
        }
        self.queue(vm, steps);
    }

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
            let disk = vm.primary_disk_size + vm.swap_disk_size;
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

    pub(super) fn delete_vm(&mut self, caller: &Caller, id: &str) -> Outcome {
        let vm = self.visible_vm(caller, id, &["virtual_machines.delete"])?;
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        if vm.suspended && !self.quirks.delete_suspended {
            return Err(Refusal::State("Virtual Server is suspended".into()));
        }
        let id = vm.id;
        self.queue_destruction(id);
        Ok(self.changed())
    }

    /// Queues the removal of a VM after whatever it is busy with.
    pub(super) fn queue_destruction(&mut self, vm: u64) {
        let booted = self.vms.get(&vm).is_some_and(|v| v.booted);
        let disk = vm.saturating_mul(10);
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
                if template.min_disk_size > vm.primary_disk_size || template.min_memory_size > vm.memory {
                    return Err(Refusal::BareState("Template requires more resources".into()));
                }
                template.id
            }
        };
        let first = !vm.built;
        if let Some(vm) = self.vms.get_mut(&vm.id) {
            vm.template_id = template;
            vm.built = false;
        }
        let start = body["required_startup"].is_null() || flag(&body["required_startup"]);
        if first {
            self.queue_build(vm.id, start, vm.swap_disk_size > 0);
        } else {
            let disk = vm.id.saturating_mul(10);
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
        let body = rooted(params, "virtual_machine");
        let given = [&body["initial_root_password"], &body["new_password"]]
            .iter()
            .map(|v| text(v))
            .find(|p| !p.is_empty());
        let password = match given {
            Some(password) => password,
            None => self.random.text(12, "abcdefghijkmnopqrstuvwxyz23456789"),
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

    pub(super) fn rebuild_vm_network(&mut self, caller: &Caller, id: &str) -> Outcome {
        let vm = self
            .visible_vm(caller, id, &["virtual_machines.rebuild_network"])?
            .clone();
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        self.queue(vm.id, vec![Step::new("rebuild_network", 20, Effect::None)]);
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

    pub(super) fn live_vms(&self) -> impl Iterator<Item = &Vm> {
        self.vms.values().filter(|v| v.deleted_at.is_none())
    }

    /// By id or by the 14-character identifier.
    pub(super) fn find_vm(&self, id: &str) -> Option<&Vm> {
        self.live_vms().find(|v| v.id.to_string() == id || v.identifier == id)
    }

    /// A VM that the caller's permission reaches; one out of reach is 404 like one that does not exist.
    pub(super) fn visible_vm(&self, caller: &Caller, id: &str, permissions: &[&str]) -> Result<&Vm, Refusal> {
        let scope = self.scope(caller, permissions)?;
        self.find_vm(id)
            .filter(|v| scope == Scope::All || v.user_id == caller.id)
            .ok_or(Refusal::NotFound)
    }

    /// Memory, CPUs and disk of a user's VMs, one of them left out.
    pub(super) fn used_by(&self, user: u64, without: Option<u64>) -> (i64, i64, i64) {
        self.live_vms()
            .filter(|v| v.user_id == user && Some(v.id) != without)
            .fold((0, 0, 0), |sum, v| {
                (
                    sum.0 + v.memory,
                    sum.1 + v.cpus,
                    sum.2 + v.primary_disk_size + v.swap_disk_size,
                )
            })
    }

    fn plan_of(&self, user: u64) -> Option<&super::state::Plan> {
        let plan = self.users.get(&user)?.plan_id;
        self.plans.iter().find(|p| p.id == plan)
    }

    fn check_limits(&self, user: u64, vm: Option<u64>, new: (i64, i64, i64), errors: &mut Vec<(String, String)>) {
        let Some(plan) = self.plan_of(user) else { return };
        let used = self.used_by(user, vm);
        let count = i64::try_from(self.live_vms().filter(|v| v.user_id == user).count()).unwrap_or(i64::MAX);
        let over = |limit: Option<i64>, total: i64| limit.is_some_and(|l| total > l);
        if vm.is_none() && over(plan.vm_limit, count + 1) {
            errors.push(("base".into(), "Virtual Servers limit is exceeded".into()));
        }
        for (field, limit, total) in [
            ("memory", plan.memory_limit, used.0 + new.0),
            ("cpus", plan.cpu_limit, used.1 + new.1),
            ("primary_disk_size", plan.disk_limit, used.2 + new.2),
        ] {
            if over(limit, total) {
                errors.push((field.into(), "exceeds the limit of the billing plan".into()));
            }
        }
    }

    /// `Ok(None)`: any network. An unknown network or zone is an error.
    fn wanted_network(&self, body: &Value) -> Result<Option<u64>, ()> {
        if let Some(id) = given(&body["primary_network_id"]).or(given(&body["network_id"])) {
            return self.networks.iter().find(|n| n.id == id).map(|n| Some(n.id)).ok_or(());
        }
        if let Some(zone) = given(&body["primary_network_group_id"]) {
            return self
                .networks
                .iter()
                .find(|n| n.group_id == Some(zone))
                .map(|n| Some(n.id))
                .ok_or(());
        }
        Ok(None)
    }

    fn join_for(&self, hypervisor: &Hypervisor, network: Option<u64>) -> Option<&NetworkJoin> {
        self.network_joins
            .iter()
            .find(|j| j.hypervisor_zone_id == hypervisor.zone_id && network.is_none_or(|n| n == j.network_id))
    }

    fn wanted_hypervisor(
        &self,
        body: &Value,
        memory: i64,
        network: Option<u64>,
    ) -> Result<Hypervisor, (&'static str, &'static str)> {
        let zone = given(&body["hypervisor_group_id"]);
        if zone.is_some_and(|z| !self.hypervisor_zones.iter().any(|h| h.id == z)) {
            return Err(("hypervisor_group_id", "is invalid"));
        }
        let one = given(&body["hypervisor_id"]);
        if one.is_some_and(|id| !self.hypervisors.iter().any(|h| h.id == id)) {
            return Err(("hypervisor_id", "is invalid"));
        }
        let candidates: Vec<&Hypervisor> = self
            .hypervisors
            .iter()
            .filter(|h| h.online && self.quirks.capacity)
            .filter(|h| zone.is_none_or(|z| z == h.zone_id) && one.is_none_or(|id| id == h.id))
            .filter(|h| {
                let used: i64 = self
                    .live_vms()
                    .filter(|v| v.hypervisor_id == h.id)
                    .map(|v| v.memory)
                    .sum();
                h.memory - used >= memory
            })
            .collect();
        candidates
            .iter()
            .find(|h| zone.is_some() || one.is_some() || self.join_for(h, network).is_some())
            .map(|h| (*h).clone())
            .ok_or(("hypervisor_id", "is not available: there is no free hypervisor"))
    }

    pub(super) fn nics_of(&self, vm: u64) -> impl Iterator<Item = &Nic> {
        self.nics
            .values()
            .filter(move |n| n.vm_id == vm && n.removed_at.is_none())
    }

    fn vm_answer(&self, caller: &Caller, id: u64, status: u16) -> Outcome {
        let vm = self.vms.get(&id).ok_or(Refusal::NotFound)?;
        Ok(Answer::json(
            status,
            &json!({"virtual_machine": self.vm_view(caller, vm)}),
        ))
    }

    fn short_vm(&self, vm: &Vm) -> Value {
        json!({"id": vm.id, "identifier": vm.identifier, "label": vm.label, "hostname": vm.hostname,
            "user_id": vm.user_id, "booted": vm.booted, "built": vm.built, "locked": vm.locked,
            "suspended": vm.suspended})
    }

    fn vm_view(&self, caller: &Caller, vm: &Vm) -> Value {
        let v = self.version;
        let template = self.templates.iter().find(|t| t.id == vm.template_id);
        let mut view = json!({
            "id": vm.id, "identifier": vm.identifier, "label": vm.label, "hostname": vm.hostname,
            "user_id": vm.user_id, "hypervisor_id": vm.hypervisor_id, "template_id": vm.template_id,
            "template_label": template.map(|t| t.label.clone()), "operating_system": template.map(|t| t.os.clone()),
            "operating_system_distro": template.map(|t| t.distro.clone()), "memory": vm.memory, "cpus": vm.cpus,
            "cpu_shares": vm.cpu_shares, "total_disk_size": vm.primary_disk_size + vm.swap_disk_size,
            "min_disk_size": template.map_or(0, |t| t.min_disk_size), "monthly_bandwidth_used": 0,
            "booted": vm.booted, "built": vm.built, "locked": vm.locked, "suspended": vm.suspended,
            "recovery_mode": vm.recovery, "initial_root_password": vm.root_password,
            "remote_access_password": vm.vnc_password,
            "local_remote_access_port": if vm.booted { json!(5900 + vm.id % 1000) } else { Value::Null },
            "xen_id": if vm.booted { json!(vm.id % 10_000) } else { Value::Null },
            "ip_addresses": wrapped("ip_address", self.addresses_of_vm(vm.id)),
            "allowed_swap": template.is_some_and(|t| t.allowed_swap), "allowed_hot_migrate": true,
            "allow_resize_without_reboot": template.is_some_and(|t| t.resize_without_reboot),
            "created_at": self.stamp(vm.created_at), "updated_at": self.stamp(vm.updated_at),
        });
        if v.from(2, 1) {
            view["admin_note"] = json!(vm.admin_note);
            view["note"] = json!(vm.note);
            view["strict_virtual_machine_id"] = Value::Null;
            view["enable_autoscale"] = Value::Null;
            view["enable_monitis"] = Value::Null;
        }
        if v.from(2, 3) {
            view["state"] = json!(if v.from(3, 0) { vm.state.as_str() } else { "new" });
            view["vip"] = Value::Null;
            view["add_to_marketplace"] = Value::Null;
        }
        if v.from(3, 0) {
            view["cpu_units"] = json!(1000);
            view["initial_root_password_encrypted"] = json!(false);
            view["local_remote_access_ip_address"] = json!("127.0.0.1");
            view["service_password"] = Value::Null;
            view["edge_server_type"] = json!(false);
            view["storage_server_type"] = json!(false);
            view["firewall_notrack"] = json!(false);
            view["preferred_hvs"] = json!([]);
            view["deleted_at"] = self.stamp_or_null(vm.deleted_at);
            view["customer_network_id"] = Value::Null;
            view["iso_id"] = Value::Null;
        } else {
            view["max_memory"] = json!(vm.memory);
            view["update_billing_stat"] = json!(true);
        }
        if v.from(4, 2) {
            view["cpu_priority"] = json!(vm.cpu_shares);
            view["cpu_sockets"] = Value::Null;
            view["cpu_threads"] = Value::Null;
            view["support_incremental_backups"] = json!(true);
            view["acceleration"] = json!(false);
            view["time_zone"] = json!(vm.time_zone);
            if super::permissions::scope(&caller.permissions, "users.read_prices.vm_prices").is_some() {
                view["price_per_hour"] = json!(0.01);
                view["price_per_hour_powered_off"] = json!(0.005);
            }
        }
        if v.from(4, 3) {
            view["hypervisor_type"] = json!("kvm");
            view["instance_package_id"] = Value::Null;
        }
        if v.splits_domain() {
            view["domain"] = json!(vm.domain);
            view["template_version"] = json!("1.0");
        }
        view
    }
}

/// An id that the client really gave: null, empty and 0 mean "any".
fn given(value: &Value) -> Option<u64> {
    id_of(value).filter(|id| *id > 0).or_else(|| {
        if text(value).is_empty() || text(value) == "0" {
            None
        } else {
            Some(u64::MAX)
        }
    })
}

fn status_view(vm: &Vm) -> Value {
    json!({"id": vm.id, "identifier": vm.identifier, "hostname": vm.hostname, "template_id": vm.template_id,
        "built": vm.built, "locked": vm.locked, "booted": vm.booted, "operating_system": "linux",
        "suspended": vm.suspended, "enable_autoscale": null, "state": vm.state})
}
