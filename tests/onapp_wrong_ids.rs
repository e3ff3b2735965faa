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
