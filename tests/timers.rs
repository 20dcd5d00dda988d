//! A host's kernel has the times and limits that the test gave it; no other kernel has; and what
//! `Timers::fast` promises comes true.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Connection, Error, Failure, Host, Listener, Net, Policy, Result, Rule, TimerValues, Timers,
    eventually, netns_test,
};

mod support;

use nix::mount::{MsFlags, mount};
use nix::sys::socket::{setsockopt, sockopt::KeepAlive};
use support::families::{addresses, families};

/// For what comes by itself: the bound that is tested is another.
const LONG: Duration = Duration::from_secs(20);
/// For what is under way already, on a busy machine.
const SOON: Duration = Duration::from_secs(2);

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A connection, seen from both ends.
struct Ends {
    client: Connection,
    server: Connection,
}

/// Both families: the same promises hold for IPv6.
fn connected(client: &Host, listener: &Listener) -> Result<Vec<Ends>> {
    let connected = |addr| {
        let client = client.connect(addr)?;
        Ok(Ends { client, server: listener.accept()? })
    };
    addresses(listener).into_iter().map(connected).collect()
}

/// What the kernel says on `conn` when it gives it up, and when.
#[track_caller]
fn assert_times_out(conn: &mut Connection, since: Instant, bounds: Range<Duration>) {
    conn.set_deadline(LONG);
    let error = conn.recv().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ETIMEDOUT), "{error}");
    assert_between(since, bounds);
}

#[track_caller]
fn assert_between(since: Instant, bounds: Range<Duration>) {
    let after = since.elapsed();
    assert!(bounds.contains(&after), "it took {after:?}, not {bounds:?}");
}

/// How many TCP sockets of the host are in a state (enum in the kernel's include/net/tcp_states.h).
fn sockets_in(host: &Host, state: &str) -> usize {
    let table =
        |ipv6| if ipv6 { "/proc/thread-self/net/tcp6" } else { "/proc/thread-self/net/tcp" };
    let text = |ipv6| fs::read_to_string(table(ipv6)).unwrap();
    let text: String = host.run(|| families().map(text).collect());
    text.lines().filter(|line| line.split_whitespace().nth(3) == Some(state)).count()
}

const SYN_RECV: &str = "03";
const FIN_WAIT1: &str = "04";
const FIN_WAIT2: &str = "05";

// What `Timers::fast` promises.

#[netns_test]
fn a_dial_to_a_blocked_peer_ends_within_3_seconds(server: Host, client: Host) -> Result {
    client.set_timers(&Timers::fast())?;
    let listener = server.listen(7000)?;
    let _block = client.block(&server)?;
    let begun = Instant::now();
    let dials: Vec<_> = addresses(&listener).into_iter().map(|addr| client.dial(addr)).collect();
    for dial in dials {
        let error = dial?.wait(LONG).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ETIMEDOUT), "{error}");
        // SYNs at 0 and 1 s; the time for a third would be 2 s, or 3 s without tcp_rto_max_ms.
        assert_between(begun, millis(1900)..millis(4000));
    }
    Ok(())
}

#[netns_test]
fn unacknowledged_data_to_a_blocked_peer_ends_within_5_seconds(
    server: Host,
    client: Host,
) -> Result {
    client.set_timers(&Timers::fast())?;
    let listener = server.listen(7000)?;
    let mut both = connected(&client, &listener)?;
    let _block = client.block(&server)?;
    let begun = Instant::now();
    for ends in &mut both {
        ends.client.send(b"unheard")?;
    }
    for ends in &mut both {
        // It is repeated after 0.2 s, and over when 1.4 s from then on have passed.
        assert_times_out(&mut ends.client, begun, millis(1500)..millis(5000));
    }
    Ok(())
}

#[netns_test]
fn an_idle_connection_with_keepalive_ends_within_4_seconds(server: Host, client: Host) -> Result {
    client.set_timers(&Timers::fast())?;
    let listener = server.listen(7000)?;
    let begun = Instant::now();
    let mut both = connected(&client, &listener)?;
    for ends in &both {
        setsockopt(&ends.client, KeepAlive, &true)?;
    }
    let _block = client.block(&server)?;
    for ends in &mut both {
        // Probes after 1, 2 and 3 s; at 4 s none has been answered. Each time is rounded up.
        assert_times_out(&mut ends.client, begun, millis(3900)..millis(5500));
    }
    Ok(())
}

#[netns_test]
fn data_is_delivered_within_a_second_of_the_end_of_a_long_block(
    server: Host,
    client: Host,
) -> Result {
    // The connection is to live as long as the block.
    let applied = client.set_timers(&Timers::fast().tcp_retries2(15))?;
    if applied.missing().contains(&"net.ipv4.tcp_rto_max_ms") {
        // Before Linux 6.15 this is not promised.
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let mut both = connected(&client, &listener)?;
    let block = client.block(&server)?;
    for ends in &mut both {
        ends.client.send(b"during")?;
    }
    // Seven repetitions are 25 s with the kernel's own values, and the next one is 26 s away.
    for ends in &both {
        eventually(LONG, || ends.client.info().is_ok_and(|info| info.retransmits >= 7))?;
    }
    block.unblock()?;
    let begun = Instant::now();
    for ends in &mut both {
        assert_eq!(ends.server.recv()?, b"during");
        // Half a second for a machine that is busy.
        assert_between(begun, Duration::ZERO..millis(1500));
    }
    Ok(())
}

#[netns_test]
fn data_is_delivered_within_a_second_of_the_end_of_a_short_block(
    server: Host,
    client: Host,
) -> Result {
    client.set_timers(&Timers::fast())?;
    let listener = server.listen(7000)?;
    // On a machine that lets this thread wait for a second, the block is not short.
    for _ in 0..10 {
        let mut both = connected(&client, &listener)?;
        let block = client.block(&server)?;
        for ends in &mut both {
            ends.client.send(b"during")?;
        }
        // After 0.6 s; the next repetition is at 1.4 s, and before that the connection does not
        // end.
        for ends in &both {
            eventually(SOON, || ends.client.info().is_ok_and(|info| info.retransmits >= 2))?;
        }
        block.unblock()?;
        let begun = Instant::now();
        let repeated = |ends: &Ends| ends.client.info().map_or(u32::MAX, |info| info.retransmits);
        if both.iter().any(|ends| repeated(ends) > 2) {
            continue;
        }
        for ends in &mut both {
            assert_eq!(ends.server.recv()?, b"during");
            assert_between(begun, Duration::ZERO..millis(1500));
        }
        return Ok(());
    }
    Err(Failure::new("in ten attempts this machine has not managed a short block"))
}

#[netns_test]
fn a_closed_connection_whose_peer_does_not_close_is_forgotten(
    server: Host,
    client: Host,
) -> Result {
    client.set_timers(&Timers::fast())?;
    let listener = server.listen(7000)?;
    let held: Vec<_> = connected(&client, &listener)?.into_iter().map(|ends| ends.server).collect();
    eventually(SOON, || sockets_in(&client, FIN_WAIT2) == held.len())?;
    // One second; 60 by itself.
    eventually(millis(4000), || sockets_in(&client, FIN_WAIT2) == 0)?;
    Ok(())
}

#[netns_test]
fn a_closed_connection_with_unacknowledged_data_is_forgotten(server: Host, client: Host) -> Result {
    client.set_timers(&Timers::fast())?;
    let listener = server.listen(7000)?;
    let both = connected(&client, &listener)?;
    let _block = client.block(&server)?;
    let unheard = |mut ends: Ends| {
        ends.client.send(b"unheard").unwrap();
        ends.server
    };
    let held: Vec<_> = both.into_iter().map(unheard).collect();
    eventually(SOON, || sockets_in(&client, FIN_WAIT1) == held.len())?;
    // As with data on an open one; more than 100 s by itself.
    eventually(millis(5000), || sockets_in(&client, FIN_WAIT1) == 0)?;
    Ok(())
}

#[netns_test]
fn a_dial_that_is_never_completed_is_forgotten(server: Host, client: Host) -> Result {
    server.set_timers(&Timers::fast())?;
    let listener = server.listen(7000)?;
    // The client sends its SYN, and never hears the answer.
    let _deaf = client.block_with(&server, Policy::firewall([Rule::input().tcp().drop()]))?;
    let dials = addresses(&listener).into_iter().map(|addr| client.dial(addr));
    let dials = dials.collect::<std::io::Result<Vec<_>>>()?;
    eventually(SOON, || sockets_in(&server, SYN_RECV) == dials.len())?;
    drop(dials);
    // Three seconds; 63 by itself.
    eventually(millis(5000), || sockets_in(&server, SYN_RECV) == 0)?;
    Ok(())
}

// ICMP errors.

#[netns_test]
fn of_200_datagrams_that_a_firewall_rejects_200_are_answered(server: Host, client: Host) -> Result {
    let _block = server.block_with(&client, rejecting(Rule::input().udp()))?;
    for addr in server.addrs() {
        assert_eq!(answered(&client, (addr, 7000).into(), 200, SOON)?, 200);
    }
    Ok(())
}

#[netns_test]
fn of_200_dials_that_a_firewall_rejects_200_are_answered(server: Host, client: Host) -> Result {
    let _block = server.block_with(&client, rejecting(Rule::input().tcp()))?;
    for addr in server.addrs().into_iter().map(|addr| SocketAddr::from((addr, 80))) {
        let dials: Vec<_> = (0..200).map(|_| client.dial(addr)).collect();
        for dial in dials {
            // An answer that meets the socket while it is in use counts only when the SYN is
            // repeated, after a second; and then all are repeated, nearly at once.
            let error = dial?.wait(LONG).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{error}");
        }
    }
    Ok(())
}

#[netns_test]
fn the_kernels_own_icmp_limits_can_be_put_back(server: Host, client: Host) -> Result {
    let limits = Timers::new().icmp_ratemask(6168).icmpv6_ratemask([0..=1, 3..=127]);
    server.set_timers(&limits.icmp_ratelimit(LONG).icmpv6_ratelimit(LONG))?;
    let _block = server.block_with(&client, rejecting(Rule::input().udp()))?;
    for addr in server.addrs().into_iter().map(|addr| SocketAddr::from((addr, 7000))) {
        // Answers take microseconds; these do not come at all. The burst is six.
        let answers = answered(&client, addr, 20, millis(50))?;
        assert!((1..=7).contains(&answers), "{answers} of 20 answers from {addr}");
    }
    Ok(())
}

/// One protocol only: IPv6 finds its neighbours by ICMPv6, and a rule for all swallows that, too.
fn rejecting(rule: Rule) -> Policy {
    Policy::firewall([rule.reject()])
}

/// How many of so many datagrams are answered by an ICMP error in time.
fn answered(client: &Host, addr: SocketAddr, count: usize, within: Duration) -> Result<usize> {
    let mut answers = 0;
    for _ in 0..count {
        let mut conn = client.connect_udp(addr)?;
        conn.set_deadline(within);
        conn.send(b"anybody?")?;
        match conn.recv().unwrap_err() {
            error if error.kind() == ErrorKind::ConnectionRefused => answers += 1,
            error => assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}"),
        }
    }
    Ok(answers)
}

// Whose they are.

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

// What cannot be set.

#[track_caller]
fn refused(result: std::result::Result<TimerValues, Error>, text: &str) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), text);
    error
}

#[netns_test]
fn a_value_that_the_kernel_does_not_take_is_refused_and_nothing_is_set(host: Host) -> Result {
    let before = host.timers()?;
    let first = || Timers::new().tcp_retries1(1);
    for (timers, text) in [
        (
            first().tcp_syn_retries(0),
            "cannot set `net.ipv4.tcp_syn_retries` of `host` to 0: the kernel takes 1 to 127",
        ),
        (
            first().tcp_retries2(256),
            "cannot set `net.ipv4.tcp_retries2` of `host` to 256: the kernel takes 0 to 255",
        ),
        (
            first().icmp_ratemask(u32::MAX),
            "cannot set `net.ipv4.icmp_ratemask` of `host` to 4294967295: the kernel takes 0 to 524287",
        ),
        (
            first().tcp_keepalive_time(Duration::ZERO),
            "cannot set `net.ipv4.tcp_keepalive_time` of `host` to 0ns: \
             the kernel takes 1 to 32767 seconds",
        ),
        (
            first().tcp_keepalive_intvl(millis(1500)),
            "cannot set `net.ipv4.tcp_keepalive_intvl` of `host` to 1.5s: \
             the kernel counts it in whole seconds",
        ),
        (
            first().tcp_rto_max(millis(999)),
            "cannot set `net.ipv4.tcp_rto_max_ms` of `host` to 999ms: \
             the kernel takes 1000 to 120000 milliseconds",
        ),
        (
            first().tcp_rto_min(Duration::from_nanos(1)),
            "cannot set `net.ipv4.tcp_rto_min_us` of `host` to 1ns: \
             the kernel counts it in whole microseconds",
        ),
        (
            first().icmp_ratelimit(Duration::MAX),
            "cannot set `net.ipv4.icmp_ratelimit` of `host` to 18446744073709551615.999999999s: \
             the kernel counts it in whole milliseconds",
        ),
        (
            first().tcp_fin_timeout(Duration::from_secs(u64::MAX)),
            "cannot set `net.ipv4.tcp_fin_timeout` of `host` to 18446744073709551615s: \
             the kernel takes 0 to 2147483647 seconds",
        ),
    ] {
        refused(host.set_timers(&timers), text);
    }
    assert_eq!(host.timers()?, before);
    Ok(())
}

#[netns_test]
fn what_only_the_kernel_knows_to_be_wrong_names_the_file_and_nothing_is_set(host: Host) -> Result {
    let before = host.timers()?;
    // In the kernel's own clock it is more than an `int` holds, 100 Hz or more.
    let timers = Timers::new().tcp_retries1(1).tcp_fin_timeout(Duration::from_secs(1 << 30));
    let error = refused(
        host.set_timers(&timers),
        "cannot set `net.ipv4.tcp_fin_timeout` of `host` to 1073741824s \
         in /proc/sys/net/ipv4/tcp_fin_timeout: invalid argument (os error 22)",
    );
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(host.timers()?, before);
    Ok(())
}

#[netns_test]
fn where_proc_sys_is_read_only_setting_fails_and_hosts_are_as_the_kernel_made_them(
    net: Net,
    early: Host,
) -> Result {
    let before = early.timers()?;
    make_read_only("/proc/sys")?;
    let error = refused(
        early.set_timers(&Timers::fast().tcp_retries1(1)),
        "cannot set `net.ipv4.icmp_ratemask` of `early` to 0 \
         in /proc/sys/net/ipv4/icmp_ratemask: read-only file system (os error 30)\n\
         help: /proc/sys cannot be written here, as in most containers: \
         start the container with `--privileged`",
    );
    assert_eq!(error.raw_os_error(), Some(libc::EROFS));
    assert_eq!(early.timers()?, before);
    // The rest works, and it can be seen.
    let [late, other] = net.hosts(["late", "other"])?;
    assert_eq!(late.timers()?.get("icmp_ratemask"), Some("6168"));
    other.connect(late.listen(7000)?.addr())?;
    Ok(())
}

/// As containers do. The mount is this test's own.
fn make_read_only(path: &str) -> Result {
    let nothing = None::<&str>;
    mount(Some(path), path, nothing, MsFlags::MS_BIND | MsFlags::MS_REC, nothing)?;
    // What the mount underneath forbids must stay forbidden in a user namespace.
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let again = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY;
    mount(nothing, path, nothing, again | flags, nothing)?;
    Ok(())
}
