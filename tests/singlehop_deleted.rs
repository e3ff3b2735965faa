//! A SingleHop service that was deleted in the billing panel, whose number may be given again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod singlehop_world;

use common::{Runner, enumerate};
use serde_json::json;
use singlehop_world::World;

/// A service with its server and traffic; then it is gone from the billing panel.
fn deleted() -> World {
    let mut w = World::new().with_server();
    w.page();
    w.verb("ips", "17").unwrap();
    w.run("report", &json!({})).unwrap();
    assert_ne!(w.host.fields["17"]["bw_usage"], "0");
    w.host.services.remove("17");
    w.host.fields.remove("17");
    w
}

fn hook(w: &mut World) {
    w.run("service_deleted", &json!({ "service_id": "17" })).unwrap();
}

fn nothing_is_kept(w: &World) {
    for table in [
        "mod_provisor_singlehop",
        "mod_provisor_singlehop_seen",
        "mod_provisor_services",
    ] {
        let left = w.host.rows(table);
        let of_it: Vec<_> = left.iter().filter(|row| row["service_id"] == "17").collect();
        assert!(of_it.is_empty(), "{table}: {of_it:?}");
    }
}

#[test]
fn the_next_client_of_a_number_gets_nothing_of_the_former_ones_server() {
    for by_hook in [true, false] {
        let mut w = deleted();
        if by_hook {
            hook(&mut w);
        } else {
            w.run("report", &json!({})).unwrap();
        }
        nothing_is_kept(&w);
        w.add_service("17", "8");
        w.set_status("17", "Active");
        let before = w.panel.requests().len();
        let page = w.by_client("page", "17", "8").unwrap()["page"].to_string();
        assert!(page.contains("Your server is being prepared."), "{page}");
        assert_eq!(
            w.by_client("reboot", "17", "8").unwrap_err().code,
            "singlehop.unavailable"
        );
        for verb in ["suspend", "create"] {
            assert_eq!(w.verb(verb, "17").unwrap_err().code, "singlehop.no_server", "{verb}");
        }
        w.run("report", &json!({})).unwrap();
        assert_eq!(w.panel.requests().len(), before);
        let reported = w.host.fields.get("17").and_then(|set| set.get("bw_usage"));
        assert!(reported.is_none_or(|mb| mb == "0"), "{reported:?}");
        // With a server of its own it begins anew.
        w.select("17", "100042").unwrap();
        let page = w.by_client("page", "17", "8").unwrap()["page"].to_string();
        assert!(!page.contains("2026-01-19"), "{page}");
    }
}

#[test]
fn staff_are_told_once_which_server_is_left_and_that_it_is_suspended_there() {
    let mut w = World::new().with_server();
    w.verb("suspend", "17").unwrap();
    w.host.services.remove("17");
    hook(&mut w);
    hook(&mut w);
    w.run("report", &json!({})).unwrap();
    let told: Vec<_> = w
        .host
        .logs
        .iter()
        .filter(|l| l.code == "singlehop.service_deleted")
        .collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].text.contains("web1") && told[0].text.contains("(100042)") && told[0].text.contains("suspended there"),
        "{}",
        told[0].text
    );
    // The server is free for another service.
    w.select("27", "100042").unwrap();
}

#[test]
fn a_server_that_is_selected_before_its_deleted_service_is_forgotten_leaves_nothing_for_the_numbers_next_client() {
    let mut w = deleted();
    w.select("27", "100042").unwrap();
    let seen = w.host.rows("mod_provisor_singlehop_seen");
    let row = seen.iter().find(|row| row["service_id"] == "17").unwrap();
    for column in ["overview", "ips", "traffic", "earlier"] {
        assert!(row[column].is_null(), "{column}: {row:?}");
    }
    hook(&mut w);
    nothing_is_kept(&w);
    assert_eq!(w.assigned(), json!([["27", "100042"]]));
}

/// What staff read of the deletion of service 17.
fn told(w: &mut World) -> String {
    w.host.services.remove("17");
    hook(w);
    let told = w.host.logs.iter().find(|l| l.code == "singlehop.service_deleted");
    told.unwrap().text.clone()
}

#[test]
fn a_server_that_was_suspended_in_the_billing_panel_alone_is_not_called_suspended_in_leap() {
    let mut w = World::new().with_server();
    w.options[7] = "local".into();
    w.verb("suspend", "17").unwrap();
    let told = told(&mut w);
    assert!(!told.contains("suspended there"), "{told}");
}

#[test]
fn staff_are_told_of_a_cancellation_that_may_have_been_asked_for_before_they_sell_the_server_again() {
    let mut w = World::new().with_server();
    w.options[8] = "cancel".into();
    w.loses_answers("timeout");
    w.verb("terminate", "17").unwrap_err();
    assert_eq!(w.state("17", "state"), "cancelling");
    let told = told(&mut w);
    assert!(
        told.contains("cancellation may have been asked for") && told.contains("look in LEAP before"),
        "{told}"
    );
}

#[test]
fn staff_are_told_that_a_server_taken_from_the_tandem_user_must_be_given_back_before_it_can_be_selected() {
    let mut w = World::new().with_server();
    w.options[7] = "tandem_permission".into();
    w.verb("suspend", "17").unwrap();
    let told = told(&mut w);
    assert!(!told.contains("suspended there"), "{told}");
    assert!(
        told.contains("taken from the Tandem user") && told.contains("give it back"),
        "{told}"
    );
    let offered = w.list("27")["choices"].to_string();
    assert!(!offered.contains("100042"), "{offered}");
}

#[test]
fn what_a_page_kept_of_a_service_that_was_deleted_meanwhile_is_forgotten_by_the_next_report() {
    for k in 0..30 {
        let mut w = World::new().with_server();
        let input = w.input("17", &World::client("7"), &json!([]));
        let mut slow = Runner::open(&w.config("singlehop.page", &input), w.env.clone());
        for _ in 0..k {
            if slow.owed.is_some() {
                slow.answer(&mut w.host);
            }
        }
        w.host.services.remove("17");
        hook(&mut w);
        slow.finish(&mut w.host);
        w.run("report", &json!({})).unwrap();
        nothing_is_kept(&w);
    }
}

#[test]
fn a_server_that_is_selected_while_its_deleted_service_is_forgotten_stays_selected() {
    // Every interleaving where the selection runs after the deletion did k ops.
    for k in 0..30 {
        let w = deleted();
        let mut host = w.host.clone();
        let hook = json!({ "service_id": "17" });
        let choice = w.input("27", &World::staff(), &json!({ "server": "100042" }));
        let mut deletion = Runner::open(&w.config("singlehop.service_deleted", &hook), w.env.clone());
        let mut selection = Runner::open(&w.config("singlehop.select", &choice), w.env.clone());
        for _ in 0..k {
            if deletion.owed.is_some() {
                deletion.answer(&mut host);
            }
        }
        selection.finish(&mut host);
        deletion.finish(&mut host);
        for runner in [&selection, &deletion] {
            assert_eq!(runner.ended.as_ref().unwrap().0, 0, "{k}: {:?}", runner.ended);
        }
        let w = World { host, ..w };
        assert_eq!(w.assigned(), json!([["27", "100042"]]), "{k}");
        nothing_is_kept(&w);
    }
}

#[test]
fn a_deletion_that_is_cut_off_anywhere_is_finished_by_the_next_report() {
    let base = deleted();
    let crashes = enumerate(
        || base.clone(),
        "service_deleted",
        |_| json!({ "service_id": "17" }),
        |w| drop(w.run("report", &json!({})).unwrap()),
        |w| {
            nothing_is_kept(w);
            json!(w.assigned())
        },
    );
    assert!(crashes > 4, "{crashes}");
}

#[test]
fn a_configuration_that_the_host_may_not_read_leaves_no_figure_of_the_month_before() {
    let mut w = World::new().with_server();
    w.run("report", &json!({})).unwrap();
    assert_ne!(w.host.fields["17"]["bw_usage"], "0");
    w.advance(20 * 86_400);
    let ended = w.run("report", &json!({ "unreadable": true })).unwrap_err();
    assert_eq!(ended.code, "singlehop.config_file");
    assert_eq!(w.host.fields["17"]["bw_usage"], "0");
}
