//! Unplugging a link at one of its ends, and plugging it in again.
//!
//! A host's end of a veth pair has a carrier as long as the other end is up. On a bridge the other end
//! is the port, which no host sees; in a pair it is the other host's own end. What a kernel forgets
//! with the carrier, or when a device goes down, is recorded before and put back afterwards.
//!
//! When a host's power fails, its own end goes down instead: then the other end has no carrier.

use std::sync::Arc;

use crate::netlink_route::NETLINK_ROUTE;

use super::device::Device;
use super::device_state::DeviceState;
use super::held_down::{hold_down, let_up};
use super::host::Host;
use super::joining::await_index;
use super::link::Link;
use super::namespace::Namespace;
use crate::Error;

/// The plug at a host's end of a link.
pub(crate) struct Plug {
    /// What is set down: the other end of the host's interface.
    other: End,
    /// The host's own interface.
    own: End,
    /// What the ends had before, and have to get back.
    states: Vec<DeviceState>,
    what: String,
}

impl Plug {
    /// The plug at the end of a member; `None` if it is none.
    pub(crate) fn of(link: &Link, host: &Host) -> Option<Self> {
        let own = (Arc::clone(host.namespace()), link.end(host)?.index);
        let other = match link.port(host) {
            Some((switch, port)) => (Arc::clone(switch.namespace()), port.index),
            None => {
                let peer = link.hosts().iter().find(|other| *other != host)?;
                (Arc::clone(peer.namespace()), link.end(peer)?.index)
            }
        };
        let what = format!("the end of `{}` on link `{}`", host.name(), link.name());
        Some(Self { other, own, states: Vec::new(), what })
    }

    /// Pulls it, and returns when the host's interface has no carrier.
    pub(crate) fn pull(&mut self) -> Result<(), Error> {
        let states =
            [&self.own, &self.other].map(|(namespace, index)| DeviceState::of(namespace, *index));
        self.states = states.into_iter().collect::<Result<_, Error>>()?;
        self.hold_down("unplug", Self::other)?;
        match Device::find(&self.own.0, self.own.1)? {
            Some(device) if device.passes => {
                Err(Error::new(format!("unplug {}", self.what), "it still has a carrier"))
            }
            Some(_) => Ok(()),
            None => Err(Error::new(format!("unplug {}", self.what), "the interface is not there")),
        }
    }

    /// Plugs it in, and returns when packets pass and the host has what it had.
    pub(crate) fn plug_in(&mut self) -> Result<(), Error> {
        self.let_up("plug in", Self::other)?;
        self.settle()?;
        self.put_back()
    }

    /// Notes what the host's own interface has, and what the other one was told.
    pub(super) fn before_the_power_fails(&mut self) -> Result<(), Error> {
        let mut own = DeviceState::of(&self.own.0, self.own.1)?;
        own.forget_learned_neighbours();
        let mut other = DeviceState::of(&self.other.0, self.other.1)?;
        other.only_told_neighbours();
        self.states = vec![own, other];
        Ok(())
    }

    /// Sets the host's own interface down. Nothing leaves the host that way from then on.
    pub(super) fn switch_off(&mut self) -> Result<(), Error> {
        self.hold_down("switch off", Self::own)
    }

    /// Sets the host's own interface up, unless it was down before, or another fault holds it down.
    pub(super) fn switch_on(&mut self) -> Result<(), Error> {
        self.let_up("switch on", Self::own)
    }

    /// Waits until packets pass, unless one of the ends is down still, by the power or by a plug, and gives
    /// back the addresses that they had to those that are up.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        let ends = [&self.other, &self.own];
        let is_up = |(namespace, index): &End| {
            Ok(Device::find(namespace, *index)?.is_none_or(|device| device.up))
        };
        let up: Vec<bool> = ends.into_iter().map(is_up).collect::<Result<_, Error>>()?;
        if up == [true, true] {
            for (namespace, index) in ends {
                namespace.netlink(NETLINK_ROUTE, |route| {
                    await_index(route, *index, &self.what, namespace)
                })?;
            }
        }
        self.states.iter_mut().try_for_each(DeviceState::put_back_addresses)
    }

    /// Gives back to the ends whatever else they had.
    pub(super) fn put_back(&mut self) -> Result<(), Error> {
        self.states.drain(..).try_for_each(DeviceState::put_back)
    }

    fn hold_down(&mut self, verb: &str, end: fn(&Self) -> &End) -> Result<(), Error> {
        let states = std::mem::take(&mut self.states);
        let (namespace, index) = end(self);
        hold_down(namespace, *index, format!("{verb} {}", self.what), states)
    }

    fn let_up(&mut self, verb: &str, end: fn(&Self) -> &End) -> Result<(), Error> {
        let (namespace, index) = end(self);
        self.states = let_up(namespace, *index, format!("{verb} {}", self.what))?;
        Ok(())
    }

    fn other(&self) -> &End {
        &self.other
    }

    fn own(&self) -> &End {
        &self.own
    }
}

/// An end of a link, as a device.
type End = (Arc<Namespace>, u32);
