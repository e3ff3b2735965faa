//! `onapp.takeover`: what the old module left: services that wait to be taken over, servers that cannot be used as they are
//! entered, and periods that had ended before the take-over and were never billed.
//!
//! It lists, and bills only the services that it is told to: `bill` is `all`, or service ids separated by commas. A period
//! that the old module closed and perhaps did bill is billed only for a service that is named. A period
//! is billed under the terms of today, and once, whoever asks how often: its row in the periods' table is the last word,
//! as for every other period.

use super::{Taken, doubtful, periods, waiting};
use crate::bill::Bounds;
use crate::host::{Failure, Host, HostSettings, Outcome, Row, Service, ServiceGet, Settings, is};
use crate::meter::Gap;
use crate::module::common::claim;
use crate::module::common::pages::Pages;
use crate::module::common::refusal::refusal;
use crate::module::common::reused::is_another;
use crate::module::common::verb::read;
use crate::module::onapp::billing::bill::{Summary, earliest_date, finish_planned};
use crate::module::onapp::billing::cursor::{Cursor, cursor};
use crate::module::onapp::billing::plan::{Beside, Forward, Made, is_elsewhere, make_plan, plan_changes};
use crate::module::onapp::billing::terms::{Bills, biller, terms, told, unit};
use crate::module::onapp::metering::lost::lost_hours;
use crate::module::onapp::metering::resource::{resources, watermark};
use crate::module::onapp::moment::unthinkable;
use crate::module::onapp::product::options::BillingSettings;
use crate::module::onapp::server::connect::{client, recorded_server};
use crate::module::onapp::tables::{MODULE, PERIODS, TAKEOVERS, ensure, must, stored, text};
use crate::module::{Env, Report};
use crate::panel::onapp::Panel;
use crate::time::Period;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    /// `all`, service ids separated by commas, or nothing: then nothing is billed.
    bill: String,
}

/// Whom the host said yes to.
enum Chosen {
    Nobody,
    All,
    These(BTreeSet<String>),
}

impl Chosen {
    fn read(said: &str) -> Result<Self, Failure> {
        let ids: Vec<&str> = said.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
        if ids.is_empty() {
            return Ok(Self::Nobody);
        }
        if ids.iter().any(|id| id.eq_ignore_ascii_case("all")) && ids.len() == 1 {
            return Ok(Self::All);
        }
        if ids.iter().any(|id| id.bytes().any(|b| !b.is_ascii_digit())) {
            return Err(choice("\"bill\" is neither the word all nor a list of service ids."));
        }
        Ok(Self::These(ids.into_iter().map(str::to_owned).collect()))
    }

    fn word(&self, service_id: &str) -> Word {
        match self {
            Self::All => Word::All,
            Self::These(ids) if ids.contains(service_id) => Word::Named,
            _ => Word::None,
        }
    }
}

/// What the host said about one service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    /// It is one of all.
    All,
    /// It was named: what is doubtful is meant too.
    Named,
}

fn choice(what: &str) -> Failure {
    Failure::setting(
        "onapp.takeover_choice",
        what,
        "Run it without that word first: it lists the services that can be named.",
    )
}

/// What the report lists.
#[derive(Default)]
struct Lists {
    missed: Vec<Value>,
    waiting: Vec<Value>,
    refused: Vec<Value>,
    left: Vec<Value>,
    servers: Vec<Value>,
    failed: u32,
}

/// Lists what the old module left, and bills what the host says.
pub(crate) async fn takeover(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input, &["bill"])?;
    let chosen = Chosen::read(&input.bill)?;
    ensure(&host).await?;
    let settings = host.ask(&HostSettings {}).await?;
    let every = Pages::of(&TAKEOVERS, "service_id", vec![is("module", "=", MODULE)]);
    let taken = every.all(&host).await?;
    if let Chosen::These(ids) = &chosen
        && let Some(unknown) = ids
            .iter()
            .find(|id| !taken.iter().any(|row| text(row, "service_id") == Some(id.as_str())))
    {
        return Err(choice(&format!(
            "Service {unknown} was not taken over from the old module."
        )));
    }
    let mut lists = Lists::default();
    let mut summary = Summary::default();
    let mut servers = BTreeSet::new();
    for row in &taken {
        let service_id = must(row, &TAKEOVERS, "service_id")?;
        let word = chosen.word(service_id);
        match one_service(&host, &settings, row, word, &mut lists, &mut summary).await {
            Ok(server_id) => servers.extend(server_id),
            Err(failure) => {
                lists.failed = lists.failed.saturating_add(1);
                host.log("error", &failure.code, format!("Service {service_id}: {failure}"));
            }
        }
    }
    let mapped = waiting(&host).await?;
    for (service_id, failure) in mapped.refused {
        lists.failed = lists.failed.saturating_add(1);
        host.log("error", &failure.code, format!("Service {service_id}: {failure}"));
        lists.refused.push(
            json!({ "service": service_id, "code": failure.code, "sentence": format!("service {service_id}: {failure}") }),
        );
    }
    for left in mapped.left {
        lists
            .left
            .push(json!({ "service": left.service_id, "sentence": left.sentence() }));
    }
    for next in mapped.waiting {
        servers.insert(next.service.server_id.clone());
        let closed = next.taken.recorded.as_deref().unwrap_or("never");
        let since = stored(next.taken.unbilled_from);
        let sentence = format!(
            "service {} (VM {}): its last period was closed {closed}; not billed since {since}",
            next.service.id, next.vm_id
        );
        lists
            .waiting
            .push(json!({ "service": next.service.id, "vm": next.vm_id, "closed": closed,
                                   "unbilled_from": since, "sentence": sentence }));
    }
    for server_id in servers {
        if let Err(failure) = usable(&host, &env, &server_id).await {
            if matches!(failure.class, crate::host::Class::Internal | crate::host::Class::Host) {
                return Err(failure);
            }
            let sentence = format!("server {server_id}: {failure} ({})", failure.code);
            lists.servers.push(
                json!({ "server": server_id, "problem": failure.to_string(), "code": failure.code, "sentence": sentence }),
            );
        }
    }
    Ok(report(lists, summary, taken.len()))
}

fn report(lists: Lists, summary: Summary, taken: usize) -> Value {
    let owed = lists
        .missed
        .iter()
        .filter(|item| item["state"] == json!(UNBILLED))
        .count();
    let mut message = format!(
        "{taken} services were taken over from the old module, {} wait for the next collection; {owed} periods that the old \
         module did not bill",
        lists.waiting.len()
    );
    message.push_str(match owed {
        0 => ".",
        _ => "; they are billed only if you say so.",
    });
    let invoices = summary.invoices();
    if !invoices.is_empty() || !summary.carried.is_empty() {
        message.push_str(&format!(
            " As you said: {} invoices published, {} periods carried.",
            invoices.len(),
            summary.carried.len()
        ));
    }
    if !lists.refused.is_empty() {
        message.push_str(&format!(
            " {} services cannot be taken over as they are.",
            lists.refused.len()
        ));
    }
    if !lists.servers.is_empty() {
        message.push_str(&format!(
            " {} servers cannot be used as they are entered.",
            lists.servers.len()
        ));
    }
    let failed = lists.failed.saturating_add(summary.parked);
    json!({ "message": message, "failed": failed, "missed": lists.missed, "taking_over": lists.waiting,
            "refused": lists.refused, "left": lists.left, "servers": lists.servers, "invoices": invoices, "carried": summary.carried.len() })
}

/// Tries a server as it is entered; reads its version and writes nothing.
async fn usable(host: &Host, env: &Env, server_id: &str) -> Result<(), Failure> {
    let server = recorded_server(host, server_id).await?;
    let client = client(host, env, &server)?;
    Panel::connect(client)
        .map(drop)
        .map_err(|e| refusal(&format!("The server \"{}\" could not be used", server.name), &e))
}

/// A period that the old module did not bill and that nobody billed since.
const UNBILLED: &str = "not billed";

/// Lists one service's periods, and bills them if the host says yes. Tells the server that the service is on.
async fn one_service(
    host: &Host,
    settings: &Settings,
    row: &Row,
    word: Word,
    lists: &mut Lists,
    summary: &mut Summary,
) -> Result<Option<String>, Failure> {
    let service_id = must(row, &TAKEOVERS, "service_id")?;
    let taken = Taken::of(row)?;
    let yes = word != Word::None;
    let Some(lifecycle) = claim::read(host, MODULE, service_id).await? else {
        return Ok(None);
    };
    let server_id = text(&lifecycle, "server_id").map(str::to_owned);
    let Some(service) = host
        .ask(&ServiceGet {
            id: service_id.to_owned(),
        })
        .await?
        .service
    else {
        return Ok(server_id); // Nobody is left to pay.
    };
    if yes {
        finish_planned(host, settings, service_id, summary).await?;
    }
    if service.product.module != MODULE {
        return Ok(server_id);
    }
    told(&service)?;
    let billing = BillingSettings::read(&service.product.options)?;
    if biller(&service, &billing) != Bills::Module {
        return Ok(server_id); // By the product's own word this module bills nothing of it.
    }
    let mut all = resources(host, service_id).await?;
    let Some(cursor) = cursor(host, settings, &lifecycle, &service, &billing, &all, !yes).await? else {
        return Ok(server_id);
    };
    let mut ended = periods(&cursor.anchor, &taken).map_err(unthinkable)?;
    ended.pop();
    let doubtful = doubtful(&cursor.anchor, &taken).map_err(unthinkable)?;
    let mut desk = Desk {
        host,
        service: &service,
        billing: &billing,
        taken: &taken,
        cursor,
        planned_on: earliest_date(host, settings),
        is_gone: text(&lifecycle, "vm_id").is_none(),
    };
    let then = taken.client_id.as_deref().or(text(&lifecycle, "client_id"));
    let same_client =
        !is_another(&lifecycle, &service.client_id) && !is_elsewhere(host, &service, then.unwrap_or_default()).await?;
    for period in doubtful.into_iter().chain(ended) {
        let (mut state, made) = desk.look(&period, &all).await?;
        let unsure = doubtful == Some(period);
        if matches!(state, State::Owed) && !same_client {
            state = State::OtherClient;
        }
        if let (State::Owed, true) = (state, yes && (!unsure || word == Word::Named)) {
            if desk.store(&mut all, made.as_ref()).await? {
                finish_planned(host, settings, service_id, summary).await?;
                continue;
            } else {
                state = State::Busy;
            }
        }
        if unsure {
            match state {
                State::Owed => state = State::Doubtful,
                // What was closed and is not measured gives no reason for doubt.
                State::Lost | State::Unread => continue,
                _ => {}
            }
        }
        let Some(words) = state.words() else { continue };
        let amount = made
            .as_ref()
            .filter(|_| same_client)
            .map(|made| made.plan.total.pad(service.currency.digits))
            .unwrap_or_default();
        let (from, to) = (stored(period.start), stored(period.end));
        let mut sentence = format!("service {service_id}, {from} to {to}: {words}");
        if !amount.is_empty() {
            sentence.push_str(&format!("; {amount} {}", service.currency.code));
        }
        lists.missed.push(
            json!({ "service": service_id, "from": from, "to": to, "state": words, "amount": amount,
                                    "currency": service.currency.code, "sentence": sentence }),
        );
    }
    Ok(server_id)
}

/// How an ended period stands.
#[derive(Clone, Copy)]
enum State {
    /// There is something to charge.
    Owed,
    /// The old module closed it, and no invoice of it was found.
    Doubtful,
    /// Nothing was above the included volume.
    Free,
    /// It has a row: it was billed on the host's word.
    Billed,
    /// Its hours are not collected yet.
    Unread,
    /// OnApp does not keep its hours any more.
    Lost,
    /// Somebody else had the service.
    OtherClient,
    /// Another runner was faster.
    Busy,
}

impl State {
    fn words(self) -> Option<&'static str> {
        match self {
            Self::Owed => Some(UNBILLED),
            Self::Doubtful => Some(
                "closed by the old module, and no invoice of that day was found for this product and hostname; billed only \
                 if you name the service",
            ),
            Self::Free | Self::Billed => None,
            Self::Unread => Some("not collected yet: run cron_bandwidth.php first"),
            Self::Lost => Some("not billed, and OnApp does not keep its hours any more"),
            Self::OtherClient => Some("not billed: the service belonged to another client then"),
            Self::Busy => Some("not billed: another run is at this service; run it again"),
        }
    }
}

/// What the look at one service's periods needs.
struct Desk<'a> {
    host: &'a Host,
    service: &'a Service,
    billing: &'a BillingSettings,
    taken: &'a Taken,
    cursor: Cursor,
    planned_on: String,
    /// It has no VM any more.
    is_gone: bool,
}

impl Desk<'_> {
    /// How a period stands, with its plan where there is something to charge.
    async fn look(&mut self, period: &Period, resources: &[Row]) -> Result<(State, Option<Made>), Failure> {
        if self.has_row(period).await? {
            return Ok((State::Billed, None));
        }
        if period.end <= self.taken.readable_from {
            return Ok((State::Lost, None));
        }
        let is_read = |row: &Row| Ok::<bool, Failure>(watermark(row)?.from < period.end);
        let was_gone = self.is_gone || !resources.is_empty();
        if was_gone
            && !resources
                .iter()
                .map(is_read)
                .collect::<Result<Vec<_>, _>>()?
                .contains(&true)
        {
            return Ok((State::Lost, None)); // Its VM was gone before anybody read it; there may be another one since.
        }
        if !read_to_its_end(period, resources)? {
            return Ok((State::Unread, None));
        }
        let Some(unit) = unit(self.service, self.billing) else {
            return Ok((State::Free, None));
        };
        self.cursor.next = *period;
        let beside = Beside {
            gaps: self.gaps(period, resources)?,
            forward: Forward::default(),
            last: false,
            bounds: Bounds {
                amount: self.billing.bound,
                ..Bounds::default()
            },
            planned_on: self.planned_on.clone(),
        };
        let terms = terms(self.service, self.billing, unit, &self.cursor)?;
        let made = make_plan(self.host, self.service, terms, &self.cursor, &beside).await?;
        if made.plan.total.is_zero() {
            return Ok((State::Free, None));
        }
        Ok((State::Owed, Some(made)))
    }

    async fn has_row(&self, period: &Period) -> Result<bool, Failure> {
        let conditions = vec![
            is("module", "=", MODULE),
            is("service_id", "=", &self.service.id),
            is("period", "=", period.index.to_string()),
        ];
        Ok(!self.host.rows(PERIODS.name, conditions, vec![], 1).await?.is_empty())
    }

    /// The hours of the period that nobody can measure any more.
    fn gaps(&self, period: &Period, resources: &[Row]) -> Result<Vec<Gap>, Failure> {
        let mut gaps = Vec::new();
        for row in resources {
            let gone = Gap {
                resource: watermark(row)?.resource,
                start: self.taken.doubtful_from.unwrap_or(self.taken.unbilled_from),
                end: self.taken.readable_from,
            };
            let lost = lost_hours(row)?;
            gaps.extend(lost.iter().chain([&gone]).filter_map(|gap| gap.within(period)));
        }
        Ok(gaps)
    }

    /// Stores a period's plan; false when somebody else was faster and nothing was written.
    async fn store(&self, resources: &mut [Row], made: Option<&Made>) -> Result<bool, Failure> {
        let Some(made) = made else { return Ok(false) };
        let changes = plan_changes(self.service, resources, made, &self.planned_on)?;
        Ok(self.host.apply(changes).await? == Outcome::Applied)
    }
}

/// True when no answer about the period is outstanding.
fn read_to_its_end(period: &Period, resources: &[Row]) -> Result<bool, Failure> {
    for row in resources {
        let mark = watermark(row)?;
        if mark.until.is_none() && mark.covered.is_none_or(|covered| covered < period.end) {
            return Ok(false);
        }
    }
    Ok(!resources.is_empty())
}
