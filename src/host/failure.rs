//! How a job ends without success: one type, a stable code, and three things a person needs to know.
//! Owns the error classes of the C ABI. Does not own the errors of single panels; those are turned into a Failure by
//! the module that called the panel.

use crate::plain::plain;
use serde::Serialize;

/// Error classes, in ranges per family. The numbers are part of the C ABI: append only, never renumber.
// repr(C) and not repr(i32), so that the generated headers have a plain enum, which PHP can read too. The numbers travel
// as int32_t.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// A step was called in the wrong order, or after the session ended.
    MisuseOrder = -101,
    /// A required pointer was NULL.
    MisuseNull = -102,
    /// A message is not UTF-8, not JSON, or lacks a field. The session is as it was; the op is still owed.
    MisuseMessage = -103,
    /// A message is larger than the limit. The session is as it was; the op is still owed.
    MisuseTooLarge = -104,
    /// The session is in use by another thread. The session is as it was.
    MisuseBusy = -105,
    /// The buffer for the answer is too small. Nothing was written but the length that is needed.
    MisuseBuffer = -106,
    /// The config names a job, a version or a value that this library does not know.
    ConfigUnknown = -201,
    /// A setting of the product, the server or the service is missing or wrong.
    ConfigInvalid = -202,
    /// The verb does not fit the service as it is (another product type, nothing to act on).
    ConfigRefused = -203,
    /// Another runner works on the same service now.
    Busy = -204,
    /// The panel answered and refused.
    PanelRefused = -301,
    /// The panel refused the credentials.
    PanelUnauthorized = -302,
    /// The panel refused for want of a permission.
    PanelForbidden = -303,
    /// The panel says that the object is not there.
    PanelNotFound = -304,
    /// The object is locked by a running transaction of the panel.
    PanelLocked = -305,
    /// The panel could not be reached, or did not answer in time.
    Network = -401,
    /// The panel's certificate was not accepted.
    NetworkTls = -402,
    /// The panel's name could not be resolved.
    NetworkDns = -403,
    /// A changing request was sent and no answer of the panel came; whether it took effect is not known yet.
    NetworkUnknown = -404,
    /// The panel answered with something that is not what it documents.
    PanelData = -501,
    /// Billing refused to go on with an item; nothing was billed.
    BillingRefused = -601,
    /// Billing set an item aside, for a person to decide.
    BillingParked = -602,
    /// The host answered an op with an error.
    Host = -701,
    /// The host's rows changed under the job; nothing was written.
    HostConflict = -702,
    /// A defect in this library.
    Internal = -901,
    /// The session was made in another process (before a fork).
    Forked = -902,
}

impl Class {
    /// The number that the C ABI returns.
    pub fn number(self) -> i32 {
        // The enum has no fields, so this is its number.
        self as i32
    }
}

impl Serialize for Class {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i32(self.number())
    }
}

/// Why a job ended without success: what failed, what was left unchanged, what to do next.
#[derive(Clone, Debug, Serialize, thiserror::Error)]
#[error("{message} {unchanged} {next}")]
pub struct Failure {
    /// The family and number.
    pub class: Class,
    /// A stable code, such as `onapp.template_not_one`.
    pub code: String,
    /// What failed, one sentence.
    pub message: String,
    /// What was left unchanged, one sentence.
    pub unchanged: String,
    /// What to do next, one sentence.
    pub next: String,
}

impl Failure {
    /// A failure with all three sentences.
    pub fn new(class: Class, code: &str, message: impl Into<String>, unchanged: &str, next: impl Into<String>) -> Self {
        Self {
            class,
            code: code.into(),
            message: harmless(&message.into()),
            unchanged: harmless(unchanged),
            next: harmless(&next.into()),
        }
    }

    /// A setting is wrong; nothing was called.
    pub fn setting(code: &str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Class::ConfigInvalid, code, message, "Nothing was changed.", next)
    }

    /// A defect of ours.
    pub fn internal(code: &str, message: impl Into<String>) -> Self {
        Self::new(
            Class::Internal,
            code,
            message,
            "The work stopped there.",
            "Please report this with the code.",
        )
    }
}

/// Settings that our advice names as people are to write them. No browser knows these tags.
const TAGS: [&str; 9] = [
    "caFile",
    "plainHttp",
    "timeout",
    "zone",
    "billing",
    "kb",
    "unit",
    "threshold",
    "bound",
];

/// A sentence for people in which nothing can be taken for markup, another line or another direction of writing: names and
/// addresses of clients, hosts and panels stand in it, and whoever shows it may forget to escape. Our own tags stay.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(tag) = own_tag(rest) {
            out.push_str(tag);
            rest = rest.get(tag.len()..).unwrap_or_default();
            continue;
        }
        // Between two blanks it leads from one menu to the next.
        let of_a_menu = c == '>' && out.ends_with(' ') && rest.starts_with("> ");
        out.push(if of_a_menu { c } else { plain(c) });
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// The tag of ours that a text begins with.
fn own_tag(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('<')?;
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let rest = TAGS.iter().find_map(|tag| name.strip_prefix(tag)?.strip_prefix('>'))?;
    text.get(..text.len().saturating_sub(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_in_a_sentence_becomes_markup_and_our_own_tags_stay() {
        for (text, expected) in [
            (
                "\"<svg/onload=alert(1)>\"@a.co",
                "\"\u{2039}svg/onload=alert(1)\u{203a}\"@a.co",
            ),
            (
                "<caFile>/a/b.pem</caFile> or <plainHttp>yes</plainHttp>",
                "<caFile>/a/b.pem</caFile> or <plainHttp>yes</plainHttp>",
            ),
            ("<zone onclick=x>", "\u{2039}zone onclick=x\u{203a}"),
            ("<<zone>", "\u{2039}<zone>"),
            ("</script><unit>", "\u{2039}/script\u{203a}<unit>"),
            (
                "Setup > Products; 1<2>1 <",
                "Setup > Products; 1\u{2039}2\u{203a}1 \u{2039}",
            ),
            ("a\nb\tc\u{7f}d\u{202e}e\u{2028}f", "a b c d e f"),
            ("Zoë & Ünal", "Zoë & Ünal"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), expected);
            let told = Failure::new(Class::Host, "x", text, text, text);
            assert_eq!([told.message, told.unchanged, told.next], [expected; 3]);
        }
    }
}
