//! Firewall rules of interfaces, their order, and what happens to everything else.
//!
//! Source: reference: onapp-api.md 6.7. Rules and defaults do nothing until they are applied; what is in force is in the
//! truth as `firewall`. Which permission the defaults and the application need is not documented: changing rules does.

use super::catalogue::single;
use super::refusal::Refusal;
use super::state::{Caller, Effect, FirewallRule};
use super::transactions::Step;
use super::vm_actions::LOCKED;
use super::{OnApp, Outcome, id_of, rooted, wrapped};
use crate::request::{Answer, int, text};
use serde_json::{Map, Value, json};

impl OnApp {
    pub(super) fn list_firewall_rules(&self, caller: &Caller, vm: &str) -> Outcome {
        let vm = self.firewalled_vm(caller, vm, "firewall_rules.read")?;
        let rows = self.rules_of(vm).into_iter().map(|r| self.rule_view(r));
        Ok(Answer::json(200, &wrapped("firewall_rule", rows)))
    }

    pub(super) fn get_firewall_rule(&self, caller: &Caller, vm: &str, rule: &str) -> Outcome {
        let vm = self.firewalled_vm(caller, vm, "firewall_rules.read")?;
        single("firewall_rule", self.rule_view(self.rule_of(vm, rule)?))
    }

    pub(super) fn create_firewall_rule(&mut self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        let vm = self.firewalled_vm(caller, vm, "firewall_rules.create")?;
        let now = self.now();
        let mut rule = FirewallRule {
            id: 0,
            vm_id: vm,
            nic_id: 0,
            position: 0,
            command: String::new(),
            protocol: String::new(),
            address: None,
            port: None,
            comment: None,
            created_at: now,
            updated_at: now,
        };
        self.fill_rule(&mut rule, rooted(params, "firewall_rule"))?;
        rule.id = self.fresh_id();
        rule.position = 1 + self.last_position(rule.nic_id);
        let view = self.rule_view(&rule);
        self.firewall_rules.insert(rule.id, rule);
        Ok(Answer::json(201, &json!({"firewall_rule": view})))
    }

    pub(super) fn edit_firewall_rule(&mut self, caller: &Caller, vm: &str, rule: &str, params: &Value) -> Outcome {
        let vm = self.firewalled_vm(caller, vm, "firewall_rules.update")?;
        let mut rule = self.rule_of(vm, rule)?.clone();
        let nic = rule.nic_id;
        self.fill_rule(&mut rule, rooted(params, "firewall_rule"))?;
        if rule.nic_id != nic {
            rule.position = 1 + self.last_position(rule.nic_id);
        }
        rule.updated_at = self.now();
        self.firewall_rules.insert(rule.id, rule);
        self.number_rules(nic);
        Ok(self.rule_changed())
    }

    pub(super) fn delete_firewall_rule(&mut self, caller: &Caller, vm: &str, rule: &str) -> Outcome {
        let vm = self.firewalled_vm(caller, vm, "firewall_rules.delete")?;
        let rule = self.rule_of(vm, rule)?;
        let (id, nic) = (rule.id, rule.nic_id);
        self.firewall_rules.remove(&id);
        self.number_rules(nic);
        Ok(self.rule_changed())
    }

    /// A change by GET. The first does not go up and the last not down; that is no error.
    pub(super) fn move_firewall_rule(&mut self, caller: &Caller, vm: &str, rule: &str, params: &Value) -> Outcome {
        let vm = self.firewalled_vm(caller, vm, "firewall_rules.update")?;
        let rule = self.rule_of(vm, rule)?.clone();
        let to = match text(&params["position"]).as_str() {
            "up" => rule.position - 1,
            "down" => rule.position + 1,
            _ => return Err(Refusal::field("position", "is not included in the list")),
        };
        let other = self
            .firewall_rules
            .values_mut()
            .find(|r| r.nic_id == rule.nic_id && r.position == to);
        if let Some(other) = other {
            other.position = rule.position;
            if let Some(rule) = self.firewall_rules.get_mut(&rule.id) {
                rule.position = to;
            }
        }
        Ok(self.rule_changed())
    }

    pub(super) fn set_firewall_defaults(&mut self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        let vm = self.firewalled_vm(caller, vm, "firewall_rules.update")?;
        let empty = Map::new();
        let wanted = params["network_interfaces"].as_object().unwrap_or(&empty);
        let mut rules = Vec::new();
        for (nic, row) in wanted {
            let nic = self.nic_of(vm, nic)?.id;
            let command = text(&row["default_firewall_rule"]);
            if !matches!(command.as_str(), "ACCEPT" | "DROP") {
                return Err(Refusal::field("default_firewall_rule", "is not included in the list"));
            }
            rules.push((nic, command));
        }
        for (nic, command) in rules {
            if let Some(nic) = self.nics.get_mut(&nic) {
                nic.default_rule = command;
            }
        }
        Ok(self.changed())
    }

    pub(super) fn apply_firewall(&mut self, caller: &Caller, vm: &str) -> Outcome {
        let id = self.firewalled_vm(caller, vm, "firewall_rules.update")?;
        if self.vms.get(&id).is_some_and(|v| v.locked) {
            return Err(Refusal::State(LOCKED.into()));
        }
        self.queue(
            id,
            vec![Step::new("update_custom_firewall_rule", 10, Effect::FirewallApplied)],
        );
        self.vm_answer(caller, id, 201)
    }

    /// Copies the rules into force.
    pub(super) fn firewall_applied(&mut self, vm: u64) {
        let nics: Vec<Value> = self
            .nics_of(vm)
            .map(|nic| {
                let rules = self.rules_of(vm).into_iter().filter(|r| r.nic_id == nic.id);
                json!({"nic": nic.id, "default": nic.default_rule, "rules": rules.map(|r| r.id).collect::<Vec<u64>>()})
            })
            .collect();
        if let Some(vm) = self.vms.get_mut(&vm) {
            vm.firewall = json!(nics);
        }
    }

    /// Rules in the order in which they are looked at, interface by interface.
    pub(super) fn rules_of(&self, vm: u64) -> Vec<&FirewallRule> {
        let live: Vec<u64> = self.nics_of(vm).map(|n| n.id).collect();
        let mut rules: Vec<&FirewallRule> = self
            .firewall_rules
            .values()
            .filter(|r| r.vm_id == vm && live.contains(&r.nic_id))
            .collect();
        rules.sort_by_key(|r| (r.nic_id, r.position));
        rules
    }

    fn firewalled_vm(&self, caller: &Caller, vm: &str, permission: &str) -> Result<u64, Refusal> {
        Ok(self.visible_vm(caller, vm, &[permission])?.id)
    }

    fn rule_of(&self, vm: u64, rule: &str) -> Result<&FirewallRule, Refusal> {
        let rules = self.rules_of(vm);
        rules
            .into_iter()
            .find(|r| r.id.to_string() == rule)
            .ok_or(Refusal::NotFound)
    }

    fn last_position(&self, nic: u64) -> i64 {
        let of_nic = self.firewall_rules.values().filter(|r| r.nic_id == nic);
        of_nic.map(|r| r.position).max().unwrap_or(0)
    }

    fn number_rules(&mut self, nic: u64) {
        let mut rules: Vec<&mut FirewallRule> = self.firewall_rules.values_mut().filter(|r| r.nic_id == nic).collect();
        rules.sort_by_key(|r| r.position);
        for (position, rule) in (1..).zip(rules) {
            rule.position = position;
        }
    }

    /// Takes over what was sent and checks the whole.
    fn fill_rule(&self, rule: &mut FirewallRule, body: &Value) -> Result<(), Refusal> {
        let optional = |field: &str, old: &Option<String>| match body.get(field) {
            None => old.clone(),
            Some(value) => Some(text(value)).filter(|t| !t.is_empty()),
        };
        if let Some(nic) = id_of(&body["network_interface_id"]) {
            rule.nic_id = nic;
        }
        if body["command"].is_string() {
            rule.command = text(&body["command"]);
        }
        if body["protocol"].is_string() {
            rule.protocol = text(&body["protocol"]);
        }
        rule.address = optional("address", &rule.address);
        rule.port = optional("port", &rule.port);
        if self.version.from(6, 1) {
            rule.comment = optional("comment", &rule.comment);
        }
        let mut errors = Vec::new();
        let mut say = |field: &str, message: &str| errors.push((field.to_string(), message.to_string()));
        if !self.nics_of(rule.vm_id).any(|n| n.id == rule.nic_id) {
            say("network_interface_id", "is invalid");
        }
        if !["ACCEPT", "DROP"].contains(&rule.command.as_str()) {
            say("command", "is not included in the list");
        }
        if !["TCP", "UDP", "ICMP"].contains(&rule.protocol.as_str()) {
            say("protocol", "is not included in the list");
        }
        let plain = |c: char| c.is_ascii_hexdigit() || ".:/-,".contains(c);
        if rule.address.as_ref().is_some_and(|a| !a.chars().all(plain)) {
            say("address", "is invalid");
        }
        let port = |p: &str| p.parse::<u16>().is_ok_and(|p| p > 0);
        let ports = |list: &str| {
            list.split(',').all(|part| {
                part.split_once(':')
                    .map_or_else(|| port(part), |(a, b)| port(a) && port(b))
            })
        };
        if rule.port.as_ref().is_some_and(|p| !ports(p)) {
            say("port", "is invalid");
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Invalid(errors))
        }
    }

    /// In 2.x a single space was recorded for changed rules (reference: onapp-api.md 1.3).
    fn rule_changed(&self) -> Answer {
        if self.version.from(3, 0) {
            return self.changed();
        }
        Answer {
            body: b" ".to_vec(),
            ..Answer::json(200, &Value::Null)
        }
    }

    fn rule_view(&self, r: &FirewallRule) -> Value {
        let number = |port: &String| {
            if self.version.from(3, 0) {
                None
            } else {
                int(&json!(port))
            }
        };
        let port = r
            .port
            .as_ref()
            .map(|p| number(p).map_or_else(|| json!(p), |n| json!(n)));
        let mut view = json!({
            "id": r.id, "position": r.position, "command": r.command, "protocol": r.protocol, "address": r.address,
            "port": port, "network_interface_id": r.nic_id,
            "created_at": self.stamp(r.created_at), "updated_at": self.stamp(r.updated_at),
        });
        if self.version.from(6, 1) {
            view["comment"] = json!(r.comment);
        }
        view
    }
}
