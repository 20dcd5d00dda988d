//! How soon a thread runs when it has to (sched(7)).

use std::mem::size_of;

/// `struct sched_attr` in its first version (sched_setattr(2)).
#[repr(C)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// The shortest slice that the kernel accepts, in nanoseconds.
const SLICE: u64 = 100_000;
/// The best place in the order of ordinary threads, which only root may take.
const FIRST: i32 = -20;

/// Makes this thread run soon after it wakes, also where all processors are busy.
///
/// Anybody may ask for short slices, and gets them sooner, from Linux 6.12 on; before, it has no
/// effect. Nothing depends on it, so nobody is told.
pub(crate) fn run_soon() {
    if !set(FIRST) {
        set(0);
    }
}

fn set(nice: i32) -> bool {
    let attributes = Attributes {
        size: size_of::<Attributes>() as u32,
        policy: libc::SCHED_OTHER as u32,
        flags: 0,
        nice,
        priority: 0,
        runtime: SLICE,
        deadline: 0,
        period: 0,
    };
    // SAFETY: the kernel reads one `sched_attr` of the size that it begins with, a local that
    // outlives the call. Thread 0 is the one that calls.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) == 0 }
}
