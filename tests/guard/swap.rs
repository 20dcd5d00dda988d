//! A block that becomes another one.

use super::*;

/// What a dial across a block ends with: an errno, or `None` for silence.
#[track_caller]
fn assert_dial(from: &Host, listener: &Listener, block: &Block, errno: Option<i32>) {
    for to in addresses(listener) {
        let before = block.packets();
        let mut dial = from.dial(to).unwrap();
        match errno {
            Some(errno) => {
                let error = dial.wait(SECOND_SYN).unwrap_err();
                assert_eq!(error.raw_os_error(), Some(errno), "{block}: {error}");
            }
            None => {
                eventually(LIMIT, || block.packets() > before).unwrap();
                assert_eq!(dial.info().unwrap().state, TcpState::SynSent, "{block}");
            }
        }
    }
}

#[netns_test]
fn a_swap_gives_the_block_another_effect(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    let mut block = server.block(&client)?;
    let refuse = Policy::refuse(IcmpKind::AdminProhibited).ipv4();
    let both = [Rule::input().reject(), Rule::output().drop()];
    for (policy, errno) in [
        (Policy::reset(), Some(libc::ECONNREFUSED)),
        (Policy::refuse(IcmpKind::NetUnreachable), Some(libc::ENETUNREACH)),
        (Policy::sever(Notified::Both), None),
        (Policy::reset().new_connections(), Some(libc::ECONNREFUSED)),
        (Policy::firewall(both), None),
        (Policy::refuse(IcmpKind::HostUnreachable), Some(libc::EHOSTUNREACH)),
        (Policy::drop(), None),
    ] {
        block.swap(policy.clone())?;
        assert_eq!(block.policy(), &policy);
        assert_dial(&client, &listeners[0], &block, errno);
        assert_dial(&server, &listeners[1], &block, errno);
    }
    // Also to less than it took before.
    block.swap(refuse)?;
    client.connect_within(listeners[0].addr_v6(), AT_ONCE)?;
    assert!(client.connect_within(listeners[0].addr(), SECOND_SYN).is_err());
    block.unblock()?;
    for listener in &listeners {
        let from = if listener.addr().ip() == server.ipv4() { &client } else { &server };
        from.connect_within(listener.addr(), AT_ONCE)?;
        from.connect_within(listener.addr_v6(), AT_ONCE)?;
    }
    Ok(())
}

#[netns_test]
fn a_swap_to_sever_ends_the_connections_that_a_drop_had_kept(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let mut block = server.block(&client)?;
    dialled.send(b"during the block")?;
    block.wait_for_hit(LIMIT)?;
    block.swap(Policy::sever(Notified::Host))?;
    assert_eq!(accepted.recv().unwrap_err().raw_os_error(), Some(libc::ECONNABORTED));
    assert_eq!(dialled.info()?.state, TcpState::Established);
    block.unblock()?;
    Ok(())
}

/// The flood goes on in every stage of each swap, and not one of its datagrams comes through.
/// Returns how many were sent, and the block.
fn no_gap(server: &Host, client: &Host, policies: &[Policy], swaps: usize) -> Result<(u64, Block)> {
    let way = Way::new(client, server)?;
    let (sent, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut block = server.block_with(client, policies[0].clone())?;
    thread::scope(|scope| -> Result {
        for to in way.to() {
            let (way, sent, stop) = (&way, &sent, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    if way.from.send_to(b"flood", to).is_ok() {
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let _stopping = Stop(&stop);
        for policy in policies.iter().cycle().skip(1).take(swaps) {
            // It runs, and meets the block as it is now.
            block.wait_for_hit(LIMIT)?;
            block.swap(policy.clone())?;
        }
        block.wait_for_hit(LIMIT)?;
        Ok(())
    })?;
    assert!(way.at.recv_from().is_err(), "one came through");
    let sent = sent.into_inner();
    // None is counted twice. A firewall takes the questions for a neighbour as well, which are ICMPv6.
    let asked = client.capture()?.with_housekeeping().icmp().from(client).len() as u64;
    let taken = taken_by(server, &block)?;
    assert!(taken <= sent + asked, "{taken} of {sent}, and {asked} of the kernel's own");
    Ok((sent, block))
}

/// What the rules of one host have counted. While `refuse` is swapped, the answers of the one may
/// meet the `drop` of the other: those are no datagrams of the flood.
fn taken_by(host: &Host, block: &Block) -> Result<u64> {
    let counters = block.counters()?;
    let of_host = counters.iter().filter(|counter| counter.host == host.name());
    Ok(of_host.map(|counter| counter.packets).sum())
}

fn policies_of_the_wire() -> [Policy; 4] {
    let refuse = Policy::refuse(IcmpKind::PortUnreachable);
    [Policy::drop(), refuse, Policy::reset(), Policy::drop().udp()]
}

#[netns_test]
fn not_one_datagram_passes_during_a_swap(server: Host, client: Host) -> Result {
    let (_, block) = no_gap(&server, &client, &policies_of_the_wire(), 50)?;
    block.unblock()?;
    Way::new(&client, &server)?.passes();
    Ok(())
}

#[netns_test]
fn not_one_datagram_passes_during_a_swap_from_the_wire_to_a_firewall_and_back(
    server: Host,
    client: Host,
) -> Result {
    let firewall = Policy::firewall([Rule::input().drop()]);
    let rejects = Policy::firewall([Rule::input().udp().reject()]);
    let policies = [Policy::drop(), firewall, Policy::reset(), rejects];
    let (_, block) = no_gap(&server, &client, &policies, 50)?;
    block.unblock()?;
    Way::new(&client, &server)?.passes();
    Ok(())
}

#[netns_test]
fn each_datagram_during_a_swap_is_counted(server: Host, client: Host) -> Result {
    let (sent, block) = no_gap(&server, &client, &policies_of_the_wire(), 50)?;
    let all = eventually(LIMIT, || taken_by(&server, &block).is_ok_and(|taken| taken == sent));
    assert!(all.is_ok(), "{} of {sent}", taken_by(&server, &block)?);
    block.unblock()?;
    Ok(())
}

/// To a client that dials all the time, a swap between policies that both refuse is a refusal.
#[netns_test]
fn every_dial_during_a_swap_is_refused(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut block = server.block_with(&client, Policy::reset())?;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| -> Result {
        let dialling = scope.spawn(|| {
            let mut dials = 0;
            while !stop.load(Ordering::Relaxed) {
                let error = client.connect_within(listener.addr(), AT_ONCE).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "dial {dials}: {error}");
                dials += 1;
            }
            dials
        });
        let stopping = Stop(&stop);
        for policy in [Policy::reset().tcp(), Policy::reset()].into_iter().cycle().take(50) {
            block.wait_for_hit(LIMIT)?;
            block.swap(policy)?;
        }
        drop(stopping);
        assert!(dialling.join().unwrap() >= 50);
        Ok(())
    })?;
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn what_was_counted_before_a_swap_is_kept(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let mut block = server.block(&client)?;
    let each = families().count() as u64;
    for (number, policy) in policies().into_iter().cycle().skip(1).take(12).enumerate() {
        way.is_blocked_by(&block);
        assert_eq!(block.packets(), each * (number as u64 + 1));
        block.swap(policy)?;
        // A swap itself is not counted.
        assert_eq!(block.packets(), each * (number as u64 + 1));
    }
    way.is_blocked_by(&block);
    assert_eq!(block.packets(), each * 13);
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_swap_that_is_refused_leaves_the_block_as_it_was(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let mut block = server.block(&client)?;
    for (policy, reason) in [
        (Policy::reset().udp(), "only TCP has resets: use `drop` or `refuse` for other protocols"),
        (Policy::reset().existing_flows(), "there is no connection between them now"),
        (Policy::firewall([]), "a firewall without rules blocks nothing"),
    ] {
        way.is_blocked_by(&block);
        let counted = block.counters()?;
        let since = block.in_effect_at();
        let refused = block.swap(policy).unwrap_err();
        assert!(refused.to_string().ends_with(reason), "{refused}");
        assert_eq!(block.policy(), &Policy::drop());
        assert_eq!(block.counters()?, counted);
        assert_eq!(block.in_effect_at(), since);
        way.is_blocked_by(&block);
    }
    block.unblock()?;
    way.passes();
    Ok(())
}

#[netns_test]
fn a_swapped_block_stacks_with_others(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let other = client.block(&server)?;
    for policy in policies() {
        let mut block = server.block(&client)?;
        block.swap(policy)?;
        block.swap(Policy::drop().tcp())?;
        way.is_blocked_by(&other);
        block.unblock()?;
    }
    other.unblock()?;
    way.passes();
    Ok(())
}
