//! The one place that every panic of a Rust program passes.
//!
//! A panic hook sees a panic only as long as nobody replaces it, and `resume_unwind` runs none.
//! What both have in common is that the stack is unwound, and that begins with a call of
//! `_Unwind_RaiseException`, a function of libgcc's (or libunwind's) that the Itanium C++ ABI
//! defines. Where it is linked dynamically a program may define it as well, and its own definition
//! is the one that is called, as with malloc(3): this one tells an observer, and goes on to the
//! next.
//!
//! Where it cannot be (the unwinder is linked statically, as with musl, where a second definition
//! would be an error of the linker), nobody is told.

use std::sync::OnceLock;

/// Who is told that a thread begins to unwind.
static OBSERVER: OnceLock<fn()> = OnceLock::new();

/// Has `observer` called, from now on and for good, whenever a thread of this process begins to
/// unwind, by that thread, before any destructor has run.
pub(crate) fn observe(observer: fn()) {
    OBSERVER.get_or_init(|| observer);
}

#[cfg(all(
    panic = "unwind",
    target_env = "gnu",
    not(target_feature = "crt-static"),
    // Its exceptions are of another form.
    not(target_arch = "arm"),
    not(miri)
))]
mod interposed {
    use std::ffi::{c_int, c_void};
    use std::sync::OnceLock;

    /// What Rust writes into its exceptions, so that they are told from those of C++: the word as
    /// it stands in memory, or, as it was in older versions, as a number.
    const RUST: [u64; 2] = [u64::from_ne_bytes(*b"MOZ\0RUST"), u64::from_be_bytes(*b"MOZ\0RUST")];

    /// `_URC_FATAL_PHASE1_ERROR`. Rust ends the process when it cannot unwind.
    const FAILED: c_int = 3;

    type Raise = unsafe extern "C-unwind" fn(*mut c_void) -> c_int;

    /// Tells the observer of a Rust panic, and unwinds.
    ///
    /// # Safety
    ///
    /// As the ABI says: `exception` points to an `_Unwind_Exception`, whose first field is its
    /// class.
    // SAFETY: the name is meant to stand in the place of libgcc's: it does what that does, and has
    // its signature.
    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn _Unwind_RaiseException(exception: *mut c_void) -> c_int {
        // SAFETY: by the contract of this function.
        let class = unsafe { exception.cast::<u64>().read() };
        if RUST.contains(&class) {
            super::OBSERVER.get().into_iter().for_each(|observer| observer());
        }
        match next() {
            // SAFETY: it is the function of this name, and gets what we were given.
            Some(raise) => unsafe { raise(exception) },
            None => FAILED,
        }
    }

    /// The function that would have been called without ours.
    fn next() -> Option<Raise> {
        static NEXT: OnceLock<Option<Raise>> = OnceLock::new();
        *NEXT.get_or_init(|| {
            // SAFETY: the name is a constant string with its terminator.
            let found = unsafe { libc::dlsym(libc::RTLD_NEXT, c"_Unwind_RaiseException".as_ptr()) };
            // SAFETY: the symbol of this name is a function of this type, or there is none: a
            // null pointer is `None`.
            unsafe { std::mem::transmute::<*mut c_void, Option<Raise>>(found) }
        })
    }
}
