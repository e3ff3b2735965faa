//! One request and one answer, and how Rails reads parameters out of query, form and JSON.
//!
//! Owns no socket and no panel. Sources: reference: onapp-api.md 1.1 (nested forms, JSON bodies of GETs, flags as
//! strings) and 1.6 (page and per_page as path segments after the suffix).

use base64::Engine;
use serde_json::{Map, Value};

/// A request as it came off the wire.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, ... in capitals.
    pub method: String,
    /// Path and query as sent, for example `/users.json?q=a`.
    pub target: String,
    /// Header names in lower case with their values.
    pub headers: Vec<(String, String)>,
    /// The body, not decoded.
    pub body: Vec<u8>,
}

impl Request {
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("")
    }

    /// The query without its question mark; empty when there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, q)| q)
    }

    /// The first header of that (lower case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Query and body merged into one tree, the body winning. A body whose content type is neither JSON nor a form
    /// counts as empty, as it does for Rails.
    pub fn params(&self) -> Value {
        let mut params = nested_form(self.query());
        let kind = self.header("content-type").unwrap_or("");
        let body = if kind.contains("json") {
            serde_json::from_slice(&self.body).unwrap_or(Value::Null)
        } else if kind.contains("x-www-form-urlencoded") {
            nested_form(&String::from_utf8_lossy(&self.body))
        } else {
            Value::Null
        };
        if let (Some(all), Value::Object(body)) = (params.as_object_mut(), body) {
            all.extend(body);
        }
        params
    }

    /// The JSON of a control request, whatever its content type says: curl -d and urllib call every body a form.
    /// Without a body the query counts.
    ///
    /// # Errors
    /// The body is not JSON.
    pub fn control_body(&self) -> Result<Value, String> {
        match serde_json::from_slice(&self.body) {
            Ok(body) => Ok(body),
            Err(_) if self.body.is_empty() => Ok(nested_form(self.query())),
            Err(_) => Err("the body is not JSON".into()),
        }
    }

    /// Name and secret of Basic credentials.
    pub fn basic(&self) -> Option<(String, String)> {
        let token = self.header("authorization")?.strip_prefix("Basic ")?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(token.trim()).ok()?;
        let pair = String::from_utf8(bytes).ok()?;
        let (name, secret) = pair.split_once(':')?;
        Some((name.into(), secret.into()))
    }
}

/// An answer before it is written to a socket.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status; 0 only in memory, when a fault cut the connection.
    pub status: u16,
    /// Headers in the order they are written. Length and connection headers are the server's.
    pub headers: Vec<(String, String)>,
    /// Body bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with a JSON body and the exact content type of the panel (reference: onapp-api.md 1.1).
    pub fn json(status: u16, value: &Value) -> Answer {
        Answer {
            status,
            headers: vec![("Content-Type".into(), "application/json; charset=utf-8".into())],
            body: value.to_string().into_bytes(),
        }
    }

    /// An HTML page: what proxies, login forms and Apache's error pages look like.
    pub fn html(status: u16, page: &str) -> Answer {
        Answer {
            status,
            headers: vec![("Content-Type".into(), "text/html; charset=utf-8".into())],
            body: page.as_bytes().to_vec(),
        }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same answer with one more header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Reads `user[email]=..&user[role_ids][]=2` the way Rails does.
pub fn nested_form(text: &str) -> Value {
    let mut root = Value::Object(Map::new());
    for pair in text.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode(name);
        let mut steps: Vec<String> = Vec::new();
        let mut rest = name.as_str();
        if let Some(open) = rest.find('[') {
            steps.push(rest.get(..open).unwrap_or("").into());
            rest = rest.get(open..).unwrap_or("");
            while let Some(inner) = rest.strip_prefix('[') {
                let (step, after) = inner.split_once(']').unwrap_or((inner, ""));
                steps.push(step.into());
                rest = after;
            }
        } else {
            steps.push(name.clone());
        }
        put(&mut root, &steps, Value::String(percent_decode(value)));
    }
    root
}

fn put(at: &mut Value, steps: &[String], value: Value) {
    let Some((first, rest)) = steps.split_first() else {
        *at = value;
        return;
    };
    if first.is_empty() {
        if !at.is_array() {
            *at = Value::Array(Vec::new());
        }
        if let Some(list) = at.as_array_mut() {
            let mut item = Value::Null;
            put(&mut item, rest, value);
            list.push(item);
        }
    } else {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        if let Some(map) = at.as_object_mut() {
            put(map.entry(first.clone()).or_insert(Value::Null), rest, value);
        }
    }
}

/// Decodes `%XX` and `+`. A broken escape stays as it is.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A whole number sent as a number or as a numeric string.
pub fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64(),
        Value::String(s) => s.trim().parse().ok(),
        Value::Bool(b) => Some((*b).into()),
        _ => None,
    }
}

/// A flag sent as a boolean, as 0/1 or as a string. Anything else is false, as in Rails forms.
pub fn flag(value: &Value) -> bool {
    match value {
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_i64() == Some(1),
        Value::String(s) => matches!(s.as_str(), "1" | "true" | "on" | "t" | "yes"),
        _ => false,
    }
}

/// A text, numbers included; empty for null and absent.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Number(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        _ => String::new(),
    }
}
