//! A transport that answers from a closure: tests of everything above the network use it.

use super::{Request, Response, SendError, Transport};

type Answerer = dyn Fn(&Request) -> Result<Response, SendError> + Send + Sync;

/// A panel made of one closure.
///
/// ```
/// use provisor::http::{Response, memory::MemoryTransport};
/// let panel = MemoryTransport::new(|request| match request.path() {
///     "/version.json" => Ok(Response::new(200, r#"{"version":"6.5.0"}"#)),
///     _ => Ok(Response::new(404, r#"{"errors":["Resource not found"]}"#)),
/// });
/// # let _ = panel;
/// ```
pub struct MemoryTransport {
    answer: Box<Answerer>,
}

impl MemoryTransport {
    /// A panel that answers each request with what the closure returns.
    pub fn new(answer: impl Fn(&Request) -> Result<Response, SendError> + Send + Sync + 'static) -> Self {
        Self {
            answer: Box::new(answer),
        }
    }
}

impl std::fmt::Debug for MemoryTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryTransport")
    }
}

impl Transport for MemoryTransport {
    fn send(&self, request: &Request) -> Result<Response, SendError> {
        (self.answer)(request)
    }
}
