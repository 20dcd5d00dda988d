use netns_test::*;

#[netns_test]
fn wildcard(_: Host) {}

#[netns_test]
fn underscores(__: Host) {}

#[netns_test]
fn tuple((server, client): (Host, Host)) {}

#[netns_test]
fn binding(client @ _: Host) {}

fn main() {}
