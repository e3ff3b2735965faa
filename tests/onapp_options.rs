//! Configurable options, from the host's order to the machine at the panel: the Order value is added to the product's base.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::World;
use serde_json::{Value, json};

/// Service 17 with the options of slots 12 to 15, 19 and 20, each chosen with a type, an Order value and a quantity.
fn ordered(chosen: &[(&str, &str, &str, &str)]) -> World {
    let mut w = World::new();
    w.add_service("17");
    let service = w.host.services.get_mut("17").unwrap();
    for (slot, id) in [(12, "12"), (13, "13"), (14, "14"), (15, "15"), (19, "19"), (20, "20")] {
        service["product"]["options"][slot - 1] = json!(id);
    }
    service["product"]["options"][7] = json!("100");
    let options: Vec<Value> = chosen
        .iter()
        .map(|(id, kind, order, quantity)| {
            json!({ "id": id, "name": format!("Option {id}"), "kind": kind, "order": order, "quantity": quantity })
        })
        .collect();
    service["options"] = json!(options);
    w
}

#[test]
fn a_machine_is_made_with_base_plus_options_of_every_type() {
    let mut w = ordered(&[
        ("12", "dropdown", "512", ""),
        ("13", "quantity", "1", "2"),
        ("14", "radio", "90", ""),
        ("15", "yesno", "10", "1"),
        ("20", "quantity", "50", "2"),
    ]);
    let report = w.verb_on("create", "17").unwrap();
    let vm = w.living_vms()[0]["id"].as_u64().unwrap();
    let (_, _, shown) = w.panel.get(&format!("/virtual_machines/{vm}.json"));
    let made = &shown["virtual_machine"];
    assert_eq!(made["memory"], 1024 + 512, "{made}");
    assert_eq!(made["cpus"], 1 + 2);
    assert_eq!(made["cpu_shares"], 100, "50 and 90 are capped");
    let map = &w.host.rows("tblonappservices")[0];
    assert_eq!(map["disk_size"], "20", "a yes/no option adds nothing");
    assert_eq!(report["ordered"]["port_speed"], 100 + 2 * 50);
    assert_eq!(report["ordered"]["addresses"], 1);
}

#[test]
fn a_wrong_option_is_named_before_anything_is_asked_or_written() {
    for (chosen, code) in [
        (("12", "dropdown", "-512", ""), "onapp.option_order"),
        (("13", "quantity", "1", "two"), "onapp.option_order"),
        // WHMCS stores an Order column that was left empty as 0: three are paid, and nothing would be given.
        (("13", "quantity", "0", "3"), "onapp.option_order"),
        (("13", "quantity", "", "3"), "onapp.option_order"),
        (("14", "", "10", ""), "onapp.option_order"),
        (("19", "quantity", "1", "1"), "onapp.option_kind"),
    ] {
        let mut w = ordered(&[chosen]);
        let before = w.panel.requests().len();
        let refused = w.verb_on("create", "17").unwrap_err();
        assert_eq!(refused.code, code, "{refused:?}");
        assert!(
            refused.message.contains(&format!("\"Option {}\"", chosen.0)),
            "{refused:?}"
        );
        assert_eq!(w.panel.requests().len(), before, "nothing was asked");
        assert!(w.host.rows("mod_provisor_services").is_empty());
    }
}

#[test]
fn a_typing_error_in_slot_21_stops_the_order() {
    for (stored, named) in [
        (r#"{"role_ids":[2],"billing_plan":"3a"}"#, "billing plan"),
        (r#"{"role_ids":[2],"billing_plan":true}"#, "billing plan"),
        (r#"{"role_ids":["x"],"billing_plan":"3"}"#, "role"),
        (r#"{"role_ids":[2,"x"],"billing_plan":"3"}"#, "role"),
        (
            r#"{"role_ids":[2],"user_group":"all","billing_plan":"3"}"#,
            "user group",
        ),
        (r#"{"role_ids":[2],"biling_plan":"3"}"#, "\"biling_plan\""),
        (r#"{"rol_ids":[2],"billing_plan":"3"}"#, "\"rol_ids\""),
    ] {
        let mut w = ordered(&[]);
        w.host.services.get_mut("17").unwrap()["product"]["options"][20] = json!(stored);
        let refused = w.verb_on("create", "17").unwrap_err();
        assert_eq!(refused.code, "onapp.product_option", "{stored}: {refused:?}");
        assert!(refused.message.contains("\"User settings\" (slot 21)"), "{refused:?}");
        assert!(refused.message.contains(named), "{refused:?}");
        assert!(w.panel.requests().is_empty(), "nothing was asked");
    }
}

#[test]
fn a_typing_error_in_slot_10_stops_the_order() {
    for (stored, made) in [
        ("on,0", true),
        ("On,off", true),
        ("on,0,0", true),
        ("", true),
        ("onn,0", false),
        ("on,yes", false),
    ] {
        let mut w = ordered(&[]);
        w.host.services.get_mut("17").unwrap()["product"]["options"][9] = json!(stored);
        let done = w.verb_on("create", "17");
        assert_eq!(done.is_ok(), made, "{stored}: {done:?}");
        assert!(done.is_ok() || done.unwrap_err().message.contains("(slot 10)"));
    }
}

#[test]
fn what_the_old_module_stored_in_slot_21_is_taken_as_it_meant_it() {
    for (stored, plan) in [
        ("", 1),
        ("[]", 1),
        (r#"{"role_ids":[2],"billing_plan":"3"}"#, 3),
        (
            r#"{"role_ids":["2"],"user_group":0,"time_zone":"","billing_plan":3}"#,
            3,
        ),
        (r#"{"role_ids":[2],"user_group":"","billing_plan":""}"#, 1),
        (r#"{"role_ids":[2],"billing_plan":"3","locale":"en"}"#, 3),
    ] {
        let mut w = ordered(&[]);
        w.host.services.get_mut("17").unwrap()["product"]["options"][20] = json!(stored);
        w.verb_on("create", "17").unwrap();
        let state = w.panel.state();
        let users = state["users"].as_array().unwrap();
        let ada = users.iter().find(|u| u["login"] == "ada@example.com").unwrap();
        assert_eq!(ada["plan_id"], plan, "{stored}");
    }
}
