//! How it is verified that rules act.

use super::*;

/// A socket of the kind that sees everything, which holds what it has seen.
pub(crate) fn eavesdrop(
    host: &Host,
    family: AddressFamily,
    protocol: SockProtocol,
) -> Result<OwnedFd> {
    let flags = SockFlag::SOCK_NONBLOCK;
    Ok(host.run(|| socket(family, SockType::Raw, flags, protocol))?)
}

pub(crate) fn seen(ear: &OwnedFd) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut frame = [0; 2048];
    loop {
        match recv(ear.as_raw_fd(), &mut frame, MsgFlags::empty()) {
            Ok(length) => all.push(frame[..length].to_vec()),
            Err(error) => {
                assert_eq!(error, Errno::EAGAIN);
                return all;
            }
        }
    }
}

/// Frames of IP, but for what kernels say about the link itself, which is ICMPv6.
pub(crate) fn packets_on_a_link(ear: &OwnedFd) -> usize {
    let of_ip = |frame: &Vec<u8>| match frame[12..14] {
        [0x08, 0x00] => true,
        [0x86, 0xdd] => frame[20] != 0 && frame[20] != libc::IPPROTO_ICMPV6 as u8,
        _ => false,
    };
    seen(ear).iter().filter(|frame| of_ip(frame)).count()
}

/// ICMP messages that the host has sent and received, as its kernel counts them.
pub(crate) fn icmp_messages(host: &Host) -> Result<Vec<String>> {
    let of_icmp = |line: &&str| line.starts_with("Icmp:");
    let snmp = host.run(|| fs::read_to_string("/proc/thread-self/net/snmp"))?;
    Ok(snmp.lines().filter(of_icmp).map(str::to_owned).collect())
}

pub(crate) fn a_verification_is_seen_by_nobody(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    meet(&server, &client)?;
    let inboxes = [server.bind_udp(0)?, client.bind_udp(0)?];
    let mut ears = Vec::new();
    for host in [&server, &client] {
        ears.push(eavesdrop(host, AddressFamily::Inet, SockProtocol::Icmp)?);
        ears.push(eavesdrop(host, AddressFamily::Inet, SockProtocol::Tcp)?);
        ears.push(eavesdrop(host, AddressFamily::Inet6, SockProtocol::Tcp)?);
    }
    // The peer is at the other end of all links that the server has.
    let link = eavesdrop(&client, AddressFamily::Packet, SockProtocol::EthAll)?;
    let before = icmp_messages(&server)?;
    let rules = [Rule::input().udp().reject(), Rule::output().tcp().drop()];
    for _ in 0..5 {
        let policy = Policy::firewall(rules.clone()).via(backend);
        let mut block = server.block_with(&client, policy)?;
        block.suspend(|| ())?;
        assert!(block.counters()?.iter().all(|counter| counter.packets == 0));
        block.unblock()?;
    }
    assert_eq!(packets_on_a_link(&link), 0);
    for ear in &ears {
        assert_eq!(seen(ear), Vec::<Vec<u8>>::new());
    }
    assert_eq!(icmp_messages(&server)?, before);
    for mut inbox in inboxes {
        inbox.set_deadline(Duration::ZERO);
        assert_eq!(inbox.recv_from().unwrap_err().kind(), ErrorKind::TimedOut);
    }
    // It would have been seen.
    Way::new(&server, &client, false)?.passes();
    assert_eq!(packets_on_a_link(&link), 1);
    Ok(())
}

/// Each looks at its own rules only, and what it sends to do so is none of the others' traffic.
pub(crate) fn blocks_of_many_threads_are_verified_side_by_side(
    backend: Backend,
    a: Host,
    b: Host,
    c: Host,
) -> Result {
    let rounds = if backend == Backend::Nftables { 50 } else { 3 };
    std::thread::scope(|scope| {
        for (peer, rule) in [(&b, Rule::input()), (&c, Rule::output()), (&b, Rule::output())] {
            let policy = Policy::firewall([rule.drop()]).via(backend);
            let host = &a;
            scope.spawn(move || {
                for _ in 0..rounds {
                    let block = host.block_with(peer, policy.clone()).unwrap();
                    assert_eq!(block.packets(), 0);
                    block.unblock().unwrap();
                }
            });
        }
    });
    Ok(())
}

/// The host's own rules take away what a block sends to itself, going out or coming in. Then what
/// the kernel's tables say has to do.
pub(crate) fn rules_that_take_everything_on_loopback_are_no_failure(
    backend: Backend,
    server: &Host,
    client: &Host,
) -> Result {
    let way = Way::new(client, server, false)?;
    for (hook, device) in [("output", "oifname"), ("prerouting", "iifname")] {
        let chain = format!("{{ type filter hook {hook} priority raw; {device} lo drop; }}");
        server.exec("nft", [&format!("table inet own {{ chain own {chain}; }}")])?;
        let mut block =
            server.block_with(client, Policy::firewall([Rule::input().drop()]).via(backend))?;
        way.vanishes(&[&block]);
        block.suspend(|| way.passes())?;
        way.vanishes(&[&block]);
        block.unblock()?;
        way.passes();
        server.exec("nft", ["delete table inet own"])?;
    }
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
pub(crate) fn a_host_that_lets_nothing_through_loopback_is_no_failure(
    server: Host,
    client: Host,
) -> Result {
    rules_that_take_everything_on_loopback_are_no_failure(Backend::Nftables, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the programs nft and iptables-nft"]
pub(crate) fn nor_is_it_for_iptables(server: Host, client: Host) -> Result {
    rules_that_take_everything_on_loopback_are_no_failure(Backend::IptablesNft, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
pub(crate) fn a_host_whose_loopback_is_down_is_no_failure(server: Host, client: Host) -> Result {
    server.exec("ip", ["link", "set", "lo", "down"])?;
    let way = Way::new(&client, &server, true)?;
    // Or the rule takes the question for the neighbour, and the datagram waits for its answer.
    way.passes();
    let block = server.block_with(&client, Policy::firewall([Rule::input().drop()]))?;
    way.vanishes(&[&block]);
    block.unblock()?;
    way.passes();
    Ok(())
}

/// Rules that lead the block's probes around its chain: for all that can be seen from outside, the
/// chain that the kernel lists is not in force.
#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
pub(crate) fn rules_that_the_kernel_lists_and_does_not_reach_are_an_error(
    server: Host,
    client: Host,
) -> Result {
    // The numbers of the first blocks of a host, in INPUT.
    let probes = || (1..10).map(|number| format!("240.0.0.{}", 2 * number));
    let away = probes().map(|probe| format!("{probe} : 9.{}", &probe[4..]));
    let back = probes().map(|probe| format!("9.{} : {probe}", &probe[4..]));
    let chain = |name, priority, map: Vec<String>| {
        format!(
            "chain {name} {{ type filter hook input priority {priority}; \
             ip protocol 253 ip saddr set ip saddr map {{ {} }}; }};",
            map.join(", ")
        )
    };
    let around = chain("away", "-5", away.collect()) + &chain("back", "5", back.collect());
    server.exec("nft", [&format!("table ip own {{ {around} }}")])?;
    let policy = Policy::firewall([Rule::input().ipv4().drop(), Rule::output().ipv4().drop()]);
    let error = server.block_with(&client, policy).unwrap_err().to_string();
    assert!(error.starts_with("cannot block `client` from `server`"), "{error}");
    let seen = "its rules have no effect: of 2 probes they blocked 1, and 1 passed";
    assert!(error.ends_with(seen), "{error}");
    // What cannot be verified is undone.
    assert!(!server.exec("nft", ["list", "ruleset"])?.contains("netns-test"));
    Way::new(&client, &server, false)?.passes();
    Ok(())
}

/// Rules that take the block's probes, and no others, look as if the block's own were still there.
#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
pub(crate) fn rules_that_still_act_when_the_kernel_lists_none_are_an_error(
    server: Host,
    client: Host,
) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]);
    let block = server.block_with(&client, policy)?;
    let drop = "ip6 saddr 100::2-100::ff drop";
    let chain = format!("{{ type filter hook input priority filter; {drop}; }}");
    server.exec("nft", [&format!("table inet own {{ chain own {chain}; }}")])?;
    let error = block.unblock().unwrap_err().to_string();
    let seen = "its rules are still in effect: of 2 probes they blocked 1, and others pass";
    assert!(error.ends_with(seen), "{error}");
    assert!(error.starts_with("cannot delete nftables table"), "{error}");
    Ok(())
}
