//! A panel in memory for tests of the OnApp client: it answers what it is told and keeps what was asked.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use provisor::http::memory::MemoryTransport;
use provisor::http::{Basic, Client, Endpoint, Limits, Response, SendError};
use provisor::panel::onapp::Panel;

/// A password that nothing may show.
pub const PLANTED: &str = "pl4nted-Passw0rd";

/// A panel that answers everything with one answer and keeps what was asked.
pub struct Fake {
    /// The client under test.
    pub panel: Panel,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Fake {
    /// One answer for everything.
    pub fn new(version: &str, status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::serving(version, move |_| Ok(Response::new(status, body.clone())))
    }

    /// Answers by the call, `GET /version.json`.
    pub fn serving(version: &str, serve: impl Fn(&str) -> Result<Response, SendError> + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = asked.clone();
        let transport = MemoryTransport::new(move |request| {
            let call = format!(
                "{} {}",
                request.method,
                request.url.strip_prefix("https://cp.test").unwrap()
            );
            let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
            notes.lock().unwrap().push((call.clone(), body));
            let answer = serve(&call)?;
            Ok(answer.header("Content-Type", "application/json; charset=utf-8"))
        });
        let endpoint = Endpoint {
            base_url: "https://cp.test".to_owned(),
            connect_ip: None,
            ca_file: None,
            credentials: Basic {
                user: "admin".to_owned(),
                password: PLANTED.into(),
            },
        };
        let limits = Limits {
            retries: 0,
            ..Limits::default()
        };
        let client = Client::new(Arc::new(transport), endpoint, limits, Arc::new(AtomicU64::new(1)));
        Self {
            panel: Panel::new(client, version.parse().unwrap()),
            asked,
        }
    }

    /// What was asked so far: calls and bodies.
    pub fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }

    /// The one call that was made, and its body as JSON.
    pub fn sent(&self) -> (String, serde_json::Value) {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        let (call, body) = asked.into_iter().next().unwrap();
        (
            call,
            if body.is_empty() {
                serde_json::Value::Null
            } else {
                serde_json::from_str(&body).unwrap()
            },
        )
    }
}

/// A release on each side of every difference.
pub const RELEASES: [&str; 8] = ["2.3", "3.0", "4.2", "5.5", "5.6", "6.2", "6.5", "7.0"];
