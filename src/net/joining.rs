//! How hosts are joined: two by a veth pair, three and more by a bridge.

use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use crate::netlink::{Message, NLM_F_CREATE, NLM_F_EXCL, Netlink, Request};
use crate::netlink_route::{
    AddressMessage, LinkMessage, NETLINK_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_LINK, RouteMessage,
};
use nix::poll::{PollFd, PollFlags};

use super::address::{PREFIX_V4, PREFIX_V6};
use super::device::Device;
use super::forwarding;
use super::host::Host;
use super::interface::Interface;
use super::namespace::{self, Namespace};
use super::neighbour::known;
use super::nowhere::Nowhere;
use super::switch::{Port, Switch};
use crate::Error;
use crate::sys::readiness::await_readiness;

/// How long a link may take to become ready. It takes microseconds; a kernel that is buried in
/// work may need longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// After which time without an announcement the kernel is asked again. It announces a route a moment
/// before a look-up finds it (`fib6_add_rt2node` in net/ipv6/ip6_fib.c): who is quick enough asks too
/// early, and there is no second announcement.
const AGAIN: Duration = Duration::from_millis(2);
/// The index of `lo` in every namespace.
const LOOPBACK: u32 = 1;

/// Joins two hosts by a veth pair, made in one request with both ends in place.
pub(super) fn join_pair(ends: [(&Host, &Interface); 2]) -> Result<(), Error> {
    let [(a, ours), (b, theirs)] = ends;
    let operation = format!("add veth pair `{}`-`{}`", a.name(), b.name());
    let message = end_of(ours).veth(end_of(theirs).netns(b.namespace().as_fd())).create();
    let create = Request::new(operation, message, NLM_F_CREATE | NLM_F_EXCL);
    a.route(|route| route.execute(vec![create]))?;
    for (host, interface) in ends {
        configure(host, interface, &ends)?;
    }
    for (host, interface) in ends {
        host.route(|route| await_ready(route, host, interface))?;
    }
    Ok(())
}

/// Joins hosts by a bridge.
pub(super) fn join_bridge(ends: &[(&Host, &Interface)], first_index: u32) -> Result<Switch, Error> {
    let (namespace, visit) = Namespace::anonymous("the namespace of a bridge".to_owned())
        .map_err(|error| namespace::refused("make the namespace of a bridge", error))?;
    namespace.open_netlink(NETLINK_ROUTE)?;
    drop(visit);
    let switch = Switch::of(namespace, first_index, ends.len());
    let nowhere = Nowhere::of(link_number(ends), ends.len());
    let mut requests = Vec::new();
    for ((host, interface), port) in ends.iter().zip(switch.ports()) {
        requests.push(bridge_port(host, interface, port, first_index));
        requests.push(forwarding::known(host.name(), port.index, interface.addresses.mac));
    }
    switch.namespace().netlink(NETLINK_ROUTE, |route| {
        route.execute(vec![bridge(first_index, nowhere.mac())])?;
        without_generated_addresses(route, "set addrgenmode of `br0`", first_index)?;
        route.execute(requests)
    })?;
    for (host, interface) in ends {
        configure(host, interface, ends)?;
    }
    let namespace = switch.namespace();
    // Only now: to bring to all what each kernel says when it gets its addresses takes the square of the
    // hosts, and nobody listens yet.
    let up = Request::new("set link `br0` up", raise(first_index), 0);
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![up]))?;
    for ((host, interface), port) in ends.iter().zip(switch.ports()) {
        host.route(|route| await_ready(route, host, interface))?;
        let what = format!("the bridge's port to `{}`", host.name());
        namespace
            .netlink(NETLINK_ROUTE, |route| await_index(route, port.index, &what, namespace))?;
    }
    Ok(switch)
}

/// A host's end of a link, as it is made.
fn end_of(interface: &Interface) -> LinkMessage {
    LinkMessage::at(interface.index).name(&interface.name).address(interface.addresses.mac)
}

/// The bridge. Its own address is the gateway's, which is nobody: what comes in for it goes to the bridge's
/// namespace, which has no address to answer from and forwards nothing, and to no host.
fn bridge(index: u32, mac: [u8; 6]) -> Request {
    let message = LinkMessage::at(index).name("br0").address(mac).bridge().create();
    Request::new("add bridge `br0`", message, NLM_F_CREATE | NLM_F_EXCL)
}

/// A veth pair with one end as a port of the bridge, the other one in the host.
fn bridge_port(host: &Host, interface: &Interface, port: &Port, bridge: u32) -> Request {
    let theirs = end_of(interface).netns(host.namespace().as_fd());
    let ours = LinkMessage::at(port.index).name(&port.name).master(bridge).up(true);
    let operation = format!("add bridge port of `{}`", host.name());
    Request::new(operation, ours.veth(theirs).create(), NLM_F_CREATE | NLM_F_EXCL)
}

/// Gives a host's end its addresses, brings it up, and tells it who else is there.
fn configure(
    host: &Host,
    interface: &Interface,
    ends: &[(&Host, &Interface)],
) -> Result<(), Error> {
    let operation = format!("set addrgenmode of `{}` in `{}`", interface.name, host.name());
    host.route(|route| without_generated_addresses(route, &operation, interface.index))?;
    let mut requests = vec![up(host, LOOPBACK, "lo")];
    requests.push(up_and_promoting(host, interface));
    requests.push(address_v4(host, interface));
    if interface.ipv6 {
        for address in [interface.addresses.v6, interface.addresses.link_local] {
            requests.push(address_v6(host, interface, address));
        }
    }
    requests.extend(known(host, interface, ends));
    if host.interfaces().is_empty() {
        let nowhere = Nowhere::of(interface.link.number, ends.len());
        requests.extend(nowhere.as_default(host, interface));
    }
    host.route(|route| route.execute(requests))
}

/// Keeps the kernel from making a link-local address of its own, which it would have to try out
/// (duplicate address detection) for more than a second before it can be used.
///
/// Also where sockets of IPv6 are denied to this process: the kernel may have it all the same, and
/// what it asks would be counted by a block. One without IPv6 has nothing to be kept from.
pub(super) fn without_generated_addresses(
    route: &mut Netlink,
    operation: &str,
    index: u32,
) -> Result<(), Error> {
    let request = Request::new(operation, LinkMessage::at(index).addrgenmode_none().set(), 0);
    route.execute(vec![request]).or_else(|error| match error.raw_os_error() {
        Some(libc::EAFNOSUPPORT) => Ok(()),
        _ => Err(error),
    })
}

/// Sets a host's end up, and has an address outlive the one that it is made with: nearly all distributions have
/// it so (systemd, `50-default.conf`), and programs rely on it.
fn up_and_promoting(host: &Host, interface: &Interface) -> Request {
    let operation = format!("set link `{}` of `{}` up", interface.name, host.name());
    let message = LinkMessage::at(interface.index).up(true).promote_secondaries();
    Request::new(operation, message.set(), 0)
}

/// Brings up the loopback interface of a host that has no link.
pub(super) fn loopback_up(host: &Host) -> Result<(), Error> {
    let request = up(host, LOOPBACK, "lo");
    host.route(|route| route.execute(vec![request]))
}

fn up(host: &Host, index: u32, name: &str) -> Request {
    let operation = format!("set link `{name}` of `{}` up", host.name());
    Request::new(operation, raise(index), 0)
}

fn raise(index: u32) -> Message {
    LinkMessage::at(index).up(true).set()
}

/// The number of the link that these are the ends of.
fn link_number(ends: &[(&Host, &Interface)]) -> u16 {
    let (_, first) = ends.first().expect("a link has two ends at least");
    first.link.number
}

fn address_v4(host: &Host, interface: &Interface) -> Request {
    let address = interface.addresses.v4.into();
    let message = AddressMessage::of(interface.index, address, PREFIX_V4);
    add_address(host, interface, address, message)
}

fn address_v6(host: &Host, interface: &Interface, address: Ipv6Addr) -> Request {
    let message = AddressMessage::of(interface.index, address.into(), PREFIX_V6).nodad();
    add_address(host, interface, address.into(), message)
}

fn add_address(
    host: &Host,
    interface: &Interface,
    address: IpAddr,
    message: AddressMessage,
) -> Request {
    let operation = format!("add address {address} to `{}` of `{}`", interface.name, host.name());
    Request::new(operation, message.add(), NLM_F_CREATE | NLM_F_EXCL)
}

fn await_ready(route: &mut Netlink, host: &Host, interface: &Interface) -> Result<(), Error> {
    let what = format!("`{}` of `{}`", interface.name, host.name());
    await_index(route, interface.index, &what, host.namespace())?;
    if interface.ipv6 {
        for address in [interface.addresses.v6, interface.addresses.link_local] {
            await_local(route, address, host)?;
        }
    }
    Ok(())
}

/// Waits until the kernel itself says that frames pass.
///
/// That a link was set up is acknowledged before it is: the change of the carrier is only queued,
/// and until it is worked off every frame is thrown away without a word, the first SYN among
/// them. Asking for the link makes newer kernels work it off before they answer. Where it does
/// not, the kernel announces the change, and we wait for the announcement.
pub(super) fn await_index(
    route: &mut Netlink,
    index: u32,
    what: &str,
    namespace: &Namespace,
) -> Result<(), Error> {
    await_state(route, RTNLGRP_LINK, what, namespace, |route| Device::operates(route, index, what))
}

/// Waits until something is `so`, which the kernel announces to a group. An announcement only makes us
/// ask earlier.
fn await_state(
    route: &mut Netlink,
    group: u32,
    what: &str,
    namespace: &Namespace,
    so: impl Fn(&mut Netlink) -> Result<bool, Error>,
) -> Result<(), Error> {
    if so(route)? {
        return Ok(());
    }
    let operation = || format!("wait until {what} is up");
    let ours = |error| Error::os(operation(), error);
    let announcements =
        namespace.run(|| Netlink::open(NETLINK_ROUTE)).and_then(|opened| opened).map_err(ours)?;
    announcements.join(group).map_err(ours)?;
    let deadline = Instant::now() + PATIENCE;
    // Asked again after the subscription, for what happened in between.
    while !so(route)? {
        if Instant::now() >= deadline {
            return Err(Error::new(operation(), format!("it was not within {PATIENCE:?}")));
        }
        await_announcement(&announcements, AGAIN).map_err(ours)?;
    }
    Ok(())
}

/// Waits until the host answers for an IPv6 address of its own.
pub(super) fn await_local(
    route: &mut Netlink,
    address: Ipv6Addr,
    host: &Host,
) -> Result<(), Error> {
    await_local_in(route, address, host.namespace())
}

/// Waits until a namespace answers for an IPv6 address of its own.
pub(super) fn await_local_in(
    route: &mut Netlink,
    address: Ipv6Addr,
    namespace: &Namespace,
) -> Result<(), Error> {
    let what = format!("address {address} of {namespace}");
    await_state(route, RTNLGRP_IPV6_ROUTE, &what, namespace, |route| {
        is_local(route, address, &what)
    })
}

/// Whether the host answers for its own IPv6 address.
///
/// That an address was added is acknowledged before it is in use, also without duplicate address
/// detection: joining its multicast group, where neighbours ask for it, and its local route are
/// queued. A neighbour that asks too early asks again after a second. The route comes last.
fn is_local(route: &mut Netlink, address: Ipv6Addr, what: &str) -> Result<bool, Error> {
    let message = RouteMessage::get(address.into());
    let answers = match route.query(Request::new(format!("get route to {what}"), message, 0)) {
        // There is no other route either.
        Err(error) if error.raw_os_error() == Some(libc::ENETUNREACH) => return Ok(false),
        answers => answers?,
    };
    Ok(answers.iter().filter_map(RouteMessage::read).any(|route| route.is_local()))
}

fn await_announcement(announcements: &Netlink, most: Duration) -> io::Result<()> {
    let mut watched = [PollFd::new(announcements.as_fd(), PollFlags::POLLIN)];
    await_readiness(&mut watched, most)?;
    announcements.discard()
}
