//! The relay: what one host sends to another is taken out of the link, and put into it again when it
//! is due.
//!
//! A wire can be put on a link that exists, while packets pass, and taken off it again. No packet is
//! lost, doubled or put out of order by that, for at each moment one rule of nftables decides in one
//! step which way a frame takes ([`intercept`]):
//!
//! - On a veth pair the sender's end stamps each frame as it leaves (netdev, egress), in a bit that no
//!   Ethernet address of a sender has. The receiver's end takes away what is stamped (netdev, ingress),
//!   and the relay hears it there, for packet sockets hear a frame before that hook. What the relay
//!   sends, by the sender's end and past its queue, bears a mark, is not stamped, and arrives as it was.
//! - On a bridge the port to the receiver gives each frame of the sender to `lo` of the bridge's own
//!   namespace (netdev, egress, `fwd`), where the relay hears it. It sends by the port itself. No host
//!   sees any of that.
//!
//! *Stepping in* is one transaction: a frame that left before it has arrived before, and one that
//! leaves after it is relayed. *Stepping out* is not as easy: what leaves after the transaction would
//! overtake what the relay has in its hands at that moment. So the relay goes on with nothing to wait
//! for, and the kernel itself lets go of the way when nothing has passed for a while: each frame keeps
//! an element in a set for [`intercept::QUIET`], and a frame that finds none goes straight. Between two
//! frames that take different ways there is always that much time.
//!
//! One thread serves a net ([`thread`]). It takes frames as they come, notes when the kernel says they
//! came, and keeps each in the queue of the first wire that has it wait ([`lane`]), in the order of the
//! time at which it is due.

mod counts;
mod cut;
mod frame;
mod hop;
mod intercept;
mod lane;
mod matching;
mod one_way;
mod path;
mod state;
mod thread;
mod watch;

pub use counts::WireCounts;
pub(in crate::fault) use lane::Treatment;
pub(in crate::fault) use one_way::OneWay;
pub(in crate::fault) use thread::Relay;
