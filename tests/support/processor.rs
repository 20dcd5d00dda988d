//! Where threads run.

use nix::sched::{CpuSet, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

/// Has this thread, and those that it starts, stay on the processor that it is on.
///
/// What is sent on one processor waits there until it is taken in, and what is sent on another meanwhile
/// overtakes it: the kernel itself puts a stream out of order, on a pair and on a bridge without any wire.
pub(crate) fn stay_on_this_processor() {
    let mut here = CpuSet::new();
    here.set(sched_getcpu().expect("it is on one")).expect("it is one of a thousand");
    sched_setaffinity(Pid::from_raw(0), &here).expect("it is there");
}
