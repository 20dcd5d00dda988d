//! What a capture calls a retransmission is what the kernel counts as one, as `ss -ti` shows it
//! (`retrans`, `bytes_retrans`), whatever it was that made the kernel repeat.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

use netns_test::{
    Capture, Connection, Host, Net, Packet, Policy, Result, TcpInfo, eventually, netns_test,
};
use support::families::families;

/// For what the kernel does at once, on a machine that may be busy.
const SOON: Duration = Duration::from_secs(30);

/// Whether the kernel says how long frames are to be cut ([`Packet::segments`]).
fn knows_segments() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(6), Some(2))
}

/// These are what the kernel has counted: their bytes, and also the segments where it says how long
/// frames are to be cut.
#[track_caller]
fn assert_counted(again: &Capture, info: &TcpInfo) {
    let bytes: u64 = again.iter().map(|packet| packet.payload_len() as u64).sum();
    assert_eq!(bytes, info.bytes_retrans, "{info}\n{again}");
    let segments = again.segments();
    if knows_segments() {
        assert_eq!(segments, info.total_retrans as usize, "{info}\n{again}");
    } else {
        assert!((segments > 0) == (info.total_retrans > 0), "{info}\n{again}");
        assert!(segments <= info.total_retrans as usize, "{info}\n{again}");
    }
}

/// Looks at both when nothing is under way any more, and nothing is to be repeated.
#[track_caller]
fn agree(host: &Host, connection: &Connection) -> Result<Capture> {
    eventually(SOON, || {
        connection.info().is_ok_and(|info| info.unacked == 0 && info.notsent == 0)
    })?;
    let info = connection.info()?;
    let again = host.capture()?.tcp().from(host).retransmissions();
    assert_counted(&again, &info);
    Ok(again)
}

fn await_backoff(connection: &Connection) -> Result {
    Ok(eventually(SOON, || connection.info().is_ok_and(|info| info.backoff >= 2)).map(|_| ())?)
}

/// The tail loss probe and the timer repeat what nobody acknowledges. A byte alone is as long as a
/// probe of keepalive may be.
#[netns_test]
fn what_a_block_takes_is_repeated_by_probe_and_timer(server: Host, client: Host) -> Result {
    for length in [1, 5, 5000] {
        let listener = server.listen(7000 + length as u16)?;
        let mut dialled = client.connect(listener.addr())?;
        let _accepted = listener.accept()?;
        let block = client.block(&server)?;
        dialled.send(&vec![7; length])?;
        await_backoff(&dialled)?;
        block.unblock()?;
        eventually(SOON, || dialled.info().is_ok_and(|info| info.unacked == 0))?;
        let info = dialled.info()?;
        let again = client.capture()?.retransmissions().port(listener.addr().port());
        assert_counted(&again, &info);
        assert!(again.segments() >= 3, "the probe and the timer twice: {again}");
        assert!(again.keepalives().is_empty());
    }
    Ok(())
}

/// A hundred kilobytes that are lost as a window of long frames come again as long frames: the kernel counts
/// what they are cut into.
#[netns_test]
fn a_long_frame_counts_as_often_as_it_is_cut(server: Host, client: Host) -> Result {
    if !knows_segments() {
        eprintln!("NOT RUN: this kernel does not say how long frames are to be cut");
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let accepted = listener.accept()?;
    let reader = accepted.into_std()?;
    std::thread::spawn(move || std::io::copy(&mut &reader, &mut std::io::sink()));
    // So that its window is large, and the peer's is open.
    dialled.send(&vec![7; 1 << 20])?;
    let ready = |info: TcpInfo| info.unacked == 0 && info.cwnd > 40 && info.snd_wnd > 50_000;
    eventually(SOON, || dialled.info().is_ok_and(ready))?;
    let block = client.block(&server)?;
    // No more than the kernel takes off the writer's hands.
    dialled.send(&[7; 100_000])?;
    await_backoff(&dialled)?;
    block.unblock()?;
    let again = agree(&client, &dialled)?;
    let longest = again.iter().map(Packet::segments).max().unwrap();
    assert!(longest > 1 && again.segments() > again.len(), "{again}");
    Ok(())
}

/// Losses in the midst of a stream, which acknowledgements tell of: fast retransmit, in long frames
/// and short ones, in either family.
#[netns_test]
fn what_is_lost_in_a_stream_is_repeated_at_once(server: Host, client: Host) -> Result {
    for ipv6 in families() {
        let listener = server.listen(7000 + u16::from(ipv6))?;
        let to = if ipv6 { listener.addr_v6() } else { listener.addr() };
        let port = to.port();
        let dialled = client.connect(to)?.into_std()?;
        let reader = listener.accept()?.into_std()?;
        std::thread::spawn(move || std::io::copy(&mut &reader, &mut std::io::sink()));
        let (mut writer, host) = (dialled.try_clone()?, client.clone());
        // To ask for the capture empties the queues, however busy the machine is: none is lost.
        let mut write = move || writer.write_all(&[7; 65536]).is_ok() && host.capture().is_ok();
        let writes = std::thread::spawn(move || (0..300).all(|_| write()));
        for _ in 0..20 {
            // The shortest loss that can be had is one of a few milliseconds.
            client.block_with(&server, Policy::drop().to_peer().port(port))?.unblock()?;
        }
        assert!(writes.join().unwrap());
        eventually(SOON, || {
            TcpInfo::of(&dialled).is_ok_and(|info| info.unacked + info.notsent == 0)
        })?;
        let info = TcpInfo::of(&dialled)?;
        let all = client.capture()?;
        assert_eq!(all.lost(), 0);
        let again = all.from(&client).port(port).retransmissions();
        assert_counted(&again, &info);
    }
    Ok(())
}

#[netns_test]
fn a_syn_that_is_sent_again_is_one(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let block = client.block(&server)?;
    let mut dial = client.dial(listener.addr())?;
    eventually(SOON, || client.capture().is_ok_and(|all| all.syn().retransmissions().len() >= 2))?;
    block.unblock()?;
    let dialled = dial.wait(SOON)?;
    let again = agree(&client, &dialled)?;
    assert_eq!(again.syn().len(), again.len(), "{again}");
    Ok(())
}

/// The connection that comes of it counts them, though they were sent before there was one.
#[netns_test]
fn a_syn_ack_that_is_sent_again_is_one(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let block = client.block_with(&server, Policy::drop().from_peer())?;
    let mut dial = client.dial(listener.addr())?;
    let again =
        |host: &Host| Ok::<_, netns_test::Error>(host.capture()?.syn_ack().retransmissions());
    eventually(SOON, || again(&server).is_ok_and(|all| all.from(&server).len() >= 2))?;
    block.unblock()?;
    dial.wait(SOON)?;
    let accepted = listener.accept()?;
    let again = agree(&server, &accepted)?;
    assert_eq!(again.syn_ack().len(), again.len(), "{again}");
    Ok(())
}

#[netns_test]
fn a_fin_that_is_sent_again_is_one(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let dialled = client.connect(listener.addr())?;
    let accepted = listener.accept()?;
    let block = client.block(&server)?;
    dialled.shutdown(Shutdown::Write)?;
    await_backoff(&dialled)?;
    block.unblock()?;
    let again = agree(&client, &dialled)?;
    assert!(again.len() >= 2 && again.clone().fin().len() == again.len(), "{again}");
    drop(accepted);
    Ok(())
}

/// A closed window is probed without a byte; what the peer then takes was never sent before.
#[netns_test]
fn probes_of_a_closed_window_are_none(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let reader = listener.accept()?.into_std()?;
    dialled.set_deadline(Duration::from_millis(100));
    while dialled.send(&[0; 65536]).is_ok() {}
    eventually(SOON, || client.capture().is_ok_and(|all| all.keepalives().len() >= 2))?;
    std::thread::spawn(move || std::io::copy(&mut &reader, &mut std::io::sink()));
    agree(&client, &dialled)?;
    Ok(())
}

/// A router sends each segment that it was sent, and repeats none.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_a_router_forwards_is_none(net: Net) -> Result {
    let [client, router] = net.hosts(["client", "router"])?;
    let [server] = net.hosts(["server"])?;
    net.link("eth1", &[&router, &server])?;
    let to = server.addrs()[0];
    router.run(|| std::fs::write("/proc/sys/net/ipv4/ip_forward", "1"))?;
    client.exec("ip", ["route", "add", &format!("{to}/32"), "via", &router.ipv4().to_string()])?;
    let back = router.addrs()[2].to_string();
    server.exec("ip", ["route", "add", &format!("{}/32", client.ipv4()), "via", &back])?;
    let listener = server.listen(7000)?;
    let mut dialled = client.connect((to, 7000))?;
    let mut accepted = listener.accept()?;
    dialled.send(b"hello")?;
    assert_eq!(accepted.recv()?, b"hello");
    let all = net.capture()?.tcp();
    let syn = all.syn();
    assert_eq!(syn.len(), 2, "by the client, and by the router: {all}");
    assert_eq!(all.retransmissions().len(), 0, "{all}");
    // What really is repeated is so on both links.
    let block = router.block(&server)?;
    dialled.send(b"lost")?;
    await_backoff(&dialled)?;
    block.unblock()?;
    agree(&client, &dialled)?;
    let [first, second] = [&client, &router].map(|host| {
        net.capture().map(|all| all.tcp().from(host).to(listener.addr()).retransmissions().len())
    });
    assert_eq!(first?, second?);
    Ok(())
}
