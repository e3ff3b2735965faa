//! From the fields of a form to a Backup Server that can be called, and from its problems to what staff read.

use super::account::sign_up::{asked_at, clean};
use super::settings::config::Config;
use super::settings::fields::{Fields, Login};
use super::tables::Known;
use crate::host::{Class, Failure, Host};
use crate::http::{Address, Basic, Client, Endpoint, Limits};
use crate::module::Env;
use crate::module::common::refusal::refusal;
use crate::panel::backupserver::{BackupServer, Meaning, Problem};
use std::time::Duration;

/// No answer of a Backup Server is longer.
const MAX_BODY: u64 = 1024 * 1024;

/// The server that the login names, for a page: a person waits for it, and the last known values are there. An answer that
/// takes longer than the host lets a page wait is none, whatever the file says.
pub(crate) fn for_page(host: &Host, env: &Env, login: &Login, config: &Config) -> Result<BackupServer, Failure> {
    within(host, env, login, config, host.limits().read_seconds.min(longest(host)))
}

/// The server that the login names, as the user that they name.
pub(crate) fn server(host: &Host, env: &Env, login: &Login, config: &Config) -> Result<BackupServer, Failure> {
    within(host, env, login, config, longest(host))
}

/// A step always ends well inside its lease, whatever is configured: nobody takes a claim over in mid-request.
fn longest(host: &Host) -> u64 {
    u64::from(host.limits().lease_seconds / 3).max(1)
}

/// The server, each step with which takes at most so many seconds.
fn within(host: &Host, env: &Env, login: &Login, config: &Config, longest: u64) -> Result<BackupServer, Failure> {
    let Login {
        secure,
        address,
        user,
        password,
    } = login;
    let address = Address {
        hostname: address.clone(),
        ip: String::new(),
        secure: *secure,
        // The word "http" in the form is the consent that decision 10 asks for (decision 35).
        plain_http: true,
        ca_file: config.ca_file.clone(),
    };
    let user = Basic {
        user: user.clone(),
        password: password.clone(),
    };
    let endpoint =
        Endpoint::new(&address, user).map_err(|e| here(refusal("The server's address cannot be used", &e)))?;
    let read = config.timeout.unwrap_or(host.limits().read_seconds).min(longest);
    let limits = Limits {
        connect: Duration::from_secs(host.limits().connect_seconds.min(longest)),
        read: Duration::from_secs(read),
        step: Duration::from_secs(host.limits().step_seconds.max(config.timeout.unwrap_or(0)).min(longest)),
        max_body: MAX_BODY,
        ..Limits::default()
    };
    let client = Client::new(env.transport.clone(), endpoint, limits, host.step_counter());
    Ok(BackupServer::new(&client, config.contract.clone()))
}

/// Warns of what staff may not have noticed in the fields.
pub(crate) fn warn(host: &Host, fields: &Fields) {
    if !fields.ignored.is_empty() {
        host.log(
            "warning",
            "backupserver.not_applicable",
            format!(
                "Not applicable for Signup Reseller, and not sent: {}.",
                fields.ignored.join(", ")
            ),
        );
    }
    if !fields.login.secure {
        host.log(
            "warning",
            "backupserver.plain_http",
            "Protocal is http: the console's password can be read on its way to the Backup Server.",
        );
    }
}

/// Refuses to look for an account on another server than the one it was made on: a stranger's account of the same name
/// could be there.
pub(crate) fn same_server(known: &Known, login: &Login, config: &Config) -> Result<(), Failure> {
    let named = &login.address;
    if known.address == *named || config.formerly.contains(&known.address) {
        return Ok(());
    }
    Err(Failure::new(
        Class::ConfigRefused,
        "backupserver.other_server",
        format!(
            "The account \"{}\" is on the Backup Server {}, and the product names {named}.",
            known.account.name, known.address
        ),
        "Nothing was changed.",
        format!(
            "Name the former server in the product again; or, if only its address has changed, add \"{}\" to \"formerly\" \
             in the module's config.json.",
            known.address
        ),
    ))
}

/// Refuses to act on an account that may be a stranger's: its sign-up got no answer.
pub(crate) fn sure(known: &Known) -> Result<(), Failure> {
    if known.is_sure() {
        return Ok(());
    }
    let name = &known.account.name;
    let time = asked_at(known)?;
    Err(Failure::new(
        Class::ConfigRefused,
        "backupserver.not_sure",
        format!(
            "Whether an account \"{name}\" is this service's is not known: it was asked for at {time}, and no answer is known."
        ),
        "Nothing was changed.",
        format!(
            "Look in the console of the Backup Server whether \"{name}\" was made at that time for this client. If so, press \
             Take Over Account, then this button again. If it is not there, press Create, which makes it. If it is somebody \
             else's, press Forget Account, which changes nothing there, and enter another Username."
        ),
    ))
}

/// What staff read of a call that did not succeed. `what` begins the sentence.
pub(crate) fn failed(what: &str, problem: &Problem) -> Failure {
    match problem {
        Problem::Call(error) => here(refusal(what, error)),
        Problem::Rejected(said) if said.meaning == Meaning::Login => Failure::new(
            Class::PanelUnauthorized,
            "backupserver.rejected",
            format!("{what}: {said}."),
            "Nothing else was changed.",
            "Check UserName and Password in the product's Module Settings.",
        ),
        Problem::Rejected(said) => Failure::new(
            Class::PanelRefused,
            "backupserver.rejected",
            format!("{what}: {said}."),
            "Nothing else was changed.",
            "Correct what the server names, then try again.",
        ),
    }
}

/// This module has no server record: what other modules keep there stands in the product.
fn here(mut failure: Failure) -> Failure {
    for text in [&mut failure.message, &mut failure.next] {
        *text = text.replace("the server's settings", "the product's Module Settings");
    }
    failure
}

/// No account belongs to the service. Its Username may name one that another module made.
pub(crate) fn no_account(username: &str) -> Failure {
    let name = clean(username);
    let next = if name.is_empty() {
        "Press Create to make one.".to_owned()
    } else {
        format!(
            "If the Backup Server has an account \"{name}\" and it is this client's, press Take Over Account, which links it. \
             If not, press Create to make one."
        )
    };
    Failure::new(
        Class::ConfigRefused,
        "backupserver.no_account",
        "No Backup Server account is linked to this service.",
        "Nothing was changed.",
        next,
    )
}
