//! LEAP's refusals: its words decoded, wrong credentials recognised, and a path that we only assume told apart from one
//! that is documented (reference: storegrid-singlehop.md 5.3).

use serde_json::value::RawValue;

use super::wire::Node;
use crate::http::{Error, StatusClass, classify};
use crate::secret::Secret;

/// The code of a refusal of a call that no source documents.
pub const ASSUMED: &str = "panel.call_assumed";

/// Where a call is set, for the message.
pub(super) struct Call<'a> {
    /// `paths.reboot`.
    pub(super) key: String,
    /// What went out.
    pub(super) sent: &'a str,
    pub(super) assumed: bool,
}

/// Where the panel's words about a failure may stand; no page tells where they do.
const WORDS: [&str; 6] = ["error", "error_message", "errors", "data", "message", "msg"];

/// So deep they may stand.
const LEVELS: u8 = 4;

/// The panel's words about a failure; where there are none, a code or a flag that stands in their place. Whole: what is cut off
/// in the middle of a secret would not be known as one.
pub(super) fn words(node: Node<'_>) -> Vec<(String, String)> {
    let code = || node.text(&WORDS);
    let text = said(node, LEVELS).or_else(code);
    text.map(|text| ("base".to_owned(), text)).into_iter().collect()
}

/// The first text with letters in one of those places, also in the objects and lists there.
fn said(node: Node<'_>, levels: u8) -> Option<String> {
    let levels = levels.checked_sub(1)?;
    let fields = node.fields();
    let places = WORDS.iter().filter_map(|key| fields.get(*key).copied());
    places.chain(node.items()).find_map(|place| match place.token() {
        Some(text) if matches!(text.as_str(), "true" | "false") => None,
        Some(text) => text.contains(char::is_alphabetic).then_some(text),
        None => said(place, levels),
    })
}

/// The same error with the panel's words; "Authentication" in them means wrong credentials.
pub(super) fn worded(error: Error, words: Vec<(String, String)>, secrets: &[Secret]) -> Error {
    let secrets: Vec<&str> = secrets.iter().map(Secret::reveal).collect();
    let authentication = words
        .iter()
        .any(|(_, message)| message.to_ascii_lowercase().contains("authentication"));
    let error = error.with_words(words, &secrets);
    if authentication {
        error.with_code("panel.unauthorized")
    } else {
        error
    }
}

/// An error of the HTTP client in LEAP's terms.
pub(super) fn explain(error: Error, call: &Call<'_>, secrets: &[Secret]) -> Error {
    let Some(status) = error.status() else { return error };
    let body = error.body().to_vec();
    let words = serde_json::from_slice::<&RawValue>(&body)
        .map(|raw| words(Node::of(raw)))
        .unwrap_or_default();
    let error = worded(error, words, secrets);
    match classify(status) {
        StatusClass::Unauthorized | StatusClass::Forbidden => error.with_code("panel.unauthorized"),
        StatusClass::NotFound => missing(error, call),
        StatusClass::Refused if status == 405 => missing(error, call),
        _ => error,
    }
}

/// The call is not there: say which setting names it, and whether it is only our assumption.
pub(super) fn missing(error: Error, call: &Call<'_>) -> Error {
    let Call { key, sent, assumed } = call;
    if *assumed {
        error.with_code(ASSUMED).with_advice(format!(
            "No public documentation names this call; \"{sent}\" is assumed. Ask SingleHop for the right one and set {key} \
             in modules/servers/singlehop/config.json, or choose another strategy in the product's Module Settings."
        ))
    } else {
        error.with_advice(format!(
            "If the server is there, correct {key} (\"{sent}\") in modules/servers/singlehop/config.json, or the base \
             address in the product's Module Settings."
        ))
    }
}
