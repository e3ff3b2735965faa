//! From a product's settings to a panel that can be called, and from its errors to sentences for staff.

use super::options::Settings;
use super::server::assigned::Assigned;
use crate::host::{Class, Failure, Host};
use crate::http::{Address, Basic, Client, Endpoint, Error, Kind, Limits, Sent};
use crate::module::Env;
use crate::module::common::refusal::refusal;
use crate::panel::singlehop::{ASSUMED, Auth, Config, Generation, Leap, List, open};
use crate::secret::Secret;
use std::time::Duration;

/// How long somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// A person looks at a page that has last known values: as long as the host lets it wait, whatever the file says.
    Page,
    /// A person pressed a button, or a cron does it for them.
    Action,
    /// A cron that asks for traffic, which may take minutes.
    Traffic,
}

/// The panel of a product. What is asked of a service's own server goes through [`leap_of`].
pub(crate) fn leap(
    host: &Host,
    env: &Env,
    settings: &Settings,
    config: &Config,
    patience: Patience,
) -> Result<Box<dyn Leap>, Failure> {
    check(settings, config)?;
    let address = Address {
        hostname: format!(
            "{}://{}",
            if settings.base.secure { "https" } else { "http" },
            settings.base.host
        ),
        plain_http: config.plain_http,
        ca_file: config.ca_file.clone(),
        ..Address::default()
    };
    // Which credentials go out is decided call by call.
    let nobody = Basic {
        user: String::new(),
        password: Secret::default(),
    };
    let endpoint = Endpoint::new(&address, nobody).map_err(|e| match e.code() {
        "http.plain_http" => Failure::setting(
            "singlehop.plain_http",
            "The base address begins with http://, so passwords could be read on the way, and nothing was sent.",
            "Use https:// in the product's Module Settings, or set plainHttp to true in \
             modules/servers/singlehop/config.json.",
        ),
        _ => Failure::setting(
            "singlehop.base_address",
            "The base address cannot be used.",
            "Correct it in the product's Module Settings (slot 7).",
        ),
    })?;
    // A step always ends well inside its lease, whatever is configured: nobody takes a claim over in mid-request.
    let longest = u64::from(host.limits().lease_seconds / 3).max(1);
    let configured = config.timeout.unwrap_or(host.limits().read_seconds).min(longest);
    let (read, step, retries) = match patience {
        Patience::Page => {
            let page = host.limits().read_seconds.min(longest);
            (configured.min(page), page, 0)
        }
        Patience::Action => (configured, host.limits().step_seconds.max(configured).min(longest), 1),
        Patience::Traffic => {
            let slow = config.bandwidth_timeout.min(longest);
            (slow, slow, 1)
        }
    };
    let limits = Limits {
        connect: Duration::from_secs(
            config
                .connect_timeout
                .unwrap_or(host.limits().connect_seconds)
                .min(read),
        ),
        read: Duration::from_secs(read),
        step: Duration::from_secs(step),
        retries,
        ..Limits::default()
    };
    let client = Client::new(env.transport.clone(), endpoint, limits, host.step_counter());
    Ok(open(
        settings.generation,
        client,
        &settings.base.path,
        settings.account.clone(),
        config.clone(),
        settings.unit,
    ))
}

/// The panel of a service's server, if it is the one that the product's settings name.
pub(crate) fn leap_of(
    server: &Assigned,
    host: &Host,
    env: &Env,
    settings: &Settings,
    config: &Config,
    patience: Patience,
) -> Result<Box<dyn Leap>, Failure> {
    let opened = leap(host, env, settings, config, patience)?;
    server.check_panel(&settings.base.panel())?;
    Ok(opened)
}

/// Refuses settings whose credentials are not there, before anything is called.
fn check(settings: &Settings, config: &Config) -> Result<(), Failure> {
    let account = &settings.account;
    let needs = |auth: Auth| config.auth == auth || config.list_auth == auth;
    let missing = [
        (
            needs(Auth::LeapPassword) || needs(Auth::LeapKey),
            account.user.is_empty(),
            "LEAP username",
        ),
        (needs(Auth::LeapPassword), account.password.is_empty(), "LEAP password"),
        (needs(Auth::Tandem), account.tandem_user.is_empty(), "Tandem username"),
        (
            needs(Auth::Tandem),
            account.tandem_password.is_empty(),
            "Tandem password",
        ),
        (
            needs(Auth::LeapKey) || settings.generation == Generation::Legacy,
            account.key.is_empty(),
            "API key",
        ),
    ];
    match missing.iter().find(|(needed, empty, _)| *needed && *empty) {
        Some((_, _, label)) => Err(Failure::setting(
            "singlehop.credentials",
            format!("The setting \"{label}\" is empty."),
            "Enter it in the product's Module Settings.",
        )),
        None => Ok(()),
    }
}

/// A list that was read, with what is left out of it said in the log.
pub(crate) fn noted(host: &Host, list: List) -> List {
    if list.left_out > 0 {
        host.log("warning", "singlehop.left_out", left_out(&list));
    }
    list
}

/// What staff read about entries that are left out.
pub(crate) fn left_out(list: &List) -> String {
    let n = list.left_out;
    format!("LEAP's answer holds entries without a usable id ({n}), which are left out.")
}

/// What is looked for may be among the entries that are left out.
pub(crate) fn unreadable(what: &str, list: &List) -> Failure {
    Failure::new(
        Class::PanelData,
        "singlehop.left_out",
        format!("{what}: {}", left_out(list)),
        "Nothing was changed.",
        CHECK_API,
    )
}

/// The cure for answers of another shape than expected.
const CHECK_API: &str = "Check the API generation and the base address in the product's Module Settings.";

/// What staff read beside the server list when credentials are wrong.
pub(crate) const AUTHENTICATION: &str = "API Error: Authentication Error";

/// The same for a check that tries these credentials: it names them where the panel refuses them.
pub(crate) fn told_of(auth: Auth, settings: &Settings, what: &str, error: &Error) -> Failure {
    let failure = told(what, error);
    if failure.class != Class::PanelUnauthorized {
        return failure;
    }
    let pair = match auth {
        Auth::LeapPassword => "LEAP username and password",
        Auth::LeapKey => "LEAP username (client id) and API key",
        Auth::Tandem => "Tandem username and password",
    };
    let key = match (settings.generation, auth) {
        (Generation::Legacy, Auth::LeapPassword | Auth::Tandem) => " with the API key",
        _ => "",
    };
    Failure {
        message: format!("{AUTHENTICATION}: LEAP refuses the {pair}{key}."),
        next: "Correct them in the product's Module Settings.".to_owned(),
        ..failure
    }
}

/// Turns the panel's error into a failure for staff. `what` is the start of a sentence: "The server was not restarted".
pub(crate) fn told(what: &str, error: &Error) -> Failure {
    let unchanged = match error.is_change() {
        true if is_unclear(error) => "Whether it was carried out is not known.",
        _ => "Nothing was changed.",
    };
    let words = || {
        let said: Vec<&str> = error.fields().iter().map(|(_, message)| message.as_str()).collect();
        said.join("; ")
    };
    if error.code() == "panel.unauthorized" {
        return Failure::new(
            Class::PanelUnauthorized,
            "singlehop.authentication",
            format!("{AUTHENTICATION}."),
            unchanged,
            "Correct the LEAP and Tandem user names and passwords and the API key in the product's Module Settings.",
        );
    }
    if error.code() == ASSUMED {
        return Failure::new(
            Class::ConfigInvalid,
            "singlehop.call_assumed",
            format!("{what}: the panel does not know the call."),
            "Nothing was changed.",
            error.advice().unwrap_or_default(),
        );
    }
    match error.kind() {
        Kind::Declined => Failure::new(
            Class::PanelRefused,
            "singlehop.refused",
            format!("{what}. API Error: {}.", words().trim_end_matches('.')),
            unchanged,
            "Correct what it names, then try again.",
        ),
        Kind::Unexpected { .. } => {
            let told = refusal(what, error);
            Failure::new(
                if is_unclear(error) {
                    Class::NetworkUnknown
                } else {
                    told.class
                },
                "singlehop.unexpected",
                format!("API Error: unexpected response. {}", told.message),
                unchanged,
                CHECK_API,
            )
        }
        _ if is_unclear(error) => Failure {
            class: Class::NetworkUnknown,
            unchanged: unchanged.to_owned(),
            next: "Look at the server in LEAP, then try again.".to_owned(),
            ..refusal(what, error)
        },
        _ => {
            let told = refusal(what, error);
            let next = told
                .next
                .replace("the server's settings", "the product's Module Settings");
            let next = match error.kind() {
                Kind::Tls(_) => "Correct that at the panel, or name its CA file as caFile in \
                                 modules/servers/singlehop/config.json."
                    .to_owned(),
                _ => next,
            };
            Failure { next, ..told }
        }
    }
}

/// The same for a change that may have been carried out, and that nobody looks up afterwards: what to do is the caller's to
/// say. `what` is as in "The server may have been restarted".
pub(crate) fn told_unclear(what: &str, error: &Error, next: &str) -> Failure {
    let told = told(what, error);
    Failure {
        class: Class::NetworkUnknown,
        unchanged: "Nothing is asked for again by itself.".to_owned(),
        next: next.to_owned(),
        ..told
    }
}

/// A change that may have been carried out although no usable answer came. A status is LEAP's own refusal only where no proxy
/// and no program that broke off in the middle gives it; 408 and 499 are those of proxies that stopped waiting.
pub(crate) fn is_unclear(error: &Error) -> bool {
    let is_lost = match error.kind() {
        Kind::Unexpected { .. } => true,
        Kind::Redirect { .. } => !is_login(error.location()),
        Kind::Status(status) => !matches!(status, 400 | 401 | 403..=405 | 409 | 410 | 422 | 429),
        _ => error.sent() == Sent::Maybe,
    };
    error.is_change() && is_lost
}

/// Is a redirect to this path and query one to a login page? A page of any other name may tell a result.
fn is_login(location: &str) -> bool {
    let path = location.split('?').next().unwrap_or("").trim_end_matches('/');
    let page = path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    let name = page.split(['.', ';']).next().unwrap_or("");
    ["login", "logon", "signin"].contains(&name)
}
