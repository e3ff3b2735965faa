//! What the SingleHop module promises to staff and clients, against the simulated LEAP of both generations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod singlehop_world;

use common::Runner;
use provisor::session::Ended;
use serde_json::{Value, json};
use singlehop_world::{GENERATIONS, World};

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
    w.configuration.clear();
    w.options[4].clear();
    w.options[5] = "legacy".into();
    assert!(refused(w.verb("suspend", "17"), "singlehop.credentials").contains("API key"));
    w.options[6] = "http://leap.example".into();
    w.options[5] = "leap3".into();
    assert!(refused(w.verb("suspend", "17"), "singlehop.plain_http").contains("plainHttp"));
    assert!(w.panel.requests().is_empty());
    w.configuration = r#"{"plainHttp":"yes"}"#.into();
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

// --- terminate ---

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
fn the_page_shows_bandwidth_of_this_month_the_one_before_and_by_day_with_a_chart_and_a_csv() {
    for (unit, numbers) in [("bytes", "text"), ("bits", "numbers"), ("bytes", "decimals")] {
        let mut w = World::new().with_server();
        w.options[10] = unit.into();
        w.mode(json!({ "bandwidth_unit": unit, "numbers": numbers }));
        let page = w.page();
        let [this, last] = true_totals(&w);
        let gb = |bytes: u64| {
            provisor::view::chart::Unit {
                name: "GB",
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
        if w.configuration != r#"{"zone":"Mars/Olympus"}"# {
            let said = w.by_client("reboot", "17", "7").unwrap_err();
            assert_eq!(said.code, "singlehop.unavailable");
            is_white(&json!(said.message));
        }
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
    w.set_status("18", "Active");
    w.set_status("27", "Terminated");
    w.mode(json!({ "fail": "refused", "on": ["bandwidth"], "count": 1 }));
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
