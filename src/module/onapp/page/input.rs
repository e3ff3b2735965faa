//! What the host hands to a page or an action of a page, and whether the caller may have it.

use super::ACTIONS;
use crate::host::{Failure, Host, Service};
use crate::module::common::action::Caller;
use crate::module::common::verb::{SERVICE, read, service};
use crate::module::onapp::product::of_machine::seen_from;
use crate::module::onapp::service::verb::VerbInput;
use crate::module::onapp::tables::{MODULE, ensure};
use crate::view::form::Sent;
use serde::Deserialize;
use serde_json::Value;

/// Input of every job of a page: that of a verb, who asks, and what a form sent.
pub(super) struct Input {
    pub(super) verb: VerbInput,
    pub(super) caller: Caller,
    pub(super) form: Sent,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Further {
    caller: Caller,
    form: Sent,
}

impl Input {
    /// Reads the input and refuses what the module does not serve.
    pub(super) fn read(mut input: Value) -> Result<Self, Failure> {
        let mut further = serde_json::Map::new();
        if let Some(all) = input.as_object_mut() {
            for name in ["caller", "form"] {
                // PHP writes an empty map as an empty list.
                if let Some(part) = all.remove(name).filter(Value::is_object) {
                    further.insert(name.to_owned(), part);
                }
            }
        }
        let further: Further = read(Value::Object(further), SERVICE)?;
        Ok(Self {
            verb: VerbInput::read(input)?,
            caller: further.caller,
            form: further.form,
        })
    }

    /// The service's id.
    pub(super) fn id(&self) -> &str {
        &self.verb.service.id
    }

    /// What a form sent under this name, without the spaces around it.
    pub(super) fn sent(&self, name: &str) -> &str {
        self.form.get(name).map_or("", |value| value.trim())
    }

    /// The service, once the caller may do this to it. Its product speaks of the machine that it has. Our tables exist then.
    pub(super) async fn allowed(&self, host: &Host, name: &str) -> Result<Service, Failure> {
        let rule = ACTIONS
            .iter()
            .find(|rule| rule.name == name)
            .ok_or_else(|| Failure::internal("onapp.action", "An action is not listed."))?;
        let service = service(host, MODULE, self.id()).await?;
        self.caller.allow(MODULE, rule, &service)?;
        ensure(host).await?;
        seen_from(host, service).await
    }
}
