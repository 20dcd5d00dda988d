use std::fmt::{Debug, Display};

/// What a probe may return: whether it holds and, if not, why.
///
/// `true`, `Some` and `Ok` hold; `false`, `None` and `Err` do not.
///
/// ```no_run
/// # use netns_test::*;
/// # use std::time::Duration;
/// # fn t(server: Host, client: Host) -> Result {
/// let limit = Duration::from_secs(2);
/// eventually(limit, || server.established(&client).is_ok())?;             // a `bool`
/// eventually(limit, || client.connect(server.addr(80)))?;                 // a `Result`, whose error is shown
/// eventually(limit, || server.exec("cat", ["leader"]).ok()?.lines().next().map(str::to_owned))?;
/// # Ok(()) }
/// ```
pub trait Probe {
    /// `None` if it holds, otherwise what was seen instead.
    ///
    /// ```
    /// use netns_test::Probe;
    ///
    /// /// Nodes that each say who leads: it holds when all of them say the same.
    /// struct Opinions(Vec<&'static str>);
    ///
    /// impl Probe for Opinions {
    ///     fn refusal(&self) -> Option<String> {
    ///         let differ = self.0.windows(2).any(|pair| pair[0] != pair[1]);
    ///         differ.then(|| format!("they say {}", self.0.join(", ")))
    ///     }
    /// }
    /// assert_eq!(Opinions(vec!["a", "b"]).refusal().as_deref(), Some("they say a, b"));
    /// ```
    fn refusal(&self) -> Option<String>;
}

impl Probe for bool {
    fn refusal(&self) -> Option<String> {
        (!self).then(|| "false".to_owned())
    }
}

impl<T> Probe for Option<T> {
    fn refusal(&self) -> Option<String> {
        self.is_none().then(|| "None".to_owned())
    }
}

impl<T: Debug, E: Display> Probe for Result<T, E> {
    fn refusal(&self) -> Option<String> {
        self.as_ref().err().map(|error| format!("Err: {error}"))
    }
}
