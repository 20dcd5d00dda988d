//! The two hosts, all their addresses, and nobody else.

use super::*;

#[netns_test]
fn every_address_of_a_peer_with_two_links_is_blocked(
    net: Net,
    server: Host,
    client: Host,
) -> Result {
    net.link("backup", &[&server, &client])?;
    let path = Path::between(&server, &client)?;
    let ways = families().count() * 2 * 2;
    assert_eq!(path.ways().count(), ways, "all families on two links, in two directions");
    path.passes();
    let block = server.block(&client)?;
    path.vanishes(&[&block]);
    block.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn a_later_block_covers_a_link_that_was_added_in_between(
    net: Net,
    server: Host,
    client: Host,
) -> Result {
    let first = server.block(&client)?;
    net.link("backup", &[&server, &client])?;
    let second = server.block(&client)?;
    let path = Path::between(&server, &client)?;
    path.vanishes(&[&first, &second]);
    first.unblock()?;
    path.vanishes(&[&second]);
    second.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn other_hosts_on_the_same_bridge_are_not_affected(a: Host, b: Host, c: Host) -> Result {
    let [a_b, a_c, b_c] = [Path::between(&a, &b)?, Path::between(&a, &c)?, Path::between(&b, &c)?];
    let block = a.block(&b)?;
    for path in [&a_c, &b_c] {
        path.passes();
    }
    for (from, to) in [(&a, &c), (&c, &a), (&b, &c), (&c, &b)] {
        let listener = to.listen(0)?;
        for addr in addresses(&listener) {
            from.connect_within(addr, UNDISTURBED)?;
        }
    }
    assert_eq!(block.packets(), 0, "none of that is its business");
    a_b.vanishes(&[&block]);
    block.unblock()?;
    a_b.passes();
    Ok(())
}

#[netns_test]
fn blocks_of_different_peers_do_not_disturb_each_other(a: Host, b: Host, c: Host) -> Result {
    let [a_b, a_c, b_c] = [Path::between(&a, &b)?, Path::between(&a, &c)?, Path::between(&b, &c)?];
    let (from_b, from_c) = (a.block(&b)?, a.block(&c)?);
    a_b.vanishes(&[&from_b]);
    a_c.vanishes(&[&from_c]);
    b_c.passes();
    from_b.unblock()?;
    a_b.passes();
    a_c.vanishes(&[&from_c]);
    from_c.unblock()?;
    a_c.passes();

    // And the other way round.
    let (from_b, from_c) = (a.block(&b)?, c.block(&a)?);
    from_c.unblock()?;
    a_c.passes();
    a_b.vanishes(&[&from_b]);
    from_b.unblock()?;
    a_b.passes();
    Ok(())
}
