//! Limits.

use super::*;

#[test]
fn a_sandbox_beyond_the_limit_on_namespaces_is_red() {
    limited_to(0, "has_two_hosts").failed_with(
        &SOURCE,
        &[
            "netns-test: cannot run `fixtures::has_two_hosts` (fixtures.rs:`fn has_two_hosts(server: Host, client: Host) {`) in a sandbox: directly, making the namespaces gives ENOSPC; \
             in a user namespace, making the namespaces gives ENOSPC: \
             no space left on device (os error 28)",
            "help: the limit user.max_net_namespaces = 0 is reached: \
             `sudo sysctl -w user.max_net_namespaces=1024`",
        ],
    );
}

/// One for the sandbox, one for the first host, and none for the second.
#[test]
fn a_host_beyond_the_limit_on_namespaces_is_red() {
    limited_to(2, "has_two_hosts").failed_with(
        &SOURCE,
        &[
            "netns-test: the fixtures of `fixtures::has_two_hosts` (fixtures.rs:`fn has_two_hosts(server: Host, client: Host) {`): cannot make the network namespace of host `client`: \
             no space left on device (os error 28)",
            "help: the limit on network namespaces is reached: \
             `sudo sysctl -w user.max_net_namespaces=65536`",
        ],
    );
}

#[test]
fn a_limit_on_namespaces_is_not_the_expected_panic() {
    for limit in [0, 2] {
        let shown = limited_to(limit, "should_panic_with_two_hosts").failure(&SOURCE);
        assert!(shown.contains("no space left on device"), "{shown}");
        assert!(shown.contains("was expected to panic, but this is not a panic"), "{shown}");
    }
}

#[test]
fn as_many_namespaces_as_are_needed_are_enough() {
    limited_to(3, "has_two_hosts").passed();
}

/// Runs a fixture where there may be this many network namespaces.
fn limited_to(limit: u32, name: &str) -> Run {
    let script = format!("echo {limit} > /proc/sys/user/max_net_namespaces; exec \"$@\"");
    run(&mut fixture_in_namespaces(&[], &script, &format!("fixtures::{name}")))
}
