//! Network interfaces and the addresses on them.
//!
//! Source: reference: onapp-api.md 6.3 and 6.4. The vendor's admin list (seed 002, 1.5) knows no `network_interfaces`
//! permission and yet its module lists and edits interfaces: "any action on virtual machines" covers them here too.

use super::refusal::Refusal;
use super::state::{Address, AddressJoin, Caller, Effect, Nic};
use super::transactions::Step;
use super::{OnApp, Outcome, id_of, rooted, wrapped};
use crate::clock::Time;
use crate::request::{Answer, int, text};
use serde_json::{Value, json};

const READ: &[&str] = &["network_interfaces.read", "virtual_machines.read"];
const CHANGE: &[&str] = &["network_interfaces.update", "virtual_machines.update"];

impl OnApp {
    pub(super) fn list_nics(&self, caller: &Caller, vm: &str) -> Outcome {
        let vm = self.visible_vm(caller, vm, READ)?;
        Ok(Answer::json(
            200,
            &wrapped("network_interface", self.nics_of(vm.id).map(|n| self.nic_view(n))),
        ))
    }

    pub(super) fn get_nic(&self, caller: &Caller, vm: &str, nic: &str) -> Outcome {
        let vm = self.visible_vm(caller, vm, READ)?.id;
        let nic = self.nic_of(vm, nic)?;
        Ok(Answer::json(200, &json!({"network_interface": self.nic_view(nic)})))
    }

    pub(super) fn create_nic(&mut self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        let vm = self.visible_vm(caller, vm, CHANGE)?.clone();
        let body = rooted(params, "network_interface");
        let zone = self
            .hypervisors
            .iter()
            .find(|h| h.id == vm.hypervisor_id)
            .map(|h| h.zone_id);
        let join = id_of(&body["network_join_id"])
            .filter(|id| {
                self.network_joins
                    .iter()
                    .any(|j| j.id == *id && Some(j.hypervisor_zone_id) == zone)
            })
            .ok_or_else(|| Refusal::field("network_join_id", "is invalid"))?;
        if vm.locked {
            return Err(Refusal::State("Virtual Server is locked".into()));
        }
        let rate = checked_rate(&body["rate_limit"])?.unwrap_or(0);
        let label = match text(&body["label"]) {
            label if label.is_empty() => format!("eth{}", self.nics_of(vm.id).count()),
            label => label,
        };
        let nic = self.attach_nic(vm.id, label, join, rate, false);
        self.queue(
            vm.id,
            vec![Step::on(
                "NetworkInterface",
                nic,
                "attach_network_interface",
                10,
                Effect::None,
            )],
        );
        let nic = self.nics.get(&nic).ok_or(Refusal::NotFound)?;
        Ok(Answer::json(201, &json!({"network_interface": self.nic_view(nic)})))
    }

    pub(super) fn edit_nic(&mut self, caller: &Caller, vm: &str, nic: &str, params: &Value) -> Outcome {
        let vm = self.visible_vm(caller, vm, CHANGE)?.id;
        let nic = self.nic_of(vm, nic)?.id;
        let body = rooted(params, "network_interface");
        let rate = checked_rate(&body["rate_limit"])?;
        let now = self.now();
        let mut changed = false;
        if let Some(nic) = self.nics.get_mut(&nic) {
            if body["label"].is_string() {
                nic.label = text(&body["label"]);
            }
            if let Some(rate) = rate {
                changed = rate != nic.rate_limit;
                nic.rate_limit = rate;
            }
            nic.updated_at = now;
        }
        if changed {
            self.queue(
                vm,
                vec![Step::on("NetworkInterface", nic, "update_rate_limit", 5, Effect::None)],
            );
        }
        Ok(self.changed())
    }

    pub(super) fn delete_nic(&mut self, caller: &Caller, vm: &str, nic: &str) -> Outcome {
        let vm = self.visible_vm(caller, vm, CHANGE)?.clone();
        let nic = self.nic_of(vm.id, nic)?;
        if nic.primary {
            return Err(Refusal::State("Primary network interface cannot be removed".into()));
        }
        if vm.locked {
            return Err(Refusal::State("Virtual Server is locked".into()));
        }
        let nic = nic.id;
        self.queue(
            vm.id,
            vec![Step::on(
                "NetworkInterface",
                nic,
                "detach_network_interface",
                10,
                Effect::Detached(nic),
            )],
        );
        Ok(self.changed())
    }

    pub(super) fn list_address_joins(&self, caller: &Caller, vm: &str) -> Outcome {
        self.scope(caller, &["ip_address_joins.read"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?.id;
        let rows = self
            .address_joins
            .values()
            .filter(|j| j.vm_id == vm)
            .map(|j| self.join_view(j));
        Ok(Answer::json(200, &wrapped("ip_address_join", rows)))
    }

    pub(super) fn assign_address(&mut self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        self.scope(caller, &["ip_address_joins.create"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?.id;
        // The wrong root is no parameter at all: from 5.4 on `ip_address`, before `ip_address_join` (reference 1.7).
        let body = &params[self.version.ip_assign_root()];
        let nic = id_of(&body["network_interface_id"])
            .and_then(|id| self.nics_of(vm).find(|n| n.id == id))
            .ok_or_else(|| Refusal::field("network_interface", "can't be blank"))?;
        let network = self.network_of(nic);
        let wanted = id_of(&body["ip_address_id"]);
        let by_text = text(&body["address"]);
        let address = self
            .addresses
            .iter()
            .filter(|a| Some(a.network_id) == network && self.is_free(a.id))
            .find(|a| wanted.is_none_or(|w| w == a.id) && (by_text.is_empty() || by_text == a.address))
            .map(|a| a.id)
            .ok_or_else(|| Refusal::field("ip_address", "is not available"))?;
        let nic = nic.id;
        let join = self.join_address(address, nic, vm);
        let join = self.address_joins.get(&join).ok_or(Refusal::NotFound)?;
        Ok(Answer::json(201, &json!({"ip_address_join": self.join_view(join)})))
    }

    pub(super) fn release_address(&mut self, caller: &Caller, vm: &str, join: &str) -> Outcome {
        self.scope(caller, &["ip_address_joins.delete"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?.id;
        let join: u64 = join.parse().map_err(|_| Refusal::NotFound)?;
        if self.address_joins.get(&join).is_none_or(|j| j.vm_id != vm) {
            return Err(Refusal::NotFound);
        }
        self.address_joins.remove(&join);
        Ok(self.changed())
    }

    pub(super) fn nic_of(&self, vm: u64, nic: &str) -> Result<&Nic, Refusal> {
        let nic: u64 = nic.parse().map_err(|_| Refusal::NotFound)?;
        self.nics_of(vm).find(|n| n.id == nic).ok_or(Refusal::NotFound)
    }

    pub(super) fn attach_nic(&mut self, vm: u64, label: String, join: u64, rate: i64, primary: bool) -> u64 {
        let id = self.fresh_id();
        let now = self.now();
        let mac = self.random.number();
        let nic = Nic {
            id,
            identifier: self.random.identifier(),
            vm_id: vm,
            label,
            mac: format!(
                "00:16:3e:{:02x}:{:02x}:{:02x}",
                mac & 0x7f,
                (mac >> 8) & 0xff,
                (mac >> 16) & 0xff
            ),
            primary,
            rate_limit: rate,
            network_join_id: join,
            created_at: now,
            updated_at: now,
            removed_at: None,
        };
        self.nics.insert(id, nic);
        id
    }

    pub(super) fn remove_nic(&mut self, nic: u64, at: Time) {
        if let Some(nic) = self.nics.get_mut(&nic) {
            nic.removed_at = Some(at);
        }
        self.address_joins.retain(|_, j| j.nic_id != nic);
    }

    pub(super) fn join_address(&mut self, address_id: u64, nic_id: u64, vm_id: u64) -> u64 {
        let id = self.fresh_id();
        let created_at = self.now();
        self.address_joins.insert(
            id,
            AddressJoin {
                id,
                address_id,
                nic_id,
                vm_id,
                created_at,
            },
        );
        id
    }

    pub(super) fn is_free(&self, address: u64) -> bool {
        !self.address_joins.values().any(|j| j.address_id == address)
    }

    pub(super) fn addresses_of_vm(&self, vm: u64) -> Vec<Value> {
        let joins = self.address_joins.values().filter(|j| j.vm_id == vm);
        joins
            .filter_map(|j| self.addresses.iter().find(|a| a.id == j.address_id))
            .map(|a| self.address_view(a))
            .collect()
    }

    pub(super) fn addresses_of_user(&self, user: u64) -> Vec<Value> {
        self.live_vms()
            .filter(|v| v.user_id == user)
            .flat_map(|v| self.addresses_of_vm(v.id))
            .collect()
    }

    fn network_of(&self, nic: &Nic) -> Option<u64> {
        self.network_joins
            .iter()
            .find(|j| j.id == nic.network_join_id)
            .map(|j| j.network_id)
    }

    fn nic_view(&self, nic: &Nic) -> Value {
        let mut view = json!({
            "id": nic.id, "label": nic.label, "identifier": nic.identifier, "mac_address": nic.mac,
            "primary": nic.primary, "rate_limit": nic.rate_limit, "network_join_id": nic.network_join_id,
            "virtual_machine_id": nic.vm_id, "default_firewall_rule": "ACCEPT", "usage": null,
            "usage_last_reset_at": null, "usage_month_rolled_at": null, "created_at": self.stamp(nic.created_at),
            "updated_at": self.stamp(nic.updated_at),
        });
        if self.version.from(3, 0) {
            view["connected"] = json!(true);
            view["edge_gateway_id"] = Value::Null;
        }
        if self.version.from(5, 5) {
            view["use_as_gateway"] = json!(false);
            view["openstack_id"] = Value::Null;
        }
        view
    }

    fn join_view(&self, join: &AddressJoin) -> Value {
        let address = self
            .addresses
            .iter()
            .find(|a| a.id == join.address_id)
            .map(|a| self.address_view(a));
        let double = self.quirks.double_wrapped_ip || !self.version.from(3, 0);
        json!({"id": join.id, "ip_address_id": join.address_id, "network_interface_id": join.nic_id,
            "ip_address": if double { json!({"ip_address": address}) } else { json!(address) },
            "created_at": self.stamp(join.created_at), "updated_at": self.stamp(join.created_at)})
    }

    pub(super) fn address_view(&self, address: &Address) -> Value {
        let owner = self
            .address_joins
            .values()
            .find(|j| j.address_id == address.id)
            .and_then(|j| self.vms.get(&j.vm_id));
        let mut view = json!({
            "id": address.id, "address": address.address, "netmask": address.netmask, "broadcast": null,
            "network_address": null, "gateway": address.gateway, "network_id": address.network_id,
            "free": owner.is_none(), "disallowed_primary": false,
        });
        if self.version.from(2, 3) {
            view["user_id"] = json!(owner.map(|v| v.user_id));
        }
        if self.version.from(5, 4) {
            view["ipv4"] = json!(true);
            view["prefix"] = json!(if address.network_id == 1 { 22 } else { 24 });
        }
        view
    }
}

fn checked_rate(value: &Value) -> Result<Option<i64>, Refusal> {
    if value.is_null() || text(value).is_empty() {
        return Ok(None);
    }
    int(value)
        .filter(|r| (0..=1000).contains(r))
        .map(Some)
        .ok_or_else(|| Refusal::field("rate_limit", "must be between 0 and 1000"))
}
