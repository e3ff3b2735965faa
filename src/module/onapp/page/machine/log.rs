//! The activity log of a VM: the newest lines on the overview, and what one of them wrote (`onapp.log_details`).

use super::overview::Known;
use crate::host::{Failure, Host};
use crate::module::common::refusal::refusal;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::{Place, Record, gone};
use crate::module::onapp::page::shown;
use crate::module::{Env, Report};
use crate::panel::onapp::{LogItem, TransactionStatus};
use crate::time::Instant;
use crate::view::{Action, Button, Column, Item, Notice, Page, Section, Tone, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Lines on the overview.
pub(crate) const LINES: usize = 15;
/// Lines of one transaction's words that are shown.
const WORDS: usize = 200;

/// A line as it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    id: u64,
    transaction: Option<u64>,
    action: String,
    status: String,
    at: Option<Instant>,
}

impl From<LogItem> for Line {
    fn from(item: LogItem) -> Self {
        let status = match item.status {
            TransactionStatus::Pending => "pending".to_owned(),
            TransactionStatus::Running => "running".to_owned(),
            TransactionStatus::Complete => "complete".to_owned(),
            TransactionStatus::Failed => "failed".to_owned(),
            TransactionStatus::Cancelled => "cancelled".to_owned(),
            TransactionStatus::Other(word) => word,
        };
        Self {
            id: item.id,
            transaction: item.transaction_id,
            action: item.action,
            status,
            at: item.created_at,
        }
    }
}

fn status(word: &str) -> Words {
    match word {
        "pending" => Words::new("log.pending", "Waiting"),
        "running" => Words::new("log.running", "Running"),
        "complete" => Words::new("log.complete", "Done"),
        "failed" => Words::new("log.failed", "Failed"),
        "cancelled" => Words::new("log.cancelled", "Called off"),
        other => Words::raw(other),
    }
}

/// The newest lines as a part of a page.
pub(crate) fn section(lines: &[Line], moment: impl Fn(Instant) -> String) -> Section {
    let column = |code, label| Column {
        label: Words::new(code, label),
        number: false,
    };
    let items = lines.iter().map(|line| Item {
        service: String::new(),
        cells: vec![
            Words::raw(line.transaction.unwrap_or(line.id).to_string()),
            Words::raw(line.at.map(&moment).unwrap_or_default()),
            Words::raw(line.action.replace('_', " ")),
            status(&line.status),
        ],
        buttons: line.transaction.map(details).into_iter().collect(),
    });
    Section::Items {
        heading: Words::new("log.heading", "Activity"),
        columns: vec![
            column("log.ref", "Ref"),
            column("log.at", "Date"),
            column("log.action", "Task"),
            column("log.status", "Status"),
        ],
        items: items.collect(),
        empty: Words::new("log.empty", "Nothing is known yet."),
    }
}

fn details(transaction: u64) -> Button {
    Button {
        action: Action {
            name: "log_details",
            label: Words::new("log.details", "Details"),
            confirm: None,
            blocked: None,
        },
        id: transaction.to_string(),
        about: Words::raw(transaction.to_string()),
    }
}

/// What one transaction of the service's own log wrote.
pub(crate) async fn log_details(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "log_details").await?;
    let record = Record::of(&host, &service).await?;
    let vm_id = record.vm()?;
    let wanted: u64 = Known::last(&host, input.id(), Some(vm_id))
        .await?
        .and_then(|(known, _)| {
            let wanted = input.sent("id");
            known
                .log()
                .iter()
                .filter_map(|line| line.transaction)
                .find(|id| id.to_string() == wanted)
        })
        .ok_or_else(|| shown::not_shown("task"))?;
    let place = Place::open(&host, &env, &input, &record, vm_id).await?;
    let seen = place.look(&host, input.caller.is_client()).await?.ok_or_else(gone)?;
    let words = place
        .ask(&seen, |panel| panel.transaction_log(wanted))
        .map_err(|e| refusal(&format!("The words of transaction {wanted} could not be read"), &e))?;
    Ok(json!({ "message": "read", "page": page(wanted, words) }))
}

fn page(id: u64, words: Option<String>) -> Page {
    let mut notices = Vec::new();
    if words.is_none() {
        notices.push(Notice::new(
            Tone::Info,
            Words::new("log.gone", "This task is not known any more."),
        ));
    }
    let words = words.unwrap_or_default();
    let rows = words
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(WORDS)
        .map(|line| vec![Words::raw(line.chars().take(500).collect::<String>())])
        .collect();
    Page {
        title: Words::with("log.title", "Task {id}", [("id", id.to_string())]),
        notices,
        sections: vec![Section::Table {
            heading: Words::new("log.output", "What it wrote"),
            columns: vec![Column {
                label: Words::new("log.output", "What it wrote"),
                number: false,
            }],
            rows,
            empty: Words::new("log.silent", "It wrote nothing."),
            chart: None,
            csv_action: "",
        }],
        actions: Vec::new(),
    }
}

/// The lines of a VM, or why not. A log that cannot be read leaves the rest of the page as it is.
pub(crate) fn read(
    host: &Host,
    place: &Place,
    seen: &crate::module::onapp::page::look::Seen,
) -> Result<Vec<Line>, Failure> {
    match place.ask(seen, |panel| panel.vm_log(place.vm_id, LINES)) {
        Ok(items) => Ok(items.into_iter().map(Line::from).collect()),
        Err(e) => {
            let failure = refusal("The activity log could not be read", &e);
            host.log("info", &failure.code, failure.to_string());
            Err(failure)
        }
    }
}
