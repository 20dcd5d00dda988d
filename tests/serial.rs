//! `serial` keeps tests apart also under nextest, where each is a process of its own, and leaves
//! nothing.
//!
//! The processes of each test run in a network namespace of their own, for a lock is known in one:
//! copies of this test that run at the same time do not wait for each other.
#![cfg(target_os = "linux")]

#[path = "serial/fixtures.rs"]
mod fixtures;
mod support;

use std::fs;
use std::path::Path;

use support::folder::Folder;
use support::runner::{AS_ORDINARY_USER, Run, fixture_in_namespaces, run};

/// Runs a script in which `t NAME` is one test, as nextest runs it, and `both` waits for two of them
/// that were put into the background.
#[track_caller]
fn run_script(folder: &Path, script: &str) -> Run {
    let script = format!(
        r#"
        export NEXTEST=1
        t() {{ name=$1; shift; "$@" $binary fixtures::$name --exact --ignored; }}
        both() {{ wait $first; wait $second; }}
        binary=$1
        {script}
        "#
    );
    let mut runner = fixture_in_namespaces(&["--net", "--mount"], &script, "unused");
    run(runner.env(fixtures::FOLDER, folder))
}

/// Runs a script that passes, and asserts that it leaves no file but these.
#[track_caller]
fn passes(script: &str, files: &[&str]) {
    let folder = Folder::make();
    let run = run_script(folder.path(), script);
    assert_eq!(run.status, 0, "{run}");
    let left = fs::read_dir(folder.path()).expect("it is there").flatten();
    let mut left: Vec<_> =
        left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    left.sort();
    assert_eq!(left, files, "{run}");
}

#[test]
fn tests_with_a_common_key_run_one_after_the_other_in_all_binaries() {
    passes(
        r#"
        cp $binary $NETNS_TEST_FOLDER/other
        all=
        for round in 1 2 3; do
            for binary in "$1" $NETNS_TEST_FOLDER/other; do
                t is_alone_at_the_door & all="$all $!"
                t is_alone_at_the_door_and_the_window & all="$all $!"
            done
        done
        for each in $all; do wait $each; done
        rm $NETNS_TEST_FOLDER/other
        "#,
        &[],
    );
}

#[test]
fn tests_without_a_common_key_run_at_the_same_time() {
    let script = "t meets_the_cellar & first=$!; t meets_the_roof & second=$!; both";
    passes(script, &["cellar", "roof"]);
}

/// Each waits for the other, and both have the same key.
#[test]
fn tests_of_two_users_do_not_wait_for_each_other() {
    let script = format!(
        "chmod 777 $NETNS_TEST_FOLDER
         t meets_the_cellar_at_the_door & first=$!
         t meets_the_roof_at_the_door {AS_ORDINARY_USER} & second=$!
         both"
    );
    passes(&script, &["cellar", "roof"]);
}

#[test]
fn a_lock_needs_no_folder_for_temporary_files() {
    passes(
        r#"
        mkdir $NETNS_TEST_FOLDER/temporary
        export TMPDIR=$NETNS_TEST_FOLDER/temporary
        t is_alone_at_the_door
        mount -t tmpfs -o ro tmpfs $TMPDIR
        t is_alone_at_the_door
        umount $TMPDIR
        rmdir $TMPDIR
        "#,
        &[],
    );
}

/// As by Ctrl-C and by nextest, whose test took too long.
#[test]
fn the_lock_of_a_killed_test_is_free() {
    passes(
        r#"
        $binary fixtures::stays_for_ever --exact --ignored & first=$!
        until [ -e $NETNS_TEST_FOLDER/stays ]; do sleep 0.01; done
        $binary fixtures::wants_the_same --exact --ignored --nocapture 2>$NETNS_TEST_FOLDER/said & second=$!
        until grep "waiting for the lock" $NETNS_TEST_FOLDER/said; do sleep 0.01; done
        kill -KILL $first
        wait $second
        grep "netns-test: waiting for the lock \`bed\`, held by process $first of user 0" $NETNS_TEST_FOLDER/said
        rm $NETNS_TEST_FOLDER/said
        "#,
        &["stays"],
    );
}
