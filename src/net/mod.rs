//! What is built: hosts, and the links between them.

mod address;
mod address_watch;
mod announcement;
mod answering_port;
mod attachments;
mod device;
mod device_state;
mod drawing;
mod driver;
mod fixture;
mod forwarding;
mod handle;
mod held_down;
mod host;
mod host_addresses;
mod interface;
mod ip_forwarding;
mod joining;
mod link;
mod moved_address;
mod mtu;
mod name;
mod namespace;
mod namespace_name;
mod neighbour;
#[expect(clippy::module_inception, reason = "one noun for each file, and the noun is this one")]
mod net;
mod netconf;
mod netlink_sockets;
mod nowhere;
mod ping;
mod plug;
mod published_names;
mod recording;
mod route;
#[cfg(feature = "rtnetlink")]
mod rtnetlink;
#[cfg(feature = "tokio")]
mod runtime;
mod shapes;
mod subnet;
mod supply;
mod switch;
mod threads;
mod timers;
mod topology;
mod topology_paths;
mod way;

pub(crate) use answering_port::{add_answering_bridge, add_answering_port, delete_device};
pub(crate) use device::Device;
pub(crate) use driver::{await_instead, drives_runtime, hint_at_async};
pub use fixture::{Fixtures, FromNet, Parameter, Plan};
pub(crate) use forwarding::behind_ports;
pub use host::Host;
pub(crate) use interface::kernel_has_ipv6;
pub use link::Link;
pub(crate) use link::common_links;
pub(crate) use namespace::{Namespace, at_home};
pub use net::Net;
pub(crate) use plug::Plug;
#[cfg(feature = "tokio")]
pub(crate) use runtime::Parked;
#[cfg(feature = "tokio")]
pub use runtime::{Task, block_on, block_on_threads};
pub use shapes::{Routed, TwoSites};
pub use subnet::Subnet;
pub(crate) use supply::Supply;
pub(crate) use switch::Switch;
#[cfg(not(feature = "tokio"))]
pub(crate) use threads::Parked;
pub(crate) use threads::threads_in;
pub use timers::{TimerValues, Timers};
pub use topology::Topology;
pub(crate) use way::{Passage, Way, routers_beside, ways};
