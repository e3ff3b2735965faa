//! The panels of a run over many services: each server is opened once, and one that cannot be used is asked once and told
//! once; its other services wait for the next run.

use super::connect::{panel, recorded_server};
use crate::host::{Class, Failure, Host};
use crate::module::Env;
use crate::module::common::once::first_today;
use crate::module::onapp::tables::stored;
use crate::panel::onapp::Panel;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// A server that failed to answer in time so often is left alone for the rest of the run.
const MOST_LATE: u32 = 2;

/// The panels that a run has opened so far.
pub(crate) struct Panels {
    env: Env,
    /// None: not usable in this run.
    opened: BTreeMap<String, Option<Panel>>,
    /// Answers that a server failed to give in time.
    late: BTreeMap<String, u32>,
    /// Each failure is told once a day, however often the run comes.
    once_a_day: bool,
}

impl Panels {
    /// None yet.
    pub(crate) fn new(env: Env) -> Self {
        Self {
            env,
            opened: BTreeMap::new(),
            late: BTreeMap::new(),
            once_a_day: false,
        }
    }

    /// The same for a run that comes every few minutes.
    pub(crate) fn of_frequent_run(env: Env) -> Self {
        Self {
            once_a_day: true,
            ..Self::new(env)
        }
    }

    /// The panel of a server, logged in as the server's own user; None when it cannot be used in this run, which has been
    /// told.
    ///
    /// # Errors
    /// Only when the host cannot answer, or for a defect of ours.
    pub(crate) async fn get(&mut self, host: &Host, server_id: &str) -> Result<Option<Panel>, Failure> {
        if let Some(known) = self.opened.get(server_id) {
            return Ok(known.clone());
        }
        let opened = match recorded_server(host, server_id).await {
            Ok(server) => panel(host, &self.env, &server).await,
            Err(failure) => Err(failure),
        };
        match opened {
            Ok(panel) => {
                self.opened.insert(server_id.to_owned(), Some(panel.clone()));
                Ok(Some(panel))
            }
            Err(failure) if matches!(failure.class, Class::Internal | Class::Host) => Err(failure),
            Err(failure) => {
                self.close(host, server_id, &failure).await?;
                Ok(None)
            }
        }
    }

    /// Tells staff that the work on a service failed. A failure that every other service of its server would meet too
    /// is told as the server's.
    ///
    /// # Errors
    /// When the host cannot read or write our table.
    pub(crate) async fn failed(
        &mut self,
        host: &Host,
        server_id: &str,
        service_id: &str,
        failure: &Failure,
    ) -> Result<(), Failure> {
        let mut unusable = concerns_server(failure);
        if matches!(failure.code.as_str(), "http.read_timeout" | "http.deadline") {
            let late = self.late.entry(server_id.to_owned()).or_default();
            *late = late.saturating_add(1);
            unusable = *late >= MOST_LATE;
        }
        if unusable {
            return self.close(host, server_id, failure).await;
        }
        let whose = format!("Service {service_id}");
        self.tell(host, failure, &format!("service.{service_id}"), &whose).await
    }

    /// Tells staff, once a day, whose clock differs from ours: hours are counted by the panel's.
    ///
    /// # Errors
    /// When the host cannot read or write our table.
    pub(crate) async fn compare_clocks(&self, host: &Host) -> Result<(), Failure> {
        for (server_id, panel) in &self.opened {
            if let Some(panel) = panel {
                compare_clock(host, server_id, panel).await?;
            }
        }
        Ok(())
    }

    async fn close(&mut self, host: &Host, server_id: &str, failure: &Failure) -> Result<(), Failure> {
        self.opened.insert(server_id.to_owned(), None);
        let whose = format!("Server {server_id}, whose services wait for the next run");
        self.tell(host, failure, &format!("server.{server_id}"), &whose).await
    }

    async fn tell(&self, host: &Host, failure: &Failure, name: &str, whose: &str) -> Result<(), Failure> {
        if !self.once_a_day || first_today(host, &format!("{}.{name}", failure.code)).await? {
            host.log("error", &failure.code, format!("{whose}: {failure}"));
        }
        Ok(())
    }
}

/// Tells staff, once a day, that a panel's clock differs from ours.
///
/// # Errors
/// When the host cannot read or write our table.
pub(crate) async fn compare_clock(host: &Host, server_id: &str, panel: &Panel) -> Result<(), Failure> {
    if let Some(sentence) = clock_differs(host, panel)
        && first_today(host, &format!("clock.{server_id}")).await?
    {
        host.log("warning", "onapp.clock", format!("Server {server_id}: {sentence}"));
    }
    Ok(())
}

/// The sentence to say when the panel's clock and the host's are further apart than requests and caches explain.
pub(crate) fn clock_differs(host: &Host, panel: &Panel) -> Option<String> {
    let there = panel.client().panel_time()?;
    let apart = host.now() - there;
    (apart.abs() > TimeDelta::minutes(10)).then(|| {
        format!(
            "Its clock says {} and this machine's {}. Set both by a time server; until then traffic may be read late, and \
             no hour is counted before the control panel has it.",
            stored(there),
            stored(host.now())
        )
    })
}

/// Would any request to this server end the same way?
fn concerns_server(failure: &Failure) -> bool {
    if failure.code == "onapp.other_panel" {
        return false; // Machines and owners of other services may be there and prove the panel.
    }
    matches!(
        failure.class,
        Class::PanelUnauthorized | Class::ConfigInvalid | Class::NetworkTls | Class::NetworkDns
    ) || matches!(
        failure.code.as_str(),
        "http.refused" | "http.unreachable" | "http.connect_timeout" | "http.skipped"
    )
}
