//! Promises about the command: its start line, several panels, a taken port, going with its parent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_provisor-simulator"));
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn lines(child: &mut Child, count: usize) -> Vec<Value> {
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    (0..count)
        .map(|_| {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            serde_json::from_str(&line).unwrap()
        })
        .collect()
}

fn fails(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    assert!(!status.success());
    assert!(stdout.is_empty());
    let words = String::from_utf8(stderr).unwrap();
    assert_eq!(words.lines().count(), 1, "one sentence: {words}");
    words
}

#[test]
fn each_panel_has_its_start_line_and_goes_with_its_parent() {
    let arguments = [
        "--onapp",
        "127.0.0.1:0",
        "--onapp",
        "127.0.0.1:0",
        "--onapp-version",
        "2.3",
        "--seed",
        "9",
        "--with-parent",
    ];
    let mut child = command(&arguments).spawn().unwrap();
    let panels = lines(&mut child, 2);
    assert_ne!(panels[0]["url"], panels[1]["url"]);
    for panel in &panels {
        assert_eq!(panel["panel"], "onapp");
        assert!(panel["user"].is_string() && panel["password"].is_string());
        let address = panel["url"]
            .as_str()
            .unwrap()
            .strip_prefix("http://")
            .unwrap()
            .to_string();
        let mut stream = TcpStream::connect(&address).unwrap();
        stream
            .write_all(b"GET /_sim/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.contains(r#""version":"2.3.2""#) && answer.contains("2026-01-01T00:00:00Z"),
            "{answer}"
        );
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn panels_of_three_kinds_run_at_once_each_with_what_a_client_needs() {
    let zero = "127.0.0.1:0";
    let arguments = ["--leap", zero, "--onapp", zero, "--backup", zero, "--with-parent"];
    let mut child = command(&arguments).spawn().unwrap();
    let panels = lines(&mut child, 3);
    let words: Vec<&str> = panels.iter().map(|p| p["panel"].as_str().unwrap()).collect();
    assert_eq!(words, ["leap", "onapp", "backup"]);
    let names = ["client_id", "api_key", "pin", "tandem_user", "tandem_password"];
    for name in names {
        assert!(panels[0][name].as_str().is_some_and(|v| !v.is_empty()), "{name}");
    }
    assert_eq!(panels[0]["legacy_path"], "/api.php");
    for panel in &panels {
        let address = panel["url"].as_str().unwrap().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"GET /_sim/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let state: Value = serde_json::from_str(answer.lines().last().unwrap()).unwrap();
        assert_eq!(state["panel"], panel["panel"]);
        assert_eq!(state["now"], "2026-01-01T00:00:00Z");
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn tls_names_its_authority_in_the_start_line() {
    let mut child = command(&["--onapp", "127.0.0.1:0", "--tls", "--with-parent"])
        .spawn()
        .unwrap();
    let line = lines(&mut child, 1).remove(0);
    let file = std::path::PathBuf::from(line["ca_file"].as_str().unwrap());
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    assert!(line["url"].as_str().unwrap().starts_with("https://"));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert!(!file.exists());
}

#[test]
fn a_taken_port_is_one_sentence_and_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let words = fails(&["--onapp", &address]);
    assert!(words.contains(&address) && words.contains("port 0"), "{words}");
}

#[test]
fn wrong_arguments_are_one_sentence_and_an_error() {
    assert!(fails(&[]).contains("--onapp"));
    assert!(fails(&["--onapp", "nowhere"]).contains("ADDRESS:PORT"));
    assert!(fails(&["--leap", "nowhere"]).contains("--leap needs ADDRESS:PORT"));
    assert!(fails(&["--onapp", "127.0.0.1:0", "--onapp-version", "1.0"]).contains("2.3"));
    assert!(fails(&["--onapp", "127.0.0.1:0", "--start", "yesterday"]).contains("--start"));
    assert!(fails(&["--flood"]).contains("--help"));
}

#[test]
fn realtime_moves_the_clock_by_itself() {
    let arguments = [
        "--onapp",
        "127.0.0.1:0",
        "--realtime",
        "3600",
        "--start",
        "2026-05-01T00:00:00Z",
        "--with-parent",
    ];
    let mut child = command(&arguments).spawn().unwrap();
    let line = lines(&mut child, 1).remove(0);
    let address = line["url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap()
        .to_string();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /_sim/clock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let now: Value = serde_json::from_str(answer.lines().last().unwrap()).unwrap();
    assert!(now["now"].as_str().unwrap() >= "2026-05-01T00:15:00Z", "{now}");
    drop(child.stdin.take());
    child.wait().unwrap();
}
