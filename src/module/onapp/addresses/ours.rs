//! Which addresses of a VM are ours: those on our own record, and those that the old module attached.

use super::owed::Owed;
use crate::host::{Change, Failure, Host, Row, is};
use crate::module::onapp::tables::{ADDRESSES, ATTACHED, must, row, text};
use crate::panel::onapp::{AddressJoin, Vm};
use std::net::IpAddr;

/// What is on record of a service's addresses.
pub(crate) struct Ours {
    /// Of [`ATTACHED`].
    own: Vec<Row>,
    /// Of [`ADDRESSES`].
    old: Vec<Row>,
}

/// True for two spellings of one address.
pub(crate) fn same(a: &str, b: &str) -> bool {
    spelled(a) == spelled(b)
}

/// An address as it is stored and shown: the shortest spelling.
pub(crate) fn spelled(address: &str) -> String {
    address
        .parse::<IpAddr>()
        .map_or_else(|_| address.to_owned(), |ip| ip.to_string())
}

impl Ours {
    /// Reads the record; what it says of another VM that the service had does not count.
    pub(crate) async fn of(host: &Host, service_id: &str, vm_id: u64) -> Result<Self, Failure> {
        let own = vec![is("service_id", "=", service_id), is("vm_id", "=", vm_id.to_string())];
        let old = vec![is("serviceid", "=", service_id)];
        Ok(Self {
            own: host.rows(ATTACHED.name, own, vec!["address"], 1000).await?,
            old: host.rows(ADDRESSES.name, old, vec!["ipid"], 1000).await?,
        })
    }

    /// The record of an address, if it is ours: true for an included one, false for one ordered beside the product.
    pub(crate) fn included(&self, address: &str, id: Option<u64>) -> Option<bool> {
        let yes = |row: &Row, name| text(row, name).is_some_and(|value| value != "0");
        let own = self.own.iter().find(|row| self.is_at(row, address));
        let old = || {
            let id = id?.to_string();
            self.old.iter().find(|row| text(row, "ipid") == Some(&id))
        };
        own.map(|row| yes(row, "base"))
            .or_else(|| old().map(|row| yes(row, "isbase")))
    }

    /// The same of an assignment.
    pub(crate) fn of_join(&self, join: &AddressJoin) -> Option<bool> {
        self.included(&join.address, join.address_id)
    }

    fn is_at(&self, row: &Row, address: &str) -> bool {
        text(row, "address").is_some_and(|known| same(known, address))
    }

    /// True when the VM has an address that it does not use before its network is rebuilt. One that is on record alone, because
    /// the panel refused it or has not listed it yet, is not on the VM.
    pub(crate) fn is_unconfigured<'a>(&self, mut there: impl Iterator<Item = &'a str>) -> bool {
        there.any(|address| {
            let open = |row: &&Row| text(row, "configured") == Some("0") && self.is_at(row, address);
            self.own.iter().any(|row| open(&row))
        })
    }

    /// Forgets what is on our record and not on the VM: an attempt that did not end, or what staff took away.
    pub(crate) fn stale(&self, joins: &[AddressJoin]) -> Result<Vec<Change>, Failure> {
        self.own
            .iter()
            .filter(|row| !joins.iter().any(|join| self.is_at(row, &join.address)))
            .map(deletion)
            .collect()
    }

    /// Takes note that the VM uses all of them.
    pub(crate) fn all_configured(&self) -> Result<Vec<Change>, Failure> {
        let open = self.own.iter().filter(|row| text(row, "configured") == Some("0"));
        open.map(|open| {
            Ok(Change::Update {
                table: ATTACHED.name,
                key: key(open)?,
                rev: must(open, &ATTACHED, "rev")?.to_owned(),
                values: row([("configured", "1".into())]),
            })
        })
        .collect()
    }

    /// Writes our own into the old module's table, where the panel gave them an id. `made_with`: the VM is new, and the first
    /// of the others came with it, at our request.
    pub(crate) fn in_old_table(&self, service_id: &str, vm: &Vm, made_with: bool) -> Vec<Change> {
        let own = |address: &str| self.own.iter().find(|row| self.is_at(row, address));
        let put = |id: u64, base: &str| Change::Put {
            table: ADDRESSES.name,
            values: row([
                ("serviceid", service_id.into()),
                ("ipid", id.into()),
                ("isbase", base.into()),
            ]),
        };
        let first = vm
            .ip_addresses
            .iter()
            .find(|ip| made_with && own(&ip.address).is_none())
            .and_then(|ip| ip.id)
            .map(|id| put(id, "1"));
        let attached = vm.ip_addresses.iter().filter_map(|ip| {
            let base = text(own(&ip.address)?, "base").unwrap_or("0");
            Some(put(ip.id?, base))
        });
        first.into_iter().chain(attached).collect()
    }

    /// Forgets one address.
    pub(crate) fn released(&self, service_id: &str, address: &str, id: Option<u64>) -> Result<Vec<Change>, Failure> {
        let mut changes: Vec<Change> = self
            .own
            .iter()
            .filter(|row| self.is_at(row, address))
            .map(deletion)
            .collect::<Result<_, _>>()?;
        if let Some(id) = id {
            changes.push(old_deletion(service_id, &id.to_string()));
        }
        Ok(changes)
    }
}

fn key(attached: &Row) -> Result<Row, Failure> {
    Ok(row([
        ("server_id", must(attached, &ATTACHED, "server_id")?.into()),
        ("network_id", must(attached, &ATTACHED, "network_id")?.into()),
        ("address", must(attached, &ATTACHED, "address")?.into()),
    ]))
}

fn deletion(attached: &Row) -> Result<Change, Failure> {
    Ok(Change::Delete {
        table: ATTACHED.name,
        key: key(attached)?,
    })
}

fn old_deletion(service_id: &str, id: &str) -> Change {
    Change::Delete {
        table: ADDRESSES.name,
        key: row([("serviceid", service_id.into()), ("ipid", id.into())]),
    }
}

/// Forgets all addresses of a service, whose VM is gone.
pub(crate) async fn forgotten(host: &Host, service_id: &str) -> Result<Vec<Change>, Failure> {
    let of_service = vec![is("service_id", "=", service_id)];
    let own = host.rows(ATTACHED.name, of_service, vec!["address"], 1000).await?;
    let of_service = vec![is("serviceid", "=", service_id)];
    let old = host.rows(ADDRESSES.name, of_service, vec!["ipid"], 1000).await?;
    let mut changes: Vec<Change> = own.iter().map(deletion).collect::<Result<_, _>>()?;
    changes.extend(
        old.iter()
            .map(|row| old_deletion(service_id, text(row, "ipid").unwrap_or_default())),
    );
    changes.push(Owed::settled(service_id));
    Ok(changes)
}

/// Takes note that a VM uses all addresses that it has, because its network was written anew.
pub(crate) async fn configured(host: &Host, service_id: &str, vm_id: u64) -> Result<Vec<Change>, Failure> {
    Ours::of(host, service_id, vm_id).await?.all_configured()
}
