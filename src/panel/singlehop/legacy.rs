//! The old API: every call is a GET of one address with a JSON document in its query, credentials included (reference:
//! storegrid-singlehop.md 4.3). So no address of a call is ever shown or logged, and a changing GET counts as the change that
//! it is.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::account::Account;
use super::config::{Auth, Command, Config};
use super::leap::{Bandwidth, IpBlock, Leap, List, Server, Unit};
use super::leap3::{no_tandem_user, servers_of, unsure};
use super::read::{self, TandemUser};
use super::refusal::{Call, explain, missing};
use super::wire::{Node, accepted, cancellation, success};
use crate::http::{Answer, Basic, Client, Error, Method};
use crate::secret::Secret;
use crate::time::{Instant, Period};

pub(super) struct Legacy {
    client: Client,
    path: String,
    account: Account,
    secrets: Vec<Secret>,
    config: Config,
    unit: Unit,
}

/// The two modules of the old API.
const SERVER: &str = "server";
const ACCOUNT: &str = "account";

impl Legacy {
    pub(super) fn new(client: Client, path: &str, account: Account, config: Config, unit: Unit) -> Self {
        Self {
            // The credentials stand in the query; none go into a header.
            client: client.with_credentials("", Secret::default()),
            path: if path.is_empty() {
                "/".to_owned()
            } else {
                path.to_owned()
            },
            secrets: account.secrets(),
            account,
            config,
            unit,
        }
    }

    fn document(&self, module: &str, command: &Command, data: Option<Value>, auth: Auth) -> Zeroizing<String> {
        // The key always goes along.
        let Basic { user, password } = self.account.basic(auth);
        let mut document = json!({
            "auth": { "key": self.account.key.reveal(), "user": user, "password": password.reveal() },
            "module": { "module": module, "command": command.name },
        });
        if let (Some(map), Some(data)) = (document.as_object_mut(), data) {
            map.insert("data".to_owned(), data);
        }
        Zeroizing::new(document.to_string())
    }

    fn explain(&self, error: Error, command: &Command) -> Error {
        let call = Call {
            key: format!("commands.{}", command.key),
            sent: &command.name,
            assumed: command.assumed,
        };
        let unknown = error
            .fields()
            .iter()
            .any(|(_, message)| message.to_ascii_lowercase().contains("no such command"));
        if unknown {
            missing(error, &call)
        } else {
            explain(error, &call, &self.secrets)
        }
    }

    fn read(&self, module: &str, command: &Command, data: Option<Value>, auth: Auth) -> Result<Answer, Error> {
        let document = self.document(module, command, data, auth);
        let answer = self
            .client
            .get(&self.path, &[("request", &document)])
            .map_err(|error| self.explain(error, command))?;
        success(&answer, true, &self.secrets).map_err(|error| self.explain(error, command))?;
        Ok(answer)
    }

    fn change(&self, module: &str, command: &Command, data: Value) -> Result<Answer, Error> {
        let document = self.document(module, command, Some(data), self.config.auth);
        let answer = self
            .client
            .change(Method::Get, &self.path, &[("request", &document)], None)
            .map_err(|error| self.explain(error, command))?;
        accepted(&answer, &self.secrets).map_err(|error| self.explain(error, command))?;
        Ok(answer)
    }

    fn list(&self, auth: Auth) -> Result<List, Error> {
        let answer = self.read(SERVER, &self.config.commands.list, None, auth)?;
        let whole = success(&answer, true, &self.secrets)?;
        read::servers(&answer, inside(whole, &["servers", "data"]))
    }

    fn tandem_user(&self) -> Result<TandemUser, Error> {
        let answer = self.read(ACCOUNT, &self.config.commands.tandem_list, None, self.config.auth)?;
        let whole = success(&answer, true, &self.secrets)?;
        read::tandem_user(inside(whole, &["data", "users"]), &self.account.tandem_user)
            .ok_or_else(|| no_tandem_user(&self.client))
    }
}

/// The first of these fields, or the whole.
fn inside<'a>(whole: Node<'a>, keys: &[&str]) -> Node<'a> {
    keys.iter().find_map(|key| whole.get(key)).unwrap_or(whole)
}

impl Leap for Legacy {
    fn servers(&self) -> Result<List, Error> {
        match self.list(self.config.list_auth) {
            Err(error) if self.config.list_fallback && error.code() == "panel.unauthorized" => {
                self.list(self.config.auth)
            }
            result => result,
        }
    }

    fn owned(&self) -> Result<List, Error> {
        self.list(self.config.auth)
    }

    /// Out of the list: the call for one server was broken on the panel's side.
    fn server(&self, id: &str) -> Result<Server, Error> {
        let answer = self.read(SERVER, &self.config.commands.list, None, self.config.auth)?;
        let whole = success(&answer, true, &self.secrets)?;
        let found = read::servers(&answer, inside(whole, &["servers", "data"]))?;
        found
            .servers
            .into_iter()
            .find(|server| server.id == id)
            .ok_or_else(|| answer.unexpected("without the server that was asked for"))
    }

    /// A list without it may be half a list.
    fn is_gone(&self, _id: &str) -> Result<Option<bool>, Error> {
        Ok(None)
    }

    fn tells_state(&self) -> bool {
        false
    }

    fn ips(&self, id: &str) -> Result<Vec<IpBlock>, Error> {
        let answer = self.read(SERVER, &self.config.commands.ips, Some(serverid(id)), self.config.auth)?;
        let whole = success(&answer, true, &self.secrets)?;
        Ok(read::ips(inside(whole, &["data"])))
    }

    fn bandwidth(&self, id: &str, period: &Period, since: Instant, now: Instant) -> Result<Option<Bandwidth>, Error> {
        if !period.contains(now) || since > period.start {
            return Ok(None);
        }
        let answer = self.read(
            SERVER,
            &self.config.commands.bandwidth,
            Some(serverid(id)),
            self.config.auth,
        )?;
        let whole = success(&answer, false, &self.secrets)?;
        read::bandwidth(&answer, inside(whole, &["data"]), self.unit, period).map(Some)
    }

    fn reboot(&self, id: &str) -> Result<(), Error> {
        self.change(SERVER, &self.config.commands.reboot, serverid(id))
            .map(drop)
    }

    fn set_suspended(&self, id: &str, on: bool) -> Result<(), Error> {
        let commands = &self.config.commands;
        let command = if on { &commands.suspend } else { &commands.unsuspend };
        self.change(SERVER, command, serverid(id)).map(drop)
    }

    fn set_power(&self, id: &str, on: bool) -> Result<(), Error> {
        let commands = &self.config.commands;
        let command = if on { &commands.startvm } else { &commands.stopvm };
        self.change(SERVER, command, json!({ "vmid": id })).map(drop)
    }

    fn permission(&self, id: &str) -> Result<bool, Error> {
        let servers = servers_of(&self.tandem_user()?, &self.client)?;
        Ok(servers.iter().any(|server| server == id))
    }

    fn set_permission(&self, id: &str, on: bool) -> Result<(), Error> {
        let commands = &self.config.commands;
        let command = if on {
            &commands.tandem_grant
        } else {
            &commands.tandem_revoke
        };
        let user = self.tandem_user()?;
        if user.id.is_empty() {
            return Err(unsure(&self.client, "id"));
        }
        self.change(ACCOUNT, command, json!({ "userid": user.id, "serverid": id }))
            .map(drop)
    }

    fn cancels_by_hostname(&self) -> bool {
        false
    }

    fn cancel(&self, id: &str, _hostname: &str) -> Result<Option<String>, Error> {
        let data = json!({ "servers": [id], "happy": true, "reason": "Client Cancelled" });
        let answer = self.change(SERVER, &self.config.commands.cancel, data)?;
        cancellation(&answer, &self.secrets)
    }
}

fn serverid(id: &str) -> Value {
    json!({ "serverid": id })
}
