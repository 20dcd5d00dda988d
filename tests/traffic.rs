//! What the traffic fixtures promise: TCP and UDP, blocking and async, with a deadline on all.
//!
//! Upper bounds are wide, for machines with other work to do; where a bound proves something, it
//! says what.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Connection, DEFAULT_DEADLINE, Host, Result, TcpState, netns_test};

mod support;

use support::families::{addresses, families, has_file_of_names, has_ipv6};

/// A deadline that is meant to pass.
const SHORT: Duration = Duration::from_millis(150);
/// How much later an expired deadline may be noticed. Far below [`DEFAULT_DEADLINE`]: whatever
/// ignores the deadline that it is given is seen.
const GRACE: Duration = Duration::from_secs(5);
/// More than the buffers of both ends of a connection hold.
const TOO_MUCH: usize = 64 << 20;

/// On the hosts' link, and nobody's.
fn nobody() -> SocketAddr {
    ([10, 0, 0, 77], 80).into()
}

#[track_caller]
fn assert_passed(error: &io::Error, since: Instant, within: Duration) {
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert_eq!(error.raw_os_error(), None, "a deadline is no error of the kernel: {error}");
    let took = since.elapsed();
    assert!(took >= within && took < within + GRACE, "{took:?} for a deadline of {within:?}");
    assert!(error.to_string().contains(&format!("{within:?} have passed")), "{error}");
}

fn connected(server: &Host, client: &Host) -> io::Result<(Connection, Connection)> {
    let listener = server.listen(0)?;
    let dialled = client.connect(listener.addr())?;
    Ok((listener.accept()?, dialled))
}

/// Waits until the peer's kernel has all that was sent.
fn settle(conn: &Connection) -> io::Result<()> {
    loop {
        let info = conn.info()?;
        if info.unacked == 0 && info.notsent == 0 {
            return Ok(());
        }
        thread::yield_now();
    }
}

/// The name by which a host is found; where the system has no file for names, its address.
fn name_of(host: &Host) -> String {
    if has_file_of_names() { host.name().to_owned() } else { host.ipv4().to_string() }
}

mod tcp {
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
        let sender =
            thread::spawn(move || sent.chunks(777).try_for_each(|part| dialled.send(part)));
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
        // A stream that does not block would not wait for its time-out.
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
}

mod deadline {
    use super::*;

    #[netns_test]
    fn bounds_an_accept(server: Host) -> Result {
        let mut listener = server.listen(7000)?;
        listener.set_deadline(SHORT);
        let started = Instant::now();
        let error = listener.accept().expect_err("nobody dials");
        assert_passed(&error, started, SHORT);
        assert_eq!(error.to_string(), "cannot accept on 127.0.0.1:7000: 150ms have passed");
        Ok(())
    }

    #[netns_test]
    fn bounds_a_connect(client: Host, _server: Host) {
        let started = Instant::now();
        let error = client.connect_within(nobody(), SHORT).expect_err("nobody answers");
        assert_passed(&error, started, SHORT);
        assert_eq!(error.to_string(), "cannot connect to 10.0.0.77:80: 150ms have passed");
    }

    #[netns_test]
    fn is_one_for_all_addresses_of_a_connect(client: Host, _server: Host) {
        let started = Instant::now();
        let nobodies = [nobody(), ([10, 0, 0, 78], 80).into()];
        let error = client.connect_within(&nobodies[..], SHORT).expect_err("nobody answers");
        assert_passed(&error, started, SHORT);
        assert!(error.to_string().contains("10.0.0.77"), "{error}");
    }

    #[netns_test]
    fn bounds_a_recv_and_loses_nothing(server: Host, client: Host) -> Result {
        let (mut accepted, mut dialled) = connected(&server, &client)?;
        dialled.set_deadline(SHORT);
        let started = Instant::now();
        assert_passed(&dialled.recv().expect_err("nothing comes"), started, SHORT);
        let started = Instant::now();
        assert_passed(&dialled.read(&mut [0]).expect_err("nothing comes"), started, SHORT);
        dialled.set_deadline(DEFAULT_DEADLINE);
        accepted.send(b"late")?;
        assert_eq!(dialled.recv()?, b"late");
        Ok(())
    }

    #[netns_test]
    fn says_how_much_of_a_recv_exact_came(server: Host, client: Host) -> Result {
        let (mut accepted, mut dialled) = connected(&server, &client)?;
        accepted.send(b"abc")?;
        settle(&accepted)?;
        dialled.set_deadline(SHORT);
        let started = Instant::now();
        let error = dialled.recv_exact(10).expect_err("only three bytes come");
        assert_passed(&error, started, SHORT);
        assert!(error.to_string().ends_with("with 3 of 10 bytes done"), "{error}");
        Ok(())
    }

    #[netns_test]
    fn bounds_a_send_into_full_buffers(server: Host, client: Host) -> Result {
        let (_accepted, mut dialled) = connected(&server, &client)?;
        dialled.set_deadline(SHORT);
        let started = Instant::now();
        let error = dialled.send(&vec![0; TOO_MUCH]).expect_err("nobody receives");
        assert_passed(&error, started, SHORT);
        assert!(error.to_string().contains("of 67108864 bytes"), "{error}");
        // What the peer's kernel still takes in may leave a little room.
        let (error, started) = loop {
            let started = Instant::now();
            if let Err(error) = dialled.write(&[0]) {
                break (error, started);
            }
        };
        assert_passed(&error, started, SHORT);
        Ok(())
    }

    #[netns_test]
    fn bounds_a_recv_from(server: Host, client: Host) -> Result {
        let mut endpoint = server.bind_udp(7000)?;
        endpoint.set_deadline(SHORT);
        let started = Instant::now();
        assert_passed(&endpoint.recv_from().expect_err("nothing comes"), started, SHORT);
        let mut conn = client.connect_udp(endpoint.addr())?;
        conn.set_deadline(SHORT);
        let started = Instant::now();
        assert_passed(&conn.recv().expect_err("nothing comes"), started, SHORT);
        Ok(())
    }

    #[netns_test]
    fn of_zero_takes_what_is_there(server: Host, client: Host) -> Result {
        let (mut accepted, mut dialled) = connected(&server, &client)?;
        dialled.send(b"there")?;
        settle(&dialled)?;
        accepted.set_deadline(Duration::ZERO);
        assert_eq!(accepted.recv()?, b"there");
        let started = Instant::now();
        let error = accepted.recv().expect_err("nothing more is there");
        assert_passed(&error, started, Duration::ZERO);
        Ok(())
    }

    #[netns_test]
    fn can_be_further_than_the_clock_goes(server: Host, client: Host) -> Result {
        let (mut accepted, mut dialled) = connected(&server, &client)?;
        dialled.set_deadline(Duration::MAX);
        let receiver = thread::spawn(move || dialled.recv());
        accepted.send(b"in time")?;
        assert_eq!(receiver.join().expect("the receiver does not panic")?, b"in time");
        client.connect_within(server.listen(0)?.addr(), Duration::MAX)?;
        Ok(())
    }

    #[netns_test]
    fn differs_from_the_time_out_of_tcp(server: Host, client: Host) -> Result {
        // One repetition of the SYN, then TCP gives up: one to three seconds.
        client.run(|| std::fs::write("/proc/sys/net/ipv4/tcp_syn_retries", "1"))?;
        // Where nobody owns the address, the kernel would say EHOSTUNREACH.
        let _block = client.block(&server)?;
        let error = client.connect((server.ipv4(), 80)).expect_err("nobody answers");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.raw_os_error(), Some(libc::ETIMEDOUT));
        Ok(())
    }
}

mod dial {
    use super::*;

    #[netns_test]
    fn is_syn_sent_until_it_is_answered(server: Host, client: Host) -> Result {
        let listener = server.listen(80)?;
        let block = client.block(&server)?;
        let mut dial = client.dial(listener.addr())?;
        assert_eq!(dial.peer_addr(), listener.addr());
        assert_eq!(dial.local_addr()?.ip(), client.ipv4());
        assert_eq!(dial.info()?.state, TcpState::SynSent);
        let started = Instant::now();
        assert_passed(&dial.wait(SHORT).expect_err("nobody answers"), started, SHORT);
        assert_eq!(dial.info()?.state, TcpState::SynSent, "the dial goes on");
        // From now on the next SYN arrives.
        block.unblock()?;
        let conn = dial.wait(DEFAULT_DEADLINE)?;
        assert_eq!(conn.peer_addr(), listener.addr());
        assert_eq!(conn.info()?.state, TcpState::Established);
        Ok(())
    }

    #[netns_test]
    fn is_over_when_it_is_decided(server: Host, client: Host) -> Result {
        let listener = server.listen(7000)?;
        let mut accepted = client.dial(listener.addr())?;
        accepted.wait(DEFAULT_DEADLINE)?;
        let mut refused = client.dial((server.ipv4(), 7001))?;
        let error = refused.wait(DEFAULT_DEADLINE).expect_err("nobody listens");
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
        for mut dial in [accepted, refused] {
            let error = dial.wait(DEFAULT_DEADLINE).expect_err("it is over");
            assert_eq!(error.kind(), ErrorKind::NotConnected);
            let error = dial.info().expect_err("it is over");
            assert_eq!(error.kind(), ErrorKind::NotConnected);
        }
        Ok(())
    }

    #[netns_test]
    async fn can_be_awaited_again(server: Host, client: Host) -> Result {
        let listener = server.listen_async(80).await?;
        let block = client.block(&server)?;
        let mut dial = client.dial_async(listener.addr()).await?;
        assert_eq!(dial.info()?.state, TcpState::SynSent);
        let started = Instant::now();
        assert_passed(&dial.wait(SHORT).await.expect_err("nobody answers"), started, SHORT);
        let dropped = tokio::time::timeout(SHORT, dial.wait(DEFAULT_DEADLINE)).await;
        assert!(dropped.is_err(), "nobody answers");
        assert_eq!(dial.info()?.state, TcpState::SynSent, "the dial goes on");
        block.unblock()?;
        let conn = dial.wait(DEFAULT_DEADLINE).await?;
        assert_eq!(conn.peer_addr(), listener.addr());
        let error = dial.wait(DEFAULT_DEADLINE).await.expect_err("it is over");
        assert_eq!(error.kind(), ErrorKind::NotConnected);
        Ok(())
    }
}

mod udp {
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
}

mod asynchronous {
    use super::*;
    use netns_test::AsyncConnection;

    async fn connected(
        server: &Host,
        client: &Host,
    ) -> io::Result<(AsyncConnection, AsyncConnection)> {
        let listener = server.listen_async(0).await?;
        let dialled = client.connect_async(listener.addr()).await?;
        Ok((listener.accept().await?, dialled))
    }

    #[netns_test]
    async fn bytes_go_both_ways_in_both_families(server: Host, client: Host) -> Result {
        let listener = server.listen_async(7000).await?;
        for ipv6 in families() {
            let addr = if ipv6 { listener.addr_v6() } else { listener.addr() };
            let mut dialled = client.connect_async(addr).await?;
            let mut accepted = listener.accept().await?;
            dialled.send(b"ping").await?;
            assert_eq!(accepted.recv().await?, b"ping");
            accepted.send(b"pong").await?;
            assert_eq!(dialled.recv_exact(4).await?, b"pong");
            assert_eq!(accepted.local_addr(), addr, "IPv4 is not written as IPv6");
            assert_eq!(accepted.peer_addr(), dialled.local_addr());
            assert_eq!(dialled.info()?.state, TcpState::Established);
        }
        Ok(())
    }

    #[netns_test]
    async fn a_task_connects_by_name(server: Host, client: Host) -> Result {
        let listener = server.listen_async(7000).await?;
        let name = name_of(&server);
        let dialling =
            tokio::spawn(async move { client.connect_async((name.as_str(), 7000)).await });
        let accepted = listener.accept().await?;
        assert_eq!(dialling.await??.local_addr(), accepted.peer_addr());
        Ok(())
    }

    #[netns_test]
    async fn a_task_of_a_host_uses_them_as_well(server: Host, client: Host) -> Result {
        let listener = server.listen_async(7000).await?;
        let (dialler, name) = (client.clone(), name_of(&server));
        let task = client.spawn(async move {
            let mut conn = dialler.connect_async((&*name, 7000)).await?;
            conn.send(b"from the host's own runtime").await
        });
        let received = listener.accept().await?.recv().await?;
        assert_eq!(received, b"from the host's own runtime");
        task.await?;
        Ok(())
    }

    #[netns_test]
    async fn errors_of_the_kernel_come_through(server: Host, client: Host) -> Result {
        let _listener = server.listen_async(7000).await?;
        let error = server.listen_async(7000).await.expect_err("the port is taken");
        assert_eq!(error.raw_os_error(), Some(libc::EADDRINUSE));
        for addr in server.addrs() {
            let started = Instant::now();
            let error = client.connect_async((addr, 7001)).await.expect_err("nobody listens");
            assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
            // The SYN is repeated after a second: the first one was answered, and that was seen.
            assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());

            let conn = client.connect_udp_async((addr, 7001)).await?;
            conn.send(b"anybody?").await?;
            let error = conn.recv().await.expect_err("nobody is there");
            assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
        }
        Ok(())
    }

    #[netns_test]
    async fn a_peer_that_closed_is_an_empty_recv(server: Host, client: Host) -> Result {
        let (accepted, mut dialled) = connected(&server, &client).await?;
        accepted.shutdown(Shutdown::Write)?;
        accepted.close();
        assert_eq!(dialled.recv().await?, b"");
        let error = dialled.recv_exact(1).await.expect_err("nothing comes any more");
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        Ok(())
    }

    #[netns_test]
    async fn datagrams_go_both_ways_in_both_families(server: Host, client: Host) -> Result {
        let service = server.bind_udp_async(7000).await?;
        let asking = client.bind_udp_async(0).await?;
        for ipv6 in families() {
            let (to, from) = match ipv6 {
                true => (service.addr_v6(), asking.addr_v6()),
                false => (service.addr(), asking.addr()),
            };
            asking.send_to(b"ping", to).await?;
            assert_eq!(service.recv_from().await?, (b"ping".to_vec(), from));
            service.send_to(b"pong", from).await?;
            assert_eq!(asking.recv_from().await?, (b"pong".to_vec(), to));
        }
        let conn = client.connect_udp_async((&*name_of(&server), 7000)).await?;
        conn.send(b"ping").await?;
        assert_eq!(service.recv_from().await?, (b"ping".to_vec(), conn.local_addr()));
        service.send_to(b"pong", conn.local_addr()).await?;
        assert_eq!(conn.recv().await?, b"pong");
        Ok(())
    }

    #[netns_test]
    async fn a_deadline_bounds_each_wait(server: Host, client: Host) -> Result {
        let mut listener = server.listen_async(7000).await?;
        listener.set_deadline(SHORT);
        let started = Instant::now();
        assert_passed(&listener.accept().await.expect_err("nobody dials"), started, SHORT);

        let started = Instant::now();
        let error = client.connect_within_async(nobody(), SHORT).await.expect_err("nobody");
        assert_passed(&error, started, SHORT);

        let mut endpoint = server.bind_udp_async(7000).await?;
        endpoint.set_deadline(SHORT);
        let started = Instant::now();
        assert_passed(&endpoint.recv_from().await.expect_err("nothing comes"), started, SHORT);

        let mut conn = client.connect_udp_async(endpoint.addr()).await?;
        conn.set_deadline(SHORT);
        let started = Instant::now();
        assert_passed(&conn.recv().await.expect_err("nothing comes"), started, SHORT);
        Ok(())
    }

    #[netns_test]
    async fn a_deadline_bounds_an_established_connection(server: Host, client: Host) -> Result {
        let (mut accepted, mut dialled) = connected(&server, &client).await?;
        dialled.set_deadline(SHORT);
        let started = Instant::now();
        assert_passed(&dialled.recv().await.expect_err("nothing comes"), started, SHORT);
        accepted.send(b"abc").await?;
        let started = Instant::now();
        let error = dialled.recv_exact(10).await.expect_err("only three bytes come");
        assert_passed(&error, started, SHORT);
        assert!(error.to_string().ends_with("with 3 of 10 bytes done"), "{error}");
        let started = Instant::now();
        let error = dialled.send(&vec![0; TOO_MUCH]).await.expect_err("nobody receives");
        assert_passed(&error, started, SHORT);
        assert!(error.to_string().contains("of 67108864 bytes"), "{error}");
        Ok(())
    }

    #[netns_test]
    async fn a_deadline_of_zero_takes_what_is_there(server: Host, client: Host) -> Result {
        let listener = server.listen_async(7000).await?;
        let mut dialled = client.connect(listener.addr())?;
        dialled.send(b"there")?;
        settle(&dialled)?;
        // New to the reactor, which has not looked at it yet.
        let mut accepted = listener.accept().await?;
        accepted.set_deadline(Duration::ZERO);
        assert_eq!(accepted.recv().await?, b"there");
        let started = Instant::now();
        let error = accepted.recv().await.expect_err("nothing more is there");
        assert_passed(&error, started, Duration::ZERO);
        Ok(())
    }

    /// All tasks of a test share one thread.
    #[netns_test]
    async fn a_wait_lets_other_tasks_run(server: Host, client: Host) -> Result {
        let (mut accepted, mut dialled) = connected(&server, &client).await?;
        let mut silent = server.listen_async(7001).await?;
        silent.set_deadline(Duration::from_secs(1));
        let waiting = tokio::spawn(async move { silent.accept().await });
        // Lets the wait begin. If it held the thread, it would be over when this returns.
        tokio::task::yield_now().await;
        for _ in 0..10 {
            dialled.send(b"ping").await?;
            accepted.recv().await?;
        }
        assert!(!waiting.is_finished(), "the round trips were made beside the wait");
        let error = waiting.await?.expect_err("nobody dials");
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::TimedOut, None));
        Ok(())
    }

    #[netns_test]
    async fn another_task_can_end_a_wait(server: Host, client: Host) -> Result {
        let (mut accepted, mut dialled) = connected(&server, &client).await?;
        let waiting = tokio::spawn(async move { accepted.recv_exact(6).await });
        for part in [b"one", b"two"] {
            tokio::task::yield_now().await;
            dialled.send(part).await?;
        }
        assert_eq!(waiting.await??, b"onetwo");
        Ok(())
    }

    #[netns_test]
    async fn a_dropped_recv_loses_nothing(server: Host, client: Host) -> Result {
        let (mut accepted, mut dialled) = connected(&server, &client).await?;
        let dropped = tokio::time::timeout(SHORT, dialled.recv()).await;
        assert!(dropped.is_err(), "nothing comes");
        accepted.send(b"late").await?;
        assert_eq!(dialled.recv().await?, b"late");
        Ok(())
    }

    #[netns_test]
    async fn they_become_streams_of_tokio_and_std(server: Host, client: Host) -> Result {
        let (accepted, dialled) = connected(&server, &client).await?;
        let stream = dialled.into_tokio();
        assert!(stream.nodelay()?);
        stream.writable().await?;
        assert_eq!(stream.try_write(b"from tokio")?, 10);
        let mut stream = accepted.into_std()?;
        let mut bytes = [0; 10];
        stream.read_exact(&mut bytes)?;
        assert_eq!(&bytes, b"from tokio");
        let started = Instant::now();
        stream.set_read_timeout(Some(SHORT))?;
        stream.read(&mut [0]).expect_err("nothing comes");
        assert!(started.elapsed() >= SHORT, "it blocks again");
        Ok(())
    }
}
