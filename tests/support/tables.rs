//! What is left in the kernel, asked without any program.

use std::io;
use std::os::fd::AsRawFd;

use netns_test::Host;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket,
};

// linux/netlink.h, linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
const REQUEST_DUMP: u16 = 0x301;
const GET_TABLE: u16 = (10 << 8) | 1;
const DONE: u16 = 3;
const ERROR: u16 = 2;

/// How many tables of nftables the host has.
pub(crate) fn count(host: &Host) -> io::Result<usize> {
    let flags = SockFlag::SOCK_CLOEXEC;
    let protocol = SockProtocol::NetlinkNetFilter;
    let netlink = host.run(|| socket(AddressFamily::Netlink, SockType::Raw, flags, protocol))?;
    let mut request = Vec::from(20_u32.to_ne_bytes());
    request.extend(GET_TABLE.to_ne_bytes());
    request.extend(REQUEST_DUMP.to_ne_bytes());
    // Sequence and port, then the family: any.
    request.extend([0; 12]);
    send(netlink.as_raw_fd(), &request, MsgFlags::empty())?;
    let mut tables = 0;
    loop {
        let mut answer = [0; 32 << 10];
        let length = recv(netlink.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        let mut rest = &answer[..length];
        while let [a, b, c, d, low, high, ..] = rest {
            match u16::from_ne_bytes([*low, *high]) {
                DONE => return Ok(tables),
                ERROR => return Err(io::Error::other("the kernel lists no tables")),
                _ => tables += 1,
            }
            let length = u32::from_ne_bytes([*a, *b, *c, *d]) as usize;
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
    }
}
