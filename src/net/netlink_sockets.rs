use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Mutex;

use crate::Error;
use crate::mutex::lock;
use crate::netlink::Netlink;

/// The sockets to netlink's families in one namespace, each opened when it is first needed.
#[derive(Default)]
pub(super) struct NetlinkSockets(Mutex<BTreeMap<i32, Netlink>>);

impl NetlinkSockets {
    /// Uses the socket to one of the families, which `open` opens if it is not there yet.
    ///
    /// One user at a time: `work` must not ask for a socket of the same namespace.
    pub(super) fn with<T>(
        &self,
        protocol: i32,
        open: impl FnOnce() -> Result<Netlink, Error>,
        work: impl FnOnce(&mut Netlink) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut sockets = lock(&self.0);
        let socket = match sockets.entry(protocol) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(place) => place.insert(open()?),
        };
        work(socket)
    }
}
