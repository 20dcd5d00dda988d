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
/// Makes this thread run soon after it wakes, also where all processors are busy: it asks for
/// short slices, and gets them sooner, from Linux 6.12 on. Before, it has no effect.
///
/// Its share is that of any other thread. With a better place (nice) it would starve those that
/// are tested: for seconds, where a dozen of them were busy.
pub(crate) fn run_soon() {
    let attributes = Attributes {
        size: size_of::<Attributes>() as u32,
        policy: libc::SCHED_OTHER as u32,
        flags: 0,
        nice: 0,
        priority: 0,
        runtime: SLICE,
        deadline: 0,
        period: 0,
    };
    // SAFETY: the kernel reads one `sched_attr` of the size that it begins with, a local that
    // outlives the call. Thread 0 is the one that calls. Nothing depends on what comes of it.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
}
