//! One panel as the rest of the core sees it: reads that are retried, changes that are not, one deadline a step.
//!
//! Owns: the step's deadline and its one changing request, the retry of reads, skipping a panel that cannot be connected
//! to, and turning every answer that is no success into an [`Error`]. Does not own the network (`Transport`), nor what
//! bodies mean (`panel/`). On failure nothing is remembered except the count of failed connections.

use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::endpoint::Endpoint;
use super::error::{Error, Kind, Sent, StatusClass, classify};
use super::words::harmless;
use super::{Basic, LogLine, Method, Request, Response, SendError, Transport};
use crate::secret::Secret;

/// Connections that may fail in a row before a panel is skipped for the rest of the run.
const CONNECT_FAILURES: u32 = 3;
/// Log lines kept for the next one who asks; older ones are dropped.
const LOG_LINES: usize = 1000;

/// How long and how often. The defaults are those of a cron step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Name, connection and TLS together. Default 5 s.
    pub connect: Duration,
    /// From the sent request to the head of its answer, and again to the end of its body. Default 20 s.
    pub read: Duration,
    /// All calls of one step together. Default 15 s.
    pub step: Duration,
    /// How often a failed read is repeated. Default 2.
    pub retries: u32,
    /// The longest answer, in bytes. Default 8 MiB.
    pub max_body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(20),
            step: Duration::from_secs(15),
            retries: 2,
            max_body: 8 * 1024 * 1024,
        }
    }
}

/// A panel and the user we are there. Cloning it, or taking [`Client::with_credentials`], shares the step's state.
///
/// ```
/// use std::sync::{Arc, atomic::AtomicU64};
/// use provisor::http::{Basic, Client, Endpoint, Limits, Response, memory::MemoryTransport};
/// let panel = MemoryTransport::new(|_| Ok(Response::new(200, r#"{"version":"6.5.0"}"#)));
/// let endpoint = Endpoint {
///     base_url: "https://cp.example.com".into(), connect_ip: None, ca_file: None,
///     credentials: Basic { user: "admin".into(), password: "pw".into() },
/// };
/// let client = Client::new(Arc::new(panel), endpoint, Limits::default(), Arc::new(AtomicU64::new(1)));
/// let answer = client.get("/version.json", &[]).unwrap();
/// assert_eq!(answer.status, 200);
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    user: Basic,
}

struct Shared {
    transport: Arc<dyn Transport>,
    endpoint: Endpoint,
    limits: Limits,
    step: Arc<AtomicU64>,
    state: Mutex<State>,
}

struct State {
    step: u64,
    deadline: Instant,
    changed: bool,
    connect_failures: u32,
    /// The latest Date of an answer.
    date: Option<DateTime<Utc>>,
    log: Vec<LogLine>,
}

/// What a request carries.
#[derive(Clone)]
enum Body {
    Json(Vec<u8>),
    Form(Vec<u8>),
}

impl Body {
    fn form(fields: &[(&str, &str)]) -> Self {
        // What the form's encoding says of spaces.
        Self::Form(pairs(fields).replace("%20", "+").into_bytes())
    }
}

/// A success.
#[derive(Clone)]
pub struct Answer {
    /// 200 to 299.
    pub status: u16,
    /// The body; may be empty.
    pub body: Vec<u8>,
    content_type: String,
    host: String,
    call: String,
    change: bool,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("call", &self.call)
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.endpoint.base_url)
            .field("user", &self.user.user)
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client of one panel. `step` is bumped by the session at each step: then the deadline and the one changing request
    /// start anew.
    pub fn new(transport: Arc<dyn Transport>, endpoint: Endpoint, limits: Limits, step: Arc<AtomicU64>) -> Self {
        let state = State {
            step: step.load(Ordering::SeqCst),
            deadline: Instant::now() + limits.step,
            changed: false,
            connect_failures: 0,
            date: None,
            log: Vec::new(),
        };
        let user = endpoint.credentials.clone();
        Self {
            shared: Arc::new(Shared {
                transport,
                endpoint,
                limits,
                step,
                state: Mutex::new(state),
            }),
            user,
        }
    }

    /// The same panel as another user, or as nobody when `user` is empty: then no `Authorization` is sent. Connections,
    /// deadline and the one changing request are shared.
    #[must_use]
    pub fn with_credentials(&self, user: &str, password: Secret) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            user: Basic {
                user: user.to_owned(),
                password,
            },
        }
    }

    /// Host and port as messages name them.
    pub fn host(&self) -> &str {
        self.shared.endpoint.host()
    }

    /// Host and port, and the IP address that requests go to where the host does not name it.
    pub fn address(&self) -> String {
        self.shared.endpoint.address()
    }

    /// Scheme, host and port, without a slash at the end: what a browser's address of this panel begins with.
    pub fn base_url(&self) -> &str {
        self.shared.endpoint.base_url.trim_end_matches('/')
    }

    /// The user we are.
    pub fn user(&self) -> &str {
        &self.user.user
    }

    /// The password we come with, to be cut out of whatever the panel says.
    pub(crate) fn password(&self) -> &Secret {
        &self.user.password
    }

    /// The attempts since the last time somebody asked, for the host's log.
    pub fn take_log(&self) -> Vec<LogLine> {
        std::mem::take(&mut self.shared.state().log)
    }

    /// Reads. A failure that may pass is retried, with growing random pauses, as long as the step's deadline allows.
    ///
    /// # Errors
    /// Any [`Error`]; an answer outside 200..=299 is one too.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Error> {
        self.read(Method::Get, path, query, None)
    }

    /// Reads by POST, for panels that take their questions as forms. Retried like [`Client::get`], so only for what changes
    /// nothing.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn ask_form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Error> {
        self.read(Method::Post, path, &[], Some(&Body::form(fields)))
    }

    fn read(&self, method: Method, path: &str, query: &[(&str, &str)], body: Option<&Body>) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            let error = match self.attempt(method, path, query, body.cloned(), false) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if attempt >= self.shared.limits.retries || !may_pass(error.kind()) {
                return Err(error);
            }
            let pause = error.retry_after().unwrap_or_else(|| jitter(attempt));
            let left = self.shared.state().deadline.saturating_duration_since(Instant::now());
            if pause >= left || self.shared.is_skipped() {
                return Err(error);
            }
            std::thread::sleep(pause);
            attempt += 1;
        }
    }

    /// Changes the panel: sent once, over a connection of its own, and never repeated here. OnApp 2.x changes users by GET,
    /// so the method says nothing.
    ///
    /// # Errors
    /// `http.second_change`, nothing sent, when a changing request was already sent in this step. Otherwise any [`Error`];
    /// see [`Error::sent`] before doing it again.
    pub fn change(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, Error> {
        self.attempt(method, path, query, body.map(Body::Json), true)
    }

    /// Changes the panel with a form, `application/x-www-form-urlencoded`; otherwise as [`Client::change`].
    ///
    /// # Errors
    /// As [`Client::change`].
    pub fn change_form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Error> {
        self.attempt(Method::Post, path, &[], Some(Body::form(fields)), true)
    }

    fn attempt(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Body>,
        change: bool,
    ) -> Result<Answer, Error> {
        let call = format!("{method} {path}");
        let failed = |kind, sent| Error::new(kind, sent, self.host(), &call).with_change(change);
        let deadline = self.shared.admit(change).map_err(|kind| failed(kind, Sent::No))?;
        let request = self.request(method, path, query, body, change, deadline);
        let started = Instant::now();
        let result = self.shared.transport.send(&request);
        let answer = match &result {
            Ok(response) => self.judge(response, &call, change),
            Err(SendError { kind, sent }) => Err(failed(kind.clone(), *sent)),
        };
        self.shared.remember(
            LogLine {
                method,
                path: path.to_owned(),
                status: result.as_ref().ok().map(|response| response.status),
                code: answer.as_ref().err().map(Error::code),
                took: started.elapsed(),
            },
            answer.as_ref().err(),
        );
        answer
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Body>,
        change: bool,
        deadline: Instant,
    ) -> Request {
        let Shared { endpoint, limits, .. } = &*self.shared;
        let mut url = format!("{}{path}", endpoint.base_url);
        if !query.is_empty() {
            url.push('?');
            url.push_str(&pairs(query));
        }
        // Panels that take forms answer in the form they please.
        let accept = match body {
            Some(Body::Form(_)) => "application/json, */*;q=0.5",
            _ => "application/json",
        };
        let mut headers = vec![("accept".to_owned(), accept.to_owned())];
        let body = body.map(|body| {
            let (kind, bytes) = match body {
                Body::Json(bytes) => ("application/json", bytes),
                Body::Form(bytes) => ("application/x-www-form-urlencoded; charset=UTF-8", bytes),
            };
            headers.push(("content-type".to_owned(), kind.to_owned()));
            bytes
        });
        Request {
            method,
            url,
            headers,
            body,
            // Without a user the request carries no credentials of this kind.
            auth: (!self.user.user.is_empty()).then(|| self.user.clone()),
            connect_ip: endpoint.connect_ip,
            ca_file: endpoint.ca_file.clone(),
            fresh_connection: change,
            connect_timeout: limits.connect,
            read_timeout: limits.read,
            deadline,
            max_body: limits.max_body,
        }
    }

    /// The panel's own clock, as its latest answer told it (RFC 9110 6.6.1); None before the first answer, or where it
    /// tells none.
    pub fn panel_time(&self) -> Option<DateTime<Utc>> {
        self.shared.state().date
    }

    /// A success, or the error that the status stands for.
    fn judge(&self, response: &Response, call: &str, change: bool) -> Result<Answer, Error> {
        let date = response.get_header("date").unwrap_or_default();
        if let Ok(date) = DateTime::parse_from_rfc2822(date.trim()) {
            self.shared.state().date = Some(date.with_timezone(&Utc));
        }
        let kind = match classify(response.status) {
            StatusClass::Success => {
                return Ok(Answer {
                    status: response.status,
                    body: response.body.clone(),
                    content_type: response.get_header("content-type").unwrap_or("").to_ascii_lowercase(),
                    host: self.host().to_owned(),
                    call: call.to_owned(),
                    change,
                });
            }
            StatusClass::Redirect => Kind::Redirect {
                status: response.status,
                to_host: harmless(
                    &redirect_host(response.get_header("location")),
                    &[self.password().reveal()],
                ),
            },
            _ => Kind::Status(response.status),
        };
        // A proxy that gave up says nothing about the panel behind it.
        let sent = if classify(response.status) == StatusClass::Gateway {
            Sent::Maybe
        } else {
            Sent::Yes
        };
        let after = response
            .get_header("retry-after")
            .and_then(|value| value.trim().parse().ok());
        Err(Error::new(kind, sent, self.host(), call)
            .with_change(change)
            .with_retry_after(after.map(Duration::from_secs))
            .with_location(path_and_query(response.get_header("location")))
            .with_body(response.body.clone()))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request through and tells its deadline.
    fn admit(&self, change: bool) -> Result<Instant, Kind> {
        let step = self.step.load(Ordering::SeqCst);
        let mut state = self.state();
        if state.step != step {
            state.step = step;
            state.deadline = Instant::now() + self.limits.step;
            state.changed = false;
        }
        if state.connect_failures >= CONNECT_FAILURES {
            return Err(Kind::Skipped);
        }
        if change && state.changed {
            return Err(Kind::SecondChange);
        }
        if Instant::now() >= state.deadline {
            return Err(Kind::Deadline);
        }
        state.changed |= change;
        Ok(state.deadline)
    }

    fn is_skipped(&self) -> bool {
        self.state().connect_failures >= CONNECT_FAILURES
    }

    fn remember(&self, line: LogLine, error: Option<&Error>) {
        let mut state = self.state();
        match error {
            Some(error) if error.is_connect_failure() => state.connect_failures += 1,
            Some(error) if error.sent() == Sent::No => {}
            _ => state.connect_failures = 0,
        }
        if state.log.len() >= LOG_LINES {
            state.log.remove(0);
        }
        state.log.push(line);
    }
}

impl Answer {
    /// An answer as a panel's test would build it.
    #[cfg(test)]
    pub(crate) fn for_test(status: u16, body: &str) -> Self {
        Self {
            status,
            body: body.as_bytes().to_vec(),
            content_type: "application/json; charset=utf-8".to_owned(),
            host: "cp.example".to_owned(),
            call: "GET /test.json".to_owned(),
            change: false,
        }
    }

    /// The `Content-Type` of the answer in lower case, empty for none.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// True for no body, and for the single space that old panels send.
    pub fn is_empty(&self) -> bool {
        self.body.iter().all(u8::is_ascii_whitespace)
    }

    /// Reads the body as JSON of a known shape.
    ///
    /// # Errors
    /// [`Kind::Unexpected`]: a page instead of JSON, broken JSON, another shape. The message never quotes the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(&error))
    }

    /// The error for a body that could not be read as JSON, in our own words: serde's quote the value.
    pub(crate) fn unreadable(&self, error: &serde_json::Error) -> Error {
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        self.unexpected(if self.content_type.contains("html") || first == Some(&b'<') {
            "with a web page instead of JSON: is this the control panel's address, and may this user use the API?"
                .to_owned()
        } else if first.is_none() {
            "with an empty body where JSON was expected".to_owned()
        } else if error.is_data() {
            format!(
                "with JSON of another shape than documented (line {}, column {})",
                error.line(),
                error.column()
            )
        } else {
            format!("with broken JSON (line {}, column {})", error.line(), error.column())
        })
    }

    /// An error about this answer, for content that is well-formed and still not what the call promises.
    pub fn unexpected(&self, what: impl Into<String>) -> Error {
        self.error(Kind::Unexpected { what: what.into() })
    }

    /// An error about this answer, for content that says no although the status says yes.
    pub fn declined(&self) -> Error {
        self.error(Kind::Declined)
    }

    fn error(&self, kind: Kind) -> Error {
        Error::new(kind, Sent::Yes, &self.host, &self.call).with_change(self.change)
    }
}

/// Failures that another attempt may not meet again.
fn may_pass(kind: &Kind) -> bool {
    match kind {
        Kind::Refused | Kind::Unreachable | Kind::DnsTimeout | Kind::ConnectTimeout | Kind::Reset | Kind::Truncated => {
            true
        }
        Kind::Status(status) => {
            matches!(
                classify(*status),
                StatusClass::TooMany | StatusClass::Unavailable | StatusClass::Gateway
            )
        }
        _ => false,
    }
}

/// Between half of and the whole of 200 ms, 400 ms, 800 ms ...
fn jitter(attempt: u32) -> Duration {
    let full = 200_u64.saturating_mul(1 << attempt.min(6));
    let mut random = [0_u8; 2];
    // Without random numbers the pause is the shortest one.
    let random = getrandom::fill(&mut random).map_or(0, |()| u64::from(u16::from_be_bytes(random)));
    Duration::from_millis(full / 2 + full * random / (2 * u64::from(u16::MAX)))
}

/// `name=value&...`, both percent-encoded.
fn pairs(list: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (at, (name, value)) in list.iter().enumerate() {
        if at > 0 {
            text.push('&');
        }
        escape(name, &mut text);
        text.push('=');
        escape(value, &mut text);
    }
    text
}

/// The text as one segment of a path, or as a value of a query.
///
/// ```
/// assert_eq!(provisor::http::percent_encoded("a/b c"), "a%2Fb%20c");
/// ```
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    escape(text, &mut encoded);
    encoded
}

/// Percent-encodes everything but letters, digits and `-._~`; OnApp's `period[startdate]` keeps its brackets readable.
fn escape(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => into.push(char::from(byte)),
            _ => into.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// Path and query of a Location header, without scheme, host and fragment.
fn path_and_query(location: Option<&str>) -> String {
    let location = as_browsers_read(location);
    let location = location.split('#').next().unwrap_or("");
    let local = match host_and_rest(location) {
        Some(rest) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or(""),
        None => location,
    };
    local.to_owned()
}

/// Browsers leave blanks around an address out, and tabs and line breaks everywhere in it.
fn as_browsers_read(location: Option<&str>) -> String {
    let text = location.unwrap_or("").trim();
    text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect()
}

/// What follows the `//` before a host; none for a relative address. Only what stands before the path can name one.
fn host_and_rest(location: &str) -> Option<&str> {
    let (before, rest) = location.split_once("//")?;
    (!before.contains(['/', '?', '#'])).then_some(rest)
}

/// The host in a Location header; empty for a relative one.
fn redirect_host(location: Option<&str>) -> String {
    let location = as_browsers_read(location);
    let Some(rest) = host_and_rest(&location) else {
        return String::new();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    // Never show what stands before an @: it may be a password.
    let host = authority.rsplit('@').next().unwrap_or("");
    let of_a_name = |c: char| c.is_alphanumeric() || ".-_:[]".contains(c);
    if (1..=255).contains(&host.len()) && host.chars().all(of_a_name) {
        host.to_owned()
    } else {
        "[no name of a host]".to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::http::memory::MemoryTransport;

    fn client(user: &str, answer: Response) -> (Client, Arc<Mutex<Vec<Request>>>) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let transport = MemoryTransport::new(move |request| {
            log.lock().unwrap().push(request.clone());
            Ok(answer.clone())
        });
        let endpoint = Endpoint {
            base_url: "https://panel.example".into(),
            connect_ip: None,
            ca_file: None,
            credentials: Basic {
                user: user.into(),
                password: "planted".into(),
            },
        };
        let step = Arc::new(AtomicU64::new(1));
        (
            Client::new(Arc::new(transport), endpoint, Limits::default(), step),
            seen,
        )
    }

    #[test]
    fn a_form_is_percent_encoded_and_says_what_it_is() {
        let (client, seen) = client("ada", Response::new(200, ""));
        client
            .change_form("/x.php", &[("na me", "A & B=ü+"), ("empty", "")])
            .unwrap();
        let sent = seen.lock().unwrap()[0].clone();
        assert_eq!(sent.body.unwrap(), b"na+me=A+%26+B%3D%C3%BC%2B&empty=");
        let kind = sent.headers.iter().find(|(name, _)| name == "content-type").unwrap();
        assert_eq!(kind.1, "application/x-www-form-urlencoded; charset=UTF-8");
        assert!(sent.fresh_connection && sent.auth.is_some());
    }

    #[test]
    fn nobody_sends_no_credentials() {
        let (client, seen) = client("", Response::new(200, ""));
        client.ask_form("/x.php", &[]).unwrap();
        assert!(seen.lock().unwrap()[0].auth.is_none());
    }

    #[test]
    fn a_redirect_is_not_followed_and_keeps_path_and_query_for_who_can_read_them() {
        for (location, kept) in [
            ("/done.php?cn=A#x", "/done.php?cn=A"),
            ("https://h.example:6061/a/done.php?cn=A", "/a/done.php?cn=A"),
            ("//h.example/done.php", "/done.php"),
            ("http://user:pw@h.example?cn=A", "?cn=A"),
            ("done.php?to=https://h.example/x", "done.php?to=https://h.example/x"),
            ("https://h.example", ""),
            ("https://<img src=x>/done.php", "/done.php"),
            ("/done.php?cn=A//B", "/done.php?cn=A//B"),
            ("https:///done.php", "/done.php"),
            ("///done.php", "/done.php"),
            ("/\t/h.example/done.php", "/done.php"),
            ("", ""),
        ] {
            let (client, seen) = client("ada", Response::new(302, "").header("Location", location));
            let error = client.change_form("/x.php", &[]).unwrap_err();
            assert_eq!(error.location(), kept, "{location}");
            assert_eq!(error.code(), "http.redirect");
            assert_eq!(seen.lock().unwrap().len(), 1);
            assert!(!error.to_string().contains("cn=") && !error.to_string().contains("pw"));
            let Kind::Redirect { to_host, .. } = error.kind() else {
                unreachable!()
            };
            let relative = ["/done.php?", "done.php?"]
                .iter()
                .any(|begin| location.starts_with(begin));
            assert_eq!(to_host.is_empty(), relative || location.is_empty(), "{location}");
            assert!(!error.to_string().contains("<img"));
        }
    }
}
