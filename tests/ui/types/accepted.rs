#![deny(warnings)]

use std::process::{ExitCode, Termination};

use netns_test::{Host, Result, netns_test};

#[netns_test]
fn no_parameter() {}

/// Documentation.
#[netns_test]
fn parameters(server: Host, mut client: Host, _idle: Host, r#type: Host) {
    drop((server, std::mem::replace(&mut client, r#type)));
}

#[netns_test]
async fn asynchronous(client: Host) -> Result {
    drop(client);
    Ok(())
}

#[netns_test]
fn standard_result(_client: Host) -> std::result::Result<(), String> {
    Ok(())
}

#[netns_test]
fn some_termination(_client: Host) -> impl Termination {
    ExitCode::SUCCESS
}

#[netns_test]
#[should_panic(expected = "reached")]
fn never(_client: Host) -> ! {
    panic!("reached")
}

#[netns_test]
#[cfg_attr(debug_assertions, should_panic)]
async fn never_asynchronous(_client: Host) -> ! {
    panic!("reached")
}

#[netns_test(timeout = "1.5s", serial(table, "another table"))]
#[ignore = "slow"]
pub fn options(_client: Host) {}

#[netns_test(serial)]
#[cfg_attr(unix, ignore)]
#[expect(unused_variables)]
fn lints(client: Host) {
    #![allow(unused_mut)]
    let mut more = String::new();
    drop(more);
}

// Names that the attribute's own code could stumble over.
#[netns_test]
fn __net(__net: Host) {
    drop(__net);
}

macro_rules! story {
    ($name:ident, $timeout:literal, $key:literal, $body:block) => {
        #[netns_test(timeout = $timeout, serial($key))]
        fn $name(_client: Host) $body
    };
}

story!(from_a_macro, "5s", "key", {});

/// A table.
#[netns_test(timeout = "5s", serial)]
#[case::low(80, (1, "a"))]
#[case::r#type(7000, (2, "b"))]
#[case(HIGH, (3, "c"))]
#[ignore = "slow"]
#[expect(unused_variables)]
pub async fn table(#[case] port: u16, host: Host, #[case] (a, b): (u8, &str)) -> Result {
    Ok(())
}

const HIGH: u16 = 40_000;
