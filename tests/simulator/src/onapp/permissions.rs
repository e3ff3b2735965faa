//! The two roles of the vendor's WHMCS guide (seed 002, sections 1.5 and 1.6), to the letter, and what a permission
//! name grants.
//!
//! Grammar (reference: onapp-api.md 3.6): `resource` grants all, `resource.action` grants the action on any object,
//! `resource.action.own` on the caller's own. Which permission a call needs is written at the call; where the vendor's
//! documentation is silent the choice is this simulator's.

use std::collections::BTreeSet;

/// Default permissions for the admin role: what the host's server record logs in with.
pub const ADMIN: &[&str] = &[
    "billing_plans.list",
    "billing_plans.read",
    "data_store_zones.list",
    "data_store_zones.read",
    "data_stores.read",
    "firewall_rules",
    "hypervisor_zones",
    "hypervisors.read",
    "hypervisors.read_vm_creation",
    "ip_address_joins",
    "ip_address_joins.create",
    "ip_address_joins.delete",
    "ip_address_joins.read",
    "ip_address_pools.read",
    "ip_addresses",
    "network_zones.list",
    "network_zones.read",
    "networks",
    "permissions.read",
    "resource_limits.read",
    "roles.read",
    "settings.version",
    "templates.read",
    "user_groups.list",
    "users.change_password",
    "users.create",
    "users.delete",
    "users.login_as",
    "users.read",
    "users.read_prices.total_cost",
    "users.read_prices.vm_prices",
    "users.suspend",
    "users.unlock",
    "users.update",
    "virtual_machines",
    "vm_stats",
];

/// Default permissions for the user role: what a client's panel user gets. `settings.version` is not among them.
pub const USER: &[&str] = &[
    "virtual_machines.read.own",
    "monthly_bills.read.own",
    "users.change_password.own",
    "virtual_machines.create",
    "disks.read.own",
    "virtual_machines.migrate.own",
    "backups.delete.own",
    "backups.create.own",
    "disks.autobackup.own",
    "base_resources.read.own",
    "users.read_prices.vm_prices",
    "users.read_prices.summary_payments",
    "templates.manage.own",
    "data_stores.read",
    "users.update.own",
    "backups.read.own",
    "users.read_prices.hourly_price",
    "virtual_machines.delete.own",
    "backups.update.own",
    "nameservers.read",
    "groups.read",
    "firewall_rules.delete.own",
    "billing_plans.read.own",
    "transactions.list.own",
    "load_balancers.migrate.own",
    "users.read.own",
    "iso_joins.read.own",
    "payments.read.own",
    "firewall_rules.read.own",
    "users.read_prices.outstanding_amount",
    "log_items.list.own",
    "disks.update.own",
    "virtual_machines.power.own",
    "virtual_machines.reset_root_password.own",
    "transactions.read.own",
    "ip_addresses.read",
    "disks.delete.own",
    "resource_limits.read.own",
    "firewall_rules.create.own",
    "iso_joins.delete.own",
    "virtual_machines.update.own",
    "disks.create",
    "payments.read",
    "vm_stats.read.own",
    "log_items.read.own",
    "ip_address_joins.create.own",
    "firewall_rules.update.own",
    "transactions.delete.own",
    "io_stats.read.own",
    "isos.manage.own",
    "iso_joins.create.own",
    "log_items.delete.own",
    "ip_address_joins.delete.own",
    "users.read_prices.backups_templates",
    "users.update_api_key.own",
    "virtual_machines.rebuild_network.own",
    "virtual_machines.console.own",
    "networks.read",
    "users.read_prices.billing_plan",
    "backups.convert.own",
    "roles.read",
    "ip_address_joins.read",
    "users.read_prices.monthly_price",
];

/// Whose objects a call may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Anybody's.
    All,
    /// The caller's own.
    Own,
}

/// The scope that a set of permissions gives for a name such as `virtual_machines.read`; `None` without any.
pub fn scope(granted: &BTreeSet<String>, name: &str) -> Option<Scope> {
    let resource = name.split('.').next().unwrap_or(name);
    if granted.contains(name) || granted.contains(resource) {
        Some(Scope::All)
    } else if granted.contains(&format!("{name}.own")) {
        Some(Scope::Own)
    } else {
        None
    }
}
