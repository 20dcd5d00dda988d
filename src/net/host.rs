use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rtnetlink::packet_core::NLM_F_DUMP;
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage};

use super::interface::Interface;
use super::joining::NETLINK_ROUTE;
use super::name::check_host;
use super::namespace::{self, Namespace};
use super::runtime::HostRuntime;
use crate::Error;
use crate::netlink::{Netlink, Request};
use crate::record::{self, Event};

/// A host of the test's network: a network namespace with a name and addresses.
///
/// As a parameter of a test it is named after the parameter, and joined by one link to the other
/// hosts that the test asks for:
///
/// ```no_run
/// use netns_test::{Host, Result, netns_test};
///
/// #[netns_test]
/// fn two_hosts_talk(server: Host, client: Host) -> Result {
///     let listener = server.listen(7000)?;
///     let mut dialled = client.connect(listener.addr())?;
///     let mut accepted = listener.accept()?;
///     dialled.send(b"hello")?;
///     assert_eq!(accepted.recv()?, b"hello");
///     Ok(())
/// }
/// ```
///
/// Code is put into a host in four ways: [`run`](Self::run) for a closure,
/// [`spawn`](Self::spawn) for a future, [`command`](Self::command) for a process, and the traffic
/// fixtures, such as [`listen`](Self::listen). Clones are handles to the same host.
///
/// Its kernel has the system's own times and limits; [`set_timers`](Self::set_timers) changes them.
/// One exception: from the first [`Policy::firewall`](crate::Policy::firewall) on that rejects, it
/// holds back no ICMP errors
/// ([`Timers::without_icmp_limits`](crate::Timers::without_icmp_limits)); and so from the first
/// [`Policy::refuse`](crate::Policy::refuse) on, where the kernel cannot answer in its place.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    name: String,
    /// The number of its net.
    net: u64,
    namespace: Namespace,
    sockets: Mutex<BTreeMap<isize, Netlink>>,
    /// For names of what is made in this host and must not meet another of its kind.
    numbers: AtomicU32,
    interfaces: Mutex<Vec<Interface>>,
    attached: Mutex<BTreeMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    runtime: OnceLock<HostRuntime>,
}

impl Host {
    /// Makes a host without a link.
    pub(super) fn make(name: &str, net: u64) -> Result<Self, Error> {
        check_host(name)?;
        let operation = || format!("make the network namespace of host `{name}`");
        let namespace =
            Namespace::named(name).map_err(|error| namespace::refused(operation(), error))?;
        Ok(Self(Arc::new(Inner {
            name: name.to_owned(),
            net,
            namespace,
            sockets: Mutex::default(),
            numbers: AtomicU32::new(1),
            interfaces: Mutex::default(),
            attached: Mutex::default(),
            runtime: OnceLock::new(),
        })))
    }

    /// The host's name, under which the other hosts find it (`getaddrinfo`, `/etc/hosts`).
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its IPv4 address on its first link.
    ///
    /// The first host that a test asks for is `10.0.0.1`, the second `10.0.0.2`, in every run.
    ///
    /// # Panics
    ///
    /// If the host has no link yet.
    #[track_caller]
    pub fn ipv4(&self) -> Ipv4Addr {
        self.first().addresses.v4
    }

    /// Its IPv6 address on its first link: `fd00::1`, `fd00::2` and so on.
    ///
    /// It can be used at once: there is no duplicate address detection.
    ///
    /// # Panics
    ///
    /// If the host has no link yet, or the kernel has no IPv6 ([`has_ipv6`](Self::has_ipv6)).
    #[track_caller]
    pub fn ipv6(&self) -> Ipv6Addr {
        let first = self.first();
        assert!(first.ipv6, "host `{}` has no IPv6 address: this kernel has no IPv6", self.name());
        first.addresses.v6
    }

    /// Whether it has IPv6 addresses.
    pub fn has_ipv6(&self) -> bool {
        self.interfaces().iter().any(|interface| interface.ipv6)
    }

    /// All its addresses that other hosts can reach, link by link; IPv4 before IPv6.
    ///
    /// Link-local ones are not among them: they mean nothing without an interface.
    pub fn addrs(&self) -> Vec<IpAddr> {
        let mut all = Vec::new();
        for interface in self.interfaces().iter() {
            all.push(IpAddr::from(interface.addresses.v4));
            if interface.ipv6 {
                all.push(interface.addresses.v6.into());
            }
        }
        all
    }

    /// Its first IPv4 address with a port: what a peer dials.
    ///
    /// # Panics
    ///
    /// If the host has no link yet.
    #[track_caller]
    pub fn addr(&self, port: u16) -> SocketAddr {
        (self.ipv4(), port).into()
    }

    /// Its first IPv6 address with a port.
    ///
    /// # Panics
    ///
    /// If the host has no link yet, or the kernel has no IPv6.
    #[track_caller]
    pub fn addr_v6(&self, port: u16) -> SocketAddr {
        (self.ipv6(), port).into()
    }

    /// The file that `nsenter --net=FILE` takes, and whose name `ip netns exec NAME` takes.
    ///
    /// It exists inside the test only, in its own `/run/netns`, and normally has the host's name.
    ///
    /// # Errors
    ///
    /// Where mounts are not permitted: a container without `CAP_SYS_ADMIN`, or whose AppArmor
    /// profile forbids them.
    pub fn netns_path(&self) -> Result<&Path, Error> {
        self.0.namespace.path().map_err(|error| {
            let operation = format!("give the network namespace of `{}` a name", self.name());
            match error.raw_os_error() {
                Some(errno) => Error::netlink(
                    operation,
                    std::io::Error::from_raw_os_error(errno),
                    Some("the sandbox may not mount".to_owned()),
                ),
                None => Error::unsupported(operation, error.to_string()),
            }
        })
    }

    /// Runs `work` inside the host, on this thread: sockets made in it belong to the host for good,
    /// and threads started in it stay in the host.
    ///
    /// Both may be used and waited for anywhere. Returns what `work` returns. In an async test the host's tokio runtime is entered as
    /// well, so that `tokio::spawn` in `work` puts the task into the host.
    ///
    /// # Panics
    ///
    /// If `work` does. The thread leaves the host first.
    ///
    /// ```no_run
    /// use std::net::TcpListener;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_port_is_free_on_each_host(server: Host, client: Host) -> Result {
    ///     let first = server.run(|| TcpListener::bind("0.0.0.0:80"))?;
    ///     let second = client.run(|| TcpListener::bind("0.0.0.0:80"))?;
    ///     assert_eq!(first.local_addr()?, second.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _context =
            tokio::runtime::Handle::try_current().is_ok().then(|| self.runtime().enter());
        match self.0.namespace.run(work) {
            Ok(value) => value,
            Err(error) => panic!("cannot enter host `{}`: {error}", self.name()),
        }
    }

    /// The descriptor of its namespace: `/proc/PROCESS/fd/` and this is what nsenter(1) takes.
    pub(crate) fn descriptor(&self) -> i32 {
        self.0.namespace.file().as_raw_fd()
    }

    /// The same, for a thread that enters it later.
    pub(crate) fn namespace_file(&self) -> Arc<OwnedFd> {
        Arc::clone(self.0.namespace.file())
    }

    /// As [`run`](Self::run), for our own work: no runtime is entered, and nothing panics.
    pub(crate) fn inside<T>(&self, work: impl FnOnce() -> T) -> std::io::Result<T> {
        self.0.namespace.run(work)
    }

    pub(super) fn namespace(&self) -> &Namespace {
        &self.0.namespace
    }

    /// Uses the host's own rtnetlink socket.
    pub(super) fn route<T>(
        &self,
        work: impl FnOnce(&mut Netlink) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.netlink(NETLINK_ROUTE, work)
    }

    /// Uses the host's own socket to one of netlink's families, opened when first needed.
    pub(crate) fn netlink<T>(
        &self,
        protocol: isize,
        work: impl FnOnce(&mut Netlink) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut sockets = self.0.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let socket = match sockets.entry(protocol) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(place) => {
                let opened = self.0.namespace.run(|| Netlink::open(protocol));
                let ours = |error| {
                    let operation = format!("open netlink family {protocol} in `{}`", self.name());
                    Error::os(operation, error)
                };
                place.insert(opened.and_then(|opened| opened).map_err(ours)?)
            }
        };
        work(socket)
    }

    /// All addresses that the host has in the kernel now, those that its programs added among
    /// them; loopback ones are not.
    pub(crate) fn kernel_addresses(&self) -> Result<Vec<IpAddr>, Error> {
        let operation = format!("list the addresses of `{}`", self.name());
        let message = RouteNetlinkMessage::GetAddress(AddressMessage::default());
        let request = Request::new(operation, message, NLM_F_DUMP);
        let answers = self.route(|route| route.query(request))?;
        let mut all = Vec::new();
        for answer in answers {
            let RouteNetlinkMessage::NewAddress(message) = answer else { continue };
            let local = |wanted: &AddressAttribute| match wanted {
                AddressAttribute::Local(address) => Some(*address),
                _ => None,
            };
            let any = |wanted: &AddressAttribute| match wanted {
                AddressAttribute::Address(address) => Some(*address),
                _ => None,
            };
            // IPv6 has no separate local address unless the link is point to point.
            let found = message.attributes.iter().find_map(local);
            let found = found.or_else(|| message.attributes.iter().find_map(any));
            all.extend(found.filter(|address| !address.is_loopback()));
        }
        Ok(all)
    }

    /// What another part of the crate keeps about this host, one value of each type. The network
    /// does not know what faults there are.
    pub(crate) fn attached<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut attached = self.0.attached.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = attached.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        match Arc::clone(slot).downcast() {
            Ok(value) => value,
            Err(_) => unreachable!("a slot holds a value of the type that is its key"),
        }
    }

    /// The next number for a name of something in this host.
    pub(crate) fn next_number(&self) -> u32 {
        self.0.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Its ends of links, in the order in which they were made.
    pub(crate) fn interfaces(&self) -> MutexGuard<'_, Vec<Interface>> {
        self.0.interfaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn runtime(&self) -> &HostRuntime {
        self.0.runtime.get_or_init(|| HostRuntime::start(self.name(), self.0.namespace.file()))
    }

    /// Records what happens now in this host or to it.
    pub(crate) fn note(&self, event: Event) {
        record::note(self.0.net, event);
    }

    /// The number of the net that it is a part of.
    pub(crate) fn net(&self) -> u64 {
        self.0.net
    }

    /// Whether both handles are of the same host.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    #[track_caller]
    fn first(&self) -> Interface {
        match self.interfaces().first() {
            Some(interface) => interface.clone(),
            None => panic!(
                "host `{}` has no address: it is not linked to another host yet",
                self.name()
            ),
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("name", &self.name()).field("addrs", &self.addrs()).finish()
    }
}
