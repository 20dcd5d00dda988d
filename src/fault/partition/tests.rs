//! What is left in the kernel, which the public interface does not show.

use std::sync::Arc;

use crate::netlink::{Message, NLM_F_DUMP, Request};

use super::*;
use crate::net::Namespace;
use crate::nftables::{NETLINK_NETFILTER, TableFamily, all_tables, batches, flush_ruleset};
use crate::{IcmpKind, Result, Rule, netns_test};

/// The namespace of the switch between hosts.
fn switch(net: &Net) -> Arc<Namespace> {
    let (hosts, links) = (net.all_hosts(), net.links());
    let switch = links.iter().find_map(|link| link.port(&hosts[0])).map(|(switch, _)| switch);
    Arc::clone(switch.expect("they are on a bridge").namespace())
}

/// How many tables of nftables there are in the namespaces of hosts and of the switch between them.
fn tables(net: &Net) -> Result<usize> {
    let mut namespaces: Vec<Arc<Namespace>> =
        net.all_hosts().iter().map(|host| Arc::clone(host.namespace())).collect();
    namespaces.push(switch(net));
    let mut count = 0;
    for namespace in namespaces {
        let request = Request::new("list tables", all_tables(TableFamily::Any), NLM_F_DUMP);
        let held: Vec<Message> =
            namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))?;
        count += held.len();
    }
    Ok(count)
}

/// A hundred changes of shape in a row, some of them healed a part at a time, by policies that have others
/// answer as well.
#[netns_test]
fn after_a_hundred_changes_of_shape_nothing_is_left(net: Net) -> Result {
    let names: Vec<String> = (0..8).map(|number| format!("h{number}")).collect();
    let hosts = net.add_hosts(&names)?;
    let before = tables(&net)?;
    let policies = [Policy::drop(), Policy::reset(), Policy::refuse(IcmpKind::HostUnreachable)];
    let mut last = net.partition(Split::random_from(&hosts, 0))?;
    assert!(tables(&net)? > before, "they are counted");
    for seed in 1..=100 {
        let policy = policies[seed as usize % policies.len()].clone();
        let mut next = net.partition_with(Split::random_from(&hosts, seed), policy)?;
        let pairs = next.split().pairs();
        if pairs.len() > 1 {
            next.heal_among(&pairs[pairs.len() / 2])?;
            assert_eq!(next.split().pairs().len(), pairs.len() - 1);
        }
        std::mem::replace(&mut last, next).heal()?;
    }
    last.heal()?;
    assert_eq!(tables(&net)?, before);
    Ok(())
}

/// As `nft flush ruleset` does.
fn flush(namespace: &Namespace) -> Result {
    let request = Request::new("flush the ruleset", flush_ruleset(TableFamily::Any), 0);
    for batch in batches(vec![request]) {
        namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch))?;
    }
    Ok(())
}

/// On a bridge one part is the block of all pairs: as long as it cannot let go of some, all stay cut off.
#[netns_test]
fn what_could_not_be_healed_in_part_is_still_all_of_it(net: Net) -> Result {
    let [a, b, c] = net.hosts(["a", "b", "c"])?;
    let mut partition = net.partition([[&a], [&b], [&c]])?;
    let (before, told) = (partition.split().clone(), partition.to_string());
    let (since, noted) = (partition.in_effect_at(), net.timeline().faults().len());
    flush(&switch(&net))?;
    let lost = partition.heal_among([&a, &b]).expect_err("its rules are gone");
    assert!(lost.is_lost_fault(), "{lost}");
    assert_eq!((partition.split(), partition.to_string()), (&before, told));
    assert_eq!((partition.in_effect_at(), net.timeline().faults().len()), (since, noted));
    assert!(partition.heal().expect_err("they still are").is_lost_fault());
    Ok(())
}

/// Where each pair has a block of its own, those that can be removed are, and one that had ended is over.
#[netns_test]
fn a_pair_whose_block_had_ended_is_no_longer_of_it(net: Net) -> Result {
    let [a, b, c, d] = net.hosts(["a", "b", "c", "d"])?;
    let policy = Policy::firewall([Rule::input().drop()]);
    let mut partition = net.partition_with([[&a], [&b], [&c], [&d]], policy)?;
    // The block between two is at the earlier one.
    flush(a.namespace())?;
    let lost = partition.heal_among([&a, &b, &c]).expect_err("two of the three have ended");
    assert!(lost.is_lost_fault(), "{lost}");
    let left = [&a, &b, &c].map(|host| [host.clone(), d.clone()]);
    assert_eq!(partition.split().pairs(), left);
    let error = partition.try_packets().expect_err("the block of the first pair has ended");
    assert!(error.is_lost_fault(), "{error}");
    Ok(())
}
