//! What is built: hosts, and the links between them.

mod address;
mod answering_port;
mod attachments;
mod device;
mod drawing;
mod fixture;
mod host;
mod host_addresses;
mod interface;
mod joining;
mod link;
mod name;
mod namespace;
mod namespace_name;
mod neighbour;
mod netlink_sockets;
mod process;
mod runtime;
mod subnet;
mod switch;
mod timers;
mod topology;
mod witness;

pub(crate) use answering_port::{add_answering_port, delete_device};
pub(crate) use device::Device;
pub use fixture::{Fixtures, FromNet, Parameter, Plan};
pub use host::Host;
pub use link::Link;
pub(crate) use switch::Switch;
pub(crate) use namespace::Namespace;
pub(crate) use link::common_links;
pub use runtime::{Task, block_on};
pub use subnet::Subnet;
pub use timers::{TimerValues, Timers};
pub use topology::Net;
