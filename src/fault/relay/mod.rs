//! The relay takes what one host sends to another out of the link, and puts it back when it is due.
//!
//! A wire can be put on an existing link, and taken off again, while packets pass. No packet is lost,
//! duplicated or reordered by that, because at each moment a single nftables rule decides which way a
//! frame takes ([`intercept`]):
//!
//! - On a veth pair the sender's end stamps each frame as it leaves (netdev, egress), in a bit that no
//!   sender's Ethernet address has. The receiver's end drops stamped frames (netdev, ingress); the relay
//!   hears them there, because packet sockets hear a frame before that hook. What the relay sends, by the
//!   sender's end and past its queue, bears a mark, is not stamped, and arrives as it was.
//! - On a bridge the port to the receiver hands each frame of the sender to `lo` of the bridge's own
//!   namespace (netdev, egress, `fwd`), where the relay hears it. The relay sends by the port itself. No
//!   host sees any of that.
//!
//! *Stepping in* is one transaction: a frame that left before it has arrived before, and one that leaves
//! after it is relayed. *Stepping out* is harder: a frame that leaves after the transaction would overtake
//! those that the relay still holds. So the relay goes on, without delaying anything, and the kernel
//! itself stops using it when nothing has passed for a while: each frame refreshes an element in a set for
//! [`intercept::QUIET`], and a frame that finds none goes straight. So there is always that much time
//! between two frames that take different ways.
//!
//! One thread serves a net ([`thread`]). It takes frames as they come, notes the kernel's timestamp of
//! each, and keeps each in the queue of the first wire that makes it wait ([`lane`]), in the order in
//! which they are due.

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
