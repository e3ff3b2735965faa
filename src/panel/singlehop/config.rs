//! What an operator may change of the wire: credentials of a call, paths, command names, time-outs; with the documented
//! defaults (reference: storegrid-singlehop.md 5.1). Read from a JSON text; whatever is wrong is named by its key.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::http::Method;
use crate::time::Zone;

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
            fn all(&self) -> Vec<&$item> {
                vec![$(&self.$field,)*]
            }

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
    pub zone: Option<Zone>,
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
        // Some editors write a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
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
                "zone" => {
                    let zone = Zone::get(&text_of(key, value)?);
                    config.zone = Some(zone.map_err(|_| wrong(key, "a time zone such as Europe/Berlin"))?);
                }
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
        config.check_reads()?;
        config.check_opposites()?;
        Ok(config)
    }

    /// What reads is repeated, and is asked for by whoever looks at a page. So no call that reads may go where one goes that
    /// changes something, neither by this configuration nor by the defaults.
    fn check_reads(&self) -> Result<(), String> {
        let defaults = Self::default();
        let all = self.paths.all();
        let usual = defaults.paths.all();
        for read in all.iter().filter(|route| route.reads()) {
            let changing = |other: &&&Route| !other.reads() && leads(&read.path, &other.path);
            if let Some(other) = all.iter().chain(&usual).find(changing) {
                let expected = format!("a call that only reads: {} goes there", other.key);
                return Err(wrong(&format!("paths.{}", read.key), &expected));
            }
        }
        let all = self.commands.all();
        let usual = defaults.commands.all();
        for read in all.iter().filter(|command| reads(command.key)) {
            let changing = |other: &&&Command| !reads(other.key) && other.name.eq_ignore_ascii_case(&read.name);
            if let Some(other) = all.iter().chain(&usual).find(changing) {
                let expected = format!("a command that only reads: it is the one of {}", other.key);
                return Err(wrong(&format!("commands.{}", read.key), &expected));
            }
        }
        Ok(())
    }

    /// A call and the one that undoes it are two: nothing here is a toggle.
    fn check_opposites(&self) -> Result<(), String> {
        let another = |table: &str, one: &str, other: &str| {
            Err(wrong(
                &format!("{table}.{one}"),
                &format!("another call than {table}.{other}"),
            ))
        };
        let (routes, commands) = (self.paths.all(), self.commands.all());
        for (one, other) in OPPOSITES {
            let route = |key: &str| routes.iter().find(|route| route.key == key);
            if let (Some(a), Some(b)) = (route(one), route(other))
                && a.method == b.method
                && leads(&a.path, &b.path)
            {
                return another("paths", one, other);
            }
            let name = |key: &str| commands.iter().find(|command| command.key == key);
            if let (Some(a), Some(b)) = (name(one), name(other))
                && a.name.eq_ignore_ascii_case(&b.name)
            {
                return another("commands", one, other);
            }
        }
        Ok(())
    }
}

/// Calls that undo each other.
const OPPOSITES: [(&str, &str); 3] = [
    ("suspend", "unsuspend"),
    ("startvm", "stopvm"),
    ("tandem_grant", "tandem_revoke"),
];

/// Does a path lead where the other one does, with an id in place of a placeholder?
fn leads(path: &str, other: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_ascii_lowercase).collect()
    };
    let (path, other) = (parts(path), parts(other));
    let same = |(part, other): (&String, &String)| part == other || other.starts_with('{');
    path.len() == other.len() && path.iter().zip(&other).all(same)
}

/// Does the call with this key only read?
fn reads(key: &str) -> bool {
    matches!(key, "list" | "view" | "network" | "ips" | "bandwidth" | "tandem_list")
}

impl Route {
    fn reads(&self) -> bool {
        reads(self.key)
    }

    /// The placeholders that are filled in, and whether the path must hold all of them or one.
    fn placeholders(&self) -> (&'static [&'static str], bool) {
        match self.key {
            "list" | "tandem_list" | "tandem_edit" => (&[], true),
            "bandwidth" => (&["{start}", "{end}", "{id}"], true),
            "cancel" => (&["{host}", "{id}"], false),
            _ => (&["{id}"], true),
        }
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
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '%' | '\\' | '"' | '<' | '>');
    let dots = |part: &str| matches!(part, "." | "..");
    if !path.starts_with('/') || !path.chars().all(plain) || path.split('/').any(dots) {
        return Err(wrong(
            key,
            "GET or POST, a space and a plain path that starts with a slash",
        ));
    }
    let (placeholders, every) = route.placeholders();
    let missing: Vec<&&str> = placeholders.iter().filter(|name| !path.contains(**name)).collect();
    if let Some(name) = missing.first()
        && (every || missing.len() == placeholders.len())
    {
        return Err(wrong(key, &format!("a path with {name} in it")));
    }
    let rest = placeholders
        .iter()
        .fold(path.to_owned(), |rest, name| rest.replace(name, ""));
    if rest.contains(['{', '}']) {
        let known = match placeholders {
            [] => "without any placeholder".to_owned(),
            names => format!("whose placeholders are only {}", names.join(", ")),
        };
        return Err(wrong(key, &format!("a path {known}")));
    }
    if route.reads() && method != Method::Get {
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
            (
                r#"{"paths": {"suspend": "GET /server/unsuspend/{id}"}}"#,
                "\"paths.suspend\" is not another call than paths.unsuspend",
            ),
            (
                r#"{"paths": {"startvm": "POST /p/{id}", "stopvm": "POST /P//{id}/"}}"#,
                "\"paths.startvm\" is not another",
            ),
            (
                r#"{"commands": {"suspend": "unsuspendServer"}}"#,
                "\"commands.suspend\"",
            ),
            (
                r#"{"commands": {"tandem_grant": "x", "tandem_revoke": "X"}}"#,
                "\"commands.tandem_grant\"",
            ),
            (r#"{"paths": {"list": "/x"}}"#, "\"paths.list\""),
            (r#"{"paths": {"list": "POST /x"}}"#, "\"paths.list\""),
            (r#"{"paths": {"reboot": "GET x"}}"#, "\"paths.reboot\""),
            (
                r#"{"paths": {"reboot": "GET /reboot"}}"#,
                "\"paths.reboot\" is not a path with {id}",
            ),
            (
                r#"{"paths": {"view": "GET /server/view"}}"#,
                "\"paths.view\" is not a path with {id}",
            ),
            (r#"{"paths": {"reboot": "GET /{id}/{start}"}}"#, "\"paths.reboot\""),
            (r#"{"paths": {"reboot": "GET /{id}/{ID}"}}"#, "\"paths.reboot\""),
            (r#"{"paths": {"reboot": "GET /{id}/}x"}}"#, "\"paths.reboot\""),
            (r#"{"paths": {"list": "GET /list/{id}"}}"#, "\"paths.list\""),
            (
                r#"{"paths": {"tandem_edit": "POST /edit/{id}"}}"#,
                "\"paths.tandem_edit\"",
            ),
            (r#"{"paths": {"bandwidth": "GET /bw/{id}/{start}"}}"#, "{end}"),
            (
                r#"{"paths": {"cancel": "POST /cancel"}}"#,
                "\"paths.cancel\" is not a path with {host}",
            ),
            (r#"{"paths": {"view": "POST /server/view/{id}"}}"#, "\"paths.view\""),
            (r#"{"paths": {"reboot": "GET /a\\..\\{id}"}}"#, "\"paths.reboot\""),
            (
                r#"{"paths": {"view": "GET /server/view/../reboot/{id}"}}"#,
                "\"paths.view\"",
            ),
            (r#"{"paths": {"view": "GET /server/%72eboot/{id}"}}"#, "\"paths.view\""),
            (r#"{"paths": {"reboot": "GET /é/{id}"}}"#, "\"paths.reboot\""),
            (r#"{"paths": {"reboot": "GET /a\r\nX:/{id}"}}"#, "\"paths.reboot\""),
            (r#"{"paths": {"restart": "GET /x"}}"#, "\"paths.restart\""),
            (r#"{"paths": []}"#, "\"paths\""),
            (r#"{"commands": {"reboot": ""}}"#, "\"commands.reboot\""),
            (r#"{"plainHttp": "perhaps"}"#, "\"plainHttp\""),
            (r#"{"zone": "Mars"}"#, "\"zone\" is not a time zone"),
        ] {
            let said = Config::read(text).unwrap_err();
            assert!(said.contains(named), "{text}: {said}");
        }
    }

    #[test]
    fn a_byte_order_mark_before_the_file_is_none_of_it() {
        let config = Config::read("\u{feff}{\"timeout\": 3}").unwrap();
        assert_eq!(config.timeout, Some(3));
        assert_eq!(Config::read("\u{feff}").unwrap(), Config::default());
    }

    #[test]
    fn nothing_that_reads_goes_where_something_is_changed() {
        for (text, read, change) in [
            (
                r#"{"paths":{"view":"GET /server/reboot/{id}"}}"#,
                "paths.view",
                "reboot",
            ),
            (
                r#"{"paths":{"view":"GET //Server/Reboot/{id}/"}}"#,
                "paths.view",
                "reboot",
            ),
            (
                r#"{"paths":{"reboot":"POST /r/{id}","view":"GET /r/{id}"}}"#,
                "paths.view",
                "reboot",
            ),
            // The default may be there all the same.
            (
                r#"{"paths":{"reboot":"POST /r/{id}","view":"GET /server/reboot/{id}"}}"#,
                "paths.view",
                "reboot",
            ),
            (
                r#"{"paths":{"network":"GET /server/cancel/{id}"}}"#,
                "paths.network",
                "cancel",
            ),
            (
                r#"{"paths":{"tandem_list":"GET /tandem/user/edit"}}"#,
                "paths.tandem_list",
                "tandem_edit",
            ),
            (
                r#"{"paths":{"stopvm":"GET /server/view/{id}"}}"#,
                "paths.view",
                "stopvm",
            ),
            (
                r#"{"paths":{"list":"GET /server/reboot/000001"}}"#,
                "paths.list",
                "reboot",
            ),
            (r#"{"commands":{"list":"rebootserver"}}"#, "commands.list", "reboot"),
            (r#"{"commands":{"cancel":"getServerIps"}}"#, "commands.ips", "cancel"),
        ] {
            let said = Config::read(text).unwrap_err();
            assert!(
                said.contains(&format!("\"{read}\"")) && said.contains(change),
                "{text}: {said}"
            );
        }
        // What changes may share a call: suspending by stopping, say.
        for text in [
            r#"{"paths":{"suspend":"GET /server/stopvm/{id}"}}"#,
            r#"{"paths":{"cancel":"POST /server/cancel/{id}","bandwidth":"GET /bw/{id}/{start}/{end}"}}"#,
            r#"{"paths":{"list":"GET /v2/list","tandem_list":"GET /v2/users"}}"#,
            r#"{"paths":{"view":"GET /server/{id}/view"}}"#,
        ] {
            Config::read(text).unwrap();
        }
    }

    #[test]
    fn a_path_that_somebody_set_is_no_longer_assumed() {
        let config = Config::read(r#"{"paths":{"reboot":"POST /r/{id}"},"commands":{"suspend":"stop"}}"#).unwrap();
        assert!(!config.paths.reboot.assumed && !config.commands.suspend.assumed);
        assert!(config.paths.suspend.assumed && config.commands.unsuspend.assumed);
    }
}
