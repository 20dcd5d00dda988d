//! The async forms.

use super::*;
use netns_test::AsyncConnection;

async fn connected(server: &Host, client: &Host) -> io::Result<(AsyncConnection, AsyncConnection)> {
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
    let dialling = tokio::spawn(async move { client.connect_async((name.as_str(), 7000)).await });
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
