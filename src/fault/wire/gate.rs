use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

use super::super::between::Between;
use super::super::recipe::{Side, WireRule, others};
use crate::Host;
use crate::net::{Device, Link, Namespace, Switch};

/// Where everything that one host sends to another over one link can be taken away: known by where
/// a frame comes from, whatever addresses it has.
///
/// Between hosts that share no link, one of the two is a router beside one of them; then it is about the
/// frames that are from, or for, the other one's addresses.
#[derive(Clone)]
pub(in crate::fault) struct Gate {
    pub(in crate::fault) sender: Host,
    pub(in crate::fault) receiver: Host,
    /// Whether what passes is for the host that blocks.
    pub(in crate::fault) incoming: bool,
    /// The two hosts of the block.
    hosts: [Host; 2],
    /// Which of the two it is for.
    pub(super) end: Host,
    /// Those of the two that are not the sender or the receiver, or are routers.
    pub(super) known: Vec<Known>,
    /// The namespace whose nftables see the frames there.
    pub(super) namespace: Arc<Namespace>,
    pub(super) devices: Devices,
    /// Whether a frame got to it when it was looked for.
    pub(super) reached: bool,
}

/// A host that is known by its addresses, and not by where a frame comes from or goes to.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) host: Host,
    pub(super) side: Side,
    pub(super) addresses: Arc<[IpAddr]>,
}

impl Known {
    fn by_addresses(host: &Host, side: Side) -> Self {
        Self { host: host.clone(), side, addresses: Arc::new([]) }
    }

    fn look(&mut self) -> Result<(), String> {
        let addresses = self.host.unicast_addresses().map_err(|error| error.to_string())?;
        self.addresses = addresses.into();
        Ok(())
    }
}

/// The devices that a frame comes from and goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Devices {
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
    /// The gates between two hosts: one in each direction for each link that they share, and for each
    /// router beside one of them that may be on a way between them; those for what the first host receives
    /// first.
    ///
    /// They are as the links were made: [`refresh_all`](Self::refresh_all) has them as they are.
    pub(in crate::fault) fn between(between: &Between) -> Vec<Self> {
        let [host, peer] = between.hosts();
        let mut gates: Vec<Self> = Vec::new();
        for (incoming, [sender, receiver]) in [(true, [peer, host]), (false, [host, peer])] {
            for link in between.links() {
                gates.extend(Self::of(link, [sender, receiver], incoming));
            }
            for (link, router) in between.routers_beside(receiver) {
                let known = [(sender, Side::Source), (receiver, Side::Destination)];
                let gate = Self::of(link, [router, receiver], incoming);
                gates.extend(gate.map(|gate| gate.about(between, known)));
            }
            for (link, router) in between.routers_beside(sender) {
                let known = [(receiver, Side::Destination), (sender, Side::Source)];
                let gate = Self::of(link, [sender, router], incoming);
                gates.extend(
                    gate.map(|gate| Self { end: receiver.clone(), ..gate }.about(between, known)),
                );
            }
        }
        gates.iter_mut().for_each(|gate| gate.hosts = [host.clone(), peer.clone()]);
        gates
    }

    /// Whether the two hosts of the block are both among these.
    pub(super) fn is_among(&self, hosts: &[Host]) -> bool {
        self.hosts.iter().all(|host| hosts.contains(host))
    }

    fn of(link: &Link, [sender, receiver]: [&Host; 2], incoming: bool) -> Option<Self> {
        let (namespace, devices) = match (link.port(sender), link.port(receiver)) {
            (Some((switch, from)), Some((_, to))) => {
                let bridge = Bridge::of(switch);
                let devices = Devices::Port { from: from.index, to: to.index, bridge };
                (Arc::clone(switch.namespace()), devices)
            }
            _ => {
                let to = link.end(receiver)?;
                let from = link.end(sender)?.index;
                let devices = Devices::End { from, to: to.index, name: to.name };
                (Arc::clone(receiver.namespace()), devices)
            }
        };
        let (sender, receiver) = (sender.clone(), receiver.clone());
        let (end, hosts) = (receiver.clone(), [sender.clone(), receiver.clone()]);
        let (known, reached) = (Vec::new(), true);
        Some(Self { sender, receiver, incoming, hosts, end, known, namespace, devices, reached })
    }

    /// About what is from or for a host that is further away. The one that is beside the gate is known by
    /// its place, but a router is not: others' frames come from there as well.
    fn about(mut self, between: &Between, [far, near]: [(&Host, Side); 2]) -> Self {
        let near = between.is_router(near.0).then_some(near);
        let known = [Some(far), near].into_iter().flatten();
        self.known = known.map(|(host, side)| Known::by_addresses(host, side)).collect();
        self
    }

    /// The rules for what passes here and is not between the two hosts.
    pub(super) fn others(&self) -> Vec<WireRule> {
        self.known.iter().flat_map(|known| others(known.side, &known.addresses)).collect()
    }

    /// The same gates as they are now: whether a frame gets to each, and what its device is called.
    /// A device is looked for once, however many gates are there.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub(in crate::fault) fn refresh_all(mut gates: Vec<Self>) -> Result<Vec<Self>, String> {
        let mut found = BTreeMap::new();
        for gate in &mut gates {
            let at = (Arc::as_ptr(&gate.namespace), gate.port());
            let device: &Device = match found.entry(at) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(gate.find()?),
            };
            if let Devices::End { name, .. } = &mut gate.devices {
                // A port is sent to directly, before its queue and its carrier.
                gate.reached = device.passes;
                name.clone_from(&device.name);
            }
            gate.known.iter_mut().try_for_each(Known::look)?;
        }
        Ok(gates)
    }

    /// What the device is called now, if that is not what it was.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub(super) fn renamed(&self) -> Result<Option<String>, String> {
        let Devices::End { name, .. } = &self.devices else { return Ok(None) };
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
            "`{host}` no longer has the interface of their link: it was deleted, or moved to \
             another network namespace"
        )
    }

    /// What leads a frame at a bridge to the rules about it, in the order of bytes of this machine.
    pub(super) fn key(&self) -> Option<Vec<u8>> {
        match self.devices {
            Devices::End { .. } => None,
            Devices::Port { from, to, .. } => Some([from.to_ne_bytes(), to.to_ne_bytes()].concat()),
        }
    }

    /// Has what passes be seen in captures, and what does not.
    pub(in crate::fault) fn record_arrivals(&self) {
        self.receiver.record_arrivals();
    }

    /// The name of the chain for all that passes here.
    pub(super) fn lane(&self) -> String {
        match self.devices {
            Devices::End { to, ref name, .. } => format!("{name}-{to}-from-{}", self.sender.name()),
            Devices::Port { from, to, .. } => format!("lane-{from}-{to}"),
        }
    }

    /// The device that it is at.
    pub(super) fn port(&self) -> u32 {
        match self.devices {
            Devices::End { to, .. } | Devices::Port { to, .. } => to,
        }
    }

    /// The bridge that it is at.
    pub(super) fn bridge(&self) -> Option<&Bridge> {
        match &self.devices {
            Devices::End { .. } => None,
            Devices::Port { bridge, .. } => Some(bridge),
        }
    }
}

impl Bridge {
    fn of(switch: &Switch) -> Self {
        Self { index: switch.bridge(), ports: Arc::clone(switch.port_names()) }
    }
}
