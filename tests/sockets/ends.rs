use super::*;

#[netns_test]
fn keepalive_is_a_timer_of_its_own(server: Host, client: Host) -> Result {
    let (_listener, dialled, _accepted) = connected(&server, &client)?;
    assert_eq!(only(&client, &server)?.timer, SocketTimer::Off);
    setsockopt(&dialled, sockopt::TcpKeepIdle, &100)?;
    setsockopt(&dialled, sockopt::KeepAlive, &true)?;
    let socket = only(&client, &server)?;
    assert_eq!(socket.timer, SocketTimer::Keepalive);
    // Ten seconds are what this takes at most.
    let time = Duration::from_secs(90)..=Duration::from_secs(100) + TICKS;
    assert!(time.contains(&socket.expires), "{socket}");
    assert!(socket.to_string().contains(" timer:(keepalive,1min"), "{socket}");
    Ok(())
}

#[netns_test]
fn who_closes_first_is_left_with_time_wait(server: Host, client: Host) -> Result {
    let (_listener, dialled, accepted) = connected(&server, &client)?;
    dialled.close();
    accepted.wait_for_state(TcpState::CloseWait, LIMIT)?;
    // The acknowledgement of the FIN may be held back for a while.
    await_socket(&client, |socket| socket.state == TcpState::FinWait2)?;
    accepted.close();
    let socket = await_socket(&client, |socket| socket.state == TcpState::TimeWait)?;
    assert_eq!((socket.timer, socket.inode, socket.info), (SocketTimer::TimeWait, 0, None));
    // TCP_TIMEWAIT_LEN of Linux.
    assert!(socket.expires <= Duration::from_secs(60) + TICKS, "{socket}");
    assert!(server.sockets()?.to(&client).is_empty(), "the other side has nothing left");
    Ok(())
}

#[netns_test]
fn udp_has_a_state_and_queues(server: Host, client: Host) -> Result {
    let inbox = server.bind_udp(7000)?;
    let outbox = client.connect_udp(inbox.addr())?;
    outbox.send(b"unread")?;
    let bound = server.sockets()?.udp();
    assert_eq!(bound.len(), 1, "{bound}");
    assert_eq!((bound[0].netid, bound[0].state), (Netid::Udp, TcpState::Unconnected));
    assert!(bound[0].recv_q > 0, "{bound}");
    let connected = client.sockets()?.udp().to(inbox.addr()).established();
    assert_eq!(connected.len(), 1, "{connected}");
    assert!(client.sockets()?.tcp().is_empty());
    Ok(())
}

#[netns_test]
fn a_listener_shows_its_backlog(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let to = *addresses(&listener).last().unwrap();
    let _waiting = [client.connect(listener.addr())?, client.connect(to)?];
    // The last segment of a handshake may still be under way.
    let socket =
        await_socket(&server, |socket| socket.state == TcpState::Listen && socket.recv_q == 2)?;
    assert!(socket.send_q >= 2, "{socket}");
    assert_eq!((socket.local.port(), socket.peer.port()), (7000, 0));
    assert!(socket.to_string().starts_with("tcp LISTEN 2 "), "{socket}");
    let any = if has_ipv6() { "*:7000 *:*" } else { "0.0.0.0:7000 0.0.0.0:*" };
    assert!(socket.to_string().contains(&format!(" {any}")), "{socket}");
    Ok(())
}

#[netns_test]
fn the_list_and_the_socket_itself_say_the_same(server: Host, client: Host) -> Result {
    let (_listener, mut dialled, mut accepted) = connected(&server, &client)?;
    dialled.send(b"ping")?;
    accepted.recv()?;
    eventually(LIMIT, || dialled.info().is_ok_and(|info| info.unacked == 0))?;
    let (mut listed, mut asked) = (only(&client, &server)?.info.unwrap(), dialled.info()?);
    assert_eq!((asked.bytes_sent, asked.data_segs_out), (4, 1), "{asked}");
    // These go on between the two.
    for info in [&mut listed, &mut asked] {
        (info.lastsnd, info.lastrcv, info.lastack) = Default::default();
    }
    assert_eq!(listed, asked);
    Ok(())
}

#[netns_test]
fn a_thousand_sockets_are_listed_in_order(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let to = addresses(&listener);
    let mut to = to.iter().cycle();
    for _ in 0..1000 {
        let to = *to.next().unwrap();
        // TIME-WAIT needs no file: the limit on those is no matter.
        client.connect(to)?.close();
        listener.accept()?.close();
    }
    // On a busy machine an acknowledgement may be repeated to a peer that has forgotten the
    // connection, which answers with a reset, and that ends TIME-WAIT early (RFC 1337).
    let waiting = |sockets: &Sockets| sockets.state(TcpState::TimeWait).len();
    client.wait_for_sockets(LIMIT, |sockets| {
        sockets.len() == waiting(sockets) && (900..=1000).contains(&waiting(sockets))
    })?;
    let sockets = client.sockets()?;
    assert_eq!(sockets.to(&server).len(), sockets.len());
    let ends: Vec<SocketAddr> = sockets.iter().map(|socket| socket.local).collect();
    assert!(ends.is_sorted() && ends.windows(2).all(|two| two[0] != two[1]));
    assert_eq!(client.established(&server)?, 0);
    Ok(())
}
