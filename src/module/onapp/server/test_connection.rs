//! `onapp.test_connection`: what a server's "Test connection" button tells: address and certificate, credentials, the
//! right to read the version, and a version that is supported. Each cause has its own message.

use super::connect::{check_extras, client, note_version};
use super::panels::clock_differs;
use crate::host::{Class, Failure, Host, HostSettings, Server};
use crate::module::common::refusal::refusal;
use crate::module::common::verb::read;
use crate::module::onapp::billing::zone_check;
use crate::module::onapp::tables::ensure;
use crate::module::{Env, Report};
use crate::panel::onapp::Panel;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    server: Server,
}

/// Tries the server as it is entered, saved or not. Changes nothing at the panel; what it learns of a saved one counts.
pub(crate) async fn test_connection(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input, &["server"])?;
    check_extras(&input.server)?;
    let client = client(&host, &env, &input.server)?;
    let panel = Panel::connect(client).map_err(|e| refusal("The control panel could not be used", &e))?;
    let version = panel.known_version();
    if !version.is_supported() {
        return Err(Failure::new(
            Class::ConfigRefused,
            "onapp.version",
            format!("OnApp {version} is not supported; 2.3 to 7.x are."),
            "Nothing was changed.",
            "Use a module release that names this version.",
        ));
    }
    panel.profile().map_err(|e| refusal("OnApp refused the user", &e))?;
    ensure(&host).await?;
    if !input.server.id.is_empty() {
        note_version(&host, &input.server.id, &panel).await?;
    }
    let settings = host.ask(&HostSettings {}).await?;
    let mut warning = String::new();
    if let Some(sentence) = zone_check::complaint(&host, &settings).await? {
        host.log("warning", "onapp.zone_unclear", sentence.as_str());
        warning = format!(" {sentence}");
    }
    if let Some(sentence) = clock_differs(&host, &panel) {
        host.log("warning", "onapp.clock", sentence.as_str());
        warning = format!("{warning} {sentence}");
    }
    Ok(
        json!({ "message": format!("OnApp {version} answers and accepts the user.{warning}"), "version": version.to_string() }),
    )
}
