//! Wires beside all else: with blocks, in captures and reports; and what cannot be done to one.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::net::Ipv4Addr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Error, Host, Impairment, Loss, Net, Policy, Rate, Result, UdpEndpoint, eventually, netns_test,
};
use support::folder::Folder;
use support::interface::set_down;
use support::processor::stay_on_this_processor;
use support::runner::{Run, fixture, run};
use support::times::LIMIT;

const MS: Duration = Duration::from_millis(1);

fn endpoints(hosts: [&Host; 2]) -> Result<[UdpEndpoint; 2]> {
    let [client, server] = hosts;
    Ok([client.bind_udp(7000)?, server.bind_udp(7000)?])
}

// Blocks.

/// A block acts on what comes out of a wire, whichever of the two was first and whichever ends first.
#[netns_test]
fn blocks_and_wires_are_both_in_effect(server: Host, client: Host) -> Result {
    let [from, to] = &endpoints([&client, &server])?;
    let delay = Impairment::delay(50 * MS);
    for wire_first in [true, false] {
        for wire_ends_first in [true, false] {
            let early = wire_first.then(|| client.impair(&server, delay.clone())).transpose()?;
            let block = client.block(&server)?;
            let wire = match early {
                Some(wire) => wire,
                None => client.impair(&server, delay.clone())?,
            };
            from.send_to(b"blocked", to.addr())?;
            eventually(LIMIT, || block.packets() == 1)?;
            assert_eq!(wire.counts().passed, 1, "it has passed the wire, and then met the block");
            let begun = Instant::now();
            if wire_ends_first {
                wire.lift()?;
                block.unblock()?;
                from.send_to(b"passes", to.addr())?;
                assert_eq!(to.recv_from()?.0, b"passes");
            } else {
                block.unblock()?;
                from.send_to(b"late", to.addr())?;
                assert_eq!(to.recv_from()?.0, b"late");
                assert!(begun.elapsed() >= 50 * MS);
                wire.lift()?;
            }
        }
    }
    Ok(())
}

/// The same on a bridge, with a block that answers. What is under way when it begins meets it.
#[netns_test]
fn a_block_meets_what_was_sent_before_it(a: Host, b: Host, _c: Host) -> Result {
    let [from, to] = &mut endpoints([&a, &b])?;
    let wire = a.impair(&b, Impairment::delay(200 * MS))?;
    from.send_to(b"before", to.addr())?;
    let block = a.block_with(&b, Policy::drop().udp())?;
    eventually(LIMIT, || block.packets() == 1)?;
    block.unblock()?;
    let block = a.block_with(&b, Policy::reset())?;
    let begun = Instant::now();
    let refused = a.connect((b.ipv4(), 7001)).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(begun.elapsed() >= 200 * MS, "the dial met the wire first: {:?}", begun.elapsed());
    block.unblock()?;
    wire.lift()?;
    Ok(())
}

/// On one processor: with two the kernel itself puts such a stream out of order, on a bare veth pair.
#[netns_test]
fn a_stream_survives_wires_that_come_and_go(server: Host, client: Host) -> Result {
    stay_on_this_processor();
    let listener = server.listen(7000)?;
    let mut sending = client.connect(listener.addr())?;
    let mut receiving = listener.accept()?;
    let sent: Vec<u8> = (0..8_000_000_u32).map(|number| (number % 251) as u8).collect();
    let received = thread::scope(|scope| {
        let received = scope.spawn(|| receiving.recv_exact(sent.len()));
        let whole = scope.spawn(|| sending.send(&sent));
        for delay in (0..5).cycle().take_while(|_| !whole.is_finished()).take(20) {
            let mut wire = client.impair(&server, Impairment::delay(MS * delay))?;
            wire.change(Impairment::delay(MS))?;
            wire.lift()?;
        }
        whole.join().unwrap()?;
        Ok::<_, netns_test::Failure>(received.join().unwrap())
    });
    assert!(received.unwrap()? == sent);
    let again = client.capture()?.from(&client).retransmissions();
    // A frame that a wire had lost or put out of order would be sent again, and is of many segments. A
    // single one is a probe of a sender whose acknowledgement is late (RFC 8985, section 7): a thread
    // had no processor.
    assert_eq!(again.segments(), again.len(), "{again}");
    Ok(())
}

// Captures.

#[netns_test]
fn what_is_late_is_not_dropped(server: Host, client: Host) -> Result {
    let [from, to] = &endpoints([&client, &server])?;
    let _wire = client.impair(&server, Impairment::delay(300 * MS).to_peer())?;
    from.send_to(b"late", to.addr())?;
    from.send_to(b"late", to.addr())?;
    let sent = client.capture()?.udp();
    assert_eq!(sent.len(), 2, "each is recorded once: {sent}");
    assert_eq!(sent.iter().next().unwrap().bytes()[6] & 1, 0, "as its sender has made it");
    // Longer than a packet takes that nobody delays.
    thread::park_timeout(100 * MS);
    assert!(client.capture()?.udp().dropped().is_empty());
    to.recv_from()?;
    to.recv_from()?;
    eventually(LIMIT, || {
        client.capture().is_ok_and(|all| all.udp().iter().all(|p| p.arrived_at().is_some()))
    })?;
    for packet in client.capture()?.udp().iter() {
        let took = packet.arrived_at().unwrap().duration_since(packet.instant());
        assert!(took >= 300 * MS, "{took:?}");
    }
    Ok(())
}

#[netns_test]
fn what_a_wire_loses_was_dropped(server: Host, client: Host) -> Result {
    let [from, to] = &endpoints([&client, &server])?;
    let _wire =
        client.impair(&server, Impairment::delay(30 * MS).loss(Loss::every(2)).to_peer())?;
    for number in 0..4 {
        from.send_to(&[number], to.addr())?;
    }
    assert_eq!((to.recv_from()?.0, to.recv_from()?.0), (vec![0], vec![2]));
    eventually(LIMIT, || client.capture().is_ok_and(|all| all.udp().dropped().len() == 2))?;
    let dropped = client.capture()?.udp().dropped();
    let numbers: Vec<u8> = dropped.iter().map(|packet| packet.payload()[0]).collect();
    assert_eq!(numbers, [1, 3]);
    Ok(())
}

// Reports.

/// A wire that draws, and a failure.
#[netns_test]
#[ignore = "fails on purpose"]
fn fails_on_a_wire_that_draws(server: Host, client: Host) {
    let [from, to] = endpoints([&client, &server]).expect("the ports are free");
    let wire = client.impair(&server, Impairment::new().loss(0.5).to_peer()).expect("it can be");
    for number in 0..32_u8 {
        from.send_to(&[number], to.addr()).expect("the link is up");
    }
    from.send_to(&[], (Ipv4Addr::LOCALHOST, 7000)).expect("it is itself");
    let lost = wire.counts().lost;
    println!("lost {lost}");
    panic!("this is the end");
}

#[test]
fn the_seed_is_printed_and_can_be_given() {
    let folder = Folder::make();
    let reporting = |seed: Option<&str>| -> Run {
        let mut command: Command = fixture("fails_on_a_wire_that_draws");
        command.env_remove("NETNS_TEST_REPORT").env("NETNS_TEST_REPORT_DIR", folder.path());
        command.env_remove("NETNS_TEST_SEED");
        seed.map(|seed| command.env("NETNS_TEST_SEED", seed));
        run(&mut command)
    };
    let first = reporting(None);
    let (_, rest) =
        first.stdout.split_once("NETNS_TEST_SEED=").unwrap_or_else(|| panic!("{first}"));
    let seed = rest.split_whitespace().next().unwrap();
    let lost =
        |run: &Run| run.stdout.lines().find(|line| line.contains("lost ")).map(str::to_owned);
    let again = reporting(Some(seed));
    assert_eq!(lost(&again), lost(&first), "{first}");
    assert!(first.stdout.contains(&format!("loss 50% (to peer) [seed {seed}], since ")), "{first}");
    let wrong = reporting(Some("seven"));
    let help = "cannot read NETNS_TEST_SEED: `seven` is not a number";
    assert!((wrong.stdout.clone() + &wrong.stderr).contains(help), "{wrong}");
}

#[netns_test]
fn a_wire_is_told_as_any_fault(net: Net, server: Host, client: Host) -> Result {
    let mut wire = client.impair(&server, Impairment::delay(MS))?;
    let said = wire.to_string();
    assert_eq!(said, "impair `client` and `server` by delay 1ms");
    wire.change(Impairment::delay(2 * MS).udp())?;
    let kept = wire.keep();
    assert_eq!(kept.to_string(), "impair `client` and `server` by delay 2ms (udp)");
    let [from, to] = &endpoints([&client, &server])?;
    from.send_to(b"", to.addr())?;
    to.recv_from()?;
    assert_eq!(kept.packets(), 1);
    let told: Vec<String> = net.timeline().faults().iter().map(ToString::to_string).collect();
    let phases =
        [": asked for", ": in effect", ": swapped for delay 2ms (udp)", ": in effect", ": kept"];
    assert_eq!(told.len(), phases.len(), "{told:?}");
    assert!(told.iter().zip(phases).all(|(told, phase)| told.contains(phase)), "{told:?}");
    Ok(())
}

/// What is said about a claim that is not met.
fn missed() -> String {
    eventually(MS, || false).unwrap_err().to_string()
}

/// Whoever reads that a claim was missed sees whether the wire had its share in that.
#[netns_test]
fn a_missed_claim_states_how_late_the_wire_was(server: Host, client: Host) -> Result {
    assert!(!missed().contains("the wires"));
    let [from, to] = &endpoints([&client, &server])?;
    let wire = client.impair(&server, Impairment::delay(20 * MS))?;
    from.send_to(b"late", to.addr())?;
    to.recv_from()?;
    // Nothing can become later any more.
    eventually(LIMIT, || wire.counts().waiting == 0)?;
    let late = wire.counts().worst_lateness;
    assert!(!late.is_zero());
    let stated =
        format!("\nmeanwhile, the wires were late by up to {:.1} ms", late.as_secs_f64() * 1e3);
    let standing = missed();
    assert!(standing.contains(&stated), "{stated} is not in {standing}");
    // Lifted while the claim is being tried, it had its share all the same.
    let mut wire = Some(wire);
    let lifts = || {
        if let Some(wire) = wire.take() {
            wire.lift().unwrap();
        }
        false
    };
    let lifted = eventually(MS, lifts).unwrap_err().to_string();
    assert!(lifted.contains(&stated), "{stated} is not in {lifted}");
    assert!(!missed().contains("the wires"), "it had none in a claim that begins after that");
    Ok(())
}

// What cannot be done.

#[track_caller]
fn refused<T>(result: std::result::Result<T, Error>, text: &str) {
    match result {
        Ok(_) => panic!("it was not refused: {text}"),
        Err(error) => assert_eq!(error.to_string(), text),
    }
}

#[netns_test]
fn bad_wires_are_refused(net: Net, server: Host, client: Host) -> Result {
    for (wire, cause) in [
        (
            Impairment::new().loss(1.5),
            "loss 150%: a loss of 1.5 is not a probability: it must be from 0 to 1",
        ),
        (
            Impairment::new().loss(f64::NAN),
            "loss NaN%: a loss of NaN is not a probability: it must be from 0 to 1",
        ),
        (
            Impairment::delay(MS).jitter(2 * MS),
            "delay 1ms 2ms: a jitter of 2ms is more than the delay of \
          1ms: nothing arrives before it was sent",
        ),
        (
            Impairment::new().rate(Rate::bit(0)),
            "rate 0bit: a rate of 0 carries nothing: use `Host::block`",
        ),
    ] {
        let text = format!("cannot impair `client` and `server` by {cause}");
        refused(client.impair(&server, wire.clone()), &text);
        let mut perfect = client.impair(&server, Impairment::new())?;
        refused(perfect.change(wire), &text);
    }
    let text =
        "cannot impair `client` and `client` by delay 1ms: there is no wire from a host to itself";
    refused(client.impair(&client, Impairment::delay(MS)), text);
    let [third, _] = net.hosts(["third", "fourth"])?;
    let text = "cannot impair `client` and `third` by delay 1ms: no link joins them: nothing passes \
                between them\nhelp: join them by `Net::link`";
    refused(client.impair(&third, Impairment::delay(MS)), text);
    let text = "cannot impair link `eth0` by delay 1ms (to peer): a whole link has no peer: use `Host::impair`";
    refused(net.links()[0].impair(Impairment::delay(MS).to_peer()), text);
    let [from, to] = &endpoints([&client, &server])?;
    from.send_to(b"passes", to.addr())?;
    assert_eq!(to.recv_from()?.0, b"passes");
    Ok(())
}

/// It is as if nothing passed, until it is lifted.
#[netns_test]
fn a_delay_of_an_hour_holds_all_until_it_is_lifted(server: Host, client: Host) -> Result {
    let [from, to] = &endpoints([&client, &server])?;
    let wire = client.impair(&server, Impairment::delay(Duration::from_secs(3600)))?;
    for number in 0..10 {
        from.send_to(&[number], to.addr())?;
    }
    eventually(LIMIT, || wire.counts().waiting == 10)?;
    assert_eq!(wire.counts().passed, 0);
    wire.lift()?;
    for number in 0..10 {
        assert_eq!(to.recv_from()?.0, [number]);
    }
    Ok(())
}

/// What waits is lost with the interface, which is counted, and the rest goes on.
#[netns_test]
fn a_host_may_lose_its_interface_in_the_middle(net: Net, server: Host, client: Host) -> Result {
    let backup = net.link("backup", &[&server, &client])?;
    let [from, to] = &endpoints([&client, &server])?;
    let wire = client.impair(&server, Impairment::delay(500 * MS))?;
    from.send_to(b"lost", to.addr())?;
    client.run(|| set_down("eth0"))?;
    from.send_to(b"backup", (backup.addrs(&server)[0], 7000))?;
    assert_eq!(to.recv_from()?.0, b"backup");
    let counts = wire.counts();
    assert!(counts.dropped > 0, "{counts:?}");
    wire.lift()?;
    Ok(())
}
