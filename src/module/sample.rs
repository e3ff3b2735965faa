//! A module without a panel, for the tests of the page kit only (feature `sample-module`; never ship it). It has one of
//! everything that a page can show, keeps one word about a service, and asks every action's permission as all modules do.
//!
//! The product's first option says how its panel is: empty for well, `down` for last known values, `broken` for a page
//! that cannot be had.

use super::common::action::{ActionRule, Caller, listed};
use super::common::claim::{self, Claimed};
use super::common::rows::{ensure, row, text};
use super::common::tables::SERVICES;
use super::common::verb::{Called, SERVICE, nothing, read, service};
use super::{Env, Job, Report};
use crate::host::{Class, Failure, Host, Service};
use crate::view::chart::{Chart, Series, Unit};
use crate::view::form::{self, Checks, Sent};
use crate::view::{Action, Column, Fact, Field, FieldKind, Form, Notice, Page, Section, Tone, Words, csv};
use serde::Deserialize;
use serde_json::{Value, json};

const MODULE: &str = "sample";
const TABLES: &[crate::host::Table] = &[SERVICES];
const GB: Unit<'static> = Unit {
    name: "GB",
    size: 1_000_000_000,
};

const fn rule(name: &'static str, client: bool, changes: bool) -> ActionRule {
    ActionRule {
        name,
        client,
        changes,
        active: changes,
    }
}

const PAGE: ActionRule = rule("page", true, false);
const BANDWIDTH: ActionRule = rule("bandwidth", true, false);
const REBOOT: ActionRule = rule("reboot", true, true);
const REFRESH: ActionRule = rule("refresh", true, true);
const CONTACT: ActionRule = rule("contact", true, true);
const WIPE: ActionRule = rule("wipe", false, true);

/// What may be asked for.
pub const ACTIONS: &[ActionRule] = &[BANDWIDTH, REBOOT, REFRESH, CONTACT, WIPE];

/// The jobs.
pub const JOBS: &[(&str, Job)] = &[
    ("sample.actions", |_, _, input| {
        Box::pin(async move { nothing(input).map(|()| listed(ACTIONS)) })
    }),
    ("sample.page", |host, _, input| Box::pin(page(host, input))),
    ("sample.bandwidth", |host, _, input| Box::pin(bandwidth(host, input))),
    ("sample.contact", |host, _, input| Box::pin(contact(host, input))),
    ("sample.reboot", |host, env, input| {
        Box::pin(change(host, env, input, REBOOT, "rebooted"))
    }),
    ("sample.refresh", |host, env, input| {
        Box::pin(change(host, env, input, REFRESH, "refreshed"))
    }),
    ("sample.wipe", |host, env, input| {
        Box::pin(change(host, env, input, WIPE, "wiped"))
    }),
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Input {
    service: Called,
    options: Vec<String>,
    caller: Caller,
    form: Sent,
}

/// The input and the service, once the caller may do this.
async fn allowed(host: &Host, input: Value, rule: &ActionRule) -> Result<(Input, Service), Failure> {
    let input: Input = read(input, SERVICE)?;
    input.service.check(MODULE, "Samples")?;
    let service = service(host, MODULE, &input.service.id).await?;
    input.caller.allow(MODULE, rule, &service)?;
    Ok((input, service))
}

async fn page(host: Host, input: Value) -> Report {
    let (input, service) = allowed(&host, input, &PAGE).await?;
    let page = model(&host, &input, &service).await?;
    Ok(json!({ "message": "shown", "page": page }))
}

async fn bandwidth(host: Host, input: Value) -> Report {
    allowed(&host, input, &BANDWIDTH).await?;
    let (columns, rows) = numbers();
    Ok(csv::table("bandwidth", &columns, &rows))
}

/// Takes the form: all errors at once beside their fields, or saved.
async fn contact(host: Host, input: Value) -> Report {
    let (input, service) = allowed(&host, input, &CONTACT).await?;
    let mut checks = Checks::default();
    let sent = |name: &str| input.form.get(name).map_or("", String::as_str);
    checks.filled("name", "Name", sent("name"));
    checks.whole("rate", "Rate", sent("rate"), 1025, 9999);
    checks.choice("when", "When", sent("when"), &["always", "nights"]);
    checks.tick("mail", "Mail", sent("mail"));
    if checks.passed() {
        keep(&host, &input, &service, CONTACT.name, "saved").await?;
        return Ok(json!({ "message": "saved" }));
    }
    let mut page = model(&host, &input, &service).await?;
    let homeless = match form::of(&mut page.sections, CONTACT.name) {
        Some(form) => checks.beside(form, &input.form),
        None => Vec::new(),
    };
    page.notices
        .extend(homeless.into_iter().map(|text| Notice::new(Tone::Danger, text)));
    Ok(json!({ "message": checks.sentence(), "page": page }))
}

async fn change(host: Host, _: Env, input: Value, rule: ActionRule, word: &str) -> Report {
    let (input, service) = allowed(&host, input, &rule).await?;
    if input.options.first().is_some_and(|how| how == "down") {
        return Err(Failure::new(
            Class::Network,
            "sample.down",
            "The secret panel at 192.0.2.1 did not answer.",
            "Nothing was changed.",
            "Try again.",
        ));
    }
    keep(&host, &input, &service, rule.name, word).await?;
    Ok(json!({ "message": word }))
}

/// Writes the word about the service, under a claim.
async fn keep(host: &Host, input: &Input, service: &Service, job: &str, word: &str) -> Result<(), Failure> {
    ensure(host, MODULE, TABLES).await?;
    let mut claimed: Claimed = claim::claim(host, MODULE, &input.service.id, job).await?;
    let values = row([("state", word.into()), ("client_id", service.client_id.as_str().into())]);
    let saved = claimed.save(host, values, vec![]).await;
    claimed.finish(host, saved).await
}

async fn model(host: &Host, input: &Input, service: &Service) -> Result<Page, Failure> {
    let how = input.options.first().map_or("", String::as_str);
    if how == "broken" {
        return Err(Failure::internal("sample.broken", "The secret panel is broken."));
    }
    ensure(host, MODULE, TABLES).await?;
    let kept = claim::read(host, MODULE, &input.service.id).await?;
    let word = kept
        .as_ref()
        .and_then(|row| text(row, "state"))
        .unwrap_or("new")
        .to_owned();
    let mut notices = Vec::new();
    if how == "down" {
        notices.push(Notice::new(
            Tone::Info,
            Words::with(
                "sample.last_known",
                "These are the last known values, as of {at}.",
                [("at", "2026-01-31 10:00".to_owned())],
            ),
        ));
    }
    if kept.as_ref().and_then(|row| text(row, "claim_holder")).is_some() {
        notices.push(Notice::new(
            Tone::Warning,
            Words::new("sample.busy_now", "Another action is under way."),
        ));
    }
    Ok(Page {
        title: Words::new("sample.title", "Sample server"),
        notices,
        sections: sections(service, &word),
        actions: actions(&word),
    })
}

fn sections(service: &Service, word: &str) -> Vec<Section> {
    let fact = |code, label, value: &str, hidden| Fact {
        hidden,
        ..Fact::new(Words::new(code, label), Words::raw(value))
    };
    let (columns, rows) = numbers();
    let (labels, received, sent) = days();
    let series = [
        Series {
            name: Words::new("sample.received", "In"),
            values: &received,
        },
        Series {
            name: Words::new("sample.sent", "Out"),
            values: &sent,
        },
    ];
    let chart = Chart {
        about: Words::new("sample.chart", "Bandwidth, received and sent by day."),
        unit: GB,
        labels: &labels,
        series: &series,
    }
    .bars();
    vec![
        Section::Facts {
            heading: Words::new("sample.server", "Server"),
            facts: vec![
                fact("sample.hostname", "Hostname", &service.domain, false),
                fact("sample.state", "State", word, false),
                fact("sample.markup", "Markup", "<b onclick=\"x()\">&amp;'\"{$token}", false),
                fact("sample.key", "Pass key", "K7Q2-19XZ", true),
            ],
        },
        Section::Table {
            heading: Words::new("sample.bandwidth", "Bandwidth"),
            columns,
            rows,
            empty: Words::new("sample.no_bandwidth", "Nothing was measured yet."),
            chart,
            csv_action: BANDWIDTH.name,
        },
        Section::Table {
            heading: Words::new("sample.addresses", "Addresses"),
            columns: vec![Column {
                label: Words::new("sample.address", "Address"),
                number: false,
            }],
            rows: Vec::new(),
            empty: Words::new("sample.no_addresses", "There are no addresses."),
            chart: None,
            csv_action: "",
        },
        Section::Form(blank_form()),
    ]
}

fn blank_form() -> Form {
    let field = |name, code, label, kind, value: &str| Field {
        name,
        label: Words::new(code, label),
        kind,
        value: value.to_owned(),
        choices: Vec::new(),
        error: None,
        help: None,
    };
    let mut rate = field("rate", "sample.rate", "Rate", FieldKind::Text, "2048");
    rate.help = Some(Words::new("sample.rate_help", "In bytes a second, from 1025 to 9999."));
    let mut when = field("when", "sample.when", "When", FieldKind::Choice, "always");
    when.choices = vec![
        ("always".to_owned(), Words::new("sample.always", "Always")),
        ("nights".to_owned(), Words::new("sample.nights", "At night")),
    ];
    Form {
        heading: Words::new("sample.contact", "Contact"),
        action: CONTACT.name,
        fields: vec![
            field("name", "sample.name", "Name", FieldKind::Text, "Ada"),
            rate,
            when,
            field("mail", "sample.mail", "Mail me", FieldKind::Tick, "on"),
            field("secret", "sample.secret", "New password", FieldKind::Password, ""),
        ],
        submit: Words::new("sample.save", "Save"),
    }
}

fn actions(word: &str) -> Vec<Action> {
    let action = |name, code, label| Action {
        name,
        label: Words::new(code, label),
        confirm: None,
        blocked: None,
    };
    let mut reboot = action(REBOOT.name, "sample.reboot", "Reboot");
    if word == "rebooted" {
        let text = "It was rebooted a moment ago; again in {minutes} minutes.";
        reboot.blocked = Some(Words::with("sample.cooling", text, [("minutes", "5".to_owned())]));
    } else {
        reboot.confirm = Some(Words::new(
            "sample.reboot_sure",
            "The server restarts, and whoever uses it is cut off. Reboot it?",
        ));
    }
    vec![action(REFRESH.name, "sample.refresh", "Refresh"), reboot]
}

/// A month of days with what was received and sent, in bytes.
fn days() -> (Vec<String>, Vec<u64>, Vec<u64>) {
    let labels = (1..=31).map(|day| format!("2026-01-{day:02}")).collect();
    let received = (1..=31_u64).map(|day| day * 7 % 11 * 1_500_000_000).collect();
    let sent = (1..=31_u64).map(|day| day * 5 % 13 * 1_300_000_000).collect();
    (labels, received, sent)
}

fn numbers() -> (Vec<Column>, Vec<Vec<Words>>) {
    let column = |code, label, number| Column {
        label: Words::new(code, label),
        number,
    };
    let (labels, received, sent) = days();
    let rows = labels.iter().zip(received.iter().zip(&sent));
    (
        vec![
            column("sample.day", "Day", false),
            column("sample.in", "In (GB)", true),
            column("sample.out", "Out (GB)", true),
        ],
        rows.map(|(day, (received, sent))| {
            let cell = |value: &u64| Words::raw(GB.text(*value).trim_end_matches(" GB"));
            vec![Words::raw(day.as_str()), cell(received), cell(sent)]
        })
        .collect(),
    )
}
