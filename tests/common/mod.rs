//! The world that tests of the OnApp module run in: the reference host in memory, the simulated panel without sockets,
//! and the crash enumerator that kills a job around every op.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use provisor::host::memory::MemoryHost;
use provisor::host::{LogEntry, Port, PortError};
use provisor::http::memory::MemoryTransport;
use provisor::http::{Kind, Method, Response, SendError, Transport};
use provisor::module::Env;
use provisor::session::{Ended, drive};
use provisor::time::Instant;
use provisor_simulator::{Options, Simulator, Version};
use serde_json::{Value, json};
use std::sync::Arc;

/// An instant from its text.
pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A host, a panel, and what lies between them.
pub struct World {
    /// The panel.
    pub panel: Arc<Simulator>,
    /// The host.
    pub host: MemoryHost,
    /// How jobs reach the panel.
    pub env: Env,
    /// How they reached it in the beginning.
    plain: Arc<dyn Transport>,
}

/// Requests go to the simulator in memory, as the real transport would send them.
pub fn transport(panel: Arc<Simulator>) -> MemoryTransport {
    MemoryTransport::new(move |request| {
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        let rest = request.url.split_once("://").map_or("", |(_, rest)| rest);
        let target = &rest[rest.find('/').unwrap_or(rest.len())..];
        let mut headers = request.headers.clone();
        if let Some(auth) = &request.auth {
            headers.push(("Authorization".into(), basic(&auth.user, auth.password.reveal())));
        }
        let body = request.body.clone().unwrap_or_default();
        let (status, headers, body) = panel.handle(method, target, &headers, &body);
        if status == 0 {
            let fault = headers.first().map(|(_, v)| v.clone()).unwrap_or_default();
            return Err(match fault.as_str() {
                "reset_before" => SendError::unknown(Kind::Reset),
                _ => SendError::unknown(Kind::ReadTimeout),
            });
        }
        let mut response = Response::new(status, body);
        response.headers = headers;
        Ok(response)
    })
}

/// The value of a header that logs a user in.
pub fn basic(user: &str, password: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = format!("{user}:{password}").into_bytes();
    let mut out = String::from("Basic ");
    for chunk in bytes.chunks(3) {
        let n = (u32::from(chunk[0]) << 16)
            | (u32::from(*chunk.get(1).unwrap_or(&0)) << 8)
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(ALPHABET[(n >> (18 - 6 * i)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Stored product options as the old module would have saved them, for the simulator's catalogue.
pub fn product_options(slot24: &str) -> Vec<String> {
    let mut slots: Vec<String> = ["1", "1", "1024", "0,1", "1", "1", "50", "", "1,0", "on,0", "20,0"]
        .iter()
        .map(|s| (*s).to_owned())
        .collect();
    slots.resize(24, String::new());
    slots[17] = "1".into();
    slots[23] = slot24.into();
    slots
}

impl World {
    /// Release 6.5 on 2026-01-01.
    pub fn new() -> Self {
        Self::with(Version { major: 6, minor: 5 })
    }

    /// Another release.
    pub fn with(version: Version) -> Self {
        let panel = Arc::new(Simulator::in_memory(Options {
            version,
            ..Options::default()
        }));
        let env = Env {
            transport: Arc::new(transport(panel.clone())),
        };
        let mut host = MemoryHost::new(at("2026-01-01T00:00:00Z"));
        host.servers.insert(
            "1".into(),
            json!({ "id": "1", "name": "cloud", "hostname": "localhost", "username": panel.user,
                    "password": { "secret": panel.password }, "access_hash": { "secret": "" } }),
        );
        host.settings = json!({ "time_zone": "UTC", "invoice_due_days": 14, "tax_enabled": false, "today": "" });
        Self {
            plain: env.transport.clone(),
            panel,
            host,
            env,
        }
    }

    /// Another world with the same past: making the past again for each crash would take longer.
    pub fn copy(&self) -> Self {
        assert!(self.is_plain(), "a way to the panel of the test's own cannot be copied");
        let panel = Arc::new(self.panel.copy());
        let env = Env {
            transport: Arc::new(transport(panel.clone())),
        };
        Self {
            plain: env.transport.clone(),
            env,
            panel,
            host: self.host.clone(),
        }
    }

    /// Jobs reach the panel as they did in the beginning.
    fn is_plain(&self) -> bool {
        Arc::ptr_eq(&self.plain, &self.env.transport)
    }

    /// Adds a service of client 7 whose product includes 1000 MB and charges 0.02 per MB above.
    pub fn add_service(&mut self, id: &str) {
        self.host.services.insert(
            id.into(),
            json!({
                "id": id, "client_id": "7", "server_id": "1", "status": "Pending", "domain": format!("vm{id}.example.com"),
                "reg_date": "2026-01-01", "payment_method": "banktransfer", "bw_limit": "0",
                "product": { "id": "3", "name": "Cloud VM", "kind": "server", "module": "onapp",
                             "options": product_options(""), "overages": "1,MB,MB", "bw_limit": "1000",
                             "bw_price": "0.0200", "disk_limit": "0", "tax": true },
                "client": { "id": "7", "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace" },
                "currency": { "code": "USD", "prefix": "$", "suffix": "", "digits": 2, "rate": "1.00000" },
                "options": []
            }),
        );
    }

    /// The input of a verb on one service, as the host would hand it over.
    pub fn verb(&self, id: &str) -> Value {
        let service = &self.host.services[id];
        json!({
            "service": { "id": id, "client_id": service["client_id"], "addon_id": "0", "product_type": "server", "domain": service["domain"],
                         "password": { "secret": "Root-pw-7" } },
            "options": service["product"]["options"],
            "server": self.host.servers["1"],
        })
    }

    /// The simulator's present.
    pub fn now(&self) -> Instant {
        self.panel.now()
    }

    /// A config for a job at the simulator's present.
    pub fn config(&self, job: &str, input: &Value) -> Vec<u8> {
        let now = self.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        json!({ "v": 1, "job": job, "now": now, "limits": { "lease_seconds": 600, "read_seconds": 2, "step_seconds": 5 },
                "input": input })
        .to_string()
        .into_bytes()
    }

    /// Runs a job to its end.
    pub fn run(&mut self, job: &str, input: Value) -> Result<Value, Ended> {
        let config = self.config(job, &input);
        let mut session = provisor::start(&config, self.env.clone());
        drive(&mut session, &mut self.host)
    }

    /// Runs a verb on one service.
    pub fn verb_on(&mut self, verb: &str, id: &str) -> Result<Value, Ended> {
        let input = self.verb(id);
        self.run(&format!("onapp.{verb}"), input)
    }

    /// Runs a job that is killed at its k-th op: before the host applied it, or after, before the answer. `None` when
    /// the job ended before that op.
    pub fn killed_at(&mut self, job: &str, input: &Value, k: usize, after: bool) -> Option<()> {
        let config = self.config(job, input);
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

    /// Moves the panel's clock and, with it, the database's, so that leases end.
    pub fn advance(&mut self, seconds: i64) {
        self.panel.advance(seconds);
        self.host.clock += chrono::TimeDelta::seconds(seconds);
    }

    /// VMs that are alive at the panel.
    pub fn living_vms(&self) -> Vec<Value> {
        let state = self.panel.state();
        state["vms"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|vm| vm["deleted_at"].is_null())
            .cloned()
            .collect()
    }

    /// All kilobytes that the panel knows of.
    pub fn true_kb(&self) -> u64 {
        let state = self.panel.state();
        let kb = |vm: &Value, name: &str| vm[name].as_u64().unwrap_or(0);
        state["vms"]
            .as_array()
            .unwrap()
            .iter()
            .map(|vm| kb(vm, "sent_kb") + kb(vm, "received_kb"))
            .sum()
    }

    /// Traffic of one VM, the same in each hour of an interval.
    pub fn traffic(&self, vm: u64, from: &str, to: &str, kb_per_hour: u64) {
        self.panel
            .control(
                "POST",
                "traffic",
                &json!({ "vm": vm, "from": from, "to": to, "kb_per_hour": kb_per_hour }),
            )
            .unwrap();
    }

    /// A service with a VM that is built and settled.
    pub fn with_ready_vm(mut self, id: &str) -> Self {
        self.add_service(id);
        self.verb_on("create", id).unwrap();
        self.advance(900);
        self.run("onapp.settle", json!({})).unwrap();
        assert_eq!(self.state_of(id), "ready", "{:?}", self.host.logs);
        self
    }

    /// Our own state word of a service.
    pub fn state_of(&self, id: &str) -> String {
        self.host
            .rows("mod_provisor_services")
            .iter()
            .find(|row| row["service_id"] == json!(id))
            .map_or_else(String::new, |row| row["state"].as_str().unwrap_or_default().to_owned())
    }

    /// The VM id on record.
    pub fn vm_of(&self, id: &str) -> u64 {
        let rows = self.host.rows("tblonappservices");
        let row = rows.iter().find(|row| row["service_id"] == json!(id)).unwrap();
        row["vm_id"].as_str().unwrap().parse().unwrap()
    }
}

/// A host that dies at one op, and with it the whole process: the session is dropped unanswered.
pub struct Killer<'a> {
    /// The host.
    pub host: &'a mut MemoryHost,
    /// Ops to go.
    pub left: usize,
    /// Die after the host applied the op, or before.
    pub after: bool,
    /// It happened.
    pub killed: bool,
}

impl Port for Killer<'_> {
    fn answer(&mut self, op: &str, args: &Value) -> Result<Value, PortError> {
        if self.killed {
            return Err(PortError {
                code: "test.dead".into(),
                message: "dead".into(),
            });
        }
        if self.left == 0 {
            self.killed = true;
            if self.after {
                let _ = self.host.answer(op, args);
            }
            // Unwinding out of the step loop would need a catch; an error ends the job, and a job that ends in an error
            // asks further ops only to release its claim, which a dead process cannot: those fail too.
            return Err(PortError {
                code: "test.dead".into(),
                message: "dead".into(),
            });
        }
        self.left -= 1;
        self.host.answer(op, args)
    }
    fn clock(&mut self) -> Instant {
        self.host.clock()
    }
    fn log(&mut self, entry: &LogEntry) {
        self.host.log(entry);
    }
}

/// A job that is led by hand, one op at a time: two of them on one host are two runners.
pub struct Runner {
    session: provisor::session::Session,
    /// The op that is owed: its id, name and arguments.
    pub owed: Option<(String, String, Value)>,
    /// How it ended: 0, or the class of its error, with the message.
    pub ended: Option<(i32, Value)>,
}

impl Runner {
    /// Starts a job and leads it to its first op.
    pub fn start(world: &World, job: &str, input: &Value) -> Self {
        Self::open(&world.config(job, input), world.env.clone())
    }

    /// Starts a job with a config of its own.
    pub fn open(config: &[u8], env: Env) -> Self {
        let mut runner = Self {
            session: provisor::start(config, env),
            owed: None,
            ended: None,
        };
        runner.go(None);
        runner
    }

    fn go(&mut self, reply: Option<Vec<u8>>) {
        use provisor::session::Step;
        let (class, bytes) = match self.session.step(reply.as_deref()) {
            Step::Op(bytes) => (1, bytes.to_vec()),
            Step::Report(bytes) => (0, bytes.to_vec()),
            Step::Failed(class, bytes) => (class, bytes.to_vec()),
        };
        let told: Value = serde_json::from_slice(&bytes).unwrap();
        if class == 1 {
            let text = |name: &str| told[name].as_str().unwrap().to_owned();
            self.owed = Some((text("id"), text("op"), told["args"].clone()));
        } else {
            self.owed = None;
            self.ended = Some((class, told));
        }
    }

    /// The name of the op that is owed.
    pub fn op(&self) -> &str {
        self.owed.as_ref().map_or("", |(_, op, _)| op.as_str())
    }

    /// Lets the host answer the op that is owed.
    pub fn answer(&mut self, host: &mut MemoryHost) {
        let (id, op, args) = self.owed.take().unwrap();
        let now = host.clock.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let reply = match host.answer(&op, &args) {
            Ok(value) => json!({ "v": 1, "id": id, "now": now, "value": value }),
            Err(e) => json!({ "v": 1, "id": id, "now": now, "error": { "code": e.code, "message": e.message } }),
        };
        self.go(Some(reply.to_string().into_bytes()));
    }

    /// Leads the job to its end.
    pub fn finish(&mut self, host: &mut MemoryHost) {
        while self.owed.is_some() {
            self.answer(host);
        }
    }
}

/// Longer than a lease.
pub const LATER: i64 = 700;

/// A world in which a job can be killed.
pub trait Crashable {
    /// Runs a job to its end, or fails the test.
    fn run_whole(&mut self, job: &str, input: &Value);
    /// Runs a job that is killed at its k-th op, before or after the host applied it; None when it ended before.
    fn killed(&mut self, job: &str, input: &Value, k: usize, after: bool) -> Option<()>;
    /// Lets a lease end.
    fn later(&mut self);
    /// What was logged, for the message of a failed test.
    fn told(&self) -> String;
    /// Another world with the same past, where that is possible.
    fn copied(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
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
    fn copied(&self) -> Option<Self> {
        self.is_plain().then(|| self.copy())
    }
}

/// Runs `job` in a fresh world, killed at every op and on both sides of it; `again` finishes the work; `end` describes
/// the final state, which must equal that of a run without a crash.
pub fn enumerate<W: Crashable>(
    make: impl Fn() -> W,
    job: &str,
    input: impl Fn(&W) -> Value,
    again: impl Fn(&mut W),
    end: impl Fn(&W) -> Value,
) -> usize {
    let fresh = make();
    let make = || fresh.copied().unwrap_or_else(&make);
    let mut undisturbed = make();
    let given = input(&undisturbed);
    undisturbed.run_whole(job, &given);
    undisturbed.later();
    again(&mut undisturbed);
    let expected = end(&undisturbed);
    let mut crashes = 0;
    for after in [false, true] {
        for k in 0.. {
            let mut world = make();
            let given = input(&world);
            if world.killed(job, &given, k, after).is_none() {
                assert!(k > 2, "{job} asked only {k} ops: nothing was enumerated");
                break;
            }
            crashes += 1;
            world.later();
            again(&mut world);
            let side = if after { "after" } else { "before" };
            assert_eq!(
                end(&world),
                expected,
                "{job} killed {side} op {k}; log: {}",
                world.told()
            );
        }
    }
    crashes
}
