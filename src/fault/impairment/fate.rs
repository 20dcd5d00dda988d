//! What becomes of each packet of one direction of a wire.

use std::time::Duration;

use super::draw::{Draws, Question};
use super::loss::Losing;
use super::value::Impairment;

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fault) struct Fate {
    pub(in crate::fault) lost: bool,
    pub(in crate::fault) doubled: bool,
    /// Whether it goes ahead of those that wait.
    pub(in crate::fault) reordered: bool,
    /// How much later it arrives than it was sent, if it does not go ahead.
    pub(in crate::fault) delay: Duration,
}

/// The fates of the packets of one direction, in the order in which they come: a function of the
/// seed, the direction and the number of the packet.
#[derive(Clone, Debug)]
pub(in crate::fault) struct Fates {
    draws: Draws,
    losing: Losing,
    next: u64,
}

impl Fates {
    pub(in crate::fault) fn new(seed: u64, direction: u64) -> Self {
        Self { draws: Draws::new(seed, direction), losing: Losing::default(), next: 0 }
    }

    /// The fate of the next packet on a wire that is so.
    pub(in crate::fault) fn next(&mut self, wire: &Impairment) -> Fate {
        let (packet, draws) = (self.next, self.draws);
        self.next += 1;
        let lost = wire.loss.is_some_and(|loss| self.losing.takes(loss, draws, packet));
        let happens = |question, probability| draws.happens(packet, question, probability);
        Fate {
            lost,
            doubled: !lost && happens(Question::Duplicate, wire.duplicate),
            reordered: !lost && happens(Question::Reorder, wire.reorder),
            delay: self.delay(wire, packet),
        }
    }

    fn delay(&self, wire: &Impairment, packet: u64) -> Duration {
        if wire.jitter.is_zero() {
            return wire.delay;
        }
        let offset = wire.distribution.offset(self.draws, packet) * wire.jitter.as_secs_f64();
        // Nothing arrives before it was sent.
        let seconds = (wire.delay.as_secs_f64() + offset).max(0.0);
        Duration::try_from_secs_f64(seconds).unwrap_or(wire.delay)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::seed::direction;
    use super::super::loss::Loss;
    use super::*;

    const N: usize = 20_000;
    const DELAY: Duration = Duration::from_millis(80);
    const JITTER: Duration = Duration::from_millis(20);

    fn fates(wire: &Impairment, seed: u64) -> Vec<Fate> {
        let mut fates = Fates::new(seed, direction("client", "server"));
        (0..N).map(|_| fates.next(wire)).collect()
    }

    fn all_kinds() -> Impairment {
        Impairment::delay(DELAY)
            .jitter(JITTER)
            .loss(Loss::gemodel(0.02, 0.3))
            .duplicate(0.1)
            .reorder(0.05)
    }

    #[test]
    fn the_same_seed_gives_the_same_fates_and_another_one_others() {
        assert_eq!(fates(&all_kinds(), 1), fates(&all_kinds(), 1));
        assert_ne!(fates(&all_kinds(), 1), fates(&all_kinds(), 2));
    }

    /// One kind more does not change what becomes of a packet by the others.
    #[test]
    fn kinds_do_not_depend_on_each_other() {
        let one = fates(&Impairment::new().loss(0.3), 9);
        let more = fates(&Impairment::delay(DELAY).loss(0.3).duplicate(0.5).reorder(0.5), 9);
        assert!(one.iter().zip(&more).all(|(one, more)| one.lost == more.lost));
    }

    #[test]
    fn what_is_doubled_or_reordered_is_as_frequent_as_asked() {
        let fates = fates(&Impairment::delay(DELAY).duplicate(0.1).reorder(0.05), 3);
        let count = |of: fn(&Fate) -> bool| fates.iter().filter(|fate| of(fate)).count() as f64;
        for (asked, seen) in
            [(0.1, count(|fate| fate.doubled)), (0.05, count(|fate| fate.reordered))]
        {
            let sigma = (N as f64 * asked * (1.0 - asked)).sqrt();
            assert!((seen - N as f64 * asked).abs() < 4.0 * sigma, "{asked}: {seen}");
        }
    }

    #[test]
    fn what_is_lost_is_nothing_else() {
        let fates = fates(&Impairment::delay(DELAY).loss(0.5).duplicate(1.0).reorder(1.0), 4);
        assert!(fates.iter().all(|fate| fate.lost != fate.doubled && fate.lost != fate.reordered));
    }

    /// Half of a uniform jitter is early, and the mean is the delay.
    #[test]
    fn jitter_is_around_the_delay() {
        let fates = fates(&Impairment::delay(DELAY).jitter(JITTER), 5);
        assert!(fates.iter().all(|fate| (DELAY - JITTER..=DELAY + JITTER).contains(&fate.delay)));
        let mean = fates.iter().map(|fate| fate.delay.as_secs_f64()).sum::<f64>() / N as f64;
        let sigma = JITTER.as_secs_f64() / 3_f64.sqrt() / (N as f64).sqrt();
        assert!((mean - DELAY.as_secs_f64()).abs() < 4.0 * sigma, "{mean}");
        let without = super::tests::fates(&Impairment::delay(DELAY), 5);
        assert!(without.iter().all(|fate| fate.delay == DELAY));
    }
}
