//! ICMP errors.

use super::*;

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
pub(crate) fn rejecting(rule: Rule) -> Policy {
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
