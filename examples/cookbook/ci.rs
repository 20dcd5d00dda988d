use netns_test::{Feature, Result, netns_test};

/// The first test to look at when all fail: it says what is missing, and how to get it.
#[netns_test]
fn the_runner_has_what_these_tests_need() -> Result {
    for needed in [Feature::Nftables, Feature::SockDestroy, Feature::PacketSockets] {
        needed.probe()?;
    }
    Ok(())
}
