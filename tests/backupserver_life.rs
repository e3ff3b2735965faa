//! What the Backup Server module promises over the life of an account: one account for each service, pass keys, pages, who
//! may ask for what, changes of the product, usage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup_support;

use backup_support::common::Runner;
use backup_support::{World, client};
use provisor::http::memory::MemoryTransport;
use provisor::http::{Request, SendError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn with(options: impl Fn(&World) -> Vec<String>) -> World {
    let mut world = World::new();
    let options = options(&world);
    world.add_service("17", options);
    world
}

fn created(options: impl Fn(&World) -> Vec<String>) -> World {
    let mut world = with(options);
    world.verb_on("create", "17").unwrap();
    world
}

fn codes(world: &World) -> Vec<String> {
    world.host.logs.iter().map(|l| l.code.clone()).collect()
}

#[test]
fn an_order_becomes_an_account_whose_name_stands_in_the_service() {
    let world = created(World::reseller);
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
    assert_eq!(world.host.fields["17"]["username"], "Acme GmbH");
    assert!(world.warnings().is_empty(), "{:?}", world.warnings());
}

#[test]
fn the_name_is_the_services_username_else_the_company_else_the_person() {
    for (username, company, name) in [
        ("acme1", "Acme GmbH", "acme1"),
        ("", " Acme \t GmbH ", "Acme GmbH"),
        ("", "", "Ann Lee"),
        ("", "<b>Acme</b>", "bAcme/b"),
    ] {
        let mut world = World::new();
        world.host.clients.insert("7".into(), client("7", company));
        let options = world.reseller();
        world.add_service("17", options);
        let mut input = world.verb("17");
        input["service"]["username"] = json!(username);
        world.run("create", input).unwrap();
        assert_eq!(world.standing(), [(name.to_owned(), true)]);
    }
    let mut world = World::new();
    world.host.clients.insert("7".into(), json!({ "id": "7" }));
    let options = world.reseller();
    world.add_service("17", options);
    let input = world.verb("17");
    assert_eq!(world.refused("create", input).0, "backupserver.no_name");
}

#[test]
fn a_name_that_cannot_be_seen_whole_is_refused_and_nothing_is_asked() {
    for (name, code) in [
        ("\u{200b}", "backupserver.no_name"),
        (" \u{200b}\u{feff} \u{2060}", "backupserver.no_name"),
        ("\u{202e}evil", "backupserver.unseen_name"),
        ("Acme\u{200b} GmbH", "backupserver.unseen_name"),
        ("Acme\u{ad}GmbH", "backupserver.unseen_name"),
    ] {
        for as_username in [true, false] {
            let mut world = World::new();
            let company = if as_username { "Acme GmbH" } else { name };
            world.host.clients.insert("7".into(), client("7", company));
            let options = world.reseller();
            world.add_service("17", options);
            let mut input = world.verb("17");
            if as_username {
                input["service"]["username"] = json!(name);
            }
            let (told, sentence) = world.refused("create", input);
            assert_eq!(told, code, "{name:?}: {sentence}");
            assert!(
                sentence.contains("Username") && !sentence.contains(name.trim()),
                "{sentence}"
            );
            assert!(world.panel.requests().is_empty());
        }
    }
    // So is a reseller's name in the product.
    let mut world = with(|w| w.options(&[(6, "Signup Customer"), (7, "Nor\u{200b}th")]));
    let input = world.verb("17");
    let (code, sentence) = world.refused("create", input);
    assert_eq!(code, "backupserver.fields");
    assert!(sentence.contains("Reseller Name"), "{sentence}");
}

#[test]
fn an_account_made_inactive_stays_so() {
    let mut world = created(|w| w.options(&[(8, "")]));
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
    world.verb_on("create", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
}

#[test]
fn create_pressed_again_makes_no_second_account() {
    let mut world = created(World::reseller);
    world.host.fields.clear();
    let report = world.verb_on("create", "17").unwrap();
    assert!(report["message"].as_str().unwrap().contains("exists already"));
    assert_eq!(world.accounts().len(), 1);
    assert_eq!(world.panel.state()["signups_asked"], 1);
    assert_eq!(
        world.host.fields["17"]["username"], "Acme GmbH",
        "the host's field is set again"
    );
}

#[test]
fn an_account_that_somebody_else_made_is_never_taken_over() {
    let mut world = with(World::reseller);
    world.control(
        "account",
        json!({ "kind": "reseller", "name": "Acme GmbH", "action": "create" }),
    );
    for _ in 0..3 {
        let input = world.verb("17");
        let (code, sentence) = world.refused("create", input);
        assert_eq!(code, "backupserver.name_taken", "{sentence}");
    }
    let input = world.verb("17");
    assert_eq!(world.refused("suspend", input).0, "backupserver.no_account");
    world.verb_on("terminate", "17").unwrap();
    assert_eq!(
        world.standing(),
        [("Acme GmbH".to_owned(), true)],
        "the stranger's account is untouched"
    );
    // Another name is all it takes.
    let mut input = world.verb("17");
    input["service"]["username"] = json!("acme17");
    world.run("create", input).unwrap();
    assert_eq!(world.accounts().len(), 2);
}

#[test]
fn an_answer_that_was_lost_is_taken_up_by_the_next_attempt() {
    for (kind, processed) in [
        ("reset_after", true),
        ("reset_before", false),
        ("delay", true),
        ("truncated", true),
    ] {
        let mut world = with(World::customer);
        world.control(
            "faults",
            json!([{ "kind": kind, "match": { "path_contains": "register" }, "count": 1 }]),
        );
        let input = world.verb("17");
        let (code, sentence) = world.refused("create", input);
        assert_eq!(code, "backupserver.create_unknown", "{kind}: {sentence}");
        assert_eq!(world.accounts().len(), usize::from(processed));
        world.advance(700);
        let report = world.verb_on("create", "17").unwrap();
        let words = if processed { "is taken over" } else { "was created" };
        assert!(report["message"].as_str().unwrap().contains(words), "{kind}: {report}");
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)], "{kind}");
        assert_eq!(
            codes(&world).contains(&"backupserver.adopted".to_owned()),
            processed,
            "{kind}"
        );
        assert_eq!(
            world.stored_key("Pass Key").as_deref(),
            world.accounts()[0]["pass_key"].as_str()
        );
    }
}

/// A service whose sign-up never reached the server, and a stranger's account of that name there.
fn lost_beside_a_stranger(kind: &str, options: impl Fn(&World) -> Vec<String>) -> World {
    let mut world = with(options);
    world.control(
        "account",
        json!({ "kind": kind, "name": "Acme GmbH", "action": "create" }),
    );
    world.control(
        "faults",
        json!([{ "kind": "reset_before", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "17").is_err());
    world.advance(700);
    world
}

#[test]
fn after_a_lost_sign_up_nothing_acts_on_an_account_that_may_be_a_strangers() {
    for (verb, staff) in [
        ("suspend", false),
        ("unsuspend", false),
        ("terminate", false),
        ("change_package", false),
        ("pass_key", true),
        ("refresh_pass_key", true),
    ] {
        let mut world = lost_beside_a_stranger("customer", World::customer);
        let before = (
            world.panel.requests().len(),
            format!("{:?}", world.host.rows("mod_provisor_backup_accounts")),
        );
        let input = if staff { world.as_staff("17") } else { world.verb("17") };
        let (code, sentence) = world.refused(verb, input);
        assert_eq!(code, "backupserver.not_sure", "{verb}: {sentence}");
        for part in [
            "\"Acme GmbH\"",
            "Nothing was changed.",
            "press Create",
            "press Take Over Account",
            "at 2026-01-01T00:00:00Z",
            "in the console",
            "Forget Account",
        ] {
            assert!(sentence.contains(part), "{verb}: {sentence}");
        }
        assert_eq!(
            (
                world.panel.requests().len(),
                format!("{:?}", world.host.rows("mod_provisor_backup_accounts"))
            ),
            before,
            "{verb} asked the server or changed a row"
        );
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
    }
}

#[test]
fn a_cancelled_order_whose_sign_up_was_lost_is_ended_without_a_database_client() {
    // It is not this client's: the name is forgotten, the stranger keeps the account, and the service can be terminated.
    let mut world = lost_beside_a_stranger("reseller", World::reseller);
    let input = world.as_staff("17");
    world.run("forget_account", input.clone()).unwrap();
    assert!(
        world
            .warnings()
            .iter()
            .any(|w| w.starts_with("backupserver.forgotten") && w.contains("\"Acme GmbH\"")),
        "{:?}",
        world.warnings()
    );
    world.verb_on("terminate", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
    assert_eq!(world.refused("forget_account", input).0, "backupserver.no_account");
    let mut input = world.verb("17");
    input["service"]["username"] = json!("acme17");
    world.run("create", input).unwrap();
    assert_eq!(
        world.standing(),
        [("Acme GmbH".to_owned(), true), ("acme17".to_owned(), true)]
    );
    // It is this client's: Create takes it over, and from then on it is the service's.
    let mut world = with(World::reseller);
    world.control(
        "faults",
        json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "17").is_err());
    let input = world.as_staff("17");
    assert_eq!(world.refused("forget_account", input.clone()).0, "backupserver.busy");
    world.advance(700);
    world.verb_on("create", "17").unwrap();
    assert_eq!(world.refused("forget_account", input).0, "backupserver.sure");
    world.verb_on("terminate", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
}

/// After a lost answer Create meets an account of the name, and nothing tells whose it is: no call reads it, or it was there
/// before the first sign-up.
fn found(reads: bool, strangers: bool) -> World {
    let mut world = with(World::customer);
    if !reads {
        world.configuration = json!({});
    }
    let lost = if strangers {
        let account = json!({ "kind": "customer", "name": "Acme GmbH", "action": "create" });
        world.control("account", account);
        let key = json!({ "kind": "customer", "name": "Acme GmbH", "action": "change", "pass_key": "OLD1-KEY22" });
        world.control("account", key);
        "reset_before"
    } else {
        "reset_after"
    };
    world.control(
        "faults",
        json!([{ "kind": lost, "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "17").is_err());
    world.advance(700);
    world
}

#[test]
fn an_account_of_which_nothing_tells_whose_it_is_is_not_acted_on_until_staff_take_it_over() {
    for (reads, strangers) in [(false, false), (false, true), (true, true)] {
        let mut world = found(reads, strangers);
        for _ in 0..2 {
            // Success would activate the service and send its welcome e-mail.
            let input = world.verb("17");
            let (code, said) = world.refused("create", input);
            assert_eq!(code, "backupserver.not_sure", "{said}");
            assert!(
                said.contains("Take Over Account") && said.contains("Forget Account"),
                "{said}"
            );
        }
        let warned = world.warnings();
        assert!(
            warned.iter().any(|w| w.starts_with("backupserver.not_confirmed")),
            "{warned:?}"
        );
        assert_eq!(world.accounts().len(), 1, "nothing is made twice");
        let asked = world.sent("getPassKey").len() + world.sent("deactivate").len() + world.sent("activate").len();
        for verb in ["suspend", "unsuspend", "terminate"] {
            let input = world.verb("17");
            assert_eq!(world.refused(verb, input).0, "backupserver.not_sure", "{verb}");
        }
        for input in [world.as_client("17"), world.as_staff("17")] {
            assert_eq!(world.refused("pass_key", input).0, "backupserver.not_sure");
        }
        let input = world.as_staff("17");
        assert_eq!(world.refused("refresh_pass_key", input).0, "backupserver.not_sure");
        let page = world.run("page", world.as_client("17")).unwrap()["page"].clone();
        assert_eq!(page["actions"], json!([]), "{page}");
        assert!(!page.to_string().contains("Take Over"), "{page}");
        let page = world.run("page", world.as_staff("17")).unwrap()["page"].to_string();
        assert!(page.contains("Take Over Account"), "{page}");
        assert_eq!(world.stored_key("Pass Key"), None);
        let now = world.sent("getPassKey").len() + world.sent("deactivate").len() + world.sent("activate").len();
        assert_eq!(
            asked, now,
            "the server was asked about an account that nobody confirmed"
        );
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
        // Staff looked, and say that it is this client's.
        let input = world.as_staff("17");
        world.run("take_over_account", input.clone()).unwrap();
        world.run("take_over_account", input).unwrap();
        let warned = world.warnings();
        assert!(
            warned.iter().any(|w| w.starts_with("backupserver.taken_over")),
            "{warned:?}"
        );
        assert_eq!(
            world.stored_key("Pass Key").as_deref(),
            world.accounts()[0]["pass_key"].as_str()
        );
        world.verb_on("suspend", "17").unwrap();
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
    }
    // Or that it is not.
    let mut world = found(false, true);
    assert!(world.verb_on("create", "17").is_err());
    assert_eq!(world.host.fields["17"]["username"], "Acme GmbH");
    let input = world.as_staff("17");
    world.run("forget_account", input).unwrap();
    assert_eq!(
        world.host.fields["17"]["username"], "",
        "no button takes the name up again"
    );
    let input = world.as_staff("17");
    assert_eq!(world.refused("take_over_account", input).0, "backupserver.no_account");
    let mut input = world.verb("17");
    input["service"]["username"] = json!("acme17");
    world.run("create", input).unwrap();
    assert_eq!(
        world.stored_key("Pass Key").as_deref(),
        world.accounts()[1]["pass_key"].as_str()
    );
}

/// What the host shows as the service's Username.
fn name(world: &mut World, id: &str, username: &str) {
    let set = world.host.fields.entry(id.into()).or_default();
    set.insert("username".into(), json!(username));
}

/// A service whose account was made before this module came: the host knows its Username, and we have no row.
fn switched_over(kind: &str, options: impl Fn(&World) -> Vec<String>) -> World {
    let mut world = with(options);
    let account = json!({ "kind": kind, "name": "acme1", "action": "create" });
    world.control("account", account);
    let key = json!({ "kind": kind, "name": "acme1", "action": "change", "pass_key": "OLD1-KEY22" });
    world.control("account", key);
    name(&mut world, "17", "acme1");
    world
}

#[test]
fn an_account_of_the_former_module_is_linked_by_staff_and_follows_the_service_from_then_on() {
    for reads in [true, false] {
        let mut world = switched_over("customer", World::customer);
        if !reads {
            world.configuration = json!({});
        }
        for verb in ["suspend", "unsuspend", "change_package", "terminate"] {
            let input = world.verb("17");
            let (code, sentence) = world.refused(verb, input);
            let expected = if verb == "terminate" {
                "not_linked"
            } else {
                "no_account"
            };
            assert_eq!(code, format!("backupserver.{expected}"), "{verb}: {sentence}");
            for part in ["\"acme1\"", "Take Over Account", "Nothing was changed."] {
                assert!(sentence.contains(part), "{verb}: {sentence}");
            }
        }
        let input = world.verb("17");
        let (code, sentence) = world.refused("create", input);
        assert_eq!(code, "backupserver.name_taken");
        assert!(sentence.contains("Take Over Account"), "{sentence}");
        let page = world.run("page", world.as_staff("17")).unwrap()["page"].to_string();
        assert!(page.contains("Take Over Account") && page.contains("acme1"), "{page}");
        let page = world.run("page", world.as_client("17")).unwrap()["page"].to_string();
        assert!(!page.contains("Take Over"), "{page}");

        for _ in 0..2 {
            let input = world.as_staff("17");
            world.run("take_over_account", input).unwrap();
        }
        let warned = world.warnings();
        assert!(
            warned
                .iter()
                .any(|w| w.starts_with("backupserver.taken_over") && w.contains("acme1")),
            "{warned:?}"
        );
        assert_eq!(
            world.stored_key("Pass Key").as_deref(),
            world.accounts()[0]["pass_key"].as_str()
        );
        for (verb, active) in [("suspend", false), ("unsuspend", true), ("terminate", false)] {
            world.verb_on(verb, "17").unwrap();
            assert_eq!(world.standing(), [("acme1".to_owned(), active)], "{verb}");
        }
        assert!(
            world.sent("signupCustomer").len() <= 1,
            "only the Create above asked for one"
        );
    }
}

#[test]
fn a_username_links_no_account_that_is_not_there_or_another_services() {
    let mut world = switched_over("reseller", World::reseller);
    let options = world.reseller();
    world.add_service("18", options);
    name(&mut world, "18", "ACME1");
    let input = world.as_staff("17");
    world.run("take_over_account", input).unwrap();
    let input = world.as_staff("18");
    let (code, sentence) = world.refused("take_over_account", input);
    assert_eq!(code, "backupserver.name_in_use", "{sentence}");
    name(&mut world, "18", "nobody");
    let input = world.as_staff("18");
    assert_eq!(world.refused("take_over_account", input).0, "backupserver.account_gone");
    name(&mut world, "18", "ac\u{200b}me");
    let input = world.as_staff("18");
    assert_eq!(world.refused("take_over_account", input).0, "backupserver.unseen_name");
    assert_eq!(world.host.rows("mod_provisor_backup_accounts").len(), 1);
    // A client cannot, and a suspended service's account is linked as it is.
    let input = world.as_client("18");
    assert_eq!(
        world.refused("take_over_account", input).0,
        "backupserver.not_for_clients"
    );
}

#[test]
fn an_account_that_nobody_confirmed_is_not_taken_over_where_staff_name_another() {
    let mut world = switched_over("customer", World::customer);
    name(&mut world, "17", "");
    world.control(
        "faults",
        json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "17").is_err());
    world.advance(700);
    name(&mut world, "17", "acme1");
    let input = world.as_staff("17");
    let (code, sentence) = world.refused("take_over_account", input);
    assert_eq!(code, "backupserver.has_another");
    for part in ["\"Acme GmbH\"", "\"acme1\"", "Forget Account"] {
        assert!(sentence.contains(part), "{sentence}");
    }
    // The way that the sentence names.
    for verb in ["forget_account", "take_over_account"] {
        let input = world.as_staff("17");
        world.run(verb, input).unwrap();
    }
    world.verb_on("suspend", "17").unwrap();
    let standing = [("acme1".to_owned(), false), ("Acme GmbH".to_owned(), true)];
    assert_eq!(world.standing(), standing);
}

#[test]
fn a_service_without_account_is_terminated_once_its_username_names_none() {
    let mut world = switched_over("reseller", World::reseller);
    for status in ["Active", "Suspended"] {
        world.host.services.get_mut("17").unwrap()["status"] = json!(status);
        let input = world.verb("17");
        assert_eq!(world.refused("terminate", input).0, "backupserver.not_linked");
    }
    assert!(world.panel.requests().is_empty(), "the server is not asked");
    // An order that was never set up has nothing to lose.
    world.host.services.get_mut("17").unwrap()["status"] = json!("Pending");
    world.verb_on("terminate", "17").unwrap();
    world.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    world.host.fields.clear();
    world.verb_on("terminate", "17").unwrap();
    assert_eq!(world.standing(), [("acme1".to_owned(), true)]);
    // Once ended it stays so, whatever the host still calls it.
    let mut world = created(World::reseller);
    let account = json!({ "kind": "reseller", "name": "Acme GmbH", "action": "remove" });
    world.control("account", account);
    for _ in 0..2 {
        world.verb_on("terminate", "17").unwrap();
    }
}

#[test]
fn an_account_that_is_not_there_is_not_taken_over() {
    let mut world = with(World::customer);
    world.control(
        "faults",
        json!([{ "kind": "reset_before", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "17").is_err());
    let input = world.as_staff("17");
    assert_eq!(world.refused("take_over_account", input.clone()).0, "backupserver.busy");
    world.advance(700);
    let (code, sentence) = world.refused("take_over_account", input.clone());
    assert_eq!(code, "backupserver.account_gone", "{sentence}");
    assert!(sentence.contains("Press Create"), "{sentence}");
    world.configuration["contract"]["paths"]["usage"] = json!("/nowhere.php");
    let given = world.as_staff("17");
    assert_eq!(world.refused("take_over_account", given).0, "panel.path_missing");
    world.verb_on("create", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
}

#[test]
fn a_server_that_is_silent_when_the_name_is_looked_up_is_not_asked_for_an_account() {
    let mut world = with(World::customer);
    world.control(
        "faults",
        json!([{ "kind": "delay", "match": { "path_contains": "usage" } }]),
    );
    let input = world.verb("17");
    let (code, sentence) = world.refused("create", input);
    assert_eq!(code, "http.read_timeout", "{sentence}");
    assert!(sentence.contains("Nothing was created."), "{sentence}");
    assert!(world.accounts().is_empty() && world.host.rows("mod_provisor_backup_accounts").is_empty());
    world.control("faults", json!([]));
    world.verb_on("create", "17").unwrap();
}

/// A lost sign-up, and a server that refuses this name from then on.
fn refused_after_a_lost_answer(kind: &str, words: &str) -> World {
    let mut world = with(World::reseller);
    world.control(
        "faults",
        json!([{ "kind": kind, "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "17").is_err());
    world.advance(700);
    world.control(
        "refuse",
        json!({ "action": "signupReseller", "code": "422", "message": words, "count": 1 }),
    );
    let input = world.verb("17");
    let (code, sentence) = world.refused("create", input);
    assert_eq!(code, "backupserver.rejected", "{sentence}");
    assert!(
        sentence.contains(words) && sentence.contains("Another Username") && sentence.contains("\"Acme GmbH\""),
        "{sentence}"
    );
    world
}

#[test]
fn a_name_refused_after_a_lost_answer_gives_way_to_a_corrected_username() {
    for corrected in ["acme17", "acme gmbh"] {
        let mut world = refused_after_a_lost_answer("reset_before", "Names must not hold spaces");
        let mut input = world.verb("17");
        input["service"]["username"] = json!(corrected);
        world.run("create", input).unwrap();
        assert_eq!(world.standing(), [(corrected.to_owned(), true)]);
        let warned = world.warnings();
        assert!(
            warned.iter().any(|w| w.starts_with("backupserver.name_given_up")
                && w.contains("\"Acme GmbH\"")
                && w.contains("look")),
            "{warned:?}"
        );
        assert_eq!(world.host.fields["17"]["username"], corrected);
        world.verb_on("terminate", "17").unwrap();
        assert_eq!(world.standing(), [(corrected.to_owned(), false)]);
    }
    // The corrected name was never asked for before: whoever has it is a stranger.
    let mut world = refused_after_a_lost_answer("reset_before", "Names must not hold spaces");
    world.control(
        "account",
        json!({ "kind": "reseller", "name": "acme17", "action": "create" }),
    );
    let mut input = world.verb("17");
    input["service"]["username"] = json!("acme17");
    assert_eq!(world.refused("create", input).0, "backupserver.name_taken");
    assert_eq!(world.host.rows("mod_provisor_backup_accounts").len(), 0);
}

#[test]
fn a_refusal_after_a_lost_answer_forgets_no_account_that_may_have_been_made() {
    // The first attempt made it; the refusal of the second had another reason.
    let mut world = refused_after_a_lost_answer("reset_after", "Maintenance");
    let input = world.verb("17");
    assert_eq!(world.refused("terminate", input).0, "backupserver.not_sure");
    world.verb_on("create", "17").unwrap();
    assert_eq!(
        world.standing(),
        [("Acme GmbH".to_owned(), true)],
        "taken over, not made twice"
    );
    // A retry that got no answer either frees nothing: the name must be found out first.
    let mut world = with(World::reseller);
    world.control(
        "faults",
        json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 2 }]),
    );
    for _ in 0..2 {
        assert!(world.verb_on("create", "17").is_err());
        world.advance(700);
    }
    let mut input = world.verb("17");
    input["service"]["username"] = json!("acme17");
    world.run("create", input).unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
}

#[test]
fn while_an_answer_may_still_come_nobody_asks_again() {
    let mut world = with(World::reseller);
    world.control(
        "faults",
        json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "17").is_err());
    let input = world.verb("17");
    assert_eq!(world.refused("create", input).0, "backupserver.busy");
}

#[test]
fn a_refusal_is_told_in_the_servers_words_and_leaves_nothing_behind() {
    let mut world = with(World::reseller);
    let words = "Licence limit <b>reached</b>\nfor admin";
    world.control(
        "refuse",
        json!({ "action": "signupReseller", "code": "422", "message": words, "count": 1 }),
    );
    let input = world.verb("17");
    let (code, sentence) = world.refused("create", input);
    assert_eq!(code, "backupserver.rejected");
    assert!(
        sentence.contains("Licence limit \u{2039}b\u{203a}reached\u{2039}/b\u{203a} for admin (code 422)"),
        "{sentence}"
    );
    assert!(!sentence.contains('<'));
    // Nothing stands in the way of another name.
    let mut input = world.verb("17");
    input["service"]["username"] = json!("other");
    world.run("create", input).unwrap();
    assert_eq!(world.standing(), [("other".to_owned(), true)]);
}

#[test]
fn two_services_of_one_client_have_two_accounts_and_two_keys() {
    let mut world = World::new();
    let options = world.customer();
    world.add_service("17", options.clone());
    world.add_service("18", options);
    world.verb_on("create", "17").unwrap();
    let first = world.stored_key("Pass Key").unwrap();
    world.verb_on("create", "18").unwrap();
    let second = world.stored_key("Pass Key").unwrap();
    assert_eq!(
        world.standing(),
        [("Acme GmbH".to_owned(), true), ("Acme GmbH-18".to_owned(), true)]
    );
    assert_ne!(
        first, second,
        "the client's one field holds the key of the service that was created last"
    );
    // Each service's own page shows its own key.
    for (id, key) in [("17", &first), ("18", &second)] {
        let input = world.as_client(id);
        let page = world.run("pass_key", input).unwrap()["page"].to_string();
        assert!(page.contains(key.as_str()), "{page}");
    }
    world.verb_on("suspend", "17").unwrap();
    assert_eq!(
        world.standing(),
        [("Acme GmbH".to_owned(), false), ("Acme GmbH-18".to_owned(), true)]
    );
}

/// Two services of one client whose products name the same server by two addresses.
fn by_two_addresses(first: &[(usize, &str)], second: &[(usize, &str)]) -> World {
    let mut world = World::new();
    let (first, second) = (world.options(first), world.options(second));
    world.add_service("17", first);
    world.add_service("18", second);
    world.verb_on("create", "17").unwrap();
    world
}

#[test]
fn a_name_has_one_owner_by_whichever_address_its_server_is_reached() {
    for (first, second, formerly) in [
        (vec![(2, "old.example.net")], vec![], json!(["old.example.net:6061"])),
        (vec![(1, "http")], vec![], json!([])),
        (
            vec![(3, "7061")],
            vec![(1, "http"), (2, "backup.example.net.")],
            json!([]),
        ),
    ] {
        let mut world = by_two_addresses(&first, &second);
        world.configuration["formerly"] = formerly;
        let mut input = world.verb("18");
        input["service"]["username"] = json!("acme gmbh");
        assert_eq!(world.refused("create", input).0, "backupserver.name_in_use");
        assert_eq!(world.panel.state()["signups_asked"], 1);
        world.verb_on("create", "18").unwrap();
        let names: Vec<String> = world.standing().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Acme GmbH", "Acme GmbH-18"]);
        assert_eq!(
            world.panel.state()["signups_asked"],
            2,
            "the name is not even asked for"
        );
    }
    // Another server may have an account of the same name.
    let mut world = by_two_addresses(&[(2, "old.example.net")], &[]);
    let input = world.verb("18");
    assert_eq!(world.refused("create", input).0, "backupserver.name_taken");
}

#[test]
fn a_name_that_turns_out_to_be_another_services_is_neither_found_nor_taken_over() {
    let mut world = by_two_addresses(&[(2, "old.example.net")], &[]);
    world.control(
        "faults",
        json!([{ "kind": "reset_before", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "18").is_err());
    world.advance(700);
    // Only now the operator says that both are one server.
    world.configuration["formerly"] = json!(["old.example.net:6061"]);
    let asked = world.panel.requests().len();
    for (verb, input) in [
        ("create", world.verb("18")),
        ("take_over_account", world.as_staff("18")),
    ] {
        let (code, sentence) = world.refused(verb, input);
        assert_eq!(code, "backupserver.name_in_use", "{verb}: {sentence}");
        assert!(
            sentence.contains("\"Acme GmbH\"") && sentence.contains("Forget Account"),
            "{sentence}"
        );
    }
    assert_eq!(world.panel.requests().len(), asked, "before anything is asked");
    let input = world.as_staff("18");
    world.run("forget_account", input).unwrap();
    world.verb_on("create", "18").unwrap();
    world.verb_on("terminate", "18").unwrap();
    assert_eq!(
        world.standing(),
        [("Acme GmbH".to_owned(), true), ("Acme GmbH-18".to_owned(), false)],
        "the paying service keeps its account"
    );
}

#[test]
fn two_creates_at_once_make_one_account() {
    for seed in 0..40_u64 {
        let mut world = with(World::customer);
        let input = world.verb("17");
        let ends = together(&mut world, ("create", &input), ("create", &input), seed);
        assert!(ends.contains(&0), "seed {seed}: {ends:?}");
        assert_eq!(world.accounts().len(), 1, "seed {seed}");
        world.verb_on("suspend", "17").unwrap();
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)], "seed {seed}");
    }
}

#[test]
fn two_services_created_at_once_have_two_names() {
    for seed in 0..40_u64 {
        let mut world = World::new();
        let options = world.reseller();
        world.add_service("17", options.clone());
        world.add_service("18", options);
        let (a, b) = (world.verb("17"), world.verb("18"));
        together(&mut world, ("create", &a), ("create", &b), seed);
        for id in ["17", "18"] {
            world.advance(700);
            world.verb_on("create", id).unwrap();
        }
        assert_eq!(world.accounts().len(), 2, "seed {seed}");
    }
}

#[test]
fn a_runner_that_slept_through_its_claim_loses_no_account() {
    let mut world = with(World::reseller);
    let input = world.verb("17");
    let mut sleeper = runner(&world, "create", &input);
    // Up to its intent: the request follows with the next step.
    let written = |w: &World| !w.host.rows("mod_provisor_backup_accounts").is_empty();
    while sleeper.op() == "tables.ensure" || !written(&world) {
        sleeper.answer(&mut world.host);
    }
    world.advance(700);
    world.verb_on("create", "17").unwrap();
    sleeper.finish(&mut world.host);
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
    world.verb_on("suspend", "17").unwrap();
    assert_eq!(
        world.standing(),
        [("Acme GmbH".to_owned(), false)],
        "the account is still the service's"
    );
}

fn runner(world: &World, job: &str, input: &Value) -> Runner {
    let now = world.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let config = json!({ "v": 1, "job": format!("backupserver.{job}"), "now": now,
        "limits": { "lease_seconds": 600, "read_seconds": 2, "step_seconds": 5 }, "input": input });
    Runner::open(config.to_string().as_bytes(), world.env.clone())
}

/// Two runners on one host, their ops interleaved by chance.
fn together(world: &mut World, first: (&str, &Value), second: (&str, &Value), seed: u64) -> [i32; 2] {
    let mut dice = seed;
    let (mut a, mut b) = (runner(world, first.0, first.1), runner(world, second.0, second.1));
    while a.owed.is_some() || b.owed.is_some() {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let one = a.owed.is_some() && (b.owed.is_none() || dice >> 63 == 1);
        if one { &mut a } else { &mut b }.answer(&mut world.host);
    }
    [a.ended.unwrap().0, b.ended.unwrap().0]
}

#[test]
fn suspend_and_terminate_deactivate_and_unsuspend_activates() {
    let mut world = created(World::customer);
    for (verb, active) in [
        ("suspend", false),
        ("suspend", false),
        ("unsuspend", true),
        ("unsuspend", true),
        ("terminate", false),
        ("terminate", false),
    ] {
        world.verb_on(verb, "17").unwrap();
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), active)], "{verb}");
    }
    // A termination by mistake is undone, by either button.
    world.verb_on("unsuspend", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
    world.verb_on("terminate", "17").unwrap();
    world.verb_on("create", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
    assert_eq!(world.panel.state()["signups_asked"], 1);
}

#[test]
fn a_service_without_account_says_so() {
    let mut world = with(World::reseller);
    for verb in ["suspend", "unsuspend", "change_package"] {
        let input = world.verb("17");
        let (code, sentence) = world.refused(verb, input);
        assert_eq!(code, "backupserver.no_account");
        assert!(
            sentence.starts_with("No Backup Server account is linked to this service."),
            "{sentence}"
        );
    }
    world.verb_on("terminate", "17").unwrap();
}

#[test]
fn not_there_ends_a_termination_and_could_not_ask_does_not() {
    let mut world = created(World::reseller);
    world.control("faults", json!([{ "kind": "503", "match": { "method": "POST" } }]));
    assert!(world.verb_on("terminate", "17").is_err());
    world.control("faults", json!([]));
    world.control(
        "account",
        json!({ "kind": "reseller", "name": "Acme GmbH", "action": "remove" }),
    );
    let input = world.verb("17");
    assert_eq!(world.refused("suspend", input).0, "backupserver.account_gone");
    world.verb_on("terminate", "17").unwrap();
    world.verb_on("create", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
}

#[test]
fn a_mistake_in_what_only_a_sign_up_sends_touches_no_account_that_exists() {
    let mut world = created(World::customer);
    let mistaken = world.options(&[
        (6, "Signup Customer"),
        (7, "Nor\u{200b}th"),
        (10, "500 GB"),
        (14, ""),
        (15, "many"),
        (16, "Fast"),
        (23, "on"),
    ]);
    world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(mistaken);
    for (verb, active) in [("suspend", false), ("unsuspend", true)] {
        world.verb_on(verb, "17").unwrap();
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), active)], "{verb}");
    }
    let input = world.as_client("17");
    let page = world.run("page", input.clone()).unwrap()["page"].clone();
    assert_eq!(page["actions"][0]["name"], "pass_key", "{page}");
    world.run("pass_key", input).unwrap();
    let input = world.as_staff("17");
    world.run("refresh_pass_key", input).unwrap();
    let input = json!({ "configuration": world.configuration.to_string(), "module": "backupserver" });
    assert_eq!(world.run("usage", input).unwrap()["read"], 1);
    for verb in ["create", "change_package"] {
        let input = world.verb("17");
        let (code, sentence) = world.refused(verb, input);
        assert_eq!(code, "backupserver.fields", "{verb}");
        assert!(
            sentence.contains("Storage Allotted") && sentence.contains("Allot MCAL"),
            "{sentence}"
        );
    }
    world.verb_on("terminate", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
    // What the login needs is told, and that alone.
    let nameless = world.options(&[(2, ""), (10, "500 GB")]);
    world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(nameless);
    let input = world.verb("17");
    let (code, sentence) = world.refused("suspend", input);
    assert_eq!(code, "backupserver.fields");
    assert!(
        sentence.contains("HostName or IpAddress") && !sentence.contains("Storage Allotted"),
        "{sentence}"
    );
}

#[test]
fn an_account_is_not_looked_for_on_another_server() {
    let mut world = created(World::reseller);
    let moved = world.options(&[(2, "new.example.net")]);
    world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(moved);
    for verb in ["suspend", "terminate", "create", "change_package"] {
        let input = world.verb("17");
        let (code, sentence) = world.refused(verb, input);
        assert_eq!(code, "backupserver.other_server", "{verb}: {sentence}");
        assert!(sentence.contains("backup.example.net:6061"), "{sentence}");
    }
    // The page names the console of the account's own server, and tells staff.
    for console in [json!(""), json!("https://new.example.net/")] {
        world.configuration["console"] = console;
        for (input, told) in [(world.as_client("17"), false), (world.as_staff("17"), true)] {
            let page = world.run("page", input).unwrap()["page"].to_string();
            assert!(page.contains("https://backup.example.net:6061/"), "{page}");
            assert!(!page.contains("https://new.example.net"), "{page}");
            assert_eq!(page.contains("backupserver.moved"), told, "{page}");
        }
    }
    world.configuration["console"] = json!("");
    world.configuration["formerly"] = json!(["other.example.net:1", " Backup.Example.Net:6061 "]);
    let page = world.run("page", world.as_staff("17")).unwrap()["page"].to_string();
    assert!(
        page.contains("https://new.example.net:6061/") && !page.contains("backupserver.moved"),
        "{page}"
    );
    world.verb_on("suspend", "17").unwrap();
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
}

#[test]
fn the_link_to_a_former_console_has_the_scheme_that_it_had() {
    for (before, after, link) in [
        (vec![(1, "http")], vec![], "http://backup.example.net:6060/"),
        (vec![], vec![(1, "http")], "https://backup.example.net:6061/"),
        (
            vec![(1, "http"), (3, "8080")],
            vec![(3, "8443")],
            "http://backup.example.net:8080/",
        ),
    ] {
        let mut world = created(|w| w.options(&before));
        let moved = world.options(&after);
        world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(moved);
        let page = world.run("page", world.as_client("17")).unwrap()["page"].clone();
        assert!(
            facts(&page).contains(&("Web console".to_owned(), link.to_owned())),
            "{page}"
        );
    }
}

#[test]
fn a_customer_keeps_its_reseller_when_the_product_changes() {
    let mut world = created(|w| w.options(&[(6, "Signup Customer"), (7, "North")]));
    let other = world.options(&[(6, "Signup Customer"), (7, "South")]);
    world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(other);
    world.verb_on("suspend", "17").unwrap();
    assert_eq!(world.sent("deactivate")[0]["resellerName"], "North");
}

#[test]
fn a_package_change_sends_storage_mcal_and_throttle_and_leaves_the_state_alone() {
    let mut world = created(World::customer);
    world.verb_on("suspend", "17").unwrap();
    let larger = world.options(&[
        (6, "Signup Customer"),
        (10, "1073741824000"),
        (14, ""),
        (15, "9"),
        (16, "New Configuration"),
        (17, "on"),
        (21, "2048"),
    ]);
    world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(larger);
    world.verb_on("change_package", "17").unwrap();
    assert_eq!(
        world.sent("updateCustomer"),
        [
            json!({ "userName": "admin", "loginPassword": "[hidden]", "action": "updateCustomer", "accountType": "customer",
            "name": "Acme GmbH", "storageAllotted": "1073741824000", "autoMCAL": "0", "allotMCAL": "9",
            "bandwidthConfig": "new", "throttleEnabled": "1", "throttleMode": "always", "restrictedRate": "2048" })
        ]
    );
    assert_eq!(world.standing(), [("Acme GmbH".to_owned(), false)]);
    // Without a path for it the module says so, and what to do.
    world.configuration = json!({});
    let input = world.verb("17");
    let (code, sentence) = world.refused("change_package", input);
    assert_eq!(code, "backupserver.no_update");
    assert!(sentence.contains("contract.paths.update"), "{sentence}");
    // A reseller cannot become a customer.
    let reseller = world.reseller();
    world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(reseller);
    let input = world.verb("17");
    assert_eq!(world.refused("change_package", input).0, "backupserver.other_action");
}

#[test]
fn the_pass_key_is_in_the_clients_field_before_creation_returns() {
    for (fields, written) in [
        (vec![("Pass Key", true)], "Pass Key"),
        (vec![("VAT", true), ("pass key", true), ("Pass Key", true)], "Pass Key"),
        (vec![("VAT", true), ("  PASS KEY ", true), ("Fax", true)], "  PASS KEY "),
    ] {
        let mut world = with(World::customer);
        world.host.client_fields = fields.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect();
        world.verb_on("create", "17").unwrap();
        assert_eq!(
            world.stored_key(written).as_deref(),
            world.accounts()[0]["pass_key"].as_str()
        );
        assert!(world.warnings().is_empty(), "{:?}", world.warnings());
    }
}

/// In between, another service of the client may have written its own key there.
#[test]
fn a_service_that_is_made_again_after_its_termination_gets_its_own_key_delivered_again() {
    let mut world = created(World::customer);
    world.verb_on("terminate", "17").unwrap();
    world
        .host
        .client_values
        .insert(("7".into(), "Pass Key".into()), json!({ "secret": "another's" }));
    world.verb_on("create", "17").unwrap();
    assert_eq!(
        world.stored_key("Pass Key").as_deref(),
        world.accounts()[0]["pass_key"].as_str()
    );
}

#[test]
fn a_pass_key_that_cannot_be_had_or_stored_is_a_warning_and_no_failure() {
    let missing = |world: &mut World| world.host.client_fields = vec![("VAT".into(), true)];
    let refused = |world: &mut World| {
        world.host.refused_ops.insert("client.field".into());
    };
    let mode = |word: &'static str| move |world: &mut World| world.control("mode", json!({ "pass_key": word }));
    type Break = Box<dyn Fn(&mut World)>;
    let cases: Vec<(Break, &str)> = vec![
        (Box::new(missing), "backupserver.no_field"),
        (Box::new(refused), "backupserver.pass_key"),
        (Box::new(mode("absent")), "backupserver.pass_key"),
        (Box::new(mode("empty")), "backupserver.pass_key"),
        (Box::new(mode("refused")), "backupserver.pass_key"),
    ];
    for (break_it, code) in cases {
        let mut world = with(World::customer);
        break_it(&mut world);
        world.verb_on("create", "17").unwrap();
        assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)]);
        let warnings = world.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with(code), "{warnings:?}");
        // Once the cause is gone, Create or Refresh Pass Key delivers it.
        world.host.client_fields = vec![("Pass Key".into(), true)];
        world.host.refused_ops.clear();
        world.control("mode", json!({ "reset": true }));
        world.verb_on("create", "17").unwrap();
        let key = world.accounts()[0]["pass_key"].as_str().unwrap().to_owned();
        assert_eq!(world.stored_key("Pass Key"), Some(key.clone()));
        world.host.client_values.clear();
        let input = world.as_staff("17");
        let report = world.run("refresh_pass_key", input).unwrap();
        assert_eq!(world.stored_key("Pass Key"), Some(key.clone()));
        assert!(
            !report.to_string().contains(&key),
            "staff read the field, not the message"
        );
    }
}

#[test]
fn a_pass_key_stands_in_no_log_no_error_and_no_table_of_ours() {
    let mut world = created(World::customer);
    let key = world.accounts()[0]["pass_key"].as_str().unwrap().to_owned();
    let input = world.as_client("17");
    let shown = world.run("pass_key", input).unwrap();
    assert_eq!(
        shown["sealed"],
        json!([{ "secret": key }]),
        "loggers learn what to mask"
    );
    let input = world.as_staff("17");
    world.run("refresh_pass_key", input).unwrap();
    let kept = format!(
        "{:?} {:?} {:?}",
        world.host.logs,
        world.host.rows("mod_provisor_backup_accounts"),
        world.host.rows("mod_provisor_services")
    );
    assert!(!kept.contains(&key) && !kept.contains(&world.panel.password), "{kept}");
}

#[test]
fn the_page_shows_the_account_and_no_key_until_it_is_asked_for() {
    let mut world = created(World::customer);
    world.control(
        "account",
        json!({ "kind": "customer", "name": "Acme GmbH", "action": "change", "storage_used": 134_217_728_000_u64 }),
    );
    let input = world.as_client("17");
    let page = world.run("page", input).unwrap()["page"].clone();
    let key = world.accounts()[0]["pass_key"].as_str().unwrap().to_owned();
    let facts: Vec<(String, String)> = facts(&page);
    assert_eq!(
        facts,
        [
            ("Account", "Acme GmbH"),
            ("Type", "Customer"),
            ("State", "Active"),
            ("Storage allotted", "500 GiB"),
            ("Storage used", "125 GiB (25%)"),
            ("As of", "2026-01-01 00:00 +00:00"),
            ("Web console", "https://backup.example.net:6061/"),
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert!(!page.to_string().contains(&key));
    assert_eq!(page["actions"][0]["name"], "pass_key");
    let input = world.as_client("17");
    let page = world.run("pass_key", input).unwrap()["page"].clone();
    let fact = page["sections"][0]["facts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["hidden"] == json!(true))
        .unwrap();
    assert_eq!(fact["value"]["text"], json!(key));
}

#[test]
fn staff_see_by_which_number_e_mails_name_the_pass_key() {
    for (fields, number) in [
        (vec!["Pass Key"], "0"),
        (vec!["VAT", "Fax", "pass key "], "2"),
        (vec!["VAT"], ""),
    ] {
        let mut world = World::new();
        world.host.client_fields = fields.iter().map(|name| ((*name).to_owned(), true)).collect();
        let options = world.customer();
        world.add_service("17", options);
        world.verb_on("create", "17").unwrap();
        let input = world.as_staff("17");
        let page = world.run("page", input).unwrap()["page"].to_string();
        if number.is_empty() {
            assert!(page.contains("does not exist"), "{page}");
        } else {
            assert!(page.contains(&format!("{{$client_custom_fields.{number}}}")), "{page}");
        }
        let input = world.as_client("17");
        assert!(
            !world.run("page", input).unwrap()["page"]
                .to_string()
                .contains("client_custom_fields")
        );
    }
}

fn facts(page: &Value) -> Vec<(String, String)> {
    let text = |words: &Value| words["text"].as_str().unwrap().to_owned();
    let facts = page["sections"][0]["facts"].as_array().unwrap();
    facts.iter().map(|f| (text(&f["label"]), text(&f["value"]))).collect()
}

#[test]
fn clients_see_no_key_where_the_host_or_the_module_forbids_it() {
    for forbid in ["admin only", "config", "no field", "not asked for"] {
        let mut world = created(World::customer);
        match forbid {
            "config" => world.configuration["passKeyShown"] = json!(false),
            "no field" => world.host.client_fields = vec![("VAT".into(), true)],
            "not asked for" => {
                let unticked = world.options(&[(6, "Signup Customer")]);
                world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(unticked);
            }
            _ => world.host.client_fields = vec![("Pass Key".into(), false)],
        }
        let input = world.as_client("17");
        assert_eq!(world.run("page", input.clone()).unwrap()["page"]["actions"], json!([]));
        let before = world.sent("getPassKey").len();
        assert_eq!(world.refused("pass_key", input).0, "backupserver.not_for_clients");
        assert_eq!(world.sent("getPassKey").len(), before, "the server is not even asked");
        let input = world.as_staff("17");
        world.run("pass_key", input).unwrap();
    }
    let mut world = created(World::reseller);
    let input = world.as_client("17");
    assert_eq!(world.refused("pass_key", input).0, "backupserver.customers_only");
}

#[test]
fn a_server_that_does_not_answer_leaves_the_last_known_values_with_their_time() {
    let mut world = created(World::customer);
    world.control(
        "account",
        json!({ "kind": "customer", "name": "Acme GmbH", "action": "change", "storage_used": 1_048_576 }),
    );
    let input = world.as_client("17");
    world.run("page", input.clone()).unwrap();
    world.advance(7200);
    world.control("faults", json!([{ "kind": "delay" }]));
    let page = world.run("page", input.clone()).unwrap()["page"].clone();
    assert_eq!(
        page["notices"][0]["text"]["params"],
        json!([["at", "2026-01-01 00:00 +00:00"]]),
        "{page}"
    );
    assert!(
        facts(&page).contains(&("Storage used".to_owned(), "1 MiB (0%)".to_owned())),
        "{page}"
    );
    for word in ["storegrid", "vembu", "backup server's", "/interface", "POST"] {
        assert!(
            !page.to_string().to_lowercase().contains(&word.to_lowercase()),
            "{word}: {page}"
        );
    }
    // Usage that is switched off asks nobody.
    world.configuration = json!({});
    let before = world.panel.requests().len();
    let page = world.run("page", world.as_client("17")).unwrap()["page"].clone();
    assert_eq!(page["notices"], json!([]));
    assert_eq!(world.panel.requests().len(), before);
}

/// Two runs on one host: the first asks `k` ops, the second runs whole, then the first ends. None when the first ended before.
fn within(world: &mut World, first: (&str, &Value), second: (&str, &Value), k: usize) -> Option<[i32; 2]> {
    let (mut a, mut b) = (runner(world, first.0, first.1), runner(world, second.0, second.1));
    for _ in 0..k {
        a.owed.as_ref()?;
        a.answer(&mut world.host);
    }
    b.finish(&mut world.host);
    a.finish(&mut world.host);
    Some([a.ended.unwrap().0, b.ended.unwrap().0])
}

#[test]
fn a_look_at_the_page_disturbs_no_verb_whenever_it_comes() {
    let made = |verb: &str| {
        let mut world = created(World::customer);
        match verb {
            "unsuspend" => drop(world.verb_on("suspend", "17").unwrap()),
            "create" => drop(world.verb_on("terminate", "17").unwrap()),
            _ => {}
        }
        // What the page is told is new each time.
        world.advance(3600);
        world
    };
    for verb in ["suspend", "unsuspend", "terminate", "change_package", "create"] {
        let stands = verb != "suspend" && verb != "terminate";
        for page_first in [false, true] {
            let mut k = 0;
            loop {
                let mut world = made(verb);
                let (input, staff) = (world.verb("17"), world.as_staff("17"));
                let both = if page_first {
                    within(&mut world, ("page", &staff), (verb, &input), k)
                } else {
                    within(&mut world, (verb, &input), ("page", &staff), k)
                };
                let Some(both) = both else { break };
                assert_eq!(both, [0, 0], "{verb} {page_first} {k}");
                assert_eq!(
                    world.standing(),
                    [("Acme GmbH".to_owned(), stands)],
                    "{verb} {page_first} {k}"
                );
                let rows = world.host.rows("mod_provisor_backup_accounts");
                assert_eq!(
                    rows[0]["state"],
                    if stands { "active" } else { "inactive" },
                    "{verb} {page_first} {k}"
                );
                k += 1;
            }
            assert!(k > 5, "{verb} {page_first} {k}");
        }
    }
}

#[test]
fn storage_that_was_changed_since_the_server_told_it_is_shown_as_changed() {
    let mut world = created(World::customer);
    world.run("page", world.as_client("17")).unwrap();
    let options = world.options(&[(6, "Signup Customer"), (10, "1073741824000"), (23, "on")]);
    world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(options);
    world.verb_on("change_package", "17").unwrap();
    world.control("faults", json!([{ "kind": "delay" }]));
    let page = world.run("page", world.as_client("17")).unwrap()["page"].clone();
    assert!(
        facts(&page).contains(&("Storage allotted".to_owned(), "1000 GiB".to_owned())),
        "{page}"
    );
}

#[test]
fn a_page_waits_three_seconds_in_all_for_a_server_that_stalls_and_an_action_as_long_as_is_configured() {
    let mut world = created(World::customer);
    world.configuration["timeout"] = json!(20);
    let longest = Arc::new(Mutex::new(Duration::ZERO));
    let seen = longest.clone();
    world.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
        let mut longest = seen.lock().unwrap();
        *longest = request.read_timeout.max(*longest);
        if request.read_timeout <= Duration::from_secs(3) {
            std::thread::sleep(request.read_timeout);
        }
        Err(SendError::unknown(provisor::http::Kind::ReadTimeout))
    }));
    for input in [world.as_client("17"), world.as_staff("17")] {
        let before = std::time::Instant::now();
        let page = world.run("page", input).unwrap()["page"].to_string();
        let took = before.elapsed();
        assert!(page.contains("does not answer"), "{page}");
        assert!(took < Duration::from_secs(6), "{took:?}");
        let longest = std::mem::take(&mut *longest.lock().unwrap());
        assert!(!longest.is_zero() && longest <= Duration::from_secs(3), "{longest:?}");
    }
    assert!(world.verb_on("suspend", "17").is_err());
    assert!(*longest.lock().unwrap() > Duration::from_secs(15), "{longest:?}");
}

#[test]
fn a_page_waits_as_long_as_the_host_lets_pages_wait() {
    for (file, host, expected) in [(20, 3, 3), (120, 30, 30), (2, 30, 2)] {
        let mut world = created(World::customer);
        world.configuration["timeout"] = json!(file);
        let longest = Arc::new(Mutex::new(0));
        let seen = longest.clone();
        world.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
            // Some of the step is over by now.
            let left = (request.deadline - std::time::Instant::now()).as_secs() + 1;
            let mut longest = seen.lock().unwrap();
            *longest = request.read_timeout.as_secs().min(left).max(*longest);
            Err(SendError::unknown(provisor::http::Kind::ReadTimeout))
        }));
        let limits = json!({ "connect_seconds": host.min(5), "read_seconds": host, "step_seconds": host });
        let config = json!({ "v": 1, "job": "backupserver.page", "now": "2026-01-01T00:00:00Z", "limits": limits,
                             "input": world.as_staff("17") });
        let mut session = provisor::start(config.to_string().as_bytes(), world.env.clone());
        provisor::session::drive(&mut session, &mut world.host).unwrap();
        assert_eq!(*longest.lock().unwrap(), expected, "{file} {host}");
    }
}

#[test]
fn a_page_without_account_or_with_a_pending_one_says_so() {
    let mut world = with(World::customer);
    let input = world.as_client("17");
    let page = world.run("page", input.clone()).unwrap()["page"].to_string();
    assert!(page.contains("There is no backup account yet."), "{page}");
    world.control("mode", json!({ "answer": "empty" }));
    assert!(world.verb_on("create", "17").is_err());
    let page = world.run("page", input).unwrap()["page"].to_string();
    assert!(page.contains("is being set up"), "{page}");
}

#[test]
fn every_listed_action_is_refused_to_strangers_and_calls_nobody() {
    let report = World::new().run("actions", json!({})).unwrap();
    let actions = report["actions"].as_array().unwrap().clone();
    assert_eq!(actions.len(), 6);
    for action in actions {
        let (name, changes) = (action["name"].as_str().unwrap(), action["changes"] == json!(true));
        let for_clients = action["client"] == json!(true);
        let mut tried = vec![("client", "8", true, true), ("", "", true, true)];
        if changes {
            tried.extend([
                ("client", "7", true, false),
                ("client", "7", false, true),
                ("staff", "", true, false),
            ]);
        }
        if !for_clients {
            tried.push(("client", "7", true, true));
        }
        for (kind, client, post, token) in tried {
            let mut world = created(World::customer);
            let before = world.panel.requests().len();
            let mut input = world.verb("17");
            input["caller"] = json!({ "kind": kind, "client_id": client, "post": post, "token": token });
            let (code, _) = world.refused(name, input);
            let known = ["not_yours", "no_token", "not_post", "not_for_clients"].map(|c| format!("backupserver.{c}"));
            assert!(known.contains(&code), "{name} {kind} {client}: {code}");
            assert_eq!(world.panel.requests().len(), before, "{name} called the server");
        }
    }
    let mut world = created(World::customer);
    world.host.services.get_mut("17").unwrap()["status"] = json!("Suspended");
    let input = world.as_client("17");
    assert_eq!(world.refused("pass_key", input.clone()).0, "backupserver.not_active");
    world.run("page", input).unwrap();
}

#[test]
fn usage_is_written_into_the_hosts_columns_once_for_each_service_of_the_module() {
    let mut world = World::new();
    let (customer, reseller) = (world.customer(), world.reseller());
    world.add_service("17", customer);
    world.add_service("18", reseller.clone());
    world.add_service("19", reseller.clone());
    world.add_service("20", reseller);
    for id in ["17", "18", "19"] {
        world.verb_on("create", id).unwrap();
    }
    world.host.services.get_mut("19").unwrap()["product"]["module"] = json!("acme");
    world.control(
        "account",
        json!({ "kind": "customer", "name": "Acme GmbH", "action": "change", "storage_used": 10_485_761_u64, "active": false }),
    );
    let input = json!({ "configuration": world.configuration.to_string(), "module": "backupserver" });
    let report = world.run("usage", input.clone()).unwrap();
    assert_eq!([&report["read"], &report["failed"]], [&json!(2), &json!(0)], "{report}");
    let set = &world.host.fields["17"];
    assert_eq!(
        [&set["disk_usage"], &set["disk_limit"], &set["touch_usage"]],
        [&json!("10"), &json!("512000"), &json!(true)]
    );
    assert!(
        world.host.fields["19"].get("disk_usage").is_none(),
        "another module's service is left to it"
    );
    // One account that cannot be read does not keep the others from it, and is told once a day.
    world.control(
        "account",
        json!({ "kind": "reseller", "name": "Acme GmbH", "action": "remove" }),
    );
    for _ in 0..2 {
        let report = world.run("usage", input.clone()).unwrap();
        assert_eq!([&report["read"], &report["failed"]], [&json!(1), &json!(1)], "{report}");
    }
    assert_eq!(world.warnings().len(), 1, "{:?}", world.warnings());
    let nothing = world
        .run("usage", json!({ "configuration": "", "module": "backupserver" }))
        .unwrap();
    assert!(nothing["message"].as_str().unwrap().contains("not set"));
}

/// From now on requests whose address holds `what` get this JSON.
fn answers(world: &mut World, what: &'static str, body: &'static str) {
    let before = world.env.transport.clone();
    world.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
        if request.url.contains(what) {
            Ok(provisor::http::Response::new(200, body))
        } else {
            before.send(request)
        }
    }));
}

#[test]
fn half_an_answer_about_storage_never_makes_an_old_figure_a_new_one() {
    for body in [
        r#"{"status":"success"}"#,
        r#"{"status":"success","storageUsed":"1.5"}"#,
        r#"{"status":"success","storageUsed":"-5"}"#,
        r#"{"status":"success","storageUsed":"2147483648.0"}"#,
        r#"{"status":"success","storageUsed":""}"#,
        r#"{"status":"success","name":"Other Ltd","storageUsed":"99999999"}"#,
    ] {
        let mut world = created(World::customer);
        let daily = json!({ "configuration": world.configuration.to_string(), "module": "backupserver" });
        world.run("usage", daily.clone()).unwrap();
        let first = world.run("page", world.as_client("17")).unwrap()["page"].to_string();
        assert!(first.contains("2026-01-01"), "{first}");
        world.advance(30 * 86_400);
        answers(&mut world, "usage.php", body);
        world.host.fields.get_mut("17").unwrap().remove("touch_usage");
        let report = world.run("usage", daily).unwrap();
        assert_eq!(
            [&report["read"], &report["failed"]],
            [&json!(0), &json!(1)],
            "{body}: {report}"
        );
        assert!(world.host.fields["17"].get("touch_usage").is_none(), "{body}");
        let page = world.run("page", world.as_client("17")).unwrap()["page"].to_string();
        assert!(
            page.contains("2026-01-01") && !page.contains("2026-01-31"),
            "{body}: {page}"
        );
    }
}

#[test]
fn a_name_that_the_server_repeats_escaped_or_as_its_own_number_is_the_accounts() {
    for (name, repeated) in [
        ("Smith & Sons", "Smith &amp; Sons"),
        ("Smith & Sons", "Smith &amp;amp; Sons"),
        ("O'Neill \"Ltd\"", "O&#039;Neill &quot;Ltd&quot;"),
        ("O'Neill Ltd", "O&amp;#039;Neill Ltd"),
        ("Müller", "M&#xFC;ller"),
        ("Acme GmbH", " ACME&nbsp;gmbh "),
        ("Acme GmbH", "42"),
    ] {
        let mut world = with(World::customer);
        let client = &mut world.host.services.get_mut("17").unwrap()["client"];
        client["company"] = json!(name);
        let before = world.env.transport.clone();
        world.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
            let answer = before.send(request)?;
            let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
                return Ok(answer);
            };
            body["name"] = json!(repeated);
            Ok(provisor::http::Response::new(answer.status, body.to_string()))
        }));
        world.verb_on("create", "17").unwrap();
        assert!(
            world.stored_key("Pass Key").is_some(),
            "{repeated}: {:?}",
            world.warnings()
        );
        world.run("refresh_pass_key", world.as_staff("17")).unwrap();
        world.run("pass_key", world.as_client("17")).unwrap();
        let daily = json!({ "configuration": world.configuration.to_string(), "module": "backupserver" });
        assert_eq!(world.run("usage", daily).unwrap()["read"], json!(1), "{repeated}");
    }
}

#[test]
fn a_pass_key_under_another_name_is_refused_and_the_setting_that_looks_at_names_is_told() {
    for (name, repeated) in [
        ("Acme GmbH", "Acme"),
        ("Acme GmbH", "Default Reseller/Acme GmbH"),
        ("Acme & Co", "Acme Co"),
        ("Acme GmbH", "Acme GmbH-18"),
        // Where accounts are called by numbers, another number is another one's.
        ("41", "42"),
        ("41", "041"),
    ] {
        let mut world = with(World::customer);
        world.host.services.get_mut("17").unwrap()["client"]["company"] = json!(name);
        world.verb_on("create", "17").unwrap();
        let before = world.stored_key("Pass Key");
        let other = json!({ "status": "success", "name": repeated, "passKey": "OTHR-9999" }).to_string();
        let inner = world.env.transport.clone();
        world.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
            if request.url.contains("passkey") {
                return Ok(provisor::http::Response::new(200, other.clone()));
            }
            inner.send(request)
        }));
        let (_, sentence) = world.refused("refresh_pass_key", world.as_staff("17"));
        assert!(
            sentence.contains("another account") && sentence.contains("\"contract.response.nameKey\" to \"\""),
            "{repeated}: {sentence}"
        );
        assert!(!sentence.contains("OTHR"), "{sentence}");
        assert_eq!(world.stored_key("Pass Key"), before, "{repeated}");
        // The cure that is named.
        world.configuration["contract"]["response"]["nameKey"] = json!("");
        world.run("refresh_pass_key", world.as_staff("17")).unwrap();
    }
}

#[test]
fn a_pass_key_under_a_number_that_another_account_is_called_by_is_neither_shown_nor_stored() {
    let mut world = with(World::customer);
    let customer = world.customer();
    world.add_service("18", customer);
    world.host.services.get_mut("18").unwrap()["client"]["company"] = json!("42");
    for id in ["17", "18"] {
        world.verb_on("create", id).unwrap();
    }
    let before = world.stored_key("Pass Key");
    answers(
        &mut world,
        "passkey",
        r#"{"status":"success","name":"42","passKey":"OTHR-9999"}"#,
    );
    for (verb, input) in [
        ("pass_key", world.as_client("17")),
        ("refresh_pass_key", world.as_staff("17")),
    ] {
        let (code, sentence) = world.refused(verb, input);
        assert_eq!(code, "backupserver.other_account");
        assert!(sentence.contains("contract.response.nameKey"), "{sentence}");
        assert!(!sentence.contains("OTHR") && !sentence.contains("42"), "{sentence}");
    }
    assert_eq!(world.stored_key("Pass Key"), before);
}

#[test]
fn a_pass_key_of_another_account_is_neither_shown_nor_stored() {
    let mut world = created(World::customer);
    let before = world.stored_key("Pass Key");
    answers(
        &mut world,
        "passkey",
        r#"{"status":"success","name":"Other Ltd","passKey":"OTHR-9999"}"#,
    );
    answers(
        &mut world,
        "passKey",
        r#"{"status":"success","name":"Other Ltd","passKey":"OTHR-9999"}"#,
    );
    for (verb, input) in [
        ("pass_key", world.as_client("17")),
        ("refresh_pass_key", world.as_staff("17")),
    ] {
        let (_, sentence) = world.refused(verb, input);
        assert!(
            sentence.contains("another account") && !sentence.contains("OTHR"),
            "{verb}: {sentence}"
        );
    }
    assert_eq!(world.stored_key("Pass Key"), before);
}

#[test]
fn a_product_with_an_old_password_keeps_no_other_products_usage_from_being_read() {
    let mut world = World::new();
    let customer = world.customer();
    for id in ["17", "18", "19"] {
        world.add_service(id, customer.clone());
        world.host.services.get_mut(id).unwrap()["client"]["company"] = json!(format!("Company {id}"));
        world.verb_on("create", id).unwrap();
    }
    let product = &mut world.host.services.get_mut("17").unwrap()["product"];
    product["id"] = json!("2");
    product["options"][4] = json!("former");
    let input = json!({ "configuration": world.configuration.to_string(), "module": "backupserver" });
    let report = world.run("usage", input).unwrap();
    assert_eq!([&report["read"], &report["failed"]], [&json!(2), &json!(1)], "{report}");
}

#[test]
fn product_addons_are_refused() {
    let mut world = with(World::reseller);
    let mut input = world.verb("17");
    input["service"]["addon_id"] = json!("4");
    assert_eq!(world.refused("create", input).0, "backupserver.product_addon");
}
