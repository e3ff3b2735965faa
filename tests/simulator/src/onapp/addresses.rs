//! IP addresses: which are free, which an interface has, giving and taking them.
//!
//! Source: reference: onapp-api.md 6.3. The panel answers one request after the other, so an address is given once however
//! many ask for it; only `used_ip` shares one on purpose. A machine knows a new address after its network was rebuilt.

use super::catalogue::{list, one};
use super::refusal::Refusal;
use super::state::{Address, AddressJoin, Caller, Effect};
use super::transactions::Step;
use super::vm_actions::LOCKED;
use super::{OnApp, Outcome, id_of, wrapped};
use crate::request::{Answer, flag, text};
use serde_json::{Value, json};

impl OnApp {
    pub(super) fn list_network_addresses(&self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        self.need(caller, &["ip_addresses.read", "ip_addresses.list"])?;
        let network = one(&self.networks, id, |n| n.id)?.id;
        let rows = self
            .addresses
            .iter()
            .filter(|a| a.network_id == network)
            .map(|a| self.address_view(a));
        Ok(self.page(wrapped("ip_address", rows), params, None))
    }

    /// The addresses that an interface could get; with `used_ip=no` those that nobody has.
    pub(super) fn list_nic_addresses(&self, caller: &Caller, vm: &str, nic: &str, params: &Value) -> Outcome {
        self.need(caller, &["ip_addresses.read", "ip_addresses.list"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?;
        let network = self.network_of(self.nic_of(vm.id, nic)?);
        let used = flag(&params["used_ip"]) || text(&params["used_ip"]) == "yes";
        let own = flag(&params["show_only_user_ips"]);
        let rows = self
            .addresses
            .iter()
            .filter(|a| Some(a.network_id) == network && (used || self.is_free_for(a, vm.user_id)))
            .filter(|a| !own || a.kept_for == Some(vm.user_id))
            .map(|a| self.address_view(a));
        Ok(self.page(wrapped("ip_address", rows), params, None))
    }

    /// One net a network, with all its addresses.
    pub(super) fn list_ip_nets(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["networks.read"])?;
        let network = one(&self.networks, id, |n| n.id)?.id;
        let first = self.addresses.iter().find(|a| a.network_id == network);
        list(
            "ip_net",
            first.map(|a| {
                json!({"id": network * 10, "label": format!("net-{network}"), "network_address": network_address(a),
                    "network_mask": prefix(a), "default_gateway": a.gateway, "ipv4": true, "kind": "static",
                    "enabled": true, "network": {"id": network}})
            }),
        )
    }

    pub(super) fn list_ip_ranges(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["networks.read"])?;
        let network = one(&self.networks, id, |n| n.id)?.id;
        let mut of_net = self.addresses.iter().filter(|a| a.network_id == network);
        let ends = of_net.next().map(|first| (first, of_net.next_back().unwrap_or(first)));
        list(
            "ip_range",
            ends.map(|(first, last)| {
                json!({"id": network * 100, "start_address": first.address, "end_address": last.address,
                    "default_gateway": first.gateway, "ipv4": true, "kind": "static", "ip_net": {"id": network * 10}})
            }),
        )
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

    /// Gives an interface an address: a named one, or the first that is free.
    pub(super) fn assign_address(&mut self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        self.scope(caller, &["ip_address_joins.create"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?.clone();
        // The wrong root is no parameter at all: from 5.4 on `ip_address`, before `ip_address_join` (reference 1.7).
        let nets = self.version.has_ip_nets();
        let body = &params[self.version.ip_assign_root()];
        let nic = id_of(&body["network_interface_id"])
            .and_then(|id| self.nics_of(vm.id).find(|n| n.id == id))
            .ok_or_else(|| Refusal::field("network_interface", "can't be blank"))?;
        let network = self.network_of(nic);
        let wanted = id_of(&body["ip_address_id"]).filter(|_| !nets);
        let by_text = if nets { text(&body["address"]) } else { String::new() };
        let shared = nets && flag(&body["used_ip"]);
        let limit = self.plan_of(vm.user_id).and_then(|p| p.ip_limit);
        let count = i64::try_from(self.addresses_of_user(vm.user_id).len()).unwrap_or(i64::MAX);
        if limit.is_some_and(|limit| count >= limit) {
            return Err(Refusal::State("IP Addresses limit is exceeded".into()));
        }
        let named = wanted.is_some() || !by_text.is_empty();
        let mut matching = self
            .addresses
            .iter()
            .filter(|a| Some(a.network_id) == network)
            .filter(|a| wanted.is_none_or(|w| w == a.id) && (by_text.is_empty() || by_text == a.address));
        let address = if shared && named {
            matching.next()
        } else {
            matching.find(|a| self.is_free_for(a, vm.user_id))
        };
        let address = address.map(|a| a.id).ok_or_else(|| {
            let words = if named {
                "has already been taken"
            } else {
                "is not available"
            };
            Refusal::field("ip_address", words)
        })?;
        let nic = nic.id;
        let rebuild = flag(&params["rebuild_network"]) || flag(&body["rebuild_network"]);
        if rebuild && vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        let join = self.join_address(address, nic, vm.id);
        if rebuild {
            self.queue(vm.id, vec![Step::new("rebuild_network", 20, Effect::NetworkRebuilt)]);
        }
        let join = self.address_joins.get(&join).ok_or(Refusal::NotFound)?;
        Ok(Answer::json(201, &json!({"ip_address_join": self.join_view(join)})))
    }

    pub(super) fn release_address(&mut self, caller: &Caller, vm: &str, join: &str, params: &Value) -> Outcome {
        self.scope(caller, &["ip_address_joins.delete"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?.clone();
        let join: u64 = join.parse().map_err(|_| Refusal::NotFound)?;
        if self.address_joins.get(&join).is_none_or(|j| j.vm_id != vm.id) {
            return Err(Refusal::NotFound);
        }
        let rebuild = flag(&params["rebuild_network"]);
        if rebuild && vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        self.address_joins.remove(&join);
        if rebuild {
            self.queue(vm.id, vec![Step::new("rebuild_network", 20, Effect::NetworkRebuilt)]);
        }
        Ok(self.changed())
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
                configured: false,
                created_at,
            },
        );
        id
    }

    /// The machine learns all addresses that it has by now.
    pub(super) fn configure_addresses(&mut self, vm: u64) {
        for join in self.address_joins.values_mut().filter(|j| j.vm_id == vm) {
            join.configured = true;
        }
    }

    /// Keeps an address for a user, or for nobody: `POST /_sim/address {"address":"..","user":id}`. With a network, an IPv6
    /// address becomes the first of that network: `{"address":"2001:db8::7","network":id}`.
    pub(super) fn control_address(&mut self, body: &Value) -> Result<Value, String> {
        let wanted = text(&body["address"]);
        let user = id_of(&body["user"]);
        if let Some(network_id) = id_of(&body["network"]) {
            wanted.parse::<std::net::Ipv6Addr>().map_err(|e| e.to_string())?;
            let new = Address {
                id: self.addresses.iter().map(|a| a.id).max().unwrap_or(0) + 1,
                network_id,
                address: wanted,
                gateway: "2001:db8::1".into(),
                netmask: "ffff:ffff:ffff:ffff::".into(),
                kept_for: None,
            };
            self.addresses.insert(0, new);
            return Ok(json!({}));
        }
        let found = self.addresses.iter_mut().find(|a| a.address == wanted);
        found.ok_or("there is no such address")?.kept_for = user;
        Ok(json!({}))
    }

    /// True when nobody has it and it is kept for nobody else.
    pub(super) fn is_free_for(&self, address: &Address, user: u64) -> bool {
        address.kept_for.is_none_or(|kept| kept == user)
            && !self.address_joins.values().any(|j| j.address_id == address.id)
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

    /// The truth about a VM's addresses: interface, and whether the machine knows it.
    pub(super) fn true_addresses(&self, vm: u64) -> Value {
        let joins = self.address_joins.values().filter(|j| j.vm_id == vm);
        joins
            .map(|j| {
                let address = self.addresses.iter().find(|a| a.id == j.address_id);
                json!({"join": j.id, "nic": j.nic_id, "address": address.map(|a| a.address.clone()),
                    "configured": j.configured})
            })
            .collect()
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
            view["user_id"] = json!(owner.map(|v| v.user_id).or(address.kept_for));
        }
        if self.version.has_ip_nets() {
            view["ipv4"] = json!(!address.address.contains(':'));
            view["prefix"] = json!(prefix(address));
        }
        view
    }
}

fn prefix(address: &Address) -> u32 {
    let ones = |mask: std::net::IpAddr| match mask {
        std::net::IpAddr::V4(mask) => u32::from(mask).count_ones(),
        std::net::IpAddr::V6(mask) => u128::from(mask).count_ones(),
    };
    address.netmask.parse().map_or(0, ones)
}

fn network_address(address: &Address) -> String {
    let number = |text: &str| text.parse::<std::net::Ipv4Addr>().map_or(0, u32::from);
    std::net::Ipv4Addr::from(number(&address.address) & number(&address.netmask)).to_string()
}
