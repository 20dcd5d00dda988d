//! Why a matrix is not run: it would show nothing, or contradicts itself.

use super::expect::Expect;
use super::fault::Fault;
use super::questions::Asked;
use super::schedule::Size;
use crate::Error;
use crate::quoted::{Quoted, named};

/// Checks that trials of these faults show something.
///
/// # Errors
///
/// If they do not.
pub(super) fn check(faults: &[Fault], size: Size) -> Result<(), Error> {
    let refuse = |cause: String| Err(Error::new("run a matrix", cause));
    if faults.is_empty() {
        return refuse("there are no faults to run it against".to_owned());
    }
    if size.trials == 0 {
        return refuse("it has 0 trials for each fault, and needs 1 or more".to_owned());
    }
    if size.parallel == 0 {
        return refuse("0 trials at once would never end: it needs 1 or more".to_owned());
    }
    for (at, fault) in faults.iter().enumerate() {
        if faults[..at].iter().any(|other| other.name() == fault.name()) {
            return refuse(format!("two faults are called {}", Quoted(fault.name())));
        }
    }
    Ok(())
}

/// Checks that the questions can be told apart, and that the faults expect of them what is possible.
///
/// # Errors
///
/// If not.
pub(super) fn check_questions(asked: &[Asked], faults: &[Fault]) -> Result<(), Error> {
    let refuse = |cause: String| Err(Error::new("run a matrix", cause));
    let known = |name: &str| asked.iter().any(|asked| asked.name == name);
    if asked.is_empty() {
        return refuse("there are no questions to ask".to_owned());
    }
    if known("") {
        return refuse("a question has no name".to_owned());
    }
    for (at, one) in asked.iter().enumerate() {
        if asked[..at].iter().any(|other| other.name == one.name) {
            return refuse(format!("two questions are called {}", Quoted(&one.name)));
        }
    }
    for fault in faults {
        if let Some(unknown) = fault.questions().find(|name| !known(name)) {
            let (fault, unknown) = (Quoted(fault.name()), Quoted(unknown));
            let names = named(asked.iter().map(|asked| &asked.name));
            return refuse(format!(
                "{fault} expects something of {unknown}, and the questions are {names}"
            ));
        }
        asked.iter().try_for_each(|asked| check_always(asked, fault))?;
    }
    Ok(())
}

/// Checks that a fault does not expect a question to be answered in a way that it must never be.
fn check_always(asked: &Asked, fault: &Fault) -> Result<(), Error> {
    let expected = fault.expectation(asked);
    if !asked.always || matches!(expected, Expect::Kept | Expect::Any) {
        return Ok(());
    }
    let (fault, name) = (Quoted(fault.name()), Quoted(&asked.name));
    let cause =
        format!("{fault} expects {name} to be {expected}, but it must always be answered well");
    let help = "drop this expectation, or ask the question by `Questions::ask`";
    Err(Error::new("run a matrix", cause).with_help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Matrix, Questions};

    fn refusal(matrix: Matrix) -> String {
        matrix.run().expect_err("it cannot be run").to_string()
    }

    #[test]
    fn what_shows_nothing_is_refused() {
        let matrix = || Matrix::new(|_| Ok(|| true));
        assert!(refusal(matrix().against([])).contains("no faults"));
        assert!(refusal(matrix().trials(0)).contains("0 trials for each fault"));
        assert!(refusal(matrix().parallel(0)).contains("never end"));
        let twice = matrix().against(Fault::catalogue()).against([Fault::nothing()]);
        assert!(refusal(twice).contains("two faults are called `nothing`"));
    }

    #[test]
    fn questions_that_cannot_be_told_apart_are_refused() {
        let questions = || Questions::of(|_| Ok(()));
        let asking = |questions| Matrix::asking(questions).against([Fault::nothing()]);
        assert!(refusal(asking(questions())).contains("there are no questions to ask"));
        assert!(refusal(asking(questions().ask("", |()| true))).contains("has no name"));
        let twice = questions().ask("well", |()| true).always("well", |()| true);
        assert!(refusal(asking(twice)).contains("two questions are called `well`"));
        let odd = Fault::nothing().named("odd").expects("wel", Expect::Lost);
        let odd = asking(questions().ask("well", |()| true)).against([odd]);
        let told = "`odd` expects something of `wel`, and the questions are `well`";
        assert!(refusal(odd).contains(told));
    }

    #[test]
    fn what_must_always_be_answered_well_is_not_expected_to_be_lost() {
        let expecting = |expect| {
            let odd = Fault::nothing().named("odd").expects("well", expect);
            Matrix::asking(Questions::of(|_| Ok(())).always("well", |()| true)).against([odd])
        };
        for expect in [Expect::Lost, Expect::Moved, Expect::Regained] {
            let told = format!(
                "cannot run a matrix: `odd` expects `well` to be {expect}, but it must always be answered \
                 well\nhelp: drop this expectation, or ask the question by `Questions::ask`"
            );
            assert_eq!(refusal(expecting(expect)), told);
        }
        let matrix = expecting(Expect::Kept);
        let faults =
            [Expect::Kept, Expect::Any].map(|expect| Fault::nothing().expects("well", expect));
        assert!(check_questions(&matrix.asked, &faults).is_ok(), "both are possible");
    }
}
