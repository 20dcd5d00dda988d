//! Probes the data path of a host's own firewall: a packet that shows whether the chain of a block is
//! reached, and acts.
//!
//! The packet is of the protocol for experiments (253, RFC 3692). The host sends it to itself over its
//! loopback interface, so that it passes OUTPUT and INPUT, and never a link. Its source address, in
//! address space that nobody has (240.0.0.0/4, RFC 1112; 100::/64, RFC 6666), encodes the number of the
//! block and of the chain that it probes. So only the first rule of that chain matches it, counts it and
//! drops it. After the block, or if the block does nothing, it arrives at a socket of ours, and at no
//! other.
//!
//! Another program's rules may drop it first. That can be told, because then no probe arrives, whatever
//! its number; and then only the kernel's tables can be checked.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};
use nix::sys::socket::{MsgFlags, SockaddrIn, SockaddrIn6, recvfrom, sendto};

use super::line::Line;
use super::rule::Chain;
use crate::family::Family;
use crate::mutex::lock;
use crate::sys::raw;
use crate::sys::readiness::await_readiness;
use crate::{Error, Host};

/// "Use for experimentation and testing".
pub(super) const PROTOCOL: u8 = 253;
/// How long rules may take to act, or to be gone, after the kernel has taken the request.
const PATIENCE: Duration = Duration::from_secs(1);
/// After this long without a sign of any probe, other rules are dropping them. A sign takes microseconds,
/// and a late one does no harm.
const SILENCE: Duration = Duration::from_millis(100);
/// A probe that has left no sign for this long is repeated.
const REPEAT: Duration = Duration::from_millis(10);
/// For the reader of a capture.
const PAYLOAD: &[u8] = b"netns-test probe";

/// A question for one chain of a block, in one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) chain: Chain,
    pub(super) family: Family,
    /// The number of the block in its host; none has 0.
    pub(super) number: u32,
}

impl Probe {
    /// One for each chain and family that the lines are for, INPUT and IPv4 first.
    pub(super) fn of_lines(number: u32, lines: &[Line]) -> Vec<Self> {
        let mut probes = Vec::new();
        for chain in [Chain::Input, Chain::Output] {
            for family in Family::BOTH {
                if lines.iter().any(|line| line.chain == chain && line.family() == family) {
                    probes.push(Self { chain, family, number });
                }
            }
        }
        probes
    }

    /// What no block takes away.
    fn of_nobody(family: Family) -> Self {
        Self { chain: Chain::Input, family, number: 0 }
    }

    /// What it bears in place of a sender's address.
    pub(super) fn source(self) -> IpAddr {
        let number = self.number << 1 | u32::from(self.chain == Chain::Output);
        match self.family {
            Family::Ipv4 => Ipv4Addr::from_bits(0xf000_0000 | number & 0x0fff_ffff).into(),
            Family::Ipv6 => Ipv6Addr::from_bits(0x0100 << 112 | u128::from(number)).into(),
        }
    }

    fn packet(self) -> Vec<u8> {
        let mut packet = match self.source() {
            // The kernel writes the length, the identification and the checksum.
            IpAddr::V4(source) => {
                let mut header = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, PROTOCOL, 0, 0];
                header.extend(source.octets());
                header.extend(Ipv4Addr::LOCALHOST.octets());
                header
            }
            IpAddr::V6(source) => {
                let mut header = vec![0x60, 0, 0, 0, 0, PAYLOAD.len() as u8, PROTOCOL, 64];
                header.extend(source.octets());
                header.extend(Ipv6Addr::LOCALHOST.octets());
                header
            }
        };
        packet.extend(PAYLOAD);
        packet
    }
}

/// Checks that the rule of each probe acts: that it counts the probe and takes it away.
///
/// `counted` reads what the rules for the probes have counted, in their order, and fails if the
/// kernel does not hold all that it should; `before` is what they had counted before.
pub(super) fn verify_acts(
    host: &Host,
    (probes, before): (&[Probe], &[u64]),
    counted: impl Fn() -> Result<Vec<u64>, Error>,
    operation: &str,
) -> Result<(), Error> {
    let slot = host.attached::<Slot>();
    let mut look = Look::begin(slot.open(host));
    loop {
        let under_way = look.send(probes);
        let counts = counted()?;
        let acts = |at: usize| counts.get(at) > before.get(at);
        let missing: Vec<Probe> = under_way
            .iter()
            .filter(|probe| !probes.iter().position(|other| other == *probe).is_some_and(acts))
            .copied()
            .collect();
        // What did not get under way was taken away before it came to the rule.
        if missing.is_empty() {
            return Ok(());
        }
        // One that is late from before does not count: it is the next ones that must be counted.
        look.listen(|_| false);
        let passed = missing.iter().filter(|probe| look.saw(**probe)).count();
        if passed == 0 && look.lasts(SILENCE) {
            return Ok(());
        }
        if look.lasts(PATIENCE) {
            let cause = format!(
                "its rules have no effect: of {} probes they blocked {}, and {passed} passed",
                probes.len(),
                probes.len() - missing.len(),
            );
            return Err(Error::new(operation, cause));
        }
    }
}

/// Checks that each probe passes.
pub(super) fn verify_passes(host: &Host, probes: &[Probe], operation: &str) -> Result<(), Error> {
    let slot = host.attached::<Slot>();
    let mut look = Look::begin(slot.open(host));
    let mut missing = probes.to_vec();
    missing.retain(|probe| look.sockets.of(probe.family).is_some());
    loop {
        look.send(&missing);
        look.receive();
        missing.retain(|probe| !look.saw(*probe));
        if missing.is_empty() {
            return Ok(());
        }
        let others: Vec<Probe> = missing.iter().map(|one| Probe::of_nobody(one.family)).collect();
        look.send(&others);
        look.listen(|look| missing.iter().all(|probe| look.saw(*probe)));
        missing.retain(|probe| !look.saw(*probe));
        let others_pass = others.iter().any(|other| look.saw(*other));
        if !others_pass && look.lasts(SILENCE) {
            return Ok(());
        }
        if look.lasts(PATIENCE) && !missing.is_empty() {
            let cause = format!(
                "its rules are still in effect: of {} probes they blocked {}, and others pass",
                probes.len(),
                missing.len(),
            );
            return Err(Error::new(operation, cause));
        }
    }
}

/// What has been seen of probes since it began.
struct Look<'a> {
    sockets: MutexGuard<'a, Sockets>,
    begun: Instant,
    passed: BTreeSet<IpAddr>,
}

impl<'a> Look<'a> {
    fn begin(sockets: MutexGuard<'a, Sockets>) -> Self {
        let mut look = Self { sockets, begun: Instant::now(), passed: BTreeSet::new() };
        // What an earlier look has left is not seen.
        look.receive();
        look.passed.clear();
        look
    }

    /// Sends the probes, and returns those that left OUTPUT.
    fn send(&self, probes: &[Probe]) -> Vec<Probe> {
        let sent = |probe: &&Probe| self.sockets.send(**probe).is_ok();
        probes.iter().filter(sent).copied().collect()
    }

    /// Waits for what passes, until it is time to repeat the probes or enough has been seen.
    fn listen(&mut self, enough: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + REPEAT;
        loop {
            self.receive();
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || enough(self) {
                return;
            }
            self.sockets.await_arrival(left);
        }
    }

    fn receive(&mut self) {
        for family in Family::BOTH {
            while let Some(source) = self.sockets.receive(family) {
                self.passed.insert(source);
            }
        }
    }

    fn saw(&self, probe: Probe) -> bool {
        self.passed.contains(&probe.source())
    }

    fn lasts(&self, limit: Duration) -> bool {
        self.begun.elapsed() >= limit
    }
}

/// A host's sockets for probes. One look uses them at a time.
#[derive(Default)]
struct Slot(Mutex<Sockets>);

impl Slot {
    fn open(&self, host: &Host) -> MutexGuard<'_, Sockets> {
        let mut sockets = lock(&self.0);
        if !sockets.tried {
            host.run(|| sockets.open());
        }
        sockets
    }
}

/// To send and to receive; `None` where raw sockets are not permitted, or the family is not there:
/// then the kernel's tables are all that there is to look at.
#[derive(Default)]
struct Sockets {
    tried: bool,
    v4: Option<OwnedFd>,
    v6: Option<OwnedFd>,
}

impl Sockets {
    fn open(&mut self) {
        self.tried = true;
        self.v4 = raw::open(Family::Ipv4, PROTOCOL).ok();
        self.v6 = raw::open(Family::Ipv6, PROTOCOL).ok();
    }

    fn of(&self, family: Family) -> Option<&OwnedFd> {
        family.of_two(&self.v4, &self.v6).as_ref()
    }

    fn send(&self, probe: Probe) -> io::Result<()> {
        let socket = self.of(probe.family).ok_or(io::ErrorKind::Unsupported)?.as_raw_fd();
        let (packet, flags) = (probe.packet(), MsgFlags::empty());
        match probe.family {
            Family::Ipv4 => {
                let to = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
                sendto(socket, &packet, &to, flags)?;
            }
            Family::Ipv6 => {
                let to = SockaddrIn6::from(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 0, 0, 0));
                sendto(socket, &packet, &to, flags)?;
            }
        }
        Ok(())
    }

    /// What the next probe that has arrived bears.
    fn receive(&self, family: Family) -> Option<IpAddr> {
        let socket = self.of(family)?.as_raw_fd();
        let mut packet = [0; 64];
        match family {
            Family::Ipv4 => Some(recvfrom::<SockaddrIn>(socket, &mut packet).ok()?.1?.ip().into()),
            Family::Ipv6 => Some(recvfrom::<SockaddrIn6>(socket, &mut packet).ok()?.1?.ip().into()),
        }
    }

    fn await_arrival(&self, left: Duration) {
        let open = [&self.v4, &self.v6].into_iter().flatten();
        let mut watched: Vec<_> =
            open.map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLIN)).collect();
        // A look goes on in any case, and has a deadline.
        let _ = await_readiness(&mut watched, left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chain_of_each_block_has_a_sender_of_its_own() {
        let source = |chain, family, number| Probe { chain, family, number }.source().to_string();
        assert_eq!(source(Chain::Input, Family::Ipv4, 7), "240.0.0.14");
        assert_eq!(source(Chain::Output, Family::Ipv4, 7), "240.0.0.15");
        assert_eq!(source(Chain::Input, Family::Ipv6, 0x1_0000), "100::2:0");
        assert_eq!(source(Chain::Output, Family::Ipv6, 0), "100::1");
        // However many there have been, it stays in the space that nobody has.
        assert_eq!(source(Chain::Input, Family::Ipv4, 0x0800_0001), "240.0.0.2");
    }

    #[test]
    fn a_packet_is_one_of_ip() {
        for (family, header) in [(Family::Ipv4, 20), (Family::Ipv6, 40)] {
            let packet = Probe::of_nobody(family).packet();
            assert_eq!(packet.len(), header + PAYLOAD.len());
            assert_eq!(packet[0] >> 4, family.of_two(4, 6));
        }
    }
}
