//! Being built.
/// A moment.
pub type Instant = chrono::DateTime<chrono::Utc>;
