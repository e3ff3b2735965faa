//! A database as the old module left it is taken over in place: nothing that it billed is billed again, what it failed to
//! bill is listed, and billed only on the host's word. Whose a machine is: `onapp_takeover_whose.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod old_installation;

use common::{World, enumerate};
use old_installation::{
    HOURLY, cents, cents_of_hours, crons, crons_until, days, invoiced, listed, money, moved, old_installation,
    old_invoice, ours, pair, takeover, to, to_client_8, with_healthy_neighbour,
};
use provisor::host::Port;
use serde_json::{Value, json};

#[test]
fn the_sums_of_this_file_round_half_a_cent_up() {
    assert_eq!(cents(1024 * 1000, 1000), 0);
    assert_eq!(cents(1024 * 1001, 1000), 2);
    assert_eq!(cents(1024 * 1000 + 256, 1000), 1, "half a cent");
    assert_eq!(cents(1024 * 1000 + 255, 1000), 0);
    assert_eq!(cents(2_097_152, 1500), 1096, "the first row of the decisions' vectors");
}

#[test]
fn a_fresh_installation_goes_on_in_its_first_period_as_if_nothing_had_changed() {
    let mut w = old_installation(None, "UTC");
    to(&mut w, "2026-01-11T01:00:00Z");
    crons_until(&mut w, "2026-02-03T02:00:00Z");
    assert_eq!(
        invoiced(&w),
        [pair("2026-01-01T00:00:00Z", cents(days(31), 1000))],
        "{:?}",
        w.host.logs
    );
    let list = takeover(&mut w, "");
    assert_eq!(listed(&list), [], "{list}");
    // What the old module kept is as it was.
    assert_eq!(w.host.rows("tblonappservices").len(), 1);
    assert!(w.host.rows("tblonappcronhostingdates").is_empty());
    w.verb_on("terminate", "17").unwrap();
}

#[test]
fn an_installation_in_the_middle_of_a_period_bills_that_period_whole_and_nothing_before_it_again() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut w, "2026-02-15T12:00:00Z");
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(
        invoiced(&w),
        [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))],
        "{:?}",
        w.host.logs
    );
    assert_eq!(listed(&takeover(&mut w, "all")), []);
    crons_until(&mut w, "2026-04-06T02:00:00Z");
    let second = pair("2026-03-04T00:00:00Z", cents(days(31), 1000));
    assert_eq!(invoiced(&w)[1..], [second], "the next period follows");
    let first = w
        .host
        .rows("mod_provisor_readings")
        .iter()
        .map(|row| row["hour"].as_str().unwrap().to_owned())
        .min();
    assert_eq!(
        first.as_deref(),
        Some("2026-02-01T00:00:00Z"),
        "no hour that the old module billed is even read"
    );
}

#[test]
fn a_missed_day_is_listed_with_its_amounts_and_billed_once_and_only_on_the_hosts_word() {
    // Closed on February 1st; the cron did not run on March 4th, so the old module billed nothing ever after.
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut w, "2026-04-10T12:00:00Z");
    let before = takeover(&mut w, "");
    assert_eq!(before["taking_over"][0]["service"], "17", "{before}");
    assert_eq!(before["taking_over"][0]["closed"], "2026-02-01 00:15:00");
    assert!(w.host.rows("mod_provisor_services").is_empty(), "a list writes nothing");
    crons_until(&mut w, "2026-04-12T12:00:00Z");
    assert_eq!(invoiced(&w), [], "nobody said so");
    let owed = cents(days(31), 1000);
    let expected = [
        ("2026-02-01T00:00:00Z".to_owned(), "not billed".to_owned(), money(owed)),
        ("2026-03-04T00:00:00Z".to_owned(), "not billed".to_owned(), money(owed)),
    ];
    for _ in 0..2 {
        let list = takeover(&mut w, "");
        assert_eq!(listed(&list), expected, "{list}");
        assert_eq!(invoiced(&w), []);
    }
    let said = takeover(&mut w, "17");
    assert_eq!(said["invoices"].as_array().unwrap().len(), 2, "{said}");
    assert_eq!(listed(&said), [], "{said}");
    let both = [pair("2026-02-01T00:00:00Z", owed), pair("2026-03-04T00:00:00Z", owed)];
    assert_eq!(invoiced(&w), both);
    takeover(&mut w, "all");
    assert_eq!(invoiced(&w), both, "billed once, however often it is said");
    // The period in progress at the take-over is billed at its regular end, by itself.
    crons_until(&mut w, "2026-05-06T02:00:00Z");
    assert_eq!(
        invoiced(&w)[2..],
        [pair("2026-04-04T00:00:00Z", owed)],
        "{:?}",
        w.host.logs
    );
}

#[test]
fn hours_that_onapp_does_not_keep_are_named_on_what_is_billed_later() {
    // Never closed, and taken over on April 15th: OnApp keeps what is younger than January 15th.
    let mut w = old_installation(None, "UTC");
    to(&mut w, "2026-04-15T12:00:00Z");
    crons(&mut w);
    let list = listed(&takeover(&mut w, ""));
    let starts: Vec<&str> = list.iter().map(|item| item.0.as_str()).collect();
    assert_eq!(
        starts,
        ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-04T00:00:00Z"]
    );
    // January 15th 12:00 to February 1st.
    let kept = days(16) + 12 * HOURLY;
    assert_eq!(
        list[0].2,
        money(cents(kept, 1000)),
        "the whole volume is included all the same"
    );
    takeover(&mut w, "all");
    assert_eq!(invoiced(&w)[0], pair("2026-01-01T00:00:00Z", cents(kept, 1000)));
    let text = w.host.invoices[&1]["lines"].to_string();
    assert!(text.contains("Not measured"), "{text}");
}

#[test]
fn a_period_too_old_to_be_measured_is_listed_and_never_billed() {
    let mut w = old_installation(None, "UTC");
    to(&mut w, "2026-05-20T12:00:00Z");
    crons(&mut w);
    let said = takeover(&mut w, "all");
    let lost: Vec<_> = listed(&said).into_iter().map(|item| (item.0, item.1)).collect();
    let words = "not billed, and OnApp does not keep its hours any more".to_owned();
    assert_eq!(lost, [("2026-01-01T00:00:00Z".to_owned(), words)], "{said}");
    assert!(invoiced(&w).iter().all(|(start, _)| start.as_str() > "2026-01-31"));
}

#[test]
fn a_period_that_was_closed_by_a_clock_east_or_west_of_utc_is_billed_from_the_hour_that_was_not_billed() {
    // 00:15 in Berlin is 23:15 UTC: OnApp had no later hours to bill. 00:15 in New York was sent to OnApp as 00:15 UTC.
    for (zone, first, hours) in [
        ("Europe/Berlin", "2026-01-31T23:00:00Z", 31 * 24),
        ("America/New_York", "2026-02-01T00:00:00Z", 31 * 24 + 5),
    ] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), zone);
        to(&mut w, "2026-02-15T12:00:00Z");
        crons_until(&mut w, "2026-03-06T12:00:00Z");
        assert_eq!(
            invoiced(&w),
            [pair(first, cents_of_hours(hours))],
            "{zone}: {:?}",
            w.host.logs
        );
    }
}

#[test]
fn a_machine_of_the_old_module_that_is_terminated_before_any_cron_is_billed_for_its_period() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut w, "2026-02-21T00:10:00Z");
    w.verb_on("terminate", "17").unwrap();
    crons_until(&mut w, "2026-03-06T12:00:00Z");
    assert_eq!(w.living_vms().len(), 0);
    let bills = invoiced(&w);
    assert_eq!(
        bills,
        [pair("2026-02-01T00:00:00Z", cents(days(20), 1000))],
        "{:?}",
        w.host.logs
    );
}

#[test]
fn a_machine_that_was_suspended_before_any_cron_is_taken_over_all_the_same() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut w, "2026-02-15T12:00:00Z");
    w.verb_on("suspend", "17").unwrap();
    w.advance(900);
    w.verb_on("unsuspend", "17").unwrap();
    crons_until(&mut w, "2026-03-06T12:00:00Z");
    assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
}

#[test]
fn a_period_that_the_old_module_invoiced_without_writing_it_down_is_not_billed_again() {
    // It closed on February 1st and wrote that down; on March 4th it made the invoice and the write failed.
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host
        .invoices
        .insert(55, old_invoice("7", "17", "2026-02-01 00:15", "2026-03-04 00:15"));
    w.host
        .invoices
        .insert(56, old_invoice("8", "17", "2026-02-01 00:15", "2026-03-20 00:15"));
    w.host
        .invoices
        .insert(57, old_invoice("7", "18", "2026-02-01 00:15", "2026-03-21 00:15"));
    to(&mut w, "2026-04-01T12:00:00Z");
    let list = takeover(&mut w, "");
    assert_eq!(
        list["taking_over"][0]["closed"], "2026-03-04 00:15:00, by its invoice 50",
        "{list}"
    );
    crons_until(&mut w, "2026-04-02T12:00:00Z");
    assert_eq!(listed(&takeover(&mut w, "all")), []);
    crons_until(&mut w, "2026-04-06T12:00:00Z");
    // Its line says until when it billed: from there on the next period is whole.
    assert_eq!(invoiced(&w), [pair("2026-03-04T00:00:00Z", cents(days(31), 1000))]);
}

/// What the host itself invoices: its renewals begin with product and hostname too, and so does its own line of overages,
/// which belongs to no service.
#[test]
fn an_action_that_was_killed_before_the_first_collection_keeps_no_service_from_being_taken_over() {
    let mut fresh = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut fresh, "2026-02-15T12:00:00Z");
    let mut undisturbed = fresh.copy();
    crons_until(&mut undisturbed, "2026-03-06T02:00:00Z");
    let expected = invoiced(&undisturbed);
    assert!(!expected.is_empty());
    for job in ["onapp.suspend", "onapp.reboot"] {
        for after in [false, true] {
            for k in 0.. {
                let mut w = fresh.copy();
                let mut input = w.verb("17");
                if job == "onapp.reboot" {
                    input["caller"] = json!({ "kind": "staff", "client_id": "7", "post": true, "token": true });
                }
                if w.killed_at(job, &input, k, after).is_none() {
                    break;
                }
                w.advance(700);
                crons(&mut w);
                to(&mut w, "2026-03-05T12:00:00Z");
                crons_until(&mut w, "2026-03-06T02:00:00Z");
                assert_eq!(
                    invoiced(&w),
                    expected,
                    "{job} killed at {k}, after it {after}: {:?}",
                    w.host.logs
                );
            }
        }
    }
}

#[test]
fn a_first_piece_of_a_day_joins_the_next_period_and_brings_its_share_of_the_included_volume() {
    let mut w = old_installation(Some("2026-03-03 00:15:00"), "UTC");
    to(&mut w, "2026-03-15T12:00:00Z");
    crons_until(&mut w, "2026-05-06T02:00:00Z");
    // 768 hours of 3000 KB are 2250 MB, of which 1000 MB x 768 / 744 = 1032.258 MB are included: 24.35 at 2 cents a MB.
    assert_eq!(cents_of_hours(768), 2435);
    let expected = [
        pair("2026-03-03T00:00:00Z", 2435),
        pair("2026-04-04T00:00:00Z", cents(days(31), 1000)),
    ];
    assert_eq!(invoiced(&w), expected);
    let line = ours(&w)[0]["lines"][0]["description"].as_str().unwrap().to_owned();
    assert!(line.contains("(1000 MB for 744 hours, and 768 count)"), "{line}");
}

#[test]
fn a_line_without_seconds_and_an_invoice_without_a_date_still_say_what_was_billed() {
    for (start, end, date) in [
        ("2026-02-01 00:00", "2026-03-04 00:15:00", "2026-03-20"),
        ("2026-02-01 00:15", "2026-03-04 00:15", "2026-03-20"),
        ("2026-02-01 00:15:00", "2026-03-04 00:15:00", "0000-00-00"),
    ] {
        let mut w = old_installation(Some("2026-03-04 00:15:00"), "UTC");
        w.host.invoices.clear();
        let line = format!("Cloud VM - vm17.example.com ({start} / {end})\nUsed");
        let invoice = json!({ "id": "55", "client_id": "7", "status": "Paid", "date": date, "due_date": "2026-03-04",
            "notes": "", "lines": [{ "description": line, "amount": "23.59", "taxed": false }] });
        w.host.invoices.insert(55, invoice);
        to(&mut w, "2026-03-25T12:00:00Z");
        let waiting = takeover(&mut w, "");
        assert_eq!(
            waiting["taking_over"][0]["unbilled_from"], "2026-03-04T00:00:00Z",
            "{start} {end} {date}"
        );
        crons(&mut w);
        assert_eq!(listed(&takeover(&mut w, "")), [], "{start} {end} {date}");
    }
}

#[test]
fn nobody_is_billed_for_the_missed_periods_of_a_former_client() {
    for way in [
        "number given again",
        "number given again, client deleted",
        "moved and made anew",
    ] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        to(&mut w, "2026-04-10T12:00:00Z");
        w.host.clients.insert("7".into(), json!({ "id": "7" }));
        w.host.clients.insert("8".into(), json!({ "id": "8" }));
        crons(&mut w);
        assert_eq!(listed(&takeover(&mut w, "")).len(), 2);
        let mut service = w.host.services.remove("17").unwrap();
        if way == "moved and made anew" {
            to_client_8(&mut w, service);
            let vm = w.vm_of("17");
            w.panel
                .control("POST", "vm", &json!({ "vm": vm, "action": "delete" }))
                .unwrap();
            w.verb_on("create", "17").unwrap();
        } else {
            w.run("onapp.service_deleted", json!({ "service_id": "17" })).unwrap();
            if way.ends_with("deleted") {
                w.host.clients.remove("7");
            }
            w.advance(86_400);
            crons(&mut w);
            service["reg_date"] = json!("2026-04-11");
            to_client_8(&mut w, service);
        }
        for _ in 0..3 {
            w.advance(900);
            crons(&mut w);
        }
        for word in ["", "all"] {
            let said = takeover(&mut w, word);
            assert_eq!(ours(&w), Vec::<Value>::new(), "{way}: {said}");
            for (_, words, amount) in listed(&said) {
                assert!(
                    words.contains("belonged to another client") && amount.is_empty(),
                    "{way}: {said}"
                );
            }
        }
    }
}

#[test]
fn the_billing_panels_own_invoices_are_no_proof_that_the_old_module_billed() {
    let undisturbed = {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        to(&mut w, "2026-02-25T12:00:00Z");
        crons_until(&mut w, "2026-03-06T12:00:00Z");
        invoiced(&w)
    };
    assert_eq!(undisturbed.len(), 1);
    for kind in ["Hosting", ""] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        w.host.invoices.insert(
            55,
            json!({ "id": "55", "client_id": "7", "status": "Paid", "date": "2026-02-15", "due_date": "2026-02-15",
                    "notes": "", "lines": [{ "type": kind, "amount": "10.00", "taxed": false,
                    "description": "Cloud VM - vm17.example.com (15/02/2026 - 14/03/2026)\nUsed 2 GB" }] }),
        );
        to(&mut w, "2026-02-25T12:00:00Z");
        let list = takeover(&mut w, "");
        assert!(!list.to_string().contains("invoice 55"), "{list}");
        crons_until(&mut w, "2026-03-06T12:00:00Z");
        assert_eq!(invoiced(&w), undisturbed, "{kind}");
    }
}

#[test]
fn the_old_modules_last_invoice_is_read_by_the_period_in_its_line_and_not_by_a_date_that_moved() {
    let undisturbed = {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        to(&mut w, "2026-02-25T12:00:00Z");
        crons_until(&mut w, "2026-03-06T12:00:00Z");
        invoiced(&w)
    };
    // From February 1st on: 31 days of traffic.
    assert_eq!(undisturbed, [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))]);
    for date in ["2026-02-20", "2026-02-24", "2026-01-15", "2206-01-01"] {
        // "Set Invoice Date on Payment", or a hand.
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        w.host.invoices.get_mut(&50).unwrap()["date"] = json!(date);
        // Another service of the same product and hostname was billed until later.
        w.host
            .invoices
            .insert(51, old_invoice("7", "17", "2026-01-18 00:15", "2026-02-18 00:15"));
        to(&mut w, "2026-02-25T12:00:00Z");
        let list = takeover(&mut w, "");
        assert_eq!(
            list["taking_over"][0]["closed"], "2026-02-01 00:15:00",
            "{date}: {list}"
        );
        crons_until(&mut w, "2026-03-06T12:00:00Z");
        assert_eq!(invoiced(&w), undisturbed, "{date}: {:?}", w.host.logs);
    }
}

#[test]
fn a_registration_date_after_the_old_modules_closing_counts_for_nothing_and_no_hour_is_lost() {
    let undisturbed = {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        to(&mut w, "2026-02-11T12:00:00Z");
        crons_until(&mut w, "2026-05-06T12:00:00Z");
        invoiced(&w)
    };
    assert!(undisturbed.len() >= 3, "{undisturbed:?}");
    for date in ["2026-02-10", "2026-03-05", "2027-01-01", "2206-01-01", "9999-12-31", ""] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        w.host.services.get_mut("17").unwrap()["reg_date"] = json!(date);
        to(&mut w, "2026-02-11T12:00:00Z");
        crons_until(&mut w, "2026-03-01T12:00:00Z");
        // Corrected or not: it was counted from the closing by then.
        w.host.services.get_mut("17").unwrap()["reg_date"] = json!("2026-01-01");
        crons_until(&mut w, "2026-05-06T12:00:00Z");
        assert_eq!(invoiced(&w), undisturbed, "{date}: {:?}", w.host.logs);
        let told = w
            .host
            .logs
            .iter()
            .filter(|log| log.code == "onapp.counted_from_closing");
        assert_eq!(told.count(), 1, "{date}");
        let page = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap();
        assert!(!page["text"].as_str().unwrap_or_default().contains("2027"), "{page}");
    }
}

#[test]
fn a_period_that_was_closed_without_an_invoice_is_listed_and_billed_only_for_a_service_that_is_named() {
    // The old module wrote the close down before it asked for the invoice, and the invoice failed.
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.invoices.clear();
    to(&mut w, "2026-02-15T12:00:00Z");
    crons(&mut w);
    let owed = cents(days(31), 1000);
    for word in ["", "all"] {
        let list = listed(&takeover(&mut w, word));
        assert_eq!(list.len(), 1, "{list:?}");
        assert_eq!((list[0].0.as_str(), &list[0].2), ("2026-01-01T00:00:00Z", &money(owed)));
        assert!(list[0].1.contains("no invoice of that day was found"), "{list:?}");
        assert!(ours(&w).is_empty(), "{word}");
    }
    for _ in 0..2 {
        assert_eq!(listed(&takeover(&mut w, "17")), []);
        assert_eq!(invoiced(&w), [pair("2026-01-01T00:00:00Z", owed)]);
    }
    crons_until(&mut w, "2026-03-06T12:00:00Z");
    assert_eq!(invoiced(&w)[1..], [pair("2026-02-01T00:00:00Z", owed)]);
}

#[test]
fn a_period_that_was_closed_without_an_invoice_because_nothing_was_due_is_not_listed() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.invoices.clear();
    w.host.services.get_mut("17").unwrap()["product"]["bw_limit"] = json!("2180");
    to(&mut w, "2026-02-15T12:00:00Z");
    crons(&mut w);
    assert_eq!(listed(&takeover(&mut w, "17")), []);
    assert!(w.host.invoices.is_empty());
}

#[test]
fn a_word_that_names_no_service_bills_nothing() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut w, "2026-04-10T12:00:00Z");
    crons(&mut w);
    for word in ["yes", "17,18", "17;18", "-17", "all,17"] {
        let refused = w.run("onapp.takeover", json!({ "bill": word })).unwrap_err();
        assert_eq!(refused.code, "onapp.takeover_choice", "{word}");
    }
    assert_eq!(invoiced(&w), []);
}

#[test]
fn what_the_product_does_not_bill_is_not_listed() {
    for (overages, slot24) in [("", ""), ("1,MB,MB", "whmcs"), ("1,MB,GB", "")] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let product = &mut w.host.services.get_mut("17").unwrap()["product"];
        product["overages"] = json!(overages);
        product["options"][23] = json!(slot24);
        to(&mut w, "2026-04-10T12:00:00Z");
        crons(&mut w);
        assert_eq!(listed(&takeover(&mut w, "all")), [], "{overages} {slot24}");
        assert!(ours(&w).is_empty());
    }
}

#[test]
fn what_another_client_used_is_never_put_on_the_present_clients_bill() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut w, "2026-04-10T12:00:00Z");
    crons(&mut w);
    let former = json!({ "id": "7", "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace" });
    w.host.clients.insert("7".into(), former);
    w.host.services.get_mut("17").unwrap()["client_id"] = json!("8");
    let list = listed(&takeover(&mut w, "all"));
    assert_eq!(list.len(), 2);
    assert!(list.iter().all(|item| item.1.contains("another client")), "{list:?}");
    assert!(ours(&w).is_empty());
    // Merged into the present one, the former client is gone, and what is owed is the other's.
    w.host.clients.remove("7");
    assert_eq!(listed(&takeover(&mut w, "all")), []);
    assert_eq!(ours(&w).len(), 2, "{:?}", w.host.logs);
    assert!(ours(&w).iter().all(|invoice| invoice["client_id"] == "8"));
}

#[test]
fn a_yes_that_is_killed_anywhere_bills_each_missed_period_once() {
    let mut prepared = old_installation(Some("2026-01-20 00:15:00"), "UTC");
    to(&mut prepared, "2026-03-05T12:00:00Z");
    crons(&mut prepared);
    let crashes = enumerate(
        || prepared.copy(),
        "onapp.takeover",
        |_| json!({ "bill": "all" }),
        |w| {
            takeover(w, "all");
        },
        |w| json!({ "invoiced": invoiced(w), "drafts": w.host.invoices_with("Draft").len() }),
    );
    assert!(crashes > 30, "{crashes}");
}

#[test]
fn a_take_over_that_is_killed_anywhere_loses_no_hour_and_bills_none_twice() {
    enumerate(
        || {
            let mut w = old_installation(Some("2026-02-20 00:15:00"), "UTC");
            to(&mut w, "2026-02-21T12:00:00Z");
            w
        },
        "onapp.collect",
        |_| json!({}),
        |w| {
            crons(w);
            to(w, "2026-03-06T12:00:00Z");
            crons(w);
        },
        |w| json!(invoiced(w)),
    );
}

#[test]
fn a_server_that_the_old_module_called_without_encryption_is_named_with_the_tag_to_add() {
    let mut w = old_installation(None, "UTC");
    w.host.servers.get_mut("1").unwrap()["hostname"] = json!("cp.example.com");
    to(&mut w, "2026-01-11T01:00:00Z");
    let list = takeover(&mut w, "");
    assert_eq!(list["servers"][0]["code"], "http.plain_http", "{list}");
    let problem = list["servers"][0]["problem"].as_str().unwrap();
    assert!(
        problem.contains("tick Secure") && problem.contains("<plainHttp>yes</plainHttp>"),
        "{problem}"
    );
    // The first job says it too, and takes the machine over all the same.
    w.run("onapp.collect", json!({})).unwrap();
    let told: Vec<_> = w.host.logs.iter().filter(|l| l.code == "http.plain_http").collect();
    assert!(told[0].text.contains("<plainHttp>yes</plainHttp>"), "{told:?}");
    assert_eq!(w.state_of("17"), "ready");
}

#[test]
fn services_that_this_module_made_never_wait_to_be_taken_over_however_many_there_were() {
    let mut w = World::new().with_ready_vm("12");
    // More than a page of services that ended long ago, between two that live.
    let ended = |n: u32| {
        json!({ "kind": "insert", "table": "mod_provisor_services", "values": { "module": "onapp",
                "service_id": n.to_string(), "state": "done", "server_id": "1", "client_id": "7" } })
    };
    let changes: Vec<Value> = (20..270).map(ended).collect();
    provisor::host::Port::answer(&mut w.host, "apply", &json!({ "token": "x", "changes": changes })).unwrap();
    let mut w = w.with_ready_vm("300");
    let report = w.run("onapp.takeover", json!({})).unwrap();
    assert_eq!(report["taking_over"], json!([]), "{}", report["message"]);
}

/// What staff were told of a date that cannot be right.
fn wrong_dates(w: &World) -> Vec<&str> {
    let told = w.host.logs.iter().filter(|log| log.code == "onapp.takeover_date");
    told.map(|log| log.text.as_str()).collect()
}

#[test]
fn an_old_service_with_an_impossible_date_is_named_and_stops_no_other_service() {
    let closed = |w: &mut World, moment: &str| {
        let values = json!({ "hosting_id": "17", "account_date": moment });
        let change = json!({ "kind": "put", "table": "tblonappcronhostingdates", "values": values });
        w.host
            .answer("apply", &json!({ "token": moment, "changes": [change] }))
            .unwrap();
    };
    for (place, wrong, right) in [
        ("reg_date", "0026-01-01", "2026-01-01"),
        ("reg_date", "0206-01-01", "2026-01-01"),
        ("reg_date", "1600-01-01", "2026-01-01"),
        ("reg_date", "2206-01-01", "2026-01-01"),
        ("reg_date", "2962-01-01", "2026-01-01"),
        ("reg_date", "9999-12-31", "2026-01-01"),
        ("closed", "0026-02-01 00:15:00", "2026-01-02 00:15:00"),
        ("closed", "2206-02-01 00:15:00", "2026-01-02 00:15:00"),
        ("closed", "2962-02-01 00:15:00", "2026-01-02 00:15:00"),
        ("closed", "9999-12-31 23:59:59", "2026-01-02 00:15:00"),
        ("invoice", "2206-02-01", "2026-01-02"),
        ("invoice", "2962-02-01", "2026-01-02"),
        ("invoice", "9999-12-31", "2026-01-02"),
    ] {
        let case = format!("{place} {wrong}");
        let mut w = old_installation((place == "invoice").then_some("2026-01-02 00:15:00"), "UTC");
        with_healthy_neighbour(&mut w);
        let enter = |w: &mut World, date: &str| match place {
            "reg_date" => w.host.services.get_mut("17").unwrap()["reg_date"] = json!(date),
            "closed" => closed(w, date),
            _ => {
                let invoice = old_invoice("7", "17", "2026-01-02 00:15", &format!("{date} 00:15"));
                w.host.invoices.insert(50, invoice);
            }
        };
        enter(&mut w, wrong);
        to(&mut w, "2026-01-11T12:00:00Z");
        for _ in 0..2 {
            let collected = w.run("onapp.collect", json!({})).expect(&case);
            assert_eq!(
                (&collected["services"], &collected["failed"]),
                (&json!(1), &json!(1)),
                "{case}"
            );
        }
        assert_eq!(wrong_dates(&w).len(), 1, "{case}: once a day; {:?}", w.host.logs);
        let told = wrong_dates(&w)[0];
        assert!(
            told.contains("Service 17") && told.contains(&wrong[..10]),
            "{case}: {told}"
        );
        // The list names it too, and lists the rest.
        let list = takeover(&mut w, "");
        assert_eq!(
            (&list["failed"], &list["refused"][0]["service"]),
            (&json!(1), &json!("17")),
            "{list}"
        );
        let sentence = list["refused"][0]["sentence"].as_str().unwrap();
        assert!(sentence.contains(&wrong[..10]), "{sentence}");
        assert_eq!(list["taking_over"], json!([]), "{list}");
        // Nothing ends on it that could not be read afterwards.
        for verb in ["suspend", "terminate"] {
            let refused = w.verb_on(verb, "17").unwrap_err();
            assert_eq!(refused.code, "onapp.takeover_date", "{case}, {verb}");
            assert!(
                refused.message.contains(&wrong[..10]),
                "{case}, {verb}: {}",
                refused.message
            );
        }
        assert_eq!(w.living_vms().len(), 2, "{case}");
        // The other service is billed for its month. Thirty days of it had traffic.
        to(&mut w, "2026-02-03T12:00:00Z");
        crons(&mut w);
        let bills = invoiced(&w);
        assert_eq!(
            bills,
            [pair("2026-01-01T00:00:00Z", cents(days(30), 1000))],
            "{case}: {:?}",
            w.host.logs
        );
        // Corrected, it is taken over where it stood, and no hour of it is lost.
        enter(&mut w, right);
        crons(&mut w);
        assert_eq!(w.state_of("17"), "ready", "{case}: {:?}", w.host.logs);
        let read = w.host.rows("mod_provisor_readings");
        let first = read.iter().filter(|row| row["service_id"] == "17");
        let first = first.map(|row| row["hour"].as_str().unwrap()).min().unwrap();
        assert!(first <= "2026-01-03T00:00:00Z", "{case}: {first}");
        w.verb_on("terminate", "17").unwrap();
    }
}

#[test]
fn a_service_that_has_another_modules_product_is_listed_and_neither_taken_over_nor_is_its_server_asked() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    let service = w.host.services.get_mut("17").unwrap();
    service["product"]["module"] = json!("cpanel");
    service["product"]["options"] = json!(vec!["package1"; 24]);
    service["server_id"] = json!("2");
    w.host.servers.insert(
        "2".into(),
        json!({ "id": "2", "name": "whm", "hostname": "localhost", "username": "root",
                "password": { "secret": "Whm-root-5" }, "access_hash": { "secret": "" } }),
    );
    let asked = w.panel.requests().len();
    to(&mut w, "2026-02-20T01:00:00Z");
    for _ in 0..3 {
        let report = w.run("onapp.collect", json!({})).unwrap();
        assert_eq!(report["failed"], json!(0), "{report}");
        w.advance(86_400);
    }
    let list = takeover(&mut w, "");
    assert_eq!(
        (&list["taking_over"], &list["servers"]),
        (&json!([]), &json!([])),
        "{list}"
    );
    assert_eq!(list["left"].as_array().unwrap().len(), 1, "{list}");
    let sentence = list["left"][0]["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("service 17") && sentence.contains("cpanel"),
        "{sentence}"
    );
    assert_eq!(w.panel.requests().len(), asked, "nobody was asked");
    assert!(w.host.rows("mod_provisor_services").is_empty());
    assert!(w.host.logs.iter().all(|log| log.code != "onapp.taken_over"));
}

#[test]
fn the_invoice_of_a_service_that_was_ordered_before_closes_no_period_of_the_next_one() {
    // The former service of that product and hostname was billed until January 5th; 17 is of March 20th.
    let run = |former: bool| {
        let mut w = old_installation(None, "UTC");
        w.host.services.get_mut("17").unwrap()["reg_date"] = json!("2026-03-20");
        if former {
            let before = old_invoice("7", "17", "2025-12-05 00:15", "2026-01-05 00:15");
            w.host.invoices.insert(50, before);
        }
        to(&mut w, "2026-05-01T12:00:00Z");
        let before = takeover(&mut w, "")["taking_over"][0]["sentence"].to_string();
        crons_until(&mut w, "2026-05-25T12:00:00Z");
        (before, invoiced(&w), listed(&takeover(&mut w, "")))
    };
    let alone = run(false);
    assert_eq!(alone.1.len(), 1, "the period in progress");
    assert_eq!(alone.2.len(), 1, "the period that had ended");
    assert_eq!(run(true), alone);
}

#[test]
fn the_invoice_of_a_sibling_takes_no_hours_of_a_service_that_was_never_closed() {
    let run = |sibling: bool| {
        let mut w = old_installation(None, "UTC");
        w.host.services.get_mut("17").unwrap()["reg_date"] = json!("2026-02-01");
        if sibling {
            let of_sibling = old_invoice("7", "17", "2026-01-20 00:15", "2026-02-20 00:15");
            w.host.invoices.insert(50, of_sibling);
        }
        to(&mut w, "2026-02-25T12:00:00Z");
        crons_until(&mut w, "2026-03-08T12:00:00Z");
        (invoiced(&w), listed(&takeover(&mut w, "")))
    };
    assert_eq!(run(false).0, [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))]);
    assert_eq!(run(true), run(false));
}

#[test]
fn an_invoice_of_a_service_that_was_never_closed_counts_where_it_begins_on_a_day_that_its_registration_gives() {
    // The old module could write no closing: it invoiced January by the registration, an hour off after a change of the clocks.
    for start in ["2026-01-01 00:00", "2025-12-31 23:00", "2026-01-01 01:00"] {
        let mut w = old_installation(None, "UTC");
        w.host
            .invoices
            .insert(50, old_invoice("7", "17", start, "2026-02-01 00:15"));
        to(&mut w, "2026-02-10T12:00:00Z");
        crons_until(&mut w, "2026-03-06T12:00:00Z");
        assert_eq!(
            invoiced(&w),
            [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))],
            "{start}"
        );
    }
}

#[test]
fn periods_of_a_machine_that_was_gone_before_the_switch_are_not_awaited_once_it_is_terminated() {
    let mut w = old_installation(Some("2026-01-15 00:15:00"), "UTC");
    with_healthy_neighbour(&mut w);
    let vm = w.vm_of("17");
    let gone = json!({ "vm": vm, "action": "delete" });
    w.panel.control("POST", "vm", &gone).unwrap();
    to(&mut w, "2026-04-10T12:00:00Z");
    crons(&mut w);
    w.verb_on("terminate", "17").unwrap();
    crons(&mut w);
    let states: Vec<String> = listed(&takeover(&mut w, ""))
        .into_iter()
        .map(|(_, state, _)| state)
        .collect();
    assert!(!states.is_empty());
    for state in states {
        assert_eq!(state, "not billed, and OnApp does not keep its hours any more");
    }
}

#[test]
fn what_the_old_module_billed_or_missed_before_a_move_is_never_billed_to_the_next_client() {
    for (closed, until) in [
        (Some("2026-02-01 00:15:00"), "2026-02-15T12:00:00Z"),
        (Some("2026-02-01 00:15:00"), "2026-04-10T12:00:00Z"),
        (None, "2026-02-10T12:00:00Z"),
    ] {
        let mut w = moved(closed);
        let billed = old_invoice("7", "17", "2026-01-01 00:00", "2026-02-01 00:15");
        w.host.invoices.insert(50, billed);
        to(&mut w, until);
        crons(&mut w);
        let states: Vec<String> = listed(&takeover(&mut w, "")).into_iter().map(|item| item.1).collect();
        for state in &states {
            assert_eq!(state, "not billed: the service belonged to another client then");
        }
        assert_eq!(states.len(), if until.contains("-04-") { 2 } else { 0 }, "{until}");
        for word in ["all", "17"] {
            takeover(&mut w, word);
        }
        assert_eq!(ours(&w), [] as [Value; 0], "{closed:?} {until}");
    }
}

#[test]
fn missed_periods_of_a_machine_that_was_gone_stay_listed_when_a_new_one_is_made() {
    let mut w = old_installation(Some("2026-01-15 00:15:00"), "UTC");
    with_healthy_neighbour(&mut w);
    let gone = json!({ "vm": w.vm_of("17"), "action": "delete" });
    w.panel.control("POST", "vm", &gone).unwrap();
    to(&mut w, "2026-04-10T12:00:00Z");
    crons(&mut w);
    let before = listed(&takeover(&mut w, "")).len();
    assert!(before > 0);
    w.verb_on("create", "17").unwrap();
    w.advance(900);
    crons(&mut w);
    w.advance(86_400);
    crons(&mut w);
    assert_eq!(listed(&takeover(&mut w, "")).len(), before);
}
