use std::fmt;

use crate::quoted::Quoted;

/// Where a fault is.
///
/// The [timeline](crate::timeline) has it with the names of hosts, the guard of a fault with the hosts
/// themselves.
///
/// ```no_run
/// use netns_test::{Host, Place, Result, netns_test};
///
/// #[netns_test]
/// fn a_block_is_between_two_hosts(server: Host, client: Host) -> Result {
///     let block = client.block(&server)?;
///     assert_eq!(block.place(), &Place::Between([client.clone(), server.clone()]));
///     block.unblock()?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place<H = String> {
    /// Between two hosts: the one on which the fault was called, and its peer.
    Between([H; 2]),
    /// Between groups of hosts. Traffic within a group is untouched.
    Groups(Vec<Vec<H>>),
    /// Between the two hosts of each pair, if no groups say who is cut off from whom.
    Pairs(Vec<[H; 2]>),
    /// On a link, between all its members.
    #[non_exhaustive]
    Link {
        /// The link's name.
        name: String,
        /// Its members.
        hosts: Vec<H>,
    },
    /// At a host, for all its peers.
    Host(H),
    /// In a process of a host.
    #[non_exhaustive]
    Process {
        /// The host.
        host: H,
        /// The program with its arguments.
        process: String,
    },
}

impl<H> Place<H> {
    /// The hosts that it is about, each once, in the order in which they were named.
    pub fn hosts(&self) -> Vec<&H>
    where
        H: PartialEq,
    {
        match self {
            Self::Pairs(pairs) => {
                let mut all = Vec::new();
                for host in pairs.iter().flatten() {
                    if !all.contains(&host) {
                        all.push(host);
                    }
                }
                all
            }
            Self::Between(hosts) => hosts.iter().collect(),
            Self::Groups(groups) => groups.iter().flatten().collect(),
            Self::Link { hosts, .. } => hosts.iter().collect(),
            Self::Host(host) | Self::Process { host, .. } => vec![host],
        }
    }

    /// The same place with other names for the hosts.
    pub(crate) fn map<T>(&self, tell: impl Fn(&H) -> T) -> Place<T> {
        match self {
            Self::Between(hosts) => Place::Between(hosts.each_ref().map(tell)),
            Self::Groups(groups) => {
                let told = |group: &Vec<H>| group.iter().map(&tell).collect();
                Place::Groups(groups.iter().map(told).collect())
            }
            Self::Pairs(pairs) => {
                Place::Pairs(pairs.iter().map(|pair| pair.each_ref().map(&tell)).collect())
            }
            Self::Link { name, hosts } => {
                Place::Link { name: name.clone(), hosts: hosts.iter().map(tell).collect() }
            }
            Self::Host(host) => Place::Host(tell(host)),
            Self::Process { host, process } => {
                Place::Process { host: tell(host), process: process.clone() }
            }
        }
    }

    /// What kind of place it is, in a word.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Between(_) => "between",
            Self::Groups(_) => "groups",
            Self::Pairs(_) => "pairs",
            Self::Link { .. } => "link",
            Self::Host(_) => "host",
            Self::Process { .. } => "process",
        }
    }
}

impl Place {
    /// Whether what one host sends to another may meet this fault. Who receives what is sent to everyone
    /// is unknown.
    pub(crate) fn is_on_the_way(&self, from: &str, to: Option<&str>) -> bool {
        let group_of = |host: &str| match self {
            Self::Groups(groups) => groups.iter().position(|group| group.iter().any(|h| h == host)),
            _ => None,
        };
        let has = |host: &str| self.hosts().iter().any(|one| *one == host);
        match self {
            Self::Between(_) => has(from) && to.is_some_and(has),
            Self::Groups(_) => {
                let ends = (group_of(from), to.and_then(group_of));
                matches!(ends, (Some(from), Some(to)) if from != to)
            }
            Self::Pairs(pairs) => pairs.iter().any(|pair| {
                let has = |host: &str| pair.iter().any(|one| one == host);
                has(from) && to.is_some_and(has)
            }),
            Self::Link { .. } => has(from) && to.is_none_or(has),
            Self::Host(_) | Self::Process { .. } => has(from) || to.is_some_and(has),
        }
    }
}

/// For instance ``between `client` and `server` ``.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |hosts: &[String]| format!("`{}`", hosts.join("`, `"));
        match self {
            Self::Between([one, other]) => write!(f, "between `{one}` and `{other}`"),
            Self::Groups(groups) => {
                let groups: Vec<_> = groups.iter().map(|group| names(group)).collect();
                write!(f, "between {}", groups.join(" and "))
            }
            Self::Pairs(pairs) => {
                let pairs: Vec<_> =
                    pairs.iter().map(|[one, other]| format!("`{one}` and `{other}`")).collect();
                write!(f, "between {}", pairs.join(", "))
            }
            Self::Link { name, hosts } => write!(f, "on link `{name}` of {}", names(hosts)),
            Self::Host(host) => write!(f, "at `{host}`"),
            Self::Process { host, process } => write!(f, "in {} of `{host}`", Quoted(process)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<const N: usize>(names: [&str; N]) -> [String; N] {
        names.map(ToOwned::to_owned)
    }

    /// Each kind of place, with what it is called and which of these ways lead through it: from a
    /// to b, from a to c, from a to everyone, from c to d.
    fn places() -> [(Place, &'static str, [bool; 4]); 6] {
        let [a, b, c] = names(["a", "b", "c"]);
        let process = "agent --fast".to_owned();
        [
            (Place::Between(names(["a", "b"])), "between `a` and `b`", [true, false, false, false]),
            (
                Place::Groups(vec![vec![a.clone(), b.clone()], vec![c]]),
                "between `a`, `b` and `c`",
                [false, true, false, false],
            ),
            (
                Place::Pairs(vec![names(["a", "b"]), names(["d", "c"])]),
                "between `a` and `b`, `d` and `c`",
                [true, false, false, true],
            ),
            (
                Place::Link { name: "wan".to_owned(), hosts: vec![a.clone(), b] },
                "on link `wan` of `a`, `b`",
                [true, false, true, false],
            ),
            (Place::Host(a.clone()), "at `a`", [true, true, true, false]),
            (
                Place::Process { host: a, process },
                "in `agent --fast` of `a`",
                [true, true, true, false],
            ),
        ]
    }

    #[test]
    fn a_place_knows_what_meets_it() {
        let ways = [("a", Some("b")), ("a", Some("c")), ("a", None), ("c", Some("d"))];
        for (place, told, expected) in places() {
            assert_eq!(place.to_string(), told);
            let meets = ways.map(|(from, to)| place.is_on_the_way(from, to));
            assert_eq!(meets, expected, "{place}");
            assert_eq!(place.map(String::clone), place);
        }
    }
}
