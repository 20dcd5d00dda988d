use super::*;

#[netns_test]
fn a_connection_that_stays_as_it_is_says_how(server: Host, client: Host) -> Result {
    let (_listener, dialled, _accepted) = connected(&server, &client)?;
    dialled.wait_for_state(TcpState::Established, Duration::ZERO)?;
    let short = Duration::from_millis(20);
    let error = dialled.wait_for_state(TcpState::CloseWait, short).unwrap_err();
    assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::TimedOut, None));
    let said = error.to_string();
    let (local, peer) = (dialled.local_addr(), dialled.peer_addr());
    let begins = format!("cannot see {local} -> {peer} reach CLOSE-WAIT within 20ms: ");
    assert!(said.starts_with(&begins), "{said}");
    assert!(said.contains("it is still ESTAB: ") && said.contains(" rto:"), "{said}");
    Ok(())
}

#[netns_test]
fn a_wait_for_sockets_that_is_in_vain_shows_them(server: Host, client: Host) -> Result {
    let (_listener, _dialled, _accepted) = connected(&server, &client)?;
    let short = Duration::from_millis(20);
    let error = server.wait_for_sockets(short, |sockets| sockets.is_empty()).unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("cannot see the wanted sockets of `server`"), "{said}");
    assert!(said.contains("LISTEN") && said.contains("ESTAB"), "{said}");
    let error = server.wait_for_established(&client, 2, short).unwrap_err().to_string();
    let begins = "cannot see `server` have 2 connections with `client` within 20ms: ";
    assert!(error.starts_with(begins), "{error}");
    assert!(error.contains("ESTAB") && !error.contains("LISTEN"), "{error}");
    Ok(())
}

#[netns_test]
async fn async_tests_wait_without_blocking(server: Host, client: Host) -> Result {
    let listener = server.listen_async(7000).await?;
    let dialled = client.connect_async(listener.addr()).await?;
    let accepted = listener.accept().await?;
    server.wait_for_established_async(&client, 1, LIMIT).await?;
    // On the same thread: it would never close if the wait did not let it.
    let closing = tokio::spawn(async move { accepted.close() });
    dialled.wait_for_state(TcpState::CloseWait, LIMIT).await?;
    closing.await?;
    let gone = |sockets: &Sockets| sockets.to(&client).established().is_empty();
    server.wait_for_sockets_async(LIMIT, gone).await?;
    let short = Duration::from_millis(20);
    let error = dialled.wait_for_state(TcpState::Listen, short).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(dialled.info()?.state, TcpState::CloseWait);
    Ok(())
}
