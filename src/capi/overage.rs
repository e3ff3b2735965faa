//! The price of traffic above an included volume, for hosts that want the arithmetic without a session. Owns the form
//! of request and answer; the arithmetic itself is [`crate::bill`].

use super::fixed;
use super::memory::{Buffer, Given, given};
use super::panics;
use crate::bill::{BillError, Decision, Line, LineKind, Terms, decide, rate_transfer};
use crate::host::{Class, Failure};
use crate::meter::KbSize;
use crate::money::Decimal;
use crate::time::Share;
use serde::Serialize;
use serde_json::{Value, json};
use std::ffi::c_char;

/// Most digits after the point that a currency may have.
const MOST_DIGITS: u64 = 8;

/// Prices the traffic above an included volume: (used - included) x price x rate, rounded once, half away from zero.
/// Pure arithmetic; it needs no session.
///
/// `request` is UTF-8 JSON of `len` bytes:
/// `{"v":1,"used_kb":"2097152","included_mb":"1500","price_per_mb":"0.02","rate":"1","digits":2,"kb":"1024","threshold":"0.10"}`.
/// `kb` is "1024" or "1000": bytes in a KB, and KB in an MB. `rate` is units of the client's currency for one of the
/// price's; `digits` is how many its amounts have after the point.
///
/// The answer goes into your buffer `out` of `out_size` bytes, without a NUL, and its length into `*out_len`:
/// `{"v":1,"used_mb":"2048","over_mb":"548","amount":"10.96","invoice":true}`. `invoice` says whether the amount is
/// above the threshold; below it a host carries the amount into its next bill. Returns 0.
///
/// # Errors
/// The error goes into the same buffer. -102: `out` or `out_len` is NULL, or `request` is with a length. -103: the
/// request is not of this form. -104: it is larger than 32 MiB. -106: the buffer is too small, `*out_len` is the size
/// that is needed, and the buffer is as it was; `out` NULL with `out_size` 0 asks for that size. -601: the terms cannot
/// be meant (a price below zero, a rate that is not above it) or the exact result needs more than 28 digits. -901: a defect.
///
/// # Safety
/// `request` is NULL or points to `len` bytes, `out` is NULL or to `out_size` bytes that can be written, `out_len` is
/// NULL or can be written. `request` and `out` may be the same memory. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn provisor_overage(
    request: *const c_char,
    len: usize,
    out: *mut c_char,
    out_size: usize,
    out_len: *mut usize,
) -> i32 {
    // SAFETY: the caller vouches for both, as documented.
    let Some(buffer) = (unsafe { Buffer::new(out, out_size, out_len) }) else {
        return Class::MisuseNull.number();
    };
    panics::caught(|| {
        // SAFETY: the caller vouches for both, as documented; the bytes are done with before the buffer is written.
        let (class, answer) = match unsafe { given(request, len) } {
            Given::Bytes(bytes) => answer(bytes),
            Given::Nothing => answer(&[]),
            Given::Null => (fixed::NO_REQUEST.class.number(), fixed::NO_REQUEST.message.to_owned()),
            Given::TooLarge => (fixed::TOO_LARGE.class.number(), fixed::TOO_LARGE.message.to_owned()),
        };
        buffer.fill(answer.as_bytes(), class)
    })
    .unwrap_or_else(|_| buffer.fill(fixed::DEFECT.message.as_bytes(), fixed::DEFECT.class.number()))
}

/// The class and the answer or error.
fn answer(request: &[u8]) -> (i32, String) {
    match overage(request) {
        // Five plain fields: writing them cannot fail.
        Ok(answer) => (0, serde_json::to_string(&answer).unwrap_or_default()),
        Err(failure) => (
            failure.class.number(),
            json!({ "v": 1, "error": failure, "log": [] }).to_string(),
        ),
    }
}

fn unreadable(code: &str, message: impl Into<String>) -> Failure {
    Failure::new(
        Class::MisuseMessage,
        code,
        message,
        "Nothing was computed.",
        "Send the request again in the documented form.",
    )
}

impl From<BillError> for Failure {
    fn from(error: BillError) -> Self {
        Self::new(
            Class::BillingRefused,
            error.code(),
            format!("There is no amount for these terms: {error}."),
            "Nothing was computed.",
            "Correct the terms.",
        )
    }
}

fn overage(request: &[u8]) -> Result<Answer, Failure> {
    let text = std::str::from_utf8(request).map_err(|e| {
        unreadable(
            "overage.not_utf8",
            format!("The request is not UTF-8 at byte {}.", e.valid_up_to()),
        )
    })?;
    let request: Value = serde_json::from_str(text).map_err(|e| {
        unreadable(
            "overage.not_json",
            format!("The request is not JSON at line {}, column {}.", e.line(), e.column()),
        )
    })?;
    if request.get("v").and_then(Value::as_u64) != Some(1) {
        return Err(unreadable("overage.version", "The request's `v` is not 1."));
    }
    let digits = request
        .get("digits")
        .and_then(Value::as_u64)
        .filter(|digits| *digits <= MOST_DIGITS)
        .and_then(|digits| u32::try_from(digits).ok())
        .ok_or_else(|| unreadable("overage.digits", "`digits` is not a whole number from 0 to 8."))?;
    let kb = match request.get("kb").and_then(Value::as_str) {
        Some("1024") => KbSize::Binary1024,
        Some("1000") => KbSize::Decimal1000,
        _ => return Err(unreadable("overage.kb", "`kb` is neither \"1024\" nor \"1000\".")),
    };
    let used: u128 = field(&request, "used_kb", "a whole number")?;
    let decimal = |name| field::<Decimal>(&request, name, "a decimal number");
    let terms = Terms {
        included_mb: decimal("included_mb")?,
        price_per_mb: decimal("price_per_mb")?.into(),
        rate: decimal("rate")?,
        currency: String::new(),
        currency_digits: digits,
        kb,
        threshold: decimal("threshold")?,
        taxed: false,
        share: Share::WHOLE,
    };
    let rated = rate_transfer(used, &terms)?;
    let line = Line {
        kind: LineKind::Usage,
        description: String::new(),
        amount: rated.amount,
        taxed: false,
    };
    let decision = decide(&[line], terms.threshold).map_err(BillError::from)?;
    Ok(Answer {
        v: 1,
        used_mb: rated.usage_mb.to_string(),
        over_mb: rated.over_mb.to_string(),
        amount: rated.amount.pad(digits),
        invoice: decision == Decision::Invoice,
    })
}

/// The answer, its fields always in this order.
#[derive(Serialize)]
struct Answer {
    v: u32,
    used_mb: String,
    over_mb: String,
    amount: String,
    invoice: bool,
}

/// A field that holds a number in a string. The error names the field and never what it holds.
fn field<T: std::str::FromStr>(request: &Value, name: &str, what: &str) -> Result<T, Failure> {
    request
        .get(name)
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| unreadable("overage.number", format!("`{name}` is not {what} in a string.")))
}
