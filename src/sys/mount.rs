//! Bind mounts of what a descriptor is open on (mount(2), open_tree(2), move_mount(2)).

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};

use super::descriptor::own;

// linux/mount.h; not in all versions of libc.
const OPEN_TREE_CLONE: libc::c_uint = 1;
const MOVE_MOUNT_F_EMPTY_PATH: libc::c_uint = 4;

/// Mounts at `at` what `source` is open on, with what is mounted below it.
///
/// By the descriptor itself (since Linux 5.2), which needs no `/proc`. Where a kernel or a profile
/// does not have the two calls for it, by mount(2) and `/proc/self/fd`.
pub(crate) fn bind(source: BorrowedFd<'_>, at: &Path) -> io::Result<()> {
    bind_descriptor(source, at).or_else(|_| {
        let path = PathBuf::from(format!("/proc/self/fd/{}", source.as_raw_fd()));
        let nothing: Option<&str> = None;
        let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
        Ok(mount(Some(&path), at, nothing, flags, nothing)?)
    })
}

fn bind_descriptor(source: BorrowedFd<'_>, at: &Path) -> io::Result<()> {
    let at = std::ffi::CString::new(at.as_os_str().as_bytes())?;
    let tree = clone_tree(source)?;
    let empty: &CStr = c"";
    // SAFETY: both paths are strings with their terminators that outlive the call.
    let moved = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree.as_raw_fd(),
            empty.as_ptr(),
            libc::AT_FDCWD,
            at.as_ptr(),
            MOVE_MOUNT_F_EMPTY_PATH,
        )
    };
    if moved < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A mount of its own of what `source` is open on, which is nowhere yet.
fn clone_tree(source: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let flags = OPEN_TREE_CLONE
        | libc::O_CLOEXEC as libc::c_uint
        | libc::AT_EMPTY_PATH as libc::c_uint
        | libc::AT_RECURSIVE as libc::c_uint;
    let empty: &CStr = c"";
    // SAFETY: the path is a string with its terminator; the result is a new descriptor or -1.
    let tree =
        unsafe { libc::syscall(libc::SYS_open_tree, source.as_raw_fd(), empty.as_ptr(), flags) };
    // A descriptor is an int; the call returns a long only because all of them do.
    own(tree as libc::c_int)
}
