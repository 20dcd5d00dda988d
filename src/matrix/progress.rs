use super::claims::Claims;
use super::fault::Fault;
use super::line::Line;
use super::outcome::Outcome;
use super::questions::Asked;
use crate::quoted::named;

/// How far a matrix is, and what is not as claimed so far, as a line on the standard error output.
pub(super) struct Progress {
    line: Line,
    claims: Claims,
    asked: Vec<Asked>,
    done: usize,
    all: usize,
    /// How many trials of which fault, in the order in which they turned up.
    odd: Vec<(String, usize)>,
}

impl Progress {
    pub(super) fn new(claims: Claims, asked: Vec<Asked>, all: usize) -> Self {
        Self { line: Line::new(), claims, asked, done: 0, all, odd: Vec::new() }
    }

    pub(super) fn note(&mut self, fault: &Fault, outcome: &Outcome) {
        self.done += 1;
        if self.claims.hold_for(outcome, fault, &self.asked) {
            return;
        }
        match self.odd.iter_mut().find(|(name, _)| name == fault.name()) {
            Some((_, count)) => *count += 1,
            None => self.odd.push((fault.name().to_owned(), 1)),
        }
    }

    pub(super) fn tell(&mut self) {
        let Self { line, done, all, odd, .. } = self;
        if *done == 0 {
            return;
        }
        line.write(|| told(*done, *all, odd));
    }
}

/// As many faults are named in a line.
const SHOWN: usize = 3;

/// For instance "matrix: 12 of 60 trials; not as claimed: 3, of `drop`, `reset`".
fn told(done: usize, all: usize, odd: &[(String, usize)]) -> String {
    let mut text = format!("matrix: {done} of {all} trials");
    if odd.is_empty() {
        text.push_str(", all as claimed");
        return text;
    }
    let count: usize = odd.iter().map(|(_, count)| count).sum();
    let names = named(odd.iter().take(SHOWN).map(|(name, _)| name));
    text.push_str(&format!("; not as claimed: {count}, of {names}"));
    if odd.len() > SHOWN {
        text.push_str(&format!(" and {} more faults", odd.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::outcome::{Measurement, Seen};

    #[test]
    fn what_is_odd_is_named_and_counted() {
        let mut progress = Progress::new(Claims::default(), vec![Asked::of_detector()], 6);
        let fault = Fault::nothing();
        let seen = Seen { false_alarm: true, ..Seen::default() };
        let alarm = Measurement { seen: vec![seen], ..Measurement::default() };
        progress.note(&fault, &Outcome::Measured(Measurement::default()));
        progress.note(&fault, &Outcome::NotApplicable);
        assert_eq!(told(progress.done, 6, &progress.odd), "matrix: 2 of 6 trials, all as claimed");
        progress.note(&fault, &Outcome::Measured(alarm));
        progress.note(&fault, &Outcome::Failed("it hung".to_owned()));
        assert_eq!(
            told(progress.done, 6, &progress.odd),
            "matrix: 4 of 6 trials; not as claimed: 2, of `nothing`"
        );
    }
}
