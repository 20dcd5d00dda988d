//! Blocks across routers that translate.

use std::io::ErrorKind;
use std::net::SocketAddr;

use netns_test::{
    BehindNat, Nat, Notified, Policy, Result, Routed, Rule, TwoSites, eventually, netns_test,
};

use super::post::{Post, SOON, passes, takes};

/// Whoever sends first, in a flow that exists and in a new one.
#[netns_test]
fn hosts_are_cut_off_from_each_other_across_a_nat(net: BehindNat) -> Result {
    let inside = net.client.listen(7000)?;
    let nat = Nat::masquerade().forward_port(8000, &net.client, 7000);
    net.router.set_nat(&net.outside, nat)?;
    let forwarded = SocketAddr::new(net.outside.addrs(&net.router)[0], 8000);
    let outside = net.server.listen(0)?;
    let post = net.server.bind_udp(9000)?;
    let outbox = net.client.bind_udp(0)?;
    outbox.send_to(b"before", post.addr())?;
    let (_, seen_as) = post.recv_from()?;
    assert_eq!(seen_as.ip(), forwarded.ip());

    for (host, peer) in [(&net.client, &net.server), (&net.server, &net.client)] {
        let mut conn = net.client.connect(outside.addr())?;
        let mut accepted = outside.accept()?;
        let block = host.block(peer)?;
        let sends: [&dyn Fn() -> Result; 4] = [
            &|| Ok(outbox.send_to(b"taken", post.addr())?),
            &|| Ok(net.client.bind_udp(0)?.send_to(b"taken", post.addr())?),
            &|| Ok(post.send_to(b"taken", seen_as)?),
            // A new flow, which the router leads to the client.
            &|| Ok(net.server.bind_udp(0)?.send_to(b"taken", forwarded)?),
        ];
        for send in sends {
            let before = block.packets();
            send()?;
            eventually(SOON, || block.packets() == before + 1)?;
        }
        let _dials = [net.client.dial(outside.addr())?, net.server.dial(forwarded)?];
        let before = block.packets();
        conn.send(b"after")?;
        accepted.send(b"after")?;
        eventually(SOON, || block.packets() >= before + 2)?;
        block.unblock()?;
        assert_eq!((conn.recv()?, accepted.recv()?), (b"after".to_vec(), b"after".to_vec()));
        outbox.send_to(b"after", post.addr())?;
        assert_eq!(post.recv_from()?.0, b"after");
        net.server.connect(forwarded)?;
        inside.accept()?;
    }
    Ok(())
}

#[netns_test]
fn the_wire_answers_across_a_nat(net: BehindNat) -> Result {
    let inside = net.client.listen(7000)?;
    net.router.set_nat(&net.outside, Nat::symmetric().forward_port(8000, &net.client, 7000))?;
    let forwarded = SocketAddr::new(net.outside.addrs(&net.router)[0], 8000);
    let outside = net.server.listen(0)?;
    let mut conn = net.client.connect(outside.addr())?;
    let mut accepted = outside.accept()?;
    let block = net.server.block_with(&net.client, Policy::reset())?;
    accepted.send(b"anybody?")?;
    assert_eq!(accepted.recv().expect_err("it is reset").kind(), ErrorKind::ConnectionReset);
    conn.send(b"anybody?")?;
    assert_eq!(conn.recv().expect_err("it is reset").kind(), ErrorKind::ConnectionReset);
    for (from, to) in [(&net.client, outside.addr()), (&net.server, forwarded)] {
        let error = from.connect_within(to, SOON).expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{to}");
    }
    block.unblock()?;
    net.client.connect(outside.addr())?;
    net.server.connect(forwarded)?;
    inside.accept()?;
    Ok(())
}

/// Those whose sockets have the other one's address are known; of those that have the router's, nobody
/// knows whose they are.
#[netns_test]
fn what_a_host_cannot_know_of_one_behind_a_nat_is_refused(net: BehindNat) -> Result {
    let listener = net.server.listen(0)?;
    let mut conn = net.client.connect(listener.addr())?;
    for policy in [Policy::sever(Notified::Both), Policy::sever(Notified::Peer)] {
        let error = net.client.block_with(&net.server, policy).expect_err("it is not known");
        let cause = "`server` may see `client` under the address of `router`, which translates";
        assert!(error.to_string().contains(cause), "{error}");
    }
    let rules = Policy::firewall([Rule::input().drop()]);
    let error = net.server.block_with(&net.client, rules.clone()).expect_err("it hits nothing");
    assert!(error.to_string().contains("rules for its address match nothing"), "{error}");
    net.client.block_with(&net.server, rules)?.unblock()?;
    let _block = net.client.block_with(&net.server, Policy::sever(Notified::Host))?;
    assert_eq!(conn.recv().expect_err("it is gone").kind(), ErrorKind::ConnectionAborted);
    Ok(())
}

/// Two that are each behind a router that translates: nowhere on the way is there a packet that says whose
/// it is.
#[netns_test]
fn hosts_that_cannot_be_told_apart_are_refused_at_once(sites: TwoSites) -> Result {
    let [one, other] = &sites.routers;
    let transit = &one.links()[1];
    one.set_nat(transit, Nat::masquerade())?;
    sites.west[0].block(&sites.east[0])?.unblock()?;
    other.set_nat(transit, Nat::masquerade())?;
    let error = sites.west[0].block(&sites.east[0]).expect_err("nobody can").to_string();
    assert_eq!(
        error,
        "cannot block `east-1` from `west-1`: a packet between them may carry neither address: `west-router` translates sources, and `east-router` destinations\n\
         help: block each of them from the router beside it"
    );
    other.remove_nat()?;
    sites.west[0].block(&sites.east[0])?.unblock()?;
    Ok(())
}

/// Rules that a program of the router has made are found out.
#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
fn a_nat_of_a_routers_own_program_is_seen(net: Routed) -> Result {
    let iptables = |rule: &str| -> Result {
        let mut all = vec!["-t", "nat", "-A"];
        all.extend(rule.split(' '));
        assert!(net.router.command("iptables-nft").args(all).status()?.success(), "{rule}");
        Ok(())
    };
    iptables("POSTROUTING -o east -j MASQUERADE")?;
    let (client, server) = (Post::of(&net.client)?, Post::of(&net.server)?);
    let block = net.client.block(&net.server)?;
    takes(&block, &client, &server)?;
    block.unblock()?;
    passes(&client, &server)?;

    // From now on there is a way to the server by an address of the router, and the server does not see
    // who takes it.
    iptables("PREROUTING -i west -p udp --dport 7 -j DNAT --to-destination 10.0.1.1:9000")?;
    let error = net.client.block(&net.server).expect_err("nobody can see it").to_string();
    assert!(error.contains("`router` translates sources, and `router` destinations"), "{error}");
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
fn a_nat_of_the_old_iptables_is_seen(net: Routed) -> Result {
    let rule = "-t nat -A POSTROUTING -o east -j MASQUERADE".split(' ');
    assert!(net.router.command("iptables-legacy").args(rule).status()?.success());
    let error = net.client.block(&net.server).expect_err("nobody can see it").to_string();
    assert!(error.contains("`router` translates sources"), "{error}");
    Ok(())
}
