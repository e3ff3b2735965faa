//! `backupserver.test_connection`: tries the product's fields as they are: settings, address and certificate, whether a
//! console answers there, and, where the contract has a call for it, the credentials. Each cause has its own message.
//! Changes nothing.

use crate::host::{Class, Failure, Host};
use crate::module::backupserver::ACTIONS;
use crate::module::backupserver::account::pass_key::look;
use crate::module::backupserver::connect::{failed, server, warn};
use crate::module::backupserver::tables::MODULE;
use crate::module::backupserver::verb::Input;
use crate::module::common::verb::service;
use crate::module::{Env, Report};
use crate::panel::backupserver::Probe;
use serde_json::{Value, json};

/// Tells what would keep an order from being set up.
pub(crate) async fn test_connection(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = service(&host, MODULE, &input.service.id).await?;
    if let Some(rule) = ACTIONS.iter().find(|rule| rule.name == "test_connection") {
        input.caller.allow(MODULE, rule, &service)?;
    }
    let config = input.config()?;
    let fields = input.fields()?;
    warn(&host, &fields);
    let server = server(&host, &env, &fields.login, &config)?;
    let found = server
        .probe()
        .map_err(|e| failed("The Backup Server could not be reached", &e))?;
    if found == Probe::Other {
        return Err(Failure::new(
            Class::PanelData,
            "backupserver.not_a_console",
            format!(
                "{} answers, but not with the web console of a Backup Server.",
                server.host()
            ),
            "Nothing was sent but a request for its first page.",
            "Check HostName and WebConsole Port, or set \"contract.response.probeField\" in the module's config.json.",
        ));
    }
    let mut said = match server.login() {
        None => {
            "The Backup Server's console is reachable. UserName and Password were not tried: no call for that is known."
                .to_owned()
        }
        Some(Ok(())) => "The Backup Server is connected and accepts UserName and Password.".to_owned(),
        Some(Err(e)) => return Err(failed("The console is reachable, but the login failed", &e)),
    };
    if fields.wants_pass_key {
        let field = look(&host, &service.client_id, &config).await?;
        let Some(field) = field else {
            return Err(Failure::setting(
                "backupserver.no_field",
                format!(
                    "{said} The client custom field \"{}\" does not exist.",
                    config.pass_key_field
                ),
                "Create it under Custom Client Fields, so that pass keys can be stored.",
            ));
        };
        said = format!(
            "{said} In e-mails the pass key is {{$client_custom_fields.{}}}.",
            field.position
        );
    }
    host.log("info", "backupserver.connected", said.as_str());
    Ok(json!({ "message": said }))
}
