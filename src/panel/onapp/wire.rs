//! Reading JSON as OnApp writes it: wrapped or bare, numbers as text, booleans as anything (reference: onapp-api.md 1.5).
//!
//! A value is kept as its own text until somebody says what it should be, so digits are never lost and no error quotes it.
//! Does not know any resource.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::PanelError;
use crate::http::Answer;

/// One object of an answer.
pub(super) struct Row<'a> {
    answer: &'a Answer,
    fields: HashMap<String, &'a RawValue>,
}

/// The object of an answer, out of `{"root": {...}}`, of a doubled root, or bare.
pub(super) fn object<'a>(answer: &'a Answer, root: &str) -> Result<Row<'a>, PanelError> {
    let raw: &RawValue = parse(answer)?;
    unwrap(answer, raw, root)
}

/// The objects of an answer that is a list.
pub(super) fn list<'a>(answer: &'a Answer, root: &str) -> Result<Vec<Row<'a>>, PanelError> {
    let raw: Vec<&RawValue> = parse(answer)?;
    raw.into_iter().map(|raw| unwrap(answer, raw, root)).collect()
}

/// The same, where an entry that is no object is one without fields: what it damages is for the reader to say.
pub(super) fn list_of_any<'a>(answer: &'a Answer, root: &str) -> Result<Vec<Row<'a>>, PanelError> {
    let raw: Vec<&RawValue> = parse(answer)?;
    let without_fields = |_| Row {
        answer,
        fields: HashMap::new(),
    };
    Ok(raw
        .into_iter()
        .map(|raw| unwrap(answer, raw, root).unwrap_or_else(without_fields))
        .collect())
}

/// What an accepted change shows of its object. An answer that shows none changes nothing about the acceptance.
pub(super) fn shown<T>(answer: &Answer, root: &str, read: impl Fn(&Row<'_>) -> Result<T, PanelError>) -> Option<T> {
    object(answer, root).ok().and_then(|row| read(&row).ok())
}

fn parse<'a, T: serde::Deserialize<'a>>(answer: &'a Answer) -> Result<T, PanelError> {
    serde_json::from_slice(&answer.body).map_err(|error| answer.unreadable(&error))
}

fn unwrap<'a>(answer: &'a Answer, raw: &'a RawValue, root: &str) -> Result<Row<'a>, PanelError> {
    let mut raw = raw;
    // A root may be doubled (2.x); four levels are more than anybody has seen.
    for _ in 0..4 {
        let fields: HashMap<String, &RawValue> = serde_json::from_str(raw.get())
            .map_err(|_| answer.unexpected(format!("with something else where an object \"{root}\" was expected")))?;
        match fields.get(root) {
            Some(inner) if inner.get().starts_with('{') => raw = inner,
            _ => return Ok(Row { answer, fields }),
        }
    }
    Err(answer.unexpected(format!("with \"{root}\" nested too deep")))
}

impl<'a> Row<'a> {
    pub(super) fn wrong(&self, key: &str, expected: &str) -> PanelError {
        self.answer
            .unexpected(format!("with a field \"{key}\" that is not {expected}"))
    }

    /// True when the key is there, whatever its value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// The text of a value: a string's content, or the raw token. None for absent, null and "".
    fn token(&self, key: &str, expected: &str) -> Result<Option<String>, PanelError> {
        let Some(raw) = self.fields.get(key) else {
            return Ok(None);
        };
        let text = match raw.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(raw.get()).map_err(|_| self.wrong(key, expected))?,
            Some(b'{' | b'[') => return Err(self.wrong(key, expected)),
            _ => raw.get().to_owned(),
        };
        let text = text.trim();
        Ok(if text.is_empty() || text == "null" {
            None
        } else {
            Some(text.to_owned())
        })
    }

    /// A whole number that is not negative: `12`, `"12"`, `12.0`, `1.2e1`.
    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, PanelError> {
        let expected = "a whole number";
        let Some(text) = self.token(key, expected)? else {
            return Ok(None);
        };
        whole(&text).map(Some).ok_or_else(|| self.wrong(key, expected))
    }

    /// A number that the answer must hold.
    pub(super) fn needed_number(&self, key: &str) -> Result<u64, PanelError> {
        self.number(key)?.ok_or_else(|| self.wrong(key, "there"))
    }

    /// A number for which null or "" mean none was counted; none where it is absent or no whole number.
    pub(super) fn counted(&self, key: &str) -> Option<u64> {
        let counted = self.number(key).ok().filter(|_| self.has(key));
        counted.map(|counted| counted.unwrap_or(0))
    }

    /// `true`, `1`, `"1"`, `"true"`; null, "" and absent are false.
    pub(super) fn flag(&self, key: &str) -> Result<bool, PanelError> {
        match self.token(key, "yes or no")?.as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(self.wrong(key, "yes or no")),
        }
    }

    /// The same, telling apart what is absent; null and "" are still false.
    pub(super) fn flag_if_there(&self, key: &str) -> Result<Option<bool>, PanelError> {
        if self.has(key) {
            self.flag(key).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Text; numbers are read as their digits; null and absent are none.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, PanelError> {
        self.token(key, "text")
    }

    /// Text that may be empty.
    pub(super) fn text_or_empty(&self, key: &str) -> Result<String, PanelError> {
        Ok(self.text(key)?.unwrap_or_default())
    }

    /// A moment with its offset, in UTC.
    pub(super) fn moment(&self, key: &str) -> Result<Option<DateTime<Utc>>, PanelError> {
        let Some(text) = self.token(key, "a time")? else {
            return Ok(None);
        };
        let moment = DateTime::parse_from_rfc3339(&text).map_err(|_| self.wrong(key, "a time"))?;
        Ok(Some(moment.to_utc()))
    }

    /// A nested object, wrapped once more or not; the row itself when it is absent.
    pub(super) fn nested(self, root: &str) -> Result<Row<'a>, PanelError> {
        match self.fields.get(root).filter(|raw| raw.get().starts_with('{')) {
            Some(raw) => unwrap(self.answer, raw, root),
            None => Ok(self),
        }
    }

    /// True when a list is there, an empty one too.
    pub(super) fn has_list(&self, key: &str) -> bool {
        self.fields.get(key).is_some_and(|raw| raw.get().starts_with('['))
    }

    /// A nested list; null and absent are the empty list.
    pub(super) fn rows(&self, key: &str, root: &str) -> Result<Vec<Row<'a>>, PanelError> {
        let Some(raw) = self.fields.get(key) else {
            return Ok(Vec::new());
        };
        let raw: Option<Vec<&'a RawValue>> = serde_json::from_str(raw.get()).map_err(|_| self.wrong(key, "a list"))?;
        raw.unwrap_or_default()
            .into_iter()
            .map(|raw| unwrap(self.answer, raw, root))
            .collect()
    }
}

/// Reads a whole number from its digits, through exact decimals where it has a point or an exponent.
fn whole(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let exact = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text)
    } else {
        Decimal::from_str_exact(text)
    };
    let exact = exact.ok()?.normalize();
    if exact.scale() == 0 {
        u64::try_from(exact.mantissa()).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_are_read_from_their_digits_in_every_form_the_panel_uses() {
        for (text, number) in [
            ("0", Some(0)),
            ("52.0", Some(52)),
            ("1.2e1", Some(12)),
            ("-0", Some(0)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("52.5", None),
            ("-1", None),
            ("true", None),
            ("1e400", None),
            ("twelve", None),
        ] {
            assert_eq!(whole(text), number, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_whole_number_survives_each_way_of_writing_it(number in 0..u64::MAX / 1000) {
            for text in [number.to_string(), format!("{number}.0"), format!("{number}.000e0"), format!("{number}000e-3")] {
                proptest::prop_assert_eq!(whole(&text), Some(number), "{}", text);
            }
        }
    }

    #[test]
    fn roots_are_found_wrapped_doubled_and_bare() {
        for body in [
            r#"{"vm":{"id":"5"}}"#,
            r#"{"vm":{"vm":{"id":5}}}"#,
            r#"{"id":5.0,"vm":null}"#,
            r#"{"id":5,"vm":3}"#,
        ] {
            let answer = Answer::for_test(200, body);
            assert_eq!(object(&answer, "vm").unwrap().number("id").unwrap(), Some(5), "{body}");
        }
    }

    #[test]
    fn flags_and_empty_strings_are_tolerated_and_nonsense_is_named_without_its_value() {
        let answer = Answer::for_test(
            200,
            r#"{"a":true,"b":1,"c":"1","d":null,"e":"","f":"0","g":"planted","n":"","t":"2016-05-18T16:17:15.063+07:00"}"#,
        );
        let row = object(&answer, "vm").unwrap();
        let flags = ["a", "b", "c", "d", "e", "f", "missing"].map(|key| row.flag(key).unwrap());
        assert_eq!(flags, [true, true, true, false, false, false, false]);
        assert_eq!(row.number("n").unwrap(), None);
        assert_eq!(
            row.moment("t").unwrap().unwrap().to_rfc3339(),
            "2016-05-18T09:17:15.063+00:00"
        );
        for error in [
            row.flag("g").unwrap_err(),
            row.number("g").unwrap_err(),
            row.moment("g").unwrap_err(),
        ] {
            assert_eq!(error.code(), "panel.unexpected_content");
            assert!(error.to_string().contains("\"g\"") && !format!("{error} {error:?}").contains("planted"));
        }
    }

    #[test]
    fn a_list_that_is_no_list_is_an_error_and_never_an_empty_list() {
        for body in ["{}", "null", "", " ", r#"{"errors":["x"]}"#, "[1]", "<html>"] {
            assert!(list(&Answer::for_test(200, body), "vm").is_err(), "{body}");
        }
        assert!(list(&Answer::for_test(200, "[]"), "vm").unwrap().is_empty());
    }
}
