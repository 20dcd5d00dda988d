//! What addresses hosts have.

use super::*;

#[netns_test]
fn addresses_are_the_same_in_every_run(a: Host, b: Host, c: Host) {
    for (number, host) in (1..).zip([&a, &b, &c]) {
        assert_eq!(host.ipv4(), Ipv4Addr::new(10, 0, 0, number));
        assert_eq!(host.has_ipv6(), has_ipv6());
        if !has_ipv6() {
            assert_eq!(host.addrs(), [IpAddr::from(host.ipv4())]);
            continue;
        }
        assert_eq!(host.ipv6(), Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number.into()));
        assert_eq!(host.addrs(), [IpAddr::from(host.ipv4()), host.ipv6().into()]);
    }
}

#[netns_test]
fn ipv6_addresses_can_be_bound_at_once(server: Host, _client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    // With duplicate address detection this is EADDRNOTAVAIL for more than a second.
    server.run(|| TcpListener::bind((server.ipv6(), 80)))?;
    server.run(|| UdpSocket::bind((server.ipv6(), 80)))?;
    Ok(())
}

#[netns_test]
fn a_host_has_its_own_loopback(server: Host, client: Host) -> Result {
    let loopback = |ipv6| match ipv6 {
        true => IpAddr::from(Ipv6Addr::LOCALHOST),
        false => Ipv4Addr::LOCALHOST.into(),
    };
    for loopback in families().map(loopback) {
        let listener = server.run(|| TcpListener::bind((loopback, 7000)))?;
        let addr = listener.local_addr()?;
        let mut dialled = server.run(|| TcpStream::connect(addr))?;
        let (mut accepted, _) = listener.accept()?;
        dialled.write_all(b"hello")?;
        let mut received = [0; 5];
        accepted.read_exact(&mut received)?;
        assert_eq!(&received, b"hello");
        // The same address in the other host is the other host.
        let refused = client.run(|| TcpStream::connect(addr)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    Ok(())
}

#[netns_test]
fn a_host_reaches_itself_by_its_own_address(server: Host, _client: Host) {
    assert_reaches(&server, &server);
}

#[netns_test]
fn a_host_without_a_link_has_its_loopback_only(alone: Host) -> Result {
    assert!(alone.addrs().is_empty() && !alone.has_ipv6());
    let listener = alone.listen(0)?;
    assert_eq!(listener.addr().ip(), Ipv4Addr::LOCALHOST);
    alone.connect(listener.addr())?;
    let unreachable = alone.connect("10.0.0.1:80").unwrap_err();
    assert_eq!(unreachable.kind(), ErrorKind::NetworkUnreachable);
    for ask in [|host: &Host| host.ipv4().into(), |host: &Host| IpAddr::from(host.ipv6())] {
        let panicked = catch_unwind(AssertUnwindSafe(|| ask(&alone))).unwrap_err();
        let said = panicked.downcast_ref::<String>().unwrap();
        assert_eq!(said, "host `alone` has no address: it is not linked to another host yet");
    }
    Ok(())
}

#[netns_test]
fn a_second_link_gives_a_second_address(net: Net, server: Host, client: Host) -> Result {
    net.link("backup", &[&client, &server])?;
    let mut expected: Vec<IpAddr> = vec![
        Ipv4Addr::new(10, 0, 0, 1).into(),
        Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1).into(),
        // The second end of the second link.
        Ipv4Addr::new(10, 0, 1, 2).into(),
        Ipv6Addr::new(0xfd00, 0, 0, 1, 0, 0, 0, 2).into(),
    ];
    expected.retain(|address| address.is_ipv4() || has_ipv6());
    assert_eq!(server.addrs(), expected);
    assert_eq!(server.ipv4(), Ipv4Addr::new(10, 0, 0, 1), "the first link counts");
    let listener = server.listen(7000)?;
    for addr in server.addrs() {
        let begun = Instant::now();
        let dialled = client.connect((addr, 7000))?;
        assert!(begun.elapsed() < WITHOUT_LOSS, "{addr}: {:?}", begun.elapsed());
        assert_eq!(listener.accept()?.peer_addr(), dialled.local_addr());
    }
    let devices = server.run(|| fs::read_to_string("/proc/thread-self/net/dev"))?;
    for name in ["lo:", "eth0:", "backup:"] {
        assert!(devices.contains(name), "{name} is not in {devices}");
    }
    Ok(())
}

#[netns_test]
fn a_link_that_cannot_be_is_refused_and_not_begun(net: Net, server: Host, client: Host) {
    let refusal = |name: &str, hosts: &[&Host]| net.link(name, hosts).unwrap_err().to_string();
    let both = [&server, &client];
    assert_eq!(
        refusal("eth0", &both),
        "cannot link `server`, `client` by `eth0`: `server` has an interface of this name"
    );
    assert_eq!(
        refusal("wan", &[&server]),
        "cannot link `server` by `wan`: a link joins two hosts or more"
    );
    assert!(refusal("wan", &[]).ends_with("a link joins two hosts or more"));
    assert!(refusal("wan", &[&server, &server]).ends_with("`server` is named twice"));
    assert_eq!(refusal("", &both), "cannot add interface ``: the name is empty");
    assert!(refusal("sixteen-letters!", &both).contains("16 bytes, and can have at most 15"));
    assert_eq!(server.addrs().len(), families().count(), "nothing of it was done");
    assert_reaches(&client, &server);
}
