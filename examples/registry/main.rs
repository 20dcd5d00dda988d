//! A registry of live clients, and its tests on a network that really fails.
//!
//! - `registry.rs` and `client.rs` are the code under test. They know nothing of this crate.
//! - `tests.rs` runs them in hosts, blocks the network between these, and checks what the registry
//!   must notice, and by when: `cargo test --example registry`.
//! - This file stages one outage: `cargo run --example registry`.

mod client;
mod registry;
#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use netns_test::{Net, Result, eventually, program};

use client::Client;
use registry::{Registry, Strategy};

const PORT: u16 = 7000;
/// How often a client sends a heartbeat.
const PERIOD: Duration = Duration::from_millis(400);
/// How many heartbeats in a row may be missing before a client is evicted.
const MISSES: u32 = 3;
/// For what is due soon, where nothing depends on how soon.
const SOON: Duration = Duration::from_secs(5);
const HEARTBEATS: Strategy = Strategy::Heartbeats { period: PERIOD, misses: MISSES };

fn main() -> ExitCode {
    program(stage)
}

fn stage() -> Result {
    let [server, client] = Net::new().hosts(["server", "client"])?;
    let start = |port, strategy| server.run(|| Registry::start((server.ipv4(), port), strategy));
    let watchful = start(PORT, HEARTBEATS)?;
    let trusting = start(PORT + 1, Strategy::ErrorsOnly)?;
    let register = |with: &Registry| client.run(|| Client::start("client", with.addr(), PERIOD));
    let _clients = [register(&watchful), register(&trusting)];
    eventually(SOON, || watchful.heartbeats("client") > 0 && trusting.heartbeats("client") > 0)?;
    println!(
        "the client is registered with two registries, and sends a heartbeat each {PERIOD:?};"
    );
    println!(
        "one evicts a client when {MISSES} in a row are missing, one when its connection fails"
    );

    let begun = Instant::now();
    let tell = |what: &str| println!("{:6.2} s  {what}", begun.elapsed().as_secs_f64());
    let block = server.block(&client)?;
    tell("the network silently drops every packet between them");
    eventually(SOON, || !watchful.knows("client"))?;
    for eviction in watchful.evictions() {
        tell(&format!("the first has evicted `{}`: {}", eviction.name, eviction.cause));
    }
    let believes = if trusting.knows("client") { "still believes" } else { "no longer believes" };
    tell(&format!("the second {believes} that it is alive"));
    tell(&format!("the block has dropped {} packets", block.packets()));

    block.unblock()?;
    tell("the network works again");
    eventually(SOON, || watchful.knows("client"))?;
    tell("the first has taken the client back");
    Ok(())
}
