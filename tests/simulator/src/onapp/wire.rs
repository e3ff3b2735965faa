//! The last coat over every answer: response headers, paging and the quirks that real panels show.
//!
//! Sources: reference: onapp-api.md 1.1 (headers), 1.5 (strings for numbers, nulls), 1.6 (paging).

use super::OnApp;
use crate::request::{Answer, Request, int};
use chrono::{FixedOffset, Offset, Utc};
use serde_json::{Value, json};

/// Switches for what the documentation leaves open or what only some panels do. All off on a fresh panel.
#[derive(Debug, Clone)]
pub(crate) struct Quirks {
    /// Numbers arrive as strings.
    pub numbers_as_strings: bool,
    /// `false` arrives as null.
    pub null_booleans: bool,
    /// null arrives as an empty string.
    pub empty_for_null: bool,
    /// PUT and DELETE answer 200 with a single space.
    pub space_body: bool,
    /// `"ip_address":{"ip_address":{..}}` in address joins on every release (2.x does it anyway).
    pub double_wrapped_ip: bool,
    /// Overrides the shape of 422 bodies: error, error_text, array, base, flat or map.
    pub error_shape: Option<String>,
    /// Status of user suspend and activate (200, 201 or 204 with an empty body).
    pub user_verb_status: u16,
    /// A suspended VM may be deleted.
    pub delete_suspended: bool,
    /// `period[enddate]` excludes its own instant.
    pub period_end_exclusive: bool,
    /// Rows are there at the full hour instead of 5 to 30 seconds later.
    pub rows_at_once: bool,
    /// Passwords do not authenticate, only keys.
    pub no_password_auth: bool,
    /// Largest page that is given.
    pub page_limit: usize,
    /// Seconds east of UTC in object timestamps (3.0 and later).
    pub offset_seconds: i32,
    /// Shortest password of a user.
    pub password_minimum_length: usize,
    /// Passwords need upper and lower case, digit and symbol.
    pub password_strict: bool,
    /// Backups are taken of whole machines, incrementally, instead of disks.
    pub incremental_backups: bool,
    /// New VMs get a hypervisor only while this holds; off: no capacity anywhere.
    pub capacity: bool,
}

impl Default for Quirks {
    fn default() -> Quirks {
        Quirks {
            numbers_as_strings: false,
            null_booleans: false,
            empty_for_null: false,
            space_body: false,
            double_wrapped_ip: false,
            error_shape: None,
            user_verb_status: 200,
            delete_suspended: false,
            period_end_exclusive: false,
            rows_at_once: false,
            no_password_auth: false,
            page_limit: 100,
            offset_seconds: 0,
            password_minimum_length: 6,
            password_strict: false,
            incremental_backups: false,
            capacity: true,
        }
    }
}

impl Quirks {
    pub fn offset(&self) -> FixedOffset {
        FixedOffset::east_opt(self.offset_seconds).unwrap_or(Utc.fix())
    }

    /// Sets the named switches. An unknown name changes nothing at all.
    pub fn set(&mut self, body: &Value) -> Result<(), String> {
        let mut next = self.clone();
        for (name, value) in body.as_object().ok_or("send a JSON object of switches")? {
            let on = crate::request::flag(value);
            let number = int(value);
            let wrong = || format!("{name} needs a number");
            match name.as_str() {
                "numbers_as_strings" => next.numbers_as_strings = on,
                "null_booleans" => next.null_booleans = on,
                "empty_for_null" => next.empty_for_null = on,
                "space_body" => next.space_body = on,
                "double_wrapped_ip" => next.double_wrapped_ip = on,
                "error_shape" => next.error_shape = value.as_str().filter(|s| !s.is_empty()).map(String::from),
                "user_verb_status" => {
                    next.user_verb_status = number.and_then(|n| n.try_into().ok()).ok_or_else(wrong)?;
                }
                "delete_suspended" => next.delete_suspended = on,
                "period_end_exclusive" => next.period_end_exclusive = on,
                "rows_at_once" => next.rows_at_once = on,
                "no_password_auth" => next.no_password_auth = on,
                "page_limit" => next.page_limit = number.and_then(|n| n.try_into().ok()).ok_or_else(wrong)?,
                "offset_seconds" => next.offset_seconds = number.and_then(|n| n.try_into().ok()).ok_or_else(wrong)?,
                "password_minimum_length" => {
                    next.password_minimum_length = number.and_then(|n| n.try_into().ok()).ok_or_else(wrong)?;
                }
                "password_strict" => next.password_strict = on,
                "incremental_backups" => next.incremental_backups = on,
                "capacity" => next.capacity = on,
                other => return Err(format!("there is no quirk {other}")),
            }
        }
        *self = next;
        Ok(())
    }

    /// All switches as they stand.
    pub fn list(&self) -> Value {
        json!({
            "numbers_as_strings": self.numbers_as_strings, "null_booleans": self.null_booleans,
            "empty_for_null": self.empty_for_null, "space_body": self.space_body,
            "double_wrapped_ip": self.double_wrapped_ip, "error_shape": self.error_shape,
            "user_verb_status": self.user_verb_status, "delete_suspended": self.delete_suspended,
            "period_end_exclusive": self.period_end_exclusive, "rows_at_once": self.rows_at_once,
            "no_password_auth": self.no_password_auth, "page_limit": self.page_limit,
            "offset_seconds": self.offset_seconds, "password_minimum_length": self.password_minimum_length,
            "password_strict": self.password_strict, "incremental_backups": self.incremental_backups, "capacity": self.capacity,
        })
    }
}

impl OnApp {
    /// One page of a list with its headers. `default_size` is the page of a list that is paged unasked.
    pub(crate) fn page(&self, rows: Value, params: &Value, default_size: Option<usize>) -> Answer {
        let asked = int(&params["per_page"])
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| *n > 0);
        let page = int(&params["page"])
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| *n > 0);
        let size = match (asked, page, default_size) {
            (Some(size), _, _) => size.min(self.quirks.page_limit),
            (None, None, None) => return Answer::json(200, &rows),
            (None, _, size) => size.unwrap_or(20),
        };
        let page = page.unwrap_or(1);
        let rows = rows.as_array().cloned().unwrap_or_default();
        let part: Vec<Value> = rows
            .iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
            .cloned()
            .collect();
        Answer::json(200, &Value::Array(part))
            .with("X-Page", page.to_string())
            .with("X-Limit", size.to_string())
            .with("X-Total", rows.len().to_string())
    }

    /// Quirks and the headers that every answer carries.
    pub(crate) fn dress(&mut self, request: &Request, mut answer: Answer) -> Answer {
        let quirky = self.quirks.numbers_as_strings || self.quirks.null_booleans || self.quirks.empty_for_null;
        if quirky
            && (200..300).contains(&answer.status)
            && let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body)
        {
            self.distort(&mut value);
            answer.body = value.to_string().into_bytes();
        }
        let cache = if answer.status == 200 {
            "max-age=0, private, must-revalidate"
        } else {
            "no-cache"
        };
        answer.headers.push(("Cache-Control".into(), cache.into()));
        answer.headers.push(("X-Runtime".into(), "0.012345".into()));
        if self.version.from(4, 0) {
            let id = self.header_random.text(32, "0123456789abcdef");
            answer.headers.push(("X-Request-Id".into(), id));
        }
        let session = self.header_random.text(32, "0123456789abcdef");
        answer
            .headers
            .push(("Set-Cookie".into(), format!("_session_id={session}; path=/; HttpOnly")));
        let collection = request.path().split(".json").next().unwrap_or("");
        let creates = [
            "users",
            "virtual_machines",
            "network_interfaces",
            "ip_addresses",
            "backups",
            "firewall_rules",
        ];
        if answer.status == 201
            && creates.contains(&collection.rsplit('/').next().unwrap_or(""))
            && let Ok(value) = serde_json::from_slice::<Value>(&answer.body)
            && let Some(id) = value
                .as_object()
                .and_then(|o| o.values().next())
                .and_then(|v| int(&v["id"]))
        {
            let host = request.header("host").unwrap_or("127.0.0.1");
            answer
                .headers
                .push(("Location".into(), format!("http://{host}{collection}/{id}")));
        }
        answer
    }

    fn distort(&self, value: &mut Value) {
        match value {
            Value::Object(map) => map.values_mut().for_each(|v| self.distort(v)),
            Value::Array(list) => list.iter_mut().for_each(|v| self.distort(v)),
            Value::Number(number) if self.quirks.numbers_as_strings => *value = json!(number.to_string()),
            Value::Bool(false) if self.quirks.null_booleans => *value = Value::Null,
            _ => {}
        }
        if value.is_null() && self.quirks.empty_for_null {
            *value = json!("");
        }
    }
}
