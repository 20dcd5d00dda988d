//! A packet that routers send on is one packet with hops.

use super::*;

/// Who sends a packet at each of its hops.
fn hops(all: &Capture, packet: &Packet) -> Vec<String> {
    all.hops(packet).iter().map(|hop| hop.host().to_owned()).collect()
}

/// Equal datagrams are told apart, in both families, however many routers they cross.
#[netns_test]
fn a_datagram_is_one_packet_with_hops(net: Net, hosts: TwoSites) -> Result {
    let [client, server] = [&hosts.west[0], &hosts.east[0]];
    let receiver = server.bind_udp(7000)?;
    let sender = client.bind_udp(0)?;
    let addresses = server.addrs();
    for to in &addresses {
        for _ in 0..3 {
            sender.send_to(b"equal", (*to, 7000))?;
        }
        for _ in 0..3 {
            receiver.recv_from()?;
        }
    }
    let all = net.capture()?.udp();
    let sent = all.originated();
    assert_eq!((sent.len(), all.len()), (3 * addresses.len(), 9 * addresses.len()), "{all}");
    let names = hosts.routers.each_ref().map(|router| router.name().to_owned());
    for packet in sent.iter() {
        let way = hops(&all, packet);
        assert_eq!(way, [client.name().to_owned(), names[0].clone(), names[1].clone()], "{all}");
    }
    Ok(())
}

/// Also through a router that gives it another address: a connection is one, and nothing in it is said
/// again.
#[netns_test]
fn a_connection_through_a_nat_is_one_with_hops(net: Net, hosts: BehindNat) -> Result {
    for to in hosts.server.addrs() {
        let listener = hosts.server.listen(7000)?;
        let mut dialled = hosts.client.connect((to, 7000))?;
        dialled.send(&[7; 5000])?;
        listener.accept()?.recv_exact(5000)?;
        // Both ends say their last words while nobody waits for them.
        let whole = |all: &Capture| all.originated().iter().all(|one| all.hops(one).len() == 2);
        let all = || net.capture().map(|all| all.tcp().port(7000));
        eventually(SOON, || all().is_ok_and(|all| whole(&all)))?;
        let all = all()?;
        let (sent, forwarded) = (all.originated(), all.filter(Packet::is_forwarded));
        assert!(sent.len() >= 4 && all.retransmissions().is_empty(), "{all}");
        assert!(forwarded.iter().all(|packet| packet.host() == "router"), "{all}");
        for packet in sent.iter().filter(|packet| all.hops(packet).len() == 2) {
            assert_eq!(hops(&all, packet), [packet.host(), "router"], "{packet} of {all}");
        }
    }
    Ok(())
}

/// What is lost on its way has fewer hops, and takes none of the next one.
#[netns_test]
fn what_is_dropped_has_the_hops_that_it_came_over(net: Net, hosts: Routed) -> Result {
    let receiver = hosts.server.bind_udp(7000)?;
    let sender = hosts.client.bind_udp(0)?;
    let block = hosts.client.block(&hosts.server)?;
    sender.send_to(b"equal", receiver.addr())?;
    eventually(SOON, || block.packets() == 1)?;
    block.unblock()?;
    sender.send_to(b"equal", receiver.addr())?;
    receiver.recv_from()?;
    eventually(SOON, || net.capture().is_ok_and(|all| all.dropped().len() == 1))?;
    let all = net.capture()?.udp();
    let ways: Vec<_> = all.originated().iter().map(|packet| hops(&all, packet).len()).collect();
    assert_eq!(ways, [1, 2], "{all}");
    Ok(())
}
