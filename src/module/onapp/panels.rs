//! The panels of a run over many services: each server is opened once, and one that cannot be used is asked once and told
//! once; its other services wait for the next run.

use super::connect::{panel, server};
use crate::host::{Class, Failure, Host};
use crate::module::Env;
use crate::panel::onapp::Panel;
use std::collections::BTreeMap;

/// The panels that a run has opened so far.
pub(crate) struct Panels {
    env: Env,
    /// None: not usable in this run.
    opened: BTreeMap<String, Option<Panel>>,
}

impl Panels {
    /// None yet.
    pub(crate) fn new(env: Env) -> Self {
        Self {
            env,
            opened: BTreeMap::new(),
        }
    }

    /// The panel of a server, logged in as the server's own user; None when it cannot be used in this run, which has been
    /// told.
    ///
    /// # Errors
    /// Only when the host cannot answer, or for a defect of ours.
    pub(crate) async fn get(&mut self, host: &Host, server_id: &str) -> Result<Option<Panel>, Failure> {
        if let Some(known) = self.opened.get(server_id) {
            return Ok(known.clone());
        }
        let opened = match server(host, server_id).await {
            Ok(server) => panel(host, &self.env, &server).await,
            Err(failure) => Err(failure),
        };
        match opened {
            Ok(panel) => {
                self.opened.insert(server_id.to_owned(), Some(panel.clone()));
                Ok(Some(panel))
            }
            Err(failure) if matches!(failure.class, Class::Internal | Class::Host) => Err(failure),
            Err(failure) => {
                self.close(host, server_id, &failure);
                Ok(None)
            }
        }
    }

    /// Tells staff that the work on a service failed. A failure that every other service of its server would meet too
    /// is told as the server's.
    pub(crate) fn failed(&mut self, host: &Host, server_id: &str, service_id: &str, failure: &Failure) {
        if concerns_server(failure) {
            self.close(host, server_id, failure);
        } else {
            host.log("error", &failure.code, format!("Service {service_id}: {failure}"));
        }
    }

    fn close(&mut self, host: &Host, server_id: &str, failure: &Failure) {
        host.log(
            "error",
            &failure.code,
            format!("Server {server_id}, whose services wait for the next run: {failure}"),
        );
        self.opened.insert(server_id.to_owned(), None);
    }
}

/// Would any request to this server end the same way?
fn concerns_server(failure: &Failure) -> bool {
    matches!(
        failure.class,
        Class::PanelUnauthorized | Class::ConfigInvalid | Class::NetworkTls | Class::NetworkDns
    ) || matches!(
        failure.code.as_str(),
        "http.refused" | "http.unreachable" | "http.connect_timeout" | "http.skipped"
    )
}
