//! Every crash: each changing job is killed before and after every op it asks, then the work is run again. The end must
//! be the one that an undisturbed run has: one VM, one user, one published invoice per period.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{LATER, World, enumerate};
use serde_json::{Value, json};

/// Repeats a verb as the host's queue would until it succeeds.
fn until_done(world: &mut World, verb: &str, id: &str) {
    for _ in 0..4 {
        match world.verb_on(verb, id) {
            Ok(_) => return,
            Err(e) => {
                world.host.logs.clear();
                assert!(e.class < -200, "{e:?}");
                world.advance(LATER);
            }
        }
    }
    panic!("{verb} never succeeded: {:?}", world.verb_on(verb, id));
}

fn ready() -> World {
    World::new().with_ready_vm("17")
}

/// VMs alive, users, mappings and the service's state.
fn machines(world: &World) -> Value {
    let vms: Vec<Value> = world
        .living_vms()
        .iter()
        .map(|vm| json!({ "suspended": vm["suspended"], "booted": vm["booted"], "user": vm["user_id"] }))
        .collect();
    let state = world.panel.state();
    json!({
        "vms": vms,
        "users": state["users"].as_array().unwrap().len(),
        "clients": world.host.rows("tblonappclients").len(),
        "intents": world.host.rows("mod_provisor_user_intents").len(),
        "mapped": world.host.rows("tblonappservices").len(),
        "resources": world.host.rows("mod_provisor_resources").len(),
        "state": world.state_of("17"),
        "claimed": claimed(world),
    })
}

/// Is the service held by a claim that has not run out?
fn claimed(world: &World) -> bool {
    let row = &world.host.rows("mod_provisor_services")[0];
    row["claim_until"]
        .as_str()
        .is_some_and(|until| common::at(until) > world.host.clock)
}

#[test]
fn create_killed_around_every_op_makes_one_vm_and_one_user() {
    let crashes = enumerate(
        || {
            let mut w = World::new();
            w.add_service("17");
            w
        },
        "onapp.create",
        |w| w.verb("17"),
        |w| {
            until_done(w, "create", "17");
            w.advance(900);
            w.run("onapp.settle", json!({})).unwrap();
        },
        machines,
    );
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn settle_killed_around_every_op_ends_settled() {
    let made = || {
        let mut w = World::new();
        w.add_service("17");
        w.verb_on("create", "17").unwrap();
        w.advance(900);
        w
    };
    enumerate(
        made,
        "onapp.settle",
        |_| json!({}),
        |w| drop(w.run("onapp.settle", json!({})).unwrap()),
        machines,
    );
}

#[test]
fn settle_killed_around_every_op_attaches_further_addresses_and_the_second_network_once() {
    let made = || {
        let mut w = World::new();
        w.add_service("17");
        let slots = &mut w.host.services.get_mut("17").unwrap()["product"]["options"];
        slots[17] = json!("3");
        slots[22] = json!(r#"{"sec_net_ips":"2","sec_network_id":"2","sec_net_port_speed":"10"}"#);
        w.verb_on("create", "17").unwrap();
        w.advance(900);
        w
    };
    let again = |w: &mut World| {
        for _ in 0..5 {
            w.run("onapp.settle", json!({})).unwrap();
            w.advance(LATER);
        }
    };
    let end = |w: &World| {
        let mut seen = machines(w);
        let vm = w.living_vms()[0].clone();
        let joins = vm["addresses"].as_array().unwrap().clone();
        seen["interfaces"] = json!(vm["nics"].as_array().unwrap().len());
        seen["addresses"] = json!(joins.len());
        seen["used"] = json!(joins.iter().filter(|join| join["configured"] == json!(true)).count());
        seen["ours"] = json!(w.host.rows("mod_provisor_onapp_addresses").len());
        seen["old"] = json!(w.host.rows("tblonappips").len());
        seen["told"] = json!(!w.host.mails.is_empty());
        assert_eq!(
            (seen["interfaces"].as_u64(), seen["addresses"].as_u64()),
            (Some(2), Some(5)),
            "{seen}"
        );
        seen
    };
    let crashes = enumerate(made, "onapp.settle", |_| json!({}), again, end);
    assert!(crashes > 40, "{crashes}");
}

#[test]
fn suspend_killed_around_every_op_ends_suspended() {
    let end = |w: &World| {
        let mut seen = machines(w);
        seen["ran"] = w.host.rows("mod_provisor_services")[0]["ran_before_suspend"].clone();
        seen
    };
    let again = |w: &mut World| {
        until_done(w, "suspend", "17");
        w.advance(LATER);
    };
    enumerate(ready, "onapp.suspend", |w| w.verb("17"), again, end);
}

#[test]
fn unsuspend_killed_around_every_op_ends_running() {
    let suspended = || {
        let mut w = ready();
        w.verb_on("suspend", "17").unwrap();
        w.advance(300);
        w
    };
    let again = |w: &mut World| {
        until_done(w, "unsuspend", "17");
        w.advance(300);
    };
    enumerate(suspended, "onapp.unsuspend", |w| w.verb("17"), again, machines);
}

#[test]
fn terminate_killed_around_every_op_deletes_once_and_keeps_the_traffic() {
    let used = || {
        let w = ready();
        w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-03T00:00:00Z", 50_000);
        w.panel.advance(2 * 86_400);
        w
    };
    let end = |w: &World| {
        let mut seen = machines(w);
        let kb = |row: &serde_json::Map<String, Value>, name: &str| row[name].as_str().unwrap().parse::<u64>().unwrap();
        let rows = w.host.rows("mod_provisor_readings");
        seen["kb"] = json!(
            rows.iter()
                .map(|r| kb(r, "sent_kb") + kb(r, "received_kb"))
                .sum::<u64>()
        );
        assert_eq!(seen["kb"], json!(w.true_kb()));
        seen
    };
    let again = |w: &mut World| {
        until_done(w, "terminate", "17");
        w.advance(LATER);
        w.run("onapp.settle", json!({})).unwrap();
    };
    enumerate(used, "onapp.terminate", |w| w.verb("17"), again, end);
}

fn three_periods_due() -> World {
    let w = ready();
    let vm = w.vm_of("17");
    // OnApp keeps three months, so what flowed before January 4th would be lost by April 4th.
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", 70_000);
    w.traffic(vm, "2026-02-03T00:00:00Z", "2026-02-04T00:00:00Z", 42_742);
    w.traffic(vm, "2026-03-05T00:00:00Z", "2026-03-07T00:00:00Z", 70_001);
    // To the end of the third period (31 days each from January 1st: April 4th), and two hours.
    w.panel.advance(93 * 86_400 + 7200);
    w
}

/// Invoices with their status and lines; periods with their state.
fn money(w: &World) -> Value {
    let invoices: Vec<Value> = w
        .host
        .invoices
        .values()
        .map(|i| json!({ "status": i["status"], "lines": i["lines"], "notes": i["notes"] }))
        .collect();
    let mut periods: Vec<Value> = w
        .host
        .rows("mod_provisor_periods")
        .iter()
        .map(|p| {
            json!([
                p["period"],
                p["start_at"],
                p["end_at"],
                p["state"],
                p["total"],
                p["billed_kb"]
            ])
        })
        .collect();
    periods.sort_by_key(|p| p[0].to_string());
    json!({ "invoices": invoices, "periods": periods })
}

fn collect_and_bill(w: &mut World) {
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
}

#[test]
fn collect_killed_around_every_op_loses_no_hour() {
    enumerate(
        three_periods_due,
        "onapp.collect",
        |_| json!({}),
        collect_and_bill,
        money,
    );
}

#[test]
fn bill_killed_around_every_op_publishes_each_period_once() {
    let collected = || {
        let mut w = three_periods_due();
        w.run("onapp.collect", json!({})).unwrap();
        w
    };
    let end = |w: &World| {
        let seen = money(w);
        let invoices = seen["invoices"].as_array().unwrap();
        assert!(invoices.iter().all(|i| i["status"] == "Unpaid"), "{seen}");
        let billed: u64 = w
            .host
            .rows("mod_provisor_periods")
            .iter()
            .map(|p| p["billed_kb"].as_str().unwrap().parse::<u64>().unwrap())
            .sum();
        assert_eq!(billed, w.true_kb(), "what is billed is what the panel measured: {seen}");
        seen
    };
    let crashes = enumerate(collected, "onapp.bill", |_| json!({}), collect_and_bill, end);
    assert!(crashes > 40, "{crashes}");
}
