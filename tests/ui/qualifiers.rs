use netns_test::*;

#[netns_test]
const fn constant(_client: Host) {}

#[netns_test]
unsafe fn not_safe(_client: Host) {}

#[netns_test]
extern "C" fn foreign(_client: Host) {}

#[netns_test]
fn variadic(_client: Host, _: ...) {}

fn main() {}
