//! A server record that leads to another control panel, and machines that end or move in odd ways: no machine of somebody
//! else is touched, no machine of ours is forgotten, no hour is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Runner, World};
use serde_json::{Value, json};

fn logged(w: &World, code: &str) -> usize {
    w.host.logs.iter().filter(|l| l.code == code).count()
}

fn env(panel: &std::sync::Arc<provisor_simulator::Simulator>) -> provisor::module::Env {
    provisor::module::Env {
        transport: std::sync::Arc::new(common::transport(panel.clone())),
    }
}

/// Server 1 leads to another cloud from now on.
fn lead_elsewhere(w: &mut World, other: &World) {
    w.env = env(&other.panel);
    let server = w.host.servers.get_mut("1").unwrap();
    server["hostname"] = json!("127.0.0.1");
    server["password"] = json!({ "secret": other.panel.password });
}

fn column(w: &mut World, table: &'static str, name: &str, value: Value) {
    let row = w.host.rows(table)[0].clone();
    let mut values = serde_json::Map::new();
    values.insert(name.to_owned(), value);
    let key = json!({ "module": row["module"], "service_id": row["service_id"] });
    let change = json!({ "token": "test", "changes": [{ "kind": "update", "table": table, "key": key,
                         "rev": row["rev"], "values": values }] });
    let answer = provisor::host::Port::answer(&mut w.host, "apply", &change).unwrap();
    assert_eq!(answer["outcome"], json!("applied"));
}

fn billed_kb(w: &World) -> u64 {
    w.host
        .rows("mod_provisor_periods")
        .iter()
        .map(|p| p["billed_kb"].as_str().unwrap().parse::<u64>().unwrap())
        .sum()
}

/// Runs the crons until nothing is left to bill.
fn crons(w: &mut World, days: i64) {
    w.panel.advance(days * 86_400);
    for job in ["onapp.settle", "onapp.collect", "onapp.bill"] {
        w.run(job, json!({})).unwrap();
    }
}

#[test]
fn create_on_another_cloud_makes_no_second_machine_and_keeps_the_clients_user() {
    let mut w = World::new().with_ready_vm("17");
    let other = World::new();
    lead_elsewhere(&mut w, &other);
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.other_panel");
    assert!(other.living_vms().is_empty());
    // Another order of the same client neither drops the mapping nor makes a user there.
    w.add_service("18");
    assert_eq!(w.verb_on("create", "18").unwrap_err().code, "onapp.other_panel");
    assert_eq!(w.host.rows("tblonappclients").len(), 1);
    assert!(other.living_vms().is_empty());
    let stranger = World::new().with_ready_vm("99");
    lead_elsewhere(&mut w, &stranger);
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.vm_not_ours");
}

#[test]
fn settle_on_another_cloud_writes_nobody_elses_password_and_sends_no_mail() {
    let mut w = World::new();
    w.add_service("17");
    w.verb_on("create", "17").unwrap();
    let stranger = World::new().with_ready_vm("99");
    lead_elsewhere(&mut w, &stranger);
    w.host.clock += chrono::TimeDelta::seconds(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "building");
    assert!(w.host.mails.is_empty());
    assert!(
        w.host
            .fields
            .get("17")
            .is_none_or(|f| !f.contains_key("password") && !f.contains_key("dedicated_ip"))
    );
    assert_eq!(logged(&w, "onapp.vm_not_ours"), 1);
}

#[test]
fn a_deletion_under_way_is_not_taken_for_done_on_another_cloud() {
    let mut w = World::new().with_ready_vm("17");
    w.verb_on("terminate", "17").unwrap();
    assert_eq!(w.state_of("17"), "deleting");
    let other = World::new();
    lead_elsewhere(&mut w, &other);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "deleting");
    assert_eq!(logged(&w, "onapp.other_panel"), 1);
}

#[test]
fn a_service_that_was_never_seen_anywhere_is_not_gone_where_its_client_is_unknown() {
    let mut w = World::new().with_ready_vm("17");
    column(&mut w, "mod_provisor_services", "address", Value::Null);
    let other = World::new();
    lead_elsewhere(&mut w, &other);
    assert_eq!(w.verb_on("terminate", "17").unwrap_err().code, "onapp.other_panel");
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn a_deletion_that_failed_at_the_panel_loses_no_hour_and_sends_no_mail_before_it_is_true() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-02T00:00:00Z", "2026-01-10T00:00:00Z", 9000);
    w.panel.advance(4 * 86_400);
    w.panel
        .control("POST", "transactions", &json!({ "fail": "destroy_virtual_machine" }))
        .unwrap();
    let mails = w.host.mails.len();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    for _ in 0..3 {
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!(w.living_vms().len(), 1);
    assert_eq!(logged(&w, "onapp.delete_failed"), 1, "told once a day");
    assert_eq!(w.host.mails.len(), mails);
    w.panel.advance(5 * 86_400);
    w.verb_on("terminate", "17").unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.host.mails.len(), mails + 1);
    crons(&mut w, 30);
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn a_service_made_anew_on_a_second_cloud_with_the_same_ids_is_billed_for_both() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-04T00:00:00Z", 9000);
    w.panel.advance(4 * 86_400);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let first = w.true_kb();
    let second = World::new();
    second.panel.advance_to(w.now()).unwrap();
    let mut record = w.host.servers["1"].clone();
    record["id"] = json!("2");
    record["hostname"] = json!("127.0.0.1");
    record["password"] = json!({ "secret": second.panel.password });
    w.host.servers.insert("2".into(), record);
    w.host.services.get_mut("17").unwrap()["product"]["options"][0] = json!("2");
    let old = std::mem::replace(&mut w.panel, second.panel.clone());
    w.env = env(&second.panel);
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(
        w.vm_of("17"),
        old.state()["vms"][0]["id"].as_u64().unwrap(),
        "the same id again"
    );
    w.traffic(w.vm_of("17"), "2026-01-06T00:00:00Z", "2026-01-08T00:00:00Z", 9000);
    w.panel.advance(4 * 86_400);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    crons(&mut w, 30);
    assert_eq!(logged(&w, "onapp.resource_back"), 0);
    assert_eq!(billed_kb(&w), first + w.true_kb());
}

#[test]
fn terminate_beside_a_cron_loses_no_hour_whoever_is_faster() {
    let mut conflicts = 0;
    for steps in 0..60 {
        let mut w = World::new().with_ready_vm("17");
        // The partial hour of a deletion has no row at OnApp; here nothing flows in it.
        w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-04T00:00:00Z", 9000);
        w.panel.advance_to(common::at("2026-01-04T00:30:00Z")).unwrap();
        let input = w.verb("17");
        let mut terminate = Runner::start(&w, "onapp.terminate", &input);
        for _ in 0..steps {
            if terminate.owed.is_some() {
                terminate.answer(&mut w.host);
            }
        }
        let before = terminate.owed.is_some();
        w.run("onapp.collect", json!({})).unwrap();
        terminate.finish(&mut w.host);
        let ended = terminate.ended.unwrap();
        if ended.0 != 0 {
            conflicts += 1;
            w.verb_on("terminate", "17").unwrap();
        }
        w.advance(900);
        crons(&mut w, 35);
        let deleted = w.panel.state()["vms"][0]["deleted_at"].as_str().is_some();
        assert!(deleted, "after {steps} ops");
        assert_eq!(billed_kb(&w), w.true_kb(), "after {steps} ops; {:?}", w.host.logs);
        if !before {
            break;
        }
    }
    assert!(conflicts < 10, "{conflicts}");
}

#[test]
fn terminate_that_is_pressed_again_after_the_machine_went_sends_the_mail_all_the_same_and_once() {
    let mut w = World::new().with_ready_vm("17");
    let before = w.host.mails.len();
    for _ in 0..2 {
        w.verb_on("terminate", "17").unwrap();
        w.advance(300);
    }
    assert!(w.living_vms().is_empty());
    for _ in 0..3 {
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!(w.host.mails.len(), before + 1);
    assert_eq!(w.host.mails[before]["template"], json!("Virtual Machine Deleted"));
}

#[test]
fn a_refused_deletion_leaves_a_suspended_machine_suspended() {
    let mut w = World::new().with_ready_vm("17");
    w.verb_on("suspend", "17").unwrap();
    w.advance(300);
    w.panel
        .faults(&json!([{ "kind": "html_500", "match": { "method": "DELETE", "path_prefix": "/virtual_machines" } }]))
        .unwrap();
    w.verb_on("terminate", "17").unwrap_err();
    assert_eq!(w.living_vms()[0]["suspended"], json!(true));
    w.panel.faults(&json!([])).unwrap();
    w.advance(300);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    assert!(w.living_vms().is_empty());
}

#[test]
fn a_machine_that_is_not_built_is_told_once_a_day() {
    let mut w = World::new();
    w.add_service("17");
    w.panel
        .control("POST", "transactions", &json!({ "fail": "build_disk" }))
        .unwrap();
    w.verb_on("create", "17").unwrap();
    for _ in 0..4 {
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!(logged(&w, "onapp.not_built"), 1);
}

#[test]
fn an_interface_added_later_is_read_from_then_on_and_names_no_loss() {
    let mut w = World::new().with_ready_vm("17");
    for _ in 0..4 {
        crons(&mut w, 29);
    }
    w.host.logs.clear();
    let vm = w.vm_of("17");
    let body = json!({ "network_interface": { "label": "eth1", "network_join_id": 1, "rate_limit": 100 } });
    let (status, _, answer) = w.panel.call(
        "POST",
        &format!("/virtual_machines/{vm}/network_interfaces.json"),
        Some(&body),
    );
    assert!((200..300).contains(&status), "{status} {answer}");
    crons(&mut w, 1);
    assert_eq!(w.host.rows("mod_provisor_resources").len(), 2);
    assert_eq!(logged(&w, "onapp.hours_lost"), 0, "{:?}", w.host.logs);
}

#[test]
fn an_order_on_the_wrong_cloud_is_refused_and_makes_nobody_elses_machine_gone() {
    let mut w = World::new().with_ready_vm("17");
    let other = World::new();
    lead_elsewhere(&mut w, &other);
    w.add_service("18");
    w.host.services.get_mut("18").unwrap()["client_id"] = json!("8");
    w.host.services.get_mut("18").unwrap()["client"] =
        json!({ "id": "8", "email": "bob@example.com", "first_name": "Bob", "last_name": "B" });
    assert_eq!(w.verb_on("create", "18").unwrap_err().code, "onapp.other_panel");
    assert!(other.living_vms().is_empty());
    // Even where another service of this server was seen there.
    w.add_service("19");
    column_of(&mut w, "17", "address", json!("elsewhere.example.com"));
    assert_eq!(w.verb_on("terminate", "17").unwrap_err().code, "onapp.other_panel");
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.other_panel");
    let row = w
        .host
        .rows("mod_provisor_services")
        .into_iter()
        .find(|r| r["service_id"] == json!("17"))
        .unwrap();
    assert_eq!(row["state"], json!("ready"));
    assert!(row["vm_id"].is_string() && row["create_key"].is_string(), "{row:?}");
}

fn column_of(w: &mut World, service: &str, name: &str, value: Value) {
    let rows = w.host.rows("mod_provisor_services");
    let row = rows.iter().find(|row| row["service_id"] == json!(service)).unwrap();
    let mut values = serde_json::Map::new();
    values.insert(name.to_owned(), value);
    let key = json!({ "module": row["module"], "service_id": row["service_id"] });
    let change = json!({ "token": "test", "changes": [{ "kind": "update", "table": "mod_provisor_services", "key": key,
                         "rev": row["rev"], "values": values }] });
    let answer = provisor::host::Port::answer(&mut w.host, "apply", &change).unwrap();
    assert_eq!(answer["outcome"], json!("applied"));
}

#[test]
fn a_panel_that_moved_to_a_new_address_still_takes_orders() {
    let mut w = World::new().with_ready_vm("17");
    w.host.servers.get_mut("1").unwrap()["hostname"] = json!("127.0.0.1");
    w.add_service("18");
    w.verb_on("create", "18").unwrap();
    assert_eq!(w.living_vms().len(), 2);
}

#[test]
fn a_machine_that_is_known_by_the_old_mapping_alone_is_metered_once_create_found_it() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    column(&mut w, "mod_provisor_services", "vm_id", Value::Null);
    column(&mut w, "mod_provisor_services", "state", json!("new"));
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.living_vms().len(), 1);
    w.traffic(vm, "2026-01-02T00:00:00Z", "2026-01-20T00:00:00Z", 9000);
    crons(&mut w, 32);
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn an_interface_added_to_a_taken_over_machine_is_read_from_the_last_reading_on() {
    let mut w = World::new().with_ready_vm("17");
    crons(&mut w, 1);
    column(&mut w, "mod_provisor_services", "since", Value::Null);
    let vm = w.vm_of("17");
    let body = json!({ "network_interface": { "label": "eth1", "network_join_id": 1, "rate_limit": 100 } });
    w.panel.call(
        "POST",
        &format!("/virtual_machines/{vm}/network_interfaces.json"),
        Some(&body),
    );
    crons(&mut w, 1);
    let rows = w.host.rows("mod_provisor_resources");
    assert_eq!(rows.len(), 2);
    let first = rows
        .iter()
        .map(|r| r["first_at"].as_str().unwrap().to_owned())
        .max()
        .unwrap();
    assert_eq!(
        first, "2026-01-01T23:00:00Z",
        "the hour up to which the other was read, not the present one"
    );
}

#[test]
fn a_machine_that_outlived_its_deletion_is_named_when_it_is_gone() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.panel
        .control("POST", "transactions", &json!({ "fail": "destroy_virtual_machine" }))
        .unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    crons(&mut w, 6);
    w.panel.call("DELETE", &format!("/virtual_machines/{vm}.json"), None);
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(logged(&w, "onapp.deleted_late"), 1);
    assert_eq!(w.state_of("17"), "gone");
}

/// The product makes its machines at another cloud from now on, which has the same ids; the machine stays at server 1.
fn with_product_elsewhere() -> World {
    let mut w = World::new().with_ready_vm("17");
    w.panel
        .control(
            "POST",
            "role",
            &json!({ "role": 1, "grant": ["disks.read", "disks.update", "network_interfaces.create",
                     "hypervisor_zones.read", "hypervisors.read"] }),
        )
        .unwrap();
    let mut server = w.host.servers["1"].clone();
    (server["id"], server["hostname"], server["name"]) = (json!("2"), json!("cloud2"), json!("cloud2"));
    w.host.servers.insert("2".into(), server);
    let service = w.host.services.get_mut("17").unwrap();
    service["status"] = json!("Active");
    let options = &mut service["product"]["options"];
    (options[0], options[1], options[2]) = (json!("2"), json!("1,2"), json!("2048"));
    options[22] = json!("{\"sec_net_ips\":\"1\",\"sec_network_id\":\"2\"}");
    w
}

#[test]
fn a_product_of_another_cloud_changes_the_size_of_a_machine_and_joins_it_to_no_network() {
    let mut w = with_product_elsewhere();
    let said = w.verb_on("change_package", "17").unwrap()["message"].to_string();
    assert!(said.contains("at another control panel"), "{said}");
    for _ in 0..4 {
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
    let vm = &w.living_vms()[0];
    assert_eq!(vm["memory"], json!(2048));
    assert_eq!(vm["nics"].as_array().unwrap().len(), 1);
    assert_eq!(w.state_of("17"), "ready");
    // A second record of the machine's own cloud is no other one.
    let hostname = w.host.servers["1"]["hostname"].clone();
    w.host.servers.get_mut("2").unwrap()["hostname"] = hostname;
    w.verb_on("change_package", "17").unwrap();
    for _ in 0..4 {
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!(w.living_vms()[0]["nics"].as_array().unwrap().len(), 2);
}

#[test]
fn a_product_of_another_cloud_installs_none_of_its_templates_on_a_machine() {
    let mut w = with_product_elsewhere();
    let own = w.living_vms()[0]["template_id"].clone();
    for template in ["", "2"] {
        let mut input = w.verb("17");
        input["caller"] = json!({ "kind": "client", "client_id": "7", "post": true, "token": true });
        input["form"] = json!({ "template": template });
        w.run("onapp.rebuild", input).unwrap();
        w.advance(900);
        assert_eq!(w.living_vms()[0]["template_id"], own);
    }
    assert!(w.panel.requests().iter().any(|request| {
        let path = request["path"].as_str().unwrap();
        path.ends_with("/build.json")
    }));
}
