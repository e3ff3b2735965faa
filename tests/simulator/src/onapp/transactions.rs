//! Work that takes simulated time: queueing, finishing when the clock has moved, failing on request, and the two lists
//! that show it (transactions and log items).
//!
//! Source: reference: onapp-api.md 2. A VM is locked while one of its transactions is open.

use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::{Caller, Effect, Progress, Transaction};
use super::{OnApp, Outcome, wrapped};
use crate::clock::Time;
use crate::request::{Answer, text};
use chrono::Duration;
use serde_json::{Value, json};

/// Log items count by themselves; so far above the transactions nobody takes one id for the other unnoticed.
const LOG_IDS: u64 = 1_000_000;

/// One piece of work to queue.
#[derive(Debug, Clone)]
pub(super) struct Step {
    action: &'static str,
    object_type: &'static str,
    object_id: Option<u64>,
    seconds: i64,
    effect: Effect,
}

impl Step {
    /// Work on the VM (or user) itself.
    pub fn new(action: &'static str, seconds: i64, effect: Effect) -> Step {
        Step {
            action,
            object_type: "VirtualMachine",
            object_id: None,
            seconds,
            effect,
        }
    }

    fn is_power(&self) -> bool {
        matches!(self.effect, Effect::Stopped | Effect::Booted | Effect::BootedRecovery)
    }

    /// Work on one of the VM's parts.
    pub fn on(object_type: &'static str, object_id: u64, action: &'static str, seconds: i64, effect: Effect) -> Step {
        Step {
            action,
            object_type,
            object_id: Some(object_id),
            seconds,
            effect,
        }
    }
}

impl OnApp {
    /// Queues work on a VM, one step after the other, and locks it.
    pub(super) fn queue(&mut self, vm_id: u64, steps: Vec<Step>) {
        let now = self.now();
        let Some(vm) = self.vms.get_mut(&vm_id) else { return };
        vm.locked = true;
        if steps.iter().any(Step::is_power) {
            vm.console_key = None;
        }
        let (identifier, user_id) = (vm.identifier.clone(), vm.user_id);
        let mut at = self
            .open_transactions
            .iter()
            .filter_map(|t| self.transactions.get(t))
            .filter(|t| t.vm_id == Some(vm_id))
            .map(|t| t.ends_at)
            .max()
            .map_or(now, |end| end.max(now));
        let mut before = None;
        let chain_id = self.next_id + 1;
        for step in steps {
            let ends_at = at + Duration::seconds(step.seconds);
            before = Some(self.push(Transaction {
                id: 0,
                action: step.action.into(),
                object_type: step.object_type,
                object_id: step.object_id.unwrap_or(vm_id),
                vm_id: Some(vm_id),
                identifier: identifier.clone(),
                user_id,
                depends_on: before,
                chain_id,
                progress: Progress::Pending,
                created_at: now,
                starts_at: at,
                ends_at,
                effect: step.effect,
            }));
            at = ends_at;
        }
        self.settle();
    }

    /// True while an open transaction works on that object.
    pub(super) fn is_worked_on(&self, object_type: &str, id: u64) -> bool {
        self.open_transactions
            .iter()
            .filter_map(|t| self.transactions.get(t))
            .any(|t| t.object_type == object_type && t.object_id == id)
    }

    /// Queues work on a user that begins at `at`.
    pub(super) fn queue_for_user(&mut self, user_id: u64, at: Time, step: Step) {
        let identifier = self
            .users
            .get(&user_id)
            .map(|u| u.identifier.clone())
            .unwrap_or_default();
        let now = self.now();
        self.push(Transaction {
            id: 0,
            action: step.action.into(),
            object_type: "User",
            object_id: user_id,
            vm_id: None,
            identifier,
            user_id,
            depends_on: None,
            chain_id: 0,
            progress: Progress::Pending,
            created_at: now,
            starts_at: at,
            ends_at: at + Duration::seconds(step.seconds),
            effect: step.effect,
        });
    }

    fn push(&mut self, transaction: Transaction) -> u64 {
        let id = self.fresh_id();
        let chain_id = if transaction.chain_id == 0 {
            id
        } else {
            transaction.chain_id
        };
        self.transactions.insert(
            id,
            Transaction {
                id,
                chain_id,
                ..transaction
            },
        );
        self.open_transactions.push(id);
        id
    }

    /// Finishes everything that is due, in the order of its end.
    pub(super) fn settle(&mut self) {
        let now = self.now();
        loop {
            let due = self
                .open_transactions
                .iter()
                .filter_map(|id| self.transactions.get(id))
                .filter(|t| t.ends_at <= now)
                .map(|t| (t.ends_at, t.id))
                .min();
            let Some((at, id)) = due else { break };
            self.finish(id, at);
        }
        let running: Vec<u64> = self.open_transactions.clone();
        for id in running {
            if let Some(t) = self.transactions.get_mut(&id)
                && t.starts_at <= now
            {
                t.progress = Progress::Running;
            }
        }
    }

    fn finish(&mut self, id: u64, at: Time) {
        self.open_transactions.retain(|open| *open != id);
        let Some(done) = self.transactions.get(&id).cloned() else {
            return;
        };
        let fails = self
            .planned_failures
            .iter_mut()
            .find(|(action, left)| *action == done.action && *left > 0);
        let failed = fails.is_some();
        if let Some((_, left)) = fails {
            *left -= 1;
        }
        self.set_progress(id, if failed { Progress::Failed } else { Progress::Complete });
        if failed {
            let dropped: Vec<u64> = self
                .open_transactions
                .iter()
                .filter_map(|t| self.transactions.get(t))
                .filter(|t| t.chain_id == done.chain_id)
                .map(|t| t.id)
                .collect();
            for other in &dropped {
                self.set_progress(*other, Progress::Cancelled);
            }
            self.open_transactions.retain(|open| !dropped.contains(open));
        } else {
            self.apply(&done, at);
        }
        if let Some(vm_id) = done.vm_id {
            let busy = self
                .open_transactions
                .iter()
                .filter_map(|t| self.transactions.get(t))
                .any(|t| t.vm_id == Some(vm_id));
            if let Some(vm) = self.vms.get_mut(&vm_id) {
                vm.locked = vm.locked && busy;
                vm.updated_at = vm.updated_at.max(at);
            }
        }
    }

    fn set_progress(&mut self, id: u64, progress: Progress) {
        if let Some(t) = self.transactions.get_mut(&id) {
            t.progress = progress;
        }
    }

    fn apply(&mut self, done: &Transaction, at: Time) {
        if let Effect::UserRemoved(user) = done.effect {
            if self.users.get(&user).is_some_and(|u| u.erase_when_done) {
                self.erase_user(user);
            }
            return;
        }
        if let Effect::Detached(nic) = done.effect {
            self.remove_nic(nic, at);
            return;
        }
        let newer = self.version.errors_by_field();
        let Some(vm) = done.vm_id.and_then(|id| self.vms.get_mut(&id)) else {
            return;
        };
        match &done.effect {
            Effect::Built => {
                vm.built = true;
                if newer {
                    vm.state = "delivered".into();
                }
                let id = vm.id;
                self.settle_parts(id);
            }
            Effect::Booted | Effect::BootedRecovery => {
                vm.booted = true;
                vm.starts += 1;
                vm.recovery = done.effect == Effect::BootedRecovery;
            }
            Effect::Stopped => {
                vm.booted = false;
                vm.recovery = false;
            }
            Effect::Resized(memory, cpus, cpu_shares) => {
                (vm.memory, vm.cpus, vm.cpu_shares) = (*memory, *cpus, *cpu_shares);
                if vm.booted && done.action == "resize_virtual_machine" {
                    vm.starts += 1;
                }
            }
            Effect::Password(password) => vm.root_password.clone_from(password),
            Effect::Destroyed => {
                let id = vm.id;
                self.destroy_now(id, at);
            }
            Effect::DiskResized(disk, size) => self.resize_now(*disk, *size, at),
            Effect::BackupTaken(backup) => self.backup_taken(*backup, at),
            Effect::BackupRestored(backup) => self.backup_restored(*backup),
            Effect::BackupRemoved(backup) => self.backup_removed(*backup, at),
            Effect::NetworkRebuilt => {
                let id = vm.id;
                self.configure_addresses(id);
            }
            Effect::FirewallApplied => {
                let id = vm.id;
                self.firewall_applied(id);
            }
            Effect::None | Effect::Detached(_) | Effect::UserRemoved(_) => {}
        }
    }

    /// Takes a VM and everything on it off the panel at once.
    pub(super) fn destroy_now(&mut self, vm_id: u64, at: Time) {
        if let Some(vm) = self.vms.get_mut(&vm_id) {
            vm.deleted_at = Some(at);
            vm.booted = false;
            vm.locked = false;
        }
        let nics: Vec<u64> = self
            .nics
            .values()
            .filter(|n| n.vm_id == vm_id && n.removed_at.is_none())
            .map(|n| n.id)
            .collect();
        for nic in nics {
            self.remove_nic(nic, at);
        }
        for disk in self.disks.values_mut().filter(|d| d.vm_id == vm_id) {
            disk.removed_at = disk.removed_at.or(Some(at));
        }
        let open: Vec<u64> = self
            .open_transactions
            .iter()
            .filter_map(|t| self.transactions.get(t))
            .filter(|t| t.vm_id == Some(vm_id))
            .map(|t| t.id)
            .collect();
        for id in &open {
            self.set_progress(*id, Progress::Cancelled);
        }
        self.open_transactions.retain(|t| !open.contains(t));
    }

    pub(super) fn list_transactions(&self, caller: &Caller, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["transactions.list", "transactions.read"])?;
        let detailed = params.get("detailed").is_some();
        let rows = self
            .transactions
            .values()
            .rev()
            .filter(|t| scope == Scope::All || t.user_id == caller.id);
        let rows = wrapped("transaction", rows.map(|t| self.transaction_view(t, detailed)));
        Ok(self.page(rows, params, Some(10)))
    }

    pub(super) fn list_vm_transactions(&self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["transactions.list", "transactions.read"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?;
        let rows = self
            .transactions
            .values()
            .rev()
            .filter(|t| t.vm_id == Some(vm.id) && (scope == Scope::All || vm.user_id == caller.id));
        let rows = wrapped("transaction", rows.map(|t| self.transaction_view(t, false)));
        Ok(self.page(rows, params, Some(10)))
    }

    pub(super) fn get_transaction(&self, caller: &Caller, id: &str, params: &Value) -> Outcome {
        let row = self.visible_transaction(caller, id, "transactions.read")?;
        let log = params.get("log").is_some();
        Ok(Answer::json(
            200,
            &json!({"transaction": self.transaction_view(row, log)}),
        ))
    }

    pub(super) fn list_logs(&self, caller: &Caller, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["log_items.list", "log_items.read"])?;
        let query = text(&params["q"]);
        let rows = self
            .transactions
            .values()
            .rev()
            .filter(|t| scope == Scope::All || t.user_id == caller.id)
            .filter(|t| query.is_empty() || t.identifier.contains(&query) || t.action.contains(&query));
        Ok(self.page(wrapped("log_item", rows.map(|t| self.log_view(t))), params, Some(10)))
    }

    pub(super) fn list_vm_logs(&self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        self.scope(caller, &["log_items.list", "log_items.read"])?;
        let vm = self.visible_vm(caller, vm, &["virtual_machines.read"])?;
        let rows = self.transactions.values().rev().filter(|t| t.vm_id == Some(vm.id));
        Ok(self.page(wrapped("log_item", rows.map(|t| self.log_view(t))), params, Some(10)))
    }

    pub(super) fn get_log(&self, caller: &Caller, id: &str) -> Outcome {
        let transaction = id.parse().ok().and_then(|id: u64| id.checked_sub(LOG_IDS));
        let transaction = transaction.map(|id| id.to_string()).unwrap_or_default();
        let row = self.visible_transaction(caller, &transaction, "log_items.read")?;
        Ok(Answer::json(200, &json!({"log_item": self.log_view(row)})))
    }

    fn visible_transaction(&self, caller: &Caller, id: &str, permission: &str) -> Result<&Transaction, Refusal> {
        let scope = self.scope(caller, &[permission])?;
        id.parse()
            .ok()
            .and_then(|id: u64| self.transactions.get(&id))
            .filter(|t| scope == Scope::All || t.user_id == caller.id)
            .ok_or(Refusal::NotFound)
    }

    fn transaction_view(&self, t: &Transaction, log: bool) -> Value {
        let v = self.version;
        let begun = t.progress != Progress::Pending && t.progress != Progress::Cancelled;
        let over = !matches!(t.progress, Progress::Pending | Progress::Running);
        let mut view = json!({
            "id": t.id, "action": t.action, "status": t.progress.word(), "identifier": t.identifier, "actor": null,
            "user_id": t.user_id, "params": {}, "parent_id": t.vm_id.unwrap_or(t.object_id),
            "parent_type": if t.vm_id.is_some() { "VirtualMachine" } else { t.object_type },
            "dependent_transaction_id": t.depends_on, "priority": 10, "pid": if begun { json!(4242) } else { Value::Null },
            "allowed_cancel": t.progress == Progress::Pending, "start_after": null,
            "started_at": if begun { self.stamp(t.starts_at) } else { Value::Null },
            "created_at": self.stamp(t.created_at),
            "updated_at": self.stamp(if over { t.ends_at } else if begun { t.starts_at } else { t.created_at }),
        });
        if v.from(3, 0) {
            view["associated_object_id"] = json!(t.object_id);
            view["associated_object_type"] = json!(t.object_type);
            view["scheduled"] = json!(false);
        } else {
            view["parent_id"] = json!(t.object_id);
            view["parent_type"] = json!(t.object_type);
        }
        if v.from(5, 4) {
            view["chain_id"] = json!(t.chain_id);
        }
        if v.from(6, 1) {
            view["lock_version"] = json!(2);
        }
        if log || !v.from(3, 0) {
            view["log_output"] = json!(format!("{}: {}\n", t.action, t.progress.word()));
        }
        view
    }

    fn log_view(&self, t: &Transaction) -> Value {
        let word = t.progress.word();
        let mut letters = word.chars();
        let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
        json!({"id": LOG_IDS + t.id, "action": t.action, "status": format!("{first}{}", letters.as_str()),
            "target_id": t.id, "target_type": "Transaction", "created_at": self.stamp(t.created_at),
            "updated_at": self.stamp(t.ends_at.min(self.now()).max(t.created_at))})
    }
}
