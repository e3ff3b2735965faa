//! `onapp.firewall`: the firewall rules of a VM by interface, in the order in which they are looked at, with what happens to
//! everything else, and whether they are in force. What can be done with them is `super::rules`.

use crate::host::{Class, Failure, Host, Service};
use crate::module::common::once::first_today;
use crate::module::common::refusal::refusal;
use crate::module::onapp::firewall::{Force, Interface, Rule, Standing, Task};
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::{Place, Seen};
use crate::module::onapp::page::part::{self, Parts};
use crate::module::onapp::page::state::State;
use crate::module::{Env, Report};
use crate::panel::onapp::{PanelError, Verdict};
use crate::view::{Action, Button, Column, Field, FieldKind, Form, Item, Notice, Page, Section, Tone, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) const PAGE: &str = "firewall";
/// The form's action.
pub(crate) const ADD: &str = "add_rule";
/// An interface takes so many rules from this page; each of them costs every packet.
pub(crate) const MOST_RULES: usize = 100;

/// The rules as they were shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) force: Force,
    /// The machine's tasks could be read, so that `force` is the whole truth.
    pub(crate) whole: bool,
}

/// The page.
pub(crate) async fn firewall(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, PAGE).await?;
    let page = page(&host, &env, &input, &service).await?;
    Ok(json!({ "message": "read", "page": page }))
}

/// The page as it is now.
pub(crate) async fn page(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<Page, Failure> {
    let read = read(host, env, input, service).await;
    let title = Words::new("fw.title", "Firewall");
    if let Err(failure) = read.as_ref().map(drop)
        && failure.code == "onapp.no_firewall"
    {
        if first_today(host, &format!("no_firewall.{}", service.id)).await? {
            host.log("warning", &failure.code, format!("Service {}: {failure}", service.id));
        }
        let text = Words::new(
            "fw.none",
            "The firewall of this virtual machine cannot be used here. Please ask the support.",
        );
        let page = part::page(PAGE, title, vec![Notice::new(Tone::Warning, text)], []);
        return Ok(part::offer_upgrade(page, service));
    }
    let (parts, mut notices) = part::or_last(host, service, PAGE, read).await?;
    let mut sections = Vec::new();
    let mut actions = Vec::new();
    if let Some(parts) = &parts {
        notices.push(standing(&parts.parts));
        sections.extend(parts.parts.interfaces.iter().map(|one| table(one, parts.is_free())));
        if parts.is_free() && !parts.parts.interfaces.is_empty() {
            sections.push(Section::Form(form(&parts.parts.interfaces)));
            actions.push(apply());
        }
    }
    let mut page = part::page(PAGE, title, notices, sections);
    page.actions = actions;
    Ok(part::offer_upgrade(page, service))
}

async fn read(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<Parts<Shown>, Failure> {
    let (place, seen) = part::look(host, env, input, service).await?;
    let interfaces = now(&place, &seen)?;
    let state = State::of(&seen.vm);
    let kept: Option<Parts<Shown>> = part::kept(host, service, PAGE).await?;
    Ok(Parts {
        vm_id: place.vm_id,
        state,
        parts: shown(host, &place, &seen, kept, interfaces),
    })
}

/// The interfaces with their rules, as the panel has them now.
pub(crate) fn now(place: &Place, seen: &Seen) -> Result<Vec<Interface>, Failure> {
    let rules = place
        .ask(seen, |panel| panel.firewall_rules(place.vm_id))
        .map_err(|e| unread("The firewall rules could not be read", &e))?
        .ok_or_else(absent)?;
    let nics = place
        .either(|panel| panel.nics(place.vm_id))
        .map_err(|e| unread("The interfaces could not be read", &e))?
        .unwrap_or_default();
    Ok(Interface::all(&nics, &rules))
}

/// A role without the permission, and a release without a firewall, are no matter of waiting.
fn unread(what: &str, e: &PanelError) -> Failure {
    let failure = refusal(what, e);
    match failure.class {
        Class::PanelForbidden | Class::PanelNotFound => Failure {
            code: "onapp.no_firewall".to_owned(),
            ..failure
        },
        _ => failure,
    }
}

fn absent() -> Failure {
    Failure::new(
        Class::PanelNotFound,
        "onapp.no_firewall",
        "The control panel has no firewall for the virtual machine.",
        "Nothing was changed.",
        "Look for the firewall in the control panel.",
    )
}

/// Adds to the rules what is known of those in force. Tasks that cannot be read leave the rest of the page as it is.
pub(crate) fn shown(
    host: &Host,
    place: &Place,
    seen: &Seen,
    kept: Option<Parts<Shown>>,
    interfaces: Vec<Interface>,
) -> Shown {
    let tasks = match place.ask(seen, |panel| panel.transactions(place.vm_id)) {
        Ok(tasks) => Some(Task::all(&tasks)),
        Err(e) => {
            host.log("info", e.code(), format!("The tasks could not be read for a page: {e}"));
            None
        }
    };
    let before = kept
        .as_ref()
        .map(|kept| (kept.parts.interfaces.as_slice(), &kept.parts.force));
    Shown {
        force: Force::read(before, &interfaces, tasks.as_deref(), seen.vm.locked),
        whole: tasks.is_some(),
        interfaces,
    }
}

/// Whether what stands there is in force.
fn standing(shown: &Shown) -> Notice {
    match shown.force.standing(&shown.interfaces, shown.whole) {
        Standing::InForce => Notice::new(
            Tone::Info,
            Words::new(
                "fw.in_force",
                "What stands here is in force. Changes do nothing until you press Apply the rules.",
            ),
        ),
        Standing::NotYet => Notice::new(
            Tone::Warning,
            Words::new(
                "fw.not_yet",
                "What stands here is not in force yet: changes do nothing until you press Apply the rules.",
            ),
        ),
        Standing::Coming => Notice::new(
            Tone::Info,
            Words::new("fw.coming", "The rules are being applied, which takes about a minute."),
        ),
        Standing::Unknown => Notice::new(
            Tone::Info,
            Words::new(
                "fw.unknown",
                "Changes do nothing until you press Apply the rules. It is not known whether what stands here is in force: \
                 press it to be sure.",
            ),
        ),
    }
}

fn apply() -> Action {
    Action {
        name: "apply_firewall",
        label: Words::new("fw.apply", "Apply the rules"),
        confirm: Some(Words::new(
            "fw.apply_sure",
            "From then on the firewall does exactly what stands here. Rules that shut you out do so too; the console is not \
             concerned. Apply them?",
        )),
        blocked: None,
    }
}

/// What a verdict is called.
fn verdict(word: &str) -> Words {
    match word {
        "ACCEPT" => Words::new("fw.accept", "Accept"),
        "DROP" => Words::new("fw.drop", "Drop"),
        other => Words::raw(other),
    }
}

/// An interface: its rules in their order, and at last what happens to everything else.
fn table(interface: &Interface, free: bool) -> Section {
    let column = |code, label, number| Column {
        label: Words::new(code, label),
        number,
    };
    let count = interface.rules.len();
    let mut items: Vec<Item> = (1..)
        .zip(&interface.rules)
        .map(|(place, rule)| row_of(interface, rule, place, count, free))
        .collect();
    items.push(everything_else(interface, free));
    Section::Items {
        heading: Words::with("fw.interface", "Interface {name}", [("name", interface.label.clone())]),
        columns: vec![
            column("fw.place", "No.", true),
            column("fw.verdict", "Action", false),
            column("fw.traffic", "Traffic", false),
        ],
        items,
        empty: Words::raw(""),
    }
}

/// What a request names for a rule: its id and the place at which it was shown, so that a button that is pressed twice moves
/// it once.
pub(crate) fn name_of(rule: &Rule, place: usize) -> String {
    format!("{}.{place}", rule.id)
}

fn row_of(interface: &Interface, rule: &Rule, place: usize, count: usize, free: bool) -> Item {
    let button = |name, label, confirm| Button {
        action: Action {
            name,
            label,
            confirm,
            blocked: None,
        },
        id: name_of(rule, place),
        about: Words::with(
            "fw.about",
            "rule {place} of {name}",
            [("place", place.to_string()), ("name", interface.label.clone())],
        ),
    };
    let mut buttons = Vec::new();
    if free && place > 1 {
        buttons.push(button("rule_up", Words::new("fw.up", "Up"), None));
    }
    if free && place < count {
        buttons.push(button("rule_down", Words::new("fw.down", "Down"), None));
    }
    if free {
        let sure = Words::new("fw.delete_sure", "The rule is taken out of the list. Delete it?");
        buttons.push(button("delete_rule", Words::new("fw.delete", "Delete"), Some(sure)));
    }
    part::item(
        vec![Words::raw(place.to_string()), verdict(&rule.command), traffic(rule)],
        buttons,
    )
}

/// What the rule speaks of, in words that break into lines: a table of many columns does not fit a phone.
fn traffic(rule: &Rule) -> Words {
    let mut what = rule.protocol.clone();
    if let Some(ports) = &rule.port {
        what = format!("{what} {}", ports.replace(',', ", "));
    }
    match &rule.address {
        Some(address) => Words::with(
            "fw.from_one",
            "{what} from {address}",
            [("what", what), ("address", address.clone())],
        ),
        None => Words::with("fw.from_any", "{what} from anywhere", [("what", what)]),
    }
}

/// What happens to traffic that no rule speaks of, with the button for the other way; both where the panel does not say it.
fn everything_else(interface: &Interface, free: bool) -> Item {
    let now = interface.verdict();
    let button = |way: Verdict| {
        let (name, label) = match way {
            Verdict::Accept => ("default_accept", Words::new("fw.accept_else", "Accept instead")),
            Verdict::Drop => ("default_drop", Words::new("fw.drop_else", "Drop instead")),
        };
        Button {
            action: Action {
                name,
                label,
                confirm: None,
                blocked: None,
            },
            id: interface.id.to_string(),
            about: Words::with(
                "fw.about_else",
                "everything else on {name}",
                [("name", interface.label.clone())],
            ),
        }
    };
    let buttons = [Verdict::Accept, Verdict::Drop]
        .into_iter()
        .filter(|way| free && now != Some(*way))
        .map(button)
        .collect();
    let word = match (now, &interface.default) {
        (Some(way), _) => verdict(way.word()),
        (None, Some(word)) => Words::raw(word.as_str()),
        (None, None) => Words::new("list.unknown", "Not known"),
    };
    part::item(
        vec![Words::raw(""), word, Words::new("fw.else", "Everything else")],
        buttons,
    )
}

/// A new rule. It comes last.
fn form(interfaces: &[Interface]) -> Form {
    let text = |name, label, help| Field {
        name,
        label,
        kind: FieldKind::Text,
        value: String::new(),
        choices: Vec::new(),
        error: None,
        help: Some(help),
    };
    let choice = |name, label, choices: Vec<(String, Words)>, help| Field {
        name,
        label,
        kind: FieldKind::Choice,
        value: choices.first().map(|(value, _)| value.clone()).unwrap_or_default(),
        choices,
        error: None,
        help,
    };
    let labelled = |one: &Interface| (one.id.to_string(), Words::raw(one.label.as_str()));
    let order = Words::new(
        "fw.order",
        "Rules are looked at from the first to the last, and the first that fits decides. A new one comes last.",
    );
    Form {
        heading: Words::new("fw.add", "Add a rule"),
        action: ADD,
        fields: vec![
            choice(
                "nic",
                Words::new("fw.nic", "Interface"),
                interfaces.iter().map(labelled).collect(),
                Some(order),
            ),
            choice(
                "verdict",
                Words::new("fw.verdict", "Action"),
                ["ACCEPT", "DROP"]
                    .into_iter()
                    .map(|word| (word.to_owned(), verdict(word)))
                    .collect(),
                None,
            ),
            choice(
                "protocol",
                Words::new("fw.protocol", "Protocol"),
                ["TCP", "UDP", "ICMP"]
                    .into_iter()
                    .map(|word| (word.to_owned(), Words::raw(word)))
                    .collect(),
                None,
            ),
            text(
                "address",
                Words::new("fw.from", "From"),
                Words::new(
                    "fw.from_help",
                    "An address, a network such as 198.51.100.0/24 or a range such as 198.51.100.5-198.51.100.9, of IPv4 or \
                     IPv6. Leave it empty for anywhere.",
                ),
            ),
            text(
                "port",
                Words::new("fw.ports", "Ports"),
                Words::new(
                    "fw.ports_help",
                    "One port, a range such as 8000:8080, or several with commas. Leave it empty for any. ICMP has no ports.",
                ),
            ),
        ],
        submit: Words::new("fw.add", "Add a rule"),
    }
}
