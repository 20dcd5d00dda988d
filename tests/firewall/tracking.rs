//! Blocks of the wire, and hosts that track connections.

use super::*;

/// A host whose own rules let everything pass that belongs to a connection: conntrack is at work.
pub(crate) fn track(host: &Host) -> Result {
    let chain = |hook| {
        format!(
            "chain {hook} {{ type filter hook {hook} priority 0; ct state established accept; \
             ct state new accept; }};"
        )
    };
    let table = format!("table inet tracked {{ {} {} }}", chain("input"), chain("output"));
    host.exec("nft", [&table])?;
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
pub(crate) fn blocks_of_the_wire_act_on_connections_that_the_hosts_track(
    server: Host,
    client: Host,
) -> Result {
    for host in [&server, &client] {
        track(host)?;
    }
    let listener = server.listen(7000)?;
    for (policy, told) in [
        (Policy::drop(), None),
        (Policy::reset(), Some(libc::ECONNRESET)),
        (Policy::refuse(IcmpKind::HostUnreachable), None),
    ] {
        let mut dialled = client.connect(listener.addr())?;
        let mut accepted = listener.accept()?;
        let tracked = "/proc/sys/net/netfilter/nf_conntrack_count";
        let tracked = client.run(|| fs::read_to_string(tracked))?;
        assert!(tracked.trim().parse::<u32>()? > 0, "conntrack has not seen the connection");
        let block = client.block_with(&server, policy.clone())?;
        dialled.send(b"during")?;
        eventually(Duration::from_secs(5), || block.packets() > 0)?;
        match told {
            Some(errno) => assert_eq!(dialled.recv().unwrap_err().raw_os_error(), Some(errno)),
            None => {
                accepted.set_deadline(Duration::ZERO);
                assert_eq!(accepted.recv().unwrap_err().kind(), ErrorKind::TimedOut, "{policy}");
            }
        }
        block.unblock()?;
        if told.is_none() {
            accepted.set_deadline(Duration::from_secs(10));
            assert_eq!(accepted.recv()?, b"during", "{policy}");
        }
    }
    Ok(())
}
