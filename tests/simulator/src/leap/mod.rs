//! SingleHop LEAP: its memory, who is calling, and which of its two APIs answers.
//!
//! Both generations work on the same servers and users: LEAP3 "Dropzone" REST (`dropzone.rs`) and the old api.php
//! (`legacy.rs`). Source of every wire fact: reference: storegrid-singlehop.md 4 and 5. What no source documents there
//! (reboot path, suspend, answers of old commands) is a path, a command or a switch that tests can change.

mod control;
mod dropzone;
mod legacy;
mod machines;
mod modes;
mod seed;
mod tandem;
mod traffic;

use crate::clock::{Clock, Time};
use crate::panel::Panel;
use crate::random::Random;
use crate::request::{Answer, Request};
use crate::site::Record;
use crate::switches::Switches;
use chrono::SecondsFormat;
use machines::{Cancellation, Machine};
use modes::{Failure, Names};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tandem::TandemUser;

/// Why LEAP does not do what it was asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum No {
    /// Credentials are missing or wrong.
    Denied,
    /// No such path.
    Unknown,
    /// The path takes another method.
    WrongMethod,
    /// The API's own words.
    Words(String),
    /// An answer that replaces all others.
    Instead(&'static str),
}

/// A refusal in LEAP's words.
pub(crate) fn no(words: &str) -> No {
    No::Words(words.into())
}

/// Who calls, and so which servers it may see.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Caller {
    /// The LEAP account, by password or by API key.
    Account(&'static str),
    /// A Tandem user.
    Tandem(u64),
}

/// What the LEAP account logs in with.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    user: String,
    password: String,
    client_id: String,
    api_key: String,
    pin: String,
}

/// One LEAP.
#[derive(Clone, Debug)]
pub struct Leap {
    seed: u64,
    clock: Clock,
    credentials: Credentials,
    machines: BTreeMap<String, Machine>,
    removed: Vec<Machine>,
    users: BTreeMap<u64, TandemUser>,
    cancellations: Vec<Cancellation>,
    switches: Switches,
    failure: Option<Failure>,
    paths: Names,
    commands: Names,
    next_user: u64,
}

pub(crate) fn z(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Leap {
    /// A fresh LEAP with the servers and Tandem users of `seed.rs`.
    pub fn new(seed: u64, clock: Clock) -> Leap {
        let mut random = Random::new(seed);
        let credentials = seed::credentials(&mut random);
        let users = seed::users(&mut random);
        let machines = seed::machines(clock.now());
        Leap {
            seed,
            clock,
            credentials,
            machines,
            removed: Vec::new(),
            users,
            cancellations: Vec::new(),
            switches: Switches::new(modes::TABLE),
            failure: None,
            paths: Names::new(modes::PATHS),
            commands: Names::new(modes::COMMANDS),
            next_user: 5003,
        }
    }

    /// The caller of a name and its secret (reference: storegrid-singlehop.md 4.2: password and API key were in use).
    fn caller_of(&self, name: &str, secret: &str) -> Option<Caller> {
        let own = &self.credentials;
        if name == own.user && secret == own.password {
            Some(Caller::Account("leap"))
        } else if name == own.client_id && secret == own.api_key {
            Some(Caller::Account("key"))
        } else if self.switches.on("tandem_login") {
            self.tandem_caller(name, secret)
        } else {
            None
        }
    }

    fn tandem_caller(&self, name: &str, secret: &str) -> Option<Caller> {
        self.users
            .values()
            .find(|u| u.email.eq_ignore_ascii_case(name) && u.password == secret)
            .map(|u| Caller::Tandem(u.id))
    }

    /// Where the old API is, if anywhere.
    fn legacy_path(&self) -> Option<&str> {
        self.paths.of("legacy").split(' ').nth(1)
    }

    fn login_of(&self, caller: &Caller) -> String {
        match caller {
            Caller::Account(how) => (*how).to_string(),
            Caller::Tandem(id) => self.users.get(id).map(|u| u.email.clone()).unwrap_or_default(),
        }
    }

    /// The failure that is ordered for an operation, if it is this one's turn: what to answer, and whether to work.
    pub(crate) fn ordered_failure(&mut self, operation: &str) -> Option<(&'static str, bool)> {
        if self.switches.get("success") == false {
            return Some(("refused", false));
        }
        let failure = self.failure.as_mut()?;
        failure.turn(operation).then_some((failure.kind, failure.processed))
    }

    /// The envelope's `success` as the switch says.
    pub(crate) fn success(&self) -> Value {
        self.switches.get("success")
    }

    /// The answer to a refusal. Both generations say it alike; the error body of LEAP3 is the reference's guess (5.4).
    fn refuse(&self, no: &No) -> Answer {
        let words = |text: &str| Answer::json(200, &json!({"success": false, "error": text}));
        match no {
            No::Denied if self.switches.is("denial", "body") => words("Authentication Error"),
            No::Denied => Answer::html(401, "<html><body><h1>401 Unauthorized</h1></body></html>")
                .with("WWW-Authenticate", "Basic realm=\"LEAP\""),
            No::Unknown => Answer::html(404, "<html><body><h1>404 Not Found</h1></body></html>"),
            No::WrongMethod => Answer::html(405, "<html><body><h1>405 Method Not Allowed</h1></body></html>"),
            No::Words(text) => words(text),
            No::Instead(kind) => match *kind {
                "unauthorized" => Answer::html(401, "<html><body><h1>401 Unauthorized</h1></body></html>"),
                "forbidden" => Answer::html(403, "<html><body><h1>403 Forbidden</h1></body></html>"),
                "authentication" => words("Authentication Error"),
                "not_found" => Answer::html(404, "<html><body><h1>404 Not Found</h1></body></html>"),
                "php_fatal" => Answer::html(200, modes::PHP_FATAL),
                "null" => Answer::json(200, &Value::Null),
                "empty" => Answer::html(200, ""),
                "no_success" => Answer::json(200, &json!({"data": []})),
                _ => Answer::json(
                    200,
                    &json!({"success": false, "data": "The request could not be completed"}),
                ),
            },
        }
    }
}

impl Panel for Leap {
    fn login(&self) -> (String, String) {
        (self.credentials.user.clone(), self.credentials.password.clone())
    }

    fn introduction(&self) -> Value {
        let tandem = self.users.values().next();
        json!({
            "client_id": self.credentials.client_id, "api_key": self.credentials.api_key, "pin": self.credentials.pin,
            "tandem_user": tandem.map(|u| &u.email), "tandem_password": tandem.map(|u| &u.password),
            "legacy_path": self.legacy_path(),
        })
    }

    fn copy(&self) -> Box<dyn Panel> {
        Box::new(self.clone())
    }

    fn now(&self) -> Time {
        self.clock.now()
    }

    fn move_clock(&mut self, to: Time) -> bool {
        self.clock.move_to(to)
    }

    fn answer(&mut self, request: &Request) -> (Answer, Record) {
        let mut record = Record::default();
        let legacy = self.legacy_path() == Some(request.path());
        let outcome = if legacy {
            self.answer_legacy(request, &mut record)
        } else {
            self.answer_dropzone(request, &mut record)
        };
        record
            .more
            .insert("generation".into(), json!(if legacy { "legacy" } else { "leap3" }));
        (outcome.unwrap_or_else(|no| self.refuse(&no)), record)
    }

    fn control(&mut self, request: &Request) -> Result<Value, String> {
        self.answer_control(request)
    }
}
