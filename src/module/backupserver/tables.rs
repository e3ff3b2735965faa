//! Our table of accounts, and its rows.

use crate::host::{Cell, Change, Failure, Host, Kind as Column, Row, Table, Where, column, is, nullable};
use crate::module::common::pages::Pages;
use crate::module::common::rows::{self, instant, must, row, text};
use crate::module::common::tables::{SEEN, SERVICES};
use crate::panel::backupserver::{Account, Kind};

/// The module of services.
pub(crate) const MODULE: &str = "backupserver";
/// The owners of accounts that an action hook made: clients.
pub(crate) const CLIENT_RESELLERS: &str = "backupserver_reseller";
/// As above.
pub(crate) const CLIENT_CUSTOMERS: &str = "backupserver_customer";

/// Accounts that we asked for: a row is written before the server is asked, and its name is never given to another owner.
pub(crate) const ACCOUNTS: Table = Table {
    name: "mod_provisor_backup_accounts",
    columns: &[
        column("module", Column::Key),
        column("owner_id", Column::Int),
        column("name_key", Column::Key),
        column("address", Column::Text),
        // By which the console answers there.
        nullable("scheme", Column::Key),
        column("kind", Column::Key),
        column("name", Column::Text),
        nullable("reseller", Column::Text),
        column("state", Column::Key),
        column("asked_at", Column::Instant),
        nullable("allotted", Column::Int),
        nullable("pass_key_at", Column::Instant),
        // When the server said that it has no account of this name, before it was asked for one.
        nullable("free_at", Column::Instant),
    ],
    primary: &["module", "owner_id"],
    unique: &[&["name_key"]],
    index: &[],
    guarded: true,
};

/// What the server told last of an account's storage. A table of its own, because a page writes it without a claim: a row of
/// [`ACCOUNTS`] changes under its service's claim alone.
pub(crate) const FIGURES: Table = Table {
    name: "mod_provisor_backup_figures",
    columns: &[
        column("module", Column::Key),
        column("owner_id", Column::Int),
        // Of the account that was asked about.
        column("name_key", Column::Key),
        nullable("allotted", Column::Int),
        nullable("used", Column::Int),
        nullable("seen_at", Column::Instant),
    ],
    primary: &["module", "owner_id"],
    unique: &[],
    index: &[],
    guarded: false,
};

/// The columns of [`FIGURES`] that hold what was told.
const TOLD: [&str; 3] = ["allotted", "used", "seen_at"];

/// The tables of this module.
pub const TABLES: &[Table] = &[SERVICES, SEEN, ACCOUNTS, FIGURES];

/// Makes them exist.
pub(crate) async fn ensure(host: &Host) -> Result<(), Failure> {
    rows::ensure(host, MODULE, TABLES).await
}

/// What we know of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It was asked for, and no answer is known.
    Asked,
    /// As `Asked`; asked again, the server refused, so that staff may give another name.
    Refused,
    /// As `Asked`; asked again, the server has an account of that name, and nothing but staff can tell whose it is.
    Found,
    /// It is active, as far as we know.
    Active,
    /// It is inactive, as far as we know.
    Inactive,
}

impl State {
    pub(crate) fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Inactive }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Refused => "refused",
            Self::Found => "found",
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// A row of [`ACCOUNTS`].
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) row: Row,
    pub(crate) account: Account,
    pub(crate) address: String,
    pub(crate) state: State,
}

impl Known {
    pub(crate) fn read(row: Row) -> Result<Self, Failure> {
        let cell = |name: &str| must(&row, &ACCOUNTS, name).map(str::to_owned);
        Ok(Self {
            account: Account {
                kind: kind_of(&cell("kind")?),
                name: cell("name")?,
                reseller: text(&row, "reseller").map(str::to_owned),
            },
            address: cell("address")?,
            state: match cell("state")?.as_str() {
                "active" => State::Active,
                "inactive" => State::Inactive,
                "refused" => State::Refused,
                "found" => State::Found,
                _ => State::Asked,
            },
            row,
        })
    }

    /// Is an account of this name surely the owner's? Until an answer told so, a stranger may have it.
    pub(crate) fn is_sure(&self) -> bool {
        matches!(self.state, State::Active | State::Inactive)
    }

    /// Did the server say, before it was first asked for the account, that it has none of this name? Then one that it has
    /// after a lost answer is the one that was asked for.
    pub(crate) fn was_free(&self) -> bool {
        text(&self.row, "free_at").is_some()
    }

    /// A change of this row, if nobody changed it since it was read.
    pub(crate) fn update(&self, values: Row) -> Result<Change, Failure> {
        Ok(Change::Update {
            table: ACCOUNTS.name,
            key: self.key()?,
            rev: must(&self.row, &ACCOUNTS, "rev")?.to_owned(),
            values,
        })
    }

    /// The change that writes down what is known of its storage, in [`FIGURES`]. What stands there of the owner's account
    /// before this one goes with it. A moment that cannot be read is nobody's.
    pub(crate) async fn figures(&self, host: &Host, mut values: Row) -> Result<Change, Failure> {
        let there = self.row_of_figures(host).await?;
        if !there.is_some_and(|row| self.is_told_of(&row).unwrap_or(false)) {
            for name in TOLD {
                values.entry(name.to_owned()).or_insert(Cell::Null);
            }
        }
        values.extend(self.key()?);
        values.extend(row([("name_key", must(&self.row, &ACCOUNTS, "name_key")?.into())]));
        Ok(Change::Put {
            table: FIGURES.name,
            values,
        })
    }

    /// The same account, with what the server told last of it since it was asked for. What it did not tell stands as it is on
    /// record.
    pub(crate) async fn with_figures(&self, host: &Host) -> Result<Self, Failure> {
        let mut known = self.clone();
        if let Some(row) = self.row_of_figures(host).await?
            && self.is_told_of(&row)?
        {
            let told = |name: &str, cell: &Cell| TOLD.contains(&name) && *cell != Cell::Null;
            known
                .row
                .extend(row.into_iter().filter(|(name, cell)| told(name, cell)));
        }
        Ok(known)
    }

    /// What is written down under its name.
    async fn row_of_figures(&self, host: &Host) -> Result<Option<Row>, Failure> {
        let conditions = ["module", "owner_id", "name_key"]
            .map(|name| Ok(is(name, "=", must(&self.row, &ACCOUNTS, name)?)))
            .into_iter()
            .collect::<Result<Vec<Where>, Failure>>()?;
        let found = host.rows(FIGURES.name, conditions, vec![], 1).await?;
        Ok(found.into_iter().next())
    }

    /// Is that told of this account? One of its name that was there before it was asked for is another.
    fn is_told_of(&self, figures: &Row) -> Result<bool, Failure> {
        Ok(instant(figures, &FIGURES, "seen_at")? >= instant(&self.row, &ACCOUNTS, "asked_at")?)
    }

    /// Forgets the account.
    pub(crate) fn delete(&self) -> Result<Change, Failure> {
        Ok(Change::Delete {
            table: ACCOUNTS.name,
            key: self.key()?,
        })
    }

    fn key(&self) -> Result<Row, Failure> {
        Ok(key(
            must(&self.row, &ACCOUNTS, "module")?,
            must(&self.row, &ACCOUNTS, "owner_id")?,
        ))
    }
}

/// The primary key of an owner's row.
pub(crate) fn key(module: &str, owner_id: &str) -> Row {
    row([("module", module.into()), ("owner_id", owner_id.into())])
}

/// The account of an owner, if one was ever asked for.
pub(crate) async fn known(host: &Host, module: &str, owner_id: &str) -> Result<Option<Known>, Failure> {
    let conditions = vec![is("module", "=", module), is("owner_id", "=", owner_id)];
    let found = host.rows(ACCOUNTS.name, conditions, vec![], 1).await?;
    found.into_iter().next().map(Known::read).transpose()
}

/// The accounts that others than this owner have under this name at the hosts of these addresses, of every kind and reseller.
pub(crate) async fn namesakes(
    host: &Host,
    addresses: &[&String],
    name: &str,
    module: &str,
    owner_id: &str,
) -> Result<Vec<Known>, Failure> {
    let hosts: Vec<&str> = addresses.iter().map(|address| host_of(address)).collect();
    let name = name.to_lowercase();
    let is_one = |row: &Row| {
        let is_own = text(row, "module") == Some(module) && text(row, "owner_id") == Some(owner_id);
        let is_there = text(row, "address").is_some_and(|address| hosts.contains(&host_of(address)));
        !is_own && is_there && text(row, "name").is_some_and(|other| other.to_lowercase() == name)
    };
    let mut found = Vec::new();
    for owners in [MODULE, CLIENT_RESELLERS, CLIENT_CUSTOMERS] {
        let mut pages = Pages::of(&ACCOUNTS, "owner_id", vec![is("module", "=", owners)]);
        while let Some(page) = pages.next(host).await? {
            for row in page.into_iter().filter(is_one) {
                found.push(Known::read(row)?);
            }
        }
    }
    Ok(found)
}

/// Could the server take two accounts of one name for one? A customer without a reseller is the default one's, which has a
/// name of the server's own: nobody here knows whether another product names it.
pub(crate) fn may_be_one(one: &Account, other: &Account) -> bool {
    let is_unknown = one.kind == Kind::Customer && (one.reseller.is_none() || other.reseller.is_none());
    one.kind == other.kind && (is_unknown || reseller_of(one) == reseller_of(other))
}

/// Its reseller in lower case, empty for none.
pub(crate) fn reseller_of(account: &Account) -> String {
    account.reseller.clone().unwrap_or_default().to_lowercase()
}

/// Is an account of anybody's here called so?
pub(crate) async fn is_called(host: &Host, name: &str) -> Result<bool, Failure> {
    let found = host.rows(ACCOUNTS.name, vec![is("name", "=", name)], vec![], 1).await?;
    Ok(!found.is_empty())
}

/// The word of a kind in our table.
pub(crate) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Reseller => "reseller",
        Kind::Customer => "customer",
    }
}

fn kind_of(word: &str) -> Kind {
    if word == "customer" {
        Kind::Customer
    } else {
        Kind::Reseller
    }
}

/// A short key of an account's full name: two accounts that a server could take for one have the same. A server is one
/// whatever port and scheme it is asked by.
pub(crate) fn name_key(address: &str, account: &Account) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in [
        host_of(address),
        kind_word(account.kind),
        &reseller_of(account),
        &account.name.to_lowercase(),
    ] {
        for byte in part.bytes().chain(std::iter::once(0)) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// The host of an address, without its port.
fn host_of(address: &str) -> &str {
    let host = match address.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => address,
    };
    host.strip_suffix('.').unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_host_whatever_its_port() {
        for (address, host) in [
            ("backup.example.net:6061", "backup.example.net"),
            ("backup.example.net.:6060", "backup.example.net"),
            ("backup.example.net", "backup.example.net"),
            ("[2001:db8::1]:6061", "[2001:db8::1]"),
            ("[2001:db8::1]", "[2001:db8::1]"),
        ] {
            assert_eq!(host_of(address), host);
        }
    }
}
