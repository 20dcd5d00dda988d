//! Ports, for TCP.

use super::*;

#[netns_test]
fn a_port_is_that_of_a_service_in_both_directions(server: Host, client: Host) -> Result {
    let (blocked, open) = (server.listen(7000)?, server.listen(7001)?);
    let mut old = Vec::new();
    for ipv6 in families() {
        for listener in [&blocked, &open] {
            old.push([client.connect(family(listener, ipv6))?, listener.accept()?]);
        }
    }
    let block = client.block_with(&server, Policy::drop().tcp().port(7000))?;
    for [dialled, accepted] in &mut old {
        if dialled.peer_addr().port() == 7000 {
            assert_silent(dialled, accepted);
            assert_silent(accepted, dialled);
        } else {
            dialled.send(b"hello")?;
            assert_eq!(accepted.recv_exact(5)?, b"hello");
        }
    }
    for ipv6 in families() {
        let before = block.packets();
        let mut dial = client.dial(family(&blocked, ipv6))?;
        assert_stays_syn_sent(&mut dial, &block, before);
        client.connect_within(family(&open, ipv6), AT_ONCE)?;
        open.accept()?;
    }
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_dport_is_one_half_of_a_conversation(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    for ipv6 in families() {
        let mut dialled = client.connect(family(&listener, ipv6))?;
        let mut accepted = listener.accept()?;
        let block = client.block_with(&server, Policy::drop().dport(7000))?;
        accepted.send(b"passes")?;
        assert_eq!(dialled.recv_exact(6)?, b"passes");
        assert_silent(&mut dialled, &mut accepted);
        block.unblock()?;
        let block = client.block_with(&server, Policy::drop().sport(7000))?;
        let (mut dialled, mut accepted) = (accepted.try_clone()?, dialled.try_clone()?);
        assert_silent(&mut dialled, &mut accepted);
        block.unblock()?;
    }
    let block = server.block_with(&client, Policy::reset().dport(7000))?;
    for ipv6 in families() {
        let error = client.connect_within(family(&listener, ipv6), AT_ONCE).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED), "{error}");
    }
    block.unblock()?;
    Ok(())
}
