//! What three nodes must notice when one of them is cut off, and by when; and what they must not
//! notice. The bounds follow from chitchat's own arithmetic; see `FORGIVEN` and `NOTICED`.

use std::ops::Range;
use std::time::{Duration, Instant};

use membership::cluster::{ALL, Cluster};
use membership::node::{FORGIVEN, GOSSIP, NOTICED};
use netns_test::{Policy, Result, consistently, eventually, netns_test, since};

/// How soon all is well again: one round in which the isolated node gossips with everybody, one
/// for a second heartbeat (without it there is no interval to judge by), and one to look. One
/// second more for a busy machine.
const BACK: Duration = Duration::from_secs(1).saturating_add(GOSSIP.saturating_mul(3));

/// When somebody first notices a cut, counted from the last heartbeat before it that all have heard:
/// not before the shortest patience is over.
const FIRST: Range<Duration> = FORGIVEN..NOTICED;

#[netns_test]
fn three_nodes_find_each_other(cluster: Cluster) -> Result {
    // The fixture has waited until they found each other. They do not lose each other either.
    consistently(NOTICED, || cluster.see(ALL))?;
    Ok(())
}

#[netns_test]
fn both_sides_of_a_cut_notice_and_come_back(cluster: Cluster) -> Result {
    let heard = cluster.all_heard()?;
    let isolation = cluster.isolate(0, Policy::drop())?;

    since(heard).within(FIRST, || cluster.see(ALL).is_err())?;
    let last = since(isolation.in_effect_at())
        .eventually(NOTICED, || cluster.see(["n1", "n2 n3", "n2 n3"]))?;
    assert!(isolation.has_cost_everybody());

    isolation.unblock()?;
    let back = eventually(BACK, || cluster.see(ALL))?;
    println!("seen dead by all after {last:?}, alive after {back:?}");
    Ok(())
}

#[netns_test]
fn a_second_outage_is_noticed_like_the_first(cluster: Cluster) -> Result {
    let isolation = cluster.isolate(0, Policy::drop())?;
    eventually(NOTICED, || cluster.see(["n1", "n2 n3", "n2 n3"]))?;
    consistently(Duration::from_secs(4), || cluster.see(["n1", "n2 n3", "n2 n3"]))?;
    isolation.unblock()?;
    eventually(BACK, || cluster.see(ALL))?;

    let heard = cluster.all_heard()?;
    let isolation = cluster.isolate(0, Policy::drop())?;
    since(heard).within(FIRST, || cluster.see(ALL).is_err())?;
    // If the detector counted the first outage, of more than 4 s, among its ten usual intervals, it
    // would wait 3.7 s now.
    since(isolation.in_effect_at())
        .eventually(NOTICED, || cluster.see(["n1", "n2 n3", "n2 n3"]))?;
    Ok(())
}

#[netns_test]
fn a_mute_node_is_dead_to_the_others_and_does_not_know(cluster: Cluster) -> Result {
    let heard = cluster.all_heard()?;
    let isolation = cluster.isolate(0, Policy::drop().to_peer())?;

    since(heard).within(FIRST, || cluster.see(ALL).is_err())?;
    since(isolation.in_effect_at())
        .eventually(NOTICED, || cluster.see(["n1 n2 n3", "n2 n3", "n2 n3"]))?;
    // They still contact it now and then, as any dead node or seed. That is all it needs to believe
    // that nothing is wrong.
    consistently(NOTICED, || cluster.see(["n1 n2 n3", "n2 n3", "n2 n3"]))?;

    isolation.unblock()?;
    eventually(BACK, || cluster.see(ALL))?;
    Ok(())
}

#[netns_test]
fn a_deaf_node_sees_the_others_dead_and_they_do_not_know(cluster: Cluster) -> Result {
    let heard = cluster.all_heard()?;
    let isolation = cluster.isolate(0, Policy::drop().from_peer())?;

    since(heard).within(FIRST, || cluster.see(ALL).is_err())?;
    since(isolation.in_effect_at())
        .eventually(NOTICED, || cluster.see(["n1", "n1 n2 n3", "n1 n2 n3"]))?;
    // A heartbeat is news whether it is answered or not: a node that shouts is alive.
    consistently(NOTICED, || cluster.see(["n1", "n1 n2 n3", "n1 n2 n3"]))?;

    isolation.unblock()?;
    eventually(BACK, || cluster.see(ALL))?;
    Ok(())
}

#[netns_test]
fn a_cut_between_two_is_gossiped_round(cluster: Cluster) -> Result {
    let block = cluster.host(0).block(cluster.host(1))?;
    // The third node passes on what it hears, so nobody misses a heartbeat.
    consistently(NOTICED, || cluster.see(ALL))?;
    assert!(block.packets() > 0);
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_lost_heartbeat_alarms_nobody(cluster: Cluster) -> Result {
    let changes = cluster.changes();
    let begun = Instant::now();
    let isolation = cluster.isolate(0, Policy::drop())?;
    // One round of gossip is lost, in both directions, with both of the others.
    eventually(NOTICED, || isolation.has_cost_everybody())?;
    isolation.unblock()?;
    println!("the outage lasted {:?}, and {FORGIVEN:?} are forgiven", begun.elapsed());
    // Any node that this alarms would be alarmed by now, and nobody has been in the meantime.
    consistently(NOTICED, || cluster.see(ALL))?;
    assert!(changes.try_iter().next().is_none());
    Ok(())
}
