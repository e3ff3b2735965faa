//! Answers that name the wrong user, machine or time, and ids that a control panel gives again: nobody pays for somebody
//! else's traffic, no machine is made twice and none is forgotten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::World;
use provisor::http::memory::MemoryTransport;
use provisor::http::{Kind, Method, Request, Response, SendError};
use provisor::module::Env;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type Send<'a> = &'a dyn Fn(&Request) -> Result<Response, SendError>;

/// What stands between the job and the panel.
fn between(
    w: &mut World,
    change: impl Fn(&mut Request, Send<'_>) -> Result<Response, SendError> + std::marker::Send + Sync + 'static,
) {
    let real = w.env.clone();
    let transport = MemoryTransport::new(move |request| {
        let mut asked = request.clone();
        change(&mut asked, &|asked| real.transport.send(asked))
    });
    w.env = Env {
        transport: Arc::new(transport),
    };
}

/// An answer with something else in it.
fn changed(mut response: Response, change: impl Fn(&mut Value)) -> Response {
    let mut told: Value = serde_json::from_slice(&response.body).unwrap();
    change(&mut told);
    response.body = told.to_string().into_bytes();
    response
}

/// A service of client 8.
fn neighbour(w: &mut World, id: &str) {
    w.add_service(id);
    let service = w.host.services.get_mut(id).unwrap();
    service["client_id"] = json!("8");
    service["client"]["id"] = json!("8");
    service["client"]["email"] = json!("eve@example.com");
}

fn logged(w: &World, code: &str) -> usize {
    w.host.logs.iter().filter(|l| l.code == code).count()
}

fn user_of(w: &World, client: &str) -> Option<String> {
    let rows = w.host.rows("tblonappclients");
    let row = rows.iter().find(|row| row["client_id"] == json!(client))?;
    Some(row["onapp_user_id"].as_str().unwrap().to_owned())
}

fn vm_id_of(w: &World, user: &str) -> u64 {
    let vms = w.living_vms();
    let vm = vms
        .iter()
        .find(|vm| vm["user_id"].as_u64() == user.parse().ok())
        .unwrap();
    vm["id"].as_u64().unwrap()
}

fn kb_of(w: &World, service: &str) -> u64 {
    w.host
        .rows("mod_provisor_readings")
        .iter()
        .filter(|row| row["service_id"] == json!(service))
        .flat_map(|row| [row["sent_kb"].clone(), row["received_kb"].clone()])
        .map(|kb| kb.as_str().unwrap().parse::<u64>().unwrap())
        .sum()
}

#[test]
fn an_id_that_the_panel_gives_again_meters_nothing_and_bills_nobody_for_a_strangers_traffic() {
    let mut w = World::new().with_ready_vm("17");
    let mine = w.vm_of("17");
    neighbour(&mut w, "18");
    w.verb_on("create", "18").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let theirs = w.vm_of("18");
    w.traffic(theirs, "2026-01-05T00:00:00Z", "2026-02-07T00:00:00Z", 70_000);
    w.advance(86_400);
    w.run("onapp.collect", json!({})).unwrap();
    // From now on the panel, which was set up anew at its address, knows the neighbour's machine by the id of ours.
    between(&mut w, move |asked, send| {
        for end in ["/", "."] {
            let (old, new) = (
                format!("/virtual_machines/{mine}{end}"),
                format!("/virtual_machines/{theirs}{end}"),
            );
            asked.url = asked.url.replace(&old, &new);
        }
        let mut response = send(asked)?;
        let told = String::from_utf8_lossy(&response.body)
            .replace(&format!("\"id\":{theirs},"), &format!("\"id\":{mine},"))
            .replace(
                &format!("\"virtual_machine_id\":{theirs}"),
                &format!("\"virtual_machine_id\":{mine}"),
            );
        response.body = told.into_bytes();
        Ok(response)
    });
    for day in 1..=40 {
        for _ in 0..4 {
            w.advance(6 * 3600);
            w.run("onapp.collect", json!({})).unwrap();
            w.run("onapp.bill", json!({})).unwrap();
        }
        assert!(logged(&w, "onapp.vm_not_ours") <= day, "told once a day");
    }
    assert!(logged(&w, "onapp.vm_not_ours") > 30);
    assert_eq!(kb_of(&w, "17"), 0);
    assert_eq!(kb_of(&w, "18"), w.true_kb());
    assert_eq!(logged(&w, "onapp.resource_gone"), 0);
    let invoices = w.host.invoices_with("Unpaid");
    assert!(invoices.iter().all(|row| row["client_id"] != json!("7")));
    assert_eq!(w.verb_on("suspend", "17").unwrap_err().code, "onapp.vm_not_ours");
}

#[test]
fn an_answer_with_another_clients_user_is_checked_by_the_new_user_itself_and_one_machine_is_made() {
    let mut w = World::new().with_ready_vm("17");
    neighbour(&mut w, "18");
    let first = user_of(&w, "7").unwrap();
    let (told, lost) = (first.parse::<u64>().unwrap(), AtomicBool::new(false));
    between(&mut w, move |asked, send| {
        let response = send(asked)?;
        match (asked.method, asked.path()) {
            (Method::Post, "/users.json") => Ok(changed(response, |v| v["user"]["id"] = json!(told))),
            (Method::Post, "/virtual_machines.json") if !lost.swap(true, Ordering::SeqCst) => {
                Err(SendError::unknown(Kind::Reset))
            }
            _ => Ok(response),
        }
    });
    for _ in 0..3 {
        let _ = w.verb_on("create", "18");
        w.advance(common::LATER);
    }
    let second = user_of(&w, "8").unwrap();
    assert_ne!(second, first);
    assert_eq!(w.living_vms().len(), 2, "{:?}", w.host.logs);
    assert_eq!(w.vm_of("18"), vm_id_of(&w, &second));
}

#[test]
fn an_answer_with_a_wrong_user_that_cannot_be_checked_counts_as_lost() {
    for wrong in ["id", "login"] {
        let mut w = World::new().with_ready_vm("17");
        neighbour(&mut w, "18");
        let told = user_of(&w, "7").unwrap().parse::<u64>().unwrap();
        let good = w.env.clone();
        between(&mut w, move |asked, send| {
            let response = send(asked)?;
            match (asked.method, asked.path()) {
                (Method::Post, "/users.json") if wrong == "id" => {
                    Ok(changed(response, |v| v["user"]["id"] = json!(told)))
                }
                (Method::Post, "/users.json") => Ok(changed(response, |v| v["user"]["login"] = json!("root"))),
                (Method::Get, "/profile.json") => Ok(Response::new(403, "{}".to_owned())),
                _ => Ok(response),
            }
        });
        let lost = w.verb_on("create", "18").unwrap_err();
        assert_eq!(lost.code, "onapp.user_unknown", "{wrong}: {lost:?}");
        assert_eq!(user_of(&w, "8"), None, "{wrong}");
        assert_eq!(w.living_vms().len(), 1, "{wrong}");
        w.env = good;
        w.verb_on("create", "18").unwrap();
        assert_eq!(w.vm_of("18"), vm_id_of(&w, &user_of(&w, "8").unwrap()), "{wrong}");
    }
}

/// The ids that a wrong answer names: none's, and a machine of another installation at the same panel.
fn with_wrong_answer(foreign: bool) -> World {
    let before = World::new().with_ready_vm("17");
    let told = if foreign { before.vm_of("17") } else { 4102 };
    let mut w = World::new();
    let mut server = w.host.servers["1"].clone();
    w.panel = before.panel.clone();
    w.env = Env {
        transport: Arc::new(common::transport(w.panel.clone())),
    };
    server["password"] = json!({ "secret": w.panel.password });
    w.host.servers.insert("1".into(), server);
    neighbour(&mut w, "18");
    let once = AtomicBool::new(false);
    between(&mut w, move |asked, send| {
        let response = send(asked)?;
        let create = asked.method == Method::Post && asked.path() == "/virtual_machines.json";
        Ok(match create && !once.swap(true, Ordering::SeqCst) {
            true => changed(response, |v| v["virtual_machine"]["id"] = json!(told)),
            false => response,
        })
    });
    w
}

#[test]
fn an_answer_that_echoes_our_key_beside_a_wrong_id_records_the_machine_that_carries_it() {
    for foreign in [false, true] {
        let mut w = with_wrong_answer(foreign);
        w.verb_on("create", "18").unwrap();
        let made = vm_id_of(&w, &user_of(&w, "8").unwrap());
        assert_eq!(w.vm_of("18"), made, "{foreign}");
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(w.state_of("18"), "ready", "{foreign}: {:?}", w.host.logs);
        w.verb_on("terminate", "18").unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(w.state_of("18"), "gone");
        assert_eq!(w.living_vms().len(), 1, "the other installation's stays");
    }
}

/// Service 18 is on record with the id of another machine.
fn misrecorded(foreign: bool) -> World {
    let mut w = World::new().with_ready_vm("17");
    neighbour(&mut w, "18");
    w.verb_on("create", "18").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let wrong = if foreign { w.vm_of("17") } else { 4102 }.to_string();
    let rows = w.host.rows("mod_provisor_services");
    let row = rows.iter().find(|row| row["service_id"] == json!("18")).unwrap();
    let key = json!({ "module": row["module"], "service_id": "18" });
    let mappings = w.host.rows("tblonappservices");
    let mut mapping = mappings
        .iter()
        .find(|row| row["service_id"] == json!("18"))
        .map(|row| json!(row))
        .unwrap();
    mapping["vm_id"] = json!(wrong);
    let changes = json!({ "token": "test", "changes": [
        { "kind": "update", "table": "mod_provisor_services", "key": key, "rev": row["rev"], "values": { "vm_id": wrong } },
        { "kind": "put", "table": "tblonappservices", "values": mapping } ] });
    let answer = provisor::host::Port::answer(&mut w.host, "apply", &changes).unwrap();
    assert_eq!(answer["outcome"], json!("applied"));
    w
}

#[test]
fn a_wrong_id_on_record_is_mended_by_the_key_before_a_machine_counts_as_gone_or_as_a_strangers() {
    for foreign in [false, true] {
        for verb in ["create", "suspend", "terminate"] {
            let mut w = misrecorded(foreign);
            let right = vm_id_of(&w, &user_of(&w, "8").unwrap());
            w.verb_on(verb, "18").unwrap();
            assert_eq!(w.vm_of("18"), right, "{verb} {foreign}");
            assert_eq!(logged(&w, "onapp.vm_found_by_key"), 1, "{verb} {foreign}");
            assert_eq!(w.living_vms()[0]["suspended"], json!(false), "{verb} {foreign}");
            w.advance(900);
            w.run("onapp.settle", json!({})).unwrap();
            let (left, state) = if verb == "terminate" { (1, "gone") } else { (2, "ready") };
            assert_eq!(w.living_vms().len(), left, "{verb} {foreign}");
            assert_eq!(w.state_of("18"), state, "{verb} {foreign}");
        }
    }
}

#[test]
fn a_wild_date_while_a_machine_is_made_stops_no_bill_and_is_told() {
    for date in [
        "Tue, 01 Jan 2019 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Fri, 31 Dec 2027 23:59:59 GMT",
    ] {
        let mut w = World::new();
        w.add_service("17");
        let good = w.env.clone();
        between(&mut w, move |asked, send| {
            let mut response = send(asked)?;
            response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
            response.headers.push(("date".into(), date.into()));
            Ok(response)
        });
        w.verb_on("create", "17").unwrap();
        assert_eq!(logged(&w, "onapp.clock"), 1, "{date}");
        w.env = good;
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", 70_000);
        for _ in 0..2 {
            w.advance(35 * 86_400);
            w.run("onapp.collect", json!({})).unwrap();
            w.run("onapp.bill", json!({})).unwrap();
        }
        let periods = w.host.rows("mod_provisor_periods");
        let billed = periods.iter().map(|p| p["billed_kb"].as_str().unwrap());
        let billed: u64 = billed.map(|kb| kb.parse::<u64>().unwrap()).sum();
        assert_eq!(billed, w.true_kb(), "{date}");
        assert_eq!(periods[0]["period"], json!("0"), "{date}");
        assert_eq!(w.host.invoices.len(), 1, "{date}");
        assert_eq!(logged(&w, "onapp.hours_lost"), 0, "{date}");
    }
}

/// The server record leads to `other` from now on: its IP address is edited, its hostname stays.
fn ip_edited(w: &mut World, other: &World) {
    w.env = Env {
        transport: Arc::new(common::transport(other.panel.clone())),
    };
    let server = w.host.servers.get_mut("1").unwrap();
    server["ip"] = json!("127.0.0.2");
    server["password"] = json!({ "secret": other.panel.password });
}

/// The server record names a client's own OnApp user, whose role sees nothing of others.
fn restricted_to(w: &mut World, client: &str) {
    let rows = w.host.rows("tblonappclients");
    let row = rows.iter().find(|row| row["client_id"] == json!(client)).unwrap();
    let (login, password) = (row["email"].clone(), row["password"].clone());
    let server = w.host.servers.get_mut("1").unwrap();
    server["username"] = login;
    server["password"] = password;
}

/// Two clients with a VM each.
fn two_clients() -> World {
    let mut w = World::new().with_ready_vm("17");
    neighbour(&mut w, "18");
    w.verb_on("create", "18").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.advance(7200);
    w
}

/// The panel deletes a client's OnApp user, and with it its VMs.
fn delete_user(w: &mut World, client: &str) {
    let user = user_of(w, client).unwrap();
    let (status, ..) = w
        .panel
        .call("DELETE", &format!("/users/{user}.json"), Some(&json!({ "force": "1" })));
    assert!((200..300).contains(&status), "{status}");
    w.advance(3600);
}

fn on_record(w: &World) -> Value {
    let of = |table: &'static str| -> Value { w.host.rows(table).iter().map(|row| json!(row)).collect() };
    let state: Value = w
        .host
        .rows("mod_provisor_services")
        .iter()
        .map(|row| {
            json!([
                row["service_id"],
                row["state"],
                row["vm_id"],
                row["create_key"],
                row["closed_at"]
            ])
        })
        .collect();
    json!([state, of("tblonappservices"), of("tblonappclients"), of("tblonappips")])
}

#[test]
fn an_edited_ip_address_that_leads_to_another_cloud_ends_doubles_and_closes_nothing() {
    for verb in ["terminate", "create", "suspend"] {
        let mut w = World::new().with_ready_vm("17");
        let other = World::new();
        w.advance(7200);
        other.panel.advance(8100);
        let (right, server, before) = (w.env.clone(), w.host.servers["1"].clone(), on_record(&w));
        ip_edited(&mut w, &other);
        assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.other_panel", "{verb}");
        w.run("onapp.collect", json!({})).unwrap();
        assert!(w.host.rows("mod_provisor_resources")[0]["closed_at"].is_null());
        assert_eq!(logged(&w, "onapp.vm_gone"), 0);
        assert_eq!(on_record(&w), before, "{verb}");
        // Another order of the same client neither makes a machine there nor replaces the client's user.
        w.add_service("18");
        assert_eq!(w.verb_on("create", "18").unwrap_err().code, "onapp.other_panel");
        assert_eq!(logged(&w, "onapp.user_gone"), 0);
        assert_eq!((w.living_vms().len(), other.living_vms().len()), (1, 0), "{verb}");
        w.env = right;
        w.host.servers.insert("1".into(), server);
        w.verb_on("terminate", "17").unwrap();
        w.advance(900);
        assert!(w.living_vms().is_empty(), "{verb}");
    }
}

#[test]
fn another_cloud_where_the_same_client_has_a_user_with_the_same_id_is_not_taken_for_the_first() {
    let mut w = World::new().with_ready_vm("17");
    let other = World::new().with_ready_vm("17");
    let (vm, user) = (other.vm_of("17"), user_of(&other, "7"));
    assert_eq!((w.vm_of("17"), user_of(&w, "7")), (vm, user));
    other
        .panel
        .call("DELETE", &format!("/virtual_machines/{vm}.json"), None);
    other.panel.advance(7200);
    w.advance(7200);
    ip_edited(&mut w, &other);
    for verb in ["terminate", "create"] {
        assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.other_panel", "{verb}");
    }
    assert_eq!((w.living_vms().len(), other.living_vms().len()), (1, 0));
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn a_panel_that_moved_is_believed_that_a_machine_is_gone() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.panel.call("DELETE", &format!("/virtual_machines/{vm}.json"), None);
    w.advance(900);
    w.host.servers.get_mut("1").unwrap()["ip"] = json!("127.0.0.2");
    w.verb_on("terminate", "17").unwrap();
    assert_eq!(w.state_of("17"), "gone");
}

#[test]
fn a_restricted_user_in_the_server_record_ends_and_doubles_nothing_though_it_finds_nothing() {
    for verb in ["terminate", "create", "suspend"] {
        let mut w = two_clients();
        let before = on_record(&w);
        restricted_to(&mut w, "8");
        w.verb_on(verb, "17").unwrap_err();
        w.run("onapp.collect", json!({})).unwrap();
        assert_eq!(logged(&w, "onapp.vm_gone"), 0);
        assert!(
            w.host
                .rows("mod_provisor_resources")
                .iter()
                .all(|row| row["closed_at"].is_null())
        );
        assert_eq!(on_record(&w), before, "{verb}");
        assert_eq!(w.living_vms().len(), 2, "{verb}");
    }
}

#[test]
fn a_restricted_user_of_nobody_and_the_owner_itself_are_not_believed_either() {
    // A machine that is not the owner's at OnApp is hidden from it, though its own user is there.
    let mut w = two_clients();
    let vm = w.vm_of("17");
    let (status, ..) = w.panel.call(
        "POST",
        &format!("/virtual_machines/{vm}/change_owner.json"),
        Some(&json!({ "user_id": user_of(&w, "8").unwrap().parse::<u64>().unwrap() })),
    );
    assert!((200..300).contains(&status), "{status}");
    restricted_to(&mut w, "7");
    assert_eq!(w.verb_on("terminate", "17").unwrap_err().code, "panel.forbidden");
    // One client alone, and a restricted user that is no client's.
    let mut w = World::new().with_ready_vm("17");
    let body = json!({ "user": { "login": "clerk", "email": "clerk@example.com", "first_name": "C", "last_name": "K",
                                 "password": "Clerk-pw-77!", "password_confirmation": "Clerk-pw-77!", "role_ids": [2] } });
    let (status, _, answer) = w.panel.call("POST", "/users.json", Some(&body));
    assert!((200..300).contains(&status), "{status} {answer}");
    let server = w.host.servers.get_mut("1").unwrap();
    server["username"] = json!("clerk");
    server["password"] = json!({ "secret": "Clerk-pw-77!" });
    for verb in ["terminate", "create"] {
        let told = w.verb_on(verb, "17").unwrap_err();
        assert!(told.to_string().contains("settings.version"), "{told:?}");
    }
    assert_eq!((w.living_vms().len(), w.state_of("17").as_str()), (1, "ready"));
}

#[test]
fn a_machine_that_went_with_its_owner_is_ended_and_can_be_made_anew() {
    for alone in [true, false] {
        for verb in ["terminate", "create"] {
            let mut w = if alone {
                World::new().with_ready_vm("17")
            } else {
                two_clients()
            };
            delete_user(&mut w, "7");
            w.verb_on(verb, "17").unwrap();
            let others = usize::from(!alone);
            assert_eq!(w.living_vms().len(), others + usize::from(verb == "create"), "{verb}");
            assert_eq!(w.state_of("17") == "gone", verb == "terminate");
        }
    }
}

#[test]
fn nothing_of_one_client_is_gone_while_the_machines_of_the_others_are_not_found_either() {
    // The name in the server record leads to another cloud; nothing in the record changed.
    for verb in ["terminate", "create"] {
        let mut w = two_clients();
        let other = World::new();
        other.panel.advance(8100);
        w.env = Env {
            transport: Arc::new(common::transport(other.panel.clone())),
        };
        w.host.servers.get_mut("1").unwrap()["password"] = json!({ "secret": other.panel.password });
        assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.other_panel", "{verb}");
        w.add_service("19");
        assert_eq!(w.verb_on("create", "19").unwrap_err().code, "onapp.other_panel");
        assert_eq!((w.living_vms().len(), other.living_vms().len()), (2, 0), "{verb}");
        assert_eq!(w.state_of("17"), "ready", "{verb}");
    }
}

#[test]
fn a_create_whose_answer_was_lost_is_neither_repeated_nor_forgotten_where_its_machine_cannot_be_seen() {
    for verb in ["create", "terminate"] {
        for restricted in [false, true] {
            let mut w = two_clients();
            w.add_service("19");
            let right = w.env.clone();
            let lost = AtomicBool::new(false);
            between(&mut w, move |asked, send| {
                let response = send(asked)?;
                let create = asked.method == Method::Post && asked.path() == "/virtual_machines.json";
                if create || lost.load(Ordering::SeqCst) {
                    lost.store(true, Ordering::SeqCst);
                    return Err(SendError::unknown(Kind::Reset));
                }
                Ok(response)
            });
            w.verb_on("create", "19").unwrap_err();
            assert_eq!(w.living_vms().len(), 3);
            w.advance(common::LATER);
            let (server, other) = (w.host.servers["1"].clone(), World::new());
            w.env = right.clone();
            if restricted {
                restricted_to(&mut w, "8");
            } else {
                ip_edited(&mut w, &other);
            }
            // A list of machines that a caller may not see, or of a user that is not there, may be empty as well.
            between(&mut w, |asked, send| {
                let response = send(asked)?;
                let list = asked.path().ends_with("/virtual_machines.json") && asked.method == Method::Get;
                Ok(match list && response.status == 404 {
                    true => Response::new(200, "[]".to_owned()),
                    false => response,
                })
            });
            w.verb_on(verb, "19").unwrap_err();
            assert_eq!(
                (w.living_vms().len(), other.living_vms().len()),
                (3, 0),
                "{verb} {restricted}"
            );
            w.env = right;
            w.host.servers.insert("1".into(), server);
            w.advance(common::LATER);
            w.verb_on(verb, "19").unwrap();
            w.advance(900);
            let left = if verb == "create" { 3 } else { 2 };
            assert_eq!(w.living_vms().len(), left, "{verb} {restricted}: {:?}", w.host.logs);
        }
    }
}

#[test]
fn an_odd_field_that_nobody_needs_keeps_no_verb_and_no_cron_from_its_work() {
    for (name, value) in [
        ("total_disk_size", json!(20.5)),
        ("cpu_shares", json!(12.5)),
        ("created_at", json!("2026-01-01 00:00:00")),
        ("ip_addresses", json!({})),
        (
            "ip_addresses",
            json!([{ "ip_address": { "id": 1, "address": "dhcp" } }]),
        ),
    ] {
        let mut w = World::new();
        let odd = value.clone();
        between(&mut w, move |asked, send| {
            let response = send(asked)?;
            let machines =
                asked.path().contains("/virtual_machines") && response.body.starts_with(b"{\"virtual_machine\"");
            let list = asked.path().ends_with("/virtual_machines.json") && response.body.starts_with(b"[");
            if !machines && !list {
                return Ok(response);
            }
            Ok(changed(response, |told| {
                let fix = |vm: &mut Value| {
                    if vm["virtual_machine"].is_object() {
                        vm["virtual_machine"][name] = odd.clone();
                    }
                };
                match told.as_array_mut() {
                    Some(list) => list.iter_mut().for_each(fix),
                    None => fix(told),
                }
            }))
        });
        w.add_service("17");
        w.verb_on("create", "17").unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(w.state_of("17"), "ready", "{name} {value}: {:?}", w.host.logs);
        assert!(!format!("{:?}", w.host.fields).contains("dhcp"), "{name} {value}");
        w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", 70_000);
        w.advance(10 * 86_400);
        assert_eq!(
            w.run("onapp.collect", json!({})).unwrap()["failed"],
            json!(0),
            "{name} {value}"
        );
        for verb in ["suspend", "unsuspend", "terminate"] {
            w.advance(900);
            w.verb_on(verb, "17").unwrap();
        }
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(
            (w.state_of("17").as_str(), w.living_vms().len()),
            ("gone", 0),
            "{name} {value}"
        );
        assert_eq!(kb_of(&w, "17"), w.true_kb(), "{name} {value}");
    }
}

#[test]
fn former_clients_whose_users_are_gone_keep_no_other_service_of_the_server_from_being_read() {
    let mut w = World::new();
    for n in 0..6 {
        let (id, client) = ((11 + n).to_string(), (101 + n).to_string());
        w.add_service(&id);
        let service = w.host.services.get_mut(&id).unwrap();
        service["client_id"] = json!(client);
        service["client"]["id"] = json!(client);
        service["client"]["email"] = json!(format!("c{client}@example.com"));
        w.verb_on("create", &id).unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
    for n in 0..5 {
        let vm = w.vm_of(&(11 + n).to_string());
        w.panel.call("DELETE", &format!("/virtual_machines/{vm}.json"), None);
        w.advance(900);
        // Once to mark it as deleted, once to erase it.
        let user = user_of(&w, &(101 + n).to_string()).unwrap();
        for _ in 0..2 {
            let path = format!("/users/{user}.json");
            w.panel.call("DELETE", &path, Some(&json!({ "force": "1" })));
            w.advance(3600);
        }
    }
    w.traffic(w.vm_of("16"), "2026-01-01T06:00:00Z", "2026-01-02T00:00:00Z", 5000);
    let there = (common::at("2026-01-02T03:00:00Z") - w.now()).num_seconds();
    w.advance(there);
    for _ in 0..2 {
        w.run("onapp.collect", json!({})).unwrap();
        w.advance(3600);
    }
    assert_eq!(kb_of(&w, "16"), w.true_kb(), "{:?}", w.host.logs);
    assert!(logged(&w, "onapp.other_panel") <= 5, "once a day for each");
}
