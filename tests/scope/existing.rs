//! Flows that exist.

use super::*;

#[netns_test]
fn existing_flows_fall_silent_and_new_handshakes_pass(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let mut open = Vec::new();
    for policy in [Policy::drop(), Policy::refuse(IcmpKind::AdminProhibited)] {
        let mut old = stage.connections()?;
        let block = server.block_with(&client, policy.existing_flows())?;
        let mut new = stage.connections()?;
        stage.assert_datagrams(&block, |_| false);
        for [here, there] in &mut old {
            here.send(b"lost")?;
            there.send(b"lost")?;
        }
        for end in old.iter_mut().flatten() {
            eventually(LIMIT, || end.info().is_ok_and(|info| info.total_retrans >= 1))?;
            assert_eq!(end.info()?.state, TcpState::Established);
            assert_hears_nothing(end);
        }
        new.iter_mut().for_each(assert_alive);
        assert!(block.packets() >= 8, "each end of four connections: {}", block.packets());
        block.unblock()?;
        for end in old.iter_mut().flatten() {
            assert_eq!(end.recv_exact(4)?, b"lost");
        }
        // They stay open: what closes them would be counted by the next block.
        open.extend(old.into_iter().chain(new));
    }
    Ok(())
}

#[netns_test]
fn existing_flows_are_reset_and_new_ones_are_not(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    for server_blocks in [true, false] {
        let old = stage.connections()?;
        let [blocker, peer] = if server_blocks { [&server, &client] } else { [&client, &server] };
        let block = blocker.block_with(peer, Policy::reset().existing_flows())?;
        for mut end in old.into_iter().flatten() {
            assert_reset(&mut end);
        }
        stage.connections()?.iter_mut().for_each(assert_alive);
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn existing_flows_are_severed_and_new_ones_are_not(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let old = stage.connections()?;
    let block = server.block_with(&client, Policy::sever(Notified::Both).existing_flows())?;
    for mut end in old.into_iter().flatten() {
        assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNABORTED));
    }
    stage.connections()?.iter_mut().for_each(assert_alive);
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn existing_flows_can_be_those_of_one_port_or_family(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listeners = [server.listen(7000)?, server.listen(7001)?];
    for (scope, takes_port, takes_ipv6) in [
        (Policy::reset().existing_flows().port(7000), Some(7000), None),
        (Policy::reset().existing_flows().ipv6(), None, Some(true)),
        (Policy::reset().existing_flows().ipv4().port(7001), Some(7001), Some(false)),
    ] {
        let mut old = Vec::new();
        for ipv6 in families() {
            for listener in &listeners {
                let dialled = client.connect(family(listener, ipv6))?;
                old.push([dialled, listener.accept()?]);
            }
        }
        let block = client.block_with(&server, scope)?;
        for mut ends in old {
            let to = ends[0].peer_addr();
            let is_blocked = takes_port.is_none_or(|port| port == to.port())
                && takes_ipv6.is_none_or(|ipv6| ipv6 == to.is_ipv6());
            if is_blocked {
                ends.iter_mut().for_each(assert_reset);
            } else {
                assert_alive(&mut ends);
            }
        }
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn without_a_connection_there_are_no_existing_flows(
    server: Host,
    client: Host,
    third: Host,
) -> Result {
    // One that only listens, and one with somebody else, are none.
    let listener = server.listen(7000)?;
    let _other = third.connect(listener.addr())?;
    let refused = server.block_with(&client, Policy::drop().existing_flows()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot block `client` from `server` by drop (existing flows): there is no connection \
         between them now"
    );
    let _one = client.connect(listener.addr())?;
    let policy = Policy::reset().existing_flows().port(9);
    let refused = server.block_with(&client, policy).unwrap_err();
    assert!(refused.to_string().ends_with("there is no connection between them now"), "{refused}");
    Stage::new(&server, &client)?.assert_open()
}
