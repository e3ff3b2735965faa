//! The Backup Server's wire contract: every path, name, value and rule that config.json can change changes the request or
//! the reading of an answer, and nothing else; every form of an answer gives the same results; each way of not reaching
//! the server is told in its own words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup_support;

use backup_support::{World, client, told};
use provisor::http::memory::MemoryTransport;
use provisor::http::{Kind, Request, Response, SendError, TlsReason};
use provisor::module::Env;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// The example that is shipped beside the module.
fn example() -> Value {
    serde_json::from_str(include_str!("../php/modules/servers/backupserver/config.json.example")).unwrap()
}

fn defaults() -> Value {
    serde_json::from_str(include_str!("../src/panel/backupserver/contract.json")).unwrap()
}

/// The default contract with the calls that have no path by default.
fn full() -> Value {
    let mut contract = defaults();
    for (name, path) in [("update", "/u.php"), ("usage", "/g.php"), ("login", "/l.php")] {
        contract["paths"][name] = json!(path);
    }
    contract
}

/// Every call that the module makes, in order, with a contract; each as method, path, and decoded pairs. The answers carry
/// whatever any rule looks for, under the names in force.
fn calls(contract: &Value) -> Vec<Value> {
    let log: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = log.clone();
    let names = contract.clone();
    let transport = MemoryTransport::new(move |request: &Request| {
        seen.lock().unwrap().push(described(request));
        let response = &names["response"];
        let mut answer = Map::new();
        for (key, value) in [
            ("statusKey", response["okValues"][0].clone()),
            ("passKeyKey", json!("K7Q2-19XZ")),
            ("storageUsedKey", json!("1048576")),
        ] {
            answer.insert(response[key].as_str().unwrap().to_owned(), value);
        }
        let page = format!("<input type=hidden name={}>", response["probeField"].as_str().unwrap());
        Ok(match request.method.as_str() {
            "GET" => Response::new(200, page),
            _ => Response::new(200, Value::Object(answer).to_string()),
        })
    });
    let mut world = World::new();
    world.env = Env {
        transport: Arc::new(transport),
    };
    world.configuration = json!({ "contract": contract });
    let throttled = [
        (7, "North"),
        (11, "/backup"),
        (12, "on"),
        (13, "a@b.example"),
        (14, ""),
        (15, "5"),
        (16, "New Configuration"),
        (17, "on"),
        (18, "Throttle only at specified time"),
        (19, "0130"),
        (20, "1740"),
        (21, "10485760"),
    ];
    let mut customer = vec![(6, "Signup Customer"), (23, "on")];
    customer.extend(throttled);
    let always = [(16, "New Configuration"), (17, "on"), (21, "2048")];
    for (id, options) in [
        ("17", world.reseller()),
        ("18", world.options(&customer)),
        ("19", world.options(&always)),
    ] {
        world.add_service(id, options);
        for (verb, staff) in [
            ("create", false),
            ("suspend", false),
            ("unsuspend", false),
            ("change_package", false),
            ("page", false),
            ("test_connection", true),
        ] {
            let input = if staff { world.as_staff(id) } else { world.verb(id) };
            world.run(verb, input).unwrap_or_else(|e| panic!("{verb}: {e:?}"));
        }
    }
    std::mem::take(&mut *log.lock().unwrap())
}

fn described(request: &Request) -> Value {
    let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
    let pairs: Vec<Value> = body
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            json!([name, value])
        })
        .collect();
    let basic = request.auth.is_some();
    json!({ "call": request.method.as_str(), "path": request.path(), "pairs": pairs, "basic": basic })
}

/// Every text of the contract, by its place.
fn places(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                places(inner, &format!("{place}/{name}"), found);
            }
        }
        _ => found.push(place.to_owned()),
    }
}

/// The calls with one text replaced wherever a part of them is exactly that text.
fn replaced(calls: &[Value], part: usize, old: &str, new: &str) -> Vec<Value> {
    let mut calls = calls.to_vec();
    for call in &mut calls {
        for pair in call["pairs"].as_array_mut().unwrap() {
            if pair[part] == json!(old) {
                pair[part] = json!(new);
            }
        }
    }
    calls
}

#[test]
fn the_shipped_example_shows_every_setting_with_its_default() {
    let mut shown = example();
    for name in ["update", "usage"] {
        assert_eq!(
            shown["contract"]["paths"][name],
            json!(format!("/interface/whmcs/{name}.php"))
        );
        shown["contract"]["paths"][name] = json!("");
    }
    assert_eq!(shown["contract"], defaults());
    let names: BTreeSet<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    let known = [
        "caFile",
        "console",
        "contract",
        "formerly",
        "hook",
        "passKeyField",
        "passKeyShown",
        "timeout",
    ];
    assert_eq!(names, known.into_iter().collect());
    let mut world = World::new();
    world.configuration = example();
    let options = world.reseller();
    world.add_service("17", options);
    world.verb_on("create", "17").unwrap();
    world.verb_on("change_package", "17").unwrap();
}

#[test]
fn the_defaults_are_those_of_the_reference() {
    let contract = defaults();
    assert_eq!(
        contract["paths"],
        json!({ "signupReseller": "/interface/registerreseller/register.php",
            "signupCustomer": "/interface/registercustomer/register.php",
            "accountStatus": "/interface/whmcs/status.php", "passKey": "/interface/whmcs/passkey.php",
            "update": "", "usage": "", "login": "", "probe": "/" })
    );
    // Every wire name is the one of the reference's table 3.3.
    let names: BTreeSet<&str> = contract["params"]
        .as_object()
        .unwrap()
        .values()
        .map(|v| v.as_str().unwrap())
        .collect();
    let table = "userName loginPassword action accountType name firstName lastName company email phone address1 address2 city \
        state zip country resellerName activationStatus autoAuthorization storageAllotted storageLocation consolidatedReport \
        consolidatedReportEmail autoMCAL allotMCAL bandwidthConfig throttleEnabled throttleMode throttleFrom throttleTill \
        restrictedRate sendMail";
    assert_eq!(names, table.split_whitespace().collect());
    let response = &contract["response"];
    assert_eq!(response["okValues"], json!(["success", "ok", "1", "true"]));
    assert_eq!(response["successPages"], json!(["onlineregsuccess.php"]));
    assert_eq!(response["failurePages"], json!(["onlineregfailure.php"]));
    assert_eq!(
        [&response["pageMessageParam"], &response["pageNameParam"]],
        [&json!("result"), &json!("cn")]
    );
}

#[test]
fn every_setting_of_a_request_changes_that_part_of_the_request_and_nothing_else() {
    let before = calls(&full());
    let mut found = Vec::new();
    places(&full(), "", &mut found);
    let mut changed = 0;
    for place in found {
        let old = full().pointer(&place).unwrap().clone();
        let Some(old) = old.as_str() else { continue };
        let new = if place.starts_with("/paths") { "/new.php" } else { "NEW" };
        let mut contract = full();
        *contract.pointer_mut(&place).unwrap() = json!(new);
        let expected = if place.starts_with("/paths") {
            let mut calls = before.clone();
            for call in &mut calls {
                if call["path"] == json!(old) {
                    call["path"] = json!(new);
                }
            }
            calls
        } else if place.starts_with("/params") {
            replaced(&before, 0, old, new)
        } else if place.starts_with("/values") {
            // A word stands only where it is meant: "1" is also a port's digit, never a whole value of another kind.
            let flags = [
                "activationStatus",
                "autoAuthorization",
                "consolidatedReport",
                "autoMCAL",
                "throttleEnabled",
                "sendMail",
            ];
            let meant: &[&str] = match old {
                "1" | "0" => &flags,
                "reseller" | "customer" => &["accountType"],
                "global" | "new" => &["bandwidthConfig"],
                "always" | "scheduled" => &["throttleMode"],
                _ => &["action"],
            };
            let mut calls = before.clone();
            for call in &mut calls {
                for pair in call["pairs"].as_array_mut().unwrap() {
                    if pair[1] == json!(old) && meant.contains(&pair[0].as_str().unwrap()) {
                        pair[1] = json!(new);
                    }
                }
            }
            calls
        } else {
            // How answers are read changes no request.
            assert_eq!(
                place.split('/').nth(1),
                place.starts_with("/response").then_some("response").or(Some("auth"))
            );
            if place == "/auth" {
                continue;
            }
            before.clone()
        };
        assert_eq!(calls(&contract), expected, "{place}");
        if expected != before {
            changed += 1;
        } else {
            assert!(
                place.starts_with("/response")
                    || ["/params/address2", "/params/state", "/values/always"].contains(&place.as_str()),
                "{place} changed nothing"
            );
        }
    }
    assert!(changed > 50, "{changed}");
}

#[test]
fn basic_authentication_takes_the_credentials_out_of_the_form() {
    let mut contract = full();
    contract["auth"] = json!("basic");
    let form = calls(&full());
    let basic = calls(&contract);
    assert_eq!(form.len(), basic.len());
    for (form, basic) in form.iter().zip(&basic) {
        let post = form["call"] == "POST";
        assert_eq!(
            [&form["basic"], &basic["basic"]],
            [&json!(false), &json!(post)],
            "{basic}"
        );
        let without: Vec<&Value> = form["pairs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|p| p[0] != "userName" && p[0] != "loginPassword")
            .collect();
        assert_eq!(json!(without), basic["pairs"]);
    }
}

#[test]
fn extra_pairs_go_with_every_call_and_an_empty_name_is_not_sent() {
    let mut contract = full();
    contract["extra"] = json!({ "token": "a b&c" });
    contract["params"]["sendMail"] = json!("");
    for call in calls(&contract) {
        let pairs = call["pairs"].as_array().unwrap();
        assert_eq!(
            pairs.contains(&json!(["token", "a+b%26c"])),
            call["call"] == "POST",
            "{call}"
        );
        assert!(pairs.iter().all(|p| p[0] != "sendMail" && p[0] != ""), "{call}");
    }
}

/// What a life of an account gives: reports, standing, and what went wrong.
fn life(world: &mut World) -> Value {
    let customer = world.customer();
    world.add_service("17", customer);
    let mut seen = Vec::new();
    for verb in [
        "create",
        "suspend",
        "suspend",
        "unsuspend",
        "change_package",
        "terminate",
    ] {
        let said = match world.verb_on(verb, "17") {
            Ok(report) => report["message"].clone(),
            Err(ended) => json!(ended.message),
        };
        seen.push(json!([verb, said, world.standing()]));
    }
    let reseller = world.reseller();
    world.control(
        "account",
        json!({ "kind": "reseller", "name": "Acme GmbH", "action": "create" }),
    );
    world.add_service("18", reseller);
    let input = world.verb("18");
    seen.push(json!(world.refused("create", input).0));
    json!({ "seen": seen, "key": world.stored_key("Pass Key"), "warnings": world.warnings() })
}

#[test]
fn every_form_of_an_answer_gives_the_same_results() {
    let expected = life(&mut World::new());
    assert!(expected["key"].is_string(), "{expected}");
    for mode in [
        json!({ "answer": "json_nested" }),
        json!({ "answer": "xml" }),
        json!({ "answer": "keyvalue" }),
        json!({ "answer": "query" }),
        json!({ "answer": "redirect" }),
        json!({ "answer": "redirect", "location": "absolute" }),
        json!({ "answer": "redirect", "location": "relative" }),
        json!({ "answer": "xml", "content_type": "text/html" }),
        json!({ "answer": "json", "content_type": "text/plain" }),
        json!({ "ok": true }),
        json!({ "ok": 1 }),
        json!({ "ok": "ok" }),
        json!({ "repeat": "error" }),
    ] {
        let mut world = World::new();
        if mode["answer"] == "redirect" {
            let calls = ["signupReseller", "signupCustomer", "accountStatus", "update"];
            world.configuration["contract"]["response"]["pageCalls"] = json!(calls);
        }
        world.control("mode", mode.clone());
        assert_eq!(life(&mut world), expected, "{mode}");
    }
}

/// A redirect to there.
fn moved(location: &str) -> Response {
    Response::new(302, "").header("Location", location)
}

#[test]
fn a_result_page_tells_of_sign_ups_alone_unless_the_contract_says_more() {
    let world = || {
        let mut world = ordered_by("Acme GmbH", true);
        world.verb_on("create", "17").unwrap();
        for action in [
            "action=deactivate",
            "action=updateCustomer",
            "action=getPassKey",
            "action=getUsage",
        ] {
            answered(&mut world, action, || moved("/interface/onlineregsuccess.php"));
        }
        world
    };
    for (verb, call) in [
        ("suspend", "accountStatus"),
        ("terminate", "accountStatus"),
        ("change_package", "update"),
        ("pass_key", "passKey"),
    ] {
        let mut world = world();
        let input = if verb == "pass_key" {
            world.as_staff("17")
        } else {
            world.verb("17")
        };
        let (code, sentence) = world.refused(verb, input);
        assert_eq!(code, "panel.other_page", "{verb}: {sentence}");
        assert!(sentence.contains("redirect (302)"), "{sentence}");
        assert!(
            sentence.contains("contract.response.pageCalls") && sentence.contains(call),
            "{sentence}"
        );
        assert_eq!(world.host.rows("mod_provisor_backup_accounts")[0]["state"], "active");
    }
    // Where the operator knows better, it counts.
    let mut world = world();
    world.configuration["contract"]["response"]["pageCalls"] = json!(["accountStatus"]);
    world.verb_on("suspend", "17").unwrap();
}

#[test]
fn a_result_page_counts_only_on_the_console_that_was_asked_and_for_the_name_that_was_sent() {
    let own = "https://backup.example.net:6061/interface/registercustomer/onlineregsuccess.php";
    for location in [
        "onlineregsuccess.php",
        "/interface/onlineregsuccess.php",
        "/interface/onlineregsuccess.php?cn=&result=",
        "/interface/onlineregsuccess.php?cn=Acme+GmbH",
        "/interface/onlineregsuccess.php?cn=Acme%20GmbH#done",
        "//BACKUP.example.net:6061/onlineregsuccess.php",
        own,
    ] {
        let mut world = ordered_by("Acme GmbH", false);
        answered(&mut world, "action=signupCustomer", move || moved(location));
        world.verb_on("create", "17").unwrap();
    }
    for (location, told) in [
        (
            "https://evil.example/x/onlineregsuccess.php?cn=Acme+GmbH",
            "evil.example",
        ),
        ("https://backup.example.net/onlineregsuccess.php", "backup.example.net"),
        (
            "https://backup.example.net:6060/onlineregsuccess.php",
            "backup.example.net:6060",
        ),
        (
            "https://backup.example.net.evil.example:6061/onlineregsuccess.php",
            "evil.example",
        ),
        ("//evil.example/onlineregsuccess.php", "evil.example"),
        ("https:/x/onlineregsuccess.php", "not the console"),
        ("\\\\evil.example\\x/onlineregsuccess.php", "not the console"),
        ("/interface/onlineregsuccess.php?cn=Somebody+Else", "Somebody Else"),
        ("/interface/onlineregsuccess.php?cn=acme+gmbh", "acme gmbh"),
        (
            "/interface/onlineregfailure.php?cn=Somebody+Else&result=No",
            "Somebody Else",
        ),
        ("https://evil.example/onlineregfailure.php?result=No", "evil.example"),
        ("/thanks.php?next=/onlineregsuccess.php", "login page"),
        ("/thanks.php", "contract.response.successPages"),
        ("https://evil.example/login.php", "evil.example"),
    ] {
        let mut world = ordered_by("Acme GmbH", false);
        answered(&mut world, "action=signupCustomer", move || moved(location));
        let input = world.verb("17");
        let (code, sentence) = world.refused("create", input);
        assert_eq!(code, "backupserver.create_unknown", "{location}: {sentence}");
        assert!(
            sentence.contains("redirect (302)") && sentence.contains(told),
            "{location}: {sentence}"
        );
        assert_eq!(
            world.host.rows("mod_provisor_backup_accounts")[0]["state"],
            "asked",
            "{location}"
        );
    }
    // A standard port may be left out.
    let mut world = ordered_by("Acme GmbH", false);
    let options = world.options(&[(3, "443"), (6, "Signup Customer")]);
    world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(options);
    answered(&mut world, "action=signupCustomer", || {
        moved("https://backup.example.net/onlineregsuccess.php")
    });
    world.verb_on("create", "17").unwrap();
}

#[test]
fn a_refused_pass_key_shows_no_piece_of_the_answer_anywhere() {
    for body in [
        r#"{"status":"done","message":"Pass key of Acme GmbH: K7Q2-19XZ","passKey":"K7Q2-19XZ"}"#,
        r#"{"status":"K7Q2-19XZ","code":"K7Q2-19XZ","passKey":"K7Q2-19XZ"}"#,
        "status=done&code=K7Q2-19XZ&message=K7Q2-19XZ",
        "<r><status>done</status><message>K7Q2-19XZ</message></r>",
        "passKey=K7Q2-19XZ",
        "K7Q2-19XZ",
    ] {
        for status in [200, 302, 400, 422, 500] {
            let mut world = ordered_by("Acme GmbH", false);
            answered(&mut world, "action=getPassKey", move || {
                let place = "https://K7Q2-19XZ/K7Q2-19XZ/onlineregfailure.php?cn=K7Q2-19XZ&result=K7Q2-19XZ";
                Response::new(status, body).header("Location", place)
            });
            world.verb_on("create", "17").unwrap();
            let asked = [
                ("pass_key", world.as_client("17")),
                ("refresh_pass_key", world.as_staff("17")),
            ];
            let mut seen = Vec::new();
            for (job, input) in asked {
                seen.push(told(&world.run(job, input).unwrap_err()).1);
            }
            let seen = format!("{seen:?} {:?}", world.host.logs);
            assert!(world.warnings()[0].starts_with("backupserver.pass_key"), "{seen}");
            assert!(!seen.contains("K7Q2"), "{status} {body}: {seen}");
        }
    }
    // A code that the contract knows is told, so that staff learn the cause.
    let mut world = ordered_by("Acme GmbH", false);
    world.verb_on("create", "17").unwrap();
    answered(&mut world, "action=getPassKey", || {
        Response::new(200, r#"{"status":"no","code":"404"}"#)
    });
    let input = world.as_staff("17");
    let (_, sentence) = world.refused("refresh_pass_key", input);
    assert!(
        sentence.contains("(code 404)") && sentence.contains("not shown"),
        "{sentence}"
    );
}

#[test]
fn an_answer_that_says_nothing_is_never_success() {
    for answer in ["html_500", "no_status", "empty"] {
        for processed in [true, false] {
            let mut world = World::new();
            let options = world.customer();
            world.add_service("17", options);
            world.control("mode", json!({ "answer": answer, "processed": processed }));
            let input = world.verb("17");
            let (code, sentence) = world.refused("create", input);
            assert_eq!(code, "backupserver.create_unknown", "{answer}: {sentence}");
            // Whatever it did: the next attempt ends with one account, and with its pass key as soon as staff say that it is
            // this client's: a server that says nothing did not tell before either that the name was free.
            world.control("mode", json!({ "reset": true }));
            if processed {
                let input = world.verb("17");
                assert_eq!(world.refused("create", input).0, "backupserver.not_sure", "{answer}");
            } else {
                world.verb_on("create", "17").unwrap();
            }
            assert_eq!(world.stored_key("Pass Key").is_some(), !processed, "{answer}");
            let input = world.as_staff("17");
            world.run("take_over_account", input).unwrap();
            assert_eq!(
                world.standing(),
                [("Acme GmbH".to_owned(), true)],
                "{answer} {processed}"
            );
            assert!(world.stored_key("Pass Key").is_some());
            world.control("mode", json!({ "answer": answer, "processed": processed }));
            let suspend = world.verb("17");
            assert!(world.run("suspend", suspend).is_err(), "{answer} {processed}");
            world.control("mode", json!({ "reset": true }));
            world.verb_on("suspend", "17").unwrap();
            assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
        }
    }
}

/// A console that asks for a login did nothing (reference 3.4): a name that it has is somebody else's.
#[test]
fn a_refused_login_takes_nobodys_account_over() {
    for denial in ["401", "403", "body", "login_page", "redirect"] {
        for reads in [true, false] {
            let mut world = ordered_by("Acme GmbH", reads);
            let right = world.customer();
            let account = json!({ "kind": "customer", "name": "Acme GmbH", "action": "create" });
            world.control("account", account);
            world.control("mode", json!({ "denial": denial }));
            let wrong = world.options(&[(5, "p1anted-wrong"), (6, "Signup Customer"), (23, "on")]);
            world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(wrong);
            let input = world.verb("17");
            let (code, sentence) = world.refused("create", input);
            assert_ne!(code, "backupserver.create_unknown", "{denial}: {sentence}");
            assert!(
                denial == "body" || sentence.contains("UserName"),
                "{denial}: {sentence}"
            );
            assert!(sentence.contains("Nothing was created."), "{denial}: {sentence}");
            assert!(world.host.rows("mod_provisor_backup_accounts").is_empty(), "{denial}");
            world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(right);
            let input = world.verb("17");
            assert_eq!(world.refused("create", input).0, "backupserver.name_taken", "{denial}");
            assert_eq!(world.stored_key("Pass Key"), None, "{denial}");
        }
    }
    // Where nobody has the name, the account is made with the right password.
    for denial in ["login_page", "redirect"] {
        let mut world = ordered_by("Acme GmbH", false);
        let right = world.customer();
        world.control("mode", json!({ "denial": denial }));
        let wrong = world.options(&[(5, "p1anted-wrong"), (6, "Signup Customer"), (23, "on")]);
        world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(wrong);
        assert!(world.verb_on("create", "17").is_err());
        world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(right);
        world.verb_on("create", "17").unwrap();
        assert!(world.stored_key("Pass Key").is_some());
    }
}

#[test]
fn a_page_that_is_no_console_page_is_told_as_a_web_page() {
    let mut world = World::new();
    let options = world.reseller();
    world.add_service("17", options);
    answered(&mut world, "action=", || {
        Response::new(200, "<!DOCTYPE html><html><body>Welcome</body></html>").header("Content-Type", "text/html")
    });
    let input = world.as_staff("17");
    let (_, sentence) = world.refused("test_connection", input);
    for part in ["a web page", "login", "UserName and Password"] {
        assert!(
            sentence
                .replace("UserName, Password", "UserName and Password")
                .contains(part),
            "{sentence}"
        );
    }
    assert!(!sentence.contains("document type"), "{sentence}");
}

#[test]
fn wrong_credentials_are_told_in_every_way_that_a_server_has() {
    for denial in ["401", "403", "body", "login_page", "redirect"] {
        let mut world = World::new();
        world.control("mode", json!({ "denial": denial }));
        let options = world.options(&[(5, "p1anted-wrong")]);
        world.add_service("17", options);
        for (verb, input) in [("create", world.verb("17")), ("test_connection", world.as_staff("17"))] {
            let (code, sentence) = world.refused(verb, input);
            let known = [
                "panel.unauthorized",
                "panel.forbidden",
                "backupserver.rejected",
                "backupserver.create_unknown",
                "panel.unexpected_content",
                "panel.login_redirect",
                "panel.login_page",
            ];
            assert!(known.contains(&code.as_str()), "{denial} {verb}: {code}");
            assert!(!sentence.contains("p1anted"), "{sentence}");
            if ["401", "403", "redirect", "login_page"].contains(&denial) {
                assert!(sentence.contains("UserName"), "{denial}: {sentence}");
            }
        }
        assert!(world.accounts().is_empty());
    }
}

#[test]
fn a_path_that_is_not_there_is_named_by_its_setting() {
    let mut world = World::new();
    let options = world.reseller();
    world.add_service("17", options);
    world.configuration["contract"]["paths"]["signupReseller"] = json!("/nowhere.php");
    let input = world.verb("17");
    let (code, sentence) = world.refused("create", input);
    assert_eq!(code, "panel.path_missing");
    assert!(
        sentence.contains("contract.paths.signupReseller") && sentence.contains("assumed"),
        "{sentence}"
    );
    world.configuration["contract"]["paths"]["signupReseller"] = json!("/interface/registerreseller/register.php");
    world.verb_on("create", "17").unwrap();
}

#[test]
fn each_cause_of_a_failed_connection_has_its_own_message() {
    let mut sentences = BTreeSet::new();
    let causes: [(Kind, &str); 12] = [
        (Kind::Refused, "http.refused"),
        (Kind::Unreachable, "http.unreachable"),
        (Kind::Dns, "http.dns"),
        (Kind::DnsTimeout, "http.dns_timeout"),
        (Kind::ConnectTimeout, "http.connect_timeout"),
        (Kind::ReadTimeout, "http.read_timeout"),
        (Kind::Reset, "http.reset"),
        (Kind::Tls(TlsReason::UnknownIssuer), "http.tls_unknown_issuer"),
        (Kind::Tls(TlsReason::WrongName), "http.tls_name"),
        (Kind::Tls(TlsReason::Expired), "http.tls_expired"),
        (Kind::Tls(TlsReason::Handshake), "http.tls_handshake"),
        (Kind::Protocol, "http.protocol"),
    ];
    for (kind, expected) in causes {
        let mut world = World::new();
        let options = world.reseller();
        world.add_service("17", options);
        world.env = Env {
            transport: Arc::new(MemoryTransport::new(move |_| Err(SendError::unsent(kind.clone())))),
        };
        let input = world.as_staff("17");
        let (code, sentence) = world.refused("test_connection", input);
        assert_eq!(code, expected, "{sentence}");
        assert!(sentence.contains("Nothing was changed"), "{sentence}");
        if expected.contains("issuer") {
            assert!(
                sentence.contains("\"caFile\" in the module's config.json"),
                "{sentence}"
            );
        }
        sentences.insert(sentence);
    }
    assert_eq!(sentences.len(), 12);
}

#[test]
fn the_connection_test_tells_what_it_found() {
    let test = |probe: &str, set: &[(usize, &str)], login: bool| {
        let mut world = World::new();
        if !login {
            world.configuration["contract"]["paths"]["login"] = json!("");
        }
        world.control("mode", json!({ "probe": probe }));
        world.host.client_fields = vec![("VAT".into(), true), (" pass key".into(), true)];
        let options = world.options(set);
        world.add_service("17", options);
        let input = world.as_staff("17");
        let said = match world.run("test_connection", input) {
            Ok(report) => report["message"].as_str().unwrap().to_owned(),
            Err(ended) => told(&ended).0,
        };
        let changed = world
            .panel
            .requests()
            .iter()
            .any(|r| r["call"] == "account_status" || r["call"] == "signup_reseller");
        assert!(!changed, "a connection test changes nothing");
        said
    };
    assert!(test("console", &[], true).contains("accepts UserName and Password"));
    assert!(test("console", &[], false).contains("were not tried"));
    assert_eq!(test("other", &[], true), "backupserver.not_a_console");
    assert_eq!(test("empty", &[], true), "backupserver.not_a_console");
    assert_eq!(test("404", &[], true), "panel.path_missing");
    // The set-up page asks for the number of the field; here it is.
    let with_key = test("console", &[(6, "Signup Customer"), (23, "on")], true);
    assert!(with_key.ends_with("{$client_custom_fields.1}."), "{with_key}");
}

#[test]
fn a_damaged_config_json_is_told_by_the_place_of_its_mistake() {
    for (text, place) in [
        ("{", "line 1"),
        ("[]", "not an object"),
        (r#"{"cafile":"/x"}"#, "\"cafile\""),
        (r#"{"timeout":"p1anted"}"#, "\"timeout\""),
        (r#"{"console":"p1anted"}"#, "\"console\""),
        (
            r#"{"formerly":["b.example:6061","https://b.example:6061"]}"#,
            "\"formerly[1]\"",
        ),
        (r#"{"formerly":["b.example"]}"#, "\"formerly[0]\""),
        (r#"{"formerly":["b.example:6061/"]}"#, "\"formerly[0]\""),
        (r#"{"formerly":["b.example:06061"]}"#, "\"formerly[0]\""),
        (r#"{"formerly":["b.example:0"]}"#, "\"formerly[0]\""),
        (r#"{"formerly":["2001:db8::1:6061"]}"#, "\"formerly[0]\""),
        (r#"{"formerly":["b. example:6061"]}"#, "\"formerly[0]\""),
        (r#"{"formerly":[""]}"#, "\"formerly[0]\""),
        (r#"{"formerly":[6061]}"#, "\"formerly[0]\""),
        (r#"{"hook":{"Storage Allotted":5}}"#, "\"hook.Storage Allotted\""),
        (
            r#"{"contract":{"paths":{"usge":"/p1anted"}}}"#,
            "\"contract.paths.usge\"",
        ),
        (r#"{"contract":{"auth":"p1anted"}}"#, "\"contract.auth\""),
    ] {
        let mut world = World::new();
        let options = world.reseller();
        world.add_service("17", options);
        let mut input = world.verb("17");
        input["configuration"] = json!(text);
        let (code, sentence) = world.refused("create", input);
        assert_eq!(code, "backupserver.configuration", "{text}");
        assert!(
            sentence.contains(place) && !sentence.contains("p1anted"),
            "{text}: {sentence}"
        );
        assert!(world.panel.requests().is_empty());
    }
}

/// From now on calls whose body holds `what` are answered by `answer`, and the Backup Server does not hear of them.
fn answered(world: &mut World, what: &'static str, answer: impl Fn() -> Response + Send + Sync + 'static) {
    let server = world.env.transport.clone();
    let transport = MemoryTransport::new(move |request: &Request| {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        if body.contains(what) {
            Ok(answer())
        } else {
            server.send(request)
        }
    });
    world.env = Env {
        transport: Arc::new(transport),
    };
}

/// A service whose client's company has this name, with or without the call that reads an account's state.
fn ordered_by(company: &str, reads: bool) -> World {
    let mut world = World::new();
    if !reads {
        world.configuration = json!({});
    }
    world.host.clients.insert("7".into(), client("7", company));
    let options = world.customer();
    world.add_service("17", options);
    world
}

#[test]
fn the_clients_own_name_turns_no_failure_into_success() {
    for reads in [true, false] {
        for (verb, company, account) in [
            ("terminate", "Not Found GmbH", "Not Found GmbH"),
            ("terminate", "Not Found GmbH", "NOT FOUND GMBH"),
            ("terminate", "Not Found & Söhne", "Not+Found+%26+S%C3%B6hne"),
            ("terminate", "Not Found & Söhne", "not found &amp; s&#246;hne"),
            ("terminate", "Not Found International", "Not Found Intern"),
            ("suspend", "Already Inactive Ltd", "Already Inactive Ltd"),
            ("suspend", "Already-Deactivated", "already deactivated"),
        ] {
            let mut world = ordered_by(company, reads);
            world.verb_on("create", "17").unwrap();
            let words = format!("Cannot deactivate customer '{account}': database is locked");
            let said = json!({ "status": "error", "message": words }).to_string();
            answered(&mut world, "action=deactivate", move || {
                Response::new(200, said.as_str())
            });
            let input = world.verb("17");
            let (code, sentence) = world.refused(verb, input);
            assert_eq!(code, "backupserver.rejected", "{verb} {account}: {sentence}");
            assert!(sentence.contains("database is locked"), "{sentence}");
            assert_eq!(world.standing(), [(company.to_owned(), true)]);
            assert_eq!(world.host.rows("mod_provisor_backup_accounts")[0]["state"], "active");
        }
        // A lost sign-up that is then refused with a quotation is not taken over.
        let mut world = ordered_by("Already Exists Inc", reads);
        world.control(
            "faults",
            json!([{ "kind": "reset_before", "match": { "path_contains": "register" }, "count": 1 }]),
        );
        assert!(world.verb_on("create", "17").is_err());
        world.advance(700);
        answered(&mut world, "action=signupCustomer", || {
            let words = "Customer 'Already Exists Inc' was not added: licence limit reached";
            Response::new(200, json!({ "status": "error", "message": words }).to_string())
        });
        let input = world.verb("17");
        let (code, sentence) = world.refused("create", input);
        assert_eq!(code, "backupserver.rejected", "{sentence}");
        assert!(!world.host.fields.contains_key("17"), "no account is shown");
    }
}

#[test]
fn what_a_refusal_claims_is_confirmed_where_the_state_can_be_read() {
    for (verb, words) in [
        ("terminate", "Customer not found"),
        ("suspend", "Customer is already inactive"),
    ] {
        let refuse = |world: &mut World| {
            let said = json!({ "status": "error", "message": words }).to_string();
            answered(world, "action=deactivate", move || Response::new(200, said.as_str()));
        };
        // The account is there and active, whatever the refusal says.
        let mut world = ordered_by("Acme GmbH", true);
        world.verb_on("create", "17").unwrap();
        refuse(&mut world);
        let input = world.verb("17");
        assert_eq!(world.refused(verb, input).0, "backupserver.rejected", "{verb}");
        assert_eq!(world.host.rows("mod_provisor_backup_accounts")[0]["state"], "active");
        // The state cannot be read: nothing is believed.
        answered(&mut world, "action=getUsage", || Response::new(503, ""));
        let input = world.verb("17");
        assert_eq!(world.refused(verb, input).0, "panel.unavailable", "{verb}");
        // It is as the refusal says.
        let mut world = ordered_by("Acme GmbH", true);
        world.verb_on("create", "17").unwrap();
        let change = match verb {
            "terminate" => json!({ "kind": "customer", "name": "Acme GmbH", "action": "remove" }),
            _ => json!({ "kind": "customer", "name": "Acme GmbH", "action": "change", "active": false }),
        };
        world.control("account", change);
        refuse(&mut world);
        world.verb_on(verb, "17").unwrap();
    }
}

#[test]
fn an_account_that_is_said_to_exist_and_is_not_there_is_not_taken_over() {
    for (usage, expected) in [(200, "backupserver.rejected"), (503, "backupserver.create_unknown")] {
        let mut world = ordered_by("Acme GmbH", true);
        world.control(
            "faults",
            json!([{ "kind": "reset_before", "match": { "path_contains": "register" }, "count": 1 }]),
        );
        assert!(world.verb_on("create", "17").is_err());
        world.advance(700);
        answered(&mut world, "action=signupCustomer", || {
            Response::new(
                200,
                json!({ "status": "error", "message": "It already exists" }).to_string(),
            )
        });
        if usage != 200 {
            answered(&mut world, "action=getUsage", move || Response::new(usage, ""));
        }
        let input = world.verb("17");
        assert_eq!(world.refused("create", input).0, expected);
    }
}

/// A service is ended because its account is gone only where the server says so of the account.
#[test]
fn something_else_that_is_not_found_ends_no_service() {
    for reads in [true, false] {
        for said in [
            json!({ "status": "error", "message": "User 'admin' not found" }),
            json!({ "status": "error", "message": "No such action: deactivate" }),
            json!({ "status": "error", "code": "404", "message": "Session not found" }),
            json!({ "status": "error", "code": "404" }),
            json!({ "status": "error", "message": "Licence of customer 'Acme GmbH' does not exist" }),
        ] {
            for verb in ["suspend", "terminate"] {
                let mut world = ordered_by("Acme GmbH", reads);
                world.verb_on("create", "17").unwrap();
                let answer = said.to_string();
                answered(&mut world, "action=deactivate", move || {
                    Response::new(200, answer.as_str())
                });
                let input = world.verb("17");
                assert_eq!(world.refused(verb, input).0, "backupserver.rejected", "{said}");
                assert_eq!(world.host.rows("mod_provisor_backup_accounts")[0]["state"], "active");
            }
        }
    }
    // Nor does it where the first call names the account and the one that confirms it does not.
    let mut world = ordered_by("Acme GmbH", true);
    world.verb_on("create", "17").unwrap();
    let refuse = |words: &str| json!({ "status": "error", "message": words }).to_string();
    let (first, second) = (refuse("Customer not found"), refuse("Session not found"));
    answered(&mut world, "action=deactivate", move || {
        Response::new(200, first.as_str())
    });
    answered(&mut world, "action=getUsage", move || {
        Response::new(200, second.as_str())
    });
    let input = world.verb("17");
    assert_eq!(world.refused("terminate", input).0, "backupserver.rejected");
    assert_eq!(world.host.rows("mod_provisor_backup_accounts").len(), 1);
}

#[test]
fn a_sign_up_whose_answer_contradicts_itself_or_comes_from_a_proxy_that_gave_up_is_not_known() {
    let said = |status: &str| json!({ "status": status, "message": "x" }).to_string();
    for (status, body) in [
        (409, said("success")),
        (422, said("1")),
        (408, String::new()),
        (499, String::new()),
    ] {
        let mut world = ordered_by("Acme GmbH", false);
        answered(&mut world, "action=signupCustomer", move || {
            Response::new(status, body.as_str())
        });
        let input = world.verb("17");
        let (code, sentence) = world.refused("create", input);
        assert_eq!(code, "backupserver.create_unknown", "{status}: {sentence}");
        assert_eq!(
            world.host.rows("mod_provisor_backup_accounts")[0]["state"],
            "asked",
            "{status}"
        );
    }
    for (page, body) in [
        ("onlineregsuccess.php", said("error")),
        ("onlineregfailure.php", said("success")),
    ] {
        let mut world = ordered_by("Acme GmbH", false);
        answered(&mut world, "action=signupCustomer", move || {
            Response::new(302, body.as_str()).header("Location", &format!("/x/{page}?cn=Acme+GmbH&result="))
        });
        let input = world.verb("17");
        let (code, sentence) = world.refused("create", input);
        assert_eq!(code, "backupserver.create_unknown", "{page}: {sentence}");
        assert!(sentence.contains("yes and no at once"), "{sentence}");
    }
}

#[test]
fn an_answer_that_says_its_status_twice_says_nothing() {
    for body in [
        "status=error&status=success",
        "status=error\nstatus=success",
        "<r><status>error</status><status>success</status></r>",
    ] {
        let mut world = ordered_by("Acme GmbH", false);
        answered(&mut world, "action=signupCustomer", move || Response::new(200, body));
        let input = world.verb("17");
        assert_eq!(
            world.refused("create", input).0,
            "backupserver.create_unknown",
            "{body}"
        );
    }
}

#[test]
fn a_success_that_the_accounts_state_contradicts_is_no_success() {
    for verb in ["suspend", "terminate"] {
        let mut world = ordered_by("Acme GmbH", true);
        world.verb_on("create", "17").unwrap();
        answered(&mut world, "action=deactivate", || {
            Response::new(200, r#"{"status":"success"}"#)
        });
        let input = world.verb("17");
        let (code, sentence) = world.refused(verb, input);
        assert_eq!(code, "backupserver.rejected");
        assert!(sentence.contains("state says otherwise"), "{sentence}");
        assert_eq!(world.host.rows("mod_provisor_backup_accounts")[0]["state"], "active");
        // A state that cannot be read contradicts nothing.
        answered(&mut world, "action=getUsage", || Response::new(503, ""));
        world.verb_on(verb, "17").unwrap();
    }
}

#[test]
fn a_pass_key_in_the_answer_to_another_call_stands_in_no_message() {
    for body in [
        r#"{"passKey":"K7Q2-19XZ"}"#,
        r#"{"status":"error","message":"Acme has K7Q2-19XZ","code":"K7Q2-19XZ","passKey":"K7Q2-19XZ"}"#,
        "<r><passKey>K7Q2-19XZ</passKey></r>",
        "<r><passkey>K7Q2-19XZ</passkey><status>",
    ] {
        let mut world = ordered_by("Acme GmbH", false);
        world.verb_on("create", "17").unwrap();
        answered(&mut world, "action=deactivate", move || Response::new(200, body));
        let input = world.verb("17");
        let seen = world.refused("suspend", input);
        assert!(!format!("{seen:?} {:?}", world.host.logs).contains("K7Q2"), "{seen:?}");
    }
}

#[test]
fn what_no_client_could_type_is_no_pass_key() {
    for key in [
        "K".repeat(201),
        "<b>K7</b>".to_owned(),
        "K7\u{200b}Q2".to_owned(),
        String::new(),
    ] {
        let mut world = ordered_by("Acme GmbH", false);
        let body = json!({ "status": "success", "passKey": key }).to_string();
        answered(&mut world, "action=getPassKey", move || {
            Response::new(200, body.as_str())
        });
        world.verb_on("create", "17").unwrap();
        assert_eq!(world.stored_key("Pass Key"), None, "{key}");
        assert!(world.warnings()[0].starts_with("backupserver.pass_key"));
    }
}

#[test]
fn the_value_of_an_extra_pair_is_shown_by_no_answer_that_quotes_it() {
    let token = "tok-9f8e7d6c5b4a";
    for quoted in [
        token.to_owned(),
        "tok%2D9f8e7d6c5b4a".to_owned(),
        format!("<i>{token}</i>"),
    ] {
        let mut world = World::new();
        world.configuration["contract"]["extra"] = json!({ "apiToken": token, "v": "2" });
        let options = world.reseller();
        world.add_service("17", options);
        let words = format!("Invalid apiToken {quoted}, version 2");
        let refusal = json!({ "action": "signupReseller", "code": "422", "message": words, "count": 2 });
        world.control("refuse", refusal);
        let jobs = [
            ("create", world.verb("17")),
            ("hook_signup", world.hook("reseller", "7", "")),
        ];
        for (job, input) in jobs {
            let (code, sentence) = world.refused(job, input);
            assert_eq!(code, "backupserver.rejected", "{job}: {sentence}");
            assert!(!sentence.contains("9f8e7d6c5b4a"), "{job}: {sentence}");
        }
        let told = format!("{:?}", world.host.logs);
        assert!(!told.contains("9f8e7d6c5b4a"), "{told}");
    }
}
