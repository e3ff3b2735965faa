//! What the OnApp client sends and reads, release by release, against answers written from the wire reference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use chrono::{DateTime, Utc};
use provisor::http::memory::MemoryTransport;
use provisor::http::{Basic, Client, Endpoint, Kind, Limits, Response, SendError, Sent};
use provisor::panel::onapp::{NewUser, NewVm, Panel, PanelError, TransactionStatus, UsageRow, Version};

mod panel_support;
use panel_support::{Fake, PLANTED, RELEASES};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn new_user() -> NewUser {
    NewUser {
        login: "acme_77".to_owned(),
        email: "ops@acme.example".to_owned(),
        first_name: "Ada".to_owned(),
        last_name: "Lee".to_owned(),
        password: PLANTED.into(),
        role_ids: vec![2, 5],
        billing_plan_id: Some(12),
        user_group_id: Some(3),
        time_zone: Some("London".to_owned()),
        locale: None,
    }
}

fn new_vm() -> NewVm {
    NewVm {
        label: "web-1".to_owned(),
        hostname: "web1.example.net".to_owned(),
        memory: 1024,
        cpus: 1,
        cpu_shares: Some(50),
        template_id: 31,
        primary_disk_size: 20,
        swap_disk_size: Some(1),
        hypervisor_group_id: Some(2),
        rate_limit: Some(100),
        assign_ip: true,
        build: true,
        initial_root_password: Some(PLANTED.into()),
        admin_note: Some("provisor:41 made by the billing system".to_owned()),
        ..NewVm::default()
    }
}

// --- version and user we are

#[test]
fn the_release_is_asked_for_and_its_missing_permission_is_named() {
    let fake = Fake::new("2.3", 200, r#"{"version":"6.5.0-143"}"#);
    assert_eq!(fake.panel.version().unwrap(), Version::new(6, 5, 0));
    assert_eq!(fake.sent().0, "GET /version.json");

    let fake = Fake::new(
        "2.3",
        403,
        r#"{"errors":["You do not have permissions for this action"]}"#,
    );
    let error = fake.panel.version().unwrap_err();
    assert_eq!(error.code(), "panel.forbidden");
    let text = error.to_string();
    assert!(
        text.contains("GET /version.json") && text.contains("settings.version"),
        "{text}"
    );
    assert!(text.contains("You do not have permissions for this action"), "{text}");

    for body in [r#"{"version":"soon"}"#, "{}", "[]", r#"{"version":null}"#] {
        assert_eq!(
            Fake::new("2.3", 200, body).panel.version().unwrap_err().code(),
            "panel.unexpected_content",
            "{body}"
        );
    }
}

#[test]
fn wrong_credentials_are_told_from_a_missing_permission() {
    let error = Fake::new("6.5", 401, "HTTP Basic: Access denied.")
        .panel
        .profile()
        .unwrap_err();
    assert_eq!((error.code(), error.status()), ("panel.unauthorized", Some(401)));
    assert!(error.to_string().contains("HTTP Basic: Access denied."), "{error}");
    let echo = format!("no user admin with {PLANTED}");
    let error = Fake::new("6.5", 401, &echo).panel.profile().unwrap_err();
    assert!(error.to_string().contains("no user admin with [secret]"), "{error}");
}

// --- users

#[test]
fn a_user_is_created_with_a_plan_before_5_6_and_with_a_bucket_from_then_on() {
    for release in RELEASES {
        let fake = Fake::new(
            release,
            201,
            r#"{"user":{"id":77,"login":"acme_77","email":"ops@acme.example","status":"active"}}"#,
        );
        assert_eq!(fake.panel.create_user(&new_user()).unwrap().id, 77);
        let (call, body) = fake.sent();
        let plan = if ["5.6", "6.2", "6.5", "7.0"].contains(&release) {
            "bucket_id"
        } else {
            "billing_plan_id"
        };
        let mut expected = serde_json::json!({"user":{
            "login":"acme_77","email":"ops@acme.example","first_name":"Ada","last_name":"Lee",
            "password":PLANTED,"password_confirmation":PLANTED,"role_ids":[2,5],"user_group_id":3,"time_zone":"London"}});
        expected["user"][plan] = 12.into();
        assert_eq!((call.as_str(), body), ("POST /users.json", expected), "{release}");
    }
}

#[test]
fn an_empty_role_set_is_never_sent() {
    let fake = Fake::new("6.5", 201, r#"{"user":{"id":1}}"#);
    fake.panel
        .create_user(&NewUser {
            role_ids: Vec::new(),
            ..new_user()
        })
        .unwrap();
    assert!(fake.sent().1["user"].get("role_ids").is_none());
}

#[test]
fn a_user_is_read_as_every_release_writes_it() {
    // 2.3 with numbers as strings and null roles; 6.5 as in the reference's sample; a white-label panel with "" for null.
    let old = r#"{"user":{"login":"a","email":"a@b.c","first_name":"","last_name":null,"status":"suspended","id":"7",
        "billing_plan_id":"4","user_group_id":"","time_zone":null,"roles":null,"unknown":{"x":[1]}}}"#;
    let user = Fake::new("2.3", 200, old).panel.user(7).unwrap().unwrap();
    assert_eq!(
        (user.id, user.billing_plan_id, user.user_group_id, user.is_suspended()),
        (7, Some(4), None, true)
    );

    let new = r#"{"user":{"id":77,"login":"acme_77","email":"ops@acme.example","status":"active","user_group_id":3,
        "bucket_id":12,"billing_plan_id":null,"time_zone":"UTC","total_amount":"12.5",
        "roles":[{"role":{"id":2,"identifier":"user","permissions":[{"permission":{"id":1}}]}},{"role":{"id":5}}]}}"#;
    let user = Fake::new("6.5", 200, new).panel.user(77).unwrap().unwrap();
    assert_eq!(
        (user.billing_plan_id, user.role_ids, user.status.as_str()),
        (Some(12), vec![2, 5], "active")
    );
}

#[test]
fn a_field_of_a_user_that_nobody_needs_is_not_told_when_it_cannot_be_read_and_what_decides_must_be_readable() {
    let told = |fields: &str| {
        let body = format!(r#"{{"user":{{"id":7,"login":"a","email":"a@b.c","status":"active",{fields}}}}}"#);
        Fake::new("6.5", 200, &body).panel.user(7)
    };
    let odd = r#""first_name":{},"last_name":[],"time_zone":{},"user_group_id":"none","bucket_id":-1,"billing_plan_id":4,
        "roles":[{"role":{"id":"admin"}},{"role":{"id":5}}]"#;
    let user = told(odd).unwrap().unwrap();
    assert_eq!((user.id, user.login.as_str(), user.is_active()), (7, "a", true));
    // A bucket that cannot be read is not replaced by a plan of older releases.
    assert_eq!(
        (user.user_group_id, user.billing_plan_id, user.time_zone),
        (None, None, None)
    );
    assert_eq!((user.first_name.as_str(), user.role_ids), ("", vec![5]));
    assert_eq!(told(r#""roles":{}"#).unwrap().unwrap().role_ids, [0; 0]);
    for decides in [r#""id":"seven""#, r#""login":{}"#, r#""email":[]"#, r#""status":{}"#] {
        let refused = told(decides).unwrap_err();
        assert_eq!(refused.code(), "panel.unexpected_content", "{decides}");
    }
}

#[test]
fn not_there_and_could_not_ask_are_different_answers() {
    for body in [
        r#"{"error":"Resource not found"}"#,
        r#"{"errors":["Resource not found"]}"#,
    ] {
        assert_eq!(Fake::new("2.3", 404, body).panel.vm(5), Ok(None), "{body}");
        assert_eq!(Fake::new("6.5", 404, body).panel.user(5), Ok(None), "{body}");
    }
    // Without the panel's words a 404 may be a proxy's, or another site's at that address.
    for body in ["<html>404 Not Found</html>", "", "{}"] {
        assert!(Fake::new("6.5", 404, body).panel.vm(5).is_err(), "{body}");
    }
    for status in [301, 400, 401, 403, 422, 429, 500, 502, 503] {
        assert!(
            Fake::new("6.5", status, r#"{"errors":["Resource not found"]}"#)
                .panel
                .vm(5)
                .is_err(),
            "{status}"
        );
    }
    for body in [
        "",
        " ",
        "[]",
        "{}",
        "null",
        r#"{"errors":["Resource not found"]}"#,
        "<html>",
    ] {
        assert!(
            Fake::new("6.5", 200, body).panel.vm(5).is_err(),
            "a 200 with {body:?} is no machine and no absence"
        );
    }
    let down = Fake::serving("6.5", |_| Err(SendError::unsent(Kind::Refused)));
    assert_eq!(down.panel.vm(5).unwrap_err().code(), "http.refused");
    // Lists of something that is not there are no lists, because an empty one would be a statement about it.
    let fake = Fake::new("6.5", 404, r#"{"errors":["Resource not found"]}"#);
    assert_eq!(fake.panel.nics(5), Ok(None));
    // A 404 without the panel's words comes from somebody else.
    let proxy = Fake::new("6.5", 404, "<html><h1>404 Not Found</h1></html>");
    assert!(proxy.panel.nics(5).is_err() && proxy.panel.vm(5).is_err());
    assert!(fake.panel.vms_of_user(5).unwrap_err().is_not_found());
}

#[test]
fn a_user_is_found_by_exact_login_or_email_only() {
    let found = r#"[{"user":{"id":1,"login":"ada1","email":"x@ada.example"}},
        {"user":{"id":2,"login":"other","email":"Ada@example.com"}},
        {"user":{"id":3,"login":"ada","email":"y@ada.example"}},
        {"user":{"id":4,"login":"ada@example.com","email":"z@ada.example"}}]"#;
    for (wanted, id) in [
        ("ada", Some(3)),
        ("ada@example.com", Some(4)),
        ("X@ADA.example", Some(1)),
        ("ad", None),
    ] {
        let fake = Fake::new("6.5", 200, found);
        assert_eq!(
            fake.panel.find_user(wanted).unwrap().map(|user| user.id),
            id,
            "{wanted}"
        );
    }
    let fake = Fake::new("6.5", 200, "[]");
    assert_eq!(fake.panel.find_user("a+b@c.d"), Ok(None));
    assert_eq!(fake.sent().0, "GET /users.json?q=a%2Bb%40c.d&page=1&per_page=200");
}

#[test]
fn users_are_suspended_with_the_verbs_of_their_release() {
    for release in RELEASES {
        let old = release == "2.3";
        // The answer's status and body are not documented for later releases: any success will do.
        for (status, body) in [(200, r#"{"user":{"id":7}}"#), (201, ""), (204, "")] {
            let fake = Fake::new(release, status, body);
            fake.panel.suspend_user(7).unwrap();
            assert_eq!(
                fake.sent().0,
                if old {
                    "GET /users/7/suspend.json"
                } else {
                    "POST /users/7/suspend.json"
                }
            );
            let fake = Fake::new(release, status, body);
            fake.panel.activate_user(7).unwrap();
            assert_eq!(
                fake.sent().0,
                if old {
                    "GET /users/7/activate_user.json"
                } else {
                    "POST /users/7/activate.json"
                }
            );
        }
    }
}

#[test]
fn the_2_x_verbs_that_change_by_get_are_never_repeated() {
    let fake = Fake::serving("2.3", |_| Err(SendError::unknown(Kind::Reset)));
    let error = fake.panel.suspend_user(7).unwrap_err();
    assert_eq!(
        (error.code(), error.sent(), fake.asked().len()),
        ("http.reset", Sent::Maybe, 1)
    );
}

#[test]
fn a_change_is_accepted_by_json_or_by_no_body_and_anything_else_leaves_open_whether_it_was_carried_out() {
    let answered = |call: &str, body: &str| {
        let panel = Fake::new("2.3", 200, body).panel;
        match call {
            "startup" => panel.startup_vm(5).map(drop),
            "release" => panel.release_address(5, 9),
            "delete" => panel.delete_vm(5, true),
            _ => panel.suspend_user(7),
        }
    };
    for call in ["startup", "release", "delete", "suspend"] {
        for body in ["", " ", "{}", "null", r#"{"virtual_machine":{"id":5}}"#] {
            assert_eq!(answered(call, body), Ok(()), "{call} {body}");
        }
        for body in ["<html><form>Log in</form></html>", "OK", r#"{"virtual_machine":"#] {
            let error = answered(call, body).unwrap_err();
            assert_eq!(
                (error.code(), error.sent()),
                ("panel.unexpected_content", Sent::Maybe),
                "{body}"
            );
            let text = error.to_string();
            assert!(
                text.ends_with(" Whether the panel carried it out is not known.") && !text.contains("?."),
                "{text}"
            );
        }
    }
}

#[test]
fn a_user_is_deleted_in_two_steps_or_by_force() {
    let fake = Fake::new("5.0", 204, "");
    fake.panel.delete_user(7, false).unwrap();
    assert_eq!(
        fake.sent(),
        ("DELETE /users/7.json".to_owned(), serde_json::Value::Null)
    );
    let fake = Fake::new("2.3", 200, "{}");
    fake.panel.delete_user(7, true).unwrap();
    assert_eq!(fake.sent().1, serde_json::json!({"force":"1"}));
    let fake = Fake::new(
        "5.0",
        422,
        r#"{"errors":{"base":["Please wait while User transactions will be finished."]}}"#,
    );
    let error = fake.panel.delete_user(7, false).unwrap_err();
    assert!(error.locked());
    assert_eq!(error.code(), "panel.locked");
}

// --- refusals

#[test]
fn the_panels_words_are_kept_by_field_once_and_without_our_secrets() {
    let body = format!(
        r#"{{"errors":{{"login":["has already been taken","has already been taken"],"password":["{PLANTED} is too short"]}}}}"#
    );
    let fake = Fake::new("4.2", 422, &body);
    let error = fake.panel.create_user(&new_user()).unwrap_err();
    assert_eq!(
        (error.code(), error.status(), error.sent()),
        ("panel.refused", Some(422), Sent::Yes)
    );
    let words: Vec<_> = error
        .fields()
        .iter()
        .map(|(field, message)| (field.as_str(), message.as_str()))
        .collect();
    assert_eq!(
        words,
        [
            ("login", "has already been taken"),
            ("password", "[secret] is too short")
        ]
    );
    assert_eq!(
        error.to_string(),
        "cp.test, asked for POST /users.json: the panel refused (422): login has already been taken; password [secret] is \
         too short."
    );
    assert!(!format!("{error:?} {:?} {:?}", new_user(), new_vm()).contains(PLANTED));
}

#[test]
fn every_verb_names_the_permission_it_lacks() {
    type Verb = fn(&Panel) -> Option<PanelError>;
    let verbs: [(&str, Verb); 20] = [
        ("settings.version", |p| p.version().err()),
        ("users.create", |p| p.create_user(&new_user()).err()),
        ("users.read", |p| p.user(1).err()),
        ("users.read", |p| p.find_user("a").err()),
        ("users.suspend", |p| p.suspend_user(1).err()),
        ("users.suspend", |p| p.activate_user(1).err()),
        ("users.delete", |p| p.delete_user(1, true).err()),
        ("virtual_machines.create", |p| p.create_vm(&new_vm()).err()),
        ("virtual_machines.read", |p| p.vm(1).err()),
        ("virtual_machines.read", |p| p.vms().err()),
        ("virtual_machines.build", |p| p.build_vm(1, None, None, false).err()),
        ("virtual_machines.delete", |p| p.delete_vm(1, false).err()),
        ("virtual_machines.suspend", |p| p.toggle_suspend_vm(1).err()),
        ("virtual_machines.power", |p| p.startup_vm(1).err()),
        ("virtual_machines.power", |p| p.shutdown_vm(1).err()),
        ("virtual_machines.unlock", |p| p.unlock_vm(1).err()),
        ("virtual_machines.change_owner", |p| p.change_owner(1, 2).err()),
        ("virtual_machines.update", |p| p.set_admin_note(1, "x").err()),
        ("network_interfaces.read", |p| p.nics(1).err()),
        ("transactions.list", |p| p.transactions(1).err()),
    ];
    for (permission, verb) in verbs {
        let fake = Fake::new(
            "6.5",
            403,
            r#"{"errors":["You do not have permissions for this action"]}"#,
        );
        let error = verb(&fake.panel).unwrap();
        let text = error.to_string();
        assert!(text.contains(&format!("permission {permission} ")), "{text}");
        let call = &fake.asked()[0].0;
        assert!(text.contains(call.split('?').next().unwrap()), "{text} names {call}");
    }
    let fake = Fake::new("6.5", 403, "");
    let error = fake
        .panel
        .usage(1, 2, at("2020-01-01T00:00:00Z"), at("2020-01-02T00:00:00Z"))
        .unwrap_err();
    assert!(error.to_string().contains("vm_stats.read"), "{error}");
}

// --- machines

#[test]
fn a_machine_is_created_with_the_keys_of_its_release() {
    for release in RELEASES {
        let fake = Fake::new(
            release,
            201,
            r#"{"virtual_machine":{"id":512,"locked":true,"built":false,"state":"new"}}"#,
        );
        let vm = fake.panel.create_vm(&new_vm()).unwrap();
        assert_eq!((vm.id, vm.locked, vm.built), (512, true, false));
        let mut expected = serde_json::json!({"virtual_machine":{
            "label":"web-1","hostname":"web1.example.net","memory":1024,"cpus":1,"cpu_shares":50,"template_id":31,
            "primary_disk_size":20,"swap_disk_size":1,"hypervisor_group_id":2,"rate_limit":100,
            "required_virtual_machine_build":1,"required_virtual_machine_startup":0,"required_automatic_backup":0,
            "initial_root_password":PLANTED,"admin_note":"provisor:41 made by the billing system"}});
        let keys = &mut expected["virtual_machine"];
        if ["2.3", "3.0", "4.2", "5.5", "5.6", "6.2"].contains(&release) {
            keys["required_ip_address_assignment"] = 1.into();
        }
        if ["5.5", "5.6", "6.2", "6.5", "7.0"].contains(&release) {
            keys["hostname"] = "web1".into();
            keys["domain"] = "example.net".into();
        }
        assert_eq!(
            fake.sent(),
            ("POST /virtual_machines.json".to_owned(), expected),
            "{release}"
        );
    }
}

#[test]
fn before_2_1_the_label_carries_the_key() {
    let fake = Fake::new(
        "2.0",
        201,
        r#"{"virtual_machine":{"id":1,"label":"web-1 provisor:41 made"}}"#,
    );
    let vm = fake.panel.create_vm(&new_vm()).unwrap();
    let sent = fake.sent().1;
    assert_eq!(
        sent["virtual_machine"]["label"],
        "web-1 provisor:41 made by the billing system"
    );
    assert!(sent["virtual_machine"].get("admin_note").is_none());
    assert!(vm.carries("provisor:41") && !vm.carries("provisor:4") && !vm.carries("provisor:411"));
    let fake = Fake::new("2.0", 204, "");
    fake.panel.set_admin_note(1, "x").unwrap();
    assert_eq!(fake.sent().1, serde_json::json!({"virtual_machine":{"label":"x"}}));
}

#[test]
fn a_machine_is_read_as_every_release_writes_it() {
    // 2.3: nulls for booleans, sizes as text, doubled address roots. 6.5: offsets and unknown keys.
    let old = r#"{"virtual_machine":{"id":512,"identifier":"a1b2c3d4e5f6g7","label":"web","hostname":"web","user_id":"77",
        "memory":"1024","cpus":1,"total_disk_size":"51.0","booted":null,"built":1,"locked":"0","suspended":null,
        "recovery_mode":null,"admin_note":"provisor:41","initial_root_password":"pl4nted-Passw0rd",
        "ip_addresses":[{"ip_address":{"ip_address":{"id":3,"address":"192.0.2.5","network_id":2}}}],
        "created_at":"2012-02-10T17:12:37Z"}}"#;
    let vm = Fake::new("2.3", 200, old).panel.vm(512).unwrap().unwrap();
    assert_eq!(
        (vm.user_id, vm.memory, vm.total_disk_size),
        (Some(77), Some(1024), Some(51))
    );
    assert_eq!(
        (vm.booted, vm.built, vm.locked, vm.suspended),
        (false, true, false, false)
    );
    assert_eq!(
        (vm.ip_addresses[0].address.as_str(), vm.ip_addresses[0].network_id),
        ("192.0.2.5", Some(2))
    );
    assert!(vm.carries("provisor:41") && !format!("{vm:?}").contains(PLANTED));
    assert_eq!(vm.initial_root_password.unwrap().reveal(), PLANTED);

    let new = r#"{"virtual_machine":{"id":512,"label":"web","hostname":"web","domain":"x","user_id":77,"memory":1024,
        "booted":true,"built":true,"locked":false,"suspended":false,"state":"delivered","price_per_hour":1.0e-3,
        "monthly_bandwidth_used":"52.0","cpu_sockets":"","properties":{},"ip_addresses":[{"ip_address":{"id":"",
        "address":"192.0.2.5"}}],"created_at":"2017-03-22T19:11:32.000+05:30"}}"#;
    let vm = Fake::new("6.5", 200, new).panel.vm(512).unwrap().unwrap();
    assert_eq!(vm.created_at, Some(at("2017-03-22T13:41:32Z")));
    assert_eq!((vm.booted, vm.ip_addresses[0].id), (true, None));
}

#[test]
fn a_list_is_complete_whether_the_panel_pages_caps_or_ignores_paging() {
    let row = |id: u32| format!(r#"{{"virtual_machine":{{"id":{id}}}}}"#);
    let page = move |ids: std::ops::Range<u32>| format!("[{}]", ids.map(row).collect::<Vec<_>>().join(","));
    // Ignores the page: everything, every time. Caps the page at 2 whatever was asked.
    let ignoring = Fake::serving("2.3", move |_| Ok(Response::new(200, page(1..6))));
    let capping = Fake::serving("6.5", move |call| {
        let number: u32 = call
            .split("page=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let first = (number - 1) * 2 + 1;
        Ok(Response::new(200, page(first.min(6)..(first + 2).min(6))))
    });
    for fake in [ignoring, capping] {
        let ids: Vec<u64> = fake.panel.vms_of_user(77).unwrap().iter().map(|vm| vm.id).collect();
        assert_eq!(ids, [1, 2, 3, 4, 5]);
    }
    // A page that cannot be read makes the whole list unknown.
    let failing = Fake::serving("6.5", move |call| {
        Ok(if call.contains("page=1&") {
            Response::new(200, page(1..3))
        } else {
            Response::new(500, "<h1>")
        })
    });
    assert_eq!(failing.panel.vms().unwrap_err().code(), "panel.failed");
}

#[test]
fn actions_go_to_their_documented_paths_and_any_success_is_acceptance() {
    type Action = fn(&Panel) -> Result<Option<u64>, PanelError>;
    fn id(vm: Option<provisor::panel::onapp::Vm>) -> Option<u64> {
        vm.map(|vm| vm.id)
    }
    let none = serde_json::Value::Null;
    let build = serde_json::json!({"virtual_machine":{"template_id":31,"required_startup":1}});
    let owner = serde_json::json!({"user_id":77});
    let actions: [(&str, &serde_json::Value, Action); 6] = [
        ("build", &build, |p| p.build_vm(5, Some(31), None, true).map(id)),
        ("suspend", &none, |p| p.toggle_suspend_vm(5).map(id)),
        ("startup", &none, |p| p.startup_vm(5).map(id)),
        ("shutdown", &none, |p| p.shutdown_vm(5).map(id)),
        ("unlock", &none, |p| p.unlock_vm(5).map(id)),
        ("change_owner", &owner, |p| p.change_owner(5, 77).map(id)),
    ];
    for (verb, body, action) in actions {
        let shown = r#"{"virtual_machine":{"id":5,"suspended":true}}"#;
        for (status, text, vm) in [
            (201, shown, Some(5)),
            (200, shown, Some(5)),
            (202, "", None),
            (204, "", None),
            (200, " ", None),
        ] {
            let fake = Fake::new("6.5", status, text);
            assert_eq!(action(&fake.panel), Ok(vm), "{verb} {status}");
            assert_eq!(
                fake.sent(),
                (format!("POST /virtual_machines/5/{verb}.json"), body.clone())
            );
        }
        let fake = Fake::new("6.5", 422, r#"{"errors":{"base":["Virtual machine is locked"]}}"#);
        let error = action(&fake.panel).unwrap_err();
        assert!(
            error.locked() && error.to_string().contains("try again when it has ended"),
            "{error}"
        );
        let fake = Fake::new(
            "6.5",
            422,
            r#"{"errors":{"base":["Virtual machine is already booted"]}}"#,
        );
        assert!(!action(&fake.panel).unwrap_err().locked());
    }
}

#[test]
fn edits_and_deletions_accept_the_answers_of_every_release() {
    for (release, status, body) in [
        ("2.3", 200, "{}"),
        ("2.3", 201, r#"{"virtual_machine":{"id":5}}"#),
        ("4.2", 204, ""),
        ("2.3", 200, " "),
    ] {
        let fake = Fake::new(release, status, body);
        fake.panel.set_admin_note(5, "provisor:41").unwrap();
        let expected = serde_json::json!({"virtual_machine":{"admin_note":"provisor:41"}});
        assert_eq!(fake.sent(), ("PUT /virtual_machines/5.json".to_owned(), expected));
        let fake = Fake::new(release, status, body);
        fake.panel.delete_vm(5, true).unwrap();
        let call = "DELETE /virtual_machines/5.json?convert_last_backup=0&destroy_all_backups=1";
        assert_eq!(fake.sent(), (call.to_owned(), serde_json::Value::Null));
    }
    let fake = Fake::new("6.5", 404, r#"{"errors":["Resource not found"]}"#);
    assert!(fake.panel.delete_vm(5, false).unwrap_err().is_not_found());
}

#[test]
fn interfaces_and_transactions_are_read() {
    let nics = r#"[{"network_interface":{"id":"952","label":"eth0","primary":1,"rate_limit":null,"network_join_id":4}},
        {"network_interface":{"id":953,"label":"eth1","primary":false,"rate_limit":"0"}}]"#;
    let fake = Fake::new("2.3", 200, nics);
    let nics = fake.panel.nics(5).unwrap().unwrap();
    assert_eq!(
        (nics[0].id, nics[0].primary, nics[0].rate_limit, nics[0].network_join_id),
        (952, true, None, Some(4))
    );
    assert_eq!((nics[1].id, nics[1].primary, nics[1].rate_limit), (953, false, Some(0)));
    assert_eq!(fake.sent().0, "GET /virtual_machines/5/network_interfaces.json");

    let rows = r#"[{"transaction":{"id":9001,"action":"startup_virtual_machine","status":"Running","params":{}}},
        {"transaction":{"id":9000,"action":"build_disk","status":"complete","created_at":"2016-03-01T10:00:01+00:00"}},
        {"transaction":{"id":8999,"action":"x","status":"approving"}}]"#;
    let found = Fake::new("5.0", 200, rows).panel.transactions(5).unwrap();
    assert_eq!(found[0].status, TransactionStatus::Running);
    assert_eq!(
        found.iter().map(|one| one.is_open()).collect::<Vec<_>>(),
        [true, false, false]
    );
    assert_eq!(found[2].status, TransactionStatus::Other("approving".to_owned()));
}

#[test]
fn a_field_of_an_interface_that_cannot_be_read_is_marked_and_its_id_must_be_readable() {
    let told = |fields: &str| {
        let body = format!(
            r#"[{{"network_interface":{{"id":952,{fields}}}}},{{"network_interface":{{"id":953,"rate_limit":10}}}}]"#
        );
        Fake::new("6.5", 200, &body).panel.nics(5)
    };
    for (field, value) in [
        ("rate_limit", r#""Unlimited""#),
        ("rate_limit", "-1"),
        ("rate_limit", "0.5"),
        ("network_join_id", "-1"),
        ("mac_address", "{}"),
        ("default_firewall_rule", "[]"),
        ("primary", r#""yes""#),
        ("label", "{}"),
    ] {
        let nics = told(&format!(r#""{field}":{value}"#)).expect(field).unwrap();
        assert_eq!(
            (nics[0].id, nics[1].id, nics[1].rate_limit),
            (952, 953, Some(10)),
            "{field}"
        );
        assert!(nics[0].is_unread(field) && nics[0].unread.len() == 1, "{:?}", nics[0]);
        assert!(nics[1].unread.is_empty(), "{:?}", nics[1]);
    }
    assert!(
        told(r#""rate_limit":null,"primary":"""#).unwrap().unwrap()[0]
            .unread
            .is_empty()
    );
    assert_eq!(told(r#""id":"eth0""#).unwrap_err().code(), "panel.unexpected_content");
}

// --- usage

#[test]
fn usage_is_asked_for_between_half_hours_and_read_by_the_hours_start() {
    let rows = r#"[
        {"net_hourly_stat":{"id":1,"data_received":7,"data_sent":9,"stat_time":"2019-01-13T13:00:00.000Z"}},
        {"net_hourly_stat":{"id":2,"data_received":"20480.0","data_sent":9007199254740993,"stat_time":"2019-01-13T14:00:00.000Z"}},
        {"net_hourly_stat":{"id":3,"data_received":null,"data_sent":"","stat_time":"2019-01-13T20:30:00+05:30"}},
        {"net_hourly_stat":{"id":4,"data_received":1,"data_sent":1,"stat_time":"2019-01-13T17:00:00Z"}}]"#;
    let fake = Fake::new("6.5", 200, rows);
    let found = fake
        .panel
        .usage(690, 952, at("2019-01-13T13:00:00Z"), at("2019-01-13T16:00:00Z"))
        .unwrap();
    let hour = |start: &str, sent_kb, received_kb| UsageRow {
        hour: Some(at(start)),
        sent_kb: Some(sent_kb),
        received_kb: Some(received_kb),
    };
    // Stamped 13:00 is the hour from 12:00, before the window; stamped 17:00 is the hour from 16:00, after it.
    assert_eq!(
        found,
        [
            hour("2019-01-13T13:00:00Z", 9_007_199_254_740_993, 20480),
            hour("2019-01-13T14:00:00Z", 0, 0)
        ]
    );
    assert_eq!(
        fake.sent().0,
        "GET /virtual_machines/690/network_interfaces/952/usage.json\
         ?period%5Bstartdate%5D=2019-01-13%2013%3A30%3A00&period%5Benddate%5D=2019-01-13%2016%3A30%3A00"
    );
}

#[test]
fn usage_that_cannot_be_read_is_never_zero() {
    let (from, to) = (at("2019-01-13T13:00:00Z"), at("2019-01-13T16:00:00Z"));
    // Rows without a key, most of several, are another kind of answer; so is one that has none of the keys.
    let good = r#"{"net_hourly_stat":{"data_received":2,"data_sent":3,"stat_time":"2019-01-13T15:00:00Z"}}"#;
    let no_figure = r#"{"net_hourly_stat":{"data_received":1,"stat_time":"2019-01-13T14:00:00Z"}}"#;
    let no_time = r#"{"net_hourly_stat":{"data_received":1,"data_sent":1}}"#;
    for rows in [
        [no_figure, no_figure, good].join(","),
        [no_time, no_time, good].join(","),
        ["null", no_time, good].join(","),
        r#"{"error":"statistics are down"}"#.to_owned(),
        r#"{"net_hourly_stat":null}"#.to_owned(),
        "null".to_owned(),
        "[1]".to_owned(),
    ] {
        let refused = Fake::new("6.5", 200, &format!("[{rows}]"))
            .panel
            .usage(1, 2, from, to)
            .expect_err(&rows);
        assert_eq!(refused.code(), "panel.unexpected_content", "{rows}");
    }
    // One such row is damaged, and costs its own hour.
    let of_time = Some(at("2019-01-13T13:00:00Z"));
    for (row, expected) in [
        (no_figure, (of_time, None, Some(1))),
        (no_time, (None, Some(1), Some(1))),
        ("null", (None, None, None)),
        ("{}", (None, None, None)),
        (r#"{"net_hourly_stat":{}}"#, (None, None, None)),
        ("7", (None, None, None)),
    ] {
        let found = Fake::new("6.5", 200, &format!("[{row},{good}]"))
            .panel
            .usage(1, 2, from, to)
            .expect(row);
        let told: Vec<_> = found
            .iter()
            .map(|row| (row.hour, row.sent_kb, row.received_kb))
            .collect();
        assert_eq!(
            told,
            [expected, (Some(at("2019-01-13T14:00:00Z")), Some(3), Some(2))],
            "{row}"
        );
    }
    // A time that cannot be read costs its own row, which is told as one of no hour, and none beside it.
    for time in [
        "null",
        r#""""#,
        r#""yesterday""#,
        r#""2019-01-13 14:00:00""#,
        r#""0000-00-00T00:00:00Z""#,
        r#""9999-12-31T23:59:59Z""#,
        "1547388000",
        "{}",
    ] {
        let rows = format!(
            r#"[{{"net_hourly_stat":{{"data_received":1,"data_sent":1,"stat_time":{time}}}}},
                {{"net_hourly_stat":{{"data_received":2,"data_sent":3,"stat_time":"2019-01-13T15:00:00Z"}}}}]"#
        );
        let found = Fake::new("6.5", 200, &rows).panel.usage(1, 2, from, to).expect(time);
        let hours: Vec<_> = found.iter().map(|row| (row.hour, row.sent_kb)).collect();
        let expected = [(None, Some(1)), (Some(at("2019-01-13T14:00:00Z")), Some(3))];
        assert_eq!(hours, expected, "{time}");
    }
    // One figure spoils its own hour, and none beside it.
    for figure in ["-1", "1.5", r#""many""#, "18446744073709551616", "[1]", "true"] {
        let rows = format!(
            r#"[{{"net_hourly_stat":{{"data_received":1,"data_sent":{figure},"stat_time":"2019-01-13T14:00:00Z"}}}},
                {{"net_hourly_stat":{{"data_received":2,"data_sent":3,"stat_time":"2019-01-13T15:00:00Z"}}}}]"#
        );
        let found = Fake::new("6.5", 200, &rows).panel.usage(1, 2, from, to).unwrap();
        let figures: Vec<_> = found.iter().map(|row| (row.sent_kb, row.received_kb)).collect();
        assert_eq!(figures, [(None, Some(1)), (Some(3), Some(2))], "{figure}");
    }
    for body in ["{}", "", r#"{"errors":[]}"#, "<html>"] {
        assert!(
            Fake::new("6.5", 200, body).panel.usage(1, 2, from, to).is_err(),
            "{body}"
        );
    }
    assert_eq!(Fake::new("6.5", 200, "[]").panel.usage(1, 2, from, to), Ok(Vec::new()));
}

#[test]
fn usage_is_not_asked_for_parts_of_hours() {
    let hour = at("2019-01-13T13:00:00Z");
    for (from, to) in [
        (hour, hour),
        (at("2019-01-13T14:00:00Z"), hour),
        (hour, at("2019-01-13T14:30:00Z")),
    ] {
        let fake = Fake::new("6.5", 200, "[]");
        assert_eq!(fake.panel.usage(1, 2, from, to).unwrap_err().code(), "onapp.period");
        assert!(fake.asked().is_empty());
    }
}

#[test]
fn a_refusal_of_a_million_words_costs_no_time_and_keeps_a_few() {
    let words: Vec<String> = (0..400_000).map(|n| format!("{n:06}")).collect();
    let body = serde_json::json!({ "errors": words }).to_string();
    let since = std::time::Instant::now();
    let error = Fake::new("6.5", 422, &body).panel.shutdown_vm(5).unwrap_err();
    assert!(since.elapsed().as_secs() < 20, "{:?}", since.elapsed());
    assert_eq!(error.fields().len(), 20);
    let long = serde_json::json!({ "errors": ["x".repeat(5000)] }).to_string();
    let error = Fake::new("6.5", 422, &long).panel.shutdown_vm(5).unwrap_err();
    assert!(error.to_string().len() < 600);
}

#[test]
fn a_refusal_that_shows_the_machine_tells_none_of_its_passwords() {
    let shown = serde_json::json!({ "virtual_machine": { "label": "vm17", "initial_root_password": "Sup3r-Root-Pw",
        "Remote_Access_Password": "VncPw123", "api_token": { "value": "t0ken" }, "ssh_keys": ["AAAAB3"],
        "client_secret": "s3cret" } });
    for body in [shown.to_string(), serde_json::json!([shown]).to_string()] {
        let error = Fake::new("6.5", 422, &body).panel.shutdown_vm(5).unwrap_err();
        for value in ["Sup3r", "VncPw", "t0ken", "AAAAB3", "s3cret"] {
            assert!(!format!("{error} {error:?}").contains(value), "{error:?}");
        }
        assert!(error.to_string().contains("vm17"), "{error}");
    }
    // What is said about a password is no password.
    let body = r#"{"errors":{"password":["is too short"]}}"#;
    let error = Fake::new("6.5", 422, body).panel.shutdown_vm(5).unwrap_err();
    assert!(error.to_string().contains("password is too short"), "{error}");
}

#[test]
fn the_panels_words_hold_no_tag_no_new_line_and_no_turned_text() {
    let body = serde_json::json!({ "errors": ["no <img src=x>\nFAILED forged\u{1b}[31m\u{202e}abc\r\n"] }).to_string();
    let text = Fake::new("6.5", 422, &body)
        .panel
        .shutdown_vm(5)
        .unwrap_err()
        .to_string();
    for wrong in ['<', '>', '\n', '\r', '\u{1b}', '\u{202e}'] {
        assert!(!text.contains(wrong), "{text:?}");
    }
    assert!(text.contains("FAILED forged"), "{text:?}");
}

#[test]
fn a_password_that_is_quoted_in_another_spelling_is_cut_out_too() {
    use base64::Engine;
    let planted = "p<w>&\"d'/x y";
    let client = |body: String| {
        let transport = MemoryTransport::new(move |_| Ok(Response::new(422, body.clone())));
        let endpoint = Endpoint {
            base_url: "https://cp.test".to_owned(),
            connect_ip: None,
            ca_file: None,
            credentials: Basic {
                user: "admin".to_owned(),
                password: planted.into(),
            },
        };
        let client = Client::new(
            Arc::new(transport),
            endpoint,
            Limits::default(),
            Arc::new(AtomicU64::new(1)),
        );
        Panel::new(client, "6.5".parse().unwrap())
    };
    let base64 = base64::engine::general_purpose::STANDARD.encode(planted);
    let header = base64::engine::general_purpose::STANDARD.encode(format!("admin:{planted}"));
    for spelled in [
        planted,
        "p&lt;w&gt;&amp;&quot;d&#39;/x y",
        "p&lt;w&gt;&amp;&quot;d&#039;/x y",
        "p%3Cw%3E%26%22d%27%2Fx%20y",
        "p<w>&\\\"d'\\/x y",
        &base64,
        &header,
    ] {
        let body = serde_json::json!({ "errors": [format!("said {spelled} here")] }).to_string();
        let text = client(body).shutdown_vm(5).unwrap_err().to_string();
        assert!(text.contains("said [secret] here"), "{spelled}: {text}");
    }
}

#[test]
fn a_redirect_to_a_host_named_like_the_password_does_not_show_it() {
    let fake = Fake::serving("6.5", |_| {
        Ok(Response::new(302, "").header("Location", &format!("https://{PLANTED}/users/sign_in")))
    });
    let text = fake.panel.vm(5).unwrap_err().to_string();
    assert!(!text.contains(PLANTED) && text.contains("[secret]"), "{text}");
}

#[test]
fn an_interface_list_beyond_reason_is_refused_and_an_address_that_is_none_is_never_shown() {
    let many: Vec<String> = (1..=300)
        .map(|id| format!(r#"{{"network_interface":{{"id":{id}}}}}"#))
        .collect();
    let error = Fake::new("6.5", 200, &format!("[{}]", many.join(",")))
        .panel
        .nics(5)
        .unwrap_err();
    assert_eq!(error.code(), "panel.unexpected_content");
    let vm = r#"{"virtual_machine":{"id":5,"ip_addresses":[{"ip_address":{"id":1,"address":"1.2.3.4<script>alert(1)</script>"}}]}}"#;
    let vm = Fake::new("6.5", 200, vm).panel.vm(5).unwrap().unwrap();
    assert_eq!((vm.id, vm.addresses().len(), vm.ip_addresses[0].id), (5, 0, Some(1)));
    assert!(!format!("{vm:?}").contains("script"));
    let fine = r#"{"virtual_machine":{"id":5,"ip_addresses":[{"ip_address":{"id":1,"address":"2001:db8::5/64"}}]}}"#;
    let vm = Fake::new("6.5", 200, fine).panel.vm(5).unwrap().unwrap();
    assert_eq!(vm.ip_addresses[0].address, "2001:db8::5");
}

#[test]
fn a_field_of_a_machine_that_nobody_needs_is_not_told_when_it_cannot_be_read_and_what_decides_must_be_readable() {
    let told = |fields: &str| {
        Fake::new("6.5", 200, &format!(r#"{{"virtual_machine":{{"id":5,{fields}}}}}"#))
            .panel
            .vm(5)
    };
    let odd = r#""memory":-1,"cpus":"two","cpu_shares":12.5,"total_disk_size":20.5,"template_id":"n/a","hypervisor_id":-1,
        "created_at":"2026-01-01 00:00:00","identifier":{},"hostname":[],"template_label":{},"operating_system":[],
        "initial_root_password":{},"ip_addresses":{},"label":"web","booted":true"#;
    let vm = told(odd).unwrap().unwrap();
    assert_eq!((vm.id, vm.label.as_str(), vm.booted), (5, "web", true));
    assert_eq!(
        (vm.memory, vm.cpus, vm.cpu_shares, vm.total_disk_size),
        (None, None, None, None)
    );
    assert_eq!((vm.template_id, vm.hypervisor_id, vm.created_at), (None, None, None));
    assert!(vm.initial_root_password.is_none() && vm.ip_addresses.is_empty() && vm.hostname.is_empty());
    let addresses =
        r#""ip_addresses":[{"ip_address":{"id":"x","address":"dhcp"}},{"ip_address":{"id":4,"address":"192.0.2.4"}}]"#;
    let vm = told(addresses).unwrap().unwrap();
    assert_eq!((vm.addresses(), vm.ip_addresses[1].id), (vec!["192.0.2.4"], Some(4)));
    for decides in [
        r#""user_id":"ada""#,
        r#""label":{}"#,
        r#""admin_note":[]"#,
        r#""booted":"perhaps""#,
        r#""built":2"#,
        r#""locked":{}"#,
        r#""suspended":"no""#,
        r#""id":"five""#,
    ] {
        assert_eq!(
            told(decides).unwrap_err().code(),
            "panel.unexpected_content",
            "{decides}"
        );
    }
}

#[test]
fn a_list_that_grows_without_end_is_given_up_before_memory_is_full() {
    let page = std::sync::atomic::AtomicU64::new(0);
    let filler = "x".repeat(4000);
    let fake = Fake::serving("6.5", move |_| {
        let first = page.fetch_add(1000, std::sync::atomic::Ordering::SeqCst);
        let rows: Vec<String> = (first..first + 1000)
            .map(|id| format!(r#"{{"virtual_machine":{{"id":{},"note":"{filler}"}}}}"#, id + 1))
            .collect();
        Ok(Response::new(200, format!("[{}]", rows.join(","))))
    });
    let error = fake.panel.vms().unwrap_err();
    assert_eq!(error.code(), "panel.unexpected_content");
    assert!(fake.asked().len() < 30, "{}", fake.asked().len());
}
