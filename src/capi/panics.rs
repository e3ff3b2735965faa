//! What becomes of a panic: it is caught, nothing is printed, and only the file and line are kept. The message is never
//! read, because it may hold what the code worked on.
//!
//! The hook is the one global of the library. It is set by the first exported call, so a Rust program that uses the
//! crate keeps its own. It waits for nothing: a fork may have left the list locked for ever in the child.

use std::any::Any;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, Once};

/// Where a thread panicked.
struct Place {
    thread: libc::pthread_t,
    file: String,
    line: u32,
}

/// Panics that nobody asked about yet. Those of joined helper threads stay; more than this many push out the oldest.
static PLACES: Mutex<Vec<Place>> = Mutex::new(Vec::new());
const KEPT: usize = 16;

/// Sets the hook, once.
pub(super) fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // In our own unit tests a failed assertion must still be seen.
        #[cfg(test)]
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            remember(info);
            #[cfg(test)]
            previous(info);
        }));
    });
}

/// The handle of std would allocate once a thread and, on a host's threads, never be freed.
fn this_thread() -> libc::pthread_t {
    // SAFETY: it takes nothing and always succeeds.
    unsafe { libc::pthread_self() }
}

fn remember(info: &PanicHookInfo<'_>) {
    let Some(location) = info.location() else { return };
    let Ok(mut places) = PLACES.try_lock() else { return };
    if places.len() >= KEPT {
        places.remove(0);
    }
    places.push(Place {
        thread: this_thread(),
        file: location.file().to_owned(),
        line: location.line(),
    });
}

/// Where this thread panicked last, as `file:line`, and forgets it.
fn place() -> Option<String> {
    let mut places = PLACES.try_lock().ok()?;
    let me = this_thread();
    let last = places.iter().rposition(|p| p.thread == me)?;
    let place = places.remove(last);
    Some(format!("{}:{}", place.file, place.line))
}

/// Runs `work`. A panic becomes `Err` with the place, if it is known.
pub(super) fn caught<R>(work: impl FnOnce() -> R) -> Result<R, Option<String>> {
    silence();
    // Whoever calls this drops or replaces what `work` may have left half done.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        discard(payload);
        place()
    })
}

/// Drops a panic's payload, whose own destructor may panic as well.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}
