//! What the registry must notice, and what it must not.

use std::io::ErrorKind;
use std::ops::Range;
use std::time::{Duration, Instant};

use netns_test::{
    Block, Connection, Host, Policy, RejectWith, Result, Rule, consistently, eventually,
    netns_test, within,
};
use nix::sys::socket::{setsockopt, sockopt};

use crate::client::Client;
use crate::registry::{Cause, Eviction, Registry, Strategy};
use crate::{HEARTBEATS, MISSES, PERIOD, PORT, SOON};

/// The silence that costs a client its place.
const BUDGET: Duration = PERIOD.saturating_mul(MISSES);
/// For a machine with other work to do.
const SLACK: Duration = Duration::from_secs(1);

/// When, counted from now, a client that was last heard after `heard` is due to be evicted.
///
/// Not before the budget is spent, less half a period: tight enough to catch a registry that
/// evicts after one miss fewer. Not much more than one period after it, because the registry looks
/// once per period.
fn due(heard: Instant) -> Range<Duration> {
    let spent = heard.elapsed() + PERIOD / 2;
    BUDGET.saturating_sub(spent)..BUDGET + PERIOD + SLACK
}

fn registry_in(server: &Host, strategy: Strategy) -> Result<Registry> {
    // Its listener and all its threads start in `server`, and stay there.
    Ok(server.run(|| Registry::start((server.ipv4(), PORT), strategy))?)
}

/// A client in each host, named after it and known to the registry.
fn clients_in<const N: usize>(hosts: [&Host; N], registry: &Registry) -> Result<[Client; N]> {
    let start = |host: &Host| host.run(|| Client::start(host.name(), registry.addr(), PERIOD));
    let clients = hosts.map(start);
    for host in hosts {
        eventually(SOON, || registry.knows(host.name()))?;
    }
    Ok(clients)
}

/// Waits for a heartbeat, and returns a moment just before it.
fn after_a_heartbeat(registry: &Registry, name: &str) -> Result<Instant> {
    let before = registry.heartbeats(name);
    let mut not_yet = Instant::now();
    eventually(SOON, || {
        let looked = Instant::now();
        let heard = registry.heartbeats(name) > before;
        if !heard {
            not_yet = looked;
        }
        heard
    })?;
    Ok(not_yet)
}

fn evicted(name: &str, cause: Cause) -> Eviction {
    Eviction { name: name.to_owned(), cause }
}

#[netns_test]
fn a_client_that_cannot_be_reached_is_evicted_and_taken_back(server: Host, client: Host) -> Result {
    let registry = registry_in(&server, HEARTBEATS)?;
    let _clients = clients_in([&client], &registry)?;
    let heard = after_a_heartbeat(&registry, "client")?;

    let block = client.block(&server)?;
    let noticed = within(due(heard), || !registry.knows("client"))?;
    assert_eq!(registry.evictions(), [evicted("client", Cause::Missed(MISSES))]);
    assert!(block.packets() > 0, "the heartbeats were lost, not late");

    block.unblock()?;
    let back = eventually(SOON, || registry.knows("client"))?;
    println!("evicted after {noticed:?}, back after {back:?}");
    Ok(())
}

#[netns_test]
fn the_others_keep_their_place(server: Host, near: Host, far: Host) -> Result {
    let registry = registry_in(&server, HEARTBEATS)?;
    let _clients = clients_in([&near, &far], &registry)?;
    let heard = after_a_heartbeat(&registry, "far")?;

    let _block = server.block(&far)?;
    within(due(heard), || !registry.knows("far"))?;
    // As long again as it took for `far`: if `near` were cut off too, it would be evicted by then.
    consistently(BUDGET, || registry.knows("near"))?;
    assert_eq!(registry.evictions(), [evicted("far", Cause::Missed(MISSES))]);
    Ok(())
}

#[netns_test]
fn nobody_is_evicted_while_nothing_is_wrong(server: Host, client: Host) -> Result {
    let registry = registry_in(&server, HEARTBEATS)?;
    let _clients = clients_in([&client], &registry)?;
    // Longer than it takes to evict a client whose heartbeats are not understood.
    consistently(BUDGET + PERIOD, || registry.knows("client"))?;
    assert_eq!(registry.evictions(), [], "evicted and back between two looks");
    Ok(())
}

#[netns_test]
fn a_short_outage_is_survived(server: Host, client: Host) -> Result {
    // Twice as patient, so that the outage is short even on a busy machine.
    let patient = Strategy::Heartbeats { period: PERIOD, misses: 2 * MISSES };
    let registry = registry_in(&server, patient)?;
    let _clients = clients_in([&client], &registry)?;
    after_a_heartbeat(&registry, "client")?;

    // Somewhat longer than a period, so that a heartbeat is lost, and TCP has to repeat it.
    let block = client.block(&server)?;
    let before = registry.heartbeats("client");
    consistently(PERIOD * 5 / 4, || registry.heartbeats("client") == before)?;
    assert!(block.packets() > 0);
    block.unblock()?;
    eventually(SOON, || registry.heartbeats("client") > before)?;
    assert_eq!(registry.evictions(), [], "it is not back, but has never been away");
    Ok(())
}

/// A registry that needs hours to miss a heartbeat: whatever it notices, it notices in another way.
const HOURLY: Strategy = Strategy::Heartbeats { period: Duration::from_secs(3600), misses: 3 };

#[netns_test]
fn a_client_that_leaves_is_evicted_at_once(server: Host, client: Host) -> Result {
    let registry = registry_in(&server, HOURLY)?;
    let clients = clients_in([&client], &registry)?;
    drop(clients);
    eventually(SLACK, || !registry.knows("client"))?;
    assert_eq!(registry.evictions(), [evicted("client", Cause::HungUp)]);
    Ok(())
}

#[netns_test]
fn a_client_that_crashes_is_evicted_at_once(server: Host, client: Host) -> Result {
    let registry = registry_in(&server, HOURLY)?;
    // Made by hand, because the real client behaves well.
    let mut conn = client.connect(registry.addr())?;
    conn.send(b"client\n")?;
    assert_eq!(conn.recv()?, b"ok\n");
    eventually(SOON, || registry.knows("client"))?;

    reset(conn)?;
    eventually(SLACK, || !registry.knows("client"))?;
    assert_eq!(
        registry.evictions(),
        [evicted("client", Cause::Failed(ErrorKind::ConnectionReset))]
    );
    Ok(())
}

/// Closes a connection by a RST, as a kernel does for a program that had not read everything.
fn reset(conn: Connection) -> Result {
    let at_once = nix::libc::linger { l_onoff: 1, l_linger: 0 };
    setsockopt(&conn, sockopt::Linger, &at_once)?;
    conn.close();
    Ok(())
}

/// What a registry is worth if it only waits for its connections to fail.
mod errors_only {
    use super::*;

    /// `-I INPUT -s PEER -j REJECT` and `-I OUTPUT -d PEER -j REJECT`: the second rule swallows
    /// the answers of the first.
    fn block_by_reject(host: &Host, peer: &Host) -> Result<Block> {
        Ok(host.block_with(
            peer,
            Policy::firewall([Rule::input().reject(), Rule::output().reject()]),
        )?)
    }

    /// `-I INPUT -s PEER -p tcp -j REJECT --reject-with tcp-reset`
    fn block_by_reset(host: &Host, peer: &Host) -> Result<Block> {
        let reset = Rule::input().tcp().reject_with(RejectWith::TcpReset);
        Ok(host.block_with(peer, Policy::firewall([reset]))?)
    }

    #[netns_test]
    fn a_silent_block_is_never_noticed(server: Host, client: Host) -> Result {
        let registry = registry_in(&server, Strategy::ErrorsOnly)?;
        let _clients = clients_in([&client], &registry)?;

        let block = block_by_reject(&server, &client)?;
        // Much longer than a registry that counts heartbeats needs. It would wait for ever, in fact: it
        // has sent nothing that its kernel could find unacknowledged.
        consistently(Duration::from_secs(2), || registry.knows("client"))?;
        assert!(block.packets() > 0, "REJECT has rejected, and nobody was told");
        assert_eq!(registry.evictions(), []);
        Ok(())
    }

    #[netns_test]
    fn a_reset_by_the_client_is_noticed_at_once(server: Host, client: Host) -> Result {
        let registry = registry_in(&server, Strategy::ErrorsOnly)?;
        let _clients = clients_in([&client], &registry)?;

        let block = block_by_reset(&client, &server)?;
        // The client's next heartbeat still arrives; the registry's answer to it gets the RST.
        eventually(PERIOD + SLACK, || !registry.knows("client"))?;
        assert_eq!(
            registry.evictions(),
            [evicted("client", Cause::Failed(ErrorKind::ConnectionReset))]
        );
        assert!(block.packets() > 0);
        Ok(())
    }

    #[netns_test]
    fn a_reset_by_its_own_host_is_not_noticed(server: Host, client: Host) -> Result {
        let registry = registry_in(&server, Strategy::ErrorsOnly)?;
        let _clients = clients_in([&client], &registry)?;

        let block = block_by_reset(&server, &client)?;
        // The same rule on the other side of the wire. Now it is the client that gets the RST.
        consistently(Duration::from_secs(2), || registry.knows("client"))?;
        assert!(block.packets() > 0);
        assert_eq!(registry.evictions(), []);
        Ok(())
    }
}
