//! The OnApp control panel, releases 2.3 to 7.x.
//!
//! Owns: the verbs (users, virtual machines and all that belongs to one, the lists that settings choose from), their wire
//! shapes, and what differs between releases. Does not own who asks, when, or what follows.
//!
//! Readers are tolerant: unknown keys are ignored, numbers may be strings, booleans may be numbers or null, roots may be
//! missing or doubled. Writers are strict: exactly the documented keys of the release. A number is read from its digits and
//! never passes through a float. "Not there" (`Ok(None)`) and "could not ask" (`Err`) are different answers. Each changing
//! verb sends one request and never repeats it.
//!
//! ```
//! use std::sync::{Arc, atomic::AtomicU64};
//! use provisor::http::{Basic, Client, Endpoint, Limits, Response, memory::MemoryTransport};
//! use provisor::panel::onapp::Panel;
//! let transport = MemoryTransport::new(|request| match request.path() {
//!     "/version.json" => Ok(Response::new(200, r#"{"version":"6.5.0-143"}"#)),
//!     "/virtual_machines/7.json" => Ok(Response::new(404, r#"{"errors":["Resource not found"]}"#)),
//!     _ => Ok(Response::new(500, "")),
//! });
//! let endpoint = Endpoint {
//!     base_url: "https://cp.example.com".into(), connect_ip: None, ca_file: None,
//!     credentials: Basic { user: "admin".into(), password: "pw".into() },
//! };
//! let client = Client::new(Arc::new(transport), endpoint, Limits::default(), Arc::new(AtomicU64::new(1)));
//! let panel = Panel::connect(client).unwrap();
//! assert!(panel.vm(7).unwrap().is_none());
//! ```

mod activity;
mod addresses;
mod backups;
mod console;
mod cpu;
mod disks;
mod firewall;
mod lists;
mod machines;
mod nics;
mod panel;
mod refusal;
mod templates;
mod time_zones;
mod usage;
mod users;
mod version;
mod wire;
mod zones;

pub use crate::http::Error as PanelError;
pub use activity::{LogItem, Transaction, TransactionStatus};
pub use addresses::{AddressJoin, FreeAddress};
pub use backups::Backup;
pub use console::Console;
pub use cpu::CpuRow;
pub use disks::Disk;
pub use firewall::{FirewallRule, Move, NewFirewallRule, Protocol, Verdict};
pub use lists::Named;
pub use machines::{IpAddress, NewVm, Shutdown, Vm, VmSize};
pub use nics::Nic;
pub use panel::Panel;
pub use templates::Template;
pub use time_zones::TIME_ZONES;
pub use usage::UsageRow;
pub use users::{NewUser, User};
pub use version::Version;
pub use zones::{Hypervisor, NetworkJoin};
