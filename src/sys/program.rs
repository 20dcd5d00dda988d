//! What a program is prepared by between its fork and its exec: its user, its session, its `/proc`.
//! Everything that runs there is async-signal-safe.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use nix::errno::Errno;

use super::outlook::alone;

/// A user with the groups that it has.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) user: u32,
    pub(crate) group: u32,
    pub(crate) groups: Vec<u32>,
}

/// Gives the program a session of its own, and a `/proc` of the PID namespace in which it begins,
/// where it may mount one.
pub(crate) fn seclude_before_exec(command: &mut Command) {
    let seclude = || {
        // SAFETY: setsid touches no memory. It fails for the leader of a group only.
        unsafe { libc::setsid() };
        mount_proc();
        Ok(())
    };
    // SAFETY: the closure runs between fork and exec and makes system calls on constants; it neither
    // allocates nor takes a lock.
    unsafe { command.pre_exec(seclude) };
}

/// Has the program find the descriptor open.
pub(crate) fn inherit_before_exec(command: &mut Command, descriptor: Arc<OwnedFd>) {
    let inherit = move || {
        // SAFETY: fcntl on integers; the descriptor is kept open by the closure itself.
        match unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFD, 0) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: the closure runs between fork and exec and makes one system call; it neither allocates
    // nor takes a lock.
    unsafe { command.pre_exec(inherit) };
}

/// Has the program run as another user.
///
/// Where this process may, it becomes that user. Where it is root of a user namespace that knows one
/// user alone, nobody can: then the program gets a user namespace of its own, in which that one user
/// has the wanted number.
pub(crate) fn become_before_exec(command: &mut Command, identity: Identity) -> io::Result<()> {
    let line = |wanted: u32, ours: u32| CString::new(format!("{wanted} {ours} 1"));
    let maps = [
        line(identity.user, nix::unistd::geteuid().as_raw())?,
        line(identity.group, nix::unistd::getegid().as_raw())?,
    ];
    let switch = move || match take(&identity) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => rename(&maps),
        taken => taken,
    };
    // SAFETY: the closure runs between fork and exec and makes system calls on what it owns; it
    // neither allocates nor takes a lock.
    unsafe { command.pre_exec(switch) };
    Ok(())
}

/// Becomes that user. `EINVAL` if this user namespace does not know it.
fn take(identity: &Identity) -> io::Result<()> {
    let Identity { user, group, groups } = identity;
    // SAFETY: integers.
    demand(unsafe { libc::setresgid(*group, *group, *group) })?;
    // SAFETY: the pointer and the length are of one vector.
    demand(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) })?;
    // SAFETY: integers.
    demand(unsafe { libc::setresuid(*user, *user, *user) })
}

/// Makes a user namespace in which this user has another number.
fn rename([user, group]: &[CString; 2]) -> io::Result<()> {
    // SAFETY: integers.
    demand(unsafe { libc::unshare(libc::CLONE_NEWUSER) })?;
    write_file(c"/proc/self/setgroups", c"deny")?;
    write_file(c"/proc/self/uid_map", user)?;
    write_file(c"/proc/self/gid_map", group)
}

/// Without it `/proc` shows the processes of the test by the numbers that they have there; that is
/// no reason not to start.
fn mount_proc() {
    // SAFETY: integers.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
        return;
    }
    if alone(c"/proc").is_err() {
        return;
    }
    let null: *const libc::c_void = std::ptr::null();
    let (proc, flags) = (c"proc".as_ptr(), libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC);
    // SAFETY: the strings have their terminators, and there is no data.
    unsafe { libc::mount(proc, c"/proc".as_ptr(), proc, flags, null) };
}

/// Writes a file of /proc in one call, as the kernel asks for the maps.
fn write_file(path: &CStr, text: &CStr) -> io::Result<()> {
    // SAFETY: the path is a string with its terminator.
    let fd = unsafe { libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) };
    demand(fd)?;
    // SAFETY: the pointer and the length are of the same string.
    let written = unsafe { libc::write(fd, text.as_ptr().cast(), text.count_bytes()) };
    let errno = Errno::last_raw();
    // SAFETY: our own descriptor, not used again.
    unsafe { libc::close(fd) };
    if written < 0 { Err(io::Error::from_raw_os_error(errno)) } else { Ok(()) }
}

fn demand(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
