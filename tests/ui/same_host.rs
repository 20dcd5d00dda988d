use netns_test::*;

#[netns_test]
fn t(client: Host, _client: Host) {}

fn main() {}
