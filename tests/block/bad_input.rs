//! Bad input.

use super::*;

/// A refusal that needs no look at the network comes at once; a probe that does not arrive takes
/// two seconds.
#[track_caller]
fn assert_refused_at_once(host: &Host, peer: &Host, expected: &str) {
    for policy in [
        Policy::drop(),
        Policy::reset(),
        Policy::sever(Notified::Both),
        Policy::firewall([Rule::input().drop()]),
    ] {
        let begun = Instant::now();
        let refused = host.block_with(peer, policy).expect_err("there is nothing to be blocked");
        assert!(refused.to_string().contains(expected), "{refused}");
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}

#[netns_test]
fn a_host_cannot_be_blocked_from_itself(net: Net, server: Host, client: Host) -> Result {
    let refused = client.block(&client.clone()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot block `client` from `client`: a host cannot be blocked from itself"
    );
    // Whichever handle it is that names it.
    assert_refused_at_once(&client, &net.host("client")?, "cannot be blocked from itself");
    let of_link = net.links()[0].hosts()[1].clone();
    assert_refused_at_once(&of_link, &client, "cannot be blocked from itself");
    drop(server);
    Ok(())
}

#[netns_test]
fn hosts_that_share_no_link_cannot_be_blocked(net: Net, server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    let [a, b] = net.hosts(["a", "b"])?;
    assert_refused_at_once(&server, &a, "no link joins them");
    let refused = server.block(&a).unwrap_err().to_string();
    assert_eq!(
        refused,
        "cannot block `a` from `server`: no link joins them and there is no route between them: \
         there is nothing to block\n\
         help: join them by `Net::link`, or by a router (`Topology`); of hosts behind routers that \
         translate, block each from its own router"
    );
    // What they have in common with a third one is no link of theirs.
    net.link("eth1", &[&client, &a])?;
    assert_refused_at_once(&server, &a, "no link joins them");
    assert_refused_at_once(&b, &client, "no link joins them");
    client.block(&a)?.unblock()?;
    path.passes();
    Ok(())
}

/// They have the same addresses and interfaces, and even the same numbers of these.
#[netns_test]
fn hosts_of_two_nets_cannot_be_blocked(server: Host, client: Host) -> Result {
    let other = Net::new();
    let [_, theirs] = other.hosts(["server", "client"])?;
    assert_refused_at_once(&server, &theirs, "they belong to different nets");
    assert_refused_at_once(&theirs, &server, "they belong to different nets");
    Path::between(&server, &client)?.passes();
    Ok(())
}

#[netns_test]
fn a_host_without_a_link_cannot_be_blocked(net: Net, server: Host, client: Host) -> Result {
    let [alone] = net.hosts(["alone"])?;
    assert_eq!(
        server.block(&alone).unwrap_err().to_string(),
        "cannot block `alone` from `server`: `alone` has no address: it is not linked yet"
    );
    assert_eq!(
        alone.block(&server).unwrap_err().to_string(),
        "cannot block `server` from `alone`: `alone` has no address: it is not linked yet"
    );
    // A refusal blocks nothing.
    Path::between(&server, &client)?.passes();
    Ok(())
}

#[netns_test]
async fn an_async_test_blocks_in_the_same_way(server: Host, client: Host) -> Result {
    let listener = server.listen_async(7000).await?;
    let mut dialled = client.connect_async(listener.addr()).await?;
    let mut accepted = listener.accept().await?;
    let block = client.block(&server)?;
    dialled.send(b"sent during the block").await?;
    accepted.set_deadline(Duration::from_millis(300));
    assert_eq!(accepted.recv().await.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(block.packets() > 0);
    block.unblock()?;
    accepted.set_deadline(LIMIT);
    assert_eq!(accepted.recv().await?, b"sent during the block");
    Ok(())
}
