//! Promises about users, roles and permissions (reference: onapp-api.md 1.2, 3; the vendor's role lists).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::*;
use provisor_simulator::onapp::permissions::{ADMIN, USER};
use provisor_simulator::{Options, Simulator};
use serde_json::{Value, json};

fn order(login: &str) -> Value {
    json!({"user": {"login": login, "email": format!("{login}@client.example"), "password": PASSWORD}})
}

#[test]
fn a_user_is_validated() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let refused = |field: &str, value: Value| {
        let mut body = order("new");
        body["user"][field] = value;
        let (status, answer) = admin(&sim, "POST", "/users.json", Some(&body));
        assert_eq!(status, 422, "{answer}");
        answer["errors"][field][0].as_str().unwrap_or("").to_string()
    };
    assert_eq!(refused("login", json!("ada")), "has already been taken");
    assert_eq!(refused("login", json!("")), "can't be blank");
    assert!(refused("login", json!("x".repeat(41))).contains("too long"));
    assert_eq!(refused("email", json!("ADA@client.example")), "has already been taken");
    assert_eq!(refused("email", json!("nobody")), "is invalid");
    assert!(refused("password", json!("x")).contains("too short"));
    assert_eq!(
        refused("password_confirmation", json!("other")),
        "doesn't match confirmation"
    );
    assert_eq!(refused("bucket_id", json!(77)), "is invalid");
    assert_eq!(refused("user_group_id", json!(77)), "is invalid");
    sim.control(
        "POST",
        "quirks",
        &json!({"password_strict": true, "password_minimum_length": 12}),
    )
    .unwrap();
    assert!(refused("password", json!("onlylowercase")).contains("upper"));
    assert_eq!(sim.state()["users"].as_array().unwrap().len(), 2);
}

#[test]
fn the_plan_key_follows_the_release_and_the_other_key_is_ignored() {
    for (version, key, other) in [
        ("2.3", "billing_plan_id", "bucket_id"),
        ("5.5", "billing_plan_id", "bucket_id"),
        ("6.5", "bucket_id", "billing_plan_id"),
    ] {
        let sim = panel(version);
        let mut body = order("ada");
        body["user"][other] = json!(2);
        let (_, made) = admin(&sim, "POST", "/users.json", Some(&body));
        assert_eq!(made["user"][key], 1, "{version}: the default plan");
        assert!(made["user"].get(other).is_none());
        let mut body = order("bob");
        body["user"][key] = json!("2");
        assert_eq!(admin(&sim, "POST", "/users.json", Some(&body)).1["user"][key], 2);
    }
}

#[test]
fn users_are_suspended_with_the_verb_of_the_release() {
    for version in RELEASES {
        let sim = panel(version);
        let id = client(&sim, "ada");
        let (verb, activate) = if version == "2.3" {
            ("GET", "activate_user")
        } else {
            ("POST", "activate")
        };
        let wrong = if version == "2.3" { "POST" } else { "GET" };
        let suspend = format!("/users/{id}/suspend.json");
        assert_eq!(admin(&sim, wrong, &suspend, None).0, 404, "{version}");
        let (status, answer) = admin(&sim, verb, &suspend, None);
        assert_eq!(
            (status, &answer["user"]["status"]),
            (200, &json!("suspended")),
            "{version}"
        );
        assert_eq!(
            as_client(&sim, "ada", "GET", "/profile.json", None).0,
            401,
            "suspended users cannot log in"
        );
        let (_, answer) = admin(&sim, verb, &format!("/users/{id}/{activate}.json"), None);
        assert_eq!(answer["user"]["status"], "active");
        assert_eq!(as_client(&sim, "ada", "GET", "/profile.json", None).0, 200);
    }
}

#[test]
fn a_user_is_deleted_in_two_phases() {
    let sim = panel("4.2");
    let id = client(&sim, "ada");
    let vm = built_vm(&sim, "ada");
    let path = format!("/users/{id}.json");
    assert_eq!(admin(&sim, "DELETE", &path, None).0, 204);
    assert_eq!(admin(&sim, "GET", &path, None).1["user"]["status"], "deleted");
    assert_eq!(as_client(&sim, "ada", "GET", "/profile.json", None).0, 401);
    let (status, answer) = admin(&sim, "DELETE", &path, None);
    assert_eq!(status, 422);
    assert_eq!(
        answer,
        json!({"errors": {"base": ["Please wait while User transactions will be finished."]}})
    );
    assert_eq!(
        admin(&sim, "POST", "/users.json", Some(&order("ada"))).0,
        422,
        "the login is still taken"
    );
    sim.advance(70);
    assert_eq!(
        admin(&sim, "GET", &format!("/virtual_machines/{vm}.json"), None).0,
        404,
        "its VMs are gone"
    );
    assert_eq!(admin(&sim, "DELETE", &path, None).0, 204);
    assert_eq!(admin(&sim, "GET", &path, None).0, 404);
    assert_eq!(admin(&sim, "POST", "/users.json", Some(&order("ada"))).0, 201);
}

#[test]
fn force_deletes_and_erases_in_one_call() {
    let sim = panel("6.5");
    let id = client(&sim, "ada");
    built_vm(&sim, "ada");
    let path = format!("/users/{id}.json");
    assert_eq!(admin(&sim, "DELETE", &path, Some(&json!({"force": "1"}))).0, 204);
    assert_eq!(
        admin(&sim, "GET", &path, None).0,
        200,
        "while its VMs are being destroyed"
    );
    sim.advance(70);
    assert_eq!(admin(&sim, "GET", &path, None).0, 404);
}

#[test]
fn credentials_are_checked_and_refused_as_raw_text() {
    let sim = panel("6.5");
    client(&sim, "ada");
    for (name, secret, status) in [
        ("ada", PASSWORD, 200),
        ("ada@client.example", PASSWORD, 200),
        ("ada", "wrong", 401),
        ("nobody", PASSWORD, 401),
    ] {
        assert_eq!(
            sim.call_as(name, secret, "GET", "/profile.json", None).0,
            status,
            "{name}"
        );
    }
    let (status, headers, body) = sim.handle("GET", "/profile.json", &[], b"");
    assert_eq!(status, 401);
    assert!(headers.iter().any(|(n, _)| n == "WWW-Authenticate"));
    assert!(serde_json::from_slice::<Value>(&body).is_err(), "401 is no JSON");
}

#[test]
fn the_roles_hold_the_vendors_lists_and_nothing_else() {
    assert_eq!((ADMIN.len(), USER.len()), (36, 63));
    let sim = panel("6.5");
    let (_, roles) = admin(&sim, "GET", "/roles.json", None);
    let names = |role: &Value| -> Vec<String> {
        let list = role["role"]["permissions"].as_array().unwrap();
        let mut names: Vec<String> = list
            .iter()
            .map(|p| p["permission"]["identifier"].as_str().unwrap().to_string())
            .collect();
        names.sort();
        names
    };
    let sorted = |list: &[&str]| {
        let mut list: Vec<String> = list.iter().map(|s| s.to_string()).collect();
        list.sort();
        list
    };
    assert_eq!(names(&roles[0]), sorted(ADMIN));
    assert_eq!(names(&roles[1]), sorted(USER));
}

#[test]
fn a_missing_permission_is_403_and_only_the_log_names_it() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let check = |status: u16, answer: &Value, name: &str| {
        assert_eq!(
            (status, answer),
            (403, &json!({"errors": ["You do not have permissions for this action"]})),
            "{name}"
        );
        assert_eq!(sim.requests().last().unwrap()["missing_permission"], name);
    };
    let (status, answer) = as_client(&sim, "ada", "GET", "/version.json", None);
    check(status, &answer, "settings.version");
    let (status, answer) = as_client(
        &sim,
        "ada",
        "POST",
        &format!("/virtual_machines/{id}/suspend.json"),
        None,
    );
    check(status, &answer, "virtual_machines.suspend");
    let (status, answer) = as_client(&sim, "ada", "POST", &format!("/virtual_machines/{id}/build.json"), None);
    check(status, &answer, "virtual_machines.build");
    let (status, answer) = as_client(&sim, "ada", "POST", "/users.json", Some(&order("bob")));
    check(status, &answer, "users.create");
    let (status, answer) = admin(&sim, "GET", "/transactions.json", None);
    check(status, &answer, "transactions.list");
    let (status, answer) = admin(&sim, "GET", "/user_groups/1.json", None);
    check(status, &answer, "user_groups.read");
    sim.control("POST", "role", &json!({"role": 1, "grant": ["transactions.list"]}))
        .unwrap();
    assert_eq!(admin(&sim, "GET", "/transactions.json", None).0, 200);
}

#[test]
fn a_user_without_roles_has_no_rights() {
    let sim = panel("6.5");
    assert_eq!(admin(&sim, "POST", "/users.json", Some(&order("ada"))).0, 201);
    assert_eq!(as_client(&sim, "ada", "GET", "/profile.json", None).0, 200);
    assert_eq!(as_client(&sim, "ada", "GET", "/virtual_machines.json", None).0, 403);
}

#[test]
fn prices_are_shown_with_their_permission_only() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let (_, own) = as_client(&sim, "ada", "GET", "/profile.json", None);
    assert!(own["user"].get("outstanding_amount").is_some() && own["user"].get("total_amount").is_none());
    let (_, own) = admin(&sim, "GET", "/profile.json", None);
    assert!(own["user"].get("outstanding_amount").is_none() && own["user"].get("total_amount").is_some());
}

#[test]
fn keys_are_made_where_the_release_makes_them() {
    for (version, path) in [("4.2", "make_new_api_key"), ("6.5", "user_api_keys/generate")] {
        let sim = panel(version);
        let id = client(&sim, "ada");
        let (status, answer) = as_client(&sim, "ada", "POST", &format!("/users/{id}/{path}.json"), None);
        assert_eq!(status, 201, "{version}");
        let key = if version == "4.2" {
            &answer["user"]["api_key"]
        } else {
            &answer["api_key"]
        };
        let key = key.as_str().unwrap();
        assert_eq!(key.len(), 40);
        assert_eq!(
            sim.call_as("ada@client.example", key, "GET", "/profile.json", None).0,
            200
        );
        sim.control("POST", "quirks", &json!({"no_password_auth": true}))
            .unwrap();
        assert_eq!(
            as_client(&sim, "ada", "GET", "/profile.json", None).0,
            401,
            "only keys work now"
        );
        assert_eq!(
            sim.call_as("ada@client.example", key, "GET", "/profile.json", None).0,
            200
        );
    }
}

#[test]
fn parameters_may_be_json_form_or_query() {
    let sim = panel("2.3");
    let token = sim.get("/profile.json");
    assert_eq!(token.0, 200);
    let query =
        "/users.json?user[login]=ada&user[email]=ada%40client.example&user[password]=Client-pw-1&user[role_ids][]=2";
    let (status, _, answer) = sim.call("POST", query, None);
    assert_eq!(status, 201, "{answer}");
    assert_eq!(as_client(&sim, "ada", "GET", "/virtual_machines.json", None).0, 200);
    let flat = json!({"login": "bob", "email": "bob@client.example", "password": PASSWORD});
    assert_eq!(
        admin(&sim, "POST", "/users.json", Some(&flat)).0,
        201,
        "a missing root falls back to the top level"
    );
    let log = sim.requests();
    assert!(
        log.iter().all(|r| !r.to_string().contains("Client-pw-1")),
        "the log keeps no password"
    );
}

#[test]
fn the_same_seed_gives_the_same_credentials() {
    let with = |seed| {
        Simulator::in_memory(Options {
            seed,
            ..Options::default()
        })
        .password
        .clone()
    };
    assert_eq!(with(3), with(3));
    assert_ne!(with(3), with(4));
}

#[test]
fn reading_changes_no_later_identifier() {
    let run = |reads: usize| {
        let sim = panel("6.5");
        for _ in 0..reads {
            admin(&sim, "GET", "/users.json", None);
        }
        client(&sim, "ada");
        let id = built_vm(&sim, "ada");
        vm(&sim, id)["identifier"].clone()
    };
    assert_eq!(run(0), run(9));
}

#[test]
fn a_broken_body_is_400_and_a_body_of_no_type_is_ignored() {
    let sim = panel("6.5");
    let token = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{}:{}", sim.user, sim.password),
    );
    let send = |kind: &str, body: &str| {
        let headers = [
            ("Authorization".into(), format!("Basic {token}")),
            ("Content-Type".into(), kind.to_string()),
        ];
        sim.handle("POST", "/users.json", &headers, body.as_bytes()).0
    };
    let good = order("ada").to_string();
    assert_eq!(send("application/json", &good[1..]), 400);
    assert_eq!(send("text/plain", &good), 422, "every field is missing");
    assert_eq!(send("application/json; charset=utf-8", &good), 201);
}

#[test]
fn two_threads_may_share_a_panel() {
    let sim = panel("6.5");
    client(&sim, "ada");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(
                        as_client(&sim, "ada", "POST", "/virtual_machines.json", Some(&vm_order())).0,
                        201
                    );
                }
            });
        }
    });
    let addresses: std::collections::BTreeSet<String> = sim.state()["vms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["ip_addresses"][0].to_string())
        .collect();
    assert_eq!(addresses.len(), 20, "no address is given twice");
}

#[test]
fn the_answer_to_suspend_is_a_switch() {
    for status in [200, 201, 204] {
        let sim = panel("6.5");
        let id = client(&sim, "ada");
        sim.control("POST", "quirks", &json!({"user_verb_status": status}))
            .unwrap();
        let (answered, body) = admin(&sim, "POST", &format!("/users/{id}/suspend.json"), None);
        assert_eq!((u64::from(answered), body.is_null()), (status, status == 204));
        assert_eq!(sim.state()["users"][1]["status"], "suspended");
    }
}
