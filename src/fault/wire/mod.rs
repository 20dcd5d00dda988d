//! Blocks on the wire: packets from one host are dropped before another one gets them.
//!
//! Where that is depends on the link ([`gate`]). On a veth pair it is the receiver's own end (netdev,
//! ingress), because everything that comes in there is from the other host. On a bridge it is the port
//! that leads to the receiver (netdev, egress), in the bridge's own namespace, which no program of a host
//! can reach; a frame bears the number of the port by which it came in. Addresses play no part: whatever a
//! host's programs do to theirs, it is the host's traffic.
//!
//! The blocks of a namespace share tables. In each, a frame is led to the chain of its two hosts, their
//! lane, and from there to the chains of the blocks between them:
//!
//! ```text
//! table netdev netns-test-1 {
//!   map lanes { mark . oif : verdict; elements = { 11 . "port12" : jump lane-11-12 } }
//!   map probes { type mark : verdict; elements = { 7 : jump block-7 } }
//!   chain mark { type filter hook ingress devices = …; meta mark set meta iif }
//!   chain gate { type filter hook egress devices = …; meta mark . meta oif vmap @lanes }
//!   chain lane-11-12 { meta protocol vmap { arp : …, ip : …, ip6 : …, 0x88b5 : … }; jump block-7 }
//!   chain block-7 { meta protocol 0x88b5 counter drop; counter drop }
//! }
//! ```
//!
//! A partition is one block with many lanes: everything that a host receives from the hosts that it is cut
//! off from leads to one chain.
//!
//! A table takes only a limited number of blocks; then another is made, which acts after it. The kernel
//! checks a whole table whenever a rule is added to it, so in a single table each block would cost more
//! than the one before ([`tables`] says which block goes where).
//!
//! From Linux 5.12, a table belongs to the socket that made it: no program can change it, nor can `nft
//! flush ruleset`.

mod answers;
mod block;
mod bridge_answers;
mod compiled;
mod entry;
mod evidence;
mod follower;
mod gate;
mod kernel;
mod leaving;
mod own_chain;
mod probe;
mod resolution;
mod script;
mod tables;

pub(super) use block::WireBlock;
pub(super) use gate::Gate;
