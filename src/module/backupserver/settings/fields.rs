//! The 23 fields of a product's Module Settings, in the seed's order and spelling, and what they mean together (reference:
//! storegrid-singlehop.md 1.3 and 1.4). All errors are found at once; a value that the action does not use is dropped, so
//! that it is never sent. Slot 24 is free.
//!
//! Labels are part of the seed, its spelling of "Protocal" included.

use crate::host::Failure;
use crate::panel::backupserver::{Bandwidth, Kind, Mcal, Settings, is_unseen};
use crate::secret::Secret;
use crate::view::Words;
use crate::view::form::Checks;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// 9999 GB of the seed, which does not say which GB: binary ones.
const RATE_BELOW: u64 = 9999 * 1024 * 1024 * 1024;
/// The seed's lower bound of the rate, itself not allowed.
const RATE_ABOVE: u64 = 1024;
/// The largest number that servers and databases of 64 bit hold.
const STORAGE_MOST: u64 = 9_223_372_036_854_775_807;
/// The most addresses of a consolidated report.
const ADDRESSES: usize = 20;

/// One field as staff see it: label, type, choices, default, explanation.
struct Shown {
    label: &'static str,
    kind: &'static str,
    choices: &'static str,
    default: &'static str,
    help: &'static str,
}

const fn shown(
    label: &'static str,
    kind: &'static str,
    choices: &'static str,
    default: &'static str,
    help: &'static str,
) -> Shown {
    Shown {
        label,
        kind,
        choices,
        default,
        help,
    }
}

const FIELDS: [Shown; 23] = [
    shown(
        "Protocal",
        "dropdown",
        "http,https",
        "https",
        "https is the secured port; over http the password can be read on the way.",
    ),
    shown(
        "HostName or IpAddress",
        "text",
        "",
        "",
        "HostName or IP Address of your Backup Server, without http:// and without a port.",
    ),
    shown(
        "WebConsole Port",
        "text",
        "",
        "",
        "Empty: 6060 for http, 6061 for https.",
    ),
    shown("UserName", "text", "", "", "WebConsole admin level UserName."),
    shown("Password", "password", "", "", "WebConsole admin level Password."),
    shown(
        "Action",
        "dropdown",
        "Signup Reseller,Signup Customer",
        "Signup Reseller",
        "What an order makes of your client.",
    ),
    shown(
        "Reseller Name",
        "text",
        "",
        "",
        "New customers are created under this reseller; empty: the server's default one. Not applicable for Signup Reseller.",
    ),
    shown(
        "Activation Status",
        "yesno",
        "",
        "on",
        "Tick to add the reseller or customer in active state.",
    ),
    shown(
        "Auto Authorization Status",
        "yesno",
        "",
        "on",
        "Tick to add backup clients automatically when they connect to the server.",
    ),
    shown(
        "Storage Allotted",
        "text",
        "",
        "",
        "Allotted space in bytes, digits only: 536870912000 is 500 GiB.",
    ),
    shown(
        "Storage Location",
        "text",
        "",
        "",
        "Path at the Backup Server; empty: assigned automatically.",
    ),
    shown(
        "Enable Consolidated Report",
        "yesno",
        "",
        "",
        "Not applicable for Signup Reseller.",
    ),
    shown(
        "Consolidated Report Email",
        "text",
        "",
        "",
        "One or more addresses, separated by commas. Not applicable for Signup Reseller.",
    ),
    shown("Is Auto MCAL", "yesno", "", "on", "Tick for automatic MCAL allocation."),
    shown(
        "Allot MCAL",
        "text",
        "",
        "",
        "To restrict MCAL, untick 'Is Auto MCAL' and enter the number here.",
    ),
    shown(
        "Bandwidth Throttling",
        "dropdown",
        "Global Configuration,New Configuration",
        "Global Configuration",
        "Global: a reseller follows the server, a customer its reseller. New: the settings below.",
    ),
    shown(
        "Enable Throttle for new configuration",
        "yesno",
        "",
        "",
        "Used with New Configuration.",
    ),
    shown(
        "Throttle Settings",
        "dropdown",
        "Always Throttle,Throttle only at specified time",
        "Always Throttle",
        "Used when throttle is enabled.",
    ),
    shown(
        "Throttle From",
        "text",
        "",
        "",
        "Hundred hours, such as 0130 for 1.30 am, in the Backup Server's time. Required for a specified time.",
    ),
    shown(
        "Throttle Till",
        "text",
        "",
        "",
        "Hundred hours, such as 1740 for 5.40 pm; earlier than From means the next day.",
    ),
    shown(
        "Restricted Rate",
        "text",
        "",
        "",
        "Bytes; greater than 1024 and less than 9999 GiB. Required when throttle is enabled.",
    ),
    shown(
        "Send Mail",
        "yesno",
        "",
        "",
        "Tick to have the Backup Server send its own account creation e-mail.",
    ),
    shown(
        "Retrieve Customer Pass Key",
        "yesno",
        "",
        "",
        "Tick to store the pass key in the client's custom field 'Pass Key'. Only for Signup Customer.",
    ),
];

/// The label of a slot, counted from 1.
pub(crate) fn label(slot: usize) -> &'static str {
    slot.checked_sub(1)
        .and_then(|at| FIELDS.get(at))
        .map_or("", |field| field.label)
}

/// What `backupserver.settings` answers.
pub(crate) fn listed() -> Value {
    let fields: Vec<Value> = FIELDS
        .iter()
        .map(|field| {
            let size = if matches!(field.kind, "text" | "password") {
                "40"
            } else {
                ""
            };
            json!({ "name": field.label, "type": field.kind, "size": size, "default": field.default,
                    "options": field.choices, "description": field.help })
        })
        .collect();
    json!({ "message": "23 fields", "fields": fields })
}

/// The content of one slot, which the host hands over as text, or sealed.
#[derive(Clone, Default)]
pub(crate) struct Slot(Secret);

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A cell reads both shapes and never quotes what it met.
        Ok(match crate::host::Cell::deserialize(deserializer)? {
            crate::host::Cell::Null => Self::default(),
            crate::host::Cell::Text(text) => Self(Secret::new(text)),
            crate::host::Cell::Secret(secret) => Self(secret),
        })
    }
}

impl From<&str> for Slot {
    fn from(text: &str) -> Self {
        Self(Secret::new(text))
    }
}

/// Where the server is and who we are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    /// https, not http.
    pub(crate) secure: bool,
    /// Host and port, an IPv6 address in brackets.
    pub(crate) address: String,
    pub(crate) user: String,
    pub(crate) password: Secret,
}

impl Login {
    /// What the console's address begins with.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

/// What is needed of a product for an account that exists. A mistake in what only a sign-up sends keeps nobody from
/// suspending it, nor from seeing it.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) login: Login,
    pub(crate) wants_pass_key: bool,
}

impl Access {
    /// The fields of a product, those of the login checked.
    ///
    /// # Errors
    /// `backupserver.fields`, with every error of the login.
    pub(crate) fn of_product(slots: &[Slot]) -> Result<Self, Failure> {
        let mut reader = Reader::of_product(slots);
        let wants_pass_key = reader.text(6).eq_ignore_ascii_case("Signup Customer") && ticked(&reader.text(23));
        match reader.login() {
            Some(login) if reader.checks.passed() => Ok(Self { login, wants_pass_key }),
            _ => Err(reader.refused(true)),
        }
    }
}

/// What the fields say, checked.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) login: Login,
    pub(crate) kind: Kind,
    pub(crate) reseller: Option<String>,
    pub(crate) settings: Settings,
    pub(crate) wants_pass_key: bool,
    /// Labels of fields that are filled in and that the action does not use.
    pub(crate) ignored: Vec<&'static str>,
}

impl Fields {
    /// The fields of a product.
    ///
    /// # Errors
    /// `backupserver.fields`, with every error.
    pub(crate) fn of_product(slots: &[Slot]) -> Result<Self, Failure> {
        Reader::of_product(slots).read(true)
    }

    /// The fields of an action hook, which has no form: five settings of its own, the action that its function names, and
    /// defaults by label. What has no default is not sent, and the server's own holds.
    ///
    /// # Errors
    /// As [`Fields::of_product`]; a label that is none is one of the errors.
    pub(crate) fn of_hook(login: [Slot; 5], kind: Kind, defaults: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let mut given: BTreeMap<usize, Slot> = (1..).zip(login).collect();
        let action = match kind {
            Kind::Reseller => "Signup Reseller",
            Kind::Customer => "Signup Customer",
        };
        given.insert(6, action.into());
        let mut unknown = Vec::new();
        for (name, value) in defaults {
            match (7..=FIELDS.len()).find(|slot| label(*slot).eq_ignore_ascii_case(name.trim())) {
                Some(slot) => drop(given.insert(slot, value.as_str().into())),
                None => unknown.push(name.clone()),
            }
        }
        let mut reader = Reader::new(given);
        for name in unknown {
            reader.checks.wrong(
                &name,
                &name,
                Words::raw("is not the label of a field that a hook can use"),
            );
        }
        reader.read(false)
    }
}

struct Reader {
    given: BTreeMap<usize, Slot>,
    checks: Checks,
}

impl Reader {
    fn new(given: BTreeMap<usize, Slot>) -> Self {
        Self {
            given,
            checks: Checks::default(),
        }
    }

    fn of_product(slots: &[Slot]) -> Self {
        let given = (1..=FIELDS.len())
            .map(|slot| {
                let content = slot.checked_sub(1).and_then(|at| slots.get(at)).cloned();
                (slot, content.unwrap_or_default())
            })
            .collect();
        Self::new(given)
    }

    fn is_given(&self, slot: usize) -> bool {
        self.given.contains_key(&slot)
    }

    fn raw(&self, slot: usize) -> String {
        self.given
            .get(&slot)
            .map_or_else(String::new, |s| s.0.reveal().to_owned())
    }

    fn text(&self, slot: usize) -> String {
        self.raw(slot).trim().to_owned()
    }

    fn wrong(&mut self, slot: usize, what: &str) {
        self.checks.wrong(&slot.to_string(), label(slot), Words::raw(what));
    }

    /// A tick; a slot that is not given says nothing.
    fn tick(&mut self, slot: usize) -> Option<bool> {
        let value = self.is_given(slot).then(|| self.text(slot))?;
        self.checks.tick(&slot.to_string(), label(slot), &value)
    }

    /// A choice; an empty one is the default that the form shows.
    fn choice(&mut self, slot: usize) -> Option<&'static str> {
        let value = self.is_given(slot).then(|| self.text(slot))?;
        let field = slot.checked_sub(1).and_then(|at| FIELDS.get(at))?;
        let choices: Vec<&'static str> = field.choices.split(',').collect();
        let value = if value.is_empty() { field.default } else { &value };
        self.checks.choice(&slot.to_string(), field.label, value, &choices)
    }

    fn whole(&mut self, slot: usize, least: u64, most: u64) -> Option<u64> {
        let value = self.text(slot);
        self.checks.whole(&slot.to_string(), label(slot), &value, least, most)
    }

    /// Text within a length, without control characters.
    fn line(&mut self, slot: usize, needed: bool, most: usize) -> Option<String> {
        let value = self.text(slot);
        if value.is_empty() {
            if needed {
                self.checks.filled(&slot.to_string(), label(slot), "");
            }
            return None;
        }
        if value.chars().any(|c| c.is_control() || is_unseen(c)) {
            self.wrong(slot, "must not hold control characters or invisible ones");
            return None;
        }
        if value.chars().count() > most {
            self.wrong(slot, &format!("must not be longer than {most} characters"));
            return None;
        }
        Some(value)
    }

    /// Reads everything. `whole` fields of a product are all there; a hook's may be missing.
    fn read(mut self, product: bool) -> Result<Fields, Failure> {
        let login = self.login();
        let kind = match self.choice(6) {
            Some("Signup Customer") => Kind::Customer,
            _ => Kind::Reseller,
        };
        let customer = kind == Kind::Customer;
        let reseller = if customer { self.line(7, false, 100) } else { None };
        let active = self.tick(8);
        let auto_authorization = self.tick(9);
        let storage = if product || self.is_given(10) {
            self.whole(10, 1, STORAGE_MOST)
        } else {
            None
        };
        let location = self.line(11, false, 1000);
        let report = if customer { self.report() } else { None };
        let mcal = self.mcal();
        let bandwidth = self.bandwidth();
        let send_mail = self.tick(22);
        let wants_pass_key = customer && self.tick(23) == Some(true);
        let ignored = if customer { Vec::new() } else { self.unused() };
        match login {
            Some(login) if self.checks.passed() => Ok(Fields {
                login,
                kind,
                reseller,
                settings: Settings {
                    active,
                    auto_authorization,
                    storage,
                    location,
                    report,
                    mcal,
                    bandwidth,
                    send_mail,
                },
                wants_pass_key,
                ignored,
            }),
            _ => Err(self.refused(product)),
        }
    }

    fn refused(&self, product: bool) -> Failure {
        Failure::setting(
            "backupserver.fields",
            format!("{}.", self.checks.sentence()),
            if product {
                "Correct these fields in the product's Module Settings."
            } else {
                "Correct these settings in whmcsHooks.php and in the module's config.json."
            },
        )
    }

    fn login(&mut self) -> Option<Login> {
        // Required, so that an empty product is told and not guessed.
        let secure = if self.text(1).is_empty() {
            self.checks.filled("1", label(1), "");
            None
        } else {
            self.choice(1).map(|word| word == "https")
        };
        let host = match self.line(2, true, 253) {
            Some(text) => {
                let host = host(&text);
                if host.is_none() {
                    self.wrong(
                        2,
                        "must be a hostname or an IP address, without http://, port, path, user or spaces",
                    );
                }
                host
            }
            None => None,
        };
        let port = if self.text(3).is_empty() {
            Some(if secure == Some(false) { 6060 } else { 6061 })
        } else {
            self.whole(3, 1, 65535)
        };
        let user = self.line(4, true, 128);
        // Spaces may belong to a password.
        let password = self.given.get(&5).map(|slot| slot.0.clone()).unwrap_or_default();
        match password.reveal().chars().count() {
            0 => drop(self.checks.filled("5", label(5), "")),
            1..=256 => {}
            _ => self.wrong(5, "must not be longer than 256 characters"),
        }
        Some(Login {
            secure: secure?,
            address: format!("{}:{}", host?, port?),
            user: user?,
            password,
        })
    }

    fn report(&mut self) -> Option<Vec<String>> {
        if !self.tick(12)? {
            return Some(Vec::new());
        }
        let mut addresses: Vec<String> = Vec::new();
        let text = self.text(13);
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if !is_email(part) {
                self.wrong(13, "must hold e-mail addresses only, separated by commas");
                return None;
            }
            if !addresses.iter().any(|known| known.eq_ignore_ascii_case(part)) {
                addresses.push(part.to_owned());
            }
        }
        if addresses.is_empty() {
            self.wrong(13, "must be filled in when Enable Consolidated Report is ticked");
        }
        if addresses.len() > ADDRESSES {
            self.wrong(13, &format!("must not hold more than {ADDRESSES} addresses"));
        }
        Some(addresses)
    }

    fn mcal(&mut self) -> Option<Mcal> {
        if self.tick(14)? {
            return Some(Mcal::Auto);
        }
        let number = self.whole(15, 1, 1_000_000)?;
        u32::try_from(number).ok().map(Mcal::Allotted)
    }

    fn bandwidth(&mut self) -> Option<Bandwidth> {
        if self.choice(16)? == "Global Configuration" {
            return Some(Bandwidth::Global);
        }
        if self.is_given(17) && !self.tick(17)? || !self.is_given(17) {
            return Some(Bandwidth::Unthrottled);
        }
        let scheduled = self.is_given(18) && self.choice(18)? != "Always Throttle";
        let rate = self.whole(21, RATE_ABOVE + 1, RATE_BELOW - 1);
        if !scheduled {
            return Some(Bandwidth::Always { rate: rate? });
        }
        let (from, till) = (self.time(19), self.time(20));
        if from.is_some() && from == till {
            self.wrong(20, "must differ from Throttle From");
        }
        Some(Bandwidth::Scheduled {
            from: from?,
            till: till?,
            rate: rate?,
        })
    }

    /// Hundred hours: four digits, 0000 to 2359.
    fn time(&mut self, slot: usize) -> Option<String> {
        let text = self.text(slot);
        let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        let number: Option<u32> = text.parse().ok().filter(|_| digits);
        match number {
            Some(number) if number < 2400 && number % 100 < 60 => Some(text),
            _ => {
                self.wrong(
                    slot,
                    "must be a time in hundred hours, four digits such as 0130 or 1740",
                );
                None
            }
        }
    }

    /// Customers' fields that a reseller's form has filled in.
    fn unused(&mut self) -> Vec<&'static str> {
        [7, 12, 13, 23]
            .into_iter()
            .filter(|slot| {
                let text = self.text(*slot);
                if matches!(slot, 12 | 23) {
                    ticked(&text)
                } else {
                    !text.is_empty()
                }
            })
            .map(label)
            .collect()
    }
}

fn ticked(text: &str) -> bool {
    ["on", "1", "true", "yes"].contains(&text.to_ascii_lowercase().as_str())
}

/// `host:port`, as accounts have it on record.
pub(crate) fn address(text: &str) -> Option<String> {
    let (name, port) = text.rsplit_once(':')?;
    let number: u16 = port.parse().ok().filter(|number| *number > 0)?;
    // More than one colon is an address in brackets.
    let name = host(name).filter(|_| !name.contains(':') || name.starts_with('['))?;
    (number.to_string() == port).then(|| format!("{name}:{number}"))
}

/// A hostname or address as a URL writes it.
fn host(text: &str) -> Option<String> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => return Some(format!("[{ip}]")),
        Ok(IpAddr::V4(ip)) if bare == text => return Some(ip.to_string()),
        _ => {}
    }
    is_domain(text).then(|| text.to_ascii_lowercase())
}

fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
    let fits = |label: &&str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric = |label: &&str| label.bytes().all(|b| b.is_ascii_digit());
    text.len() <= 253 && labels.iter().all(fits) && !labels.last().is_some_and(numeric)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[]\\,;:\"@".contains(c);
    (1..=64).contains(&local.len()) && local.chars().all(plain) && domain.contains('.') && is_domain(domain)
}
