//! `onapp.bandwidth`: the transfer of the billing period so far by the day, with limit, forecast and running cost; where WHMCS
//! bills, of its calendar month, with its limit and a forecast. Everything is in our own tables: no panel is asked. `onapp.bandwidth_csv`: the days to take away, in kilobytes as the panel counts them.

use crate::bill::rate_transfer;
use crate::host::{Failure, Host, HostSettings, Row, Service, Settings, is};
use crate::meter::KbSize;
use crate::module::common::claim;
use crate::module::common::reused::is_another;
use crate::module::onapp::billing::cursor::{self, Cursor};
use crate::module::onapp::billing::terms::{Bills, biller, selected, soft_mb, terms, unit};
use crate::module::onapp::metering::resource::{resources, watermark};
use crate::module::onapp::metering::usage::month_of_whmcs;
use crate::module::onapp::moment::unthinkable;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::part;
use crate::module::onapp::product::options::BillingSettings;
use crate::module::onapp::tables::{MODULE, READINGS, RESOURCES, instant, must, number, stored};
use crate::module::{Env, Report};
use crate::money::{Decimal, MoneyError};
use crate::time::{Instant, Period, Zone};
use crate::view::chart::{Chart, Series, Unit};
use crate::view::{Column, Fact, Section, Words, csv};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PAGE: &str = "bandwidth";

/// What was received and sent on one day, in the panel's kilobytes.
#[derive(Clone, Copy, Default)]
struct Day {
    received: u64,
    sent: u64,
}

/// The transfer of the period that is billed next.
struct Transfer {
    cursor: Cursor,
    /// The module's own period, or WHMCS's month, and the zone whose days are counted in it.
    period: Period,
    zone: Zone,
    of_whmcs: bool,
    billing: BillingSettings,
    days: BTreeMap<String, Day>,
    /// Kilobytes at the period's end, if each interface goes on as in the hours that were read of it. None: no hour was.
    forecast: Option<u128>,
}

/// The page.
pub(crate) async fn bandwidth(host: Host, _env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, PAGE).await?;
    let title = Words::new("traffic.title", "Bandwidth");
    let mut page = part::offer_upgrade(part::page(PAGE, title, Vec::new(), None), &service);
    match Transfer::read(&host, &service).await? {
        Ok(transfer) => {
            page.sections.push(Section::Facts {
                heading: Words::new("traffic.period", "This billing period"),
                facts: transfer.facts(&service)?,
            });
            page.sections.push(transfer.table());
        }
        Err(why) => page.sections.push(Section::Facts {
            heading: Words::new("traffic.period", "This billing period"),
            facts: vec![Fact::new(Words::new("traffic.title", "Bandwidth"), why)],
        }),
    }
    Ok(json!({ "message": "read", "page": page }))
}

/// The days to take away.
pub(crate) async fn bandwidth_csv(host: Host, _env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, "bandwidth_csv").await?;
    let days = Transfer::read(&host, &service).await?.map(|transfer| transfer.days);
    let rows: Vec<Vec<String>> = days
        .unwrap_or_default()
        .into_iter()
        .map(|(date, day)| {
            let total = day.received.saturating_add(day.sent);
            vec![date, day.received.to_string(), day.sent.to_string(), total.to_string()]
        })
        .collect();
    let columns = ["Day", "Received (KB)", "Sent (KB)", "Total (KB)"].map(str::to_owned);
    Ok(csv::file(&format!("bandwidth-{}", input.id()), &columns, &rows))
}

/// The facts alone, for staff.
pub(crate) async fn facts(host: &Host, service: &Service) -> Result<Vec<Fact>, Failure> {
    match Transfer::read(host, service).await? {
        Ok(transfer) => transfer.facts(service),
        Err(_) => Ok(Vec::new()),
    }
}

/// The zone of WHMCS's months.
fn host_zone(settings: &Settings) -> Zone {
    Zone::get_or_utc(&settings.time_zone)
}

/// The volume that costs nothing.
fn included(mb: Result<Decimal, MoneyError>) -> Result<Fact, Failure> {
    let mb = mb.map_err(|e| Failure::internal("onapp.page_cost", e.to_string()))?;
    Ok(Fact::new(
        Words::new("traffic.included", "Included"),
        Words::raw(format!("{mb} MB")),
    ))
}

/// What an interface will have moved at the period's end, if it goes on as in the hours that were read. What was not read
/// yet is no time without traffic; an interface that is gone moves nothing more.
fn at_end(mark: &Row, period: &Period, used: u128) -> Result<Option<u128>, Failure> {
    let hours = |from: Instant, to: Instant| u128::try_from((to.min(period.end) - from).num_hours()).unwrap_or(0);
    let mark = watermark(mark)?;
    let from = mark.from.max(period.start);
    Ok(match (hours(from, mark.covered.unwrap_or(from)), mark.until) {
        (0, _) => None,
        (_, Some(_)) => Some(used),
        (measured, None) => used.saturating_mul(hours(from, period.end)).checked_div(measured),
    })
}

impl Transfer {
    /// The transfer, or what stands in its place.
    async fn read(host: &Host, service: &Service) -> Result<Result<Self, Words>, Failure> {
        let none = || Words::new("traffic.none", "Nothing was measured yet.");
        let lifecycle = claim::read(host, MODULE, &service.id).await?.unwrap_or_default();
        if is_another(&lifecycle, &service.client_id) {
            return Ok(Err(none()));
        }
        let billing = BillingSettings::read(&service.product.options)?;
        let marks = resources(host, &service.id).await?;
        if marks.is_empty() {
            return Ok(Err(none()));
        }
        let settings = host.ask(&HostSettings {}).await?;
        let found = cursor::reckoned(host, &settings, &lifecycle, service, &billing, &marks).await?;
        let Ok(cursor) = found else {
            return Ok(Err(Words::new(
                "traffic.no_period",
                "What was measured cannot be shown, because it is not known when the period begins. Please ask the support.",
            )));
        };
        let (period, zone, of_whmcs) = match month_of_whmcs(host, &settings, &billing, &cursor)? {
            None => (cursor.next, cursor.anchor.zone.clone(), false),
            Some(month) => (month, host_zone(&settings), true),
        };
        let mut days: BTreeMap<String, Day> = BTreeMap::new();
        let mut forecast: Option<u128> = None;
        for mark in &marks {
            let conditions = vec![
                is("module", "=", MODULE),
                is("server_id", "=", must(mark, &RESOURCES, "server_id")?),
                is("resource", "=", must(mark, &RESOURCES, "resource")?),
                is("hour", ">=", stored(period.start)),
                is("hour", "<", stored(period.end)),
            ];
            let mut used: u128 = 0;
            // A period has 745 hours at most.
            for row in host.rows(READINGS.name, conditions, vec!["hour"], 1000).await? {
                let Some(hour) = instant(&row, &READINGS, "hour")? else {
                    continue;
                };
                let date = zone.date(hour).map_err(unthinkable)?;
                let (received, sent) = (
                    number::<u64>(&row, &READINGS, "received_kb")?,
                    number(&row, &READINGS, "sent_kb")?,
                );
                let day = days.entry(date.to_string()).or_default();
                day.received = day.received.saturating_add(received);
                day.sent = day.sent.saturating_add(sent);
                used = used.saturating_add(received.into()).saturating_add(sent.into());
            }
            if let Some(at_end) = at_end(mark, &period, used)? {
                forecast = Some(forecast.unwrap_or(0).saturating_add(at_end));
            }
        }
        Ok(Ok(Self {
            cursor,
            period,
            zone,
            of_whmcs,
            billing,
            days,
            forecast,
        }))
    }

    fn kilobytes(&self) -> u128 {
        self.days
            .values()
            .map(|day| u128::from(day.received).saturating_add(u128::from(day.sent)))
            .sum()
    }

    fn kb(&self) -> KbSize {
        if self.billing.decimal_kb {
            KbSize::Decimal1000
        } else {
            KbSize::Binary1024
        }
    }

    fn size(&self) -> u64 {
        self.kb().factor()
    }

    fn facts(&self, service: &Service) -> Result<Vec<Fact>, Failure> {
        let period = &self.period;
        let show = |at| self.zone.show(at).unwrap_or_default();
        let used = self.kilobytes();
        let whole = |kb: u128| format!("{} MB", kb.div_ceil(u128::from(self.size().max(1))));
        let mut facts = vec![
            Fact::new(
                Words::new("traffic.span", "From and to"),
                Words::raw(format!("{} - {}", show(period.start), show(period.end))),
            ),
            Fact::new(Words::new("traffic.used", "Used so far"), Words::raw(whole(used))),
        ];
        facts.extend(self.forecast.map(|kb| {
            Fact::new(
                Words::new("traffic.forecast", "At this rate until the end"),
                Words::raw(whole(kb)),
            )
        }));
        let bills = biller(service, &self.billing);
        if let (false, Bills::Module, Some(unit)) = (self.of_whmcs, bills, unit(service, &self.billing)) {
            let terms = terms(service, &self.billing, unit, &self.cursor)?;
            let rated = rate_transfer(used, &terms).map_err(|e| Failure::internal("onapp.page_cost", e.to_string()))?;
            let currency = &service.currency;
            let amount = rated.amount.pad(currency.digits);
            facts.push(included(rated.included_mb.round_half_away(0))?);
            facts.push(Fact::new(
                Words::new("traffic.cost", "Cost so far, before tax"),
                Words::raw(format!("{}{amount}{}", currency.prefix, currency.suffix)),
            ));
        }
        // An option of that name replaces the limit, and how WHMCS reads it is nowhere written (reference:
        // whmcs-contract.md 1.15).
        let replaced = || {
            let mut options = service.options.iter();
            options.any(|option| option.name.trim().eq_ignore_ascii_case("Bandwidth"))
        };
        if let (true, Bills::Whmcs, Some(unit)) = (self.of_whmcs, bills, selected(service))
            && !replaced()
        {
            facts.push(included(Ok(soft_mb(service, self.kb(), unit)?.round(0)))?);
        }
        Ok(facts)
    }

    fn table(&self) -> Section {
        let unit = Unit {
            name: "MB",
            size: self.size(),
        };
        let labels: Vec<String> = self
            .days
            .keys()
            .map(|date| {
                date.rsplit('-')
                    .next()
                    .unwrap_or_default()
                    .trim_start_matches('0')
                    .to_owned()
            })
            .collect();
        let received: Vec<u64> = self.days.values().map(|day| day.received).collect();
        let sent: Vec<u64> = self.days.values().map(|day| day.sent).collect();
        let names = [
            Words::new("traffic.received", "Received"),
            Words::new("traffic.sent", "Sent"),
        ];
        let [in_name, out_name] = names.clone();
        let chart = Chart {
            about: Words::new(
                "traffic.chart",
                "Transfer by day: received and sent in this billing period.",
            ),
            unit,
            labels: &labels,
            series: &[
                Series {
                    name: in_name,
                    values: &received,
                },
                Series {
                    name: out_name,
                    values: &sent,
                },
            ],
        }
        .bars();
        let column = |label, number| Column { label, number };
        let [in_name, out_name] = names;
        let cell = |kb: u64| Words::raw(unit.column(kb));
        Section::Table {
            heading: Words::new("traffic.by_day", "By day"),
            columns: vec![
                column(Words::new("traffic.day", "Day"), false),
                column(in_name, true),
                column(out_name, true),
                column(Words::new("traffic.total", "Total"), true),
            ],
            rows: self
                .days
                .iter()
                .map(|(date, day)| {
                    vec![
                        Words::raw(date.as_str()),
                        cell(day.received),
                        cell(day.sent),
                        cell(day.received.saturating_add(day.sent)),
                    ]
                })
                .collect(),
            empty: Words::new("traffic.none", "Nothing was measured yet."),
            chart,
            csv_action: if self.days.is_empty() { "" } else { "bandwidth_csv" },
        }
    }
}
