//! `onapp.create_vm`: a client whose active service has no VM creates one; template and hostname are checked against the
//! product (`super::super::create` does the rest). Also the page that offers it.

use super::super::connect;
use super::super::create;
use super::super::options::{ProductOptions, chosen};
use super::super::ordered::Ordered;
use super::super::tables::{ensure, text};
use super::input::Input;
use super::look::{Place, Record};
use super::overview::{fact, notice};
use crate::host::{Class, Failure, Host, Service, ServiceFields};
use crate::module::{Env, Report};
use crate::view::form::{self, Checks};
use crate::view::{Field, FieldKind, Form, Page, Section, Tone, Words};
use serde_json::{Value, json};

const ACTION: &str = "create_vm";

/// What the client must say before a VM can be made.
struct Needed {
    hostname: bool,
    /// The templates to choose from; none where the product or its option fixes it.
    templates: Vec<u64>,
}

impl Needed {
    fn of(input: &Input, service: &Service) -> Result<Self, Failure> {
        let options = ProductOptions::read(&input.verb.options)?;
        let bought = chosen(&service.options, options.template_option.as_ref())?;
        let fixed = bought != 0 || options.templates.len() < 2;
        Ok(Self {
            hostname: service.domain.trim().is_empty(),
            templates: if fixed { Vec::new() } else { options.templates },
        })
    }
}

/// Creates the VM.
pub(crate) async fn create_vm(host: Host, env: Env, input: Value) -> Report {
    let mut input = Input::read(input)?;
    let service = input.allowed(&host, ACTION).await?;
    let needed = Needed::of(&input, &service)?;
    let mut checks = Checks::default();
    if needed.hostname {
        checks.filled("hostname", "Hostname", input.sent("hostname"));
    }
    if !needed.templates.is_empty() {
        let known: Vec<String> = needed.templates.iter().map(u64::to_string).collect();
        if !known.iter().any(|id| id == input.sent("template")) {
            let text = Words::new("vm.template_wrong", "must be one of the templates in the list");
            checks.wrong("template", "Template", text);
        }
    }
    ensure(&host).await?;
    let record = Record::of(&host, &service).await?;
    free(&host, &env, &input, &record).await?;
    if !checks.passed() {
        return refused(&host, &env, &input, &service, &checks).await;
    }
    let hostname = if needed.hostname {
        input.sent("hostname").to_owned()
    } else {
        service.domain.trim().to_owned()
    };
    let template = input.sent("template").to_owned();
    if let Some(slot) = input.verb.options.get_mut(1).filter(|_| !needed.templates.is_empty()) {
        *slot = template;
    }
    input.verb.service.domain.clone_from(&hostname);
    match create::create_for(&host, &env, input.verb.clone()).await {
        Ok(report) => {
            if needed.hostname {
                host.ask(&ServiceFields {
                    id: input.id().to_owned(),
                    domain: Some(hostname),
                    ..ServiceFields::default()
                })
                .await?;
            }
            Ok(report)
        }
        Err(failure) if failure.code == "onapp.hostname" && needed.hostname => {
            let text = Words::new(
                "vm.hostname_wrong",
                "must be letters, digits and dashes, separated by dots, such as www.example.com",
            );
            checks.wrong("hostname", "Hostname", text);
            refused(&host, &env, &input, &service, &checks).await
        }
        Err(failure) => Err(failure),
    }
}

/// Makes sure that there is no VM: none on record, or none at the panel any more.
async fn free(host: &Host, env: &Env, input: &Input, record: &Record) -> Result<(), Failure> {
    let vm_id = match record.vm() {
        Ok(vm_id) => vm_id,
        Err(failure) if failure.code == "onapp.no_vm" => return Ok(()),
        Err(failure) => return Err(failure),
    };
    let place = Place::open(host, env, input, record, vm_id).await?;
    if place.look(host, input.caller.is_client()).await?.is_none() {
        return Ok(());
    }
    Err(Failure::new(
        Class::ConfigRefused,
        "onapp.vm_exists",
        "The service has a virtual machine already.",
        "Nothing was changed.",
        "Delete it first, if a new one is wanted.",
    ))
}

async fn refused(host: &Host, env: &Env, input: &Input, service: &Service, checks: &Checks) -> Report {
    let mut page = page(host, env, input, service, false).await?;
    page.notices.clear();
    if let Some(form) = form::of(&mut page.sections, ACTION) {
        let homeless = checks.beside(form, &input.form);
        page.notices
            .extend(homeless.into_iter().map(|text| notice(Tone::Danger, text)));
    }
    Ok(json!({ "message": checks.sentence(), "page": page }))
}

/// What an active service without a VM shows: what will be made, and the form. `gone`: there was one, and the panel says
/// that it is not there any more.
pub(super) async fn page(
    host: &Host,
    env: &Env,
    input: &Input,
    service: &Service,
    gone: bool,
) -> Result<Page, Failure> {
    let title = Words::new("vm.create_title", "Create your virtual machine");
    let (ordered, needed) = match offered(input, service) {
        Ok(both) => both,
        Err(failure) => {
            host.log("warning", &failure.code, failure.to_string());
            let text = Words::new(
                "vm.cannot_create",
                "A virtual machine cannot be created at the moment. Please ask the support.",
            );
            return Ok(Page {
                title,
                notices: vec![notice(Tone::Warning, text)],
                sections: Vec::new(),
                actions: Vec::new(),
            });
        }
    };
    let record = Record::of(host, service).await?;
    let text = if gone {
        Words::new(
            "vm.gone",
            "Your virtual machine is not there any more. You can create a new one.",
        )
    } else if text(&record.row, "state") == Some("creating") {
        Words::new(
            "vm.creating",
            "A virtual machine was asked for, and it is not known yet whether it is there. Wait a few minutes, then press the \
             button: it is looked up before another one is made.",
        )
    } else {
        Words::new("vm.none", "This product has no virtual machine yet.")
    };
    let amount =
        |code, label: &str, value: u64, unit: &str| fact(Words::new(code, label), Words::raw(format!("{value}{unit}")));
    let mut facts = Vec::new();
    if !needed.hostname {
        facts.push(fact(
            Words::new("vm.hostname", "Hostname"),
            Words::raw(service.domain.as_str()),
        ));
    }
    facts.extend([
        amount("vm.memory", "Memory", ordered.memory_mb, " MB"),
        amount("vm.cpus", "CPU cores", ordered.cpus, ""),
        amount("vm.cpu_shares", "CPU priority", ordered.cpu_shares, " %"),
        amount("vm.disk", "Disk space", ordered.disk_gb, " GB"),
        amount("ip.title", "IP addresses", ordered.addresses, ""),
    ]);
    Ok(Page {
        title,
        notices: vec![notice(Tone::Info, text)],
        sections: vec![
            Section::Facts {
                heading: Words::new("vm.details", "Virtual machine"),
                facts,
            },
            Section::Form(blank(host, env, input, &needed).await),
        ],
        actions: Vec::new(),
    })
}

/// What will be made, whichever template is chosen, and what the client must say.
fn offered(input: &Input, service: &Service) -> Result<(Ordered, Needed), Failure> {
    let mut options = ProductOptions::read(&input.verb.options)?;
    options.templates.truncate(1);
    Ok((Ordered::read(&options, &service.options)?, Needed::of(input, service)?))
}

async fn blank(host: &Host, env: &Env, input: &Input, needed: &Needed) -> Form {
    let mut fields = Vec::new();
    if needed.hostname {
        fields.push(Field {
            name: "hostname",
            label: Words::new("vm.hostname", "Hostname"),
            kind: FieldKind::Text,
            value: String::new(),
            choices: Vec::new(),
            error: None,
            help: Some(Words::new("vm.hostname_help", "Such as www.example.com.")),
        });
    }
    if let Some(first) = needed.templates.first() {
        fields.push(Field {
            name: "template",
            label: Words::new("vm.template", "Template"),
            kind: FieldKind::Choice,
            value: first.to_string(),
            choices: choices(host, env, input, &needed.templates).await,
            error: None,
            help: None,
        });
    }
    Form {
        heading: Words::new("vm.create_title", "Create your virtual machine"),
        action: ACTION,
        fields,
        submit: Words::new("vm.create", "Create"),
    }
}

/// The product's templates by name, as the server's user sees them; where it cannot be asked, by number.
async fn choices(host: &Host, env: &Env, input: &Input, ids: &[u64]) -> Vec<(String, Words)> {
    let listed = match input.verb.new_server(host).await {
        Ok(server) => connect::panel(host, env, &server).await.and_then(|panel| {
            panel
                .templates()
                .map_err(|e| crate::module::common::refusal::refusal("The templates could not be listed", &e))
        }),
        Err(failure) => Err(failure),
    };
    let listed = listed.unwrap_or_else(|failure| {
        host.log("info", &failure.code, failure.to_string());
        Vec::new()
    });
    ids.iter()
        .map(|id| {
            let label = match listed.iter().find(|template| template.id == *id) {
                Some(template) => Words::raw(template.label.as_str()),
                None => Words::with("vm.template_id", "Template {id}", [("id", id.to_string())]),
            };
            (id.to_string(), label)
        })
        .collect()
}
