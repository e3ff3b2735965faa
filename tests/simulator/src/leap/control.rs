//! LEAP's part of the `/_sim/` paths: the truth, switches, names, traffic and changes behind the client's back.

use super::machines::Machine;
use super::traffic::{Bytes, day_start};
use super::{Leap, modes, z};
use crate::clock::{self, Time};
use crate::request::{Request, flag, int, text};
use chrono::{Duration, NaiveDate};
use serde_json::{Map, Value, json};

impl Leap {
    pub(crate) fn answer_control(&mut self, request: &Request) -> Result<Value, String> {
        let path = request.path().trim_start_matches("/_sim").trim_matches('/');
        let body = request.control_body()?;
        match (request.method.as_str(), path) {
            ("GET", "") => Ok(json!({"panel": "leap", "now": z(self.clock.now())})),
            ("GET", "state") => Ok(self.truth()),
            ("GET", "mode") => Ok(self.mode()),
            ("POST", "mode") => self.control_mode(&body),
            ("GET", "paths") => Ok(self.paths.list()),
            ("POST", "paths") => {
                self.paths.set(&body, modes::PATHS)?;
                Ok(self.paths.list())
            }
            ("GET", "commands") => Ok(self.commands.list()),
            ("POST", "commands") => {
                self.commands.set(&body, modes::COMMANDS)?;
                Ok(self.commands.list())
            }
            ("POST", "traffic") => match body {
                Value::Array(list) => list.iter().map(|one| self.control_traffic(one)).collect(),
                one => self.control_traffic(&one),
            },
            ("POST", "server") => self.control_server(&body),
            ("POST", "tandem") => self.control_tandem(&body),
            ("POST", "credentials") => {
                let own = &mut self.credentials;
                for (name, place) in [
                    ("user", &mut own.user),
                    ("password", &mut own.password),
                    ("client_id", &mut own.client_id),
                    ("api_key", &mut own.api_key),
                    ("pin", &mut own.pin),
                ] {
                    if let Some(value) = body[name].as_str() {
                        *place = value.into();
                    }
                }
                Ok(json!({}))
            }
            (method, path) => Err(format!("there is no {method} /_sim/{path}")),
        }
    }

    fn mode(&self) -> Value {
        let mut list = self.switches.list();
        list.insert(
            "failure".into(),
            self.failure.as_ref().map_or(Value::Null, |f| f.list()),
        );
        list.into()
    }

    /// Switches by name; `fail` with `on`, `count` and `processed` orders a failure; `reset` comes first.
    fn control_mode(&mut self, body: &Value) -> Result<Value, String> {
        let mut wanted = body.as_object().cloned().ok_or("send a JSON object of switches")?;
        let order = wanted
            .contains_key("fail")
            .then(|| modes::Failure::read(body))
            .transpose()?;
        let reset = wanted.remove("reset").is_some_and(|r| flag(&r));
        for name in ["fail", "on", "count", "processed"] {
            wanted.remove(name);
        }
        let mut switches = self.switches.clone();
        if reset {
            switches = crate::switches::Switches::new(modes::TABLE);
        }
        switches.set(&wanted)?;
        self.switches = switches;
        if reset {
            self.failure = None;
        }
        if let Some(order) = order {
            self.failure = order;
        }
        Ok(self.mode())
    }

    fn server_of(&mut self, body: &Value) -> Result<&mut Machine, String> {
        let id = text(&body["server"]);
        self.machines
            .get_mut(&id)
            .ok_or_else(|| format!("there is no server {id:?}; name one: {{\"server\":\"100042\"}}"))
    }

    /// Bytes at an instant (`at`), at noon of a day (`day`), or at noon of every day of a span (`from`, `to`: days).
    fn control_traffic(&mut self, body: &Value) -> Result<Value, String> {
        let amount = |name: &str| int(&body[name]).unwrap_or(0);
        let bytes = Bytes {
            incoming: amount("in"),
            outgoing: amount("out"),
        };
        let day = |name: &str| text(&body[name]).parse::<NaiveDate>().ok();
        let times: Vec<Time> =
            match (clock::parse(&text(&body["at"])), day("day"), day("from"), day("to")) {
                (Some(at), ..) => vec![at],
                (_, Some(day), ..) => vec![day_start(day) + Duration::hours(12)],
                (_, _, Some(from), Some(to)) if from < to => from
                    .iter_days()
                    .take_while(|d| *d < to)
                    .map(|d| day_start(d) + Duration::hours(12))
                    .collect(),
                _ => return Err(
                    "send {\"server\":..,\"day\":\"2026-01-05\",\"in\":N,\"out\":N}, or \"at\", or \"from\" and \"to\""
                        .into(),
                ),
            };
        let machine = self.server_of(body)?;
        for at in times {
            machine.traffic.add(at, bytes);
        }
        Ok(json!({}))
    }

    /// `create` (server, hostname, type, ips, parent, rate), `change`, `remove`, `install`.
    fn control_server(&mut self, body: &Value) -> Result<Value, String> {
        let now = self.clock.now();
        let id = text(&body["server"]);
        match text(&body["action"]).as_str() {
            "create" => {
                if id.is_empty() || self.machines.contains_key(&id) {
                    return Err("give a new id: {\"server\":\"000300\",\"hostname\":..}".into());
                }
                let kind = match text(&body["type"]) {
                    kind if kind.is_empty() => "dedicated".to_string(),
                    kind => kind,
                };
                self.machines.insert(
                    id.clone(),
                    Machine::new(&id, &format!("s{id}.example.com"), &kind, &[], (0, 0), now),
                );
            }
            "change" => {}
            "install" => {
                self.server_of(body)?.installing_since = Some(now);
                return Ok(json!({}));
            }
            "remove" => {
                let gone = self.machines.remove(&id).ok_or("there is no such server")?;
                for user in self.users.values_mut() {
                    user.servers.remove(&id);
                }
                self.removed.push(gone);
                return Ok(json!({}));
            }
            other => return Err(format!("there is no action {other}; create, change, install or remove")),
        }
        let machine = self.server_of(body)?;
        if body["hostname"].is_string() {
            machine.hostname = text(&body["hostname"]);
        }
        if body["parent"].is_string() {
            machine.parent = Some(text(&body["parent"]));
        }
        if let Value::Array(ips) = &body["ips"] {
            machine.ips = ips.iter().map(text).collect();
        }
        if let Some(ip) = body.get("private_ip") {
            machine.private_ip = ip.as_str().map(String::from);
        }
        for (name, place) in [
            ("powered", &mut machine.powered),
            ("suspended", &mut machine.suspended),
            ("rescue", &mut machine.rescue),
        ] {
            if !body[name].is_null() {
                *place = flag(&body[name]);
            }
        }
        if body["rate"].is_object() {
            machine.rate = Bytes {
                incoming: int(&body["rate"]["in"]).unwrap_or(0),
                outgoing: int(&body["rate"]["out"]).unwrap_or(0),
            };
        }
        machine.settle_traffic(now);
        Ok(json!({}))
    }

    /// `grant` and `revoke` (user, server), `password` (user, password), `delete` (user).
    fn control_tandem(&mut self, body: &Value) -> Result<Value, String> {
        let server = text(&body["server"]);
        let id = int(&body["user"]).and_then(|id| u64::try_from(id).ok()).unwrap_or(5001);
        let known = self.machines.contains_key(&server);
        let user = self.users.get_mut(&id).ok_or("there is no such Tandem user")?;
        match text(&body["action"]).as_str() {
            "grant" if known => {
                user.servers.insert(server);
            }
            "revoke" => {
                user.servers.remove(&server);
            }
            "password" => user.password = text(&body["password"]),
            "delete" => {
                self.users.remove(&id);
            }
            "grant" => return Err("there is no such server".into()),
            other => return Err(format!("there is no action {other}; grant, revoke, password or delete")),
        }
        Ok(json!({}))
    }

    /// Everything that is true, removed servers included. Bytes until now; days of UTC.
    fn truth(&self) -> Value {
        let now = self.clock.now();
        let view = |m: &Machine, removed: bool| {
            let begin = m.traffic.begin().unwrap_or(now);
            let sum = m.traffic.between(begin, now);
            let days: Map<String, Value> = m
                .traffic
                .days(begin, now)
                .iter()
                .map(|(day, b)| (day.to_string(), json!({"in": b.incoming, "out": b.outgoing})))
                .collect();
            let cancellation = self.cancellations.iter().find(|c| c.server == m.id);
            json!({"id": m.id, "hostname": m.hostname, "type": m.kind, "parent": m.parent, "ips": m.ips,
                "private_ip": m.private_ip, "rdns": m.rdns, "status": m.status(), "powered": m.powered,
                "suspended": m.suspended, "rescue": m.rescue, "removed": removed,
                "reboots": m.reboots.len(), "rebooted_at": m.reboots.iter().map(|t| z(*t)).collect::<Value>(),
                "suspensions": m.suspensions.iter().map(|(at, on)| json!({"at": z(*at), "suspended": on})).collect::<Value>(),
                "cancellation": cancellation.map(|c| c.id.clone()),
                "bytes_in": sum.incoming, "bytes_out": sum.outgoing, "days": days})
        };
        let servers: Map<String, Value> = self
            .removed
            .iter()
            .map(|m| (m.id.clone(), view(m, true)))
            .chain(self.machines.values().map(|m| (m.id.clone(), view(m, false))))
            .collect();
        let users: Map<String, Value> = self
            .users
            .values()
            .map(|u| {
                (
                    u.id.to_string(),
                    json!({"id": u.id, "name": u.name, "email": u.email, "servers": u.servers}),
                )
            })
            .collect();
        let cancellations: Value = self
            .cancellations
            .iter()
            .map(|c| json!({"id": c.id, "server": c.server, "hostname": c.hostname, "reason": c.reason, "at": z(c.at)}))
            .collect();
        json!({"panel": "leap", "seed": self.seed, "now": z(now), "servers": servers, "tandem_users": users,
            "cancellations": cancellations})
    }
}
