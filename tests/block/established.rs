//! Established connections.

use super::*;

#[netns_test]
fn an_established_connection_falls_silent_and_delivers_after_lifting(
    server: Host,
    client: Host,
) -> Result {
    let mut connections = connections(&server, &client)?;
    let block = client.block(&server)?;
    for end in connections.iter_mut().flatten() {
        assert_eq!(end.info()?.total_retrans, 0, "all was well before");
        end.send(b"sent during the block")?;
    }
    for end in connections.iter_mut().flatten() {
        // Repeated after 0.2 and after 0.6 seconds: a delay would not do that.
        eventually(LIMIT, || retransmits(end) >= 2)?;
        let info = end.info()?;
        assert_eq!(info.state, TcpState::Established);
        assert!(info.total_retrans >= 2, "{info:?}");
        // It left this host and was lost on the wire. What a local firewall keeps from leaving
        // is not unacknowledged: it was never sent, and is probed for.
        assert!(info.unacked > 0 && info.notsent == 0 && info.probes == 0, "{info:?}");
        end.set_deadline(Duration::ZERO);
        assert_eq!(end.recv().unwrap_err().kind(), ErrorKind::TimedOut, "nothing has arrived");
        end.set_deadline(LIMIT);
    }
    let least = 3 * connections.iter().flatten().count() as u64;
    assert!(block.packets() >= least, "three times a segment of each end: {}", block.packets());
    block.unblock()?;
    for end in connections.iter_mut().flatten() {
        assert_eq!(end.recv_exact(21)?, b"sent during the block");
        eventually(LIMIT, || end.info().is_ok_and(|info| info.unacked == 0))?;
        assert_eq!(end.info()?.state, TcpState::Established);
    }
    Ok(())
}

#[netns_test]
fn a_connection_that_says_nothing_notices_nothing(server: Host, client: Host) -> Result {
    let mut connections = connections(&server, &client)?;
    let block = client.block(&server)?;
    assert_eq!(block.packets(), 0);
    block.unblock()?;
    for [dialled, accepted] in &mut connections {
        dialled.send(b"hello")?;
        assert_eq!(accepted.recv()?, b"hello");
        assert_eq!(dialled.info()?.total_retrans, 0, "nothing had to be repeated");
    }
    Ok(())
}

#[netns_test]
fn a_close_during_the_block_is_seen_after_it(server: Host, client: Host) -> Result {
    let mut connections = connections(&server, &client)?;
    let block = client.block(&server)?;
    for [dialled, accepted] in &mut connections {
        dialled.shutdown(Shutdown::Write)?;
        eventually(LIMIT, || retransmits(dialled) >= 1)?;
        assert_eq!(dialled.info()?.state, TcpState::FinWait1);
        assert_eq!(accepted.info()?.state, TcpState::Established);
    }
    block.unblock()?;
    for [_dialled, accepted] in &mut connections {
        assert_eq!(accepted.recv()?, b"", "the end of the stream");
    }
    Ok(())
}

#[netns_test]
fn a_running_transfer_stalls_and_completes_after_lifting(server: Host, client: Host) -> Result {
    let listener = server.listen(0)?;
    let mut sender = client.connect(listener.addr())?;
    let mut receiver = listener.accept()?;
    let watched = sender.try_clone()?;
    let (received, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| -> Result {
        let sending = scope.spawn(|| -> io::Result<u64> {
            let mut sent = 0;
            while !stop.load(Ordering::Relaxed) {
                sender.send(&[7; 64 << 10])?;
                sent += 64 << 10;
            }
            sender.shutdown(Shutdown::Write)?;
            Ok(sent)
        });
        scope.spawn(|| {
            while let Ok(bytes) = receiver.recv()
                && !bytes.is_empty()
            {
                received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
        });
        let stopping = Stop(&stop);
        let so_far = || received.load(Ordering::Relaxed);
        eventually(LIMIT, || so_far() > 1 << 20)?;
        let block = server.block(&client)?;
        // What had arrived before is still being read. Then nothing more comes, for a time in
        // which hundreds of megabytes would.
        eventually(LIMIT, || {
            let before = so_far();
            consistently(Duration::from_millis(300), || so_far() == before)
        })?;
        eventually(LIMIT, || retransmits(&watched) >= 1)?;
        assert!(block.packets() > 0);
        let before = so_far();
        block.unblock()?;
        eventually(LIMIT, || so_far() > before)?;
        drop(stopping);
        let sent = sending.join().unwrap()?;
        eventually(LIMIT, || received.load(Ordering::Relaxed) == sent)?;
        Ok(())
    })
}
