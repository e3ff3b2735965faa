//! One simulated site: the panel, its fault menu and its request log behind locks. Decides what a request is answered,
//! with or without sockets.

use crate::clock;
use crate::faults::{Fault, Faults, Kind};
use crate::panel::Panel;
use crate::request::{Answer, Request, int, text};
use serde_json::{Map, Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A panel with everything around it.
#[derive(Debug)]
pub struct Site {
    panel: Mutex<Box<dyn Panel>>,
    faults: Mutex<Faults>,
    log: Mutex<Vec<Value>>,
    down: Mutex<Option<Duration>>,
}

/// What the panel has to say about a request beside its answer, for the log.
#[derive(Debug, Default, Clone)]
pub struct Record {
    /// The login that the credentials belong to.
    pub login: Option<String>,
    /// The permission that a 403 was about.
    pub missing_permission: Option<String>,
    /// What else the panel tells: fields beside the common ones, without secrets.
    pub more: Map<String, Value>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site {
    /// A site around a panel.
    pub fn new(panel: Box<dyn Panel>) -> Site {
        Site {
            panel: Mutex::new(panel),
            faults: Mutex::default(),
            log: Mutex::default(),
            down: Mutex::default(),
        }
    }

    /// Another site with the same panel, faults and log.
    pub fn copy(&self) -> Site {
        Site {
            panel: Mutex::new(lock(&self.panel).copy()),
            faults: Mutex::new(lock(&self.faults).clone()),
            log: Mutex::new(lock(&self.log).clone()),
            down: Mutex::default(),
        }
    }

    /// The panel itself.
    pub fn panel(&self) -> MutexGuard<'_, Box<dyn Panel>> {
        lock(&self.panel)
    }

    /// Asks the server to refuse connections for a while, in real time. It does so at the next connection.
    pub fn go_down(&self, time: Duration) {
        *lock(&self.down) = Some(time);
    }

    /// Whether the server was asked to go down and has not yet.
    pub fn wants_down(&self) -> bool {
        lock(&self.down).is_some()
    }

    /// Takes the order to go down.
    pub fn take_down(&self) -> Option<Duration> {
        lock(&self.down).take()
    }

    /// Chooses the fault of a request. Asked once a request, because rules count.
    pub fn fault(&self, request: &Request) -> Option<Fault> {
        if request.path().starts_with("/_sim") {
            None
        } else {
            lock(&self.faults).pick(request)
        }
    }

    /// Answers a request under its fault. Faults of the connection are left to the server.
    pub fn respond(&self, request: &Request, fault: Option<&Fault>) -> Answer {
        if request.path().starts_with("/_sim") {
            return self.control(request);
        }
        let replaced = fault.and_then(|f| replacement(&f.kind));
        let work = fault.is_none_or(|f| f.processed);
        let (answer, record) = if work {
            let (answer, record) = lock(&self.panel).answer(request);
            (replaced.unwrap_or(answer), record)
        } else {
            (replaced.unwrap_or_else(|| Answer::empty(503)), Record::default())
        };
        self.write_log(request, Some(answer.status), &record, fault);
        let now = lock(&self.panel).now();
        answer.with("Date", now.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }

    /// Logs a request that never got as far as an answer.
    pub fn note(&self, request: &Request, fault: Option<&Fault>) {
        self.write_log(request, None, &Record::default(), fault);
    }

    fn write_log(&self, request: &Request, status: Option<u16>, record: &Record, fault: Option<&Fault>) {
        let at = stamp(lock(&self.panel).now());
        let mut log = lock(&self.log);
        let number = log.len() + 1;
        let mut entry = json!({
            "n": number, "at": at, "method": request.method, "path": request.path(),
            "query": hide(request.query()), "login": record.login, "status": status,
            "missing_permission": record.missing_permission, "fault": fault.map(|f| f.name.clone()),
        });
        if let Some(entry) = entry.as_object_mut() {
            entry.extend(record.more.clone());
        }
        log.push(entry);
    }

    fn control_clock(&self, body: &Value) -> Result<Value, String> {
        let mut panel = lock(&self.panel);
        let to = match (int(&body["advance_seconds"]), clock::parse(&text(&body["to"]))) {
            (Some(seconds), _) => panel.now() + chrono::Duration::seconds(seconds),
            (None, Some(to)) => to,
            (None, None) => return Err("send {\"advance_seconds\":N} or {\"to\":\"RFC 3339\"}".into()),
        };
        if !panel.move_clock(to) {
            return Err(format!(
                "the clock never goes back: it is {} already",
                stamp(panel.now())
            ));
        }
        Ok(json!({"now": stamp(panel.now())}))
    }

    fn control(&self, request: &Request) -> Answer {
        let path = request.path().trim_start_matches("/_sim").trim_matches('/');
        let body = || -> Value { serde_json::from_slice(&request.body).unwrap_or(Value::Null) };
        let result = match (request.method.as_str(), path) {
            ("GET", "requests") => Ok(Value::Array(lock(&self.log).clone())),
            ("POST", "requests/clear") => {
                lock(&self.log).clear();
                Ok(json!({}))
            }
            ("GET", "faults") => Ok(lock(&self.faults).list()),
            ("POST", "faults") => {
                let mut faults = lock(&self.faults);
                faults.set(&body()).map(|()| faults.list())
            }
            ("GET", "clock") => Ok(json!({"now": stamp(lock(&self.panel).now())})),
            ("POST", "clock") => request.control_body().and_then(|body| self.control_clock(&body)),
            ("POST", "down") => match body()["seconds"].as_f64() {
                Some(seconds) if (0.0..=600.0).contains(&seconds) => {
                    self.go_down(Duration::from_secs_f64(seconds));
                    Ok(json!({}))
                }
                _ => Err("send {\"seconds\":N}, real ones, 600 at most".into()),
            },
            ("POST", "faults/clear") => lock(&self.faults).set(&json!([])).map(|()| json!([])),
            _ => lock(&self.panel).control(request),
        };
        match result {
            Ok(value) => Answer::json(200, &value),
            Err(message) => Answer::json(422, &json!({"error": message})),
        }
    }
}

fn stamp(time: clock::Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The query with the values of everything that smells of a secret left out.
fn hide(query: &str) -> String {
    query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _))
                if ["password", "key", "token", "secret", "request"]
                    .iter()
                    .any(|w| name.to_lowercase().contains(w)) =>
            {
                format!("{name}=[hidden]")
            }
            _ => pair.to_string(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

fn replacement(kind: &Kind) -> Option<Answer> {
    match kind {
        Kind::HtmlLogin => Some(Answer::html(
            200,
            "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form id=\"new_user\" method=\"post\" \
             action=\"/users/sign_in\"><input name=\"user[login]\"><input type=\"password\" name=\"user[password]\">\
             </form></body></html>",
        )),
        Kind::Html500 => Some(Answer::html(
            500,
            "<html><body><h1>500 Internal Server Error</h1></body></html>",
        )),
        Kind::Status(status, retry_after) => {
            let answer = Answer::html(*status, &format!("<html><body><h1>{status}</h1></body></html>"));
            Some(match retry_after {
                Some(seconds) => answer.with("Retry-After", seconds.clone()),
                None => answer,
            })
        }
        Kind::Redirect(location) => {
            Some(Answer::html(302, "<html><body>Moved</body></html>").with("Location", location.clone()))
        }
        Kind::BigBody(bytes) => {
            let filler = "x".repeat(bytes.saturating_sub(16));
            Some(Answer::json(200, &json!([{"filler": filler}])))
        }
        _ => None,
    }
}
