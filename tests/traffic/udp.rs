//! Datagrams.

use super::*;

#[netns_test]
fn datagrams_go_both_ways_in_both_families(server: Host, client: Host) -> Result {
    let service = server.bind_udp(7000)?;
    let asking = client.bind_udp(0)?;
    for ipv6 in families() {
        let (to, from) = match ipv6 {
            true => (service.addr_v6(), asking.addr_v6()),
            false => (service.addr(), asking.addr()),
        };
        asking.send_to(b"ping", to)?;
        assert_eq!(service.recv_from()?, (b"ping".to_vec(), from));
        service.send_to(b"pong", from)?;
        assert_eq!(asking.recv_from()?, (b"pong".to_vec(), to));
    }
    Ok(())
}

#[netns_test]
fn a_datagram_stays_whole(server: Host, client: Host) -> Result {
    let service = server.bind_udp(7000)?;
    let conn = client.connect_udp((&*name_of(&server), 7000))?;
    for length in [0, 1, 1472, 65_507] {
        conn.send(&vec![7; length])?;
        let (bytes, from) = service.recv_from()?;
        assert_eq!((bytes.len(), from), (length, conn.local_addr()));
    }
    let error = conn.send(&[0; 65_536]).expect_err("no datagram is so long");
    assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
    Ok(())
}

#[netns_test]
fn a_connected_socket_hears_its_peer_only(server: Host, client: Host) -> Result {
    let service = server.bind_udp(7000)?;
    let stranger = server.bind_udp(7001)?;
    let conn = client.connect_udp(service.addr())?;
    assert_eq!(conn.peer_addr(), service.addr());
    stranger.send_to(b"from a stranger", conn.local_addr())?;
    service.send_to(b"from the peer", conn.local_addr())?;
    assert_eq!(conn.recv()?, b"from the peer");
    Ok(())
}

#[netns_test]
fn a_closed_port_refuses_at_once(server: Host, client: Host) -> Result {
    for addr in server.addrs() {
        let conn = client.connect_udp((addr, 7000))?;
        let started = Instant::now();
        conn.send(b"anybody?")?;
        let error = conn.recv().expect_err("nobody is there");
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
        // UDP repeats nothing: without the ICMP error it would be the default deadline.
        assert!(started.elapsed() < GRACE);
    }
    Ok(())
}

#[netns_test]
fn a_port_is_taken_on_one_host_only(server: Host, client: Host) -> Result {
    let _first = server.bind_udp(7000)?;
    let _second = client.bind_udp(7000)?;
    let error = server.bind_udp(7000).expect_err("the port is taken");
    assert_eq!(error.raw_os_error(), Some(libc::EADDRINUSE));
    Ok(())
}
