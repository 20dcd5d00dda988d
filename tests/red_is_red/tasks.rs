//! Tasks.

use super::*;

#[test]
fn a_panic_in_a_task_that_nobody_awaits_is_red() {
    shows(
        "a_task_panics_and_nobody_waits",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`panic!("the server crashed");`:"#,
            "the server crashed",
            r#"netns-test: the body passed, but thread `host server` panicked at fixtures.rs:`panic!("the server crashed");`: the server crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_task_that_is_awaited_is_red() {
    shows(
        "a_task_panics_and_is_awaited",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`server.spawn(async { panic!("the server crashed") }).await`:"#,
            "the server crashed",
        ],
    );
}

#[test]
fn a_panic_in_a_task_that_is_joined_is_red() {
    shows(
        "a_task_panics_and_is_joined",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`server.spawn(async { panic!("the server crashed") }).join()`:"#,
            "the server crashed",
        ],
    );
}

#[test]
fn a_panic_in_a_task_of_a_task_is_red() {
    shows(
        "a_task_of_a_task_panics",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`let connection = async { panic!("the connection crashed") };`:"#,
            "the connection crashed",
            r#"netns-test: the body passed, but thread `host server` panicked at fixtures.rs:`let connection = async { panic!("the connection crashed") };`: the connection crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_blocking_work_of_a_task_is_red() {
    shows(
        "blocking_work_of_a_task_panics",
        &[
            r#"thread 'tokio-rt-worker' panicked at fixtures.rs:`let looks_up = || panic!("the resolver crashed");`:"#,
            "the resolver crashed",
            r#"netns-test: the body passed, but thread `tokio-rt-worker` panicked at fixtures.rs:`let looks_up = || panic!("the resolver crashed");`: the resolver crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_task_on_the_body_s_own_thread_is_red() {
    shows(
        "a_task_of_the_body_panics",
        &[
            r#"thread 'fixtures::a_task_of_the_body_panics' panicked at fixtures.rs:`let task = tokio::spawn(async { panic!("the client crashed") });`:"#,
            "the client crashed",
            r#"netns-test: the body passed, but thread `fixtures::a_task_of_the_body_panics` panicked at fixtures.rs:`let task = tokio::spawn(async { panic!("the client crashed") });`: the client crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_task_that_tokio_started_in_a_host_is_red() {
    shows(
        "a_task_started_in_a_host_by_tokio_panics",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`let task = server.run(|| tokio::spawn(async { panic!("the server crashed") }));`:"#,
            "the server crashed",
            r#"netns-test: the body passed, but thread `host server` panicked at fixtures.rs:`let task = server.run(|| tokio::spawn(async { panic!("the server crashed") }));`: the server crashed"#,
        ],
    );
}
