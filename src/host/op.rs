//! The ops: each a typed request of the core to the host, with the type of its reply.
//! Owns names and shapes of the protocol. Ids and numbers that may pass 2^53 are strings, decimals are strings,
//! instants are RFC 3339 UTC, dates are `YYYY-MM-DD`, secrets are `{"secret": text}`.

use crate::host::table::Table;
use crate::secret::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request to the host and the type of its reply.
pub trait Op: Serialize {
    /// The name on the wire.
    const NAME: &'static str;
    /// What the host answers.
    type Reply: DeserializeOwned;
}

macro_rules! op {
    ($type:ty, $name:literal, $reply:ty) => {
        impl Op for $type {
            const NAME: &'static str = $name;
            type Reply = $reply;
        }
    };
}

/// A cell of one of our tables: text, NULL, or a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// Text; numbers travel as text too.
    Text(String),
    /// A sealed text.
    Secret(Secret),
}

impl Serialize for Cell {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Null => s.serialize_none(),
            Cell::Text(t) => s.serialize_str(t),
            Cell::Secret(x) => x.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Cell;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a whole number, null or {\"secret\": text}")
            }
            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Null)
            }
            fn visit_none<E>(self) -> Result<Cell, E> {
                Ok(Cell::Null)
            }
            fn visit_str<E>(self, v: &str) -> Result<Cell, E> {
                Ok(Cell::Text(v.to_owned()))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Cell, E> {
                Ok(Cell::Text(v.to_string()))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Cell, E> {
                Ok(Cell::Text(v.to_string()))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Cell, A::Error> {
                Secret::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Cell::Secret)
            }
        }
        d.deserialize_any(Visit)
    }
}

impl From<&str> for Cell {
    fn from(t: &str) -> Self {
        Cell::Text(t.to_owned())
    }
}
impl From<String> for Cell {
    fn from(t: String) -> Self {
        Cell::Text(t)
    }
}
impl From<Option<String>> for Cell {
    fn from(t: Option<String>) -> Self {
        t.map_or(Cell::Null, Cell::Text)
    }
}
impl From<u64> for Cell {
    fn from(n: u64) -> Self {
        Cell::Text(n.to_string())
    }
}

/// A row of one of our tables, by column name.
pub type Row = BTreeMap<String, Cell>;

/// Makes the tables exist as declared. Cheap when the host already knows the fingerprint.
#[derive(Clone, Debug, Serialize)]
pub struct TablesEnsure {
    /// Changes with any declaration.
    pub fingerprint: String,
    /// The declarations.
    pub tables: &'static [Table],
}
op!(TablesEnsure, "tables.ensure", Empty);

/// A reply without content. An empty PHP array is accepted.
#[derive(Clone, Debug, Default)]
pub struct Empty;
impl<'de> Deserialize<'de> for Empty {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(d).map(|_| Empty)
    }
}

/// One condition on a row: all conditions of a read hold together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Where {
    /// The column.
    pub column: String,
    /// `=`, `<`, `<=`, `>`, `>=`, `in`, `null`, `not_null`. Int columns compare as numbers, others byte by byte.
    pub test: String,
    /// The values: one, or several for `in`, or none for the null tests.
    pub values: Vec<String>,
}

/// A condition with one value.
pub fn is(column: &str, test: &str, value: impl Into<String>) -> Where {
    Where {
        column: column.into(),
        test: test.into(),
        values: vec![value.into()],
    }
}

/// Reads rows of one of our tables, in the order given, at most `limit`.
#[derive(Clone, Debug, Serialize)]
pub struct RowsRead {
    /// The table.
    pub table: &'static str,
    /// The conditions.
    #[serde(rename = "where")]
    pub conditions: Vec<Where>,
    /// Columns to sort by, ascending.
    pub order: Vec<&'static str>,
    /// At most so many rows.
    pub limit: u32,
}
/// The rows found.
#[derive(Clone, Debug, Deserialize)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<Row>,
}
op!(RowsRead, "rows.read", Rows);

/// One change inside an [`Apply`].
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A new row. Conflict when any unique key is taken.
    Insert {
        /// The table.
        table: &'static str,
        /// Every column that is not nullable, and any of the others; what is missing is NULL. Never `rev` and `last_op`,
        /// which the host sets: `rev` of a new row is `1`.
        values: Row,
    },
    /// Changes a guarded row if its `rev` is the one given; the host adds one to `rev` and sets `last_op`.
    Update {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: Row,
        /// The rev that was read.
        rev: String,
        /// The columns to set.
        values: Row,
    },
    /// Inserts the row, or sets its columns when the primary key exists. For tables without guard.
    Put {
        /// The table.
        table: &'static str,
        /// Key and columns.
        values: Row,
    },
    /// Deletes the row with this primary key, if it is there.
    Delete {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: Row,
    },
}

/// All changes in one transaction of our own, or none.
#[derive(Clone, Debug, Serialize)]
pub struct Apply {
    /// Unique for this attempt: stored as `last_op`, it tells after a COMMIT of unknown fate.
    pub token: String,
    /// The changes, in order.
    pub changes: Vec<Change>,
}
/// Applied, or a guard did not hold and nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All changes are committed.
    Applied,
    /// Some row was not as expected; nothing was written.
    Conflict,
}
/// Reply to [`Apply`].
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Applied {
    /// What happened.
    pub outcome: Outcome,
}
op!(Apply, "apply", Applied);

/// What the host says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct HostSettings {}
/// Reply to [`HostSettings`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The billing zone's default: the zone of the host's own clock (PHP: the current one, whatever set it); empty when unset.
    pub time_zone: String,
    /// Days from an invoice's date to its due date (WHMCS: CreateInvoiceDaysBefore).
    pub invoice_due_days: u32,
    /// Is tax on at all.
    pub tax_enabled: bool,
    /// Today's date as the host bills by it.
    pub today: String,
    /// Asked by the web site; false for the command line.
    pub web: bool,
}
op!(HostSettings, "host.settings", Settings);

/// A server record of the host: where a panel is and how to log in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// The host's id, empty for unsaved form data.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Hostname, perhaps with a scheme.
    pub hostname: String,
    /// IP address, perhaps with a scheme.
    pub ip: String,
    /// Port, empty for the default.
    pub port: String,
    /// The Secure tick.
    pub secure: bool,
    /// Login name.
    pub username: String,
    /// Password.
    pub password: Secret,
    /// Access hash with our `<tag>value</tag>` extras.
    pub access_hash: Secret,
    /// Disabled: takes no new orders.
    pub disabled: bool,
    /// The module that the host uses it with (WHMCS: tblservers.type); empty where the host tells none.
    pub module: String,
}

/// One server by id.
#[derive(Clone, Debug, Serialize)]
pub struct ServerGet {
    /// The host's id.
    pub id: String,
}
/// Reply to [`ServerGet`].
#[derive(Clone, Debug, Deserialize)]
pub struct ServerReply {
    /// The server, if it is there.
    pub server: Option<Server>,
}
op!(ServerGet, "server.get", ServerReply);

/// A configurable option that a client chose for a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChosenOption {
    /// The option's id (WHMCS: tblproductconfigoptions.id).
    pub id: String,
    /// Its name, before any `|`.
    pub name: String,
    /// What clients read of its name, after any `|`; empty: the name.
    pub label: String,
    /// `dropdown`, `radio`, `yesno` or `quantity`.
    pub kind: String,
    /// The chosen sub-option's Order value (WHMCS: sortorder).
    pub order: String,
    /// The whole text of the choice, for dropdown and radio (WHMCS: the sub-option's optionname); else empty.
    pub choice: String,
    /// The quantity chosen, for quantity options; `1` or `0` for yes/no.
    pub quantity: String,
}

/// A product.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    /// The id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `hostingaccount`, `reselleraccount`, `server` or `other`.
    pub kind: String,
    /// The module that serves it.
    pub module: String,
    /// configoption1..24 as stored, entity-decoded.
    pub options: Vec<String>,
    /// WHMCS' overagesenabled as stored: flag and units, comma-separated. Of this and the two below: none means that the
    /// host did not tell, and then nothing is billed by it.
    pub overages: Option<String>,
    /// Soft bandwidth limit as stored; empty is 0.
    pub bw_limit: Option<String>,
    /// Price per unit as stored, four decimals; empty is 0.
    pub bw_price: Option<String>,
    /// Soft disk limit as stored.
    pub disk_limit: String,
    /// Is the product taxed.
    pub tax: bool,
    /// Clients may order other configurable options for a service of it.
    pub option_upgrades: bool,
    /// There are products that a service of it may be changed to.
    pub package_upgrades: bool,
}

/// A client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Client {
    /// The id.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Company, empty for none.
    pub company: String,
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
    pub postcode: String,
    /// Country, two letters.
    pub country: String,
}

/// One client by id.
#[derive(Clone, Debug, Serialize)]
pub struct ClientGet {
    /// The host's id.
    pub id: String,
}
/// Reply to [`ClientGet`].
#[derive(Clone, Debug, Deserialize)]
pub struct ClientReply {
    /// The client, if it is there.
    pub client: Option<Client>,
}
op!(ClientGet, "client.get", ClientReply);

/// The services of one client that a module serves, by id.
#[derive(Clone, Debug, Serialize)]
pub struct ClientServices {
    /// The client.
    pub client_id: String,
    /// The module.
    pub module: String,
}
/// Reply to [`ClientServices`].
#[derive(Clone, Debug, Deserialize)]
pub struct OwnServices {
    /// At most a thousand.
    pub services: Vec<OwnService>,
}
/// A service in a list of its client's.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OwnService {
    /// The host's id.
    pub id: String,
    /// The host's word: `Active`, `Suspended`, ...
    pub status: String,
    /// The product's name.
    pub product: String,
    /// Hostname.
    pub domain: String,
    /// First address.
    pub dedicated_ip: String,
}
op!(ClientServices, "client.services", OwnServices);

/// Looks a client's own field up by its name, and writes a value into it if there is one. The name counts exactly first,
/// then without spaces around it and without regard to case. Writing the same value again does no harm.
#[derive(Clone, Debug, Serialize)]
pub struct ClientField {
    /// The client.
    pub client_id: String,
    /// The field's name (WHMCS: of a client custom field).
    pub name: String,
    /// The value to write; none only looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Secret>,
}
/// Reply to [`ClientField`].
#[derive(Clone, Debug, Deserialize)]
pub struct ClientFieldReply {
    /// The field, if there is one of that name.
    pub field: Option<FoundField>,
}
/// A field of the host's clients.
#[derive(Clone, Debug, Deserialize)]
pub struct FoundField {
    /// Its name as staff wrote it.
    pub name: String,
    /// Its place among all client fields in the order of display, from 0: the number by which the host's e-mails name it.
    pub position: u32,
    /// May clients see it?
    pub visible: bool,
}
op!(ClientField, "client.field", ClientFieldReply);

/// One order by id.
#[derive(Clone, Debug, Serialize)]
pub struct OrderGet {
    /// The host's id.
    pub id: String,
}
/// Reply to [`OrderGet`].
#[derive(Clone, Debug, Deserialize)]
pub struct OrderReply {
    /// The order, if it is there.
    pub order: Option<Order>,
}
/// What a client ordered.
#[derive(Clone, Debug, Deserialize)]
pub struct Order {
    /// The id.
    pub id: String,
    /// The client.
    pub client_id: String,
    /// The modules that serve the products ordered, and those of the services that it upgrades or adds to, each once.
    pub modules: Vec<String>,
    /// It upgrades services that were there, or adds to them, and makes none.
    #[serde(default)]
    pub only_changes: bool,
    /// The services that the order made.
    #[serde(default)]
    pub services: Vec<OrderedService>,
}
/// A service that an order made.
#[derive(Clone, Debug, Deserialize)]
pub struct OrderedService {
    /// The service.
    pub id: String,
    /// The module that serves its product; empty for none.
    pub module: String,
}
op!(OrderGet, "order.get", OrderReply);

/// A currency, with the client's rate from the default currency. Where it is given, code, digits and rate are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CurrencyRecord {
    /// ISO 4217 code.
    pub code: String,
    /// Written before an amount.
    #[serde(default)]
    pub prefix: String,
    /// Written after an amount.
    #[serde(default)]
    pub suffix: String,
    /// Digits after the point, 0 to 8.
    pub digits: u32,
    /// Units of this currency for one of the default currency.
    pub rate: String,
}

/// A map that is given is a whole one; an empty one (PHP's is a list) is a currency that the host does not know.
fn known_currency<'de, D: serde::Deserializer<'de>>(d: D) -> Result<CurrencyRecord, D::Error> {
    let given = serde_json::Value::deserialize(d)?;
    let is_empty =
        given.as_array().is_some_and(Vec::is_empty) || given.as_object().is_some_and(serde_json::Map::is_empty);
    if is_empty || given.is_null() {
        return Ok(CurrencyRecord::default());
    }
    serde_json::from_value(given).map_err(|_| serde::de::Error::custom("the currency is not whole"))
}

/// A service with all that belongs to it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// The id.
    pub id: String,
    /// The client's id.
    pub client_id: String,
    /// The server that the host chose, empty for none.
    pub server_id: String,
    /// Pending, Active, Suspended, Terminated, Cancelled, Fraud, Completed.
    pub status: String,
    /// The hostname.
    pub domain: String,
    /// Registration date `YYYY-MM-DD`, empty for none or a zero date.
    pub reg_date: String,
    /// Payment gateway.
    pub payment_method: String,
    /// Bandwidth limit of the service in MB as stored.
    pub bw_limit: String,
    /// The product.
    pub product: Product,
    /// The client.
    pub client: Client,
    /// The client's currency; empty where the host does not know it.
    #[serde(deserialize_with = "known_currency")]
    pub currency: CurrencyRecord,
    /// The configurable options chosen.
    pub options: Vec<ChosenOption>,
}

/// One service by id.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceGet {
    /// The host's id.
    pub id: String,
}
/// Reply to [`ServiceGet`].
#[derive(Clone, Debug, Deserialize)]
pub struct ServiceReply {
    /// The service, if it is there.
    pub service: Option<Service>,
}
op!(ServiceGet, "service.get", ServiceReply);

/// Sets fields of a service; setting the same values again does no harm. Fields left out stay as they are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ServiceFields {
    /// The service.
    pub id: String,
    /// Server id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_id: Option<String>,
    /// Hostname.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// User name at the VM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Root password of the VM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// First address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedicated_ip: Option<String>,
    /// Further addresses, a line each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_ips: Option<String>,
    /// Bandwidth used, whole MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bw_usage: Option<String>,
    /// Bandwidth limit, whole MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bw_limit: Option<String>,
    /// Disk used, whole MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_usage: Option<String>,
    /// Disk limit, MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_limit: Option<String>,
    /// Sets the moment of the last usage update to the host's present.
    pub touch_usage: bool,
}
op!(ServiceFields, "service.fields", Empty);

/// One line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// What the client reads; several lines of text.
    pub description: String,
    /// Amount in the client's currency, padded to its digits.
    pub amount: String,
    /// Is it taxed.
    pub taxed: bool,
}

/// An invoice as the host has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Invoice {
    /// Its id.
    pub id: String,
    /// Draft, Unpaid, Paid, Cancelled, Refunded, Collections, Payment Pending.
    pub status: String,
    /// Due date.
    pub due_date: String,
    /// Its notes.
    #[serde(default)]
    pub notes: String,
    /// Its lines.
    pub lines: Vec<InvoiceLine>,
}

/// Invoices of a client whose notes hold the marker, dated on or after `since`.
#[derive(Clone, Debug, Serialize)]
pub struct InvoiceFind {
    /// The client.
    pub client_id: String,
    /// The reference in brackets, as it stands in the notes.
    pub marker: String,
    /// Date of the plan.
    pub since: String,
}
/// Reply to [`InvoiceFind`].
#[derive(Clone, Debug, Deserialize)]
pub struct Invoices {
    /// What was found.
    pub invoices: Vec<Invoice>,
}
op!(InvoiceFind, "invoice.find", Invoices);

/// One invoice by id.
#[derive(Clone, Debug, Serialize)]
pub struct InvoiceGet {
    /// Its id.
    pub id: String,
}
/// Reply to [`InvoiceGet`].
#[derive(Clone, Debug, Deserialize)]
pub struct InvoiceReply {
    /// The invoice, if it is there.
    pub invoice: Option<Invoice>,
}
op!(InvoiceGet, "invoice.get", InvoiceReply);

/// Invoices of a client with a line whose text begins like this: how bills of an older module are found, which bear no
/// marker. Only lines that belong to nothing at the host count (WHMCS: with an empty `type`), so none of its own renewals.
/// An invoice stands in the reply once for each such line.
#[derive(Clone, Debug, Serialize)]
pub struct InvoiceLines {
    /// The client.
    pub client_id: String,
    /// The first words of the line.
    pub begins: String,
}
/// Reply to [`InvoiceLines`].
#[derive(Clone, Debug, Deserialize)]
pub struct DatedInvoices {
    /// What was found, of whatever status, oldest first.
    pub invoices: Vec<DatedInvoice>,
}
/// An invoice and its date.
#[derive(Clone, Debug, Deserialize)]
pub struct DatedInvoice {
    /// Its id.
    pub id: String,
    /// Its date, `YYYY-MM-DD`.
    pub date: String,
    /// The line's text.
    pub line: String,
}
op!(InvoiceLines, "invoice.lines", DatedInvoices);

/// Makes a draft invoice. Not idempotent: the core looks the marker up before it asks again.
#[derive(Clone, Debug, Serialize)]
pub struct InvoiceDraft {
    /// The client.
    pub client_id: String,
    /// Invoice date.
    pub date: String,
    /// Due date.
    pub due_date: String,
    /// Payment gateway, empty for the client's default.
    pub payment_method: String,
    /// Notes; they hold the marker.
    pub notes: String,
    /// The lines.
    pub lines: Vec<InvoiceLine>,
}
/// Reply to [`InvoiceDraft`].
#[derive(Clone, Debug, Deserialize)]
pub struct Drafted {
    /// The new invoice's id.
    pub id: String,
}
op!(InvoiceDraft, "invoice.draft", Drafted);

/// Publishes a draft and sends it to the client. The due date is set first.
#[derive(Clone, Debug, Serialize)]
pub struct InvoicePublish {
    /// The draft.
    pub id: String,
    /// Its due date.
    pub due_date: String,
}
op!(InvoicePublish, "invoice.publish", Empty);

/// Replaces the notes of a draft: how a runner that lost marks its own draft.
#[derive(Clone, Debug, Serialize)]
pub struct InvoiceNotes {
    /// The draft.
    pub id: String,
    /// The new notes.
    pub notes: String,
}
op!(InvoiceNotes, "invoice.notes", Empty);

/// Adds credit to a client, unless a credit with this marker in its description is there already.
#[derive(Clone, Debug, Serialize)]
pub struct CreditAdd {
    /// The client.
    pub client_id: String,
    /// Positive amount in the client's currency.
    pub amount: String,
    /// Stands in the description and makes the credit unique.
    pub marker: String,
    /// What the client reads.
    pub description: String,
}
op!(CreditAdd, "credit.add", Empty);

/// Sends an e-mail about a service. The template is made from the texts given if the host has none of that name.
#[derive(Clone, Debug, Serialize)]
pub struct MailSend {
    /// The service.
    pub service_id: String,
    /// The template's name.
    pub template: String,
    /// Subject of a new template.
    pub subject: String,
    /// Body of a new template.
    pub body: String,
}
op!(MailSend, "mail.send", Empty);
