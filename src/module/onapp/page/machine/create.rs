//! `onapp.create_vm`: a client whose active service has no VM creates one; template and hostname are checked against the
//! product (`crate::module::onapp::service::create` does the rest). Also the page that offers it.

use super::template;
use crate::host::{Class, Failure, Host, Service, ServiceFields};
use crate::module::common::once::first_today;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::{Place, Record};
use crate::module::onapp::product::options::ProductOptions;
use crate::module::onapp::product::ordered::{Ordered, is_hostname};
use crate::module::onapp::service::create;
use crate::module::onapp::tables::text;
use crate::module::{Env, Report};
use crate::view::form::{self, Checks};
use crate::view::{Fact, Field, FieldKind, Form, Notice, Page, Section, Tone, Words};
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
        Ok(Self {
            // One that cannot be used counts as none: nothing could be made with it.
            hostname: !is_hostname(service.domain.trim()),
            templates: template::offered(&input.verb.options, service)?,
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
        let hostname = input.sent("hostname");
        checks.filled("hostname", "Hostname", hostname);
        if checks.passed() && !is_hostname(hostname) {
            let text = Words::new(
                "vm.hostname_wrong",
                "must be letters, digits and dashes, separated by dots, such as www.example.com",
            );
            checks.wrong("hostname", "Hostname", text);
        }
    }
    if !needed.templates.is_empty() {
        template::check(&mut checks, &input, &needed.templates);
    }
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
    if !needed.templates.is_empty() {
        let template = input.sent("template").to_owned();
        template::narrow(&mut input.verb.options, &template);
    }
    if needed.hostname && !service.domain.trim().is_empty() {
        // An empty one Create fills in itself.
        let fields = ServiceFields {
            id: service.id.clone(),
            domain: Some(hostname.clone()),
            ..ServiceFields::default()
        };
        host.ask(&fields).await?;
    }
    input.verb.service.domain = hostname;
    create::create_for(&host, &env, input.verb).await
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
    if let Some(form) = form::of(&mut page.sections, ACTION) {
        page.notices.clear();
        let homeless = checks.beside(form, &input.form);
        page.notices
            .extend(homeless.into_iter().map(|text| Notice::new(Tone::Danger, text)));
    }
    Ok(json!({ "message": checks.sentence(), "page": page }))
}

/// What an active service without a VM shows: what will be made, and the form. `gone`: there was one, and the panel says
/// that it is not there any more.
pub(crate) async fn page(
    host: &Host,
    env: &Env,
    input: &Input,
    service: &Service,
    gone: bool,
) -> Result<Page, Failure> {
    let (ordered, needed) = match offered(input, service) {
        Ok(both) => both,
        Err(failure) => {
            if first_today(host, &format!("cannot_create.{}", service.id)).await? {
                host.log("warning", &failure.code, format!("Service {}: {failure}", service.id));
            }
            return Ok(impossible());
        }
    };
    let Some(form) = blank(host, env, input, &needed).await? else {
        return Ok(impossible());
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
    let amount = |code, label: &str, value: u64, unit: &str| {
        Fact::new(Words::new(code, label), Words::raw(format!("{value}{unit}")))
    };
    let mut facts = Vec::new();
    if !needed.hostname {
        facts.push(Fact::new(
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
        title: title(),
        notices: vec![Notice::new(Tone::Info, text)],
        sections: vec![
            Section::Facts {
                heading: Words::new("vm.details", "Virtual machine"),
                facts,
            },
            Section::Form(form),
        ],
        actions: Vec::new(),
    })
}

fn title() -> Words {
    Words::new("vm.create_title", "Create your virtual machine")
}

/// What the client reads where staff have to do something first. They are told what.
fn impossible() -> Page {
    let text = Words::new(
        "vm.cannot_create",
        "A virtual machine cannot be created at the moment. Please ask the support.",
    );
    Page {
        title: title(),
        notices: vec![Notice::new(Tone::Warning, text)],
        sections: Vec::new(),
        actions: Vec::new(),
    }
}

/// What will be made, whichever template is chosen, and what the client must say.
fn offered(input: &Input, service: &Service) -> Result<(Ordered, Needed), Failure> {
    let mut options = ProductOptions::read(&input.verb.options)?;
    options.templates.truncate(1);
    Ok((Ordered::read(&options, &service.options)?, Needed::of(input, service)?))
}

/// None: there is no template to choose.
async fn blank(host: &Host, env: &Env, input: &Input, needed: &Needed) -> Result<Option<Form>, Failure> {
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
    if !needed.templates.is_empty() {
        let Some(field) = template::field(host, env, input, &needed.templates).await? else {
            return Ok(None);
        };
        fields.push(field);
    }
    Ok(Some(Form {
        heading: title(),
        action: ACTION,
        fields,
        submit: Words::new("vm.create", "Create"),
    }))
}
