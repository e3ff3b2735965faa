//! `onapp.cpu`: the CPU time of a VM by the hour, as percent of one core.

use crate::host::{Failure, Host, Service};
use crate::module::common::refusal::refusal;
use crate::module::onapp::moment::floor;
use crate::module::onapp::page::clock::Clock;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::part::{self, Parts};
use crate::module::onapp::page::state::State;
use crate::module::{Env, Report};
use crate::time::Instant;
use crate::view::chart::{Chart, Series, Unit};
use crate::view::{Column, Section, Words};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const PAGE: &str = "cpu";
/// Hours on the page.
const HOURS: i64 = 48;
/// Tenths of seconds that are one percent of a core for an hour (reference: onapp-api.md 7.3).
const PERCENT: Unit<'static> = Unit { name: "%", size: 360 };

/// An hour as it was shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Hour {
    start: Instant,
    tenths: u64,
}

/// The page.
pub(crate) async fn cpu(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, PAGE).await?;
    let read = read(&host, &env, &input, &service).await;
    let (parts, notices) = part::or_last(&host, &service, PAGE, read).await?;
    let clock = Clock::of(&host).await?;
    let table = parts.as_ref().map(|parts| table(&parts.parts, &clock));
    let title = Words::new("cpu.title", "CPU usage");
    let page = part::offer_upgrade(part::page(PAGE, title, notices, table), &service);
    Ok(json!({ "message": "read", "page": page }))
}

async fn read(host: &Host, env: &Env, input: &Input, service: &Service) -> Result<Parts<Vec<Hour>>, Failure> {
    let (place, seen) = part::look(host, env, input, service).await?;
    let to = floor(host.now())?;
    let from = to - TimeDelta::hours(HOURS);
    let mut hours: Vec<Hour> = place
        .ask(&seen, |panel| panel.cpu_usage(place.vm_id, from, to))
        .map_err(|e| refusal("The CPU usage could not be read", &e))?
        .into_iter()
        .map(|row| Hour {
            start: row.hour,
            tenths: row.tenths,
        })
        .collect();
    hours.sort_by_key(|hour| hour.start);
    Ok(Parts {
        vm_id: place.vm_id,
        state: State::of(&seen.vm),
        parts: hours,
    })
}

fn table(hours: &[Hour], clock: &Clock) -> Section {
    let labels: Vec<String> = hours.iter().map(|hour| clock.show(hour.start)).collect();
    let short: Vec<String> = labels
        .iter()
        .map(|label| label.chars().skip(11).take(5).collect())
        .collect();
    let values: Vec<u64> = hours.iter().map(|hour| hour.tenths).collect();
    let chart = Chart {
        about: Words::new("cpu.chart", "CPU usage by the hour, as percent of one core."),
        unit: PERCENT,
        labels: &short,
        series: &[Series {
            name: Words::new("cpu.used", "Used"),
            values: &values,
        }],
    }
    .lines();
    let rows = labels.into_iter().zip(&values);
    Section::Table {
        heading: Words::new("cpu.title", "CPU usage"),
        columns: vec![
            Column {
                label: Words::new("cpu.hour", "Hour from"),
                number: false,
            },
            Column {
                label: Words::new("cpu.used", "Used"),
                number: true,
            },
        ],
        rows: rows
            .map(|(hour, tenths)| vec![Words::raw(hour), Words::raw(PERCENT.column(*tenths))])
            .collect(),
        empty: Words::new("cpu.empty", "Nothing was measured in the last two days."),
        chart,
        csv_action: "",
    }
}
