//! What an answer says, in whichever form it comes: a redirect to a result page, JSON, XML, or key=value (reference:
//! storegrid-singlehop.md 3.4). An answer without a status is never success.
//!
//! Whatever the server says is untrusted: messages lose control characters and angle brackets and are cut.

use super::account::Account;
use super::contract::Contract;
use super::meaning::meaning;
use super::problem::{Problem, Rejected};
use super::xml;
use crate::http::{Answer, Error, Kind};
use crate::plain::is_unseen;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The longest message of a server that is shown, in characters.
const MESSAGE: usize = 300;
/// How much of an answer that says nothing is shown to staff, in characters.
const EXCERPT: usize = 200;

/// The answer to wrong credentials, where a console has no words for it.
const LOGIN_ADVICE: &str = "Check UserName, Password and the path.";

/// What a server said, as names and texts.
pub(super) type Fields = BTreeMap<String, String>;

/// One call as the decoder sees it.
pub(super) struct Call<'a> {
    pub(super) contract: &'a Contract,
    /// The setting that holds its path, such as `paths.usage`.
    pub(super) setting: &'static str,
    /// The console's password and what may be secret of the extra pairs, cut out of whatever the server says.
    pub(super) secrets: Vec<&'a str>,
    /// The answer may hold a secret that we do not know yet, so that no piece of it is ever shown.
    pub(super) private: bool,
    /// The account that the call is about, if it is about one.
    pub(super) account: Option<Account>,
    /// What was sent and is not a word of the contract.
    pub(super) sent: Vec<String>,
}

impl Call<'_> {
    /// The fields of a success.
    ///
    /// # Errors
    /// [`Problem::Rejected`] where the server said no, [`Problem::Call`] where it could not be asked or did not say.
    pub(super) fn read(&self, answered: Result<Answer, Error>) -> Result<Fields, Problem> {
        match answered {
            Ok(answer) => self.body(&answer),
            Err(error) => self.refused(error),
        }
    }

    fn body(&self, answer: &Answer) -> Result<Fields, Problem> {
        let text = String::from_utf8_lossy(&answer.body);
        if is_login_page(self.contract, &text) {
            let error = answer.unexpected("with the console's login page".to_owned());
            return Err(Problem::Call(
                error.with_code("panel.login_page").with_advice(LOGIN_ADVICE),
            ));
        }
        let fields = fields(&text).map_err(|what| self.senseless(answer, &text, &what))?;
        let response = &self.contract.response;
        let Some(status) = fields.get(&response.status_key) else {
            let what = format!(
                "without \"{}\", so it is not known whether it was done",
                response.status_key
            );
            return Err(self.senseless(answer, &text, &what));
        };
        if among(&response.ok_values, status) {
            return Ok(fields);
        }
        Err(self.no(&fields))
    }

    /// The refusal that these fields tell.
    fn no(&self, fields: &Fields) -> Problem {
        let response = &self.contract.response;
        let said = |key: &String| fields.get(key).map_or("", String::as_str);
        // A refusal is no reason to repeat a key that came with it.
        let key = said(&response.pass_key_key);
        let (code, message) = (said(&response.code_key), said(&response.message_key));
        self.rejection(
            &crate::http::harmless(code, &[key]),
            &crate::http::harmless(message, &[key]),
        )
    }

    fn refused(&self, error: Error) -> Result<Fields, Problem> {
        match *error.kind() {
            Kind::Redirect { .. } => self.redirect(error),
            Kind::Status(404 | 405) => {
                let advice = format!(
                    "This path is assumed, not documented by the vendor: set \"contract.{}\" in the module's config.json \
                     to the one that this Backup Server has.",
                    self.setting
                );
                Err(Problem::Call(error.with_code("panel.path_missing").with_advice(advice)))
            }
            Kind::Status(401 | 403) => Err(Problem::Call(
                error.with_advice("Check UserName and Password; the user needs the admin level of the console."),
            )),
            // Some servers say no by the status as well.
            Kind::Status(400..=499) => {
                let text = String::from_utf8_lossy(error.body()).into_owned();
                let response = &self.contract.response;
                let Ok(said) = fields(&text) else {
                    return Err(Problem::Call(error));
                };
                match said.get(&response.status_key) {
                    Some(status) if among(&response.ok_values, status) => Err(Problem::Call(contradictory(error))),
                    Some(_) => Err(self.no(&said)),
                    None => Err(Problem::Call(error)),
                }
            }
            Kind::Tls(_) => Err(Problem::Call(error.with_advice(
                "A CA file of your own is named as \"caFile\" in the module's config.json.",
            ))),
            _ => Err(Problem::Call(error)),
        }
    }

    /// Result pages of the online registration answer with a redirect; any other one leads to the login page. A result page
    /// tells of this call only if the contract says so, if it is the console's own, and if it names our account or none.
    fn redirect(&self, error: Error) -> Result<Fields, Problem> {
        let response = &self.contract.response;
        let (path, query) = error.location().split_once('?').unwrap_or((error.location(), ""));
        let page = path.rsplit('/').next().unwrap_or("");
        let params = pairs(query).unwrap_or_default();
        let param = |name: &str| params.get(name).cloned().unwrap_or_default();
        let among = |pages: &[String]| pages.iter().any(|known| known == page);
        let success = among(&response.success_pages);
        let call = self.setting.trim_start_matches("paths.");
        let (code, advice) = if !success && !among(&response.failure_pages) {
            let to = if self.private {
                String::new()
            } else {
                self.shown(page, 100)
            };
            if is_login(page) && is_its_own(&error) {
                let advice = "The console redirected to its login page: check UserName, Password and the path.";
                ("panel.login_redirect", advice.to_owned())
            } else {
                let advice = format!(
                    "The console redirected to a page \"{to}\" that says nothing, most likely a login page: check UserName, \
                     Password and the path. If that is a result page, name it in \"contract.response.successPages\" or \
                     \"failurePages\" in the module's config.json."
                );
                ("panel.other_page", advice)
            }
        } else if !response.page_calls.iter().any(|known| known == call) {
            let advice = format!(
                "A result page of the sign-up says nothing about this call. If this server does answer it so, add \
                 \"{call}\" to \"contract.response.pageCalls\" in the module's config.json."
            );
            ("panel.other_page", advice)
        } else if !is_its_own(&error) {
            let advice = "That is not the console that was asked, so its result page says nothing: enter the console's \
                          own address.";
            ("panel.other_page", advice.to_owned())
        } else {
            let name = param(&response.page_name_param);
            if name.is_empty() || self.account.as_ref().is_some_and(|account| account.name == name) {
                let text = String::from_utf8_lossy(error.body()).into_owned();
                let status = fields(&text).unwrap_or_default().remove(&response.status_key);
                let agrees = status.is_none_or(|status| super::answer::among(&response.ok_values, &status) == success);
                return if !agrees {
                    Err(Problem::Call(contradictory(error)))
                } else if success {
                    Ok(Fields::from([(response.name_key.clone(), name)]))
                } else {
                    Err(self.rejection("", &param(&response.page_message_param)))
                };
            }
            let name = if self.private {
                String::new()
            } else {
                format!(", \"{}\"", self.shown(&name, 100))
            };
            let advice = format!("The result page is about another account{name}: look into the console.");
            ("panel.other_page", advice)
        };
        let error = match error.kind() {
            Kind::Redirect { status, .. } if self.private => {
                let (status, to_host) = (*status, String::new());
                let kind = Kind::Redirect { status, to_host };
                Error::new(kind, error.sent(), error.host(), error.call())
            }
            _ => error,
        };
        Err(Problem::Call(error.with_code(code).with_advice(advice)))
    }

    fn rejection(&self, code: &str, message: &str) -> Problem {
        let meaning = meaning(self.contract, code.trim(), message, &self.sent, self.account.as_ref());
        let (mut code, mut message) = (self.shown(code, 40), self.shown(message, MESSAGE));
        if self.private {
            let response = &self.contract.response;
            // Three digits are the number of a status, and no key.
            let is_number = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
            if !is_number && !among(&response.exists_codes, &code) && !among(&response.missing_codes, &code) {
                code.clear();
            }
            "its words are not shown, because they may hold the secret that was asked for".clone_into(&mut message);
        }
        Problem::Rejected(Rejected { meaning, code, message })
    }

    /// An answer that cannot be understood, with its beginning for staff, who may have to adjust the contract.
    fn senseless(&self, answer: &Answer, text: &str, what: &str) -> Problem {
        let mut error = answer.unexpected(what.to_owned());
        if what == xml::WEB_PAGE {
            error = error.with_advice(format!("Most likely that is a login page. {LOGIN_ADVICE}"));
            if asks_for_a_password(text) {
                error = error.with_code("panel.password_page");
            }
        }
        let excerpt = self.shown(&without_tags(text), EXCERPT);
        let key = self.contract.response.pass_key_key.to_lowercase();
        let may_hold_a_key = !key.is_empty() && text.to_lowercase().contains(&key);
        if self.private || may_hold_a_key || excerpt.is_empty() {
            return Problem::Call(error);
        }
        let kind = self.shown(answer.content_type(), 60);
        let said = format!("{} {kind}, beginning with \"{excerpt}\"", answer.status);
        Problem::Call(error.with_words([("base".to_owned(), said)], &self.secrets))
    }

    /// Text of the server as it may be shown.
    pub(super) fn shown(&self, text: &str, most: usize) -> String {
        harmless(&crate::http::harmless(text, &self.secrets), most)
    }
}

/// A status of HTTP and a status in the body that say the opposite: nobody knows what was done.
fn contradictory(error: Error) -> Error {
    error.with_code("panel.contradiction").with_advice(
        "The answer says yes and no at once, by its HTTP status or page and by its body: look in the console which is true.",
    )
}

/// Is it the page on which people log in to the console? It has the field by which the console is known, and one for a
/// password.
fn is_login_page(contract: &Contract, text: &str) -> bool {
    let field = contract.response.probe_field.to_lowercase();
    asks_for_a_password(text) && text.to_lowercase().contains(&field)
}

/// Is it a web page with a field for a password?
fn asks_for_a_password(text: &str) -> bool {
    let page = text.trim_start_matches('\u{feff}').trim_start().to_lowercase();
    let password = ["type=\"password\"", "type='password'", "type=password"];
    page.starts_with('<') && page.contains("<input") && password.iter().any(|p| page.contains(p))
}

/// Is a redirect to this page one to the console's entrance? A page of any other name may tell a result that the contract
/// does not know.
fn is_login(page: &str) -> bool {
    let name = page.to_ascii_lowercase();
    let name = name.split(['.', '#', ';']).next().unwrap_or("");
    ["login", "logon", "signin"].contains(&name)
}

/// Does a redirect stay on the console? It must be relative, or name the host and port that was asked: two schemes never
/// share a port, and only a standard port may be left out.
fn is_its_own(error: &Error) -> bool {
    let Kind::Redirect { to_host, .. } = error.kind() else {
        return false;
    };
    let path = error.location().split('?').next().unwrap_or("");
    if to_host.is_empty() {
        return !path.contains([':', '\\']);
    }
    let asked = error.host();
    let short = asked
        .strip_suffix(":443")
        .or_else(|| asked.strip_suffix(":80"))
        .unwrap_or(asked);
    to_host.eq_ignore_ascii_case(asked) || to_host.eq_ignore_ascii_case(short)
}

/// Text on one line, without angle brackets and characters that control or cannot be seen, cut.
pub(super) fn harmless(text: &str, most: usize) -> String {
    let plain: String = text
        .chars()
        .map(|c| {
            if c.is_control() || is_unseen(c) || matches!(c, '<' | '>') {
                ' '
            } else {
                c
            }
        })
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(most).collect()
}

/// Is the text one of these, whatever its case?
pub(super) fn among(list: &[String], text: &str) -> bool {
    list.iter().any(|known| known.trim().eq_ignore_ascii_case(text.trim()))
}

/// The fields of a body in any of its forms.
fn fields(text: &str) -> Result<Fields, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    match text.as_bytes().first() {
        None => Err("with nothing".to_owned()),
        Some(b'{') => json(text),
        Some(b'<') => xml::fields(text).map_err(str::to_owned),
        Some(_) => lines(text).ok_or_else(|| {
            "with text that is neither JSON, XML nor key=value, or that says one thing twice".to_owned()
        }),
    }
}

fn json(text: &str) -> Result<Fields, String> {
    let value: Map<String, Value> = serde_json::from_str(text).map_err(|_| "with broken JSON".to_owned())?;
    let mut found = Fields::new();
    if let Some(Value::Object(data)) = value.get("data") {
        found.extend(data.iter().filter_map(scalar));
    }
    found.extend(value.iter().filter_map(scalar));
    Ok(found)
}

fn scalar((name, value): (&String, &Value)) -> Option<(String, String)> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        // Some write whole numbers with a fraction of zero.
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some((name.clone(), text))
}

/// Lines of `key=value`, or one query string.
fn lines(text: &str) -> Option<Fields> {
    if !text.contains('\n') {
        return pairs(text);
    }
    let mut found = Fields::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once('=')?;
        put(&mut found, named(name.trim())?, value.trim().to_owned())?;
    }
    Some(found)
}

/// A name that stands there twice with two values says nothing.
pub(super) fn put(found: &mut Fields, name: String, value: String) -> Option<()> {
    match found.get(&name) {
        Some(other) if *other != value => None,
        _ => {
            found.insert(name, value);
            Some(())
        }
    }
}

/// The pairs of a query string.
fn pairs(text: &str) -> Option<Fields> {
    let mut found = Fields::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        put(&mut found, named(&decoded(name))?, decoded(value).trim().to_owned())?;
    }
    Some(found)
}

/// A name as a program would choose it; anything else is prose.
fn named(name: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (!name.is_empty() && name.len() <= 64 && name.bytes().all(plain)).then(|| name.to_owned())
}

/// Percent signs and plus signs undone; what is not UTF-8 afterwards is replaced.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let hex = |at: usize| after.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The text of a page: what stands between `<` and `>` is left out, and so is what stands in scripts and styles.
fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(rest.get(..at).unwrap_or(""));
        out.push(' ');
        let tag = rest.get(at..).unwrap_or("");
        let name = tag.get(1..7).unwrap_or("").to_ascii_lowercase();
        let end = match name.as_str() {
            name if name.starts_with("script") => tag.find("</"),
            name if name.starts_with("style") => tag.find("</"),
            _ => None,
        };
        let from = end.unwrap_or(0);
        let close = tag.get(from..).and_then(|tail| tail.find('>'));
        rest = close.and_then(|close| tag.get(from + close + 1..)).unwrap_or("");
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::super::problem::Meaning;
    use super::*;

    fn body(text: &str) -> Result<Fields, Problem> {
        let contract = Contract::read(&Value::Null).unwrap();
        Call {
            contract: &contract,
            setting: "paths.usage",
            secrets: vec!["planted"],
            private: false,
            account: None,
            sent: Vec::new(),
        }
        .read(Ok(Answer::for_test(200, text)))
    }

    #[test]
    fn every_form_of_a_success_is_read() {
        for text in [
            r#"{"status":"success","name":"Acme","message":"Reseller added"}"#,
            r#"{"status":true,"data":{"name":"Acme","status":"error"}}"#,
            r#" {"status":1,"name":"Acme","list":[1],"none":null}"#,
            "\u{feff}{\"status\":\"OK\",\"name\":\"Acme\"}",
            "<response><status>success</status><name>Acme</name></response>",
            "<?xml version='1.0'?><r><status>1</status><data><name>Acme</name></data></r>",
            "status=success&name=Acme&message=Reseller+added%21",
            "status = success\r\nname = Acme\r\n",
        ] {
            assert_eq!(body(text).unwrap().get("name").unwrap(), "Acme", "{text}");
        }
    }

    #[test]
    fn an_answer_without_a_status_is_never_success() {
        for text in [
            "",
            " ",
            "OK",
            "success",
            "{}",
            "[]",
            "null",
            "true",
            r#"{"message":"Reseller added"}"#,
            r#"{"status":null}"#,
            r#"{"status":{"ok":true}}"#,
            r#"{"status":"success""#,
            "<response/>",
            "<response><message>done</message></response>",
            "<status>success</status>",
            "<html><body>status=success</body></html>",
            "name=Acme",
            "a web page says status=success",
            "The account was added: status=success&x",
        ] {
            match body(text) {
                Err(Problem::Call(error)) => assert_eq!(error.code(), "panel.unexpected_content", "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_refusal_keeps_the_servers_words_without_what_could_do_harm() {
        let text = r#"{"status":"error","code":"409","message":"Reseller <script>alert(1)</script> planted\n \u202ealready\u200b EXISTS"}"#;
        let Err(Problem::Rejected(said)) = body(text) else {
            panic!("not rejected")
        };
        assert_eq!(said.meaning, Meaning::Exists);
        assert_eq!(said.code, "409");
        assert_eq!(
            said.message,
            "Reseller \u{2039}script\u{203a}alert(1)\u{2039}/script\u{203a} [secret] already EXISTS"
        );
        for (text, meaning) in [
            (r#"{"status":"0","code":409}"#, Meaning::Exists),
            // A number that any missing page has.
            (r#"{"status":"no","code":"404"}"#, Meaning::Other),
            ("status=failed&message=Customer+not+found", Meaning::Missing),
            ("status=failed&message=already+inactive", Meaning::AlreadyInactive),
            (
                "<r><status>x</status><message>Already active</message></r>",
                Meaning::AlreadyActive,
            ),
            (r#"{"status":""}"#, Meaning::Other),
        ] {
            match body(text) {
                Err(Problem::Rejected(said)) => assert_eq!(said.meaning, meaning, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn staff_see_the_beginning_of_an_answer_that_says_nothing() {
        let page = "<html><head><title>Login</title><style>b{}</style><script>var planted=1</script></head>\
                    <body>Please log in, planted</body></html>";
        let error = body(page).unwrap_err().to_string();
        assert!(error.contains("Login Please log in, [secret]"), "{error}");
        assert!(
            !error.contains('<') && !error.contains("planted") && !error.contains("var"),
            "{error}"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_body_ends_in_a_panic_or_shows_an_angle_bracket(text in ".{0,200}") {
            if let Err(problem) = body(&text) {
                let shown = problem.to_string();
                proptest::prop_assert!(!shown.contains(['<', '>']), "{}", shown);
            }
        }

        #[test]
        fn a_pair_survives_the_way_through_a_query_string(value in "[^\u{0}-\u{1f}]{0,40}") {
            let mut coded = String::new();
            for byte in value.bytes() {
                coded.push_str(&format!("%{byte:02x}"));
            }
            let found = pairs(&format!("a={coded}")).unwrap();
            proptest::prop_assert_eq!(found.get("a").unwrap(), value.trim());
        }
    }
}
