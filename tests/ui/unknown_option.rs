use netns_test::*;

#[netns_test(retries = 3)]
fn t(_client: Host) {}

fn main() {}
