//! Deadlines.

use super::*;

#[netns_test]
fn bounds_an_accept(server: Host) -> Result {
    let mut listener = server.listen(7000)?;
    listener.set_deadline(SHORT);
    let started = Instant::now();
    let error = listener.accept().expect_err("nobody dials");
    assert_passed(&error, started, SHORT);
    assert_eq!(error.to_string(), "cannot accept on 127.0.0.1:7000: timed out after 150ms");
    Ok(())
}

#[netns_test]
fn bounds_a_connect(client: Host, _server: Host) {
    let started = Instant::now();
    let error = client.connect_within(nobody(), SHORT).expect_err("nobody answers");
    assert_passed(&error, started, SHORT);
    assert_eq!(error.to_string(), "cannot connect to 10.0.0.77:80: timed out after 150ms");
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
