//! What a log may say about a call: method, path, status, duration. Never a query value, a header or a body.

use std::fmt;
use std::time::Duration;

use super::Method;

/// One attempt at one request, as a log may show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The method.
    pub method: Method,
    /// The path without its query.
    pub path: String,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// The stable code of the failure, if it failed.
    pub code: Option<&'static str>,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        if let Some(code) = self.code {
            write!(f, " {code}")?;
        }
        write!(f, " {} ms", self.took.as_millis())
    }
}
