//! A Backup Server service that was deleted in the billing panel, whose number may be given again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup_support;

use backup_support::common::Runner;
use backup_support::{World, client};
use provisor::http::memory::MemoryTransport;
use provisor::http::{Request, Response};
use serde_json::json;
use std::sync::Arc;

/// A customer's service with its account; then it is gone from the billing panel, by a hook or unseen.
fn deleted(by_hook: bool) -> World {
    let mut w = World::new();
    let options = w.customer();
    w.add_service("17", options);
    w.verb_on("create", "17").unwrap();
    w.host.services.remove("17");
    w.host.fields.remove("17");
    if by_hook {
        w.run("service_deleted", json!({ "service_id": "17" })).unwrap();
    } else {
        daily(&mut w);
    }
    w
}

fn daily(w: &mut World) {
    let input = json!({ "configuration": w.configuration.to_string(), "module": "backupserver" });
    w.run("usage", input).unwrap();
}

/// The number goes to that client.
fn given(w: &mut World, id: &str) {
    let options = w.customer();
    w.host.clients.insert(id.into(), client(id, "Second Ltd"));
    w.add_service("17", options);
    let other = w.host.clients[id].clone();
    let service = w.host.services.get_mut("17").unwrap();
    service["client_id"] = json!(id);
    service["client"] = other;
}

fn told(w: &World) -> usize {
    let told = |l: &&provisor::host::LogEntry| l.code == "backupserver.service_deleted";
    w.host.logs.iter().filter(told).count()
}

#[test]
fn a_number_given_again_for_a_product_of_another_server_or_kind_says_so_and_not_whose_account_it_was() {
    for (slot, text) in [(2, "other.example.net"), (6, "Signup Reseller")] {
        let mut w = deleted(true);
        given(&mut w, "8");
        w.host.services.get_mut("17").unwrap()["product"]["options"][slot - 1] = json!(text);
        for verb in ["create", "suspend", "unsuspend", "terminate", "change_package"] {
            let input = w.verb("17");
            let (code, sentence) = w.refused(verb, input);
            assert_eq!(code, "backupserver.number_reused", "{verb}: {sentence}");
            assert!(!sentence.contains("Acme"), "{verb}: {sentence}");
        }
        // Staff are told the same every day.
        let before = w.host.logs.len();
        daily(&mut w);
        let warned: Vec<String> = w.host.logs[before..]
            .iter()
            .map(|l| format!("{}: {}", l.code, l.text))
            .collect();
        assert!(warned.iter().all(|l| !l.contains("Acme")), "{warned:?}");
    }
}

#[test]
fn the_next_client_of_a_number_gets_nothing_of_the_former_ones_account() {
    for (by_hook, reads_usage) in [(true, true), (false, true), (false, false)] {
        let mut w = World::new();
        if !reads_usage {
            w.configuration = json!({});
        }
        let configuration = w.configuration.clone();
        w = deleted(by_hook);
        w.configuration = configuration;
        daily(&mut w);
        assert_eq!(told(&w), 1, "staff are told once");
        given(&mut w, "8");
        let (standing, asked) = (w.standing(), w.panel.requests().len());
        for verb in ["create", "suspend", "unsuspend", "terminate", "change_package"] {
            let input = w.verb("17");
            let (code, sentence) = w.refused(verb, input);
            assert_eq!(code, "backupserver.number_reused", "{verb}: {sentence}");
            assert!(sentence.contains("client 7"), "{sentence}");
        }
        for (as_client, verb) in [
            (true, "pass_key"),
            (false, "refresh_pass_key"),
            (false, "take_over_account"),
            (false, "forget_account"),
        ] {
            let mut input = if as_client { w.as_client("17") } else { w.as_staff("17") };
            input["caller"]["client_id"] = json!(if as_client { "8" } else { "" });
            let (code, sentence) = w.refused(verb, input);
            assert!(!sentence.contains("Acme"), "{verb}: {sentence}");
            assert!(
                ["backupserver.number_reused", "backupserver.no_account"].contains(&code.as_str()),
                "{verb}: {code}"
            );
        }
        let mut input = w.as_client("17");
        input["caller"]["client_id"] = json!("8");
        let page = w.run("page", input).unwrap()["page"].to_string();
        assert!(
            page.contains("There is no backup account yet.") && !page.contains("Acme"),
            "{page}"
        );
        daily(&mut w);
        assert!(!w.host.fields.contains_key("17"), "{:?}", w.host.fields);
        assert_eq!(w.standing(), standing);
        assert_eq!(w.panel.requests().len(), asked, "by hook {by_hook}");
    }
}

#[test]
fn a_sign_up_without_an_answer_is_not_the_next_clients_either() {
    let mut w = World::new();
    let options = w.customer();
    w.add_service("17", options);
    w.control(
        "faults",
        json!([{ "kind": "reset_after", "match": { "path_contains": "register" }, "count": 1 }]),
    );
    w.verb_on("create", "17").unwrap_err();
    w.control("faults", json!([]));
    w.host.services.remove("17");
    w.run("service_deleted", json!({ "service_id": "17" })).unwrap();
    given(&mut w, "8");
    let input = w.verb("17");
    assert_eq!(w.refused("create", input).0, "backupserver.number_reused");
}

#[test]
fn the_account_of_a_deleted_service_goes_to_a_new_service_of_the_same_client_when_staff_say_so() {
    let mut w = deleted(true);
    let standing = w.standing();
    let name = w.host.rows("mod_provisor_backup_accounts")[0]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let options = w.customer();
    // Of another client it is not, and of a service that is there neither.
    w.host.clients.insert("8".into(), client("8", "Second Ltd"));
    w.add_service("19", options.clone());
    let other = w.host.clients["8"].clone();
    let stranger = w.host.services.get_mut("19").unwrap();
    stranger["client_id"] = json!("8");
    stranger["client"] = other;
    w.add_service("18", options);
    for id in ["18", "19"] {
        w.host.services.get_mut(id).unwrap()["username"] = json!(name);
    }
    let named = |w: &World, id: &str| {
        let mut input = w.as_staff(id);
        input["service"]["username"] = json!(name);
        input
    };
    let input = named(&w, "19");
    let (code, _) = w.refused("take_over_account", input);
    assert_eq!(code, "backupserver.name_in_use");
    let input = named(&w, "18");
    let (code, sentence) = w.refused("create", input);
    assert_eq!(code, "backupserver.name_in_use");
    assert!(sentence.contains("press Take Over Account"), "{sentence}");
    let input = named(&w, "18");
    w.run("take_over_account", input).unwrap();
    let rows = w.host.rows("mod_provisor_backup_accounts");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(
        (rows[0]["owner_id"].as_str(), rows[0]["name"].as_str()),
        (Some("18"), Some(name.as_str()))
    );
    assert_eq!(w.standing(), standing, "nothing changed at the Backup Server");
    w.verb_on("suspend", "18").unwrap();
    assert!(!w.standing()[0].1);
    w.verb_on("unsuspend", "18").unwrap();
    // And the contrary: a service that is there keeps its account.
    let options = w.customer();
    w.add_service("20", options);
    let input = named(&w, "20");
    assert_eq!(w.refused("take_over_account", input).0, "backupserver.name_in_use");
}

/// A client's service with its account, after this verb, is deleted; the client has a new one, whose Username staff entered.
fn ordered_again(verb: Option<&str>, reads_usage: bool, username: &str) -> World {
    ordered_anew(verb, reads_usage, username, &[], &[])
}

/// The same with these fields set in the products of the first and of the new service.
fn ordered_anew(
    verb: Option<&str>,
    reads_usage: bool,
    username: &str,
    first: &[(usize, &str)],
    new: &[(usize, &str)],
) -> World {
    let mut w = World::new();
    if !reads_usage {
        w.configuration = json!({});
    }
    let of = |w: &World, set: &[(usize, &str)]| {
        let customer = [(6, "Signup Customer"), (23, "on")];
        w.options(&[&customer[..], set].concat())
    };
    let (options, again) = (of(&w, first), of(&w, new));
    w.add_service("17", options);
    w.verb_on("create", "17").unwrap();
    if let Some(verb) = verb {
        w.verb_on(verb, "17").unwrap();
    }
    w.host.services.remove("17");
    w.host.fields.remove("17");
    w.run("service_deleted", json!({ "service_id": "17" })).unwrap();
    w.add_service("18", again);
    enter(&mut w, username);
    w
}

/// Staff enter the Username of service 18.
fn enter(w: &mut World, username: &str) {
    let set = w.host.fields.entry("18".into()).or_default();
    set.insert("username".into(), json!(username));
}

fn take_over(w: &mut World) -> String {
    let input = w.as_staff("18");
    let report = w.run("take_over_account", input).unwrap();
    report["message"].as_str().unwrap().to_owned()
}

/// What the client's page of service 18 says of the account's state.
fn shown(w: &mut World) -> &'static str {
    let input = w.as_client("18");
    let page = w.run("page", input).unwrap()["page"].to_string();
    if page.contains("\"Inactive\"") {
        "Inactive"
    } else {
        "Active"
    }
}

#[test]
fn an_account_that_was_deactivated_with_its_deleted_service_is_taken_over_so_and_create_or_unsuspend_activates_it() {
    for (verb, reads) in [
        ("terminate", true),
        ("terminate", false),
        ("suspend", true),
        ("suspend", false),
    ] {
        for (status, next) in [("Pending", "create"), ("Active", "create"), ("Active", "unsuspend")] {
            let what = format!("{verb}, {status}, {next}, reads usage {reads}");
            let mut w = ordered_again(Some(verb), reads, "Acme GmbH");
            w.host.services.get_mut("18").unwrap()["status"] = json!(status);
            let message = take_over(&mut w);
            for part in ["\"Acme GmbH\"", "deactivated", "Create", "Unsuspend"] {
                assert!(message.contains(part), "{what}: {message}");
            }
            assert_eq!(
                w.standing(),
                [("Acme GmbH".to_owned(), false)],
                "{what}: nothing changed"
            );
            assert_eq!(shown(&mut w), "Inactive", "{what}");
            w.verb_on(next, "18").unwrap();
            assert_eq!(w.standing(), [("Acme GmbH".to_owned(), true)], "{what}");
            assert_eq!(shown(&mut w), "Active", "{what}");
        }
    }
    // One that runs is taken over as one that runs, whatever the new service is called by now.
    let mut w = ordered_again(None, false, "Acme GmbH");
    w.host.services.get_mut("18").unwrap()["status"] = json!("Suspended");
    let message = take_over(&mut w);
    assert!(!message.contains("deactivated"), "{message}");
    assert_eq!(shown(&mut w), "Active");
    // A product that makes inactive accounts leaves it so.
    let mut w = ordered_again(Some("terminate"), false, "Acme GmbH");
    w.host.services.get_mut("18").unwrap()["product"]["options"][7] = json!("");
    take_over(&mut w);
    w.verb_on("create", "18").unwrap();
    assert_eq!(w.standing(), [("Acme GmbH".to_owned(), false)]);
}

#[test]
fn an_account_is_the_deleted_services_though_the_new_product_names_a_reseller_or_names_none() {
    for (made, named) in [("", "Default Reseller"), ("Default Reseller", ""), ("", "North")] {
        for (verb, reads) in [("terminate", false), ("terminate", true), ("suspend", false)] {
            let what = format!("{made:?}, {named:?}, {verb}, reads usage {reads}");
            let mut w = ordered_anew(Some(verb), reads, "Acme GmbH", &[(7, made)], &[(7, named)]);
            let message = take_over(&mut w);
            assert!(message.contains("deactivated"), "{what}: {message}");
            assert_eq!(shown(&mut w), "Inactive", "{what}");
            w.verb_on("create", "18").unwrap();
            assert_eq!(w.standing(), [("Acme GmbH".to_owned(), true)], "{what}");
            let rows = w.host.rows("mod_provisor_backup_accounts");
            let of = rows[0]["reseller"].as_str().unwrap_or_default();
            assert_eq!((rows.len(), of), (1, made), "{what}: the account on record decides");
        }
    }
}

#[test]
fn an_account_of_a_service_that_is_there_goes_to_nobody_under_another_spelling_of_its_reseller() {
    for (made, named) in [("", "Default Reseller"), ("Default Reseller", "")] {
        let mut w = World::new();
        w.configuration = json!({});
        let of = |w: &World, reseller| w.options(&[(6, "Signup Customer"), (7, reseller), (23, "on")]);
        let (first, second) = (of(&w, made), of(&w, named));
        w.add_service("17", first);
        w.verb_on("create", "17").unwrap();
        w.host.clients.insert("8".into(), client("8", "Acme GmbH"));
        w.add_service("18", second);
        let other = w.host.clients["8"].clone();
        let service = w.host.services.get_mut("18").unwrap();
        service["client_id"] = json!("8");
        service["client"] = other;
        enter(&mut w, "Acme GmbH");
        for verb in ["take_over_account", "create"] {
            let input = if verb == "create" {
                w.verb("18")
            } else {
                w.as_staff("18")
            };
            let (code, sentence) = w.refused(verb, input);
            assert_eq!(
                code, "backupserver.name_in_use",
                "{made:?} {named:?} {verb}: {sentence}"
            );
        }
        assert_eq!(w.host.rows("mod_provisor_backup_accounts").len(), 1);
        // Without a Username it gets an account of its own.
        enter(&mut w, "");
        w.verb_on("create", "18").unwrap();
        w.verb_on("suspend", "18").unwrap();
        let standing = [("Acme GmbH".to_owned(), true), ("Acme GmbH-18".to_owned(), false)];
        assert_eq!(w.standing(), standing, "{made:?} {named:?}");
    }
}

#[test]
fn an_account_of_another_kind_or_reseller_than_the_deleted_services_is_linked_only_where_the_server_tells_that_it_is_there()
 {
    for (made, new) in [
        ("", vec![(6, "Signup Reseller"), (23, "")]),
        ("Default Reseller", vec![(7, "North")]),
    ] {
        for reads in [false, true] {
            let mut w = ordered_anew(Some("terminate"), reads, "Acme GmbH", &[(7, made)], &new);
            let before = format!("{:?}", w.host.rows("mod_provisor_backup_accounts"));
            let input = w.as_staff("18");
            let (code, sentence) = w.refused("take_over_account", input);
            let expected = if reads {
                "backupserver.account_gone"
            } else {
                "backupserver.other_account"
            };
            assert_eq!(code, expected, "{new:?}: {sentence}");
            if !reads {
                for part in ["customer \"Acme GmbH\"", "Reseller Name", "contract.paths.usage"] {
                    assert!(sentence.contains(part), "{sentence}");
                }
            }
            assert_eq!(format!("{:?}", w.host.rows("mod_provisor_backup_accounts")), before);
            // The way that the sentence names.
            let options = w.options(&[(6, "Signup Customer"), (7, made), (23, "on")]);
            w.host.services.get_mut("18").unwrap()["product"]["options"] = json!(options);
            take_over(&mut w);
        }
    }
}

#[test]
fn of_two_deleted_services_accounts_that_a_product_without_a_reseller_may_mean_neither_is_chosen() {
    let mut w = ordered_anew(None, false, "Acme GmbH", &[(7, "North")], &[(7, "Default Reseller")]);
    w.verb_on("create", "18").unwrap();
    w.host.services.remove("18");
    w.host.fields.remove("18");
    w.run("service_deleted", json!({ "service_id": "18" })).unwrap();
    let options = w.customer();
    w.add_service("18", options);
    let mut service = w.host.services.remove("18").unwrap();
    service["id"] = json!("19");
    w.host.services.insert("19".into(), service);
    let mut input = w.as_staff("19");
    input["service"]["username"] = json!("Acme GmbH");
    let (code, sentence) = w.refused("take_over_account", input.clone());
    assert_eq!(code, "backupserver.other_account", "{sentence}");
    w.host.services.get_mut("19").unwrap()["product"]["options"][6] = json!("North");
    input = w.as_staff("19");
    input["service"]["username"] = json!("Acme GmbH");
    w.run("take_over_account", input).unwrap();
    let rows = w.host.rows("mod_provisor_backup_accounts");
    let rows: Vec<_> = rows.iter().map(|r| json!([r["owner_id"], r["reseller"]])).collect();
    assert_eq!(rows, [json!(["18", "Default Reseller"]), json!(["19", "North"])]);
}

#[test]
fn what_is_said_of_an_account_that_is_not_there_leads_to_one_that_is() {
    let gone = |w: &mut World| {
        let input = w.as_staff("18");
        let (code, sentence) = w.refused("take_over_account", input);
        assert_eq!(code, "backupserver.account_gone", "{sentence}");
        sentence
    };
    // Of a deleted service, and removed in the console: the record keeps the name.
    let mut w = ordered_again(Some("terminate"), true, "Acme GmbH");
    let before = w.env.transport.clone();
    w.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
        if request.url.contains("usage") {
            let body = json!({ "status": "error", "message": "Customer Acme GmbH does not exist" });
            return Ok(Response::new(200, body.to_string()));
        }
        before.send(request)
    }));
    let sentence = gone(&mut w);
    assert!(
        sentence.contains("Clear the service's Username") && !sentence.contains("which makes it"),
        "{sentence}"
    );
    enter(&mut w, "");
    w.verb_on("create", "18").unwrap();
    assert_eq!(w.host.fields["18"]["username"], "Acme GmbH-18");
    // The service's own ended, and the Username is mistyped: Create goes on with its own.
    let mut w = ordered_again(None, true, "");
    w.verb_on("create", "18").unwrap();
    w.verb_on("terminate", "18").unwrap();
    enter(&mut w, "Acme Gmbh Ltd");
    let sentence = gone(&mut w);
    assert!(
        sentence.contains("Correct the service's Username") && sentence.contains("goes on with \"Acme GmbH-18\""),
        "{sentence}"
    );
    w.verb_on("create", "18").unwrap();
    assert_eq!(w.standing()[1], ("Acme GmbH-18".to_owned(), true));
    // Never asked for: Create makes it.
    let mut w = ordered_again(None, true, "Acme Ltd");
    let sentence = gone(&mut w);
    assert!(sentence.contains("or press Create, which makes it"), "{sentence}");
    w.verb_on("create", "18").unwrap();
    assert_eq!(w.standing()[1], ("Acme Ltd".to_owned(), true));
}

#[test]
fn an_account_that_a_service_let_go_is_activated_by_unsuspend_once_a_later_service_has_it() {
    let mut w = ordered_again(Some("terminate"), false, "");
    w.verb_on("create", "18").unwrap();
    w.verb_on("terminate", "18").unwrap();
    enter(&mut w, "Acme GmbH");
    take_over(&mut w);
    let options = w.customer();
    w.add_service("19", options);
    let mut input = w.as_staff("19");
    input["service"]["username"] = json!("Acme GmbH-18");
    w.run("take_over_account", input).unwrap();
    w.verb_on("unsuspend", "19").unwrap();
    let standing = [("Acme GmbH".to_owned(), false), ("Acme GmbH-18".to_owned(), true)];
    assert_eq!(w.standing(), standing);
}

#[test]
fn the_storage_of_an_account_that_is_taken_over_is_the_one_it_has_and_not_the_new_products() {
    for reads in [false, true] {
        for verb in [None, Some("terminate")] {
            let what = format!("{verb:?}, reads usage {reads}");
            let mut w = ordered_again(verb, reads, "Acme GmbH");
            // The account has 500 GiB, the new product gives 5 TiB.
            w.host.services.get_mut("18").unwrap()["product"]["options"][9] = json!("5497558138880");
            let message = take_over(&mut w);
            for part in ["500 GiB", "5 TiB", "Change Package", "console"] {
                assert!(message.contains(part), "{what}: {message}");
            }
            w.verb_on("create", "18").unwrap();
            assert!(w.accounts()[0].to_string().contains("536870912000"), "{what}");
            let page = w.run("page", w.as_client("18")).unwrap()["page"].to_string();
            assert!(page.contains("500 GiB") && !page.contains("TiB"), "{what}: {page}");
        }
        let mut w = ordered_again(None, reads, "Acme GmbH");
        let message = take_over(&mut w);
        assert!(!message.contains("GiB"), "{message}");
    }
}

#[test]
fn the_storage_that_the_server_told_last_of_a_deleted_services_account_counts() {
    let mut w = World::new();
    let options = w.customer();
    w.add_service("17", options.clone());
    w.verb_on("create", "17").unwrap();
    w.configuration["contract"]["paths"]["update"] = json!("/interface/whmcs/update.php");
    w.host.services.get_mut("17").unwrap()["product"]["options"][9] = json!("1099511627776");
    w.verb_on("change_package", "17").unwrap();
    w.host.services.remove("17");
    w.host.fields.remove("17");
    w.add_service("18", options);
    w.configuration = json!({});
    enter(&mut w, "Acme GmbH");
    let message = take_over(&mut w);
    assert!(message.contains("1 TiB") && message.contains("500 GiB"), "{message}");
}

#[test]
fn figures_of_a_services_former_account_are_told_of_no_other_account_of_it() {
    let gib = |n: u64| (n << 30).to_string();
    for way in ["changed", "read", "read and changed after", "made again"] {
        let mut w = World::new();
        let product = |w: &mut World, n: u64| {
            let options = w.options(&[(10, &gib(n))]);
            w.host.services.get_mut("18").unwrap()["product"]["options"] = json!(options);
        };
        let had = w.options(&[(10, &gib(500))]);
        w.add_service("17", had.clone());
        w.verb_on("create", "17").unwrap();
        w.verb_on("terminate", "17").unwrap();
        w.host.services.remove("17");
        w.run("service_deleted", json!({ "service_id": "17" })).unwrap();
        w.add_service("18", had);
        product(&mut w, 50);
        w.verb_on("create", "18").unwrap();
        product(&mut w, 100);
        if way.starts_with("read") {
            w.advance(3600);
            daily(&mut w);
            assert_eq!(w.host.fields["18"]["disk_limit"], (50 * 1024).to_string());
        } else {
            w.verb_on("change_package", "18").unwrap();
        }
        let mut own = 500;
        if way == "made again" {
            let gone = json!({ "kind": "reseller", "name": "Acme GmbH-18", "action": "remove" });
            w.control("account", gone);
            w.verb_on("terminate", "18").unwrap();
            own = 200;
            product(&mut w, own);
            w.advance(3600);
            w.verb_on("create", "18").unwrap();
        } else {
            w.verb_on("terminate", "18").unwrap();
            enter(&mut w, "Acme GmbH");
            take_over(&mut w);
            w.verb_on("create", "18").unwrap();
        }
        if way == "read and changed after" {
            own = 300;
            product(&mut w, own);
            w.verb_on("change_package", "18").unwrap();
            let row = w.host.rows("mod_provisor_backup_figures")[0].clone();
            assert!(row["used"].is_null() && row["seen_at"].is_null(), "{row:?}");
        }
        // This server tells what is used and not what is allotted.
        let before = w.env.transport.clone();
        w.env.transport = Arc::new(MemoryTransport::new(move |request: &Request| {
            if !request.url.contains("usage.php") {
                return before.send(request);
            }
            let told = json!({ "status": "success", "storageUsed": (7_u64 << 30).to_string() });
            Ok(Response::new(200, told.to_string()))
        }));
        w.advance(86_400);
        daily(&mut w);
        let set = &w.host.fields["18"];
        assert_eq!(
            (&set["disk_usage"], &set["disk_limit"]),
            (&json!((7 * 1024).to_string()), &json!((own * 1024).to_string())),
            "{way}"
        );
        let page = w.run("page", w.as_client("18")).unwrap()["page"].to_string();
        assert!(
            page.contains(&format!("\"{own} GiB\"")) && page.contains("\"7 GiB ("),
            "{way}: {page}"
        );
    }
}

#[test]
fn the_name_on_record_counts_and_not_the_case_in_which_staff_typed_it() {
    for reads in [false, true] {
        let mut w = ordered_again(None, reads, "acme gmbh");
        take_over(&mut w);
        let rows = w.host.rows("mod_provisor_backup_accounts");
        let row = (rows.len(), rows[0]["owner_id"].as_str(), rows[0]["name"].as_str());
        assert_eq!(row, (1, Some("18"), Some("Acme GmbH")), "reads usage {reads}");
        assert_eq!(w.host.fields["18"]["username"], "Acme GmbH");
        for (verb, active) in [("suspend", false), ("unsuspend", true), ("terminate", false)] {
            w.verb_on(verb, "18").unwrap();
            assert_eq!(w.standing(), [("Acme GmbH".to_owned(), active)], "{verb}, {reads}");
        }
        assert_eq!(w.host.rows("mod_provisor_backup_accounts").len(), 1);
    }
}

#[test]
fn an_order_that_was_set_up_by_itself_gets_the_former_account_once_its_own_is_terminated() {
    for reads in [false, true] {
        let mut w = ordered_again(Some("terminate"), reads, "");
        w.verb_on("create", "18").unwrap();
        let both = |own| [("Acme GmbH".to_owned(), false), ("Acme GmbH-18".to_owned(), own)];
        assert_eq!(w.standing(), both(true));
        enter(&mut w, "acme gmbh");
        let rows = |w: &World| format!("{:?}", w.host.rows("mod_provisor_backup_accounts"));
        let before = rows(&w);
        let input = w.as_staff("18");
        let (code, sentence) = w.refused("take_over_account", input);
        assert_eq!(code, "backupserver.has_another", "{sentence}");
        for part in ["\"Acme GmbH-18\"", "\"acme gmbh\"", "Terminate", "Take Over Account"] {
            assert!(sentence.contains(part), "{sentence}");
        }
        assert_eq!(rows(&w), before, "nothing was changed");
        // Its own name, in whichever case, is no other.
        enter(&mut w, "ACME GmbH-18");
        take_over(&mut w);
        // The way that the sentence names.
        enter(&mut w, "acme gmbh");
        w.verb_on("terminate", "18").unwrap();
        take_over(&mut w);
        let rows = w.host.rows("mod_provisor_backup_accounts");
        let row = (rows.len(), rows[0]["owner_id"].as_str(), rows[0]["name"].as_str());
        assert_eq!(row, (1, Some("18"), Some("Acme GmbH")));
        let left = |l: &String| l.starts_with("backupserver.left: ") && l.contains("\"Acme GmbH-18\"");
        assert_eq!(w.warnings().iter().filter(|l| left(l)).count(), 1, "{:?}", w.warnings());
        assert_eq!(w.standing(), both(false));
        w.verb_on("create", "18").unwrap();
        let now = [("Acme GmbH".to_owned(), true), ("Acme GmbH-18".to_owned(), false)];
        assert_eq!(w.standing(), now, "reads usage {reads}");
    }
}

#[test]
fn a_deletion_that_no_run_noticed_yet_keeps_the_account_from_no_service_of_the_same_client() {
    let mut w = World::new();
    let options = w.customer();
    w.add_service("17", options.clone());
    w.verb_on("create", "17").unwrap();
    w.host.services.remove("17");
    w.host.fields.remove("17");
    w.host.clients.insert("8".into(), client("8", "Second Ltd"));
    w.add_service("18", options);
    enter(&mut w, "Acme GmbH");
    let other = w.host.clients["8"].clone();
    let own = w.host.services["18"].clone();
    let service = w.host.services.get_mut("18").unwrap();
    service["client_id"] = json!("8");
    service["client"] = other;
    let input = w.as_staff("18");
    assert_eq!(w.refused("take_over_account", input).0, "backupserver.name_in_use");
    w.host.services.insert("18".into(), own);
    let (code, sentence) = w.refused("create", w.verb("18"));
    assert_eq!(code, "backupserver.name_in_use");
    assert!(sentence.contains("press Take Over Account"), "{sentence}");
    take_over(&mut w);
    w.verb_on("suspend", "18").unwrap();
    assert_eq!(w.standing(), [("Acme GmbH".to_owned(), false)]);
    daily(&mut w);
    assert_eq!(told(&w), 1, "staff are told once that service 17 is gone");
}

#[test]
fn what_is_said_of_an_account_that_the_clients_hook_made_leads_to_an_account_of_the_services_own() {
    let mut w = World::new();
    let input = w.hook("customer", "7", "");
    w.run("hook_signup", input).unwrap();
    let options = w.customer();
    w.add_service("18", options);
    enter(&mut w, "Acme GmbH");
    let (code, sentence) = w.refused("create", w.verb("18"));
    assert_eq!(code, "backupserver.name_in_use", "{sentence}");
    let input = w.as_staff("18");
    let (code, sentence) = w.refused("take_over_account", input);
    assert_eq!(code, "backupserver.name_in_use");
    for part in ["action hook", "Clear the service's Username", "Create"] {
        assert!(sentence.contains(part), "{sentence}");
    }
    enter(&mut w, "");
    w.verb_on("create", "18").unwrap();
    let names: Vec<String> = w.standing().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Acme GmbH", "Acme GmbH-18"]);
}

#[test]
fn a_service_that_is_back_with_its_own_client_goes_on_and_may_move_to_another() {
    let mut w = deleted(false);
    given(&mut w, "7");
    daily(&mut w);
    w.host.fields.remove("17");
    w.verb_on("suspend", "17").unwrap();
    assert!(!w.standing()[0].1);
    given(&mut w, "8");
    w.verb_on("unsuspend", "17").unwrap();
    assert!(w.standing()[0].1);
}

#[test]
fn a_service_that_moved_and_was_away_for_a_day_goes_on_and_is_never_its_former_clients_again() {
    let mut w = World::new();
    let options = w.customer();
    w.add_service("17", options);
    w.verb_on("create", "17").unwrap();
    given(&mut w, "8");
    daily(&mut w);
    let moved = w.host.services.remove("17").unwrap();
    daily(&mut w);
    w.host.services.insert("17".into(), moved);
    w.host.fields.remove("17");
    w.verb_on("suspend", "17").unwrap();
    w.verb_on("unsuspend", "17").unwrap();
    daily(&mut w);
    w.host.services.remove("17");
    w.run("service_deleted", json!({ "service_id": "17" })).unwrap();
    given(&mut w, "7");
    w.host.fields.remove("17");
    let input = w.verb("17");
    assert_eq!(w.refused("create", input).0, "backupserver.number_reused");
}

#[test]
fn a_configuration_that_the_host_may_not_read_keeps_no_deleted_service_from_being_noticed() {
    let mut w = World::new();
    let options = w.customer();
    w.add_service("17", options);
    w.verb_on("create", "17").unwrap();
    w.host.services.remove("17");
    let ended = w
        .run("usage", json!({ "unreadable": true, "module": "backupserver" }))
        .unwrap_err();
    assert_eq!((ended.code.as_str(), told(&w)), ("backupserver.config_file", 1));
}

#[test]
fn a_service_of_which_the_host_tells_half_keeps_no_deleted_one_from_being_noticed() {
    let mut w = World::new();
    let (first, second) = (w.customer(), w.reseller());
    w.add_service("17", first);
    w.add_service("16", second);
    w.verb_on("create", "17").unwrap();
    w.verb_on("create", "16").unwrap();
    w.host.services.remove("17");
    w.host.services.get_mut("16").unwrap()["currency"] = json!({ "code": "USD" });
    let input = json!({ "configuration": w.configuration.to_string(), "module": "backupserver" });
    assert_eq!(w.run("usage", input).unwrap()["failed"], 1);
    assert_eq!(told(&w), 1);
}

#[test]
fn a_service_that_is_back_is_found_again_without_disturbing_the_action_that_is_under_way() {
    for k in 0..20 {
        let mut w = World::new();
        let options = w.customer();
        w.add_service("17", options);
        w.verb_on("create", "17").unwrap();
        // The hook ran, and the service stayed.
        w.run("service_deleted", json!({ "service_id": "17" })).unwrap();
        let limits = json!({ "lease_seconds": 600, "read_seconds": 2, "step_seconds": 5 });
        let config = json!({ "v": 1, "job": "backupserver.suspend", "now": "2026-01-01T00:00:00Z", "limits": limits,
                             "input": w.verb("17") });
        let mut suspend = Runner::open(config.to_string().as_bytes(), w.env.clone());
        for _ in 0..k {
            if suspend.owed.is_some() {
                suspend.answer(&mut w.host);
            }
        }
        daily(&mut w);
        suspend.finish(&mut w.host);
        let ended = suspend.ended.as_ref().unwrap();
        assert_eq!(ended.0, 0, "{k}: {}", ended.1);
        daily(&mut w);
        let rows = w.host.rows("mod_provisor_services");
        assert!(rows.iter().all(|row| row["orphaned_at"].is_null()), "{k}: {rows:?}");
    }
}
