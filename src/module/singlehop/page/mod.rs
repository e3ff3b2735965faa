//! `singlehop.page`, what the client sees of the server: name, login and state as they are now, addresses, traffic; and
//! `singlehop.bandwidth_csv`, the traffic to take away. Within the time that the host lets a page wait: what the panel does not
//! answer by then is shown as it was last seen, with the moment. Nothing here names the vendor or quotes the panel (decision 34).

pub(crate) mod overview;

use super::connect::{Patience, leap_of};
use super::input::Input;
use super::server::assigned::{Assigned, of_service};
use super::server::known::{Block, Known, Overview};
use super::service::reboot::seconds_left;
use super::tables::{MODULE, ensure};
use super::traffic::{self, is_fresh, months};
use crate::host::{Failure, Host, HostSettings, Service};
use crate::http::Family;
use crate::module::common::claim::under_way;
use crate::module::{Env, Report};
use crate::panel::singlehop::{Config, Generation, Leap, PanelError};
use crate::time::{Instant, Period, Zone};
use crate::view::chart::{Chart, Drawing, Series, Unit};
use crate::view::{Action, Column, Fact, Notice, Page, Section, Tone, Words, csv};
use serde_json::{Value, json};

/// Volumes on the page; the host counts its megabytes in 1024s as well.
const GIB: Unit<'static> = Unit {
    name: "GiB",
    size: 1 << 30,
};

/// Everything that the page is made of.
struct Seen {
    known: Known,
    /// Read just now, not remembered.
    live: bool,
    /// So are the addresses.
    live_ips: bool,
    /// Can the panel tell of a month that is over? The old API never does.
    tells_last: bool,
    months: [Period; 2],
    zone: Zone,
}

/// The client's overview.
pub(crate) async fn page(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let done = show(&host, &env, &input).await;
    input.told(&host, done)
}

async fn show(host: &Host, env: &Env, input: &Input) -> Report {
    let service = input.allowed(host, "page").await?;
    ensure(host).await?;
    let server = of_service(host, &input.service.id).await?;
    let page = match (server, service.status.as_str()) {
        (Some(server), "Active" | "Suspended") => {
            let seen = look(host, env, input, &server).await?;
            let mut page = full(host, input, &service, &seen);
            if under_way(host, MODULE, &input.service.id).await? {
                page.notices.push(Notice::new(
                    Tone::Warning,
                    Words::new("server.busy", "Another action is under way."),
                ));
            }
            page
        }
        (_, "Active" | "Pending" | "Suspended") => bare(Words::new("server.pending", "Your server is being prepared.")),
        _ => bare(Words::new("server.over", "This product is not active.")),
    };
    Ok(json!({ "message": "read", "page": page }))
}

/// The traffic as a file.
pub(crate) async fn bandwidth_csv(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let done = file(&host, &env, &input).await;
    input.told(&host, done)
}

async fn file(host: &Host, env: &Env, input: &Input) -> Report {
    let service = input.allowed(host, "bandwidth_csv").await?;
    ensure(host).await?;
    let server = of_service(host, &input.service.id).await?;
    let seen = match (server, service.status.as_str()) {
        (Some(server), "Active" | "Suspended") => Some(look(host, env, input, &server).await?),
        _ => None,
    };
    let mut columns = ["Day", "Received (bytes)", "Sent (bytes)", "Total (bytes)"]
        .map(str::to_owned)
        .to_vec();
    let is_old = seen.as_ref().is_some_and(|seen| oldest(host, seen).is_some());
    if is_old {
        columns.push("As of".to_owned());
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    if let Some(seen) = &seen {
        // The months of the page, the older one first.
        let months = seen.months.iter().rev();
        for month in months.filter_map(|month| traffic::of(&seen.known, month)) {
            for day in &month.days {
                let total = day.received.saturating_add(day.sent);
                let mut row = vec![day.date.clone()];
                row.extend([day.received, day.sent, total].map(|bytes| bytes.to_string()));
                row.extend(is_old.then(|| seen.zone.show(month.at).unwrap_or_default()));
                rows.push(row);
            }
        }
    }
    Ok(csv::file(&format!("bandwidth-{}", input.service.id), &columns, &rows))
}

/// The moment of the oldest traffic that is not current; None where all of it is. The totals of last month that the old API
/// told while it was this one are as current as they ever get.
fn oldest(host: &Host, seen: &Seen) -> Option<Instant> {
    let old = seen
        .months
        .iter()
        .filter(|month| !is_fresh(&seen.known, month, host.now()));
    old.filter_map(|month| traffic::of(&seen.known, month))
        .filter(|t| seen.tells_last || host.now() < t.end || !t.days.is_empty())
        .map(|t| t.at)
        .min()
}

/// Asks the panel for what is not new enough, and keeps what it says.
async fn look(host: &Host, env: &Env, input: &Input, server: &Assigned) -> Result<Seen, Failure> {
    // A mistake in the settings is staff's affair; the client sees what is known.
    let config = input.config().unwrap_or_else(|failure| {
        host.log("info", &failure.code, failure.to_string());
        Config::default()
    });
    let hosts = host.ask(&HostSettings {}).await.unwrap_or_else(|failure| {
        host.log("info", &failure.code, failure.to_string());
        crate::host::Settings::default()
    });
    let zone = traffic::zone(&hosts, &config);
    let mut seen = Seen {
        known: Known::read(host, &input.service.id, Some(server)).await?,
        live: false,
        live_ips: false,
        tells_last: true,
        months: months(&hosts, &zone, host.now())?,
        zone,
    };
    let settings = input.settings();
    if let Ok(settings) = &settings {
        seen.tells_last = settings.generation != Generation::Legacy;
    }
    let panel = settings.and_then(|settings| leap_of(server, host, env, &settings, &config, Patience::Page));
    match panel {
        Ok(panel) => ask(host, panel.as_ref(), &config, input, server, &mut seen),
        Err(failure) => host.log("info", &failure.code, failure.to_string()),
    }
    if seen.live {
        seen.known.keep(host, server).await;
    }
    Ok(seen)
}

/// One after the other within the page's time; a panel that does not answer is not asked again.
fn ask(host: &Host, leap: &dyn Leap, config: &Config, input: &Input, server: &Assigned, seen: &mut Seen) {
    let now = host.now();
    let note = |what: &str, e: &PanelError| {
        host.log("info", e.code(), format!("{what} could not be read for a page: {e}"));
        e.family() == Family::Network
    };
    match overview::read(leap, config, server, &input.service.username) {
        Ok(overview) => {
            seen.known.overview = Some((overview, now));
            seen.live = true;
        }
        Err(e) => {
            if note("The server", &e) {
                return;
            }
        }
    }
    match overview::ips(leap, server) {
        // A server has an address; an answer without any is none about it.
        Ok(ips) if ips.is_empty() && seen.known.ips.is_some() => {
            let text = "The panel's answer holds no address for a page; those known before are shown.";
            host.log("info", "singlehop.no_ips", text.to_owned());
        }
        Ok(ips) => {
            seen.known.ips = Some((ips, now));
            seen.live_ips = true;
        }
        Err(e) => {
            if note("The addresses", &e) {
                return;
            }
        }
    }
    let months = seen.months;
    for month in &months {
        if is_fresh(&seen.known, month, now) {
            continue;
        }
        if let Err(e) = traffic::read(leap, &mut seen.known, server, month, &months, &seen.zone, now)
            && note("The traffic", &e)
        {
            return;
        }
    }
}

/// A page that only says one thing.
fn bare(text: Words) -> Page {
    Page {
        title: title(),
        notices: vec![Notice::new(Tone::Info, text)],
        sections: Vec::new(),
        actions: Vec::new(),
    }
}

fn title() -> Words {
    Words::new("server.title", "Your server")
}

fn full(host: &Host, input: &Input, service: &Service, seen: &Seen) -> Page {
    let mut notices = Vec::new();
    let moment = |at: Instant| seen.zone.show(at).unwrap_or_default();
    let mut sections = Vec::new();
    match &seen.known.overview {
        Some((overview, at)) => {
            if !seen.live {
                notices.push(Notice::new(
                    Tone::Warning,
                    Words::with(
                        "server.last_known",
                        "The server's details cannot be read at the moment. These are from {at}.",
                        [("at", moment(*at))],
                    ),
                ));
            }
            sections.push(facts(overview));
        }
        None => notices.push(Notice::new(
            Tone::Warning,
            Words::new(
                "server.unavailable",
                "The server's details are temporarily not available. Please try again later.",
            ),
        )),
    }
    if let Some((ips, at)) = &seen.known.ips {
        // One notice is enough for what was seen at one moment.
        let is_told = !seen.live && seen.known.overview.as_ref().is_some_and(|(_, told)| told == at);
        if !seen.live_ips && !is_told {
            notices.push(Notice::new(
                Tone::Info,
                Words::with(
                    "server.old_addresses",
                    "The IP addresses cannot be read at the moment. These are from {at}.",
                    [("at", moment(*at))],
                ),
            ));
        }
        sections.push(addresses(ips));
    }
    if let Some(at) = oldest(host, seen) {
        notices.push(Notice::new(
            Tone::Info,
            Words::with(
                "server.old_traffic",
                "The bandwidth cannot be read at the moment. It is shown as of {at}.",
                [("at", moment(at))],
            ),
        ));
    }
    sections.push(totals(seen));
    sections.push(by_day(seen));
    Page {
        title: title(),
        notices,
        sections,
        actions: actions(host, input, service, &seen.known),
    }
}

fn facts(overview: &Overview) -> Section {
    let mut facts = vec![
        Fact::new(
            Words::new("server.hostname", "Hostname"),
            Words::raw(overview.hostname.as_str()),
        ),
        Fact::new(
            Words::new("server.username", "User name"),
            Words::raw(overview.username.as_str()),
        ),
    ];
    let state = match overview.state.as_str() {
        "online" => Some(Words::new("server.online", "Online")),
        "rescue" => Some(Words::new("server.rescue", "Rescue mode")),
        "suspended" => Some(Words::new("server.suspended", "Suspended")),
        "offline" => Some(Words::new("server.offline", "Not online")),
        _ => None,
    };
    facts.extend(state.map(|state| Fact::new(Words::new("server.state", "State"), state)));
    facts.extend(
        overview
            .ip
            .map(|ip| Fact::new(Words::new("server.ip", "IP address"), Words::raw(ip.to_string()))),
    );
    Section::Facts {
        heading: Words::new("server.details", "Server"),
        facts,
    }
}

fn column(label: Words, number: bool) -> Column {
    Column { label, number }
}

fn addresses(blocks: &[Block]) -> Section {
    let rows = blocks
        .iter()
        .map(|block| {
            let kind = if block.public {
                Words::new("server.public", "Public")
            } else {
                Words::new("server.private", "Private")
            };
            let all: Vec<String> = block.addresses.iter().map(ToString::to_string).collect();
            vec![
                kind,
                Words::raw(all.join(", ")),
                Words::raw(block.netmask.clone().unwrap_or_default()),
                Words::raw(block.gateway.map(|ip| ip.to_string()).unwrap_or_default()),
            ]
        })
        .collect();
    Section::Table {
        heading: Words::new("server.addresses", "IP addresses"),
        columns: vec![
            column(Words::new("server.network", "Network"), false),
            column(Words::new("server.addresses", "IP addresses"), false),
            column(Words::new("server.netmask", "Netmask"), false),
            column(Words::new("server.gateway", "Gateway"), false),
        ],
        rows,
        empty: Words::new("server.no_addresses", "No addresses are known."),
        chart: None,
        csv_action: "",
    }
}

fn volume(bytes: u64) -> Words {
    Words::raw(GIB.column(bytes))
}

fn volumes(received: u64, sent: u64) -> [Words; 3] {
    [volume(received), volume(sent), volume(received.saturating_add(sent))]
}

fn traffic_columns(first: Words) -> Vec<Column> {
    vec![
        column(first, false),
        column(Words::new("server.received", "Received"), true),
        column(Words::new("server.sent", "Sent"), true),
        column(Words::new("server.total", "Total"), true),
    ]
}

/// This month and the one before.
fn totals(seen: &Seen) -> Section {
    let names = [
        Words::new("server.this_month", "This month"),
        Words::new("server.last_month", "Last month"),
    ];
    let rows = seen
        .months
        .iter()
        .zip(names)
        .filter_map(|(month, name)| {
            let traffic = traffic::of(&seen.known, month)?;
            let mut row = vec![name];
            row.extend(volumes(traffic.received, traffic.sent));
            Some(row)
        })
        .collect();
    Section::Table {
        heading: Words::new("server.bandwidth", "Bandwidth"),
        columns: traffic_columns(Words::new("server.month", "Month")),
        rows,
        empty: Words::new("server.no_bandwidth", "No bandwidth is known yet."),
        chart: None,
        csv_action: "",
    }
}

/// Each day of both months, first of this one, which the chart shows.
fn by_day(seen: &Seen) -> Section {
    let mut rows = Vec::new();
    let months = seen.months.iter().filter_map(|month| traffic::of(&seen.known, month));
    for day in months.flat_map(|t| &t.days) {
        let mut row = vec![Words::raw(day.date.as_str())];
        row.extend(volumes(day.received, day.sent));
        rows.push(row);
    }
    let csv_action = if rows.is_empty() { "" } else { "bandwidth_csv" };
    let [this, _] = &seen.months;
    Section::Table {
        heading: Words::new("server.by_day", "Bandwidth by day"),
        columns: traffic_columns(Words::new("server.day", "Day")),
        rows,
        empty: Words::new("server.no_days", "No days are known yet."),
        chart: chart(seen, this),
        csv_action,
    }
}

fn chart(seen: &Seen, month: &Period) -> Option<Drawing> {
    let traffic = traffic::of(&seen.known, month)?;
    // A month begins at midnight in UTC, which is still the month before west of it.
    let name = month.start.format("%Y-%m").to_string();
    let labels: Vec<String> = traffic
        .days
        .iter()
        .map(|day| {
            day.date
                .rsplit('-')
                .next()
                .unwrap_or_default()
                .trim_start_matches('0')
                .to_owned()
        })
        .collect();
    let received: Vec<u64> = traffic.days.iter().map(|day| day.received).collect();
    let sent: Vec<u64> = traffic.days.iter().map(|day| day.sent).collect();
    Chart {
        about: Words::with(
            "server.chart",
            "{month}: bandwidth by day, received and sent.",
            [("month", name)],
        ),
        unit: GIB,
        labels: &labels,
        series: &[
            Series {
                name: Words::new("server.received", "Received"),
                values: &received,
            },
            Series {
                name: Words::new("server.sent", "Sent"),
                values: &sent,
            },
        ],
    }
    .bars()
}

/// The restart, where the product allows it.
fn actions(host: &Host, input: &Input, service: &Service, known: &Known) -> Vec<Action> {
    if !input.settings().is_ok_and(|settings| settings.client_reboot) {
        return Vec::new();
    }
    let left = seconds_left(known.rebooted_at, host.clock());
    let blocked = if service.status != "Active" {
        Some(Words::new("server.not_active", "The product is not active."))
    } else if left > 0 {
        Some(Words::with(
            "server.cool_down_left",
            "It was restarted a moment ago, and can be again in {seconds} seconds.",
            [("seconds", left.to_string())],
        ))
    } else {
        None
    };
    vec![Action {
        name: "reboot",
        label: Words::new("server.reboot", "Restart the server"),
        confirm: Some(Words::new(
            "server.reboot_confirm",
            "The server will be restarted and cannot be reached for some minutes. Restart it now?",
        )),
        blocked,
    }]
}
