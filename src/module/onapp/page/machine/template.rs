//! Which templates a client may choose from, as a field of a form: for a new VM and for one that is installed anew.

use crate::host::{Failure, Host, Service};
use crate::module::Env;
use crate::module::common::refusal::refusal;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::product::options::{ProductOptions, chosen};
use crate::module::onapp::server::connect;
use crate::view::form::Checks;
use crate::view::{Field, FieldKind, Words};

/// The product's templates, where it has several; none where it or an option that was bought fixes the one.
pub(crate) fn offered(stored: &[String], service: &Service) -> Result<Vec<u64>, Failure> {
    let options = ProductOptions::read(stored)?;
    let bought = chosen(&service.options, options.template_option.as_ref())?;
    let fixed = bought != 0 || options.templates.len() < 2;
    Ok(if fixed { Vec::new() } else { options.templates })
}

/// What the form sent must be one of them.
pub(crate) fn check(checks: &mut Checks, input: &Input, offered: &[u64]) {
    if offered.iter().all(|id| id.to_string() != input.sent("template")) {
        let text = Words::new("vm.template_wrong", "must be one of the templates in the list");
        checks.wrong("template", "Template", text);
    }
}

/// The product as if it had this template alone. (Slot 2 holds the templates.)
pub(crate) fn narrow(stored: &mut [String], template: &str) {
    if let Some(slot) = stored.get_mut(1) {
        template.clone_into(slot);
    }
}

/// The field with the templates by name, as the server's user sees them; where it cannot be asked, by number.
pub(crate) async fn field(host: &Host, env: &Env, input: &Input, offered: &[u64]) -> Field {
    let listed = match input.verb.new_server(host).await {
        Ok(server) => connect::panel(host, env, &server).await.and_then(|panel| {
            panel
                .templates()
                .map_err(|e| refusal("The templates could not be listed", &e))
        }),
        Err(failure) => Err(failure),
    };
    let listed = listed.unwrap_or_else(|failure| {
        host.log("info", &failure.code, failure.to_string());
        Vec::new()
    });
    let label = |id: &u64| match listed.iter().find(|template| template.id == *id) {
        Some(template) => Words::raw(template.label.as_str()),
        None => Words::with("vm.template_id", "Template {id}", [("id", id.to_string())]),
    };
    Field {
        name: "template",
        label: Words::new("vm.template", "Template"),
        kind: FieldKind::Choice,
        value: offered.first().map(u64::to_string).unwrap_or_default(),
        choices: offered.iter().map(|id| (id.to_string(), label(id))).collect(),
        error: None,
        help: None,
    }
}
