use netns_test::*;

#[netns_test(serial(3))]
fn number(_client: Host) {}

#[netns_test(serial(a, b, "a"))]
fn twice(_client: Host) {}

fn main() {}
