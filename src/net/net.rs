use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use super::address::{Addresses, MOST_HOSTS, MOST_LINKS};
use super::host::Host;
use super::interface::{Interface, LinkId, kernel_has_ipv6};
use super::joining::{join_bridge, join_pair, loopback_up};
use super::link::{self, Link, Medium};
use super::name::check_interface;
use super::published_names::PublishedNames;
use crate::mutex::lock;
use crate::quoted::named;
use crate::{Error, record};

/// The network of a test: its hosts and links.
///
/// A test whose parameters are its hosts hardly needs it. A test that computes its hosts does:
///
/// ```no_run
/// use netns_test::{Net, Result, netns_test};
///
/// #[netns_test]
/// fn five_replicas_reach_each_other(net: Net) -> Result {
///     let replicas = net.hosts(["r1", "r2", "r3", "r4", "r5"])?;
///     let listener = replicas[0].listen(7000)?;
///     for replica in &replicas[1..] {
///         replica.connect(listener.addr())?;
///     }
///     Ok(())
/// }
/// ```
///
/// Clones are handles to the same network.
#[doc(alias("netns", "topology"))]
#[derive(Clone)]
pub struct Net(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Tells the nets of a process from each other.
    number: u64,
    inner: Mutex<Inner>,
    /// What lives as long as the net.
    kept: Mutex<Vec<Box<dyn Any + Send>>>,
}

#[derive(Default)]
struct Inner {
    hosts: Vec<Host>,
    links: Vec<Arc<link::Shared>>,
    names: PublishedNames,
    last_index: u32,
}

/// All nets of the process that are still there, for those who report.
static NETS: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// The interface indexes of a net begin above those that the kernel gives by itself.
const FIRST_INDEX: u32 = 10;

impl Net {
    /// Makes an empty network.
    ///
    /// Inside `#[netns_test]` and [`program`](crate::program) the test has the privilege. Elsewhere
    /// the process itself must be permitted to make network namespaces, and they have no names.
    ///
    /// ```no_run
    /// use netns_test::{Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn two_networks_do_not_meet(net: Net) -> Result {
    ///     let other = Net::new();
    ///     let [one] = net.hosts(["one"])?;
    ///     let [same_name] = other.hosts(["one"])?;
    ///     assert_ne!(one, same_name);
    ///     Ok(())
    /// }
    /// ```
    pub fn new() -> Self {
        let shared = Shared { number: record::next_number(), ..Shared::default() };
        let net = Self(Arc::new(shared));
        let mut nets = lock(&NETS);
        nets.retain(|other| other.strong_count() > 0);
        nets.push(Arc::downgrade(&net.0));
        net
    }

    /// All nets of the process that are still there, in the order in which they were made.
    pub(crate) fn all() -> Vec<Self> {
        let nets = lock(&NETS);
        nets.iter().filter_map(Weak::upgrade).map(Self).collect()
    }

    /// Adds hosts that share one link: two are joined by a veth pair, more by a bridge.
    ///
    /// When it returns, the link is ready: even the first packet passes.
    ///
    /// # Errors
    ///
    /// If a name is invalid, duplicate or taken, there are more than 254 hosts for the link, or the kernel
    /// refuses.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net) -> Result {
    /// let [a, b, c] = net.hosts(["a", "b", "c"])?;
    /// net.link("lan", &[&a, &b, &c])?;
    /// # Ok(()) }
    /// ```
    pub fn hosts<const N: usize>(&self, names: [&str; N]) -> Result<[Host; N], Error> {
        let hosts = self.add_hosts(&names)?;
        let count = hosts.len();
        hosts.try_into().map_err(|_| {
            Error::new(
                format!("add {N} hosts"),
                format!("{count} were made, which is our own fault"),
            )
        })
    }

    /// Adds hosts as [`hosts`](Self::hosts) does, for names that are computed.
    ///
    /// On links of up to 64 hosts, each host has room for all others in its neighbour table. On larger
    /// ones the entries count in the table of the whole machine, which has room for 1024 entries of each
    /// family by default (arp(7), `gc_thresh3`).
    ///
    /// # Errors
    ///
    /// As [`hosts`](Self::hosts).
    pub fn add_hosts<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<Host>, Error> {
        check_room(names.len()).map_err(|cause| Error::new("add hosts", cause))?;
        // Before the lock: it is the test's own code.
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let mut inner = self.inner();
        let hosts = inner.make(&names, self.number())?;
        if hosts.len() > 1 {
            inner.join((self.number(), "eth0"), &hosts)?;
        } else {
            hosts.iter().try_for_each(loopback_up)?;
        }
        inner.hosts.extend_from_slice(&hosts);
        inner.names.publish(self.number(), &inner.hosts);
        Ok(hosts)
    }

    /// Adds hosts without a link.
    pub(super) fn add_apart(&self, names: &[&str]) -> Result<Vec<Host>, Error> {
        let mut inner = self.inner();
        let hosts = inner.make(names, self.number())?;
        hosts.iter().try_for_each(loopback_up)?;
        inner.hosts.extend_from_slice(&hosts);
        Ok(hosts)
    }

    /// Returns the host of this name.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the hosts of the net.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// assert_eq!(net.host("server")?, server);
    /// assert!(net.host("nobody").is_err());
    /// # let _ = client;
    /// # Ok(()) }
    /// ```
    pub fn host(&self, name: &str) -> Result<Host, Error> {
        let inner = self.inner();
        if let Some(host) = inner.hosts.iter().find(|host| host.name() == name) {
            return Ok(host.clone());
        }
        let cause = match inner.hosts.is_empty() {
            true => "there are no hosts".to_owned(),
            false => format!("the hosts are {}", named(inner.hosts.iter().map(Host::name))),
        };
        Err(Error::new(format!("find host `{name}`"), cause))
    }

    /// Joins existing hosts by another link. On it each host gets another interface, named `interface`, and
    /// another address of each family. The link has the same name.
    ///
    /// # Errors
    ///
    /// If the interface's name is invalid or taken in one of the hosts, a host is named twice, there are
    /// fewer than two, or the kernel refuses.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_peer_with_two_addresses(net: Net, server: Host, client: Host) -> Result {
    ///     let backup = net.link("backup", &[&server, &client])?;
    ///     assert_eq!(server.addrs().len(), 4);
    ///     assert_eq!(backup.addrs(&server), server.addrs()[2..]);
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("veth", "bridge"))]
    pub fn link(&self, interface: &str, hosts: &[&Host]) -> Result<Link, Error> {
        let hosts: Vec<Host> = hosts.iter().copied().cloned().collect();
        let mut inner = self.inner();
        inner.check_known(interface, &hosts)?;
        let link = inner.join((self.number(), interface), &hosts)?;
        inner.names.publish(self.number(), &inner.hosts);
        drop(inner);
        hosts.iter().try_for_each(Host::addresses_changed)?;
        Ok(Link::handle(link))
    }

    /// Returns all links, in the order in which they were made. The first is that of the test's
    /// parameters, if they have two hosts or more.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn all_hosts_share_a_link(net: Net, _server: Host, _client: Host, third: Host) -> Result {
    ///     let [link] = &net.links()[..] else { panic!("there is one") };
    ///     assert_eq!(link.name(), "eth0");
    ///     assert!(link.joins(&third));
    ///     println!("{net}");
    ///     Ok(())
    /// }
    /// ```
    pub fn links(&self) -> Vec<Link> {
        let links = self.inner().links.clone();
        links.into_iter().map(Link::handle).collect()
    }

    /// Returns all hosts, in the order in which they were made.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// for host in net.all_hosts() {
    ///     println!("{}: {} sockets", host.name(), host.sockets()?.len());
    /// }
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    pub fn all_hosts(&self) -> Vec<Host> {
        self.inner().hosts.clone()
    }

    /// Changes its names, and tells the hosts.
    pub(super) fn with_names(&self, change: impl FnOnce(&mut PublishedNames)) {
        let mut inner = self.inner();
        change(&mut inner.names);
        inner.names.publish(self.number(), &inner.hosts);
    }

    /// Has a thing live as long as the net does.
    pub(crate) fn keep(&self, thing: Box<dyn Any + Send>) {
        lock(&self.0.kept).push(thing);
    }

    /// Tells it from the other nets of the process.
    pub(crate) fn number(&self) -> u64 {
        self.0.number
    }

    /// The net with a number; `None` if nobody holds it any more.
    pub(crate) fn numbered(number: u64) -> Option<Self> {
        Self::all().into_iter().find(|net| net.number() == number)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        lock(&self.0.inner)
    }
}

impl Inner {
    /// Makes the hosts of the net with this number, if their names are free.
    fn make(&self, names: &[&str], net: u64) -> Result<Vec<Host>, Error> {
        let is_free = |(at, name): (usize, &&str)| {
            let known = self.hosts.iter().map(Host::name);
            let taken = known.chain(names[..at].iter().copied());
            match taken.into_iter().find(|taken| taken.eq_ignore_ascii_case(name)) {
                None => Ok(()),
                Some(taken) => {
                    let cause = format!("a host `{taken}` already exists");
                    Err(Error::new(format!("add host `{name}`"), cause))
                }
            }
        };
        names.iter().enumerate().try_for_each(is_free)?;
        names.iter().map(|name| Host::make(name, net)).collect()
    }

    /// A host of another net has that one's addresses and interface numbers, which may be ours.
    fn check_known(&self, interface: &str, hosts: &[Host]) -> Result<(), Error> {
        match hosts.iter().find(|host| !self.hosts.iter().any(|known| known == *host)) {
            None => Ok(()),
            Some(stranger) => {
                let cause = format!("`{}` is a host of another net", stranger.name());
                Err(Error::new(operation(interface, hosts), cause))
            }
        }
    }

    /// Joins hosts of the net with this number by a link whose interfaces have this name.
    fn join(
        &mut self,
        (net, interface): (u64, &str),
        hosts: &[Host],
    ) -> Result<Arc<link::Shared>, Error> {
        check_interface(interface)?;
        check_ends(interface, hosts)?;
        let number = u16::try_from(self.links.len()).map_err(|_| {
            let cause = format!("a net has at most {MOST_LINKS} links");
            Error::new(operation(interface, hosts), cause)
        })?;
        let ipv6 = kernel_has_ipv6();
        let interfaces: Vec<Interface> = (0..hosts.len())
            .map(|end| Interface {
                name: interface.to_owned(),
                index: self.next_index(),
                addresses: Addresses::of(number, end as u8 + 1),
                link: LinkId { net, number },
                end,
                more: Vec::new(),
                ipv6,
            })
            .collect();
        let ends: Vec<(&Host, &Interface)> = hosts.iter().zip(&interfaces).collect();
        for (host, end) in &ends {
            host.record_end(end.index);
        }
        let medium = match <[_; 2]>::try_from(ends.as_slice()) {
            Ok(pair) => join_pair(pair).map(|()| Medium::Pair)?,
            Err(_) => {
                let first = self.last_index + 1;
                self.last_index += 1 + ends.len() as u32;
                Medium::Switch(join_bridge(&ends, first)?)
            }
        };
        let link = Arc::new(link::Shared::of(medium, &ends));
        for (host, interface) in hosts.iter().zip(interfaces) {
            host.attach(interface, Arc::clone(&link));
        }
        self.links.push(Arc::clone(&link));
        Ok(link)
    }

    fn next_index(&mut self) -> u32 {
        self.last_index = self.last_index.max(FIRST_INDEX - 1) + 1;
        self.last_index
    }
}

pub(super) fn check_room(hosts: usize) -> Result<(), String> {
    match hosts {
        0..=MOST_HOSTS => Ok(()),
        more => Err(format!("a link holds at most {MOST_HOSTS} hosts, not {more}")),
    }
}

fn check_ends(interface: &str, hosts: &[Host]) -> Result<(), Error> {
    let refuse = |cause: String| Err(Error::new(operation(interface, hosts), cause));
    if hosts.len() < 2 {
        return refuse("a link joins two hosts or more".to_owned());
    }
    check_room(hosts.len()).or_else(refuse)?;
    for (at, host) in hosts.iter().enumerate() {
        if hosts[..at].iter().any(|other| other == host) {
            return refuse(format!("`{}` is named twice", host.name()));
        }
        if host.interfaces().iter().any(|taken| taken.name == interface) {
            return refuse(format!("`{}` has an interface of this name", host.name()));
        }
    }
    Ok(())
}

fn operation(interface: &str, hosts: &[Host]) -> String {
    let names = match hosts.is_empty() {
        true => "no hosts".to_owned(),
        false => named(hosts.iter().map(Host::name)),
    };
    format!("link {names} by `{interface}`")
}

impl Default for Net {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Net").field("hosts", &self.all_hosts()).finish()
    }
}
