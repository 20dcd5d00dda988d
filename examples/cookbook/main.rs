//! The recipes of `netns_test::cookbook`: one file each, with tests that run.
//!
//! `cargo test --example cookbook` runs them; add `-- --ignored` for the one that needs redis-server.

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod ci;
#[cfg(test)]
mod election;
#[cfg(test)]
mod failover;
#[cfg(test)]
mod flaky;
#[cfg(test)]
mod freeze;
#[cfg(test)]
mod heartbeat;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod keepalive;
#[cfg(test)]
mod pool;
#[cfg(test)]
mod red;
#[cfg(test)]
mod redis;

fn main() {
    println!("Each recipe is a test: cargo test --example cookbook");
}
