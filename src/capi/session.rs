//! The four functions of a session, and the handle behind them: who may be inside, and in which process.

use super::fixed::{self, Fixed};
use super::guarded::Guarded;
use super::memory::{Given, Out, given};
use super::panics;
use crate::host::Class;
use crate::start::{no_config, too_large};
use std::cell::UnsafeCell;
use std::ffi::c_char;
use std::sync::atomic::{AtomicBool, Ordering};

/// One running job.
///
/// Made by provisor_session_new, freed by provisor_session_free. It may move between threads but serves one at a time.
pub struct ProvisorSession {
    /// The process that made it. In a forked child the memory is a copy, but sockets and claims are shared: hands off.
    process: u32,
    /// Somebody is inside.
    busy: AtomicBool,
    inside: UnsafeCell<Guarded>,
}

/// Keeps a session busy while somebody is inside.
struct Inside<'a>(&'a ProvisorSession);

impl<'a> Inside<'a> {
    /// Enters the session behind a pointer.
    ///
    /// # Safety
    /// The pointer is NULL or came from `provisor_session_new` and was not freed.
    unsafe fn enter(session: *const ProvisorSession) -> Result<Self, Fixed> {
        // SAFETY: not NULL means alive, says the caller.
        let Some(session) = (unsafe { session.as_ref::<'a>() }) else {
            return Err(fixed::NO_SESSION);
        };
        if session.process != std::process::id() {
            return Err(fixed::FORKED);
        }
        match session
            .busy
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
        {
            Ok(_) => Ok(Self(session)),
            Err(_) => Err(fixed::BUSY),
        }
    }

    fn session(&mut self) -> &mut Guarded {
        // SAFETY: `busy` lets one `Inside` exist at a time, and it is borrowed here.
        unsafe { &mut *self.0.inside.get() }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
    }
}

pub(super) fn hand_out(guarded: Guarded) -> *mut ProvisorSession {
    Box::into_raw(Box::new(ProvisorSession {
        process: std::process::id(),
        busy: AtomicBool::new(false),
        inside: UnsafeCell::new(guarded),
    }))
}

/// Answers with a constant message, which lasts for ever.
fn refuse(refusal: &Fixed, out: Option<Out>) -> i32 {
    if let Some(out) = out {
        out.lend(refusal.message.as_bytes());
    }
    refusal.class.number()
}

/// Opens a session for one job.
///
/// `config` is UTF-8 JSON of `len` bytes, read before the function returns:
/// `{"v":1,"job":"onapp.create","now":"2026-01-31T00:00:00Z","limits":{},"input":{}}`. Nothing runs before the first
/// step.
///
/// The session belongs to the caller, who frees it with provisor_session_free.
///
/// # Errors
/// There always is a session: a config that cannot be used, NULL included, makes one whose every step returns the error,
/// class -201.
/// Only a defect of the library makes this function return NULL.
///
/// # Safety
/// `config` is NULL or points to `len` bytes. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn provisor_session_new(config: *const c_char, len: usize) -> *mut ProvisorSession {
    panics::caught(|| {
        // SAFETY: the caller vouches for `config` and `len`; the bytes are not kept.
        hand_out(match unsafe { given(config, len) } {
            Given::Bytes(bytes) => Guarded::open(bytes),
            Given::Nothing => Guarded::open(&[]),
            Given::Null => Guarded::refused(&no_config()),
            Given::TooLarge => Guarded::refused(&too_large(len)),
        })
    })
    .unwrap_or(std::ptr::null_mut())
}

/// Runs the job up to its next op or its end.
///
/// The first call takes no reply (`reply` NULL, `len` 0); every other takes the reply to the last op, read before the
/// function returns.
///
/// Returns 1 (PROVISOR_STEP_OP): the answer is an op, `{"v":1,"id":"3","op":"rows.read","args":{},"log":[]}`; do it
/// and call again with `{"v":1,"id":"3","now":"2026-01-31T00:00:05Z","value":{}}`, or with
/// `"error":{"code":"","message":""}` in place of the value. Returns 0 (PROVISOR_STEP_REPORT): the job is done and the
/// answer is `{"v":1,"report":{},"log":[]}`. Returns a negative class: the answer is
/// `{"v":1,"error":{"class":-301,"code":"","message":"","unchanged":"","next":""},"log":[]}`.
///
/// `*out` and `*out_len` are always written when both are given. The answer has no NUL at its end. It belongs to the
/// session and lasts until the next step or the free; never free it yourself.
///
/// # Errors
/// Classes -101 to -199 leave the session as it was, and an op that is owed is still owed. Any other ends it: every
/// later step returns the same error. After a report every step returns -101. -102: `session`, `out` or `out_len` is
/// NULL, or `reply` is with a length. -104: the reply is larger than 32 MiB. -105: another thread is inside. -901: a
/// defect. -902: the process has forked since.
///
/// # Safety
/// `session` came from provisor_session_new and is not freed during the call; `reply` points to `len` bytes; `out` and
/// `out_len` can be written. Any thread, one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn provisor_session_step(
    session: *mut ProvisorSession,
    reply: *const c_char,
    len: usize,
    out: *mut *const c_char,
    out_len: *mut usize,
) -> i32 {
    panics::caught(|| {
        // SAFETY: the caller vouches for all five, as documented.
        let (out, entered, reply) = unsafe { (Out::new(out, out_len), Inside::enter(session), given(reply, len)) };
        let mut inside = match entered {
            Ok(inside) => inside,
            Err(refusal) => return refuse(&refusal, out),
        };
        let refusal = match (&out, reply) {
            (None, _) => fixed::NO_OUT,
            (_, Given::Null) => fixed::NO_REPLY,
            (_, Given::TooLarge) => fixed::TOO_LARGE,
            (Some(out), Given::Nothing) => return answer(inside.session().step(None), out),
            (Some(out), Given::Bytes(bytes)) => return answer(inside.session().step(Some(bytes)), out),
        };
        inside.session().note(refusal.class, refusal.message);
        refuse(&refusal, out)
    })
    .unwrap_or(Class::Internal.number())
}

fn answer((class, bytes): (i32, &[u8]), out: &Out) -> i32 {
    out.lend(bytes);
    class
}

/// Tells the last error of a session, whether it ended the session or not.
///
/// Returns its class, and lends its message as provisor_session_step does: it lasts until the next step or the free.
/// Returns 0 and an empty text when there was no error.
///
/// # Errors
/// -102: `session`, `out` or `out_len` is NULL. -105: another thread is inside. -902: the process has forked since.
///
/// # Safety
/// As for provisor_session_step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn provisor_session_error(
    session: *const ProvisorSession,
    out: *mut *const c_char,
    out_len: *mut usize,
) -> i32 {
    panics::caught(|| {
        // SAFETY: the caller vouches for all three, as documented.
        let (out, entered) = unsafe { (Out::new(out, out_len), Inside::enter(session)) };
        match (entered, out) {
            (Err(refusal), out) => refuse(&refusal, out),
            (Ok(_), None) => refuse(&fixed::NO_OUT, None),
            (Ok(mut inside), Some(out)) => answer(inside.session().error(), &out),
        }
    })
    .unwrap_or(Class::Internal.number())
}

/// Frees a session. A job that is not done is cancelled: it is dropped where it stands and its destructors run; an op
/// that is owed may still be done or not, the job makes no difference between them when it is run again.
///
/// NULL is allowed and does nothing. A session that another thread is inside, or that was made before a fork, is left
/// alone: its memory is lost instead of corrupted.
///
/// # Safety
/// `session` is NULL or came from provisor_session_new and was not freed. Everything it lent is gone afterwards. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn provisor_session_free(session: *mut ProvisorSession) {
    let _ = panics::caught(|| {
        // SAFETY: NULL or alive, says the caller.
        if let Ok(inside) = unsafe { Inside::enter(session) } {
            // Nobody may enter any more.
            std::mem::forget(inside);
            // SAFETY: it came from Box::into_raw in `hand_out`, and nobody is inside.
            drop(unsafe { Box::from_raw(session) });
        }
    });
}
