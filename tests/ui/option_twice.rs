use netns_test::*;

#[netns_test(timeout = "1s", timeout = "2s")]
fn timeout(_client: Host) {}

#[netns_test(serial, serial(key))]
fn serial(_client: Host) {}

fn main() {}
