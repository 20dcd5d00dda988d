//! Random sequences of blocks between three hosts, made, lifted in any order, suspended, swapped
//! and dropped: after each step traffic passes or not as a simple model says, and at the end
//! nothing is left.
//!
//! The same with so many blocks beside them that the hosts need several tables.
//!
//! What is not to arrive is not waited for: a datagram that a rule has counted is no longer on its
//! way, and would be found among those of a later step if it were.

mod support;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use netns_test::{
    Block, Dial, Failure, Host, IcmpKind, Listener, Net, Notified, Policy, RejectWith, Result,
    Rule, UdpEndpoint, eventually, netns_test,
};
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use support::families::families;
use support::tables;
use support::times::{AT_ONCE, SECOND_SYN};

const SEQUENCES: u32 = 30;
const STEPS: usize = 15;
/// More than one table takes, which is two hundred.
const CROWD: usize = 250;
/// How long a probe of which nothing is seen is waited for.
const PROBE_LOST: Duration = Duration::from_millis(100);
/// More than anything here takes, also on a busy machine: all of it happens in the kernel, before
/// `send` returns or directly after. It bounds what must happen, and how long a failure takes to
/// find its shortest sequence.
const LIMIT: Duration = Duration::from_secs(3);

/// Where each host listens, for TCP and UDP.
const SERVICE: u16 = 7000;
const PAIRS: [[usize; 2]; 6] = [[0, 1], [1, 0], [0, 2], [2, 0], [1, 2], [2, 1]];

// --- what can be done ---

#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    Drop,
    Reset,
    Refuse,
    Sever(Notified),
    /// Of the blocking host's own firewall.
    InputDrop,
    InputReject,
    InputReset,
    OutputDrop,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scope {
    All,
    FromPeer,
    ToPeer,
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
    Icmp,
    Port,
    Dport,
    NewConnections,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    effect: Effect,
    scope: Scope,
}

#[derive(Clone, Debug)]
enum Step {
    /// The host that blocks, and its peer.
    Block([usize; 2], Plan),
    // The others name one of the blocks that there are, if there are any.
    Unblock(usize),
    Drop(usize),
    Suspend(usize),
    Swap(usize, Plan),
}

/// Every effect with every scope that it can have.
fn plans() -> Vec<Plan> {
    use {Effect as E, Scope as S};
    let everywhere = [S::All, S::Ipv4, S::Ipv6, S::Tcp, S::Port, S::Dport];
    let one_way = [S::FromPeer, S::ToPeer, S::NewConnections];
    let mut plans = Vec::new();
    let mut add = |effect, scopes: &[Scope]| {
        plans.extend(scopes.iter().map(|scope| Plan { effect, scope: *scope }));
    };
    for effect in [E::Drop, E::Refuse, E::Reset] {
        add(effect, &everywhere);
        add(effect, &one_way);
    }
    for effect in [E::Drop, E::Refuse] {
        add(effect, &[S::Udp, S::Icmp]);
    }
    for told in [Notified::Both, Notified::Host, Notified::Peer, Notified::Neither] {
        add(E::Sever(told), &everywhere);
    }
    for effect in [E::InputDrop, E::InputReject, E::InputReset, E::OutputDrop] {
        add(effect, &[S::All]);
    }
    plans
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let plan = || prop::sample::select(plans());
    let pair = prop::sample::select(PAIRS.to_vec());
    let step = prop_oneof![
        5 => (pair, plan()).prop_map(|(pair, plan)| Step::Block(pair, plan)),
        2 => any::<u8>().prop_map(|which| Step::Unblock(which.into())),
        1 => any::<u8>().prop_map(|which| Step::Drop(which.into())),
        2 => any::<u8>().prop_map(|which| Step::Suspend(which.into())),
        2 => (any::<u8>(), plan()).prop_map(|(which, plan)| Step::Swap(which.into(), plan)),
    ];
    prop::collection::vec(step, STEPS)
}

impl Plan {
    fn policy(self) -> Policy {
        let policy = match self.effect {
            Effect::Drop => Policy::drop(),
            Effect::Reset => Policy::reset(),
            Effect::Refuse => Policy::refuse(IcmpKind::HostUnreachable),
            Effect::Sever(told) => Policy::sever(told),
            Effect::InputDrop => Policy::firewall([Rule::input().drop()]),
            Effect::InputReject => Policy::firewall([Rule::input().reject()]),
            Effect::InputReset => {
                Policy::firewall([Rule::input().tcp().reject_with(RejectWith::TcpReset)])
            }
            Effect::OutputDrop => Policy::firewall([Rule::output().drop()]),
        };
        match self.scope {
            Scope::All => policy,
            Scope::FromPeer => policy.from_peer(),
            Scope::ToPeer => policy.to_peer(),
            Scope::Ipv4 => policy.ipv4(),
            Scope::Ipv6 => policy.ipv6(),
            Scope::Tcp => policy.tcp(),
            Scope::Udp => policy.udp(),
            Scope::Icmp => policy.icmp(),
            Scope::Port => policy.port(SERVICE),
            Scope::Dport => policy.dport(SERVICE),
            Scope::NewConnections => policy.new_connections(),
        }
    }
}

// --- the model ---

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// To the service.
    Datagram,
    /// To the service.
    Syn,
    /// From the service.
    SynAck,
    /// What refuses.
    Icmp,
}

#[derive(Clone, Copy, Debug)]
struct Packet {
    from: usize,
    to: usize,
    ipv6: bool,
    kind: Kind,
}

/// A block as the model knows it.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// The host that blocks, and its peer.
    pair: [usize; 2],
    plan: Plan,
}

impl Known {
    fn takes(&self, packet: Packet) -> bool {
        let Packet { from, to, ipv6, kind } = packet;
        let from_peer = [to, from] == self.pair;
        let to_peer = [from, to] == self.pair;
        let tcp = matches!(kind, Kind::Syn | Kind::SynAck);
        let way = match self.plan.effect {
            Effect::InputDrop | Effect::InputReject => from_peer,
            Effect::InputReset => from_peer && tcp,
            Effect::OutputDrop => to_peer,
            _ => from_peer || to_peer,
        };
        way && match self.plan.scope {
            Scope::All => true,
            Scope::FromPeer => from_peer,
            Scope::ToPeer => to_peer,
            Scope::Ipv4 => !ipv6,
            Scope::Ipv6 => ipv6,
            Scope::Tcp => tcp,
            Scope::Udp => kind == Kind::Datagram,
            Scope::Icmp => kind == Kind::Icmp,
            Scope::Port => kind != Kind::Icmp,
            Scope::Dport => matches!(kind, Kind::Datagram | Kind::Syn),
            Scope::NewConnections => kind == Kind::Syn,
        }
    }

    /// Whether an error of `send` tells the host that sends it.
    fn tells_the_sender(&self, packet: Packet) -> bool {
        self.plan.effect == Effect::OutputDrop && self.takes(packet)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Established,
    Refused(i32),
    /// Silence, or an answer that only some other rule decides about.
    NotEstablished,
}

fn outcome(blocks: &[Known], from: usize, to: usize, ipv6: bool) -> Outcome {
    let taken = |kind, from, to| {
        let packet = Packet { from, to, ipv6, kind };
        blocks.iter().enumerate().filter(move |(_, block)| block.takes(packet))
    };
    let syn: Vec<_> = taken(Kind::Syn, from, to).collect();
    let answers: BTreeSet<usize> = taken(Kind::SynAck, to, from)
        .chain(taken(Kind::Icmp, to, from))
        .map(|(at, _)| at)
        .collect();
    let back = taken(Kind::SynAck, to, from).next().is_some();
    match syn.as_slice() {
        [] if !back => Outcome::Established,
        // A block's answer arrives unless another one takes it.
        [(at, only)] if answers.iter().all(|answer| answer == at) => match only.plan.effect {
            Effect::Reset | Effect::InputReset => Outcome::Refused(libc::ECONNREFUSED),
            // With IPv6 an ICMP error may need a second, which is too long for so many.
            Effect::Refuse if !ipv6 => Outcome::Refused(libc::EHOSTUNREACH),
            Effect::InputReject if !ipv6 => Outcome::Refused(libc::ECONNREFUSED),
            _ => Outcome::NotEstablished,
        },
        _ => Outcome::NotEstablished,
    }
}

// --- the network ---

struct Live {
    block: Block,
    known: Known,
}

/// A host with its open ports.
struct Station {
    host: Host,
    tcp: Listener,
    /// The service, and where others are asked from.
    service: UdpEndpoint,
    asking: UdpEndpoint,
}

impl Station {
    fn new(host: Host) -> Result<Self> {
        let mut tcp = host.listen(SERVICE)?;
        let mut service = host.bind_udp(SERVICE)?;
        // What has arrived is looked at, not waited for.
        tcp.set_deadline(Duration::ZERO);
        service.set_deadline(Duration::ZERO);
        Ok(Self { asking: host.bind_udp(0)?, host, tcp, service })
    }

    fn address(&self, ipv6: bool) -> SocketAddr {
        let address: IpAddr = if ipv6 { self.host.ipv6().into() } else { self.host.ipv4().into() };
        (address, SERVICE).into()
    }
}

fn ensure(holds: bool, said: impl FnOnce() -> String) -> Result {
    if holds { Ok(()) } else { Err(Failure::new(said())) }
}

/// What the blocks have counted that are about these two hosts.
fn counted(live: &[Live], one: usize, other: usize) -> Result<u64> {
    let mut sum = 0;
    for live in live {
        if live.known.pair == [one, other] || live.known.pair == [other, one] {
            sum += live.block.try_packets()?;
        }
    }
    Ok(sum)
}

/// Real traffic on all ways: each datagram and each dial must do as the model says.
fn check(stations: &[Station], live: &[Live]) -> Result {
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

fn check_datagrams(stations: &[Station], live: &[Live], known: &[Known]) -> Result {
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

fn check_dials(
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

fn check_dial(dial: &mut Dial, expected: Outcome) -> Result {
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

fn run(stations: &[Station], steps: &[Step]) -> Result {
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

fn apply(stations: &[Station], live: &mut Vec<Live>, step: &Step) -> Result {
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
fn crowd([one, other]: [&Host; 2]) -> Result<Vec<Block>> {
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
fn sequences(
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

// --- the tests ---

#[netns_test(timeout = "3m")]
fn any_sequence_of_blocks_does_what_the_model_says_and_leaves_no_table() -> Result {
    sequences(SEQUENCES, |_| Ok(Vec::new()), no_table)
}

#[netns_test(timeout = "3m")]
fn any_sequence_among_more_blocks_than_a_table_takes_does_what_the_model_says() -> Result {
    sequences(SEQUENCES / 3, crowd, no_table)
}

fn no_table(host: &Host) -> Result<String> {
    let count = tables::count(host)?;
    ensure(count == 0, || format!("`{}` has {count} tables", host.name()))?;
    Ok(count.to_string())
}

/// Sends a datagram which a block takes, and says which one counted it.
fn who_counts(from: &UdpEndpoint, to: SocketAddr, blocks: &[Block]) -> Result<usize> {
    let before: Vec<u64> = blocks.iter().map(Block::try_packets).collect::<Result<_, _>>()?;
    from.send_to(b"who", to)?;
    let mut counted = Vec::new();
    let met = eventually(LIMIT, || {
        counted = (0..blocks.len()).filter(|at| blocks[*at].packets() > before[*at]).collect();
        !counted.is_empty()
    });
    ensure(met.is_ok() && counted.len() == 1, || format!("{counted:?} counted one datagram"))?;
    Ok(counted[0])
}

#[netns_test]
fn of_more_blocks_than_a_table_takes_the_one_in_effect_for_longest_counts(
    server: Host,
    client: Host,
) -> Result {
    let service = server.bind_udp(SERVICE)?;
    let from = client.bind_udp(0)?;
    // The client's kernel has to know the server's neighbour address before.
    from.send_to(b"hello", service.addr())?;
    service.recv_from()?;
    let who = |blocks: &[Block]| who_counts(&from, service.addr(), blocks);
    let mut blocks = (0..CROWD).map(|_| server.block(&client)).collect::<Result<Vec<_>, _>>()?;
    ensure(who(&blocks)? == 0, || "not the first of all".to_owned())?;

    // One that was suspended, and one that was swapped, are in effect for less long than all others.
    let mut suspended = blocks.remove(0);
    ensure(suspended.suspend(|| who(&blocks))?? == 0, || "not the second".to_owned())?;
    blocks.push(suspended);
    ensure(who(&blocks)? == 0, || "not the second, once the first is back".to_owned())?;
    let mut swapped = blocks.remove(0);
    swapped.swap(Policy::drop().udp())?;
    blocks.push(swapped);
    ensure(who(&blocks)? == 0, || "not the third".to_owned())?;

    // The youngest of the others, the one that was suspended, and the one that was swapped.
    let others = blocks.len() - 3;
    blocks.drain(..others).try_for_each(Block::unblock)?;
    // With what they had counted before that, which is not forgotten.
    for (said, counted) in [("the last made", 1), ("the suspended", 1 + 1), ("the swapped", 2 + 1)]
    {
        ensure(who(&blocks)? == 0, || format!("not {said}"))?;
        let first = blocks.remove(0);
        ensure(first.try_packets()? == counted, || format!("{said}: {}", first.packets()))?;
        first.unblock()?;
    }
    from.send_to(b"passes", service.addr())?;
    ensure(&service.recv_from()?.0 == b"passes", || "a datagram that was blocked".to_owned())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn any_sequence_of_blocks_leaves_the_ruleset_as_nft_lists_it() -> Result {
    sequences(
        SEQUENCES / 2,
        |_| Ok(Vec::new()),
        |host| {
            // Rules of somebody else stay as they are; made again, they are the same.
            let users = "table inet users {}; flush table inet users; \
                     table inet users { chain input { type filter hook input priority 0; \
                     udp dport 9 drop; }; }";
            host.exec("nft", [users])?;
            Ok(host.exec("nft", ["list", "ruleset"])?)
        },
    )
}

/// Of the second table as of the first. A probe that an older table took was waited for, 0.2 s each
/// time; the quickest of several is not slow because the machine is busy.
#[netns_test]
fn a_block_after_more_than_one_table_takes_is_as_quick_as_the_others() -> Result {
    for names in [&["a", "b"][..], &["a", "b", "c"]] {
        let hosts = Net::new().add_hosts(names)?;
        let crowd: std::result::Result<Vec<Block>, _> =
            (0..CROWD).map(|_| hosts[0].block(&hosts[1])).collect();
        let mut crowd = crowd?;
        let quickest = |mut act: Box<dyn FnMut() -> Result + '_>| -> Result<Duration> {
            let mut all = Vec::new();
            for _ in 0..5 {
                let begun = Instant::now();
                act()?;
                all.push(begun.elapsed());
            }
            Ok(all.into_iter().min().unwrap_or_default())
        };
        let last = crowd.last_mut().expect("a crowd");
        let suspended = quickest(Box::new(|| Ok(last.suspend(|| ())?)))?;
        let blocked = quickest(Box::new(|| Ok(hosts[0].block(&hosts[1])?.unblock()?)))?;
        assert!(suspended < PROBE_LOST && blocked < PROBE_LOST, "{suspended:?}, {blocked:?}");
    }
    Ok(())
}
