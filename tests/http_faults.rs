//! The fault menu: each way in which a panel, a network or a name server fails, met over real sockets on the loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod http_support;

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_support::*;
use provisor::http::{Kind, Limits, Method, Resolver, SendError, Sent, Settings, TlsReason, Transport, UreqTransport};
use simple_dns::rdata::{A, AAAA, RData};
use simple_dns::{CLASS, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};

fn unsent(kind: Kind) -> Option<SendError> {
    Some(SendError::unsent(kind))
}

#[test]
fn a_refused_connection_is_surely_not_sent() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(get(&format!("http://{address}/")).err(), unsent(Kind::Refused));
}

/// A name server that answers each question through `answer`, until the test ends.
fn name_server(answer: impl Fn(&str, TYPE) -> (RCODE, Option<IpAddr>) + Send + 'static) -> (Resolver, Arc<AtomicU64>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let asked = Arc::new(AtomicU64::new(0));
    let counter = asked.clone();
    // The thread ends with the test process; it only ever waits.
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        loop {
            let (size, from) = socket.recv_from(&mut buffer).unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            let question = Packet::parse(&buffer[..size]).unwrap();
            let asked = &question.questions[0];
            let QTYPE::TYPE(family) = asked.qtype else {
                panic!("a question for an address")
            };
            let (code, address) = answer(&asked.qname.to_string(), family);
            let mut reply = Packet::new_reply(question.id());
            reply.set_flags(PacketFlag::RESPONSE);
            *reply.rcode_mut() = code;
            reply.questions.push(asked.clone());
            if let Some(address) = address {
                let data = match address {
                    IpAddr::V4(ip) => RData::A(A { address: ip.into() }),
                    IpAddr::V6(ip) => RData::AAAA(AAAA { address: ip.into() }),
                };
                reply
                    .answers
                    .push(ResourceRecord::new(asked.qname.clone(), CLASS::IN, 60, data));
            }
            let bytes = reply.build_bytes_vec().unwrap();
            // A forger who does not know the question's number comes first and is not believed.
            let mut forged = Packet::new_reply(question.id() ^ 1);
            forged.set_flags(PacketFlag::RESPONSE);
            forged.questions.push(asked.clone());
            let lie = RData::A(A {
                address: Ipv4Addr::new(203, 0, 113, 9).into(),
            });
            forged
                .answers
                .push(ResourceRecord::new(asked.qname.clone(), CLASS::IN, 60, lie));
            socket.send_to(&forged.build_bytes_vec().unwrap(), from).unwrap();
            socket.send_to(&bytes, from).unwrap();
        }
    });
    (Resolver::new(vec![address], "/nonexistent"), asked)
}

#[test]
fn a_name_is_resolved_once_per_session_and_forged_answers_are_ignored() {
    let server = Server::answering(vec![
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
    ]);
    let (names, asked) = name_server(|name, family| {
        assert_eq!(name, "cp.test");
        (
            RCODE::NoError,
            (family == TYPE::A).then_some(Ipv4Addr::LOCALHOST.into()),
        )
    });
    let transport = UreqTransport::new(names, Settings::default());
    for _ in 0..3 {
        let url = format!("http://cp.test:{}/", server.address.port());
        assert_eq!(transport.send(&request(Method::Get, &url)).unwrap().status, 200);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2, "one question for each address family");
    assert!(server.requests()[0].contains(&format!("cp.test:{}", server.address.port())));
}

#[test]
fn an_unknown_name_is_a_dns_failure() {
    let (names, _) = name_server(|_, _| (RCODE::NameError, None));
    let transport = UreqTransport::new(names, Settings::default());
    assert_eq!(
        transport.send(&request(Method::Get, "http://cp.test/")).err(),
        unsent(Kind::Dns)
    );
    let (names, _) = name_server(|_, _| (RCODE::ServerFailure, None));
    let transport = UreqTransport::new(names, Settings::default());
    assert_eq!(
        transport.send(&request(Method::Get, "http://cp.test/")).err(),
        unsent(Kind::Dns)
    );
}

#[test]
fn one_address_family_is_enough_whatever_is_said_of_the_other_and_whichever_comes_first() {
    let codes = [
        RCODE::ServerFailure,
        RCODE::NotImplemented,
        RCODE::Refused,
        RCODE::FormatError,
        RCODE::NameError,
        RCODE::NoError,
    ];
    // Questions are answered in the order in which they are asked: IPv4 first.
    for (good, address) in [
        (TYPE::A, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))),
        (TYPE::AAAA, IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ] {
        for code in codes {
            let (names, _) = name_server(move |_, family| {
                if family == good {
                    (RCODE::NoError, Some(address))
                } else {
                    (code, None)
                }
            });
            let found = names.lookup("cp.test", Duration::from_secs(5));
            assert_eq!(found, Ok(vec![address]), "{good:?} beside {code:?}");
        }
    }
}

#[test]
fn a_name_of_which_one_half_is_unknown_and_the_other_empty_is_a_dns_failure() {
    let (names, _) = name_server(|_, family| match family {
        TYPE::A => (RCODE::NoError, None),
        _ => (RCODE::ServerFailure, None),
    });
    assert_eq!(names.lookup("cp.test", Duration::from_secs(5)), Err(Kind::Dns));
}

#[test]
fn a_silent_name_server_is_a_dns_timeout_within_the_deadline() {
    let (_socket, address) = silent_name_server();
    let transport = UreqTransport::new(Resolver::new(vec![address], "/nonexistent"), Settings::default());
    let mut request = request(Method::Get, "http://cp.test/");
    let started = Instant::now();
    request.deadline = started + Duration::from_millis(300);
    assert_eq!(transport.send(&request).err(), unsent(Kind::DnsTimeout));
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[test]
fn a_panel_that_does_not_accept_is_a_connect_timeout() {
    // A full accept queue drops further connections in silence.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        held.push(stream);
        assert!(held.len() < 10_000, "the accept queue has an end");
    }
    let mut request = request(Method::Post, &format!("http://{address}/"));
    request.connect_timeout = Duration::from_millis(300);
    assert_eq!(transport().send(&request).err(), unsent(Kind::ConnectTimeout));
}

/// Asks `https://cp.test` at the server, trusting `authority` if there is one.
fn ask_tls(certificate: &Certificate, authority: Option<&Certificate>) -> Result<u16, SendError> {
    let server = tls_server(certificate);
    let scratch = Scratch::new(&server.address.port().to_string());
    let mut request = request(Method::Post, &format!("https://cp.test:{}/", server.address.port()));
    request.connect_ip = Some(server.address.ip());
    request.ca_file = authority.map(|authority| authority.file(&scratch));
    let result = transport().send(&request).map(|response| response.status);
    assert_eq!(
        server.requests().len(),
        usize::from(result.is_ok()),
        "no request before trust"
    );
    result
}

fn tls(reason: TlsReason) -> Result<u16, SendError> {
    Err(SendError::unsent(Kind::Tls(reason)))
}

#[test]
fn an_own_ca_is_trusted_and_the_name_is_checked_even_when_an_ip_is_connected() {
    let authority = Certificate::authority();
    let good = Certificate::signed_by(Certificate::params("cp.test"), &authority);
    assert_eq!(ask_tls(&good, Some(&authority)), Ok(200));
    assert_eq!(ask_tls(&good, None), tls(TlsReason::UnknownIssuer));
    let other = Certificate::signed_by(Certificate::params("other.test"), &authority);
    assert_eq!(ask_tls(&other, Some(&authority)), tls(TlsReason::WrongName));
}

#[test]
fn a_certificate_with_a_common_name_alone_is_to_be_renewed_and_no_other_name_is_asked_for() {
    let authority = Certificate::authority();
    let mut params = Certificate::params("cp.test");
    params.subject_alt_names.clear();
    params.distinguished_name.push(rcgen::DnType::CommonName, "cp.test");
    let signed = Certificate::signed_by(params.clone(), &authority);
    assert_eq!(ask_tls(&signed, Some(&authority)), tls(TlsReason::NoNames));
    for is_ca in [IS_NO_CA, IS_CA] {
        params.is_ca = is_ca;
        let own = Certificate::self_signed(params.clone());
        assert_eq!(ask_tls(&own, Some(&own)), tls(TlsReason::NoNames));
    }
    let said = Kind::Tls(TlsReason::NoNames).to_string();
    assert!(
        said.contains("subjectAltName") && said.contains("CN") && said.contains("renew"),
        "{said}"
    );
    assert!(!said.contains("enter the hostname"), "{said}");
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    let authority = Certificate::authority();
    let mut params = Certificate::params("cp.test");
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    assert_eq!(
        ask_tls(&Certificate::signed_by(params.clone(), &authority), Some(&authority)),
        tls(TlsReason::Expired)
    );
    params.not_after = rcgen::date_time_ymd(4000, 1, 1);
    params.not_before = rcgen::date_time_ymd(3999, 1, 1);
    assert_eq!(
        ask_tls(&Certificate::signed_by(params, &authority), Some(&authority)),
        tls(TlsReason::NotYetValid)
    );
}

#[test]
fn a_self_signed_certificate_is_trusted_only_when_the_file_holds_it() {
    for is_ca in [IS_NO_CA, IS_CA] {
        let mut params = Certificate::params("cp.test");
        params.is_ca = is_ca;
        let own = Certificate::self_signed(params.clone());
        assert_eq!(ask_tls(&own, None), tls(TlsReason::UnknownIssuer));
        assert_eq!(ask_tls(&own, Some(&own)), Ok(200));
        let twin = Certificate::self_signed(params.clone());
        assert!(matches!(
            ask_tls(&twin, Some(&own)),
            Err(SendError {
                kind: Kind::Tls(_),
                sent: Sent::No
            })
        ));

        let mut other = Certificate::params("other.test");
        other.is_ca = params.is_ca;
        let other = Certificate::self_signed(other);
        assert_eq!(ask_tls(&other, Some(&other)), tls(TlsReason::WrongName));

        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        let expired = Certificate::self_signed(params);
        assert_eq!(ask_tls(&expired, Some(&expired)), tls(TlsReason::Expired));
    }
}

const IS_NO_CA: rcgen::IsCa = rcgen::IsCa::NoCa;
const IS_CA: rcgen::IsCa = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);

#[test]
fn a_ca_file_that_holds_no_certificate_is_named() {
    let scratch = Scratch::new("empty-ca");
    let empty = scratch.0.join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    for file in [empty, scratch.0.join("missing.pem")] {
        let mut request = request(Method::Get, "https://127.0.0.1:1/");
        request.ca_file = Some(file);
        assert_eq!(transport().send(&request).err(), unsent(Kind::Tls(TlsReason::CaFile)));
    }
}

#[test]
fn tls_to_a_port_that_speaks_none_is_a_handshake_failure() {
    let server = Server::start(|_, wire| {
        wire.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = std::io::Read::read(&mut wire.stream, &mut [0; 1024]);
    });
    let url = format!("https://{}/", server.address);
    assert_eq!(get(&url).err(), unsent(Kind::Tls(TlsReason::Handshake)));
}

#[test]
fn a_connection_cut_before_the_request_is_surely_not_sent() {
    // Cut within the handshake, the request cannot have left, whatever the timing.
    let server = Server::start(|_, wire| drop(std::io::Read::read(&mut wire.stream, &mut [0; 10])));
    let mut request = request(Method::Post, &format!("https://{}/", server.address));
    request.body = Some(b"{}".to_vec());
    assert_eq!(transport().send(&request).err(), unsent(Kind::Reset));
}

#[test]
fn a_connection_cut_after_the_request_leaves_its_fate_unknown_and_it_is_not_repeated() {
    let server = Server::start(|_, wire| drop(wire.request()));
    let (client, _) = client(&server.url(""));
    let error = client
        .change(Method::Post, "/users.json", &[], Some(b"{}".to_vec()))
        .unwrap_err();
    assert_eq!((error.code(), error.sent()), ("http.reset", Sent::Maybe));
    assert!(
        error
            .to_string()
            .contains("Whether the panel carried it out is not known"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_read_whose_connection_was_cut_is_repeated() {
    let server = Server::answering(vec!["", "", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]);
    let (client, _) = client(&server.url(""));
    assert_eq!(client.get("/version.json", &[]).unwrap().status, 200);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_pooled_connection_that_the_panel_closed_is_replaced() {
    let server = Server::start(|_, wire| {
        for _ in 0..2 {
            wire.request();
            wire.answer("200 OK", "", "{}");
        }
    });
    let (client, _) = client(&server.url(""));
    for _ in 0..4 {
        assert_eq!(client.get("/version.json", &[]).unwrap().status, 200);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(
        (server.requests().len(), server.connections()),
        (4, 2),
        "connections are kept, and replaced when closed"
    );
}

#[test]
fn a_change_never_uses_a_pooled_connection() {
    let kept = std::sync::Mutex::new(Vec::new());
    let server = Server::start(move |_, wire| {
        wire.request();
        wire.answer("200 OK", "", "{}");
        // Every connection stays open, and what came over it next would never be answered.
        kept.lock().unwrap().push(wire.stream.try_clone().unwrap());
    });
    let (client, _) = client(&server.url(""));
    client.get("/a.json", &[]).unwrap();
    client.change(Method::Post, "/b.json", &[], None).unwrap();
    assert_eq!(server.connections(), 2);
    let change = server.requests()[1].to_ascii_lowercase();
    assert!(
        change.starts_with("post /b.json http/1.1\r\n") && change.contains("content-length: 0\r\n"),
        "{change}"
    );
}

#[test]
fn a_truncated_answer_is_told_from_a_whole_one() {
    let server = Server::answering(vec!["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":"]);
    let error = transport().send(&request(Method::Post, &server.url("/"))).unwrap_err();
    assert_eq!(
        error,
        SendError {
            kind: Kind::Truncated,
            sent: Sent::Yes
        }
    );

    let server = Server::answering(vec![
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n",
    ]);
    let error = transport().send(&request(Method::Post, &server.url("/"))).unwrap_err();
    assert_eq!(
        error,
        SendError {
            kind: Kind::Truncated,
            sent: Sent::Yes
        }
    );
}

#[test]
fn a_wrong_length_never_passes_as_an_answer() {
    let server = Server::answering(vec!["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\":\"planted\"}"]);
    let (client, _) = client(&server.url(""));
    let error = client
        .get("/x.json", &[])
        .unwrap()
        .json::<serde_json::Value>()
        .unwrap_err();
    assert_eq!(error.code(), "panel.unexpected_content");
    for head in [
        "Content-Length: five",
        "Content-Length: -1",
        "Transfer-Encoding: chunked\r\nX: y",
    ] {
        let answer: &'static str = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\nzz\r\n{{}}\r\n").leak();
        let server = Server::answering(vec![answer]);
        let error = get(&server.url("/")).unwrap_err();
        assert_eq!(error.kind, Kind::Protocol, "{head}");
    }
    for garbage in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 999999 X\r\n\r\n"] {
        let server = Server::answering(vec![garbage]);
        let error = transport().send(&request(Method::Post, &server.url("/"))).unwrap_err();
        assert_eq!((error.kind, error.sent), (Kind::Protocol, Sent::Maybe), "{garbage:?}");
    }
}

#[test]
fn one_byte_a_second_ends_at_the_deadline() {
    for head in ["", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"] {
        let server = Server::start(move |_, wire| {
            wire.request();
            wire.write(head);
            for byte in "HTTP/1.1".chars() {
                wire.write(&byte.to_string());
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let mut request = request(Method::Get, &server.url("/"));
        let started = Instant::now();
        request.deadline = started + Duration::from_millis(500);
        assert_eq!(transport().send(&request).unwrap_err().kind, Kind::Deadline);
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    }
}

#[test]
fn a_panel_that_does_not_answer_is_a_read_timeout_of_unknown_fate() {
    let server = Server::start(|_, wire| {
        wire.request();
        std::thread::sleep(Duration::from_millis(600));
    });
    let mut request = request(Method::Post, &server.url("/"));
    request.read_timeout = Duration::from_millis(200);
    assert_eq!(
        transport().send(&request).err(),
        Some(SendError::unknown(Kind::ReadTimeout))
    );
}

#[test]
fn a_login_page_is_no_success() {
    let server = Server::start(|_, wire| {
        wire.request();
        let page = format!("<html><form><input value=\"{PLANTED}\"></form></html>");
        wire.answer("200 OK", "Content-Type: text/html\r\n", &page);
    });
    let (client, _) = client(&server.url(""));
    let error = client
        .get("/profile.json", &[])
        .unwrap()
        .json::<serde_json::Value>()
        .unwrap_err();
    assert_eq!((error.code(), error.sent()), ("panel.unexpected_content", Sent::Yes));
    assert!(error.to_string().contains("web page") && !format!("{error}{error:?}").contains(PLANTED));
}

#[test]
fn retry_after_is_honoured_when_it_fits_into_the_deadline() {
    for status in ["429 Too Many Requests", "503 Service Unavailable"] {
        let wait: &'static str = format!("HTTP/1.1 {status}\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n").leak();
        let server = Server::answering(vec![wait, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]);
        let (client, _) = client(&server.url(""));
        let started = Instant::now();
        assert_eq!(client.get("/x.json", &[]).unwrap().status, 200);
        assert!(started.elapsed() >= Duration::from_secs(1));

        let wait: &'static str = format!("HTTP/1.1 {status}\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n").leak();
        let server = Server::answering(vec![wait]);
        let (client, _) = http_support::client(&server.url(""));
        let error = client.get("/x.json", &[]).unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
        assert_eq!(server.requests().len(), 1, "no time is wasted on what cannot fit");
    }
}

#[test]
fn a_change_is_not_repeated_whatever_the_status() {
    for (status, code, sent) in [
        ("429 Too Many", "panel.too_many_requests", Sent::Yes),
        ("500 Internal Server Error", "panel.failed", Sent::Yes),
        ("502 Bad Gateway", "panel.gateway", Sent::Maybe),
        ("503 Unavailable", "panel.unavailable", Sent::Yes),
        ("504 Timeout", "panel.gateway", Sent::Maybe),
    ] {
        let body = "<h1>500 Internal Server Error planted</h1>";
        let text = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let server = Server::answering(vec![text.leak()]);
        let (client, _) = client(&server.url(""));
        let error = client.change(Method::Delete, "/x.json", &[], None).unwrap_err();
        assert_eq!((error.code(), error.sent()), (code, sent));
        assert!(!format!("{error} {error:?}").contains("planted"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn credentials_do_not_follow_a_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        other.set_nonblocking(true).unwrap();
        let target = other.local_addr().unwrap();
        let server = Server::start(move |_, wire| {
            wire.request();
            let location = format!("Location: http://user:{PLANTED}@{target}/login\r\n");
            wire.answer(&format!("{status} Moved"), &location, "");
        });
        let (client, step) = client(&server.url(""));
        for method in [Method::Get, Method::Post] {
            step.fetch_add(1, Ordering::SeqCst);
            let error = client.change(method, "/x.json", &[], None).unwrap_err();
            assert_eq!(
                error.kind(),
                &Kind::Redirect {
                    status,
                    to_host: target.to_string()
                }
            );
            assert!(!error.to_string().contains(PLANTED));
        }
        assert_eq!(
            other.accept().unwrap_err().kind(),
            std::io::ErrorKind::WouldBlock,
            "nobody called"
        );
    }
}

#[test]
fn a_ten_megabyte_body_is_refused_and_one_at_the_limit_is_not() {
    for chunked in [false, true] {
        for (size, fits) in [
            (10 * 1024 * 1024, false),
            (8 * 1024 * 1024, true),
            (8 * 1024 * 1024 + 1, false),
        ] {
            let server = Server::start(move |_, wire| {
                wire.request();
                let body = "x".repeat(size);
                if chunked {
                    wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    wire.write(&format!("{size:x}\r\n{body}\r\n0\r\n\r\n"));
                } else {
                    wire.answer("200 OK", "", &body);
                }
            });
            match get(&server.url("/")) {
                Ok(response) => assert!(fits && response.body.len() == size, "{size} {chunked}"),
                Err(error) => assert_eq!((error.kind, fits), (Kind::BodyTooBig { limit: 8 * 1024 * 1024 }, false)),
            }
        }
    }
}

#[test]
fn a_second_change_in_one_step_is_refused_and_the_next_step_allows_one_again() {
    let server = Server::answering(vec!["HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"]);
    let (client, step) = client(&server.url(""));
    let other_user = client.with_credentials("ada", "other".into());
    client.change(Method::Post, "/a.json", &[], None).unwrap();
    let error = other_user.change(Method::Post, "/b.json", &[], None).unwrap_err();
    assert_eq!((error.code(), error.sent()), ("http.second_change", Sent::No));
    client.get("/c.json", &[]).unwrap();
    step.fetch_add(1, Ordering::SeqCst);
    other_user.change(Method::Post, "/d.json", &[], None).unwrap();
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_change_that_failed_still_counts_as_the_steps_one() {
    let server = Server::start(|_, wire| drop(wire.request()));
    let (client, _) = client(&server.url(""));
    client.change(Method::Post, "/a.json", &[], None).unwrap_err();
    assert_eq!(
        client.change(Method::Post, "/a.json", &[], None).unwrap_err().code(),
        "http.second_change"
    );
}

#[test]
fn after_three_failed_connections_the_panel_is_skipped_at_once_in_every_later_step() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (client, step) = client(&format!("http://{address}"));
    assert_eq!(client.get("/x.json", &[]).unwrap_err().code(), "http.refused");
    for _ in 0..3 {
        step.fetch_add(1, Ordering::SeqCst);
        client.take_log();
        let error = client.get("/x.json", &[]).unwrap_err();
        assert_eq!((error.code(), error.sent()), ("http.skipped", Sent::No));
        assert!(error.to_string().contains("skipped for the rest of the run"));
        assert!(client.take_log().is_empty(), "nothing was tried");
    }
}

#[test]
fn the_deadline_is_that_of_the_step_and_not_of_each_call() {
    let server = Server::start(|_, wire| {
        wire.request();
        std::thread::sleep(Duration::from_millis(150));
        wire.answer("200 OK", "Connection: close\r\n", "{}");
    });
    let limits = Limits {
        step: Duration::from_millis(400),
        ..Limits::default()
    };
    let (client, step) = client_over(Arc::new(transport()), &server.url(""), limits);
    let started = Instant::now();
    let code = loop {
        if let Err(error) = client.get("/x.json", &[]) {
            break error.code();
        }
    };
    assert_eq!(code, "http.deadline");
    assert!(started.elapsed() < Duration::from_millis(900));
    step.fetch_add(1, Ordering::SeqCst);
    client.get("/x.json", &[]).unwrap();
}

#[test]
fn connections_to_one_panel_are_bounded() {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let server = Server::start(move |_, wire| {
        wire.request();
        released.recv().unwrap();
        wire.answer("200 OK", "Connection: close\r\n", "{}");
    });
    let transport = UreqTransport::new(Resolver::new(Vec::new(), "/nonexistent"), Settings { connections: 1 });
    let url = server.url("/");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| transport.send(&request(Method::Get, &url)).unwrap().status);
        while server.requests().is_empty() {
            std::thread::yield_now();
        }
        // The one place is taken: a request with little time gives up in time and was never sent.
        let mut hasty = request(Method::Post, &url);
        hasty.deadline = Instant::now() + Duration::from_millis(50);
        assert_eq!(transport.send(&hasty).err(), unsent(Kind::Deadline));
        let second = scope.spawn(|| transport.send(&request(Method::Get, &url)).unwrap().status);
        release.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 200);
        release.send(()).unwrap();
        assert_eq!(second.join().unwrap(), 200);
    });
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn tls_connections_are_kept_for_reads() {
    let authority = Certificate::authority();
    let server = tls_server_keeping(&Certificate::signed_by(Certificate::params("cp.test"), &authority), 3);
    let scratch = Scratch::new("kept");
    let mut request = request(Method::Get, &format!("https://cp.test:{}/", server.address.port()));
    request.connect_ip = Some(server.address.ip());
    request.ca_file = Some(authority.file(&scratch));
    let transport = transport();
    for _ in 0..3 {
        assert_eq!(transport.send(&request).unwrap().status, 200);
    }
    assert_eq!(server.connections(), 1);
    assert!(
        server.requests()[0].contains(&format!("cp.test:{}", server.address.port())),
        "Host follows the name"
    );
}

#[test]
fn the_hosts_file_is_asked_before_any_name_server() {
    let server = Server::answering(vec!["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]);
    let scratch = Scratch::new("hosts");
    let hosts = scratch.0.join("hosts");
    std::fs::write(&hosts, "127.0.0.1 cp.test\n").unwrap();
    let transport = UreqTransport::new(Resolver::new(Vec::new(), &hosts), Settings::default());
    let url = format!("http://CP.test:{}/", server.address.port());
    assert_eq!(transport.send(&request(Method::Get, &url)).unwrap().status, 200);
}

#[test]
fn an_ipv6_address_is_reached_by_its_literal() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    };
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    // Refused, and not unknown: the literal was understood and connected to.
    assert_eq!(get(&url).err(), unsent(Kind::Refused));
}

#[test]
fn the_request_on_the_wire_is_what_was_asked_for() {
    let server = Server::answering(vec![
        "HTTP/1.1 200 OK\r\nSet-Cookie: _session_id=planted\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
    ]);
    let (client, _) = client(&server.url(""));
    client
        .get(
            "/users.json",
            &[("q", "a b&c=ä"), ("period[startdate]", "2020-01-01 00:30:00")],
        )
        .unwrap();
    client
        .change(
            Method::Delete,
            "/users/7.json",
            &[],
            Some(b"{\"force\":\"1\"}".to_vec()),
        )
        .unwrap();
    let requests = server.requests();
    let (read, change) = (requests[0].to_ascii_lowercase(), requests[1].to_ascii_lowercase());
    assert!(
        read.starts_with(
            "get /users.json?q=a%20b%26c%3d%c3%a4&period%5bstartdate%5d=2020-01-01%2000%3a30%3a00 http/1.1\r\n"
        ),
        "{read}"
    );
    // base64 of "admin:" and the planted password, from RFC 4648's own alphabet.
    assert!(
        requests[0].contains("Basic YWRtaW46cGw0bnRlZC1QYXNzdzByZA=="),
        "{}",
        requests[0]
    );
    assert!(read.contains("accept: application/json\r\n"), "{read}");
    assert!(!change.contains("cookie"), "{change}");
    assert!(change.starts_with("delete /users/7.json http/1.1\r\n") && change.ends_with("\r\n\r\n{\"force\":\"1\"}"));
    assert!(change.contains("content-type: application/json\r\n"), "{change}");
}

#[test]
fn planted_passwords_are_shown_by_nothing() {
    let body = format!("{{\"user\":{{\"password\":\"{PLANTED}\"}}}}");
    let mut planted = request(Method::Post, &format!("http://127.0.0.1:1/users.json?token={PLANTED}"));
    planted.headers.push(("X-Key".to_owned(), PLANTED.to_owned()));
    planted.body = Some(body.clone().into_bytes());
    let response = provisor::http::Response::new(200, body.clone()).header("Set-Cookie", PLANTED);
    let transport = transport();
    let failure = transport.send(&planted).unwrap_err();
    let (client, step) = client("http://127.0.0.1:1");
    let error = client
        .change(Method::Post, "/x.json", &[("token", PLANTED)], Some(body.into_bytes()))
        .unwrap_err();
    step.fetch_add(1, Ordering::SeqCst);
    let log = client.take_log();
    let shown = format!(
        "{planted:?} {response:?} {transport:?} {failure:?} {failure} {client:?} {error:?} {error} {log:?} {} {:?}",
        log[0], planted.auth
    );
    assert!(!shown.contains(PLANTED), "{shown}");
    assert!(!shown.contains("YWRtaW46"), "{shown}");
    assert!(
        log[0].to_string().starts_with("POST /x.json http.refused "),
        "{}",
        log[0]
    );
}

/// A name server on one port for datagrams and connections: in a datagram an answer about IPv4 does not fit, and over a
/// connection it is `long`, if connections are accepted.
fn narrow_name_server(long: Option<Vec<IpAddr>>) -> std::net::SocketAddr {
    let (datagrams, connections) = loop {
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(connections) = TcpListener::bind(datagrams.local_addr().unwrap()) {
            break (datagrams, connections);
        }
    };
    let address = datagrams.local_addr().unwrap();
    let reply = |question: &[u8], addresses: &[IpAddr]| {
        let question = Packet::parse(question).unwrap();
        let asked = &question.questions[0];
        let is_v4 = asked.qtype == QTYPE::TYPE(TYPE::A);
        let mut reply = Packet::new_reply(question.id());
        reply.set_flags(PacketFlag::RESPONSE);
        if is_v4 && addresses.is_empty() {
            reply.set_flags(PacketFlag::TRUNCATION);
        }
        reply.questions.push(asked.clone());
        for address in addresses.iter().filter(|_| is_v4) {
            let IpAddr::V4(ip) = address else { continue };
            let data = RData::A(A { address: (*ip).into() });
            reply
                .answers
                .push(ResourceRecord::new(asked.qname.clone(), CLASS::IN, 60, data));
        }
        reply.build_bytes_vec().unwrap()
    };
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        loop {
            let (size, from) = datagrams.recv_from(&mut buffer).unwrap();
            datagrams.send_to(&reply(&buffer[..size], &[]), from).unwrap();
        }
    });
    if let Some(long) = long {
        std::thread::spawn(move || {
            loop {
                let (mut stream, _) = connections.accept().unwrap();
                let mut length = [0; 2];
                stream.read_exact(&mut length).unwrap();
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut question).unwrap();
                let whole = reply(&question, &long);
                let length = u16::try_from(whole.len()).unwrap().to_be_bytes();
                // In pieces, as a network may bring it.
                for piece in [&length[..1], &length[1..], &whole[..7], &whole[7..]] {
                    stream.write_all(piece).unwrap();
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        });
    }
    address
}

#[test]
fn an_answer_that_does_not_fit_into_a_datagram_is_asked_for_over_a_connection() {
    let all: Vec<IpAddr> = (1..=40).map(|n| Ipv4Addr::new(192, 0, 2, n).into()).collect();
    let names = Resolver::new(vec![narrow_name_server(Some(all.clone()))], "/nonexistent");
    assert_eq!(names.lookup("cp.test", Duration::from_secs(5)), Ok(all));
}

#[test]
fn a_name_server_that_never_tells_the_whole_answer_is_passed_over_and_the_name_is_not_called_unknown() {
    let good = UdpSocket::bind("127.0.0.1:0").unwrap();
    let names = Resolver::new(
        vec![narrow_name_server(None), good.local_addr().unwrap()],
        "/nonexistent",
    );
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        loop {
            let (size, from) = good.recv_from(&mut buffer).unwrap();
            let question = Packet::parse(&buffer[..size]).unwrap();
            let asked = &question.questions[0];
            let mut reply = Packet::new_reply(question.id());
            reply.set_flags(PacketFlag::RESPONSE);
            reply.questions.push(asked.clone());
            if asked.qtype == QTYPE::TYPE(TYPE::A) {
                let data = RData::A(A {
                    address: Ipv4Addr::LOCALHOST.into(),
                });
                reply
                    .answers
                    .push(ResourceRecord::new(asked.qname.clone(), CLASS::IN, 60, data));
            }
            good.send_to(&reply.build_bytes_vec().unwrap(), from).unwrap();
        }
    });
    let found = names.lookup("cp.test", Duration::from_secs(8));
    assert_eq!(found, Ok(vec![Ipv4Addr::LOCALHOST.into()]));
    let alone = Resolver::new(vec![narrow_name_server(None)], "/nonexistent");
    let transport = UreqTransport::new(alone, Settings::default());
    let refused = transport.send(&request(Method::Get, "http://cp.test/")).unwrap_err();
    assert!(matches!(refused.kind, Kind::Dns | Kind::DnsTimeout), "{refused:?}");
    assert!(!refused.kind.to_string().contains("unknown"), "{}", refused.kind);
}
