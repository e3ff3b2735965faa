//! Runs of the bill job after runs that were killed or failed, and at once: nothing is lost, nothing overtakes, and what is
//! shown before is what happens. The clock of the host may be wrong meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{LATER, Runner, World};
use serde_json::{Value, json};

/// Service 17 was terminated on the third day; its one period is over, measured and due.
fn terminated() -> World {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-01-03T00:00:00Z", 70_000);
    w.panel.advance(3 * 86_400);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.advance(31 * 86_400);
    w
}

/// Service 17 lives; its first two periods are over, measured and due.
fn two_months() -> World {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-03-04T00:00:00Z", 70_000);
    w.advance(63 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w
}

fn bill(w: &mut World) -> Value {
    w.run("onapp.bill", json!({})).unwrap()
}

fn log(w: &World, code: &str) -> Vec<String> {
    let of_code = w.host.logs.iter().filter(|entry| entry.code == code);
    of_code.map(|entry| entry.text.clone()).collect()
}

/// The references of the published invoices, in the order of their making.
fn published(w: &World) -> Vec<String> {
    let references = w.host.invoices.values().filter(|i| i["status"] != "Draft");
    references.map(|i| i["notes"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_last_bill_that_was_killed_anywhere_survives_a_run_that_comes_at_once() {
    let mut crashes = 0;
    for after in [false, true] {
        for k in 0.. {
            let mut w = terminated();
            if w.killed_at("onapp.bill", &json!({}), k, after).is_none() {
                assert!(k > 10, "{k}");
                break;
            }
            crashes += 1;
            bill(&mut w);
            w.advance(LATER);
            for _ in 0..2 {
                bill(&mut w);
            }
            assert_eq!(
                published(&w),
                ["[onapp-17-0]"],
                "after {after}, op {k}: {:?}",
                w.host.logs
            );
            assert_eq!(w.state_of("17"), "done");
        }
    }
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn a_last_bill_whose_invoice_was_refused_is_made_by_the_next_run_without_waiting_for_a_lease() {
    for op in ["invoice.draft", "invoice.publish", "invoice.get"] {
        let mut w = terminated();
        w.host.refused_ops.insert(op.into());
        assert_eq!(bill(&mut w)["failed"], json!(1), "{op}");
        w.host.refused_ops.clear();
        bill(&mut w);
        assert_eq!(published(&w), ["[onapp-17-0]"], "{op}: {:?}", w.host.logs);
    }
}

#[test]
fn no_period_overtakes_one_before_it_that_a_killed_run_still_holds() {
    let mut held = 0;
    for k in 0.. {
        let mut w = two_months();
        if w.killed_at("onapp.bill", &json!({}), k, false).is_none() {
            break;
        }
        bill(&mut w);
        held += usize::from(published(&w).is_empty());
        w.advance(LATER);
        bill(&mut w);
        assert_eq!(
            published(&w),
            ["[onapp-17-0]", "[onapp-17-1]"],
            "op {k}: {:?}",
            w.host.logs
        );
    }
    assert!(held > 0, "no kill left a period held");
}

#[test]
fn a_dry_run_shows_no_gap_that_the_real_run_would_still_read() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-02-01T00:00:00Z", 70_000);
    w.advance(15 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    // No cron for longer than a period waits for what is missing.
    w.advance(26 * 86_400);
    let shown = w.run("onapp.bill", json!({ "dry_run": true })).unwrap();
    assert_eq!(
        (&shown["planned"], &shown["waiting"]),
        (&json!([]), &json!(1)),
        "{shown}"
    );
    let told = shown["message"].as_str().unwrap();
    assert!(
        told.contains("run it without --dry-run first, which collects"),
        "{told}"
    );
    bill(&mut w);
    let content = w.host.rows("mod_provisor_periods")[0]["content"].as_str().unwrap();
    assert!(content.contains("\"gaps\":[]"), "{content}");
    assert_eq!(
        w.host.rows("mod_provisor_periods")[0]["billed_kb"],
        json!(w.true_kb().to_string())
    );
}

#[test]
fn a_dry_run_shows_the_gaps_that_the_real_run_bills_with_while_the_panel_is_away() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-02-01T00:00:00Z", 70_000);
    w.advance(15 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w.advance(26 * 86_400);
    let gone = provisor::http::memory::MemoryTransport::new(|_| {
        Err(provisor::http::SendError::unsent(provisor::http::Kind::Refused))
    });
    w.env.transport = std::sync::Arc::new(gone);
    let shown = w.run("onapp.bill", json!({ "dry_run": true })).unwrap();
    bill(&mut w);
    let content: Value =
        serde_json::from_str(w.host.rows("mod_provisor_periods")[0]["content"].as_str().unwrap()).unwrap();
    assert_ne!(content["gaps"], json!([]));
    assert_eq!(shown["planned"], json!([content]));
}

#[test]
fn a_rest_that_is_forgiven_or_carried_is_named_with_its_sum() {
    let priced = |mut w: World| {
        let product = &mut w.host.services.get_mut("17").unwrap()["product"];
        product["options"][23] = json!("<threshold>5000</threshold>");
        w
    };
    let mut w = priced(terminated());
    let report = bill(&mut w);
    assert_eq!(report["settled"], json!(1), "{report}");
    // 47 hours of 70 000 KB, less the included 1000 MB, at 0.02 a megabyte.
    let sum = "44.26";
    let rest = json!([{ "reference": "onapp-17-0", "total": sum, "currency": "USD",
                        "why": "final bill below the threshold" }]);
    assert_eq!(report["unbilled"], rest);
    let told = log(&w, "onapp.forgiven");
    assert!(
        told.len() == 1 && told[0].contains("44.26 USD") && told[0].contains("onapp-17-0"),
        "{told:?}"
    );
    bill(&mut w);
    assert_eq!(log(&w, "onapp.forgiven").len(), 1);

    let mut w = priced(two_months());
    let report = bill(&mut w);
    assert_eq!(report["unbilled"][0]["why"], json!("below the threshold"), "{report}");
    assert_ne!(report["unbilled"][0]["total"], json!("0.00"));
}

#[test]
fn a_draft_that_staff_cancelled_before_it_was_published_is_named() {
    let mut w = terminated();
    w.host.refused_ops.insert("invoice.publish".into());
    bill(&mut w);
    w.host.refused_ops.clear();
    w.host.invoices.values_mut().next().unwrap()["status"] = json!("Cancelled");
    let report = bill(&mut w);
    assert_eq!(report["unbilled"][0]["why"], json!("cancelled by staff"), "{report}");
    assert_eq!(log(&w, "onapp.cancelled").len(), 1);
}

/// Runs the crons' two jobs once while the host's clock is so many days ahead.
fn crons_ahead(w: &mut World, days: i64) {
    for job in ["onapp.collect", "onapp.bill"] {
        let now = w.now() + chrono::TimeDelta::days(days);
        let config = json!({ "v": 1, "job": job, "now": now.to_rfc3339(), "limits": {}, "input": {} });
        Runner::open(config.to_string().as_bytes(), w.env.clone()).finish(&mut w.host);
    }
}

#[test]
fn a_clock_that_was_ahead_for_one_run_while_another_billed_passes_over_no_later_period() {
    type Switch = fn(&mut World, bool);
    let switches: [(&str, Switch); 2] = [
        ("overages", |w, on| {
            let product = &mut w.host.services.get_mut("17").unwrap()["product"];
            product["overages"] = json!(if on { "1,MB,MB" } else { "" });
        }),
        ("whmcs", |w, on| {
            let product = &mut w.host.services.get_mut("17").unwrap()["product"];
            product["options"][23] = json!(if on { "" } else { "whmcs" });
        }),
    ];
    for (name, switch) in switches {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-10T00:00:00Z", "2026-03-04T00:00:00Z", 70_000);
        w.advance(9 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        bill(&mut w);
        switch(&mut w, false);
        crons_ahead(&mut w, 100);
        switch(&mut w, true);
        for _ in 0..55 {
            w.advance(86_400);
            w.run("onapp.collect", json!({})).unwrap();
            bill(&mut w);
        }
        let billed: u64 = (w.host.rows("mod_provisor_periods").iter())
            .map(|row| row["billed_kb"].as_str().unwrap().parse::<u64>().unwrap())
            .sum();
        // Two periods of 31 days; the traffic began in the first and lasted to the end of the second.
        assert_eq!(billed, (62 - 9) * 24 * 70_000, "{name}: {:?}", w.host.logs);
    }
}
