//! The test of a user: five nodes, of which a client always reaches most, and all of them afterwards.

use std::time::Duration;

use netns_test::nemesis::{Kind, Nemesis};
use netns_test::{
    Host, Policy, Process, Result, UdpEndpoint, eventually, eventually_async, netns_test,
};

use super::support::echo;

pub(crate) const MS: Duration = Duration::from_millis(1);

/// How long an answer may take, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_millis(500);

/// The same nemesis, in as short a time as shows what it does.
pub(crate) fn quick(nemesis: Nemesis) -> Nemesis {
    nemesis.lasting_at_least(10 * MS).quiet_at_least(MS)
}

/// The same nemesis of one fault, which begins at once and outlasts the test.
pub(crate) fn endless(nemesis: Nemesis) -> Nemesis {
    let minute = 60_000 * MS;
    nemesis.lasting_at_least(minute).quiet_at_least(Duration::ZERO).in_total(minute)
}

/// Nodes, as processes of their hosts, and who asks them.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Process>,
    asker: UdpEndpoint,
    asked: u64,
}

impl Cluster {
    pub(crate) fn start<'a>(
        hosts: impl IntoIterator<Item = &'a Host>,
        client: &Host,
    ) -> Result<Self> {
        let nodes = hosts.into_iter().map(|host| host.start_fn(echo::node, 7000));
        let nodes = nodes.collect::<std::result::Result<_, _>>()?;
        let mut asker = client.bind_udp(0)?;
        asker.set_deadline(PATIENCE);
        let mut cluster = Self { nodes, asker, asked: 0 };
        let all = cluster.nodes.len();
        eventually(5000 * MS, || cluster.answering(all) == all)?;
        Ok(cluster)
    }

    /// How many nodes answer soon; more than are enough are not waited for.
    pub(crate) fn answering(&mut self, enough: usize) -> usize {
        self.asked += 1;
        let question = self.asked.to_be_bytes();
        for node in &self.nodes {
            // A host whose power is off is unreachable at once, if it was asked for before.
            let _ = self.asker.send_to(&question, node.host().addr(7000));
        }
        let mut answered = Vec::new();
        while answered.len() < enough {
            match self.asker.recv_from() {
                Ok((answer, from)) if answer == question && !answered.contains(&from) => {
                    answered.push(from);
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        answered.len()
    }
}

#[netns_test]
fn most_of_five_answer_whatever_happens_and_all_of_them_after_it(
    a: Host,
    b: Host,
    c: Host,
    d: Host,
    e: Host,
    client: Host,
) -> Result {
    let hosts = [&a, &b, &c, &d, &e];
    let mut cluster = Cluster::start(hosts, &client)?;
    let nemesis = Nemesis::of(hosts)
        .running(&cluster.nodes)
        .with([Kind::partition(Policy::drop()), Kind::cut(), Kind::freeze()])
        .with([Kind::power_off(), Kind::kill()])
        .lasting_at_least(50 * MS)
        .quiet_at_least(20 * MS)
        .in_total(1000 * MS)
        .begin()?;
    // It befalls one node at a time, the one before may not be back yet, and the client sees all sides
    // of a partition.
    nemesis.consistently(|| match cluster.answering(3) {
        most @ 3.. => Ok(most),
        few => Err(format!("{few} of 5 answer")),
    })?;
    assert!(nemesis.is_over() && nemesis.entries().len() >= 5, "{nemesis}");
    eventually(5000 * MS, || cluster.answering(5) == 5)?;
    Ok(())
}

#[netns_test]
async fn an_async_test_claims_beside_it(a: Host, b: Host, c: Host) -> Result {
    let mut cluster = Cluster::start([&b, &c], &a)?;
    let nemesis = Nemesis::of([&b, &c]).with([Kind::freeze(), Kind::cut()]);
    let nemesis = quick(nemesis).in_total(200 * MS);
    let running = nemesis.begin()?;
    running.consistently_async(async || cluster.answering(1) == 1).await?;
    assert!(running.is_over());
    eventually_async(5000 * MS, async || cluster.answering(2) == 2).await?;
    let again = nemesis.begin()?.wait_async().await?;
    assert!(again.iter().all(|entry| entry.ended_at().is_some()));
    let healed = nemesis.begin()?.heal_async().await?;
    assert!(healed.iter().all(|entry| entry.began_at().is_some() == entry.ended_at().is_some()));
    Ok(())
}

#[netns_test]
fn what_does_not_hold_under_it_is_a_missed_claim(a: Host, b: Host, client: Host) -> Result {
    let mut cluster = Cluster::start([&a, &b], &client)?;
    let nemesis = endless(Nemesis::of([&a, &b]).with([Kind::freeze()]).faults(1)).begin()?;
    let missed = nemesis.consistently(|| cluster.answering(2) == 2).unwrap_err();
    let told = "cannot see it hold until the faults are over: after ";
    assert!(missed.is_missed_claim() && missed.to_string().starts_with(told), "{missed}");
    nemesis.heal()?;
    eventually(5000 * MS, || cluster.answering(2) == 2)?;
    Ok(())
}
