//! What a cloud is made of and what only gets listed: templates, hypervisors, zones, networks, roles, groups, plans.
//!
//! Sources: reference: onapp-api.md 3.5, 3.6, 4.1, 4.2, 6.1 to 6.3.

use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::{Caller, Hypervisor, JoinedTo, Labelled, NetworkJoin, Plan, Role, Template};
use super::{OnApp, Outcome, wrapped};
use crate::request::Answer;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn one<'a, T>(rows: &'a [T], id: &str, of: impl Fn(&T) -> u64) -> Result<&'a T, Refusal> {
    rows.iter().find(|r| of(r).to_string() == id).ok_or(Refusal::NotFound)
}

pub(super) fn list(root: &str, rows: impl IntoIterator<Item = Value>) -> Outcome {
    Ok(Answer::json(200, &wrapped(root, rows)))
}

pub(super) fn single(root: &str, row: Value) -> Outcome {
    Ok(Answer::json(200, &json!({root: row})))
}

/// The polymorphic columns of a join (reference: onapp-api.md 6.2).
fn joined(target: JoinedTo) -> (&'static str, u64) {
    match target {
        JoinedTo::Zone(id) => ("HypervisorGroup", id),
        JoinedTo::Hypervisor(id) => ("Hypervisor", id),
    }
}

impl OnApp {
    pub(super) fn list_templates(&self, caller: &Caller, params: &Value) -> Outcome {
        self.need(caller, &["templates.read", "templates.read.public", "templates.list"])?;
        let rows = self
            .templates
            .iter()
            .filter(|t| t.active)
            .map(|t| self.template_view(t));
        Ok(self.page(wrapped("image_template", rows), params, None))
    }

    pub(super) fn get_template(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["templates.read", "templates.read.public"])?;
        single(
            "image_template",
            self.template_view(one(&self.templates, id, |t| t.id)?),
        )
    }

    pub(super) fn list_hypervisors(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["hypervisors.read", "hypervisors.list"])?;
        list("hypervisor", self.hypervisors.iter().map(|h| self.hypervisor_view(h)))
    }

    pub(super) fn get_hypervisor(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["hypervisors.read"])?;
        single(
            "hypervisor",
            self.hypervisor_view(one(&self.hypervisors, id, |h| h.id)?),
        )
    }

    /// The hypervisor's own joins; those of its zone are listed with the zone.
    pub(super) fn hypervisor_network_joins(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["hypervisors.read"])?;
        let target = JoinedTo::Hypervisor(one(&self.hypervisors, id, |h| h.id)?.id);
        let rows = self.network_joins.iter().filter(|j| j.target == target);
        list("network_join", rows.map(|j| self.network_join_view(j)))
    }

    pub(super) fn hypervisor_data_store_joins(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["hypervisors.read"])?;
        self.data_store_join_rows(JoinedTo::Hypervisor(one(&self.hypervisors, id, |h| h.id)?.id))
    }

    pub(super) fn zone_data_store_joins(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["hypervisor_zones.read"])?;
        self.data_store_join_rows(JoinedTo::Zone(one(&self.hypervisor_zones, id, |z| z.id)?.id))
    }

    fn data_store_join_rows(&self, target: JoinedTo) -> Outcome {
        let rows = self.data_store_joins.iter().filter(|j| j.target == target);
        list(
            "data_store_join",
            rows.map(|j| {
                let (kind, id) = joined(j.target);
                json!({"id": j.id, "data_store_id": j.data_store_id, "target_join_id": id, "target_join_type": kind})
            }),
        )
    }

    pub(super) fn list_hypervisor_zones(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["hypervisor_zones.list", "hypervisor_zones.read"])?;
        list(
            "hypervisor_group",
            self.hypervisor_zones.iter().map(|z| self.zone_view(z)),
        )
    }

    pub(super) fn get_hypervisor_zone(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["hypervisor_zones.read"])?;
        single(
            "hypervisor_group",
            self.zone_view(one(&self.hypervisor_zones, id, |z| z.id)?),
        )
    }

    pub(super) fn zone_hypervisors(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["hypervisors.read", "hypervisor_zones.read"])?;
        let zone = one(&self.hypervisor_zones, id, |z| z.id)?.id;
        list(
            "hypervisor",
            self.hypervisors
                .iter()
                .filter(|h| h.zone_id == zone)
                .map(|h| self.hypervisor_view(h)),
        )
    }

    pub(super) fn zone_network_joins(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["hypervisor_zones.read"])?;
        let target = JoinedTo::Zone(one(&self.hypervisor_zones, id, |z| z.id)?.id);
        let rows = self.network_joins.iter().filter(|j| j.target == target);
        list("network_join", rows.map(|j| self.network_join_view(j)))
    }

    pub(super) fn list_data_store_zones(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["data_store_zones.list", "data_store_zones.read"])?;
        list(
            "data_store_group",
            self.data_store_zones.iter().map(|z| self.zone_view(z)),
        )
    }

    pub(super) fn list_data_stores(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["data_stores.read", "data_stores.list"])?;
        list(
            "data_store",
            self.data_stores.iter().map(|d| {
                json!({"id": d.id, "label": d.label, "data_store_group_id": d.group_id, "data_store_size": 10_000,
                "usage": self.live_disks().filter(|k| k.data_store_id == d.id).map(|k| k.size).sum::<i64>(),
                "enabled": true, "data_store_type": "lvm"})
            }),
        )
    }

    pub(super) fn list_network_zones(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["network_zones.list", "network_zones.read"])?;
        list("network_group", self.network_zones.iter().map(|z| self.zone_view(z)))
    }

    pub(super) fn list_networks(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["networks.read", "networks.list"])?;
        list("network", self.networks.iter().map(|n| self.network_view(n)))
    }

    pub(super) fn get_network(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["networks.read"])?;
        single("network", self.network_view(one(&self.networks, id, |n| n.id)?))
    }

    pub(super) fn list_roles(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["roles.read", "roles.list"])?;
        list("role", self.roles.iter().map(|r| self.role_view(r)))
    }

    pub(super) fn get_role(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["roles.read"])?;
        single("role", self.role_view(one(&self.roles, id, |r| r.id)?))
    }

    pub(super) fn list_permissions(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["permissions.read", "permissions.list"])?;
        let names: BTreeSet<&String> = self.roles.iter().flat_map(|r| &r.permissions).collect();
        list(
            "permission",
            (1..).zip(names).map(|(id, name)| self.permission_view(id, name)),
        )
    }

    pub(super) fn list_user_groups(&self, caller: &Caller) -> Outcome {
        self.need(caller, &["user_groups.list", "user_groups.read"])?;
        list("user_group", self.user_groups.iter().map(|g| self.group_view(g)))
    }

    pub(super) fn get_user_group(&self, caller: &Caller, id: &str) -> Outcome {
        self.need(caller, &["user_groups.read"])?;
        single("user_group", self.group_view(one(&self.user_groups, id, |g| g.id)?))
    }

    pub(super) fn list_plans(&self, caller: &Caller, root: &str) -> Outcome {
        let scope = self.plan_scope(caller, root, "list")?;
        let own = self.users.get(&caller.id).map(|u| u.plan_id);
        let rows = self.plans.iter().filter(|p| scope == Scope::All || Some(p.id) == own);
        list(root, rows.map(|p| self.plan_view(p, root)))
    }

    pub(super) fn get_plan(&self, caller: &Caller, root: &str, id: &str) -> Outcome {
        let scope = self.plan_scope(caller, root, "read")?;
        let plan = one(&self.plans, id, |p| p.id)?;
        let own = self.users.get(&caller.id).map(|u| u.plan_id);
        if scope == Scope::Own && own != Some(plan.id) {
            return Err(Refusal::NotFound);
        }
        single(root, self.plan_view(plan, root))
    }

    /// Buckets kept the permissions of the plans that they replaced, as far as the seed's lists tell.
    fn plan_scope(&self, caller: &Caller, root: &str, action: &str) -> Result<Scope, Refusal> {
        let old = format!("billing_plans.{action}");
        let bucket = format!("buckets.{action}");
        if root == "bucket" {
            self.scope(caller, &[&old, "billing_plans.read", &bucket, "buckets.read"])
        } else {
            self.scope(caller, &[&old, "billing_plans.read"])
        }
    }

    fn template_view(&self, t: &Template) -> Value {
        let virtualization = if self.version.from(3, 0) {
            json!(["kvm", "kvm_virtio"])
        } else {
            json!("xen,kvm")
        };
        json!({
            "id": t.id, "label": t.label, "file_name": format!("{}.tgz", t.label.to_lowercase().replace(' ', "-")),
            "version": "1.0", "checksum": "d41d8cd98f00b204e9800998ecf8427e",
            "state": if t.active { "active" } else { "inactive" }, "template_size": 512_000,
            "min_disk_size": t.min_disk_size, "min_memory_size": t.min_memory_size, "operating_system": t.os,
            "operating_system_distro": t.distro, "operating_system_arch": "x64", "operating_system_edition": null,
            "operating_system_tail": null, "virtualization": virtualization, "allowed_swap": t.allowed_swap,
            "allow_resize_without_reboot": t.resize_without_reboot, "allowed_hot_migrate": true, "user_id": null,
            "parent_template_id": null, "created_at": "2015-01-01T00:00:00Z", "updated_at": "2015-01-01T00:00:00Z",
        })
    }

    fn hypervisor_view(&self, h: &Hypervisor) -> Value {
        let used: i64 = self
            .live_vms()
            .filter(|v| v.hypervisor_id == h.id)
            .map(|v| v.memory)
            .sum();
        json!({
            "id": h.id, "label": h.label, "ip_address": format!("10.0.0.{}", h.id), "hypervisor_type": "kvm",
            "hypervisor_group_id": h.zone_id, "online": h.online, "enabled": true, "locked": false, "spare": false,
            "failure_count": 0, "memory_overhead": 0, "total_memory": h.memory, "free_memory": h.memory - used,
            "cpu_cores": 64, "server_type": "virtual", "maintenance_mode": false,
        })
    }

    fn zone_view(&self, z: &Labelled) -> Value {
        json!({"id": z.id, "label": z.label, "location_group_id": null, "server_type": "virtual",
            "federation_enabled": false, "closed": false, "traded": false})
    }

    fn network_join_view(&self, j: &NetworkJoin) -> Value {
        let (kind, id) = joined(j.target);
        json!({"id": j.id, "network_id": j.network_id, "interface": j.interface, "target_join_id": id,
            "target_join_type": kind})
    }

    fn network_view(&self, n: &Labelled) -> Value {
        json!({"id": n.id, "label": n.label, "identifier": format!("network{:07}", n.id), "vlan": null,
            "network_group_id": n.group_id})
    }

    pub(super) fn role_view(&self, r: &Role) -> Value {
        let permissions = (1..)
            .zip(&r.permissions)
            .map(|(id, name)| self.permission_view(id, name));
        let mut view = json!({"id": r.id, "identifier": r.identifier, "label": r.label,
            "created_at": "2015-01-01T00:00:00Z", "updated_at": "2015-01-01T00:00:00Z",
            "permissions": wrapped("permission", permissions)});
        if self.version.from(3, 0) {
            view["users_count"] = json!(self.users.values().filter(|u| u.role_ids.contains(&r.id)).count());
        }
        if self.version.from(5, 4) {
            view["system"] = json!(true);
        }
        view
    }

    fn permission_view(&self, id: u64, name: &str) -> Value {
        json!({"id": id, "identifier": name, "label": name, "created_at": "2015-01-01T00:00:00Z",
            "updated_at": "2015-01-01T00:00:00Z"})
    }

    fn group_view(&self, g: &Labelled) -> Value {
        json!({"id": g.id, "label": g.label, "created_at": "2015-01-01T00:00:00Z", "updated_at": "2015-01-01T00:00:00Z"})
    }

    fn plan_view(&self, p: &Plan, root: &str) -> Value {
        let mut view = json!({"id": p.id, "label": p.label, "currency_code": p.currency, "monthly_price": "0.0",
            "show_price": true, "allows_mak": true, "allows_kms": true, "allows_own": true,
            "created_at": "2015-01-01T00:00:00Z", "updated_at": "2015-01-01T00:00:00Z"});
        if root != "bucket" {
            view["base_resources"] = json!([]);
        }
        if self.version.from(4, 2) {
            view["associated_with_users"] = json!(self.users.values().filter(|u| u.plan_id == p.id).count());
        }
        view
    }
}
