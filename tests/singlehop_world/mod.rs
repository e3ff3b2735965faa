//! The world that tests of the SingleHop module run in: the reference host in memory, the simulated LEAP of either generation
//! without sockets, and the crash enumerator.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use crate::common::{Crashable, Killer, at, transport};
use provisor::host::Port;
use provisor::host::memory::MemoryHost;
use provisor::http::memory::MemoryTransport;
use provisor::http::{Kind, Response, SendError};
use provisor::module::Env;
use provisor::session::{Ended, drive};
use provisor_simulator::{Options, PanelKind, Simulator};
use serde_json::{Value, json};
use std::sync::Arc;

/// Both generations of the API.
pub const GENERATIONS: [&str; 2] = ["leap3", "legacy"];

/// A host, a panel, and what lies between them.
#[derive(Clone)]
pub struct World {
    pub panel: Arc<Simulator>,
    pub host: MemoryHost,
    pub env: Env,
    /// The product's slots.
    pub options: Vec<String>,
    /// The text of config.json.
    pub configuration: String,
}

impl World {
    /// The panel on 2026-01-20 at noon, LEAP3, two services of client 7 and one of client 8.
    pub fn new() -> Self {
        Self::of("leap3")
    }

    /// The same with that generation of the API.
    pub fn of(generation: &str) -> Self {
        let panel = Arc::new(Simulator::in_memory(Options {
            panel: PanelKind::Leap,
            ..Options::default()
        }));
        panel.advance_to(at("2026-01-20T12:00:00Z")).unwrap();
        let env = Env {
            transport: Arc::new(transport(panel.clone())),
        };
        let told = |name: &str| panel.introduction[name].as_str().unwrap().to_owned();
        let mut options = vec![String::new(); 24];
        options[0] = panel.user.clone();
        options[1] = panel.password.clone();
        options[2] = told("tandem_user");
        options[3] = told("tandem_password");
        options[4] = told("api_key");
        options[5] = generation.into();
        options[6] = if generation == "legacy" {
            "http://127.0.0.1:9/api.php".into()
        } else {
            "http://127.0.0.1:9".into()
        };
        options[9] = "on".into();
        let mut world = Self {
            host: MemoryHost::new(panel.now()),
            panel,
            env,
            options,
            configuration: String::new(),
        };
        world.add_service("17", "7");
        world.add_service("18", "7");
        world.add_service("27", "8");
        world
    }

    /// A service that waits for its server.
    pub fn add_service(&mut self, id: &str, client: &str) {
        self.host.services.insert(
            id.into(),
            json!({ "id": id, "client_id": client, "status": "Pending", "domain": "", "reg_date": "2026-01-01",
                    "product": { "id": "3", "name": "Dedicated", "kind": "server", "module": "singlehop", "options": [] },
                    "client": { "id": client }, "options": [] }),
        );
    }

    /// The service's status at the host.
    pub fn set_status(&mut self, id: &str, status: &str) {
        self.host.services.get_mut(id).unwrap()["status"] = json!(status);
    }

    /// Server 100042 on the active service 17, which has had it for months.
    pub fn with_server(mut self) -> Self {
        self.select("17", "100042").unwrap();
        self.held_since("17", Some("2025-11-01T00:00:00Z"));
        self.set_status("17", "Active");
        self
    }

    /// Since when a service has its server, as its row tells; None for a row of a release that did not write it.
    pub fn held_since(&mut self, id: &str, moment: Option<&str>) {
        let rows = self.host.rows("mod_provisor_singlehop");
        let row = rows.iter().find(|row| row["service_id"] == id).unwrap();
        let values = json!({ "panel": row["panel"], "leap_id": row["leap_id"], "assigned_at": moment });
        let change = json!({ "kind": "put", "table": "mod_provisor_singlehop", "values": values });
        let applied = self.host.answer("apply", &json!({ "token": "", "changes": [change] }));
        applied.unwrap();
    }

    /// The same host before a new panel whose Tandem user has all its permissions.
    pub fn clone_with_fresh_permissions(&self) -> Self {
        let fresh = Self::new();
        Self {
            panel: fresh.panel,
            env: fresh.env,
            ..self.clone()
        }
    }

    pub fn staff() -> Value {
        json!({ "kind": "staff", "client_id": "", "post": true, "token": true })
    }

    pub fn client(id: &str) -> Value {
        json!({ "kind": "client", "client_id": id, "post": true, "token": true })
    }

    /// The input of a job on one service, as the host would hand it over.
    pub fn input(&self, id: &str, caller: &Value, form: &Value) -> Value {
        let set = self.host.fields.get(id);
        let username = set.and_then(|set| set.get("username")).cloned().unwrap_or(json!(""));
        json!({
            "service": { "id": id, "client_id": self.host.services[id]["client_id"], "addon_id": "0",
                         "product_type": "server", "domain": "", "username": username, "password": { "secret": "" },
                         "status": self.host.services[id]["status"] },
            "options": self.options, "configuration": self.configuration, "caller": caller, "form": form,
        })
    }

    pub fn config(&self, job: &str, input: &Value) -> Vec<u8> {
        let now = self.panel.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        json!({ "v": 1, "job": job, "now": now, "limits": { "lease_seconds": 600, "read_seconds": 2, "step_seconds": 5 },
                "input": input })
        .to_string()
        .into_bytes()
    }

    /// Runs a job to its end; the host's products hold the slots as the daily report reads them.
    pub fn run(&mut self, job: &str, input: &Value) -> Result<Value, Ended> {
        for service in self.host.services.values_mut() {
            service["product"]["options"] = json!(self.options);
        }
        let config = self.config(&format!("singlehop.{job}"), input);
        let mut session = provisor::start(&config, self.env.clone());
        drive(&mut session, &mut self.host)
    }

    /// A job that staff or the host itself start.
    pub fn verb(&mut self, job: &str, id: &str) -> Result<Value, Ended> {
        self.run(job, &self.input(id, &Self::staff(), &json!([])))
    }

    /// A job that a client starts.
    pub fn by_client(&mut self, job: &str, id: &str, client: &str) -> Result<Value, Ended> {
        self.run(job, &self.input(id, &Self::client(client), &json!([])))
    }

    pub fn select(&mut self, id: &str, server: &str) -> Result<Value, Ended> {
        self.run("select", &self.input(id, &Self::staff(), &json!({ "server": server })))
    }

    /// The list's field on the service page.
    pub fn list(&mut self, id: &str) -> Value {
        self.verb("servers", id).unwrap()["page"]["sections"][0]["fields"][0].clone()
    }

    /// The client's page.
    pub fn page(&mut self) -> Value {
        self.by_client("page", "17", "7").unwrap()["page"].clone()
    }

    /// From now on requests whose address holds `what` get this body with status 200.
    pub fn answers(&mut self, what: &'static str, body: impl Into<String>) {
        self.answers_with(what, 200, body);
    }

    /// The same with another status.
    pub fn answers_with(&mut self, what: &'static str, status: u16, body: impl Into<String>) {
        let (before, body) = (self.env.transport.clone(), body.into());
        self.env.transport = Arc::new(MemoryTransport::new(move |request| {
            if request.url.contains(what) {
                Ok(Response::new(status, body.clone()))
            } else {
                before.send(request)
            }
        }));
    }

    /// From now on requests whose address holds `what` are carried out, and answered by this body with status 200.
    pub fn changes_and_answers(&mut self, what: &'static str, body: String) {
        self.changes_and_responds(what, Response::new(200, body));
    }

    /// The same with any answer.
    pub fn changes_and_responds(&mut self, what: &'static str, response: Response) {
        let before = self.env.transport.clone();
        self.env.transport = Arc::new(MemoryTransport::new(move |request| {
            let answer = before.send(request)?;
            match request.url.contains(what) {
                true => Ok(response.clone()),
                false => Ok(answer),
            }
        }));
    }

    /// From now on requests whose address holds `what` are not carried out, and answered by the redirect to a login page, by a
    /// page, or not at all.
    pub fn fails(&mut self, what: &'static str, way: &'static str) {
        let before = self.env.transport.clone();
        self.env.transport = Arc::new(MemoryTransport::new(move |request| {
            if !request.url.contains(what) {
                return before.send(request);
            }
            match way {
                "login" => Ok(Response::new(302, "").header("location", "https://leap.example.com/login")),
                "stall" => Err(SendError::unknown(Kind::ReadTimeout)),
                _ => Ok(Response::new(200, "<h1>Log in</h1>")),
            }
        }));
    }

    /// From now on the panel carries out what it is asked to change, and its answers to that get lost in this way.
    pub fn loses_answers(&mut self, way: &'static str) {
        let before = self.env.transport.clone();
        self.env.transport = Arc::new(MemoryTransport::new(move |request| {
            let answer = before.send(request)?;
            if !["reboot", "cancel"].iter().any(|change| request.url.contains(change)) {
                return Ok(answer);
            }
            match way {
                "timeout" => Err(SendError::unknown(Kind::ReadTimeout)),
                "reset" => Err(SendError::unknown(Kind::Reset)),
                "502" => Ok(Response::new(502, "<h1>Bad Gateway</h1>")),
                _ => Ok(Response::new(200, "<h1>Fatal error</h1>")),
            }
        }));
    }

    pub fn mode(&self, switches: Value) {
        self.panel.control("POST", "mode", &switches).unwrap();
    }

    pub fn server(&self, id: &str) -> Value {
        self.panel.state()["servers"][id].clone()
    }

    /// Requests with this operation, since the log was cleared.
    pub fn asked(&self, operation: &str) -> usize {
        let requests = self.panel.requests();
        requests.iter().filter(|r| r["operation"] == operation).count()
    }

    pub fn forget_requests(&self) {
        self.panel.control("POST", "requests/clear", &json!({})).unwrap();
    }

    /// Moves the panel's clock and the database's.
    pub fn advance(&mut self, seconds: i64) {
        self.panel.advance(seconds);
        self.host.clock += chrono::TimeDelta::seconds(seconds);
    }

    /// The server on record of each service.
    pub fn assigned(&self) -> Value {
        self.host
            .rows("mod_provisor_singlehop")
            .iter()
            .map(|row| json!([row["service_id"], row["leap_id"]]))
            .collect()
    }

    /// A column of a service's row.
    pub fn state(&self, id: &str, column: &str) -> Value {
        self.host
            .rows("mod_provisor_services")
            .iter()
            .find(|row| row["service_id"] == json!(id))
            .map_or(Value::Null, |row| row[column].clone())
    }

    /// Kills a job at its k-th op, before or after the host applied it. `None` when it ended before that op.
    pub fn killed_at(&mut self, job: &str, input: &Value, k: usize, after: bool) -> Option<()> {
        for service in self.host.services.values_mut() {
            service["product"]["options"] = json!(self.options);
        }
        let config = self.config(&format!("singlehop.{job}"), input);
        let mut session = provisor::start(&config, self.env.clone());
        let mut killer = Killer {
            host: &mut self.host,
            left: k,
            after,
            killed: false,
        };
        let _ = drive(&mut session, &mut killer);
        killer.killed.then_some(())
    }
}

impl Crashable for World {
    fn run_whole(&mut self, job: &str, input: &Value) {
        self.run(job, input).unwrap();
    }
    fn killed(&mut self, job: &str, input: &Value, k: usize, after: bool) -> Option<()> {
        self.killed_at(job, input, k, after)
    }
    fn later(&mut self) {
        self.advance(crate::common::LATER);
    }
    fn told(&self) -> String {
        format!("{:?}", self.host.logs)
    }
}
