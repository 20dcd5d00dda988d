//! Reset.

use super::*;

#[netns_test]
fn reset_refuses_dials_at_once_in_both_directions(server: Host, client: Host) -> Result {
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    let mut open = Vec::new();
    for blocker in [&server, &client] {
        let peer = if blocker.name() == "server" { &client } else { &server };
        let block = blocker.block_with(peer, Policy::reset())?;
        for (from, listener) in [(&client, &listeners[0]), (&server, &listeners[1])] {
            for ipv6 in families() {
                let before = block.packets();
                let error = from.connect_within(family(listener, ipv6), AT_ONCE).unwrap_err();
                assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED), "{error}");
                // The SYN was refused, and the answer was neither counted nor answered.
                assert_eq!(block.packets(), before + 1);
            }
        }
        block.unblock()?;
        for (from, listener) in [(&client, &listeners[0]), (&server, &listeners[1])] {
            for ipv6 in families() {
                // It stays open: what closes it would be counted by the next block.
                open.push(from.connect_within(family(listener, ipv6), AT_ONCE)?);
            }
        }
    }
    Ok(())
}

#[netns_test]
fn reset_tells_whoever_sends_and_nobody_else(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    for blocker_sends in [false, true] {
        let connections = connections(&server, &client)?;
        let block = server.block_with(&client, Policy::reset())?;
        for [at_server, at_client] in connections {
            let (mut sender, mut other) =
                if blocker_sends { (at_server, at_client) } else { (at_client, at_server) };
            sender.send(b"the next segment")?;
            let begun = Instant::now();
            let reset = sender.recv().unwrap_err();
            assert_eq!(reset.raw_os_error(), Some(libc::ECONNRESET), "{reset}");
            assert!(begun.elapsed() < AT_ONCE, "after {:?}", begun.elapsed());
            let info = sender.info()?;
            assert_eq!((info.state, info.probes), (TcpState::Unconnected, 0), "{info:?}");
            // The other one has been told nothing, until it sends itself: the resets of one
            // direction are not swallowed by the rules of the other.
            assert_hears_nothing(&mut other);
            assert_eq!(state(&other), TcpState::Established);
            other.send(b"late")?;
            let reset = other.recv().unwrap_err();
            assert_eq!(reset.raw_os_error(), Some(libc::ECONNRESET), "{reset}");
        }
        assert!(block.packets() >= 8, "each end of four connections: {}", block.packets());
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn who_was_not_told_of_a_reset_learns_it_after_lifting(server: Host, client: Host) -> Result {
    let connections = connections(&server, &client)?;
    let block = client.block_with(&server, Policy::reset())?;
    let mut unaware = Vec::new();
    for [mut at_server, at_client] in connections {
        at_server.send(b"into the block")?;
        assert_eq!(at_server.recv().unwrap_err().raw_os_error(), Some(libc::ECONNRESET));
        unaware.push(at_client);
    }
    block.unblock()?;
    for mut end in unaware {
        assert_hears_nothing(&mut end);
        assert_eq!(state(&end), TcpState::Established, "lifting the block tells nobody anything");
        end.send(b"are you there?")?;
        // The peer's kernel has no such connection any more, and says so.
        assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNRESET));
    }
    Ok(())
}

#[netns_test]
fn a_connection_that_says_nothing_survives_a_reset_block(server: Host, client: Host) -> Result {
    let connections = connections(&server, &client)?;
    let block = client.block_with(&server, Policy::reset())?;
    assert_eq!(block.packets(), 0);
    block.unblock()?;
    for [mut at_server, mut at_client] in connections {
        at_server.send(b"hello")?;
        assert_eq!(at_client.recv()?, b"hello");
    }
    Ok(())
}

#[netns_test]
fn datagrams_vanish_under_reset_and_pass_under_a_reset_of_tcp(
    server: Host,
    client: Host,
) -> Result {
    let datagrams = Datagrams::between(&server, &client)?;
    let block = server.block_with(&client, Policy::reset())?;
    datagrams.vanish(&block);
    block.unblock()?;
    datagrams.pass();
    let block = server.block_with(&client, Policy::reset().tcp())?;
    datagrams.pass();
    assert_eq!(block.packets(), 0);
    block.unblock()?;
    Ok(())
}
