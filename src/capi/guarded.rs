//! A session that survives defects: a panic becomes its last error. Safe code; the C functions and the line protocol
//! of the binary both stand on it.

use super::panics;
use crate::host::{Class, Failure};
use crate::session::{Session, Step};
use crate::start::{default_env, open};
use serde_json::json;
use zeroize::{Zeroize, Zeroizing};

/// A session with its last error. There always is one to hold the error, also for a config that cannot be used.
///
/// ```
/// use provisor::capi::Guarded;
/// let mut session = Guarded::open(b"{}");
/// let (class, message) = session.step(None);
/// assert_eq!(class, -201);
/// assert!(std::str::from_utf8(message).unwrap().contains("\"config.shape\""));
/// ```
#[derive(Debug)]
pub struct Guarded {
    session: Session,
    /// A panic ended the session; the last error says so.
    broken: bool,
    last: LastError,
}

/// The last error of a session.
#[derive(Default)]
struct LastError {
    /// 0 for none.
    class: i32,
    message: Zeroizing<Vec<u8>>,
}

impl Guarded {
    /// Opens a session for a config, with the network as its environment.
    pub fn open(config: &[u8]) -> Self {
        match panics::caught(|| open(config, default_env())) {
            Ok(Ok(session)) => Self::new(session),
            Ok(Err(failure)) => Self::refused(&failure),
            Err(place) => Self::refused(&defect(place)),
        }
    }

    pub(super) fn new(session: Session) -> Self {
        Self {
            session,
            broken: false,
            last: LastError::default(),
        }
    }

    pub(super) fn refused(failure: &Failure) -> Self {
        let mut guarded = Self::new(Session::refused(failure));
        guarded.last.is(failure);
        guarded
    }

    /// Runs the session up to its next op or its end. The first call takes no reply, every other the reply to the last
    /// op. Returns 1 and an op, 0 and the report, or an error class and the error message.
    ///
    /// The bytes stay where they are until the next step.
    pub fn step(&mut self, reply: Option<&[u8]>) -> (i32, &[u8]) {
        if self.broken {
            return self.error();
        }
        // A panic drops the job on its way out of Session::step; what is left of the session is not used again.
        match panics::caught(|| self.session.step(reply)) {
            Ok(Step::Op(op)) => (StepResult::Op as i32, op),
            Ok(Step::Report(report)) => (StepResult::Report as i32, report),
            Ok(Step::Failed(class, error)) => {
                self.last.keep(class, error);
                (class, error)
            }
            Err(place) => {
                self.broken = true;
                self.last.is(&defect(place));
                (self.last.class, &self.last.message)
            }
        }
    }

    /// The last error, whether it ended the session or not: its class and message; 0 and nothing when there was none.
    pub fn error(&self) -> (i32, &[u8]) {
        (self.last.class, &self.last.message)
    }

    /// Keeps the refusal of a call as the last error; the session stays as it is.
    pub(super) fn note(&mut self, class: Class, message: &str) {
        self.last.keep(class.number(), message.as_bytes());
    }
}

impl LastError {
    fn keep(&mut self, class: i32, message: &[u8]) {
        self.class = class;
        self.message.zeroize();
        self.message.extend_from_slice(message);
    }

    fn is(&mut self, failure: &Failure) {
        let message = json!({ "v": 1, "error": failure, "log": [] }).to_string();
        self.keep(failure.class.number(), message.as_bytes());
    }
}

impl std::fmt::Debug for LastError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "class {}", self.class)
    }
}

/// What is known of a panic.
fn defect(place: Option<String>) -> Failure {
    let place = place.map(|p| format!(" at {p}")).unwrap_or_default();
    Failure::new(
        Class::Internal,
        "internal.panic",
        format!("A defect in this library{place} ended the session."),
        "What the last op or request did stays done.",
        "Run the job again in a new session, and please report this with the place.",
    )
}

/// What a step returned, when it is not an error class.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepResult {
    /// The job is done; the answer is its report.
    Report = 0,
    /// The answer is an op that the host owes a reply to.
    Op = 1,
}
