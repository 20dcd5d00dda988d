//! The timeline: what was done to the network and in it, in the order of its time.

use std::time::{Duration, Instant};

use netns_test::timeline::{Event, FaultPhase, ProcessPhase, Protocol, Verb};
use netns_test::{Host, IcmpKind, Net, Place, Policy, Result, Timeline, eventually, netns_test};

fn phases(timeline: &Timeline) -> Vec<FaultPhase> {
    let phase = |event: &Event| match event {
        Event::Fault { phase, .. } => Some(phase.clone()),
        _ => None,
    };
    timeline.iter().filter_map(|entry| phase(&entry.event)).collect()
}

/// What the fixtures of a host did, as `verb bytes`.
fn traffic(net: &Net, host: &Host) -> Vec<String> {
    let said = |event: &Event| match event {
        Event::Traffic { verb, outcome, .. } => match outcome {
            Ok(bytes) => format!("{verb} {bytes}"),
            Err(error) => format!("{verb}: {error}"),
        },
        other => panic!("not traffic: {other}"),
    };
    let timeline = net.timeline().of_host(host).traffic();
    timeline.iter().map(|entry| said(&entry.event)).collect()
}

#[netns_test]
fn a_block_is_asked_for_in_effect_and_lifted(net: Net, server: Host, client: Host) -> Result {
    let before = Instant::now();
    let block = client.block(&server)?;
    let in_effect = block.in_effect_at();
    client.bind_udp(0)?.send_to(b"into the void", server.addr(7000))?;
    eventually(Duration::from_secs(5), || block.packets() == 1)?;
    block.unblock()?;

    let faults = net.timeline().faults();
    assert_eq!(
        phases(&faults),
        [FaultPhase::Asked, FaultPhase::InEffect, FaultPhase::Lifted(Some(1))]
    );
    // The entry is at the very moment that the guard names.
    let times: Vec<Duration> = faults.iter().map(|entry| entry.at).collect();
    assert!(times.is_sorted());
    assert!(times[1] - times[0] <= in_effect - before);
    assert_eq!(net.timeline().faults().since(in_effect).len(), 2);
    let Event::Fault { fault, place, .. } = &faults[0].event else { panic!() };
    assert_eq!(fault, "block `server` from `client`");
    assert_eq!(place, &Place::Between(["client".to_owned(), "server".to_owned()]));
    let json = faults[0].to_json();
    assert!(json.contains(r#""place":"between","hosts":["client","server"]"#), "{json}");
    Ok(())
}

#[netns_test]
fn what_becomes_of_a_block_is_told(net: Net, server: Host, client: Host) -> Result {
    let mut block = client.block(&server)?;
    block.suspend(|| net.mark("suspended"))?;
    block.swap(Policy::reset())?;
    drop(block);
    let swapped = FaultPhase::Swapped("reset".to_owned());
    let expected = [
        FaultPhase::Asked,
        FaultPhase::InEffect,
        FaultPhase::Suspended,
        FaultPhase::InEffect,
        swapped,
        FaultPhase::InEffect,
        FaultPhase::Lifted(Some(0)),
    ];
    assert_eq!(phases(&net.timeline()), expected);
    Ok(())
}

#[netns_test]
fn a_block_that_cannot_be_made_says_why(net: Net, server: Host, client: Host) -> Result {
    let policy = Policy::refuse(IcmpKind::HostUnreachable).existing_flows();
    let error = client.block_with(&server, policy).expect_err("there are no connections");
    let phases = phases(&net.timeline());
    assert_eq!(phases, [FaultPhase::Asked, FaultPhase::Refused(error.to_string())]);
    assert!(net.timeline()[1].event.is_failure());
    Ok(())
}

#[netns_test]
fn a_block_that_is_kept_says_so(net: Net, server: Host, client: Host) -> Result {
    client.block(&server)?.keep();
    assert_eq!(phases(&net.timeline()).last(), Some(&FaultPhase::Kept));
    Ok(())
}

#[netns_test]
fn both_ends_of_a_conversation_are_recorded(net: Net, server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    dialled.send(b"hello")?;
    assert_eq!(accepted.recv()?, b"hello");
    let local = dialled.local_addr();
    drop(dialled);
    assert_eq!(accepted.recv()?, b"");
    drop(accepted);

    assert_eq!(traffic(&net, &client), ["connect 0", "send 5", "close 0"]);
    assert_eq!(traffic(&net, &server), ["listen 0", "accept 0", "recv 5", "recv 0", "close 0"]);
    let timeline = net.timeline().of_host(&client).traffic();
    for entry in timeline.as_slice() {
        let Event::Traffic { protocol, local: ours, peer, .. } = &entry.event else { panic!() };
        assert_eq!(*protocol, Protocol::Tcp);
        assert_eq!((*ours, *peer), (Some(local), Some(listener.addr())));
    }
    Ok(())
}

#[netns_test]
async fn async_traffic_is_recorded_as_well(net: Net, server: Host, client: Host) -> Result {
    let listener = server.listen_async(7000).await?;
    let mut dialled = client.connect_async(listener.addr()).await?;
    let mut accepted = listener.accept().await?;
    dialled.send(b"hello").await?;
    accepted.recv_exact(5).await?;
    let inbox = server.bind_udp_async(7001).await?;
    let outbox = client.connect_udp_async(inbox.addr()).await?;
    outbox.send(b"datagram").await?;
    inbox.recv_from().await?;
    assert_eq!(traffic(&net, &client), ["connect 0", "send 5", "send 8"]);
    assert_eq!(traffic(&net, &server), ["listen 0", "accept 0", "recv 5", "listen 0", "recv 8"]);
    Ok(())
}

#[netns_test]
fn an_error_is_recorded_in_the_kernels_words(net: Net, server: Host, client: Host) -> Result {
    let error = client.connect((server.ipv4(), 7000)).expect_err("nobody listens");
    let timeline = net.timeline().traffic();
    let [entry] = timeline.as_slice() else { panic!("{timeline}") };
    let Event::Traffic { verb, outcome, .. } = &entry.event else { panic!("{entry}") };
    assert_eq!((*verb, outcome), (Verb::Connect, &Err(error.to_string())));
    assert!(entry.event.is_failure());
    assert!(entry.to_string().contains("Connection refused"), "{entry}");
    Ok(())
}

/// A probe that polls would otherwise fill the record with its timeouts.
#[netns_test]
fn the_same_error_again_is_recorded_once(net: Net, server: Host) -> Result {
    let mut inbox = server.bind_udp(7000)?;
    inbox.set_deadline(Duration::ZERO);
    for _ in 0..1000 {
        inbox.recv_from().expect_err("nobody sends");
    }
    assert_eq!(net.timeline().traffic().len(), 2);
    Ok(())
}

#[netns_test]
fn marks_stand_between_what_they_separate(net: Net, server: Host) -> Result {
    server.listen(7000)?;
    net.mark("leader elected");
    server.listen(7001)?;
    let timeline = net.timeline();
    let kinds: Vec<bool> =
        timeline.iter().map(|entry| matches!(entry.event, Event::Mark { .. })).collect();
    assert_eq!(kinds, [false, true, false]);
    assert!(timeline.to_string().contains("mark: leader elected"), "{timeline}");
    Ok(())
}

#[netns_test]
fn the_beginning_and_the_end_of_a_process_are_seen(net: Net, server: Host) -> Result {
    let mut child = server
        .command("sh")
        .args(["-c", "read line; exit 3"])
        .stdin(std::process::Stdio::piped())
        .spawn()?;
    let processes = || {
        let timeline = net.timeline().of_host(&server);
        let phase = |event: &Event| match event {
            Event::Process { program, phase, .. } => Some((program.clone(), phase.clone())),
            _ => None,
        };
        timeline.iter().filter_map(|entry| phase(&entry.event)).collect::<Vec<_>>()
    };
    eventually(Duration::from_secs(5), || processes().len() == 1)?;
    assert_eq!(processes()[0].1, ProcessPhase::Started);
    drop(child.stdin.take());
    eventually(Duration::from_secs(5), || processes().len() == 2)?;
    // Its status is still there for the test itself.
    assert_eq!(child.wait()?.code(), Some(3));
    let (program, phase) = processes().remove(1);
    assert!(program.starts_with("sh"), "{program}");
    assert_eq!(phase, ProcessPhase::Ended("status 3".to_owned()));
    Ok(())
}

#[netns_test]
fn a_net_has_its_own_timeline(net: Net, server: Host) -> Result {
    let other = Net::new();
    let [theirs] = other.hosts(["theirs"])?;
    theirs.listen(7000)?;
    server.listen(7000)?;
    assert_eq!(net.timeline().traffic().len(), 1);
    assert_eq!(other.timeline().traffic().len(), 1);
    Ok(())
}

#[netns_test]
fn a_line_of_json_stands_for_each_entry(net: Net, server: Host, client: Host) -> Result {
    net.mark("with \"quotes\" and a\nline");
    let _ = client.connect((server.ipv4(), 7000));
    client.block(&server)?.unblock()?;
    let lines = net.timeline().to_json_lines();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), net.timeline().len());
    for line in &lines {
        assert!(line.starts_with("{\"at_us\":") && line.ends_with('}'), "{line}");
    }
    assert!(lines[0].contains(r#""kind":"mark","text":"mark: with \"quotes\" and a\nline""#));
    assert!(lines[1].contains(r#""verb":"connect","protocol":"tcp""#), "{}", lines[1]);
    assert!(lines[4].contains(r#""phase":"lifted","packets":0"#), "{}", lines[4]);
    Ok(())
}

/// More would be memory without a bound: the oldest go.
#[netns_test]
fn the_record_has_a_bound(net: Net) -> Result {
    for number in 0..100_010 {
        net.mark(number.to_string());
    }
    let timeline = net.timeline();
    assert_eq!(timeline.len(), 100_000);
    assert_eq!(timeline.discarded(), 10);
    assert!(timeline[0].to_string().ends_with("mark: 10"), "{}", timeline[0]);
    Ok(())
}
