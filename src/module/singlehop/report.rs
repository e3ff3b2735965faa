//! `singlehop.report`: the traffic of this calendar month into the host's own columns, once a day, and the history that the
//! client's page shows. Reads only at the panel; running it again writes the same. A service that fails does not keep the
//! others from being reported.

use super::assigned::{Assigned, of_service, page_after};
use super::connect::{Patience, leap, told};
use super::deleted::forget_all;
use super::input::config;
use super::known::Known;
use super::options::Settings;
use super::tables::{MODULE, ensure};
use super::traffic::{self, is_fresh, months};
use crate::host::{Cell, Failure, Host, Service, ServiceFields, ServiceGet};
use crate::module::common::verb::read;
use crate::module::{Env, Report};
use crate::money::{Decimal, Quotient};
use crate::panel::singlehop::{Config, Leap};
use crate::time::{Period, Zone};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    configuration: String,
}

/// What all services of a run share.
struct Run {
    config: Config,
    zone: Zone,
    months: [Period; 2],
    /// One panel for each product: its failed connections count for all services of it.
    panels: Vec<Opened>,
}

/// The panel of a product.
struct Opened {
    product: String,
    /// Its name, as `Base::panel` gives it.
    panel: String,
    leap: Box<dyn Leap>,
}

/// Reports the traffic of every service that has a server.
pub(crate) async fn report(host: Host, env: Env, input: Value) -> Report {
    let input: Input = read(input, &["configuration"])?;
    ensure(&host).await?;
    forget_all(&host).await?;
    let config = config(&input.configuration)?;
    let zone = traffic::zone(&host, &config).await?;
    let months = months(host.now(), &zone)?;
    let mut run = Run {
        config,
        zone,
        months,
        panels: Vec::new(),
    };
    let (mut done, mut failed, mut after) = (0_u32, 0_u32, "0".to_owned());
    loop {
        let page = page_after(&host, &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.service_id);
        for server in &page {
            match one(&host, &env, &mut run, server).await {
                Ok(true) => done += 1,
                Ok(false) => {}
                Err(failure) => {
                    failed += 1;
                    host.log(
                        "warning",
                        &failure.code,
                        format!("Service {}: {failure}", server.service_id),
                    );
                }
            }
        }
    }
    Ok(json!({
        "message": format!("The bandwidth of {done} services was reported; {failed} failed."),
        "done": done, "failed": failed,
    }))
}

/// Reports one service; false for one that is not active or not ours any more.
async fn one(host: &Host, env: &Env, run: &mut Run, server: &Assigned) -> Result<bool, Failure> {
    let id = server.service_id.clone();
    let Some(service) = host.ask(&ServiceGet { id: id.clone() }).await?.service else {
        return Ok(false);
    };
    if service.product.module != MODULE || !matches!(service.status.as_str(), "Active" | "Suspended") {
        return Ok(false);
    }
    let mut known = Known::read(host, &id, Some(server)).await?;
    let (months, zone, now) = (run.months, run.zone.clone(), host.now());
    let opened = panel(host, env, run, &service, server)?;
    let [this, last] = &months;
    let failed = |e| told("The bandwidth could not be read", &e);
    let read = traffic::read(opened, &mut known, server, this, &months, &zone, now).map_err(failed);
    // The call is slow: the service may have another server by now.
    if !of_service(host, &id).await?.is_some_and(|now| now.is_same(server)) {
        return Ok(false);
    }
    let Some(current) = traffic::of(&known, this) else {
        // What stands there is of a month before, which the host would bill again.
        let nothing = ServiceFields {
            id,
            bw_usage: Some("0".to_owned()),
            ..Default::default()
        };
        host.ask(&nothing).await?;
        return read.map(|_| false);
    };
    read?;
    let mb = megabytes(current.received.saturating_add(current.sent))?;
    known.keep(host, server).await;
    host.ask(&ServiceFields {
        id: id.clone(),
        bw_usage: Some(mb),
        touch_usage: true,
        ..Default::default()
    })
    .await?;
    if !is_fresh(&known, last, now) {
        // A month that is over is read once. This is a step of its own, because the call is slow.
        let opened = panel(host, env, run, &service, server)?;
        match traffic::read(opened, &mut known, server, last, &months, &zone, now) {
            Ok(true) => known.keep(host, server).await,
            Ok(false) => {}
            Err(e) => return Err(told("The bandwidth of last month could not be read", &e)),
        }
    }
    Ok(true)
}

/// The panel of the service's product, opened with its settings the first time.
fn panel<'a>(
    host: &Host,
    env: &Env,
    run: &'a mut Run,
    service: &Service,
    server: &Assigned,
) -> Result<&'a dyn Leap, Failure> {
    if !run.panels.iter().any(|opened| opened.product == service.product.id) {
        let slots: Vec<Cell> = service.product.options.iter().map(|o| Cell::from(o.as_str())).collect();
        let settings = Settings::read(&slots)?;
        run.panels.push(Opened {
            product: service.product.id.clone(),
            panel: settings.base.panel(),
            leap: leap(host, env, &settings, &run.config, Patience::Traffic)?,
        });
    }
    let opened = run.panels.iter().find(|opened| opened.product == service.product.id);
    let opened =
        opened.ok_or_else(|| Failure::internal("singlehop.panel", "The panel of a product was not opened."))?;
    server.check_panel(&opened.panel)?;
    Ok(opened.leap.as_ref())
}

/// Whole megabytes as the host counts them.
fn megabytes(bytes: u64) -> Result<String, Failure> {
    let too_large = |_| Failure::internal("singlehop.traffic_sum", "The traffic has too many digits.");
    Quotient::new(Decimal::from(bytes), 1024 * 1024)
        .and_then(|mb| mb.round_half_away(0))
        .map(|mb| mb.to_string())
        .map_err(too_large)
}
