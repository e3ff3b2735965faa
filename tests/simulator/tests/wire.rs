//! Promises about the wire, seen by a raw TCP client: keep-alive, bodies, every fault kind, TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use base64::Engine;
use provisor_simulator::{Options, PanelKind, Simulator, TlsMode};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn start() -> Simulator {
    Simulator::start(Options::default()).unwrap()
}

fn connect(sim: &Simulator) -> TcpStream {
    let address = sim.url.rsplit('/').next().unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn request(sim: &Simulator, method: &str, path: &str, body: &str) -> String {
    let token = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", sim.user, sim.password));
    format!(
        "{method} {path} HTTP/1.1\r\nHost: panel\r\nAuthorization: Basic {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

struct Reply {
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<String> {
        let prefix = format!("{}: ", name.to_lowercase());
        self.head
            .lines()
            .find(|l| l.to_lowercase().starts_with(&prefix))
            .map(|l| l[prefix.len()..].to_string())
    }
}

/// Reads one answer by its Content-Length.
fn read(stream: &mut impl Read) -> std::io::Result<Reply> {
    let mut bytes = Vec::new();
    let mut one = [0u8; 1];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut one)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        bytes.push(one[0]);
    }
    let mut reply = Reply {
        head: String::from_utf8(bytes).unwrap(),
        body: Vec::new(),
    };
    let length: usize = reply.header("content-length").map_or(0, |l| l.parse().unwrap());
    reply.body = vec![0; length];
    stream.read_exact(&mut reply.body)?;
    Ok(reply)
}

fn ask(sim: &Simulator, stream: &mut TcpStream, method: &str, path: &str, body: &str) -> std::io::Result<Reply> {
    stream.write_all(request(sim, method, path, body).as_bytes())?;
    read(stream)
}

fn user_body() -> String {
    json!({"user": {"login": "ada", "email": "ada@client.example", "password": "Client-pw-1"}}).to_string()
}

fn users(sim: &Simulator) -> usize {
    sim.state()["users"].as_array().unwrap().len()
}

fn fault(sim: &Simulator, rule: Value) {
    sim.faults(&json!([rule])).unwrap();
}

#[test]
fn a_connection_serves_many_requests() {
    let sim = start();
    let mut stream = connect(&sim);
    for _ in 0..20 {
        let reply = ask(&sim, &mut stream, "GET", "/version.json", "").unwrap();
        assert_eq!(
            (reply.status(), reply.body.as_slice()),
            (200, br#"{"version":"6.5.0-143"}"#.as_slice())
        );
        assert_eq!(reply.header("content-type").unwrap(), "application/json; charset=utf-8");
    }
    let two = request(&sim, "GET", "/version.json", "").repeat(2);
    stream.write_all(two.as_bytes()).unwrap();
    assert_eq!(read(&mut stream).unwrap().status(), 200);
    assert_eq!(read(&mut stream).unwrap().status(), 200);
    let closing = request(&sim, "GET", "/version.json", "").replace("Host: panel", "Host: panel\r\nConnection: close");
    stream.write_all(closing.as_bytes()).unwrap();
    assert_eq!(read(&mut stream).unwrap().header("connection").unwrap(), "close");
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
}

#[test]
fn a_created_object_is_named_in_location() {
    let sim = start();
    let reply = ask(&sim, &mut connect(&sim), "POST", "/users.json", &user_body()).unwrap();
    assert_eq!(reply.status(), 201);
    let id = serde_json::from_slice::<Value>(&reply.body).unwrap()["user"]["id"]
        .as_u64()
        .unwrap();
    assert_eq!(reply.header("location").unwrap(), format!("http://panel/users/{id}"));
}

#[test]
fn chunked_bodies_and_expect_are_understood() {
    let sim = start();
    let mut stream = connect(&sim);
    let body = user_body();
    let (one, two) = body.split_at(10);
    let head = request(&sim, "POST", "/users.json", "").replace("Content-Length: 0", "Transfer-Encoding: chunked");
    let chunks = format!(
        "{head}{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
        one.len(),
        two.len()
    );
    stream.write_all(chunks.as_bytes()).unwrap();
    assert_eq!(read(&mut stream).unwrap().status(), 201);
    let expecting = request(&sim, "POST", "/users.json", &body).replace("Host:", "Expect: 100-continue\r\nHost:");
    stream.write_all(expecting.as_bytes()).unwrap();
    assert_eq!(read(&mut stream).unwrap().status(), 100);
    assert_eq!(read(&mut stream).unwrap().status(), 422, "the login is taken");
}

#[test]
fn reset_before_processes_nothing() {
    let sim = start();
    fault(
        &sim,
        json!({"kind": "reset_before", "match": {"method": "POST", "path_prefix": "/users"}, "count": 1}),
    );
    let error = ask(&sim, &mut connect(&sim), "POST", "/users.json", &user_body())
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(users(&sim), 1);
    assert_eq!(
        ask(&sim, &mut connect(&sim), "POST", "/users.json", &user_body())
            .unwrap()
            .status(),
        201
    );
    let log = sim.requests();
    assert_eq!(
        (&log[0]["fault"], &log[0]["status"]),
        (&json!("reset_before"), &Value::Null)
    );
    assert_eq!((&log[1]["fault"], &log[1]["status"]), (&Value::Null, &json!(201)));
}

#[test]
fn reset_after_processes_and_says_nothing() {
    let sim = start();
    fault(
        &sim,
        json!({"kind": "reset_after", "match": {"method": "POST", "path_prefix": "/users"}, "nth": 1}),
    );
    let error = ask(&sim, &mut connect(&sim), "POST", "/users.json", &user_body())
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(users(&sim), 2, "the user was made");
    assert_eq!(
        ask(&sim, &mut connect(&sim), "POST", "/users.json", &user_body())
            .unwrap()
            .status(),
        422
    );
}

#[test]
fn close_idle_answers_and_then_closes() {
    let sim = start();
    fault(&sim, json!({"kind": "close_idle", "count": 1}));
    let mut stream = connect(&sim);
    let reply = ask(&sim, &mut stream, "GET", "/version.json", "").unwrap();
    assert_eq!(
        (reply.status(), reply.header("connection").unwrap().as_str()),
        (200, "keep-alive")
    );
    assert_eq!(
        stream.read(&mut [0; 1]).unwrap(),
        0,
        "closed although it promised to stay"
    );
}

#[test]
fn truncated_cuts_the_body() {
    let sim = start();
    fault(&sim, json!({"kind": "truncated", "count": 1}));
    let error = ask(&sim, &mut connect(&sim), "GET", "/version.json", "").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn wrong_length_lies_in_both_directions() {
    let sim = start();
    fault(&sim, json!({"kind": "wrong_length", "count": 1}));
    let reply = ask(&sim, &mut connect(&sim), "GET", "/version.json", "").unwrap();
    assert_eq!(reply.body.len(), br#"{"version":"6.5.0-143"}"#.len() - 5);
    fault(&sim, json!({"kind": "wrong_length", "delta": 5, "count": 1}));
    let error = ask(&sim, &mut connect(&sim), "GET", "/version.json", "").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn slow_sends_byte_by_byte() {
    let sim = start();
    fault(&sim, json!({"kind": "slow", "count": 1}));
    let mut stream = connect(&sim);
    stream
        .write_all(request(&sim, "GET", "/version.json", "").as_bytes())
        .unwrap();
    let begun = Instant::now();
    stream.read_exact(&mut [0; 3]).unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(2), "one byte a second");
    drop(stream);
    fault(&sim, json!({"kind": "slow", "interval_ms": 1, "count": 1}));
    assert_eq!(
        ask(&sim, &mut connect(&sim), "GET", "/version.json", "")
            .unwrap()
            .status(),
        200
    );
}

#[test]
fn replaced_answers_process_nothing_unless_told() {
    let sim = start();
    for (rule, status) in [
        (json!({"kind": "html_login"}), 200),
        (json!({"kind": "html_500"}), 500),
        (json!({"kind": "status", "status": 429, "retry_after": 7}), 429),
        (
            json!({"kind": "503", "retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}),
            503,
        ),
        (json!({"kind": "redirect", "location": "http://127.0.0.2:1/"}), 302),
    ] {
        fault(&sim, rule.clone());
        let reply = ask(&sim, &mut connect(&sim), "POST", "/users.json", &user_body()).unwrap();
        assert_eq!(reply.status(), status, "{rule}");
        assert!(reply.header("content-type").unwrap().starts_with("text/html"));
        match status {
            429 => assert_eq!(reply.header("retry-after").unwrap(), "7"),
            503 => assert_eq!(reply.header("retry-after").unwrap(), "Wed, 21 Oct 2026 07:28:00 GMT"),
            302 => assert_eq!(reply.header("location").unwrap(), "http://127.0.0.2:1/"),
            200 => assert!(String::from_utf8_lossy(&reply.body).contains("<form")),
            _ => assert!(String::from_utf8_lossy(&reply.body).contains("500 Internal Server Error")),
        }
        assert_eq!(users(&sim), 1);
    }
    fault(&sim, json!({"kind": "html_500", "processed": true}));
    assert_eq!(
        ask(&sim, &mut connect(&sim), "POST", "/users.json", &user_body())
            .unwrap()
            .status(),
        500
    );
    assert_eq!(users(&sim), 2, "made all the same");
}

#[test]
fn big_body_is_ten_megabytes_of_json() {
    let sim = start();
    fault(&sim, json!({"kind": "big_body", "count": 1}));
    let reply = ask(&sim, &mut connect(&sim), "GET", "/version.json", "").unwrap();
    assert!(reply.body.len() >= 10 * 1024 * 1024 - 16, "{}", reply.body.len());
    assert!(serde_json::from_slice::<Value>(&reply.body).unwrap().is_array());
}

#[test]
fn stall_never_answers_and_does_not_hold_the_others_up() {
    let sim = start();
    fault(&sim, json!({"kind": "stall", "count": 1}));
    let mut stalled = connect(&sim);
    stalled.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let error = ask(&sim, &mut stalled, "GET", "/version.json", "").err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    assert_eq!(
        ask(&sim, &mut connect(&sim), "GET", "/version.json", "")
            .unwrap()
            .status(),
        200
    );
    let begun = Instant::now();
    drop(sim);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "stopping does not wait for stalled connections"
    );
    stalled.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert!(matches!(stalled.read(&mut [0; 1]), Ok(0) | Err(_)));
}

#[test]
fn rules_count_match_and_are_replaced_as_a_whole() {
    let sim = start();
    sim.faults(&json!([{"kind": "503", "match": {"method": "get", "path_prefix": "/version"}, "nth": 2, "count": 2}]))
        .unwrap();
    let mut stream = connect(&sim);
    let statuses: Vec<u16> = (0..5)
        .map(|_| ask(&sim, &mut stream, "GET", "/version.json", "").unwrap().status())
        .collect();
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
    assert_eq!(sim.control("GET", "faults", &Value::Null).unwrap()[0]["hits"], 2);
    let refused = sim.faults(&json!([{"kind": "flood"}])).unwrap_err();
    assert!(refused.contains("flood"), "{refused}");
    assert_eq!(
        sim.control("GET", "faults", &Value::Null)
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        1,
        "the old rules stay"
    );
    sim.faults(&json!([])).unwrap();
    assert!(
        sim.control("GET", "faults", &Value::Null)
            .unwrap()
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn down_refuses_connections_and_keeps_the_state() {
    let sim = start();
    let mut open = connect(&sim);
    assert_eq!(
        ask(&sim, &mut open, "POST", "/users.json", &user_body())
            .unwrap()
            .status(),
        201
    );
    let address = sim.url.rsplit('/').next().unwrap();
    assert_eq!(
        ask(&sim, &mut open, "POST", "/_sim/down", r#"{"seconds":2}"#)
            .unwrap()
            .status(),
        200
    );
    let begun = Instant::now();
    let mut refused = false;
    while begun.elapsed() < Duration::from_millis(1900) && !refused {
        refused = TcpStream::connect(address)
            .err()
            .is_some_and(|e| e.kind() == ErrorKind::ConnectionRefused);
    }
    assert!(refused);
    assert!(
        matches!(open.read(&mut [0; 1]), Ok(0) | Err(_)),
        "open connections are closed"
    );
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it comes back");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(
        ask(&sim, &mut connect(&sim), "POST", "/users.json", &user_body())
            .unwrap()
            .status(),
        422
    );
    sim.go_down(Duration::from_secs(60));
    let begun = Instant::now();
    drop(sim);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "stopping does not wait for the end of it"
    );
}

#[test]
fn control_is_never_faulted_and_needs_no_login() {
    let sim = start();
    fault(&sim, json!({"kind": "reset_before"}));
    let mut stream = connect(&sim);
    stream
        .write_all(b"GET /_sim/state HTTP/1.1\r\nHost: panel\r\n\r\n")
        .unwrap();
    let reply = read(&mut stream).unwrap();
    assert_eq!(reply.status(), 200);
    assert!(
        !String::from_utf8_lossy(&reply.body).contains(&sim.password),
        "the truth names no password"
    );
}

#[test]
fn in_memory_a_cut_connection_is_status_0() {
    let sim = Simulator::in_memory(Options::default());
    fault(&sim, json!({"kind": "reset_after", "count": 1}));
    let body: Value = serde_json::from_str(&user_body()).unwrap();
    let (status, headers, _) = sim.call("POST", "/users.json", Some(&body));
    assert_eq!((status, headers[0].1.as_str()), (0, "reset_after"));
    assert_eq!(users(&sim), 2);
}

#[test]
fn latency_delays_answers_but_not_control() {
    let sim = Simulator::start(Options {
        latency: Duration::from_millis(200),
        ..Options::default()
    })
    .unwrap();
    let begun = Instant::now();
    ask(&sim, &mut connect(&sim), "GET", "/version.json", "").unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(200));
    let begun = Instant::now();
    ask(&sim, &mut connect(&sim), "GET", "/_sim/state", "").unwrap();
    assert!(begun.elapsed() < Duration::from_millis(150));
}

fn handshake(mode: TlsMode) -> std::io::Result<u16> {
    let sim = Simulator::start(Options {
        tls: Some(mode),
        ..Options::default()
    })?;
    assert!(sim.url.starts_with("https://127.0.0.1:"));
    let mut roots = rustls::RootCertStore::empty();
    let file = sim.ca_file.clone().unwrap();
    for certificate in rustls::pki_types::CertificateDer::pem_file_iter(&file).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, connect(&sim));
    stream.write_all(request(&sim, "GET", "/version.json", "").as_bytes())?;
    let status = read(&mut stream)?.status();
    drop(sim);
    assert!(!file.exists(), "the CA file goes with the simulator");
    Ok(status)
}

#[test]
fn tls_is_good_or_wrong_in_one_named_way() {
    assert_eq!(handshake(TlsMode::Good).unwrap(), 200);
    for (mode, reason) in [
        (TlsMode::WrongName, "not valid for name"),
        (TlsMode::Expired, "expired"),
        (TlsMode::SelfSigned, "UnknownIssuer"),
    ] {
        let error = handshake(mode).unwrap_err().to_string();
        assert!(error.contains(reason), "{mode:?}: {error}");
    }
}

#[test]
fn a_self_signed_certificate_can_be_trusted_as_itself() {
    let sim = Simulator::start(Options {
        panel: PanelKind::Backup,
        tls: Some(TlsMode::SelfSigned),
        ..Options::default()
    })
    .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    let pem = sim.certificate.clone().unwrap();
    let own = rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(own).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, connect(&sim));
    stream.write_all(request(&sim, "GET", "/", "").as_bytes()).unwrap();
    let reply = read(&mut stream).unwrap();
    assert_eq!(reply.status(), 200);
    assert!(String::from_utf8_lossy(&reply.body).contains("name=\"ipaddress\""));
}

#[test]
fn every_panel_has_the_fault_menu() {
    for (panel, path, good) in [
        (PanelKind::OnApp, "/version.json", 200),
        (PanelKind::Leap, "/server/list", 200),
        (PanelKind::Backup, "/", 200),
    ] {
        let sim = Simulator::start(Options {
            panel,
            ..Options::default()
        })
        .unwrap();
        let status = |sim: &Simulator| ask(sim, &mut connect(sim), "GET", path, "").map(|r| r.status());
        assert_eq!(status(&sim).unwrap(), good, "{panel:?}");
        for (kind, expected) in [("503", 503), ("html_500", 500), ("redirect", 302), ("html_login", 200)] {
            fault(&sim, json!({"kind": kind, "location": "/elsewhere", "count": 1}));
            assert_eq!(status(&sim).unwrap(), expected, "{panel:?} {kind}");
        }
        for kind in ["reset_before", "reset_after", "truncated"] {
            fault(&sim, json!({"kind": kind, "count": 1}));
            assert!(status(&sim).is_err(), "{panel:?} {kind}");
        }
        assert_eq!(status(&sim).unwrap(), good, "{panel:?}");
        let faults: Vec<Value> = sim.requests().iter().map(|r| r["fault"].clone()).collect();
        assert_eq!(faults.iter().filter(|f| !f.is_null()).count(), 7, "{faults:?}");
    }
}

#[test]
fn a_delayed_answer_comes_whole_and_its_work_is_done() {
    let sim = Simulator::start(Options {
        panel: PanelKind::Leap,
        ..Options::default()
    })
    .unwrap();
    fault(
        &sim,
        json!({"kind": "delay", "delay_ms": 200, "match": {"path_prefix": "/server/reboot"}}),
    );
    let begun = Instant::now();
    let reply = ask(&sim, &mut connect(&sim), "GET", "/server/reboot/000017", "").unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(200));
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(body["success"], true);
    let begun = Instant::now();
    ask(&sim, &mut connect(&sim), "GET", "/server/list", "").unwrap();
    assert!(begun.elapsed() < Duration::from_millis(150), "other paths are not late");
    assert_eq!(sim.state()["servers"]["000017"]["reboots"], 1);
}
