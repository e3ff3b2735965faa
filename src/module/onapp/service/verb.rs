//! What the host hands to a verb on one service, and the checks that come before anything is asked or called.

use crate::host::{Class, Failure, Host, Server};
use crate::module::common::claim;
use crate::module::common::verb::{Called, SERVICE, read};
use crate::module::onapp::product::options;
use crate::module::onapp::server::connect;
use crate::module::onapp::tables::{MODULE, text};
use crate::module::onapp::takeover::mapped;
use serde::Deserialize;
use serde_json::Value;

/// Input of create, suspend, unsuspend and terminate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct VerbInput {
    pub(crate) service: Called,
    pub(crate) options: Vec<String>,
    pub(crate) server: Server,
}

impl VerbInput {
    /// Reads the input and refuses what the module does not serve (decision 11c).
    pub(crate) fn read(input: Value) -> Result<Self, Failure> {
        let input: Self = read(input, SERVICE)?;
        input.service.check(MODULE, "OnApp virtual machines")?;
        if input.service.product_type == "reselleraccount" {
            return Err(Failure::new(
                Class::ConfigRefused,
                "onapp.product_type",
                "The product type Reseller Hosting does not fit a virtual machine.",
                "Nothing was changed.",
                "Choose Shared Hosting, Dedicated/VPS Server or Other as the product's type.",
            ));
        }
        Ok(input)
    }

    /// The server that counts: where the service's VM was made; before there is one, slot 1, else the one that the host
    /// chose (decision 20a). A product that is moved to another server later takes no existing VM along.
    pub(crate) async fn server(&self, host: &Host) -> Result<Server, Failure> {
        let recorded = claim::read(host, MODULE, &self.service.id).await?;
        if let Some(id) = recorded.as_ref().and_then(|row| text(row, "server_id")) {
            return connect::recorded_server(host, id).await;
        }
        if let Some(id) = mapped::server_of(host, &self.service.id).await? {
            return connect::recorded_server(host, &id).await;
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
