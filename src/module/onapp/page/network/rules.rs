//! What can be done with the firewall rules of a VM: add (`onapp.add_rule`), up, down and delete (`onapp.rule_up`,
//! `onapp.rule_down`, `onapp.delete_rule`), what happens to everything else (`onapp.default_accept`, `onapp.default_drop`), and
//! apply (`onapp.apply_firewall`). Each is claim, look, the rules as the panel has them, one request. A rule or an interface
//! must stand on the page and at the panel, in the same words and place; what is there already is not made again.

use super::firewall::{self, ADD, MOST_RULES, PAGE, Shown};
use crate::host::{Class, Failure, Host, Service};
use crate::module::onapp::firewall::{Interface, Rule, address, ports};
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::{Place, Seen};
use crate::module::onapp::page::part::{self, Parts, Ready};
use crate::module::onapp::page::shown;
use crate::module::onapp::page::state::State;
use crate::module::{Env, Report};
use crate::panel::onapp::{Move, NewFirewallRule, PanelError, Protocol, Verdict};
use crate::view::form::{self, Checks};
use crate::view::{Notice, Tone, Words};
use serde_json::{Value, json};

/// A rule with where it stands.
struct Found {
    interface: Interface,
    place: usize,
    rule: Rule,
}

/// The rule of the request, if the service's page showed it there.
fn rule_on(interfaces: Vec<Interface>, id: &str) -> Option<Found> {
    interfaces.into_iter().find_map(|interface| {
        let (place, rule) = (1..)
            .zip(&interface.rules)
            .find(|(place, rule)| firewall::name_of(rule, *place) == id)
            .map(|(place, rule)| (place, rule.clone()))?;
        Some(Found { interface, place, rule })
    })
}

/// What the service's page showed last.
async fn kept(host: &Host, service: &Service) -> Result<Option<Parts<Shown>>, Failure> {
    part::kept(host, service, PAGE).await
}

async fn interfaces(host: &Host, service: &Service) -> Result<Vec<Interface>, Failure> {
    Ok(kept(host, service)
        .await?
        .map(|kept| kept.parts.interfaces)
        .unwrap_or_default())
}

/// A change whose answer was lost is done when the panel shows what it was to bring about.
fn or_seen(
    place: &Place,
    seen: &Seen,
    done: Result<(), Failure>,
    is_there: impl Fn(&[Interface]) -> bool,
) -> Result<(), Failure> {
    match done {
        Err(failure) if failure.class == Class::NetworkUnknown => match firewall::now(place, seen) {
            Ok(now) if is_there(&now) => Ok(()),
            _ => Err(failure),
        },
        done => done,
    }
}

/// Deletes a rule.
pub(crate) async fn delete(host: Host, env: Env, input: Value) -> Report {
    let job = "delete_rule";
    let input = Input::read(input)?;
    let service = input.allowed(&host, job).await?;
    let shown = interfaces(&host, &service).await?;
    let wanted = rule_on(shown, input.sent("id")).ok_or_else(|| shown::not_shown("rule"))?;
    let mut ready = part::begin(&host, &env, &input, &service, job).await?;
    let done = deleted(&host, &mut ready, &wanted).await;
    ready.svc.finish(&host, done).await?;
    Ok(json!({ "message": format!("Firewall rule {} is deleted.", wanted.rule.id) }))
}

/// The rule as it was shown, with the interface's rules as they are now.
fn same(place: &Place, seen: &Seen, wanted: &Found) -> Result<Interface, Failure> {
    let now = firewall::now(place, seen)?;
    let interface = now.into_iter().find(|one| one.id == wanted.interface.id);
    interface
        .filter(|one| one.rules.contains(&wanted.rule))
        .ok_or_else(|| shown::not_shown("rule"))
}

async fn deleted(host: &Host, ready: &mut Ready, wanted: &Found) -> Result<(), Failure> {
    let (place, seen, svc) = (&ready.place, &ready.seen, &mut ready.svc);
    same(place, seen, wanted)?;
    let (vm_id, id) = (place.vm_id, wanted.rule.id);
    let what = format!("OnApp did not delete firewall rule {id}");
    let done = place
        .change(host, svc, seen, &what, |panel| panel.delete_firewall_rule(vm_id, id))
        .await;
    or_seen(place, seen, done, |now| {
        now.iter().flat_map(|one| &one.rules).all(|rule| rule.id != id)
    })
}

/// Moves a rule up.
pub(crate) async fn up(host: Host, env: Env, input: Value) -> Report {
    shift(host, env, input, "rule_up", Move::Up).await
}

/// Moves a rule down.
pub(crate) async fn down(host: Host, env: Env, input: Value) -> Report {
    shift(host, env, input, "rule_down", Move::Down).await
}

async fn shift(host: Host, env: Env, input: Value, job: &'static str, way: Move) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, job).await?;
    let shown = interfaces(&host, &service).await?;
    let wanted = rule_on(shown, input.sent("id")).ok_or_else(|| shown::not_shown("rule"))?;
    let target = match way {
        Move::Up => wanted.place.checked_sub(1).filter(|place| *place > 0),
        Move::Down => wanted.place.checked_add(1),
    };
    let target = target
        .filter(|place| *place <= wanted.interface.rules.len())
        .ok_or_else(at_the_end)?;
    let mut ready = part::begin(&host, &env, &input, &service, job).await?;
    let done = moved(&host, &mut ready, &wanted, target, way).await;
    ready.svc.finish(&host, done).await?;
    Ok(json!({ "message": format!("Firewall rule {} is moved.", wanted.rule.id) }))
}

async fn moved(host: &Host, ready: &mut Ready, wanted: &Found, target: usize, way: Move) -> Result<(), Failure> {
    let (place, seen, svc) = (&ready.place, &ready.seen, &mut ready.svc);
    let interface = same(place, seen, wanted)?;
    // Another order than the one that was looked at: the place that was meant is not known.
    if interface.rules != wanted.interface.rules {
        return Err(another_order());
    }
    let (vm_id, id) = (place.vm_id, wanted.rule.id);
    let what = format!("OnApp did not move firewall rule {id}");
    let done = place
        .change(host, svc, seen, &what, |panel| panel.move_firewall_rule(vm_id, id, way))
        .await;
    or_seen(place, seen, done, |now| {
        let rules = now.iter().find(|one| one.id == interface.id).map(|one| &one.rules);
        let there = rules.and_then(|rules| rules.iter().position(|rule| rule.id == id));
        there.and_then(|index| index.checked_add(1)) == Some(target)
    })
}

/// Says what happens to everything else on an interface.
pub(crate) async fn default(host: Host, env: Env, input: Value, way: Verdict) -> Report {
    let job = match way {
        Verdict::Accept => "default_accept",
        Verdict::Drop => "default_drop",
    };
    let input = Input::read(input)?;
    let service = input.allowed(&host, job).await?;
    let shown = interfaces(&host, &service).await?;
    let wanted = shown
        .into_iter()
        .find(|one| one.id.to_string() == input.sent("id"))
        .ok_or_else(|| shown::not_shown("interface"))?;
    let mut ready = part::begin(&host, &env, &input, &service, job).await?;
    let done = defaulted(&host, &mut ready, wanted.id, way).await;
    ready.svc.finish(&host, done).await?;
    Ok(json!({ "message": format!("Interface {}: everything else is {}.", wanted.label, way.word()) }))
}

async fn defaulted(host: &Host, ready: &mut Ready, nic: u64, way: Verdict) -> Result<(), Failure> {
    let (place, seen, svc) = (&ready.place, &ready.seen, &mut ready.svc);
    let is_so = |now: &[Interface]| now.iter().any(|one| one.id == nic && one.verdict() == Some(way));
    let now = firewall::now(place, seen)?;
    if now.iter().all(|one| one.id != nic) {
        return Err(shown::not_shown("interface"));
    }
    if is_so(&now) {
        return Ok(());
    }
    let vm_id = place.vm_id;
    let what = format!("OnApp did not change the default of interface {nic}");
    let done = place
        .change(host, svc, seen, &what, |panel| {
            panel.set_firewall_defaults(vm_id, &[(nic, way)])
        })
        .await;
    or_seen(place, seen, done, is_so)
}

/// Puts rules and defaults into force.
pub(crate) async fn apply(host: Host, env: Env, input: Value) -> Report {
    let job = "apply_firewall";
    let input = Input::read(input)?;
    let service = input.allowed(&host, job).await?;
    let mut ready = part::begin(&host, &env, &input, &service, job).await?;
    let done = applied(&host, &mut ready, &service).await;
    ready.svc.finish(&host, done).await?;
    Ok(json!({ "message": "The firewall rules are being applied." }))
}

async fn applied(host: &Host, ready: &mut Ready, service: &Service) -> Result<(), Failure> {
    let (place, seen, svc) = (&ready.place, &ready.seen, &mut ready.svc);
    let interfaces = firewall::now(place, seen)?;
    let before = kept(host, service).await?;
    // What is asked for stands there first: the task that follows is known to be ours by it.
    let mut parts = firewall::shown(host, place, seen, before, interfaces);
    parts.force = parts.force.asked(&parts.interfaces);
    let parts = Parts {
        vm_id: place.vm_id,
        state: State::of(&seen.vm),
        parts,
    };
    shown::keep(host, &service.id, PAGE, &parts).await;
    let vm_id = place.vm_id;
    let what = "OnApp did not apply the firewall rules";
    place
        .change(host, svc, seen, what, |panel| panel.apply_firewall(vm_id))
        .await
}

/// Adds a rule behind the others of its interface.
pub(crate) async fn add(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, ADD).await?;
    let shown = interfaces(&host, &service).await?;
    let mut checks = Checks::default();
    let Some(rule) = checked(&input, &shown, &mut checks) else {
        return refused(&host, &env, &input, &service, &checks).await;
    };
    let mut ready = part::begin(&host, &env, &input, &service, ADD).await?;
    let done = added(&host, &mut ready, &rule).await;
    match ready.svc.finish(&host, done).await? {
        Ok(()) => Ok(json!({ "message": "The firewall rule is added." })),
        Err(wrong) => {
            for (field, label, error) in wrong {
                checks.wrong(field, label, error);
            }
            refused(&host, &env, &input, &service, &checks).await
        }
    }
}

/// A field with its label, and what is wrong with it.
type Wrong = (&'static str, &'static str, Words);

/// The rule that the form asks for, or what is wrong beside each field. Asks nobody.
fn checked(input: &Input, shown: &[Interface], checks: &mut Checks) -> Option<NewFirewallRule> {
    let nic = shown.iter().find(|one| one.id.to_string() == input.sent("nic"));
    if nic.is_none() {
        wrong(checks, foreign_interface());
    }
    let verdict = checks.choice("verdict", "Action", input.sent("verdict"), &["ACCEPT", "DROP"]);
    let protocol = checks.choice("protocol", "Protocol", input.sent("protocol"), &["TCP", "UDP", "ICMP"]);
    let address = address(input.sent("address"));
    if address.is_none() {
        wrong(checks, wrong_address());
    }
    let port = ports(input.sent("port"));
    if port.is_none() {
        wrong(checks, wrong_ports());
    }
    if protocol == Some("ICMP") && !input.sent("port").is_empty() {
        let text = Words::new("fw.icmp_ports", "must be empty: ICMP has no ports");
        checks.wrong("port", "Ports", text);
    }
    if !checks.passed() {
        return None;
    }
    Some(NewFirewallRule {
        nic_id: nic?.id,
        verdict: crate::module::onapp::firewall::verdict(verdict?)?,
        protocol: match protocol? {
            "UDP" => Protocol::Udp,
            "ICMP" => Protocol::Icmp,
            _ => Protocol::Tcp,
        },
        address: address?,
        port: port?,
    })
}

fn wrong(checks: &mut Checks, (field, label, error): Wrong) {
    checks.wrong(field, label, error);
}

fn foreign_interface() -> Wrong {
    let text = Words::new("fw.nic_wrong", "must be one of the interfaces in the list");
    ("nic", "Interface", text)
}

fn wrong_address() -> Wrong {
    let text = Words::new(
        "fw.from_wrong",
        "must be an address, a network such as 198.51.100.0/24 or a range such as 198.51.100.5-198.51.100.9",
    );
    ("address", "From", text)
}

fn wrong_ports() -> Wrong {
    let text = Words::new(
        "fw.ports_wrong",
        "must be ports from 1 to 65535: one, a range such as 8000:8080, or at most 15 with commas",
    );
    ("port", "Ports", text)
}

/// Inside: what is wrong beside the fields, in the eyes of the panel as it is now.
async fn added(host: &Host, ready: &mut Ready, rule: &NewFirewallRule) -> Result<Result<(), Vec<Wrong>>, Failure> {
    let (place, seen, svc) = (&ready.place, &ready.seen, &mut ready.svc);
    let now = firewall::now(place, seen)?;
    let Some(interface) = now.iter().find(|one| one.id == rule.nic_id) else {
        return Ok(Err(vec![foreign_interface()]));
    };
    if is_there(&now, rule) {
        let text = Words::new("fw.there", "this rule stands there already");
        return Ok(Err(vec![("nic", "Interface", text)]));
    }
    if interface.rules.len() >= MOST_RULES {
        return Err(full());
    }
    let vm_id = place.vm_id;
    let done = place
        .change(
            host,
            svc,
            seen,
            "OnApp did not add the firewall rule",
            |panel| match panel.add_firewall_rule(vm_id, rule) {
                Ok(_) => Ok(Ok(())),
                Err(e) => beside(&e).map(Err).ok_or(e),
            },
        )
        .await;
    match done {
        Ok(answered) => Ok(answered),
        Err(failure) => or_seen(place, seen, Err(failure), |now| is_there(now, rule)).map(Ok),
    }
}

/// An equal rule stands on the interface.
fn is_there(now: &[Interface], rule: &NewFirewallRule) -> bool {
    let wanted = Rule {
        id: 0,
        command: rule.verdict.word().to_owned(),
        protocol: rule.protocol.word().to_owned(),
        address: rule.address.clone(),
        port: rule.port.clone(),
    };
    now.iter()
        .filter(|one| one.id == rule.nic_id)
        .flat_map(|one| &one.rules)
        .any(|there| there.effect() == wanted.effect())
}

/// The panel's words about a field of the rule, put beside it in ours.
fn beside(e: &PanelError) -> Option<Vec<Wrong>> {
    if e.status() != Some(422) {
        return None;
    }
    let refused = |name: &str| e.fields().iter().any(|(field, _)| field == name);
    let known = [
        ("network_interface_id", foreign_interface as fn() -> Wrong),
        ("address", wrong_address),
        ("port", wrong_ports),
    ];
    let wrong: Vec<Wrong> = known
        .into_iter()
        .filter(|(name, _)| refused(name))
        .map(|(_, wrong)| wrong())
        .collect();
    (!wrong.is_empty()).then_some(wrong)
}

/// The page with what was sent, and every error beside its field.
async fn refused(host: &Host, env: &Env, input: &Input, service: &Service, checks: &Checks) -> Report {
    let mut page = firewall::page(host, env, input, service).await?;
    match form::of(&mut page.sections, ADD) {
        Some(form) => {
            let homeless = checks.beside(form, &input.form);
            page.notices
                .extend(homeless.into_iter().map(|text| Notice::new(Tone::Danger, text)));
        }
        // A page that has no form now says why itself.
        None => page.notices.push(Notice::new(Tone::Danger, not_added())),
    }
    Ok(json!({ "message": checks.sentence(), "page": page }))
}

fn not_added() -> Words {
    Words::new("fw.not_added", "The rule was not added.")
}

fn full() -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "onapp.rules_full",
        format!("The interface has {MOST_RULES} firewall rules."),
        "Nothing was changed.",
        "Delete one that is not needed first.",
    )
}

fn at_the_end() -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "onapp.rule_at_end",
        "The rule is the first or the last already.",
        "Nothing was changed, and nothing was asked.",
        "Move another one.",
    )
}

fn another_order() -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "onapp.rules_changed",
        "The rules are not in the order that the page showed.",
        "Nothing was changed.",
        "Look at the page again, then move it from there.",
    )
}
