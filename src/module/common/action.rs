//! Who asks for an action on a service, and whether they may (decision 6). Hiding a button is never the check: this is.

use crate::host::{Class, Failure, Service};
use serde::Deserialize;
use serde_json::{Value, json};

/// Who asks, as the host's entry saw the request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Caller {
    /// `client`, `staff`, or `system` for crons and the host's own automation. Anything else counts as a client.
    pub(crate) kind: String,
    /// The client who is logged in, empty for staff and system.
    pub(crate) client_id: String,
    /// The request came by POST.
    pub(crate) post: bool,
    /// The host's CSRF token was there and right.
    pub(crate) token: bool,
}

/// An action as it is listed: the one place from which buttons, entry functions and the security tests are made.
#[derive(Clone, Copy, Debug)]
pub struct ActionRule {
    /// The name in requests, such as `reboot`; the job is `<module>.<name>`.
    pub name: &'static str,
    /// Clients may ask for it, not only staff.
    pub client: bool,
    /// It changes something: by POST and with the host's token only.
    pub changes: bool,
    /// It needs an active service.
    pub active: bool,
}

/// A line of a module's list of actions.
pub(crate) const fn rule(name: &'static str, client: bool, changes: bool, active: bool) -> ActionRule {
    ActionRule {
        name,
        client,
        changes,
        active,
    }
}

impl Caller {
    /// Is it a client, or somebody unknown?
    pub(crate) fn is_client(&self) -> bool {
        !matches!(self.kind.as_str(), "staff" | "system")
    }

    /// Lets the action through, or says why not. Nothing was called or written before.
    ///
    /// # Errors
    /// `<module>.not_for_clients`, `.not_yours`, `.not_post`, `.no_token`, `.not_active`.
    pub(crate) fn allow(&self, module: &str, rule: &ActionRule, service: &Service) -> Result<(), Failure> {
        let refused = |name: &str, message: &str, next: &str| {
            Err(Failure::new(
                Class::ConfigRefused,
                &format!("{module}.{name}"),
                message,
                "Nothing was changed.",
                next,
            ))
        };
        if self.is_client() {
            if !rule.client {
                return refused("not_for_clients", "Only staff may do this.", "Ask the support.");
            }
            if self.client_id.is_empty() || self.client_id != service.client_id {
                return refused(
                    "not_yours",
                    "The service belongs to another client.",
                    "Open it from the list of your own services.",
                );
            }
        }
        if rule.changes && self.kind != "system" {
            if !self.post {
                return refused(
                    "not_post",
                    "This is done by a button, not by a link.",
                    "Press the button.",
                );
            }
            if !self.token {
                return refused(
                    "no_token",
                    "The page was too old, or the request came from another site.",
                    "Open the page again and press the button there.",
                );
            }
        }
        if rule.active && service.status != "Active" {
            return refused(
                "not_active",
                "The service is not active.",
                "It can be used again when it is active.",
            );
        }
        Ok(())
    }
}

/// The report of a job that lists a module's actions for the host's entry functions.
pub(crate) fn listed(actions: &[ActionRule]) -> Value {
    let list: Vec<Value> = actions
        .iter()
        .map(|a| json!({ "name": a.name, "client": a.client, "changes": a.changes, "active": a.active }))
        .collect();
    json!({ "message": "listed", "actions": list })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const REBOOT: ActionRule = ActionRule {
        name: "reboot",
        client: true,
        changes: true,
        active: true,
    };

    fn answer(caller: Caller, rule: ActionRule, status: &str) -> String {
        let service = Service {
            client_id: "7".into(),
            status: status.into(),
            ..Service::default()
        };
        match caller.allow("x", &rule, &service) {
            Ok(()) => "ok".to_owned(),
            Err(failure) => failure.code,
        }
    }

    fn caller(kind: &str, client: &str, post: bool, token: bool) -> Caller {
        Caller {
            kind: kind.into(),
            client_id: client.into(),
            post,
            token,
        }
    }

    #[test]
    fn a_change_needs_owner_post_token_and_an_active_service() {
        assert_eq!(answer(caller("client", "7", true, true), REBOOT, "Active"), "ok");
        assert_eq!(
            answer(caller("client", "8", true, true), REBOOT, "Active"),
            "x.not_yours"
        );
        assert_eq!(
            answer(caller("client", "", true, true), REBOOT, "Active"),
            "x.not_yours"
        );
        assert_eq!(answer(caller("", "7", true, false), REBOOT, "Active"), "x.no_token");
        assert_eq!(
            answer(caller("client", "7", false, true), REBOOT, "Active"),
            "x.not_post"
        );
        assert_eq!(
            answer(caller("client", "7", true, true), REBOOT, "Suspended"),
            "x.not_active"
        );
        assert_eq!(answer(caller("staff", "", true, false), REBOOT, "Active"), "x.no_token");
        assert_eq!(answer(caller("system", "", false, false), REBOOT, "Active"), "ok");
        let staff_only = ActionRule {
            client: false,
            ..REBOOT
        };
        assert_eq!(
            answer(caller("client", "7", true, true), staff_only, "Active"),
            "x.not_for_clients"
        );
        assert_eq!(answer(caller("staff", "", true, true), staff_only, "Active"), "ok");
        let looks = ActionRule {
            changes: false,
            active: false,
            ..REBOOT
        };
        assert_eq!(answer(caller("client", "7", false, false), looks, "Suspended"), "ok");
    }
}
