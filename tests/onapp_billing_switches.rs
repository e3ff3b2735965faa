//! Who bills, when staff change their mind: no hour is billed twice, none is dropped without a word, and a dry run tells
//! what the real run does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::World;
use serde_json::{Value, json};

const KB_PER_HOUR: u64 = 3000;

/// A service whose VM moves the same amount each hour of the first three months.
fn steady() -> World {
    let w = World::new().with_ready_vm("17");
    w.traffic(
        w.vm_of("17"),
        "2026-01-01T01:00:00Z",
        "2026-04-01T00:00:00Z",
        KB_PER_HOUR,
    );
    w
}

fn to(w: &mut World, moment: &str) {
    w.panel.advance_to(common::at(moment)).unwrap();
}

fn cron(w: &mut World) {
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
}

fn slot24(w: &mut World, text: &str) {
    w.host.services.get_mut("17").unwrap()["product"]["options"][23] = json!(text);
}

fn overages(w: &mut World, on: bool) {
    let text = if on { "1,MB,MB" } else { ",MB,MB" };
    w.host.services.get_mut("17").unwrap()["product"]["overages"] = json!(text);
}

fn logged(w: &World, code: &str) -> usize {
    w.host.logs.iter().filter(|l| l.code == code).count()
}

fn shown_mb(w: &World) -> u64 {
    w.host.fields["17"]["bw_usage"].as_str().unwrap().parse().unwrap()
}

/// Whole MB of so many hours.
fn mb(hours: u64) -> u64 {
    (hours * KB_PER_HOUR + 512) / 1024
}

#[test]
fn hours_that_the_module_billed_are_never_told_to_whmcs() {
    let mut w = steady();
    // The first period is 2026-01-01 to 2026-02-01; the second ends on 2026-03-04.
    to(&mut w, "2026-03-04T03:00:00Z");
    cron(&mut w);
    assert_eq!(w.host.invoices.len(), 2);
    slot24(&mut w, "<billing>whmcs</billing>");
    to(&mut w, "2026-03-06T02:00:00Z");
    cron(&mut w);
    // 2026-03-04 00:00 to 2026-03-06 01:00, not from the first of March.
    assert_eq!(shown_mb(&w), mb(49));
}

#[test]
fn whmcs_is_told_its_own_calendar_month_whatever_the_billing_zone_is() {
    let mut w = steady();
    slot24(&mut w, "<billing>whmcs</billing><zone>Asia/Tokyo</zone>");
    w.host.settings["time_zone"] = json!("UTC");
    // In Tokyo it is February already; WHMCS closes January.
    to(&mut w, "2026-01-31T16:00:00Z");
    cron(&mut w);
    assert_eq!(shown_mb(&w), mb(30 * 24 + 15 - 1));
}

#[test]
fn a_period_that_ended_while_the_module_billed_is_billed_whatever_the_product_says_when_the_panel_is_back() {
    for off in ["overages", "whmcs"] {
        let mut w = steady();
        to(&mut w, "2026-02-01T03:00:00Z");
        w.panel
            .faults(&json!([{ "kind": "status", "status": 503, "match": { "path_prefix": "/" } }]))
            .unwrap();
        cron(&mut w);
        match off {
            "overages" => overages(&mut w, false),
            _ => slot24(&mut w, "whmcs"),
        }
        to(&mut w, "2026-02-03T00:00:00Z");
        cron(&mut w);
        overages(&mut w, true);
        slot24(&mut w, "");
        w.panel.faults(&json!([])).unwrap();
        to(&mut w, "2026-02-03T05:00:00Z");
        cron(&mut w);
        assert_eq!(w.host.invoices.len(), 1, "{off}: {:?}", w.host.logs);
        let billed = w.host.rows("mod_provisor_periods")[0]["billed_kb"].clone();
        assert_eq!(billed, json!((KB_PER_HOUR * (31 * 24 - 1)).to_string()), "{off}");
    }
}

#[test]
fn a_box_unticked_by_mistake_in_the_middle_of_a_period_costs_nothing() {
    let mut w = steady();
    to(&mut w, "2026-01-20T00:00:00Z");
    cron(&mut w);
    overages(&mut w, false);
    to(&mut w, "2026-01-21T00:00:00Z");
    cron(&mut w);
    overages(&mut w, true);
    to(&mut w, "2026-02-01T03:00:00Z");
    cron(&mut w);
    let billed = w.host.rows("mod_provisor_periods")[0]["billed_kb"].clone();
    assert_eq!(billed, json!((KB_PER_HOUR * (31 * 24 - 1)).to_string()));
}

#[test]
fn a_period_that_ends_while_nobody_bills_is_not_billed_later_and_that_is_said() {
    let mut w = steady();
    to(&mut w, "2026-01-20T00:00:00Z");
    cron(&mut w);
    overages(&mut w, false);
    to(&mut w, "2026-02-10T00:00:00Z");
    cron(&mut w);
    assert_eq!(logged(&w, "onapp.not_billed"), 1);
    overages(&mut w, true);
    to(&mut w, "2026-03-04T03:00:00Z");
    cron(&mut w);
    assert_eq!(w.host.invoices.len(), 1);
    assert_eq!(
        w.host.rows("mod_provisor_periods")[0]["start_at"],
        json!("2026-02-01T00:00:00Z")
    );
}

/// A billed period of which the panel then takes a large hour back.
fn corrected(status: &str) -> World {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", 70_000);
    w.panel.advance_to(common::at("2026-02-01T01:30:00Z")).unwrap();
    w.panel.add_traffic(vm, "2026-01-31T23:00:00Z", 9_000_000, 0).unwrap();
    to(&mut w, "2026-02-01T02:00:00Z");
    cron(&mut w);
    assert_eq!(w.host.invoices.len(), 1, "{:?}", w.host.logs);
    w.panel.add_traffic(vm, "2026-01-31T23:00:00Z", -8_000_000, 0).unwrap();
    for invoice in w.host.invoices.values_mut() {
        invoice["status"] = json!(status);
    }
    to(&mut w, "2026-02-01T03:00:00Z");
    cron(&mut w);
    w.traffic(vm, "2026-02-10T00:00:00Z", "2026-02-12T00:00:00Z", 70_000);
    w
}

#[test]
fn a_correction_of_an_invoice_that_no_longer_stands_is_neither_charged_nor_credited() {
    for status in ["Cancelled", "Refunded"] {
        let mut w = corrected(status);
        to(&mut w, "2026-03-04T03:00:00Z");
        w.run("onapp.collect", json!({})).unwrap();
        let dry = w.run("onapp.bill", json!({ "dry_run": true })).unwrap();
        w.run("onapp.bill", json!({})).unwrap();
        let second = w
            .host
            .rows("mod_provisor_periods")
            .into_iter()
            .find(|p| p["period"] == "1")
            .unwrap();
        let plan: Value = serde_json::from_str(second["content"].as_str().unwrap()).unwrap();
        assert_eq!(plan["lines"].as_array().unwrap().len(), 1, "{status}: {plan}");
        assert_eq!(dry["planned"][0], plan, "{status}");
        assert!(logged(&w, "onapp.correction_dropped") >= 1, "{status}");
        let before = logged(&w, "onapp.correction_dropped");
        cron(&mut w);
        assert_eq!(logged(&w, "onapp.correction_dropped"), before, "{status}: said once");
    }
    let mut w = corrected("Paid");
    to(&mut w, "2026-03-04T03:00:00Z");
    cron(&mut w);
    assert_eq!(logged(&w, "onapp.correction_dropped"), 0);
    let second = w
        .host
        .rows("mod_provisor_periods")
        .into_iter()
        .find(|p| p["period"] == "1")
        .unwrap();
    let plan: Value = serde_json::from_str(second["content"].as_str().unwrap()).unwrap();
    assert_eq!(
        plan["lines"].as_array().unwrap().len(),
        2,
        "the correction of an invoice that stands is billed"
    );
}

#[test]
fn a_dry_run_leaves_out_what_the_real_run_sets_aside() {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 42_752); // 0.04: carried
    w.traffic(vm, "2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z", 70_000);
    to(&mut w, "2026-02-01T03:00:00Z");
    cron(&mut w);
    w.host.services.get_mut("17").unwrap()["currency"]["code"] = json!("EUR");
    to(&mut w, "2026-03-04T03:00:00Z");
    w.run("onapp.collect", json!({})).unwrap();
    let dry = w.run("onapp.bill", json!({ "dry_run": true })).unwrap();
    assert_eq!(dry["failed"], json!(0));
    w.run("onapp.bill", json!({})).unwrap();
    let second = w
        .host
        .rows("mod_provisor_periods")
        .into_iter()
        .find(|p| p["period"] == "1")
        .unwrap();
    let plan: Value = serde_json::from_str(second["content"].as_str().unwrap()).unwrap();
    assert_eq!(dry["planned"], json!([plan]));
}

#[test]
fn a_dry_run_shows_what_an_interrupted_run_planned() {
    let mut shown = 0;
    let mut fresh = steady();
    to(&mut fresh, "2026-02-01T03:00:00Z");
    fresh.run("onapp.collect", json!({})).unwrap();
    for k in 0.. {
        let mut w = fresh.copy();
        if w.killed_at("onapp.bill", &json!({}), k, true).is_none() {
            break;
        }
        let before = w.host.invoices_with("Unpaid").len();
        let dry = w.run("onapp.bill", json!({ "dry_run": true })).unwrap();
        w.advance(common::LATER);
        w.run("onapp.bill", json!({})).unwrap();
        let published = w.host.invoices_with("Unpaid").len() - before;
        let row = &w.host.rows("mod_provisor_periods")[0];
        let plan: Value = serde_json::from_str(row["content"].as_str().unwrap()).unwrap();
        if published == 1 {
            assert_eq!(dry["planned"], json!([plan]), "killed after op {k}");
            shown += 1;
        }
    }
    assert!(shown > 3, "{shown}");
}

#[test]
fn a_typing_error_in_slot_24_stops_the_order_and_the_bill() {
    for wrong in [
        "<kb>1000",
        "<threshold>50",
        "<billing>whmcs",
        "whmsc",
        "whmsc <kb>1000</kb>",
    ] {
        let mut w = World::new();
        w.add_service("17");
        slot24(&mut w, wrong);
        assert_eq!(
            w.verb_on("create", "17").unwrap_err().code,
            "onapp.product_option",
            "{wrong}"
        );
        let mut w = steady();
        slot24(&mut w, wrong);
        to(&mut w, "2026-02-01T03:00:00Z");
        cron(&mut w);
        assert!(w.host.invoices.is_empty(), "{wrong}");
        assert!(logged(&w, "onapp.product_option") > 0, "{wrong}");
        slot24(&mut w, "whmcs <unknown>x</unknown>");
        let mut w = steady();
        slot24(&mut w, "<unknown>x</unknown> <kb>1000</kb>");
        to(&mut w, "2026-02-01T03:00:00Z");
        cron(&mut w);
        assert_eq!(w.host.invoices.len(), 1);
    }
}

#[test]
fn a_period_set_aside_is_named_with_its_sum_and_what_to_do() {
    let mut w = steady();
    to(&mut w, "2026-02-01T03:00:00Z");
    w.run("onapp.collect", json!({})).unwrap();
    // Killed when the plan is stored; then the client's currency changes.
    let fresh = w;
    for k in 0.. {
        let mut w = fresh.copy();
        w.killed_at("onapp.bill", &json!({}), k, true)
            .expect("a plan is stored before the run ends");
        let rows = w.host.rows("mod_provisor_periods");
        if !rows.iter().any(|row| row["state"] == "planned") {
            continue;
        }
        w.host.services.get_mut("17").unwrap()["currency"]["code"] = json!("EUR");
        w.advance(common::LATER);
        w.run("onapp.bill", json!({})).unwrap();
        let said = w
            .host
            .logs
            .iter()
            .find(|l| l.code == "onapp.parked")
            .unwrap()
            .text
            .clone();
        for word in ["onapp-17-0", "23.54 USD", "2026-01-01", "2026-02-01", "by hand"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        return;
    }
}

/// A billed period of which the panel took a large hour back; nothing was cancelled.
fn owed_back() -> World {
    corrected("Paid")
}

#[test]
fn what_a_former_client_owes_or_is_owed_is_never_put_on_the_next_clients_bill() {
    // The former client is still there.
    let former = json!({ "id": "7", "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace" });
    let mut w = owed_back();
    w.host.clients.insert("7".into(), former.clone());
    w.host.services.get_mut("17").unwrap()["client_id"] = json!("8");
    w.host.services.get_mut("17").unwrap()["client"]["id"] = json!("8");
    to(&mut w, "2026-03-04T03:00:00Z");
    cron(&mut w);
    let second = w
        .host
        .rows("mod_provisor_periods")
        .into_iter()
        .find(|p| p["period"] == "1")
        .unwrap();
    let plan: Value = serde_json::from_str(second["content"].as_str().unwrap()).unwrap();
    assert_eq!(plan["lines"].as_array().unwrap().len(), 1, "{plan}");
    assert_eq!(logged(&w, "onapp.client_changed"), 1);
    // The same for a sum that was carried.
    let mut w = World::new().with_ready_vm("17");
    w.host.clients.insert("7".into(), former);
    w.traffic(w.vm_of("17"), "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 42_752);
    w.traffic(w.vm_of("17"), "2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z", 70_000);
    to(&mut w, "2026-02-01T03:00:00Z");
    cron(&mut w);
    w.host.services.get_mut("17").unwrap()["client_id"] = json!("8");
    to(&mut w, "2026-03-04T03:00:00Z");
    cron(&mut w);
    let invoices = w.host.invoices_with("Unpaid");
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["lines"].as_array().unwrap().len(), 1);
    assert_eq!(logged(&w, "onapp.client_changed"), 1);
}

#[test]
fn a_correction_that_no_further_bill_can_take_along_is_said_before_the_service_is_done() {
    let mut w = owed_back();
    overages(&mut w, false);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    for day in ["2026-02-03", "2026-02-20", "2026-03-10", "2026-04-20"] {
        to(&mut w, &format!("{day}T00:00:00Z"));
        w.run("onapp.settle", json!({})).unwrap();
        cron(&mut w);
    }
    assert_eq!(logged(&w, "onapp.correction_dropped"), 1, "{:?}", w.host.logs);
    assert_eq!(w.state_of("17"), "done");
}

#[test]
fn a_terminated_service_whose_product_never_billed_ends_and_stops_being_told_of() {
    for how in ["", "whmcs"] {
        let mut w = steady();
        overages(&mut w, false);
        slot24(&mut w, how);
        to(&mut w, "2026-01-10T00:00:00Z");
        w.verb_on("terminate", "17").unwrap();
        w.advance(900);
        for month in ["02", "03", "04", "05", "06"] {
            to(&mut w, &format!("2026-{month}-20T00:00:00Z"));
            w.run("onapp.settle", json!({})).unwrap();
            cron(&mut w);
        }
        assert_eq!(w.state_of("17"), "done", "{how}");
        assert!(logged(&w, "onapp.not_billed") <= 2, "{how}: {:?}", w.host.logs);
    }
}

#[test]
fn a_product_that_another_module_serves_now_is_not_billed_by_this_one() {
    let mut w = steady();
    to(&mut w, "2026-01-20T00:00:00Z");
    cron(&mut w);
    w.host.services.get_mut("17").unwrap()["product"]["module"] = json!("cpanel");
    let before = w.host.fields["17"].clone();
    to(&mut w, "2026-02-03T00:00:00Z");
    cron(&mut w);
    cron(&mut w);
    assert!(w.host.invoices.is_empty());
    assert_eq!(
        w.host.fields["17"], before,
        "its usage columns belong to the other module"
    );
    assert_eq!(logged(&w, "onapp.other_module"), 1);
    w.host.services.get_mut("17").unwrap()["product"]["module"] = json!("onapp");
    assert_eq!(
        logged(&w, "onapp.not_billed"),
        1,
        "the period that ended meanwhile is named"
    );
    to(&mut w, "2026-03-05T00:00:00Z");
    cron(&mut w);
    assert_eq!(
        w.host.invoices.len(),
        1,
        "the period that ended after it was moved back is billed"
    );
    assert_eq!(
        w.host.rows("mod_provisor_periods")[0]["start_at"],
        json!("2026-02-01T00:00:00Z")
    );
}

#[test]
fn a_service_made_anew_shows_its_usage_at_once() {
    let mut w = steady();
    to(&mut w, "2026-01-10T00:00:00Z");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    to(&mut w, "2026-02-02T00:00:00Z");
    for _ in 0..2 {
        w.run("onapp.settle", json!({})).unwrap();
        cron(&mut w);
    }
    assert_eq!(w.state_of("17"), "done");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.traffic(
        w.vm_of("17"),
        "2026-02-03T00:00:00Z",
        "2026-02-04T00:00:00Z",
        KB_PER_HOUR,
    );
    to(&mut w, "2026-02-05T00:00:00Z");
    cron(&mut w);
    let said = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap()["text"].to_string();
    assert!(
        said.contains("70 MB") && said.contains("until 2026-02-04 23:00"),
        "{said}"
    );
}

#[test]
fn a_service_deleted_before_its_last_bill_is_named_once() {
    let mut w = steady();
    to(&mut w, "2026-01-10T00:00:00Z");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.host.services.remove("17");
    to(&mut w, "2026-02-02T00:00:00Z");
    cron(&mut w);
    cron(&mut w);
    assert_eq!(logged(&w, "onapp.final_bill_lost"), 1, "{:?}", w.host.logs);
}

#[test]
fn a_dry_run_shows_an_interrupted_bill_although_billing_is_off_now() {
    let mut fresh = steady();
    to(&mut fresh, "2026-02-01T03:00:00Z");
    fresh.run("onapp.collect", json!({})).unwrap();
    for k in 0..200 {
        let mut w = fresh.copy();
        w.killed_at("onapp.bill", &json!({}), k, true)
            .expect("a bill is drafted");
        if !w
            .host
            .rows("mod_provisor_periods")
            .iter()
            .any(|p| p["state"] == "drafting")
        {
            continue;
        }
        overages(&mut w, false);
        let dry = w.run("onapp.bill", json!({ "dry_run": true })).unwrap();
        assert_eq!(dry["planned"].as_array().unwrap().len(), 1);
        w.advance(common::LATER);
        w.run("onapp.bill", json!({})).unwrap();
        assert_eq!(w.host.invoices_with("Unpaid").len(), 1);
        return;
    }
    panic!("no kill left a period in drafting");
}

#[test]
fn a_service_deleted_after_its_last_bill_is_not_called_unbilled() {
    let mut w = steady();
    to(&mut w, "2026-01-10T00:00:00Z");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    to(&mut w, "2026-02-02T00:00:00Z");
    w.run("onapp.settle", json!({})).unwrap();
    cron(&mut w);
    assert_eq!(w.host.rows("mod_provisor_periods").len(), 1);
    w.host.services.remove("17");
    cron(&mut w);
    assert_eq!(logged(&w, "onapp.final_bill_lost"), 0, "{:?}", w.host.logs);
}

#[test]
fn a_carried_sum_that_no_bill_takes_along_any_more_is_said() {
    let mut w = steady();
    slot24(&mut w, "<threshold>500</threshold>");
    to(&mut w, "2026-02-01T03:00:00Z");
    cron(&mut w);
    slot24(&mut w, "whmcs");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    for day in ["2026-02-10", "2026-03-20", "2026-03-21"] {
        to(&mut w, &format!("{day}T00:00:00Z"));
        w.run("onapp.settle", json!({})).unwrap();
        cron(&mut w);
    }
    assert_eq!(w.state_of("17"), "done");
    assert_eq!(logged(&w, "onapp.carried_left"), 1, "{:?}", w.host.logs);
    assert!(w.host.logs.iter().any(|l| l.text.contains("23.54 USD")));
}

/// The daily cron at three o'clock, from one day of January to the last (32: the first of February).
fn daily(w: &mut World, from: i64, to_day: i64) {
    for day in from..=to_day {
        w.panel
            .advance_to(common::at("2026-01-01T03:00:00Z") + chrono::TimeDelta::days(day - 1))
            .unwrap();
        cron(w);
    }
}

/// A service registered in the middle of January, whose VM moves the same amount each hour until April.
fn mid_month() -> World {
    let mut w = World::new();
    w.add_service("17");
    w.host.services.get_mut("17").unwrap()["reg_date"] = json!("2026-01-15");
    to(&mut w, "2026-01-15T00:10:00Z");
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    w.traffic(
        w.vm_of("17"),
        "2026-01-15T01:00:00Z",
        "2026-05-01T00:00:00Z",
        KB_PER_HOUR,
    );
    w
}

/// Start, end and KB of each period that has a row.
fn billed(w: &World) -> Vec<(String, String, u64)> {
    w.host
        .rows("mod_provisor_periods")
        .iter()
        .map(|p| {
            let cell = |name: &str| p[name].as_str().unwrap().to_owned();
            (cell("start_at"), cell("end_at"), cell("billed_kb").parse().unwrap())
        })
        .collect()
}

fn said(w: &World, code: &str) -> String {
    w.host
        .logs
        .iter()
        .filter(|l| l.code == code)
        .map(|l| l.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_whmcs_was_told_of_its_open_month_is_billed_by_the_module_when_that_bills_again() {
    let mut w = steady();
    slot24(&mut w, "whmcs");
    daily(&mut w, 2, 20);
    assert!(shown_mb(&w) > 1000);
    slot24(&mut w, "");
    daily(&mut w, 21, 31);
    assert!(shown_mb(&w) <= 1000, "WHMCS closes January and bills nothing");
    let page = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap()["text"].to_string();
    assert!(page.contains("since 2026-01-01 00:00"), "{page}");
    assert!(page.contains("of 1000 MB included"), "{page}");
    daily(&mut w, 32, 33);
    let january = (
        "2026-01-01T00:00:00Z".into(),
        "2026-02-01T00:00:00Z".into(),
        KB_PER_HOUR * (31 * 24 - 1),
    );
    assert_eq!(billed(&w), [january]);
    assert_eq!(logged(&w, "onapp.not_billed"), 0, "{:?}", w.host.logs);
    let told = said(&w, "onapp.biller_changed");
    assert_eq!(logged(&w, "onapp.biller_changed"), 1, "{told}");
    assert!(told.contains("17") && told.contains("2026-01-01"), "{told}");
}

#[test]
fn after_whmcs_closed_its_month_the_module_goes_on_where_whmcs_was_told_to() {
    let mut w = steady();
    slot24(&mut w, "whmcs");
    // The cron then stands still over the end of the month.
    daily(&mut w, 2, 30);
    let closing = shown_mb(&w);
    assert_eq!(closing, mb(29 * 24 + 1), "2026-01-01 01:00 to 2026-01-30 02:00");
    slot24(&mut w, "");
    to(&mut w, "2026-02-03T03:00:00Z");
    w.run("onapp.collect", json!({})).unwrap();
    let dry = w.run("onapp.bill", json!({ "dry_run": true })).unwrap();
    cron(&mut w);
    let rest = (
        "2026-01-30T02:00:00Z".into(),
        "2026-02-01T00:00:00Z".into(),
        KB_PER_HOUR * 46,
    );
    assert_eq!(billed(&w), [rest]);
    let plan: Value =
        serde_json::from_str(w.host.rows("mod_provisor_periods")[0]["content"].as_str().unwrap()).unwrap();
    assert_eq!(dry["planned"], json!([plan]));
    assert_eq!(logged(&w, "onapp.not_billed"), 0, "{:?}", w.host.logs);
}

#[test]
fn on_the_day_on_which_whmcs_closes_its_month_it_keeps_what_it_was_told() {
    let mut w = steady();
    slot24(&mut w, "whmcs");
    daily(&mut w, 2, 31);
    let closing = shown_mb(&w);
    slot24(&mut w, "");
    // WHMCS has closed January already, or does so later this day: nobody can know.
    for hour in ["09", "15", "23"] {
        to(&mut w, &format!("2026-01-31T{hour}:00:00Z"));
        cron(&mut w);
        assert_eq!(shown_mb(&w), closing);
    }
    to(&mut w, "2026-02-01T03:00:00Z");
    cron(&mut w);
    assert!(shown_mb(&w) <= 1000);
    let rest = (
        "2026-01-31T02:00:00Z".into(),
        "2026-02-01T00:00:00Z".into(),
        KB_PER_HOUR * 22,
    );
    assert_eq!(billed(&w), [rest]);
}

#[test]
fn a_period_that_began_in_a_month_that_whmcs_has_closed_stays_the_modules_to_its_end() {
    let mut w = mid_month();
    daily(&mut w, 16, 31 + 9);
    slot24(&mut w, "whmcs");
    daily(&mut w, 31 + 10, 31 + 14);
    // WHMCS hears of nothing that the module is about to bill; the page tells of it.
    assert!(shown_mb(&w) <= 1000);
    let page = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap()["text"].to_string();
    assert!(page.contains("since 2026-01-15 00:00"), "{page}");
    daily(&mut w, 31 + 15, 31 + 28);
    let own = (
        "2026-01-15T00:00:00Z".into(),
        "2026-02-15T00:00:00Z".into(),
        KB_PER_HOUR * (31 * 24 - 1),
    );
    assert_eq!(billed(&w), [own]);
    assert_eq!(w.host.invoices.len(), 1);
    assert_eq!(shown_mb(&w), mb(13 * 24 + 2), "2026-02-15 00:00 to 2026-02-28 02:00");
    assert_eq!(logged(&w, "onapp.not_billed"), 0, "{:?}", w.host.logs);
    let told = said(&w, "onapp.biller_changed");
    assert_eq!(logged(&w, "onapp.biller_changed"), 1, "{told}");
    assert!(told.contains("2026-02-15"), "{told}");
}

#[test]
fn every_period_that_ended_while_the_module_billed_is_billed_after_a_change_to_whmcs() {
    for panel_down in [false, true] {
        let mut w = steady();
        daily(&mut w, 2, 20);
        if panel_down {
            w.panel
                .faults(&json!([{ "kind": "status", "status": 503, "match": { "path_prefix": "/" } }]))
                .unwrap();
            daily(&mut w, 21, 31 + 28 + 10);
            w.panel.faults(&json!([])).unwrap();
        }
        slot24(&mut w, "whmcs");
        // The periods end on 2026-02-01 and 2026-03-04; the one in progress began in WHMCS's open month.
        daily(&mut w, 31 + 28 + 11, 31 + 28 + 12);
        let own: Vec<(String, String, u64)> = [
            ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", 31 * 24 - 1),
            ("2026-02-01T00:00:00Z", "2026-03-04T00:00:00Z", 31 * 24),
        ]
        .map(|(start, end, hours)| (start.into(), end.into(), hours * KB_PER_HOUR))
        .into();
        assert_eq!(billed(&w), own, "panel down: {panel_down}");
        assert_eq!(shown_mb(&w), mb(8 * 24 + 2), "2026-03-04 00:00 to 2026-03-12 02:00");
        assert_eq!(logged(&w, "onapp.not_billed"), 0, "{:?}", w.host.logs);
        let told = said(&w, "onapp.biller_changed");
        assert!(told.contains("2026-03-04"), "{told}");
    }
}

#[test]
fn a_period_left_to_the_module_is_not_billed_when_the_box_is_unticked_at_its_end_and_that_is_said() {
    let mut w = mid_month();
    daily(&mut w, 16, 31 + 9);
    slot24(&mut w, "whmcs");
    daily(&mut w, 31 + 10, 31 + 11);
    overages(&mut w, false);
    daily(&mut w, 31 + 12, 31 + 20);
    assert_eq!(w.host.invoices.len(), 0);
    let told = said(&w, "onapp.not_billed");
    let lost = (KB_PER_HOUR * (31 * 24 - 1)).to_string();
    for word in ["17", "2026-01-15", "2026-02-15", "2177 MB", &lost] {
        assert!(told.contains(word), "{word}: {told}");
    }
}

#[test]
fn a_period_left_to_the_module_is_never_billed_in_a_unit_that_nobody_named() {
    let mut w = mid_month();
    {
        let product = &mut w.host.services.get_mut("17").unwrap()["product"];
        product["overages"] = json!("1,GB,GB");
        product["bw_limit"] = json!("1");
        product["bw_price"] = json!("20.0000");
    }
    slot24(&mut w, "<unit>selected</unit>");
    daily(&mut w, 16, 31 + 9);
    slot24(&mut w, "whmcs");
    daily(&mut w, 31 + 10, 31 + 16);
    assert_eq!(w.host.invoices.len(), 0);
    assert!(logged(&w, "onapp.overage_unit") > 0);
    slot24(&mut w, "<billing>whmcs</billing><unit>selected</unit>");
    daily(&mut w, 31 + 17, 31 + 17);
    let invoices = w.host.invoices_with("Unpaid");
    assert_eq!(invoices.len(), 1);
    // (2229000 KB / 1024 - 1024 MB) x 20 / 1024
    assert_eq!(invoices[0]["lines"][0]["amount"], "22.51");
}

#[test]
fn what_whmcs_was_not_told_before_it_closed_its_month_is_named_with_its_hours_and_its_volume() {
    let mut w = steady();
    slot24(&mut w, "whmcs");
    daily(&mut w, 2, 20);
    assert_eq!(logged(&w, "onapp.not_billed"), 0);
    // The cron stands still, and WHMCS closes January with what it was told on the 20th.
    daily(&mut w, 31 + 5, 31 + 28);
    let told = said(&w, "onapp.not_billed");
    assert_eq!(logged(&w, "onapp.not_billed"), 1, "{told}");
    let hours = 11 * 24 + 22;
    for word in [
        "Service 17",
        "2026-01-20 02:00",
        "2026-02-01 00:00",
        &format!("{} MB", mb(hours)),
        &format!("{} KB", KB_PER_HOUR * hours),
        "by hand",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    // The rest of the last day, after WHMCS closed, is WHMCS's own way and is not said each month.
    daily(&mut w, 31 + 29, 31 + 35);
    assert_eq!(logged(&w, "onapp.not_billed"), 1);
}

#[test]
fn the_page_includes_what_the_bill_includes_in_a_period_that_is_short() {
    let mut w = mid_month();
    slot24(&mut w, "whmcs");
    daily(&mut w, 16, 31 + 9);
    slot24(&mut w, "");
    daily(&mut w, 31 + 10, 31 + 14);
    let page = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap()["text"].to_string();
    let limit = w.host.fields["17"]["bw_limit"].clone();
    daily(&mut w, 31 + 15, 31 + 15);
    let short = (
        "2026-02-01T00:00:00Z".into(),
        "2026-02-15T00:00:00Z".into(),
        KB_PER_HOUR * 14 * 24,
    );
    assert_eq!(billed(&w), [short]);
    let invoices = w.host.invoices_with("Unpaid");
    let bill = invoices[0]["lines"][0]["description"].as_str().unwrap();
    // 1000 MB x 336 hours / 744 hours
    assert!(bill.contains("Included: about 451.6129 MB"), "{bill}");
    assert!(page.contains("of about 451.6129 MB included"), "{page}");
    assert_eq!(limit, "452");
}

#[test]
fn whenever_the_biller_changes_each_hour_is_billed_by_exactly_one() {
    let closing_days = [31, 31 + 28, 31 + 28 + 31];
    for (first, then) in [("whmcs", ""), ("", "whmcs")] {
        for change in [18, 30, 31, 32, 46, 59, 60] {
            let mut w = mid_month();
            // Nothing is included: what WHMCS bills is what it was told, and is nothing while the module bills.
            w.host.services.get_mut("17").unwrap()["product"]["bw_limit"] = json!("0");
            slot24(&mut w, first);
            let (mut by_whmcs, mut closed_late) = (0, 0);
            let days = [20, 30, 31, 32, 45, 46, 47, 58, 59, 60, 75, 89, 90];
            let days: std::collections::BTreeSet<i64> = days.into_iter().chain([change - 1, change]).collect();
            for day in days {
                if day == change {
                    slot24(&mut w, then);
                }
                daily(&mut w, day, day);
                if closing_days.contains(&day) {
                    by_whmcs += shown_mb(&w);
                    // WHMCS never hears of what follows on the day on which it closes its month.
                    let whmcs_goes_on = if first == "whmcs" {
                        day + 1 < change
                    } else {
                        day >= change
                    };
                    closed_late += u64::from(whmcs_goes_on && shown_mb(&w) > 0 && day < 90) * 22;
                }
            }
            let ended = billed(&w).iter().map(|p| p.1.clone()).max().unwrap_or_default();
            let last = if then.is_empty() {
                ended
            } else {
                "2026-03-31T02:00:00Z".into()
            };
            let hours = (common::at(&last) - common::at("2026-01-15T01:00:00Z")).num_hours();
            let by_module: u64 = billed(&w).iter().map(|p| p.2).sum::<u64>() / KB_PER_HOUR;
            let by_whmcs = (by_whmcs * 1024 + KB_PER_HOUR / 2) / KB_PER_HOUR;
            let lacks = i64::try_from(by_module + by_whmcs + closed_late).unwrap() - hours;
            // Whole MB are told, a third of an hour each.
            assert!(
                lacks.abs() <= 1,
                "{first:?} until {change}: module {by_module} h, WHMCS {by_whmcs} h, of {hours} h; {:?} {:?}",
                billed(&w),
                w.host.logs
            );
            assert_eq!(
                logged(&w, "onapp.not_billed"),
                0,
                "{first:?} until {change}: {:?}",
                w.host.logs
            );
        }
    }
}

#[test]
fn a_change_of_the_biller_that_is_interrupted_anywhere_ends_as_if_it_had_run_once() {
    let stands = |w: &World| {
        let row = w.host.rows("mod_provisor_cursors")[0];
        ["next_period", "next_start", "ours_to", "biller", "told_to"].map(|column| row[column].clone())
    };
    for (first, then) in [("whmcs", ""), ("", "whmcs")] {
        for day in [31, 40] {
            let mut before = mid_month();
            slot24(&mut before, first);
            daily(&mut before, 29, 30);
            slot24(&mut before, then);
            let moment = common::at("2026-01-01T03:00:00Z") + chrono::TimeDelta::days(day - 1);
            before.panel.advance_to(moment).unwrap();
            before.run("onapp.collect", json!({})).unwrap();
            let copy = || before.copy();
            let mut once = copy();
            once.run("onapp.bill", json!({})).unwrap();
            assert_eq!(logged(&once, "onapp.biller_changed"), 1);
            for k in 0.. {
                for after in [false, true] {
                    let mut w = copy();
                    if w.killed_at("onapp.bill", &json!({}), k, after).is_none() {
                        assert!(k > 5, "{k}");
                        break;
                    }
                    w.run("onapp.bill", json!({})).unwrap();
                    assert_eq!(stands(&w), stands(&once), "{first:?} until {day}, killed at {k}");
                    assert_eq!(
                        w.host.fields["17"], once.host.fields["17"],
                        "{first:?} until {day}, killed at {k}"
                    );
                }
                if copy().killed_at("onapp.bill", &json!({}), k, false).is_none() {
                    break;
                }
            }
        }
    }
}

/// WHMCS bills, and was told of January until the day on which it closes it.
fn told_until_the_closing_day() -> World {
    let mut w = steady();
    slot24(&mut w, "whmcs");
    for day in 3..32 {
        to(&mut w, &format!("2026-01-{day:02}T03:00:00Z"));
        cron(&mut w);
    }
    w
}

#[test]
fn on_whmcs_closing_day_neither_its_figure_nor_its_limit_is_touched_and_nothing_is_billed() {
    let columns = |w: &World| {
        (
            w.host.fields["17"]["bw_usage"].clone(),
            w.host.fields["17"]["bw_limit"].clone(),
        )
    };
    let told = columns(&told_until_the_closing_day());
    for way in ["", "nobody", "whmcs"] {
        let mut w = told_until_the_closing_day();
        // The change, and where it is undone on the same day.
        if way == "nobody" {
            overages(&mut w, false);
        } else {
            slot24(&mut w, "");
        }
        to(&mut w, "2026-01-31T09:00:00Z");
        cron(&mut w);
        assert_eq!(columns(&w), told, "{way}");
        if way == "whmcs" {
            slot24(&mut w, "whmcs");
            to(&mut w, "2026-01-31T20:00:00Z");
            cron(&mut w);
            // As if nothing had happened: the hours until 19:00.
            assert_eq!(shown_mb(&w), mb(30 * 24 + 19 - 1));
        }
        assert!(w.host.invoices.is_empty());
        assert_eq!(logged(&w, "onapp.not_billed"), 0);
    }
}

#[test]
fn a_service_that_ended_while_whmcs_billed_has_its_open_month_named() {
    let mut w = steady();
    slot24(&mut w, "whmcs");
    for day in 3..21 {
        to(&mut w, &format!("2026-01-{day:02}T03:00:00Z"));
        cron(&mut w);
    }
    w.verb_on("terminate", "17").unwrap();
    for moment in [
        "2026-01-20T04:00:00Z",
        "2026-01-31T03:00:00Z",
        "2026-02-01T03:00:00Z",
        "2026-03-16T03:00:00Z",
    ] {
        to(&mut w, moment);
        w.host.clock = w.now();
        w.run("onapp.settle", json!({})).unwrap();
        cron(&mut w);
    }
    let named: Vec<&str> = w
        .host
        .logs
        .iter()
        .filter(|l| l.code == "onapp.not_billed")
        .map(|l| l.text.as_str())
        .collect();
    assert_eq!(named.len(), 1, "{:?}", w.host.logs);
    assert!(
        named[0].contains("WHMCS may bill no service that has ended"),
        "{named:?}"
    );
    // From 01:00 on; the hour that ended with the deletion has no row yet.
    assert!(
        named[0].contains("from 2026-01-01") && named[0].contains(&format!("{} MB", mb(19 * 24 + 3 - 1 - 1))),
        "{named:?}"
    );
}

#[test]
fn whmcs_never_bills_a_figure_of_before_while_the_settings_are_refused() {
    for (mode, mistyped) in [
        (
            "<billing>whmcs</billing>",
            "<billing>whmcs</billing><threshold>1,00</threshold>",
        ),
        ("", "<threshold>1,00</threshold>"),
    ] {
        let mut w = steady();
        w.host.services.get_mut("17").unwrap()["bw_limit"] = json!("1000");
        slot24(&mut w, mode);
        daily(&mut w, 2, 31);
        let told = shown_mb(&w);
        assert!(told > 500);
        slot24(&mut w, mistyped);
        daily(&mut w, 31 + 1, 31 + 1);
        assert!(
            logged(&w, "onapp.not_a_number") + logged(&w, "onapp.product_option") > 0,
            "{:?}",
            w.host.logs
        );
        // January is closed: what stands there would be billed as February's.
        assert_eq!(shown_mb(&w), 0, "{mode}");
        slot24(&mut w, mode);
        daily(&mut w, 31 + 2, 31 + 2);
        assert_eq!(shown_mb(&w), mb(24 + 2), "{mode}");
    }
}

#[test]
fn what_whmcs_was_told_of_its_month_stands_while_the_settings_are_refused_and_the_rest_is_named() {
    let mut w = steady();
    slot24(&mut w, "whmcs");
    daily(&mut w, 2, 20);
    let told = shown_mb(&w);
    slot24(&mut w, "<billing>whmcs</billing><threshold>1,00</threshold>");
    daily(&mut w, 21, 31);
    assert_eq!(shown_mb(&w), told, "WHMCS closes January with it");
    slot24(&mut w, "whmcs");
    daily(&mut w, 31 + 1, 31 + 1);
    assert!(
        said(&w, "onapp.not_billed").contains("2026-01-20 02:00"),
        "{:?}",
        w.host.logs
    );
}

#[test]
fn a_service_whose_last_bill_is_made_leaves_no_figure_for_whmcs() {
    let mut w = steady();
    w.host.services.get_mut("17").unwrap()["bw_limit"] = json!("1000");
    daily(&mut w, 2, 20);
    assert!(shown_mb(&w) > 500);
    w.verb_on("terminate", "17").unwrap();
    w.advance(3600);
    w.run("onapp.settle", json!({})).unwrap();
    // Staff deleted the machine; the service stays active.
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    daily(&mut w, 31 + 2, 31 + 4);
    assert_eq!(w.state_of("17"), "done");
    assert_eq!(shown_mb(&w), 0);
}

#[test]
fn in_whmcs_mode_the_limit_is_shown_as_whmcs_reads_it() {
    let mut w = steady();
    {
        let product = &mut w.host.services.get_mut("17").unwrap()["product"];
        product["overages"] = json!("1,MB,GB");
        product["bw_limit"] = json!("100");
    }
    slot24(&mut w, "whmcs");
    daily(&mut w, 2, 3);
    assert_eq!(w.host.fields["17"]["bw_limit"], "102400");
}

#[test]
fn what_was_carried_is_said_while_nobody_here_bills_and_is_on_the_next_bill_that_is_made() {
    for (off, on) in [
        ("<billing>whmcs</billing><threshold>25</threshold>", true),
        ("<threshold>25</threshold>", false),
    ] {
        let mut w = steady();
        slot24(&mut w, "<threshold>25</threshold>");
        daily(&mut w, 2, 31 + 1);
        let carried = w.host.rows("mod_provisor_periods")[0].clone();
        assert_eq!(carried["state"], "carried", "{carried:?}");
        slot24(&mut w, off);
        overages(&mut w, on);
        daily(&mut w, 31 + 2, 31 + 8);
        assert_eq!(logged(&w, "onapp.carried_waits"), 1, "{:?}", w.host.logs);
        let told = said(&w, "onapp.carried_waits");
        // (744 - 1) hours x 3000 KB are 2176.7578125 MB; less 1000 at 0.02 are 23.54.
        assert!(told.contains("23.54 USD") && told.contains("Service 17"), "{told}");
        slot24(&mut w, "<threshold>25</threshold>");
        overages(&mut w, true);
        daily(&mut w, 31 + 9, 31 + 29);
        daily(&mut w, 31 + 30, 31 + 34);
        let invoices = w.host.invoices_with("Unpaid");
        assert_eq!(invoices.len(), 1, "{:?}", w.host.logs);
        assert!(invoices[0].to_string().contains("23.54"), "{}", invoices[0]);
    }
}

#[test]
fn a_service_without_a_registration_date_is_named_once_a_day() {
    let mut w = steady();
    w.host.services.get_mut("17").unwrap()["reg_date"] = json!("0000-00-00");
    for hour in 1..6 {
        to(&mut w, &format!("2026-01-05T0{hour}:00:00Z"));
        cron(&mut w);
    }
    assert_eq!(logged(&w, "onapp.no_registration_date"), 1);
}
