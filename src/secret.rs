//! A string that no log, error or Debug output shows, and that memory forgets when it is dropped.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// A secret: a password, a pass key. On the wire it is `{"secret": "..."}`, so that every logger can drop it by shape.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
    /// The text itself. Never format or log it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
    /// True when nothing is inside.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut st = s.serialize_struct("Secret", 1)?;
        st.serialize_field("secret", self.reveal())?;
        st.end()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            secret: String,
        }
        Wire::deserialize(d)
            .map(|w| Secret::new(w.secret))
            .map_err(|_| serde::de::Error::custom("expected {\"secret\": text}"))
    }
}
