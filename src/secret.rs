//! A string that no log, error or debug output may show.
//!
//! Owns the one type that carries passwords through the core. It is wiped when dropped, prints as `[secret]`, and travels
//! only as `{"secret": "..."}`, so that every logger on the way can drop it by shape. It does not own where secrets are
//! stored: that is the host's own encryption.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A secret string.
///
/// ```
/// use provisor::secret::Secret;
/// let password = Secret::new("hunter2");
/// assert_eq!(format!("{password:?}"), "[secret]");
/// assert_eq!(password.reveal(), "hunter2");
/// assert_eq!(serde_json::to_string(&password).unwrap(), r#"{"secret":"hunter2"}"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the string over; no copy of it is left behind by this call.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The secret itself. Each caller of this is a place to check in a review.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// True for the empty string, which stands for "no password is known".
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("secret", self.reveal())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shape)
    }
}

const EXPECTED: &str = "a secret must be an object of the form {\"secret\": text}";

/// Answers every wrong shape with the same words, because serde's own quote the value they met.
struct Shape;

macro_rules! refuse {
    ($($name:ident($kind:ty)),*) => {
        $(fn $name<E: de::Error>(self, _: $kind) -> Result<Self::Value, E> {
            Err(E::custom(EXPECTED))
        })*
    };
}

impl<'de> Visitor<'de> for Shape {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of the form {\"secret\": text}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Text>()? {
            let value = map.next_value::<Text>()?;
            if key.0.as_str() != "secret" || found.is_some() {
                return Err(de::Error::custom(EXPECTED));
            }
            found = Some(Secret(value.0));
        }
        found.ok_or_else(|| de::Error::custom(EXPECTED))
    }

    refuse!(
        visit_bool(bool),
        visit_i64(i64),
        visit_i128(i128),
        visit_u64(u64),
        visit_u128(u128),
        visit_f64(f64),
        visit_str(&str),
        visit_bytes(&[u8])
    );

    fn visit_seq<A: de::SeqAccess<'de>>(self, _: A) -> Result<Secret, A::Error> {
        Err(de::Error::custom(EXPECTED))
    }
}

/// A string, wiped when dropped, whose absence is reported without the value that stood there.
struct Text(Zeroizing<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextShape)
    }
}

struct TextShape;

impl<'de> Visitor<'de> for TextShape {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Text, E> {
        Ok(Text(Zeroizing::new(value.to_owned())))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Text, E> {
        Ok(Text(Zeroizing::new(value)))
    }

    refuse!(
        visit_bool(bool),
        visit_i64(i64),
        visit_i128(i128),
        visit_u64(u64),
        visit_u128(u128),
        visit_f64(f64),
        visit_bytes(&[u8])
    );

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Text, A::Error> {
        Err(de::Error::custom(EXPECTED))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, _: A) -> Result<Text, A::Error> {
        Err(de::Error::custom(EXPECTED))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_survives_the_wire_and_prints_nothing() {
        let secret: Secret = serde_json::from_str(r#"{"secret":"pl\u00e4nted"}"#).unwrap();
        assert_eq!(secret.reveal(), "plänted");
        assert_eq!(format!("{secret:?} {secret}"), "[secret] [secret]");
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(serde_json::from_str::<Secret>(&json).unwrap(), secret);
    }

    #[test]
    fn a_secret_of_the_wrong_type_stays_out_of_the_error() {
        for json in [
            r#""planted""#,
            r#"{"secret":424242}"#,
            r#"{"secret":-424242}"#,
            r#"{"secret":42.4242}"#,
            r#"424242"#,
            r#"["planted"]"#,
            r#"{"planted":"planted"}"#,
            r#"{"secret":"planted","planted":"x"}"#,
            r#"{"secret":{"planted":1}}"#,
            r#"{"secret":["planted"]}"#,
            r#"{"secret":true}"#,
            r#"{"secret":null}"#,
            r#"{}"#,
            r#"null"#,
            r#"{"secret":"planted""#,
        ] {
            let text = serde_json::from_str::<Secret>(json).unwrap_err().to_string();
            assert!(!text.contains("planted") && !text.contains("4242"), "{json}: {text}");
        }
    }
}
