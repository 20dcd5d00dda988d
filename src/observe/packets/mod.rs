//! The packets of the hosts, recorded by the kernel.
//!
//! A frame is recorded where its sender gives it to the device and, from the first fault on, where it
//! enters its receiver, after the hook at which the wire drops. A frame that was sent and did not enter
//! was dropped on the wire; an answer that entered and that no host sent was made by the wire. A host's
//! tap holds what was recorded of it, bounded. A view decodes that, puts it in order and judges it, and
//! continues from there when it is asked again.

mod capture;
mod fate;
mod flags;
mod flow;
mod icmp;
mod journey;
mod packet;
mod pcapng;
mod undo;
mod view;

pub use capture::Capture;
pub use flags::TcpFlags;
pub use packet::Packet;

use std::time::{Duration, Instant};

use crate::traffic::until;
use crate::{Error, Host, Net};
use view::View;

/// How long the report waits for that at most.
const AT_REST: Duration = fate::UNDER_WAY.saturating_mul(3);

impl Net {
    /// The packets of all hosts up to now, in order of time.
    ///
    /// A forwarded packet appears once on each link that it crosses, with its sender and receiver there.
    /// That is not a retransmission. [`dropped`](Capture::dropped) has the one on the link where it was
    /// dropped.
    ///
    /// # Errors
    ///
    /// If the system does not allow packets to be recorded, or recording is switched off.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let _block = client.block(&server)?;
    /// let _dial = client.dial(server.addr(80))?;
    /// eventually(Duration::from_secs(1), || net.capture().map(|all| !all.syn().dropped().is_empty()))?;
    /// # Ok(()) }
    /// ```
    #[doc(alias("tcpdump", "pcap", "sniff"))]
    pub fn capture(&self) -> Result<Capture, Error> {
        View::of_net(self.number(), &self.all_hosts())
    }

    /// As `capture`, once it is known whether each packet was dropped, as far as it can be known: for a
    /// packet sent just now that takes some 20 ms.
    pub(crate) fn capture_at_rest(&self) -> Result<Capture, Error> {
        let asked = Instant::now();
        let mut all = self.capture()?;
        until(AT_REST, || {
            if all.is_under_way(asked) {
                all = self.capture()?;
            }
            Ok::<_, Error>(!all.is_under_way(asked))
        })?;
        Ok(all)
    }
}

impl Host {
    /// The packets that this host has sent up to now, and those that were sent to it, in order of time.
    ///
    /// It has whatever was handed to the kernel before the call; the peer's answer may come later. To wait
    /// for something, use it in an [`eventually`](crate::eventually).
    ///
    /// # Errors
    ///
    /// If the system does not allow packets to be recorded, or recording is switched off.
    ///
    /// ```no_run
    /// use netns_test::{Host, Policy, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn one_reset_and_no_more(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let _block = client.block_with(&server, Policy::reset())?;
    ///     assert!(client.connect(listener.addr()).is_err());
    ///     let capture = client.capture()?;
    ///     assert_eq!(capture.rst().len(), 1, "{capture}");
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("tcpdump", "pcap", "sniff"))]
    pub fn capture(&self) -> Result<Capture, Error> {
        let net = Net::numbered(self.net());
        let hosts = net.map_or_else(|| vec![self.clone()], |net| net.all_hosts());
        View::of_host(self, &hosts)
    }
}
