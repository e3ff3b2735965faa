//! Firewall rules of a machine's interfaces (reference: onapp-api.md 6.7).
//!
//! Rules and defaults are stored by the panel and do nothing until [`Panel::apply_firewall`].

use serde_json::{Map, Value, json};

use super::PanelError;
use super::panel::{Change, Panel, put, wrapped};
use super::wire::{self, Row};
use crate::http::Method;

/// What happens to traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It passes.
    Accept,
    /// It is dropped without a word.
    Drop,
}

impl Verdict {
    /// The panel's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Drop => "DROP",
        }
    }
}

/// The protocol that a rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, which has no ports.
    Icmp,
}

impl Protocol {
    /// The panel's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Icmp => "ICMP",
        }
    }
}

/// A rule as the panel keeps it, in its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallRule {
    /// The panel's id.
    pub id: u64,
    /// The interface.
    pub nic_id: u64,
    /// Its place among the rules of the interface; the lowest is looked at first.
    pub position: u64,
    /// `ACCEPT` or `DROP`.
    pub command: String,
    /// `TCP`, `UDP`, `ICMP`.
    pub protocol: String,
    /// From where; none is anywhere.
    pub address: Option<String>,
    /// One port, a range `a:b`, or several with commas; none is any.
    pub port: Option<String>,
}

impl FirewallRule {
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        Ok(Self {
            id: row.needed_number("id")?,
            nic_id: row.needed_number("network_interface_id")?,
            position: row.number("position")?.unwrap_or(0),
            command: row.text_or_empty("command")?,
            protocol: row.text_or_empty("protocol")?,
            address: row.text("address")?,
            port: row.text("port")?,
        })
    }
}

/// A rule to be added behind the others of its interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFirewallRule {
    /// The interface.
    pub nic_id: u64,
    /// What happens.
    pub verdict: Verdict,
    /// To what.
    pub protocol: Protocol,
    /// An address, a network or a range; none is anywhere.
    pub address: Option<String>,
    /// One port, a range `a:b`, or several with commas; none is any.
    pub port: Option<String>,
}

/// Which way a rule goes among its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It is looked at one earlier.
    Up,
    /// It is looked at one later.
    Down,
}

impl Panel {
    /// The rules of a machine, interface by interface in the order in which they are looked at; none when the panel says that
    /// the machine is not there.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn firewall_rules(&self, vm_id: u64) -> Result<Option<Vec<FirewallRule>>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/firewall_rules.json");
        let rules = self.whole_of(&path, "firewall_rules.read", "firewall_rule", FirewallRule::read)?;
        Ok(rules.map(|mut rules| {
            rules.sort_by_key(|rule| (rule.nic_id, rule.position, rule.id));
            rules
        }))
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// Any [`PanelError`]; words under `address` or `port` when the panel does not understand them.
    pub fn add_firewall_rule(&self, vm_id: u64, rule: &NewFirewallRule) -> Result<Option<FirewallRule>, PanelError> {
        let mut fields = Map::new();
        put(&mut fields, "network_interface_id", Some(rule.nic_id));
        put(&mut fields, "command", Some(rule.verdict.word()));
        put(&mut fields, "protocol", Some(rule.protocol.word()));
        put(&mut fields, "address", rule.address.as_deref());
        put(&mut fields, "port", rule.port.as_deref());
        let path = format!("/virtual_machines/{vm_id}/firewall_rules.json");
        let mut change = Change::action(&path, "firewall_rules.create");
        change.body = Some(wrapped("firewall_rule", fields));
        let answer = self.change(change)?;
        Ok(wire::shown(&answer, "firewall_rule", FirewallRule::read))
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when the machine does not have it.
    pub fn delete_firewall_rule(&self, vm_id: u64, rule_id: u64) -> Result<(), PanelError> {
        let path = format!("/virtual_machines/{vm_id}/firewall_rules/{rule_id}.json");
        let mut change = Change::action(&path, "firewall_rules.delete");
        change.method = Method::Delete;
        self.change(change).map(drop)
    }

    /// Lets a rule change places with its neighbour. The panel does it by GET; it is a change all the same.
    ///
    /// # Errors
    /// Any [`PanelError`]; when [`PanelError::sent`] is `Maybe`, read the order before doing anything.
    pub fn move_firewall_rule(&self, vm_id: u64, rule_id: u64, way: Move) -> Result<(), PanelError> {
        let path = format!("/virtual_machines/{vm_id}/firewall_rules/{rule_id}/move.json");
        let word = match way {
            Move::Up => "up",
            Move::Down => "down",
        };
        let query = [("position", word)];
        let mut change = Change::action(&path, "firewall_rules.update");
        change.method = Method::Get;
        change.query = &query;
        self.change(change).map(drop)
    }

    /// Says what happens to traffic that no rule speaks of, for some or all interfaces of a machine.
    ///
    /// # Errors
    /// Any [`PanelError`].
    pub fn set_firewall_defaults(&self, vm_id: u64, defaults: &[(u64, Verdict)]) -> Result<(), PanelError> {
        let nics = defaults.iter().map(|(nic, verdict)| {
            let rule = json!({"default_firewall_rule": verdict.word()});
            (nic.to_string(), rule)
        });
        let path = format!("/virtual_machines/{vm_id}/firewall_rules/update_defaults.json");
        let mut change = Change::action(&path, "firewall_rules.update");
        change.method = Method::Put;
        let nics: Map<String, Value> = nics.collect();
        change.body = Some(wrapped("network_interfaces", nics));
        self.change(change).map(drop)
    }

    /// Puts rules and defaults into force.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs.
    pub fn apply_firewall(&self, vm_id: u64) -> Result<(), PanelError> {
        let path = format!("/virtual_machines/{vm_id}/update_firewall_rules.json");
        self.change(Change::action(&path, "firewall_rules.update")).map(drop)
    }
}
