//! Random sequences of blocks between three hosts, made, lifted in any order, suspended, swapped
//! and dropped: after each step traffic passes or not as a simple model says, and at the end
//! nothing is left.
//!
//! The same with so many blocks beside them that the hosts need several tables.
//!
//! What is not to arrive is not waited for: a datagram that a rule has counted is no longer on its
//! way, and would be found among those of a later step if it were.

#[path = "stacking/claims.rs"]
mod claims;
#[path = "stacking/live.rs"]
mod live;
#[path = "stacking/model.rs"]
mod model;
#[path = "stacking/steps.rs"]
mod steps;
mod support;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use live::*;
use model::*;
use netns_test::{
    Block, Dial, Failure, Host, IcmpKind, Listener, Net, Notified, Policy, RejectWith, Result,
    Rule, UdpEndpoint, eventually, netns_test,
};
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use steps::*;
use support::families::families;
use support::tables;
use support::times::{AT_ONCE, SECOND_SYN};

const SEQUENCES: u32 = 30;
const STEPS: usize = 15;
/// More than one table takes, which is two hundred.
const CROWD: usize = 250;
/// How long a probe of which nothing is seen is waited for.
const PROBE_LOST: Duration = Duration::from_millis(100);
/// More than anything here takes, also on a busy machine: all of it happens in the kernel, before
/// `send` returns or directly after. It bounds what must happen, and how long a failure takes to
/// find its shortest sequence.
const LIMIT: Duration = Duration::from_secs(3);

/// Where each host listens, for TCP and UDP.
const SERVICE: u16 = 7000;
const PAIRS: [[usize; 2]; 6] = [[0, 1], [1, 0], [0, 2], [2, 0], [1, 2], [2, 1]];
