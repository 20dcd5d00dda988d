//! The devices that faults hold down: several may hold the same one, and the last one lets it up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::device::Device;
use super::device_state::DeviceState;
use super::namespace::Namespace;
use crate::Error;
use crate::mutex::lock;
use crate::netlink::Request;
use crate::netlink_route::{LinkMessage, NETLINK_ROUTE};

/// The devices of a namespace that are held down, by their indexes.
type HeldDown = Mutex<BTreeMap<u32, Held>>;

struct Held {
    /// How many faults hold it.
    by: usize,
    /// Whether it was up before the first of them: what a program has set down stays so.
    was_up: bool,
    /// What it had then, and what else goes with it.
    states: Vec<DeviceState>,
}

/// Sets a device down. `states` are put back when nobody holds it down any more.
pub(super) fn hold_down(
    namespace: &Arc<Namespace>,
    index: u32,
    operation: String,
    states: Vec<DeviceState>,
) -> Result<(), Error> {
    let held: Arc<HeldDown> = namespace.attached();
    let mut held = lock(&held);
    let was_up = Device::find(namespace, index)?.is_none_or(|device| device.up);
    set_up(namespace, index, operation, false)?;
    held.entry(index).or_insert(Held { by: 0, was_up, states }).by += 1;
    Ok(())
}

/// Lets a device up, unless others hold it down, and returns what is to be put back then.
pub(super) fn let_up(
    namespace: &Arc<Namespace>,
    index: u32,
    operation: String,
) -> Result<Vec<DeviceState>, Error> {
    let held: Arc<HeldDown> = namespace.attached();
    let mut held = lock(&held);
    let Some(one) = held.get_mut(&index) else { return Ok(Vec::new()) };
    one.by -= 1;
    if one.by > 0 {
        return Ok(Vec::new());
    }
    let Some(Held { was_up, states, .. }) = held.remove(&index) else { return Ok(Vec::new()) };
    if was_up {
        set_up(namespace, index, operation, true)?;
    }
    Ok(states)
}

fn set_up(namespace: &Namespace, index: u32, operation: String, up: bool) -> Result<(), Error> {
    let request = Request::new(operation, LinkMessage::at(index).up(up).set(), 0);
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![request]))
}
