//! A service that moves to another client, by hand or because two clients are merged: it is served and billed on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{LATER, Runner, World, at};
use serde_json::{Value, json};

/// Service 17 is client 8's from now on.
fn moved(w: &mut World) {
    let service = w.host.services.get_mut("17").unwrap();
    service["client_id"] = json!("8");
    service["client"] = json!({ "id": "8", "email": "eve@example.com", "first_name": "Eve", "last_name": "" });
}

fn day(w: &mut World) {
    w.advance(86_400);
    for job in ["settle", "collect", "bill"] {
        w.run(&format!("onapp.{job}"), json!({})).unwrap();
    }
}

fn billed() -> World {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-06-01T00:00:00Z", 70_000);
    day(&mut w);
    w
}

fn log(w: &World, code: &str) -> Vec<String> {
    let of_code = w.host.logs.iter().filter(|entry| entry.code == code);
    of_code.map(|entry| entry.text.clone()).collect()
}

#[test]
fn nobody_is_told_to_delete_a_machine_that_moved_when_its_former_client_is_deleted() {
    let mut w = billed();
    moved(&mut w);
    w.run("onapp.client_deleted", json!({ "client_id": "7" })).unwrap();
    assert_eq!(log(&w, "onapp.client_deleted"), Vec::<String>::new());
    w.verb_on("suspend", "17").unwrap();
    w.advance(600);
    w.verb_on("unsuspend", "17").unwrap();
    w.advance(600);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert!(w.living_vms().is_empty());
}

#[test]
fn a_machine_that_moved_and_was_removed_at_the_panel_is_terminated_as_any_other() {
    let mut w = billed();
    let vm = w.vm_of("17");
    moved(&mut w);
    day(&mut w);
    w.panel
        .control("POST", "vm", &json!({ "vm": vm, "action": "delete" }))
        .unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "gone");
}

#[test]
fn a_service_that_moved_and_was_away_for_a_run_is_no_number_given_again() {
    let mut w = billed();
    moved(&mut w);
    day(&mut w);
    let service = w.host.services.remove("17").unwrap();
    day(&mut w);
    w.host.services.insert("17".into(), service);
    w.verb_on("suspend", "17").unwrap();
    w.advance(600);
    w.verb_on("unsuspend", "17").unwrap();
    for _ in 0..40 {
        day(&mut w);
    }
    assert_eq!(w.host.invoices.len(), 1, "{:?}", log(&w, "onapp.number_reused"));
    let invoice = w.host.invoices.values().next().unwrap();
    assert_eq!(
        (&invoice["client_id"], &invoice["status"]),
        (&json!("8"), &json!("Unpaid"))
    );
}

/// The host merges clients 7 and 8: all that 7 had is 8's, and 7 is no more.
fn merged(w: &mut World) {
    moved(w);
    for invoice in w.host.invoices.values_mut() {
        invoice["client_id"] = json!("8");
    }
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    w.host.clients.remove("7");
}

#[test]
fn a_bill_that_was_killed_anywhere_before_its_client_was_merged_is_made_once_for_the_other_one() {
    let due = || {
        let mut w = billed();
        w.host.clients.insert("7".into(), json!({ "id": "7" }));
        w.advance(40 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        w
    };
    let total = {
        let mut w = due();
        w.run("onapp.bill", json!({})).unwrap();
        w.host.invoices.values().next().unwrap()["total"].clone()
    };
    let mut crashes = 0;
    for after in [false, true] {
        for k in 0.. {
            let mut w = due();
            if w.killed_at("onapp.bill", &json!({}), k, after).is_none() {
                assert!(k > 10, "{k}");
                break;
            }
            crashes += 1;
            merged(&mut w);
            w.advance(LATER);
            for _ in 0..3 {
                let said = w.run("onapp.bill", json!({})).unwrap();
                assert_eq!(said["failed"], 0, "op {k}, after: {after}: {:?}", w.host.logs);
            }
            let published: Vec<&Value> = w.host.invoices.values().filter(|i| i["status"] != "Draft").collect();
            let of = |i: &Value| (i["client_id"].clone(), i["total"].clone());
            let all: Vec<_> = published.iter().map(|i| of(i)).collect();
            assert_eq!(all, [(json!("8"), total.clone())], "op {k}, after: {after}");
        }
    }
    assert!(crashes > 20, "{crashes}");
    assert!(due().now() > at("2026-02-01T00:00:00Z"));
}

#[test]
fn a_number_given_again_after_the_last_bill_is_refused_too() {
    let mut w = billed();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    for _ in 0..35 {
        day(&mut w);
    }
    assert_eq!(w.state_of("17"), "done");
    let service = w.host.services.remove("17").unwrap();
    day(&mut w);
    w.host.services.insert("17".into(), service);
    moved(&mut w);
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.number_reused");
    assert!(w.living_vms().is_empty());
}

#[test]
fn a_cron_that_notices_the_move_never_takes_a_claim_from_an_action_under_way() {
    for verb in ["suspend", "unsuspend", "terminate"] {
        let mut places = 0;
        for k in 0.. {
            let mut w = billed();
            if verb == "unsuspend" {
                w.verb_on("suspend", "17").unwrap();
                w.advance(600);
            }
            moved(&mut w);
            let input = w.verb("17");
            let mut runner = Runner::start(&w, &format!("onapp.{verb}"), &input);
            for _ in 0..k {
                if runner.owed.is_some() {
                    runner.answer(&mut w.host);
                }
            }
            if runner.owed.is_none() {
                break;
            }
            places += 1;
            // It may be told that somebody works on the service; the action may not.
            let _ = w.run("onapp.bill", json!({}));
            runner.finish(&mut w.host);
            let (class, told) = runner.ended.clone().unwrap();
            assert_eq!(class, 0, "{verb}, op {k}: {told}");
        }
        assert!(places > 5, "{verb}: {places}");
    }
}

#[test]
fn a_client_does_not_see_a_machine_that_moved_to_another() {
    let mut w = billed();
    w.add_service("18");
    w.verb_on("create", "18").unwrap();
    moved(&mut w);
    day(&mut w);
    let mut input = w.verb("18");
    input["caller"] = json!({ "kind": "client", "client_id": "7", "post": false, "token": false });
    let page = w.run("onapp.machines", input).unwrap()["page"].to_string();
    assert!(page.contains("vm18") && !page.contains("vm17"), "{page}");
}

#[test]
fn a_client_whose_currency_the_host_does_not_know_is_billed_when_it_does() {
    for nothing in [json!([]), json!({}), json!(null)] {
        let mut w = billed();
        let known = w.host.services["17"]["currency"].clone();
        w.host.services.get_mut("17").unwrap()["currency"] = nothing.clone();
        w.advance(40 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        assert_eq!(w.run("onapp.bill", json!({})).unwrap()["failed"], 1, "{nothing}");
        assert!(
            log(&w, "onapp.currency")
                .iter()
                .any(|text| text.contains("currency is not known"))
        );
        w.verb_on("suspend", "17").unwrap();
        w.host.services.get_mut("17").unwrap()["currency"] = known;
        assert_eq!(w.run("onapp.bill", json!({})).unwrap()["failed"], 0);
        assert_eq!(w.host.invoices.len(), 1);
    }
}

/// A month whose sum is below the threshold was carried.
fn carried() -> World {
    let mut w = billed();
    w.host.clients.insert("7".into(), json!({ "id": "7" }));
    let slots = &mut w.host.services.get_mut("17").unwrap()["product"]["options"];
    slots[23] = json!("<threshold>1000000</threshold>");
    w.advance(33 * 86_400);
    day(&mut w);
    let periods = w.host.rows("mod_provisor_periods");
    assert_eq!(periods.len(), 1, "{periods:?}");
    assert_eq!(periods[0]["state"], "carried");
    let slots = &mut w.host.services.get_mut("17").unwrap()["product"]["options"];
    slots[23] = json!("");
    w
}

#[test]
fn what_was_carried_for_a_client_who_was_merged_stands_on_the_other_ones_bill() {
    let mut w = carried();
    merged(&mut w);
    w.advance(31 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    let said = w.run("onapp.bill", json!({})).unwrap();
    assert_eq!((&said["failed"], &said["parked"]), (&json!(0), &json!(0)), "{said}");
    let invoices: Vec<&Value> = w.host.invoices.values().collect();
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["client_id"], "8");
    let text = invoices[0]["lines"].to_string();
    assert_eq!(invoices[0]["lines"].as_array().unwrap().len(), 2, "both months: {text}");
}

#[test]
fn what_was_carried_for_a_client_who_gave_the_service_away_is_set_aside_and_the_cron_says_so() {
    let mut w = carried();
    moved(&mut w);
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    w.advance(31 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    let said = w.run("onapp.bill", json!({})).unwrap();
    assert_eq!((&said["failed"], &said["parked"]), (&json!(1), &json!(1)), "{said}");
    assert_eq!(log(&w, "onapp.client_changed").len(), 1);
    let said = w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(said["failed"], json!(0), "once: {said}");
}

#[test]
fn a_period_is_invoiced_to_the_client_it_was_planned_for_whatever_the_next_one_pays_in() {
    let mut planned = 0;
    for k in 0.. {
        let mut w = billed();
        w.host.clients.insert("7".into(), json!({ "id": "7" }));
        w.advance(40 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        if w.killed_at("onapp.bill", &json!({}), k, false).is_none() {
            break;
        }
        let open = w.host.rows("mod_provisor_periods").len() == 1;
        moved(&mut w);
        w.host.clients.insert("8".into(), json!({ "id": "8" }));
        w.host.services.get_mut("17").unwrap()["currency"]["code"] = json!("EUR");
        w.advance(LATER);
        let said = w.run("onapp.bill", json!({})).unwrap();
        if open {
            planned += 1;
            assert_eq!(said["parked"], 0, "op {k}: {:?}", w.host.logs);
            let published: Vec<&Value> = w.host.invoices.values().filter(|i| i["status"] != "Draft").collect();
            assert_eq!(published.len(), 1, "op {k}");
            assert_eq!(published[0]["client_id"], "7", "op {k}");
        }
    }
    assert!(planned > 3, "{planned}");
}
