//! Checks of what a form sent: every error at once, each beside its field. Owns the rules that all forms share; what only
//! one module knows, it checks itself and adds with [`Checks::wrong`]. Nothing is called or written here.

use super::page::{Form, Section, Words};
use std::collections::BTreeMap;

/// What a form sent: the value by the field's name. A field that was not sent is empty, as an unticked box is.
pub type Sent = BTreeMap<String, String>;

/// The errors found so far in one form.
///
/// ```
/// use provisor::view::form::Checks;
/// let mut checks = Checks::default();
/// assert_eq!(checks.whole("mcal", "Allot MCAL", "0", 1, 1_000_000), None);
/// assert!(checks.filled("user", "UserName", " ").is_none());
/// assert_eq!(
///     checks.sentence(),
///     "Allot MCAL: must be a whole number from 1 to 1000000; UserName: must be filled in"
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct Checks {
    wrong: Vec<Wrong>,
}

/// One field with what is wrong with it.
#[derive(Clone, Debug)]
struct Wrong {
    field: String,
    label: String,
    error: Words,
}

impl Checks {
    /// Adds an error; the first of each field counts. `label` is the label as the form shows it.
    pub fn wrong(&mut self, field: &str, label: &str, error: Words) {
        if !self.wrong.iter().any(|wrong| wrong.field == field) {
            self.wrong.push(Wrong {
                field: field.to_owned(),
                label: label.to_owned(),
                error,
            });
        }
    }

    /// The value without the spaces around it, if anything is left.
    pub fn filled<'a>(&mut self, field: &str, label: &str, value: &'a str) -> Option<&'a str> {
        let value = value.trim();
        if value.is_empty() {
            self.wrong(field, label, Words::new("form.empty", "must be filled in"));
            return None;
        }
        Some(value)
    }

    /// A whole number written in digits alone, within both limits. Spaces around it are allowed.
    pub fn whole(&mut self, field: &str, label: &str, value: &str, least: u64, most: u64) -> Option<u64> {
        let value = value.trim();
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        let number = value.parse().ok().filter(|n| digits && (least..=most).contains(n));
        if number.is_none() {
            let limits = [("least", least.to_string()), ("most", most.to_string())];
            let text = "must be a whole number from {least} to {most}";
            self.wrong(field, label, Words::with("form.whole", text, limits));
        }
        number
    }

    /// One of the choices; upper and lower case and spaces around do not matter. Answers the choice as it is listed.
    pub fn choice<'a>(&mut self, field: &str, label: &str, value: &str, choices: &[&'a str]) -> Option<&'a str> {
        let chosen = choices.iter().find(|c| c.eq_ignore_ascii_case(value.trim()));
        if chosen.is_none() {
            let known = [("choices", choices.join(", "))];
            self.wrong(
                field,
                label,
                Words::with("form.choice", "must be one of: {choices}", known),
            );
        }
        chosen.copied()
    }

    /// A box: `on`, `1`, `true` and `yes` are ticked; nothing, `off`, `0`, `false` and `no` are not.
    pub fn tick(&mut self, field: &str, label: &str, value: &str) -> Option<bool> {
        let value = value.trim().to_ascii_lowercase();
        match value.as_str() {
            "on" | "1" | "true" | "yes" => Some(true),
            "" | "off" | "0" | "false" | "no" => Some(false),
            _ => {
                self.wrong(field, label, Words::new("form.tick", "must be on or off"));
                None
            }
        }
    }

    /// Nothing is wrong.
    pub fn passed(&self) -> bool {
        self.wrong.is_empty()
    }

    /// All errors in one line, in the order in which they were found, each after its field's label.
    pub fn sentence(&self) -> String {
        let said = |wrong: &Wrong| format!("{}: {}", wrong.label, wrong.error.text);
        self.wrong.iter().map(said).collect::<Vec<_>>().join("; ")
    }

    /// Puts each error beside its field, and back into the fields what was sent, except passwords. An error whose field
    /// the form does not have stays with the caller: it is answered.
    #[must_use = "an error that stands beside no field must be shown elsewhere"]
    pub fn beside(&self, form: &mut Form, sent: &Sent) -> Vec<Words> {
        for field in &mut form.fields {
            if field.kind != super::FieldKind::Password {
                field.value = sent.get(field.name).cloned().unwrap_or_default();
            }
            let found = self.wrong.iter().find(|wrong| wrong.field == field.name);
            field.error = found.map(|wrong| wrong.error.clone());
        }
        let homeless = |wrong: &&Wrong| form.fields.iter().all(|field| field.name != wrong.field);
        self.wrong
            .iter()
            .filter(homeless)
            .map(|wrong| wrong.error.clone())
            .collect()
    }
}

/// The form of a page that takes this action.
pub fn of<'a>(sections: &'a mut [Section], action: &str) -> Option<&'a mut Form> {
    sections.iter_mut().find_map(|section| match section {
        Section::Form(form) if form.action == action => Some(form),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::view::{Field, FieldKind};

    fn form() -> Form {
        let field = |name, kind| Field {
            name,
            label: Words::raw(name),
            kind,
            value: String::new(),
            choices: Vec::new(),
            error: None,
            help: None,
        };
        Form {
            heading: Words::raw("Settings"),
            action: "save",
            fields: vec![field("rate", FieldKind::Text), field("secret", FieldKind::Password)],
            submit: Words::raw("Save"),
        }
    }

    #[test]
    fn all_errors_stand_beside_their_fields_at_once() {
        let mut checks = Checks::default();
        checks.whole("rate", "Rate", "1e3", 1, 9);
        checks.filled("secret", "Secret", "");
        checks.filled("elsewhere", "Elsewhere", "");
        let mut form = form();
        let sent = Sent::from([("rate".into(), "1e3".into()), ("secret".into(), "x".into())]);
        let homeless = checks.beside(&mut form, &sent);
        assert_eq!(form.fields[0].error.as_ref().unwrap().code, "form.whole");
        assert_eq!(form.fields[0].value, "1e3");
        assert_eq!(form.fields[1].error.as_ref().unwrap().code, "form.empty");
        assert_eq!(homeless.len(), 1);
    }

    #[test]
    fn a_password_is_never_put_back_into_its_field() {
        let mut form = form();
        let sent = Sent::from([("secret".into(), "hunter2".into())]);
        assert!(Checks::default().beside(&mut form, &sent).is_empty());
        assert_eq!(form.fields[1].value, "");
    }

    #[test]
    fn whole_numbers_take_digits_alone_and_both_limits() {
        let mut checks = Checks::default();
        for (value, found) in [
            ("1", Some(1)),
            (" 9 ", Some(9)),
            ("0", None),
            ("10", None),
            ("+5", None),
            ("-5", None),
            ("5.0", None),
            ("5e0", None),
            ("1 000", None),
            ("", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(checks.whole("n", "N", value, 1, 9), found, "{value}");
        }
        assert_eq!(checks.sentence(), "N: must be a whole number from 1 to 9");
    }

    #[test]
    fn choices_and_ticks_know_their_words_only() {
        let mut checks = Checks::default();
        let known = ["Global Configuration", "New Configuration"];
        assert_eq!(
            checks.choice("c", "C", " new configuration ", &known),
            Some("New Configuration")
        );
        assert_eq!(checks.choice("c", "C", "other", &known), None);
        assert_eq!(checks.tick("t", "T", "YES"), Some(true));
        assert_eq!(checks.tick("t", "T", ""), Some(false));
        assert_eq!(checks.tick("t", "T", "perhaps"), None);
        assert!(!checks.passed());
    }
}
