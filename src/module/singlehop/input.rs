//! What the host hands to a job on one service, and how a failure is told to a client: without the vendor's name and without
//! the panel's words (decision 34).

use super::options::Settings;
use super::tables::MODULE;
use crate::host::{Cell, Class, Failure, Host, Service};
use crate::module::common::action::{ActionRule, Caller};
use crate::module::common::verb::{Called, SERVICE, read, service};
use crate::panel::singlehop::Config;
use serde::Deserialize;
use serde_json::Value;

/// Input of every job on one service.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Input {
    pub(crate) service: Called,
    /// The product's options; passwords may come as `{"secret": text}`.
    options: Vec<Cell>,
    /// The text of the module's config.json.
    configuration: String,
    pub(crate) caller: Caller,
    /// What a form sent; an empty PHP array is an empty form.
    form: Value,
}

impl Input {
    /// Reads the input and refuses what the module does not serve.
    pub(crate) fn read(input: Value) -> Result<Self, Failure> {
        let input: Self = read(input, SERVICE)?;
        input.service.check(MODULE, "Dedicated servers")?;
        Ok(input)
    }

    /// What a form sent under this name.
    pub(crate) fn form(&self, name: &str) -> Option<&str> {
        self.form.get(name).and_then(Value::as_str).map(str::trim)
    }

    /// The product's settings.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        Settings::read(&self.options)
    }

    /// The configuration file.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        config(&self.configuration)
    }

    /// The service, once the caller may do this to it.
    pub(crate) async fn allowed(&self, host: &Host, name: &str) -> Result<Service, Failure> {
        let service = service(host, MODULE, &self.service.id).await?;
        let rule = rule(name)?;
        self.caller.allow(MODULE, rule, &service)?;
        Ok(service)
    }

    /// The job's result as this caller may read it. For a client, whatever is not about the client's own doing becomes one
    /// sentence; staff find the whole in the log.
    pub(crate) fn told<T>(&self, host: &Host, done: Result<T, Failure>) -> Result<T, Failure> {
        done.map_err(|failure| {
            if self.caller.is_client() {
                white(host, failure)
            } else {
                failure
            }
        })
    }
}

fn rule(name: &str) -> Result<&'static ActionRule, Failure> {
    super::ACTIONS
        .iter()
        .find(|rule| rule.name == name)
        .ok_or_else(|| Failure::internal("singlehop.action", "An action is not listed."))
}

/// The configuration file's content.
pub(crate) fn config(text: &str) -> Result<Config, Failure> {
    Config::read(text).map_err(|what| {
        Failure::setting(
            "singlehop.config_file",
            format!("The file modules/servers/singlehop/config.json cannot be used: {what}."),
            "Correct it; its README.md lists every setting.",
        )
    })
}

/// The file is there, and the host may not read it.
pub(crate) fn unreadable_file() -> Failure {
    Failure::setting(
        "singlehop.config_file",
        "The file modules/servers/singlehop/config.json cannot be read.",
        "Give it to the user that the cron runs as, for example with chown.",
    )
}

/// A failure in words for clients. Codes keep the module's name: they are looked up, never shown.
fn white(host: &Host, failure: Failure) -> Failure {
    const OWN_WORDS: [&str; 7] = [
        "not_for_clients",
        "not_yours",
        "not_post",
        "no_token",
        "not_active",
        "busy",
        "cool_down",
    ];
    let name = failure.code.strip_prefix("singlehop.").unwrap_or_default();
    if OWN_WORDS.contains(&name) {
        return failure;
    }
    host.log("warning", &failure.code, failure.to_string());
    let (code, message, next) = match failure.class {
        Class::NetworkUnknown => (
            "singlehop.unclear",
            // Of all that a client may ask for, only a restart changes something.
            "The server may have been restarted: no answer came.",
            "Please see whether it was, before you restart it again.",
        ),
        _ => (
            "singlehop.unavailable",
            "This is temporarily not available.",
            "Please try again later, or ask the support.",
        ),
    };
    Failure::new(failure.class, code, message, "", next)
}
