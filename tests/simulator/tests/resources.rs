//! Promises about what belongs to a machine: disks, backups, addresses, firewall, CPU rows, console
//! (reference: onapp-api.md 5.6 and 6).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::*;
use provisor_simulator::Simulator;
use serde_json::{Value, json};

fn truth(sim: &Simulator, id: u64) -> Value {
    let state = sim.control("GET", "state", &Value::Null).unwrap();
    let vms = state["vms"].as_array().unwrap().clone();
    vms.into_iter().find(|v| v["id"] == id).unwrap()
}

fn ada(sim: &Simulator, method: &str, path: &str, body: Value) -> (u16, Value) {
    as_client(sim, "ada", method, path, (!body.is_null()).then_some(&body))
}

fn with_vm(version: &str) -> (Simulator, u64) {
    let sim = panel(version);
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    (sim, id)
}

fn disk(sim: &Simulator, vm: u64, swap: bool) -> Value {
    let (status, list) = ada(sim, "GET", &format!("/virtual_machines/{vm}/disks.json"), Value::Null);
    assert_eq!(status, 200, "{list}");
    let rows = list.as_array().unwrap().iter().map(|row| row["disk"].clone());
    rows.into_iter().find(|d| d["is_swap"] == swap).unwrap()
}

#[test]
fn a_disk_grows_with_a_restart_and_never_shrinks() {
    for version in RELEASES {
        let (sim, id) = with_vm(version);
        let before = disk(&sim, id, false);
        assert_eq!((&before["disk_size"], &before["built"]), (&json!(10), &json!(true)));
        let path = format!("/settings/disks/{}.json", before["id"]);
        let size = |gb: u64| json!({"disk": {"disk_size": gb}});
        assert_eq!(ada(&sim, "PUT", &path, size(9)).0, 422, "smaller");
        assert_eq!(truth(&sim, id)["open_transactions"], Value::Null);
        let accepted = if version == "2.3" { 200 } else { 204 };
        assert_eq!(ada(&sim, "PUT", &path, size(10)).0, accepted, "the same is no work");
        assert_eq!(vm(&sim, id)["locked"], false);
        assert_eq!(ada(&sim, "PUT", &path, size(25)).0, accepted, "{version}");
        assert_eq!(disk(&sim, id, false)["disk_size"], 10, "not yet");
        assert_eq!(ada(&sim, "PUT", &path, size(30)).0, 422, "locked");
        sim.advance(70);
        let now = truth(&sim, id);
        assert_eq!((&now["primary_disk_size"], &now["booted"]), (&json!(25), &json!(true)));
        assert_eq!(now["starts"], 2, "stopped and started again");
        assert_eq!(vm(&sim, id)["total_disk_size"], 26);
    }
}

#[test]
fn automatic_backups_are_a_switch_of_each_disk() {
    let (sim, id) = with_vm("6.5");
    let primary = disk(&sim, id, false)["id"].clone();
    let flip = |disk: &Value, verb: &str| {
        ada(
            &sim,
            "POST",
            &format!("/settings/disks/{disk}/{verb}.json"),
            Value::Null,
        )
    };
    for (verb, on) in [("autobackup_enable", true), ("autobackup_disable", false)] {
        let (status, answer) = flip(&primary, verb);
        assert_eq!((status, &answer["disk"]["has_autobackups"]), (201, &json!(on)));
        assert_eq!(disk(&sim, id, false)["has_autobackups"], on);
    }
    assert_eq!(flip(&disk(&sim, id, true)["id"], "autobackup_enable").0, 422, "swap");
    assert_eq!(flip(&json!(4711), "autobackup_enable").0, 404);
}

#[test]
fn the_admin_role_of_the_guide_has_no_disks_and_backups() {
    let (sim, id) = with_vm("6.5");
    for (method, path, missing) in [
        ("GET", format!("/virtual_machines/{id}/disks.json"), "disks.read"),
        ("GET", format!("/virtual_machines/{id}/backups.json"), "backups.read"),
        ("POST", "/settings/disks/5001/backups.json".into(), "backups.create"),
        ("GET", format!("/virtual_machines/{id}/logs.json"), "log_items.list"),
        (
            "GET",
            format!("/virtual_machines/{id}/transactions.json"),
            "transactions.list",
        ),
    ] {
        assert_eq!(admin(&sim, method, &path, None).0, 403, "{path}");
        let log = sim.control("GET", "requests", &Value::Null).unwrap();
        let last = log.as_array().unwrap().last().unwrap();
        assert_eq!(last["missing_permission"], missing);
    }
}

#[test]
fn other_clients_parts_are_not_there() {
    let (sim, id) = with_vm("6.5");
    client(&sim, "eve");
    let primary = disk(&sim, id, false)["id"].as_u64().unwrap();
    let (_, backup) = ada(
        &sim,
        "POST",
        &format!("/settings/disks/{primary}/backups.json"),
        json!({}),
    );
    let backup = backup["backup"]["id"].as_u64().unwrap();
    sim.advance(60);
    for (method, path) in [
        ("GET", format!("/virtual_machines/{id}/disks.json")),
        ("PUT", format!("/settings/disks/{primary}.json")),
        ("POST", format!("/settings/disks/{primary}/autobackup_enable.json")),
        ("POST", format!("/settings/disks/{primary}/backups.json")),
        ("GET", format!("/backups/{backup}.json")),
        ("POST", format!("/backups/{backup}/restore.json")),
        ("DELETE", format!("/backups/{backup}.json")),
        ("GET", format!("/virtual_machines/{id}/firewall_rules.json")),
        ("POST", format!("/virtual_machines/{id}/update_firewall_rules.json")),
        ("GET", format!("/virtual_machines/{id}/cpu_usage.json")),
        ("GET", format!("/virtual_machines/{id}/console.json")),
    ] {
        assert_eq!(as_client(&sim, "eve", method, &path, None).0, 404, "{method} {path}");
    }
}

#[test]
fn a_backup_is_taken_restored_and_removed_in_time() {
    for version in RELEASES {
        let (sim, id) = with_vm(version);
        let primary = disk(&sim, id, false)["id"].as_u64().unwrap();
        let take = format!("/settings/disks/{primary}/backups.json");
        let (status, made) = ada(&sim, "POST", &take, json!({"backup": {"note": "before the upgrade"}}));
        assert_eq!(status, 201, "{made}");
        let made = &made["backup"];
        assert_eq!((&made["built"], &made["locked"]), (&json!(false), &json!(true)));
        let backup = made["id"].as_u64().unwrap();
        assert_eq!(
            ada(&sim, "POST", &format!("/backups/{backup}/restore.json"), Value::Null).0,
            422
        );
        sim.advance(60);
        let (_, list) = ada(
            &sim,
            "GET",
            &format!("/virtual_machines/{id}/backups.json"),
            Value::Null,
        );
        let row = &list[0]["backup"];
        assert_eq!(
            (&row["built"], &row["note"]),
            (&json!(true), &json!("before the upgrade"))
        );
        assert_eq!(row["backup_size"].is_string(), version == "2.3", "{version}");
        assert_eq!(
            ada(&sim, "POST", &format!("/backups/{backup}/restore.json"), Value::Null).0,
            201
        );
        sim.advance(100);
        let now = truth(&sim, id);
        assert_eq!(
            (&now["backups"][0]["restored"], &now["booted"]),
            (&json!(1), &json!(true))
        );
        assert!([200, 204].contains(&ada(&sim, "DELETE", &format!("/backups/{backup}.json"), Value::Null).0));
        sim.advance(20);
        assert_eq!(ada(&sim, "GET", &format!("/backups/{backup}.json"), Value::Null).0, 404);
        assert_eq!(truth(&sim, id)["backups"][0]["removed"], true);
    }
}

#[test]
fn a_panel_with_incremental_backups_takes_them_of_machines_alone() {
    let (sim, id) = with_vm("6.5");
    let primary = disk(&sim, id, false)["id"].as_u64().unwrap();
    let of_disk = format!("/settings/disks/{primary}/backups.json");
    let of_vm = format!("/virtual_machines/{id}/backups.json");
    assert_eq!(ada(&sim, "POST", &of_vm, json!({})).0, 422);
    sim.control("POST", "quirks", &json!({"incremental_backups": true}))
        .unwrap();
    assert_eq!(ada(&sim, "POST", &of_disk, json!({})).0, 422);
    let (status, made) = ada(&sim, "POST", &of_vm, json!({}));
    assert_eq!(
        (status, &made["backup"]["target_type"]),
        (201, &json!("VirtualMachine"))
    );
    sim.advance(60);
    let count = |kind: &str| {
        let path = format!("/virtual_machines/{id}/backups/{kind}.json");
        ada(&sim, "GET", &path, Value::Null).1.as_array().unwrap().len()
    };
    assert_eq!((count("images"), count("files")), (0, 1));
}

#[test]
fn backups_outlive_their_machine_unless_they_are_to_go_too() {
    for (query, left) in [("", 1), ("?destroy_all_backups=1", 0)] {
        let (sim, id) = with_vm("6.5");
        let primary = disk(&sim, id, false)["id"].clone();
        sim.control("POST", "backup", &json!({"disk": primary})).unwrap();
        let (status, _) = ada(
            &sim,
            "DELETE",
            &format!("/virtual_machines/{id}.json{query}"),
            Value::Null,
        );
        assert_eq!(status, 204);
        sim.advance(120);
        let kept = truth(&sim, id)["backups"].clone();
        let kept = kept
            .as_array()
            .unwrap()
            .iter()
            .filter(|b| b["removed"] == false)
            .count();
        assert_eq!(kept, left, "{query}");
    }
}

#[test]
fn an_address_is_given_once_however_many_ask() {
    for version in RELEASES {
        let (sim, id) = with_vm(version);
        let other = built_vm(&sim, "ada");
        let (root, field) = if ["2.3", "4.2"].contains(&version) {
            ("ip_address_join", json!({"ip_address_id": 40}))
        } else {
            ("ip_address", json!({"address": "198.18.0.41"}))
        };
        let ask = |vm: u64, named: bool| {
            let mut body = if named { field.clone() } else { json!({}) };
            body["network_interface_id"] = json!(nic(&sim, vm));
            let path = format!("/virtual_machines/{vm}/ip_addresses.json");
            admin(&sim, "POST", &path, Some(&json!({root: body})))
        };
        assert_eq!(ask(id, true).0, 201, "{version}");
        assert_eq!(ask(other, true).0, 422, "taken a moment ago");
        let first = ask(id, false).1["ip_address_join"]["ip_address_id"].clone();
        let second = ask(other, false).1["ip_address_join"]["ip_address_id"].clone();
        assert_ne!(first, second, "unnamed, each gets another one");
    }
}

#[test]
fn an_address_kept_for_somebody_is_not_given_to_others() {
    let (sim, id) = with_vm("4.2");
    let eve = client(&sim, "eve");
    sim.control("POST", "address", &json!({"address": "198.18.0.3", "user": eve}))
        .unwrap();
    let nic = nic(&sim, id);
    let path = format!("/virtual_machines/{id}/ip_addresses.json");
    let body = json!({"ip_address_join": {"network_interface_id": nic}});
    let (_, answer) = admin(&sim, "POST", &path, Some(&body));
    assert_eq!(answer["ip_address_join"]["ip_address"]["address"], "198.18.0.4");
    let (_, list) = admin(&sim, "GET", "/settings/networks/1/ip_addresses.json", None);
    let kept = list
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["ip_address"]["address"] == "198.18.0.3");
    assert_eq!(
        (
            &kept.unwrap()["ip_address"]["free"],
            &kept.unwrap()["ip_address"]["user_id"]
        ),
        (&json!(true), &json!(eve))
    );
}

#[test]
fn a_machine_knows_a_new_address_after_its_network_was_rebuilt() {
    let (sim, id) = with_vm("6.5");
    let nic = nic(&sim, id);
    let path = format!("/virtual_machines/{id}/ip_addresses.json");
    admin(
        &sim,
        "POST",
        &path,
        Some(&json!({"ip_address": {"network_interface_id": nic}})),
    );
    let known = || {
        let rows = truth(&sim, id)["addresses"].clone();
        rows.as_array()
            .unwrap()
            .iter()
            .map(|a| a["configured"].as_bool().unwrap())
            .collect::<Vec<bool>>()
    };
    assert_eq!(known(), [true, false]);
    let rebuild = format!("/virtual_machines/{id}/rebuild_network.json");
    assert_eq!(ada(&sim, "POST", &rebuild, json!({"shutdown_type": "at once"})).0, 422);
    for (kind, starts, running) in [("", 1, true), ("graceful", 2, true), ("hard", 2, false)] {
        let mut body = json!({"force": 1, "required_startup": u8::from(running)});
        if !kind.is_empty() {
            body["shutdown_type"] = json!(kind);
        }
        assert_eq!(ada(&sim, "POST", &rebuild, body).0, 201);
        sim.advance(60);
        let now = truth(&sim, id);
        assert_eq!(
            (&now["starts"], &now["booted"]),
            (&json!(starts), &json!(running)),
            "{kind}"
        );
    }
    assert_eq!(known(), [true, true]);
}

#[test]
fn firewall_rules_keep_their_order_and_do_nothing_until_they_are_applied() {
    for version in RELEASES {
        let (sim, id) = with_vm(version);
        let nic = nic(&sim, id);
        let path = format!("/virtual_machines/{id}/firewall_rules.json");
        let rule = |port: &str, command: &str| json!({"firewall_rule": {"command": command, "protocol": "TCP", "port": port, "network_interface_id": nic}});
        let make = |port: &str| {
            ada(&sim, "POST", &path, rule(port, "ACCEPT")).1["firewall_rule"]["id"]
                .as_u64()
                .unwrap()
        };
        let rules = [make("22"), make("80"), make("443")];
        let order = || {
            let list = ada(&sim, "GET", &path, Value::Null).1;
            let ids = list
                .as_array()
                .unwrap()
                .iter()
                .map(|r| r["firewall_rule"]["id"].as_u64().unwrap());
            ids.collect::<Vec<u64>>()
        };
        assert_eq!(order(), rules);
        let step = |rule: u64, way: &str| {
            let path = format!("/virtual_machines/{id}/firewall_rules/{rule}/move.json?position={way}");
            ada(&sim, "GET", &path, Value::Null).0
        };
        assert!(step(rules[2], "up") < 300 && step(rules[0], "up") < 300);
        assert_eq!(order(), [rules[0], rules[2], rules[1]]);
        assert_eq!(step(rules[0], "aside"), 422);
        assert!(step(rules[0], "down") < 300);
        assert_eq!(order(), [rules[2], rules[0], rules[1]]);
        let one = format!("/virtual_machines/{id}/firewall_rules/{}.json", rules[0]);
        assert!(ada(&sim, "DELETE", &one, Value::Null).0 < 300);
        assert_eq!(ada(&sim, "PUT", &one, rule("25", "DROP")).0, 404);
        let one = format!("/virtual_machines/{id}/firewall_rules/{}.json", rules[1]);
        assert!(ada(&sim, "PUT", &one, rule("8080:8090", "DROP")).0 < 300);
        let edited = ada(&sim, "GET", &one, Value::Null).1["firewall_rule"].clone();
        assert_eq!(
            (&edited["command"], &edited["port"]),
            (&json!("DROP"), &json!("8080:8090"))
        );
        let defaults = format!("/virtual_machines/{id}/firewall_rules/update_defaults.json");
        let body = json!({"network_interfaces": {nic.to_string(): {"default_firewall_rule": "DROP"}}});
        assert!(ada(&sim, "PUT", &defaults, body).0 < 300);
        assert_eq!(truth(&sim, id)["firewall"], Value::Null, "nothing is in force");
        let apply = format!("/virtual_machines/{id}/update_firewall_rules.json");
        assert_eq!(ada(&sim, "POST", &apply, Value::Null).0, 201);
        sim.advance(10);
        let expected = json!([{"nic": nic, "default": "DROP", "rules": [rules[2], rules[1]]}]);
        assert_eq!(truth(&sim, id)["firewall"], expected, "{version}");
        for bad in [
            json!({"command": "REJECT"}),
            json!({"protocol": "tcp"}),
            json!({"port": "0"}),
            json!({"port": "80;"}),
            json!({"address": "me"}),
            json!({"network_interface_id": 4711}),
        ] {
            let mut body = rule("22", "ACCEPT");
            for (key, value) in bad.as_object().unwrap() {
                body["firewall_rule"][key] = value.clone();
            }
            assert_eq!(ada(&sim, "POST", &path, body).0, 422, "{bad}");
        }
    }
}

#[test]
fn cpu_rows_are_stamped_at_the_end_of_their_hour() {
    let (sim, id) = with_vm("4.2");
    let span = json!({"vm": id, "from": "2026-01-01T01:00:00Z", "to": "2026-01-01T04:00:00Z", "cpu_time": 2330});
    sim.control("POST", "cpu", &span).unwrap();
    to(&sim, "2026-01-01T03:30:00Z");
    let path = format!("/virtual_machines/{id}/cpu_usage.json");
    let (_, rows) = ada(&sim, "GET", &path, Value::Null);
    let stamps: Vec<&Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["cpu_hourly_stat"]["stat_time"])
        .collect();
    assert_eq!(
        stamps,
        ["2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z"],
        "the third hour is not over"
    );
    let query = "?period[startdate]=2026-01-01+02:30:00&period[enddate]=2026-01-01+03:30:00";
    assert_eq!(
        ada(&sim, "GET", &format!("{path}{query}"), Value::Null)
            .1
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_console_key_opens_the_screen_until_the_next_power_action() {
    let (sim, id) = with_vm("5.5");
    let path = format!("/virtual_machines/{id}/console.json");
    let (status, answer) = ada(&sim, "GET", &path, Value::Null);
    assert_eq!(status, 200, "{answer}");
    let key = answer["remote_access_session"]["remote_key"]
        .as_str()
        .unwrap()
        .to_string();
    let open = |key: &str| sim.handle("GET", &format!("/console_remote/{key}"), &[], b"").0;
    assert_eq!((open(&key), open("other")), (200, 404));
    assert_eq!(
        ada(
            &sim,
            "POST",
            &format!("/virtual_machines/{id}/reboot.json"),
            Value::Null
        )
        .0,
        201
    );
    assert_eq!(open(&key), 404);
    sim.advance(40);
    assert_eq!(ada(&sim, "GET", &path, Value::Null).0, 200);
    ada(&sim, "POST", &format!("/virtual_machines/{id}/stop.json"), Value::Null);
    sim.advance(20);
    assert_eq!(ada(&sim, "GET", &path, Value::Null).0, 422, "off");
}

#[test]
fn a_new_root_password_has_the_name_of_its_release() {
    for (version, body) in [
        ("2.3", json!({"new_password": "Fresh-pw-9"})),
        (
            "6.5",
            json!({"virtual_machine": {"initial_root_password": "Fresh-pw-9"}}),
        ),
    ] {
        let (sim, id) = with_vm(version);
        let path = format!("/virtual_machines/{id}/reset_password.json");
        assert_eq!(ada(&sim, "POST", &path, body).0, 201);
        sim.advance(60);
        assert_eq!(vm(&sim, id)["initial_root_password"], "Fresh-pw-9", "{version}");
    }
}

#[test]
fn joins_tell_what_a_zone_and_a_hypervisor_reach() {
    let sim = panel("6.5");
    let ids = |path: &str, key: &str| {
        let (status, list) = admin(&sim, "GET", path, None);
        assert_eq!(status, 200, "{path} {list}");
        let rows = list.as_array().unwrap().iter();
        rows.map(|r| r.as_object().unwrap().values().next().unwrap()[key].as_u64().unwrap())
            .collect::<Vec<u64>>()
    };
    assert_eq!(
        ids("/settings/hypervisor_zones/1/network_joins.json", "network_id"),
        [1, 2]
    );
    assert_eq!(ids("/settings/hypervisors/2/network_joins.json", "network_id"), [3]);
    assert_eq!(
        ids("/settings/hypervisors/1/network_joins.json", "network_id"),
        [] as [u64; 0]
    );
    assert_eq!(
        ids("/settings/hypervisor_zones/2/data_store_joins.json", "data_store_id"),
        [1]
    );
    assert_eq!(
        ids("/settings/hypervisors/3/data_store_joins.json", "data_store_id"),
        [3]
    );
    assert_eq!(ids("/settings/networks/1/ip_nets.json", "id"), [10]);
    assert_eq!(ids("/settings/networks/1/ip_nets/10/ip_ranges.json", "id"), [100]);
    assert_eq!(
        admin(&panel("4.2"), "GET", "/settings/networks/1/ip_nets.json", None).0,
        404
    );
}

#[test]
fn port_speed_keeps_to_the_plan_and_waits_for_the_lock() {
    let (sim, id) = with_vm("6.5");
    let nic = nic(&sim, id);
    let path = format!("/virtual_machines/{id}/network_interfaces/{nic}.json");
    let speed = |rate: u64| {
        admin(
            &sim,
            "PUT",
            &path,
            Some(&json!({"network_interface": {"rate_limit": rate}})),
        )
        .0
    };
    assert_eq!(
        (speed(50), speed(60)),
        (204, 422),
        "the second meets the first one's lock"
    );
    sim.advance(5);
    let me = truth(&sim, id)["user_id"].clone();
    let small = json!({"user": {"bucket_id": 2}});
    assert_eq!(admin(&sim, "PUT", &format!("/users/{me}.json"), Some(&small)).0, 204);
    assert_eq!((speed(0), speed(101), speed(100)), (422, 422, 204));
}
