//! New connections.

use super::*;

#[netns_test]
fn new_connections_are_blocked_and_old_ones_live_on(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    let mut connections = stage.connections()?;
    for (policy, errno) in [
        (Policy::drop(), None),
        (Policy::reset(), Some(libc::ECONNREFUSED)),
        (Policy::refuse(IcmpKind::HostUnreachable), Some(libc::EHOSTUNREACH)),
    ] {
        let block = server.block_with(&client, policy.new_connections())?;
        let mut dials = Vec::new();
        for (from, listener) in [(&client, &listeners[0]), (&server, &listeners[1])] {
            for ipv6 in families() {
                let before = block.packets();
                let mut dial = from.dial(family(listener, ipv6))?;
                match errno {
                    None => assert_stays_syn_sent(&mut dial, &block, before),
                    Some(errno) => dials.push((dial, errno)),
                }
            }
        }
        for (mut dial, errno) in dials {
            let error = dial.wait(SECOND_SYN).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(errno), "{block}: {error}");
        }
        let before = block.packets();
        connections.iter_mut().for_each(assert_alive);
        stage.assert_datagrams(&block, |_| false);
        assert_eq!(block.packets(), before, "{block}");
        block.unblock()?;
    }
    stage.assert_open()
}

#[netns_test]
fn new_connections_from_the_peer_are_those_that_it_dials(server: Host, client: Host) -> Result {
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    for ipv6 in families() {
        let block = server.block_with(&client, Policy::reset().new_connections().from_peer())?;
        assert!(client.connect_within(family(&listeners[0], ipv6), AT_ONCE).is_err());
        server.connect_within(family(&listeners[1], ipv6), AT_ONCE)?;
        block.unblock()?;
        let block = server.block_with(&client, Policy::reset().new_connections().to_peer())?;
        assert!(server.connect_within(family(&listeners[1], ipv6), AT_ONCE).is_err());
        client.connect_within(family(&listeners[0], ipv6), AT_ONCE)?;
        block.unblock()?;
        // Of one service only.
        let policy = Policy::reset().new_connections().dport(7001);
        let block = server.block_with(&client, policy)?;
        client.connect_within(family(&listeners[0], ipv6), AT_ONCE)?;
        block.unblock()?;
    }
    Ok(())
}
