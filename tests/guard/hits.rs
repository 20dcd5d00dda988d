//! What a block has hit.

use super::*;

#[netns_test]
fn a_hit_is_seen_when_it_comes(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let block = server.block_with(&client, policy)?;
        // Asked without patience, so that the wait below begins before anything was sent.
        let none = block.wait_for_hit(Duration::ZERO).unwrap_err();
        assert!(none.is_timed_out() && !none.is_missed_claim(), "{none}");
        thread::scope(|scope| -> Result {
            let waiting = scope.spawn(|| block.wait_for_hit(LIMIT));
            way.from.send_to(b"hit", way.at.addr())?;
            assert!(waiting.join().unwrap()? < LIMIT);
            Ok(())
        })?;
        block.unblock()?;
    }
    Ok(())
}

/// A program may have tried, and given up, before the test gets round to waiting for it.
#[netns_test]
fn a_hit_before_the_wait_counts(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        way.is_blocked_by(&block);
        block.wait_for_hit(Duration::ZERO)?;
        block.suspend(|| ())?;
        block.wait_for_hit(Duration::ZERO)?;
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn a_hit_before_a_swap_was_one_of_another_policy(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let firewall = Policy::firewall([Rule::input().drop()]);
    for policy in [Policy::reset(), firewall, Policy::drop().to_peer()] {
        let mut block = server.block(&client)?;
        way.is_blocked_by(&block);
        let before = block.packets();
        block.swap(policy)?;
        assert_eq!(block.packets(), before, "it is still counted");
        assert!(block.wait_for_hit(Duration::ZERO).unwrap_err().is_timed_out(), "{block}");
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn a_hit_that_does_not_come_is_an_error_that_says_so(server: Host, client: Host) -> Result {
    let block = server.block_with(&client, Policy::reset())?;
    let limit = Duration::from_millis(50);
    let begun = Instant::now();
    let missed = block.wait_for_hit(limit).unwrap_err();
    assert!(begun.elapsed() >= limit);
    assert_eq!(
        missed.to_string(),
        "cannot see block `client` from `server` by reset hit within 50ms: it has counted no packet \
         since it took effect"
    );
    block.unblock()?;
    Ok(())
}
