//! `backupserver.page`: what a client sees of the account, and staff with it. Where the server does not answer in time, the
//! last known values are shown with their time. No text names the vendor or repeats the server's words.

use super::account::deleted::known_of;
use super::account::pass_key::{look, may_be_seen};
use super::account::sign_up::{asked_at, clean, kind_name};
use super::connect::{for_page, same_server};
use super::settings::config::Config;
use super::settings::fields::Login;
use super::tables::FIGURES;
use super::tables::{Known, MODULE, State, ensure};
use super::verb::Input;
use super::{ACTIONS, usage};
use crate::host::{Failure, Host, HostSettings};
use crate::module::common::rows::{instant, text};
use crate::module::common::verb::service;
use crate::module::{Env, Report};
use crate::panel::backupserver::Kind;
use crate::secret::Secret;
use crate::time::{Instant, Zone};
use crate::view::{Action, Fact, Notice, Page, Section, Tone, Words};
use serde_json::{Value, json};

/// The page of one service.
pub(crate) async fn page(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let service = service(&host, MODULE, &input.service.id).await?;
    if let Some(rule) = ACTIONS.iter().find(|rule| rule.name == "page") {
        input.caller.allow(MODULE, rule, &service)?;
    }
    let config = input.config()?;
    ensure(&host).await?;
    let Some(mut known) = known_of(&host, &service).await? else {
        let mut page = empty();
        let name = clean(&input.service.username);
        let runs = matches!(service.status.as_str(), "Active" | "Suspended");
        if !input.caller.is_client() && runs && !name.is_empty() {
            page.notices.push(Notice::new(Tone::Warning, not_linked(name)));
        }
        return Ok(json!({ "message": "no account", "page": page }));
    };
    known = known.with_figures(&host).await?;
    let access = input.access()?;
    let for_staff = !input.caller.is_client() && access.wants_pass_key;
    let mut notices = Vec::new();
    let moved = same_server(&known, &access.login, &config).is_err();
    if moved && !input.caller.is_client() {
        notices.push(Notice::new(
            Tone::Warning,
            Words::with(
                "backupserver.moved",
                "The account is on {former}, and the product names {named}. Nothing acts on it until the product names the \
                 former server again.",
                [("former", known.address.clone()), ("named", access.login.address.clone())],
            ),
        ));
    }
    if !known.is_sure() && !input.caller.is_client() {
        notices.push(Notice::new(
            Tone::Warning,
            Words::with(
                "backupserver.not_confirmed",
                "Whether the account \"{name}\" is this client's is not known: it was asked for at {at}, and no answer came. \
                 Look in the console: if it was made then for this client, press Take Over Account; if it is not there, \
                 Create; if it is somebody else's, Forget Account.",
                [("name", known.account.name.clone()), ("at", asked_at(&known)?)],
            ),
        ));
    } else if !known.is_sure() {
        notices.push(Notice::new(
            Tone::Info,
            Words::new("backupserver.being_made", "Your backup account is being set up."),
        ));
    } else if config.contract.reports_usage() && !moved {
        let server = for_page(&host, &env, &access.login, &config)?;
        match usage::read(&host, &server, &known).await {
            Ok(now) => known = now,
            Err(failure) => {
                host.log("info", &failure.code, failure.to_string());
                notices.push(Notice::new(Tone::Info, last_known(&host, &known).await?));
            }
        }
    }
    let mut actions = Vec::new();
    let customer = known.account.kind == Kind::Customer && known.is_sure();
    if customer && (!input.caller.is_client() || may_be_seen(&host, &access, &config, &service.client_id).await?) {
        actions.push(Action {
            name: "pass_key",
            label: Words::new("backupserver.show_pass_key", "Show pass key"),
            confirm: None,
            blocked: (service.status != "Active")
                .then(|| Words::new("backupserver.not_active", "The product is not active.")),
        });
    }
    let mut sections = vec![facts(&host, &known, &access.login, &config, None).await?];
    if for_staff {
        sections.push(merge_field(&host, &config, &service.client_id).await?);
    }
    let page = Page {
        title: Words::new("backupserver.title", "Online backup"),
        notices,
        sections,
        actions,
    };
    Ok(json!({ "message": "page", "page": page }))
}

/// The page with the key in it.
pub(crate) async fn with_key(
    host: &Host,
    known: &Known,
    login: &Login,
    config: &Config,
    key: &Secret,
) -> Result<Page, Failure> {
    let known = &known.with_figures(host).await?;
    Ok(Page {
        title: Words::new("backupserver.title", "Online backup"),
        notices: Vec::new(),
        sections: vec![facts(host, known, login, config, Some(key)).await?],
        actions: Vec::new(),
    })
}

/// How e-mails name the pass key: staff look for this number when they edit the welcome e-mail.
async fn merge_field(host: &Host, config: &Config, client_id: &str) -> Result<Section, Failure> {
    let value = match look(host, client_id, config).await? {
        Some(field) => Words::raw(format!("{{$client_custom_fields.{}}}", field.position)),
        None => Words::new("backupserver.no_field", "The client custom field does not exist."),
    };
    Ok(Section::Facts {
        heading: Words::new("backupserver.e_mails", "E-mails"),
        facts: vec![Fact::new(
            Words::new("backupserver.merge_field", "Pass key in e-mails"),
            value,
        )],
    })
}

/// The page of a service that has no account yet.
fn empty() -> Page {
    Page {
        title: Words::new("backupserver.title", "Online backup"),
        notices: vec![Notice::new(
            Tone::Info,
            Words::new("backupserver.no_account_yet", "There is no backup account yet."),
        )],
        sections: Vec::new(),
        actions: Vec::new(),
    }
}

/// The service may have its account from another module.
fn not_linked(name: String) -> Words {
    Words::with(
        "backupserver.not_linked",
        "If the Backup Server has an account \"{name}\" and it is this client's, press Take Over Account, which links it: until \
         then nothing here suspends or terminates it.",
        [("name", name)],
    )
}

async fn facts(
    host: &Host,
    known: &Known,
    login: &Login,
    config: &Config,
    key: Option<&Secret>,
) -> Result<Section, Failure> {
    let account = &known.account;
    let number = |name: &str| text(&known.row, name).and_then(|n| n.parse::<u64>().ok());
    let (allotted, used) = (number("allotted"), number("used"));
    let kind = match account.kind {
        Kind::Reseller => Words::new("backupserver.reseller", kind_name(Kind::Reseller)),
        Kind::Customer => Words::new("backupserver.customer", kind_name(Kind::Customer)),
    };
    let mut facts = vec![
        Fact::new(
            Words::new("backupserver.account", "Account"),
            Words::raw(account.name.as_str()),
        ),
        Fact::new(Words::new("backupserver.kind", "Type"), kind),
        Fact::new(Words::new("backupserver.state", "State"), state(known.state)),
    ];
    if let Some(bytes) = allotted {
        facts.push(Fact::new(
            Words::new("backupserver.allotted", "Storage allotted"),
            Words::raw(size(bytes)),
        ));
    }
    if let Some(bytes) = used {
        facts.push(Fact::new(
            Words::new("backupserver.used", "Storage used"),
            Words::raw(share(bytes, allotted)),
        ));
    }
    if let Some(seen) = instant(&known.row, &FIGURES, "seen_at")? {
        facts.push(Fact::new(
            Words::new("backupserver.as_of", "As of"),
            Words::raw(time(host, seen).await?),
        ));
    }
    if let Some(key) = key {
        facts.push(Fact {
            hidden: true,
            ..Fact::new(
                Words::new("backupserver.pass_key", "Pass key"),
                Words::raw(key.reveal()),
            )
        });
    }
    // The console of the account's own server, whatever server the product names by now.
    let moved = same_server(known, login, config).is_err();
    let console = config.console.clone().filter(|_| !moved).unwrap_or_else(|| {
        if moved {
            let scheme = text(&known.row, "scheme").unwrap_or_else(|| login.scheme());
            format!("{scheme}://{}/", known.address)
        } else {
            format!("{}://{}/", login.scheme(), login.address)
        }
    });
    facts.push(Fact {
        link: true,
        ..Fact::new(Words::new("backupserver.console", "Web console"), Words::raw(console))
    });
    Ok(Section::Facts {
        heading: Words::new("backupserver.details", "Backup account"),
        facts,
    })
}

fn state(state: State) -> Words {
    match state {
        State::Asked | State::Refused | State::Found => Words::new("backupserver.state_asked", "Being set up"),
        State::Active => Words::new("backupserver.state_active", "Active"),
        State::Inactive => Words::new("backupserver.state_inactive", "Inactive"),
    }
}

async fn last_known(host: &Host, known: &Known) -> Result<Words, Failure> {
    Ok(match instant(&known.row, &FIGURES, "seen_at")? {
        Some(seen) => Words::with(
            "backupserver.last_known",
            "The backup server does not answer at the moment. These figures are as of {at}.",
            [("at", time(host, seen).await?)],
        ),
        None => Words::new(
            "backupserver.no_answer",
            "The backup server does not answer at the moment, so the storage used is not known yet.",
        ),
    })
}

/// A time in the host's zone, or in UTC where that is not known.
async fn time(host: &Host, at: Instant) -> Result<String, Failure> {
    let settings = host.ask(&HostSettings {}).await?;
    let zone = Zone::get_or_utc(&settings.time_zone);
    Ok(zone.show(at).unwrap_or_else(|_| crate::time::format(at)))
}

/// Bytes for people: `1.5 GiB`, one digit, rounded down.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut unit = 1_u64;
    let mut name = "";
    for next in units {
        match unit.checked_mul(1024) {
            Some(larger) if larger <= bytes => {
                unit = larger;
                name = next;
            }
            _ => break,
        }
    }
    if name.is_empty() {
        return format!("{bytes} bytes");
    }
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, tenth) => format!("{whole}.{tenth} {name}"),
    }
}

/// Used bytes, with their share of what is allotted.
fn share(used: u64, allotted: Option<u64>) -> String {
    match allotted.filter(|bytes| *bytes > 0) {
        Some(all) => format!("{} ({}%)", size(used), u128::from(used) * 100 / u128::from(all)),
        None => size(used),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (536_870_912_000, "500 GiB"),
            (1_099_511_627_775, "1023.9 GiB"),
            (9_223_372_036_854_775_807, "7.9 EiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(share(134_217_728_000, Some(536_870_912_000)), "125 GiB (25%)");
        assert_eq!(share(1024, Some(0)), "1 KiB");
    }
}
