//! SingleHop LEAP: dedicated servers that are ordered there by hand and managed from the billing panel.
//!
//! Owns: the trait [`Leap`] with its two implementations, the LEAP3 "Dropzone" REST API and the old `api.php`, their wire
//! shapes, and the configuration of paths and commands with the documented defaults. Does not own who asks, when, or what
//! follows. Above the trait nothing differs between the generations.
//!
//! What is documented and what is assumed (reference: storegrid-singlehop.md 4 and 5): no source names LEAP3's path of
//! reboot, nor suspend and unsuspend of either generation, nor the old command names for starting and stopping a virtual
//! machine. Those defaults are marked as assumed, and an answer of 404 or 405 on one of them says so and names the setting.
//!
//! Readers are tolerant: a list may be a map or an array, success may be a word, a number or a flag. A change is one
//! request, GET or POST, and is never repeated. Server ids are opaque text: leading zeros stay.
//!
//! ```
//! use std::sync::{Arc, atomic::AtomicU64};
//! use provisor::http::{Basic, Client, Endpoint, Limits, Response, memory::MemoryTransport};
//! use provisor::panel::singlehop::{Account, Config, Generation, Unit, open};
//! let transport = MemoryTransport::new(|_| Ok(Response::new(200, r#"{"success":"1","data":{"0042":{"hostname":"web1"}}}"#)));
//! let endpoint = Endpoint {
//!     base_url: "https://dropzone.example".into(), connect_ip: None, ca_file: None,
//!     credentials: Basic { user: String::new(), password: "".into() },
//! };
//! let client = Client::new(Arc::new(transport), endpoint, Limits::default(), Arc::new(AtomicU64::new(1)));
//! let leap = open(Generation::Leap3, client, "", Account::default(), Config::default(), Unit::Bytes);
//! assert_eq!(leap.servers().unwrap().servers[0].id, "0042");
//! ```

mod account;
mod config;
mod leap;
mod leap3;
mod legacy;
mod read;
mod refusal;
mod wire;

pub use crate::http::Error as PanelError;
pub use account::Account;
pub use config::{Auth, Command, Commands, Config, Paths, Route};
pub use leap::{Bandwidth, Day, Generation, IpBlock, Leap, List, Server, State, Unit, is_server_id, open};
pub use refusal::ASSUMED;
