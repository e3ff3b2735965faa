//! The whole way over real sockets and TLS: the transport that ships, the simulated panel's certificates, decision 10.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::at;
use provisor::host::Port;
use provisor::host::memory::MemoryHost;
use provisor::session::{Ended, drive};
use provisor_simulator::{Options, Simulator, TlsMode};
use serde_json::{Value, json};

fn test_connection(panel: &Simulator, hostname: &str, extras: &str, password: &str) -> Result<Value, Ended> {
    let (_, port) = panel.url.rsplit_once(':').unwrap();
    let server = json!({
        "id": "", "name": "cloud", "hostname": hostname, "ip": "127.0.0.1", "port": port, "secure": panel.url.starts_with("https"),
        "username": panel.user, "password": { "secret": password }, "access_hash": { "secret": extras }, "disabled": false,
    });
    let config = json!({ "v": 1, "job": "onapp.test_connection", "now": "2026-01-01T00:00:00Z", "limits": [],
                         "input": { "server": server } });
    let mut session = provisor::start(config.to_string().as_bytes(), provisor::default_env());
    drive(&mut session, &mut MemoryHost::new(at("2026-01-01T00:00:00Z")))
}

fn panel(mode: TlsMode) -> Simulator {
    Simulator::start(Options {
        tls: Some(mode),
        ..Options::default()
    })
    .unwrap()
}

fn ca(panel: &Simulator) -> String {
    format!("<caFile>{}</caFile>", panel.ca_file.as_ref().unwrap().display())
}

#[test]
fn a_panel_with_its_own_ca_is_used_once_the_ca_file_is_named() {
    let panel = panel(TlsMode::Good);
    let refused = test_connection(&panel, "panel.test", "", &panel.password).unwrap_err();
    assert_eq!(refused.class, -402, "{refused:?}");
    assert!(
        refused.message.contains("<caFile>"),
        "the message names the cure: {refused:?}"
    );
    test_connection(&panel, "panel.test", &ca(&panel), &panel.password).unwrap();
}

#[test]
fn a_certificate_for_another_name_or_past_its_end_is_refused() {
    for (mode, code) in [
        (TlsMode::WrongName, "http.tls_name"),
        (TlsMode::Expired, "http.tls_expired"),
    ] {
        let panel = panel(mode);
        let refused = test_connection(&panel, "panel.test", &ca(&panel), &panel.password).unwrap_err();
        assert_eq!((refused.class, refused.code.as_str()), (-402, code), "{refused:?}");
    }
}

#[test]
fn each_cause_of_a_failed_connection_test_has_its_own_code() {
    let panel = panel(TlsMode::Good);
    let wrong = test_connection(&panel, "panel.test", &ca(&panel), "not-the-password").unwrap_err();
    assert_eq!(wrong.class, -302, "{wrong:?}");
    assert!(!format!("{wrong:?}").contains("not-the-password"));
    let plain = Simulator::start(Options::default()).unwrap();
    let (_, port) = plain.url.rsplit_once(':').unwrap();
    let host = format!("203.0.113.9:{port}");
    let server = json!({ "id": "", "hostname": host, "username": "u", "password": { "secret": "p" } });
    let config =
        json!({ "v": 1, "job": "onapp.test_connection", "now": "2026-01-01T00:00:00Z", "input": { "server": server } });
    let mut session = provisor::start(config.to_string().as_bytes(), provisor::default_env());
    let refused = drive(&mut session, &mut MemoryHost::new(at("2026-01-01T00:00:00Z"))).unwrap_err();
    assert_eq!(refused.code, "http.plain_http", "{refused:?}");
    assert!(
        refused.message.contains("<plainHttp>yes</plainHttp>"),
        "the message names the tag: {refused:?}"
    );
}

#[test]
fn a_server_whose_certificate_the_old_module_never_checked_is_named_with_the_ca_file_to_add() {
    let panel = panel(TlsMode::Good);
    let (_, port) = panel.url.rsplit_once(':').unwrap();
    let mut host = MemoryHost::new(at("2026-01-11T00:00:00Z"));
    host.settings = json!({ "time_zone": "UTC" });
    host.servers.insert(
        "1".into(),
        json!({ "id": "1", "name": "cloud", "hostname": "panel.test", "ip": "127.0.0.1", "port": port, "secure": true,
                "username": panel.user, "password": { "secret": panel.password }, "access_hash": { "secret": "" } }),
    );
    host.services.insert(
        "17".into(),
        json!({ "id": "17", "client_id": "7", "server_id": "1", "reg_date": "2026-01-01", "product": { "module": "onapp" } }),
    );
    let column = |name: &str| json!({ "name": name, "kind": "int", "nullable": false });
    let table = json!({ "name": "tblonappservices", "columns": [column("service_id"), column("vm_id")],
                        "primary": ["service_id"], "unique": [], "index": [], "guarded": false });
    host.answer("tables.ensure", &json!({ "fingerprint": "old", "tables": [table] }))
        .unwrap();
    let row = json!({ "kind": "put", "table": "tblonappservices", "values": { "service_id": "17", "vm_id": "5" } });
    host.answer("apply", &json!({ "token": "old", "changes": [row] }))
        .unwrap();
    let config = json!({ "v": 1, "job": "onapp.takeover", "now": "2026-01-11T00:00:00Z", "limits": [], "input": {} });
    let list = |host: &mut MemoryHost| {
        let mut session = provisor::start(config.to_string().as_bytes(), provisor::default_env());
        drive(&mut session, host).unwrap()
    };
    let told = list(&mut host);
    let problem = told["servers"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("<caFile>"), "{told}");
    host.servers.get_mut("1").unwrap()["access_hash"] = json!({ "secret": ca(&panel) });
    let told = list(&mut host);
    assert_eq!(told["servers"], json!([]), "{told}");
}
