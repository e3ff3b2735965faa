//! XML answers as a flat map: the children of the root, and of a child named `data`. No DTD, no entity beyond the five
//! standard ones and character numbers, and at most eight levels (reference: storegrid-singlehop.md 3.4).

use super::answer::{Fields, put};
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 8;

/// What is wrong with a page for people.
pub(super) const WEB_PAGE: &str = "with a web page";

/// One element on the way down: its name, its text so far, and whether it holds elements.
struct Open {
    name: String,
    text: String,
    parent: bool,
}

/// Reads an answer; the error says what is wrong, and quotes nothing.
pub(super) fn fields(text: &str) -> Result<Fields, &'static str> {
    let broken = "with broken XML";
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root_seen = false;
    // What stands in `data` counts where the root says nothing else.
    let (mut found, mut of_data) = (Fields::new(), Fields::new());
    loop {
        match reader.read_event().map_err(|_| broken)? {
            Event::Start(element) => {
                let name = element.local_name().as_ref().to_owned();
                enter(&mut open, &mut root_seen, name)?;
            }
            Event::Empty(element) => {
                let name = element.local_name().as_ref().to_owned();
                enter(&mut open, &mut root_seen, name)?;
                leave(&mut open, &mut found, &mut of_data)?;
            }
            Event::End(_) => leave(&mut open, &mut found, &mut of_data)?,
            Event::Text(text) => say(&mut open, &text.xml10_content())?,
            Event::CData(text) => say(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|_| broken)? {
                Some(letter) => say(&mut open, letter.encode_utf8(&mut [0; 4]))?,
                None => {
                    let text = resolve_xml_entity(&reference).ok_or("with XML that uses an entity of its own")?;
                    say(&mut open, text)?;
                }
            },
            Event::DocType(kind) if is_html(&kind.xml10_content()) => return Err(WEB_PAGE),
            Event::DocType(_) => return Err("with XML that brings a document type"),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof if open.is_empty() && root_seen => {
                of_data.extend(found);
                return Ok(of_data);
            }
            Event::Eof => return Err("with XML that ends early"),
        }
    }
}

fn is_html(kind: &str) -> bool {
    let name = kind.split_whitespace().next().unwrap_or("");
    name.eq_ignore_ascii_case("html")
}

fn enter(open: &mut Vec<Open>, root_seen: &mut bool, name: String) -> Result<(), &'static str> {
    if open.is_empty() {
        if std::mem::replace(root_seen, true) {
            return Err("with more than one XML document");
        }
        if name.eq_ignore_ascii_case("html") {
            return Err(WEB_PAGE);
        }
    }
    if open.len() >= MAX_DEPTH {
        return Err("with XML nested too deep");
    }
    if let Some(parent) = open.last_mut() {
        parent.parent = true;
    }
    open.push(Open {
        name,
        text: String::new(),
        parent: false,
    });
    Ok(())
}

fn leave(open: &mut Vec<Open>, found: &mut Fields, of_data: &mut Fields) -> Result<(), &'static str> {
    let element = open.pop().ok_or("with broken XML")?;
    let counts = match open.as_slice() {
        [_root] => true,
        [_root, data] => data.name == "data",
        _ => false,
    };
    if counts && !element.parent {
        let text = element.text.trim().to_owned();
        let of = if open.len() == 1 { found } else { of_data };
        put(of, element.name, text).ok_or("with XML that says one thing twice")?;
    }
    Ok(())
}

fn say(open: &mut [Open], text: &str) -> Result<(), &'static str> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().trim_start_matches('\u{feff}').is_empty() => {}
        None => return Err("with text outside of its XML"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn children_of_the_root_are_the_fields() {
        let text = "<?xml version=\"1.0\"?>\n<!-- x --><response a='b'><status> success </status><name><![CDATA[A & <B>]]></name>\
            <message>Tom &amp; Jerry &#33;&#x21;</message><empty/><data><passKey>K</passKey><status>no</status></data>\
            <list><item>1</item></list></response>";
        let found = fields(text).unwrap();
        let pairs: Vec<(&str, &str)> = found.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("empty", ""),
                ("message", "Tom & Jerry !!"),
                ("name", "A & <B>"),
                ("passKey", "K"),
                ("status", "success"),
            ]
        );
    }

    #[test]
    fn what_could_do_harm_or_says_nothing_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(9), "</a>".repeat(9));
        let million = "<!DOCTYPE x [<!ENTITY a \"b\">]><x><status>&a;</status></x>";
        for text in [
            million,
            "<x><status>&nbsp;</status></x>",
            deep.as_str(),
            "<x><status>ok</status>",
            "<x></y>",
            "<html><body>Login</body></html>",
            "<HTML></HTML>",
            "",
            "ok",
            "<a/><b/>",
            "<a/>ok",
            "<x>&#0;</x>",
            "<x><status>error</status><status>ok</status></x>",
            "<x><data><status>error</status><status>ok</status></data></x>",
        ] {
            assert!(fields(text).is_err(), "{text}");
        }
        let allowed = format!("{}{}", "<a>".repeat(8), "</a>".repeat(8));
        assert!(fields(&allowed).unwrap().is_empty());
    }
}
