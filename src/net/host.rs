use std::fmt;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
#[cfg(feature = "tokio")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex};

use super::handle::{Handle, WeakHandle};
use super::interface::{Interface, LinkId};
use super::link;
use super::name::check_host;
use super::namespace::{self, Namespace};
use super::ping;
#[cfg(feature = "tokio")]
use super::runtime::HostRuntime;
use crate::mutex::lock;
use crate::netlink::Netlink;
use crate::netlink_route::NETLINK_ROUTE;
use crate::record::{self, Event};
#[cfg(feature = "tokio")]
use crate::sandbox;
use crate::{Error, Feature};

/// A host of the test's network: a network namespace with a name and addresses.
///
/// A host that is a parameter of a test has the parameter's name. One link joins it to the other hosts
/// that the test asks for:
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
/// There are four ways to run code in a host: [`run`](Self::run) for a closure,
/// [`spawn`](Self::spawn) for a future, [`command`](Self::command) for a process, and traffic
/// methods such as [`listen`](Self::listen). Clones are handles to the same host, and equal: hosts
/// can be the keys of a map.
///
/// Its links are LANs. A host resolves its neighbours by ARP or neighbour discovery, and follows an address
/// whose move is announced ([`Net::move_addr`](crate::Net::move_addr)). A neighbour that is off is
/// unreachable after three seconds. On its first link a host has a default route into nowhere. So a
/// program finds its own address, can join a multicast group without naming an interface, and a dial to
/// an address that nobody has times out, as on the Internet. Nothing gets out of the sandbox, and the
/// report of a failure names what was dialled there. Ping sockets (icmp(7)) are permitted if `/proc/sys`
/// can be written.
///
/// A host has the kernel's own times and limits; [`set_timers`](Self::set_timers) changes them.
/// There is one exception: from the first [`Policy::firewall`](crate::Policy::firewall) that rejects, it
/// no longer limits the rate of ICMP errors
/// ([`Timers::without_icmp_limits`](crate::Timers::without_icmp_limits)). The same holds from the
/// first [`Policy::refuse`](crate::Policy::refuse) where the kernel cannot answer in its place.
#[doc(alias("netns", "namespace", "node"))]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Host(Handle<Inner>);

struct Inner {
    name: String,
    /// The number of its net.
    net: u64,
    namespace: Arc<Namespace>,
    ends: Mutex<Ends>,
    #[cfg(feature = "tokio")]
    runtime: OnceLock<HostRuntime>,
}

/// A host's ends of links with the links themselves, in the order in which they were made.
#[derive(Default)]
struct Ends {
    interfaces: Vec<Interface>,
    links: Vec<Arc<link::Shared>>,
}

/// A handle that does not keep its host.
pub(super) struct WeakHost(WeakHandle<Inner>);

impl WeakHost {
    pub(super) fn upgrade(&self) -> Option<Host> {
        self.0.upgrade().map(Host)
    }
}

impl Host {
    /// Makes a host without a link, whose frames are recorded from the start.
    pub(super) fn make(name: &str, net: u64) -> Result<Self, Error> {
        check_host(name)?;
        let operation = || format!("make the network namespace of host `{name}`");
        let (namespace, _visit) =
            Namespace::named(name).map_err(|error| namespace::refused(operation(), error))?;
        namespace.open_netlink(NETLINK_ROUTE)?;
        let host = Self(Handle::new(Inner {
            name: name.to_owned(),
            net,
            namespace: Arc::new(namespace),
            ends: Mutex::default(),
            #[cfg(feature = "tokio")]
            runtime: OnceLock::new(),
        }));
        // While this thread is inside of it.
        host.start_recording();
        ping::permit();
        Ok(host)
    }

    /// The host's name. Other hosts resolve it (`getaddrinfo`, `/etc/hosts`) to the addresses that the
    /// host was given.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let _listener = server.listen(80)?;
    /// assert_eq!(server.name(), "server");
    /// client.connect("server:80")?;               // a host finds another one by its name
    /// # Ok(()) }
    /// ```
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The file for `nsenter --net=FILE`; its name is the one for `ip netns exec NAME`.
    ///
    /// It exists only inside the test, in its own `/run/netns`, and normally has the host's name.
    ///
    /// # Errors
    ///
    /// If mounts are not permitted: in a container without `CAP_SYS_ADMIN`, or one whose AppArmor
    /// profile forbids them.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // For a program of yours that enters network namespaces by itself.
    /// println!("nsenter --net={} ss -tn", server.netns_path()?.display());
    /// # let _ = client;
    /// # Ok(()) }
    /// ```
    pub fn netns_path(&self) -> Result<&Path, Error> {
        self.0.namespace.path().map_err(|error| {
            let operation = format!("give the network namespace of `{}` a name", self.name());
            let error = match error.raw_os_error() {
                Some(errno) => Error::netlink(
                    operation,
                    std::io::Error::from_raw_os_error(errno),
                    Some("the sandbox may not mount".to_owned()),
                ),
                None => Error::unsupported(operation, error.to_string()),
            };
            error.for_lack_of(Feature::NetnsNames)
        })
    }

    /// Runs `work` inside the host, on this thread, and returns its result. Sockets created in it belong
    /// to the host for good, and threads started in it stay in the host.
    ///
    /// These sockets and threads can be used from any thread afterwards. In an async test `work` also
    /// runs in the context of the host's tokio runtime, so `tokio::spawn` in it puts the task into the host.
    ///
    /// # Which thread is where
    ///
    /// A thread starts in the host that its parent thread is in, and stays there. So if
    /// `work` hands something to threads that already exist, it runs where those are:
    ///
    /// | what `work` uses | where that runs |
    /// |---|---|
    /// | `thread::spawn`, `thread::scope` | in this host |
    /// | a runtime or pool that `work` makes (`tokio::runtime::Runtime::new`, `rayon::ThreadPoolBuilder`) | in this host, with all its threads |
    /// | a process-wide pool or executor (`rayon`'s global pool, `smol::spawn`, `async_std`, a runtime in a `LazyLock`) | in the host that used it first; in none, if that was outside `run` |
    /// | a runtime, pool or client that was made before | where it was made |
    /// | `spawn_blocking` of the host's own runtime | in this host |
    ///
    /// Process-wide pools surprise people. Make the pool inside the host if you can: rayon's
    /// `ThreadPool::install` runs `work` on a pool that was built in this host. Code that can only have one
    /// executor for the whole process should run as a process: [`start_fn`](Self::start_fn).
    ///
    /// A pool that one host has made dials from that host, even if another host's `run` gives it the work:
    /// it uses the first host's address, faults and firewall, and those of the other host do not affect
    /// it. The timeline and the packets name the host that really dialled. When a test with several hosts
    /// fails, its report lists which of the test's threads are in each. It always lists what was done with
    /// the network outside every host.
    ///
    /// # Panics
    ///
    /// If `work` panics. The thread leaves the host first.
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
    #[doc(alias("setns", "nsenter"))]
    #[track_caller]
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tokio")]
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

    pub(crate) fn namespace(&self) -> &Arc<Namespace> {
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
        protocol: i32,
        work: impl FnOnce(&mut Netlink) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.0.namespace.netlink(protocol, work)
    }

    /// What another part of the crate keeps about this host, one value of each type. The network
    /// does not know what faults there are.
    pub(crate) fn attached<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.0.namespace.attached()
    }

    /// The next number for a name of something in this host.
    pub(crate) fn next_number(&self) -> u32 {
        self.0.namespace.next_number()
    }

    /// Its ends of links, in the order in which they were made.
    pub(crate) fn interfaces(&self) -> Vec<Interface> {
        self.with_ends(|ends| ends.interfaces.clone())
    }

    pub(super) fn links_shared(&self) -> Vec<Arc<link::Shared>> {
        self.with_ends(|ends| ends.links.clone())
    }

    /// Makes it a member of a link, of which `interface` is its end.
    pub(super) fn attach(&self, interface: Interface, link: Arc<link::Shared>) {
        self.with_ends(|ends| {
            ends.interfaces.push(interface);
            ends.links.push(link);
        });
    }

    /// It has one more address on this link, given by the test.
    pub(super) fn gain(&self, link: LinkId, address: IpAddr) {
        self.with_ends(|ends| {
            let on_link = ends.interfaces.iter_mut().filter(|one| one.link == link);
            for interface in on_link.filter(|one| !one.reachable().contains(&address)) {
                interface.more.push(address);
            }
        });
    }

    /// The test has taken an address away that it had given.
    pub(super) fn lose(&self, address: IpAddr) {
        self.with_ends(|ends| {
            for interface in &mut ends.interfaces {
                interface.more.retain(|one| *one != address);
            }
        });
    }

    /// Whoever panics does so without the lock: the report asks for the addresses, from another
    /// thread and while the panic is under way.
    fn with_ends<T>(&self, work: impl FnOnce(&mut Ends) -> T) -> T {
        work(&mut lock(&self.0.ends))
    }

    pub(super) fn downgrade(&self) -> WeakHost {
        WeakHost(self.0.downgrade())
    }

    #[cfg(feature = "tokio")]
    #[track_caller]
    pub(super) fn runtime(&self) -> &HostRuntime {
        if let Some(runtime) = self.0.runtime.get() {
            return runtime;
        }
        // Not in `get_or_init`: others would wait for a panic to be told.
        match HostRuntime::start(self.name(), self.0.namespace.file()) {
            // Another thread may have been faster; then the second one ends here.
            Ok(started) => self.0.runtime.get_or_init(|| started),
            Err(error) => {
                let operation = format!("start the runtime of host `{}`", self.name());
                panic!("{}", sandbox::refused(operation, error))
            }
        }
    }

    /// Records that the test has changed how the host works.
    pub(crate) fn note_change(&self, change: String) {
        self.note(Event::Change { host: Some(self.name().to_owned()), change });
    }

    /// Records what happens now in this host or to it.
    pub(crate) fn note(&self, event: Event) {
        record::note(self.0.net, event);
    }

    /// The number of the net that it is a part of.
    pub(crate) fn net(&self) -> u64 {
        self.0.net
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("name", &self.name()).field("addrs", &self.given()).finish()
    }
}
