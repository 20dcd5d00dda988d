//! A client behind a router that forgets idle connections, as routers do. It waits for news and sends
//! nothing in the meantime.
//!
//! - `subscriber.rs` is the code under test.
//! - `tests.rs` shows what keepalive is good for here: `cargo test --example behind_nat`.
//! - This file demonstrates it: `cargo run --example behind_nat`.

mod subscriber;
#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::Duration;

use netns_test::{Failure, Nat, Net, Result, Topology, program};

use subscriber::Subscriber;

const PORT: u16 = 7000;
/// How long a connection may be idle before the router forgets it. Real routers wait minutes, or hours
/// (RFC 5382).
const FORGETS: Duration = Duration::from_secs(2);
/// Longer than the router remembers.
const IDLE: Duration = Duration::from_secs(3);
/// Longer than news takes to arrive.
const SOON: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    program(stage)
}

fn stage() -> Result {
    let net = Net::new();
    let topology = Topology::new().lan("inside", ["client"]).lan("outside", ["server"]);
    net.add_topology(&topology.gateway("router", ["inside"], "outside"))?;
    let [client, router, server] = ["client", "router", "server"].map(|name| net.host(name));
    let (client, server) = (client?, server?);
    let outside = server.links().into_iter().next();
    let outside = outside.ok_or_else(|| Failure::new("the server has no link"))?;
    router?.set_nat(&outside, Nat::masquerade().tcp_timeout(FORGETS))?;

    let listener = server.listen(PORT)?;
    let connect = || client.run(|| Subscriber::connect(listener.addr()));
    for (name, mut subscriber) in
        [("without keepalive", connect()?), ("with keepalive", connect()?.keep_alive()?)]
    {
        let mut publisher = listener.accept()?;
        let silent = subscriber.news_within(IDLE)?.is_none();
        publisher.send(b"news")?;
        let news = subscriber.news_within(SOON)?;
        let news = news.map_or("nothing arrived", |_| "they arrived");
        println!("{name:>18}: silence of {IDLE:?}: {silent}; then there were news: {news}");
    }
    Ok(())
}
