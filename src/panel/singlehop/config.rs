//! What an operator may change of the wire: credentials of a call, paths, command names, time-outs; with the documented
//! defaults (reference: storegrid-singlehop.md 5.1). Read from a JSON text; whatever is wrong is named by its key.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::http::Method;

/// Which credentials a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `leap_password`: LEAP user and password.
    LeapPassword,
    /// `leap_key`: client id and API key.
    LeapKey,
    /// `tandem`: Tandem user and password.
    Tandem,
}

/// Method and path of one call of LEAP3, with `{id}`, `{host}`, `{start}` and `{end}` to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The key below `paths`.
    pub key: &'static str,
    /// The method.
    pub method: Method,
    /// The path with its placeholders.
    pub path: String,
    /// It is our assumption: no source documents it, and nobody set it.
    pub assumed: bool,
}

/// The name of one command of the old API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The key below `commands`.
    pub key: &'static str,
    /// The name on the wire.
    pub name: String,
    /// It is our assumption: no source documents it, and nobody set it.
    pub assumed: bool,
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident of $item:ident { $($field:ident: $make:expr, $what:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $(#[doc = $what] pub $field: $item,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $make(stringify!($field)),)* }
            }
        }

        impl $name {
            fn entry(&mut self, key: &str) -> Option<&mut $item> {
                match key {
                    $(stringify!($field) => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

fn known(method: Method, path: &'static str) -> impl Fn(&'static str) -> Route {
    move |key| Route {
        key,
        method,
        path: path.to_owned(),
        assumed: false,
    }
}

fn guessed(path: &'static str) -> impl Fn(&'static str) -> Route {
    move |key| Route {
        key,
        method: Method::Get,
        path: path.to_owned(),
        assumed: true,
    }
}

fn command(name: &'static str, assumed: bool) -> impl Fn(&'static str) -> Command {
    move |key| Command {
        key,
        name: name.to_owned(),
        assumed,
    }
}

table! {
    /// The calls of LEAP3 (reference: storegrid-singlehop.md 4.2).
    Paths of Route {
        list: known(Method::Get, "/server/list"), "All servers that the user may see.";
        view: known(Method::Get, "/server/view/{id}"), "One server.";
        network: known(Method::Get, "/server/network/{id}"), "Its addresses.";
        bandwidth: known(Method::Get, "/server/bandwidth/{start}/{end}/{id}"), "Its traffic between two Unix times.";
        reboot: guessed("/server/reboot/{id}"), "Restarts it. Assumed; by GET because starting and stopping are.";
        suspend: guessed("/server/suspend/{id}"), "Suspends it. Assumed.";
        unsuspend: guessed("/server/unsuspend/{id}"), "Unsuspends it. Assumed.";
        startvm: known(Method::Get, "/server/startvm/{id}"), "Starts a virtual machine.";
        stopvm: known(Method::Get, "/server/stopvm/{id}"), "Stops a virtual machine.";
        cancel: known(Method::Post, "/server/cancel/{host}"), "Asks for its cancellation.";
        tandem_list: known(Method::Get, "/tandem/user/list"), "All Tandem users with their servers.";
        tandem_edit: known(Method::Post, "/tandem/user/edit"), "Sets a Tandem user's servers.";
    }
}

table! {
    /// The commands of the old API (reference: storegrid-singlehop.md 4.3).
    Commands of Command {
        list: command("listServers", false), "All servers that the user may see.";
        ips: command("getServerIps", false), "Addresses of a server.";
        bandwidth: command("getServerBandwidth", false), "Traffic of a server.";
        reboot: command("rebootServer", false), "Restarts a server.";
        suspend: command("suspendServer", true), "Suspends a server. Assumed.";
        unsuspend: command("unsuspendServer", true), "Unsuspends a server. Assumed.";
        startvm: command("cascadeStartVm", true), "Starts a virtual machine. Assumed.";
        stopvm: command("cascadeShutdownVm", true), "Stops a virtual machine. Assumed.";
        cancel: command("cancellationRequest", false), "Asks for the cancellation of servers.";
        tandem_list: command("tandemList", false), "All Tandem users with their servers.";
        tandem_grant: command("tandemAddUserPermission", false), "Gives a Tandem user a server.";
        tandem_revoke: command("tandemDeleteUserPermission", false), "Takes a server from a Tandem user.";
    }
}

/// The whole configuration.
///
/// ```
/// use provisor::panel::singlehop::Config;
/// let config = Config::read(r#"{"paths": {"reboot": "POST /server/restart/{id}"}}"#).unwrap();
/// assert_eq!(config.paths.reboot.path, "/server/restart/{id}");
/// assert_eq!(config.paths.list.path, "/server/list");
/// assert!(Config::read(r#"{"paths": {"rebot": "x"}}"#).unwrap_err().contains("paths.rebot"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `caFile`: own CA file.
    pub ca_file: Option<PathBuf>,
    /// `plainHttp`: connections without encryption beyond this machine are allowed.
    pub plain_http: bool,
    /// `connectTimeout`: seconds for a connection; None for the host's.
    pub connect_timeout: Option<u64>,
    /// `timeout`: seconds for an answer; None for the host's.
    pub timeout: Option<u64>,
    /// `bandwidthTimeout`: seconds for an answer about traffic, which may take minutes.
    pub bandwidth_timeout: u64,
    /// `zone`: the zone whose months and days are shown; None for the host's.
    pub zone: Option<String>,
    /// `username`: what the login of a server is called where the panel does not say.
    pub username: String,
    /// `auth`: credentials of every call but the list.
    pub auth: Auth,
    /// `listAuth`: credentials of the list, which the Tandem user's permissions filter.
    pub list_auth: Auth,
    /// `listFallback`: a list that was refused is asked for once more with `auth`.
    pub list_fallback: bool,
    /// `paths`.
    pub paths: Paths,
    /// `commands`.
    pub commands: Commands,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ca_file: None,
            plain_http: false,
            connect_timeout: None,
            timeout: None,
            bandwidth_timeout: 300,
            zone: None,
            username: "root".to_owned(),
            auth: Auth::LeapPassword,
            list_auth: Auth::Tandem,
            list_fallback: false,
            paths: Paths::default(),
            commands: Commands::default(),
        }
    }
}

impl Config {
    /// Reads the file's text; the empty text gives the defaults.
    ///
    /// # Errors
    /// A sentence that names the wrong key and what it expects.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut config = Self::default();
        if text.trim().is_empty() {
            return Ok(config);
        }
        let Value::Object(given) = serde_json::from_str(text)
            .map_err(|e| format!("it is not JSON at line {}, column {}", e.line(), e.column()))?
        else {
            return Err("it is not a JSON object".to_owned());
        };
        for (key, value) in &given {
            match key.as_str() {
                "caFile" => config.ca_file = Some(text_of(key, value)?.into()),
                "plainHttp" => config.plain_http = flag(key, value)?,
                "connectTimeout" => config.connect_timeout = Some(seconds(key, value)?),
                "timeout" => config.timeout = Some(seconds(key, value)?),
                "bandwidthTimeout" => config.bandwidth_timeout = seconds(key, value)?,
                "zone" => config.zone = Some(text_of(key, value)?),
                "username" => config.username = text_of(key, value)?,
                "auth" => config.auth = auth(key, value)?,
                "listAuth" => config.list_auth = auth(key, value)?,
                "listFallback" => config.list_fallback = flag(key, value)?,
                "paths" => {
                    for (name, value) in map(key, value)? {
                        let key = format!("paths.{name}");
                        let route = config.paths.entry(name).ok_or_else(|| unknown(&key))?;
                        set_route(&key, value, route)?;
                    }
                }
                "commands" => {
                    for (name, value) in map(key, value)? {
                        let key = format!("commands.{name}");
                        let command = config.commands.entry(name).ok_or_else(|| unknown(&key))?;
                        command.name = text_of(&key, value)?;
                        command.assumed = false;
                    }
                }
                other => return Err(unknown(other)),
            }
        }
        Ok(config)
    }
}

fn unknown(key: &str) -> String {
    format!("\"{key}\" is not a setting of it")
}

fn wrong(key: &str, expected: &str) -> String {
    format!("\"{key}\" is not {expected}")
}

fn map<'a>(key: &str, value: &'a Value) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| wrong(key, "an object"))
}

fn text_of(key: &str, value: &Value) -> Result<String, String> {
    match value.as_str().map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(wrong(key, "a text")),
    }
}

fn flag(key: &str, value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(word) if word.eq_ignore_ascii_case("yes") => Ok(true),
        Value::String(word) if word.eq_ignore_ascii_case("no") => Ok(false),
        _ => Err(wrong(key, "true or false")),
    }
}

fn seconds(key: &str, value: &Value) -> Result<u64, String> {
    value
        .as_u64()
        .filter(|seconds| (1..=3600).contains(seconds))
        .ok_or_else(|| wrong(key, "a number of seconds from 1 to 3600"))
}

fn auth(key: &str, value: &Value) -> Result<Auth, String> {
    match value.as_str() {
        Some("leap_password") => Ok(Auth::LeapPassword),
        Some("leap_key") => Ok(Auth::LeapKey),
        Some("tandem") => Ok(Auth::Tandem),
        _ => Err(wrong(key, "leap_password, leap_key or tandem")),
    }
}

/// `GET /path` or `POST /path`. What only reads stays a GET, because reads are repeated.
fn set_route(key: &str, value: &Value, route: &mut Route) -> Result<(), String> {
    let text = text_of(key, value)?;
    let (method, path) = match text.split_once(' ') {
        Some(("GET", path)) => (Method::Get, path.trim()),
        Some(("POST", path)) => (Method::Post, path.trim()),
        _ => return Err(wrong(key, "GET or POST, a space and a path")),
    };
    if !path.starts_with('/') || path.contains(['?', '#', ' ']) {
        return Err(wrong(key, "GET or POST, a space and a path that starts with a slash"));
    }
    let reads = matches!(route.key, "list" | "view" | "network" | "bandwidth" | "tandem_list");
    if reads && method != Method::Get {
        return Err(wrong(key, "a GET: it only reads"));
    }
    *route = Route {
        key: route.key,
        method,
        path: path.to_owned(),
        assumed: false,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_mistake_is_named_by_its_key() {
        for (text, named) in [
            ("[]", "a JSON object"),
            ("{", "line 1"),
            (r#"{"timout": 3}"#, "\"timout\""),
            (r#"{"timeout": 0}"#, "\"timeout\""),
            (r#"{"timeout": "x"}"#, "\"timeout\""),
            (r#"{"auth": "password"}"#, "\"auth\""),
            (r#"{"paths": {"list": "/x"}}"#, "\"paths.list\""),
            (r#"{"paths": {"list": "POST /x"}}"#, "\"paths.list\""),
            (r#"{"paths": {"reboot": "GET x"}}"#, "\"paths.reboot\""),
            (r#"{"paths": {"restart": "GET /x"}}"#, "\"paths.restart\""),
            (r#"{"paths": []}"#, "\"paths\""),
            (r#"{"commands": {"reboot": ""}}"#, "\"commands.reboot\""),
            (r#"{"plainHttp": "perhaps"}"#, "\"plainHttp\""),
        ] {
            let said = Config::read(text).unwrap_err();
            assert!(said.contains(named), "{text}: {said}");
        }
    }

    #[test]
    fn a_path_that_somebody_set_is_no_longer_assumed() {
        let config = Config::read(r#"{"paths":{"reboot":"POST /r/{id}"},"commands":{"suspend":"stop"}}"#).unwrap();
        assert!(!config.paths.reboot.assumed && !config.commands.suspend.assumed);
        assert!(config.paths.suspend.assumed && config.commands.unsuspend.assumed);
    }
}
