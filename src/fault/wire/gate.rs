use std::sync::Arc;

use crate::net::{Medium, Namespace, PortState};
use crate::{Error, Host};

/// Where everything that one host sends to another over one link can be taken away: known by where
/// a frame comes from, whatever addresses it has.
#[derive(Clone)]
pub(in crate::fault) struct Gate {
    pub(super) sender: Host,
    pub(super) receiver: Host,
    /// The namespace whose nftables see the frames there.
    pub(super) namespace: Arc<Namespace>,
    pub(super) place: Place,
}

/// The devices that a frame comes from and goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The receiver's own end of a veth pair. All that comes in there is the other host's.
    End { from: u32, to: u32 },
    /// The port of a bridge that leads to the receiver. A frame bears, as its mark, the number of
    /// the port that it came in by.
    Port { from: u32, to: u32, bridge: u32 },
}

/// Whether frames can be sent to a gate, to see what it does to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Reached,
    /// A device before it is down.
    Down,
}

impl Gate {
    /// The gates between two hosts: one in each direction for each link that they share, those
    /// for what the first host receives first.
    ///
    /// # Errors
    ///
    /// If they share none, or an interface of it is no longer where it was.
    pub(in crate::fault) fn between(
        [host, peer]: [&Host; 2],
        operation: &str,
    ) -> Result<Vec<Self>, Error> {
        let mut gates = Vec::new();
        for (receiver, sender) in [(host, peer), (peer, host)] {
            gates.extend(Self::towards(receiver, sender));
        }
        if gates.is_empty() {
            let cause = format!("`{}` and `{}` share no link", host.name(), peer.name());
            return Err(Error::new(operation, cause));
        }
        for gate in &gates {
            gate.reach().map_err(|error| error.while_doing(operation))?;
        }
        Ok(gates)
    }

    fn towards(receiver: &Host, sender: &Host) -> Vec<Self> {
        let theirs = sender.interfaces().clone();
        let ours = receiver.interfaces().clone();
        let mut gates = Vec::new();
        for to in &ours {
            let Some(from) = theirs.iter().find(|from| from.is_on_link_of(to)) else { continue };
            let (namespace, place) = match (&from.medium, &to.medium) {
                (Medium::Port(from), Medium::Port(to)) => {
                    let bridge = to.switch.bridge;
                    let place = Place::Port { from: from.number, to: to.number, bridge };
                    (Arc::clone(&to.switch.namespace), place)
                }
                _ => {
                    let place = Place::End { from: from.index, to: to.index };
                    (Arc::clone(receiver.namespace()), place)
                }
            };
            let (sender, receiver) = (sender.clone(), receiver.clone());
            gates.push(Self { sender, receiver, namespace, place });
        }
        gates
    }

    /// Looks for the devices of the gate.
    ///
    /// # Errors
    ///
    /// If one is not there any more: its host has deleted it, or moved it to another namespace.
    pub(super) fn reach(&self) -> Result<Reach, Error> {
        let up = match &self.place {
            Place::End { from, to } => {
                [self.receiver.device(*to)?, self.sender.device(*from)?].iter().all(PortState::passes)
            }
            // A frame is sent to the port itself, before any queue and carrier.
            Place::Port { from, to, .. } => {
                for (port, host) in [(*to, &self.receiver), (*from, &self.sender)] {
                    if !self.namespace.has_device(port)? {
                        return Err(host.lost_its_device());
                    }
                }
                true
            }
        };
        Ok(if up { Reach::Reached } else { Reach::Down })
    }

    /// What leads a frame to the rules about it, in the kernel's own order of bytes.
    pub(super) fn key(&self) -> Vec<u8> {
        match self.place {
            Place::End { to, .. } => to.to_ne_bytes().to_vec(),
            Place::Port { from, to, .. } => {
                [from.to_ne_bytes(), to.to_ne_bytes()].concat()
            }
        }
    }

    /// The name of the chain for all that passes here.
    pub(super) fn lane(&self) -> String {
        match self.place {
            Place::End { to, .. } => format!("from-{}-{to}", self.sender.name()),
            Place::Port { from, to, .. } => format!("lane-{from}-{to}"),
        }
    }

    /// Whether answers to what it takes are sent from somewhere else, so that no gate meets them.
    pub(super) fn answers_elsewhere(&self) -> bool {
        matches!(self.place, Place::Port { .. })
    }
}
