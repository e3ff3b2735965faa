//! LEAP3's REST API, "Dropzone" (reference: storegrid-singlehop.md 4.2).

use super::account::Account;
use super::config::{Auth, Config, Route};
use super::leap::{Bandwidth, IpBlock, Leap, List, Server, Unit};
use super::read::{self, TandemUser};
use super::refusal::{Call, explain};
use super::wire::{Node, accepted, cancellation, success};
use crate::http::{Answer, Client, Error, Method, percent_encoded};
use crate::secret::Secret;
use crate::time::{Instant, Period};

pub(super) struct Leap3 {
    client: Client,
    prefix: String,
    account: Account,
    secrets: Vec<Secret>,
    config: Config,
    unit: Unit,
}

impl Leap3 {
    pub(super) fn new(client: Client, prefix: &str, account: Account, config: Config, unit: Unit) -> Self {
        Self {
            client,
            prefix: prefix.trim_end_matches('/').to_owned(),
            secrets: account.secrets(),
            account,
            config,
            unit,
        }
    }

    fn client(&self, auth: Auth) -> Client {
        let user = self.account.basic(auth);
        self.client.with_credentials(&user.user, user.password)
    }

    fn path(&self, route: &Route, values: &[(&str, &str)]) -> String {
        let mut path = route.path.clone();
        for (name, value) in values {
            path = path.replace(&format!("{{{name}}}"), &percent_encoded(value));
        }
        format!("{}{path}", self.prefix)
    }

    fn explain(&self, error: Error, route: &Route) -> Error {
        let sent = format!("{} {}", route.method, route.path);
        let call = Call {
            key: format!("paths.{}", route.key),
            sent: &sent,
            assumed: route.assumed,
        };
        explain(error, &call, &self.secrets)
    }

    fn get(&self, route: &Route, values: &[(&str, &str)], auth: Auth) -> Result<Answer, Error> {
        self.client(auth)
            .get(&self.path(route, values), &[])
            .map_err(|error| self.explain(error, route))
    }

    /// Sends a change, whatever its method, and reads that it worked.
    fn change(&self, route: &Route, values: &[(&str, &str)], form: &[(&str, &str)]) -> Result<Answer, Error> {
        let client = self.client(self.config.auth);
        let path = self.path(route, values);
        let answer = match route.method {
            Method::Post => client.change_form(&path, form),
            method => client.change(method, &path, form, None),
        }
        .map_err(|error| self.explain(error, route))?;
        accepted(&answer, &self.secrets)?;
        Ok(answer)
    }

    fn list(&self, auth: Auth) -> Result<List, Error> {
        let answer = self.get(&self.config.paths.list, &[], auth)?;
        let whole = success(&answer, true, &self.secrets)?;
        read::servers(&answer, data(whole))
    }

    fn tandem_user(&self) -> Result<TandemUser, Error> {
        let answer = self.get(&self.config.paths.tandem_list, &[], self.config.auth)?;
        let whole = success(&answer, true, &self.secrets)?;
        read::tandem_user(data(whole), &self.account.tandem_user).ok_or_else(|| no_tandem_user(&self.client))
    }
}

/// What stands in the envelope, or the bare list.
fn data(whole: Node<'_>) -> Node<'_> {
    whole.get("data").unwrap_or(whole)
}

/// The Tandem user of the settings does not exist.
pub(super) fn no_tandem_user(client: &Client) -> Error {
    Error::config(
        "singlehop.tandem_user",
        client.host(),
        "LEAP > Tandem > Tandem Users has no user with the e-mail address that the product's Module Settings name",
    )
}

/// The ids of a Tandem user's servers, or that nobody can be sure of them.
pub(super) fn servers_of(user: &TandemUser, client: &Client) -> Result<Vec<String>, Error> {
    user.servers
        .clone()
        .ok_or_else(|| unsure(client, "list of servers, so it is not sure which servers the user has"))
}

/// Something of the Tandem user cannot be read for sure; so nothing is written.
pub(super) fn unsure(client: &Client, what: &str) -> Error {
    Error::config(
        "singlehop.tandem_unsure",
        client.host(),
        format!("LEAP's entry of the Tandem user has no usable {what}"),
    )
    .with_advice(
        "Look at the user in LEAP > Tandem > Tandem Users, or choose another strategy in the product's Module Settings.",
    )
}

/// Do LEAP's words say that there is no such server, and nothing else? "No such command on this server" does not.
fn says_gone(error: &Error, id: &str) -> bool {
    const SAYINGS: [&str; 10] = [
        "server not found",
        "server was not found",
        "server could not be found",
        "server cannot be found",
        "server does not exist",
        "server doesn t exist",
        "server no longer exists",
        "no such server",
        "no server found",
        "unknown server",
    ];
    let id = id.to_ascii_lowercase();
    let is_filler = |word: &&str| ["", "error", "the", "this", "with", "id", id.as_str()].contains(word);
    error.fields().iter().any(|(_, message)| {
        let message = message.to_ascii_lowercase();
        let words: Vec<&str> = message
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !is_filler(word))
            .collect();
        SAYINGS.contains(&words.join(" ").as_str())
    })
}

impl Leap for Leap3 {
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

    fn server(&self, id: &str) -> Result<Server, Error> {
        let answer = self.get(&self.config.paths.view, &[("id", id)], self.config.auth)?;
        let whole = success(&answer, false, &self.secrets)?;
        let node = data(whole);
        match read::is_server(node) {
            true => Ok(read::server(id, node)),
            false => Err(answer.unexpected("without a server in it")),
        }
    }

    /// Only where LEAP's words say it: a no may have any other reason, and so may a 404.
    fn is_gone(&self, id: &str) -> Result<Option<bool>, Error> {
        match self.server(id) {
            Ok(_) => Ok(Some(false)),
            Err(error) if matches!(error.code(), "panel.refused" | "panel.not_found") && says_gone(&error, id) => {
                Ok(Some(true))
            }
            Err(error) => Err(error),
        }
    }

    fn tells_state(&self) -> bool {
        true
    }

    fn ips(&self, id: &str) -> Result<Vec<IpBlock>, Error> {
        let answer = self.get(&self.config.paths.network, &[("id", id)], self.config.auth)?;
        let whole = success(&answer, true, &self.secrets)?;
        Ok(read::ips(data(whole)))
    }

    fn bandwidth(&self, id: &str, period: &Period, since: Instant, now: Instant) -> Result<Option<Bandwidth>, Error> {
        let start = since.timestamp().to_string();
        let end = period.end.min(now).timestamp().to_string();
        let values = [("start", start.as_str()), ("end", end.as_str()), ("id", id)];
        let answer = self.get(&self.config.paths.bandwidth, &values, self.config.auth)?;
        let whole = success(&answer, false, &self.secrets)?;
        read::bandwidth(&answer, data(whole), self.unit, period).map(Some)
    }

    fn reboot(&self, id: &str) -> Result<(), Error> {
        self.change(&self.config.paths.reboot, &[("id", id)], &[]).map(drop)
    }

    fn set_suspended(&self, id: &str, on: bool) -> Result<(), Error> {
        let paths = &self.config.paths;
        let route = if on { &paths.suspend } else { &paths.unsuspend };
        self.change(route, &[("id", id)], &[]).map(drop)
    }

    fn set_power(&self, id: &str, on: bool) -> Result<(), Error> {
        let paths = &self.config.paths;
        let route = if on { &paths.startvm } else { &paths.stopvm };
        self.change(route, &[("id", id)], &[]).map(drop)
    }

    fn permission(&self, id: &str) -> Result<bool, Error> {
        let servers = servers_of(&self.tandem_user()?, &self.client)?;
        Ok(servers.iter().any(|server| server == id))
    }

    fn set_permission(&self, id: &str, on: bool) -> Result<(), Error> {
        let user = self.tandem_user()?;
        let mut servers = servers_of(&user, &self.client)?;
        // The call sets all of them.
        if user.id.is_empty() || user.name.is_empty() || user.email.is_empty() {
            return Err(unsure(&self.client, "id, name or e-mail address"));
        }
        servers.retain(|server| server != id);
        if on {
            servers.push(id.to_owned());
        }
        let servers = serde_json::Value::from(servers).to_string();
        // Ours, always: the list may show a password masked or hashed.
        let password = &self.account.tandem_password;
        if password.is_empty() {
            return Err(Error::config(
                "singlehop.tandem_password",
                self.client.host(),
                "LEAP sets the Tandem user's password together with its servers, and the product's Module Settings name none",
            )
            .with_advice("Enter the Tandem password in the product's Module Settings."));
        }
        let form = [
            ("id", user.id.as_str()),
            ("name", user.name.as_str()),
            ("email", user.email.as_str()),
            ("password", password.reveal()),
            ("servers", servers.as_str()),
        ];
        self.change(&self.config.paths.tandem_edit, &[], &form).map(drop)
    }

    fn cancels_by_hostname(&self) -> bool {
        self.config.paths.cancel.path.contains("{host}")
    }

    fn cancel(&self, id: &str, hostname: &str) -> Result<Option<String>, Error> {
        let answer = self.change(&self.config.paths.cancel, &[("host", hostname), ("id", id)], &[])?;
        cancellation(&answer, &self.secrets)
    }
}
