//! No environment variable changes where a request goes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod http_support;

use std::net::TcpListener;
use std::process::Command;

use http_support::*;

const TARGET: &str = "PROVISOR_TEST_TARGET";

/// The child's part: asks the address it was given. Run on its own it has no address and does nothing.
#[test]
fn child_asks_its_target() {
    if let Ok(target) = std::env::var(TARGET) {
        assert_eq!(get(&format!("http://{target}/direct.json")).unwrap().status, 200);
    }
}

#[test]
fn proxy_variables_change_nothing() {
    let server = Server::answering(vec!["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]);
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child_asks_its_target"])
        .env(TARGET, server.address.to_string());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        child.env(name, &address).env(name.to_ascii_lowercase(), &address);
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        server.requests()[0].starts_with("GET /direct.json HTTP/1.1"),
        "{:?}",
        server.requests()
    );
    assert_eq!(
        proxy.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "nobody called the proxy"
    );
}
