//! Tests of the exported functions, called as C would call them. They need no network and run under Miri.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::host::Limits;
use crate::session::Session;
use std::ffi::c_char;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

const CONFIG: &str = r#"{"v":1,"job":"test.panic","now":"2026-01-01T00:00:00Z"}"#;
const BERLIN: &str = r#"{"v":1,"id":"1","value":{"time_zone":"Europe/Berlin"}}"#;
const PANIC: &str = r#"{"v":1,"id":"1","value":{"time_zone":"panic"}}"#;

fn new(config: &[u8]) -> *mut ProvisorSession {
    unsafe { provisor_session_new(config.as_ptr().cast(), config.len()) }
}

fn step_raw(session: *mut ProvisorSession, reply: *const c_char, len: usize) -> (i32, String) {
    let (mut out, mut out_len) = (null(), 0);
    let told = unsafe { provisor_session_step(session, reply, len, &raw mut out, &raw mut out_len) };
    (told, text(out, out_len))
}

fn step(session: *mut ProvisorSession, reply: &[u8]) -> (i32, String) {
    step_raw(session, reply.as_ptr().cast(), reply.len())
}

fn first(session: *mut ProvisorSession) -> (i32, String) {
    step_raw(session, null(), 0)
}

fn error(session: *const ProvisorSession) -> (i32, String) {
    let (mut out, mut out_len) = (null(), 0);
    let told = unsafe { provisor_session_error(session, &raw mut out, &raw mut out_len) };
    (told, text(out, out_len))
}

fn text(out: *const c_char, len: usize) -> String {
    assert!(!out.is_null());
    String::from_utf8(unsafe { std::slice::from_raw_parts(out.cast::<u8>(), len) }.to_vec()).unwrap()
}

fn free(session: *mut ProvisorSession) {
    unsafe { provisor_session_free(session) }
}

#[test]
fn a_session_asks_its_op_and_returns_its_report() {
    let s = new(CONFIG.as_bytes());
    let (told, op) = first(s);
    assert_eq!(told, 1);
    assert!(op.contains(r#""op":"host.settings""#), "{op}");
    let (told, report) = step(s, BERLIN.as_bytes());
    assert_eq!(told, 0);
    assert!(report.contains("The zone is Europe/Berlin."), "{report}");
    assert_eq!(error(s), (0, String::new()));
    free(s);
}

#[test]
fn a_step_after_the_report_is_refused_and_free_still_works() {
    let s = new(CONFIG.as_bytes());
    first(s);
    step(s, BERLIN.as_bytes());
    let (told, message) = first(s);
    assert_eq!(told, -101);
    assert!(message.contains("session.ended"));
    assert_eq!(error(s), (told, message));
    free(s);
}

#[test]
fn every_null_pointer_is_refused_and_the_op_stays_owed() {
    let (mut out, mut len) = (null(), 0);
    assert_eq!(
        unsafe { provisor_session_step(null_mut(), null(), 0, &raw mut out, &raw mut len) },
        -102
    );
    assert!(text(out, len).contains("session.null"));
    assert_eq!(
        unsafe { provisor_session_step(null_mut(), null(), 0, null_mut(), null_mut()) },
        -102
    );
    assert_eq!(unsafe { provisor_session_error(null(), null_mut(), null_mut()) }, -102);
    free(null_mut());
    for len in [0, 5] {
        let s = unsafe { provisor_session_new(null(), len) };
        assert_eq!((first(s).0, error(s).0), (-201, -201), "there always is a session");
        free(s);
    }

    let s = new(CONFIG.as_bytes());
    assert_eq!(
        unsafe { provisor_session_step(s, null(), 0, null_mut(), &raw mut len) },
        -102
    );
    assert!(error(s).1.contains("out.null"));
    assert_eq!(
        unsafe { provisor_session_step(s, null(), 0, &raw mut out, null_mut()) },
        -102
    );
    assert_eq!(unsafe { provisor_session_error(s, null_mut(), &raw mut len) }, -102);
    assert_eq!(first(s).0, 1);
    let (told, message) = step_raw(s, null(), 5);
    assert_eq!((told, message.contains("reply.null")), (-102, true));
    assert_eq!(step(s, BERLIN.as_bytes()).0, 0);
    free(s);
}

#[test]
fn a_config_that_cannot_be_used_makes_a_session_that_holds_its_error() {
    for (config, code) in [
        (&b""[..], "config.not_json"),
        (b"\xff", "config.not_utf8"),
        (b"{}", "config.shape"),
        (br#"{"v":1,"job":"no.such","now":"2026-01-01T00:00:00Z"}"#, "config.job"),
        (
            br#"{"v":2,"job":"test.panic","now":"2026-01-01T00:00:00Z"}"#,
            "config.version",
        ),
    ] {
        let s = new(config);
        let (told, message) = first(s);
        assert_eq!((told, message.contains(code)), (-201, true), "{message}");
        assert_eq!(first(s), (told, message.clone()));
        assert_eq!(error(s), (told, message));
        free(s);
    }
    let s = unsafe { provisor_session_new(null(), 7) };
    assert!(error(s).1.contains("config.null"));
    free(s);
    let s = unsafe { provisor_session_new(null(), 0) };
    assert!(error(s).1.contains("config.not_json"));
    free(s);
}

#[test]
fn a_length_of_zero_is_no_reply_whatever_the_pointer() {
    let s = new(CONFIG.as_bytes());
    assert_eq!(step(s, b"").0, 1);
    let (told, message) = step(s, b"");
    assert_eq!((told, message.contains("session.reply_missing")), (-101, true));
    assert_eq!(step(s, BERLIN.as_bytes()).0, 0);
    free(s);
}

#[test]
fn lengths_rule_and_a_nul_is_no_end() {
    let s = new(CONFIG.as_bytes());
    first(s);
    let mut reply = BERLIN.as_bytes().to_vec();
    reply.push(0);
    assert_eq!(step(s, &reply).0, -103);
    assert_eq!(step(s, &reply[..reply.len() - 1]).0, 0);
    free(s);
}

#[test]
fn a_wrong_reply_leaves_the_op_owed() {
    let s = new(CONFIG.as_bytes());
    assert_eq!(step(s, BERLIN.as_bytes()).0, -101);
    assert_eq!(first(s).0, 1);
    assert_eq!(first(s).0, -101);
    assert_eq!(step(s, b"\xc3\x28").0, -103);
    assert_eq!(step(s, b"{").0, -103);
    assert_eq!(step(s, br#"{"v":1,"id":"2","value":{}}"#).0, -103);
    for now in ["+262142-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "soon"] {
        let reply = format!(r#"{{"v":1,"id":"1","now":"{now}","value":{{}}}}"#);
        assert_eq!(step(s, reply.as_bytes()).0, -103, "{now}");
    }
    assert_eq!(step(s, BERLIN.as_bytes()).0, 0);
    free(s);
}

#[test]
fn a_length_over_32_mib_is_refused_without_a_look() {
    let s = new(CONFIG.as_bytes());
    first(s);
    // Nothing of that size is behind the pointer: Miri and the sanitiser would see it read.
    let (told, message) = step_raw(s, BERLIN.as_ptr().cast(), crate::session::MAX_MESSAGE + 1);
    assert_eq!((told, message.contains("message.too_large")), (-104, true));
    assert_eq!(step_raw(s, BERLIN.as_ptr().cast(), usize::MAX).0, -104);
    assert_eq!(step(s, BERLIN.as_bytes()).0, 0);
    free(s);
    let s = unsafe { provisor_session_new(CONFIG.as_ptr().cast(), usize::MAX) };
    assert!(error(s).1.contains("config.too_large"));
    free(s);
}

#[test]
fn a_panic_ends_its_session_with_file_and_line_and_without_its_message() {
    let s = new(CONFIG.as_bytes());
    first(s);
    let (told, message) = step(s, PANIC.as_bytes());
    assert_eq!(told, -901);
    assert!(message.contains("src/start.rs:"), "{message}");
    assert!(!message.contains("secret"), "{message}");
    assert_eq!(first(s), (told, message.clone()));
    assert_eq!(step(s, BERLIN.as_bytes()), (told, message.clone()));
    assert_eq!(error(s), (told, message));
    free(s);
}

/// Counts how often it is dropped.
struct Counted(Arc<AtomicUsize>);
impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A session whose job holds something, asks an op, and then does as told.
fn holding(then: impl FnOnce() + Send + 'static) -> (*mut ProvisorSession, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let held = Counted(count.clone());
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let job = Session::new(now, Limits::default(), |host| {
        Box::pin(async move {
            let _held = held;
            host.ask(&crate::host::HostSettings {}).await?;
            then();
            Ok(serde_json::json!({}))
        })
    });
    (session::hand_out(Guarded::new(job.unwrap())), count)
}

#[test]
fn freeing_a_session_midway_drops_its_job() {
    let (s, dropped) = holding(|| {});
    first(s);
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    free(s);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    let (s, dropped) = holding(|| {});
    free(s);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn a_panic_drops_what_the_job_held() {
    let (s, dropped) = holding(|| panic!("now"));
    first(s);
    assert_eq!(step(s, BERLIN.as_bytes()).0, -901);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    free(s);
}

#[test]
fn a_destructor_that_panics_does_not_leave_free() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("while dropped");
        }
    }
    let bad = Bad;
    let (s, _) = holding(move || drop(bad));
    first(s);
    free(s);
}

struct Shared(*mut ProvisorSession);
unsafe impl Send for Shared {}

#[test]
fn a_second_thread_is_told_that_the_session_is_busy() {
    let (tell, told) = mpsc::channel::<()>();
    let (go, wait) = mpsc::channel::<()>();
    let (s, _) = holding(move || {
        tell.send(()).unwrap();
        wait.recv().unwrap();
    });
    first(s);
    let other = Shared(s);
    let thread = std::thread::spawn(move || {
        let other = other;
        step(other.0, BERLIN.as_bytes()).0
    });
    told.recv().unwrap();
    let (class, message) = first(s);
    assert_eq!((class, message.contains("session.busy")), (-105, true));
    assert_eq!(error(s).0, -105);
    // Whoever is inside keeps the session: freeing it now does nothing.
    free(s);
    go.send(()).unwrap();
    assert_eq!(thread.join().unwrap(), 0);
    free(s);
}

#[test]
fn a_session_may_move_between_threads() {
    let s = Shared(new(CONFIG.as_bytes()));
    let s = std::thread::spawn(move || {
        let s = s;
        assert_eq!(first(s.0).0, 1);
        s
    })
    .join()
    .unwrap();
    assert_eq!(step(s.0, BERLIN.as_bytes()).0, 0);
    free(s.0);
}

#[test]
fn versions_are_texts_with_an_end() {
    assert_eq!(provisor_abi_version(), ABI_VERSION);
    for text in [provisor_version(), provisor_build_info()] {
        assert!(
            unsafe { std::ffi::CStr::from_ptr(text) }
                .to_str()
                .unwrap()
                .contains(env!("CARGO_PKG_VERSION"))
        );
    }
}

const VECTOR: &str = r#"{"v":1,"used_kb":"2097152","included_mb":"1500","price_per_mb":"0.02","rate":"1","digits":2,"kb":"1024","threshold":"0.10"}"#;

fn overage(request: &[u8], size: usize) -> (i32, usize, String) {
    let mut buffer = vec![b'.'; size];
    let mut len = 0;
    let told = unsafe {
        provisor_overage(
            request.as_ptr().cast(),
            request.len(),
            buffer.as_mut_ptr().cast(),
            size,
            &raw mut len,
        )
    };
    (told, len, String::from_utf8(buffer).unwrap())
}

#[test]
fn overage_answers_the_vectors_of_the_decisions() {
    // Decisions 7, 8, 12 and their table: KB used, included MB, price, rate, amount, invoice.
    for (used, included, price, rate, amount, invoice) in [
        ("2097152", "1500", "0.02", "1", "10.96", true),
        ("1024001", "1000", "0.01", "1", "0.00", false),
        ("1536000", "1000", "0.00201", "1", "1.01", true),
        ("1024000", "1000", "1", "1", "0.00", false),
        ("3072000", "1000", "0.0125", "0.79", "19.75", true),
        ("1029120", "1000", "0.201", "1", "1.01", true),
        ("1126400", "1000", "0.00005", "1", "0.01", false),
        ("1126400", "1000", "0.001", "1", "0.10", false),
        ("0", "0", "1", "1", "0.00", false),
    ] {
        let request = serde_json::json!({
            "v": 1, "used_kb": used, "included_mb": included, "price_per_mb": price, "rate": rate, "digits": 2,
            "kb": "1024", "threshold": "0.10",
        });
        let (told, len, text) = overage(request.to_string().as_bytes(), 256);
        assert_eq!(told, 0, "{text}");
        let answer: serde_json::Value = serde_json::from_str(&text[..len]).unwrap();
        assert_eq!(
            (answer["amount"].as_str(), answer["invoice"].as_bool()),
            (Some(amount), Some(invoice)),
            "{request}"
        );
    }
}

#[test]
fn overage_writes_nothing_into_a_buffer_that_is_too_small() {
    let (told, needed, _) = overage(VECTOR.as_bytes(), 256);
    assert_eq!(told, 0);
    let (told, len, text) = overage(VECTOR.as_bytes(), needed - 1);
    assert_eq!((told, len), (-106, needed));
    assert!(text.bytes().all(|b| b == b'.'));
    assert_eq!(overage(VECTOR.as_bytes(), needed).0, 0);
    let mut len = 0;
    let told = unsafe { provisor_overage(VECTOR.as_ptr().cast(), VECTOR.len(), null_mut(), 0, &raw mut len) };
    assert_eq!((told, len), (-106, needed));
}

#[test]
fn overage_may_answer_into_its_own_request() {
    let mut memory = VECTOR.as_bytes().to_vec();
    let at: *mut c_char = memory.as_mut_ptr().cast();
    let mut len = 0;
    assert_eq!(
        unsafe { provisor_overage(at, VECTOR.len(), at, VECTOR.len(), &raw mut len) },
        0
    );
    assert!(memory.starts_with(br#"{"v":1,"used_mb":"2048""#));
}

#[test]
fn overage_refuses_what_is_not_a_request_and_names_the_field_only() {
    for (find, replace, class, code) in [
        ("0.02", "12,50secret", -103, "overage.number"),
        ("\"0.02\"", "0.02", -103, "overage.number"),
        ("2097152", "-1", -103, "overage.number"),
        ("1024", "1023", -103, "overage.kb"),
        ("\"digits\":2", "\"digits\":9", -103, "overage.digits"),
        ("\"v\":1", "\"v\":2", -103, "overage.version"),
        ("{", "", -103, "overage.not_json"),
        ("\"0.02\"", "\"-0.02\"", -601, "bill.negative_terms"),
        ("\"rate\":\"1\"", "\"rate\":\"0\"", -601, "bill.no_rate"),
        ("\"rate\":\"1\"", "\"rate\":\"-0.00\"", -601, "bill.no_rate"),
        ("\"rate\":\"1\"", "\"rate\":\"-1\"", -601, "bill.negative_terms"),
    ] {
        let (told, len, text) = overage(VECTOR.replace(find, replace).as_bytes(), 512);
        assert_eq!((told, text[..len].contains(code)), (class, true), "{text}");
        assert!(!text.contains("secret"));
    }
    assert_eq!(overage(b"\xff", 512).0, -103);
    assert_eq!(overage(b"", 512).0, -103);
}

#[test]
fn overage_checks_every_pointer() {
    let mut len = 0;
    let mut buffer = [0; 512];
    let out = buffer.as_mut_ptr();
    assert_eq!(unsafe { provisor_overage(null(), 9, out, 512, &raw mut len) }, -102);
    assert_eq!(unsafe { provisor_overage(null(), 0, out, 512, &raw mut len) }, -103);
    assert_eq!(
        unsafe { provisor_overage(VECTOR.as_ptr().cast(), VECTOR.len(), null_mut(), 512, &raw mut len) },
        -102
    );
    assert_eq!(
        unsafe { provisor_overage(VECTOR.as_ptr().cast(), VECTOR.len(), out, 512, null_mut()) },
        -102
    );
    assert_eq!(
        unsafe { provisor_overage(VECTOR.as_ptr().cast(), usize::MAX, out, 512, &raw mut len) },
        -104
    );
}
