//! The Backup Server's part of the `/_sim/` paths: the truth, switches, names, accounts changed behind the client's back.

use super::accounts::Account;
use super::{Backup, Order, TABLE};
use crate::clock::Time;
use crate::request::{Request, flag, int, text};
use crate::switches::Switches;
use chrono::SecondsFormat;
use serde_json::{Value, json};

fn z(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Backup {
    pub(crate) fn answer_control(&mut self, request: &Request) -> Result<Value, String> {
        let path = request.path().trim_start_matches("/_sim").trim_matches('/');
        let body = request.control_body()?;
        match (request.method.as_str(), path) {
            ("GET", "") => Ok(json!({"panel": "backup", "now": z(self.clock.now())})),
            ("GET", "state") => Ok(self.truth()),
            ("GET", "mode") => Ok(self.mode()),
            ("POST", "mode") => self.control_mode(&body),
            ("GET", "contract") => Ok(self.contract.list()),
            ("POST", "contract") => {
                self.contract.set(&body)?;
                Ok(self.contract.list())
            }
            ("POST", "account") => self.control_account(&body),
            ("POST", "refuse") => {
                self.orders.push(Order {
                    action: text(&body["action"]),
                    code: text(&body["code"]),
                    message: text(&body["message"]),
                    left: body["count"].as_u64(),
                });
                Ok(json!({}))
            }
            ("POST", "refuse/clear") => {
                self.orders.clear();
                Ok(json!({}))
            }
            ("POST", "credentials") => {
                if let Some(user) = body["user"].as_str() {
                    self.user = user.into();
                }
                if let Some(password) = body["password"].as_str() {
                    self.password = password.into();
                }
                Ok(json!({}))
            }
            (method, path) => Err(format!("there is no {method} /_sim/{path}")),
        }
    }

    fn mode(&self) -> Value {
        let mut list = self.switches.list();
        list.insert("on".into(), json!(self.on));
        list.into()
    }

    /// Switches by name; `on` limits `answer` to some actions; `reset` comes first.
    fn control_mode(&mut self, body: &Value) -> Result<Value, String> {
        let mut wanted = body.as_object().cloned().ok_or("send a JSON object of switches")?;
        let reset = wanted.remove("reset").is_some_and(|r| flag(&r));
        let on = wanted.remove("on");
        let mut switches = if reset {
            Switches::new(TABLE)
        } else {
            self.switches.clone()
        };
        switches.set(&wanted)?;
        self.switches = switches;
        if reset {
            self.on.clear();
        }
        if let Some(on) = on {
            self.on = match on {
                Value::Array(list) => list.iter().map(text).collect(),
                one => vec![text(&one)].into_iter().filter(|a| !a.is_empty()).collect(),
            };
        }
        Ok(self.mode())
    }

    /// `{"kind":"customer","name":..,"action":"change","storage_used":N,"mcal_used":N,"active":false,"pass_key":..}`,
    /// `remove`, or `create`.
    fn control_account(&mut self, body: &Value) -> Result<Value, String> {
        let now = self.clock.now();
        let (kind, name) = (text(&body["kind"]), text(&body["name"]));
        let kind = match kind.as_str() {
            "reseller" => "reseller",
            "customer" => "customer",
            other => return Err(format!("kind is reseller or customer, not {other}")),
        };
        let reseller = match (kind, text(&body["reseller"])) {
            ("reseller", _) => String::new(),
            (_, name) if name.is_empty() => super::accounts::DEFAULT_RESELLER.into(),
            (_, name) => name,
        };
        let place = self
            .accounts
            .iter()
            .position(|a| a.kind == kind && a.name == name && a.reseller == reseller);
        let place = match (text(&body["action"]).as_str(), place) {
            ("create", None) => {
                self.accounts.push(Account {
                    kind,
                    reseller,
                    ..Account::reseller(&name, now)
                });
                self.accounts.len() - 1
            }
            ("create", Some(_)) => return Err("there is one of that name already".into()),
            ("remove", Some(place)) => {
                self.accounts.remove(place);
                return Ok(json!({}));
            }
            ("change", Some(place)) => place,
            ("change" | "remove", None) => return Err("there is no such account".into()),
            (other, _) => return Err(format!("there is no action {other}; create, change or remove")),
        };
        let account = self.accounts.get_mut(place).ok_or("gone")?;
        if let Some(used) = int(&body["storage_used"]) {
            account.storage_used = used;
        }
        if let Some(used) = int(&body["mcal_used"]) {
            account.mcal_used = used;
        }
        if !body["active"].is_null() {
            account.active = flag(&body["active"]);
        }
        if let Some(key) = body["pass_key"].as_str() {
            account.pass_key = key.into();
        }
        Ok(json!({}))
    }

    fn truth(&self) -> Value {
        let accounts: Value = self
            .accounts
            .iter()
            .map(|a| {
                json!({"kind": a.kind, "name": a.name, "reseller": a.reseller, "active": a.active,
                    "parameters": a.params, "pass_key": a.pass_key, "pass_keys_given": a.pass_keys_given,
                    "storage_used": a.storage_used, "mcal_used": a.mcal_used, "created_at": z(a.created_at),
                    "switched": a.switched.iter().map(|(at, on)| json!({"at": z(*at), "active": on})).collect::<Value>()})
            })
            .collect();
        json!({"panel": "backup", "seed": self.seed, "now": z(self.clock.now()), "accounts": accounts,
            "signups_asked": self.signups_asked})
    }
}
