//! Several networks.

use super::*;

#[netns_test]
fn two_nets_may_use_the_same_names_and_addresses(server: Host, client: Host) -> Result {
    let [other_server, other_client] = Net::new().hosts(["server", "client"])?;
    assert_eq!(server.addrs(), other_server.addrs());
    // Each pair has a connection of its own between the same addresses and ports.
    let ours = server.listen(7000)?;
    let theirs = other_server.listen(7000)?;
    let dialled = client.connect(ours.addr())?;
    assert_eq!(ours.accept()?.peer_addr(), dialled.local_addr());
    let dialled = other_client.connect(theirs.addr())?;
    assert_eq!(theirs.accept()?.peer_addr(), dialled.local_addr());
    let all = [&server, &client, &other_server, &other_client];
    let different: BTreeSet<_> = all.map(namespace_of).into();
    assert_eq!(different.len(), 4);
    if may_mount(&server) {
        let different: BTreeSet<_> = all.iter().map(|host| host.netns_path().unwrap()).collect();
        assert_eq!(different.len(), 4);
    }
    // A block in one net is none in the other.
    let block = client.block(&server)?;
    other_client.connect_within(theirs.addr(), WITHOUT_LOSS)?;
    let error = client.connect_within(ours.addr(), WITHOUT_LOSS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn nothing_leads_from_one_net_to_another(_server: Host, client: Host) -> Result {
    let net = Net::new();
    let [_a, _b, c] = net.hosts(["a", "b", "c"])?;
    let listener = c.listen(7000)?;
    assert_eq!(listener.addr().ip(), Ipv4Addr::new(10, 0, 0, 3));
    // On the client's own link nobody has this address: nobody answers, and after three
    // requests for the neighbour the kernel would say so.
    let error = client.connect_within(listener.addr(), Duration::from_millis(200)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    Ok(())
}

/// A clone of a handle is the same host, and a host outlives the net that made it.
#[netns_test]
fn handles_are_of_the_same_host(net: Net, server: Host) -> Result {
    assert_eq!(namespace_of(&server), namespace_of(&server.clone()));
    assert_eq!(namespace_of(&server), namespace_of(&net.host("server")?));
    let [a, b] = Net::new().hosts(["a", "b"])?;
    assert_reaches(&a, &b);
    let addrs = if has_ipv6() { "10.0.0.2, fd00::2" } else { "10.0.0.2" };
    assert_eq!(format!("{b:?}"), format!("Host {{ name: \"b\", addrs: [{addrs}] }}"));
    Ok(())
}

/// The bridge belongs to its hosts: nothing says that a `Net` must be kept.
#[netns_test]
fn hosts_on_a_bridge_outlive_the_net_that_made_them() -> Result {
    let [a, b, _c] = Net::new().hosts(["a", "b", "c"])?;
    let listener = b.listen(7000)?;
    // The kernel takes a namespace down a little later: a single connect may still succeed.
    consistently(Duration::from_secs(1), || {
        a.connect_within(listener.addr(), WITHOUT_LOSS).map(drop)
    })?;
    Ok(())
}

#[netns_test]
fn a_second_net_does_not_take_the_names_of_the_first(server: Host, client: Host) -> Result {
    let _listener = server.listen(7000)?;
    let [_a, _b] = Net::new().hosts(["a", "b"])?;
    match has_names(&server) {
        true => drop(client.connect(("server", 7000))?),
        false => assert_unknown(&client, "server"),
    }
    Ok(())
}
