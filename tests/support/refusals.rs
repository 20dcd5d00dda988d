//! What a dial is told that is refused.

use netns_test::IcmpKind;

/// What `connect` is told by each kind of ICMP error, in IPv4 and in IPv6, as `Policy::refuse`
/// documents it. An answer that a family does not have is none.
pub(crate) const REFUSALS: [(IcmpKind, Option<i32>, Option<i32>); 9] = [
    (IcmpKind::PortUnreachable, Some(libc::ECONNREFUSED), Some(libc::ECONNREFUSED)),
    (IcmpKind::HostUnreachable, Some(libc::EHOSTUNREACH), Some(libc::EHOSTUNREACH)),
    (IcmpKind::NetUnreachable, Some(libc::ENETUNREACH), Some(libc::ENETUNREACH)),
    (IcmpKind::AdminProhibited, Some(libc::EHOSTUNREACH), Some(libc::EACCES)),
    (IcmpKind::ProtoUnreachable, Some(libc::ENOPROTOOPT), None),
    (IcmpKind::NetProhibited, Some(libc::ENETUNREACH), None),
    (IcmpKind::HostProhibited, Some(libc::EHOSTUNREACH), None),
    (IcmpKind::PolicyFail, None, Some(libc::EACCES)),
    (IcmpKind::RejectRoute, None, Some(libc::EACCES)),
];
