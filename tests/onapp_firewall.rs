//! The firewall page: rules by interface in their order, every field of a new one checked, nothing of another machine touched,
//! each press done once whatever is pressed twice, lost or killed, and what is in force told as truly as the panel lets us know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{World, enumerate};
use provisor::http::Response;
use provisor::http::memory::MemoryTransport;
use provisor::http::{Method, Transport};
use provisor::session::Ended;
use provisor_simulator::Version;
use serde_json::{Value, json};
use std::sync::Arc;

/// The actions that change something.
const CHANGING: [&str; 7] = [
    "add_rule",
    "delete_rule",
    "rule_up",
    "rule_down",
    "default_accept",
    "default_drop",
    "apply_firewall",
];

fn activate(w: &mut World, id: &str) {
    w.host.services.get_mut(id).unwrap()["status"] = json!("Active");
}

fn ready() -> World {
    ready_with(Version { major: 6, minor: 5 })
}

fn ready_with(version: Version) -> World {
    let mut w = World::with(version).with_ready_vm("17");
    activate(&mut w, "17");
    w
}

/// The same client's other machine.
fn with_another(w: &mut World) {
    w.add_service("18");
    activate(w, "18");
    w.verb_on("create", "18").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
}

fn input(w: &World, id: &str, form: &Value) -> Value {
    let mut input = w.verb(id);
    input["caller"] = json!({ "kind": "client", "client_id": "7", "post": true, "token": true });
    input["form"] = form.clone();
    input
}

fn on(w: &mut World, id: &str, job: &str, form: Value) -> Result<Value, Ended> {
    let input = input(w, id, &form);
    w.run(&format!("onapp.{job}"), input)
}

fn by_client(w: &mut World, job: &str, form: Value) -> Result<Value, Ended> {
    on(w, "17", job, form)
}

fn page(w: &mut World) -> Value {
    by_client(w, "firewall", json!({})).unwrap()
}

fn code(ended: Result<Value, Ended>) -> String {
    match ended {
        Ok(report) => format!("done: {report}"),
        Err(ended) => ended.code,
    }
}

fn vm(w: &World, id: &str) -> Value {
    let id = w.vm_of(id);
    w.living_vms().into_iter().find(|vm| vm["id"] == json!(id)).unwrap()
}

fn nics(w: &World, id: &str) -> Vec<u64> {
    let path = format!("/virtual_machines/{}/network_interfaces.json", w.vm_of(id));
    let (_, _, found) = w.panel.get(&path);
    let rows = found.as_array().unwrap().iter();
    rows.map(|row| row["network_interface"]["id"].as_u64().unwrap())
        .collect()
}

/// The panel's rules of a service's machine, in its order.
fn rules(w: &World, id: &str) -> Vec<Value> {
    let (_, _, found) = w
        .panel
        .get(&format!("/virtual_machines/{}/firewall_rules.json", w.vm_of(id)));
    let mut rules: Vec<Value> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["firewall_rule"].clone())
        .collect();
    rules.sort_by_key(|rule| (rule["network_interface_id"].as_u64(), rule["position"].as_u64()));
    rules
}

/// What the rules are, in words.
fn words(w: &World) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rules(w, "17")
        .iter()
        .map(|rule| {
            let part = |name| text(&rule[name]);
            [part("command"), part("protocol"), part("address"), part("port")].join(" ")
        })
        .collect()
}

fn default_of(w: &World, nic: u64) -> String {
    let path = format!("/virtual_machines/{}/network_interfaces/{nic}.json", w.vm_of("17"));
    let (_, _, found) = w.panel.get(&path);
    found["network_interface"]["default_firewall_rule"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn new_rule(w: &World) -> Value {
    let nic = nics(w, "17")[0].to_string();
    json!({ "nic": nic, "verdict": "ACCEPT", "protocol": "TCP", "address": "198.51.100.0/24", "port": "80,443" })
}

fn with(mut form: Value, field: &str, value: &str) -> Value {
    form[field] = json!(value);
    form
}

/// A machine with two rules, looked at.
fn two_rules() -> World {
    let mut w = ready();
    page(&mut w);
    for port in ["22", "25"] {
        let form = with(new_rule(&w), "port", port);
        by_client(&mut w, "add_rule", form).unwrap();
    }
    page(&mut w);
    w
}

/// A form for each changing action, as the page of [`two_rules`] would send it.
fn form_for(w: &World, job: &str) -> Value {
    let ids: Vec<u64> = rules(w, "17").iter().map(|rule| rule["id"].as_u64().unwrap()).collect();
    match job {
        "add_rule" => new_rule(w),
        "rule_down" => json!({ "id": format!("{}.1", ids[0]) }),
        "rule_up" | "delete_rule" => json!({ "id": format!("{}.2", ids[1]) }),
        "default_accept" | "default_drop" => json!({ "id": nics(w, "17")[0].to_string() }),
        _ => json!({}),
    }
}

/// Requests since then that change something at the panel: a move goes out by GET.
fn changes(w: &World, since: usize) -> Vec<(String, String)> {
    let all = w.panel.requests();
    all.iter()
        .skip(since)
        .filter(|r| r["method"] != "GET" || r["path"].as_str().unwrap().ends_with("/move.json"))
        .map(|r| {
            let text = |name: &str| r[name].as_str().unwrap_or_default().to_owned();
            (format!("{} {}", text("method"), text("path")), text("login"))
        })
        .collect()
}

fn said(report: &Value) -> String {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) if map.contains_key("code") && map.contains_key("text") => {
                found.push(map["text"].as_str().unwrap().to_owned());
            }
            Value::Object(map) => map.values().for_each(|v| texts(v, found)),
            Value::Array(list) => list.iter().for_each(|v| texts(v, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    texts(&report["page"], &mut found);
    found.join(" | ")
}

/// The tables: heading, and of each row the cells and the buttons (action and id).
type Table = (String, Vec<(Vec<String>, Vec<(String, String)>)>);

fn tables(report: &Value) -> Vec<Table> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sections = report["page"]["sections"].as_array().unwrap();
    let items = sections.iter().filter(|s| s["kind"] == "items");
    items
        .map(|table| {
            let rows = table["items"].as_array().unwrap().iter().map(|row| {
                let cells = row["cells"].as_array().unwrap().iter().map(|c| text(&c["text"]));
                let buttons = row["buttons"].as_array().unwrap().iter();
                let named = buttons.map(|b| (text(&b["action"]["name"]), text(&b["id"])));
                (cells.collect(), named.collect())
            });
            (text(&table["heading"]["text"]), rows.collect())
        })
        .collect()
}

/// The names of everything that can be pressed.
fn pressable(report: &Value) -> Vec<String> {
    let mut names: Vec<String> = tables(report)
        .into_iter()
        .flat_map(|(_, rows)| rows)
        .flat_map(|(_, buttons)| buttons.into_iter().map(|(name, _)| name))
        .collect();
    let page = &report["page"];
    for action in page["actions"].as_array().unwrap() {
        names.push(action["name"].as_str().unwrap().to_owned());
    }
    for section in page["sections"].as_array().unwrap() {
        if section["kind"] == "form" {
            names.push(section["action"].as_str().unwrap().to_owned());
        }
    }
    names
}

/// The fields with an error, and the error.
fn errors(report: &Value) -> Vec<(String, String)> {
    let sections = report["page"]["sections"].as_array().unwrap();
    let form = sections.iter().find(|s| s["kind"] == "form").unwrap();
    form["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| !field["error"].is_null())
        .map(|field| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&field["name"]), text(&field["error"]["text"]))
        })
        .collect()
}

const IN_FORCE: &str = "What stands here is in force.";
const NOT_YET: &str = "not in force yet";
const COMING: &str = "being applied";
const UNKNOWN: &str = "It is not known whether";

fn revoke(w: &World, role: u64, names: &[&str]) {
    w.panel
        .control("POST", "role", &json!({ "role": role, "revoke": names }))
        .unwrap();
}

// What the page shows.

#[test]
fn rules_stand_by_interface_in_the_order_in_which_they_are_looked_at_with_at_most_four_calls() {
    let mut w = ready();
    w.add_service("19");
    let second =
        r#"{"sec_net_ips":"1","sec_network_id":"2","sec_net_port_speed":"10","sec_net_configurable_option_id":"0"}"#;
    w.host.services.get_mut("17").unwrap()["product"]["options"][22] = json!(second);
    by_client(&mut w, "assign_address", json!({ "id": "second" })).unwrap();
    w.advance(300);
    let nics = nics(&w, "17");
    assert_eq!(nics.len(), 2);
    page(&mut w);
    for (nic, verdict, protocol, address, port) in [
        (nics[1], "ACCEPT", "UDP", "", "53"),
        (nics[0], "ACCEPT", "TCP", "198.51.100.0/24", "80,443"),
        (nics[0], "DROP", "TCP", "", ""),
        (nics[0], "ACCEPT", "ICMP", "2001:db8::1", ""),
    ] {
        let form = json!({ "nic": nic.to_string(), "verdict": verdict, "protocol": protocol, "address": address, "port": port });
        by_client(&mut w, "add_rule", form).unwrap();
    }
    let before = w.panel.requests().len();
    let report = page(&mut w);
    let calls = w.panel.requests()[before..].to_vec();
    assert!(calls.len() <= 4, "{calls:?}");
    assert!(
        calls.iter().all(|r| r["method"] == "GET"),
        "a page changes nothing: {calls:?}"
    );
    let found = tables(&report);
    let cells: Vec<(String, Vec<String>)> = found
        .iter()
        .map(|(heading, rows)| (heading.clone(), rows.iter().map(|(cells, _)| cells.join("|")).collect()))
        .collect();
    let expected = [
        (
            "Interface eth0",
            vec![
                "1|Accept|TCP 80, 443 from 198.51.100.0/24",
                "2|Drop|TCP from anywhere",
                "3|Accept|ICMP from 2001:db8::1",
                "|Accept|Everything else",
            ],
        ),
        (
            "Interface eth1",
            vec!["1|Accept|UDP 53 from anywhere", "|Accept|Everything else"],
        ),
    ];
    assert_eq!(cells.len(), 2);
    for ((heading, rows), (expected, of_it)) in cells.iter().zip(expected) {
        assert_eq!((heading.as_str(), rows.len()), (expected, of_it.len()));
        assert!(rows.iter().zip(of_it).all(|(a, b)| a == b), "{rows:?}");
    }
    let buttons: Vec<Vec<&str>> = found[0]
        .1
        .iter()
        .map(|(_, buttons)| buttons.iter().map(|(name, _)| name.as_str()).collect())
        .collect();
    assert_eq!(
        buttons,
        [
            vec!["rule_down", "delete_rule"],
            vec!["rule_up", "rule_down", "delete_rule"],
            vec!["rule_up", "delete_rule"],
            vec!["default_drop"]
        ]
    );
    let links = report["page"]["sections"][0]["links"].as_array().unwrap();
    let current = links.iter().find(|link| link["current"] == true).unwrap();
    assert_eq!(
        (&current["label"]["text"], &current["action"]),
        (&json!("Firewall"), &json!("firewall"))
    );
}

#[test]
fn deleting_and_applying_ask_first() {
    let mut w = two_rules();
    let report = page(&mut w);
    let apply = &report["page"]["actions"][0];
    assert_eq!(apply["name"], "apply_firewall");
    assert!(!apply["confirm"].is_null());
    let items = &report["page"]["sections"][1]["items"][0]["buttons"];
    for button in items.as_array().unwrap() {
        let asks = !button["action"]["confirm"].is_null();
        assert_eq!(asks, button["action"]["name"] == "delete_rule", "{button}");
        assert!(button["about"]["text"].as_str().unwrap().contains("rule 1 of eth0"));
    }
}

#[test]
fn words_of_the_panel_that_nobody_documented_are_shown_as_they_are() {
    let mut w = ready();
    let nic = nics(&w, "17")[0];
    let panel = w.panel.clone();
    w.env.transport = Arc::new(MemoryTransport::new(move |request| {
        if request.path().ends_with("/firewall_rules.json") {
            let rule = json!([{ "firewall_rule": { "id": 5, "position": 1, "network_interface_id": nic, "command": "REJECT",
                "protocol": "<b>GRE</b>", "address": "", "port": 80 } }]);
            return Ok(Response::new(200, rule.to_string()));
        }
        common::transport(panel.clone()).send(request)
    }));
    let found = tables(&page(&mut w));
    assert_eq!(found[0].1[0].0, ["1", "REJECT", "<b>GRE</b> 80 from anywhere"]);
}

// Adding.

#[test]
fn a_rule_is_added_last_as_the_clients_user_with_one_change_on_old_and_new_releases() {
    for (major, minor) in [(2, 3), (4, 2), (5, 4), (6, 6)] {
        let mut w = ready_with(Version { major, minor });
        page(&mut w);
        for (verdict, protocol, address, port, expected) in [
            ("ACCEPT", "TCP", " 198.51.100.7 ", "22", "ACCEPT TCP 198.51.100.7 22"),
            (
                "ACCEPT",
                "TCP",
                "198.51.100.5 - 198.51.100.9",
                " 80, 443,8000:8080 ",
                "ACCEPT TCP 198.51.100.5-198.51.100.9 80,443,8000:8080",
            ),
            (
                "DROP",
                "UDP",
                "2001:DB8::/32",
                "1:65535",
                "DROP UDP 2001:db8::/32 1:65535",
            ),
            ("DROP", "ICMP", "", "", "DROP ICMP null null"),
        ] {
            let nic = nics(&w, "17")[0].to_string();
            let form =
                json!({ "nic": nic, "verdict": verdict, "protocol": protocol, "address": address, "port": port });
            let before = w.panel.requests().len();
            by_client(&mut w, "add_rule", form).unwrap();
            let changed = changes(&w, before);
            assert_eq!(changed.len(), 1, "{major}.{minor}: {changed:?}");
            assert_eq!(changed[0].1, "ada@example.com", "{major}.{minor}");
            assert_eq!(words(&w).last().unwrap(), expected, "{major}.{minor}");
        }
        assert_eq!(rules(&w, "17").len(), 4);
    }
}

#[test]
fn each_field_is_checked_and_every_error_stands_beside_its_field_with_nothing_changed() {
    let mut w = ready();
    with_another(&mut w);
    page(&mut w);
    let foreign = nics(&w, "18")[0].to_string();
    let long = "1".repeat(300);
    let cases = [
        (
            "nic",
            vec!["", "0", "-1", "1/../2", foreign.as_str(), "99999999999999999999", "🦀"],
        ),
        ("verdict", vec!["", "REJECT", "ACCEPT;", "<b>", "🦀"]),
        ("protocol", vec!["", "GRE", "TCP/UDP", "🦀"]),
        (
            "address",
            vec![
                "any",
                "198.51.100",
                "198.51.100.0/33",
                "198.51.100.9-198.51.100.5",
                "10.0.0.1-2001:db8::1",
                "<b>",
                long.as_str(),
            ],
        ),
        (
            "port",
            vec![
                "0",
                "65536",
                "90:80",
                "80-90",
                "80,",
                "http",
                "+80",
                "<b>",
                long.as_str(),
            ],
        ),
    ];
    let before = w.panel.requests().len();
    for (field, values) in cases {
        for value in values {
            let form = with(new_rule(&w), field, value);
            let report = by_client(&mut w, "add_rule", form).unwrap();
            let wrong = errors(&report);
            assert_eq!(wrong.len(), 1, "{field} {value}: {wrong:?}");
            assert_eq!(wrong[0].0, field, "{value}");
            let sections = report["page"]["sections"].as_array().unwrap();
            let form = sections.iter().find(|s| s["kind"] == "form").unwrap();
            let kept = form["fields"]
                .as_array()
                .unwrap()
                .iter()
                .find(|f| f["name"] == field)
                .unwrap();
            assert_eq!(kept["value"], json!(value), "what was sent is kept");
        }
    }
    let report = by_client(&mut w, "add_rule", json!({ "address": "x", "port": "y" })).unwrap();
    let all: Vec<String> = errors(&report).into_iter().map(|(field, _)| field).collect();
    assert_eq!(all, ["nic", "verdict", "protocol", "address", "port"], "all at once");
    assert_eq!(changes(&w, before), []);
    assert!(rules(&w, "17").is_empty() && rules(&w, "18").is_empty());
}

#[test]
fn icmp_has_no_ports() {
    let mut w = ready();
    page(&mut w);
    let form = with(new_rule(&w), "protocol", "ICMP");
    let report = by_client(&mut w, "add_rule", form).unwrap();
    let wrong = errors(&report);
    assert_eq!(wrong[0].0, "port");
    assert!(wrong[0].1.contains("ICMP has no ports"), "{wrong:?}");
    assert!(rules(&w, "17").is_empty());
}

#[test]
fn a_rule_that_stands_there_already_is_not_made_again_however_it_is_typed() {
    let mut w = ready();
    page(&mut w);
    let form = with(new_rule(&w), "address", "2001:db8::1");
    by_client(&mut w, "add_rule", form.clone()).unwrap();
    let again = with(form, "address", "2001:0DB8:0:0:0:0:0:1");
    let again = with(again, "port", " 080,443");
    let before = w.panel.requests().len();
    let report = by_client(&mut w, "add_rule", again).unwrap();
    assert!(errors(&report)[0].1.contains("already"), "{report}");
    assert_eq!(changes(&w, before), []);
    assert_eq!(rules(&w, "17").len(), 1);
}

#[test]
fn what_the_panel_says_of_a_field_stands_beside_it() {
    for (named, field) in [
        ("address", "address"),
        ("port", "port"),
        ("network_interface_id", "nic"),
    ] {
        let mut w = ready();
        page(&mut w);
        let panel = w.panel.clone();
        w.env.transport = Arc::new(MemoryTransport::new(move |request| {
            if request.method == Method::Post && request.path().ends_with("/firewall_rules.json") {
                return Ok(Response::new(
                    422,
                    json!({ "errors": { named: ["is invalid"] } }).to_string(),
                ));
            }
            common::transport(panel.clone()).send(request)
        }));
        let form = new_rule(&w);
        let report = by_client(&mut w, "add_rule", form).unwrap();
        let wrong: Vec<String> = errors(&report).into_iter().map(|(field, _)| field).collect();
        assert_eq!(wrong, [field], "{report}");
    }
}

#[test]
fn an_interface_takes_a_hundred_rules_and_not_one_more() {
    let mut w = ready();
    page(&mut w);
    let path = format!("/virtual_machines/{}/firewall_rules.json", w.vm_of("17"));
    for port in 1..=100 {
        let rule = json!({ "firewall_rule": { "command": "DROP", "protocol": "TCP", "port": port.to_string(),
            "network_interface_id": nics(&w, "17")[0] } });
        assert_eq!(w.panel.call("POST", &path, Some(&rule)).0, 201);
    }
    let form = new_rule(&w);
    assert_eq!(code(by_client(&mut w, "add_rule", form)), "onapp.rules_full");
    assert_eq!(tables(&page(&mut w))[0].1.len(), 101, "all of them are shown");
}

// Order, deletion, defaults.

#[test]
fn a_rule_goes_up_and_down_among_those_of_its_interface_one_change_each() {
    let mut w = two_rules();
    let form = with(new_rule(&w), "port", "80");
    by_client(&mut w, "add_rule", form).unwrap();
    let ports = |w: &World| -> Vec<String> {
        let ports = rules(w, "17");
        ports.iter().map(|r| r["port"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ports(&w), ["22", "25", "80"]);
    let press = |w: &mut World, row: usize, name: &str| {
        let found = tables(&page(w));
        let buttons = found[0].1[row].1.clone();
        let id = buttons.into_iter().find(|(n, _)| n == name).unwrap().1;
        let before = w.panel.requests().len();
        by_client(w, name, json!({ "id": id })).unwrap();
        let changed = changes(w, before);
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert_eq!(changed[0].1, "ada@example.com");
    };
    press(&mut w, 2, "rule_up");
    assert_eq!(ports(&w), ["22", "80", "25"]);
    press(&mut w, 0, "rule_down");
    assert_eq!(ports(&w), ["80", "22", "25"]);
    press(&mut w, 1, "delete_rule");
    assert_eq!(ports(&w), ["80", "25"]);
    // What the page does not offer is refused too.
    let ids: Vec<u64> = rules(&w, "17").iter().map(|r| r["id"].as_u64().unwrap()).collect();
    page(&mut w);
    let before = w.panel.requests().len();
    let first = json!({ "id": format!("{}.1", ids[0]) });
    let last = json!({ "id": format!("{}.2", ids[1]) });
    assert_eq!(code(by_client(&mut w, "rule_up", first)), "onapp.rule_at_end");
    assert_eq!(code(by_client(&mut w, "rule_down", last)), "onapp.rule_at_end");
    assert_eq!(w.panel.requests().len(), before, "nothing was asked");
}

#[test]
fn a_button_that_is_pressed_twice_moves_a_rule_once() {
    let mut w = two_rules();
    let form = with(new_rule(&w), "port", "80");
    by_client(&mut w, "add_rule", form).unwrap();
    page(&mut w);
    let third = rules(&w, "17")[2]["id"].as_u64().unwrap();
    let stale = json!({ "id": format!("{third}.3") });
    by_client(&mut w, "rule_up", stale.clone()).unwrap();
    // The page was not shown again.
    assert_eq!(code(by_client(&mut w, "rule_up", stale.clone())), "onapp.rules_changed");
    page(&mut w);
    assert_eq!(code(by_client(&mut w, "rule_up", stale)), "onapp.not_on_page");
    assert_eq!(rules(&w, "17")[1]["id"], json!(third));
}

#[test]
fn rules_that_somebody_changed_meanwhile_are_neither_moved_nor_deleted_blindly() {
    let mut w = two_rules();
    let ids: Vec<u64> = rules(&w, "17").iter().map(|r| r["id"].as_u64().unwrap()).collect();
    let path = format!("/virtual_machines/{}/firewall_rules/{}", w.vm_of("17"), ids[1]);
    let other = json!({ "firewall_rule": { "command": "DROP" } });
    w.panel.call("PUT", &format!("{path}.json"), Some(&other));
    let before = w.panel.requests().len();
    let id = json!({ "id": format!("{}.2", ids[1]) });
    for job in ["rule_up", "delete_rule"] {
        assert_eq!(code(by_client(&mut w, job, id.clone())), "onapp.not_on_page", "{job}");
    }
    let first = json!({ "id": format!("{}.1", ids[0]) });
    assert_eq!(code(by_client(&mut w, "rule_down", first)), "onapp.rules_changed");
    w.panel.call("DELETE", &format!("{path}.json"), None);
    assert_eq!(code(by_client(&mut w, "delete_rule", id)), "onapp.not_on_page");
    assert_eq!(changes(&w, before).len(), 1, "that of staff");
}

#[test]
fn the_default_of_an_interface_is_set_and_not_flipped() {
    let mut w = ready();
    page(&mut w);
    let nic = nics(&w, "17")[0];
    let id = json!({ "id": nic.to_string() });
    for (job, expected, sent) in [
        ("default_accept", "ACCEPT", 0),
        ("default_drop", "DROP", 1),
        ("default_drop", "DROP", 0),
        ("default_accept", "ACCEPT", 1),
    ] {
        let before = w.panel.requests().len();
        by_client(&mut w, job, id.clone()).unwrap();
        assert_eq!(changes(&w, before).len(), sent, "{job}");
        assert_eq!(default_of(&w, nic), expected, "{job}");
    }
    assert_eq!(
        vm(&w, "17")["firewall"],
        Value::Null,
        "nothing is in force before it is applied"
    );
}

// What is in force.

#[test]
fn nothing_is_in_force_before_it_is_applied_and_the_page_says_how_it_stands() {
    let mut w = ready();
    assert!(said(&page(&mut w)).contains(UNKNOWN));
    let form = new_rule(&w);
    by_client(&mut w, "add_rule", form).unwrap();
    let report = page(&mut w);
    assert!(said(&report).contains(NOT_YET), "{report}");
    assert!(said(&report).contains("do nothing until you press Apply the rules"));
    assert_eq!(vm(&w, "17")["firewall"], Value::Null);
    let before = w.panel.requests().len();
    by_client(&mut w, "apply_firewall", json!({})).unwrap();
    assert_eq!(changes(&w, before).len(), 1);
    let during = page(&mut w);
    assert!(said(&during).contains(COMING), "{during}");
    assert!(pressable(&during).is_empty(), "{during}");
    w.advance(60);
    assert!(said(&page(&mut w)).contains(IN_FORCE));
    let force = vm(&w, "17")["firewall"].clone();
    assert_eq!(force[0]["rules"].as_array().unwrap().len(), 1);
    for (job, row) in [("default_drop", 1), ("default_accept", 1), ("delete_rule", 0)] {
        let found = tables(&page(&mut w));
        let id = found[0].1[row]
            .1
            .iter()
            .find(|(name, _)| name == job)
            .unwrap()
            .1
            .clone();
        by_client(&mut w, job, json!({ "id": id })).unwrap();
        let expected = if job == "default_accept" { IN_FORCE } else { NOT_YET };
        assert!(said(&page(&mut w)).contains(expected), "{job}");
        assert_eq!(
            vm(&w, "17")["firewall"],
            force,
            "{job}: nothing came into force by itself"
        );
    }
}

#[test]
fn rules_whose_application_failed_or_was_refused_are_not_said_to_be_in_force() {
    let mut w = two_rules();
    w.panel
        .control(
            "POST",
            "transactions",
            &json!({ "fail": "update_custom_firewall_rule", "count": 1 }),
        )
        .unwrap();
    by_client(&mut w, "apply_firewall", json!({})).unwrap();
    w.advance(60);
    assert!(said(&page(&mut w)).contains(NOT_YET));
    let refusing =
        json!([{ "kind": "status", "status": 422, "count": 1, "match": { "path_contains": "update_firewall_rules" } }]);
    w.panel.faults(&refusing).unwrap();
    assert!(code(by_client(&mut w, "apply_firewall", json!({}))).starts_with("panel."));
    assert!(said(&page(&mut w)).contains(NOT_YET));
    by_client(&mut w, "apply_firewall", json!({})).unwrap();
    w.advance(60);
    assert!(said(&page(&mut w)).contains(IN_FORCE));
    // What is in force stays so when a further application is refused.
    w.panel.faults(&refusing).unwrap();
    assert!(code(by_client(&mut w, "apply_firewall", json!({}))).starts_with("panel."));
    assert!(said(&page(&mut w)).contains(IN_FORCE));
}

#[test]
fn what_staff_change_or_apply_in_the_control_panel_is_never_mistaken_for_ours() {
    let mut w = two_rules();
    by_client(&mut w, "apply_firewall", json!({})).unwrap();
    w.advance(60);
    assert!(said(&page(&mut w)).contains(IN_FORCE));
    let id = w.vm_of("17");
    let rule =
        json!({ "firewall_rule": { "command": "DROP", "protocol": "UDP", "network_interface_id": nics(&w, "17")[0] } });
    let (_, _, made) = w.panel.call(
        "POST",
        &format!("/virtual_machines/{id}/firewall_rules.json"),
        Some(&rule),
    );
    assert!(said(&page(&mut w)).contains(NOT_YET));
    w.panel.call(
        "POST",
        &format!("/virtual_machines/{id}/update_firewall_rules.json"),
        None,
    );
    w.advance(60);
    // Gone again, and the page shows what it showed when it was in force; what staff applied is.
    let path = format!(
        "/virtual_machines/{id}/firewall_rules/{}.json",
        made["firewall_rule"]["id"]
    );
    w.panel.call("DELETE", &path, None);
    let report = page(&mut w);
    assert!(said(&report).contains(UNKNOWN), "{report}");
}

#[test]
fn tasks_that_cannot_be_read_leave_the_page_and_it_says_that_it_does_not_know() {
    let mut w = two_rules();
    by_client(&mut w, "apply_firewall", json!({})).unwrap();
    w.advance(60);
    revoke(&w, 2, &["transactions.list.own", "transactions.read.own"]);
    let report = page(&mut w);
    assert!(said(&report).contains(UNKNOWN), "{report}");
    assert!(pressable(&report).contains(&"delete_rule".to_owned()));
    w.panel
        .control(
            "POST",
            "role",
            &json!({ "role": 2, "grant": ["transactions.list.own"] }),
        )
        .unwrap();
    assert!(said(&page(&mut w)).contains(IN_FORCE));
}

// Who may, and when.

#[test]
fn ids_that_the_page_did_not_show_are_refused_without_asking_the_panel() {
    let mut w = two_rules();
    with_another(&mut w);
    on(&mut w, "18", "firewall", json!({})).unwrap();
    let foreign_nic = nics(&w, "18")[0].to_string();
    let form = with(new_rule(&w), "nic", &foreign_nic);
    on(&mut w, "18", "add_rule", form).unwrap();
    on(&mut w, "18", "firewall", json!({})).unwrap();
    let foreign = rules(&w, "18")[0]["id"].as_u64().unwrap();
    let own = rules(&w, "17")[0]["id"].as_u64().unwrap();
    let before = w.panel.requests().len();
    let ids = [
        format!("{foreign}.1"),
        foreign.to_string(),
        foreign_nic,
        own.to_string(),
        format!("{own}.2"),
        format!("{own}.1/../2"),
        String::new(),
        "0".to_owned(),
        "-1".to_owned(),
        "99999999999999999999999.1".to_owned(),
        "1 OR 1=1".to_owned(),
        "🦀".to_owned(),
    ];
    for id in ids {
        for job in ["delete_rule", "rule_up", "rule_down", "default_accept", "default_drop"] {
            let refused = code(by_client(&mut w, job, json!({ "id": id })));
            assert_eq!(refused, "onapp.not_on_page", "{job} {id}");
        }
    }
    assert_eq!(w.panel.requests().len(), before, "nothing was asked");
    // The form's interface is read like the buttons' ids; its refusal shows the page, which is read.
    let strange = with(new_rule(&w), "nic", &nics(&w, "18")[0].to_string());
    let before = w.panel.requests().len();
    assert_eq!(errors(&by_client(&mut w, "add_rule", strange).unwrap())[0].0, "nic");
    assert_eq!(changes(&w, before), []);
    assert_eq!((rules(&w, "17").len(), rules(&w, "18").len()), (2, 1));
}

#[test]
fn an_id_that_the_page_showed_is_looked_up_at_the_panel_before_anything_is_sent() {
    for job in CHANGING.into_iter().filter(|job| *job != "apply_firewall") {
        let mut w = two_rules();
        let form = form_for(&w, job);
        let panel = w.panel.clone();
        // The machine has lost its interfaces and rules behind the page's back.
        w.env.transport = Arc::new(MemoryTransport::new(move |request| {
            let path = request.path();
            if path.ends_with("/firewall_rules.json") || path.ends_with("/network_interfaces.json") {
                assert_eq!(request.method, Method::Get);
                return Ok(Response::new(200, "[]"));
            }
            common::transport(panel.clone()).send(request)
        }));
        let before = w.panel.requests().len();
        let ended = by_client(&mut w, job, form);
        assert_eq!(changes(&w, before), [], "{job}");
        match job {
            "add_rule" => assert!(said(&ended.unwrap()).contains("was not added")),
            _ => assert_eq!(code(ended), "onapp.not_on_page", "{job}"),
        }
    }
}

#[test]
fn a_vm_that_is_not_the_services_own_is_never_shown_or_touched() {
    for job in CHANGING.into_iter().chain(["firewall"]) {
        let mut w = two_rules();
        let form = form_for(&w, job);
        let strange = json!({ "action": "change", "vm": w.vm_of("17"), "user_id": 1, "admin_note": "" });
        w.panel.control("POST", "vm", &strange).unwrap();
        let before = w.panel.requests().len();
        let ended = by_client(&mut w, job, form);
        assert_eq!(changes(&w, before), [], "{job}");
        if job == "firewall" {
            assert!(pressable(&ended.unwrap()).is_empty());
        } else {
            assert_eq!(code(ended), "onapp.vm_not_ours", "{job}");
        }
    }
}

#[test]
fn what_a_state_forbids_is_not_offered_and_is_refused_before_anything_is_sent() {
    for (state, booted, built, locked, suspended) in [
        ("running", true, true, false, false),
        ("stopped", false, true, false, false),
        ("unbuilt", false, false, false, false),
        ("locked", true, true, true, false),
        ("building", false, false, true, false),
        ("suspended", false, true, false, true),
    ] {
        let mut w = two_rules();
        let body = json!({ "action": "change", "vm": w.vm_of("17"), "booted": booted, "built": built, "locked": locked,
            "suspended": suspended });
        w.panel.control("POST", "vm", &body).unwrap();
        let report = page(&mut w);
        if matches!(state, "running" | "stopped") {
            for job in CHANGING.into_iter().filter(|job| *job != "default_accept") {
                assert!(pressable(&report).contains(&job.to_owned()), "{job} while {state}");
            }
            continue;
        }
        assert!(pressable(&report).is_empty(), "{state}: {report}");
        assert!(
            said(&report).contains("TCP 25 from"),
            "the rules are shown all the same"
        );
        for job in CHANGING {
            let form = form_for(&w, job);
            let before = w.panel.requests().len();
            let refused = code(by_client(&mut w, job, form));
            assert!(refused.starts_with("onapp.vm_"), "{job} while {state}: {refused}");
            assert_eq!(changes(&w, before), [], "{job} while {state}");
        }
    }
}

#[test]
fn while_another_action_runs_nothing_is_changed() {
    let mut w = two_rules();
    let row = w.host.rows("mod_provisor_services")[0].clone();
    let held = json!({ "token": "test", "changes": [{ "kind": "update", "table": "mod_provisor_services",
        "key": { "module": "onapp", "service_id": "17" }, "rev": row["rev"],
        "values": { "claim_holder": "other", "claim_job": "reboot", "claim_since": "2026-01-01T00:15:00Z",
                    "claim_until": "2027-01-01T00:00:00Z" } }] });
    provisor::host::Port::answer(&mut w.host, "apply", &held).unwrap();
    let before = w.panel.requests().len();
    for job in CHANGING {
        let form = form_for(&w, job);
        assert_eq!(code(by_client(&mut w, job, form)), "onapp.busy", "{job}");
    }
    assert_eq!(changes(&w, before), []);
}

#[test]
fn a_dead_panel_leaves_what_was_shown_last_with_its_moment_and_no_buttons() {
    let mut w = two_rules();
    w.advance(3600);
    let forms: Vec<(&str, Value)> = CHANGING.into_iter().map(|job| (job, form_for(&w, job))).collect();
    let dead = json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]);
    w.panel.faults(&dead).unwrap();
    let report = page(&mut w);
    let text = said(&report);
    assert!(
        text.contains("These are from 2026-01-01 00:15") && text.contains("TCP 25 from"),
        "{text}"
    );
    assert!(pressable(&report).is_empty(), "{report}");
    for (job, form) in forms {
        let refused = by_client(&mut w, job, form).unwrap_err();
        assert!((-499..=-400).contains(&refused.class), "{job}: {refused:?}");
    }
    let mut w = ready();
    w.panel.faults(&dead).unwrap();
    assert!(said(&page(&mut w)).contains("try again later"));
}

#[test]
fn pages_of_services_that_are_not_active_ask_no_panel() {
    for status in ["Pending", "Suspended", "Terminated", "Cancelled", "Fraud"] {
        let mut w = two_rules();
        let forms: Vec<(&str, Value)> = CHANGING.into_iter().map(|job| (job, form_for(&w, job))).collect();
        w.host.services.get_mut("17").unwrap()["status"] = json!(status);
        let before = w.panel.requests().len();
        for (job, form) in forms.into_iter().chain([("firewall", json!({}))]) {
            assert_eq!(
                code(by_client(&mut w, job, form)),
                "onapp.not_active",
                "{job} while {status}"
            );
        }
        assert_eq!(w.panel.requests().len(), before);
    }
}

// Permissions and releases.

const OWN: [&str; 4] = [
    "firewall_rules.read.own",
    "firewall_rules.create.own",
    "firewall_rules.update.own",
    "firewall_rules.delete.own",
];

#[test]
fn where_the_clients_role_may_not_the_servers_user_does_it() {
    for job in CHANGING {
        let mut w = two_rules();
        if job == "default_accept" {
            let form = form_for(&w, "default_drop");
            by_client(&mut w, "default_drop", form).unwrap();
        }
        revoke(&w, 2, &OWN);
        page(&mut w);
        let form = form_for(&w, job);
        let before = w.panel.requests().len();
        let report = by_client(&mut w, job, form).unwrap();
        assert!(report["page"].is_null(), "{job}: {report}");
        let changed = changes(&w, before);
        assert_eq!(changed.last().unwrap().1, w.panel.user, "{job}: {changed:?}");
    }
}

#[test]
fn a_missing_permission_is_named_to_staff_and_told_to_clients_without_it() {
    let mut w = two_rules();
    let forms: Vec<(&str, Value)> = CHANGING.into_iter().map(|job| (job, form_for(&w, job))).collect();
    revoke(&w, 2, &OWN);
    revoke(&w, 1, &["firewall_rules"]);
    let report = page(&mut w);
    let text = said(&report);
    assert!(text.contains("cannot be used here. Please ask the support"), "{text}");
    assert!(
        !text.contains("firewall_rules") && pressable(&report).is_empty(),
        "{text}"
    );
    let told = w.host.logs.iter().find(|l| l.code == "onapp.no_firewall").unwrap();
    assert!(
        told.text.contains("firewall_rules.read") && told.text.contains("Service 17"),
        "{}",
        told.text
    );
    for (job, form) in forms {
        let refused = code(by_client(&mut w, job, form));
        assert_eq!(refused, "onapp.no_firewall", "{job}");
    }
    // Reading is allowed and changing is not.
    let mut w = two_rules();
    revoke(&w, 2, &OWN[1..]);
    revoke(&w, 1, &["firewall_rules"]);
    w.panel
        .control("POST", "role", &json!({ "role": 1, "grant": ["firewall_rules.read"] }))
        .unwrap();
    for (job, permission) in [
        ("add_rule", "firewall_rules.create"),
        ("delete_rule", "firewall_rules.delete"),
        ("rule_up", "firewall_rules.update"),
        ("default_drop", "firewall_rules.update"),
        ("apply_firewall", "firewall_rules.update"),
    ] {
        let form = form_for(&w, job);
        let refused = by_client(&mut w, job, form).unwrap_err();
        assert_eq!(refused.code, "panel.forbidden", "{job}");
        assert!(refused.message.contains(permission), "{job}: {}", refused.message);
    }
    assert_eq!(rules(&w, "17").len(), 2);
}

#[test]
fn a_release_without_a_firewall_says_so_and_keeps_the_other_pages() {
    for body in [
        "<h1>The page you were looking for doesn't exist.</h1>",
        r#"{"errors":["Resource not found"]}"#,
    ] {
        let mut w = ready();
        let panel = w.panel.clone();
        w.env.transport = Arc::new(MemoryTransport::new(move |request| {
            if request.path().contains("firewall") {
                return Ok(Response::new(404, body));
            }
            common::transport(panel.clone()).send(request)
        }));
        let report = page(&mut w);
        assert!(said(&report).contains("cannot be used here"), "{report}");
        assert_eq!(
            code(by_client(&mut w, "apply_firewall", json!({}))),
            "onapp.no_firewall"
        );
        by_client(&mut w, "disks", json!({})).unwrap();
        by_client(&mut w, "reboot", json!({})).unwrap();
    }
}

#[test]
fn interfaces_that_may_not_be_read_are_named_to_staff_too() {
    let mut w = ready();
    let panel = w.panel.clone();
    w.env.transport = Arc::new(MemoryTransport::new(move |request| {
        if request.path().ends_with("/network_interfaces.json") {
            return Ok(Response::new(403, "{}"));
        }
        common::transport(panel.clone()).send(request)
    }));
    for _ in 0..3 {
        assert!(said(&page(&mut w)).contains("cannot be used here"));
    }
    let told: Vec<_> = w.host.logs.iter().filter(|l| l.code == "onapp.no_firewall").collect();
    assert_eq!(told.len(), 1, "a client who looks again fills no log");
    assert!(told[0].text.contains("network_interfaces.read"), "{}", told[0].text);
}

// Whatever is lost or killed.

#[test]
fn an_answer_that_is_lost_does_nothing_twice() {
    for job in CHANGING {
        for kind in ["reset_after", "reset_before"] {
            let mut w = two_rules();
            if job == "default_accept" {
                let form = form_for(&w, "default_drop");
                by_client(&mut w, "default_drop", form).unwrap();
            }
            let form = form_for(&w, job);
            let path = match job {
                "rule_up" | "rule_down" => json!({ "path_contains": "move.json" }),
                "delete_rule" => json!({ "method": "DELETE" }),
                "add_rule" | "apply_firewall" => json!({ "method": "POST", "path_contains": "firewall_rules" }),
                _ => json!({ "method": "PUT" }),
            };
            w.panel
                .faults(&json!([{ "kind": kind, "count": 1, "match": path }]))
                .unwrap();
            let before = w.panel.requests().len();
            let ended = by_client(&mut w, job, form.clone());
            assert_eq!(changes(&w, before).len(), 1, "{job} {kind}: it is not repeated");
            if kind == "reset_after" && job != "apply_firewall" {
                ended.unwrap_or_else(|e| panic!("{job}: the panel shows that it is done: {e:?}"));
            } else {
                assert!((-499..=-400).contains(&ended.unwrap_err().class), "{job} {kind}");
            }
            let _ = by_client(&mut w, job, form);
            let expected: Vec<&str> = match job {
                "add_rule" => vec!["22", "25", "80,443"],
                "delete_rule" => vec!["22"],
                "rule_up" | "rule_down" => vec!["25", "22"],
                _ => vec!["22", "25"],
            };
            let ports: Vec<Value> = rules(&w, "17").iter().map(|r| r["port"].clone()).collect();
            assert_eq!(ports, expected, "{job} {kind}");
        }
    }
}

/// Killed around every op, and then the button of the page that was shown before is pressed again: done now, or refused
/// because it was done.
fn killed_anywhere(job: &'static str) {
    let make = || {
        let mut w = two_rules();
        if job == "default_accept" {
            let form = form_for(&w, "default_drop");
            by_client(&mut w, "default_drop", form).unwrap();
            page(&mut w);
        }
        w
    };
    let of = |w: &World| {
        let form = form_for(w, job);
        input(w, "17", &form)
    };
    let stale = form_for(&make(), job);
    let again = |w: &mut World| {
        let _ = by_client(w, job, stale.clone());
        w.advance(900);
        page(w);
    };
    let end = |w: &World| {
        let row = &w.host.rows("mod_provisor_services")[0];
        let held = row["claim_until"]
            .as_str()
            .is_some_and(|until| common::at(until) > w.host.clock);
        let force = vm(w, "17")["firewall"].clone();
        json!([words(w), default_of(w, nics(w, "17")[0]), force, held, w.state_of("17")])
    };
    let crashes = enumerate(make, &format!("onapp.{job}"), of, again, end);
    assert!(crashes > 8, "{job}: {crashes}");
}

#[test]
fn add_killed_around_every_op_adds_one() {
    killed_anywhere("add_rule");
}

#[test]
fn delete_killed_around_every_op_deletes_one() {
    killed_anywhere("delete_rule");
}

#[test]
fn up_and_down_killed_around_every_op_move_by_one() {
    killed_anywhere("rule_up");
    killed_anywhere("rule_down");
}

#[test]
fn a_default_that_is_killed_around_every_op_is_set() {
    killed_anywhere("default_accept");
    killed_anywhere("default_drop");
}

#[test]
fn apply_killed_around_every_op_applies() {
    killed_anywhere("apply_firewall");
}
