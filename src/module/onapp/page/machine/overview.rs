//! `onapp.page`: the client's overview of the service: state, settings, addresses, activity, and the buttons that the state
//! allows. At most four panel calls within three seconds; what the panel does not answer by then is shown as it was last
//! seen, with the moment.

use super::log::{self, Line};
use super::{create, power, rebuild};
use crate::host::{Failure, Host, Service, is};
use crate::module::common::claim::under_way;
use crate::module::onapp::page::clock::Clock;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::{Place, Record, Seen};
use crate::module::onapp::page::state::{State, Verb};
use crate::module::onapp::page::{part, shown};
use crate::module::onapp::tables::{MODULE, USAGE, text};
use crate::module::{Env, Report};
use crate::panel::onapp::{Nic, PanelError, Vm};
use crate::time::Instant;
use crate::view::{Action, Column, Fact, Field, FieldKind, Form, Notice, Page, Section, Tone, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// After how many seconds a page about a task under way is read again.
const AGAIN: u32 = 15;

/// The page's name in what is kept of it.
pub(crate) const PAGE: &str = "overview";

/// What was seen of a VM. No password is among it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) id: u64,
    pub(crate) identifier: Option<String>,
    pub(crate) user_id: Option<u64>,
    pub(crate) state: State,
    hostname: String,
    template: Option<String>,
    pub(crate) memory: Option<u64>,
    pub(crate) cpus: Option<u64>,
    pub(crate) cpu_shares: Option<u64>,
    disk: Option<u64>,
    recovery: bool,
    pub(crate) addresses: Vec<String>,
    /// None: not read. 0 is unlimited.
    pub(crate) port_speed: Option<u64>,
    log: Vec<Line>,
    /// The template that Install anew takes, by its name; none where nobody can say.
    anew: Option<String>,
}

impl Known {
    pub(crate) fn vm_id(&self) -> u64 {
        self.id
    }

    pub(crate) fn log(&self) -> &[Line] {
        &self.log
    }

    /// What the page showed last, with its moment. Nothing of another VM counts.
    pub(crate) async fn last(
        host: &Host,
        service_id: &str,
        vm_id: Option<u64>,
    ) -> Result<Option<(Self, Instant)>, Failure> {
        let last: Option<(Self, Instant)> = shown::last(host, service_id, PAGE).await?;
        Ok(last.filter(|(known, _)| Some(known.id) == vm_id))
    }

    /// Reads what the VM itself does not say. What cannot be read keeps its last value.
    pub(crate) fn read(
        host: &Host,
        place: &Place,
        seen: &Seen,
        before: Option<&Self>,
        nics: &Result<Vec<Nic>, PanelError>,
    ) -> (Self, Option<Failure>) {
        let vm = &seen.vm;
        let (log, failure) = match log::read(host, place, seen) {
            Ok(log) => (log, None),
            Err(failure) => (before.map(|b| b.log.clone()).unwrap_or_default(), Some(failure)),
        };
        // The client's role does not have the interfaces.
        let port_speed = match nics {
            Ok(nics) => nics
                .iter()
                .find(|nic| nic.primary && !nic.is_unread("rate_limit"))
                .map(|nic| nic.rate_limit.unwrap_or(0)),
            Err(e) => {
                host.log(
                    "info",
                    e.code(),
                    format!("The interfaces could not be read for a page: {e}"),
                );
                before.and_then(|before| before.port_speed)
            }
        };
        let known = Self {
            id: vm.id,
            identifier: vm.identifier.clone(),
            user_id: vm.user_id,
            state: State::of(vm),
            hostname: vm.hostname.clone(),
            template: vm.template_label.clone(),
            memory: vm.memory,
            cpus: vm.cpus,
            cpu_shares: vm.cpu_shares,
            disk: vm.total_disk_size,
            recovery: vm.recovery_mode,
            addresses: vm.addresses().into_iter().map(str::to_owned).collect(),
            port_speed,
            log,
            anew: None,
        };
        (known, failure)
    }
}

/// The client's overview.
pub(crate) async fn overview(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "page").await?;
    let notice = match service.status.as_str() {
        "Active" => return active(&host, &env, &input, &service).await,
        "Pending" => Words::new("vm.pending", "Your virtual machine is being prepared."),
        "Suspended" => Words::new(
            "vm.is_suspended",
            "The virtual machine is suspended. Please ask the support.",
        ),
        _ => Words::new("vm.over", "This product is not active."),
    };
    Ok(told(&bare(Tone::Info, notice)))
}

/// The report of a page. No password stands on it: the host's own field and e-mails have it.
fn told(page: &Page) -> Value {
    json!({ "message": "read", "page": page })
}

async fn active(host: &Host, env: &Env, input: &Input, service: &Service) -> Report {
    let record = Record::of(host, service).await?;
    if record.is_deleting() {
        let text = Words::new(
            "vm.deleting",
            "The virtual machine is being deleted. A new one can be created when it is gone, usually within ten minutes.",
        );
        return Ok(told(&bare(Tone::Info, text)));
    }
    if record.vm_id.is_none() {
        let page = create::page(host, env, input, service, false).await?;
        return Ok(told(&page));
    }
    let before = Known::last(host, input.id(), record.vm_id).await?;
    let clock = Clock::of(host).await?;
    let (known, failure) = match look(host, env, input, service, &record, before.as_ref()).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let page = create::page(host, env, input, service, true).await?;
            return Ok(told(&page));
        }
        Err(failure) => {
            host.log("info", &failure.code, failure.to_string());
            return Ok(told(&last_known(host, input, before, &clock).await?));
        }
    };
    shown::keep(host, input.id(), PAGE, &known).await;
    let mut page = part::offer_upgrade(full(host, input, &known, &clock).await?, service);
    if rebuild::offered(input, service).is_ok_and(|templates| !templates.is_empty()) {
        // Its page asks before anything is done.
        for action in page
            .actions
            .iter_mut()
            .filter(|action| action.name == Verb::Rebuild.name())
        {
            action.confirm = None;
        }
    }
    if failure.is_some() {
        let text = Words::new("log.unread", "The activity cannot be read at the moment.");
        page.notices.push(Notice::new(Tone::Info, text));
    }
    if under_way(host, MODULE, input.id()).await? {
        page.notices.push(Notice::new(
            Tone::Warning,
            Words::new("vm.busy", "Another action is under way."),
        ));
    }
    Ok(told(&page))
}

type Found = (Known, Option<Failure>);

/// Asks the panel. None: the VM is gone.
async fn look(
    host: &Host,
    env: &Env,
    input: &Input,
    service: &Service,
    record: &Record,
    before: Option<&(Known, Instant)>,
) -> Result<Option<Found>, Failure> {
    let place = Place::open(host, env, input, record, record.vm()?).await?;
    let Some(seen) = place.look(host, true).await? else {
        return Ok(None);
    };
    let nics = place.nics();
    let (known, failure) = Known::read(host, &place, &seen, before.map(|(known, _)| known), &nics);
    let anew = anew(service, &place, &seen.vm);
    Ok(Some((Known { anew, ..known }, failure)))
}

/// The name of the template that Install anew takes, or its number. Only about one that is not the VM's own the panel is
/// asked.
fn anew(service: &Service, place: &Place, vm: &Vm) -> Option<String> {
    if !Verb::Rebuild.fits(State::of(vm)) {
        return None;
    }
    match power::template(service, vm.template_id) {
        Ok(Some(id)) if vm.template_id != Some(id) => match place.panel.template(id) {
            Ok(Some(template)) => Some(template.label),
            _ => Some(id.to_string()),
        },
        Ok(_) => vm.template_label.clone(),
        Err(_) => None, // The settings cannot be read, and pressing it says so.
    }
}

fn title() -> Words {
    Words::new("vm.title", "Your virtual machine")
}

/// A page that says one thing.
fn bare(tone: Tone, text: Words) -> Page {
    Page {
        title: title(),
        notices: vec![Notice::new(tone, text)],
        sections: Vec::new(),
        actions: Vec::new(),
    }
}

/// What was seen last, with its moment and without buttons.
async fn last_known(
    host: &Host,
    input: &Input,
    before: Option<(Known, Instant)>,
    clock: &Clock,
) -> Result<Page, Failure> {
    let Some((known, at)) = before else {
        return Ok(bare(
            Tone::Warning,
            Words::new(
                "vm.unavailable",
                "The virtual machine's details are not available at the moment. Please try again later.",
            ),
        ));
    };
    let mut page = full(host, input, &known, clock).await?;
    page.actions.clear();
    page.sections
        .retain(|section| !matches!(section, Section::Form(_) | Section::Again { .. }));
    page.notices = vec![Notice::new(
        Tone::Warning,
        Words::with(
            "vm.last_known",
            "The virtual machine's details cannot be read at the moment. These are from {at}.",
            [("at", clock.show(at))],
        ),
    )];
    Ok(page)
}

async fn full(host: &Host, input: &Input, known: &Known, clock: &Clock) -> Result<Page, Failure> {
    let mut facts = facts(known);
    if !input.verb.service.username.is_empty() {
        facts.push(Fact::new(
            Words::new("vm.login", "Login"),
            Words::raw(input.verb.service.username.as_str()),
        ));
    }
    facts.extend(transfer(host, input.id()).await?);
    let mut sections = vec![
        part::links(""),
        Section::Facts {
            heading: Words::new("vm.details", "Virtual machine"),
            facts,
        },
        addresses(known),
    ];
    if Verb::RebuildNetwork.fits(known.state) {
        sections.push(Section::Form(network_form()));
    }
    sections.push(log::section(&known.log, |at| clock.show(at)));
    if matches!(known.state, State::Locked | State::Building) {
        sections.push(Section::Again {
            seconds: AGAIN,
            label: Words::new("page.again", "Look again"),
        });
    }
    let mut actions = buttons(known.state);
    if let Some(template) = &known.anew {
        let sure = Words::with(
            "vm.rebuild_sure_from",
            "The operating system is installed anew, from the template {template}. EVERYTHING on the virtual machine's disk \
             is lost. Go on?",
            [("template", template.clone())],
        );
        let rebuild = actions.iter_mut().find(|action| action.name == Verb::Rebuild.name());
        if let Some(rebuild) = rebuild {
            rebuild.confirm = Some(sure);
        }
    }
    if !input.verb.service.password.is_empty() && !actions.is_empty() {
        actions.push(Action {
            name: "show_password",
            label: Words::new("vm.show_password", "Show the password"),
            confirm: None,
            blocked: None,
        });
    }
    Ok(Page {
        title: title(),
        notices: known
            .state
            .wait()
            .map(|text| Notice::new(Tone::Info, text))
            .into_iter()
            .collect(),
        sections,
        actions,
    })
}

/// The buttons that the state allows.
fn buttons(state: State) -> Vec<Action> {
    Verb::ALL
        .into_iter()
        .filter(|verb| *verb != Verb::RebuildNetwork && verb.fits(state))
        .map(Verb::button)
        .collect()
}

/// What is known of the VM, for clients and staff.
pub(crate) fn facts(known: &Known) -> Vec<Fact> {
    let amount = |code, label: &str, value: Option<u64>, unit: &str| {
        value.map(|value| Fact::new(Words::new(code, label), Words::raw(format!("{value}{unit}"))))
    };
    let mut facts = vec![
        Fact::new(Words::new("vm.state", "State"), known.state.words()),
        Fact::new(
            Words::new("vm.hostname", "Hostname"),
            Words::raw(known.hostname.as_str()),
        ),
    ];
    if known.recovery {
        facts.push(Fact::new(
            Words::new("vm.recovery", "Rescue system"),
            Words::new(
                "vm.recovery_on",
                "It runs from the rescue system, not from its own disk.",
            ),
        ));
    }
    facts.extend(
        known
            .template
            .as_ref()
            .map(|template| Fact::new(Words::new("vm.template", "Template"), Words::raw(template.as_str()))),
    );
    facts.extend(amount("vm.memory", "Memory", known.memory, " MB"));
    facts.extend(amount("vm.cpus", "CPU cores", known.cpus, ""));
    facts.extend(amount("vm.cpu_shares", "CPU priority", known.cpu_shares, " %"));
    facts.extend(amount("vm.disk", "Disk space", known.disk, " GB"));
    facts.extend(known.port_speed.map(|speed| {
        let value = match speed {
            0 => Words::new("vm.unlimited", "Unlimited"),
            speed => Words::raw(format!("{speed} Mbit/s")),
        };
        Fact::new(Words::new("vm.port_speed", "Port speed"), value)
    }));
    facts
}

/// The sentence about the transfer so far, from our own table.
pub(crate) async fn transfer(host: &Host, service_id: &str) -> Result<Option<Fact>, Failure> {
    let conditions = vec![is("module", "=", MODULE), is("service_id", "=", service_id)];
    let found = host.rows(USAGE.name, conditions, vec![], 1).await?;
    Ok(found
        .first()
        .and_then(|row| text(row, "text"))
        .map(|sentence| Fact::new(Words::new("vm.transfer", "Transfer"), Words::raw(sentence))))
}

fn addresses(known: &Known) -> Section {
    Section::Table {
        heading: Words::new("vm.addresses", "IP addresses"),
        columns: vec![Column {
            label: Words::new("vm.address", "Address"),
            number: false,
        }],
        rows: known
            .addresses
            .iter()
            .map(|address| vec![Words::raw(address.as_str())])
            .collect(),
        empty: Words::new("vm.no_addresses", "It has no addresses."),
        chart: None,
        csv_action: "",
    }
}

fn network_form() -> Form {
    let choice = |value: &str, code, label| (value.to_owned(), Words::new(code, label));
    Form {
        heading: Words::new("vm.rebuild_network", "Rebuild the network"),
        action: Verb::RebuildNetwork.name(),
        fields: vec![
            Field {
                name: "shutdown",
                label: Words::new("vm.shutdown_type", "The virtual machine meanwhile"),
                kind: FieldKind::Choice,
                value: "none".to_owned(),
                choices: vec![
                    choice("none", "vm.shutdown_none", "stays on"),
                    choice("soft", "vm.shutdown_soft", "is asked to shut down"),
                    choice(
                        "graceful",
                        "vm.shutdown_graceful",
                        "is asked to shut down, and switched off if it does not",
                    ),
                    choice("hard", "vm.shutdown_hard", "is switched off at once"),
                ],
                error: None,
                help: Some(Words::new(
                    "vm.rebuild_network_help",
                    "Writes the network settings into the virtual machine anew, which a new address needs.",
                )),
            },
            Field {
                name: "startup",
                label: Words::new("vm.startup", "Start it again afterwards"),
                kind: FieldKind::Tick,
                value: "on".to_owned(),
                choices: Vec::new(),
                error: None,
                help: None,
            },
        ],
        submit: Words::new("vm.rebuild_network", "Rebuild the network"),
    }
}
