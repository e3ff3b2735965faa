//! The line protocol.
fn main() {}
