//! What was seen last of a service's server, with its moment: pages show it while the panel is slow or dead. Written by whoever
//! saw something newer; losing it loses nothing but the memory.

use super::assigned::Assigned;
use crate::host::{Cell, Change, Failure, Host, Row, is};
use crate::module::singlehop::tables::{KNOWN, instant, row, stored, text};
use crate::panel::singlehop::IpBlock;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Name, login and state of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Overview {
    pub(crate) hostname: String,
    pub(crate) username: String,
    /// `online`, `rescue`, `suspended`, `offline`, or empty where the panel says nothing that is known.
    pub(crate) state: String,
    /// The panel's own word; for staff only.
    #[serde(default)]
    pub(crate) word: String,
    pub(crate) ip: Option<IpAddr>,
}

/// Addresses that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) public: bool,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) gateway: Option<IpAddr>,
    pub(crate) netmask: Option<String>,
}

impl From<IpBlock> for Block {
    fn from(block: IpBlock) -> Self {
        Self {
            public: block.public,
            addresses: block.addresses,
            gateway: block.gateway,
            netmask: block.netmask,
        }
    }
}

/// Traffic of a day, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DayTraffic {
    pub(crate) date: String,
    pub(crate) received: u64,
    pub(crate) sent: u64,
}

/// Traffic of a period, in bytes, as it was at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Traffic {
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    pub(crate) at: Instant,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    pub(crate) days: Vec<DayTraffic>,
}

impl Traffic {
    /// Is it the same traffic, whenever it was read?
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        (self.received, self.sent, &self.days) == (other.received, other.sent, &other.days)
    }

    /// Both together, as of this one's moment.
    pub(crate) fn with(mut self, earlier: &Self) -> Self {
        self.received = self.received.saturating_add(earlier.received);
        self.sent = self.sent.saturating_add(earlier.sent);
        let mut by_date: BTreeMap<String, DayTraffic> = BTreeMap::new();
        for day in self.days.into_iter().chain(earlier.days.iter().cloned()) {
            match by_date.get_mut(&day.date) {
                Some(of_date) => {
                    of_date.received = of_date.received.saturating_add(day.received);
                    of_date.sent = of_date.sent.saturating_add(day.sent);
                }
                None => drop(by_date.insert(day.date.clone(), day)),
            }
        }
        self.days = by_date.into_values().collect();
        self
    }
}

/// The memory of one service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) overview: Option<(Overview, Instant)>,
    pub(crate) ips: Option<(Vec<Block>, Instant)>,
    /// Of the service: what it had with servers before this one is in it.
    pub(crate) traffic: Vec<Traffic>,
    /// With servers before this one.
    pub(crate) earlier: Vec<Traffic>,
    pub(crate) rebooted_at: Option<Instant>,
}

/// Drops all that is known of a service.
pub(crate) fn gone(service_id: &str) -> Change {
    Change::Delete {
        table: KNOWN.name,
        key: row([("service_id", service_id.into())]),
    }
}

/// Drops what was seen of a service's server, and keeps of it the traffic that the service had. The moment of the last
/// restart stays: a server that is given up and selected again is not restarted twice within the cool-down.
pub(crate) fn blank(service_id: &str, known: &Known) -> Change {
    let is_in = |month: &Traffic| known.traffic.iter().any(|t| t.start == month.start);
    let others = known.earlier.iter().filter(|month| !is_in(month));
    let earlier: Vec<&Traffic> = known.traffic.iter().chain(others).collect();
    let values = row([
        ("service_id", service_id.into()),
        ("panel", Cell::Null),
        ("leap_id", Cell::Null),
        ("overview", Cell::Null),
        ("overview_at", Cell::Null),
        ("ips", Cell::Null),
        ("ips_at", Cell::Null),
        ("traffic", Cell::Null),
        ("earlier", written((!earlier.is_empty()).then_some(&earlier))),
    ]);
    Change::Put {
        table: KNOWN.name,
        values,
    }
}

impl Known {
    /// Reads what is known of a service with this server; of another server nothing is. What an older release wrote in
    /// another shape counts as not known, and so does a damaged moment, which is said.
    pub(crate) async fn read(host: &Host, service_id: &str, server: Option<&Assigned>) -> Result<Self, Failure> {
        let found = host
            .rows(KNOWN.name, vec![is("service_id", "=", service_id)], vec![], 1)
            .await?;
        let Some(row) = found.first() else {
            return Ok(Self::default());
        };
        let moment = |name: &str| {
            instant(row, &KNOWN, name).unwrap_or_else(|failure| {
                host.log("warning", &failure.code, format!("Service {service_id}: {failure}"));
                None
            })
        };
        let service = Self {
            earlier: parsed(row, "earlier").unwrap_or_default(),
            rebooted_at: not_to_come(host, service_id, moment("rebooted_at")).await,
            ..Self::default()
        };
        let is_seen = |server: &Assigned| match (text(row, "panel"), text(row, "leap_id")) {
            (Some(panel), Some(leap_id)) => panel == server.panel && leap_id == server.leap_id,
            // An older release did not write whose it is.
            _ => true,
        };
        if !server.is_some_and(is_seen) {
            return Ok(service);
        }
        Ok(Self {
            overview: parsed(row, "overview").zip(moment("overview_at")),
            ips: parsed(row, "ips").zip(moment("ips_at")),
            traffic: parsed(row, "traffic").unwrap_or_default(),
            ..service
        })
    }

    /// Keeps what was seen of this server, and nothing else: what stands there may be of another one. A page that may not
    /// write, or a host that cannot, shows it all the same.
    pub(crate) async fn keep(&self, host: &Host, server: &Assigned) {
        let values = row([
            ("service_id", server.service_id.as_str().into()),
            ("panel", server.panel.as_str().into()),
            ("leap_id", server.leap_id.as_str().into()),
            (
                "overview",
                written(self.overview.as_ref().map(|(overview, _)| overview)),
            ),
            ("overview_at", self.overview.as_ref().map(|(_, at)| stored(*at)).into()),
            ("ips", written(self.ips.as_ref().map(|(ips, _)| ips))),
            ("ips_at", self.ips.as_ref().map(|(_, at)| stored(*at)).into()),
            ("traffic", written((!self.traffic.is_empty()).then_some(&self.traffic))),
        ]);
        let change = Change::Put {
            table: KNOWN.name,
            values,
        };
        if let Err(failure) = host.apply(vec![change]).await {
            host.log(
                "info",
                &failure.code,
                format!("What was seen of the server was not kept: {failure}"),
            );
        }
    }
}

/// A restart in the future means that the clock was set back: it counts as one of now, and is kept so, or the wait for the
/// next would never end.
async fn not_to_come(host: &Host, service_id: &str, at: Option<Instant>) -> Option<Instant> {
    let clock = host.clock();
    let at = at?;
    if at <= clock {
        return Some(at);
    }
    let values = row([("service_id", service_id.into()), ("rebooted_at", stored(clock).into())]);
    let change = Change::Put {
        table: KNOWN.name,
        values,
    };
    if let Err(failure) = host.apply(vec![change]).await {
        host.log(
            "info",
            &failure.code,
            format!("The moment of the restart was not kept: {failure}"),
        );
    }
    Some(clock)
}

fn parsed<T: serde::de::DeserializeOwned>(row: &Row, name: &str) -> Option<T> {
    text(row, name).and_then(|text| serde_json::from_str(text).ok())
}

fn written(value: Option<&impl Serialize>) -> Cell {
    value.and_then(|value| serde_json::to_string(value).ok()).into()
}
