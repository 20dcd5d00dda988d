//! The time that a test may take.

use std::io;
use std::thread;
use std::time::Instant;

use super::case::Case;
use super::home::go_home;
use super::runner;

/// Ends this process, which is that of a test, when its time is over.
pub(super) fn begin(case: Case) -> io::Result<()> {
    let out_of_time = move || {
        go_home();
        let begun = Instant::now();
        while let Some(left) = case.timeout.checked_sub(begun.elapsed()) {
            thread::park_timeout(left);
        }
        runner::fail_now(case.out_of_time())
    };
    thread::Builder::new().name("netns-test time".to_owned()).spawn(out_of_time)?;
    Ok(())
}
