//! Dials.

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
