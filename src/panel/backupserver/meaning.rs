//! What a refusal means, by the codes and words of the contract.
//!
//! Messages quote what they were asked for, and a client chooses its own name: "Cannot deactivate 'Not Found GmbH'" does not
//! say that the account is missing. So whatever was sent is taken out of a message before words are looked for. A name that
//! holds such words and is not quoted whole (a server may cut it) makes them worth nothing, unless the contract has a call
//! that reads the state, with which the words are confirmed.

use super::answer::{among, decoded};
use super::contract::Contract;
use super::problem::Meaning;
use std::cmp::Reverse;

/// Stands where a text of ours stood; no word holds it.
const TAKEN_OUT: &str = " \u{1} ";

/// The meaning of a refusal to a call that sent these texts.
pub(super) fn meaning(contract: &Contract, code: &str, message: &str, sent: &[String]) -> Meaning {
    let response = &contract.response;
    let mut message = words(message);
    let mut ours: Vec<String> = sent.iter().map(|text| words(text)).collect();
    ours.retain(|text| !text.trim().is_empty());
    ours.sort_by_key(|text| Reverse(text.len()));
    let mut cut = Vec::new();
    for text in &ours {
        if !message.contains(text.as_str()) {
            cut.push(text);
        }
        while message.contains(text.as_str()) {
            message = message.replace(text.as_str(), TAKEN_OUT);
        }
    }
    let says = |list: &[String]| {
        list.iter().any(|wanted| {
            let wanted = words(wanted).trim().to_owned();
            let doubtful = !contract.reports_usage() && cut.iter().any(|text| text.contains(&wanted));
            !wanted.is_empty() && message.contains(&wanted) && !doubtful
        })
    };
    let coded = |codes: &[String]| !code.is_empty() && among(codes, code);
    if says(&response.active_words) {
        Meaning::AlreadyActive
    } else if says(&response.inactive_words) {
        Meaning::AlreadyInactive
    } else if says(&response.exists_words) || coded(&response.exists_codes) {
        Meaning::Exists
    } else if says(&response.missing_words) || coded(&response.missing_codes) {
        Meaning::Missing
    } else {
        Meaning::Other
    }
}

/// The words of a text in lower case, each between two spaces, however the text is encoded.
fn words(text: &str) -> String {
    let text = unescaped(&decoded(text)).to_lowercase();
    let mut out = " ".to_owned();
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        out.push_str(word);
        out.push(' ');
    }
    out
}

/// Character references of HTML and XML undone.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let named = after
            .split_once(';')
            .and_then(|(name, tail)| Some((letter(name)?, tail)));
        let (letter, tail) = named.unwrap_or(('&', after));
        out.push(letter);
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn letter(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => digits.parse().ok()?,
        },
        None => {
            return ["amp", "lt", "gt", "quot", "apos", "nbsp"]
                .contains(&name)
                .then_some(' ');
        }
    };
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn told(message: &str, sent: &[&str]) -> Meaning {
        let contract = Contract::read(&serde_json::Value::Null).unwrap();
        let sent: Vec<String> = sent.iter().map(|text| (*text).to_owned()).collect();
        meaning(&contract, "", message, &sent)
    }

    #[test]
    fn words_that_stand_in_what_we_sent_mean_nothing_in_any_case_and_spelling() {
        for (message, sent) in [
            ("Cannot deactivate 'Not Found GmbH': locked", "Not Found GmbH"),
            ("cannot deactivate NOT FOUND GMBH", "Not  Found GmbH"),
            ("Error for not+found%20GmbH", "Not Found GmbH"),
            (
                "Error for A&amp;B Not&nbsp;Found &#77;&#xFC;ller",
                "A&B not found Müller",
            ),
            ("Error for not%20found%20M%C3%BCller", "Not Found Müller"),
            ("Cannot deactivate 'Not Fou\\'nd'", "Not Fou'nd"),
            ("Licence limit: Already Exists, Inc.", "Already Exists Inc"),
            ("already_inactive_ltd is locked", "Already Inactive Ltd"),
            // Quoted twice, and cut short.
            ("not found not found: locked", "Not Found"),
            ("Cannot deactivate 'Not Found Gm': locked", "Not Found GmbH"),
            // Put together from two texts of ours, or from one of ours and one of the server's.
            ("client Already Active: locked", "Already"),
            ("client Already Active: locked", "Active"),
        ] {
            assert_eq!(told(message, &[sent]), Meaning::Other, "{message}");
        }
        assert_eq!(
            told("client Already Active: locked", &["already", "active"]),
            Meaning::Other
        );
    }

    #[test]
    fn what_the_server_says_besides_our_texts_counts() {
        for (message, sent, meaning) in [
            (
                "Customer 'Not Found GmbH' was not found",
                "Not Found GmbH",
                Meaning::Missing,
            ),
            ("Customer does not exist", "Not Found GmbH", Meaning::Missing),
            ("'Acme' ALREADY EXISTS.", "Acme", Meaning::Exists),
            ("Already-active", "1", Meaning::AlreadyActive),
            ("Customer is already inactive", "in", Meaning::AlreadyInactive),
            ("100% already inactive & done", "", Meaning::AlreadyInactive),
        ] {
            assert_eq!(told(message, &[sent]), meaning, "{message}");
        }
        let set = json!({ "response": { "missingWords": ["!"], "existsCodes": ["E7"] } });
        let contract = Contract::read(&set).unwrap();
        assert_eq!(meaning(&contract, "", "Not found!", &[]), Meaning::Other);
        assert_eq!(meaning(&contract, "e7", "E7", &["E7".to_owned()]), Meaning::Exists);
    }

    #[test]
    fn a_name_that_holds_the_words_is_no_obstacle_where_the_state_is_read() {
        let contract = Contract::read(&json!({ "paths": { "usage": "/u.php" } })).unwrap();
        let sent = ["Not Found GmbH".to_owned()];
        assert_eq!(meaning(&contract, "", "Customer not found", &sent), Meaning::Missing);
    }
}
