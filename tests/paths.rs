//! Blocks between hosts that share no link: by routers, and by routers that translate.
#![cfg(target_os = "linux")]

#[path = "paths/hops.rs"]
mod hops;
#[path = "paths/nat.rs"]
mod nat;
#[path = "paths/post.rs"]
mod post;
#[path = "paths/random.rs"]
mod random;
mod support;

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use netns_test::{
    BehindNat, Capture, IcmpKind, Impairment, Net, Notified, Packet, Policy, Result, Routed,
    TcpState, Topology, TwoSites, eventually, netns_test,
};
use post::{Post, SOON, passes, takes};
use support::dials::{assert_repeats_its_syn, connections};
use support::families::can_run_with_ipv6;
use support::interface::add_ipv4;

#[netns_test]
fn hosts_are_cut_off_from_each_other_across_a_router(net: Routed) -> Result {
    let (client, server) = (Post::of(&net.client)?, Post::of(&net.server)?);
    for (host, peer) in [(&net.client, &net.server), (&net.server, &net.client)] {
        let block = host.block(peer)?;
        takes(&block, &client, &server)?;
        takes(&block, &server, &client)?;
        block.unblock()?;
        passes(&client, &server)?;
        passes(&server, &client)?;
    }
    Ok(())
}

/// What was sent during the block arrives after it, and a dial is silent.
#[netns_test]
fn connections_across_routers_are_silent_under_a_block(sites: TwoSites) -> Result {
    let [west, east] = [&sites.west[0], &sites.east[0]];
    let mut standing = connections(west, east)?;
    let listener = east.listen(0)?;
    let block = west.block(east)?;
    let mut dial = west.dial(listener.addr())?;
    for [ours, theirs] in &mut standing {
        ours.send(b"to the east")?;
        theirs.send(b"to the west")?;
    }
    let sent = 2 * standing.len() as u64;
    eventually(SOON, || block.packets() > sent)?;
    assert_repeats_its_syn(&mut dial);
    block.unblock()?;
    for [ours, theirs] in &mut standing {
        assert_eq!(theirs.recv()?, b"to the east");
        assert_eq!(ours.recv()?, b"to the west");
    }
    Ok(())
}

/// Their neighbours, their routers, and what these forward for others.
#[netns_test]
fn nobody_else_is_touched(sites: TwoSites) -> Result {
    let all = [&sites.west[0], &sites.west[1], &sites.east[0], &sites.east[1]];
    let all = all.into_iter().chain(&sites.routers).map(Post::of).collect::<Result<Vec<_>>>()?;
    let block = all[0].host.block(&all[2].host)?;
    for from in 0..all.len() {
        for to in (0..all.len()).filter(|to| *to != from) {
            match [from.min(to), from.max(to)] {
                [0, 2] => takes(&block, &all[from], &all[to])?,
                _ => passes(&all[from], &all[to])?,
            }
        }
    }
    block.unblock()?;
    passes(&all[0], &all[2])?;
    passes(&all[2], &all[0])
}

/// Between a host and the router beside it, all that crosses their link; between a host and one further
/// away, what is from that one or for it.
#[netns_test]
fn a_router_is_a_host_and_what_it_forwards_crosses_its_links(sites: TwoSites) -> Result {
    let [near, far] = &sites.routers;
    let posts = [&sites.west[0], &sites.west[1], &sites.east[0], near, far].map(Post::of);
    let [one, other, east, near, far] = posts;
    let (one, other, east, near, far) = (one?, other?, east?, near?, far?);
    let block = one.host.block(&far.host)?;
    takes(&block, &one, &far)?;
    takes(&block, &far, &one)?;
    passes(&one, &east)?;
    passes(&east, &one)?;
    passes(&other, &far)?;
    block.unblock()?;

    // From the other side as well, which forwards for others what it is not to send itself.
    let block = near.host.block(&east.host)?;
    takes(&block, &near, &east)?;
    takes(&block, &east, &near)?;
    passes(&one, &east)?;
    passes(&east, &one)?;
    block.unblock()?;

    let block = one.host.block(&near.host)?;
    takes(&block, &one, &near)?;
    takes(&block, &one, &east)?;
    takes(&block, &east, &one)?;
    passes(&other, &east)?;
    passes(&one, &other)?;
    block.unblock()?;
    passes(&one, &east)
}

#[netns_test]
fn the_wire_answers_across_a_router(net: Routed) -> Result {
    let (at_client, at_server) = (net.client.listen(0)?, net.server.listen(0)?);
    let mut conn = net.client.connect(at_server.addr())?;
    let mut accepted = at_server.accept()?;
    let mut block = net.client.block_with(&net.server, Policy::reset())?;
    let dials = [(&net.client, &at_server), (&net.server, &at_client)];
    for (from, to) in dials {
        for address in support::families::addresses(to) {
            let error = from.connect_within(address, SOON).expect_err("it is refused");
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{address}");
        }
    }
    conn.send(b"anybody?")?;
    assert_eq!(conn.recv().expect_err("it is reset").kind(), ErrorKind::ConnectionReset);
    accepted.send(b"anybody?")?;
    assert_eq!(accepted.recv().expect_err("it is reset").kind(), ErrorKind::ConnectionReset);

    block.swap(Policy::refuse(IcmpKind::HostUnreachable))?;
    for (from, to) in dials {
        let error = from.connect_within(to.addr(), SOON).expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::HostUnreachable);
    }
    block.unblock()?;
    net.client.connect(at_server.addr())?;
    net.server.connect(at_client.addr())?;
    Ok(())
}

#[netns_test]
fn sever_ends_the_connections_across_a_router(net: Routed) -> Result {
    let mut standing = connections(&net.client, &net.server)?;
    let _block = net.client.block_with(&net.server, Policy::sever(Notified::Both))?;
    for end in standing.iter_mut().flatten() {
        assert_eq!(end.recv().expect_err("it is gone").kind(), ErrorKind::ConnectionAborted);
    }
    assert!(net.client.sockets()?.state(TcpState::Established).is_empty());
    Ok(())
}

#[netns_test]
fn scopes_hold_across_a_router(net: Routed) -> Result {
    let (client, server) = (Post::of(&net.client)?, Post::of(&net.server)?);
    let mut standing = connections(&net.client, &net.server)?;
    let mut block = net.client.block_with(&net.server, Policy::drop().from_peer())?;
    passes(&client, &server)?;
    takes(&block, &server, &client)?;
    block.swap(Policy::drop().port(server.socket.addr().port()).udp().to_peer())?;
    takes(&block, &client, &server)?;
    passes(&server, &client)?;
    net.client.connect(net.server.listen(0)?.addr())?;
    block.swap(Policy::drop().tcp())?;
    passes(&client, &server)?;
    block.suspend(|| passes(&server, &client))??;

    block.swap(Policy::reset().existing_flows())?;
    standing[0][0].send(b"anybody?")?;
    let error = standing[0][0].recv().expect_err("it is one that existed");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    net.client.connect(net.server.listen(0)?.addr())?;
    Ok(())
}

/// A service address is that of the host which has it now, on this side of a router as on the other one.
#[netns_test]
fn a_block_follows_the_addresses_of_its_hosts(net: Net, sites: TwoSites) -> Result {
    let [one, other] = sites.east.each_ref().map(Post::of);
    let (one, other, west) = (one?, other?, Post::of(&sites.west[0])?);
    let service: IpAddr = "10.0.1.100".parse()?;
    assert!(one.host.links()[0].subnets()[0].contains(service));
    one.host.add_addr(service)?;
    let block = west.host.block(&one.host)?;
    takes(&block, &west, &one)?;
    net.move_addr(service, &one.host, &other.host)?;
    takes(&block, &west, &one)?;
    passes(&west, &other)?;
    net.move_addr(service, &other.host, &one.host)?;
    takes(&block, &west, &one)?;
    block.unblock()?;
    passes(&west, &one)?;

    // A router is known by its addresses on both sides.
    let far = Post::of(&sites.routers[1])?;
    let block = west.host.block(&far.host)?;
    far.host.add_addr("10.0.1.101".parse()?)?;
    takes(&block, &west, &far)?;
    takes(&block, &far, &west)?;
    block.unblock()?;
    passes(&west, &far)
}

/// One that a program takes is known at the host's own end of the way.
#[netns_test]
fn an_address_that_a_program_takes_is_its_hosts(net: Routed) -> Result {
    let (client, server) = (Post::of(&net.client)?, Post::of(&net.server)?);
    let block = net.client.block(&net.server)?;
    let address = Ipv4Addr::new(10, 0, 0, 77);
    net.client.run(|| add_ipv4("west", address))?;
    let beside = SocketAddr::new(address.into(), client.socket.addr().port());
    let before = block.packets();
    server.socket.send_to(b"taken", beside)?;
    eventually(SOON, || block.packets() == before + 1)?;
    block.unblock()?;
    server.socket.send_to(b"after", beside)?;
    client.gets_next("after", 1)
}

/// Two hosts on a LAN, one of which has another address behind a router.
#[netns_test]
fn a_way_around_their_link_is_cut_as_well(net: Net) -> Result {
    let lans = Topology::new()
        .lan("here", ["one", "both", "bystander"])
        .lan("there", ["both", "far"])
        .router("gate", ["here", "there"]);
    net.add_topology(&lans)?;
    let post = |name: &str| -> Result<Post> { Post::of(&net.host(name)?) };
    let (one, both, bystander, far) =
        (post("one")?, post("both")?, post("bystander")?, post("far")?);
    assert_eq!(both.host.links().len(), 2);
    passes(&one, &both)?;
    let block = one.host.block(&both.host)?;
    takes(&block, &one, &both)?;
    takes(&block, &both, &one)?;
    passes(&bystander, &both)?;
    passes(&one, &far)?;
    passes(&far, &both)?;
    block.unblock()?;
    passes(&one, &both)
}

#[netns_test]
fn hosts_without_a_way_are_refused_at_once(net: Net) -> Result {
    let apart = Topology::new()
        .lan("a", ["one"])
        .lan("b", ["two"])
        .lan("c", ["alone", "other"])
        .router("gate", ["a", "b"]);
    net.add_topology(&apart)?;
    let [one, two, alone] = ["one", "two", "alone"].map(|name| net.host(name));
    let (one, two, alone) = (one?, two?, alone?);
    one.block(&two)?.unblock()?;
    for (host, peer) in [(&one, &alone), (&alone, &two)] {
        let error = host.block(peer).expect_err("there is no way").to_string();
        assert!(error.contains("no link joins them and there is no route"), "{error}");
    }
    Ok(())
}

#[netns_test]
fn a_block_of_one_family_leaves_the_other_one_across_a_router(net: Routed) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let _block = net.client.block_with(&net.server, Policy::reset().ipv6())?;
    let listener = net.server.listen(0)?;
    net.client.connect(listener.addr())?;
    let error = net.client.connect_within(listener.addr_v6(), SOON).expect_err("it is refused");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}

/// A datagram that a router forwards is a packet of each link that it crosses, and the wire drops it where it
/// is taken: once, at the first of them.
#[netns_test]
fn a_capture_shows_where_on_the_way_a_packet_was_dropped(net: Net, hosts: Routed) -> Result {
    let (client, server) = (Post::of(&hosts.client)?, Post::of(&hosts.server)?);
    let to = SocketAddr::new(hosts.server.ipv4().into(), server.socket.addr().port());
    let block = hosts.client.block(&hosts.server)?;
    client.socket.send_to(b"taken", to)?;
    eventually(SOON, || block.packets() == 1)?;
    let port = to.port();
    eventually(SOON, || net.capture().is_ok_and(|all| all.port(port).dropped().len() == 1))?;
    let way = |all: Capture| -> Vec<(String, String)> {
        let hop = |packet: &Packet| {
            (packet.host().to_owned(), packet.receiver().unwrap_or("nobody").to_owned())
        };
        all.iter().map(hop).collect()
    };
    let hop = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(way(net.capture()?.port(port)), [hop("client", "router")]);
    block.unblock()?;
    client.socket.send_to(b"passes", to)?;
    assert_eq!(server.socket.recv_from()?.0, b"passes");
    let all = net.capture()?.port(port);
    let expected = [hop("client", "router"), hop("client", "router"), hop("router", "server")];
    assert_eq!(way(all.clone()), expected, "{all}");
    assert_eq!(all.dropped().len(), 1, "{all}");
    Ok(())
}

/// A wire on one of the links of the way, and a block between its ends: both are in effect, whichever was
/// first and whichever ends first.
#[netns_test]
fn a_wire_on_the_way_and_a_block_across_routers_are_both_in_effect(hosts: Routed) -> Result {
    const LATE: Duration = Duration::from_millis(50);
    let receiver = hosts.server.bind_udp(7000)?;
    let sender = hosts.client.bind_udp(0)?;
    for link in [&hosts.client.links()[0], &hosts.server.links()[0]] {
        for wire_first in [true, false] {
            for wire_ends_first in [true, false] {
                let delay = || link.impair(Impairment::delay(LATE));
                let early = wire_first.then(delay).transpose()?;
                let block = hosts.client.block(&hosts.server)?;
                let wire = match early {
                    Some(wire) => wire,
                    None => delay()?,
                };
                sender.send_to(b"blocked", receiver.addr())?;
                eventually(SOON, || block.packets() == 1)?;
                let begun = Instant::now();
                if wire_ends_first {
                    wire.lift()?;
                    block.unblock()?;
                    sender.send_to(b"passes", receiver.addr())?;
                    assert_eq!(receiver.recv_from()?.0, b"passes");
                } else {
                    block.unblock()?;
                    sender.send_to(b"late", receiver.addr())?;
                    assert_eq!(receiver.recv_from()?.0, b"late");
                    assert!(begun.elapsed() >= LATE);
                    wire.lift()?;
                }
            }
        }
    }
    Ok(())
}
