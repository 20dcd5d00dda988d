//! The sockets of a host as the kernel lists them: what each fault and each end of a connection
//! looks like in the words of `ss`.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use netns_test::{
    Connection, Host, Listener, Netid, Notified, Policy, Result, Socket, SocketTimer, Sockets,
    TcpInfo, TcpState, eventually, netns_test,
};

mod support;

use nix::sys::socket::{setsockopt, sockopt};
use support::families::{addresses, can_run_with_ipv6, has_ipv6};
use support::times::LIMIT;

/// A tick of the slowest kernel's clock, twice: times of timers are rounded to it.
const TICKS: Duration = Duration::from_millis(20);

/// A listener at `server`, and the two ends of a connection to it, the dialled one first.
fn connected(server: &Host, client: &Host) -> Result<(Listener, Connection, Connection)> {
    let listener = server.listen(7000)?;
    let dialled = client.connect(listener.addr())?;
    let accepted = listener.accept()?;
    Ok((listener, dialled, accepted))
}

/// The one socket of `at` with `peer`.
fn only(at: &Host, peer: &Host) -> Result<Socket> {
    let sockets = at.sockets()?.tcp().to(peer);
    assert_eq!(sockets.len(), 1, "{sockets}");
    Ok(sockets[0].clone())
}

/// The first of the sockets of which `wanted` is true, when there is one.
fn await_socket(host: &Host, mut wanted: impl FnMut(&Socket) -> bool) -> Result<Socket> {
    let mut found = None;
    host.wait_for_sockets(LIMIT, |sockets| {
        found = sockets.iter().find(|socket| wanted(socket)).cloned();
        found.is_some()
    })?;
    Ok(found.unwrap())
}

mod faults {
    use super::*;

    #[netns_test]
    fn a_blocked_sender_shows_the_timer_of_its_next_repetition(
        server: Host,
        client: Host,
    ) -> Result {
        let (_listener, mut dialled, _accepted) = connected(&server, &client)?;
        let _block = client.block(&server)?;
        dialled.send(b"hello")?;
        // Each repetition doubles the time; the first may be a probe for a lost tail. While the
        // kernel repeats, the timer has expired and is not yet set again.
        let socket = await_socket(&client, |socket| {
            let repeated = |info: TcpInfo| info.backoff >= 2 && info.retransmits >= 2;
            socket.info.is_some_and(repeated) && socket.timer != SocketTimer::Off
        })?;
        let info = socket.info.unwrap();
        assert_eq!((socket.state, socket.timer), (TcpState::Established, SocketTimer::On));
        assert_eq!((socket.send_q, info.unacked, info.notsent), (5, 1, 0), "{socket}");
        assert!(socket.retrans >= 2, "{socket}");
        assert!(socket.expires <= info.rto + TICKS, "{socket}");
        assert!(info.bytes_retrans >= 10, "five bytes, twice at least: {socket}");
        let printed = socket.to_string();
        assert!(printed.contains(" timer:(on,"), "{printed}");
        assert!(printed.contains(&format!(" backoff:{} ", info.backoff)), "{printed}");
        Ok(())
    }

    #[netns_test]
    fn what_the_window_holds_back_is_notsent(server: Host, client: Host) -> Result {
        const ALL: usize = 30_000;
        let (_listener, mut dialled, _accepted) = connected(&server, &client)?;
        let _block = client.block(&server)?;
        dialled.send(&[0; ALL])?;
        let socket = only(&client, &server)?;
        let info = socket.info.unwrap();
        // The initial window is ten segments, and a probe for a lost tail may add one.
        assert!((1..=11).contains(&info.unacked) && info.notsent > 0, "{socket}");
        let sent = info.bytes_sent - info.bytes_retrans;
        assert_eq!(sent + u64::from(info.notsent), ALL as u64, "{socket}");
        assert_eq!(socket.send_q as usize, ALL, "what is not acknowledged and what is not sent");
        Ok(())
    }

    #[netns_test]
    fn a_closed_window_is_seen_as_the_timer_persist(server: Host, client: Host) -> Result {
        let (_listener, mut dialled, _accepted) = connected(&server, &client)?;
        // Nobody reads at the server: its window closes, and then the client's buffer is full.
        dialled.set_deadline(Duration::from_millis(100));
        while dialled.send(&[0; 65536]).is_ok() {}
        // Each probe doubles the time to the next. They are answered, the window is still closed; so
        // what counts the unanswered ones is nothing to wait for.
        let socket = await_socket(&client, |socket| {
            let probed = socket.info.is_some_and(|info| info.backoff >= 1);
            probed && socket.timer == SocketTimer::Persist
        })?;
        let info = socket.info.unwrap();
        assert_eq!((socket.state, info.unacked), (TcpState::Established, 0), "{socket}");
        assert!(info.notsent > 0, "{socket}");
        let reader = server.sockets()?.tcp().to(&client);
        assert!(reader[0].recv_q > 0, "{reader}");
        assert!(socket.to_string().contains(" timer:(persist,"), "{socket}");
        Ok(())
    }

    #[netns_test]
    fn a_blocked_dial_is_syn_sent_in_either_family(server: Host, client: Host) -> Result {
        let _block = client.block(&server)?;
        for to in server.addrs().into_iter().map(|addr| SocketAddr::from((addr, 7000))) {
            let _dial = client.dial(to)?;
            let socket = await_socket(&client, |socket| socket.peer == to)?;
            let seen = (socket.state, socket.timer);
            assert_eq!(seen, (TcpState::SynSent, SocketTimer::On), "{socket}");
        }
        assert!(server.sockets()?.to(&client).is_empty(), "no SYN got through");
        Ok(())
    }

    #[netns_test]
    fn a_server_whose_answers_are_lost_has_syn_recv(server: Host, client: Host) -> Result {
        let listener = server.listen(7000)?;
        let _block = client.block_with(&server, Policy::drop().from_peer())?;
        for to in addresses(&listener) {
            let dial = client.dial(to)?;
            let local = dial.local_addr()?;
            let socket = await_socket(&server, |socket| socket.peer == local)?;
            let seen = (socket.state, socket.timer, socket.info);
            assert_eq!(seen, (TcpState::SynRecv, SocketTimer::On, None), "{socket}");
        }
        assert_eq!(server.established(&client)?, 0);
        Ok(())
    }

    #[netns_test]
    fn nothing_is_established_after_sever(server: Host, client: Host) -> Result {
        let listener = server.listen(7000)?;
        let mut ends = Vec::new();
        for to in addresses(&listener) {
            ends.push(client.connect(to)?);
            ends.push(listener.accept()?);
        }
        let all = addresses(&listener).len();
        assert_eq!((server.established(&client)?, client.established(&server)?), (all, all));
        let block = server.block_with(&client, Policy::sever(Notified::Host))?;
        assert_eq!((server.established(&client)?, client.established(&server)?), (0, all));
        block.unblock()?;
        // The client learns it by the answer to what it sends.
        for dialled in ends.iter_mut().step_by(2) {
            dialled.send(b"?")?;
        }
        client.wait_for_established(&server, 0, LIMIT)?;
        Ok(())
    }
}

mod ends {
    use super::*;

    #[netns_test]
    fn keepalive_is_a_timer_of_its_own(server: Host, client: Host) -> Result {
        let (_listener, dialled, _accepted) = connected(&server, &client)?;
        assert_eq!(only(&client, &server)?.timer, SocketTimer::Off);
        setsockopt(&dialled, sockopt::TcpKeepIdle, &100)?;
        setsockopt(&dialled, sockopt::KeepAlive, &true)?;
        let socket = only(&client, &server)?;
        assert_eq!(socket.timer, SocketTimer::Keepalive);
        // Ten seconds are what this takes at most.
        let time = Duration::from_secs(90)..=Duration::from_secs(100) + TICKS;
        assert!(time.contains(&socket.expires), "{socket}");
        assert!(socket.to_string().contains(" timer:(keepalive,1min"), "{socket}");
        Ok(())
    }

    #[netns_test]
    fn who_closes_first_is_left_with_time_wait(server: Host, client: Host) -> Result {
        let (_listener, dialled, accepted) = connected(&server, &client)?;
        dialled.close();
        accepted.wait_for_state(TcpState::CloseWait, LIMIT)?;
        // The acknowledgement of the FIN may be held back for a while.
        await_socket(&client, |socket| socket.state == TcpState::FinWait2)?;
        accepted.close();
        let socket = await_socket(&client, |socket| socket.state == TcpState::TimeWait)?;
        assert_eq!((socket.timer, socket.inode, socket.info), (SocketTimer::TimeWait, 0, None));
        // TCP_TIMEWAIT_LEN of Linux.
        assert!(socket.expires <= Duration::from_secs(60) + TICKS, "{socket}");
        assert!(server.sockets()?.to(&client).is_empty(), "the other side has nothing left");
        Ok(())
    }

    #[netns_test]
    fn udp_has_a_state_and_queues(server: Host, client: Host) -> Result {
        let inbox = server.bind_udp(7000)?;
        let outbox = client.connect_udp(inbox.addr())?;
        outbox.send(b"unread")?;
        let bound = server.sockets()?.udp();
        assert_eq!(bound.len(), 1, "{bound}");
        assert_eq!((bound[0].netid, bound[0].state), (Netid::Udp, TcpState::Unconnected));
        assert!(bound[0].recv_q > 0, "{bound}");
        let connected = client.sockets()?.udp().to(inbox.addr()).established();
        assert_eq!(connected.len(), 1, "{connected}");
        assert!(client.sockets()?.tcp().is_empty());
        Ok(())
    }

    #[netns_test]
    fn a_listener_shows_its_backlog(server: Host, client: Host) -> Result {
        let listener = server.listen(7000)?;
        let to = *addresses(&listener).last().unwrap();
        let _waiting = [client.connect(listener.addr())?, client.connect(to)?];
        // The last segment of a handshake may still be under way.
        let socket =
            await_socket(&server, |socket| socket.state == TcpState::Listen && socket.recv_q == 2)?;
        assert!(socket.send_q >= 2, "{socket}");
        assert_eq!((socket.local.port(), socket.peer.port()), (7000, 0));
        assert!(socket.to_string().starts_with("tcp LISTEN 2 "), "{socket}");
        let any = if has_ipv6() { "*:7000 *:*" } else { "0.0.0.0:7000 0.0.0.0:*" };
        assert!(socket.to_string().contains(&format!(" {any}")), "{socket}");
        Ok(())
    }

    #[netns_test]
    fn the_list_and_the_socket_itself_say_the_same(server: Host, client: Host) -> Result {
        let (_listener, mut dialled, mut accepted) = connected(&server, &client)?;
        dialled.send(b"ping")?;
        accepted.recv()?;
        eventually(LIMIT, || dialled.info().is_ok_and(|info| info.unacked == 0))?;
        let (mut listed, mut asked) = (only(&client, &server)?.info.unwrap(), dialled.info()?);
        assert_eq!((asked.bytes_sent, asked.data_segs_out), (4, 1), "{asked}");
        // These go on between the two.
        for info in [&mut listed, &mut asked] {
            (info.lastsnd, info.lastrcv, info.lastack) = Default::default();
        }
        assert_eq!(listed, asked);
        Ok(())
    }

    #[netns_test]
    fn a_thousand_sockets_are_listed_in_order(server: Host, client: Host) -> Result {
        let listener = server.listen(7000)?;
        let to = addresses(&listener);
        let mut to = to.iter().cycle();
        for _ in 0..1000 {
            let to = *to.next().unwrap();
            // TIME-WAIT needs no file: the limit on those is no matter.
            client.connect(to)?.close();
            listener.accept()?.close();
        }
        // On a busy machine an acknowledgement may be repeated to a peer that has forgotten the
        // connection, which answers with a reset, and that ends TIME-WAIT early (RFC 1337).
        let waiting = |sockets: &Sockets| sockets.state(TcpState::TimeWait).len();
        client.wait_for_sockets(LIMIT, |sockets| {
            sockets.len() == waiting(sockets) && (900..=1000).contains(&waiting(sockets))
        })?;
        let sockets = client.sockets()?;
        assert_eq!(sockets.to(&server).len(), sockets.len());
        let ends: Vec<SocketAddr> = sockets.iter().map(|socket| socket.local).collect();
        assert!(ends.is_sorted() && ends.windows(2).all(|two| two[0] != two[1]));
        assert_eq!(client.established(&server)?, 0);
        Ok(())
    }
}

mod lists {
    use super::*;

    #[netns_test]
    fn filters_are_chained_and_leave_the_list_as_it_is(
        server: Host,
        client: Host,
        other: Host,
    ) -> Result {
        if !can_run_with_ipv6() {
            return Ok(());
        }
        let (listener, dialled, _accepted) = connected(&server, &client)?;
        let _v6 = client.connect(listener.addr_v6())?;
        let _other = other.connect(listener.addr())?;
        let _udp = server.bind_udp(7000)?;
        server.wait_for_established(&client, 2, LIMIT)?;
        server.wait_for_established(&other, 1, LIMIT)?;

        let all = server.sockets()?;
        assert_eq!(all.len(), 5, "{all}");
        assert_eq!((all.tcp().len(), all.udp().len()), (4, 1));
        assert_eq!((all.to(&client).len(), all.to(&other).len()), (2, 1));
        assert_eq!((all.to(client.ipv4()).len(), all.to(client.ipv6()).len()), (1, 1));
        assert_eq!(all.to(dialled.local_addr()).len(), 1);
        assert_eq!((all.listening().len(), all.established().len()), (1, 3));
        assert_eq!((all.sport(7000).len(), all.dport(7000).len(), all.port(7000).len()), (5, 0, 5));
        assert_eq!(client.sockets()?.dport(7000).len(), 2);
        assert_eq!(all.tcp().to(&client).established().filter(|one| one.peer.is_ipv6()).len(), 1);
        assert_eq!(all.len(), 5, "it is as it was");
        Ok(())
    }

    #[netns_test]
    fn a_list_is_printed_as_a_table_of_ss(server: Host, client: Host) -> Result {
        assert_eq!(client.sockets()?.to_string(), "sockets of `client`: none");
        let (_listener, dialled, _accepted) = connected(&server, &client)?;
        server.wait_for_established(&client, 1, LIMIT)?;
        let printed = server.sockets()?.to_string();
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines[0], "sockets of `server`:");
        let columns = ["Netid", "State", "Recv-Q", "Send-Q", "Local", "Address:Port"];
        assert!(lines[1].split_whitespace().take(6).eq(columns), "{printed}");
        assert!(lines[2].starts_with("tcp   LISTEN "), "{printed}");
        let row: Vec<&str> =
            lines.iter().find(|line| line.contains("ESTAB")).unwrap().split_whitespace().collect();
        let peer = dialled.local_addr().to_string();
        assert_eq!(row, ["tcp", "ESTAB", "0", "0", "10.0.0.1:7000", &peer], "{printed}");
        let words = lines.last().unwrap();
        for word in ["\t ", " wscale:", " rto:", " rtt:", " mss:1448 ", " cwnd:"] {
            assert!(words.contains(word), "{word:?} is not in {printed}");
        }
        Ok(())
    }

    #[netns_test]
    #[ignore = "NOT RUN: needs the program ss"]
    fn ss_prints_the_same_words(server: Host, client: Host) -> Result {
        let (_listener, mut dialled, mut accepted) = connected(&server, &client)?;
        accepted.send(&[0; 5000])?;
        dialled.recv_exact(5000)?;
        eventually(LIMIT, || accepted.info().is_ok_and(|info| info.unacked == 0))?;
        let _inbox = server.bind_udp(7000)?;
        let _blocked = server.block(&client)?;
        accepted.send(b"hello")?;
        let ours = server.sockets()?;
        let ss = server.command("ss").args(["-H", "-atuion"]).output()?;
        let theirs = String::from_utf8(ss.stdout).unwrap();
        // Ours are the addresses that a test knows.
        let theirs = theirs.replace("[::ffff:10.0.0.1]", "10.0.0.1");
        let theirs = theirs.replace("[::ffff:10.0.0.2]", "10.0.0.2");
        let theirs: Vec<&str> = theirs.split_whitespace().collect();
        // These go on between the two.
        let passes = ["last", "timer:", "backoff:", "retrans:", "rto:", "bytes_", "segs_", "lost:"];
        for word in ours.iter().flat_map(words) {
            let same = theirs.contains(&word.as_str());
            assert!(same || passes.iter().any(|one| word.contains(one)), "{word}\n{theirs:?}");
        }
        Ok(())
    }

    fn words(socket: &Socket) -> Vec<String> {
        socket.to_string().split_whitespace().map(str::to_owned).collect()
    }
}

mod waiting {
    use super::*;

    #[netns_test]
    fn a_connection_that_stays_as_it_is_says_how(server: Host, client: Host) -> Result {
        let (_listener, dialled, _accepted) = connected(&server, &client)?;
        dialled.wait_for_state(TcpState::Established, Duration::ZERO)?;
        let short = Duration::from_millis(20);
        let error = dialled.wait_for_state(TcpState::CloseWait, short).unwrap_err();
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::TimedOut, None));
        let said = error.to_string();
        let (local, peer) = (dialled.local_addr(), dialled.peer_addr());
        let begins = format!("cannot see {local} -> {peer} reach CLOSE-WAIT within 20ms: ");
        assert!(said.starts_with(&begins), "{said}");
        assert!(said.contains("it is still ESTAB: ") && said.contains(" rto:"), "{said}");
        Ok(())
    }

    #[netns_test]
    fn a_wait_for_sockets_that_is_in_vain_shows_them(server: Host, client: Host) -> Result {
        let (_listener, _dialled, _accepted) = connected(&server, &client)?;
        let short = Duration::from_millis(20);
        let error = server.wait_for_sockets(short, |sockets| sockets.is_empty()).unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("cannot see the sockets of `server` as wanted"), "{said}");
        assert!(said.contains("LISTEN") && said.contains("ESTAB"), "{said}");
        let error = server.wait_for_established(&client, 2, short).unwrap_err().to_string();
        let begins = "cannot see `server` have 2 connections with `client` within 20ms: ";
        assert!(error.starts_with(begins), "{error}");
        assert!(error.contains("ESTAB") && !error.contains("LISTEN"), "{error}");
        Ok(())
    }

    #[netns_test]
    async fn async_tests_wait_without_blocking(server: Host, client: Host) -> Result {
        let listener = server.listen_async(7000).await?;
        let dialled = client.connect_async(listener.addr()).await?;
        let accepted = listener.accept().await?;
        server.wait_for_established_async(&client, 1, LIMIT).await?;
        // On the same thread: it would never close if the wait did not let it.
        let closing = tokio::spawn(async move { accepted.close() });
        dialled.wait_for_state(TcpState::CloseWait, LIMIT).await?;
        closing.await?;
        let gone = |sockets: &Sockets| sockets.to(&client).established().is_empty();
        server.wait_for_sockets_async(LIMIT, gone).await?;
        let short = Duration::from_millis(20);
        let error = dialled.wait_for_state(TcpState::Listen, short).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(dialled.info()?.state, TcpState::CloseWait);
        Ok(())
    }
}
