//! Extras written as `<tag>value</tag>` in a free text: a server's access hash and slot 24 of a product. Tag names do not
//! depend on case, unknown tags are ignored (decision 11).

/// The value of the first `<name>...</name>`, trimmed.
///
/// Letters outside ASCII are compared as they are; a tag that is not closed does not count.
pub(crate) fn tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lower = text.to_ascii_lowercase();
    let open = format!("<{}>", name.to_ascii_lowercase());
    let close = format!("</{}>", name.to_ascii_lowercase());
    let start = lower.find(&open)?.checked_add(open.len())?;
    let length = lower.get(start..)?.find(&close)?;
    text.get(start..start.checked_add(length)?).map(str::trim)
}

/// What is left of a text when every `<name>...</name>` is taken out: a word, or a tag that is not closed.
pub(crate) fn rest(text: &str) -> String {
    let mut left = text.to_owned();
    let mut from = 0;
    while let Some(open) = left
        .get(from..)
        .and_then(|t| t.find('<'))
        .and_then(|at| at.checked_add(from))
    {
        let name: String = left
            .get(open..)
            .unwrap_or_default()
            .chars()
            .skip(1)
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let lower = left.to_ascii_lowercase();
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        let closed = lower
            .get(open..)
            .filter(|t| !name.is_empty() && t.starts_with(&start.to_ascii_lowercase()))
            .and_then(|t| t.find(&end.to_ascii_lowercase()))
            .and_then(|at| at.checked_add(open)?.checked_add(end.len()));
        match closed {
            Some(after) => left.replace_range(open..after, " "),
            None => from = open.saturating_add(1),
        }
    }
    left.trim().to_owned()
}

/// True when `<name>` is opened and never closed: somebody meant to set it.
pub(crate) fn is_open(text: &str, name: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    tag(text, name).is_none() && lower.contains(&format!("<{}>", name.to_ascii_lowercase()))
}

/// True for `yes`, `on`, `true` and `1`.
pub(crate) fn yes(value: Option<&str>) -> bool {
    value.is_some_and(|v| ["yes", "on", "true", "1"].contains(&v.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_whatever_its_case_and_place() {
        let text = "old hash\n<CaFile> /etc/ssl/cp.pem </cafile><unknown>x</unknown><plainHttp>YES</plainHttp>";
        assert_eq!(tag(text, "caFile"), Some("/etc/ssl/cp.pem"));
        assert!(yes(tag(text, "plainhttp")));
        assert_eq!(tag(text, "zone"), None);
        assert_eq!(tag("<zone>never closed", "zone"), None);
        assert!(is_open("<zone>never closed", "zone") && !is_open("<zone>UTC</zone>", "zone") && !is_open("", "zone"));
        assert_eq!(rest(" <kb>1000</kb> <x>y</X>"), "");
        assert_eq!(rest("whmsc <kb>1000</kb>"), "whmsc");
        assert_eq!(rest("<kb>1000</kb><billing>whmcs"), "<billing>whmcs");
        assert_eq!(rest("<<a></a>< b><ä>"), "< < b><ä>");
        assert_eq!(tag("ÄÖ<zone>Europe/Berlin</zone>", "zone"), Some("Europe/Berlin"));
    }
}
