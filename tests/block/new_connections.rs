//! New connections.

use super::*;

/// The hosts have never met before, and neighbours are still found. If they were not, the kernel
/// would give a dial up with EHOSTUNREACH after three unanswered requests, one second each.
#[netns_test]
fn a_dial_times_out_without_an_error_and_repeats_its_syn(server: Host, client: Host) -> Result {
    let block = client.block(&server)?;
    let begun = Instant::now();
    // All four at the same time.
    for (_listener, mut dial) in dials(&server, &client)? {
        let left = Duration::from_millis(3500).saturating_sub(begun.elapsed());
        assert_eq!(dial.wait(left).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_repeats_its_syn(&mut dial);
    }
    // Two SYNs in each family and two directions, at least.
    assert!(block.packets() >= 2 * 2 * families().count() as u64, "{}", block.packets());
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_dial_succeeds_when_the_block_is_lifted(server: Host, client: Host) -> Result {
    let block = client.block(&server)?;
    let dials = dials(&server, &client)?;
    eventually(LIMIT, || block.packets() >= 4)?;
    block.unblock()?;
    for (listener, mut dial) in dials {
        // At its next SYN, a second after the first one.
        let dialled = dial.wait(LIMIT)?;
        assert_eq!(listener.accept()?.peer_addr(), dialled.local_addr());
    }
    Ok(())
}
