//! Virtual machines as they are read: lists, search, one of them, who may see it, what the release shows of it.
//!
//! Source: reference: onapp-api.md 5.1 to 5.3, 8.1. Making them is in `vm_create`, changing them in `vm_actions`.

use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::{Caller, Nic, Vm};
use super::{OnApp, Outcome, wrapped};
use crate::request::{Answer, text};
use serde_json::{Value, json};

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

    pub(super) fn nics_of(&self, vm: u64) -> impl Iterator<Item = &Nic> {
        self.nics
            .values()
            .filter(move |n| n.vm_id == vm && n.removed_at.is_none())
    }

    pub(super) fn vm_answer(&self, caller: &Caller, id: u64, status: u16) -> Outcome {
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
            "cpu_shares": vm.cpu_shares, "total_disk_size": self.disk_size_of(vm.id),
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

fn status_view(vm: &Vm) -> Value {
    json!({"id": vm.id, "identifier": vm.identifier, "hostname": vm.hostname, "template_id": vm.template_id,
        "built": vm.built, "locked": vm.locked, "booted": vm.booted, "operating_system": "linux",
        "suspended": vm.suspended, "enable_autoscale": null, "state": vm.state})
}
