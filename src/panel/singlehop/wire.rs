//! Reading JSON as LEAP writes it: an envelope whose success has many spellings, maps where lists are meant, numbers as
//! text. A value is kept as its own text until somebody says what it should be. Knows no resource.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::value::RawValue;

use super::refusal;
use crate::http::{Answer, Error};
use crate::money::Decimal;
use crate::secret::Secret;

/// One value of an answer.
#[derive(Clone, Copy)]
pub(super) struct Node<'a>(&'a RawValue);

impl<'a> Node<'a> {
    pub(super) fn of(raw: &'a RawValue) -> Self {
        Self(raw)
    }

    fn starts_with(self, byte: u8) -> bool {
        self.0.get().as_bytes().first() == Some(&byte)
    }

    pub(super) fn is_list(self) -> bool {
        self.starts_with(b'[')
    }

    pub(super) fn is_map(self) -> bool {
        self.starts_with(b'{')
    }

    pub(super) fn is_text(self) -> bool {
        self.starts_with(b'"')
    }

    /// The fields of an object; none for anything else.
    pub(super) fn fields(self) -> BTreeMap<String, Node<'a>> {
        let fields: BTreeMap<String, &'a RawValue> = if self.is_map() {
            serde_json::from_str(self.0.get()).unwrap_or_default()
        } else {
            BTreeMap::new()
        };
        fields.into_iter().map(|(key, raw)| (key, Node(raw))).collect()
    }

    /// One field of an object.
    pub(super) fn get(self, key: &str) -> Option<Node<'a>> {
        self.fields().remove(key)
    }

    /// The items of a list; none for anything else.
    pub(super) fn items(self) -> Vec<Node<'a>> {
        let items: Vec<&'a RawValue> = if self.is_list() {
            serde_json::from_str(self.0.get()).unwrap_or_default()
        } else {
            Vec::new()
        };
        items.into_iter().map(Node).collect()
    }

    /// The items of a list, or of a map, as PHP writes an array with a gap in it, with their keys; a list has none.
    pub(super) fn entries(self) -> Vec<(String, Node<'a>)> {
        let items = self.items().into_iter().map(|item| (String::new(), item));
        items.chain(self.fields()).collect()
    }

    /// Text, or the digits of a number, or a word such as `true`; None for null, "", lists and objects.
    pub(super) fn token(self) -> Option<String> {
        let raw = self.0.get();
        let text = match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(raw).ok()?,
            Some(b'{' | b'[') | None => return None,
            Some(_) if raw == "null" => return None,
            Some(_) => raw.to_owned(),
        };
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The first of these fields that holds a text or a number.
    pub(super) fn text(self, keys: &[&str]) -> Option<String> {
        let fields = self.fields();
        keys.iter()
            .find_map(|key| fields.get(*key).and_then(|node| node.token()))
    }

    /// The first of these fields as an exact number.
    pub(super) fn number(self, keys: &[&str]) -> Option<Decimal> {
        self.text(keys).and_then(|text| text.parse().ok())
    }

    /// A field as an address.
    pub(super) fn ip(self, keys: &[&str]) -> Option<IpAddr> {
        self.text(keys).and_then(|text| text.parse().ok())
    }

    /// Texts out of a list of texts, a list of objects with one of `keys`, a map whose values are any of these or whose keys
    /// are meant, or one text separated by commas or spaces.
    pub(super) fn texts(self, keys: &[&str]) -> Vec<String> {
        if let Some(text) = self.token() {
            return text
                .split([',', ' ', ';', '\n'])
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect();
        }
        let of = |node: Node<'a>| node.token().or_else(|| node.text(keys));
        if self.is_list() {
            return self.items().into_iter().filter_map(of).collect();
        }
        self.fields()
            .into_iter()
            .filter_map(|(key, node)| match is_index(&key) {
                true => of(node),
                false => Some(node.text(keys).unwrap_or(key)),
            })
            .collect()
    }
}

/// Is this key an index? PHP writes an array with a gap in it as a map of its indexes.
pub(super) fn is_index(key: &str) -> bool {
    key.len() < 5 && key.parse::<u16>().is_ok_and(|n| n.to_string() == key)
}

/// true, 1, "1", "true" in any case.
fn is_yes(node: Node<'_>) -> bool {
    node.token()
        .is_some_and(|token| token == "1" || token.eq_ignore_ascii_case("true"))
}

/// The content of an answer that says yes; the envelope itself is opened by the caller with [`Node::get`].
///
/// A bare list is an answer too, for calls that read lists. An answer that does not say whether it worked is no success.
pub(super) fn success<'a>(answer: &'a Answer, list: bool, secrets: &[Secret]) -> Result<Node<'a>, Error> {
    let raw: &RawValue = serde_json::from_slice(&answer.body).map_err(|error| answer.unreadable(&error))?;
    let whole = Node(raw);
    if list && whole.is_list() {
        return Ok(whole);
    }
    let fields = whole.fields();
    let refused = |node| Err(refused(answer, node, secrets));
    // A yes beside any sign of failure is no yes.
    if has_failed(&fields, true) {
        return refused(whole);
    }
    if !fields.contains_key("success") {
        return Err(answer.unexpected("without saying whether it worked"));
    }
    // Some calls answer with a result, or with one for each thing they did.
    let data: Vec<Node<'_>> = match fields.get("data") {
        Some(data) => std::iter::once(*data)
            .chain(data.items())
            .chain(data.fields().into_values())
            .collect(),
        None => Vec::new(),
    };
    match data.into_iter().find(|part| has_failed(&part.fields(), !list)) {
        Some(part) => refused(part),
        None => Ok(whole),
    }
}

/// The same for an answer to a change: it holds no sign of failure at any depth. A yes whose words speak of a failure is
/// neither a yes nor a no: nobody knows what became of the change.
pub(super) fn accepted<'a>(answer: &'a Answer, secrets: &[Secret]) -> Result<Node<'a>, Error> {
    let whole = success(answer, false, secrets)?;
    match sign(whole, false, MOST_LEVELS) {
        None => Ok(whole),
        Some(Sign::TooDeep) => Err(answer.unexpected("with more in it than can be looked through")),
        Some(Sign::Failure(node)) => Err(refused(answer, node, secrets)),
        Some(Sign::Word(text)) => {
            let error = answer.unexpected("with a yes that speaks of a failure");
            Err(refusal::worded(error, vec![("base".to_owned(), text)], secrets))
        }
    }
}

/// The refusal that this part of an answer is.
fn refused(answer: &Answer, node: Node<'_>, secrets: &[Secret]) -> Error {
    let mut words = refusal::words(node);
    words.extend(node.token().map(|text| ("base".to_owned(), text)));
    if words.is_empty() {
        words.push((
            "base".to_owned(),
            "its answer says that it failed, and not why".to_owned(),
        ));
    }
    refusal::worded(answer.declined(), words, secrets)
}

/// So many levels of an answer are looked through.
const MOST_LEVELS: u8 = 12;

enum Sign<'a> {
    /// A field or a value that means a failure.
    Failure(Node<'a>),
    /// A text that speaks of one.
    Word(String),
    TooDeep,
}

/// Names of things, which may be called anything.
const NAMES: [&str; 7] = ["hostname", "host", "server", "name", "domain", "label", "email"];

/// Words of a text that speak of a failure.
const FAILURES: [&str; 12] = [
    "error",
    "errors",
    "denied",
    "fail",
    "fails",
    "failed",
    "failure",
    "refused",
    "rejected",
    "unauthorized",
    "authentication",
    "forbidden",
];

/// The first sign of failure in an answer. `outcome`: a bare `false` here is an outcome, not the value of some field.
fn sign(node: Node<'_>, outcome: bool, levels: u8) -> Option<Sign<'_>> {
    if let Some(said) = node.token() {
        let text = said.to_ascii_lowercase();
        if outcome && text == "false" {
            return Some(Sign::Failure(node));
        }
        let plain = ["no error", "without error", "without any error"]
            .iter()
            .fold(text, |rest, none| rest.replace(none, ""));
        let speaks = plain
            .split_whitespace()
            .filter(|part| !is_hostname(part))
            .flat_map(|part| part.split(|c: char| !c.is_alphanumeric()))
            .any(|word| FAILURES.contains(&word));
        return speaks.then_some(Sign::Word(said));
    }
    let Some(levels) = levels.checked_sub(1) else {
        return Some(Sign::TooDeep);
    };
    if has_failed(&node.fields(), true) {
        return Some(Sign::Failure(node));
    }
    let mut items = node.items().into_iter();
    items.find_map(|item| sign(item, true, levels)).or_else(|| {
        let mut fields = node.fields().into_iter();
        fields.find_map(|(key, value)| {
            let named = NAMES.contains(&key.to_ascii_lowercase().as_str());
            // Some calls answer with an outcome for each server.
            let outcome = key == "data" || key.bytes().all(|b| b.is_ascii_digit());
            (!named).then(|| sign(value, outcome, levels)).flatten()
        })
    })
}

/// Is this part of a text a name such as `errors.acme.com`? Two points at least, so that "failed.Please" is none.
fn is_hostname(part: &str) -> bool {
    let name = part.trim_matches(|c: char| !c.is_alphanumeric());
    let labels: Vec<&str> = name.split('.').collect();
    let is_label = |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    labels.len() > 2 && labels.iter().all(is_label)
}

/// The number of a cancellation that was accepted, if the answer names one. What stands in its place and is none leaves it
/// open what became of the request.
pub(super) fn cancellation(answer: &Answer, secrets: &[Secret]) -> Result<Option<String>, Error> {
    const KEYS: [&str; 2] = ["cancellation_id", "id"];
    let whole = accepted(answer, secrets)?;
    let data = whole.get("data").unwrap_or(whole);
    let said = match data.is_map() {
        true => data
            .text(&KEYS)
            .or_else(|| data.texts(&KEYS).into_iter().find(|text| is_number(text))),
        false => data.texts(&KEYS).into_iter().next(),
    };
    match said {
        Some(word)
            if ["true", "ok", "success"]
                .iter()
                .any(|yes| word.eq_ignore_ascii_case(yes)) =>
        {
            Ok(None)
        }
        Some(number) if !is_number(&number) => {
            Err(answer.unexpected("with something that is no number of a cancellation"))
        }
        said => Ok(said),
    }
}

/// Letters, digits and dashes, with a digit among them.
fn is_number(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && text.bytes().any(|b| b.is_ascii_digit() && b != b'0')
}

/// A `success` that is no yes, a `result` that is not "ok", or, where that is looked at, an `error` with something in it:
/// null, "", 0, false and an empty list are none.
fn has_failed(fields: &BTreeMap<String, Node<'_>>, errors: bool) -> bool {
    let is_ok = |word: String| {
        ["ok", "success", "true", "1"]
            .iter()
            .any(|ok| word.eq_ignore_ascii_case(ok))
    };
    let is_error = |error: &Node<'_>| match error.token() {
        Some(word) => word != "0" && !word.eq_ignore_ascii_case("false"),
        None => !error.items().is_empty() || !error.fields().is_empty(),
    };
    fields.get("success").is_some_and(|success| !is_yes(*success))
        || fields.get("result").is_some_and(|result| {
            result
                .token()
                .into_iter()
                .chain(result.items().into_iter().filter_map(Node::token))
                .any(|word| !is_ok(word))
        })
        || (errors
            && ["error", "errors", "error_message"]
                .iter()
                .filter_map(|key| fields.get(*key))
                .any(is_error))
}
