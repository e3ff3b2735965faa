//! What an account is, in our words: who it belongs to and what it may use. A value that is `None` is not sent, and the
//! server's own default holds.

/// What is signed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A reseller, who has customers.
    Reseller,
    /// A customer, of a reseller or of the server's default one.
    Customer,
}

/// An account as each call names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What it is.
    pub kind: Kind,
    /// Its name, which is its key at the server.
    pub name: String,
    /// The reseller of a customer; none for the server's default one.
    pub reseller: Option<String>,
}

/// The person behind an account. Empty texts are not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Company.
    pub company: String,
    /// E-mail address.
    pub email: String,
    /// Telephone.
    pub phone: String,
    /// Street.
    pub address1: String,
    /// Second line of it.
    pub address2: String,
    /// City.
    pub city: String,
    /// State.
    pub state: String,
    /// Postcode.
    pub zip: String,
    /// Country, two letters.
    pub country: String,
}

/// How fast an account may send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bandwidth {
    /// As the server, or the customer's reseller, is configured.
    Global,
    /// As fast as it can.
    Unthrottled,
    /// Never faster than the rate.
    Always {
        /// Bytes, presumably per second: the source names no time.
        rate: u64,
    },
    /// Not faster than the rate between two times of the server's day.
    Scheduled {
        /// `HHMM`.
        from: String,
        /// `HHMM`; before `from` means the next day.
        till: String,
        /// Bytes, as above.
        rate: u64,
    },
}

/// Licences that backup clients use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mcal {
    /// As many as are connected.
    Auto,
    /// At most so many.
    Allotted(u32),
}

/// What an account may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Made active.
    pub active: Option<bool>,
    /// Backup clients are added by themselves when they connect.
    pub auto_authorization: Option<bool>,
    /// Bytes.
    pub storage: Option<u64>,
    /// A path at the server.
    pub location: Option<String>,
    /// Addresses of the consolidated report, empty for none; customers only.
    pub report: Option<Vec<String>>,
    /// Licences.
    pub mcal: Option<Mcal>,
    /// Speed.
    pub bandwidth: Option<Bandwidth>,
    /// The server sends its own e-mail about the new account.
    pub send_mail: Option<bool>,
}

/// What an account uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes allotted, where the server says so.
    pub allotted: Option<u64>,
    /// Bytes used, where the server says so.
    pub used: Option<u64>,
    /// Active, where the server says so.
    pub active: Option<bool>,
    /// What the answer holds in place of these, and does not count.
    pub unread: Vec<Unread>,
}

/// Something in an answer that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The setting of the contract by which it was looked for, such as `response.storageUsedKey`.
    pub setting: &'static str,
    /// What stands there and should not, with the settings concerned.
    pub what: String,
}
