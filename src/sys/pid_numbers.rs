//! The numbers that processes get. Everything here is async-signal-safe.
//!
//! In a PID namespace they begin at 1, in each of them. Programs take them for unique on a machine, and
//! name files after them, which the namespaces share.

use std::ffi::CStr;
use std::os::fd::RawFd;

use nix::errno::Errno;

/// The kernel gives those below to processes of the start alone (kernel/pid.c, `RESERVED_PIDS`).
const LOWEST: i64 = 300;
/// How many processes a namespace may make before it comes to the numbers of the next one.
const EACH: i64 = 64;

/// Has the processes of this PID namespace numbered from a place of its own on: after the number that
/// this process has in the namespace outside, which `/proc` shows. Where it does not, or they may not
/// be set, they begin at 2, and nothing is lost but that.
pub(super) fn spread() {
    let (Some(outside), Some(highest)) = (number_outside(), highest()) else { return };
    let room = highest - LOWEST - EACH;
    if room > EACH {
        number_from((LOWEST + outside * EACH % room) as i32);
    }
}

/// Has the next process get the number behind this one (proc_sys_kernel(5), `ns_last_pid`). Returns
/// the errno.
pub(super) fn number_from(number: i32) -> i32 {
    let mut digits = [0; 12];
    let text = decimal(number, &mut digits);
    let fd = open(c"/proc/sys/kernel/ns_last_pid", libc::O_WRONLY);
    if fd < 0 {
        return Errno::last_raw();
    }
    // SAFETY: the pointer and the length are of one slice.
    let written = unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) };
    let errno = Errno::last_raw();
    // SAFETY: our own descriptor, not used again.
    unsafe { libc::close(fd) };
    if written < 0 { errno } else { 0 }
}

/// The number of this process where `/proc` was mounted.
fn number_outside() -> Option<i64> {
    let mut text = [0_u8; 20];
    let path = c"/proc/self".as_ptr();
    // SAFETY: the path is a string with its terminator, the pointer and the length are of one array.
    let length = unsafe { libc::readlink(path, text.as_mut_ptr().cast(), text.len()) };
    parse(text.get(..usize::try_from(length).ok()?)?)
}

/// The highest number that there is.
fn highest() -> Option<i64> {
    let fd = open(c"/proc/sys/kernel/pid_max", libc::O_RDONLY);
    let mut text = [0_u8; 20];
    // SAFETY: the pointer and the length are of one array; -1 is no descriptor, and fails.
    let length = unsafe { libc::read(fd, text.as_mut_ptr().cast(), text.len()) };
    // SAFETY: our own descriptor, not used again.
    unsafe { libc::close(fd) };
    parse(text.get(..usize::try_from(length).ok()?)?)
}

fn open(path: &CStr, flags: i32) -> RawFd {
    // SAFETY: the path is a string with its terminator.
    unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC) }
}

/// A number in digits, up to the first character that is none.
fn parse(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    let add = |sum: Option<i64>, digit: &u8| Some(sum.unwrap_or(0) * 10 + i64::from(digit - b'0'));
    digits.take(10).fold(None, add)
}

/// Writes a number that is not negative, without the allocator.
fn decimal(number: i32, digits: &mut [u8; 12]) -> &[u8] {
    let (mut at, mut rest) = (digits.len(), number.max(0));
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return &digits[at..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_and_read_in_digits() {
        for number in [0, 7, 10, 4_194_304, i32::MAX] {
            let mut digits = [0; 12];
            let text = decimal(number, &mut digits);
            assert_eq!(text, number.to_string().as_bytes());
            assert_eq!(parse(text), Some(i64::from(number)));
        }
        assert_eq!((parse(b"32768\n"), parse(b""), parse(b"self")), (Some(32768), None, None));
    }
}
