use netns_test::{Host, Net, Policy, Result, Routed, Rule, Split, netns_test};

use super::peers::Peers;
use super::support::families::can_run_with_ipv6;
use super::support::interface::set_down;

/// What a split is refused with, and that nothing is begun then.
fn refused(net: &Net, split: impl Into<Split>, policy: Policy) -> String {
    let before = net.timeline().faults().len();
    let error = net.partition_with(split, policy).unwrap_err().to_string();
    assert_eq!(net.timeline().faults().len(), before, "it was begun");
    error
}

#[netns_test]
fn each_host_is_named_once(net: Net, a: Host, b: Host, c: Host, d: Host) -> Result {
    let mut peers = Peers::of(&net.all_hosts())?;
    let drop = Policy::drop;
    let twice = refused(&net, [vec![&a, &b], vec![&c, &d, &a]], drop());
    assert_eq!(twice, "cannot partition `a`, `b` from `c`, `d`, `a`: `a` is named twice");
    let left_out = refused(&net, [[&a], [&b]], drop());
    assert_eq!(
        left_out,
        "cannot partition `a` from `b`: it leaves out `c`, `d`\n\
         help: name each host once; one that is to see all sides is named by `Split::bridged_by`"
    );
    let bridge = refused(&net, Split::bridge(&c, [&a, &b, &d]).bridged_by(&a), drop());
    assert!(bridge.ends_with("`a` is named twice"), "{bridge}");
    let empty = refused(&net, [vec![&a, &b, &c, &d], vec![]], drop());
    assert_eq!(empty, "cannot partition `a`, `b`, `c`, `d` from nobody: group 2 of 2 is empty");
    for one in [Split::of([[&a, &b, &c, &d]]), Split::random_from([&a], 1)] {
        let error = refused(&net, one, drop());
        assert!(error.ends_with("it takes two groups or more"), "{error}");
    }
    let ring = refused(&net, Split::ring([&a, &b, &c]).bridged_by(&d), drop());
    assert!(ring.ends_with("in a ring of 3 each sees all: it takes four or more"), "{ring}");
    let other = Net::new();
    let [stranger] = other.hosts(["stranger"])?;
    let error = refused(&net, [vec![&a, &b, &c, &d], vec![&stranger]], drop());
    assert!(error.ends_with("`stranger` is a host of another net"), "{error}");
    peers.all_hear(false)
}

#[netns_test]
fn a_policy_is_one_for_groups(net: Net, a: Host, b: Host) -> Result {
    let groups = || Split::of([[&a], [&b]]);
    let contradiction = refused(&net, groups(), Policy::reset().udp());
    assert!(contradiction.contains("only TCP has resets"), "{contradiction}");
    let one = Policy::drop().flow(a.addr(1), b.addr(2));
    let error = refused(&net, groups(), one);
    assert!(error.contains("a single connection joins only two hosts"), "{error}");
    let both_ways = refused(&net, Split::one_way([&a], [&b]), Policy::drop().from_peer());
    assert!(both_ways.contains("it is one way already"), "{both_ways}");
    let none = net.partition_with(groups(), Policy::drop().existing_flows()).unwrap_err();
    assert!(none.to_string().ends_with("there is no connection between them now"), "{none}");
    Ok(())
}

/// The one that cannot be reached is named; who can be is not cut off.
#[netns_test]
fn a_host_without_a_path_is_told(net: Net, a: Host, b: Host, _c: Host) -> Result {
    let [alone] = net.hosts(["alone"])?;
    let error = refused(&net, Split::isolate(&a, net.all_hosts()), Policy::drop());
    assert!(error.contains("(between `a` and `alone`): `alone` has no address"), "{error}");
    net.link("far", &[&alone, &b])?;
    let error = net.partition(Split::isolate(&a, net.all_hosts())).unwrap_err().to_string();
    assert!(error.contains("(between `a` and `alone`): no link joins them"), "{error}");
    let mut peers = Peers::of(&net.all_hosts()[..3])?;
    peers.all_hear(false)
}

/// Routers may be left out, and may be parted as well.
#[netns_test]
fn a_router_may_be_left_out(net: Net, routed: Routed) -> Result {
    let ends = [routed.client.clone(), routed.server.clone()];
    let mut peers = Peers::of(&ends)?;
    peers.all_hear(false)?;
    let partition = net.partition(Split::halves(&ends))?;
    peers.speak(false, |_, _| true, || partition.packets())?;
    partition.heal()?;
    let partition = net.partition([vec![&routed.client, &routed.router], vec![&routed.server]])?;
    peers.speak(false, |_, _| true, || partition.packets())?;
    partition.heal()?;
    peers.all_hear(false)
}

/// The last of three firewalls cannot be made: those before it do not stay.
#[netns_test]
fn what_cannot_be_made_for_all_is_made_for_none(net: Net) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let hosts = net.hosts(["a", "b", "c", "d"])?;
    let mut peers = Peers::of(&hosts)?;
    peers.all_hear(true)?;
    // A rule of IPv6 alone is about nobody where the peer has no such address.
    let last = &hosts[3];
    last.run(|| set_down("eth0"))?;
    let policy = Policy::firewall([Rule::input().ipv6().drop()]);
    let error = net.partition_with(Split::isolate(&hosts[0], &hosts), policy).unwrap_err();
    assert!(error.to_string().contains("no rule covers an address family of the peer"), "{error}");
    let mut left = Peers::of_port(&hosts[..3], 7001)?;
    left.all_hear(true)
}
