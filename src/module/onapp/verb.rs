//! What the host hands to a verb on one service, and the checks that come before anything is asked or called.

use super::claim;
use super::connect;
use super::options;
use super::tables::{MAPPINGS, text};
use crate::host::{Class, Failure, Host, Server, Service, ServiceGet, is};
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

/// The service as the host's module call names it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Called {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) addon_id: String,
    pub(crate) product_type: String,
    pub(crate) domain: String,
    pub(crate) password: Secret,
}

/// Input of create, suspend, unsuspend and terminate.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct VerbInput {
    pub(crate) service: Called,
    pub(crate) options: Vec<String>,
    pub(crate) server: Server,
}

/// Reads a job's input; the parser's own text never gets out, because it quotes values.
pub(crate) fn read<T: serde::de::DeserializeOwned>(mut input: Value) -> Result<T, Failure> {
    let read = T::deserialize(&input).map_err(|_| {
        Failure::new(
            Class::ConfigUnknown,
            "onapp.input",
            "The job's input does not have the documented shape.",
            "Nothing was started.",
            "Compare the caller with the protocol's documentation.",
        )
    });
    crate::host::wipe(&mut input);
    read
}

impl VerbInput {
    /// Reads the input and refuses what the module does not serve (decision 11c).
    pub(crate) fn read(input: Value) -> Result<Self, Failure> {
        let input: Self = read(input)?;
        let refused = |code: &str, message: &str, next: &str| {
            Err(Failure::new(
                Class::ConfigRefused,
                code,
                message,
                "Nothing was changed.",
                next,
            ))
        };
        if input.service.id.is_empty() || input.service.id.bytes().any(|b| !b.is_ascii_digit()) {
            return refused(
                "onapp.service_id",
                "The call names no service.",
                "Run it from a service of this module.",
            );
        }
        if !matches!(input.service.addon_id.as_str(), "" | "0") {
            return refused(
                "onapp.product_addon",
                "OnApp virtual machines cannot be sold as product add-ons.",
                "Sell it as a product of its own.",
            );
        }
        if input.service.product_type == "reselleraccount" {
            return refused(
                "onapp.product_type",
                "The product type Reseller Hosting does not fit a virtual machine.",
                "Choose Shared Hosting, Dedicated/VPS Server or Other as the product's type.",
            );
        }
        Ok(input)
    }

    /// The server that counts: where the service's VM was made; before there is one, slot 1, else the one that the host
    /// chose (decision 20a). A product that is moved to another server later takes no existing VM along.
    pub(crate) async fn server(&self, host: &Host) -> Result<Server, Failure> {
        let recorded = claim::read(host, &self.service.id).await?;
        if let Some(id) = recorded.as_ref().and_then(|row| text(row, "server_id")) {
            return connect::recorded_server(host, id).await;
        }
        let old = host
            .rows(MAPPINGS.name, vec![is("service_id", "=", &self.service.id)], vec![], 1)
            .await?;
        if !old.is_empty() && !self.server.id.is_empty() {
            // The old module wrote the server it used into the service.
            return Ok(self.server.clone());
        }
        self.new_server(host).await
    }

    /// The server that a new VM is made on.
    pub(crate) async fn new_server(&self, host: &Host) -> Result<Server, Failure> {
        // Always read anew: a server that was disabled since takes no new orders.
        match options::server_id(&self.options)?
            .unwrap_or_else(|| self.server.id.clone())
            .as_str()
        {
            "" => Err(Failure::setting(
                "onapp.no_server",
                "No server is chosen, neither in the product's settings nor on the service.",
                "Choose one in the product's Module Settings (slot 1) or assign a server group.",
            )),
            id => connect::server(host, id).await,
        }
    }
}

/// A service with all that belongs to it.
pub(crate) async fn service(host: &Host, id: &str) -> Result<Service, Failure> {
    host.ask(&ServiceGet { id: id.to_owned() })
        .await?
        .service
        .ok_or_else(|| {
            Failure::new(
                Class::ConfigRefused,
                "onapp.service_missing",
                format!("The billing panel has no service {id}."),
                "Nothing was changed.",
                "Check the service.",
            )
        })
}
