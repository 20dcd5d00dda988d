use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use netns_test::{Host, Net, Result, netns_test};

/// The service's own address, in addition to those of the hosts.
const SERVICE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 100));

#[netns_test]
fn a_client_follows_the_service(net: Net, one: Host, other: Host, client: Host) -> Result {
    one.add_addr(SERVICE)?;
    let (first, second) = (one.listen(80)?, other.listen(80)?);
    let mut conn = client.connect((SERVICE, 80))?;
    let _accepted = first.accept()?;

    net.move_addr(SERVICE, &one, &other)?; // as keepalived does: with an announcement
    client.connect((SERVICE, 80))?;
    second.accept()?;

    // The new host does not know connections that were open before.
    conn.send(b"still there?")?;
    let error = conn.recv().expect_err("a connection does not move");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);

    // Without an announcement the client still goes to the old host.
    net.move_addr_silently(SERVICE, &other, &one)?;
    let dial = client.connect_within((SERVICE, 80), Duration::from_millis(300));
    assert_eq!(dial.expect_err("it is not there").kind(), ErrorKind::TimedOut);
    Ok(())
}
