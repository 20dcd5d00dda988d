//! What a dial is told that is refused.

use netns_test::RejectWith;

/// What `connect` is told by each kind of answer, in IPv4 and in IPv6, as `Policy::refuse`
/// documents it. An answer that a family does not have is none.
pub(crate) const REFUSALS: [(RejectWith, Option<i32>, Option<i32>); 10] = [
    (RejectWith::PortUnreachable, Some(libc::ECONNREFUSED), Some(libc::ECONNREFUSED)),
    (RejectWith::HostUnreachable, Some(libc::EHOSTUNREACH), Some(libc::EHOSTUNREACH)),
    (RejectWith::NetUnreachable, Some(libc::ENETUNREACH), Some(libc::ENETUNREACH)),
    (RejectWith::AdminProhibited, Some(libc::EHOSTUNREACH), Some(libc::EACCES)),
    (RejectWith::ProtoUnreachable, Some(libc::ENOPROTOOPT), None),
    (RejectWith::NetProhibited, Some(libc::ENETUNREACH), None),
    (RejectWith::HostProhibited, Some(libc::EHOSTUNREACH), None),
    (RejectWith::PolicyFail, None, Some(libc::EACCES)),
    (RejectWith::RejectRoute, None, Some(libc::EACCES)),
    (RejectWith::TcpReset, Some(libc::ECONNREFUSED), Some(libc::ECONNREFUSED)),
];
