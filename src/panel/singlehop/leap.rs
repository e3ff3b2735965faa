//! What LEAP can do, in the words of the billing side: the one trait that both generations implement, and its types.

use std::net::IpAddr;

use chrono::NaiveDate;

use super::account::Account;
use super::config::Config;
use super::leap3::Leap3;
use super::legacy::Legacy;
use crate::http::{Client, Error};
use crate::money::{Decimal, Quotient};
use crate::time::{Instant, Period};

/// Which API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// The REST API of LEAP3 ("Dropzone").
    Leap3,
    /// The JSON API behind `api.php`, before LEAP3.
    Legacy,
}

impl Generation {
    /// The documented base address.
    pub fn base(self) -> &'static str {
        match self {
            Self::Leap3 => "https://dropzone.singlehop.com",
            Self::Legacy => "https://leap.singlehop.com/api.php",
        }
    }
}

/// What the panel counts traffic in; the vendor does not say (reference: storegrid-singlehop.md 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// 1024 bytes.
    Kilobytes,
    /// 1024 kilobytes.
    Megabytes,
    /// Eight of them are a byte.
    Bits,
}

impl Unit {
    /// The amount in whole bytes, rounded half up; None for a negative or an absurd one.
    ///
    /// ```
    /// use provisor::panel::singlehop::Unit;
    /// assert_eq!(Unit::Kilobytes.bytes("1.5".parse().unwrap()), Some(1536));
    /// assert_eq!(Unit::Bits.bytes("12".parse().unwrap()), Some(2));
    /// assert_eq!(Unit::Bytes.bytes("-1".parse().unwrap()), None);
    /// ```
    pub fn bytes(self, amount: Decimal) -> Option<u64> {
        let (factor, divisor) = match self {
            Self::Bytes => (1_u64, 1),
            Self::Kilobytes => (1024, 1),
            Self::Megabytes => (1024 * 1024, 1),
            Self::Bits => (1, 8),
        };
        let amount = amount.mul(Decimal::from(factor)).ok()?;
        let whole = Quotient::new(amount, divisor).ok()?.round_half_away(0).ok()?;
        whole.to_string().parse().ok()
    }
}

/// What a server is doing, as far as the panel says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Online,
    /// It runs the rescue system.
    Rescue,
    /// The panel suspended it.
    Suspended,
    /// It does not run.
    Offline,
    /// The panel's word is none of these: nobody can tell.
    Other,
    /// The panel says nothing.
    Unknown,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The id, opaque.
    pub id: String,
    /// The hostname; may be empty.
    pub hostname: String,
    /// Such as `dedicated` or `vm`; may be empty.
    pub kind: String,
    /// What it does.
    pub state: State,
    /// The panel's own word for that; for staff only.
    pub status: String,
    /// Its login, where the panel names one.
    pub username: Option<String>,
    /// Its first address, where the panel names one.
    pub ip: Option<IpAddr>,
}

/// The servers of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// Those that can be told apart, by hostname.
    pub servers: Vec<Server>,
    /// So many entries have no usable id; which servers they are, nobody knows.
    pub left_out: usize,
}

impl Server {
    /// True for a virtual machine.
    pub fn is_vm(&self) -> bool {
        self.kind.eq_ignore_ascii_case("vm")
    }
}

/// Addresses that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpBlock {
    /// Reachable from the Internet.
    pub public: bool,
    /// The addresses, the first one first.
    pub addresses: Vec<IpAddr>,
    /// The gateway.
    pub gateway: Option<IpAddr>,
    /// The netmask, as the panel writes it.
    pub netmask: Option<String>,
}

/// Traffic of one day, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day as the panel names it.
    pub date: Option<NaiveDate>,
    /// Its moment, where the panel gives one.
    pub at: Option<Instant>,
    /// Received.
    pub received: u64,
    /// Sent.
    pub sent: u64,
}

/// Traffic of a period, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bandwidth {
    /// Received.
    pub received: u64,
    /// Sent.
    pub sent: u64,
    /// By day as the panel gives them, in no order, days beyond the period and several of one date included, without those of
    /// which it tells nothing; empty where it gives totals only.
    pub days: Vec<Day>,
}

/// SingleHop LEAP, of either generation.
pub trait Leap: Send + Sync {
    /// The servers that the Tandem user may see.
    ///
    /// # Errors
    /// Any [`Error`]; `panel.unauthorized` for wrong credentials.
    fn servers(&self) -> Result<List, Error>;

    /// All servers of the account, whatever the Tandem user may see.
    ///
    /// # Errors
    /// Any [`Error`].
    fn owned(&self) -> Result<List, Error>;

    /// One server as it is now. Its id is the one that was asked for, whatever the panel answers (for a virtual machine it
    /// answers with that of the hypervisor).
    ///
    /// # Errors
    /// Any [`Error`].
    fn server(&self, id: &str) -> Result<Server, Error>;

    /// Does it say of this server itself that it has none such? Only to the login that had it does that mean that it is gone.
    /// None for the old API, which has no call that says so.
    ///
    /// # Errors
    /// Any [`Error`]: then nobody knows.
    fn is_gone(&self, id: &str) -> Result<Option<bool>, Error>;

    /// Do its answers say what a server is doing? The old API's never do.
    fn tells_state(&self) -> bool;

    /// Its addresses.
    ///
    /// # Errors
    /// Any [`Error`].
    fn ips(&self, id: &str) -> Result<Vec<IpBlock>, Error>;

    /// Its traffic of a period from `since` on. The old API knows no period: it answers with its current totals, and with
    /// nothing (`None`) for a period that does not hold `now`, or of which a part is asked for.
    ///
    /// # Errors
    /// Any [`Error`].
    fn bandwidth(&self, id: &str, period: &Period, since: Instant, now: Instant) -> Result<Option<Bandwidth>, Error>;

    /// Restarts it. One change; never repeated.
    ///
    /// # Errors
    /// Any [`Error`]; see [`Error::sent`].
    fn reboot(&self, id: &str) -> Result<(), Error>;

    /// Suspends or unsuspends it by the call for it. One change; no toggle.
    ///
    /// # Errors
    /// Any [`Error`]; see [`Error::sent`].
    fn set_suspended(&self, id: &str, on: bool) -> Result<(), Error>;

    /// Starts or stops a virtual machine. One change.
    ///
    /// # Errors
    /// Any [`Error`]; see [`Error::sent`].
    fn set_power(&self, id: &str, on: bool) -> Result<(), Error>;

    /// May the Tandem user manage it?
    ///
    /// # Errors
    /// Any [`Error`]; `singlehop.tandem_user` when there is no such user.
    fn permission(&self, id: &str) -> Result<bool, Error>;

    /// Gives it to the Tandem user, or takes it away. Reads and writes: the caller keeps others out. One change.
    ///
    /// # Errors
    /// As [`Leap::permission`]; see [`Error::sent`].
    fn set_permission(&self, id: &str, on: bool) -> Result<(), Error>;

    /// Does the call for it name the server by its hostname, which then has to be one and its own?
    fn cancels_by_hostname(&self) -> bool;

    /// Asks for its cancellation; tells the cancellation's id where the panel names one. One change.
    ///
    /// # Errors
    /// Any [`Error`]; see [`Error::sent`].
    fn cancel(&self, id: &str, hostname: &str) -> Result<Option<String>, Error>;
}

/// The API of that generation. `path` stands before every path of the calls: what the base address has after its host.
pub fn open(
    generation: Generation,
    client: Client,
    path: &str,
    account: Account,
    config: Config,
    unit: Unit,
) -> Box<dyn Leap> {
    match generation {
        Generation::Leap3 => Box::new(Leap3::new(client, path, account, config, unit)),
        Generation::Legacy => Box::new(Legacy::new(client, path, account, config, unit)),
    }
}

/// Is this text a server id? Nothing else goes into a path.
///
/// ```
/// use provisor::panel::singlehop::is_server_id;
/// assert!(is_server_id("000001") && !is_server_id("../1") && !is_server_id(""));
/// ```
pub fn is_server_id(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
