//! Hosts find each other by name.

use super::*;

#[netns_test]
fn hosts_find_each_other_by_name(server: Host, client: Host) -> Result {
    if !has_names(&server) {
        assert_unknown(&client, "server");
        return Ok(());
    }
    let listener = server.listen(7000)?;
    for from in [&client, &server] {
        from.connect(("server", 7000))?;
        assert!(server.addrs().contains(&listener.accept()?.local_addr().ip()));
    }
    let found: BTreeSet<IpAddr> = client.run(|| resolve("server"))?;
    assert_eq!(found, server.addrs().into_iter().collect());
    Ok(())
}

fn resolve(name: &str) -> std::io::Result<BTreeSet<IpAddr>> {
    Ok((name, 0).to_socket_addrs()?.map(|found| found.ip()).collect())
}

#[netns_test]
fn the_system_s_own_names_still_resolve(server: Host) -> Result {
    if !has_file_of_names() {
        assert_unknown(&server, "localhost");
        return Ok(());
    }
    let found = server.run(|| resolve("localhost"))?;
    assert!(found.iter().all(IpAddr::is_loopback) && !found.is_empty(), "{found:?}");
    Ok(())
}

#[netns_test]
fn hosts_that_come_later_are_found_as_well(net: Net, first: Host) -> Result {
    let [second] = net.hosts(["second"])?;
    assert!(first.run(|| resolve("second")).is_err(), "it has no address yet");
    net.link("late", &[&first, &second])?;
    if !has_names(&first) {
        assert_unknown(&first, "second");
        return Ok(());
    }
    let found = first.run(|| resolve("second"))?;
    assert_eq!(found, second.addrs().into_iter().collect());
    Ok(())
}

#[netns_test]
fn a_name_that_nobody_has_does_not_resolve(server: Host) {
    assert_unknown(&server, "nobody-has-this-name");
}

#[netns_test]
fn parameters_name_their_hosts(net: Net, server: Host, _client: Host) -> Result {
    assert_eq!(server.name(), "server");
    assert_eq!(net.host("client")?.name(), "client");
    let unknown = net.host("nobody").unwrap_err().to_string();
    assert_eq!(unknown, "cannot find host `nobody`: the hosts are `server`, `client`");
    Ok(())
}

#[netns_test]
fn a_name_that_is_taken_is_refused(net: Net, server: Host) {
    let refused = net.hosts(["Server"]).unwrap_err().to_string();
    assert_eq!(refused, "cannot add host `Server`: a host `server` already exists");
    assert!(net.hosts(["a", "a"]).unwrap_err().to_string().contains("`a` already"));
    // Nothing of a refused request is there.
    assert!(net.host("a").is_err());
    drop(server);
}

#[netns_test]
fn the_file_of_a_host_is_its_namespace(server: Host, client: Host) -> Result {
    if !may_mount(&server) {
        assert!(!may_mount(&client), "the one has a file, and the other has none");
        return Ok(());
    }
    for host in [&server, &client] {
        let path = host.netns_path()?;
        assert_eq!(path.file_name().unwrap(), host.name());
        let file = fs::metadata(path)?;
        let own = host.run(|| fs::metadata("/proc/thread-self/ns/net"))?;
        assert_eq!((file.dev(), file.ino()), (own.dev(), own.ino()));
    }
    Ok(())
}
