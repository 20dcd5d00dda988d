//! The kinds of faults of the network.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::drawn::{Drawn, InEffect};
use super::field::Field;
use super::kind::Kind;
use crate::fault::Dice;
use crate::fault::{foresee_block, foresee_impair, foresee_partition};
use crate::record::Place;
use crate::{Error, Forget, Host, IcmpKind, Impairment, Notified, Policy, Rule, Split};

/// How slow and how lossy a wire of the catalogue is.
const SLOW: Duration = Duration::from_millis(500);
const LOSSY: f64 = 0.3;

impl Kind {
    /// Two hosts are cut off from each other, as the policy says. A one-way policy may affect either of
    /// them, because either may be drawn first.
    pub fn block(policy: Policy) -> Self {
        let asked = policy.clone();
        let told = move |field: &Field, host: &Host, peer: &Host| {
            let told = foresee_block(host, peer, &asked)?;
            field.check_path([host, peer], &told)?;
            Ok(told)
        };
        Self::between_two(format!("block by {policy}"), told, move |host, peer| {
            Ok(InEffect::of(host.block_with(peer, policy.clone())?))
        })
    }

    /// The wire between two hosts is impaired.
    pub fn impair(impairment: Impairment) -> Self {
        let asked = impairment.clone();
        let told = move |_: &Field, host: &Host, peer: &Host| foresee_impair(host, peer, &asked);
        Self::between_two(format!("impair by {impairment}"), told, move |host, peer| {
            Ok(InEffect::of(host.impair(peer, impairment.clone())?))
        })
    }

    /// The hosts are partitioned in a shape that is possible for so many: halves, a majority, one alone, a
    /// bridge, a ring, one way, or any groups ([`Split`]). The shape and the place of each host are drawn.
    /// Hosts of the net that are not the nemesis's own, such as a client, see all sides.
    pub fn partition(policy: Policy) -> Self {
        let one_way_already = policy.is_one_way();
        Self::parts("partition", policy, move |hosts, dice| {
            let mut shapes: Vec<fn(Vec<Host>, &mut Dice) -> Split> = vec![
                |hosts, _| Split::halves(hosts),
                |hosts, _| Split::isolate(&hosts[0].clone(), hosts),
                |hosts, dice| Split::random_from(hosts, dice.below(u64::MAX)),
            ];
            if hosts.len() > 2 {
                shapes.push(|hosts, _| Split::majority(hosts));
                shapes.push(|hosts, _| Split::bridge(&hosts[0].clone(), hosts));
            }
            if hosts.len() > 3 {
                shapes.push(|hosts, _| Split::ring(hosts));
            }
            if !one_way_already {
                shapes.push(|hosts, dice| {
                    let first = 1 + dice.place(hosts.len() - 1);
                    let (from, to) = hosts.split_at(first);
                    Split::one_way(from, to)
                });
            }
            shapes[dice.place(shapes.len())](hosts, dice)
        })
    }

    /// The hosts are partitioned in one shape. The closure is given them in a drawn order.
    ///
    /// ```
    /// use netns_test::nemesis::Kind;
    /// use netns_test::{Policy, Split};
    ///
    /// let ring = Kind::split(Split::ring, Policy::drop());
    /// let deaf = Kind::split(|hosts| Split::one_way(&hosts[1..], &hosts[..1]), Policy::drop());
    /// # let _ = (ring, deaf);
    /// ```
    pub fn split(
        shape: impl Fn(Vec<Host>) -> Split + Send + Sync + 'static,
        policy: Policy,
    ) -> Self {
        Self::parts("split", policy, move |hosts, _| shape(hosts))
    }

    fn parts(
        name: &'static str,
        policy: Policy,
        shape: impl Fn(Vec<Host>, &mut Dice) -> Split + Send + Sync + 'static,
    ) -> Self {
        let (asked, drawn) = (policy.clone(), policy.clone());
        let shape = Arc::new(shape);
        let first = Arc::clone(&shape);
        let check = move |field: &Field| {
            field.net(name)?;
            field.all_pairs(name, |host, peer| {
                let told = foresee_block(host, peer, &asked)?;
                field.check_path([host, peer], &told)
            })?;
            let split = bridged(first(field.hosts.clone(), &mut Dice::new(0, 0)), field);
            foresee_partition(&field.known, &split, &asked).map(drop)
        };
        let draw = move |field: &Field, dice: &mut Dice| {
            let hosts = dice.shuffled(&field.hosts);
            let split = bridged(shape(hosts, dice), field);
            let told = foresee_partition(&field.known, &split, &drawn)?;
            let (net, policy, place) = (field.net(name)?, drawn.clone(), split.place());
            let begin = move || Ok(InEffect::of(net.partition_with(split, policy)?));
            Ok(Drawn { told, place, begin: Box::new(begin) })
        };
        Self::made(format!("{name} by {policy}"), check, draw)
    }

    /// The cable of one host is pulled, at one of its links.
    pub fn cut() -> Self {
        let check = |field: &Field| match field.hosts.iter().find(|host| host.links().is_empty()) {
            Some(host) => {
                Err(Error::new(format!("cut `{}` off", host.name()), "it is not linked yet"))
            }
            None => Ok(()),
        };
        let draw = |field: &Field, dice: &mut Dice| {
            let host = field.one(dice);
            let links = host.links();
            let link = links[dice.place(links.len())].clone();
            let told = format!("cut `{}` off link `{}`", host.name(), link.name());
            let others = link.hosts().iter().filter(|other| **other != host).cloned().collect();
            let place = Place::Groups(vec![vec![host.clone()], others]);
            let begin = move || Ok(InEffect::of(link.cut(&host)?));
            Ok(Drawn { told, place, begin: Box::new(begin) })
        };
        Self::made("cut", check, draw)
    }

    /// A router of the net that [translates](Host::set_nat) forgets its connections; it need not be a host
    /// of the nemesis. This happens in an instant, but has its time in the schedule like any other fault.
    pub fn forget_connections(kind: Forget) -> Self {
        let translating = |field: &Field| -> Vec<Host> {
            let all = field.known.routers.iter();
            all.filter(|router| router.translates_by().is_some()).cloned().collect()
        };
        let check = move |field: &Field| match translating(field).is_empty() {
            true => {
                let refused =
                    Error::new("have a router forget", "no router of the net translates addresses");
                Err(refused.with_help("set one up with `Host::set_nat`"))
            }
            false => Ok(()),
        };
        let draw = move |field: &Field, dice: &mut Dice| {
            let routers = translating(field);
            let router = routers[dice.place(routers.len())].clone();
            let told = format!("`{}` forgets its connections", router.name());
            let place = Place::Host(router.clone());
            let begin = move || {
                router.forget_connections(kind)?;
                Ok(InEffect::of(|| Ok(())))
            };
            Ok(Drawn { told, place, begin: Box::new(begin) })
        };
        Self::made("a router forgets its connections", check, draw)
    }

    /// An address of one host moves to another on its link, and back when the fault ends.
    pub fn move_addr(address: IpAddr) -> Self {
        let operation = format!("move {address}");
        let check = move |field: &Field| {
            field.net(&operation)?;
            movement(field, address, &operation).map(drop)
        };
        let draw = move |field: &Field, dice: &mut Dice| {
            let (from, to) = movement(field, address, "move")?;
            let to = to[dice.place(to.len())].clone();
            let told = format!("move {address} from `{}` to `{}`", from.name(), to.name());
            let place = Place::Between([from.clone(), to.clone()]);
            let net = field.net("move")?;
            let begin = move || {
                net.move_addr(address, &from, &to)?;
                Ok(InEffect::of(move || Ok(net.move_addr(address, &to, &from)?)))
            };
            Ok(Drawn { told, place, begin: Box::new(begin) })
        };
        Self::made(format!("move {address}"), check, draw)
    }

    /// One kind of each outage that needs nothing but hosts on a link: blocks by `drop`, by one-way
    /// `drop`, by `reset`, `refuse`, `sever`, `hold` and by firewall rules; partitions; slow or lossy
    /// wires; a pulled cable, a frozen host, a power failure.
    ///
    /// The list may grow. It is a plain `Vec`: leave out what does not matter, add what does.
    pub fn catalogue() -> Vec<Self> {
        vec![
            Self::block(Policy::drop()),
            Self::block(Policy::drop().from_peer()),
            Self::block(Policy::reset()),
            Self::block(Policy::refuse(IcmpKind::HostUnreachable)),
            Self::block(Policy::sever(Notified::Both)),
            Self::block(Policy::hold()),
            Self::block(Policy::firewall([Rule::input().drop(), Rule::output().drop()])),
            Self::partition(Policy::drop()),
            Self::impair(Impairment::delay(SLOW)),
            Self::impair(Impairment::new().loss(LOSSY)),
            Self::cut(),
            Self::freeze(),
            Self::power_off(),
        ]
    }
}

/// The same, and who is not of the nemesis sees all sides.
fn bridged(split: Split, field: &Field) -> Split {
    field.others().fold(split, |split, other| split.bridged_by(other))
}

/// Which of the hosts has the address, and which may get it.
fn movement(field: &Field, address: IpAddr, operation: &str) -> Result<(Host, Vec<Host>), Error> {
    let refuse = |cause: &str| Err(Error::new(operation, cause));
    let Some(from) = field.hosts.iter().find(|host| host.addrs().contains(&address)) else {
        return refuse("none of these hosts has this address");
    };
    let links = from.links();
    let near = |other: &Host| {
        links.iter().any(|link| {
            link.joins(other) && link.subnets().iter().any(|subnet| subnet.contains(address))
        })
    };
    let to: Vec<Host> =
        field.hosts.iter().filter(|other| *other != from && near(other)).cloned().collect();
    match to.is_empty() {
        true => refuse("no other of these hosts is on a link with the subnet of this address"),
        false => Ok((from.clone(), to)),
    }
}
