use netns_test::*;

#[netns_test]
#[file_serial]
fn serial(_client: Host) {}

#[netns_test]
#[serial_test::file_parallel(key)]
fn parallel(_client: Host) {}

fn main() {}
