//! Making virtual machines: validation, plan limits, placement, the first build.
//!
//! Source: reference: onapp-api.md 5.4. Numbers of the cloud: `seed`.

use super::refusal::Refusal;
use super::state::{Caller, Effect, Hypervisor, NetworkJoin, Plan, Template, Vm};
use super::transactions::Step;
use super::{OnApp, Outcome, id_of, rooted};
use crate::request::{flag, int, text};
use serde_json::{Value, json};

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
                if t.os == "windows"
                    && self.version.from(3, 0)
                    && !["mak", "kms", "own"].contains(&text(&body["licensing_type"]).as_str())
                {
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
        if let Some(words) = password.as_ref().and_then(|p| self.password_refusal(p)) {
            say("initial_root_password", words);
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
                            a.network_id == j.network_id
                                && picked.is_none_or(|p| p == a.id)
                                && self.is_free_for(a, caller.id)
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

    /// Why a machine's root password is refused: 6 to 31 plain characters in 2.x, at least 6 later.
    pub(super) fn password_refusal(&self, password: &str) -> Option<&'static str> {
        let old = !self.version.from(3, 0);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let length = password.chars().count();
        if length < 6 || (old && length > 31) {
            Some("should be from 6 to 31 characters")
        } else if old && !password.chars().all(plain) {
            Some("may contain letters, digits, dash and underscore only")
        } else {
            None
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
            built: false,
            booted: false,
            locked: false,
            suspended: false,
            recovery: false,
            state: "new".into(),
            root_password: wanted.password.unwrap_or(generated),
            vnc_password: self.random.text(8, "abcdefghijkmnopqrstuvwxyz23456789"),
            console_key: None,
            firewall: Value::Null,
            starts: 0,
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
        let backed_up = flag(&body["required_automatic_backup"]);
        let store = |field: &str| {
            let zone = given(&body[field]);
            let of_zone = self.data_stores.iter().find(|d| zone.is_some() && d.group_id == zone);
            of_zone.or(self.data_stores.first()).map_or(1, |d| d.id)
        };
        let stores = (store("data_store_group_primary_id"), store("data_store_group_swap_id"));
        self.add_disk(id, wanted.primary, false, backed_up, stores.0);
        if wanted.swap > 0 {
            self.add_disk(id, wanted.swap, true, false, stores.1);
        }
        let nic = self.attach_nic(id, "eth0".into(), wanted.join.id, wanted.rate, true);
        if let Some(address) = wanted.address {
            self.join_address(address, nic, id);
        }
        if flag(&body["required_virtual_machine_build"]) {
            let start = !body
                .as_object()
                .is_some_and(|o| o.contains_key("required_virtual_machine_startup"))
                || flag(&body["required_virtual_machine_startup"]);
            self.queue_build(id, start);
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
            .find(|a| a.network_id == join.network_id && self.is_free_for(a, owner))
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
            (vm.built, vm.booted, vm.starts, vm.state) = (true, true, 1, "delivered".into());
        }
        self.settle_parts(id);
        Some(id)
    }

    pub(super) fn queue_build(&mut self, vm: u64, start: bool) {
        let disk = self.primary_disk_of(vm);
        let swap = self.disks_of(vm).find(|d| d.swap).map(|d| d.id);
        let mut steps = vec![Step::on("Disk", disk, "build_disk", 30, Effect::None)];
        if let Some(swap) = swap {
            steps.push(Step::on("Disk", swap, "build_disk", 10, Effect::None));
        }
        steps.push(Step::on(
            "Disk",
            disk,
            "provisioning",
            if swap.is_some() { 90 } else { 100 },
            Effect::None,
        ));
        steps.push(Step::new("configure_operating_system", 30, Effect::Built));
        if start {
            steps.push(Step::new("startup_virtual_machine", 20, Effect::Booted));
        }
        self.queue(vm, steps);
    }

    /// Memory, CPUs and disk of a user's VMs, one of them left out.
    pub(super) fn used_by(&self, user: u64, without: Option<u64>) -> (i64, i64, i64) {
        self.live_vms()
            .filter(|v| v.user_id == user && Some(v.id) != without)
            .fold((0, 0, 0), |sum, v| {
                (sum.0 + v.memory, sum.1 + v.cpus, sum.2 + self.disk_size_of(v.id))
            })
    }

    pub(super) fn plan_of(&self, user: u64) -> Option<&Plan> {
        let plan = self.users.get(&user)?.plan_id;
        self.plans.iter().find(|p| p.id == plan)
    }

    pub(super) fn check_limits(
        &self,
        user: u64,
        vm: Option<u64>,
        new: (i64, i64, i64),
        errors: &mut Vec<(String, String)>,
    ) {
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
            .find(|j| j.target.reaches(hypervisor) && network.is_none_or(|n| n == j.network_id))
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
}

/// An id that the client really gave: null, empty and 0 mean "any".
pub(super) fn given(value: &Value) -> Option<u64> {
    id_of(value).filter(|id| *id > 0).or_else(|| {
        if text(value).is_empty() || text(value) == "0" {
            None
        } else {
            Some(u64::MAX)
        }
    })
}
