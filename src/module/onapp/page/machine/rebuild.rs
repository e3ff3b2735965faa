//! `onapp.rebuild`: the operating system is installed anew. Where the product offers several templates and no option fixes
//! one, the client chooses first: the button leads to a form, and only what the form sends installs anything. Staff install
//! what the machine has.

use super::{power, template};
use crate::host::{Failure, Host, Service};
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::Record;
use crate::module::onapp::page::state::Verb;
use crate::module::{Env, Report};
use crate::view::form::Checks;
use crate::view::{Form, Notice, Page, Section, Tone, Words};
use serde_json::{Value, json};

/// Installs the VM anew, or asks from which template.
pub(crate) async fn rebuild(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let mut service = input.allowed(&host, Verb::Rebuild.name()).await?;
    let offered = offered(&input, &service)?;
    if !offered.is_empty() {
        let mut checks = Checks::default();
        template::check(&mut checks, &input, &offered);
        if !checks.passed() {
            return asked(&host, &env, &input, &service, &offered, &checks).await;
        }
        template::narrow(&mut service.product.options, input.sent("template"));
    }
    power::perform(&host, &env, &input, &service, Verb::Rebuild, None).await
}

/// The templates that whoever asks chooses from; none where there is nothing to choose.
pub(crate) fn offered(input: &Input, service: &Service) -> Result<Vec<u64>, Failure> {
    if input.caller.is_client() {
        template::offered(&service.product.options, service)
    } else {
        Ok(Vec::new())
    }
}

/// The form. The button alone sends no template, and nothing is wrong with that yet.
async fn asked(host: &Host, env: &Env, input: &Input, service: &Service, offered: &[u64], checks: &Checks) -> Report {
    Record::of(host, service).await?.vm()?;
    let Some(mut field) = template::field(host, env, input, offered).await? else {
        let text = Words::new(
            "vm.cannot_rebuild",
            "The virtual machine cannot be installed anew at the moment. Please ask the support.",
        );
        let page = page(text, Vec::new());
        return Ok(json!({ "message": "There is no template to choose.", "page": page }));
    };
    let none = Words::new("vm.template_none", "Please choose");
    field.choices.insert(0, (String::new(), none));
    field.value = String::new();
    let mut form = Form {
        heading: Words::new("vm.rebuild", "Install anew"),
        action: Verb::Rebuild.name(),
        fields: vec![field],
        submit: Words::new("vm.rebuild", "Install anew"),
    };
    if input.form.contains_key("template") {
        // Its only error stands beside its only field.
        let _ = checks.beside(&mut form, &input.form);
    }
    let sure = Words::new(
        "vm.rebuild_choose",
        "The operating system is installed anew, from the template that you choose. EVERYTHING on the virtual machine's disk \
         is lost.",
    );
    let page = page(sure, vec![Section::Form(form)]);
    Ok(json!({ "message": "A template is to be chosen.", "page": page }))
}

fn page(warning: Words, sections: Vec<Section>) -> Page {
    Page {
        title: Words::new("vm.rebuild", "Install anew"),
        notices: vec![Notice::new(Tone::Warning, warning)],
        sections,
        actions: Vec::new(),
    }
}
