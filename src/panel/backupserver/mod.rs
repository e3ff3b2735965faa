//! The Backup Server (Vembu StoreGrid and its white labels): accounts of resellers and customers.
//!
//! Owns the wire contract, which the vendor never published (`contract.json`, reference: storegrid-singlehop.md 3), the
//! forms in which a server may answer, and what a refusal means. Does not own who asks, when, or what follows.
//!
//! Invariants: an answer without a status is never success; a changing call is sent once; what a server says is untrusted
//! text; "it is not there" and "it could not be asked" are different answers.
//!
//! ```
//! use std::sync::{Arc, atomic::AtomicU64};
//! use provisor::http::{Basic, Client, Endpoint, Limits, Response, memory::MemoryTransport};
//! use provisor::panel::backupserver::{Account, BackupServer, Contract, Kind};
//! let transport = MemoryTransport::new(|_| Ok(Response::new(200, r#"{"status":"success"}"#)));
//! let endpoint = Endpoint {
//!     base_url: "https://backup.example.com:6061".into(), connect_ip: None, ca_file: None,
//!     credentials: Basic { user: "admin".into(), password: "pw".into() },
//! };
//! let client = Client::new(Arc::new(transport), endpoint, Limits::default(), Arc::new(AtomicU64::new(1)));
//! let server = BackupServer::new(&client, Contract::read(&serde_json::Value::Null).unwrap());
//! let account = Account { kind: Kind::Reseller, name: "Acme GmbH".into(), reseller: None };
//! server.set_active(&account, false).unwrap();
//! ```

mod account;
mod answer;
mod contract;
mod meaning;
mod problem;
mod server;
mod xml;

pub use account::{Account, Bandwidth, Contact, Kind, Mcal, Settings, Unread, Usage};
pub use contract::{Contract, WrongSetting};
pub use problem::{Meaning, Problem, Rejected};
pub use server::{BackupServer, Probe};

pub use crate::plain::is_unseen;
