//! What tests can change about LEAP's answers: switches, an ordered failure, paths and commands.

use crate::request::Request;
use crate::switches::Table;
use serde_json::{Map, Value, json};

/// The switches. Meanings are in the README's table.
pub(crate) const TABLE: Table = &[
    ("success", r#"[true, "1", "TRUE", "true", 1, false]"#),
    ("list", r#"["usual", "map", "array", "empty", "bare"]"#),
    ("entry_id", r#"["serverid", "server_id", "none"]"#),
    ("denial", r#"["401", "body"]"#),
    ("tandem_login", "[true, false]"),
    ("vm_view", r#"["hypervisor", "own"]"#),
    ("repeat", r#"["success", "error"]"#),
    ("numbers", r#"["text", "numbers", "decimals"]"#),
    ("bandwidth_days", r#"["cut", "whole"]"#),
    ("bandwidth_unit", r#"["bytes", "kilobytes", "megabytes", "bits"]"#),
    ("allips", r#"["array", "text"]"#),
    ("tandem_servers", r#"["array", "text"]"#),
    ("legacy_ips", r#"["blocks", "list"]"#),
    ("legacy_details", r#"["broken", "works"]"#),
];

/// The REST paths (reference: storegrid-singlehop.md 4.2 and 5.1); reboot, suspend, unsuspend and removecomponent are
/// assumed, no source names them.
pub(crate) const PATHS: &[(&str, &str)] = &[
    ("list", "GET /server/list"),
    ("view", "GET /server/view/{id}"),
    ("network", "GET /server/network/{id}"),
    ("bandwidth", "GET /server/bandwidth/{start}/{end}/{id}"),
    ("reboot", "GET /server/reboot/{id}"),
    ("suspend", "GET /server/suspend/{id}"),
    ("unsuspend", "GET /server/unsuspend/{id}"),
    ("startvm", "GET /server/startvm/{id}"),
    ("stopvm", "GET /server/stopvm/{id}"),
    ("cancel", "POST /server/cancel/{host}"),
    ("rdns", "POST /server/rdns/{id}"),
    ("getpassword", "POST /server/getpassword/{id}"),
    ("bailout_start", "POST /server/bailout/start/{id}"),
    ("bailout_stop", "POST /server/bailout/stop/{id}"),
    ("checkinstall", "GET /server/checkinstall/{id}"),
    ("tandem_list", "GET /tandem/user/list"),
    ("tandem_add", "POST /tandem/user/add"),
    ("tandem_edit", "POST /tandem/user/edit"),
    ("tandem_addpermission", "GET /tandem/user/addcomponent/{id}"),
    ("tandem_deletepermission", "GET /tandem/user/removecomponent/{id}"),
    ("legacy", "GET /api.php"),
];

/// The old commands (reference: storegrid-singlehop.md 4.3); suspend and unsuspend are assumed.
pub(crate) const COMMANDS: &[(&str, &str)] = &[
    ("list", "listServers"),
    ("view", "getServerDetails"),
    ("network", "getServerIps"),
    ("bandwidth", "getServerBandwidth"),
    ("reboot", "rebootServer"),
    ("suspend", "suspendServer"),
    ("unsuspend", "unsuspendServer"),
    ("rdns_list", "getRdnsList"),
    ("rdns", "updateRdns"),
    ("cancel", "cancellationRequest"),
    ("account", "getAccountDetails"),
    ("tandem_list", "tandemList"),
    ("tandem_add", "tandemAddUser"),
    ("tandem_delete", "tandemDeleteUser"),
    ("tandem_addpermission", "tandemAddUserPermission"),
    ("tandem_deletepermission", "tandemDeleteUserPermission"),
];

/// What a broken page of the panel looked like: HTML with status 200.
pub(crate) const PHP_FATAL: &str = "<br />\n<b>Fatal error</b>:  Call to a member function getServer() on a non-object \
    in <b>/var/www/leap/modules/server.php</b> on line <b>417</b><br />\n";

const FAILURES: &[&str] = &[
    "unauthorized",
    "forbidden",
    "authentication",
    "not_found",
    "php_fatal",
    "refused",
    "null",
    "empty",
    "no_success",
];

/// A failure that was ordered: `{"fail":"php_fatal","on":["reboot"],"count":1,"processed":true}`.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub kind: &'static str,
    pub on: Vec<String>,
    pub left: Option<u64>,
    pub processed: bool,
}

impl Failure {
    /// Reads an order; none for `{"fail":""}`.
    pub fn read(body: &Value) -> Result<Option<Failure>, String> {
        let word = body["fail"].as_str().unwrap_or("");
        if word.is_empty() {
            return Ok(None);
        }
        let kind = FAILURES
            .iter()
            .find(|k| **k == word)
            .ok_or_else(|| format!("fail takes {}, not {word}", FAILURES.join(", ")))?;
        let on: Vec<String> = match &body["on"] {
            Value::Array(list) => list.iter().filter_map(|o| o.as_str().map(String::from)).collect(),
            Value::String(one) => vec![one.clone()],
            _ => Vec::new(),
        };
        let known = |o: &String| PATHS.iter().chain(COMMANDS).any(|(name, _)| name == o);
        if let Some(wrong) = on.iter().find(|o| !known(o)) {
            return Err(format!("there is no operation {wrong}"));
        }
        Ok(Some(Failure {
            kind,
            on,
            left: body["count"].as_u64(),
            processed: body["processed"].as_bool().unwrap_or(false),
        }))
    }

    /// Whether this operation's turn has come; counts it.
    pub fn turn(&mut self, operation: &str) -> bool {
        if !self.on.is_empty() && !self.on.iter().any(|o| o == operation) {
            return false;
        }
        match &mut self.left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    /// The order as it stands.
    pub fn list(&self) -> Value {
        json!({"fail": self.kind, "on": self.on, "count": self.left, "processed": self.processed})
    }
}

/// Operations with the names that the wire has for them; an empty name means that there is none.
#[derive(Debug, Clone)]
pub(crate) struct Names(Vec<(&'static str, String)>);

impl Names {
    /// The default names.
    pub fn new(defaults: &[(&'static str, &str)]) -> Names {
        Names(defaults.iter().map(|(o, n)| (*o, (*n).to_string())).collect())
    }

    /// The name of an operation.
    pub fn of(&self, operation: &str) -> &str {
        self.0.iter().find(|(o, _)| *o == operation).map_or("", |(_, n)| n)
    }

    /// The operation of a command.
    pub fn command(&self, name: &str) -> Option<&'static str> {
        self.0.iter().find(|(_, n)| !n.is_empty() && n == name).map(|(o, _)| *o)
    }

    /// The operation of a request's method and path, with what stands in its braces. `Err(true)`: the path is known,
    /// but not with this method.
    pub fn route(&self, request: &Request) -> Result<(&'static str, Map<String, Value>), bool> {
        let steps: Vec<String> = request
            .path()
            .split('/')
            .filter(|s| !s.is_empty())
            .map(|s| crate::request::percent_decode(&s.replace('+', "%2B")))
            .collect();
        let mut other_method = false;
        // A literal step wins over one in braces.
        let mut found: Option<(&'static str, Map<String, Value>)> = None;
        for (operation, name) in &self.0 {
            let Some((method, path)) = name.split_once(' ') else {
                continue;
            };
            let pattern: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
            if pattern.len() != steps.len() {
                continue;
            }
            let mut inner = Map::new();
            let fits =
                pattern
                    .iter()
                    .zip(&steps)
                    .all(|(p, s)| match p.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                        Some(variable) => {
                            inner.insert(variable.into(), json!(s));
                            true
                        }
                        None => p == s,
                    });
            if fits && !method.eq_ignore_ascii_case(&request.method) {
                other_method = true;
            } else if fits && found.as_ref().is_none_or(|(_, f)| inner.len() < f.len()) {
                found = Some((operation, inner));
            }
        }
        found.ok_or(other_method)
    }

    /// Changes names: `{"reboot":"POST /v2/reboot/{id}","suspend":""}`; null means the default again.
    pub fn set(&mut self, wanted: &Value, defaults: &[(&'static str, &str)]) -> Result<(), String> {
        let wanted = wanted.as_object().ok_or("send a JSON object of operations")?;
        let mut next = self.0.clone();
        for (operation, name) in wanted {
            let place = next
                .iter_mut()
                .find(|(o, _)| o == operation)
                .ok_or_else(|| format!("there is no operation {operation}"))?;
            place.1 = match name {
                Value::Null => defaults
                    .iter()
                    .find(|(o, _)| o == operation)
                    .map_or(String::new(), |(_, n)| (*n).to_string()),
                Value::String(name) => name.clone(),
                _ => return Err(format!("the name of {operation} is a text")),
            };
        }
        self.0 = next;
        Ok(())
    }

    /// All of them.
    pub fn list(&self) -> Value {
        self.0
            .iter()
            .map(|(o, n)| ((*o).to_string(), json!(n)))
            .collect::<Map<_, _>>()
            .into()
    }
}
