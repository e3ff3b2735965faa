//! The life of a service at OnApp, a file a step: `create`, `settle`, `power`, `terminate`, and what other parts of the host
//! tell of it (`hooks`). `vm` says where its VM is, `verb` checks what the host hands in before anything is asked.

pub(crate) mod create;
pub(crate) mod hooks;
pub(crate) mod power;
pub(crate) mod settle;
pub(crate) mod terminate;
pub(crate) mod verb;
pub(crate) mod vm;
