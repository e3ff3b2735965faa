//! Every crash of the Backup Server module: each changing job is killed before and after every op it asks, then the work is
//! run again. The end must be the one that an undisturbed run has, and no two sign-ups ever succeed for one owner.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup_support;

use backup_support::World;
use backup_support::common::{Crashable, enumerate};
use serde_json::{Value, json};

fn ordered() -> World {
    let mut world = World::new();
    let options = world.customer();
    world.add_service("17", options);
    world
}

fn made() -> World {
    let mut world = ordered();
    world.verb_on("create", "17").unwrap();
    world
}

/// What counts at the end: the server's accounts, the service's name and state, the client's field.
fn end(world: &World) -> Value {
    let accounts: Vec<Value> = world
        .accounts()
        .iter()
        .map(|a| json!([a["kind"], a["name"], a["active"], a["parameters"]["storageAllotted"]]))
        .collect();
    let rows: Vec<Value> = world
        .host
        .rows("mod_provisor_backup_accounts")
        .iter()
        .map(|r| json!([r["owner_id"], r["name"], r["state"], r["allotted"]]))
        .collect();
    let services: Vec<Value> = world
        .host
        .rows("mod_provisor_services")
        .iter()
        .map(|r| json!([r["module"], r["service_id"], r["state"]]))
        .collect();
    let key = world.accounts().first().map(|a| a["pass_key"].clone());
    let stored = world.stored_key("Pass Key");
    json!({ "accounts": accounts, "rows": rows, "services": services,
            "key": stored.is_some() && stored.as_deref() == key.as_ref().and_then(Value::as_str),
            "username": world.host.fields.get("17").map(|set| set["username"].clone()) })
}

fn again(verb: &'static str) -> impl Fn(&mut World) {
    move |world| drop(world.verb_on(verb, "17").unwrap())
}

#[test]
fn create_killed_around_every_op_signs_up_once_and_delivers_the_key() {
    let checked = |world: &World| {
        let seen = end(world);
        assert_eq!(world.accounts().len(), 1, "{seen}");
        assert_eq!(seen["key"], true, "{seen}");
        seen
    };
    let crashes = enumerate(ordered, "create", |w| w.verb("17"), again("create"), checked);
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn suspend_unsuspend_and_terminate_killed_around_every_op_end_as_asked() {
    for verb in ["suspend", "terminate"] {
        enumerate(made, verb, |w| w.verb("17"), again(verb), end);
    }
    let suspended = || {
        let mut world = made();
        world.verb_on("suspend", "17").unwrap();
        world
    };
    enumerate(suspended, "unsuspend", |w| w.verb("17"), again("unsuspend"), end);
    // Create takes a terminated service up again.
    let terminated = || {
        let mut world = made();
        world.verb_on("terminate", "17").unwrap();
        world
    };
    enumerate(terminated, "create", |w| w.verb("17"), again("create"), end);
}

#[test]
fn an_account_removed_behind_our_back_is_made_anew_once_whatever_is_killed() {
    let removed = || {
        let mut world = made();
        world.verb_on("terminate", "17").unwrap();
        world.control(
            "account",
            json!({ "kind": "customer", "name": "Acme GmbH", "action": "remove" }),
        );
        world
    };
    enumerate(removed, "create", |w| w.verb("17"), again("create"), end);
    enumerate(removed, "terminate", |w| w.verb("17"), again("terminate"), end);
}

#[test]
fn a_package_change_killed_around_every_op_ends_with_the_new_storage() {
    let larger = || {
        let mut world = made();
        let options = world.options(&[(6, "Signup Customer"), (10, "1073741824000"), (23, "on")]);
        world.host.services.get_mut("17").unwrap()["product"]["options"] = json!(options);
        world
    };
    enumerate(larger, "change_package", |w| w.verb("17"), again("change_package"), end);
}

/// A sign-up whose answer was lost, refused when it was asked again.
fn refused() -> World {
    let mut world = ordered();
    world.control(
        "faults",
        json!([{ "kind": "reset_before", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    assert!(world.verb_on("create", "17").is_err());
    world.advance(700);
    world.control(
        "refuse",
        json!({ "action": "signupCustomer", "code": "422", "message": "No spaces", "count": 1 }),
    );
    assert!(world.verb_on("create", "17").is_err());
    world
}

#[test]
fn a_corrected_username_killed_around_every_op_is_signed_up_once() {
    let corrected = |world: &World| {
        let mut input = world.verb("17");
        input["service"]["username"] = json!("acme17");
        input
    };
    let again = |world: &mut World| {
        let input = corrected(world);
        world.run("create", input).unwrap();
    };
    let end = |world: &World| {
        let told = world.warnings().join(" ");
        assert!(told.contains("\"Acme GmbH\""), "the former name is told: {told}");
        end(world)
    };
    let crashes = enumerate(refused, "create", corrected, again, end);
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn an_account_taken_over_and_killed_around_every_op_is_the_services_and_its_key_is_delivered() {
    let found = || {
        let mut world = ordered();
        world.configuration = json!({});
        world.control(
            "faults",
            json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 1 }]),
        );
        assert!(world.verb_on("create", "17").is_err());
        world.advance(700);
        world
    };
    let confirm = |world: &mut World| {
        let input = world.as_staff("17");
        world.run("take_over_account", input).unwrap();
    };
    let checked = |world: &World| {
        let seen = end(world);
        assert_eq!(seen["key"], true, "{seen}");
        seen
    };
    enumerate(found, "take_over_account", |w| w.as_staff("17"), confirm, checked);
    // So does the link to an account that another module made.
    let switched_over = || {
        let mut world = ordered();
        for set in [
            json!({ "action": "create" }),
            json!({ "action": "change", "pass_key": "OLD1-KEY22" }),
        ] {
            let mut account = json!({ "kind": "customer", "name": "acme1" });
            account
                .as_object_mut()
                .unwrap()
                .extend(set.as_object().unwrap().clone());
            world.control("account", account);
        }
        let set = world.host.fields.entry("17".into()).or_default();
        set.insert("username".into(), json!("acme1"));
        world
    };
    enumerate(
        switched_over,
        "take_over_account",
        |w| w.as_staff("17"),
        confirm,
        checked,
    );
    // A create puts the account on record and fails, because nobody has confirmed it, wherever one before it was killed.
    for after in [false, true] {
        for k in 0.. {
            let mut world = found();
            let input = world.verb("17");
            if world.killed("create", &input, k, after).is_none() {
                assert!(k > 2, "{k}");
                break;
            }
            world.advance(700);
            let input = world.verb("17");
            assert_eq!(
                world.refused("create", input).0,
                "backupserver.not_sure",
                "after {after}, op {k}"
            );
            confirm(&mut world);
            checked(&world);
        }
    }
}

#[test]
fn the_account_of_a_deleted_service_taken_over_and_killed_around_every_op_is_the_new_services() {
    // The new service has no account yet, or one of its own, which staff terminated.
    for set_up in [false, true] {
        let left = || {
            let mut world = ordered();
            let options = world.customer();
            world.verb_on("create", "17").unwrap();
            world.verb_on("terminate", "17").unwrap();
            world.host.services.remove("17");
            world.host.fields.remove("17");
            world.add_service("18", options);
            if set_up {
                world.verb_on("create", "18").unwrap();
                world.verb_on("terminate", "18").unwrap();
            }
            let set = world.host.fields.entry("18".into()).or_default();
            set.insert("username".into(), json!("acme gmbh"));
            world
        };
        let again = |world: &mut World| {
            let input = world.as_staff("18");
            world.run("take_over_account", input).unwrap();
            world.verb_on("create", "18").unwrap();
        };
        let now = |world: &World| {
            let rows = world.host.rows("mod_provisor_backup_accounts");
            let rows: Vec<_> = rows
                .iter()
                .map(|r| json!([r["owner_id"], r["name"], r["state"]]))
                .collect();
            let name = &world.host.fields["18"]["username"];
            json!({ "rows": rows, "name": name, "standing": world.standing(), "key": world.stored_key("Pass Key") })
        };
        let checked = |world: &World| {
            let seen = now(world);
            assert_eq!(seen["rows"], json!([["18", "Acme GmbH", "active"]]), "{seen}");
            assert_eq!(seen["standing"][0], json!(["Acme GmbH", true]), "{seen}");
            seen
        };
        enumerate(left, "take_over_account", |w| w.as_staff("18"), again, checked);
    }
}

#[test]
fn a_forgotten_name_killed_around_every_op_is_gone() {
    let again = |world: &mut World| {
        let input = world.as_staff("17");
        // Told again, there may be nothing left to forget.
        let _ = world.run("forget_account", input);
        assert!(world.host.rows("mod_provisor_backup_accounts").is_empty());
    };
    enumerate(refused, "forget_account", |w| w.as_staff("17"), again, end);
}

#[test]
fn a_refreshed_pass_key_killed_around_every_op_is_stored() {
    let renewed = || {
        let world = made();
        world.control(
            "account",
            json!({ "kind": "customer", "name": "Acme GmbH", "action": "change", "pass_key": "NEW1-KEY22" }),
        );
        world
    };
    let again = |world: &mut World| {
        let input = world.as_staff("17");
        world.run("refresh_pass_key", input).unwrap();
    };
    let end = |world: &World| {
        assert_eq!(world.stored_key("Pass Key").as_deref(), Some("NEW1-KEY22"));
        end(world)
    };
    enumerate(renewed, "refresh_pass_key", |w| w.as_staff("17"), again, end);
}

#[test]
fn a_hook_killed_around_every_op_signs_the_client_up_once() {
    for kind in ["reseller", "customer"] {
        let input = |world: &World| world.hook(kind, "7", "");
        let again = |world: &mut World| {
            let input = world.hook(kind, "7", "");
            world.run("hook_signup", input).unwrap();
        };
        let end = |world: &World| {
            assert_eq!(world.accounts().len(), 1);
            end(world)
        };
        enumerate(World::new, "hook_signup", input, again, end);
    }
}

#[test]
fn usage_killed_around_every_op_ends_with_the_figures() {
    let used = || {
        let world = made();
        let account =
            json!({ "kind": "customer", "name": "Acme GmbH", "action": "change", "storage_used": 10_485_760 });
        world.control("account", account);
        world
    };
    let input = |world: &World| json!({ "configuration": world.configuration.to_string(), "module": "backupserver" });
    let again = |world: &mut World| {
        let given = input(world);
        world.run("usage", given).unwrap();
    };
    let end = |world: &World| {
        let mut seen = end(world);
        seen["disk"] = world.host.fields["17"]["disk_usage"].clone();
        seen
    };
    enumerate(used, "usage", input, again, end);
}

/// With every crash, the answer to the sign-up is lost as well: what the server did is then known to it alone.
#[test]
fn create_killed_and_cut_off_at_once_still_ends_with_one_account() {
    for kind in ["reset_before", "reset_after", "delay"] {
        let cut = || {
            let world = ordered();
            world.control(
                "faults",
                json!([{ "kind": kind, "match": { "path_contains": "register" }, "count": 1 }]),
            );
            world
        };
        for after in [false, true] {
            for k in 0..40 {
                let mut world = cut();
                let input = world.verb("17");
                let killed = world.killed_at("create", &input, k, after);
                for _ in 0..2 {
                    world.advance(700);
                    let _ = world.verb_on("create", "17");
                }
                assert_eq!(world.standing(), [("Acme GmbH".to_owned(), true)], "{kind} {k} {after}");
                world.verb_on("suspend", "17").unwrap();
                assert_eq!(
                    world.standing(),
                    [("Acme GmbH".to_owned(), false)],
                    "{kind} {k} {after}"
                );
                if killed.is_none() {
                    break;
                }
            }
        }
    }
}
