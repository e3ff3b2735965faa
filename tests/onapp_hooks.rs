//! The host's action hooks: each does its least, and calls no panel.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::World;
use serde_json::{Value, json};

/// A job of a hook, which must ask the panel nothing.
fn hook(w: &mut World, job: &str, input: Value) -> String {
    let before = w.panel.requests().len();
    let report = w.run(job, input).unwrap();
    assert_eq!(w.panel.requests().len(), before, "{job} asked the panel");
    report["message"].as_str().unwrap().to_owned()
}

fn logged(w: &World, code: &str) -> Vec<String> {
    let of_code = w.host.logs.iter().filter(|l| l.code == code);
    of_code.map(|l| l.text.clone()).collect()
}

/// Order 5 made these services, each with the module that serves it.
fn order(w: &mut World, services: &[(&str, &str)]) {
    let services: Vec<Value> = services
        .iter()
        .map(|(id, module)| json!({ "id": id, "module": module }))
        .collect();
    let order = json!({ "id": "5", "client_id": "7", "modules": ["onapp", "other"], "services": services });
    w.host.orders.insert("5".into(), order);
}

#[test]
fn an_accepted_order_shows_the_products_server_on_each_of_its_services_without_a_machine() {
    let mut w = World::new().with_ready_vm("17");
    for id in ["18", "19", "20", "21"] {
        w.add_service(id);
        w.host.services.get_mut(id).unwrap()["server_id"] = json!("2");
    }
    w.host.servers.insert("2".into(), w.host.servers["1"].clone());
    w.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
    w.host.services.get_mut("20").unwrap()["product"]["options"][0] = json!("");
    w.host.services.get_mut("21").unwrap()["product"]["options"][0] = json!("99");
    w.host.fields.clear();
    order(
        &mut w,
        &[
            ("17", "onapp"),
            ("18", "onapp"),
            ("19", "other"),
            ("20", "onapp"),
            ("21", "onapp"),
            ("22", "onapp"),
        ],
    );
    hook(&mut w, "onapp.order_accepted", json!({ "order_id": "5" }));
    assert_eq!(
        w.host.fields.keys().collect::<Vec<_>>(),
        ["18"],
        "nothing else was touched"
    );
    assert_eq!(w.host.fields["18"]["server_id"], "1");
}

#[test]
fn a_hook_that_names_nobody_does_nothing() {
    let mut w = World::new();
    for job in ["order_accepted", "client_changed", "client_deleted", "service_deleted"] {
        for id in ["", "0", "99", "x' OR 1", "-1"] {
            let input = json!({ "order_id": id, "client_id": id, "service_id": id, "email": "new@example.com" });
            hook(&mut w, &format!("onapp.{job}"), input);
        }
    }
    assert!(w.host.logs.is_empty() && w.host.fields.is_empty());
}

#[test]
fn a_new_e_mail_address_keeps_the_login_that_the_client_knows_and_staff_are_told() {
    let mut w = World::new().with_ready_vm("17");
    let before = w.host.rows("tblonappclients").into_iter().cloned().collect::<Vec<_>>();
    hook(
        &mut w,
        "onapp.client_changed",
        json!({ "client_id": "7", "email": "ADA@example.com" }),
    );
    assert_eq!(logged(&w, "onapp.client_email_changed").len(), 0, "the same address");
    hook(
        &mut w,
        "onapp.client_changed",
        json!({ "client_id": "7", "email": "ada@new.example" }),
    );
    let told = logged(&w, "onapp.client_email_changed");
    assert!(told[0].contains("keeps the login ada@example.com"), "{told:?}");
    let after = w.host.rows("tblonappclients").into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(before, after);
    w.verb_on("suspend", "17").unwrap();
}

#[test]
fn a_deleted_client_is_forgotten_once_no_machine_is_left() {
    let mut w = World::new().with_ready_vm("17");
    hook(&mut w, "onapp.client_deleted", json!({ "client_id": "7" }));
    assert_eq!(
        w.host.rows("tblonappclients").len(),
        1,
        "whose the machine is stays known"
    );
    let told = logged(&w, "onapp.client_deleted");
    assert!(told[0].contains(&format!("VM {}", w.vm_of("17"))), "{told:?}");
    assert_eq!(w.living_vms().len(), 1, "nothing is deleted at OnApp");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    for _ in 0..2 {
        hook(&mut w, "onapp.client_deleted", json!({ "client_id": "7" }));
        assert!(w.host.rows("tblonappclients").is_empty());
    }
}

#[test]
fn a_deleted_service_whose_machine_is_left_is_named_once_a_day_and_its_usage_stays() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", 1000);
    w.advance(86_400 * 2);
    w.run("onapp.collect", json!({})).unwrap();
    let readings = w.host.rows("mod_provisor_readings").len();
    w.host.services.remove("17");
    for _ in 0..2 {
        hook(&mut w, "onapp.service_deleted", json!({ "service_id": "17" }));
    }
    w.run("onapp.bill", json!({})).unwrap();
    let told = logged(&w, "onapp.service_missing");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(&format!("VM {vm}")), "{told:?}");
    assert_eq!(w.host.rows("mod_provisor_readings").len(), readings);
}

#[test]
fn a_deleted_service_without_a_machine_is_not_spoken_of() {
    let mut w = World::new().with_ready_vm("17");
    w.add_service("18");
    hook(&mut w, "onapp.service_deleted", json!({ "service_id": "18" }));
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    hook(&mut w, "onapp.service_deleted", json!({ "service_id": "17" }));
    assert!(logged(&w, "onapp.service_missing").is_empty());
}

/// A service whose Create was killed after the panel made the VM.
fn made_but_not_recorded() -> World {
    for k in 0.. {
        let mut w = World::new();
        w.add_service("17");
        let input = w.verb("17");
        w.killed_at("onapp.create", &input, k, true).expect("a VM is made");
        if !w.living_vms().is_empty() {
            assert_eq!(w.state_of("17"), "creating");
            w.advance(common::LATER);
            return w;
        }
    }
    unreachable!()
}

#[test]
fn a_machine_that_a_create_may_have_made_is_named_by_its_key_and_its_user_stays_known() {
    let mut w = made_but_not_recorded();
    let key = w.host.rows("mod_provisor_services")[0]["create_key"]
        .as_str()
        .unwrap()
        .to_owned();
    hook(&mut w, "onapp.client_deleted", json!({ "client_id": "7" }));
    hook(&mut w, "onapp.service_deleted", json!({ "service_id": "17" }));
    for code in ["onapp.client_deleted", "onapp.service_missing"] {
        let told = logged(&w, code);
        assert!(told.len() == 1 && told[0].contains(&key), "{code}: {told:?}");
    }
    assert_eq!(
        w.host.rows("tblonappclients").len(),
        1,
        "whose the machine is stays known"
    );
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.living_vms().len(), 0);
    hook(&mut w, "onapp.client_deleted", json!({ "client_id": "7" }));
    assert!(w.host.rows("tblonappclients").is_empty());
}

#[test]
fn an_accepted_order_leaves_the_server_of_a_machine_that_a_create_may_have_made() {
    let mut w = made_but_not_recorded();
    w.host.servers.insert("2".into(), w.host.servers["1"].clone());
    w.host.services.get_mut("17").unwrap()["product"]["options"][0] = json!("2");
    w.host.fields.clear();
    order(&mut w, &[("17", "onapp")]);
    hook(&mut w, "onapp.order_accepted", json!({ "order_id": "5" }));
    assert!(w.host.fields.is_empty(), "{:?}", w.host.fields);
}
