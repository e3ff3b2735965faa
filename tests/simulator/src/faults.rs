//! The fault menu: which request meets which mishap. Applying a fault is the server's work.
//!
//! A rule counts the requests that match it. Without `count` and `nth` it hits every one of them; with `count` the
//! first so many; with `nth` only that one (the first is 1). The first rule that hits wins.

use crate::request::{Request, percent_decode};
use serde_json::{Value, json};

/// What happens to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// The connection is reset once the head is seen; nothing is processed.
    ResetBefore,
    /// The request is processed, then the connection is reset without an answer.
    ResetAfter,
    /// The answer promises keep-alive, then the connection is closed.
    CloseIdle,
    /// Half the body, then the end of the connection.
    Truncated,
    /// Content-Length is off by so many bytes.
    WrongLength(i64),
    /// One byte each so many milliseconds.
    Slow(u64),
    /// The whole answer, so many milliseconds late.
    Delay(u64),
    /// 200 with an HTML login page.
    HtmlLogin,
    /// A status with an optional Retry-After.
    Status(u16, Option<String>),
    /// The web server's own error page.
    Html500,
    /// 302 to another place.
    Redirect(String),
    /// A JSON body of so many bytes.
    BigBody(usize),
    /// Never answers.
    Stall,
}

/// One rule of the menu.
#[derive(Debug, Clone)]
pub struct Rule {
    method: Option<String>,
    path_prefix: String,
    path_contains: Option<String>,
    query_contains: Option<String>,
    name: String,
    kind: Kind,
    processed: bool,
    count: Option<u64>,
    nth: Option<u64>,
    seen: u64,
    hits: u64,
}

/// A fault chosen for one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The name that goes into the request log.
    pub name: String,
    /// What happens.
    pub kind: Kind,
    /// The panel does its work although the client will not see the answer.
    pub processed: bool,
}

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Rule>);

impl Faults {
    /// Replaces all rules by a JSON list, or adds those of `{"add":[..]}`. A wrong rule changes nothing.
    pub fn set(&mut self, body: &Value) -> Result<(), String> {
        let (list, add) = match (&body["add"], body) {
            (Value::Array(list), _) => (list, true),
            (_, Value::Array(list)) => (list, false),
            _ => return Err("send a JSON list of rules, or {\"add\":[rules]}".into()),
        };
        let rules = list.iter().map(Rule::read).collect::<Result<Vec<_>, _>>()?;
        if !add {
            self.0.clear();
        }
        self.0.extend(rules);
        Ok(())
    }

    /// The fault for this request, if any. Control requests never meet one.
    pub fn pick(&mut self, request: &Request) -> Option<Fault> {
        let mut chosen = None;
        for rule in &mut self.0 {
            if rule.matches(request) && rule.counts() && chosen.is_none() {
                rule.hits += 1;
                chosen = Some(Fault {
                    name: rule.name.clone(),
                    kind: rule.kind.clone(),
                    processed: rule.processed,
                });
            }
        }
        chosen
    }

    /// The rules with how often each matched and hit.
    pub fn list(&self) -> Value {
        self.0
            .iter()
            .map(|r| {
                json!({"kind": r.name, "match": {"method": r.method, "path_prefix": r.path_prefix,
                    "path_contains": r.path_contains, "query_contains": r.query_contains}, "count": r.count, "nth": r.nth, "seen": r.seen, "hits": r.hits})
            })
            .collect()
    }
}

impl Rule {
    fn matches(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|m| *m == request.method)
            && request.path().starts_with(&self.path_prefix)
            && self
                .path_contains
                .as_ref()
                .is_none_or(|part| request.path().contains(part.as_str()))
            && self
                .query_contains
                .as_ref()
                .is_none_or(|part| percent_decode(request.query()).contains(part.as_str()))
    }

    fn counts(&mut self) -> bool {
        self.seen += 1;
        match (self.nth, self.count) {
            (Some(nth), Some(count)) => self.seen >= nth && self.seen < nth + count,
            (Some(nth), None) => self.seen == nth,
            (None, Some(count)) => self.seen <= count,
            (None, None) => true,
        }
    }

    fn read(value: &Value) -> Result<Rule, String> {
        let name = match &value["kind"] {
            Value::String(name) => name.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err("every rule needs a \"kind\"".into()),
        };
        let retry_after = match &value["retry_after"] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let number = |key: &str, default: u64| value[key].as_u64().unwrap_or(default);
        let mut processed = value["processed"].as_bool().unwrap_or(false);
        let kind = match name.as_str() {
            "reset_before" => Kind::ResetBefore,
            "reset_after" => Kind::ResetAfter,
            "close_idle" => Kind::CloseIdle,
            "truncated" => Kind::Truncated,
            "wrong_length" => Kind::WrongLength(value["delta"].as_i64().unwrap_or(-5)),
            "slow" => Kind::Slow(number("interval_ms", 1000)),
            "delay" => Kind::Delay(number("delay_ms", 5000)),
            "html_login" => Kind::HtmlLogin,
            "status" => Kind::Status(number("status", 503).try_into().unwrap_or(503), retry_after),
            "429" | "503" => Kind::Status(name.parse().unwrap_or(503), retry_after.or_else(|| Some("2".into()))),
            "html_500" => Kind::Html500,
            "redirect" => Kind::Redirect(
                value["location"]
                    .as_str()
                    .ok_or("redirect needs a \"location\"")?
                    .into(),
            ),
            "big_body" => Kind::BigBody(number("bytes", 10 * 1024 * 1024) as usize),
            "stall" => Kind::Stall,
            other => return Err(format!("there is no fault kind {other}")),
        };
        if matches!(
            kind,
            Kind::ResetAfter
                | Kind::CloseIdle
                | Kind::Truncated
                | Kind::WrongLength(_)
                | Kind::Slow(_)
                | Kind::Delay(_)
        ) {
            processed = true;
        }
        Ok(Rule {
            method: value["match"]["method"].as_str().map(str::to_uppercase),
            path_prefix: value["match"]["path_prefix"].as_str().unwrap_or("").into(),
            path_contains: value["match"]["path_contains"].as_str().map(String::from),
            query_contains: value["match"]["query_contains"].as_str().map(String::from),
            name,
            kind,
            processed,
            count: value["count"].as_u64(),
            nth: value["nth"].as_u64(),
            seen: 0,
            hits: 0,
        })
    }
}
