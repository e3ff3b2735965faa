//! LEAP3's REST API (reference: storegrid-singlehop.md 4.2). Answers are `{"success":..,"data":..}`.

use super::traffic::Bytes;
use super::{Caller, Leap, Machine, No, no};
use crate::clock::Time;
use crate::request::{Answer, Request, text};
use crate::site::Record;
use chrono::DateTime;
use serde_json::{Map, Value, json};

/// Ids that were sent as a list, as a JSON list in a text, or one by one with commas.
pub(crate) fn ids(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        Value::String(s) => match serde_json::from_str::<Value>(s) {
            Ok(Value::Array(list)) => list.iter().map(text).collect(),
            _ => s
                .split(',')
                .map(|id| id.trim().to_string())
                .filter(|id| !id.is_empty())
                .collect(),
        },
        _ => Vec::new(),
    }
}

/// What the log may show of parameters: secrets are named, not told.
pub(crate) fn without_secrets(params: &Value) -> Value {
    const SECRETS: &[&str] = &["password", "pass", "pin", "key"];
    match params {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| {
                let hidden = SECRETS.contains(&name.as_str());
                (name.clone(), if hidden { json!("[hidden]") } else { value.clone() })
            })
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

impl Leap {
    pub(crate) fn answer_dropzone(&mut self, request: &Request, record: &mut Record) -> Result<Answer, No> {
        let routed = self.paths.route(request);
        if let Ok((operation, inner)) = &routed {
            record.more.insert("operation".into(), json!(operation));
            record
                .more
                .insert("server".into(), inner.get("id").cloned().unwrap_or(Value::Null));
        }
        let params = request.params();
        record.more.insert("parameters".into(), without_secrets(&params));
        let (name, secret) = request.basic().ok_or(No::Denied)?;
        let caller = self.caller_of(&name, &secret).ok_or(No::Denied)?;
        record.login = Some(self.login_of(&caller));
        let (operation, inner) = routed.map_err(|known| if known { No::WrongMethod } else { No::Unknown })?;
        let order = self.ordered_failure(operation);
        if let Some((kind, false)) = order {
            return Err(No::Instead(kind));
        }
        let answer = self.dropzone(&caller, operation, &inner, &params)?;
        match order {
            Some((kind, _)) => Err(No::Instead(kind)),
            None => Ok(answer),
        }
    }

    fn good(&self, data: Value) -> Answer {
        Answer::json(200, &json!({"success": self.success(), "data": data}))
    }

    fn done(&self, message: &str) -> Answer {
        self.good(json!([{"result": "ok", "success": self.success(), "message": message}]))
    }

    fn dropzone(
        &mut self,
        caller: &Caller,
        operation: &str,
        inner: &Map<String, Value>,
        params: &Value,
    ) -> Result<Answer, No> {
        let id = inner.get("id").map(text).unwrap_or_default();
        let pin = text(&params["pin"]);
        match operation {
            "list" => Ok(self.rest_list(caller)),
            "view" => self.rest_view(caller, &id),
            "network" => {
                let blocks = self.blocks(caller, &id)?;
                Ok(self.good(blocks))
            }
            "bandwidth" => {
                let second = |name: &str| {
                    let text = inner.get(name).map(text).unwrap_or_default();
                    text.parse().ok().and_then(|s: i64| DateTime::from_timestamp(s, 0))
                };
                let (Some(start), Some(end)) = (second("start"), second("end")) else {
                    return Err(no("Invalid timestamp"));
                };
                let usage = self.bandwidth(caller, &id, start, end)?;
                Ok(self.good(usage))
            }
            "reboot" => self.reboot(caller, &id).map(|()| self.done("Server rebooted")),
            "suspend" => self.suspend(caller, &id, true).map(|()| self.done("Server suspended")),
            "unsuspend" => self
                .suspend(caller, &id, false)
                .map(|()| self.done("Server unsuspended")),
            "startvm" => self.power_vm(caller, &id, true).map(|()| self.done("VM started")),
            "stopvm" => self.power_vm(caller, &id, false).map(|()| self.done("VM stopped")),
            "cancel" => {
                // By its id where the path names no hostname.
                let host = inner.get("host").map(text);
                let is_meant = |m: &&Machine| host.as_ref().map_or(m.id == id, |host| m.hostname == *host);
                let found = self.visible(caller).into_iter().find(is_meant);
                let id = found.map(|m| m.id.clone()).ok_or_else(|| no("Server not found"))?;
                let number = self.cancel(caller, &id, "")?;
                Ok(self.good(json!(number)))
            }
            "rdns" => self.rest_rdns(caller, &id, params),
            "getpassword" => {
                self.check_pin(&pin)?;
                let password = self.machine(caller, &id)?.root_password.clone();
                Ok(self.good(json!(password)))
            }
            "bailout_start" => self
                .rescue(caller, &id, &pin, true)
                .map(|()| self.done("Recovery started")),
            "bailout_stop" => self
                .rescue(caller, &id, &pin, false)
                .map(|()| self.done("Recovery stopped")),
            "checkinstall" => self.rest_install(caller, &id),
            _ => self.rest_tandem(caller, operation, &id, params),
        }
    }

    /// The wiki draws an array, both known clients read a map by server id. PHP writes an empty map as `[]`.
    fn rest_list(&self, caller: &Caller) -> Answer {
        let entry = |m: &super::machines::Machine| {
            let mut entry = json!({"hostname": m.hostname, "status": m.status(), "type": m.kind});
            if let Some(name) = self.switches.get("entry_id").as_str().filter(|n| *n != "none") {
                entry[name] = json!(m.id);
            }
            if let Some(ip) = m.ips.first() {
                entry["publicip"] = json!(ip);
            }
            entry
        };
        let list = self.visible(caller);
        match self.switches.get("list").as_str() {
            Some("empty") => self.good(json!([])),
            _ if list.is_empty() => self.good(json!([])),
            Some("array") => self.good(list.into_iter().map(entry).collect()),
            Some("bare") => Answer::json(200, &list.into_iter().map(entry).collect()),
            _ => {
                let map: Map<String, Value> = list.into_iter().map(|m| (m.id.clone(), entry(m))).collect();
                self.good(map.into())
            }
        }
    }

    /// For a virtual machine the id is its hypervisor's (reference: storegrid-singlehop.md 4.2).
    fn rest_view(&self, caller: &Caller, id: &str) -> Result<Answer, No> {
        let machine = self.machine(caller, id)?;
        let shown = match &machine.parent {
            Some(parent) if self.switches.is("vm_view", "hypervisor") => parent,
            _ => &machine.id,
        };
        Ok(self.good(
            json!({"serverid": shown, "hostname": machine.hostname, "status": machine.status(), "type": machine.kind,
                "primaryip": machine.ips.first()}),
        ))
    }

    /// The address blocks of a server.
    pub(crate) fn blocks(&self, caller: &Caller, id: &str) -> Result<Value, No> {
        let machine = self.machine(caller, id)?;
        let all = if self.switches.is("allips", "text") {
            json!(machine.ips.join(", "))
        } else {
            json!(machine.ips)
        };
        let gateway = |ip: &str| match ip.rsplit_once('.') {
            Some((net, _)) => format!("{net}.1"),
            None => String::new(),
        };
        let public: Vec<Value> = machine
            .ips
            .first()
            .map(|ip| json!({"firstip": ip, "allips": all, "gateway": gateway(ip), "netmask": "255.255.255.0"}))
            .into_iter()
            .collect();
        let private: Vec<Value> = machine
            .private_ip
            .iter()
            .map(|ip| json!({"ip": ip, "gateway": gateway(ip), "netmask": "255.255.255.0"}))
            .collect();
        Ok(json!({"public": public, "private_networks": private}))
    }

    /// A count of bytes in the unit and the form of the switches.
    pub(crate) fn count(&self, bytes: i64) -> Value {
        let unit = self.switches.get("bandwidth_unit");
        let (factor, divisor) = match unit.as_str() {
            Some("kilobytes") => (1, 1024),
            Some("megabytes") => (1, 1024 * 1024),
            Some("bits") => (8, 1),
            _ => (1, 1),
        };
        let whole = bytes * factor / divisor;
        if self.switches.is("numbers", "numbers") {
            json!(whole)
        } else if self.switches.is("numbers", "decimals") {
            json!(format!("{whole}.{:02}", bytes * factor % divisor * 100 / divisor))
        } else {
            json!(whole.to_string())
        }
    }

    fn bandwidth(&self, caller: &Caller, id: &str, start: Time, end: Time) -> Result<Value, No> {
        let machine = self.machine(caller, id)?;
        if start >= end {
            return Err(no("Invalid time range"));
        }
        // Whether it cuts the first and the last day or tells them whole is not documented.
        let whole = self.switches.is("bandwidth_days", "whole");
        let (start, end) = match whole {
            true => {
                let first = super::traffic::day_start(start.date_naive());
                let last = super::traffic::day_start(end.date_naive());
                let after = if last < end {
                    last + chrono::Duration::days(1)
                } else {
                    last
                };
                (first, after)
            }
            false => (start, end),
        };
        let end = end.min(self.clock.now());
        let start = machine.traffic.begin().map_or(start, |begin| start.max(begin));
        let days: Vec<Value> = machine
            .traffic
            .days(start, end)
            .iter()
            .map(|(day, bytes)| {
                json!({"in": self.count(bytes.incoming), "out": self.count(bytes.outgoing),
                    "timestamp": super::traffic::day_start(*day).timestamp(), "date": day.to_string()})
            })
            .collect();
        let Bytes { incoming, outgoing } = machine.traffic.between(start, end);
        Ok(json!({"intotal": self.count(incoming), "outtotal": self.count(outgoing), "dailyusage": days}))
    }

    fn rest_rdns(&mut self, caller: &Caller, id: &str, params: &Value) -> Result<Answer, No> {
        let wanted = match &params["rdns"] {
            Value::String(s) => serde_json::from_str(s).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let Value::Object(wanted) = wanted else {
            return Err(no("rdns must be a JSON object"));
        };
        self.machine(caller, id)?;
        let mut results = Vec::new();
        for (ip, host) in wanted {
            results.push(match self.set_rdns(caller, id, &ip, &text(&host)) {
                Ok(()) => json!({"result": "ok", "success": "1", "message": "RDNS set"}),
                Err(No::Words(words)) => json!({"result": "error", "success": "0", "message": words}),
                Err(other) => return Err(other),
            });
        }
        // The one real sample has a text here.
        Ok(Answer::json(200, &json!({"success": "1", "data": results})))
    }

    /// Half an hour in five steps.
    fn rest_install(&self, caller: &Caller, id: &str) -> Result<Answer, No> {
        let Some(since) = self.machine(caller, id)?.installing_since else {
            return Err(no("No install in progress"));
        };
        const STEPS: [&str; 5] = ["queued", "partitioning", "copying", "configuring", "done"];
        let progress = ((self.clock.now() - since).num_seconds() * 100 / 1800).clamp(0, 100);
        let position = (progress / 25) as usize;
        Ok(self.good(
            json!({"step": STEPS.get(position), "progress": progress, "position": position + 1,
            "steps": STEPS}),
        ))
    }

    fn rest_tandem(&mut self, caller: &Caller, operation: &str, id: &str, params: &Value) -> Result<Answer, No> {
        if matches!(caller, Caller::Tandem(_)) {
            return Err(no("Permission denied"));
        }
        // How the user is named where the path holds the server is not documented.
        let user = match params.get("userid") {
            Some(user) => text(user),
            None => text(&params["id"]),
        };
        match operation {
            "tandem_list" => Ok(self.good(self.tandem_list())),
            "tandem_add" => {
                let servers = self.known_servers(&ids(&params["servers"]))?;
                let field = |name: &str| text(&params[name]);
                let number = self.add_tandem_user(&field("name"), &field("email"), &field("password"))?;
                if let Some(user) = self.users.get_mut(&number) {
                    user.servers = servers;
                }
                Ok(self.good(json!(number.to_string())))
            }
            "tandem_edit" => {
                let servers = match params.get("servers") {
                    Some(servers) => Some(self.known_servers(&ids(servers))?),
                    None => None,
                };
                let user = self.tandem_user(&user)?;
                for (name, place) in [
                    ("name", &mut user.name),
                    ("email", &mut user.email),
                    ("password", &mut user.password),
                ] {
                    if let Some(value) = params.get(name) {
                        *place = text(value);
                    }
                }
                if let Some(servers) = servers {
                    user.servers = servers;
                }
                Ok(self.done("Tandem user updated"))
            }
            "tandem_addpermission" | "tandem_deletepermission" => self
                .permit(&user, id, operation == "tandem_addpermission")
                .map(|()| self.done("Permissions updated")),
            _ => Err(No::Unknown),
        }
    }

    /// Passwords in clear, as the vendor's page shows them.
    pub(crate) fn tandem_list(&self) -> Value {
        self.users
            .values()
            .map(|u| {
                let servers = if self.switches.is("tandem_servers", "text") {
                    json!(json!(u.servers).to_string())
                } else {
                    json!(u.servers)
                };
                json!({"id": u.id.to_string(), "email": u.email, "name": u.name, "pass": u.password,
                    "servers": servers})
            })
            .collect()
    }
}
