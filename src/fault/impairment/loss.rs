use std::fmt;

use super::draw::{Draws, Question};

/// Which packets a wire loses (tc-netem(8), `loss`).
///
/// A number is the probability with which each packet is lost, independently of the others. Real links
/// lose in bursts: [`gemodel`](Self::gemodel). With [`every`](Self::every) a test knows which packets are
/// lost.
///
/// ```
/// use netns_test::{Impairment, Loss};
///
/// let independent = Impairment::new().loss(0.02);
/// let bursts = Impairment::new().loss(Loss::gemodel(0.01, 0.25));
/// let every_tenth = Impairment::new().loss(Loss::every(10));
/// assert_eq!(bursts.to_string(), "loss gemodel 1% 25%");
/// # let _ = (independent, every_tenth);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss(pub(super) Model);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Model {
    Random(f64),
    Every(u64),
    Gilbert(Gilbert),
}

/// The two states of a link after Gilbert and Elliott.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gilbert {
    to_bad: f64,
    to_good: f64,
    lost_in_bad: f64,
    lost_in_good: f64,
}

impl Loss {
    /// Each packet is lost with this probability, from 0 to 1.
    ///
    /// ```
    /// use netns_test::{Impairment, Loss};
    ///
    /// assert_eq!(Impairment::new().loss(0.02), Impairment::new().loss(Loss::random(0.02)));
    /// ```
    pub fn random(probability: f64) -> Self {
        Self(Model::Random(probability))
    }

    /// Every `n`-th packet of a direction is lost: for 10 the tenth, the twentieth and so on.
    ///
    /// ```
    /// use netns_test::{Impairment, Loss};
    ///
    /// // The same packets in each run, whatever the seed.
    /// let wire = Impairment::new().loss(Loss::every(3));
    /// assert_eq!(wire.to_string(), "loss of every 3th");
    /// ```
    pub fn every(n: u64) -> Self {
        Self(Model::Every(n))
    }

    /// The Gilbert-Elliott model, as tc's `loss gemodel P R`: the link is good or bad. With each packet it
    /// goes from good to bad with probability `p`, and from bad to good with `r`. While it is bad all
    /// packets are lost, and while it is good none is.
    ///
    /// In the long run `p / (p + r)` of the packets are lost, in bursts of `1 / r` on average.
    ///
    /// ```
    /// use netns_test::{Impairment, Loss};
    ///
    /// // One packet of a hundred begins a bad stretch, which lasts for four packets.
    /// let bursts = Impairment::new().loss(Loss::gemodel(0.01, 0.25));
    /// assert_eq!(bursts.to_string(), "loss gemodel 1% 25%");
    /// ```
    pub fn gemodel(p: f64, r: f64) -> Self {
        Self(Model::Gilbert(Gilbert { to_bad: p, to_good: r, lost_in_bad: 1.0, lost_in_good: 0.0 }))
    }

    /// The probabilities with which a packet of [`gemodel`](Self::gemodel) is lost in each state: tc's
    /// `1-H` and `1-K`. No effect on other models.
    ///
    /// ```
    /// use netns_test::Loss;
    ///
    /// // Half of the packets in a bad stretch, and one in a thousand otherwise.
    /// let radio = Loss::gemodel(0.01, 0.25).lost_while(0.5, 0.001);
    /// assert_eq!(radio.to_string(), "loss gemodel 1% 25% 50% 0.1%");
    /// ```
    #[must_use]
    pub fn lost_while(mut self, bad: f64, good: f64) -> Self {
        if let Model::Gilbert(gilbert) = &mut self.0 {
            gilbert.lost_in_bad = bad;
            gilbert.lost_in_good = good;
        }
        self
    }

    /// Why there can be no such loss.
    pub(super) fn contradiction(&self) -> Option<String> {
        let shares = match self.0 {
            Model::Random(probability) => vec![probability],
            Model::Every(0) => return Some("there is no 0th packet".to_owned()),
            Model::Every(_) => Vec::new(),
            Model::Gilbert(Gilbert { to_bad, to_good, lost_in_bad, lost_in_good }) => {
                vec![to_bad, to_good, lost_in_bad, lost_in_good]
            }
        };
        shares.into_iter().find_map(|share| no_share("loss", share))
    }

    /// Whether chance takes part.
    pub(super) fn is_drawn(&self) -> bool {
        match self.0 {
            Model::Random(probability) => probability > 0.0 && probability < 1.0,
            Model::Every(_) => false,
            Model::Gilbert(_) => true,
        }
    }
}

/// Why a number is not a probability.
pub(super) fn no_share(what: &str, share: f64) -> Option<String> {
    let fits = (0.0..=1.0).contains(&share);
    (!fits).then(|| format!("a {what} of {share} is not a probability: it must be from 0 to 1"))
}

/// What a direction remembers of its losses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losing {
    bad: bool,
}

impl Losing {
    /// Whether a packet is lost. Asked for each, in the order of their numbers.
    pub(super) fn takes(&mut self, loss: Loss, draws: Draws, packet: u64) -> bool {
        match loss.0 {
            Model::Random(probability) => draws.happens(packet, Question::Loss, probability),
            Model::Every(n) => n > 0 && (packet + 1).is_multiple_of(n),
            Model::Gilbert(model) => {
                let leaves = if self.bad { model.to_good } else { model.to_bad };
                self.bad ^= draws.happens(packet, Question::Burst, leaves);
                let lost = if self.bad { model.lost_in_bad } else { model.lost_in_good };
                draws.happens(packet, Question::Loss, lost)
            }
        }
    }
}

impl From<f64> for Loss {
    fn from(probability: f64) -> Self {
        Self::random(probability)
    }
}

/// A probability in percent, as tc(8) writes it.
pub(super) fn percent(share: f64) -> String {
    // Without the tail that a product of binary fractions has.
    let rounded = (share * 1e8).round() / 1e6;
    format!("{rounded}%")
}

/// As tc(8) writes it: `loss 2%`, `loss gemodel 1% 25%`.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Model::Random(probability) => write!(f, "loss {}", percent(probability)),
            Model::Every(n) => write!(f, "loss of every {n}th"),
            Model::Gilbert(Gilbert { to_bad, to_good, lost_in_bad, lost_in_good }) => {
                write!(f, "loss gemodel {} {}", percent(to_bad), percent(to_good))?;
                if (lost_in_bad, lost_in_good) == (1.0, 0.0) {
                    return Ok(());
                }
                write!(f, " {} {}", percent(lost_in_bad), percent(lost_in_good))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: u64 = 100_000;

    fn lost(loss: impl Into<Loss>) -> Vec<bool> {
        let (loss, mut losing, draws) = (loss.into(), Losing::default(), Draws::new(5, 6));
        (0..N).map(|packet| losing.takes(loss, draws, packet)).collect()
    }

    fn share(lost: &[bool]) -> f64 {
        lost.iter().filter(|lost| **lost).count() as f64 / lost.len() as f64
    }

    #[test]
    fn independent_loss_is_as_frequent_as_asked() {
        for asked in [0.001, 0.02, 0.3, 0.99] {
            let seen = share(&lost(asked));
            let sigma = (asked * (1.0 - asked) / N as f64).sqrt();
            assert!((seen - asked).abs() < 4.0 * sigma, "{asked}: {seen}");
        }
        assert_eq!((share(&lost(0.0)), share(&lost(1.0))), (0.0, 1.0));
    }

    /// What happens to a packet says little of the next: the variance is larger than that of
    /// independent losses by (1 + c) / (1 - c), where c = 1 - p - r.
    #[test]
    fn bursts_are_as_frequent_and_as_long_as_asked() {
        let (p, r) = (0.01, 0.25);
        let lost = lost(Loss::gemodel(p, r));
        let asked = p / (p + r);
        let correlated = 1.0 - p - r;
        let spread = (1.0 + correlated) / (1.0 - correlated);
        let sigma = (asked * (1.0 - asked) * spread / N as f64).sqrt();
        assert!((share(&lost) - asked).abs() < 4.0 * sigma, "{}", share(&lost));
        let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f64;
        let length = share(&lost) * N as f64 / bursts;
        // A burst's length has a deviation of sqrt(1 - r) / r.
        let sigma = (1.0 - r).sqrt() / r / bursts.sqrt();
        assert!((length - 1.0 / r).abs() < 4.0 * sigma, "{length}");
    }

    #[test]
    fn every_tenth_is_the_tenth() {
        let lost = lost(Loss::every(10));
        let places: Vec<usize> = (0..30).filter(|place| lost[*place]).collect();
        assert_eq!(places, [9, 19, 29]);
    }

    #[test]
    fn states_lose_as_they_are_told_to() {
        // Always bad from the first packet on.
        let seen = share(&lost(Loss::gemodel(1.0, 0.0).lost_while(0.5, 0.0)));
        assert!((seen - 0.5).abs() < 4.0 * (0.25 / N as f64).sqrt(), "{seen}");
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for bad in [1.5, -0.1, f64::NAN, f64::INFINITY] {
            for loss in [Loss::random(bad), Loss::gemodel(0.1, bad), Loss::gemodel(bad, 0.1)] {
                let reason = loss.contradiction().expect("it is refused");
                assert!(reason.contains("is not a probability"), "{reason}");
            }
        }
        assert!(Loss::every(0).contradiction().is_some());
        assert_eq!(Loss::random(1.0).contradiction(), None);
    }
}
