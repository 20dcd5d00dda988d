use super::*;

#[netns_test]
fn a_blocked_sender_shows_the_timer_of_its_next_repetition(server: Host, client: Host) -> Result {
    let (_listener, mut dialled, _accepted) = connected(&server, &client)?;
    let _block = client.block(&server)?;
    dialled.send(b"hello")?;
    // Each repetition doubles the time; the first may be a probe for a lost tail. While the
    // kernel repeats, the timer has expired and is not yet set again.
    let socket = await_socket(&client, |socket| {
        let repeated = |info: TcpInfo| info.backoff >= 2 && info.retransmits >= 2;
        socket.info.is_some_and(repeated) && socket.timer != SocketTimer::Off
    })?;
    let info = socket.info.unwrap();
    assert_eq!((socket.state, socket.timer), (TcpState::Established, SocketTimer::On));
    assert_eq!((socket.send_q, info.unacked, info.notsent), (5, 1, 0), "{socket}");
    assert!(socket.retrans >= 2, "{socket}");
    assert!(socket.expires <= info.rto + TICKS, "{socket}");
    assert!(info.bytes_retrans >= 10, "five bytes, twice at least: {socket}");
    let printed = socket.to_string();
    assert!(printed.contains(" timer:(on,"), "{printed}");
    assert!(printed.contains(&format!(" backoff:{} ", info.backoff)), "{printed}");
    Ok(())
}

#[netns_test]
fn what_the_window_holds_back_is_notsent(server: Host, client: Host) -> Result {
    const ALL: usize = 30_000;
    let (_listener, mut dialled, _accepted) = connected(&server, &client)?;
    let _block = client.block(&server)?;
    dialled.send(&[0; ALL])?;
    let socket = only(&client, &server)?;
    let info = socket.info.unwrap();
    // The initial window is ten segments, and a probe for a lost tail may add one.
    assert!((1..=11).contains(&info.unacked) && info.notsent > 0, "{socket}");
    let sent = info.bytes_sent - info.bytes_retrans;
    assert_eq!(sent + u64::from(info.notsent), ALL as u64, "{socket}");
    assert_eq!(socket.send_q as usize, ALL, "what is not acknowledged and what is not sent");
    Ok(())
}

#[netns_test]
fn a_closed_window_is_seen_as_the_timer_persist(server: Host, client: Host) -> Result {
    let (_listener, mut dialled, _accepted) = connected(&server, &client)?;
    // Nobody reads at the server: its window closes, and then the client's buffer is full.
    dialled.set_deadline(Duration::from_millis(100));
    while dialled.send(&[0; 65536]).is_ok() {}
    // Each probe doubles the time to the next. They are answered, the window is still closed; so
    // what counts the unanswered ones is nothing to wait for.
    let socket = await_socket(&client, |socket| {
        let probed = socket.info.is_some_and(|info| info.backoff >= 1);
        probed && socket.timer == SocketTimer::Persist
    })?;
    let info = socket.info.unwrap();
    assert_eq!((socket.state, info.unacked), (TcpState::Established, 0), "{socket}");
    assert!(info.notsent > 0, "{socket}");
    let reader = server.sockets()?.tcp().to(&client);
    assert!(reader[0].recv_q > 0, "{reader}");
    assert!(socket.to_string().contains(" timer:(persist,"), "{socket}");
    Ok(())
}

#[netns_test]
fn a_blocked_dial_is_syn_sent_in_either_family(server: Host, client: Host) -> Result {
    let _block = client.block(&server)?;
    for to in server.addrs().into_iter().map(|addr| SocketAddr::from((addr, 7000))) {
        let _dial = client.dial(to)?;
        let socket = await_socket(&client, |socket| socket.peer == to)?;
        let seen = (socket.state, socket.timer);
        assert_eq!(seen, (TcpState::SynSent, SocketTimer::On), "{socket}");
    }
    assert!(server.sockets()?.to(&client).is_empty(), "no SYN got through");
    Ok(())
}

#[netns_test]
fn a_server_whose_answers_are_lost_has_syn_recv(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let _block = client.block_with(&server, Policy::drop().from_peer())?;
    for to in addresses(&listener) {
        let dial = client.dial(to)?;
        let local = dial.local_addr()?;
        let socket = await_socket(&server, |socket| socket.peer == local)?;
        let seen = (socket.state, socket.timer, socket.info);
        assert_eq!(seen, (TcpState::SynRecv, SocketTimer::On, None), "{socket}");
    }
    assert_eq!(server.established(&client)?, 0);
    Ok(())
}

#[netns_test]
fn nothing_is_established_after_sever(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut ends = Vec::new();
    for to in addresses(&listener) {
        ends.push(client.connect(to)?);
        ends.push(listener.accept()?);
    }
    let all = addresses(&listener).len();
    assert_eq!((server.established(&client)?, client.established(&server)?), (all, all));
    let block = server.block_with(&client, Policy::sever(Notified::Host))?;
    assert_eq!((server.established(&client)?, client.established(&server)?), (0, all));
    block.unblock()?;
    // The client learns it by the answer to what it sends.
    for dialled in ends.iter_mut().step_by(2) {
        dialled.send(b"?")?;
    }
    client.wait_for_established(&server, 0, LIMIT)?;
    Ok(())
}
