//! One running job: the step loop between our code and the host's.
//!
//! Owns the executor (a future polled with a waker that does nothing) and the messages of a step. Between two steps
//! there is no frame of ours on the stack, no lock and no thread, so killing the process there is a consistent point.
//! On failure the session keeps its error; a step after the end is refused and changes nothing. So does a session whose host
//! was silent for longer than a claim lasts: another runner may have taken its work over, and whatever it did next would be
//! done twice. It ends as if it had been killed, which every job survives.
//!
//! ```
//! use provisor::host::{conversation, Limits, HostSettings};
//! use provisor::session::{Session, Step};
//!
//! let now = "2026-01-01T00:00:00Z".parse().unwrap();
//! let mut session = Session::new(now, Limits::default(), |host| {
//!     Box::pin(async move { Ok(serde_json::json!({ "zone": host.ask(&HostSettings {}).await?.time_zone })) })
//! }).unwrap();
//! assert!(matches!(session.step(None), Step::Op(_)));
//! let reply = br#"{"v":1,"id":"1","value":{"time_zone":"Europe/Berlin"}}"#;
//! let Step::Report(report) = session.step(Some(reply)) else { panic!() };
//! assert!(std::str::from_utf8(report).unwrap().contains("Europe/Berlin"));
//! ```

mod message;

pub use message::MAX_MESSAGE;

use crate::host::{Answer, Class, Desk, Failure, Host, Limits, Port, Running, conversation, random_key, wipe};
use crate::time::Instant;
use message::Reply;
use serde_json::{Value, json};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use zeroize::{Zeroize, Zeroizing};

enum State {
    /// The first step takes no reply.
    Fresh(Running),
    /// The op with this id is owed to the host.
    Waiting(Running, String),
    /// Finished; the class of its end, 0 for success.
    Ended(i32),
}

/// One running job.
pub struct Session {
    desk: Option<Desk>,
    state: State,
    /// Since when the host owes an answer, and how long a claim of this session lasts.
    asked: std::time::Instant,
    lease: Duration,
    out: Zeroizing<Vec<u8>>,
    error: Zeroizing<Vec<u8>>,
}

/// What a step produced. The bytes are one JSON message, valid until the next step.
#[derive(Debug)]
pub enum Step<'a> {
    /// The host owes an answer to this op.
    Op(&'a [u8]),
    /// The job is done; its report.
    Report(&'a [u8]),
    /// The job failed, or the call was refused; the class and the error message.
    Failed(i32, &'a [u8]),
}

impl Session {
    /// Starts a job. `make` gets the host port and returns the job's future; nothing runs before the first step.
    ///
    /// # Errors
    /// When the operating system gives no random bytes for the runner's name.
    pub fn new(now: Instant, limits: Limits, make: impl FnOnce(Host) -> Running) -> Result<Self, Failure> {
        let lease = Duration::from_secs(limits.lease_seconds.into());
        let (host, desk) = conversation(now, random_key()?, limits);
        Ok(Self {
            desk: Some(desk),
            state: State::Fresh(make(host)),
            asked: std::time::Instant::now(),
            lease,
            out: Zeroizing::default(),
            error: Zeroizing::default(),
        })
    }

    /// A session that holds only an error: every step answers with it.
    pub fn refused(failure: &Failure) -> Self {
        let mut session = Self {
            desk: None,
            state: State::Ended(failure.class.number()),
            asked: std::time::Instant::now(),
            lease: Duration::ZERO,
            out: Zeroizing::default(),
            error: Zeroizing::default(),
        };
        session.keep_error(failure);
        session
    }

    /// The last error as JSON: `{"v":1,"error":{class, code, message, unchanged, next},"log":[]}`; empty for none.
    pub fn error(&self) -> &[u8] {
        &self.error
    }

    /// Runs the job up to its next op or its end. The first call takes no reply, every other the reply to the last op.
    pub fn step(&mut self, reply: Option<&[u8]>) -> Step<'_> {
        self.out.zeroize();
        let mut running = match (
            std::mem::replace(&mut self.state, State::Ended(Class::Internal.number())),
            reply,
        ) {
            (State::Fresh(running), None) => running,
            (State::Waiting(running, id), Some(bytes)) => match message::read_reply(bytes, &id) {
                Ok(_) if self.asked.elapsed() > self.lease => return self.fail(&too_late(self.lease)),
                Ok(Reply { answer, clock }) => {
                    if let Some(desk) = &self.desk {
                        desk.deliver(answer, clock);
                    }
                    running
                }
                Err(failure) => {
                    self.state = State::Waiting(running, id);
                    return self.refuse(&failure);
                }
            },
            (State::Ended(0), _) => {
                self.state = State::Ended(0);
                return self.refuse(&message::misuse(
                    "session.ended",
                    "The session has ended; its report was returned.",
                ));
            }
            (State::Ended(class), _) => {
                self.state = State::Ended(class);
                return Step::Failed(class, &self.error);
            }
            (fresh @ State::Fresh(_), Some(_)) => {
                self.state = fresh;
                return self.refuse(&message::misuse("session.no_op_yet", "The first step takes no reply."));
            }
            (waiting @ State::Waiting(..), None) => {
                self.state = waiting;
                return self.refuse(&message::misuse(
                    "session.reply_missing",
                    "The last op is still owed its reply.",
                ));
            }
        };
        let Some(desk) = &self.desk else {
            return Step::Failed(Class::Internal.number(), &self.error);
        };
        desk.begin_step();
        match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {
                let Some(mut op) = desk.take_op() else {
                    let failure =
                        Failure::internal("session.stuck", "The job waits for something other than the host.");
                    return self.fail(&failure);
                };
                let log = desk.take_log();
                message::write(
                    &mut self.out,
                    &json!({ "v": 1, "id": op.id, "op": op.op, "args": op.args, "log": log }),
                );
                wipe(&mut op.args);
                self.state = State::Waiting(running, op.id);
                self.asked = std::time::Instant::now();
                Step::Op(&self.out)
            }
            Poll::Ready(Ok(report)) => {
                let log = desk.take_log();
                message::write(&mut self.out, &json!({ "v": 1, "report": report, "log": log }));
                self.state = State::Ended(0);
                Step::Report(&self.out)
            }
            Poll::Ready(Err(failure)) => self.fail(&failure),
        }
    }

    /// Ends the session with this failure.
    fn fail(&mut self, failure: &Failure) -> Step<'_> {
        self.state = State::Ended(failure.class.number());
        self.keep_error(failure);
        Step::Failed(failure.class.number(), &self.error)
    }

    /// Refuses a call; the session stays as it is.
    fn refuse(&mut self, failure: &Failure) -> Step<'_> {
        self.keep_error(failure);
        Step::Failed(failure.class.number(), &self.error)
    }

    fn keep_error(&mut self, failure: &Failure) {
        let log = self.desk.as_ref().map(Desk::take_log).unwrap_or_default();
        self.error.zeroize();
        message::write(&mut self.error, &json!({ "v": 1, "error": failure, "log": log }));
    }
}

/// The host answered after the claims of this session had run out.
fn too_late(lease: Duration) -> Failure {
    Failure::new(
        Class::Busy,
        "session.too_late",
        format!("The billing panel took more than {} s for one answer.", lease.as_secs()),
        "Nothing was done after it; another run may have taken the work over.",
        "Try again: what was done before is on record.",
    )
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match &self.state {
            State::Fresh(_) => "fresh".to_owned(),
            State::Waiting(_, id) => format!("op {id} is owed"),
            State::Ended(class) => format!("ended with {class}"),
        };
        write!(f, "Session({state})")
    }
}

/// Runs a session to its end, with a Rust program as the host.
///
/// # Errors
/// The job's failure.
pub fn drive(session: &mut Session, port: &mut dyn Port) -> Result<Value, Ended> {
    let mut reply: Option<Zeroizing<Vec<u8>>> = None;
    loop {
        let (class, mut told) = match session.step(reply.as_ref().map(|r| r.as_slice())) {
            Step::Op(bytes) | Step::Report(bytes) => (0, message::read(bytes)?),
            Step::Failed(class, bytes) => (class, message::read(bytes)?),
        };
        for entry in told.get("log").and_then(Value::as_array).into_iter().flatten() {
            if let Some(entry) = message::log_entry(entry) {
                port.log(&entry);
            }
        }
        if class != 0 {
            return Err(Ended::from_message(class, &told));
        }
        if let Some(report) = told.get_mut("report") {
            return Ok(report.take());
        }
        let id = told.get("id").cloned().unwrap_or_default();
        let op = told.get("op").and_then(Value::as_str).unwrap_or_default().to_owned();
        let answer = port.answer(&op, told.get("args").unwrap_or(&Value::Null));
        wipe(&mut told);
        let now = port.clock().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let mut out = Zeroizing::new(Vec::new());
        let mut body = match answer {
            Ok(value) => json!({ "v": 1, "id": id, "now": now, "value": value }),
            Err(e) => json!({ "v": 1, "id": id, "now": now, "error": { "code": e.code, "message": e.message } }),
        };
        message::write(&mut out, &body);
        wipe(&mut body);
        reply = Some(out);
    }
}

/// How a driven session ended without success.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Ended {
    /// The error class, see [`Class`].
    pub class: i32,
    /// The stable code.
    pub code: String,
    /// All three sentences.
    pub message: String,
}

impl Ended {
    fn from_message(class: i32, told: &Value) -> Self {
        let error = told.get("error");
        let field = |name: &str| {
            error
                .and_then(|e| e.get(name))
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let sentences = [field("message"), field("unchanged"), field("next")];
        Self {
            class,
            code: field("code").to_owned(),
            message: sentences.join(" ").trim().to_owned(),
        }
    }
}

impl From<Failure> for Ended {
    fn from(f: Failure) -> Self {
        Self {
            class: f.class.number(),
            message: f.to_string(),
            code: f.code,
        }
    }
}

impl Answer {
    /// True when the host answered with a value.
    pub fn is_value(&self) -> bool {
        matches!(self, Answer::Value(_))
    }
}
