//! When a node changes its mind about another one.

use std::sync::mpsc::Sender;
use std::time::Instant;

use tokio::sync::watch;

use crate::node::{Live, names};

/// A node starts or stops seeing a peer alive.
#[derive(Clone, Debug)]
pub struct Change {
    /// When it did.
    pub at: Instant,
    /// The name of the node.
    pub by: String,
    /// The name of the peer.
    pub peer: String,
    /// Whether it sees the peer alive from now on.
    pub alive: bool,
}

/// Sends each change of a node's view, until the node stops or nobody listens.
pub(crate) async fn follow(by: String, mut live: watch::Receiver<Live>, changes: Sender<Change>) {
    let mut before = names(&live.borrow_and_update());
    while live.changed().await.is_ok() {
        let at = Instant::now();
        let now = names(&live.borrow_and_update());
        let gone = before.iter().filter(|peer| !now.contains(peer)).map(|peer| (peer, false));
        let come = now.iter().filter(|peer| !before.contains(peer)).map(|peer| (peer, true));
        for (peer, alive) in gone.chain(come) {
            let change = Change { at, by: by.clone(), peer: peer.clone(), alive };
            if changes.send(change).is_err() {
                return;
            }
        }
        before = now;
    }
}
