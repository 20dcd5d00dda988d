//! Slow machines.

use super::*;
use crate::hanging::each;

fn on_a_slow_machine(factor: &str) -> String {
    let mut runner = fixture("fixtures::three_claims");
    run(runner.env("NETNS_TEST_SLOW", factor)).failure(&SOURCE)
}

#[test]
fn a_slow_machine_stretches_upper_bounds_and_messages_say_so() {
    let shown = on_a_slow_machine("2.5");
    let printed = |line: &&str| line.starts_with("Ok(") || line.starts_with("Err(");
    let lines: Vec<_> = shown.lines().filter(printed).collect();
    let note =
        |bound| format!(" (the upper bound of {bound} was stretched 2.5 times by NETNS_TEST_SLOW)");
    // 900 ms are more than 600 ms, and less than 1500 ms.
    assert!(lines[0].starts_with("Ok("), "{shown}");
    // The lower bound is still the same.
    let early = format!(
        "Err(cannot see it hold within 600ms..1.2s{}: it already held after ",
        note("1.2s")
    );
    assert!(lines[1].starts_with(&early), "{shown}");
    let never = "Err(cannot see `the peer is gone` within 300ms..600ms";
    assert!(lines[2].starts_with(&format!("{never}{}: after ", note("600ms"))), "{shown}");
    assert_eq!(lines[3], "Ok(())", "{shown}");
    // That it was met only thanks to the variable is said as well.
    let thanks = format!(" to see it hold within 600ms{}", note("600ms"));
    assert!(shown.contains("netns-test: it took "), "{shown}");
    assert!(shown.contains(&thanks), "{shown}");
}

#[test]
fn a_machine_that_is_not_slow_changes_nothing() {
    each(["", "1"], |factor| {
        let shown = on_a_slow_machine(factor);
        assert!(shown.contains("\nErr(cannot see it hold within 600ms: "), "{shown}");
        assert!(!shown.contains("NETNS_TEST_SLOW"), "{shown}");
    });
}

#[test]
fn a_factor_that_makes_no_sense_is_an_error_that_names_the_variable() {
    each(["fast", "0.5", "-1", "NaN", "inf"], |factor| {
        let shown = on_a_slow_machine(factor);
        let cause = format!("NETNS_TEST_SLOW is `{factor}`, and must be a number of at least 1");
        assert!(
            shown.contains(&format!("\nErr(cannot see it hold within 600ms: {cause}")),
            "{shown}"
        );
        // What has no upper bound does not ask for it.
        assert!(shown.contains("\nOk(())\n"), "{shown}");
    });
}

#[netns_test]
fn errors_of_traffic_come_through_as_they_are(server: Host, client: Host) -> Result {
    let mut last = None;
    let addr = (server.ipv4(), 7000);
    let missed = eventually(ms(20), || {
        let dialled = client.connect(addr);
        last = dialled.as_ref().err().map(io::Error::kind);
        dialled
    });
    assert_eq!(last, Some(io::ErrorKind::ConnectionRefused));
    let text = missed.unwrap_err().to_string();
    assert!(text.contains(" it is still Err: Connection refused (os error 111)"), "{text}");
    Ok(())
}
