//! Threads and tasks of a host.

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
