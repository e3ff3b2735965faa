//! Users: create, read, edit, suspend, delete in two phases, keys and limits.
//!
//! Source: reference: onapp-api.md 3.1 to 3.4.

use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::{Caller, Effect, User, UserStatus};
use super::transactions::Step;
use super::{OnApp, Outcome, id_of, rooted, wrapped};
use crate::request::{Answer, flag, text};
use serde_json::{Value, json};

impl OnApp {
    pub(super) fn profile(&self, caller: &Caller) -> Outcome {
        let user = self.users.get(&caller.id).ok_or(Refusal::NotFound)?;
        Ok(Answer::json(200, &json!({"user": self.user_view(caller, user)})))
    }

    pub(super) fn list_users(&self, caller: &Caller, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["users.read", "users.list"])?;
        let query = text(&params["q"]).to_lowercase();
        let short = params.get("short").is_some();
        let rows = self
            .users
            .values()
            .filter(|u| scope == Scope::All || u.id == caller.id)
            .filter(|u| {
                let name = format!("{} {}", u.first_name, u.last_name);
                query.is_empty()
                    || [&u.login, &u.email, &name]
                        .iter()
                        .any(|column| column.to_lowercase().contains(&query))
            })
            .map(|u| {
                if short {
                    self.short_user(u)
                } else {
                    self.user_view(caller, u)
                }
            });
        Ok(self.page(wrapped("user", rows), params, None))
    }

    pub(super) fn list_group_users(&self, caller: &Caller, group: &str, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["users.read", "users.list"])?;
        let group: u64 = group.parse().map_err(|_| Refusal::NotFound)?;
        let rows = self
            .users
            .values()
            .filter(|u| u.user_group_id == Some(group) && (scope == Scope::All || u.id == caller.id))
            .map(|u| self.user_view(caller, u));
        Ok(self.page(wrapped("user", rows), params, None))
    }

    pub(super) fn get_user(&self, caller: &Caller, id: &str) -> Outcome {
        let user = self.visible_user(caller, id, "users.read")?;
        Ok(Answer::json(200, &json!({"user": self.user_view(caller, user)})))
    }

    pub(super) fn create_user(&mut self, caller: &Caller, params: &Value) -> Outcome {
        self.need(caller, &["users.create"])?;
        let body = rooted(params, "user");
        let mut errors = Vec::new();
        let login = text(&body["login"]);
        let email = text(&body["email"]);
        self.check_login(&login, None, &mut errors);
        self.check_email(&email, None, &mut errors);
        self.check_password(body, true, &mut errors);
        let plan_id = self.wanted_plan(body, &mut errors);
        let user_group_id = self.wanted_group(body, &mut errors);
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        let role_ids = self.wanted_roles(body)?.unwrap_or_default();
        let now = self.now();
        let id = self.fresh_id();
        let user = User {
            id,
            identifier: self.random.identifier(),
            login,
            email,
            first_name: text(&body["first_name"]),
            last_name: text(&body["last_name"]),
            password: text(&body["password"]),
            api_keys: Vec::new(),
            status: if text(&body["status"]) == "suspended" {
                UserStatus::Suspended
            } else {
                UserStatus::Active
            },
            role_ids,
            user_group_id: user_group_id.flatten(),
            plan_id: plan_id.unwrap_or(1),
            time_zone: text(&body["time_zone"]),
            locale: if body["locale"].is_string() {
                text(&body["locale"])
            } else {
                "en".into()
            },
            created_at: now,
            updated_at: now,
            deleted_at: None,
            erase_when_done: false,
        };
        let answer = Answer::json(201, &json!({"user": self.user_view(caller, &user)}));
        self.users.insert(id, user);
        Ok(answer)
    }

    pub(super) fn edit_user(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let user = self.visible_user(caller, id, "users.update")?.clone();
        let body = rooted(params, "user");
        if !body["password"].is_null()
            && self.scope(caller, &["users.change_password"])? == Scope::Own
            && user.id != caller.id
        {
            return Err(Refusal::NotFound);
        }
        let mut errors = Vec::new();
        let mut next = user.clone();
        if body["email"].is_string() {
            next.email = text(&body["email"]);
            self.check_email(&next.email, Some(user.id), &mut errors);
        }
        if !body["password"].is_null() {
            self.check_password(body, false, &mut errors);
            next.password = text(&body["password"]);
        }
        if let Some(plan) = self.wanted_plan(body, &mut errors) {
            next.plan_id = plan;
        }
        if let Some(group) = self.wanted_group(body, &mut errors) {
            next.user_group_id = group;
        }
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        if let Some(roles) = self.wanted_roles(body)? {
            next.role_ids = roles;
        }
        for (field, place) in [
            ("first_name", &mut next.first_name),
            ("last_name", &mut next.last_name),
            ("time_zone", &mut next.time_zone),
            ("locale", &mut next.locale),
        ] {
            if body[field].is_string() {
                *place = text(&body[field]);
            }
        }
        next.updated_at = self.now();
        self.users.insert(user.id, next);
        Ok(self.changed())
    }

    /// Suspend and activate. A user in that state already stays so; its VMs are not touched (reference 10.2).
    pub(super) fn suspend_user(&mut self, caller: &Caller, id: &str, suspend: bool) -> Outcome {
        let id = self.visible_user(caller, id, "users.suspend")?.id;
        let now = self.now();
        let user = self.users.get_mut(&id).ok_or(Refusal::NotFound)?;
        if user.status == UserStatus::Deleted {
            return Err(Refusal::State("User is deleted".into()));
        }
        user.status = if suspend {
            UserStatus::Suspended
        } else {
            UserStatus::Active
        };
        user.updated_at = now;
        let user = self.users.get(&id).ok_or(Refusal::NotFound)?;
        let status = if self.version.suspends_users_by_get() {
            200
        } else {
            self.quirks.user_verb_status
        };
        if status == 204 {
            return Ok(Answer::empty(204));
        }
        Ok(Answer::json(status, &json!({"user": self.user_view(caller, user)})))
    }

    /// First call: deleted, its VMs queued for removal. Second call: erased, unless that work still runs.
    /// `force` does both: the row is erased when the work is done.
    pub(super) fn delete_user(&mut self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let user = self.visible_user(caller, id, "users.delete")?;
        let (id, status) = (user.id, user.status);
        let force = flag(&params["force"]) || flag(&rooted(params, "user")["force"]);
        let busy = self
            .open_transactions
            .iter()
            .filter_map(|t| self.transactions.get(t))
            .any(|t| t.user_id == id || (t.object_type == "User" && t.object_id == id));
        if status == UserStatus::Deleted {
            if busy {
                return Err(Refusal::State(
                    "Please wait while User transactions will be finished.".into(),
                ));
            }
            self.erase_user(id);
            return Ok(self.changed());
        }
        let now = self.now();
        let owned: Vec<u64> = self
            .vms
            .values()
            .filter(|v| v.user_id == id && v.deleted_at.is_none())
            .map(|v| v.id)
            .collect();
        for vm in &owned {
            self.queue_destruction(*vm);
        }
        let after = owned
            .iter()
            .filter_map(|vm| {
                self.open_transactions
                    .iter()
                    .filter_map(|t| self.transactions.get(t))
                    .filter(|t| t.vm_id == Some(*vm))
                    .map(|t| t.ends_at)
                    .max()
            })
            .max()
            .unwrap_or(now);
        if !owned.is_empty() || force {
            self.queue_for_user(id, after, Step::new("destroy_user", 5, Effect::UserRemoved(id)));
        }
        let no_work = owned.is_empty();
        if let Some(user) = self.users.get_mut(&id) {
            user.status = UserStatus::Deleted;
            user.deleted_at = Some(now);
            user.updated_at = now;
            user.erase_when_done = force;
        }
        if force && no_work {
            self.erase_user(id);
        }
        Ok(self.changed())
    }

    pub(super) fn erase_user(&mut self, id: u64) {
        if let Some(user) = self.users.remove(&id) {
            self.erased.push(user);
        }
    }

    pub(super) fn new_api_key(&mut self, caller: &Caller, id: &str) -> Outcome {
        let id = self.visible_user(caller, id, "users.update_api_key")?.id;
        let key = self.random.text(40, "0123456789abcdef");
        let many = self.version.many_api_keys();
        let user = self.users.get_mut(&id).ok_or(Refusal::NotFound)?;
        if many {
            if user.api_keys.len() >= 100 {
                return Err(Refusal::State("API keys limit is reached".into()));
            }
            user.api_keys.push(key.clone());
            return Ok(Answer::json(201, &json!({"api_key": key})));
        }
        user.api_keys = vec![key.clone()];
        let user = self.users.get(&id).ok_or(Refusal::NotFound)?;
        let mut view = self.user_view(caller, user);
        view["api_key"] = json!(key);
        Ok(Answer::json(201, &json!({"user": view})))
    }

    pub(super) fn validate_login(&self, caller: &Caller, params: &Value) -> Outcome {
        self.need(caller, &["users.create", "users.read"])?;
        let mut errors = Vec::new();
        if params["login"].is_string() {
            self.check_login(&text(&params["login"]), None, &mut errors);
        }
        if params["email"].is_string() {
            self.check_email(&text(&params["email"]), None, &mut errors);
        }
        if errors.is_empty() {
            Ok(Answer::json(200, &json!({})))
        } else {
            Err(Refusal::Invalid(errors))
        }
    }

    pub(super) fn user_limits(&self, caller: &Caller, id: &str) -> Outcome {
        let scope = self.scope(caller, &["resource_limits.read", "users.read"])?;
        let user = self
            .find_user(id)
            .filter(|u| scope == Scope::All || u.id == caller.id)
            .ok_or(Refusal::NotFound)?;
        let plan = self
            .plans
            .iter()
            .find(|p| p.id == user.plan_id)
            .ok_or(Refusal::NotFound)?;
        let (memory, cpus, disk) = self.used_by(user.id, None);
        let left = |limit: Option<i64>, used: i64, hardware: i64| limit.map_or(hardware, |l| (l - used).max(0));
        let disk_left = left(plan.disk_limit, disk, 10_000);
        let zones = |rows: &[super::state::Labelled]| -> Value {
            rows.iter().map(|z| json!({"id": z.id, "label": z.label})).collect()
        };
        Ok(Answer::json(
            200,
            &json!({
                "limits": {
                    "memory": left(plan.memory_limit, memory, 1_048_576), "cpus": left(plan.cpu_limit, cpus, 64),
                    "cpu_shares": 100, "rate": plan.rate_limit.unwrap_or(1000), "disk_size": disk_left,
                    "primary_disk_size": disk_left, "swap_disk_size": disk_left,
                    "network_groups": zones(&self.network_zones), "hypervisor_groups": zones(&self.hypervisor_zones),
                    "data_store_groups": zones(&self.data_store_zones),
                    "hypervisors": self.hypervisors.iter()
                        .map(|h| json!({"id": h.id, "label": h.label, "hypervisor_type": "kvm"})).collect::<Value>(),
                },
                "best_data_store_group_primary_id": 1, "best_data_store_group_swap_id": 1, "best_network_group_id": 1,
            }),
        ))
    }

    pub(super) fn find_user(&self, id: &str) -> Option<&User> {
        id.parse().ok().and_then(|id: u64| self.users.get(&id))
    }

    /// A user that the caller's permission reaches; one out of reach is 404 like one that does not exist.
    fn visible_user(&self, caller: &Caller, id: &str, permission: &str) -> Result<&User, Refusal> {
        let scope = self.scope(caller, &[permission])?;
        self.find_user(id)
            .filter(|u| scope == Scope::All || u.id == caller.id)
            .ok_or(Refusal::NotFound)
    }

    fn check_login(&self, login: &str, own: Option<u64>, errors: &mut Vec<(String, String)>) {
        if login.is_empty() {
            errors.push(("login".into(), "can't be blank".into()));
        } else if login.chars().count() > 40 {
            errors.push(("login".into(), "is too long (maximum is 40 characters)".into()));
        } else if self
            .users
            .values()
            .any(|u| Some(u.id) != own && u.login.eq_ignore_ascii_case(login))
        {
            errors.push(("login".into(), "has already been taken".into()));
        }
    }

    fn check_email(&self, email: &str, own: Option<u64>, errors: &mut Vec<(String, String)>) {
        let parts = email.split_once('@');
        let valid = parts.is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !email.contains(char::is_whitespace)
        });
        if !valid {
            errors.push(("email".into(), "is invalid".into()));
        } else if self
            .users
            .values()
            .any(|u| Some(u.id) != own && u.email.eq_ignore_ascii_case(email))
        {
            errors.push(("email".into(), "has already been taken".into()));
        }
    }

    fn check_password(&self, body: &Value, required: bool, errors: &mut Vec<(String, String)>) {
        let password = text(&body["password"]);
        let mut say = |field: &str, message: String| errors.push((field.into(), message));
        if password.is_empty() && required {
            say("password", "can't be blank".into());
        }
        let minimum = self.quirks.password_minimum_length;
        if password.chars().count() < minimum {
            say("password", format!("is too short (minimum is {minimum} characters)"));
        }
        let has = |test: fn(char) -> bool| password.chars().any(test);
        let strong = has(|c| c.is_ascii_lowercase())
            && has(|c| c.is_ascii_uppercase())
            && has(|c| c.is_ascii_digit())
            && has(|c| !c.is_alphanumeric());
        if self.quirks.password_strict && !strong {
            say(
                "password",
                "should contain upper and lower case letters, digits and symbols".into(),
            );
        }
        let confirmation = &body["password_confirmation"];
        if confirmation.is_string() && text(confirmation) != password {
            let field = if self.version.from(4, 0) {
                "password_confirmation"
            } else {
                "password"
            };
            say(field, "doesn't match confirmation".into());
        }
    }

    /// The billing plan or bucket that the body names, under the release's own key; the other key is ignored.
    fn wanted_plan(&self, body: &Value, errors: &mut Vec<(String, String)>) -> Option<u64> {
        let key = if self.version.buckets() {
            "bucket_id"
        } else {
            "billing_plan_id"
        };
        let wanted = &body[key];
        if wanted.is_null() || text(wanted).is_empty() {
            return None;
        }
        let id = id_of(wanted).filter(|id| self.plans.iter().any(|p| p.id == *id));
        if id.is_none() {
            errors.push((key.into(), "is invalid".into()));
        }
        id
    }

    /// `Some(None)` clears the group.
    fn wanted_group(&self, body: &Value, errors: &mut Vec<(String, String)>) -> Option<Option<u64>> {
        let wanted = body.get("user_group_id")?;
        if wanted.is_null() || text(wanted).is_empty() || text(wanted) == "0" {
            return Some(None);
        }
        let id = id_of(wanted).filter(|id| self.user_groups.iter().any(|g| g.id == *id));
        if id.is_none() {
            errors.push(("user_group_id".into(), "is invalid".into()));
        }
        Some(id)
    }

    /// The whole new role set, when the body has one. An unknown role is 404, as Rails finds ids.
    fn wanted_roles(&self, body: &Value) -> Result<Option<Vec<u64>>, Refusal> {
        let list = match &body["role_ids"] {
            Value::Null => return Ok(None),
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let mut roles = Vec::new();
        for wanted in list.iter().filter(|w| !text(w).is_empty()) {
            let id = id_of(wanted)
                .filter(|id| self.roles.iter().any(|r| r.id == *id))
                .ok_or(Refusal::NotFound)?;
            roles.push(id);
        }
        Ok(Some(roles))
    }

    fn short_user(&self, user: &User) -> Value {
        json!({"id": user.id, "login": user.login, "email": user.email, "first_name": user.first_name,
            "last_name": user.last_name, "status": user.status.word()})
    }

    /// A user as this caller may see it: prices only with their `users.read_prices` permission.
    fn user_view(&self, caller: &Caller, user: &User) -> Value {
        let (memory, cpus, disk) = self.used_by(user.id, None);
        let v = self.version;
        let mut view = json!({
            "id": user.id, "login": user.login, "email": user.email, "first_name": user.first_name,
            "last_name": user.last_name, "status": user.status.word(), "activated_at": self.stamp(user.created_at),
            "created_at": self.stamp(user.created_at), "updated_at": self.stamp(user.updated_at),
            "deleted_at": self.stamp_or_null(user.deleted_at), "suspend_at": null, "user_group_id": user.user_group_id,
            "image_template_group_id": null, "time_zone": if user.time_zone.is_empty() { Value::Null } else { json!(user.time_zone) },
            "locale": user.locale, "used_cpus": cpus, "used_cpu_shares": 0, "used_memory": memory, "used_disk_size": disk,
            "memory_available": 1_048_576, "disk_space_available": 10_000,
            "used_ip_addresses": wrapped("ip_address", self.addresses_of_user(user.id)),
            "roles": wrapped("role", self.roles.iter().filter(|r| user.role_ids.contains(&r.id)).map(|r| self.role_view(r))),
        });
        if v.buckets() {
            view["bucket_id"] = json!(user.plan_id);
        } else {
            view["billing_plan_id"] = json!(user.plan_id);
        }
        if v.from(3, 0) {
            view["identifier"] = json!(user.identifier);
            view["firewall_id"] = Value::Null;
            view["password_changed_at"] = Value::Null;
            view["infoboxes"] = json!({"display_infoboxes": true, "hidden_infoboxes": []});
            view["supplied"] = json!(false);
        } else {
            view["remember_token"] = Value::Null;
            view["remember_token_expires_at"] = Value::Null;
            view["activation_code"] = Value::Null;
        }
        if v.from(2, 3) {
            view["cdn_status"] = json!("INACTIVE");
            view["cdn_account_status"] = json!("INACTIVE");
            view["additional_fields"] = json!([]);
        }
        let may =
            |name: &str| super::permissions::scope(&caller.permissions, &format!("users.read_prices.{name}")).is_some();
        if may("total_cost") {
            view["total_amount"] = json!(0.0);
        }
        if may("outstanding_amount") {
            view["outstanding_amount"] = if v.from(5, 0) { json!("0.0") } else { json!(0.0) };
        }
        if may("summary_payments") {
            view["payment_amount"] = json!("0.0");
        }
        view
    }
}
