//! A probe that waits.

use super::*;

#[netns_test]
fn traffic_in_a_probe_ends_with_the_claim(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut conn = client.connect(listener.addr())?;
    let _accepted = listener.accept()?;
    let inbox = server.bind_udp(7000)?;
    let block = server.block(&client)?;
    let begun = Instant::now();
    for text in [
        missed(eventually(ms(50), || conn.recv())),
        missed(eventually(ms(50), || listener.accept())),
        missed(eventually(ms(50), || inbox.recv_from())),
        missed(eventually(ms(50), || client.connect(listener.addr()))),
    ] {
        assert!(text.contains(": the time limit of the claim has passed"), "{text}");
    }
    // Each would wait for ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(20));
    block.unblock()?;
    // And outside of a probe nothing is cut short.
    let _conn = client.connect(listener.addr())?;
    assert_eq!(listener.accept()?.peer_addr().ip(), client.ipv4());
    Ok(())
}

#[netns_test]
fn a_claim_inside_a_probe_ends_with_the_one_around_it(server: Host, client: Host) -> Result {
    let block = server.block(&client)?;
    let begun = Instant::now();
    let text = eventually(ms(50), || eventually(Duration::from_secs(30), || false)).unwrap_err();
    let text = text.to_string();
    between(
        &text,
        "it is still Err: cannot see it hold within 30s: after ",
        " enclosing claim has passed",
    );
    let text = eventually(ms(50), || block.wait_for_hit(Duration::from_secs(30))).unwrap_err();
    assert!(text.to_string().contains(" hit within 30s: "), "{text}");
    let text = eventually(ms(50), || consistently(Duration::from_secs(30), || true)).unwrap_err();
    assert!(text.to_string().contains("cannot see it hold for 30s: after "), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    Ok(())
}

#[netns_test]
fn a_claim_may_be_stated_inside_a_host(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let addr = listener.addr();
    client.run(|| eventually(LATE, || std::net::TcpStream::connect(addr)))?;
    Ok(())
}

/// The network is taken down under the claim.
#[netns_test]
fn a_claim_on_a_host_that_is_gone_is_missed_with_its_error() -> Result {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let listener = server.listen(7000)?;
    let addr = listener.addr();
    drop((net, listener, server));
    let text = eventually(ms(50), || client.connect(addr)).unwrap_err().to_string();
    assert!(text.contains(" it is still Err: "), "{text}");
    Ok(())
}
