//! IP addresses and the second network: what is ordered is attached, once, whoever asks at the same moment and whatever is
//! killed; a client assigns and releases within what was bought; nothing is ever detached that somebody else attached.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Runner, World, enumerate};
use provisor::session::Ended;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A second network of the simulator's cloud with its included addresses and a port of 10 Mbps.
fn second(included: &str) -> Value {
    json!(format!(
        r#"{{"sec_net_ips":"{included}","sec_network_id":"2","sec_net_port_speed":"10","sec_net_configurable_option_id":"0"}}"#
    ))
}

/// A service that includes two addresses and has the rest ordered beside them.
fn order(w: &mut World, id: &str, addresses: u64, second: Option<Value>) {
    w.add_service(id);
    let service = w.host.services.get_mut(id).unwrap();
    let included = addresses.min(2);
    let slots = &mut service["product"]["options"];
    slots[17] = json!(included.to_string());
    slots[15] = json!("12");
    slots[22] = second.unwrap_or_else(|| json!(""));
    service["options"] = json!([{ "id": "12", "name": "IP addresses", "kind": "dropdown",
        "order": (addresses - included).to_string(), "choice": "", "quantity": "" }]);
}

fn create(w: &mut World, id: &str) {
    w.verb_on("create", id).unwrap();
    w.advance(900);
}

/// The crons of some minutes.
fn settle(w: &mut World) {
    for _ in 0..4 {
        w.run("onapp.settle", json!({})).unwrap();
        w.advance(300);
    }
}

fn settled(addresses: u64, second: Option<Value>) -> World {
    let mut w = World::new();
    order(&mut w, "17", addresses, second);
    create(&mut w, "17");
    settle(&mut w);
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    w
}

fn vm(w: &World, id: &str) -> Value {
    let id = w.vm_of(id);
    w.living_vms().into_iter().find(|vm| vm["id"] == json!(id)).unwrap()
}

/// The addresses of a VM in a network, which its interface tells.
fn addresses(w: &World, id: &str, network: u64) -> Vec<String> {
    let vm = vm(w, id);
    let nics: BTreeSet<u64> = vm["nics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|nic| nic["network_id"] == json!(network) && nic["removed_at"].is_null())
        .map(|nic| nic["id"].as_u64().unwrap())
        .collect();
    vm["addresses"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|join| nics.contains(&join["nic"].as_u64().unwrap()))
        .map(|join| join["address"].as_str().unwrap().to_owned())
        .collect()
}

fn posts(w: &World, part: &str) -> usize {
    w.panel
        .requests()
        .iter()
        .filter(|r| r["method"] == "POST" && r["path"].as_str().unwrap().ends_with(part))
        .count()
}

fn logged(w: &World, code: &str) -> usize {
    w.host.logs.iter().filter(|l| l.code == code).count()
}

/// Keeps every address of the public network for somebody else, or frees them again.
fn keep_all(w: &World, user: Option<u64>) {
    for n in 2..1020u64 {
        let address = format!("198.18.{}.{}", n / 256, n % 256);
        w.panel
            .control("POST", "address", &json!({ "address": address, "user": user }))
            .unwrap();
    }
}

/// Staff attach an address by hand.
fn by_hand(w: &World, id: &str) -> String {
    let vm = vm(w, id);
    let nic = vm["nics"][0]["id"].clone();
    let login = json!({ "network_interface_id": nic });
    let body = json!({ "ip_address": login }).to_string().into_bytes();
    let path = format!("/virtual_machines/{}/ip_addresses.json", vm["id"]);
    let before: BTreeSet<String> = addresses(w, id, 1).into_iter().collect();
    let token = common::basic(&w.panel.user, &w.panel.password);
    let headers = [
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("Authorization".to_owned(), token),
    ];
    let (status, ..) = w.panel.handle("POST", &path, &headers, &body);
    assert_eq!(status, 201);
    let now: BTreeSet<String> = addresses(w, id, 1).into_iter().collect();
    now.difference(&before).next().unwrap().clone()
}

// Create in full.

#[test]
fn what_is_ordered_in_both_networks_is_attached_before_the_client_is_told() {
    let mut w = World::new();
    order(&mut w, "17", 4, Some(second("2")));
    create(&mut w, "17");
    w.run("onapp.settle", json!({})).unwrap();
    assert!(w.host.mails.is_empty(), "the network is not rebuilt yet");
    settle(&mut w);
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    let (public, private) = (addresses(&w, "17", 1), addresses(&w, "17", 2));
    assert_eq!((public.len(), private.len()), (4, 2), "{}", vm(&w, "17"));
    let vm = vm(&w, "17");
    let nics = vm["nics"].as_array().unwrap();
    assert_eq!(nics.len(), 2);
    assert_eq!(
        (&nics[1]["rate_limit"], &nics[1]["label"]),
        (&json!(10), &json!("eth1"))
    );
    let joins = vm["addresses"].as_array().unwrap();
    assert!(
        joins.iter().all(|join| join["configured"] == json!(true)),
        "the machine uses all of them: {vm}"
    );
    assert_eq!(vm["booted"], json!(true), "it runs when its client is told");
    assert_eq!(w.host.mails.len(), 1);
    assert_eq!(posts(&w, "/rebuild_network.json"), 1);
    let fields = &w.host.fields["17"];
    assert_eq!(fields["dedicated_ip"], json!(public[0]));
    assert_eq!(fields["assigned_ips"].as_str().unwrap().lines().count(), 5);
    let bases: Vec<String> = w
        .host
        .rows("tblonappips")
        .iter()
        .map(|row| row["isbase"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        bases.iter().filter(|base| *base == "1").count(),
        4,
        "two included in each network"
    );
    assert_eq!(
        bases.iter().filter(|base| *base == "0").count(),
        2,
        "two ordered beside"
    );
    assert_eq!(
        w.host.rows("mod_provisor_resources").len(),
        2,
        "both interfaces are metered"
    );
}

#[test]
fn one_address_and_no_second_network_cost_no_request_more() {
    let mut w = World::new();
    w.add_service("17");
    create(&mut w, "17");
    let before = w.panel.requests().len();
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready");
    assert_eq!(w.panel.requests().len() - before, 2, "the machine and its interfaces");
    assert_eq!(posts(&w, "/rebuild_network.json"), 0);
    assert_eq!(w.host.rows("tblonappips").len(), 1);
}

#[test]
fn a_second_network_works_with_its_included_addresses_alone_on_old_and_new_releases() {
    use provisor_simulator::Version;
    for (major, minor) in [(2, 3), (4, 2), (5, 4), (6, 6)] {
        let mut w = World::with(Version { major, minor });
        order(&mut w, "17", 1, Some(second("1")));
        create(&mut w, "17");
        settle(&mut w);
        assert_eq!(w.state_of("17"), "ready", "{major}.{minor}: {:?}", w.host.logs);
        assert_eq!(addresses(&w, "17", 2).len(), 1, "{major}.{minor}");
        assert_eq!(addresses(&w, "17", 1).len(), 1, "{major}.{minor}");
    }
}

#[test]
fn two_services_settled_at_the_same_moment_never_get_the_same_address() {
    let mut w = World::new();
    for id in ["17", "18"] {
        order(&mut w, id, 4, None);
        w.verb_on("create", id).unwrap();
    }
    w.advance(900);
    let mut first = Runner::start(&w, "onapp.settle", &json!({ "service_id": "17" }));
    let mut other = Runner::start(&w, "onapp.settle", &json!({ "service_id": "18" }));
    while first.owed.is_some() || other.owed.is_some() {
        for runner in [&mut first, &mut other] {
            if runner.owed.is_some() {
                runner.answer(&mut w.host);
            }
        }
    }
    w.advance(300);
    settle(&mut w);
    let (a, b) = (addresses(&w, "17", 1), addresses(&w, "18", 1));
    assert_eq!((a.len(), b.len()), (4, 4), "{:?}", w.host.logs);
    assert!(a.iter().all(|address| !b.contains(address)), "{a:?} {b:?}");
    let taken = w
        .panel
        .requests()
        .iter()
        .filter(|r| r["method"] == "POST" && r["status"] == json!(422))
        .count();
    assert_eq!(
        taken, 0,
        "the second did not even ask for an address that the first had chosen"
    );
}

#[test]
fn an_address_that_the_panel_gave_to_somebody_else_meanwhile_is_passed_over() {
    let mut w = World::new();
    order(&mut w, "17", 3, None);
    create(&mut w, "17");
    let rule = json!([{ "kind": "status", "status": 422, "count": 1,
        "match": { "method": "POST", "path_contains": "ip_addresses" } }]);
    w.panel.faults(&rule).unwrap();
    settle(&mut w);
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    assert_eq!(addresses(&w, "17", 1).len(), 3);
    assert_eq!(
        w.host.rows("mod_provisor_onapp_addresses").len(),
        2,
        "what was refused is not on record"
    );
}

#[test]
fn an_answer_that_is_lost_attaches_nothing_twice() {
    for kind in ["reset_after", "reset_before"] {
        for nth in 1..4 {
            let mut w = World::new();
            order(&mut w, "17", 3, Some(second("1")));
            create(&mut w, "17");
            let rule = json!([{ "kind": kind, "nth": nth, "match": { "method": "POST", "path_prefix": "/virtual_machines/" } }]);
            w.panel.faults(&rule).unwrap();
            settle(&mut w);
            w.advance(3600);
            settle(&mut w);
            assert_eq!(w.state_of("17"), "ready", "{kind} {nth}: {:?}", w.host.logs);
            let there = (addresses(&w, "17", 1).len(), addresses(&w, "17", 2).len());
            assert_eq!(there, (3, 1), "{kind} {nth}: {:?}", w.host.logs);
            assert_eq!(vm(&w, "17")["nics"].as_array().unwrap().len(), 2, "{kind} {nth}");
            assert_eq!(w.host.rows("mod_provisor_onapp_addresses").len(), 3, "{kind} {nth}");
        }
    }
}

#[test]
fn without_a_free_address_the_service_is_ready_all_the_same_and_gets_it_later() {
    let mut w = World::new();
    order(&mut w, "17", 3, None);
    create(&mut w, "17");
    keep_all(&w, Some(1));
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    let told = w.host.logs.iter().find(|l| l.code == "onapp.no_free_address").unwrap();
    assert!(
        told.text.contains("Service 17") && told.text.contains("network 1") && told.text.contains("Add addresses"),
        "{}",
        told.text
    );
    assert_eq!(w.host.mails.len(), 1);
    let before = w.panel.requests().len();
    w.advance(300);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.panel.requests().len(), before, "it is not asked at each cron");
    keep_all(&w, None);
    w.advance(3600);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(addresses(&w, "17", 1).len(), 3, "{:?}", w.host.logs);
    assert_eq!(w.host.fields["17"]["assigned_ips"].as_str().unwrap().lines().count(), 2);
    assert_eq!(
        posts(&w, "/rebuild_network.json"),
        0,
        "a machine in use is not restarted for an address"
    );
    assert_eq!(logged(&w, "onapp.no_free_address"), 1, "told once a day");
    assert_eq!(w.host.mails.len(), 1);
    let before = w.panel.requests().len();
    w.advance(7200);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.panel.requests().len(), before, "nothing is owed any more");
}

#[test]
fn a_run_that_ends_early_leaves_nobody_out_and_the_next_one_begins_with_what_it_left() {
    let mut w = World::new();
    for id in ["11", "12", "13", "14", "15", "16"] {
        w.add_service(id);
        // Nobody builds them, so that each cron looks at each of them.
        w.host.services.get_mut(id).unwrap()["product"]["options"][9] = json!("0,0");
        w.verb_on("create", id).unwrap();
    }
    order(&mut w, "17", 3, None);
    create(&mut w, "17");
    keep_all(&w, Some(1));
    w.run("onapp.settle", json!({ "service_id": "17" })).unwrap();
    keep_all(&w, None);
    order(&mut w, "18", 1, None);
    create(&mut w, "18");
    w.advance(3600);
    assert_eq!((w.state_of("17").as_str(), addresses(&w, "17", 1).len()), ("ready", 1));
    assert_eq!(w.state_of("18"), "building");
    let (mut left, mut told) = (Vec::new(), 0);
    for _ in 0..8 {
        let mut run = Runner::start(&w, "onapp.settle", &json!({ "seconds": 20 }));
        while run.owed.is_some() {
            w.host.clock += chrono::TimeDelta::seconds(3);
            run.answer(&mut w.host);
        }
        let (class, report) = run.ended.unwrap();
        assert_eq!(class, 0, "{report}");
        left.push(report["report"]["left"].as_u64().unwrap());
        told += report["log"].to_string().matches("onapp.settle_left").count();
        let held = w.host.rows("mod_provisor_services");
        assert!(held.iter().all(|row| row["claim_holder"].is_null()), "{held:?}");
        w.advance(300);
    }
    assert!(left[0] > 3, "the first run comes to few of them: {left:?}");
    assert_eq!(w.state_of("18"), "ready", "the new machine: {left:?}");
    assert_eq!(addresses(&w, "17", 1).len(), 3, "the machine in use: {left:?}");
    assert_eq!(told, 1, "it is told once a day");
    let whole = w.run("onapp.settle", json!({})).unwrap();
    assert_eq!((&whole["left"], &whole["waiting"]), (&json!(0), &json!(6)));
}

#[test]
fn a_panel_that_fails_at_giving_addresses_holds_nothing_up_and_restarts_nothing() {
    for fault in [
        json!([{ "kind": "status", "status": 500, "match": { "method": "POST", "path_contains": "ip_addresses" } }]),
        json!([{ "kind": "status", "status": 200, "match": { "method": "POST", "path_contains": "ip_addresses" } }]),
    ] {
        let mut w = World::new();
        order(&mut w, "17", 2, None);
        create(&mut w, "17");
        w.panel.faults(&fault).unwrap();
        for _ in 0..40 {
            w.run("onapp.settle", json!({})).unwrap();
            w.advance(300);
        }
        assert_eq!(w.state_of("17"), "ready", "{fault}: {:?}", w.host.logs);
        assert_eq!(w.host.mails.len(), 1, "{fault}");
        assert_eq!(posts(&w, "rebuild_network"), 0, "{fault}");
        assert!(
            w.host
                .logs
                .iter()
                .any(|l| l.level == "warning" && l.text.contains("17")),
            "{fault}: {:?}",
            w.host.logs
        );
        w.panel.faults(&json!([])).unwrap();
        for _ in 0..30 {
            w.run("onapp.settle", json!({})).unwrap();
            w.advance(300);
        }
        assert_eq!(addresses(&w, "17", 1).len(), 2, "{fault}");
    }
}

#[test]
fn a_second_network_that_is_not_joined_there_is_named_and_the_rest_is_done() {
    let mut w = World::new();
    order(
        &mut w,
        "17",
        2,
        Some(json!(r#"{"sec_net_ips":"1","sec_network_id":"99"}"#)),
    );
    create(&mut w, "17");
    settle(&mut w);
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    assert_eq!(addresses(&w, "17", 1).len(), 2);
    let told = w
        .host
        .logs
        .iter()
        .find(|l| l.code == "onapp.network_not_joined")
        .unwrap();
    assert!(told.text.contains("slot 23"), "{}", told.text);
}

#[test]
fn a_product_that_cannot_be_read_after_the_order_holds_nothing_up() {
    let mut w = World::new();
    w.add_service("17");
    create(&mut w, "17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][17] = json!("many");
    settle(&mut w);
    assert_eq!(w.state_of("17"), "ready");
    assert_eq!(logged(&w, "onapp.product_option"), 1, "{:?}", w.host.logs);
}

#[test]
fn a_machine_that_is_in_use_gets_what_is_ordered_later_without_a_restart_or_a_second_mail() {
    let mut w = settled(1, None);
    let starts = vm(&w, "17")["starts"].clone();
    let service = w.host.services.get_mut("17").unwrap();
    service["options"][0]["order"] = json!("2");
    let row = w.host.rows("mod_provisor_services")[0].clone();
    let settling = json!({ "token": "test", "changes": [{ "kind": "update", "table": "mod_provisor_services",
        "key": { "module": "onapp", "service_id": "17" }, "rev": row["rev"], "values": { "state": "settling" } }] });
    provisor::host::Port::answer(&mut w.host, "apply", &settling).unwrap();
    settle(&mut w);
    assert_eq!(w.state_of("17"), "ready");
    assert_eq!(addresses(&w, "17", 1).len(), 3, "{:?}", w.host.logs);
    assert_eq!(w.host.mails.len(), 1);
    assert_eq!(vm(&w, "17")["starts"], starts);
}

#[test]
fn terminate_and_a_new_machine_begin_with_a_clean_record() {
    let mut w = settled(3, None);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.host.rows("mod_provisor_onapp_addresses").len(), 0);
    assert_eq!(w.host.rows("tblonappips").len(), 0);
    create(&mut w, "17");
    settle(&mut w);
    assert_eq!(addresses(&w, "17", 1).len(), 3, "{:?}", w.host.logs);
}

#[test]
fn windows_gets_no_swap_disk_and_a_kind_of_license() {
    use provisor_simulator::Version;
    for (major, minor) in [(2, 3), (6, 5)] {
        let mut w = World::with(Version { major, minor });
        w.add_service("17");
        let slots = &mut w.host.services.get_mut("17").unwrap()["product"]["options"];
        slots[1] = json!("3");
        slots[8] = json!("4,1");
        slots[10] = json!("30,0");
        create(&mut w, "17");
        settle(&mut w);
        assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
        assert_eq!(vm(&w, "17")["swap_disk_size"], json!(0));
        // Installed anew, as it is and in the place of another system.
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        for template in ["3", "1", "3"] {
            w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!(template);
            by_client(&mut w, "rebuild", json!({})).unwrap();
            w.advance(900);
            assert_eq!(vm(&w, "17")["template_id"].to_string(), template);
        }
    }
    let mut w = World::new();
    w.add_service("17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][8] = json!("4,1");
    create(&mut w, "17");
    assert_eq!(vm(&w, "17")["swap_disk_size"], json!(4), "others keep theirs");
}

#[test]
fn a_template_that_is_not_there_is_named_and_nothing_is_made() {
    let mut w = World::new();
    w.add_service("17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("999");
    let refused = w.verb_on("create", "17").unwrap_err();
    assert_eq!(refused.code, "onapp.template_gone");
    assert!(refused.message.contains("999"), "{}", refused.message);
    assert!(w.living_vms().is_empty());
    assert!(w.host.rows("mod_provisor_services")[0]["create_key"].is_null());
}

// The client's page.

fn owner() -> Value {
    json!({ "kind": "client", "client_id": "7", "post": true, "token": true })
}

fn by_client(w: &mut World, job: &str, form: Value) -> Result<Value, Ended> {
    let mut input = w.verb("17");
    input["caller"] = owner();
    input["form"] = form;
    w.run(&format!("onapp.{job}"), input)
}

fn code(ended: Result<Value, Ended>) -> String {
    match ended {
        Ok(report) => format!("done: {report}"),
        Err(ended) => ended.code,
    }
}

/// Heading, first cells and buttons (action and id) of a group.
type Group = (String, Vec<String>, Vec<(String, String)>);

fn groups(report: &Value) -> Vec<Group> {
    let sections = report["page"]["sections"].as_array().unwrap();
    let items = sections.iter().filter(|s| s["kind"] == "items");
    items
        .map(|group| {
            let rows = group["items"].as_array().unwrap();
            let first = rows
                .iter()
                .map(|row| row["cells"][0]["text"].as_str().unwrap().to_owned());
            let buttons = rows.iter().flat_map(|row| row["buttons"].as_array().unwrap());
            let named = buttons.map(|b| {
                (
                    b["action"]["name"].as_str().unwrap().to_owned(),
                    b["id"].as_str().unwrap().to_owned(),
                )
            });
            (
                group["heading"]["text"].as_str().unwrap().to_owned(),
                first.collect(),
                named.collect(),
            )
        })
        .collect()
}

fn buttons(report: &Value) -> Vec<(String, String)> {
    groups(report).into_iter().flat_map(|(.., buttons)| buttons).collect()
}

fn page(w: &mut World) -> Value {
    by_client(w, "addresses", json!({})).unwrap()
}

fn release_id(w: &mut World, address: &str) -> String {
    let state = vm(w, "17");
    let join = state["addresses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|join| join["address"] == json!(address))
        .unwrap()["join"]
        .clone();
    join.to_string()
}

#[test]
fn addresses_stand_in_their_groups_with_at_most_four_calls() {
    let mut w = settled(3, Some(second("1")));
    let other = by_hand(&w, "17");
    let before = w.panel.requests().len();
    let report = page(&mut w);
    assert!(w.panel.requests().len() - before <= 4);
    let found = groups(&report);
    let headings: Vec<&str> = found.iter().map(|(heading, ..)| heading.as_str()).collect();
    assert_eq!(
        headings,
        [
            "Included addresses",
            "Additional addresses",
            "Second network: included addresses",
            "Addresses that the support assigned"
        ]
    );
    let counts: Vec<usize> = found.iter().map(|(_, rows, _)| rows.len()).collect();
    assert_eq!(counts, [2, 1, 1, 1], "{found:?}");
    assert_eq!(found[3].1, [other]);
    assert!(found[3].2.is_empty(), "what others attached is not released here");
    let cells = &report["page"]["sections"][1]["items"][0]["cells"];
    assert_eq!(cells[2]["text"], "198.18.0.1");
    assert!(!cells[1]["text"].as_str().unwrap().is_empty());
}

#[test]
fn an_address_stays_ours_while_a_login_page_answers_its_release() {
    let mut w = settled(3, None);
    page(&mut w);
    let all = addresses(&w, "17", 1);
    let id = release_id(&mut w, &all[2]);
    let rule = json!([{ "kind": "html_login", "count": 1, "match": { "method": "DELETE" } }]);
    w.panel.faults(&rule).unwrap();
    assert_eq!(
        code(by_client(&mut w, "release_address", json!({ "id": id }))),
        "panel.unexpected_content"
    );
    assert_eq!(addresses(&w, "17", 1), all);
    by_client(&mut w, "release_address", json!({ "id": id })).unwrap();
    assert_eq!(addresses(&w, "17", 1), all[..2]);
}

#[test]
fn a_client_releases_and_assigns_within_what_was_bought_and_not_one_more() {
    let mut w = settled(3, None);
    let report = page(&mut w);
    assert!(
        buttons(&report).iter().all(|(name, _)| name == "release_address"),
        "{report}"
    );
    assert_eq!(
        code(by_client(&mut w, "assign_address", json!({ "id": "primary" }))),
        "onapp.addresses_full"
    );
    assert_eq!(
        code(by_client(&mut w, "assign_address", json!({ "id": "second" }))),
        "onapp.addresses_full"
    );
    let all = addresses(&w, "17", 1);
    let id = release_id(&mut w, &all[2]);
    let before = w.panel.requests().len();
    by_client(&mut w, "release_address", json!({ "id": id })).unwrap();
    let asked: Vec<Value> = w.panel.requests()[before..].to_vec();
    let deleted = asked.iter().find(|r| r["method"] == "DELETE").unwrap();
    assert_eq!(deleted["login"], "ada@example.com", "as the client's own OnApp user");
    assert_eq!(addresses(&w, "17", 1), all[..2]);
    assert_eq!(w.host.fields["17"]["assigned_ips"], json!(all[1]));
    assert_eq!(w.host.rows("tblonappips").len(), 2);
    let report = page(&mut w);
    assert!(report.to_string().contains("Not assigned yet: 1"), "{report}");
    let assign = buttons(&report)
        .into_iter()
        .find(|(name, _)| name == "assign_address")
        .unwrap();
    by_client(&mut w, "assign_address", json!({ "id": assign.1 })).unwrap();
    assert_eq!(addresses(&w, "17", 1).len(), 3);
    assert_eq!(w.host.rows("tblonappips").len(), 3);
    assert_eq!(
        code(by_client(&mut w, "assign_address", json!({ "id": "primary" }))),
        "onapp.addresses_full"
    );
    let report = page(&mut w);
    assert!(
        report.to_string().contains("Rebuild the network"),
        "the machine does not use it yet: {report}"
    );
    by_client(&mut w, "rebuild_network", json!({})).unwrap();
    w.advance(300);
    let report = page(&mut w);
    assert!(!report.to_string().contains("ip.rebuild"), "{report}");
}

#[test]
fn the_second_network_is_assigned_by_the_client_too_its_interface_included() {
    let mut w = settled(1, None);
    w.host.services.get_mut("17").unwrap()["product"]["options"][22] = second("2");
    let report = page(&mut w);
    assert!(report.to_string().contains("Not assigned yet: 2"), "{report}");
    by_client(&mut w, "assign_address", json!({ "id": "second" })).unwrap();
    w.advance(60);
    by_client(&mut w, "assign_address", json!({ "id": "second" })).unwrap();
    assert_eq!(addresses(&w, "17", 2).len(), 2);
    assert_eq!(
        code(by_client(&mut w, "assign_address", json!({ "id": "second" }))),
        "onapp.addresses_full"
    );
    assert_eq!(vm(&w, "17")["nics"].as_array().unwrap().len(), 2);
}

#[test]
fn the_only_address_and_those_of_others_are_never_released() {
    let mut w = settled(1, None);
    let only = addresses(&w, "17", 1)[0].clone();
    assert!(buttons(&page(&mut w)).is_empty());
    let id = release_id(&mut w, &only);
    assert_eq!(
        code(by_client(&mut w, "release_address", json!({ "id": id }))),
        "onapp.address_last"
    );
    let other = by_hand(&w, "17");
    page(&mut w);
    let id = release_id(&mut w, &other);
    assert_eq!(
        code(by_client(&mut w, "release_address", json!({ "id": id }))),
        "onapp.address_not_ours"
    );
    // A cron takes nothing away either, and counts what is there.
    w.host.services.get_mut("17").unwrap()["options"][0]["order"] = json!("1");
    assert_eq!(
        code(by_client(&mut w, "assign_address", json!({ "id": "primary" }))),
        "onapp.addresses_full"
    );
    assert_eq!(addresses(&w, "17", 1), [only, other]);
}

#[test]
fn an_address_that_the_client_released_stays_released_while_something_else_is_owed() {
    let unjoined = json!(r#"{"sec_net_ips":"1","sec_network_id":"99"}"#);
    let mut w = settled(3, Some(unjoined));
    let all = addresses(&w, "17", 1);
    assert_eq!(all.len(), 3);
    page(&mut w);
    let id = release_id(&mut w, &all[2]);
    by_client(&mut w, "release_address", json!({ "id": id })).unwrap();
    for _ in 0..3 {
        w.advance(3700);
        w.run("onapp.settle", json!({})).unwrap();
        assert_eq!(addresses(&w, "17", 1), all[..2]);
    }
    // Staff correct the network: it is given, and nothing else.
    w.host.services.get_mut("17").unwrap()["product"]["options"][22] = second("1");
    w.advance(3700);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(addresses(&w, "17", 2).len(), 1, "{:?}", w.host.logs);
    assert_eq!(addresses(&w, "17", 1), all[..2]);
    assert!(w.host.rows("mod_provisor_onapp_owed").is_empty());
}

#[test]
fn what_was_never_given_is_given_later_whatever_the_client_released_meanwhile() {
    let mut w = World::new();
    order(&mut w, "17", 4, None);
    create(&mut w, "17");
    // The network has one free address for the three further ones.
    keep_all(&w, Some(1));
    let free = json!({ "address": "198.18.3.1", "user": null });
    w.panel.control("POST", "address", &free).unwrap();
    w.run("onapp.settle", json!({})).unwrap();
    w.advance(60);
    settle(&mut w);
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    let there = addresses(&w, "17", 1);
    assert_eq!(there.len(), 2, "{:?}", w.host.logs);
    page(&mut w);
    let id = release_id(&mut w, &there[1]);
    by_client(&mut w, "release_address", json!({ "id": id })).unwrap();
    keep_all(&w, None);
    w.advance(3700);
    settle(&mut w);
    assert_eq!(addresses(&w, "17", 1).len(), 3, "two were owed: {:?}", w.host.logs);
    w.advance(3700);
    settle(&mut w);
    assert_eq!(addresses(&w, "17", 1).len(), 3);
}

#[test]
fn the_hosts_fields_that_an_unread_answer_left_behind_are_written_by_the_next_cron() {
    for owed in [false, true] {
        for (action, nth) in [("release_address", 5), ("assign_address", 6)] {
            let unjoined = json!(r#"{"sec_net_ips":"1","sec_network_id":"99"}"#);
            let mut w = settled(3, owed.then_some(unjoined));
            let all = addresses(&w, "17", 1);
            page(&mut w);
            let id = release_id(&mut w, &all[2]);
            let mut form = json!({ "id": id });
            if action == "assign_address" {
                by_client(&mut w, "release_address", form).unwrap();
                form = json!({ "id": "primary" });
            }
            let before = w.host.fields["17"]["assigned_ips"].clone();
            let asked = w.panel.requests().len();
            w.panel
                .faults(&json!([{ "kind": "html_500", "match": {}, "nth": nth }]))
                .unwrap();
            by_client(&mut w, action, form).unwrap();
            w.panel.faults(&json!([])).unwrap();
            let last = w.panel.requests()[asked..].last().unwrap().clone();
            assert_eq!(last["status"], json!(500), "{action}: {last}");
            assert_eq!(w.host.fields["17"]["assigned_ips"], before, "{action}");
            w.advance(if owed { 3700 } else { 300 });
            w.run("onapp.settle", json!({})).unwrap();
            let now = addresses(&w, "17", 1);
            assert_eq!(now.len(), if action == "release_address" { 2 } else { 3 }, "{action}");
            assert_eq!(
                w.host.fields["17"]["assigned_ips"],
                json!(now[1..].join("\n")),
                "{action}"
            );
            assert_eq!(w.host.rows("tblonappips").len(), now.len(), "{action}");
            let rows = w.host.rows("mod_provisor_onapp_owed").len();
            assert_eq!(rows, usize::from(owed), "{action}");
        }
    }
}

#[test]
fn an_address_of_the_old_module_is_released_like_our_own() {
    let mut w = settled(1, None);
    let address = by_hand(&w, "17");
    let id = {
        let n: Vec<u64> = address.split('.').map(|part| part.parse().unwrap()).collect();
        n[2] * 256 + n[3] - 1
    };
    let row = json!({ "serviceid": "17", "ipid": id.to_string(), "isbase": "0" });
    let put = json!({ "token": "test", "changes": [{ "kind": "put", "table": "tblonappips", "values": row }] });
    provisor::host::Port::answer(&mut w.host, "apply", &put).unwrap();
    page(&mut w);
    let id = release_id(&mut w, &address);
    by_client(&mut w, "release_address", json!({ "id": id })).unwrap();
    assert_eq!(addresses(&w, "17", 1).len(), 1);
    assert_eq!(w.host.rows("tblonappips").len(), 1);
}

#[test]
fn ids_that_the_page_did_not_show_are_refused_without_asking_the_panel() {
    let mut w = settled(2, None);
    order(&mut w, "18", 2, None);
    create(&mut w, "18");
    settle(&mut w);
    let others = vm(&w, "18")["addresses"][1]["join"].to_string();
    for seen in [false, true] {
        if seen {
            page(&mut w);
        }
        let before = w.panel.requests().len();
        for id in [
            others.as_str(),
            "",
            "0",
            "-1",
            "1/../2",
            "99999999999999999999999",
            "1 OR 1=1",
            "🦀",
        ] {
            let refused = code(by_client(&mut w, "release_address", json!({ "id": id })));
            assert_eq!(refused, "onapp.not_on_page", "{id}");
            let refused = code(by_client(&mut w, "assign_address", json!({ "id": id })));
            assert_eq!(refused, "onapp.not_on_page", "{id}");
        }
        assert_eq!(w.panel.requests().len(), before, "nothing was asked");
    }
}

#[test]
fn while_the_machine_is_busy_or_suspended_or_the_panel_dead_nothing_can_be_pressed() {
    let mut w = settled(2, None);
    page(&mut w);
    let second = addresses(&w, "17", 1)[1].clone();
    let id = release_id(&mut w, &second);
    for (state, change) in [
        ("locked", json!({ "locked": true })),
        ("suspended", json!({ "locked": false, "suspended": true })),
    ] {
        let mut body = change;
        body["action"] = json!("change");
        body["vm"] = json!(w.vm_of("17"));
        w.panel.control("POST", "vm", &body).unwrap();
        assert!(buttons(&page(&mut w)).is_empty(), "{state}");
        for (action, id) in [("release_address", id.as_str()), ("assign_address", "primary")] {
            let refused = code(by_client(&mut w, action, json!({ "id": id })));
            assert!(refused.starts_with("onapp.vm_"), "{action} while {state}: {refused}");
        }
    }
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let report = page(&mut w);
    assert!(report.to_string().contains("These are from"), "{report}");
    assert!(report.to_string().contains(&second));
    assert!(buttons(&report).is_empty());
}

#[test]
fn where_the_clients_role_may_not_the_servers_user_does_it() {
    let mut w = settled(2, None);
    let without = json!({ "role": 2, "revoke": ["ip_address_joins.create.own", "ip_address_joins.delete.own"] });
    w.panel.control("POST", "role", &without).unwrap();
    page(&mut w);
    let second = addresses(&w, "17", 1)[1].clone();
    let id = release_id(&mut w, &second);
    by_client(&mut w, "release_address", json!({ "id": id })).unwrap();
    assert_eq!(addresses(&w, "17", 1).len(), 1);
    by_client(&mut w, "assign_address", json!({ "id": "primary" })).unwrap();
    assert_eq!(addresses(&w, "17", 1).len(), 2);
}

/// The addresses by number, ours on record, and who holds the service.
fn record(w: &World) -> Value {
    let row = &w.host.rows("mod_provisor_services")[0];
    let held = row["claim_until"]
        .as_str()
        .is_some_and(|until| common::at(until) > w.host.clock);
    json!({
        "addresses": addresses(w, "17", 1).len(),
        "second": addresses(w, "17", 2).len(),
        "ours": w.host.rows("mod_provisor_onapp_addresses").len(),
        "old": w.host.rows("tblonappips").len(),
        "held": held,
    })
}

#[test]
fn assign_killed_around_every_op_assigns_one() {
    let missing = || {
        let mut w = settled(2, None);
        w.host.services.get_mut("17").unwrap()["options"][0]["order"] = json!("1");
        w
    };
    let input = |w: &World| {
        let mut input = w.verb("17");
        input["caller"] = owner();
        input["form"] = json!({ "id": "primary" });
        input
    };
    let again = |w: &mut World| {
        let ended = code(by_client(w, "assign_address", json!({ "id": "primary" })));
        assert!(ended.starts_with("done") || ended == "onapp.addresses_full", "{ended}");
        // What a killed action could not write down, the next change or settling does.
        let row = w.host.rows("mod_provisor_services")[0].clone();
        let settling = json!({ "token": "test", "changes": [{ "kind": "update", "table": "mod_provisor_services",
            "key": { "module": "onapp", "service_id": "17" }, "rev": row["rev"], "values": { "state": "settling" } }] });
        provisor::host::Port::answer(&mut w.host, "apply", &settling).unwrap();
        settle(w);
    };
    let crashes = enumerate(missing, "onapp.assign_address", input, again, record);
    assert!(crashes > 15, "{crashes}");
}

#[test]
fn release_killed_around_every_op_releases_one() {
    let shown = || {
        let mut w = settled(3, None);
        page(&mut w);
        w
    };
    let third = |w: &World| {
        let joins = vm(w, "17")["addresses"].clone();
        joins.as_array().unwrap().get(2).map(|join| join["join"].to_string())
    };
    let input = |w: &World| {
        let mut input = w.verb("17");
        input["caller"] = owner();
        input["form"] = json!({ "id": third(w).unwrap() });
        input
    };
    let again = |w: &mut World| {
        page(w);
        if let Some(id) = third(w) {
            by_client(w, "release_address", json!({ "id": id })).unwrap();
        }
    };
    let end = |w: &World| json!({ "addresses": addresses(w, "17", 1).len(), "held": record(w)["held"] });
    enumerate(shown, "onapp.release_address", input, again, end);
}

#[test]
fn no_address_is_attached_while_nobody_can_read_which_of_two_interfaces_is_the_first() {
    let mut w = settled(1, Some(second("1")));
    let before = (addresses(&w, "17", 1), addresses(&w, "17", 2));
    assert_eq!((before.0.len(), before.1.len()), (1, 1));
    let real = w.env.clone();
    let front = real.transport.clone();
    let between = provisor::http::memory::MemoryTransport::new(move |request| {
        let mut response = front.send(request)?;
        if request.path().ends_with("/network_interfaces.json") {
            let mut nics: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
            nics.reverse();
            for nic in &mut nics {
                nic["network_interface"]["primary"] = json!("yes");
            }
            response.body = serde_json::to_vec(&nics).unwrap();
        }
        Ok(response)
    });
    w.env = provisor::module::Env {
        transport: std::sync::Arc::new(between),
    };
    w.host.services.get_mut("17").unwrap()["options"][0]["order"] = json!("2");
    let row = w.host.rows("mod_provisor_services")[0].clone();
    let settling = json!({ "token": "test", "changes": [{ "kind": "update", "table": "mod_provisor_services",
        "key": { "module": "onapp", "service_id": "17" }, "rev": row["rev"], "values": { "state": "settling" } }] });
    provisor::host::Port::answer(&mut w.host, "apply", &settling).unwrap();
    settle(&mut w);
    assert_eq!((addresses(&w, "17", 1), addresses(&w, "17", 2)), before);
    assert!(logged(&w, "onapp.interface_unreadable") >= 1, "{:?}", w.host.logs);
    // The client has the VM all the same, and what is owed comes when it can be read.
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    let refused = code(by_client(&mut w, "assign_address", json!({ "id": "primary" })));
    assert_eq!(refused, "onapp.interface_unreadable");
    w.env = real;
    w.advance(86_400);
    settle(&mut w);
    assert_eq!(addresses(&w, "17", 1).len(), 3, "{:?}", w.host.logs);
}

#[test]
fn an_address_that_is_listed_as_free_and_refused_does_not_keep_the_others_back() {
    for by_cron in [true, false] {
        let mut w = settled(1, None);
        let front = w.env.transport.clone();
        let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = asked.clone();
        let between = provisor::http::memory::MemoryTransport::new(move |request| {
            let body = request.body.clone().unwrap_or_default();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let wanted = body["ip_address"]["address"].as_str().unwrap_or_default();
            if request.method != provisor::http::Method::Post || wanted.is_empty() {
                return front.send(request);
            }
            let mut asked = log.lock().unwrap();
            asked.push(wanted.to_owned());
            if *wanted == asked[0] {
                let said = br#"{"errors":{"address":["is reserved"]}}"#;
                return Ok(provisor::http::Response::new(422, said.to_vec()));
            }
            front.send(request)
        });
        w.env = provisor::module::Env {
            transport: std::sync::Arc::new(between),
        };
        w.host.services.get_mut("17").unwrap()["options"][0]["order"] = json!("1");
        if by_cron {
            settling(&mut w);
            settle(&mut w);
        } else {
            by_client(&mut w, "assign_address", json!({ "id": "primary" })).unwrap();
        }
        assert_eq!(addresses(&w, "17", 1).len(), 2, "{:?}", w.host.logs);
        let asked = asked.lock().unwrap().clone();
        assert_eq!(asked.len(), 2, "each was asked for once: {asked:?}");
        let kept = w.host.rows("mod_provisor_onapp_addresses");
        assert_eq!(kept.len(), 1, "what was refused is not on record");
    }
}

/// The service goes through the crons once more.
fn settling(w: &mut World) {
    let row = w.host.rows("mod_provisor_services")[0].clone();
    let change = json!({ "token": "test", "changes": [{ "kind": "update", "table": "mod_provisor_services",
        "key": { "module": "onapp", "service_id": "17" }, "rev": row["rev"], "values": { "state": "settling" } }] });
    provisor::host::Port::answer(&mut w.host, "apply", &change).unwrap();
}

#[test]
fn further_addresses_are_of_the_machines_own_network_whatever_the_product_names_since() {
    use provisor_simulator::Version;
    for (major, minor) in [(4, 2), (6, 5)] {
        for by_cron in [true, false] {
            let mut w = World::with(Version { major, minor });
            order(&mut w, "17", 1, None);
            create(&mut w, "17");
            settle(&mut w);
            let service = w.host.services.get_mut("17").unwrap();
            service["status"] = json!("Active");
            service["product"]["options"][5] = json!("2");
            service["options"][0]["order"] = json!("1");
            if by_cron {
                settling(&mut w);
                settle(&mut w);
            } else {
                by_client(&mut w, "assign_address", json!({ "id": "primary" })).unwrap();
            }
            assert_eq!(addresses(&w, "17", 1).len(), 2, "{major}.{minor}: {:?}", w.host.logs);
            let refused = w.panel.requests().iter().filter(|r| r["status"] == json!(422)).count();
            assert_eq!(refused, 0, "{major}.{minor}");
        }
    }
}

#[test]
fn a_further_address_is_of_the_family_that_the_machine_has() {
    use provisor_simulator::Version;
    for (major, minor) in [(4, 2), (6, 5)] {
        let mut w = World::with(Version { major, minor });
        order(&mut w, "17", 1, None);
        create(&mut w, "17");
        settle(&mut w);
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        for end in 1..4 {
            let new = json!({ "address": format!("2001:db8::{end}"), "network": 1 });
            w.panel.control("POST", "address", &new).unwrap();
        }
        w.host.services.get_mut("17").unwrap()["options"][0]["order"] = json!("1");
        by_client(&mut w, "assign_address", json!({ "id": "primary" })).unwrap();
        let has = addresses(&w, "17", 1);
        assert!(has.len() == 2 && has.iter().all(|ip| !ip.contains(':')), "{has:?}");
        // None of its own is left: the others are not what was ordered.
        keep_all(&w, Some(1));
        w.host.services.get_mut("17").unwrap()["options"][0]["order"] = json!("2");
        let ended = by_client(&mut w, "assign_address", json!({ "id": "primary" }));
        assert_eq!(code(ended), "onapp.no_free_address");
        assert_eq!(addresses(&w, "17", 1), has);
    }
}

#[test]
fn the_second_network_is_looked_for_where_the_machine_is_whatever_zone_the_product_names_since() {
    for slot4 in ["0,2", "0,1", "0,0"] {
        let mut w = settled(1, None);
        let slots = &mut w.host.services.get_mut("17").unwrap()["product"]["options"];
        slots[3] = json!(slot4);
        slots[22] = second("1");
        by_client(&mut w, "assign_address", json!({ "id": "second" })).unwrap_or_else(|e| panic!("{slot4}: {e:?}"));
        assert_eq!(addresses(&w, "17", 2).len(), 1, "{slot4}: {:?}", w.host.logs);
    }
}

#[test]
fn the_hint_about_addresses_that_are_not_in_use_names_a_button_that_is_there_or_says_from_when_it_is() {
    let mut w = settled(1, None);
    w.host.services.get_mut("17").unwrap()["options"][0]["order"] = json!("1");
    by_client(&mut w, "assign_address", json!({ "id": "primary" })).unwrap();
    for running in [true, false] {
        let change = json!({ "action": "change", "vm": w.vm_of("17"), "booted": running });
        w.panel.control("POST", "vm", &change).unwrap();
        let overview = by_client(&mut w, "page", json!({})).unwrap().to_string();
        assert_eq!(
            overview.contains(r#""action":"rebuild_network""#),
            running,
            "{overview}"
        );
        let report = page(&mut w).to_string();
        assert!(report.contains("Rebuild the network"), "{report}");
        assert_eq!(
            report.contains("Once it runs and is not busy, press"),
            !running,
            "{report}"
        );
    }
}

/// Staff give a machine an interface of their own with one address.
fn interface_of_staff(w: &World, id: &str, network: u64) -> String {
    let vm_id = w.vm_of(id);
    let body = json!({ "action": "add_nic", "vm": vm_id, "network": network });
    let nic = w.panel.control("POST", "vm", &body).unwrap()["nic"].clone();
    let token = common::basic(&w.panel.user, &w.panel.password);
    let headers = [
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("Authorization".to_owned(), token),
    ];
    // Older releases name what is made after the join.
    let login = json!({ "network_interface_id": nic });
    let body = json!({ "ip_address": login, "ip_address_join": login }).to_string();
    let path = format!("/virtual_machines/{vm_id}/ip_addresses.json");
    let (status, ..) = w.panel.handle("POST", &path, &headers, body.as_bytes());
    assert_eq!(status, 201);
    let now = vm(w, id);
    let joins = now["addresses"].as_array().unwrap();
    let there = joins.iter().find(|join| join["nic"] == nic).unwrap();
    there["address"].as_str().unwrap().to_owned()
}

/// Addresses on the first interface.
fn on_first(w: &World, id: &str) -> usize {
    let vm = vm(w, id);
    let nics = vm["nics"].as_array().unwrap();
    let first = nics.iter().find(|nic| nic["primary"] == true).unwrap()["id"].clone();
    let joins = vm["addresses"].as_array().unwrap();
    joins.iter().filter(|join| join["nic"] == first).count()
}

fn by_staff(w: &mut World, job: &str) -> Value {
    let mut input = w.verb("17");
    input["caller"] = json!({ "kind": "staff", "client_id": "", "post": true, "token": true });
    w.run(&format!("onapp.{job}"), input).unwrap()
}

#[test]
fn an_address_on_an_interface_of_staff_never_stands_for_one_that_was_bought() {
    for (major, minor) in [(4, 2), (6, 5)] {
        for network in [2, 1] {
            let mut w = World::with(provisor_simulator::Version { major, minor });
            order(&mut w, "17", 1, None);
            create(&mut w, "17");
            settle(&mut w);
            let of_staff = interface_of_staff(&w, "17", network);
            let service = w.host.services.get_mut("17").unwrap();
            service["status"] = json!("Active");
            service["product"]["options"][17] = json!("2");
            let tab = by_staff(&mut w, "staff").to_string();
            assert!(
                tab.contains("the next cron attaches"),
                "{major}.{minor} {network}: {tab}"
            );
            let report = w.verb_on("change_package", "17").unwrap();
            let said = report["message"].as_str().unwrap();
            assert!(
                said.contains("addresses from 1 to 2"),
                "{major}.{minor} {network}: {said}"
            );
            settle(&mut w);
            assert_eq!(on_first(&w, "17"), 2, "{major}.{minor} {network}: {:?}", w.host.logs);
            assert_eq!(vm(&w, "17")["addresses"].as_array().unwrap().len(), 3, "{of_staff}");
            let again = w.verb_on("change_package", "17").unwrap();
            assert_eq!(again["message"], json!(format!("VM {} is as ordered.", w.vm_of("17"))));
        }
    }
}

#[test]
fn addresses_of_a_second_network_that_was_given_up_do_not_stand_for_those_of_the_first() {
    let mut w = settled(1, Some(second("1")));
    let slots = &mut w.host.services.get_mut("17").unwrap()["product"]["options"];
    slots[22] = json!("");
    slots[17] = json!("2");
    w.verb_on("change_package", "17").unwrap();
    settle(&mut w);
    assert_eq!((addresses(&w, "17", 1).len(), addresses(&w, "17", 2).len()), (2, 1));
}

/// From now on the lists of a machine's addresses are empty, whatever it has.
fn lists_are_empty(w: &mut World) {
    let front = w.env.transport.clone();
    let between = provisor::http::memory::MemoryTransport::new(move |request| {
        let path = request.path();
        let of_vm = path.contains("/virtual_machines/") && path.ends_with("/ip_addresses.json");
        let of_vm = of_vm && !path.contains("/network_interfaces/");
        let mut response = front.send(request)?;
        if of_vm && request.method == provisor::http::Method::Get {
            response.body = b"[]".to_vec();
        }
        Ok(response)
    });
    w.env = provisor::module::Env {
        transport: std::sync::Arc::new(between),
    };
}

#[test]
fn while_the_panel_contradicts_itself_about_a_machines_addresses_none_is_attached() {
    let mut w = World::new();
    order(&mut w, "17", 2, None);
    let real = w.env.clone();
    lists_are_empty(&mut w);
    create(&mut w, "17");
    settle(&mut w);
    w.advance(7200);
    settle(&mut w);
    assert_eq!(addresses(&w, "17", 1).len(), 1, "{:?}", w.host.logs);
    // The client has the VM all the same; staff read why it lacks an address, once a day.
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    assert_eq!(logged(&w, "onapp.addresses_contradict"), 1, "{:?}", w.host.logs);
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    let refused = code(by_client(&mut w, "assign_address", json!({ "id": "primary" })));
    assert_eq!(refused, "onapp.addresses_contradict");
    let shown = page(&mut w);
    assert!(buttons(&shown).is_empty(), "{shown}");
    w.env = real;
    w.advance(7200);
    settle(&mut w);
    assert_eq!(addresses(&w, "17", 1).len(), 2, "{:?}", w.host.logs);
}

#[test]
fn an_answer_that_tells_no_addresses_never_empties_the_services_fields() {
    let mut w = settled(2, None);
    let before = w.host.fields["17"].clone();
    assert_ne!(before["dedicated_ip"], json!(""), "{before:?}");
    let front = w.env.transport.clone();
    let between = provisor::http::memory::MemoryTransport::new(move |request| {
        let mut response = front.send(request)?;
        if let Ok(mut answer) = serde_json::from_slice::<Value>(&response.body)
            && let Some(vm) = answer.get_mut("virtual_machine")
        {
            vm.as_object_mut().unwrap().remove("ip_addresses");
            response.body = serde_json::to_vec(&answer).unwrap();
        }
        Ok(response)
    });
    w.env = provisor::module::Env {
        transport: std::sync::Arc::new(between),
    };
    let report = by_staff(&mut w, "sync");
    for field in ["dedicated_ip", "assigned_ips"] {
        assert_eq!(w.host.fields["17"][field], before[field], "{field}");
    }
    assert!(
        report["message"]
            .as_str()
            .unwrap()
            .contains("did not tell the addresses"),
        "{report}"
    );
    // Nor does the cron that attaches what was ordered later.
    w.host.services.get_mut("17").unwrap()["product"]["options"][17] = json!("3");
    w.verb_on("change_package", "17").unwrap();
    settle(&mut w);
    assert_eq!(w.host.fields["17"]["dedicated_ip"], before["dedicated_ip"]);
}
