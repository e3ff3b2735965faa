//! What the pages of a VM promise a client and staff: what they show and what it costs the panel, who may do what in which
//! state, and that nothing is half done when the panel is slow, dead or refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Runner, World, enumerate};
use provisor::session::Ended;
use serde_json::{Value, json};

/// Actions on a VM that is there, and the states in which the reference allows them (onapp-vm-module.md 7, state table).
const TABLE: [(&str, &[&str]); 11] = [
    ("start", &["stopped"]),
    ("shutdown", &["running"]),
    ("stop", &["running"]),
    ("reboot", &["running"]),
    ("console", &["running"]),
    ("reset_password", &["running", "stopped"]),
    ("rebuild_network", &["running"]),
    ("build", &["unbuilt"]),
    ("rebuild", &["running", "stopped"]),
    ("unlock", &["locked"]),
    ("delete_vm", &["stopped", "unbuilt"]),
];

fn ready() -> World {
    let mut w = World::new().with_ready_vm("17");
    activate(&mut w, "17");
    w
}

fn activate(w: &mut World, id: &str) {
    w.host.services.get_mut(id).unwrap()["status"] = json!("Active");
}

/// The input of a page's job by the owner, with what a form sent.
fn input(w: &World, id: &str, caller: &Value, form: &Value) -> Value {
    let mut input = w.verb(id);
    input["caller"] = caller.clone();
    input["form"] = form.clone();
    input
}

fn owner() -> Value {
    json!({ "kind": "client", "client_id": "7", "post": true, "token": true })
}

fn member_of_staff() -> Value {
    json!({ "kind": "staff", "client_id": "", "post": true, "token": true })
}

fn by_client(w: &mut World, job: &str, form: Value) -> Result<Value, Ended> {
    let input = input(w, "17", &owner(), &form);
    w.run(&format!("onapp.{job}"), input)
}

fn by_staff(w: &mut World, job: &str) -> Result<Value, Ended> {
    let input = input(w, "17", &member_of_staff(), &json!({}));
    w.run(&format!("onapp.{job}"), input)
}

fn code(ended: Result<Value, Ended>) -> String {
    match ended {
        Ok(report) => format!("done: {report}"),
        Err(ended) => ended.code,
    }
}

fn change_vm(w: &World, change: Value) {
    let mut body = change;
    body["action"] = json!("change");
    body["vm"] = json!(w.vm_of("17"));
    w.panel.control("POST", "vm", &body).unwrap();
}

fn put_into(w: &World, state: &str) {
    let (booted, built, locked, suspended) = match state {
        "running" => (true, true, false, false),
        "stopped" => (false, true, false, false),
        "unbuilt" => (false, false, false, false),
        "locked" => (true, true, true, false),
        "suspended" => (false, true, false, true),
        other => panic!("{other}"),
    };
    change_vm(
        w,
        json!({ "booted": booted, "built": built, "locked": locked, "suspended": suspended }),
    );
}

fn the_vm(w: &World) -> Value {
    let id = w.vm_of("17");
    w.living_vms().into_iter().find(|vm| vm["id"] == json!(id)).unwrap()
}

/// Requests since the last time: method, path and who asked.
fn asked(w: &World, since: usize) -> Vec<(String, String, String)> {
    w.panel
        .requests()
        .iter()
        .skip(since)
        .map(|r| {
            let text = |name: &str| r[name].as_str().unwrap_or_default().to_owned();
            (text("method"), text("path"), text("login"))
        })
        .collect()
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) if map.contains_key("code") && map.contains_key("text") => {
            found.push(map["text"].as_str().unwrap().to_owned());
        }
        Value::Object(map) => map.values().for_each(|v| texts(v, found)),
        Value::Array(list) => list.iter().for_each(|v| texts(v, found)),
        _ => {}
    }
}

/// Everything that a page says.
fn said(report: &Value) -> String {
    let mut found = Vec::new();
    texts(&report["page"], &mut found);
    found.join(" | ")
}

fn buttons(report: &Value) -> Vec<String> {
    let page = &report["page"];
    let mut names: Vec<String> = page["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["name"].as_str().unwrap().to_owned())
        .collect();
    for section in page["sections"].as_array().unwrap() {
        if section["kind"] == "form" {
            names.push(section["action"].as_str().unwrap().to_owned());
        }
    }
    names.sort();
    names
}

#[test]
fn the_overview_shows_state_settings_addresses_and_activity_with_at_most_four_calls() {
    let mut w = ready();
    let before = w.panel.requests().len();
    let report = by_client(&mut w, "page", json!({})).unwrap();
    let calls = asked(&w, before);
    assert!(calls.len() <= 4, "{calls:?}");
    assert!(
        calls.iter().all(|(method, ..)| method == "GET"),
        "a page changes nothing: {calls:?}"
    );
    let said = said(&report);
    for part in [
        "Running",
        "vm17",
        "Debian 12 x64",
        "1024 MB",
        "50 %",
        "Unlimited",
        "198.18.0.2",
        "startup virtual machine",
        "Done",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let rows = report["page"]["sections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["kind"] == "items")
        .unwrap()["items"]
        .as_array()
        .unwrap()
        .len();
    assert!((1..=15).contains(&rows), "{rows}");
}

#[test]
fn buttons_stand_on_the_page_exactly_where_the_state_table_allows_them() {
    for state in ["running", "stopped", "unbuilt", "locked", "suspended"] {
        let mut w = ready();
        put_into(&w, state);
        let report = by_client(&mut w, "page", json!({})).unwrap();
        let mut expected: Vec<&str> = TABLE
            .iter()
            .filter(|(_, states)| states.contains(&state))
            .map(|(name, _)| *name)
            .collect();
        // Its password is shown on its own page, whatever it does; nothing of a suspended one is.
        expected.extend(Some("show_password").filter(|_| state != "suspended"));
        expected.sort_unstable();
        assert_eq!(buttons(&report), expected, "{state}");
        if matches!(state, "locked" | "suspended") {
            assert!(
                !report["page"]["notices"].as_array().unwrap().is_empty(),
                "{state} is explained"
            );
        }
    }
}

#[test]
fn what_a_state_forbids_is_refused_before_anything_is_sent_whoever_asks() {
    for (action, states) in TABLE {
        for state in ["running", "stopped", "unbuilt", "locked", "suspended"] {
            if states.contains(&state) {
                continue;
            }
            for caller in [owner(), member_of_staff()] {
                let mut w = ready();
                put_into(&w, state);
                let before = w.panel.requests().len();
                let input = input(&w, "17", &caller, &json!({}));
                let refused = code(w.run(&format!("onapp.{action}"), input));
                assert!(refused.starts_with("onapp.vm_"), "{action} while {state}: {refused}");
                let calls = asked(&w, before);
                assert!(
                    calls
                        .iter()
                        .all(|(method, path, _)| method == "GET" && !path.contains("console")),
                    "{action} while {state}: {calls:?}"
                );
            }
        }
    }
}

#[test]
fn a_locked_vm_says_when_to_try_again() {
    let mut w = ready();
    put_into(&w, "locked");
    let Err(refused) = by_client(&mut w, "reboot", json!({})) else {
        panic!("a locked VM is not restarted")
    };
    assert_eq!(refused.code, "onapp.vm_locked");
    assert!(format!("{refused:?}").contains("Try again in a minute"), "{refused:?}");
    let report = by_client(&mut w, "page", json!({})).unwrap();
    assert!(said(&report).contains("open this page again"), "{report}");
}

#[test]
fn every_allowed_action_is_carried_out_once_as_the_clients_user_where_its_role_allows() {
    let server_user = World::new().panel.user.clone();
    for (action, states) in TABLE {
        for state in states {
            let mut w = ready();
            put_into(&w, state);
            let before = w.panel.requests().len();
            let report = by_client(&mut w, action, json!({})).unwrap();
            let calls = asked(&w, before);
            let changes: Vec<_> = calls.iter().filter(|(method, ..)| method != "GET").collect();
            let expected = usize::from(action != "console");
            assert_eq!(changes.len(), expected, "{action} while {state}: {calls:?}");
            if action != "delete_vm" {
                assert!(calls.len() <= 3, "{action}: {calls:?}");
            }
            let by_server = matches!(action, "build" | "rebuild" | "unlock" | "delete_vm");
            for (_, path, login) in &changes {
                assert_eq!(*login == server_user, by_server, "{action} {path} as {login}");
            }
            assert!(report["message"].as_str().is_some_and(|m| !m.is_empty()));
            w.advance(600);
            let vm = w.living_vms().into_iter().next();
            match action {
                "start" | "reboot" | "build" | "rebuild" => assert_eq!(vm.unwrap()["booted"], json!(true), "{action}"),
                "shutdown" | "stop" => assert_eq!(vm.unwrap()["booted"], json!(false), "{action}"),
                "unlock" => assert_eq!(vm.unwrap()["locked"], json!(false)),
                "delete_vm" => assert!(vm.is_none()),
                _ => {}
            }
        }
    }
}

#[test]
fn a_role_that_forbids_the_action_leaves_it_to_the_servers_user_after_the_vm_was_found_the_clients() {
    let mut w = ready();
    put_into(&w, "stopped");
    w.panel
        .control(
            "POST",
            "role",
            &json!({ "role": 2, "revoke": ["virtual_machines.power.own"] }),
        )
        .unwrap();
    let before = w.panel.requests().len();
    by_client(&mut w, "start", json!({})).unwrap();
    let calls = asked(&w, before);
    assert!(calls.len() <= 3, "{calls:?}");
    assert_eq!(calls.last().unwrap().2, w.panel.user);
    w.advance(60);
    assert_eq!(the_vm(&w)["booted"], json!(true));
}

#[test]
fn a_vm_that_is_not_the_services_own_is_never_shown_or_touched() {
    for action in TABLE.map(|(name, _)| name).into_iter().chain(["page"]) {
        let mut w = ready();
        // Somebody else's VM under the id on record: another user's, without this service's key.
        change_vm(
            &w,
            json!({ "user_id": 1, "admin_note": "", "booted": false, "label": "stranger" }),
        );
        let before = w.panel.requests().len();
        let answer = by_client(&mut w, action, json!({}));
        let calls = asked(&w, before);
        assert!(calls.iter().all(|(method, ..)| method == "GET"), "{action}: {calls:?}");
        if action == "page" {
            let report = answer.unwrap();
            assert!(!said(&report).contains("stranger"), "{report}");
            assert!(buttons(&report).is_empty());
        } else {
            assert_eq!(code(answer), "onapp.vm_not_ours", "{action}");
        }
    }
}

#[test]
fn a_user_with_another_password_is_acted_for_and_a_suspended_one_is_not() {
    let mut w = ready();
    let user = w.host.rows("tblonappclients")[0]["onapp_user_id"]
        .as_str()
        .unwrap()
        .parse::<u64>()
        .unwrap();
    w.panel
        .control("POST", "user", &json!({ "user": user, "action": "password" }))
        .unwrap();
    by_client(&mut w, "reboot", json!({})).unwrap();
    w.advance(120);
    w.panel
        .control("POST", "user", &json!({ "user": user, "action": "suspend" }))
        .unwrap();
    let before = w.panel.requests().len();
    assert_eq!(code(by_client(&mut w, "stop", json!({}))), "onapp.user_suspended");
    assert!(asked(&w, before).iter().all(|(method, ..)| method == "GET"));
}

#[test]
fn what_the_network_is_rebuilt_with_is_checked_before_anything_is_asked() {
    let mut w = ready();
    let before = w.panel.requests().len();
    for wrong in ["HARD", "soft;reboot", "1", "🦀"] {
        let refused = code(by_client(&mut w, "rebuild_network", json!({ "shutdown": wrong })));
        assert_eq!(refused, "onapp.shutdown_type", "{wrong}");
    }
    assert_eq!(w.panel.requests().len(), before);
    for way in ["none", "soft", "graceful", "hard"] {
        by_client(&mut w, "rebuild_network", json!({ "shutdown": way, "startup": "on" })).unwrap();
        w.advance(120);
        assert_eq!(the_vm(&w)["booted"], json!(true), "{way}: it runs again");
    }
    by_client(&mut w, "rebuild_network", json!({ "shutdown": "soft", "startup": "" })).unwrap();
    w.advance(120);
    assert_eq!(the_vm(&w)["booted"], json!(false), "it was to stay off");
}

#[test]
fn a_new_root_password_goes_to_the_machine_and_the_hosts_own_field_and_to_no_log() {
    for version in [(2, 3), (6, 5)] {
        let mut w = World::with(provisor_simulator::Version {
            major: version.0,
            minor: version.1,
        })
        .with_ready_vm("17");
        activate(&mut w, "17");
        let report = by_client(&mut w, "reset_password", json!({})).unwrap();
        let new = w.host.fields["17"]["password"]["secret"].as_str().unwrap().to_owned();
        assert!((6..=31).contains(&new.len()));
        assert!(new.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert!(!report.to_string().contains(&new));
        assert!(!format!("{:?}", w.host.logs).contains(&new));
        // No page holds a password, neither while the machine takes it over nor later.
        for seconds in [0, 120] {
            w.advance(seconds);
            let page = by_client(&mut w, "page", json!({})).unwrap();
            assert!(!page.to_string().contains(&new), "{version:?}: {page}");
        }
        let kept = format!("{:?}", w.host.rows("mod_provisor_onapp_shown"));
        assert!(!kept.contains(&new), "no password is kept");
    }
}

#[test]
fn the_password_is_shown_to_the_client_who_asks_and_stands_in_no_log_and_no_table() {
    let mut w = ready();
    let mut asked_for = input(&w, "17", &owner(), &json!({}));
    asked_for["service"]["username"] = json!("root");
    let overview = w.run("onapp.page", asked_for.clone()).unwrap();
    assert!(buttons(&overview).contains(&"show_password".to_owned()), "{overview}");
    assert!(!overview.to_string().contains("Root-pw-7"));
    let before = w.panel.requests().len();
    let report = w.run("onapp.show_password", asked_for.clone()).unwrap();
    assert_eq!(w.panel.requests().len(), before, "no panel is asked");
    let shown = said(&report);
    assert!(shown.contains("root") && shown.contains("Root-pw-7"), "{shown}");
    // Whoever logs the report masks what stands sealed in it.
    assert_eq!(report["sealed"], json!([{ "secret": "Root-pw-7" }]));
    assert!(!format!("{:?}", w.host.logs).contains("Root-pw-7"));
    assert!(!format!("{:?}", w.host.rows("mod_provisor_onapp_shown")).contains("Root-pw-7"));
    asked_for["service"]["password"] = json!({ "secret": "" });
    let overview = w.run("onapp.page", asked_for.clone()).unwrap();
    assert!(
        !buttons(&overview).contains(&"show_password".to_owned()),
        "nothing to show"
    );
    assert_eq!(code(w.run("onapp.show_password", asked_for)), "onapp.no_password");
}

#[test]
fn a_page_about_a_task_under_way_looks_again_and_any_other_does_not() {
    let again = |report: &Value| {
        let sections = report["page"]["sections"].as_array().unwrap();
        sections
            .iter()
            .any(|s| s["kind"] == "again" && s["seconds"] == json!(15))
    };
    let mut w = ready();
    for (state, looks) in [
        ("running", false),
        ("stopped", false),
        ("locked", true),
        ("suspended", false),
    ] {
        put_into(&w, state);
        let report = by_client(&mut w, "page", json!({})).unwrap();
        assert_eq!(again(&report), looks, "{state}");
    }
    put_into(&w, "locked");
    by_client(&mut w, "page", json!({})).unwrap();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let report = by_client(&mut w, "page", json!({})).unwrap();
    assert!(said(&report).contains("cannot be read"), "{report}");
    assert!(!again(&report), "a dead panel is not asked again and again");
}

#[test]
fn a_client_with_several_templates_chooses_one_before_anything_is_installed_anew() {
    let several = || {
        let mut w = ready();
        w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("1,2");
        w
    };
    let rebuild = |report: &Value| {
        let actions = report["page"]["actions"].as_array().unwrap();
        actions
            .iter()
            .find(|action| action["name"] == "rebuild")
            .unwrap()
            .clone()
    };
    let mut w = ready();
    let page = by_client(&mut w, "page", json!({})).unwrap();
    assert!(!rebuild(&page)["confirm"].is_null(), "one template: the button asks");
    let mut w = several();
    let page = by_client(&mut w, "page", json!({})).unwrap();
    assert!(rebuild(&page)["confirm"].is_null(), "several: its page asks");
    for (form, error) in [
        (json!({}), false),
        (json!({ "template": "" }), true),
        (json!({ "template": "3" }), true),
        (json!({ "template": "1,2" }), true),
        (json!({ "template": "<b>2</b>" }), true),
    ] {
        let before = w.panel.requests().len();
        let report = by_client(&mut w, "rebuild", form.clone()).unwrap();
        let field = &report["page"]["sections"][0]["fields"][0];
        assert_eq!(field["name"], "template", "{report}");
        assert_eq!(!field["error"].is_null(), error, "{form}: {field}");
        let labels: Vec<&str> = field["choices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|choice| choice[1]["text"].as_str().unwrap())
            .collect();
        assert_eq!(labels, ["Please choose", "Debian 12 x64", "Ubuntu 22.04 x64"]);
        assert!(said(&report).contains("EVERYTHING"), "{report}");
        assert!(asked(&w, before).iter().all(|(method, ..)| method == "GET"), "{form}");
    }
    by_client(&mut w, "rebuild", json!({ "template": "2" })).unwrap();
    w.advance(900);
    assert_eq!(the_vm(&w)["template_id"], json!(2));
    // Staff have no form: the machine's own template again.
    assert_eq!(code(by_staff(&mut w, "rebuild")), "onapp.not_sure");
    by_staff(&mut w, "rebuild").unwrap();
    w.advance(900);
    assert_eq!(the_vm(&w)["template_id"], json!(2));
    // A bought template decides alone.
    let mut w = World::new();
    w.add_service("17");
    activate(&mut w, "17");
    assert_eq!(code(by_client(&mut w, "rebuild", json!({}))), "onapp.no_vm");
}

#[test]
fn an_installation_that_was_accepted_does_not_fail_when_the_host_cannot_write_it_down() {
    for refused in ["rows.read", "service.fields"] {
        let mut w = World::new();
        w.add_service("17");
        w.host.services.get_mut("17").unwrap()["product"]["options"][10] = json!("30,0");
        w.verb_on("create", "17").unwrap();
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
        activate(&mut w, "17");
        // Another operating system has another administrator, which the host is to write down.
        w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("1,3");
        let press = input(&w, "17", &owner(), &json!({ "template": "3" }));
        let before = w.panel.requests().len();
        let mut run = Runner::start(&w, "onapp.rebuild", &press);
        while asked(&w, before).iter().all(|(method, ..)| method == "GET") {
            run.answer(&mut w.host);
        }
        w.host.refused_ops.insert(refused.to_owned());
        run.finish(&mut w.host);
        let (class, told) = run.ended.unwrap();
        assert_eq!(class, 0, "{refused}: {told}");
        w.host.refused_ops.clear();
        w.advance(900);
        assert_eq!(the_vm(&w)["template_id"], json!(3));
        by_client(&mut w, "reboot", json!({})).unwrap();
    }
}

#[test]
fn an_installation_whose_answer_is_lost_is_not_called_safe_to_repeat() {
    for kind in ["reset_after", "html_login"] {
        let mut w = ready();
        let rule = json!([{ "kind": kind, "count": 1, "match": { "method": "POST", "path_contains": "/build" } }]);
        w.panel.faults(&rule).unwrap();
        let failed = by_client(&mut w, "rebuild", json!({})).unwrap_err();
        assert_eq!(failed.class, -404, "{failed:?}");
        assert!(failed.message.contains("installs everything once more"), "{failed:?}");
        assert!(!failed.message.contains("not done twice"), "{failed:?}");
    }
}

#[test]
fn staff_press_twice_before_anything_is_lost_and_a_press_of_yesterday_does_not_count() {
    for (action, state) in [("rebuild", "running"), ("delete_vm", "stopped")] {
        let mut w = ready();
        put_into(&w, state);
        let before = w.panel.requests().len();
        let ended = by_staff(&mut w, action).unwrap_err();
        assert_eq!(ended.code, "onapp.not_sure");
        assert!(ended.message.contains("EVERYTHING"), "{}", ended.message);
        w.advance(121);
        assert_eq!(code(by_staff(&mut w, action)), "onapp.not_sure", "two minutes later");
        assert!(asked(&w, before).iter().all(|(method, ..)| method == "GET"));
        w.advance(60);
        by_staff(&mut w, action).unwrap();
        assert!(asked(&w, before).iter().any(|(method, ..)| method != "GET"), "{action}");
    }
    let mut w = ready();
    by_staff(&mut w, "reboot").unwrap();
}

#[test]
fn another_operating_system_has_another_administrator_on_record() {
    let mut w = World::new();
    w.add_service("17");
    let slots = &mut w.host.services.get_mut("17").unwrap()["product"]["options"];
    slots[10] = json!("30,0");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    activate(&mut w, "17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("1,3");
    w.host.fields.remove("17");
    by_client(&mut w, "rebuild", json!({ "template": "3" })).unwrap();
    assert_eq!(w.host.fields["17"]["username"], json!("administrator"));
    w.advance(900);
    assert_eq!(the_vm(&w)["template_id"], json!(3));
    w.host.fields.remove("17");
    by_client(&mut w, "rebuild", json!({ "template": "3" })).unwrap();
    assert!(!w.host.fields.contains_key("17"), "the same system: nothing to write");
}

#[test]
fn the_hosts_own_change_password_gives_the_machine_what_was_typed_and_leaves_the_storing_to_the_host() {
    let change = |w: &mut World, new: &str| {
        let mut input = w.verb("17");
        input["service"]["password"] = json!({ "secret": new });
        w.run("onapp.change_password", input)
    };
    let mut w = ready();
    let before = w.host.fields.get("17").cloned();
    let report = change(&mut w, "Str0ng-one_2").unwrap();
    w.advance(120);
    let path = format!("/virtual_machines/{}.json", w.vm_of("17"));
    let (_, _, seen) = w.panel.call("GET", &path, None);
    assert_eq!(seen["virtual_machine"]["initial_root_password"], json!("Str0ng-one_2"));
    assert_eq!(w.host.fields.get("17").cloned(), before, "the host stores it");
    assert!(!format!("{report} {:?}", w.host.logs).contains("Str0ng-one_2"));
    for new in ["", "short", "with blank", "p\u{e4}ssword", "tab\tabc", &"x".repeat(100)] {
        assert_eq!(change(&mut w, new).unwrap_err().code, "onapp.password", "{new}");
    }
    // While the machine takes it over it is locked; clients read no id and no name of a panel.
    change(&mut w, "Str0ng-one_3").unwrap();
    let refused = change(&mut w, "Str0ng-one_4").unwrap_err();
    assert!(refused.message.contains("try again in a few minutes"), "{refused}");
    w.advance(120);
    w.panel
        .call("DELETE", &format!("/virtual_machines/{}.json", w.vm_of("17")), None);
    w.advance(900);
    let gone = change(&mut w, "Str0ng-one_5").unwrap_err();
    for refused in [refused, gone] {
        assert!(
            !refused.message.contains("OnApp") && !refused.message.contains("VM"),
            "{refused}"
        );
        assert!(refused.message.contains("The former one is still valid."));
    }
}

#[test]
fn after_a_lost_answer_nobody_is_told_that_the_former_password_is_valid_and_the_next_one_is_kept() {
    let of_machine = |w: &World| {
        let path = format!("/virtual_machines/{}.json", w.vm_of("17"));
        w.panel.call("GET", &path, None).2["virtual_machine"]["initial_root_password"].clone()
    };
    for fault in [
        json!({ "kind": "reset_after" }),
        json!({ "kind": "truncated" }),
        json!({ "kind": "html_500", "processed": true }),
        json!({ "kind": "status", "status": 504, "processed": true }),
    ] {
        let mut rule = fault.clone();
        rule["nth"] = json!(1);
        rule["match"] = json!({ "method": "POST", "path_contains": "reset_password" });
        // What the host brought it stores itself, and only where it was told of success.
        let mut w = ready();
        w.panel.faults(&json!([rule])).unwrap();
        let mut input = w.verb("17");
        input["service"]["password"] = json!({ "secret": "Str0ng-one_2" });
        let told = w.run("onapp.change_password", input.clone()).unwrap_err();
        assert_eq!(
            (told.class, told.code.as_str()),
            (-404, "onapp.password_unclear"),
            "{fault}"
        );
        assert!(
            told.message.contains("the new one or the former one is valid"),
            "{told}"
        );
        assert!(told.message.contains("Change it again"), "{told}");
        for wrong in ["still valid", "OnApp", "VM"] {
            assert!(!told.message.contains(wrong), "{told}");
        }
        w.advance(600);
        assert_eq!(of_machine(&w), "Str0ng-one_2", "{fault}");
        w.run("onapp.change_password", input).unwrap();
        assert!(!format!("{:?}", w.host.logs).contains("Str0ng-one_2"));
        // One of ours is kept where it is surely the machine's, and nowhere else.
        let mut w = ready();
        let kept = w.host.fields["17"]["password"].clone();
        w.panel.faults(&json!([rule])).unwrap();
        let told = by_client(&mut w, "reset_password", json!({})).unwrap_err();
        assert_eq!(told.code, "onapp.password_unclear", "{fault}");
        assert!(!told.message.contains("looked up"), "{told}");
        assert_eq!(w.host.fields["17"]["password"], kept);
        w.advance(600);
        assert!(!format!("{told} {:?}", w.host.logs).contains(of_machine(&w).as_str().unwrap()));
        by_client(&mut w, "reset_password", json!({})).unwrap();
        w.advance(600);
        assert_eq!(w.host.fields["17"]["password"]["secret"], of_machine(&w));
    }
}

#[test]
fn the_console_is_an_address_of_the_panel_that_only_the_answer_holds() {
    let mut w = ready();
    let report = by_client(&mut w, "console", json!({})).unwrap();
    let address = report["go"]["secret"].as_str().unwrap().to_owned();
    assert!(address.starts_with("http://localhost/console_remote/"), "{address}");
    let key = address.rsplit('/').next().unwrap();
    assert!(key.len() > 4);
    assert!(!format!("{:?}", w.host.logs).contains(key));
    assert!(!format!("{:?}", w.host.rows("mod_provisor_onapp_shown")).contains(key));
}

#[test]
fn a_slow_or_dead_panel_leaves_the_last_known_values_with_their_moment_and_no_buttons() {
    let mut w = ready();
    by_client(&mut w, "page", json!({})).unwrap();
    w.advance(3600);
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let report = by_client(&mut w, "page", json!({})).unwrap();
    let said = said(&report);
    assert!(said.contains("These are from 2026-01-01 00:15"), "{said}");
    assert!(said.contains("1024 MB") && said.contains("198.18.0.2"), "{said}");
    assert!(buttons(&report).is_empty());
    let refused = by_client(&mut w, "reboot", json!({})).unwrap_err();
    assert!((-499..=-400).contains(&refused.class), "{refused:?}");
    // Nothing is known yet of a service whose page was never shown.
    let mut w = ready();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let report = by_client(&mut w, "page", json!({})).unwrap();
    assert!(
        report["page"]["notices"][0]["text"]["text"]
            .as_str()
            .unwrap()
            .contains("try again later")
    );
}

#[test]
fn a_log_that_cannot_be_read_leaves_the_rest_of_the_page() {
    let mut w = ready();
    w.panel
        .control(
            "POST",
            "role",
            &json!({ "role": 2, "revoke": ["log_items.list.own", "log_items.read.own"] }),
        )
        .unwrap();
    let before = w.panel.requests().len();
    let report = by_client(&mut w, "page", json!({})).unwrap();
    assert!(asked(&w, before).len() <= 4);
    assert!(said(&report).contains("The activity cannot be read") && said(&report).contains("Running"));
    // The server's user of the vendor's guide has no log_items: staff read which permission is missing.
    let tab = by_staff(&mut w, "staff").unwrap();
    assert!(said(&tab).contains("log_items.list"), "{tab}");
}

#[test]
fn the_words_of_a_task_are_shown_only_for_tasks_that_the_services_own_page_showed() {
    let mut w = ready();
    let before = w.panel.requests().len();
    assert_eq!(
        code(by_client(&mut w, "log_details", json!({ "id": "1" }))),
        "onapp.not_on_page"
    );
    let report = by_client(&mut w, "page", json!({})).unwrap();
    let after_page = w.panel.requests().len();
    let items = report["page"]["sections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["kind"] == "items")
        .unwrap();
    let id = items["items"][0]["buttons"][0]["id"].as_str().unwrap().to_owned();
    for foreign in ["999999", "", "1/../2", "1 ", "-1", "🦀"] {
        if foreign.trim() != id {
            let refused = code(by_client(&mut w, "log_details", json!({ "id": foreign })));
            assert_eq!(refused, "onapp.not_on_page", "{foreign}");
        }
    }
    assert_eq!(w.panel.requests().len(), after_page, "nothing was asked");
    assert!(after_page > before);
    let details = by_client(&mut w, "log_details", json!({ "id": id })).unwrap();
    assert!(said(&details).contains(": complete"), "{details}");
}

#[test]
fn the_staff_tab_names_the_vm_and_compares_what_was_ordered_with_what_is_there() {
    let mut w = ready();
    w.panel
        .control(
            "POST",
            "role",
            &json!({ "role": 1, "grant": ["log_items.list", "disks.read", "backups.read"] }),
        )
        .unwrap();
    let before = w.panel.requests().len();
    let tab = by_staff(&mut w, "staff").unwrap();
    let calls = asked(&w, before);
    assert!(
        calls.len() <= 5 && calls.iter().all(|(.., login)| *login == w.panel.user),
        "{calls:?}"
    );
    let said = said(&tab);
    assert!(
        said.contains(&w.vm_of("17").to_string()) && said.contains("as ordered"),
        "{said}"
    );
    assert!(!said.contains("differs"), "{said}");
    assert!(
        !tab.to_string().contains("Root-pw-7"),
        "staff have the host's own field"
    );
    w.host.services.get_mut("17").unwrap()["product"]["options"][2] = json!("2048");
    let tab = by_staff(&mut w, "staff").unwrap();
    assert!(self::said(&tab).contains("differs"), "{tab}");
}

#[test]
fn a_client_who_deletes_pays_for_the_traffic_so_far_and_may_create_a_new_vm() {
    let mut w = ready();
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-03T00:00:00Z", 70_000);
    w.advance(3 * 86_400);
    put_into(&w, "stopped");
    let old = w.vm_of("17");
    by_client(&mut w, "delete_vm", json!({})).unwrap();
    assert_eq!(w.host.services["17"]["status"], json!("Active"));
    let during = by_client(&mut w, "page", json!({})).unwrap();
    assert!(said(&during).contains("is being deleted") && buttons(&during).is_empty());
    assert_eq!(code(by_client(&mut w, "create_vm", json!({}))), "onapp.still_deleting");
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let gone = by_client(&mut w, "page", json!({})).unwrap();
    assert_eq!(buttons(&gone), ["create_vm"]);
    by_client(&mut w, "create_vm", json!({})).unwrap();
    assert_ne!(w.vm_of("17"), old);
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 9_000);
    w.advance(40 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    let periods = w.host.rows("mod_provisor_periods");
    let billed: u64 = periods
        .iter()
        .map(|p| p["billed_kb"].as_str().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(billed, w.true_kb(), "both machines' traffic, once");
    assert_eq!(periods.len(), 1, "one period, whatever was deleted in it");
}

#[test]
fn create_checks_template_and_hostname_against_the_product_beside_their_fields() {
    let make = || {
        let mut w = World::new();
        w.add_service("17");
        activate(&mut w, "17");
        let service = w.host.services.get_mut("17").unwrap();
        service["product"]["options"][1] = json!("1,2");
        service["domain"] = json!("");
        w
    };
    let mut w = make();
    let page = by_client(&mut w, "page", json!({})).unwrap();
    let said = said(&page);
    assert!(
        said.contains("Debian 12 x64") && said.contains("Ubuntu 22.04 x64"),
        "{said}"
    );
    assert!(
        !said.contains("Windows"),
        "only the product's templates are offered: {said}"
    );
    let long = "a".repeat(300);
    for (template, hostname, field) in [
        ("3", "www.example.com", "template"),
        ("", "www.example.com", "template"),
        ("1 OR 1=1", "www.example.com", "template"),
        ("2", "", "hostname"),
        ("2", "-bad-.example.com", "hostname"),
        ("2", "<b>.example.com", "hostname"),
        ("2", "🦀.example.com", "hostname"),
        ("2", long.as_str(), "hostname"),
    ] {
        let mut w = make();
        let form = json!({ "template": template, "hostname": hostname });
        let report = by_client(&mut w, "create_vm", form).unwrap();
        let fields = report["page"]["sections"][1]["fields"].as_array().unwrap();
        let wrong: Vec<&str> = fields
            .iter()
            .filter(|f| !f["error"].is_null())
            .map(|f| f["name"].as_str().unwrap())
            .collect();
        assert_eq!(wrong, [field], "{template} {hostname}: {report}");
        assert!(w.living_vms().is_empty());
        assert!(!w.host.fields.contains_key("17"), "nothing was written to the service");
    }
    let mut w = make();
    by_client(
        &mut w,
        "create_vm",
        json!({ "template": "2", "hostname": "www.example.com" }),
    )
    .unwrap();
    assert_eq!(w.living_vms().len(), 1);
    assert_eq!(w.host.fields["17"]["domain"], json!("www.example.com"));
    w.advance(900);
    let page = by_client(&mut w, "page", json!({})).unwrap();
    assert!(self::said(&page).contains("Ubuntu 22.04 x64"), "{page}");
}

/// The templates that a form offers.
fn choices(report: &Value) -> Vec<String> {
    let sections = report["page"]["sections"].as_array().unwrap().iter();
    let fields = sections.filter_map(|section| section["fields"].as_array()).flatten();
    let of_template = fields.filter(|field| field["name"] == "template");
    let all = of_template.flat_map(|field| field["choices"].as_array().unwrap());
    all.map(|choice| choice[0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_template_from_which_nothing_can_be_built_is_never_offered_and_without_one_staff_read_why() {
    for (there, job, cannot) in [
        (false, "page", "cannot be created at the moment"),
        (true, "rebuild", "cannot be installed anew at the moment"),
    ] {
        let mut w = if there { ready() } else { World::new() };
        if !there {
            w.add_service("17");
            activate(&mut w, "17");
        }
        // Nobody has template 77.
        w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("1,2,77");
        let chosen = |w: &mut World| {
            let offered = choices(&by_client(w, job, json!({})).unwrap());
            offered.into_iter().filter(|id| !id.is_empty()).collect::<Vec<_>>()
        };
        let off = |w: &World, id: u64| {
            let change = json!({ "template": id, "active": false });
            w.panel.control("POST", "template", &change).unwrap();
        };
        assert_eq!(chosen(&mut w), ["1", "2"], "{job}");
        off(&w, 1);
        assert_eq!(chosen(&mut w), ["2"], "{job}");
        let unread = json!([{ "kind": "status", "status": 403, "match": { "path_contains": "/templates" } }]);
        w.panel.faults(&unread).unwrap();
        assert_eq!(chosen(&mut w), ["1", "2", "77"], "{job}: nobody knows");
        w.panel.faults(&json!([])).unwrap();
        off(&w, 2);
        for _ in 0..3 {
            let report = by_client(&mut w, job, json!({})).unwrap();
            assert!(choices(&report).is_empty(), "{job}: {report}");
            assert!(said(&report).contains(cannot), "{job}: {report}");
        }
        let told: Vec<_> = w.host.logs.iter().filter(|l| l.code == "onapp.no_template").collect();
        assert_eq!(told.len(), 1, "{job}: once a day");
        assert!(
            told[0].text.contains("service 17") && told[0].text.contains("1, 2, 77") && told[0].level == "warning",
            "{told:?}"
        );
    }
    // A form of which a field is wrong says so too.
    let mut w = World::new();
    w.add_service("17");
    activate(&mut w, "17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("76,77");
    let report = by_client(&mut w, "create_vm", json!({ "template": "3" })).unwrap();
    assert!(said(&report).contains("cannot be created at the moment"), "{report}");
}

#[test]
fn a_template_that_belongs_to_a_user_and_is_on_no_list_is_offered_all_the_same() {
    let mut w = World::new();
    w.add_service("17");
    activate(&mut w, "17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("1,2");
    let front = w.env.transport.clone();
    let between = provisor::http::memory::MemoryTransport::new(move |request| {
        let mut response = front.send(request)?;
        if request.path().ends_with("/templates.json") {
            let mut all: Vec<Value> = serde_json::from_slice(&response.body).unwrap();
            all.retain(|one| one["image_template"]["id"] != 2);
            response.body = serde_json::to_vec(&all).unwrap();
        }
        Ok(response)
    });
    w.env = provisor::module::Env {
        transport: std::sync::Arc::new(between),
    };
    let page = by_client(&mut w, "page", json!({})).unwrap();
    assert_eq!(choices(&page), ["1", "2"]);
    assert!(said(&page).contains("Ubuntu 22.04 x64"), "{page}");
}

#[test]
fn one_template_that_cannot_be_read_takes_no_name_from_the_others() {
    for status in [403, 500] {
        let mut w = World::new();
        w.add_service("17");
        activate(&mut w, "17");
        w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("1,2,77");
        let unread = json!([{ "kind": "status", "status": status, "match": { "path_contains": "/templates/77" } }]);
        w.panel.faults(&unread).unwrap();
        let page = by_client(&mut w, "page", json!({})).unwrap();
        assert_eq!(choices(&page), ["1", "2", "77"], "{status}");
        assert!(
            said(&page).contains("Ubuntu 22.04 x64") && said(&page).contains("Template 77"),
            "{page}"
        );
    }
}

#[test]
fn a_client_who_looks_at_a_product_that_cannot_be_ordered_fills_no_log() {
    let mut w = World::new();
    w.add_service("17");
    activate(&mut w, "17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][17] = json!("many");
    for _ in 0..5 {
        let page = by_client(&mut w, "page", json!({})).unwrap();
        assert!(said(&page).contains("cannot be created at the moment"), "{page}");
    }
    let told = w.host.logs.iter().filter(|l| l.code == "onapp.product_option");
    assert_eq!(told.count(), 1, "{:?}", w.host.logs);
}

#[test]
fn a_second_vm_is_refused_and_two_quick_clicks_make_one() {
    let mut w = ready();
    assert_eq!(code(by_client(&mut w, "create_vm", json!({}))), "onapp.vm_exists");
    assert_eq!(w.living_vms().len(), 1);
    let mut w = World::new();
    w.add_service("17");
    activate(&mut w, "17");
    by_client(&mut w, "create_vm", json!({})).unwrap();
    let again = code(by_client(&mut w, "create_vm", json!({})));
    assert_eq!(again, "onapp.vm_exists");
    assert_eq!(w.living_vms().len(), 1);
}

#[test]
fn a_vm_that_was_deleted_at_the_panel_is_offered_anew_only_when_the_servers_user_says_that_it_is_gone() {
    let mut w = ready();
    w.panel
        .control("POST", "vm", &json!({ "vm": w.vm_of("17"), "action": "delete" }))
        .unwrap();
    w.advance(120);
    let page = by_client(&mut w, "page", json!({})).unwrap();
    assert!(said(&page).contains("not there any more"), "{page}");
    assert_eq!(buttons(&page), ["create_vm"]);
    assert_eq!(code(by_client(&mut w, "start", json!({}))), "onapp.vm_gone");
    by_client(&mut w, "create_vm", json!({})).unwrap();
    assert_eq!(w.living_vms().len(), 1);
}

#[test]
fn pages_of_services_that_are_not_active_ask_no_panel() {
    for status in ["Pending", "Suspended", "Terminated", "Cancelled", "Fraud"] {
        let mut w = ready();
        w.host.services.get_mut("17").unwrap()["status"] = json!(status);
        let before = w.panel.requests().len();
        let report = by_client(&mut w, "page", json!({})).unwrap();
        assert_eq!(w.panel.requests().len(), before, "{status}");
        assert!(buttons(&report).is_empty());
        assert_eq!(report["page"]["notices"].as_array().unwrap().len(), 1, "{status}");
    }
}

#[test]
fn a_machine_of_the_old_module_has_its_page_and_its_buttons() {
    let mut w = ready();
    // As the old module leaves it: its own tables alone, and no key in the admin note.
    change_vm(&w, json!({ "admin_note": "" }));
    w.host.forget_rows("mod_provisor_services");
    let report = by_client(&mut w, "page", json!({})).unwrap();
    assert!(said(&report).contains("Running"), "{report}");
    by_client(&mut w, "reboot", json!({})).unwrap();
    w.advance(120);
    put_into(&w, "unbuilt");
    by_client(&mut w, "build", json!({})).unwrap();
}

#[test]
fn an_action_that_is_killed_anywhere_frees_the_service_and_a_second_press_finishes_it() {
    for action in ["start", "rebuild_network", "delete_vm", "reset_password"] {
        let make = || {
            let w = ready();
            put_into(
                &w,
                if action == "rebuild_network" {
                    "running"
                } else {
                    "stopped"
                },
            );
            w
        };
        let crashes = enumerate(
            make,
            &format!("onapp.{action}"),
            |w| input(w, "17", &owner(), &json!({})),
            |w| {
                // Pressed again: done now, or refused because it was done.
                let _ = by_client(w, action, json!({}));
                w.advance(900);
                w.run("onapp.settle", json!({})).unwrap();
            },
            |w| {
                let vms: Vec<Value> = w
                    .living_vms()
                    .iter()
                    .map(|vm| json!([vm["id"], vm["booted"], vm["locked"], vm["built"]]))
                    .collect();
                json!([w.state_of("17"), vms, w.host.services["17"]["status"]])
            },
        );
        assert!(crashes > 4, "{action}: {crashes}");
    }
}

#[test]
fn the_list_shows_every_machine_with_its_power_and_switch_for_one_call_a_server() {
    let mut w = ready();
    w.add_service("18");
    activate(&mut w, "18");
    w.verb_on("create", "18").unwrap();
    w.add_service("19");
    activate(&mut w, "19");
    w.add_service("20");
    w.host.services.get_mut("20").unwrap()["client_id"] = json!("8");
    w.host.services.get_mut("20").unwrap()["domain"] = json!("other.example.com");
    let before = w.panel.requests().len();
    let report = by_client(&mut w, "machines", json!({})).unwrap();
    // One list; a second page proves its end where the panel pages.
    let calls = asked(&w, before);
    assert!(
        calls.len() <= 2 && calls.iter().all(|(.., login)| *login != w.panel.user),
        "{calls:?}"
    );
    let items = report["page"]["sections"][0]["items"].as_array().unwrap().clone();
    let row = |service: &str| items.iter().find(|i| i["service"] == json!(service)).unwrap().clone();
    assert_eq!(items.len(), 3, "another client's is not among them: {items:?}");
    assert_eq!(row("17")["cells"][2]["text"], "Running");
    assert_eq!(row("17")["buttons"][0]["action"]["name"], "shutdown");
    assert_eq!(row("18")["cells"][2]["text"], "Being built");
    assert_eq!(row("18")["buttons"], json!([]));
    assert_eq!(row("19")["cells"][2]["text"], "None yet");
    put_into(&w, "stopped");
    let report = by_client(&mut w, "machines", json!({})).unwrap();
    assert_eq!(
        report["page"]["sections"][0]["items"][0]["buttons"][0]["action"]["name"],
        "start"
    );
    by_client(&mut w, "page", json!({})).unwrap();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let report = by_client(&mut w, "machines", json!({})).unwrap();
    let items = report["page"]["sections"][0]["items"].as_array().unwrap().clone();
    assert_eq!(items[0]["cells"][2]["text"], "Off", "as it was last seen");
    assert_eq!(items[0]["buttons"], json!([]));
    assert!(said(&report).contains("last seen"));
}

/// The buttons of a page of parts: action and id.
fn part_buttons(report: &Value) -> Vec<(String, String)> {
    let sections = report["page"]["sections"].as_array().unwrap();
    let items = sections.iter().find(|s| s["kind"] == "items").unwrap()["items"]
        .as_array()
        .unwrap();
    items
        .iter()
        .flat_map(|item| item["buttons"].as_array().unwrap())
        .map(|button| {
            (
                button["action"]["name"].as_str().unwrap().to_owned(),
                button["id"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn id_of(report: &Value, action: &str) -> String {
    let found = part_buttons(report).into_iter().find(|(name, _)| name == action);
    found.unwrap_or_else(|| panic!("{action}: {report}")).1
}

#[test]
fn automatic_backups_are_switched_off_and_on_by_the_disks_own_button() {
    let mut w = ready();
    let page = by_client(&mut w, "disks", json!({})).unwrap();
    let on = part_buttons(&page).iter().any(|(name, _)| name == "autobackup_off");
    for switch in if on {
        ["autobackup_off", "autobackup_on"]
    } else {
        ["autobackup_on", "autobackup_off"]
    } {
        let before = w.panel.requests().len();
        let page = by_client(&mut w, "disks", json!({})).unwrap();
        assert!(asked(&w, before).len() <= 4, "{:?}", asked(&w, before));
        let id = id_of(&page, switch);
        let before = w.panel.requests().len();
        by_client(&mut w, switch, json!({ "id": id })).unwrap();
        let calls = asked(&w, before);
        assert!(calls.len() <= 3, "{calls:?}");
        assert!(
            calls.iter().all(|(.., login)| *login != w.panel.user),
            "as the client's user: {calls:?}"
        );
        let page = by_client(&mut w, "disks", json!({})).unwrap();
        assert!(!part_buttons(&page).iter().any(|(name, _)| name == switch), "{page}");
        assert!(
            said(&page).contains("Primary") && said(&page).contains("Swap"),
            "{page}"
        );
    }
}

#[test]
fn a_backup_is_taken_listed_restored_and_deleted() {
    for incremental in [false, true] {
        let mut w = ready();
        w.panel
            .control("POST", "quirks", &json!({ "incremental_backups": incremental }))
            .unwrap();
        let disks = by_client(&mut w, "disks", json!({})).unwrap();
        let disk = id_of(&disks, "take_backup");
        by_client(&mut w, "take_backup", json!({ "id": disk })).unwrap();
        let during = by_client(&mut w, "backups", json!({})).unwrap();
        assert!(part_buttons(&during).is_empty(), "not before it is there: {during}");
        assert_eq!(
            code(by_client(&mut w, "take_backup", json!({ "id": disk }))),
            "onapp.vm_locked"
        );
        w.advance(300);
        let before = w.panel.requests().len();
        let page = by_client(&mut w, "backups", json!({})).unwrap();
        assert!(asked(&w, before).len() <= 4);
        assert!(said(&page).contains("Ready"), "{page}");
        let id = id_of(&page, "restore_backup");
        by_client(&mut w, "restore_backup", json!({ "id": id })).unwrap();
        assert_eq!(
            code(by_client(&mut w, "delete_backup", json!({ "id": id }))),
            "onapp.vm_locked"
        );
        w.advance(300);
        by_client(&mut w, "delete_backup", json!({ "id": id })).unwrap();
        w.advance(300);
        let page = by_client(&mut w, "backups", json!({})).unwrap();
        assert!(part_buttons(&page).is_empty(), "{incremental}: {page}");
    }
}

#[test]
fn ids_of_others_are_refused_without_asking_the_panel() {
    let mut w = ready();
    // The same client's other machine, with a disk and a backup of its own.
    w.add_service("18");
    activate(&mut w, "18");
    w.verb_on("create", "18").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let of_other = |w: &mut World, job: &str, form: Value| {
        let input = input(w, "18", &owner(), &form);
        w.run(&format!("onapp.{job}"), input)
    };
    let disks = of_other(&mut w, "disks", json!({})).unwrap();
    let disk = id_of(&disks, "take_backup");
    of_other(&mut w, "take_backup", json!({ "id": disk })).unwrap();
    w.advance(300);
    let backups = of_other(&mut w, "backups", json!({})).unwrap();
    let backup = id_of(&backups, "delete_backup");
    for seen in [false, true] {
        if seen {
            by_client(&mut w, "disks", json!({})).unwrap();
            by_client(&mut w, "backups", json!({})).unwrap();
        }
        let before = w.panel.requests().len();
        for (action, id) in [
            ("autobackup_on", &disk),
            ("autobackup_off", &disk),
            ("take_backup", &disk),
            ("restore_backup", &backup),
            ("delete_backup", &backup),
        ] {
            for id in [
                id.as_str(),
                "",
                "0",
                "1/../2",
                "-1",
                "99999999999999999999999",
                "1 OR 1=1",
                "🦀",
            ] {
                let refused = code(by_client(&mut w, action, json!({ "id": id })));
                assert_eq!(refused, "onapp.not_on_page", "{action} {id}");
            }
        }
        assert_eq!(w.panel.requests().len(), before, "nothing was asked");
    }
}

#[test]
fn parts_are_left_alone_while_the_machine_is_busy_suspended_or_unbuilt() {
    for state in ["locked", "suspended", "unbuilt"] {
        let mut w = ready();
        let disks = by_client(&mut w, "disks", json!({})).unwrap();
        let disk = id_of(&disks, "take_backup");
        put_into(&w, state);
        let before = w.panel.requests().len();
        for action in ["take_backup", "autobackup_on", "autobackup_off"] {
            let refused = code(by_client(&mut w, action, json!({ "id": disk })));
            assert!(refused.starts_with("onapp.vm_"), "{action} while {state}: {refused}");
        }
        assert!(asked(&w, before).iter().all(|(method, ..)| method == "GET"));
        let page = by_client(&mut w, "disks", json!({})).unwrap();
        assert!(part_buttons(&page).is_empty(), "{state}");
    }
}

#[test]
fn pages_of_parts_show_what_was_last_known_while_the_panel_is_dead() {
    let mut w = ready();
    by_client(&mut w, "disks", json!({})).unwrap();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let page = by_client(&mut w, "disks", json!({})).unwrap();
    assert!(
        said(&page).contains("These are from") && said(&page).contains("Primary"),
        "{page}"
    );
    assert!(part_buttons(&page).is_empty());
    let page = by_client(&mut w, "backups", json!({})).unwrap();
    assert!(said(&page).contains("try again later"), "{page}");
}

#[test]
fn the_cpu_page_draws_percent_of_a_core_and_shows_the_same_numbers() {
    let mut w = ready();
    w.advance(2 * 86_400);
    w.panel
        .control(
            "POST",
            "cpu",
            &json!({ "vm": w.vm_of("17"), "from": "2026-01-02T00:00:00Z", "to": "2026-01-02T02:00:00Z", "cpu_time": 18_000 }),
        )
        .unwrap();
    let before = w.panel.requests().len();
    let page = by_client(&mut w, "cpu", json!({})).unwrap();
    assert!(asked(&w, before).len() <= 4, "{:?}", asked(&w, before));
    let table = page["page"]["sections"][1].clone();
    // Half a core for an hour: 18 000 tenths of 36 000 (reference: onapp-api.md 7.3).
    assert!(
        table["rows"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row[1]["text"] == "50.00 %"),
        "{table}"
    );
    assert!(table["chart"]["svg"].as_str().unwrap().starts_with("<svg "));
}

#[test]
fn the_bandwidth_page_says_limit_forecast_and_running_cost_without_asking_the_panel() {
    let mut w = ready();
    // 100 hours of 20 480 KB received and as many sent: 4 000 MB of 1 000 included, at 0.02 each, after 5 of 31 days.
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-05T05:00:00Z", 20_480);
    w.advance(5 * 86_400 - 900);
    w.run("onapp.collect", json!({})).unwrap();
    let before = w.panel.requests().len();
    let page = by_client(&mut w, "bandwidth", json!({})).unwrap();
    assert_eq!(w.panel.requests().len(), before);
    let said = said(&page);
    let used: u64 = w.true_kb() / 1024;
    assert!(said.contains(&format!("{used} MB")), "{used}: {said}");
    let cost = (used - 1000) * 2;
    assert!(
        said.contains(&format!("${}.{:02}", cost / 100, cost % 100)),
        "{cost}: {said}"
    );
    // Of 120 hours the last is not read yet.
    assert!(said.contains(&format!("{} MB", (used * 744).div_ceil(119))), "{said}");
    assert!(said.contains("1000 MB"), "{said}");
    assert!(
        page["page"]["sections"][2]["chart"]["svg"]
            .as_str()
            .unwrap()
            .starts_with("<svg ")
    );
    assert!(w.host.rows("mod_provisor_cursors").is_empty() || w.host.rows("mod_provisor_cursors").len() == 1);
    assert_eq!(page["page"]["sections"][2]["csv_action"], "bandwidth_csv");
    let tab = by_staff(&mut w, "staff").unwrap();
    assert!(self::said(&tab).contains("At this rate until the end"), "{tab}");
}

#[test]
fn a_client_who_looks_at_the_bandwidth_page_of_a_service_without_a_beginning_fills_no_log() {
    // No date, and one after the first measured hour.
    for date in ["0000-00-00", "2026-02-01"] {
        let mut w = ready();
        w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-05T05:00:00Z", 20_480);
        w.advance(5 * 86_400 - 900);
        w.run("onapp.collect", json!({})).unwrap();
        w.host.services.get_mut("17").unwrap()["reg_date"] = json!(date);
        if date != "0000-00-00" {
            // One that this module made itself would count all the same.
            let row = w.host.rows("mod_provisor_services")[0].clone();
            let change = json!({ "token": "test", "changes": [{ "kind": "update", "table": "mod_provisor_services",
                "key": { "module": "onapp", "service_id": "17" }, "rev": row["rev"], "values": { "since": null } }] });
            provisor::host::Port::answer(&mut w.host, "apply", &change).unwrap();
        }
        let before = w.host.logs.len();
        for _ in 0..5 {
            let page = by_client(&mut w, "bandwidth", json!({})).unwrap();
            let said = said(&page);
            assert!(
                said.contains("it is not known when the period begins"),
                "{date}: {said}"
            );
            assert!(!said.contains("Nothing was measured"), "{date}: {said}");
        }
        assert_eq!(w.host.logs.len(), before, "{date}: {:?}", w.host.logs);
        // The run that bills tells staff.
        w.run("onapp.bill", json!({})).unwrap();
        let told = w.host.logs[before..]
            .iter()
            .filter(|l| l.code.contains("registration_date"));
        assert_eq!(told.count(), 1, "{date}: {:?}", w.host.logs);
    }
}

/// The figure of a fact in megabytes.
fn megabytes(page: &Value, label: &str) -> u64 {
    let sections = page["page"]["sections"].as_array().unwrap();
    let all = sections
        .iter()
        .filter_map(|section| section["facts"].as_array())
        .flatten();
    let fact = all.into_iter().find(|fact| fact["label"]["text"] == label).unwrap();
    let text = fact["value"]["text"].as_str().unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn the_forecast_counts_the_hours_that_were_read_and_no_others() {
    // WHMCS's daily cron alone, at 00:30; the client looks in the evening. 30 MB in each hour.
    let mut w = ready();
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-03-01T00:00:00Z", 30_720);
    w.advance(86_400 - 900 + 1800);
    let forecast = |page: &Value| megabytes(page, "At this rate until the end");
    let truth = 743 * 30;
    for day in 2..8 {
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        w.advance(82_800);
        let page = by_client(&mut w, "bandwidth", json!({})).unwrap();
        let tab = by_staff(&mut w, "staff").unwrap();
        for told in [forecast(&page), forecast(&tab)] {
            assert!(
                (truth * 95 / 100..=truth + 120).contains(&told),
                "day {day}: {told} of {truth}"
            );
        }
        w.advance(3600);
    }
    // A machine that is gone moves nothing more.
    by_client(&mut w, "stop", json!({})).unwrap();
    w.advance(300);
    by_client(&mut w, "delete_vm", json!({})).unwrap();
    for _ in 0..3 {
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
    let page = by_client(&mut w, "bandwidth", json!({})).unwrap();
    assert_eq!(forecast(&page), megabytes(&page, "Used so far"), "{page}");
    // Its successor's rate is its own.
    by_client(&mut w, "create_vm", json!({})).unwrap();
    for _ in 0..3 {
        w.advance(900);
        w.run("onapp.settle", json!({})).unwrap();
    }
    let before = megabytes(&page, "Used so far");
    w.traffic(w.vm_of("17"), "2026-01-08T04:00:00Z", "2026-03-01T00:00:00Z", 30_720);
    w.advance(86_400);
    w.run("onapp.collect", json!({})).unwrap();
    let page = by_client(&mut w, "bandwidth", json!({})).unwrap();
    let truth = before + (23 * 24 + 22) * 30;
    let told = forecast(&page);
    assert!(
        (truth * 80 / 100..=truth * 105 / 100).contains(&told),
        "{told} of {truth}: {page}"
    );
}

#[test]
fn the_bandwidth_to_take_away_is_every_kilobyte_of_the_period_by_day() {
    let mut w = ready();
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-03T02:00:00Z", 1000);
    w.advance(5 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    let before = w.panel.requests().len();
    let file = by_client(&mut w, "bandwidth_csv", json!({})).unwrap()["file"].clone();
    assert_eq!(w.panel.requests().len(), before);
    assert_eq!(file["name"], "bandwidth-17.csv");
    let lines: Vec<&str> = file["text"].as_str().unwrap().split("\r\n").collect();
    assert_eq!(lines[0], "Day,Received (KB),Sent (KB),Total (KB)");
    assert_eq!(lines[2].split(',').next(), Some("2026-01-02"));
    let sum: u64 = lines[1..]
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| line.rsplit(',').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(sum, w.true_kb());
}

#[test]
fn a_password_that_the_panel_keeps_encrypted_never_replaces_the_one_on_record() {
    for (kept, replaced) in [
        (json!(true), false),
        (json!("1"), false),
        (json!("perhaps"), false),
        (json!(null), true),
        (json!(false), true),
    ] {
        let mut w = ready();
        let good = w.host.fields["17"]["password"].clone();
        assert!(!good.is_null(), "Create told it");
        let front = w.env.transport.clone();
        let flag = kept.clone();
        let between = provisor::http::memory::MemoryTransport::new(move |request| {
            let mut response = front.send(request)?;
            if let Ok(mut body) = serde_json::from_slice::<Value>(&response.body)
                && body["virtual_machine"].is_object()
            {
                body["virtual_machine"]["initial_root_password"] = json!("U2FsdGVkX18");
                body["virtual_machine"]["initial_root_password_encrypted"] = flag.clone();
                response.body = serde_json::to_vec(&body).unwrap();
            }
            Ok(response)
        });
        w.env = provisor::module::Env {
            transport: std::sync::Arc::new(between),
        };
        by_staff(&mut w, "sync").unwrap();
        let now = &w.host.fields["17"]["password"];
        assert_eq!(*now != good, replaced, "{kept}: {now}");
    }
}

#[test]
fn install_anew_names_the_template_that_it_installs_before_it_is_pressed() {
    // The product's only template is another one since, which is what gets installed.
    for (product, name, installed) in [("1", "Debian 12 x64", 1), ("2", "Ubuntu 22.04 x64", 2)] {
        let mut w = ready();
        w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!(product);
        let before = w.panel.requests().len();
        let page = by_client(&mut w, "page", json!({})).unwrap();
        assert!(asked(&w, before).len() <= 4);
        let actions = page["page"]["actions"].as_array().unwrap();
        let button = actions.iter().find(|action| action["name"] == "rebuild").unwrap();
        let question = button["confirm"]["text"].as_str().unwrap();
        assert!(
            question.contains(name) && question.contains("EVERYTHING"),
            "{product}: {question}"
        );
        by_client(&mut w, "rebuild", json!({})).unwrap();
        w.advance(900);
        assert_eq!(the_vm(&w)["template_id"], json!(installed));
    }
    // One that cannot be read is named by its number.
    let mut w = ready();
    w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("999");
    let page = by_client(&mut w, "page", json!({})).unwrap();
    let actions = page["page"]["actions"].as_array().unwrap();
    let button = actions.iter().find(|action| action["name"] == "rebuild").unwrap();
    let question = button["confirm"]["text"].as_str().unwrap();
    assert!(question.contains("999"), "{question}");
}

/// Everything that the section of this heading says.
fn facts(page: &Value, heading: &str) -> String {
    let sections = page["page"]["sections"].as_array().unwrap();
    let own = sections
        .iter()
        .find(|section| section["heading"]["text"] == heading)
        .unwrap();
    let mut found = Vec::new();
    texts(own, &mut found);
    found.join(" | ")
}

#[test]
fn where_whmcs_bills_the_bandwidth_page_and_the_tab_of_staff_show_whmcs_own_month_with_its_limit() {
    let mut w = World::new();
    w.advance(16 * 86_400);
    w.add_service("17");
    let service = w.host.services.get_mut("17").unwrap();
    service["product"]["options"][23] = json!("whmcs");
    service["product"]["bw_limit"] = json!("3000");
    service["reg_date"] = json!("2026-01-17");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    activate(&mut w, "17");
    let day = |w: &mut World| {
        w.advance(86_400);
        w.host.settings["today"] = json!(w.now().date_naive().to_string());
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
    };
    // 1024 KB an hour: 24 MB a day.
    w.traffic(w.vm_of("17"), "2026-01-17T01:00:00Z", "2026-03-30T00:00:00Z", 1024);
    for _ in 0..4 {
        day(&mut w);
    }
    let page = by_client(&mut w, "bandwidth", json!({})).unwrap();
    let said = facts(&page, "This billing period");
    assert!(said.contains("2026-01-17") && said.contains("2026-02-01"), "{said}");
    for _ in 0..22 {
        day(&mut w);
    }
    // 12 February, 00:15: eleven days of the month are measured, all but the last hour or two.
    let page = by_client(&mut w, "bandwidth", json!({})).unwrap();
    let said = facts(&page, "This billing period");
    assert!(said.contains("2026-02-01") && said.contains("2026-03-01"), "{said}");
    assert!(!said.contains("2026-02-17"), "{said}");
    assert!(said.contains("3000 MB"), "the limit as WHMCS counts it: {said}");
    assert!(!said.contains("Cost so far"), "{said}");
    let sum: u64 = 11 * 24;
    let used: Vec<u64> = (sum - 3..=sum).collect();
    assert!(used.iter().any(|mb| said.contains(&format!(" {mb} MB"))), "{said}");
    // 28 of 11 days.
    let forecast: Vec<u64> = (28 * 24 - 15..=28 * 24).collect();
    assert!(forecast.iter().any(|mb| said.contains(&format!(" {mb} MB"))), "{said}");
    let tab = by_staff(&mut w, "staff").unwrap();
    let tab = self::said(&tab);
    assert!(tab.contains("2026-03-01") && tab.contains("3000 MB"), "{tab}");
    let file = by_client(&mut w, "bandwidth_csv", json!({})).unwrap()["file"].clone();
    let first = file["text"].as_str().unwrap().split("\r\n").nth(1).unwrap().to_owned();
    assert!(first.starts_with("2026-02-01,"), "{first}");
}

#[test]
fn a_deletion_takes_the_backups_along_as_its_question_says_and_the_next_machine_may_have_its_own() {
    let mut w = World::new();
    w.add_service("17");
    // A plan that gives two backups.
    let options = &mut w.host.services.get_mut("17").unwrap()["product"]["options"];
    options[20] = json!(r#"{"role_ids":[2],"billing_plan":"2"}"#);
    options[7] = json!("100");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    activate(&mut w, "17");
    let take = |w: &mut World| {
        let page = by_client(w, "disks", json!({})).unwrap();
        by_client(w, "take_backup", json!({ "id": id_of(&page, "take_backup") }))
    };
    for _ in 0..2 {
        take(&mut w).unwrap();
        w.advance(900);
    }
    assert!(take(&mut w).is_err(), "the plan's limit");
    put_into(&w, "stopped");
    let page = by_client(&mut w, "page", json!({})).unwrap();
    let actions = page["page"]["actions"].as_array().unwrap();
    let delete = actions.iter().find(|action| action["name"] == "delete_vm").unwrap();
    let question = delete["confirm"]["text"].as_str().unwrap();
    assert!(question.contains("backups"), "{question}");
    let left = |w: &World| {
        let state = w.panel.state();
        let all = state["vms"].as_array().unwrap().iter();
        all.flat_map(|vm| vm["backups"].as_array().unwrap().clone())
            .filter(|backup| backup["removed"] == json!(false))
            .count()
    };
    assert_eq!(left(&w), 2);
    by_client(&mut w, "delete_vm", json!({})).unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(left(&w), 0);
    by_client(&mut w, "create_vm", json!({})).unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    take(&mut w).unwrap();
    w.advance(900);
    // Terminate does the same.
    assert_eq!(left(&w), 1);
    put_into(&w, "stopped");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    assert_eq!(left(&w), 0);
}

#[test]
fn a_panel_that_refuses_to_delete_backups_still_deletes_the_machine_and_staff_are_told() {
    let mut w = ready();
    let inner = w.env.transport.clone();
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        if request.url.contains("destroy_all_backups=1") {
            let refusal = br#"{"error":"You do not have permissions for this action"}"#;
            return Ok(provisor::http::Response::new(403, refusal.to_vec()));
        }
        inner.send(request)
    }));
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!((w.living_vms().len(), w.state_of("17").as_str()), (0, "gone"));
    let told: Vec<_> = w
        .host
        .logs
        .iter()
        .filter(|log| log.code == "onapp.backups_left")
        .collect();
    assert!(told.len() == 1 && told[0].text.contains("backups.delete"), "{told:?}");
}

#[test]
fn a_new_machines_pages_never_show_what_the_former_one_was() {
    let mut w = ready();
    for page in ["page", "addresses", "disks", "backups", "firewall"] {
        by_client(&mut w, page, json!({})).unwrap();
    }
    let former = the_vm(&w);
    let address = former["addresses"][0]["address"].as_str().unwrap().to_owned();
    let disk = former["disks"][0]["id"].to_string();
    put_into(&w, "stopped");
    by_client(&mut w, "delete_vm", json!({})).unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    // Another client's machine gets the address.
    let mut other = w.host.services["17"].clone();
    other["id"] = json!("18");
    other["domain"] = json!("other.example.com");
    other["client_id"] = json!("8");
    other["client"]["id"] = json!("8");
    other["client"]["email"] = json!("grace@example.com");
    w.host.services.insert("18".into(), other);
    w.verb_on("create", "18").unwrap();
    by_client(&mut w, "create_vm", json!({})).unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    for page in ["page", "addresses", "disks", "backups", "firewall"] {
        let shown = by_client(&mut w, page, json!({})).unwrap();
        assert!(said(&shown).contains("try again later"), "{page}: {shown}");
        assert!(!shown.to_string().contains(&address), "{page}: {shown}");
    }
    let shown = by_client(&mut w, "disks", json!({})).unwrap();
    assert!(!said(&shown).contains(&format!("| {disk} |")), "{shown}");
    let tab = by_staff(&mut w, "staff").unwrap();
    assert!(
        !tab.to_string().contains(&address) && !said(&tab).contains("What follows is from"),
        "{tab}"
    );
}

#[test]
fn a_hostname_that_cannot_be_used_counts_as_none_and_is_asked_for() {
    for domain in ["my_vps", "-bad-.example.com", "a..b"] {
        let mut w = World::new();
        w.add_service("17");
        activate(&mut w, "17");
        w.host.services.get_mut("17").unwrap()["domain"] = json!(domain);
        let shown = by_client(&mut w, "page", json!({})).unwrap();
        let form = &shown["page"]["sections"][1];
        assert_eq!(form["fields"][0]["name"], "hostname", "{domain}: {shown}");
        let shown = by_client(&mut w, "create_vm", json!({})).unwrap();
        assert!(!shown["page"]["sections"][1]["fields"][0]["error"].is_null(), "{shown}");
        assert!(w.living_vms().is_empty());
        by_client(&mut w, "create_vm", json!({ "hostname": "www.example.com" })).unwrap();
        assert_eq!(w.living_vms().len(), 1);
        assert_eq!(w.host.fields["17"]["domain"], json!("www.example.com"));
    }
}

#[test]
fn a_typing_error_in_the_billing_setting_takes_one_sentence_of_the_staff_tab_and_no_more() {
    for wrong in ["modul", "<zone>Berlin</zone>"] {
        let mut w = ready();
        w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!(wrong);
        let shown = by_staff(&mut w, "staff").unwrap();
        let text = said(&shown);
        assert!(text.contains("slot 24"), "{wrong}: {text}");
        assert!(
            text.contains("1024 MB") && text.contains("Ordered and there"),
            "{wrong}: {text}"
        );
    }
}

#[test]
fn a_backup_that_is_being_restored_or_deleted_is_not_shown_as_being_made() {
    let mut w = ready();
    let disk = id_of(&by_client(&mut w, "disks", json!({})).unwrap(), "take_backup");
    by_client(&mut w, "take_backup", json!({ "id": disk })).unwrap();
    let during = by_client(&mut w, "backups", json!({})).unwrap();
    assert!(said(&during).contains("Being made"), "{during}");
    w.advance(300);
    let page = by_client(&mut w, "backups", json!({})).unwrap();
    let id = id_of(&page, "restore_backup");
    by_client(&mut w, "restore_backup", json!({ "id": id })).unwrap();
    let during = by_client(&mut w, "backups", json!({})).unwrap();
    assert!(
        said(&during).contains("Being restored or deleted") && !said(&during).contains("Being made"),
        "{during}"
    );
    assert!(part_buttons(&during).is_empty(), "{during}");
}
