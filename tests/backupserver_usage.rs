//! The daily reading of what accounts use: an answer counts as far as it says something, and neither a server that hangs nor
//! one bad account or row keeps the others from being read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup_support;

use backup_support::{World, told};
use provisor::host::Port;
use provisor::http::memory::MemoryTransport;
use provisor::http::{Kind, Request, Response, SendError};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Services 17 and on, each with an account of its own name.
fn many(count: usize) -> World {
    let mut w = World::new();
    let customer = w.customer();
    for id in 17..17 + count {
        let id = id.to_string();
        w.add_service(&id, customer.clone());
        w.host.services.get_mut(&id).unwrap()["client"]["company"] = json!(format!("Company {id}"));
        w.verb_on("create", &id).unwrap();
    }
    w
}

fn daily(w: &mut World) -> Value {
    let input = json!({ "configuration": w.configuration.to_string(), "module": "backupserver" });
    w.run("usage", input).unwrap()
}

/// What was read and what failed.
fn counts(report: &Value) -> [u64; 2] {
    [&report["read"], &report["failed"]].map(|n| n.as_u64().unwrap())
}

/// The company in a question about usage; None for any other request.
fn asked_about(request: &Request) -> Option<String> {
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
    let (_, rest) = body.split_once("Company+")?;
    let about = rest.chars().take_while(char::is_ascii_digit).collect();
    request.url.contains("usage").then_some(about)
}

/// From now on the answer to a question about the usage of this account is what `change` makes of it.
fn answers(w: &mut World, change: impl Fn(&str, &mut Value) + Send + Sync + 'static) {
    let before = w.env.transport.clone();
    w.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
        let answer = before.send(request)?;
        let Some(about) = asked_about(request) else {
            return Ok(answer);
        };
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
        change(&about, &mut body);
        Ok(Response::new(answer.status, body.to_string()))
    }));
}

/// From now on questions about these services, or about all, get this instead of an answer; which were asked is kept.
fn silent(
    w: &mut World,
    about: &'static [&'static str],
    instead: impl Fn() -> Result<Response, SendError> + Send + Sync + 'static,
) -> Arc<Mutex<Vec<String>>> {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (before, seen) = (w.env.transport.clone(), asked.clone());
    w.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
        let Some(id) = asked_about(request) else {
            return before.send(request);
        };
        seen.lock().unwrap().push(id.clone());
        if about.is_empty() || about.contains(&id.as_str()) {
            instead()
        } else {
            before.send(request)
        }
    }));
    asked
}

/// The warnings since the n-th line of the log.
fn warned(w: &World, since: usize) -> Vec<String> {
    let warning = |l: &&provisor::host::LogEntry| l.level == "warning";
    w.host.logs[since..]
        .iter()
        .filter(warning)
        .map(|l| format!("{}: {}", l.code, l.text))
        .collect()
}

#[test]
fn a_server_that_does_not_answer_in_time_holds_the_daily_run_for_two_accounts_and_not_for_each() {
    type Instead = fn() -> Result<Response, SendError>;
    let ways: [(&str, Instead); 7] = [
        ("stalls", || Err(SendError::unknown(Kind::ReadTimeout))),
        ("deadline", || Err(SendError::unknown(Kind::Deadline))),
        ("refuses connections", || Err(SendError::unsent(Kind::Refused))),
        ("cannot be connected to", || {
            Err(SendError::unsent(Kind::ConnectTimeout))
        }),
        ("502", || Ok(Response::new(502, "Bad gateway"))),
        ("503", || Ok(Response::new(503, "Unavailable"))),
        ("504", || Ok(Response::new(504, "Gateway time-out"))),
    ];
    for (how, instead) in ways {
        let mut w = many(6);
        // Each product has its own login, and the server is one.
        for id in ["19", "20"] {
            w.host.services.get_mut(id).unwrap()["product"]["id"] = json!("4");
        }
        let before = w.host.logs.len();
        let asked = silent(&mut w, &[], instead);
        let report = daily(&mut w);
        assert_eq!(counts(&report), [0, 6], "{how}: {report}");
        let asked: BTreeSet<String> = asked.lock().unwrap().iter().cloned().collect();
        assert!((1..=2).contains(&asked.len()), "{how}: {asked:?}");
        // Each is named, with why.
        let warned = warned(&w, before);
        assert_eq!(warned.len(), 6, "{how}: {warned:?}");
        for id in 17..23 {
            assert!(
                warned.iter().any(|line| line.contains(&format!("service {id} "))),
                "{warned:?}"
            );
        }
        let skipped = warned.iter().filter(|l| l.starts_with("backupserver.server_skipped: "));
        assert_eq!(skipped.count(), 4, "{how}: {warned:?}");
    }
}

#[test]
fn a_login_that_the_console_refuses_is_tried_once_in_a_run_and_the_other_logins_are_read() {
    // A firewall may forbid one account's name alone, and a console may lock one account, so it takes two to tell that the
    // login is meant.
    for (denial, tries) in [("401", 1), ("403", 2), ("body", 2), ("login_page", 1), ("redirect", 1)] {
        let mut w = many(6);
        w.control("mode", json!({ "denial": denial }));
        let wrong = w.options(&[(5, "p1anted-wrong"), (6, "Signup Customer")]);
        for id in 17..22 {
            w.host.services.get_mut(&id.to_string()).unwrap()["product"]["options"] = json!(wrong);
        }
        w.host.services.get_mut("22").unwrap()["product"]["id"] = json!("4");
        let before = w.host.logs.len();
        let asked = silent(&mut w, &["nobody"], || Err(SendError::unknown(Kind::Reset)));
        assert_eq!(counts(&daily(&mut w)), [1, 5], "{denial}");
        let asked = asked.lock().unwrap().clone();
        assert!(
            asked.len() == tries + 1 && asked.contains(&"22".to_owned()),
            "{denial}: {asked:?}"
        );
        // Each is named, with what to do.
        let warned = warned(&w, before);
        assert_eq!(warned.len(), 5, "{denial}: {warned:?}");
        let skipped = warned.iter().filter(|l| l.starts_with("backupserver.login_skipped: "));
        assert_eq!(skipped.count(), 5 - tries, "{denial}: {warned:?}");
        assert!(
            warned.iter().all(|l| l.contains("Password") && !l.contains("p1anted")),
            "{warned:?}"
        );
    }
}

/// Answers by which a console may say that it does not know the user, and for how many accounts it is asked then.
type Denials = [(&'static str, fn() -> Response, usize); 7];

const DENIALS: Denials = [
    ("to the root", || Response::new(302, "").header("Location", "/"), 2),
    (
        "to the index",
        || Response::new(302, "").header("Location", "/index.php?msg=x"),
        2,
    ),
    (
        "to the folder",
        || Response::new(302, "").header("Location", "/interface/"),
        2,
    ),
    (
        "a form",
        || {
            Response::new(
                200,
                "<html><body><input name=u><input type=password name=p></body></html>",
            )
        },
        2,
    ),
    ("403", || Response::new(403, "blocked"), 2),
    (
        "code",
        || Response::new(200, r#"{"status":"error","code":"401","message":"No"}"#),
        2,
    ),
    (
        "words",
        || Response::new(200, r#"{"status":"error","message":"Login failed"}"#),
        2,
    ),
];

#[test]
fn a_login_that_is_refused_in_a_consoles_own_way_is_tried_for_two_accounts_at_most() {
    for (how, denied, tries) in DENIALS {
        let mut w = many(6);
        let before = w.host.logs.len();
        let asked = silent(&mut w, &[], move || Ok(denied()));
        assert_eq!(counts(&daily(&mut w)), [0, 6], "{how}");
        assert_eq!(asked.lock().unwrap().len(), tries, "{how}");
        let warned = warned(&w, before);
        let skipped = warned.iter().filter(|l| l.starts_with("backupserver.login_skipped: "));
        assert_eq!((warned.len(), skipped.count()), (6, 6 - tries), "{how}: {warned:?}");
        assert!(warned.iter().all(|l| l.contains("Password")), "{how}: {warned:?}");
    }
}

#[test]
fn what_is_refused_for_one_accounts_name_alone_keeps_no_other_from_being_read() {
    for (how, denied, _) in DENIALS.iter().filter(|(_, _, tries)| *tries == 2) {
        let mut w = many(6);
        silent(&mut w, &["19"], || Ok(denied()));
        for day in 0..6 {
            assert_eq!(counts(&daily(&mut w)), [5, 1], "{how}, day {day}");
            w.advance(86_400);
        }
    }
    // Nor do two that are refused for reasons of their own.
    let mut w = many(6);
    silent(&mut w, &["19", "20"], || {
        Ok(Response::new(200, r#"{"status":"error","message":"Locked"}"#))
    });
    assert_eq!(counts(&daily(&mut w)), [4, 2]);
}

#[test]
fn words_of_a_login_in_the_refusal_of_one_account_keep_no_other_from_being_read() {
    for (code, message) in [
        ("", "The customer has not logged in yet"),
        ("", "Account locked: login failed 5 times"),
        ("", "Customer Company 19 does not exist; login failed"),
        ("401", "Customer is inactive"),
    ] {
        let mut w = many(8);
        silent(&mut w, &["19"], move || {
            let body = json!({ "status": "error", "code": code, "message": message });
            Ok(Response::new(200, body.to_string()))
        });
        for day in 0..8 {
            assert_eq!(counts(&daily(&mut w)), [7, 1], "{message}, day {day}");
            w.advance(86_400);
        }
    }
}

#[test]
fn a_login_that_is_refused_in_words_that_differ_for_each_account_is_tried_for_two_accounts() {
    let ways: [fn(&str, u32) -> String; 7] = [
        |about, n| format!("Company {about}: wrong password (ref {:x})", 0x9f_a0c1 + 0x1_a037 * n),
        |about, _| format!("Company {about}: wrong password"),
        |about, _| format!("COMPANY {about}: wrong password"),
        |about, n| format!("Company {about}: wrong password (request {})", 4711 + 37 * n),
        |_, n| format!("Login failed (request {:x})", 4711 + 37 * n),
        |_, n| format!("Login failed at 12:{:02}", n + 7),
        |_, n| {
            format!(
                "Wrong password, {} tries left",
                ["five", "four", "three", "two", "one", "no"][n as usize]
            )
        },
    ];
    for (index, way) in ways.into_iter().enumerate() {
        let mut w = many(6);
        let asked: Arc<Mutex<u32>> = Arc::default();
        let seen = asked.clone();
        answers(&mut w, move |about, body| {
            let mut n = seen.lock().unwrap();
            *body = json!({ "status": "error", "message": way(about, *n) });
            *n += 1;
        });
        assert_eq!(counts(&daily(&mut w)), [0, 6], "{index}");
        assert_eq!(*asked.lock().unwrap(), 2, "{index}");
    }
}

#[test]
fn an_account_that_is_inactive_or_gone_is_terminated_though_the_server_gives_the_code_of_a_login_with_it() {
    for message in [
        "Customer Company 17 is already inactive",
        "Customer Company 17 does not exist",
    ] {
        let mut w = many(1);
        w.configuration = json!({});
        let before = w.env.transport.clone();
        w.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
            if request.url.contains("register") {
                return before.send(request);
            }
            let body = json!({ "status": "error", "code": "401", "message": message });
            Ok(Response::new(200, body.to_string()))
        }));
        w.verb_on("terminate", "17").unwrap();
    }
}

#[test]
fn what_the_refusal_of_a_login_says_of_the_consoles_own_user_is_no_word_about_the_account() {
    for (code, message) in [
        ("401", "User is already deactivated"),
        ("401", "Operator already inactive"),
        ("401", "Already deactivated"),
        ("401", "User is already active"),
        ("", "Authentication failed: operator already deactivated"),
    ] {
        let mut w = many(1);
        w.configuration = json!({});
        let before = w.env.transport.clone();
        w.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
            if request.url.contains("register") {
                return before.send(request);
            }
            let body = json!({ "status": "error", "code": code, "message": message });
            Ok(Response::new(200, body.to_string()))
        }));
        for verb in ["suspend", "unsuspend", "terminate"] {
            let (code, said) = told(&w.verb_on(verb, "17").unwrap_err());
            assert_eq!(code, "backupserver.rejected", "{verb}: {said}");
            assert!(said.contains("Check UserName and Password"), "{verb}: {said}");
        }
        assert!(w.standing()[0].1);
    }
}

#[test]
fn an_account_that_exists_after_a_lost_answer_is_found_though_it_has_not_logged_in_yet() {
    let mut w = World::new();
    let options = w.customer();
    w.add_service("17", options);
    w.control(
        "faults",
        json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    w.verb_on("create", "17").unwrap_err();
    w.control("faults", json!([]));
    w.advance(700);
    let before = w.env.transport.clone();
    w.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
        if !request.url.contains("register") {
            return before.send(request);
        }
        let body = json!({ "status": "error", "message": "Customer already exists; it has not logged in yet" });
        Ok(Response::new(200, body.to_string()))
    }));
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.standing(), [("Acme GmbH".to_owned(), true)]);
}

#[test]
fn an_account_that_is_slow_by_itself_keeps_no_other_from_being_read() {
    let mut w = many(5);
    silent(&mut w, &["18"], || Err(SendError::unknown(Kind::ReadTimeout)));
    assert_eq!(counts(&daily(&mut w)), [4, 1]);
}

#[test]
fn accounts_that_are_always_slow_keep_the_others_from_being_read_on_some_days_only() {
    let mut w = many(6);
    silent(&mut w, &["17", "18"], || Err(SendError::unknown(Kind::ReadTimeout)));
    let mut read = BTreeSet::new();
    for _ in 0..20 {
        w.advance(86_400);
        for id in 19..23 {
            w.host.fields.get_mut(&id.to_string()).unwrap().remove("touch_usage");
        }
        daily(&mut w);
        let touched = |id: &i32| w.host.fields[&id.to_string()].get("touch_usage").is_some();
        read.extend((19..23).filter(touched));
    }
    assert_eq!(read.len(), 4, "{read:?}");
}

#[test]
fn a_silent_server_keeps_no_other_servers_accounts_from_being_read() {
    let mut w = many(4);
    let mut options = w.customer();
    options[1] = "other.example.net".into();
    w.add_service("30", options);
    w.host.services.get_mut("30").unwrap()["product"]["id"] = json!("5");
    w.host.services.get_mut("30").unwrap()["client"]["company"] = json!("Company 30");
    w.verb_on("create", "30").unwrap();
    silent(&mut w, &["17", "18", "19", "20"], || {
        Err(SendError::unknown(Kind::ReadTimeout))
    });
    assert_eq!(counts(&daily(&mut w)), [1, 4]);
}

#[test]
fn an_allotted_storage_that_is_no_number_keeps_neither_the_used_one_nor_the_state_from_counting() {
    for allotted in ["unlimited", "-1", "536870912000.0", "9223372036854775808", ""] {
        let mut w = many(2);
        answers(&mut w, move |_, body| {
            body["storageAllotted"] = json!(allotted);
            body["storageUsed"] = json!("10485761");
            body["active"] = json!("0");
        });
        let before = w.host.logs.len();
        for _ in 0..2 {
            let report = daily(&mut w);
            assert_eq!(counts(&report), [2, 0], "{allotted}: {report}");
        }
        assert_eq!(w.host.fields["17"]["disk_usage"], json!("10"), "{allotted}");
        let page = w.run("page", w.as_client("17")).unwrap()["page"].to_string();
        assert!(page.contains("\"Inactive\"") && page.contains("10 MiB"), "{page}");
        let warned = warned(&w, before);
        let lines = usize::from(!allotted.is_empty());
        assert_eq!(warned.len(), lines, "one line a day: {warned:?}");
        assert!(
            warned
                .iter()
                .all(|l| l.contains("response.storageAllottedKey") && l.contains(allotted) && l.contains("Company")),
            "{warned:?}"
        );
        w.advance(86_400);
        daily(&mut w);
        assert_eq!(w.warnings().len(), lines * 2, "and the next day again");
    }
}

#[test]
fn an_account_whose_quota_is_no_number_is_suspended_again_taken_over_and_found_after_a_lost_answer() {
    let unlimited = |w: &mut World| {
        let before = w.env.transport.clone();
        w.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
            let answer = before.send(request)?;
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if !request.url.contains("usage") || body["status"] != "success" {
                return Ok(answer);
            }
            body["storageAllotted"] = json!("unlimited");
            Ok(Response::new(answer.status, body.to_string()))
        }));
    };
    let mut w = many(1);
    unlimited(&mut w);
    for _ in 0..2 {
        w.verb_on("suspend", "17").unwrap();
    }
    // The former module made it; nothing here knows it.
    let reseller = w.reseller();
    w.add_service("18", reseller);
    let mut input = w.as_staff("18");
    input["service"]["username"] = json!("North");
    w.run("take_over_account", input).unwrap();

    let mut w = World::new();
    let reseller = w.reseller();
    w.add_service("17", reseller);
    w.control(
        "faults",
        json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert_eq!(
        told(&w.verb_on("create", "17").unwrap_err()).0,
        "backupserver.create_unknown"
    );
    w.advance(700);
    unlimited(&mut w);
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.standing(), [("Acme GmbH".to_owned(), true)]);
}

#[test]
fn a_used_storage_that_is_no_number_leaves_the_figure_of_before_and_the_rest_counts() {
    for used in ["n/a", "-1", "1.5", "18446744073709551615", "9223372036854775808"] {
        let mut w = many(1);
        daily(&mut w);
        let first = w.host.fields["17"]["disk_usage"].clone();
        w.advance(86_400);
        answers(&mut w, move |_, body| {
            body["storageUsed"] = json!(used);
            body["storageAllotted"] = json!("1099511627776");
            body["active"] = json!("0");
        });
        assert_eq!(counts(&daily(&mut w)), [0, 1], "{used}");
        assert_eq!(w.host.fields["17"]["disk_usage"], first);
        let page = w.run("page", w.as_client("17")).unwrap()["page"].to_string();
        assert!(
            page.contains("2026-01-01") && !page.contains("2026-01-02"),
            "{used}: {page}"
        );
        assert!(
            page.contains("\"Inactive\"") && page.contains("1 TiB"),
            "{used}: {page}"
        );
    }
}

#[test]
fn a_whole_number_of_bytes_may_be_written_with_a_fraction_of_zero() {
    for (used, read) in [("10485761.0", [1, 0]), ("10485761.5", [0, 1])] {
        let mut w = many(1);
        let number: Value = serde_json::from_str(used).unwrap();
        answers(&mut w, move |_, body| body["storageUsed"] = number.clone());
        assert_eq!(counts(&daily(&mut w)), read, "{used}");
        if read == [1, 0] {
            assert_eq!(w.host.fields["17"]["disk_usage"], json!("10"));
        }
    }
}

#[test]
fn a_word_for_the_state_that_no_setting_knows_tells_none_and_the_settings_are_named_once_a_day() {
    for word in ["enabled", "Activated", "Y", "trial"] {
        let mut w = many(1);
        answers(&mut w, move |_, body| body["active"] = json!(word));
        for _ in 0..2 {
            assert_eq!(counts(&daily(&mut w)), [1, 0], "{word}");
        }
        let warned = w.warnings();
        assert_eq!(warned.len(), 1, "{warned:?}");
        for part in [word, "response.activeValues", "response.inactiveValues"] {
            assert!(warned[0].contains(part), "{warned:?}");
        }
        let page = w.run("page", w.as_client("17")).unwrap()["page"].to_string();
        assert!(page.contains("\"Active\""), "{word}: {page}");
        for verb in ["suspend", "suspend", "unsuspend", "unsuspend"] {
            w.verb_on(verb, "17").unwrap();
        }
        // A server with a word of its own.
        w.configuration["contract"]["response"]["inactiveValues"] = json!([word]);
        daily(&mut w);
        let page = w.run("page", w.as_client("17")).unwrap()["page"].to_string();
        assert!(page.contains("\"Inactive\""), "{word}: {page}");
        w.configuration["contract"]["response"]["activeValues"] = json!([word]);
        daily(&mut w);
        let page = w.run("page", w.as_client("17")).unwrap()["page"].to_string();
        assert!(page.contains("\"Active\""), "{word}: {page}");
    }
}

#[test]
fn each_service_that_fails_is_named_once_on_each_date_of_the_hosts_own() {
    let mut w = many(4);
    answers(&mut w, |about, body| {
        if about != "17" {
            *body = json!({ "status": "success" });
        }
    });
    let days = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"];
    for day in days {
        w.host.settings["today"] = json!(day);
        let before = w.host.logs.len();
        for _ in 0..2 {
            assert_eq!(counts(&daily(&mut w)), [1, 3]);
        }
        let warned = warned(&w, before);
        assert_eq!(warned.len(), 3, "{day}: {warned:?}");
        for id in ["18", "19", "20"] {
            assert!(
                warned.iter().any(|l| l.contains(&format!("service {id} "))),
                "{warned:?}"
            );
        }
        // The run of the next day begins a second early.
        w.advance(86_399);
    }
}

#[test]
fn one_damaged_cell_fails_for_its_own_service_alone_and_is_told_by_its_name() {
    let service = json!({ "module": "backupserver", "service_id": "17" });
    let account = json!({ "module": "backupserver", "owner_id": "17" });
    for (table, key, column, value) in [
        ("mod_provisor_services", &service, "claim_until", "0000-00-00 00:00:00"),
        ("mod_provisor_backup_accounts", &account, "state", ""),
        ("mod_provisor_backup_accounts", &account, "kind", ""),
        ("mod_provisor_backup_accounts", &account, "name", ""),
        ("mod_provisor_backup_accounts", &account, "asked_at", "x"),
    ] {
        for deleted in [false, true] {
            let mut w = many(3);
            let damage = |w: &mut World, key: &Value, table: &str, column: &str, value: &str| {
                let mut values = key.clone();
                values[column] = json!(value);
                let change = json!({ "token": "", "changes": [{ "kind": "put", "table": table, "values": values }] });
                w.host.answer("apply", &change).unwrap();
            };
            damage(&mut w, key, table, column, value);
            if deleted {
                w.host.services.remove("17");
                w.host.services.remove("19");
            }
            let what = format!("{table}.{column} {deleted}");
            daily(&mut w);
            let others: &[&str] = if deleted { &["18"] } else { &["18", "19"] };
            for id in others {
                assert!(w.host.fields[*id].get("touch_usage").is_some(), "{what}: {id}");
            }
            let warned = w.warnings();
            if deleted {
                // The other deleted one is remembered all the same.
                let gone = |l: &&String| l.starts_with("backupserver.service_deleted: ") && l.contains("Service 19 ");
                assert_eq!(warned.iter().filter(gone).count(), 1, "{what}: {warned:?}");
            } else {
                assert!(
                    warned
                        .iter()
                        .any(|l| l.starts_with("host.row_damaged: ") && l.contains("ervice 17")),
                    "{what}: {warned:?}"
                );
            }
        }
    }
}
