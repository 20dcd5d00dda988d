//! A test that fails shows the schedule, and the line that draws it again.

use std::time::Duration;

use netns_test::nemesis::{Kind, Nemesis};
use netns_test::{Host, Policy, Result, netns_test};

use super::cluster::MS;
use super::support::folder::Folder;
use super::support::runner::{Run, fixture, run};

#[netns_test]
#[ignore = "fails on purpose"]
fn fails_under_a_nemesis(a: Host, b: Host, c: Host) -> Result {
    let nemesis = Nemesis::of([&a, &b, &c])
        .with([Kind::block(Policy::reset()), Kind::cut()])
        .lasting_at_least(10 * MS)
        .quiet_at_least(MS)
        .faults(3)
        .begin()?;
    nemesis.wait_for_fault()?;
    nemesis.wait()?;
    let second = Nemesis::of([&a]).with([Kind::freeze()]).faults(2).lasting_at_least(5000 * MS);
    let second = second.quiet_at_least(Duration::ZERO).begin()?;
    second.wait_for_fault()?;
    panic!("there are two leaders");
}

/// The lines of the schedule, without what really was.
fn planned(run: &Run) -> Vec<String> {
    let (_, told) = run.stdout.split_once("faults over time:\n").unwrap_or_else(|| panic!("{run}"));
    let lines = told.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| line.split(": ").next().unwrap().to_owned()).collect()
}

#[test]
fn a_failing_test_shows_the_schedule_and_the_seed_draws_it_again() {
    let folder = Folder::make();
    let failing = |seed: Option<&str>| {
        let mut command = fixture("told::fails_under_a_nemesis");
        command.env_remove("NETNS_TEST_REPORT").env("NETNS_TEST_REPORT_DIR", folder.path());
        command.env_remove("NETNS_TEST_SEED");
        seed.map(|seed| command.env("NETNS_TEST_SEED", seed));
        run(&mut command)
    };
    let first = failing(None);
    let all = &first.stdout;
    let (_, rest) = all.split_once("NETNS_TEST_SEED=").unwrap_or_else(|| panic!("{first}"));
    let seed = rest.split_whitespace().next().unwrap();
    let head = format!("drawn from NETNS_TEST_SEED={seed}, begun at ");
    assert_eq!(all.matches(&head).count(), 2, "{first}");
    // One that is over in a line, and of the last one what is in effect, and what is still to come.
    assert!(all.contains("`a`, `b`, `c`: 3 faults in "), "{first}");
    assert_eq!(all.matches(" s, over\n").count(), 1, "{first}");
    assert_eq!(all.matches("freeze `a`: in effect since ").count(), 1, "{first}");
    assert_eq!(all.matches("freeze `a`: not begun").count(), 1, "{first}");
    let again = format!(
        "to draw it again: NETNS_TEST_SEED={seed} cargo test -p netns-test \
         told::fails_under_a_nemesis -- --exact --include-ignored"
    );
    assert!(all.contains(&again), "{first}");
    assert!(all.contains("nemesis: 3 faults in "), "the timeline has its beginning: {first}");
    assert_eq!(planned(&failing(Some(seed))), planned(&first));
    let wrong = failing(Some("seven"));
    let cause = "cannot read NETNS_TEST_SEED: `seven` is not a number";
    assert!((wrong.stdout.clone() + &wrong.stderr).contains(cause), "{wrong}");
}
