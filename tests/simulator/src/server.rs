//! HTTP/1.1 over std sockets: one thread accepts, one thread serves each connection. Owns the wire and the faults on
//! it; what an answer says is decided in `site`.

use crate::faults::{Fault, Kind};
use crate::request::{Answer, Request};
use crate::site::Site;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::{Domain, Socket, Type};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const HEAD_LIMIT: usize = 64 * 1024;
const BODY_LIMIT: usize = 64 * 1024 * 1024;

type Sockets = Mutex<HashMap<u64, TcpStream>>;

/// A listening server; stops when dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    open: Arc<Sockets>,
    accept: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds and serves. A taken port is an error here, before anything runs.
    pub fn start(
        address: SocketAddr,
        site: Arc<Site>,
        tls: Option<Arc<ServerConfig>>,
        latency: Duration,
    ) -> io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let open: Arc<Sockets> = Arc::default();
        let (stopped, sockets) = (stop.clone(), open.clone());
        let accept = thread::Builder::new().name("accept".into()).spawn(move || {
            let mut listener = Some(listener);
            while let Some(listening) = listener.take() {
                let down = accept(&listening, &site, tls.as_ref(), latency, &sockets, &stopped);
                drop(listening);
                if let Some(time) = down {
                    let socket = rebind(address, &stopped);
                    close_all(&sockets);
                    pause(time, &stopped);
                    listener = socket.filter(|s| s.listen(128).is_ok()).map(TcpListener::from);
                }
            }
        })?;
        Ok(Server {
            address,
            stop,
            open,
            accept: Some(accept),
        })
    }
}

/// Serves until the server stops (`None`) or goes down for a time.
fn accept(
    listener: &TcpListener,
    site: &Arc<Site>,
    tls: Option<&Arc<ServerConfig>>,
    latency: Duration,
    sockets: &Arc<Sockets>,
    stopped: &AtomicBool,
) -> Option<Duration> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    for stream in listener.incoming() {
        if stopped.load(Ordering::SeqCst) {
            return None;
        }
        if let Some(time) = site.take_down() {
            return Some(time);
        }
        let Ok(stream) = stream else { continue };
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        if let Ok(copy) = stream.try_clone() {
            lock(sockets).insert(number, copy);
        }
        let (site, tls, sockets) = (site.clone(), tls.cloned(), sockets.clone());
        let served = thread::Builder::new().name("connection".into()).spawn(move || {
            // A client that goes away in the middle is not an event worth reporting.
            let _ = connection(stream, &site, tls, latency);
            lock(&sockets).remove(&number);
        });
        drop(served);
    }
    None
}

fn close_all(sockets: &Sockets) {
    for socket in lock(sockets).values() {
        let _ = socket.shutdown(Shutdown::Both);
    }
}

fn pause(time: Duration, stopped: &AtomicBool) {
    let until = Instant::now() + time;
    while Instant::now() < until && !stopped.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(5));
    }
}

/// The same port again, bound but not listening, so that nobody else takes it while connections are refused.
fn rebind(address: SocketAddr, stopped: &AtomicBool) -> Option<Socket> {
    while !stopped.load(Ordering::SeqCst) {
        let bound = Socket::new(Domain::for_address(address), Type::STREAM, None).and_then(|socket| {
            socket.set_reuse_address(true)?;
            socket.bind(&address.into())?;
            Ok(socket)
        });
        if let Ok(socket) = bound {
            return Some(socket);
        }
        thread::sleep(Duration::from_millis(5));
    }
    None
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Once may not do: the thread may be between two listeners.
        while self.accept.as_ref().is_some_and(|a| !a.is_finished()) {
            let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(100));
            thread::sleep(Duration::from_millis(2));
        }
        if let Some(accept) = self.accept.take() {
            let _ = accept.join();
        }
        close_all(&self.open);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn connection(socket: TcpStream, site: &Site, tls: Option<Arc<ServerConfig>>, latency: Duration) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let raw = socket.try_clone()?;
    let mut stream: Box<dyn Stream> = match tls {
        Some(config) => {
            let session = ServerConnection::new(config).map_err(io::Error::other)?;
            Box::new(StreamOwned::new(session, socket))
        }
        None => Box::new(socket),
    };
    let mut buffer = Vec::new();
    while let Some((request, length)) = read_head(&mut stream, &mut buffer)? {
        let fault = site.fault(&request);
        if let Some(Fault {
            kind: Kind::ResetBefore,
            ..
        }) = &fault
        {
            site.note(&request, fault.as_ref());
            return reset(&raw);
        }
        let request = read_body(&mut stream, &mut buffer, request, length)?;
        if !latency.is_zero() && !request.path().starts_with("/_sim/") {
            thread::sleep(latency);
        }
        let answer = site.respond(&request, fault.as_ref());
        if let Some(Fault {
            kind: Kind::ResetAfter, ..
        }) = &fault
        {
            return reset(&raw);
        }
        let close = request
            .header("connection")
            .is_some_and(|c| c.eq_ignore_ascii_case("close"));
        if !write(&mut stream, &request, &answer, fault.as_ref(), close)? || close {
            break;
        }
        if site.wants_down() {
            // Wakes the accepting thread, which then sees the order.
            let _ = TcpStream::connect(raw.local_addr()?);
        }
    }
    let _ = stream.flush();
    let _ = raw.shutdown(Shutdown::Both);
    Ok(())
}

/// Reads one head; `None` when the client closed between requests.
fn read_head(stream: &mut dyn Stream, buffer: &mut Vec<u8>) -> io::Result<Option<(Request, Option<usize>)>> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 100];
        let mut head = httparse::Request::new(&mut headers);
        match head.parse(buffer) {
            Ok(httparse::Status::Complete(used)) => {
                let request = Request {
                    method: head.method.unwrap_or("").to_uppercase(),
                    target: head.path.unwrap_or("/").into(),
                    headers: head
                        .headers
                        .iter()
                        .map(|h| {
                            (
                                h.name.to_lowercase(),
                                String::from_utf8_lossy(h.value).trim().to_string(),
                            )
                        })
                        .collect(),
                    body: Vec::new(),
                };
                buffer.drain(..used);
                let chunked = request
                    .header("transfer-encoding")
                    .is_some_and(|t| t.to_lowercase().contains("chunked"));
                let length = if chunked {
                    None
                } else {
                    Some(
                        request
                            .header("content-length")
                            .and_then(|l| l.parse().ok())
                            .unwrap_or(0),
                    )
                };
                return Ok(Some((request, length)));
            }
            Ok(httparse::Status::Partial) if buffer.len() < HEAD_LIMIT => {
                if !fill(stream, buffer)? {
                    return Ok(None);
                }
            }
            _ => {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
                return Ok(None);
            }
        }
    }
}

fn read_body(
    stream: &mut dyn Stream,
    buffer: &mut Vec<u8>,
    mut request: Request,
    length: Option<usize>,
) -> io::Result<Request> {
    if request
        .header("expect")
        .is_some_and(|e| e.eq_ignore_ascii_case("100-continue"))
    {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    match length {
        Some(length) if length > BODY_LIMIT => return Err(io::Error::other("body too large")),
        Some(length) => {
            while buffer.len() < length {
                if !fill(stream, buffer)? {
                    return Err(cut());
                }
            }
            request.body = buffer.drain(..length).collect();
        }
        None => loop {
            let line_end = loop {
                match buffer.windows(2).position(|w| w == b"\r\n") {
                    Some(at) => break at,
                    None if fill(stream, buffer)? => {}
                    None => return Err(cut()),
                }
            };
            let line: Vec<u8> = buffer.drain(..line_end + 2).collect();
            let line = String::from_utf8_lossy(&line);
            let size = line.split(';').next().unwrap_or("").trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| io::Error::other("bad chunk"))?;
            if size > BODY_LIMIT || request.body.len() > BODY_LIMIT {
                return Err(io::Error::other("body too large"));
            }
            while buffer.len() < size + 2 {
                if !fill(stream, buffer)? {
                    return Err(cut());
                }
            }
            request.body.extend(buffer.drain(..size));
            buffer.drain(..2);
            if size == 0 {
                break;
            }
        },
    }
    Ok(request)
}

fn fill(stream: &mut dyn Stream, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut part = [0u8; 16 * 1024];
    let count = stream.read(&mut part)?;
    buffer.extend(part.iter().take(count));
    Ok(count > 0)
}

/// Lets the close of the socket send RST instead of FIN. Nothing may shut it down in between.
fn reset(raw: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(raw).set_linger(Some(Duration::ZERO))
}

/// Writes the answer with its fault; false when the connection is over.
fn write(
    stream: &mut dyn Stream,
    request: &Request,
    answer: &Answer,
    fault: Option<&Fault>,
    close: bool,
) -> io::Result<bool> {
    let body_allowed = request.method != "HEAD" && answer.status != 204 && answer.status != 304;
    let body: &[u8] = if body_allowed { &answer.body } else { &[] };
    let mut length = body.len();
    if let Some(Kind::WrongLength(delta)) = fault.map(|f| &f.kind) {
        length = length.saturating_add_signed(*delta as isize);
    }
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if answer.status != 204 {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str(if close {
        "Connection: close\r\n\r\n"
    } else {
        "Connection: keep-alive\r\n\r\n"
    });
    let mut bytes = head.into_bytes();
    let head_length = bytes.len();
    bytes.extend(body);

    match fault.map(|f| &f.kind) {
        Some(Kind::Stall) => {
            let mut sink = [0u8; 256];
            while stream.read(&mut sink)? > 0 {}
            Ok(false)
        }
        Some(Kind::Truncated) => {
            bytes.truncate(head_length + body.len() / 2);
            stream.write_all(&bytes)?;
            stream.flush()?;
            Ok(false)
        }
        Some(Kind::Slow(interval)) => {
            for byte in bytes.chunks(1) {
                stream.write_all(byte)?;
                stream.flush()?;
                thread::sleep(Duration::from_millis(*interval));
            }
            Ok(true)
        }
        Some(Kind::Delay(time)) => {
            thread::sleep(Duration::from_millis(*time));
            stream.write_all(&bytes)?;
            stream.flush()?;
            Ok(true)
        }
        Some(Kind::CloseIdle) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            Ok(false)
        }
        Some(Kind::WrongLength(delta)) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            Ok(*delta <= 0)
        }
        _ => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            Ok(true)
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
