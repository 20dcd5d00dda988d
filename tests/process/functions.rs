//! Functions of the test binary as processes of a host.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::park;

use netns_test::{
    Argument, Folder, Host, Program, Result, consistently, eventually, netns_test, take_panics,
};

use super::SOON;
use super::support::runner::{fixture, run};

fn greet((name, times): (String, u8)) {
    for _ in 0..times {
        println!("hello, {name}");
    }
    eprintln!("and bye");
}

#[netns_test]
fn a_function_runs_as_a_process_with_its_argument(host: Host) -> Result {
    let process = host.start_fn(greet, ("ünicode".to_owned(), 2))?;
    assert!(process.wait()?.success());
    let output = process.output();
    assert_eq!(output.matches("hello, ünicode\n").count(), 2, "{output}");
    assert!(output.contains("and bye\n"), "{output}");
    assert!(!output.contains("running 1 test"), "what libtest says is not its output: {output}");
    Ok(())
}

fn echo(port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", port))?;
    loop {
        let (mut stream, _) = listener.accept()?;
        std::thread::spawn(move || {
            let mut copy = stream.try_clone().expect("it can be cloned");
            std::io::copy(&mut stream, &mut copy)
        });
    }
}

#[netns_test]
fn a_function_is_inside_its_host_and_can_be_killed_frozen_and_started_again(
    server: Host,
    client: Host,
) -> Result {
    let process = server.start_fn(echo, 80)?;
    process.wait_for_port(80)?;
    let mut conn = client.connect(server.addr(80))?;
    conn.send(b"hello")?;
    assert_eq!(conn.recv()?, b"hello");

    let freeze = process.freeze()?;
    conn.send(b"frozen")?;
    eventually(SOON, || conn.info().is_ok_and(|info| info.unacked == 0))?;
    freeze.thaw()?;
    assert_eq!(conn.recv()?, b"frozen");

    assert_eq!(process.kill()?.signal(), Some(9));
    assert_eq!(conn.recv()?, b"");
    process.restart()?;
    process.wait_for_port(80)?;
    client.connect(server.addr(80))?;
    Ok(())
}

static CALLS: AtomicU32 = AtomicU32::new(0);

fn count(folder: String) {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    let mut file = std::fs::File::options().append(true).create(true).open(folder + "/calls");
    let file = file.as_mut().expect("the folder is there");
    writeln!(file, "{calls}").expect("it can be written");
}

/// The state of the whole process is new in each.
#[netns_test]
fn a_function_has_a_state_of_its_own(host: Host) -> Result {
    CALLS.store(100, Ordering::Relaxed);
    let folder = Folder::new()?;
    let process = host.start_fn(count, folder.path().display().to_string())?;
    process.wait()?;
    process.restart()?;
    process.wait()?;
    assert_eq!(std::fs::read_to_string(folder.path().join("calls"))?, "1\n1\n");
    assert_eq!(CALLS.load(Ordering::Relaxed), 100);
    Ok(())
}

fn shows<T: std::fmt::Debug + Argument>(value: T) {
    println!("{value:?}");
}

/// Each instance of a generic function is a function, and so is a closure that captures nothing.
#[netns_test]
fn generic_functions_and_closures_run_as_well(host: Host) -> Result {
    let text = host.start_fn(shows::<String>, "a".to_owned())?;
    let number = host.start_fn(shows::<Vec<u16>>, vec![7, 8])?;
    let addr = SocketAddr::from(([10, 0, 0, 1], 80));
    let closure = host.start_fn(|addr: SocketAddr| println!("{}", addr.port()), addr)?;
    for (process, expected) in [(text, "\"a\"\n"), (number, "[7, 8]\n"), (closure, "80\n")] {
        process.wait()?;
        assert_eq!(process.output(), expected);
    }
    Ok(())
}

#[netns_test]
fn a_function_ends_as_a_main_does(host: Host) -> Result {
    let code = host.start_fn(|()| ExitCode::from(7), ())?;
    assert_eq!(code.wait()?.code(), Some(7));
    let error = host.start_fn(|()| Err::<(), _>(std::io::Error::other("oh")), ())?;
    assert_eq!(error.wait()?.code(), Some(1));
    assert!(error.output().contains("oh"), "{}", error.output());
    let exit = host.start_fn(|()| -> () { std::process::exit(5) }, ())?;
    assert_eq!(exit.wait()?.code(), Some(5));
    Ok(())
}

fn breaks(how: String) {
    match how.as_str() {
        "thread" => {
            std::thread::Builder::new()
                .name("worker".to_owned())
                .spawn(|| panic!("in a thread"))
                .expect("it starts")
                .join()
                .expect_err("it panics");
            loop {
                park();
            }
        }
        how => panic!("as {how}"),
    }
}

#[netns_test]
fn a_panic_of_a_function_is_a_panic_of_the_test(host: Host) -> Result {
    let process = host.start(Program::function(breaks, "asked".to_owned()).named("breaks"))?;
    assert_eq!(process.wait()?.code(), Some(101));
    let panics = take_panics();
    assert_eq!(panics.len(), 1, "{panics:?}");
    assert_eq!(panics[0].message, "as asked");
    assert!(panics[0].thread.ends_with(" of breaks in host"), "{}", panics[0].thread);
    assert!(panics[0].location.contains("functions.rs:"), "{}", panics[0].location);
    Ok(())
}

/// At once: it may be killed at any time.
#[netns_test]
fn a_panic_of_its_threads_is_told_while_it_runs(host: Host) -> Result {
    let process = host.start_fn(breaks, "thread".to_owned())?;
    let mut panics = Vec::new();
    eventually(SOON, || {
        panics.extend(take_panics());
        !panics.is_empty()
    })?;
    assert!(process.is_running());
    assert_eq!(panics[0].message, "in a thread");
    assert!(panics[0].thread.starts_with("worker of fn at "), "{}", panics[0].thread);
    Ok(())
}

#[netns_test]
#[ignore = "FIXTURE: fails"]
fn fails_by_a_function(host: Host) -> Result {
    host.start(Program::function(breaks, "asked".to_owned()).named("breaks"))?.wait()?;
    Ok(())
}

#[test]
fn a_panic_of_a_function_fails_the_test_with_its_message() {
    let run = run(&mut fixture("functions::fails_by_a_function"));
    assert_eq!(run.status, 101, "{run:?}");
    let said = "the body passed, but thread `";
    assert!(run.stdout.contains(said) || run.stderr.contains(said), "{run:?}");
    assert!(run.stdout.contains(" of breaks in host` panicked at tests/process/functions.rs"));
    assert!(run.stdout.contains(": as asked"), "{run:?}");
}

#[netns_test]
#[ignore = "FIXTURE: its function never returns"]
fn passes_while_a_function_runs(host: Host) -> Result {
    host.start_fn(
        |()| {
            println!("printed by the function");
            loop {
                park();
            }
        },
        (),
    )?
    .wait_for_output("printed")?;
    Ok(())
}

/// It ends with the test, whose output is its own.
#[test]
fn a_function_that_never_returns_ends_with_the_test() {
    let mut runner = fixture("functions::passes_while_a_function_runs");
    let run = run(runner.arg("--show-output"));
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stdout.contains("printed by the function\n"), "{run:?}");
}

fn dials(to: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(to)?;
    stream.write_all(b"here")?;
    stream.read_to_end(&mut Vec::new()).map(drop)
}

#[netns_test]
fn a_function_dials_from_its_host(server: Host, client: Host) -> Result {
    let listener = server.listen(80)?;
    let process = client.start_fn(dials, listener.addr())?;
    let mut conn = listener.accept()?;
    assert_eq!(conn.recv()?, b"here");
    assert_eq!(conn.peer_addr().ip(), client.ipv4());
    consistently(std::time::Duration::from_millis(20), || process.is_running())?;
    conn.close();
    assert!(process.wait()?.success());
    Ok(())
}
