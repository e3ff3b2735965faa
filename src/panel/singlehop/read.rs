//! From an answer's values to servers, addresses and traffic: the same for both generations, because the old shapes that are
//! known differ in names only.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, TimeDelta};

use super::leap::{Bandwidth, Day, IpBlock, List, Server, State, Unit, is_server_id};
use super::wire::{Node, is_index};
use crate::http::{Answer, Error};
use crate::time::Period;

/// A list of servers, drawn as a map or as an array; entries without a usable id of their own, or that are no object, are left
/// out and counted. What is neither is no list: it does not say that there are no servers.
pub(super) fn servers(answer: &Answer, node: Node<'_>) -> Result<List, Error> {
    if !node.is_map() && !node.is_list() {
        return Err(answer.unexpected("without a list of servers in it"));
    }
    let entries = node.entries();
    let all = entries.len();
    let own = |item: Node<'_>| item.text(&["serverid", "server_id", "id"]);
    // The keys of a map are the ids, but for those of an array with a gap, whose entries name their own.
    let keyed = node.is_map()
        && !(entries.iter().all(|(key, _)| is_index(key))
            && entries
                .iter()
                .any(|(key, item)| own(*item).is_some_and(|id| id != *key)));
    let found: Vec<Server> = entries
        .into_iter()
        .filter(|(_, item)| item.is_map())
        .filter_map(|(key, item)| {
            let id = if keyed { key } else { own(item)? };
            is_id(&id).then(|| server(&id, item))
        })
        .collect();
    let mut servers = found.clone();
    // Named again in the same words it is the same; which of two that differ is meant, nobody knows.
    servers.retain(|one| found.iter().all(|other| other.id != one.id || other == one));
    let left_out = all.saturating_sub(servers.len());
    servers.sort_by(|a, b| (&a.hostname, &a.id).cmp(&(&b.hostname, &b.id)));
    servers.dedup();
    Ok(List { left_out, servers })
}

/// An id with a digit in it: "servers", "none" and "all" are none.
fn is_id(text: &str) -> bool {
    is_server_id(text) && text.bytes().any(|b| b.is_ascii_digit())
}

/// Does this tell anything of a server?
pub(super) fn is_server(node: Node<'_>) -> bool {
    node.text(&["hostname", "server", "status", "type", "publicip", "primaryip"])
        .is_some()
}

/// One server; the id is the caller's.
pub(super) fn server(id: &str, node: Node<'_>) -> Server {
    let status: String = node.text(&["status"]).unwrap_or_default();
    let status: String = status.chars().filter(|c| !c.is_control()).take(60).collect();
    // No hostname is longer.
    let hostname = node.text(&["hostname", "server"]).filter(|name| name.len() <= 253);
    Server {
        id: id.to_owned(),
        hostname: hostname.unwrap_or_default(),
        kind: node.text(&["type"]).unwrap_or_default(),
        state: state(&status),
        status,
        username: node.text(&["username", "user"]),
        ip: node.ip(&["publicip", "primaryip"]),
    }
}

/// Exact words only: "unsuspended" and "suspend pending" are not "suspended", and "booting" is not off.
fn state(status: &str) -> State {
    match status.to_ascii_lowercase().as_str() {
        "" => State::Unknown,
        "online" => State::Online,
        "rescue" => State::Rescue,
        "suspended" => State::Suspended,
        "offline" | "off" | "stopped" => State::Offline,
        _ => State::Other,
    }
}

/// More blocks than these, and more addresses in one, are no server's; the rest is left out.
const MOST_BLOCKS: usize = 64;
const MOST_ADDRESSES: usize = 256;

/// Address blocks: `public` and `private_networks`, or plain addresses.
pub(super) fn ips(node: Node<'_>) -> Vec<IpBlock> {
    let fields = node.fields();
    let mut blocks = Vec::new();
    for (key, public) in [("public", true), ("private_networks", false)] {
        let Some(list) = fields.get(key) else { continue };
        // A single block may stand there itself.
        if let Some(one) = list.is_map().then(|| block(*list, public)).flatten() {
            blocks.push(one);
            continue;
        }
        for (_, item) in list.entries().into_iter().take(MOST_BLOCKS) {
            blocks.extend(block(item, public));
        }
    }
    if fields.contains_key("public") || fields.contains_key("private_networks") {
        return blocks;
    }
    let plain = fields.get("ips").copied().unwrap_or(node);
    let addresses = addresses(plain.texts(&["ip", "firstip"]));
    if !addresses.is_empty() {
        blocks.push(IpBlock {
            public: true,
            addresses,
            gateway: None,
            netmask: None,
        });
    }
    blocks
}

fn block(node: Node<'_>, public: bool) -> Option<IpBlock> {
    let mut all = node.text(&["firstip", "ip"]).into_iter().collect::<Vec<_>>();
    all.extend(node.get("allips").map(|list| list.texts(&["ip"])).unwrap_or_default());
    let addresses = addresses(all);
    let plain = |text: &String| {
        text.len() <= 45
            && text
                .bytes()
                .all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':' | b'/'))
    };
    (!addresses.is_empty()).then(|| IpBlock {
        public,
        addresses,
        gateway: node.ip(&["gateway"]),
        netmask: node.text(&["netmask"]).filter(plain),
    })
}

/// Valid addresses, each once, in their order.
fn addresses(texts: Vec<String>) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for address in texts.iter().filter_map(|text| text.parse().ok()).take(MOST_ADDRESSES) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// No server has a faster line, in either direction: bytes a second (100 Gbit/s).
const LINE: u64 = 12_500_000_000;

/// A month by the hour, and some.
const MOST_DAYS: usize = 1000;

/// Traffic of a period. Without totals the days are added up; without either, or with one direction alone, the answer is not
/// what it should be, nor is it with more than a line of 100 Gbit/s carries in the period and a day on either side.
pub(super) fn bandwidth(answer: &Answer, node: Node<'_>, unit: Unit, period: &Period) -> Result<Bandwidth, Error> {
    let seconds = (period.end - period.start + TimeDelta::days(2)).num_seconds();
    let most = LINE.saturating_mul(u64::try_from(seconds).unwrap_or(0));
    let wrong = |what: &str| answer.unexpected(format!("with a field \"{what}\" that is not an amount"));
    let amount = |node: Node<'_>, keys: &[&str], what: &str| match node.text(keys) {
        None => Ok(None),
        Some(_) => node
            .number(keys)
            .and_then(|amount| unit.bytes(amount))
            .map(Some)
            .ok_or_else(|| wrong(what)),
    };
    let mut days = Vec::new();
    let entries = node.get("dailyusage").map(Node::entries).unwrap_or_default();
    if entries.len() > MOST_DAYS {
        return Err(answer.unexpected(format!("with {} days of traffic in one period", entries.len())));
    }
    for (key, item) in entries {
        let date = item.text(&["date"]).unwrap_or(key).parse::<NaiveDate>().ok();
        let at = item
            .text(&["timestamp"])
            .and_then(|t| t.parse().ok())
            .and_then(|t| DateTime::from_timestamp(t, 0));
        // A key whose value is null or empty tells nothing; a day of which nothing is told, as of one to come, is left out.
        let told = ["in", "out"].map(|part| item.text(&[part]).is_some());
        if told == [false, false] && (date.is_some() || at.is_some()) {
            continue;
        }
        if told != [true, true] {
            return Err(answer.unexpected("with a day of traffic that does not tell both directions"));
        }
        days.push(Day {
            date,
            at,
            received: amount(item, &["in"], "in")?.unwrap_or(0),
            sent: amount(item, &["out"], "out")?.unwrap_or(0),
        });
    }
    let received = amount(node, &["intotal", "in"], "intotal")?;
    let sent = amount(node, &["outtotal", "out"], "outtotal")?;
    if days.is_empty() && (received.is_none() || sent.is_none()) {
        return Err(answer.unexpected("without the traffic of both directions in it"));
    }
    let sum = |part: fn(&Day) -> u64| days.iter().map(part).fold(0, u64::saturating_add);
    let by_day = (sum(|day| day.received), sum(|day| day.sent));
    let (received, sent) = (received.unwrap_or(by_day.0), sent.unwrap_or(by_day.1));
    if [received, sent, by_day.0, by_day.1].iter().any(|bytes| *bytes > most) {
        return Err(answer.unexpected("with more traffic than a line of 100 Gbit/s carries; is the unit right?"));
    }
    Ok(Bandwidth { received, sent, days })
}

/// A Tandem user as the list shows it.
pub(super) struct TandemUser {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    /// None where the list is not there, or cannot be read for sure: what is read here is written back.
    pub(super) servers: Option<Vec<String>>,
}

/// The Tandem user whose e-mail or name is the login of the product's settings.
pub(super) fn tandem_user(list: Node<'_>, login: &str) -> Option<TandemUser> {
    let mut users: Vec<(String, Node<'_>)> = list.fields().into_iter().collect();
    users.extend(list.items().into_iter().map(|item| (String::new(), item)));
    let is_login = |text: Option<String>| text.is_some_and(|text| text.eq_ignore_ascii_case(login));
    let found = |key: &str| users.iter().find(|(_, user)| is_login(user.text(&[key])));
    let (key, user) = found("email").or_else(|| found("name"))?;
    Some(TandemUser {
        id: user.text(&["id", "userid"]).unwrap_or_else(|| key.clone()),
        name: user.text(&["name"]).unwrap_or_default(),
        email: user.text(&["email"]).unwrap_or_default(),
        servers: user.get("servers").and_then(server_ids),
    })
}

/// The ids in a list, in a map by index or by id, in a text that holds one of these as JSON, or in a text with commas or
/// spaces between them. None as soon as one of them may be something else.
fn server_ids(list: Node<'_>) -> Option<Vec<String>> {
    let Some(text) = list.token() else {
        return ids_inside(list);
    };
    if !list.is_text() {
        return None;
    }
    if text.starts_with(['[', '{']) {
        return ids_inside(Node::of(serde_json::from_str(&text).ok()?));
    }
    only_ids(
        text.split([',', ' ', ';', '\n'])
            .filter(|part| !part.is_empty())
            .map(|part| Some(part.to_owned())),
    )
}

fn ids_inside(list: Node<'_>) -> Option<Vec<String>> {
    let named = |node: Node<'_>| node.text(&["serverid", "server_id", "id"]);
    let of = |node: Node<'_>| node.token().or_else(|| named(node));
    if list.is_list() {
        return only_ids(list.items().into_iter().map(of));
    }
    if !list.is_map() {
        return None;
    }
    let fields = list.fields();
    if fields.keys().all(|key| is_index(key)) {
        return only_ids(fields.into_values().map(of));
    }
    only_ids(fields.into_iter().map(|(key, node)| {
        let is_id = node.is_map() && !is_index(&key);
        is_id.then(|| named(node).unwrap_or(key))
    }))
}

/// All of them, if each is an id and no two are the same.
fn only_ids(texts: impl Iterator<Item = Option<String>>) -> Option<Vec<String>> {
    let ids: Vec<String> = texts
        .map(|text| text.filter(|text| is_id(text)))
        .collect::<Option<_>>()?;
    let different: BTreeSet<&String> = ids.iter().collect();
    (different.len() == ids.len()).then_some(ids)
}
