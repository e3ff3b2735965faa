//! The life of a service with a server, a file a step.

pub(crate) mod create;
pub(crate) mod reboot;
pub(crate) mod suspend;
pub(crate) mod terminate;
