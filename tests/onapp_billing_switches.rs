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
    for k in 0.. {
        let mut w = steady();
        to(&mut w, "2026-02-01T03:00:00Z");
        w.run("onapp.collect", json!({})).unwrap();
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
    for k in 0.. {
        let mut w = steady();
        to(&mut w, "2026-02-01T03:00:00Z");
        w.run("onapp.collect", json!({})).unwrap();
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
    let mut w = owed_back();
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
    for k in 0..200 {
        let mut w = steady();
        to(&mut w, "2026-02-01T03:00:00Z");
        w.run("onapp.collect", json!({})).unwrap();
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
