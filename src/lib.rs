//! Integration tests on real, isolated networks.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(target_os = "linux"))]
compile_error!("netns-test needs Linux");

mod sys;

mod sandbox;

mod netlink;

mod net;

mod traffic;

mod fault;

mod liveness;

mod attribute;
mod error;
mod failure;

pub use error::Error;
pub use failure::{Failure, Result};
pub use fault::{Backend, Block, Policy, RejectWith, Rule};
pub use liveness::{Probe, consistently, eventually, within};
pub use net::{FromNet, Host, Net, Plan, Task};
pub use netns_test_macros::netns_test;
pub use sandbox::{Panic, program, take_panics};
pub use traffic::{
    AsyncConnection, AsyncDial, AsyncListener, AsyncUdpConnection, AsyncUdpEndpoint, Connection,
    DEFAULT_DEADLINE, Dial, Listener, TcpInfo, TcpState, UdpConnection, UdpEndpoint,
};

#[doc(hidden)]
pub mod __private {
    pub use crate::attribute::run;
    pub use crate::net::{Fixtures, Parameter, block_on};
    pub use crate::sandbox::{Case, DEFAULT_TIMEOUT};
}
