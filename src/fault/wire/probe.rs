//! Probes the data path: a frame that shows whether a block acts on what the wire brings.
//!
//! The frame is of an ethertype for experiments (IEEE Std 802, 0x88b5), so no IP socket sees it and no IP
//! counter counts it. Only a packet capture of all ethertypes shows it; our own leaves it out. It names
//! the block that it probes. Under the block, the block's own rules count and drop it; otherwise the last
//! rule of its lane does, so that no host ever gets it.
//!
//! On a veth pair the sender's own end sends it, past any queue. On a bridge it is handed to the port as
//! the bridge would do it, with the mark of the port by which it would have come in; no host, queue or
//! carrier is involved.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, OnceLock};

use super::gate::{Devices, Gate};
use crate::net::Namespace;
use crate::sys::packet;

/// The ethertype of probes.
pub(super) const ETHERTYPE: u16 = packet::EXPERIMENT;
/// The shortest frame of Ethernet, without its checksum.
const LENGTH: usize = 60;

/// The socket for probes of one namespace. It lives as long as the namespace does: the kernel takes
/// many milliseconds to close one.
#[derive(Default)]
struct Slot(OnceLock<io::Result<OwnedFd>>);

impl Slot {
    fn of(namespace: &Namespace) -> Arc<Self> {
        namespace.attached()
    }

    /// Without packet sockets the kernel's tables are all that there is to look at.
    fn socket(&self, namespace: &Namespace) -> Option<&OwnedFd> {
        let open = || namespace.run(packet::open_for_sending).and_then(|opened| opened);
        self.0.get_or_init(open).as_ref().ok()
    }
}

/// Sends a probe for the block of this number to a gate, past all tables that are older than its
/// own. Returns whether it is on its way.
pub(super) fn send(gate: &Gate, table: u32, number: u32) -> bool {
    let (namespace, device, mark) = match gate.devices {
        Devices::End { from, .. } => (gate.sender.namespace(), from, 0),
        Devices::Port { from, to, .. } => (&gate.namespace, to, from),
    };
    let slot = Slot::of(namespace);
    let Some(socket) = slot.socket(namespace) else { return false };
    let mut frame = [0; LENGTH];
    // To all: whoever has the other end.
    frame[..6].fill(0xff);
    frame[6] = 2;
    frame[12..14].copy_from_slice(&ETHERTYPE.to_be_bytes());
    frame[14..18].copy_from_slice(&number.to_be_bytes());
    frame[18..22].copy_from_slice(&table.to_be_bytes());
    // A frame that cannot be sent says nothing about the block.
    packet::mark(socket.as_fd(), mark).is_ok()
        && packet::send(socket.as_fd(), device, &frame).is_ok()
}
