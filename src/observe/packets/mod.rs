//! The packets of the hosts, recorded by the kernel.
//!
//! A frame is recorded where its sender gives it to the device, and, from the first fault on,
//! where it gets into its receiver, past the hook at which the wire drops. What was sent and did
//! not get in was dropped on the wire; an answer that got in and that no host has sent, the wire has
//! made. A host's tap has what was recorded of it, bounded; a view has it decoded, put in order and
//! judged, and goes on from there when it is asked again.

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
    /// The packets of all hosts up to now, in the order of their time.
    ///
    /// What a router forwards is a packet of each link that it crosses, with who sent it there and to whom,
    /// and is no retransmission; [`dropped`](Capture::dropped) is the one of the link where it was dropped.
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

    /// The same, when it is known of each of them whether it was dropped, as far as that becomes
    /// known: of what was sent just now it takes some 20 ms.
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
    /// The packets that this host has sent up to now, and those that were sent to it, in the order
    /// of their time.
    ///
    /// It holds whatever was handed to the kernel before the call; the peer's answer may come later. To
    /// wait for something, use it in an [`eventually`](crate::eventually).
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
        let net = Net::all().into_iter().find(|net| net.number() == self.net());
        let hosts = net.map_or_else(|| vec![self.clone()], |net| net.all_hosts());
        View::of_host(self, &hosts)
    }
}
