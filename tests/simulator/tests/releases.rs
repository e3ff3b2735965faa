//! Promises about the shapes that differ by release (reference: onapp-api.md 1.3 to 1.7, 9.1, 13) and about quirks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::*;
use serde_json::{Value, json};

#[test]
fn each_release_says_its_version() {
    for (version, text) in [
        ("2.3", "2.3.2"),
        ("4.2", "4.2.2"),
        ("5.5", "5.5.2"),
        ("6.5", "6.5.0-143"),
        ("7.0", "7.0.0-143"),
    ] {
        assert_eq!(
            admin(&panel(version), "GET", "/version.json", None),
            (200, json!({"version": text}))
        );
    }
}

#[test]
fn each_release_refuses_in_its_own_shape() {
    let order = json!({"user": {"login": "", "email": "ok@client.example", "password": PASSWORD}});
    for (version, not_found, invalid) in [
        (
            "2.1",
            json!({"error": "Resource not found"}),
            json!({"error": "Login can't be blank"}),
        ),
        (
            "2.3",
            json!({"errors": ["Resource not found"]}),
            json!({"errors": ["Login can't be blank"]}),
        ),
        (
            "4.2",
            json!({"errors": ["Resource not found"]}),
            json!({"errors": {"login": ["can't be blank"]}}),
        ),
        (
            "5.5",
            json!({"errors": ["Resource not found"]}),
            json!({"errors": {"login": ["can't be blank"]}}),
        ),
        (
            "6.5",
            json!({"errors": ["Resource not found"]}),
            json!({"errors": {"login": ["can't be blank"]}}),
        ),
        (
            "7.0",
            json!({"errors": ["Resource not found"]}),
            json!({"errors": {"login": ["can't be blank"]}}),
        ),
    ] {
        let sim = panel(version);
        assert_eq!(
            admin(&sim, "GET", "/virtual_machines/999.json", None),
            (404, not_found),
            "{version}"
        );
        assert_eq!(
            admin(&sim, "POST", "/users.json", Some(&order)),
            (422, invalid),
            "{version}"
        );
    }
}

#[test]
fn a_locked_vm_refuses_under_base() {
    for (version, shape) in [("2.3", "errors"), ("4.2", "base"), ("6.5", "base")] {
        let sim = panel(version);
        client(&sim, "ada");
        let (_, made) = as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&vm_order()));
        let id = made["virtual_machine"]["id"].as_u64().unwrap();
        let (status, answer) = admin(&sim, "POST", &format!("/virtual_machines/{id}/suspend.json"), None);
        assert_eq!(status, 422);
        let words = if shape == "errors" {
            &answer["errors"][0]
        } else {
            &answer["errors"]["base"][0]
        };
        assert!(words.as_str().unwrap().contains("locked"), "{answer}");
        let (_, answer) = admin(&sim, "POST", &format!("/virtual_machines/{id}/build.json"), None);
        let words = if shape == "errors" {
            &answer["errors"][0]
        } else {
            &answer["base"][0]
        };
        assert!(
            words.as_str().unwrap().contains("locked"),
            "build has base at the top: {answer}"
        );
    }
}

#[test]
fn quirks_change_the_shape_of_refusals() {
    let sim = panel("6.5");
    let order = json!({"user": {"login": "", "email": "ok@client.example", "password": PASSWORD}});
    let with = |shape: &str| {
        sim.control("POST", "quirks", &json!({"error_shape": shape})).unwrap();
        admin(&sim, "POST", "/users.json", Some(&order)).1
    };
    assert_eq!(with("error"), json!({"error": ["Login can't be blank"]}));
    assert_eq!(with("error_text"), json!({"error": "Login can't be blank"}));
    assert_eq!(with("array"), json!(["Login can't be blank"]));
    assert_eq!(with("base"), json!({"base": ["Login can't be blank"]}));
    assert_eq!(with(""), json!({"errors": {"login": ["can't be blank"]}}));
    assert!(
        sim.control("POST", "quirks", &json!({"no_such": true}))
            .unwrap_err()
            .contains("no_such")
    );
}

#[test]
fn quirks_bend_numbers_booleans_and_nulls() {
    let sim = panel("4.2");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    assert_eq!(
        sim.control("GET", "quirks?numbers_as_strings=1&null_booleans=1", &Value::Null)
            .unwrap()["null_booleans"],
        true
    );
    let machine = vm(&sim, id);
    assert_eq!(
        (&machine["memory"], &machine["suspended"], &machine["booted"]),
        (&json!("512"), &Value::Null, &json!(true))
    );
    sim.control(
        "POST",
        "quirks",
        &json!({"empty_for_null": true, "double_wrapped_ip": true}),
    )
    .unwrap();
    assert_eq!(vm(&sim, id)["suspended"], "");
    let (_, joins) = admin(&sim, "GET", &format!("/virtual_machines/{id}/ip_addresses.json"), None);
    assert_eq!(
        joins[0]["ip_address_join"]["ip_address"]["ip_address"]["address"],
        "198.18.0.2"
    );
    sim.control("POST", "quirks", &json!({"space_body": true})).unwrap();
    let edit = json!({"virtual_machine": {"label": "x"}}).to_string();
    let token = "Basic ".to_string()
        + &base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("{}:{}", sim.user, sim.password),
        );
    let headers = [
        ("Authorization".to_string(), token),
        ("Content-Type".to_string(), "application/json".to_string()),
    ];
    let (status, _, body) = sim.handle(
        "PUT",
        &format!("/virtual_machines/{id}.json"),
        &headers,
        edit.as_bytes(),
    );
    assert_eq!((status, body.as_slice()), (200, b" ".as_slice()));
}

#[test]
fn an_address_join_is_wrapped_twice_in_2_x() {
    for (version, twice) in [("2.3", true), ("4.2", false)] {
        let sim = panel(version);
        client(&sim, "ada");
        let id = built_vm(&sim, "ada");
        let (_, joins) = admin(&sim, "GET", &format!("/virtual_machines/{id}/ip_addresses.json"), None);
        assert_eq!(
            joins[0]["ip_address_join"]["ip_address"]["ip_address"].is_object(),
            twice,
            "{version}"
        );
    }
}

#[test]
fn timestamps_are_written_as_the_release_writes_them() {
    for (version, stamp) in [
        ("2.3", "2026-01-01T00:00:00Z"),
        ("4.2", "2026-01-01T00:00:00+00:00"),
        ("5.5", "2026-01-01T00:00:00+00:00"),
        ("6.5", "2026-01-01T00:00:00.000+00:00"),
    ] {
        assert_eq!(
            admin(&panel(version), "GET", "/profile.json", None).1["user"]["created_at"],
            stamp
        );
    }
    let sim = panel("6.5");
    sim.control("POST", "quirks", &json!({"offset_seconds": 7200})).unwrap();
    assert_eq!(
        admin(&sim, "GET", "/profile.json", None).1["user"]["created_at"],
        "2026-01-01T02:00:00.000+02:00"
    );
}

#[test]
fn the_catalogue_moves_with_the_release() {
    for version in RELEASES {
        let sim = panel(version);
        let found = |path: &str| admin(&sim, "GET", path, None).0 == 200;
        let plans: Vec<&str> = [
            "/billing_plans.json",
            "/billing/user/plans.json",
            "/billing/buckets.json",
        ]
        .into_iter()
        .filter(|p| found(p))
        .collect();
        let expected: &[&str] = match version {
            "2.3" => &["/billing_plans.json"],
            "4.2" => &["/billing_plans.json", "/billing/user/plans.json"],
            "5.5" => &["/billing/user/plans.json"],
            _ => &["/billing/buckets.json"],
        };
        assert_eq!(plans, expected, "{version}");
        assert_eq!(found("/settings/network_zones.json"), version != "2.3");
        assert_eq!(found("/network_zones.json"), version == "2.3");
        assert_eq!(found("/settings/data_store_zones.json"), version != "2.3");
        for (path, root) in [
            ("/templates.json", "image_template"),
            ("/settings/hypervisors.json", "hypervisor"),
            ("/settings/hypervisor_zones.json", "hypervisor_group"),
            ("/settings/hypervisor_zones/1/network_joins.json", "network_join"),
            ("/settings/networks.json", "network"),
            ("/settings/data_stores.json", "data_store"),
            ("/roles.json", "role"),
            ("/user_groups.json", "user_group"),
            ("/users.json", "user"),
        ] {
            let (status, list) = admin(&sim, "GET", path, None);
            assert_eq!(status, 200, "{path}");
            assert!(list[0][root]["id"].is_number(), "{path}: {list}");
        }
    }
}

#[test]
fn transactions_are_paged_ten_newest_by_default() {
    let sim = panel("6.5");
    client(&sim, "ada");
    for _ in 0..3 {
        built_vm(&sim, "ada");
    }
    let page = |path: &str| {
        let (status, headers, list) = sim.call_as("ada", PASSWORD, "GET", path, None);
        assert_eq!(status, 200);
        let header = |name: &str| {
            headers
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.clone())
                .unwrap_or_default()
        };
        let first = list[0]["transaction"]["id"].as_u64().unwrap();
        (
            list.as_array().unwrap().len(),
            header("X-Page"),
            header("X-Limit"),
            header("X-Total"),
            first,
        )
    };
    let newest = page("/transactions.json");
    assert_eq!(
        (newest.0, newest.1.as_str(), newest.2.as_str(), newest.3.as_str()),
        (10, "1", "10", "15")
    );
    let second = page("/transactions.json?page=2");
    assert_eq!((second.0, second.1.as_str()), (5, "2"));
    assert!(second.4 < newest.4);
    assert_eq!(
        page("/transactions.json/page/2").4,
        second.4,
        "the path form is the same page"
    );
    assert_eq!(page("/transactions.json/per_page/4").0, 4);
    assert_eq!(page("/transactions.json?per_page=3&page=2").0, 3);
    let (_, headers, list) = sim.call("GET", "/virtual_machines.json", None);
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert!(
        headers.iter().all(|(n, _)| n != "X-Total"),
        "an unpaged list has no paging headers"
    );
    let (_, headers, list) = sim.call("GET", "/virtual_machines.json?page=2&per_page=2", None);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert!(headers.iter().any(|(n, v)| n == "X-Total" && v == "3"));
}

#[test]
fn logs_speak_with_capitals() {
    let sim = panel("4.2");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let identifier = vm(&sim, id)["identifier"].as_str().unwrap().to_string();
    let (_, list) = as_client(&sim, "ada", "GET", &format!("/logs.json?q={identifier}"), None);
    assert_eq!(list[0]["log_item"]["status"], "Complete");
    assert_eq!(list[0]["log_item"]["target_type"], "Transaction");
    let log = list[0]["log_item"]["id"].as_u64().unwrap();
    let done = list[0]["log_item"]["target_id"].as_u64().unwrap();
    assert_eq!(
        as_client(&sim, "ada", "GET", &format!("/transactions/{log}.json"), None).0,
        404,
        "a log item's id is not its transaction's"
    );
    let (_, one) = as_client(&sim, "ada", "GET", &format!("/transactions/{done}.json?log="), None);
    assert!(one["transaction"]["log_output"].is_string());
    let (_, one) = as_client(&sim, "ada", "GET", &format!("/logs/{log}.json"), None);
    assert_eq!(one["log_item"]["target_id"], done);
}

#[test]
fn the_content_type_is_exact_and_other_paths_are_the_web_pages() {
    let sim = panel("6.5");
    let (_, headers, _) = sim.get("/version.json");
    assert!(headers.contains(&("Content-Type".into(), "application/json; charset=utf-8".into())));
    let (status, _, _) = sim.handle("GET", "/virtual_machines", &[], b"");
    assert_eq!(status, 401);
    let (status, _, _) = sim.call("GET", "/virtual_machines", None);
    assert_eq!(status, 200, "Accept: application/json works without the suffix");
}

#[test]
fn changing_the_owner_to_nobody_breaks_2_x() {
    for (version, status) in [("2.3", 500), ("6.5", 404)] {
        let sim = panel(version);
        client(&sim, "ada");
        let id = built_vm(&sim, "ada");
        let path = format!("/virtual_machines/{id}/change_owner.json");
        assert_eq!(admin(&sim, "POST", &path, Some(&json!({"user_id": 4711}))).0, status);
    }
}

#[test]
fn the_clock_never_goes_back() {
    let sim = panel("6.5");
    to(&sim, "2026-02-01T00:00:00Z");
    assert!(
        sim.control("POST", "clock", &json!({"to": "2026-01-01T00:00:00Z"}))
            .unwrap_err()
            .contains("never goes back")
    );
    assert!(sim.control("POST", "clock", &json!({"advance_seconds": -1})).is_err());
    assert_eq!(
        sim.control("GET", "clock", &Value::Null).unwrap()["now"],
        "2026-02-01T00:00:00Z"
    );
}
