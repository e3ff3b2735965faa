//! The promises of the simulated Backup Server (reference: storegrid-singlehop.md 2 and 3).
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use provisor_simulator::{Options, PanelKind, Simulator};
use serde_json::{Value, json};

const RESELLER: &str = "/interface/registerreseller/register.php";
const CUSTOMER: &str = "/interface/registercustomer/register.php";
const STATUS: &str = "/interface/whmcs/status.php";
const PASS_KEY: &str = "/interface/whmcs/passkey.php";
const USAGE: &str = "/interface/whmcs/usage.php";

fn server() -> Simulator {
    Simulator::in_memory(Options {
        panel: PanelKind::Backup,
        ..Options::default()
    })
}

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

fn raw(sim: &Simulator, path: &str, pairs: &[(&str, &str)]) -> (u16, Vec<(String, String)>, String) {
    let body: Vec<String> = pairs
        .iter()
        .map(|(n, v)| format!("{}={}", percent(n), percent(v)))
        .collect();
    let kind = "application/x-www-form-urlencoded; charset=UTF-8".to_string();
    let headers = [("Content-Type".to_string(), kind)];
    let (status, headers, body) = sim.handle("POST", path, &headers, body.join("&").as_bytes());
    (status, headers, String::from_utf8(body).unwrap())
}

/// A call with the right credentials; the answer as it came.
fn call(sim: &Simulator, path: &str, pairs: &[(&str, &str)]) -> (u16, Vec<(String, String)>, String) {
    let mut all = vec![
        ("userName", sim.user.as_str()),
        ("loginPassword", sim.password.as_str()),
    ];
    all.extend(pairs);
    raw(sim, path, &all)
}

fn json_of(answer: (u16, Vec<(String, String)>, String)) -> Value {
    assert_eq!(answer.0, 200, "{}", answer.2);
    serde_json::from_str(&answer.2).unwrap()
}

fn sign_up(sim: &Simulator, name: &str) -> (u16, Vec<(String, String)>, String) {
    call(
        sim,
        CUSTOMER,
        &[
            ("action", "signupCustomer"),
            ("accountType", "customer"),
            ("name", name),
            ("resellerName", "North"),
            ("activationStatus", "1"),
            ("storageAllotted", "536870912000"),
        ],
    )
}

fn on(sim: &Simulator, path: &str, action: &str, name: &str) -> (u16, Vec<(String, String)>, String) {
    call(
        sim,
        path,
        &[
            ("action", action),
            ("accountType", "customer"),
            ("name", name),
            ("resellerName", "North"),
        ],
    )
}

fn account(sim: &Simulator, name: &str) -> Value {
    let state = sim.state();
    let mut found = state["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["name"] == name);
    let one = found.next().cloned().unwrap_or(Value::Null);
    assert!(found.next().is_none(), "two accounts {name}");
    one
}

#[test]
fn a_customer_signs_up_once_and_is_switched_off_and_on() {
    let sim = server();
    let answer = json_of(sign_up(&sim, "Acme GmbH"));
    assert_eq!(
        answer,
        json!({"status": "success", "message": "Customer added", "name": "Acme GmbH"})
    );
    let again = json_of(sign_up(&sim, "Acme GmbH"));
    assert_eq!(again["status"], "error");
    assert_eq!(again["code"], "409");
    assert_eq!(again["message"], "Customer already exists");
    let truth = account(&sim, "Acme GmbH");
    assert_eq!((&truth["active"], &truth["reseller"]), (&json!(true), &json!("North")));
    assert_eq!(truth["parameters"]["storageAllotted"], "536870912000");
    assert_eq!(sim.state()["signups_asked"], 2);

    assert_eq!(
        json_of(on(&sim, STATUS, "deactivate", "Acme GmbH"))["status"],
        "success"
    );
    assert_eq!(account(&sim, "Acme GmbH")["active"], false);
    assert_eq!(json_of(on(&sim, STATUS, "activate", "Acme GmbH"))["status"], "success");
    let truth = account(&sim, "Acme GmbH");
    assert_eq!(truth["active"], true);
    assert_eq!(truth["switched"].as_array().unwrap().len(), 2);
}

#[test]
fn a_customer_has_a_pass_key_and_a_reseller_has_none() {
    let sim = server();
    sign_up(&sim, "Acme");
    let answer = json_of(on(&sim, PASS_KEY, "getPassKey", "Acme"));
    assert_eq!(answer["passKey"], account(&sim, "Acme")["pass_key"]);
    let pairs = [("action", "getPassKey"), ("accountType", "reseller"), ("name", "North")];
    let answer = json_of(call(&sim, PASS_KEY, &pairs));
    assert_eq!(answer["message"], "Pass key applies to customers only");
}

fn mode(sim: &Simulator, switches: Value) {
    sim.control("POST", "mode", &switches).unwrap();
}

fn header(answer: &(u16, Vec<(String, String)>, String), name: &str) -> String {
    let found = answer.1.iter().find(|(n, _)| n == name);
    found.map(|(_, v)| v.clone()).unwrap_or_default()
}

#[test]
fn a_reseller_signs_up_and_customers_can_be_under_it() {
    let sim = server();
    let pairs = [
        ("action", "signupReseller"),
        ("accountType", "reseller"),
        ("name", "South"),
    ];
    assert_eq!(json_of(call(&sim, RESELLER, &pairs))["message"], "Reseller added");
    let customer = |reseller: &str| {
        let mut pairs = vec![
            ("action", "signupCustomer"),
            ("accountType", "customer"),
            ("name", "Acme"),
        ];
        if !reseller.is_empty() {
            pairs.push(("resellerName", reseller));
        }
        json_of(call(&sim, CUSTOMER, &pairs))
    };
    assert_eq!(customer("South")["status"], "success");
    assert_eq!(
        customer("")["status"],
        "success",
        "the Default Reseller takes the others"
    );
    assert_eq!(customer("East")["message"], "Reseller does not exist");
    let state = sim.state();
    let acme: Vec<&Value> = state["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["name"] == "Acme")
        .collect();
    assert_eq!(acme.len(), 2);
    assert_eq!(
        (&acme[0]["reseller"], &acme[1]["reseller"]),
        (&json!("South"), &json!("Default Reseller"))
    );
    let pairs = [("action", "deactivate"), ("accountType", "customer"), ("name", "Acme")];
    assert_eq!(json_of(call(&sim, STATUS, &pairs))["code"], "409", "which of the two");
}

#[test]
fn a_customer_can_be_named_without_its_reseller_while_it_is_the_only_one() {
    let sim = server();
    sign_up(&sim, "Acme");
    let pairs = [("action", "deactivate"), ("accountType", "customer"), ("name", "Acme")];
    assert_eq!(json_of(call(&sim, STATUS, &pairs))["status"], "success");
    assert_eq!(account(&sim, "Acme")["active"], false);
    let pairs = [
        ("action", "deactivate"),
        ("accountType", "customer"),
        ("name", "Nobody"),
    ];
    assert_eq!(
        json_of(call(&sim, STATUS, &pairs))["message"],
        "Customer does not exist"
    );
}

#[test]
fn an_account_that_is_created_inactive_is_inactive() {
    let sim = server();
    let pairs = [
        ("action", "signupCustomer"),
        ("accountType", "customer"),
        ("name", "Later"),
        ("activationStatus", "0"),
    ];
    json_of(call(&sim, CUSTOMER, &pairs));
    assert_eq!(account(&sim, "Later")["active"], false);
}

#[test]
fn every_form_of_answer_says_the_same() {
    let expected = [
        (
            "json",
            "{\"message\":\"Customer added\",\"name\":\"A & B <c>\",\"status\":\"success\"}",
        ),
        (
            "json_nested",
            "{\"data\":{\"message\":\"Customer added\",\"name\":\"A & B <c>\"},\"status\":\"success\"}",
        ),
        (
            "xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><message>Customer added</message>\
             <name>A &amp; B &lt;c&gt;</name><status>success</status></response>\n",
        ),
        ("keyvalue", "message=Customer added\nname=A & B <c>\nstatus=success\n"),
        ("query", "message=Customer+added&name=A+%26+B+%3Cc%3E&status=success"),
        ("no_status", "{\"message\":\"Customer added\",\"name\":\"A & B <c>\"}"),
        ("empty", ""),
    ];
    for (form, body) in expected {
        let sim = server();
        mode(&sim, json!({"answer": form}));
        let answer = sign_up(&sim, "A & B <c>");
        assert_eq!((answer.0, answer.2.as_str()), (200, body), "{form}");
        assert_eq!(account(&sim, "A & B <c>")["active"], true, "{form}: the work is done");
    }
}

#[test]
fn a_redirect_tells_by_its_page() {
    let sim = server();
    mode(&sim, json!({"answer": "redirect"}));
    let answer = sign_up(&sim, "Acme GmbH");
    assert_eq!(answer.0, 302);
    assert_eq!(
        header(&answer, "Location"),
        "/interface/registercustomer/onlineregsuccess.php?cn=Acme+GmbH&result="
    );
    let answer = sign_up(&sim, "Acme GmbH");
    assert_eq!(
        header(&answer, "Location"),
        "/interface/registercustomer/onlineregfailure.php?cn=Acme+GmbH&result=Customer+already+exists"
    );
    mode(&sim, json!({"location": "absolute"}));
    assert_eq!(
        header(&sign_up(&sim, "Beta"), "Location"),
        "https://backup.example.net:6061/interface/registercustomer/onlineregsuccess.php?cn=Beta&result="
    );
    mode(&sim, json!({"location": "relative"}));
    assert_eq!(
        header(&sign_up(&sim, "Gamma"), "Location"),
        "onlineregsuccess.php?cn=Gamma&result="
    );
    let answer = json_of(on(&sim, PASS_KEY, "getPassKey", "Acme GmbH"));
    assert_eq!(answer["status"], "success", "a page cannot carry data");
    assert_eq!(on(&sim, STATUS, "deactivate", "Acme GmbH").0, 302);
    assert_eq!(account(&sim, "Acme GmbH")["active"], false);
}

#[test]
fn broken_pages_come_before_the_work_unless_told_otherwise() {
    for (form, status) in [("html_login", 200), ("html_500", 500), ("redirect_login", 302)] {
        let sim = server();
        mode(&sim, json!({"answer": form}));
        assert_eq!(sign_up(&sim, "Acme").0, status);
        assert_eq!(account(&sim, "Acme"), Value::Null, "{form}");
        mode(&sim, json!({"processed": true}));
        assert_eq!(sign_up(&sim, "Acme").0, status);
        assert_eq!(account(&sim, "Acme")["active"], true, "{form}");
    }
    let sim = server();
    mode(&sim, json!({"answer": "no_status", "processed": false}));
    sign_up(&sim, "Acme");
    assert_eq!(account(&sim, "Acme"), Value::Null);
}

#[test]
fn a_form_can_be_limited_to_some_actions() {
    let sim = server();
    mode(&sim, json!({"answer": "no_status", "on": ["getPassKey"]}));
    assert_eq!(json_of(sign_up(&sim, "Acme"))["status"], "success");
    assert_eq!(json_of(on(&sim, PASS_KEY, "getPassKey", "Acme")).get("status"), None);
    mode(&sim, json!({"reset": true}));
    assert_eq!(json_of(on(&sim, PASS_KEY, "getPassKey", "Acme"))["status"], "success");
}

#[test]
fn wrong_credentials_change_nothing_and_are_told_in_five_ways() {
    let sim = server();
    let wrong = |sim: &Simulator| {
        raw(
            sim,
            CUSTOMER,
            &[
                ("userName", "admin"),
                ("loginPassword", "wrong"),
                ("action", "signupCustomer"),
                ("accountType", "customer"),
                ("name", "Acme"),
            ],
        )
    };
    assert_eq!(wrong(&sim).0, 401);
    for (denial, status) in [("403", 403), ("body", 200), ("login_page", 200), ("redirect", 302)] {
        mode(&sim, json!({"denial": denial}));
        assert_eq!(wrong(&sim).0, status, "{denial}");
    }
    mode(&sim, json!({"denial": "body"}));
    assert_eq!(json_of(wrong(&sim))["message"], "Login failed");
    assert_eq!(account(&sim, "Acme"), Value::Null);
    assert_eq!(sim.state()["signups_asked"], 0);
}

#[test]
fn credentials_count_in_the_form_or_as_basic_but_never_in_the_address() {
    let sim = server();
    let form = [(
        "Content-Type".to_string(),
        "application/x-www-form-urlencoded".to_string(),
    )];
    let target = format!("{CUSTOMER}?userName=admin&loginPassword={}", percent(&sim.password));
    let body = b"action=signupCustomer&accountType=customer&name=Acme";
    assert_eq!(sim.handle("POST", &target, &form, body).0, 401);
    let json = [("Content-Type".to_string(), "application/json".to_string())];
    let all = json!({"userName": sim.user, "loginPassword": sim.password, "action": "signupCustomer"}).to_string();
    assert_eq!(
        sim.handle("POST", CUSTOMER, &json, all.as_bytes()).0,
        401,
        "it is a form"
    );
    let token = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{}:{}", sim.user, sim.password),
    );
    let mut basic = form.to_vec();
    basic.push(("Authorization".into(), format!("Basic {token}")));
    assert_eq!(sim.handle("POST", CUSTOMER, &basic, body).0, 200);
    assert!(!json!(sim.requests()).to_string().contains(&sim.password));
}

#[test]
fn the_log_has_every_parameter_and_names_those_that_do_not_apply() {
    let sim = server();
    let last = |sim: &Simulator| sim.requests().pop().unwrap();
    sign_up(&sim, "Acme");
    let log = last(&sim);
    assert_eq!(
        (&log["call"], &log["action"]),
        (&json!("signup_customer"), &json!("signupCustomer"))
    );
    assert_eq!(log["parameters"]["storageAllotted"], "536870912000");
    assert_eq!(log["parameters"]["loginPassword"], "[hidden]");
    assert_eq!((&log["not_applicable"], &log["unknown"]), (&json!([]), &json!([])));

    // Each of these is without use by the table of fields: customers only, or a switch that is off.
    let wasted = |pairs: &[(&str, &str)], action: &str, path: &str, kind: &str| {
        let mut all = vec![("action", action), ("accountType", kind), ("name", "N")];
        all.extend(pairs);
        call(&sim, path, &all);
        last(&sim)["not_applicable"].clone()
    };
    let reseller = |pairs: &[(&str, &str)]| wasted(pairs, "signupReseller", RESELLER, "reseller");
    let customer = |pairs: &[(&str, &str)]| wasted(pairs, "signupCustomer", CUSTOMER, "customer");
    let for_customers = [
        ("resellerName", "North"),
        ("consolidatedReport", "1"),
        ("consolidatedReportEmail", "a@x.example"),
    ];
    assert_eq!(
        reseller(&for_customers),
        json!(["consolidatedReport", "consolidatedReportEmail", "resellerName"])
    );
    assert_eq!(customer(&for_customers), json!([]));
    assert_eq!(
        customer(&[("consolidatedReport", "0"), ("consolidatedReportEmail", "a@x.example")]),
        json!(["consolidatedReportEmail"])
    );
    assert_eq!(reseller(&[("autoMCAL", "1"), ("allotMCAL", "5")]), json!(["allotMCAL"]));
    assert_eq!(reseller(&[("autoMCAL", "0"), ("allotMCAL", "5")]), json!([]));
    let throttle = [
        ("throttleEnabled", "1"),
        ("throttleMode", "scheduled"),
        ("throttleFrom", "0130"),
        ("throttleTill", "1740"),
        ("restrictedRate", "10485760"),
    ];
    let with = |first: (&'static str, &'static str), change: &[(&'static str, &'static str)]| {
        let mut pairs = vec![first];
        for (name, value) in throttle {
            let changed = change.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
            pairs.push((name, changed.unwrap_or(value)));
        }
        reseller(&pairs)
    };
    assert_eq!(with(("bandwidthConfig", "new"), &[]), json!([]));
    assert_eq!(
        with(("bandwidthConfig", "global"), &[]),
        json!([
            "restrictedRate",
            "throttleEnabled",
            "throttleFrom",
            "throttleMode",
            "throttleTill"
        ])
    );
    assert_eq!(
        with(("bandwidthConfig", "new"), &[("throttleEnabled", "0")]),
        json!(["restrictedRate", "throttleFrom", "throttleMode", "throttleTill"])
    );
    assert_eq!(
        with(("bandwidthConfig", "new"), &[("throttleMode", "always")]),
        json!(["throttleFrom", "throttleTill"])
    );
    on(&sim, STATUS, "deactivate", "Acme");
    assert_eq!(last(&sim)["not_applicable"], json!([]));
    let pairs = [("storageAllotted", "5"), ("colour", "red"), ("sendMail", "perhaps")];
    assert_eq!(
        wasted(&pairs, "activate", STATUS, "customer"),
        json!(["sendMail", "storageAllotted"])
    );
    assert_eq!(last(&sim)["unknown"], json!(["sendMail=perhaps", "colour"]));
}

#[test]
fn terms_that_make_no_sense_are_refused() {
    let sim = server();
    for pairs in [
        vec![("storageAllotted", "500 GB")],
        vec![("storageAllotted", "0")],
        vec![("autoMCAL", "0")],
        vec![("consolidatedReport", "1")],
        vec![
            ("bandwidthConfig", "new"),
            ("throttleEnabled", "1"),
            ("throttleMode", "always"),
            ("restrictedRate", "1024"),
        ],
        vec![
            ("bandwidthConfig", "new"),
            ("throttleEnabled", "1"),
            ("throttleMode", "scheduled"),
            ("restrictedRate", "1025"),
            ("throttleFrom", "130"),
            ("throttleTill", "1740"),
        ],
        vec![("name", "")],
        vec![("accountType", "reseller")],
    ] {
        let mut all = vec![
            ("action", "signupCustomer"),
            ("accountType", "customer"),
            ("name", "Acme"),
        ];
        all.extend(pairs.clone());
        assert_eq!(json_of(call(&sim, CUSTOMER, &all))["status"], "error", "{pairs:?}");
    }
    assert_eq!(account(&sim, "Acme"), Value::Null);
}

#[test]
fn paths_names_and_words_can_all_be_others() {
    let sim = server();
    sim.control(
        "POST",
        "contract",
        &json!({
            "paths": {"signup_customer": "/api/new.php", "usage": ""},
            "params": {"userName": "login", "loginPassword": "secret", "name": "title", "storageAllotted": "quota"},
            "values": {"true": "yes", "false": "no", "signupCustomer": "add"},
            "response": {"status_key": "result", "success_page": "done.php", "page_name_param": "who"}
        }),
    )
    .unwrap();
    let pairs = [
        ("login", sim.user.as_str()),
        ("secret", sim.password.as_str()),
        ("action", "add"),
        ("accountType", "customer"),
        ("title", "Acme"),
        ("quota", "7"),
        ("activationStatus", "no"),
    ];
    assert_eq!(raw(&sim, CUSTOMER, &pairs).0, 404);
    assert_eq!(raw(&sim, USAGE, &pairs).0, 404);
    assert_eq!(json_of(raw(&sim, "/api/new.php", &pairs))["result"], "success");
    let truth = account(&sim, "Acme");
    assert_eq!(
        (&truth["active"], &truth["parameters"]["storageAllotted"]),
        (&json!(false), &json!("7"))
    );
    assert_eq!(sim.requests().pop().unwrap()["parameters"]["secret"], "[hidden]");
    assert_eq!(sign_up(&sim, "Beta").0, 404);
    mode(&sim, json!({"answer": "redirect"}));
    let mut again = pairs;
    again[4].1 = "Beta";
    let answer = raw(&sim, "/api/new.php", &again);
    assert_eq!(header(&answer, "Location"), "/api/done.php?who=Beta&result=");
    assert!(
        sim.control("POST", "contract", &json!({"params": {"colour": "c"}}))
            .is_err()
    );
    sim.control(
        "POST",
        "contract",
        &json!({"paths": {"signup_customer": null}, "params": {"name": null}}),
    )
    .unwrap();
    assert_eq!(
        sim.control("GET", "contract", &Value::Null).unwrap()["params"]["name"],
        "name"
    );
}

#[test]
fn a_path_takes_its_method_and_its_action_only() {
    let sim = server();
    assert_eq!(sim.handle("GET", STATUS, &[], &[]).0, 405);
    assert_eq!(sim.handle("POST", "/nowhere.php", &[], &[]).0, 404);
    let answer = json_of(on(&sim, PASS_KEY, "deactivate", "Acme"));
    assert_eq!(answer["message"], "Unknown action");
}

#[test]
fn refusals_can_be_ordered_word_for_word() {
    let sim = server();
    let order = json!({"action": "signupCustomer", "code": "423", "message": "<b>Not & now</b>", "count": 1});
    sim.control("POST", "refuse", &order).unwrap();
    let answer = json_of(sign_up(&sim, "Acme"));
    assert_eq!(
        (&answer["code"], &answer["message"]),
        (&json!("423"), &json!("<b>Not & now</b>"))
    );
    assert_eq!(account(&sim, "Acme"), Value::Null);
    assert_eq!(json_of(sign_up(&sim, "Acme"))["status"], "success");
}

#[test]
fn repeated_switches_are_success_or_an_error() {
    let sim = server();
    sign_up(&sim, "Acme");
    assert_eq!(json_of(on(&sim, STATUS, "activate", "Acme"))["status"], "success");
    mode(&sim, json!({"repeat": "error"}));
    let answer = json_of(on(&sim, STATUS, "activate", "Acme"));
    assert_eq!(answer["message"], "Customer is already active");
    assert_eq!(account(&sim, "Acme")["switched"], json!([]));
}

#[test]
fn usage_and_new_terms_are_kept_with_the_account() {
    let sim = server();
    sign_up(&sim, "Acme");
    let change = json!({"kind": "customer", "reseller": "North", "name": "Acme", "action": "change",
        "storage_used": 1_234_567_890_123_i64, "mcal_used": 3});
    sim.control("POST", "account", &change).unwrap();
    let usage = json_of(on(&sim, USAGE, "getUsage", "Acme"));
    assert_eq!(usage["storageUsed"], "1234567890123");
    assert_eq!(usage["storageAllotted"], "536870912000");
    assert_eq!((&usage["mcalUsed"], &usage["active"]), (&json!("3"), &json!("1")));
    let pairs = [
        ("action", "updateCustomer"),
        ("accountType", "customer"),
        ("name", "Acme"),
        ("resellerName", "North"),
        ("storageAllotted", "99"),
    ];
    json_of(call(&sim, "/interface/whmcs/update.php", &pairs));
    assert_eq!(json_of(on(&sim, USAGE, "getUsage", "Acme"))["storageAllotted"], "99");
    assert_eq!(
        account(&sim, "Acme")["parameters"]["activationStatus"],
        "1",
        "the rest stays"
    );
}

#[test]
fn a_pass_key_can_be_missing_in_three_ways() {
    let sim = server();
    sign_up(&sim, "Acme");
    let ask = |sim: &Simulator, mode_word: &str| {
        mode(sim, json!({"pass_key": mode_word}));
        json_of(on(sim, PASS_KEY, "getPassKey", "Acme"))
    };
    let absent = ask(&sim, "absent");
    assert_eq!((&absent["status"], absent.get("passKey")), (&json!("success"), None));
    assert_eq!(ask(&sim, "empty")["passKey"], "");
    assert_eq!(ask(&sim, "refused")["status"], "error");
    assert_eq!(account(&sim, "Acme")["pass_keys_given"], 0);
    assert!(ask(&sim, "given")["passKey"].as_str().unwrap().len() > 8);
    assert_eq!(account(&sim, "Acme")["pass_keys_given"], 1);
}

#[test]
fn the_front_page_has_the_field_that_gives_the_console_away() {
    let sim = server();
    let page = |sim: &Simulator| {
        let (status, _, body) = sim.handle("GET", "/", &[], &[]);
        (status, String::from_utf8(body).unwrap())
    };
    let (status, body) = page(&sim);
    assert!(status == 200 && body.contains("<input type=\"hidden\" name=\"ipaddress\""));
    mode(&sim, json!({"probe": "other"}));
    assert!(!page(&sim).1.contains("ipaddress"));
    mode(&sim, json!({"probe": "404"}));
    assert_eq!(page(&sim).0, 404);
}

#[test]
fn a_result_page_that_is_visited_shows_what_it_was_given() {
    let sim = server();
    let path = "/interface/registercustomer/onlineregfailure.php?cn=A&result=%3Cscript%3E";
    let (status, _, body) = sim.handle("GET", path, &[], &[]);
    assert_eq!(status, 200);
    assert!(String::from_utf8(body).unwrap().contains("<script>"));
    assert_eq!(
        sim.requests()[0]["call"],
        "page",
        "the log gives a client away that follows redirects"
    );
}

#[test]
fn accounts_change_behind_the_clients_back() {
    let sim = server();
    let control = |body: Value| sim.control("POST", "account", &body);
    control(json!({"kind": "reseller", "name": "East", "action": "create"})).unwrap();
    assert!(control(json!({"kind": "reseller", "name": "East", "action": "create"})).is_err());
    control(json!({"kind": "reseller", "name": "East", "action": "change", "active": false})).unwrap();
    assert_eq!(account(&sim, "East")["active"], false);
    control(json!({"kind": "reseller", "name": "East", "action": "remove"})).unwrap();
    assert_eq!(account(&sim, "East"), Value::Null);
    sim.control("POST", "credentials", &json!({"password": "other"}))
        .unwrap();
    assert_eq!(sign_up(&sim, "Acme").0, 401);
}

#[test]
fn an_answer_that_is_lost_leaves_the_account_behind() {
    let sim = server();
    sim.faults(&json!([{"kind": "reset_after", "match": {"path_prefix": CUSTOMER}, "count": 1}]))
        .unwrap();
    assert_eq!(sign_up(&sim, "Acme").0, 0);
    assert_eq!(json_of(sign_up(&sim, "Acme"))["message"], "Customer already exists");
    assert_eq!(sim.state()["signups_asked"], 2);
}
