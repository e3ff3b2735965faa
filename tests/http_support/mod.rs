//! Servers that misbehave on purpose, on a free port of the loopback, and a client for them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use provisor::http::{
    Basic, Client, Endpoint, Limits, Method, Request, Resolver, Response, SendError, Settings, Transport, UreqTransport,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// A password that must be found nowhere.
pub const PLANTED: &str = "pl4nted-Passw0rd";

/// Runs `serve` for each connection, one after the other, and keeps what the clients sent.
pub struct Server {
    pub address: SocketAddr,
    pub connections: Arc<AtomicU64>,
    pub requests: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One connection: reads requests and writes whatever the fault wants.
pub struct Wire<'a, S: Read + Write> {
    pub stream: S,
    requests: &'a Mutex<Vec<String>>,
}

impl<S: Read + Write> Wire<'_, S> {
    /// Reads one request with its body; None when the client has closed.
    pub fn request(&mut self) -> Option<String> {
        let mut text = Vec::new();
        let mut byte = [0];
        while !text.ends_with(b"\r\n\r\n") {
            match self.stream.read(&mut byte) {
                Ok(1) => text.push(byte[0]),
                _ => return None,
            }
        }
        let head = String::from_utf8_lossy(&text).to_ascii_lowercase();
        let length = head.lines().find_map(|line| {
            line.strip_prefix("content-length:")
                .map(|value| value.trim().parse::<usize>().unwrap())
        });
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body).ok()?;
        text.extend(body);
        let text = String::from_utf8_lossy(&text).into_owned();
        self.requests.lock().unwrap().push(text.clone());
        Some(text)
    }

    pub fn write(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes());
        let _ = self.stream.flush();
    }

    /// A whole answer with its length.
    pub fn answer(&mut self, status: &str, headers: &str, body: &str) {
        self.write(&format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
    }
}

impl Server {
    pub fn start(serve: impl Fn(u64, &mut Wire<'_, TcpStream>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(Vec::new())));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (connections, requests, stop) = (connections.clone(), requests.clone(), stop.clone());
            move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let stream = stream.unwrap();
                    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                    let number = connections.fetch_add(1, Ordering::SeqCst) + 1;
                    serve(
                        number,
                        &mut Wire {
                            stream,
                            requests: &requests,
                        },
                    );
                }
            }
        });
        Self {
            address,
            connections,
            requests,
            stop,
            thread: Some(thread),
        }
    }

    /// Answers the n-th request with the n-th answer, the last one again and again, one connection each.
    pub fn answering(answers: Vec<&'static str>) -> Self {
        Self::start(move |number, wire| {
            let at = usize::try_from(number).unwrap().min(answers.len()) - 1;
            if wire.request().is_some() {
                wire.write(answers[at]);
            }
        })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let result = thread.join();
            if !std::thread::panicking() {
                result.unwrap();
            }
        }
    }
}

/// A certificate for tests.
pub struct Certificate {
    pub pem: String,
    pub der: Vec<u8>,
    key: KeyPair,
    params: CertificateParams,
}

impl Certificate {
    pub fn params(name: &str) -> CertificateParams {
        CertificateParams::new(vec![name.to_owned()]).unwrap()
    }

    pub fn self_signed(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
            key,
            params,
        }
    }

    pub fn authority() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self::self_signed(params)
    }

    pub fn signed_by(params: CertificateParams, authority: &Certificate) -> Self {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&authority.params, &authority.key);
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
            key,
            params,
        }
    }

    /// The certificate as a CA file in a directory that the test removes.
    pub fn file(&self, directory: &Scratch) -> PathBuf {
        let path = directory.0.join("ca.pem");
        std::fs::write(&path, &self.pem).unwrap();
        path
    }

    fn server(&self) -> Arc<rustls::ServerConfig> {
        let chain = vec![rustls::pki_types::CertificateDer::from(self.der.clone())];
        let key = rustls::pki_types::PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Arc::new(config)
    }
}

/// A panel behind TLS that answers one request a connection with `{}`.
pub fn tls_server(certificate: &Certificate) -> Server {
    tls_server_keeping(certificate, 1)
}

/// A panel behind TLS that answers so many requests a connection with `{}`.
pub fn tls_server_keeping(certificate: &Certificate, requests_each: u32) -> Server {
    let config = certificate.server();
    Server::start(move |_, wire| {
        let requests = wire.requests;
        let stream = wire.stream.try_clone().unwrap();
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        let mut wire = Wire {
            stream: rustls::StreamOwned::new(connection, stream),
            requests,
        };
        for _ in 0..requests_each {
            if wire.request().is_some() {
                wire.answer("200 OK", "Content-Type: application/json\r\n", "{}");
            }
        }
    })
}

/// A directory that goes when the test ends.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("provisor-http-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A socket that takes questions and never answers.
pub fn silent_name_server() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

pub fn transport() -> UreqTransport {
    UreqTransport::new(Resolver::new(Vec::new(), "/nonexistent"), Settings::default())
}

pub fn request(method: Method, url: &str) -> Request {
    Request {
        method,
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        auth: Some(Basic {
            user: "admin".to_owned(),
            password: PLANTED.into(),
        }),
        connect_ip: None,
        ca_file: None,
        fresh_connection: method != Method::Get,
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(2),
        deadline: Instant::now() + Duration::from_secs(5),
        max_body: 8 * 1024 * 1024,
    }
}

pub fn get(url: &str) -> Result<Response, SendError> {
    transport().send(&request(Method::Get, url))
}

/// A client of `url` and the counter that begins its next step.
pub fn client_over(transport: Arc<dyn Transport>, base_url: &str, limits: Limits) -> (Client, Arc<AtomicU64>) {
    let step = Arc::new(AtomicU64::new(1));
    let endpoint = Endpoint {
        base_url: base_url.to_owned(),
        connect_ip: None,
        ca_file: None,
        credentials: Basic {
            user: "admin".to_owned(),
            password: PLANTED.into(),
        },
    };
    (Client::new(transport, endpoint, limits, step.clone()), step)
}

pub fn client(base_url: &str) -> (Client, Arc<AtomicU64>) {
    client_over(Arc::new(transport()), base_url, Limits::default())
}
