//! Opens a session for a job by name: the one place where configs are read. Used by the C ABI, the line protocol and
//! Rust programs alike.

use crate::host::{Class, Failure, Limits};
use crate::module::{Env, find};
use crate::session::{MAX_MESSAGE, Session};
use crate::time::Instant;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Config {
    v: u32,
    job: String,
    now: String,
    #[serde(default)]
    limits: Value,
    #[serde(default)]
    input: Value,
}

fn wrong(code: &str, message: impl Into<String>) -> Failure {
    Failure::new(
        Class::ConfigUnknown,
        code,
        message,
        "Nothing was started.",
        "Correct the config and start again.",
    )
}

/// Opens a session. There always is one: a config that cannot be used makes a session that holds its error.
///
/// `config` is `{"v":1,"job":"onapp.create","now":"2026-01-01T00:00:00Z","limits":{},"input":{}}`; empty PHP arrays are
/// accepted where a map is expected.
pub fn start(config: &[u8], env: Env) -> Session {
    open(config, env).unwrap_or_else(|failure| Session::refused(&failure))
}

fn open(config: &[u8], env: Env) -> Result<Session, Failure> {
    if config.len() > MAX_MESSAGE {
        return Err(wrong(
            "config.too_large",
            format!("The config has {} bytes; at most {MAX_MESSAGE} are read.", config.len()),
        ));
    }
    let text = std::str::from_utf8(config).map_err(|e| {
        wrong(
            "config.not_utf8",
            format!("The config is not UTF-8 at byte {}.", e.valid_up_to()),
        )
    })?;
    let config: Config = serde_json::from_str(text).map_err(|e| match e.classify() {
        serde_json::error::Category::Data => wrong(
            "config.shape",
            format!("The config lacks a field or has one of the wrong type at line {}, column {}: v is a number, job and now are texts.", e.line(), e.column()),
        ),
        _ => wrong("config.not_json", format!("The config is not JSON at line {}, column {}.", e.line(), e.column())),
    })?;
    if config.v != 1 {
        return Err(wrong("config.version", "The config's `v` is not 1."));
    }
    let now: Instant = config
        .now
        .parse()
        .map_err(|_| wrong("config.now", "The config's `now` is not an RFC 3339 instant."))?;
    let job = find(&config.job)
        .ok_or_else(|| wrong("config.job", "The config names a job that this library does not have."))?;
    let limits = match map(config.limits) {
        Value::Null => Limits::default(),
        given => Limits::deserialize(given).map_err(|_| {
            wrong(
                "config.limits",
                "The config's `limits` holds something that is not a whole number.",
            )
        })?,
    };
    let input = map(config.input);
    Session::new(now, limits, move |host| job(host, env, input))
}

/// PHP writes an empty map as an empty array.
fn map(value: Value) -> Value {
    match value {
        Value::Array(list) if list.is_empty() => Value::Object(serde_json::Map::new()),
        other => other,
    }
}
