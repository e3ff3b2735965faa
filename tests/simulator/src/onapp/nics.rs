//! Network interfaces. The addresses on them are in `addresses`.
//!
//! Source: reference: onapp-api.md 6.4. The vendor's admin list (seed 002, 1.5) knows no `network_interfaces`
//! permission and yet its module lists and edits interfaces: "any action on virtual machines" covers them here too.

use super::refusal::Refusal;
use super::state::{Caller, Effect, NetworkJoin, Nic};
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
        let hypervisor = self.hypervisors.iter().find(|h| h.id == vm.hypervisor_id);
        let join = id_of(&body["network_join_id"])
            .filter(|id| {
                let reaches = |j: &NetworkJoin| hypervisor.is_some_and(|h| j.target.reaches(h));
                self.network_joins.iter().any(|j| j.id == *id && reaches(j))
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
        let vm = self.visible_vm(caller, vm, CHANGE)?.clone();
        let nic = self.nic_of(vm.id, nic)?.clone();
        let body = rooted(params, "network_interface");
        let rate = checked_rate(&body["rate_limit"])?;
        let changes = rate.is_some_and(|rate| rate != nic.rate_limit);
        let limit = self.plan_of(vm.user_id).and_then(|p| p.rate_limit);
        if let (true, Some(rate), Some(limit)) = (changes, rate, limit)
            && (rate == 0 || rate > limit)
        {
            return Err(Refusal::field(
                "rate_limit",
                &format!("must be less than or equal to {limit}"),
            ));
        }
        if changes && vm.locked {
            return Err(Refusal::State("Virtual Server is locked".into()));
        }
        let (vm, nic) = (vm.id, nic.id);
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
            default_rule: "ACCEPT".into(),
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

    pub(super) fn network_of(&self, nic: &Nic) -> Option<u64> {
        self.network_joins
            .iter()
            .find(|j| j.id == nic.network_join_id)
            .map(|j| j.network_id)
    }

    fn nic_view(&self, nic: &Nic) -> Value {
        let mut view = json!({
            "id": nic.id, "label": nic.label, "identifier": nic.identifier, "mac_address": nic.mac,
            "primary": nic.primary, "rate_limit": nic.rate_limit, "network_join_id": nic.network_join_id,
            "virtual_machine_id": nic.vm_id, "default_firewall_rule": nic.default_rule, "usage": null,
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
