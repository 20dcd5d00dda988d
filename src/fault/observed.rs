//! The table of what each side observes. The example `observe` writes it, and its test checks it against
//! the kernel.

use std::fmt;

/// The table itself, as in the documentation.
const TABLE: &str = include_str!("observed.md");
/// The columns before those of the cases: policy, scope, family.
const KEYS: usize = 3;

/// What each side observes under a policy: a row of the [table](crate::observed).
///
/// ```
/// use netns_test::Policy;
///
/// let rows = Policy::reset().explain().observed;
/// assert!(rows.iter().any(|row| row.family == "both" || row.family == "v4"));
/// for (what, outcome) in &rows[0].cases {
///     println!("{what}: {outcome}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observed {
    /// The scope that the row is about.
    pub scope: String,
    /// `v4`, `v6`, or `both`.
    pub family: String,
    /// What was done, and the outcome. Two outcomes are separated by `; `.
    pub cases: Vec<(String, String)>,
}

/// The rows of a policy in these scopes.
pub(super) fn rows(policy: &str, scopes: &[&str]) -> Vec<Observed> {
    let mut lines = TABLE.lines().filter(|line| line.starts_with('|')).map(cells);
    let Some(headings) = lines.next() else { return Vec::new() };
    let wanted = |cells: &Vec<String>| cells[0] == policy && scopes.contains(&cells[1].as_str());
    lines
        .filter(|cells| cells.len() == headings.len())
        .filter(wanted)
        .map(|cells| Observed {
            scope: cells[1].clone(),
            family: cells[2].clone(),
            cases: headings.iter().zip(cells).skip(KEYS).map(|(h, c)| (h.clone(), c)).collect(),
        })
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim_matches('|');
    inner.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match self.family.as_str() {
            "v4" => "IPv4",
            "v6" => "IPv6",
            _ => "IPv4 and IPv6",
        };
        writeln!(f, "  {family}, `{}`:", self.scope)?;
        let widest = self.cases.iter().map(|(case, _)| case.len()).max().unwrap_or_default();
        for (case, outcome) in &self.cases {
            writeln!(f, "    {case:<widest$}  {outcome}")?;
        }
        Ok(())
    }
}
