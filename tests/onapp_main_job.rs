//! The main job, end to end in memory: an order becomes a VM, its traffic becomes exactly one invoice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::World;
use serde_json::json;

#[test]
fn an_order_becomes_a_vm_and_its_traffic_exactly_one_invoice() {
    let mut w = World::new();
    w.run("onapp.test_connection", json!({ "server": w.host.servers["1"] }))
        .unwrap();
    w.add_service("17");
    w.verb_on("create", "17").unwrap();
    assert_eq!(w.living_vms().len(), 1);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "building", "a VM that is not built is not settled");
    w.advance(900);
    w.run("onapp.settle", json!({})).unwrap();
    assert_eq!(w.state_of("17"), "ready", "{:?}", w.host.logs);
    assert!(!w.host.fields["17"]["dedicated_ip"].as_str().unwrap().is_empty());
    assert_eq!(w.host.mails.len(), 1);

    let vm = w.vm_of("17");
    w.traffic(vm, "2026-01-01T01:00:00Z", "2026-02-01T00:00:00Z", 2819);
    w.advance(31 * 86_400 + 7200);
    w.run("onapp.collect", json!({})).unwrap();
    let report = w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(
        report["invoices"].as_array().unwrap().len(),
        1,
        "{report} {:?}",
        w.host.logs
    );
    // 743 hours of 2819 KB: 2094517 KB = 2045.4267578125 MB; above 1000 MB at 0.02: 20.90853515625, rounded 20.91.
    assert_eq!(w.true_kb(), 743 * 2819);
    assert_eq!(report["invoices"][0]["total"], "20.91");
    assert_eq!(w.host.invoices_with("Unpaid").len(), 1);

    let again = w.run("onapp.collect", json!({})).unwrap();
    assert_eq!(again["hours"], 0);
    let again = w.run("onapp.bill", json!({})).unwrap();
    assert_eq!(again["invoices"], json!([]));
    assert_eq!(w.host.invoices.len(), 1);

    w.verb_on("suspend", "17").unwrap();
    assert_eq!(w.living_vms()[0]["suspended"], json!(true));
    w.advance(300);
    w.verb_on("unsuspend", "17").unwrap();
    w.advance(300);
    assert_eq!(w.living_vms()[0]["suspended"], json!(false));
    assert_eq!(
        w.living_vms()[0]["booted"],
        json!(true),
        "what ran before the suspension runs again"
    );

    w.traffic(vm, "2026-02-01T03:00:00Z", "2026-02-02T00:00:00Z", 100_000);
    w.advance(2 * 86_400);
    w.verb_on("terminate", "17").unwrap();
    w.advance(900);
    assert!(w.living_vms().is_empty());
    assert_eq!(
        w.run("onapp.bill", json!({})).unwrap()["invoices"],
        json!([]),
        "the final bill comes at the regular end"
    );
    w.advance(31 * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    let last = w.run("onapp.bill", json!({})).unwrap();
    // 21 hours of 100000 KB: 2050.78125 MB, 1050.78125 above, x 0.02 = 21.015625.
    assert_eq!(last["invoices"][0]["total"], "21.02", "{:?}", w.host.logs);
    w.advance(62 * 86_400);
    assert_eq!(
        w.run("onapp.bill", json!({})).unwrap()["invoices"],
        json!([]),
        "nothing comes after the final bill"
    );
    assert_eq!(w.host.invoices.len(), 2);
}
