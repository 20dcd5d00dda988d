use std::fmt;
use std::time::Duration;

use super::cluster_table;
use super::distribution::Distribution;
use super::row::Row;
use crate::Error;
use crate::quoted::named;

/// The result of a matrix: a [`Row`] for each fault, in the order in which they were given.
///
/// Its text is a table with a column for each figure. With several questions, each has a group of columns:
/// how often it was answered as expected, after how long, and the longest time until all was well after
/// the fault. The 90th percentile is by nearest rank ([`Distribution::percentile`]).
///
/// ```no_run
/// # use netns_test::{Result, matrix::{Fault, Matrix}, netns_test};
/// # struct Monitor;
/// # impl Monitor {
/// #     fn start() -> std::io::Result<Self> { Ok(Self) }
/// #     fn knows(&self, _: &str) -> bool { true }
/// # }
/// # #[netns_test]
/// # fn t() -> Result {
/// # let matrix = Matrix::new(|_| {
/// #     let monitor = Monitor::start()?;
/// #     Ok(move || monitor.knows("client"))
/// # });
/// let table = matrix.against(Fault::catalogue()).measure()?;
/// println!("{table}");
/// std::fs::write("table.jsonl", table.to_json())?;
/// for row in table.rows().iter().filter(|row| !row.is_harmless() && row.detection().count() == 0) {
///     println!("this monitor never sees `{}`", row.fault());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Row>,
    claims: String,
}

impl Table {
    pub(super) fn new(rows: Vec<Row>, claims: String) -> Self {
        Self { rows, claims }
    }

    /// The rows, one for each fault.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of the fault with this name.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the existing names.
    pub fn row(&self, fault: &str) -> Result<&Row, Error> {
        self.rows.iter().find(|row| row.fault() == fault).ok_or_else(|| {
            let cause = format!("the rows are {}", names(&self.rows));
            Error::new(format!("find the row of `{fault}`"), cause)
        })
    }

    /// A line of JSON for each row, with every measured time in microseconds.
    pub fn to_json(&self) -> String {
        self.rows.iter().map(|row| row.to_json() + "\n").collect()
    }

    /// # Errors
    ///
    /// If a trial could not be carried out; with the whole table.
    pub(super) fn demand_trials(&self) -> Result<(), Error> {
        self.demand("carry out every trial", |row| row.errors().is_empty(), Error::new)
    }

    /// # Errors
    ///
    /// If a row breaks a claim, or a trial could not be carried out; with the whole table.
    pub(super) fn demand_claims(&self) -> Result<(), Error> {
        let missed = self.rows.iter().any(|row| !row.broken().is_empty());
        self.demand(
            "see every claim hold",
            Row::is_ok,
            if missed { Error::missed } else { Error::new },
        )
    }

    fn lines(&self) -> Vec<Vec<String>> {
        let headings = HEADINGS.map(str::to_owned).to_vec();
        std::iter::once(headings).chain(self.rows.iter().map(cells)).collect()
    }

    fn demand(
        &self,
        operation: &str,
        holds: impl Fn(&Row) -> bool,
        error: fn(String, String) -> Error,
    ) -> Result<(), Error> {
        let odd: Vec<&Row> = self.rows.iter().filter(|row| !holds(row)).collect();
        if odd.is_empty() {
            return Ok(());
        }
        let (count, all) = (odd.len(), self.rows.len());
        let cause = format!("{count} of {all} rows are not as claimed: {}\n{self}", names(odd));
        Err(error(operation.to_owned(), cause))
    }
}

fn names<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    named(rows.into_iter().map(Row::fault))
}

/// A time between two looks that is worth a line: it may be in every time of the table.
const BUSY: Duration = Duration::from_millis(20);

const HEADINGS: [&str; 14] = [
    "fault",
    "trials",
    "detected",
    "min",
    "median",
    "p90",
    "max",
    "recovered",
    "min",
    "median",
    "p90",
    "max",
    "false alarms",
    "verdict",
];

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows.iter().all(Row::is_of_detector) {
            true => write_lines(f, &self.lines(), &[0])?,
            false => cluster_table::write(f, &self.rows)?,
        }
        for row in &self.rows {
            for error in row.errors() {
                writeln!(f, "`{}`, {error}", row.fault())?;
            }
        }
        let gap = self.rows.iter().map(Row::longest_gap).max().unwrap_or_default();
        if gap >= BUSY {
            let gap = told(Some(gap));
            writeln!(f, "the machine was busy: up to {gap} passed between two looks, not 1 ms")?;
        }
        let repeated: usize = self.rows.iter().map(Row::repeated).sum();
        if repeated > 0 {
            writeln!(f, "the machine stood still: trials were run again {repeated} times")?;
        }
        write!(f, "claims: {}", self.claims)
    }
}

/// Writes lines of as many cells each, with their columns below each other. Figures stand at the
/// right, and text, in the columns that are named, at the left; the last column has no width.
pub(super) fn write_lines(
    f: &mut fmt::Formatter<'_>,
    lines: &[Vec<String>],
    of_text: &[usize],
) -> fmt::Result {
    for cells in lines {
        let Some((verdict, cells)) = cells.split_last() else { continue };
        for (column, cell) in cells.iter().enumerate() {
            let width = width(lines, column);
            match of_text.contains(&column) {
                true => write!(f, "{cell:<width$}  ")?,
                false => write!(f, "{cell:>width$}  ")?,
            }
        }
        writeln!(f, "{verdict}")?;
    }
    Ok(())
}

/// As wide as the widest cell of this column.
pub(super) fn width(lines: &[Vec<String>], column: usize) -> usize {
    lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or_default()
}

fn cells(row: &Row) -> Vec<String> {
    let of = |count: usize, all: usize| {
        if row.is_harmless() { "-".to_owned() } else { format!("{count} of {all}") }
    };
    let (detection, recovery) = (row.detection(), row.recovery());
    let [detected_min, detected_median, detected_p90, detected_max] = quantiles(detection);
    let [recovered_min, recovered_median, recovered_p90, recovered_max] = quantiles(recovery);
    vec![
        row.fault().to_owned(),
        row.trials().to_string(),
        of(detection.count(), row.measured()),
        detected_min,
        detected_median,
        detected_p90,
        detected_max,
        of(recovery.count(), detection.count()),
        recovered_min,
        recovered_median,
        recovered_p90,
        recovered_max,
        row.false_alarms().to_string(),
        row.verdict(),
    ]
}

fn quantiles(times: &Distribution) -> [String; 4] {
    [times.min(), times.median(), times.p90(), times.max()].map(told)
}

/// In milliseconds, as all others in its column; with a digit more where it is short.
pub(super) fn told(time: Option<Duration>) -> String {
    match time.map(|time| time.as_secs_f64() * 1000.0) {
        None => "-".to_owned(),
        Some(millis) if millis < 9.95 => format!("{millis:.1} ms"),
        Some(millis) => format!("{millis:.0} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use crate::matrix::claims::Claims;
    use crate::matrix::fault::Fault;
    use crate::matrix::outcome::{Measurement, Outcome, Seen};
    use crate::matrix::questions::Asked;

    fn seen(detected: u64, recovered: u64) -> Outcome {
        let seen = Seen {
            detected: Some(Duration::from_micros(detected)),
            recovered: Some(Duration::from_micros(recovered)),
            ..Seen::default()
        };
        let longest_gap = Duration::from_millis(detected / 1000);
        Outcome::Measured(Measurement { seen: vec![seen], longest_gap, repeated: 1 })
    }

    fn unseen() -> Outcome {
        Outcome::Measured(Measurement { seen: vec![Seen::default()], ..Measurement::default() })
    }

    fn table() -> Table {
        let (claims, asked) = (Claims::default(), [Asked::of_detector()]);
        let rows = [
            (Fault::nothing(), vec![unseen(); 3]),
            (
                Fault::policy(Policy::drop()),
                vec![
                    seen(410_000, 1_240),
                    unseen(),
                    Outcome::Failed("panicked: oh \"no\"".to_owned()),
                ],
            ),
            (Fault::policy(Policy::drop().existing_flows()), vec![Outcome::NotApplicable; 3]),
            (Fault::policy(Policy::reset()), vec![seen(9_960, 50), seen(80, 20), seen(200, 30)]),
        ];
        let rows = rows
            .iter()
            .map(|(fault, outcomes)| {
                Row::of((fault, &asked), outcomes, |row| claims.broken_by(row))
            })
            .collect();
        Table::new(rows, claims.told(&asked))
    }

    #[test]
    fn the_text_is_aligned_and_says_what_broke() {
        let expected = "\
fault                  trials  detected     min  median     p90     max  recovered     min  median     p90     max  false alarms  verdict
nothing                     3         -       -       -       -       -          -       -       -       -       -             0  ok
drop                        3    1 of 2  410 ms  410 ms  410 ms  410 ms     1 of 1  1.2 ms  1.2 ms  1.2 ms  1.2 ms             0  1 of 2 not detected within 5s; 1 of 3 failed
drop (existing flows)       3    0 of 0       -       -       -       -     0 of 0       -       -       -       -             0  not applicable
reset                       3    3 of 3  0.1 ms  0.2 ms   10 ms   10 ms     3 of 3  0.0 ms  0.0 ms  0.1 ms  0.1 ms             0  ok
`drop`, trial 3: panicked: oh \"no\"
the machine was busy: up to 410 ms passed between two looks, not 1 ms
the machine stood still: trials were run again 4 times
claims: detects within 5s, recovers within 5s, no false alarm in 200ms before and after";
        assert_eq!(table().to_string(), expected);
    }

    #[test]
    fn an_error_has_the_whole_table() {
        let table = table();
        let broken = table.demand_claims().expect_err("`drop` breaks one").to_string();
        assert!(broken.contains("1 of 4 rows are not as claimed: `drop`\n"), "{broken}");
        assert!(broken.ends_with(&table.to_string()), "{broken}");
        assert!(table.demand_trials().is_err(), "one has failed");
        let unknown = table.row("dorp").expect_err("there is none").to_string();
        assert!(unknown.contains("`nothing`, `drop`"), "{unknown}");
    }

    #[test]
    fn json_has_a_line_for_each_row() {
        let json = table().to_json();
        assert_eq!(json.lines().count(), 4);
        let reset = json.lines().last().unwrap_or_default();
        assert_eq!(
            reset,
            "{\"fault\":\"reset\",\"harmless\":false,\"trials\":3,\"measured\":3,\
             \"not_applicable\":0,\"false_alarms\":0,\
             \"detection\":{\"count\":3,\"min_us\":80,\"median_us\":200,\"p90_us\":9960,\
             \"max_us\":9960,\"times_us\":[80,200,9960]},\
             \"recovery\":{\"count\":3,\"min_us\":20,\"median_us\":30,\"p90_us\":50,\
             \"max_us\":50,\"times_us\":[20,30,50]},\"longest_gap_us\":9000,\"repeated\":3,\"errors\":[],\"broken\":[]}"
        );
        assert!(json.contains("oh \\\"no\\\""));
    }
}
