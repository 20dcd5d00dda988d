use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, OnceLock};

use libc::sock_filter;

use super::intercept::{HOP_BIT, RELAYED, RELAYED_BIT, STAMP, STAMPED};
use crate::net::{Device, Link, Namespace};
use crate::sys::{frames, packet};
use crate::{Error, Host};

/// The way from one host to another over one link.
#[derive(Clone)]
pub(in crate::fault) enum Path {
    /// A veth pair: the ends, by their numbers.
    Pair { sender: Arc<Namespace>, receiver: Arc<Namespace>, from: u32, to: u32 },
    /// A bridge: the ports that lead to the two.
    Port { switch: Arc<Namespace>, from: u32, to: u32 },
}

/// What asks whether a wire is in effect: "Local Experimental EtherType 2" (IEEE Std 802).
pub(super) const PROBE: u16 = 0x88b6;
/// What stands in a probe before the number of the hop.
const SIGN: [u8; 10] = *b"netns-test";
/// The shortest frame of Ethernet, without its checksum.
const SHORTEST: usize = 60;

/// The index of `lo` in every namespace.
const LOOPBACK: u32 = 1;

impl Path {
    /// The way over a link; `None` if one of the two is not a member.
    pub(in crate::fault) fn over(link: &Link, sender: &Host, receiver: &Host) -> Option<Self> {
        match (link.port(sender), link.port(receiver)) {
            (Some((switch, from)), Some((_, to))) => {
                let switch = Arc::clone(switch.namespace());
                Some(Self::Port { switch, from: from.index, to: to.index })
            }
            _ => Some(Self::Pair {
                sender: Arc::clone(sender.namespace()),
                receiver: Arc::clone(receiver.namespace()),
                from: link.end(sender)?.index,
                to: link.end(receiver)?.index,
            }),
        }
    }

    /// Whether it is the same way.
    pub(in crate::fault) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.namespace(), other.namespace()) && self.numbers() == other.numbers()
    }

    fn numbers(&self) -> [u32; 2] {
        match self {
            Self::Pair { from, to, .. } | Self::Port { from, to, .. } => [*from, *to],
        }
    }

    /// Where its frames are led aside, and where the relay sends them.
    pub(super) fn namespace(&self) -> &Arc<Namespace> {
        match self {
            Self::Pair { sender, .. } => sender,
            Self::Port { switch, .. } => switch,
        }
    }

    /// The device by which the relay sends.
    pub(super) fn device(&self) -> u32 {
        match self {
            Self::Pair { from, .. } => *from,
            Self::Port { to, .. } => *to,
        }
    }

    /// Where the relay hears its frames: where all of a bridge's come to one socket, there is one.
    pub(super) fn ear(&self) -> &Arc<Namespace> {
        match self {
            Self::Pair { receiver, .. } => receiver,
            Self::Port { switch, .. } => switch,
        }
    }

    /// Whether one socket hears the frames of all hops there.
    pub(super) fn shares_its_ear(&self) -> bool {
        matches!(self, Self::Port { .. })
    }

    /// Opens the socket by which its frames are heard, and says whether it tells whose they are.
    /// Without that it hears those of one hop only.
    pub(super) fn open_ear(&self, hop: u32) -> Result<(OwnedFd, bool), Error> {
        let opened = self.ear().run(|| match self {
            Self::Pair { to, .. } => Ok((frames::open_tap(*to, &stamped())?, false)),
            Self::Port { .. } => {
                let socket = frames::open_tap(LOOPBACK, &of_any_hop())?;
                if frames::tell_marks(socket.as_fd()) {
                    return Ok((socket, true));
                }
                Ok((frames::open_tap(LOOPBACK, &of_hop(hop))?, false))
            }
        });
        opened.and_then(|opened| opened).map_err(|error| self.cannot_open(error))
    }

    /// Opens the socket by which the relay sends.
    pub(super) fn open_injector(&self) -> Result<OwnedFd, Error> {
        let mark = match self {
            Self::Pair { .. } => RELAYED,
            Self::Port { from, .. } => from | RELAYED_BIT,
        };
        let open = || {
            let socket = frames::open_injector()?;
            packet::mark(socket.as_fd(), mark)?;
            Ok(socket)
        };
        self.namespace()
            .run(open)
            .and_then(|opened| opened)
            .map_err(|error| self.cannot_open(error))
    }

    fn cannot_open(&self, error: io::Error) -> Error {
        Error::os(format!("open a packet socket in {}", self.ear()), error)
    }

    /// Sends a probe as if the sender had. Returns whether it is on its way, and will be heard if the
    /// rules are what they should be.
    pub(super) fn probe(&self, hop: u32) -> bool {
        let slot = self.namespace().attached::<Slot>();
        let open = || self.namespace().run(packet::open_for_sending).and_then(|opened| opened);
        let Ok(socket) = slot.0.get_or_init(open) else { return false };
        let mark = match self {
            Self::Pair { .. } => 0,
            Self::Port { from, .. } => *from,
        };
        let send = || {
            packet::mark(socket.as_fd(), mark)?;
            packet::send(socket.as_fd(), self.device(), &probe(hop))
        };
        let passes = match self {
            Self::Pair { receiver, to, .. } => {
                matches!(Device::find(receiver, *to), Ok(Some(device)) if device.passes)
            }
            Self::Port { .. } => true,
        };
        passes && send().is_ok()
    }
}

/// The socket for probes of one namespace. It lives as long as the namespace does: the kernel takes
/// many milliseconds to close one.
#[derive(Default)]
struct Slot(OnceLock<io::Result<OwnedFd>>);

fn probe(hop: u32) -> [u8; SHORTEST] {
    let mut frame = [0; SHORTEST];
    frame[..6].fill(0xff);
    frame[6] = 2;
    frame[12..14].copy_from_slice(&PROBE.to_be_bytes());
    frame[14..24].copy_from_slice(&SIGN);
    frame[24..28].copy_from_slice(&hop.to_be_bytes());
    frame
}

/// Whether a frame is a probe.
pub(super) fn is_probe(bytes: &[u8], hop: u32) -> bool {
    bytes.get(12..28) == Some(&probe(hop)[12..28])
}

// linux/filter.h
const LOAD_WORD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const LOAD_BYTE: u16 = (libc::BPF_LD | libc::BPF_B | libc::BPF_ABS) as u16;
const JUMP_IF_SET: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const JUMP_IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
/// Where the kernel has the mark of a frame: `SKF_AD_OFF` and `SKF_AD_MARK`.
const MARK: u32 = -0x1000_i32 as u32 + 20;

fn stamped() -> [sock_filter; 4] {
    program((LOAD_BYTE, STAMPED as u32), (JUMP_IF_SET, u32::from(STAMP)))
}

fn of_any_hop() -> [sock_filter; 4] {
    program((LOAD_WORD, MARK), (JUMP_IF_SET, HOP_BIT))
}

fn of_hop(hop: u32) -> [sock_filter; 4] {
    program((LOAD_WORD, MARK), (JUMP_IF_EQUAL, HOP_BIT | hop))
}

/// Takes whole frames of which this holds.
fn program((load, at): (u16, u32), (jump, value): (u16, u32)) -> [sock_filter; 4] {
    let statement = |code, k| sock_filter { code, jt: 0, jf: 0, k };
    [
        statement(load, at),
        sock_filter { code: jump, jt: 0, jf: 1, k: value },
        statement(RETURN, u32::MAX),
        statement(RETURN, 0),
    ]
}
