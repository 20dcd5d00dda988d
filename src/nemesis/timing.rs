use std::ops::Range;
use std::time::Duration;

use crate::fault::Dice;

/// How long faults last, how long it is quiet before each of them, and how long all of it takes.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    pub(super) lasting: Duration,
    pub(super) quiet: Duration,
    pub(super) faults: Option<usize>,
    pub(super) total: Option<Duration>,
}

/// Unless the test says something else.
const LASTING: Duration = Duration::from_millis(200);
const QUIET: Duration = Duration::from_millis(100);

impl Timing {
    /// How many faults there are, and the whole time that they take.
    ///
    /// # Errors
    ///
    /// If they do not fit in it; the sentence says in how long a time they would.
    pub(super) fn of(&self, kinds: usize) -> Result<(usize, Duration), String> {
        let long = || "it would take longer than anybody waits".to_owned();
        let one = self.lasting.checked_add(self.quiet).ok_or_else(long)?;
        let shortest = |faults: usize| {
            u32::try_from(faults).ok().and_then(|faults| one.checked_mul(faults)).ok_or_else(long)
        };
        let total = match self.total {
            Some(total) => total,
            None => shortest(self.faults.unwrap_or(kinds).saturating_mul(2))?,
        };
        // Half of the time is for what they may last and be quiet longer.
        let as_fit = total.as_nanos() / (2 * one.as_nanos()).max(1);
        let as_fit = usize::try_from(as_fit).unwrap_or(usize::MAX).min(MOST);
        let faults = self.faults.unwrap_or_else(|| as_fit.max(kinds));
        let least = shortest(faults)?;
        if faults == 0 {
            return Err("it has no faults to apply".to_owned());
        }
        if u64::try_from(total.as_nanos()).is_err() {
            return Err(long());
        }
        match least <= total {
            true => Ok((faults, total)),
            false => Err(format!(
                "{} of at least {:?}, each after {:?} of quiet, do not fit in {total:?}: the \
                 shortest total is {least:?}",
                counted(faults),
                self.lasting,
                self.quiet
            )),
        }
    }

    /// Draws when each of them begins and ends, from the beginning on. The last one ends with the whole.
    ///
    /// What is left when all have the least is cut in as many pieces as there are times, at places of
    /// which each is as likely as the others.
    pub(super) fn spread(
        &self,
        (faults, total): (usize, Duration),
        dice: &mut Dice,
    ) -> Vec<Range<Duration>> {
        let least = (self.lasting + self.quiet) * faults as u32;
        let left = (total - least).as_nanos() as u64;
        let mut cuts: Vec<u64> =
            (1..2 * faults).map(|_| dice.below(left.saturating_add(1))).collect();
        cuts.sort_unstable();
        cuts.push(left);
        let after = |cut: u64, faults: usize, quiets: usize| {
            self.lasting * faults as u32 + self.quiet * quiets as u32 + Duration::from_nanos(cut)
        };
        let pairs = cuts.chunks_exact(2).enumerate();
        pairs.map(|(at, cut)| after(cut[0], at, at + 1)..after(cut[1], at + 1, at + 1)).collect()
    }
}

/// As many as anybody reads.
const MOST: usize = 10_000;

pub(super) fn counted(faults: usize) -> String {
    match faults {
        1 => "1 fault".to_owned(),
        faults => format!("{faults} faults"),
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self { lasting: LASTING, quiet: QUIET, faults: None, total: None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(most: u64) -> impl Strategy<Value = Duration> {
        (0..most).prop_map(Duration::from_micros)
    }

    proptest! {
        #[test]
        fn each_lasts_and_each_quiet_is_long_enough_and_they_fill_the_total(
            (lasting, quiet) in (time(500_000), time(500_000)),
            faults in 1..40_usize,
            more in time(20_000_000),
            seed in any::<u64>(),
        ) {
            let total = (lasting + quiet) * faults as u32 + more;
            let timing = Timing { lasting, quiet, faults: Some(faults), total: Some(total) };
            let whole = timing.of(3).expect("it fits");
            prop_assert_eq!(whole, (faults, total));
            let spread = timing.spread(whole, &mut Dice::new(seed, 0));
            prop_assert_eq!(spread.len(), faults);
            let mut free = Duration::ZERO;
            for time in &spread {
                prop_assert!(time.start >= free + quiet && time.end >= time.start + lasting);
                free = time.end;
            }
            prop_assert_eq!(free, total);
        }

        #[test]
        fn what_does_not_fit_says_what_would(
            (lasting, quiet) in (time(500_000), time(500_000)),
            faults in 1..40_usize,
            missing in 1..1_000_u32,
        ) {
            let shortest = (lasting + quiet) * faults as u32;
            let total = shortest.saturating_sub(Duration::from_nanos(1) * missing);
            prop_assume!(total < shortest);
            let timing = Timing { lasting, quiet, faults: Some(faults), total: Some(total) };
            let refused = timing.of(1).expect_err("it does not fit");
            let told = format!("the shortest total is {shortest:?}");
            prop_assert!(refused.ends_with(&told));
        }
    }

    #[test]
    fn without_numbers_each_kind_comes_once_and_there_is_as_much_time_again() {
        let timing = Timing::default();
        assert_eq!(timing.of(4), Ok((4, (LASTING + QUIET) * 8)));
        let timing = Timing { total: Some(Duration::from_secs(60)), ..timing };
        assert_eq!(timing.of(4), Ok((100, Duration::from_secs(60))));
        let endless = Timing { lasting: Duration::MAX, ..timing };
        assert_eq!(endless.of(4), Err("it would take longer than anybody waits".to_owned()));
    }
}
