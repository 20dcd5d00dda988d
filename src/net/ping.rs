//! Who may open ping sockets in a host (icmp(7)): everybody, as on most distributions.

use std::fs::File;
use std::io::Write;

const RANGE: &str = "/proc/sys/net/ipv4/ping_group_range";

/// Permits ping sockets, of both families, in the namespace that this thread is in.
///
/// A user namespace has few groups, and the kernel takes only a range of which it has both ends. Where
/// `/proc/sys` is read-only, ping sockets stay forbidden: that is what a program finds there anyway.
pub(super) fn permit() {
    let Ok(mut range) = File::options().write(true).open(RANGE) else { return };
    if range.write_all(b"0 2147483647").is_err() {
        let own = nix::unistd::getegid();
        let _ = range.write_all(format!("{own} {own}").as_bytes());
    }
}
