//! The host port: what the core asks of the billing panel that embeds it.
//!
//! A job holds a [`Host`] and awaits [`Host::ask`]; nothing else is ever awaited. The session parks the op, the host
//! answers it, the job goes on. Owns ops, replies, table declarations, the log of a step and the error that a job ends
//! with. Does not own SQL, and knows no table that is not ours.

mod failure;
mod limits;
pub mod memory;
mod op;
mod table;

pub use failure::{Class, Failure};
pub use limits::Limits;
pub use op::*;
pub use table::{Column, Kind, Table, column, nullable};

use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// A note for the host's log. Never holds a secret.
#[derive(Clone, Debug, Serialize)]
pub struct LogEntry {
    /// `info`, `warning` or `error`.
    pub level: &'static str,
    /// A stable code.
    pub code: String,
    /// One sentence for people.
    pub text: String,
}

/// A job at work: it talks to the host and ends in a report or a failure.
pub type Running = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

/// One op on its way to the host.
#[derive(Clone, Debug, Serialize)]
pub struct OpMessage {
    /// Counts from 1 in a session; the reply repeats it.
    pub id: String,
    /// The op's name.
    pub op: &'static str,
    /// Its arguments.
    pub args: Value,
}

/// What the host answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The value.
    Value(Value),
    /// The host could not do it.
    Error {
        /// The host's code.
        code: String,
        /// The host's message, safe to show to staff.
        message: String,
    },
}

struct Mailbox {
    next_id: u64,
    outgoing: Option<OpMessage>,
    answer: Option<Answer>,
    log: Vec<LogEntry>,
    clock: Instant,
}

/// The job's side of the conversation.
pub struct Host {
    mailbox: Arc<Mutex<Mailbox>>,
    step: Arc<AtomicU64>,
    now: Instant,
    holder: String,
    limits: Limits,
}

/// The session's side of the conversation.
pub struct Desk {
    mailbox: Arc<Mutex<Mailbox>>,
    step: Arc<AtomicU64>,
}

fn open(mailbox: &Mutex<Mailbox>) -> MutexGuard<'_, Mailbox> {
    mailbox.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Both sides of a new conversation. `now` is the job's present moment; `holder` names this runner in claims.
pub fn conversation(now: Instant, holder: String, limits: Limits) -> (Host, Desk) {
    let mailbox = Arc::new(Mutex::new(Mailbox {
        next_id: 1,
        outgoing: None,
        answer: None,
        log: Vec::new(),
        clock: now,
    }));
    let step = Arc::new(AtomicU64::new(0));
    (
        Host {
            mailbox: mailbox.clone(),
            step: step.clone(),
            now,
            holder,
            limits,
        },
        Desk { mailbox, step },
    )
}

impl Desk {
    /// Marks the start of a step: deadlines and the count of changing requests begin anew.
    pub fn begin_step(&self) {
        self.step.fetch_add(1, Ordering::Relaxed);
    }
    /// Takes the op that the job parked.
    pub fn take_op(&self) -> Option<OpMessage> {
        open(&self.mailbox).outgoing.take()
    }
    /// Delivers the host's answer and its clock.
    pub fn deliver(&self, answer: Answer, clock: Option<Instant>) {
        let mut m = open(&self.mailbox);
        m.answer = Some(answer);
        if let Some(c) = clock {
            m.clock = c;
        }
    }
    /// Takes the log entries since the last call.
    pub fn take_log(&self) -> Vec<LogEntry> {
        std::mem::take(&mut open(&self.mailbox).log)
    }
}

impl Host {
    /// The present moment of this job: given with its config, the same from start to end.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The host's clock as of its last reply. Only leases look at it.
    pub fn clock(&self) -> Instant {
        open(&self.mailbox).clock
    }

    /// Names this runner in claims: random, unique.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// The limits of this job.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counts the steps; whoever keeps a limit per step compares it.
    pub fn step_counter(&self) -> Arc<AtomicU64> {
        self.step.clone()
    }

    /// Adds an entry to the step's log. Nothing in its text can be taken for markup.
    pub fn log(&self, level: &'static str, code: &str, text: impl Into<String>) {
        open(&self.mailbox).log.push(LogEntry {
            level,
            code: code.into(),
            text: failure::harmless(&text.into()),
        });
    }

    /// Asks the host and waits for its reply.
    ///
    /// # Errors
    /// `host.*` when the host answered with an error, `host.reply` when its value does not have the op's shape.
    pub async fn ask<O: Op>(&self, op: &O) -> Result<O::Reply, Failure> {
        let args = serde_json::to_value(op)
            .map_err(|_| Failure::internal("host.op_not_json", format!("The op {} could not be written.", O::NAME)))?;
        {
            let mut m = open(&self.mailbox);
            let id = m.next_id.to_string();
            m.next_id = m.next_id.saturating_add(1);
            m.outgoing = Some(OpMessage { id, op: O::NAME, args });
        }
        let answer = poll_fn(|_| match open(&self.mailbox).answer.take() {
            Some(a) => Poll::Ready(a),
            None => Poll::Pending,
        })
        .await;
        match answer {
            // Errors are built from the op's name alone: serde's text quotes values, and values may be secret.
            Answer::Value(mut v) => {
                let read = O::Reply::deserialize(&v);
                wipe(&mut v);
                read.map_err(|e| {
                    Failure::new(
                        Class::Host,
                        "host.reply",
                        format!(
                            "The host's reply to {} does not have the documented shape ({:?}).",
                            O::NAME,
                            e.classify()
                        ),
                        "Nothing was done with it.",
                        "Compare the host's side with the protocol version.",
                    )
                })
            }
            Answer::Error { code, message } => Err(Failure::new(
                Class::Host,
                if code.is_empty() { "host.error" } else { &code },
                format!("The billing panel could not do {}: {}", O::NAME, message),
                "The work stopped there.",
                "It can be run again; what is already done is not done twice.",
            )),
        }
    }

    /// Reads rows, whole.
    ///
    /// # Errors
    /// As [`Host::ask`].
    pub async fn rows(
        &self,
        table: &'static str,
        conditions: Vec<Where>,
        order: Vec<&'static str>,
        limit: u32,
    ) -> Result<Vec<Row>, Failure> {
        Ok(self
            .ask(&RowsRead {
                table,
                conditions,
                order,
                limit,
            })
            .await?
            .rows)
    }

    /// Applies changes in one transaction; tells whether the guards held.
    ///
    /// # Errors
    /// As [`Host::ask`].
    pub async fn apply(&self, changes: Vec<Change>) -> Result<Outcome, Failure> {
        let token = crate::host::random_key()?;
        Ok(self.ask(&Apply { token, changes }).await?.outcome)
    }
}

/// Overwrites every secret in a message that was read or written.
pub fn wipe(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match inner {
                    Value::String(text) if key == "secret" => zeroize::Zeroize::zeroize(text),
                    other => wipe(other),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(wipe),
        _ => {}
    }
}

/// What answers the ops: a billing panel seen from the core. A Rust program implements it; PHP and C programs answer
/// the same ops as JSON.
pub trait Port {
    /// Answers one op. `args` is the op's content as documented at each op's type.
    ///
    /// # Errors
    /// A code and a message, both safe to show to staff.
    fn answer(&mut self, op: &str, args: &Value) -> Result<Value, PortError>;

    /// The clock that leases are measured with: the database's.
    fn clock(&mut self) -> Instant;

    /// Receives the log entries of a step. The default drops them.
    fn log(&mut self, _entry: &LogEntry) {}
}

/// Why the host could not answer an op.
#[derive(Clone, Debug)]
pub struct PortError {
    /// A stable code, such as `host.database`.
    pub code: String,
    /// A sentence without secrets.
    pub message: String,
}

/// 24 characters nobody can guess, from the operating system's source.
///
/// # Errors
/// `host.no_random` when the operating system gives none.
pub fn random_key() -> Result<String, Failure> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 24];
    getrandom::fill(&mut bytes)
        .map_err(|_| Failure::internal("host.no_random", "The operating system gave no random bytes."))?;
    Ok(bytes
        .iter()
        .filter_map(|b| LETTERS.get(usize::from(b & 31)))
        .map(|b| char::from(*b))
        .collect())
}
