//! The code under test: one node of the cluster.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use chitchat::transport::UdpTransport;
use chitchat::{
    ChitchatConfig, ChitchatHandle, ChitchatId, FailureDetectorConfig, NodeState, ProtocolVersion,
    spawn_chitchat,
};
use tokio::sync::watch;

/// How often a node gossips with every other one that it sees alive.
pub const GOSSIP: Duration = Duration::from_millis(100);
/// A peer is dead when it has been silent for this many times the usual interval of its heartbeats.
const PHI: u32 = 8;
/// How many of its latest intervals define what is usual.
const WINDOW: u32 = 10;
/// The usual interval to assume before there are any. It keeps the weight of five intervals for ever.
const PRIOR: Duration = Duration::from_millis(400);
const PRIOR_WEIGHT: u32 = 5;
/// A longer interval was an outage, and does not count as usual.
const OUTAGE: Duration = Duration::from_secs(1);
/// Dead peers are not forgotten while this program runs.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// The silence that a node always forgives: how long its detector waits if all heartbeats of a
/// full window came at once. 1066 ms, which is ten rounds of gossip.
pub const FORGIVEN: Duration = {
    let millis = PRIOR.as_millis() as u32 * PHI * PRIOR_WEIGHT / (WINDOW + PRIOR_WEIGHT);
    Duration::from_millis(millis as u64)
};

/// How long after a cut a peer is always considered dead: the wait of the detector if it knows the
/// prior alone (heartbeats come more often than that), one round in which the last heartbeat may
/// have come through a third node, and one in which the detector looks. 3400 ms. Usually it takes less
/// than half of that, which leaves room for a busy machine.
pub const NOTICED: Duration = PRIOR.saturating_mul(PHI).saturating_add(GOSSIP.saturating_mul(2));

/// A node's live peers, with what it knows of them.
pub(crate) type Live = BTreeMap<ChitchatId, NodeState>;

/// A node of the cluster. Dropping it stops it.
pub struct Node {
    handle: ChitchatHandle,
    live: watch::Receiver<Live>,
}

impl Node {
    /// Starts a node on a port that it opens. It looks for the others at `seeds`.
    ///
    /// Its task is spawned on the tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// If the port cannot be opened.
    pub async fn start(name: String, addr: SocketAddr, seeds: Vec<String>) -> io::Result<Self> {
        let config = ChitchatConfig {
            chitchat_id: ChitchatId::new(name, 0, addr),
            cluster_id: "membership".to_owned(),
            gossip_interval: GOSSIP,
            listen_addr: addr,
            seed_nodes: seeds,
            failure_detector_config: FailureDetectorConfig {
                phi_threshold: f64::from(PHI),
                sampling_window_size: WINDOW as usize,
                max_interval: OUTAGE,
                initial_interval: PRIOR,
                dead_node_grace_period: FOR_EVER,
            },
            marked_for_deletion_grace_period: FOR_EVER,
            catchup_callback: None,
            extra_liveness_predicate: None,
            protocol_version: ProtocolVersion::V1,
        };
        let started = spawn_chitchat(config, Vec::new(), &UdpTransport).await;
        let handle = started.map_err(io::Error::other)?;
        let live = handle.chitchat().lock().await.live_nodes_watcher();
        Ok(Self { handle, live })
    }

    /// Who is alive in this node's view, itself among them, by name.
    pub fn view(&self) -> Vec<String> {
        names(&self.live.borrow())
    }

    /// The number of the last heartbeat of a peer that has reached this node, by whichever way.
    ///
    /// # Panics
    ///
    /// On a thread of a tokio runtime, where waiting for the node's lock would block other tasks.
    pub fn heartbeat(&self, peer: &str) -> u64 {
        let chitchat = self.handle.chitchat();
        let chitchat = chitchat.blocking_lock();
        let mut known = chitchat.node_states().iter();
        known.find(|(id, _)| &*id.node_id == peer).map_or(0, |(_, state)| state.heartbeat().into())
    }

    /// The view, to wait until it changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Live> {
        self.live.clone()
    }
}

/// The names of nodes, in order.
pub(crate) fn names(nodes: &Live) -> Vec<String> {
    nodes.keys().map(|id| id.node_id.to_string()).collect()
}
