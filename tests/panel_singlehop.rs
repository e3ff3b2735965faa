//! LEAP's wire: what goes out for each call, what may be changed of it, and every shape that comes back (reference:
//! storegrid-singlehop.md 4 and 5; the examples are those of 5.4).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use provisor::http::memory::MemoryTransport;
use provisor::http::{Basic, Client, Endpoint, Limits, Method, Request, Response, SendError, Sent};
use provisor::panel::singlehop::{Account, Config, Generation, Leap, PanelError, State, Unit, open};
use provisor::time::{Instant, Period};
use serde_json::{Value, json};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What went out: method, path, query document or form, user and password.
type Seen = Arc<Mutex<Vec<(String, String, String)>>>;

const YES: &str = r#"{"success":true,"data":[{"result":"ok","message":"done"}]}"#;
const USERS: &str = r#"{"success":true,"data":[{"id":"5001","email":"t@example.com","name":"Shop","pass":"tp",
    "servers":["100042","000017"]}]}"#;

fn account() -> Account {
    Account {
        user: "reseller1".into(),
        password: "leap-pass".into(),
        tandem_user: "t@example.com".into(),
        tandem_password: "tandem-pass".into(),
        key: "K123".into(),
    }
}

fn note(request: &Request) -> (String, String, String) {
    let method = match request.method {
        Method::Get => "GET",
        _ => "POST",
    };
    let rest = request.url.split_once("//").unwrap().1;
    let target = &rest[rest.find('/').unwrap()..];
    let who = request
        .auth
        .as_ref()
        .map_or_else(String::new, |a| format!("{}:{}", a.user, a.password.reveal()));
    let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
    (format!("{method} {target}"), who, body)
}

fn leap_of(
    generation: Generation,
    config: &str,
    answer: impl Fn(&Request) -> Result<Response, SendError> + Send + Sync + 'static,
) -> (Box<dyn Leap>, Seen) {
    let seen = Seen::default();
    let log = seen.clone();
    let transport = MemoryTransport::new(move |request| {
        log.lock().unwrap().push(note(request));
        answer(request)
    });
    let endpoint = Endpoint {
        base_url: "https://leap.example".into(),
        connect_ip: None,
        ca_file: None,
        credentials: Basic {
            user: String::new(),
            password: "".into(),
        },
    };
    let limits = Limits {
        step: Duration::from_secs(2),
        retries: 1,
        ..Limits::default()
    };
    // A step for each call: the counter is the session's, and here every call is a step of its own.
    let client = Client::new(Arc::new(transport), endpoint, limits, Arc::new(AtomicU64::new(0)));
    let path = if generation == Generation::Legacy {
        "/api.php"
    } else {
        ""
    };
    let leap = open(
        generation,
        client,
        path,
        account(),
        Config::read(config).unwrap(),
        Unit::Bytes,
    );
    (leap, seen)
}

/// Answers by path or by command.
fn fitting(request: &Request) -> Result<Response, SendError> {
    let what = note(request).0;
    let body = if what.contains("/list") && what.contains("tandem") || what.contains("tandemList") {
        USERS
    } else if what.contains("andwidth") || what.contains("/bw/") {
        r#"{"success":true,"data":{"intotal":"123456789","outtotal":"987654321","dailyusage":[{"in":"4000","out":"9000",
            "timestamp":1335830400,"date":"2012-05-01"}]}}"#
    } else {
        YES
    };
    Ok(Response::new(200, body))
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn may_2012() -> Period {
    Period {
        index: 0,
        start: at("2012-05-01T00:00:00Z"),
        end: at("2012-06-01T00:00:00Z"),
    }
}

type Ask = fn(&dyn Leap) -> Result<(), PanelError>;
type Call = (&'static str, Ask);

/// Every call of the trait by the name of its setting.
const CALLS: &[Call] = &[
    ("list", |l| l.servers().map(drop)),
    ("view", |l| l.server("100042").map(drop)),
    ("network", |l| l.ips("100042").map(drop)),
    ("bandwidth", |l| {
        l.bandwidth("100042", &may_2012(), may_2012().start, at("2012-05-20T00:00:00Z"))
            .map(drop)
    }),
    ("reboot", |l| l.reboot("100042")),
    ("suspend", |l| l.set_suspended("100042", true)),
    ("unsuspend", |l| l.set_suspended("100042", false)),
    ("startvm", |l| l.set_power("100042", true)),
    ("stopvm", |l| l.set_power("100042", false)),
    ("cancel", |l| l.cancel("100042", "web1.example.com").map(drop)),
    ("tandem_list", |l| l.permission("100042").map(drop)),
    ("tandem_edit", |l| l.set_permission("100042", false)),
];

/// What goes out for one call with that configuration.
fn sent(generation: Generation, config: &str, call: &Call) -> Vec<(String, String, String)> {
    let (leap, seen) = leap_of(generation, config, fitting);
    // Some answers above fit no view of a server; what went out is what counts.
    let _ = call.1(leap.as_ref());
    seen.lock().unwrap().clone()
}

#[test]
fn every_call_of_leap3_goes_where_the_documentation_says() {
    let expected = [
        "GET /server/list",
        "GET /server/view/100042",
        "GET /server/network/100042",
        "GET /server/bandwidth/1335830400/1337472000/100042",
        "GET /server/reboot/100042",
        "GET /server/suspend/100042",
        "GET /server/unsuspend/100042",
        "GET /server/startvm/100042",
        "GET /server/stopvm/100042",
        "POST /server/cancel/web1.example.com",
        "GET /tandem/user/list",
        "POST /tandem/user/edit",
    ];
    for (call, expected) in CALLS.iter().zip(expected) {
        let out = sent(Generation::Leap3, "", call);
        let last = out.last().unwrap();
        assert_eq!(last.0, expected);
        let who = if call.0 == "list" {
            "t@example.com:tandem-pass"
        } else {
            "reseller1:leap-pass"
        };
        assert_eq!(last.1, who, "{}", call.0);
    }
    let edit = sent(Generation::Leap3, "", &CALLS[11]);
    assert_eq!(
        edit[1].2,
        "id=5001&name=Shop&email=t%40example.com&password=tandem-pass&servers=%5B%22000017%22%5D"
    );
}

#[test]
fn every_path_that_is_configured_changes_its_request_and_nothing_else() {
    for (setting, _) in CALLS {
        let before: Vec<_> = CALLS.iter().map(|call| sent(Generation::Leap3, "", call)).collect();
        let (method, path) = match *setting {
            "cancel" | "reboot" => ("POST", "/other/{id}"),
            "tandem_edit" => ("POST", "/other/tandem/edit"),
            "list" => ("GET", "/other/list"),
            "bandwidth" => ("GET", "/bw/{id}/{start}/{end}"),
            "tandem_list" => ("GET", "/other/tandem/list"),
            _ => ("GET", "/other/{id}"),
        };
        let config = json!({ "paths": { *setting: format!("{method} {path}") } }).to_string();
        for (call, before) in CALLS.iter().zip(before) {
            let after = sent(Generation::Leap3, &config, call);
            // tandem_edit reads the list first.
            let changes = call.0 == *setting || (call.0 == "tandem_edit" && *setting == "tandem_list");
            assert_eq!(after != before, changes, "{setting} and {}", call.0);
            let credentials =
                |out: &[(String, String, String)]| out.iter().map(|s| (s.1.clone(), s.2.clone())).collect::<Vec<_>>();
            assert_eq!(credentials(&after), credentials(&before), "{setting} and {}", call.0);
        }
    }
}

fn document(target: &str) -> Value {
    let query = target.split_once("?request=").unwrap().1.as_bytes();
    let (mut bytes, mut i) = (Vec::new(), 0);
    while i < query.len() {
        if query[i] == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&query[i + 1..i + 3]).unwrap(), 16).unwrap());
            i += 3;
        } else {
            bytes.push(query[i]);
            i += 1;
        }
    }
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn the_old_api_gets_one_document_in_the_query_and_no_header() {
    let out = sent(Generation::Legacy, "", &CALLS[4]);
    assert!(out[0].0.starts_with("GET /api.php?request=%7B"), "{}", out[0].0);
    assert_eq!(out[0].1, "", "no credentials in a header");
    assert_eq!(
        document(&out[0].0),
        json!({ "auth": { "key": "K123", "user": "reseller1", "password": "leap-pass" },
                "module": { "module": "server", "command": "rebootServer" }, "data": { "serverid": "100042" } })
    );
    let cancel = document(&sent(Generation::Legacy, "", &CALLS[9])[0].0);
    assert_eq!(
        cancel["data"],
        json!({ "servers": ["100042"], "happy": true, "reason": "Client Cancelled" })
    );
}

#[test]
fn every_command_that_is_configured_changes_its_request_and_nothing_else() {
    let commands = [
        ("list", "list"),
        ("ips", "network"),
        ("bandwidth", "bandwidth"),
        ("reboot", "reboot"),
        ("suspend", "suspend"),
        ("unsuspend", "unsuspend"),
        ("startvm", "startvm"),
        ("stopvm", "stopvm"),
        ("cancel", "cancel"),
        ("tandem_revoke", "tandem_edit"),
    ];
    for (setting, name) in commands {
        let config = json!({ "commands": { setting: "otherCommand" } }).to_string();
        for call in CALLS {
            let before = sent(Generation::Legacy, "", call);
            let after = sent(Generation::Legacy, &config, call);
            // The view of the old API is the list.
            let changes = call.0 == name || (setting == "list" && call.0 == "view");
            assert_eq!(after != before, changes, "{setting} and {}", call.0);
            for (mut after, before) in after
                .iter()
                .map(|s| document(&s.0))
                .zip(before.iter().map(|s| document(&s.0)))
            {
                if after != before {
                    assert_eq!(after["module"]["command"], "otherCommand");
                    after["module"]["command"] = before["module"]["command"].clone();
                }
                assert_eq!(after, before, "{setting} and {}", call.0);
            }
        }
    }
}

#[test]
fn the_credentials_of_a_call_follow_the_configuration() {
    let who = |config: &str, call: usize| sent(Generation::Leap3, config, &CALLS[call])[0].1.clone();
    assert_eq!(who(r#"{"auth":"leap_key"}"#, 1), "reseller1:K123");
    assert_eq!(who(r#"{"auth":"tandem"}"#, 1), "t@example.com:tandem-pass");
    assert_eq!(who(r#"{"listAuth":"leap_password"}"#, 0), "reseller1:leap-pass");
    let (leap, seen) = leap_of(Generation::Leap3, r#"{"listFallback":true}"#, |request| {
        let tandem = request.auth.as_ref().is_some_and(|a| a.user.contains('@'));
        Ok(Response::new(
            if tandem { 401 } else { 200 },
            r#"{"success":true,"data":[]}"#,
        ))
    });
    assert!(leap.servers().unwrap().servers.is_empty());
    assert_eq!(seen.lock().unwrap().len(), 2);
}

fn answering(generation: Generation, status: u16, body: &str) -> Box<dyn Leap> {
    let body = body.to_owned();
    leap_of(generation, "", move |_| Ok(Response::new(status, body.clone()))).0
}

#[test]
fn a_list_is_read_from_a_map_an_array_and_without_its_envelope() {
    let entry = r#"{"serverid":"100042","hostname":"web1.example.com","status":"online","type":"dedicated","publicip":"192.0.2.10"}"#;
    for success in ["true", "1", r#""1""#, r#""TRUE""#, r#""true""#] {
        for body in [
            format!(r#"{{"success":{success},"data":{{"100042":{entry}}}}}"#),
            format!(r#"{{"success":{success},"data":[{entry}]}}"#),
            format!("[{entry}]"),
        ] {
            let servers = answering(Generation::Leap3, 200, &body).servers().unwrap().servers;
            assert_eq!(servers.len(), 1, "{body}");
            assert_eq!((servers[0].id.as_str(), servers[0].state), ("100042", State::Online));
            assert_eq!(servers[0].ip.unwrap().to_string(), "192.0.2.10");
        }
    }
    let old = r#"{"success":true,"servers":[{"server_id":"000001","type":"vm","server":"vm1.example.com","parent_id":"9"},
        {"type":"dedicated","server":"no id"},{"server_id":"../1","server":"bad id"}]}"#;
    let servers = answering(Generation::Legacy, 200, old).servers().unwrap();
    assert_eq!(servers.left_out, 2);
    let servers = servers.servers;
    assert_eq!(servers.len(), 1, "what has no usable id is left out");
    assert_eq!(
        (servers[0].id.as_str(), servers[0].hostname.as_str()),
        ("000001", "vm1.example.com")
    );
    assert!(servers[0].is_vm() && servers[0].state == State::Unknown);
}

#[test]
fn the_keys_of_a_map_are_ids_unless_they_are_indexes_of_entries_that_name_their_own() {
    let ids = |body: &str| {
        let body = format!(r#"{{"success":true,"data":{body}}}"#);
        let list = answering(Generation::Leap3, 200, &body).servers().unwrap();
        let ids: Vec<String> = list.servers.into_iter().map(|server| server.id).collect();
        (ids.join(" "), list.left_out)
    };
    for (body, expected, left_out) in [
        // Keys that are ids, small ones as well.
        (r#"{"42":{"hostname":"a"},"1007":{"hostname":"b"}}"#, "42 1007", 0),
        (
            r#"{"42":{"serverid":"42","hostname":"a"},"7":{"hostname":"b"}}"#,
            "42 7",
            0,
        ),
        // A virtual machine's entry may name its hypervisor.
        (
            r#"{"100042":{"serverid":"900001","hostname":"a"},"17":{"hostname":"b"}}"#,
            "100042 17",
            0,
        ),
        // Indexes of an array with a gap.
        (
            r#"{"0":{"serverid":"100042","hostname":"a"},"2":{"serverid":"000017","hostname":"b"}}"#,
            "100042 000017",
            0,
        ),
        (r#"{"1":{"serverid":42,"hostname":"a"},"2":{"hostname":"b"}}"#, "42", 1),
        // Nobody knows which of two is meant, nor that of no server at all.
        (
            r#"[{"serverid":"1","hostname":"a"},{"serverid":"1","hostname":"b"},{"serverid":"2","hostname":"c"}]"#,
            "2",
            2,
        ),
        (r#"{"100042":{},"servers":{"100017":{"hostname":"a"}}}"#, "100042", 1),
        ("[]", "", 0),
        ("{}", "", 0),
    ] {
        assert_eq!(ids(body), (expected.to_owned(), left_out), "{body}");
    }
}

#[test]
fn an_answer_without_a_list_of_servers_or_without_a_server_is_none() {
    for half in ["null", "\"\"", "false", "0", "\"Internal problem\""] {
        for (generation, key) in [(Generation::Leap3, "data"), (Generation::Legacy, "servers")] {
            let leap = answering(generation, 200, &format!(r#"{{"success":true,"{key}":{half}}}"#));
            for list in [leap.servers(), leap.owned()] {
                assert_eq!(list.unwrap_err().code(), "panel.unexpected_content", "{half}");
            }
        }
    }
    for half in ["null", "\"\"", "{}", "[]", "0"] {
        let leap = answering(Generation::Leap3, 200, &format!(r#"{{"success":true,"data":{half}}}"#));
        assert_eq!(
            leap.server("1").unwrap_err().code(),
            "panel.unexpected_content",
            "{half}"
        );
    }
}

#[test]
fn the_view_of_a_virtual_machine_keeps_the_id_that_was_asked_for() {
    let body = r#"{"success":true,"data":{"serverid":"900001","hostname":"vm1.example.com","status":"rescue"}}"#;
    let seen = answering(Generation::Leap3, 200, body).server("000201").unwrap();
    assert_eq!((seen.id.as_str(), seen.state), ("000201", State::Rescue));
}

#[test]
fn addresses_are_read_from_lists_and_from_text_and_only_valid_ones_stay() {
    for all in [
        r#"["192.0.2.10","192.0.2.11","nonsense"]"#,
        r#""192.0.2.10, 192.0.2.11 999.1.1.1""#,
    ] {
        let body = format!(
            r#"{{"success":"1","data":{{"public":[{{"firstip":"192.0.2.10","allips":{all},"gateway":"192.0.2.9",
                "netmask":"255.255.255.248"}}],"private_networks":[{{"ip":"10.0.4.7","gateway":"10.0.4.1"}}]}}}}"#
        );
        for generation in [Generation::Leap3, Generation::Legacy] {
            let blocks = answering(generation, 200, &body).ips("100042").unwrap();
            assert_eq!(blocks.len(), 2);
            let texts: Vec<String> = blocks[0].addresses.iter().map(ToString::to_string).collect();
            assert_eq!(texts, ["192.0.2.10", "192.0.2.11"]);
            assert!(blocks[0].public && !blocks[1].public);
        }
    }
    // An array with a gap in it, and a block of its own.
    for public in [
        r#"{"1":{"firstip":"192.0.2.10","allips":{"0":"192.0.2.10","2":"192.0.2.11"}}}"#,
        r#"{"firstip":"192.0.2.10","allips":["192.0.2.11"]}"#,
    ] {
        let body = format!(
            r#"{{"success":true,"data":{{"public":{public},"private_networks":{{"3":{{"ip":"10.0.4.7"}}}}}}}}"#
        );
        let blocks = answering(Generation::Leap3, 200, &body).ips("100042").unwrap();
        let texts: Vec<Vec<String>> = blocks
            .iter()
            .map(|block| block.addresses.iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(texts, [vec!["192.0.2.10", "192.0.2.11"], vec!["10.0.4.7"]], "{public}");
    }
    let plain = answering(
        Generation::Legacy,
        200,
        r#"{"success":true,"ips":["192.0.2.1","2001:db8::1"]}"#,
    );
    assert_eq!(plain.ips("1").unwrap()[0].addresses.len(), 2);
}

#[test]
fn traffic_is_read_from_text_and_numbers_and_never_from_nonsense() {
    let read = |body: &str| {
        answering(Generation::Leap3, 200, &format!(r#"{{"success":true,"data":{body}}}"#)).bandwidth(
            "1",
            &may_2012(),
            may_2012().start,
            at("2012-05-20T00:00:00Z"),
        )
    };
    let seen = read(r#"{"intotal":"9007199254740993","outtotal":12.4,"dailyusage":[]}"#)
        .unwrap()
        .unwrap();
    assert_eq!((seen.received, seen.sent), (9_007_199_254_740_993, 12));
    let days =
        read(r#"{"dailyusage":[{"in":1,"out":"2","timestamp":"1335830400"},{"in":"3","out":4,"date":"2012-05-02"}]}"#);
    let days = days.unwrap().unwrap();
    assert_eq!((days.received, days.sent, days.days.len()), (4, 6, 2));
    for body in [
        r#"{"intotal":"many","outtotal":1}"#,
        r#"{"intotal":-5,"outtotal":1}"#,
        "{}",
        "[]",
        "null",
    ] {
        assert_eq!(read(body).unwrap_err().code(), "panel.unexpected_content", "{body}");
    }
    let old = answering(
        Generation::Legacy,
        200,
        r#"{"success":true,"data":{"intotal":"7","outtotal":"8"}}"#,
    );
    assert_eq!(
        old.bandwidth("1", &may_2012(), may_2012().start, at("2012-05-20T00:00:00Z"))
            .unwrap()
            .unwrap()
            .sent,
        8
    );
    assert!(
        old.bandwidth("1", &may_2012(), may_2012().start, at("2012-06-20T00:00:00Z"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn every_way_to_say_no_is_understood_and_no_answer_without_a_yes_is_success() {
    for (status, body, code) in [
        (401, "<h1>401</h1>", "panel.unauthorized"),
        (403, "", "panel.unauthorized"),
        (
            200,
            r#"{"success":false,"error":"Authentication Error"}"#,
            "panel.unauthorized",
        ),
        (200, r#"{"error":"Authentication Error"}"#, "panel.unauthorized"),
        (200, r#"{"success":"0","data":"Not today"}"#, "panel.refused"),
        (200, r#"{"success":false,"message":"Not today"}"#, "panel.refused"),
        (
            200,
            r#"{"success":true,"data":[{"result":"error","message":"Not today"}]}"#,
            "panel.refused",
        ),
        (
            200,
            r#"{"success":true,"data":[{"result":"ok","success":"0"}]}"#,
            "panel.refused",
        ),
        (200, r#"{"success":true,"error":"Not today"}"#, "panel.refused"),
        (200, r#"{"success":true,"error":{"code":5}}"#, "panel.refused"),
        (
            200,
            r#"{"success":true,"error":"Authentication Error"}"#,
            "panel.unauthorized",
        ),
        (200, r#"{"success":true,"errors":["Not today"]}"#, "panel.refused"),
        (
            200,
            r#"{"success":true,"result":"error","message":"Not today"}"#,
            "panel.refused",
        ),
        (
            200,
            r#"{"success":"1","data":{"result":"error","success":"0","message":"Not today"}}"#,
            "panel.refused",
        ),
        (200, r#"{"success":true,"data":{"result":"failed"}}"#, "panel.refused"),
        (200, r#"{"success":true,"data":{"success":false}}"#, "panel.refused"),
        (200, r#"{"success":true,"data":{"error":"Not today"}}"#, "panel.refused"),
        (
            200,
            r#"{"success":true,"data":{"1":{"result":"error","message":"Not today"}}}"#,
            "panel.refused",
        ),
        (
            200,
            r#"{"success":true,"data":[{"result":"ok"},{"error":"Not today"}]}"#,
            "panel.refused",
        ),
        (200, r#"{"success":true,"success":false}"#, "panel.refused"),
        (200, r#"{"success":{"success":true}}"#, "panel.refused"),
        (200, "<b>Fatal error</b>: x", "panel.unexpected_content"),
        (200, "", "panel.unexpected_content"),
        (200, "null", "panel.unexpected_content"),
        (200, r#"{"data":[]}"#, "panel.unexpected_content"),
        (200, "[]", "panel.unexpected_content"),
        (500, "", "panel.failed"),
    ] {
        for generation in [Generation::Leap3, Generation::Legacy] {
            let error = answering(generation, status, body).reboot("1").unwrap_err();
            assert_eq!(error.code(), code, "{status} {body}");
            assert!(error.is_change());
        }
    }
    // No error is none.
    for none in ["null", "\"\"", "false", "0", "\"0\"", "[]", "{}"] {
        for body in [
            format!(r#"{{"success":"1","error":{none},"result":"OK"}}"#),
            format!(r#"{{"success":true,"data":{{"error":{none},"result":"ok","success":"1"}}}}"#),
        ] {
            for generation in [Generation::Leap3, Generation::Legacy] {
                answering(generation, 200, &body).reboot("1").unwrap();
            }
        }
    }
}

#[test]
fn a_yes_beside_any_sign_of_failure_is_no_yes_and_one_that_speaks_of_a_failure_is_no_no_either() {
    let calls: [Ask; 2] = [|l| l.reboot("1"), |l| l.cancel("1", "web1.example.com").map(drop)];
    for (body, code) in [
        (r#""data":"Error: outstanding invoice""#, "panel.unexpected_content"),
        (r#""data":false"#, "panel.refused"),
        (r#""data":"false""#, "panel.refused"),
        (r#""data":[false]"#, "panel.refused"),
        (r#""data":{"100042":false}"#, "panel.refused"),
        (r#""data":{"result":["error"]}"#, "panel.refused"),
        (r#""data":{"result":{"status":"failed"}}"#, "panel.unexpected_content"),
        (r#""data":{"result":{"success":false}}"#, "panel.refused"),
        (r#""data":[[{"success":false}]]"#, "panel.refused"),
        (r#""data":[["Error: outstanding invoice"]]"#, "panel.unexpected_content"),
        (r#""error_message":"denied""#, "panel.refused"),
        (r#""message":"Request denied""#, "panel.unexpected_content"),
        (
            r#""data":[{"result":"ok","message":"Server rebooted; 0 failed"}]"#,
            "panel.unexpected_content",
        ),
        (r#""message":"Authentication Error""#, "panel.unauthorized"),
        (r#""data":[{"message":"Authentication Error"}]"#, "panel.unauthorized"),
    ] {
        let body = format!(r#"{{"success":true,{body}}}"#);
        for generation in [Generation::Leap3, Generation::Legacy] {
            for call in calls {
                let error = call(answering(generation, 200, &body).as_ref()).unwrap_err();
                assert_eq!(error.code(), code, "{body}");
                assert!(error.is_change() && !error.fields().is_empty(), "{body}");
            }
        }
    }
    let deep = format!(
        r#"{{"success":true,"data":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let error = answering(Generation::Leap3, 200, &deep).reboot("1").unwrap_err();
    assert_eq!(error.code(), "panel.unexpected_content");
    // Names, and words that deny an error, are none.
    for fine in [
        r#""data":[{"result":"ok","message":"Done without errors","hostname":"error.example.com"}]"#,
        r#""data":{"result":["ok"],"async":false},"error_message":null"#,
    ] {
        for call in calls {
            call(answering(Generation::Leap3, 200, &format!(r#"{{"success":true,{fine}}}"#)).as_ref()).unwrap();
        }
    }
}

#[test]
fn the_number_of_a_cancellation_looks_like_one_or_nobody_knows_what_became_of_it() {
    let cancelled = |generation, data: &str| {
        answering(generation, 200, &format!(r#"{{"success":true,"data":{data}}}"#)).cancel("1", "web1.example.com")
    };
    for generation in [Generation::Leap3, Generation::Legacy] {
        for data in [
            r#""C07001""#,
            r#"["C07001"]"#,
            r#"[{"id":"C07001"}]"#,
            r#"{"id":"C07001"}"#,
            r#"{"cancellation_id":"C07001","result":"ok"}"#,
        ] {
            assert_eq!(
                cancelled(generation, data).unwrap().as_deref(),
                Some("C07001"),
                "{data}"
            );
        }
        for data in ["null", "true", "[]", r#"{"result":"ok"}"#, r#"[{"result":"ok"}]"#] {
            assert_eq!(cancelled(generation, data).unwrap(), None, "{data}");
        }
        for data in [
            r#""Please contact billing""#,
            "0",
            r#"{"id":"<b>1</b>"}"#,
            r#"["pending"]"#,
        ] {
            let error = cancelled(generation, data).unwrap_err();
            assert_eq!(error.code(), "panel.unexpected_content", "{data}");
        }
    }
}

#[test]
fn a_missing_call_that_is_only_assumed_says_so_and_names_the_setting() {
    for status in [404, 405] {
        let error = answering(Generation::Leap3, status, "")
            .reboot("1")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("is assumed") && error.contains("paths.reboot"),
            "{error}"
        );
        let known = answering(Generation::Leap3, status, "")
            .server("1")
            .unwrap_err()
            .to_string();
        assert!(!known.contains("assumed") && known.contains("paths.view"), "{known}");
    }
    let old = r#"{"success":false,"error":"No Such Command"}"#;
    let error = answering(Generation::Legacy, 200, old)
        .set_suspended("1", true)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("is assumed") && error.contains("commands.suspend"),
        "{error}"
    );
    let (leap, _) = leap_of(Generation::Leap3, r#"{"paths":{"reboot":"POST /r/{id}"}}"#, |_| {
        Ok(Response::new(404, ""))
    });
    let own = leap.reboot("1").unwrap_err().to_string();
    assert!(!own.contains("assumed") && own.contains("paths.reboot"), "{own}");
}

#[test]
fn a_change_by_get_is_the_steps_one_change_and_is_never_repeated() {
    for generation in [Generation::Leap3, Generation::Legacy] {
        let (leap, seen) = leap_of(generation, "", |_| Err(SendError::unknown(provisor::http::Kind::Reset)));
        let error = leap.reboot("1").unwrap_err();
        assert_eq!((error.sent(), error.is_change()), (Sent::Maybe, true));
        assert!(
            error
                .to_string()
                .contains("Whether the panel carried it out is not known")
        );
        assert_eq!(leap.set_suspended("1", true).unwrap_err().code(), "http.second_change");
        assert_eq!(seen.lock().unwrap().len(), 1);
        // Reads are repeated, once.
        let (leap, seen) = leap_of(generation, "", |_| Err(SendError::unknown(provisor::http::Kind::Reset)));
        assert!(leap.servers().is_err());
        assert_eq!(seen.lock().unwrap().len(), 2);
    }
}

#[test]
fn no_error_holds_a_credential_that_the_panel_quoted() {
    for quoted in ["leap-pass", "tandem-pass", "K123", "cmVzZWxsZXIxOmxlYXAtcGFzcw=="] {
        let body = json!({ "success": false, "error": format!("Bad request: {quoted} here") }).to_string();
        for generation in [Generation::Leap3, Generation::Legacy] {
            let error = answering(generation, 200, &body).reboot("1").unwrap_err();
            assert!(error.to_string().contains("[secret] here"), "{error}");
            assert!(!format!("{error} {error:?}").contains(quoted), "{error:?}");
        }
    }
}
