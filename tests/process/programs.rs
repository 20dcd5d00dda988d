//! Programs for the tests: ignored tests of this binary, which is run again for one of them.

use std::net::TcpListener;
use std::thread::park;
use std::time::Duration;

use netns_test::Program;

/// Where a program listens, as a variable of its environment.
const PORT: &str = "NETNS_TEST_PORT";

/// The program that this test is.
fn program(name: &str) -> Program {
    let binary = std::env::current_exe().expect("a test binary has a path");
    let arguments = [&format!("programs::{name}"), "--exact", "--ignored", "--nocapture"];
    Program::new(binary).args(arguments).named(name)
}

/// One that listens on a port.
pub(crate) fn server(name: &str, port: u16) -> Program {
    program(name).env(PORT, port.to_string())
}

/// One that listens on port 80 after a script.
pub(crate) fn server_after(script: &str) -> Program {
    let binary = std::env::current_exe().expect("a test binary has a path");
    let script = format!("{script}; exec \"$0\" \"$@\"");
    let program = Program::new("sh").args(["-c", &script]).arg(binary);
    program.args(["programs::echo", "--exact", "--ignored"]).env(PORT, "80").named("server")
}

fn listen() -> TcpListener {
    let port = std::env::var(PORT).expect("the port is said").parse().expect("it is a number");
    TcpListener::bind(("0.0.0.0", port)).expect("the port is free")
}

/// Accepts, and answers what it gets by the same.
#[test]
#[ignore = "FIXTURE: a program that is started in a host"]
fn echo() {
    let listener = listen();
    println!("ready");
    for stream in listener.incoming() {
        let mut stream = stream.expect("it is accepted");
        std::thread::spawn(move || {
            let mut copy = stream.try_clone().expect("it can be cloned");
            std::io::copy(&mut stream, &mut copy)
        });
    }
}

/// Takes its time before it listens.
#[test]
#[ignore = "FIXTURE: a program that is started in a host"]
fn late() {
    std::thread::sleep(Duration::from_millis(200));
    let _listener = listen();
    loop {
        park();
    }
}
