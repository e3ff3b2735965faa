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
pub struct Guarded {
    /// None after a panic.
    session: Option<Session>,
    /// Class of the last error, 0 for none.
    class: i32,
    /// The last error's message.
    error: Zeroizing<Vec<u8>>,
}

impl Guarded {
    /// Opens a session for a config, with the network as its environment.
    pub fn open(config: &[u8]) -> Self {
        panics::caught(|| match open(config, default_env()) {
            Ok(session) => Self::new(session),
            Err(failure) => Self::refused(&failure),
        })
        .unwrap_or_else(Self::panicked)
    }

    pub(super) fn new(session: Session) -> Self {
        Self {
            session: Some(session),
            class: 0,
            error: Zeroizing::default(),
        }
    }

    pub(super) fn refused(failure: &Failure) -> Self {
        let mut guarded = Self::new(Session::refused(failure));
        guarded.keep(failure.class.number(), failure);
        guarded
    }

    fn panicked(place: Option<String>) -> Self {
        let mut guarded = Self {
            session: None,
            class: 0,
            error: Zeroizing::default(),
        };
        guarded.defect(place);
        guarded
    }

    /// Runs the session up to its next op or its end. The first call takes no reply, every other the reply to the last
    /// op. Returns 1 and an op, 0 and the report, or an error class and the error message.
    ///
    /// The bytes stay where they are until the next step.
    pub fn step(&mut self, reply: Option<&[u8]>) -> (i32, &[u8]) {
        let Some(session) = self.session.as_mut() else {
            return (self.class, &self.error);
        };
        let stepped = panics::caught(|| match session.step(reply) {
            Step::Op(_) => (1, None),
            Step::Report(_) => (0, None),
            Step::Failed(class, bytes) => (class, Some(Zeroizing::new(bytes.to_vec()))),
        });
        match stepped {
            Ok((told, None)) => (told, self.session.as_ref().map(Session::out).unwrap_or_default()),
            Ok((class, Some(error))) => {
                self.class = class;
                self.error = error;
                (class, &self.error)
            }
            Err(place) => {
                self.defect(place);
                (self.class, &self.error)
            }
        }
    }

    /// The last error: its class and message; 0 and nothing when there was none.
    pub fn error(&self) -> (i32, &[u8]) {
        (self.class, &self.error)
    }

    /// Keeps the refusal of a call as the last error; the session stays as it is.
    pub(super) fn note(&mut self, class: Class, message: &str) {
        self.class = class.number();
        self.error.zeroize();
        self.error.extend_from_slice(message.as_bytes());
    }

    /// Ends the session after a panic.
    fn defect(&mut self, place: Option<String>) {
        let half_done = self.session.take();
        // A destructor that panics as well adds nothing to what is known.
        let _ = panics::caught(|| drop(half_done));
        let place = place.map(|p| format!(" at {p}")).unwrap_or_default();
        self.keep(
            Class::Internal.number(),
            &Failure::new(
                Class::Internal,
                "internal.panic",
                format!("A defect in this library{place} ended the session."),
                "The op or request that was under way may have taken effect.",
                "Run the job again in a new session, and please report this with the place.",
            ),
        );
    }

    fn keep(&mut self, class: i32, failure: &Failure) {
        self.class = class;
        self.error = Zeroizing::new(json!({ "v": 1, "error": failure, "log": [] }).to_string().into_bytes());
    }
}

impl std::fmt::Debug for Guarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Guarded({:?}, last error {})", self.session, self.class)
    }
}
