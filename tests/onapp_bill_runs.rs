//! Runs of the bill job after runs that were killed or failed, and at once: nothing is lost, nothing overtakes, and what is
//! shown before is what happens. The clock of the host may be wrong meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{LATER, Runner, World, at, transport};
use provisor::module::Env;
use serde_json::{Value, json};
use std::sync::Arc;

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
    let fresh = terminated();
    for after in [false, true] {
        for k in 0.. {
            let mut w = fresh.copy();
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
    let fresh = two_months();
    for k in 0.. {
        let mut w = fresh.copy();
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

/// To a moment, without any cron on the way.
fn to(w: &mut World, moment: &str) {
    let seconds = (at(moment) - w.now()).num_seconds();
    w.advance(seconds);
}

fn crons(w: &mut World) -> Value {
    w.run("onapp.settle", json!({})).unwrap();
    w.run("onapp.collect", json!({})).unwrap();
    bill(w)
}

/// Amount and text of every line of every invoice.
fn lines(w: &World) -> Vec<(String, String)> {
    let of = |invoice: &Value| invoice["lines"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pair = |line: Value| (text(&line["amount"]), text(&line["description"]));
    w.host.invoices.values().flat_map(of).map(pair).collect()
}

/// A last hour that OnApp first reports far too high: 8 000 000 KB of 9 000 000 are taken back after the bill.
fn billed_too_much() -> World {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", 70_000);
    w.panel.advance_to(at("2026-02-01T01:30:00Z")).unwrap();
    w.panel.add_traffic(vm, "2026-01-31T23:00:00Z", 9_000_000, 0).unwrap();
    to(&mut w, "2026-02-01T02:00:00Z");
    crons(&mut w);
    w.panel.add_traffic(vm, "2026-01-31T23:00:00Z", -8_000_000, 0).unwrap();
    to(&mut w, "2026-02-01T03:00:00Z");
    crons(&mut w);
    w
}

#[test]
fn a_correction_that_was_carried_is_explained_on_the_invoice_that_takes_it() {
    let mut w = billed_too_much();
    let vm = w.vm_of("17");
    to(&mut w, "2026-03-04T03:00:00Z");
    crons(&mut w);
    assert_eq!(w.host.invoices.len(), 1, "February is below zero and carried");
    w.traffic(vm, "2026-03-10T00:00:00Z", "2026-03-25T00:00:00Z", 70_000);
    to(&mut w, "2026-04-04T03:00:00Z");
    crons(&mut w);
    let all = lines(&w);
    let (amount, text) = all.iter().find(|(_, text)| text.starts_with("Carried over")).unwrap();
    // 8 000 000 KB / 1024 x 0.02, of what January billed before.
    assert_eq!(amount, "-156.25");
    for part in ["- Correction of onapp-17-0", "Billed before: ", "KB", "= -156.25 USD"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn months_that_were_carried_are_all_explained_on_the_invoice_that_takes_them() {
    let mut w = World::new().with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T01:00:00Z", "2026-06-01T00:00:00Z", 3000);
    w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!("<threshold>60</threshold>");
    for moment in ["2026-02-01T03:00:00Z", "2026-03-04T03:00:00Z", "2026-04-04T03:00:00Z"] {
        to(&mut w, moment);
        crons(&mut w);
    }
    let all = lines(&w);
    let (_, text) = all.iter().find(|(_, text)| text.starts_with("Carried over")).unwrap();
    assert_eq!(text.matches("\n- ").count(), 2, "{text}");
    assert!(
        text.contains("Reference: onapp-17-0 = ") && text.contains("Reference: onapp-17-1 = "),
        "{text}"
    );
}

#[test]
fn a_credit_names_the_lines_that_it_is_made_of_and_staff_hear_of_it() {
    let mut w = billed_too_much();
    to(&mut w, "2026-02-05T03:00:00Z");
    w.verb_on("terminate", "17").unwrap();
    for moment in ["2026-02-06T03:00:00Z", "2026-03-04T03:00:00Z"] {
        to(&mut w, moment);
        crons(&mut w);
    }
    let told = format!("{:?}", w.host.credits);
    assert!(
        told.contains("Correction of onapp-17-0") && told.contains("-156.25 USD"),
        "{told}"
    );
    assert_eq!(log(&w, "onapp.credited").len(), 1);
}

#[test]
fn a_service_that_was_made_anew_on_another_server_with_the_same_ids_is_billed_on() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-02T00:00:00Z", "2026-01-04T00:00:00Z", 70_000);
    w.panel.advance_to(at("2026-01-05T03:00:00Z")).unwrap();
    w.host.clock = w.now();
    crons(&mut w);
    // Somebody deletes the machine at OnApp; the cloud is full for a new one.
    w.panel.call("DELETE", &format!("/virtual_machines/{vm}.json"), None);
    w.advance(900);
    let full =
        json!([{ "kind": "status", "status": 422, "match": { "method": "POST", "path_prefix": "/virtual_machines" } }]);
    w.panel.faults(&full).unwrap();
    assert!(w.verb_on("create", "17").is_err());
    let second = World::new();
    second.panel.advance_to(w.now()).unwrap();
    let mut record = w.host.servers["1"].clone();
    record["id"] = json!("2");
    record["hostname"] = json!("127.0.0.1");
    record["password"] = json!({ "secret": second.panel.password });
    w.host.servers.insert("2".into(), record);
    w.host.services.get_mut("17").unwrap()["product"]["options"][0] = json!("2");
    w.panel = second.panel.clone();
    w.env = Env {
        transport: Arc::new(transport(second.panel)),
    };
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.vm_of("17"), vm, "small ids repeat");
    w.advance(900);
    crons(&mut w);
    w.traffic(vm, "2026-01-06T00:00:00Z", "2026-04-01T00:00:00Z", 9000);
    for moment in ["2026-02-01T03:00:00Z", "2026-02-09T03:00:00Z", "2026-03-20T03:00:00Z"] {
        to(&mut w, moment);
        crons(&mut w);
    }
    assert_eq!(published(&w), ["[onapp-17-0]", "[onapp-17-1]"], "{:?}", w.host.logs);
    assert!(
        w.host
            .rows("mod_provisor_resources")
            .iter()
            .all(|row| row["closed_at"].is_null() == (row["server_id"] == json!("2"))),
        "{:?}",
        w.host.rows("mod_provisor_resources")
    );
}

#[test]
fn a_draft_in_a_currency_that_the_client_no_longer_pays_in_is_never_published() {
    let currency = |code: &str| json!({ "code": code, "digits": 0, "rate": "150.00000", "prefix": "", "suffix": "" });
    // Killed when the draft is stored, or before it is published; or WHMCS refuses to publish it.
    for (op, stored) in [("invoice.draft", true), ("invoice.publish", false), ("", false)] {
        let mut w = two_months();
        w.host.services.get_mut("17").unwrap()["currency"] = currency("JPY");
        if op.is_empty() {
            w.host.refused_ops.insert("invoice.publish".into());
            bill(&mut w);
            w.host.refused_ops.clear();
        } else {
            let mut killed = Runner::start(&w, "onapp.bill", &json!({}));
            while killed.op() != op {
                killed.answer(&mut w.host);
            }
            if stored {
                killed.answer(&mut w.host);
            }
        }
        w.host.services.get_mut("17").unwrap()["currency"] = currency("EUR");
        w.advance(LATER);
        bill(&mut w);
        assert_eq!(log(&w, "onapp.parked").len(), 1, "{op}: {:?}", w.host.logs);
        let first = w.host.invoices.values().next().unwrap();
        assert_eq!(first["status"], "Draft", "{op}");
        assert!(first["notes"].as_str().unwrap().starts_with("Not to be published:"));
        assert_eq!(published(&w), ["[onapp-17-1]"], "the second month is planned in euros");
    }
}

#[test]
fn a_draft_is_found_again_although_the_clock_that_planned_it_was_ahead() {
    let mut w = two_months();
    let ahead = w.now() + chrono::TimeDelta::days(4);
    let config = json!({ "v": 1, "job": "onapp.bill", "now": ahead.to_rfc3339(), "limits": {}, "input": {} });
    let mut first = Runner::open(config.to_string().as_bytes(), w.env.clone());
    while first.op() != "invoice.draft" {
        first.answer(&mut w.host);
    }
    drop(first);
    w.advance(LATER);
    let mut second = Runner::start(&w, "onapp.bill", &json!({}));
    while second.op() != "invoice.draft" {
        second.answer(&mut w.host);
    }
    // Killed when the draft is stored.
    second.answer(&mut w.host);
    drop(second);
    w.advance(LATER);
    bill(&mut w);
    let drafts = w.host.invoices.values().filter(|i| i["status"] == "Draft").count();
    assert_eq!((drafts, published(&w).len()), (0, 2), "{:?}", w.host.invoices);
}

/// All clocks at once, for one run: one source of time serves them.
fn collect_ahead(w: &mut World, hours: i64, database_too: bool) {
    let by = chrono::TimeDelta::hours(hours);
    let good = w.env.clone();
    let real = good.clone();
    w.env = Env {
        transport: Arc::new(provisor::http::memory::MemoryTransport::new(move |asked| {
            let mut answer = real.transport.send(asked)?;
            for (name, value) in &mut answer.headers {
                if name.eq_ignore_ascii_case("date") {
                    let there = chrono::DateTime::parse_from_rfc2822(value).unwrap() + by;
                    *value = there.to_rfc2822();
                }
            }
            Ok(answer)
        })),
    };
    let clock = w.host.clock;
    if database_too {
        w.host.clock += by;
    }
    let ahead = (w.now() + by).to_rfc3339();
    let config = json!({ "v": 1, "job": "onapp.collect", "now": ahead, "limits": {}, "input": {} });
    Runner::open(config.to_string().as_bytes(), w.env.clone()).finish(&mut w.host);
    (w.env, w.host.clock) = (good, clock);
}

#[test]
fn host_and_panel_that_are_ahead_together_lose_no_hour() {
    for (hours, database_too) in [(5, false), (20, false), (48, false), (48, true), (24 * 20, true)] {
        let mut w = World::new().with_ready_vm("17");
        w.traffic(w.vm_of("17"), "2026-01-02T00:00:00Z", "2026-01-30T00:00:00Z", 3000);
        w.advance(5 * 86_400);
        w.run("onapp.collect", json!({})).unwrap();
        w.advance(7200);
        collect_ahead(&mut w, hours, database_too);
        for _ in 0..30 {
            w.advance(24 * 3600);
            w.run("onapp.collect", json!({})).unwrap();
        }
        bill(&mut w);
        let row = w.host.rows("mod_provisor_periods")[0];
        assert_eq!(
            row["billed_kb"],
            json!(w.true_kb().to_string()),
            "{hours} {database_too}: {:?}",
            w.host.logs
        );
        assert!(log(&w, "onapp.clock_was_ahead").len() <= 1);
    }
}

#[test]
fn a_period_of_a_client_who_was_deleted_is_set_aside_and_counts_as_failed_once() {
    let mut w = two_months();
    w.host.refused_ops.insert("invoice.draft".into());
    bill(&mut w);
    w.host.refused_ops.clear();
    w.host.services.clear();
    w.host.clients.clear();
    w.advance(LATER);
    let told = bill(&mut w);
    assert_eq!((&told["parked"], &told["failed"]), (&json!(1), &json!(1)));
    assert!(log(&w, "onapp.parked")[0].contains("was deleted in the billing panel"));
    assert_eq!(bill(&mut w)["failed"], json!(0));
}

#[test]
fn a_service_that_staff_call_ended_and_whose_machine_lives_is_named_once_a_day() {
    for status in ["Terminated", "Cancelled", "Fraud"] {
        let mut w = World::new().with_ready_vm("17");
        w.host.services.get_mut("17").unwrap()["status"] = json!(status);
        for _ in 0..2 {
            crons(&mut w);
        }
        assert_eq!(log(&w, "onapp.over_and_alive").len(), 1, "{status}");
    }
}

/// A process that was frozen longer than its claim lasts, between the host's answer and the next step.
#[test]
fn a_runner_that_slept_longer_than_its_claim_asks_for_nothing_any_more() {
    let ready = || {
        let mut w = World::new();
        w.add_service("17");
        let mut config: Value = serde_json::from_slice(&w.config("onapp.create", &w.verb("17"))).unwrap();
        config["limits"]["lease_seconds"] = json!(1);
        let runner = Runner::open(config.to_string().as_bytes(), w.env.clone());
        (w, runner)
    };
    let (mut w, mut runner) = ready();
    let mut ops = 0;
    while w.living_vms().is_empty() {
        runner.answer(&mut w.host);
        ops += 1;
    }
    // The answer after which the machine would be asked for comes late.
    let (mut w, mut sleeper) = ready();
    for _ in 1..ops {
        sleeper.answer(&mut w.host);
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    sleeper.answer(&mut w.host);
    let (class, told) = sleeper.ended.unwrap();
    assert_eq!((class, &told["error"]["code"]), (-204, &json!("session.too_late")));
    assert!(w.living_vms().is_empty());
    w.advance(LATER);
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.living_vms().len(), 1);
}

#[test]
fn a_term_that_the_host_did_not_tell_is_never_taken_for_zero() {
    let sum = |w: &World| w.host.invoices.values().map(|i| i["total"].clone()).collect::<Vec<_>>();
    let mut whole = two_months();
    bill(&mut whole);
    let expected = sum(&whole);
    assert!(!expected.is_empty());
    for (part, name) in [
        ("product", "overages"),
        ("product", "bw_limit"),
        ("product", "bw_price"),
        ("currency", "digits"),
        ("currency", "code"),
        ("currency", "rate"),
    ] {
        for mistyped in [false, true] {
            let mut w = two_months();
            let told = w.host.services["17"][part].clone();
            let fields = w.host.services.get_mut("17").unwrap()[part].as_object_mut().unwrap();
            let value = fields.remove(name).unwrap();
            if mistyped {
                fields.insert(format!("{name}_"), value);
            }
            let failed = w
                .run("onapp.bill", json!({}))
                .map_or(1, |said| said["failed"].as_u64().unwrap());
            assert_eq!((failed, w.host.invoices.len()), (1, 0), "{part}.{name}");
            // Told in full, it is billed as it would have been.
            w.host.services.get_mut("17").unwrap()[part] = told;
            bill(&mut w);
            assert_eq!(sum(&w), expected, "{part}.{name}");
        }
    }
    let mut w = two_months();
    w.host.services.get_mut("17").unwrap()["currency"]["digits"] = json!(9);
    assert_eq!(bill(&mut w)["failed"], 1);
    assert!(w.host.invoices.is_empty());
}
