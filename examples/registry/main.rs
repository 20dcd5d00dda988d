//! A registry of live clients, and its tests on a network that really fails.
//!
//! - `registry.rs` and `client.rs` are the code under test. They know nothing of this crate.
//! - `tests.rs` puts them into hosts, blocks the network between these, and says what the registry
//!   must notice, and by when: `cargo test --example registry`.
//! - This file stages one eviction: `cargo run --example registry`.

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
const PERIOD: Duration = Duration::from_millis(250);
/// How many heartbeats in a row may be missing before a client is evicted.
const MISSES: u32 = 4;
const HEARTBEATS: Strategy = Strategy::Heartbeats { period: PERIOD, misses: MISSES };

fn main() -> ExitCode {
    program(stage)
}

fn stage() -> Result {
    let [server, client] = Net::new().hosts(["server", "client"])?;
    let registry = server.run(|| Registry::start((server.ipv4(), PORT), HEARTBEATS))?;
    let begun = Instant::now();
    let tell = |what: &str| println!("{:6.2} s  {what}", begun.elapsed().as_secs_f64());

    println!("a heartbeat is due every {PERIOD:?}; {MISSES} missing ones in a row evict a client");
    let _client = client.run(|| Client::start("client", registry.addr(), PERIOD));
    eventually(Duration::from_secs(5), || registry.knows("client"))?;
    tell("the client has registered");

    let block = server.block(&client)?;
    tell("the network drops every packet between the two; neither is told");
    eventually(Duration::from_secs(5), || !registry.knows("client"))?;
    for eviction in registry.evictions() {
        tell(&format!("the registry has evicted `{}`: {}", eviction.name, eviction.cause));
    }
    tell(&format!("the block has taken {} packets so far", block.packets()));

    block.unblock()?;
    tell("the network works again");
    eventually(Duration::from_secs(5), || registry.knows("client"))?;
    tell("the client is back");
    Ok(())
}
