//! The transport that reaches the network: ureq with our own names, our own trust and no help from the environment.
//!
//! Owns: one keep-alive pool per panel for reads, the bound on connections per panel, and telling how far a failed request
//! got. Does not own retries or what a status means.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::http::{HeaderValue, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, TcpConnector, Transport as WireTransport,
    TransportAdapter,
};
use ureq::{Agent, AsSendBody, Timeout};
use zeroize::Zeroizing;

use super::error::{Kind, Sent, TlsReason};
use super::resolver::Resolver;
use super::{Method, Request, Response, SendError, Transport, tls};

/// What a [`UreqTransport`] allows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Connections to one panel at a time; a request beyond them waits until its deadline. Default 8.
    pub connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { connections: 8 }
    }
}

/// The way to a panel: requests that agree on it may share connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Route {
    authority: String,
    connect_ip: Option<IpAddr>,
    ca_file: Option<PathBuf>,
}

/// Sends requests over the network. One per session: it resolves each name once and keeps connections for its lifetime.
///
/// ```no_run
/// use std::sync::Arc;
/// use provisor::http::{Resolver, Settings, Transport, UreqTransport};
/// let transport: Arc<dyn Transport> = Arc::new(UreqTransport::new(Resolver::system(), Settings::default()));
/// ```
#[derive(Debug)]
pub struct UreqTransport {
    names: Arc<Resolver>,
    settings: Settings,
    panels: Mutex<HashMap<Route, Arc<Panel>>>,
}

/// What requests to one panel share.
#[derive(Debug)]
struct Panel {
    tls: OnceLock<Result<Arc<ClientConfig>, TlsReason>>,
    agent: OnceLock<Agent>,
    gate: Gate,
}

impl Default for UreqTransport {
    fn default() -> Self {
        Self::new(Resolver::system(), Settings::default())
    }
}

impl UreqTransport {
    /// A transport that finds names with `names`.
    pub fn new(names: Resolver, settings: Settings) -> Self {
        Self {
            names: Arc::new(names),
            settings,
            panels: Mutex::default(),
        }
    }

    fn panel(&self, route: &Route) -> Arc<Panel> {
        let mut panels = self.panels.lock().unwrap_or_else(PoisonError::into_inner);
        let panel = panels.entry(route.clone()).or_insert_with(|| {
            let gate = Gate::new(self.settings.connections);
            Arc::new(Panel {
                tls: OnceLock::new(),
                agent: OnceLock::new(),
                gate,
            })
        });
        Arc::clone(panel)
    }

    /// An agent with a pool of its own.
    fn agent(&self, route: &Route, tls: Option<Arc<ClientConfig>>) -> Agent {
        // The builder starts from ureq's defaults, which have read the proxy variables already; there is no other way to
        // begin. What they found is dropped here.
        let config = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("provisor/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .max_idle_connections(self.settings.connections)
            .max_idle_connections_per_host(self.settings.connections)
            .max_idle_age(Duration::from_secs(10))
            .build();
        let names = Names {
            names: Arc::clone(&self.names),
            connect_ip: route.connect_ip,
        };
        Agent::with_parts(config, Wire { tls }, names)
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: &Request) -> Result<Response, SendError> {
        let wire = head(request)?;
        let route = Route {
            authority: format!("{:?} {:?}", wire.uri().scheme_str(), wire.uri().authority()),
            connect_ip: request.connect_ip,
            ca_file: request.ca_file.clone(),
        };
        let panel = self.panel(&route);
        let _place = panel
            .gate
            .enter(request.deadline)
            .ok_or(SendError::unsent(Kind::Deadline))?;
        let left = request.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(SendError::unsent(Kind::Deadline));
        }
        let tls = if wire.uri().scheme_str() == Some("https") {
            let config = panel.tls.get_or_init(|| tls::config(request.ca_file.as_deref()));
            Some(config.clone().map_err(|reason| SendError::unsent(Kind::Tls(reason)))?)
        } else {
            None
        };
        // A changing request gets an agent, and with it a connection, of its own.
        let agent = if request.fresh_connection {
            self.agent(&route, tls)
        } else {
            panel.agent.get_or_init(|| self.agent(&route, tls)).clone()
        };
        let (head, ()) = wire.into_parts();
        let answer = match (&request.body, request.method) {
            (Some(body), _) => exchange(&agent, ureq::http::Request::from_parts(head, body), request, left),
            // Without a body these methods still announce its length, or some servers wait for one.
            (None, Method::Post | Method::Put | Method::Patch) => exchange(
                &agent,
                ureq::http::Request::from_parts(head, &Vec::new()),
                request,
                left,
            ),
            (None, Method::Get | Method::Delete) => {
                exchange(&agent, ureq::http::Request::from_parts(head, ()), request, left)
            }
        };
        let mut answer = answer.map_err(before_answer)?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let status = answer.status().as_u16();
        // The limit counts as passed when it is reached, so one byte more is asked for.
        let limit = request.max_body.saturating_add(1);
        let body = answer
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()
            .map_err(|error| SendError {
                kind: in_body(error, request.max_body),
                sent: Sent::Yes,
            })?;
        Ok(Response { status, headers, body })
    }
}

fn exchange(
    agent: &Agent,
    wire: ureq::http::Request<impl AsSendBody>,
    request: &Request,
    left: Duration,
) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    let wire = agent
        .configure_request(wire)
        .timeout_global(Some(left))
        .timeout_resolve(Some(request.connect_timeout))
        .timeout_connect(Some(request.connect_timeout))
        .timeout_send_request(Some(request.read_timeout))
        .timeout_send_body(Some(request.read_timeout))
        .timeout_recv_response(Some(request.read_timeout))
        .timeout_recv_body(Some(request.read_timeout))
        .build();
    agent.run(wire)
}

/// Everything before the body.
fn head(request: &Request) -> Result<ureq::http::Request<()>, SendError> {
    let broken = |_: ureq::http::Error| {
        SendError::unsent(Kind::Config {
            code: "http.address",
            message:
                "the request cannot be written: its address, user or a header holds characters that are not allowed"
                    .to_owned(),
        })
    };
    let mut builder = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(request.url.as_str());
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if let Some(auth) = &request.auth {
        let pair = Zeroizing::new(format!("{}:{}", auth.user, auth.password.reveal()));
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        let mut value = HeaderValue::try_from(format!("Basic {encoded}")).map_err(|error| broken(error.into()))?;
        value.set_sensitive(true);
        builder = builder.header("authorization", value);
    }
    builder.body(()).map_err(broken)
}

/// Our names for ureq.
#[derive(Debug)]
struct Names {
    names: Arc<Resolver>,
    connect_ip: Option<IpAddr>,
}

impl UreqResolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let port = uri
            .port_u16()
            .unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let found = match self.connect_ip {
            Some(ip) => vec![ip],
            None => self
                .names
                .lookup(uri.host().unwrap_or(""), *timeout.after)
                .map_err(|kind| as_ureq(SendError::unsent(kind)))?,
        };
        let mut addresses = self.empty();
        for ip in found.into_iter().take(16) {
            addresses.push(SocketAddr::new(ip, port));
        }
        Ok(addresses)
    }
}

/// Connects and, for https, speaks TLS. Whatever fails in here failed before the request left us.
#[derive(Debug)]
struct Wire {
    tls: Option<Arc<ClientConfig>>,
}

impl Connector<()> for Wire {
    type Out = Counted;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Counted>, ureq::Error> {
        let unsent = |error| as_ureq(SendError::unsent(in_connect(error)));
        let started = Instant::now();
        let Some(tcp) = TcpConnector::default().connect(details, None::<()>).map_err(unsent)? else {
            return Err(ureq::Error::ConnectionFailed);
        };
        let inner: Box<dyn WireTransport> = match &self.tls {
            None => Box::new(tcp),
            Some(config) => Box::new(TlsStream::connect(Arc::clone(config), tcp, details, started).map_err(unsent)?),
        };
        Ok(Some(Counted { inner, written: false }))
    }
}

/// Knows whether anything of a request was handed to the system.
#[derive(Debug)]
struct Counted {
    inner: Box<dyn WireTransport>,
    written: bool,
}

impl WireTransport for Counted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        // A TLS 1.3 server may have sent session tickets already, so only a plain connection can be asked.
        if !self.written && !self.inner.is_tls() && !self.inner.is_open() {
            return Err(as_ureq(SendError::unsent(Kind::Reset)));
        }
        match self.inner.transmit_output(amount, timeout) {
            Ok(()) => {
                self.written = true;
                Ok(())
            }
            // The head of the request never left as a whole.
            Err(ureq::Error::Io(_)) if !self.written => Err(as_ureq(SendError::unsent(Kind::Reset))),
            Err(error) => Err(error),
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// TLS over a connection.
struct TlsStream {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl TlsStream {
    fn connect(
        config: Arc<ClientConfig>,
        tcp: impl WireTransport,
        details: &ConnectionDetails,
        started: Instant,
    ) -> Result<Self, ureq::Error> {
        let host = details
            .uri
            .host()
            .unwrap_or("")
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(host).map_err(|_| ureq::Error::HostNotFound)?;
        let mut conn = ClientConnection::new(config, name)?;
        let mut sock = TransportAdapter::new(Box::new(tcp) as Box<dyn WireTransport>, details.current_time.clone());
        // The time that connecting has used is gone.
        let mut timeout = details.timeout;
        if !timeout.after.is_not_happening() {
            timeout.after = timeout
                .after
                .saturating_sub(started.elapsed())
                .max(Duration::from_millis(1))
                .into();
        }
        sock.set_timeout(timeout);
        conn.complete_io(&mut sock)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Self {
            buffers,
            stream: StreamOwned::new(conn, sock),
        })
    }
}

impl WireTransport for TlsStream {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        self.stream.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsStream")
    }
}

fn as_ureq(error: SendError) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}

/// What a failure means before a connection stood.
fn in_connect(error: ureq::Error) -> Kind {
    match error {
        ureq::Error::Timeout(Timeout::Global | Timeout::PerCall) => Kind::Deadline,
        ureq::Error::Timeout(_) => Kind::ConnectTimeout,
        ureq::Error::Rustls(error) => Kind::Tls(tls::reason(&error)),
        ureq::Error::HostNotFound => Kind::Tls(TlsReason::WrongName),
        ureq::Error::Io(error) => match tls_cause(&error) {
            Some(reason) => Kind::Tls(reason),
            None => match error.kind() {
                ErrorKind::ConnectionRefused => Kind::Refused,
                ErrorKind::TimedOut => Kind::ConnectTimeout,
                kind if is_cut(kind) => Kind::Reset,
                _ => Kind::Unreachable,
            },
        },
        _ => Kind::Protocol,
    }
}

/// What a failure means between the connection and the answer's head.
fn before_answer(error: ureq::Error) -> SendError {
    let kind = match error {
        ureq::Error::Other(other) => match other.downcast::<SendError>() {
            Ok(known) => return *known,
            Err(_) => Kind::Protocol,
        },
        ureq::Error::Timeout(Timeout::Global | Timeout::PerCall) => Kind::Deadline,
        ureq::Error::Timeout(_) => Kind::ReadTimeout,
        ureq::Error::Io(error) => match tls_cause(&error) {
            Some(reason) => Kind::Tls(reason),
            None if is_cut(error.kind()) => Kind::Reset,
            None => Kind::Protocol,
        },
        _ => Kind::Protocol,
    };
    SendError::unknown(kind)
}

/// What a failure means while the body is read.
fn in_body(error: ureq::Error, limit: u64) -> Kind {
    match error {
        ureq::Error::BodyExceedsLimit(_) => Kind::BodyTooBig { limit },
        ureq::Error::Timeout(Timeout::Global | Timeout::PerCall) => Kind::Deadline,
        ureq::Error::Timeout(_) => Kind::ReadTimeout,
        ureq::Error::Protocol(_) => Kind::Protocol,
        _ => Kind::Truncated,
    }
}

fn tls_cause(error: &io::Error) -> Option<TlsReason> {
    error.get_ref()?.downcast_ref::<rustls::Error>().map(tls::reason)
}

fn is_cut(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof
    )
}

/// At most so many requests to one panel at a time.
#[derive(Debug)]
struct Gate {
    free: Mutex<usize>,
    left: Condvar,
}

impl Gate {
    fn new(places: usize) -> Self {
        Self {
            free: Mutex::new(places.max(1)),
            left: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place until the deadline.
    fn enter(&self, deadline: Instant) -> Option<Place<'_>> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let (mut free, _) = self
            .left
            .wait_timeout_while(self.lock(), wait, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Place { gate: self })
    }
}

struct Place<'a> {
    gate: &'a Gate,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.gate.lock() += 1;
        self.gate.left.notify_one();
    }
}
