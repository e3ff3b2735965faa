//! What the SingleHop module promises to staff and clients, against the simulated LEAP of both generations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod singlehop_world;

use common::{Runner, at};
use provisor::host::Port;
use provisor::http::memory::MemoryTransport;
use provisor::http::{Kind, Response, SendError};
use provisor::session::Ended;
use serde_json::{Value, json};
use singlehop_world::{GENERATIONS, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn refused(done: Result<Value, Ended>, code: &str) -> String {
    let ended = done.unwrap_err();
    assert_eq!(ended.code, code, "{ended}");
    ended.message
}

/// Every text of a page, a message or an error that a client could read.
fn words(value: &Value) -> String {
    value.to_string().to_ascii_lowercase()
}

fn is_white(value: &Value) {
    let words = words(value);
    for name in ["singlehop", "leap", "tandem", "api error", "fatal", "dropzone"] {
        assert!(!words.contains(name), "{name} in {words}");
    }
}

fn choices(field: &Value) -> Vec<String> {
    let list = field["choices"].as_array().unwrap();
    list.iter()
        .map(|c| format!("{}|{}", c[0].as_str().unwrap(), c[1]["text"].as_str().unwrap()))
        .collect()
}

// --- the product's settings ---

#[test]
fn the_settings_fill_all_24_slots_and_hide_the_secrets() {
    let mut w = World::new();
    let fields = w.run("settings", &json!({})).unwrap()["fields"].clone();
    let fields = fields.as_array().unwrap();
    assert_eq!(fields.len(), 24);
    let names: Vec<&str> = fields.iter().take(5).map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "LEAP username",
            "LEAP password",
            "Tandem username",
            "Tandem password",
            "API key"
        ]
    );
    for slot in [1, 3, 4] {
        assert_eq!(fields[slot]["type"], "password");
    }
}

#[test]
fn a_mistake_in_the_settings_or_in_the_file_is_named_before_anything_is_called() {
    let mut w = World::new().with_server();
    w.forget_requests();
    w.configuration = r#"{"paths":{"restart":"GET /x"}}"#.into();
    let said = refused(w.verb("suspend", "17"), "singlehop.config_file");
    assert!(said.contains("paths.restart") && said.contains("config.json"), "{said}");
    w.configuration = r#"{"zone":"Mars"}"#.into();
    let said = refused(w.verb("suspend", "17"), "singlehop.config_file");
    assert!(said.contains("\"zone\"") && said.contains("Europe/Berlin"), "{said}");
    let error = w.list("17")["error"]["text"].as_str().unwrap().to_owned();
    assert!(error.contains("\"zone\""), "{error}");
    w.configuration.clear();
    w.options[4].clear();
    w.options[5] = "legacy".into();
    assert!(refused(w.verb("suspend", "17"), "singlehop.credentials").contains("API key"));
    w.options[6] = "http://leap.example".into();
    w.options[5] = "leap3".into();
    assert!(refused(w.verb("suspend", "17"), "singlehop.plain_http").contains("plainHttp"));
    assert!(w.panel.requests().is_empty());
    w.configuration = r#"{"plainHttp":"yes"}"#.into();
    // That address is another panel's: the server is selected there on purpose.
    refused(w.verb("suspend", "17"), "singlehop.other_panel");
    assert!(w.panel.requests().is_empty());
    w.select("17", "100042").unwrap();
    w.verb("suspend", "17").unwrap();
}

// --- the list, and selecting from it ---

#[test]
fn the_list_shows_what_the_tandem_user_may_see_in_every_form_of_the_answer() {
    for generation in GENERATIONS {
        for list in ["map", "array", "bare"] {
            for success in [json!(true), json!("1"), json!("TRUE"), json!(1)] {
                let mut w = World::of(generation);
                w.mode(json!({ "list": list, "success": success }));
                let field = w.list("17");
                assert_eq!(field["label"]["text"], "SingleHop Servers List");
                let status = if generation == "leap3" { ", online" } else { "" };
                assert_eq!(
                    choices(&field),
                    [
                        "|None".to_owned(),
                        format!("000017|db1.example.com (000017{status})"),
                        format!("000201|vm1.example.com (000201{status})"),
                        format!("100042|web1.example.com (100042{status})"),
                    ]
                );
                assert!(field["error"].is_null() && field["help"].is_null());
            }
        }
    }
}

#[test]
fn wrong_credentials_read_api_error_authentication_error_beside_the_list() {
    for generation in GENERATIONS {
        for denial in ["401", "body"] {
            let mut w = World::of(generation).with_server();
            w.mode(json!({ "denial": denial }));
            w.options[3] = "wrong".into();
            let field = w.list("17");
            let error = field["error"]["text"].as_str().unwrap();
            assert!(error.starts_with("API Error: Authentication Error"), "{error}");
            // The selected server stays selectable.
            assert_eq!(field["value"], "100042");
            assert!(choices(&field).iter().any(|c| c.starts_with("100042|")));
            let said = refused(w.verb("test", "17"), "singlehop.authentication");
            assert!(said.contains("Module Settings"), "{said}");
        }
    }
}

#[test]
fn the_check_tries_every_pair_of_credentials_and_names_the_one_that_is_refused() {
    for generation in GENERATIONS {
        for denial in ["401", "body"] {
            for (slots, pair) in [
                (0..2, "LEAP username and password"),
                (2..4, "Tandem username and password"),
            ] {
                for slot in slots {
                    let mut w = World::of(generation).with_server();
                    w.verb("test", "17").unwrap();
                    w.mode(json!({ "denial": denial }));
                    w.options[slot] = "wrong".into();
                    let said = refused(w.verb("test", "17"), "singlehop.authentication");
                    assert!(said.starts_with("API Error: Authentication Error"), "{said}");
                    assert!(said.contains(pair), "{generation} {denial} {slot}: {said}");
                }
            }
        }
    }
    // What nothing uses is not tried.
    let mut w = World::new().with_server();
    w.configuration = r#"{"auth":"tandem"}"#.into();
    w.options[1] = "wrong".into();
    w.verb("test", "17").unwrap();
    w.configuration = r#"{"auth":"leap_key"}"#.into();
    w.options[4] = "wrong".into();
    let said = refused(w.verb("test", "17"), "singlehop.authentication");
    assert!(said.contains("LEAP username (client id) and API key"), "{said}");
}

#[test]
fn an_empty_list_explains_the_tandem_permission() {
    for generation in GENERATIONS {
        let mut w = World::of(generation);
        w.mode(json!({ "list": "empty" }));
        let help = w.list("17")["help"]["text"].as_str().unwrap().to_owned();
        assert!(
            help.contains("Add Server Permissions") && help.contains("Apply Permissions"),
            "{help}"
        );
        refused(w.verb("test", "17"), "singlehop.no_servers");
        w.mode(json!({ "reset": true }));
        assert_eq!(w.verb("test", "17").unwrap()["message"], "OK, 3 servers visible.");
    }
}

#[test]
fn entries_without_an_id_are_said_and_are_no_matter_of_permissions() {
    for generation in GENERATIONS {
        let lists = [
            "[{\"hostname\":\"a\"},{\"server\":\"b\",\"id\":\"../1\"}]",
            "[null,\"x\"]",
            "{\"100042\":null,\"x\":[]}",
        ];
        for list in lists {
            let mut w = World::of(generation).with_server();
            let what = if generation == "leap3" {
                "/server/list"
            } else {
                "listServers"
            };
            w.answers(what, format!("{{\"success\":true,\"data\":{list}}}"));
            w.host.logs.clear();
            let field = w.list("17");
            let help = field["help"]["text"].as_str().unwrap();
            assert!(help.contains('2') && help.contains("usable id"), "{help}");
            assert!(!help.contains("ermission"), "{help}");
            let said = w.host.logs.iter().filter(|l| l.code == "singlehop.left_out").count();
            assert_eq!(said, 1, "{:?}", w.host.logs);
            assert!(!refused(w.verb("test", "17"), "singlehop.left_out").contains("ermission"));
            assert!(!refused(w.select("18", "000017"), "singlehop.left_out").contains("ermission"));
            // Which server such an entry is, nobody knows: it may be the one to be cancelled.
            w.options[8] = "cancel".into();
            refused(w.verb("terminate", "17"), "singlehop.left_out");
            assert_eq!(w.assigned(), json!([["17", "100042"]]));
        }
        // An entry that cannot be used leaves the others as they are.
        let mut w = World::of(generation);
        let what = if generation == "leap3" {
            "/server/list"
        } else {
            "listServers"
        };
        w.answers(
            what,
            r#"{"success":true,"data":[{"serverid":"100042","hostname":"web1"},{"hostname":"a"}]}"#,
        );
        assert_eq!(choices(&w.list("17")).len(), 2);
        assert_eq!(w.verb("test", "17").unwrap()["servers"], 1);
        w.select("17", "100042").unwrap();
        // An answer that holds no list lists no server called "success".
        let mut w = World::of(generation);
        w.answers(what, r#"{"success":true}"#);
        assert_eq!(choices(&w.list("17")), ["|None"]);
    }
}

#[test]
fn a_selected_server_that_is_no_longer_visible_stays_selectable_and_says_so() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        let revoke = json!({ "user": 5001, "action": "revoke", "server": "100042" });
        w.panel.control("POST", "tandem", &revoke).unwrap();
        let field = w.list("17");
        assert_eq!(field["value"], "100042");
        assert!(choices(&field).contains(&"100042|web1.example.com (100042, not visible)".to_owned()));
        assert!(field["help"]["text"].as_str().unwrap().contains("stays selected"));
        // Saving the page with it asks nobody and keeps it.
        w.forget_requests();
        w.select("17", "100042").unwrap();
        assert!(w.panel.requests().is_empty());
        assert_eq!(w.assigned(), json!([["17", "100042"]]));
    }
}

#[test]
fn saving_a_server_fills_hostname_username_and_address() {
    for generation in GENERATIONS {
        let w = World::of(generation).with_server();
        let set = &w.host.fields["17"];
        assert_eq!(
            (&set["domain"], &set["username"]),
            (&json!("web1.example.com"), &json!("root"))
        );
        assert_eq!(set["dedicated_ip"], "192.0.2.10");
        assert_eq!(w.state("17", "state"), "ready");
    }
}

#[test]
fn a_service_keeps_nothing_of_a_former_server_in_the_hosts_fields() {
    for leave in ["none", "terminate", "taken over"] {
        let mut w = World::new().with_server();
        w.host.services.get_mut("17").unwrap()["domain"] = json!("web1.example.com");
        match leave {
            "none" => drop(w.select("17", "").unwrap()),
            "terminate" => drop(w.verb("terminate", "17").unwrap()),
            _ => {
                w.set_status("17", "Completed");
                w.select("27", "100042").unwrap();
                assert_eq!(w.host.fields["27"]["dedicated_ip"], "192.0.2.10");
            }
        }
        for field in ["domain", "username", "dedicated_ip"] {
            assert_eq!(w.host.fields["17"][field], "", "{leave}: {field}");
        }
    }
    // A hostname that staff typed stays.
    let mut w = World::new().with_server();
    w.host.services.get_mut("17").unwrap()["domain"] = json!("typed.example.com");
    w.verb("terminate", "17").unwrap();
    assert_eq!(w.host.fields["17"]["domain"], "web1.example.com", "not written again");
    // Of the next server neither name nor address is known.
    let mut w = World::new().with_server();
    w.host.services.get_mut("17").unwrap()["domain"] = json!("web1.example.com");
    let bare = json!({ "success": true, "data": { "000017": {} } }).to_string();
    w.answers("/server/list", bare);
    w.answers("/server/view", r#"{"success":true,"data":{}}"#);
    w.answers("/server/network", r#"{"success":true,"data":{}}"#);
    w.select("17", "000017").unwrap();
    let set = &w.host.fields["17"];
    assert_eq!((&set["domain"], &set["dedicated_ip"]), (&json!(""), &json!("")));
}

#[test]
fn saving_the_same_server_again_does_not_undo_what_staff_typed() {
    let mut w = World::new().with_server();
    w.host.fields.clear();
    w.select("17", "100042").unwrap();
    assert!(w.host.fields.is_empty());
}

#[test]
fn an_id_that_the_list_does_not_hold_is_refused_and_nothing_changes() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        for id in ["100043", "nonsense", "../../server/cancel/x", "1\n2", "%2e%2e"] {
            refused(w.select("17", id), "singlehop.not_listed");
        }
        assert_eq!(w.assigned(), json!([["17", "100042"]]));
        assert_eq!(w.asked("cancel"), 0);
    }
}

#[test]
fn a_server_of_another_active_service_is_refused_and_that_of_a_dead_one_is_taken_over() {
    let mut w = World::new().with_server();
    assert!(refused(w.select("27", "100042"), "singlehop.taken").contains("service 17"));
    w.set_status("17", "Suspended");
    refused(w.select("18", "100042"), "singlehop.taken");
    for over in ["Terminated", "Cancelled", "Fraud"] {
        let mut w = World::new().with_server();
        w.set_status("17", over);
        w.select("27", "100042").unwrap();
        assert_eq!(w.assigned(), json!([["27", "100042"]]));
    }
}

#[test]
fn a_service_that_lost_its_server_to_another_shows_nothing_of_it() {
    let mut w = World::new().with_server();
    w.verb("ips", "17").unwrap();
    w.page();
    let sections = |w: &mut World| w.verb("servers", "17").unwrap()["page"]["sections"].clone();
    assert!(sections(&mut w).to_string().contains("192.0.2."));
    w.set_status("17", "Completed");
    w.select("27", "100042").unwrap();
    let left = sections(&mut w);
    assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
    assert!(!left.to_string().contains("192.0.2."), "{left}");
}

#[test]
fn a_server_is_one_server_whichever_generation_or_address_of_singlehop_a_product_names() {
    let addresses = [
        ("leap3", ""),
        ("legacy", ""),
        ("leap3", "https://LEAP.singlehop.com:443"),
        ("legacy", "https://dropzone.singlehop.com./api.php"),
    ];
    for first in addresses {
        for second in addresses {
            let mut w = World::of(first.0);
            w.options[6] = first.1.into();
            let mut w = w.with_server();
            w.options[5] = second.0.into();
            w.options[6] = second.1.into();
            let said = refused(w.select("27", "100042"), "singlehop.taken");
            assert!(said.contains("service 17"), "{said}");
            // Its own service goes on whatever the address is called.
            w.by_client("reboot", "17", "7").unwrap();
            w.set_status("17", "Terminated");
            w.select("27", "100042").unwrap();
            assert_eq!(w.assigned(), json!([["27", "100042"]]));
        }
    }
}

#[test]
fn a_base_address_that_names_another_panel_leaves_that_panels_servers_alone() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        let before = w.page();
        w.options[6] = w.options[6].replace("127.0.0.1:9", "127.0.0.3:9");
        w.forget_requests();
        let truth = w.server("100042");
        let believed = (true_totals(&w)[0] + (1 << 19)) >> 20;
        for strategy in ["endpoint", "tandem_permission", "vm_power"] {
            w.options[7] = strategy.into();
            w.options[8] = "cancel".into();
            for job in ["create", "reboot", "suspend", "unsuspend", "terminate", "ips"] {
                let said = refused(w.verb(job, "17"), "singlehop.other_panel");
                for part in [
                    "127.0.0.1:9",
                    "127.0.0.3:9",
                    "nothing was changed",
                    "select the server again",
                ] {
                    assert!(said.contains(part), "{job}: {said}");
                }
            }
        }
        // The client reads what was known last, and nothing of the other panel.
        w.advance(3600);
        let page = w.page();
        is_white(&page);
        assert!(words(&page["notices"]).contains("2026-01-20 12:00"), "{page}");
        assert_eq!(page["sections"], before["sections"]);
        w.by_client("bandwidth_csv", "17", "7").unwrap();
        is_white(&json!(w.by_client("reboot", "17", "7").unwrap_err().message));
        w.host.fields.clear();
        let report = w.run("report", &json!({})).unwrap();
        assert_eq!((&report["done"], &report["failed"]), (&json!(0), &json!(1)));
        // What was read of this month at the right panel.
        assert_eq!(w.host.fields["17"]["bw_usage"], believed.to_string());
        assert!(w.panel.requests().is_empty());
        let mut after = w.server("100042");
        for name in ["bytes_in", "bytes_out", "days"] {
            after[name] = truth[name].clone();
        }
        assert_eq!(after, truth);
    }
}

#[test]
fn after_a_move_to_another_panel_saving_the_page_keeps_the_server_and_choosing_selects_it_there() {
    let mut w = World::new().with_server();
    w.options[6] = "http://127.0.0.3:9".into();
    let field = w.list("17");
    assert_eq!(field["value"], "127.0.0.1:9/100042");
    assert!(choices(&field).contains(&"127.0.0.1:9/100042|web1.example.com (100042, at 127.0.0.1:9)".to_owned()));
    assert!(
        field["help"]["text"]
            .as_str()
            .unwrap()
            .contains("select the server again")
    );
    // The host sends the field back with every save of the service.
    w.select("17", "127.0.0.1:9/100042").unwrap();
    refused(w.verb("reboot", "17"), "singlehop.other_panel");
    // Chosen on purpose it is the other panel's.
    w.select("17", "100042").unwrap();
    assert_eq!(w.list("17")["value"], "100042");
    w.verb("reboot", "17").unwrap();
    // With settings that cannot be read nobody knows which panel; saving keeps the server all the same.
    w.options[5] = "leap9".into();
    let value = w.list("17")["value"].as_str().unwrap().to_owned();
    w.select("17", &value).unwrap();
    w.select("17", "100042").unwrap();
    w.options[5] = "leap3".into();
    w.verb("suspend", "17").unwrap();
    // What asks nobody goes on: the service can be ended.
    w.options[6] = "http://127.0.0.4:9".into();
    w.verb("terminate", "17").unwrap();
    assert_eq!(w.assigned(), json!([]));
}

#[test]
fn two_staff_who_save_at_once_cannot_give_one_server_to_two_services() {
    // Every interleaving where the second runs after the first did k ops.
    for k in 0..40 {
        let mut w = World::new();
        let give = |w: &World, id: &str| w.input(id, &World::staff(), &json!({ "server": "100042" }));
        let mut host = w.host.clone();
        // Tables first: both runners find them.
        let (one, two) = (give(&w, "17"), give(&w, "27"));
        let mut first = start(&w, &one);
        let mut second = start(&w, &two);
        for _ in 0..k {
            if first.owed.is_some() {
                first.answer(&mut host);
            }
        }
        second.finish(&mut host);
        first.finish(&mut host);
        w.host = host;
        let won = [&first, &second]
            .iter()
            .filter(|r| r.ended.as_ref().unwrap().0 == 0)
            .count();
        assert_eq!(won, 1, "{k}");
        assert_eq!(w.assigned().as_array().unwrap().len(), 1, "{k}");
        let lost = [&first, &second]
            .into_iter()
            .find(|r| r.ended.as_ref().unwrap().0 != 0)
            .unwrap();
        assert_eq!(
            lost.ended.as_ref().unwrap().1["error"]["code"],
            "singlehop.taken",
            "{k}"
        );
    }
}

#[test]
fn a_server_that_is_given_up_while_it_is_given_to_another_service_is_that_services_and_is_not_cancelled() {
    for (job, form, cancel) in [
        ("terminate", json!([]), false),
        ("terminate", json!([]), true),
        ("select", json!({ "server": "" }), false),
        ("select", json!({ "server": "000017" }), false),
    ] {
        for k in 0..40 {
            let mut w = World::new().with_server();
            if cancel {
                w.options[8] = "cancel".into();
            }
            w.set_status("17", "Cancelled");
            let mut host = w.host.clone();
            let a = w.input("17", &World::staff(), &form);
            let b = w.input("27", &World::staff(), &json!({ "server": "100042" }));
            let mut first = Runner::open(&w.config(&format!("singlehop.{job}"), &a), w.env.clone());
            let mut second = start(&w, &b);
            for _ in 0..k {
                if first.owed.is_some() {
                    first.answer(&mut host);
                }
            }
            let cancelled = |w: &World| w.panel.state()["cancellations"].as_array().unwrap().len();
            let before = cancelled(&w);
            second.finish(&mut host);
            first.finish(&mut host);
            w.host = host;
            let is_given = second.ended.as_ref().unwrap().0 == 0;
            let has = w.assigned().to_string().contains("[\"27\",\"100042\"]");
            let told = format!(
                "{job} {form} cancel={cancel} k={k}: {:?} {:?}",
                first.ended, second.ended
            );
            assert_eq!(is_given, has, "{told}");
            if is_given {
                assert_eq!(cancelled(&w), before, "{told}");
                w.set_status("27", "Active");
                w.add_service("28", "9");
                refused(w.select("28", "100042"), "singlehop.taken");
            }
        }
    }
}

#[test]
fn a_server_whose_cancellation_may_have_been_asked_for_is_given_to_nobody() {
    let mut w = World::new().with_server();
    w.options[8] = "cancel".into();
    w.mode(json!({ "fail": "php_fatal", "on": ["cancel"], "count": 1, "processed": true }));
    w.verb("terminate", "17").unwrap_err();
    w.set_status("17", "Cancelled");
    let said = refused(w.select("27", "100042"), "singlehop.cancel_unclear");
    assert!(said.contains("service 17") && said.contains("select None"), "{said}");
    w.select("17", "").unwrap();
    sold_again(&mut w, "27");
}

/// The server 100042, which no service has any more, is selected where staff say that LEAP shows no cancellation of it, and not
/// before.
fn sold_again(w: &mut World, id: &str) {
    let offered = choices(&w.list(id)).join("\n");
    assert!(
        offered.contains("its cancellation was asked for on 2026-01-20"),
        "{offered}"
    );
    let said = refused(w.select(id, "100042"), "singlehop.cancelled");
    assert!(
        said.contains("asked for on 2026-01-20") && said.contains("Nothing was changed"),
        "{said}"
    );
    // The way out is an entry of the list that says so itself.
    let kept = w.list(id)["choices"].as_array().unwrap().iter().find_map(|c| {
        let label = c[1]["text"].as_str().unwrap();
        said.contains(&format!("\"{label}\""))
            .then(|| c[0].as_str().unwrap().to_owned())
    });
    w.select(id, &kept.unwrap()).unwrap();
    assert_eq!(w.assigned(), json!([[id, "100042"]]));
}

#[test]
fn a_server_that_is_given_up_after_a_lost_answer_is_sold_again_only_where_staff_say_that_it_is_kept() {
    for generation in GENERATIONS {
        for way in ["timeout", "reset", "502", "page"] {
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            w.loses_answers(way);
            let said = w.verb("terminate", "17").unwrap_err().message;
            assert!(
                said.contains("as the entry of which LEAP shows no cancellation"),
                "{said}"
            );
            w.select("17", "").unwrap();
            w.verb("terminate", "17").unwrap();
            w.set_status("17", "Terminated");
            sold_again(&mut w, "18");
        }
    }
}

#[test]
fn staff_may_say_on_the_service_itself_that_leap_shows_no_cancellation_of_its_server() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        w.options[8] = "cancel".into();
        w.mode(json!({ "fail": "php_fatal", "on": ["cancel"], "count": 1, "processed": false }));
        w.verb("terminate", "17").unwrap_err();
        refused(w.verb("create", "17"), "singlehop.cancel_unclear");
        w.select("17", "uncancelled:100042").unwrap();
        w.verb("create", "17").unwrap();
        assert_eq!(w.assigned(), json!([["17", "100042"]]));
        assert!(!choices(&w.list("17")).join("\n").contains("cancel"));
        // It is asked for again where that is wanted.
        let done = w.verb("terminate", "17").unwrap();
        assert!(done["message"].as_str().unwrap().contains("accepted"), "{done}");
        assert_eq!(w.asked("cancel"), 2);
    }
}

#[test]
fn a_cancellation_that_was_accepted_is_told_and_not_asked_for_again_whatever_failed_after_it() {
    for generation in GENERATIONS {
        for then in ["cancel", "unassign", "none"] {
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            w.host.refused_ops.insert("service.fields".into());
            w.verb("terminate", "17").unwrap_err();
            w.host.refused_ops.clear();
            assert_eq!(w.assigned(), json!([["17", "100042"]]));
            w.forget_requests();
            if then == "none" {
                w.select("17", "").unwrap();
            } else {
                w.options[8] = then.into();
                let done = w.verb("terminate", "17").unwrap();
                assert!(
                    done["message"]
                        .as_str()
                        .unwrap()
                        .contains("Its cancellation was accepted: C07001."),
                    "{done}"
                );
                assert!(w.panel.requests().is_empty(), "nobody is asked");
            }
            w.set_status("17", "Terminated");
            sold_again(&mut w, "18");
            // The number of then is no answer to what is asked for next.
            w.options[8] = "cancel".into();
            w.loses_answers("timeout");
            w.verb("terminate", "18").unwrap_err();
            refused(w.verb("terminate", "18"), "singlehop.cancel_unclear");
        }
    }
}

#[test]
fn a_server_whose_cancellation_leap_surely_refused_bears_no_mark_of_it() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        w.options[8] = "cancel".into();
        w.mode(json!({ "fail": "refused", "on": ["cancel"], "count": 1 }));
        refused(w.verb("terminate", "17"), "singlehop.refused");
        assert!(!choices(&w.list("17")).join("\n").contains("cancel"));
        w.select("17", "").unwrap();
        w.select("18", "100042").unwrap();
    }
}

#[test]
fn a_server_whose_cancellation_may_have_been_asked_for_is_not_given_up_by_unassign_before_somebody_looked() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        w.options[8] = "cancel".into();
        w.mode(json!({ "fail": "php_fatal", "on": ["cancel"], "count": 1, "processed": true }));
        w.verb("terminate", "17").unwrap_err();
        w.options[8] = "unassign".into();
        let said = refused(w.verb("terminate", "17"), "singlehop.cancel_unclear");
        assert!(
            said.contains("Look for the cancellation in LEAP") && said.contains("select None"),
            "{said}"
        );
        assert_eq!(w.assigned(), json!([["17", "100042"]]));
        // Neither does a save that leaves it, nor one that chooses another.
        w.select("17", "100042").unwrap();
        refused(w.select("17", "100043"), "singlehop.cancel_unclear");
        assert_eq!(w.assigned(), json!([["17", "100042"]]));
        w.set_status("17", "Cancelled");
        refused(w.select("27", "100042"), "singlehop.cancel_unclear");
        // The way out that it names.
        w.select("17", "").unwrap();
        w.verb("terminate", "17").unwrap();
        sold_again(&mut w, "27");
    }
}

#[test]
fn where_the_service_that_asked_for_a_cancellation_has_another_module_by_now_a_way_to_its_server_is_named() {
    let mut w = World::new().with_server();
    w.options[8] = "cancel".into();
    w.mode(json!({ "fail": "php_fatal", "on": ["cancel"], "count": 1, "processed": false }));
    w.verb("terminate", "17").unwrap_err();
    w.host.services.get_mut("17").unwrap()["product"]["module"] = json!("onapp");
    let said = refused(w.select("27", "100042"), "singlehop.cancel_unclear");
    assert!(said.contains("give service 17 a product of this module"), "{said}");
    w.host.services.get_mut("17").unwrap()["product"]["module"] = json!("singlehop");
    let said = refused(w.select("27", "100042"), "singlehop.taken");
    assert!(said.contains("select None"), "{said}");
    w.select("17", "").unwrap();
    sold_again(&mut w, "27");
}

/// A runner of the select job, led by hand.
fn start(w: &World, input: &Value) -> Runner {
    Runner::open(&w.config("singlehop.select", input), w.env.clone())
}

#[test]
fn none_takes_the_server_away() {
    let mut w = World::new().with_server();
    w.select("17", "").unwrap();
    assert_eq!(w.assigned(), json!([]));
    w.select("27", "100042").unwrap();
}

#[test]
fn a_server_of_a_service_whose_product_has_another_module_by_now_is_free() {
    let mut w = World::new().with_server();
    refused(w.select("27", "100042"), "singlehop.taken");
    w.host.services.get_mut("17").unwrap()["product"]["module"] = json!("onapp");
    w.select("27", "100042").unwrap();
    assert_eq!(w.assigned(), json!([["27", "100042"]]));
    // What stands in that service is the other module's.
    assert_eq!(w.host.fields["17"]["dedicated_ip"], "192.0.2.10", "not written again");
}

/// The longest time that the requests of a job may take, in seconds.
fn patience(w: &mut World, job: &str) -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    let longest = std::sync::Arc::new(AtomicU64::new(0));
    let (seen, plain) = (longest.clone(), w.env.clone());
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        seen.fetch_max(request.read_timeout.as_secs(), Ordering::Relaxed);
        plain.transport.send(request)
    }));
    w.verb(job, "17").unwrap();
    longest.load(Ordering::Relaxed)
}

#[test]
fn a_page_waits_three_seconds_and_a_button_as_long_as_is_configured() {
    let mut w = World::new().with_server();
    w.configuration = r#"{"timeout":25}"#.into();
    assert!((1..=3).contains(&patience(&mut w, "servers")));
    assert!(patience(&mut w, "test") > 20);
    assert!(patience(&mut w, "ips") > 20);
}

#[test]
fn a_page_waits_as_long_as_the_host_lets_pages_wait() {
    for (file, host, expected) in [
        ("", 3, 3),
        ("", 30, 30),
        (r#"{"timeout":120}"#, 30, 30),
        (r#"{"timeout":2}"#, 30, 2),
    ] {
        let mut w = World::new().with_server();
        w.configuration = file.into();
        let longest = Arc::new(AtomicUsize::new(0));
        let (seen, plain) = (longest.clone(), w.env.transport.clone());
        w.env.transport = Arc::new(MemoryTransport::new(move |request| {
            // Some of the step is over by now.
            let left = (request.deadline - std::time::Instant::now()).as_secs() + 1;
            let wait = request.read_timeout.as_secs().min(left);
            seen.fetch_max(usize::try_from(wait).unwrap(), Ordering::SeqCst);
            plain.send(request)
        }));
        let input = w.input("17", &World::staff(), &json!([]));
        let limits = json!({ "connect_seconds": host.min(5), "read_seconds": host, "step_seconds": host });
        let config = json!({ "v": 1, "job": "singlehop.servers", "now": "2026-01-20T12:00:00Z", "limits": limits, "input": input });
        let mut session = provisor::start(config.to_string().as_bytes(), w.env.clone());
        provisor::session::drive(&mut session, &mut w.host).unwrap();
        assert_eq!(longest.load(Ordering::SeqCst), expected, "{file} {host}");
    }
}

// --- create ---

#[test]
fn create_succeeds_only_with_a_server_and_otherwise_lists_the_steps() {
    let mut w = World::new();
    let said = refused(w.verb("create", "17"), "singlehop.no_server");
    let steps = [
        "Order the server in LEAP",
        "Tandem > Tandem Users",
        "Add Server Permissions",
        "Apply Permissions",
        "SingleHop Servers List",
        "Save Changes",
        "run Create again",
    ];
    let mut at = 0;
    for step in steps {
        at += said[at..]
            .find(step)
            .unwrap_or_else(|| panic!("{step} in its place: {said}"));
    }
    assert!(w.panel.requests().is_empty());
    w.select("17", "100042").unwrap();
    w.verb("create", "17").unwrap();
    w.verb("create", "17").unwrap();
}

#[test]
fn create_is_refused_while_nobody_knows_whether_the_server_was_cancelled() {
    let mut w = World::new().with_server();
    w.options[8] = "cancel".into();
    w.loses_answers("timeout");
    w.verb("terminate", "17").unwrap_err();
    let said = refused(w.verb("create", "17"), "singlehop.cancel_unclear");
    assert!(
        said.contains("Look for the cancellation in LEAP") && !said.contains("is selected"),
        "{said}"
    );
    // The way out that it names.
    w.select("17", "").unwrap();
    w.select("17", "uncancelled:100042").unwrap();
    w.verb("create", "17").unwrap();
}

#[test]
fn a_product_addon_is_refused() {
    let mut w = World::new();
    let mut input = w.input("17", &World::staff(), &json!([]));
    input["service"]["addon_id"] = json!("3");
    refused(w.run("create", &input), "singlehop.product_addon");
}

// --- suspend and unsuspend ---

#[test]
fn suspend_and_unsuspend_by_each_strategy_again_is_success() {
    for generation in GENERATIONS {
        for (strategy, repeat) in [
            ("endpoint", "success"),
            ("endpoint", "error"),
            ("tandem_permission", "success"),
        ] {
            let mut w = World::of(generation).with_server();
            w.mode(json!({ "repeat": repeat }));
            w.options[7] = strategy.into();
            let is_suspended = |w: &World| match strategy {
                "endpoint" => w.server("100042")["suspended"] == true,
                _ => !words(&w.panel.state()["tandem_users"]["5001"]["servers"]).contains("100042"),
            };
            for wanted in [true, true, false, false] {
                w.verb(if wanted { "suspend" } else { "unsuspend" }, "17").unwrap();
                assert_eq!(is_suspended(&w), wanted, "{generation} {strategy} {repeat}");
            }
            // The other servers of the Tandem user are untouched.
            assert_eq!(
                w.panel.state()["tandem_users"]["5001"]["servers"]
                    .as_array()
                    .unwrap()
                    .len(),
                3
            );
        }
    }
}

#[test]
fn local_suspends_nothing_at_the_panel_and_says_so() {
    let mut w = World::new().with_server();
    w.options[7] = "local".into();
    w.forget_requests();
    let said = w.verb("suspend", "17").unwrap();
    assert!(
        said["message"]
            .as_str()
            .unwrap()
            .contains("nothing was changed at LEAP")
    );
    assert!(w.panel.requests().is_empty());
}

#[test]
fn vm_power_stops_virtual_machines_only_and_starts_only_what_ran() {
    let mut w = World::new().with_server();
    w.options[7] = "vm_power".into();
    refused(w.verb("suspend", "17"), "singlehop.not_vm");
    for ran in [true, false] {
        let mut w = World::new();
        w.options[7] = "vm_power".into();
        w.select("17", "000201").unwrap();
        let power = json!({ "server": "000201", "action": "change", "powered": ran });
        w.panel.control("POST", "server", &power).unwrap();
        w.verb("suspend", "17").unwrap();
        w.verb("suspend", "17").unwrap();
        assert_eq!(w.server("000201")["powered"], false);
        w.verb("unsuspend", "17").unwrap();
        assert_eq!(w.server("000201")["powered"], ran);
    }
}

/// How a virtual machine of the Tandem user stands: suspended, running, permitted.
fn stands(w: &World) -> (bool, bool, bool) {
    let machine = w.server("000201");
    let permitted = words(&w.panel.state()["tandem_users"]["5001"]["servers"]).contains("000201");
    (machine["suspended"] == true, machine["powered"] == true, permitted)
}

#[test]
fn a_service_is_unsuspended_the_way_it_was_suspended_whatever_the_setting_says_by_then() {
    let ways = [
        ("endpoint", (true, true, true)),
        ("tandem_permission", (false, true, false)),
        ("vm_power", (false, false, true)),
        ("local", (false, true, true)),
    ];
    for (then, stopped) in ways {
        for (now, stopped_now) in ways {
            for again in [false, true] {
                let mut w = World::new();
                w.options[7] = then.into();
                w.select("17", "000201").unwrap();
                w.set_status("17", "Active");
                w.verb("suspend", "17").unwrap();
                assert_eq!(stands(&w), stopped, "{then}");
                w.options[7] = now.into();
                if again {
                    // Nor does another suspension, by the new setting, make the first one forgotten. A machine that LEAP
                    // calls suspended is not stopped.
                    let done = w.verb("suspend", "17");
                    assert_eq!(done.is_err(), (then, now) == ("endpoint", "vm_power"), "{done:?}");
                }
                w.verb("unsuspend", "17").unwrap();
                assert_eq!(stands(&w), (false, true, true), "{then}, now {now}, again {again}");
                w.verb("unsuspend", "17").unwrap();
                w.verb("suspend", "17").unwrap();
                assert_eq!(stands(&w), stopped_now, "{now} after {then}");
                w.verb("unsuspend", "17").unwrap();
                assert_eq!(stands(&w), (false, true, true), "{now} after {then}");
            }
        }
    }
}

#[test]
fn a_way_to_suspend_that_was_refused_needs_no_undoing() {
    let mut w = World::new().with_server();
    w.panel
        .control("POST", "paths", &json!({ "suspend": "", "unsuspend": "" }))
        .unwrap();
    refused(w.verb("suspend", "17"), "singlehop.call_assumed");
    w.options[7] = "local".into();
    w.verb("suspend", "17").unwrap();
    w.verb("unsuspend", "17").unwrap();
    // One whose answer got lost may have been carried out, and is undone.
    let mut w = World::new().with_server();
    let plain = w.env.clone();
    w.answers("/server/view", "<h1>Fatal error</h1>");
    w.mode(json!({ "fail": "php_fatal", "on": ["suspend"], "count": 1, "processed": true }));
    w.verb("suspend", "17").unwrap_err();
    w.env = plain;
    w.options[7] = "local".into();
    w.verb("suspend", "17").unwrap();
    assert_eq!(w.server("100042")["suspended"], true);
    w.verb("unsuspend", "17").unwrap();
    assert_eq!(w.server("100042")["suspended"], false);
}

/// Ways in which LEAP answers a call without carrying it out.
const NOT_CARRIED_OUT: [&str; 3] = ["login", "html", "stall"];

#[test]
fn a_suspension_that_leap_did_not_carry_out_never_stands_in_the_way_of_unsuspending() {
    for way in NOT_CARRIED_OUT {
        let mut w = World::new().with_server();
        w.fails("suspend/", way);
        w.verb("suspend", "17").unwrap_err();
        // Of a call whose answer never came nobody knows that it did nothing.
        let kept = if way == "stall" { json!("endpoint") } else { Value::Null };
        assert_eq!(w.state("17", "suspended_by"), kept, "{way}");
        w.options[7] = "local".into();
        w.verb("suspend", "17").unwrap();
        w.verb("unsuspend", "17").unwrap();
        assert_eq!(w.state("17", "suspended_by"), Value::Null, "{way}");
        assert_eq!(w.server("100042")["suspensions"], json!([]), "{way}");
    }
}

#[test]
fn what_the_tandem_list_did_not_tell_is_no_suspension_that_has_to_be_undone() {
    for generation in GENERATIONS {
        for way in NOT_CARRIED_OUT {
            let mut w = World::of(generation).with_server();
            w.options[7] = "tandem_permission".into();
            w.fails(
                if generation == "leap3" {
                    "/tandem/user"
                } else {
                    "tandemList"
                },
                way,
            );
            w.verb("suspend", "17").unwrap_err();
            assert_eq!(w.state("17", "suspended_by"), Value::Null, "{generation} {way}");
        }
    }
}

#[test]
fn unsuspending_a_server_that_leap_calls_online_is_done_and_said_whatever_its_call_answers() {
    for way in ["login", "html", "stall", "unknown", "refused"] {
        let mut w = World::new().with_server();
        let plain = w.env.clone();
        // Nobody knows what became of it.
        w.fails("/server/", "stall");
        w.verb("suspend", "17").unwrap_err();
        assert_eq!(w.state("17", "suspended_by"), "endpoint");
        w.env = plain;
        match way {
            "unknown" => drop(w.panel.control("POST", "paths", &json!({ "unsuspend": "" })).unwrap()),
            "refused" => w.answers("/server/unsuspend", r#"{"success":false,"error":"No such task"}"#),
            _ => w.fails("/server/unsuspend", way),
        }
        let done = w.verb("unsuspend", "17").unwrap();
        let said = done["message"].as_str().unwrap();
        assert!(
            said.contains("calls it \"online\"") && said.contains("failed"),
            "{said}"
        );
        assert_eq!(w.state("17", "suspended_by"), Value::Null, "{way}");
        assert!(
            w.host.logs.iter().any(|log| log.code == "singlehop.unsuspend_call"),
            "{way}"
        );
        // One that is suspended stays on record as that.
        w.verb("suspend", "17").unwrap();
        w.verb("unsuspend", "17").unwrap_err();
        assert_eq!(w.state("17", "suspended_by"), "endpoint", "{way}");
        assert_eq!(w.server("100042")["suspended"], true, "{way}");
        // Staff unsuspend it in LEAP by hand.
        let by_hand = json!({ "server": "100042", "action": "change", "suspended": false });
        w.panel.control("POST", "server", &by_hand).unwrap();
        w.verb("unsuspend", "17").unwrap();
        assert_eq!(w.state("17", "suspended_by"), Value::Null, "{way}");
    }
}

#[test]
fn a_call_to_unsuspend_that_leap_does_not_know_is_enough_for_a_server_that_is_off_and_not_suspended() {
    let mut w = World::new();
    w.select("17", "000201").unwrap();
    w.set_status("17", "Active");
    w.panel.control("POST", "paths", &json!({ "unsuspend": "" })).unwrap();
    let off = json!({ "server": "000201", "action": "change", "powered": false });
    w.panel.control("POST", "server", &off).unwrap();
    w.verb("unsuspend", "17").unwrap();
    // A refusal, or a page of another kind, says nothing of it: a suspended server may be off.
    let mut w = World::new();
    w.select("17", "000201").unwrap();
    w.panel.control("POST", "server", &off).unwrap();
    w.fails("/server/unsuspend", "login");
    w.verb("unsuspend", "17").unwrap_err();
}

#[test]
fn the_old_api_says_no_state_so_selecting_the_server_again_forgets_how_it_was_suspended() {
    let mut w = World::of("legacy").with_server();
    w.fails("uspendServer", "html");
    w.verb("suspend", "17").unwrap_err();
    w.options[7] = "local".into();
    w.verb("unsuspend", "17").unwrap_err();
    w.select("17", "").unwrap();
    w.select("17", "100042").unwrap();
    w.verb("unsuspend", "17").unwrap();
}

#[test]
fn whether_a_former_server_ran_is_forgotten_with_it() {
    for leave in ["other", "none", "terminate"] {
        let mut w = World::new();
        w.options[7] = "vm_power".into();
        w.select("17", "000201").unwrap();
        w.verb("suspend", "17").unwrap();
        assert_eq!(w.state("17", "ran_before_suspend"), "1");
        match leave {
            "other" => drop(w.select("17", "100042").unwrap()),
            "none" => drop(w.select("17", "").unwrap()),
            _ => drop(w.verb("terminate", "17").unwrap()),
        }
        assert!(w.state("17", "ran_before_suspend").is_null(), "{leave}");
        // The next machine is off of itself, and stays so.
        w.select("17", "").unwrap();
        w.select("17", "000201").unwrap();
        w.verb("suspend", "17").unwrap();
        assert_eq!(w.state("17", "ran_before_suspend"), "0", "{leave}");
        w.verb("unsuspend", "17").unwrap();
        assert_eq!(w.server("000201")["powered"], false, "{leave}");
    }
}

/// Refusals that speak of something that is so already, but not of the server's being suspended or stopped.
const NOT_ALREADY: [&str; 3] = [
    "Another task is already running on this server, try later",
    "Invoice 7 was already paid; suspension denied",
    "Server is not suspended: unknown reason",
];

#[test]
fn a_refusal_is_never_success_because_of_the_word_already() {
    for words_of_it in NOT_ALREADY {
        let no = json!({ "success": false, "error": words_of_it }).to_string();
        for generation in GENERATIONS {
            let call = |leap3: &'static str, legacy: &'static str| if generation == "leap3" { leap3 } else { legacy };
            let mut w = World::of(generation).with_server();
            w.answers(call("/server/suspend", "suspendServer"), no.clone());
            let said = refused(w.verb("suspend", "17"), "singlehop.refused");
            assert!(said.contains(words_of_it.trim_end_matches('.')), "{said}");
            let mut w = World::of(generation).with_server();
            w.verb("suspend", "17").unwrap();
            w.answers(call("/server/unsuspend", "unsuspendServer"), no.clone());
            refused(w.verb("unsuspend", "17"), "singlehop.refused");
            assert_eq!(w.server("100042")["suspended"], true);
            let mut w = World::of(generation);
            w.options[7] = "vm_power".into();
            w.select("17", "000201").unwrap();
            let plain = w.env.clone();
            w.answers(call("/server/stopvm", "cascadeShutdownVm"), no.clone());
            refused(w.verb("suspend", "17"), "singlehop.refused");
            assert!(w.state("17", "ran_before_suspend").is_null(), "nothing was stopped");
            w.env = plain;
            // The simulated old API does not know the call that we assume.
            w.answers("cascadeShutdownVm", r#"{"success":true,"result":"ok"}"#);
            w.verb("suspend", "17").unwrap();
            w.answers(call("/server/startvm", "cascadeStartVm"), no.clone());
            refused(w.verb("unsuspend", "17"), "singlehop.refused");
            assert_eq!(w.state("17", "ran_before_suspend"), "1");
        }
    }
    // "Already" from a panel that itself says otherwise.
    let mut w = World::new().with_server();
    w.answers(
        "/server/suspend",
        r#"{"success":false,"error":"Server is already suspended."}"#,
    );
    refused(w.verb("suspend", "17"), "singlehop.refused");
}

#[test]
fn an_accepted_suspension_counts_only_when_the_panel_then_says_so() {
    let yes = r#"{"success":true,"data":[{"result":"ok"}]}"#;
    let mut w = World::new().with_server();
    w.answers("/server/suspend", yes);
    let said = refused(w.verb("suspend", "17"), "singlehop.suspend_unclear");
    assert!(said.contains("\"online\""), "{said}");
    let mut w = World::new().with_server();
    w.verb("suspend", "17").unwrap();
    w.answers("/server/unsuspend", yes);
    refused(w.verb("unsuspend", "17"), "singlehop.suspend_unclear");
    let mut w = World::new();
    w.options[7] = "vm_power".into();
    w.select("17", "000201").unwrap();
    let plain = w.env.clone();
    w.answers("/server/stopvm", yes);
    refused(w.verb("suspend", "17"), "singlehop.suspend_unclear");
    // It may still be on its way: that it ran stays written.
    assert_eq!(w.state("17", "ran_before_suspend"), "1");
    w.env = plain;
    let stop = json!({ "server": "000201", "action": "change", "powered": false });
    w.panel.control("POST", "server", &stop).unwrap();
    w.verb("suspend", "17").unwrap();
    w.answers("/server/startvm", yes);
    refused(w.verb("unsuspend", "17"), "singlehop.suspend_unclear");
    assert_eq!(w.state("17", "ran_before_suspend"), "1");
}

fn viewed(status: &str) -> String {
    json!({ "success": true, "data": { "hostname": "web1.example.com", "status": status } }).to_string()
}

#[test]
fn a_suspension_counts_without_a_state_only_with_the_api_that_says_none() {
    let view = json!({ "success": true, "data": { "serverid": "100042", "hostname": "web1.example.com" } });
    let mut w = World::new().with_server();
    w.answers("/server/view", view.to_string());
    let said = refused(w.verb("suspend", "17"), "singlehop.suspend_unclear");
    assert!(said.contains("says no state of it"), "{said}");
    assert_eq!(w.state("17", "suspended_by"), "endpoint");
    w.verb("unsuspend", "17").unwrap();
    let mut w = World::of("legacy").with_server();
    w.verb("suspend", "17").unwrap();
}

#[test]
fn a_word_that_nobody_knows_is_no_state_and_staff_read_it_as_it_is() {
    for word in ["unsuspended", "not suspended", "suspend pending", "suspension lifted"] {
        let mut w = World::new().with_server();
        let plain = w.env.clone();
        w.answers("/server/view", viewed(word));
        let said = refused(w.verb("suspend", "17"), "singlehop.suspend_unclear");
        assert!(said.contains(word), "{said}");
        assert_eq!(w.asked("suspend"), 1, "{word}: it was asked for");
        let page = w.page();
        is_white(&page);
        assert!(!words(&page).contains(word), "{page}");
        let seen = w.verb("servers", "17").unwrap()["page"]["sections"][1].clone();
        assert!(words(&seen).contains(word), "{seen}");
        w.env = plain;
        w.verb("suspend", "17").unwrap();
        w.answers("/server/view", viewed(word));
        let done = w.verb("unsuspend", "17").unwrap();
        assert!(done["message"].as_str().unwrap().contains(word), "{done}");
        assert_eq!(w.server("100042")["suspended"], false);
    }
    for word in ["Suspended", "SUSPENDED"] {
        let mut w = World::new().with_server();
        w.answers("/server/view", viewed(word));
        w.verb("suspend", "17").unwrap();
        assert_eq!(w.asked("suspend"), 0, "{word}: it is so already");
    }
}

#[test]
fn a_virtual_machine_between_two_states_is_not_called_stopped() {
    let listed = |status: &str| {
        let machine = json!({ "hostname": "vm1.example.com", "status": status, "type": "vm" });
        json!({ "success": true, "data": { "000201": machine } }).to_string()
    };
    for status in ["booting", "installing", "suspended"] {
        let mut w = World::new();
        w.options[7] = "vm_power".into();
        w.select("17", "000201").unwrap();
        let plain = w.env.clone();
        w.answers("/server/list", listed(status));
        let said = refused(w.verb("suspend", "17"), "singlehop.vm_between");
        assert!(said.contains(status) && said.contains("Try again"), "{said}");
        assert!(w.state("17", "ran_before_suspend").is_null());
        assert_eq!(
            (w.asked("stopvm"), w.server("000201")["powered"].clone()),
            (0, json!(true))
        );
        w.env = plain;
        w.verb("suspend", "17").unwrap();
        assert_eq!(w.state("17", "ran_before_suspend"), "1");
        w.verb("unsuspend", "17").unwrap();
        assert_eq!(w.server("000201")["powered"], true);
        // One that was switched off since is left off.
        let off = json!({ "server": "000201", "action": "change", "powered": false });
        w.panel.control("POST", "server", &off).unwrap();
        w.verb("suspend", "17").unwrap();
        w.verb("unsuspend", "17").unwrap();
        assert_eq!(w.server("000201")["powered"], false);
    }
    // A panel that says nothing of the state is believed when it says that it stopped the machine.
    let mut w = World::new();
    w.options[7] = "vm_power".into();
    w.select("17", "000201").unwrap();
    w.answers("/server/list", listed(""));
    w.verb("suspend", "17").unwrap();
    assert_eq!(
        (w.asked("stopvm"), w.state("17", "ran_before_suspend")),
        (1, json!("1"))
    );
}

#[test]
fn a_suspend_path_that_is_not_there_says_that_it_is_assumed_and_names_both_ways_out() {
    let mut w = World::new().with_server();
    w.panel.control("POST", "paths", &json!({ "suspend": "" })).unwrap();
    let said = refused(w.verb("suspend", "17"), "singlehop.call_assumed");
    for part in ["assumed", "paths.suspend", "config.json", "another strategy"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let mut w = World::of("legacy").with_server();
    w.panel.control("POST", "commands", &json!({ "suspend": "" })).unwrap();
    let said = refused(w.verb("suspend", "17"), "singlehop.call_assumed");
    assert!(said.contains("commands.suspend"), "{said}");
}

#[test]
fn an_answer_that_got_lost_is_looked_up_before_anything_is_said() {
    let mut w = World::new().with_server();
    let lost = json!([{ "kind": "reset_after", "match": { "path_contains": "/suspend/" } }]);
    w.panel.faults(&lost).unwrap();
    w.verb("suspend", "17").unwrap();
    assert_eq!(w.server("100042")["suspended"], true);
    // Cut off before the panel saw it: nobody claims success.
    let mut w = World::new().with_server();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_contains": "/suspend/" } }]))
        .unwrap();
    let said = w.verb("suspend", "17").unwrap_err();
    assert_eq!(said.class, -404, "{said}");
    assert_eq!(w.asked("suspend"), 0);
}

#[test]
fn two_services_of_one_tandem_user_never_give_back_what_the_other_took() {
    let mut w = World::new().with_server();
    w.options[7] = "tandem_permission".into();
    w.select("18", "000017").unwrap();
    let (one, two) = (
        w.input("17", &World::staff(), &json!([])),
        w.input("18", &World::staff(), &json!([])),
    );
    for k in 0..40 {
        let mut w = w.clone_with_fresh_permissions();
        let mut host = w.host.clone();
        let mut first = Runner::open(&w.config("singlehop.suspend", &one), w.env.clone());
        let mut second = Runner::open(&w.config("singlehop.suspend", &two), w.env.clone());
        for _ in 0..k {
            if first.owed.is_some() {
                first.answer(&mut host);
            }
        }
        second.finish(&mut host);
        first.finish(&mut host);
        w.host = host;
        // Whoever was told "busy" tries again, as the host's queue does.
        w.verb("suspend", "17").unwrap();
        w.verb("suspend", "18").unwrap();
        assert_eq!(
            w.panel.state()["tandem_users"]["5001"]["servers"],
            json!(["000201"]),
            "{k}"
        );
    }
}

#[test]
fn a_tandem_users_list_is_written_back_only_as_it_was_read_for_sure() {
    let asked = |w: &World| w.asked("tandem_edit") + w.asked("tandem_deletepermission");
    for generation in GENERATIONS {
        let users = if generation == "leap3" {
            "/tandem/user/list"
        } else {
            "tandemList"
        };
        let world = |list: &str| {
            let mut w = World::of(generation).with_server();
            w.options[7] = "tandem_permission".into();
            let login = &w.options[2];
            let user = format!(r#"{{"id":"5001","name":"T","email":"{login}","pass":"clear"{list}}}"#);
            w.answers(users, format!(r#"{{"success":true,"data":[{user}]}}"#));
            w
        };
        for list in [
            "",
            r#","servers":null"#,
            r#","servers":"""#,
            r#","servers":true"#,
            r#","servers":3"#,
            r#","servers":"none""#,
            r#","servers":"[\"100042\"""#,
            r#","servers":[["100042"],["000017"]]"#,
            r#","servers":[{"server":"100042"}]"#,
            r#","servers":["100042",null]"#,
            r#","servers":["100042","web1.example.com"]"#,
            r#","servers":["100042","100042"]"#,
            r#","servers":{"100042":"web1","000017":"db1"}"#,
            r#","servers":{"100042":true}"#,
            r#","servers":{"0":{"hostname":"web1"}}"#,
        ] {
            for verb in ["suspend", "unsuspend"] {
                let mut w = world(list);
                let said = refused(w.verb(verb, "17"), "singlehop.tandem_unsure");
                assert!(said.contains("not sure") && said.contains("Tandem Users"), "{said}");
                assert_eq!(asked(&w), 0, "{list}");
            }
        }
        // What is sure: with the server in it, it is taken; the stuck answer then says that it was not.
        for list in [
            r#"["100042","000017","000201"]"#,
            r#""[\"100042\",\"000017\",\"000201\"]""#,
            r#""{\"0\":\"100042\",\"2\":\"000017\",\"3\":\"000201\"}""#,
            r#""100042 000017, 000201""#,
            r#"{"0":"100042","1":"000017","2":"000201"}"#,
            r#"{"1":"100042","3":"000017","5":"000201"}"#,
            r#"{"100042":{"hostname":"web1"},"000017":{},"000201":{"id":"000201"}}"#,
            r#"[{"serverid":"100042"},{"server_id":"000017"},{"id":"000201"}]"#,
        ] {
            let mut w = world(&format!(r#","servers":{list}"#));
            refused(w.verb("suspend", "17"), "singlehop.permission_unclear");
            let state = w.panel.state();
            let mut left: Vec<&str> = state["tandem_users"]["5001"]["servers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|id| id.as_str().unwrap())
                .collect();
            left.sort_unstable();
            assert_eq!(left, ["000017", "000201"], "{list}");
        }
        // Nothing to take is told as that.
        for list in ["[]", "{}", r#""[]""#, r#"["000017"]"#] {
            let mut w = world(&format!(r#","servers":{list}"#));
            let done = w.verb("suspend", "17").unwrap();
            assert!(
                done["message"].as_str().unwrap().contains("nothing was to be taken"),
                "{done}"
            );
            assert_eq!(asked(&w), 0);
        }
    }
    let mut w = World::new().with_server();
    w.options[7] = "tandem_permission".into();
    w.mode(json!({ "tandem_servers": "text" }));
    for verb in ["suspend", "unsuspend"] {
        w.verb(verb, "17").unwrap();
    }
    let servers = w.panel.state()["tandem_users"]["5001"]["servers"].clone();
    assert_eq!(servers.as_array().unwrap().len(), 3, "{servers}");
}

// --- terminate ---

#[test]
fn taking_a_server_leaves_the_tandem_user_the_password_of_the_settings_whatever_the_list_shows() {
    for shown in [
        r#","pass":"********""#,
        r#","pass":"$2y$10$abcdefgh""#,
        r#","password":"old""#,
        "",
    ] {
        let mut w = World::new().with_server();
        w.options[7] = "tandem_permission".into();
        let login = &w.options[2];
        let user = format!(r#"{{"id":"5001","name":"T","email":"{login}","servers":["100042"]{shown}}}"#);
        w.answers("/tandem/user/list", format!(r#"{{"success":true,"data":[{user}]}}"#));
        // The list goes on showing the server.
        refused(w.verb("suspend", "17"), "singlehop.permission_unclear");
        assert_eq!(w.asked("tandem_edit"), 1, "{shown}");
        assert_eq!(w.panel.state()["tandem_users"]["5001"]["servers"], json!([]), "{shown}");
        // The user still gets in: the list is asked for in its name.
        assert!(w.list("17")["error"].is_null(), "{shown}");
    }
    // Without one nothing is written: an empty one would lock the user out.
    let mut w = World::new().with_server();
    w.options[7] = "tandem_permission".into();
    w.options[3].clear();
    w.configuration = r#"{"listAuth":"leap_password"}"#.into();
    let said = refused(w.verb("suspend", "17"), "singlehop.tandem_password");
    assert!(
        said.contains("Tandem password") && said.contains("Nothing was changed"),
        "{said}"
    );
    assert_eq!(w.asked("tandem_edit"), 0);
}

#[test]
fn terminate_forgets_the_server_only_after_the_panel_did_its_part() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        w.options[8] = "cancel".into();
        w.mode(json!({ "fail": "refused", "on": ["cancel"], "count": 1 }));
        let said = refused(w.verb("terminate", "17"), "singlehop.refused");
        assert!(said.contains("API Error: The request could not be completed"), "{said}");
        assert_eq!(w.assigned(), json!([["17", "100042"]]));
        let done = w.verb("terminate", "17").unwrap();
        assert!(done["message"].as_str().unwrap().contains("C07001"), "{done}");
        assert_eq!(w.assigned(), json!([]));
        assert_eq!(w.panel.state()["cancellations"][0]["server"], "100042");
        w.verb("terminate", "17").unwrap();
        assert_eq!(w.asked("cancel"), 2, "the refused one and the one that counted");
    }
}

#[test]
fn a_server_that_is_given_up_while_it_is_suspended_is_told_of() {
    for (way, words) in [
        ("endpoint", "It is suspended there."),
        (
            "tandem_permission",
            "It was taken from the Tandem user: give it back in LEAP before it is selected.",
        ),
        ("local", ""),
    ] {
        for then in ["unassign", "none", "another"] {
            let mut w = World::new().with_server();
            w.options[7] = way.into();
            w.verb("suspend", "17").unwrap();
            let done = match then {
                "unassign" => w.verb("terminate", "17"),
                "none" => w.select("17", ""),
                _ => w.select("17", "000017"),
            };
            let said = done.unwrap()["message"].as_str().unwrap().to_owned();
            assert!(said.contains(words), "{way} {then}: {said}");
            let logged = w
                .host
                .logs
                .iter()
                .filter(|log| log.level == "warning" && log.text.contains(words));
            assert_eq!(logged.count(), usize::from(!words.is_empty()), "{way} {then}");
            if words.is_empty() {
                assert!(!said.contains("suspended") && !said.contains("taken"), "{then}: {said}");
            } else {
                assert!(said.contains("web1.example.com (100042)"), "{way} {then}: {said}");
            }
        }
    }
}

#[test]
fn a_server_that_is_taken_from_a_suspended_service_is_sold_with_a_word_about_its_suspension() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        w.options[7] = "endpoint".into();
        w.verb("suspend", "17").unwrap();
        w.set_status("17", "Terminated");
        let said = w.select("18", "100042").unwrap()["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(said.contains("is selected. It is suspended there."), "{said}");
        let logged = w
            .host
            .logs
            .iter()
            .any(|log| log.level == "warning" && log.text.contains("It is suspended there."));
        assert!(logged, "{:?}", w.host.logs);
    }
}

#[test]
fn unassign_asks_nobody() {
    let mut w = World::new().with_server();
    w.forget_requests();
    w.verb("terminate", "17").unwrap();
    assert!(w.panel.requests().is_empty());
    assert_eq!(w.assigned(), json!([]));
}

#[test]
fn a_server_that_the_account_does_not_have_any_more_is_gone_and_one_that_could_not_be_asked_for_is_not() {
    let mut w = World::new().with_server();
    w.options[8] = "cancel".into();
    // Out of the Tandem user's sight is not gone.
    w.panel
        .control(
            "POST",
            "tandem",
            &json!({ "user": 5001, "action": "revoke", "server": "100042" }),
        )
        .unwrap();
    w.mode(json!({ "fail": "php_fatal", "on": ["list"], "count": 1 }));
    refused(w.verb("terminate", "17"), "singlehop.unexpected");
    assert_eq!(w.assigned(), json!([["17", "100042"]]));
    let mut gone = World::new().with_server();
    gone.options[8] = "cancel".into();
    gone.panel
        .control("POST", "server", &json!({ "server": "100042", "action": "remove" }))
        .unwrap();
    gone.verb("terminate", "17").unwrap();
    assert_eq!((gone.assigned(), gone.asked("cancel")), (json!([]), 0));
    w.verb("terminate", "17").unwrap();
    assert_eq!(w.asked("cancel"), 1);
}

/// Terminate by cancel is refused, and the service keeps its server.
fn stays(w: &mut World, code: &str) -> String {
    w.options[8] = "cancel".into();
    let said = refused(w.verb("terminate", "17"), code);
    assert_eq!(w.assigned(), json!([["17", "100042"]]), "{said}");
    assert_eq!(w.panel.state()["cancellations"], json!([]), "{said}");
    said
}

#[test]
fn half_an_answer_about_the_servers_is_no_word_that_one_is_gone() {
    for (generation, call, key) in [("leap3", "/server/list", "data"), ("legacy", "listServers", "servers")] {
        for half in ["null", "\"\"", "false", "0", "\"Internal problem\""] {
            let mut w = World::of(generation).with_server();
            w.answers(call, format!("{{\"success\":true,\"{key}\":{half}}}"));
            stays(&mut w, "singlehop.unexpected");
            assert!(w.list("17")["error"]["text"].as_str().is_some(), "{generation} {half}");
        }
        for other in ["[[]]", "{\"servers\":{\"100042\":{\"hostname\":\"web1.example.com\"}}}"] {
            let mut w = World::of(generation).with_server();
            w.answers(call, format!("{{\"success\":true,\"{key}\":{other}}}"));
            stays(&mut w, "singlehop.left_out");
        }
    }
}

#[test]
fn a_server_that_the_list_names_twice_in_the_same_words_is_one() {
    for (generation, call, key, id) in [
        ("leap3", "/server/list", "data", "serverid"),
        ("legacy", "listServers", "servers", "server_id"),
    ] {
        let entry = |name: &str| json!({ id: "100042", "hostname": name, "server": name, "status": "online", "type": "dedicated" });
        let mut w = World::of(generation).with_server();
        let list = json!([entry("web1.example.com"), entry("web1.example.com")]);
        w.answers(call, json!({ "success": true, key: list }).to_string());
        w.host.logs.clear();
        assert_eq!(choices(&w.list("17")).len(), 2, "{generation}");
        assert!(
            w.host.logs.iter().all(|l| l.code != "singlehop.left_out"),
            "{:?}",
            w.host.logs
        );
        w.options[8] = "cancel".into();
        w.verb("terminate", "17").unwrap();
        assert_eq!(w.panel.state()["cancellations"][0]["server"], "100042", "{generation}");
        // Which of two that differ is meant, nobody knows.
        let mut w = World::of(generation).with_server();
        let list = json!([entry("web1.example.com"), entry("web2.example.com")]);
        w.answers(call, json!({ "success": true, key: list }).to_string());
        stays(&mut w, "singlehop.left_out");
    }
}

#[test]
fn a_list_with_gaps_names_servers_by_their_own_ids_and_not_by_its_indexes() {
    for (generation, call, key, id) in [
        ("leap3", "/server/list", "data", "serverid"),
        ("legacy", "listServers", "servers", "server_id"),
    ] {
        let entry = |own: &str, name: &str| json!({ id: own, "hostname": name, "server": name, "status": "online", "type": "dedicated" });
        let gapped = json!({ "0": entry("100042", "web1.example.com"), "2": entry("000017", "db1.example.com") });
        let mut w = World::of(generation).with_server();
        w.answers(call, json!({ "success": true, key: gapped }).to_string());
        let offered = choices(&w.list("17"));
        assert!(
            offered[1].starts_with("000017|") && offered[2].starts_with("100042|"),
            "{offered:?}"
        );
        refused(w.select("18", "2"), "singlehop.not_listed");
        w.select("18", "000017").unwrap();
        w.options[8] = "cancel".into();
        w.verb("terminate", "17").unwrap();
        assert_eq!(w.panel.state()["cancellations"][0]["server"], "100042", "{generation}");
    }
}

#[test]
fn a_server_that_a_list_does_not_show_any_more_is_gone_only_where_leap_itself_says_so_to_the_login_that_had_it() {
    let unlisted = |w: &mut World, login: &str| {
        let said = stays(w, "singlehop.cancel_unlisted");
        assert!(said.contains(login) && said.contains("select None"), "{said}");
        // The way out that it names.
        w.select("17", "").unwrap();
        w.verb("terminate", "17").unwrap();
        assert_eq!(w.assigned(), json!([]));
    };
    for generation in GENERATIONS {
        // The Tandem user, who lost the permission.
        let mut w = World::of(generation).with_server();
        w.configuration = r#"{"auth":"tandem"}"#.into();
        let revoke = json!({ "user": 5001, "action": "revoke", "server": "100042" });
        w.panel.control("POST", "tandem", &revoke).unwrap();
        unlisted(&mut w, "Tandem user");
        // Another login, whose servers are others.
        let mut w = World::of(generation).with_server();
        let former = w.options[0].clone();
        w.options[0] = "reseller2".into();
        let (call, key) = if generation == "leap3" {
            ("/server/list", "data")
        } else {
            ("listServers", "servers")
        };
        let others = json!({ "success": true, key: { "777001": { "hostname": "new1.example.com", "server": "new1.example.com" } } });
        w.answers(call, others.to_string());
        w.answers("/server/view", r#"{"success":false,"error":"Server not found"}"#);
        unlisted(&mut w, &former);
        // A release that did not write which login it was.
        let mut w = World::of(generation).with_server();
        let row = w.host.rows("mod_provisor_singlehop")[0].clone();
        let values = json!({ "panel": row["panel"], "leap_id": row["leap_id"], "account": null });
        let change = json!({ "kind": "put", "table": "mod_provisor_singlehop", "values": values });
        w.host
            .answer("apply", &json!({ "token": "", "changes": [change] }))
            .unwrap();
        w.panel
            .control("POST", "server", &json!({ "server": "100042", "action": "remove" }))
            .unwrap();
        unlisted(&mut w, "not on record");
    }
    // The same login, and LEAP shows the server itself.
    let mut w = World::new().with_server();
    w.answers(
        "/server/list",
        r#"{"success":true,"data":{"777001":{"hostname":"new1.example.com"}}}"#,
    );
    unlisted(&mut w, "still shows the server itself");
    // The same login, and nobody can ask.
    let mut w = World::new().with_server();
    w.answers("/server/list", r#"{"success":true,"data":[]}"#);
    w.fails("/server/view", "stall");
    w.options[8] = "cancel".into();
    w.verb("terminate", "17").unwrap_err();
    assert_eq!(w.assigned(), json!([["17", "100042"]]));
}

#[test]
fn the_old_api_never_says_that_a_server_is_gone_so_staff_look() {
    let others = r#"{"success":true,"servers":[{"server_id":"777001","server":"new1.example.com"}]}"#;
    for list in [
        r#"{"success":true,"servers":[]}"#,
        r#"{"success":true,"servers":{}}"#,
        "[]",
        others,
    ] {
        let mut w = World::of("legacy").with_server();
        w.answers("listServers", list);
        let said = stays(&mut w, "singlehop.cancel_unlisted");
        assert!(
            said.contains("legacy") && said.contains("Look for it in LEAP"),
            "{said}"
        );
        // The way out that it names.
        w.select("17", "").unwrap();
        w.verb("terminate", "17").unwrap();
        assert_eq!(w.assigned(), json!([]), "{list}");
    }
}

/// A service whose server LEAP's list does not hold any more, and what LEAP answers to the call for the server itself.
fn unlisted(status: u16, view: &str) -> World {
    let mut w = World::new().with_server();
    w.options[8] = "cancel".into();
    w.answers("/server/list", r#"{"success":true,"data":[]}"#);
    w.answers_with("/server/view", status, view);
    w
}

#[test]
fn only_words_that_the_server_is_not_there_say_that_it_is_gone() {
    for (status, words) in [
        (200, "Server not found"),
        (200, "No such server."),
        (200, "The server does not exist"),
        (200, "Server 100042 was not found."),
        (404, "server not found"),
    ] {
        let said = json!({ "success": false, "error": words }).to_string();
        let mut w = unlisted(status, &said);
        w.verb("terminate", "17").unwrap();
        assert_eq!((w.assigned(), w.asked("cancel")), (json!([]), 0), "{words}");
    }
    for words in [
        "Internal problem",
        "The system is down for maintenance",
        "Permission denied",
        "You do not have permission to view this server",
        "No Such Command",
        "No such command on this server",
        "Could not connect to database",
        "Database server not found",
        "Server 100043 not found",
        "User not found",
        "Rate limit exceeded, try again later",
        "",
    ] {
        let said = json!({ "success": false, "error": words }).to_string();
        let told = stays(&mut unlisted(200, &said), "singlehop.cancel_unlisted");
        assert!(told.contains(words), "{told}");
    }
    for page in ["{}", r#"{"success":false,"error":"Not found"}"#, "<h1>Not Found</h1>"] {
        stays(&mut unlisted(404, page), "singlehop.cancel_unlisted");
    }
}

#[test]
fn whatever_leap_answers_about_a_server_that_its_list_does_not_hold_the_way_out_is_named() {
    for (status, view) in [
        (200, r#"{"success":true,"data":[]}"#),
        (200, r#"{"success":true,"data":null}"#),
        (200, r#"{"success":true}"#),
        (200, "<h1>Server</h1>"),
        (400, r#"{"success":false,"error":"Invalid id"}"#),
        (403, r#"{"success":false,"error":"Forbidden"}"#),
        (500, r#"{"success":false,"error":"no such server"}"#),
    ] {
        let mut w = unlisted(status, view);
        let said = stays(&mut w, "singlehop.cancel_unlisted");
        assert!(said.contains("select None"), "{status} {view}: {said}");
        w.select("17", "").unwrap();
        w.verb("terminate", "17").unwrap();
        assert_eq!((w.assigned(), w.asked("cancel")), (json!([]), 0), "{status} {view}");
    }
}

#[test]
fn a_cancellation_goes_out_only_where_no_other_server_has_the_hostname_in_any_case_of_letters() {
    let mut w = World::new().with_server();
    let entry = |name: &str| json!({ "hostname": name, "status": "online", "type": "dedicated" });
    let list = json!({ "100042": entry("web1.example.com"), "100099": entry("WEB1.example.com") });
    w.answers("/server/list", json!({ "success": true, "data": list }).to_string());
    stays(&mut w, "singlehop.cancel_hostname");
}

#[test]
fn a_server_whose_cancellation_was_accepted_is_marked_and_sold_again_only_where_staff_say_that_it_is_kept() {
    for generation in GENERATIONS {
        for is_deleted in [false, true] {
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            w.verb("terminate", "17").unwrap();
            w.set_status("17", "Terminated");
            if is_deleted {
                w.run("service_deleted", &json!({ "service_id": "17" })).unwrap();
                w.host.services.remove("17");
                w.run("report", &json!({})).unwrap();
            }
            for _ in 0..2 {
                refused(w.select("27", "100042"), "singlehop.cancelled");
            }
            refused(w.verb("create", "27"), "singlehop.no_server");
            sold_again(&mut w, "27");
            assert_eq!(w.list("27")["value"], "100042");
            // From then on it is a server as any.
            w.select("27", "").unwrap();
            assert!(!choices(&w.list("27")).join("\n").contains("cancel"));
            w.select("27", "100042").unwrap();
            w.verb("create", "27").unwrap();
        }
    }
}

#[test]
fn the_choice_of_a_server_that_is_kept_gives_nobody_the_server_of_another() {
    let mut w = World::new().with_server();
    refused(w.select("27", "uncancelled:100042"), "singlehop.taken");
    refused(w.select("27", "uncancelled:999999"), "singlehop.not_listed");
    refused(w.select("27", "uncancelled:"), "singlehop.not_listed");
    w.select("17", "uncancelled:100042").unwrap();
    assert_eq!(w.assigned(), json!([["17", "100042"]]));
}

#[test]
fn where_leap_cancels_by_id_no_hostname_stands_in_the_way() {
    for (generation, call, key, id) in [
        ("leap3", "/server/list", "data", "serverid"),
        ("legacy", "listServers", "servers", "server_id"),
    ] {
        for name in ["web.example.com", ""] {
            let entry = |own: &str| json!({ id: own, "hostname": name, "server": name, "status": "online", "type": "dedicated" });
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            if generation == "leap3" {
                w.configuration = r#"{"paths":{"cancel":"POST /server/cancelid/{id}"}}"#.into();
                let path = json!({ "cancel": "POST /server/cancelid/{id}" });
                w.panel.control("POST", "paths", &path).unwrap();
            }
            let list = json!([entry("100042"), entry("100099")]);
            w.answers(call, json!({ "success": true, key: list }).to_string());
            w.verb("terminate", "17").unwrap();
            assert_eq!(
                w.panel.state()["cancellations"][0]["server"],
                "100042",
                "{generation} {name}"
            );
        }
    }
    // A path with both holds the hostname too.
    let mut w = World::new().with_server();
    w.configuration = r#"{"paths":{"cancel":"POST /server/cancel/{host}/{id}"}}"#.into();
    let change = json!({ "server": "100042", "action": "change", "hostname": ".." });
    w.panel.control("POST", "server", &change).unwrap();
    stays(&mut w, "singlehop.cancel_hostname");
}

#[test]
fn no_cancellation_goes_out_while_entries_of_the_list_are_left_out() {
    for (generation, call, key, id) in [
        ("leap3", "/server/list", "data", "serverid"),
        ("legacy", "listServers", "servers", "server_id"),
    ] {
        let entry = |own: &str, status: &str| json!({ id: own, "hostname": "web1.example.com", "server": "web1.example.com", "status": status, "type": "dedicated" });
        let nameless = json!({ "hostname": "web1.example.com", "server": "web1.example.com", "status": "online" });
        for others in [
            // The other machine of that hostname has no id, or is named twice in different words.
            vec![nameless],
            vec![entry("000099", "online"), entry("000099", "offline")],
        ] {
            let mut w = World::of(generation).with_server();
            let other = json!({ "server": "000099", "action": "create", "hostname": "web1.example.com" });
            w.panel.control("POST", "server", &other).unwrap();
            let list: Vec<Value> = std::iter::once(entry("100042", "online")).chain(others).collect();
            w.answers(call, json!({ "success": true, key: list }).to_string());
            stays(&mut w, "singlehop.left_out");
            // The way out that README.md names.
            w.select("17", "").unwrap();
            w.verb("terminate", "17").unwrap();
        }
    }
}

#[test]
fn a_cancellation_whose_answer_got_lost_is_not_asked_for_again() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        w.options[8] = "cancel".into();
        w.mode(json!({ "fail": "php_fatal", "on": ["cancel"], "count": 1, "processed": true }));
        assert_eq!(w.verb("terminate", "17").unwrap_err().class, -404);
        let said = refused(w.verb("terminate", "17"), "singlehop.cancel_unclear");
        assert!(said.contains("Look for the cancellation in LEAP"), "{said}");
        assert_eq!(w.asked("cancel"), 1);
    }
}

#[test]
fn a_server_is_not_given_up_when_the_cancellation_was_accepted_with_an_error() {
    for (said, code) in [
        (json!("Error: outstanding invoice"), "singlehop.unexpected"),
        (json!(false), "singlehop.refused"),
        (json!({ "result": ["error"] }), "singlehop.refused"),
        (json!([[{ "success": false }]]), "singlehop.refused"),
        (json!("Please contact billing"), "singlehop.unexpected"),
    ] {
        for (generation, call) in [("leap3", "/server/cancel"), ("legacy", "cancellationRequest")] {
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            w.answers(call, json!({ "success": true, "data": said }).to_string());
            refused(w.verb("terminate", "17"), code);
            assert_eq!(w.assigned(), json!([["17", "100042"]]), "{said}");
        }
    }
}

#[test]
fn a_cancellation_that_leap_has_already_names_its_way_out() {
    for (generation, call) in [("leap3", "/server/cancel"), ("legacy", "cancellationRequest")] {
        for words in [
            "A cancellation was requested already",
            "Cancellation exists for this server",
            "The server is ALREADY cancelled.",
            "Server is pending cancellation",
            "Duplicate request",
            "Scheduled to be reclaimed",
        ] {
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            w.answers(call, json!({ "success": false, "error": words }).to_string());
            let said = refused(w.verb("terminate", "17"), "singlehop.refused");
            assert!(
                said.contains(words) && said.contains("select None in SingleHop Servers List"),
                "{said}"
            );
            refused(w.verb("terminate", "17"), "singlehop.cancel_unclear");
            w.select("17", "").unwrap();
            w.verb("terminate", "17").unwrap();
            assert_eq!(w.assigned(), json!([]));
            w.set_status("17", "Terminated");
            sold_again(&mut w, "18");
        }
    }
}

#[test]
fn the_reason_of_a_refusal_is_told_wherever_it_stands() {
    for words in ["Cancellation exists already", "Authentication Error"] {
        for answer in [
            json!({ "success": false, "error": true, "message": words }),
            json!({ "success": false, "error": 1042, "message": words }),
            json!({ "success": false, "data": { "message": words } }),
            json!({ "success": false, "data": [{ "success": false, "message": words }] }),
            json!({ "success": false, "errors": [words] }),
            json!({ "success": false, "error": { "message": words } }),
        ] {
            for (generation, call) in [("leap3", "/server/cancel"), ("legacy", "cancellationRequest")] {
                let mut w = World::of(generation).with_server();
                w.options[8] = "cancel".into();
                w.answers(call, answer.to_string());
                let said = w.verb("terminate", "17").unwrap_err().message;
                assert!(said.contains(&format!("API Error: {words}")), "{answer}: {said}");
                let looks = said.contains("select None in SingleHop Servers List");
                assert_eq!(looks, words.starts_with("Cancel"), "{answer}: {said}");
            }
        }
    }
}

#[test]
fn a_cancellation_whose_answer_contradicts_itself_is_asked_for_once() {
    for message in [
        "Accepted. A fee applies if the last payment failed.",
        "Error: outstanding invoice",
    ] {
        for (generation, call) in [("leap3", "/server/cancel"), ("legacy", "cancellationRequest")] {
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            let data = json!({ "cancellation_id": "C-4711", "message": message });
            w.changes_and_answers(call, json!({ "success": true, "data": data }).to_string());
            let told = w.verb("terminate", "17").unwrap_err();
            assert_eq!(told.class, -404, "{told}");
            let told = told.message;
            assert!(
                told.contains("may have been cancelled") && told.contains(message),
                "{told}"
            );
            assert!(!told.contains("Nothing was changed"), "{told}");
            for _ in 0..2 {
                refused(w.verb("terminate", "17"), "singlehop.cancel_unclear");
            }
            assert_eq!((w.asked("cancel"), w.assigned()), (1, json!([["17", "100042"]])));
        }
    }
}

/// Answers that say nothing about whether a change was carried out.
fn doubtful() -> Vec<Response> {
    let page = "<b>Fatal error</b>: Allowed memory size exhausted";
    let mut all: Vec<Response> = [500, 501, 502, 503, 504, 520, 522, 524, 408, 499]
        .into_iter()
        .map(|status| Response::new(status, page))
        .collect();
    all.extend(
        ["/server/done/100042", "https://leap.example.com/", "/login/done"]
            .map(|to| Response::new(302, "").header("location", to)),
    );
    all
}

/// Refusals that are surely LEAP's own: a redirect to its login page, and statuses that say no.
fn sure() -> Vec<Response> {
    let mut all: Vec<Response> = [400, 401, 403, 404, 405, 409, 410, 422, 429]
        .into_iter()
        .map(|status| Response::new(status, "No"))
        .collect();
    all.extend(
        ["/login", "/user/login.php?to=%2F", "https://leap.example.com/SignIn/"]
            .map(|to| Response::new(302, "").header("location", to)),
    );
    all
}

#[test]
fn a_cancellation_that_is_answered_with_an_error_of_the_server_or_a_redirect_is_not_asked_for_again() {
    for generation in GENERATIONS {
        for response in doubtful() {
            let of = format!("{generation} {} {:?}", response.status, response.get_header("location"));
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            w.changes_and_responds("cancel", response);
            let told = w.verb("terminate", "17").unwrap_err();
            assert_eq!(told.class, -404, "{of}: {told}");
            assert!(told.message.contains("may have been cancelled"), "{of}: {told}");
            assert!(!told.message.contains("as changed"), "{of}: {told}");
            refused(w.verb("terminate", "17"), "singlehop.cancel_unclear");
            assert_eq!(w.asked("cancel"), 1, "{of}");
            w.options[8] = "unassign".into();
            refused(w.verb("terminate", "17"), "singlehop.cancel_unclear");
            w.set_status("17", "Terminated");
            refused(w.select("27", "100042"), "singlehop.cancel_unclear");
        }
        for response in sure() {
            let of = format!("{generation} {} {:?}", response.status, response.get_header("location"));
            let mut w = World::of(generation).with_server();
            w.options[8] = "cancel".into();
            let plain = w.env.clone();
            w.env.transport = Arc::new(MemoryTransport::new({
                let before = plain.transport.clone();
                move |request| match request.url.contains("cancel") {
                    true => Ok(response.clone()),
                    false => before.send(request),
                }
            }));
            let told = w.verb("terminate", "17").unwrap_err();
            assert!(
                told.message.contains("othing") && !told.message.contains("may have been"),
                "{of}: {told}"
            );
            w.env = plain;
            w.verb("terminate", "17").unwrap();
            assert_eq!(w.asked("cancel"), 1, "{of}");
        }
    }
}

#[test]
fn a_restart_that_is_answered_with_an_error_of_the_server_or_a_redirect_keeps_the_cool_down() {
    for (generation, call) in [("leap3", "/server/reboot"), ("legacy", "rebootServer")] {
        for response in doubtful() {
            let of = format!("{generation} {} {:?}", response.status, response.get_header("location"));
            let mut w = World::of(generation).with_server();
            w.changes_and_responds(call, response);
            let told = w.by_client("reboot", "17", "7").unwrap_err();
            assert_eq!(told.code, "singlehop.unclear", "{of}");
            assert!(told.message.contains("may have been restarted"), "{of}: {told}");
            is_white(&json!(told.message));
            refused(w.verb("reboot", "17"), "singlehop.cool_down");
            assert_eq!(w.server("100042")["reboots"], 1, "{of}");
        }
    }
}

#[test]
fn a_machine_that_was_stopped_with_an_error_of_the_server_for_an_answer_is_started_again() {
    for response in doubtful() {
        let of = format!("{} {:?}", response.status, response.get_header("location"));
        let mut w = World::new();
        w.options[7] = "vm_power".into();
        w.select("17", "000201").unwrap();
        w.set_status("17", "Active");
        let plain = w.env.clone();
        w.changes_and_responds("/server/stopvm", response);
        // LEAP takes a while to say so.
        let machine = json!({ "hostname": "vm1.example.com", "status": "online", "type": "vm" });
        let list = json!({ "success": true, "data": { "000201": machine } });
        w.answers("/server/list", list.to_string());
        let told = w.verb("suspend", "17").unwrap_err();
        assert!(
            told.message.contains("not known") && !told.message.contains("Nothing"),
            "{of}: {told}"
        );
        assert_eq!(w.state("17", "ran_before_suspend"), "1", "{of}");
        w.env = plain;
        w.verb("suspend", "17").unwrap();
        assert_eq!(w.server("000201")["powered"], false, "{of}");
        w.verb("unsuspend", "17").unwrap();
        assert_eq!(w.server("000201")["powered"], true, "{of}");
    }
}

#[test]
fn a_suspension_that_is_answered_with_an_error_of_the_server_or_a_redirect_is_undone_by_unsuspending() {
    for response in doubtful() {
        // The state could not be read, or LEAP still calls the server online.
        for view in ["<h1>Fatal error</h1>".to_owned(), viewed("online")] {
            let of = format!("{} {:?} {view}", response.status, response.get_header("location"));
            let mut w = World::new().with_server();
            let plain = w.env.clone();
            w.changes_and_responds("/server/suspend", response.clone());
            w.answers("/server/view", view);
            w.verb("suspend", "17").unwrap_err();
            assert_eq!(w.state("17", "suspended_by"), "endpoint", "{of}");
            assert_eq!(w.server("100042")["suspended"], true, "{of}");
            w.env = plain;
            w.options[7] = "local".into();
            w.verb("unsuspend", "17").unwrap();
            assert_eq!(w.server("100042")["suspended"], false, "{of}");
        }
    }
}

#[test]
fn after_a_lost_answer_staff_read_what_is_true_of_that_change() {
    let never = ["looked up", "not done twice", "was not restarted", "was not cancelled"];
    for generation in GENERATIONS {
        for lost in ["timeout", "reset", "502", "nonsense"] {
            let ready = || {
                let mut w = World::of(generation).with_server();
                w.options[8] = "cancel".into();
                w.loses_answers(lost);
                w
            };
            let mut w = ready();
            let said = w.verb("reboot", "17").unwrap_err();
            assert_eq!(said.class, -404, "{said}");
            let told = said.message;
            assert!(
                told.contains("may have been restarted") && told.contains("uptime"),
                "{told}"
            );
            assert!(!never.iter().any(|words| told.contains(words)), "{told}");
            // That is what a second press does.
            w.advance(61);
            w.verb("reboot", "17").unwrap_err();
            assert_eq!(w.server("100042")["reboots"], 2);
            let client = ready().by_client("reboot", "17", "7").unwrap_err();
            assert!(client.message.contains("may have been restarted"), "{client}");
            is_white(&json!(client.message));
            let mut w = ready();
            let told = w.verb("terminate", "17").unwrap_err().message;
            assert!(told.contains("may have been cancelled"), "{told}");
            assert!(told.contains("Look for the cancellation in LEAP"), "{told}");
            assert!(!never.iter().any(|words| told.contains(words)), "{told}");
            refused(w.verb("terminate", "17"), "singlehop.cancel_unclear");
            assert_eq!(w.asked("cancel"), 1);
        }
    }
}

#[test]
fn a_name_that_is_no_hostname_goes_into_no_path() {
    for name in ["..", "", "../reboot/100042", "web1 example", "vm1.example.com"] {
        let mut w = World::new().with_server();
        w.options[8] = "cancel".into();
        let change = json!({ "server": "100042", "action": "change", "hostname": name });
        w.panel.control("POST", "server", &change).unwrap();
        let said = refused(w.verb("terminate", "17"), "singlehop.cancel_hostname");
        assert!(said.contains("Cancel it in LEAP"), "{said}");
        assert_eq!(w.assigned(), json!([["17", "100042"]]), "{name}");
        let requests = w.panel.requests();
        assert!(requests.iter().all(|r| r["method"] == "GET"), "{name}: {requests:?}");
    }
}

// --- reboot ---

#[test]
fn a_reboot_is_one_request_and_the_next_one_waits_a_minute() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        let done = w.by_client("reboot", "17", "7").unwrap();
        is_white(&done);
        for _ in 0..3 {
            let said = w.by_client("reboot", "17", "7").unwrap_err();
            assert_eq!(said.code, "singlehop.cool_down");
            is_white(&json!(said.message));
        }
        refused(w.verb("reboot", "17"), "singlehop.cool_down");
        assert_eq!(w.server("100042")["reboots"], 1);
        w.advance(61);
        w.verb("reboot", "17").unwrap();
        assert_eq!(w.server("100042")["reboots"], 2);
    }
}

#[test]
fn a_reboot_whose_answer_got_lost_is_not_repeated_and_the_cool_down_holds() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        w.mode(json!({ "fail": "php_fatal", "on": ["reboot"], "count": 1, "processed": true }));
        let said = w.by_client("reboot", "17", "7").unwrap_err();
        assert_eq!(said.code, "singlehop.unclear");
        assert_eq!(
            w.by_client("reboot", "17", "7").unwrap_err().code,
            "singlehop.cool_down"
        );
        assert_eq!(w.server("100042")["reboots"], 1);
        // A clear refusal does not make anybody wait.
        let mut w = World::of(generation).with_server();
        w.mode(json!({ "fail": "refused", "on": ["reboot"], "count": 1 }));
        assert!(w.by_client("reboot", "17", "7").is_err());
        w.by_client("reboot", "17", "7").unwrap();
    }
}

#[test]
fn a_restart_that_is_confirmed_with_a_word_of_failure_may_have_been_done_and_the_cool_down_holds() {
    for message in ["Reboot queued (error: power supply)", "Server rebooted; 0 failed"] {
        for (generation, call) in [("leap3", "/server/reboot"), ("legacy", "rebootServer")] {
            let mut w = World::of(generation).with_server();
            let data = json!([{ "result": "ok", "message": message }]);
            w.changes_and_answers(call, json!({ "success": true, "data": data }).to_string());
            let told = w.by_client("reboot", "17", "7").unwrap_err();
            assert_eq!(told.code, "singlehop.unclear");
            is_white(&json!(told.message));
            refused(w.verb("reboot", "17"), "singlehop.cool_down");
            assert_eq!(w.server("100042")["reboots"], 1);
        }
    }
}

#[test]
fn a_hostname_in_the_words_of_a_success_is_no_word_of_failure() {
    for (message, is_done) in [
        ("Server errors.acme.com rebooted", true),
        ("error.failed.acme.com: rebooted.", true),
        ("Server errors.acme.com: failed", false),
        ("Reboot failed.Please call", false),
    ] {
        let mut w = World::new().with_server();
        let data = json!([{ "result": "ok", "success": true, "message": message }]);
        w.answers("/server/reboot", json!({ "success": true, "data": data }).to_string());
        let done = w.verb("reboot", "17");
        assert_eq!(done.is_ok(), is_done, "{message}: {done:?}");
    }
}

#[test]
fn a_server_that_is_given_up_and_selected_again_keeps_its_cool_down() {
    let mut w = World::new().with_server();
    w.verb("reboot", "17").unwrap();
    w.select("17", "").unwrap();
    w.select("17", "100042").unwrap();
    refused(w.verb("reboot", "17"), "singlehop.cool_down");
    assert_eq!(w.server("100042")["reboots"], 1);
}

#[test]
fn a_clock_that_was_set_back_makes_nobody_wait_longer_than_the_cool_down() {
    for ahead in [2, 59, 3600, 86_400 * 400] {
        for by_page in [false, true] {
            let mut w = World::new().with_server();
            w.host.clock += chrono::TimeDelta::seconds(ahead);
            w.by_client("reboot", "17", "7").unwrap();
            w.host.clock -= chrono::TimeDelta::seconds(ahead);
            // Still no second restart at once.
            if by_page {
                assert!(words(&w.page()["actions"][0]["blocked"]).contains("60 seconds"));
            } else {
                refused(w.verb("reboot", "17"), "singlehop.cool_down");
            }
            w.advance(61);
            assert!(w.page()["actions"][0]["blocked"].is_null(), "{ahead}");
            w.by_client("reboot", "17", "7").unwrap();
            assert_eq!(w.server("100042")["reboots"], 2, "{ahead}");
        }
    }
}

#[test]
fn a_client_reboots_only_what_is_theirs_active_and_allowed() {
    let mut w = World::new().with_server();
    w.forget_requests();
    let ask = |w: &mut World, caller: Value| w.run("reboot", &w.input("17", &caller, &json!([])));
    assert_eq!(ask(&mut w, World::client("8")).unwrap_err().code, "singlehop.not_yours");
    let mut no_token = World::client("7");
    no_token["token"] = json!(false);
    assert_eq!(ask(&mut w, no_token).unwrap_err().code, "singlehop.no_token");
    let mut link = World::client("7");
    link["post"] = json!(false);
    assert_eq!(ask(&mut w, link).unwrap_err().code, "singlehop.not_post");
    w.set_status("17", "Suspended");
    assert_eq!(
        ask(&mut w, World::client("7")).unwrap_err().code,
        "singlehop.not_active"
    );
    assert_eq!(ask(&mut w, World::staff()).unwrap_err().code, "singlehop.not_active");
    w.set_status("17", "Active");
    w.options[9].clear();
    let said = ask(&mut w, World::client("7")).unwrap_err();
    assert_eq!(said.code, "singlehop.not_for_clients");
    is_white(&json!(said.message));
    assert!(w.page()["actions"].as_array().unwrap().is_empty());
    assert_eq!(w.asked("reboot"), 0);
    ask(&mut w, World::staff()).unwrap();
}

#[test]
fn no_client_reaches_a_job_for_staff() {
    let mut w = World::new().with_server();
    w.forget_requests();
    for job in ["ips", "servers", "test", "select"] {
        assert_eq!(
            w.by_client(job, "17", "7").unwrap_err().code,
            "singlehop.not_for_clients",
            "{job}"
        );
    }
    assert!(w.panel.requests().is_empty());
}

// --- addresses ---

#[test]
fn get_server_ip_lists_every_block_and_keeps_it_for_the_service_page() {
    for generation in GENERATIONS {
        for (switch, value) in [("allips", "array"), ("allips", "text"), ("legacy_ips", "list")] {
            let mut w = World::of(generation).with_server();
            w.mode(json!({ switch: value }));
            let told = w.verb("ips", "17").unwrap();
            assert!(
                told["ips"][0]
                    .as_str()
                    .unwrap()
                    .starts_with("Public: 192.0.2.10, 192.0.2.11"),
                "{told}"
            );
            let page = w.verb("servers", "17").unwrap()["page"].clone();
            assert!(words(&page["sections"][1]).contains("192.0.2.11"), "{page}");
        }
    }
}

// --- the client's page ---

#[test]
fn the_page_shows_the_server_as_it_is_now_without_naming_the_vendor() {
    let mut w = World::new().with_server();
    for (change, shown) in [
        (json!({}), "Online"),
        (json!({ "powered": false }), "Not online"),
        (json!({ "powered": true, "rescue": true }), "Rescue mode"),
        (json!({ "hostname": "new.example.com", "rescue": false }), "Online"),
    ] {
        let mut body = json!({ "server": "100042", "action": "change" });
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        w.panel.control("POST", "server", &body).unwrap();
        let page = w.page();
        is_white(&page);
        let facts = page["sections"][0]["facts"].clone();
        assert_eq!(facts[1]["value"]["text"], "root");
        assert_eq!(facts[2]["value"]["text"], shown);
        let hostname = body["hostname"].as_str().unwrap_or("web1.example.com");
        assert_eq!(facts[0]["value"]["text"], hostname);
    }
    let page = w.page();
    assert!(words(&page["sections"][1]).contains("192.0.2.11"));
    assert_eq!(page["actions"][0]["name"], "reboot");
    assert!(page["actions"][0]["confirm"]["text"].is_string());
    w.by_client("reboot", "17", "7").unwrap();
    assert!(
        w.page()["actions"][0]["blocked"]["text"]
            .as_str()
            .unwrap()
            .contains("60 seconds")
    );
}

/// The totals that the page shows, in bytes, as the panel's truth has them: this month and the one before.
fn true_totals(w: &World) -> [u64; 2] {
    let days = w.server("100042")["days"].clone();
    let sum = |month: &str| {
        let days = days.as_object().unwrap();
        let of = |day: &Value| day["in"].as_u64().unwrap() + day["out"].as_u64().unwrap();
        days.iter()
            .filter(|(day, _)| day.starts_with(month))
            .map(|(_, day)| of(day))
            .sum()
    };
    [sum("2026-01"), sum("2025-12")]
}

#[test]
fn an_answer_without_any_address_does_not_overwrite_those_that_are_known() {
    for data in [json!({}), json!([]), json!({ "public": [], "private_networks": [] })] {
        let mut w = World::new().with_server();
        let before = w.page()["sections"][1]["rows"].clone();
        w.advance(600);
        w.answers("/server/network", json!({ "success": true, "data": data }).to_string());
        let page = w.page();
        assert_eq!(page["sections"][1]["rows"], before, "{data}");
        let notice = "The IP addresses cannot be read at the moment. These are from 2026-01-20 12:00 +00:00.";
        assert!(
            page["notices"].to_string().contains(notice),
            "{data}: {}",
            page["notices"]
        );
    }
}

#[test]
fn the_page_shows_bandwidth_of_this_month_the_one_before_and_by_day_with_a_chart_and_a_csv() {
    for (unit, numbers) in [("bytes", "text"), ("bits", "numbers"), ("bytes", "decimals")] {
        let mut w = World::new().with_server();
        w.options[10] = unit.into();
        w.mode(json!({ "bandwidth_unit": unit, "numbers": numbers }));
        let page = w.page();
        let [this, last] = true_totals(&w);
        let gb = |bytes: u64| {
            provisor::view::chart::Unit {
                name: "GiB",
                size: 1 << 30,
            }
            .column(bytes)
        };
        let totals = &page["sections"][2];
        assert_eq!(totals["rows"][0][0]["text"], "This month");
        assert_eq!(totals["rows"][0][3]["text"], gb(this), "{unit} {numbers}");
        assert_eq!(totals["rows"][1][3]["text"], gb(last));
        let days = &page["sections"][3];
        assert_eq!(days["rows"].as_array().unwrap().len(), 31 + 20);
        assert!(days["chart"]["svg"].as_str().unwrap().starts_with("<svg "));
        // The chart says which month it is of, and the table begins with that one.
        assert_eq!(days["chart"]["about"]["params"], json!([["month", "2026-01"]]));
        assert_eq!(days["rows"][0][0]["text"], "2026-01-01");
        assert_eq!(days["rows"][20][0]["text"], "2025-12-01");
        assert_eq!(days["csv_action"], "bandwidth_csv");
        let file = w.by_client("bandwidth_csv", "17", "7").unwrap();
        is_white(&file);
        let lines: Vec<String> = file["file"]["text"]
            .as_str()
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        assert_eq!(lines[0], "Day,Received (bytes),Sent (bytes),Total (bytes)");
        let total: u64 = lines[1..]
            .iter()
            .map(|l| l.rsplit(',').next().unwrap().parse::<u64>().unwrap())
            .sum();
        assert_eq!(total, this + last);
    }
}

#[test]
fn the_chart_names_the_month_of_its_days_in_every_zone() {
    for zone in [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Los_Angeles",
        "Pacific/Honolulu",
    ] {
        let mut w = World::new().with_server();
        w.configuration = json!({ "zone": zone }).to_string();
        w.panel.advance_to(at("2026-02-11T09:00:00Z")).unwrap();
        let days = w.page()["sections"][3].clone();
        assert_eq!(days["rows"][0][0]["text"], "2026-02-01", "{zone}");
        assert_eq!(
            days["chart"]["about"]["params"],
            json!([["month", "2026-02"]]),
            "{zone}"
        );
    }
}

#[test]
fn a_file_of_bandwidth_that_is_not_current_says_of_when_it_is() {
    let mut w = World::new().with_server();
    let file = w.by_client("bandwidth_csv", "17", "7").unwrap();
    assert!(!file.to_string().contains("As of"), "{file}");
    w.advance(7200);
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let file = w.by_client("bandwidth_csv", "17", "7").unwrap();
    let text = file["file"]["text"].as_str().unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "Day,Received (bytes),Sent (bytes),Total (bytes),As of"
    );
    // The month before was over when it was read.
    let last = lines.clone().find(|line| line.starts_with("2025-12-31,")).unwrap();
    assert!(last.ends_with(",2026-01-20 12:00 +00:00"), "{last}");
    assert!(lines.all(|line| line.ends_with(",2026-01-20 12:00 +00:00")), "{text}");
}

#[test]
fn a_file_of_bandwidth_holds_the_days_of_the_page_and_no_older_ones() {
    let mut w = World::new().with_server();
    w.run("report", &json!({})).unwrap();
    w.page();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    for to in ["2026-01-20T18:00:00Z", "2026-02-03T09:00:00Z", "2026-03-11T09:00:00Z"] {
        w.panel.advance_to(at(to)).unwrap();
        let rows = w.page()["sections"][3]["rows"].clone();
        let mut shown: Vec<&str> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r[0]["text"].as_str().unwrap())
            .collect();
        shown.sort_unstable();
        let file = w.by_client("bandwidth_csv", "17", "7").unwrap();
        let text = file["file"]["text"].as_str().unwrap();
        let listed: Vec<&str> = text.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
        assert_eq!(listed, shown, "{to}");
        assert!(
            listed.is_empty() || text.starts_with("Day,Received (bytes),Sent (bytes),Total (bytes),As of"),
            "{text}"
        );
    }
}

#[test]
fn both_generations_give_the_same_page_but_for_what_the_old_one_does_not_say() {
    let page = |generation: &str| {
        let mut w = World::of(generation).with_server();
        // What the old API never says was seen before: it has no periods, no days, no state and no first address.
        let mut page = w.page();
        let facts = page["sections"][0]["facts"].as_array_mut().unwrap();
        facts.retain(|f| !["State", "IP address"].contains(&f["label"]["text"].as_str().unwrap()));
        page["sections"][2]["rows"].as_array_mut().unwrap().truncate(1);
        page["sections"].as_array_mut().unwrap().truncate(3);
        page
    };
    assert_eq!(page("leap3"), page("legacy"));
}

#[test]
fn the_old_api_remembers_the_month_before_from_its_daily_report() {
    let mut w = World::of("legacy").with_server();
    w.advance(11 * 86_400 + 11 * 3600);
    w.run("report", &json!({})).unwrap();
    let seen = w.page()["sections"][2]["rows"][0][3]["text"].clone();
    w.advance(2 * 3600);
    let rows = w.page()["sections"][2]["rows"].clone();
    assert_eq!(rows[1][0]["text"], "Last month");
    assert_eq!(rows[1][3]["text"], seen);
}

#[test]
fn the_old_api_is_not_called_unreadable_because_it_tells_nothing_of_last_month() {
    let mut w = World::of("legacy").with_server();
    // 2026-01-31 06:00, then 2026-02-20 06:00.
    w.advance(10 * 86_400 + 18 * 3600);
    w.run("report", &json!({})).unwrap();
    w.advance(20 * 86_400);
    w.run("report", &json!({})).unwrap();
    let page = w.page();
    assert_eq!(page["sections"][2]["rows"].as_array().unwrap().len(), 2, "{page}");
    assert_eq!(page["notices"], json!([]));
    w.advance(3600);
    w.fails("127.0.0.1", "stall");
    let notices = w.page()["notices"].to_string();
    assert!(notices.contains("It is shown as of 2026-02-20 06:00"), "{notices}");
}

#[test]
fn a_slow_or_dead_panel_shows_the_last_known_values_with_their_time() {
    for generation in GENERATIONS {
        for fault in ["stall", "reset_before", "503", "html_500"] {
            let mut w = World::of(generation).with_server();
            let before = w.page();
            w.advance(3600);
            w.panel
                .faults(&json!([{ "kind": fault, "match": { "path_prefix": "/" } }]))
                .unwrap();
            let after = w.page();
            is_white(&after);
            let notice = after["notices"][0]["text"]["text"].as_str().unwrap();
            assert!(notice.contains("2026-01-20 12:00"), "{fault}: {notice}");
            assert_eq!(after["sections"], before["sections"], "{generation} {fault}");
        }
        // Nothing known yet.
        let mut w = World::of(generation).with_server();
        w.panel
            .faults(&json!([{ "kind": "stall", "match": { "path_prefix": "/" } }]))
            .unwrap();
        let page = w.page();
        assert!(
            page["notices"][0]["text"]["text"]
                .as_str()
                .unwrap()
                .contains("temporarily not available")
        );
        is_white(&page);
    }
}

#[test]
fn each_last_known_value_names_its_own_and_its_oldest_time() {
    let notices = |page: &Value| -> Vec<String> {
        let told = page["notices"].as_array().unwrap();
        told.iter()
            .map(|n| n["text"]["text"].as_str().unwrap().to_owned())
            .collect()
    };
    let fault = |w: &World, kind: &str, path: &str| {
        let fault = json!([{ "kind": kind, "match": { "path_prefix": path } }]);
        w.panel.faults(&fault).unwrap();
    };
    let details = "The server's details cannot be read at the moment. These are from";
    let addresses = "The IP addresses cannot be read at the moment. These are from";
    let traffic = "The bandwidth cannot be read at the moment. It is shown as of";
    // A page with slow traffic twelve hours after the report, then a dead panel.
    let mut w = World::new().with_server();
    w.run("report", &json!({})).unwrap();
    w.advance(12 * 3600);
    fault(&w, "delay", "/server/bandwidth");
    assert_eq!(notices(&w.page()), [format!("{traffic} 2026-01-20 12:00 +00:00.")]);
    w.advance(600);
    fault(&w, "reset_before", "/");
    assert_eq!(
        notices(&w.page()),
        [
            format!("{details} 2026-01-21 00:00 +00:00."),
            format!("{traffic} 2026-01-20 12:00 +00:00.")
        ]
    );
    // This month answers, the one before was read before its end.
    let mut w = World::new().with_server();
    w.advance(11 * 86_400);
    w.run("report", &json!({})).unwrap();
    w.advance(14 * 3600);
    let start = common::at("2026-01-01T00:00:00Z").timestamp();
    let before = w.env.transport.clone();
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        if request.url.contains(&format!("/server/bandwidth/{start}/")) {
            return Err(provisor::http::SendError::unknown(provisor::http::Kind::ReadTimeout));
        }
        before.send(request)
    }));
    assert_eq!(notices(&w.page()), [format!("{traffic} 2026-01-31 12:00 +00:00.")]);
    // Only the addresses are old.
    let mut w = World::new().with_server();
    w.page();
    w.advance(7 * 86_400);
    fault(&w, "html_500", "/server/network");
    assert_eq!(notices(&w.page()), [format!("{addresses} 2026-01-20 12:00 +00:00.")]);
    // And older than the details, once nothing answers.
    w.advance(600);
    fault(&w, "reset_before", "/");
    assert_eq!(
        notices(&w.page()),
        [
            format!("{details} 2026-01-27 12:00 +00:00."),
            format!("{addresses} 2026-01-20 12:00 +00:00.")
        ]
    );
}

#[test]
fn half_an_answer_about_the_server_clears_nothing_that_is_known_of_it() {
    for half in ["null", "\"\"", "{}", "[]", "0"] {
        let mut w = World::new().with_server();
        let before = w.page();
        w.advance(3600);
        w.answers("/server/view", format!("{{\"success\":true,\"data\":{half}}}"));
        let page = w.page();
        assert_eq!(page["sections"][0], before["sections"][0], "{half}");
        let notice = "The server's details cannot be read at the moment.";
        assert!(page["notices"].to_string().contains(notice), "{half}: {page}");
    }
}

#[test]
fn traffic_that_answers_after_the_time_out_is_shown_as_it_was_and_the_rest_as_it_is() {
    let mut w = World::new().with_server();
    let before = w.page();
    w.advance(3600);
    w.panel
        .control(
            "POST",
            "server",
            &json!({ "server": "100042", "action": "change", "rescue": true }),
        )
        .unwrap();
    w.panel
        .faults(&json!([{ "kind": "delay", "match": { "path_prefix": "/server/bandwidth" } }]))
        .unwrap();
    let after = w.page();
    assert_eq!(after["sections"][0]["facts"][2]["value"]["text"], "Rescue mode");
    assert_eq!(after["sections"][3], before["sections"][3]);
    assert!(
        after["notices"][0]["text"]["text"]
            .as_str()
            .unwrap()
            .contains("as of 2026-01-20 12:00")
    );
}

#[test]
fn traffic_is_not_asked_for_again_within_a_quarter_of_an_hour() {
    let mut w = World::new().with_server();
    w.page();
    assert_eq!(w.asked("bandwidth"), 2);
    w.advance(600);
    w.page();
    assert_eq!(w.asked("bandwidth"), 2);
    w.advance(600);
    w.page();
    assert_eq!(w.asked("bandwidth"), 3, "the month before is over and was read once");
}

#[test]
fn figures_of_last_month_that_the_panel_knows_late_are_read_again() {
    let mut w = World::new().with_server();
    w.panel.advance_to(at("2026-01-31T22:00:00Z")).unwrap();
    w.run("report", &json!({})).unwrap();
    // A panel that does not know the last two hours yet.
    let up_to_date = w.env.transport.clone();
    let late = up_to_date.clone();
    let [end, known] = ["2026-02-01T00:00:00Z", "2026-01-31T22:00:00Z"].map(|t| at(t).timestamp().to_string());
    w.env.transport = Arc::new(MemoryTransport::new(move |request| {
        let mut request = request.clone();
        request.url = request.url.replace(&end, &known);
        late.send(&request)
    }));
    w.panel.advance_to(at("2026-02-01T00:01:00Z")).unwrap();
    w.page();
    w.env.transport = up_to_date;
    w.panel.advance_to(at("2026-02-01T04:00:00Z")).unwrap();
    w.run("report", &json!({})).unwrap();
    let january = 72_000_u64 * 31 * 86_400;
    let file = w.by_client("bandwidth_csv", "17", "7").unwrap();
    let lines = file["file"]["text"].as_str().unwrap().lines();
    let listed: u64 = lines
        .filter(|line| line.starts_with("2026-01-"))
        .map(|line| line.split(',').nth(3).unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(listed, january);
    // A day later it is final.
    w.panel.advance_to(at("2026-02-02T04:00:00Z")).unwrap();
    w.run("report", &json!({})).unwrap();
    w.forget_requests();
    w.panel.advance_to(at("2026-02-03T04:00:00Z")).unwrap();
    w.run("report", &json!({})).unwrap();
    assert_eq!(w.asked("bandwidth"), 1);
}

#[test]
fn a_mistake_of_staff_never_reaches_the_client() {
    let mut w = World::new().with_server();
    w.page();
    w.advance(3600);
    for (options, configuration) in [
        ("leap9", ""),
        ("leap3", "{nonsense"),
        ("leap3", r#"{"zone":"Mars/Olympus"}"#),
    ] {
        w.options[5] = options.into();
        w.configuration = configuration.into();
        let page = w.page();
        is_white(&page);
        assert!(!page["sections"].as_array().unwrap().is_empty());
        let said = w.by_client("reboot", "17", "7").unwrap_err();
        assert_eq!(said.code, "singlehop.unavailable");
        is_white(&json!(said.message));
    }
    for failure in [
        "unauthorized",
        "authentication",
        "php_fatal",
        "refused",
        "not_found",
        "no_success",
        "null",
    ] {
        let mut w = World::new().with_server();
        w.mode(json!({ "fail": failure }));
        is_white(&w.page());
        is_white(&json!(w.by_client("reboot", "17", "7").unwrap_err().message));
        is_white(&w.by_client("bandwidth_csv", "17", "7").unwrap());
    }
}

#[test]
fn the_page_belongs_to_its_client_and_asks_nobody_for_a_service_that_is_over() {
    let mut w = World::new().with_server();
    w.forget_requests();
    assert_eq!(w.by_client("page", "17", "8").unwrap_err().code, "singlehop.not_yours");
    assert_eq!(
        w.by_client("bandwidth_csv", "17", "8").unwrap_err().code,
        "singlehop.not_yours"
    );
    for status in ["Terminated", "Cancelled", "Fraud", "Pending"] {
        w.set_status("17", status);
        is_white(&w.page());
        w.by_client("bandwidth_csv", "17", "7").unwrap();
    }
    assert!(w.panel.requests().is_empty());
    let waiting = w.by_client("page", "27", "8").unwrap();
    assert!(words(&waiting).contains("being prepared"));
}

fn traffic_answer(total: &str, days: &[Value]) -> String {
    let data = json!({ "intotal": total, "outtotal": total, "dailyusage": days });
    json!({ "success": true, "data": data }).to_string()
}

#[test]
fn only_days_that_were_asked_for_are_shown_exported_or_kept_and_each_once() {
    let day = |date: &str, bytes: u64| json!({ "in": bytes, "out": bytes.to_string(), "date": date });
    let mut days = vec![
        day("9999-12-31", 5),
        day("0001-01-01", 5),
        day("+262142-01-01", 5),
        day("2025-11-30", 5),
        day("2026-01-21", 5),
        json!({ "in": 5, "out": 5, "timestamp": "99999999999999" }),
        json!({ "in": 5, "out": 5, "timestamp": 1 }),
        json!({ "in": 5, "out": 5 }),
        json!({ "in": 1, "out": 1, "timestamp": 1_767_700_800 }),
    ];
    // 2026-01-06 and 2026-01-05, the latter in many pieces.
    days.extend((0..900).map(|_| day("2026-01-05", 2)));
    let mut w = World::new().with_server();
    w.answers("/server/bandwidth", traffic_answer("4000", &days));
    let page = w.page();
    let shown: Vec<String> = page["sections"][3]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[0]["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(shown, ["2026-01-05", "2026-01-06"]);
    assert!(page.to_string().len() < 20_000, "{}", page.to_string().len());
    let file = w.by_client("bandwidth_csv", "17", "7").unwrap();
    let text = file["file"]["text"].as_str().unwrap();
    assert_eq!(
        text.lines().skip(1).collect::<Vec<_>>(),
        ["2026-01-05,1800,1800,3600", "2026-01-06,1,1,2"]
    );
    let kept = w.host.rows("mod_provisor_singlehop_seen")[0]["traffic"].to_string();
    assert!(
        kept.len() < 1000 && !kept.contains("9999") && !kept.contains("2026-01-21"),
        "{kept}"
    );
    // Without totals the sum is that of the days that were asked for.
    let mut w = World::new().with_server();
    let days = [day("2026-01-05", 1 << 30), day("9999-12-31", 1 << 40)];
    w.answers(
        "/server/bandwidth",
        json!({ "success": true, "data": { "dailyusage": days } }).to_string(),
    );
    w.run("report", &json!({})).unwrap();
    assert_eq!(w.host.fields["17"]["bw_usage"], "2048");
}

#[test]
fn totals_beside_days_of_other_months_are_not_this_ones() {
    let days = ["2026-02-01", "2026-02-02"].map(|date| json!({ "in": 5_u64 << 30, "out": 0, "date": date }));
    let told = json!({ "intotal": 10_u64 << 30, "outtotal": 0, "dailyusage": days });
    let told = json!({ "success": true, "data": told }).to_string();
    let mut w = World::new().with_server();
    w.panel.advance_to(at("2026-02-03T00:01:00Z")).unwrap();
    w.answers("/server/bandwidth", told.clone());
    let rows = w.page()["sections"][2]["rows"].clone();
    assert_eq!(
        (rows.as_array().unwrap().len(), &rows[0][3]["text"]),
        (1, &json!("10.00 GiB"))
    );
    // What was known of that month stays.
    let mut w = World::new().with_server();
    let before = w.page()["sections"][2]["rows"][0][3]["text"].clone();
    w.panel.advance_to(at("2026-02-03T00:01:00Z")).unwrap();
    w.answers("/server/bandwidth", told);
    let page = w.page();
    let rows = &page["sections"][2]["rows"];
    assert_eq!(
        (&rows[1][0]["text"], &rows[1][3]["text"]),
        (&json!("Last month"), &before)
    );
    assert!(page["notices"].to_string().contains("as of 2026-01-20 12:00"), "{page}");
}

#[test]
fn days_count_and_totals_only_where_there_are_no_days() {
    let total = 100_u64 << 30;
    for (days, mib) in [
        (json!([{ "in": 1_u64 << 30, "out": 0, "date": "2026-01-19" }]), "1024"),
        (json!([]), "102400"),
    ] {
        let told = json!({ "intotal": total, "outtotal": 0, "dailyusage": days });
        let mut w = World::new().with_server();
        w.answers(
            "/server/bandwidth",
            json!({ "success": true, "data": told }).to_string(),
        );
        w.run("report", &json!({})).unwrap();
        assert_eq!(w.host.fields["17"]["bw_usage"], mib);
    }
}

#[test]
fn traffic_that_no_line_carries_is_neither_shown_nor_reported() {
    let one = json!({ "in": 1, "out": 2, "date": "2026-01-05" });
    let huge = json!({ "in": "18446744073709551615", "out": 9, "date": "2026-01-05" });
    for (answer, what) in [
        (traffic_answer("18446744073709551615", &[]), "100 Gbit/s"),
        (traffic_answer("50000000000000000", &[]), "100 Gbit/s"),
        (traffic_answer("5", &[huge]), "100 Gbit/s"),
        (traffic_answer("5", &vec![one; 20_000]), "20000 days"),
    ] {
        let mut w = World::new().with_server();
        let before = w.page();
        let believed = (true_totals(&w)[0] + (1 << 19)) >> 20;
        let believed = believed.to_string();
        w.advance(3600);
        w.answers("/server/bandwidth", answer);
        let after = w.page();
        is_white(&after);
        for section in [2, 3] {
            assert_eq!(after["sections"][section], before["sections"][section]);
        }
        w.host.fields.clear();
        assert_eq!(w.run("report", &json!({})).unwrap()["failed"], 1);
        assert_eq!(w.host.fields["17"]["bw_usage"], believed);
        assert!(
            w.host.logs.iter().any(|l| l.text.contains(what)),
            "{what}: {:?}",
            w.host.logs
        );
    }
}

#[test]
fn a_login_that_the_panel_names_is_shown_only_when_it_could_be_one() {
    let long = "L".repeat(100_000);
    for (named, shown) in [
        ("admin", "admin"),
        ("ops@web1.example.com", "ops@web1.example.com"),
        ("<b>SingleHop LEAP</b>", "root"),
        ("singlehop-admin", "root"),
        ("tandem", "root"),
        ("LEAP3", "root"),
        ("xleap-ops", "root"),
        ("two words", "root"),
        ("a\u{202e}b", "root"),
        (long.as_str(), "root"),
    ] {
        let seen =
            json!({ "hostname": "web1.example.com", "username": named, "status": "online", "type": "dedicated" });
        let mut w = World::new();
        w.answers(
            "/server/list",
            json!({ "success": true, "data": { "100042": seen } }).to_string(),
        );
        w.answers("/server/view", json!({ "success": true, "data": seen }).to_string());
        let mut w = w.with_server();
        assert_eq!(w.host.fields["17"]["username"], shown);
        let page = w.page();
        is_white(&page);
        assert_eq!(page["sections"][0]["facts"][1]["value"]["text"], shown);
        assert!(page.to_string().len() < 60_000);
    }
    // Words and names in the list that staff see have an end, too.
    let mut w = World::new();
    let seen = json!({ "hostname": &long, "status": &long });
    w.answers(
        "/server/list",
        json!({ "success": true, "data": { "100042": seen } }).to_string(),
    );
    assert!(w.list("17").to_string().len() < 1000);
}

/// Data centres name their machines after themselves (decision 34).
#[test]
fn a_hostname_that_names_the_vendor_is_shown_to_staff_alone() {
    let seen = json!({ "hostname": "ded42.ord.SingleHop.net", "status": "online", "type": "dedicated" });
    let mut w = World::new();
    w.answers(
        "/server/list",
        json!({ "success": true, "data": { "100042": seen } }).to_string(),
    );
    w.answers("/server/view", json!({ "success": true, "data": seen }).to_string());
    let mut w = w.with_server();
    assert!(!w.host.fields["17"].contains_key("domain"));
    let page = w.page();
    is_white(&page);
    assert_eq!(page["sections"][0]["facts"][0]["value"]["text"], "");
    assert!(w.list("17").to_string().contains("ded42.ord.SingleHop.net"));
}

#[test]
fn a_hostname_that_somebody_typed_stays_where_the_panels_own_names_the_vendor() {
    let named = |hostname: &str| {
        let mut w = World::new();
        w.host.services.get_mut("17").unwrap()["domain"] = json!("ordered.example.com");
        let seen = json!({ "hostname": hostname, "status": "online", "type": "dedicated" });
        let list = json!({ "success": true, "data": { "100042": seen } }).to_string();
        w.answers("/server/list", list);
        w.answers("/server/view", json!({ "success": true, "data": seen }).to_string());
        w.with_server()
    };
    for hostname in [
        "ded42.ord.SingleHop.com",
        "ded42.singlehop-dc1.net",
        "web1.leap.example.com",
        "XLEAP.example.com",
        "tandem.example.com",
        "leap3.example.com",
        "",
    ] {
        let mut w = named(hostname);
        assert!(!w.host.fields["17"].contains_key("domain"), "{hostname}");
        let page = w.page();
        is_white(&page);
        assert_eq!(page["sections"][0]["facts"][0]["value"]["text"], "", "{hostname}");
        // What staff typed is not emptied with the server either.
        w.select("17", "").unwrap();
        assert!(!w.host.fields["17"].contains_key("domain"), "{hostname}");
    }
    for hostname in ["leapfrog.example.com", "web1.tandemly.example.com"] {
        assert_eq!(named(hostname).host.fields["17"]["domain"], hostname);
    }
    // The name of a former server goes with it.
    let mut w = World::new().with_server();
    w.host.services.get_mut("17").unwrap()["domain"] = json!("web1.example.com");
    let seen = json!({ "success": true, "data": { "000017": { "hostname": "d1.singlehop.com" } } });
    w.answers("/server/list", seen.to_string());
    w.select("17", "000017").unwrap();
    assert_eq!(w.host.fields["17"]["domain"], "");
}

// --- the daily report ---

#[test]
fn the_report_writes_this_months_megabytes_into_the_hosts_columns() {
    for generation in GENERATIONS {
        for unit in ["bytes", "kilobytes", "bits"] {
            let mut w = World::of(generation).with_server();
            w.options[10] = unit.into();
            w.mode(json!({ "bandwidth_unit": unit, "numbers": "decimals" }));
            let report = w.run("report", &json!({})).unwrap();
            assert_eq!((&report["done"], &report["failed"]), (&json!(1), &json!(0)));
            let set = &w.host.fields["17"];
            let mb: u64 = set["bw_usage"].as_str().unwrap().parse().unwrap();
            let truth = true_totals(&w)[0];
            assert_eq!(mb, (truth + 512 * 1024) / (1024 * 1024), "{generation} {unit}");
            assert_eq!(set["touch_usage"], true);
        }
    }
}

#[test]
fn a_service_that_fails_does_not_keep_the_others_from_being_reported() {
    let mut w = World::new().with_server();
    w.select("18", "000017").unwrap();
    w.select("27", "000201").unwrap();
    w.held_since("18", Some("2025-11-01T00:00:00Z"));
    w.set_status("18", "Active");
    w.set_status("27", "Terminated");
    w.fails("/100042", "login");
    let report = w.run("report", &json!({})).unwrap();
    assert_eq!((&report["done"], &report["failed"]), (&json!(1), &json!(1)));
    assert!(w.host.fields["18"].contains_key("bw_usage"));
    assert!(!w.host.fields["27"].contains_key("bw_usage"));
    assert!(
        w.host
            .logs
            .iter()
            .any(|l| l.level == "warning" && l.text.starts_with("Service 17:"))
    );
}

#[test]
fn one_damaged_cell_of_one_service_keeps_no_other_from_being_reported_and_is_named() {
    let server = json!({ "panel": "127.0.0.1:9", "leap_id": "100042" });
    let service = json!({ "module": "singlehop", "service_id": "17" });
    for (table, key, column, value) in [
        ("mod_provisor_singlehop", &server, "assigned_at", "2026-01-01 00:00:00"),
        ("mod_provisor_singlehop", &server, "assigned_at", "0000-00-00 00:00:00"),
        ("mod_provisor_services", &service, "claim_until", "0000-00-00 00:00:00"),
        (
            "mod_provisor_singlehop_seen",
            &json!({ "service_id": "17" }),
            "rebooted_at",
            "x",
        ),
    ] {
        let mut w = World::new().with_server();
        w.select("18", "000017").unwrap();
        w.held_since("18", Some("2025-11-01T00:00:00Z"));
        w.set_status("18", "Active");
        w.run("report", &json!({})).unwrap();
        let [january, before] = ["17", "18"].map(|id| w.host.fields[id]["bw_usage"].clone());
        let mut values = key.clone();
        values[column] = json!(value);
        let change = json!({ "kind": "put", "table": table, "values": values });
        w.host
            .answer("apply", &json!({ "token": "", "changes": [change] }))
            .unwrap();
        w.host.logs.clear();
        w.panel.advance_to(at("2026-02-10T20:00:00Z")).unwrap();
        w.run("report", &json!({})).unwrap();
        assert_ne!(w.host.fields["18"]["bw_usage"], before, "{table}.{column}");
        let own = &w.host.fields["17"]["bw_usage"];
        assert_ne!(own, &january, "{table}.{column}: the month before is not billed again");
        let mut warnings = w.host.logs.iter().filter(|l| l.level == "warning");
        let is_named = warnings.any(|l| l.text.contains("ervice 17") && l.text.contains(column));
        assert!(is_named, "{table}.{column}: {:?}", w.host.logs);
    }
}

#[test]
fn a_panel_that_does_not_answer_in_time_is_asked_for_two_services_in_a_report() {
    let mut w = World::new().with_server();
    for (id, server) in [("18", "000017"), ("27", "000201")] {
        w.select(id, server).unwrap();
        w.held_since(id, Some("2025-11-01T00:00:00Z"));
        w.set_status(id, "Active");
    }
    // Another product of the same panel and user.
    w.host.services.get_mut("27").unwrap()["product"]["id"] = json!("4");
    w.panel.advance_to(at("2026-01-31T20:00:00Z")).unwrap();
    reported(&mut w, "17").unwrap();
    let answers = w.env.transport.clone();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    w.env.transport = Arc::new(MemoryTransport::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Err(SendError::unknown(Kind::ReadTimeout))
    }));
    for (to, zero) in [("2026-01-31T22:00:00Z", false), ("2026-02-28T20:00:00Z", true)] {
        w.panel.advance_to(at(to)).unwrap();
        asked.store(0, Ordering::SeqCst);
        let done = w.run("report", &json!({})).unwrap();
        assert_eq!((&done["done"], &done["failed"]), (&json!(0), &json!(3)), "{to}");
        assert_eq!(asked.load(Ordering::SeqCst), 2, "{to}");
        for id in ["17", "18", "27"] {
            assert_eq!(w.host.fields[id]["bw_usage"] == "0", zero, "{id} {to}");
        }
    }
    let told = w
        .host
        .logs
        .iter()
        .filter(|l| l.text.contains("did not answer in time"))
        .count();
    assert!(told >= 2, "{:?}", w.host.logs);
    // Another run asks again.
    w.env.transport = answers;
    assert_eq!(w.run("report", &json!({})).unwrap()["done"], 3);
}

#[test]
fn a_gateway_that_gives_up_on_the_panel_counts_as_no_answer_in_time() {
    for status in [502, 504, 522, 524, 408] {
        let mut w = World::new().with_server();
        for (id, server) in [("18", "000017"), ("27", "000201")] {
            w.select(id, server).unwrap();
            w.held_since(id, Some("2025-11-01T00:00:00Z"));
            w.set_status(id, "Active");
        }
        let before = w.env.transport.clone();
        let asked = Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
        let of = asked.clone();
        w.env.transport = Arc::new(MemoryTransport::new(move |request| {
            if !request.url.contains("bandwidth") {
                return before.send(request);
            }
            of.lock()
                .unwrap()
                .insert(request.url.rsplit('/').next().unwrap().to_owned());
            Ok(provisor::http::Response::new(status, "<h1>Gateway Timeout</h1>"))
        }));
        let done = w.run("report", &json!({})).unwrap();
        assert_eq!((&done["done"], &done["failed"]), (&json!(0), &json!(3)), "{status}");
        assert_eq!(asked.lock().unwrap().len(), 2, "{status}");
    }
}

#[test]
fn another_panel_or_user_is_asked_after_one_that_did_not_answer_in_time() {
    let mut w = World::new().with_server();
    for (id, server) in [("18", "000017"), ("27", "000201")] {
        w.select(id, server).unwrap();
        w.held_since(id, Some("2025-11-01T00:00:00Z"));
        w.set_status(id, "Active");
    }
    let ask = |w: &mut World, slot: usize, value: &str| -> usize {
        let mut options = w.options.clone();
        options[slot] = value.into();
        for (id, product, options) in [("17", "3", &w.options), ("18", "4", &options), ("27", "4", &options)] {
            let service = w.host.services.get_mut(id).unwrap();
            service["product"]["id"] = json!(product);
            service["product"]["options"] = json!(options);
        }
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        w.env.transport = Arc::new(MemoryTransport::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            Err(SendError::unknown(Kind::ReadTimeout))
        }));
        let config = w.config("singlehop.report", &json!({}));
        let mut session = provisor::start(&config, w.env.clone());
        provisor::session::drive(&mut session, &mut w.host).unwrap();
        asked.load(Ordering::SeqCst)
    };
    // A second user; a second path of the same host; the same of both.
    assert_eq!(ask(&mut w, 0, "reseller2"), 3);
    assert_eq!(ask(&mut w, 6, "http://127.0.0.1:9/v2"), 3);
    assert_eq!(ask(&mut w, 9, ""), 2);
}

#[test]
fn one_server_whose_traffic_always_takes_too_long_keeps_no_other_from_being_reported() {
    let mut w = World::new().with_server();
    for (id, server) in [("18", "000017"), ("27", "000201")] {
        w.select(id, server).unwrap();
        w.held_since(id, Some("2025-11-01T00:00:00Z"));
        w.set_status(id, "Active");
    }
    w.fails("/000017", "stall");
    w.panel.advance_to(at("2026-02-10T20:00:00Z")).unwrap();
    for _ in 0..2 {
        w.panel.advance(86_400);
        w.run("report", &json!({})).unwrap();
    }
    for (id, is_read) in [("17", true), ("18", false), ("27", true)] {
        assert_eq!(w.host.fields[id]["bw_usage"] != "0", is_read, "{id}");
    }
}

#[test]
fn two_servers_that_never_answer_keep_no_other_from_being_reported_whichever_they_are() {
    let all = [("17", "/100042"), ("18", "/000017"), ("27", "/000201")];
    for answers in all {
        let mut w = World::new().with_server();
        for (id, server) in all {
            if id != "17" {
                w.select(id, server.trim_matches('/')).unwrap();
                w.held_since(id, Some("2025-11-01T00:00:00Z"));
                w.set_status(id, "Active");
            }
        }
        for (_, server) in all.iter().filter(|one| **one != answers) {
            w.fails(server, "stall");
        }
        w.panel.advance_to(at("2026-02-10T20:00:00Z")).unwrap();
        for _ in 0..4 {
            w.panel.advance(86_400);
            w.run("report", &json!({})).unwrap();
        }
        for (id, _) in all {
            assert_eq!(
                w.host.fields[id]["bw_usage"] != "0",
                id == answers.0,
                "{id} of {answers:?}"
            );
        }
    }
}

#[test]
fn a_panel_that_is_silent_about_last_month_is_reported_for_this_one_and_asked_once_for_that() {
    let mut w = World::new().with_server();
    for (id, server) in [("18", "000017"), ("27", "000201")] {
        w.select(id, server).unwrap();
        w.held_since(id, Some("2025-11-01T00:00:00Z"));
        w.set_status(id, "Active");
    }
    w.panel.advance_to(at("2026-02-10T20:00:00Z")).unwrap();
    // The first second of January.
    w.fails("/1767225600/", "stall");
    for _ in 0..3 {
        w.panel.advance(86_400);
        let logs = w.host.logs.len();
        let done = w.run("report", &json!({})).unwrap();
        assert_eq!((&done["done"], &done["failed"]), (&json!(3), &json!(0)));
        let told = |text: &str| {
            let new = &w.host.logs[logs..];
            new.iter()
                .filter(|l| l.level == "warning" && l.text.contains(text))
                .count()
        };
        assert_eq!(told("last month could not be read"), 1);
        assert_eq!(told("was not asked for"), 2);
        for id in ["17", "18", "27"] {
            assert_ne!(w.host.fields[id]["bw_usage"], "0", "{id}");
        }
    }
}

#[test]
fn half_an_answer_about_traffic_lowers_nothing_and_is_said() {
    for data in [
        json!({ "intotal": "5" }),
        json!({ "outtotal": 7, "intotal": null }),
        json!({ "intotal": null, "dailyusage": [{ "date": "2026-01-03" }] }),
        json!({ "intotal": 9, "outtotal": 9, "dailyusage": [{ "date": "2026-01-03", "in": 5 }] }),
        json!({ "intotal": 9, "outtotal": 9, "dailyusage": [5] }),
        json!({ "intotal": 9, "outtotal": 9_000_000_000_u64, "dailyusage": [{ "date": "2026-01-03", "in": "5", "out": null }] }),
        json!({ "intotal": 9, "outtotal": 9_000_000_000_u64, "dailyusage": [{ "date": "2026-01-03", "in": "", "out": 5 }] }),
        json!({ "intotal": 9, "outtotal": 9_000_000_000_u64, "dailyusage": [{ "date": "2026-01-03", "in": 5, "out": [] }] }),
        json!({ "intotal": [], "outtotal": "" }),
        json!({ "dailyusage": [] }),
    ] {
        let mut w = World::new().with_server();
        let before = reported(&mut w, "17").unwrap();
        w.advance(86_400);
        w.answers(
            "/server/bandwidth",
            json!({ "success": true, "data": data }).to_string(),
        );
        let done = w.run("report", &json!({})).unwrap();
        assert_eq!((&done["done"], &done["failed"]), (&json!(0), &json!(1)), "{data}");
        assert_eq!(w.host.fields["17"]["bw_usage"], before.to_string(), "{data}");
        let page = w.page();
        assert!(page["notices"].to_string().contains("as of"), "{data}: {page}");
    }
}

#[test]
fn a_day_of_which_nothing_is_known_yet_keeps_no_other_day_from_being_reported() {
    for days in [
        json!([{ "date": "2026-01-03", "in": 1 << 30, "out": 0 }, { "date": "2026-01-25", "in": null, "out": null }]),
        json!([{ "date": "2026-01-01", "in": null, "out": null }, { "date": "2026-01-03", "in": 1 << 30, "out": 0 }]),
        json!([{ "date": "2026-01-03", "in": "1073741824", "out": "0" }, { "date": "2026-01-31", "in": "", "out": "" }]),
        json!([{ "date": "2025-12-31", "in": null, "out": null }, { "date": "2026-01-03", "in": 1 << 30, "out": 0 }]),
    ] {
        let mut w = World::new().with_server();
        let data = json!({ "intotal": 1 << 30, "outtotal": 0, "dailyusage": days });
        w.answers(
            "/server/bandwidth",
            json!({ "success": true, "data": data }).to_string(),
        );
        assert_eq!(reported(&mut w, "17"), Some(1024), "{days}");
    }
    // Of such a day something was known before: it stands as it was told, and so it does where all of them are told anew.
    let day = |date: u32, mb: u64| json!({ "date": format!("2026-01-{date:02}"), "in": mb << 20, "out": 0 });
    let null = |date: u32| json!({ "date": format!("2026-01-{date:02}"), "in": null, "out": null });
    let mut w = World::new().with_server();
    w.answers(
        "/server/bandwidth",
        traffic_answer("0", &(1..=20).map(|n| day(n, 100)).collect::<Vec<_>>()),
    );
    assert_eq!(reported(&mut w, "17"), Some(2000));
    for date in 22..=31 {
        w.panel.advance_to(at(&format!("2026-01-{date}T12:00:00Z"))).unwrap();
        let days: Vec<Value> = (1..=date)
            .map(|n| if n == 5 { null(n) } else { day(n, 1000) })
            .collect();
        w.answers("/server/bandwidth", traffic_answer("0", &days));
        assert_eq!(reported(&mut w, "17"), Some(u64::from(date - 1) * 1000 + 100), "{date}");
        let rows = w.page()["sections"][3]["rows"].clone();
        assert_eq!(rows[4][0]["text"], "2026-01-05");
        assert_eq!(rows.as_array().unwrap().len(), usize::try_from(date).unwrap());
    }
    // One that tells nothing of any day takes nothing back.
    w.answers(
        "/server/bandwidth",
        traffic_answer("0", &(1..=31).map(null).collect::<Vec<_>>()),
    );
    assert_eq!(w.run("report", &json!({})).unwrap()["failed"], 1);
    assert_eq!(w.host.fields["17"]["bw_usage"], "30100");
}

#[test]
fn days_in_a_map_are_days() {
    for usage in [
        json!({ "0": { "in": 1 << 30, "out": "0", "date": "2026-01-03" }, "2": { "in": 1 << 30, "out": 0, "date": "2026-01-05" } }),
        json!({ "2026-01-03": { "in": 1 << 30, "out": 0 }, "2026-01-05": { "in": 1 << 30, "out": 0 } }),
    ] {
        let mut w = World::new().with_server();
        w.answers(
            "/server/bandwidth",
            json!({ "success": true, "data": { "dailyusage": usage } }).to_string(),
        );
        assert_eq!(reported(&mut w, "17"), Some(2048), "{usage}");
        let rows = w.page()["sections"][3]["rows"].clone();
        assert_eq!(
            (&rows[0][0]["text"], &rows[1][0]["text"]),
            (&json!("2026-01-03"), &json!("2026-01-05"))
        );
    }
}

#[test]
fn days_that_the_panel_leaves_out_of_a_list_that_became_shorter_stand_as_it_told_them() {
    let day = |date: &str, mb: u64| json!({ "in": mb << 20, "out": 0, "date": date });
    let tell = |w: &mut World, days: &[Value]| w.answers("/server/bandwidth", traffic_answer("0", days));
    let mut w = World::new().with_server();
    tell(
        &mut w,
        &[day("2026-01-05", 100), day("2026-01-06", 20), day("2026-01-07", 3)],
    );
    assert_eq!(reported(&mut w, "17"), Some(123));
    // The last days alone, one of them corrected.
    w.advance(86_400);
    tell(&mut w, &[day("2026-01-07", 4), day("2026-01-08", 1000)]);
    assert_eq!(reported(&mut w, "17"), Some(1124));
    let rows = w.page()["sections"][3]["rows"].clone();
    let dates: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[0]["text"].as_str().unwrap())
        .collect();
    assert_eq!(dates, ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]);
    // What was had with the server before is counted once, whatever the new one's list leaves out.
    w.select("17", "000017").unwrap();
    w.panel.advance_to(at("2026-01-26T06:00:00Z")).unwrap();
    tell(&mut w, &[day("2026-01-23", 10_000), day("2026-01-24", 20_000)]);
    assert_eq!(reported(&mut w, "17"), Some(31_124));
    w.advance(86_400);
    tell(&mut w, &[day("2026-01-24", 20_000), day("2026-01-25", 1)]);
    assert_eq!(reported(&mut w, "17"), Some(31_125));
}

#[test]
fn an_answer_without_days_takes_none_back_and_is_said() {
    let day = |date: &str, mb: u64| json!({ "in": mb << 20, "out": 0, "date": date });
    let days: Vec<Value> = (1..=20).map(|n| day(&format!("2026-01-{n:02}"), 100)).collect();
    // Totals may lie far above the sum of the days.
    for (way, mb) in [
        ("no days", 0),
        ("totals", 7),
        ("totals", 7_000_000),
        ("null days", 7_000_000),
        ("legacy", 7_u64),
        ("legacy", 7_000_000),
    ] {
        let mut w = World::new().with_server();
        w.answers("/server/bandwidth", traffic_answer("0", &days));
        assert_eq!(reported(&mut w, "17"), Some(2000));
        w.advance(86_400);
        let mut data = json!({ "intotal": mb << 20, "outtotal": 0 });
        if way == "null days" {
            data["dailyusage"] = json!([{ "date": "2026-01-05", "in": null, "out": null }]);
        }
        let total = json!({ "success": true, "data": data }).to_string();
        match way {
            "no days" => w.answers("/server/bandwidth", traffic_answer("0", &[])),
            "totals" | "null days" => w.answers("/server/bandwidth", total),
            _ => {
                w.options[5] = "legacy".into();
                w.options[6] = "http://127.0.0.1:9/api.php".into();
                w.answers("getServerBandwidth", total);
            }
        }
        let done = w.run("report", &json!({})).unwrap();
        assert_eq!((&done["done"], &done["failed"]), (&json!(0), &json!(1)), "{way}");
        assert_eq!(w.host.fields["17"]["bw_usage"], "2000", "{way}");
        assert!(w.page()["notices"].to_string().contains("as of"), "{way}");
        // They are still there for the next answer.
        if way == "no days" {
            w.advance(86_400);
            w.answers("/server/bandwidth", traffic_answer("0", &[day("2026-01-21", 5)]));
            assert_eq!(reported(&mut w, "17"), Some(2005));
        }
    }
    // Of totals alone, nothing is half an answer as well.
    let mut w = World::new().with_server();
    w.answers("/server/bandwidth", traffic_answer("1048576", &[]));
    assert_eq!(reported(&mut w, "17"), Some(2));
    w.advance(86_400);
    w.answers("/server/bandwidth", traffic_answer("0", &[]));
    assert_eq!(w.run("report", &json!({})).unwrap()["failed"], 1);
    assert_eq!(w.host.fields["17"]["bw_usage"], "2");
}

#[test]
fn a_day_before_the_selection_of_which_nothing_is_told_stops_no_report() {
    let day = |date: &str, mb: u64| json!({ "in": mb << 20, "out": 0, "date": date });
    for other in [false, true] {
        let mut w = World::new().with_server();
        let before: Vec<Value> = (1..=20).map(|n| day(&format!("2026-01-{n:02}"), 10)).collect();
        w.answers("/server/bandwidth", traffic_answer("0", &before));
        assert_eq!(reported(&mut w, "17"), Some(200));
        w.select("17", "").unwrap();
        w.select("17", if other { "000017" } else { "100042" }).unwrap();
        for date in 22..=26 {
            w.panel.advance_to(at(&format!("2026-01-{date}T06:00:00Z"))).unwrap();
            let untold = (1..=20).map(|n| json!({ "date": format!("2026-01-{n:02}"), "in": null, "out": null }));
            let told = (21..date).map(|n| day(&format!("2026-01-{n}"), 1000));
            w.answers(
                "/server/bandwidth",
                traffic_answer("0", &untold.chain(told).collect::<Vec<_>>()),
            );
            let done = w.run("report", &json!({})).unwrap();
            assert_eq!(done["failed"], 0, "{other}, {date}");
            let sum = 200 + 1000 * (date - 21);
            assert_eq!(w.host.fields["17"]["bw_usage"], sum.to_string(), "{other}, {date}");
        }
    }
}

#[test]
fn days_that_were_read_of_a_new_server_stay_when_the_panel_then_tells_none() {
    for way in ["totals", "legacy"] {
        let mut w = World::new().with_server();
        let first = reported(&mut w, "17").unwrap();
        w.select("17", "000017").unwrap();
        w.panel.advance_to(at("2026-01-26T06:00:00Z")).unwrap();
        let both = reported(&mut w, "17").unwrap();
        assert!(both > first);
        let days = w.page()["sections"][3]["rows"].clone();
        w.advance(86_400);
        if way == "totals" {
            let totals = json!({ "intotal": "999", "outtotal": "999" });
            w.answers(
                "/server/bandwidth",
                json!({ "success": true, "data": totals }).to_string(),
            );
        } else {
            w.options[5] = "legacy".into();
            w.options[6] = "http://127.0.0.1:9/api.php".into();
        }
        let done = w.run("report", &json!({})).unwrap();
        assert_eq!(done["failed"], 1, "{way}");
        assert_eq!(w.host.fields["17"]["bw_usage"], both.to_string(), "{way}");
        let page = w.page();
        assert_eq!(page["sections"][3]["rows"], days, "{way}");
        let notice = "The bandwidth cannot be read at the moment. It is shown as of 2026-01-26 06:00 +00:00.";
        assert!(
            page["notices"].to_string().contains(notice),
            "{way}: {}",
            page["notices"]
        );
    }
}

// --- whose traffic it is ---

/// Bytes that a server has moved until now.
fn moved(w: &World, id: &str) -> u64 {
    let server = w.server(id);
    server["bytes_in"].as_u64().unwrap() + server["bytes_out"].as_u64().unwrap()
}

fn csv_total(file: &Value) -> u64 {
    let lines = file["file"]["text"].as_str().unwrap().lines().skip(1);
    lines
        .map(|l| l.rsplit(',').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

fn reported(w: &mut World, id: &str) -> Option<u64> {
    w.run("report", &json!({ "configuration": w.configuration })).unwrap();
    let set = w.host.fields.get(id)?;
    set.get("bw_usage")?.as_str()?.parse().ok()
}

#[test]
fn a_servers_next_owner_sees_and_pays_its_traffic_since_the_selection_alone() {
    for (way, days) in [("terminated", "cut"), ("taken over", "cut"), ("terminated", "whole")] {
        let mut w = World::new().with_server();
        w.page();
        reported(&mut w, "17").unwrap();
        if way == "terminated" {
            w.verb("terminate", "17").unwrap();
        }
        w.set_status("17", "Terminated");
        w.mode(json!({ "bandwidth_days": days }));
        w.select("27", "100042").unwrap();
        w.set_status("27", "Active");
        // Nothing of the day of the selection: LEAP may tell it whole.
        w.advance(600);
        let page = w.by_client("page", "27", "8").unwrap()["page"].clone();
        assert_eq!(page["sections"][3]["rows"], json!([]), "{page}");
        assert_eq!(page["sections"][2]["rows"], json!([]), "{page}");
        assert_eq!(reported(&mut w, "27"), Some(0));
        w.advance(43_200 - 600);
        let before = moved(&w, "100042");
        w.advance(36 * 3600);
        let own = moved(&w, "100042") - before;
        let page = w.by_client("page", "27", "8").unwrap()["page"].clone();
        let rows = page["sections"][3]["rows"].as_array().unwrap().clone();
        assert_eq!((rows.len(), &rows[0][0]["text"]), (2, &json!("2026-01-21")), "{page}");
        assert_eq!(page["sections"][2]["rows"].as_array().unwrap().len(), 1, "{page}");
        let file = w.by_client("bandwidth_csv", "27", "8").unwrap();
        assert!(csv_total(&file).abs_diff(own) < 10, "{file} {own}");
        let mb = reported(&mut w, "27").unwrap();
        assert!(mb.abs_diff(own >> 20) <= 1, "{way} {days}: {mb} of {own}");
        // In the next month the one of the selection begins with it, too.
        w.advance(12 * 86_400);
        let page = w.by_client("page", "27", "8").unwrap()["page"].clone();
        let rows = page["sections"][3]["rows"].as_array().unwrap().clone();
        assert_eq!((rows.len(), &rows[3][0]["text"]), (3 + 11, &json!("2026-01-21")));
    }
    // The day of the selection and those before are nobody's but the former owner's, whatever the panel tells.
    let mut w = World::new();
    w.select("27", "100042").unwrap();
    w.set_status("27", "Active");
    w.advance(86_400);
    let days = ["2026-01-19", "2026-01-20", "2026-01-21"].map(|date| json!({ "in": 1 << 20, "out": 0, "date": date }));
    let told = json!({ "success": true, "data": { "dailyusage": days } }).to_string();
    w.answers("/server/bandwidth", told);
    assert_eq!(reported(&mut w, "27"), Some(1));
    // A selection of an older release tells no moment.
    w.held_since("27", None);
    assert_eq!(reported(&mut w, "27"), Some(3));
    // Totals without days may have the former owner's part in them.
    let mut w = World::new();
    w.select("27", "100042").unwrap();
    w.set_status("27", "Active");
    w.advance(86_400);
    let totals = json!({ "success": true, "data": { "intotal": "9999999", "outtotal": "9999999" } });
    w.answers("/server/bandwidth", totals.to_string());
    assert_eq!(reported(&mut w, "27"), Some(0));
}

#[test]
fn the_old_api_tells_no_part_of_a_month_so_the_month_of_the_selection_is_not_charged() {
    let mut w = World::of("legacy").with_server();
    reported(&mut w, "17").unwrap();
    w.verb("terminate", "17").unwrap();
    w.set_status("17", "Terminated");
    w.select("27", "100042").unwrap();
    w.set_status("27", "Active");
    w.advance(86_400);
    assert_eq!(reported(&mut w, "27"), Some(0));
    let page = w.by_client("page", "27", "8").unwrap()["page"].clone();
    assert_eq!(page["sections"][2]["rows"], json!([]));
    w.advance(12 * 86_400);
    assert!(reported(&mut w, "27").unwrap() > 0);
    let page = w.by_client("page", "27", "8").unwrap()["page"].clone();
    assert_eq!(page["sections"][2]["rows"].as_array().unwrap().len(), 1, "{page}");
}

#[test]
fn a_service_that_gets_another_server_keeps_the_traffic_that_it_had() {
    for (none_between, days) in [(false, "cut"), (true, "cut"), (false, "whole"), (true, "whole")] {
        let mut w = World::new().with_server();
        w.mode(json!({ "bandwidth_days": days }));
        let before = reported(&mut w, "17").unwrap();
        let listed = csv_total(&w.by_client("bandwidth_csv", "17", "7").unwrap());
        if none_between {
            w.select("17", "").unwrap();
        }
        w.select("17", "000017").unwrap();
        assert_eq!(reported(&mut w, "17"), Some(before));
        w.advance(43_200);
        let start = moved(&w, "000017");
        w.advance(3 * 86_400);
        let own = moved(&w, "000017") - start;
        let after = reported(&mut w, "17").unwrap();
        assert!(after.abs_diff(before + (own >> 20)) <= 2, "{before} {after} {own}");
        let all = csv_total(&w.by_client("bandwidth_csv", "17", "7").unwrap());
        assert!(all.abs_diff(listed + own) < 10, "{listed} {all} {own}");
        // And a third.
        w.select("17", "000201").unwrap();
        assert_eq!(reported(&mut w, "17"), Some(after));
    }
}

#[test]
fn a_service_whose_server_was_taken_over_while_its_product_had_another_module_keeps_its_traffic() {
    let mut w = World::new().with_server();
    let before = reported(&mut w, "17").unwrap();
    assert!(before > 0);
    w.host.services.get_mut("17").unwrap()["product"]["module"] = json!("onapp");
    w.select("27", "100042").unwrap();
    w.set_status("27", "Active");
    w.host.services.get_mut("17").unwrap()["product"]["module"] = json!("singlehop");
    w.advance(86_400);
    assert_eq!(reported(&mut w, "17"), Some(before));
    let seen = w.host.rows("mod_provisor_singlehop_seen");
    let row = seen.iter().find(|row| row["service_id"] == "17").unwrap();
    for column in ["panel", "leap_id", "overview", "ips", "traffic"] {
        assert_eq!(row[column], Value::Null, "{column}");
    }
}

#[test]
fn a_server_that_is_selected_again_counts_no_day_twice() {
    for days in ["cut", "whole"] {
        let mut w = World::new().with_server();
        w.mode(json!({ "bandwidth_days": days }));
        let before = reported(&mut w, "17").unwrap();
        w.advance(3600);
        w.select("17", "").unwrap();
        w.select("17", "100042").unwrap();
        w.advance(11 * 3600);
        let start = moved(&w, "100042");
        w.advance(86_400);
        let own = (moved(&w, "100042") - start) >> 20;
        let after = reported(&mut w, "17").unwrap();
        assert!(after.abs_diff(before + own) <= 2, "{days}: {before} {own} {after}");
    }
}

#[test]
fn a_first_day_is_whole_where_it_is_shown_and_where_the_panel_counts_it() {
    // The moment of the selection, the zone, the first day.
    for (zone, first) in [
        ("UTC", "2026-01-21"),
        ("Europe/Berlin", "2026-01-21"),
        ("America/Los_Angeles", "2026-01-21"),
        ("Pacific/Auckland", "2026-01-22"),
    ] {
        let mut w = World::new();
        w.mode(json!({ "bandwidth_days": "whole" }));
        w.configuration = json!({ "zone": zone }).to_string();
        // 12:00 UTC on 20 January: 01:00 on the 21st in Auckland.
        w.select("17", "100042").unwrap();
        w.set_status("17", "Active");
        w.advance(4 * 86_400);
        let page = w.page();
        let rows = page["sections"][3]["rows"].as_array().unwrap().clone();
        assert_eq!(rows[0][0]["text"], first, "{zone}: {page}");
    }
}

#[test]
fn a_months_report_is_the_sum_of_its_days_in_every_zone_whether_days_are_cut_or_whole() {
    for zone in [
        "UTC",
        "Europe/Berlin",
        "Asia/Tokyo",
        "America/Los_Angeles",
        "Pacific/Auckland",
    ] {
        for days in ["cut", "whole"] {
            let mut w = World::new().with_server();
            w.mode(json!({ "bandwidth_days": days }));
            w.configuration = json!({ "zone": zone }).to_string();
            w.panel.advance_to(at("2026-02-11T09:00:00Z")).unwrap();
            let figure = reported(&mut w, "17").unwrap();
            let file = w.by_client("bandwidth_csv", "17", "7").unwrap();
            let lines = file["file"]["text"].as_str().unwrap().lines();
            let february: u64 = lines
                .filter(|line| line.starts_with("2026-02"))
                .map(|line| line.split(',').nth(3).unwrap().parse::<u64>().unwrap())
                .sum();
            // It moves 72 000 bytes a second.
            let moved = 72_000_i64 * (at("2026-02-11T09:00:00Z") - at("2026-02-01T00:00:00Z")).num_seconds();
            assert_eq!(february, moved.unsigned_abs(), "{zone} {days}");
            assert_eq!(figure, february.div_ceil(1 << 20), "{zone} {days}");
        }
    }
}

#[test]
fn the_month_that_is_reported_is_that_of_the_hosts_own_date_whatever_zone_php_or_the_file_names() {
    // PHP's zone, the file's, the host's date, the moment, the month that is reported until then.
    for (php, file, today, now, month) in [
        (
            "America/New_York",
            "",
            "2026-01-31",
            "2026-02-01T01:30:00Z",
            "2026-01-01T00:00:00Z",
        ),
        (
            "America/New_York",
            "Europe/Berlin",
            "2026-01-31",
            "2026-02-01T01:30:00Z",
            "2026-01-01T00:00:00Z",
        ),
        ("", "", "2026-01-31", "2026-02-01T01:30:00Z", "2026-01-01T00:00:00Z"),
        (
            "Pacific/Pago_Pago",
            "Pacific/Kiritimati",
            "2026-01-31",
            "2026-02-01T10:30:00Z",
            "2026-01-01T00:00:00Z",
        ),
        (
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
            "2026-02-01",
            "2026-01-31T11:30:00Z",
            "2026-02-01T00:00:00Z",
        ),
        (
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
            "2026-02-28",
            "2026-02-28T09:30:00Z",
            "2026-02-01T00:00:00Z",
        ),
        (
            "UTC",
            "America/Los_Angeles",
            "2026-02-01",
            "2026-02-01T03:00:00Z",
            "2026-02-01T00:00:00Z",
        ),
    ] {
        let mut w = World::new().with_server();
        if !file.is_empty() {
            w.configuration = json!({ "zone": file }).to_string();
        }
        // What it was the day before is no reason for what it is now.
        let mut figure = None;
        for (today, moment) in [("2026-01-30", at("2026-01-30T20:00:00Z")), (today, at(now))] {
            w.host.settings = json!({ "time_zone": php, "invoice_due_days": 14, "tax_enabled": false, "today": today });
            w.panel.advance_to(moment).unwrap();
            figure = reported(&mut w, "17");
        }
        // It moves 72 000 bytes a second; a month is its days in UTC.
        let next = at(month).checked_add_months(chrono::Months::new(1)).unwrap();
        let seconds = (at(now).min(next) - at(month)).num_seconds().max(0);
        let expected = (72_000 * seconds.unsigned_abs() + (1 << 19)) >> 20;
        assert_eq!(figure, Some(expected), "{php} {file} {now}");
    }
}

#[test]
fn a_figure_of_the_old_api_that_cannot_be_read_on_to_the_end_of_the_hosts_month_is_said_once() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        // The daily run at half past eight in the evening in New York.
        let mut figures = Vec::new();
        let mut said = Vec::new();
        for (today, moment) in [
            ("2026-01-30", "2026-01-31T01:30:00Z"),
            ("2026-01-31", "2026-02-01T01:30:00Z"),
            ("2026-02-01", "2026-02-02T01:30:00Z"),
        ] {
            w.host.settings = json!({ "time_zone": "America/New_York", "invoice_due_days": 14, "tax_enabled": false, "today": today });
            w.panel.advance_to(at(moment)).unwrap();
            w.host.logs.clear();
            figures.push(reported(&mut w, "17").unwrap());
            let over = w.host.logs.iter().filter(|l| l.code == "singlehop.month_over");
            said.push(over.map(|l| l.text.clone()).collect::<Vec<_>>());
        }
        let is_legacy = generation == "legacy";
        assert_eq!(figures[1] == figures[0], is_legacy, "{generation}: {figures:?}");
        let lines: Vec<usize> = said.iter().map(Vec::len).collect();
        assert_eq!(lines, [0, usize::from(is_legacy), 0], "{generation}: {said:?}");
        for line in said.iter().flatten() {
            let figure = format!("{} MB", figures[0]);
            assert!(
                line.contains("ervice 17") && line.contains(&figure) && line.contains("2026-01-31"),
                "{line}"
            );
        }
    }
}

#[test]
fn the_figure_of_a_month_before_never_stands_in_a_month_of_which_nothing_is_known() {
    let mut w = World::of("legacy").with_server();
    w.panel.advance_to(at("2026-01-31T20:00:00Z")).unwrap();
    assert!(reported(&mut w, "17").unwrap() > 0);
    // The old API tells whole months alone, so February has no figure of the new server.
    w.panel.advance_to(at("2026-02-01T01:00:00Z")).unwrap();
    w.select("17", "000017").unwrap();
    w.panel.advance_to(at("2026-02-02T03:00:00Z")).unwrap();
    assert_eq!(reported(&mut w, "17"), Some(0));

    let mut w = World::new().with_server();
    w.panel.advance_to(at("2026-01-31T20:00:00Z")).unwrap();
    assert!(reported(&mut w, "17").unwrap() > 0);
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    w.panel.advance_to(at("2026-02-02T03:00:00Z")).unwrap();
    assert_eq!(reported(&mut w, "17"), Some(0));
    // Later in the month what was read stands while the panel is away.
    w.panel.faults(&json!([])).unwrap();
    let figure = reported(&mut w, "17").unwrap();
    assert!(figure > 0);
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    w.panel.advance_to(at("2026-02-03T03:00:00Z")).unwrap();
    assert_eq!(reported(&mut w, "17"), Some(figure));
}

#[test]
fn a_month_in_which_a_service_has_no_server_is_not_billed_the_month_before() {
    let mut w = World::new().with_server();
    w.panel.advance_to(at("2026-01-30T20:00:00Z")).unwrap();
    let january = reported(&mut w, "17").unwrap();
    assert!(january > 0);
    w.select("17", "").unwrap();
    // What it used in January is January's, with a server or without.
    w.panel.advance_to(at("2026-01-31T20:00:00Z")).unwrap();
    assert_eq!(reported(&mut w, "17"), Some(january));
    for status in ["Active", "Suspended"] {
        w.set_status("17", status);
        let stale = json!({ "id": "17", "bw_usage": january.to_string() });
        w.host.answer("service.fields", &stale).unwrap();
        w.panel.advance(14 * 86_400);
        assert_eq!(reported(&mut w, "17"), Some(0), "{status}");
    }
    // A service of another module has a figure of its own.
    let stale = json!({ "id": "17", "bw_usage": "55" });
    w.host.answer("service.fields", &stale).unwrap();
    w.host.services.get_mut("17").unwrap()["product"]["module"] = json!("onapp");
    assert_eq!(reported(&mut w, "17"), Some(55));
}

#[test]
fn a_month_in_which_the_settings_are_refused_is_not_billed_the_month_before() {
    for what in ["base", "password", "unit", "file"] {
        let mut w = World::new().with_server();
        w.panel.advance_to(at("2026-01-31T20:00:00Z")).unwrap();
        let january = reported(&mut w, "17").unwrap();
        assert!(january > 0);
        match what {
            "base" => w.options[6] = "https://other.example.com".into(),
            "password" => w.options[1].clear(),
            "unit" => w.options[10] = "terabytes".into(),
            _ => w.configuration = "{".into(),
        }
        let input = json!({ "configuration": w.configuration });
        for (to, figure) in [("2026-01-31T22:00:00Z", january), ("2026-02-28T20:00:00Z", 0)] {
            w.panel.advance_to(at(to)).unwrap();
            let done = w.run("report", &input);
            if what == "file" {
                assert_eq!(done.unwrap_err().code, "singlehop.config_file");
            } else {
                assert_eq!(done.unwrap()["failed"], 1, "{what}");
            }
            assert_eq!(w.host.fields["17"]["bw_usage"], figure.to_string(), "{what} {to}");
        }
    }
}

#[test]
fn what_a_page_read_of_this_month_replaces_the_month_before_while_the_report_cannot_read() {
    let mut w = World::new().with_server();
    w.panel.advance_to(at("2026-01-31T20:00:00Z")).unwrap();
    assert!(reported(&mut w, "17").unwrap() > 0);
    w.panel.advance_to(at("2026-02-02T00:00:00Z")).unwrap();
    w.page();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    w.panel.advance_to(at("2026-02-28T20:00:00Z")).unwrap();
    // The first of February: it moves 72 000 bytes a second.
    assert_eq!(reported(&mut w, "17"), Some((72_000_u64 * 86_400 + (1 << 19)) >> 20));
}

#[test]
fn the_traffic_with_a_former_server_stays_reported_while_the_new_one_cannot_be_read() {
    let mut w = World::new().with_server();
    let before = reported(&mut w, "17").unwrap();
    assert!(before > 0);
    w.select("17", "000017").unwrap();
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    w.advance(3 * 86_400);
    assert_eq!(reported(&mut w, "17"), Some(before));
}

#[test]
fn a_server_selected_at_the_edge_of_a_month_brings_nothing_of_the_former_clients_last_hours() {
    for (zone, selected) in [
        ("Europe/Berlin", "2026-01-31T22:00:00Z"),
        ("Asia/Tokyo", "2026-01-31T10:00:00Z"),
        ("America/Los_Angeles", "2026-02-01T03:00:00Z"),
    ] {
        let mut w = World::new();
        w.mode(json!({ "bandwidth_days": "whole" }));
        w.configuration = json!({ "zone": zone }).to_string();
        w.panel.advance_to(at(selected)).unwrap();
        let before = moved(&w, "100042");
        w.select("17", "100042").unwrap();
        w.set_status("17", "Active");
        w.panel.advance_to(at("2026-02-04T00:00:00Z")).unwrap();
        let own = moved(&w, "100042") - before;
        let figure = reported(&mut w, "17").unwrap();
        assert!(figure <= own.div_ceil(1 << 20), "{zone}: {figure} MB, own {own} bytes");
        assert!(figure > 0);
    }
}

#[test]
fn a_page_of_a_healthy_panel_does_not_say_that_bandwidth_cannot_be_read_after_a_server_was_swapped() {
    for generation in GENERATIONS {
        let mut w = World::of(generation).with_server();
        w.page();
        reported(&mut w, "17").unwrap();
        w.advance(3600);
        w.select("17", "000017").unwrap();
        for seconds in [0, 1800, 86_400] {
            w.advance(seconds);
            let page = w.page();
            assert_eq!(page["notices"], json!([]), "{generation} {seconds}");
            assert!(!page["sections"][2]["rows"].as_array().unwrap().is_empty(), "{page}");
        }
    }
}

#[test]
fn what_a_slow_report_or_page_read_of_a_former_server_is_not_told_of_the_next() {
    for job in ["report", "page"] {
        for k in 0..40 {
            let mut w = World::new().with_server();
            for service in w.host.services.values_mut() {
                service["product"]["options"] = json!(w.options);
            }
            let input = match job {
                "report" => json!({}),
                _ => w.input("17", &World::client("7"), &json!([])),
            };
            let mut slow = Runner::open(&w.config(&format!("singlehop.{job}"), &input), w.env.clone());
            for _ in 0..k {
                if slow.owed.is_some() {
                    slow.answer(&mut w.host);
                }
            }
            w.select("17", "000017").unwrap();
            slow.finish(&mut w.host);
            w.panel
                .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
                .unwrap();
            let page = w.page();
            for part in ["web1", "192.0.2.10", "192.0.2.11"] {
                assert!(!words(&page).contains(part), "{job} {k}: {page}");
            }
            let page = w.verb("servers", "17").unwrap()["page"].clone();
            for part in ["192.0.2.10", "192.0.2.11"] {
                assert!(!words(&page).contains(part), "{job} {k}: {page}");
            }
        }
    }
}

// --- secrets ---

#[test]
fn no_log_message_or_table_holds_a_credential() {
    for generation in GENERATIONS {
        for failure in ["", "unauthorized", "php_fatal", "refused", "not_found"] {
            let mut w = World::of(generation).with_server();
            w.options[7] = "tandem_permission".into();
            w.options[8] = "cancel".into();
            w.mode(json!({ "fail": failure }));
            let mut told = String::new();
            for job in [
                "servers",
                "test",
                "ips",
                "suspend",
                "unsuspend",
                "reboot",
                "page",
                "terminate",
            ] {
                match w.verb(job, "17") {
                    Ok(report) => told += &report.to_string(),
                    Err(ended) => told += &format!("{ended:?}"),
                }
            }
            told += &format!("{:?} {:?}", w.host.logs, w.host);
            for slot in [1, 3, 4] {
                // The host's own products hold the settings, as they do in a billing panel.
                let secret = w.options[slot].clone();
                let own = w
                    .host
                    .services
                    .values()
                    .map(|s| format!("{s:?}").matches(&secret).count())
                    .sum::<usize>();
                assert_eq!(told.matches(&secret).count(), own, "{generation} {failure} slot {slot}");
            }
        }
    }
}

#[test]
fn a_refusal_that_quotes_a_secret_shows_it_in_no_spelling() {
    let secret = "p@ss w/\u{f6}\"rd";
    // As a form, with a plus, inside JSON inside a form, and inside JSON.
    let spelled = [
        "p%40ss%20w%2F%C3%B6%22rd",
        "p%40ss+w%2F%C3%B6%22rd",
        "p@ss+w%2F%C3%B6%22rd",
        "p%40ss%20w%2F%C3%B6%5C%22rd",
        r#"p@ss w\/\u00f6\"rd"#,
        secret,
    ];
    for generation in GENERATIONS {
        for quoted in spelled.map(str::to_owned).into_iter().chain([spelled.join(" and ")]) {
            // The second is cut off in the middle of the secret.
            for padding in ["", &"x".repeat(252)] {
                let mut w = World::of(generation).with_server();
                w.options[1] = secret.into();
                let words = format!("{padding}Bad request: request=%7B%22password%22%3A%22{quoted}");
                w.answers("http", json!({ "success": false, "error": words }).to_string());
                w.host.logs.clear();
                let mut told = refused(w.verb("reboot", "17"), "singlehop.refused");
                told += &refused(w.verb("test", "17"), "singlehop.refused");
                told += &w.list("17").to_string();
                let client = w.by_client("reboot", "17", "7").unwrap_err();
                told += &format!("{client} {:?}", w.host.logs);
                assert!(
                    !["p@ss", "p%40ss", "p%40s", "%B6", "u00f6"]
                        .iter()
                        .any(|part| told.contains(part)),
                    "{told}"
                );
            }
        }
    }
}
