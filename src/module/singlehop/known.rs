//! What was seen last of a service's server, with its moment: pages show it while the panel is slow or dead. Written by whoever
//! saw something newer; losing it loses nothing but the memory.

use super::tables::{KNOWN, instant, row, stored, text};
use crate::host::{Change, Failure, Host, Row, is};
use crate::panel::singlehop::IpBlock;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
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

/// The memory of one service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) overview: Option<(Overview, Instant)>,
    pub(crate) ips: Option<(Vec<Block>, Instant)>,
    pub(crate) traffic: Vec<Traffic>,
    pub(crate) rebooted_at: Option<Instant>,
}

impl Known {
    /// Reads it; what an older release wrote in another shape counts as not known.
    pub(crate) async fn read(host: &Host, service_id: &str) -> Result<Self, Failure> {
        let found = host
            .rows(KNOWN.name, vec![is("service_id", "=", service_id)], vec![], 1)
            .await?;
        let Some(row) = found.first() else {
            return Ok(Self::default());
        };
        Ok(Self {
            overview: parsed(row, "overview").zip(instant(row, &KNOWN, "overview_at")?),
            ips: parsed(row, "ips").zip(instant(row, &KNOWN, "ips_at")?),
            traffic: parsed(row, "traffic").unwrap_or_default(),
            rebooted_at: not_to_come(host, service_id, instant(row, &KNOWN, "rebooted_at")?).await,
        })
    }

    /// Keeps what was seen. A page that may not write, or a host that cannot, shows it all the same.
    pub(crate) async fn keep(&self, host: &Host, service_id: &str) {
        let mut values = row([("service_id", service_id.into())]);
        if let Some((overview, at)) = &self.overview {
            put(&mut values, "overview", overview);
            values.insert("overview_at".into(), stored(*at).into());
        }
        if let Some((ips, at)) = &self.ips {
            put(&mut values, "ips", ips);
            values.insert("ips_at".into(), stored(*at).into());
        }
        if !self.traffic.is_empty() {
            put(&mut values, "traffic", &self.traffic);
        }
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

fn put(values: &mut Row, name: &str, value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        values.insert(name.to_owned(), text.into());
    }
}
