//! What was observed, as a table for people and as JSON for programs.

use std::fmt::Write;
use std::time::Duration;

use netns_test::Backend;

/// One observation.
pub(crate) struct Fact {
    name: &'static str,
    value: Value,
}

enum Value {
    Text(String),
    Number(u64),
    Truth(bool),
    Time(Duration),
}

/// What a stage showed.
#[derive(Default)]
pub(crate) struct Outcome {
    facts: Vec<Fact>,
    holds: bool,
}

/// How the stage went with one backend.
pub(crate) enum Staged {
    Seen(Outcome),
    /// This machine does not have the backend.
    NotRun,
    /// Something else went wrong, so nothing was shown.
    Failed(String),
}

impl Outcome {
    pub(crate) fn text(self, name: &'static str, text: impl ToString) -> Self {
        self.with(name, Value::Text(text.to_string()))
    }

    pub(crate) fn number(self, name: &'static str, number: impl Into<u64>) -> Self {
        self.with(name, Value::Number(number.into()))
    }

    pub(crate) fn truth(self, name: &'static str, truth: bool) -> Self {
        self.with(name, Value::Truth(truth))
    }

    pub(crate) fn time(self, name: &'static str, time: Duration) -> Self {
        self.with(name, Value::Time(time))
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.facts.push(Fact { name, value });
        self
    }

    pub(crate) fn holds(mut self, holds: bool) -> Self {
        self.holds = holds;
        self
    }
}

impl Staged {
    /// `None` if it was not run.
    pub(crate) fn holds(&self) -> Option<bool> {
        match self {
            Self::Seen(outcome) => Some(outcome.holds),
            Self::NotRun => None,
            Self::Failed(_) => Some(false),
        }
    }

    pub(crate) fn json(&self, conclusion: usize, backend: Backend) -> String {
        let observed: Vec<String> = match self {
            Self::Seen(outcome) => outcome.facts.iter().map(Fact::json).collect(),
            Self::NotRun => vec!["\"not_run\":\"this machine does not have it\"".to_owned()],
            Self::Failed(why) => vec![format!("\"failed\":{}", quoted(why))],
        };
        let holds = self.holds().map_or("null".to_owned(), |holds| holds.to_string());
        format!(
            "{{\"conclusion\":{conclusion},\"backend\":\"{backend}\",\"holds\":{holds},\
             \"observed\":{{{}}}}}",
            observed.join(",")
        )
    }

    /// The rows of its column.
    fn cells(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Seen(outcome) => {
                let facts = outcome.facts.iter().map(|fact| (fact.name, fact.value.to_string()));
                let holds = if outcome.holds { "yes" } else { "NO" };
                facts.chain([("holds", holds.to_owned())]).collect()
            }
            Self::NotRun => vec![("holds", "NOT RUN: not here".to_owned())],
            Self::Failed(why) => vec![("holds", format!("NO: {why}"))],
        }
    }
}

/// The outcomes of all backends side by side.
pub(crate) fn table(outcomes: &[(Backend, Staged)]) -> String {
    let columns: Vec<_> = outcomes.iter().map(|(_, staged)| staged.cells()).collect();
    let longest = columns.iter().max_by_key(|cells| cells.len());
    let names: Vec<&str> = longest.into_iter().flatten().map(|(name, _)| *name).collect();
    let mut text = String::new();
    let row = |text: &mut String, name: &str, cells: Vec<String>| {
        let _ = write!(text, "   {:<28}", name.replace('_', " "));
        cells.iter().for_each(|cell| {
            let _ = write!(text, "{cell:<24}");
        });
        text.truncate(text.trim_end().len());
        text.push('\n');
    };
    row(&mut text, "", outcomes.iter().map(|(backend, _)| backend.to_string()).collect());
    for name in names {
        let cell = |cells: &Vec<(&str, String)>| {
            let found = cells.iter().find(|(of, _)| *of == name);
            found.map_or_else(String::new, |(_, value)| value.clone())
        };
        row(&mut text, name, columns.iter().map(cell).collect());
    }
    text
}

impl Fact {
    fn json(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("\"{}\":{}", self.name, quoted(text)),
            Value::Number(number) => format!("\"{}\":{number}", self.name),
            Value::Truth(truth) => format!("\"{}\":{truth}", self.name),
            Value::Time(time) => format!("\"{}_us\":{}", self.name, time.as_micros()),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Truth(truth) => f.write_str(if *truth { "yes" } else { "no" }),
            Self::Time(time) => write!(f, "{:.1} ms", time.as_secs_f64() * 1000.0),
        }
    }
}

/// A JSON string (RFC 8259).
fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            control if control < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
    json
}
