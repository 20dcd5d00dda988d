//! One trial from its network to its end.

use std::thread::park_timeout;
use std::time::{Duration, Instant};

use super::claims::Claims;
use super::detector::{Detector, Start};
use super::fault::{Fault, InEffect, Kind};
use super::interview::Interview;
use super::outcome::{Cut, Measurement, Outcome, Seen};
use super::questions::{Asked, StartAll};
use super::stage::Stage;
use super::trial::{Setting, Trial};

/// How often the detector is asked. It bounds the lag between its opinion and the measured time.
const POLL: Duration = Duration::from_millis(1);
/// For what takes milliseconds, unless hundreds of namespaces wait to be unmade.
pub(super) const SOON: Duration = Duration::from_secs(10);

/// Everything that a trial needs, and that all trials share.
pub(super) struct Experiment {
    pub(super) setting: Setting,
    pub(super) subject: Subject,
    /// What is asked: of a detector one question, without a name.
    pub(super) asked: Vec<Asked>,
    pub(super) claims: Claims,
    /// For how long the machine may stand still before a trial says more about it than about the
    /// detector.
    pub(super) stall: Duration,
}

/// What is tried.
pub(super) enum Subject {
    /// A detector of one peer.
    Detector(Box<Start>),
    /// What several hosts run, which is asked several questions.
    Cluster(Box<StartAll>),
}

/// How often a trial is run, at most, because of that.
const ATTEMPTS: usize = 10;

impl Experiment {
    /// Makes attempts at a trial until the machine lets one pass.
    ///
    /// Whether there is another one depends on the machine alone, not on what the detector did.
    pub(super) fn repeat(&self, mut attempt: impl FnMut() -> Outcome) -> Outcome {
        let mut longest = Duration::ZERO;
        for repeated in 0..ATTEMPTS {
            match attempt() {
                Outcome::Measured(measured) if measured.longest_gap > self.stall => {
                    longest = longest.max(measured.longest_gap);
                }
                Outcome::Measured(measured) => {
                    return Outcome::Measured(Measurement { repeated, ..measured });
                }
                other => return other,
            }
        }
        Outcome::Failed(format!(
            "in each of {ATTEMPTS} attempts the machine stood still, for up to {longest:.1?}"
        ))
    }

    /// Runs the trial of this number once, on this thread.
    pub(super) fn run(&self, fault: &Fault, number: usize, stage: &Stage) -> Outcome {
        match self.try_run(fault, number, stage) {
            Ok(Some(measured)) => Outcome::Measured(measured),
            Ok(None) => Outcome::NotApplicable,
            Err(cut) => Outcome::Failed(cut.into_reason()),
        }
    }

    fn try_run(
        &self,
        fault: &Fault,
        number: usize,
        stage: &Stage,
    ) -> Result<Option<Measurement>, Cut> {
        stage.enter("make its network", SOON)?;
        let trial = self.setting.make(fault.name(), number)?;
        let lead = lead(self.claims.quiet, number);
        match &self.subject {
            Subject::Detector(start) => self.watch(start, (fault, lead), &trial, stage),
            Subject::Cluster(start) => {
                stage.enter("start the code under test", self.claims.starts)?;
                let asks = start(&trial)?;
                let asked = (self.asked.as_slice(), asks);
                Interview::new(asked, (stage, &self.claims), (fault, lead)).hold(&trial)
            }
        }
    }

    fn watch(
        &self,
        start: &Start,
        (fault, lead): (&Fault, Duration),
        trial: &Trial,
        stage: &Stage,
    ) -> Result<Option<Measurement>, Cut> {
        stage.enter("start the detector", self.claims.starts)?;
        let begun = Instant::now();
        let detector = start(trial)?;
        let mut watch = Watch::new(detector, stage, &self.claims, lead);
        watch.first_alive(begun)?;
        let measurement = watch.measure(fault, trial)?;
        stage.enter("stop the detector", SOON)?;
        watch.detector.stop()?;
        Ok(measurement)
    }
}

/// How long the quiet before the fault of this trial is: once to twice as long as it has to be.
///
/// Most detectors look at their peer periodically. If the fault came after the same time in every
/// trial, it would always come in the same part of the period, and the times would say little about
/// the others. Multiples of the golden ratio spread well over a period of any length, however many
/// there are of them.
fn lead(quiet: Duration, number: usize) -> Duration {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    quiet.saturating_add(quiet.mul_f64((number as f64 * GOLDEN).fract()))
}

/// A detector that is being watched.
struct Watch<'a> {
    detector: Box<dyn Detector>,
    stage: &'a Stage,
    claims: &'a Claims,
    /// How long it is watched before the fault.
    lead: Duration,
    false_alarm: bool,
    longest_gap: Duration,
}

impl<'a> Watch<'a> {
    fn new(
        detector: Box<dyn Detector>,
        stage: &'a Stage,
        claims: &'a Claims,
        lead: Duration,
    ) -> Self {
        let longest_gap = Duration::ZERO;
        Self { detector, stage, claims, lead, false_alarm: false, longest_gap }
    }

    fn measure(&mut self, fault: &Fault, trial: &Trial) -> Result<Option<Measurement>, Cut> {
        self.stage.enter("find out whether the fault applies", SOON)?;
        if !fault.applies(trial)? {
            return Ok(None);
        }
        self.quiet("be quiet before the fault", self.lead)?;
        self.alive_before_the_fault()?;
        self.stage.enter("put the fault into effect", SOON)?;
        let Some(in_effect) = fault.begin(trial)? else { return Ok(None) };
        let mut seen = match fault.kind() {
            Kind::Outage | Kind::Optional => self.outage(in_effect)?,
            Kind::Harmless => self.harmless(in_effect, self.claims.detects)?,
            Kind::Momentary => self.momentary(in_effect)?,
            Kind::Blip(time) => {
                let seen = self.harmless(in_effect, time)?;
                self.quiet("see no fault after a short one", self.claims.detects)?;
                seen
            }
        };
        // What was never alive again has had no quiet time that it could spoil.
        if fault.is_harmless() || seen.recovered.is_some() {
            self.quiet("be quiet after the fault", self.claims.quiet)?;
        }
        seen.false_alarm = self.false_alarm;
        Ok(Some(Measurement { seen: vec![seen], longest_gap: self.longest_gap, repeated: 0 }))
    }

    fn outage(&mut self, fault: InEffect) -> Result<Seen, Cut> {
        let detected =
            self.await_answer("detect the fault", false, fault.since, self.claims.detects)?;
        let lifted = self.lift(fault)?;
        let recovered = match detected {
            Some(_) => self.await_answer("recover", true, lifted, self.claims.recovers)?,
            None => None,
        };
        Ok(Seen { detected, recovered, ..Seen::default() })
    }

    /// It may be noticed or not; what was, has to be got over.
    fn momentary(&mut self, fault: InEffect) -> Result<Seen, Cut> {
        let since = fault.since;
        let lifted = self.lift(fault)?;
        let limit = self.claims.detects;
        let detected = self.await_answer("notice the fault, or not", false, since, limit)?;
        let recovered = match detected {
            Some(_) => {
                let from = lifted.max(since + detected.unwrap_or_default());
                self.await_answer("recover", true, from, self.claims.recovers)?
            }
            None => None,
        };
        Ok(Seen { detected, recovered, ..Seen::default() })
    }

    fn harmless(&mut self, fault: InEffect, lasting: Duration) -> Result<Seen, Cut> {
        let left = lasting.saturating_sub(fault.since.elapsed());
        self.quiet("bear a harmless fault", left)?;
        let since = fault.since;
        self.lift(fault)?;
        // One that is longer than it was to be is another fault, and the machine's doing.
        self.longest_gap = self.longest_gap.max(since.elapsed().saturating_sub(lasting));
        Ok(Seen::default())
    }

    fn lift(&self, fault: InEffect) -> Result<Instant, Cut> {
        self.stage.enter("lift the fault", SOON)?;
        (fault.lift)()?;
        Ok(Instant::now())
    }

    fn first_alive(&mut self, begun: Instant) -> Result<(), Cut> {
        let limit = self.claims.starts;
        let left = limit.saturating_sub(begun.elapsed());
        match self.await_answer("consider the peer alive", true, Instant::now(), left)? {
            Some(_) => Ok(()),
            None => Err(Cut::new(format!("the peer was not considered alive within {limit:?}"))),
        }
    }

    /// After a false alarm the fault still has to find the peer alive.
    fn alive_before_the_fault(&mut self) -> Result<(), Cut> {
        if !self.false_alarm {
            return Ok(());
        }
        let limit = self.claims.recovers;
        match self.await_answer("get over a false alarm", true, Instant::now(), limit)? {
            Some(_) => Ok(()),
            None => {
                let told = format!("a false alarm before the fault was not over within {limit:?}");
                Err(Cut::new(told))
            }
        }
    }

    /// Watches that the peer is considered alive, for `time`, and notes it if not.
    fn quiet(&mut self, stage: &'static str, time: Duration) -> Result<(), Cut> {
        let alarm = self.await_answer(stage, false, Instant::now(), time)?;
        self.false_alarm |= alarm.is_some();
        Ok(())
    }

    /// Asks until the detector gives this answer, and returns after how long since `since` it did;
    /// `None` if it does not within `limit`. It is asked a last time when the limit has passed: on a
    /// busy machine it counts what is true by then.
    fn await_answer(
        &mut self,
        stage: &'static str,
        wanted: bool,
        since: Instant,
        limit: Duration,
    ) -> Result<Option<Duration>, Cut> {
        self.stage.enter(stage, limit)?;
        loop {
            let last_chance = since.elapsed() >= limit;
            if self.detector.considers_alive() == wanted {
                return Ok(Some(since.elapsed()));
            }
            if last_chance {
                return Ok(None);
            }
            let looked = Instant::now();
            park_timeout(POLL);
            self.longest_gap = self.longest_gap.max(looked.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_in_all_parts_of_a_period() {
        let (quiet, period) = (Duration::from_millis(500), Duration::from_millis(50));
        let mut tenths: Vec<u128> = (0..20)
            .map(|number| lead(quiet, number))
            .inspect(|lead| assert!((quiet..2 * quiet).contains(lead), "{lead:?}"))
            .map(|lead| lead.as_nanos() % period.as_nanos() * 10 / period.as_nanos())
            .collect();
        tenths.sort_unstable();
        tenths.dedup();
        assert!(tenths.len() >= 8, "only in these tenths: {tenths:?}");
        assert_eq!(lead(Duration::ZERO, 7), Duration::ZERO);
    }
}
