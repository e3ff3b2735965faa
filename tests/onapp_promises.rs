//! What the module promises beyond the main job: two runners, lost connections, missed months, edited dates, changed
//! zones, late readings, an unreachable panel, planted passwords.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Runner, World, at};
use serde_json::{Value, json};

/// A small generator, so that schedules can be repeated.
struct Dice(u64);

impl Dice {
    fn coin(&mut self) -> bool {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 63 == 1
    }
}

/// Two runners on one host, their ops interleaved by the dice.
fn interleave(world: &mut World, first: (&str, &Value), second: (&str, &Value), dice: &mut Dice) -> [i32; 2] {
    let mut a = Runner::start(world, first.0, first.1);
    let mut b = Runner::start(world, second.0, second.1);
    while a.owed.is_some() || b.owed.is_some() {
        let pick_a = if a.owed.is_none() {
            false
        } else {
            b.owed.is_none() || dice.coin()
        };
        if pick_a {
            a.answer(&mut world.host)
        } else {
            b.answer(&mut world.host)
        }
    }
    [a.ended.unwrap().0, b.ended.unwrap().0]
}

fn used_world() -> World {
    let w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", 70_000);
    w.panel.advance(62 * 86_400 + 7200);
    w
}

fn published(w: &World) -> Vec<Value> {
    w.host.invoices_with("Unpaid").into_iter().cloned().collect()
}

fn billed_kb(w: &World) -> u64 {
    w.host
        .rows("mod_provisor_periods")
        .iter()
        .map(|p| p["billed_kb"].as_str().unwrap().parse::<u64>().unwrap())
        .sum()
}

#[test]
fn two_crons_at_once_publish_each_period_once() {
    for seed in 0..60 {
        let mut w = used_world();
        let nothing = json!({});
        let jobs = if seed % 3 == 0 {
            ("onapp.collect", "onapp.bill")
        } else {
            ("onapp.bill", "onapp.bill")
        };
        if seed % 3 != 0 {
            w.run("onapp.collect", json!({})).unwrap();
        }
        interleave(&mut w, (jobs.0, &nothing), (jobs.1, &nothing), &mut Dice(seed));
        w.advance(700);
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(published(&w).len(), 1, "seed {seed}: {:?}", w.host.logs);
        assert_eq!(w.host.invoices.len(), 1, "seed {seed}: no draft is left");
        assert_eq!(billed_kb(&w), w.true_kb(), "seed {seed}");
    }
}

#[test]
fn two_collectors_at_once_store_each_hour_once() {
    for seed in 0..40 {
        let mut w = used_world();
        interleave(
            &mut w,
            ("onapp.collect", &json!({})),
            ("onapp.collect", &json!({})),
            &mut Dice(seed),
        );
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(billed_kb(&w), w.true_kb(), "seed {seed}");
    }
}

#[test]
fn two_creates_at_once_make_one_vm() {
    for seed in 0..60 {
        let mut w = World::new();
        w.add_service("17");
        let input = w.verb("17");
        let ends = interleave(
            &mut w,
            ("onapp.create", &input),
            ("onapp.create", &input),
            &mut Dice(seed),
        );
        assert!(ends.contains(&0), "seed {seed}: {ends:?}");
        assert_eq!(w.living_vms().len(), 1, "seed {seed}");
    }
}

#[test]
fn two_services_of_one_client_created_at_once_share_one_user() {
    for seed in 0..60 {
        let mut w = World::new();
        w.add_service("17");
        w.add_service("18");
        let (a, b) = (w.verb("17"), w.verb("18"));
        let before = w.panel.state()["users"].as_array().unwrap().len();
        interleave(&mut w, ("onapp.create", &a), ("onapp.create", &b), &mut Dice(seed));
        for id in ["17", "18"] {
            w.advance(700);
            w.verb_on("create", id).unwrap();
        }
        assert_eq!(w.living_vms().len(), 2, "seed {seed}");
        assert_eq!(
            w.panel.state()["users"].as_array().unwrap().len(),
            before + 1,
            "seed {seed}"
        );
    }
}

#[test]
fn two_staff_members_who_press_suspend_together_suspend() {
    for seed in 0..60 {
        let mut w = World::new().with_ready_vm("17");
        let input = w.verb("17");
        let ends = interleave(
            &mut w,
            ("onapp.suspend", &input),
            ("onapp.suspend", &input),
            &mut Dice(seed),
        );
        assert!(ends.iter().all(|e| *e == 0 || *e == -204), "seed {seed}: {ends:?}");
        assert_eq!(w.living_vms()[0]["suspended"], json!(true), "seed {seed}");
    }
}

#[test]
fn a_runner_stopped_inside_create_invoice_publishes_nothing_after_a_take_over() {
    let mut w = used_world();
    w.run("onapp.collect", json!({})).unwrap();
    let mut sleeper = Runner::start(&w, "onapp.bill", &json!({}));
    while sleeper.op() != "invoice.draft" {
        sleeper.answer(&mut w.host);
    }
    w.advance(700);
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(published(&w).len(), 1);
    sleeper.finish(&mut w.host);
    assert_eq!(published(&w).len(), 1, "the sleeper's draft stays a draft");
    let drafts = w.host.invoices_with("Draft");
    assert_eq!(drafts.len(), 1);
    assert!(
        drafts[0]["notes"].as_str().unwrap().starts_with("Not to be published"),
        "{drafts:?}"
    );
    w.advance(700);
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(published(&w).len(), 1);
}

#[test]
fn a_draft_that_staff_deleted_or_changed_is_parked_or_left_and_never_made_twice() {
    // Deleted while it was a draft.
    let mut w = used_world();
    w.run("onapp.collect", json!({})).unwrap();
    let mut runner = Runner::start(&w, "onapp.bill", &json!({}));
    while runner.op() != "invoice.get" {
        runner.answer(&mut w.host);
    }
    w.host.invoices.clear();
    runner.finish(&mut w.host);
    w.advance(700);
    let report = w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(w.host.invoices.len(), 0, "{report}");
    assert_eq!(w.host.rows("mod_provisor_periods")[0]["state"], "parked");
    // Changed after it was published: what staff did stands.
    let mut w = used_world();
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    let edited = w.host.invoices.get_mut(&1).unwrap();
    edited["lines"][0]["amount"] = json!("1.00");
    let before = w.host.invoices.clone();
    w.advance(40 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(w.host.invoices, before);
}

#[test]
fn the_connection_cut_at_any_request_of_create_leaves_one_vm_and_one_user() {
    for version in [(2, 3), (4, 2), (6, 5)] {
        for kind in ["reset_before", "reset_after"] {
            for nth in 1..=8 {
                let mut w = World::with(provisor_simulator::Version {
                    major: version.0,
                    minor: version.1,
                });
                w.add_service("17");
                let before = w.panel.state()["users"].as_array().unwrap().len();
                w.panel
                    .faults(&json!([{ "kind": kind, "nth": nth, "match": { "path_prefix": "/" } }]))
                    .unwrap();
                for _ in 0..3 {
                    if w.verb_on("create", "17").is_ok() {
                        break;
                    }
                    w.advance(700);
                }
                w.panel.faults(&json!([])).unwrap();
                w.verb_on("create", "17").unwrap();
                assert_eq!(w.living_vms().len(), 1, "{version:?} {kind} {nth}");
                assert_eq!(
                    w.panel.state()["users"].as_array().unwrap().len(),
                    before + 1,
                    "{version:?} {kind} {nth}"
                );
            }
        }
    }
}

#[test]
fn terminate_while_the_panel_is_down_fails_and_forgets_nothing() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-02T00:00:00Z", 70_000);
    w.panel.advance(86_400);
    w.panel
        .faults(&json!([{ "kind": "reset_before", "match": { "path_prefix": "/" } }]))
        .unwrap();
    let error = w.verb_on("terminate", "17").unwrap_err();
    assert!((-499..=-400).contains(&error.class), "{error:?}");
    assert_eq!(w.state_of("17"), "ready");
    assert_eq!(w.living_vms().len(), 1);
    w.vm_of("17");
    w.panel.faults(&json!([])).unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    assert!(w.living_vms().is_empty());
    w.advance(40 * 86_400);
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn a_client_reads_once_that_the_machine_is_deleted_although_the_panels_answer_was_lost() {
    for suspended in [false, true] {
        for lost in [
            json!({ "kind": "reset_after" }),
            json!({ "kind": "truncated" }),
            json!({ "kind": "html_500", "processed": true }),
            json!({ "kind": "status", "status": 504, "processed": true }),
        ] {
            let mut w = World::new().with_ready_vm("17");
            if suspended {
                w.verb_on("suspend", "17").unwrap();
                w.advance(900);
            }
            w.host.mails.clear();
            let mut rule = lost.clone();
            rule["match"] = json!({ "method": "DELETE" });
            rule["count"] = json!(1);
            w.panel.faults(&json!([rule])).unwrap();
            for _ in 0..2 {
                let report = w.verb_on("terminate", "17").unwrap_or_else(|e| panic!("{lost}: {e:?}"));
                assert!(
                    report["message"].as_str().unwrap().contains("is being deleted"),
                    "{report}"
                );
            }
            assert!(w.host.mails.is_empty(), "{lost}: it is not deleted yet");
            for _ in 0..3 {
                w.advance(900);
                w.run("onapp.settle", json!({})).unwrap();
            }
            assert!(w.living_vms().is_empty(), "{lost}");
            assert_eq!(w.state_of("17"), "gone", "{lost}");
            assert_eq!(w.host.mails.len(), 1, "{lost}: {:?}", w.host.mails);
            assert_eq!(w.host.mails[0]["template"], "Virtual Machine Deleted", "{lost}");
        }
    }
}

#[test]
fn a_deletion_that_never_reached_the_panel_or_met_a_busy_machine_is_no_success() {
    for lost in [json!({ "kind": "reset_before" }), json!({ "kind": "html_500" })] {
        let mut w = World::new().with_ready_vm("17");
        w.host.mails.clear();
        let mut rule = lost.clone();
        rule["match"] = json!({ "method": "DELETE" });
        rule["count"] = json!(1);
        w.panel.faults(&json!([rule.clone()])).unwrap();
        w.verb_on("terminate", "17").unwrap_err();
        assert_eq!(w.state_of("17"), "ready", "{lost}");
        let busy = json!({ "action": "change", "vm": w.vm_of("17"), "locked": true });
        w.panel.control("POST", "vm", &busy).unwrap();
        w.panel.faults(&json!([rule])).unwrap();
        w.verb_on("terminate", "17").unwrap_err();
        assert_eq!(
            w.state_of("17"),
            "ready",
            "{lost}: something else was at work on it before"
        );
        assert!(w.host.mails.is_empty());
    }
}

#[test]
fn terminate_of_a_vm_that_the_panel_says_is_gone_succeeds() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.panel
        .control("POST", "vm", &json!({ "action": "delete", "vm": vm }))
        .unwrap();
    w.advance(900);
    w.host.mails.clear();
    w.verb_on("terminate", "17").unwrap();
    assert_eq!(w.host.rows("tblonappservices").len(), 0);
    w.run("onapp.settle", json!({})).unwrap();
    assert!(w.host.mails.is_empty(), "nobody is told what staff did long ago");
}

#[test]
fn three_missed_months_are_three_invoices_oldest_first() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    for (from, to) in [
        ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"),
        ("2026-02-03T00:00:00Z", "2026-02-04T00:00:00Z"),
        ("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"),
    ] {
        w.traffic(vm, from, to, 100_000);
    }
    w.panel.advance(93 * 86_400 + 7200);
    w.run("onapp.collect", json!({})).unwrap();
    let report = w.run("onapp.bill", json!({})).unwrap();
    let references: Vec<&str> = report["invoices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["reference"].as_str().unwrap())
        .collect();
    assert_eq!(references, ["onapp-17-0", "onapp-17-1", "onapp-17-2"]);
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn hours_that_the_panel_no_longer_keeps_are_named_and_never_zero() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", 100_000);
    w.panel.advance(120 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(
        w.host.logs.iter().any(|l| l.code == "onapp.hours_lost"),
        "{:?}",
        w.host.logs
    );
    let rows = w.host.rows("mod_provisor_periods");
    let first = rows.iter().find(|p| p["period"] == "0").unwrap();
    let content: Value = serde_json::from_str(first["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["gaps"][0]["start"], "2026-01-01T00:00:00Z", "{content}");
}

/// Every period starts where the one before it ended, and the sum of what was billed is what the panel measured.
fn assert_partition(w: &World) {
    let mut periods: Vec<(i64, String, String)> = w
        .host
        .rows("mod_provisor_periods")
        .iter()
        .map(|p| {
            let text = |name: &str| p[name].as_str().unwrap().to_owned();
            (text("period").parse().unwrap(), text("start_at"), text("end_at"))
        })
        .collect();
    periods.sort();
    assert!(periods.len() > 3, "{periods:?}");
    for pair in periods.windows(2) {
        assert_eq!(pair[0].2, pair[1].1, "no gap, no overlap: {periods:?}");
        assert_eq!(pair[0].0 + 1, pair[1].0);
        assert!(at(&pair[1].1) < at(&pair[1].2));
    }
    let end = &periods.last().unwrap().2;
    let state = w.panel.state();
    let mut truth = 0;
    for vm in state["vms"].as_array().unwrap() {
        for nic in vm["nics"].as_array().unwrap() {
            for hour in nic["hours"].as_array().unwrap() {
                if hour["start"].as_str().unwrap() < end.as_str() {
                    truth += hour["sent_kb"].as_u64().unwrap() + hour["received_kb"].as_u64().unwrap();
                }
            }
        }
    }
    assert_eq!(billed_kb(w), truth);
}

#[test]
fn an_edited_registration_date_a_changed_zone_and_both_dst_changes_leave_no_gap_and_no_overlap() {
    let mut w = World::new();
    w.host.settings["time_zone"] = json!("Europe/Berlin");
    let mut w = w.with_ready_vm("17");
    let vm = w.vm_of("17");
    for month in 1..=11u32 {
        let (from, to) = (
            format!("2026-{month:02}-03T00:00:00Z"),
            format!("2026-{month:02}-28T00:00:00Z"),
        );
        w.traffic(vm, &from, &to, 9000);
        w.panel.advance(30 * 86_400);
        match month {
            3 => w.host.services.get_mut("17").unwrap()["reg_date"] = json!("2025-12-19"),
            5 => w.host.settings["time_zone"] = json!("America/New_York"),
            8 => w.host.services.get_mut("17").unwrap()["reg_date"] = json!("2026-01-01"),
            _ => {}
        }
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
    }
    assert_partition(&w);
}

#[test]
fn readings_that_arrive_after_the_bill_become_an_adjustment_on_the_next_one() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 70_000);
    w.panel
        .control(
            "POST",
            "traffic",
            &json!({ "vm": vm, "hour": "2026-01-31T23:00:00Z", "sent_kb": 1_048_576, "received_kb": 0, "late_minutes": 150 }),
        )
        .unwrap();
    w.panel.advance(31 * 86_400 + 3600 - 900 + 60);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    // 24 x 70000 KB = 1640.625 MB; 640.625 above x 0.02 = 12.8125.
    assert_eq!(published(&w).len(), 1);
    assert_eq!(published(&w)[0]["lines"][0]["amount"], "12.81");
    w.panel.advance(2 * 3600);
    w.run("onapp.collect", json!({})).unwrap();
    w.panel.advance(31 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    let second = &published(&w)[1];
    let adjustment = second["lines"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["description"].as_str().unwrap().starts_with("Correction"));
    // 1024 MB more at 0.02 = 20.48: 33.2925 rounds to 33.29, minus 12.81.
    assert_eq!(adjustment.unwrap()["amount"], "20.48", "{second}");
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn an_interface_removed_at_the_panel_bills_what_was_read_and_names_the_rest() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 70_000);
    w.panel.advance(10 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.panel.advance(86_400);
    w.panel
        .control("POST", "vm", &json!({ "action": "delete", "vm": vm }))
        .unwrap();
    w.panel.advance(900);
    w.run("onapp.collect", json!({})).unwrap();
    w.panel.advance(30 * 86_400);
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(published(&w).len(), 1, "{:?}", w.host.logs);
    let text = published(&w)[0]["lines"][0]["description"].as_str().unwrap().to_owned();
    assert!(text.contains("Not measured and not charged"), "{text}");
}

#[test]
fn suspend_and_unsuspend_are_no_toggles() {
    let mut w = World::new().with_ready_vm("17");
    for _ in 0..3 {
        w.verb_on("suspend", "17").unwrap();
        assert_eq!(w.living_vms()[0]["suspended"], json!(true));
        w.advance(300);
    }
    for _ in 0..3 {
        w.verb_on("unsuspend", "17").unwrap();
        assert_eq!(w.living_vms()[0]["suspended"], json!(false));
        w.advance(300);
    }
    assert_eq!(w.living_vms()[0]["booted"], json!(true));
}

#[test]
fn a_login_page_instead_of_an_answer_is_no_success_and_the_next_press_does_what_was_not_done() {
    let page = |w: &World, method: &str, path: &str| {
        let rule = json!([{ "kind": "html_login", "count": 1, "match": { "method": method, "path_contains": path } }]);
        w.panel.faults(&rule).unwrap();
    };
    let unknown = |failed: Result<Value, provisor::session::Ended>| {
        let failed = failed.unwrap_err();
        assert_eq!(
            (failed.class, failed.code.as_str()),
            (-404, "panel.unexpected_content"),
            "{failed:?}"
        );
    };
    let mut w = World::new().with_ready_vm("17");
    w.verb_on("suspend", "17").unwrap();
    w.advance(300);
    page(&w, "POST", "startup");
    unknown(w.verb_on("unsuspend", "17"));
    assert_eq!(w.living_vms()[0]["booted"], json!(false));
    w.verb_on("unsuspend", "17").unwrap();
    w.advance(300);
    assert_eq!(w.living_vms()[0]["booted"], json!(true));
    page(&w, "DELETE", "/virtual_machines/");
    unknown(w.verb_on("terminate", "17"));
    assert_eq!(w.state_of("17"), "ready", "it is there, and metered");
    w.verb_on("terminate", "17").unwrap();
    w.advance(300);
    assert!(w.living_vms().is_empty());
}

#[test]
fn a_suspended_vm_is_terminated() {
    let mut w = World::new().with_ready_vm("17");
    w.verb_on("suspend", "17").unwrap();
    w.advance(300);
    w.verb_on("terminate", "17").unwrap();
    w.advance(300);
    assert!(w.living_vms().is_empty());
}

#[test]
fn every_release_from_2_3_to_7_0_walks_the_main_job() {
    for (major, minor) in [(2, 3), (4, 2), (5, 5), (6, 5), (7, 0)] {
        let w = World::with(provisor_simulator::Version { major, minor });
        let mut w = w.with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 70_000);
        w.verb_on("suspend", "17").unwrap();
        w.advance(300);
        w.verb_on("unsuspend", "17").unwrap();
        w.panel.advance(31 * 86_400 + 7200);
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(published(&w)[0]["lines"][0]["amount"], "12.81", "OnApp {major}.{minor}");
        w.verb_on("terminate", "17").unwrap();
        w.advance(900);
        assert!(w.living_vms().is_empty(), "OnApp {major}.{minor}");
    }
}

#[test]
fn whmcs_billing_makes_no_invoice_and_a_later_switch_bills_nothing_twice() {
    let mut w = used_world();
    w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!("whmcs");
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(w.host.invoices.is_empty());
    w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!("");
    w.panel.advance(40 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(w.host.invoices.is_empty(), "what flowed while WHMCS billed is WHMCS'");
}

#[test]
fn a_unit_that_is_not_mb_waits_for_a_word_and_is_then_billed_in_full() {
    let mut w = used_world();
    w.host.services.get_mut("17").unwrap()["product"]["overages"] = json!("1,MB,GB");
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(w.host.invoices.is_empty());
    assert!(w.host.logs.iter().any(|l| l.code == "onapp.overage_unit"));
    w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!("<unit>mb</unit>");
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(published(&w).len(), 1);
}

#[test]
fn the_figure_for_the_host_never_reaches_its_own_overage_billing() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 700_000);
    w.panel.advance(10 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    let shown: u64 = w.host.fields["17"]["bw_usage"].as_str().unwrap().parse().unwrap();
    assert!(shown <= 1000, "{shown}");
    let text = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap();
    assert!(text["text"].as_str().unwrap().contains("16406 MB of 1000 MB"), "{text}");
}

#[test]
fn a_service_without_registration_date_is_not_billed_and_says_so() {
    let mut w = used_world();
    w.host.services.get_mut("17").unwrap()["reg_date"] = json!("");
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(w.host.invoices.is_empty());
    assert!(w.host.logs.iter().any(|l| l.code == "onapp.no_registration_date"));
    w.host.services.get_mut("17").unwrap()["reg_date"] = json!("2026-01-01");
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(published(&w).len(), 1);
}

#[test]
fn a_dry_run_shows_to_the_byte_what_the_real_run_drafts_and_writes_nothing() {
    let mut w = used_world();
    w.traffic(w.vm_of("17"), "2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z", 60_000);
    w.run("onapp.collect", json!({})).unwrap();
    let shown = w.run("onapp.bill", json!({ "dry_run": true })).unwrap();
    assert!(w.host.invoices.is_empty() && w.host.rows("mod_provisor_periods").is_empty());
    w.run("onapp.bill", json!({})).unwrap();
    let mut real: Vec<(String, Value)> = w
        .host
        .rows("mod_provisor_periods")
        .iter()
        .map(|p| {
            (
                p["period"].as_str().unwrap().to_owned(),
                serde_json::from_str(p["content"].as_str().unwrap()).unwrap(),
            )
        })
        .collect();
    real.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        shown["planned"],
        json!(real.into_iter().map(|(_, plan)| plan).collect::<Vec<_>>())
    );
}

#[test]
fn planted_passwords_stand_in_no_log_no_error_and_no_report() {
    let mut w = World::new();
    w.add_service("17");
    let mut said = String::new();
    for nth in 1..=8 {
        w.panel
            .faults(&json!([{ "kind": "html_500", "nth": nth, "match": { "path_prefix": "/" } }]))
            .unwrap();
        if let Err(e) = w.verb_on("create", "17") {
            said.push_str(&format!("{e} {e:?}"));
        }
        w.advance(700);
    }
    w.panel.faults(&json!([])).unwrap();
    said.push_str(&format!("{:?}", w.verb_on("create", "17")));
    w.advance(900);
    said.push_str(&format!("{:?}", w.run("onapp.settle", json!({}))));
    said.push_str(&format!("{:?}", w.host.logs));
    let user_password = w.host.rows("tblonappclients")[0]["password"]["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    for planted in [w.panel.password.as_str(), "Root-pw-7", user_password.as_str()] {
        assert!(!said.contains(planted), "{planted} in {said}");
    }
}

#[test]
fn a_secret_of_the_wrong_type_stays_out_of_the_error() {
    let mut w = World::new();
    w.add_service("17");
    for wrong in [
        json!("planted-secret"),
        json!(["planted-secret"]),
        json!({ "secret": ["planted-secret"] }),
        json!({ "secret": { "planted-secret": 1 } }),
    ] {
        let mut input = w.verb("17");
        input["service"]["password"] = wrong;
        let error = w.run("onapp.create", input).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("planted-secret"), "{error:?}");
    }
    let mut runner = Runner::start(&w, "onapp.create", &w.verb("17"));
    runner.answer(&mut w.host);
    w.host.services.get_mut("17").unwrap()["client"] = json!("planted-secret");
    runner.finish(&mut w.host);
    let (class, told) = runner.ended.unwrap();
    assert_eq!(class, -701);
    assert!(!told.to_string().contains("planted-secret"), "{told}");
}

#[test]
fn create_refuses_what_cannot_be_meant_before_anything_is_called() {
    let mut w = World::new();
    w.add_service("17");
    type Change = Box<dyn Fn(&mut Value)>;
    let cases: [(&str, Change); 4] = [
        (
            "onapp.product_addon",
            Box::new(|i| i["service"]["addon_id"] = json!("5")),
        ),
        (
            "onapp.product_type",
            Box::new(|i| i["service"]["product_type"] = json!("reselleraccount")),
        ),
        (
            "onapp.hostname",
            Box::new(|i| i["service"]["domain"] = json!("<script>")),
        ),
        ("onapp.template_not_one", Box::new(|i| i["options"][1] = json!("1,2"))),
    ];
    for (code, change) in cases {
        let mut input = w.verb("17");
        change(&mut input);
        let error = w.run("onapp.create", input).unwrap_err();
        assert_eq!(error.code, code, "{error:?}");
        assert!(w.panel.requests().is_empty(), "{code}: nothing is called");
    }
    w.host.servers.get_mut("1").unwrap()["disabled"] = json!(true);
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.server_disabled");
    assert!(w.panel.requests().is_empty());
}

#[test]
fn an_answer_to_create_that_cannot_be_read_never_makes_a_second_vm() {
    for kind in [
        "truncated",
        "wrong_length",
        "html_login",
        "html_500",
        "big_body",
        "reset_after",
    ] {
        let mut w = World::new();
        w.add_service("17");
        let rule = json!([{ "kind": kind, "count": 1, "processed": true,
                            "match": { "method": "POST", "path_prefix": "/virtual_machines" } }]);
        w.panel.faults(&rule).unwrap();
        let _ = w.verb_on("create", "17");
        w.advance(700);
        w.verb_on("create", "17").unwrap();
        w.verb_on("create", "17").unwrap();
        assert_eq!(w.living_vms().len(), 1, "{kind}");
    }
}

#[test]
fn a_create_of_unknown_fate_keeps_the_service_busy_until_its_lease_ends() {
    let mut w = World::new();
    w.add_service("17");
    // Refused before it was processed, as far as nobody can tell; then the VM is not listed.
    w.panel.faults(&json!([{ "kind": "reset_before", "count": 1, "match": { "method": "POST", "path_prefix": "/virtual_machines" } }])).unwrap();
    assert_eq!(w.verb_on("create", "17").unwrap_err().code, "onapp.create_unknown");
    assert_eq!(w.verb_on("create", "17").unwrap_err().class, -204);
    w.advance(700);
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.living_vms().len(), 1);
}

#[test]
fn terminate_of_a_locked_vm_never_claims_success() {
    let mut w = World::new();
    w.add_service("17");
    w.verb_on("create", "17").unwrap();
    for _ in 0..2 {
        assert_eq!(
            w.verb_on("terminate", "17").unwrap_err().class,
            -305,
            "the VM is being built"
        );
        assert_eq!(w.state_of("17"), "building");
    }
    w.advance(900);
    w.verb_on("terminate", "17").unwrap();
    assert_eq!(
        w.state_of("17"),
        "deleting",
        "until the panel says that it is gone, it stays on record"
    );
    w.vm_of("17");
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "gone");
    assert!(w.host.rows("tblonappservices").is_empty());
}

#[test]
fn a_404_without_the_panels_words_means_could_not_ask() {
    use provisor::http::{Response, memory::MemoryTransport};
    let mut w = World::new().with_ready_vm("17");
    let real = w.env.clone();
    w.env.transport = std::sync::Arc::new(MemoryTransport::new(|_| {
        Ok(Response::new(404, "<html><h1>404 Not Found</h1>nginx</html>"))
    }));
    assert!(w.verb_on("terminate", "17").is_err());
    assert_eq!(w.state_of("17"), "ready");
    w.panel.advance(7200);
    w.run("onapp.collect", json!({})).unwrap();
    let closed = |w: &World| {
        w.host
            .rows("mod_provisor_resources")
            .iter()
            .any(|r| !r["closed_at"].is_null())
    };
    assert!(!closed(&w));
    w.env = real;
    w.run("onapp.collect", json!({})).unwrap();
    assert!(!closed(&w));
}

#[test]
fn an_interface_that_was_missing_once_is_read_on() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 70_000);
    w.panel.advance(3 * 86_400);
    // One answer without any interface, as during a rebuild.
    let panel = w.panel.clone();
    let real = w.env.clone();
    let passes = common::transport(panel);
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        if request.path().ends_with("/network_interfaces.json") {
            return Ok(provisor::http::Response::new(200, "[]"));
        }
        provisor::http::Transport::send(&passes, request)
    }));
    w.run("onapp.collect", json!({})).unwrap();
    w.env = real;
    w.panel.advance(40 * 86_400);
    for _ in 0..2 {
        w.run("onapp.collect", json!({})).unwrap();
    }
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(published(&w).len(), 1, "{:?}", w.host.logs);
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn a_second_life_that_ends_before_its_first_period_is_billed_too() {
    let mut w = World::new().with_ready_vm("17");
    w.panel.advance(10 * 86_400);
    w.verb_on("terminate", "17").unwrap();
    w.panel.advance(30 * 86_400);
    w.run("onapp.bill", json!({})).unwrap();
    w.verb_on("create", "17").unwrap();
    w.panel.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let now = w.now();
    let hour = |h: i64| {
        (now + chrono::TimeDelta::hours(h))
            .format("%Y-%m-%dT%H:00:00Z")
            .to_string()
    };
    w.traffic(w.vm_of("17"), &hour(2), &hour(26), 70_000);
    w.panel.advance(3 * 86_400);
    w.verb_on("terminate", "17").unwrap();
    w.panel.advance(40 * 86_400);
    for _ in 0..4 {
        w.run("onapp.settle", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
    }
    assert_eq!(published(&w).len(), 1, "{:?}", w.host.logs);
    assert_eq!(w.state_of("17"), "done");
    assert_eq!(billed_kb(&w), w.true_kb());
}

#[test]
fn a_large_bill_is_made_and_one_above_the_bound_of_staff_waits() {
    let mut w = used_world();
    w.host.services.get_mut("17").unwrap()["product"]["bw_price"] = json!("90.0000");
    w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!("<bound>1000</bound>");
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(w.host.invoices.is_empty());
    w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!("");
    w.run("onapp.bill", json!({})).unwrap();
    // 48 x 70000 KB = 3281.25 MB; 2281.25 above x 90 = 205312.50.
    assert_eq!(published(&w)[0]["lines"][0]["amount"], "205312.50");
}

#[test]
fn a_client_whose_currency_changed_after_the_plan_is_not_charged_in_the_wrong_one() {
    let mut w = used_world();
    w.run("onapp.collect", json!({})).unwrap();
    let mut runner = Runner::start(&w, "onapp.bill", &json!({}));
    while runner.op() != "invoice.draft" {
        runner.answer(&mut w.host);
    }
    drop(runner);
    w.advance(700);
    w.host.services.get_mut("17").unwrap()["currency"]["code"] = json!("EUR");
    w.run("onapp.bill", json!({})).unwrap();
    assert!(w.host.invoices.is_empty());
    assert_eq!(w.host.rows("mod_provisor_periods")[0]["state"], "parked");
}

#[test]
fn no_call_asks_the_panel_what_an_earlier_answer_told() {
    let mut w = World::new();
    w.add_service("17");
    w.verb_on("create", "17").unwrap();
    let calls = |w: &World| w.panel.requests().len();
    assert_eq!(
        calls(&w),
        5,
        "version, user, template, VM, and what the answer named: {:?}",
        w.panel.requests()
    );
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(calls(&w), 7, "VM and interfaces");
    w.advance(7200);
    w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(calls(&w), 9, "interfaces and usage");
    w.run("onapp.bill", json!({})).unwrap();
    w.run("onapp.usage", json!({ "service_id": "17" })).unwrap();
    assert_eq!(calls(&w), 9, "billing and pages call nobody");
}

#[test]
fn a_product_moved_to_another_server_leaves_existing_vms_where_they_are() {
    let mut w = World::new().with_ready_vm("17");
    // Server 2 is the same panel under another id; the service's VM was made on server 1.
    let mut second = w.host.servers["1"].clone();
    second["id"] = json!("2");
    second["hostname"] = json!("203.0.113.5");
    w.host.servers.insert("2".into(), second);
    w.host.services.get_mut("17").unwrap()["product"]["options"][0] = json!("2");
    w.verb_on("suspend", "17").unwrap();
    w.advance(300);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    assert!(w.living_vms().is_empty());
}

/// The VM of one service is the other's, by a mapping of the old module alone.
fn hand_mapping(w: &mut World, from: &str, to: &str) {
    let vm = w.vm_of(from).to_string();
    let row = json!({ "service_id": to, "vm_id": vm, "memory": "0", "cpus": "0", "cpu_shares": "0", "disk_size": "0" });
    let changes = json!([
        { "kind": "delete", "table": "tblonappservices", "key": { "service_id": from } },
        { "kind": "delete", "table": "mod_provisor_services", "key": { "module": "onapp", "service_id": from } },
        { "kind": "put", "table": "tblonappservices", "values": row },
    ]);
    provisor::host::Port::answer(&mut w.host, "apply", &json!({ "token": "t", "changes": changes })).unwrap();
}

#[test]
fn a_vm_that_is_not_the_clients_is_never_touched() {
    let mut w = World::new().with_ready_vm("17");
    w.add_service("18");
    w.host.services.get_mut("18").unwrap()["client_id"] = json!("8");
    w.host.services.get_mut("18").unwrap()["client"]["id"] = json!("8");
    w.host.services.get_mut("18").unwrap()["client"]["email"] = json!("eve@example.com");
    // A mapping as the old module may have left it: service 18 names the VM of another client.
    hand_mapping(&mut w, "17", "18");
    for verb in ["suspend", "unsuspend", "terminate"] {
        assert_eq!(w.verb_on(verb, "18").unwrap_err().code, "onapp.vm_not_ours", "{verb}");
    }
    assert_eq!(w.living_vms().len(), 1);
    assert_eq!(w.living_vms()[0]["suspended"], json!(false));
}

#[test]
fn an_old_mapping_of_the_clients_own_user_is_suspended_and_terminated() {
    let mut w = World::new().with_ready_vm("17");
    w.add_service("18");
    hand_mapping(&mut w, "17", "18");
    w.verb_on("suspend", "18").unwrap();
    assert_eq!(w.living_vms()[0]["suspended"], json!(true));
    w.advance(300);
    w.verb_on("terminate", "18").unwrap();
    w.advance(900);
    assert!(w.living_vms().is_empty());
}

#[test]
fn a_refused_create_may_go_to_another_server_and_a_mail_that_fails_holds_nothing_up() {
    let mut w = World::new();
    w.add_service("17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][3] = json!("0,99");
    assert_eq!(w.verb_on("create", "17").unwrap_err().class, -301);
    assert_eq!(w.host.rows("mod_provisor_services")[0]["create_key"], Value::Null);
    w.host.services.get_mut("17").unwrap()["product"]["options"][3] = json!("0,1");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.host.refused_ops.insert("mail.send".into());
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready");
    assert!(w.host.logs.iter().any(|l| l.code == "onapp.mail"));
    assert_eq!(w.host.rows("mod_provisor_resources").len(), 1);
}

#[test]
fn a_service_created_anew_after_its_end_is_metered_and_billed_from_then_on() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 70_000);
    w.panel.advance(10 * 86_400 - 900);
    w.verb_on("terminate", "17").unwrap();
    w.panel.advance(40 * 86_400);
    for _ in 0..3 {
        w.run("onapp.settle", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
    }
    assert_eq!(w.state_of("17"), "done");
    assert_eq!(published(&w).len(), 1);
    w.panel.advance(100 * 86_400);
    w.verb_on("create", "17").unwrap();
    w.panel.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready");
    let now = w.now();
    let hour = |h: i64| {
        (now + chrono::TimeDelta::hours(h))
            .format("%Y-%m-%dT%H:00:00Z")
            .to_string()
    };
    w.traffic(w.vm_of("17"), &hour(2), &hour(26), 70_000);
    w.panel.advance(40 * 86_400);
    for _ in 0..4 {
        w.run("onapp.collect", json!({})).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
    }
    assert!(
        !w.host.logs.iter().any(|l| l.code == "onapp.hours_lost"),
        "{:?}",
        w.host.logs
    );
    assert_eq!(published(&w).len(), 2, "{:?}", w.host.logs);
    assert_partition(&w);
}

#[test]
fn a_zone_that_is_unset_or_differs_between_web_and_cron_is_said() {
    let mut w = used_world();
    w.host.settings["time_zone"] = json!("Europe/Berlin");
    w.run("onapp.bill", json!({})).unwrap();
    assert!(
        !w.host.logs.iter().any(|l| l.code == "onapp.zone_unclear"),
        "{:?}",
        w.host.logs
    );
    w.host.settings["web"] = json!(true);
    w.host.settings["time_zone"] = json!("UTC");
    let input = json!({ "server": w.host.servers["1"] });
    let said = w.run("onapp.test_connection", input.clone()).unwrap()["message"].to_string();
    assert!(said.contains("UTC here, Europe/Berlin in the cron"), "{said}");
    w.host.settings["time_zone"] = json!("");
    let said = w.run("onapp.test_connection", input).unwrap()["message"].to_string();
    assert!(said.contains("not set"), "{said}");
}

#[test]
fn a_rest_in_a_currency_of_the_past_is_set_aside_and_later_periods_are_billed() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    // 1002 MB: 0.04 USD, carried.
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 42_752);
    w.traffic(vm, "2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z", 70_000);
    w.panel.advance(31 * 86_400 + 7200);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert!(w.host.invoices.is_empty());
    w.host.services.get_mut("17").unwrap()["currency"]["code"] = json!("EUR");
    w.panel.advance(31 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(published(&w).len(), 1, "{:?}", w.host.logs);
    assert_eq!(
        published(&w)[0]["lines"].as_array().unwrap().len(),
        1,
        "no carried line in another currency"
    );
    assert!(w.host.logs.iter().any(|l| l.code == "onapp.currency_changed"));
}

#[test]
fn a_login_that_is_taken_leaves_no_intent_behind_and_a_new_address_works() {
    let mut w = World::new();
    w.add_service("17");
    let admin = w.panel.state()["users"][0]["email"].as_str().unwrap().to_owned();
    w.host.services.get_mut("17").unwrap()["client"]["email"] = json!(admin);
    let taken = w.verb_on("create", "17").unwrap_err();
    assert_eq!(taken.code, "onapp.login_taken");
    for word in ["OnApp user 1 ", admin.as_str(), "Change that user's e-mail at OnApp"] {
        assert!(taken.message.contains(word), "{taken:?}");
    }
    assert!(
        !taken.message.contains("add-on"),
        "a cure that this release has: {taken:?}"
    );
    w.host.services.get_mut("17").unwrap()["client"]["email"] = json!("new@example.com");
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.host.rows("tblonappclients")[0]["email"], "new@example.com");
    assert_eq!(w.living_vms().len(), 1);
}

#[test]
fn a_service_without_a_machine_is_suspended_and_unsuspended_whoever_removed_it() {
    let mut never = World::new();
    never.add_service("17");
    let mut deleted = World::new().with_ready_vm("17");
    deleted.verb_on("terminate", "17").unwrap();
    deleted.advance(900);
    deleted.run("onapp.settle", json!({})).unwrap();
    let removed = World::new().with_ready_vm("17");
    let vm = removed.vm_of("17");
    let gone = json!({ "vm": vm, "action": "delete" });
    removed.panel.control("POST", "vm", &gone).unwrap();
    for mut w in [never, deleted, removed] {
        w.verb_on("suspend", "17").unwrap();
        w.verb_on("unsuspend", "17").unwrap();
    }
}

#[test]
fn unsuspend_starts_what_ran_although_the_panel_failed_once_at_telling_that_it_had_suspended() {
    for (mut rule, nth) in [
        (json!({ "kind": "html_500" }), 3),
        (json!({ "kind": "status", "status": 403 }), 3),
        (json!({ "kind": "html_500", "processed": true }), 2),
        (
            json!({ "kind": "redirect", "location": "https://localhost/login", "processed": true }),
            2,
        ),
        (json!({ "kind": "status", "status": 408, "processed": true }), 2),
    ] {
        let mut w = World::new().with_ready_vm("17");
        rule["match"] = json!({});
        rule["nth"] = json!(nth);
        w.panel.faults(&json!([rule])).unwrap();
        let first = w.verb_on("suspend", "17");
        w.panel.faults(&json!([])).unwrap();
        assert_eq!(w.living_vms()[0]["suspended"], json!(true), "{first:?}");
        w.advance(86_400);
        w.verb_on("suspend", "17").unwrap();
        w.advance(86_400);
        w.verb_on("unsuspend", "17").unwrap();
        w.advance(900);
        assert_eq!(w.living_vms()[0]["booted"], json!(true), "{rule}");
    }
}

#[test]
fn a_new_machine_knows_nothing_of_the_suspension_of_the_former_one() {
    let mut w = World::new().with_ready_vm("17");
    w.verb_on("suspend", "17").unwrap();
    let gone = json!({ "vm": w.vm_of("17"), "action": "delete" });
    w.panel.control("POST", "vm", &gone).unwrap();
    w.verb_on("unsuspend", "17").unwrap();
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let off = json!({ "vm": w.vm_of("17"), "action": "change", "booted": false });
    w.panel.control("POST", "vm", &off).unwrap();
    w.verb_on("unsuspend", "17").unwrap();
    w.advance(900);
    assert_eq!(w.living_vms()[0]["booted"], json!(false));
}

#[test]
fn a_server_setting_that_is_no_id_keeps_no_client_from_the_machine() {
    let mut w = World::new().with_ready_vm("17");
    let service = w.host.services.get_mut("17").unwrap();
    service["status"] = json!("Active");
    service["product"]["options"][0] = json!("cloud");
    for job in ["page", "stop", "bandwidth", "machines"] {
        let mut input = w.verb("17");
        input["caller"] = json!({ "kind": "client", "client_id": "7", "post": true, "token": true });
        w.run(&format!("onapp.{job}"), input).unwrap();
    }
}

#[test]
fn the_page_says_how_far_was_measured() {
    let mut w = World::new().with_ready_vm("17");
    w.advance(10 * 3600);
    w.run("onapp.collect", json!({})).unwrap();
    w.advance(10 * 3600);
    w.run("onapp.bill", json!({})).unwrap();
    let said = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap()["text"].to_string();
    assert!(said.contains("measured until 2026-01-01 09:00"), "{said}");
}

/// A panel of release 6.5 that was 5.3 when we asked it last, so many minutes ago; the product names plan 3.
fn upgraded(minutes: i64) -> World {
    let mut w = World::new();
    w.add_service("17");
    w.host.services.get_mut("17").unwrap()["product"]["options"][20] =
        json!("{\"role_ids\":[2],\"billing_plan\":\"3\"}");
    w.run("onapp.collect", json!({})).unwrap();
    let seen = w.now() - chrono::TimeDelta::minutes(minutes);
    let row = json!({ "module": "onapp", "server_id": "1", "address": "localhost", "version": "5.3.0",
                      "seen_at": seen.to_rfc3339_opts(chrono::SecondsFormat::Secs, true) });
    let put = json!({ "token": "t", "changes": [{ "kind": "put", "table": "mod_provisor_servers", "values": row }] });
    provisor::host::Port::answer(&mut w.host, "apply", &put).unwrap();
    w
}

fn release(w: &World) -> Vec<Value> {
    let rows = w.host.rows("mod_provisor_servers");
    rows.iter().map(|row| row["version"].clone()).collect()
}

fn plan_of_ada(w: &World) -> Value {
    let state = w.panel.state();
    let users = state["users"].as_array().unwrap();
    users.iter().find(|u| u["login"] == "ada@example.com").unwrap()["plan_id"].clone()
}

#[test]
fn an_order_after_an_upgrade_of_the_panel_is_made_as_the_new_release_wants_it() {
    let mut w = upgraded(11);
    w.verb_on("create", "17").unwrap();
    assert_eq!(plan_of_ada(&w), 3);
    assert_eq!(release(&w), ["6.5.0"]);
}

#[test]
fn test_connection_notes_the_release() {
    let mut w = upgraded(0);
    let server = w.host.servers["1"].clone();
    w.run("onapp.test_connection", json!({ "server": server })).unwrap();
    assert_eq!(release(&w), ["6.5.0"]);
    w.verb_on("create", "17").unwrap();
    assert_eq!(plan_of_ada(&w), 3);
    // A form that is not saved yet belongs to no server.
    let mut unsaved = w.host.servers["1"].clone();
    unsaved["id"] = json!("");
    w.run("onapp.test_connection", json!({ "server": unsaved })).unwrap();
    assert_eq!(release(&w).len(), 1);
}

#[test]
fn a_refused_order_makes_the_next_one_ask_for_the_release() {
    for (status, path) in [
        (400, "/users"),
        (422, "/users"),
        (404, "/virtual_machines"),
        (422, "/virtual_machines"),
    ] {
        let mut w = upgraded(0);
        let refused = json!([{ "kind": "status", "status": status, "count": 1,
                               "match": { "method": "POST", "path_prefix": path } }]);
        w.panel.faults(&refused).unwrap();
        w.verb_on("create", "17").unwrap_err();
        assert!(release(&w).is_empty(), "{status} at {path}");
        w.verb_on("create", "17").unwrap();
        assert_eq!(release(&w), ["6.5.0"]);
        assert_eq!(w.living_vms().len(), 1);
    }
}

#[test]
fn a_machine_is_found_by_its_key_whatever_staff_write_around_it() {
    for note in [
        "{key}, VIP",
        "VIP: {key}.",
        "(\"{key}\")",
        "{key}\nVIP",
        "old_{key};call first",
    ] {
        let mut w = World::new().with_ready_vm("17");
        let vm = w.living_vms()[0].clone();
        let note = note.replace("{key}", vm["admin_note"].as_str().unwrap());
        let path = format!("/virtual_machines/{}.json", vm["id"]);
        let body = json!({ "virtual_machine": { "admin_note": note } });
        assert_eq!(w.panel.call("PUT", &path, Some(&body)).0, 204);
        w.verb_on("suspend", "17").unwrap_or_else(|e| panic!("{note}: {e:?}"));
        w.advance(300);
        w.verb_on("terminate", "17").unwrap();
    }
    // A longer word is another key.
    let mut w = World::new().with_ready_vm("17");
    let vm = w.living_vms()[0].clone();
    let longer = format!("{}7", vm["admin_note"].as_str().unwrap());
    let path = format!("/virtual_machines/{}.json", vm["id"]);
    w.panel.call(
        "PUT",
        &path,
        Some(&json!({ "virtual_machine": { "admin_note": longer } })),
    );
    assert_eq!(w.verb_on("suspend", "17").unwrap_err().code, "onapp.vm_not_ours");
}

#[test]
fn a_panel_that_takes_no_passwords_is_not_said_to_have_made_a_user_by_itself() {
    use provisor::http::{Response, memory::MemoryTransport};
    let mut w = World::new();
    w.add_service("17");
    let (real, admin) = (w.env.clone(), w.panel.user.clone());
    w.env = provisor::module::Env {
        transport: std::sync::Arc::new(MemoryTransport::new(move |request| {
            if request.auth.as_ref().is_some_and(|auth| auth.user != admin) {
                return Ok(Response::new(401, b"HTTP Basic: Access denied.\n".to_vec()));
            }
            real.transport.send(request)
        })),
    };
    let cut = json!([{ "kind": "reset_after", "processed": true, "count": 1,
                       "match": { "method": "POST", "path_prefix": "/users" } }]);
    w.panel.faults(&cut).unwrap();
    for _ in 0..4 {
        let told = w.verb_on("create", "17").unwrap_err().message;
        assert!(!told.contains("did not make it"), "{told}");
        w.advance(700);
    }
    let told = w.verb_on("create", "17").unwrap_err();
    assert_eq!(told.code, "onapp.login_taken");
    assert!(told.message.contains("does not open with the password"), "{told:?}");
    assert!(told.message.contains("earlier attempt"), "{told:?}");
    let users = w.panel.state()["users"].as_array().unwrap().len();
    assert_eq!(users, 2, "the server's own and one of the client");
}

#[test]
fn whichever_job_comes_first_finds_our_tables() {
    let jobs = provisor::module::names().filter(|name| name.starts_with("onapp."));
    for job in jobs {
        for client in [false, true] {
            let mut w = World::new();
            w.add_service("17");
            w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
            let mut input = w.verb("17");
            input["service"]["password"] = json!({ "secret": "Typed-by-me_7" });
            let kind = if client { "client" } else { "staff" };
            input["caller"] = json!({ "kind": kind, "client_id": "7", "post": true, "token": true });
            for input in [
                input,
                json!({}),
                json!({ "service_id": "17" }),
                json!({ "client_id": "7" }),
            ] {
                if let Err(ended) = w.run(job, input) {
                    assert_ne!(ended.code, "host.table", "{job}: {}", ended.message);
                }
            }
        }
    }
}
