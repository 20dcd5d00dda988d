use std::fmt;
use std::time::Duration;

use super::super::scope::{Scope, limits};
use super::distribution::Distribution;
use super::loss::{Loss, no_share, percent};
use super::rate::Rate;

/// What is wrong with a wire that still carries packets, in the words of tc-netem(8).
///
/// For [`Host::impair`](crate::Host::impair) and [`Link::impair`](crate::Link::impair). Start with
/// [`new`](Self::new), [`delay`](Self::delay), or a preset such as [`satellite`](Self::satellite), and add
/// the rest. Everything applies to each direction: with a delay of 80 ms a round trip takes 160 ms longer.
///
/// | what | in order | what it means |
/// |---|---|---|
/// | [`delay`](Self::delay), [`jitter`](Self::jitter) | yes | each packet arrives later |
/// | [`loss`](Self::loss) | yes | some do not arrive |
/// | [`duplicate`](Self::duplicate) | yes | some arrive twice |
/// | [`reorder`](Self::reorder) | no | some are not delayed, and overtake those that are |
/// | [`rate`](Self::rate), [`limit`](Self::limit) | yes | packets wait for each other, and for room |
///
/// In tc, jitter also reorders. Here it does not, as on most real links, whose jitter comes from queues: a
/// packet waits for the one before it. So if packets follow each other more closely than the jitter is
/// wide, some are later than the distribution says.
///
/// Which packets are lost, duplicated and so on is drawn from a seed: it depends only on the seed and on
/// the packet's number in its direction. A test that fails prints the seed; `NETNS_TEST_SEED` sets it.
/// Neighbour discovery and what kernels send by themselves (ARP, NDP, multicast membership reports) passes
/// at once and is not counted, as under a block. So a long delay is silence rather than `EHOSTUNREACH`,
/// and which packet has which number is not left to chance.
///
/// ```
/// use std::time::Duration;
/// use netns_test::{Impairment, Loss, Rate};
///
/// let far = Impairment::delay(Duration::from_millis(80)).jitter(Duration::from_millis(5)).loss(0.02);
/// assert_eq!(far.to_string(), "delay 80ms 5ms loss 2%");
/// let narrow = Impairment::new().rate(Rate::mbit(2)).limit(50);
/// let voice = Impairment::new().loss(Loss::gemodel(0.01, 0.3)).udp().dport(5060);
/// # let _ = (narrow, voice);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Impairment {
    pub(super) delay: Duration,
    pub(super) jitter: Duration,
    pub(super) distribution: Distribution,
    pub(super) loss: Option<Loss>,
    pub(super) duplicate: f64,
    pub(super) reorder: f64,
    rate: Option<Rate>,
    limit: usize,
    seed: Option<u64>,
    pub(in crate::fault) scope: Scope,
}

/// How many packets can wait in a direction by default. (In tc it is 1000, which a delay of 100 ms exceeds
/// at 10,000 packets per second.)
const LIMIT: usize = 100_000;
/// A longer delay exceeds any test, and was most likely meant in another unit.
const LONGEST: Duration = Duration::from_secs(3600);

limits! {
    Impairment,
    /// Not possible on a whole link.
    from_peer,
    ipv4,
    tcp
}

impl Impairment {
    /// A wire with nothing wrong, to add to.
    pub fn new() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            distribution: Distribution::default(),
            loss: None,
            duplicate: 0.0,
            reorder: 0.0,
            rate: None,
            limit: LIMIT,
            seed: None,
            scope: Scope::default(),
        }
    }

    /// Packets arrive this much later than they were sent, in each direction. At most an hour.
    pub fn delay(delay: Duration) -> Self {
        Self { delay, ..Self::new() }
    }

    /// The delay varies by this much, as the [`distribution`](Self::distribution) says. At most the delay
    /// itself: nothing arrives before it was sent.
    #[must_use]
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }

    /// How the jitter is distributed: uniformly by default.
    #[must_use]
    pub fn distribution(mut self, distribution: Distribution) -> Self {
        self.distribution = distribution;
        self
    }

    /// Some packets do not arrive: each is lost with a probability from 0 to 1, or as a [`Loss`] says.
    #[must_use]
    pub fn loss(mut self, loss: impl Into<Loss>) -> Self {
        self.loss = Some(loss.into());
        self
    }

    /// Some packets arrive twice, one right after the other: each with this probability.
    #[must_use]
    pub fn duplicate(mut self, probability: f64) -> Self {
        self.duplicate = probability;
        self
    }

    /// Some packets are not delayed, and overtake those that are: each with this probability. It needs
    /// a [`delay`](Self::delay).
    #[must_use]
    pub fn reorder(mut self, probability: f64) -> Self {
        self.reorder = probability;
        self
    }

    /// The wire carries this much, in each direction. Excess packets wait, and the delay is added.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// How many packets can wait in each direction, because they are delayed or because of the
    /// [`rate`](Self::rate). Any more are lost. By default 100,000.
    #[must_use]
    pub fn limit(mut self, packets: usize) -> Self {
        self.limit = packets;
        self
    }

    /// Draws from this seed instead of the test's.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Why there can be no such wire; `None` if there can.
    pub(in crate::fault) fn contradiction(&self) -> Option<String> {
        if let Some(scope) = self.scope.contradiction() {
            return Some(scope.to_owned());
        }
        if self.delay > LONGEST {
            return Some(format!("a delay of {:?} is longer than an hour", self.delay));
        }
        if self.jitter > self.delay {
            let (jitter, delay) = (self.jitter, self.delay);
            let cause = format!("a jitter of {jitter:?} is more than the delay of {delay:?}");
            return Some(format!("{cause}: nothing arrives before it was sent"));
        }
        if self.reorder > 0.0 && self.delay.is_zero() {
            return Some("reordering needs a delay: without one no packet is overtaken".to_owned());
        }
        if self.rate.is_some_and(Rate::is_zero) {
            return Some("a rate of 0 carries nothing: use `Host::block`".to_owned());
        }
        if self.limit == 0 {
            return Some("a limit of 0 carries nothing: no packet has room to wait".to_owned());
        }
        self.loss
            .and_then(|loss| loss.contradiction())
            .or_else(|| no_share("duplicate", self.duplicate))
            .or_else(|| no_share("reorder", self.reorder))
    }

    /// Whether packets are told from each other: then a frame that holds several is cut.
    pub(in crate::fault) fn is_of_packets(&self) -> bool {
        self.loss.is_some()
            || self.duplicate > 0.0
            || self.reorder > 0.0
            || self.rate.is_some()
            || !self.jitter.is_zero()
    }

    /// Whether chance takes part.
    pub(in crate::fault) fn is_drawn(&self) -> bool {
        let drawn = |share: f64| share > 0.0 && share < 1.0;
        self.loss.is_some_and(|loss| loss.is_drawn())
            || drawn(self.duplicate)
            || drawn(self.reorder)
            || !self.jitter.is_zero()
    }

    /// Whether it is for one direction only.
    pub(in crate::fault) fn is_one_way(&self) -> bool {
        self.scope.direction.is_some()
    }

    /// The seed of its own, if it has one.
    pub(in crate::fault) fn own_seed(&self) -> Option<u64> {
        self.seed
    }

    pub(in crate::fault) fn carries(&self) -> Option<Rate> {
        self.rate
    }

    pub(in crate::fault) fn room(&self) -> usize {
        self.limit
    }
}

impl Default for Impairment {
    /// [`Impairment::new`].
    fn default() -> Self {
        Self::new()
    }
}

/// As tc(8) writes it, for instance `delay 80ms 5ms loss 2%`, with the scope in brackets.
impl fmt::Display for Impairment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        if !self.delay.is_zero() {
            words.push(format!("delay {:?}", self.delay));
        }
        if !self.jitter.is_zero() {
            words.push(format!("{:?}", self.jitter));
            if self.distribution != Distribution::default() {
                words.push(format!("distribution {}", self.distribution));
            }
        }
        words.extend(self.loss.map(|loss| loss.to_string()));
        for (name, share) in [("duplicate", self.duplicate), ("reorder", self.reorder)] {
            if share > 0.0 {
                words.push(format!("{name} {}", percent(share)));
            }
        }
        words.extend(self.rate.map(|rate| format!("rate {rate}")));
        if self.limit != LIMIT {
            words.push(format!("limit {}", self.limit));
        }
        words.extend(self.seed.map(|seed| format!("seed {seed}")));
        if words.is_empty() {
            words.push("no impairment".to_owned());
        }
        f.write_str(&words.join(" "))?;
        match self.scope.to_string() {
            scope if scope.is_empty() => Ok(()),
            scope => write!(f, " ({scope})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn what_cannot_be_is_refused_with_a_reason() {
        for (wire, reason) in [
            (Impairment::new().loss(1.5), "a loss of 1.5 is not a probability"),
            (Impairment::new().loss(f64::NAN), "a loss of NaN is not a probability"),
            (Impairment::new().duplicate(-0.1), "a duplicate of -0.1"),
            (Impairment::delay(MS).reorder(2.0), "a reorder of 2"),
            (Impairment::new().reorder(0.1), "reordering needs a delay"),
            (Impairment::delay(10 * MS).jitter(11 * MS), "more than the delay of 10ms"),
            (Impairment::new().jitter(MS), "nothing arrives before it was sent"),
            (Impairment::new().rate(Rate::bit(0)), "a rate of 0"),
            (Impairment::new().limit(0), "no packet has room"),
            (Impairment::delay(Duration::MAX), "longer than an hour"),
            (Impairment::new().icmp().port(80), "ICMP has no ports"),
            (Impairment::new().port(Vec::<u16>::new()), "it contains no port"),
        ] {
            let said = wire.contradiction().unwrap_or_else(|| format!("{wire} is accepted"));
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn what_makes_sense_is_accepted() {
        for wire in [
            Impairment::new(),
            Impairment::delay(Duration::from_secs(3600)),
            Impairment::delay(MS).jitter(MS).loss(1.0).duplicate(1.0).reorder(1.0),
            Impairment::new().rate(Rate::bit(1)).limit(1).udp().dport(53).to_peer(),
        ] {
            assert_eq!(wire.contradiction(), None, "{wire}");
        }
    }

    #[test]
    fn a_wire_is_told_in_the_words_of_tc() {
        let wire = Impairment::delay(80 * MS)
            .jitter(5 * MS)
            .distribution(Distribution::Normal)
            .loss(0.02)
            .duplicate(0.001)
            .reorder(0.25)
            .rate(Rate::mbit(5))
            .limit(20)
            .tcp()
            .port(80);
        let told = "delay 80ms 5ms distribution normal loss 2% duplicate 0.1% reorder 25% rate 5Mbit \
                    limit 20 (tcp, port 80)";
        assert_eq!(wire.to_string(), told);
        assert_eq!(Impairment::new().to_string(), "no impairment");
        let bursts = Impairment::new().loss(Loss::gemodel(0.01, 0.25).lost_while(0.9, 0.001));
        assert_eq!(bursts.to_string(), "loss gemodel 1% 25% 90% 0.1%");
        assert_eq!(Impairment::new().loss(Loss::every(10)).to_string(), "loss of every 10th");
    }
}
