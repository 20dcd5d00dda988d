//! What must never happen, whatever befalls the network and the nodes; and what must happen.
//!
//! That no term has two leaders does not depend on time: each node writes down that it leads before it
//! does, and a test reads all these records. That somebody leads does depend on time. The bounds are wide:
//! on a busy machine no node may run for a second, and elections without a winner are repeated.

use std::time::Duration;

use netns_test::matrix::Expect;
use netns_test::{Host, Net, Result, Split, consistently, eventually, netns_test};

use crate::NODES;
use crate::cluster::Cluster;
use crate::node::majority_of;

/// By then everything has happened that should.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// A cluster that counts its majority correctly, once all nodes follow the same leader.
fn elected(net: &Net) -> Result<(Vec<Host>, Cluster)> {
    let hosts = net.all_hosts();
    let cluster = Cluster::start(&hosts, majority_of(hosts.len()))?;
    eventually(LIMIT, || cluster.leader_of_all().is_some())?;
    Ok((hosts, cluster))
}

/// Five hosts on a link.
pub(super) fn five() -> Result<Net> {
    let net = Net::new();
    net.add_hosts(&NODES)?;
    Ok(net)
}

/// The leader, and the others in order.
fn leader_first(cluster: &Cluster, hosts: &[Host]) -> Result<(Host, Vec<Host>)> {
    let mut leader = None;
    eventually(LIMIT, || {
        leader = cluster.leader_of_all().cloned();
        leader.is_some()
    })?;
    let leader = leader.expect("it was there");
    let others = hosts.iter().filter(|host| **host != leader).cloned().collect();
    Ok((leader, others))
}

pub(super) fn assert_one_in_a_term(cluster: &Cluster) -> Result {
    let two = cluster.terms_of_two()?;
    assert!(two.is_empty(), "two lead in one term: {two:?}");
    Ok(())
}

/// How to partition a cluster around its leader.
type Shape = fn(&Host, &[Host]) -> Split;

fn whole<'a>(leader: &'a Host, others: &'a [Host]) -> impl Iterator<Item = &'a Host> {
    std::iter::once(leader).chain(others)
}

#[netns_test]
#[case::leader_alone(|leader, others| Split::isolate(leader, others))]
#[case::leader_in_a_minority(|leader, others| Split::halves(whole(leader, others)))]
#[case::leader_not_heard(|leader, others| Split::one_way([leader], others))]
fn a_majority_elects_another_one(#[case] shape: Shape) -> Result {
    let net = five()?;
    let (hosts, cluster) = elected(&net)?;
    let (leader, others) = leader_first(&cluster, &hosts)?;
    let partition = net.partition(shape(&leader, &others))?;
    eventually(LIMIT, || cluster.leader().is_some_and(|other| *other != leader))?;
    // It has missed the acknowledgements of a majority, or has heard of a later term.
    eventually(LIMIT, || !cluster.claimants().contains(&&leader))?;
    partition.heal()?;
    eventually(LIMIT, || cluster.leader_of_all().is_some())?;
    assert_one_in_a_term(&cluster)
}

#[netns_test]
fn a_minority_follows_nobody() -> Result {
    let net = five()?;
    let (hosts, cluster) = elected(&net)?;
    let (leader, others) = leader_first(&cluster, &hosts)?;
    let partition = net.partition(Split::majority(whole(&leader, &others)))?;
    let follows_nobody = |host: &Host| {
        let at = hosts.iter().position(|other| other == host).expect("it is one of them");
        matches!(cluster.states()[at], Some((_, None)))
    };
    eventually(LIMIT, || others[2..].iter().all(follows_nobody))?;
    eventually(LIMIT, || cluster.leader().is_some_and(|leader| !others[2..].contains(leader)))?;
    partition.heal()?;
    eventually(LIMIT, || cluster.leader_of_all().is_some())?;
    assert_one_in_a_term(&cluster)
}

/// In these shapes there are always nodes that do not hear the leader but reach nodes that do: they
/// challenge it again and again.
#[netns_test]
#[case::follower_as_a_bridge(|leader, others| Split::bridge(&others[0], whole(leader, &others[1..])))]
#[case::ring(|leader, others| Split::ring(whole(leader, others)))]
#[case::leader_hears_nothing(|leader, others| Split::one_way(others, [leader]))]
fn a_leader_that_some_miss_is_challenged_and_none_leads_beside_it(#[case] shape: Shape) -> Result {
    let net = five()?;
    let (hosts, cluster) = elected(&net)?;
    let (leader, others) = leader_first(&cluster, &hosts)?;
    let before = cluster.leaders()?.len();
    let partition = net.partition(shape(&leader, &others))?;
    eventually(LIMIT, || cluster.leaders().is_ok_and(|leaders| leaders.len() > before + 1))?;
    partition.heal()?;
    eventually(LIMIT, || cluster.leader_of_all().is_some())?;
    assert_one_in_a_term(&cluster)
}

/// More than twice as long as a node waits for its leader: by then a node that misses it has challenged
/// it.
const CHALLENGED: Duration = Duration::from_millis(500);

/// All nodes see a bridge that leads. But on a very busy machine its followers may miss it, and then
/// no challenger is seen by all: so there is more than one attempt.
#[netns_test]
fn a_leader_that_is_a_bridge_is_followed_by_both_sides() -> Result {
    let net = five()?;
    let (hosts, cluster) = elected(&net)?;
    let mut followed = false;
    for _ in 0..10 {
        let (leader, others) = leader_first(&cluster, &hosts)?;
        let partition = net.partition(Split::bridge(&leader, &others))?;
        consistently(CHALLENGED, || cluster.terms_of_two().is_ok_and(|two| two.is_empty()))?;
        followed = cluster.leader_of_all() == Some(&leader);
        partition.heal()?;
        if followed {
            break;
        }
    }
    assert!(followed, "a bridge that leads is challenged each time");
    assert_one_in_a_term(&cluster)
}

/// The most telling rows of the table, once each, with bounds for a busy machine.
#[netns_test(timeout = "2m")]
fn the_table_has_a_new_leader_where_the_old_one_is_lost() -> Result {
    let mut rows = crate::rows();
    rows.retain(|row| ["leader alone", "leader frozen"].contains(&row.name()));
    let rows = rows.into_iter().map(|row| row.expects("one claims to", Expect::Any));
    let matrix = crate::matrix(rows).trials(1).detects_within(LIMIT).recovers_within(LIMIT);
    let table = matrix.measure()?;
    assert_eq!(table.rows().len(), 2);
    for row in table.rows() {
        assert_eq!(row.answers_to("who leads")?.detection().count(), 1, "{table}");
        assert_eq!(row.answers_to("one in a term")?.as_expected(), 1, "{table}");
    }
    Ok(())
}
