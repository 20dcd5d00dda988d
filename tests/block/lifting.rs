//! What becomes of a guard.

use super::*;

#[netns_test]
fn dropping_the_guard_lifts_the_block(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    {
        let block = client.block(&server)?;
        path.vanishes(&[&block]);
    }
    path.passes();
    Ok(())
}

#[netns_test]
fn a_panic_lifts_the_block(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let block = client.block(&server).unwrap();
        path.vanishes(&[&block]);
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    path.passes();
    Ok(())
}

/// It is seen by a dial that it stays, and by its counter.
#[netns_test]
fn a_block_that_is_kept_stays(server: Host, client: Host) -> Result {
    server.block(&client)?.keep();
    // A second block comes and goes, and takes nothing of the first one with it.
    server.block(&client)?.unblock()?;
    for (_listener, mut dial) in dials(&server, &client)? {
        assert_repeats_its_syn(&mut dial);
    }
    Ok(())
}

/// What is open in a host keeps its namespace, also when nobody holds the host or its net.
#[netns_test]
fn a_block_that_is_kept_stays_when_nobody_holds_its_hosts() -> Result {
    let [server, client] = Net::new().hosts(["server", "client"])?;
    server.block(&client)?.keep();
    let all = dials(&server, &client)?;
    drop((server, client));
    for (_listener, mut dial) in all {
        assert_repeats_its_syn(&mut dial);
    }
    Ok(())
}

/// Hosts that have just been made tell each other about themselves (multicast listener reports at
/// random times within the first second, a router solicitation after one second). None of it is
/// traffic of a program.
#[netns_test]
fn an_idle_link_is_not_counted(net: Net, server: Host, client: Host) -> Result {
    let [a, b, _c] = net.hosts(["a", "b", "c"])?;
    let on_the_pair = server.block(&client)?;
    let on_the_bridge = a.block(&b)?;
    consistently(Duration::from_millis(1500), || {
        on_the_pair.packets() == 0 && on_the_bridge.packets() == 0
    })?;
    Ok(())
}

/// Each way meets an unknown neighbour first, and that is not counted either.
#[netns_test]
fn every_packet_is_counted_once(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    let block = client.block(&server)?;
    let ways: Vec<_> = path.ways().collect();
    for number in 1..=40 {
        let (from, to, _) = ways[number % ways.len()];
        from.send_to(b"counted", to)?;
        eventually(LIMIT, || block.packets() == number as u64)?;
    }
    assert_eq!(block.try_packets()?, 40);
    Ok(())
}

#[netns_test]
fn the_guard_says_what_it_is(server: Host, client: Host) -> Result {
    let block = client.block(&server)?;
    assert_eq!(block.policy(), &Policy::drop());
    assert_eq!(block.policy(), &Policy::default());
    assert_eq!(block.hosts(), [client.clone(), server.clone()], "the one that blocks comes first");
    assert_eq!(block.place(), &Place::Between([client.clone(), server.clone()]));
    let shown = format!("{block:?}");
    for part in ["Block", "client", "server", "10.0.0.2", &server.addrs()[0].to_string(), "Drop"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    Ok(())
}
