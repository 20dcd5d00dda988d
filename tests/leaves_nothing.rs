//! A test leaves nothing: however it ends, a second later no process, namespace, mount or file of
//! it is there, and the network of the machine is as it was.
//!
//! Every process of a run is marked by a variable of its environment, and every host by its name,
//! so that what other tests do at the same time does not matter. The number of a namespace would:
//! the kernel gives it to the next one at once.
#![cfg(target_os = "linux")]

#[path = "leaves_nothing/fixtures.rs"]
mod fixtures;
mod support;

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use support::folder::Folder;
use support::processes::{MARK, marked, marked_as, mounted_as, name_of_parent};
use support::runner::{
    AS_ORDINARY_USER, Run, end_of, fixture, fixture_in_namespaces, fixtures as runner_of, run,
    start,
};
use support::signals::default_signals;
use support::wait::eventually;

/// What the promise says, from the event on.
const SOON: Duration = Duration::from_secs(1);
/// For a runner to start; nothing is promised about that.
const STARTED: Duration = Duration::from_secs(30);

/// A runner that is watched.
struct Watched {
    folder: Folder,
    mark: String,
}

impl Drop for Watched {
    /// What a failed test has found must not stay.
    fn drop(&mut self) {
        let left = marked(&self.mark).into_iter();
        for pid in left.filter_map(|process| process.split_once(' ')?.0.parse().ok()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

impl Watched {
    fn new() -> Self {
        let folder = Folder::make();
        let mark = folder.path().display().to_string();
        Self { folder, mark }
    }

    /// Marks a runner, and makes it lead a process group, as a shell and nextest do.
    fn mark(&self, runner: &mut Command) {
        runner.env(MARK, &self.mark).env(fixtures::FOLDER, self.folder.path()).process_group(0);
        // A shell starts what runs in the background with SIGINT ignored, and nohup(1) SIGHUP.
        default_signals(runner);
    }

    /// What is left of it: processes, and names of namespaces.
    fn left(&self) -> Vec<String> {
        let name = self.folder.path().file_name().expect("it has a name").to_string_lossy();
        [marked(&self.mark), mounted_as(&format!("-{name}"))].concat()
    }

    /// Asserts that nothing is left soon after `event`.
    #[track_caller]
    fn leaves_nothing_after(&self, event: Instant) {
        let limit = SOON.saturating_sub(event.elapsed());
        let nothing = || self.left().is_empty().then_some(());
        eventually(limit, &|| format!("nothing is left of {:#?}", self.left()), nothing);
    }
}

// A test ends by itself.

/// Runs a fixture, and asserts that nothing is left when its runner has ended.
#[track_caller]
fn leaves_nothing(name: &str) -> Run {
    let watched = Watched::new();
    let mut runner = fixture(&format!("fixtures::{name}"));
    watched.mark(&mut runner);
    let run = run(&mut runner);
    let ended = Instant::now();
    assert_eq!(fixtures::announced(watched.folder.path()), 1, "all was made {run}");
    watched.leaves_nothing_after(ended);
    run
}

#[test]
fn a_test_that_passes_leaves_nothing() {
    leaves_nothing("passes").passed();
}

#[test]
fn a_test_that_panics_leaves_nothing() {
    assert_eq!(leaves_nothing("panics").status, 101);
}

#[test]
fn a_test_that_exits_leaves_nothing() {
    assert_eq!(leaves_nothing("exits").status, 101);
}

#[test]
fn a_test_that_kills_itself_leaves_nothing() {
    assert_eq!(leaves_nothing("kills_itself").status, 101);
}

#[test]
fn a_test_that_times_out_leaves_nothing() {
    assert_eq!(leaves_nothing("times_out").status, 101);
}

// A test is ended from outside.

/// Starts a runner, lets `end` end it or its tests, and asserts that nothing is left.
#[track_caller]
fn leaves_nothing_when(filter: &[&str], tests: usize, end: impl FnOnce(&Child, &Watched)) -> Run {
    let watched = Watched::new();
    let mut command = runner_of(["--ignored"]);
    command.args(filter);
    watched.mark(&mut command);
    let runner = start(&mut command);
    let all = || (fixtures::announced(watched.folder.path()) == tests).then_some(());
    eventually(STARTED, &|| "all is made".to_owned(), all);
    // Without this, that nothing is found later proves nothing.
    assert_eq!(marked_as(&watched.mark, "netns-test-init").len(), tests);
    let left = watched.left();
    let count = |what: &str| left.iter().filter(|left| left.contains(what)).count();
    assert!(marked_as(&watched.mark, "sh").len() >= tests, "the daemons: {left:#?}");
    // None at all where mounts are not permitted.
    let named = count(" /run/netns/third-");
    assert!(named == 0 || named >= tests, "the names of hosts: {left:#?}");
    let outside = std::fs::read_to_string("/proc/self/mountinfo").expect("/proc is mounted");
    assert!(!outside.contains("/run/netns/third-"), "they are names in the test only");
    end(&runner, &watched);
    watched.leaves_nothing_after(Instant::now());
    end_of(runner)
}

const ONE: [&str; 2] = ["fixtures::is_ended_from_outside", "--exact"];
const FOUR: [&str; 2] = ["fixtures::several::", "--test-threads=4"];

fn pid(runner: &Child) -> Pid {
    Pid::from_raw(runner.id().try_into().expect("a process id fits"))
}

#[test]
fn a_killed_runner_leaves_nothing() {
    for (tests, filter) in [(1, ONE), (4, FOUR)] {
        let end = |runner: &Child, _: &Watched| {
            kill(pid(runner), Signal::SIGKILL).expect("it runs");
        };
        assert_eq!(leaves_nothing_when(&filter, tests, end).status, 128 + 9);
    }
}

/// As by Ctrl-C, by a terminal that closes, and by nextest.
#[test]
fn a_signal_to_the_runner_s_group_leaves_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGHUP, Signal::SIGTERM] {
        for (tests, filter) in [(1, ONE), (4, FOUR)] {
            let end = |runner: &Child, _: &Watched| killpg(pid(runner), signal).expect("it runs");
            let status = leaves_nothing_when(&filter, tests, end).status;
            assert_eq!(status, 128 + signal as i32);
        }
    }
}

#[test]
fn a_killed_sandbox_leaves_nothing_and_is_red() {
    let end = |_: &Child, watched: &Watched| {
        for init in marked_as(&watched.mark, "netns-test-init") {
            kill(Pid::from_raw(init), Signal::SIGKILL).expect("it runs");
        }
    };
    let run = leaves_nothing_when(&ONE, 1, end);
    assert_eq!(run.status, 101, "{run}");
    assert!(run.stdout.contains(": its first process was killed from outside (SIGKILL)"), "{run}");
}

#[test]
fn a_killed_test_process_leaves_nothing_and_is_red() {
    let end = |runner: &Child, watched: &Watched| {
        // The runner and the test's process bear the name of the same binary: ours.
        let name = std::fs::read_to_string("/proc/self/comm").expect("a process has a name");
        let mut tests = marked_as(&watched.mark, name.trim_end());
        tests.retain(|process| *process != pid(runner).as_raw() && is_of_init(*process));
        assert_eq!(tests.len(), 1);
        kill(Pid::from_raw(tests[0]), Signal::SIGKILL).expect("it runs");
    };
    let run = leaves_nothing_when(&ONE, 1, end);
    assert_eq!(run.status, 101, "{run}");
    assert!(run.stdout.contains(") was killed by SIGKILL"), "{run}");
}

// SIGKILL at any moment.

/// How many kills there are. The gate asks for 300.
fn kills() -> u32 {
    let asked = std::env::var("NETNS_TEST_KILLS");
    asked.map_or(24, |kills| kills.parse().expect("NETNS_TEST_KILLS is a number"))
}

/// Whether a process is the test's, and not that of a function of its: those have another first process.
fn is_of_init(pid: i32) -> bool {
    name_of_parent(pid).as_deref() == Some("netns-test-init")
}

/// Who is killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Runner,
    Init,
    Test,
}

impl Victim {
    /// Its number, if it is there.
    fn find(self, runner: &Child, watched: &Watched) -> Option<Pid> {
        let runner = pid(runner);
        let named = |name: &str, is_it: fn(i32) -> bool| {
            let found = marked_as(&watched.mark, name).into_iter().filter(|one| is_it(*one));
            found.map(Pid::from_raw).find(|process| *process != runner)
        };
        match self {
            Self::Runner => Some(runner),
            Self::Init => named("netns-test-init", |_| true),
            Self::Test => {
                let name = std::fs::read_to_string("/proc/self/comm").expect("it has a name");
                // It has the first of these until it gives itself the second.
                named("exe", is_of_init).or_else(|| named(name.trim_end(), is_of_init))
            }
        }
    }
}

/// A number from 0 to 1. The keys of a hash map are random.
fn chance() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    f64::from(RandomState::new().hash_one(0) as u32) / f64::from(u32::MAX)
}

/// Longer than a runner takes from its start until its test has all that it makes.
const ALL_MOMENTS: Duration = Duration::from_millis(120);

/// Starts a test and kills one of its processes some time later, or when it is there.
#[track_caller]
fn leaves_nothing_killed(victim: Victim, wrapper: &[&str], after: Duration) {
    let watched = Watched::new();
    let test = fixture("fixtures::is_ended_from_outside");
    let words = wrapper.iter().map(|word| (*word).into());
    let words = words.chain([test.get_program().to_owned()]).chain(test.get_args().map(Into::into));
    let words: Vec<std::ffi::OsString> = words.collect();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env("NETNS_TEST_REPORT", "off").env_remove("NETNS_TEST_PAUSE");
    watched.mark(&mut command);
    command.env("TMPDIR", watched.folder.path()).current_dir(watched.folder.path());
    let runner = start(&mut command);
    let started = Instant::now();
    while let Some(left) = after.checked_sub(started.elapsed()) {
        std::thread::park_timeout(left);
    }
    let there = || victim.find(&runner, &watched);
    let (victim, _) = eventually(STARTED, &|| format!("{victim:?} is there"), there);
    kill(victim, Signal::SIGKILL).expect("its number is nobody else's: the test runs for ever");
    watched.leaves_nothing_after(Instant::now());
    let run = end_of(runner);
    assert!([101, 128 + 9].contains(&run.status), "{run}");
    // What the test itself has said, if it came so far.
    assert!(std::fs::read_dir(watched.folder.path()).expect("it is there").count() <= 1);
    let name = watched.folder.path().file_name().expect("it has a name").to_string_lossy();
    let names = std::fs::read_dir("/run/netns").into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    assert_eq!(names.filter(|left| left.ends_with(&*name)).collect::<Vec<_>>(), [""; 0]);
}

/// At every moment, from the start of the runner on until all is there; as this user, and as one
/// without privileges.
#[test]
fn a_sigkill_at_any_moment_leaves_nothing() {
    let ordinary: Vec<&str> = AS_ORDINARY_USER.split(' ').collect();
    for number in 0..kills() {
        let victim = [Victim::Runner, Victim::Init, Victim::Test][(number % 3) as usize];
        let wrapper = [&[], ordinary.as_slice()][(number / 3 % 2) as usize];
        let after = ALL_MOMENTS.mul_f64(chance());
        println!("{number}: {victim:?} {wrapper:?} after {after:?}");
        leaves_nothing_killed(victim, wrapper, after);
    }
}

// What the runner itself holds.

#[test]
fn a_runner_has_no_child_and_no_descriptor_left_of_tests_that_ended() {
    let run = run(&mut runner_of(["fixtures::zombies::", "--ignored", "--test-threads=1"]));
    assert!(run.stdout.contains("3 passed; 2 failed; 0 ignored"), "{run}");
}

// The machine.

/// Runs fixtures in a world whose files, mounts, interfaces, addresses, routes, neighbours and
/// firewall nobody else changes, and compares it before and after.
#[track_caller]
fn world_is_as_before(wrapper: &str) {
    // The binary is run by a descriptor: its folder may be hidden by what is mounted.
    let script = format!(
        r#"
        exec 9<"$1"
        for folder in /tmp /dev/shm /run; do mount -t tmpfs tmpfs $folder; done
        cd /tmp
        world() {{
            find /tmp /dev/shm /run
            cat /proc/self/mountinfo
            cd /proc/self/net
            cat dev_mcast if_inet6 route ipv6_route arp
            cut -d: -f1 dev
            cd /tmp
            /proc/self/fd/9 fixtures::tells_the_generation_of_the_rules --exact --ignored \
                --nocapture | grep -o 'generation [0-9]*'
        }}
        world >/dev/shm/before
        : >/dev/shm/after
        world >/dev/shm/before
        for name in passes panics exits kills_itself times_out; do
            {wrapper} /proc/self/fd/9 fixtures::$name --exact --ignored >/dev/null &&
                echo green || echo red
        done
        world >/dev/shm/after
        cmp /dev/shm/before /dev/shm/after || diff /dev/shm/before /dev/shm/after
        grep generation /dev/shm/after
        "#
    );
    let run = run(&mut fixture_in_namespaces(&["--mount", "--net"], &script, "unused"));
    let expected = "green\nred\nred\nred\nred\ngeneration 1\n";
    assert_eq!((run.status, &*run.stdout, &*run.stderr), (0, expected, ""), "{run}");
}

#[test]
fn the_files_mounts_and_network_of_the_machine_are_as_before() {
    world_is_as_before("");
}

#[test]
fn the_files_mounts_and_network_of_the_machine_are_as_before_for_an_ordinary_user() {
    world_is_as_before(AS_ORDINARY_USER);
}

/// Waits until the kernel has unmade the namespaces that were left to it before: after a benchmark
/// there are thousands, and it takes minutes. In a world of one, the second can be made when the
/// first is unmade, and its turn comes last.
fn await_kernel() {
    let script = r#"
        echo 1 > /proc/sys/user/max_net_namespaces
        unshare --net true
        late=$(($(date +%s) + 600))
        until unshare --net true 2>/dev/null; do
            [ $(date +%s) -lt $late ]
            sleep 0.1
        done
        "#;
    let mut world = std::process::Command::new("unshare");
    let waited = world.args(["--user", "--map-root-user", "sh", "-euc", script]).status();
    assert!(waited.is_ok_and(|status| status.success()), "the kernel unmakes no namespaces");
}

/// Where there may be just as many network namespaces as a test needs, the next one can have them
/// after every kind of end: none is held by anything, seen or unseen.
#[test]
fn every_namespace_is_given_back_to_the_kernel() {
    await_kernel();
    // The test, three hosts, and their bridge. The kernel unmakes namespaces one batch at a time,
    // those of all other tests among them, and takes a tenth of a second for a batch, or many
    // seconds where hundreds are waiting. That it does is the claim, not when.
    let script = r#"
        echo 5 > /proc/sys/user/max_net_namespaces
        late=$(($(date +%s) + 300))
        for name in passes panics exits kills_itself times_out passes; do
            until "$1" fixtures::$name --exact --ignored --nocapture 2>&1 | grep "all is made"; do
                [ $(date +%s) -lt $late ]
                sleep 0.02
            done
        done
        "#;
    // Not by `run`, which has a limit of its own; the script has one.
    let ended = fixture_in_namespaces(&[], script, "unused").output().expect("it starts");
    let made = String::from_utf8_lossy(&ended.stdout).lines().count();
    assert_eq!((ended.status.code(), made), (Some(0), 6), "{ended:?}");
}
