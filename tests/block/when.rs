//! From the return of `block` to the return of `unblock`.

use super::*;

/// The most important claim: nothing that is sent when `block` has returned ever arrives, and all
/// that is sent when `unblock` has returned does. The datagram goes out directly after the return,
/// it is repeated by nobody, and the rounds alternate between ways and sides.
#[netns_test]
fn it_is_in_effect_when_block_returns_and_over_when_unblock_returns(
    server: Host,
    client: Host,
) -> Result {
    let path = Path::between(&server, &client)?;
    let ways: Vec<_> = path.ways().collect();
    for round in 0..200 {
        let (from, to, at) = ways[round % ways.len()];
        let [blocker, peer] =
            if round.is_multiple_of(3) { [&server, &client] } else { [&client, &server] };
        let (lost, passed) = (unique(), unique());

        let block = blocker.block(peer)?;
        from.send_to(&lost, to)?;
        // It is no longer on its way, where lifting the block would save it.
        eventually(LIMIT, || block.packets() == 1)?;
        assert!(at.recv_from().is_err(), "round {round}: it passed through the block");
        block.unblock()?;
        from.send_to(&passed, to)?;

        let mut received = None;
        eventually(LIMIT, || {
            received = at.recv_from().ok();
            received.is_some()
        })?;
        assert_eq!(received.unwrap().0, passed, "round {round}: the lost one is back");
    }
    Ok(())
}

/// The same while other threads send without a pause, so that packets are in every stage of their
/// way when the block comes.
#[netns_test]
fn nothing_slips_through_while_others_send_all_the_time(server: Host, client: Host) -> Result {
    let (number, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut sink = server.bind_udp(9000)?;
    sink.set_deadline(Duration::ZERO);
    let sources = [client.bind_udp(0)?, client.bind_udp(0)?];
    // Two sources to one address, where there is one family.
    let to = [sink.addr(), if has_ipv6() { sink.addr_v6() } else { sink.addr() }];
    thread::scope(|scope| -> Result {
        for (source, to) in sources.iter().zip(to) {
            let (number, stop) = (&number, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let this = number.fetch_add(1, Ordering::Relaxed);
                    // An error is a full queue: then nothing was sent.
                    let _ = source.send_to(&this.to_be_bytes(), to);
                }
            });
        }
        let _stopping = Stop(&stop);
        for _ in 0..25 {
            // Both sources are running.
            let before = number.load(Ordering::Relaxed);
            eventually(LIMIT, || number.load(Ordering::Relaxed) > before + 20)?;
            let block = client.block(&server)?;
            // Whatever has a number as high as this, or higher, is sent later.
            let next = number.load(Ordering::Relaxed);
            eventually(LIMIT, || block.packets() >= 50)?;
            while let Ok((bytes, _)) = sink.recv_from() {
                let this = u64::from_be_bytes(bytes.try_into().unwrap());
                assert!(this < next, "datagram {this} passed, sent after number {next}");
            }
            block.unblock()?;
            eventually(LIMIT, || sink.recv_from())?;
        }
        Ok(())
    })
}
