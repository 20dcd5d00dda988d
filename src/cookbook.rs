//! Recipes: what comes up when code is tested that has to notice who is gone.
//!
//! Each is a file of the example [`cookbook`], as it stands there and as it is run:
//! `cargo test --example cookbook`. The code under test is a few lines in each, and in its place
//! stands yours.
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
//! | code that speaks to redis, PostgreSQL, NATS | [a real server](#a-real-server) |
//! | a test that fails | [when a test is red](#when-a-test-is-red) |
//! | a test that fails now and then | [choosing bounds](#choosing-bounds) |
//! | a runner without privileges | [in CI](#in-ci) |
//!
//! [`cookbook`]: https://github.com/netns-test/netns-test/tree/main/examples/cookbook
//!
//! # An eviction by heartbeat
//!
//! Three claims belong together: the peer is known, it is gone in time *and not at once*, and it comes
//! back. A [`block`](crate::Host::block) is silent, as a pulled cable is: nobody gets an error by it, so
//! what is left to notice it is the absence of heartbeats. That it was really hit, the guard
//! [counts](crate::Block::packets). [`Matrix`](crate::matrix::Matrix) tries the same monitor against all
//! other faults.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/heartbeat.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # Keepalive and user timeout
//!
//! A connection on which nothing is sent learns of nothing, and one on which something is under way
//! waits for a quarter of an hour. They need an option each: `SO_KEEPALIVE` is for the idle one, and does
//! nothing while a segment is not acknowledged; `TCP_USER_TIMEOUT` (tcp(7)) is for that. A test of either
//! passes with the other one missing, so it takes both [cases](macro@crate::netns_test).
//! [`TcpInfo`](crate::TcpInfo) shows the probes of a socket, and [`Timers`](crate::Timers) shorten the times of a
//! program that sets neither.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/keepalive.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # No dead connections from a pool
//!
//! A connection dies while it lies in the pool, and whoever gets it pays for that.
//! [`Policy::sever`](crate::Policy::sever) makes both kinds: one whose end the client has been told, which a look at the
//! socket shows, and one that only the server has lost ([`Notified`](crate::Notified)), which only a
//! question shows. Behind a router ([`BehindNat`](crate::BehindNat)) there is a third way to lose one:
//! [`forget_connections`](crate::Host::forget_connections).
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/pool.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # Keepalive of HTTP/2
//!
//! A PING of HTTP/2 is answered by the program, not by its kernel. So it notices what keepalive of TCP
//! never does: a server that [hangs](crate::Process::freeze). In hyper and tonic it is off until
//! `http2_keep_alive_interval` is set, and `keep_alive_while_idle` where there may be no request.
//! What is under test here speaks the PING alone; with a client of yours the test is the same, and its upper
//! bound is interval and timeout together.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/http2.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # An election under a partition
//!
//! Two claims: *there is a leader again*, by `eventually`, and *there are never two*, each time anybody
//! looks. The second one breaks in the moments after a fault begins and after it ends, so it stands in the
//! function that the first one asks. A [`Split`](crate::Split) has the shapes in which clusters fail; the one-way
//! partition is the one that simple elections have not thought of.
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
//! What keepalived, Pacemaker and MetalLB do is to [move an address](crate::Net::move_addr). New
//! connections follow it if it is announced; those that were open are unknown to the new host. Where the
//! announcement gets lost, [silently](crate::Net::move_addr_silently), a client speaks to the old host on
//! and on. A name instead of an address moves by [`assign_name`](crate::Net::assign_name).
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/failover.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # A server that freezes
//!
//! The outage that looks like health: a program that is stopped, swaps, or holds a lock for ever, while
//! its kernel goes on to accept and acknowledge. A connect is no health check, and a written request is no
//! received one. [`Process::freeze`](crate::Process::freeze) stops one process,
//! [`Host::freeze`](crate::Host::freeze) all of a host; the server runs as a
//! [process](crate::Host::start_fn) for that.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/freeze.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # A flaky link
//!
//! Retries are code that a perfect network never runs. [`Impairment`](crate::Impairment) has the words of
//! tc-netem; losses in bursts ([`Loss::gemodel`](crate::Loss::gemodel)) are closer to radio than
//! independent ones, and duplicates find who takes the answer to another question for its own. Which
//! packets are lost is drawn from a seed that a red test prints; `NETNS_TEST_SEED` gives it again.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/flaky.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # A real server
//!
//! A [`Program`](crate::Program) runs in a host like a function does, in a [`Folder`](crate::Folder) of the
//! test's own, on the port that it always has. [`daemons`](crate::daemons) has the lines for other servers.
//! A test that needs a program says so by `#[ignore = "…"]`, and CI, which installs it, runs
//! `cargo test -- --ignored`: so nobody takes a test that was not run for one that has passed.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/redis.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # When a test is red
//!
//! 1. Read what it has printed, from the top: the claim that was missed, the faults that were in effect
//!    with their counters, the timeline. A block that has counted 0 packets explains most surprises.
//! 2. Open `report.html`, whose path is the last line: the packets as arrows between the hosts, those that
//!    were dropped among them, and the claims on the same axis of time.
//! 3. Look yourself: `NETNS_TEST_PAUSE=1 cargo test NAME` keeps the network, and says how to enter
//!    the hosts with a shell.
//! 4. Does it depend on chance? `NETNS_TEST_SEED`, which is in the report, repeats the losses.
//!    `NETNS_TEST_REPORT=always` has it leave a page when it passes, to be laid beside the other one.
//! 5. Put what you have found into the test: [`Capture`](crate::Capture), [`Sockets`](crate::Sockets) and
//!    [`Timeline`](crate::Timeline) are values, with the filters of tcpdump and ss.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/red.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # Choosing bounds
//!
//! A bound comes from what the code promises, never from what one run took. The lower one is what makes
//! a claim about patience out of one about luck: without it, a monitor that evicts everybody at once
//! passes. The upper one may be generous, because a broken detector does not come a second late: it never
//! comes. That something does *not* happen is [`consistently`](crate::consistently), for longer than it would have taken.
//! The clock starts at an event: [`Block::in_effect_at`](crate::Block::in_effect_at). For a slow machine,
//! `NETNS_TEST_SLOW=3` stretches the upper bounds of all claims. Nothing here sleeps.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/bounds.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
//!
//! # In CI
//!
//! On GitHub's runners, and on Ubuntu 23.10 and later, one setting allows what every other distribution
//! allows; in Docker the container is `--privileged`, or has `--security-opt seccomp=unconfined`:
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
//! The reports are the folders that red tests leave. Where the setting is missing every test is red and
//! names it: none is skipped. What single tests need beyond that is a [`Feature`](crate::Feature), which
//! can be asked for beforehand.
//!
#![cfg_attr(not(doctest), doc = "```rust")]
#![cfg_attr(not(doctest), doc = include_str!("../examples/cookbook/ci.rs"))]
#![cfg_attr(not(doctest), doc = "```")]
