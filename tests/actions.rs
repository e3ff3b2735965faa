//! Decision 6, generated: every action that a module lists is tried by those who may not, in every way they might. Each
//! must be refused before anything was read from or written to a panel or our tables. A new action is covered the moment
//! it is listed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod tree;

use provisor::host::memory::MemoryHost;
use provisor::http::memory::MemoryTransport;
use provisor::module::{self, Env};
use provisor::session::drive;
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tree::{files, root};

/// A host with one service of client 7, and a network that counts whoever reaches for it.
struct World {
    host: MemoryHost,
    env: Env,
    calls: Arc<AtomicUsize>,
}

impl World {
    fn new(module: &str, status: &str) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let transport = MemoryTransport::new(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(provisor::http::Response::new(500, Vec::new()))
        });
        let mut host = MemoryHost::new("2026-01-01T00:00:00Z".parse().unwrap());
        host.services.insert(
            "1".into(),
            json!({
                "id": "1", "client_id": "7", "server_id": "0", "status": status, "domain": "www.example.test",
                "username": "100042", "reg_date": "2026-01-01", "payment_method": "banktransfer", "bw_limit": "0",
                "product": { "id": "3", "name": "Product", "kind": "server", "module": module,
                             "options": vec![""; 24], "overages": "", "bw_limit": "0", "bw_price": "0.0000",
                             "disk_limit": "0", "tax": false },
                "client": { "id": "7", "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace" },
                "currency": { "code": "USD", "prefix": "$", "suffix": "", "digits": 2, "rate": "1.00000" },
                "options": []
            }),
        );
        Self {
            host,
            env: Env {
                transport: Arc::new(transport),
            },
            calls,
        }
    }

    /// The job's answer to this caller: the code of its refusal, or empty.
    fn ask(&mut self, job: &str, status: &str, caller: &Value) -> String {
        let input = json!({
            "service": { "id": "1", "client_id": "7", "addon_id": "0", "product_id": "3", "product_type": "server",
                         "domain": "www.example.test", "username": "100042", "password": { "secret": "" },
                         "status": status },
            "options": vec![""; 24], "configuration": "", "caller": caller, "form": {},
            "server": { "id": "", "name": "", "hostname": "", "ip": "", "port": "", "secure": false, "username": "",
                        "password": { "secret": "" }, "access_hash": { "secret": "" }, "disabled": false },
        });
        let config = json!({ "v": 1, "job": job, "now": "2026-01-01T00:00:00Z", "limits": {}, "input": input });
        let mut session = provisor::start(config.to_string().as_bytes(), self.env.clone());
        match drive(&mut session, &mut self.host) {
            Ok(_) => String::new(),
            Err(ended) => format!("{ended:?}"),
        }
    }
}

fn caller(kind: &str, client: &str, post: bool, token: bool) -> Value {
    json!({ "kind": kind, "client_id": client, "post": post, "token": token })
}

/// Every listed action: its module and what the list says of it.
fn actions() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for list in module::names().filter(|job| job.ends_with(".actions")) {
        let module = list.strip_suffix(".actions").unwrap();
        let mut world = World::new(module, "Active");
        let config = json!({ "v": 1, "job": list, "now": "2026-01-01T00:00:00Z", "limits": {}, "input": {} });
        let mut session = provisor::start(config.to_string().as_bytes(), world.env.clone());
        let report = drive(&mut session, &mut world.host).unwrap();
        let actions = report["actions"].as_array().unwrap();
        assert!(!actions.is_empty(), "{list} lists nothing");
        found.extend(actions.iter().map(|action| (module.to_owned(), action.clone())));
    }
    found
}

/// Asks in a world of its own and holds that the refusal came before any call or write.
fn refused(module: &str, action: &Value, status: &str, caller: &Value, code: &str) {
    let mut world = World::new(module, status);
    let job = format!("{module}.{}", action["name"].as_str().unwrap());
    let before = format!("{:?}", world.host);
    let answer = world.ask(&job, status, caller);
    assert!(
        answer.contains(&format!("{module}.{code}")),
        "{job} by {caller} on a service that is {status}: expected {code}, found {answer:?}"
    );
    assert_eq!(
        world.calls.load(Ordering::SeqCst),
        0,
        "{job} by {caller} called the panel"
    );
    world.host.logs.clear();
    assert_eq!(format!("{:?}", world.host), before, "{job} by {caller} wrote");
}

#[test]
fn every_action_refuses_whoever_may_not_and_calls_nothing() {
    let mut tried = 0;
    for (module, action) in actions() {
        let is = |name: &str| action[name].as_bool().unwrap();
        let (post, token) = (is("changes"), is("changes"));
        if !is("client") {
            // The owner with everything right, and whoever is no kind of caller that we know.
            for kind in ["client", "", "Staff", "admin"] {
                refused(
                    &module,
                    &action,
                    "Active",
                    &caller(kind, "7", true, true),
                    "not_for_clients",
                );
                tried += 1;
            }
        } else {
            for (kind, client) in [
                ("client", "8"),
                ("client", ""),
                ("", "8"),
                ("client", "07"),
                ("client", "7 "),
            ] {
                refused(
                    &module,
                    &action,
                    "Active",
                    &caller(kind, client, post, token),
                    "not_yours",
                );
                tried += 1;
            }
        }
        let allowed = if is("client") { ("client", "7") } else { ("staff", "") };
        if is("changes") {
            for (kind, client) in [allowed, ("staff", "")] {
                refused(
                    &module,
                    &action,
                    "Active",
                    &caller(kind, client, false, true),
                    "not_post",
                );
                refused(
                    &module,
                    &action,
                    "Active",
                    &caller(kind, client, true, false),
                    "no_token",
                );
                refused(
                    &module,
                    &action,
                    "Active",
                    &caller(kind, client, false, false),
                    "not_post",
                );
                tried += 3;
            }
        }
        if is("active") {
            for status in [
                "Pending",
                "Suspended",
                "Terminated",
                "Cancelled",
                "Fraud",
                "Completed",
                "",
            ] {
                let who = caller(allowed.0, allowed.1, post, token);
                refused(&module, &action, status, &who, "not_active");
                tried += 1;
            }
        }
    }
    println!("{tried} refusals");
}

/// The list cannot be forgotten: a module that declares actions reports them, and every action has its job.
#[test]
fn every_declared_action_is_listed_and_has_its_job() {
    let jobs: Vec<&str> = module::names().collect();
    for (module, action) in actions() {
        let job = format!("{module}.{}", action["name"].as_str().unwrap());
        assert!(jobs.contains(&job.as_str()), "{job} is listed but there is no such job");
    }
    let modules = root().join("src/module");
    for folder in fs::read_dir(modules).unwrap().flatten().filter(|e| e.path().is_dir()) {
        let name = folder.file_name().to_string_lossy().into_owned();
        let declares = name != "common"
            && files(&folder.path(), ".rs")
                .iter()
                .any(|file| fs::read_to_string(file).unwrap().contains("&[ActionRule]"));
        let listed = format!("{name}.actions");
        assert!(
            !declares || jobs.contains(&listed.as_str()),
            "src/module/{name} declares ActionRules but has no job {listed}"
        );
    }
}

#[test]
fn an_action_that_is_listed_as_reading_can_change_nothing_at_a_panel_whatever_its_job_does() {
    use provisor::http::{Address, Basic, Client, Endpoint, Limits};
    let mut reading = 0;
    for (module, action) in actions() {
        let job = format!("{module}.{}", action["name"].as_str().unwrap());
        let reads = !action["changes"].as_bool().unwrap();
        assert_eq!(module::only_reads(&job), reads, "{job} is not in the registry's list");
        let world = World::new(&module, "Active");
        let env = world.env.clone().for_job(&job);
        let address = Address {
            hostname: "127.0.0.1".into(),
            ..Address::default()
        };
        let nobody = Basic {
            user: String::new(),
            password: "".into(),
        };
        let endpoint = Endpoint::new(&address, nobody).unwrap();
        let client = Client::new(env.transport, endpoint, Limits::default(), Arc::default());
        let changed = client.change_form("/x", &[]).unwrap_err();
        assert_eq!(changed.code() == "http.read_only", reads, "{job}: {changed}");
        assert_eq!(world.calls.load(Ordering::SeqCst), usize::from(!reads), "{job}");
        let _ = client.ask_form("/x", &[]);
        assert!(
            world.calls.load(Ordering::SeqCst) > usize::from(!reads),
            "{job} may read"
        );
        reading += usize::from(reads);
    }
    assert!(reading > 3, "{reading}");
}

/// What a job answers to an input.
fn answer(world: &mut World, job: &str, input: &Value) -> String {
    let config = json!({ "v": 1, "job": job, "now": "2026-01-01T00:00:00Z", "limits": {}, "input": input });
    let mut session = provisor::start(config.to_string().as_bytes(), world.env.clone());
    match drive(&mut session, &mut world.host) {
        Ok(report) => report.to_string(),
        Err(ended) => format!("{} {}", ended.code, ended.message),
    }
}

#[test]
fn a_name_that_is_none_of_a_jobs_input_is_refused_by_name_before_anything_is_asked() {
    let mut tried = 0;
    for job in module::names() {
        let module = job.split('.').next().unwrap();
        let mut world = World::new(module, "Active");
        let before = format!("{:?}", world.host);
        let told = answer(&mut world, job, &json!({ "servise": { "id": "1" }, "no_such": 1 }));
        assert!(
            told.starts_with("job.input") && told.contains("\"no_such\""),
            "{job}: {told}"
        );
        if world
            .ask(job, "Active", &caller("system", "", false, false))
            .contains("job.input")
        {
            continue; // Not a job on one service.
        }
        tried += 1;
        let mut world = World::new(module, "Active");
        for (part, name) in [("service", "adonid"), ("server", "secured"), ("caller", "knd")] {
            let input = json!({ "service": { "id": "1", "client_id": "7" }, part: { name: "1" } });
            let told = answer(&mut world, job, &input);
            assert!(told.contains(&format!("\"{part}.{name}\"")), "{job}: {told}");
        }
        assert_eq!(format!("{:?}", world.host), before, "{job} wrote");
        assert_eq!(world.calls.load(Ordering::SeqCst), 0, "{job} called the panel");
    }
    assert!(tried > 40, "{tried} jobs on one service");
}

#[test]
fn every_job_stands_in_the_list_of_the_documentation_with_the_names_of_its_input() {
    let listed = fs::read_to_string(root().join("src/module/mod.rs")).unwrap();
    let listed: String = listed.lines().filter(|line| line.starts_with("//!")).collect();
    for job in module::names().filter(|job| !job.starts_with("sample.")) {
        assert!(
            listed.contains(&format!("`{job}`")),
            "{job} is not in the list of src/module/mod.rs"
        );
    }
}
