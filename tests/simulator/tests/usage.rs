//! Promises about hourly rows and the truth behind them (reference: onapp-api.md 7.1, 7.2).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::*;
use serde_json::json;

#[test]
fn idle_hours_have_no_row() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let nic = nic(&sim, id);
    sim.add_traffic(id, "2026-01-01T01:00:00Z", 10, 0).unwrap();
    sim.add_traffic(id, "2026-01-01T04:00:00Z", 20, 0).unwrap();
    to(&sim, "2026-01-01T06:00:00Z");
    let stamps: Vec<_> = rows(&sim, id, nic, "").iter().map(|r| r["stat_time"].clone()).collect();
    assert_eq!(
        stamps,
        [json!("2026-01-01T02:00:00.000Z"), json!("2026-01-01T05:00:00.000Z")]
    );
}

#[test]
fn rows_are_stamped_at_the_end_of_the_hour_and_written_seconds_later() {
    for version in RELEASES {
        let sim = panel(version);
        client(&sim, "ada");
        let id = built_vm(&sim, "ada");
        let nic = nic(&sim, id);
        sim.add_traffic(id, "2026-01-01T01:00:00Z", 10, 3).unwrap();
        to(&sim, "2026-01-01T01:59:59Z");
        assert!(rows(&sim, id, nic, "").is_empty(), "the current hour is never included");
        to(&sim, "2026-01-01T02:00:00Z");
        assert!(
            rows(&sim, id, nic, "").is_empty(),
            "5 to 30 seconds pass before the row is written"
        );
        to(&sim, "2026-01-01T02:00:30Z");
        let row = &rows(&sim, id, nic, "")[0];
        let stamp = if version.starts_with(['6', '7']) {
            "2026-01-01T02:00:00.000Z"
        } else {
            "2026-01-01T02:00:00Z"
        };
        assert_eq!(row["stat_time"], stamp, "{version}");
        assert_eq!((&row["data_sent"], &row["data_received"]), (&json!(10), &json!(3)));
    }
}

#[test]
fn the_period_filters_on_the_stamp() {
    let sim = panel("5.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let nic = nic(&sim, id);
    let generator = json!({"vm": id, "from": "2026-01-01T01:00:00Z", "to": "2026-01-01T09:00:00Z", "kb_per_hour": 7});
    assert_eq!(sim.control("POST", "traffic", &generator).unwrap()["hours"], 8);
    to(&sim, "2026-01-02T00:00:00Z");
    let count = |query: &str| rows(&sim, id, nic, query).len();
    assert_eq!(count(""), 8);
    assert_eq!(
        count("?period[startdate]=2026-01-01+02:30:00&period[enddate]=2026-01-01+05:30:00"),
        3
    );
    assert_eq!(
        count("?period%5Bstartdate%5D=2026-01-01%2002%3A30&period%5Benddate%5D=2026-01-01%2005%3A30"),
        3
    );
    assert_eq!(
        count("?period[startdate]=2026-01-01+03:00:00&period[enddate]=2026-01-01+05:00:00"),
        3
    );
    sim.control("POST", "quirks", &json!({"period_end_exclusive": true}))
        .unwrap();
    assert_eq!(
        count("?period[startdate]=2026-01-01+03:00:00&period[enddate]=2026-01-01+05:00:00"),
        2
    );
    let path = format!("/virtual_machines/{id}/network_interfaces/{nic}/usage.json");
    let body = json!({"period": {"startdate": "2026-01-01 08:30:00", "enddate": "2026-01-02 00:00:00"}});
    assert_eq!(
        admin(&sim, "GET", &path, Some(&body)).1.as_array().unwrap().len(),
        1,
        "a body of a GET counts too"
    );
}

#[test]
fn rows_older_than_three_months_are_gone_and_the_truth_is_not() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let nic = nic(&sim, id);
    sim.add_traffic(id, "2026-01-01T01:00:00Z", 10, 0).unwrap();
    sim.add_traffic(id, "2026-01-01T02:00:00Z", 20, 0).unwrap();
    to(&sim, "2026-04-01T02:30:00Z");
    let left = rows(
        &sim,
        id,
        nic,
        "?period[startdate]=2026-01-01+00:00:00&period[enddate]=2026-04-01+00:00:00",
    );
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["data_sent"], 20);
    assert_eq!(sim.state()["vms"][0]["sent_kb"], 30);
}

#[test]
fn a_deleted_vm_takes_its_rows_along_but_not_the_truth() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let nic = nic(&sim, id);
    sim.add_traffic(id, "2026-01-01T01:00:00Z", 10, 0).unwrap();
    sim.add_traffic(id, "2026-01-01T02:00:00Z", 20, 0).unwrap();
    sim.add_traffic(id, "2026-01-01T05:00:00Z", 40, 0).unwrap();
    to(&sim, "2026-01-01T02:30:00Z");
    assert_eq!(
        admin(&sim, "DELETE", &format!("/virtual_machines/{id}.json"), None).0,
        204
    );
    to(&sim, "2026-01-01T08:00:00Z");
    let path = format!("/virtual_machines/{id}/network_interfaces/{nic}/usage.json");
    assert_eq!(admin(&sim, "GET", &path, None).0, 404);
    let state = sim.state();
    assert_eq!(
        state["vms"][0]["sent_kb"], 30,
        "what was planned for after its end never flowed"
    );
    assert_eq!(
        state["vms"][0]["reported_sent_kb"], 10,
        "the row of its last hour came too late to be read"
    );
    assert_eq!(state["owners"][0]["sent_kb"], 30);
}

#[test]
fn a_removed_interface_takes_its_rows_along_but_not_the_truth() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let second = sim
        .control("POST", "vm", &json!({"action": "add_nic", "vm": id}))
        .unwrap()["nic"]
        .as_u64()
        .unwrap();
    let traffic = json!({"vm": id, "nic": second, "hour": "2026-01-01T01:00:00Z", "sent_kb": 9, "received_kb": 1});
    sim.control("POST", "traffic", &traffic).unwrap();
    to(&sim, "2026-01-01T03:00:00Z");
    assert_eq!(rows(&sim, id, second, "").len(), 1);
    sim.control("POST", "vm", &json!({"action": "remove_nic", "vm": id, "nic": second}))
        .unwrap();
    let path = format!("/virtual_machines/{id}/network_interfaces/{second}/usage.json");
    assert_eq!(admin(&sim, "GET", &path, None).0, 404);
    assert_eq!(sim.state()["vms"][0]["total_kb"], 10);
}

#[test]
fn late_rows_appear_late_and_corrections_change_a_row() {
    let sim = panel("6.5");
    client(&sim, "ada");
    let id = built_vm(&sim, "ada");
    let nic = nic(&sim, id);
    let late = json!({"vm": id, "hour": "2026-01-01T01:00:00Z", "sent_kb": 10, "received_kb": 0, "late_minutes": 90});
    sim.control("POST", "traffic", &late).unwrap();
    to(&sim, "2026-01-01T03:00:00Z");
    assert!(rows(&sim, id, nic, "").is_empty());
    assert_eq!(
        sim.state()["vms"][0]["sent_kb"],
        10,
        "the truth knows it when the hour is over"
    );
    assert_eq!(sim.state()["vms"][0]["reported_sent_kb"], 0);
    to(&sim, "2026-01-01T03:31:00Z");
    assert_eq!(rows(&sim, id, nic, "")[0]["data_sent"], 10);
    sim.add_traffic(id, "2026-01-01T01:00:00Z", -4, 1).unwrap();
    let row = &rows(&sim, id, nic, "")[0];
    assert_eq!((&row["data_sent"], &row["data_received"]), (&json!(6), &json!(1)));
    assert_eq!(row["updated_at"], "2026-01-01T03:31:00.000Z");
    let refused = sim.add_traffic(id, "2026-01-01T01:00:00Z", -7, 0).unwrap_err();
    assert!(refused.contains("less than no traffic"), "{refused}");
}

#[test]
fn generated_traffic_is_the_same_for_the_same_seed() {
    let run = |seed: u64| {
        let sim = provisor_simulator::Simulator::in_memory(provisor_simulator::Options { seed, ..options("6.5") });
        client(&sim, "ada");
        let id = built_vm(&sim, "ada");
        let order = json!({"vm": id, "from": "2026-01-02T00:00:00Z", "to": "2026-01-04T00:00:00Z",
            "kb_per_hour": 1000, "random": true});
        sim.control("POST", "traffic", &order).unwrap();
        to(&sim, "2026-01-05T00:00:00Z");
        sim.state().to_string()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn traffic_belongs_to_the_owner_of_its_hour() {
    let sim = panel("6.5");
    let ada = client(&sim, "ada");
    let bob = client(&sim, "bob");
    let id = built_vm(&sim, "ada");
    sim.add_traffic(id, "2026-01-01T01:00:00Z", 10, 0).unwrap();
    sim.add_traffic(id, "2026-01-01T03:00:00Z", 20, 0).unwrap();
    to(&sim, "2026-01-01T02:30:00Z");
    let path = format!("/virtual_machines/{id}/change_owner.json");
    assert_eq!(admin(&sim, "POST", &path, Some(&json!({"user_id": bob}))).0, 201);
    to(&sim, "2026-01-01T05:00:00Z");
    let owners = sim.state()["owners"].clone();
    let of = |user: u64| {
        owners
            .as_array()
            .unwrap()
            .iter()
            .find(|o| o["user_id"] == user)
            .unwrap()["sent_kb"]
            .clone()
    };
    assert_eq!((of(ada), of(bob)), (json!(10), json!(20)));
}
