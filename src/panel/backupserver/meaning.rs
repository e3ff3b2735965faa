//! What a refusal means, by the codes and words of the contract.
//!
//! Messages quote what they were asked for, and a client chooses its own name: "Cannot deactivate 'Not Found GmbH'" does not
//! say that the account is missing. So whatever was sent is taken out of a message before words are looked for. A name that
//! holds such words and is not quoted whole (a server may cut it) makes them worth nothing.
//!
//! A console has more than accounts: "User 'admin' not found" and "No such action" say nothing of an account either. So a
//! message that names another thing means none of ours, and an account is missing only where the message names it or says
//! what it is. A wrong "missing" would end a service whose account lives on; a missed one is a refusal that staff read.
//!
//! What is said of the account counts before the words and the code of a refused login: "already exists; it has not logged in
//! yet" is about the account. "Does not exist" and "already inactive" may then be about the console's user, so the message must name
//! the account.

use super::account::{Account, Kind};
use super::answer::{among, decoded};
use super::contract::Contract;
use super::problem::Meaning;
use std::cmp::Reverse;

/// Stands where a text of ours stood; no word holds it.
const TAKEN_OUT: &str = " \u{1} ";

/// What else a console may miss or have already: a message that names one of these is not about an account.
const OTHER_THINGS: [&str; 31] = [
    "action",
    "address",
    "api",
    "command",
    "directory",
    "email",
    "e mail",
    "field",
    "file",
    "folder",
    "function",
    "interface",
    "job",
    "licence",
    "licences",
    "license",
    "licenses",
    "location",
    "login",
    "mail",
    "method",
    "operation",
    "page",
    "parameter",
    "path",
    "permission",
    "permissions",
    "route",
    "session",
    "token",
    "url",
];

/// How consoles say that they accept no user or password, where they give no code for it.
const LOGIN_WORDS: [&str; 9] = [
    "authentication failed",
    "incorrect password",
    "invalid credentials",
    "invalid login",
    "invalid password",
    "login failed",
    "not logged in",
    "wrong credentials",
    "wrong password",
];

/// The number by which a status says the same.
const LOGIN_CODE: &str = "401";

/// The meaning of a refusal to a call about this account that sent these texts.
pub(super) fn meaning(
    contract: &Contract,
    code: &str,
    message: &str,
    sent: &[String],
    account: Option<&Account>,
) -> Meaning {
    let response = &contract.response;
    let mut message = words(message);
    let is_named = account.is_some_and(|account| message.contains(&words(&account.name)));
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
    let has = |wanted: &str| {
        let wanted = words(wanted).trim().to_owned();
        let doubtful = cut.iter().any(|text| text.contains(&wanted));
        !wanted.is_empty() && message.contains(&wanted) && !doubtful
    };
    let says = |list: &[String]| list.iter().any(|wanted| has(wanted));
    let values = &contract.values;
    let (its_kind, other_kind) = match account.map(|account| account.kind) {
        Some(Kind::Reseller) => (&values.reseller, &values.customer),
        Some(Kind::Customer) | None => (&values.customer, &values.reseller),
    };
    let names = |thing: &str| message.contains(&words(thing)) && !thing.is_empty();
    let coded = |codes: &[String]| !code.is_empty() && among(codes, code);
    let has_own_meaning = coded(&response.exists_codes) || coded(&response.missing_codes);
    let is_login = (code == LOGIN_CODE && !has_own_meaning) || LOGIN_WORDS.iter().any(|wanted| has(wanted));
    let otherwise = if is_login { Meaning::Login } else { Meaning::Other };
    if OTHER_THINGS.iter().any(|thing| names(thing)) {
        return otherwise;
    }
    let is_ours = is_named || (names(its_kind) && !is_login);
    let is_missing = says(&response.missing_words) && is_ours && !names(other_kind);
    let is_its_state = is_named || !is_login;
    if is_its_state && says(&response.active_words) {
        Meaning::AlreadyActive
    } else if is_its_state && says(&response.inactive_words) {
        Meaning::AlreadyInactive
    } else if says(&response.exists_words) || coded(&response.exists_codes) {
        Meaning::Exists
    } else if is_missing || coded(&response.missing_codes) {
        Meaning::Missing
    } else {
        otherwise
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
pub(super) fn unescaped(text: &str) -> String {
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
            let named = [
                ("amp", '&'),
                ("lt", '<'),
                ("gt", '>'),
                ("quot", '"'),
                ("apos", '\''),
                ("nbsp", ' '),
            ];
            return named
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, letter)| *letter);
        }
    };
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn customer(name: &str) -> Account {
        Account {
            kind: Kind::Customer,
            name: name.to_owned(),
            reseller: None,
        }
    }

    /// The first text is the account's name.
    fn told(message: &str, sent: &[&str]) -> Meaning {
        let contract = Contract::read(&serde_json::Value::Null).unwrap();
        let name = sent.first().copied().unwrap_or("");
        let sent: Vec<String> = sent.iter().map(|text| (*text).to_owned()).collect();
        meaning(&contract, "", message, &sent, Some(&customer(name)))
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
        let set = json!({ "response": { "missingWords": ["!"], "existsCodes": ["E7"], "missingCodes": ["gone"] } });
        let contract = Contract::read(&set).unwrap();
        let of = |code: &str, message: &str, sent: &[String]| meaning(&contract, code, message, sent, None);
        assert_eq!(of("", "Customer not found!", &[]), Meaning::Other);
        assert_eq!(of("e7", "E7", &["E7".to_owned()]), Meaning::Exists);
        assert_eq!(of("GONE", "", &[]), Meaning::Missing);
    }

    #[test]
    fn a_refused_login_is_told_by_its_code_or_by_the_servers_own_words_and_not_by_ours() {
        let contract = Contract::read(&serde_json::Value::Null).unwrap();
        assert_eq!(meaning(&contract, "401", "No", &[], None), Meaning::Login);
        for (message, name, expected) in [
            ("Login failed", "Acme", Meaning::Login),
            ("Invalid login or password for 'Acme'", "Acme", Meaning::Login),
            ("'Login Failed Ltd' is locked", "Login Failed Ltd", Meaning::Other),
            // Quoted and cut short, so nobody knows whose words they are.
            ("'Login Failed' is locked", "Login Failed Ltd", Meaning::Other),
        ] {
            assert_eq!(told(message, &[name]), expected, "{message}");
        }
    }

    #[test]
    fn what_is_said_of_the_account_counts_before_the_words_and_the_code_of_a_login() {
        let contract = Contract::read(&serde_json::Value::Null).unwrap();
        let sent = ["Acme".to_owned()];
        let account = customer("Acme");
        for (code, message, expected) in [
            ("401", "Customer Acme is already inactive", Meaning::AlreadyInactive),
            ("401", "'Acme': already active", Meaning::AlreadyActive),
            ("401", "Customer is already inactive", Meaning::Login),
            ("401", "User is already deactivated", Meaning::Login),
            ("401", "User is already active", Meaning::Login),
            (
                "",
                "Authentication failed: operator already deactivated",
                Meaning::Login,
            ),
            ("403", "Already inactive", Meaning::AlreadyInactive),
            ("401", "Customer Acme does not exist", Meaning::Missing),
            ("401", "Customer does not exist", Meaning::Login),
            ("", "Authentication failed: customer does not exist", Meaning::Login),
            ("", "'Acme' does not exist or has not logged in", Meaning::Missing),
            ("", "Customer already exists; it has not logged in yet", Meaning::Exists),
            ("", "Login failed: user 'Acme' does not exist", Meaning::Login),
            ("401", "E-mail address already exists", Meaning::Login),
        ] {
            let told = meaning(&contract, code, message, &sent, Some(&account));
            assert_eq!(told, expected, "{code} {message}");
        }
    }

    #[test]
    fn what_is_missing_is_not_the_account_unless_the_message_names_it_and_nothing_else() {
        for message in [
            "User 'admin' not found",
            "User account not found",
            "Your session was not found",
            "No such action: deactivate",
            "Action deactivate not found for customer 'Acme'",
            "Licence of customer Acme not found",
            "Not found",
            "404 Not Found",
            "Reseller 'North' not found",
            "Reseller of customer Acme does not exist",
            "The page for Acme does not exist",
        ] {
            assert_eq!(told(message, &["Acme", "admin", "North"]), Meaning::Other, "{message}");
        }
        for message in ["Acme: not found", "No such customer", "The user 'Acme' does not exist"] {
            assert_eq!(
                told(message, &["Acme", "admin", "North"]),
                Meaning::Missing,
                "{message}"
            );
        }
        for message in [
            "E-mail address already exists",
            "A session is already active",
            "This licence is already inactive",
        ] {
            assert_eq!(told(message, &["Acme"]), Meaning::Other, "{message}");
        }
    }

    #[test]
    fn a_name_that_holds_the_words_and_is_not_quoted_makes_them_worth_nothing_even_where_the_state_is_read() {
        let contract = Contract::read(&json!({ "paths": { "usage": "/u.php" } })).unwrap();
        let sent = ["Not Found GmbH".to_owned()];
        let account = customer("Not Found GmbH");
        let of = |message: &str| meaning(&contract, "", message, &sent, Some(&account));
        assert_eq!(of("Cannot read customer Not Found Gm"), Meaning::Other);
        assert_eq!(of("Customer 'Not Found GmbH' not found"), Meaning::Missing);
    }
}
