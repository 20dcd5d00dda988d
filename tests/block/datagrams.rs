//! Datagrams, and everything else.

use super::*;

#[netns_test]
fn datagrams_vanish_without_an_error_and_pass_after_lifting(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    path.passes();
    let block = client.block(&server)?;
    path.vanishes(&[&block]);
    block.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn link_local_addresses_are_blocked_as_well(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let mut path = Path::between(&server, &client)?;
    for (at, host, other) in [(0, &server, &client), (1, &client, &server)] {
        let (address, _) = link_local(host)?;
        let (_, scope) = link_local(other)?;
        let port = path.addrs[at][0].port();
        path.addrs[at] = vec![SocketAddrV6::new(address, port, 0, scope).into()];
    }
    path.passes();
    let block = server.block(&client)?;
    path.vanishes(&[&block]);
    block.unblock()?;
    path.passes();
    Ok(())
}

/// The link-local address of a host, and the number of the interface that has it.
fn link_local(host: &Host) -> Result<(Ipv6Addr, u32)> {
    // Not /proc/net, which shows the namespace of the process's first thread.
    let listed = host.run(|| fs::read_to_string("/proc/thread-self/net/if_inet6"))?;
    // fe800000000000000000000000000001 0a 40 20 80 eth0
    let line = listed.lines().find(|line| line.starts_with("fe80")).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    let address = u128::from_str_radix(words[0], 16)?;
    Ok((address.into(), u32::from_str_radix(words[1], 16)?))
}

#[netns_test]
fn pings_are_blocked_as_well(server: Host, client: Host) -> Result {
    for from in [&server, &client] {
        let to = if from.name() == "server" { &client } else { &server };
        for addr in to.addrs() {
            let mut ping = Ping::of(from, addr)?;
            ping.is_answered()?;
            let block = client.block(&server)?;
            ping.vanishes(&block)?;
            assert_eq!(block.packets(), 1);
            block.unblock()?;
            // The only answer: the one before has vanished, and its answer was never made.
            ping.is_answered()?;
        }
    }
    Ok(())
}
