//! Repeatable randomness: each number is a function of the seed, the direction and the number of the
//! packet, and of nothing else.

use super::super::seed::{STEP, mixed};

/// How many numbers are set aside for one packet.
const FOR_ONE: u64 = 8;

/// What a number is drawn for. Each purpose has its own numbers, so that dropping one changes nothing
/// else.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    Loss,
    Burst,
    Duplicate,
    Reorder,
    Jitter,
    /// The second number of a jitter that takes two.
    Jitter2,
    /// Which of two distributions.
    Jitter3,
}

/// The numbers of one direction of one wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    start: u64,
}

impl Draws {
    pub(super) fn new(seed: u64, direction: u64) -> Self {
        Self { start: mixed(mixed(seed) ^ direction) }
    }

    /// A number from 0 to 1, without 1, uniformly distributed.
    pub(super) fn share(self, packet: u64, question: Question) -> f64 {
        let place = packet.wrapping_mul(FOR_ONE).wrapping_add(question as u64 + 1);
        let drawn = mixed(self.start.wrapping_add(place.wrapping_mul(STEP)));
        // As many bits as the fraction of a number has.
        (drawn >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something happens that has this probability.
    pub(super) fn happens(self, packet: u64, question: Question, probability: f64) -> bool {
        self.share(packet, question) < probability
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::seed::{derived, direction};
    use super::*;

    const N: u64 = 100_000;

    /// The sum of `N` shares has a known mean and deviation. Five of these are exceeded once in two
    /// million times; the seed is fixed.
    #[test]
    fn shares_are_spread_evenly() {
        for question in [Question::Loss, Question::Jitter2] {
            let draws = Draws::new(1, direction("a", "b"));
            let sum: f64 = (0..N).map(|packet| draws.share(packet, question)).sum();
            let sigma = (N as f64 / 12.0).sqrt();
            assert!((sum - N as f64 / 2.0).abs() < 5.0 * sigma, "{sum}");
        }
    }

    /// If two sequences had to do with each other, as many as half of their bits would not differ.
    #[test]
    fn directions_seeds_and_questions_have_nothing_in_common() {
        let reference = Draws::new(7, direction("client", "server"));
        let others = [
            (Draws::new(7, direction("server", "client")), Question::Loss),
            (Draws::new(8, direction("client", "server")), Question::Loss),
            (Draws::new(derived(7, 1), direction("client", "server")), Question::Loss),
            (reference, Question::Duplicate),
        ];
        for (other, question) in others {
            let both = |packet: &u64| {
                reference.happens(*packet, Question::Loss, 0.5)
                    && other.happens(*packet, question, 0.5)
            };
            let seen = (0..N).filter(both).count() as f64;
            let sigma = (N as f64 * 0.25 * 0.75).sqrt();
            assert!((seen - N as f64 / 4.0).abs() < 5.0 * sigma, "{seen}");
        }
    }

    /// A seed that somebody wrote down must go on meaning the same.
    #[test]
    fn the_numbers_of_a_seed_stay() {
        let draws = Draws::new(42, direction("client", "server"));
        let first: Vec<u32> =
            (0..4).map(|packet| (draws.share(packet, Question::Loss) * 1000.0) as u32).collect();
        assert_eq!(first, FIRST);
    }

    const FIRST: [u32; 4] = [743, 946, 340, 321];
}
