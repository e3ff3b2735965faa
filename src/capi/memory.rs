//! The caller's raw memory: the only place where a pointer from outside becomes a slice, or is written through.

use crate::session::MAX_MESSAGE;
use std::ffi::c_char;

/// What the caller handed in as pointer and length.
pub(super) enum Given<'a> {
    /// A length of zero, whatever the pointer.
    Nothing,
    /// NULL with a length.
    Null,
    /// More than 32 MiB; not looked at.
    TooLarge,
    /// The bytes.
    Bytes(&'a [u8]),
}

/// Reads a pointer and a length.
///
/// # Safety
/// A pointer that is not NULL, with a length of at most 32 MiB, points to that many bytes that nobody changes during
/// `'a`.
pub(super) unsafe fn given<'a>(pointer: *const c_char, len: usize) -> Given<'a> {
    match len {
        0 => Given::Nothing,
        _ if pointer.is_null() => Given::Null,
        _ if len > MAX_MESSAGE => Given::TooLarge,
        // SAFETY: the pointer is not NULL, the length fits isize, and the caller vouches for the bytes.
        _ => Given::Bytes(unsafe { std::slice::from_raw_parts(pointer.cast(), len) }),
    }
}

/// Where an answer goes: two places of the caller, both there.
pub(super) struct Out {
    pointer: *mut *const c_char,
    len: *mut usize,
}

impl Out {
    /// None when either place is NULL.
    ///
    /// # Safety
    /// A pointer that is not NULL may be written through as long as the value lives.
    pub(super) unsafe fn new(pointer: *mut *const c_char, len: *mut usize) -> Option<Self> {
        (!pointer.is_null() && !len.is_null()).then_some(Self { pointer, len })
    }

    /// Lends these bytes to the caller. How long they last is said at each function.
    pub(super) fn lend(&self, bytes: &[u8]) {
        // The pointer of an empty Vec points nowhere; a caller may still want to print it.
        let start = if bytes.is_empty() {
            c"".as_ptr()
        } else {
            bytes.as_ptr().cast()
        };
        // SAFETY: `new` checked both for NULL and its caller vouched for them.
        unsafe {
            self.pointer.write(start);
            self.len.write(bytes.len());
        }
    }
}
