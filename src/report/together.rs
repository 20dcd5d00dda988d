//! Faults that a test made together. To a reader, six blocks, made one after the other, that separate two
//! hosts from three are one partition.

use std::fmt;
use std::time::Duration;

use super::episodes::FaultEpisode;
use crate::record::Place;

/// What a test has done in one step is not so far apart, whatever others have done meanwhile.
const APART: Duration = Duration::from_millis(20);
/// Nor is it where nobody has done anything in between, as far as a slow machine explains it.
const WITHOUT_A_BREAK: Duration = Duration::from_millis(250);

/// Blocks of one kind that came into effect together, or any other fault by itself.
#[derive(Debug)]
pub(super) struct Together<'a>(Vec<&'a FaultEpisode>);

/// Puts together what belongs together, in the order in which it was asked for.
pub(super) fn together<'a>(faults: &[&'a FaultEpisode]) -> Vec<Together<'a>> {
    let mut groups: Vec<Together<'_>> = Vec::new();
    for fault in faults {
        match groups.iter_mut().find(|group| group.takes(fault)) {
            Some(group) => group.0.push(fault),
            None => groups.push(Together(vec![fault])),
        }
    }
    groups
}

impl<'a> Together<'a> {
    pub(super) fn first(&self) -> &'a FaultEpisode {
        self.0[0]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a FaultEpisode> {
        self.0.iter().copied()
    }

    /// Whether a fault is one more of these.
    fn takes(&self, fault: &FaultEpisode) -> bool {
        let is_block = |one: &FaultEpisode| {
            one.fault.starts_with("block ") && matches!(one.place, Place::Between(_))
        };
        let (first, last) = (self.0[0], self.0[self.0.len() - 1]);
        let limit = if fault.follows == Some(last.number) { WITHOUT_A_BREAK } else { APART };
        let follows = last.from.is_some_and(|from| fault.asked.saturating_sub(from) < limit);
        let same = first.does() == fault.does() && first.notes == fault.notes;
        // Two between the same hosts are two.
        let is_new = self.iter().all(|one| one.place != fault.place);
        is_block(first) && is_block(fault) && same && is_new && follows
    }

    /// All hosts of it, where its own words leave some out.
    pub(super) fn hosts_left_out(&self) -> Option<String> {
        let first = self.first();
        let is_short = self.0.len() == 1 && first.fault.contains(" more");
        (is_short && matches!(first.place, Place::Groups(_))).then(|| first.place.to_string())
    }

    fn pairs(&self) -> Vec<[&'a str; 2]> {
        let pair = |fault: &'a FaultEpisode| match &fault.place {
            Place::Between([one, other]) => Some([one.as_str(), other.as_str()]),
            _ => None,
        };
        self.iter().filter_map(pair).collect()
    }
}

/// The sides into which pairs part their hosts, if every host of one is cut off from all of the others,
/// and from none of its own.
fn sides<'a>(pairs: &[[&'a str; 2]]) -> Option<Vec<Vec<&'a str>>> {
    let is_cut = |one: &str, other: &str| {
        pairs.iter().any(|pair| *pair == [one, other] || *pair == [other, one])
    };
    let mut sides: Vec<Vec<&str>> = Vec::new();
    for host in pairs.iter().flatten().copied() {
        if sides.iter().flatten().any(|known| *known == host) {
            continue;
        }
        match sides.iter_mut().find(|side| side.iter().any(|other| !is_cut(host, other))) {
            Some(side) => side.push(host),
            None => sides.push(vec![host]),
        }
    }
    let agrees = |(at, side): (usize, &Vec<&str>)| {
        let inside = side.iter().all(|one| side.iter().all(|other| !is_cut(one, other)));
        let others = || sides[at + 1..].iter().flatten();
        inside && side.iter().all(|one| others().all(|other| is_cut(one, other)))
    };
    sides.iter().enumerate().all(agrees).then(|| sides.clone())
}

/// For instance ``6 blocks that part `a`, `b` from `c`, `d`, `e` ``.
impl fmt::Display for Together<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.first();
        let [_, _, ..] = self.0[..] else { return f.write_str(&first.fault) };
        let pairs = self.pairs();
        let named = |hosts: &[&str]| format!("`{}`", hosts.join("`, `"));
        write!(f, "{} blocks ", pairs.len())?;
        match sides(&pairs) {
            Some(sides) => {
                let sides: Vec<_> = sides.iter().map(|side| named(side)).collect();
                write!(f, "that part {}", sides.join(" from "))?;
            }
            None => {
                let pairs: Vec<_> =
                    pairs.iter().map(|[one, other]| format!("`{one}` and `{other}`")).collect();
                write!(f, "between {}", pairs.join(", "))?;
            }
        }
        first.does().map_or(Ok(()), |does| write!(f, " by {does}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::episodes::faults;
    use super::*;
    use crate::record::{Entry, Event, FaultPhase};

    /// A block that came into effect so many milliseconds after the beginning.
    fn block(at: u64, [one, other]: [&str; 2], by: &str) -> [Entry; 2] {
        let fault = format!("block `{other}` from `{one}`{by}");
        let place = Place::Between([one.to_owned(), other.to_owned()]);
        [FaultPhase::Asked, FaultPhase::InEffect].map(|phase| {
            let number = at;
            let event = Event::Fault { number, fault: fault.clone(), place: place.clone(), phase };
            Entry { at: Duration::from_millis(at), event }
        })
    }

    fn told(blocks: impl IntoIterator<Item = [Entry; 2]>) -> Vec<String> {
        let entries: Vec<_> = blocks.into_iter().flatten().collect();
        let faults = faults(&entries);
        let all: Vec<_> = faults.iter().collect();
        together(&all).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn blocks_that_part_hosts_in_sides_are_told_as_that() {
        let pairs = ["a", "b"].map(|one| ["c", "d", "e"].map(|other| [one, other]));
        let six = pairs.as_flattened().iter().zip(1..).map(|(pair, at)| block(at, *pair, ""));
        assert_eq!(told(six), ["6 blocks that part `a`, `b` from `c`, `d`, `e`"]);
        let all = [["a", "b"], ["b", "c"], ["c", "a"]].into_iter().zip(1..);
        let three = all.map(|(pair, at)| block(at, pair, " by reset"));
        assert_eq!(told(three), ["3 blocks that part `a` from `b` from `c` by reset"]);
    }

    /// On a slow machine it may take long to make each of them.
    #[test]
    fn blocks_that_were_made_one_right_after_the_other_are_together() {
        let blocks = || [block(100, ["a", "b"], ""), block(200, ["a", "c"], "")];
        assert_eq!(told(blocks()), ["2 blocks that part `a` from `b`, `c`"]);
        let [one, other] = blocks();
        let event = Event::Mark { text: "between".to_owned() };
        let mark = Entry { at: Duration::from_millis(150), event };
        let entries = [&one[..], &[mark], &other].concat();
        let marked = faults(&entries);
        assert_eq!(together(&marked.iter().collect::<Vec<_>>()).len(), 2);
        let later = [block(100, ["a", "b"], ""), block(1100, ["a", "c"], "")];
        assert_eq!(told(later), ["block `b` from `a`", "block `c` from `a`"]);
    }

    #[test]
    fn what_has_no_sides_is_told_pair_by_pair() {
        let chain = [["a", "b"], ["c", "d"], ["b", "c"]].into_iter().zip(1..);
        let chain = chain.map(|(pair, at)| block(at, pair, ""));
        assert_eq!(told(chain), ["3 blocks between `a` and `b`, `c` and `d`, `b` and `c`"]);
    }

    #[test]
    fn what_is_of_another_kind_or_of_the_same_hosts_stands_by_itself() {
        let blocks = [
            block(1, ["a", "b"], ""),
            block(2, ["a", "c"], " by reset"),
            block(3, ["a", "d"], ""),
            block(4, ["a", "d"], ""),
        ];
        let expected = [
            "2 blocks that part `a` from `b`, `d`",
            "block `c` from `a` by reset",
            "block `d` from `a`",
        ];
        assert_eq!(told(blocks), expected);
    }
}
