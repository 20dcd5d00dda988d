//! The network that is held against the model.

use super::*;

pub(crate) struct Live {
    pub(crate) block: Block,
    pub(crate) known: Known,
}

/// A host with its open ports.
pub(crate) struct Station {
    pub(crate) host: Host,
    pub(crate) tcp: Listener,
    /// The service, and where others are asked from.
    pub(crate) service: UdpEndpoint,
    pub(crate) asking: UdpEndpoint,
}

impl Station {
    pub(crate) fn new(host: Host) -> Result<Self> {
        let mut tcp = host.listen(SERVICE)?;
        let mut service = host.bind_udp(SERVICE)?;
        // What has arrived is looked at, not waited for.
        tcp.set_deadline(Duration::ZERO);
        service.set_deadline(Duration::ZERO);
        Ok(Self { asking: host.bind_udp(0)?, host, tcp, service })
    }

    pub(crate) fn address(&self, ipv6: bool) -> SocketAddr {
        let address: IpAddr = if ipv6 { self.host.ipv6().into() } else { self.host.ipv4().into() };
        (address, SERVICE).into()
    }
}

pub(crate) fn ensure(holds: bool, said: impl FnOnce() -> String) -> Result {
    if holds { Ok(()) } else { Err(Failure::new(said())) }
}

/// What the blocks have counted that are about these two hosts.
pub(crate) fn counted(live: &[Live], one: usize, other: usize) -> Result<u64> {
    let mut sum = 0;
    for live in live {
        if live.known.pair == [one, other] || live.known.pair == [other, one] {
            sum += live.block.try_packets()?;
        }
    }
    Ok(sum)
}

/// Real traffic on all ways: each datagram and each dial must do as the model says.
pub(crate) fn check(stations: &[Station], live: &[Live]) -> Result {
    let known: Vec<Known> = live.iter().map(|live| live.known).collect();
    check_datagrams(stations, live, &known)?;
    for pair in [[0, 1], [0, 2], [1, 2]] {
        check_dials(stations, live, &known, pair)?;
    }
    for station in stations {
        while station.tcp.accept().is_ok() {}
    }
    Ok(())
}

pub(crate) fn check_datagrams(stations: &[Station], live: &[Live], known: &[Known]) -> Result {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let mut expected: Vec<BTreeSet<u64>> = vec![BTreeSet::new(); stations.len()];
    for [one, other] in [[0, 1], [0, 2], [1, 2]] {
        let before = counted(live, one, other)?;
        let mut blocked = 0;
        for (from, to) in [(one, other), (other, one)] {
            for ipv6 in families() {
                let packet = Packet { from, to, ipv6, kind: Kind::Datagram };
                let number = LAST.fetch_add(1, Ordering::Relaxed);
                let to_address = stations[to].address(ipv6);
                let sent = stations[from].asking.send_to(&number.to_be_bytes(), to_address);
                let told = known.iter().any(|block| block.tells_the_sender(packet));
                ensure(sent.is_ok() || told, || format!("{packet:?}: {sent:?}"))?;
                if known.iter().any(|block| block.takes(packet)) {
                    blocked += 1;
                } else {
                    expected[to].insert(number);
                }
            }
        }
        let taken = eventually(LIMIT, || {
            counted(live, one, other).is_ok_and(|counted| counted >= before + blocked)
        });
        ensure(taken.is_ok(), || format!("{blocked} of {one}-{other} are not counted"))?;
    }
    for (at, (station, expected)) in stations.iter().zip(&expected).enumerate() {
        let mut received = BTreeSet::new();
        let arrived = eventually(LIMIT, || {
            while let Ok((bytes, _)) = station.service.recv_from() {
                received.extend(bytes.try_into().map(u64::from_be_bytes));
            }
            received.is_superset(expected)
        });
        ensure(arrived.is_ok() && received == *expected, || {
            format!("host {at} received {received:?} of {expected:?}, and before {LAST:?}")
        })?;
    }
    Ok(())
}

pub(crate) fn check_dials(
    stations: &[Station],
    live: &[Live],
    known: &[Known],
    [one, other]: [usize; 2],
) -> Result {
    let before = counted(live, one, other)?;
    let (mut dials, mut blocked) = (Vec::new(), 0);
    for [from, to] in [[one, other], [other, one]] {
        for ipv6 in families() {
            let expected = outcome(known, from, to, ipv6);
            blocked += u64::from(expected != Outcome::Established);
            let dial = stations[from].host.dial(stations[to].address(ipv6))?;
            dials.push((format!("{from} dials {to}, ipv6 {ipv6}"), dial, expected));
        }
    }
    // Of each dial that is blocked, the SYN has met a rule, or what answers it has.
    let met = || counted(live, one, other).is_ok_and(|counted| counted >= before + blocked);
    ensure(eventually(LIMIT, met).is_ok(), || {
        format!("{blocked} dials of {one}-{other} are not counted")
    })?;
    for (what, mut dial, expected) in dials {
        check_dial(&mut dial, expected)
            .map_err(|failure| Failure::new(format!("{what}, {expected:?}: {failure}")))?;
    }
    Ok(())
}

pub(crate) fn check_dial(dial: &mut Dial, expected: Outcome) -> Result {
    match expected {
        Outcome::Established => {
            let conn = dial.wait(AT_ONCE)?;
            // Closed by a reset, so that nothing of it goes on into the next step.
            setsockopt(&conn, Linger, &libc::linger { l_onoff: 1, l_linger: 0 })?;
        }
        Outcome::Refused(errno) => {
            let end = dial.wait(SECOND_SYN).map(|conn| conn.peer_addr());
            let is_refused = end.as_ref().is_err_and(|end| end.raw_os_error() == Some(errno));
            ensure(is_refused, || format!("{end:?}"))?;
        }
        Outcome::NotEstablished => {
            ensure(dial.wait(Duration::ZERO).is_err(), || "it is established".to_owned())?;
        }
    }
    Ok(())
}

pub(crate) fn run(stations: &[Station], steps: &[Step]) -> Result {
    let mut live: Vec<Live> = Vec::new();
    // With it all hosts find each other. The rules of a firewall that take everything would also
    // take the answers to the search for a neighbour (ICMPv6).
    check(stations, &live)?;
    for step in steps {
        apply(stations, &mut live, step)?;
        check(stations, &live)?;
    }
    // From the middle, which is neither the oldest nor the youngest.
    while !live.is_empty() {
        live.remove(live.len() / 2).block.unblock()?;
    }
    check(stations, &live)?;
    let block = stations[0].host.block(&stations[2].host)?;
    let plan = Plan { effect: Effect::Drop, scope: Scope::All };
    live.push(Live { block, known: Known { pair: [0, 2], plan } });
    check(stations, &live)?;
    live.remove(0).block.unblock()?;
    check(stations, &live)
}

pub(crate) fn apply(stations: &[Station], live: &mut Vec<Live>, step: &Step) -> Result {
    let one_of = |which: usize| (!live.is_empty()).then(|| which % live.len());
    match *step {
        Step::Block(pair, plan) => {
            let [host, peer] = pair.map(|at| &stations[at].host);
            let block = host.block_with(peer, plan.policy())?;
            live.push(Live { block, known: Known { pair, plan } });
        }
        Step::Unblock(which) => {
            let Some(at) = one_of(which) else { return Ok(()) };
            live.remove(at).block.unblock()?;
        }
        Step::Drop(which) => {
            let Some(at) = one_of(which) else { return Ok(()) };
            drop(live.remove(at));
        }
        Step::Suspend(which) => {
            let Some(at) = one_of(which) else { return Ok(()) };
            let mut suspended = live.remove(at);
            let before = suspended.block.try_packets()?;
            suspended.block.suspend(|| check(stations, live))??;
            let after = suspended.block.try_packets()?;
            ensure(before <= after, || format!("{before} counted before, {after} after"))?;
            live.insert(at, suspended);
        }
        Step::Swap(which, plan) => {
            let Some(at) = one_of(which) else { return Ok(()) };
            live[at].block.swap(plan.policy())?;
            live[at].known.plan = plan;
        }
    }
    Ok(())
}

/// Blocks that none of the traffic here meets. They fill a table and a part of the next one, and
/// there is room again in the first.
pub(crate) fn crowd([one, other]: [&Host; 2]) -> Result<Vec<Block>> {
    let policy = Policy::drop().udp().dport(9);
    let mut blocks = Vec::with_capacity(CROWD);
    for _ in 0..CROWD {
        blocks.push(one.block_with(other, policy.clone())?);
    }
    for at in [90, 50, 10, 0] {
        blocks.remove(at).unblock()?;
    }
    Ok(blocks)
}

/// `tables` shows what a host's kernel holds; it must be the same before and after. `crowd` makes
/// what else there is meanwhile.
pub(crate) fn sequences(
    sequences: u32,
    crowd: fn([&Host; 2]) -> Result<Vec<Block>>,
    tables: fn(&Host) -> Result<String>,
) -> Result {
    let config = Config {
        cases: sequences,
        // The minimal case is in the message.
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..Config::default()
    };
    let one = |steps: Vec<Step>| -> Result {
        let net = Net::new();
        let hosts = net.hosts(["a", "b", "c"])?;
        let before: Vec<_> = hosts.iter().map(tables).collect::<Result<_>>()?;
        let stations: Vec<_> = hosts.iter().cloned().map(Station::new).collect::<Result<_>>()?;
        let mut crowd = crowd([&hosts[0], &hosts[1]])?;
        run(&stations, &steps)?;
        while !crowd.is_empty() {
            crowd.remove(crowd.len() / 2).unblock()?;
        }
        let after: Vec<_> = hosts.iter().map(tables).collect::<Result<_>>()?;
        ensure(before == after, || format!("the tables were {before:?} and are {after:?}"))
    };
    let run = |steps| one(steps).map_err(|failure| TestCaseError::fail(format!("{failure:?}")));
    TestRunner::new(config).run(&steps(), run).map_err(|error| match error {
        TestError::Fail(reason, steps) => {
            let steps: Vec<_> = steps.iter().map(|step| format!("\n    {step:?}")).collect();
            Failure::new(format!(
                "{reason}, in the shortest sequence that shows it{}",
                steps.concat()
            ))
        }
        error @ TestError::Abort(_) => Failure::new(error.to_string()),
    })
}
