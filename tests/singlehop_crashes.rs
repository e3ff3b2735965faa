//! Every crash: each changing job of the SingleHop module is killed before and after every op it asks, then the work is run
//! again. The end must be the one of an undisturbed run: one server for a service, one restart, one cancellation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod singlehop_world;

use common::{LATER, enumerate};
use serde_json::{Value, json};
use singlehop_world::{GENERATIONS, World};

fn ready(generation: &str, slots: &[(usize, &str)]) -> World {
    let mut world = World::of(generation);
    for (slot, value) in slots {
        world.options[*slot] = (*value).to_owned();
    }
    world.with_server()
}

/// Repeats a verb as the host's queue would.
fn until_done(world: &mut World, verb: &str) {
    for _ in 0..4 {
        match world.verb(verb, "17") {
            Ok(_) => return,
            Err(e) => {
                assert!(e.class < -200, "{e:?}");
                world.advance(LATER);
            }
        }
    }
    panic!("{verb} never succeeded: {:?}", world.verb(verb, "17"));
}

fn end(world: &World) -> Value {
    let claimed = world.host.rows("mod_provisor_services").iter().any(|row| {
        row["claim_until"]
            .as_str()
            .is_some_and(|until| common::at(until) > world.host.clock)
    });
    let state = world.panel.state();
    json!({
        "assigned": world.assigned(),
        "fields": world.host.fields.get("17"),
        "state": world.state("17", "state"),
        "ran": world.state("17", "ran_before_suspend"),
        "suspended": world.server("100042")["suspended"],
        "suspensions": world.server("100042")["suspensions"].as_array().unwrap().len(),
        "vm_runs": world.server("000201")["powered"],
        "tandem": state["tandem_users"]["5001"]["servers"],
        "cancellations": state["cancellations"].as_array().unwrap().len(),
        "claimed": claimed,
    })
}

fn verb(world: &World) -> Value {
    world.input("17", &World::staff(), &json!([]))
}

#[test]
fn select_killed_around_every_op_gives_the_server_and_fills_the_service() {
    for generation in GENERATIONS {
        let crashes = enumerate(
            || World::of(generation),
            "select",
            |w| w.input("17", &World::staff(), &json!({ "server": "100042" })),
            |w| drop(w.select("17", "100042").unwrap()),
            end,
        );
        assert!(crashes > 12, "{crashes}");
    }
}

#[test]
fn moving_to_another_server_killed_around_every_op_ends_with_one() {
    enumerate(
        || ready("leap3", &[]),
        "select",
        |w| w.input("17", &World::staff(), &json!({ "server": "000017" })),
        |w| drop(w.select("17", "000017").unwrap()),
        end,
    );
}

#[test]
fn create_killed_around_every_op_confirms() {
    enumerate(|| ready("leap3", &[]), "create", verb, |w| until_done(w, "create"), end);
}

#[test]
fn suspend_and_unsuspend_killed_around_every_op_end_as_asked_by_every_strategy() {
    for generation in GENERATIONS {
        for strategy in ["endpoint", "tandem_permission", "local"] {
            let made = || ready(generation, &[(7, strategy)]);
            enumerate(made, "suspend", verb, |w| until_done(w, "suspend"), end);
            let suspended = || {
                let mut w = made();
                until_done(&mut w, "suspend");
                w
            };
            enumerate(suspended, "unsuspend", verb, |w| until_done(w, "unsuspend"), end);
        }
    }
}

#[test]
fn a_virtual_machine_killed_around_every_op_is_stopped_and_started_again() {
    let made = || {
        let mut w = World::new();
        w.options[7] = "vm_power".into();
        w.select("17", "000201").unwrap();
        w.set_status("17", "Active");
        w
    };
    enumerate(made, "suspend", verb, |w| until_done(w, "suspend"), end);
    let suspended = || {
        let mut w = made();
        until_done(&mut w, "suspend");
        w
    };
    enumerate(suspended, "unsuspend", verb, |w| until_done(w, "unsuspend"), end);
}

#[test]
fn terminate_killed_around_every_op_forgets_the_server() {
    enumerate(
        || ready("leap3", &[]),
        "terminate",
        verb,
        |w| until_done(w, "terminate"),
        end,
    );
}

#[test]
fn a_cancellation_killed_around_every_op_is_asked_for_once() {
    for generation in GENERATIONS {
        // What the message tells staff to do where nobody knows whether the request went out.
        let again = |w: &mut World| {
            for _ in 0..4 {
                match w.verb("terminate", "17") {
                    Ok(_) => return,
                    Err(e) if e.code == "singlehop.cancel_unclear" => {
                        let there = !w.panel.state()["cancellations"].as_array().unwrap().is_empty();
                        w.select("17", "").unwrap();
                        if !there {
                            w.select("17", "uncancelled:100042").unwrap();
                        }
                    }
                    Err(_) => w.advance(LATER),
                }
            }
            panic!("never ended");
        };
        let end = |w: &World| {
            assert_eq!(w.asked("cancel"), 1, "asked once");
            let marks = json!(w.host.rows("mod_provisor_seen")).to_string();
            assert!(marks.contains("/100042"), "marked: {marks}");
            let mut seen = end(w);
            // None on the service page, or the end of terminate: without a server either way.
            seen["state"] = json!("");
            seen
        };
        let crashes = enumerate(|| ready(generation, &[(8, "cancel")]), "terminate", verb, again, end);
        assert!(crashes > 10, "{crashes}");
    }
}

#[test]
fn reboot_killed_around_every_op_restarts_at_most_once_within_the_cool_down() {
    for generation in GENERATIONS {
        for after in [false, true] {
            for k in 0.. {
                let mut w = ready(generation, &[]);
                let input = w.input("17", &World::client("7"), &json!([]));
                if w.killed_at("reboot", &input, k, after).is_none() {
                    assert!(k > 5);
                    break;
                }
                // The client presses again at once: busy, cooling down, or the one restart.
                let _ = w.by_client("reboot", "17", "7");
                assert!(w.asked("reboot") <= 1, "killed at {k}");
                w.advance(LATER);
                w.by_client("reboot", "17", "7").unwrap();
                assert!((1..=2).contains(&w.asked("reboot")), "killed at {k}");
            }
        }
    }
}

#[test]
fn report_killed_around_every_op_writes_the_same() {
    let end = |w: &World| {
        let kept = w.host.rows("mod_provisor_singlehop_seen")[0]["traffic"].clone();
        let mut traffic: Value = serde_json::from_str(kept.as_str().unwrap()).unwrap();
        for period in traffic.as_array_mut().unwrap() {
            // The moment of the last run.
            period["at"] = json!("");
        }
        json!([w.host.fields["17"], traffic])
    };
    // Nothing flows meanwhile, so that a later run reads the same.
    let still = || {
        let w = ready("leap3", &[]);
        let stop = json!({ "server": "100042", "action": "change", "rate": { "in": 0, "out": 0 } });
        w.panel.control("POST", "server", &stop).unwrap();
        w
    };
    let again = |w: &mut World| drop(w.run("report", &json!({})).unwrap());
    enumerate(still, "report", |_| json!({}), again, end);
}
