use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells the process that made it from those that were forked from it since.
///
/// A number would not do alone: a child in a PID namespace of its own can have the parent's. So it
/// is kept in a page of memory that the kernel gives to children empty (madvise(2),
/// `MADV_WIPEONFORK`).
pub(crate) struct Origin {
    /// None where the kernel has no such pages (before 4.14); the number must do then.
    here: Option<&'static AtomicBool>,
    process: u32,
}

impl Origin {
    /// Makes this process the origin, for good.
    pub(crate) fn here() -> Self {
        let here = empty_page().ok().map(|page| {
            // SAFETY: the page is mapped for reading and writing, and stays; an `AtomicBool` may
            // stand at any address, and the zero that the page holds is one: `false`.
            unsafe { page.cast::<AtomicBool>().as_ref() }
        });
        here.into_iter().for_each(|here| here.store(true, Ordering::SeqCst));
        Self { here, process: std::process::id() }
    }

    /// Whether this process is the origin. A child that shares the memory, as after vfork(2), has
    /// another number.
    pub(crate) fn is_here(&self) -> bool {
        self.process == std::process::id()
            && self.here.is_none_or(|here| here.load(Ordering::SeqCst))
    }
}

/// A page of zeros that is never unmapped, and is all zeros again in a child.
fn empty_page() -> io::Result<NonNull<libc::c_void>> {
    // The kernel rounds it up to a page.
    const LENGTH: usize = 1;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping at a place that the kernel chooses.
    let page = unsafe { libc::mmap(std::ptr::null_mut(), LENGTH, protection, flags, -1, 0) };
    if page == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the mapping is ours alone, and nothing is in it.
    if unsafe { libc::madvise(page, LENGTH, libc::MADV_WIPEONFORK) } != 0 {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(page).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}
