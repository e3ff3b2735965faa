//! Billing-panel modules for hosting control panels.
/// Rating, lines, plans and their explanation.
pub mod bill;
/// The C ABI.
pub mod capi;
/// What the core asks of a billing panel.
pub mod host;
/// The HTTP client.
pub mod http;
/// Readings, units and watermarks.
pub mod meter;
/// The registry of jobs.
pub mod module;
/// Exact decimals.
pub mod money;
/// Control panels.
pub mod panel;
/// Texts that nothing shows.
pub mod secret;
/// One running job.
pub mod session;
mod start;
/// Instants, zones and periods.
pub mod time;

pub use start::{default_env, start};
