//! The promises of the simulated Backup Server (reference: storegrid-singlehop.md 2 and 3).
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use provisor_simulator::{Options, PanelKind, Simulator};
use serde_json::{Value, json};

const RESELLER: &str = "/interface/registerreseller/register.php";
const CUSTOMER: &str = "/interface/registercustomer/register.php";
const STATUS: &str = "/interface/whmcs/status.php";
const PASS_KEY: &str = "/interface/whmcs/passkey.php";
const USAGE: &str = "/interface/whmcs/usage.php";

fn server() -> Simulator {
    Simulator::in_memory(Options {
        panel: PanelKind::Backup,
        ..Options::default()
    })
}

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

fn raw(sim: &Simulator, path: &str, pairs: &[(&str, &str)]) -> (u16, Vec<(String, String)>, String) {
    let body: Vec<String> = pairs
        .iter()
        .map(|(n, v)| format!("{}={}", percent(n), percent(v)))
        .collect();
    let kind = "application/x-www-form-urlencoded; charset=UTF-8".to_string();
    let headers = [("Content-Type".to_string(), kind)];
    let (status, headers, body) = sim.handle("POST", path, &headers, body.join("&").as_bytes());
    (status, headers, String::from_utf8(body).unwrap())
}

/// A call with the right credentials; the answer as it came.
fn call(sim: &Simulator, path: &str, pairs: &[(&str, &str)]) -> (u16, Vec<(String, String)>, String) {
    let mut all = vec![
        ("userName", sim.user.as_str()),
        ("loginPassword", sim.password.as_str()),
    ];
    all.extend(pairs);
    raw(sim, path, &all)
}

fn json_of(answer: (u16, Vec<(String, String)>, String)) -> Value {
    assert_eq!(answer.0, 200, "{}", answer.2);
    serde_json::from_str(&answer.2).unwrap()
}

fn sign_up(sim: &Simulator, name: &str) -> (u16, Vec<(String, String)>, String) {
    call(
        sim,
        CUSTOMER,
        &[
            ("action", "signupCustomer"),
            ("accountType", "customer"),
            ("name", name),
            ("resellerName", "North"),
            ("activationStatus", "1"),
            ("storageAllotted", "536870912000"),
        ],
    )
}

fn on(sim: &Simulator, path: &str, action: &str, name: &str) -> (u16, Vec<(String, String)>, String) {
    call(
        sim,
        path,
        &[
            ("action", action),
            ("accountType", "customer"),
            ("name", name),
            ("resellerName", "North"),
        ],
    )
}

fn account(sim: &Simulator, name: &str) -> Value {
    let state = sim.state();
    let mut found = state["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["name"] == name);
    let one = found.next().cloned().unwrap_or(Value::Null);
    assert!(found.next().is_none(), "two accounts {name}");
    one
}

#[test]
fn a_customer_signs_up_once_and_is_switched_off_and_on() {
    let sim = server();
    let answer = json_of(sign_up(&sim, "Acme GmbH"));
    assert_eq!(
        answer,
        json!({"status": "success", "message": "Customer added", "name": "Acme GmbH"})
    );
    let again = json_of(sign_up(&sim, "Acme GmbH"));
    assert_eq!(again["status"], "error");
    assert_eq!(again["code"], "409");
    assert_eq!(again["message"], "Customer already exists");
    let truth = account(&sim, "Acme GmbH");
    assert_eq!((&truth["active"], &truth["reseller"]), (&json!(true), &json!("North")));
    assert_eq!(truth["parameters"]["storageAllotted"], "536870912000");
    assert_eq!(sim.state()["signups_asked"], 2);

    assert_eq!(
        json_of(on(&sim, STATUS, "deactivate", "Acme GmbH"))["status"],
        "success"
    );
    assert_eq!(account(&sim, "Acme GmbH")["active"], false);
    assert_eq!(json_of(on(&sim, STATUS, "activate", "Acme GmbH"))["status"], "success");
    let truth = account(&sim, "Acme GmbH");
    assert_eq!(truth["active"], true);
    assert_eq!(truth["switched"].as_array().unwrap().len(), 2);
}

#[test]
fn a_customer_has_a_pass_key_and_a_reseller_has_none() {
    let sim = server();
    sign_up(&sim, "Acme");
    let answer = json_of(on(&sim, PASS_KEY, "getPassKey", "Acme"));
    assert_eq!(answer["passKey"], account(&sim, "Acme")["pass_key"]);
    let pairs = [("action", "getPassKey"), ("accountType", "reseller"), ("name", "North")];
    let answer = json_of(call(&sim, PASS_KEY, &pairs));
    assert_eq!(answer["message"], "Pass key applies to customers only");
}
