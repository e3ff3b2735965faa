//! Which machine the old module gave to a service, at which server, and whose it is by now: services that moved, servers that
//! are entered wrongly, two services that name one machine. Nothing is billed, touched or called gone on a guess.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod old_installation;

use common::World;
use old_installation::{
    HOURLY, as_server_2, cents, crons, crons_until, days, first_collection_refused, invoiced, listed, moved,
    old_installation, old_invoice, ours, page, pair, put, refusals, strangers, takeover, to, to_client_8, with_double,
    with_healthy_neighbour, with_second_cloud, with_second_server,
};
use provisor::host::Port;
use serde_json::{Value, json};

/// This service alone was billed, once.
fn billed_alone(w: &World, service: &str) {
    let bills = ours(w);
    assert_eq!(bills.len(), 1, "{:?}", w.host.logs);
    let marker = bills[0]["notes"].as_str().unwrap();
    assert!(marker.starts_with(&format!("[onapp-{service}-")), "{bills:?}");
}

#[test]
fn a_machine_of_the_old_module_whose_service_moves_to_another_client_is_served_on() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut w, "2026-02-15T12:00:00Z");
    crons_until(&mut w, "2026-02-16T12:00:00Z");
    let service = w.host.services.get_mut("17").unwrap();
    service["client_id"] = json!("8");
    service["client"] = json!({ "id": "8", "email": "eve@example.com", "first_name": "Eve", "last_name": "" });
    w.verb_on("suspend", "17").unwrap();
    w.advance(900);
    w.verb_on("unsuspend", "17").unwrap();
    w.advance(900);
    w.verb_on("create", "17").unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert!(w.living_vms().is_empty());
}

#[test]
fn an_old_service_that_moved_or_whose_client_was_merged_before_the_switch_is_billed_and_served_on() {
    for way in ["moved", "merged", "moved, and moved back after the take-over"] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        w.host.clients.insert("8".into(), json!({ "id": "8" }));
        if way != "merged" {
            w.host.clients.insert("7".into(), json!({ "id": "7" }));
        }
        let before = w.host.services["17"].clone();
        to_client_8(&mut w, before.clone());
        to(&mut w, "2026-02-15T12:00:00Z");
        crons(&mut w);
        if way.ends_with("take-over") {
            w.host.services.insert("17".into(), before);
        }
        crons_until(&mut w, "2026-03-06T02:00:00Z");
        assert_eq!(
            invoiced(&w),
            [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))],
            "{way}"
        );
        w.verb_on("suspend", "17").unwrap();
        w.advance(900);
        w.verb_on("unsuspend", "17").unwrap();
        w.advance(900);
        w.verb_on("terminate", "17").unwrap();
        w.advance(900);
        assert!(w.living_vms().is_empty(), "{way}");
    }
}

#[test]
fn an_old_service_that_moved_is_acted_on_before_any_collection_too() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let before = w.host.services["17"].clone();
    to_client_8(&mut w, before);
    to(&mut w, "2026-02-15T12:00:00Z");
    w.verb_on("suspend", "17").unwrap();
    w.advance(900);
    assert_eq!(w.living_vms()[0]["suspended"], true);
    w.verb_on("unsuspend", "17").unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(invoiced(&w), [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))]);
}

#[test]
fn an_old_service_that_moved_gets_no_machine_of_another_name_until_staff_said_that_it_is_its_own() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let mut moved = w.host.services["17"].clone();
    moved["domain"] = json!("other.example.com");
    to_client_8(&mut w, moved);
    to(&mut w, "2026-02-15T12:00:00Z");
    crons(&mut w);
    let told = w
        .host
        .logs
        .iter()
        .find(|line| line.code == "onapp.vm_not_ours")
        .unwrap();
    let way_out = "write provisor-service-17 into its admin note";
    assert!(told.text.contains(way_out), "{}", told.text);
    assert_eq!(w.verb_on("suspend", "17").unwrap_err().code, "onapp.vm_not_ours");
    let noted = json!({ "vm": w.vm_of("17"), "action": "change", "admin_note": "provisor-service-17" });
    w.panel.control("POST", "vm", &noted).unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(invoiced(&w), [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))]);
}

#[test]
fn an_old_machine_that_staff_gave_to_the_new_clients_user_after_a_move_is_that_clients() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_healthy_neighbour(&mut w); // Client 8 has an OnApp user, 30 is its service.
    to(&mut w, "2026-02-15T12:00:00Z");
    crons(&mut w);
    let before = w.host.services["17"].clone();
    to_client_8(&mut w, before);
    let users = w.host.rows("tblonappclients");
    let of_8 = users.iter().find(|row| row["client_id"] == "8").unwrap()["onapp_user_id"].clone();
    let given = json!({ "vm": w.vm_of("17"), "action": "change", "user_id": of_8 });
    w.panel.control("POST", "vm", &given).unwrap();
    w.verb_on("suspend", "17").unwrap();
    w.advance(900);
    w.verb_on("unsuspend", "17").unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert!(invoiced(&w).contains(&pair("2026-02-01T00:00:00Z", cents(days(31), 1000))));
}

#[test]
fn an_old_machine_is_looked_for_at_its_services_own_server_and_a_wrong_one_can_be_corrected() {
    let server_of = |w: &World| w.host.rows("mod_provisor_services")[0]["server_id"].clone();
    // The product was pointed at another cloud since, for new orders.
    for (shown, slot) in [("1", "2"), ("1", ""), ("1", "1")] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        with_second_server(&mut w);
        let service = w.host.services.get_mut("17").unwrap();
        service["server_id"] = json!(shown);
        service["product"]["options"][0] = json!(slot);
        to(&mut w, "2026-02-20T01:00:00Z");
        let list = takeover(&mut w, "");
        assert_eq!((&list["servers"], &list["left"]), (&json!([]), &json!([])), "{list}");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(server_of(&w), "1", "{shown}, {slot}");
        assert_eq!(invoiced(&w).len(), 1, "{shown}, {slot}: {:?}", w.host.logs);
    }
    // Before any cron, too.
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_second_server(&mut w);
    let mut input = w.verb("17");
    input["options"][0] = json!("2");
    w.run("onapp.suspend", input).unwrap();
    assert_eq!(w.living_vms()[0]["suspended"], true);
    // The service shows the wrong one, and staff correct it after the take-over.
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_second_server(&mut w);
    w.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
    to(&mut w, "2026-02-20T01:00:00Z");
    crons(&mut w);
    assert_eq!(server_of(&w), "2");
    w.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    assert_eq!(server_of(&w), "1");
    assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
    // Corrected, and terminated before any collection: the machine is deleted where it is.
    let mut gone = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_second_server(&mut gone);
    gone.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
    to(&mut gone, "2026-02-20T01:00:00Z");
    crons(&mut gone);
    gone.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
    gone.verb_on("terminate", "17").unwrap();
    gone.advance(900);
    crons(&mut gone);
    assert!(gone.living_vms().is_empty(), "{:?}", gone.host.logs);
    // A machine that was seen at its server stays there, whatever the service shows later.
    w.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
    crons(&mut w);
    assert_eq!(server_of(&w), "1");
}

#[test]
fn an_old_machine_is_not_gone_at_a_cloud_where_only_others_machines_are() {
    // The client is known at the other cloud; or nowhere, and there are two clouds.
    for known in [true, false] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let second = with_second_cloud(&mut w);
        if !known {
            let key = json!({ "server_id": "1", "client_id": "7" });
            let forget = json!([{ "kind": "delete", "table": "tblonappclients", "key": key }]);
            w.host
                .answer("apply", &json!({ "token": "forget", "changes": forget }))
                .unwrap();
            // Client 9 has one at the first cloud.
            w.host.services.insert("30".into(), w.host.services["17"].clone());
            let other = w.host.services.get_mut("30").unwrap();
            (other["id"], other["client_id"]) = (json!("30"), json!("9"));
            let map = json!([{ "kind": "put", "table": "tblonappservices", "values": { "service_id": "30", "vm_id": "900" } }]);
            w.host
                .answer("apply", &json!({ "token": "other", "changes": map }))
                .unwrap();
        }
        w.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
        to(&mut w, "2026-02-20T01:00:00Z");
        crons(&mut w);
        let said = |w: &World, code: &str| w.host.logs.iter().filter(|log| log.code == code).count();
        assert_eq!(said(&w, "onapp.vm_gone"), 0, "{:?}", w.host.logs);
        let all: Vec<_> = w
            .host
            .logs
            .iter()
            .filter(|log| log.code == "onapp.other_panel")
            .collect();
        assert!(
            all.iter().any(|log| log.text.contains("correct the service's server")),
            "{:?}",
            w.host.logs
        );
        for verb in ["create", "terminate"] {
            assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.other_panel", "{verb}");
        }
        assert_eq!((w.living_vms().len(), second.living_vms().len()), (1, 1));
        if known {
            // Corrected, and Create pressed before any cron: the machine is found, and no second one made.
            w.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
            w.verb_on("create", "17").unwrap();
            assert_eq!((w.living_vms().len(), second.living_vms().len()), (1, 1));
            crons_until(&mut w, "2026-03-10T00:00:00Z");
            assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
        }
    }
}

#[test]
fn an_old_machine_that_was_deleted_with_its_user_is_gone_where_its_client_is_on_record() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    let second = with_second_cloud(&mut w);
    // The mapping of a former machine at the second cloud; its user is on record there.
    let map = json!([{ "kind": "put", "table": "tblonappservices", "values": { "service_id": "42", "vm_id": "777" } },
        { "kind": "put", "table": "tblonappclients", "values": { "server_id": "2", "client_id": "9", "onapp_user_id": "555",
          "password": { "secret": "x" }, "email": "gone@example.com" } }]);
    w.host
        .answer("apply", &json!({ "token": "other", "changes": map }))
        .unwrap();
    let mut service = w.host.services["41"].clone();
    (service["id"], service["client_id"], service["client"]["id"]) = (json!("42"), json!("9"), json!("9"));
    w.host.services.insert("42".into(), service);
    to(&mut w, "2026-02-20T01:00:00Z");
    crons(&mut w);
    w.verb_on("terminate", "42").unwrap();
    assert_eq!((w.living_vms().len(), second.living_vms().len()), (1, 1));
}

#[test]
fn two_old_services_that_name_one_machine_are_neither_billed_nor_touched_until_staff_said_whose_it_is() {
    let mut w = with_double();
    to(&mut w, "2026-02-20T01:00:00Z");
    for service in ["17", "18"] {
        assert_eq!(refusals(&mut w, service), ["onapp.take_over_shared"; 4]);
    }
    for _ in 0..3 {
        crons(&mut w);
    }
    let told = |w: &World| {
        w.host
            .logs
            .iter()
            .filter(|log| log.code == "onapp.take_over_shared")
            .count()
    };
    assert_eq!(told(&w), 2, "each is told once a day");
    let left = takeover(&mut w, "")["left"].to_string();
    assert!(
        left.contains("also that of service 18") && left.contains("also that of service 17"),
        "{left}"
    );
    to(&mut w, "2026-02-27T00:00:00Z");
    crons(&mut w);
    w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
    assert_eq!(refusals(&mut w, "18"), ["onapp.take_over_left"; 4]);
    // A mapping that is written later names a machine that has its service.
    w.host.services.get_mut("18").unwrap()["status"] = json!("Active");
    assert_eq!(refusals(&mut w, "18"), ["onapp.take_over_shared"; 4]);
    w.verb_on("terminate", "17").unwrap();
}

#[test]
fn no_way_of_correcting_servers_gives_a_machine_to_a_second_service() {
    for collected in [false, true] {
        let mut w = with_double();
        with_second_server(&mut w);
        to(&mut w, "2026-02-20T01:00:00Z");
        if collected {
            crons(&mut w);
        }
        w.host.services.get_mut("18").unwrap()["server_id"] = json!("2");
        crons(&mut w);
        w.host.services.get_mut("18").unwrap()["server_id"] = json!("1");
        assert_eq!(w.verb_on("terminate", "18").unwrap_err().code, "onapp.take_over_shared");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
        for verb in ["terminate", "create"] {
            assert_eq!(
                w.verb_on(verb, "18").unwrap_err().code,
                "onapp.take_over_shared",
                "{verb}"
            );
        }
        assert_eq!(w.living_vms().len(), 1);
    }
    // One cloud under two server records that lead to one address.
    for (first_ip, hostname, ip, port) in [
        ("", "localhost", "", ""),
        ("", "localhost", "", "443"),
        ("", "https://LOCALHOST/", "", ""),
        ("127.0.0.1", "localhost", "", ""),
        ("", "localhost", "127.0.0.1", ""),
        ("127.0.0.1", "", "127.0.0.1", ""),
    ] {
        let mut w = with_double();
        w.host.servers.get_mut("1").unwrap()["ip"] = json!(first_ip);
        w.host.servers.insert("2".into(), w.host.servers["1"].clone());
        let second = w.host.servers.get_mut("2").unwrap();
        (second["id"], second["hostname"], second["port"]) = (json!("2"), json!(hostname), json!(port));
        second["ip"] = json!(ip);
        w.host.services.get_mut("18").unwrap()["server_id"] = json!("2");
        let mut user = w.host.rows("tblonappclients")[0].clone();
        user.insert("server_id".into(), json!("2"));
        put(&mut w, "tblonappclients", json!(user));
        to(&mut w, "2026-02-20T01:00:00Z");
        crons(&mut w);
        assert_eq!(
            refusals(&mut w, "18"),
            ["onapp.take_over_shared"; 4],
            "{hostname} {port}"
        );
        w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
        assert_eq!(refusals(&mut w, "18"), ["onapp.take_over_left"; 4]);
    }
}

#[test]
fn a_machine_is_judged_by_the_server_and_the_client_it_is_seen_with_whatever_the_service_shows_by_then() {
    for merged in [false, true] {
        let mut w = with_double();
        with_second_server(&mut w);
        w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
        let password = first_collection_refused(&mut w);
        w.host.servers.get_mut("1").unwrap()["password"] = password;
        // Staff change their mind, and do what the message says.
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        w.host.services.get_mut("18").unwrap()["server_id"] = json!("2");
        if merged {
            w.host.services.get_mut("18").unwrap()["client_id"] = json!("70");
        }
        for verb in ["suspend", "unsuspend"] {
            assert_eq!(
                w.verb_on(verb, "18").unwrap_err().code,
                "onapp.take_over_shared",
                "{verb}"
            );
        }
        assert_eq!(w.living_vms()[0]["suspended"], json!(false));
        w.advance(3600);
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        billed_alone(&w, "17");
    }
}

#[test]
fn a_double_that_was_deleted_in_the_billing_panel_before_its_machine_was_seen_does_not_get_it() {
    let mut w = with_double();
    w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
    let password = first_collection_refused(&mut w);
    w.host.services.remove("17");
    w.host.services.get_mut("18").unwrap()["status"] = json!("Active");
    w.host.servers.get_mut("1").unwrap()["password"] = password;
    w.advance(3600);
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    billed_alone(&w, "18");
}

#[test]
fn a_double_that_is_turned_round_before_its_machine_was_seen_has_the_last_word() {
    let mut w = with_double();
    w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
    let password = first_collection_refused(&mut w);
    w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
    w.host.services.get_mut("18").unwrap()["status"] = json!("Active");
    w.advance(3600);
    crons(&mut w);
    w.host.servers.get_mut("1").unwrap()["password"] = password;
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    billed_alone(&w, "18");
    assert!(w.verb_on("terminate", "17").is_err());
    assert_eq!(w.living_vms().len(), 1);
}

#[test]
fn the_name_of_a_cloud_that_was_given_up_may_lead_to_another_one_with_the_same_ids() {
    for is_deleted in [false, true] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let second = World::new().with_ready_vm("41");
        let vm = second.vm_of("41");
        second.traffic(vm, "2026-01-01T00:00:00Z", "2026-06-30T00:00:00Z", HOURLY);
        assert_eq!(vm, w.vm_of("17"));
        as_server_2(&mut w, &second, "8");
        to(&mut w, "2026-02-20T01:00:00Z");
        second.panel.advance((w.now() - second.panel.now()).num_seconds());
        crons(&mut w);
        // Both were seen, each at its own cloud. The first is switched off, and its name is the second one's from now on.
        w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
        if is_deleted {
            w.host.services.remove("17");
        }
        w.env.transport = std::sync::Arc::new(common::transport(second.panel.clone()));
        let hostname = w
            .host
            .servers
            .get("1")
            .map_or(json!("localhost"), |first| first["hostname"].clone());
        w.host.servers.get_mut("2").unwrap()["hostname"] = hostname;
        for _ in 0..10 {
            w.advance(2 * 86_400);
            second.panel.advance(2 * 86_400);
            crons(&mut w);
        }
        let billed = ours(&w)
            .iter()
            .filter(|one| one["notes"].as_str().unwrap().starts_with("[onapp-41-"))
            .count();
        assert_eq!(billed, 1, "{:?}", w.host.logs);
        w.verb_on("suspend", "41").unwrap();
    }
}

#[test]
fn two_old_services_that_are_both_over_and_name_one_machine_are_not_billed_until_one_is_active() {
    let mut w = with_double();
    w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
    w.host.services.get_mut("18").unwrap()["status"] = json!("Terminated");
    to(&mut w, "2026-02-20T01:00:00Z");
    crons(&mut w);
    assert_eq!(w.host.rows("mod_provisor_services").len(), 0);
    for service in ["17", "18"] {
        assert_eq!(refusals(&mut w, service), ["onapp.take_over_shared"; 4]);
    }
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
}

#[test]
fn a_service_that_names_another_owners_machine_keeps_nothing_from_the_one_that_has_it() {
    for over in ["17", "18"] {
        let mut w = with_double();
        let service = w.host.services.get_mut("18").unwrap();
        (service["client_id"], service["client"]["id"]) = (json!("8"), json!("8"));
        service["client"]["email"] = json!("eve@example.com");
        to(&mut w, "2026-02-20T01:00:00Z");
        // Staff take the wrong one for the one that is over, and turn it round.
        w.host.services.get_mut(over).unwrap()["status"] = json!("Cancelled");
        crons(&mut w);
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
        assert_eq!(w.verb_on("terminate", "18").unwrap_err().code, "onapp.vm_not_ours");
        w.verb_on("suspend", "17").unwrap();
        w.advance(300);
        w.verb_on("terminate", "17").unwrap();
    }
}

#[test]
fn an_old_machine_of_an_id_that_another_service_has_at_the_server_shown_is_looked_for_when_the_server_is_corrected() {
    for collected in [false, true] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let second = World::new().with_ready_vm("41");
        assert_eq!(second.vm_of("41"), w.vm_of("17"));
        to(&mut w, "2026-02-20T01:00:00Z");
        if collected {
            crons(&mut w);
        }
        as_server_2(&mut w, &second, "7");
        w.host.services.get_mut("41").unwrap()["server_id"] = json!("1");
        crons(&mut w);
        assert_eq!(refusals(&mut w, "41"), ["onapp.take_over_shared"; 4]);
        w.host.services.get_mut("41").unwrap()["server_id"] = json!("2");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        let rows = w.host.rows("mod_provisor_services");
        let servers: Vec<_> = rows.iter().map(|row| (&row["service_id"], &row["server_id"])).collect();
        assert_eq!(servers, [(&json!("17"), &json!("1")), (&json!("41"), &json!("2"))]);
        assert_eq!(invoiced(&w).len(), 1, "only the first had traffic: {:?}", w.host.logs);
        w.verb_on("terminate", "41").unwrap();
        assert_eq!(w.living_vms().len(), 1);
    }
}

#[test]
fn an_old_service_without_a_server_is_touched_by_no_action() {
    for collected in [false, true] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let second = with_second_cloud(&mut w);
        // The client is known at both clouds, and new orders go to the second one.
        let mut user = w.host.rows("tblonappclients")[0].clone();
        user.insert("server_id".into(), json!("2"));
        put(&mut w, "tblonappclients", json!(user));
        let service = w.host.services.get_mut("17").unwrap();
        service["server_id"] = json!("");
        service["product"]["options"][0] = json!("2");
        to(&mut w, "2026-02-20T01:00:00Z");
        if collected {
            crons(&mut w);
        }
        assert_eq!(refusals(&mut w, "17"), ["onapp.take_over_no_server"; 4]);
        assert_eq!(second.living_vms().len(), 1);
        w.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
    }
}

#[test]
fn an_old_machine_that_is_terminated_before_any_collection_is_forgotten_and_told_like_any_other() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    // The client changed the password at OnApp.
    let mut user = w.host.rows("tblonappclients")[0].clone();
    user.insert("password".into(), json!({ "secret": "changed-at-onapp" }));
    put(&mut w, "tblonappclients", json!(user));
    to(&mut w, "2026-02-20T01:00:00Z");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    crons(&mut w);
    assert!(w.living_vms().is_empty());
    assert_ne!(w.state_of("17"), "deleting", "{:?}", w.host.logs);
    assert_eq!(w.host.mails.len(), 1);
}

#[test]
fn an_old_service_without_any_server_is_listed_and_told_once_a_day() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    let service = w.host.services.get_mut("17").unwrap();
    service["server_id"] = json!("");
    service["product"]["options"][0] = json!("");
    to(&mut w, "2026-02-20T01:00:00Z");
    for _ in 0..20 {
        crons(&mut w);
        w.advance(3600);
    }
    let told = w.host.logs.iter().filter(|log| log.code == "onapp.take_over_no_server");
    assert_eq!(told.count(), 1);
    let list = takeover(&mut w, "");
    let sentence = list["left"][0]["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("service 17") && sentence.contains("no server"),
        "{sentence}"
    );
}

#[test]
fn former_clients_that_were_cleaned_up_at_onapp_are_told_as_gone_and_can_be_terminated() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    for n in 1..=10u32 {
        // Clients 1 to 6 and 21 to 24 are gone; client 7 lives, with the youngest service.
        let (id, client) = (n.to_string(), if n < 7 { n } else { n + 14 }.to_string());
        let mut service = w.host.services["17"].clone();
        (service["id"], service["client_id"], service["client"]["id"]) = (json!(id), json!(client), json!(client));
        service["status"] = json!("Terminated");
        w.host.services.insert(id.clone(), service);
        let vm_id = (700 + n).to_string();
        put(&mut w, "tblonappservices", json!({ "service_id": id, "vm_id": vm_id }));
        let user = json!({ "server_id": "1", "client_id": client, "onapp_user_id": (500 + n).to_string(),
                           "password": { "secret": "x" }, "email": format!("gone{n}@example.com") });
        put(&mut w, "tblonappclients", user);
    }
    to(&mut w, "2026-02-20T01:00:00Z");
    crons(&mut w);
    let of = |w: &World, code: &str| w.host.logs.iter().filter(|line| line.code == code).count();
    assert_eq!((of(&w, "onapp.other_panel"), of(&w, "onapp.vm_gone")), (0, 10));
    for n in 1..=10 {
        w.verb_on("terminate", &n.to_string()).unwrap();
    }
    crons_until(&mut w, "2026-03-05T12:00:00Z");
    assert_eq!(invoiced(&w).len(), 1, "the living one is billed");
}

#[test]
fn a_client_who_is_merged_before_the_first_collection_stays_known_as_the_owner_of_the_machine() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let before = w.host.services["17"].clone();
    to_client_8(&mut w, before);
    to(&mut w, "2026-02-15T12:00:00Z");
    w.run("onapp.client_deleted", json!({ "client_id": "7" })).unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(invoiced(&w), [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))]);
}

#[test]
fn a_client_who_is_deleted_before_its_former_machine_was_seen_stays_known_as_its_owner() {
    for server_shown in ["1", "", "2"] {
        let mut w = moved(Some("2026-02-01 00:15:00"));
        with_second_server(&mut w);
        w.host.services.get_mut("17").unwrap()["server_id"] = json!(server_shown);
        let password = first_collection_refused(&mut w);
        w.host.clients.remove("7");
        w.run("onapp.client_deleted", json!({ "client_id": "7" })).unwrap();
        w.host.servers.get_mut("1").unwrap()["password"] = password;
        w.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
        crons_until(&mut w, "2026-03-06T02:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{server_shown} {:?}", w.host.logs);
    }
}

/// 18 of client 7 names the machine too that has the name of 17, which moved to client 8.
fn moved_double() -> World {
    let mut w = moved(Some("2026-02-01 00:15:00"));
    let mut other = w.host.services["17"].clone();
    (other["id"], other["domain"], other["client_id"]) = (json!("18"), json!("vm18.example.com"), json!("7"));
    other["client"]["id"] = json!("7");
    w.host.services.insert("18".into(), other);
    let vm = w.vm_of("17").to_string();
    put(&mut w, "tblonappservices", json!({ "service_id": "18", "vm_id": vm }));
    to(&mut w, "2026-02-15T12:00:00Z");
    w
}

#[test]
fn no_page_of_a_double_shows_or_touches_the_machine_until_staff_said_whose_it_is() {
    for collected in [false, true] {
        let mut w = moved_double();
        if collected {
            crons(&mut w);
        }
        for job in [
            "stop",
            "reset_password",
            "console",
            "rebuild_network",
            "delete_vm",
            "disks",
        ] {
            let before = w.panel.requests().len();
            let said = page(&mut w, "18", "7", job);
            assert!(
                !said.contains("The console is open") && !said.contains("new password"),
                "{job}: {said}"
            );
            let changed = w.panel.requests()[before..]
                .iter()
                .any(|request| request["method"] != "GET");
            assert!(!changed, "{job}");
        }
    }
}

#[test]
fn the_server_of_its_own_machine_frees_the_other_one_of_a_double() {
    let mut w = moved_double();
    with_second_server(&mut w);
    crons(&mut w);
    w.host.services.get_mut("18").unwrap()["server_id"] = json!("2");
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(ours(&w).len(), 1, "{:?}", w.host.logs);
    w.verb_on("suspend", "17").unwrap();
}

#[test]
fn calls_to_the_panel_do_not_grow_with_the_clients_on_one_onapp_user() {
    let mut counts = Vec::new();
    for others in [0, 10, 120] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        to(&mut w, "2026-02-15T12:00:00Z");
        crons(&mut w);
        // Each of them was mapped to the user in turn, which changed its password.
        let good = json!(w.host.rows("tblonappclients")[0].clone());
        let mut stale = good.clone();
        stale["password"] = json!({ "secret": "an-older-one" });
        put(&mut w, "tblonappclients", stale);
        for n in 0..others {
            let mut further = good.clone();
            further["client_id"] = json!((100 + n).to_string());
            put(&mut w, "tblonappclients", further);
        }
        for job in ["page", "stop", "start"] {
            let before = w.panel.requests().len();
            assert!(page(&mut w, "17", "7", job).contains("message"), "{job}");
            counts.push((job, w.panel.requests().len() - before));
            w.advance(300);
        }
    }
    assert_eq!(counts[..3], counts[3..6]);
    assert_eq!(counts[..3], counts[6..]);
    assert!(counts.iter().all(|(_, count)| *count <= 5), "{counts:?}");
}

#[test]
fn missed_periods_of_a_moved_service_on_whose_onapp_user_a_merged_client_stands_are_not_the_next_clients() {
    for closed in [Some("2026-02-01 00:15:00"), None] {
        let mut w = moved(closed);
        // Client 3 was merged into 7, who has its OnApp user; the row of 3 stays.
        let mut merged = json!(w.host.rows("tblonappclients")[0].clone());
        merged["client_id"] = json!("3");
        put(&mut w, "tblonappclients", merged);
        for (id, start, end) in [
            (50, "2026-01-01 00:00", "2026-02-01 00:15"),
            (51, "2026-02-01 00:15", "2026-03-04 00:15"),
        ] {
            if id == 50 || closed.is_some() {
                w.host.invoices.insert(id, old_invoice("7", "17", start, end));
            }
        }
        to(&mut w, "2026-04-10T12:00:00Z");
        crons(&mut w);
        for (_, state, _) in listed(&takeover(&mut w, "")) {
            assert_eq!(state, "not billed: the service belonged to another client then");
        }
        for word in ["all", "17"] {
            takeover(&mut w, word);
        }
        assert_eq!(ours(&w), [] as [Value; 0], "{closed:?}");
    }
}

#[test]
fn missed_periods_of_a_service_that_never_moved_are_its_clients_whoever_has_the_onapp_user() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_healthy_neighbour(&mut w); // Client 8 has an OnApp user.
    w.host.clients.insert("7".into(), json!({ "id": "7" }));
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let users = w.host.rows("tblonappclients");
    let of_8 = users.iter().find(|row| row["client_id"] == "8").unwrap()["onapp_user_id"].clone();
    let given = json!({ "vm": w.vm_of("17"), "action": "change", "user_id": of_8 });
    w.panel.control("POST", "vm", &given).unwrap();
    to(&mut w, "2026-04-10T12:00:00Z");
    crons(&mut w);
    takeover(&mut w, "17");
    let of_7 = ours(&w).iter().filter(|bill| bill["client_id"] == "7").count();
    assert_eq!(of_7, 2, "{:?}", takeover(&mut w, ""));
}

#[test]
fn a_double_whose_rightful_service_moved_is_billed_and_touched_for_none_until_staff_said_whose_it_is() {
    let mut w = moved_double();
    let vm = w.vm_of("17");
    crons(&mut w);
    for id in ["17", "18"] {
        assert!(w.verb_on("terminate", id).is_err(), "{id}");
        assert!(w.verb_on("suspend", id).is_err(), "{id}");
    }
    assert_eq!(w.living_vms().len(), 1);
    // As the messages say: the other one is over, and the machine is noted as 17's.
    w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
    let noted = json!({ "vm": vm, "action": "change", "admin_note": "provisor-service-17" });
    w.panel.control("POST", "vm", &noted).unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    let bills = ours(&w);
    assert_eq!(bills.len(), 1, "{:?}", w.host.logs);
    assert_eq!(bills[0]["client_id"], "8");
    w.verb_on("suspend", "17").unwrap();
}

#[test]
fn an_old_machine_of_two_services_that_moved_to_two_clients_is_given_to_neither_unasked() {
    let mut w = moved(Some("2026-02-01 00:15:00"));
    let mut other = w.host.services["17"].clone();
    (other["id"], other["client_id"], other["client"]["id"]) = (json!("16"), json!("9"), json!("9"));
    w.host.services.insert("16".into(), other);
    let vm = w.vm_of("17");
    put(
        &mut w,
        "tblonappservices",
        json!({ "service_id": "16", "vm_id": vm.to_string() }),
    );
    to(&mut w, "2026-02-15T12:00:00Z");
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(ours(&w), [] as [Value; 0]);
}

#[test]
fn pages_and_upgrades_of_an_old_service_that_moved_work_before_any_collection() {
    let mut w = moved(Some("2026-02-01 00:15:00"));
    to(&mut w, "2026-02-15T12:00:00Z");
    let shown = page(&mut w, "17", "8", "page");
    assert!(shown.contains("\"vm17\""), "{shown}");
    assert!(page(&mut w, "17", "8", "reboot").contains("message"));
    assert_eq!(page(&mut w, "17", "7", "page"), "onapp.not_yours");
    w.advance(900);
    w.verb_on("change_package", "17").unwrap();
}

#[test]
fn an_old_machine_is_not_the_strangers_that_has_its_ids_at_another_panel_or_at_one_that_was_set_up_anew() {
    for same_address in [false, true] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        to(&mut w, "2026-02-15T12:00:00Z");
        crons(&mut w);
        let other = strangers();
        assert_eq!(other.vm_of("91"), w.vm_of("17"));
        other.panel.advance((w.now() - other.panel.now()).num_seconds());
        w.env.transport = std::sync::Arc::new(common::transport(other.panel.clone()));
        let server = w.host.servers.get_mut("1").unwrap();
        server["password"] = json!({ "secret": other.panel.password });
        if !same_address {
            server["hostname"] = json!("127.0.0.1");
        }
        for action in ["suspend", "unsuspend", "terminate"] {
            assert_eq!(
                w.verb_on(action, "17").unwrap_err().code,
                "onapp.vm_not_ours",
                "{action}"
            );
        }
        assert!(!page(&mut w, "17", "7", "page").contains("secret.example.org"));
        assert_eq!(page(&mut w, "17", "7", "console"), "onapp.vm_not_ours");
        assert_eq!(other.living_vms().len(), 1);
        assert_eq!(other.living_vms()[0]["suspended"], json!(false));
    }
}

#[test]
fn an_old_machine_is_not_that_of_a_client_who_ordered_at_the_panel_after_it_was_set_up_anew() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    to(&mut w, "2026-02-15T12:00:00Z");
    crons(&mut w);
    let anew = World::new();
    anew.panel.advance((w.now() - anew.panel.now()).num_seconds());
    w.panel = anew.panel.clone();
    w.env.transport = std::sync::Arc::new(common::transport(anew.panel.clone()));
    w.host.servers.get_mut("1").unwrap()["password"] = json!({ "secret": anew.panel.password });
    with_healthy_neighbour(&mut w); // Client 8 orders service 30.
    assert_eq!(w.vm_of("30"), w.vm_of("17"), "the ids come again");
    w.traffic(w.vm_of("30"), "2026-02-15T00:00:00Z", "2026-06-30T00:00:00Z", 90_000);
    for verb in ["suspend", "unsuspend", "terminate"] {
        assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.vm_not_ours", "{verb}");
    }
    for job in ["console", "reset_password", "stop", "delete_vm"] {
        assert_eq!(page(&mut w, "17", "7", job), "onapp.vm_not_ours", "{job}");
    }
    assert_eq!(w.living_vms().len(), 1);
    assert_eq!(w.living_vms()[0]["suspended"], json!(false));
}

#[test]
fn a_machine_of_the_same_ids_at_another_panel_proves_nothing_about_those_that_are_not_there() {
    let cloud = |mail: &str| {
        let mut w = World::new();
        for id in ["31", "32", "33", "34"] {
            w.add_service(id);
            let service = w.host.services.get_mut(id).unwrap();
            (service["client_id"], service["client"]["id"]) = (json!(id), json!(id));
            service["client"]["email"] = json!(format!("c{id}@{mail}"));
            w.verb_on("create", id).unwrap();
            w.advance(900);
            w.run("onapp.settle", json!({})).unwrap();
        }
        w
    };
    let mut w = cloud("example.com");
    // As the old module would have left them: without our keys.
    let rows: Vec<_> = w
        .host
        .rows("mod_provisor_services")
        .into_iter()
        .map(|row| json!(row))
        .collect();
    for row in rows {
        let key = json!({ "module": "onapp", "service_id": row["service_id"] });
        let values = json!({ "create_key": null });
        let change = json!([{ "kind": "update", "table": "mod_provisor_services", "key": key, "rev": row["rev"], "values": values }]);
        let token = row["service_id"].to_string();
        w.host
            .answer("apply", &json!({ "token": token, "changes": change }))
            .unwrap();
    }
    let other = cloud("strangers.example.org");
    for id in ["31", "32", "33"] {
        let gone = json!({ "vm": other.vm_of(id), "action": "delete" });
        other.panel.control("POST", "vm", &gone).unwrap();
    }
    assert_eq!(other.vm_of("34"), w.vm_of("34"));
    w.env.transport = std::sync::Arc::new(common::transport(other.panel.clone()));
    let server = w.host.servers.get_mut("1").unwrap();
    server["password"] = json!({ "secret": other.panel.password });
    server["hostname"] = json!("127.0.0.1");
    for _ in 0..2 {
        w.host.clock += chrono::TimeDelta::hours(2);
        other.panel.advance(7200);
        crons(&mut w);
    }
    assert!(
        !w.host.logs.iter().any(|line| line.code == "onapp.vm_gone"),
        "{:?}",
        w.host.logs
    );
    assert_eq!(w.verb_on("terminate", "31").unwrap_err().code, "onapp.other_panel");
}
