//! Refuse.

use super::*;

/// All dials run side by side, so that those of IPv6 which need a second SYN need it together.
#[netns_test]
fn each_kind_of_refuse_is_an_errno_of_its_own_in_both_directions() -> Result {
    let mut dials = Vec::new();
    for refusal in Refusal::all()? {
        let [server, client] = &refusal.hosts;
        let block = refusal.block()?;
        for (from, to) in [(client, server), (server, client)] {
            let listener = to.listen(7000)?;
            let dial = from.dial(family(&listener, refusal.ipv6))?;
            dials.push((dial, refusal.kind, refusal.errno, listener));
        }
        block.keep();
    }
    let kinds = if has_ipv6() { 7 + 6 } else { 7 };
    assert_eq!(dials.len(), 2 * kinds, "seven kinds of IPv4 and six of IPv6");
    for (mut dial, kind, errno, _listener) in dials {
        let to = dial.peer_addr();
        let error = dial.wait(SECOND_SYN).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(errno), "{kind} to {to}: {error}");
    }
    Ok(())
}

#[netns_test]
fn no_kind_of_refuse_breaks_an_established_connection() -> Result {
    let mut all = Vec::new();
    for refusal in Refusal::all()? {
        let [server, client] = &refusal.hosts;
        let listener = server.listen(7000)?;
        let dialled = client.connect(family(&listener, refusal.ipv6))?;
        let accepted = listener.accept()?;
        let block = refusal.block()?;
        all.push((refusal.kind, block, [dialled, accepted]));
    }
    // All at once, so that they wait together.
    for end in all.iter_mut().flat_map(|(_, _, ends)| ends) {
        end.send(b"sent during the block")?;
    }
    for (kind, _, ends) in &mut all {
        for end in ends {
            // Repeated, so each answer that could have broken it has come.
            eventually(LIMIT, || end.info().is_ok_and(|info| info.total_retrans >= 1))?;
            let info = end.info()?;
            assert_eq!(info.state, TcpState::Established, "{kind}");
            // It left this host and was refused on the wire: it is repeated, not probed for.
            assert!(info.unacked > 0 && info.notsent == 0 && info.probes == 0, "{kind} {info:?}");
            assert_hears_nothing(end);
        }
    }
    let mut waiting = Vec::new();
    for (_, block, ends) in all {
        block.unblock()?;
        waiting.push(ends);
    }
    for end in waiting.iter_mut().flatten() {
        assert_eq!(end.recv_exact(21)?, b"sent during the block");
    }
    Ok(())
}

/// The kernel passes an error on to a UDP socket if it is final (`icmp_err_convert` and
/// `icmpv6_err_convert`), and "host unreachable" and "net unreachable" are not: routes come back.
#[netns_test]
fn a_connected_udp_socket_is_told_by_the_kinds_that_are_final() -> Result {
    for refusal in Refusal::all()? {
        let (kind, ipv6) = (refusal.kind, refusal.ipv6);
        let hard = !matches!(kind, IcmpKind::HostUnreachable | IcmpKind::NetUnreachable);
        let [server, client] = &refusal.hosts;
        let block = refusal.block()?;
        for (from, to) in [(client, server), (server, client)] {
            let to = if ipv6 { (to.ipv6(), 9).into() } else { SocketAddr::from((to.ipv4(), 9)) };
            let mut asking = from.connect_udp(to)?;
            let before = block.packets();
            asking.send(b"anybody?")?;
            if hard {
                let error = asking.recv().unwrap_err();
                assert_eq!(error.raw_os_error(), Some(refusal.errno), "{kind} to {to}: {error}");
            } else {
                // The answer is made when the rule counts, and is there at once.
                eventually(LIMIT, || block.packets() > before)?;
                asking.set_deadline(Duration::from_millis(50));
                let error = asking.recv().unwrap_err();
                assert_eq!(error.raw_os_error(), None, "{kind} to {to}: {error}");
            }
        }
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn datagrams_are_refused_without_an_error_for_a_socket_that_is_not_connected(
    server: Host,
    client: Host,
) -> Result {
    let datagrams = Datagrams::between(&server, &client)?;
    let block = server.block_with(&client, Policy::refuse(IcmpKind::AdminProhibited))?;
    datagrams.vanish(&block);
    block.unblock()?;
    datagrams.pass();
    Ok(())
}

/// The kernel's own ICMP errors are limited to six in a row and one a second: most of these
/// dials would wait.
#[netns_test]
fn two_hundred_dials_in_a_row_get_two_hundred_answers(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let block = server.block_with(&client, Policy::refuse(IcmpKind::HostUnreachable))?;
    for number in 0..200 {
        let error = client.connect_within(listener.addr(), SECOND_SYN).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EHOSTUNREACH), "dial {number}: {error}");
    }
    if !has_ipv6() {
        return Ok(());
    }
    // Those of IPv6 may all need their second SYN, and wait for it together.
    let dials: Result<Vec<_>, _> = (0..200).map(|_| client.dial(listener.addr_v6())).collect();
    for (number, mut dial) in dials?.into_iter().enumerate() {
        let error = dial.wait(SECOND_SYN).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EHOSTUNREACH), "dial {number}: {error}");
    }
    assert!(block.packets() >= 400);
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_kind_of_one_family_leaves_the_other_alone(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let mut open = Vec::new();
    for (policy, ipv6) in [
        (Policy::refuse(IcmpKind::ProtoUnreachable).ipv4(), false),
        (Policy::refuse(IcmpKind::RejectRoute).ipv6(), true),
    ] {
        let block = client.block_with(&server, policy)?;
        // It stays open: what closes it would be counted by the next block.
        open.push(client.connect_within(family(&listener, !ipv6), AT_ONCE)?);
        assert_eq!(block.packets(), 0);
        assert!(client.connect_within(family(&listener, ipv6), SECOND_SYN).is_err());
        block.unblock()?;
    }
    Ok(())
}
