//! A capture may be asked for again and again: it says the same as one that is asked for once, and costs
//! little.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Capture, Host, Net, Policy, Result, eventually, netns_test};

/// For what the kernel does at once, on a machine that may be busy.
const SOON: Duration = Duration::from_secs(30);

/// All that is said of each packet.
fn said(all: &Capture) -> Vec<String> {
    let arrived = |packet: &netns_test::Packet| packet.arrived_at().is_some();
    all.iter().map(|packet| format!("{packet} {}", arrived(packet))).collect()
}

/// Packets that are repeated, dropped, and there in time or late, by three hosts, while somebody asks
/// all the time; and then by somebody who has never asked before.
#[netns_test(timeout = "120s")]
fn who_asks_often_hears_the_same_as_who_asks_once(net: Net) -> Result {
    let [hub, near, far] = net.hosts(["hub", "near", "far"])?;
    let listener = hub.listen(7000)?;
    let receivers = [hub.bind_udp(9)?, near.bind_udp(9)?, far.bind_udp(9)?];
    let done = AtomicBool::new(false);
    thread::scope(|scope| -> Result {
        let asking = scope.spawn(|| {
            let mut asked = 0;
            while !done.load(Ordering::Relaxed) {
                hub.capture().unwrap();
                asked += 1;
            }
            asked
        });
        for round in 0..10 {
            let mut dialled = near.connect(listener.addr())?;
            let _accepted = listener.accept()?;
            let block = hub.block_with(&near, Policy::drop())?;
            dialled.send(b"lost")?;
            for _ in 0..20 {
                receivers[0].send_to(b"the same", near.addr(9))?;
                receivers[2].send_to(&[round], hub.addr(9))?;
            }
            let again = || dialled.info().is_ok_and(|info| info.total_retrans > 0);
            eventually(SOON, again)?;
            block.unblock()?;
            receivers[0].send_to(b"the same", near.addr(9))?;
        }
        done.store(true, Ordering::Relaxed);
        assert!(asking.join().unwrap() > 50);
        Ok(())
    })?;
    // The verdict on the last one, and its place.
    let of_hub =
        |packet: &netns_test::Packet| packet.host() == "hub" || packet.receiver() == Some("hub");
    let same = || {
        let (Ok(often), Ok(once)) = (hub.capture(), net.capture()) else { return false };
        said(&often) == said(&once.filter(of_hub))
    };
    eventually(SOON, same)?;
    let all = hub.capture()?.udp().to(&near);
    assert_eq!(all.dropped().len(), 200, "{all}");
    assert_eq!(all.iter().filter(|packet| packet.arrived_at().is_some()).count(), 10, "{all}");
    Ok(())
}

/// With so many packets that have been read, the next question is one for what is new.
#[netns_test(timeout = "120s")]
fn to_ask_again_costs_little(server: Host, client: Host) -> Result {
    let _inbox = server.bind_udp(9)?;
    let outbox = client.connect_udp((server.ipv4(), 9))?;
    for number in 0..50_000_u32 {
        outbox.send(&number.to_be_bytes())?;
        if number % 1000 == 0 {
            // It is read as it is sent: none is lost.
            thread::yield_now();
        }
    }
    let begun = Instant::now();
    let first = client.capture()?.len();
    let took = begun.elapsed();
    // What is young may still change its place: for a tenth of a second it is looked at again.
    eventually(SOON, || {
        client.capture().is_ok_and(|all| all.len() >= first)
            && begun.elapsed() > took + Duration::from_millis(200)
    })?;
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let begun = Instant::now();
            assert!(client.capture().unwrap().len() >= first);
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    // It was the same time each time before anything was remembered; it is a thousandth.
    assert!(times[10] < took / 20, "{:?}, and first {took:?}", times[10]);
    Ok(())
}

/// What a capture holds stays as it was, whatever is asked for later.
#[netns_test]
fn a_capture_does_not_change_any_more(server: Host, client: Host) -> Result {
    let _inbox = server.bind_udp(9)?;
    let outbox = client.connect_udp((server.ipv4(), 9))?;
    outbox.send(b"first")?;
    let first = client.capture()?.udp();
    let whole = client.capture()?;
    outbox.send(b"second")?;
    assert_eq!((first.len(), whole.udp().len()), (1, 1));
    assert_eq!(client.capture()?.udp().len(), 2);
    assert_eq!(
        (whole.udp().len(), client.capture()?.into_iter().filter(|p| p.is_udp()).count()),
        (1, 2)
    );
    Ok(())
}

/// A host that comes later changes nothing for those that are there.
#[netns_test]
fn hosts_that_come_later_are_in_it(net: Net, server: Host, client: Host) -> Result {
    client.connect_udp((server.ipv4(), 9))?.send(b"hello")?;
    assert_eq!(client.capture()?.udp().len(), 1);
    let [third, fourth] = net.hosts(["third", "fourth"])?;
    third.connect_udp((fourth.ipv4(), 9))?.send(b"hello")?;
    assert_eq!(client.capture()?.udp().len(), 1);
    let all = net.capture()?.udp();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].receiver(), Some("fourth"));
    Ok(())
}
