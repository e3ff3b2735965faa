//! Promises about virtual machines: validation, locks, the toggle, deletion (reference: onapp-api.md 5, 8.1, 10).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::*;
use serde_json::{Value, json};

fn act(sim: &provisor_simulator::Simulator, id: u64, verb: &str) -> u16 {
    admin(sim, "POST", &format!("/virtual_machines/{id}/{verb}.json"), None).0
}

#[test]
fn the_clock_moves_the_lock() {
    for version in RELEASES {
        let sim = panel(version);
        client(&sim, "ada");
        let (_, made) = as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&vm_order()));
        let made = &made["virtual_machine"];
        assert_eq!(
            (&made["locked"], &made["built"], &made["booted"]),
            (&json!(true), &json!(false), &json!(false))
        );
        assert_eq!(
            made["ip_addresses"].as_array().unwrap().len(),
            1,
            "the address is there from the start"
        );
        assert_eq!(made["admin_note"], "key-1", "a client's order may carry the note");
        let id = made["id"].as_u64().unwrap();
        sim.advance(179);
        assert_eq!(vm(&sim, id)["locked"], true, "{version}");
        assert_eq!(act(&sim, id, "shutdown"), 422, "locked");
        sim.advance(1);
        let now = vm(&sim, id);
        assert_eq!(
            (&now["locked"], &now["built"], &now["booted"]),
            (&json!(false), &json!(true), &json!(true))
        );
        assert_eq!(now["state"], if version == "2.3" { "new" } else { "delivered" });
    }
}

#[test]
fn suspend_is_a_toggle() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    assert_eq!(act(&sim, id, "suspend"), 201);
    assert_eq!(
        (&vm(&sim, id)["suspended"], &vm(&sim, id)["locked"]),
        (&json!(true), &json!(true))
    );
    sim.advance(20);
    assert_eq!(
        (&vm(&sim, id)["booted"], &vm(&sim, id)["locked"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(act(&sim, id, "startup"), 422, "a suspended VM stays off");
    assert_eq!(act(&sim, id, "suspend"), 201, "the same call again");
    let now = vm(&sim, id);
    assert_eq!(
        (&now["suspended"], &now["booted"]),
        (&json!(false), &json!(false)),
        "it does not start by itself"
    );
    assert_eq!(act(&sim, id, "startup"), 201);
    assert_eq!(vm(&sim, id)["booted"], false, "201 is not completion");
    sim.advance(20);
    assert_eq!(vm(&sim, id)["booted"], true);
    assert_eq!(act(&sim, id, "startup"), 422, "already running");
}

#[test]
fn a_suspended_vm_is_not_deleted() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    act(&sim, id, "suspend");
    sim.advance(20);
    let path = format!("/virtual_machines/{id}.json");
    assert_eq!(admin(&sim, "DELETE", &path, None).0, 422);
    sim.control("POST", "quirks", &json!({"delete_suspended": true}))
        .unwrap();
    assert_eq!(admin(&sim, "DELETE", &path, None).0, 204);
}

#[test]
fn a_deleted_vm_is_there_until_its_transactions_end() {
    for (version, status) in [("2.3", 200), ("4.2", 204), ("7.0", 204)] {
        let sim = panel(version);
        client(&sim, "ada");
        let id = built_vm(&sim, "ada");
        let path = format!("/virtual_machines/{id}.json?convert_last_backup=0&destroy_all_backups=1");
        let (answered, body) = admin(&sim, "DELETE", &path, None);
        assert_eq!(answered, status);
        assert_eq!(body, if status == 200 { json!({}) } else { Value::Null });
        assert_eq!(vm(&sim, id)["locked"], true);
        assert_eq!(admin(&sim, "DELETE", &path, None).0, 422, "locked");
        sim.advance(60);
        assert_eq!(admin(&sim, "GET", &path, None).0, 404);
        assert_eq!(sim.state()["vms"][0]["deleted_at"], "2026-01-01T00:04:00Z");
        let free = admin(&sim, "GET", "/settings/networks/1/ip_addresses.json", None).1;
        assert_eq!(free[0]["ip_address"]["free"], true, "its address is free again");
    }
}

#[test]
fn a_user_sees_only_own_vms() {
    let sim = panel("6.5");
    client(&sim, "ada");
    client(&sim, "bob");
    let ada = built_vm(&sim, "ada");
    let bob = built_vm(&sim, "bob");
    let (_, list) = as_client(&sim, "ada", "GET", "/virtual_machines.json", None);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["virtual_machine"]["id"], ada);
    for path in [
        format!("/virtual_machines/{bob}.json"),
        format!("/virtual_machines/{bob}/network_interfaces.json"),
        format!("/virtual_machines/{bob}/ip_addresses.json"),
        format!("/virtual_machines/{bob}/transactions.json"),
        format!(
            "/virtual_machines/{bob}/network_interfaces/{}/usage.json",
            nic(&sim, bob)
        ),
    ] {
        assert_eq!(as_client(&sim, "ada", "GET", &path, None).0, 404, "{path}");
    }
    assert_eq!(
        as_client(
            &sim,
            "ada",
            "POST",
            &format!("/virtual_machines/{bob}/shutdown.json"),
            None
        )
        .0,
        404
    );
    assert_eq!(
        as_client(&sim, "ada", "DELETE", &format!("/virtual_machines/{bob}.json"), None).0,
        404
    );
    assert_eq!(
        admin(&sim, "GET", "/virtual_machines.json", None)
            .1
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_vm_is_found_by_id_identifier_and_search() {
    let sim = panel("4.2");
    let ada = client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let identifier = vm(&sim, id)["identifier"].as_str().unwrap().to_string();
    assert_eq!(identifier.len(), 14);
    assert_eq!(
        admin(&sim, "GET", &format!("/virtual_machines/{identifier}.json"), None).1["virtual_machine"]["id"],
        id
    );
    let hits = |query: &str| {
        admin(&sim, "GET", &format!("/virtual_machines.json{query}"), None)
            .1
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        (
            hits("?q=web"),
            hits("?q=198.18.0.2"),
            hits("?q=nothing"),
            hits("?short")
        ),
        (1, 1, 0, 1)
    );
    let short = admin(&sim, "GET", "/virtual_machines.json?short", None).1;
    assert!(short[0]["virtual_machine"].get("initial_root_password").is_none());
    assert_eq!(
        admin(&sim, "GET", &format!("/users/{ada}/virtual_machines.json"), None)
            .1
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_wrong_order_is_refused_field_by_field() {
    let sim = panel("5.5");
    client(&sim, "ada");
    let refused = |field: &str, value: Value| -> String {
        let mut order = vm_order();
        order["virtual_machine"][field] = value;
        let (status, answer) = as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&order));
        assert_eq!(status, 422, "{field}: {answer}");
        let keys: Vec<String> = answer["errors"].as_object().unwrap().keys().cloned().collect();
        keys.join(",")
    };
    assert_eq!(refused("label", json!("")), "label");
    assert_eq!(refused("hostname", json!("no spaces")), "hostname");
    assert_eq!(
        refused("hostname", json!("a.example.com")),
        "hostname",
        "from 5.4 on the domain has its own field"
    );
    assert_eq!(refused("memory", json!("many")), "memory");
    assert_eq!(refused("cpus", Value::Null), "cpus");
    assert_eq!(refused("cpu_shares", json!(101)), "cpu_shares");
    assert_eq!(refused("template_id", json!(99)), "template_id");
    assert_eq!(refused("template_id", json!(4)), "template_id", "inactive");
    assert_eq!(
        refused("primary_disk_size", json!(4)),
        "primary_disk_size",
        "below the template's minimum"
    );
    assert_eq!(refused("swap_disk_size", Value::Null), "swap_disk_size");
    assert_eq!(refused("hypervisor_group_id", json!(9)), "hypervisor_group_id");
    assert_eq!(refused("hypervisor_id", json!(4)), "hypervisor_id", "offline");
    assert_eq!(refused("primary_network_id", json!(9)), "network_interfaces");
    assert_eq!(
        refused("data_store_group_primary_id", json!(9)),
        "data_store_group_primary_id"
    );
    assert_eq!(refused("rate_limit", json!(-1)), "rate_limit");
    assert!(sim.state()["vms"].as_array().unwrap().is_empty(), "nothing was made");
    sim.control("POST", "quirks", &json!({"capacity": false})).unwrap();
    let mut order = vm_order();
    order["virtual_machine"]["memory"] = json!("512");
    assert_eq!(
        as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&order)).0,
        422,
        "no capacity"
    );
    sim.control("POST", "quirks", &json!({"capacity": true})).unwrap();
    assert_eq!(
        as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&order)).0,
        201,
        "strings are numbers too"
    );
}

#[test]
fn old_releases_take_a_dotted_hostname() {
    let sim = panel("4.2");
    client(&sim, "ada");
    let mut order = vm_order();
    order["virtual_machine"]["hostname"] = json!("a.example.com");
    assert_eq!(
        as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&order)).0,
        201
    );
}

#[test]
fn a_network_out_of_reach_is_the_words_of_2_3() {
    let sim = panel("2.3");
    client(&sim, "ada");
    let mut order = vm_order();
    order["virtual_machine"]["hypervisor_group_id"] = json!(2);
    order["virtual_machine"]["primary_network_id"] = json!(2);
    let (status, answer) = as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&order));
    assert_eq!(
        (status, answer),
        (422, json!({"errors": ["Network interfaces is invalid"]}))
    );
}

#[test]
fn the_address_flag_counts_before_6_3_only() {
    for (version, addresses) in [("4.2", 0), ("5.5", 0), ("6.5", 1), ("7.0", 1)] {
        let sim = panel(version);
        client(&sim, "ada");
        let mut order = vm_order();
        order["virtual_machine"]["required_ip_address_assignment"] = json!(0);
        let (_, made) = as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&order));
        assert_eq!(
            made["virtual_machine"]["ip_addresses"].as_array().unwrap().len(),
            addresses,
            "{version}"
        );
    }
}

#[test]
fn plan_limits_hold() {
    let sim = panel("6.5");
    let body = json!({"user": {"login": "eve", "email": "eve@client.example", "password": PASSWORD, "role_ids": [2],
        "bucket_id": 2}});
    assert_eq!(admin(&sim, "POST", "/users.json", Some(&body)).0, 201);
    let mut order = vm_order();
    order["virtual_machine"]["rate_limit"] = json!(50);
    order["virtual_machine"]["memory"] = json!(4096);
    let (status, answer) = as_client(&sim, "eve", "POST", "/virtual_machines.json", Some(&order));
    assert_eq!(status, 422);
    assert!(answer["errors"]["memory"].is_array(), "{answer}");
    order["virtual_machine"]["memory"] = json!(512);
    for _ in 0..2 {
        assert_eq!(
            as_client(&sim, "eve", "POST", "/virtual_machines.json", Some(&order)).0,
            201
        );
    }
    let (status, answer) = as_client(&sim, "eve", "POST", "/virtual_machines.json", Some(&order));
    assert_eq!(status, 422);
    assert!(answer["errors"]["base"].is_array(), "{answer}");
}

#[test]
fn edits_answer_as_their_release_does() {
    for (version, status) in [("2.3", 201), ("4.2", 204), ("6.5", 204)] {
        let sim = panel(version);
        client(&sim, "ada");
        let id = built_vm(&sim, "ada");
        let path = format!("/virtual_machines/{id}.json");
        let mut edit = json!({"virtual_machine": {"admin_note": "new", "label": "renamed", "memory": 1024}});
        let (refused, _) = admin(&sim, "PUT", &path, Some(&edit));
        assert_eq!(
            refused, 422,
            "a running machine of this template is not resized without the word for a restart"
        );
        assert_eq!(
            vm(&sim, id)["label"],
            json!("web-1"),
            "nor is anything else of it changed"
        );
        edit["virtual_machine"]["allow_cold_resize"] = json!(1);
        let (answered, body) = admin(&sim, "PUT", &path, Some(&edit));
        assert_eq!(answered, status, "{version}");
        assert_eq!(body.is_null(), status == 204);
        let now = vm(&sim, id);
        assert_eq!((&now["admin_note"], &now["label"]), (&json!("new"), &json!("renamed")));
        assert_eq!(
            (&now["memory"], &now["locked"]),
            (&json!(512), &json!(true)),
            "a resize takes time"
        );
        sim.advance(30);
        assert_eq!(
            (&vm(&sim, id)["memory"], &vm(&sim, id)["locked"]),
            (&json!(1024), &json!(false))
        );
    }
}

#[test]
fn unlock_clears_the_flag_and_only_the_flag() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let (_, made) = as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&vm_order()));
    let id = made["virtual_machine"]["id"].as_u64().unwrap();
    assert_eq!(act(&sim, id, "unlock"), 201);
    assert_eq!(
        (&vm(&sim, id)["locked"], &vm(&sim, id)["built"]),
        (&json!(false), &json!(false))
    );
    sim.advance(180);
    assert_eq!(vm(&sim, id)["built"], true, "the build went on");
}

#[test]
fn a_failed_transaction_cancels_what_waits_for_it_and_unlocks() {
    let sim = panel("6.5");
    client(&sim, "ada");
    sim.control("POST", "transactions", &json!({"fail": "provisioning"}))
        .unwrap();
    let id = built_vm(&sim, "ada");
    let now = vm(&sim, id);
    assert_eq!((&now["locked"], &now["built"]), (&json!(false), &json!(false)));
    let (_, list) = as_client(
        &sim,
        "ada",
        "GET",
        &format!("/virtual_machines/{id}/transactions.json"),
        None,
    );
    let statuses: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["transaction"]["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["cancelled", "cancelled", "failed", "complete", "complete"],
        "newest first"
    );
    let path = format!("/virtual_machines/{id}/build.json");
    let body = json!({"virtual_machine": {"template_id": 2, "required_startup": 1}});
    assert_eq!(admin(&sim, "POST", &path, Some(&body)).0, 201);
    sim.advance(180);
    assert_eq!(
        (&vm(&sim, id)["built"], &vm(&sim, id)["template_id"]),
        (&json!(true), &json!(2))
    );
}

#[test]
fn vms_made_and_deleted_by_hand_need_no_call() {
    let sim = panel("6.5");
    let ada = client(&sim, "ada");
    let made = sim
        .control("POST", "vm", &json!({"action": "create", "user": ada, "label": "x"}))
        .unwrap();
    let id = made["vm"].as_u64().unwrap();
    assert_eq!(vm(&sim, id)["booted"], true);
    sim.control(
        "POST",
        "vm",
        &json!({"action": "change", "vm": id, "booted": false, "admin_note": "k"}),
    )
    .unwrap();
    assert_eq!(
        (&vm(&sim, id)["booted"], &vm(&sim, id)["admin_note"]),
        (&json!(false), &json!("k"))
    );
    sim.control("POST", "vm", &json!({"action": "delete", "vm": id}))
        .unwrap();
    assert_eq!(admin(&sim, "GET", &format!("/virtual_machines/{id}.json"), None).0, 404);
}

#[test]
fn addresses_are_assigned_under_the_root_of_the_release() {
    for (version, root, other) in [
        ("4.2", "ip_address_join", "ip_address"),
        ("5.5", "ip_address", "ip_address_join"),
        ("7.0", "ip_address", "ip_address_join"),
    ] {
        let sim = panel(version);
        client(&sim, "ada");
        let id = built_vm(&sim, "ada");
        let nic = nic(&sim, id);
        let path = format!("/virtual_machines/{id}/ip_addresses.json");
        let body = |root: &str| {
            let mut body = json!({root: {"network_interface_id": nic, "ip_address_id": 7}});
            if version != "4.2" {
                // Derived addresses have no id to be named by.
                body[root] = json!({"network_interface_id": nic, "address": "198.18.0.8"});
            }
            body
        };
        assert_eq!(admin(&sim, "POST", &path, Some(&body(other))).0, 422, "{version}");
        let (status, answer) = admin(&sim, "POST", &path, Some(&body(root)));
        assert_eq!(status, 201, "{version} {answer}");
        assert_eq!(answer["ip_address_join"]["ip_address_id"], 7);
        assert_eq!(admin(&sim, "POST", &path, Some(&body(root))).0, 422, "taken");
        let join = answer["ip_address_join"]["id"].as_u64().unwrap();
        assert_eq!(admin(&sim, "GET", &path, None).1.as_array().unwrap().len(), 2);
        let join_path = format!("/virtual_machines/{id}/ip_addresses/{join}.json");
        assert_eq!(admin(&sim, "DELETE", &join_path, None).0, 204);
        assert_eq!(admin(&sim, "GET", &path, None).1.as_array().unwrap().len(), 1);
    }
}
