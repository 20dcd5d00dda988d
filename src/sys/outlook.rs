//! What a program finds out about the machine that it runs on: its name, its network devices.
//!
//! A network namespace changes what sockets see. The host name is a matter of another namespace, and
//! `/sys` shows the network of whoever mounted it (sysfs(5)).

use std::ffi::CStr;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::descriptor::own;

// linux/mount.h; not in all versions of libc.
const FSCONFIG_CMD_CREATE: libc::c_uint = 6;
const FSOPEN_CLOEXEC: libc::c_uint = 1;
const FSMOUNT_CLOEXEC: libc::c_uint = 1;
const MOUNT_ATTR_RDONLY: libc::c_uint = 1;
const MOUNT_ATTR_SAFE: libc::c_uint = 0x2 | 0x4 | 0x8;
const OPEN_TREE_CLONE: libc::c_uint = 1;
const MOVE_MOUNT_F_EMPTY_PATH: libc::c_uint = 4;

/// Where `/sys` shows network devices, and where the same folders are in a sysfs that is mounted at
/// [`ASIDE`]. The rest of it stays as it is: other things are mounted there.
const NETWORK: [[&CStr; 2]; 2] = [
    [c"/sys/class/net/class/net", c"/sys/class/net"],
    [c"/sys/class/net/devices/virtual/net", c"/sys/devices/virtual/net"],
];
/// Where the whole sysfs is for a moment: a folder that there is, of a process that does not run yet.
/// Before Linux 6.15 only what is mounted somewhere can be mounted in parts.
const ASIDE: &CStr = c"/sys/class/net";

/// Makes the processes that `command` starts find, as their machine's, this host name and the network
/// devices of the namespace that they are in.
///
/// It is to be asked for behind the entering of that namespace. Where mounts are not permitted, a
/// process finds what its starter does.
pub(crate) fn own_before_exec(command: &mut Command, name: &str) {
    let Ok(name) = CString::new(name) else { return };
    let change = move || {
        // What cannot be had is left as it is: a program may well do without.
        let _ = own_outlook(&name);
        Ok(())
    };
    // SAFETY: the closure runs between fork and exec and makes system calls only, with strings that
    // were made before; it neither allocates nor takes a lock.
    unsafe { command.pre_exec(change) };
}

fn own_outlook(name: &CStr) -> io::Result<()> {
    // SAFETY: unshare takes an integer.
    demand(unsafe { libc::unshare(libc::CLONE_NEWNS | libc::CLONE_NEWUTS) })?;
    // SAFETY: the pointer and the length are of the same string, which outlives the call.
    demand(unsafe { libc::sethostname(name.as_ptr(), name.count_bytes()) })?;
    // What is mounted over /sys is seen here only, also outside of a sandbox.
    alone(c"/sys")?;
    place(&sysfs()?, ASIDE)?;
    let parts = NETWORK.map(|[from, to]| (part(from), to));
    // SAFETY: the path is a string with its terminator.
    demand(unsafe { libc::umount2(ASIDE.as_ptr(), libc::MNT_DETACH) })?;
    for (part, to) in parts {
        place(&part?, to)?;
    }
    Ok(())
}

/// Has what is mounted over this mount from now on be seen by this process and its children only.
pub(super) fn alone(mount: &CStr) -> io::Result<()> {
    let nothing = std::ptr::null();
    let flags = libc::MS_REC | libc::MS_PRIVATE;
    // SAFETY: the path is a string with its terminator, and the others are not read.
    demand(unsafe { libc::mount(nothing, mount.as_ptr(), nothing, flags, nothing.cast()) })
}

/// A sysfs that shows the network namespace of this thread, mounted nowhere yet.
fn sysfs() -> io::Result<OwnedFd> {
    // SAFETY: the name is a string with its terminator; the result is a new descriptor or -1.
    let context = unsafe { libc::syscall(libc::SYS_fsopen, c"sysfs".as_ptr(), FSOPEN_CLOEXEC) };
    let context = own(context as libc::c_int)?;
    let nothing: *const libc::c_char = std::ptr::null();
    // SAFETY: this command of fsconfig takes no key, no value and no number.
    checked(unsafe {
        libc::syscall(
            libc::SYS_fsconfig,
            context.as_raw_fd(),
            FSCONFIG_CMD_CREATE,
            nothing,
            nothing,
            0,
        )
    })?;
    // Where the system's own is read-only and has to stay so, this one has to be.
    mounted(&context, MOUNT_ATTR_SAFE)
        .or_else(|_| mounted(&context, MOUNT_ATTR_SAFE | MOUNT_ATTR_RDONLY))
}

fn mounted(context: &OwnedFd, attributes: libc::c_uint) -> io::Result<OwnedFd> {
    // SAFETY: the descriptor is open because we borrow its owner; the result is a new one or -1.
    let mount = unsafe {
        libc::syscall(libc::SYS_fsmount, context.as_raw_fd(), FSMOUNT_CLOEXEC, attributes)
    };
    own(mount as libc::c_int)
}

/// A mount of one folder of what is mounted, which is nowhere yet.
fn part(folder: &CStr) -> io::Result<OwnedFd> {
    let flags = OPEN_TREE_CLONE | libc::O_CLOEXEC as libc::c_uint;
    // SAFETY: the path is a string with its terminator; the result is a new descriptor or -1.
    let tree =
        unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, folder.as_ptr(), flags) };
    own(tree as libc::c_int)
}

/// Puts a mount over a folder.
fn place(mount: &OwnedFd, at: &CStr) -> io::Result<()> {
    // SAFETY: both paths are strings with their terminators that outlive the call.
    checked(unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_FDCWD,
            at.as_ptr(),
            MOVE_MOUNT_F_EMPTY_PATH,
        )
    })
}

fn demand(result: libc::c_int) -> io::Result<()> {
    checked(result.into())
}

fn checked(result: libc::c_long) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
