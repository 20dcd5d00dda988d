use netns_test::*;

#[netns_test(timeout = 30)]
fn number(_client: Host) {}

#[netns_test(timeout = "30")]
fn no_unit(_client: Host) {}

#[netns_test(timeout = "30h")]
fn unknown_unit(_client: Host) {}

#[netns_test(timeout = "0s")]
fn zero(_client: Host) {}

#[netns_test(timeout = "-1s")]
fn negative(_client: Host) {}

#[netns_test(timeout = "1441m")]
fn more_than_a_day(_client: Host) {}

#[netns_test(timeout = "18446744073709551616s")]
fn overflow(_client: Host) {}

fn main() {}
