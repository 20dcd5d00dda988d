//! Who answers at an address that has moved.

use std::io::{self, ErrorKind};

use netns_test::{Host, Net, Result, netns_test};

use crate::{PATIENCE, SERVICE, service};

/// Two replicas; the first one has the service's address.
fn replicas(one: &Host, other: &Host) -> Result {
    one.add_addr(SERVICE)?;
    for replica in [one, other] {
        replica.run(|| service::start(replica.name()))?;
    }
    Ok(())
}

fn ask(client: &Host) -> io::Result<String> {
    client.run(|| service::ask(SERVICE, PATIENCE))
}

#[netns_test]
fn a_client_follows_an_announced_address_at_once(
    net: Net,
    one: Host,
    other: Host,
    client: Host,
) -> Result {
    replicas(&one, &other)?;
    assert_eq!(ask(&client)?, "one");
    net.move_addr(SERVICE, &one, &other)?;
    assert_eq!(ask(&client)?, "other");
    Ok(())
}

/// The client has the old host's Ethernet address in its ARP cache, and does not ask again for at least a
/// quarter of a minute. A newcomer asks at once who has the address.
#[netns_test]
fn without_an_announcement_a_client_goes_on_to_the_old_host(
    net: Net,
    one: Host,
    other: Host,
    client: Host,
    newcomer: Host,
) -> Result {
    replicas(&one, &other)?;
    assert_eq!(ask(&client)?, "one");
    net.move_addr_silently(SERVICE, &one, &other)?;
    assert_eq!(ask(&client).expect_err("it is not there").kind(), ErrorKind::TimedOut);
    assert_eq!(ask(&newcomer)?, "other");
    // The old host got each of the client's packets, and the new one none.
    let dials = net.capture()?.from(&client).syn();
    assert!(dials.to(&one).len() > 1 && dials.to(&other).is_empty(), "{dials}");

    other.announce_addr(SERVICE)?;
    assert_eq!(ask(&client)?, "other");
    Ok(())
}

/// A host that takes over an address does not have its connections.
#[netns_test]
fn a_connection_does_not_move(net: Net, one: Host, other: Host, client: Host) -> Result {
    one.add_addr(SERVICE)?;
    let _listener = one.listen(80)?;
    let mut conn = client.connect((SERVICE, 80))?;
    net.move_addr(SERVICE, &one, &other)?;
    conn.send(b"still there?")?;
    let error = conn.recv().expect_err("the new host does not know it");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    Ok(())
}
