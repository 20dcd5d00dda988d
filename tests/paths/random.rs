//! Random networks: reachability is what the graph says, before, during and after random blocks.

use std::collections::{BTreeMap, BTreeSet};

use netns_test::{Block, Host, Net, Result, Topology, UdpEndpoint, eventually, netns_test};

use super::post::SOON;

const PORT: u16 = 9000;

/// Numbers that look random and are the same in every run (Marsaglia, xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Who is on which LANs, and which LANs the routers join.
struct Drawing {
    lans: usize,
    hosts: Vec<BTreeSet<usize>>,
    routers: Vec<BTreeSet<usize>>,
}

impl Drawing {
    fn random(dice: &mut Dice) -> Self {
        let lans = 2 + dice.below(3);
        let mut hosts: Vec<BTreeSet<usize>> = (0..lans).map(|lan| [lan].into()).collect();
        for _ in 0..3 {
            // Some are on two of them.
            hosts.push([dice.below(lans), dice.below(lans)].into());
        }
        let mut routers: Vec<BTreeSet<usize>> = Vec::new();
        while routers.len() < 1 + dice.below(3) {
            let (one, other) = (dice.below(lans), dice.below(lans));
            if one != other {
                routers.push([one, other].into());
            }
        }
        // A link joins two.
        for lan in 0..lans {
            let has = |all: &[BTreeSet<usize>]| all.iter().filter(|one| one.contains(&lan)).count();
            if has(&hosts) + has(&routers) < 2 {
                hosts.push([lan].into());
            }
        }
        Self { lans, hosts, routers }
    }

    fn topology(&self) -> Topology {
        let lan = |lan: usize| format!("lan{lan}");
        let mut topology = Topology::new();
        for number in 0..self.lans {
            let on = (0..self.hosts.len()).filter(|host| self.hosts[*host].contains(&number));
            topology = topology.lan(&lan(number), on.map(name).collect::<Vec<_>>());
        }
        for (number, joined) in self.routers.iter().enumerate() {
            let joined = joined.iter().map(|number| lan(*number)).collect::<Vec<_>>();
            topology = topology.router(&format!("router{number}"), joined);
        }
        topology
    }

    /// The LANs to which one's datagrams get.
    fn reached_from(&self, host: usize) -> BTreeSet<usize> {
        let mut reached = self.hosts[host].clone();
        for _ in 0..self.lans {
            for router in &self.routers {
                if !router.is_disjoint(&reached) {
                    reached.extend(router);
                }
            }
        }
        reached
    }
}

fn name(host: usize) -> String {
    format!("host{host}")
}

struct Trial {
    drawing: Drawing,
    hosts: Vec<Host>,
    sockets: Vec<UdpEndpoint>,
}

impl Trial {
    /// Sends a datagram from each host to each address of each other one. Those that the graph says get
    /// there do, the blocks take those of their hosts, and there are no others.
    fn round(&self, text: &str, blocked: &BTreeSet<[usize; 2]>, blocks: &[Block]) -> Result {
        let counted = || blocks.iter().map(Block::packets).sum::<u64>();
        let (before, mut taken) = (counted(), 0);
        let mut expected: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for from in 0..self.hosts.len() {
            let reached = self.drawing.reached_from(from);
            for to in (0..self.hosts.len()).filter(|to| *to != from) {
                for link in self.hosts[to].links() {
                    let is_reached = reached.contains(&link.name()["lan".len()..].parse()?);
                    for address in link.addrs(&self.hosts[to]) {
                        // What no router knows leaves by a default route into nowhere, which may lead
                        // past a block, and is counted there.
                        if !is_reached && !blocks.is_empty() {
                            continue;
                        }
                        let message = format!("{text} {from} {address}");
                        let sent = self.sockets[from].send_to(message.as_bytes(), (address, PORT));
                        match blocked.contains(&[from.min(to), from.max(to)]) {
                            true if is_reached => taken += 1,
                            false if is_reached => expected.entry(to).or_default().push(message),
                            _ => continue,
                        }
                        sent?;
                    }
                }
            }
        }
        for (to, mut messages) in expected {
            let got = messages.iter().map(|_| self.sockets[to].recv_from());
            let mut got =
                got.map(|got| Ok(String::from_utf8(got?.0)?)).collect::<Result<Vec<_>>>()?;
            messages.sort();
            got.sort();
            assert_eq!(got, messages, "host{to}");
        }
        eventually(SOON, || counted() == before + taken)?;
        Ok(())
    }
}

#[netns_test(timeout = "2m")]
fn reachability_is_what_the_graph_says() -> Result {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut taken = 0;
    for number in 0..8 {
        let drawing = Drawing::random(&mut dice);
        println!("{number}: {:?}, routers {:?}", drawing.hosts, drawing.routers);
        let net = Net::new();
        net.add_topology(&drawing.topology())?;
        let hosts = (0..drawing.hosts.len()).map(|host| Ok(net.host(&name(host))?));
        let hosts = hosts.collect::<Result<Vec<_>>>()?;
        let sockets = hosts.iter().map(|host| Ok(host.bind_udp(PORT)?));
        let trial = Trial { drawing, sockets: sockets.collect::<Result<_>>()?, hosts };
        trial.round("before", &BTreeSet::new(), &[])?;

        let (mut blocked, mut blocks) = (BTreeSet::new(), Vec::new());
        for _ in 0..4 {
            let [one, other] = [(); 2].map(|()| dice.below(trial.hosts.len()));
            let lans = &trial.drawing.hosts;
            let joined = |from, to: usize| !trial.drawing.reached_from(from).is_disjoint(&lans[to]);
            if one == other {
                continue;
            }
            match trial.hosts[one].block(&trial.hosts[other]) {
                Ok(block) => blocks.push(block),
                Err(error) if joined(one, other) || joined(other, one) => return Err(error.into()),
                Err(_) => continue,
            }
            assert!(joined(one, other) || joined(other, one), "there is no way");
            blocked.insert([one.min(other), one.max(other)]);
        }
        trial.round("during", &blocked, &blocks)?;
        taken += blocks.iter().map(Block::packets).sum::<u64>();
        while let Some(block) = blocks.pop() {
            block.unblock()?;
        }
        trial.round("after", &BTreeSet::new(), &[])?;
    }
    assert!(taken > 50, "{taken}");
    Ok(())
}
