//! `backupserver.hook_signup`: what the action hooks of `whmcsHooks.php` do (decision 37): a new client, or the client of an
//! accepted order, becomes a reseller or a customer. Once for each client and kind. An order of this module's own products
//! is left to their creation, which follows it: it would sign the client up twice. An upgrade and an add-on are no new client.

use super::sign_up::{Order, sign_up};
use crate::host::{Class, ClientGet, Failure, Host, OrderGet};
use crate::module::backupserver::connect::{server, warn};
use crate::module::backupserver::settings::config::Config;
use crate::module::backupserver::settings::fields::{Fields, Slot};
use crate::module::backupserver::tables::{CLIENT_CUSTOMERS, CLIENT_RESELLERS, ensure};
use crate::module::common::claim::claim;
use crate::module::common::verb::read;
use crate::module::{Env, Report};
use crate::panel::backupserver::Kind;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    /// `reseller` or `customer`: which function of the file was called.
    kind: String,
    /// The new client, or empty.
    client_id: String,
    /// The accepted order, or empty.
    order_id: String,
    /// The modules that make accounts at a Backup Server: this one and its white labels.
    modules: Vec<String>,
    /// The text of the module's config.json.
    configuration: String,
    settings: Settings,
}

/// The five variables of the file.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Settings {
    protocal: Slot,
    server_name: Slot,
    port: Slot,
    user_name: Slot,
    login_password: Slot,
}

const NAMES: &[&str] = &["kind", "client_id", "order_id", "modules", "configuration", "settings"];

/// Signs a client up, if that is due.
pub(crate) async fn hook_signup(host: Host, env: Env, input: Value) -> Report {
    let mut input: Input = read(input, NAMES)?;
    let (kind, module) = match input.kind.as_str() {
        "reseller" => (Kind::Reseller, CLIENT_RESELLERS),
        "customer" => (Kind::Customer, CLIENT_CUSTOMERS),
        _ => return Err(nobody("The hook names neither a reseller nor a customer.")),
    };
    if !input.order_id.is_empty() {
        let asked = OrderGet {
            id: input.order_id.clone(),
        };
        let order = host.ask(&asked).await?.order;
        let order = order.ok_or_else(|| nobody("The billing panel does not have the order."))?;
        if order.modules.iter().any(|module| input.modules.contains(module)) {
            let sentence = format!("Order {} makes its account itself; the hook leaves it alone.", order.id);
            host.log("info", "backupserver.hook_skipped", sentence.as_str());
            return Ok(json!({ "message": sentence, "skipped": true }));
        }
        if order.only_changes {
            let sentence = format!(
                "Order {} changes what its client has; nobody is signed up for it.",
                order.id
            );
            host.log("info", "backupserver.hook_skipped", sentence.as_str());
            return Ok(json!({ "message": sentence, "skipped": true }));
        }
        input.client_id = order.client_id;
    }
    let id = input.client_id;
    if id.is_empty() || id.bytes().any(|b| !b.is_ascii_digit()) {
        return Err(nobody("The hook names no client."));
    }
    let mut config = Config::read(&input.configuration)?;
    // The host waits for a hook: its own limit is never lengthened.
    config.timeout = config.timeout.map(|seconds| seconds.min(host.limits().read_seconds));
    let Settings {
        protocal,
        server_name,
        port,
        user_name,
        login_password,
    } = input.settings;
    let login = [protocal, server_name, port, user_name, login_password];
    let fields = Fields::of_hook(login, kind, &config.hook)?;
    warn(&host, &fields);
    let server = server(&host, &env, &fields.login, &config).map_err(without_button)?;
    ensure(&host).await?;
    let client = host.ask(&ClientGet { id: id.clone() }).await?.client;
    let client = client.ok_or_else(|| nobody("The billing panel does not have the client."))?;
    let order = Order {
        module,
        id: &id,
        client: &client,
        name: "",
        fields: &fields,
        config: &config,
    };
    let mut held = claim(&host, module, &id, "hook_signup").await?;
    let done = sign_up(&host, &server, &order, &mut held).await.map_err(without_button);
    let made = held.finish(&host, done).await?;
    if made.new {
        super::pass_key::deliver_once(&host, &server, &made.known, &order).await;
    }
    let what = if made.known.is_sure() {
        made.word()
    } else {
        "was there, and whose it is is not known; look in the console of the Backup Server"
    };
    Ok(json!({
        "message": format!("The account \"{}\" of client {id} {what}.", made.known.account.name),
        "account": made.known.account.name,
    }))
}

/// A hook has no Create to press, and does not run again for the same client by itself.
fn without_button(mut failure: Failure) -> Failure {
    match failure.code.as_str() {
        "backupserver.create_unknown" => {
            "Look for the account in the console of the Backup Server after some minutes. If it is not there, make it there: \
             the hook does not run again for this client by itself."
                .clone_into(&mut failure.next);
        }
        "backupserver.no_name" | "backupserver.unseen_name" | "backupserver.name_in_use" => {
            "Make the account in the console of the Backup Server, under a name of its own."
                .clone_into(&mut failure.next);
        }
        "backupserver.name_taken" => {}
        "backupserver.other_server" => {
            "Name the former server in whmcsHooks.php again, or make the account in the console of the Backup Server."
                .clone_into(&mut failure.next);
        }
        _ => failure.next.push_str(
            " The hook does not run again for this client by itself: sign it up in the console of the Backup Server.",
        ),
    }
    for text in [&mut failure.message, &mut failure.next] {
        *text = text
            .replace("the product's Module Settings", "whmcsHooks.php")
            .replace(", then press Create again", "");
    }
    failure
}

fn nobody(message: &str) -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "backupserver.hook_input",
        message,
        "Nothing was signed up.",
        "Sign the client up in the console of the Backup Server if that is wanted.",
    )
}
