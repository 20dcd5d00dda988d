//! Many rules, many blocks, and when they end.

use super::*;

pub(crate) fn the_first_rule_that_matches_wins(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    let listener = server.listen(7000)?;
    let reset = Rule::input().tcp().reject_with(RejectWith::TcpReset);
    let drop = Rule::input().drop();
    let policy = Policy::firewall([reset.clone(), drop.clone()]).via(backend);
    let block = server.block_with(&client, policy)?;
    assert_eq!(client.connect(listener.addr()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    // The second rule is there as well, for what the first one does not match.
    Way::new(&client, &server, false)?.vanishes(&[&block]);
    block.unblock()?;

    let block = server.block_with(&client, Policy::firewall([drop, reset]).via(backend))?;
    assert_repeats_its_syn(&mut client.dial(listener.addr())?);
    block.unblock()?;
    Ok(())
}

pub(crate) fn a_later_block_stands_before_an_earlier_one(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    let listener = server.listen(7000)?;
    let reject =
        |kind| Policy::firewall([Rule::input().ipv4().tcp().reject_with(kind)]).via(backend);
    let earlier = server.block_with(&client, reject(IcmpKind::ProtoUnreachable))?;
    let later = server.block_with(&client, reject(IcmpKind::NetUnreachable))?;
    // As `iptables -I`, which puts a rule before all others.
    let error = client.connect(listener.addr()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENETUNREACH), "{error}");
    assert_eq!(earlier.packets(), 0);
    later.unblock()?;
    let error = client.connect(listener.addr()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOPROTOOPT), "{error}");
    earlier.unblock()?;
    client.connect_within(listener.addr(), AT_ONCE)?;
    Ok(())
}

pub(crate) fn blocks_of_all_kinds_stack_and_come_off_in_any_order(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    let ways = Way::all(&client, &server)?;
    let input = || Policy::firewall([Rule::input().udp().drop()]).via(backend);
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut blocks = [
            Some(server.block_with(&client, input())?),
            Some(client.block(&server)?),
            Some(server.block_with(&client, input())?),
        ];
        for lifted in order {
            for way in &ways {
                way.vanishes(&blocks.iter().flatten().collect::<Vec<_>>());
            }
            blocks[lifted].take().unwrap().unblock()?;
        }
        for way in &ways {
            way.passes();
        }
    }
    Ok(())
}

pub(crate) fn a_rule_is_about_one_peer_only(backend: Backend, a: Host, b: Host, c: Host) -> Result {
    let rules = [Rule::input().udp().drop(), Rule::output().udp().drop()];
    let block = a.block_with(&b, Policy::firewall(rules).via(backend))?;
    for way in [Way::all(&a, &c)?, Way::all(&c, &a)?, Way::all(&b, &c)?].iter().flatten() {
        way.passes();
    }
    assert_eq!(block.packets(), 0);
    for (way, back) in Way::all(&b, &a)?.iter().zip(&Way::all(&a, &b)?) {
        way.vanishes(&[&block]);
        back.is_not_permitted();
    }
    block.unblock()?;
    Ok(())
}

pub(crate) fn every_address_of_the_peer_is_meant(
    backend: Backend,
    net: Net,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    net.link("backup", &[&server, &client])?;
    let mut way = Way::new(&client, &server, false)?;
    let rule = Rule::input().udp().drop();
    let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
    let port = way.to.port();
    for addr in server.addrs() {
        // The address of the sender is the one on the same link.
        way.to = (addr, port).into();
        way.vanishes(&[&block]);
    }
    assert_eq!(block.packets(), 4);
    block.unblock()?;
    for addr in server.addrs() {
        way.to = (addr, port).into();
        way.passes();
    }
    Ok(())
}

pub(crate) fn a_block_of_many_rules_is_one(backend: Backend, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    // As many as somebody would type; the kernel acknowledges each of its lines.
    let many = (0..MANY[usize::from(backend != Backend::Nftables)])
        .map(|at| Rule::input().tcp().dport(10_000 + at).drop());
    let last = Rule::input().udp().drop();
    let policy = Policy::firewall(many.chain([last])).via(backend);
    let way = Way::new(&client, &server, true)?;
    let block = server.block_with(&client, policy)?;
    way.vanishes(&[&block]);
    block.unblock()?;
    way.passes();
    Ok(())
}

/// Rules of a block of many, over netlink and by a program that is started for each.
const MANY: [u16; 2] = [100, 10];

pub(crate) fn an_idle_connection_is_not_counted_and_a_guard_that_is_dropped_lifts(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    let listener = server.listen(7000)?;
    let mut conn: Connection = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let rule = Rule::input().tcp().drop();
    let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
    assert_eq!(block.packets(), 0, "nothing was sent");
    drop(block);
    conn.send(b"hello")?;
    assert_eq!(accepted.recv()?, b"hello");
    assert_eq!(conn.info()?.total_retrans, 0, "nothing had to be repeated");
    Ok(())
}

pub(crate) fn a_block_that_is_kept_stays(backend: Backend, server: Host, client: Host) -> Result {
    let policy = || Policy::firewall([Rule::output().udp().drop()]).via(backend);
    server.block_with(&client, policy())?.keep();
    server.block_with(&client, policy())?.unblock()?;
    for way in Way::all(&server, &client)? {
        way.is_not_permitted();
    }
    Ok(())
}
