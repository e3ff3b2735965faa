//! Paths and names of the wire, and their other names when a test changes them. Inside, everything has its default name.
//!
//! Source: reference: storegrid-singlehop.md 3.2 and 3.3.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Calls with their paths. `usage`, `update` and `check` have none in the reference; a client has to be configured.
const PATHS: &[(&str, &str)] = &[
    ("signup_reseller", "/interface/registerreseller/register.php"),
    ("signup_customer", "/interface/registercustomer/register.php"),
    ("account_status", "/interface/whmcs/status.php"),
    ("pass_key", "/interface/whmcs/passkey.php"),
    ("usage", "/interface/whmcs/usage.php"),
    ("update", "/interface/whmcs/update.php"),
    ("check", "/interface/whmcs/check.php"),
    ("probe", "/"),
];

/// Every parameter that the contract knows.
pub(crate) const PARAMS: &[&str] = &[
    "userName",
    "loginPassword",
    "action",
    "accountType",
    "name",
    "firstName",
    "lastName",
    "company",
    "email",
    "phone",
    "address1",
    "address2",
    "city",
    "state",
    "zip",
    "country",
    "resellerName",
    "activationStatus",
    "autoAuthorization",
    "storageAllotted",
    "storageLocation",
    "consolidatedReport",
    "consolidatedReportEmail",
    "autoMCAL",
    "allotMCAL",
    "bandwidthConfig",
    "throttleEnabled",
    "throttleMode",
    "throttleFrom",
    "throttleTill",
    "restrictedRate",
    "sendMail",
];

/// Words that values are made of; numbers and names are never translated.
const VALUES: &[&str] = &[
    "true",
    "false",
    "signupReseller",
    "signupCustomer",
    "updateReseller",
    "updateCustomer",
    "activate",
    "deactivate",
    "getPassKey",
    "getUsage",
    "check",
    "reseller",
    "customer",
    "global",
    "new",
    "always",
    "scheduled",
];

/// Parameters whose values are the words `true` and `false` ("1" and "0" by default).
const FLAGS: &[&str] = &[
    "activationStatus",
    "autoAuthorization",
    "consolidatedReport",
    "autoMCAL",
    "throttleEnabled",
    "sendMail",
];

/// Parameters whose values are other words of the list.
const WORDS: &[&str] = &["action", "accountType", "bandwidthConfig", "throttleMode"];

/// Names in answers.
const RESPONSE: &[(&str, &str)] = &[
    ("status_key", "status"),
    ("code_key", "code"),
    ("message_key", "message"),
    ("name_key", "name"),
    ("pass_key_key", "passKey"),
    ("success_page", "onlineregsuccess.php"),
    ("failure_page", "onlineregfailure.php"),
    ("page_message_param", "result"),
    ("page_name_param", "cn"),
    ("storage_used_key", "storageUsed"),
    ("storage_allotted_key", "storageAllotted"),
    ("mcal_used_key", "mcalUsed"),
    ("mcal_allotted_key", "mcalAllotted"),
    ("active_key", "active"),
];

/// The names in force.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contract {
    changed: BTreeMap<&'static str, BTreeMap<String, String>>,
}

fn word_of(group: &str, name: &str) -> Option<&'static str> {
    let pick = |list: &'static [(&'static str, &'static str)]| list.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    match group {
        "paths" => pick(PATHS),
        "params" => PARAMS.iter().find(|p| **p == name).copied(),
        "values" => match name {
            "true" => Some("1"),
            "false" => Some("0"),
            _ => VALUES.iter().find(|v| **v == name).copied(),
        },
        "response" => pick(RESPONSE),
        _ => None,
    }
}

const GROUPS: [&str; 4] = ["paths", "params", "values", "response"];

impl Contract {
    fn get(&self, group: &'static str, name: &str) -> String {
        self.changed
            .get(group)
            .and_then(|g| g.get(name).cloned())
            .or_else(|| word_of(group, name).map(String::from))
            .unwrap_or_default()
    }

    /// The wire's name of a parameter.
    pub fn param(&self, name: &str) -> String {
        self.get("params", name)
    }

    /// The wire's name of something in an answer.
    pub fn response(&self, name: &str) -> String {
        self.get("response", name)
    }

    /// The call behind a path; `page` for the pages that a redirect names.
    pub fn call(&self, path: &str) -> Option<&'static str> {
        let last = path.rsplit('/').next().unwrap_or("");
        if !last.is_empty() && (last == self.response("success_page") || last == self.response("failure_page")) {
            return Some("page");
        }
        PATHS
            .iter()
            .map(|(call, _)| *call)
            .find(|call| !self.get("paths", call).is_empty() && self.get("paths", call) == path)
    }

    /// Parameters under their default names, with default words as values. One under its default name although it has
    /// another now is an unknown one.
    pub fn logical(&self, sent: Map<String, Value>) -> Map<String, Value> {
        let mut out = Map::new();
        for (wire, value) in sent {
            let known = PARAMS.iter().find(|p| self.param(p) == wire);
            let Some(name) = known else {
                out.insert(format!("unknown:{wire}"), value);
                continue;
            };
            let value = match value.as_str() {
                Some(text) if FLAGS.contains(name) => {
                    if text == self.get("values", "true") {
                        json!("1")
                    } else if text == self.get("values", "false") {
                        json!("0")
                    } else {
                        json!(format!("unknown:{text}"))
                    }
                }
                Some(text) if WORDS.contains(name) => VALUES
                    .iter()
                    .find(|v| self.get("values", v) == text)
                    .map_or_else(|| json!(format!("unknown:{text}")), |v| json!(v)),
                _ => value,
            };
            out.insert((*name).to_string(), value);
        }
        out
    }

    /// Changes names: `{"paths":{"usage":"/u.php"},"params":{"name":"login"},"values":{"true":"yes"},"response":{..}}`;
    /// null means the default again.
    ///
    /// # Errors
    /// A group or a name that the contract does not have; nothing is changed then.
    pub fn set(&mut self, wanted: &Value) -> Result<(), String> {
        let mut next = self.clone();
        for (group, names) in wanted.as_object().ok_or("send a JSON object of groups")? {
            let group = GROUPS
                .into_iter()
                .find(|g| g == group)
                .ok_or_else(|| format!("there is no group {group}; {}", GROUPS.join(", ")))?;
            for (name, wire) in names.as_object().ok_or("a group is a JSON object")? {
                word_of(group, name).ok_or_else(|| format!("{group} has no {name}"))?;
                let place = next.changed.entry(group).or_default();
                match wire.as_str() {
                    Some(wire) => place.insert(name.clone(), wire.into()),
                    None => place.remove(name),
                };
            }
        }
        *self = next;
        Ok(())
    }

    /// All names in force.
    pub fn list(&self) -> Value {
        let group = |group: &'static str, names: Vec<&str>| -> Value {
            names
                .into_iter()
                .map(|n| (n.to_string(), json!(self.get(group, n))))
                .collect::<Map<_, _>>()
                .into()
        };
        json!({
            "paths": group("paths", PATHS.iter().map(|(n, _)| *n).collect()),
            "params": group("params", PARAMS.to_vec()),
            "values": group("values", VALUES.to_vec()),
            "response": group("response", RESPONSE.iter().map(|(n, _)| *n).collect()),
        })
    }
}

/// Names and words that the contract does not know, as they were sent.
pub(crate) fn unknown(logical: &Map<String, Value>) -> Vec<String> {
    logical
        .iter()
        .filter_map(|(name, value)| match name.strip_prefix("unknown:") {
            Some(wire) => Some(wire.to_string()),
            None => {
                let word = value.as_str()?.strip_prefix("unknown:")?;
                Some(format!("{name}={word}"))
            }
        })
        .collect()
}
