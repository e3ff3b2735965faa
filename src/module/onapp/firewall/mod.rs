//! The firewall of a service's VM, apart from how it is shown: its rules by interface, what a form may say about one, and
//! what is known of the rules that are in force.
//!
//! Owns the check of what was typed (`typed`) and the knowledge of what is in force (`force`). Does not own the panel's calls
//! (`crate::panel::onapp`) or the page (`super::page`). Asks nobody and keeps nothing itself.
//!
//! Invariants: what passes the check reads the same however it was typed, so that equal rules are found to be equal; rules
//! are said to be in force only when a task of the control panel that we asked for has applied exactly these.

mod force;
mod typed;

pub(crate) use force::{Force, Standing, Task};
pub(crate) use typed::{address, ports};

use crate::panel::onapp::{FirewallRule, Nic, Verdict};
use serde::{Deserialize, Serialize};

/// An interface with its rules in the order in which they are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Interface {
    /// The panel's id.
    pub(crate) id: u64,
    /// `eth0`.
    pub(crate) label: String,
    /// The panel's word for what happens to traffic that no rule speaks of.
    pub(crate) default: Option<String>,
    pub(crate) rules: Vec<Rule>,
}

/// A rule, in the panel's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// The panel's id.
    pub(crate) id: u64,
    pub(crate) command: String,
    pub(crate) protocol: String,
    /// None is anywhere.
    pub(crate) address: Option<String>,
    /// None is any.
    pub(crate) port: Option<String>,
}

impl Interface {
    /// Puts each rule to its interface. A rule of an interface that the machine does not have is none of its own.
    pub(crate) fn all(nics: &[Nic], rules: &[FirewallRule]) -> Vec<Self> {
        let mut nics: Vec<&Nic> = nics.iter().collect();
        nics.sort_by_key(|nic| (!nic.primary, nic.id));
        nics.into_iter()
            .map(|nic| Self {
                id: nic.id,
                label: nic.label.clone(),
                default: nic.default_firewall_rule.clone().filter(|word| !word.is_empty()),
                rules: rules.iter().filter(|r| r.nic_id == nic.id).map(Rule::from).collect(),
            })
            .collect()
    }

    /// What happens to everything else, where the panel says it.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.default.as_deref().and_then(verdict)
    }
}

impl From<&FirewallRule> for Rule {
    fn from(rule: &FirewallRule) -> Self {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        Self {
            id: rule.id,
            command: rule.command.clone(),
            protocol: rule.protocol.clone(),
            address: given(&rule.address),
            port: given(&rule.port),
        }
    }
}

impl Rule {
    /// What the rule does, in one spelling; its id and its place are not of it.
    pub(crate) fn effect(&self) -> (String, String, Option<String>, Option<String>) {
        let spelled = |text: &Option<String>, check: fn(&str) -> Option<Option<String>>| {
            let text = text.as_ref()?;
            check(text).unwrap_or_else(|| Some(text.clone()))
        };
        (
            self.command.to_ascii_uppercase(),
            self.protocol.to_ascii_uppercase(),
            spelled(&self.address, address),
            spelled(&self.port, ports),
        )
    }
}

/// The verdict of that name.
pub(crate) fn verdict(word: &str) -> Option<Verdict> {
    [Verdict::Accept, Verdict::Drop]
        .into_iter()
        .find(|verdict| verdict.word().eq_ignore_ascii_case(word))
}
