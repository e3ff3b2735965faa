//! A panel's own words before anybody reads them: without the secrets of the call, in whatever spelling they are quoted, and
//! without anything that a page, a log or a terminal could take for more than text. Owns no shape of any panel.

use crate::plain::{is_unseen, plain};
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

/// Does the text spell one of the secrets: as a form, as HTML, with escapes of JSON or a log, in base64 or hexadecimal, with
/// unseen characters in it, or one inside the other?
fn quotes<'a, I: Iterator<Item = &'a str>>(text: &str, secrets: impl Fn() -> I) -> bool {
    if secrets().next().is_none() {
        return false;
    }
    let mut layer = vec![seen(text), text.to_owned()];
    for _ in 0..LAYERS {
        if layer.iter().any(|text| secrets().any(|secret| text.contains(secret))) {
            return true;
        }
        let mut next: Vec<String> = Vec::new();
        for text in &layer {
            let unfolded = [
                from_form(text, false),
                from_form(text, true),
                from_html(text),
                from_escapes(text),
                from_words(text),
                without_tags(text),
            ];
            for unfolded in unfolded.into_iter().filter(|t| t != text && !t.is_empty()) {
                next.push(seen(&unfolded));
                next.push(unfolded);
            }
        }
        next.sort();
        next.dedup();
        layer = next;
    }
    layer.iter().any(|text| secrets().any(|secret| text.contains(secret)))
}

/// What a reader sees of a text: without the characters between others that nobody sees, and letters of full width as the
/// ones that they look like.
fn seen(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).saturating_sub(0xfee0)).unwrap_or(c),
        c => c,
    };
    text.chars().filter(|c| !is_unseen(*c)).map(narrow).collect()
}

/// What a browser shows of a text with elements of HTML in it.
fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        match tag.split_once('>') {
            Some((name, after)) if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') => {
                rest = after
            }
            _ => {
                out.push('<');
                rest = tag;
            }
        }
    }
    out.push_str(rest);
    out
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

/// `&amp;`, `&#65;`, `&#x41;` and the names that HTML has for the signs of ASCII; the semicolon may be left out, as browsers
/// allow after numbers.
fn from_html(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let number = piece.strip_prefix('#');
        let (name, rest) = match number {
            Some(number) => {
                let hex = number.starts_with(['x', 'X']);
                let digits = number.trim_start_matches(['x', 'X']);
                let end = digits
                    .find(|c: char| !(c.is_ascii_digit() || hex && c.is_ascii_hexdigit()))
                    .unwrap_or(digits.len());
                piece.split_at(piece.len().saturating_sub(digits.len()).saturating_add(end))
            }
            None => piece.split_at(piece.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(piece.len())),
        };
        match entity(name) {
            Some(character) => {
                out.push(character);
                out.push_str(rest.strip_prefix(';').unwrap_or(rest));
            }
            None => {
                out.push('&');
                out.push_str(piece);
            }
        }
    }
    out
}

/// HTML's names of the signs of ASCII and of what nobody sees.
const SIGNS: [(&str, char); 38] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("grave", '`'),
    ("lcub", '{'),
    ("verbar", '|'),
    ("rcub", '}'),
    ("nbsp", ' '),
    ("shy", '\u{ad}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("ZeroWidthSpace", '\u{200b}'),
    ("NoBreak", '\u{2060}'),
];

fn entity(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return SIGNS.iter().find(|(known, _)| *known == name).map(|(_, sign)| *sign);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

/// `\"`, `\/`, `\u0041` and `\x41`, as inside a JSON text or a log. What is no escape stays.
fn from_escapes(text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.extend(before.bytes());
        let hex = |from: usize, to: usize| u32::from_str_radix(after.get(from..to)?, 16).ok();
        let mut characters = after.chars();
        rest = match (characters.next(), hex(1, 5), hex(1, 3)) {
            (Some('u'), Some(code), _) => {
                out.extend(char::from_u32(code).unwrap_or(' ').to_string().bytes());
                after.get(5..).unwrap_or_default()
            }
            (Some('x'), _, Some(byte)) => {
                out.push(u8::try_from(byte).unwrap_or(b' '));
                after.get(3..).unwrap_or_default()
            }
            (Some(escaped), ..) => {
                let meant = match escaped {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                };
                out.extend(meant.to_string().bytes());
                characters.as_str()
            }
            (None, ..) => "",
        };
    }
    out.extend(rest.bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// What words of base64 (such as the header of Basic authentication) and of hexadecimal digits hold.
fn from_words(text: &str) -> String {
    const ANY: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let words = |signs: &'static str| {
        text.split(move |c: char| !(c.is_ascii_alphanumeric() || signs.contains(c)))
            .filter(|word| word.len() >= 4)
    };
    let standard = GeneralPurpose::new(&alphabet::STANDARD, ANY);
    let url_safe = GeneralPurpose::new(&alphabet::URL_SAFE, ANY);
    let found = (words("+/").filter_map(|word| standard.decode(word).ok()))
        .chain(words("-_").filter_map(|word| url_safe.decode(word).ok()))
        .chain(words("").filter_map(from_hex));
    let texts: Vec<String> = found.filter_map(|bytes| String::from_utf8(bytes).ok()).collect();
    texts.join(" ")
}

fn from_hex(word: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    (word.len().is_multiple_of(2))
        .then(|| word.as_bytes().chunks(2).map(byte).collect())
        .flatten()
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

    fn signs(text: &str) -> String {
        let name = |c: char| SIGNS.iter().find(|(_, sign)| *sign == c);
        text.chars()
            .map(|c| name(c).map_or(c.to_string(), |(name, _)| format!("&{name};")))
            .collect()
    }

    fn wide(c: char) -> char {
        match c {
            '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
            c => c,
        }
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
                secret
                    .chars()
                    .map(|c| format!("&#{} ", u32::from(c)).trim().to_owned())
                    .collect(),
                secret.bytes().map(|b| format!("\\x{b:02x}")).collect(),
                secret.bytes().map(|b| format!("{b:02X}")).collect(),
                secret.chars().map(|c| format!("{c}\u{200b}")).collect(),
                secret.chars().map(|c| format!("{c}\u{fe0f}\u{2062}")).collect(),
                secret.chars().map(|c| format!("{c}&zwnj;&#8203;")).collect(),
                secret.chars().map(|c| format!("{c}<b></b>")).collect(),
                html(secret).chars().map(|c| format!("{c}%e2%80%8b")).collect(),
                secret.chars().map(wide).collect(),
                signs(secret),
                html(&percent_encoded(secret)).replace('&', "&amp;") + &" YWJjZGVm eHl6MTIz".repeat(60),
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
