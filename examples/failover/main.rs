//! A service's address moves from one host to another, once announced and once silently.
//!
//! - `service.rs` is the code under test: a replica that says its name, and a client that asks for it.
//! - `tests.rs` moves the address, and checks who answers then: `cargo test --example failover`.
//! - This file demonstrates it: `cargo run --example failover`.

mod service;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::time::Duration;

use netns_test::{Net, Result, program};

/// The service's address, in addition to those of the hosts.
const SERVICE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 100));
/// How long a client waits for an answer. The kernel repeats its SYN in the meantime.
const PATIENCE: Duration = Duration::from_millis(1500);

fn main() -> ExitCode {
    program(stage)
}

fn stage() -> Result {
    let net = Net::new();
    let [one, other, client] = net.hosts(["one", "other", "client"])?;
    one.add_addr(SERVICE)?;
    for replica in [&one, &other] {
        replica.run(|| service::start(replica.name()))?;
    }
    let ask = |when: &str| {
        let answer = client.run(|| service::ask(SERVICE, PATIENCE));
        println!("{when:>34}: {}", answer.unwrap_or_else(|error| error.to_string()));
    };
    ask("at first");
    net.move_addr(SERVICE, &one, &other)?;
    ask("moved, and announced");
    net.move_addr_silently(SERVICE, &other, &one)?;
    ask("moved back, not announced");
    one.announce_addr(SERVICE)?;
    ask("announced after all");
    Ok(())
}
