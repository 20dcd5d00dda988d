use std::fmt;

/// How the test's process says that it ran, and how the body ended.
///
/// On the wire: one line `ran NAME` before the body, one line with the tag after it, and the rest
/// is the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The body returned success, and nothing of it panicked elsewhere.
    Passed,
    /// The body, or something that it started, panicked.
    Panicked(String),
    /// The body returned an error, or its hosts could not be made.
    Failed(String),
}

/// What the runner has read of the test's process by the time it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Testimony {
    /// The test that the process ran, if it ran one.
    pub(crate) ran: Option<String>,
    /// Its verdict, if it lived to give one.
    pub(crate) verdict: Option<Verdict>,
}

/// The line that says which test begins.
pub(crate) fn begin(name: &str) -> String {
    format!("ran {name}\n")
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed\n"),
            Self::Panicked(message) => write!(f, "panicked\n{message}"),
            Self::Failed(message) => write!(f, "failed\n{message}"),
        }
    }
}

impl Testimony {
    /// Reads what a test's process wrote.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let ran = first.strip_prefix("ran ").map(str::to_owned);
        let verdict = rest.split_once('\n').and_then(|(tag, message)| match tag {
            "passed" => Some(Verdict::Passed),
            "panicked" => Some(Verdict::Panicked(message.to_owned())),
            "failed" => Some(Verdict::Failed(message.to_owned())),
            _ => None,
        });
        Self { ran, verdict }
    }
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
            let read = Testimony::parse(wire.as_bytes());
            assert_eq!(read, Testimony { ran: Some("a::t".into()), verdict: Some(verdict) });
        }
    }

    #[test]
    fn silence_is_no_verdict() {
        assert_eq!(Testimony::parse(b""), Testimony { ran: None, verdict: None });
        let begun = begin("t");
        let read = Testimony::parse(begun.as_bytes());
        assert_eq!(read, Testimony { ran: Some("t".into()), verdict: None });
    }
}
