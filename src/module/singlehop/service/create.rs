//! `singlehop.create`: nothing can be ordered through the API, so it succeeds when staff selected a server, and otherwise
//! says the steps (seed: "Automated provisioning is not possible via the API").

use super::terminate::{is_cancelling, unclear};
use crate::host::{Class, Failure, Host};
use crate::module::common::claim::{Claimed, claim};
use crate::module::singlehop::input::Input;
use crate::module::singlehop::server::assigned::of_service;
use crate::module::singlehop::tables::{MODULE, ensure, row};
use crate::module::{Env, Report};
use serde_json::{Value, json};

/// Confirms that the service has its server.
pub(crate) async fn create(host: Host, _env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let settings = input.settings()?;
    ensure(&host).await?;
    let mut svc = claim(&host, MODULE, &input.service.id, "create").await?;
    let done = confirm(&host, &settings.base.panel(), &mut svc).await;
    svc.finish(&host, done).await
}

async fn confirm(host: &Host, panel: &str, svc: &mut Claimed) -> Report {
    let Some(server) = of_service(host, &svc.service_id).await? else {
        return Err(Failure::new(
            Class::ConfigRefused,
            "singlehop.no_server",
            "No SingleHop server is selected for this service: servers cannot be ordered through the API.",
            "Nothing was changed.",
            "Order the server in LEAP. There go to Tandem > Tandem Users, select the user, click Add Server Permissions, tick \
             the new server and click Apply Permissions. Then open the service here in the client's Products/Services tab, \
             select the server in SingleHop Servers List, click Save Changes, and run Create again.",
        ));
    };
    server.check_panel(panel)?;
    if is_cancelling(svc) {
        return Err(unclear(&format!(
            "Server {} ({}) may be gone",
            server.hostname, server.leap_id
        )));
    }
    if svc.text("state") == Some("filling") {
        server.fill(host).await?;
        svc.save(host, row([("state", "ready".into())]), vec![]).await?;
    }
    Ok(json!({ "message": format!("Server {} ({}) is selected.", server.hostname, server.leap_id) }))
}

/// The service has no server; nothing can be done with it.
pub(crate) fn no_server() -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "singlehop.no_server",
        "No SingleHop server is selected for this service.",
        "Nothing was changed.",
        "Select it in SingleHop Servers List and click Save Changes.",
    )
}
