//! Sever.

use super::*;

/// Whether the end at the blocking host is told, and whether the one at the peer is.
fn told(told: Notified) -> [bool; 2] {
    [
        matches!(told, Notified::Both | Notified::Host),
        matches!(told, Notified::Both | Notified::Peer),
    ]
}

/// Those of IPv4 that were accepted have mapped addresses: the listener is one of both families.
#[netns_test]
fn sever_tells_whom_it_names_at_once_and_nobody_else(server: Host, client: Host) -> Result {
    for telling in TELLINGS {
        let connections = connections(&server, &client)?;
        let mut quiet = Vec::new();
        let (done, ended) = mpsc::channel();
        let (ready, waiting) = mpsc::channel();
        let mut threads = 0;
        for ends in connections {
            for (mut end, told) in ends.into_iter().zip(told(telling)) {
                if !told {
                    quiet.push(end);
                    continue;
                }
                threads += 1;
                let (done, ready) = (done.clone(), ready.clone());
                thread::spawn(move || {
                    ready.send(()).unwrap();
                    let error = end.recv().unwrap_err();
                    done.send((error.raw_os_error(), state(&end))).unwrap();
                });
            }
        }
        (0..threads).for_each(|_| waiting.recv_timeout(LIMIT).unwrap());
        let block = server.block_with(&client, Policy::sever(telling))?;
        // The sockets are gone when the call returns; the threads only have to wake up.
        for _ in 0..threads {
            let (errno, state) = ended.recv_timeout(AT_ONCE).unwrap();
            assert_eq!(errno, Some(libc::ECONNABORTED), "{telling:?}");
            assert_eq!(state, TcpState::Unconnected, "{telling:?}");
        }
        for end in &mut quiet {
            assert_hears_nothing(end);
            assert_eq!(state(end), TcpState::Established, "{telling:?}");
        }
        block.unblock()?;
        after_a_sever(telling, quiet)?;
    }
    Ok(())
}

/// What those see that were not told, once the network is back.
fn after_a_sever(telling: Notified, mut quiet: Vec<Connection>) -> Result {
    for end in &mut quiet {
        end.send(b"are you there?")?;
        if telling == Notified::Neither {
            eventually(LIMIT, || end.info().is_ok_and(|info| info.unacked == 0))?;
            assert_eq!(state(end), TcpState::Established);
        } else {
            // The other end's kernel has no such connection any more, and says so.
            assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNRESET));
        }
    }
    Ok(())
}

#[netns_test]
fn under_sever_senders_are_told_nothing_by_their_own_kernel(server: Host, client: Host) -> Result {
    let datagrams = Datagrams::between(&server, &client)?;
    let connections = connections(&server, &client)?;
    let block = server.block_with(&client, Policy::sever(Notified::Neither))?;
    datagrams.vanish(&block);
    for mut end in connections.into_iter().flatten() {
        end.send(b"sent during the block")?;
        eventually(LIMIT, || end.info().is_ok_and(|info| info.total_retrans >= 1))?;
        let info = end.info()?;
        assert!(info.unacked > 0 && info.notsent == 0 && info.probes == 0, "{info:?}");
    }
    block.unblock()?;
    datagrams.pass();
    Ok(())
}

#[netns_test]
fn sever_ends_a_hundred_connections_and_none_of_a_third_host(
    server: Host,
    client: Host,
    third: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let mut severed = Vec::new();
    for _ in 0..25 {
        severed.extend(connections(&server, &client)?);
    }
    assert_eq!(severed.len(), 100);
    let others = [connections(&server, &third)?, connections(&client, &third)?];
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    let block = server.block_with(&client, Policy::sever(Notified::Both))?;
    for end in severed.iter_mut().flatten() {
        assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNABORTED));
    }
    for [one, other] in others.into_iter().flatten().collect::<Vec<_>>().iter_mut() {
        one.send(b"hello")?;
        assert_eq!(other.recv()?, b"hello");
    }
    // What only listens survives: a third host is served at once, the peer after lifting.
    for ipv6 in families() {
        third.connect_within(family(&listeners[0], ipv6), AT_ONCE)?;
        listeners[0].accept()?;
    }
    block.unblock()?;
    for (from, listener) in [(&client, &listeners[0]), (&server, &listeners[1])] {
        for ipv6 in families() {
            from.connect_within(family(listener, ipv6), AT_ONCE)?;
            listener.accept()?;
        }
    }
    Ok(())
}

/// The order matters: were the sockets destroyed before the block, the dial that follows at once
/// would come through.
#[netns_test]
fn a_reconnect_does_not_slip_in(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let mut listener = server.listen(7000)?;
    listener.set_deadline(Duration::ZERO);
    for round in 0..20 {
        let to = family(&listener, round % 2 == 1);
        let (mut dialled, mut accepted) = (client.connect(to)?, None);
        eventually(LIMIT, || {
            accepted = listener.accept().ok();
            accepted.is_some()
        })?;
        let blocker = [&server, &client][round % 2];
        let peer = [&client, &server][round % 2];
        thread::scope(|scope| -> Result {
            let client = &client;
            let reconnecting = scope.spawn(move || {
                dialled.recv().unwrap_err();
                client.dial(to)
            });
            let block = blocker.block_with(peer, Policy::sever(Notified::Both))?;
            let mut dial = reconnecting.join().unwrap()?;
            // It may itself have been destroyed, if it was there when the sockets were listed
            // once more. If not, it is silent; a handshake would take microseconds.
            let error = dial.wait(Duration::from_millis(20)).unwrap_err();
            let aborted = error.raw_os_error() == Some(libc::ECONNABORTED);
            assert!(aborted || error.raw_os_error().is_none(), "round {round}: {error}");
            assert!(listener.accept().is_err(), "round {round}: it slipped in");
            drop(dial);
            block.unblock()?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Each attempt is a new socket with the peer. Those that come after the block can never be
/// established, and must not keep `sever` from returning.
#[netns_test]
fn sever_returns_while_a_client_reconnects_without_a_pause(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let stop = AtomicBool::new(false);
    let attempts = AtomicUsize::new(0);
    thread::scope(|scope| -> Result {
        for ipv6 in families() {
            let (stop, attempts, client, listener) = (&stop, &attempts, &client, &listener);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let Ok(mut dial) = client.dial(family(listener, ipv6)) else { continue };
                    attempts.fetch_add(1, Ordering::Relaxed);
                    // Until it is destroyed, or a moment has passed.
                    let Ok(mut conn) = dial.wait(Duration::from_millis(5)) else { continue };
                    conn.set_deadline(Duration::from_millis(5));
                    let _ = conn.recv();
                }
            });
        }
        let _stopping = Stop(&stop);
        for round in 0..20 {
            let before = attempts.load(Ordering::Relaxed);
            eventually(LIMIT, || attempts.load(Ordering::Relaxed) > before + 2)?;
            let telling = TELLINGS[round % 3];
            let block = server.block_with(&client, Policy::sever(telling))?;
            block.unblock()?;
        }
        Ok(())
    })
}

#[netns_test]
fn a_half_open_dial_is_severed_if_its_side_is_told(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    // The first keeps the answer away: SYN-SENT at the client, SYN-RECV at the server. The second
    // also keeps the question away.
    for half in [Policy::drop().from_peer(), Policy::drop()] {
        for telling in TELLINGS {
            let silence = client.block_with(&server, half.clone())?;
            let dials: Vec<_> =
                families().map(|ipv6| client.dial(family(&listener, ipv6)).unwrap()).collect();
            eventually(LIMIT, || silence.packets() >= dials.len() as u64)?;
            let block = client.block_with(&server, Policy::sever(telling))?;
            silence.unblock()?;
            let [dialler_told, _] = told(telling);
            for mut dial in dials {
                if dialler_told {
                    let error = dial.wait(AT_ONCE).unwrap_err();
                    assert_eq!(error.raw_os_error(), Some(libc::ECONNABORTED), "{telling:?}");
                } else {
                    assert_eq!(dial.info()?.state, TcpState::SynSent, "{telling:?}");
                }
            }
            block.unblock()?;
        }
    }
    Ok(())
}

#[netns_test]
fn a_dial_that_is_not_told_is_completed_after_the_sever(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    // The server has answered the dial, and loses that state.
    let silence = client.block_with(&server, Policy::drop().from_peer())?;
    let mut dial = client.dial(listener.addr())?;
    eventually(LIMIT, || silence.packets() >= 1)?;
    let block = client.block_with(&server, Policy::sever(Notified::Peer))?;
    silence.unblock()?;
    assert_repeats_its_syn(&mut dial);
    block.unblock()?;
    let dialled = dial.wait(LIMIT)?;
    assert_eq!(listener.accept()?.peer_addr(), dialled.local_addr());
    Ok(())
}

/// A socket that its program has closed is still the kernel's, and goes too.
#[netns_test]
fn connections_that_are_being_closed_do_not_stop_a_sever(server: Host, client: Host) -> Result {
    let connections = connections(&server, &client)?;
    let silence = client.block(&server)?;
    // FIN-WAIT-1 without an owner at one side, and CLOSE-WAIT never at the other.
    let left: Vec<_> = connections.into_iter().map(|[at_server, _closed]| at_server).collect();
    eventually(LIMIT, || silence.packets() >= left.len() as u64)?;
    let block = client.block_with(&server, Policy::sever(Notified::Both))?;
    for mut end in left {
        assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNABORTED));
    }
    silence.unblock()?;
    // Nothing is repeated by anybody: the first retransmission would come after 0.2 s.
    let after = block.packets();
    consistently(Duration::from_millis(500), || block.packets() == after)?;
    block.unblock()?;
    Ok(())
}
