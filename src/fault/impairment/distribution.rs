use std::f64::consts::TAU;
use std::fmt;

use super::draw::{Draws, Question};

/// The distribution of a wire's jitter (tc-netem(8), `distribution`).
///
/// For [`Impairment::distribution`](crate::Impairment::distribution). Names and meanings are those of
/// tc-netem.
///
/// ```
/// use std::time::Duration;
/// use netns_test::{Distribution, Impairment};
///
/// // Most packets a little early, and a few very late: what a busy path does.
/// let late = Impairment::delay(Duration::from_millis(50))
///     .jitter(Duration::from_millis(10))
///     .distribution(Distribution::Pareto);
/// assert_eq!(late.to_string(), "delay 50ms 10ms distribution pareto");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Distribution {
    /// From `delay - jitter` to `delay + jitter`, all equally likely. The default, as in tc.
    #[default]
    Uniform,
    /// The bell curve: two of three packets are within `delay ± jitter`.
    Normal,
    /// Most packets are a little early, and a few very late (with a shape of 3).
    Pareto,
    /// Three quarters `Pareto` and one quarter `Normal`.
    ParetoNormal,
}

/// The shape of the Pareto distribution, and its mean and deviation with that.
const SHAPE: f64 = 3.0;
const MEAN: f64 = 1.5;
const DEVIATION: f64 = 0.866_025_403_784_438_6;

impl Distribution {
    /// How many times the jitter a packet comes later; negative if it is early. But for the uniform
    /// one, which ends at -1 and 1, the mean is 0 and the deviation 1.
    pub(super) fn offset(self, draws: Draws, packet: u64) -> f64 {
        match self {
            Self::Uniform => 2.0 * draws.share(packet, Question::Jitter) - 1.0,
            Self::Normal => normal(draws, packet),
            Self::Pareto => pareto(draws, packet),
            Self::ParetoNormal => 0.25 * normal(draws, packet) + 0.75 * pareto(draws, packet),
        }
    }
}

/// By the method of Box and Muller.
fn normal(draws: Draws, packet: u64) -> f64 {
    // Never zero, whose logarithm there is not.
    let radius = 1.0 - draws.share(packet, Question::Jitter);
    let angle = TAU * draws.share(packet, Question::Jitter2);
    (-2.0 * radius.ln()).sqrt() * angle.cos()
}

fn pareto(draws: Draws, packet: u64) -> f64 {
    let share = 1.0 - draws.share(packet, Question::Jitter3);
    (share.powf(-1.0 / SHAPE) - MEAN) / DEVIATION
}

/// As tc(8) writes it.
impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uniform => "uniform",
            Self::Normal => "normal",
            Self::Pareto => "pareto",
            Self::ParetoNormal => "paretonormal",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: u64 = 100_000;

    fn mean_of(distribution: Distribution, of: impl Fn(f64) -> f64) -> f64 {
        let draws = Draws::new(3, 4);
        (0..N).map(|packet| of(distribution.offset(draws, packet))).sum::<f64>() / N as f64
    }

    /// A mean of 100,000 is exact to a three-hundredth of the deviation; five times that is allowed.
    #[test]
    fn an_offset_has_no_mean_and_a_deviation_of_one() {
        let bound = 5.0 / (N as f64).sqrt();
        for distribution in [Distribution::Normal, Distribution::Pareto] {
            let mean = mean_of(distribution, |offset| offset);
            assert!(mean.abs() < bound, "{distribution}: {mean}");
        }
        let square = mean_of(Distribution::Normal, |offset| offset * offset);
        // The deviation of a square is the root of two.
        assert!((square - 1.0).abs() < 1.5 * bound, "{square}");
    }

    #[test]
    fn the_uniform_one_ends_at_the_jitter_and_pareto_has_a_long_tail() {
        let beyond = |distribution: Distribution, limit: f64| {
            mean_of(distribution, |offset| f64::from(u8::from(offset.abs() > limit)))
        };
        assert_eq!(beyond(Distribution::Uniform, 1.0), 0.0);
        // Of the bell 0.27 % are beyond three deviations. Of Pareto (1.5 + 3 * 0.87)^-3 = 1.4 %.
        assert!((0.002..0.0035).contains(&beyond(Distribution::Normal, 3.0)));
        assert!((0.012..0.017).contains(&beyond(Distribution::Pareto, 3.0)));
        let early = mean_of(Distribution::Pareto, |offset| f64::from(u8::from(offset < 0.0)));
        // 1 - 1.5^-3
        assert!((0.69..0.72).contains(&early), "{early}");
    }
}
