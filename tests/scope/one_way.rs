//! One way, for TCP.

use super::*;

/// What passes is not acknowledged.
#[netns_test]
fn a_drop_one_way_acts_on_connections_both_ways(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    for (policy, from_peer) in
        [(Policy::drop().from_peer(), true), (Policy::drop().to_peer(), false)]
    {
        let mut connections = stage.connections()?;
        let block = server.block_with(&client, policy)?;
        for (from, listener) in [(&client, &listeners[0]), (&server, &listeners[1])] {
            for ipv6 in families() {
                let before = block.packets();
                let mut dial = from.dial(family(listener, ipv6))?;
                assert_stays_syn_sent(&mut dial, &block, before);
            }
        }
        for [at_server, at_client] in &mut connections {
            let (blocked, open) =
                if from_peer { (at_client, at_server) } else { (at_server, at_client) };
            assert_silent(blocked, open);
            open.send(b"passes")?;
            assert_eq!(blocked.recv_exact(6)?, b"passes");
            // The other end has it, and cannot say so.
            let repeats = || open.info().is_ok_and(|info| info.total_retrans >= 1);
            eventually(LIMIT, repeats)?;
            assert!(open.info()?.unacked > 0);
        }
        block.unblock()?;
        for [at_server, at_client] in &mut connections {
            let open = if from_peer { at_server } else { at_client };
            assert_eq!(open.recv_exact(4)?, b"lost");
        }
    }
    Ok(())
}

#[netns_test]
fn a_reset_one_way_tells_the_side_whose_packets_it_takes(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    for (policy, from_peer) in
        [(Policy::reset().from_peer(), true), (Policy::reset().to_peer(), false)]
    {
        let connections = stage.connections()?;
        let block = server.block_with(&client, policy)?;
        let dials = [(&client, &listeners[0]), (&server, &listeners[1])];
        let [(resets, resetting), (silent, to)] =
            if from_peer { dials } else { [dials[1], dials[0]] };
        for ipv6 in families() {
            let error = resets.connect_within(family(resetting, ipv6), AT_ONCE).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED), "{error}");
            // Its SYN arrives; the answer is reset, which is told to the one that answered.
            let before = block.packets();
            let mut dial = silent.dial(family(to, ipv6))?;
            assert_stays_syn_sent(&mut dial, &block, before);
        }
        for [at_server, at_client] in connections {
            let (mut told, mut unaware) =
                if from_peer { (at_client, at_server) } else { (at_server, at_client) };
            unaware.send(b"passes")?;
            // The data arrives; its acknowledgement is answered by a reset.
            let mut heard = told.recv();
            if heard.as_ref().is_ok_and(|bytes| bytes == b"passes") {
                heard = told.recv();
            }
            assert_eq!(heard.unwrap_err().raw_os_error(), Some(libc::ECONNRESET));
            assert_hears_nothing(&mut unaware);
            assert_eq!(unaware.info()?.state, TcpState::Established);
        }
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn a_refuse_one_way_tells_the_side_whose_packets_it_takes(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    let refuse = || Policy::refuse(IcmpKind::NetUnreachable);
    for (policy, from_peer) in [(refuse().from_peer(), true), (refuse().to_peer(), false)] {
        let connections = stage.connections()?;
        let block = server.block_with(&client, policy)?;
        let dials = [(&client, &listeners[0]), (&server, &listeners[1])];
        let [(told, refusing), (silent, to)] = if from_peer { dials } else { [dials[1], dials[0]] };
        for ipv6 in families() {
            let before = block.packets();
            let mut dial = silent.dial(family(to, ipv6))?;
            assert_stays_syn_sent(&mut dial, &block, before);
            let error = told.connect_within(family(refusing, ipv6), SECOND_SYN).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ENETUNREACH), "{error}");
        }
        for [mut at_server, mut at_client] in connections {
            let (blocked, open) = if from_peer {
                (&mut at_client, &mut at_server)
            } else {
                (&mut at_server, &mut at_client)
            };
            assert_silent(blocked, open);
        }
        block.unblock()?;
    }
    Ok(())
}
