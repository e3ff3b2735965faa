//! The wire contract in one place: `contract.json` holds every path, parameter name, value and success rule, and an
//! operator changes any of them in a file of the same shape (reference: storegrid-singlehop.md 3). Nothing of it is
//! documented by the vendor except what the reference marks so.
//!
//! Owns reading that file and naming what is wrong in it. Does not own requests (`server.rs`) nor answers (`answer.rs`).

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The defaults, as an operator would write them.
const DEFAULTS: &str = include_str!("contract.json");

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongSetting {
    /// Its place, such as `paths.usage`.
    pub key: String,
    /// What is wrong with it; never its value.
    pub what: String,
}

fn wrong(key: &str, what: impl Into<String>) -> WrongSetting {
    WrongSetting {
        key: key.to_owned(),
        what: what.into(),
    }
}

/// How a Backup Server is talked to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    pub(super) auth: Auth,
    pub(super) paths: Paths,
    pub(super) params: Params,
    pub(super) values: Values,
    pub(super) response: Response,
    /// Constant pairs added to every call.
    pub(super) extra: BTreeMap<String, String>,
}

/// How each call is authenticated; there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Auth {
    /// As two fields of the form.
    Form,
    /// As HTTP Basic authentication.
    Basic,
}

/// Where each call goes. An empty path turns the call off.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Paths {
    pub(super) signup_reseller: String,
    pub(super) signup_customer: String,
    pub(super) account_status: String,
    pub(super) pass_key: String,
    pub(super) update: String,
    pub(super) usage: String,
    pub(super) login: String,
    pub(super) probe: String,
}

/// The wire name of each parameter; an empty name is not sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Params {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) action: String,
    pub(super) account_type: String,
    pub(super) name: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) company: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) address1: String,
    pub(super) address2: String,
    pub(super) city: String,
    pub(super) state: String,
    pub(super) zip: String,
    pub(super) country: String,
    pub(super) reseller_name: String,
    pub(super) activation_status: String,
    pub(super) auto_authorization: String,
    pub(super) storage_allotted: String,
    pub(super) storage_location: String,
    pub(super) consolidated_report: String,
    pub(super) consolidated_report_email: String,
    pub(super) auto_mcal: String,
    pub(super) allot_mcal: String,
    pub(super) bandwidth_config: String,
    pub(super) throttle_enabled: String,
    pub(super) throttle_mode: String,
    pub(super) throttle_from: String,
    pub(super) throttle_till: String,
    pub(super) restricted_rate: String,
    pub(super) send_mail: String,
}

/// The words that stand for what we mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Values {
    #[serde(rename = "true")]
    pub(super) yes: String,
    #[serde(rename = "false")]
    pub(super) no: String,
    pub(super) reseller: String,
    pub(super) customer: String,
    pub(super) signup_reseller: String,
    pub(super) signup_customer: String,
    pub(super) activate: String,
    pub(super) deactivate: String,
    pub(super) update_reseller: String,
    pub(super) update_customer: String,
    pub(super) get_pass_key: String,
    pub(super) get_usage: String,
    pub(super) login: String,
    pub(super) global: String,
    pub(super) new: String,
    pub(super) always: String,
    pub(super) scheduled: String,
}

impl Values {
    pub(super) fn flag(&self, on: bool) -> &str {
        if on { &self.yes } else { &self.no }
    }
}

/// How an answer is read. Words are looked for in the message without regard to case.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Response {
    pub(super) status_key: String,
    pub(super) ok_values: Vec<String>,
    pub(super) code_key: String,
    pub(super) message_key: String,
    pub(super) name_key: String,
    pub(super) pass_key_key: String,
    pub(super) storage_allotted_key: String,
    pub(super) storage_used_key: String,
    pub(super) active_key: String,
    pub(super) active_values: Vec<String>,
    /// A word of neither list tells no state.
    pub(super) inactive_values: Vec<String>,
    pub(super) exists_codes: Vec<String>,
    pub(super) exists_words: Vec<String>,
    pub(super) missing_codes: Vec<String>,
    pub(super) missing_words: Vec<String>,
    pub(super) active_words: Vec<String>,
    pub(super) inactive_words: Vec<String>,
    pub(super) success_pages: Vec<String>,
    pub(super) failure_pages: Vec<String>,
    /// The calls, by the names of their paths, that result pages tell of.
    pub(super) page_calls: Vec<String>,
    pub(super) page_message_param: String,
    pub(super) page_name_param: String,
    pub(super) probe_field: String,
}

impl Contract {
    /// The contract with what an operator set instead of the defaults; `Value::Null` sets nothing.
    ///
    /// ```
    /// use provisor::panel::backupserver::Contract;
    /// let set = serde_json::json!({ "paths": { "usage": "/interface/whmcs/usage.php" } });
    /// assert!(Contract::read(&set).unwrap().reports_usage());
    /// let wrong = Contract::read(&serde_json::json!({ "paths": { "usge": "/x" } })).unwrap_err();
    /// assert_eq!(wrong.key, "paths.usge");
    /// ```
    ///
    /// # Errors
    /// The place of the first setting that is unknown or has the wrong type, and what is wrong with it.
    pub fn read(set: &Value) -> Result<Self, WrongSetting> {
        let broken = |_| wrong("", "the built-in contract is damaged");
        let mut merged: Value = serde_json::from_str(DEFAULTS).map_err(broken)?;
        if !set.is_null() {
            merge(&mut merged, set, "")?;
        }
        let contract = Self::deserialize(&merged).map_err(|_| wrong("auth", "is neither \"form\" nor \"basic\""))?;
        contract.check()?;
        contract.check_names(&merged)?;
        Ok(contract)
    }

    fn check(&self) -> Result<(), WrongSetting> {
        let paths = &self.paths;
        for (name, path, needed) in [
            ("signupReseller", &paths.signup_reseller, true),
            ("signupCustomer", &paths.signup_customer, true),
            ("accountStatus", &paths.account_status, true),
            ("passKey", &paths.pass_key, false),
            ("update", &paths.update, false),
            ("usage", &paths.usage, false),
            ("login", &paths.login, false),
            ("probe", &paths.probe, true),
        ] {
            let key = format!("paths.{name}");
            let plain = |c: char| c.is_ascii_graphic() && c != '#';
            if path.is_empty() && needed {
                return Err(wrong(&key, "is empty"));
            }
            if !path.is_empty() && (!path.starts_with('/') || !path.chars().all(plain)) {
                return Err(wrong(&key, "is not a path that begins with / and holds no space"));
            }
        }
        for (key, list) in [
            ("response.okValues", &self.response.ok_values),
            ("response.successPages", &self.response.success_pages),
            ("response.existsWords", &self.response.exists_words),
            ("response.missingWords", &self.response.missing_words),
            ("response.activeWords", &self.response.active_words),
            ("response.inactiveWords", &self.response.inactive_words),
        ] {
            if list.iter().any(|text| text.trim().is_empty()) {
                return Err(wrong(key, "holds an empty text, which would fit every answer"));
            }
        }
        let calls = [
            "signupReseller",
            "signupCustomer",
            "accountStatus",
            "update",
            "passKey",
            "usage",
            "login",
        ];
        if !self
            .response
            .page_calls
            .iter()
            .all(|call| calls.contains(&call.as_str()))
        {
            return Err(wrong(
                "response.pageCalls",
                "holds something that is not the name of a call in \"paths\"",
            ));
        }
        if self.response.ok_values.is_empty() {
            return Err(wrong("response.okValues", "is empty, so no answer would be a success"));
        }
        if self.response.status_key.is_empty() {
            return Err(wrong("response.statusKey", "is empty"));
        }
        self.check_differences()
    }

    /// One name for each thing that travels in a form: a server reads one of two, and nobody knows which.
    fn check_names(&self, merged: &Value) -> Result<(), WrongSetting> {
        let in_header = |name: &str| self.auth == Auth::Basic && matches!(name, "user" | "password");
        let mut sent: BTreeMap<&str, &str> = BTreeMap::new();
        let params = merged.get("params").and_then(Value::as_object);
        for (name, value) in params.into_iter().flatten() {
            let wire = value.as_str().unwrap_or_default();
            if wire.is_empty() || in_header(name) {
                continue;
            }
            if let Some(other) = sent.insert(wire, name) {
                return Err(wrong(
                    &format!("params.{name}"),
                    format!("is the same name as params.{other}"),
                ));
            }
        }
        match self.extra.keys().find(|key| sent.contains_key(key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let name = sent.get(key.as_str()).copied().unwrap_or_default();
                Err(wrong(&format!("extra.{key}"), format!("is the name of params.{name}")))
            }
        }
    }

    /// Words that must not be the same: a suspension would activate, or a status be delivered as a pass key.
    fn check_differences(&self) -> Result<(), WrongSetting> {
        let Self { values, response, .. } = self;
        for (key, text, other) in [
            ("values.deactivate", &values.deactivate, &values.activate),
            ("values.false", &values.no, &values.yes),
            ("values.new", &values.new, &values.global),
            ("values.scheduled", &values.scheduled, &values.always),
            ("response.passKeyKey", &response.pass_key_key, &response.status_key),
            ("response.passKeyKey", &response.pass_key_key, &response.code_key),
            ("response.passKeyKey", &response.pass_key_key, &response.message_key),
            ("response.passKeyKey", &response.pass_key_key, &response.name_key),
        ] {
            if !text.is_empty() && text == other {
                return Err(wrong(key, "is the same as another setting that means something else"));
            }
        }
        Ok(())
    }

    /// Can accounts be changed after they were made?
    pub fn updates(&self) -> bool {
        !self.paths.update.is_empty()
    }

    /// Is the used storage asked for?
    pub fn reports_usage(&self) -> bool {
        !self.paths.usage.is_empty()
    }

    /// Is there a call that only logs in?
    pub fn checks_login(&self) -> bool {
        !self.paths.login.is_empty()
    }
}

/// Puts what is set in the place of the defaults. Only what the defaults know may be set, and only to the same type.
fn merge(into: &mut Value, set: &Value, place: &str) -> Result<(), WrongSetting> {
    match (into, set) {
        (Value::Object(known), Value::Object(given)) if place == "extra" => {
            for (name, value) in given {
                if !value.is_string() {
                    return Err(wrong(&format!("extra.{name}"), "is not a text"));
                }
                known.insert(name.clone(), value.clone());
            }
            Ok(())
        }
        (Value::Object(known), Value::Object(given)) => merge_object(known, given, place),
        (Value::Array(known), Value::Array(given)) => {
            if !given.iter().all(Value::is_string) {
                return Err(wrong(place, "holds something that is not a text"));
            }
            known.clone_from(given);
            Ok(())
        }
        (Value::String(known), Value::String(given)) => {
            known.clone_from(given);
            Ok(())
        }
        (Value::Object(_), _) => Err(wrong(place, "is not an object in braces")),
        (Value::Array(_), _) => Err(wrong(place, "is not a list in brackets")),
        _ => Err(wrong(place, "is not a text in quotes")),
    }
}

fn merge_object(known: &mut Map<String, Value>, given: &Map<String, Value>, place: &str) -> Result<(), WrongSetting> {
    for (name, value) in given {
        let key = if place.is_empty() {
            name.clone()
        } else {
            format!("{place}.{name}")
        };
        let Some(inner) = known.get_mut(name) else {
            return Err(wrong(&key, "is not a setting; compare its spelling with the example"));
        };
        merge(inner, value, &key)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_set_keeps_its_default() {
        let contract = Contract::read(&json!({ "params": { "user": "u" }, "extra": { "api": "2" } })).unwrap();
        assert_eq!(contract.params.user, "u");
        assert_eq!(contract.params.password, "loginPassword");
        assert_eq!(contract.extra.get("api").map(String::as_str), Some("2"));
        let defaults = Contract::read(&Value::Null).unwrap();
        assert!(!defaults.reports_usage() && !defaults.updates() && !defaults.checks_login());
    }

    #[test]
    fn a_wrong_setting_is_named_by_its_place_and_never_by_its_value() {
        for (set, key) in [
            (json!({ "path": {} }), "path"),
            (json!({ "paths": { "signupResellr": "/x" } }), "paths.signupResellr"),
            (json!({ "paths": { "usage": 7 } }), "paths.usage"),
            (json!({ "paths": { "usage": "planted" } }), "paths.usage"),
            (json!({ "paths": { "usage": "/pla nted" } }), "paths.usage"),
            (json!({ "paths": { "signupReseller": "" } }), "paths.signupReseller"),
            (json!({ "paths": "planted" }), "paths"),
            (json!({ "auth": "planted" }), "auth"),
            (json!({ "response": { "okValues": "planted" } }), "response.okValues"),
            (json!({ "response": { "okValues": ["ok", 1] } }), "response.okValues"),
            (json!({ "response": { "existsWords": [""] } }), "response.existsWords"),
            (
                json!({ "response": { "pageCalls": ["planted"] } }),
                "response.pageCalls",
            ),
            (json!({ "extra": { "planted": 1 } }), "extra.planted"),
            (json!({ "values": { "deactivate": "activate" } }), "values.deactivate"),
            (
                json!({ "values": { "true": "planted", "false": "planted" } }),
                "values.false",
            ),
            (json!({ "response": { "passKeyKey": "status" } }), "response.passKeyKey"),
            (json!({ "response": { "okValues": [] } }), "response.okValues"),
            (json!({ "params": { "name": "userName" } }), "params.user"),
            (
                json!({ "params": { "zip": "planted", "city": "planted" } }),
                "params.zip",
            ),
            (
                json!({ "extra": { "storageAllotted": "planted" } }),
                "extra.storageAllotted",
            ),
            (
                json!({ "params": { "name": "other" }, "extra": { "other": "planted" } }),
                "extra.other",
            ),
            (json!(["planted"]), ""),
        ] {
            let wrong = Contract::read(&set).unwrap_err();
            assert_eq!(wrong.key, key, "{set}");
            assert!(!wrong.what.contains("planted"), "{set}");
        }
    }

    #[test]
    fn parameters_that_do_not_travel_take_no_name_away() {
        for set in [
            json!({ "params": { "zip": "", "city": "" } }),
            json!({ "auth": "basic", "params": { "name": "userName" } }),
            json!({ "auth": "basic", "extra": { "loginPassword": "x" } }),
            json!({ "params": { "name": "Name" }, "extra": { "NAME": "x" } }),
        ] {
            Contract::read(&set).unwrap();
        }
    }
}
