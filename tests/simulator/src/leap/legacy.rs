//! The old api.php: one JSON document in the query (reference: storegrid-singlehop.md 4.3). The shapes of most answers
//! are not documented; ours follow the LEAP3 ones and are marked assumed.

use super::dropzone::{ids, without_secrets};
use super::machines::Machine;
use super::{Caller, Leap, No, modes, no};
use crate::request::{Answer, Request, nested_form, text};
use crate::site::Record;
use chrono::{Datelike, Duration};
use serde_json::{Map, Value, json};

/// The reasons that a cancellation may give; only the first is known word for word.
const REASONS: &[&str] = &["Client Cancelled"];

impl Leap {
    pub(crate) fn answer_legacy(&mut self, request: &Request, record: &mut Record) -> Result<Answer, No> {
        let document = text(&nested_form(request.query())["request"]);
        let document: Value = serde_json::from_str(&document).map_err(|_| no("JSON Decoding error"))?;
        let name = text(&document["module"]["command"]);
        let data = document["data"].clone();
        let operation = self.commands.command(&name);
        record.more.insert("command".into(), json!(name));
        record.more.insert("operation".into(), json!(operation));
        record.more.insert("server".into(), data["serverid"].clone());
        record.more.insert("parameters".into(), without_secrets(&data));

        let auth = &document["auth"];
        let (key, user, password) = (text(&auth["key"]), text(&auth["user"]), text(&auth["password"]));
        let own = &self.credentials;
        let account = (user == own.client_id || user == own.user) && password == own.password;
        let caller = if key != own.api_key {
            None
        } else if account {
            Some(Caller::Account("leap"))
        } else if self.switches.on("tandem_login") {
            self.tandem_caller(&user, &password)
        } else {
            None
        };
        // The old API has no status for it (reference: storegrid-singlehop.md 4.1 and 4.3).
        let caller = caller.ok_or_else(|| no("Authentication Error"))?;
        record.login = Some(self.login_of(&caller));
        let module = text(&document["module"]["module"]);
        let Some(operation) = operation else {
            return Err(no("No Such Command"));
        };
        let of_account = operation == "account" || operation.starts_with("tandem");
        if module != if of_account { "account" } else { "server" } {
            return Err(no("No Such Command"));
        }
        let order = self.ordered_failure(operation);
        if let Some((kind, false)) = order {
            return Err(No::Instead(kind));
        }
        let answer = self.legacy(&caller, operation, &data)?;
        match order {
            Some((kind, _)) => Err(No::Instead(kind)),
            None => Ok(answer),
        }
    }

    fn envelope(&self, more: Value) -> Answer {
        let mut body = Map::from_iter([("success".to_string(), self.success())]);
        if let Value::Object(more) = more {
            body.extend(more);
        }
        Answer::json(200, &body.into())
    }

    fn ok(&self, message: &str) -> Answer {
        self.envelope(json!({"result": "ok", "message": message}))
    }

    fn legacy(&mut self, caller: &Caller, operation: &str, data: &Value) -> Result<Answer, No> {
        let id = text(&data["serverid"]);
        match operation {
            "list" => Ok(self.legacy_list(caller)),
            // Seen broken on the server's side in 2011.
            "view" if self.switches.is("legacy_details", "broken") => Ok(Answer::html(200, modes::PHP_FATAL)),
            "view" => {
                let machine = self.machine(caller, &id)?;
                Ok(self.envelope(json!({"data": legacy_entry(machine)})))
            }
            "network" if self.switches.is("legacy_ips", "list") => {
                let ips = self.machine(caller, &id)?.ips.clone();
                Ok(self.envelope(json!({"ips": ips})))
            }
            "network" => {
                let blocks = self.blocks(caller, &id)?;
                Ok(self.envelope(json!({"data": blocks})))
            }
            "bandwidth" => {
                let machine = self.machine(caller, &id)?;
                // Totals without a period: assumed to be those of the calendar month.
                let now = self.clock.now();
                let month = super::traffic::day_start(now.date_naive() - Duration::days(i64::from(now.day0())));
                let sum = machine.traffic.between(month, now);
                Ok(self.envelope(
                    json!({"data": {"intotal": self.count(sum.incoming), "outtotal": self.count(sum.outgoing)}}),
                ))
            }
            "reboot" => self.reboot(caller, &id).map(|()| self.ok("Server rebooted")),
            "suspend" => self.suspend(caller, &id, true).map(|()| self.ok("Server suspended")),
            "unsuspend" => self.suspend(caller, &id, false).map(|()| self.ok("Server unsuspended")),
            "rdns_list" => {
                let names = self.machine(caller, &id)?.rdns.clone();
                Ok(self.envelope(json!({"data": names})))
            }
            "rdns" => {
                let wanted = data.as_object().cloned().unwrap_or_default();
                let names = match wanted.get("rdns") {
                    Some(Value::Object(names)) => names.clone(),
                    _ => wanted.into_iter().filter(|(name, _)| name != "serverid").collect(),
                };
                for (ip, host) in names {
                    self.set_rdns(caller, &id, &ip, &text(&host))?;
                }
                Ok(self.ok("RDNS set"))
            }
            "cancel" => {
                let reason = text(&data["reason"]);
                if !REASONS.contains(&reason.as_str()) {
                    return Err(no("Invalid reason"));
                }
                let servers = ids(&data["servers"]);
                if servers.is_empty() {
                    return Err(no("No servers given"));
                }
                for server in &servers {
                    self.machine(caller, server)?;
                }
                let mut numbers = Vec::new();
                for server in &servers {
                    numbers.push(self.cancel(caller, server, &reason)?);
                }
                Ok(self.envelope(json!({"result": "ok", "data": numbers})))
            }
            "account" => {
                let own = &self.credentials;
                Ok(self.envelope(json!({"data": {"clientid": own.client_id, "email": "owner@hosting.example"}})))
            }
            _ if matches!(caller, Caller::Tandem(_)) => Err(no("Permission denied")),
            "tandem_list" => Ok(self.envelope(json!({"data": self.tandem_list()}))),
            "tandem_add" => {
                let field = |name: &str| text(&data[name]);
                let number = self.add_tandem_user(&field("name"), &field("email"), &field("password"))?;
                Ok(self.envelope(json!({"data": number.to_string()})))
            }
            "tandem_delete" => {
                let number = self.tandem_user(&text(&data["userid"]))?.id;
                self.users.remove(&number);
                Ok(self.ok("Tandem user deleted"))
            }
            _ => self
                .permit(&text(&data["userid"]), &id, operation == "tandem_addpermission")
                .map(|()| self.ok("Permissions updated")),
        }
    }

    fn legacy_list(&self, caller: &Caller) -> Answer {
        let list = self.visible(caller);
        match self.switches.get("list").as_str() {
            Some("empty") => self.envelope(json!({"servers": []})),
            _ if list.is_empty() => self.envelope(json!({"servers": []})),
            Some("map") => {
                let map: Map<String, Value> = list.into_iter().map(|m| (m.id.clone(), legacy_entry(m))).collect();
                self.envelope(json!({"servers": map}))
            }
            Some("bare") => Answer::json(200, &list.into_iter().map(legacy_entry).collect()),
            _ => self.envelope(json!({"servers": list.into_iter().map(legacy_entry).collect::<Value>()})),
        }
    }
}

/// Entries of the old list carry no status.
fn legacy_entry(machine: &Machine) -> Value {
    let mut entry = json!({"server_id": machine.id, "type": machine.kind, "server": machine.hostname});
    if let Some(parent) = &machine.parent {
        entry["parent_id"] = json!(parent);
    }
    entry
}
