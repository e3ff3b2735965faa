//! `onapp.show_password`: the login of the VM and its administrator's password as the product has it, for the client who asks
//! (decision 5). Nobody is asked for it: the host's own field is where passwords of machines are kept.

use crate::host::{Class, Failure, Host};
use crate::module::onapp::page::input::Input;
use crate::module::{Env, Report};
use crate::view::{Fact, Notice, Page, Section, Tone, Words};
use serde_json::{Value, json};

/// Shows login and password.
pub(crate) async fn show_password(host: Host, _env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    input.allowed(&host, "show_password").await?;
    let service = &input.verb.service;
    if service.password.is_empty() {
        return Err(Failure::new(
            Class::ConfigRefused,
            "onapp.no_password",
            "The product has no password on record.",
            "Nothing was changed.",
            "Set a new one: it is kept with the product then.",
        ));
    }
    let mut facts = Vec::new();
    if !service.username.is_empty() {
        facts.push(Fact::new(
            Words::new("vm.login", "Login"),
            Words::raw(service.username.as_str()),
        ));
    }
    facts.push(Fact {
        hidden: true,
        ..Fact::new(
            Words::new("vm.password", "Password"),
            Words::raw(service.password.reveal()),
        )
    });
    let text = Words::new(
        "vm.password_kept",
        "This is the password that is kept with the product. If it was changed inside the virtual machine, that one counts.",
    );
    let page = Page {
        title: Words::new("vm.password_title", "Login of your virtual machine"),
        notices: vec![Notice::new(Tone::Info, text)],
        sections: vec![Section::Facts {
            heading: Words::new("vm.login", "Login"),
            facts,
        }],
        actions: Vec::new(),
    };
    // The sealed copy tells every logger on the way what to mask in the page.
    Ok(json!({ "message": "The password is shown.", "page": page, "sealed": [service.password.clone()] }))
}
