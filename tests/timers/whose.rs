//! Whose timers they are.

use super::*;
use crate::icmp::rejecting;

#[netns_test]
fn a_host_has_the_kernels_own_times(host: Host) -> Result {
    let timers = host.timers()?;
    for (name, value) in [
        ("tcp_syn_retries", "6"),
        ("tcp_retries2", "15"),
        ("tcp_keepalive_time", "7200"),
        ("tcp_fin_timeout", "60"),
        ("net.ipv4.icmp_ratelimit", "1000"),
        ("icmp_ratemask", "6168"),
    ] {
        assert_eq!(timers.get(name), Some(value), "{name}");
    }
    assert_eq!(timers.get("no_such_timer"), None);
    Ok(())
}

#[netns_test]
fn a_firewall_that_rejects_lifts_the_limits_of_icmp(server: Host, client: Host) -> Result {
    server.block_with(&client, rejecting(Rule::input().udp()))?.unblock()?;
    let timers = server.timers()?;
    assert_eq!(timers.get("icmp_ratemask"), Some("0"));
    let ratemask = fs::exists("/proc/sys/net/ipv6/icmp/ratemask")?.then_some("");
    assert_eq!(timers.get("net.ipv6.icmp.ratemask"), ratemask);
    assert_eq!(client.timers()?.get("icmp_ratemask"), Some("6168"));
    Ok(())
}

#[netns_test]
fn the_timers_of_one_host_are_those_of_no_other(net: Net, server: Host, client: Host) -> Result {
    let before = client.timers()?;
    let applied = server.set_timers(&Timers::fast())?;
    assert_eq!(client.timers()?, before);
    assert_eq!(net.hosts(["later"])?[0].timers()?, before);
    let after = server.timers()?;
    for (name, value) in applied.iter() {
        assert_eq!(after.get(name), Some(value), "{name}");
    }
    // The namespace in which the test itself runs, by the kernel's own defaults.
    let own = |name: &str| fs::read_to_string(format!("/proc/sys/net/ipv4/{name}"));
    assert_eq!(own("tcp_retries2")?, "15\n");
    assert_eq!(own("tcp_fin_timeout")?, "60\n");
    assert_eq!(own("icmp_ratemask")?, "6168\n");
    Ok(())
}

#[netns_test]
fn two_hosts_are_set_at_the_same_time(server: Host, client: Host) -> Result {
    let set = |host: &Host, own: u32| -> std::result::Result<(), Error> {
        for round in 0..200 {
            // Each reads back what it has written, or fails.
            host.set_timers(&Timers::new().tcp_retries2(own + round % 2))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| set(&client, 20));
        set(&server, 10).and(other.join().unwrap())
    })?;
    assert_eq!(server.timers()?.get("tcp_retries2"), Some("11"));
    assert_eq!(client.timers()?.get("tcp_retries2"), Some("21"));
    Ok(())
}

#[netns_test]
fn tcp_rto_max_is_for_sockets_made_after_it(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut early = client.connect(listener.addr())?;
    let applied = client.set_timers(&Timers::new().tcp_rto_max(Duration::from_secs(1)))?;
    if !applied.missing().is_empty() {
        return Ok(());
    }
    let mut late = client.connect(listener.addr())?;
    let _block = client.block(&server)?;
    early.send(b"unheard")?;
    late.send(b"unheard")?;
    // After 0.2, 0.4 and 0.8 s come 1.6 s for the one, 1 s for the other.
    eventually(LONG, || early.info().is_ok_and(|info| info.rto > millis(1500)))?;
    eventually(LONG, || late.info().is_ok_and(|info| info.retransmits >= 5))?;
    assert_eq!(late.info()?.rto, Duration::from_secs(1));
    Ok(())
}

#[netns_test]
fn each_value_is_written_in_the_kernels_units(host: Host) -> Result {
    let second = Duration::from_secs(1);
    let timers = Timers::new()
        .tcp_syn_retries(2)
        .tcp_syn_linear_timeouts(3)
        .tcp_synack_retries(4)
        .tcp_retries1(5)
        .tcp_retries2(6)
        .tcp_rto_min(millis(50))
        .tcp_rto_max(second * 2)
        .tcp_keepalive_time(second * 7)
        .tcp_keepalive_intvl(second * 8)
        .tcp_keepalive_probes(9)
        .tcp_fin_timeout(second * 10)
        .tcp_orphan_retries(11)
        .icmp_ratelimit(second * 12)
        .icmp_ratemask(13)
        .icmp_msgs_per_sec(14)
        .icmp_msgs_burst(15)
        .icmpv6_ratelimit(second * 16)
        .icmpv6_ratemask([1..=1, 17..=18, 19..=20])
        .tcp_retries1(17);
    let expected = [
        ("tcp_syn_retries", "2"),
        ("tcp_syn_linear_timeouts", "3"),
        ("tcp_synack_retries", "4"),
        ("tcp_retries1", "17"),
        ("tcp_retries2", "6"),
        ("tcp_rto_min_us", "50000"),
        ("tcp_rto_max_ms", "2000"),
        ("tcp_keepalive_time", "7"),
        ("tcp_keepalive_intvl", "8"),
        ("tcp_keepalive_probes", "9"),
        ("tcp_fin_timeout", "10"),
        ("tcp_orphan_retries", "11"),
        ("icmp_ratelimit", "12000"),
        ("icmp_ratemask", "13"),
        ("icmp_msgs_per_sec", "14"),
        ("icmp_msgs_burst", "15"),
        ("net.ipv6.icmp.ratelimit", "16000"),
        ("net.ipv6.icmp.ratemask", "1,17-20"),
    ];
    let applied: TimerValues = host.set_timers(&timers)?;
    assert_eq!(applied.iter().count() + applied.missing().len(), expected.len());
    for (name, value) in expected {
        let full = if name.contains('.') { name.to_owned() } else { format!("net.ipv4.{name}") };
        if !applied.missing().contains(&full.as_str()) {
            assert_eq!(applied.get(name), Some(value), "{name}");
        }
    }
    Ok(())
}
