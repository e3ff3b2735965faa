//! The 23 fields of a Backup Server product: what is listed, and the validation tables of storegrid-singlehop.md 1.3, 1.4
//! and 7. A product whose fields are wrong never reaches the server; one that is right sends these parameters and no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup_support;

use backup_support::World;
use serde_json::{Value, json};

/// The seed's fields (001, "Module Fields Description"), in its order and spelling.
const SEED: [&str; 23] = [
    "Protocal",
    "HostName or IpAddress",
    "WebConsole Port",
    "UserName",
    "Password",
    "Action",
    "Reseller Name",
    "Activation Status",
    "Auto Authorization Status",
    "Storage Allotted",
    "Storage Location",
    "Enable Consolidated Report",
    "Consolidated Report Email",
    "Is Auto MCAL",
    "Allot MCAL",
    "Bandwidth Throttling",
    "Enable Throttle for new configuration",
    "Throttle Settings",
    "Throttle From",
    "Throttle Till",
    "Restricted Rate",
    "Send Mail",
    "Retrieve Customer Pass Key",
];

const CUSTOMER: (usize, &str) = (6, "Signup Customer");
const NEW: (usize, &str) = (16, "New Configuration");
const ON: (usize, &str) = (17, "on");
const TIMED: (usize, &str) = (18, "Throttle only at specified time");
const FROM: (usize, &str) = (19, "0130");
const TILL: (usize, &str) = (20, "1740");
const RATE: (usize, &str) = (21, "10485760");

/// The sentence that refuses these fields; none when they are accepted.
fn refusal(set: &[(usize, &str)]) -> Option<String> {
    let mut world = World::new();
    let options = world.options(set);
    world.add_service("17", options);
    match world.verb_on("create", "17") {
        Ok(_) => None,
        Err(ended) => {
            let (code, text) = backup_support::told(&ended);
            assert_eq!(code, "backupserver.fields", "{text}");
            assert!(
                world.panel.requests().is_empty(),
                "nothing is called before the fields are right"
            );
            Some(text)
        }
    }
}

/// What a product with these fields sends at sign-up.
fn sent(set: &[(usize, &str)]) -> Value {
    let mut world = World::new();
    let options = world.options(set);
    let customer = options[5] == "Signup Customer";
    world.add_service("17", options);
    world.verb_on("create", "17").unwrap();
    for request in world.panel.requests() {
        assert_eq!(request["not_applicable"], json!([]), "{request}");
        assert_eq!(request["unknown"], json!([]), "{request}");
    }
    let action = if customer { "signupCustomer" } else { "signupReseller" };
    world.sent(action).pop().unwrap()
}

#[test]
fn the_settings_are_the_seeds_23_fields_with_their_types_and_defaults() {
    let report = World::new().run("settings", json!({})).unwrap();
    let fields = report["fields"].as_array().unwrap();
    let names: Vec<&str> = fields.iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, SEED);
    let of = |kind: &str| -> Vec<usize> {
        (1..=23)
            .filter(|slot| fields[slot - 1]["type"] == json!(kind))
            .collect()
    };
    assert_eq!(of("dropdown"), [1, 6, 16, 18]);
    assert_eq!(of("yesno"), [8, 9, 12, 14, 17, 22, 23]);
    assert_eq!(of("password"), [5]);
    let default = |slot: usize| fields[slot - 1]["default"].as_str().unwrap();
    assert_eq!(
        [1, 6, 16, 18].map(default),
        ["https", "Signup Reseller", "Global Configuration", "Always Throttle"]
    );
    assert_eq!([8, 9, 14].map(default), ["on"; 3]);
    assert_eq!([12, 17, 22, 23].map(default), [""; 4]);
    let choices = |slot: usize| fields[slot - 1]["options"].as_str().unwrap();
    assert_eq!(choices(1), "http,https");
    assert_eq!(choices(6), "Signup Reseller,Signup Customer");
    assert_eq!(choices(16), "Global Configuration,New Configuration");
    assert_eq!(choices(18), "Always Throttle,Throttle only at specified time");
    assert!(fields.iter().all(|f| !f["description"].as_str().unwrap().is_empty()));
}

#[test]
fn each_field_has_its_rule() {
    let timed = |slot: usize, text: &'static str| vec![NEW, ON, TIMED, FROM, TILL, RATE, (slot, text)];
    let table: Vec<(Vec<(usize, &str)>, bool)> = vec![
        (vec![], true),
        (vec![(1, "HTTP")], true),
        (vec![(1, " https ")], true),
        (vec![(1, "")], false),
        (vec![(1, "ftp")], false),
        (vec![(1, "https://")], false),
        (vec![(2, "")], false),
        (vec![(2, "192.0.2.7")], true),
        (vec![(2, "2001:db8::7")], true),
        (vec![(2, "[2001:db8::7]")], true),
        (vec![(2, "backup")], true),
        (vec![(2, "backup_1.example.net")], true),
        (vec![(2, "300.1.1.1")], false),
        (vec![(2, "https://backup.example.net")], false),
        (vec![(2, "backup.example.net/x")], false),
        (vec![(2, "backup.example.net:6061")], false),
        (vec![(2, "admin@backup.example.net")], false),
        (vec![(2, "backup example")], false),
        (vec![(2, "-backup.example.net")], false),
        (vec![(3, "1")], true),
        (vec![(3, "65535")], true),
        (vec![(3, " 6061 ")], true),
        (vec![(3, "0")], false),
        (vec![(3, "65536")], false),
        (vec![(3, "+1")], false),
        (vec![(3, "6061.0")], false),
        (vec![(4, "")], false),
        (vec![(5, "")], false),
        (vec![(6, "signup customer")], true),
        (vec![(6, "Signup")], false),
        (vec![(8, "yes")], true),
        (vec![(8, "FALSE")], true),
        (vec![(8, "maybe")], false),
        (vec![(9, "2")], false),
        (vec![(10, "")], false),
        (vec![(10, "0")], false),
        (vec![(10, "1")], true),
        (vec![(10, "9223372036854775807")], true),
        (vec![(10, "9223372036854775808")], false),
        (vec![(10, "500 GB")], false),
        (vec![(10, "1.5")], false),
        (vec![(10, "1e9")], false),
        (vec![(10, "1,000")], false),
        (vec![(10, "-1")], false),
        (vec![(11, "/backup/a b")], true),
        (vec![(11, "/backup\u{0}")], false),
        (vec![(11, "/a\nb")], false),
        (vec![CUSTOMER, (12, "on")], false),
        (vec![CUSTOMER, (12, "on"), (13, "a@b.example")], true),
        (vec![CUSTOMER, (12, "on"), (13, " a@b.example , c@d.example ,")], true),
        (vec![CUSTOMER, (12, "on"), (13, "a@b")], false),
        (vec![CUSTOMER, (12, "on"), (13, "a@b.example; c@d.example")], false),
        (vec![CUSTOMER, (12, "on"), (13, ",")], false),
        (vec![CUSTOMER, (12, ""), (13, "nonsense")], true),
        (vec![CUSTOMER, (12, "perhaps")], false),
        (vec![(12, "perhaps"), (13, "nonsense"), (23, "perhaps")], true),
        (vec![(14, ""), (15, "1")], true),
        (vec![(14, "off"), (15, "1000000")], true),
        (vec![(14, ""), (15, "")], false),
        (vec![(14, ""), (15, "0")], false),
        (vec![(14, ""), (15, "1000001")], false),
        (vec![(14, "on"), (15, "nonsense")], true),
        (vec![(16, "New")], false),
        (vec![(16, ""), (17, "on")], true),
        (vec![(17, "on"), (18, "Never"), (19, "x"), (21, "x")], true),
        (vec![NEW], true),
        (vec![NEW, (18, "Never"), (21, "1")], true),
        (vec![NEW, ON], false),
        (vec![NEW, ON, (21, "1024")], false),
        (vec![NEW, ON, (21, "1025")], true),
        (vec![NEW, ON, (21, "10736344498175")], true),
        (vec![NEW, ON, (21, "10736344498176")], false),
        (vec![NEW, ON, (21, "1 MB")], false),
        (vec![NEW, ON, RATE, (18, "Never")], false),
        (vec![NEW, ON, RATE, TIMED], false),
        (vec![NEW, ON, RATE, (19, "x")], true),
        (timed(19, "0000"), true),
        (timed(19, "2359"), true),
        (timed(19, "2400"), false),
        (timed(19, "1760"), false),
        (timed(19, "130"), false),
        (timed(19, "01:30"), false),
        (timed(19, "１２３４"), false),
        (timed(19, "1740"), false),
        (timed(19, "2200"), true),
        (timed(20, ""), false),
        (timed(21, ""), false),
        (vec![(22, "on")], true),
        (vec![(22, "sometimes")], false),
        (vec![CUSTOMER, (23, "sometimes")], false),
    ];
    for (set, accepted) in table {
        let refused = refusal(&set);
        assert_eq!(refused.is_none(), accepted, "{set:?}: {refused:?}");
        if let Some(sentence) = refused {
            let slot = set.iter().map(|(slot, _)| *slot);
            let named = slot
                .chain([13, 15, 19, 20, 21])
                .any(|slot| sentence.contains(&format!("{}: ", SEED[slot - 1])));
            assert!(named, "{set:?}: the field is named by its label: {sentence}");
        }
    }
}

#[test]
fn all_errors_of_a_form_are_told_at_once_and_without_the_password() {
    let set = [
        (1, "gopher"),
        (2, "a b"),
        (3, "99999"),
        (10, "lots"),
        (14, ""),
        (16, "New Configuration"),
        (17, "on"),
        (5, ""),
    ];
    let sentence = refusal(&set).unwrap();
    for slot in [1, 2, 3, 5, 10, 15, 21] {
        assert!(
            sentence.contains(&format!("{}: ", SEED[slot - 1])),
            "{slot}: {sentence}"
        );
    }
    assert_eq!(sentence.matches("; ").count(), 6, "{sentence}");
    let sentence = refusal(&[(10, ""), (5, "p1anted")]).unwrap();
    assert!(!sentence.contains("p1anted"), "{sentence}");
}

#[test]
fn an_empty_product_is_told_what_it_needs() {
    let mut world = World::new();
    world.add_service("17", Vec::new());
    let input = world.verb("17");
    let (code, sentence) = world.refused("create", input);
    assert_eq!(code, "backupserver.fields");
    for label in [
        "Protocal",
        "HostName or IpAddress",
        "UserName",
        "Password",
        "Storage Allotted",
    ] {
        assert!(
            sentence.contains(&format!("{label}: must be filled in")) || label == "Storage Allotted",
            "{sentence}"
        );
    }
}

#[test]
fn a_blank_port_is_the_default_of_its_protocol() {
    for (protocol, port, address) in [
        ("http", "", "http://backup.example.net:6060/"),
        ("https", "", "https://backup.example.net:6061/"),
        ("https", "8443", "https://backup.example.net:8443/"),
    ] {
        let mut world = World::new();
        let options = world.options(&[(1, protocol), (3, port)]);
        world.add_service("17", options);
        world.verb_on("create", "17").unwrap();
        let page = world.verb_on("page", "17").unwrap()["page"].to_string();
        assert!(page.contains(address), "{page}");
        let warned = world
            .warnings()
            .iter()
            .any(|w| w.starts_with("backupserver.plain_http"));
        assert_eq!(warned, protocol == "http");
    }
}

#[test]
fn a_reseller_sends_what_a_reseller_has_and_nothing_else() {
    let contact = json!({ "firstName": "Ann", "lastName": "Lee", "company": "Acme GmbH", "email": "ann@acme.example",
        "phone": "+49 30 1", "address1": "Weg 1", "city": "Berlin", "zip": "10115", "country": "DE" });
    let base = json!({ "userName": "admin", "loginPassword": "[hidden]", "action": "signupReseller",
        "accountType": "reseller", "name": "Acme GmbH", "activationStatus": "1", "autoAuthorization": "1",
        "storageAllotted": "536870912000", "autoMCAL": "1", "bandwidthConfig": "global", "sendMail": "0" });
    let mut expected = base.as_object().unwrap().clone();
    expected.extend(contact.as_object().unwrap().clone());
    assert_eq!(sent(&[]), Value::Object(expected.clone()));
    // A customer's fields, MCAL and throttle that do not apply change nothing.
    let filled = [
        (7, "North"),
        (12, "on"),
        (13, "a@b.example"),
        (23, "on"),
        (15, "5"),
        (17, "on"),
        TIMED,
        FROM,
        TILL,
        RATE,
    ];
    assert_eq!(sent(&filled), Value::Object(expected));
}

#[test]
fn a_reseller_with_customers_fields_is_warned_of_once() {
    let mut world = World::new();
    let options = world.options(&[(7, "North"), (12, "on"), (13, "a@b.example"), (23, "on")]);
    world.add_service("17", options);
    world.verb_on("create", "17").unwrap();
    let warnings = world.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for slot in [7, 12, 13, 23] {
        assert!(warnings[0].contains(SEED[slot - 1]), "{warnings:?}");
    }
}

#[test]
fn a_customer_sends_what_it_uses_and_nothing_else() {
    let parameters = |set: &[(usize, &str)], names: &[&str]| -> Value {
        let all = sent(set);
        names
            .iter()
            .map(|name| ((*name).to_owned(), all[*name].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let report = [
        CUSTOMER,
        (7, "North"),
        (12, "on"),
        (13, "ann@acme.example, ops@acme.example,ANN@acme.example"),
    ];
    assert_eq!(
        parameters(
            &report,
            &["resellerName", "consolidatedReport", "consolidatedReportEmail"]
        ),
        json!({ "resellerName": "North", "consolidatedReport": "1",
                "consolidatedReportEmail": "ann@acme.example,ops@acme.example" })
    );
    assert_eq!(
        parameters(
            &[CUSTOMER, (13, "a@b.example")],
            &["resellerName", "consolidatedReport", "consolidatedReportEmail"]
        ),
        json!({ "resellerName": null, "consolidatedReport": "0", "consolidatedReportEmail": null })
    );
    assert_eq!(
        parameters(&[CUSTOMER, (14, ""), (15, "5")], &["autoMCAL", "allotMCAL"]),
        json!({ "autoMCAL": "0", "allotMCAL": "5" })
    );
    let throttle = [
        "bandwidthConfig",
        "throttleEnabled",
        "throttleMode",
        "throttleFrom",
        "throttleTill",
        "restrictedRate",
    ];
    assert_eq!(
        parameters(&[CUSTOMER, NEW, ON, TIMED, FROM, TILL, RATE], &throttle),
        json!({ "bandwidthConfig": "new", "throttleEnabled": "1", "throttleMode": "scheduled", "throttleFrom": "0130",
                "throttleTill": "1740", "restrictedRate": "10485760" })
    );
    assert_eq!(
        parameters(&[CUSTOMER, NEW, ON, FROM, TILL, RATE], &throttle),
        json!({ "bandwidthConfig": "new", "throttleEnabled": "1", "throttleMode": "always", "throttleFrom": null,
                "throttleTill": null, "restrictedRate": "10485760" })
    );
    assert_eq!(
        parameters(&[CUSTOMER, NEW, FROM, RATE], &throttle),
        json!({ "bandwidthConfig": "new", "throttleEnabled": "0", "throttleMode": null, "throttleFrom": null,
                "throttleTill": null, "restrictedRate": null })
    );
    assert_eq!(
        parameters(
            &[CUSTOMER, (8, ""), (9, ""), (22, "on")],
            &["activationStatus", "autoAuthorization", "sendMail"]
        ),
        json!({ "activationStatus": "0", "autoAuthorization": "0", "sendMail": "1" })
    );
}
