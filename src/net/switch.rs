use std::sync::Arc;

use super::attachments::Attachments;
use super::namespace::Namespace;
use super::netlink_sockets::NetlinkSockets;
use crate::Error;
use crate::netlink::Netlink;

/// What joins three and more hosts: a bridge in a namespace of its own, where no firewall of the
/// system sees its frames, and which no program of a host can enter.
pub(crate) struct Switch {
    /// Keeps the bridge alive.
    namespace: Namespace,
    bridge: u32,
    ports: Vec<Port>,
    sockets: NetlinkSockets,
    attached: Attachments,
}

/// A port of a switch: what leads to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) name: String,
    /// In the switch's namespace.
    pub(crate) index: u32,
}

#[cfg_attr(not(test), expect(dead_code, reason = "the faults of a link act on it"))]
impl Switch {
    /// A bridge with this index, whose ports have the indexes that follow.
    pub(super) fn of(namespace: Namespace, bridge: u32, ports: usize) -> Self {
        let port = |index| Port { name: format!("port{index}"), index };
        Self {
            namespace,
            bridge,
            ports: (bridge + 1..).take(ports).map(port).collect(),
            sockets: NetlinkSockets::default(),
            attached: Attachments::default(),
        }
    }

    pub(super) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The index of the bridge itself.
    pub(crate) fn bridge(&self) -> u32 {
        self.bridge
    }

    /// Its ports, in the order of the link's members.
    pub(crate) fn ports(&self) -> &[Port] {
        &self.ports
    }

    /// Uses the namespace's own socket to one of netlink's families, opened when first needed.
    pub(crate) fn netlink<T>(
        &self,
        protocol: isize,
        work: impl FnOnce(&mut Netlink) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.sockets.with(protocol, (&self.namespace, &"the namespace of a bridge"), work)
    }

    /// Runs our own work in its namespace, on this thread.
    pub(crate) fn inside<T>(&self, work: impl FnOnce() -> T) -> std::io::Result<T> {
        self.namespace.run(work)
    }

    /// What another part of the crate keeps about this switch, one value of each type.
    pub(crate) fn attached<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.attached.get()
    }
}
