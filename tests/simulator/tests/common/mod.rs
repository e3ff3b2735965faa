//! What the tests of the simulator share: a panel of a release, a client on it, a built VM.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use provisor_simulator::{Options, Simulator};
use serde_json::{Value, json};

pub const RELEASES: [&str; 5] = ["2.3", "4.2", "5.5", "6.5", "7.0"];
pub const PASSWORD: &str = "Client-pw-1";

pub fn options(version: &str) -> Options {
    Options {
        version: version.parse().unwrap(),
        ..Options::default()
    }
}

pub fn panel(version: &str) -> Simulator {
    Simulator::in_memory(options(version))
}

/// Makes a client user with the user role and gives its id.
pub fn client(sim: &Simulator, login: &str) -> u64 {
    let body = json!({"user": {"login": login, "email": format!("{login}@client.example"), "password": PASSWORD,
        "role_ids": [2], "first_name": "A", "last_name": "B"}});
    let (status, _, answer) = sim.call("POST", "/users.json", Some(&body));
    assert_eq!(status, 201, "{answer}");
    answer["user"]["id"].as_u64().unwrap()
}

pub fn as_client(sim: &Simulator, login: &str, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let (status, _, answer) = sim.call_as(login, PASSWORD, method, path, body);
    (status, answer)
}

pub fn admin(sim: &Simulator, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let (status, _, answer) = sim.call(method, path, body);
    (status, answer)
}

pub fn vm_order() -> Value {
    json!({"virtual_machine": {"label": "web-1", "hostname": "web1", "memory": 512, "cpus": 1, "cpu_shares": 50,
        "template_id": 1, "primary_disk_size": 10, "swap_disk_size": 1, "required_virtual_machine_build": 1,
        "required_virtual_machine_startup": 1, "required_ip_address_assignment": 1, "admin_note": "key-1"}})
}

/// Orders a VM as a client and lets it be built; gives its id.
pub fn built_vm(sim: &Simulator, login: &str) -> u64 {
    let (status, answer) = as_client(sim, login, "POST", "/virtual_machines.json", Some(&vm_order()));
    assert_eq!(status, 201, "{answer}");
    sim.advance(180);
    answer["virtual_machine"]["id"].as_u64().unwrap()
}

pub fn vm(sim: &Simulator, id: u64) -> Value {
    let (status, answer) = admin(sim, "GET", &format!("/virtual_machines/{id}.json"), None);
    assert_eq!(status, 200, "{answer}");
    answer["virtual_machine"].clone()
}

pub fn nic(sim: &Simulator, vm: u64) -> u64 {
    let (_, list) = admin(
        sim,
        "GET",
        &format!("/virtual_machines/{vm}/network_interfaces.json"),
        None,
    );
    list[0]["network_interface"]["id"].as_u64().unwrap()
}

pub fn rows(sim: &Simulator, vm: u64, nic: u64, query: &str) -> Vec<Value> {
    let path = format!("/virtual_machines/{vm}/network_interfaces/{nic}/usage.json{query}");
    let (status, list) = admin(sim, "GET", &path, None);
    assert_eq!(status, 200, "{list}");
    list.as_array()
        .unwrap()
        .iter()
        .map(|r| r["net_hourly_stat"].clone())
        .collect()
}

pub fn to(sim: &Simulator, time: &str) {
    sim.control("POST", "clock", &json!({"to": time})).unwrap();
}
