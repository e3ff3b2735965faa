//! The caller's raw memory: the only place where a pointer from outside becomes a slice, or is written through.

use crate::host::Class;
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

/// A buffer of the caller for a whole answer, and where its length goes.
#[derive(Clone, Copy)]
pub(super) struct Buffer {
    start: *mut c_char,
    size: usize,
    len: *mut usize,
}

impl Buffer {
    /// None when the place for the length is NULL, or the buffer is NULL but has a size.
    ///
    /// # Safety
    /// What is not NULL may be written through as long as the value lives: `size` bytes, and one length.
    pub(super) unsafe fn new(start: *mut c_char, size: usize, len: *mut usize) -> Option<Self> {
        let usable = !len.is_null() && (!start.is_null() || size == 0);
        usable.then_some(Self { start, size, len })
    }

    /// Writes the answer and its length, and returns its class. When the answer does not fit, only the length is
    /// written and the class is that of a small buffer.
    pub(super) fn fill(&self, answer: &[u8], class: i32) -> i32 {
        let fits = answer.len() <= self.size;
        // SAFETY: `new` checked for NULL and its caller vouched for the rest; an answer that fits has a buffer, because
        // no answer is empty.
        unsafe {
            self.len.write(answer.len());
            if fits && !self.start.is_null() {
                std::ptr::copy_nonoverlapping(answer.as_ptr(), self.start.cast(), answer.len());
            }
        }
        if fits { class } else { Class::MisuseBuffer.number() }
    }
}
