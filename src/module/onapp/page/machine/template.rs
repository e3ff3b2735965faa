//! Which templates a client may choose from, as a field of a form: for a new VM and for one that is installed anew.

use crate::host::{Failure, Host, Service};
use crate::module::Env;
use crate::module::common::once::first_today;
use crate::module::common::refusal::refusal;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::product::options::{ProductOptions, chosen};
use crate::module::onapp::server::connect;
use crate::panel::onapp::Panel;
use crate::view::form::Checks;
use crate::view::{Field, FieldKind, Words};

/// Templates that a page asks for one by one, because the panel's list has them not.
const MOST_ASKED: u8 = 3;

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

/// The field with the templates by name, as the server's user sees them; where it cannot be asked, by number. None: nothing
/// can be built from any of them, and staff are told.
///
/// # Errors
/// When the host cannot be asked.
pub(crate) async fn field(host: &Host, env: &Env, input: &Input, offered: &[u64]) -> Result<Option<Field>, Failure> {
    let listed = match input.verb.new_server(host).await {
        Ok(server) => connect::panel(host, env, &server)
            .await
            .and_then(|panel| usable(&panel, offered)),
        Err(failure) => Err(failure),
    };
    let listed = listed.unwrap_or_else(|failure| {
        host.log("info", &failure.code, failure.to_string());
        offered.iter().map(|id| (*id, None)).collect()
    });
    let word = |id: u64, name: Option<String>| match name {
        Some(name) => Words::raw(name),
        None => Words::with("vm.template_id", "Template {id}", [("id", id.to_string())]),
    };
    let named = listed.into_iter().map(|(id, name)| (id.to_string(), word(id, name)));
    let choices: Vec<(String, Words)> = named.collect();
    let Some((first, _)) = choices.first() else {
        return tell(host, input.id(), offered).await.map(|()| None);
    };
    Ok(Some(Field {
        name: "template",
        label: Words::new("vm.template", "Template"),
        kind: FieldKind::Choice,
        value: first.clone(),
        choices,
        error: None,
        help: None,
    }))
}

/// The templates from which machines can be built, by name: those of the panel's list, and those that it leaves out because they
/// are a user's. One of these that cannot be read may be usable, and has no name; nor have more than a page asks for.
fn usable(panel: &Panel, offered: &[u64]) -> Result<Vec<(u64, Option<String>)>, Failure> {
    let listed = panel
        .templates()
        .map_err(|e| refusal("The templates could not be listed", &e))?;
    let mut usable = Vec::new();
    let mut asked = 0u8;
    for id in offered {
        if let Some(template) = listed.iter().find(|template| template.id == *id) {
            usable.push((*id, Some(template.label.clone())));
            continue;
        }
        if asked == MOST_ASKED {
            usable.push((*id, None));
            continue;
        }
        asked = asked.saturating_add(1);
        match panel.template(*id) {
            Ok(Some(template)) if template.active => usable.push((*id, Some(template.label))),
            Ok(_) => {}
            Err(_) => usable.push((*id, None)),
        }
    }
    Ok(usable)
}

/// Tells staff once a day why a client can choose nothing.
async fn tell(host: &Host, service_id: &str, offered: &[u64]) -> Result<(), Failure> {
    if first_today(host, &format!("no_template.{service_id}")).await? {
        let ids: Vec<String> = offered.iter().map(u64::to_string).collect();
        let sentence = format!(
            "The client of service {service_id} can install nothing: none of the product's templates {} is there and active at \
             OnApp. Activate one in the control panel, or choose others in the product's Module Settings (slot 2).",
            ids.join(", ")
        );
        host.log("warning", "onapp.no_template", sentence);
    }
    Ok(())
}
