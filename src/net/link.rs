use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::address::{Addresses, PREFIX_V4, PREFIX_V6};
use super::handle::Handle;
use super::host::{Host, WeakHost};
use super::interface::{Interface, LinkId};
use super::mtu;
use super::subnet::Subnet;
use super::switch::{Port, Switch};
use crate::quoted::named;

/// What joins hosts: two by a veth pair, more by a bridge.
///
/// The hosts that a test asks for by its parameters share one link, whose interface is `eth0` on
/// each. [`Net::link`](crate::Net::link) adds more links. [`Net::links`](crate::Net::links) and
/// [`Host::links`] return them, and `println!("{net}")` draws them.
///
/// Clones are handles to the same link, and equal. A handle keeps the hosts of its link alive.
///
/// ```no_run
/// use netns_test::{Host, Net, Result, netns_test};
///
/// #[netns_test]
/// fn the_second_way_is_used(net: Net, server: Host, client: Host) -> Result {
///     let backup = net.link("backup", &[&server, &client])?;
///     assert_eq!(backup.hosts(), [server.clone(), client.clone()]);
///     let listener = server.listen(7000)?;
///     client.connect((backup.addrs(&server)[0], listener.addr().port()))?;
///     Ok(())
/// }
/// ```
#[doc(alias("veth", "bridge", "switch"))]
#[derive(Clone)]
pub struct Link {
    shared: Handle<Shared>,
    hosts: Arc<[Host]>,
}

/// What the hosts of a link keep of it. It does not keep them, or none would ever be gone.
pub(super) struct Shared {
    id: LinkId,
    name: String,
    subnets: Vec<Subnet>,
    medium: Medium,
    mtu: AtomicU32,
    members: Vec<WeakHost>,
}

/// What a link is made of.
pub(crate) enum Medium {
    /// A veth pair: each host's interface is the other one's peer.
    Pair,
    /// A bridge with a port for each host.
    Switch(Switch),
}

impl Shared {
    /// The link that these interfaces are the ends of.
    pub(super) fn of(medium: Medium, ends: &[(&Host, &Interface)]) -> Self {
        let (_, first) = ends.first().expect("a link has two ends at least");
        let Addresses { v4, v6, .. } = first.addresses;
        let v6 = first.ipv6.then(|| Subnet::of(v6.into(), PREFIX_V6));
        Self {
            id: first.link,
            name: first.name.clone(),
            subnets: [Subnet::of(v4.into(), PREFIX_V4)].into_iter().chain(v6).collect(),
            medium,
            mtu: AtomicU32::new(mtu::MOST),
            members: ends.iter().map(|(host, _)| host.downgrade()).collect(),
        }
    }
}

impl Link {
    /// A handle for those who ask.
    pub(super) fn handle(shared: Arc<Shared>) -> Self {
        let hosts = shared.members.iter().filter_map(WeakHost::upgrade).collect();
        Self { shared: shared.into(), hosts }
    }

    /// Its name, which is also the name of its interface on each host: `eth0` for hosts that were made
    /// together, else the one given to [`Net::link`](crate::Net::link).
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Its members, in the order in which they were given.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// // A cable for each of them is pulled in turn.
    /// let link = &net.links()[0];
    /// for host in link.hosts() {
    ///     link.cut(host)?.restore()?;
    /// }
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Whether a host is a member.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let backup = net.link("backup", &[&server, &client])?;
    /// assert!(net.all_hosts().iter().all(|host| backup.joins(host)));
    /// # Ok(()) }
    /// ```
    pub fn joins(&self, host: &Host) -> bool {
        self.end(host).is_some()
    }

    /// The name of a member's interface, for `ip link` and similar commands.
    ///
    /// # Panics
    ///
    /// If the host is not a member.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let backup = net.link("backup", &[&server, &client])?;
    /// println!("{}", server.exec("ip", ["addr", "show", &backup.interface(&server)])?);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn interface(&self, host: &Host) -> String {
        self.member(host).name
    }

    /// The addresses that a member was given on this link and still has ([`Host::addrs`]), IPv4 before
    /// IPv6.
    ///
    /// # Panics
    ///
    /// If the host is not a member.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let backup = net.link("backup", &[&server, &client])?;
    /// let listener = server.listen(80)?;
    /// client.connect((backup.addrs(&server)[0], 80))?;        // by this link, and not by the other one
    /// # drop(listener);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn addrs(&self, host: &Host) -> Vec<IpAddr> {
        host.still_has(self.member(host).reachable())
    }

    /// Its subnets: one of IPv4, and one of IPv6 where the kernel has IPv6.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let backup = net.link("backup", &[&server, &client])?;
    /// assert!(backup.subnets()[0].contains(backup.addrs(&server)[0]));
    /// # Ok(()) }
    /// ```
    pub fn subnets(&self) -> &[Subnet] {
        &self.shared.subnets
    }

    /// Its MTU: the longest packet that it carries, in bytes ([`set_mtu`](Self::set_mtu)).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let link = &net.links()[0];
    /// link.set_mtu(1280)?;
    /// assert_eq!(link.mtu(), 1280);
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    pub fn mtu(&self) -> u32 {
        self.shared.mtu.load(Ordering::Relaxed)
    }

    pub(super) fn keep_mtu(&self, mtu: u32) {
        self.shared.mtu.store(mtu, Ordering::Relaxed);
    }

    /// Whether it is a veth pair.
    pub(crate) fn is_pair(&self) -> bool {
        matches!(self.shared.medium, Medium::Pair)
    }

    /// What it is made of.
    pub(crate) fn medium(&self) -> &Medium {
        &self.shared.medium
    }

    /// The port that leads to a member, where the link is a bridge.
    pub(crate) fn port(&self, host: &Host) -> Option<(&Switch, &Port)> {
        let Medium::Switch(switch) = &self.shared.medium else { return None };
        Some((switch, switch.ports().get(self.end(host)?.end)?))
    }

    /// The interface of a member.
    pub(crate) fn end(&self, host: &Host) -> Option<Interface> {
        host.interfaces().into_iter().find(|interface| interface.link == self.shared.id)
    }

    #[track_caller]
    fn member(&self, host: &Host) -> Interface {
        match self.end(host) {
            Some(interface) => interface,
            None => panic!("host `{}` is not a member of {self}", host.name()),
        }
    }
}

impl Host {
    /// Its links, in the order in which they were made.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// for link in server.links() {
    ///     println!("{}: {} bytes, {}", link.name(), link.mtu(), link.joins(&client));
    /// }
    /// # let _ = net;
    /// # Ok(()) }
    /// ```
    pub fn links(&self) -> Vec<Link> {
        self.links_shared().into_iter().map(Link::handle).collect()
    }
}

/// The links that two hosts share, in the order in which they were made.
pub(crate) fn common_links(one: &Host, other: &Host) -> Vec<Link> {
    let theirs = other.interfaces();
    let common = |shared: &Arc<Shared>| theirs.iter().any(|their| their.link == shared.id);
    one.links_shared().into_iter().filter(common).map(Link::handle).collect()
}

impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        self.shared.id == other.shared.id
    }
}

impl Eq for Link {}

impl Hash for Link {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shared.id.hash(state);
    }
}

/// As many members are named in a text that is about something else.
const NAMED: usize = 4;

/// For instance ``link `eth0` of `server`, `client` ``.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = named(self.hosts.iter().take(NAMED).map(Host::name));
        write!(f, "link `{}` of {names}", self.name())?;
        match self.hosts.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("name", &self.name()).field("hosts", &self.hosts).finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::netlink::{NLM_F_DUMP, Request};
    use crate::netlink_route::{LinkMessage, NETLINK_ROUTE};

    use super::*;
    use crate::{Net, Result, netns_test};

    /// The indexes of the interfaces in the switch's namespace, each with that of its other end.
    fn interfaces(switch: &Switch) -> Result<Vec<(u32, Option<u32>)>> {
        let request = Request::new("list the interfaces", LinkMessage::at(0).get(), NLM_F_DUMP);
        let answers = switch.namespace().netlink(NETLINK_ROUTE, |route| route.query(request))?;
        let links = answers.iter().filter_map(LinkMessage::read);
        Ok(links.map(|link| (link.index(), link.other_end())).collect())
    }

    #[netns_test]
    fn the_port_of_a_host_is_the_other_end_of_its_interface(net: Net) -> Result {
        let hosts = net.hosts(["a", "b", "c"])?;
        let link = &net.links()[0];
        for host in &hosts {
            let (switch, port) = link.port(host).expect("it is a bridge");
            let theirs = link.end(host).expect("it is a member").index;
            let interfaces = interfaces(switch)?;
            assert!(interfaces.contains(&(port.index, Some(theirs))), "{interfaces:?}");
            assert!(interfaces.iter().any(|(index, _)| *index == switch.bridge()));
            let sysfs =
                switch.namespace().run(|| nix::net::if_::if_nametoindex(port.name.as_str()));
            assert_eq!(sysfs.expect("it can be entered"), Ok(port.index));
        }
        Ok(())
    }

    #[netns_test]
    fn a_pair_has_no_ports(net: Net) -> Result {
        let [a, b] = net.hosts(["a", "b"])?;
        let [link] = &common_links(&a, &b)[..] else { panic!("there is one") };
        assert!(link.port(&a).is_none() && matches!(link.medium(), Medium::Pair));
        let third = net.hosts(["third"])?;
        assert_eq!(common_links(&a, &third[0]), []);
        Ok(())
    }

    #[netns_test]
    fn what_is_kept_about_a_switch_is_one_for_all_handles(net: Net) -> Result {
        let [a, _, c] = net.hosts(["a", "b", "c"])?;
        let [of_a, of_c] = [&a, &c].map(|host| {
            let links = host.links();
            let (switch, _) = links[0].port(host).expect("it is a bridge");
            switch.namespace().attached::<std::sync::Mutex<u32>>()
        });
        *of_a.lock().expect("it is not poisoned") = 7;
        assert_eq!(*of_c.lock().expect("it is not poisoned"), 7);
        Ok(())
    }

    /// Hosts that are joined do not keep each other, nor does what joins them.
    #[netns_test]
    fn a_net_that_is_dropped_is_gone() -> Result {
        let net = Net::new();
        let hosts = net.hosts(["a", "b", "c"])?;
        let [_, last] = net.hosts(["d", "e"])?;
        net.link("eth1", &[&hosts[0], &last])?;
        let weak = [hosts[0].downgrade(), last.downgrade()];
        let link = hosts[0].links().remove(0);
        drop((net, hosts, last));
        assert!(weak[0].upgrade().is_some(), "a handle to a link keeps its hosts");
        assert!(weak[1].upgrade().is_none(), "nothing is left that knows it");
        drop(link);
        assert!(weak[0].upgrade().is_none());
        Ok(())
    }
}
