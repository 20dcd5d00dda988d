//! The table of a matrix with several questions: a group of columns for each.

use std::fmt;
use std::ops::Range;

use super::answers::Answers;
use super::row::Row;
use super::table::{told, width, write_lines};

/// What stands before the groups, and in one.
const BEFORE: [&str; 2] = ["fault", "trials"];
const GROUP: [&str; 4] = ["as expected", "median", "max", "after"];

/// What stands in the group of a question: of one that is to be well all the time there are no times.
fn group(answers: &Answers) -> &'static [&'static str] {
    if answers.is_always() { &GROUP[..1] } else { &GROUP }
}

/// Writes the rows below two lines of headings: the questions, and what stands in their columns.
pub(super) fn write(f: &mut fmt::Formatter<'_>, rows: &[Row]) -> fmt::Result {
    let answers = rows.first().map_or(&[][..], Row::answers);
    let mut headings: Vec<&str> = BEFORE.to_vec();
    let mut groups = Vec::new();
    for answers in answers {
        groups.push((answers.question(), headings.len()));
        headings.extend(group(answers));
    }
    headings.push("verdict");
    let mut lines = vec![headings.into_iter().map(str::to_owned).collect()];
    lines.extend(rows.iter().map(cells));
    for ((question, at), answers) in groups.iter().zip(answers) {
        widen(&mut lines, *at..at + group(answers).len(), question);
    }
    write_questions(f, &lines, &groups)?;
    let of_text = groups.iter().map(|(_, at)| *at);
    write_lines(f, &lines, &std::iter::once(0).chain(of_text).collect::<Vec<_>>())
}

/// The line of the questions, each above the first column of its group.
fn write_questions(
    f: &mut fmt::Formatter<'_>,
    lines: &[Vec<String>],
    groups: &[(&str, usize)],
) -> fmt::Result {
    let mut line = String::new();
    for (question, at) in groups {
        let begins: usize = (0..*at).map(|column| width(lines, column) + 2).sum();
        line.push_str(&" ".repeat(begins.saturating_sub(line.chars().count())));
        line.push_str(question);
    }
    writeln!(f, "{line}")
}

/// Makes a group as wide as its question, by the first column.
fn widen(lines: &mut [Vec<String>], columns: Range<usize>, question: &str) {
    let first = columns.start;
    let all: usize = columns.map(|column| width(lines, column) + 2).sum();
    let missing = (question.chars().count() + 2).saturating_sub(all);
    if missing > 0 {
        let wide = width(lines, first) + missing;
        let cell = &mut lines[0][first];
        *cell = format!("{cell:<wide$}");
    }
}

fn cells(row: &Row) -> Vec<String> {
    let mut cells = vec![row.fault().to_owned(), row.trials().to_string()];
    for answers in row.answers() {
        let (count, all) = (answers.as_expected(), answers.measured());
        let expected = match answers.is_always() {
            true => "always".to_owned(),
            false => answers.expected().to_string(),
        };
        let (detection, recovery) = (answers.detection(), answers.recovery());
        cells.push(format!("{expected} {count} of {all}"));
        let times = [detection.median(), detection.max(), recovery.max()].map(told);
        cells.extend(times.into_iter().take(group(answers).len() - 1));
    }
    cells.push(row.verdict());
    cells
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::matrix::answer::Answer;
    use crate::matrix::claims::Claims;
    use crate::matrix::outcome::{Measurement, Outcome, Seen};
    use crate::matrix::questions::Asked;
    use crate::matrix::row::Row;
    use crate::matrix::table::Table;
    use crate::matrix::{Expect, Fault};

    fn seen(detected: Option<u64>, recovered: Option<u64>, said: &[&str]) -> Seen {
        Seen {
            detected: detected.map(Duration::from_millis),
            recovered: recovered.map(Duration::from_millis),
            false_alarm: false,
            as_expected: true,
            said: said.iter().map(|word| Answer::from(Some(word))).collect(),
        }
    }

    fn trial(seen: [Seen; 3]) -> Outcome {
        Outcome::Measured(Measurement { seen: seen.to_vec(), ..Measurement::default() })
    }

    /// Nothing, and a leader that is alone, in two trials: in the second one its followers are late.
    fn table() -> Table {
        let asked = |name: &str, limit: Option<u64>, always| Asked {
            name: name.to_owned(),
            limit: limit.map(Duration::from_secs),
            always,
        };
        let asked = [
            asked("who leads", None, false),
            asked("takes writes", Some(3), false),
            asked("one leader in each of the terms", None, true),
        ];
        let invariant = || Seen { as_expected: true, ..Seen::default() };
        let alone = Fault::partition("leader alone", |_| unreachable!("it is not run"))
            .expects("who leads", Expect::Moved)
            .expects("takes writes", Expect::Regained);
        let kept = || trial([seen(None, Some(0), &["a"]), seen(None, Some(0), &[]), invariant()]);
        let late = Seen { as_expected: false, recovered: None, ..seen(None, None, &["a", "a"]) };
        let rows = [
            (Fault::nothing(), vec![kept(), kept()]),
            (
                alone,
                vec![
                    trial([
                        seen(Some(212), Some(2), &["a", "c", "c"]),
                        seen(Some(230), Some(14), &[]),
                        invariant(),
                    ]),
                    trial([late, seen(None, Some(3), &[]), invariant()]),
                ],
            ),
        ];
        let claims = Claims::default();
        let row = |(fault, outcomes): &(Fault, Vec<Outcome>)| {
            Row::of((fault, &asked), outcomes, |row| claims.broken_by(row))
        };
        Table::new(rows.iter().map(row).collect(), claims.told(&asked))
    }

    #[test]
    fn each_question_has_its_columns() {
        let expected = [
            "                      who leads                             takes writes                             one leader in each of the terms",
            "fault         trials  as expected   median     max   after  as expected      median     max   after  as expected                      verdict",
            "nothing            2  kept 2 of 2        -       -  0.0 ms  kept 2 of 2           -       -  0.0 ms  always 2 of 2                    ok",
            "leader alone       2  moved 1 of 2  212 ms  212 ms  2.0 ms  regained 2 of 2  230 ms  230 ms   14 ms  always 2 of 2                    \
             `who leads`: 1 of 2 not moved within 5s; `who leads`: 1 of 2 not well within 5s after it",
            "claims: as expected within 5s of the fault, well within 5s after it, for 200ms each; `takes writes` within 3s",
        ];
        assert_eq!(table().to_string().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_line_of_json_has_each_question() {
        let json = table().to_json();
        assert_eq!(json.lines().count(), 2);
        let alone = json.lines().last().unwrap_or_default();
        let who = "{\"question\":\"who leads\",\"expected\":\"moved\",\"always\":false,\
                   \"as_expected\":1,\"false_alarms\":0,\"detection\":{\"count\":1,";
        assert!(alone.contains(who), "{alone}");
        assert!(alone.contains("\"said\":[[\"a\",\"c\",\"c\"],[\"a\",\"a\"]]}"), "{alone}");
    }
}
