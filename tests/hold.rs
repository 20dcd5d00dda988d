//! A block that holds: nothing passes, nothing is lost, and what waited arrives in its order when the
//! block is lifted, or is lost if that is what was asked for.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Host, Policy, Result, UdpEndpoint, eventually, netns_test};
use support::families::families;
use support::times::LIMIT;

/// What passes arrives before the send returns, unless the machine is very busy.
const SOON: Duration = Duration::from_millis(50);

fn endpoints([client, server]: [&Host; 2]) -> Result<[UdpEndpoint; 2]> {
    Ok([client.bind_udp(7000)?, server.bind_udp(7000)?])
}

/// Sends numbered datagrams and a part of a stream into a hold, and demands that all of it comes out
/// of it again in its order.
fn is_held_and_released(hosts: [&Host; 2]) -> Result {
    let [client, server] = hosts;
    let [from, mut to] = endpoints(hosts)?;
    for ipv6 in families() {
        let listener = server.listen(if ipv6 { 7006 } else { 7004 })?;
        let addr = if ipv6 { listener.addr_v6() } else { listener.addr() };
        let mut dialled = client.connect(addr)?;
        let mut accepted = listener.accept()?;
        let block = client.block_with(server, Policy::hold())?;
        for number in 0..100 {
            from.send_to(&[number], if ipv6 { to.addr_v6() } else { to.addr() })?;
        }
        dialled.send(b"part of a stream")?;
        let mut dial = client.dial(addr)?;
        to.set_deadline(SOON);
        assert!(to.recv_from().is_err(), "nothing passes");
        assert!(dial.wait(SOON).is_err(), "nobody is told anything");
        assert!(block.packets() >= 102, "{}", block.packets());
        block.unblock()?;
        to.set_deadline(LIMIT);
        for number in 0..100 {
            assert_eq!(to.recv_from()?.0, [number]);
        }
        assert_eq!(accepted.recv()?, b"part of a stream");
        dial.wait(LIMIT)?;
    }
    Ok(())
}

#[netns_test]
fn what_is_held_arrives_in_its_order(server: Host, client: Host) -> Result {
    is_held_and_released([&client, &server])
}

#[netns_test]
fn what_is_held_on_a_bridge_arrives_in_its_order(a: Host, b: Host, _c: Host) -> Result {
    is_held_and_released([&a, &b])
}

#[netns_test]
fn what_is_discarded_does_not_arrive(server: Host, client: Host) -> Result {
    let [from, to] = endpoints([&client, &server])?;
    let block = client.block_with(&server, Policy::hold())?;
    from.send_to(b"lost", to.addr())?;
    block.discard()?;
    from.send_to(b"arrives", to.addr())?;
    assert_eq!(to.recv_from()?.0, b"arrives");
    Ok(())
}

/// Nobody is told that something was lost: it was not.
#[netns_test]
fn a_stream_that_was_held_goes_on(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut sending = client.connect(listener.addr())?;
    let mut receiving = listener.accept()?;
    let sent: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let block = client.block_with(&server, Policy::hold().tcp())?;
    let received = thread::scope(|scope| {
        let whole = scope.spawn(|| sending.send(&sent));
        eventually(LIMIT, || block.packets() > 1)?;
        block.unblock()?;
        let received = receiving.recv_exact(sent.len())?;
        whole.join().unwrap()?;
        Ok::<_, netns_test::Failure>(received)
    })?;
    assert!(received == sent);
    Ok(())
}

#[netns_test]
fn a_hold_has_a_scope_as_any_block(server: Host, client: Host) -> Result {
    let [from, to] = endpoints([&client, &server])?;
    let listener = server.listen(7000)?;
    let held = client.block_with(&server, Policy::hold().to_peer().udp())?;
    client.connect(listener.addr())?;
    to.send_to(b"back", from.addr())?;
    assert_eq!(from.recv_from()?.0, b"back");
    from.send_to(b"there", to.addr())?;
    assert_eq!(held.packets(), 1);
    held.unblock()?;
    assert_eq!(to.recv_from()?.0, b"there");
    let new = client.block_with(&server, Policy::hold().new_connections())?;
    from.send_to(b"passes", to.addr())?;
    assert_eq!(to.recv_from()?.0, b"passes");
    let mut dial = client.dial(listener.addr())?;
    eventually(LIMIT, || new.packets() > 0)?;
    assert!(dial.wait(SOON).is_err());
    new.unblock()?;
    dial.wait(LIMIT)?;
    Ok(())
}

/// While it is suspended, what has waited passes, and then what is sent.
#[netns_test]
fn a_hold_is_suspended_and_swapped(server: Host, client: Host) -> Result {
    let [from, to] = endpoints([&client, &server])?;
    let mut block = client.block_with(&server, Policy::hold())?;
    from.send_to(b"held", to.addr())?;
    block.suspend(|| {
        from.send_to(b"passes", to.addr())?;
        assert_eq!(to.recv_from()?.0, b"held");
        assert_eq!(to.recv_from()?.0, b"passes");
        Ok::<_, std::io::Error>(())
    })??;
    from.send_to(b"held again", to.addr())?;
    assert_eq!(block.packets(), 2);
    // What is released meets the rules that are there by then.
    block.swap(Policy::drop())?;
    eventually(LIMIT, || block.packets() == 3)?;
    block.swap(Policy::hold())?;
    from.send_to(b"and again", to.addr())?;
    let begun = Instant::now();
    block.unblock()?;
    assert_eq!(to.recv_from()?.0, b"and again");
    assert!(begun.elapsed() < LIMIT);
    Ok(())
}

#[netns_test]
fn a_hold_explains_itself(_host: Host) {
    let text = Policy::hold().udp().dport(53).explain().to_string();
    assert!(text.contains("host: udp dport 53 hold"), "{text}");
    assert!(text.starts_with("hold (udp, dport 53)   (host blocks peer)"), "{text}");
}
