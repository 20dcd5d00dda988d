//! Connections.

use super::*;

#[netns_test]
fn bytes_go_both_ways_in_both_families(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    assert_eq!(listener.addr(), (server.ipv4(), 7000).into());
    let v6 = has_ipv6().then(|| SocketAddr::from((server.ipv6(), 7000)));
    assert_eq!(v6, families().nth(1).map(|_| listener.addr_v6()));
    for addr in addresses(&listener) {
        let mut dialled = client.connect(addr)?;
        let mut accepted = listener.accept()?;
        dialled.send(b"ping")?;
        assert_eq!(accepted.recv()?, b"ping");
        accepted.send(b"pong")?;
        assert_eq!(dialled.recv()?, b"pong");
        assert_eq!(dialled.peer_addr(), addr);
        assert_eq!(accepted.local_addr(), addr, "IPv4 is not written as IPv6");
        assert_eq!(accepted.peer_addr(), dialled.local_addr());
        assert!(client.addrs().contains(&dialled.local_addr().ip()));
    }
    Ok(())
}

#[netns_test]
fn a_host_is_found_by_its_name(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let name = name_of(&server);
    let dialled = client.connect((&*name, 7000))?;
    assert_eq!(listener.accept()?.peer_addr(), dialled.local_addr());
    client.connect(&*format!("{name}:7000"))?;
    Ok(())
}

/// An address that is found wherever it is looked up, and says where that was.
struct Asked(SocketAddr, OnceLock<PathBuf>);

fn namespace() -> io::Result<PathBuf> {
    std::fs::read_link("/proc/thread-self/ns/net")
}

impl ToSocketAddrs for &Asked {
    type Iter = std::option::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        self.1.set(namespace()?).map_err(|_| io::Error::other("it was asked twice"))?;
        Ok(Some(self.0).into_iter())
    }
}

#[netns_test]
fn an_address_is_looked_up_inside_the_host(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let asked = Asked(listener.addr(), OnceLock::new());
    client.connect(&asked)?;
    assert_eq!(asked.1.get(), Some(&client.run(namespace)?));
    assert_ne!(asked.1.get(), Some(&namespace()?));
    Ok(())
}

#[netns_test]
fn the_next_address_of_a_peer_is_tried_when_one_refuses(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let closed = SocketAddr::from((server.ipv4(), 7001));
    let dialled = client.connect(&[closed, listener.addr()][..])?;
    assert_eq!(dialled.peer_addr(), listener.addr());
    let error = client.connect(&[a_group(), closed][..]).expect_err("neither is there");
    assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED), "the last error counts");
    Ok(())
}

/// A multicast group, with which there are no connections: the kernel says so without a packet.
fn a_group() -> SocketAddr {
    ([224, 0, 0, 1], 80).into()
}

#[netns_test]
fn what_the_kernel_says_at_once_comes_through(client: Host, _server: Host) {
    let error = client.connect(a_group()).expect_err("it is no host");
    assert_eq!(error.raw_os_error(), Some(libc::ENETUNREACH));
    let error = client.dial(a_group()).expect_err("it is no host");
    assert_eq!(error.raw_os_error(), Some(libc::ENETUNREACH));
}

#[netns_test]
fn a_closed_port_refuses_at_once(server: Host, client: Host) {
    for addr in server.addrs() {
        let started = Instant::now();
        let error = client.connect((addr, 7000)).expect_err("nobody listens");
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
        // The SYN is repeated after a second: the first one was answered, and that was seen.
        assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    }
}

#[netns_test]
fn a_port_is_taken_on_one_host_only(server: Host, client: Host) -> Result {
    let first = server.listen(7000)?;
    let second = client.listen(7000)?;
    assert_eq!(first.addr().port(), second.addr().port());
    let error = server.listen(7000).expect_err("the port is taken");
    assert_eq!(error.raw_os_error(), Some(libc::EADDRINUSE));
    Ok(())
}

#[netns_test]
fn a_port_is_free_again_after_its_connections(server: Host, client: Host) -> Result {
    for _ in 0..3 {
        let listener = server.listen(7000)?;
        let mut dialled = client.connect(listener.addr())?;
        // The server closes first, so that its side keeps the port in TIME-WAIT.
        listener.accept()?.close();
        assert_eq!(dialled.recv()?, b"");
    }
    Ok(())
}

#[netns_test]
fn a_host_without_a_link_talks_to_itself(alone: Host) -> Result {
    let listener = alone.listen(0)?;
    for addr in addresses(&listener) {
        alone.connect(addr)?.send(b"me")?;
        assert_eq!(listener.accept()?.recv()?, b"me");
    }
    Ok(())
}

#[netns_test]
fn a_peer_that_closed_is_an_empty_recv(server: Host, client: Host) -> Result {
    let (accepted, mut dialled) = connected(&server, &client)?;
    accepted.close();
    assert_eq!(dialled.recv()?, b"");
    assert_eq!(dialled.info()?.state, TcpState::CloseWait);
    let error = dialled.recv_exact(1).expect_err("nothing comes any more");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    Ok(())
}

#[netns_test]
fn one_direction_can_be_closed(server: Host, client: Host) -> Result {
    let (mut accepted, mut dialled) = connected(&server, &client)?;
    dialled.shutdown(Shutdown::Write)?;
    assert_eq!(accepted.recv()?, b"");
    accepted.send(b"still here")?;
    assert_eq!(dialled.recv()?, b"still here");
    let error = dialled.send(b"x").expect_err("this direction is closed");
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    Ok(())
}

#[netns_test]
fn a_reset_is_the_kernels_own_error(server: Host, client: Host) -> Result {
    let (accepted, mut dialled) = connected(&server, &client)?;
    dialled.send(b"never received")?;
    settle(&dialled)?;
    accepted.close();
    let error = dialled.recv().expect_err("the peer closed on unread bytes");
    assert_eq!(error.raw_os_error(), Some(libc::ECONNRESET));
    Ok(())
}

#[netns_test]
fn recv_exact_collects_what_comes_in_pieces(server: Host, client: Host) -> Result {
    let (mut accepted, mut dialled) = connected(&server, &client)?;
    let sent: Vec<u8> = (0..1_000_000_u32).map(|number| number as u8).collect();
    let expected = sent.clone();
    let sender = thread::spawn(move || sent.chunks(777).try_for_each(|part| dialled.send(part)));
    assert!(accepted.recv_exact(expected.len())? == expected);
    sender.join().expect("the sender does not panic")?;
    assert_eq!(accepted.recv_exact(0)?, b"");
    Ok(())
}

#[netns_test]
fn one_recv_is_at_most_64_kib(server: Host, client: Host) -> Result {
    let (mut accepted, mut dialled) = connected(&server, &client)?;
    let sender = thread::spawn(move || dialled.send(&[7; 300_000]));
    let mut received = 0;
    while received < 300_000 {
        let bytes = accepted.recv()?;
        assert!((1..=65_536).contains(&bytes.len()));
        received += bytes.len();
    }
    sender.join().expect("the sender does not panic")?;
    Ok(())
}

#[netns_test]
fn a_connection_reads_and_writes_as_std_does(server: Host, client: Host) -> Result {
    let (mut accepted, mut dialled) = connected(&server, &client)?;
    writeln!(dialled, "a line")?;
    dialled.close();
    let mut text = String::new();
    accepted.read_to_string(&mut text)?;
    assert_eq!(text, "a line\n");
    Ok(())
}

#[netns_test]
fn two_handles_share_a_connection(server: Host, client: Host) -> Result {
    let (mut accepted, dialled) = connected(&server, &client)?;
    let mut receiving = dialled.try_clone()?;
    let receiver = thread::spawn(move || receiving.recv());
    accepted.send(b"for the other thread")?;
    let received = receiver.join().expect("the receiver does not panic")?;
    assert_eq!(received, b"for the other thread");
    dialled.close();
    assert_eq!(accepted.recv()?, b"");
    Ok(())
}

#[netns_test]
fn a_stream_of_std_blocks_again(server: Host, client: Host) -> Result {
    let (mut accepted, dialled) = connected(&server, &client)?;
    let mut stream = dialled.into_std()?;
    stream.write_all(b"from std")?;
    assert_eq!(accepted.recv_exact(8)?, b"from std");
    // A stream that does not block would not wait for its timeout.
    let started = Instant::now();
    stream.set_read_timeout(Some(SHORT))?;
    stream.read(&mut [0]).expect_err("nothing comes");
    assert!(started.elapsed() >= SHORT);
    Ok(())
}

#[netns_test]
fn small_segments_are_not_held_back(server: Host, client: Host) -> Result {
    let (accepted, dialled) = connected(&server, &client)?;
    assert!(accepted.into_std()?.nodelay()?);
    assert!(dialled.into_std()?.nodelay()?);
    Ok(())
}

#[netns_test]
fn what_is_acknowledged_is_seen_in_tcp_info(server: Host, client: Host) -> Result {
    let (mut accepted, mut dialled) = connected(&server, &client)?;
    dialled.send(b"ping")?;
    accepted.recv()?;
    settle(&dialled)?;
    let info = dialled.info()?;
    assert_eq!(info.state.to_string(), "ESTAB");
    assert_eq!((info.retransmits, info.backoff, info.notsent), (0, 0, 0));
    assert!(info.rtt > Duration::ZERO && info.rto >= Duration::from_millis(200));
    Ok(())
}
