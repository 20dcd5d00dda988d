//! Code that runs in a host.

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
