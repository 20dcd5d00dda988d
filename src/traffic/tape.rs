use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::Host;
use crate::mutex::lock;
use crate::record::{self, Event, Protocol, Verb};

/// Writes into the record what is done on one socket.
///
/// Handles to the same socket share it; its end is the socket's.
#[derive(Clone)]
pub(super) struct Tape(Arc<Inner>);

struct Inner {
    net: u64,
    host: String,
    protocol: Protocol,
    /// The ends of a connection, once it has them.
    ends: Mutex<Option<[SocketAddr; 2]>>,
    /// The error that was noted last. A probe that polls gets the same one again and again.
    last: Mutex<Option<String>>,
}

impl Tape {
    pub(super) fn new(host: &Host, protocol: Protocol) -> Self {
        Self(Arc::new(Inner {
            net: host.net(),
            host: host.name().to_owned(),
            protocol,
            ends: Mutex::default(),
            last: Mutex::default(),
        }))
    }

    /// A tape for a connection that this one has accepted.
    pub(super) fn accepted(&self) -> Self {
        Self(Arc::new(Inner {
            net: self.0.net,
            host: self.0.host.clone(),
            protocol: self.0.protocol,
            ends: Mutex::default(),
            last: Mutex::default(),
        }))
    }

    /// From now on the close of the socket is noted.
    pub(super) fn connected(&self, local: SocketAddr, peer: SocketAddr) {
        *lock(&self.0.ends) = Some([local, peer]);
    }

    /// The socket is handed over to somebody else, and what becomes of it is not seen.
    pub(super) fn handed_over(&self) {
        *lock(&self.0.ends) = None;
    }

    /// Notes what was done between these two ends, or why it was not; passes the result on.
    pub(super) fn note<T>(
        &self,
        verb: Verb,
        [local, peer]: [Option<SocketAddr>; 2],
        result: io::Result<T>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> io::Result<T> {
        let outcome = result.as_ref().map(bytes).map_err(ToString::to_string);
        let mut last = lock(&self.0.last);
        let error = outcome.as_ref().err();
        let again = error.is_some() && error == last.as_ref();
        *last = error.cloned();
        drop(last);
        if !again {
            self.0.note(verb, [local, peer], outcome);
        }
        result
    }
}

impl Inner {
    fn note(
        &self,
        verb: Verb,
        [local, peer]: [Option<SocketAddr>; 2],
        outcome: Result<usize, String>,
    ) {
        let (host, protocol) = (self.host.clone(), self.protocol);
        let event = Event::Traffic { host, verb, protocol, local, peer, outcome };
        record::note(self.net, event);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let ends = *lock(&self.ends);
        if let Some(ends) = ends {
            self.note(Verb::Close, ends.map(Some), Ok(0));
        }
    }
}

impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in `{}`", self.0.host)
    }
}
