//! The look at the data path: a frame that asks whether a block acts on what the wire brings.
//!
//! The frame is of an ethertype for experiments (IEEE Std 802, 0x88b5), so no IP socket ever sees
//! it, no counter of IP counts it, and only a packet capture of all ethertypes shows it; our own
//! leaves it out. It names the block that it asks for, and the peer sends it to the host over the
//! link itself. Under the block, the block's own rules count it and take it away; after the block,
//! it arrives.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::sys::packet;
use crate::{Error, Host};

pub(super) const ETHERTYPE: u16 = packet::EXPERIMENT;
/// How long a probe may take. It takes microseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// The shortest frame of Ethernet.
const LENGTH: usize = 60;

/// A host's socket for probes, to send and to receive.
pub(super) struct Probe(io::Result<OwnedFd>);

/// A way from one host to another over a link that they share.
struct Path {
    interface: u32,
    from: [u8; 6],
    to: [u8; 6],
}

impl Probe {
    fn of(host: &Host) -> std::sync::Arc<Slot> {
        host.attached::<Slot>()
    }
}

/// Opened when it is first needed.
#[derive(Default)]
struct Slot(std::sync::OnceLock<Probe>);

impl Slot {
    /// The socket, or `None` where packet sockets are not permitted: then the kernel's tables are
    /// all that there is to look at.
    fn socket(&self, host: &Host) -> Option<&OwnedFd> {
        let open = || Probe(host.run(|| packet::open(ETHERTYPE)));
        self.0.get_or_init(open).0.as_ref().ok()
    }
}

/// Sends a probe for block `number` of `host` from `peer`, over each link that they share.
/// Returns how many were sent.
pub(super) fn send(host: &Host, peer: &Host, number: u32) -> Result<usize, Error> {
    let slot = Probe::of(peer);
    let Some(socket) = slot.socket(peer) else { return Ok(0) };
    let mut sent = 0;
    for path in paths(peer, host) {
        let mut frame = [0; LENGTH];
        frame[..6].copy_from_slice(&path.to);
        frame[6..12].copy_from_slice(&path.from);
        frame[12..14].copy_from_slice(&ETHERTYPE.to_be_bytes());
        frame[14..18].copy_from_slice(&number.to_be_bytes());
        match packet::send(socket.as_fd(), path.interface, &frame) {
            Ok(()) => sent += 1,
            // A link that is down brings nothing: there is no path to be looked at.
            Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => {}
            Err(error) => {
                let operation = format!("send a probe from `{}` to `{}`", peer.name(), host.name());
                return Err(Error::os(operation, error));
            }
        }
    }
    Ok(sent)
}

/// Makes the host ready to receive probes, and throws away what it has received.
pub(super) fn listen(host: &Host) {
    let slot = Probe::of(host);
    if let Some(socket) = slot.socket(host) {
        while receive(socket).is_ok_and(|frame| frame.is_some()) {}
    }
}

/// Waits until `count` probes for block `number` have arrived at the host.
pub(super) fn await_arrival(host: &Host, number: u32, count: usize) -> Result<(), Error> {
    let slot = Probe::of(host);
    let Some(socket) = slot.socket(host) else { return Ok(()) };
    let operation = || format!("see that traffic passes to `{}` again", host.name());
    let deadline = Instant::now() + PATIENCE;
    let mut arrived = 0;
    while arrived < count {
        match receive(socket).map_err(|error| Error::os(operation(), error))? {
            Some(of) if of == number => arrived += 1,
            Some(_) => {}
            None if Instant::now() >= deadline => {
                let cause = format!("of {count} probes {arrived} arrived within {PATIENCE:?}");
                return Err(Error::new(operation(), cause));
            }
            None => await_frame(socket, deadline).map_err(|error| Error::os(operation(), error))?,
        }
    }
    Ok(())
}

/// The number in the next probe, if there is one.
fn receive(socket: &OwnedFd) -> io::Result<Option<u32>> {
    let mut frame = [0; LENGTH];
    match nix::unistd::read(socket, &mut frame) {
        Ok(_) => Ok(Some(u32::from_be_bytes([frame[14], frame[15], frame[16], frame[17]]))),
        Err(nix::errno::Errno::EAGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn await_frame(socket: &OwnedFd, deadline: Instant) -> io::Result<()> {
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
    let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
    match poll(&mut [PollFd::new(socket.as_fd(), PollFlags::POLLIN)], left) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn paths(from: &Host, to: &Host) -> Vec<Path> {
    let theirs = to.interfaces().clone();
    let mut paths = Vec::new();
    for ours in from.interfaces().iter() {
        let same_link = theirs.iter().find(|their| their.link == ours.link);
        paths.extend(same_link.map(|their| Path {
            interface: ours.index,
            from: ours.addresses.mac,
            to: their.addresses.mac,
        }));
    }
    paths
}
