use std::fmt::Write;
use std::time::Duration;

use crate::runs::SideResult;
use crate::verdict::Expected;

/// Longer bodies are no proof of how short a test can be.
const MOST_LINES: usize = 29;

/// A line for each side.
pub(crate) fn table(results: &[SideResult<'_>]) -> String {
    let mut rows = vec![["proof", "test", "side", "shown", "seconds", "lines"].map(str::to_owned)];
    for result in results {
        let (word, shown) = (result.side.expected.word(), result.times.len());
        let of = shown + result.problems.len();
        let verdict = match result.was_run {
            true => format!("{word} {shown} of {of}"),
            false => "not run".to_owned(),
        };
        rows.push([
            result.proof.name.clone(),
            result.test.function.clone(),
            result.side.name.to_owned(),
            verdict,
            seconds(&result.times),
            result.test.lines.to_string(),
        ]);
    }
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut table = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        table.push_str(cells.join("  ").trim_end());
        table.push('\n');
    }
    table
}

/// The shortest and the longest.
fn seconds(times: &[Duration]) -> String {
    let seconds = |time: &Duration| format!("{:.1}", time.as_secs_f64());
    match (times.iter().min(), times.iter().max()) {
        (Some(least), Some(most)) if times.len() > 1 => {
            format!("{} to {}", seconds(least), seconds(most))
        }
        (Some(only), _) => seconds(only),
        _ => "-".to_owned(),
    }
}

/// All that is not as it should be; empty if nothing is. Warnings are printed as they are, and count
/// only for those who look for the reason.
pub(crate) fn problems(results: &[SideResult<'_>]) -> String {
    let mut problems = String::new();
    for result in results {
        let of = format!("proofs: {} {}", result.proof.name, result.side.test);
        match (&result.warning, result.problems.is_empty()) {
            (Some(warning), true) => eprintln!("{of}: note: {warning}"),
            (Some(warning), false) => {
                let _ = writeln!(problems, "{of}: {warning}, which may be why:");
            }
            (None, _) => {}
        }
        for problem in &result.problems {
            let _ = writeln!(problems, "{of} {problem}");
        }
        // Both sides have the same body: it is said once.
        if result.test.lines > MOST_LINES && result.side.expected == Expected::Red {
            let _ =
                writeln!(problems, "{of} has {} lines, more than {MOST_LINES}", result.test.lines);
        }
    }
    problems
}
