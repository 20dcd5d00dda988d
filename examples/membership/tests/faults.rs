//! What one node notices of another one, under every fault that separates it from the cluster.

use std::time::Duration;

use membership::cluster::{Cluster, NAMES, hosts_of};
use membership::isolation::Isolation;
use membership::node::{FORGIVEN, GOSSIP, NOTICED};
use netns_test::matrix::{Fault, Matrix, Trial};
use netns_test::{FromNet, IcmpKind, Notified, Policy, Result, Rule, netns_test};

/// For a machine that runs several trials at once.
const SLACK: Duration = Duration::from_secs(1);

/// Whether `by` sees `peer` alive. The faults are about `n1`, whichever of the two that is.
fn matrix(by: &'static str, peer: &'static str) -> Matrix {
    let start = move |trial: &Trial| {
        let cluster = Cluster::from_net(trial.net(), "cluster")?;
        Ok(move || cluster.view(by).iter().any(|name| name == peer))
    };
    Matrix::new(start)
        .host_names(NAMES)
        .between(by, peer)
        .trials(2)
        // The nodes mostly wait.
        .parallel(4)
        .detects_within(NOTICED + SLACK)
        .recovers_within(3 * GOSSIP + SLACK)
        .no_false_alarm_for(FORGIVEN)
}

/// `n1` is cut off from both others.
fn isolated(name: &str, policy: Policy) -> Fault {
    Fault::new(name, move |trial| {
        let all = hosts_of(trial.net())?;
        Ok(Isolation::begin(&all[0], &all, policy.clone())?)
    })
}

fn deaf() -> Fault {
    isolated("deaf: what is sent to it is lost", Policy::drop().from_peer())
}

fn mute() -> Fault {
    isolated("mute: what it sends is lost", Policy::drop().to_peer())
}

/// All faults that separate a node from the cluster in both directions. They look the same
/// to a protocol over unconnected UDP sockets: these get no errors, and silence is
/// all that there is to notice.
fn silent() -> Vec<Fault> {
    let swallowed = [Rule::input().reject(), Rule::output().reject()];
    vec![
        isolated("drop", Policy::drop()),
        isolated("drop, UDP only", Policy::drop().udp()),
        isolated("reset", Policy::reset()),
        isolated("refuse", Policy::refuse(IcmpKind::PortUnreachable)),
        isolated("sever", Policy::sever(Notified::Both)),
        isolated("REJECT on INPUT and OUTPUT", Policy::firewall(swallowed)),
    ]
}

/// The faults that must alarm nobody.
fn harmless() -> Vec<Fault> {
    vec![
        Fault::nothing(),
        isolated("drop for one round", Policy::drop()).harmless_for(GOSSIP),
        isolated("drop, TCP only", Policy::drop().tcp()).harmless(),
        // Gossip goes round the fault.
        Fault::policy(Policy::drop()).named("drop between the two only").harmless(),
    ]
}

#[netns_test(timeout = "3m")]
fn the_cluster_notices_whatever_silences_a_node() -> Result {
    let matrix = matrix("n2", "n1").against(silent()).against([mute()]);
    // A deaf node can still be heard.
    println!("{}", matrix.against(harmless()).against([deaf().harmless()]).run()?);
    Ok(())
}

#[netns_test(timeout = "3m")]
fn a_node_notices_whatever_makes_it_deaf() -> Result {
    let matrix = matrix("n1", "n2").against(silent()).against([deaf()]);
    // A mute node still hears the others.
    println!("{}", matrix.against(harmless()).against([mute().harmless()]).run()?);
    Ok(())
}
