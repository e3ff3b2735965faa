//! The promises of the simulated LEAP: two APIs over one truth (reference: storegrid-singlehop.md 4 and 5).
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use provisor_simulator::{Options, PanelKind, Simulator};
use serde_json::{Value, json};

fn leap() -> Simulator {
    Simulator::in_memory(Options {
        panel: PanelKind::Leap,
        ..Options::default()
    })
}

fn told(sim: &Simulator, name: &str) -> String {
    sim.introduction[name].as_str().unwrap().to_string()
}

fn get(sim: &Simulator, path: &str) -> Value {
    let (status, _, body) = sim.get(path);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn as_tandem(sim: &Simulator, path: &str) -> (u16, Value) {
    let (status, _, body) = sim.call_as(
        &told(sim, "tandem_user"),
        &told(sim, "tandem_password"),
        "GET",
        path,
        None,
    );
    (status, body)
}

fn post(sim: &Simulator, path: &str, form: &str) -> Value {
    let (user, password) = (&sim.user, &sim.password);
    let token = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{user}:{password}"));
    let headers = [
        ("Authorization".to_string(), format!("Basic {token}")),
        (
            "Content-Type".to_string(),
            "application/x-www-form-urlencoded".to_string(),
        ),
    ];
    let (status, _, body) = sim.handle("POST", path, &headers, form.as_bytes());
    assert_eq!(status, 200);
    serde_json::from_slice(&body).unwrap()
}

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// A call of the old API with the LEAP account's credentials.
fn old(sim: &Simulator, module: &str, command: &str, data: Value) -> Value {
    let auth = json!({"key": told(sim, "api_key"), "user": sim.user, "password": sim.password});
    old_as(sim, auth, module, command, data)
}

fn old_as(sim: &Simulator, auth: Value, module: &str, command: &str, data: Value) -> Value {
    let document = json!({"auth": auth, "module": {"module": module, "command": command}, "data": data});
    let target = format!("/api.php?request={}", percent(&document.to_string()));
    let (status, _, body) = sim.handle("GET", &target, &[], &[]);
    assert_eq!(status, 200);
    serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)))
}

fn mode(sim: &Simulator, switches: Value) {
    sim.control("POST", "mode", &switches).unwrap();
}

#[test]
fn the_account_sees_every_server_and_a_tandem_user_those_of_its_permissions() {
    let sim = leap();
    let all = get(&sim, "/server/list");
    assert_eq!(all["success"], true);
    assert_eq!(all["data"].as_object().unwrap().len(), 6);
    assert_eq!(
        all["data"]["000017"],
        json!({"serverid": "000017", "hostname": "db1.example.com", "status": "online", "type": "dedicated",
            "publicip": "192.0.2.20"})
    );
    let (_, mine) = as_tandem(&sim, "/server/list/");
    let ids: Vec<&String> = mine["data"].as_object().unwrap().keys().collect();
    assert_eq!(ids, ["000017", "000201", "100042"]);
    let (_, hidden) = as_tandem(&sim, "/server/view/100043");
    assert_eq!(hidden, json!({"success": false, "error": "Server not found"}));
    let (status, _, by_key) = sim.call_as(
        &told(&sim, "client_id"),
        &told(&sim, "api_key"),
        "GET",
        "/server/list",
        None,
    );
    assert_eq!((status, by_key), (200, all));
}

#[test]
fn a_reboot_is_counted_and_a_suspended_server_refuses_it() {
    let sim = leap();
    get(&sim, "/server/reboot/100042");
    assert_eq!(get(&sim, "/server/suspend/100042")["success"], true);
    assert_eq!(get(&sim, "/server/view/100042")["data"]["status"], "suspended");
    assert_eq!(
        get(&sim, "/server/reboot/100042"),
        json!({"success": false, "error": "Server is suspended"})
    );
    get(&sim, "/server/unsuspend/100042");
    let truth = &sim.state()["servers"]["100042"];
    assert_eq!(truth["reboots"], 1);
    assert_eq!(truth["suspended"], false);
    assert_eq!(truth["suspensions"].as_array().unwrap().len(), 2);
}

#[test]
fn the_old_api_works_on_the_same_servers() {
    let sim = leap();
    let list = old(&sim, "server", "listServers", Value::Null);
    assert_eq!(list["success"], true);
    assert_eq!(
        list["servers"]["000201"],
        json!({"server_id": "000201", "type": "vm", "server": "vm1.example.com", "parent_id": "900001"})
    );
    let answer = old(&sim, "server", "rebootServer", json!({"serverid": "000017"}));
    assert_eq!(
        answer,
        json!({"success": true, "result": "ok", "message": "Server rebooted"})
    );
    assert_eq!(sim.state()["servers"]["000017"]["reboots"], 1);
    assert_eq!(old(&sim, "server", "explode", Value::Null)["error"], "No Such Command");
}
