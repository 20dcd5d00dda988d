//! Threads.

use super::*;

#[test]
fn a_panic_in_a_thread_that_nobody_joins_is_red() {
    shows(
        "a_thread_panics_and_nobody_waits",
        &[
            r#"thread 'worker' panicked at fixtures.rs:`panic!("the worker crashed");`:"#,
            "the worker crashed",
            r#"netns-test: the body passed, but thread `worker` panicked at fixtures.rs:`panic!("the worker crashed");`: the worker crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_thread_whose_end_is_ignored_is_red() {
    shows(
        "a_thread_panics_and_its_end_is_ignored",
        &[
            r#"thread '<unnamed>' panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(|| panic!("the worker crashed")));`:"#,
            "the worker crashed",
            r#"netns-test: the body passed, but thread `unnamed` panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(|| panic!("the worker crashed")));`: the worker crashed"#,
        ],
    );
}

#[test]
fn every_panic_of_a_thread_is_told() {
    shows(
        "two_threads_panic",
        &[
            r#"thread '<unnamed>' panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));`:"#,
            "worker 1 crashed",
            r#"thread '<unnamed>' panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));`:"#,
            "worker 2 crashed",
            r#"netns-test: the body passed, but thread `unnamed` panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));`: worker 1 crashed"#,
            r#"thread `unnamed` panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));`: worker 2 crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_closure_of_a_host_is_red() {
    shows(
        "a_closure_panics",
        &[
            r#"thread 'fixtures::a_closure_panics' panicked at fixtures.rs:`server.run(|| panic!("no route"));`:"#,
            "no route",
        ],
    );
}
