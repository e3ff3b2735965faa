//! How the panel says no: every error body shape by release.
//!
//! Source: reference: onapp-api.md 1.3 and 1.4. The wording of 403 is not documented; ours is the reference's guess.

use crate::request::Answer;
use crate::version::Version;
use serde_json::{Map, Value, json};

/// A refusal, not yet in the words of a release.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// No or wrong credentials: 401 with raw text.
    Unauthorized,
    /// The caller's role lacks this permission: 403. The name goes to the request log, not to the caller.
    Forbidden(String),
    /// Unknown id, or one that the caller may not see: 404.
    NotFound,
    /// Validation failed, field by field: 422.
    Invalid(Vec<(String, String)>),
    /// The object's state does not allow it: 422 under `base`.
    State(String),
    /// The same with `base` at the top level, as build answers: 422.
    BareState(String),
    /// The web server's error page: 500.
    Broken,
}

impl Refusal {
    /// One field's error.
    pub fn field(name: &str, message: &str) -> Refusal {
        Refusal::Invalid(vec![(name.into(), message.into())])
    }

    /// The answer of a release. `shape` is the quirk that overrides the documented shape of a 422: `error`, `array`,
    /// `base` or `flat`.
    pub fn answer(&self, version: Version, shape: Option<&str>) -> Answer {
        match self {
            Refusal::Unauthorized => Answer {
                status: 401,
                headers: vec![
                    ("Content-Type".into(), "text/html; charset=utf-8".into()),
                    ("WWW-Authenticate".into(), "Basic realm=\"Application\"".into()),
                ],
                body: b"HTTP Basic: Access denied.\n".to_vec(),
            },
            Refusal::Forbidden(_) => plain(version, 403, "You do not have permissions for this action"),
            Refusal::NotFound => plain(version, 404, "Resource not found"),
            Refusal::Broken => Answer::html(500, "<html><body><h1>500 Internal Server Error</h1></body></html>"),
            Refusal::Invalid(errors) => Answer::json(422, &body(version, errors, shape)),
            Refusal::State(message) => {
                Answer::json(422, &body(version, &[("base".to_string(), message.clone())], shape))
            }
            Refusal::BareState(message) if version.errors_by_field() && shape.is_none() => {
                Answer::json(422, &json!({"base": [message]}))
            }
            Refusal::BareState(message) => {
                Answer::json(422, &body(version, &[("base".to_string(), message.clone())], shape))
            }
        }
    }
}

fn plain(version: Version, status: u16, message: &str) -> Answer {
    if version.single_error() {
        Answer::json(status, &json!({"error": message}))
    } else {
        Answer::json(status, &json!({"errors": [message]}))
    }
}

fn body(version: Version, errors: &[(String, String)], shape: Option<&str>) -> Value {
    let mut fields = Map::new();
    for (field, message) in errors {
        let list = fields.entry(field.clone()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!(message));
        }
    }
    let sentences: Vec<String> = errors.iter().map(|(field, message)| sentence(field, message)).collect();
    match shape {
        Some("error") => json!({"error": sentences}),
        Some("error_text") => json!({"error": sentences.join(". ")}),
        Some("array") => json!(sentences),
        Some("base") => json!({"base": sentences}),
        Some("flat") => json!({"errors": sentences}),
        Some("map") => json!({"errors": fields}),
        _ if version.errors_by_field() => json!({"errors": fields}),
        _ if version.single_error() => json!({"error": sentences.join(", ")}),
        _ => json!({"errors": sentences}),
    }
}

/// Rails' full message: `primary_disk_size`, `is too small` becomes `Primary disk size is too small`.
fn sentence(field: &str, message: &str) -> String {
    if field == "base" {
        return message.to_string();
    }
    let words = field.replace('_', " ");
    let mut letters = words.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{} {message}", letters.as_str())
}
