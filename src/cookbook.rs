//! Recipes for testing code that has to notice who is gone.
//!
//! Each recipe is a file of the example [`cookbook`], exactly as it runs:
//! `cargo test --example cookbook`. The code under test is a few lines in each; put yours in its
//! place.
//!
//! | you have | its recipe |
//! |---|---|
//! | a registry, a membership, a list of live peers | [an eviction by heartbeat](#an-eviction-by-heartbeat) |
//! | a client whose connections outlive their server | [keepalive and user timeout](#keepalive-and-user-timeout) |
//! | a pool of connections | [no dead connections from a pool](#no-dead-connections-from-a-pool) |
//! | gRPC, or anything else on HTTP/2 | [keepalive of HTTP/2](#keepalive-of-http2) |
//! | a leader | [an election under a partition](#an-election-under-a-partition) |
//! | an address that moves between hosts | [a service that fails over](#a-service-that-fails-over) |
//! | a server that may hang | [a server that freezes](#a-server-that-freezes) |
//! | retries | [a flaky link](#a-flaky-link) |
//! | code that talks to redis, PostgreSQL, NATS | [a real server](#a-real-server) |
//! | a test that fails | [when a test fails](#when-a-test-fails) |
//! | a test that fails now and then | [choosing bounds](#choosing-bounds) |
//! | a runner without privileges | [in CI](#in-ci) |
//!
//! [`cookbook`]: https://github.com/netns-test/netns-test/tree/main/examples/cookbook
//!
//! # An eviction by heartbeat
//!
//! Three claims belong together: the peer is known, it is gone in time *but not at once*, and it comes
//! back. A [`block`](crate::Host::block) is silent, like a pulled cable: nobody gets an error, and only
//! the missing heartbeats show it. The guard [counts](crate::Block::packets) the packets that it
//! dropped, so you know that it was hit. [`Matrix`](crate::matrix::Matrix) tries the same monitor against
//! all other faults.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/heartbeat.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # Keepalive and user timeout
//!
//! When its peer is gone, an idle connection never notices, and one with data in flight waits for a
//! quarter of an hour. Each needs its own option. `SO_KEEPALIVE` is for the idle one, and does nothing
//! while a segment is unacknowledged; `TCP_USER_TIMEOUT` (tcp(7)) is for that. A test of one option
//! passes even if the other is missing, so test both [cases](macro@crate::netns_test).
//! [`TcpInfo`](crate::TcpInfo) shows a socket's probes, and [`Timers`](crate::Timers) shorten the waits of
//! a program that sets neither option.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/keepalive.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # No dead connections from a pool
//!
//! A connection dies while it lies idle in the pool, and whoever takes it next pays for that.
//! [`Policy::sever`](crate::Policy::sever) makes both kinds of dead connection
//! ([`Notified`](crate::Notified)). If the client's kernel was told, inspecting the socket reveals it. If only
//! the server has lost the connection, only a request shows it. Behind a router
//! ([`BehindNat`](crate::BehindNat)) there is a third way to lose one:
//! [`forget_connections`](crate::Host::forget_connections).
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/pool.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # Keepalive of HTTP/2
//!
//! An HTTP/2 PING is answered by the program, not by its kernel. So it notices what TCP keepalive
//! never does: a server that [hangs](crate::Process::freeze). In hyper and tonic it is off until you set
//! `http2_keep_alive_interval`, and also `keep_alive_while_idle` if the connection may be without requests.
//! The code under test here speaks only PING frames. For your client the test is the same, and its upper
//! bound is the interval plus the timeout.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/http2.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # An election under a partition
//!
//! Two claims: *there is a leader again*, by `eventually`, and *there are never two*, whenever anybody
//! looks. The second one breaks in the moments after a fault begins and after it ends, so it is checked in
//! the function that the first one polls. A [`Split`](crate::Split) has the shapes in which clusters fail.
//! Simple elections tend to forget the one-way partition.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/election.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! The nodes of this example, `election/node.rs`:
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/election/node.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # A service that fails over
//!
//! keepalived, Pacemaker and MetalLB [move an address](crate::Net::move_addr). If the move is announced,
//! new connections follow it; those that were open are unknown to the new host. If the announcement is
//! lost ([`move_addr_silently`](crate::Net::move_addr_silently)), a client goes on talking to the old host.
//! To move a name instead of an address, use [`assign_name`](crate::Net::assign_name).
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/failover.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # A server that freezes
//!
//! This outage looks like health: a program is stopped, swaps, or holds a lock for ever, while
//! its kernel goes on accepting and acknowledging. A successful connect is no health check, and a request
//! that was written has not been received. [`Process::freeze`](crate::Process::freeze) stops one process,
//! [`Host::freeze`](crate::Host::freeze) all of a host. The server has to run as a
//! [process](crate::Host::start_fn) for that.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/freeze.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # A flaky link
//!
//! On a perfect network your retry code never runs. [`Impairment`](crate::Impairment) uses the terms of
//! tc-netem. Losses in bursts ([`Loss::gemodel`](crate::Loss::gemodel)) are closer to radio than
//! independent ones. Duplicates catch code that takes the answer to another question for its own. Which
//! packets are lost is drawn from a seed that a failed test prints; set `NETNS_TEST_SEED` to use it again.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/flaky.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # A real server
//!
//! A [`Program`](crate::Program) runs in a host as a function does, in the test's own
//! [`Folder`](crate::Folder), on its usual port. [`daemons`](crate::daemons) shows how to start other
//! servers. Mark a test that needs a program with `#[ignore = "…"]`, install the program in CI, and run
//! `cargo test -- --ignored` there. Then a test that was not run never looks like one that passed.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/redis.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # When a test fails
//!
//! 1. Read what it printed, from the top: the claim that was missed, the faults that were in effect
//!    with their counters, the timeline. A block that counted 0 packets explains most surprises.
//! 2. Open `report.html`; the last line has its path. It shows the packets as arrows between the hosts,
//!    dropped ones too, and the claims on the same time axis.
//! 3. Look for yourself: `NETNS_TEST_PAUSE=1 cargo test NAME` keeps the network, and says how to enter
//!    the hosts with a shell.
//! 4. Does it depend on chance? `NETNS_TEST_SEED`, which is in the report, repeats the losses.
//!    With `NETNS_TEST_REPORT=always` a test that passes leaves a page too, for comparison.
//! 5. Put what you found into the test: [`Capture`](crate::Capture), [`Sockets`](crate::Sockets) and
//!    [`Timeline`](crate::Timeline) are values, with filters like those of tcpdump and ss.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/red.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # Choosing bounds
//!
//! Take a bound from what the code promises, never from how long one run took. The lower bound tests
//! patience: without it, a monitor that evicts everybody at once passes. The upper one may be generous,
//! because a broken detector is not a second late: it never fires. To claim that something does *not*
//! happen, use [`consistently`](crate::consistently), for longer than it would have taken.
//! Start the clock at an event: [`Block::in_effect_at`](crate::Block::in_effect_at). On a slow machine,
//! `NETNS_TEST_SLOW=3` stretches the upper bounds of all claims. No recipe waits by sleeping.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/bounds.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # In CI
//!
//! GitHub's runners, and Ubuntu 23.10 and later, need one setting to allow what every other distribution
//! allows. In Docker, run the container with `--privileged` or `--security-opt seccomp=unconfined`:
//!
//! ```yaml
//! steps:
//!   - uses: actions/checkout@v4
//!   - run: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
//!   - run: cargo test
//!   - uses: actions/upload-artifact@v4
//!     if: failure()
//!     with: { name: reports, path: target/netns-test }
//! ```
//!
//! The reports are the folders that failed tests leave. If the setting is missing, every test fails and
//! names it: none is skipped. What individual tests need beyond that is a [`Feature`](crate::Feature), which
//! you can probe for beforehand.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/ci.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
