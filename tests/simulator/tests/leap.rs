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
        list["servers"][1],
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

#[test]
fn a_list_comes_as_map_as_array_bare_or_empty() {
    let sim = leap();
    let ids = |list: &Value, key: &str| -> Vec<String> {
        let list = list.as_array().unwrap();
        list.iter().map(|e| e[key].as_str().unwrap().to_string()).collect()
    };
    let all = ["000017", "000201", "100042", "100043", "900001", "SRV-a_7"];
    mode(&sim, json!({"list": "array"}));
    assert_eq!(ids(&get(&sim, "/server/list")["data"], "serverid"), all);
    mode(&sim, json!({"list": "bare"}));
    assert_eq!(ids(&get(&sim, "/server/list"), "serverid"), all);
    assert_eq!(ids(&old(&sim, "server", "listServers", Value::Null), "server_id"), all);
    mode(&sim, json!({"list": "map"}));
    let old_map = old(&sim, "server", "listServers", Value::Null);
    assert_eq!(old_map["servers"]["SRV-a_7"]["server"], "lab1.example.com");
    mode(&sim, json!({"list": "empty"}));
    assert_eq!(get(&sim, "/server/list"), json!({"success": true, "data": []}));
    assert_eq!(old(&sim, "server", "listServers", Value::Null)["servers"], json!([]));
}

#[test]
fn an_entry_names_its_id_in_two_ways_or_not_at_all() {
    let sim = leap();
    mode(&sim, json!({"entry_id": "server_id"}));
    let entry = get(&sim, "/server/list")["data"]["000017"].clone();
    assert_eq!((&entry["server_id"], entry.get("serverid")), (&json!("000017"), None));
    mode(&sim, json!({"entry_id": "none", "list": "array"}));
    let entry = get(&sim, "/server/list")["data"][0].clone();
    assert_eq!(entry["hostname"], "db1.example.com");
    assert_eq!((entry.get("server_id"), entry.get("serverid")), (None, None));
}

#[test]
fn a_tandem_user_without_permissions_sees_an_empty_list() {
    let sim = leap();
    for server in ["100042", "000017", "000201"] {
        sim.control("POST", "tandem", &json!({"action": "revoke", "server": server}))
            .unwrap();
    }
    // PHP writes an empty map as an empty array.
    assert_eq!(as_tandem(&sim, "/server/list").1, json!({"success": true, "data": []}));
    sim.control("POST", "tandem", &json!({"action": "grant", "server": "SRV-a_7"}))
        .unwrap();
    let list = as_tandem(&sim, "/server/list").1;
    assert_eq!(list["data"]["SRV-a_7"]["hostname"], "lab1.example.com");
    assert_eq!(list["data"]["SRV-a_7"].get("publicip"), None, "publicip is optional");
}

#[test]
fn success_is_said_in_every_way_and_false_means_that_nothing_was_done() {
    let sim = leap();
    for way in [json!("1"), json!("TRUE"), json!("true"), json!(1), json!(true)] {
        mode(&sim, json!({"success": way}));
        assert_eq!(get(&sim, "/server/list")["success"], way);
        assert_eq!(old(&sim, "server", "listServers", Value::Null)["success"], way);
    }
    mode(&sim, json!({"success": false}));
    assert_eq!(get(&sim, "/server/reboot/100042")["success"], false);
    let answer = old(&sim, "server", "rebootServer", json!({"serverid": "100042"}));
    assert_eq!(answer["success"], false);
    assert_eq!(sim.state()["servers"]["100042"]["reboots"], 0);
}

#[test]
fn the_view_of_a_vm_shows_its_hypervisor_unless_told_otherwise() {
    let sim = leap();
    assert_eq!(get(&sim, "/server/view/000201")["data"]["serverid"], "900001");
    assert_eq!(get(&sim, "/server/view/000017")["data"]["serverid"], "000017");
    mode(&sim, json!({"vm_view": "own"}));
    assert_eq!(get(&sim, "/server/view/000201")["data"]["serverid"], "000201");
}

#[test]
fn wrong_credentials_are_401_or_words_and_the_old_api_always_has_words() {
    let sim = leap();
    let wrong = |sim: &Simulator| sim.call_as("reseller1", "wrong", "GET", "/server/reboot/100042", None);
    let (status, _, body) = wrong(&sim);
    assert_eq!((status, body), (401, Value::Null));
    mode(&sim, json!({"denial": "body"}));
    let denied = json!({"success": false, "error": "Authentication Error"});
    let (status, _, body) = wrong(&sim);
    assert_eq!((status, body), (200, denied.clone()));
    let reboot = json!({"serverid": "100042"});
    for (name, value) in [("key", "K"), ("user", "nobody"), ("password", "wrong")] {
        let mut auth = json!({"key": told(&sim, "api_key"), "user": sim.user, "password": sim.password});
        auth[name] = json!(value);
        assert_eq!(
            old_as(&sim, auth, "server", "rebootServer", reboot.clone()),
            denied,
            "{name}"
        );
    }
    mode(&sim, json!({"tandem_login": false, "denial": "401"}));
    assert_eq!(as_tandem(&sim, "/server/list").0, 401);
    assert_eq!(sim.state()["servers"]["100042"]["reboots"], 0);
}

#[test]
fn an_ordered_failure_hits_the_named_operations_so_often_in_both_generations() {
    let sim = leap();
    mode(&sim, json!({"fail": "php_fatal", "on": ["reboot"], "count": 2}));
    let (status, headers, body) = sim.call("GET", "/server/reboot/100042", None);
    assert_eq!((status, &body), (200, &Value::Null));
    assert_eq!(headers[0].1, "text/html; charset=utf-8");
    let words = old(&sim, "server", "rebootServer", json!({"serverid": "100042"}));
    assert!(words.as_str().unwrap().contains("Fatal error"), "{words}");
    assert_eq!(sim.state()["servers"]["100042"]["reboots"], 0);
    get(&sim, "/server/reboot/100042");
    assert_eq!(sim.state()["servers"]["100042"]["reboots"], 1);

    mode(&sim, json!({"fail": "php_fatal", "on": ["reboot"], "processed": true}));
    get(&sim, "/server/reboot/100042");
    assert_eq!(
        sim.state()["servers"]["100042"]["reboots"],
        2,
        "done, though the page broke"
    );
    assert_eq!(get(&sim, "/server/list")["success"], true);

    for (kind, status) in [("unauthorized", 401), ("forbidden", 403), ("not_found", 404)] {
        mode(&sim, json!({"fail": kind}));
        assert_eq!(sim.get("/server/list").0, status);
    }
    mode(&sim, json!({"fail": "authentication"}));
    assert_eq!(get(&sim, "/server/list")["error"], "Authentication Error");
    mode(&sim, json!({"fail": ""}));
    assert_eq!(get(&sim, "/server/list")["success"], true);
}

#[test]
fn paths_and_commands_move_and_vanish() {
    let sim = leap();
    sim.control(
        "POST",
        "paths",
        &json!({"suspend": "", "reboot": "POST /v2/power/{id}/cycle"}),
    )
    .unwrap();
    assert_eq!(sim.get("/server/suspend/100042").0, 404);
    assert_eq!(sim.get("/server/reboot/100042").0, 404);
    assert_eq!(
        sim.get("/v2/power/100042/cycle").0,
        405,
        "the path is known, the method is not"
    );
    assert_eq!(post(&sim, "/v2/power/100042/cycle", "")["success"], true);
    assert_eq!(sim.state()["servers"]["100042"]["reboots"], 1);
    sim.control("POST", "paths", &json!({"suspend": null})).unwrap();
    assert_eq!(get(&sim, "/server/suspend/100042")["success"], true);

    sim.control("POST", "commands", &json!({"unsuspend": "serverEnable", "suspend": ""}))
        .unwrap();
    let data = json!({"serverid": "100042"});
    assert_eq!(
        old(&sim, "server", "suspendServer", data.clone())["error"],
        "No Such Command"
    );
    assert_eq!(old(&sim, "server", "serverEnable", data)["success"], true);
    assert_eq!(sim.state()["servers"]["100042"]["suspended"], false);
    assert!(sim.control("POST", "paths", &json!({"explode": "GET /x"})).is_err());
}

#[test]
fn bandwidth_is_the_truth_by_day_and_grows_with_the_clock() {
    let sim = leap();
    let (start, day) = (1_767_225_600_i64, 86_400);
    let path = format!("/server/bandwidth/{start}/{}/100042", start + 31 * day);
    assert_eq!(get(&sim, &path)["data"]["intotal"], "0", "the month has just begun");
    sim.advance(day * 2 + 3600);
    let extra = json!({"server": "100042", "day": "2026-01-02", "in": 500, "out": 7});
    sim.control("POST", "traffic", &extra).unwrap();
    let data = get(&sim, &path)["data"].clone();
    // 12000 and 60000 bytes a second.
    assert_eq!(data["intotal"], (12_000 * (2 * day + 3600) + 500).to_string());
    assert_eq!(data["outtotal"], (60_000 * (2 * day + 3600) + 7).to_string());
    assert_eq!(
        data["dailyusage"][1],
        json!({"in": (12_000 * day + 500).to_string(), "out": (60_000 * day + 7).to_string(),
            "timestamp": start + day, "date": "2026-01-02"})
    );
    assert_eq!(data["dailyusage"].as_array().unwrap().len(), 3);
    let truth = sim.state()["servers"]["100042"]["days"]["2026-01-02"].clone();
    assert_eq!(truth, json!({"in": 12_000 * day + 500, "out": 60_000 * day + 7}));

    let before = get(&sim, &format!("/server/bandwidth/{}/{start}/100042", start - 31 * day));
    assert_eq!(before["data"]["dailyusage"].as_array().unwrap().len(), 31);
    let old = old(&sim, "server", "getServerBandwidth", json!({"serverid": "100042"}));
    assert_eq!(old["data"]["intotal"], data["intotal"], "both tell the same");
    assert_eq!(get(&sim, "/server/bandwidth/9/8/100042")["error"], "Invalid time range");
    assert_eq!(get(&sim, "/server/bandwidth/a/b/100042")["error"], "Invalid timestamp");
}

#[test]
fn a_suspended_server_moves_no_bytes() {
    let sim = leap();
    let total = |sim: &Simulator| sim.state()["servers"]["000017"]["bytes_in"].as_i64().unwrap();
    let begin = total(&sim);
    sim.advance(10);
    get(&sim, "/server/suspend/000017");
    sim.advance(1000);
    get(&sim, "/server/unsuspend/000017");
    sim.advance(5);
    assert_eq!(total(&sim) - begin, 15 * 8_000);
}

#[test]
fn counts_come_in_every_unit_and_form() {
    let sim = leap();
    sim.control(
        "POST",
        "server",
        &json!({"server": "SRV-a_7", "action": "change", "ips": []}),
    )
    .unwrap();
    let extra = json!({"server": "SRV-a_7", "at": "2025-12-31T12:00:00Z", "in": 1_572_864, "out": 1024});
    sim.control("POST", "traffic", &extra).unwrap();
    let path = "/server/bandwidth/1767139200/1767225600/SRV-a_7";
    for (unit, form, expected) in [
        ("bytes", "text", json!("1572864")),
        ("kilobytes", "text", json!("1536")),
        ("megabytes", "decimals", json!("1.50")),
        ("bits", "numbers", json!(12_582_912)),
    ] {
        mode(&sim, json!({"bandwidth_unit": unit, "numbers": form}));
        assert_eq!(get(&sim, path)["data"]["intotal"], expected, "{unit}");
    }
}

#[test]
fn addresses_come_in_blocks_with_a_list_or_a_text() {
    let sim = leap();
    let data = get(&sim, "/server/network/100042")["data"].clone();
    assert_eq!(
        data["public"],
        json!([{"firstip": "192.0.2.10", "allips": ["192.0.2.10", "192.0.2.11"], "gateway": "192.0.2.1",
            "netmask": "255.255.255.0"}])
    );
    assert_eq!(data["private_networks"][0]["ip"], "10.0.4.7");
    mode(&sim, json!({"allips": "text", "legacy_ips": "list"}));
    let data = get(&sim, "/server/network/100042")["data"].clone();
    assert_eq!(data["public"][0]["allips"], "192.0.2.10, 192.0.2.11");
    let old = old(&sim, "server", "getServerIps", json!({"serverid": "100042"}));
    assert_eq!(old["ips"], json!(["192.0.2.10", "192.0.2.11"]));
    assert_eq!(get(&sim, "/server/network/SRV-a_7")["data"]["public"], json!([]));
}

#[test]
fn only_virtual_machines_start_and_stop() {
    let sim = leap();
    get(&sim, "/server/stopvm/000201");
    assert_eq!(get(&sim, "/server/list")["data"]["000201"]["status"], "offline");
    get(&sim, "/server/startvm/000201");
    assert_eq!(sim.state()["servers"]["000201"]["powered"], true);
    let refused = get(&sim, "/server/stopvm/100042");
    assert_eq!(refused["error"], "Server is not a virtual machine");
    assert_eq!(sim.state()["servers"]["100042"]["powered"], true);
}

#[test]
fn what_is_so_already_is_success_or_an_error() {
    let sim = leap();
    get(&sim, "/server/suspend/100042");
    assert_eq!(get(&sim, "/server/suspend/100042")["success"], true);
    mode(&sim, json!({"repeat": "error"}));
    assert_eq!(
        get(&sim, "/server/suspend/100042")["error"],
        "Server is already suspended"
    );
    let truth = &sim.state()["servers"]["100042"];
    assert_eq!(truth["suspensions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_cancellation_has_a_number_and_is_made_once() {
    let sim = leap();
    let answer = post(&sim, "/server/cancel/web1.example.com", "");
    assert_eq!(answer, json!({"success": true, "data": "C07001"}));
    assert_eq!(post(&sim, "/server/cancel/web1.example.com", ""), answer);
    let data = json!({"servers": ["000017"], "happy": true, "reason": "Client Cancelled"});
    assert_eq!(
        old(&sim, "server", "cancellationRequest", data)["data"],
        json!(["C07002"])
    );
    let data = json!({"servers": ["000201"], "happy": true, "reason": "No mood"});
    assert_eq!(
        old(&sim, "server", "cancellationRequest", data)["error"],
        "Invalid reason"
    );
    let state = sim.state();
    assert_eq!(state["cancellations"].as_array().unwrap().len(), 2);
    assert_eq!(state["servers"]["100042"]["cancellation"], "C07001");
    assert_eq!(
        post(&sim, "/server/cancel/100042", "")["error"],
        "Server not found",
        "a hostname, not an id"
    );
}

#[test]
fn reverse_names_end_with_a_dot_and_belong_to_the_server() {
    let sim = leap();
    let names = json!({"192.0.2.10": "web1.example.com.", "192.0.2.11": "www.example.com", "192.0.2.30": "x.example."});
    let answer = post(
        &sim,
        "/server/rdns/100042",
        &format!("rdns={}", percent(&names.to_string())),
    );
    assert_eq!(answer["success"], "1");
    let results: Vec<&Value> = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["result"])
        .collect();
    assert_eq!(results, ["ok", "error", "error"]);
    assert_eq!(
        sim.state()["servers"]["100042"]["rdns"],
        json!({"192.0.2.10": "web1.example.com."})
    );
    let old = old(&sim, "server", "getRdnsList", json!({"serverid": "100042"}));
    assert_eq!(old["data"]["192.0.2.10"], "web1.example.com.");
}

#[test]
fn permissions_are_edited_in_both_generations() {
    let sim = leap();
    let list = get(&sim, "/tandem/user/list");
    let user = &list["data"][0];
    assert_eq!(user["email"], "tandem@hosting.example");
    assert_eq!(user["servers"], json!(["000017", "000201", "100042"]));
    let servers = |sim: &Simulator| sim.state()["tandem_users"]["5001"]["servers"].clone();
    let form = format!("id=5001&servers={}", percent(r#"["000017"]"#));
    assert_eq!(post(&sim, "/tandem/user/edit", &form)["success"], true);
    assert_eq!(servers(&sim), json!(["000017"]));
    let unknown = format!("id=5001&servers={}", percent(r#"["nowhere"]"#));
    assert_eq!(post(&sim, "/tandem/user/edit", &unknown)["error"], "Server not found");
    get(&sim, "/tandem/user/addcomponent/100042?id=5001");
    assert_eq!(servers(&sim), json!(["000017", "100042"]));
    let change =
        |command: &str, server: &str| old(&sim, "account", command, json!({"userid": "5001", "serverid": server}));
    assert_eq!(change("tandemDeleteUserPermission", "000017")["success"], true);
    assert_eq!(change("tandemAddUserPermission", "000201")["success"], true);
    assert_eq!(servers(&sim), json!(["000201", "100042"]));
    assert_eq!(as_tandem(&sim, "/tandem/user/list").1["error"], "Permission denied");
}

#[test]
fn tandem_users_come_and_go() {
    let sim = leap();
    let answer = post(
        &sim,
        "/tandem/user/add",
        "name=N&email=n%40x.example&password=p&servers=100042",
    );
    assert_eq!(answer["data"], "5003");
    let (_, _, list) = sim.call_as("n@x.example", "p", "GET", "/server/list", None);
    assert_eq!(list["data"].as_object().unwrap().len(), 1);
    old(&sim, "account", "tandemDeleteUser", json!({"userid": "5003"}));
    assert_eq!(sim.call_as("n@x.example", "p", "GET", "/server/list", None).0, 401);
}

#[test]
fn the_pin_opens_password_and_recovery() {
    let sim = leap();
    let good = format!("pin={}", told(&sim, "pin"));
    assert_eq!(
        post(&sim, "/server/getpassword/100042", "pin=0")["error"],
        "Invalid PIN"
    );
    assert!(post(&sim, "/server/getpassword/100042", &good)["data"].is_string());
    post(&sim, "/server/bailout/start/100042", &good);
    assert_eq!(get(&sim, "/server/view/100042")["data"]["status"], "rescue");
    post(&sim, "/server/bailout/stop/100042", &good);
    assert_eq!(get(&sim, "/server/view/100042")["data"]["status"], "online");
}

#[test]
fn an_installation_proceeds_with_the_clock() {
    let sim = leap();
    sim.control("POST", "server", &json!({"server": "100043", "action": "install"}))
        .unwrap();
    assert_eq!(get(&sim, "/server/checkinstall/100043")["data"]["progress"], 0);
    sim.advance(900);
    let half = get(&sim, "/server/checkinstall/100043")["data"].clone();
    assert_eq!((&half["progress"], &half["step"]), (&json!(50), &json!("copying")));
    sim.advance(900);
    assert_eq!(get(&sim, "/server/checkinstall/100043")["data"]["step"], "done");
}

#[test]
fn a_removed_server_is_gone_from_every_list_but_not_from_the_truth() {
    let sim = leap();
    sim.control("POST", "server", &json!({"server": "100042", "action": "remove"}))
        .unwrap();
    assert_eq!(get(&sim, "/server/view/100042")["error"], "Server not found");
    assert_eq!(as_tandem(&sim, "/server/list").1["data"].get("100042"), None);
    assert_eq!(sim.state()["servers"]["100042"]["removed"], true);
    sim.control(
        "POST",
        "server",
        &json!({"server": "000300", "action": "create", "hostname": "new1.example.com", "ips": ["192.0.2.40"]}),
    )
    .unwrap();
    assert_eq!(get(&sim, "/server/list")["data"]["000300"]["publicip"], "192.0.2.40");
}

#[test]
fn the_old_details_are_a_php_error_and_a_broken_document_is_named() {
    let sim = leap();
    let data = json!({"serverid": "100042"});
    let words = old(&sim, "server", "getServerDetails", data.clone());
    assert!(words.as_str().unwrap().contains("Fatal error"));
    mode(&sim, json!({"legacy_details": "works"}));
    assert_eq!(
        old(&sim, "server", "getServerDetails", data)["data"]["server"],
        "web1.example.com"
    );
    let (status, _, body) = sim.handle("GET", "/api.php?request=%7B", &[], &[]);
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &body["error"]), (200, &json!("JSON Decoding error")));
}

#[test]
fn a_late_answer_of_the_old_api_is_chosen_by_its_command() {
    let sim = leap();
    sim.faults(&json!([{"kind": "delay", "match": {"query_contains": "getServerBandwidth"}}]))
        .unwrap();
    let call = |command: &str| {
        let auth = json!({"key": told(&sim, "api_key"), "user": sim.user, "password": sim.password});
        let document = json!({"auth": auth, "module": {"module": "server", "command": command},
            "data": {"serverid": "100042"}});
        let target = format!("/api.php?request={}", percent(&document.to_string()));
        sim.handle("GET", &target, &[], &[]).0
    };
    assert_eq!(call("getServerBandwidth"), 0, "in memory a late answer is a time-out");
    assert_eq!(call("getServerIps"), 200);
}

#[test]
fn the_log_tells_who_did_what_and_no_secret() {
    let sim = leap();
    get(&sim, "/server/reboot/000017");
    as_tandem(&sim, "/server/list");
    old(&sim, "server", "rebootServer", json!({"serverid": "100042"}));
    let secrets = json!({"name": "N", "email": "n@x.example", "password": "very-secret"});
    old(&sim, "account", "tandemAddUser", secrets);
    post(
        &sim,
        "/server/getpassword/100042",
        &format!("pin={}", told(&sim, "pin")),
    );
    let log = sim.requests();
    assert_eq!(
        (&log[0]["operation"], &log[0]["server"], &log[0]["login"]),
        (&json!("reboot"), &json!("000017"), &json!("leap"))
    );
    assert_eq!(log[1]["login"], "tandem@hosting.example");
    assert_eq!(
        (&log[2]["command"], &log[2]["generation"], &log[2]["server"]),
        (&json!("rebootServer"), &json!("legacy"), &json!("100042"))
    );
    assert_eq!(log[3]["parameters"]["password"], "[hidden]");
    assert_eq!(log[4]["parameters"]["pin"], "[hidden]");
    let text = json!(log).to_string();
    let secrets = [
        sim.password.clone(),
        told(&sim, "api_key"),
        told(&sim, "tandem_password"),
        "very-secret".into(),
    ];
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
    let state = sim.state().to_string();
    assert!(!state.contains(&sim.password) && !state.contains(&told(&sim, "tandem_password")));
}

#[test]
fn a_wrong_switch_changes_nothing_and_names_what_there_is() {
    let sim = leap();
    let words = sim
        .control("POST", "mode", &json!({"list": "array", "denial": "maybe"}))
        .unwrap_err();
    assert!(words.contains("401") && words.contains("body"), "{words}");
    assert!(
        get(&sim, "/server/list")["data"].is_object(),
        "the good half is not turned either"
    );
    assert!(
        sim.control("POST", "mode", &json!({"lists": "array"}))
            .unwrap_err()
            .contains("list,")
    );
    assert!(
        sim.control("POST", "mode", &json!({"fail": "boom"}))
            .unwrap_err()
            .contains("php_fatal")
    );
    mode(&sim, json!({"list": "array", "fail": "null"}));
    mode(&sim, json!({"reset": true}));
    assert!(get(&sim, "/server/list")["data"].is_object());
}

#[test]
fn the_same_seed_gives_the_same_panel_and_changed_credentials_count_at_once() {
    let (one, two) = (leap(), leap());
    assert_eq!(one.introduction, two.introduction);
    assert_eq!(one.password, two.password);
    one.control("POST", "credentials", &json!({"password": "other"}))
        .unwrap();
    assert_eq!(one.get("/server/list").0, 401);
    assert_eq!(one.call_as("reseller1", "other", "GET", "/server/list", None).0, 200);
}
