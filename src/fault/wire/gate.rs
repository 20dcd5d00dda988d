use std::sync::Arc;

use crate::net::{Device, Link, Namespace, Switch, common_links};
use crate::{Error, Host};

/// Where everything that one host sends to another over one link can be taken away: known by where
/// a frame comes from, whatever addresses it has.
#[derive(Clone)]
pub(in crate::fault) struct Gate {
    pub(in crate::fault) sender: Host,
    pub(in crate::fault) receiver: Host,
    /// Whether the receiver is the host that blocks.
    pub(in crate::fault) incoming: bool,
    /// The namespace whose nftables see the frames there.
    pub(super) namespace: Arc<Namespace>,
    pub(super) place: Place,
    /// Whether a frame got to it when it was looked for.
    pub(super) reached: bool,
}

/// The devices that a frame comes from and goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The receiver's own end of a veth pair, by its number and by the name that it has.
    End { from: u32, to: u32, name: String },
    /// The port of a bridge that leads to the receiver.
    Port { from: u32, to: u32, bridge: Bridge },
}

/// What a gate must know of the bridge that it is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bridge {
    pub(super) index: u32,
    /// The names of all its ports.
    pub(super) ports: Arc<[String]>,
}

impl Gate {
    /// The gates between two hosts: one in each direction for each link that they share, those
    /// for what the first host receives first.
    ///
    /// # Errors
    ///
    /// If an interface of a link is no longer where it was.
    pub(in crate::fault) fn between(
        [host, peer]: [&Host; 2],
        operation: &str,
    ) -> Result<Vec<Self>, Error> {
        let links = common_links(host, peer);
        let mut gates: Vec<Self> = Vec::new();
        for (incoming, receiver, sender) in [(true, host, peer), (false, peer, host)] {
            gates.extend(
                links.iter().filter_map(|link| Self::of(link, [sender, receiver], incoming)),
            );
        }
        let refreshed = gates.iter().map(Self::refreshed).collect::<Result<_, _>>();
        refreshed.map_err(|cause| Error::new(operation, cause))
    }

    fn of(link: &Link, [sender, receiver]: [&Host; 2], incoming: bool) -> Option<Self> {
        let (namespace, place) = match (link.port(sender), link.port(receiver)) {
            (Some((switch, from)), Some((_, to))) => {
                let bridge = Bridge::of(switch);
                let place = Place::Port { from: from.index, to: to.index, bridge };
                (Arc::clone(switch.namespace()), place)
            }
            _ => {
                let to = link.end(receiver)?;
                let from = link.end(sender)?.index;
                let place = Place::End { from, to: to.index, name: to.name };
                (Arc::clone(receiver.namespace()), place)
            }
        };
        let (sender, receiver) = (sender.clone(), receiver.clone());
        Some(Self { sender, receiver, incoming, namespace, place, reached: true })
    }

    /// The same gate as it is now: whether a frame gets to it, and what its device is called.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub(super) fn refreshed(&self) -> Result<Self, String> {
        let device = self.find()?;
        let mut gate = self.clone();
        if let Place::End { name, .. } = &mut gate.place {
            // A port is sent to directly, before its queue and its carrier.
            gate.reached = device.passes;
            *name = device.name;
        }
        Ok(gate)
    }

    /// What the device is called now, if that is not what it was.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub(super) fn renamed(&self) -> Result<Option<String>, String> {
        let Place::End { name, .. } = &self.place else { return Ok(None) };
        let found = Device::name_of(&self.namespace, self.port());
        let now = found.map_err(|error| error.to_string())?.ok_or_else(|| self.lost())?;
        Ok((now != *name).then_some(now))
    }

    /// Looks for the device of the gate.
    ///
    /// # Errors
    ///
    /// If the receiver has lost its interface: it was deleted, or moved to another namespace.
    pub(super) fn find(&self) -> Result<Device, String> {
        let found =
            Device::find(&self.namespace, self.port()).map_err(|error| error.to_string())?;
        found.ok_or_else(|| self.lost())
    }

    fn lost(&self) -> String {
        let host = self.receiver.name();
        format!(
            "`{host}` has the interface of their link no longer: it was deleted, or moved to another \
             network namespace"
        )
    }

    /// What leads a frame at a bridge to the rules about it, in the order of bytes of this machine.
    pub(super) fn key(&self) -> Option<Vec<u8>> {
        match self.place {
            Place::End { .. } => None,
            Place::Port { from, to, .. } => Some([from.to_ne_bytes(), to.to_ne_bytes()].concat()),
        }
    }

    /// The name of the chain for all that passes here.
    pub(super) fn lane(&self) -> String {
        match self.place {
            Place::End { to, ref name, .. } => format!("{name}-{to}-from-{}", self.sender.name()),
            Place::Port { from, to, .. } => format!("lane-{from}-{to}"),
        }
    }

    /// The device that it is at.
    pub(super) fn port(&self) -> u32 {
        match self.place {
            Place::End { to, .. } | Place::Port { to, .. } => to,
        }
    }

    /// The bridge that it is at.
    pub(super) fn bridge(&self) -> Option<&Bridge> {
        match &self.place {
            Place::End { .. } => None,
            Place::Port { bridge, .. } => Some(bridge),
        }
    }
}

impl Bridge {
    fn of(switch: &Switch) -> Self {
        let ports = switch.ports().iter().map(|port| port.name.clone()).collect();
        Self { index: switch.bridge(), ports }
    }
}
