//! One attempt at one request: what goes in, what comes out, and the trait between them.
//!
//! Does not own retries, deadlines of a step or the meaning of a status: see `client.rs`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::{Kind, Sent};
use crate::secret::Secret;

/// The methods that the panels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads; on OnApp 2.x it also suspends users.
    Get,
    /// Creates and starts actions.
    Post,
    /// Edits.
    Put,
    /// Edits in part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A user and a password for HTTP Basic authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basic {
    /// The login or e-mail.
    pub user: String,
    /// The password or API key.
    pub password: Secret,
}

/// One request. It is sent once.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address with its query: `https://cp.example.com/users.json?q=ada`.
    pub url: String,
    /// Further headers; never the credentials.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// Credentials for this request.
    pub auth: Option<Basic>,
    /// Connect here instead of resolving the name in `url`; the certificate and `Host` still follow the name.
    pub connect_ip: Option<IpAddr>,
    /// Certificates (PEM) that are trusted beside the bundled public roots.
    pub ca_file: Option<PathBuf>,
    /// True for whatever changes the panel: no pooled connection, which the panel may be about to close, is used.
    pub fresh_connection: bool,
    /// Longest time for name, connection and TLS together.
    pub connect_timeout: Duration,
    /// Longest time from the sent request to its answer's headers, and again to the end of its body.
    pub read_timeout: Duration,
    /// After this moment nothing goes on, whatever it is doing.
    pub deadline: Instant,
    /// A longer answer is refused.
    pub max_body: u64,
}

impl Request {
    /// The path of the address, without its query.
    pub fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
        path.split(['?', '#']).next().unwrap_or("/")
    }
}

/// Shows no header value, no query and no body: any of them may hold a password.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("body_bytes", &self.body.as_ref().map(Vec::len))
            .field("auth", &self.auth.as_ref().map(|_| "[secret]"))
            .field("fresh_connection", &self.fresh_connection)
            .finish_non_exhaustive()
    }
}

/// One answer, whatever its status.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers as they came; names are compared without case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with a body and no headers; most of what tests need.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The first header of that name.
    pub fn get_header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why one attempt brought no answer, and whether the panel may have seen the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// What went wrong.
    pub kind: Kind,
    /// Whether the request reached the panel.
    pub sent: Sent,
}

impl SendError {
    /// A failure before anything of the request left us.
    pub fn unsent(kind: Kind) -> Self {
        Self { kind, sent: Sent::No }
    }

    /// A failure after the request, or a part of it, may have reached the panel.
    pub fn unknown(kind: Kind) -> Self {
        Self {
            kind,
            sent: Sent::Maybe,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)
    }
}

impl std::error::Error for SendError {}

/// Sends one request once.
pub trait Transport: Send + Sync {
    /// Sends it and reads the answer, whatever its status; never repeats it and follows no redirect.
    ///
    /// # Errors
    /// When no complete answer came; [`SendError::sent`] tells whether the panel may have acted.
    fn send(&self, request: &Request) -> Result<Response, SendError>;
}

/// Lets reads through and refuses, unsent, whatever would change a panel: what an action that is listed as reading is given.
pub struct ReadOnly(pub Arc<dyn Transport>);

impl Transport for ReadOnly {
    fn send(&self, request: &Request) -> Result<Response, SendError> {
        if request.fresh_connection {
            return Err(SendError::unsent(Kind::ReadOnly));
        }
        self.0.send(request)
    }
}
