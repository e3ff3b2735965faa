//! A panel's own words before anybody reads them: without the secrets of the call, in whatever spelling they are quoted, and
//! without anything that a page, a log or a terminal could take for more than text. Owns no shape of any panel.

use crate::plain::plain;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// So many characters of each message are kept.
const MAX_WORD: usize = 300;
/// What is looked at; a spelling of a secret that begins in what is kept ends in it.
const MAX_SEEN: usize = 8192;
/// So often is a text unfolded: a form inside JSON inside a page.
const LAYERS: usize = 4;
/// What stands in place of a message that quotes a secret in another spelling than its own.
const WITHHELD: &str = "[a message that quotes a secret]";

/// The text as it may be shown.
pub(crate) fn harmless(text: &str, secrets: &[&str]) -> String {
    let mut text: String = text.chars().take(MAX_SEEN).collect();
    let secrets = || secrets.iter().copied().filter(|secret| !secret.is_empty());
    for secret in secrets() {
        text = text.replace(secret, "[secret]");
    }
    if quotes(&text, secrets) {
        return WITHHELD.to_owned();
    }
    text.chars().take(MAX_WORD).map(plain).collect()
}

/// Does the text spell one of the secrets: as a form, as HTML, as JSON, in base64, or one inside the other?
fn quotes<'a, I: Iterator<Item = &'a str>>(text: &str, secrets: impl Fn() -> I) -> bool {
    if secrets().next().is_none() {
        return false;
    }
    let mut layer = vec![text.to_owned()];
    for _ in 0..LAYERS {
        let mut next: Vec<String> = Vec::new();
        for text in &layer {
            let unfolded = [
                from_form(text, false),
                from_form(text, true),
                from_html(text),
                from_json(text),
            ];
            next.extend(unfolded.into_iter().filter(|t| t != text));
            next.extend(from_base64(text));
        }
        next.sort();
        next.dedup();
        if next.iter().any(|text| secrets().any(|secret| text.contains(secret))) {
            return true;
        }
        layer = next;
        // Rubbish that unfolds in ever more ways is cut off; nothing of it has been the secret so far.
        layer.truncate(16);
    }
    false
}

/// `%41` is A; in a form `+` is a blank.
fn from_form(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at.saturating_add(1)), digit(at.saturating_add(2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high.saturating_mul(16).saturating_add(low)).unwrap_or(b'?'));
                at = at.saturating_add(3);
                continue;
            }
            (b'+', ..) if plus => out.push(b' '),
            _ => out.push(*byte),
        }
        at = at.saturating_add(1);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `&amp;`, `&#65;`, `&#x41;` and the other named entities of XML.
fn from_html(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let known = piece
            .split_once(';')
            .and_then(|(name, rest)| Some((entity(name)?, rest)));
        match known {
            Some((character, rest)) => {
                out.push(character);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(piece);
            }
        }
    }
    out
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

/// `\"`, `\/` and `\u0041`, as inside a JSON text. What is no escape stays.
fn from_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let code = (after.strip_prefix('u'))
            .and_then(|hex| hex.get(..4))
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        let mut characters = after.chars();
        rest = match (code, characters.next()) {
            (Some(character), _) => {
                out.push(character);
                after.get(5..).unwrap_or_default()
            }
            (None, Some(escaped)) => {
                out.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                });
                characters.as_str()
            }
            (None, None) => "",
        };
    }
    out + rest
}

/// What words of base64 hold, such as the header of Basic authentication.
fn from_base64(text: &str) -> Vec<String> {
    const ANY: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let decoded = |alphabet, signs: &str| {
        let engine = GeneralPurpose::new(alphabet, ANY);
        text.split(|c: char| !(c.is_ascii_alphanumeric() || signs.contains(c)))
            .filter(|word| word.len() >= 4)
            .filter_map(|word| String::from_utf8(engine.decode(word).ok()?).ok())
            .collect::<Vec<_>>()
    };
    let mut found = decoded(&alphabet::STANDARD, "+/");
    found.extend(decoded(&alphabet::URL_SAFE, "-_"));
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::http::percent_encoded;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const SECRETS: [&str; 4] = ["p@ss&w+1\"/x", "pl\u{e4}nted <key>", "plain", "a\\b'c"];

    fn html(text: &str) -> String {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('"', "&quot;").replace('\'', "&#039;")
    }

    fn json(text: &str) -> String {
        let quoted = serde_json::to_string(text).unwrap();
        quoted.trim_matches('"').to_owned()
    }

    fn escaped(text: &str) -> String {
        text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
    }

    #[test]
    fn a_secret_is_shown_in_none_of_its_spellings_nor_one_inside_the_other() {
        for secret in SECRETS {
            let form = percent_encoded(secret).replace("%20", "+");
            let spellings = [
                secret.to_owned(),
                form.clone(),
                percent_encoded(secret),
                secret.bytes().map(|b| format!("%{b:02x}")).collect(),
                html(secret),
                secret.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
                secret.chars().map(|c| format!("&#x{:X};", u32::from(c))).collect(),
                json(secret),
                json(secret).replace('/', "\\/"),
                escaped(secret),
                STANDARD.encode(secret),
                STANDARD.encode(format!("admin:{secret}")),
                URL_SAFE_NO_PAD.encode(format!("{secret} and more")),
                percent_encoded(&json(secret)),
                html(&form),
                html(&json(secret)),
                percent_encoded(&STANDARD.encode(format!("u:{secret}"))),
                html(&percent_encoded(&json(secret))),
            ];
            for spelled in spellings {
                let said = format!("Refused: loginPassword={spelled}&action=create (try again)");
                let shown = harmless(&said, &SECRETS);
                assert!(
                    shown == WITHHELD || (shown.contains("[secret]") && !shown.contains(&spelled)),
                    "{spelled} in {shown}"
                );
            }
        }
    }

    #[test]
    fn words_without_a_secret_stay_as_they_are() {
        for said in [
            "Memory is 100% used & rising; see C:\\temp + \"x\"",
            "Label can't be blank",
            "&#bad; &nothing %zz %4",
            "dGhpcyBpcyBubyBzZWNyZXQ=",
            "",
        ] {
            assert_eq!(harmless(said, &SECRETS), said);
        }
        assert_eq!(harmless("plain", &[]), "plain");
    }

    #[test]
    fn nothing_can_be_taken_for_a_tag_a_line_or_a_direction() {
        let shown = harmless("<b>\u{202e}x\n\u{7}", &[]);
        assert_eq!(shown, "\u{2039}b\u{203a} x  ");
        assert_eq!(harmless(&"x".repeat(1000), &[]).len(), MAX_WORD);
    }

    #[test]
    fn a_long_or_wild_message_is_looked_through_in_no_time() {
        let started = std::time::Instant::now();
        for wild in [
            "%25".repeat(3000),
            "&amp;".repeat(2000),
            "\\".repeat(9000),
            "QUFB".repeat(2500),
        ] {
            let _ = harmless(&wild, &SECRETS);
        }
        assert!(started.elapsed().as_secs() < 5);
    }
}
