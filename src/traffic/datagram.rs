//! What the UDP sockets share. A datagram is sent and received as a whole, or not at all.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::sys::socket::{SockType, SockaddrStorage, connect};

use super::address::canonical;
use super::bound::{family, make};
use super::tape::Tape;
use crate::Host;
use crate::record::Verb;

/// More than a datagram can have.
const MOST: usize = 64 * 1024;

pub(super) fn buffer() -> Vec<u8> {
    vec![0; MOST]
}

/// The first bytes of the buffer, and who sent them.
pub(super) fn received(
    mut buffer: Vec<u8>,
    (length, from): (usize, SocketAddr),
) -> (Vec<u8>, SocketAddr) {
    buffer.truncate(length);
    (buffer, canonical(from))
}

/// Notes what was received from anybody, or why nothing was, and passes the result on.
pub(super) fn note_received(
    tape: &Tape,
    local: SocketAddr,
    result: io::Result<(Vec<u8>, SocketAddr)>,
) -> io::Result<(Vec<u8>, SocketAddr)> {
    let from = result.as_ref().ok().map(|(_, from)| *from);
    tape.note(Verb::Recv, [Some(local), from], result, |(bytes, _)| bytes.len())
}

/// Makes a socket inside `host` that is connected to the first of `peers` that has a route.
pub(super) fn connected(
    host: &Host,
    peers: Vec<SocketAddr>,
) -> io::Result<(UdpSocket, SocketAddr)> {
    let mut last = None;
    for peer in peers {
        let socket = make(host, family(peer), SockType::Datagram)?;
        match connect(socket.as_raw_fd(), &SockaddrStorage::from(peer)) {
            Ok(()) => return Ok((socket.into(), canonical(peer))),
            Err(error) => last = Some(error.into()),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::InvalidInput.into()))
}
