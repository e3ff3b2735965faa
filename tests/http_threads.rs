//! No thread is left after a request. Alone in its file, because other tests of the same process have threads too.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod http_support;

use std::time::{Duration, Instant};

use http_support::*;
use provisor::http::{Kind, Method, Resolver, Settings, Transport, UreqTransport};

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn no_thread_is_left_after_a_request_not_even_after_a_dns_timeout() {
    let (_socket, address) = silent_name_server();
    let server = Server::answering(vec!["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]);
    let before = threads();
    let transport = UreqTransport::new(Resolver::new(vec![address], "/nonexistent"), Settings::default());
    assert_eq!(
        transport.send(&request(Method::Get, &server.url("/"))).unwrap().status,
        200
    );
    assert_eq!(threads(), before, "after an answer");

    let mut silent = request(Method::Get, "http://cp.test/");
    silent.deadline = Instant::now() + Duration::from_millis(200);
    assert_eq!(transport.send(&silent).unwrap_err().kind, Kind::DnsTimeout);
    assert_eq!(threads(), before, "after a DNS time-out");

    let mut refused = request(Method::Post, "http://127.0.0.1:1/");
    refused.connect_timeout = Duration::from_millis(200);
    assert_eq!(transport.send(&refused).unwrap_err().kind, Kind::Refused);
    assert_eq!(threads(), before, "after a refusal");
}
