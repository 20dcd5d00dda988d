use std::process::Output;

/// What a side is expected to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The test fails, because its claim is missed.
    Red,
    /// The test passes.
    Green,
}

impl Expected {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Green => "green",
        }
    }

    /// Whether a run of the test has shown what it should.
    ///
    /// # Errors
    ///
    /// If it has not, with what it has shown instead. A test that did not run has shown nothing; one that
    /// fails for another reason than its claim, as for want of a privilege, is not the bug.
    pub(crate) fn check(self, claim: &str, output: &Output) -> Result<(), String> {
        let text = String::from_utf8_lossy(&output.stdout);
        let missed = format!("Error: cannot see `{claim}` ");
        if !text.contains("running 1 test\n") {
            return Err("ran no test".to_owned());
        }
        let red = text.lines().any(|line| line.starts_with(&missed));
        match (self, output.status.code()) {
            (Self::Green, Some(0)) if text.contains("test result: ok. 1 passed") => Ok(()),
            (Self::Red, Some(101)) if red => Ok(()),
            (_, Some(0)) if text.contains("1 ignored") => Err("was ignored".to_owned()),
            (Self::Red, Some(0)) => Err(format!("is green: `{claim}` was seen")),
            (Self::Green, Some(101)) if red => Err(format!("is red: `{claim}` was not seen")),
            (_, Some(101)) => Err(format!("is red, and not because `{claim}` was not seen")),
            (..) => Err(format!("ended by {}", output.status)),
        }
    }
}
