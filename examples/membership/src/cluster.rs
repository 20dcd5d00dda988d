//! Three nodes in three hosts.

use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use netns_test::{Error, FromNet, Host, Net, Plan, Policy, Result, eventually};

use crate::change::{Change, follow};
use crate::isolation::Isolation;
use crate::node::Node;

/// The names of the hosts, and of the nodes in them.
pub const NAMES: [&str; 3] = ["n1", "n2", "n3"];
/// What each node sees when all is well.
pub const ALL: [&str; 3] = ["n1 n2 n3"; 3];

const PORT: u16 = 7280;
/// For what is due soon, where nothing depends on how soon.
const SOON: Duration = Duration::from_secs(10);

/// A cluster of three nodes, each in a host of its own, all on one link.
///
/// As a test's parameter it is already running, and its nodes have found each other.
pub struct Cluster {
    hosts: [Host; 3],
    nodes: [Node; 3],
}

impl Cluster {
    /// Starts a node in each host. The nodes look for each other at once.
    ///
    /// # Errors
    ///
    /// If a node cannot open its port.
    pub fn start(hosts: [Host; 3]) -> Result<Self, Error> {
        let seeds: Vec<_> = hosts.iter().map(|host| host.addr(PORT).to_string()).collect();
        // A task of the host's own runtime opens the node's socket, and the node's tasks are
        // spawned there too: all of it is in the host, and stays there.
        let start = |host: &Host| {
            let node = Node::start(host.name().to_owned(), host.addr(PORT), seeds.clone());
            let failed = |error| Error::other(format!("start `{}`", host.name()), error);
            host.spawn(node).join().map_err(failed)
        };
        let nodes = [start(&hosts[0])?, start(&hosts[1])?, start(&hosts[2])?];
        Ok(Self { hosts, nodes })
    }

    /// The host of a node.
    pub fn host(&self, node: usize) -> &Host {
        &self.hosts[node]
    }

    /// Whom the node of this name sees alive.
    pub fn view(&self, name: &str) -> Vec<String> {
        let node = NAMES.iter().zip(&self.nodes).find(|(other, _)| **other == name);
        node.map_or_else(Vec::new, |(_, node)| node.view())
    }

    /// Whom each node sees alive, for instance `["n1", "n2 n3", "n2 n3"]` when the first one is
    /// cut off from the others.
    pub fn views(&self) -> [String; 3] {
        self.nodes.each_ref().map(|node| node.view().join(" "))
    }

    /// Checks that each node sees the right nodes alive.
    ///
    /// # Errors
    ///
    /// If one sees others: the error says what they see.
    pub fn see(&self, expected: [&str; 3]) -> Result<(), String> {
        let seen = self.views();
        if seen == expected { Ok(()) } else { Err(format!("they see {seen:?}")) }
    }

    /// Waits until every node has heard every other one once more, and returns a moment before
    /// the first of these heartbeats: no silence began earlier.
    ///
    /// # Errors
    ///
    /// If one stays silent.
    pub fn all_heard(&self) -> Result<Instant, Error> {
        let begun = Instant::now();
        let before = self.heartbeats();
        eventually(SOON, || {
            self.heartbeats().iter().zip(&before).all(|(now, before)| now > before)
        })?;
        Ok(begun)
    }

    /// Cuts one node off from the two others, by `policy`, as seen from its host.
    ///
    /// # Errors
    ///
    /// As [`Isolation::begin`].
    pub fn isolate(&self, node: usize, policy: Policy) -> Result<Isolation, Error> {
        Isolation::begin(&self.hosts[node], &self.hosts, policy)
    }

    /// All changes of the nodes' views from now on.
    pub fn changes(&self) -> Receiver<Change> {
        let (sender, changes) = mpsc::channel();
        for (host, node) in self.hosts.iter().zip(&self.nodes) {
            host.spawn(follow(host.name().to_owned(), node.watch(), sender.clone())).detach();
        }
        changes
    }

    /// The last heartbeat that each node has from each other one.
    fn heartbeats(&self) -> Vec<u64> {
        let pairs = (0..3).flat_map(|node| (0..3).map(move |peer| (node, peer)));
        let others = pairs.filter(|(node, peer)| node != peer);
        others.map(|(node, peer)| self.nodes[node].heartbeat(NAMES[peer])).collect()
    }
}

impl FromNet for Cluster {
    fn plan(plan: &mut Plan, _name: &str) {
        NAMES.iter().for_each(|name| plan.add_host(name));
    }

    fn from_net(net: &Net, _name: &str) -> Result<Self, Error> {
        let cluster = Self::start(hosts_of(net)?)?;
        eventually(SOON, || cluster.see(ALL))?;
        Ok(cluster)
    }
}

/// The hosts of a cluster, in a network that has them.
///
/// # Errors
///
/// If it does not.
pub fn hosts_of(net: &Net) -> Result<[Host; 3], Error> {
    let [first, second, third] = NAMES;
    Ok([net.host(first)?, net.host(second)?, net.host(third)?])
}
