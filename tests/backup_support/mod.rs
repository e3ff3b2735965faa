//! The world that tests of the Backup Server module run in: the reference host in memory, the simulated Backup Server
//! without sockets, and the crash enumerator of `tests/common` for it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../common/mod.rs"]
pub mod common;

use common::{Crashable, Killer, LATER, at, transport};
use provisor::host::memory::MemoryHost;
use provisor::module::Env;
use provisor::session::{Ended, drive};
use provisor::time::Instant;
use provisor_simulator::{Options, PanelKind, Simulator};
use serde_json::{Value, json};
use std::sync::Arc;

/// The calls for which the reference has no path, where the simulator has them.
pub fn all_calls() -> Value {
    json!({ "contract": { "paths": { "update": "/interface/whmcs/update.php", "usage": "/interface/whmcs/usage.php",
            "login": "/interface/whmcs/check.php" } } })
}

/// A host with a client, and a Backup Server.
pub struct World {
    pub panel: Arc<Simulator>,
    pub host: MemoryHost,
    pub env: Env,
    /// What the module's config.json holds.
    pub configuration: Value,
}

impl World {
    pub fn new() -> Self {
        let panel = Arc::new(Simulator::in_memory(Options {
            panel: PanelKind::Backup,
            ..Options::default()
        }));
        let env = Env {
            transport: Arc::new(transport(panel.clone())),
        };
        let mut host = MemoryHost::new(at("2026-01-01T00:00:00Z"));
        host.settings = json!({ "time_zone": "UTC", "invoice_due_days": 14, "tax_enabled": false, "today": "" });
        host.clients.insert("7".into(), client("7", "Acme GmbH"));
        host.client_fields = vec![("Pass Key".into(), true)];
        Self {
            panel,
            host,
            env,
            configuration: all_calls(),
        }
    }

    /// A product's fields, as the host stores them: an order becomes a reseller.
    pub fn reseller(&self) -> Vec<String> {
        self.options(&[])
    }

    /// An order becomes a customer, and its pass key is fetched.
    pub fn customer(&self) -> Vec<String> {
        self.options(&[(6, "Signup Customer"), (23, "on")])
    }

    /// The reseller's fields with others set.
    pub fn options(&self, set: &[(usize, &str)]) -> Vec<String> {
        let mut slots = vec![String::new(); 24];
        for (slot, text) in [
            (1, "https"),
            (2, "backup.example.net"),
            (4, self.panel.user.as_str()),
            (5, self.panel.password.as_str()),
            (6, "Signup Reseller"),
            (8, "on"),
            (9, "on"),
            (10, "536870912000"),
            (14, "on"),
            (16, "Global Configuration"),
            (18, "Always Throttle"),
        ]
        .iter()
        .chain(set)
        {
            slots[slot - 1] = (*text).to_owned();
        }
        slots
    }

    /// A service of client 7 whose product has these fields.
    pub fn add_service(&mut self, id: &str, options: Vec<String>) {
        self.host.services.insert(
            id.into(),
            json!({
                "id": id, "client_id": "7", "status": "Active",
                "product": { "id": "3", "name": "Backup", "kind": "other", "module": "backupserver", "options": options },
                "client": self.host.clients["7"],
            }),
        );
    }

    /// The input of a job on one service, as the host hands it over.
    pub fn verb(&self, id: &str) -> Value {
        let service = &self.host.services[id];
        let username = self
            .host
            .fields
            .get(id)
            .map_or("", |set| set["username"].as_str().unwrap());
        json!({
            "service": { "id": id, "client_id": service["client_id"], "addon_id": "0", "product_type": "other",
                         "domain": "", "username": username, "password": { "secret": "" } },
            "options": service["product"]["options"],
            "configuration": self.configuration.to_string(),
            "caller": { "kind": "system", "client_id": "", "post": false, "token": false },
            "form": {},
        })
    }

    /// As the service's own client asks, by POST and with the token.
    pub fn as_client(&self, id: &str) -> Value {
        let mut input = self.verb(id);
        input["caller"] = json!({ "kind": "client", "client_id": "7", "post": true, "token": true });
        input
    }

    /// As staff ask, by POST and with the token.
    pub fn as_staff(&self, id: &str) -> Value {
        let mut input = self.verb(id);
        input["caller"] = json!({ "kind": "staff", "client_id": "", "post": true, "token": true });
        input
    }

    /// The input of an action hook.
    pub fn hook(&self, kind: &str, client: &str, order: &str) -> Value {
        json!({
            "kind": kind, "client_id": client, "order_id": order, "modules": ["backupserver", "acme"],
            "configuration": self.configuration.to_string(),
            "settings": { "protocal": "https", "server_name": "backup.example.net", "port": "6061",
                          "user_name": self.panel.user, "login_password": { "secret": self.panel.password } },
        })
    }

    pub fn now(&self) -> Instant {
        self.panel.now()
    }

    fn config(&self, job: &str, input: &Value) -> Vec<u8> {
        let now = self.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        json!({ "v": 1, "job": job, "now": now, "limits": { "lease_seconds": 600, "read_seconds": 2, "step_seconds": 5 },
                "input": input })
        .to_string()
        .into_bytes()
    }

    /// Runs a job to its end.
    pub fn run(&mut self, job: &str, input: Value) -> Result<Value, Ended> {
        let config = self.config(&format!("backupserver.{job}"), &input);
        let mut session = provisor::start(&config, self.env.clone());
        drive(&mut session, &mut self.host)
    }

    /// Runs a verb on one service.
    pub fn verb_on(&mut self, verb: &str, id: &str) -> Result<Value, Ended> {
        let input = self.verb(id);
        self.run(verb, input)
    }

    /// The code and sentences of a verb that must fail.
    pub fn refused(&mut self, verb: &str, input: Value) -> (String, String) {
        let ended = self.run(verb, input).unwrap_err();
        told(&ended)
    }

    /// A job that is killed at its k-th op, as in `tests/common`.
    pub fn killed_at(&mut self, job: &str, input: &Value, k: usize, after: bool) -> Option<()> {
        let config = self.config(&format!("backupserver.{job}"), input);
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

    pub fn advance(&mut self, seconds: i64) {
        self.panel.advance(seconds);
        self.host.clock += chrono::TimeDelta::seconds(seconds);
    }

    pub fn control(&self, path: &str, body: Value) {
        self.panel.control("POST", path, &body).unwrap();
    }

    /// Accounts that were not there from the start.
    pub fn accounts(&self) -> Vec<Value> {
        let state = self.panel.state();
        let made = |a: &&Value| !["Default Reseller", "North"].contains(&a["name"].as_str().unwrap());
        state["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(made)
            .cloned()
            .collect()
    }

    /// Name and activity of those accounts.
    pub fn standing(&self) -> Vec<(String, bool)> {
        let pair = |a: &Value| (a["name"].as_str().unwrap().to_owned(), a["active"].as_bool().unwrap());
        self.accounts().iter().map(pair).collect()
    }

    /// What was sent with the calls of this action, newest last.
    pub fn sent(&self, action: &str) -> Vec<Value> {
        let asked = |r: &&Value| r["action"] == json!(action);
        let log = self.panel.requests();
        log.iter().filter(asked).map(|r| r["parameters"].clone()).collect()
    }

    /// Warnings of all jobs so far.
    pub fn warnings(&self) -> Vec<String> {
        let warning = |l: &&provisor::host::LogEntry| l.level == "warning";
        self.host
            .logs
            .iter()
            .filter(warning)
            .map(|l| format!("{}: {}", l.code, l.text))
            .collect()
    }

    /// The pass key in the client's own field.
    pub fn stored_key(&self, field: &str) -> Option<String> {
        let value = self.host.client_values.get(&("7".into(), field.into()))?;
        Some(value["secret"].as_str().unwrap().to_owned())
    }
}

/// Code and sentences of a failure.
pub fn told(ended: &Ended) -> (String, String) {
    (ended.code.clone(), ended.message.clone())
}

/// A client as the host tells of it.
pub fn client(id: &str, company: &str) -> Value {
    json!({ "id": id, "email": "ann@acme.example", "first_name": "Ann", "last_name": "Lee", "company": company,
            "phone": "+49 30 1", "address1": "Weg 1", "address2": "", "city": "Berlin", "state": "", "postcode": "10115",
            "country": "DE" })
}

impl Crashable for World {
    fn run_whole(&mut self, job: &str, input: &Value) {
        self.run(job, input.clone()).unwrap();
    }
    fn killed(&mut self, job: &str, input: &Value, k: usize, after: bool) -> Option<()> {
        self.killed_at(job, input, k, after)
    }
    fn later(&mut self) {
        self.advance(LATER);
    }
    fn told(&self) -> String {
        format!("{:?}", self.host.logs)
    }
}
