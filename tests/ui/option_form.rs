use netns_test::*;

#[netns_test("30s")]
fn literal(_client: Host) {}

#[netns_test(timeout)]
fn timeout_without_value(_client: Host) {}

#[netns_test(serial = "key")]
fn serial_with_value(_client: Host) {}

#[netns_test(serial())]
fn serial_without_key(_client: Host) {}

fn main() {}
