//! Being built.
/// One attempt at one request.
pub trait Transport: Send + Sync {}
