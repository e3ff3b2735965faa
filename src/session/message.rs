//! The JSON messages of a step: reads replies, writes ops, reports and errors. Error texts are built from the place and
//! the expected type, never from the parser's text, which quotes values.

use crate::host::{Answer, Class, Failure, LogEntry};
use crate::time::{Instant, is_usable};
use serde_json::Value;

/// Largest message that is read: 32 MiB.
pub const MAX_MESSAGE: usize = 32 * 1024 * 1024;

/// A reply as read.
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) clock: Option<Instant>,
}

/// A call that does not fit; the session stays as it was.
pub(super) fn misuse(code: &str, what: &str) -> Failure {
    Failure::new(
        Class::MisuseOrder,
        code,
        what,
        "The session is as it was.",
        "Call the steps in order.",
    )
}

fn unreadable(code: &str, what: impl Into<String>) -> Failure {
    Failure::new(
        Class::MisuseMessage,
        code,
        what,
        "The session is as it was; the op is still owed.",
        "Send the reply again in the documented form.",
    )
}

/// Parses a message of the host.
///
/// # Errors
/// When it is too large, not UTF-8 or not JSON.
pub(super) fn read(bytes: &[u8]) -> Result<Value, Failure> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Failure::new(
            Class::MisuseTooLarge,
            "message.too_large",
            format!("The message has {} bytes; at most {MAX_MESSAGE} are read.", bytes.len()),
            "The session is as it was; the op is still owed.",
            "Answer with a smaller page.",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        unreadable(
            "message.not_utf8",
            format!("The message is not UTF-8 at byte {}.", e.valid_up_to()),
        )
    })?;
    serde_json::from_str(text).map_err(|e| {
        unreadable(
            "message.not_json",
            format!("The message is not JSON at line {}, column {}.", e.line(), e.column()),
        )
    })
}

/// Reads the reply to the op with this id.
///
/// # Errors
/// When it is not a reply to that op. The session stays as it was.
pub(super) fn read_reply(bytes: &[u8], id: &str) -> Result<Reply, Failure> {
    let mut told = read(bytes)?;
    if told.get("v").and_then(Value::as_u64) != Some(1) {
        return Err(unreadable("reply.version", "The reply's `v` is not 1."));
    }
    if told.get("id").and_then(Value::as_str) != Some(id) {
        return Err(unreadable(
            "reply.id",
            format!("The reply's `id` is not \"{id}\", the id of the op that is owed."),
        ));
    }
    let clock = match told.get("now") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            let now = text.parse::<Instant>().ok().filter(is_usable);
            Some(now.ok_or_else(|| {
                unreadable(
                    "reply.now",
                    "The reply's `now` is not an RFC 3339 instant between 1970 and 9000.",
                )
            })?)
        }
        Some(_) => return Err(unreadable("reply.now", "The reply's `now` is not a text.")),
    };
    if let Some(error) = told.get("error").filter(|e| !e.is_null()) {
        let field = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        return Ok(Reply {
            answer: Answer::Error {
                code: field("code"),
                message: field("message"),
            },
            clock,
        });
    }
    match told.get_mut("value") {
        Some(value) => Ok(Reply {
            answer: Answer::Value(value.take()),
            clock,
        }),
        None => Err(unreadable("reply.empty", "The reply has neither `value` nor `error`.")),
    }
}

/// Writes a message of ours.
pub(super) fn write(out: &mut Vec<u8>, message: &Value) {
    // Writing a Value to memory fails only when its keys are not text, which they are.
    if serde_json::to_writer(&mut *out, message).is_err() {
        out.clear();
    }
}

/// A log entry out of a message of ours.
pub(super) fn log_entry(entry: &Value) -> Option<LogEntry> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let level = match text("level")? {
        "error" => "error",
        "warning" => "warning",
        _ => "info",
    };
    Some(LogEntry {
        level,
        code: text("code")?.to_owned(),
        text: text("text")?.to_owned(),
    })
}
