//! What each side observes under every policy, found out by running it.
//!
//! `cargo run --release --example observe` blocks two hosts from each other by every policy in every
//! scope, over IPv4 and IPv6. It also cuts off one of two hosts, delays their packets by a second, and
//! loses 30 % of them. Under each fault both hosts dial and send, and it prints a table of what happened.
//! `-- --json` prints one line per cell, with times.
//!
//! This is the table in the documentation of the crate: `-- --table > src/fault/observed.md` regenerates
//! it, and the test of this example fails when it differs from what the kernel does.
//!
//! `-- --processes > src/process/observed.md` regenerates the other table: what both sides observe when a
//! process at one of them is frozen, killed, or restarted.

mod cases;
mod matrix;
mod processes;
mod table;

use std::io::Write;
use std::process::ExitCode;

use netns_test::{Result, program};

fn main() -> ExitCode {
    let wants = |option: &str| std::env::args().any(|word| word == option);
    let (json, table) = (wants("--json"), wants("--table"));
    let processes = wants("--processes");
    program(move || -> Result {
        if processes {
            print!("{}", processes::markdown()?);
            return Ok(());
        }
        let show_progress = !json && !table;
        let rows = matrix::run(|done, of| {
            if show_progress {
                eprint!("\r{done} of {of} combinations");
                let _ = std::io::stderr().flush();
            }
        })?;
        if show_progress {
            eprintln!();
        }
        if json {
            rows.iter().flat_map(matrix::Row::json).for_each(|line| println!("{line}"));
        } else {
            print!("{}", table::markdown(&rows));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::{matrix, processes, table};
    use netns_test::{Result, netns_test};

    #[netns_test]
    fn the_documentation_says_what_is_seen_of_processes() -> Result {
        let documented = include_str!("../../src/process/observed.md");
        assert_eq!(documented, processes::markdown()?, "left is documented, right is observed");
        Ok(())
    }

    #[netns_test(timeout = "5m")]
    fn the_documentation_says_what_the_kernel_does() -> Result {
        let rows = matrix::run(|_, _| ())?;
        let documented = include_str!("../../src/fault/observed.md");
        let observed = table::markdown(&rows);
        for (documented, observed) in documented.lines().zip(observed.lines()) {
            assert_eq!(documented, observed, "left is documented, right is observed");
        }
        assert_eq!(documented.lines().count(), observed.lines().count());
        Ok(())
    }
}
