//! The program of this process, to be started again. Everything here is async-signal-safe.

use std::os::fd::RawFd;

/// linux/mount.h; not in libc.
const FSOPEN_CLOEXEC: libc::c_uint = 1;
const FSCONFIG_CMD_CREATE: libc::c_uint = 6;
const FSMOUNT_CLOEXEC: libc::c_uint = 1;

/// Becomes the very file that runs now, even if a build has replaced it in the meantime. Returns
/// only if it failed, with errno set.
///
/// # Safety
///
/// Both lists consist of pointers to strings with their terminators, and end with a null pointer.
pub(super) unsafe fn exec(
    arguments: &[*const libc::c_char],
    environment: &[*const libc::c_char],
) -> i32 {
    let (words, variables) = (arguments.as_ptr(), environment.as_ptr());
    // SAFETY: the path is a string with its terminator, and the caller vouches for the lists.
    unsafe { libc::execve(c"/proc/self/exe".as_ptr(), words, variables) };
    let error = nix::errno::Errno::last();
    if error == nix::errno::Errno::ENOENT {
        let empty = c"".as_ptr();
        let file = open_without_proc();
        // SAFETY: as above.
        unsafe {
            libc::syscall(libc::SYS_execveat, file, empty, words, variables, libc::AT_EMPTY_PATH)
        };
    }
    error.set();
    -1
}

/// Opens its file where no /proc is mounted: in one of our own, which is attached nowhere.
fn open_without_proc() -> RawFd {
    // SAFETY: the name is a string with its terminator.
    let system = unsafe { libc::syscall(libc::SYS_fsopen, c"proc".as_ptr(), FSOPEN_CLOEXEC) };
    // SAFETY: integers only, and no key or value.
    unsafe { libc::syscall(libc::SYS_fsconfig, system, FSCONFIG_CMD_CREATE, 0, 0, 0) };
    // SAFETY: integers only.
    let mount = unsafe { libc::syscall(libc::SYS_fsmount, system, FSMOUNT_CLOEXEC, 0) };
    let flags = libc::O_PATH | libc::O_CLOEXEC;
    // A descriptor is an int; the call returns a long only because all of them do.
    // SAFETY: the path is a string with its terminator; a call that failed gives -1 to the next.
    unsafe { libc::openat(mount as RawFd, c"self/exe".as_ptr(), flags) }
}
