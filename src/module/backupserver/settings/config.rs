//! The module's `config.json`: what an operator sets beside the product's form. Read whole or not at all; an error names
//! the setting and never its value.
//!
//! Settings of the wire contract stand under `contract` and are read by the panel's own code.

use super::fields::address;
use crate::host::Failure;
use crate::panel::backupserver::Contract;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the file says.
#[derive(Debug)]
pub(crate) struct Config {
    /// Certificates that are trusted beside the public roots.
    pub(crate) ca_file: Option<PathBuf>,
    /// Seconds to wait for an answer.
    pub(crate) timeout: Option<u64>,
    /// The address of the console that clients are shown; none for that of the product.
    pub(crate) console: Option<String>,
    /// Addresses, as host and port, that the server had before.
    pub(crate) formerly: Vec<String>,
    /// The name of the client's custom field.
    pub(crate) pass_key_field: String,
    /// Clients may ask for their pass key on the product's page.
    pub(crate) pass_key_shown: bool,
    /// Defaults of the action hooks by the label of the field.
    pub(crate) hook: BTreeMap<String, String>,
    pub(crate) contract: Contract,
}

fn wrong(what: impl std::fmt::Display) -> Failure {
    Failure::setting(
        "backupserver.configuration",
        format!("The module's config.json cannot be used: {what}."),
        "Correct the file; config.json.example beside it shows every setting.",
    )
}

fn place(key: &str, what: &str) -> Failure {
    wrong(format!("\"{key}\" {what}"))
}

impl Config {
    /// Reads the text of the file; an empty text sets nothing.
    ///
    /// # Errors
    /// `backupserver.configuration`.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let given: Value = if text.is_empty() {
            Value::Object(serde_json::Map::new())
        } else {
            serde_json::from_str(text)
                .map_err(|e| wrong(format!("it is not JSON at line {}, column {}", e.line(), e.column())))?
        };
        let Value::Object(given) = given else {
            return Err(wrong("it is not an object in braces"));
        };
        let mut config = Self {
            ca_file: None,
            timeout: None,
            console: None,
            formerly: Vec::new(),
            pass_key_field: "Pass Key".to_owned(),
            pass_key_shown: true,
            hook: BTreeMap::new(),
            contract: contract(&Value::Null)?,
        };
        for (key, value) in &given {
            match key.as_str() {
                "caFile" => config.ca_file = filled(key, value)?.map(PathBuf::from),
                "timeout" => {
                    let seconds = value.as_u64().filter(|seconds| (1..=120).contains(seconds));
                    config.timeout = Some(seconds.ok_or_else(|| place(key, "is not a whole number from 1 to 120"))?);
                }
                "console" => {
                    config.console = filled(key, value)?;
                    if config.console.as_ref().is_some_and(|address| !is_web(address)) {
                        return Err(place(
                            key,
                            "is not an address that begins with https:// or http:// and a host",
                        ));
                    }
                }
                "formerly" => {
                    let list = value
                        .as_array()
                        .ok_or_else(|| place(key, "is not a list in brackets"))?;
                    for (n, text) in list.iter().enumerate() {
                        let known = text.as_str().map(str::trim).and_then(address);
                        config.formerly.push(known.ok_or_else(|| {
                            let key = format!("formerly[{n}]");
                            place(&key, "is not a host and a port, such as \"backup.example.net:6061\"")
                        })?);
                    }
                }
                "passKeyField" => {
                    config.pass_key_field = filled(key, value)?.ok_or_else(|| place(key, "is empty"))?;
                }
                "passKeyShown" => {
                    config.pass_key_shown = value.as_bool().ok_or_else(|| place(key, "is neither true nor false"))?;
                }
                "hook" => {
                    let map = value
                        .as_object()
                        .ok_or_else(|| place(key, "is not an object in braces"))?;
                    for (name, value) in map {
                        let text = value
                            .as_str()
                            .ok_or_else(|| place(&format!("hook.{name}"), "is not a text in quotes"))?;
                        config.hook.insert(name.clone(), text.to_owned());
                    }
                }
                "contract" => config.contract = contract(value)?,
                _ => return Err(place(key, "is not a setting; compare its spelling with the example")),
            }
        }
        Ok(config)
    }
}

fn contract(value: &Value) -> Result<Contract, Failure> {
    Contract::read(value).map_err(|e| {
        let key = if e.key.is_empty() {
            "contract".to_owned()
        } else {
            format!("contract.{}", e.key)
        };
        place(&key, &e.what)
    })
}

/// An address that a client can follow.
fn is_web(address: &str) -> bool {
    let after = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    let plain = address.chars().all(|c| c.is_ascii_graphic() && !"<>\"'\\".contains(c));
    plain && after.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['))
}

/// A text; none for an empty one.
fn filled(key: &str, value: &Value) -> Result<Option<String>, Failure> {
    let text = value.as_str().ok_or_else(|| place(key, "is not a text in quotes"))?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}
