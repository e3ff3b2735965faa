//! Control panels: wire types and verbs, one folder a panel.
//!
//! Owns what goes over the wire and what comes back. Does not own decisions: which user asks, when, and what follows from an
//! answer belong to `module/`.

pub mod backupserver;
pub mod onapp;
pub mod singlehop;
