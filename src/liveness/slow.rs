use std::fmt;
use std::time::Duration;

use crate::quoted::Quoted;

/// The variable that stretches the upper bounds of claims.
const VARIABLE: &str = "NETNS_TEST_SLOW";

/// By how much the upper bounds are stretched on this machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slow(f64);

impl Slow {
    /// Not at all.
    pub(crate) const NOT: Self = Self(1.0);

    /// What the variable says now; if it is not a factor, why.
    pub(crate) fn of_environment() -> Result<Self, String> {
        match std::env::var_os(VARIABLE) {
            Some(text) => Self::parse(&text.to_string_lossy()),
            None => Ok(Self::NOT),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::NOT);
        }
        match text.parse() {
            Ok(factor) if (1.0..f64::INFINITY).contains(&factor) => Ok(Self(factor)),
            _ => Err(format!(
                "{VARIABLE} is {}, and must be a number of at least 1, such as 2.5",
                Quoted(text)
            )),
        }
    }

    pub(crate) fn stretch(self, bound: Duration) -> Duration {
        if self == Self::NOT {
            return bound;
        }
        Duration::try_from_secs_f64(bound.as_secs_f64() * self.0).unwrap_or(Duration::MAX)
    }

    /// What a message says about a bound that was stretched; nothing if it was not.
    pub(crate) fn note(self, bound: Duration) -> Note {
        Note(self, bound)
    }
}

/// What a message says about the upper bound of a claim that was made with `bound`.
///
/// # Errors
///
/// Why the claim was refused, if the variable is not a factor.
pub(crate) fn stretched(bound: Duration) -> Result<String, String> {
    Slow::of_environment().map(|slow| slow.note(bound).to_string())
}

/// By how much upper bounds are stretched here; 1 if the variable makes no sense, which each claim
/// says.
pub(crate) fn slow_factor() -> f64 {
    Slow::of_environment().map_or(1.0, |Slow(factor)| factor)
}

pub(crate) struct Note(Slow, Duration);

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Slow(factor), bound) = self;
        match *factor == 1.0 {
            true => Ok(()),
            false => write!(
                f,
                " (the upper bound of {bound:?} was stretched {factor} times by {VARIABLE})"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_stretches() {
        let slow = Slow::parse("2.5").expect("a factor");
        assert_eq!(slow.stretch(Duration::from_secs(3)), Duration::from_millis(7500));
        assert_eq!(slow.stretch(Duration::MAX), Duration::MAX);
        assert_eq!(
            slow.note(Duration::from_secs(3)).to_string(),
            " (the upper bound of 3s was stretched 2.5 times by NETNS_TEST_SLOW)"
        );
    }

    #[test]
    fn one_and_nothing_change_nothing() {
        for text in ["", "1", "1.0"] {
            let slow = Slow::parse(text).expect("it is allowed");
            assert_eq!(slow.stretch(Duration::from_nanos(7)), Duration::from_nanos(7));
            assert_eq!(slow.note(Duration::ZERO).to_string(), "");
        }
    }

    #[test]
    fn what_is_no_factor_is_refused() {
        for text in ["fast", "0", "0.99", "-2", "inf", "NaN", "2,5", " "] {
            let error = Slow::parse(text).expect_err("it is no factor");
            assert!(
                error.starts_with(&format!("NETNS_TEST_SLOW is `{text}`, and must")),
                "{error}"
            );
        }
    }
}
