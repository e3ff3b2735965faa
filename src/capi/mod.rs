//! The C ABI: what C, C++ and PHP programs call, and the only unsafe code of the crate.
//!
//! Owns the exported functions, the caller's raw memory, and what becomes of a panic. Decides nothing else: a session
//! is [`crate::session::Session`], a config is read by [`crate::start()`], the arithmetic is in [`crate::bill`].
//!
//! The rules, true for every function:
//!
//! * Every pointer may be NULL; a required one that is gives class -102 and nothing is read or written through it. A config
//!   that is makes a session whose every step returns -201.
//! * Lengths rule, not NUL. A length of zero means "nothing", whatever the pointer. More than 32 MiB is refused unread.
//! * Text is UTF-8; anything else is an error that names the byte.
//! * What a function lends belongs to the session and lasts until the next step or the free. Nothing else is allocated
//!   for the caller.
//! * A panic never leaves a function. It ends its session with class -901, and every later call on it says so.
//! * A session may move between threads but serves one at a time: the second gets -105. In a forked child every call
//!   answers -902, and freeing does nothing.
//! * Nothing is printed. No environment variable changes what is done: ureq's defaults look at the proxy variables, and
//!   `crate::http` drops what they find. The one global is the panic hook of `panics`.
//!
//! `include/provisor.h` and `php/includes/provisor/provisor.ffi.h` are generated from the documentation comments of
//! these files by `tests/header.rs`.
#![allow(unsafe_code)]

mod about;
mod fixed;
mod guarded;
mod memory;
mod overage;
mod panics;
mod session;

pub use about::{ABI_VERSION, provisor_abi_version, provisor_build_info, provisor_version};
pub use guarded::{Guarded, StepResult};
pub use overage::provisor_overage;
pub use session::{
    ProvisorSession, provisor_session_error, provisor_session_free, provisor_session_new, provisor_session_step,
};

#[cfg(test)]
mod tests;
