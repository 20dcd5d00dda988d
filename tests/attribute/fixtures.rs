//! Tests that are run by the tests in `attribute.rs`, with this or that flag of the runner.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use netns_test::netns_test;

use crate::support::wait::{consistently, eventually};

/// Where a test says the folder that its fixtures share.
pub(crate) const ROOM: &str = "NETNS_TEST_ROOM";

mod flags {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn passes() {
        println!("printed by a passing test");
        eprintln!("told by a passing test");
    }

    mod nested {
        use super::*;

        #[netns_test]
        #[ignore = "run by a test beside it"]
        async fn passes_too() {
            println!("printed by another passing test");
        }
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn fails() {
        println!("printed by a failing test");
        panic!("as expected");
    }
}

mod output {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn without_newlines() {
        print!("on stdout ");
        eprint!("on stderr ");
        // Both are relayed as soon as they are there: what comes later on the one stream must
        // not overtake what came earlier on the other by more than this test waits for.
        print!("the end of stdout");
        panic!("at the end");
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn that_is_no_text() -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(b"a byte: \xff; two thirds of a euro: \xe2\x82")?;
        out.flush()?;
        std::process::abort();
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn of_a_megabyte() {
        for number in 0..16_384 {
            println!("{number:063}");
        }
        panic!("after all of it");
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn of_a_program(server: netns_test::Host) {
        let said = server.command("sh").args(["-c", "echo by sh; echo and told >&2"]).status();
        assert!(!said.expect("sh is everywhere").success(), "it succeeded");
    }
}

/// The folder of the tests that exclude each other, or do not.
fn room(name: &str) -> PathBuf {
    let room = PathBuf::from(std::env::var_os(ROOM).expect("the test beside it sets it"));
    let room = room.join(name);
    fs::create_dir_all(&room).expect("the folder can be written to");
    room
}

fn people(room: &PathBuf) -> usize {
    fs::read_dir(room).expect("the room is there").count()
}

/// Stays in a room for a while, in which nobody else may be.
fn alone_in(name: &str) {
    let room = room(name);
    let chair = room.join(std::thread::current().name().expect("tests have names"));
    assert_eq!(people(&room), 0, "it was occupied");
    File::create_new(&chair).expect("nobody has this name");
    consistently(Duration::from_millis(50), "alone", || people(&room) == 1);
    fs::remove_file(chair).expect("it is there");
}

/// Waits in a room until another test is there.
fn meeting_in(name: &str) {
    let room = room(name);
    let chair = room.join(std::thread::current().name().expect("tests have names"));
    File::create_new(chair).expect("nobody has this name");
    let met = || (people(&room) == 2).then_some(());
    eventually(Duration::from_secs(20), &|| "somebody else came".to_owned(), met);
}

mod serial {
    use super::*;

    mod by_key {
        use super::*;

        #[netns_test(serial(room))]
        #[ignore = "run by a test beside it"]
        fn one() {
            alone_in("by key");
        }

        #[netns_test(serial(other, room))]
        #[ignore = "run by a test beside it"]
        async fn two() {
            alone_in("by key");
        }

        #[test]
        #[serial_test::serial(room)]
        #[ignore = "run by a test beside it"]
        fn plain() {
            alone_in("by key");
        }
    }

    mod without_key {
        use super::*;

        #[netns_test(serial)]
        #[ignore = "run by a test beside it"]
        fn one() {
            alone_in("without key");
        }

        #[test]
        #[serial_test::serial]
        #[ignore = "run by a test beside it"]
        fn plain() {
            alone_in("without key");
        }
    }

    mod by_other_keys {
        use super::*;

        #[netns_test(serial(left))]
        #[ignore = "run by a test beside it"]
        fn one() {
            meeting_in("by other keys");
        }

        #[netns_test(serial(right))]
        #[ignore = "run by a test beside it"]
        fn two() {
            meeting_in("by other keys");
        }
    }

    mod after_a_failure {
        use super::*;

        #[netns_test(serial(failing))]
        #[ignore = "run by a test beside it"]
        fn one() {
            panic!("with the lock in its hand");
        }

        #[netns_test(serial(failing))]
        #[ignore = "run by a test beside it"]
        fn two() {}
    }
}

mod serial_expecting_a_panic {
    use super::*;

    #[netns_test(serial(room))]
    #[should_panic]
    #[ignore = "run by a test beside it"]
    fn one() {
        panic!("as expected");
    }
}

mod not_serial {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn one() {
        meeting_in("not serial");
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn two() {
        meeting_in("not serial");
    }
}
