//! What one rule does.

use super::*;

pub(crate) fn each_answer_is_the_errno_of_connect(backend: Backend) -> Result {
    assert!(REFUSALS.iter().map(|(kind, ..)| kind).eq(IcmpKind::ALL), "all kinds are here");
    let icmp = REFUSALS.map(|(kind, v4, v6)| (RejectWith::from(kind), v4, v6));
    let refused = Some(libc::ECONNREFUSED);
    let mut dials = Vec::new();
    for (kind, v4, v6) in icmp.into_iter().chain([(RejectWith::TcpReset, refused, refused)]) {
        for (errno, ipv6) in [v4, v6].into_iter().zip(families()) {
            let Some(errno) = errno else { continue };
            // Two hosts for each: a host sends only so many errors to the same peer (ICMP's limit
            // of six and then one a second), and the last ones would be late.
            let [server, client] = Net::new().hosts(["server", "client"])?;
            let listener = server.listen(7000)?;
            let rule = Rule::input().tcp().reject_with(kind);
            let rule = if ipv6 { rule.ipv6() } else { rule.ipv4() };
            let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
            let dial = client.dial(family(&listener, ipv6))?;
            dials.push((kind, errno, listener, block, dial));
        }
    }
    for (kind, errno, _listener, block, mut dial) in dials {
        // An error may meet the dialler's socket while it is in use, and then counts only when
        // the SYN is repeated after a second; with IPv6 it always does. They run side by side.
        let error = dial.wait(LIMIT).unwrap_err();
        let to = dial.peer_addr();
        assert_eq!(error.raw_os_error(), Some(errno), "{kind} of {to}: {error}");
        assert!(block.packets() >= 1);
    }
    Ok(())
}

pub(crate) fn a_reset_refuses_at_once(backend: Backend, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let rule = Rule::input().tcp().reject_with(RejectWith::TcpReset);
    let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
    for addr in addresses(&listener) {
        let begun = Instant::now();
        let error = client.connect(addr).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED), "{addr}: {error}");
        // Before the SYN could be repeated: the first one was answered, and that was seen.
        assert!(begun.elapsed() < AT_ONCE, "{addr}: {:?}", begun.elapsed());
    }
    assert_eq!(block.packets(), 2);
    block.unblock()?;
    for addr in addresses(&listener) {
        client.connect_within(addr, AT_ONCE)?;
    }
    Ok(())
}

pub(crate) fn a_drop_in_input_stops_what_comes(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    meet(&server, &client)?;
    let listener = server.listen(7000)?;
    let mut conn = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let (there, back) = (Way::all(&client, &server)?, Way::all(&server, &client)?);
    let policy = Policy::firewall([Rule::input().drop()]).via(backend);
    let block = server.block_with(&client, policy)?;
    for (there, back) in there.iter().zip(&back) {
        there.vanishes(&[&block]);
        back.passes();
    }
    let dials: Vec<_> = addresses(&listener).into_iter().map(|addr| client.dial(addr)).collect();
    conn.send(b"sent during the block")?;
    for dial in dials {
        assert_repeats_its_syn(&mut dial?);
    }
    let info = conn.info()?;
    assert_eq!(info.state, TcpState::Established);
    assert!(info.retransmits >= 2 && info.unacked > 0, "lost on its way: {info:?}");
    block.unblock()?;
    assert_eq!(accepted.recv()?, b"sent during the block");
    Ok(())
}

pub(crate) fn a_drop_in_output_is_told_to_udp_and_hidden_by_tcp(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    meet(&server, &client)?;
    let listener = server.listen(7000)?;
    let mut connections = Vec::new();
    for addr in addresses(&listener) {
        connections.push([client.connect(addr)?, listener.accept()?]);
    }
    let (there, back) = (Way::all(&client, &server)?, Way::all(&server, &client)?);
    let policy = Policy::firewall([Rule::output().drop()]).via(backend);
    let block = client.block_with(&server, policy)?;
    for (there, back) in there.iter().zip(&back) {
        there.is_not_permitted();
        back.passes();
    }
    assert_eq!(block.packets(), families().count() as u64, "a datagram of each family");
    let dials: Vec<_> = addresses(&listener).into_iter().map(|addr| client.dial(addr)).collect();
    for [dialled, _] in &mut connections {
        dialled.send(b"sent during the block")?;
    }
    for dial in dials {
        // Tried again and again, and nobody is told.
        assert_repeats_its_syn(&mut dial?);
    }
    for [dialled, _] in &connections {
        let info = dialled.info()?;
        assert_eq!(info.state, TcpState::Established);
        // Never sent, as TCP sees it: it probes, and does not retransmit.
        assert!(info.unacked == 0 && info.notsent > 0 && info.total_retrans == 0, "{info:?}");
    }
    block.unblock()?;
    for [_, accepted] in &mut connections {
        assert_eq!(accepted.recv()?, b"sent during the block");
    }
    Ok(())
}

pub(crate) fn a_limit_to_a_protocol_lets_the_others_pass(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    meet(&server, &client)?;
    let listener = server.listen(7000)?;
    let ways = Way::all(&client, &server)?;
    let block_by = |rule: Rule| {
        let rule = if rule == Rule::input().tcp() {
            rule.reject_with(RejectWith::TcpReset)
        } else {
            rule.drop()
        };
        server.block_with(&client, Policy::firewall([rule]).via(backend))
    };

    let block = block_by(Rule::input().tcp())?;
    for (addr, way) in addresses(&listener).into_iter().zip(&ways) {
        assert_eq!(client.connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        way.passes();
    }
    assert_eq!(block.packets(), 2);
    block.unblock()?;

    let block = block_by(Rule::input().udp())?;
    for (addr, way) in addresses(&listener).into_iter().zip(&ways) {
        client.connect_within(addr, AT_ONCE)?;
        way.vanishes(&[&block]);
    }
    assert_eq!(block.packets(), 2);
    block.unblock()?;
    Ok(())
}

/// The answer of a closed UDP port is ICMP: with a rule about ICMP it never comes, and all else
/// does.
pub(crate) fn a_limit_to_icmp_stops_errors_only(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    meet(&server, &client)?;
    let listener = server.listen(7000)?;
    let ways = Way::all(&client, &server)?;
    let closed = |ipv6: bool| -> Result<UdpConnection> {
        let to = server.addrs().into_iter().find(|addr| addr.is_ipv6() == ipv6).unwrap();
        let mut closed = client.connect_udp((to, 9))?;
        closed.send(b"anybody?")?;
        closed.set_deadline(Duration::ZERO);
        Ok(closed)
    };
    let policy = Policy::firewall([Rule::input().icmp().drop()]).via(backend);
    let block = client.block_with(&server, policy)?;
    for ipv6 in families() {
        let before = block.packets();
        let asking = closed(ipv6)?;
        eventually(LIMIT, || block.packets() > before)?;
        assert_eq!(asking.recv().unwrap_err().kind(), ErrorKind::TimedOut);
        ways[usize::from(ipv6)].passes();
        client.connect_within(family(&listener, ipv6), AT_ONCE)?;
    }
    block.unblock()?;
    for ipv6 in families() {
        let asking = closed(ipv6)?;
        eventually(LIMIT, || match asking.recv() {
            Err(error) => error.kind() == ErrorKind::ConnectionRefused,
            Ok(_) => false,
        })?;
    }
    Ok(())
}

pub(crate) fn a_limit_to_a_port_lets_the_others_pass(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let (blocked, free) = (server.listen(7000)?, server.listen(7001)?);
    let reset = |rule: Rule| rule.tcp().reject_with(RejectWith::TcpReset);
    // `--dport` in INPUT: the port here. `--sport` in OUTPUT: the same port, on the way back.
    let to_the_port = reset(Rule::input()).dport(7000);
    let from_the_port = reset(Rule::output()).sport(7000);
    for (host, peer, rule) in
        [(&server, &client, to_the_port), (&client, &server, reset(Rule::output()).dport(7000))]
    {
        let block = host.block_with(peer, Policy::firewall([rule]).via(backend))?;
        for addr in addresses(&blocked) {
            assert_eq!(client.connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        }
        for addr in addresses(&free) {
            client.connect_within(addr, AT_ONCE)?;
        }
        assert_eq!(block.packets(), 2);
        block.unblock()?;
    }
    // What leaves port 7000 is the answer to a SYN; the client waits for it in vain.
    let rule = from_the_port.drop();
    let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
    let dials: Vec<_> = addresses(&blocked).into_iter().map(|addr| client.dial(addr)).collect();
    for addr in addresses(&free) {
        client.connect_within(addr, AT_ONCE)?;
    }
    for dial in dials {
        assert_repeats_its_syn(&mut dial?);
    }
    block.unblock()?;
    Ok(())
}

pub(crate) fn a_limit_to_a_port_of_udp_is_one_to_udp(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    for ipv6 in families() {
        let (blocked, free) =
            (Way::new(&client, &server, ipv6)?, Way::new(&client, &server, ipv6)?);
        // The number of the port is the same for TCP.
        let listener = server.listen(blocked.to.port())?;
        for rule in [
            Rule::input().udp().dport(blocked.to.port()),
            Rule::input().udp().sport(blocked.from.addr().port()),
        ] {
            let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
            blocked.vanishes(&[&block]);
            free.passes();
            client.connect_within(family(&listener, ipv6), AT_ONCE)?;
            block.unblock()?;
            blocked.passes();
        }
    }
    Ok(())
}

pub(crate) fn a_limit_to_a_family_lets_the_other_pass(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let [v4, v6] = [Way::new(&client, &server, false)?, Way::new(&client, &server, true)?];
    let input = || Rule::input().udp().drop();
    let block = server.block_with(&client, Policy::firewall([input().ipv4()]).via(backend))?;
    v4.vanishes(&[&block]);
    v6.passes();
    block.unblock()?;
    let block = server.block_with(&client, Policy::firewall([input().ipv6()]).via(backend))?;
    v4.passes();
    v6.vanishes(&[&block]);
    block.unblock()?;
    for way in [v4, v6] {
        way.passes();
    }
    Ok(())
}

pub(crate) fn a_reset_in_output_hits_its_own_host_only(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let mut connections = Vec::new();
    for addr in addresses(&listener) {
        connections.push([client.connect(addr)?, listener.accept()?]);
    }
    let rule = Rule::output().tcp().reject_with(RejectWith::TcpReset);
    let block = client.block_with(&server, Policy::firewall([rule]).via(backend))?;
    for [dialled, accepted] in &mut connections {
        let begun = Instant::now();
        // The reset may be there before `send` returns, or a moment later.
        let error = dialled.send(b"the next segment").and_then(|()| dialled.recv()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        assert!(begun.elapsed() < AT_ONCE, "the reset took {:?}", begun.elapsed());
        assert_eq!(accepted.info()?.state, TcpState::Established, "the peer knows nothing");
        accepted.set_deadline(Duration::ZERO);
        assert_eq!(accepted.recv().unwrap_err().kind(), ErrorKind::TimedOut);
    }
    assert_eq!(block.packets(), 2, "one segment each");
    block.unblock()?;
    Ok(())
}
