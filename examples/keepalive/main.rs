//! A tokio client that must notice when its service falls silent, and its tests on a network that
//! really does.
//!
//! - `service.rs`, `session.rs` and `lines.rs` are the code under test. They know nothing of this
//!   crate.
//! - `tests.rs` runs them in hosts, blocks the network between these, and checks which of the
//!   kernel's two mechanisms notices what, and by when: `cargo test --example keepalive`.
//! - This file stages one block for four connections: `cargo run --example keepalive`.

mod lines;
mod service;
mod session;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use netns_test::{Host, Net, Result, Task, program};
use tokio::time::timeout;

use service::Service;
use session::{Keepalive, Session, Watch};

const PORT: u16 = 7000;
/// The first probe after one second of silence, another after two, and the end after three.
const KEEPALIVE: Keepalive =
    Keepalive { idle: Duration::from_secs(1), interval: Duration::from_secs(1), count: 2 };
const USER_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the demonstration watches.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    program(stage)
}

fn stage() -> Result {
    let [server, client] = Net::new().hosts(["server", "client"])?;
    let addr = SocketAddr::from((server.ipv4(), PORT));
    let service = server.spawn(Service::bind(addr)).join()?;
    server.spawn(service.serve()).detach();

    let sessions = [
        ("idle, with keepalive", Watch::nothing().idle(KEEPALIVE), false),
        ("idle, with a user timeout", Watch::nothing().in_flight(USER_TIMEOUT), false),
        ("asking, with a user timeout", Watch::nothing().in_flight(USER_TIMEOUT), true),
        ("asking, with neither", Watch::nothing(), true),
    ];
    let mut connected = Vec::new();
    for (name, watch, asks) in sessions {
        connected.push((name, client.spawn(Session::connect(addr, watch)).join()?, asks));
    }

    let block = server.block(&client)?;
    println!("the network between the client and the service drops every packet now");
    let begun = Instant::now();
    let mut watched = Vec::new();
    for (name, session, asks) in connected {
        watched.push((name, watch_one(&client, session, asks, begun)));
    }
    for (name, task) in watched {
        println!("{name:>28}: {}", task.join());
    }
    println!("the block dropped {} packets", block.packets());
    block.unblock()?;
    Ok(())
}

/// Waits, in the host, for what the session notices, and prints it.
fn watch_one(host: &Host, mut session: Session, asks: bool, begun: Instant) -> Task<String> {
    host.spawn(async move {
        let waiting =
            async { if asks { session.ask("still there?").await } else { session.listen().await } };
        match timeout(PATIENCE, waiting).await {
            Ok(noticed) => describe(noticed, begun.elapsed()),
            Err(_) => format!("nothing noticed in {PATIENCE:?}"),
        }
    })
}

fn describe(noticed: io::Result<String>, after: Duration) -> String {
    match noticed {
        Ok(line) => format!("{line:?} after {after:.2?}"),
        Err(error) => format!("{error} after {after:.2?}"),
    }
}
