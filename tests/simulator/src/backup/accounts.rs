//! Resellers and customers: signing up, switching on and off, usage, pass keys.

use super::Backup;
use super::answers::Reply;
use crate::clock::Time;
use serde_json::{Map, Value, json};

/// The reseller of customers that name none (reference: storegrid-singlehop.md 2).
pub(crate) const DEFAULT_RESELLER: &str = "Default Reseller";

/// A reseller or a customer.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub kind: &'static str,
    pub name: String,
    /// Empty for resellers.
    pub reseller: String,
    pub active: bool,
    /// What the last signup or update said, under default names.
    pub params: Map<String, Value>,
    pub pass_key: String,
    pub storage_used: i64,
    pub mcal_used: i64,
    pub created_at: Time,
    /// Every real switch: when, and to what.
    pub switched: Vec<(Time, bool)>,
    /// How often the pass key was given out.
    pub pass_keys_given: u64,
}

impl Account {
    /// A reseller that was there from the start.
    pub fn reseller(name: &str, now: Time) -> Account {
        Account {
            kind: "reseller",
            name: name.into(),
            reseller: String::new(),
            active: true,
            params: Map::new(),
            pass_key: String::new(),
            storage_used: 0,
            mcal_used: 0,
            created_at: now,
            switched: Vec::new(),
            pass_keys_given: 0,
        }
    }
}

fn word<'a>(params: &'a Map<String, Value>, name: &str) -> &'a str {
    params.get(name).and_then(Value::as_str).unwrap_or("")
}

fn number(params: &Map<String, Value>, name: &str) -> Option<i64> {
    let text = word(params, name);
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Parameters that were sent although the action or other parameters leave no use for them
/// (reference: storegrid-singlehop.md 1.3, 1.4 and 3.3).
pub(crate) fn not_applicable(action: &str, params: &Map<String, Value>) -> Vec<String> {
    let account = ["signupReseller", "signupCustomer", "updateReseller", "updateCustomer"].contains(&action);
    let customer = action.ends_with("Customer");
    let is = |name: &str, value: &str| word(params, name) == value;
    let throttled = is("bandwidthConfig", "new") && is("throttleEnabled", "1");
    let fits = |name: &str| match name {
        "userName" | "loginPassword" | "action" | "accountType" | "name" => true,
        "resellerName" => customer || (!account && is("accountType", "customer")),
        _ if !account => false,
        "consolidatedReport" => customer,
        "consolidatedReportEmail" => customer && is("consolidatedReport", "1"),
        "allotMCAL" => is("autoMCAL", "0"),
        "throttleEnabled" => is("bandwidthConfig", "new"),
        "throttleMode" | "restrictedRate" => throttled,
        "throttleFrom" | "throttleTill" => throttled && is("throttleMode", "scheduled"),
        _ => true,
    };
    params
        .keys()
        .filter(|name| !name.starts_with("unknown:") && !fits(name))
        .cloned()
        .collect()
}

/// What a server would refuse about the terms of an account.
fn check_terms(params: &Map<String, Value>) -> Result<(), Reply> {
    let wrong = |text: &str| Err(Reply::refused("422", text));
    if let Some(sent) = params.get("storageAllotted")
        && (!sent.is_string() || number(params, "storageAllotted").is_none_or(|n| n == 0))
    {
        return wrong("Storage Allotted must be a number of bytes");
    }
    if word(params, "autoMCAL") == "0" && number(params, "allotMCAL").is_none() {
        return wrong("Allot MCAL is missing");
    }
    if word(params, "consolidatedReport") == "1" && word(params, "consolidatedReportEmail").is_empty() {
        return wrong("Consolidated Report Email is missing");
    }
    if word(params, "bandwidthConfig") == "new" && word(params, "throttleEnabled") == "1" {
        if number(params, "restrictedRate").is_none_or(|rate| rate <= 1024) {
            return wrong("Restricted Rate must be above 1024 bytes");
        }
        let hour = |name: &str| {
            word(params, name).len() == 4 && number(params, name).is_some_and(|n| n < 2400 && n % 100 < 60)
        };
        match word(params, "throttleMode") {
            "always" => {}
            "scheduled" if hour("throttleFrom") && hour("throttleTill") => {}
            _ => return wrong("Throttle times are wrong"),
        }
    }
    Ok(())
}

impl Backup {
    /// Does what a call asks for; call and action must agree.
    pub(crate) fn perform(&mut self, call: &str, action: &str, params: &Map<String, Value>) -> Reply {
        let outcome = match (call, action) {
            ("signup_reseller", "signupReseller") => self.signup("reseller", params),
            ("signup_customer", "signupCustomer") => self.signup("customer", params),
            ("account_status", "activate") => self.switch(params, true),
            ("account_status", "deactivate") => self.switch(params, false),
            ("pass_key", "getPassKey") => self.pass_key(params),
            ("usage", "getUsage") => self.usage(params),
            ("update", "updateReseller" | "updateCustomer") => self.update(params),
            ("check", _) => Ok(Reply::done("Login accepted")),
            _ => Err(Reply::refused("400", "Unknown action")),
        };
        outcome.unwrap_or_else(|refused| refused)
    }

    /// The reseller that a customer belongs to.
    fn reseller_of(params: &Map<String, Value>) -> String {
        match word(params, "resellerName") {
            "" => DEFAULT_RESELLER.into(),
            name => name.into(),
        }
    }

    /// The account that a call names. Without a reseller the customer of that name counts if there is only one.
    fn find(&mut self, params: &Map<String, Value>) -> Result<&mut Account, Reply> {
        let (kind, name, reseller) = (
            word(params, "accountType"),
            word(params, "name"),
            word(params, "resellerName"),
        );
        let title = if kind == "reseller" { "Reseller" } else { "Customer" };
        let mut found = self
            .accounts
            .iter_mut()
            .filter(|a| a.kind == kind && a.name == name && (reseller.is_empty() || a.reseller == reseller));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(Reply::refused("409", "Several resellers have a customer of that name")),
            (None, _) => Err(Reply::refused("404", &format!("{title} does not exist"))),
        }
    }

    fn signup(&mut self, kind: &'static str, params: &Map<String, Value>) -> Result<Reply, Reply> {
        let title = if kind == "reseller" { "Reseller" } else { "Customer" };
        let name = word(params, "name");
        if word(params, "accountType") != kind {
            return Err(Reply::refused("400", "Account type does not fit"));
        }
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Reply::refused("422", "Name is missing or too long"));
        }
        check_terms(params)?;
        let reseller = if kind == "reseller" {
            String::new()
        } else {
            Self::reseller_of(params)
        };
        let resellers = || self.accounts.iter().filter(|a| a.kind == "reseller");
        if kind == "customer" && !resellers().any(|r| r.name == reseller) {
            return Err(Reply::refused("404", "Reseller does not exist"));
        }
        let same = |a: &&Account| a.kind == kind && a.name.eq_ignore_ascii_case(name) && a.reseller == reseller;
        if self.accounts.iter().find(same).is_some() {
            return Err(Reply::refused("409", &format!("{title} already exists")));
        }
        const LETTERS: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let pass_key = format!("{}-{}", self.random.text(4, LETTERS), self.random.text(5, LETTERS));
        self.accounts.push(Account {
            kind,
            name: name.into(),
            reseller,
            active: word(params, "activationStatus") != "0",
            params: params.clone(),
            pass_key: if kind == "customer" { pass_key } else { String::new() },
            storage_used: 0,
            mcal_used: 0,
            created_at: self.clock.now(),
            switched: Vec::new(),
            pass_keys_given: 0,
        });
        Ok(Reply::done(&format!("{title} added")))
    }

    fn switch(&mut self, params: &Map<String, Value>, on: bool) -> Result<Reply, Reply> {
        let now = self.clock.now();
        let refuse = self.switches.is("repeat", "error");
        let account = self.find(params)?;
        let title = if account.kind == "reseller" {
            "Reseller"
        } else {
            "Customer"
        };
        let state = if on { "active" } else { "inactive" };
        if account.active == on {
            let words = format!("{title} is already {state}");
            return if refuse {
                Err(Reply::refused("409", &words))
            } else {
                Ok(Reply::done(&words))
            };
        }
        account.active = on;
        account.switched.push((now, on));
        Ok(Reply::done(&format!("{title} is {state} now")))
    }

    fn pass_key(&mut self, params: &Map<String, Value>) -> Result<Reply, Reply> {
        let mode = self.switches.get("pass_key");
        let account = self.find(params)?;
        if account.kind == "reseller" {
            return Err(Reply::refused("422", "Pass key applies to customers only"));
        }
        let done = Reply::done("");
        match mode.as_str() {
            Some("refused") => Err(Reply::refused("423", "Pass key is not ready")),
            Some("absent") => Ok(done),
            Some("empty") => Ok(done.with("pass_key_key", json!(""))),
            _ => {
                account.pass_keys_given += 1;
                Ok(done.with("pass_key_key", json!(account.pass_key)))
            }
        }
    }

    /// Storage and licences, used and allotted (plausible by the console's table, reference: storegrid-singlehop.md 2).
    fn usage(&mut self, params: &Map<String, Value>) -> Result<Reply, Reply> {
        let account = self.find(params)?;
        let given = |name: &str| account.params.get(name).cloned().unwrap_or_else(|| json!("0"));
        Ok(Reply::done("")
            .with("storage_used_key", json!(account.storage_used.to_string()))
            .with("storage_allotted_key", given("storageAllotted"))
            .with("mcal_used_key", json!(account.mcal_used.to_string()))
            .with("mcal_allotted_key", given("allotMCAL"))
            .with("active_key", json!(if account.active { "1" } else { "0" })))
    }

    /// New terms for an account: what is sent replaces, what is not sent stays.
    fn update(&mut self, params: &Map<String, Value>) -> Result<Reply, Reply> {
        check_terms(params)?;
        let account = self.find(params)?;
        for (name, value) in params {
            account.params.insert(name.clone(), value.clone());
        }
        Ok(Reply::done("Account changed"))
    }
}
