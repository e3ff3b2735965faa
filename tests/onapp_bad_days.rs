//! What operators meet on a bad day: users changed behind our back, a wrong server password, settings with typing errors.
//! Each has an end that needs no database client, or a message that says what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::World;
use serde_json::{Value, json};

/// A client with one VM who orders a second one after `change` happened to the client's OnApp user.
fn second_order(change: impl Fn(&World, u64)) -> World {
    let mut w = World::new().with_ready_vm("17");
    w.add_service("18");
    change(&w, user_of(&w));
    w
}

fn user_of(w: &World) -> u64 {
    w.host.rows("tblonappclients")[0]["onapp_user_id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

fn logged(w: &World, code: &str) -> usize {
    w.host.logs.iter().filter(|l| l.code == code).count()
}

fn changed_password(w: &World, user: u64) {
    let body = json!({ "user": { "password": "Their-own-9!", "password_confirmation": "Their-own-9!" } });
    let (status, _, answer) = w.panel.call("PUT", &format!("/users/{user}.json"), Some(&body));
    assert!((200..300).contains(&status), "{status} {answer}");
}

#[test]
fn a_client_whose_onapp_user_was_deleted_gets_a_new_one_with_the_next_order() {
    let mut w = second_order(|w, user| {
        let body = json!({ "force": "1" });
        let (status, ..) = w.panel.call("DELETE", &format!("/users/{user}.json"), Some(&body));
        assert!((200..300).contains(&status), "{status}");
        w.panel.advance(3600);
    });
    let before = user_of(&w);
    w.verb_on("create", "18").unwrap();
    assert_ne!(user_of(&w), before);
    assert_eq!(w.living_vms().len(), 1, "the deleted user's VM went with it");
    assert_eq!(w.living_vms()[0]["user_id"], json!(user_of(&w)));
    assert_eq!(logged(&w, "onapp.user_gone"), 1);
}

#[test]
fn a_login_that_onapp_writes_in_other_letters_is_still_the_clients() {
    let mut w = second_order(changed_password);
    let mut ours = w.host.rows("tblonappclients")[0].clone();
    let login = ours["email"].as_str().unwrap().to_uppercase();
    ours.insert("email".into(), json!(login));
    let change = json!({ "token": "test", "changes": [{ "kind": "put", "table": "tblonappclients", "values": ours }] });
    provisor::host::Port::answer(&mut w.host, "apply", &change).unwrap();
    w.verb_on("create", "18").unwrap();
    assert_eq!(w.living_vms().len(), 2, "{:?}", w.host.logs);
}

#[test]
fn a_password_changed_at_onapp_stays_and_the_vm_still_becomes_the_clients() {
    let mut w = second_order(changed_password);
    w.verb_on("create", "18").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("18"), "ready", "{:?}", w.host.logs);
    let user = user_of(&w);
    assert_eq!(w.living_vms().len(), 2);
    assert!(w.living_vms().iter().all(|vm| vm["user_id"] == json!(user)));
    assert_eq!(logged(&w, "onapp.user_password"), 1);
    let login = w.host.rows("tblonappclients")[0]["email"].as_str().unwrap().to_owned();
    let (status, ..) = w.panel.call_as(&login, "Their-own-9!", "GET", "/profile.json", None);
    assert_eq!(status, 200, "the client's own password was not touched");
}

#[test]
fn a_lost_answer_to_the_servers_user_never_makes_a_second_vm() {
    for fault in ["reset_after", "truncated", "html_500"] {
        let mut w = second_order(changed_password);
        let rule = json!([{ "kind": fault, "processed": true, "nth": 2, "match": { "method": "POST", "path_prefix": "/virtual_machines" } }]);
        w.panel.faults(&rule).unwrap();
        let _ = w.verb_on("create", "18");
        w.panel.faults(&json!([])).unwrap();
        w.advance(common::LATER);
        w.verb_on("create", "18").unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(w.living_vms().len(), 2, "{fault}");
        let user = user_of(&w);
        assert!(w.living_vms().iter().all(|vm| vm["user_id"] == json!(user)), "{fault}");
    }
}

#[test]
fn a_create_for_a_changed_password_that_is_killed_anywhere_ends_with_one_vm_of_the_client() {
    let crashes = common::enumerate(
        || second_order(changed_password),
        "onapp.create",
        |w| w.verb("18"),
        |w| {
            w.verb_on("create", "18").unwrap();
            w.advance(900);
            w.run("onapp.settle", json!({})).unwrap();
        },
        |w| {
            let user = user_of(w);
            let theirs = w.living_vms().iter().all(|vm| vm["user_id"] == json!(user));
            json!([w.living_vms().len(), theirs, w.state_of("18")])
        },
    );
    assert!(crashes > 10, "{crashes}");
}

#[test]
fn a_suspended_onapp_user_refuses_the_order_and_says_so() {
    let mut w = second_order(|w, user| {
        w.panel.call("POST", &format!("/users/{user}/suspend.json"), None);
    });
    let refused = w.verb_on("create", "18").unwrap_err();
    assert_eq!(refused.code, "onapp.user_suspended", "{refused:?}");
    assert_eq!(w.living_vms().len(), 1);
    let user = user_of(&w);
    w.panel.call("POST", &format!("/users/{user}/activate.json"), None);
    w.verb_on("create", "18").unwrap();
    assert_eq!(w.living_vms().len(), 2);
}

#[test]
fn a_wrong_server_password_is_tried_once_a_run_and_told_once() {
    let mut w = World::new().with_ready_vm("17");
    for id in ["18", "19", "20"] {
        w.add_service(id);
        w.verb_on("create", id).unwrap();
    }
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.add_service("21");
    w.add_service("22");
    w.verb_on("create", "21").unwrap();
    w.verb_on("create", "22").unwrap();
    w.advance(7200);
    w.host.servers.get_mut("1").unwrap()["password"] = json!({ "secret": "wrong" });
    for (job, services) in [("onapp.collect", 4), ("onapp.settle", 2)] {
        w.host.logs.clear();
        let before = w.panel.requests().len();
        let report = w.run(job, json!({})).unwrap();
        assert_eq!(w.panel.requests().len() - before, 1, "{job}");
        assert_eq!(logged(&w, "panel.unauthorized"), 1, "{job}");
        assert_eq!(report["failed"], json!(services), "{job}");
    }
    w.host.servers.get_mut("1").unwrap()["password"] = json!({ "secret": w.panel.password });
    w.run("onapp.settle", json!({})).unwrap();
    let report = w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(report["failed"], json!(0));
    assert_eq!(report["services"], json!(6));
}

#[test]
fn a_dry_run_says_that_an_ended_period_waits_for_collection() {
    let mut w = World::new().with_ready_vm("17");
    w.panel.advance(32 * 86_400);
    let said = w.run("onapp.bill", json!({ "dry_run": true })).unwrap()["message"].to_string();
    assert!(
        said.contains("1 more have ended") && said.contains("without --dry-run first"),
        "{said}"
    );
    w.run("onapp.collect", json!({})).unwrap();
    let said = w.run("onapp.bill", json!({ "dry_run": true })).unwrap()["message"].to_string();
    assert!(
        said.contains("1 periods would be billed") && !said.contains("ended"),
        "{said}"
    );
}

#[test]
fn a_deleted_server_record_is_named_with_the_way_back() {
    let mut w = World::new().with_ready_vm("17");
    let input = w.verb("17");
    w.host.servers.clear();
    let refused = w.run("onapp.suspend", input).unwrap_err();
    assert_eq!(refused.code, "onapp.server_missing");
    let said = format!("{refused:?}");
    assert!(said.contains("Restore that server record"), "{said}");
}

#[test]
fn a_limit_whose_unit_nobody_named_is_not_shown_and_is_asked_for_once_a_day() {
    let mut w = World::new().with_ready_vm("17");
    w.host.services.get_mut("17").unwrap()["product"]["overages"] = json!("1,GB,GB");
    w.panel.advance(10 * 3600);
    w.run("onapp.collect", json!({})).unwrap();
    for _ in 0..3 {
        w.run("onapp.bill", json!({})).unwrap();
    }
    assert_eq!(logged(&w, "onapp.overage_unit"), 1);
    let text =
        |w: &mut World| -> Value { w.run("onapp.usage", json!({ "service_id": "17" })).unwrap()["text"].clone() };
    let said = text(&mut w).to_string();
    assert!(
        said.contains(" MB; measured until") && !said.contains("included"),
        "{said}"
    );
    w.panel.advance(25 * 3600);
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(logged(&w, "onapp.overage_unit"), 2);
    w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!("<unit>selected</unit>");
    w.run("onapp.bill", json!({})).unwrap();
    let said = text(&mut w).to_string();
    assert!(said.contains("of 1024000 MB included"), "{said}");
}

#[test]
fn a_typing_error_in_the_access_hash_is_found_by_the_connection_test() {
    for (extras, word) in [
        ("<timeout>ten</timeout>", "<timeout>"),
        ("<timeout>0</timeout>", "<timeout>"),
        ("<zone>Berlin</zone>", "<zone>"),
        ("<zone>Europe/Berlin", "not closed"),
        ("<caFile>/etc/ssl/cp.pem", "not closed"),
    ] {
        let mut w = World::new();
        w.host.servers.get_mut("1").unwrap()["access_hash"] = json!({ "secret": extras });
        let input = json!({ "server": w.host.servers["1"] });
        let refused = w.run("onapp.test_connection", input).unwrap_err();
        assert_eq!(refused.code, "onapp.access_hash", "{extras}");
        assert!(format!("{refused:?}").contains(word), "{extras}");
        assert!(w.panel.requests().is_empty());
    }
    let mut w = World::new();
    w.host.servers.get_mut("1").unwrap()["access_hash"] =
        json!({ "secret": "0123abcd <timeout>10</timeout><zone>Europe/Berlin</zone>" });
    let input = json!({ "server": w.host.servers["1"] });
    w.run("onapp.test_connection", input).unwrap();
}

/// Server 1 now leads to another cloud, whose VM of the same id carries another key.
fn swapped() -> (World, World) {
    let w = World::new().with_ready_vm("17");
    let mut other = World::new().with_ready_vm("99");
    other.host.servers.clear();
    let vm = other.living_vms()[0]["id"].clone();
    assert_eq!(w.living_vms()[0]["id"], vm, "small ids repeat from cloud to cloud");
    (w, other)
}

fn led_elsewhere(w: &mut World, other: &World) {
    w.env = provisor::module::Env {
        transport: std::sync::Arc::new(common::transport(other.panel.clone())),
    };
    let server = w.host.servers.get_mut("1").unwrap();
    server["hostname"] = json!("127.0.0.1");
    server["password"] = json!({ "secret": other.panel.password });
}

#[test]
fn a_machine_of_the_same_id_on_another_cloud_is_never_touched_and_never_metered() {
    let (mut w, other) = swapped();
    led_elsewhere(&mut w, &other);
    w.advance(7200);
    other.panel.advance(7200);
    for verb in ["suspend", "terminate"] {
        assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.vm_not_ours", "{verb}");
    }
    let report = w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(report["hours"], json!(0));
    assert_eq!(logged(&w, "onapp.vm_not_ours"), 1);
    assert_eq!(other.living_vms().len(), 1);
    assert_eq!(other.living_vms()[0]["suspended"], json!(false));
}

#[test]
fn not_there_on_another_cloud_is_not_gone() {
    let (mut w, other) = swapped();
    let vm = other.living_vms()[0]["id"].as_u64().unwrap();
    let user = user_of(&other);
    other
        .panel
        .call("DELETE", &format!("/virtual_machines/{vm}.json"), None);
    other
        .panel
        .call("DELETE", &format!("/users/{user}.json"), Some(&json!({ "force": "1" })));
    other.panel.advance(7200);
    led_elsewhere(&mut w, &other);
    w.advance(7200);
    assert_eq!(w.verb_on("terminate", "17").unwrap_err().code, "onapp.other_panel");
    w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(logged(&w, "onapp.vm_gone"), 0);
    assert_eq!(w.state_of("17"), "ready");
    assert!(w.host.rows("mod_provisor_resources")[0]["closed_at"].is_null());
}

#[test]
fn a_panel_under_a_new_address_is_recognised_by_the_vm_and_asked_once() {
    let mut w = World::new().with_ready_vm("17");
    w.host.servers.get_mut("1").unwrap()["hostname"] = json!("127.0.0.1");
    w.advance(7200);
    let before = w.panel.requests().len();
    w.run("onapp.collect", json!({})).unwrap();
    let first = w.panel.requests().len() - before;
    w.advance(7200);
    w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(first, 4, "version, VM, interfaces, usage");
    assert_eq!(w.panel.requests().len() - before - first, 2, "interfaces and usage");
    w.verb_on("terminate", "17").unwrap();
}

/// Runs a job while the host's clock is ahead of the panel's.
fn run_ahead(w: &mut World, job: &str, hours: i64) -> Value {
    let now = (w.now() + chrono::TimeDelta::hours(hours)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let config = json!({ "v": 1, "job": job, "now": now, "input": {},
                         "limits": { "lease_seconds": 600, "read_seconds": 2, "step_seconds": 5 } });
    let mut session = provisor::start(config.to_string().as_bytes(), w.env.clone());
    provisor::session::drive(&mut session, &mut w.host).unwrap()
}

#[test]
fn a_host_whose_clock_is_wrong_loses_no_hour() {
    for hours in [5, 12, 40 * 24] {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-30T00:00:00Z", 3000);
        w.panel.advance(5 * 86_400);
        run_ahead(&mut w, "onapp.collect", hours);
        run_ahead(&mut w, "onapp.bill", hours);
        assert_eq!(logged(&w, "onapp.clock"), 1, "{hours} hours ahead");
        w.panel.advance(28 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        let billed: u64 = w
            .host
            .rows("mod_provisor_periods")
            .iter()
            .map(|p| p["billed_kb"].as_str().unwrap().parse::<u64>().unwrap())
            .sum();
        assert_eq!(billed, w.true_kb(), "{hours} hours ahead");
        assert_eq!(w.host.invoices.len(), 1, "{hours} hours ahead");
    }
}

#[test]
fn a_host_that_is_always_ahead_still_meters_and_the_connection_test_says_so() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-30T00:00:00Z", 3000);
    w.panel.advance(3 * 86_400);
    run_ahead(&mut w, "onapp.collect", 5);
    assert!(w.host.rows("mod_provisor_readings").len() > 20);
    let input = json!({ "server": w.host.servers["1"] });
    w.host.settings["time_zone"] = json!("UTC");
    let said = w.run("onapp.test_connection", input).unwrap()["message"].to_string();
    assert!(!said.contains("clock"), "{said}");
}

#[test]
fn a_panel_that_answers_nobody_is_left_alone_after_two_time_outs() {
    let mut w = World::new();
    for id in ["17", "18", "19", "20"] {
        w.add_service(id);
        w.verb_on("create", id).unwrap();
    }
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.advance(7200);
    w.panel
        .faults(&json!([{ "kind": "stall", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let before = w.panel.requests().len();
    let report = w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(report["failed"], json!(4));
    let asked = w.panel.requests().len() - before;
    w.panel.faults(&json!([])).unwrap();
    assert!(asked <= 6, "{asked} requests for two services, retries included");
    let report = w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(report["services"], json!(4));
}

#[test]
fn a_refused_suspend_leaves_nothing_that_a_later_unsuspend_starts() {
    let mut w = World::new().with_ready_vm("17");
    let rule = json!([{ "kind": "status", "status": 422, "match": { "path_contains": "suspend" } }]);
    w.panel.faults(&rule).unwrap();
    w.verb_on("suspend", "17").unwrap_err();
    w.panel.faults(&json!([])).unwrap();
    let vm = w.vm_of("17");
    w.panel.call("POST", &format!("/virtual_machines/{vm}/stop.json"), None);
    w.advance(900);
    w.verb_on("unsuspend", "17").unwrap();
    w.advance(900);
    assert_eq!(w.living_vms()[0]["booted"], json!(false));
}

#[test]
fn ids_that_a_reinstalled_panel_gives_again_mix_no_services_and_no_mail_is_repeated() {
    let mut w = World::new().with_ready_vm("17");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    // The control panel is set up anew under the same server record: its ids start again.
    let fresh = World::new();
    w.env = provisor::module::Env {
        transport: std::sync::Arc::new(common::transport(fresh.panel.clone())),
    };
    w.panel = fresh.panel;
    let now = w.host.clock;
    w.panel
        .advance_to(now.max(w.panel.now() + chrono::TimeDelta::hours(2)))
        .unwrap();
    w.host.servers.get_mut("1").unwrap()["password"] = json!({ "secret": w.panel.password });
    w.add_service("18");
    w.host.services.get_mut("18").unwrap()["client_id"] = json!("8");
    w.host.services.get_mut("18").unwrap()["client"] =
        json!({ "id": "8", "email": "bob@example.com", "first_name": "Bob", "last_name": "B" });
    w.verb_on("create", "18").unwrap();
    w.advance(900);
    let mails = w.host.mails.len();
    for _ in 0..3 {
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!(w.state_of("18"), "ready", "{:?}", w.host.logs);
    assert_eq!(w.host.mails.len() - mails, 1);
}

#[test]
fn a_create_after_the_machine_was_deleted_at_the_panel_makes_one_machine_wherever_it_is_killed() {
    let crashes = common::enumerate(
        || {
            let w = World::new().with_ready_vm("17");
            let vm = w.vm_of("17");
            w.panel.call("DELETE", &format!("/virtual_machines/{vm}.json"), None);
            w.panel.advance(900);
            assert!(w.living_vms().is_empty());
            w
        },
        "onapp.create",
        |w| w.verb("17"),
        |w| {
            w.verb_on("create", "17").unwrap();
            w.advance(900);
            w.run("onapp.settle", json!({})).unwrap();
        },
        |w| json!([w.living_vms().len(), w.state_of("17")]),
    );
    assert!(crashes > 10, "{crashes}");
}

#[test]
fn an_hour_that_onapp_had_not_listed_when_the_vm_was_deleted_is_named_on_the_bill_and_never_called_zero() {
    for (moment, listed) in [("2026-01-07T12:00:05Z", false), ("2026-01-07T12:30:00Z", true)] {
        let mut w = World::new().with_ready_vm("17");
        let vm = w.vm_of("17");
        w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-07T12:00:00Z", 70_000);
        let now = w.now();
        w.panel.advance((common::at(moment) - now).num_seconds());
        w.verb_on("terminate", "17").unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        w.advance(30 * 86_400);
        w.run("onapp.bill", json!({})).unwrap();
        let bill = w.host.rows("mod_provisor_periods")[0].clone();
        let named =
            "Not measured and not charged: service:17/vm:102/nic:103, 2026-01-07 11:00 +00:00 to 2026-01-07 12:00";
        let told = bill["content"].as_str().unwrap().contains(named);
        assert_eq!(told, !listed, "{moment} {bill:?}");
        assert_eq!(
            w.host.invoices.len(),
            1,
            "no bill waits for an hour that nobody can read any more"
        );
    }
}

/// A service whose VM was made while the answer to create got lost with the process.
fn made_but_not_recorded() -> World {
    for k in 0.. {
        let mut w = World::new();
        w.add_service("17");
        let input = w.verb("17");
        w.killed_at("onapp.create", &input, k, true).expect("a VM is made");
        if !w.living_vms().is_empty() {
            assert_eq!(w.state_of("17"), "creating");
            w.advance(1500);
            return w;
        }
    }
    unreachable!()
}

fn billed_kb(w: &World) -> u64 {
    w.host
        .rows("mod_provisor_periods")
        .iter()
        .map(|p| p["billed_kb"].as_str().unwrap().parse::<u64>().unwrap())
        .sum()
}

fn complaints(w: &World) -> Vec<&str> {
    let loud = w.host.logs.iter().filter(|l| l.level != "info");
    loud.map(|l| l.code.as_str()).collect()
}

#[test]
fn a_machine_whose_create_was_lost_is_terminated_metered_and_billed_and_its_client_hears_of_it_once() {
    let mut w = made_but_not_recorded();
    let vm = w.living_vms()[0]["id"].as_u64().unwrap();
    w.traffic(vm, "2026-01-02T00:00:00Z", "2026-01-04T00:00:00Z", 70_000);
    w.advance(4 * 86_400);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    for _ in 0..3 {
        assert_eq!(w.run("onapp.settle", json!({})).unwrap()["failed"], json!(0));
    }
    assert!(w.living_vms().is_empty());
    assert_eq!(w.state_of("17"), "gone");
    assert_eq!(w.host.mails.len(), 1, "{:?}", w.host.mails);
    w.advance(40 * 86_400);
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(billed_kb(&w), w.true_kb());
    assert_eq!(w.host.invoices.len(), 1);
    assert!(complaints(&w).is_empty(), "{:?}", w.host.logs);
}

#[test]
fn a_failed_deletion_of_a_machine_whose_create_was_lost_is_noticed() {
    let mut w = made_but_not_recorded();
    w.panel
        .control("POST", "transactions", &json!({ "fail": "destroy_virtual_machine" }))
        .unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(86_400);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(complaints(&w), ["onapp.delete_failed"], "{:?}", w.host.logs);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert!(w.living_vms().is_empty());
    assert_eq!(w.state_of("17"), "gone");
}

#[test]
fn a_create_while_the_machine_of_a_lost_create_is_being_deleted_adopts_nothing() {
    let mut w = made_but_not_recorded();
    w.verb_on("terminate", "17").unwrap();
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.still_deleting");
    w.advance(1500);
    w.run("onapp.settle", json!({})).unwrap();
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.living_vms().len(), 1);
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn a_row_that_says_deleting_and_names_no_machine_is_brought_to_its_end() {
    for made in [true, false] {
        let mut w = if made { made_but_not_recorded() } else { World::new() };
        if !made {
            w.add_service("17");
        }
        w.verb_on("terminate", "17").unwrap();
        let row = w.host.rows("mod_provisor_services")[0].clone();
        let values = json!({ "state": "deleting", "vm_id": null });
        let change = json!({ "token": "test", "changes": [{ "kind": "update", "table": "mod_provisor_services",
            "key": { "module": "onapp", "service_id": "17" }, "rev": row["rev"], "values": values }] });
        provisor::host::Port::answer(&mut w.host, "apply", &change).unwrap();
        if made {
            // Its deletion still runs: it is neither forgotten nor adopted.
            assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.still_deleting");
            w.run("onapp.settle", json!({})).unwrap();
            assert_eq!(w.state_of("17"), "deleting");
        }
        w.advance(1500);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(w.state_of("17"), "gone", "{:?}", w.host.logs);
        assert!(complaints(&w).is_empty(), "{:?}", w.host.logs);
    }
}

#[test]
fn a_terminate_without_a_machine_that_is_killed_anywhere_is_ended_by_the_next_cron_without_a_word() {
    let ordered = || {
        let mut w = World::new();
        w.add_service("17");
        w
    };
    for after in [false, true] {
        for k in 0.. {
            let mut w = ordered();
            let input = w.verb("17");
            if w.killed_at("onapp.terminate", &input, k, after).is_none() {
                assert!(k > 4, "{k}");
                break;
            }
            w.advance(common::LATER);
            w.host.logs.clear();
            let report = w.run("onapp.settle", json!({})).unwrap();
            assert_eq!(
                (&report["failed"], &report["waiting"]),
                (&json!(0), &json!(0)),
                "killed at {k}"
            );
            assert!(
                ["", "new", "gone"].contains(&w.state_of("17").as_str()),
                "killed at {k}: {}",
                w.state_of("17")
            );
            assert!(
                complaints(&w).is_empty() && w.host.mails.is_empty(),
                "killed at {k}: {:?}",
                w.host.logs
            );
        }
    }
}

#[test]
fn a_create_that_is_killed_anywhere_and_then_terminated_leaves_nothing_and_can_be_ordered_anew() {
    for after in [false, true] {
        for k in 0.. {
            let mut w = World::new();
            w.add_service("17");
            let input = w.verb("17");
            if w.killed_at("onapp.create", &input, k, after).is_none() {
                assert!(k > 10, "{k}");
                break;
            }
            w.advance(common::LATER);
            w.verb_on("terminate", "17").unwrap();
            w.advance(1500);
            let report = w.run("onapp.settle", json!({})).unwrap();
            assert_eq!(report["failed"], json!(0), "killed at {k}: {:?}", w.host.logs);
            assert!(w.living_vms().is_empty(), "killed at {k}");
            w.verb_on("create", "17").unwrap();
            w.advance(900);
            w.run("onapp.settle", json!({})).unwrap();
            assert_eq!(w.living_vms().len(), 1, "killed at {k}");
            assert_eq!(w.state_of("17"), "ready", "killed at {k}");
        }
    }
}

/// What stands between the job and the panel changes its answers.
fn rewritten(
    w: &mut World,
    change: impl Fn(provisor::http::Method, &str, &mut provisor::http::Response) + Send + Sync + 'static,
) {
    let real = w.env.clone();
    let between = provisor::http::memory::MemoryTransport::new(move |request| {
        let mut response = real.transport.send(request)?;
        let rest = request.url.split_once("://").map_or("", |(_, rest)| rest);
        change(
            request.method,
            &rest[rest.find('/').unwrap_or(rest.len())..],
            &mut response,
        );
        Ok(response)
    });
    w.env = provisor::module::Env {
        transport: std::sync::Arc::new(between),
    };
}

/// Every answer is dated so, as by a proxy whose clock is wrong.
fn dated(w: &mut World, date: &'static str) {
    rewritten(w, move |_, _, response| {
        response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        response.headers.push(("date".into(), date.into()));
    });
}

fn gaps_on_bills(w: &World) -> Vec<(String, String)> {
    let text = |gap: &Value, name: &str| gap[name].as_str().unwrap().to_owned();
    let rows = w.host.rows("mod_provisor_periods");
    let contents = rows
        .iter()
        .map(|p| serde_json::from_str::<Value>(p["content"].as_str().unwrap()).unwrap());
    contents
        .flat_map(|content| content["gaps"].as_array().unwrap().clone())
        .map(|gap| (text(&gap, "start"), text(&gap, "end")))
        .collect()
}

#[test]
fn a_wrong_date_at_the_deletion_loses_no_row_and_names_what_has_none() {
    for (date, last_traffic, hours, gap) in [
        // Three hours slow: all hours have rows.
        (
            "Sat, 10 Jan 2026 02:45:00 GMT",
            "2026-01-11T00:00:00Z",
            5 * 24 + 5,
            None,
        ),
        // Ten days slow, and idle since the 9th: whether the hours without a row were idle, the panel's Date does not tell.
        (
            "Wed, 31 Dec 2025 00:00:00 GMT",
            "2026-01-09T00:00:00Z",
            4 * 24,
            Some(("2026-01-09T10:00:00Z", "2026-01-10T05:00:00Z")),
        ),
        // Ahead: nothing is missing but the hour that has just ended, of which no row tells that it was idle.
        (
            "Sun, 18 Jan 2026 02:45:00 GMT",
            "2026-01-09T00:00:00Z",
            4 * 24,
            Some(("2026-01-10T04:00:00Z", "2026-01-10T05:00:00Z")),
        ),
    ] {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", last_traffic, 1_000_000);
        let to = |w: &mut World, moment: &str| {
            let there = w.now();
            w.advance((common::at(moment) - there).num_seconds());
        };
        to(&mut w, "2026-01-09T11:20:00Z");
        w.run("onapp.collect", json!({})).unwrap();
        to(&mut w, "2026-01-10T05:45:00Z");
        dated(&mut w, date);
        w.verb_on("terminate", "17").unwrap();
        assert_eq!(logged(&w, "onapp.clock"), 1, "{date}");
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        w.advance(30 * 86_400);
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(billed_kb(&w), hours * 1_000_000, "{date}");
        let gap: Vec<(String, String)> = gap.iter().map(|(s, e)| ((*s).into(), (*e).into())).collect();
        assert_eq!(gaps_on_bills(&w), gap, "{date}");
        assert_eq!(w.host.invoices.len(), 1, "{date}");
    }
}

#[test]
fn a_deletion_that_is_refused_under_a_wrong_date_leaves_every_hour_to_be_read() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-20T00:00:00Z", 100_000);
    w.advance(10 * 86_400);
    let good = w.env.clone();
    dated(&mut w, "Thu, 08 Jan 2026 00:00:00 GMT");
    w.panel
        .faults(&json!([{ "kind": "status", "status": 422, "match": { "method": "DELETE" } }]))
        .unwrap();
    w.verb_on("terminate", "17").unwrap_err();
    w.panel.faults(&json!([])).unwrap();
    w.env = good;
    w.advance(31 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(billed_kb(&w), w.true_kb());
    assert!(gaps_on_bills(&w).is_empty());
}

#[test]
fn a_wrong_date_when_the_machine_is_found_gone_leaves_its_unread_hours_named() {
    let mut w = World::new().with_ready_vm("17");
    w.advance(10 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.advance(86_400);
    w.panel
        .call("DELETE", &format!("/virtual_machines/{}.json", w.vm_of("17")), None);
    w.advance(900);
    dated(&mut w, "Sat, 22 Nov 2014 00:00:00 GMT");
    w.run("onapp.collect", json!({})).unwrap();
    w.advance(40 * 86_400);
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(
        gaps_on_bills(&w).len(),
        1,
        "{:?}",
        w.host.rows("mod_provisor_resources")
    );
}

#[test]
fn a_date_that_is_up_to_a_month_behind_while_a_machine_is_made_stops_no_bill() {
    for date in [
        "Wed, 31 Dec 2025 20:00:00 GMT",
        "Mon, 29 Dec 2025 00:00:00 GMT",
        "Tue, 02 Dec 2025 00:00:00 GMT",
    ] {
        let mut w = World::new();
        w.add_service("17");
        let good = w.env.clone();
        dated(&mut w, date);
        w.verb_on("create", "17").unwrap();
        w.env = good;
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-25T00:00:00Z", 100_000);
        w.advance(65 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(billed_kb(&w), w.true_kb(), "{date}");
        assert_eq!(w.host.invoices.len(), 1, "{date}");
        assert_eq!(w.host.rows("mod_provisor_periods")[0]["period"], json!("0"), "{date}");
        let whole = w.host.rows("mod_provisor_periods")[0]["content"].to_string();
        assert!(whole.contains("1000"), "{whole}");
    }
}

/// Answers to a question for usage, in which `change` makes something of the row of one hour.
fn with_usage_row(w: &mut World, stamp: &'static str, change: impl Fn(&mut Vec<Value>, Value) + Send + Sync + 'static) {
    rewritten(w, move |_, path, response| {
        if !path.contains("/usage.json") {
            return;
        }
        let mut rows: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
        let of_hour = |row: &Value| row["net_hourly_stat"]["stat_time"].as_str().unwrap().starts_with(stamp);
        if let Some(at) = rows.iter().position(of_hour) {
            let row = rows.remove(at);
            change(&mut rows, row);
        }
        response.body = serde_json::to_vec(&rows).unwrap();
    });
}

/// Ways to spoil one hour.
const SPOILED: [&str; 5] = ["two figures", "impossible", "negative", "broken", "no number"];

fn spoiled(way: &str, rows: &mut Vec<Value>, row: Value) {
    let mut other = row.clone();
    if way == "two figures" {
        other["net_hourly_stat"]["data_sent"] = json!(1);
        rows.push(row);
    } else {
        other["net_hourly_stat"]["data_sent"] = match way {
            "negative" => json!(-5),
            "broken" => json!("12.5"),
            "no number" => json!({ "kb": [] }),
            _ => json!(1_u64 << 50),
        };
    }
    rows.push(other);
}

#[test]
fn an_hour_that_contradicts_itself_is_left_out_alone_and_named_on_the_bill() {
    for way in SPOILED {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-25T00:00:00Z", 100_000);
        w.advance(5 * 86_400);
        with_usage_row(&mut w, "2026-01-05T03", move |rows, row| spoiled(way, rows, row));
        for _ in 0..28 {
            w.run("onapp.collect", json!({})).unwrap();
            w.run("onapp.collect", json!({})).unwrap();
            w.advance(86_400);
        }
        let report = w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(billed_kb(&w), w.true_kb() - 100_000, "{way}: {report}");
        let hour = ("2026-01-05T02:00:00Z".to_owned(), "2026-01-05T03:00:00Z".to_owned());
        assert_eq!(gaps_on_bills(&w), [hour], "{way}");
        assert_eq!(w.host.invoices.len(), 1, "{way}");
        let told: Vec<&str> = w
            .host
            .logs
            .iter()
            .filter(|l| l.level == "error")
            .map(|l| l.text.as_str())
            .collect();
        assert_eq!(told.len(), 1, "{way}: {told:?}");
        assert!(told[0].contains("2026-01-05T02:00:00Z"), "{way}: {told:?}");
    }
}

#[test]
fn a_contradictory_hour_that_onapp_corrects_in_time_is_billed_and_one_that_was_read_before_counts() {
    for way in SPOILED {
        for before in [false, true] {
            let mut w = World::new().with_ready_vm("17");
            w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-10T00:00:00Z", 100_000);
            let there = w.now();
            w.advance((common::at("2026-01-05T04:30:00Z") - there).num_seconds());
            if before {
                w.run("onapp.collect", json!({})).unwrap();
                w.advance(3600);
            }
            let good = w.env.clone();
            with_usage_row(&mut w, "2026-01-05T03", move |rows, row| spoiled(way, rows, row));
            w.run("onapp.collect", json!({})).unwrap();
            let lost = w.host.rows("mod_provisor_resources")[0]["lost"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            assert_eq!(lost.is_empty(), before, "{way} {lost}");
            w.env = good;
            w.advance(3600);
            w.run("onapp.collect", json!({})).unwrap();
            w.advance(30 * 86_400);
            w.run("onapp.collect", json!({})).unwrap();
            w.run("onapp.bill", json!({})).unwrap();
            assert_eq!(billed_kb(&w), w.true_kb(), "{way} {before}");
            assert!(gaps_on_bills(&w).is_empty(), "{way} {before}");
        }
    }
}

/// Client 8 orders service 18, and the answer to creating its VM names client 7's.
fn answer_names_the_neighbour(shows_key: bool) -> (World, u64) {
    let mut w = World::new().with_ready_vm("17");
    w.add_service("18");
    let service = w.host.services.get_mut("18").unwrap();
    service["client_id"] = json!("8");
    service["client"]["id"] = json!("8");
    service["client"]["email"] = json!("bob@example.com");
    let neighbour = w.vm_of("17");
    rewritten(&mut w, move |method, path, response| {
        if method == provisor::http::Method::Post && path.starts_with("/virtual_machines.json") {
            let mut told: Value = serde_json::from_slice(&response.body).unwrap();
            told["virtual_machine"]["id"] = json!(neighbour);
            if !shows_key {
                told["virtual_machine"]["admin_note"] = Value::Null;
            }
            response.body = serde_json::to_vec(&told).unwrap();
        }
    });
    (w, neighbour)
}

#[test]
fn an_answer_that_names_a_neighbours_machine_takes_nothing_and_the_right_machine_is_found_by_its_key() {
    for shows_key in [true, false] {
        let (mut w, neighbour) = answer_names_the_neighbour(shows_key);
        let before = w.living_vms()[0]["admin_note"].clone();
        w.verb_on("create", "18").unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(w.state_of("18"), "ready", "{:?}", w.host.logs);
        assert_ne!(w.vm_of("18"), neighbour);
        assert_eq!(w.living_vms()[0]["admin_note"], before);
        w.verb_on("terminate", "18").unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(w.living_vms().len(), 1);
        assert_eq!(w.living_vms()[0]["id"], json!(neighbour));
        w.verb_on("suspend", "17").unwrap();
    }
}

#[test]
fn an_answer_that_names_a_neighbours_machine_while_no_list_can_be_read_records_nothing() {
    for shows_key in [true, false] {
        let (mut w, neighbour) = answer_names_the_neighbour(shows_key);
        let before = w.living_vms()[0]["admin_note"].clone();
        w.panel
            .faults(
                &json!([{ "kind": "status", "status": 500, "match": { "method": "GET", "path_prefix": "/users/" } }]),
            )
            .unwrap();
        let lost = w.verb_on("create", "18").unwrap_err();
        assert_eq!(lost.code, "onapp.create_unknown", "{lost:?} {:?}", w.panel.requests());
        w.panel.faults(&json!([])).unwrap();
        assert_eq!(w.verb_on("create", "18").unwrap_err().code, "onapp.busy");
        assert_eq!(w.living_vms()[0]["admin_note"], before);
        assert!(
            w.host
                .rows("tblonappservices")
                .iter()
                .all(|m| m["service_id"] != json!("18"))
        );
        w.advance(common::LATER);
        w.verb_on("create", "18").unwrap();
        assert_ne!(w.vm_of("18"), neighbour);
        assert_eq!(w.living_vms().len(), 2);
    }
}

/// The panel keeps no note that a client's user sends with a new machine.
fn notes_are_dropped(w: &mut World) {
    let panel = w.panel.clone();
    rewritten(w, move |method, path, response| {
        if method == provisor::http::Method::Post && path.starts_with("/virtual_machines.json") {
            let mut told: Value = serde_json::from_slice(&response.body).unwrap();
            let id = told["virtual_machine"]["id"].as_u64().unwrap();
            let none = json!({ "virtual_machine": { "admin_note": "" } });
            panel.call("PUT", &format!("/virtual_machines/{id}.json"), Some(&none));
            told["virtual_machine"]["admin_note"] = Value::Null;
            response.body = serde_json::to_vec(&told).unwrap();
        }
    });
}

#[test]
fn a_note_that_could_not_be_written_at_once_is_written_by_the_next_cron_and_the_machine_is_metered() {
    let mut w = World::new();
    w.add_service("17");
    let good = w.env.clone();
    notes_are_dropped(&mut w);
    // Killed when the machine is on record, before its note is written.
    let mut killed = common::Runner::start(&w, "onapp.create", &w.verb("17"));
    while let Some((_, op, args)) = killed.owed.clone() {
        if op == "apply" && args.to_string().contains("\"building\"") {
            provisor::host::Port::answer(&mut w.host, &op, &args).unwrap();
            break;
        }
        killed.answer(&mut w.host);
    }
    drop(killed);
    w.advance(common::LATER);
    w.env = good;
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", 3000);
    for _ in 0..3 {
        w.advance(common::LATER);
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    assert_eq!(
        w.living_vms()[0]["admin_note"],
        w.host.rows("mod_provisor_services")[0]["create_key"]
    );
    w.verb_on("suspend", "17").unwrap();
}

/// One wrong "not found" about a machine that the panel's own list has.
#[test]
fn not_there_and_listed_at_once_ends_and_doubles_nothing() {
    for verb in ["terminate", "create"] {
        let mut w = World::new().with_ready_vm("17");
        let vm = w.vm_of("17");
        let good = w.env.clone();
        rewritten(&mut w, move |method, path, response| {
            if method == provisor::http::Method::Get && path == format!("/virtual_machines/{vm}.json") {
                response.status = 404;
                response.body = br#"{"errors":["Resource not found"]}"#.to_vec();
            }
        });
        assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.contradiction", "{verb}");
        w.env = good;
        assert_eq!((w.vm_of("17"), w.living_vms().len()), (vm, 1), "{verb}");
        w.verb_on("terminate", "17").unwrap();
    }
}

#[test]
fn a_panel_that_keeps_no_note_from_a_client_still_gives_one_machine_and_gets_the_note_later() {
    let mut w = World::new();
    w.add_service("17");
    notes_are_dropped(&mut w);
    w.verb_on("create", "17").unwrap();
    let key = w.host.rows("mod_provisor_services")[0]["create_key"].clone();
    assert_eq!(w.living_vms().len(), 1);
    assert_eq!(w.living_vms()[0]["admin_note"], key);
}

#[test]
fn no_name_of_a_client_a_host_or_a_panel_becomes_markup_in_a_message() {
    const PLANTED: &str = "\"<svg/onload=alert(1)>\"\u{202e}@a.co";
    let harmless = |said: &str| {
        assert!(
            !said.contains("<svg") && !said.contains("onload=alert(1)>") && !said.contains('\u{202e}'),
            "{said}"
        );
    };
    let mut w = World::new();
    w.add_service("17");
    w.add_service("18");
    for id in ["17", "18"] {
        let service = w.host.services.get_mut(id).unwrap();
        service["client"]["email"] = json!(PLANTED);
        service["client"]["first_name"] = json!(PLANTED);
        service["product"]["name"] = json!(PLANTED);
        service["product"]["overages"] = json!("1,GB,GB");
    }
    let service = w.host.services.get_mut("18").unwrap();
    service["client_id"] = json!("8");
    service["client"]["id"] = json!("8");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let taken = w.verb_on("create", "18").unwrap_err();
    assert_eq!(taken.code, "onapp.login_taken");
    assert!(
        taken.message.contains("svg/onload"),
        "the address is still told: {taken:?}"
    );
    harmless(&taken.message);
    w.panel
        .call("POST", &format!("/users/{}/suspend.json", user_of(&w)), None);
    w.add_service("19");
    w.host.services.get_mut("19").unwrap()["client"]["email"] = json!(PLANTED);
    let suspended = w.verb_on("create", "19").unwrap_err();
    assert_eq!(suspended.code, "onapp.user_suspended");
    harmless(&suspended.message);
    w.host.services.get_mut("17").unwrap()["domain"] = json!(PLANTED);
    w.host.servers.get_mut("1").unwrap()["name"] = json!(PLANTED);
    w.advance(40 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    let server = w.host.servers.get_mut("1").unwrap();
    server["disabled"] = json!(true);
    w.add_service("20");
    harmless(&w.verb_on("create", "20").unwrap_err().message);
    assert_eq!(logged(&w, "onapp.overage_unit"), 1);
    for entry in &w.host.logs {
        harmless(&entry.text);
    }
}

#[test]
fn a_terminate_of_a_machine_whose_create_was_lost_is_killed_anywhere_and_still_deletes_and_meters_it() {
    let crashes = common::enumerate(
        || {
            let mut w = made_but_not_recorded();
            let vm = w.living_vms()[0]["id"].as_u64().unwrap();
            w.traffic(vm, "2026-01-01T01:00:00Z", "2026-01-03T00:00:00Z", 50_000);
            w.advance(2 * 86_400);
            w
        },
        "onapp.terminate",
        |w| w.verb("17"),
        |w| {
            w.verb_on("terminate", "17").unwrap();
            w.advance(900);
            assert_eq!(w.run("onapp.settle", json!({})).unwrap()["failed"], json!(0));
        },
        |w| {
            let rows = w.host.rows("mod_provisor_readings");
            let kb: u64 = rows
                .iter()
                .flat_map(|r| [&r["sent_kb"], &r["received_kb"]])
                .map(|kb| kb.as_str().unwrap().parse::<u64>().unwrap())
                .sum();
            assert_eq!(kb, w.true_kb());
            json!([w.living_vms().len(), w.state_of("17"), kb])
        },
    );
    assert!(crashes > 10, "{crashes}");
}

#[test]
fn a_vm_that_onapp_once_denied_while_it_was_built_is_settled_metered_and_billed() {
    let mut w = World::new();
    w.add_service("17");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    let passes = common::transport(w.panel.clone());
    let real = w.env.clone();
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        let asked = request.path();
        if request.method == provisor::http::Method::Get && asked.starts_with("/virtual_machines/") {
            let body = r#"{"errors":["VirtualMachine not found"]}"#;
            return Ok(provisor::http::Response::new(404, body));
        }
        provisor::http::Transport::send(&passes, request)
    }));
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(logged(&w, "onapp.contradiction"), 1);
    w.env = real;
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-02-01T00:00:00Z", 70_000);
    w.advance(36 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(
        w.host.rows("mod_provisor_periods")[0]["billed_kb"],
        json!(w.true_kb().to_string())
    );
}

/// Terminates service 17 at `moment` of the panel while the host's clocks are so many hours slow, and bills it.
fn terminated_with_a_slow_host(w: &mut World, moment: &str, slow: i64) -> Value {
    let now = w.now();
    w.panel.advance((common::at(moment) - now).num_seconds());
    let input = w.verb("17");
    let late = w.now() - chrono::TimeDelta::hours(slow);
    let config = json!({ "v": 1, "job": "onapp.terminate", "now": late.to_rfc3339(), "limits": {}, "input": input });
    let mut runner = common::Runner::open(config.to_string().as_bytes(), w.env.clone());
    runner.finish(&mut w.host);
    assert_eq!(runner.ended.as_ref().unwrap().0, 0, "{:?}", runner.ended);
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.advance(30 * 86_400);
    w.run("onapp.bill", json!({})).unwrap();
    serde_json::from_str(w.host.rows("mod_provisor_periods")[0]["content"].as_str().unwrap()).unwrap()
}

#[test]
fn a_host_whose_clock_is_slow_at_the_deletion_loses_no_hour() {
    for slow in [0, 2, 20, 120] {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-10T12:00:00Z", 70_000);
        w.panel.advance(9 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        let plan = terminated_with_a_slow_host(&mut w, "2026-01-10T12:30:00Z", slow);
        assert_eq!(
            w.host.rows("mod_provisor_periods")[0]["billed_kb"],
            json!(w.true_kb().to_string()),
            "{slow}"
        );
        assert_eq!(plan["gaps"], json!([]), "{slow}");
        assert_eq!(logged(&w, "onapp.deleted_late"), 0, "{slow}");
    }
}

#[test]
fn the_last_hour_without_a_row_is_named_after_an_idle_hour_too() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-05T08:00:00Z", 70_000);
    w.traffic(vm, "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z", 60_000_000);
    let plan = terminated_with_a_slow_host(&mut w, "2026-01-05T10:00:03Z", 0);
    assert_eq!(plan["gaps"][0]["start"], json!("2026-01-05T09:00:00Z"));
    assert_eq!(plan["gaps"][0]["end"], json!("2026-01-05T10:00:00Z"));
}

/// From now on the panel says that the list of a machine's interfaces is not there.
fn interfaces_denied(w: &mut World) {
    rewritten(w, |_, path, response| {
        if path.contains("/network_interfaces.json") {
            response.status = 404;
            response.body = br#"{"errors":["Resource not found"]}"#.to_vec();
        }
    });
}

#[test]
fn interfaces_that_are_not_listed_while_the_machine_is_there_close_nothing_and_their_hours_are_named() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-06-01T00:00:00Z", 6001);
    w.advance(4 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    let good = w.env.clone();
    interfaces_denied(&mut w);
    for _ in 0..3 {
        w.advance(86_400);
        let report = w.run("onapp.collect", json!({})).unwrap();
        assert_eq!(report["failed"], json!(1), "{report}");
    }
    let read = w.host.rows("mod_provisor_resources")[0].clone();
    assert!(read["closed_at"].is_null(), "{read:?}");
    assert_eq!((logged(&w, "onapp.vm_gone"), logged(&w, "onapp.resource_gone")), (0, 0));
    assert_eq!(logged(&w, "onapp.interfaces_missing"), 3);
    // Read again in time: nothing is missing.
    let denied = std::mem::replace(&mut w.env, good.clone());
    w.run("onapp.collect", json!({})).unwrap();
    assert!(w.host.rows("mod_provisor_resources")[0]["watermark"].as_str() > read["watermark"].as_str());
    w.env = denied;
    // Not in time: the bill names each hour that was not read, up to the period's end.
    let missing = w.host.rows("mod_provisor_resources")[0]["watermark"]
        .as_str()
        .unwrap()
        .to_owned();
    w.panel.advance_to(common::at("2026-02-09T03:00:00Z")).unwrap();
    w.host.clock = w.now();
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(gaps_on_bills(&w), [(missing, "2026-02-01T00:00:00Z".to_owned())]);
    // What came too late is not lost all the same: it follows as an adjustment.
    w.env = good;
    w.run("onapp.collect", json!({})).unwrap();
    w.panel.advance_to(common::at("2026-03-06T03:00:00Z")).unwrap();
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    let hours = (common::at("2026-03-04T00:00:00Z") - common::at("2026-01-01T00:00:00Z")).num_hours();
    let unused = 1; // Traffic began at one o'clock.
    assert_eq!(billed_kb(&w), u64::try_from(hours - unused).unwrap() * 6001);
}

#[test]
fn no_machine_is_deleted_while_its_interfaces_are_not_listed() {
    let mut w = World::new().with_ready_vm("17");
    // The partial hour of a deletion has no row at OnApp; here nothing flows in it.
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-08T00:00:00Z", 6001);
    w.panel.advance_to(common::at("2026-01-09T03:00:00Z")).unwrap();
    let good = w.env.clone();
    interfaces_denied(&mut w);
    let told = w.verb_on("terminate", "17").unwrap_err();
    assert_eq!(told.code, "onapp.interfaces_missing");
    assert_eq!((w.living_vms().len(), w.state_of("17").as_str()), (1, "ready"));
    assert!(w.host.rows("mod_provisor_resources")[0]["closed_at"].is_null());
    w.env = good;
    w.verb_on("terminate", "17").unwrap();
    w.advance(40 * 86_400);
    w.run("onapp.settle", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn an_interface_that_is_listed_twice_is_one_interface() {
    let mut w = World::new();
    w.add_service("17");
    rewritten(&mut w, |_, path, response| {
        if path.contains("/network_interfaces.json") {
            let mut all: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
            all.extend(all.clone());
            response.body = serde_json::to_vec(&all).unwrap();
        }
    });
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    assert_eq!(w.host.rows("mod_provisor_resources").len(), 1);
    w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-12T00:00:00Z", 9000);
    w.advance(35 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn a_new_machine_is_not_announced_before_its_interfaces_are_listed() {
    let mut w = World::new();
    w.add_service("17");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    let good = w.env.clone();
    interfaces_denied(&mut w);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!((w.state_of("17").as_str(), w.host.mails.len()), ("building", 0));
    w.env = good;
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!((w.state_of("17").as_str(), w.host.mails.len()), ("ready", 1));
    assert_eq!(w.host.rows("mod_provisor_resources").len(), 1);
}

#[test]
fn a_row_that_cannot_be_read_keeps_no_machine_from_being_deleted_and_its_hour_is_named() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-06T00:00:00Z", 100_000);
    with_usage_row(&mut w, "2026-01-05T05", |rows, row| spoiled("negative", rows, row));
    w.panel.advance_to(common::at("2026-01-06T03:00:00Z")).unwrap();
    w.verb_on("terminate", "17").unwrap();
    let told: Vec<&str> = w
        .host
        .logs
        .iter()
        .filter(|l| l.code == "meter.unreadable_figure")
        .map(|l| l.text.as_str())
        .collect();
    assert_eq!(told.len(), 1);
    for named in ["service:17/vm:102/nic:103", "2026-01-05T04:00:00Z", "data_sent"] {
        assert!(told[0].contains(named), "{named}: {told:?}");
    }
    w.advance(40 * 86_400);
    w.run("onapp.settle", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(w.living_vms().is_empty());
    let hour = ("2026-01-05T04:00:00Z".to_owned(), "2026-01-05T05:00:00Z".to_owned());
    assert!(gaps_on_bills(&w).contains(&hour), "{:?}", gaps_on_bills(&w));
    assert_eq!(billed_kb(&w), w.true_kb() - 100_000);
}

/// The e-mail address of a client, as staff enter it.
fn enter_email(w: &mut World, service: &str, email: &str) {
    w.host.services.get_mut(service).unwrap()["client"]["email"] = json!(email);
}

#[test]
fn clients_whose_long_addresses_begin_alike_each_get_a_login_that_onapp_takes() {
    let mut w = World::new();
    let mut logins = Vec::new();
    for (service, client, domain) in [("17", "7", "com"), ("18", "8", "net"), ("19", "81", "org")] {
        w.add_service(service);
        w.host.services.get_mut(service).unwrap()["client_id"] = json!(client);
        w.host.services.get_mut(service).unwrap()["client"]["id"] = json!(client);
        let long = format!("firstname.lästname@subsidiary.long-company.{domain}");
        enter_email(&mut w, service, &long);
        w.verb_on("create", service).unwrap();
        let rows = w.host.rows("tblonappclients");
        let mine = rows.iter().find(|row| row["client_id"] == json!(client)).unwrap();
        let login = mine["email"].as_str().unwrap().to_owned();
        assert_eq!(login.chars().count(), 40, "{login}");
        assert!(long.starts_with(login.rsplit_once('.').unwrap().0), "{login}");
        let state = w.panel.state();
        let users = state["users"].as_array().unwrap();
        let made = users.iter().find(|user| user["login"] == json!(login)).unwrap();
        assert_eq!(made["email"], json!(long), "mail still reaches the client");
        w.run("onapp.client_changed", json!({ "client_id": client, "email": long }))
            .unwrap();
        logins.push(login);
    }
    logins.dedup();
    assert_eq!(logins.len(), 3, "{logins:?}");
    assert_eq!(w.living_vms().len(), 3);
    assert_eq!(logged(&w, "onapp.client_email_changed"), 0, "the address is the same");
}

#[test]
fn an_address_that_onapp_refuses_is_not_kept_once_it_is_corrected() {
    let mut w = World::new();
    w.add_service("17");
    enter_email(&mut w, "17", "ada@localhost");
    assert_eq!(w.verb_on("create", "17").unwrap_err().class, -301);
    enter_email(&mut w, "17", "ada@example.com");
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.host.rows("tblonappclients")[0]["email"], json!("ada@example.com"));
}

#[test]
fn a_login_that_was_too_long_in_an_earlier_release_is_replaced() {
    let mut w = World::new().with_ready_vm("17");
    let long = "firstname.lastname@subsidiary.long-company.com";
    w.add_service("18");
    w.host.services.get_mut("18").unwrap()["client_id"] = json!("8");
    w.host.services.get_mut("18").unwrap()["client"]["id"] = json!("8");
    enter_email(&mut w, "18", long);
    let intent = json!({ "server_id": "1", "client_id": "8", "login": long, "password": { "secret": "Pw-9-of-before!" },
                         "created_at": "2026-01-01T00:00:00Z" });
    let kept = json!({ "token": "test", "changes": [
        { "kind": "insert", "table": "mod_provisor_user_intents", "values": intent } ] });
    provisor::host::Port::answer(&mut w.host, "apply", &kept).unwrap();
    assert!(w.verb_on("create", "18").is_err(), "OnApp refuses that login");
    w.verb_on("create", "18").unwrap();
    assert_eq!(w.living_vms().len(), 2);
}

/// Forty days of crons; what was told of a Create that did not end.
fn forty_days(w: &mut World) -> Vec<String> {
    w.host.logs.clear();
    for _ in 0..40 {
        w.advance(86_400);
        for job in ["onapp.settle", "onapp.settle", "onapp.collect", "onapp.bill"] {
            assert_eq!(w.run(job, json!({})).unwrap()["failed"].as_u64().unwrap_or(0), 0);
        }
    }
    let told = w.host.logs.iter().filter(|l| l.code == "onapp.create_unfinished");
    told.map(|l| l.text.clone()).collect()
}

#[test]
fn a_create_killed_anywhere_that_nobody_repeats_is_named_once_a_day_until_create_or_terminate_is_pressed() {
    for verb in ["create", "terminate"] {
        let mut unfinished = 0;
        for k in 0.. {
            let mut w = World::new();
            w.add_service("17");
            let input = w.verb("17");
            if w.killed_at("onapp.create", &input, k, true).is_none() {
                break;
            }
            if w.state_of("17") != "creating" {
                continue;
            }
            unfinished += 1;
            let told = forty_days(&mut w);
            assert!((39..=40).contains(&told.len()), "op {k}: {told:?}");
            let made = w.living_vms().first().map(|vm| format!("VM {}", vm["id"]));
            for sentence in &told {
                let pressed = sentence.contains("service 17") && sentence.contains("Press Create again");
                assert!(pressed && sentence.contains("or Terminate"), "{sentence}");
                assert!(
                    made.as_ref().is_none_or(|vm| sentence.contains(vm)),
                    "op {k}: {sentence}"
                );
            }
            w.verb_on(verb, "17").unwrap();
            w.advance(900);
            assert_eq!(forty_days(&mut w), Vec::<String>::new(), "op {k}: {verb}");
            assert_eq!(w.living_vms().len(), usize::from(verb == "create"), "op {k}: {verb}");
        }
        assert!(unfinished >= 2, "{unfinished}");
    }
}

#[test]
fn a_machine_left_by_a_create_of_a_service_that_was_deleted_is_named_until_it_is_deleted_at_onapp() {
    let mut w = made_but_not_recorded();
    let vm = w.living_vms()[0]["id"].clone();
    w.host.services.clear();
    let told = forty_days(&mut w);
    assert!((39..=40).contains(&told.len()), "{told:?}");
    assert!(
        told[0].contains(&format!("VM {vm}")) && told[0].contains("Delete the VM"),
        "{told:?}"
    );
    w.panel.call("DELETE", &format!("/virtual_machines/{vm}.json"), None);
    w.advance(900);
    assert_eq!(forty_days(&mut w), Vec::<String>::new());
}

#[test]
fn terminate_finds_the_machine_of_a_lost_create_whose_user_is_not_on_record_any_more() {
    let mut w = made_but_not_recorded();
    let row = w.host.rows("tblonappclients")[0].clone();
    let key = json!({ "server_id": row["server_id"], "client_id": row["client_id"] });
    let dropped = json!({ "token": "test", "changes": [{ "kind": "delete", "table": "tblonappclients", "key": key }] });
    provisor::host::Port::answer(&mut w.host, "apply", &dropped).unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    assert_eq!(w.living_vms().len(), 0, "{:?}", w.host.logs);
}

#[test]
fn a_typing_error_in_the_input_or_the_limits_of_a_job_bills_nobody_and_is_named() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-20T00:00:00Z", 70_000);
    w.advance(32 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    for (input, named) in [
        (json!({ "dryrun": true }), "\"dryrun\""),
        (json!({ "dry_run": true, "dry-run": true }), "\"dry-run\""),
        (json!({ "serviceid": "999" }), "\"serviceid\""),
        (json!({ "dry_run": 1 }), "shape"),
        (json!({ "service_id": 999 }), "shape"),
        (json!(["17"]), "shape"),
    ] {
        let refused = w.run("onapp.bill", input.clone()).unwrap_err();
        assert_eq!(refused.code, "job.input", "{input}");
        assert!(refused.message.contains(named), "{input}: {refused:?}");
    }
    for config in [
        json!({ "limits": { "lease_second": 1 } }),
        json!({ "inputs": { "dry_run": true } }),
        json!({ "limit": {} }),
    ] {
        let mut whole = json!({ "v": 1, "job": "onapp.bill", "now": w.now().to_rfc3339() });
        whole
            .as_object_mut()
            .unwrap()
            .extend(config.as_object().unwrap().clone());
        let runner = common::Runner::open(whole.to_string().as_bytes(), w.env.clone());
        let (class, told) = runner.ended.unwrap_or_else(|| panic!("{config} was started"));
        let name = if config["limits"].is_null() {
            config.as_object().unwrap().keys().next().unwrap()
        } else {
            "lease_second"
        };
        let message = told["error"]["message"].as_str().unwrap();
        assert!(
            class < -200 && message.contains(&format!("\"{name}\"")),
            "{config}: {told}"
        );
    }
    assert!(w.host.invoices.is_empty() && w.host.rows("mod_provisor_periods").is_empty());
    assert!(
        w.run("onapp.bill", json!([])).unwrap()["invoices"]
            .as_array()
            .unwrap()
            .len()
            == 1,
        "PHP's empty map"
    );
}

/// Service 17 again, as another client's.
fn given_again(w: &mut World) {
    w.add_service("17");
    let service = w.host.services.get_mut("17").unwrap();
    service["client_id"] = json!("8");
    service["client"] = json!({ "id": "8", "email": "eve@example.com", "first_name": "Eve", "last_name": "" });
    service["domain"] = json!("eve.example.com");
}

#[test]
fn a_number_that_is_given_again_gets_nothing_of_the_former_clients_machine() {
    for hook in [true, false] {
        let mut w = World::new().with_ready_vm("17");
        let stands = |w: &World| {
            let vms = w.living_vms();
            assert_eq!(vms.len(), 1);
            ["id", "user_id", "booted", "suspended", "admin_note"].map(|name| vms[0][name].clone())
        };
        let vm = stands(&w);
        w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-05T00:00:00Z", 500_000);
        w.advance(5 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        w.host.services.remove("17");
        if hook {
            w.run("onapp.service_deleted", json!({ "service_id": "17" })).unwrap();
            w.run("onapp.client_deleted", json!({ "client_id": "7" })).unwrap();
        } else {
            w.run("onapp.bill", json!({})).unwrap();
        }
        given_again(&mut w);
        w.host.fields.clear();
        for verb in ["create", "suspend", "unsuspend", "terminate"] {
            let refused = w.verb_on(verb, "17").unwrap_err();
            assert_eq!(refused.code, "onapp.number_reused", "{verb}");
        }
        for _ in 0..40 {
            w.advance(86_400);
            for job in ["settle", "collect", "bill"] {
                w.run(&format!("onapp.{job}"), json!({})).unwrap();
            }
        }
        assert_eq!(stands(&w), vm, "hook: {hook}");
        assert_eq!(w.host.invoices.len(), 0);
        assert_eq!(w.host.mails.len(), 1, "of the former client's machine");
        let said = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap();
        assert_eq!(said["text"], "");
        assert!(!w.host.fields.contains_key("17"), "{:?}", w.host.fields);
    }
}

#[test]
fn what_a_deleted_service_was_not_billed_for_is_never_billed_to_the_next_client_of_its_number() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-05T00:00:00Z", 500_000);
    w.advance(5 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.host.services.remove("17");
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(logged(&w, "onapp.final_bill_lost"), 1);
    given_again(&mut w);
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.number_reused");
    w.advance(40 * 86_400);
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(w.host.invoices.len(), 0);
}

#[test]
fn a_service_that_moves_to_another_client_is_served_on() {
    let mut w = World::new().with_ready_vm("17");
    w.advance(86_400);
    w.run("onapp.bill", json!({})).unwrap();
    given_again(&mut w);
    w.verb_on("suspend", "17").unwrap();
    w.advance(600);
    w.verb_on("unsuspend", "17").unwrap();
    assert_eq!(w.living_vms()[0]["suspended"], false, "{:?}", w.living_vms());
}

#[test]
fn a_machine_whose_deletion_failed_is_kept_by_unsuspend_and_every_hour_of_it_is_billed() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-01T01:00:00Z", "2026-04-01T00:00:00Z", 10_000);
    let fails = json!({ "fail": "destroy_virtual_machine", "count": 1 });
    w.panel.control("POST", "transactions", &fails).unwrap();
    w.verb_on("terminate", "17").unwrap();
    assert_eq!(w.verb_on("unsuspend", "17").unwrap_err().code, "onapp.still_deleting");
    w.advance(86_400);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "deleting");
    assert!(
        w.host
            .logs
            .iter()
            .any(|l| l.code == "onapp.delete_failed" && l.text.contains("Unsuspend"))
    );
    w.verb_on("unsuspend", "17").unwrap();
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready");
    assert_eq!(w.host.mails.len(), 1, "it was announced when it was made");
    for _ in 0..35 {
        w.advance(86_400);
        for job in ["settle", "collect", "bill"] {
            w.run(&format!("onapp.{job}"), json!({})).unwrap();
        }
    }
    assert_eq!(w.vm_of("17"), vm);
    // The hours from 01:00 to the end of the first period, on 2026-02-01.
    let first = w.host.rows("mod_provisor_periods")[0].clone();
    assert_eq!(first["billed_kb"], json!((743 * 10_000).to_string()), "{first:?}");
    let content: Value = serde_json::from_str(first["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["gaps"], json!([]));
}

#[test]
fn a_number_given_again_keeps_no_other_service_from_being_settled() {
    let mut w = World::new().with_ready_vm("17");
    let fails = json!({ "fail": "destroy_virtual_machine", "count": 1 });
    w.panel.control("POST", "transactions", &fails).unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(3600);
    w.run("onapp.service_deleted", json!({ "service_id": "17" })).unwrap();
    w.host.services.remove("17");
    given_again(&mut w);
    w.add_service("18");
    w.verb_on("create", "18").unwrap();
    for _ in 0..3 {
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!(w.state_of("18"), "ready", "{:?}", w.host.logs);
    assert_eq!(logged(&w, "onapp.number_reused"), 1);
}

#[test]
fn the_page_of_a_number_given_again_shows_nothing_of_the_former_client() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-05T00:00:00Z", 500_000);
    w.advance(5 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.service_deleted", json!({ "service_id": "17" })).unwrap();
    w.host.services.remove("17");
    given_again(&mut w);
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    let before = w.panel.requests().len();
    for job in [
        "bandwidth",
        "bandwidth_csv",
        "page",
        "disks",
        "backups",
        "addresses",
        "cpu",
        "upgrade",
    ] {
        let mut input = w.verb("17");
        input["caller"] = json!({ "kind": "client", "client_id": "8", "post": true, "token": true });
        let told = match w.run(&format!("onapp.{job}"), input) {
            Ok(report) => report.to_string(),
            Err(refused) => refused.message,
        };
        for secret in ["198.18.", "vm17.example.com", "Cost so far", "2026-01-0"] {
            assert!(!told.contains(secret), "{job}: {secret} in {told}");
        }
    }
    let asked = w.panel.requests();
    let of_vm = asked[before..]
        .iter()
        .filter(|r| r["path"].as_str().unwrap().contains("/virtual_machines/"));
    assert_eq!(of_vm.count(), 0);
}

#[test]
fn a_service_that_is_gone_is_noticed_although_nothing_of_it_was_measured() {
    let mut w = World::new();
    w.add_service("17");
    let fails = json!({ "fail": "build_disk", "count": 5 });
    w.panel.control("POST", "transactions", &fails).unwrap();
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.host.services.remove("17");
    w.run("onapp.bill", json!({})).unwrap();
    given_again(&mut w);
    for verb in ["create", "unsuspend", "terminate"] {
        assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.number_reused", "{verb}");
    }
}

#[test]
fn a_service_that_came_back_and_moves_to_another_client_later_is_served_on() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-03-01T00:00:00Z", 10_000);
    let kept = w.host.services.remove("17").unwrap();
    w.run("onapp.service_deleted", json!({ "service_id": "17" })).unwrap();
    w.host.services.insert("17".into(), kept);
    w.run("onapp.bill", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    given_again(&mut w);
    w.verb_on("suspend", "17").unwrap();
    w.advance(40 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(!w.host.invoices.is_empty(), "{:?}", w.host.logs);
}

/// Answers to a question for interfaces, in which one field of the first is another value.
fn with_nic_field(w: &mut World, field: &'static str, value: Value) {
    rewritten(w, move |_, path, response| {
        if path.ends_with("/network_interfaces.json") {
            let mut nics: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
            nics[0]["network_interface"][field] = value.clone();
            response.body = serde_json::to_vec(&nics).unwrap();
        }
    });
}

#[test]
fn a_field_of_an_interface_that_metering_does_not_need_keeps_no_machine_from_being_metered_billed_and_deleted() {
    for (field, value) in [
        ("rate_limit", json!("Unlimited")),
        ("rate_limit", json!(-1)),
        ("rate_limit", json!(0.5)),
        ("network_join_id", json!(-1)),
        ("mac_address", json!({})),
        ("default_firewall_rule", json!([])),
        ("primary", json!("yes")),
        ("label", json!({})),
    ] {
        let mut w = World::new();
        with_nic_field(&mut w, field, value.clone());
        let mut w = w.with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", 100_000);
        w.advance(33 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(
            (w.host.invoices.len(), billed_kb(&w)),
            (1, w.true_kb()),
            "{field} {value}"
        );
        w.verb_on("terminate", "17").unwrap();
        assert!(gaps_on_bills(&w).is_empty(), "{field} {value}");
    }
}

/// Stamps that name no moment.
fn stamps() -> [Value; 5] {
    let local = json!("2026-01-02 03:00:00");
    [
        json!(null),
        local,
        json!("0000-00-00T00:00:00Z"),
        json!(1_767_312_000),
        json!({}),
    ]
}

#[test]
fn a_row_whose_time_cannot_be_read_costs_its_own_hour_which_is_named_once_and_on_the_bill() {
    for stamp in stamps() {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-01T00:00:00Z", "2026-02-03T00:00:00Z", 100_000);
        let wrong = stamp.clone();
        with_usage_row(&mut w, "2026-01-05T03", move |rows, mut row| {
            row["net_hourly_stat"]["stat_time"] = wrong.clone();
            rows.push(row);
        });
        let there = w.now();
        w.advance((common::at("2026-01-05T04:30:00Z") - there).num_seconds());
        for _ in 0..5 {
            w.run("onapp.collect", json!({})).unwrap();
            w.advance(3600);
        }
        let there = w.now();
        w.advance((common::at("2026-02-02T00:30:00Z") - there).num_seconds());
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        let of_january = 31 * 24 * 100_000;
        assert!(
            billed_kb(&w) < of_january && billed_kb(&w) >= of_january - 200_000,
            "{stamp}"
        );
        let hour = ("2026-01-05T02:00:00Z".to_owned(), "2026-01-05T03:00:00Z".to_owned());
        assert!(gaps_on_bills(&w).contains(&hour), "{stamp}: {:?}", gaps_on_bills(&w));
        assert_eq!(logged(&w, "meter.unreadable_time"), 1, "{stamp}: {:?}", w.host.logs);
        w.verb_on("terminate", "17").unwrap();
    }
}

#[test]
fn a_row_that_lacks_a_field_or_is_none_costs_its_own_hour_and_stops_neither_bill_nor_deletion() {
    for way in ["data_received", "stat_time", "null", "empty"] {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-01T00:00:00Z", "2026-02-03T00:00:00Z", 100_000);
        with_usage_row(&mut w, "2026-01-05T03", move |rows, mut row| {
            match way {
                "null" => row = Value::Null,
                "empty" => row = json!({ "net_hourly_stat": {} }),
                field => drop(row["net_hourly_stat"].as_object_mut().unwrap().remove(field)),
            }
            rows.push(row);
        });
        for _ in 0..33 {
            w.advance(86_400);
            assert_eq!(w.run("onapp.collect", json!({})).unwrap()["failed"], 0, "{way}");
        }
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(billed_kb(&w), (31 * 24 - 1) * 100_000, "{way}");
        let hour = ("2026-01-05T02:00:00Z".to_owned(), "2026-01-05T03:00:00Z".to_owned());
        assert_eq!(gaps_on_bills(&w), [hour], "{way}");
        w.verb_on("terminate", "17").unwrap();
    }
}

#[test]
fn a_row_of_no_readable_time_in_every_answer_stops_neither_bill_nor_deletion_and_is_named_once_a_day() {
    for stamp in stamps() {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", 100_000);
        let wrong = stamp.clone();
        rewritten(&mut w, move |_, path, response| {
            if path.contains("/usage.json") {
                let mut rows: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
                rows.push(json!({ "net_hourly_stat": { "stat_time": wrong, "data_sent": 5, "data_received": 5 } }));
                response.body = serde_json::to_vec(&rows).unwrap();
            }
        });
        for _ in 0..4 {
            w.advance(8 * 86_400);
            w.run("onapp.collect", json!({})).unwrap();
        }
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(billed_kb(&w), w.true_kb(), "{stamp}");
        assert!(
            gaps_on_bills(&w).is_empty(),
            "{stamp}: nobody can say which of the idle hours it was"
        );
        assert_eq!(logged(&w, "meter.unreadable_time"), 4, "{stamp}");
        w.verb_on("terminate", "17").unwrap();
        assert_eq!(logged(&w, "meter.unreadable_time"), 4, "{stamp}: told today");
    }
}

#[test]
fn a_time_out_of_zero_in_the_access_hash_counts_as_not_set() {
    let waits = |extras: &str| {
        let mut w = World::new();
        w.add_service("17");
        w.host.servers.get_mut("1").unwrap()["access_hash"] = json!({ "secret": extras });
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let (real, notes) = (w.env.clone(), seen.clone());
        w.env = provisor::module::Env {
            transport: std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
                notes.lock().unwrap().push(request.read_timeout.as_secs());
                real.transport.send(request)
            })),
        };
        w.verb_on("create", "17").unwrap();
        let seen = seen.lock().unwrap().clone();
        assert!(!seen.is_empty());
        seen
    };
    let unset = waits("");
    assert_eq!(waits("<timeout>0</timeout>"), unset);
    assert_eq!(waits("<timeout>ten</timeout>"), unset);
    assert!(waits("<timeout>1</timeout>").iter().all(|seconds| *seconds == 1));
}

/// Puts another value into a cell of a row of ours, as a damage to the database would.
fn damage(w: &mut World, table: &str, service: &str, name: &str, value: &str) {
    let rows = w.host.rows(table);
    let row = rows
        .iter()
        .find(|row| service.is_empty() || row["service_id"] == json!(service));
    let mut row = (*row.unwrap()).clone();
    let change = match row.get("rev").cloned() {
        Some(rev) => json!({ "kind": "update", "table": table, "rev": rev, "values": { name: value },
                             "key": { "module": "onapp", "service_id": service } }),
        None => {
            row.insert(name.into(), json!(value));
            json!({ "kind": "put", "table": table, "values": row })
        }
    };
    provisor::host::Port::answer(&mut w.host, "apply", &json!({ "token": value, "changes": [change] })).unwrap();
}

#[test]
fn a_damaged_record_of_a_server_is_asked_anew_and_stops_no_collection() {
    for (name, value) in [
        ("seen_at", "yesterday"),
        ("seen_at", "2026-13-45T00:00:00Z"),
        ("version", "six"),
    ] {
        let mut w = World::new().with_ready_vm("17");
        damage(&mut w, "mod_provisor_servers", "", name, value);
        w.advance(7200);
        let report = w.run("onapp.collect", json!({})).unwrap();
        assert_eq!(
            (&report["services"], &report["failed"]),
            (&json!(1), &json!(0)),
            "{name} {value}"
        );
        assert_ne!(w.host.rows("mod_provisor_servers")[0][name], json!(value));
    }
}

#[test]
fn a_damaged_record_of_a_service_is_its_own_failure_and_stops_no_other_service() {
    for value in ["one hundred", "-5", "18446744073709551616"] {
        let mut w = World::new().with_ready_vm("16").with_ready_vm("17").with_ready_vm("18");
        damage(&mut w, "mod_provisor_services", "17", "vm_id", value);
        w.advance(7200);
        for _ in 0..2 {
            let report = w.run("onapp.collect", json!({})).expect(value);
            assert_eq!(
                (&report["services"], &report["failed"]),
                (&json!(2), &json!(1)),
                "{value}"
            );
        }
        let told: Vec<_> = w
            .host
            .logs
            .iter()
            .filter(|log| log.code == "host.row_damaged")
            .collect();
        assert!(
            told.iter()
                .all(|log| log.text.contains("Service 17") && log.text.contains("vm_id")),
            "{told:?}"
        );
        assert!(!told.is_empty(), "{value}");
    }
}

/// A host whose answer about one apply is "conflict" although it was applied.
struct Liar<'a> {
    host: &'a mut provisor::host::memory::MemoryHost,
    left: usize,
    lied: bool,
}

impl provisor::host::Port for Liar<'_> {
    fn answer(&mut self, op: &str, args: &Value) -> Result<Value, provisor::host::PortError> {
        let told = self.host.answer(op, args)?;
        if op != "apply" || self.lied {
            return Ok(told);
        }
        self.lied = self.left == 0;
        self.left = self.left.saturating_sub(1);
        Ok(if self.lied {
            json!({ "outcome": "conflict" })
        } else {
            told
        })
    }
    fn clock(&mut self) -> provisor::time::Instant {
        self.host.clock()
    }
    fn log(&mut self, entry: &provisor::host::LogEntry) {
        self.host.log(entry);
    }
}

#[test]
fn a_claim_that_was_lost_says_to_press_again_and_pressing_again_does_the_work() {
    let mut lost = 0;
    for left in 0..60 {
        let mut w = World::new().with_ready_vm("17");
        w.verb_on("suspend", "17").unwrap();
        w.advance(900);
        let input = w.verb("17");
        let mut session = provisor::start(&w.config("onapp.unsuspend", &input), w.env.clone());
        let mut liar = Liar {
            host: &mut w.host,
            left,
            lied: false,
        };
        let ended = provisor::session::drive(&mut session, &mut liar);
        if !liar.lied {
            break;
        }
        let Err(failure) = ended else { continue };
        if failure.code != "onapp.claim_lost" {
            continue;
        }
        lost += 1;
        assert!(
            failure.message.contains("press the action again"),
            "{left}: {}",
            failure.message
        );
        assert!(
            !failure.message.contains("Nothing needs to be done"),
            "{left}: {}",
            failure.message
        );
        w.advance(900);
        w.verb_on("unsuspend", "17").unwrap();
        w.advance(900);
        let vm = &w.living_vms()[0];
        assert_eq!(
            (&vm["suspended"], &vm["booted"]),
            (&json!(false), &json!(true)),
            "{left}"
        );
    }
    assert!(lost > 1, "{lost}");
}

#[test]
fn times_in_another_form_are_no_damaged_rows_and_their_hours_are_read_when_they_can_be() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-01T01:00:00Z", "2026-02-03T00:00:00Z", 100_000);
    let good = w.env.clone();
    let real = w.env.clone();
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        let mut response = real.transport.send(request)?;
        if request.url.contains("/usage.json") {
            let mut rows: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
            for row in &mut rows {
                let stamp = row["net_hourly_stat"]["stat_time"].as_str().unwrap();
                row["net_hourly_stat"]["stat_time"] = json!(stamp.replace('T', " ").replace('Z', " UTC"));
            }
            response.body = serde_json::to_vec(&rows).unwrap();
        }
        Ok(response)
    }));
    for _ in 0..24 {
        w.advance(86_400);
        assert_eq!(w.run("onapp.collect", json!({})).unwrap()["failed"], 1);
    }
    w.verb_on("terminate", "17").unwrap_err();
    assert_eq!(w.living_vms().len(), 1);
    w.env = good;
    for _ in 0..9 {
        w.advance(86_400);
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
    }
    let first = w.host.rows("mod_provisor_periods")[0].clone();
    // From 01:00 of January 1st to the end of the month.
    assert_eq!(first["billed_kb"], json!((743 * 100_000).to_string()), "{first:?}");
}

#[test]
fn the_run_of_every_five_minutes_tells_each_failure_of_a_panel_or_a_machine_once_a_day() {
    use provisor::http::{Kind, Request, Response, SendError, memory::MemoryTransport};
    let down = |_: &Request| -> Result<Response, SendError> { Err(SendError::unsent(Kind::Refused)) };
    let broken = |_: &Request| -> Result<Response, SendError> { Ok(Response::new(500, b"<html>".to_vec())) };
    let mut w = World::new().with_ready_vm("17");
    w.add_service("18");
    w.verb_on("create", "18").unwrap();
    w.verb_on("terminate", "17").unwrap();
    let good = w.env.clone();
    let told = |w: &World| w.host.logs.iter().filter(|l| l.level == "error").count();
    let run = |w: &mut World| {
        for _ in 0..5 {
            w.advance(300);
            assert_eq!(w.run("onapp.settle", json!({})).unwrap()["settled"], 0);
        }
    };
    w.env.transport = std::sync::Arc::new(MemoryTransport::new(down));
    run(&mut w);
    assert_eq!(told(&w), 1, "{:?}", w.host.logs);
    // Each of both machines fails for itself.
    w.env.transport = std::sync::Arc::new(MemoryTransport::new(broken));
    run(&mut w);
    assert_eq!(told(&w), 3, "{:?}", w.host.logs);
    w.env.transport = std::sync::Arc::new(MemoryTransport::new(down));
    run(&mut w);
    assert_eq!(told(&w), 3, "{:?}", w.host.logs);
    w.advance(86_400);
    run(&mut w);
    assert_eq!(told(&w), 4, "{:?}", w.host.logs);
    w.env = good;
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!((w.state_of("17"), w.state_of("18")), ("gone".into(), "ready".into()));
}

#[test]
fn a_period_that_was_planned_for_a_client_who_was_deleted_never_goes_to_the_next_one_of_the_number() {
    let mut ready = World::new().with_ready_vm("17");
    for client in ["7", "8"] {
        ready.host.clients.insert(client.into(), json!({ "id": client }));
    }
    ready.traffic(
        ready.vm_of("17"),
        "2026-01-01T01:00:00Z",
        "2026-03-04T00:00:00Z",
        70_000,
    );
    ready.advance(32 * 86_400);
    ready.run("onapp.collect", json!({})).unwrap();
    for k in 0.. {
        let mut w = ready.copy();
        if w.killed_at("onapp.bill", &json!({}), k, false).is_none() {
            assert!(k > 5, "{k}");
            break;
        }
        let mut service = w.host.services.remove("17").unwrap();
        w.run("onapp.service_deleted", json!({ "service_id": "17" })).unwrap();
        w.host.clients.remove("7");
        service["client_id"] = json!("8");
        service["client"] = json!({ "id": "8", "email": "eve@example.com", "first_name": "Eve", "last_name": "" });
        w.host.services.insert("17".into(), service);
        for _ in 0..2 {
            w.advance(3600);
            let _ = w.run("onapp.bill", json!({}));
        }
        let of_8 = w.host.invoices.values().filter(|invoice| invoice["client_id"] == "8");
        assert_eq!(of_8.count(), 0, "killed at {k}: {:?}", w.host.invoices);
    }
}

#[test]
fn a_settle_that_was_killed_after_the_machine_was_gone_leaves_no_service_unfinished_for_ever() {
    let mut ready = World::new().with_ready_vm("17");
    ready.host.clients.insert("7".into(), json!({ "id": "7" }));
    ready.advance(3 * 86_400);
    ready.run("onapp.collect", json!({})).unwrap();
    ready.verb_on("terminate", "17").unwrap();
    ready.advance(900);
    for k in 0.. {
        let mut w = ready.copy();
        if w.killed_at("onapp.settle", &json!({}), k, true).is_none() {
            assert!(k > 5, "{k}");
            break;
        }
        for _ in 0..45 {
            w.advance(86_400);
            for job in ["onapp.settle", "onapp.collect", "onapp.bill"] {
                w.run(job, json!({})).unwrap();
            }
        }
        assert_eq!(w.state_of("17"), "done", "killed at {k}");
    }
}

#[test]
fn the_credentials_of_another_modules_server_are_never_sent() {
    // A typing error in slot 1: the id of a server of another module.
    let mut w = World::new();
    w.add_service("17");
    let mut other = w.host.servers["1"].clone();
    other["id"] = json!("2");
    other["module"] = json!("cpanel");
    w.host.servers.insert("2".into(), other);
    w.host.services.get_mut("17").unwrap()["product"]["options"][0] = json!("2");
    let refused = w.verb_on("create", "17").unwrap_err();
    assert_eq!(refused.code, "onapp.server_type");
    assert!(refused.message.contains("cpanel"), "{}", refused.message);
    let list = json!({ "server": w.host.servers["1"], "options": w.host.services["17"]["product"]["options"],
                       "list": "templates" });
    let list = w.run("onapp.choices", list).unwrap();
    assert!(list["notice"].as_str().unwrap().contains("cpanel"), "{list}");
    assert_eq!(w.panel.requests().len(), 0);
    assert!(w.living_vms().is_empty());
    // A server whose type was changed under a machine; the type of this module is no hindrance.
    w.host.services.get_mut("17").unwrap()["product"]["options"][0] = json!("1");
    w.host.servers.get_mut("1").unwrap()["module"] = json!("onapp");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready");
    let asked = w.panel.requests().len();
    w.host.servers.get_mut("1").unwrap()["module"] = json!("plesk");
    w.advance(7200);
    w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(w.verb_on("suspend", "17").unwrap_err().code, "onapp.server_type");
    assert_eq!(w.panel.requests().len(), asked);
    assert_eq!(logged(&w, "onapp.server_type"), 1);
}

/// Orders a machine on a release with this root password, and settles it. `hidden`: the panel never tells a password.
/// Returns what was sent last, and what the service's field holds.
fn ordered_with_password(w: &mut World, typed: &str, hidden: bool) -> (Value, Value) {
    if hidden {
        rewritten(w, |_, _, response| {
            if let Ok(mut body) = serde_json::from_slice::<Value>(&response.body)
                && let Some(vm) = body.get_mut("virtual_machine").and_then(Value::as_object_mut)
            {
                vm.remove("initial_root_password");
                response.body = serde_json::to_vec(&body).unwrap();
            }
        });
    }
    let sent = std::sync::Arc::new(std::sync::Mutex::new(Value::Null));
    let (inner, kept) = (w.env.transport.clone(), sent.clone());
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        if request.method == provisor::http::Method::Post && request.url.ends_with("/virtual_machines.json") {
            let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
            *kept.lock().unwrap() = body["virtual_machine"]["initial_root_password"].clone();
        }
        inner.send(request)
    }));
    w.add_service("17");
    let mut input = w.verb("17");
    input["service"]["password"] = json!({ "secret": typed });
    w.run("onapp.create", input).unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready");
    let sent = sent.lock().unwrap().clone();
    let field = w.host.fields["17"].get("password").cloned().unwrap_or_default();
    (sent, field["secret"].clone())
}

#[test]
fn a_typed_root_password_is_the_machines_or_staff_are_told_and_the_field_holds_no_other_ones() {
    use provisor_simulator::Version;
    let long = "Correct.Horse.Battery.Staple.2026.x";
    for (major, minor) in [(2, 3), (4, 2), (6, 5), (7, 0)] {
        for typed in ["Root-pw-7", "P@ssw0rd!7x", long, "abc"] {
            for hidden in [false, true] {
                let case = format!("{major}.{minor} {typed} {hidden}");
                let mut w = World::with(Version { major, minor });
                let (sent, field) = ordered_with_password(&mut w, typed, hidden);
                let vm = w.panel.state()["vms"][0].clone();
                let replaced = logged(&w, "onapp.password_replaced");
                if typed == "Root-pw-7" || (major > 2 && typed != "abc") {
                    assert_eq!((&sent, replaced), (&json!(typed), 0), "{case}: {vm}");
                    // The host stored what was typed by itself.
                    assert!(field.is_null() || field == json!(typed), "{case}: {field}");
                } else {
                    assert_eq!((&sent, replaced), (&Value::Null, 1), "{case}");
                    assert_ne!(field, json!(typed), "{case}");
                    assert_eq!(field == json!(""), hidden, "{case}: {field}");
                }
                assert!(w.host.logs.iter().all(|log| !log.text.contains(typed)), "{case}");
            }
        }
    }
}

/// The panel refuses every order with the root password `Plainpassword7` in these words.
fn password_refused(w: &mut World, words: &'static str) {
    let inner = w.env.transport.clone();
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        let is_create =
            request.method == provisor::http::Method::Post && request.url.ends_with("/virtual_machines.json");
        let body = request.body.clone().unwrap_or_default();
        if is_create && String::from_utf8_lossy(&body).contains("Plainpassword7") {
            return Ok(provisor::http::Response::new(422, words));
        }
        inner.send(request)
    }));
}

#[test]
fn a_root_password_that_the_panels_rules_refuse_costs_no_machine_and_is_kept_nowhere() {
    let mut w = World::new();
    password_refused(&mut w, r#"{"errors":{"initial_root_password":["needs a sign"]}}"#);
    let (sent, field) = ordered_with_password(&mut w, "Plainpassword7", true);
    assert_eq!((sent, field), (Value::Null, json!("")));
    assert_eq!(logged(&w, "onapp.password_replaced"), 1);
    let told = w
        .host
        .logs
        .iter()
        .find(|log| log.code == "onapp.password_replaced")
        .unwrap();
    assert!(
        told.text.contains("needs a sign") && told.text.contains("Change Password"),
        "{}",
        told.text
    );
}

#[test]
fn an_order_that_is_refused_for_another_field_too_keeps_the_typed_root_password() {
    let mut w = World::new();
    w.add_service("17");
    password_refused(
        &mut w,
        r#"{"errors":{"initial_root_password":["needs a sign"],"hostname":["is taken"]}}"#,
    );
    let mut input = w.verb("17");
    input["service"]["password"] = json!({ "secret": "Plainpassword7" });
    let failure = w.run("onapp.create", input).unwrap_err();
    assert!(failure.message.contains("is taken"), "{failure}");
    assert_eq!(logged(&w, "onapp.password_replaced"), 0);
    assert!(
        !w.host
            .fields
            .get("17")
            .is_some_and(|fields| fields.contains_key("password"))
    );
}

#[test]
fn a_machine_that_is_not_built_by_itself_is_announced_once_and_when_it_is_built() {
    let mut w = World::new();
    w.add_service("17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][9] = json!("0,0");
    w.verb_on("create", "17").unwrap();
    for _ in 0..50 {
        w.advance(3600);
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!(w.living_vms()[0]["built"], json!(false));
    assert_eq!(w.host.mails.len(), 0, "{:?}", w.host.mails);
    assert_eq!(logged(&w, "onapp.not_built"), 0, "it is as ordered");
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    let mut press = w.verb("17");
    press["caller"] = json!({ "kind": "client", "client_id": "7", "post": true, "token": true });
    w.run("onapp.build", press).unwrap();
    for _ in 0..4 {
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
    assert_eq!((w.state_of("17").as_str(), w.host.mails.len()), ("ready", 1));
    assert_eq!(w.host.mails[0]["template"], json!("Virtual Machine Created"));
}
