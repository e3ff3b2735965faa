//! The HTTP client: one attempt at a time over a [`Transport`], and above it a [`Client`] that retries reads, keeps one
//! deadline a step, allows one changing request a step, and turns every failure into one [`Error`].
//!
//! Owns: requests, responses, their failures and what is known about the fate of a request; connecting, TLS, names.
//! Does not own: what a panel's bodies mean (that is `panel/`), nor when a step begins (the session bumps a counter).
//!
//! Invariants: certificates are always checked; no redirect is followed; no proxy is taken from the environment; a changing
//! request is sent once or not at all; when a call returns, no thread of ours is left; nothing printed from here contains a
//! password, a query value or a body.

mod client;
mod endpoint;
mod error;
mod log;
pub mod memory;
mod resolver;
mod tls;
mod transport;
mod ureq_transport;
mod words;

pub use client::{Answer, Client, Limits, percent_encoded};
pub use endpoint::{Address, Endpoint};
pub use error::{Error, Family, Kind, Sent, StatusClass, TlsReason, classify};
pub use log::LogLine;
pub use resolver::Resolver;
pub use transport::{Basic, Method, ReadOnly, Request, Response, SendError, Transport};
pub use ureq_transport::{Settings, UreqTransport};
pub(crate) use words::harmless;
