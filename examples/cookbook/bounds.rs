use std::{ops::Range, sync::atomic::Ordering::Relaxed, time::Duration};

use netns_test::{Claim, Host, Result, consistently, eventually, netns_test};

use crate::heartbeat::{PATIENCE, PERIOD, SOON, monitor, send_heartbeats};

/// From what the code promises, not from how long one run took. The last heartbeat may be one period old
/// when the block begins, or two on a busy machine: an eviction earlier than that is premature. After
/// that the machine has a second for what is due, and nothing else is assumed about it.
const DUE: Range<Duration> = PATIENCE.saturating_sub(PERIOD.saturating_mul(2))
    ..PATIENCE.saturating_add(Duration::from_secs(1));

#[netns_test]
fn an_outage_is_noticed_not_too_early_and_not_too_late(server: Host, client: Host) -> Result {
    let alive = server.run(|| monitor(7000))?;
    client.start_fn(send_heartbeats, server.addr(7000))?;
    eventually(SOON, || alive.load(Relaxed))?;
    let block = client.block(&server)?;
    // The clock starts at the fault, not at this line.
    let noticed = Claim::new("the client is evicted")
        .since(block.in_effect_at())
        .within(DUE, || !alive.load(Relaxed))?;
    println!("noticed after {noticed:?}");
    Ok(())
}

#[netns_test]
fn a_short_outage_is_no_outage(server: Host, client: Host) -> Result {
    let alive = server.run(|| monitor(7000))?;
    client.start_fn(send_heartbeats, server.addr(7000))?;
    eventually(SOON, || alive.load(Relaxed))?;
    let block = client.block(&server)?;
    block.wait_for_hit(SOON)?;
    block.unblock()?;
    // Longer than the patience: an eviction that was on its way would have happened.
    consistently(PATIENCE + PERIOD, || alive.load(Relaxed))?;
    Ok(())
}
