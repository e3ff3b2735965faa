//! Billing-panel modules for hosting control panels: one core that any billing panel can drive.
//!
//! # The tour
//!
//! A billing panel (the *host*) sells servers that a control panel (the *panel*) runs. Modules connect the two: an order
//! becomes a virtual machine, its traffic becomes exactly one invoice. Everything that decides is here; the host only
//! answers questions about its own records, and the panel is called over HTTP.
//!
//! 1. A piece of work is a *job* with a name, such as `onapp.create` ([`module`] has the list).
//! 2. [`start`] opens a [`session::Session`] for it. Each step runs the job up to its next question to the host, an *op*
//!    ([`host`]), or to its end. Between two steps there is no thread, no lock and no frame of ours, so a process that is
//!    killed there leaves a consistent state, and the same job run again goes on.
//! 3. The job calls the panel ([`panel`], over [`http`]): reads are retried, at most one changing request goes out in a
//!    step, and its intent is written first.
//! 4. Hours of traffic are readings ([`meter`]); 31-day periods ([`time`]) are rated into lines ([`bill`]) with exact
//!    decimals ([`money`]) and rounded once a line.
//!
//! A Rust program is a host by answering the ops: it implements [`host::Port`] and calls [`session::drive`]. PHP and C
//! programs do the same through [`capi`]. [`host::memory::MemoryHost`] is a whole host in memory, to try things with:
//!
//! ```
//! use provisor::host::memory::MemoryHost;
//! use provisor::http::{Response, memory::MemoryTransport};
//! use provisor::module::Env;
//! use std::sync::Arc;
//!
//! // A control panel made of one closure; `provisor::default_env()` reaches real ones.
//! let panel = MemoryTransport::new(|request| match request.path() {
//!     "/version.json" => Ok(Response::new(200, r#"{"version":"6.5.0-143"}"#)),
//!     "/profile.json" => Ok(Response::new(200, r#"{"user":{"id":1,"login":"admin"}}"#)),
//!     _ => Ok(Response::new(404, r#"{"errors":["Resource not found"]}"#)),
//! });
//! let mut host = MemoryHost::new("2026-01-01T00:00:00Z".parse()?);
//! let config = br#"{"v":1, "job":"onapp.test_connection", "now":"2026-01-01T00:00:00Z", "input":{"server":
//!     {"hostname":"cp.example.com", "secure":true, "username":"admin", "password":{"secret":"pw"}}}}"#;
//!
//! let mut session = provisor::start(config, Env { transport: Arc::new(panel) });
//! let report = provisor::session::drive(&mut session, &mut host)?;
//! assert!(report["message"].as_str().unwrap().starts_with("OnApp 6.5.0 answers"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The arithmetic works without host and panel, see [`bill::rate_transfer`].
//!
//! # Errors
//!
//! A job fails with a [`host::Failure`]: what failed, what was left unchanged, what to do next, and a stable code. Its
//! class is a number of [`host::Class`], the same in Rust, C and PHP.

pub mod bill;
pub mod capi;
pub mod host;
pub mod http;
pub mod meter;
pub mod module;
pub mod money;
pub mod panel;
mod plain;
pub mod secret;
pub mod session;
mod start;
pub mod time;
pub mod view;

pub use start::{default_env, start};
