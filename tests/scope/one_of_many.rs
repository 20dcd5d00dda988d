//! One of many.

use super::*;

#[netns_test]
fn one_connection_of_many_is_blocked_from_either_end(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let stage = Stage::new(&server, &client)?;
    for which in 0..4 {
        for (blocker, peer) in [(&server, &client), (&client, &server)] {
            for named in 0..2 {
                let mut connections = stage.connections()?;
                let policy = Policy::reset().connection(&connections[which][named]);
                let block = blocker.block_with(peer, policy)?;
                let mut one = connections.remove(which);
                connections.iter_mut().for_each(assert_alive);
                assert_eq!(block.packets(), 0);
                one.iter_mut().for_each(assert_reset);
                stage.connections()?.iter_mut().for_each(assert_alive);
                block.unblock()?;
            }
        }
    }
    Ok(())
}

#[netns_test]
fn one_connection_of_many_falls_silent(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    for policy in [Policy::drop(), Policy::refuse(IcmpKind::PortUnreachable)] {
        let mut connections = stage.connections()?;
        let mut one = connections.swap_remove(0);
        let block = client.block_with(&server, policy.connection(&one[0]))?;
        connections.iter_mut().for_each(assert_alive);
        stage.assert_datagrams(&block, |_| false);
        let [here, there] = &mut one;
        assert_silent(here, there);
        assert_silent(there, here);
        block.unblock()?;
        for end in &mut one {
            assert_eq!(end.recv_exact(4)?, b"lost");
        }
    }
    Ok(())
}

#[netns_test]
fn one_connection_of_many_is_severed(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let stage = Stage::new(&server, &client)?;
    for which in 0..4 {
        let mut connections = stage.connections()?;
        let mut one = connections.remove(which);
        let policy = Policy::sever(Notified::Peer).connection(&one[1]);
        let block = server.block_with(&client, policy)?;
        assert_eq!(one[1].recv().unwrap_err().raw_os_error(), Some(libc::ECONNABORTED));
        assert_hears_nothing(&mut one[0]);
        connections.iter_mut().for_each(assert_alive);
        block.unblock()?;
    }
    Ok(())
}

/// One way of one connection, by its addresses.
#[netns_test]
fn a_flow_can_be_blocked_one_way(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    for ipv6 in families() {
        let mut dialled = client.connect(family(&listener, ipv6))?;
        let mut accepted = listener.accept()?;
        let policy = Policy::drop().flow(dialled.local_addr(), dialled.peer_addr()).to_peer();
        let block = client.block_with(&server, policy)?;
        assert_silent(&mut dialled, &mut accepted);
        accepted.send(b"passes")?;
        assert_eq!(dialled.recv_exact(6)?, b"passes");
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn a_connection_of_others_is_refused(server: Host, client: Host, third: Host) -> Result {
    let listener = server.listen(7000)?;
    let conn = third.connect(listener.addr())?;
    let refused = server.block_with(&client, Policy::drop().connection(&conn)).unwrap_err();
    let (one, other) = (conn.local_addr(), conn.peer_addr());
    assert_eq!(
        refused.to_string(),
        format!(
            "cannot block `client` from `server` by drop (connection {one} {other}): the \
             connection {one} {other} is not between these two"
        )
    );
    Stage::new(&server, &client)?.assert_open()
}
