//! `singlehop.report`: the traffic of this calendar month into the host's own columns, once a day, and the history that the
//! client's page shows. Reads only at the panel; running it again writes the same. A service that fails does not keep the
//! others from being reported.

use super::{is_fresh, months};
use crate::host::{Cell, Class, Failure, Host, HostSettings, Service, ServiceFields, ServiceGet};
use crate::http::Kind;
use crate::module::common::pages::Pages;
use crate::module::common::silence::turn;
use crate::module::common::verb::read;
use crate::module::singlehop::connect::{Patience, leap, told};
use crate::module::singlehop::input::{config, unreadable_file};
use crate::module::singlehop::options::Settings;
use crate::module::singlehop::server::assigned::{Assigned, all, of_service};
use crate::module::singlehop::server::deleted::forget_all;
use crate::module::singlehop::server::known::{self, Known, Traffic};
use crate::module::singlehop::tables::{KNOWN, MODULE, ensure, must};
use crate::module::singlehop::traffic;
use crate::module::{Env, Report};
use crate::money::{Decimal, Quotient};
use crate::panel::singlehop::{Config, Leap, PanelError};
use crate::time::{Period, Zone};
use chrono::Datelike;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    configuration: String,
    /// The host could not read the file.
    unreadable: bool,
}

/// What all services of a run share.
struct Run<'a> {
    host: &'a Host,
    env: &'a Env,
    config: Result<Config, Failure>,
    zone: Zone,
    months: [Period; 2],
    /// One panel for each product: its failed connections count for all services of it.
    panels: Vec<Opened>,
    /// Panels that did not answer in time, once for each such look, with the month that was looked at: each look would hold
    /// the host's cron as long again.
    silent: Vec<(Account, i64)>,
}

impl Run<'_> {
    /// Is the panel not to be asked for that month any more? One server may be slow by itself; two speak for the panel. It
    /// may be slow with a month that is over alone, which is no reason to leave this one unread.
    fn is_silent(&self, account: &Account, month: &Period) -> bool {
        let silences = |index| {
            self.silent
                .iter()
                .filter(|(of, at)| of == account && *at == index)
                .count()
        };
        silences(0) >= 2 || (month.index != 0 && silences(month.index) > 0)
    }
}

/// Whom a panel is asked as: its base address, and the LEAP and the Tandem user.
type Account = [String; 3];

/// The panel of a product.
struct Opened {
    product: String,
    /// Its name, as `Base::panel` gives it.
    panel: String,
    account: Account,
    leap: Box<dyn Leap>,
}

/// Reports the traffic of every service that has a server, and takes back the figures of months before: the host bills on
/// the last day of a month what stands there.
pub(crate) async fn report(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input, &["configuration", "unreadable"])?;
    ensure(&host).await?;
    forget_all(&host).await?;
    let config = match input.unreadable {
        true => Err(unreadable_file()),
        false => config(&input.configuration),
    };
    let settings = host.ask(&HostSettings {}).await?;
    // Where the file cannot be used nothing is read.
    let zone = traffic::zone(&settings, config.as_ref().unwrap_or(&Config::default()));
    let months = months(&settings, &zone, host.now())?;
    let mut run = Run {
        host: &host,
        env: &env,
        config,
        zone,
        months,
        panels: Vec::new(),
        silent: Vec::new(),
    };
    let mut count = Count::default();
    let mut servers = all(&host).await?;
    turn(&mut servers, host.now().num_days_from_ce());
    for server in &servers {
        let reported = one(&mut run, server).await;
        count.add(&host, &server.service_id, reported);
    }
    let mut pages = Pages::of(&KNOWN, "service_id", vec![]);
    while let Some(page) = pages.next(&host).await? {
        for seen in &page {
            let id = must(seen, &KNOWN, "service_id")?;
            let stands = without_server(&run, id).await;
            count.add(&host, id, stands.map(|()| false));
        }
    }
    if let Err(failure) = run.config {
        return Err(Failure {
            unchanged: "No bandwidth was read, and no figure of a month before stands.".to_owned(),
            ..failure
        });
    }
    let Count { done, failed } = count;
    Ok(json!({
        "message": format!("The bandwidth of {done} services was reported; {failed} failed."),
        "done": done, "failed": failed,
    }))
}

/// How it went.
#[derive(Default)]
struct Count {
    done: u32,
    failed: u32,
}

impl Count {
    /// Counts one service; false is neither.
    fn add(&mut self, host: &Host, service_id: &str, reported: Result<bool, Failure>) {
        match reported {
            Ok(true) => self.done += 1,
            Ok(false) => {}
            Err(failure) => {
                self.failed += 1;
                warn(host, service_id, &failure);
            }
        }
    }
}

fn warn(host: &Host, service_id: &str, failure: &Failure) {
    host.log("warning", &failure.code, format!("Service {service_id}: {failure}"));
}

/// The service, if the host bills it and it is ours.
async fn billed(host: &Host, id: &str) -> Result<Option<Service>, Failure> {
    let service = host.ask(&ServiceGet { id: id.to_owned() }).await?.service;
    let is_billed = |s: &Service| s.product.module == MODULE && matches!(s.status.as_str(), "Active" | "Suspended");
    Ok(service.filter(is_billed))
}

/// Reports one service; false for one that is not active or not ours any more, or of which the panel tells nothing.
async fn one(run: &mut Run<'_>, server: &Assigned) -> Result<bool, Failure> {
    let (host, id) = (run.host, &server.service_id);
    let Some(service) = billed(host, id).await? else {
        return Ok(false);
    };
    let mut known = Known::read(host, id, Some(server)).await?;
    let [this, last] = run.months;
    let what = "The bandwidth could not be read";
    let read = match &server.damaged {
        Some(failure) => Err(failure.clone()),
        None => look(run, &service, server, &mut known, &this, what),
    };
    // The call is slow: the service may have another server by now.
    if !of_service(host, id).await?.is_some_and(|now| now.is_same(server)) {
        return Ok(false);
    }
    let is_read = matches!(read, Ok(true));
    if is_read {
        known.keep(host, server).await;
    }
    let month = traffic::standing(&known, &this);
    write(host, id, month, is_read).await?;
    if !read? {
        return match month {
            Some(_) if host.now() < this.end => Err(Failure::new(
                Class::PanelData,
                "singlehop.no_traffic",
                "LEAP told nothing of this month's traffic, of which it told something before.",
                "What was read of it before stands.",
                "Look at the server's bandwidth in LEAP, and at the API generation in the product's Module Settings.",
            )),
            Some(stands) => Err(month_over(stands)?),
            None => Ok(false),
        };
    }
    // A month that is over is read until it is final. This is a step of its own, because the call is slow; this month is
    // reported, whatever comes of it.
    let what = "The bandwidth of last month could not be read";
    if !is_fresh(&known, &last, host.now()) {
        match look(run, &service, server, &mut known, &last, what) {
            Ok(true) => known.keep(host, server).await,
            Ok(false) => {}
            Err(failure) => warn(host, id, &failure),
        }
    }
    Ok(true)
}

/// The host's month goes on for hours after it has ended in UTC, and the panel tells nothing of it any more: the old API
/// tells its own present month alone.
fn month_over(stands: &Traffic) -> Result<Failure, Failure> {
    let mb = megabytes(stands.received.saturating_add(stands.sent))?;
    let at = stands.at.format("%Y-%m-%d %H:%M");
    Ok(Failure::new(
        Class::PanelData,
        "singlehop.month_over",
        "LEAP counts months in UTC, where this one is over, and told nothing of its last hours.",
        &format!("The {mb} MB of this month that were read at {at} UTC stand."),
        "Compare them with LEAP's own page. With the API generation legacy, let the daily run end before midnight in UTC.",
    ))
}

/// A service that has no server any more: of this month it has what it had with one.
async fn without_server(run: &Run<'_>, id: &str) -> Result<(), Failure> {
    let host = run.host;
    if of_service(host, id).await?.is_some() {
        return Ok(());
    }
    if host.ask(&ServiceGet { id: id.to_owned() }).await?.service.is_none() {
        // A page that was under way when the service was deleted kept it.
        return host.apply(vec![known::gone(id)]).await.map(drop);
    }
    if billed(host, id).await?.is_none() {
        return Ok(());
    }
    let known = Known::read(host, id, None).await?;
    let [this, _] = &run.months;
    write(host, id, traffic::standing(&known, this), false).await
}

/// Writes what is known of this month into the host's column. Where nothing is known, that is 0: what stands there is of a
/// month before, which the host would bill again.
async fn write(host: &Host, id: &str, month: Option<&Traffic>, is_read: bool) -> Result<(), Failure> {
    let mb = megabytes(month.map_or(0, |t| t.received.saturating_add(t.sent)))?;
    host.ask(&ServiceFields {
        id: id.to_owned(),
        bw_usage: Some(mb),
        touch_usage: is_read,
        ..Default::default()
    })
    .await
    .map(|_| ())
}

/// Reads a month of a service into the memory; false where the panel tells nothing of it.
fn look(
    run: &mut Run<'_>,
    service: &Service,
    server: &Assigned,
    known: &mut Known,
    month: &Period,
    what: &str,
) -> Result<bool, Failure> {
    let (months, zone, now) = (run.months, run.zone.clone(), run.host.now());
    let Opened { account, leap, .. } = panel(run, service, server, month)?;
    let account = account.clone();
    let read = traffic::read(leap.as_ref(), known, server, month, &months, &zone, now);
    if read.as_ref().is_err_and(is_silence) {
        run.silent.push((account, month.index));
    }
    read.map_err(|e| told(what, &e))
}

/// Did no answer come in time? A proxy before the panel that gave up on it says just that, in one of these numbers.
fn is_silence(error: &PanelError) -> bool {
    matches!(
        error.kind(),
        Kind::ReadTimeout | Kind::Deadline | Kind::Status(408 | 502 | 504 | 522 | 524)
    )
}

/// The panel of the service's product, to be asked for that month; opened with its settings the first time.
fn panel<'a>(
    run: &'a mut Run<'_>,
    service: &Service,
    server: &Assigned,
    month: &Period,
) -> Result<&'a Opened, Failure> {
    if !run.panels.iter().any(|opened| opened.product == service.product.id) {
        let slots: Vec<Cell> = service.product.options.iter().map(|o| Cell::from(o.as_str())).collect();
        let settings = Settings::read(&slots)?;
        let config = run.config.as_ref().map_err(Clone::clone)?;
        run.panels.push(Opened {
            product: service.product.id.clone(),
            panel: settings.base.panel(),
            account: [
                format!("{}{}", settings.base.host, settings.base.path),
                settings.account.user.clone(),
                settings.account.tandem_user.clone(),
            ],
            leap: leap(run.host, run.env, &settings, config, Patience::Traffic)?,
        });
    }
    let opened = run.panels.iter().find(|opened| opened.product == service.product.id);
    let opened =
        opened.ok_or_else(|| Failure::internal("singlehop.panel", "The panel of a product was not opened."))?;
    server.check_panel(&opened.panel)?;
    if run.is_silent(&opened.account, month) {
        return Err(Failure::new(
            Class::Network,
            "singlehop.panel_skipped",
            "LEAP did not answer in time for other services, so this one's bandwidth was not asked for.",
            "What was read of it before stands.",
            "Nothing needs to be done if the next daily report succeeds; otherwise look whether LEAP answers.",
        ));
    }
    Ok(opened)
}

/// Whole megabytes as the host counts them.
fn megabytes(bytes: u64) -> Result<String, Failure> {
    let too_large = |_| Failure::internal("singlehop.traffic_sum", "The traffic has too many digits.");
    Quotient::new(Decimal::from(bytes), 1024 * 1024)
        .and_then(|mb| mb.round_half_away(0))
        .map(|mb| mb.to_string())
        .map_err(too_large)
}
