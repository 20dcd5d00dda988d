//! When a block was in effect, and what it is.

use super::*;

#[netns_test]
fn a_block_knows_when_it_came_into_effect(server: Host, client: Host) -> Result {
    let before = Instant::now();
    let mut block = server.block(&client)?;
    let after = Instant::now();
    let since = block.in_effect_at();
    assert!((before..=after).contains(&since));
    block.suspend(|| ())?;
    let again = Instant::now();
    block.swap(Policy::sever(Notified::Both))?;
    let swapped = block.in_effect_at();
    assert!((again..=Instant::now()).contains(&swapped), "as it does now");
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_block_says_what_it_is(server: Host, client: Host) -> Result {
    let mut block = server.block(&client)?;
    assert_eq!(block.to_string(), "block `client` from `server`");
    for (policy, by) in [
        (Policy::reset().tcp().new_connections(), "reset (tcp, new connections)"),
        (
            Policy::refuse(IcmpKind::PolicyFail).ipv6().from_peer(),
            "refuse icmp6-policy-fail (from peer, ip6)",
        ),
        (Policy::sever(Notified::Peer).port(80), "sever, peer notified (port 80)"),
        (
            Policy::firewall([Rule::input().drop(), Rule::output().udp().reject()]),
            "nftables rules `-I INPUT -s PEER -j DROP`, `-I OUTPUT -d PEER -p udp -j REJECT \
             --reject-with icmp-port-unreachable`",
        ),
    ] {
        block.swap(policy.clone())?;
        assert_eq!(policy.to_string(), by);
        assert_eq!(block.to_string(), format!("block `client` from `server` by {by}"));
    }
    block.swap(Policy::reset())?;
    let shown = format!("{block:?}");
    for part in ["Block", "server", "client", "10.0.0.1", "Reset"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    block.unblock()?;
    Ok(())
}
