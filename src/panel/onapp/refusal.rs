//! The panel's refusals: every documented shape of an error body decoded into (field, message), locks recognised, and the
//! missing permission named (reference: onapp-api.md 1.4 and 3.6).

use serde_json::Value;

use super::PanelError;
use crate::http::{StatusClass, classify};

/// The code of a refusal because a transaction still holds the object.
pub(super) const LOCKED: &str = "panel.locked";

/// The same error with the panel's words, and with the permission that the call needs where one is missing.
pub(super) fn explain(error: PanelError, permission: &str, secrets: &[&str]) -> PanelError {
    let Some(status) = error.status() else { return error };
    let words = words(error.body());
    let locked = status == 422 && words.iter().any(|(_, message)| is_lock(message));
    let error = error.with_words(words, secrets);
    if locked {
        return error
            .with_code(LOCKED)
            .with_advice("A transaction is still running there; try again when it has ended.");
    }
    match classify(status) {
        StatusClass::Forbidden if !permission.is_empty() => error.with_advice(format!(
            "Give the user's role the permission {permission} at the control panel."
        )),
        _ => error,
    }
}

/// True when the panel itself says that the thing is not there (reference: onapp-api.md 1.4). A 404 of a proxy or of another
/// web server at that address comes without its words, and means "could not ask".
pub(super) fn is_absent(error: &PanelError) -> bool {
    let said = |(_, message): &(String, String)| message.to_ascii_lowercase().contains("not found");
    error.is_not_found() && error.fields().iter().any(said)
}

/// The vendor does not document the text; these are the words that recordings and clients show.
fn is_lock(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    [
        "locked",
        "transactions will be finished",
        "pending transaction",
        "is busy",
    ]
    .iter()
    .any(|word| message.contains(word))
}

/// The messages of an error body as (field, message); `base` for the whole object. A page of HTML has none.
pub(super) fn words(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let mut found = Vec::new();
    match serde_json::from_str::<Value>(text) {
        Ok(mut said) => match said.get("errors").or_else(|| said.get("error")) {
            Some(errors) => collect("base", errors, &mut found),
            None => {
                hide_secrets(&mut said);
                collect("base", &said, &mut found);
            }
        },
        // Raw text, as on 401; anything longer than a sentence is no message.
        Err(_) if !text.is_empty() && !text.starts_with(['<', '{', '[']) && text.len() <= 200 => {
            found.push(("base".to_owned(), text.to_owned()));
        }
        Err(_) => {}
    }
    found
}

/// What is not marked as messages may be the thing itself, shown with its passwords.
fn hide_secrets(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        Value::Object(map) => map.iter_mut().for_each(|(key, item)| {
            let key = key.to_ascii_lowercase();
            if ["password", "secret", "token", "key"]
                .iter()
                .any(|word| key.contains(word))
            {
                *item = Value::String("(not shown)".to_owned());
            } else {
                hide_secrets(item);
            }
        }),
        _ => {}
    }
}

fn collect(field: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(message) if !message.trim().is_empty() => {
            found.push((field.to_owned(), message.trim().to_owned()));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(field, item, found)),
        Value::Object(map) => map.iter().for_each(|(key, item)| collect(key, item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(body: &str) -> Vec<(String, String)> {
        words(body.as_bytes())
    }

    #[test]
    fn every_documented_error_shape_is_decoded() {
        let base = |message: &str| vec![("base".to_owned(), message.to_owned())];
        assert_eq!(pairs(r#"{"error":"Resource not found"}"#), base("Resource not found"));
        assert_eq!(
            pairs(r#"{"errors":["Resource not found"]}"#),
            base("Resource not found")
        );
        assert_eq!(pairs(r#"{"errors":{"base":["Please wait"]}}"#), base("Please wait"));
        assert_eq!(pairs(r#"{"error":["a"]}"#), base("a"));
        assert_eq!(pairs(r#"{"base":["b"]}"#), base("b"));
        assert_eq!(pairs(r#"["c"]"#), base("c"));
        assert_eq!(pairs(r#""d""#), base("d"));
        assert_eq!(
            pairs("HTTP Basic: Access denied.\n"),
            base("HTTP Basic: Access denied.")
        );
        assert_eq!(
            pairs(r#"{"errors":{"login":["has already been taken"],"email":"is invalid"}}"#),
            [
                ("email".to_owned(), "is invalid".to_owned()),
                ("login".to_owned(), "has already been taken".to_owned())
            ]
        );
        for body in [
            "",
            " ",
            "{}",
            "[]",
            "null",
            "<h1>500 Internal Server Error</h1>",
            "{\"errors\":",
        ] {
            assert!(pairs(body).is_empty(), "{body}");
        }
    }
}
