//! A database as the old OnApp module left it, made from its tables as the reference describes them (onapp-vm-module.md 3 and
//! 6.3), and what tests ask of it. Amounts are compared with sums made here, in whole numbers.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use crate::common::{self, World, at};
use provisor::host::Port;
use provisor::host::memory::MemoryHost;
use provisor::http::Transport as _;
use serde_json::{Value, json};

/// Kilobytes that the machine moves in each hour of its life.
pub const HOURLY: u64 = 3000;

/// The old module's own tables, and nothing of ours: column by column, with what it stored in them.
pub fn old_tables() -> Value {
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
pub fn old_installation(closed: Option<&str>, php_zone: &str) -> World {
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
pub fn put(w: &mut World, table: &str, values: Value) {
    let changes = json!([{ "kind": "put", "table": table, "values": values }]);
    let args = json!({ "token": changes.to_string(), "changes": changes });
    w.host.answer("apply", &args).unwrap();
}

/// An invoice of the old module: no marker, one line that begins with product and hostname.
pub fn old_invoice(client: &str, service: &str, start: &str, end: &str) -> Value {
    let line = format!("Cloud VM - vm{service}.example.com ({start}:00 / {end}:00)\nUsed 2179.6875 MB");
    let date = &end[..10];
    json!({ "id": "50", "client_id": client, "status": "Paid", "date": date, "due_date": date, "notes": "",
            "lines": [{ "description": line, "amount": "23.59", "taxed": false }] })
}

/// Invoices that this module made.
pub fn ours(w: &World) -> Vec<Value> {
    let all = w.host.invoices.values();
    all.filter(|invoice| invoice["notes"].as_str().unwrap().starts_with("[onapp-"))
        .cloned()
        .collect()
}

pub fn to(w: &mut World, moment: &str) {
    let seconds = (at(moment) - w.now()).num_seconds();
    assert!(seconds >= 0, "{moment} is over");
    w.advance(seconds);
}

/// The crons of one moment.
pub fn crons(w: &mut World) {
    w.run("onapp.settle", json!({})).unwrap();
    w.run("onapp.collect", json!({})).unwrap();
    w.run("onapp.bill", json!({})).unwrap();
}

/// The crons of every third day until then, and the first ones after it.
pub fn crons_until(w: &mut World, moment: &str) {
    while w.now() < at(moment) {
        crons(w);
        w.advance(86_400 * 3);
    }
    crons(w);
}

pub fn takeover(w: &mut World, bill: &str) -> Value {
    w.run("onapp.takeover", json!({ "bill": bill })).unwrap()
}

/// Cents for so many kilobytes at 0.02 per MB above so many MB, half a cent rounded up: in whole numbers, by hand.
pub fn cents(kb: u64, included_mb: u64) -> u64 {
    let above = kb.saturating_sub(included_mb * 1024);
    // above / 1024 * 2 cents
    (above * 2 * 2 + 1024) / (2 * 1024)
}

/// The same for a period of so many hours, of whose 744 at [`HOURLY`] KB 1000 MB are included.
pub fn cents_of_hours(hours: u64) -> u64 {
    let above = hours * HOURLY * 744 - 1000 * 1024 * hours; // In 744ths of a kilobyte.
    (above * 2 * 2 + 1024 * 744) / (2 * 1024 * 744)
}

pub fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The amounts of all published invoices, and the first instants of their periods.
pub fn invoiced(w: &World) -> Vec<(String, String)> {
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

pub fn pair(start: &str, cents: u64) -> (String, String) {
    (start.to_owned(), money(cents))
}

pub fn days(n: u64) -> u64 {
    n * 24 * HOURLY
}

/// What the list says of the periods: first instant, state, amount.
pub fn listed(report: &Value) -> Vec<(String, String, String)> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let items = report["missed"].as_array().unwrap();
    items
        .iter()
        .map(|item| (text(item, "from"), text(item, "state"), text(item, "amount")))
        .collect()
}

/// The service is client 8's from now on, under the same number.
pub fn to_client_8(w: &mut World, mut service: Value) {
    service["client_id"] = json!("8");
    service["client"] = json!({ "id": "8", "email": "eve@example.com", "first_name": "Eve", "last_name": "" });
    w.host.services.insert("17".into(), service);
}

/// Service 30 of another client, made by this module on January 1st, beside the old one.
pub fn with_healthy_neighbour(w: &mut World) {
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

/// The same installation with a second server record, whose panel is nobody's: an address where nothing answers as a panel.
pub fn with_second_server(w: &mut World) {
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

/// A second control panel as server 2, with a machine of client 8 that the old module made there. Its ids have nothing of
/// the first one's.
pub fn with_second_cloud(w: &mut World) -> World {
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
pub fn as_server_2(w: &mut World, second: &World, client: &str) {
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

/// What each action on a service is refused with; nothing is changed by any of them.
pub fn refusals(w: &mut World, service: &str) -> Vec<String> {
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
pub fn with_double() -> World {
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
pub fn first_collection_refused(w: &mut World) -> Value {
    let password = w.host.servers["1"]["password"].clone();
    w.host.servers.get_mut("1").unwrap()["password"] = json!({ "secret": "wrong" });
    to(w, "2026-02-20T01:00:00Z");
    crons(w);
    password
}

/// Service 17 moved from client 7, who is still there, to client 8 while the old module was in use.
pub fn moved(closed: Option<&str>) -> World {
    let mut w = old_installation(closed, "UTC");
    w.host.clients.insert("7".into(), json!({ "id": "7" }));
    w.host.clients.insert("8".into(), json!({ "id": "8" }));
    let mut service = w.host.services["17"].clone();
    service["status"] = json!("Active");
    to_client_8(&mut w, service);
    w
}

/// What a page or an action of the client's answers, or its code.
pub fn page(w: &mut World, id: &str, client: &str, job: &str) -> String {
    let mut input = w.verb(id);
    input["caller"] = json!({ "kind": "client", "client_id": client, "post": true, "token": true });
    w.run(&format!("onapp.{job}"), input)
        .map_or_else(|e| e.code, |report| report.to_string())
}

/// A control panel whose first machine has the ids of ours, and is a stranger's.
pub fn strangers() -> World {
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
