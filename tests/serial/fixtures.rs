//! Tests that hold a lock, run as processes of their own by those in `serial.rs`.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

use netns_test::{Host, Result, eventually, netns_test};

/// Where a test says the folder in which its fixtures meet.
pub(crate) const FOLDER: &str = "NETNS_TEST_FOLDER";

/// Far more than two processes need to start, and to meet.
const SOON: Duration = Duration::from_secs(20);

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os(FOLDER).expect("a test beside it says where"))
}

/// Fails if anybody else is here at the same time: of two that come and go so often, one meets the
/// other.
fn is_alone() -> Result {
    let here = folder().join("here");
    for _ in 0..1000 {
        File::create_new(&here)?;
        fs::remove_file(&here)?;
    }
    Ok(())
}

/// Fails if the other one cannot be here at the same time.
fn meets(own: &str, other: &str) -> Result {
    File::create(folder().join(own))?;
    eventually(SOON, || folder().join(other).exists())?;
    Ok(())
}

#[netns_test(serial(door))]
#[ignore = "run by a test beside it"]
fn is_alone_at_the_door(_server: Host) -> Result {
    is_alone()
}

#[netns_test(serial(door, window))]
#[ignore = "run by a test beside it"]
fn is_alone_at_the_door_and_the_window(_server: Host) -> Result {
    is_alone()
}

#[netns_test(serial(roof))]
#[ignore = "run by a test beside it"]
fn meets_the_cellar(_server: Host) -> Result {
    meets("roof", "cellar")
}

#[netns_test(serial(cellar))]
#[ignore = "run by a test beside it"]
fn meets_the_roof(_server: Host) -> Result {
    meets("cellar", "roof")
}

/// The lock of the door is one, but of two users.
#[netns_test(serial(door))]
#[ignore = "run by a test beside it"]
fn meets_the_roof_at_the_door(_server: Host) -> Result {
    meets("cellar", "roof")
}

#[netns_test(serial(door))]
#[ignore = "run by a test beside it"]
fn meets_the_cellar_at_the_door(_server: Host) -> Result {
    meets("roof", "cellar")
}

#[netns_test(serial(bed))]
#[ignore = "run by a test beside it"]
fn stays_for_ever(_server: Host) -> Result {
    File::create(folder().join("stays"))?;
    loop {
        std::thread::park();
    }
}

#[netns_test(serial(bed))]
#[ignore = "run by a test beside it"]
fn wants_the_same(_server: Host) {}
