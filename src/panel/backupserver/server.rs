//! The Backup Server itself: one method for each call of the contract.
//!
//! Owns the parameters of each call and their order. Does not own what an answer means (`answer.rs`), nor when anything is
//! asked: a changing call is sent once.

use super::account::{Account, Bandwidth, Contact, Kind, Mcal, Settings, Unread, Usage};
use super::answer::{Call, Fields, among};
use super::contract::{Auth, Contract};
use super::meaning::unescaped;
use super::problem::{Meaning, Problem, Rejected};
use crate::http::Client;
use crate::plain::is_unseen;
use crate::secret::Secret;
use std::fmt;

/// The longest pass key, in characters.
const KEY: usize = 200;

/// The fewest characters of a secret among the extra pairs.
const SECRET: usize = 4;

/// What answers at the console's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// A page of the console.
    Console,
    /// Something else.
    Other,
}

/// One Backup Server, seen by one user of its console.
pub struct BackupServer {
    /// Without credentials where they travel in the form.
    client: Client,
    user: String,
    password: Secret,
    contract: Contract,
}

impl fmt::Debug for BackupServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupServer")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// Parameters on their way: those without a wire name are left out.
#[derive(Default)]
struct Form<'a> {
    pairs: Vec<(&'a str, String)>,
    /// Values that are no words of the contract: an answer may quote them.
    texts: Vec<String>,
    /// The account that the call is about, if it is about one.
    account: Option<Account>,
}

impl<'a> Form<'a> {
    /// A word of the contract, or what no client chooses and nobody keeps.
    fn word(&mut self, name: &'a str, word: &str) {
        if !name.is_empty() {
            self.pairs.push((name, word.to_owned()));
        }
    }

    fn add(&mut self, name: &'a str, value: impl Into<String>) {
        let value = value.into();
        self.word(name, &value);
        self.texts.push(value);
    }

    /// Leaves an empty text out.
    fn text(&mut self, name: &'a str, value: &str) {
        if !value.is_empty() {
            self.add(name, value);
        }
    }
}

impl BackupServer {
    /// The server that `client` reaches, as the client's user.
    pub fn new(client: &Client, contract: Contract) -> Self {
        let (user, password) = (client.user().to_owned(), client.password().clone());
        let client = match contract.auth {
            Auth::Form => client.with_credentials("", Secret::default()),
            Auth::Basic => client.clone(),
        };
        Self {
            client,
            user,
            password,
            contract,
        }
    }

    /// The contract that is followed.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Host and port as messages name them.
    pub fn host(&self) -> &str {
        self.client.host()
    }

    /// Asks for the console's first page, as nobody.
    ///
    /// # Errors
    /// [`Problem::Call`] when there is no answer.
    pub fn probe(&self) -> Result<Probe, Problem> {
        let nobody = self.client.with_credentials("", Secret::default());
        let call = self.reading("paths.probe", false, None, Vec::new());
        let answer = match nobody.get(&self.contract.paths.probe, &[]) {
            Ok(answer) => answer,
            Err(error) => return call.read(Err(error)).map(|_| Probe::Other),
        };
        let page = String::from_utf8_lossy(&answer.body).to_lowercase();
        let field = self.contract.response.probe_field.to_lowercase();
        Ok(if page.contains("<input") && page.contains(&field) {
            Probe::Console
        } else {
            Probe::Other
        })
    }

    /// Logs in and changes nothing; none where the contract has no such call.
    ///
    /// # Errors
    /// Any [`Problem`].
    pub fn login(&self) -> Option<Result<(), Problem>> {
        let path = &self.contract.paths.login;
        if path.is_empty() {
            return None;
        }
        let form = self.begin(&self.contract.values.login);
        Some(self.ask(path, "paths.login", form, false).map(|_| ()))
    }

    /// Makes an account and returns the name that the server repeats, if it does. Sent once.
    ///
    /// # Errors
    /// Any [`Problem`]; see [`Problem::is_surely_undone`] before doing it again.
    pub fn sign_up(
        &self,
        account: &Account,
        contact: &Contact,
        settings: &Settings,
    ) -> Result<Option<String>, Problem> {
        let Contract {
            paths, values, params, ..
        } = &self.contract;
        let (path, setting, action) = match account.kind {
            Kind::Reseller => (&paths.signup_reseller, "paths.signupReseller", &values.signup_reseller),
            Kind::Customer => (&paths.signup_customer, "paths.signupCustomer", &values.signup_customer),
        };
        let mut form = self.begin(action);
        self.add_account(&mut form, account);
        for (name, value) in [
            (&params.first_name, &contact.first_name),
            (&params.last_name, &contact.last_name),
            (&params.company, &contact.company),
            (&params.email, &contact.email),
            (&params.phone, &contact.phone),
            (&params.address1, &contact.address1),
            (&params.address2, &contact.address2),
            (&params.city, &contact.city),
            (&params.state, &contact.state),
            (&params.zip, &contact.zip),
            (&params.country, &contact.country),
        ] {
            form.text(name, value);
        }
        self.add_settings(&mut form, account.kind, settings);
        let said = self.change(path, setting, form)?;
        let name = said.get(&self.contract.response.name_key);
        Ok(name.filter(|name| !name.is_empty()).cloned())
    }

    /// Turns an account on or off; already so is success. Sent once. Where the contract reads states, a refusal that says
    /// "already so" or "not there" is believed only when the state says the same, and a success unless the state says the
    /// opposite.
    ///
    /// # Errors
    /// Any [`Problem`].
    pub fn set_active(&self, account: &Account, on: bool) -> Result<(), Problem> {
        let values = &self.contract.values;
        let mut form = self.begin(if on { &values.activate } else { &values.deactivate });
        self.add_account(&mut form, account);
        let already = if on {
            Meaning::AlreadyActive
        } else {
            Meaning::AlreadyInactive
        };
        let Err(problem) = self.change(&self.contract.paths.account_status, "paths.accountStatus", form) else {
            return match self.usage(account) {
                Some(Ok(seen)) if seen.active == Some(!on) => Err(Problem::Rejected(Rejected {
                    meaning: Meaning::Other,
                    code: String::new(),
                    message: "it said that it was done, but the account's state says otherwise".to_owned(),
                })),
                _ => Ok(()),
            };
        };
        let meant = problem.meaning();
        if meant != Some(already) && meant != Some(Meaning::Missing) {
            return Err(problem);
        }
        match self.usage(account) {
            None if meant == Some(already) => Ok(()),
            None => Err(problem),
            Some(Ok(seen)) if meant == Some(already) && seen.active.is_none_or(|active| active == on) => Ok(()),
            Some(Ok(_)) => Err(problem.contradicted()),
            Some(Err(unread)) => Err(unread),
        }
    }

    /// Changes storage, licences and speed of an account; none where the contract has no such call. Sent once.
    ///
    /// # Errors
    /// Any [`Problem`].
    pub fn update(&self, account: &Account, settings: &Settings) -> Option<Result<(), Problem>> {
        let Contract { paths, values, .. } = &self.contract;
        if paths.update.is_empty() {
            return None;
        }
        let mut form = self.begin(match account.kind {
            Kind::Reseller => &values.update_reseller,
            Kind::Customer => &values.update_customer,
        });
        self.add_account(&mut form, account);
        let changing = Settings {
            storage: settings.storage,
            mcal: settings.mcal,
            bandwidth: settings.bandwidth.clone(),
            ..Settings::default()
        };
        self.add_settings(&mut form, account.kind, &changing);
        Some(self.change(&paths.update, "paths.update", form).map(|_| ()))
    }

    /// The pass key of a customer, with the number that the answer calls the account by, where it does; none where the
    /// contract has no such call.
    ///
    /// # Errors
    /// Any [`Problem`]; an answer without a key is one.
    pub fn pass_key(&self, account: &Account) -> Option<Result<(Secret, Option<String>), Problem>> {
        let path = &self.contract.paths.pass_key;
        if path.is_empty() {
            return None;
        }
        let mut form = self.begin(&self.contract.values.get_pass_key);
        self.add_account(&mut form, account);
        let response = &self.contract.response;
        let said = self.ask(path, "paths.passKey", form, true);
        let said = said.and_then(|said| self.of_account(said, account, path));
        Some(said.and_then(|mut said| {
            let named = said.remove(&response.name_key);
            let number = named.filter(|named| !is_name_of(account, named) && is_number(named));
            match said.remove(&response.pass_key_key) {
                Some(found) if is_usable_key(&found) => Ok((Secret::new(found), number)),
                _ => {
                    let what = format!("without a usable \"{}\"", response.pass_key_key);
                    Err(Problem::Call(self.unexpected(what, path)))
                }
            }
        }))
    }

    /// An answer is about the account that was asked for, unless it names another one. A number is the server's own, unless
    /// the account is called by one.
    fn of_account(&self, said: Fields, account: &Account, path: &str) -> Result<Fields, Problem> {
        let named = said
            .get(&self.contract.response.name_key)
            .map_or("", |name| name.trim());
        if named.is_empty() || is_name_of(account, named) || (is_number(named) && !is_number(&account.name)) {
            return Ok(said);
        }
        let advice = "If the console shows that the name is the same account's, this server repeats something else than the \
                      name: set \"contract.response.nameKey\" to \"\" in the module's config.json, and it is not looked at.";
        let error = self.unexpected("about another account".to_owned(), path);
        Err(Problem::Call(error.with_advice(advice)))
    }

    fn unexpected(&self, what: String, path: &str) -> crate::http::Error {
        crate::http::Error::new(
            crate::http::Kind::Unexpected { what },
            crate::http::Sent::Yes,
            self.host(),
            &format!("POST {path}"),
        )
    }

    /// What an account uses; none where the contract has no such call.
    ///
    /// # Errors
    /// Any [`Problem`].
    pub fn usage(&self, account: &Account) -> Option<Result<Usage, Problem>> {
        let path = &self.contract.paths.usage;
        if path.is_empty() {
            return None;
        }
        let mut form = self.begin(&self.contract.values.get_usage);
        self.add_account(&mut form, account);
        let said = self.ask(path, "paths.usage", form, false);
        let said = said.and_then(|said| self.of_account(said, account, path));
        Some(said.map(|said| self.told(&said)))
    }

    /// Each part of an answer counts by itself: an account without a quota has a state and uses storage all the same.
    fn told(&self, said: &Fields) -> Usage {
        let response = &self.contract.response;
        let text = |key: &str| said.get(key).map(|text| text.trim()).filter(|text| !text.is_empty());
        let mut unread = Vec::new();
        let mut not_read = |setting, key: &str, text: &str, why: &str| {
            let text = self.reading("paths.usage", false, None, Vec::new()).shown(text, 40);
            let what = format!("\"{key}\" is \"{text}\", which is {why}");
            unread.push(Unread { setting, what });
        };
        let mut bytes = |setting: &'static str, key: &str| {
            let text = text(key)?;
            // The host's columns hold no larger ones.
            let read = text.parse::<i64>().ok().and_then(|bytes| u64::try_from(bytes).ok());
            if read.is_none() {
                let why = format!("no whole number of bytes (contract.{setting})");
                not_read(setting, key, text, &why);
            }
            read
        };
        let allotted = bytes("response.storageAllottedKey", &response.storage_allotted_key);
        let used = bytes("response.storageUsedKey", &response.storage_used_key);
        let active = text(&response.active_key).and_then(|text| {
            if among(&response.active_values, text) {
                return Some(true);
            }
            let inactive = among(&response.inactive_values, text);
            if !inactive {
                let why = "neither in contract.response.activeValues nor in contract.response.inactiveValues";
                not_read("response.activeValues", &response.active_key, text, why);
            }
            inactive.then_some(false)
        });
        Usage {
            allotted,
            used,
            active,
            unread,
        }
    }

    /// What every call carries.
    fn begin(&self, action: &str) -> Form<'_> {
        let Contract {
            params, extra, auth, ..
        } = &self.contract;
        let mut form = Form::default();
        if *auth == Auth::Form {
            form.add(&params.user, self.user.as_str());
            form.word(&params.password, self.password.reveal());
        }
        for (name, value) in extra {
            form.word(name, value);
        }
        form.word(&params.action, action);
        form
    }

    fn add_account<'a>(&'a self, form: &mut Form<'a>, account: &Account) {
        let Contract { params, values, .. } = &self.contract;
        let kind = match account.kind {
            Kind::Reseller => &values.reseller,
            Kind::Customer => &values.customer,
        };
        form.word(&params.account_type, kind);
        form.add(&params.name, account.name.as_str());
        form.account = Some(account.clone());
        if let (Kind::Customer, Some(reseller)) = (account.kind, &account.reseller) {
            form.text(&params.reseller_name, reseller);
        }
    }

    fn add_settings<'a>(&'a self, form: &mut Form<'a>, kind: Kind, settings: &Settings) {
        let Contract { params, values, .. } = &self.contract;
        if let Some(on) = settings.active {
            form.word(&params.activation_status, values.flag(on));
        }
        if let Some(on) = settings.auto_authorization {
            form.word(&params.auto_authorization, values.flag(on));
        }
        if let Some(bytes) = settings.storage {
            form.add(&params.storage_allotted, bytes.to_string());
        }
        if let Some(path) = &settings.location {
            form.text(&params.storage_location, path);
        }
        if let (Kind::Customer, Some(addresses)) = (kind, &settings.report) {
            form.word(&params.consolidated_report, values.flag(!addresses.is_empty()));
            form.text(&params.consolidated_report_email, &addresses.join(","));
        }
        match settings.mcal {
            None => {}
            Some(Mcal::Auto) => form.word(&params.auto_mcal, values.flag(true)),
            Some(Mcal::Allotted(number)) => {
                form.word(&params.auto_mcal, values.flag(false));
                form.add(&params.allot_mcal, number.to_string());
            }
        }
        if let Some(bandwidth) = &settings.bandwidth {
            self.add_bandwidth(form, bandwidth);
        }
        if let Some(on) = settings.send_mail {
            form.word(&params.send_mail, values.flag(on));
        }
    }

    fn add_bandwidth<'a>(&'a self, form: &mut Form<'a>, bandwidth: &Bandwidth) {
        let Contract { params, values, .. } = &self.contract;
        if *bandwidth == Bandwidth::Global {
            form.word(&params.bandwidth_config, &values.global);
            return;
        }
        form.word(&params.bandwidth_config, &values.new);
        form.word(
            &params.throttle_enabled,
            values.flag(*bandwidth != Bandwidth::Unthrottled),
        );
        match bandwidth {
            Bandwidth::Global | Bandwidth::Unthrottled => {}
            Bandwidth::Always { rate } => {
                form.word(&params.throttle_mode, &values.always);
                form.add(&params.restricted_rate, rate.to_string());
            }
            Bandwidth::Scheduled { from, till, rate } => {
                form.word(&params.throttle_mode, &values.scheduled);
                form.add(&params.throttle_from, from.as_str());
                form.add(&params.throttle_till, till.as_str());
                form.add(&params.restricted_rate, rate.to_string());
            }
        }
    }

    fn change(&self, path: &str, setting: &'static str, form: Form<'_>) -> Result<Fields, Problem> {
        let pairs: Vec<(&str, &str)> = form.pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let call = self.reading(setting, false, form.account, form.texts);
        call.read(self.client.change_form(path, &pairs))
    }

    fn ask(&self, path: &str, setting: &'static str, form: Form<'_>, private: bool) -> Result<Fields, Problem> {
        let pairs: Vec<(&str, &str)> = form.pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let call = self.reading(setting, private, form.account, form.texts);
        call.read(self.client.ask_form(path, &pairs))
    }

    fn reading(&self, setting: &'static str, private: bool, account: Option<Account>, sent: Vec<String>) -> Call<'_> {
        // A shorter value is no secret, and would be cut out of words.
        let extra = self.contract.extra.values().map(String::as_str);
        let extra = extra.filter(|value| value.chars().count() >= SECRET);
        Call {
            contract: &self.contract,
            setting,
            secrets: std::iter::once(self.password.reveal()).chain(extra).collect(),
            private,
            account,
            sent,
        }
    }
}

/// Is this the account's name as a server repeats it? It may escape it as its pages do, and once more for each layer that the
/// text goes through.
fn is_name_of(account: &Account, named: &str) -> bool {
    let plain = |text: &str| {
        let mut text = text.to_owned();
        for _ in 0..3 {
            text = unescaped(&text);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    };
    plain(named) == plain(&account.name)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A key that a client can read in an e-mail and type: visible characters, as many as a field of the host holds.
fn is_usable_key(key: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !is_unseen(c) && !matches!(c, '<' | '>');
    (1..=KEY).contains(&key.chars().count()) && key.chars().all(is_plain)
}
