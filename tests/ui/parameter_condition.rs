use netns_test::*;

#[netns_test]
fn t(#[cfg(unix)] _client: Host) {}

fn main() {}
