//! Opens a session for a job by name: the one place where configs are read. Used by the C ABI, the line protocol and
//! Rust programs alike.

use crate::host::{Class, Failure, Limits};
use crate::http::UreqTransport;
use crate::module::{Env, Job, find};
use crate::session::{MAX_MESSAGE, Session};
use crate::time::{Instant, is_usable};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a session on this machine works with: the network.
pub fn default_env() -> Env {
    Env {
        transport: Arc::new(UreqTransport::default()),
    }
}

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

/// A config of this many bytes is not read.
pub(crate) fn too_large(len: usize) -> Failure {
    wrong(
        "config.too_large",
        format!("The config has {len} bytes; at most {MAX_MESSAGE} are read."),
    )
}

/// A config that is not there.
pub(crate) fn no_config() -> Failure {
    wrong("config.null", "The config is NULL but has a length.")
}

/// As [`start`], with the failure still to be seen.
pub(crate) fn open(config: &[u8], env: Env) -> Result<Session, Failure> {
    if config.len() > MAX_MESSAGE {
        return Err(too_large(config.len()));
    }
    let text = std::str::from_utf8(config).map_err(|e| {
        wrong(
            "config.not_utf8",
            format!("The config is not UTF-8 at byte {}.", e.valid_up_to()),
        )
    })?;
    let shape = |e: serde_json::Error| match e.classify() {
        serde_json::error::Category::Data => wrong(
            "config.shape",
            format!(
                "The config lacks a field or has one of the wrong type at line {}, column {}: v is a number, job and now are texts.",
                e.line(),
                e.column()
            ),
        ),
        _ => wrong(
            "config.not_json",
            format!("The config is not JSON at line {}, column {}.", e.line(), e.column()),
        ),
    };
    let config: Config = serde_json::from_str(text).map_err(shape)?;
    // A name that is mistyped would be as good as not given: its job would run without what was asked for.
    let names: BTreeMap<String, IgnoredAny> = serde_json::from_str(text).map_err(shape)?;
    if let Some(name) = unknown(names.keys(), &["v", "job", "now", "limits", "input"]) {
        return Err(wrong(
            "config.unknown",
            format!("The config has nothing of the name \"{name}\"."),
        ));
    }
    if config.v != 1 {
        return Err(wrong("config.version", "The config's `v` is not 1."));
    }
    let now: Instant = config.now.parse().ok().filter(is_usable).ok_or_else(|| {
        wrong(
            "config.now",
            "The config's `now` is not an RFC 3339 instant between 1970 and 9000.",
        )
    })?;
    let job = job(&config.job)
        .ok_or_else(|| wrong("config.job", "The config names a job that this library does not have."))?;
    let limits = map(config.limits);
    if let Some(name) = limits.as_object().and_then(|set| unknown(set.keys(), &Limits::NAMES)) {
        return Err(wrong(
            "config.limits",
            format!("The config's `limits` has nothing of the name \"{name}\"."),
        ));
    }
    let limits = match limits {
        Value::Null => Limits::default(),
        given => Limits::deserialize(given)
            .ok()
            .filter(Limits::are_usable)
            .ok_or_else(|| {
                wrong(
                    "config.limits",
                    "The config's `limits` holds something that is not a whole number from 1 to 86400.",
                )
            })?,
    };
    let input = map(config.input);
    let env = env.for_job(&config.job);
    Session::new(now, limits, move |host| job(host, env, input))
}

/// The first of these names that is none of the known ones.
fn unknown<'a>(mut given: impl Iterator<Item = &'a String>, known: &[&str]) -> Option<&'a String> {
    given.find(|name| !known.contains(&name.as_str()))
}

fn job(name: &str) -> Option<Job> {
    #[cfg(any(test, feature = "panic-job"))]
    if name == "test.panic" {
        return Some(panic_job);
    }
    find(name)
}

/// The job `test.panic` of the feature `panic-job`: asks for the host's settings and reports their time zone, or panics
/// when that is `panic`. For tests of what a panic becomes, and of the step loop without any module.
#[cfg(any(test, feature = "panic-job"))]
#[allow(clippy::panic)]
fn panic_job(host: crate::host::Host, _: Env, _: Value) -> crate::host::Running {
    Box::pin(async move {
        let zone = host.ask(&crate::host::HostSettings {}).await?.time_zone;
        if zone == "panic" {
            panic!("the secret message of a panic");
        }
        Ok(serde_json::json!({ "message": format!("The zone is {zone}.") }))
    })
}

/// PHP writes an empty map as an empty array.
fn map(value: Value) -> Value {
    match value {
        Value::Array(list) if list.is_empty() => Value::Object(serde_json::Map::new()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(config: &str) -> String {
        match open(config.as_bytes(), default_env()) {
            Ok(_) => String::new(),
            Err(failure) => failure.code,
        }
    }

    #[test]
    fn a_limit_of_nothing_or_of_ages_is_refused_before_the_job_begins() {
        for name in Limits::NAMES {
            for (value, wanted) in [
                ("0", "config.limits"),
                ("86401", "config.limits"),
                ("1", ""),
                ("86400", ""),
            ] {
                let config = format!(
                    "{{\"v\":1,\"job\":\"onapp.settle\",\"now\":\"2026-01-01T00:00:00Z\",\"limits\":{{\"{name}\":{value}}}}}"
                );
                assert_eq!(code(&config), wanted, "{name} {value}");
            }
        }
    }

    #[test]
    fn a_present_that_no_calendar_has_room_after_is_refused() {
        for now in [
            "+262142-12-31T23:59:59Z",
            "9001-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
        ] {
            let config = format!("{{\"v\":1,\"job\":\"onapp.settle\",\"now\":\"{now}\"}}");
            assert_eq!(code(&config), "config.now", "{now}");
        }
    }
}
