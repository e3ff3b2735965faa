//! The OnApp control panel: its memory, who is calling, and which handler answers.
//!
//! Handlers live beside this file, one idea each. Source of every wire fact: reference: onapp-api.md.

mod addresses;
mod backups;
mod catalogue;
mod console;
mod control;
mod cpu;
mod disks;
mod firewall;
mod nics;
pub mod permissions;
pub mod refusal;
mod seed;
pub mod state;
mod transactions;
mod usage;
mod users;
mod vm_actions;
mod vm_create;
mod vms;
mod wire;

use crate::clock::{self, Clock, Time};
use crate::panel::Panel;
use crate::random::Random;
use crate::request::{Answer, Request, int};
use crate::site::Record;
use crate::version::Version;
use permissions::Scope;
use refusal::Refusal;
use serde_json::{Value, json};
use state::{
    Address, AddressJoin, Backup, Caller, DataStoreJoin, Disk, FirewallRule, Hypervisor, Labelled, NetworkJoin, Nic,
    Plan, Role, Template, Transaction, User, UserStatus, Vm,
};
use std::collections::BTreeMap;
use wire::Quirks;

/// What a handler gives.
pub(crate) type Outcome = Result<Answer, Refusal>;

/// One control panel.
#[derive(Clone, Debug)]
pub struct OnApp {
    version: Version,
    seed: u64,
    clock: Clock,
    random: Random,
    header_random: Random,
    next_id: u64,
    quirks: Quirks,
    users: BTreeMap<u64, User>,
    erased: Vec<User>,
    roles: Vec<Role>,
    plans: Vec<Plan>,
    user_groups: Vec<Labelled>,
    templates: Vec<Template>,
    hypervisors: Vec<Hypervisor>,
    hypervisor_zones: Vec<Labelled>,
    data_store_zones: Vec<Labelled>,
    data_stores: Vec<Labelled>,
    network_zones: Vec<Labelled>,
    networks: Vec<Labelled>,
    network_joins: Vec<NetworkJoin>,
    data_store_joins: Vec<DataStoreJoin>,
    addresses: Vec<Address>,
    address_joins: BTreeMap<u64, AddressJoin>,
    vms: BTreeMap<u64, Vm>,
    nics: BTreeMap<u64, Nic>,
    disks: BTreeMap<u64, Disk>,
    backups: BTreeMap<u64, Backup>,
    firewall_rules: BTreeMap<u64, FirewallRule>,
    transactions: BTreeMap<u64, Transaction>,
    open_transactions: Vec<u64>,
    planned_failures: Vec<(String, u64)>,
    traffic: usage::Traffic,
    cpu: cpu::Hours,
}

impl OnApp {
    /// A fresh panel with the cloud of [`seed`].
    pub fn new(version: Version, seed: u64, clock: Clock) -> OnApp {
        let mut random = Random::new(seed);
        // With every sign that a web form encodes: a host that forgets to decode it is refused.
        let password = format!(
            "{}aA1-&<>\"'",
            random.text(16, "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        );
        let now = clock.now();
        let admin = User {
            id: 1,
            identifier: random.identifier(),
            login: "admin".into(),
            email: "admin@panel.example".into(),
            first_name: "Panel".into(),
            last_name: "Admin".into(),
            password,
            api_keys: vec![random.text(40, "0123456789abcdef")],
            status: UserStatus::Active,
            role_ids: vec![1],
            user_group_id: None,
            plan_id: 1,
            time_zone: "UTC".into(),
            locale: "en".into(),
            created_at: now,
            updated_at: now,
            deleted_at: None,
            erase_when_done: false,
        };
        OnApp {
            version,
            seed,
            clock,
            random,
            // Its own source: how often a client asks must not change the next identifier.
            header_random: Random::new(!seed),
            next_id: 100,
            quirks: Quirks::default(),
            users: BTreeMap::from([(1, admin)]),
            erased: Vec::new(),
            roles: seed::roles(),
            plans: seed::plans(),
            user_groups: seed::labelled(&[(1, "Clients", None), (2, "Resellers", None)]),
            templates: seed::templates(),
            hypervisors: seed::hypervisors(),
            hypervisor_zones: seed::labelled(&[(1, "Zone One", None), (2, "Zone Two", None)]),
            data_store_zones: seed::labelled(&[(1, "Fast disks", None), (2, "Large disks", None)]),
            data_stores: seed::labelled(&[
                (1, "store-1", Some(1)),
                (2, "store-2", Some(2)),
                (3, "store-3", Some(2)),
            ]),
            network_zones: seed::labelled(&[(1, "Public", None), (2, "Private", None)]),
            networks: seed::labelled(&[
                (1, "Public network", Some(1)),
                (2, "Private network", Some(2)),
                (3, "Backend network", Some(2)),
            ]),
            network_joins: seed::network_joins(),
            data_store_joins: seed::data_store_joins(),
            addresses: seed::addresses(),
            address_joins: BTreeMap::new(),
            vms: BTreeMap::new(),
            nics: BTreeMap::new(),
            disks: BTreeMap::new(),
            backups: BTreeMap::new(),
            firewall_rules: BTreeMap::new(),
            transactions: BTreeMap::new(),
            open_transactions: Vec::new(),
            planned_failures: Vec::new(),
            traffic: usage::Traffic::default(),
            cpu: cpu::Hours::default(),
        }
    }

    /// Login and password of the user with the admin role.
    pub fn admin_credentials(&self) -> (String, String) {
        self.users
            .get(&1)
            .map(|u| (u.login.clone(), u.password.clone()))
            .unwrap_or_default()
    }

    /// The simulated present.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Moves the clock forward and finishes the work that is due by then; false when `to` lies in the past.
    pub fn move_clock(&mut self, to: Time) -> bool {
        let moved = self.clock.move_to(to);
        self.settle();
        moved
    }

    /// Answers a request and says what the log should know about it.
    pub fn answer(&mut self, request: &Request) -> (Answer, Record) {
        self.settle();
        let mut record = Record::default();
        let answer = match self.authenticated(request, &mut record) {
            Ok(answer) => answer,
            Err(refusal) => {
                if let Refusal::Forbidden(name) = &refusal {
                    record.missing_permission = Some(name.clone());
                }
                refusal.answer(self.version, self.quirks.error_shape.as_deref())
            }
        };
        (self.dress(request, answer), record)
    }

    fn authenticated(&mut self, request: &Request, record: &mut Record) -> Outcome {
        // The browser's console page knows nobody: its key is the ticket (reference: onapp-api.md 5.6).
        if let Some(key) = request.path().strip_prefix("/console_remote/") {
            return Ok(self.console_page(key));
        }
        let caller = self.caller(request)?;
        record.login = Some(caller.login.clone());
        let json_body = request.header("content-type").is_some_and(|t| t.contains("json")) && !request.body.is_empty();
        if json_body && serde_json::from_slice::<Value>(&request.body).is_err() {
            return Ok(Answer::html(400, "<html><body><h1>400 Bad Request</h1></body></html>"));
        }
        let mut params = request.params();
        let path = request.path();
        let bare = match path.find(".json") {
            Some(at) => {
                let rest = path.get(at + 5..).unwrap_or("");
                let mut parts = rest.split('/').filter(|p| !p.is_empty());
                while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
                    if matches!(name, "page" | "per_page") {
                        params[name] = json!(value);
                    }
                }
                path.get(..at).unwrap_or("")
            }
            None if request.header("accept").is_some_and(|a| a.contains("json")) => path,
            None => {
                return Ok(Answer::html(302, "<html><body>You are being redirected.</body></html>")
                    .with("Location", "/users/sign_in"));
            }
        };
        let steps: Vec<&str> = bare.split('/').filter(|p| !p.is_empty()).collect();
        self.route(&caller, &request.method, &steps, &params)
    }

    /// Basic credentials: (login or e-mail) with (password or API key) (reference: onapp-api.md 1.2).
    fn caller(&self, request: &Request) -> Result<Caller, Refusal> {
        let (name, secret) = request.basic().ok_or(Refusal::Unauthorized)?;
        let user = self
            .users
            .values()
            .find(|u| u.login == name || u.email.eq_ignore_ascii_case(&name))
            .ok_or(Refusal::Unauthorized)?;
        let by_key = user.api_keys.contains(&secret);
        let by_password = user.password == secret && !self.quirks.no_password_auth;
        if user.status != UserStatus::Active || !(by_key || by_password) {
            return Err(Refusal::Unauthorized);
        }
        let permissions = self
            .roles
            .iter()
            .filter(|r| user.role_ids.contains(&r.id))
            .flat_map(|r| r.permissions.iter().cloned())
            .collect();
        Ok(Caller {
            id: user.id,
            login: user.login.clone(),
            permissions,
        })
    }

    /// The scope of the first permission that the caller has; without any, the first one is named as missing.
    pub(crate) fn scope(&self, caller: &Caller, names: &[&str]) -> Result<Scope, Refusal> {
        let scopes: Vec<Scope> = names
            .iter()
            .filter_map(|n| permissions::scope(&caller.permissions, n))
            .collect();
        if scopes.contains(&Scope::All) {
            Ok(Scope::All)
        } else if scopes.contains(&Scope::Own) {
            Ok(Scope::Own)
        } else {
            Err(Refusal::Forbidden(names.first().copied().unwrap_or("").to_string()))
        }
    }

    /// A permission that knows no owner.
    pub(crate) fn need(&self, caller: &Caller, names: &[&str]) -> Result<(), Refusal> {
        self.scope(caller, names).map(|_| ())
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(crate) fn stamp(&self, time: Time) -> Value {
        json!(clock::object_stamp(self.version, self.quirks.offset(), time))
    }

    pub(crate) fn stamp_or_null(&self, time: Option<Time>) -> Value {
        time.map_or(Value::Null, |t| self.stamp(t))
    }

    /// What a PUT or DELETE answers when it worked (reference: onapp-api.md 13).
    pub(crate) fn changed(&self) -> Answer {
        if self.quirks.space_body {
            return Answer {
                body: b" ".to_vec(),
                ..Answer::json(200, &Value::Null)
            };
        }
        if self.version.answers_changes_with_empty_object() {
            Answer::json(200, &json!({}))
        } else {
            Answer::empty(204)
        }
    }

    fn route(&mut self, caller: &Caller, method: &str, steps: &[&str], params: &Value) -> Outcome {
        let old = self.version.answers_changes_with_empty_object();
        let user_verbs_by_get = self.version.suspends_users_by_get();
        match (method, steps) {
            ("GET", ["version"]) => {
                self.need(caller, &["settings.version"])?;
                Ok(Answer::json(200, &json!({"version": self.version.text()})))
            }
            ("GET", ["profile"]) => self.profile(caller),

            ("GET", ["users"]) => self.list_users(caller, params),
            ("POST", ["users"]) => self.create_user(caller, params),
            ("POST", ["users", "validate_login"]) => self.validate_login(caller, params),
            ("GET", ["user_groups", id, "users"]) => self.list_group_users(caller, id, params),
            ("GET", ["users", id]) => self.get_user(caller, id),
            ("PUT" | "PATCH", ["users", id]) => self.edit_user(caller, id, params),
            ("DELETE", ["users", id]) => self.delete_user(caller, id, params),
            ("GET", ["users", id, "suspend"]) if user_verbs_by_get => self.suspend_user(caller, id, true),
            ("GET", ["users", id, "activate_user"]) if user_verbs_by_get => self.suspend_user(caller, id, false),
            ("POST", ["users", id, "suspend"]) if !user_verbs_by_get => self.suspend_user(caller, id, true),
            ("POST", ["users", id, "activate"]) if !user_verbs_by_get => self.suspend_user(caller, id, false),
            ("POST", ["users", id, "make_new_api_key"]) if !self.version.many_api_keys() => {
                self.new_api_key(caller, id)
            }
            ("POST", ["users", id, "user_api_keys", "generate"]) if self.version.many_api_keys() => {
                self.new_api_key(caller, id)
            }
            ("GET", ["users", id, "virtual_machines"]) => self.list_user_vms(caller, id, params),
            ("GET", ["users", id, "limits"]) => self.user_limits(caller, id),

            ("GET", ["virtual_machines"]) => self.list_vms(caller, params),
            ("GET", ["virtual_machines", "status"]) if self.version.from(3, 1) => self.vm_statuses(caller, params),
            ("POST", ["virtual_machines"]) => self.create_vm(caller, params),
            ("GET", ["hypervisors", id, "virtual_machines"]) => self.list_hypervisor_vms(caller, id, params),
            ("GET", ["virtual_machines", id]) => self.get_vm(caller, id),
            ("GET", ["virtual_machines", id, "status"]) if self.version.from(3, 1) => self.vm_status(caller, id),
            ("PUT" | "PATCH", ["virtual_machines", id]) => self.edit_vm(caller, id, params),
            ("DELETE", ["virtual_machines", id]) => self.delete_vm(caller, id, params),
            ("POST", ["virtual_machines", id, "build"]) => self.build_vm(caller, id, params),
            ("POST", ["virtual_machines", id, "startup"]) => self.startup_vm(caller, id, params),
            ("POST", ["virtual_machines", id, "shutdown" | "stop"]) => self.stop_vm(caller, id),
            ("POST", ["virtual_machines", id, "reboot"]) => self.reboot_vm(caller, id, params),
            ("POST", ["virtual_machines", id, "suspend"]) => self.toggle_vm(caller, id),
            ("POST", ["virtual_machines", id, "unlock"]) => self.unlock_vm(caller, id),
            ("POST", ["virtual_machines", id, "reset_password"]) => self.reset_vm_password(caller, id, params),
            ("POST", ["virtual_machines", id, "change_owner"]) => self.change_vm_owner(caller, id, params),
            ("POST", ["virtual_machines", id, "rebuild_network"]) => self.rebuild_vm_network(caller, id, params),
            ("GET", ["virtual_machines", id, "transactions"]) => self.list_vm_transactions(caller, id, params),
            ("GET", ["virtual_machines", id, "logs"]) => self.list_vm_logs(caller, id, params),

            ("GET", ["virtual_machines", id, "network_interfaces"]) => self.list_nics(caller, id),
            ("POST", ["virtual_machines", id, "network_interfaces"]) => self.create_nic(caller, id, params),
            ("GET", ["virtual_machines", id, "network_interfaces", nic]) => self.get_nic(caller, id, nic),
            ("PUT", ["virtual_machines", id, "network_interfaces", nic]) => self.edit_nic(caller, id, nic, params),
            ("DELETE", ["virtual_machines", id, "network_interfaces", nic]) => self.delete_nic(caller, id, nic),
            ("GET", ["virtual_machines", id, "network_interfaces", nic, "usage"]) => {
                self.nic_usage(caller, id, nic, params)
            }
            ("GET", ["virtual_machines", id, "ip_addresses"]) => self.list_address_joins(caller, id),
            ("POST", ["virtual_machines", id, "ip_addresses"]) => self.assign_address(caller, id, params),
            ("DELETE", ["virtual_machines", id, "ip_addresses", join]) => {
                self.release_address(caller, id, join, params)
            }
            ("GET", ["virtual_machines", id, "network_interfaces", nic, "ip_addresses"])
                if self.version.has_ip_nets() =>
            {
                self.list_nic_addresses(caller, id, nic, params)
            }

            ("GET", ["virtual_machines", id, "disks"]) => self.list_disks(caller, id),
            ("GET", ["settings", "disks", disk]) => self.get_disk(caller, disk),
            ("PUT", ["settings", "disks", disk]) => self.edit_disk(caller, disk, params),
            ("POST", ["settings", "disks", disk, "autobackup_enable"]) => self.set_autobackup(caller, disk, true),
            ("POST", ["settings", "disks", disk, "autobackup_disable"]) => self.set_autobackup(caller, disk, false),

            ("GET", ["virtual_machines", id, "backups"]) => self.list_vm_backups(caller, id, None),
            ("GET", ["virtual_machines", id, "backups", "images"]) => self.list_vm_backups(caller, id, Some(true)),
            ("GET", ["virtual_machines", id, "backups", "files"]) => self.list_vm_backups(caller, id, Some(false)),
            ("GET", ["settings", "disks", disk, "backups"]) => self.list_disk_backups(caller, disk),
            ("GET", ["virtual_machines", _, "disks", disk, "backups"]) => self.list_disk_backups(caller, disk),
            ("GET", ["backups", backup]) => self.get_backup(caller, backup),
            ("POST", ["settings", "disks", disk, "backups"]) => self.take_disk_backup(caller, disk, params),
            ("POST", ["virtual_machines", id, "backups"]) => self.take_vm_backup(caller, id, params),
            ("POST", ["backups", backup, "restore"]) => self.restore_backup(caller, backup),
            ("DELETE", ["backups", backup]) => self.delete_backup(caller, backup),

            ("GET", ["virtual_machines", id, "firewall_rules"]) => self.list_firewall_rules(caller, id),
            ("POST", ["virtual_machines", id, "firewall_rules"]) => self.create_firewall_rule(caller, id, params),
            ("PUT", ["virtual_machines", id, "firewall_rules", "update_defaults"]) => {
                self.set_firewall_defaults(caller, id, params)
            }
            ("GET", ["virtual_machines", id, "firewall_rules", rule]) => self.get_firewall_rule(caller, id, rule),
            ("PUT", ["virtual_machines", id, "firewall_rules", rule]) => {
                self.edit_firewall_rule(caller, id, rule, params)
            }
            ("DELETE", ["virtual_machines", id, "firewall_rules", rule]) => self.delete_firewall_rule(caller, id, rule),
            ("GET", ["virtual_machines", id, "firewall_rules", rule, "move"]) => {
                self.move_firewall_rule(caller, id, rule, params)
            }
            ("POST", ["virtual_machines", id, "update_firewall_rules"]) => self.apply_firewall(caller, id),

            ("GET", ["virtual_machines", id, "cpu_usage"]) => self.cpu_usage(caller, id, params),
            ("GET", ["virtual_machines", id, "console"]) => self.console(caller, id),
            (_, ["virtual_machines", _, "console"]) if old => Err(Refusal::Broken),

            ("GET", ["transactions"]) => self.list_transactions(caller, params),
            ("GET", ["transactions", id]) => self.get_transaction(caller, id, params),
            ("GET", ["logs"]) => self.list_logs(caller, params),
            ("GET", ["logs", id]) => self.get_log(caller, id),

            ("GET", ["templates"] | ["templates", "all"]) => self.list_templates(caller, params),
            ("GET", ["templates", id]) => self.get_template(caller, id),
            ("GET", ["settings", "hypervisors"]) => self.list_hypervisors(caller),
            ("GET", ["settings", "hypervisors", id]) => self.get_hypervisor(caller, id),
            ("GET", ["settings", "hypervisors", id, "network_joins"]) => self.hypervisor_network_joins(caller, id),
            ("GET", ["settings", "hypervisor_zones"]) => self.list_hypervisor_zones(caller),
            ("GET", ["settings", "hypervisor_zones", id]) => self.get_hypervisor_zone(caller, id),
            ("GET", ["settings", "hypervisor_zones", id, "hypervisors"]) => self.zone_hypervisors(caller, id),
            ("GET", ["settings", "hypervisor_zones", id, "network_joins"]) => self.zone_network_joins(caller, id),
            ("GET", ["settings", "hypervisors", id, "data_store_joins"]) => {
                self.hypervisor_data_store_joins(caller, id)
            }
            ("GET", ["settings", "hypervisor_zones", id, "data_store_joins"]) => self.zone_data_store_joins(caller, id),
            ("GET", ["settings", "data_store_zones"]) if !old => self.list_data_store_zones(caller),
            ("GET", ["data_store_zones"]) if old => self.list_data_store_zones(caller),
            ("GET", ["settings", "data_stores"]) => self.list_data_stores(caller),
            ("GET", ["settings", "network_zones"]) if !old => self.list_network_zones(caller),
            ("GET", ["network_zones"]) if old => self.list_network_zones(caller),
            ("GET", ["settings", "networks"]) => self.list_networks(caller),
            ("GET", ["settings", "networks", id]) => self.get_network(caller, id),
            ("GET", ["settings", "networks", id, "ip_addresses"]) => self.list_network_addresses(caller, id, params),
            ("GET", ["settings", "networks", id, "ip_nets"]) if self.version.has_ip_nets() => {
                self.list_ip_nets(caller, id)
            }
            ("GET", ["settings", "networks", id, "ip_nets", _, "ip_ranges"]) if self.version.has_ip_nets() => {
                self.list_ip_ranges(caller, id)
            }
            ("GET", ["roles"]) => self.list_roles(caller),
            ("GET", ["roles", id]) => self.get_role(caller, id),
            ("GET", ["permissions"]) => self.list_permissions(caller),
            ("GET", ["user_groups"]) => self.list_user_groups(caller),
            ("GET", ["user_groups", id]) => self.get_user_group(caller, id),
            ("GET", ["billing_plans"]) if !self.version.from(5, 2) => self.list_plans(caller, "billing_plan"),
            ("GET", ["billing_plans", id]) if !self.version.from(5, 2) => self.get_plan(caller, "billing_plan", id),
            ("GET", ["billing", "user", "plans"]) if self.version.from(4, 2) && !self.version.buckets() => {
                self.list_plans(caller, "user_plan")
            }
            ("GET", ["billing", "user", "plans", id]) if self.version.from(4, 2) && !self.version.buckets() => {
                self.get_plan(caller, "user_plan", id)
            }
            ("GET", ["billing", "buckets"]) if self.version.buckets() => self.list_plans(caller, "bucket"),
            ("GET", ["billing", "buckets", id]) if self.version.buckets() => self.get_plan(caller, "bucket", id),
            _ => Err(Refusal::NotFound),
        }
    }
}

impl Panel for OnApp {
    fn login(&self) -> (String, String) {
        self.admin_credentials()
    }

    fn introduction(&self) -> Value {
        json!({})
    }

    fn copy(&self) -> Box<dyn Panel> {
        Box::new(self.clone())
    }

    fn now(&self) -> Time {
        OnApp::now(self)
    }

    fn move_clock(&mut self, to: Time) -> bool {
        OnApp::move_clock(self, to)
    }

    fn answer(&mut self, request: &Request) -> (Answer, Record) {
        OnApp::answer(self, request)
    }

    fn control(&mut self, request: &Request) -> Result<Value, String> {
        OnApp::control(self, request)
    }
}

/// The object under its root, or the whole tree when the root is missing (reference: onapp-api.md 1.5).
pub(crate) fn rooted<'a>(params: &'a Value, root: &str) -> &'a Value {
    if params[root].is_object() {
        &params[root]
    } else {
        params
    }
}

/// An id sent as number or text.
pub(crate) fn id_of(value: &Value) -> Option<u64> {
    int(value).and_then(|n| u64::try_from(n).ok())
}

/// `[{"root":{..}},..]`
pub(crate) fn wrapped(root: &str, rows: impl IntoIterator<Item = Value>) -> Value {
    rows.into_iter().map(|row| json!({root: row})).collect()
}
