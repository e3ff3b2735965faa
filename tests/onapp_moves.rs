//! A service that moves to another client, by hand or because two clients are merged: it is served and billed on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{LATER, Runner, World, at, enumerate};
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
    let amounts = |invoice: &Value| -> Vec<Value> {
        let lines = invoice["lines"].as_array().unwrap();
        lines.iter().map(|line| line["amount"].clone()).collect()
    };
    let sum = {
        let mut w = due();
        w.run("onapp.bill", json!({})).unwrap();
        amounts(w.host.invoices.values().next().unwrap())
    };
    // All hours of 31 days but the first, of 70 000 KB each, above 1000 MB, at 0.02 per MB.
    assert_eq!(sum, [json!("995.82")]);
    let mut crashes = 0;
    let fresh = due();
    for after in [false, true] {
        for k in 0.. {
            let mut w = fresh.copy();
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
            let of = |i: &Value| (i["client_id"].clone(), amounts(i));
            let all: Vec<_> = published.iter().map(|i| of(i)).collect();
            assert_eq!(all, [(json!("8"), sum.clone())], "op {k}, after: {after}");
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
fn a_cron_that_notices_a_move_or_another_address_never_takes_a_claim_from_an_action_under_way() {
    for verb in ["suspend", "unsuspend", "terminate"] {
        let mut places = 0;
        let mut fresh = billed();
        if verb == "unsuspend" {
            fresh.verb_on("suspend", "17").unwrap();
            fresh.advance(600);
        }
        moved(&mut fresh);
        fresh.host.servers.get_mut("1").unwrap()["hostname"] = json!("127.0.0.1");
        fresh.advance(7200);
        for k in 0.. {
            let mut w = fresh.copy();
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
            // They may be told that somebody works on the service; the action may not.
            for cron in ["collect", "settle", "bill"] {
                let _ = w.run(&format!("onapp.{cron}"), json!({}));
            }
            runner.finish(&mut w.host);
            let (class, told) = runner.ended.clone().unwrap();
            assert_eq!(class, 0, "{verb}, op {k}: {told}");
            assert_eq!(
                w.host.rows("mod_provisor_services")[0]["claim_holder"],
                json!(null),
                "{verb}, op {k}"
            );
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

/// The next request for a machine fails: the panel made one or not, and nobody is told.
fn lost(w: &mut World, fault: &str) {
    let made = fault == "reset_after";
    let mut rules = vec![json!({ "kind": fault, "processed": made, "nth": 1,
                                 "match": { "method": "POST", "path_prefix": "/virtual_machines" } })];
    if made {
        // Nor is it listed at once.
        let listing = json!({ "method": "GET", "path_prefix": "/users", "path_contains": "/virtual_machines.json" });
        rules.push(json!({ "kind": "html_500", "processed": false, "match": listing }));
    }
    w.panel.faults(&json!(rules)).unwrap();
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.create_unknown");
    w.panel.faults(&json!([])).unwrap();
    w.advance(LATER);
}

/// A service of client 7 whose Create failed so, and which is client 8's since.
fn moved_unfinished(fault: &str) -> World {
    let mut w = World::new();
    w.add_service("17");
    lost(&mut w, fault);
    moved(&mut w);
    w
}

fn user_of(w: &World, client: &str) -> u64 {
    let rows = w.host.rows("tblonappclients");
    let row = rows.iter().find(|row| row["client_id"] == json!(client)).unwrap();
    row["onapp_user_id"].as_str().unwrap().parse().unwrap()
}

fn settled(w: &mut World) {
    for _ in 0..3 {
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
}

/// The users of the living machines, and whose machine it is on record.
fn whose(w: &World) -> (Vec<u64>, Value) {
    let owners = w
        .living_vms()
        .iter()
        .map(|vm| vm["user_id"].as_u64().unwrap())
        .collect();
    (
        owners,
        w.host.rows("mod_provisor_services").last().unwrap()["client_id"].clone(),
    )
}

#[test]
fn a_create_pressed_again_after_the_move_makes_one_machine_for_the_new_client_whatever_is_lost() {
    for fault in ["reset_before", "html_500"] {
        let mut w = moved_unfinished(fault);
        w.verb_on("create", "17").unwrap();
        settled(&mut w);
        assert_eq!(whose(&w), (vec![user_of(&w, "8")], json!("8")), "{fault}");
        for again in ["create", "terminate"] {
            let mut w = moved_unfinished(fault);
            lost(&mut w, "reset_after");
            w.verb_on(again, "17").unwrap();
            settled(&mut w);
            if again == "create" {
                assert_eq!(whose(&w), (vec![user_of(&w, "8")], json!("8")), "{fault}");
                w.verb_on("terminate", "17").unwrap();
                settled(&mut w);
            }
            assert_eq!(
                (w.living_vms().len(), w.state_of("17")),
                (0, "gone".into()),
                "{fault}, {again}"
            );
        }
    }
}

#[test]
fn a_machine_that_was_made_for_the_former_client_is_found_after_the_move_and_stays_with_its_user() {
    for again in ["create", "terminate"] {
        let mut w = moved_unfinished("reset_after");
        w.run("onapp.settle", json!({})).unwrap();
        let told = log(&w, "onapp.create_unfinished");
        assert!(told.len() == 1 && told[0].contains("VM 1"), "{told:?}");
        w.verb_on(again, "17").unwrap();
        settled(&mut w);
        if again == "create" {
            assert_eq!(whose(&w), (vec![user_of(&w, "7")], json!("7")));
        } else {
            assert_eq!((w.living_vms().len(), w.state_of("17")), (0, "gone".into()));
        }
    }
}

/// The machine of service 17, of client 7 when it was ordered and 8's since, was made as the server's user, because the
/// OnApp user of one of them has another password than the one on record.
fn made_by_the_servers_user(locked: &str, fault: &str) -> World {
    let mut w = World::new();
    for (id, client, email) in [("18", "8", "eve@example.com"), ("19", "7", "ada@example.com")] {
        w.add_service(id);
        let service = w.host.services.get_mut(id).unwrap();
        service["client_id"] = json!(client);
        service["client"] = json!({ "id": client, "email": email, "first_name": "E", "last_name": "" });
        w.verb_on("create", id).unwrap();
    }
    settled(&mut w);
    let body = json!({ "user": { "password": "Their-own-9!", "password_confirmation": "Their-own-9!" } });
    let path = format!("/users/{}.json", user_of(&w, locked));
    let (status, _, answer) = w.panel.call("PUT", &path, Some(&body));
    assert!((200..300).contains(&status), "{status} {answer}");
    w.add_service("17");
    lost(&mut w, fault);
    moved(&mut w);
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w
}

/// Who has the machine of service 17 at OnApp and on record, its state, and how many machines there are.
fn of_17(w: &World) -> Value {
    let vm = w.vm_of("17");
    let there = w
        .living_vms()
        .into_iter()
        .find(|there| there["id"] == json!(vm))
        .unwrap();
    let rows = w.host.rows("mod_provisor_services");
    let row = rows.iter().find(|row| row["service_id"] == json!("17")).unwrap();
    json!([there["user_id"], row["client_id"], row["state"], w.living_vms().len()])
}

#[test]
fn a_machine_that_the_servers_user_made_is_handed_to_the_client_who_has_the_service() {
    for (locked, fault) in [("8", "reset_before"), ("7", "reset_after")] {
        let mut w = made_by_the_servers_user(locked, fault);
        settled(&mut w);
        let expected = json!([user_of(&w, "8"), "8", "ready", 3]);
        assert_eq!(of_17(&w), expected, "{locked}, {fault}: {:?}", w.host.logs);
    }
}

#[test]
fn a_machine_is_handed_over_after_a_move_wherever_settle_is_killed() {
    let crashes = enumerate(
        || made_by_the_servers_user("7", "reset_after"),
        "onapp.settle",
        |_| json!({}),
        settled,
        |w| {
            assert_eq!(of_17(w)[0], json!(user_of(w, "8")));
            of_17(w)
        },
    );
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn a_create_after_the_move_killed_around_every_op_leaves_one_machine_or_none_where_it_is_terminated() {
    for verb in ["create", "terminate"] {
        let crashes = enumerate(
            || moved_unfinished("html_500"),
            "onapp.create",
            |w| w.verb("17"),
            |w| {
                for _ in 0..4 {
                    if w.verb_on(verb, "17").is_ok() {
                        break;
                    }
                    w.advance(LATER);
                }
                settled(w);
            },
            |w| {
                let (owners, client) = whose(w);
                let hers = owners.iter().all(|owner| *owner == user_of(w, "8"));
                let client = (!owners.is_empty()).then_some(client);
                json!([owners.len(), hers, client, w.state_of("17")])
            },
        );
        assert!(crashes > 20, "{crashes}");
    }
}

/// Clients 7 and 8 are merged, 8 has the address that 7 had, and orders service 18.
fn merged_with_the_address() -> World {
    let mut w = World::new();
    w.host.clients.insert("7".into(), json!({ "id": "7" }));
    w = w.with_ready_vm("17");
    merged(&mut w);
    w.add_service("18");
    for id in ["17", "18"] {
        let service = w.host.services.get_mut(id).unwrap();
        service["client_id"] = json!("8");
        service["client"] = json!({ "id": "8", "email": "ada@example.com", "first_name": "Ada", "last_name": "L" });
    }
    w
}

#[test]
fn the_client_who_is_left_of_two_has_the_other_ones_onapp_user_with_the_address() {
    let mut w = merged_with_the_address();
    w.verb_on("create", "18").unwrap();
    settled(&mut w);
    let user = json!(user_of(&w, "7"));
    assert_eq!(json!(user_of(&w, "8")), user);
    assert!(w.living_vms().iter().all(|vm| vm["user_id"] == user));
    for verb in ["suspend", "unsuspend", "terminate"] {
        for id in ["17", "18"] {
            w.verb_on(verb, id).unwrap();
        }
        w.advance(900);
    }
    settled(&mut w);
    assert!(w.living_vms().is_empty());
}

#[test]
fn an_order_after_a_merge_killed_around_every_op_makes_one_machine_and_no_user() {
    let crashes = enumerate(
        merged_with_the_address,
        "onapp.create",
        |w| w.verb("18"),
        |w| {
            while w.verb_on("create", "18").is_err() {
                w.advance(LATER);
            }
            settled(w);
        },
        |w| {
            let users = w.panel.state()["users"].as_array().unwrap().len();
            let intents = w.host.rows("mod_provisor_user_intents").len();
            json!([
                w.living_vms().len(),
                users,
                intents,
                user_of(w, "8") == user_of(w, "7"),
                w.state_of("18")
            ])
        },
    );
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn an_address_alone_gives_nobody_the_onapp_user_of_another_client() {
    let still_there = |w: &mut World| drop(w.host.clients.insert("7".into(), json!({ "id": "7" })));
    let deleted = |w: &mut World| drop(w.host.services.remove("17"));
    let of_a_third = |w: &mut World| w.host.services.get_mut("17").unwrap()["client_id"] = json!("9");
    let ways: [&dyn Fn(&mut World); 3] = [&still_there, &deleted, &of_a_third];
    for way in ways {
        let mut w = merged_with_the_address();
        way(&mut w);
        let refused = w.verb_on("create", "18").unwrap_err();
        assert_eq!(refused.code, "onapp.login_taken");
        // The cure, to the letter.
        assert!(
            refused.message.contains("enter another e-mail address of the client"),
            "{refused:?}"
        );
        let email =
            |w: &mut World, email: &str| w.host.services.get_mut("18").unwrap()["client"]["email"] = json!(email);
        email(&mut w, "ada.l@example.com");
        w.verb_on("create", "18").unwrap();
        email(&mut w, "ada@example.com");
        settled(&mut w);
        assert_ne!(user_of(&w, "8"), user_of(&w, "7"));
        w.verb_on("terminate", "18").unwrap();
    }
}

#[test]
fn a_machine_that_came_with_a_merge_and_moved_on_is_not_shown_any_more() {
    let mut w = merged_with_the_address();
    w.verb_on("create", "18").unwrap();
    settled(&mut w);
    let page = |w: &mut World| {
        let mut input = w.verb("18");
        input["caller"] = json!({ "kind": "client", "client_id": "8", "post": false, "token": false });
        w.run("onapp.machines", input).unwrap()["page"].to_string()
    };
    let both = page(&mut w);
    assert!(both.contains("vm18") && both.contains("vm17"), "{both}");
    let service = w.host.services.get_mut("17").unwrap();
    service["client_id"] = json!("9");
    service["client"] = json!({ "id": "9", "email": "nina@example.com", "first_name": "Nina", "last_name": "" });
    day(&mut w);
    let one = page(&mut w);
    assert!(one.contains("vm18") && !one.contains("vm17"), "{one}");
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
    let mut fresh = billed();
    fresh.host.clients.insert("7".into(), json!({ "id": "7" }));
    fresh.advance(40 * 86_400);
    fresh.run("onapp.collect", json!({})).unwrap();
    let mut planned = 0;
    for k in 0.. {
        let mut w = fresh.copy();
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

/// Orders more memory for service 17 and says what became of it.
fn upgraded(w: &mut World) -> (String, Value) {
    w.host.services.get_mut("17").unwrap()["product"]["options"][2] = json!("3072");
    let mut dry = w.verb("17");
    dry["dry_run"] = json!(true);
    let shown = w.run("onapp.change_package", dry).unwrap();
    assert_eq!(shown["refused"], "", "{shown}");
    w.verb_on("change_package", "17").unwrap();
    for _ in 0..6 {
        w.advance(LATER);
        w.run("onapp.settle", json!({})).unwrap();
    }
    let id = w.vm_of("17");
    let vm = w.living_vms().into_iter().find(|vm| vm["id"] == json!(id)).unwrap();
    (w.state_of("17"), vm["memory"].clone())
}

#[test]
fn a_machine_that_moved_is_upgraded_with_the_two_roles_of_the_vendors_guide_whoever_has_it_now() {
    for has_a_user in [true, false] {
        let mut w = billed();
        if has_a_user {
            w.add_service("18");
            let service = w.host.services.get_mut("18").unwrap();
            service["client_id"] = json!("8");
            service["client"] = json!({ "id": "8", "email": "eve@example.com", "first_name": "Eve", "last_name": "" });
            w.verb_on("create", "18").unwrap();
        }
        moved(&mut w);
        day(&mut w);
        assert_eq!(upgraded(&mut w), ("ready".to_owned(), json!(3072)), "{:?}", w.host.logs);
    }
}

#[test]
fn the_list_of_a_client_shows_a_machine_that_came_to_it_live_with_its_switch_and_nothing_else_of_its_former_client() {
    let mut w = billed();
    for (id, client, email) in [("18", "8", "eve@example.com"), ("19", "7", "ada@example.com")] {
        w.add_service(id);
        let service = w.host.services.get_mut(id).unwrap();
        service["client_id"] = json!(client);
        service["client"] = json!({ "id": client, "email": email, "first_name": "", "last_name": "" });
        w.verb_on("create", id).unwrap();
    }
    settled(&mut w);
    moved(&mut w);
    for id in ["17", "18", "19"] {
        w.host.services.get_mut(id).unwrap()["status"] = json!("Active");
    }
    day(&mut w);
    let items = |w: &mut World| -> Vec<Value> {
        let mut input = w.verb("18");
        input["caller"] = json!({ "kind": "client", "client_id": "8", "post": false, "token": false });
        let page = w.run("onapp.machines", input).unwrap()["page"].clone();
        page["sections"][0]["items"].as_array().unwrap().clone()
    };
    let before = w.panel.requests().len();
    let shown = items(&mut w);
    // A list of each user's; a second page proves the end of one.
    assert!(w.panel.requests().len() - before <= 4);
    let services: Vec<&str> = shown.iter().map(|item| item["service"].as_str().unwrap()).collect();
    assert_eq!(services, ["17", "18"]);
    for item in &shown {
        assert_eq!(item["buttons"][0]["action"]["name"], "shutdown", "{item}");
    }
    let vm = w.vm_of("17");
    let stop = json!({ "action": "change", "vm": vm, "booted": false });
    w.panel.control("POST", "vm", &stop).unwrap();
    let shown = items(&mut w);
    assert_eq!(shown[0]["buttons"][0]["action"]["name"], "start", "{}", shown[0]);
}

#[test]
fn a_machine_is_on_the_list_of_who_has_its_service_before_any_run_noted_the_move_and_back() {
    let mut w = billed();
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    let mut second = w.host.services["17"].clone();
    (second["id"], second["client_id"]) = (json!("20"), json!("7"));
    w.host.services.insert("20".into(), second);
    let items = |w: &mut World| -> Vec<Value> {
        let mut input = w.verb("20");
        input["caller"] = json!({ "kind": "client", "client_id": "7", "post": false, "token": false });
        let page = w.run("onapp.machines", input).unwrap()["page"].clone();
        page["sections"][0]["items"].as_array().unwrap().clone()
    };
    let has_switch = |shown: &[Value]| {
        let own = shown.iter().find(|item| item["service"] == "17").unwrap();
        own["buttons"][0]["action"]["name"] == "shutdown"
    };
    assert!(has_switch(&items(&mut w)));
    moved(&mut w);
    let shown = items(&mut w);
    assert_eq!(shown.len(), 1, "the one without a machine: {shown:?}");
    day(&mut w);
    assert_eq!(items(&mut w).len(), 1);
    // A record that cannot be read takes nobody's list away, and a deleted service gives its machine back to nobody.
    let whole = w.host.services["17"].clone();
    w.host.services.get_mut("17").unwrap()["currency"] = json!({ "code": 5 });
    assert_eq!(items(&mut w).len(), 1);
    w.host.services.remove("17");
    assert_eq!(items(&mut w).len(), 1);
    w.host.services.insert("17".into(), whole);
    w.host.services.get_mut("17").unwrap()["client_id"] = json!("7");
    assert!(has_switch(&items(&mut w)));
}
