//! What hosts are: namespaces with names and addresses, joined by links that are ready at once; and
//! the ways to put code into them.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket,
};
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Host, Net, Result, consistently, eventually, netns_test, take_panics};

mod support;

use support::families::{addresses, can_run_with_ipv6, families, has_file_of_names, has_ipv6};

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
const LIMIT: Duration = Duration::from_secs(10);
/// A SYN that is lost, because the link is not ready, is repeated after 1 s; likewise a request
/// for a neighbour. A first connect that takes less lost neither.
const WITHOUT_LOSS: Duration = Duration::from_millis(900);

/// The namespace of this thread, `net:[4026531840]`.
fn here() -> PathBuf {
    // Not /proc/self, which is the first thread of the process.
    fs::read_link("/proc/thread-self/ns/net").unwrap()
}

fn namespace_of(host: &Host) -> PathBuf {
    host.run(here)
}

/// Whether this sandbox may mount: without that there are no names, and nothing else is different.
/// Then a test of names claims that: see [`assert_unknown`].
fn may_mount(host: &Host) -> bool {
    match host.netns_path() {
        Ok(_) => true,
        Err(error) => {
            assert!(error.is_unsupported(), "{error}");
            false
        }
    }
}

/// Whether hosts have names: where the system has no file for names there is no place to mount
/// theirs.
fn has_names(host: &Host) -> bool {
    may_mount(host) && has_file_of_names()
}

/// Nobody of this name is found, and the error says that it is the name.
fn assert_unknown(from: &Host, name: &str) {
    let error = from.connect((name, 80)).unwrap_err();
    assert!(error.to_string().contains("lookup"), "{error}");
}

/// The first connect from one host to another, in both families.
#[track_caller]
fn assert_reaches(from: &Host, to: &Host) {
    let listener = to.listen(0).unwrap();
    for addr in addresses(&listener) {
        let begun = Instant::now();
        let dialled = from.connect(addr);
        let what = format!("from `{}` to `{}` at {addr}", from.name(), to.name());
        assert!(dialled.is_ok(), "{what}: {dialled:?}");
        assert!(begun.elapsed() < WITHOUT_LOSS, "{what}: {:?}", begun.elapsed());
    }
}

mod names {
    use super::*;

    #[netns_test]
    fn hosts_find_each_other_by_name(server: Host, client: Host) -> Result {
        if !has_names(&server) {
            assert_unknown(&client, "server");
            return Ok(());
        }
        let listener = server.listen(7000)?;
        for from in [&client, &server] {
            from.connect(("server", 7000))?;
            assert!(server.addrs().contains(&listener.accept()?.local_addr().ip()));
        }
        let found: BTreeSet<IpAddr> = client.run(|| resolve("server"))?;
        assert_eq!(found, server.addrs().into_iter().collect());
        Ok(())
    }

    fn resolve(name: &str) -> std::io::Result<BTreeSet<IpAddr>> {
        Ok((name, 0).to_socket_addrs()?.map(|found| found.ip()).collect())
    }

    #[netns_test]
    fn the_system_s_own_names_still_resolve(server: Host) -> Result {
        if !has_file_of_names() {
            assert_unknown(&server, "localhost");
            return Ok(());
        }
        let found = server.run(|| resolve("localhost"))?;
        assert!(found.iter().all(IpAddr::is_loopback) && !found.is_empty(), "{found:?}");
        Ok(())
    }

    #[netns_test]
    fn hosts_that_come_later_are_found_as_well(net: Net, first: Host) -> Result {
        let [second] = net.hosts(["second"])?;
        assert!(first.run(|| resolve("second")).is_err(), "it has no address yet");
        net.link("late", &[&first, &second])?;
        if !has_names(&first) {
            assert_unknown(&first, "second");
            return Ok(());
        }
        let found = first.run(|| resolve("second"))?;
        assert_eq!(found, second.addrs().into_iter().collect());
        Ok(())
    }

    #[netns_test]
    fn a_name_that_nobody_has_does_not_resolve(server: Host) {
        assert_unknown(&server, "nobody-has-this-name");
    }

    #[netns_test]
    fn parameters_name_their_hosts(net: Net, server: Host, _client: Host) -> Result {
        assert_eq!(server.name(), "server");
        assert_eq!(net.host("client")?.name(), "client");
        let unknown = net.host("nobody").unwrap_err().to_string();
        assert_eq!(unknown, "cannot find host `nobody`: the hosts are `server`, `client`");
        Ok(())
    }

    #[netns_test]
    fn a_name_that_is_taken_is_refused(net: Net, server: Host) {
        let refused = net.hosts(["Server"]).unwrap_err().to_string();
        assert_eq!(refused, "cannot add host `Server`: there is a host `server` already");
        assert!(net.hosts(["a", "a"]).unwrap_err().to_string().contains("`a` already"));
        // Nothing of a refused request is there.
        assert!(net.host("a").is_err());
        drop(server);
    }

    #[netns_test]
    fn the_file_of_a_host_is_its_namespace(server: Host, client: Host) -> Result {
        if !may_mount(&server) {
            assert!(!may_mount(&client), "the one has a file, and the other has none");
            return Ok(());
        }
        for host in [&server, &client] {
            let path = host.netns_path()?;
            assert_eq!(path.file_name().unwrap(), host.name());
            let file = fs::metadata(path)?;
            let own = host.run(|| fs::metadata("/proc/thread-self/ns/net"))?;
            assert_eq!((file.dev(), file.ino()), (own.dev(), own.ino()));
        }
        Ok(())
    }
}

mod addresses {
    use super::*;

    #[netns_test]
    fn addresses_are_the_same_in_every_run(a: Host, b: Host, c: Host) {
        for (number, host) in (1..).zip([&a, &b, &c]) {
            assert_eq!(host.ipv4(), Ipv4Addr::new(10, 0, 0, number));
            assert_eq!(host.has_ipv6(), has_ipv6());
            if !has_ipv6() {
                assert_eq!(host.addrs(), [IpAddr::from(host.ipv4())]);
                continue;
            }
            assert_eq!(host.ipv6(), Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number.into()));
            assert_eq!(host.addrs(), [IpAddr::from(host.ipv4()), host.ipv6().into()]);
        }
    }

    #[netns_test]
    fn ipv6_addresses_can_be_bound_at_once(server: Host, _client: Host) -> Result {
        if !can_run_with_ipv6() {
            return Ok(());
        }
        // With duplicate address detection this is EADDRNOTAVAIL for more than a second.
        server.run(|| TcpListener::bind((server.ipv6(), 80)))?;
        server.run(|| UdpSocket::bind((server.ipv6(), 80)))?;
        Ok(())
    }

    #[netns_test]
    fn a_host_has_its_own_loopback(server: Host, client: Host) -> Result {
        let loopback = |ipv6| match ipv6 {
            true => IpAddr::from(Ipv6Addr::LOCALHOST),
            false => Ipv4Addr::LOCALHOST.into(),
        };
        for loopback in families().map(loopback) {
            let listener = server.run(|| TcpListener::bind((loopback, 7000)))?;
            let addr = listener.local_addr()?;
            let mut dialled = server.run(|| TcpStream::connect(addr))?;
            let (mut accepted, _) = listener.accept()?;
            dialled.write_all(b"hello")?;
            let mut received = [0; 5];
            accepted.read_exact(&mut received)?;
            assert_eq!(&received, b"hello");
            // The same address in the other host is the other host.
            let refused = client.run(|| TcpStream::connect(addr)).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        }
        Ok(())
    }

    #[netns_test]
    fn a_host_reaches_itself_by_its_own_address(server: Host, _client: Host) {
        assert_reaches(&server, &server);
    }

    #[netns_test]
    fn a_host_without_a_link_has_its_loopback_only(alone: Host) -> Result {
        assert!(alone.addrs().is_empty() && !alone.has_ipv6());
        let listener = alone.listen(0)?;
        assert_eq!(listener.addr().ip(), Ipv4Addr::LOCALHOST);
        alone.connect(listener.addr())?;
        let unreachable = alone.connect("10.0.0.1:80").unwrap_err();
        assert_eq!(unreachable.kind(), ErrorKind::NetworkUnreachable);
        for ask in [|host: &Host| host.ipv4().into(), |host: &Host| IpAddr::from(host.ipv6())] {
            let panicked = catch_unwind(AssertUnwindSafe(|| ask(&alone))).unwrap_err();
            let said = panicked.downcast_ref::<String>().unwrap();
            assert_eq!(said, "host `alone` has no address: it is not linked to another host yet");
        }
        Ok(())
    }

    #[netns_test]
    fn a_second_link_gives_a_second_address(net: Net, server: Host, client: Host) -> Result {
        net.link("backup", &[&client, &server])?;
        let mut expected: Vec<IpAddr> = vec![
            Ipv4Addr::new(10, 0, 0, 1).into(),
            Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1).into(),
            // The second end of the second link.
            Ipv4Addr::new(10, 0, 1, 2).into(),
            Ipv6Addr::new(0xfd00, 0, 0, 1, 0, 0, 0, 2).into(),
        ];
        expected.retain(|address| address.is_ipv4() || has_ipv6());
        assert_eq!(server.addrs(), expected);
        assert_eq!(server.ipv4(), Ipv4Addr::new(10, 0, 0, 1), "the first link counts");
        let listener = server.listen(7000)?;
        for addr in server.addrs() {
            let begun = Instant::now();
            let dialled = client.connect((addr, 7000))?;
            assert!(begun.elapsed() < WITHOUT_LOSS, "{addr}: {:?}", begun.elapsed());
            assert_eq!(listener.accept()?.peer_addr(), dialled.local_addr());
        }
        let devices = server.run(|| fs::read_to_string("/proc/thread-self/net/dev"))?;
        for name in ["lo:", "eth0:", "backup:"] {
            assert!(devices.contains(name), "{name} is not in {devices}");
        }
        Ok(())
    }

    #[netns_test]
    fn a_link_that_cannot_be_is_refused_and_not_begun(net: Net, server: Host, client: Host) {
        let refusal = |name: &str, hosts: &[&Host]| net.link(name, hosts).unwrap_err().to_string();
        let both = [&server, &client];
        assert_eq!(
            refusal("eth0", &both),
            "cannot link `server`, `client` by `eth0`: `server` has an interface of this name"
        );
        assert_eq!(
            refusal("wan", &[&server]),
            "cannot link `server` by `wan`: a link joins two hosts or more"
        );
        assert!(refusal("wan", &[]).ends_with("a link joins two hosts or more"));
        assert!(refusal("wan", &[&server, &server]).ends_with("`server` is named twice"));
        assert_eq!(refusal("", &both), "cannot add interface ``: the name is empty");
        assert!(refusal("sixteen-letters!", &both).contains("16 bytes, and can have at most 15"));
        assert_eq!(server.addrs().len(), families().count(), "nothing of it was done");
        assert_reaches(&client, &server);
    }
}

mod readiness {
    use super::*;

    #[netns_test]
    fn two_hosts_reach_each_other_at_once(a: Host, b: Host) {
        assert_reaches(&a, &b);
        assert_reaches(&b, &a);
    }

    #[netns_test]
    fn three_hosts_reach_each_other_at_once(a: Host, b: Host, c: Host) {
        assert_all_reach_each_other(&[a, b, c]);
    }

    #[netns_test]
    fn five_hosts_reach_each_other_at_once(net: Net) -> Result {
        assert_all_reach_each_other(&net.hosts(["a", "b", "c", "d", "e"])?);
        Ok(())
    }

    fn assert_all_reach_each_other(hosts: &[Host]) {
        for from in hosts {
            for to in hosts {
                assert_reaches(from, to);
            }
        }
    }

    /// Each dials the first one and the next one. Not everyone everyone: the kernel's table of
    /// neighbours is one for all namespaces, and has room for 1024 of a family.
    #[netns_test]
    fn forty_hosts_reach_each_other_at_once(net: Net) -> Result {
        let names: Vec<_> = (1..=40).map(|number| format!("node-{number}")).collect();
        let hosts = net.add_hosts(&names)?;
        for (at, host) in hosts.iter().enumerate() {
            assert_reaches(host, &hosts[0]);
            assert_reaches(host, &hosts[(at + 1) % hosts.len()]);
        }
        assert_eq!(hosts[39].ipv4(), Ipv4Addr::new(10, 0, 0, 40));
        Ok(())
    }

    /// A link that is not ready loses the first SYN in 3 to 30 of 100 cases: so many fresh ones
    /// show it.
    #[netns_test]
    fn fresh_bridges_are_ready_every_time() -> Result {
        for _ in 0..20 {
            let net = Net::new();
            let [a, b, c] = net.hosts(["a", "b", "c"])?;
            for (from, to) in [(&a, &b), (&b, &c), (&c, &a)] {
                assert_reaches(from, to);
            }
        }
        Ok(())
    }

    #[netns_test]
    fn fresh_pairs_are_ready_every_time() -> Result {
        for _ in 0..40 {
            let [a, b] = Net::new().hosts(["a", "b"])?;
            assert_reaches(&a, &b);
        }
        Ok(())
    }

    /// A datagram is not repeated: the very first one, sent without any delay, arrives.
    #[netns_test]
    fn the_first_datagram_arrives(server: Host, client: Host) -> Result {
        let service = server.bind_udp(7000)?;
        client.bind_udp(0)?.send_to(b"first", service.addr())?;
        assert_eq!(service.recv_from()?.0, b"first");
        Ok(())
    }
}

mod nets {
    use super::*;

    #[netns_test]
    fn two_nets_may_use_the_same_names_and_addresses(server: Host, client: Host) -> Result {
        let [other_server, other_client] = Net::new().hosts(["server", "client"])?;
        assert_eq!(server.addrs(), other_server.addrs());
        // Each pair has a connection of its own between the same addresses and ports.
        let ours = server.listen(7000)?;
        let theirs = other_server.listen(7000)?;
        let dialled = client.connect(ours.addr())?;
        assert_eq!(ours.accept()?.peer_addr(), dialled.local_addr());
        let dialled = other_client.connect(theirs.addr())?;
        assert_eq!(theirs.accept()?.peer_addr(), dialled.local_addr());
        let all = [&server, &client, &other_server, &other_client];
        let different: BTreeSet<_> = all.map(namespace_of).into();
        assert_eq!(different.len(), 4);
        if may_mount(&server) {
            let different: BTreeSet<_> =
                all.iter().map(|host| host.netns_path().unwrap()).collect();
            assert_eq!(different.len(), 4);
        }
        // A block in one net is none in the other.
        let block = client.block(&server)?;
        other_client.connect_within(theirs.addr(), WITHOUT_LOSS)?;
        let error = client.connect_within(ours.addr(), WITHOUT_LOSS).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        block.unblock()?;
        Ok(())
    }

    #[netns_test]
    fn nothing_leads_from_one_net_to_another(_server: Host, client: Host) -> Result {
        let net = Net::new();
        let [_a, _b, c] = net.hosts(["a", "b", "c"])?;
        let listener = c.listen(7000)?;
        assert_eq!(listener.addr().ip(), Ipv4Addr::new(10, 0, 0, 3));
        // On the client's own link nobody has this address: nobody answers, and after three
        // requests for the neighbour the kernel would say so.
        let error = client.connect_within(listener.addr(), Duration::from_millis(200)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        Ok(())
    }

    /// A clone of a handle is the same host, and a host outlives the net that made it.
    #[netns_test]
    fn handles_are_of_the_same_host(net: Net, server: Host) -> Result {
        assert_eq!(namespace_of(&server), namespace_of(&server.clone()));
        assert_eq!(namespace_of(&server), namespace_of(&net.host("server")?));
        let [a, b] = Net::new().hosts(["a", "b"])?;
        assert_reaches(&a, &b);
        let addrs = if has_ipv6() { "10.0.0.2, fd00::2" } else { "10.0.0.2" };
        assert_eq!(format!("{b:?}"), format!("Host {{ name: \"b\", addrs: [{addrs}] }}"));
        Ok(())
    }

    /// The bridge belongs to its hosts: nothing says that a `Net` must be kept.
    #[netns_test]
    fn hosts_on_a_bridge_outlive_the_net_that_made_them() -> Result {
        let [a, b, _c] = Net::new().hosts(["a", "b", "c"])?;
        let listener = b.listen(7000)?;
        // The kernel takes a namespace down a little later: a single connect may still succeed.
        consistently(Duration::from_secs(1), || {
            a.connect_within(listener.addr(), WITHOUT_LOSS).map(drop)
        })?;
        Ok(())
    }

    #[netns_test]
    fn a_second_net_does_not_take_the_names_of_the_first(server: Host, client: Host) -> Result {
        let _listener = server.listen(7000)?;
        let [_a, _b] = Net::new().hosts(["a", "b"])?;
        match has_names(&server) {
            true => drop(client.connect(("server", 7000))?),
            false => assert_unknown(&client, "server"),
        }
        Ok(())
    }
}

mod run {
    use super::*;

    #[netns_test]
    fn a_closure_runs_in_the_host_and_comes_back(server: Host, client: Host) {
        let home = here();
        let (in_server, in_client) = (namespace_of(&server), namespace_of(&client));
        let all: BTreeSet<_> = [&home, &in_server, &in_client].into();
        assert_eq!(all.len(), 3, "three namespaces");
        assert_eq!(here(), home);
        assert_eq!(server.run(|| 42), 42);
    }

    #[netns_test]
    fn runs_of_two_hosts_can_be_nested(server: Host, client: Host) {
        let home = here();
        let (in_server, in_client) = (namespace_of(&server), namespace_of(&client));
        server.run(|| {
            assert_eq!(here(), in_server);
            client.run(|| {
                assert_eq!(here(), in_client);
                server.run(|| assert_eq!(here(), in_server));
                assert_eq!(here(), in_client);
            });
            assert_eq!(here(), in_server);
        });
        assert_eq!(here(), home);
    }

    #[netns_test]
    fn a_panic_comes_back_too(server: Host) {
        let home = here();
        let panicked = catch_unwind(AssertUnwindSafe(|| server.run(|| panic!("on purpose"))));
        assert_eq!(*panicked.unwrap_err().downcast_ref::<&str>().unwrap(), "on purpose");
        assert_eq!(here(), home);
    }

    #[netns_test]
    fn a_thread_stays_in_the_host_in_which_it_began(server: Host) {
        let home = here();
        let thread = server.run(|| thread::spawn(here));
        assert_eq!(thread.join().unwrap(), namespace_of(&server));
        assert_eq!(here(), home);
    }

    #[netns_test]
    fn threads_run_in_different_hosts_at_the_same_time(server: Host, client: Host) {
        let expected = [namespace_of(&server), namespace_of(&client)];
        thread::scope(|scope| {
            for number in 0..16 {
                let (host, expected) = match number % 2 {
                    0 => (&server, &expected[0]),
                    _ => (&client, &expected[1]),
                };
                scope.spawn(move || {
                    let home = here();
                    for _ in 0..50 {
                        assert_eq!(&namespace_of(host), expected);
                        assert_eq!(here(), home);
                    }
                });
            }
        });
    }

    #[netns_test]
    fn a_socket_stays_where_it_was_made(server: Host, client: Host) -> Result {
        let listener = server.run(|| TcpListener::bind("0.0.0.0:7000"))?;
        // Accepted out here, and sent from inside another host.
        let dialled = client.run(|| TcpStream::connect((server.ipv4(), 7000)))?;
        let (mut accepted, peer) = listener.accept()?;
        assert_eq!(peer.ip(), client.ipv4());
        server.run(|| (&dialled).write_all(b"hello"))?;
        let mut received = [0; 5];
        accepted.read_exact(&mut received)?;
        assert_eq!(&received, b"hello");
        Ok(())
    }
}

mod tasks {
    use super::*;

    #[netns_test]
    fn a_task_can_be_joined_in_a_test_that_is_not_async(server: Host, client: Host) {
        let (in_server, in_client) = (namespace_of(&server), namespace_of(&client));
        let tasks = (server.spawn(async { here() }), client.spawn(async { here() }));
        assert_eq!((tasks.0.join(), tasks.1.join()), (in_server, in_client));
    }

    #[netns_test]
    async fn a_task_can_be_awaited_and_stays_in_its_host(server: Host) {
        let task = server.spawn(async {
            let before = here();
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
            (before, here(), tokio::spawn(async { here() }).await.unwrap())
        });
        let expected = namespace_of(&server);
        assert_eq!(task.await, (expected.clone(), expected.clone(), expected));
        assert_ne!(here(), namespace_of(&server));
    }

    #[netns_test]
    fn a_task_starts_whether_it_is_awaited_or_not(server: Host) -> Result {
        let (say, said) = channel();
        let _kept = server.spawn(async move { say.send(here()) });
        assert_eq!(said.recv_timeout(LIMIT)?, namespace_of(&server));
        let (say, said) = channel();
        server.spawn(async move { say.send(here()) }).detach();
        assert_eq!(said.recv_timeout(LIMIT)?, namespace_of(&server));
        Ok(())
    }

    #[netns_test]
    fn an_aborted_task_ends_at_its_next_await(server: Host) -> Result {
        let dropped = Arc::new(AtomicBool::new(false));
        let guard = Flag(Arc::clone(&dropped));
        let (say, said) = channel();
        let task = server.spawn(async move {
            let _guard = guard;
            say.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        said.recv_timeout(LIMIT)?;
        task.abort();
        eventually(LIMIT, || dropped.load(Ordering::Relaxed))?;
        let panicked = catch_unwind(AssertUnwindSafe(|| task.join())).unwrap_err();
        let text = panicked.downcast_ref::<String>().unwrap();
        assert!(text.contains("ended without a result"), "{text}");
        Ok(())
    }

    /// Says when it is dropped.
    struct Flag(Arc<AtomicBool>);

    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[netns_test]
    fn a_panic_of_a_task_comes_out_of_its_join(server: Host) {
        let task = server.spawn(async { panic!("on purpose") });
        let panicked = catch_unwind(AssertUnwindSafe(|| task.join())).unwrap_err();
        assert_eq!(*panicked.downcast_ref::<&str>().unwrap(), "on purpose");
        // Else it would fail this test at its end.
        let panics = take_panics();
        assert_eq!(panics.len(), 1, "{panics:?}");
        assert_eq!(panics[0].thread, "host server");
        assert_eq!(panics[0].message, "on purpose");
    }

    #[netns_test]
    async fn a_task_spawned_inside_run_is_in_the_host(server: Host, client: Host) -> Result {
        let home = here();
        let in_server = server.run(|| tokio::spawn(async { here() }));
        let in_client = client.run(|| tokio::spawn(async { here() }));
        let outside = tokio::spawn(async { here() });
        assert_eq!(in_server.await?, namespace_of(&server));
        assert_eq!(in_client.await?, namespace_of(&client));
        assert_eq!(outside.await?, home);
        Ok(())
    }

    #[netns_test]
    async fn blocking_work_of_a_task_stays_in_the_host(server: Host) -> Result {
        let expected = namespace_of(&server);
        let from_a_task =
            server.spawn(async { tokio::task::spawn_blocking(here).await.unwrap() }).await;
        assert_eq!(from_a_task, expected);
        assert_eq!(server.run(|| tokio::task::spawn_blocking(here)).await?, expected);
        // On many threads of the pool, not only on its first one.
        let work = (0..8).map(|_| server.run(|| tokio::task::spawn_blocking(here)));
        for work in work.collect::<Vec<_>>() {
            assert_eq!(work.await?, expected);
        }
        Ok(())
    }

    #[netns_test]
    async fn tokio_s_own_sockets_are_the_host_s(server: Host, client: Host) -> Result {
        let addr = SocketAddr::from((server.ipv4(), 7000));
        let listener = server.spawn(tokio::net::TcpListener::bind(addr)).await?;
        let dialled = client.spawn(tokio::net::TcpStream::connect(addr)).await?;
        let (_accepted, peer) = server.spawn(async move { listener.accept().await }).await?;
        assert_eq!(peer, dialled.local_addr()?);
        assert_eq!(peer.ip(), client.ipv4());
        Ok(())
    }
}

mod processes {
    use super::*;

    #[netns_test]
    fn a_process_is_inside_the_host(server: Host, client: Host) -> Result {
        for host in [&server, &client] {
            let printed = host.exec("readlink", ["/proc/self/ns/net"])?;
            assert_eq!(PathBuf::from(printed.trim_end()), namespace_of(host));
            let output = host.command("cat").arg("/proc/net/fib_trie").output()?;
            assert!(output.status.success());
            assert!(String::from_utf8(output.stdout)?.contains(&format!(" {}\n", host.ipv4())));
        }
        Ok(())
    }

    #[netns_test]
    async fn a_process_of_tokio_is_inside_the_host(server: Host, _client: Host) -> Result {
        let mut command = server.command_async("readlink");
        let output = command.arg("/proc/self/ns/net").output().await?;
        let printed = String::from_utf8(output.stdout)?;
        assert_eq!(PathBuf::from(printed.trim_end()), namespace_of(&server));
        Ok(())
    }

    #[netns_test]
    fn pipes_and_status_are_as_usual(server: Host) -> Result {
        let mut command = server.command("cat");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        child.stdin.take().unwrap().write_all(b"through a pipe")?;
        let output = child.wait_with_output()?;
        assert_eq!(output.stdout, b"through a pipe");
        assert_eq!(server.command("sh").args(["-c", "exit 3"]).status()?.code(), Some(3));
        Ok(())
    }

    #[netns_test]
    fn a_program_that_fails_is_an_error_with_what_it_said(server: Host) {
        let script = "echo to stdout; echo to stderr >&2; exit 3";
        let error = server.exec("sh", ["-c", script]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot run `sh -c {script}` in `server`: it ended with exit status: 3\n\
                 stdout: to stdout\nstderr: to stderr"
            )
        );
        assert!(!error.is_unsupported());
    }

    #[netns_test]
    fn a_program_that_is_not_there_is_an_error_of_its_own(server: Host) {
        let error = server.exec("no-such-program", ["--help"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot run `no-such-program --help` in `server`: `no-such-program` is not installed"
        );
        assert!(error.is_unsupported());
    }

    #[netns_test]
    fn a_process_started_inside_run_is_inside_the_host(server: Host) -> Result {
        let output = server
            .run(|| std::process::Command::new("readlink").arg("/proc/self/ns/net").output())?;
        let printed = String::from_utf8(output.stdout)?;
        assert_eq!(PathBuf::from(printed.trim_end()), namespace_of(&server));
        Ok(())
    }
}
