//! "Overages Billing" as the product has it: box, unit, limit, price, additional bandwidth, currency. Each row's amount is
//! compared with a sum made here in whole numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::World;
use provisor_simulator::Version;
use serde_json::{Value, json};

/// What the machine moves in January: 31 days of 3000 KB an hour.
const USED_KB: u128 = 31 * 24 * 3000;

/// One way to set a product, an option and a currency.
#[derive(Clone, Copy)]
struct Row {
    /// WHMCS's overagesenabled.
    overages: &'static str,
    /// Slot 24.
    slot24: &'static str,
    /// Soft limit and price, as WHMCS stores them.
    limit: u128,
    price: &'static str,
    /// Type, Order and quantity of the option in slot 22.
    option: Option<(&'static str, u128, u128)>,
    /// The client's rate.
    rate: &'static str,
}

const PLAIN: Row = Row {
    overages: "1,MB,MB",
    slot24: "",
    limit: 1000,
    price: "0.0200",
    option: None,
    rate: "1.00000",
};

/// Digits of a decimal without its point, and ten to the number of its places.
fn fraction(decimal: &str) -> (u128, u128) {
    let (whole, places) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits: u128 = format!("{whole}{places}").parse().unwrap();
    (digits, 10u128.pow(u32::try_from(places.len()).unwrap()))
}

/// The row's cents, half a cent rounded up. `unit` is how many MB its unit has, `kb` how many KB an MB has.
fn cents(row: &Row, unit: u128, kb: u128) -> u128 {
    let more = match row.option {
        Some(("quantity", order, quantity)) => order * quantity,
        Some(("yesno", ..)) | None => 0,
        Some((_, order, _)) => order,
    };
    let above = USED_KB.saturating_sub((row.limit * unit + more) * kb);
    let ((price, price_of), (rate, rate_of)) = (fraction(row.price), fraction(row.rate));
    let (n, d) = (above * price * rate * 100, kb * unit * price_of * rate_of);
    (2 * n + d) / (2 * d)
}

/// A host with one service whose January is measured, and nothing of it billed.
fn measured() -> World {
    measured_for(32)
}

/// The same, so many days after the machine was made.
fn measured_for(days: i64) -> World {
    let mut w = World::with(Version { major: 6, minor: 5 }).with_ready_vm("17");
    w.traffic(w.vm_of("17"), "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", 3000);
    w.advance(days * 86_400);
    w.run("onapp.collect", json!({})).unwrap();
    w
}

/// Bills January with the row's settings, on a copy of the host.
fn billed(w: &World, row: &Row) -> (World, Vec<String>) {
    let mut w = w.copy();
    let service = w.host.services.get_mut("17").unwrap();
    let product = &mut service["product"];
    product["overages"] = json!(row.overages);
    product["options"][23] = json!(row.slot24);
    product["bw_limit"] = json!(row.limit.to_string());
    product["bw_price"] = json!(row.price);
    service["currency"]["rate"] = json!(row.rate);
    if let Some((kind, order, quantity)) = row.option {
        service["product"]["options"][21] = json!("22");
        service["options"] = json!([
            { "id": "21", "name": "RAM", "kind": "dropdown", "order": "4096", "quantity": "" },
            { "id": "22", "name": "Traffic", "kind": kind, "order": order.to_string(), "quantity": quantity.to_string() },
        ]);
    }
    w.run("onapp.bill", json!({})).unwrap();
    let amounts = w
        .host
        .invoices
        .values()
        .map(|invoice: &Value| invoice["lines"][0]["amount"].as_str().unwrap().to_owned())
        .collect();
    (w, amounts)
}

#[test]
fn limit_price_unit_option_and_rate_are_read_from_the_product_to_the_cent() {
    let w = measured();
    let mb = [
        PLAIN,
        Row { limit: 0, ..PLAIN },
        Row {
            overages: "on,MB,MB",
            ..PLAIN
        },
        Row { overages: "1", ..PLAIN },
        Row {
            price: "0.0125",
            rate: "0.79000",
            ..PLAIN
        },
        Row {
            price: "1.0000",
            rate: "1.23457",
            ..PLAIN
        },
        Row {
            option: Some(("dropdown", 500, 0)),
            ..PLAIN
        },
        Row {
            option: Some(("radio", 1100, 0)),
            ..PLAIN
        },
        Row {
            option: Some(("yesno", 500, 1)),
            ..PLAIN
        },
        Row {
            option: Some(("quantity", 100, 7)),
            ..PLAIN
        },
        Row {
            limit: 0,
            option: Some(("quantity", 1, 2000)),
            ..PLAIN
        },
        Row {
            overages: "1,GB,GB",
            slot24: "<unit>mb</unit>",
            ..PLAIN
        },
    ];
    for row in &mb {
        check(&w, row, 1, 1024);
    }
    let gb = Row {
        overages: "1,MB,GB",
        slot24: "<unit>selected</unit>",
        limit: 1,
        price: "20.0000",
        ..PLAIN
    };
    check(&w, &gb, 1024, 1024);
    check(
        &w,
        &Row {
            option: Some(("dropdown", 500, 0)),
            ..gb
        },
        1024,
        1024,
    );
    let tb = Row {
        overages: "1,MB,TB",
        limit: 0,
        price: "999.9900",
        ..gb
    };
    check(&w, &tb, 1024 * 1024, 1024);
    check(
        &w,
        &Row {
            slot24: "<kb>1000</kb>",
            ..PLAIN
        },
        1,
        1000,
    );
    check(
        &w,
        &Row {
            slot24: "<unit>selected</unit><kb>1000</kb>",
            ..gb
        },
        1000,
        1000,
    );
}

fn check(w: &World, row: &Row, unit: u128, kb: u128) {
    let expected = cents(row, unit, kb);
    let amounts = billed(w, row).1;
    let what = format!(
        "{} {} {} {} {:?} {}",
        row.overages, row.slot24, row.limit, row.price, row.option, row.rate
    );
    let shown = format!("{}.{:02}", expected / 100, expected % 100);
    assert!(expected > 10, "{what}: a row that makes no invoice shows nothing");
    assert_eq!(amounts, [shown], "{what}");
}

#[test]
fn usage_up_to_the_limit_and_amounts_up_to_the_threshold_make_no_invoice() {
    let w = measured();
    for row in [
        Row { limit: 2180, ..PLAIN },
        Row {
            limit: 100_000,
            ..PLAIN
        },
        Row {
            limit: 2175,
            price: "0.0200",
            ..PLAIN
        },
        Row {
            price: "0.0000",
            ..PLAIN
        },
        Row { overages: "", ..PLAIN },
        Row {
            overages: "0,MB,MB",
            ..PLAIN
        },
        Row {
            slot24: "whmcs",
            ..PLAIN
        },
    ] {
        assert_eq!(
            billed(&w, &row).1,
            [""; 0],
            "{} {} {}",
            row.overages,
            row.limit,
            row.price
        );
    }
}

#[test]
fn the_product_page_shows_used_and_included_for_client_and_staff() {
    let (mut w, _) = billed(
        &measured(),
        &Row {
            option: Some(("quantity", 100, 7)),
            ..PLAIN
        },
    );
    // Staff: WHMCS's own columns; the client: a sentence too.
    assert_eq!(w.host.fields["17"]["bw_limit"], "1700");
    let told = w.run("onapp.usage", json!({ "service_id": "17" })).unwrap();
    assert!(told["text"].as_str().unwrap().contains("of 1700 MB included"), "{told}");
}

/// The figure that WHMCS is told of more than 2000 MB used of 103400, when the option in slot 22 has this name, type, Order, choice
/// and quantity.
fn told(w: &World, name: &str, kind: &str, order: &str, choice: &str, quantity: &str) -> String {
    let mut w = w.copy();
    let service = w.host.services.get_mut("17").unwrap();
    service["product"]["overages"] = json!("1,MB,MB");
    service["product"]["bw_limit"] = json!("1000");
    service["bw_limit"] = json!("103400");
    service["product"]["options"][21] = json!("22");
    service["options"] = json!([
        { "id": "22", "name": name, "kind": kind, "order": order, "choice": choice, "quantity": quantity },
    ]);
    w.run("onapp.bill", json!({})).unwrap();
    w.host.fields["17"]["bw_usage"].as_str().unwrap().to_owned()
}

#[test]
fn whmcs_never_bills_traffic_that_was_bought_as_an_option_named_bandwidth() {
    let w = measured_for(30);
    // WHMCS takes the choice's text for its limit, or the quantity, and reads the number it begins with; no unit.
    for (kind, order, choice, quantity, most) in [
        ("dropdown", "102400", "100 GB", "", "100"),
        ("radio", "102400", "+100GB", "", "100"),
        ("dropdown", "102400", "1,000 MB", "", "1"),
        ("dropdown", "102400", "1.9 TB", "", "1"),
        ("dropdown", "102400", "102400|100 GB", "", "100"),
        ("dropdown", "102400", "Unlimited", "", "0"),
        ("dropdown", "102400", "-5", "", "0"),
        ("dropdown", "102400", "", "", "0"),
        ("dropdown", "102400", "99999999999999999999999999999999 MB", "", "0"),
        ("dropdown", "50", "100 GB", "", "50"),
        ("quantity", "1024", "GB", "7", "7"),
        ("yesno", "102400", "Yes", "1", "1"),
    ] {
        for name in ["Bandwidth", "bandwidth "] {
            let figure = told(&w, name, kind, order, choice, quantity);
            assert_eq!(figure, most, "{name} {kind} {order} {choice} {quantity}");
        }
    }
    assert_eq!(
        told(&w, "Traffic", "dropdown", "102400", "100 GB", ""),
        "1000",
        "another name is no limit of WHMCS's"
    );
}
