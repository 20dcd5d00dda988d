use std::fmt;

/// How the test's process says that it ran, and how the body ended.
///
/// On the wire: one line `ran NAME` before the body; after it one line with the tag and the
/// message's length in bytes, then the message; and if the network is kept, one line `kept` and
/// where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The body returned success, and nothing of it panicked elsewhere.
    Passed,
    /// The body itself panicked, which is what `#[should_panic]` speaks of.
    Panicked(String),
    /// The body returned an error, something that it started panicked, its fixtures could not be
    /// made, or its time was over.
    Failed(String),
}

/// What the runner has read of the test's process by the time it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Transcript {
    /// The test that the process ran, if it ran one.
    pub(crate) ran: Option<String>,
    /// Its verdict, if it lived to give one.
    pub(crate) verdict: Option<Verdict>,
    /// The hosts with the descriptors of their namespaces, if the test waits for its runner to end
    /// it.
    pub(crate) kept: Option<Vec<(String, i32)>>,
}

/// The line that says which test begins.
pub(crate) fn begin(name: &str) -> String {
    format!("ran {name}\n")
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tag, message) = match self {
            Self::Passed => ("passed", ""),
            Self::Panicked(message) => ("panicked", message.as_str()),
            Self::Failed(message) => ("failed", message.as_str()),
        };
        write!(f, "{tag} {}\n{message}", message.len())
    }
}

impl Transcript {
    /// Reads what a test's process wrote.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let ran = first.strip_prefix("ran ").map(str::to_owned);
        let (verdict, rest) = verdict(rest).unzip();
        Self { ran, verdict, kept: rest.and_then(kept) }
    }
}

/// A verdict that is complete, and what stands behind it.
fn verdict(text: &str) -> Option<(Verdict, &str)> {
    let (first, rest) = text.split_once('\n')?;
    let (tag, length) = first.split_once(' ')?;
    let (message, rest) = rest.split_at_checked(length.parse().ok()?)?;
    let verdict = match tag {
        "passed" => Verdict::Passed,
        "panicked" => Verdict::Panicked(message.to_owned()),
        "failed" => Verdict::Failed(message.to_owned()),
        _ => return None,
    };
    Some((verdict, rest))
}

/// The lines that say that the network is kept, and where its hosts are.
pub(crate) fn keep(hosts: &[(String, i32)]) -> String {
    let words: Vec<_> = hosts.iter().map(|(host, file)| format!(" {host}={file}")).collect();
    format!("kept{}\n", words.concat())
}

fn kept(text: &str) -> Option<Vec<(String, i32)>> {
    let (line, _) = text.strip_prefix("kept")?.split_once('\n')?;
    let host = |word: &str| {
        let (name, file) = word.split_once('=')?;
        Some((name.to_owned(), file.parse().ok()?))
    };
    line.split_whitespace().map(host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_survives_the_pipe() {
        let message = String::from("two\nlines, and ünicode");
        for verdict in [
            Verdict::Passed,
            Verdict::Panicked(message.clone()),
            Verdict::Failed(message),
            Verdict::Failed(String::new()),
        ] {
            let wire = format!("{}{verdict}", begin("a::t"));
            let read = Transcript::parse(wire.as_bytes());
            let ran = Some("a::t".to_owned());
            assert_eq!(read, Transcript { ran, verdict: Some(verdict), kept: None });
        }
    }

    #[test]
    fn a_verdict_counts_when_it_is_complete() {
        let wire = format!("{}{}", begin("t"), Verdict::Failed("message".into()));
        assert_eq!(Transcript::parse(&wire.as_bytes()[..wire.len() - 1]).verdict, None);
    }

    #[test]
    fn where_a_network_is_kept_survives_the_pipe() {
        let hosts = vec![("server".to_owned(), 7), ("client".to_owned(), 12)];
        let verdict = Verdict::Failed("kept\nfor you".into());
        let wire = format!("{}{verdict}{}", begin("t"), keep(&hosts));
        let read = Transcript::parse(wire.as_bytes());
        assert_eq!((read.verdict, read.kept), (Some(verdict), Some(hosts)));
    }

    #[test]
    fn silence_is_no_verdict() {
        assert_eq!(Transcript::parse(b""), Transcript { ran: None, verdict: None, kept: None });
        let begun = begin("t");
        let read = Transcript::parse(begun.as_bytes());
        assert_eq!(read, Transcript { ran: Some("t".into()), verdict: None, kept: None });
    }
}
