//! A new package reaches the VM (decision 18): exactly what was ordered, with the requests that it needs and no other; what
//! destroys data is refused whole; a kill anywhere, a lost answer, a busy or an unwilling panel end in the same VM; and
//! metering goes on all the while.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{LATER, World, enumerate};
use provisor::http::Method;
use provisor::http::memory::MemoryTransport;
use provisor::session::Ended;
use provisor_simulator::Version;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// The releases that differ, and the oldest and newest that are supported.
const RELEASES: [(u32, u32); 7] = [(2, 3), (3, 0), (4, 2), (5, 0), (5, 6), (6, 5), (7, 0)];

fn ready_on(major: u32, minor: u32) -> World {
    let mut w = World::with(Version { major, minor }).with_ready_vm("17");
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    grant(&w);
    w.host.services.get_mut("17").unwrap()["product"]["options"][17] = json!("1");
    w
}

/// What the vendor's list for the server's user lacks.
fn grant(w: &World) {
    let more = ["disks.read", "disks.update", "backups.read", "backups.create"];
    w.panel
        .control("POST", "role", &json!({ "role": 1, "grant": more }))
        .unwrap();
}

fn ready() -> World {
    ready_on(6, 5)
}

/// Changes slots of the product, counted from 1 as in the settings.
fn order(w: &mut World, slots: &[(usize, &str)]) {
    let service = w.host.services.get_mut("17").unwrap();
    for (slot, value) in slots {
        service["product"]["options"][slot - 1] = json!(value);
    }
}

fn change(w: &mut World) -> Result<Value, Ended> {
    w.verb_on("change_package", "17")
}

fn preview(w: &mut World) -> Value {
    let mut input = w.verb("17");
    input["dry_run"] = json!(true);
    w.run("onapp.change_package", input).unwrap()
}

/// Crons, ten minutes apart, until nothing waits.
fn crons(w: &mut World) {
    for _ in 0..6 {
        w.advance(LATER);
        w.run("onapp.settle", json!({})).unwrap();
    }
}

fn the_vm(w: &World) -> Value {
    let id = w.vm_of("17");
    w.living_vms().into_iter().find(|vm| vm["id"] == json!(id)).unwrap()
}

/// Memory, CPUs, shares, port speed and primary disk, as the panel truly has them.
fn truth(w: &World) -> [u64; 5] {
    let vm = the_vm(w);
    let number = |value: &Value| value.as_u64().unwrap();
    let nic = vm["nics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|n| n["primary"] == true)
        .unwrap();
    [
        number(&vm["memory"]),
        number(&vm["cpus"]),
        number(&vm["cpu_shares"]),
        number(&nic["rate_limit"]),
        number(&vm["primary_disk_size"]),
    ]
}

/// What the old module's table says: memory, CPUs, shares, disk.
fn mapped(w: &World) -> Vec<String> {
    let rows = w.host.rows("tblonappservices");
    let text = |name: &str| rows[0][name].as_str().unwrap().to_owned();
    ["memory", "cpus", "cpu_shares", "disk_size"].map(text).to_vec()
}

/// From now on, the body of every changing request.
fn record(w: &mut World) -> Arc<Mutex<Vec<Value>>> {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let (inner, kept) = (w.env.transport.clone(), bodies.clone());
    w.env.transport = Arc::new(MemoryTransport::new(move |request| {
        if request.method != Method::Get {
            let body = request.body.as_deref().unwrap_or_default();
            kept.lock().unwrap().push(serde_json::from_slice(body).unwrap());
        }
        inner.send(request)
    }));
    bodies
}

/// The changing requests since the last time: method and path, with `{}` for ids.
fn sent(w: &World, since: usize) -> Vec<String> {
    let requests = w.panel.requests();
    let changing = requests.iter().skip(since).filter(|r| r["method"] != "GET");
    changing
        .map(|r| {
            let path = r["path"].as_str().unwrap();
            let plain: Vec<&str> = path
                .split('/')
                .map(|part| {
                    let number = part.trim_end_matches(".json");
                    let is_id = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
                    if is_id { "{}" } else { part.trim_end_matches(".json") }
                })
                .collect();
            format!("{} {}", r["method"].as_str().unwrap(), plain.join("/"))
        })
        .collect()
}

fn asked(w: &World) -> usize {
    w.panel.requests().len()
}

const VM: &str = "PUT /virtual_machines/{}";
const NIC: &str = "PUT /virtual_machines/{}/network_interfaces/{}";
const DISK: &str = "PUT /settings/disks/{}";

#[test]
fn each_new_package_sends_exactly_the_requests_that_it_needs_on_every_release() {
    // The ready VM: 1024 MB, 1 core, 50 %, unlimited, 20 GB.
    #[allow(clippy::type_complexity)]
    let table: [(&str, &[(usize, &str)], &[&str], [u64; 5]); 9] = [
        ("nothing new", &[], &[], [1024, 1, 50, 0, 20]),
        ("more memory", &[(3, "2048")], &[VM], [2048, 1, 50, 0, 20]),
        ("less memory", &[(3, "512")], &[VM], [512, 1, 50, 0, 20]),
        ("all of the CPU", &[(5, "4"), (7, "80")], &[VM], [1024, 4, 80, 0, 20]),
        ("shares above the most", &[(7, "150")], &[VM], [1024, 1, 100, 0, 20]),
        ("a slower port", &[(8, "100")], &[NIC], [1024, 1, 50, 100, 20]),
        ("a larger disk", &[(11, "30,0")], &[DISK], [1024, 1, 50, 0, 30]),
        (
            "memory and disk",
            &[(3, "2048"), (11, "30,0")],
            &[VM, DISK],
            [2048, 1, 50, 0, 30],
        ),
        (
            "everything",
            &[(3, "4096"), (5, "2"), (7, "60"), (8, "200"), (11, "40,0")],
            &[VM, NIC, DISK],
            [4096, 2, 60, 200, 40],
        ),
    ];
    for (major, minor) in RELEASES {
        for (name, slots, requests, end) in &table {
            let mut w = ready_on(major, minor);
            order(&mut w, slots);
            let before = asked(&w);
            change(&mut w).unwrap();
            crons(&mut w);
            assert_eq!(sent(&w, before), *requests, "{name} on {major}.{minor}");
            assert_eq!(truth(&w), *end, "{name} on {major}.{minor}");
            let [memory, cpus, shares, _, disk] = end;
            assert_eq!(mapped(&w), [memory, cpus, shares, disk].map(u64::to_string), "{name}");
            assert_eq!(w.state_of("17"), "ready", "{name}");
            assert!(w.host.rows("mod_provisor_onapp_changes").is_empty(), "{name}");
            let vm = the_vm(&w);
            assert!(vm["booted"] == true && vm["locked"] == false, "{name}: {vm}");
        }
    }
}

#[test]
fn a_configurable_option_reaches_the_vm_as_a_product_does() {
    let mut w = ready();
    order(&mut w, &[(12, "12")]);
    w.host.services.get_mut("17").unwrap()["options"] =
        json!([{ "id": "12", "name": "RAM", "kind": "quantity", "order": "512", "quantity": "2" }]);
    change(&mut w).unwrap();
    crons(&mut w);
    assert_eq!(truth(&w)[0], 2048);
}

#[test]
fn only_what_differs_is_sent_and_a_restart_is_permitted_only_where_onapp_needs_one() {
    // Template 1 cannot be resized while it runs, template 2 can (the simulator's catalogue).
    for (template, running, permitted) in [("1", true, true), ("1", false, false), ("2", true, false)] {
        let mut w = World::new();
        w.add_service("17");
        order(&mut w, &[(2, template)]);
        w.verb_on("create", "17").unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        grant(&w);
        if !running {
            let stop = json!({ "action": "change", "vm": w.vm_of("17"), "booted": false });
            w.panel.control("POST", "vm", &stop).unwrap();
        }
        let starts = the_vm(&w)["starts"].clone();
        order(&mut w, &[(3, "2048")]);
        let bodies = record(&mut w);
        change(&mut w).unwrap();
        let mut expected = json!({ "memory": 2048 });
        if permitted {
            expected["allow_cold_resize"] = json!(1);
        }
        assert_eq!(
            *bodies.lock().unwrap(),
            [json!({ "virtual_machine": expected })],
            "template {template}"
        );
        crons(&mut w);
        assert_eq!(truth(&w)[0], 2048);
        assert_eq!(the_vm(&w)["starts"] != starts, permitted, "template {template}");
        assert_eq!(the_vm(&w)["booted"], json!(running));
    }
}

#[test]
fn a_smaller_disk_or_another_template_is_refused_whole_and_names_the_safe_way() {
    for (slots, code, says) in [
        (
            &[(3, "4096"), (11, "10,0")],
            "onapp.disk_smaller",
            "Order 20 GB or more",
        ),
        (
            &[(3, "4096"), (2, "2")],
            "onapp.other_template",
            "Order template 1 again",
        ),
    ] {
        for (major, minor) in RELEASES {
            let mut w = ready_on(major, minor);
            order(&mut w, slots);
            let before = asked(&w);
            let refused = change(&mut w).unwrap_err();
            assert_eq!(refused.code, code);
            assert!(refused.message.contains(says), "{}", refused.message);
            crons(&mut w);
            assert!(sent(&w, before).is_empty(), "{code}: not a single request");
            assert_eq!(truth(&w), [1024, 1, 50, 0, 20]);
            assert_eq!(mapped(&w)[0], "1024");
            assert_eq!(w.state_of("17"), "ready");
        }
    }
}

#[test]
fn a_vm_of_a_product_with_several_templates_is_upgraded_whichever_of_them_it_has() {
    for built in ["1", "2"] {
        let mut w = World::new();
        w.add_service("17");
        grant(&w);
        order(&mut w, &[(2, built)]);
        w.verb_on("create", "17").unwrap();
        crons(&mut w);
        order(&mut w, &[(2, "1,2"), (3, "2048")]);
        let dry = preview(&mut w);
        assert_eq!(dry["refused"], "", "{dry}");
        change(&mut w).unwrap();
        crons(&mut w);
        assert_eq!(truth(&w)[0], 2048, "template {built}");
        // One that the product does not offer stays refused.
        order(&mut w, &[(2, "2,3"), (3, "4096")]);
        if built == "1" {
            assert_eq!(change(&mut w).unwrap_err().code, "onapp.other_template");
        }
        // And Create, pressed again, finds the machine.
        order(&mut w, &[(2, "1,2")]);
        let again = w.verb_on("create", "17").unwrap();
        assert!(again["message"].as_str().unwrap().contains("exists already"), "{again}");
        assert_eq!(w.living_vms().len(), 1);
    }
}

#[test]
fn a_plan_that_is_only_shown_changes_nothing_and_is_what_is_done_then() {
    let mut w = ready();
    order(&mut w, &[(3, "2048"), (8, "100"), (11, "30,0")]);
    let rows = format!("{:?}", w.host.rows("mod_provisor_services"));
    let before = asked(&w);
    let shown = preview(&mut w);
    assert!(sent(&w, before).is_empty());
    assert_eq!(format!("{:?}", w.host.rows("mod_provisor_services")), rows);
    assert!(
        shown["message"].as_str().unwrap().contains(
            "memory from 1024 MB to 2048 MB with a restart; port speed from unlimited to 100 Mbit/s; disk from 20 GB to 30 GB \
             with a restart"
        ),
        "{shown}"
    );
    assert_eq!(change(&mut w).unwrap()["plan"], shown["plan"]);
    crons(&mut w);
    let after = preview(&mut w);
    assert!(
        after["message"].as_str().unwrap().ends_with("is as ordered."),
        "{after}"
    );
    order(&mut w, &[(11, "10,0")]);
    let refused = preview(&mut w);
    assert!(
        refused["refused"].as_str().unwrap().contains("no disk is made smaller"),
        "{refused}"
    );
}

/// The VM, its record and its mapping, for the crash enumeration.
fn end(w: &World) -> Value {
    let vm = the_vm(w);
    let claimed = w.host.rows("mod_provisor_services")[0]["claim_until"]
        .as_str()
        .is_some_and(|until| common::at(until) > w.host.clock);
    json!({ "truth": truth(w), "mapped": mapped(w), "state": w.state_of("17"), "starts": vm["starts"],
            "booted": vm["booted"], "open": w.host.rows("mod_provisor_onapp_changes").len(), "claimed": claimed,
            "resources": w.host.rows("mod_provisor_resources").len() })
}

fn upgraded() -> World {
    let mut w = ready();
    order(&mut w, &[(3, "2048"), (5, "2"), (8, "100"), (11, "30,0")]);
    w
}

#[test]
fn a_change_killed_around_every_op_ends_as_ordered_without_one_restart_more() {
    let crashes = enumerate(
        upgraded,
        "onapp.change_package",
        |w| w.verb("17"),
        |w| {
            // As the host's queue does after a failure; twice, since the first may meet the dead holder's claim.
            let _ = change(w);
            w.advance(LATER);
            change(w).unwrap();
            crons(w);
        },
        end,
    );
    assert!(crashes > 15, "{crashes}");
}

#[test]
fn a_change_that_was_on_record_when_it_was_killed_is_finished_by_the_crons_alone() {
    // Before the intent is written nothing is known of the change; from then on the crons finish it.
    let mut finished = 0;
    for after in [false, true] {
        for k in 0.. {
            let mut w = upgraded();
            let input = w.verb("17");
            if w.killed_at("onapp.change_package", &input, k, after).is_none() {
                break;
            }
            let known = w.state_of("17") == "changing";
            let untouched = truth(&w) == [1024, 1, 50, 0, 20] && the_vm(&w)["locked"] == false;
            assert!(known || untouched, "op {k}: nothing is sent that is not on record");
            crons(&mut w);
            let expected = if known {
                [2048, 2, 50, 100, 30]
            } else {
                [1024, 1, 50, 0, 20]
            };
            assert_eq!(truth(&w), expected, "op {k}, after: {after}");
            assert_eq!(w.state_of("17"), "ready");
            finished += usize::from(known);
        }
    }
    assert!(finished > 2, "{finished}");
}

#[test]
fn settling_a_change_killed_around_every_op_ends_the_same() {
    let begun = || {
        let mut w = upgraded();
        change(&mut w).unwrap();
        assert_eq!(w.state_of("17"), "changing");
        w.advance(LATER);
        w
    };
    let crashes = enumerate(begun, "onapp.settle", |_| json!({}), crons, end);
    assert!(crashes > 15, "{crashes}");
}

#[test]
fn a_busy_vm_is_changed_when_it_is_free_and_the_host_is_not_told_of_a_failure() {
    let mut w = upgraded();
    let lock = |locked: bool| json!({ "action": "change", "vm": w.vm_of("17"), "locked": locked });
    w.panel.control("POST", "vm", &lock(true)).unwrap();
    let unlock = lock(false);
    let before = asked(&w);
    let report = change(&mut w).unwrap();
    assert_eq!(report["waiting"], true, "{report}");
    assert!(
        report["message"].as_str().unwrap().contains("by the next crons"),
        "{report}"
    );
    assert!(sent(&w, before).is_empty());
    w.panel.control("POST", "vm", &unlock).unwrap();
    crons(&mut w);
    assert_eq!(truth(&w), [2048, 2, 50, 100, 30]);
}

#[test]
fn a_vm_that_stays_busy_for_more_than_a_day_is_told_once_a_day() {
    let mut w = upgraded();
    let lock = json!({ "action": "change", "vm": w.vm_of("17"), "locked": true });
    w.panel.control("POST", "vm", &lock).unwrap();
    change(&mut w).unwrap();
    for _ in 0..30 {
        w.advance(3600);
        w.run("onapp.settle", json!({})).unwrap();
    }
    let told = w
        .host
        .logs
        .iter()
        .filter(|l| format!("{l:?}").contains("onapp.change_waits"));
    assert_eq!(told.count(), 1, "{:?}", w.host.logs);
}

#[test]
fn a_request_that_onapp_accepts_and_fails_is_sent_twice_and_then_told() {
    let mut w = ready();
    order(&mut w, &[(3, "2048")]);
    let fail = json!({ "fail": "resize_virtual_machine", "count": 9 });
    w.panel.control("POST", "transactions", &fail).unwrap();
    let before = asked(&w);
    change(&mut w).unwrap();
    crons(&mut w);
    assert_eq!(sent(&w, before).len(), 2);
    assert_eq!(truth(&w)[0], 1024);
    assert_eq!(
        (w.state_of("17"), mapped(&w)[0].clone()),
        ("ready".into(), "1024".into())
    );
    let logs = format!("{:?}", w.host.logs);
    assert!(logs.contains("onapp.change_not_done"), "{logs}");
    // A person may try again, and is not refused for what was before.
    change(&mut w).unwrap();
    assert_eq!(sent(&w, before).len(), 3);
}

#[test]
fn what_the_clients_plan_does_not_allow_is_refused_and_nothing_is_tried_again() {
    // Plan 2 of the simulator's catalogue: 2048 MB, 2 cores, 60 GB, 100 Mbit/s.
    let mut w = World::new();
    w.add_service("17");
    order(&mut w, &[(8, "100"), (21, r#"{"role_ids":["2"],"billing_plan":"2"}"#)]);
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    grant(&w);
    order(&mut w, &[(3, "4096")]);
    let refused = change(&mut w).unwrap_err();
    assert!(refused.message.contains("memory"), "{}", refused.message);
    let before = asked(&w);
    crons(&mut w);
    assert_eq!(asked(&w), before, "no cron asks again");
    assert_eq!(w.state_of("17"), "ready");
    // The second request is refused: what was done before it is named as done.
    order(&mut w, &[(3, "2048"), (8, "0")]);
    change(&mut w).unwrap();
    crons(&mut w);
    assert_eq!(truth(&w)[..1], [2048]);
    let logs = format!("{:?}", w.host.logs);
    assert!(logs.contains("rate_limit") || logs.contains("rate limit"), "{logs}");
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn a_lost_answer_is_looked_up_before_anything_is_repeated() {
    for (fault, requests) in [("reset_after", 1), ("reset_before", 2)] {
        let mut w = ready();
        order(&mut w, &[(3, "2048")]);
        let before = asked(&w);
        w.panel
            .faults(
                &json!([{ "kind": fault, "nth": 1, "match": { "method": "PUT", "path_prefix": "/virtual_machines" } }]),
            )
            .unwrap();
        change(&mut w).unwrap_err();
        crons(&mut w);
        let sent = sent(&w, before).len();
        assert_eq!(sent, requests, "{fault}");
        assert_eq!(truth(&w)[0], 2048, "{fault}");
    }
}

#[test]
fn an_unreachable_panel_changes_nothing_and_is_asked_again_by_a_person() {
    let mut w = upgraded();
    w.panel
        .faults(&json!([{ "kind": "stall", "match": { "path_prefix": "/" } }]))
        .unwrap();
    change(&mut w).unwrap_err();
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn a_service_that_changes_is_metered_and_billed_to_the_kb() {
    let mut w = upgraded();
    let vm = w.vm_of("17");
    // A disk that is never made: the change would wait for ever.
    w.traffic(vm, "2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z", 50_000);
    let lock = json!({ "action": "change", "vm": vm, "locked": true });
    w.panel.control("POST", "vm", &lock).unwrap();
    change(&mut w).unwrap();
    w.advance(32 * 86_400 + 7200);
    assert_eq!(w.state_of("17"), "changing");
    w.run("onapp.collect", json!({})).unwrap();
    let report = w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(report["invoices"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(billed(&w), w.true_kb());
}

fn billed(w: &World) -> u64 {
    let rows = w.host.rows("mod_provisor_periods");
    rows.iter()
        .map(|p| p["billed_kb"].as_str().unwrap().parse::<u64>().unwrap())
        .sum()
}

#[test]
fn missing_addresses_are_left_to_settle_while_the_vm_is_metered_and_no_client_is_told_of_a_new_vm() {
    let mut w = ready();
    let vm = w.vm_of("17");
    let mails = w.host.mails.len();
    w.traffic(vm, "2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z", 50_000);
    order(&mut w, &[(18, "3")]);
    let report = change(&mut w).unwrap();
    assert!(
        report["message"].as_str().unwrap().contains("addresses from 1 to 3"),
        "{report}"
    );
    assert_eq!(w.state_of("17"), "settling");
    w.advance(32 * 86_400 + 7200);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(billed(&w), w.true_kb());
    crons(&mut w);
    assert_eq!(the_vm(&w)["ip_addresses"].as_array().unwrap().len(), 3);
    assert_eq!(w.state_of("17"), "ready");
    assert_eq!(w.host.mails.len(), mails, "the VM was announced when it was made");
    // Fewer are ordered: those that are there stay.
    order(&mut w, &[(18, "0")]);
    let kept = change(&mut w).unwrap();
    assert!(kept["message"].as_str().unwrap().contains("addresses stay"), "{kept}");
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn a_vm_of_the_old_module_is_changed_metered_and_never_announced() {
    let mut w = ready();
    // As the old module left it: its mapping, its user, and nothing of ours.
    for table in [
        "mod_provisor_services",
        "mod_provisor_resources",
        "mod_provisor_cursors",
    ] {
        w.host.forget_rows(table);
    }
    let mails = w.host.mails.len();
    order(&mut w, &[(3, "2048"), (18, "2")]);
    change(&mut w).unwrap();
    crons(&mut w);
    assert_eq!(truth(&w)[0], 2048);
    assert_eq!(w.host.rows("mod_provisor_resources").len(), 1);
    assert_eq!(w.host.mails.len(), mails);
}

#[test]
fn a_service_without_a_vm_is_made_as_ordered_later_and_one_that_is_being_made_says_when() {
    let mut w = World::new();
    w.add_service("17");
    let report = change(&mut w).unwrap();
    assert!(report["message"].as_str().unwrap().contains("has no VM"), "{report}");
    w.verb_on("create", "17").unwrap();
    let early = change(&mut w).unwrap_err();
    assert_eq!(early.code, "onapp.still_building", "{}", early.message);
    assert_eq!(w.state_of("17"), "building");
}

#[test]
fn the_two_roles_of_the_vendors_guide_suffice_because_the_client_may_what_the_servers_user_may_not() {
    let mut w = upgraded();
    let lists = ["disks.read", "disks.update", "backups.read", "backups.create"];
    w.panel
        .control("POST", "role", &json!({ "role": 1, "revoke": lists }))
        .unwrap();
    let shown = page(&mut w, "staff", "staff", json!({})).unwrap().to_string();
    assert!(
        shown.contains("None yet") && shown.contains("Change Package changes it"),
        "{shown}"
    );
    back_up(&mut w);
    change(&mut w).unwrap();
    crons(&mut w);
    assert_eq!(truth(&w), [2048, 2, 50, 100, 30]);
    assert_eq!(the_vm(&w)["backups"].as_array().unwrap().len(), 1);
}

#[test]
fn a_permission_that_neither_has_is_named_and_nothing_is_changed() {
    let mut w = upgraded();
    for (role, revoked) in [(1, "disks.read"), (2, "disks.read.own")] {
        w.panel
            .control("POST", "role", &json!({ "role": role, "revoke": [revoked] }))
            .unwrap();
    }
    let before = asked(&w);
    let refused = change(&mut w).unwrap_err();
    assert!(refused.message.contains("disks.read"), "{}", refused.message);
    assert!(sent(&w, before).is_empty());
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn an_order_for_a_machine_that_staff_gave_to_another_onapp_user_waits_for_the_permission_that_is_named() {
    let mut w = ready();
    w.add_service("18");
    let other = w.host.services.get_mut("18").unwrap();
    other["client_id"] = json!("8");
    other["client"] = json!({ "id": "8", "email": "bob@example.com", "first_name": "Bob", "last_name": "" });
    w.verb_on("create", "18").unwrap();
    crons(&mut w);
    set_locked(&w, true);
    order(&mut w, &[(3, "2048"), (11, "30,0")]);
    assert_eq!(change(&mut w).unwrap()["waiting"], true);
    let bob = w.vm_of("18");
    let bob = w.living_vms().into_iter().find(|vm| vm["id"] == json!(bob)).unwrap()["user_id"].clone();
    let given = json!({ "action": "change", "vm": w.vm_of("17"), "locked": false, "user_id": bob });
    w.panel.control("POST", "vm", &given).unwrap();
    let lists = ["disks.read", "disks.update"];
    w.panel
        .control("POST", "role", &json!({ "role": 1, "revoke": lists }))
        .unwrap();
    let before = asked(&w);
    crons(&mut w);
    assert!(sent(&w, before).is_empty());
    assert_eq!(w.state_of("17"), "changing", "the order waits: {:?}", w.host.logs);
    let pressed = change(&mut w).unwrap_err();
    assert_eq!(pressed.code, "panel.forbidden");
    assert!(pressed.message.contains("disks.read"), "{}", pressed.message);
    let told = |code: &str| {
        w.host
            .logs
            .iter()
            .filter(|l| l.code == code && l.text.contains("disks.read"))
            .count()
    };
    assert_eq!(
        (told("panel.forbidden"), told("onapp.vm_gone")),
        (1, 0),
        "{:?}",
        w.host.logs
    );
    w.panel
        .control("POST", "role", &json!({ "role": 1, "grant": lists }))
        .unwrap();
    crons(&mut w);
    assert_eq!(truth(&w), [2048, 1, 50, 0, 30]);
    assert_eq!(w.state_of("17"), "ready");
}

/// The first time that a list is asked for from now on, this is the answer.
fn answered_once(w: &mut World, list: &'static str, status: u16, body: &'static str) {
    let (inner, asked) = (w.env.transport.clone(), AtomicBool::new(false));
    w.env.transport = Arc::new(MemoryTransport::new(move |request| {
        let mut response = inner.send(request)?;
        if request.method == Method::Get && request.path().ends_with(list) && !asked.swap(true, Ordering::SeqCst) {
            (response.status, response.body) = (status, body.into());
        }
        Ok(response)
    }));
}

#[test]
fn a_list_that_is_said_not_to_be_there_once_drops_no_order_that_waits() {
    for list in ["/disks.json", "/network_interfaces.json"] {
        let mut w = ready();
        set_locked(&w, true);
        order(&mut w, &[(3, "2048")]);
        change(&mut w).unwrap();
        set_locked(&w, false);
        answered_once(&mut w, list, 404, r#"{"errors":["Resource not found"]}"#);
        crons(&mut w);
        assert_eq!(truth(&w)[0], 2048, "{list}: {:?}", w.host.logs);
        assert_eq!(told(&w, "onapp.change_unlisted"), 1, "{:?}", w.host.logs);
    }
}

fn told(w: &World, code: &str) -> usize {
    w.host.logs.iter().filter(|l| l.code == code).count()
}

#[test]
fn an_answer_that_cannot_be_read_drops_no_order_that_waits() {
    // A list of disks without the primary one; interfaces none of which is the first.
    for list in ["/disks.json", "/network_interfaces.json"] {
        let mut w = ready();
        set_locked(&w, true);
        order(&mut w, &[(3, "2048")]);
        change(&mut w).unwrap();
        set_locked(&w, false);
        answered_once(&mut w, list, 200, "[]");
        crons(&mut w);
        assert_eq!(truth(&w)[0], 2048, "{list}: {:?}", w.host.logs);
        assert_eq!(told(&w, "onapp.change_unread"), 1);
        let said = w.host.logs.iter().find(|l| l.code == "onapp.change_unread").unwrap();
        assert!(said.text.contains("The order stays on record"), "{}", said.text);
    }
    // A person who presses meanwhile takes it off the record as little.
    let mut w = ready();
    set_locked(&w, true);
    order(&mut w, &[(3, "2048")]);
    change(&mut w).unwrap();
    set_locked(&w, false);
    answered_once(&mut w, "/disks.json", 200, "[]");
    assert_eq!(change(&mut w).unwrap_err().code, "onapp.change_unread");
    crons(&mut w);
    assert_eq!(truth(&w)[0], 2048);
}

#[test]
fn an_order_waits_while_a_gateway_turns_its_requests_away_one_a_run() {
    for (status, waits) in [(502, true), (503, true), (429, true), (504, false), (500, false)] {
        let mut w = ready();
        set_locked(&w, true);
        order(&mut w, &[(3, "2048")]);
        change(&mut w).unwrap();
        set_locked(&w, false);
        let fault = json!([{ "kind": "status", "status": status,
                             "match": { "method": "PUT", "path_prefix": "/virtual_machines" } }]);
        w.panel.faults(&fault).unwrap();
        let before = asked(&w);
        crons(&mut w);
        // What may have been accepted is sent twice and no third time.
        assert_eq!(sent(&w, before).len(), if waits { 6 } else { 2 }, "{status}");
        assert_eq!(told(&w, "onapp.change_not_done"), usize::from(!waits), "{status}");
        let logs = w.host.logs.iter();
        let failed = logs.filter(|l| l.text.contains("OnApp did not change memory"));
        assert_eq!(failed.count(), 1, "{status}: once a day");
        w.panel.faults(&json!([])).unwrap();
        crons(&mut w);
        assert_eq!(
            truth(&w)[0],
            if waits { 2048 } else { 1024 },
            "{status}: {:?}",
            w.host.logs
        );
        assert_eq!(w.state_of("17"), "ready");
        // Those that were turned away count for nothing: what OnApp accepts and fails is sent twice all the same.
        let fail = json!({ "fail": "resize_virtual_machine", "count": 9 });
        w.panel.control("POST", "transactions", &fail).unwrap();
        order(&mut w, &[(3, "4096")]);
        let before = asked(&w);
        w.panel.faults(&fault).unwrap();
        change(&mut w).unwrap_err();
        w.panel.faults(&json!([])).unwrap();
        crons(&mut w);
        assert_eq!(sent(&w, before).len(), if waits { 3 } else { 2 }, "{status}");
    }
}

#[test]
fn a_service_that_ended_meanwhile_is_changed_no_more() {
    let mut w = upgraded();
    change(&mut w).unwrap();
    w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
    let before = asked(&w);
    crons(&mut w);
    assert!(sent(&w, before).is_empty());
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn a_second_order_while_the_first_waits_counts() {
    let mut w = upgraded();
    change(&mut w).unwrap();
    order(&mut w, &[(3, "1024"), (5, "1"), (8, ""), (11, "50,0")]);
    change(&mut w).unwrap();
    crons(&mut w);
    assert_eq!(truth(&w), [1024, 1, 50, 0, 50]);
    assert_eq!(mapped(&w), ["1024", "1", "50", "50"]);
}

fn caller(kind: &str) -> Value {
    json!({ "kind": kind, "client_id": "7", "post": true, "token": true })
}

fn page(w: &mut World, kind: &str, job: &str, form: Value) -> Result<Value, Ended> {
    let mut input = w.verb("17");
    input["caller"] = caller(kind);
    input["form"] = form;
    w.run(&format!("onapp.{job}"), input)
}

/// Takes a backup by the button of staff, which names no disk, and lets it be made.
fn back_up(w: &mut World) {
    page(w, "staff", "take_backup", json!({})).unwrap();
    w.advance(900);
}

#[test]
fn staff_see_before_they_press_what_change_package_would_do_and_what_it_refuses() {
    let mut w = ready();
    let shown = page(&mut w, "staff", "staff", json!({})).unwrap().to_string();
    assert!(shown.contains("as ordered") && shown.contains("None yet"), "{shown}");
    assert!(
        !shown.contains("differs") && !shown.contains("staff.change\""),
        "{shown}"
    );
    order(&mut w, &[(3, "2048"), (8, "100"), (18, "2")]);
    let before = asked(&w);
    let shown = page(&mut w, "staff", "staff", json!({})).unwrap().to_string();
    for expected in [
        "2048 MB",
        "Change Package changes it, and the VM restarts for it",
        "differs: Change Package changes it\"",
        "the next cron attaches what is missing",
        "Take a backup first",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(sent(&w, before).is_empty());
    order(&mut w, &[(11, "10,0"), (2, "2")]);
    let shown = page(&mut w, "staff", "staff", json!({})).unwrap().to_string();
    assert!(
        shown.contains("no disk is made smaller") && shown.contains("Order template 1 again"),
        "{shown}"
    );
    assert!(
        !shown.contains("Take a backup first"),
        "nothing would be changed: {shown}"
    );
    let refused = change(&mut w).unwrap_err().message;
    assert!(
        refused.contains("no disk is made smaller") && refused.contains("Order template 1 again"),
        "{refused}"
    );
}

#[test]
fn the_button_of_staff_backs_up_the_first_disk_and_both_sides_see_the_date() {
    let mut w = ready();
    allow_upgrades(&mut w, true, false);
    let before = asked(&w);
    back_up(&mut w);
    assert_eq!(sent(&w, before), ["POST /settings/disks/{}/backups"]);
    let backups = the_vm(&w)["backups"].as_array().unwrap().len();
    assert_eq!(backups, 1);
    for (kind, job) in [("staff", "staff"), ("client", "upgrade")] {
        let shown = page(&mut w, kind, job, json!({})).unwrap().to_string();
        assert!(
            shown.contains("Last backup") && shown.contains("2026-01-01 00:15"),
            "{job}: {shown}"
        );
        assert!(!shown.contains("None yet"), "{job}: {shown}");
    }
}

fn allow_upgrades(w: &mut World, options: bool, packages: bool) {
    let product = &mut w.host.services.get_mut("17").unwrap()["product"];
    product["option_upgrades"] = json!(options);
    product["package_upgrades"] = json!(packages);
}

#[test]
fn the_clients_upgrade_page_is_there_only_where_the_product_allows_upgrades() {
    for (options, packages) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut w = ready();
        allow_upgrades(&mut w, options, packages);
        let overview = page(&mut w, "client", "page", json!({})).unwrap().to_string();
        let offered = options || packages;
        assert_eq!(overview.contains("\"action\":\"upgrade\""), offered);
        let shown = page(&mut w, "client", "upgrade", json!({}));
        if !offered {
            assert_eq!(shown.unwrap_err().code, "onapp.no_upgrades");
        } else {
            let shown = shown.unwrap().to_string();
            assert!(
                shown.contains("take a backup") && shown.contains("1024 MB") && shown.contains("20 GB"),
                "{shown}"
            );
            assert_eq!(shown.contains("\"upgrade_options\""), options, "{shown}");
            assert_eq!(shown.contains("\"upgrade_package\""), packages, "{shown}");
        }
        for (way, allowed) in [("upgrade_options", options), ("upgrade_package", packages)] {
            let before = asked(&w);
            let answer = page(&mut w, "client", way, json!({}));
            assert_eq!(answer.is_ok(), allowed, "{way}");
            assert_eq!(asked(&w), before, "no panel is asked");
        }
    }
}

#[test]
fn the_clients_upgrade_page_backs_up_by_its_button_with_at_most_three_calls_and_survives_a_dead_panel() {
    let mut w = ready();
    allow_upgrades(&mut w, true, false);
    let before = asked(&w);
    let shown = page(&mut w, "client", "upgrade", json!({})).unwrap();
    assert!(asked(&w) - before <= 3);
    let text = shown.to_string();
    assert!(text.contains("None yet") && text.contains("take_backup"), "{text}");
    let disk = the_vm(&w)["disks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["swap"] == false)
        .unwrap()["id"]
        .to_string();
    page(&mut w, "client", "take_backup", json!({ "id": disk })).unwrap();
    w.advance(900);
    assert_eq!(the_vm(&w)["backups"].as_array().unwrap().len(), 1);
    w.panel
        .faults(&json!([{ "kind": "stall", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let shown = page(&mut w, "client", "upgrade", json!({})).unwrap().to_string();
    assert!(
        shown.contains("cannot be read at the moment") && shown.contains("upgrade_options"),
        "{shown}"
    );
    assert!(
        !shown.contains("take_backup"),
        "no button on what is not known: {shown}"
    );
}

#[test]
fn while_a_new_package_is_being_applied_the_client_is_told_so() {
    let mut w = upgraded();
    allow_upgrades(&mut w, true, false);
    change(&mut w).unwrap();
    let shown = page(&mut w, "client", "upgrade", json!({})).unwrap().to_string();
    assert!(shown.contains("still being applied"), "{shown}");
    crons(&mut w);
    let shown = page(&mut w, "client", "upgrade", json!({})).unwrap().to_string();
    assert!(!shown.contains("still being applied"), "{shown}");
}

#[test]
fn a_port_speed_that_cannot_be_read_is_never_taken_for_an_unlimited_one() {
    let mut w = ready();
    // The package is unlimited, and the VM's port has a limit, which the panel tells as nobody can read it.
    let real = w.env.clone();
    let between = MemoryTransport::new(move |request| {
        let mut response = real.transport.send(request)?;
        if request.path().ends_with("/network_interfaces.json") {
            let mut nics: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
            nics[0]["network_interface"]["rate_limit"] = json!("100 Mbps");
            response.body = serde_json::to_vec(&nics).unwrap();
        }
        Ok(response)
    });
    w.env = provisor::module::Env {
        transport: Arc::new(between),
    };
    let refused = change(&mut w).unwrap_err();
    assert_eq!(refused.code, "onapp.change_unread", "{refused:?}");
    assert!(refused.message.contains("port speed"), "{}", refused.message);
}

fn set_locked(w: &World, locked: bool) {
    let body = json!({ "action": "change", "vm": w.vm_of("17"), "locked": locked });
    w.panel.control("POST", "vm", &body).unwrap();
}

#[test]
fn what_was_ordered_and_taken_back_before_it_was_begun_is_not_carried_out() {
    let mut w = ready();
    set_locked(&w, true);
    order(&mut w, &[(11, "40,0"), (3, "2048")]);
    assert_eq!(change(&mut w).unwrap()["waiting"], true);
    // Staff set the disk back and press nothing.
    order(&mut w, &[(11, "20,0")]);
    set_locked(&w, false);
    crons(&mut w);
    assert_eq!(
        truth(&w),
        [2048, 1, 50, 0, 20],
        "what is still ordered is done, and no more"
    );
    assert_eq!(w.state_of("17"), "ready");
    assert_eq!(mapped(&w)[3], "20");
}

#[test]
fn a_later_order_that_could_not_be_planned_counts_all_the_same() {
    let mut w = ready();
    set_locked(&w, true);
    order(&mut w, &[(11, "40,0")]);
    change(&mut w).unwrap();
    order(&mut w, &[(11, "20,0")]);
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    change(&mut w).unwrap_err();
    w.panel.faults(&json!([])).unwrap();
    set_locked(&w, false);
    crons(&mut w);
    assert_eq!(truth(&w)[4], 20, "no disk shrinks again");
    assert_eq!(w.state_of("17"), "ready");
    change(&mut w).unwrap();
}

#[test]
fn while_nobody_can_read_what_is_ordered_now_nothing_of_an_earlier_order_is_carried_out() {
    let mut w = ready();
    set_locked(&w, true);
    order(&mut w, &[(11, "40,0")]);
    change(&mut w).unwrap();
    order(&mut w, &[(11, "much")]);
    set_locked(&w, false);
    let before = asked(&w);
    crons(&mut w);
    assert!(sent(&w, before).is_empty());
    let told = |w: &World| w.host.logs.iter().filter(|l| l.text.contains("slot 11")).count();
    assert_eq!(told(&w), 1, "staff read it, once a day: {:?}", w.host.logs);
    order(&mut w, &[(11, "30,0")]);
    crons(&mut w);
    assert_eq!(truth(&w)[4], 30);
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn the_last_backup_beside_a_disk_is_of_that_disk() {
    let mut w = ready();
    allow_upgrades(&mut w, true, false);
    let inner = w.env.transport.clone();
    w.env.transport = Arc::new(MemoryTransport::new(move |request| {
        let mut response = inner.send(request)?;
        if request.path().ends_with("/backups.json") && request.method == Method::Get {
            let other = json!([{ "backup": { "id": 9, "disk_id": 7777, "backup_type": "days-autobackup",
                "backup_size": 1000, "built": true, "locked": false, "created_at": "2026-01-01T00:10:00Z" } }]);
            response.body = other.to_string().into_bytes();
        }
        Ok(response)
    }));
    let shown = page(&mut w, "client", "upgrade", json!({})).unwrap().to_string();
    assert!(
        shown.contains("None yet") && !shown.contains("2026-01-01 00:10"),
        "{shown}"
    );
    let shown = page(&mut w, "staff", "staff", json!({})).unwrap().to_string();
    assert!(
        shown.contains("None yet") && !shown.contains("2026-01-01 00:10"),
        "{shown}"
    );
}

#[test]
fn the_clients_upgrade_page_shows_choices_as_the_client_read_them_and_how_many_of_what_is_ordered_by_number() {
    let mut w = ready();
    allow_upgrades(&mut w, true, false);
    w.host.services.get_mut("17").unwrap()["options"] = json!([
        { "id": "12", "name": "Extra memory", "kind": "quantity", "order": "256", "choice": "", "quantity": "3" },
        { "id": "13", "name": "Extra cores", "kind": "quantity", "order": "1", "choice": "", "quantity": "0" },
        { "id": "14", "name": "ram", "label": "Memory upgrade", "kind": "dropdown", "order": "256",
          "choice": "256|256 MB", "quantity": "" },
        { "id": "15", "name": "System", "kind": "radio", "order": "1", "choice": "Debian", "quantity": "" },
    ]);
    let shown = page(&mut w, "client", "upgrade", json!({})).unwrap();
    let sections = shown["page"]["sections"].as_array().unwrap();
    let facts = sections.iter().find(|s| s["kind"] == "facts").unwrap()["facts"].clone();
    let of = |name: &str| {
        let found = facts.as_array().unwrap().iter().find(|f| f["label"]["text"] == name);
        found.map(|fact| fact["value"]["text"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("Extra memory").as_deref(), Some("3"), "{facts}");
    assert_eq!(of("Extra cores").as_deref(), Some("0"), "{facts}");
    assert_eq!(of("Memory upgrade").as_deref(), Some("256 MB"), "{facts}");
    assert_eq!(of("System").as_deref(), Some("Debian"), "{facts}");
    assert_eq!(of("ram"), None, "{facts}");
}

/// Slot 23: addresses in network 2, and the port speed of its interface.
fn second(addresses: &str, mbps: &str) -> String {
    format!(
        r#"{{"sec_net_ips":"{addresses}","sec_network_id":"2","sec_net_port_speed":"{mbps}","sec_net_configurable_option_id":"0"}}"#
    )
}

/// Each interface as the panel truly has it: its network and its port speed.
fn interfaces(w: &World) -> Vec<(u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    let vm = the_vm(w);
    let nics = vm["nics"].as_array().unwrap();
    nics.iter()
        .map(|nic| (number(&nic["network_id"]), number(&nic["rate_limit"])))
        .collect()
}

fn ready_in_two_networks(major: u32, minor: u32) -> World {
    let mut w = World::with(Version { major, minor });
    w.add_service("17");
    grant(&w);
    order(&mut w, &[(8, "100"), (18, "1"), (23, &second("1", "10"))]);
    w.verb_on("create", "17").unwrap();
    crons(&mut w);
    assert_eq!(
        (w.state_of("17"), interfaces(&w)),
        ("ready".into(), vec![(1, 100), (2, 10)])
    );
    w
}

#[test]
fn the_port_of_the_second_network_gets_the_speed_that_is_ordered_on_every_release() {
    for (major, minor) in RELEASES {
        let mut w = ready_in_two_networks(major, minor);
        for (first, mbps, requests, end) in [
            ("200", "100", 2, [(1, 200), (2, 100)]),
            ("200", "5", 1, [(1, 200), (2, 5)]),
            ("200", "0", 1, [(1, 200), (2, 0)]),
            ("200", "", 0, [(1, 200), (2, 0)]),
            ("100", "20", 2, [(1, 100), (2, 20)]),
        ] {
            order(&mut w, &[(8, first), (23, &second("1", mbps))]);
            let shown = preview(&mut w)["message"].as_str().unwrap().to_owned();
            let before = asked(&w);
            change(&mut w).unwrap();
            crons(&mut w);
            assert_eq!(sent(&w, before), vec![NIC; requests], "{mbps} on {major}.{minor}");
            assert_eq!(interfaces(&w), end, "{mbps} on {major}.{minor}");
            assert_eq!(
                shown.contains("port speed in the second network from"),
                requests > 0,
                "{shown}"
            );
            assert!(preview(&mut w)["message"].as_str().unwrap().ends_with("is as ordered."));
        }
    }
}

#[test]
fn a_second_network_that_is_ordered_later_is_there_without_an_address_in_it_as_after_create() {
    for (addresses, mbps, speed) in [("0", "10", 10), ("1", "10", 10), ("0", "", 0)] {
        let mut w = ready();
        order(&mut w, &[(23, &second(addresses, mbps))]);
        let shown = preview(&mut w)["message"].as_str().unwrap().to_owned();
        assert!(shown.contains("an interface in the second network"), "{shown}");
        let tab = page(&mut w, "staff", "staff", json!({})).unwrap().to_string();
        assert!(tab.contains("Port speed in the second network"), "{tab}");
        assert!(tab.contains("the next cron attaches what is missing"), "{tab}");
        let starts = the_vm(&w)["starts"].clone();
        change(&mut w).unwrap();
        crons(&mut w);
        assert_eq!(interfaces(&w), [(1, 0), (2, speed)]);
        assert_eq!(
            the_vm(&w)["starts"],
            starts,
            "nobody's machine restarts for an interface"
        );
        assert_eq!(w.host.rows("mod_provisor_resources").len(), 2, "it is metered");
        assert!(preview(&mut w)["message"].as_str().unwrap().ends_with("is as ordered."));
        assert_eq!(w.state_of("17"), "ready");
    }
}

#[test]
fn an_interface_of_staffs_own_in_a_network_of_the_hypervisor_is_not_the_second_network_that_is_ordered() {
    let mut w = World::new();
    w.add_service("17");
    // Network 3 is joined to hypervisor 2 itself; network 2, which is ordered, to its zone.
    order(&mut w, &[(4, "2,1")]);
    w.verb_on("create", "17").unwrap();
    crons(&mut w);
    let own = json!({ "action": "add_nic", "vm": w.vm_of("17"), "network": 3 });
    w.panel.control("POST", "vm", &own).unwrap();
    order(&mut w, &[(23, &second("1", "10"))]);
    for _ in 0..3 {
        change(&mut w).unwrap();
        crons(&mut w);
    }
    assert_eq!(interfaces(&w), [(1, 0), (3, 0), (2, 10)]);
    assert_eq!(the_vm(&w)["ip_addresses"].as_array().unwrap().len(), 2);
}

#[test]
fn a_change_of_both_ports_or_a_new_interface_killed_around_every_op_ends_the_same() {
    let both = || {
        let mut w = ready_in_two_networks(6, 5);
        order(&mut w, &[(3, "2048"), (8, "200"), (23, &second("1", "100"))]);
        w
    };
    let added = || {
        let mut w = ready();
        order(&mut w, &[(23, &second("0", "10"))]);
        w
    };
    let again = |w: &mut World| {
        let _ = change(w);
        w.advance(LATER);
        change(w).unwrap();
        crons(w);
    };
    let all = |w: &World| json!([end(w), interfaces(w)]);
    for make in [&both as &dyn Fn() -> World, &added] {
        assert!(enumerate(make, "onapp.change_package", |w| w.verb("17"), again, all) > 10);
        let begun = || {
            let mut w = make();
            change(&mut w).unwrap();
            w.advance(LATER);
            w
        };
        assert!(enumerate(begun, "onapp.settle", |_| json!({}), crons, all) > 10);
    }
}

#[test]
fn a_port_speed_of_the_second_network_that_cannot_be_read_changes_nothing() {
    let mut w = ready_in_two_networks(6, 5);
    let inner = w.env.transport.clone();
    w.env.transport = Arc::new(MemoryTransport::new(move |request| {
        let mut response = inner.send(request)?;
        if request.method == Method::Get && request.path().ends_with("/network_interfaces.json") {
            let mut nics: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
            nics[1]["network_interface"]["rate_limit"] = json!("10 Mbps");
            response.body = serde_json::to_vec(&nics).unwrap();
        }
        Ok(response)
    }));
    order(&mut w, &[(3, "2048"), (23, &second("1", "100"))]);
    let before = asked(&w);
    let refused = change(&mut w).unwrap_err();
    assert_eq!(refused.code, "onapp.change_unread");
    assert!(
        refused.message.contains("port speed in the second network"),
        "{}",
        refused.message
    );
    assert!(sent(&w, before).is_empty());
}
