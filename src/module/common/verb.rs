//! What the host hands to a verb on one service, and the first checks of it.

use crate::host::{Class, Failure, Host, Service, ServiceGet};
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

/// The service as the host's module call names it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Called {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) addon_id: String,
    pub(crate) product_type: String,
    pub(crate) domain: String,
    pub(crate) username: String,
    pub(crate) password: Secret,
}

impl Called {
    /// Refuses a call that names no service, and a product add-on (decision 11c). `what` is what the module sells, in the
    /// plural.
    pub(crate) fn check(&self, module: &str, what: &str) -> Result<(), Failure> {
        let refused = |name: &str, message: String, next: &str| {
            Err(Failure::new(
                Class::ConfigRefused,
                &format!("{module}.{name}"),
                message,
                "Nothing was changed.",
                next,
            ))
        };
        if self.id.is_empty() || self.id.bytes().any(|b| !b.is_ascii_digit()) {
            return refused(
                "service_id",
                "The call names no service.".to_owned(),
                "Run it from a service of this module.",
            );
        }
        if !matches!(self.addon_id.as_str(), "" | "0") {
            return refused(
                "product_addon",
                format!("{what} cannot be sold as product add-ons."),
                "Sell it as a product of its own.",
            );
        }
        Ok(())
    }
}

/// The names in the input of a job on one service: a host hands all of them to every module.
pub(crate) const SERVICE: &[&str] = &["service", "options", "server", "configuration", "caller", "form"];

/// The names below those that have a shape of their own.
const BELOW: [(&str, &[&str]); 4] = [
    (
        "service",
        &[
            "id",
            "client_id",
            "addon_id",
            "product_id",
            "product_type",
            "domain",
            "username",
            "password",
            "status",
        ],
    ),
    (
        "server",
        &[
            "id",
            "name",
            "hostname",
            "ip",
            "port",
            "secure",
            "username",
            "password",
            "access_hash",
            "disabled",
            "module",
        ],
    ),
    ("caller", &["kind", "client_id", "post", "token"]),
    (
        "settings",
        &["protocal", "server_name", "port", "user_name", "login_password"],
    ),
];

/// Reads a job's input, whose names are these: a name that is mistyped would be as good as not given, and the job would do
/// more than was asked for. The parser's own text never gets out, because it quotes values.
pub(crate) fn read<T: serde::de::DeserializeOwned>(mut input: Value, names: &[&str]) -> Result<T, Failure> {
    let refused = |message: String| {
        Failure::new(
            Class::ConfigUnknown,
            "job.input",
            message,
            "Nothing was started.",
            "Compare the caller with the list of jobs in the protocol's documentation.",
        )
    };
    if input.is_null() {
        input = Value::Object(serde_json::Map::new()); // A job that is given nothing.
    }
    let is_list = input.as_array().is_some_and(|list| !list.is_empty());
    let read = match unknown(&input, names) {
        Some(name) => Err(refused(format!("The job's input has nothing of the name \"{name}\"."))),
        None => T::deserialize(&input)
            .ok()
            .filter(|_| !is_list)
            .ok_or_else(|| refused("The job's input does not have the documented shape.".to_owned())),
    };
    crate::host::wipe(&mut input);
    read
}

/// The same for a job that takes no input.
pub(crate) fn nothing(input: Value) -> Result<(), Failure> {
    read::<serde::de::IgnoredAny>(input, &[]).map(|_| ())
}

/// The first name in an input that is none of its job's.
fn unknown(input: &Value, names: &[&str]) -> Option<String> {
    let other = |map: &Value, names: &[&str]| {
        let mut given = map.as_object()?.keys();
        given.find(|name| !names.contains(&name.as_str())).cloned()
    };
    other(input, names).or_else(|| {
        let below = |(part, names): &(&str, &[&str])| Some(format!("{part}.{}", other(input.get(part)?, names)?));
        BELOW.iter().find_map(below)
    })
}

/// A service with all that belongs to it.
pub(crate) async fn service(host: &Host, module: &str, id: &str) -> Result<Service, Failure> {
    host.ask(&ServiceGet { id: id.to_owned() })
        .await?
        .service
        .ok_or_else(|| {
            Failure::new(
                Class::ConfigRefused,
                &format!("{module}.service_missing"),
                format!("The billing panel has no service {id}."),
                "Nothing was changed.",
                "Check the service.",
            )
        })
}
