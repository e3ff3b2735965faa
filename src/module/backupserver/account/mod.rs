//! The life of an account: signed up once (`sign_up`, for `create` and `hook`), its state and package, its pass key, and who has its
//! name when an attempt got no answer (`forget`), staff say so (`take_over`), or its service is gone (`deleted`).

pub(crate) mod change_package;
pub(crate) mod create;
pub(crate) mod deleted;
pub(crate) mod forget;
pub(crate) mod hook;
pub(crate) mod pass_key;
pub(crate) mod sign_up;
pub(crate) mod status;
pub(crate) mod take_over;
