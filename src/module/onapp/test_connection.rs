//! `onapp.test_connection`: what a server's "Test connection" button tells: address and certificate, credentials, the
//! right to read the version, and a version that is supported. Each cause has its own message.

use super::connect::client;
use super::refusal::refusal;
use super::verb::read;
use crate::host::{Class, Failure, Host, HostSettings, Server};
use crate::module::{Env, Report};
use crate::panel::onapp::{Panel, Version};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    server: Server,
}

/// Tries the server as it is entered, saved or not. Changes nothing.
pub(crate) async fn test_connection(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input)?;
    let client = client(&host, &env, &input.server)?;
    let version = Panel::probe(&client).map_err(|e| refusal("The control panel could not be used", &e))?;
    if version < Version::new(2, 3, 0) || version >= Version::new(8, 0, 0) {
        return Err(Failure::new(
            Class::ConfigRefused,
            "onapp.version",
            format!("OnApp {version} is not supported; 2.3 to 7.x are."),
            "Nothing was changed.",
            "Use a module release that names this version.",
        ));
    }
    let panel = Panel::new(client, version.clone());
    panel.profile().map_err(|e| refusal("OnApp refused the user", &e))?;
    let zone = host.ask(&HostSettings {}).await?.time_zone;
    let warning = if zone.is_empty() { " PHP's date.timezone is not set: billing counts in UTC unless a zone is named." } else { "" };
    Ok(json!({ "message": format!("OnApp {version} answers and accepts the user.{warning}"), "version": version.to_string() }))
}
