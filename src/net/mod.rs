//! What is built: hosts, and the links between them.

mod address;
mod announcement;
mod answering_port;
mod attachments;
mod device;
mod drawing;
mod fixture;
mod forwarding;
mod host;
mod host_addresses;
mod interface;
mod ip_forwarding;
mod joining;
mod layout;
mod link;
mod moved_address;
mod name;
mod namespace;
mod namespace_name;
mod neighbour;
mod netlink_sockets;
mod nowhere;
mod paths;
mod ping;
mod published_names;
mod recording;
mod route;
#[cfg(feature = "tokio")]
mod runtime;
mod shapes;
mod subnet;
mod switch;
mod timers;
mod topology;

pub(crate) use answering_port::{add_answering_bridge, add_answering_port, delete_device};
pub(crate) use device::Device;
pub use fixture::{Fixtures, FromNet, Parameter, Plan};
pub(crate) use forwarding::behind_ports;
pub use host::Host;
pub(crate) use interface::kernel_has_ipv6;
pub use layout::Topology;
pub use link::Link;
pub(crate) use link::common_links;
pub(crate) use namespace::{Namespace, at_home};
#[cfg(feature = "tokio")]
pub use runtime::{Task, block_on};
pub use shapes::{Routed, TwoSites};
pub use subnet::Subnet;
pub(crate) use switch::Switch;
pub use timers::{TimerValues, Timers};
pub use topology::Net;
