//! Stateful fakes of the control panels that provisor drives: the OnApp control panel, SingleHop LEAP (both generations
//! of its API) and the Backup Server.
//!
//! Each keeps what its panel keeps; its clock moves only when told to, so that a month passes in a millisecond; it knows
//! the truth (which bytes flowed when, which account is active) and can be asked for it under `/_sim/state`; and it can
//! misbehave on demand (`/_sim/faults`). What it answers follows `reference: onapp-api.md` and
//! `reference: storegrid-singlehop.md`; where these are unsure, a switch (`/_sim/quirks`, `/_sim/mode`) shows the ways.
//!
//! ```
//! use provisor_simulator::{Options, Simulator};
//!
//! let simulator = Simulator::start(Options::default())?;
//! assert!(simulator.url.starts_with("http://127.0.0.1:"));
//! let (status, _, body) = simulator.get("/version.json");
//! assert_eq!((status, body["version"].as_str()), (200, Some("6.5.0-143")));
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod backup;
pub mod clock;
pub mod faults;
pub mod leap;
pub mod onapp;
pub mod panel;
pub mod random;
pub mod request;
pub mod server;
pub mod site;
pub mod switches;
pub mod tls;
pub mod version;

use crate::clock::{Clock, Time};
use crate::request::Request;
use crate::server::Server;
use crate::site::Site;
use base64::Engine;
use chrono::DateTime;
pub use panel::PanelKind;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
pub use tls::TlsMode;
pub use version::Version;

/// How a simulator is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which panel is imitated.
    pub panel: PanelKind,
    /// Where it listens; port 0 means any free one.
    pub address: SocketAddr,
    /// Serve https, with this certificate.
    pub tls: Option<TlsMode>,
    /// How long each answer waits, in real time.
    pub latency: Duration,
    /// The same seed gives the same identifiers, passwords and generated traffic.
    pub seed: u64,
    /// Which release of OnApp is imitated.
    pub version: Version,
    /// Where the simulated clock starts.
    pub start: Time,
    /// The clock runs at this factor of real time; `None`: it stands until moved.
    pub realtime: Option<f64>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            panel: PanelKind::OnApp,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            latency: Duration::ZERO,
            seed: 1,
            version: Version { major: 6, minor: 5 },
            // 2026-01-01T00:00:00Z
            start: DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default(),
            realtime: None,
        }
    }
}

/// A running simulator. Dropping it closes its port and its connections.
#[derive(Debug)]
pub struct Simulator {
    /// The base address, for example `http://127.0.0.1:40001`; empty when started in memory.
    pub url: String,
    /// The login of the account that may do everything.
    pub user: String,
    /// The password of that account.
    pub password: String,
    /// What else a client needs to know, for LEAP its other credentials: a JSON object.
    pub introduction: Value,
    /// The authority's certificate, when https is served.
    pub ca_file: Option<PathBuf>,
    /// The server's own certificate as PEM, when https is served: what to trust when it is self-signed.
    pub certificate: Option<String>,
    site: Arc<Site>,
    server: Option<Server>,
}

impl Simulator {
    /// Starts a simulator on a socket.
    ///
    /// # Errors
    /// The address is taken or not ours, or a certificate could not be made. Nothing is left running.
    pub fn start(options: Options) -> io::Result<Simulator> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let mut simulator = Simulator::in_memory(options.clone());
        let mut scheme = "http";
        let mut config = None;
        if let Some(mode) = options.tls {
            let prepared = tls::prepare(mode)?;
            let name = format!(
                "provisor-simulator-{}-{}-ca.pem",
                std::process::id(),
                COUNTER.fetch_add(1, Ordering::SeqCst)
            );
            let path = std::env::temp_dir().join(name);
            std::fs::write(&path, prepared.authority)?;
            simulator.ca_file = Some(path);
            scheme = "https";
            config = Some(prepared.config);
            simulator.certificate = Some(prepared.certificate);
        }
        let server = Server::start(options.address, simulator.site.clone(), config, options.latency)?;
        simulator.url = format!("{scheme}://{}", server.address);
        simulator.server = Some(server);
        Ok(simulator)
    }

    /// The same panel without a socket, for [`Simulator::handle`].
    pub fn in_memory(options: Options) -> Simulator {
        let clock = Clock::new(options.start, options.realtime);
        let panel = options.panel.make(options.version, options.seed, clock);
        let (user, password) = panel.login();
        Simulator {
            url: String::new(),
            user,
            password,
            introduction: panel.introduction(),
            ca_file: None,
            certificate: None,
            site: Arc::new(Site::new(panel)),
            server: None,
        }
    }

    /// Another simulator in memory with the same past: what happens to one does not happen to the other.
    pub fn copy(&self) -> Simulator {
        Simulator {
            url: String::new(),
            user: self.user.clone(),
            password: self.password.clone(),
            introduction: self.introduction.clone(),
            ca_file: None,
            certificate: None,
            site: Arc::new(self.site.copy()),
            server: None,
        }
    }

    /// Handles one request in memory, faults included. Status 0 with the header `x-simulator-fault` stands for a
    /// connection that was cut, or that would never answer.
    pub fn handle(
        &self,
        method: &str,
        path_and_query: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let request = Request {
            method: method.to_uppercase(),
            target: path_and_query.into(),
            headers: headers.iter().map(|(n, v)| (n.to_lowercase(), v.clone())).collect(),
            body: body.to_vec(),
        };
        let fault = self.site.fault(&request);
        let cut = |name: &str| (0, vec![("x-simulator-fault".to_string(), name.to_string())], Vec::new());
        use faults::Kind;
        match fault.as_ref().map(|f| (&f.kind, f.name.as_str())) {
            Some((Kind::ResetBefore, name)) => {
                self.site.note(&request, fault.as_ref());
                cut(name)
            }
            Some((Kind::ResetAfter | Kind::Stall | Kind::Truncated | Kind::Slow(_) | Kind::Delay(_), name)) => {
                let _ = self.site.respond(&request, fault.as_ref());
                cut(name)
            }
            _ => {
                let answer = self.site.respond(&request, fault.as_ref());
                (answer.status, answer.headers, answer.body)
            }
        }
    }

    /// A request with Basic credentials and an optional JSON body; the answer's body decoded (null when it is no JSON).
    pub fn call_as(
        &self,
        login: &str,
        password: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Vec<(String, String)>, Value) {
        let token = base64::engine::general_purpose::STANDARD.encode(format!("{login}:{password}"));
        let headers = [
            ("Authorization".to_string(), format!("Basic {token}")),
            ("Accept".to_string(), "application/json".to_string()),
            ("Content-Type".to_string(), "application/json".to_string()),
        ];
        let bytes = body.map(|b| b.to_string().into_bytes()).unwrap_or_default();
        let (status, headers, body) = self.handle(method, path, &headers, &bytes);
        (status, headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// [`Simulator::call_as`] by the account that may do everything.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Vec<(String, String)>, Value) {
        self.call_as(&self.user, &self.password, method, path, body)
    }

    /// A GET by the account that may do everything.
    pub fn get(&self, path: &str) -> (u16, Vec<(String, String)>, Value) {
        self.call("GET", path, None)
    }

    /// A control request, for example `control("POST", "vm", &json!({"action": "delete", "vm": 1}))`.
    ///
    /// # Errors
    /// The sentence that the simulator refused with.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let (status, _, answer) = self.handle(method, &format!("/_sim/{path}"), &[], &bytes);
        let value: Value = serde_json::from_slice(&answer).unwrap_or(Value::Null);
        if status == 200 {
            Ok(value)
        } else {
            Err(value["error"].as_str().unwrap_or("refused").to_string())
        }
    }

    /// The simulated present.
    pub fn now(&self) -> Time {
        self.site.panel().now()
    }

    /// Moves the clock forward.
    pub fn advance(&self, seconds: i64) {
        let mut panel = self.site.panel();
        let to = panel.now() + chrono::Duration::seconds(seconds.max(0));
        panel.move_clock(to);
    }

    /// Moves the clock forward to an instant.
    ///
    /// # Errors
    /// The instant lies in the past; the clock stays.
    pub fn advance_to(&self, to: Time) -> Result<(), String> {
        let mut panel = self.site.panel();
        if panel.move_clock(to) {
            Ok(())
        } else {
            Err(format!("the clock never goes back: it is {} already", panel.now()))
        }
    }

    /// Adds traffic that a VM sent and received in the hour that starts at `hour`, in KB.
    ///
    /// # Errors
    /// No such VM, or it has no interface.
    pub fn add_traffic(&self, vm: u64, hour: &str, sent_kb: i64, received_kb: i64) -> Result<Value, String> {
        self.control(
            "POST",
            "traffic",
            &json!({"vm": vm, "hour": hour, "sent_kb": sent_kb, "received_kb": received_kb}),
        )
    }

    /// Replaces the fault rules, for example `faults(&json!([{"kind": "reset_after", "count": 1}]))`.
    ///
    /// # Errors
    /// A rule is wrong; the old ones stay.
    pub fn faults(&self, rules: &Value) -> Result<Value, String> {
        self.control("POST", "faults", rules)
    }

    /// Refuses connections for a while, in real time, and closes the open ones; the state stays. Nothing happens to a
    /// simulator in memory.
    pub fn go_down(&self, time: Duration) {
        if let Some(server) = &self.server {
            self.site.go_down(time);
            let _ = std::net::TcpStream::connect(server.address);
        }
    }

    /// The truth: everything that the panel keeps, what is gone included, and every byte.
    pub fn state(&self) -> Value {
        self.control("GET", "state", &Value::Null).unwrap_or(Value::Null)
    }

    /// The log of all requests so far.
    pub fn requests(&self) -> Vec<Value> {
        match self.control("GET", "requests", &Value::Null) {
            Ok(Value::Array(list)) => list,
            _ => Vec::new(),
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.take();
        if let Some(path) = &self.ca_file {
            let _ = std::fs::remove_file(path);
        }
    }
}
