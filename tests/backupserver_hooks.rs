//! What the action hooks do (decision 37): a client is signed up once, by a new client or an accepted order, and an order of
//! this module's own products is left to their creation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup_support;

use backup_support::{World, client};
use serde_json::{Value, json};

fn order(world: &mut World, id: &str, modules: &[&str]) {
    let order = json!({ "id": id, "client_id": "7", "modules": modules });
    world.host.orders.insert(id.into(), order);
}

fn run(world: &mut World, kind: &str, client: &str, order: &str) -> Value {
    let input = world.hook(kind, client, order);
    world.run("hook_signup", input).unwrap()
}

#[test]
fn a_new_client_becomes_a_reseller_or_a_customer() {
    for (kind, action) in [("reseller", "signupReseller"), ("customer", "signupCustomer")] {
        let mut world = World::new();
        run(&mut world, kind, "7", "");
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
        // There is no form: what nobody set is not sent, and the server's own defaults hold.
        let sent = world.sent(action).pop().unwrap();
        let names: Vec<&str> = sent.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "accountType",
                "action",
                "address1",
                "city",
                "company",
                "country",
                "email",
                "firstName",
                "lastName",
                "loginPassword",
                "name",
                "phone",
                "userName",
                "zip"
            ]
        );
        assert!(world.host.fields.is_empty(), "no service is touched");
    }
}

#[test]
fn defaults_by_label_are_sent_and_checked() {
    let mut world = World::new();
    world.configuration["hook"] = json!({ "Storage Allotted": "1024", "Activation Status": "off", "is auto mcal": "",
        "Allot MCAL": "3", "Bandwidth Throttling": "New Configuration", "Retrieve Customer Pass Key": "on" });
    run(&mut world, "customer", "7", "");
    let sent = world.sent("signupCustomer").pop().unwrap();
    let all = json!({ "storageAllotted": "1024", "activationStatus": "0", "autoMCAL": "0", "allotMCAL": "3",
        "bandwidthConfig": "new", "throttleEnabled": "0" });
    for (name, value) in all.as_object().unwrap() {
        assert_eq!(sent[name], *value, "{name}");
    }
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
    assert!(world.stored_key("Pass Key").is_some());
    for (label, value) in [("Storage Allotted", "lots"), ("Password", "p1anted"), ("Storage", "1")] {
        let mut world = World::new();
        world.configuration["hook"] = json!({ label: value });
        let input = world.hook("reseller", "7", "");
        let (code, sentence) = world.refused("hook_signup", input);
        assert_eq!(code, "backupserver.fields");
        assert!(sentence.contains(label) && !sentence.contains("p1anted"), "{sentence}");
        assert!(world.panel.requests().is_empty());
    }
}

#[test]
fn the_same_client_is_signed_up_once_however_often_the_hooks_run() {
    let mut world = World::new();
    order(&mut world, "5", &["onapp"]);
    run(&mut world, "reseller", "7", "");
    run(&mut world, "reseller", "7", "");
    run(&mut world, "reseller", "", "5");
    assert_eq!(world.accounts().len(), 1);
    assert_eq!(world.panel.state()["signups_asked"], 1);
}

#[test]
fn an_order_of_this_modules_product_is_signed_up_once_by_its_creation() {
    for module in ["backupserver", "acme"] {
        let mut world = World::new();
        order(&mut world, "5", &["onapp", module]);
        let report = run(&mut world, "reseller", "", "5");
        assert_eq!(report["skipped"], true);
        assert!(world.panel.requests().is_empty());
        assert!(world.warnings().is_empty());
        let options = world.reseller();
        world.add_service("17", options);
        world.verb_on("create", "17").unwrap();
        assert_eq!(world.accounts().len(), 1);
    }
    // Another module's order is the hook's.
    let mut world = World::new();
    order(&mut world, "5", &["onapp"]);
    run(&mut world, "customer", "", "5");
    assert_eq!(world.accounts().len(), 1);
}

#[test]
fn an_upgrade_and_an_addon_are_no_new_client() {
    for (modules, only_changes) in [
        (json!(["backupserver"]), true),
        (json!(["onapp"]), true),
        (json!([]), true),
        (json!(["onapp", "acme"]), false),
    ] {
        let mut world = World::new();
        let order = json!({ "id": "5", "client_id": "7", "modules": modules, "only_changes": only_changes });
        world.host.orders.insert("5".into(), order);
        let report = run(&mut world, "reseller", "", "5");
        assert_eq!(report["skipped"], true, "{modules}");
        assert!(world.panel.requests().is_empty() && world.warnings().is_empty());
    }
}

#[test]
fn a_client_of_a_hook_who_orders_later_gets_an_account_of_its_own() {
    let mut world = World::new();
    run(&mut world, "reseller", "7", "");
    let options = world.reseller();
    world.add_service("17", options);
    world.verb_on("create", "17").unwrap();
    let names: Vec<String> = world.standing().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Acme GmbH", "Acme GmbH-17"]);
    world.verb_on("terminate", "17").unwrap();
    assert_eq!(
        world.standing()[0],
        ("Acme GmbH".to_owned(), true),
        "the client's own account stays"
    );
}

#[test]
fn what_a_hook_says_helps_without_a_button_to_press() {
    let lost = |world: &mut World| {
        world.control(
            "faults",
            json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 1 }]),
        );
    };
    let refuse = |world: &mut World| {
        world.control(
            "refuse",
            json!({ "action": "signupReseller", "code": "422", "message": "No", "count": 1 }),
        );
    };
    let taken = |world: &mut World| {
        world.control(
            "account",
            json!({ "kind": "reseller", "name": "Acme GmbH", "action": "create" }),
        );
    };
    let unseen = |world: &mut World| {
        world.host.clients.insert("7".into(), client("7", "\u{200b}"));
    };
    type Break = Box<dyn Fn(&mut World)>;
    let cases: Vec<(Break, &str)> = vec![
        (Box::new(lost), "backupserver.create_unknown"),
        (Box::new(refuse), "backupserver.rejected"),
        (Box::new(taken), "backupserver.name_taken"),
        (Box::new(unseen), "backupserver.no_name"),
    ];
    for (break_it, expected) in cases {
        let mut world = World::new();
        break_it(&mut world);
        let input = world.hook("reseller", "7", "");
        let (code, sentence) = world.refused("hook_signup", input);
        assert_eq!(code, expected, "{sentence}");
        assert!(
            !sentence.contains("press") && sentence.contains("in the console"),
            "{sentence}"
        );
    }
}

#[test]
fn a_hook_that_cannot_reach_the_server_names_its_own_file_and_keeps_its_own_limit() {
    let mut world = World::new();
    world.configuration["timeout"] = json!(120);
    let longest = std::sync::Arc::new(std::sync::Mutex::new(std::time::Duration::ZERO));
    let seen = longest.clone();
    world.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(
        move |request: &provisor::http::Request| {
            let mut longest = seen.lock().unwrap();
            *longest = request.read_timeout.max(*longest);
            Err(provisor::http::SendError::unsent(provisor::http::Kind::Refused))
        },
    ));
    let input = world.hook("reseller", "7", "");
    let (_, sentence) = world.refused("hook_signup", input);
    assert!(
        sentence.contains("whmcsHooks.php") && !sentence.contains("server's settings") && !sentence.contains("press"),
        "{sentence}"
    );
    // The host of these tests gives a read two seconds.
    let longest = *longest.lock().unwrap();
    assert!(!longest.is_zero() && longest.as_secs() <= 2, "{longest:?}");
    // A product's Test Connection names the product.
    let options = world.reseller();
    world.add_service("17", options);
    let input = world.as_staff("17");
    let (_, sentence) = world.refused("test_connection", input);
    assert!(
        sentence.contains("the product's Module Settings") && !sentence.contains("server's settings"),
        "{sentence}"
    );
}

#[test]
fn whatever_is_wrong_with_a_hooks_input_is_a_sentence_without_the_password() {
    let mut world = World::new();
    for (kind, client, order) in [
        ("reseller", "", ""),
        ("reseller", "x", ""),
        ("reseller", "99", ""),
        ("admin", "7", ""),
        ("customer", "", "99"),
    ] {
        let mut input = world.hook(kind, client, order);
        input["settings"]["login_password"] = json!({ "secret": "p1anted" });
        let (code, sentence) = world.refused("hook_signup", input);
        assert_eq!(code, "backupserver.hook_input", "{sentence}");
        assert!(!sentence.contains("p1anted"));
    }
    let mut input = world.hook("reseller", "7", "");
    input["settings"] = json!({ "protocal": "gopher", "server_name": "", "port": "x", "user_name": "", "login_password": { "secret": "" } });
    let (code, sentence) = world.refused("hook_signup", input);
    assert_eq!(code, "backupserver.fields");
    assert!(sentence.contains("whmcsHooks.php"), "{sentence}");
    assert!(world.panel.requests().is_empty());
}
