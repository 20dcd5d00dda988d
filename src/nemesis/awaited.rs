use std::time::Instant;

use super::course::Phase;

/// The fault that somebody waits for: the one in effect when the wait begins, or else the next one.
#[derive(Default)]
pub(super) struct Awaited {
    /// How many faults had begun by then.
    before: Option<usize>,
}

impl Awaited {
    /// When it came into effect, if it has, as the phases are now. It may be over again: whoever waits
    /// does not see each moment.
    pub(super) fn seen_in(&mut self, phases: &[Phase]) -> Option<Instant> {
        let now = phases.iter().find_map(|phase| match phase {
            Phase::InEffect(since) => Some(*since),
            _ => None,
        });
        let begun = || phases.iter().filter(|phase| phase.since().is_some()).count();
        let before = *self.before.get_or_insert_with(begun);
        let next = || phases.iter().filter_map(Phase::since).nth(before);
        now.or_else(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_came_and_went_between_two_looks_is_seen() {
        let [first, second, third] = std::array::from_fn(|_| Instant::now());
        let over = |since| Phase::Over(since, Instant::now());
        let mut awaited = Awaited::default();
        assert_eq!(awaited.seen_in(&[over(first), Phase::Waiting]), None, "it was before");
        assert_eq!(awaited.seen_in(&[over(first), over(second)]), Some(second));
        // One in effect is seen at once, and of two that came the first one.
        let in_effect = [over(first), Phase::InEffect(second), Phase::Waiting];
        assert_eq!(Awaited::default().seen_in(&in_effect), Some(second));
        let mut awaited = Awaited::default();
        assert_eq!(awaited.seen_in(&[Phase::Waiting, Phase::Waiting]), None);
        assert_eq!(awaited.seen_in(&[over(second), over(third)]), Some(second));
    }
}
