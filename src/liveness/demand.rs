use std::fmt;
use std::ops::Range;
use std::time::Duration;

use super::lasts::Lasts;
use super::rounded::Rounded;

/// How close to a lower bound a negative answer must be to prove that the probe did not hold before.
pub(super) const RESOLUTION: Duration = Duration::from_millis(2);

/// How late after the upper bound, or after the last try was made, an answer still counts: the last try
/// begins when the bound has passed, and takes its time.
pub(super) const ALLOWANCE: Duration = Duration::from_millis(20);

/// How much more time a probe gets if it is being asked when the time of `consistently` ends.
pub(super) const PATIENCE: Duration = Duration::from_millis(200);

/// What is demanded of a probe's answers. All times are on the claim's own clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// It comes to hold between the two.
    Within(Range<Duration>),
    /// It holds all the time.
    For(Duration),
    /// It holds all the time until something is over.
    While(Lasts),
}

/// One try: when the probe was asked, when it answered, and what.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The number of the try, from 1.
    pub(super) number: u64,
    pub(super) asked: Duration,
    pub(super) answered: Duration,
    /// What it said if it does not hold.
    pub(super) refusal: Option<String>,
    /// When the try before was asked, which was refused or the claim would be over.
    pub(super) before: Option<Duration>,
    /// Since when it could have been asked: when that one was answered, or the claim began.
    pub(super) ready: Duration,
}

impl Answer {
    /// How often it was asked, and when for the last time if it has taken its time to answer.
    fn how_often(&self) -> String {
        match self.took_long() {
            true => format!("{}, the last began after {}", tries(self.number), Rounded(self.asked)),
            false => tries(self.number),
        }
    }

    /// When it was asked, and when it answered if that is not the same to a person.
    fn asked_and_answered(&self) -> String {
        match self.took_long() {
            true => {
                format!("after {} and ended after {}", Rounded(self.asked), Rounded(self.answered))
            }
            false => format!("after {}", Rounded(self.asked)),
        }
    }

    fn took_long(&self) -> bool {
        self.answered.saturating_sub(self.asked) > Duration::from_millis(1)
    }
}

/// What an answer decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Nothing yet.
    Open,
    /// The claim is met; what it claims was so by this time at the latest.
    Met(Duration),
    /// It is not, for this reason.
    Missed(String),
}

impl Demand {
    pub(super) fn judge(&self, answer: &Answer) -> Judgement {
        match (self, &answer.refusal) {
            (Self::Within(time), None) => judge_held(time, answer),
            (Self::Within(time), Some(refusal)) => judge_refused(time.end, answer, refusal),
            (Self::For(time), None) if answer.answered >= *time => Judgement::Met(answer.answered),
            (Self::While(lasts), None) if !lasts.goes_on() => Judgement::Met(answer.answered),
            (Self::For(_) | Self::While(_), None) => Judgement::Open,
            (Self::For(_) | Self::While(_), Some(refusal)) => Judgement::Missed(format!(
                "after {} it is {refusal} ({})",
                Rounded(answer.answered),
                answer.how_often()
            )),
        }
    }

    /// When to ask next, `pause` after the last answer: at the bounds in any case, and just before
    /// the lower one.
    pub(super) fn next(&self, answered: Duration, pause: Duration) -> Duration {
        let marks = match self {
            Self::Within(time) => [time.start.saturating_sub(RESOLUTION / 2), time.start, time.end],
            Self::For(time) => [*time; 3],
            Self::While(_) => [Duration::MAX; 3],
        };
        // Whoever answers after the end is asked for the last time at once.
        let regular = match answered >= self.end() {
            true => answered,
            false => answered.saturating_add(pause),
        };
        marks.into_iter().filter(|mark| *mark > answered).fold(regular, Duration::min)
    }

    /// What states the same in an async test.
    pub(super) fn async_form(&self) -> &'static str {
        match self {
            Self::Within(time) if time.start.is_zero() => "eventually_async",
            Self::Within(_) => "within_async",
            Self::For(_) | Self::While(_) => "consistently_async",
        }
    }

    fn end(&self) -> Duration {
        match self {
            Self::Within(Range { end, .. }) | Self::For(end) => *end,
            Self::While(_) => Duration::MAX,
        }
    }

    /// When whatever a probe waits for is cut short.
    pub(super) fn cut(&self) -> Duration {
        match self {
            Self::Within(time) => time.end,
            Self::For(time) => time.saturating_add(PATIENCE),
            // Nobody knows when it ends; the waits of traffic have limits of their own.
            Self::While(_) => Duration::MAX,
        }
    }

    /// When the answer to a try comes too late to count that is asked at `asked`.
    #[cfg(feature = "tokio")]
    pub(super) fn last_answer(&self, asked: Duration) -> Duration {
        match self {
            Self::Within(time) => time.end.max(asked).saturating_add(ALLOWANCE),
            Self::For(time) => time.saturating_add(PATIENCE),
            Self::While(_) => Duration::MAX,
        }
    }
}

fn judge_held(time: &Range<Duration>, answer: &Answer) -> Judgement {
    let Answer { asked, answered, before, ready, .. } = answer;
    if *answered < time.start {
        return Judgement::Missed(format!(
            "it already held after {} ({})",
            Rounded(*answered),
            answer.how_often()
        ));
    }
    // If a busy machine kept the claim from asking for the last time when the bound had passed, it
    // kept the code under test from running as well: that is not held against it.
    let slow = *answered > time.end.max(*asked).saturating_add(ALLOWANCE);
    if slow || *ready > time.end.saturating_add(ALLOWANCE) {
        return Judgement::Missed(match slow {
            true => format!("it held only after {} ({})", Rounded(*answered), answer.how_often()),
            false => format!("it held, but the first try began {}", answer.asked_and_answered()),
        });
    }
    let proven = before.is_some_and(|before| before + RESOLUTION >= time.start);
    if proven || time.start.is_zero() {
        return Judgement::Met(*answered);
    }
    let last = match before {
        None => format!("the first try began {}, and held", answer.asked_and_answered()),
        Some(before) => format!(
            "a try began after {} and failed after {}; the next began {}, and held",
            Rounded(*before),
            Rounded(*ready),
            answer.asked_and_answered()
        ),
    };
    Judgement::Missed(format!("it may have held before {:?}: {last}", time.start))
}

fn judge_refused(limit: Duration, answer: &Answer, refusal: &str) -> Judgement {
    let Answer { asked, answered, .. } = answer;
    if *asked < limit && *answered <= limit.saturating_add(ALLOWANCE) {
        return Judgement::Open;
    }
    let last = match answer.took_long() {
        true => format!(" (the last began after {})", Rounded(*asked)),
        false => String::new(),
    };
    let (answered, tries) = (Rounded(*answered), tries(answer.number));
    Judgement::Missed(format!("after {answered} and {tries} it is still {refusal}{last}"))
}

pub(super) fn tries(number: u64) -> String {
    match number {
        1 => "1 try".to_owned(),
        number => format!("{number} tries"),
    }
}

/// As it follows "see it hold".
impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(time) if time.start.is_zero() => write!(f, "within {:?}", time.end),
            Self::Within(time) => write!(f, "within {time:?}"),
            Self::For(time) => write!(f, "for {time:?}"),
            Self::While(_) => f.write_str("until the faults are over"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A machine on which each step takes as long as this; over and over again.
    type Delays = Vec<Duration>;

    /// Asks a probe that says what `holds` says at the time, on a clock of its own. Also returns
    /// how late the last try was.
    fn tried(
        demand: &Demand,
        holds: impl Fn(Duration) -> bool,
        delays: &Delays,
    ) -> (Judgement, Duration) {
        let mut delays = delays.iter().cycle();
        let mut pass = |from: Duration| from + *delays.next().expect("it repeats");
        let (mut now, mut before, mut ready) = (Duration::ZERO, None, Duration::ZERO);
        for number in 1..100_000 {
            let asked = pass(now);
            let seen = pass(asked);
            let answered = pass(seen);
            let refusal = (!holds(seen)).then(|| "false".to_owned());
            let answer = Answer { number, asked, answered, refusal, before, ready };
            let judgement = demand.judge(&answer);
            if judgement != Judgement::Open {
                return (judgement, asked - now);
            }
            (before, ready) = (Some(asked), answered);
            now = demand.next(answered, MS);
        }
        panic!("it is never decided")
    }

    fn micros(range: Range<u64>) -> impl Strategy<Value = Duration> {
        range.prop_map(Duration::from_micros)
    }

    /// Mostly quick, sometimes far too late.
    fn any_machine() -> impl Strategy<Value = Delays> {
        let step =
            prop_oneof![8 => micros(1..200), 1 => micros(200..5_000), 1 => micros(5_000..60_000)];
        prop::collection::vec(step, 1..40)
    }

    fn idle_machine() -> impl Strategy<Value = Delays> {
        prop::collection::vec(micros(1..200), 1..40)
    }

    proptest! {
        #[test]
        fn no_bound_is_missed_on_any_machine(
            start in micros(0..100_000),
            length in micros(1..100_000),
            truth in micros(0..300_000),
            delays in any_machine(),
        ) {
            let end = start + length;
            let (met, late) = tried(&Demand::Within(start..end), |now| now >= truth, &delays);
            if let Judgement::Met(after) = met {
                prop_assert!(truth + RESOLUTION >= start, "it was too early");
                prop_assert!(truth <= after, "it was not so by then");
                // The lateness of the machine alone is forgiven, twice: after an answer and after
                // the bound.
                prop_assert!(after <= end + 2 * ALLOWANCE + late, "it was too late");
            }
        }

        #[test]
        fn what_is_in_time_is_met_on_an_idle_machine(
            start in micros(0..100_000),
            length in micros(1..100_000),
            share in 0.0..1.0,
            delays in idle_machine(),
        ) {
            let truth = start + length.mul_f64(share);
            let (met, _) =
                tried(&Demand::Within(start..start + length), |now| now >= truth, &delays);
            let Judgement::Met(after) = met else { panic!("{met:?}") };
            prop_assert!(after >= truth && after <= truth + 2 * MS, "the lag is too long");
        }

        #[test]
        fn what_stays_is_watched_to_the_end_on_any_machine(
            time in micros(0..100_000),
            delays in any_machine(),
        ) {
            let (met, _) = tried(&Demand::For(time), |_| true, &delays);
            prop_assert!(matches!(met, Judgement::Met(after) if after >= time));
            let (broken, _) = tried(&Demand::For(time), |now| now < time, &delays);
            // Nobody looks after the end if somebody was asked when it came.
            prop_assert!(!matches!(broken, Judgement::Met(after) if after < time));
        }
    }
}
