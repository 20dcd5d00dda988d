use std::borrow::Borrow;
use std::fmt;

use super::dice::Dice;
use super::seed;
use crate::quoted::named;
use crate::record::Place;
use crate::{Error, Host};

/// Who is cut off from whom in a [partition](crate::Net::partition): the ways in which clusters split.
///
/// Groups of hosts convert into a `Split`, so most tests do not name this type. Its functions make the
/// other shapes.
///
/// | shape | with five nodes |
/// |---|---|
/// | [`of`](Self::of) | the groups given |
/// | [`halves`](Self::halves) | the first two against the other three |
/// | [`majority`](Self::majority) | the first three against the other two |
/// | [`isolate`](Self::isolate) | one against the other four |
/// | [`bridge`](Self::bridge) | two against two, and one that sees both |
/// | [`ring`](Self::ring) | each sees its two neighbours and so a majority, and no two see the same one |
/// | [`one_way`](Self::one_way) | what some send to the others vanishes, and the reverse direction passes |
/// | [`random`](Self::random) | drawn from the seed of the test |
///
/// ```no_run
/// use netns_test::{Host, Net, Result, Split, netns_test};
///
/// #[netns_test]
/// fn a_leader_that_is_alone_steps_down(net: Net, a: Host, b: Host, c: Host, client: Host) -> Result {
///     let nodes = [&a, &b, &c];
///     let partition = net.partition(Split::isolate(&a, nodes).bridged_by(&client))?;
///     // The client reaches the old leader as well as the new one.
///     partition.heal()?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    shape: Shape,
    bridges: Vec<Host>,
    pub(super) one_way: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Groups(Vec<Vec<Host>>),
    Ring(Vec<Host>),
    /// What is left when a part was healed.
    Pairs(Vec<[Host; 2]>),
}

impl Split {
    /// Groups of hosts: hosts in different groups are cut off from each other, and hosts in one group are
    /// not.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// let split = Split::of([vec![&a], vec![&b], vec![&c]]);
    /// let _partition = net.partition(split)?;             // each of them is alone
    /// # Ok(()) }
    /// ```
    pub fn of<G>(groups: G) -> Self
    where
        G: IntoIterator<Item: IntoIterator<Item: Borrow<Host>>>,
    {
        Self::groups(groups.into_iter().map(listed).collect())
    }

    /// The first half of the hosts against the second. If the number is odd, the second half is the larger
    /// one.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // `a` alone, and the other two: of an odd number the second half is the larger one.
    /// let partition = net.partition(Split::halves([&a, &b, &c]))?;
    /// partition.heal()?;
    /// # Ok(()) }
    /// ```
    pub fn halves(hosts: impl IntoIterator<Item: Borrow<Host>>) -> Self {
        let hosts = listed(hosts);
        let first = hosts.len() / 2;
        Self::cut_at(hosts, &[first])
    }

    /// The smallest majority, taken from the front, against the others.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // The client stays with the majority: it is in no group, and sees all.
    /// let split = Split::majority([&a, &b, &c]);
    /// assert_eq!(split.pairs(), [[a.clone(), c.clone()], [b.clone(), c.clone()]]);
    /// # Ok(()) }
    /// ```
    pub fn majority(hosts: impl IntoIterator<Item: Borrow<Host>>) -> Self {
        let hosts = listed(hosts);
        let first = hosts.len() / 2 + 1;
        Self::cut_at(hosts, &[first])
    }

    /// One host against all the others. The list may include that host or not.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // A leader that is cut off, whoever it is.
    /// let leader = &b;
    /// let partition = net.partition(Split::isolate(leader, [&a, &b, &c]))?;
    /// partition.heal()?;
    /// # Ok(()) }
    /// ```
    #[doc(alias("minority"))]
    pub fn isolate(host: &Host, hosts: impl IntoIterator<Item: Borrow<Host>>) -> Self {
        Self::groups(vec![vec![host.clone()], without(host, hosts)])
    }

    /// The others in [halves](Self::halves), and one host that sees both. The list may include that host
    /// or not.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // `b` sees both, and they do not see each other.
    /// let partition = net.partition(Split::bridge(&b, [&a, &b, &c]))?;
    /// assert_eq!(partition.split().pairs(), [[a.clone(), c.clone()]]);
    /// # Ok(()) }
    /// ```
    pub fn bridge(host: &Host, hosts: impl IntoIterator<Item: Borrow<Host>>) -> Self {
        Self::halves(without(host, hosts)).bridged_by(host)
    }

    /// The hosts stand in a ring, in the order given. Each sees just enough neighbours on either side to
    /// make a majority, and each sees a different majority.
    ///
    /// It takes four hosts or more: with three, each would see all.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, nodes: [Host; 5]) -> Result {
    /// // Each has a majority, and no two have the same: who is the leader?
    /// let partition = net.partition(Split::ring(&nodes))?;
    /// partition.heal()?;
    /// # Ok(()) }
    /// ```
    #[doc(alias("majorities_ring"))]
    pub fn ring(hosts: impl IntoIterator<Item: Borrow<Host>>) -> Self {
        Self { shape: Shape::Ring(listed(hosts)), bridges: Vec::new(), one_way: false }
    }

    /// What the hosts in `from` send to those in `to` vanishes; the reverse direction passes.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // `a` hears them, and they do not hear it: its heartbeats are lost, and theirs are not.
    /// let partition = net.partition(Split::one_way([&a], [&b, &c]))?;
    /// partition.heal()?;
    /// # Ok(()) }
    /// ```
    pub fn one_way(
        from: impl IntoIterator<Item: Borrow<Host>>,
        to: impl IntoIterator<Item: Borrow<Host>>,
    ) -> Self {
        Self { one_way: true, ..Self::groups(vec![listed(from), listed(to)]) }
    }

    /// Two or three groups, drawn from the seed of the test. A test that fails prints the seed, and
    /// `NETNS_TEST_SEED` sets it. `number` tells several splits of one test apart: the same number gives
    /// the same groups.
    ///
    /// # Errors
    ///
    /// If `NETNS_TEST_SEED` is not a number.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // Another one in each run; a test that fails prints the seed.
    /// for round in 0..10 {
    ///     let partition = net.partition(Split::random([&a, &b, &c], round)?)?;
    ///     println!("{}", partition.split());
    ///     partition.heal()?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn random(
        hosts: impl IntoIterator<Item: Borrow<Host>>,
        number: u64,
    ) -> Result<Self, Error> {
        Ok(Self::random_from(hosts, seed::derived(seed::of_test()?, number)))
    }

    /// As [`random`](Self::random), but drawn from this seed.
    pub fn random_from(hosts: impl IntoIterator<Item: Borrow<Host>>, seed: u64) -> Self {
        let hosts = listed(hosts);
        let count = hosts.len();
        if count < 2 {
            return Self::groups(vec![hosts]);
        }
        let mut dice = Dice::new(seed, 0);
        let order = dice.shuffled(&(0..count).collect::<Vec<usize>>());
        let first = 1 + dice.place(count - 1);
        let mut cuts = vec![first];
        if count - first > 1 && dice.place(2) == 0 {
            cuts.push(first + 1 + dice.place(count - first - 1));
        }
        // Within a group, in the order in which they were given.
        let group_of = |host: usize| {
            let at = order.iter().position(|one| *one == host);
            cuts.iter().filter(|cut| at >= Some(**cut)).count()
        };
        let mut groups = vec![Vec::new(); cuts.len() + 1];
        for (at, host) in hosts.into_iter().enumerate() {
            groups[group_of(at)].push(host);
        }
        Self::groups(groups)
    }

    /// Adds a host that sees all sides, such as a client or a monitor.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // The arbiter sees both halves.
    /// let split = Split::of([vec![&a], vec![&b]]).bridged_by(&c);
    /// assert_eq!(split.pairs().len(), 1);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn bridged_by(mut self, host: &Host) -> Self {
        self.bridges.push(host.clone());
        self
    }

    fn groups(groups: Vec<Vec<Host>>) -> Self {
        Self { shape: Shape::Groups(groups), bridges: Vec::new(), one_way: false }
    }

    fn cut_at(mut hosts: Vec<Host>, cuts: &[usize]) -> Self {
        let mut groups = Vec::new();
        for cut in cuts.iter().rev() {
            groups.push(hosts.split_off((*cut).min(hosts.len())));
        }
        groups.push(hosts);
        groups.reverse();
        Self::groups(groups)
    }

    /// The pairs that are cut off from each other. In each, the host of the earlier group comes first.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// for [one, other] in Split::isolate(&a, [&a, &b, &c]).pairs() {
    ///     println!("{} does not reach {}", one.name(), other.name());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pairs(&self) -> Vec<[Host; 2]> {
        let mut pairs = Vec::new();
        match &self.shape {
            Shape::Groups(groups) => {
                for (at, group) in groups.iter().enumerate() {
                    for host in group {
                        let others = groups[at + 1..].iter().flatten();
                        pairs.extend(others.map(|other| [host.clone(), other.clone()]));
                    }
                }
            }
            Shape::Ring(hosts) => {
                let reach = (hosts.len() / 2).div_ceil(2);
                for (at, host) in hosts.iter().enumerate() {
                    let others = hosts.iter().enumerate().skip(at + reach + 1);
                    let around = |other: usize| at + hosts.len() - other;
                    let far = others.filter(|(other, _)| around(*other) > reach);
                    pairs.extend(far.map(|(_, other)| [host.clone(), other.clone()]));
                }
            }
            Shape::Pairs(left) => pairs.clone_from(left),
        }
        pairs
    }

    /// What is left of it without some of its pairs.
    pub(super) fn without(&self, is_healed: impl Fn(&[Host; 2]) -> bool) -> Self {
        let mut pairs = self.pairs();
        pairs.retain(|pair| !is_healed(pair));
        Self { shape: Shape::Pairs(pairs), bridges: Vec::new(), one_way: self.one_way }
    }

    /// Where the fault is.
    pub(crate) fn place(&self) -> Place<Host> {
        match &self.shape {
            Shape::Groups(groups) => Place::Groups(groups.clone()),
            Shape::Ring(_) | Shape::Pairs(_) => Place::Pairs(self.pairs()),
        }
    }

    /// All hosts that it names.
    pub(super) fn hosts(&self) -> Vec<&Host> {
        let parted: Vec<&Host> = match &self.shape {
            Shape::Groups(groups) => groups.iter().flatten().collect(),
            Shape::Ring(hosts) => hosts.iter().collect(),
            Shape::Pairs(pairs) => pairs.iter().flatten().collect(),
        };
        parted.into_iter().chain(&self.bridges).collect()
    }

    /// Why it separates nobody, or names one host twice; `None` if it is well formed.
    pub(super) fn contradiction(&self) -> Option<String> {
        match &self.shape {
            Shape::Groups(groups) if groups.len() < 2 => {
                return Some("it takes two groups or more".to_owned());
            }
            Shape::Groups(groups) => {
                if let Some(at) = groups.iter().position(Vec::is_empty) {
                    return Some(format!("group {} of {} is empty", at + 1, groups.len()));
                }
            }
            Shape::Ring(hosts) if hosts.len() < 4 => {
                let count = hosts.len();
                return Some(format!("in a ring of {count} each sees all: it takes four or more"));
            }
            Shape::Ring(_) | Shape::Pairs(_) => {}
        }
        let hosts = self.hosts();
        let twice = (0..hosts.len()).find(|at| hosts[..*at].contains(&hosts[*at]));
        twice.map(|at| format!("`{}` is named twice", hosts[at].name()))
    }
}

fn listed(hosts: impl IntoIterator<Item: Borrow<Host>>) -> Vec<Host> {
    hosts.into_iter().map(|host| host.borrow().clone()).collect()
}

fn without(host: &Host, hosts: impl IntoIterator<Item: Borrow<Host>>) -> Vec<Host> {
    listed(hosts).into_iter().filter(|other| other != host).collect()
}

/// Groups of hosts, as [`Split::of`] takes them.
impl<G> From<G> for Split
where
    G: IntoIterator<Item: IntoIterator<Item: Borrow<Host>>>,
{
    fn from(groups: G) -> Self {
        Self::of(groups)
    }
}

/// For instance `` `a`, `b` from `d`, `e`, bridged by `c` ``.
impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Groups(groups) => {
                let groups: Vec<_> = groups.iter().map(|group| shown(group)).collect();
                f.write_str(&groups.join(" from "))?;
            }
            Shape::Ring(hosts) => write!(f, "the ring {}", shown(hosts))?,
            Shape::Pairs(pairs) => f.write_str(&told(pairs))?,
        }
        match self.bridges.is_empty() {
            true => Ok(()),
            false => write!(f, ", bridged by {}", shown(&self.bridges)),
        }
    }
}

/// Each host with all those that it is cut off from.
fn told(pairs: &[[Host; 2]]) -> String {
    let mut from: Vec<(&Host, Vec<Host>)> = Vec::new();
    for [host, other] in pairs {
        match from.iter_mut().find(|(one, _)| *one == host) {
            Some((_, others)) => others.push(other.clone()),
            None => from.push((host, vec![other.clone()])),
        }
    }
    let told = from.iter().take(NAMED);
    let told = told.map(|(host, others)| format!("`{}` from {}", host.name(), shown(others)));
    let mut told: Vec<_> = told.collect();
    if from.len() > NAMED {
        told.push(format!("and {} more from others", from.len() - NAMED));
    }
    told.join("; ")
}

/// How many hosts of a group are named in a text about something else.
const NAMED: usize = 5;

fn shown(hosts: &[Host]) -> String {
    let names = named(hosts.iter().take(NAMED).map(Host::name));
    match hosts.len() {
        0 => "nobody".to_owned(),
        1..=NAMED => names,
        count => format!("{names} and {} more", count - NAMED),
    }
}
