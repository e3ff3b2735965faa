//! The pages of the VM itself: its overview with the activity log, what its buttons do, how it is made and installed anew, its
//! login, and what can be ordered for it.

pub(crate) mod create;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod overview;
pub(crate) mod power;
pub(crate) mod rebuild;
pub(crate) mod template;
pub(crate) mod upgrade;
