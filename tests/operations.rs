//! Random networks, random blocks, and random operations of ip(8) that the hosts' programs do all
//! the while: addresses that come, go and move, and devices on top of an interface. What arrives is
//! exactly what a model says that knows hosts and blocks, and no address; and when all is lifted,
//! rulesets and interfaces are as before.

mod support;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use netns_test::{Block, Failure, Host, Net, Policy, Result, eventually, netns_test};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use support::frame::{self, EVERYBODY, IPV4, Mac, Sender, Tap, UDP};

const SEQUENCES: u32 = 40;
const STEPS: usize = 12;
/// More than anything here takes, also on a busy machine. It bounds what must happen.
const LIMIT: Duration = Duration::from_secs(5);
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// Addresses that any host may take.
const FLOATING: [Ipv4Addr; 3] =
    [Ipv4Addr::new(10, 0, 0, 101), Ipv4Addr::new(10, 0, 0, 102), Ipv4Addr::new(10, 0, 0, 103)];

#[derive(Clone, Copy, Debug)]
enum Way {
    Both,
    FromPeer,
    ToPeer,
}

/// Hosts by their numbers, of which there may be fewer: then it is another one.
#[derive(Clone, Copy, Debug)]
enum Step {
    Block([usize; 2], Way),
    Lift(usize),
    /// Gives a floating address to a host, whoever else has it.
    AddAddress(usize, usize),
    DeleteAddress(usize, usize),
    AddMacvlan(usize),
    DeleteMacvlan(usize),
    /// Says to all that an address is here now.
    Announce(usize, usize),
}

fn steps() -> impl Strategy<Value = (usize, Vec<Step>)> {
    let host = || 0..NAMES.len();
    let address = || 0..FLOATING.len();
    let way = prop::sample::select(vec![Way::Both, Way::FromPeer, Way::ToPeer]);
    let step = prop_oneof![
        4 => ([host(), host()], way).prop_map(|(pair, way)| Step::Block(pair, way)),
        2 => any::<u8>().prop_map(|which| Step::Lift(which.into())),
        2 => (host(), address()).prop_map(|(host, address)| Step::AddAddress(host, address)),
        1 => (host(), address()).prop_map(|(host, address)| Step::DeleteAddress(host, address)),
        2 => host().prop_map(Step::AddMacvlan),
        1 => host().prop_map(Step::DeleteMacvlan),
        1 => (host(), address()).prop_map(|(host, address)| Step::Announce(host, address)),
    ];
    (2..=NAMES.len(), prop::collection::vec(step, STEPS))
}

struct Known {
    block: Block,
    pair: [usize; 2],
    way: Way,
}

impl Known {
    fn takes(&self, from: usize, to: usize) -> bool {
        let [host, peer] = self.pair;
        match self.way {
            Way::Both => [from, to] == [host, peer] || [from, to] == [peer, host],
            Way::FromPeer => [from, to] == [peer, host],
            Way::ToPeer => [from, to] == [host, peer],
        }
    }
}

struct World {
    hosts: Vec<Host>,
    blocks: Vec<Known>,
    taps: Vec<Tap>,
    senders: Vec<Sender>,
}

fn mac(host: usize) -> Mac {
    [2, 0, 0, 0, 0, host as u8 + 1]
}

/// A program that is asked for what is there already, or is not, says so, and nothing has changed.
fn try_ip(host: &Host, words: &str) {
    let _ = host.exec("ip", words.split_whitespace());
}

fn ensure(holds: bool, said: impl FnOnce() -> String) -> Result {
    if holds { Ok(()) } else { Err(Failure::new(said())) }
}

impl World {
    fn of(count: usize) -> Result<(Net, Self)> {
        let net = Net::new();
        let hosts = net.add_hosts(&NAMES[..count])?;
        let taps = hosts.iter().map(|host| Tap::of(host, "eth0", IPV4));
        let taps = taps.collect::<Result<_>>()?;
        let senders = hosts.iter().map(Sender::of).collect::<Result<_>>()?;
        Ok((net, Self { hosts, blocks: Vec::new(), taps, senders }))
    }

    fn host(&self, number: usize) -> &Host {
        &self.hosts[number % self.hosts.len()]
    }

    fn apply(&mut self, step: Step) -> Result {
        match step {
            Step::Block(pair, way) => {
                let pair = pair.map(|number| number % self.hosts.len());
                if pair[0] == pair[1] {
                    return Ok(());
                }
                let policy = match way {
                    Way::Both => Policy::drop(),
                    Way::FromPeer => Policy::drop().from_peer(),
                    Way::ToPeer => Policy::drop().to_peer(),
                };
                let block = self.hosts[pair[0]].block_with(&self.hosts[pair[1]], policy)?;
                self.blocks.push(Known { block, pair, way });
            }
            Step::Lift(which) if !self.blocks.is_empty() => {
                self.blocks.remove(which % self.blocks.len()).block.unblock()?;
            }
            Step::Lift(_) => {}
            Step::AddAddress(host, address) => {
                try_ip(self.host(host), &format!("address add {}/24 dev eth0", FLOATING[address]));
            }
            Step::DeleteAddress(host, address) => {
                try_ip(self.host(host), &format!("address del {}/24 dev eth0", FLOATING[address]));
            }
            Step::AddMacvlan(host) => {
                let host = self.host(host);
                try_ip(host, "link add link eth0 name top type macvlan mode bridge");
                try_ip(host, "link set top up");
            }
            Step::DeleteMacvlan(host) => try_ip(self.host(host), "link del top"),
            Step::Announce(host, address) => {
                let number = host % self.hosts.len();
                let own = (mac(number), FLOATING[address]);
                let packet = frame::arp(1, own, ([0; 6], FLOATING[address]));
                let frame = frame::ethernet(EVERYBODY, mac(number), frame::ARP, &packet);
                self.hosts[number].run(|| frame::send("eth0", &frame))?;
            }
        }
        Ok(())
    }

    /// From each host to each other one, by its interface and by what is on top of it, from its own
    /// address and from one that floats.
    fn check(&self) -> Result {
        let mut expected = vec![Vec::new(); self.hosts.len()];
        let mut blocked = 0;
        let before = self.counted()?;
        for from in 0..self.hosts.len() {
            for to in (0..self.hosts.len()).filter(|to| *to != from) {
                let is_blocked = self.blocks.iter().any(|block| block.takes(from, to));
                for (device, address) in
                    [("eth0", self.hosts[from].ipv4()), ("eth0", FLOATING[0]), ("top", FLOATING[1])]
                {
                    let number = next();
                    match self.send(from, to, device, (address, number)) {
                        Ok(()) if is_blocked => blocked += 1,
                        Ok(()) => expected[to].push(number),
                        // There is no such device now.
                        Err(_) if device == "top" => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        let mut counted = 0;
        let taken = eventually(LIMIT, || {
            counted = self.counted().unwrap_or_default() - before;
            counted >= blocked
        });
        // What hosts say of their own accord, to devices that come, may be among them.
        ensure(taken.is_ok(), || format!("{counted} were counted of {blocked}"))?;
        for (at, expected) in expected.iter().enumerate() {
            let mut arrived = Vec::new();
            let all = eventually(LIMIT, || {
                arrived.extend(self.taps[at].frames().iter().filter_map(|frame| number_of(frame)));
                expected.iter().all(|number| arrived.contains(number))
            });
            arrived.sort_unstable();
            let name = self.hosts[at].name();
            ensure(all.is_ok() && arrived == *expected, || {
                format!("at `{name}` arrived {arrived:?} of {expected:?}")
            })?;
        }
        Ok(())
    }

    fn send(&self, from: usize, to: usize, device: &str, what: (Ipv4Addr, u64)) -> Result {
        let (address, number) = what;
        let payload = [&MARK[..], &number.to_be_bytes()].concat();
        let datagram = frame::udp(9, 9, &payload);
        let packet = frame::ipv4(UDP, address, self.hosts[to].ipv4(), &datagram);
        let sender = if device == "eth0" { mac(from) } else { [6, 0, 0, 0, 0, from as u8 + 1] };
        let frame = frame::ethernet(mac(to), sender, IPV4, &packet);
        Ok(self.senders[from].send(device, &frame)?)
    }

    fn counted(&self) -> Result<u64> {
        let mut all = 0;
        for known in &self.blocks {
            all += known.block.try_packets()?;
        }
        Ok(all)
    }
}

const MARK: [u8; 8] = *b"a model:";

fn next() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// Of a datagram itself: the error that its receiver sends back quotes it.
fn number_of(frame: &[u8]) -> Option<u64> {
    if frame.get(23) != Some(&UDP) {
        return None;
    }
    let at = frame.windows(MARK.len()).position(|part| part == MARK)? + MARK.len();
    Some(u64::from_be_bytes(*frame.get(at..)?.first_chunk()?))
}

/// What a person sees of a host: its devices without their counters, and its rules.
fn surroundings(host: &Host) -> Result<[String; 2]> {
    Ok([host.exec("ip", ["-o", "link"])?, host.exec("nft", ["list", "ruleset"])?])
}

fn run(count: usize, steps: &[Step]) -> Result {
    let (_net, mut world) = World::of(count)?;
    let before: Vec<_> = world.hosts.iter().map(surroundings).collect::<Result<_>>()?;
    world.check()?;
    for step in steps {
        world.apply(*step)?;
        world.check()?;
    }
    while let Some(known) = world.blocks.pop() {
        known.block.unblock()?;
    }
    world.check()?;
    world.hosts.iter().for_each(|host| try_ip(host, "link del top"));
    let after: Vec<_> = world.hosts.iter().map(surroundings).collect::<Result<_>>()?;
    ensure(before == after, || format!("it was {before:?} and is {after:?}"))
}

#[netns_test(timeout = "5m")]
#[ignore = "NOT RUN: needs the programs ip and nft"]
fn whatever_programs_do_to_addresses_and_devices_a_block_is_of_hosts() -> Result {
    let config = Config {
        cases: SEQUENCES,
        // The minimal case is in the message.
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let one = |(count, steps): (usize, Vec<Step>)| {
        run(count, &steps).map_err(|failure| TestCaseError::fail(format!("{failure:?}")))
    };
    TestRunner::new(config).run(&steps(), one).map_err(|error| match error {
        TestError::Fail(reason, (count, steps)) => {
            let steps: Vec<_> = steps.iter().map(|step| format!("\n    {step:?}")).collect();
            let steps = steps.concat();
            Failure::new(format!("{reason}, with {count} hosts, in the shortest sequence{steps}"))
        }
        error @ TestError::Abort(_) => Failure::new(error.to_string()),
    })
}
