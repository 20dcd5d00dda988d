//! Verification and traffic do not disturb each other.

use super::*;

#[netns_test]
fn looking_whether_a_block_acts_is_not_traffic(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        assert_eq!(block.packets(), 0, "{block}");
        block.suspend(|| ())?;
        assert_eq!(block.packets(), 0, "{block}");
        block.swap(Policy::drop())?;
        assert_eq!(block.packets(), 0, "{block}");
        block.unblock()?;
        assert!(way.at.recv_from().is_err());
        way.passes();
    }
    Ok(())
}

#[netns_test(timeout = "3m")]
fn blocks_are_made_and_lifted_under_traffic_from_many_threads(
    server: Host,
    client: Host,
) -> Result {
    let mut listener = server.listen(7000)?;
    listener.set_deadline(Duration::ZERO);
    let ways = [Way::new(&client, &server)?, Way::new(&server, &client)?];
    let stop = AtomicBool::new(false);
    let sent = AtomicU64::new(0);
    thread::scope(|scope| -> Result {
        let (stop, sent, listener) = (&stop, &sent, &listener);
        for way in &ways {
            for to in way.to() {
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        way.from.send_to(&unique(), to).unwrap();
                        sent.fetch_add(1, Ordering::Relaxed);
                        let _ = way.at.recv_from();
                    }
                });
            }
        }
        for to in addresses(listener) {
            let client = &client;
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let dialled = client.connect_within(to, Duration::from_millis(2));
                    drop(dialled.and_then(|_| listener.accept()));
                }
            });
        }
        let _stopping = Stop(stop);
        let policies = [Policy::drop(), Policy::reset(), Policy::refuse(IcmpKind::HostUnreachable)];
        let begun = Instant::now();
        for (round, policy) in policies.into_iter().cycle().take(100).enumerate() {
            // On one processor each round waits for seven others, and an emulated one takes
            // seconds. By then each policy has been made at each host.
            if round >= 6 && begun.elapsed() > LIMIT {
                break;
            }
            let [a, b] = if round % 2 == 0 { [&server, &client] } else { [&client, &server] };
            let mut block = a.block_with(b, policy)?;
            block.wait_for_hit(LIMIT)?;
            if round % 5 == 0 {
                let before = sent.load(Ordering::Relaxed);
                block.suspend(|| {
                    eventually(LIMIT, || sent.load(Ordering::Relaxed) > before).map(drop)
                })??;
            }
            block.unblock()?;
        }
        Ok(())
    })
}
