//! Every crash of what a client or staff do from the pages, and of the hooks: killed before and after every op. Then the
//! reader looks at the page again and presses once more where it is not done. The end is that of an undisturbed press.
//! (The life of a VM, metering and bills: onapp_crashes.rs; packages, addresses and the firewall have theirs in their files.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{World, enumerate};
use provisor::session::Ended;
use serde_json::{Value, json};

fn input(w: &World, kind: &str, form: &Value) -> Value {
    let mut input = w.verb("17");
    let client = if kind == "client" { "7" } else { "" };
    input["caller"] = json!({ "kind": kind, "client_id": client, "post": true, "token": true });
    input["form"] = form.clone();
    input
}

fn press(w: &mut World, job: &str, form: &Value) -> Result<Value, Ended> {
    let input = input(w, "client", form);
    w.run(&format!("onapp.{job}"), input)
}

fn page(w: &mut World, name: &str) -> Value {
    press(w, name, &json!({})).unwrap()["page"].clone()
}

fn ready() -> World {
    let mut w = World::new().with_ready_vm("17");
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    w
}

fn put_into(w: &World, change: Value) {
    let mut body = change;
    body["action"] = json!("change");
    body["vm"] = json!(w.vm_of("17"));
    w.panel.control("POST", "vm", &body).unwrap();
}

/// Every button beside a thing on a page: action and id.
fn buttons(page: &Value) -> Vec<(String, String)> {
    let items = page["sections"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["kind"] == "items");
    items
        .flat_map(|section| section["items"].as_array().unwrap())
        .flat_map(|item| item["buttons"].as_array().unwrap())
        .map(|button| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&button["action"]["name"]), text(&button["id"]))
        })
        .collect()
}

fn id_of(page: &Value, action: &str) -> String {
    let found = buttons(page).into_iter().find(|(name, _)| name == action);
    found.unwrap_or_else(|| panic!("{action}: {page}")).1
}

/// The service and its machines, as anybody would look at them when all is quiet.
fn end(w: &World) -> Value {
    let row = &w.host.rows("mod_provisor_services")[0];
    let held = row["claim_until"]
        .as_str()
        .is_some_and(|until| common::at(until) > w.host.clock);
    let vms: Vec<Value> = w
        .living_vms()
        .iter()
        .map(|vm| {
            json!([
                vm["booted"],
                vm["locked"],
                vm["built"],
                vm["suspended"],
                vm["template_id"]
            ])
        })
        .collect();
    json!([w.state_of("17"), held, vms, w.host.services["17"]["status"]])
}

fn quiet(w: &mut World) {
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
}

/// A press of an overview's button that is killed anywhere; it is pressed again, done or refused because it was done.
fn killed_anywhere(job: &str, form: Value, make: impl Fn() -> World) {
    let crashes = enumerate(
        make,
        &format!("onapp.{job}"),
        |w| input(w, "client", &form),
        |w| {
            let _ = press(w, job, &form);
            quiet(w);
        },
        end,
    );
    assert!(crashes > 4, "{job}: {crashes}");
}

#[test]
fn shut_down_switch_off_and_restart_killed_around_every_op_leave_a_machine_that_is_free() {
    for job in ["shutdown", "stop", "reboot"] {
        killed_anywhere(job, json!({}), ready);
    }
}

#[test]
fn an_unlock_that_is_killed_around_every_op_unlocks() {
    killed_anywhere("unlock", json!({}), || {
        let w = ready();
        put_into(&w, json!({ "locked": true }));
        w
    });
}

#[test]
fn a_build_that_is_killed_around_every_op_builds() {
    killed_anywhere("build", json!({}), || {
        let w = ready();
        put_into(&w, json!({ "built": false, "booted": false }));
        w
    });
}

#[test]
fn a_machine_that_is_installed_anew_and_killed_around_every_op_has_the_template_that_was_chosen() {
    killed_anywhere("rebuild", json!({}), ready);
    let several = || {
        let mut w = ready();
        w.host.services.get_mut("17").unwrap()["product"]["options"][1] = json!("1,2");
        w
    };
    killed_anywhere("rebuild", json!({ "template": "2" }), several);
    let mut w = several();
    press(&mut w, "rebuild", &json!({ "template": "2" })).unwrap();
    quiet(&mut w);
    assert_eq!(w.living_vms()[0]["template_id"], json!(2));
}

#[test]
fn a_client_who_creates_and_is_killed_around_every_op_has_one_machine_under_the_name_that_was_typed() {
    let form = json!({ "hostname": "www.example.com", "template": "2" });
    let make = || {
        let mut w = World::new();
        w.add_service("17");
        let service = w.host.services.get_mut("17").unwrap();
        service["status"] = json!("Active");
        service["product"]["options"][1] = json!("1,2");
        service["domain"] = json!("");
        w
    };
    let again = |w: &mut World| {
        let _ = press(w, "create_vm", &form);
        quiet(w);
    };
    let whole = |w: &World| {
        let vms: Vec<Value> = w.living_vms().iter().map(|vm| vm["hostname"].clone()).collect();
        json!([
            end(w),
            vms,
            w.host.fields["17"]["domain"],
            w.host.rows("tblonappservices").len()
        ])
    };
    let crashes = enumerate(make, "onapp.create_vm", |w| input(w, "client", &form), again, whole);
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn automatic_backups_killed_around_every_op_are_as_they_were_switched() {
    for job in ["autobackup_on", "autobackup_off"] {
        let make = || {
            let mut w = ready();
            let shown = page(&mut w, "disks");
            let other = if job == "autobackup_on" {
                "autobackup_off"
            } else {
                "autobackup_on"
            };
            if let Some((_, id)) = buttons(&shown).into_iter().find(|(name, _)| name == other) {
                press(&mut w, other, &json!({ "id": id })).unwrap();
                page(&mut w, "disks");
            }
            w
        };
        let form = json!({ "id": id_of(&page(&mut make(), "disks"), job) });
        let again = |w: &mut World| {
            let _ = press(w, job, &form);
            quiet(w);
            page(w, "disks");
        };
        let whole = |w: &World| json!([end(w), w.panel.state()["vms"][0]["disks"]]);
        enumerate(
            make,
            &format!("onapp.{job}"),
            |w| input(w, "client", &form),
            again,
            whole,
        );
    }
}

/// How many backups the client sees.
fn backups(w: &mut World) -> usize {
    buttons(&page(w, "backups"))
        .iter()
        .filter(|(name, _)| name == "restore_backup")
        .count()
}

/// A machine with the disks' page shown, for panels of both kinds of backups.
fn before_backups(incremental: bool) -> World {
    let mut w = ready();
    w.panel
        .control("POST", "quirks", &json!({ "incremental_backups": incremental }))
        .unwrap();
    page(&mut w, "disks");
    w
}

/// A machine with one backup that is shown.
fn one_backup(incremental: bool) -> World {
    let mut w = before_backups(incremental);
    let form = json!({ "id": id_of(&page(&mut w, "disks"), "take_backup") });
    press(&mut w, "take_backup", &form).unwrap();
    w.advance(300);
    assert_eq!(backups(&mut w), 1);
    w
}

#[test]
fn a_backup_that_is_killed_around_every_op_is_taken_once_when_the_reader_looks_before_pressing_again() {
    for incremental in [false, true] {
        let form = json!({ "id": id_of(&page(&mut before_backups(incremental), "disks"), "take_backup") });
        let crashes = enumerate(
            || before_backups(incremental),
            "onapp.take_backup",
            |w| input(w, "client", &form),
            |w| {
                w.advance(300);
                if backups(w) == 0 {
                    press(w, "take_backup", &form).unwrap();
                    w.advance(300);
                }
                assert_eq!(backups(w), 1);
            },
            end,
        );
        assert!(crashes > 8, "{crashes}");
    }
}

#[test]
fn a_backup_that_is_restored_or_deleted_and_killed_around_every_op_is_restored_or_gone() {
    for (job, left) in [("restore_backup", 1), ("delete_backup", 0)] {
        for incremental in [false, true] {
            let form = json!({ "id": id_of(&page(&mut one_backup(incremental), "backups"), job) });
            enumerate(
                || one_backup(incremental),
                &format!("onapp.{job}"),
                |w| input(w, "client", &form),
                |w| {
                    let _ = press(w, job, &form);
                    w.advance(300);
                    assert_eq!(backups(w), left, "{job}");
                },
                end,
            );
        }
    }
}

#[test]
fn a_new_password_that_is_killed_around_every_op_is_the_machines_when_it_is_given_again() {
    let changed = |w: &World| {
        let mut input = input(w, "system", &json!({}));
        input["service"]["password"] = json!({ "secret": "Nightly-7-owl" });
        input
    };
    let again = |w: &mut World| {
        let input = changed(w);
        w.run("onapp.change_password", input).unwrap();
        quiet(w);
    };
    let whole = |w: &World| json!([end(w), w.living_vms()[0]["root_password"]]);
    enumerate(ready, "onapp.change_password", changed, again, whole);
}

#[test]
fn a_sync_that_is_killed_around_every_op_ends_synced() {
    let drifted = || {
        let mut w = ready();
        w.host.fields.remove("17");
        w
    };
    let again = |w: &mut World| {
        let input = input(w, "staff", &json!({}));
        w.run("onapp.sync", input).unwrap();
    };
    let whole = |w: &World| json!([end(w), w.host.fields["17"]]);
    enumerate(drifted, "onapp.sync", |w| input(w, "staff", &json!({})), again, whole);
}

#[test]
fn a_hook_that_is_killed_around_every_op_stands_in_nobodys_way() {
    let later = |w: &mut World| {
        for job in ["settle", "collect", "bill"] {
            w.run(&format!("onapp.{job}"), json!({})).unwrap();
        }
    };
    let tables = |w: &World| {
        let rows = |name: &str| w.host.rows(name).len();
        json!([
            end(w),
            rows("tblonappclients"),
            rows("tblonappservices"),
            rows("mod_provisor_user_intents")
        ])
    };
    // (A client's new address writes nothing.)
    for (job, of) in [
        ("client_deleted", json!({ "client_id": "7" })),
        ("service_deleted", json!({ "service_id": "17" })),
    ] {
        let again = |w: &mut World| {
            w.run(&format!("onapp.{job}"), of.clone()).unwrap();
            later(w);
        };
        enumerate(ready, &format!("onapp.{job}"), |_| of.clone(), again, tables);
    }
}
