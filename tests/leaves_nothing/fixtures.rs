//! Tests that end in every way, run and watched from outside by those in `leaves_nothing.rs`.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use netns_test::{Host, Net, Program, Result, netns_test};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Where a test says the folder in which its fixtures say what they hold.
pub(crate) const FOLDER: &str = "NETNS_TEST_FOLDER";

/// The names of a test's hosts end so: with the name of the folder, which is nobody else's.
fn ending() -> String {
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    let name = folder.as_deref().and_then(Path::file_name).unwrap_or_default();
    format!("-{}", name.to_string_lossy())
}

/// Three hosts. The first and the second are blocked from each other, the third runs a thread
/// and a task that never end, a daemon, and programs that have left daemons of their own, one of
/// them frozen, and a function that never returns.
fn make_all(net: &Net) -> Result {
    let names = ["first", "second", "third"].map(|name| format!("{name}{}", ending()));
    let hosts = net.hosts(names.each_ref().map(String::as_str))?;
    hosts[0].block(&hosts[1])?.keep();
    hosts[2].run(|| thread::spawn(|| park()));
    hosts[2].spawn(std::future::pending::<()>()).detach();
    leak_a_daemon(&hosts[2]);
    for _ in 0..2 {
        hosts[2].start(Program::new("sh").args(["-c", DAEMON]))?.wait()?;
    }
    let frozen = hosts[2].start(Program::new("sh").args(["-c", DAEMON]))?;
    frozen.wait_for_output("here")?;
    frozen.freeze()?.keep();
    hosts[2].start_fn(leaves_a_daemon, ())?.wait_for_output("here")?;
    println!("all is made");
    announce()?;
    Ok(())
}

/// A function that never returns, and has left a daemon.
fn leaves_a_daemon((): ()) {
    Command::new("sh").args(["-c", DAEMON]).status().expect("sh is everywhere");
    park();
}

/// Says that everything is there, where somebody waits for it.
fn announce() -> io::Result<()> {
    let Some(folder) = std::env::var_os(FOLDER) else { return Ok(()) };
    let name = thread::current().name().expect("tests have names").replace(':', "_");
    fs::write(Path::new(&folder).join(name), "")
}

/// How many tests have announced themselves.
pub(crate) fn announced(folder: &Path) -> usize {
    fs::read_dir(folder).expect("it is there").count()
}

const DAEMON: &str = "trap '' HUP INT QUIT TERM USR1 USR2 PIPE ALRM; cd /; \
                      (setsid sh -c 'echo here; exec >/dev/null 2>&1; \
                      while :; do sleep 1000; done' &)";

/// Starts a daemon as daemons start: twice forked, in a session of its own, deaf to every signal
/// that can be ignored. Its parent is gone when this returns.
fn leak_a_daemon(host: &Host) {
    let mut parent = host.command("sh");
    let parent = parent.args(["-c", DAEMON]).stdout(Stdio::piped());
    let mut parent = parent.spawn().expect("sh is everywhere");
    let mut said = String::new();
    let stdout = parent.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut said).expect("it is text");
    assert_eq!(said, "here\n");
    parent.wait().expect("it ends");
}

fn park() -> ! {
    loop {
        thread::park();
    }
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn passes(net: Net) -> Result {
    make_all(&net)
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn panics(net: Net) -> Result {
    make_all(&net)?;
    panic!("as expected");
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn exits(net: Net) -> Result {
    make_all(&net)?;
    std::process::exit(0);
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn kills_itself(net: Net) -> Result {
    make_all(&net)?;
    kill(Pid::this(), Signal::SIGKILL)?;
    park();
}

#[netns_test(timeout = "1s")]
#[ignore = "run by a test beside it"]
fn times_out(net: Net) -> Result {
    make_all(&net)?;
    park();
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn is_ended_from_outside(net: Net) -> Result {
    make_all(&net)?;
    park();
}

mod several {
    use super::*;

    macro_rules! several {
        ($($name:ident)*) => {$(
            #[netns_test]
            #[ignore = "run by a test beside it"]
            fn $name(net: Net) -> Result {
                make_all(&net)?;
                park();
            }
        )*};
    }

    several!(one two three four);
}

mod zombies {
    use super::*;
    use crate::support::wait::eventually;

    /// What the process held before: somebody else may have left it a descriptor.
    static OPEN: OnceLock<usize> = OnceLock::new();

    fn open() -> Vec<PathBuf> {
        let open = fs::read_dir("/proc/self/fd").expect("/proc is mounted").flatten();
        open.flat_map(|file| fs::read_link(file.path())).collect()
    }

    /// Runs first.
    #[test]
    #[ignore = "run by a test beside it"]
    fn a_counts() {
        OPEN.set(open().len()).expect("it runs once");
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn b_passes(_server: Host) {}

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn c_fails(_server: Host) {
        panic!("as expected");
    }

    #[netns_test(timeout = "100ms")]
    #[ignore = "run by a test beside it"]
    fn d_times_out(_server: Host) {
        park();
    }

    /// Runs last, in the process that ran the others.
    #[test]
    #[ignore = "run by a test beside it"]
    fn e_the_runner_has_no_child_and_no_descriptor_too_many() {
        let children = fs::read_dir("/proc/self/task").expect("/proc is mounted").flatten();
        let children = children.map(|task| fs::read_to_string(task.path().join("children")));
        let children: String = children.flatten().collect();
        assert_eq!(children.trim(), "");
        // The runner closes on another thread what takes the kernel long.
        let as_before = || (OPEN.get() == Some(&open().len())).then_some(());
        eventually(crate::SOON, &|| format!("{:?}", open()), as_before);
    }
}

/// The generation of the firewall's rules: every change of them has a new one.
#[test]
#[ignore = "run by a test beside it"]
fn tells_the_generation_of_the_rules() {
    use nix::sys::socket::{
        AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto,
        socket,
    };
    use std::os::fd::AsRawFd;
    const NFT_MSG_GETGEN: u16 = 10 << 8 | 16;
    let netlink = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkNetFilter,
    )
    .expect("it needs no privilege");
    let mut request = 20_u32.to_ne_bytes().to_vec();
    request.extend(NFT_MSG_GETGEN.to_ne_bytes());
    request.extend(1_u16.to_ne_bytes());
    request.resize(20, 0);
    let kernel = NetlinkAddr::new(0, 0);
    sendto(netlink.as_raw_fd(), &request, &kernel, MsgFlags::empty()).expect("it is sent");
    let mut answer = [0; 256];
    let length = recv(netlink.as_raw_fd(), &mut answer, MsgFlags::empty()).expect("it answers");
    // The headers, and the first attribute: length, type 1, the generation.
    assert!(length >= 28 && answer[22..24] == 1_u16.to_ne_bytes(), "{:?}", &answer[..length]);
    let generation: [u8; 4] = answer[24..28].try_into().expect("four bytes");
    println!("generation {}", u32::from_be_bytes(generation));
}
