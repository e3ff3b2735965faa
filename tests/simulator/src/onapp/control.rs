//! The `/_sim/` paths: the truth, traffic, changes behind the client's back, quirks.
//!
//! No credentials: the simulator listens for tests. Errors are sentences.

use super::state::Role;
use super::usage::Sums;
use super::{OnApp, id_of};
use crate::clock::Time;
use crate::request::{Request, flag, int, text};
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn z(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl OnApp {
    /// Answers a control request.
    ///
    /// # Errors
    /// A sentence: an unknown path, a wrong body, an object that is not there. Nothing was changed.
    pub fn control(&mut self, request: &Request) -> Result<Value, String> {
        self.settle();
        let path = request.path().trim_start_matches("/_sim").trim_matches('/');
        let body = request.control_body()?;
        match (request.method.as_str(), path) {
            ("GET", "") => Ok(json!({"panel": "onapp", "version": self.version.text(), "now": z(self.now())})),
            ("GET", "state") => Ok(self.truth()),
            ("POST", "traffic") => self.add_traffic(&body),
            ("POST", "cpu") => self.add_cpu(&body),
            ("POST", "backup") => self.control_backup(&body),
            ("POST", "address") => self.control_address(&body),
            ("POST", "template") => self.control_template(&body),
            ("POST", "hypervisor") => self.control_hypervisor(&body),
            ("POST", "vm") => self.control_vm(&body),
            ("POST", "user") => self.control_user(&body),
            ("POST", "role") => self.control_role(&body),
            ("POST", "transactions") => {
                let action = body["fail"]
                    .as_str()
                    .ok_or("name the action that shall fail: {\"fail\":\"build_disk\"}")?;
                let count = int(&body["count"]).and_then(|n| u64::try_from(n).ok()).unwrap_or(1);
                self.planned_failures.push((action.into(), count));
                Ok(json!({}))
            }
            ("GET", "quirks") if request.query().is_empty() => Ok(self.quirks.list()),
            ("GET" | "POST", "quirks") => {
                self.quirks.set(&body)?;
                Ok(self.quirks.list())
            }
            (method, path) => Err(format!("there is no {method} /_sim/{path}")),
        }
    }

    /// Changes behind the client's back.
    fn control_vm(&mut self, body: &Value) -> Result<Value, String> {
        let action = text(&body["action"]);
        let now = self.now();
        let nic = id_of(&body["nic"]);
        if action == "create" {
            return self.control_create(body);
        }
        let vm = id_of(&body["vm"]).filter(|id| self.vms.get(id).is_some_and(|v| v.deleted_at.is_none()));
        let vm = vm.ok_or("name a living virtual machine: {\"vm\":id}")?;
        match action.as_str() {
            "delete" => self.destroy_now(vm, now),
            "add_nic" => {
                let hypervisor = self
                    .vms
                    .get(&vm)
                    .and_then(|v| self.hypervisors.iter().find(|h| h.id == v.hypervisor_id));
                let network = id_of(&body["network"]);
                let join = self
                    .network_joins
                    .iter()
                    .find(|j| {
                        hypervisor.is_some_and(|h| j.target.reaches(h)) && network.is_none_or(|n| n == j.network_id)
                    })
                    .map(|j| j.id)
                    .ok_or("that network does not reach the virtual machine")?;
                let label = format!("eth{}", self.nics_of(vm).count());
                let nic = self.attach_nic(vm, label, join, 0, false);
                return Ok(json!({"nic": nic}));
            }
            "remove_nic" => {
                let nic = nic
                    .filter(|id| self.nics_of(vm).any(|n| n.id == *id))
                    .ok_or("name one of its interfaces: {\"nic\":id}")?;
                self.remove_nic(nic, now);
            }
            "change" => {
                let vm = self.vms.get_mut(&vm).ok_or("gone")?;
                for (field, place) in [
                    ("booted", &mut vm.booted),
                    ("built", &mut vm.built),
                    ("locked", &mut vm.locked),
                    ("suspended", &mut vm.suspended),
                ] {
                    if !body[field].is_null() {
                        *place = flag(&body[field]);
                    }
                }
                if body["label"].is_string() {
                    vm.label = text(&body["label"]);
                }
                if let Some(note) = body.get("admin_note") {
                    vm.admin_note = note.as_str().map(String::from);
                }
                if let Some(owner) = id_of(&body["user_id"]) {
                    vm.user_id = owner;
                    vm.owners.push((now, owner));
                }
                vm.updated_at = now;
            }
            other => {
                return Err(format!(
                    "there is no action {other}; create, delete, change, add_nic or remove_nic"
                ));
            }
        }
        Ok(json!({}))
    }

    /// A VM made in the panel's own pages: `{"action":"create","user":id,"label":..}`, built and running at once.
    fn control_create(&mut self, body: &Value) -> Result<Value, String> {
        let user = id_of(&body["user"])
            .filter(|id| self.users.contains_key(id))
            .ok_or("name its owner: {\"user\":id}")?;
        let label = if body["label"].is_string() {
            text(&body["label"])
        } else {
            "by hand".into()
        };
        let note = body["admin_note"].as_str().map(String::from);
        let id = self.place_by_hand(user, label, note).ok_or("the cloud is empty")?;
        Ok(json!({"vm": id, "identifier": self.vms.get(&id).map(|v| v.identifier.clone())}))
    }

    /// A template that staff took out of service, or brought back: `{"template":id,"active":false}`.
    fn control_template(&mut self, body: &Value) -> Result<Value, String> {
        let id = id_of(&body["template"]).ok_or("name a template: {\"template\":id}")?;
        let template = self.templates.iter_mut().find(|t| t.id == id);
        template.ok_or("there is no such template")?.active = flag(&body["active"]);
        Ok(json!({}))
    }

    /// A hypervisor that fails or comes back: `{"hypervisor":id,"online":false}`.
    fn control_hypervisor(&mut self, body: &Value) -> Result<Value, String> {
        let id = id_of(&body["hypervisor"]).ok_or("name a hypervisor: {\"hypervisor\":id}")?;
        let hypervisor = self.hypervisors.iter_mut().find(|h| h.id == id);
        hypervisor.ok_or("there is no such hypervisor")?.online = flag(&body["online"]);
        Ok(json!({}))
    }

    fn control_user(&mut self, body: &Value) -> Result<Value, String> {
        let id = id_of(&body["user"]).ok_or("name a user: {\"user\":id}")?;
        let action = text(&body["action"]);
        if action == "erase" {
            self.erase_user(id);
            return Ok(json!({}));
        }
        let now = self.now();
        let user = self.users.get_mut(&id).ok_or("there is no such user")?;
        match action.as_str() {
            "suspend" => user.status = super::state::UserStatus::Suspended,
            "activate" => user.status = super::state::UserStatus::Active,
            "password" => user.password = text(&body["password"]),
            "roles" => {
                user.role_ids = body["role_ids"]
                    .as_array()
                    .map(|l| l.iter().filter_map(id_of).collect())
                    .unwrap_or_default();
            }
            other => {
                return Err(format!(
                    "there is no action {other}; erase, suspend, activate, password or roles"
                ));
            }
        }
        user.updated_at = now;
        Ok(json!({}))
    }

    /// `{"role":1,"grant":[..],"revoke":[..]}`, or `{"label":..,"permissions":[..]}` for a new role.
    fn control_role(&mut self, body: &Value) -> Result<Value, String> {
        let names = |key: &str| -> Vec<String> {
            body[key]
                .as_array()
                .map(|l| l.iter().map(text).collect())
                .unwrap_or_default()
        };
        let Some(id) = id_of(&body["role"]) else {
            let id = self.fresh_id();
            let label = text(&body["label"]);
            let permissions = names("permissions").into_iter().collect();
            self.roles.push(Role {
                id,
                identifier: label.to_lowercase(),
                label,
                permissions,
            });
            return Ok(json!({"role": id}));
        };
        let role = self
            .roles
            .iter_mut()
            .find(|r| r.id == id)
            .ok_or("there is no such role")?;
        role.permissions.extend(names("grant"));
        for name in names("revoke") {
            role.permissions.remove(&name);
        }
        Ok(json!({"role": id}))
    }

    /// Everything that is true, deleted VMs and removed interfaces included. Traffic in KB, whole hours that are over.
    /// `reported` is the part that the panel's rows showed while they could be read.
    fn truth(&self) -> Value {
        let mut owners: BTreeMap<u64, Sums> = BTreeMap::new();
        let mut vms = Vec::new();
        for vm in self.vms.values() {
            let mut sums = Sums::default();
            let mut nics = Vec::new();
            for nic in self.nics.values().filter(|n| n.vm_id == vm.id) {
                let (hours, part, by_owner) = self.true_hours(nic.id);
                Self::add_sums(&mut sums, part);
                for (owner, part) in by_owner {
                    Self::add_sums(owners.entry(owner).or_default(), part);
                }
                let mut view = json!({"id": nic.id, "label": nic.label, "primary": nic.primary,
                    "rate_limit": nic.rate_limit, "network_id": self.network_of(nic), "created_at": z(nic.created_at),
                    "removed_at": nic.removed_at.map(z), "hours": hours});
                part.write(&mut view);
                nics.push(view);
            }
            let of_vm = || self.disks.values().filter(|d| d.vm_id == vm.id);
            let size = |swap: bool| of_vm().find(|d| d.swap == swap).map_or(0, |d| d.size);
            let disks: Vec<Value> = of_vm()
                .map(|d| {
                    json!({"id": d.id, "size": d.size, "swap": d.swap, "autobackup": d.autobackup,
                        "data_store_id": d.data_store_id, "removed": d.removed_at.is_some()})
                })
                .collect();
            let mut view = json!({
                "id": vm.id, "identifier": vm.identifier, "label": vm.label, "hostname": vm.hostname,
                "domain": vm.domain, "user_id": vm.user_id, "template_id": vm.template_id, "memory": vm.memory,
                "cpus": vm.cpus, "cpu_shares": vm.cpu_shares, "primary_disk_size": size(false), "swap_disk_size": size(true),
                "disks": disks, "backups": self.true_backups(vm.id), "firewall": vm.firewall, "starts": vm.starts,
                "recovery": vm.recovery, "addresses": self.true_addresses(vm.id),
                "hypervisor_id": vm.hypervisor_id, "built": vm.built, "booted": vm.booted, "locked": vm.locked,
                "suspended": vm.suspended, "admin_note": vm.admin_note, "note": vm.note,
                "created_at": z(vm.created_at), "deleted_at": vm.deleted_at.map(z), "nics": nics,
                "ip_addresses": self.addresses_of_vm(vm.id).iter().map(|a| a["address"].clone()).collect::<Value>(),
            });
            sums.write(&mut view);
            vms.push(view);
        }
        let user = |u: &super::state::User, erased: bool| {
            json!({"id": u.id, "login": u.login, "email": u.email, "status": if erased { "erased" } else { u.status.word() },
                "role_ids": u.role_ids, "user_group_id": u.user_group_id, "plan_id": u.plan_id, "time_zone": u.time_zone,
                "created_at": z(u.created_at), "deleted_at": u.deleted_at.map(z)})
        };
        let mut users: Vec<Value> = self.users.values().map(|u| user(u, false)).collect();
        users.extend(self.erased.iter().map(|u| user(u, true)));
        let owners: Vec<Value> = owners
            .into_iter()
            .map(|(id, sums)| {
                let login = self
                    .users
                    .get(&id)
                    .or_else(|| self.erased.iter().find(|u| u.id == id))
                    .map(|u| u.login.clone());
                let mut view = Value::Object(Map::new());
                view["user_id"] = json!(id);
                view["login"] = json!(login);
                sums.write(&mut view);
                view
            })
            .collect();
        json!({"panel": "onapp", "version": self.version.text(), "seed": self.seed, "now": z(self.now()),
            "users": users, "vms": vms, "owners": owners,
            "open_transactions": self.open_transactions.len()})
    }
}
