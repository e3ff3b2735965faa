//! The Backup Server: resellers and customers, and calls that are form posts.
//!
//! No wire documentation of the real product is public. What this fake speaks is the contract proposed in
//! reference: storegrid-singlehop.md 3, every path and name of which a test can change (`contract.rs`), in every form of
//! answer that a client has to expect (`answers.rs`).

mod accounts;
mod answers;
mod contract;
mod control;

use crate::clock::{Clock, Time};
use crate::panel::Panel;
use crate::random::Random;
use crate::request::{Answer, Request, nested_form};
use crate::site::Record;
use crate::switches::Switches;
use accounts::Account;
use answers::Reply;
use contract::Contract;
use serde_json::{Map, Value, json};

/// Refusals that were ordered: `{"action":"signupCustomer","code":"422","message":"..","count":1}`.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    action: String,
    code: String,
    message: String,
    left: Option<u64>,
}

/// One Backup Server.
#[derive(Clone, Debug)]
pub struct Backup {
    seed: u64,
    clock: Clock,
    random: Random,
    user: String,
    password: String,
    accounts: Vec<Account>,
    signups_asked: u64,
    switches: Switches,
    /// The actions that the switches `answer` and `processed` are about; empty: all.
    on: Vec<String>,
    orders: Vec<Order>,
    contract: Contract,
}

/// The switches. Meanings are in the README's table.
const TABLE: crate::switches::Table = &[
    (
        "answer",
        r#"["json", "json_nested", "xml", "keyvalue", "query", "redirect", "html_login", "html_500", "no_status",
            "empty", "redirect_login"]"#,
    ),
    ("processed", r#"["usual", true, false]"#),
    ("content_type", r#"["own", "text/html", "text/plain"]"#),
    ("location", r#"["path", "absolute", "relative"]"#),
    ("ok", r#"["success", "ok", "1", "true", true, 1]"#),
    ("denial", r#"["401", "403", "body", "login_page", "redirect"]"#),
    ("repeat", r#"["success", "error"]"#),
    ("probe", r#"["console", "other", "empty", "404"]"#),
    ("pass_key", r#"["given", "absent", "empty", "refused"]"#),
];

impl Backup {
    /// A fresh server with its Default Reseller and the reseller North.
    pub fn new(seed: u64, clock: Clock) -> Backup {
        let mut random = Random::new(seed);
        let password = format!(
            "console-{}&=",
            random.text(12, "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        );
        let now = clock.now();
        Backup {
            seed,
            clock,
            random,
            user: "admin".into(),
            password,
            accounts: vec![
                Account::reseller(accounts::DEFAULT_RESELLER, now),
                Account::reseller("North", now),
            ],
            signups_asked: 0,
            switches: Switches::new(TABLE),
            on: Vec::new(),
            orders: Vec::new(),
            contract: Contract::default(),
        }
    }

    /// The form of the answer to this action.
    fn form(&self, action: &str) -> String {
        if self.on.is_empty() || self.on.iter().any(|a| a == action) {
            self.switches.get("answer").as_str().unwrap_or("json").into()
        } else {
            "json".into()
        }
    }

    /// Whether work is done although the answer does not tell: a broken page comes before it, a missing status after.
    fn works(&self, form: &str) -> bool {
        match self.switches.get("processed") {
            Value::Bool(wanted)
                if matches!(
                    form,
                    "html_login" | "html_500" | "empty" | "no_status" | "redirect_login"
                ) =>
            {
                wanted
            }
            _ => !matches!(form, "html_login" | "html_500" | "redirect_login"),
        }
    }

    fn post(&mut self, request: &Request, call: &'static str, record: &mut Record) -> Answer {
        let mut params = self.contract.logical(sent(request));
        let action = params.get("action").and_then(Value::as_str).unwrap_or("").to_string();
        let basic = request.basic();
        let given = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or("");
        let allowed = basic
            .as_ref()
            .is_some_and(|(u, p)| *u == self.user && *p == self.password)
            || (given("userName") == self.user && given("loginPassword") == self.password);
        record.more.insert("action".into(), json!(action));
        record.more.insert(
            "not_applicable".into(),
            json!(accounts::not_applicable(&action, &params)),
        );
        record.more.insert("unknown".into(), json!(contract::unknown(&params)));
        if !allowed {
            return self.deny();
        }
        record.login = Some(self.user.clone());
        params.retain(|name, _| !matches!(name.as_str(), "userName" | "loginPassword" | "action"));
        let form = self.form(&action);
        let page = request.path().to_string();
        if !self.works(&form) {
            return self.encode(&Reply::refused("500", ""), &form, &action, &page, request);
        }
        if action.starts_with("signup") {
            self.signups_asked += 1;
        }
        let reply = match self.ordered(&action) {
            Some(reply) => reply,
            None => self.perform(call, &action, &params),
        };
        let name = params.get("name").and_then(Value::as_str).unwrap_or("").to_string();
        let reply = reply.named(&name);
        self.encode(&reply, &form, &action, &page, request)
    }

    fn ordered(&mut self, action: &str) -> Option<Reply> {
        let order = self
            .orders
            .iter_mut()
            .find(|o| (o.action.is_empty() || o.action == action) && o.left != Some(0))?;
        if let Some(left) = &mut order.left {
            *left -= 1;
        }
        Some(Reply::refused(&order.code, &order.message))
    }

    /// The console's front page; its hidden field is how a client knows it (reference: storegrid-singlehop.md 2, 3.7).
    fn front(&self) -> Answer {
        match self.switches.get("probe").as_str() {
            Some("other") => Answer::html(
                200,
                "<html><head><title>It works!</title></head><body>It works!</body></html>",
            ),
            Some("empty") => Answer::html(200, ""),
            Some("404") => Answer::html(404, "<html><body><h1>404 Not Found</h1></body></html>"),
            _ => Answer::html(200, answers::LOGIN_PAGE),
        }
    }
}

impl Panel for Backup {
    fn login(&self) -> (String, String) {
        (self.user.clone(), self.password.clone())
    }

    fn introduction(&self) -> Value {
        json!({})
    }

    fn copy(&self) -> Box<dyn Panel> {
        Box::new(self.clone())
    }

    fn now(&self) -> Time {
        self.clock.now()
    }

    fn move_clock(&mut self, to: Time) -> bool {
        self.clock.move_to(to)
    }

    fn answer(&mut self, request: &Request) -> (Answer, Record) {
        let mut record = Record::default();
        let call = self.contract.call(request.path());
        record.more.insert("call".into(), json!(call));
        record
            .more
            .insert("content_type".into(), json!(request.header("content-type")));
        record
            .more
            .insert("parameters".into(), hidden(sent(request), &self.contract));
        let answer = match (call, request.method.as_str()) {
            (Some("probe"), "GET") => self.front(),
            (Some("probe"), _) => Answer::html(405, "<html><body><h1>405 Method Not Allowed</h1></body></html>"),
            (Some("page"), "GET") => answers::result_page(request),
            (Some(call), "POST") => self.post(request, call, &mut record),
            (Some(_), _) => Answer::html(405, "<html><body><h1>405 Method Not Allowed</h1></body></html>"),
            (None, _) => Answer::html(404, "<html><body><h1>404 Not Found</h1></body></html>"),
        };
        (answer, record)
    }

    fn control(&mut self, request: &Request) -> Result<Value, String> {
        self.answer_control(request)
    }
}

/// The form of the body. Nothing else counts: neither the query, which logs would show, nor JSON.
fn sent(request: &Request) -> Map<String, Value> {
    let kind = request.header("content-type").unwrap_or("");
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Map::new();
    }
    match nested_form(&String::from_utf8_lossy(&request.body)) {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The parameters as they were sent; of the password only that it was there.
fn hidden(params: Map<String, Value>, contract: &Contract) -> Value {
    let secret = contract.param("loginPassword");
    params
        .into_iter()
        .map(|(name, value)| {
            let value = if name == secret || name == "loginPassword" {
                json!("[hidden]")
            } else {
                value
            };
            (name, value)
        })
        .collect::<Map<_, _>>()
        .into()
}
