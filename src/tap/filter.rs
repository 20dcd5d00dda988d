//! Which frames the kernel records: classic BPF programs, as tcpdump makes them.

use libc::sock_filter;

/// Where the kernel's own words about a frame are, for `BPF_LD` (linux/filter.h, `SKF_AD_OFF`).
const ABOUT: u32 = -0x1000_i32 as u32;
const PACKET_TYPE: u32 = ABOUT + 4;
const LINK_TYPE: u32 = ABOUT + 28;
/// `ARPHRD_ETHER` and `ARPHRD_LOOPBACK`: devices whose frames begin with an Ethernet header.
const ETHERNET: u32 = libc::ARPHRD_ETHER as u32;
const LOOPBACK: u32 = libc::ARPHRD_LOOPBACK as u32;

const LOAD_WORD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const LOAD_HALF: u16 = (libc::BPF_LD | libc::BPF_H | libc::BPF_ABS) as u16;
const JUMP_IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Takes the first `snaplen` bytes of the frames that have this direction (`PACKET_OUTGOING`,
/// `PACKET_HOST`), but none of `never`, the ethertype of the probes of blocks.
pub(crate) fn frames(direction: u8, never: u16, snaplen: u32) -> [sock_filter; 9] {
    [
        statement(LOAD_WORD, PACKET_TYPE),
        jump(u32::from(direction), 0, 6),
        statement(LOAD_HALF, LINK_TYPE),
        jump(ETHERNET, 1, 0),
        jump(LOOPBACK, 0, 3),
        statement(LOAD_HALF, 12),
        jump(u32::from(never), 1, 0),
        statement(RETURN, snaplen),
        statement(RETURN, 0),
    ]
}

/// Takes nothing.
pub(crate) fn nothing() -> [sock_filter; 1] {
    [statement(RETURN, 0)]
}

fn statement(code: u16, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf: 0, k }
}

/// Skips so many statements if what was loaded is equal to `k`, or if it is not.
fn jump(k: u32, equal: u8, different: u8) -> sock_filter {
    sock_filter { code: JUMP_IF_EQUAL, jt: equal, jf: different, k }
}
