//! The recipes of `netns_test::cookbook`: one file each, with tests that run.
//!
//! `cargo test --example cookbook` runs them; add `-- --ignored` for the one that needs redis-server.
#![cfg_attr(not(test), allow(dead_code, unused_imports, reason = "the recipes are tests"))]

mod bounds;
mod ci;
mod election;
mod failover;
mod flaky;
mod freeze;
mod heartbeat;
mod http2;
mod keepalive;
mod pool;
mod red;
mod redis;

fn main() {
    println!("Each recipe is a test: cargo test --example cookbook");
}
