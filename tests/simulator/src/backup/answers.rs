//! The forms that an answer can take (reference: storegrid-singlehop.md 3.4, 3.6 and 7).

use super::Backup;
use crate::request::{Answer, Request, nested_form, text};
use serde_json::{Map, Value, json};

/// The console's front page, as a login page.
pub(crate) const LOGIN_PAGE: &str = "<!DOCTYPE html><html><head><title>Backup Server</title></head><body>\
    <form method=\"post\" action=\"/login.php\"><input type=\"hidden\" name=\"ipaddress\" value=\"192.0.2.60\">\
    <input name=\"uname\"><input type=\"password\" name=\"pwd\"></form></body></html>";

/// What a call came to, before it has a form. Field names are keys of the contract's `response`.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    refused: bool,
    fields: Vec<(&'static str, Value)>,
}

impl Reply {
    /// Success.
    pub fn done(message: &str) -> Reply {
        Reply {
            refused: false,
            fields: vec![("message_key", json!(message))],
        }
    }

    /// A refusal with its code and words.
    pub fn refused(code: &str, message: &str) -> Reply {
        Reply {
            refused: true,
            fields: vec![("code_key", json!(code)), ("message_key", json!(message))],
        }
    }

    /// One more field.
    pub fn with(mut self, key: &'static str, value: Value) -> Reply {
        self.fields.push((key, value));
        self
    }

    /// The account's name with it.
    pub fn named(self, name: &str) -> Reply {
        if name.is_empty() {
            self
        } else {
            self.with("name_key", json!(name))
        }
    }

    fn field(&self, key: &str) -> String {
        self.fields
            .iter()
            .find(|(k, _)| *k == key)
            .map(|(_, v)| text(v))
            .unwrap_or_default()
    }
}

impl Backup {
    /// The answer to wrong credentials.
    pub(crate) fn deny(&self) -> Answer {
        match self.switches.get("denial").as_str() {
            Some("403") => Answer::html(403, "<html><body><h1>403 Forbidden</h1></body></html>"),
            Some("body") => Answer::json(200, &self.flat(&Reply::refused("401", "Login failed"), true).into()),
            Some("login_page") => Answer::html(200, LOGIN_PAGE),
            Some("redirect") => Answer::html(302, "").with("Location", "/login.php"),
            _ => Answer::html(401, "<html><body><h1>401 Unauthorized</h1></body></html>"),
        }
    }

    /// The fields under their names on the wire.
    fn flat(&self, reply: &Reply, with_status: bool) -> Map<String, Value> {
        let mut map = Map::new();
        if with_status {
            let word = if reply.refused {
                json!("error")
            } else {
                self.switches.get("ok")
            };
            map.insert(self.contract.response("status_key"), word);
        }
        for (key, value) in &reply.fields {
            if *value != json!("") || *key == "pass_key_key" {
                map.insert(self.contract.response(key), value.clone());
            }
        }
        map
    }

    /// Puts a reply into a form. Only what changes something can be told by a redirect; the rest is JSON then.
    pub(crate) fn encode(&self, reply: &Reply, form: &str, action: &str, page: &str, request: &Request) -> Answer {
        let carries_data = matches!(action, "getPassKey" | "getUsage" | "check");
        let map = self.flat(reply, form != "no_status");
        let answer = match form {
            "html_login" => return Answer::html(200, LOGIN_PAGE),
            "html_500" => return Answer::html(500, "<html><body><h1>500 Internal Server Error</h1></body></html>"),
            "empty" => return Answer::html(200, ""),
            "redirect_login" => return Answer::html(302, "").with("Location", "/login.php"),
            "redirect" if !carries_data => return self.redirect(reply, page, request),
            "xml" => typed("text/xml; charset=utf-8", xml(&map)),
            "keyvalue" => {
                let lines: Vec<String> = map.iter().map(|(k, v)| format!("{k}={}", text(v))).collect();
                typed("text/plain; charset=utf-8", lines.join("\n") + "\n")
            }
            "query" => {
                let pairs: Vec<String> = map.iter().map(|(k, v)| format!("{k}={}", encode(&text(v)))).collect();
                typed("text/plain; charset=utf-8", pairs.join("&"))
            }
            "json_nested" => {
                let status = self.contract.response("status_key");
                let mut outer = Map::new();
                let mut inner = map;
                if let Some(word) = inner.remove(&status) {
                    outer.insert(status, word);
                }
                outer.insert("data".into(), inner.into());
                Answer::json(200, &outer.into())
            }
            _ => Answer::json(200, &map.into()),
        };
        match self.switches.get("content_type").as_str() {
            Some("own") | None => answer,
            Some(kind) => Answer {
                headers: vec![("Content-Type".into(), kind.into())],
                ..answer
            },
        }
    }

    fn redirect(&self, reply: &Reply, page: &str, request: &Request) -> Answer {
        let names = &self.contract;
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        let file = names.response(if reply.refused { "failure_page" } else { "success_page" });
        let message = if reply.refused {
            reply.field("message_key")
        } else {
            String::new()
        };
        let query = format!(
            "{}={}&{}={}",
            names.response("page_name_param"),
            encode(&reply.field("name_key")),
            names.response("page_message_param"),
            encode(&message)
        );
        let location = match self.switches.get("location").as_str() {
            Some("relative") => format!("{file}?{query}"),
            Some("absolute") => {
                let host = request.header("host").unwrap_or("backup.example.net:6061");
                format!("https://{host}{folder}/{file}?{query}")
            }
            _ => format!("{folder}/{file}?{query}"),
        };
        Answer::html(302, "<html><body>Moved</body></html>").with("Location", location)
    }
}

/// The page that a redirect leads to. It shows its parameters unescaped, as the real one did (CVE-2014-10078); a client
/// that goes there did not read the redirect.
pub(crate) fn result_page(request: &Request) -> Answer {
    let params = nested_form(request.query());
    let shown: Vec<String> = params
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("<p>{name}: {}</p>", text(value)))
        .collect();
    Answer::html(200, &format!("<html><body>{}</body></html>", shown.concat()))
}

fn typed(kind: &str, body: String) -> Answer {
    Answer {
        status: 200,
        headers: vec![("Content-Type".into(), kind.into())],
        body: body.into_bytes(),
    }
}

fn xml(map: &Map<String, Value>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>");
    for (name, value) in map {
        let value = text(value)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        out.push_str(&format!("<{name}>{value}</{name}>"));
    }
    out + "</response>\n"
}

/// Form encoding.
fn encode(value: &str) -> String {
    value
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(b).to_string(),
            b' ' => "+".to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}
