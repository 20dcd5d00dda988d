use std::sync::Arc;

use super::namespace::Namespace;

/// What joins three and more hosts: a bridge in a namespace of its own, where no firewall of the
/// system sees its frames, and which no program of a host can enter.
pub(crate) struct Switch {
    /// Keeps the bridge alive.
    namespace: Arc<Namespace>,
    bridge: u32,
    ports: Vec<Port>,
    names: Arc<[String]>,
}

/// A port of a switch: what leads to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) name: String,
    /// In the switch's namespace.
    pub(crate) index: u32,
}

impl Switch {
    /// A bridge with this index, whose ports have the indexes that follow.
    pub(super) fn of(namespace: Namespace, bridge: u32, ports: usize) -> Self {
        let port = |index| Port { name: format!("port{index}"), index };
        let ports: Vec<Port> = (bridge + 1..).take(ports).map(port).collect();
        let names = ports.iter().map(|port| port.name.clone()).collect();
        Self { namespace: Arc::new(namespace), bridge, ports, names }
    }

    pub(crate) fn namespace(&self) -> &Arc<Namespace> {
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

    /// Their names, for those who ask for them again and again.
    pub(crate) fn port_names(&self) -> &Arc<[String]> {
        &self.names
    }
}
