//! Several tests of one function: `#[case(…)]` and `#[values(…)]`.

use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use netns_test::{Host, Result, netns_test};

use crate::support::runner::{Run, fixtures, run};

#[netns_test]
#[case::http(80, b"GET")]
#[case(7000, b"echo")]
fn each_case_has_its_values(
    server: Host,
    #[case] port: u16,
    client: Host,
    #[case] word: &[u8],
) -> Result {
    let listener = server.listen(port)?;
    client.connect(listener.addr())?.send(word)?;
    assert_eq!(listener.accept()?.recv()?, word);
    Ok(())
}

#[netns_test(timeout = "30s")]
async fn a_case_may_be_asynchronous(
    server: Host,
    client: Host,
    #[values(80, 443)] port: u16,
) -> Result {
    let listener = server.listen_async(port).await?;
    client.connect_async(listener.addr()).await?;
    assert_eq!(listener.addr().port(), port);
    Ok(())
}

/// In the scope of the function, whose names its values use.
const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

#[netns_test]
#[case(self::LOCAL, [super::cases::LOCAL])]
fn values_mean_what_they_mean_at_the_function(#[case] one: IpAddr, #[case] [two]: [IpAddr; 1]) {
    assert_eq!(one, two);
}

#[netns_test]
#[should_panic = "reached the end"]
fn each_case_is_expected_to_panic(#[values(1, 2)] number: u8, #[values(1)] more: u8) {
    panic!("reached the end of {number} and {more}");
}

mod fixtures_of_cases {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    #[case::open(true)]
    #[case::shut(false)]
    fn passes_if(#[case] open: bool, _server: Host) {
        assert!(open, "the gate is shut");
    }

    #[netns_test(timeout = "300ms")]
    #[ignore = "run by a test beside it"]
    fn ends_in_time(#[values(false, true)] hangs: bool) {
        if hangs {
            std::thread::sleep(Duration::from_secs(60));
        }
    }
}

fn ran(runner: &mut Command, passed: u32, failed: u32) -> Run {
    let run = run(runner);
    let counts = format!("{passed} passed; {failed} failed");
    assert!(run.stdout.contains(&counts), "{run}");
    run
}

#[test]
fn each_case_is_listed_by_its_name() {
    let run = run(&mut fixtures(["cases::", "--list", "--format=terse"]));
    let listed: Vec<_> = run.stdout.lines().filter(|line| line.contains("_if")).collect();
    assert_eq!(
        listed,
        [
            "cases::fixtures_of_cases::passes_if::open: test",
            "cases::fixtures_of_cases::passes_if::shut: test"
        ]
    );
    for name in
        ["each_case_has_its_values::http", "asynchronous::port_443", "panic::number_2_more_1"]
    {
        assert!(run.stdout.contains(&format!("{name}: test")), "{run}");
    }
}

#[test]
fn a_filter_chooses_a_case() {
    ran(&mut fixtures(["passes_if::open", "--ignored"]), 1, 0);
    ran(&mut fixtures(["passes_if", "--ignored"]), 1, 1);
}

#[test]
fn a_case_that_fails_says_which_and_where() {
    let run = ran(&mut fixtures(["passes_if::shut", "--ignored"]), 0, 1);
    assert!(run.stdout.contains("the gate is shut"), "{run}");
    assert!(run.stdout.contains("cases::fixtures_of_cases::passes_if::shut"), "{run}");
}

#[test]
fn options_are_of_each_case() {
    let run = ran(&mut fixtures(["ends_in_time", "--ignored"]), 1, 1);
    let line = 1 + include_str!("cases.rs")
        .lines()
        .position(|it| it.contains("#[values(false, true)] hangs"))
        .expect("it is there");
    let message = format!(
        "`cases::fixtures_of_cases::ends_in_time::hangs_true` (tests/attribute/cases.rs:{line}) did not end within 300ms"
    );
    assert!(run.stdout.contains(&message), "{message}: {run}");
}
