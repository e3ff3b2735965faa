//! The remote console: a key that opens one VM's screen in a browser without any login.
//!
//! Source: reference: onapp-api.md 5.6. The key dies with the next power action. What asking for a VM that is off answers is
//! not documented: 422 here.

use super::refusal::Refusal;
use super::state::Caller;
use super::vm_actions::LOCKED;
use super::{OnApp, Outcome};
use crate::request::Answer;
use serde_json::json;

impl OnApp {
    pub(super) fn console(&mut self, caller: &Caller, vm: &str) -> Outcome {
        let vm = self.visible_vm(caller, vm, &["virtual_machines.console"])?.clone();
        if vm.locked {
            return Err(Refusal::State(LOCKED.into()));
        }
        if !vm.booted {
            return Err(Refusal::State("Virtual Server is not running".into()));
        }
        let key = match vm.console_key {
            Some(key) => key,
            None => self.random.text(12, "abcdefghijkmnopqrstuvwxyz23456789"),
        };
        if let Some(vm) = self.vms.get_mut(&vm.id) {
            vm.console_key = Some(key.clone());
        }
        let now = self.stamp(self.now());
        Ok(Answer::json(
            200,
            &json!({"remote_access_session": {"id": vm.id, "virtual_machine_id": vm.id, "port": 30_000 + vm.id % 10_000,
                "remote_key": key, "called_in_at": null, "created_at": now, "updated_at": now}}),
        ))
    }

    pub(super) fn console_page(&self, key: &str) -> Answer {
        match self.live_vms().find(|v| v.console_key.as_deref() == Some(key)) {
            Some(vm) => Answer::html(
                200,
                &format!("<html><body><h1>Console of {}</h1></body></html>", vm.identifier),
            ),
            None => Answer::html(404, "<html><body><h1>404 Not Found</h1></body></html>"),
        }
    }
}
