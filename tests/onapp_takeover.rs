//! A database as the old module left it is taken over in place: nothing that it billed is billed again, what it failed to
//! bill is listed, and billed only on the host's word. The fixtures are made from the old module's tables as the reference
//! describes them (onapp-vm-module.md 3 and 6.3). Amounts are compared with sums made here, in whole numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{World, at, enumerate};
use provisor::host::Port;
use provisor::host::memory::MemoryHost;
use provisor::http::Transport as _;
use serde_json::{Value, json};

/// Kilobytes that the machine moves in each hour of its life.
const HOURLY: u64 = 3000;

/// The old module's own tables, and nothing of ours: column by column, with what it stored in them.
fn old_tables() -> Value {
    let table = |name: &str, primary: &[&str], columns: &[(&str, &str)]| {
        let columns: Vec<Value> = columns
            .iter()
            .map(|(name, kind)| json!({ "name": name, "kind": kind, "nullable": false }))
            .collect();
        json!({ "name": name, "columns": columns, "primary": primary, "unique": [], "index": [], "guarded": false })
    };
    json!([
        table(
            "tblonappclients",
            &["server_id", "client_id"],
            &[
                ("server_id", "int"),
                ("client_id", "int"),
                ("onapp_user_id", "int"),
                ("password", "secret"),
                ("email", "text")
            ],
        ),
        table(
            "tblonappservices",
            &["service_id"],
            &[
                ("service_id", "int"),
                ("vm_id", "int"),
                ("memory", "int"),
                ("cpus", "int"),
                ("cpu_shares", "int"),
                ("disk_size", "int")
            ],
        ),
        table(
            "tblonappips",
            &["serviceid", "ipid"],
            &[("serviceid", "int"), ("ipid", "int"), ("isbase", "int")]
        ),
        table(
            "tblonappcronhostingdates",
            &["hosting_id"],
            &[("hosting_id", "int"), ("account_date", "key")]
        ),
    ])
}

/// An installation as the old module left it: service 17, registered on January 1st, with a machine that moves the same in
/// each hour. `closed` is what the old module's cron wrote when it closed a period last, if it ever did.
fn old_installation(closed: Option<&str>, php_zone: &str) -> World {
    let mut w = World::new().with_ready_vm("17");
    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-01T00:00:00Z", "2026-06-30T00:00:00Z", HOURLY);
    let mut old = MemoryHost::new(w.host.clock);
    old.services = w.host.services.clone();
    old.servers = w.host.servers.clone();
    old.settings = w.host.settings.clone();
    old.settings["time_zone"] = json!(php_zone);
    let mut changes = Vec::new();
    for table in ["tblonappclients", "tblonappservices", "tblonappips"] {
        for row in w.host.rows(table) {
            changes.push(json!({ "kind": "put", "table": table, "values": row }));
        }
    }
    if let Some(closed) = closed {
        changes.push(json!({ "kind": "put", "table": "tblonappcronhostingdates",
                             "values": { "hosting_id": "17", "account_date": closed } }));
    }
    if let Some(closed) = closed {
        old.invoices
            .insert(50, old_invoice("7", "17", "2026-01-01 00:00", &closed[..16]));
    }
    old.answer(
        "tables.ensure",
        &json!({ "fingerprint": "old", "tables": old_tables() }),
    )
    .unwrap();
    old.answer("apply", &json!({ "token": "old", "changes": changes }))
        .unwrap();
    w.host = old;
    w
}

/// Writes one row of the old module's.
fn put(w: &mut World, table: &str, values: Value) {
    let changes = json!([{ "kind": "put", "table": table, "values": values }]);
    let args = json!({ "token": changes.to_string(), "changes": changes });
    w.host.answer("apply", &args).unwrap();
}

/// An invoice of the old module: no marker, one line that begins with product and hostname.
fn old_invoice(client: &str, service: &str, start: &str, end: &str) -> Value {
    let line = format!("Cloud VM - vm{service}.example.com ({start}:00 / {end}:00)\nUsed 2179.6875 MB");
    let date = &end[..10];
    json!({ "id": "50", "client_id": client, "status": "Paid", "date": date, "due_date": date, "notes": "",
            "lines": [{ "description": line, "amount": "23.59", "taxed": false }] })
}

/// Invoices that this module made.
fn ours(w: &World) -> Vec<Value> {
    let all = w.host.invoices.values();
    all.filter(|invoice| invoice["notes"].as_str().unwrap().starts_with("[onapp-"))
        .cloned()
        .collect()
}

fn to(w: &mut World, moment: &str) {
    let seconds = (at(moment) - w.now()).num_seconds();
    assert!(seconds >= 0, "{moment} is over");
    w.advance(seconds);
}

/// The crons of one moment.
fn crons(w: &mut World) {
    w.run("onapp.settle", json!({})).unwrap();
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
}

/// The crons of every third day until then, and the first ones after it.
fn crons_until(w: &mut World, moment: &str) {
    while w.now() < at(moment) {
        crons(w);
        w.advance(86_400 * 3);
    }
    crons(w);
}

fn takeover(w: &mut World, bill: &str) -> Value {
    w.run("onapp.takeover", json!({ "bill": bill })).unwrap()
}

/// Cents for so many kilobytes at 0.02 per MB above so many MB, half a cent rounded up: in whole numbers, by hand.
fn cents(kb: u64, included_mb: u64) -> u64 {
    let above = kb.saturating_sub(included_mb * 1024);
    // above / 1024 * 2 cents
    (above * 2 * 2 + 1024) / (2 * 1024)
}

/// The same for a period of so many hours, of whose 744 at [`HOURLY`] KB 1000 MB are included.
fn cents_of_hours(hours: u64) -> u64 {
    let above = hours * HOURLY * 744 - 1000 * 1024 * hours; // In 744ths of a kilobyte.
    (above * 2 * 2 + 1024 * 744) / (2 * 1024 * 744)
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The amounts of all published invoices, and the first instants of their periods.
fn invoiced(w: &World) -> Vec<(String, String)> {
    let mut periods: Vec<Value> = w
        .host
        .rows("mod_provisor_periods")
        .into_iter()
        .filter(|row| row["state"] == "published")
        .map(|row| json!(row))
        .collect();
    periods.sort_by_key(|row| row["start_at"].as_str().unwrap().to_owned());
    periods
        .iter()
        .map(|row| {
            let id: u64 = row["invoice_id"].as_str().unwrap().parse().unwrap();
            let invoice = &w.host.invoices[&id];
            assert_eq!(invoice["lines"].as_array().unwrap().len(), 1, "{invoice}");
            let amount = invoice["lines"][0]["amount"].as_str().unwrap().to_owned();
            (row["start_at"].as_str().unwrap().to_owned(), amount)
        })
        .collect()
}

fn pair(start: &str, cents: u64) -> (String, String) {
    (start.to_owned(), money(cents))
}

fn days(n: u64) -> u64 {
    n * 24 * HOURLY
}

/// What the list says of the periods: first instant, state, amount.
fn listed(report: &Value) -> Vec<(String, String, String)> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let items = report["missed"].as_array().unwrap();
    items
        .iter()
        .map(|item| (text(item, "from"), text(item, "state"), text(item, "amount")))
        .collect()
}

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

/// The service is client 8's from now on, under the same number.
fn to_client_8(w: &mut World, mut service: Value) {
    service["client_id"] = json!("8");
    service["client"] = json!({ "id": "8", "email": "eve@example.com", "first_name": "Eve", "last_name": "" });
    w.host.services.insert("17".into(), service);
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
fn a_machine_of_the_old_module_whose_service_moves_to_another_client_is_served_on() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    to(&mut w, "2026-02-15T12:00:00Z");
    crons_until(&mut w, "2026-02-16T12:00:00Z");
    let service = w.host.services.get_mut("17").unwrap();
    service["client_id"] = json!("8");
    service["client"] = json!({ "id": "8", "email": "eve@example.com", "first_name": "Eve", "last_name": "" });
    w.verb_on("suspend", "17").unwrap();
    w.advance(900);
    w.verb_on("unsuspend", "17").unwrap();
    w.advance(900);
    w.verb_on("create", "17").unwrap();
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert!(w.living_vms().is_empty());
}

#[test]
fn an_old_service_that_moved_or_whose_client_was_merged_before_the_switch_is_billed_and_served_on() {
    for way in ["moved", "merged", "moved, and moved back after the take-over"] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        w.host.clients.insert("8".into(), json!({ "id": "8" }));
        if way != "merged" {
            w.host.clients.insert("7".into(), json!({ "id": "7" }));
        }
        let before = w.host.services["17"].clone();
        to_client_8(&mut w, before.clone());
        to(&mut w, "2026-02-15T12:00:00Z");
        crons(&mut w);
        if way.ends_with("take-over") {
            w.host.services.insert("17".into(), before);
        }
        crons_until(&mut w, "2026-03-06T02:00:00Z");
        assert_eq!(
            invoiced(&w),
            [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))],
            "{way}"
        );
        w.verb_on("suspend", "17").unwrap();
        w.advance(900);
        w.verb_on("unsuspend", "17").unwrap();
        w.advance(900);
        w.verb_on("terminate", "17").unwrap();
        w.advance(900);
        assert!(w.living_vms().is_empty(), "{way}");
    }
}

#[test]
fn an_old_service_that_moved_is_acted_on_before_any_collection_too() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let before = w.host.services["17"].clone();
    to_client_8(&mut w, before);
    to(&mut w, "2026-02-15T12:00:00Z");
    w.verb_on("suspend", "17").unwrap();
    w.advance(900);
    assert_eq!(w.living_vms()[0]["suspended"], true);
    w.verb_on("unsuspend", "17").unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(invoiced(&w), [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))]);
}

#[test]
fn an_old_service_that_moved_gets_no_machine_of_another_name_until_staff_said_that_it_is_its_own() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let mut moved = w.host.services["17"].clone();
    moved["domain"] = json!("other.example.com");
    to_client_8(&mut w, moved);
    to(&mut w, "2026-02-15T12:00:00Z");
    crons(&mut w);
    let told = w
        .host
        .logs
        .iter()
        .find(|line| line.code == "onapp.vm_not_ours")
        .unwrap();
    let way_out = "write provisor-service-17 into its admin note";
    assert!(told.text.contains(way_out), "{}", told.text);
    assert_eq!(w.verb_on("suspend", "17").unwrap_err().code, "onapp.vm_not_ours");
    let noted = json!({ "vm": w.vm_of("17"), "action": "change", "admin_note": "provisor-service-17" });
    w.panel.control("POST", "vm", &noted).unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(invoiced(&w), [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))]);
}

#[test]
fn an_old_machine_that_staff_gave_to_the_new_clients_user_after_a_move_is_that_clients() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_healthy_neighbour(&mut w); // Client 8 has an OnApp user, 30 is its service.
    to(&mut w, "2026-02-15T12:00:00Z");
    crons(&mut w);
    let before = w.host.services["17"].clone();
    to_client_8(&mut w, before);
    let users = w.host.rows("tblonappclients");
    let of_8 = users.iter().find(|row| row["client_id"] == "8").unwrap()["onapp_user_id"].clone();
    let given = json!({ "vm": w.vm_of("17"), "action": "change", "user_id": of_8 });
    w.panel.control("POST", "vm", &given).unwrap();
    w.verb_on("suspend", "17").unwrap();
    w.advance(900);
    w.verb_on("unsuspend", "17").unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert!(invoiced(&w).contains(&pair("2026-02-01T00:00:00Z", cents(days(31), 1000))));
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

/// Service 30 of another client, made by this module on January 1st, beside the old one.
fn with_healthy_neighbour(w: &mut World) {
    w.add_service("30");
    let neighbour = w.host.services.get_mut("30").unwrap();
    neighbour["client_id"] = json!("8");
    neighbour["client"]["id"] = json!("8");
    neighbour["client"]["email"] = json!("bob@example.com");
    w.verb_on("create", "30").unwrap();
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    let vm = w.vm_of("30");
    w.traffic(vm, "2026-01-02T00:00:00Z", "2026-06-30T00:00:00Z", HOURLY);
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

/// The same installation with a second server record, whose panel is nobody's: an address where nothing answers as a panel.
fn with_second_server(w: &mut World) {
    let first = w.env.transport.clone();
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        if request.url.contains("127.0.0.2") {
            return Err(provisor::http::SendError::unknown(provisor::http::Kind::Reset));
        }
        first.send(request)
    }));
    let mut second = w.host.servers["1"].clone();
    second["id"] = json!("2");
    second["hostname"] = json!("127.0.0.2");
    w.host.servers.insert("2".into(), second);
}

#[test]
fn an_old_machine_is_looked_for_at_its_services_own_server_and_a_wrong_one_can_be_corrected() {
    let server_of = |w: &World| w.host.rows("mod_provisor_services")[0]["server_id"].clone();
    // The product was pointed at another cloud since, for new orders.
    for (shown, slot) in [("1", "2"), ("1", ""), ("1", "1")] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        with_second_server(&mut w);
        let service = w.host.services.get_mut("17").unwrap();
        service["server_id"] = json!(shown);
        service["product"]["options"][0] = json!(slot);
        to(&mut w, "2026-02-20T01:00:00Z");
        let list = takeover(&mut w, "");
        assert_eq!((&list["servers"], &list["left"]), (&json!([]), &json!([])), "{list}");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(server_of(&w), "1", "{shown}, {slot}");
        assert_eq!(invoiced(&w).len(), 1, "{shown}, {slot}: {:?}", w.host.logs);
    }
    // Before any cron, too.
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_second_server(&mut w);
    let mut input = w.verb("17");
    input["options"][0] = json!("2");
    w.run("onapp.suspend", input).unwrap();
    assert_eq!(w.living_vms()[0]["suspended"], true);
    // The service shows the wrong one, and staff correct it after the take-over.
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_second_server(&mut w);
    w.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
    to(&mut w, "2026-02-20T01:00:00Z");
    crons(&mut w);
    assert_eq!(server_of(&w), "2");
    w.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    assert_eq!(server_of(&w), "1");
    assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
    // Corrected, and terminated before any collection: the machine is deleted where it is.
    let mut gone = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    with_second_server(&mut gone);
    gone.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
    to(&mut gone, "2026-02-20T01:00:00Z");
    crons(&mut gone);
    gone.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
    gone.verb_on("terminate", "17").unwrap();
    gone.advance(900);
    crons(&mut gone);
    assert!(gone.living_vms().is_empty(), "{:?}", gone.host.logs);
    // A machine that was seen at its server stays there, whatever the service shows later.
    w.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
    crons(&mut w);
    assert_eq!(server_of(&w), "1");
}

/// A second control panel as server 2, with a machine of client 8 that the old module made there. Its ids have nothing of
/// the first one's.
fn with_second_cloud(w: &mut World) -> World {
    let mut second = World::new().with_ready_vm("40");
    second.verb_on("terminate", "40").unwrap();
    second.advance(900);
    second.run("onapp.settle", json!({})).unwrap();
    let second = second.with_ready_vm("41");
    assert_ne!(second.vm_of("41"), w.vm_of("17"));
    as_server_2(w, &second, "8");
    second
}

/// Makes a world's panel server 2, and its service 41 one that the old module made there for this client.
fn as_server_2(w: &mut World, second: &World, client: &str) {
    let (here, there) = (
        common::transport(w.panel.clone()),
        common::transport(second.panel.clone()),
    );
    w.env.transport = std::sync::Arc::new(provisor::http::memory::MemoryTransport::new(move |request| {
        if request.url.contains("127.0.0.2") {
            there.send(request)
        } else {
            here.send(request)
        }
    }));
    let mut server = w.host.servers["1"].clone();
    server["id"] = json!("2");
    server["hostname"] = json!("127.0.0.2");
    server["password"] = json!({ "secret": second.panel.password });
    w.host.servers.insert("2".into(), server);
    let mut service = second.host.services["41"].clone();
    service["client_id"] = json!(client);
    service["server_id"] = json!("2");
    service["client"]["id"] = json!(client);
    w.host.services.insert("41".into(), service);
    let mut changes = Vec::new();
    for table in ["tblonappclients", "tblonappservices"] {
        for row in second.host.rows(table) {
            let mut row = row.clone();
            if row.contains_key("client_id") {
                row.insert("client_id".into(), json!(client));
                row.insert("server_id".into(), json!("2"));
            }
            changes.push(json!({ "kind": "put", "table": table, "values": row }));
        }
    }
    w.host
        .answer("apply", &json!({ "token": "second", "changes": changes }))
        .unwrap();
}

#[test]
fn an_old_machine_is_not_gone_at_a_cloud_where_only_others_machines_are() {
    // The client is known at the other cloud; or nowhere, and there are two clouds.
    for known in [true, false] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let second = with_second_cloud(&mut w);
        if !known {
            let key = json!({ "server_id": "1", "client_id": "7" });
            let forget = json!([{ "kind": "delete", "table": "tblonappclients", "key": key }]);
            w.host
                .answer("apply", &json!({ "token": "forget", "changes": forget }))
                .unwrap();
            // Client 9 has one at the first cloud.
            w.host.services.insert("30".into(), w.host.services["17"].clone());
            let other = w.host.services.get_mut("30").unwrap();
            (other["id"], other["client_id"]) = (json!("30"), json!("9"));
            let map = json!([{ "kind": "put", "table": "tblonappservices", "values": { "service_id": "30", "vm_id": "900" } }]);
            w.host
                .answer("apply", &json!({ "token": "other", "changes": map }))
                .unwrap();
        }
        w.host.services.get_mut("17").unwrap()["server_id"] = json!("2");
        to(&mut w, "2026-02-20T01:00:00Z");
        crons(&mut w);
        let said = |w: &World, code: &str| w.host.logs.iter().filter(|log| log.code == code).count();
        assert_eq!(said(&w, "onapp.vm_gone"), 0, "{:?}", w.host.logs);
        let all: Vec<_> = w
            .host
            .logs
            .iter()
            .filter(|log| log.code == "onapp.other_panel")
            .collect();
        assert!(
            all.iter().any(|log| log.text.contains("correct the service's server")),
            "{:?}",
            w.host.logs
        );
        for verb in ["create", "terminate"] {
            assert_eq!(w.verb_on(verb, "17").unwrap_err().code, "onapp.other_panel", "{verb}");
        }
        assert_eq!((w.living_vms().len(), second.living_vms().len()), (1, 1));
        if known {
            // Corrected, and Create pressed before any cron: the machine is found, and no second one made.
            w.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
            w.verb_on("create", "17").unwrap();
            assert_eq!((w.living_vms().len(), second.living_vms().len()), (1, 1));
            crons_until(&mut w, "2026-03-10T00:00:00Z");
            assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
        }
    }
}

#[test]
fn an_old_machine_that_was_deleted_with_its_user_is_gone_where_its_client_is_on_record() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    let second = with_second_cloud(&mut w);
    // The mapping of a former machine at the second cloud; its user is on record there.
    let map = json!([{ "kind": "put", "table": "tblonappservices", "values": { "service_id": "42", "vm_id": "777" } },
        { "kind": "put", "table": "tblonappclients", "values": { "server_id": "2", "client_id": "9", "onapp_user_id": "555",
          "password": { "secret": "x" }, "email": "gone@example.com" } }]);
    w.host
        .answer("apply", &json!({ "token": "other", "changes": map }))
        .unwrap();
    let mut service = w.host.services["41"].clone();
    (service["id"], service["client_id"], service["client"]["id"]) = (json!("42"), json!("9"), json!("9"));
    w.host.services.insert("42".into(), service);
    to(&mut w, "2026-02-20T01:00:00Z");
    crons(&mut w);
    w.verb_on("terminate", "42").unwrap();
    assert_eq!((w.living_vms().len(), second.living_vms().len()), (1, 1));
}

/// What each action on a service is refused with; nothing is changed by any of them.
fn refusals(w: &mut World, service: &str) -> Vec<String> {
    ["terminate", "create", "suspend", "unsuspend"]
        .map(|verb| {
            let before = w.living_vms();
            let refused = w.verb_on(verb, service).unwrap_err();
            assert_eq!(w.living_vms(), before, "{verb}");
            refused.code
        })
        .to_vec()
}

/// An old installation whose services 17 and 18, of one client, both name the machine of 17.
fn with_double() -> World {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.services.insert("18".into(), w.host.services["17"].clone());
    w.host.services.get_mut("18").unwrap()["id"] = json!("18");
    let vm = w.vm_of("17").to_string();
    let map = json!([{ "kind": "put", "table": "tblonappservices", "values": { "service_id": "18", "vm_id": vm } }]);
    w.host
        .answer("apply", &json!({ "token": "map", "changes": map }))
        .unwrap();
    w
}

/// The first collection takes over and sees nothing: the panel refuses the login. The right password.
fn first_collection_refused(w: &mut World) -> Value {
    let password = w.host.servers["1"]["password"].clone();
    w.host.servers.get_mut("1").unwrap()["password"] = json!({ "secret": "wrong" });
    to(w, "2026-02-20T01:00:00Z");
    crons(w);
    password
}

#[test]
fn two_old_services_that_name_one_machine_are_neither_billed_nor_touched_until_staff_said_whose_it_is() {
    let mut w = with_double();
    to(&mut w, "2026-02-20T01:00:00Z");
    for service in ["17", "18"] {
        assert_eq!(refusals(&mut w, service), ["onapp.take_over_shared"; 4]);
    }
    for _ in 0..3 {
        crons(&mut w);
    }
    let told = |w: &World| {
        w.host
            .logs
            .iter()
            .filter(|log| log.code == "onapp.take_over_shared")
            .count()
    };
    assert_eq!(told(&w), 2, "each is told once a day");
    let left = takeover(&mut w, "")["left"].to_string();
    assert!(
        left.contains("also that of service 18") && left.contains("also that of service 17"),
        "{left}"
    );
    to(&mut w, "2026-02-27T00:00:00Z");
    crons(&mut w);
    w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
    assert_eq!(refusals(&mut w, "18"), ["onapp.take_over_left"; 4]);
    // A mapping that is written later names a machine that has its service.
    w.host.services.get_mut("18").unwrap()["status"] = json!("Active");
    assert_eq!(refusals(&mut w, "18"), ["onapp.take_over_shared"; 4]);
    w.verb_on("terminate", "17").unwrap();
}

#[test]
fn no_way_of_correcting_servers_gives_a_machine_to_a_second_service() {
    for collected in [false, true] {
        let mut w = with_double();
        with_second_server(&mut w);
        to(&mut w, "2026-02-20T01:00:00Z");
        if collected {
            crons(&mut w);
        }
        w.host.services.get_mut("18").unwrap()["server_id"] = json!("2");
        crons(&mut w);
        w.host.services.get_mut("18").unwrap()["server_id"] = json!("1");
        assert_eq!(w.verb_on("terminate", "18").unwrap_err().code, "onapp.take_over_shared");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
        for verb in ["terminate", "create"] {
            assert_eq!(
                w.verb_on(verb, "18").unwrap_err().code,
                "onapp.take_over_shared",
                "{verb}"
            );
        }
        assert_eq!(w.living_vms().len(), 1);
    }
    // One cloud under two server records that lead to one address.
    for (first_ip, hostname, ip, port) in [
        ("", "localhost", "", ""),
        ("", "localhost", "", "443"),
        ("", "https://LOCALHOST/", "", ""),
        ("127.0.0.1", "localhost", "", ""),
        ("", "localhost", "127.0.0.1", ""),
        ("127.0.0.1", "", "127.0.0.1", ""),
    ] {
        let mut w = with_double();
        w.host.servers.get_mut("1").unwrap()["ip"] = json!(first_ip);
        w.host.servers.insert("2".into(), w.host.servers["1"].clone());
        let second = w.host.servers.get_mut("2").unwrap();
        (second["id"], second["hostname"], second["port"]) = (json!("2"), json!(hostname), json!(port));
        second["ip"] = json!(ip);
        w.host.services.get_mut("18").unwrap()["server_id"] = json!("2");
        let mut user = w.host.rows("tblonappclients")[0].clone();
        user.insert("server_id".into(), json!("2"));
        put(&mut w, "tblonappclients", json!(user));
        to(&mut w, "2026-02-20T01:00:00Z");
        crons(&mut w);
        assert_eq!(
            refusals(&mut w, "18"),
            ["onapp.take_over_shared"; 4],
            "{hostname} {port}"
        );
        w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
        assert_eq!(refusals(&mut w, "18"), ["onapp.take_over_left"; 4]);
    }
}

#[test]
fn a_machine_is_judged_by_the_server_and_the_client_it_is_seen_with_whatever_the_service_shows_by_then() {
    for merged in [false, true] {
        let mut w = with_double();
        with_second_server(&mut w);
        w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
        let password = first_collection_refused(&mut w);
        w.host.servers.get_mut("1").unwrap()["password"] = password;
        // Staff change their mind, and do what the message says.
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        w.host.services.get_mut("18").unwrap()["server_id"] = json!("2");
        if merged {
            w.host.services.get_mut("18").unwrap()["client_id"] = json!("70");
        }
        for verb in ["suspend", "unsuspend"] {
            assert_eq!(
                w.verb_on(verb, "18").unwrap_err().code,
                "onapp.take_over_shared",
                "{verb}"
            );
        }
        assert_eq!(w.living_vms()[0]["suspended"], json!(false));
        w.advance(3600);
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        let invoices = ours(&w);
        assert_eq!(invoices.len(), 1, "{:?}", w.host.logs);
        assert!(
            invoices[0]["notes"].as_str().unwrap().starts_with("[onapp-17-"),
            "{invoices:?}"
        );
    }
}

#[test]
fn a_double_that_was_deleted_in_the_billing_panel_before_its_machine_was_seen_does_not_get_it() {
    let mut w = with_double();
    w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
    let password = first_collection_refused(&mut w);
    w.host.services.remove("17");
    w.host.services.get_mut("18").unwrap()["status"] = json!("Active");
    w.host.servers.get_mut("1").unwrap()["password"] = password;
    w.advance(3600);
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    let invoices = ours(&w);
    assert_eq!(invoices.len(), 1, "{:?}", w.host.logs);
    assert!(
        invoices[0]["notes"].as_str().unwrap().starts_with("[onapp-18-"),
        "{invoices:?}"
    );
}

#[test]
fn a_double_that_is_turned_round_before_its_machine_was_seen_has_the_last_word() {
    let mut w = with_double();
    w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
    let password = first_collection_refused(&mut w);
    w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
    w.host.services.get_mut("18").unwrap()["status"] = json!("Active");
    w.advance(3600);
    crons(&mut w);
    w.host.servers.get_mut("1").unwrap()["password"] = password;
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    let invoices = ours(&w);
    assert_eq!(invoices.len(), 1, "{:?}", w.host.logs);
    assert!(
        invoices[0]["notes"].as_str().unwrap().starts_with("[onapp-18-"),
        "{invoices:?}"
    );
    assert!(w.verb_on("terminate", "17").is_err());
    assert_eq!(w.living_vms().len(), 1);
}

#[test]
fn the_name_of_a_cloud_that_was_given_up_may_lead_to_another_one_with_the_same_ids() {
    for is_deleted in [false, true] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let second = World::new().with_ready_vm("41");
        let vm = second.vm_of("41");
        second.traffic(vm, "2026-01-01T00:00:00Z", "2026-06-30T00:00:00Z", HOURLY);
        assert_eq!(vm, w.vm_of("17"));
        as_server_2(&mut w, &second, "8");
        to(&mut w, "2026-02-20T01:00:00Z");
        second.panel.advance((w.now() - second.panel.now()).num_seconds());
        crons(&mut w);
        // Both were seen, each at its own cloud. The first is switched off, and its name is the second one's from now on.
        w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
        if is_deleted {
            w.host.services.remove("17");
        }
        w.env.transport = std::sync::Arc::new(common::transport(second.panel.clone()));
        let hostname = w
            .host
            .servers
            .get("1")
            .map_or(json!("localhost"), |first| first["hostname"].clone());
        w.host.servers.get_mut("2").unwrap()["hostname"] = hostname;
        for _ in 0..10 {
            w.advance(2 * 86_400);
            second.panel.advance(2 * 86_400);
            crons(&mut w);
        }
        let billed = ours(&w)
            .iter()
            .filter(|one| one["notes"].as_str().unwrap().starts_with("[onapp-41-"))
            .count();
        assert_eq!(billed, 1, "{:?}", w.host.logs);
        w.verb_on("suspend", "41").unwrap();
    }
}

#[test]
fn two_old_services_that_are_both_over_and_name_one_machine_are_not_billed_until_one_is_active() {
    let mut w = with_double();
    w.host.services.get_mut("17").unwrap()["status"] = json!("Cancelled");
    w.host.services.get_mut("18").unwrap()["status"] = json!("Terminated");
    to(&mut w, "2026-02-20T01:00:00Z");
    crons(&mut w);
    assert_eq!(w.host.rows("mod_provisor_services").len(), 0);
    for service in ["17", "18"] {
        assert_eq!(refusals(&mut w, service), ["onapp.take_over_shared"; 4]);
    }
    w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
    crons_until(&mut w, "2026-03-10T00:00:00Z");
    assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
}

#[test]
fn a_service_that_names_another_owners_machine_keeps_nothing_from_the_one_that_has_it() {
    for over in ["17", "18"] {
        let mut w = with_double();
        let service = w.host.services.get_mut("18").unwrap();
        (service["client_id"], service["client"]["id"]) = (json!("8"), json!("8"));
        service["client"]["email"] = json!("eve@example.com");
        to(&mut w, "2026-02-20T01:00:00Z");
        // Staff take the wrong one for the one that is over, and turn it round.
        w.host.services.get_mut(over).unwrap()["status"] = json!("Cancelled");
        crons(&mut w);
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
        assert_eq!(w.verb_on("terminate", "18").unwrap_err().code, "onapp.vm_not_ours");
        w.verb_on("suspend", "17").unwrap();
        w.advance(300);
        w.verb_on("terminate", "17").unwrap();
    }
}

#[test]
fn an_old_machine_of_an_id_that_another_service_has_at_the_server_shown_is_looked_for_when_the_server_is_corrected() {
    for collected in [false, true] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let second = World::new().with_ready_vm("41");
        assert_eq!(second.vm_of("41"), w.vm_of("17"));
        to(&mut w, "2026-02-20T01:00:00Z");
        if collected {
            crons(&mut w);
        }
        as_server_2(&mut w, &second, "7");
        w.host.services.get_mut("41").unwrap()["server_id"] = json!("1");
        crons(&mut w);
        assert_eq!(refusals(&mut w, "41"), ["onapp.take_over_shared"; 4]);
        w.host.services.get_mut("41").unwrap()["server_id"] = json!("2");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        let rows = w.host.rows("mod_provisor_services");
        let servers: Vec<_> = rows.iter().map(|row| (&row["service_id"], &row["server_id"])).collect();
        assert_eq!(servers, [(&json!("17"), &json!("1")), (&json!("41"), &json!("2"))]);
        assert_eq!(invoiced(&w).len(), 1, "only the first had traffic: {:?}", w.host.logs);
        w.verb_on("terminate", "41").unwrap();
        assert_eq!(w.living_vms().len(), 1);
    }
}

#[test]
fn an_old_service_without_a_server_is_touched_by_no_action() {
    for collected in [false, true] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        let second = with_second_cloud(&mut w);
        // The client is known at both clouds, and new orders go to the second one.
        let mut user = w.host.rows("tblonappclients")[0].clone();
        user.insert("server_id".into(), json!("2"));
        put(&mut w, "tblonappclients", json!(user));
        let service = w.host.services.get_mut("17").unwrap();
        service["server_id"] = json!("");
        service["product"]["options"][0] = json!("2");
        to(&mut w, "2026-02-20T01:00:00Z");
        if collected {
            crons(&mut w);
        }
        assert_eq!(refusals(&mut w, "17"), ["onapp.take_over_no_server"; 4]);
        assert_eq!(second.living_vms().len(), 1);
        w.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
        crons_until(&mut w, "2026-03-10T00:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{:?}", w.host.logs);
    }
}

#[test]
fn an_old_machine_that_is_terminated_before_any_collection_is_forgotten_and_told_like_any_other() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    // The client changed the password at OnApp.
    let mut user = w.host.rows("tblonappclients")[0].clone();
    user.insert("password".into(), json!({ "secret": "changed-at-onapp" }));
    put(&mut w, "tblonappclients", json!(user));
    to(&mut w, "2026-02-20T01:00:00Z");
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    crons(&mut w);
    assert!(w.living_vms().is_empty());
    assert_ne!(w.state_of("17"), "deleting", "{:?}", w.host.logs);
    assert_eq!(w.host.mails.len(), 1);
}

#[test]
fn an_old_service_without_any_server_is_listed_and_told_once_a_day() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    let service = w.host.services.get_mut("17").unwrap();
    service["server_id"] = json!("");
    service["product"]["options"][0] = json!("");
    to(&mut w, "2026-02-20T01:00:00Z");
    for _ in 0..20 {
        crons(&mut w);
        w.advance(3600);
    }
    let told = w.host.logs.iter().filter(|log| log.code == "onapp.take_over_no_server");
    assert_eq!(told.count(), 1);
    let list = takeover(&mut w, "");
    let sentence = list["left"][0]["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("service 17") && sentence.contains("no server"),
        "{sentence}"
    );
}

#[test]
fn former_clients_that_were_cleaned_up_at_onapp_are_told_as_gone_and_can_be_terminated() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    for n in 1..=10u32 {
        // Clients 1 to 6 and 21 to 24 are gone; client 7 lives, with the youngest service.
        let (id, client) = (n.to_string(), if n < 7 { n } else { n + 14 }.to_string());
        let mut service = w.host.services["17"].clone();
        (service["id"], service["client_id"], service["client"]["id"]) = (json!(id), json!(client), json!(client));
        service["status"] = json!("Terminated");
        w.host.services.insert(id.clone(), service);
        let vm_id = (700 + n).to_string();
        put(&mut w, "tblonappservices", json!({ "service_id": id, "vm_id": vm_id }));
        let user = json!({ "server_id": "1", "client_id": client, "onapp_user_id": (500 + n).to_string(),
                           "password": { "secret": "x" }, "email": format!("gone{n}@example.com") });
        put(&mut w, "tblonappclients", user);
    }
    to(&mut w, "2026-02-20T01:00:00Z");
    crons(&mut w);
    let of = |w: &World, code: &str| w.host.logs.iter().filter(|line| line.code == code).count();
    assert_eq!((of(&w, "onapp.other_panel"), of(&w, "onapp.vm_gone")), (0, 10));
    for n in 1..=10 {
        w.verb_on("terminate", &n.to_string()).unwrap();
    }
    crons_until(&mut w, "2026-03-05T12:00:00Z");
    assert_eq!(invoiced(&w).len(), 1, "the living one is billed");
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
fn a_client_who_is_merged_before_the_first_collection_stays_known_as_the_owner_of_the_machine() {
    let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let before = w.host.services["17"].clone();
    to_client_8(&mut w, before);
    to(&mut w, "2026-02-15T12:00:00Z");
    w.run("onapp.client_deleted", json!({ "client_id": "7" })).unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(invoiced(&w), [pair("2026-02-01T00:00:00Z", cents(days(31), 1000))]);
}

/// Service 17 moved from client 7, who is still there, to client 8 while the old module was in use.
fn moved(closed: Option<&str>) -> World {
    let mut w = old_installation(closed, "UTC");
    w.host.clients.insert("7".into(), json!({ "id": "7" }));
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let mut service = w.host.services["17"].clone();
    service["status"] = json!("Active");
    to_client_8(&mut w, service);
    w
}

/// What a page or an action of the client's answers, or its code.
fn page(w: &mut World, id: &str, client: &str, job: &str) -> String {
    let mut input = w.verb(id);
    input["caller"] = json!({ "kind": "client", "client_id": client, "post": true, "token": true });
    w.run(&format!("onapp.{job}"), input)
        .map_or_else(|e| e.code, |report| report.to_string())
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
fn a_client_who_is_deleted_before_its_former_machine_was_seen_stays_known_as_its_owner() {
    for server_shown in ["1", "", "2"] {
        let mut w = moved(Some("2026-02-01 00:15:00"));
        with_second_server(&mut w);
        w.host.services.get_mut("17").unwrap()["server_id"] = json!(server_shown);
        let password = first_collection_refused(&mut w);
        w.host.clients.remove("7");
        w.run("onapp.client_deleted", json!({ "client_id": "7" })).unwrap();
        w.host.servers.get_mut("1").unwrap()["password"] = password;
        w.host.services.get_mut("17").unwrap()["server_id"] = json!("1");
        crons_until(&mut w, "2026-03-06T02:00:00Z");
        assert_eq!(invoiced(&w).len(), 1, "{server_shown} {:?}", w.host.logs);
    }
}

#[test]
fn a_double_whose_rightful_service_moved_is_billed_and_touched_for_none_until_staff_said_whose_it_is() {
    let mut w = moved(Some("2026-02-01 00:15:00"));
    // 18 of client 7 names the machine too, which has 17's name.
    let mut other = w.host.services["17"].clone();
    (other["id"], other["domain"], other["client_id"]) = (json!("18"), json!("vm18.example.com"), json!("7"));
    other["client"]["id"] = json!("7");
    w.host.services.insert("18".into(), other);
    let vm = w.vm_of("17");
    put(
        &mut w,
        "tblonappservices",
        json!({ "service_id": "18", "vm_id": vm.to_string() }),
    );
    to(&mut w, "2026-02-15T12:00:00Z");
    crons(&mut w);
    for id in ["17", "18"] {
        assert!(w.verb_on("terminate", id).is_err(), "{id}");
        assert!(w.verb_on("suspend", id).is_err(), "{id}");
    }
    assert_eq!(w.living_vms().len(), 1);
    // As the messages say: the other one is over, and the machine is noted as 17's.
    w.host.services.get_mut("18").unwrap()["status"] = json!("Cancelled");
    let noted = json!({ "vm": vm, "action": "change", "admin_note": "provisor-service-17" });
    w.panel.control("POST", "vm", &noted).unwrap();
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    let bills = ours(&w);
    assert_eq!(bills.len(), 1, "{:?}", w.host.logs);
    assert_eq!(bills[0]["client_id"], "8");
    w.verb_on("suspend", "17").unwrap();
}

#[test]
fn an_old_machine_of_two_services_that_moved_to_two_clients_is_given_to_neither_unasked() {
    let mut w = moved(Some("2026-02-01 00:15:00"));
    let mut other = w.host.services["17"].clone();
    (other["id"], other["client_id"], other["client"]["id"]) = (json!("16"), json!("9"), json!("9"));
    w.host.services.insert("16".into(), other);
    let vm = w.vm_of("17");
    put(
        &mut w,
        "tblonappservices",
        json!({ "service_id": "16", "vm_id": vm.to_string() }),
    );
    to(&mut w, "2026-02-15T12:00:00Z");
    crons_until(&mut w, "2026-03-06T02:00:00Z");
    assert_eq!(ours(&w), [] as [Value; 0]);
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

#[test]
fn pages_and_upgrades_of_an_old_service_that_moved_work_before_any_collection() {
    let mut w = moved(Some("2026-02-01 00:15:00"));
    to(&mut w, "2026-02-15T12:00:00Z");
    let shown = page(&mut w, "17", "8", "page");
    assert!(shown.contains("\"vm17\""), "{shown}");
    assert!(page(&mut w, "17", "8", "reboot").contains("message"));
    assert_eq!(page(&mut w, "17", "7", "page"), "onapp.not_yours");
    w.advance(900);
    w.verb_on("change_package", "17").unwrap();
}

/// A control panel whose first machine has the ids of ours, and is a stranger's.
fn strangers() -> World {
    let mut other = World::new();
    other.add_service("91");
    let service = other.host.services.get_mut("91").unwrap();
    (service["client_id"], service["client"]["id"]) = (json!("91"), json!("91"));
    (service["client"]["email"], service["domain"]) = (json!("stranger@example.org"), json!("secret.example.org"));
    other.verb_on("create", "91").unwrap();
    other.advance(900);
    other.run("onapp.settle", json!({})).unwrap();
    other
}

#[test]
fn an_old_machine_is_not_the_strangers_that_has_its_ids_at_another_panel_or_at_one_that_was_set_up_anew() {
    for same_address in [false, true] {
        let mut w = old_installation(Some("2026-02-01 00:15:00"), "UTC");
        w.host.services.get_mut("17").unwrap()["status"] = json!("Active");
        to(&mut w, "2026-02-15T12:00:00Z");
        crons(&mut w);
        let other = strangers();
        assert_eq!(other.vm_of("91"), w.vm_of("17"));
        other.panel.advance((w.now() - other.panel.now()).num_seconds());
        w.env.transport = std::sync::Arc::new(common::transport(other.panel.clone()));
        let server = w.host.servers.get_mut("1").unwrap();
        server["password"] = json!({ "secret": other.panel.password });
        if !same_address {
            server["hostname"] = json!("127.0.0.1");
        }
        for action in ["suspend", "unsuspend", "terminate"] {
            assert_eq!(
                w.verb_on(action, "17").unwrap_err().code,
                "onapp.vm_not_ours",
                "{action}"
            );
        }
        assert!(!page(&mut w, "17", "7", "page").contains("secret.example.org"));
        assert_eq!(page(&mut w, "17", "7", "console"), "onapp.vm_not_ours");
        assert_eq!(other.living_vms().len(), 1);
        assert_eq!(other.living_vms()[0]["suspended"], json!(false));
    }
}

#[test]
fn a_machine_of_the_same_ids_at_another_panel_proves_nothing_about_those_that_are_not_there() {
    let cloud = |mail: &str| {
        let mut w = World::new();
        for id in ["31", "32", "33", "34"] {
            w.add_service(id);
            let service = w.host.services.get_mut(id).unwrap();
            (service["client_id"], service["client"]["id"]) = (json!(id), json!(id));
            service["client"]["email"] = json!(format!("c{id}@{mail}"));
            w.verb_on("create", id).unwrap();
            w.advance(900);
            w.run("onapp.settle", json!({})).unwrap();
        }
        w
    };
    let mut w = cloud("example.com");
    // As the old module would have left them: without our keys.
    let rows: Vec<_> = w
        .host
        .rows("mod_provisor_services")
        .into_iter()
        .map(|row| json!(row))
        .collect();
    for row in rows {
        let key = json!({ "module": "onapp", "service_id": row["service_id"] });
        let values = json!({ "create_key": null });
        let change = json!([{ "kind": "update", "table": "mod_provisor_services", "key": key, "rev": row["rev"], "values": values }]);
        let token = row["service_id"].to_string();
        w.host
            .answer("apply", &json!({ "token": token, "changes": change }))
            .unwrap();
    }
    let other = cloud("strangers.example.org");
    for id in ["31", "32", "33"] {
        let gone = json!({ "vm": other.vm_of(id), "action": "delete" });
        other.panel.control("POST", "vm", &gone).unwrap();
    }
    assert_eq!(other.vm_of("34"), w.vm_of("34"));
    w.env.transport = std::sync::Arc::new(common::transport(other.panel.clone()));
    let server = w.host.servers.get_mut("1").unwrap();
    server["password"] = json!({ "secret": other.panel.password });
    server["hostname"] = json!("127.0.0.1");
    for _ in 0..2 {
        w.host.clock += chrono::TimeDelta::hours(2);
        other.panel.advance(7200);
        crons(&mut w);
    }
    assert!(
        !w.host.logs.iter().any(|line| line.code == "onapp.vm_gone"),
        "{:?}",
        w.host.logs
    );
    assert_eq!(w.verb_on("terminate", "31").unwrap_err().code, "onapp.other_panel");
}
