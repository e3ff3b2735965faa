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

/// Reads a job's input; the parser's own text never gets out, because it quotes values.
pub(crate) fn read<T: serde::de::DeserializeOwned>(mut input: Value) -> Result<T, Failure> {
    let read = T::deserialize(&input).map_err(|_| {
        Failure::new(
            Class::ConfigUnknown,
            "job.input",
            "The job's input does not have the documented shape.",
            "Nothing was started.",
            "Compare the caller with the protocol's documentation.",
        )
    });
    crate::host::wipe(&mut input);
    read
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
