//! What is left in the kernel, which the public interface does not show.

use std::sync::Arc;

use rtnetlink::packet_core::NLM_F_DUMP;

use super::*;
use crate::net::Namespace;
use crate::netlink::Request;
use crate::nftables::{Message, NETLINK_NETFILTER, TableFamily, all_tables};
use crate::{IcmpKind, Result, netns_test};

/// How many tables of nftables there are in the namespaces of hosts and of the switch between them.
fn tables(net: &Net) -> Result<usize> {
    let hosts = net.all_hosts();
    let links = net.links();
    let mut namespaces: Vec<Arc<Namespace>> =
        hosts.iter().map(|host| Arc::clone(host.namespace())).collect();
    let switch = links.iter().find_map(|link| link.port(&hosts[0])).map(|(switch, _)| switch);
    namespaces.push(Arc::clone(switch.expect("they are on a bridge").namespace()));
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
