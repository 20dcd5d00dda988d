use std::fmt;
use std::ops::RangeInclusive;

/// Ports of TCP or UDP: one, a range, or any number of both.
///
/// [`Policy::port`](crate::Policy::port) and its siblings take anything that converts into it: a number, a
/// range, or an array or `Vec` of either.
///
/// ```
/// use netns_test::{Policy, Ports};
///
/// let one = Policy::drop().dport(80);
/// let range = Policy::drop().dport(8000..=8099);
/// let some = Policy::drop().dport([80, 443]);
/// let mixed = Policy::drop().dport(Ports::from(22).and(8000..=8099).and([80, 443]));
/// assert_eq!(mixed.to_string(), "drop (dport {22, 80, 443, 8000-8099})");
/// # let _ = (one, range, some);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ports {
    /// Sorted; no two of them touch each other.
    ranges: Vec<(u16, u16)>,
}

/// How many are named in a text about something else.
const SHOWN: usize = 8;

impl Ports {
    /// These and others.
    ///
    /// ```
    /// use netns_test::Ports;
    ///
    /// // The ports of etcd, and what is published beside them. Those that touch are one range.
    /// let ports = Ports::from([2379, 2380]).and(2381..=2390);
    /// assert_eq!(ports.to_string(), "2379-2390");
    /// ```
    #[must_use]
    pub fn and(self, others: impl Into<Self>) -> Self {
        let mut all = self.ranges;
        all.extend(others.into().ranges);
        Self::of(all)
    }

    /// Whether the port is one of them.
    ///
    /// ```
    /// let web: netns_test::Ports = [80, 443].into();
    /// assert!(web.contains(443) && !web.contains(8080));
    /// ```
    pub fn contains(&self, port: u16) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&port))
    }

    pub(super) fn ranges(&self) -> &[(u16, u16)] {
        &self.ranges
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    fn of(mut ranges: Vec<(u16, u16)>) -> Self {
        ranges.retain(|(first, last)| first <= last);
        ranges.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        Self { ranges: merged }
    }

    /// As nft(8) or iptables(8) writes a set of them; the word goes between the ends of a range.
    pub(super) fn text(&self, between: &str, shown: usize) -> String {
        let text = |(first, last): &(u16, u16)| match first == last {
            true => first.to_string(),
            false => format!("{first}{between}{last}"),
        };
        let mut words: Vec<String> = self.ranges.iter().take(shown).map(text).collect();
        if self.ranges.len() > shown {
            words.push(format!("and {} more", self.ranges.len() - shown));
        }
        words.join(", ")
    }
}

/// `80`, `8000-8099`, or `{22, 80, 8000-8099}`; a long list is cut.
impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text("-", SHOWN);
        if self.ranges.len() == 1 { f.write_str(&text) } else { write!(f, "{{{text}}}") }
    }
}

impl From<u16> for Ports {
    fn from(port: u16) -> Self {
        Self::of(vec![(port, port)])
    }
}

impl From<RangeInclusive<u16>> for Ports {
    fn from(range: RangeInclusive<u16>) -> Self {
        Self::of(vec![(*range.start(), *range.end())])
    }
}

impl<T: Into<Ports>> FromIterator<T> for Ports {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        Self::of(all.into_iter().flat_map(|ports| ports.into().ranges).collect())
    }
}

impl<T: Into<Ports>, const N: usize> From<[T; N]> for Ports {
    fn from(all: [T; N]) -> Self {
        all.into_iter().collect()
    }
}

impl<T: Into<Ports>> From<Vec<T>> for Ports {
    fn from(all: Vec<T>) -> Self {
        all.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_sorted_and_those_that_touch_are_one() {
        let ports = Ports::from([5..=9, 1..=2, 3..=3, 7..=20]);
        assert_eq!(ports.ranges(), [(1, 3), (5, 20)]);
        assert_eq!(ports.to_string(), "{1-3, 5-20}");
        assert!(ports.contains(3) && !ports.contains(4) && ports.contains(20));
        assert_eq!(Ports::from([65535, 65534]).ranges(), [(65534, 65535)]);
    }

    #[test]
    fn a_range_without_ports_is_none() {
        #[expect(clippy::reversed_empty_ranges, reason = "that is the point")]
        let none = Ports::from(9..=5);
        assert!(none.is_empty() && !none.contains(7));
    }

    #[test]
    fn a_long_list_is_cut() {
        let many: Ports = (0..100u16).map(|number| number * 2).collect();
        assert_eq!(many.ranges().len(), 100);
        assert_eq!(many.to_string(), "{0, 2, 4, 6, 8, 10, 12, 14, and 92 more}");
        assert_eq!(Ports::from(8000..=8099).to_string(), "8000-8099");
    }
}
