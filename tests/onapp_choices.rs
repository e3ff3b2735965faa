//! What staff may choose in a product's settings: lists as the control panel has them, and the stored value in any case.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::World;
use provisor_simulator::Version;
use serde_json::{Value, json};

fn input(w: &World, list: &str, stored: &[(usize, &str)]) -> Value {
    let mut options = vec![String::new(); 24];
    for (slot, value) in stored {
        options[slot - 1] = (*value).to_owned();
    }
    json!({ "server": w.host.servers["1"], "options": options, "list": list })
}

fn asked(w: &mut World, list: &str, stored: &[(usize, &str)]) -> Value {
    let input = input(w, list, stored);
    w.run("onapp.choices", input).unwrap()
}

/// The values offered.
fn values(w: &mut World, list: &str, stored: &[(usize, &str)]) -> Vec<String> {
    let report = asked(w, list, stored);
    assert_eq!(report["notice"], "", "{list}");
    let choices = report["choices"].as_array().unwrap();
    choices
        .iter()
        .map(|c| c["value"].as_str().unwrap().to_owned())
        .collect()
}

fn later(w: &mut World) {
    w.advance(61);
}

#[test]
fn every_list_is_what_the_panel_has_on_every_release() {
    for (major, minor) in [(2, 3), (3, 0), (4, 2), (5, 6), (6, 5), (7, 0)] {
        let mut w = World::with(Version { major, minor });
        for (list, expected) in [
            ("templates", vec!["1", "2", "3"]),
            ("networks", vec!["1", "2", "3"]),
            ("data_store_zones", vec!["1", "2"]),
            ("roles", vec!["1", "2"]),
            ("user_groups", vec!["1", "2"]),
        ] {
            let mut found = values(&mut w, list, &[(2, "1"), (6, "1")]);
            found.sort();
            assert_eq!(found, expected, "{list} of {major}.{minor}");
        }
        assert!(!values(&mut w, "billing_plans", &[]).is_empty(), "{major}.{minor}");
        assert!(values(&mut w, "time_zones", &[]).contains(&"Eastern Time (US & Canada)".to_owned()));
    }
}

#[test]
fn each_setting_that_is_one_choice_has_a_list_of_the_host_or_of_the_panel() {
    let mut w = World::new();
    let fields = w.run("onapp.settings", json!({})).unwrap()["fields"].clone();
    let lists: Vec<&str> = fields
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["list"].as_str().unwrap())
        .collect();
    let slots = |list: &str| -> Vec<usize> { (1..=24).filter(|slot| lists[slot - 1] == list).collect() };
    assert_eq!(slots("servers"), [1]);
    // Slot 17 was the old module's and is not used.
    assert_eq!(slots("options"), [12, 13, 14, 15, 16, 20, 22]);
    assert_eq!(slots("template_options"), [19]);
    for (list, slot) in [("templates", 2), ("hypervisors", 4), ("networks", 6)] {
        assert_eq!(slots(list), [slot]);
        assert!(!values(&mut w, list, &[(4, "0,0"), (6, "1")]).is_empty());
    }
    assert_eq!(lists.iter().filter(|list| !list.is_empty()).count(), 12);
}

#[test]
fn labels_name_what_people_know_and_the_id() {
    let mut w = World::new();
    let report = asked(&mut w, "networks", &[(6, "1")]);
    let label = |value: &str| {
        let choices = report["choices"].as_array().unwrap();
        choices.iter().find(|c| c["value"] == value).unwrap()["label"].clone()
    };
    assert_eq!(label("1"), "Public network (1)");
    assert_eq!(label("3"), "Backend network (3)");
}

#[test]
fn only_hypervisors_that_are_online_are_offered_and_zones_that_have_one() {
    let mut w = World::new();
    // 4 is offline, 3 is alone in its zone.
    assert_eq!(
        values(&mut w, "hypervisors", &[(4, "0,0")]),
        ["0,0", "0,1", "1,1", "2,1", "0,2", "3,2"]
    );
    let offline = json!({ "hypervisor": 3, "online": false });
    w.panel.control("POST", "hypervisor", &offline).unwrap();
    later(&mut w);
    assert_eq!(
        values(&mut w, "hypervisors", &[(4, "0,0")]),
        ["0,0", "0,1", "1,1", "2,1"]
    );
}

#[test]
fn only_networks_of_the_chosen_zone_or_hypervisor_are_offered() {
    let mut w = World::new();
    for (place, networks) in [
        ("0,0", vec!["1", "2", "3"]),
        ("", vec!["1", "2", "3"]),
        ("0,1", vec!["1", "2"]),
        ("0,2", vec!["1"]),
        ("2,1", vec!["1", "2", "3"]),
        ("2,no_zone", vec!["3"]),
    ] {
        for list in ["networks", "secondary_networks"] {
            let mut found = values(&mut w, list, &[(4, place), (6, networks[0])]);
            found.sort();
            assert_eq!(found, networks, "{list} of {place:?}");
        }
    }
}

#[test]
fn the_stored_value_stays_to_be_chosen_although_the_panel_has_no_such_thing() {
    let mut w = World::new();
    for (list, slot, stored, label) in [
        ("templates", 2, "77", "77 (as stored)"),
        (
            "templates",
            2,
            "2,1",
            "Ubuntu 22.04 x64 (2), Debian 12 x64 (1) (as stored)",
        ),
        ("hypervisors", 4, "4,2", "4, 2 (as stored)"),
        ("networks", 6, "9", "9 (as stored)"),
        ("networks", 6, "", "(none)"),
    ] {
        let report = asked(&mut w, list, &[(slot, stored)]);
        let first = &report["choices"][0];
        assert_eq!(first["value"], stored);
        assert_eq!(first["label"], label);
        assert!(report["choices"].as_array().unwrap().len() > 3);
    }
}

#[test]
fn a_missing_permission_is_named_with_the_list_and_the_stored_value_stays() {
    for (list, slot, permissions, word) in [
        (
            "templates",
            2,
            vec!["templates.read", "templates.read.public", "templates.list"],
            "templates",
        ),
        (
            "hypervisors",
            4,
            vec!["hypervisors.read", "hypervisors.list"],
            "hypervisors",
        ),
        ("networks", 6, vec!["networks.read", "networks.list"], "networks"),
        ("roles", 0, vec!["roles.read", "roles.list"], "roles"),
        (
            "user_groups",
            0,
            vec!["user_groups.list", "user_groups.read"],
            "user groups",
        ),
        (
            "data_store_zones",
            0,
            vec!["data_store_zones.list", "data_store_zones.read"],
            "data store zones",
        ),
    ] {
        let mut w = World::new();
        // A permission may be granted by the name of the resource alone.
        let whole = permissions[0].split('.').next().unwrap();
        let revoked: Vec<&str> = permissions.iter().copied().chain([whole]).collect();
        let revoked = json!({ "role": 1, "revoke": revoked });
        w.panel.control("POST", "role", &revoked).unwrap();
        let report = asked(&mut w, list, &[(slot.max(1), if slot == 0 { "" } else { "5" })]);
        let notice = report["notice"].as_str().unwrap();
        assert!(notice.contains(word), "{list}: {notice}");
        assert!(permissions.iter().any(|p| notice.contains(p)), "{notice}");
        if slot > 0 {
            assert_eq!(report["choices"].as_array().unwrap().len(), 1);
            assert_eq!(report["choices"][0]["value"], "5");
        }
    }
}

#[test]
fn lists_are_asked_for_once_a_minute() {
    let mut w = World::new();
    let lists = [
        "templates",
        "hypervisors",
        "networks",
        "secondary_networks",
        "data_store_zones",
    ];
    for list in lists {
        asked(&mut w, list, &[(4, "2,1")]);
    }
    let paths = |w: &World| -> Vec<String> {
        let all = w.panel.requests();
        all.iter().map(|r| r["path"].as_str().unwrap().to_owned()).collect()
    };
    let first = paths(&w);
    // Version, templates, hypervisors and their zones, networks with two joins for both fields, data store zones.
    assert_eq!(first.len(), 8, "{first:?}");
    for list in lists {
        asked(&mut w, list, &[(4, "2,1")]);
    }
    assert_eq!(paths(&w).len(), first.len());
    later(&mut w);
    asked(&mut w, "templates", &[]);
    assert_eq!(paths(&w).len(), first.len() + 1);
}

#[test]
fn a_panel_that_is_down_is_waited_for_once_a_minute_and_every_stored_value_stays() {
    let mut w = World::new();
    asked(&mut w, "roles", &[]);
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let before = w.panel.requests().len();
    let stored = [(2, "31,32"), (4, "0,no_zone"), (6, "8")];
    let mut tried = 0;
    for (list, slot) in [("templates", 2), ("hypervisors", 4), ("networks", 6)] {
        let report = asked(&mut w, list, &stored);
        let value = stored.iter().find(|(s, _)| *s == slot).unwrap().1;
        assert_eq!(report["choices"].as_array().unwrap().len(), 1);
        assert_eq!(report["choices"][0]["value"], value);
        let notice = report["notice"].as_str().unwrap();
        assert!(notice.contains("OnApp did not list"), "{notice}");
        if tried == 0 {
            tried = w.panel.requests().len() - before;
        }
    }
    assert_eq!(
        w.panel.requests().len() - before,
        tried,
        "asked for the first list alone"
    );
    // What was listed before is still told.
    assert_eq!(asked(&mut w, "roles", &[])["notice"], "");
    w.panel.faults(&json!([])).unwrap();
    later(&mut w);
    assert_eq!(asked(&mut w, "templates", &stored)["notice"], "");
}

#[test]
fn a_page_that_has_waited_long_enough_gets_what_is_remembered_and_asks_nothing() {
    let mut w = World::new();
    asked(&mut w, "templates", &[]);
    let before = w.panel.requests().len();
    for (list, known) in [("templates", true), ("networks", false)] {
        let mut input = input(&w, list, &[(6, "2")]);
        input["remembered"] = json!(true);
        let report = w.run("onapp.choices", input).unwrap();
        assert_eq!(report["notice"] == "", known, "{list}: {report}");
        assert!(known || report["choices"][0]["value"] == "2");
    }
    assert_eq!(w.panel.requests().len(), before);
}

#[test]
fn lists_come_from_the_server_of_slot_1_and_never_from_a_disabled_one() {
    let mut w = World::new();
    let report = asked(&mut w, "templates", &[(1, "9"), (2, "31")]);
    assert!(report["notice"].as_str().unwrap().contains("9"), "{report}");
    assert_eq!(report["choices"][0]["value"], "31");
    w.host.servers.get_mut("1").unwrap()["disabled"] = json!(true);
    let before = w.panel.requests().len();
    let report = asked(&mut w, "templates", &[(2, "31")]);
    assert!(report["notice"].as_str().unwrap().contains("disabled"), "{report}");
    assert_eq!(w.panel.requests().len(), before);
}

#[test]
fn an_unknown_list_is_refused_before_anything_is_asked() {
    let mut w = World::new();
    let input = input(&w, "passwords", &[]);
    assert_eq!(w.run("onapp.choices", input).unwrap_err().code, "onapp.list");
    assert_eq!(w.panel.requests().len(), 0);
}
